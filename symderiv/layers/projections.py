"""Products in which an inverse stands beside its own matrix, projections, and inverses beside products of low rank.

Rules on array expressions (see ``arrays/rewriting.py``).  Source: Petersen and Pedersen, The Matrix Cookbook (2012), 3.1.4,
3.2.2 to 3.2.4 and 3.6.1.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from weakref import WeakKeyDictionary

from sympy import Add, Expr, Mul, Pow, S, log

from ..arrays.arrays import Apply, order_key
from ..arrays.operator import is_array, shape_of
from ..arrays.registry import RECORDS
from ..arrays.rewriting import About, array_rule
from ..arrays.sign import certainly_positive
from ..arrays.symmetry import is_symmetric
from ..arrays.walks import lacking, subexpressions
from ..bounds import remembered, spend
from .operator_text import is_op
from .written_out import added, scaled, split, terms


def chain_of(x: Expr) -> list[Expr]:
    """The factors of a product of matrices, and of vectors at its ends."""
    found = list(_factors(x))
    spend(len(found) // 16)
    return found


@remembered(4_096)  # what a long product ends with is a product that was asked about before
def _factors(x: Expr) -> tuple[Expr, ...]:
    if not RECORDS.matmul.of(x):
        return (x,)
    found: tuple[Expr, ...] = ()
    for k, a in enumerate(x.args):
        inner = _factors(a)
        end = 0 if k == 0 else -1  # a vector stands outside: (A x)'B is no product of A, x and B
        found += inner if len(shape_of(a)) == 2 or len(shape_of(inner[end])) == 1 else (a,)
    return found


def _heads(x: Expr) -> frozenset[str]:
    if RECORDS.matmul.of(x):
        return _heads_of_product(x)
    return _heads(x.args[0]) if RECORDS.transpose.of(x) else frozenset({x.op.name} if isinstance(x, Apply) else ())


@remembered(4_096)
def _heads_of_product(x: Expr) -> frozenset[str]:
    return _heads(x.args[0]) | _heads(x.args[1])


def among(x: Expr, *names: str) -> bool:
    """Whether a factor of a product, or what it is the transpose of, is one of these operators: what the rules about it ask
    first, so that each part of a long product is not walked by each of them."""
    return not _heads(x).isdisjoint(names)


def turned(f: Expr) -> Expr:
    """The transpose of a factor; a vector at an end has none."""
    if RECORDS.transpose.of(f):
        return f.args[0]
    return f if len(shape_of(f)) == 1 or is_symmetric(f) else RECORDS.transpose(f)


def mirrored(chain: list[Expr]) -> list[Expr]:
    """The factors of the transpose of a product."""
    return [turned(f) for f in reversed(chain)]


def product(chain: list[Expr]) -> Expr:
    """A product of matrices, from the right where the last is a vector."""
    *front, found = chain
    if len(shape_of(found)) == 1:
        for f in reversed(front):
            found = RECORDS.matmul(f, found)
        return found
    return RECORDS.matmul(*chain) if front else found


def without_inverse(chain: list[Expr]) -> list[Expr] | None:
    """The other factors where an inverse stands in front of, or behind, all factors of what it inverts."""
    for at, f in enumerate(chain):
        inside, flipped = _inverted(f) or (None, False)
        if inside is None:
            continue
        factors = chain_of(inside)
        factors = mirrored(factors) if flipped else factors
        size = len(factors)
        if chain[at + 1:at + 1 + size] == factors:
            return [*chain[:at], *chain[at + 1 + size:]]
        if at >= size and chain[at - size:at] == factors:
            return [*chain[:at - size], *chain[at + 1:]]
    return None


@array_rule("an inverse beside its own matrix", "matmul")
def beside_its_matrix(expr: Apply, about: About) -> Expr | None:
    """(XᵀX)⁻¹XᵀX B = B."""
    if not among(expr, "inv"):
        return None
    chain = chain_of(expr)
    left = without_inverse(chain)
    if left is None:
        return None
    return product(left) if left and (is_array(expr) or len(left) > 1) else RECORDS.eye(size=shape_of(chain[0])[0])


@array_rule("a Cholesky factor beside its transpose", "matmul")
def cholesky_squared(expr: Apply, about: About) -> Expr | None:
    """L Lᵀ = A and L⁻ᵀL⁻¹ = A⁻¹ for the Cholesky factor L of A, also between vectors."""
    chain = chain_of(expr) if among(expr, "inv", "cholesky") else []
    for at, (one, other) in enumerate(pairwise(chain)):
        factor, inverse = (one, False) if is_op(one, "cholesky") else (other, True)
        inside = factor.args[0] if is_op(factor, "inv") else factor
        if is_op(inside, "cholesky") and inverse is is_op(factor, "inv") and {one, other} == {factor, turned(factor)}:
            (a,) = inside.args
            return product([*chain[:at], RECORDS.inv(a) if inverse else a, *chain[at + 2:]])
    return None


@array_rule("a trace read round", "trace")
def round_the_trace(expr: Apply, about: About) -> Expr | None:
    """tr(P S P) = tr(S P P), where an inverse then stands beside its own matrix."""
    number, rest = split(expr.args[0])
    chain = chain_of(rest)
    for k in range(1, len(chain) if any(map(_inverted, chain)) else 0):
        left = without_inverse([*chain[k:], *chain[:k]])
        if left:
            return number * RECORDS.trace(product(left))
    return None


def _projection(chain: list[Expr]) -> list[Expr]:
    """The first factors that are a matrix P = Pᵀ = P P; none for any other product."""
    for k in range(3, len(chain) + 1):
        own = chain[:k]
        if len(shape_of(own[-1])) == 2 and own[0] == turned(own[-1]) and own == mirrored(own) and (
                without_inverse(own * 2) == own):
            return own
    return []


@array_rule("a projection twice", "matmul")
def projected_twice(expr: Apply, about: About) -> Expr | None:
    """(I - P)(I - P) = I - P for P = X (XᵀX)⁻¹Xᵀ."""
    chain = chain_of(expr) if among(expr, "add") else []
    for at, (f, beside) in enumerate(pairwise(chain)):
        if beside == f and is_op(f, "add") and is_symmetric(f) and _is_rest(f):
            return product([*chain[:at], *chain[at + 1:]])
    return None


def _is_rest(f: Expr) -> bool:
    """Whether a sum is I - P with a projection P."""
    apart = {rest: c for c, rest in map(split, f.args)} if all(map(is_array, f.args)) else {}
    eye = next((t for t in apart if is_op(t, "eye")), None)
    if len(apart) != 2 or eye is None or apart.pop(eye) != 1:
        return False
    ((p, c),) = apart.items()
    return c == -1 and _projection(chain_of(p)) == chain_of(p)


@array_rule("the square of a projection", "Pow", "matmul", "norm")
def projected_square(expr: Expr, about: About) -> Expr | None:
    """‖P t‖² = t'P t and ‖t - P t‖² = t't - t'P t, of a vector."""
    if isinstance(expr, Pow):
        x = expr.base.args[0] if is_op(expr.base, "norm") and expr.exp == 2 and not expr.base.params else None
    else:
        x = expr.args[0] if is_op(expr, "matmul") and expr.args[0] == expr.args[1] else None
    if x is None or len(shape_of(x)) != 1:
        return None
    apart = [(c, chain_of(rest)) for c, rest in map(split, terms(x)) if is_array(rest)]
    if len(apart) != len(terms(x)) or len(apart) > 2:
        return None
    for k, (c, chain) in enumerate(apart):
        own = _projection(chain)
        if not own or len(own) == len(chain):
            continue
        rest = chain[len(own):]
        t = product(rest)
        whole = RECORDS.matmul(t, product(chain))
        if len(apart) == 1:
            return c**2 * whole
        d, other = apart[1 - k]
        if other == rest and d == -c:
            return Add(c**2 * RECORDS.matmul(t, t), -c**2 * whole)
    return None


