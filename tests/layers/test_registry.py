"""Every record of the registry: shape rule, text that is read back, LaTeX, first derivatives at two sizes, second at one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sympy import Symbol, cos, latex

import symderiv as sd
from symderiv.arrays.arrays import Apply, Tensor, subexpressions
from symderiv.arrays.operator import OPERATORS, Operator, operator, register
from symderiv.errors import NoRule
from symderiv.numeric.compiled import compile_numpy
from symderiv.numeric.evaluate import evaluate
from symderiv.numeric.unify import concrete
from tests.several import samples

NAMES = sorted(OPERATORS)
# The derivative of these is an integral, or known of their trace alone: they are refused, or derived once.
NOT_AT_ALL = frozenset(["expm_slopes", "polar", "leading_pair", "prod_quadruples", ("expm_frechet", "A")])
ONCE = frozenset(["expm", "trace_expm", "nuclear_norm", "spectral_norm", "prod_triples"])


def declared(expr):
    """Every tensor, label and size of an expression by its name, as a reader of its text would declare them."""
    found = {}
    for node in subexpressions(expr):
        sizes = [*getattr(node, "shape", ()), getattr(node, "size", None), getattr(node, "label_size", None)]
        found |= {s.name: s for size in sizes if size is not None for s in getattr(size, "free_symbols", ())}
        if isinstance(node, Apply):
            found |= {s.name: s for value in node.params.values() for s in getattr(value, "free_symbols", ())}
        if isinstance(node, Tensor | Symbol):
            found[node.name] = node
    return found


def variables(expr):
    return [t for t in sorted(expr.free_symbols, key=str) if isinstance(t, Tensor) and t.label_size is None]


def weighted(expr):
    """Σ G ⊙ e²: a scalar that sees every entry, and whose second derivative is not 0 for want of curvature."""
    weights = sd.tensor("G_", *expr.shape)
    return sd.sum(weights * expr**2) if expr.shape else weights * expr**2


@pytest.mark.parametrize("name", NAMES)
def test_the_example_uses_its_operator(name):
    assert name in {node.op.name for node in subexpressions(operator(name).example()) if isinstance(node, Apply)}


def at_two_sizes(expr):
    """Two samples: sizes that differ from each other, and each of them one larger."""
    (first,) = samples(expr, 1, 1)
    return [first, *samples(expr, 2, 1, sizes={name: n + 1 for name, n in first.sizes.items()})]


@pytest.mark.parametrize("name", NAMES)
def test_the_shape_rule_is_the_shape_of_the_value(name):
    example = operator(name).example()
    for s in at_two_sizes(example):
        assert np.shape(evaluate(example, **s.everything)) == tuple(concrete(size, s.sizes) for size in example.shape)


@pytest.mark.parametrize("name", NAMES)
def test_the_text_is_read_back_as_the_expression(name):
    example = operator(name).example()
    assert sd.parse(str(example), **declared(example)) == example


@pytest.mark.parametrize("name", NAMES)
def test_latex_has_balanced_braces(name):
    text = latex(operator(name).example())
    assert text and text.count("{") == text.count("}") and text.count(r"\left") == text.count(r"\right")


# What the checker has no axioms for, or what no search for steps leads to: their gradients are supported.
UNCERTIFIED = frozenset((
    "cholesky", "cholesky_inverse", "eiggaps", "eigvalsh", "eigvecs", "expm", "expm_frechet", "kron", "nuclear_norm",
    "prod_triples", "spectral_norm", "trace_expm"))


@pytest.mark.parametrize("name", NAMES)
def test_first_and_second_derivatives_agree_with_those_of_the_definition(name):
    example = operator(name).example()
    loss, (sizes, larger) = weighted(example), [s.sizes for s in at_two_sizes(example)]
    for t in variables(example):
        if name in NOT_AT_ALL or (name, str(t)) in NOT_AT_ALL:
            with pytest.raises(NoRule, match=r"not known|no derivative rule|up to 4 times"):
                sd.derive(loss, t)
            continue
        gradient = sd.derive(loss, t)
        assert gradient.status == "proved" or (gradient.status == "supported" and name in UNCERTIFIED), gradient
        # The second derivative is that of the first, which is compared at both sizes.
        tried = [(gradient, sizes), (gradient, larger), *([] if name in ONCE else [(sd.hessian(loss, t), larger)])]
        for d, chosen in tried:
            report = d.check(samples=1, sizes=chosen)
            assert report.ok, f"{d}\n{report}"


def test_a_wrong_record_is_found():
    """The value of the NumPy source, and the derivative, are compared with the definition and nothing else."""
    def source(sources, params, shapes):
        return f"np.sin({sources[0]})"

    lying = register(Operator(
        name="lying_for_the_test", shape=lambda args, params: args[0].shape, numpy=source,
        definition=lambda out, args, params: cos(args[0][out[0]]), example=lambda: lying(sd.tensor("x", sd.dims("n")))))
    try:
        example = lying.example()
        (s,) = samples(example, 0, 1)
        assert not np.allclose(compile_numpy(example)[0](**s.everything), evaluate(example, **s.everything))
        d = sd.derive(weighted(example), variables(example)[0])
        assert d.check(samples=1).ok
        assert not replace(d, spelled=d.spelled + 1).check(samples=1).ok
    finally:
        del OPERATORS["lying_for_the_test"]
