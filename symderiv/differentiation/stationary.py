"""Where a gradient vanishes, for a variable that it is linear in: normal equations and their kin.

The gradient is multiplied out; each term then holds the variable once or not at all, with matrices on its left and
right.  Σ A W B = C is solved where all terms share the left side or the right one.  A gradient in S⁻¹ is multiplied by
S first.  What has to be inverted is a condition, and the solution is put back into the gradient.

Source: Bishop, Pattern Recognition and Machine Learning (2006), 2.3.4, 3.1.1 and 4.2.2; Baldi and Hornik, Neural Networks
and Principal Component Analysis (1989).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from typing import Any

from sympy import Expr, Mul, S, fraction, latex

from ..answers import ShowsItself
from ..arrays.arrays import REGULAR, Tensor, as_expr
from ..arrays.operator import is_array, operator, shape_of
from ..arrays.registry import RECORDS
from ..arrays.rewriting import head
from ..arrays.sizes import is_square, same_size
from ..arrays.strict import UNREAL
from ..arrays.walks import subexpressions
from ..bounds import bounded
from ..calculus.canonical import canonical
from ..calculus.expand import defined_symbols, spelled_out
from ..calculus.rules import RuleContext
from ..errors import BoundExceeded, DeclarationError, EvaluationError, NoRule
from ..functions import FUNCTIONS
from ..kept import makes
from ..layers.elementwise import logit
from ..matrixform.alternatives import multiplied_out
from ..matrixform.build import (
    common_scalar,
    divided,
    hadamard,
    is_op,
    matmul,
    means,
    outer,
    plus,
    scale,
    split_scalar,
    transpose,
)
from ..matrixform.close import close
from ..numeric.domains import distinct, follows, is_definite, needed, positive
from ..numeric.sampling import sample
from ..proof.equality import Verdict, prove
from ..proof.parts import Part, ProofInParts
from ..terms.letters import spare
from ..terms.nodes import terms_of
from .engine import Derivation, derive

Chain = list[Expr]
Term = tuple[Expr, Chain, bool]
"""(number, factors, whether the product is entrywise)"""


@dataclass(frozen=True)
class LinearTerm:
    """c L W R, or c W ⊙ L, or a term without the variable (``rest``)."""

    number: Expr
    left: tuple[Expr, ...]
    right: tuple[Expr, ...]
    entrywise: bool


@dataclass(frozen=True, eq=False)
class Stationary(ShowsItself):
    """The value of a variable at which a gradient is zero.

    value       the solution, an expression in the other variables
    conditions  what has to hold for it: what is inverted is invertible
    gradient    the derivation of the gradient, with its proof
    verdict     that the gradient is zero there: the solution was put back in
    collected   that the gradient is what its terms in the variable were collected to, where that was needed
    named       what has a name in ``verdict``
    """

    variable: Expr
    value: Expr
    gradient: Derivation
    verdict: Verdict
    conditions: tuple[Any, ...]
    collected: Verdict | None = None
    named: Mapping[Expr, Expr] = field(default_factory=dict)

    @property
    def status(self) -> str:
        """That of the weaker of the two: the gradient, and that it is zero at the value."""
        order = ("refuted", "undecided", "conditional", "supported", "proved")
        conditional = "conditional" if self.conditions else "proved"
        return min(self.gradient.status, self.verdict.status, conditional, key=order.index)

    @cached_property
    def proof(self) -> ProofInParts:
        """The gradient, its terms collected where they are several, and that it is zero at the value."""
        w = latex(self.variable)
        names = ", ".join(f"{latex(name)} = {latex(meant)}" for meant, name in self.named.items())
        parts = [Part("The gradient.", self.gradient.proof)]
        if self.collected is not None:
            parts.append(Part(f"Its terms in ${w}$ collected.", self.collected.proof))
        value = latex(self.value.xreplace(dict(self.named)))
        shown = f"Let ${names}$.  " if names else ""
        parts.append(Part(f"{shown}At ${w} = {value}$ the gradient is zero.", self.verdict.proof))
        return ProofInParts(f"{self.variable}, where the gradient is zero", tuple(parts), self.conditions)

    def __str__(self) -> str:
        return f"{self.variable} = {self.value}"

    def __repr__(self) -> str:
        return f"<Stationary {self}>"

    def latex(self) -> str:
        """The solution as an equation."""
        return f"{latex(self.variable)} = {latex(self.value)}"


@makes
@bounded
def solve_stationary(loss: object, variable: object, *, assuming: Iterable[object] = ()) -> Stationary:
    """Solve gradient = 0 for a tensor in which the gradient is linear, perhaps after multiplying by it.

    Raises NoRule where the gradient is not linear in the variable, or its terms share neither side.
    Source: Bishop (2006), section 3.1.1.

    >>> X, w, y = sd.tensor("X", *sd.dims("N d")), sd.tensor("w", sd.dims("d")), sd.tensor("y", sd.dims("N"))
    >>> print(sd.solve_stationary(sd.norm(X @ w - y)**2, w))
    w = inv(X.T*X)*X.T*y
    """
    w = as_expr(variable)
    if not isinstance(w, Tensor):
        raise DeclarationError(f"{variable} is not a tensor", where=w, hint="solve for a declared tensor")
    d = derive(loss, w, assuming=assuming)
    value, collected = _solution(d, w)
    zero = RECORDS.zeros(shape=w.shape) if w.shape else S.Zero
    there = d.spelled.xreplace({w: value})
    if there.has(*UNREAL):
        raise _nowhere_zero(w, d.spelled)
    named: Mapping[Expr, Expr] = _inverses_by_name(value)
    verdict = gathered = None
    if collected is not None and named:
        gathered = prove(d.spelled, collected, assuming=assuming)
        if gathered.status == "proved":
            # The gradient is what it was collected to, and that is zero: W A⁻¹ A = W, whatever A is the sum of.
            verdict = prove(collected.xreplace(named).xreplace({w: value.xreplace(named)}), zero, assuming=assuming)
    if verdict is None or verdict.status != "proved":
        gathered, named = None, {}
        verdict = prove(there, zero, assuming=assuming)
    if verdict.status in ("supported", "conditional") and (by_name := _value_by_name(d, w, value)) is not None:
        again = prove(by_name[0], zero, assuming=assuming)
        verdict, named = (again, by_name[1]) if again.status == "proved" else (verdict, named)
    if verdict.status == "refuted" or not _has_value(value):
        raise _nowhere_zero(w, d.spelled)
    declared = positive(value, d.required) if "positive" in w.properties else ()
    every = dict.fromkeys((*d.required, *needed(value, d.required), *declared, *needed(there, d.required)))
    conditions = distinct(c for c in every if not follows(c, every.keys() - {c}))
    return Stationary(w, value, d, verdict, conditions, gathered, named)


def _nowhere_zero(w: Tensor, where: Expr) -> NoRule:
    return NoRule(f"the gradient with respect to {w} is nowhere zero, as far as this solves it", where=where,
                  hint="is a sign or a term missing in the loss?")


def _has_value(value: Expr) -> bool:
    """Whether the solution is defined anywhere: log(-p) of a positive p is not."""
    try:
        sample([value])
    except EvaluationError:
        return False
    except BoundExceeded:
        return True
    return True


def _inverses_by_name(value: Expr) -> dict[Expr, Expr]:
    """Sums that are inverted, and an invertible matrix of a new name for each."""
    sums = [n.args[0] for n in subexpressions(value) if is_op(n, RECORDS.inv) and is_op(n.args[0], RECORDS.add)]
    names = spare("ABCMPQR", {str(s) for s in value.free_symbols})
    invertible = frozenset(["invertible"])
    return {a: Tensor(name, shape_of(a), invertible) for a, name in zip(dict.fromkeys(sums), names, strict=False)}


def _value_by_name(d: Derivation, w: Tensor, value: Expr) -> tuple[Expr, dict[Expr, Expr]] | None:
    """The gradient at a square matrix c M that is invertible, by a name for it: what was M is the name over c."""
    if not is_square(w.shape):
        return None
    number, whole = split_scalar(value)
    chain = _flat([whole])
    name = Tensor(next(spare("ABCMPQR", {str(s) for s in value.free_symbols | d.spelled.free_symbols})), w.shape,
                  frozenset(["invertible"]))
    made = []
    for c, factors, entrywise in _in_brackets(d):
        at = next((k for k in range(len(factors) - len(chain) + 1) if factors[k:k + len(chain)] == chain), None)
        if at is not None and not entrywise:
            c, factors = c / number, [*factors[:at], name, *factors[at + len(chain):]]
        each = scale(c, hadamard(factors) if entrywise else matmul(*factors))
        made.append(each.xreplace({w: name}))
    return plus(made), {value: name}


def _solution(d: Derivation, w: Tensor) -> tuple[Expr, Expr | None]:
    """The value of the variable at which the gradient is zero, and the gradient with the terms in it collected."""
    for terms_of_gradient in (_in_brackets, _written_out):
        terms = terms_of_gradient(d)
        for sides in product((0, 1, 2), (0, 1)) if not w.shape else product((0, 1), (0, 1)):
            if any(sides) and w.shape and not is_square(w.shape):
                break
            found = _linear([_multiplied(t, w, *sides) for t in terms], w)
            if found is not None:
                return _solved(*found, w), None if any(sides) else _collected(*found, w)
        if w.shape and (found := _linear([_entrywise(t, w) for t in terms], w)) is not None:
            return _solved(*found, w), None
    if not w.shape and not is_array(d.spelled):
        above, _ = fraction(d.spelled.cancel())
        if (found := _linear([_term(above.expand())], w)) is not None:
            return _solved(*found, w), None
    if (inside := _inside(d.spelled, w)) is not None:
        return inside, None
    raise NoRule(f"the gradient is not linear in {w}", where=d.spelled,
                 hint="only equations like A*W*B = C are solved, where all terms share a side")


def _in_brackets(d: Derivation) -> list[Term]:
    """The terms of the gradient as it stands, brackets opened."""
    if not is_array(d.spelled):
        return [_term(d.spelled.expand())]
    joined = {RECORDS.mul: lambda *factors: hadamard(factors), RECORDS.outer: outer, RECORDS.matmul: matmul}
    return [_term(scale(c, joined[sign](*factors))) for c, factors, sign in multiplied_out(d.spelled)]


def _written_out(d: Derivation) -> list[Term]:
    """The terms of the gradient, all names written out and everything multiplied out."""
    final = d.proof.closings[-1]
    everything = frozenset(s for s in defined_symbols(final.index) if s.body is not None)
    facts = final.program.facts
    written = canonical(spelled_out(final.index, RuleContext(facts, unfolds=everything)), facts)
    found = [(t, close(t, final.letters, facts)) for t in terms_of(written)]
    for t, closed in found:
        if closed is None:
            raise NoRule(f"{t} has no matrix form", where=d.spelled, hint="solve it by hand")
    return [_term(closed) for _, closed in found if closed is not None]


def _term(closed: Expr) -> Term:
    number, rest = split_scalar(closed) if is_array(closed) else (S.One, closed)
    if is_op(rest, RECORDS.mul):
        return number, list(rest.args), True
    return number, _column(rest) if len(shape_of(rest)) == 1 else _flat([rest]), False


def _flat(factors: Sequence[Expr]) -> Chain:
    """Products of matrices in a chain written out, those of an outer product's vectors on its two sides."""
    found: Chain = []
    for f in factors:
        if is_op(f, RECORDS.matmul) and len(shape_of(f)) == 2:
            found += _flat(f.args)
        elif is_op(f, RECORDS.outer):
            (*before, u), (*after, v) = map(_column, f.args)
            found += [*before, outer(u, v), *(transpose(g) for g in reversed(after))]
        else:
            found.append(f)
    return found