def _pair(m: Expr) -> tuple[Expr, Expr, Expr, Expr] | None:
    """(a, c, u, v) of a I + c u vᵀ with vectors."""
    apart = sorted(map(split, m.args), key=lambda t: not is_op(t[1], "eye")) if is_op(m, "add") and all(
        map(is_array, m.args)) else []
    if len(apart) != 2 or not is_op(apart[0][1], "eye") or not is_op(apart[1][1], "outer"):
        return None
    (a, _), (c, low) = apart
    u, v = low.args
    return a, c, u, v


@array_rule("determinant beside a column times a row", "det", "logdet")
def determinant_of_rank_one(expr: Apply, about: About) -> Expr | None:
    """det(I + c u vᵀ) = 1 + c v'u."""
    found = _pair(expr.args[0])
    if found is None or found[0] != 1:
        return None
    _, c, u, v = found
    value = 1 + c * RECORDS.matmul(v, u)
    if is_op(expr, "det"):
        return value
    return log(value) if u == v and certainly_positive(c) else None


@array_rule("determinant of a sum with an inverse in front", "det", "logdet")
def determinant_over_definite(expr: Apply, about: About) -> Expr | None:
    """det(I + P⁻¹ M) = det(P + M)/det P, and so for its logarithm, for a definite P."""
    apart = [split(t) for t in terms(expr.args[0]) if is_array(t)]
    eyes = [(c, t) for c, t in apart if is_op(t, "eye")]
    rest = [(c, chain_of(t)) for c, t in apart if not is_op(t, "eye")]
    if len(eyes) != 1 or len(rest) != 1 or eyes[0][0] != 1 or len(terms(expr.args[0])) != 2:
        return None
    c, chain = rest[0]
    for own, left in ((chain[0], chain[1:]), (chain[-1], chain[:-1])):
        if is_op(own, "inv") and left and "positive_definite" in getattr(own.args[0], "properties", ()):
            (p,) = own.args
            whole = expr.op(added(p, scaled(c, product(left))))
            return whole - expr.op(p) if is_op(expr, "logdet") else whole / expr.op(p)
    return None


