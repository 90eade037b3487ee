"""Emitted code stands on its own: it imports what it names, for every operator and its derivative, and runs."""

from __future__ import annotations

import ast
import builtins
import importlib
from functools import cache

import numpy as np
import pytest

import symderiv as sd
from symderiv.arrays.arrays import Tensor
from symderiv.arrays.operator import OPERATORS, shape_of
from symderiv.errors import SymderivError, UnknownFunction
from symderiv.numeric.targets import source_for

# PyTorch is not installed where this runs: its documented names that are used.
TORCH = frozenset(
    [
        "abs",
        "amax",
        "amin",
        "arange",
        "arccos",
        "arccosh",
        "arcsin",
        "arcsinh",
        "arctan",
        "arctan2",
        "ceil",
        "digamma",
        "floor",
        "get_default_dtype",
        "lgamma",
        "polygamma",
        "round",
        "special",
        "special.ndtr",
        "linalg.matrix_exp",
        "arctanh",
        "argmax",
        "argmin",
        "as_tensor",
        "broadcast_to",
        "cat",
        "clamp",
        "clone",
        "cos",
        "cosh",
        "cumsum",
        "diag",
        "einsum",
        "erf",
        "exp",
        "exp2",
        "expm1",
        "eye",
        "flip",
        "gt",
        "eq",
        "index_select",
        "kron",
        "linalg",
        "linalg.cholesky",
        "linalg.det",
        "linalg.eigh",
        "linalg.eigvalsh",
        "linalg.inv",
        "linalg.slogdet",
        "linalg.svd",
        "linalg.norm",
        "log",
        "log10",
        "log1p",
        "log2",
        "maximum",
        "mean",
        "minimum",
        "moveaxis",
        "swapaxes",
        "matmul",
        "nn",
        "nn.functional",
        "nn.functional.conv1d",
        "nn.functional.pad",
        "ones",
        "permute",
        "prod",
        "reshape",
        "sigmoid",
        "sign",
        "sin",
        "sinh",
        "sqrt",
        "square",
        "squeeze",
        "stack",
        "std",
        "sum",
        "tan",
        "tanh",
        "trace",
        "unsqueeze",
        "var",
        "where",
        "zeros",
        "zeros_like",
        "ravel",
        "diagonal",
        "any",
        "all",
        "logical_not",
        "roll",
        "tril",
        "triu",
    ]
)


def _expressions():
    for name in sorted(OPERATORS):
        e = OPERATORS[name].example()
        yield name, e
        tensors = sorted((s for s in e.free_symbols if isinstance(s, Tensor) and s.label_size is None), key=str)
        try:
            if tensors:
                yield f"{name}, derived", (sd.vjp if shape_of(e) else sd.derive)(e, tensors[0]).spelled
        except SymderivError:
            continue


@cache
def expressions():
    """Examples of all operators and their derivatives by name, made once."""
    return dict(_expressions())


# One process of a parallel run makes them.
pytestmark = pytest.mark.xdist_group("emitted")


def path_of(node):
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""


@pytest.mark.parametrize("target", ["numpy", "jax", "torch"])
def test_every_name_is_imported_or_defined(target):
    for name, e in expressions().items():
        try:
            tree = ast.parse(source_for(e, target))
        except UnknownFunction:
            assert target == "torch", name
            continue
        bound, modules = set(dir(builtins)), {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                # Without a name of its own, a module within another binds the outermost.
                modules |= {a.asname or a.name.split(".")[0]: a.name if a.asname else a.name.split(".")[0]
                            for a in node.names}
            elif isinstance(node, ast.FunctionDef):
                bound.add(node.name)
            elif isinstance(node, ast.arg):
                bound.add(node.arg)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                bound.add(node.id)
        for node in ast.walk(tree):
            if isinstance(node, ast.Name):
                assert node.id in bound or node.id in modules, f"{name}: {node.id} is not defined"
            root, _, rest = path_of(node).partition(".")
            if root not in modules or not rest:
                continue
            if root == "torch":
                assert rest in TORCH, f"{name}: torch.{rest}"
            elif root in ("np", "math") or importlib.util.find_spec("jax"):
                found = importlib.import_module(modules[root])
                if rest.startswith("scipy.linalg"):
                    importlib.import_module(f"{root}.scipy.linalg")
                for part in rest.split("."):
                    found = getattr(found, part)


def test_code_for_numpy_runs_in_an_empty_namespace():
    from tests.several import samples

    for name, e in expressions().items():
        scope = {}
        exec(compile(source_for(e), name, "exec"), scope)
        shown = scope["compiled"]
        (s,) = samples(e, 3, 1)
        with np.errstate(all="ignore"):
            got = shown(**{k: s.everything[k] for k in shown.__code__.co_varnames[: shown.__code__.co_argcount]})
        np.testing.assert_allclose(
            np.asarray(got, dtype=float),
            np.asarray(sd.evaluate(e, **s.everything), dtype=float),
            rtol=1e-7,
            atol=1e-9,
            err_msg=name,
        )


@pytest.mark.parametrize("target", ["jax", "torch"])
def test_quotients_by_one_and_an_exponential_are_sigmoids(target):
    z = sd.tensor("z", sd.dims("m"))
    sigmoid = "jax.nn.sigmoid(" if target == "jax" else "torch.sigmoid("
    for e in (
        sd.sigmoid(z),
        sd.silu(z),
        sd.derive(sd.sum(sd.softplus(z)), z).closed,
        sd.derive(sd.sum(sd.silu(z)), z).closed,
        1 / (1 + sd.exp(-z)),
        sd.hessian(sd.sum(sd.softplus(z)), z).closed,
    ):
        source = source_for(e, target)
        assert sigmoid in source and "/ (1 + " not in source, source


def test_jax_is_finite_far_out_in_value_and_gradient():
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    z = sd.tensor("z", sd.dims("m"))
    for e in (
        sd.sigmoid(z),
        sd.silu(z),
        sd.softplus(z),
        sd.softmax(z),
        sd.log_softmax(z),
        sd.logsumexp(z),
        sd.mish(z),
        sd.hessian(sd.sum(sd.softplus(z)), z).closed,
    ):
        scope = {}
        exec(source_for(e, "jax"), scope)
        for kind in ("float32", "float64"):
            values = jax.numpy.asarray([1000, -1000, 3, 0, 40, -40], dtype=kind)
            got = scope["compiled"](values)
            slope = jax.grad(lambda a, f=scope["compiled"]: f(a).sum())(values)
            assert got.dtype == kind and bool(jax.numpy.isfinite(got).all() and jax.numpy.isfinite(slope).all()), e