def _multiplied(term: Term, w: Tensor, left: int, right: int) -> Term:
    """The term times W from the left or from the right, W W⁻¹ left out; times a power of a number."""
    number, chain, entrywise = term
    if not w.shape:
        return number, [(chain[0] * w ** left).expand()], entrywise
    chain = [] if len(chain) == 1 and is_op(chain[0], RECORDS.eye) else list(chain)
    for at, wanted in ((0, left), (-1, right)):
        if wanted:
            if chain and is_op(chain[at], RECORDS.inv) and chain[at].args[0] == w:
                chain.pop(at)
            else:
                chain.insert(len(chain) if at else 0, w)
    return number, chain or [RECORDS.eye(size=shape_of(w)[0])], entrywise


def _entrywise(term: Term, w: Tensor) -> Term:
    """The term times W entry by entry: c/w is c."""
    number, chain, entrywise = term
    whole = hadamard(chain) if entrywise else matmul(*chain)
    return _term(scale(number, w if is_op(whole, RECORDS.ones) else hadamard([whole, w])))


_BACK: dict[str, Callable[[Expr], Any]] = {RECORDS.softmax.name: RECORDS.log, RECORDS.sigmoid.name: logit}


def _inside(gradient: Expr, w: Tensor) -> Expr | None:
    """The value where the gradient is linear in the exponential, the softmax or the like of the variable; of a softmax
    one of many, which differ by a number."""
    for f in dict.fromkeys(n for n in subexpressions(gradient) if n.args == (w,)):
        name = head(f)
        back = _BACK.get(name) or next((operator(g) for g, record in FUNCTIONS.items() if record.undoes == name), None)
        u = Tensor(f"{w.name}_u", shape_of(f))
        rest = gradient.xreplace({f: u})
        if back is None or w in rest.free_symbols:
            continue
        found = _linear([_term(scale(c, hadamard(factors) if sign is RECORDS.mul else matmul(*factors)))
                         for c, factors, sign in multiplied_out(rest)] if is_array(rest) else [_term(rest.expand())], u)
        if found is not None:
            made: Expr = back(_solved(*found, u))
            return made
    return None