def _inverted(f: Expr) -> tuple[Expr, bool] | None:
    """(M, whether it is turned) for M⁻¹ and (M⁻¹)ᵀ."""
    if is_op(f, "inv"):
        return f.args[0], False
    return (f.args[0].args[0], True) if is_op(f, "transpose") and is_op(f.args[0], "inv") else None


@array_rule("inverse beside a column times a row", "matmul")
def inverse_of_rank_one(expr: Apply, about: About) -> Expr | None:
    """(a I + c u vᵀ)⁻¹ u = u/(a + c v'u)."""
    chain = chain_of(expr) if among(expr, "inv") else []
    for at, f in enumerate(chain):
        inside, flipped = _inverted(f) or (None, False)
        found = _pair(inside) if inside is not None else None
        if found is None:
            continue
        a, c, u, v = found
        right, left = (v, u) if flipped else (u, v)
        below = a + c * RECORDS.matmul(v, u)
        for beside, own in ((at + 1, right), (at - 1, left)):
            if 0 <= beside < len(chain) and chain[beside] == own:
                return scaled(1 / below, product([*chain[:at], *chain[at + 1:]]))
    return None


# ------------------------------------------------------------------ products of two sizes

def _beside_product(m: Expr, flipped: bool = False) -> tuple[Expr, Expr, Expr, list[Expr]] | None:
    """(a, D, e, factors) of a D + e V U, or of its transpose, for an a that is certainly not 0; D is no product."""
    if not is_op(m, "add") or len(m.args) != 2 or not all(map(is_array, m.args)):
        return None
    (a, first), (e, other) = sorted(map(split, m.args), key=lambda t: (not is_op(t[1], "eye"), is_op(t[1], "matmul")))
    if not is_op(other, "matmul") or is_op(first, "matmul") or not (a.is_nonzero or certainly_positive(a)):
        return None
    chain = chain_of(other)
    return (a, turned(first), e, mirrored(chain)) if flipped else (a, first, e, chain)


