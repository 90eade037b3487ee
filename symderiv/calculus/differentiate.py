"""Rules that push a derivative to the leaves, where it becomes a product of Kronecker deltas."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

from ..errors import NoRule
from ..functions import FUNCTIONS, ScalarFunction, of_matrices
from ..functions.elementary import log
from ..functions.of_matrices import INVERSE, LOG_DETERMINANT
from ..functions.unknown import derivative_key, is_opaque
from ..terms.affine import Affine, affine
from ..terms.affine import constant as position
from ..terms.nodes import (
    MINUS_ONE,
    ZERO,
    Add,
    Deriv,
    FunctionValue,
    MatrixFunctionEntry,
    Mul,
    Node,
    Num,
    Pow,
    Sum,
    TensorEntry,
    add,
    delta,
    deriv,
    fn,
    fresh_letter,
    guard,
    letters_read,
    mul,
    neg,
    num,
    power,
    rename_away,
    substitute,
    total,
)
from .polynomial import TooLarge
from .rules import Outcome, Rule, RuleContext, rule
from .spelled import defined_symbols, spelled_out

MAX_TOGETHER = 500
"""Nodes of a root's operand, spelled out, in which letters are looked for that make it 0."""


def _of(node: Node) -> Deriv:
    assert isinstance(node, Deriv)
    return node


@rule("derivative of a constant", Deriv, words="what does not contain the variable is constant")
def constant(node: Node, context: RuleContext) -> Outcome:
    """∂c/∂x = 0, for c in which x does not occur.  The only rule whose result is always zero."""
    d = _of(node)
    return None if d.sym in d.body.syms else (ZERO, ())


@rule("derivative of a variable", Deriv, words="∂x_a/∂x_b = δ_ab")
def variable(node: Node, context: RuleContext) -> Outcome:
    """∂T[a, b]/∂T[i, j] = δ(a, i) δ(b, j), for i, j inside the range of T."""
    d = _of(node)
    if not (isinstance(d.body, TensorEntry) and d.body.sym is d.sym):
        return None
    return mul(num(1), *(delta(a - b) for a, b in zip(d.body.idx, d.idx, strict=True))), ()


@rule("linearity of the derivative", Deriv)
def linearity(node: Node, context: RuleContext) -> Outcome:
    """∂(f + g) = ∂f + ∂g; terms without the variable vanish."""
    d = _of(node)
    if not isinstance(d.body, Add):
        return None
    return add(*(deriv(t, d.sym, d.idx) for t in d.body.children if d.sym in t.syms)), ()


@rule("derivative under the sum", Deriv, words="the derivative of a finite sum is the sum of the derivatives")
def under_the_sum(node: Node, context: RuleContext) -> Outcome:
    """∂ Σ f = Σ ∂f, the bound letters renamed away from those we differentiate by."""
    d = _of(node)
    body = d.body
    if not isinstance(body, Sum):
        return None
    taken = frozenset().union(*(i.free for i in d.idx)) if d.idx else frozenset()
    if any(b.key in {i.key for i in taken} for b in body.binders):
        inner, binders = rename_away(body, taken)
    else:
        inner, binders = body.body, body.binders
    return total(deriv(inner, d.sym, d.idx), binders), ()


@rule("product rule", Deriv)
def product(node: Node, context: RuleContext) -> Outcome:
    """∂(f g) = ∂f g + f ∂g (Leibniz); factors without the variable stay outside."""
    d = _of(node)
    body = d.body
    if not isinstance(body, Mul):
        return None
    terms = []
    for k, f in enumerate(body.factors):
        if d.sym in f.syms:
            others = body.factors[:k] + body.factors[k + 1:]
            terms.append(mul(num(body.coeff), *others, deriv(f, d.sym, d.idx)))
    return add(*terms), ()


def _zero_together(base: Node) -> Affine | None:
    """The difference of two letters with which an expression vanishes for all values: |Y_t - Y_r|² and t - r.

    A root of it is 0 where they are equal, whatever the values, so its derivative is 0 there and no quotient 0/0.
    """
    for t, r in combinations(sorted(base.free, key=lambda i: i.key), 2):
        if (t.lo, t.hi) != (r.lo, r.hi):
            continue
        equal = substitute(base, {r: affine(t)})
        try:
            if spelled_out(equal, RuleContext(unfolds=defined_symbols(equal)), MAX_TOGETHER) is ZERO:
                return affine(t) - affine(r)
        except TooLarge:
            continue
    return None