def _linear(terms: Sequence[Term], w: Expr) -> tuple[list[LinearTerm], list[Expr]] | None:
    """The terms with the variable, and the others; None where one holds it more than once or inside something."""
    linear: list[LinearTerm] = []
    others: list[Expr] = []
    for number, chain, entrywise in terms:
        if not is_array(w):
            share = chain[0].coeff(w, 1)
            rest = (chain[0] - share * w).expand()
            if w in rest.free_symbols | share.free_symbols:
                return None
            linear += [LinearTerm(number * share, (), (), False)] if share != 0 else []
            others.append(number * rest)
            continue
        inside = [k for k, f in enumerate(chain) if w in f.free_symbols]
        if w in number.free_symbols or len(inside) > 1 or any(chain[k] != w for k in inside):
            return None
        if inside:
            (k,) = inside
            linear.append(LinearTerm(number, tuple(chain[:k]), tuple(chain[k + 1:]), entrywise))
        else:
            others.append(scale(number, hadamard(chain) if entrywise else matmul(*chain)))
    return (linear, others) if linear else None


def _solved(linear: Sequence[LinearTerm], others: Sequence[Expr], w: Tensor) -> Expr:
    """W from Σ A W B + others = 0."""
    if not w.shape:
        below = sum((t.number for t in linear), S.Zero)
        if below == 0:
            raise _nowhere_zero(w, w)
        return (-sum(others, S.Zero) / below).cancel()
    if not others:
        return RECORDS.zeros(shape=w.shape)
    right_side = plus([scale(S.NegativeOne, o) if is_array(o) else -o for o in others])
    if all(t.entrywise and len(t.left) + len(t.right) for t in linear):
        below = plus([scale(t.number, hadamard([*t.left, *t.right])) for t in linear])
        return hadamard([right_side, RECORDS.pow(below, S.NegativeOne)])
    if all(not t.left and not t.right for t in linear):
        return _over(right_side, sum((t.number for t in linear), S.Zero))
    for shared, own, end in (("left", "right", 1), ("right", "left", 0))[2 - len(w.shape):]:
        if len({getattr(t, shared) for t in linear}) == 1:
            sides = [scale(t.number, _product(getattr(t, own), w.shape[end])) for t in linear]
            inner, outer = plus(sides) if sides else S.One, getattr(linear[0], shared)
            return _divided(right_side, outer, inner, shared == "left")
    raise NoRule(f"the terms with {w} share neither their left nor their right side", where=w,
                 hint="a Sylvester equation has no solution in matrix products")