def _with_identity(a: Expr, e: Expr, chain: list[Expr]) -> Expr:
    return added(scaled(a, RECORDS.eye(size=shape_of(chain[0])[0])), scaled(e, product(chain)))


_WITH_INVERSE: WeakKeyDictionary[Apply, bool] = WeakKeyDictionary()
"""Whether an inverse stands in an operator, as long as somebody holds it."""


@array_rule("a matrix through an inverse")
def through_an_inverse(expr: Expr, about: About) -> Expr | None:
    """V (a I + e U V)⁻¹ = (a I + e V U)⁻¹ V, in products that are no part of another one."""
    if lacking(expr, _WITH_INVERSE, lambda n: is_op(n, "inv")):
        return None
    products = [n for n in subexpressions(expr) if is_op(n, "matmul")]
    parts = {a for n in products for a in n.args}
    swap = {n: made for n in products if n not in parts and (made := _through(n)) is not None}
    return expr.xreplace(swap) if swap else None


def _through(expr: Expr) -> Expr | None:
    """V (a I + e U V)⁻¹ = (a I + e V U)⁻¹ V, where no U stands behind, and (a I + e A⁻¹B)⁻¹A⁻¹ = (a A + e B)⁻¹."""
    chain = chain_of(expr)
    for at, f in enumerate(chain):
        inside = _inverted(f)
        found = None if inside is None else _beside_product(*inside)
        if found is None or not is_op(found[1], "eye"):
            continue
        a, _, e, factors = found
        for own, beside, rest in ((factors[0], at + 1, factors[1:]), (factors[-1], at - 1, factors[:-1])):
            divisor = _inverted(own)
            if divisor is not None and 0 <= beside < len(chain) and chain[beside] == own:
                whole = added(scaled(a, turned(divisor[0]) if divisor[1] else divisor[0]), scaled(e, product(rest)))
                return product([*chain[:min(at, beside)], RECORDS.inv(whole), *chain[max(at, beside) + 1:]])
        for k in range(1, len(factors)):
            left, right = factors[:k], factors[k:]
            start = at - len(right)
            if start >= 0 and chain[start:at] == right and chain[at + 1:at + 1 + k] != left:
                inverse = RECORDS.inv(_with_identity(a, e, [*right, *left]))
                return product([*chain[:start], inverse, *right, *chain[at + 1:]])
            if chain[at + 1:at + 1 + len(factors)] == factors:
                inverse = RECORDS.inv(_with_identity(a, e, [*right, *left]))
                return product([*chain[:at], *left, inverse, *right, *chain[at + 1 + len(factors):]])
    return None


@array_rule("determinant read round", "det", "logdet")
def determinant_read_round(expr: Apply, about: About) -> Expr | None:
    """det(a I + e U V) = aⁿ⁻ᵏ det(a I + e V U) for n rows of U and k of V, and so for its logarithm, for a positive a."""
    found = _beside_product(expr.args[0])
    if found is None or not is_op(found[1], "eye") or not certainly_positive(found[0]):
        return None
    a, _, e, factors = found
    words = (word[k:] + word[:k] for word in (factors, mirrored(factors)) for k in range(len(factors)))
    best = min(words, key=lambda word: (not is_op(word[0], "inv"), is_op(word[0], "transpose"), order_key(product(word))))
    if best == factors:
        return None
    more = shape_of(factors[0])[0] - shape_of(best[0])[0]
    whole = expr.op(_with_identity(a, e, best))
    if is_op(expr, "det"):
        return a**more * whole
    return whole + more * log(a) if a != 1 else whole