@rule("power rule", Deriv)
def power_rule(node: Node, context: RuleContext) -> Outcome:
    """∂ f^c = c f^(c-1) ∂f, and ∂ f^g = f^g (∂g log f + g ∂f / f) where the exponent varies too (f > 0).

    A root of what vanishes with t - r, whatever the values: c ∂f / (f^(1-c) + δ_tr).
    """
    d = _of(node)
    body = d.body
    if not isinstance(body, Pow):
        return None
    base, e = body.base, body.exponent
    if isinstance(e, Num) and 0 < e.value < 1 and (apart := _zero_together(base)) is not None:
        inverse = power(add(power(base, add(num(1), neg(e))), delta(apart)), MINUS_ONE)
        return mul(e, inverse, deriv(base, d.sym, d.idx)), (f"a root of what is 0 wherever {apart} = 0 is constant there",)
    if d.sym not in e.syms:
        return mul(e, power(base, add(e, MINUS_ONE)), deriv(base, d.sym, d.idx)), ()
    if base is ZERO:
        return ZERO, (f"{e} > 0",)  # 0 to a power is 0 there, and 1 or nothing elsewhere
    inner = mul(deriv(e, d.sym, d.idx), log.node(base))
    if d.sym in base.syms:
        inner = add(inner, mul(e, power(base, MINUS_ONE), deriv(base, d.sym, d.idx)))
    return mul(body, inner), (f"{base} > 0",)


def _function_rule(record: ScalarFunction) -> Rule:
    """∂ f(u) = f'(u) ∂u, with f' from the record; slot by slot where it has several."""
    def apply(node: Node, context: RuleContext) -> Outcome:
        d = _of(node)
        if not (isinstance(d.body, FunctionValue) and d.body.name == record.name):
            return None
        args = d.body.children
        terms = [mul(partial(*args), deriv(a, d.sym, d.idx))
                 for partial, a in zip(record.derivative, args, strict=True) if d.sym in a.syms]
        return add(*terms), (record.kink,) if record.kink is not None else ()
    return rule(f"derivative of {record.name}", Deriv, words=f"chain rule through {record.name}")(apply)


@rule("derivative of an unknown function", Deriv, words="chain rule")
def unknown_function(node: Node, context: RuleContext) -> Outcome:
    """∂ phi(u) = phi'(u) ∂u, with phi' as unknown as phi; slot by slot where it has several."""
    d = _of(node)
    body = d.body
    if not (isinstance(body, FunctionValue) and is_opaque(body.name)):
        return None
    terms = [mul(fn(derivative_key(body.name, slot), *body.children), deriv(a, d.sym, d.idx))
             for slot, a in enumerate(body.children) if d.sym in a.syms]
    return add(*terms), ()


@rule("derivative of a matrix function", Deriv,
      words="∂(X⁻¹)_ij/∂X_kl = -(X⁻¹)_ik (X⁻¹)_lj, ∂ det X/∂X_kl = det X (X⁻¹)_lk, ∂ Πx/∂x_k = Π_{j≠k} x_j")
def matrix_function(node: Node, context: RuleContext) -> Outcome:
    """The inverse, the determinant and log |det|, for an invertible matrix; the product along the last axis.

    Source: Petersen and Pedersen, The Matrix Cookbook (2012), (49), (57) and (60).
    """
    d = _of(node)
    body = d.body
    if not (isinstance(body, MatrixFunctionEntry) and body.sym is d.sym):
        return None
    if body.kind in of_matrices.PRODUCTS:
        return _of_a_product(body, d)
    if body.kind in of_matrices.ALL:
        return _spectral(body, d)
    *lead, k, row = d.idx
    same = [delta(a - b) for a, b in zip(body.lead, lead, strict=True)]  # of a stack, each by itself
    why = (f"{body.sym.name} is invertible",)
    if body.kind == INVERSE:
        i, j = body.own
        factors = (MatrixFunctionEntry(INVERSE, d.sym, (*lead, *at)) for at in ((i, k), (row, j)))
        return neg(mul(*same, *factors)), why
    inverse = MatrixFunctionEntry(INVERSE, d.sym, (*lead, row, k))
    return mul(*same, inverse, *(() if body.kind == LOG_DETERMINANT else (body,))), why


def _of_a_product(body: MatrixFunctionEntry, d: Deriv) -> Outcome:
    """The product of the others, of those without two, and so on: nothing is divided.  Raises NoRule beyond the last."""
    *lead, k = d.idx
    here = [delta(a - b) for a, b in zip(body.idx, lead, strict=False)]
    if body.kind == of_matrices.PRODUCTS[-1]:
        raise NoRule(f"a product is differentiated up to {len(of_matrices.PRODUCTS) - 1} times", where=d,
                     hint="write the product out, with a number for its size, or as exp(sum(log(x))) of positive entries")
    further = of_matrices.PRODUCTS[of_matrices.PRODUCTS.index(body.kind) + 1]
    return mul(MatrixFunctionEntry(further, d.sym, (*body.idx, k) if body.kind != of_matrices.PRODUCT else d.idx), *here), ()