def _collected(linear: Sequence[LinearTerm], others: Sequence[Expr], w: Tensor) -> Expr | None:
    """L W Σ R + others, or (Σ L) W R + others."""
    for shared, own, end in (("left", "right", 1), ("right", "left", 0))[2 - len(w.shape):]:
        if w.shape and len({getattr(t, shared) for t in linear}) == 1 and not any(t.entrywise for t in linear):
            inner = plus([scale(t.number, _product(getattr(t, own), w.shape[end])) for t in linear])
            content, inner = split_scalar(inner)
            chain = [*linear[0].left, w, inner] if shared == "left" else [inner, w, *linear[0].right]
            return plus([scale(content, matmul(*chain)), *others])
    return None


def _product(chain: Sequence[Expr], size: Expr) -> Expr:
    return matmul(*chain) if chain else RECORDS.eye(size=size)


def _divided(c: Expr, shared: Sequence[Expr], inner: Expr, left: bool) -> Expr:
    """Shared⁻¹ C Inner⁻¹, or the other way round; numbers that both sides have cancel."""
    content = common_scalar([c, inner])
    c, inner = _less_regular(divided(c, content), divided(inner, content), -1 if left else 0)
    number, inner = split_scalar(inner)
    ends = [_product(shared, S.One) if shared else None, inner]
    before, after = ends if left else ends[::-1]
    result = c
    if before is not None and not is_op(before, RECORDS.eye):
        result = _without(result, before, True)
    if after is not None and not is_op(after, RECORDS.eye):
        result = _without(result, after, False)
    return _over(result, number)