@array_rule("inverse of a sum", "add", "Add")
def inverse_of_sum(expr: Expr, about: About) -> Expr | None:
    """B - e B U (a D + e V B U)⁻¹ V B = (B⁻¹ + e/a U D⁻¹V)⁻¹ for an inverse or the identity B, and so beside others."""
    apart = [_number_and_chain(t) for t in expr.args]
    whole = {(c, tuple(chain)): t for (c, chain), t in zip(apart, expr.args, strict=True)}
    for (c, chain), term in zip(apart, expr.args, strict=True):
        for at, f in enumerate(chain):
            inside = _inverted(f)
            found = None if inside is None else _beside_product(*inside)
            if found is None:
                continue
            for front, made, behind, number, by in _summed(chain, at, found):
                own = [*front, *([] if by is None else [by]), *behind]
                twin = whole.get((-c / found[2], tuple(own) if own else (RECORDS.eye(size=shape_of(made)[0]),)))
                if twin is not None:
                    rest = [t for t in expr.args if t not in (term, twin)]
                    return added(*rest, scaled(-c / found[2] * number, product([*front, made, *behind])))
    return None


def _summed(chain: list[Expr], at: int, found: tuple[Expr, Expr, Expr, list[Expr]],
            ) -> Iterator[tuple[list[Expr], Expr, list[Expr], Expr, Expr | None]]:
    """What stands in front, the inverse of the sum, what stands behind, a number, and B, for B U (a D + e V B U)⁻¹V B at a
    place in a product."""
    a, d, e, factors = found
    for k in range(1, len(factors)):
        for by in (factors[k], None):
            left, right = factors[:k], factors[k + (by is not None):]
            beside = [] if by is None else [by]
            start, end = at - len(right) - len(beside), at + 1 + k + len(beside)
            if not right or start < 0 or chain[start:at] != beside + right or chain[at + 1:end] != left + beside:
                continue
            inside = _inverted(by) if by is not None else None
            middle = [] if is_op(d, "eye") else list(d.args) if is_op(d, "inv") else [RECORDS.inv(d)]
            if by is not None and inside is not None:
                first = RECORDS.transpose(inside[0]) if inside[1] else inside[0]
                sum_, number = added(first, scaled(e / a, product([*right, *middle, *left]))), S.One
            elif by is None and not middle:
                sum_, number = _with_identity(a, e, [*right, *left]), a
            elif by is None:
                sum_, number = _with_identity(S.One, e / a, [*right, *middle, *left]), S.One
            else:
                continue
            yield chain[:start], RECORDS.inv(sum_), chain[end:], number, by


def _number_and_chain(t: Expr) -> tuple[Expr, list[Expr]]:
    if is_array(t):
        c, rest = split(t)
        return c, chain_of(rest)
    own = [f for f in Mul.make_args(t) if is_op(f, "matmul")]
    return (t / own[0], chain_of(own[0])) if len(own) == 1 else (t, [])


@array_rule("inverse with a column times a row", "mul")
def inverse_with_rank_one(expr: Expr, about: About) -> Expr | None:
    """A⁻¹u/(1 + c u'A⁻¹u) = (A + c u u')⁻¹u."""
    number, rest = split(expr)
    chain = chain_of(rest)
    if len(chain) != 2 or not is_op(chain[0], "inv") or len(shape_of(chain[1])) != 1:
        return None
    inverse, u = chain
    for below, e in number.as_powers_dict().items():
        beside = Add(below, -1) if e == -1 and isinstance(below, Add) else None
        c, own = _number_and_chain(beside) if beside is not None else (beside, [])
        if own == [u, inverse, u] and c is not None:
            whole = added(inverse.args[0], scaled(c, RECORDS.outer(u, u)))
            return scaled(number * below, RECORDS.matmul(RECORDS.inv(whole), u))
    return None


LOW_RANK = (inverse_with_rank_one, determinant_read_round, inverse_of_sum)
"""Those that a result is looked at with: a certificate then has an equation of two forms to prove, and no reading."""

INVERSES = (beside_its_matrix, cholesky_squared, round_the_trace, projected_twice, projected_square, determinant_of_rank_one,
            determinant_over_definite, inverse_of_rank_one)