def _spectral(body: MatrixFunctionEntry, d: Deriv) -> Outcome:
    """∂λ_k/∂S_pq = V_pk V_qk, and what follows for V and for 1/(λ_k - λ_l), where the eigenvalues are simple."""
    kind, matrix = body.kind, body.sym.name
    *lead, p, q = d.idx
    same = [delta(a - b) for a, b in zip(body.lead, lead, strict=True)]
    if kind in of_matrices.GRADIENTS:
        at = (q, p) if kind == of_matrices.TRACE_OF_EXPONENTIAL else (p, q)
        why = (of_matrices.NEEDED[kind].format(matrix),) if kind in of_matrices.NEEDED else ()
        return mul(*same, MatrixFunctionEntry(of_matrices.GRADIENTS[kind], d.sym, (*lead, *at))), why
    if kind == of_matrices.EXPONENTIAL:
        i, j = body.own
        return mul(*same, MatrixFunctionEntry(of_matrices.EXPONENTIAL_SLOPES, d.sym, (*lead, i, p, q, j))), ()
    if kind == of_matrices.EXPONENTIAL_SLOPES:
        raise NoRule(f"the second derivative of the entries of e^{matrix} is not known", where=d,
                     hint="for a symmetric matrix it is known by its eigenvalues: V diag(exp(λ)) V'")
    if kind in of_matrices.FACTORS:
        return mul(*same, _of_factor(body, d)), (f"{matrix} is positive definite",)
    if kind not in of_matrices.EIGEN:
        return None
    return mul(*same, _of_eigen(body, d)), (of_matrices.NEEDED[kind].format(matrix),)


def _of_factor(body: MatrixFunctionEntry, d: Deriv) -> Node:
    """∂L = L Φ and ∂L⁻¹ = -Φ L⁻¹ with Φ the lower half of L⁻¹ ∂A L⁻ᵀ, of its diagonal a half.

    Source: Murray, Differentiation of the Cholesky decomposition (2016), (8).
    """
    (*lead, p, q), (i, j) = d.idx, body.own
    letter = fresh_letter("l", position(1), body.sym.shape[-1], letters_read(body, d))
    a = affine(letter)

    def inverse(row: Affine, column: Affine) -> Node:
        return MatrixFunctionEntry(of_matrices.CHOLESKY_INVERSE, d.sym, (*lead, row, column))  # type: ignore[no-any-return]

    def times(row: Affine, column: Affine, factor: Node) -> Node:
        lower = (mul(num(Fraction(1, 2)), guard(row - column)), mul(num(Fraction(-1, 4)), delta(row - column)))
        return add(*(total(mul(part, inverse(row, one), inverse(column, other), factor), (letter,))
                     for part in lower for one, other in ((p, q), (q, p))))

    if body.kind == of_matrices.CHOLESKY:
        return times(a, j, MatrixFunctionEntry(body.kind, d.sym, (*lead, i, a)))
    return neg(times(i, a, inverse(a, j)))


def _of_eigen(body: MatrixFunctionEntry, d: Deriv) -> Node:
    *lead, p, q = d.idx

    def vector(row: Affine, column: Affine) -> Node:
        return MatrixFunctionEntry(of_matrices.EIGENVECTORS, d.sym, (*lead, row, column))  # type: ignore[no-any-return]

    if body.kind == of_matrices.EIGENVALUES:
        return mul(vector(p, body.own[0]), vector(q, body.own[0]))
    if body.kind == of_matrices.GAPS:
        moved = [mul(vector(p, r), vector(q, r)) for r in body.own]
        return neg(mul(power(body, num(2)), add(moved[0], neg(moved[1]))))
    i, k = body.own
    letter = fresh_letter("l", position(1), body.sym.shape[-1], letters_read(body, d))
    m = affine(letter)
    turned = add(mul(vector(p, m), vector(q, k)), mul(vector(q, m), vector(p, k)))
    gap = MatrixFunctionEntry(of_matrices.GAPS, d.sym, (*lead, k, m))
    return total(mul(num(Fraction(1, 2)), vector(i, m), gap, turned), (letter,))


@rule("no rule", Deriv)
def no_rule(node: Node, context: RuleContext) -> Outcome:
    """Last: a derivative that nothing covers is an error, never a zero."""
    d = _of(node)
    if (isinstance(d.body, FunctionValue) and d.body.name in FUNCTIONS) or isinstance(d.body, Deriv):
        return None
    raise NoRule(f"no derivative rule covers {d.body}", where=node, hint="write it by functions that have a record")


DIFFERENTIATE: tuple[Rule, ...] = (
    constant, variable, linearity, under_the_sum, product, power_rule, matrix_function, unknown_function,
    *map(_function_rule, FUNCTIONS.values()), no_rule)