def _less_regular(c: Expr, inner: Expr, end: int) -> tuple[Expr, Expr]:
    """(C, Inner) without the first, or last, matrices that all their terms have, which are certainly invertible."""
    apart = [[(number, _flat([body]) if len(shape_of(body)) == 2 else _column(body)) for number, body in map(split_scalar, (
        side.args if is_op(side, RECORDS.add) else (side,)))] for side in (c, inner)]
    chains = [chain for side in apart for _, chain in side]
    shared = 0
    while all(chains) and len({chain[end] for chain in chains}) == 1 and (
            is_definite(f := chains[0][end]) or REGULAR & getattr(f, "properties", frozenset())):
        for chain in chains:
            chain.pop(end)
        shared += 1
    if not shared or any(not chain and len(shape_of(c)) != 2 for _, chain in apart[0]):
        return c, inner
    size = shape_of(inner)[0]
    made = [plus([scale(number, _product(chain, size)) for number, chain in side]) for side in apart]
    return made[0], made[1]


def _without(c: Expr, matrix: Expr, left: bool) -> Expr:
    """M⁻¹ C, or C M⁻¹, by factors where they are square; C = M D is D."""
    factors = _flat([matrix])
    number, rest = split_scalar(c)
    chain = _flat([rest]) if len(shape_of(rest)) == 2 else _column(rest)
    count = len(factors)
    if count < len(chain) and (chain[:count] if left else chain[-count:]) == factors:
        return scale(number, matmul(*(chain[count:] if left else chain[:-count])))
    if is_op(matrix, RECORDS.diag):
        inverse = RECORDS.diag(RECORDS.pow(matrix.args[0], S.NegativeOne))
        return matmul(inverse, c) if left else matmul(c, inverse)
    if all(same_size(*shape_of(f)) for f in factors):
        for f in factors if left else factors[::-1]:
            c = _one_less(c, f, left)
        return c
    inverse = RECORDS.inv(matrix)
    return matmul(inverse, c) if left else matmul(c, inverse)


def _one_less(c: Expr, f: Expr, left: bool) -> Expr:
    number, rest = split_scalar(c)
    terms = rest.args if is_op(rest, RECORDS.add) else (rest,)
    inverse = f.args[0] if is_op(f, RECORDS.inv) else RECORDS.inv(f)
    parts = []
    for t in terms:
        own, body = split_scalar(t)
        chain = _flat([body]) if len(shape_of(body)) == 2 else _column(body)
        if chain and chain[0 if left else -1] == f:
            chain = chain[1:] if left else chain[:-1]
        else:
            chain = [inverse, *chain] if left else [*chain, inverse]
        parts.append(scale(own, matmul(*chain)))
    return scale(number, plus(parts))


def _column(body: Expr) -> Chain:
    """The factors of a product that is a vector."""
    if is_op(body, RECORDS.matmul) and len(shape_of(body.args[0])) == 2:
        return [*_flat([body.args[0]]), *_column(body.args[1])]
    if is_op(body, RECORDS.matmul):
        return [transpose(body.args[1]), body.args[0]]
    products = [f for f in body.args if is_op(f, RECORDS.matmul)] if is_op(body, RECORDS.mul) else []
    if len(products) == 1 and all(is_array(f) for f in body.args):
        return [RECORDS.diag(hadamard([f for f in body.args if f is not products[0]])), *_column(products[0])]
    return [body]


def _over(c: Expr, number: Expr) -> Expr:
    """C/number, what both have cancelled."""
    own, rest = split_scalar(c)
    top, bottom = fraction(Mul(own, 1 / number).cancel())
    number, (rest,) = means(top / bottom, [rest])
    return scale(number, rest)
