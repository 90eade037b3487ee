"""What is written out by hand with diagonal matrices, cases, expanded squares and angles, in the spelling of its entries.

Rules on array expressions (see ``arrays/rewriting.py``).  Each holds wherever the left side has a value.

Source: Huber (1964); Abramowitz and Stegun, Handbook of Mathematical Functions (1964), 4.3.16 and 4.3.17.
"""

from __future__ import annotations

from itertools import combinations, pairwise

from sympy import Add, Expr, Mul, Pow, S, exp

from ..arrays.arrays import Apply
from ..arrays.operator import is_array, shape_of
from ..arrays.registry import RECORDS
from ..arrays.rewriting import About, array_rule, head
from ..arrays.sign import certainly_positive
from ..arrays.walks import subexpressions
from .exponentials import negation, opened
from .multiplied_out import completed_rows
from .operator_text import is_op
from .product_parts import power, powers, product, reduced
from .projections import among, chain_of, mirrored, turned
from .projections import product as chained
from .written_out import (
    SQUARE,
    added,
    applied,
    argument,
    of_term,
    scaled,
    shifted,
    softmax_in,
    split,
    standardised_in,
    terms,
)


@array_rule("rows and columns divided", "matmul")
def divided_by_diagonal(expr: Apply, about: About) -> Expr | None:
    """(X - mean X) Diag(1/std X) is the standardised x̂ of the columns, and so for rows, for softmax, and between vectors."""
    chain = chain_of(expr)
    for at, (one, other) in enumerate(pairwise(chain) if among(expr, "diag") else ()):
        for matrix, weights, axis in ((one, other, 1), (other, one, 0)):
            made = _weighed(matrix, weights.args[0], axis, about) if is_op(weights, "diag") else None
            if made is not None:
                return chained([*chain[:at], made, *chain[at + 2:]])
    if is_array(expr) or len(chain) < 3:
        return None
    for v, matrix, *rest in (chain, mirrored(chain)):
        made = _weighed(matrix, v, 0, about)
        if made is not None:
            return RECORDS.sum(chained([made, *rest]))
    return None


def _weighed(matrix: Expr, v: Expr, axis: int, about: About) -> Expr | None:
    """The entries of a matrix times those of a vector along an axis, where that has a name."""
    if len(shape_of(matrix)) != 2 or len(shape_of(v)) != 1 or not any(e.is_negative for e in powers(v).values()):
        return None
    column = v if axis == 1 else RECORDS.stretch(v, shape=(shape_of(v)[0], S.One), axes=(0,))
    below = {_placed(b, axis): e for b, e in powers(v).items()}
    parts = {**powers(matrix, about.shared), **below}
    if len(parts) < len(below) + 1 or shape_of(RECORDS.mul(matrix, column)) != shape_of(matrix):
        return None
    made = softmax_in(parts) or standardised_in(parts, about)
    return None if made is None else product(made)


def _placed(base: Expr, axis: int) -> Expr:
    """A vector as it stands beside a matrix; of a sum, each of its terms."""
    if not is_array(base) or axis == 1:
        return base
    if is_op(base, "add"):
        return added(*(_placed(t, axis) for t in base.args))
    number, rest = split(base)
    return scaled(number, RECORDS.stretch(rest, shape=(shape_of(rest)[0], S.One), axes=(0,)))


@array_rule("sums divided", "mul")
def divided_sums(expr: Apply, about: About) -> Expr | None:
    """Σ_i (G ⊙ X)_ij/r_j = Σ_i (G ⊙ x̂)_ij, and so for softmax: what is divided by goes into the sums."""
    for f in expr.args if len(shape_of(expr)) == 1 else ():
        axis = f.params.get("axis") if is_op(f, "sum") and set(f.params) == {"axis"} else None
        rest = [g for g in expr.args if g is not f]
        if axis not in (0, 1) or len(shape_of(f.args[0])) != 2 or not any(map(is_array, rest)):
            continue
        numbers, arrays = [g for g in rest if not is_array(g)], [g for g in rest if is_array(g)]
        v = RECORDS.mul(*arrays) if len(arrays) > 1 else arrays[0]
        made = _weighed(f.args[0], v, 1 - axis, about)
        if made is not None:
            return scaled(Mul(*numbers), RECORDS.sum(made, axis=axis))
    return None


@array_rule("a weighed mean of two", "add")
def weighed_terms(expr: Apply, about: About) -> Expr | None:
    """a + s ⊙ (b - a) for a ⊙ (1 - s) + b ⊙ s."""
    apart = [(t, split(t)) for t in expr.args if is_array(t) and is_op(split(t)[1], "mul")]
    for one, (c, first) in apart:
        for bracket in first.args:
            s = _taken_from_one(bracket)
            other = next((t for t, (_, rest) in apart if t is not one and s is not None and s in rest.args), None)
            if s is None or other is None:
                continue
            d, second = split(other)
            a, b = scaled(c, _left(first, bracket)), scaled(d, _left(second, s))
            if shape_of(a) == shape_of(b) == shape_of(s) == expr.shape:
                gap = added(*sorted((*opened(S.One, b), *opened(S.NegativeOne, a)), key=of_term))
                rest = [t for t in expr.args if t not in (one, other)]
                return added(*sorted((*rest, a, RECORDS.mul(s, gap)), key=of_term))
    return None


def _left(product_: Expr, factor: Expr) -> Expr:
    """The other factors of a product."""
    rest = list(product_.args)
    rest.remove(factor)
    made: Expr = RECORDS.mul(*rest) if len(rest) > 1 else rest[0]
    return made


def _taken_from_one(bracket: Expr) -> Expr | None:
    """s of 1 - s."""
    if not is_op(bracket, "add") or len(bracket.args) != 2 or S.One not in bracket.args:
        return None
    c, s = split(next(t for t in bracket.args if t != 1))
    return s if c == -1 else None


@array_rule("a mean weighed by a variable", "add")
def weighed_by_name(expr: Apply, about: About) -> Expr | None:
    """The same of weights that are a variable: what is weighed by a sigmoid stands in two terms."""
    found = any(_taken_from_one(f) in about.targets for t in expr.args if is_array(t) and is_op(split(t)[1], "mul")
                for f in split(t)[1].args)
    return weighed_terms.apply(expr, about) if found else None


@array_rule("the logarithm of what a label names", "log")
def label_of_rows(expr: Expr, about: About) -> Expr | None:
    """log Σ_k Y_ik P_ik = Σ_k Y_ik log P_ik for one-hot rows and a softmax."""
    x = expr.args[0]
    inner = x.args[0] if is_op(x, "sum") and x.params == {"axis": 1} else S.One
    for y, p in (inner.args, inner.args[::-1]) if is_op(inner, "mul") and len(inner.args) == 2 else ():
        if "one_hot" in getattr(y, "properties", ()) and is_op(p, "softmax", "exp") and len(shape_of(y)) == 2:
            return RECORDS.sum(RECORDS.mul(y, RECORDS.log(p)), axis=1)
    return None


@array_rule("cosines of rows", "mul")
def cosines_of_rows(expr: Apply, about: About) -> Expr | None:
    """A Bᵀ over the norms of the rows of A and of B is the product of the rows divided by their norms."""
    for below in expr.args:
        frame = below.args[0] if is_op(below, "pow") and below.args[1] == -1 else S.One
        if not (is_op(frame, "outer") and all(is_op(g, "norm") and g.params == {"axis": 1} for g in frame.args)):
            continue
        (a,), (b,) = (g.args for g in frame.args)
        above = RECORDS.matmul(a, turned(b))
        if above in expr.args:
            unit, other = (RECORDS.mul(x, RECORDS.pow(RECORDS.norm(x, axis=1, keepdims=True), S.NegativeOne))
                           for x in (a, b))
            rest = [g for g in expr.args if g not in (below, above)]
            made = RECORDS.matmul(unit, RECORDS.transpose(other))
            return RECORDS.mul(*rest, made) if rest else made
    return None


@array_rule("the identity in a bracket", "add", silent=True)
def identity_opened(expr: Apply, about: About) -> Expr | None:
    """r - a P r - b for (I - a P) r - b, of vectors, where the bracket is used once."""
    for t in expr.args if len(shape_of(expr)) == 1 else ():
        c, rest = split(t) if is_array(t) else (t, t)
        bracket, x = rest.args if is_op(rest, "matmul") and is_array(rest) else (S.One, S.One)
        if is_op(bracket, "add") and bracket not in about.shared and all(map(is_array, bracket.args)) and any(
                is_op(split(m)[1], "eye") for m in bracket.args):
            parts = [(c * d, x if is_op(m, "eye") else RECORDS.matmul(m, x)) for d, m in map(split, bracket.args)]
            return added(*sorted((*(s for s in expr.args if s is not t), *(scaled(d, y) for d, y in parts)), key=of_term))
    return None


@array_rule("sums of squares apart", "sum", silent=True)
def squares_apart(expr: Apply, about: About) -> Expr | None:
    """Σ ((x - p)² - (x - q)²) = ‖x - p‖² - ‖x - q‖², of vectors."""
    x = expr.args[0]
    if is_array(expr) or expr.params or not is_op(x, "add") or len(shape_of(x)) != 1 or x in about.shared:
        return None
    each = [split(t) for t in x.args if is_array(t) and shape_of(t) == shape_of(x)]
    squares = all(is_op(t, "pow") and t.args[1] == 2 and is_op(t.args[0], "add") for _, t in each)
    return Add(*(c * RECORDS.sum(t) for c, t in each)) if squares and len(each) == len(x.args) else None


@array_rule("a variable on a diagonal", "trace")
def on_diagonal(expr: Apply, about: About) -> Expr | None:
    """w'v with the sums v of the columns of Aᵀ ⊙ B, for tr(A B Diag(w)) with a variable w."""
    number, rest = split(expr.args[0])
    chain = chain_of(rest)
    for at, f in enumerate(chain) if len(chain) == 3 else ():
        if is_op(f, "diag") and f.args[0] in about.targets:
            a, b = (*chain[at + 1:], *chain[:at])
            return number * RECORDS.matmul(f.args[0], RECORDS.sum(RECORDS.mul(turned(a), b), axis=0))
    return None


@array_rule("sums of columns in a product", "matmul", silent=True)
def summed_columns(expr: Apply, about: About) -> Expr | None:
    """Σ X w for w'x and the sums x of the columns of a variable X, and so for means, where these are used once."""
    for sums, w in (expr.args, expr.args[::-1]) if not is_array(expr) else ():
        number, rest = split(sums)
        whole = rest.args[0] if is_op(rest, "sum", "mean") and rest.params == {"axis": 0} else None
        if whole is not None and len(shape_of(whole)) == 2 and whole in about.targets and rest not in about.shared and (
                whole not in subexpressions(w)):
            return number * rest.op(RECORDS.matmul(whole, w))
    return None


@array_rule("a share of two", "mul")
def shares_multiplied_out(expr: Apply, about: About) -> Expr | None:
    """(a + b e^x) σ(-x) = a σ(-x) + b σ(x): what is weighed by one, and by e^x, over 1 + e^x."""
    parts = powers(expr, about.shared)
    for base, e in parts.items():
        x = argument(base, "sigmoid") if e == 1 else None
        bracket = None if x is None else next((b for b, d in parts.items() if d == 1 and is_op(b, "add") and len(
            b.args) == 2 and any(parts_of.get(RECORDS.exp(negation(x))) == 1 for parts_of in map(powers, b.args))), None)
        if bracket is None or shape_of(bracket) != shape_of(base):
            continue
        rest = {b: d for b, d in parts.items() if b not in (base, bracket)}
        inner = added(*(RECORDS.mul(t, base) for t in bracket.args))
        return product({**rest, inner: S.One}) if rest else inner
    return None


@array_rule("exponential of a sum of softplus", "exp")
def product_of_sums(expr: Expr, about: About) -> Expr | None:
    """e^(Σ softplus x) = Π (1 + e^x), and e^(-Σ softplus(-x)) = Π σ(x)."""
    number, rest = split(expr.args[0]) if not is_array(expr) else (S.Zero, S.One)
    x = argument(rest.args[0], "softplus") if is_op(rest, "sum") and not rest.params else None
    if x is None or number not in (1, -1) or len(shape_of(x)) != 1:
        return None
    return RECORDS.prod(added(S.One, RECORDS.exp(x)) if number == 1 else RECORDS.sigmoid(negation(x)))


@array_rule("Huber's loss by name", "where")
def huber_by_name(expr: Apply, about: About) -> Expr | None:
    """r²/2 where |r| < a, and a (|r| - a/2) elsewhere, are Huber's loss."""
    left, right, inner, outer = expr.args
    if expr.params["relation"] in (">", ">="):
        left, right = right, left
    for size, bound, near, far in ((left, right, inner, outer), (right, left, outer, inner)):
        r = argument(size, "abs")
        if r is None or is_array(bound) or not certainly_positive(bound):
            continue
        squares = [split(t) for t in opened(S.One, near)]
        c = 2 * squares[0][0]
        if len(squares) == 1 and squares[0][1] in (RECORDS.pow(r, 2), RECORDS.mul(r, r)) and _same(
                far, added(scaled(c * bound, size), -c * bound**2 / 2)):
            return scaled(c, RECORDS.huber(r, S.Zero, bound, reduction="none"))
    return None


def _same(x: Expr, y: Expr) -> bool:
    """Whether two sums have the same terms, numbers multiplied out."""
    sides = []
    for side in (x, y):
        found: dict[Expr, Expr] = {}
        for t in opened(S.One, side):
            c, rest = split(t) if is_array(t) else (t, S.One)
            found[rest] = (found.get(rest, S.Zero) + c).expand()
        sides.append({rest: c for rest, c in found.items() if c != 0})
    return sides[0] == sides[1]


@array_rule("squares completed in scores", "softmax", "log_softmax", "logsumexp")
def completed_scores(expr: Apply, about: About) -> Expr | None:
    """softmax(2 C x - Σ_k C_ik²) = softmax(-Σ_k (C_ik - x_k)²), for x'x is taken off all scores alike."""
    found = reduced(expr, expr.op.name)
    if found is None or len(shape_of(found.x)) != 1 or len(terms(split(found.x)[1])) < 2:
        return None
    parts = opened(S.One, found.x)
    for c, rest in (split(t) for t in parts if is_array(t)):
        if not (is_op(rest, "sum") and rest.params == {"axis": 1} and is_op(rest.args[0], "pow")):
            continue
        rows = rest.args[0].args[0]
        for d, twin in (split(t) for t in parts if is_array(t)):
            if not (is_op(twin, "matmul") and twin.args[0] == rows and (d + 2 * c).expand() * (d - 2 * c).expand() == 0):
                continue
            square = c * RECORDS.matmul(twin.args[1], twin.args[1])
            made = completed_rows.apply(added(*parts, square), about)
            if made is not None:
                whole = expr.op(made, **expr.params)
                return added(whole, -square) if is_op(expr, "logsumexp") else whole
    return None


@array_rule("the probability of a label", "Mul")
def label_probability(expr: Mul, about: About) -> Expr | None:
    """e^(t'f)/Σ e^f = t'softmax f for a one-hot t, and so for the reciprocal."""
    parts = expr.as_powers_dict()
    for below, k in parts.items():
        f = argument(below.args[0], "exp") if is_op(below, "sum") and not below.params and abs(k) == 1 else None
        own = next((g for g in expr.args if isinstance(g, exp)), None)
        if f is None or own is None or len(shape_of(f)) != 1:
            continue
        c, scores = split(f)
        for term in Add.make_args(own.args[0]):
            t = next((t for t in _labels(term, c, scores) if term == -k * c * RECORDS.matmul(*_in_place(term, t))), None)
            if t is not None:
                rest = Mul(*(g for g in expr.args if g not in (own, below**k)), exp(own.args[0] - term))
                return Mul(rest, RECORDS.matmul(t, RECORDS.softmax(f))**-k)
    return None


def _labels(term: Expr, c: Expr, scores: Expr) -> list[Expr]:
    """The one-hot vectors in a multiple of t'f."""
    pairs = [g.args for g in Mul.make_args(term) if is_op(g, "matmul")]
    return [a for pair in pairs for a in pair if "one_hot" in getattr(a, "properties", ()) and scores in pair]


def _in_place(term: Expr, t: Expr) -> tuple[Expr, ...]:
    return next(g.args for g in Mul.make_args(term) if is_op(g, "matmul") and t in g.args)


@array_rule("what is taken off every row", "softmax", "log_softmax", "logsumexp", silent=True)
def shifted_in_bracket(expr: Apply, about: About) -> Expr | None:
    """softmax((N - p) u) = softmax(N u), where p is taken off every row of N."""
    number, f = split(expr.args[0])
    if not is_op(f, "matmul") or len(shape_of(expr.args[0])) != 1 or not is_op(f.args[0], "add"):
        return None
    matrix, u = f.args
    rows = [t for t in matrix.args if is_array(t) and len(shape_of(t)) == 1]
    rest = [t for t in matrix.args if t not in rows]
    if not rows or not rest or len(shape_of(matrix)) != 2 or shape_of(whole := added(*rest)) != shape_of(matrix):
        return None
    made = expr.op(scaled(number, RECORDS.matmul(whole, u)), **expr.params)
    shift = number * RECORDS.matmul(added(*rows), u)
    return added(made, shift) if is_op(expr, "logsumexp") else made


@array_rule("one beside scores less another", "log")
def beside_shifted(expr: Expr, about: About) -> Expr | None:
    """log(1 + Σ e^(f - c)) = softplus(logsumexp f - c)."""
    inner = expr.args[0]
    other = next((t for t in inner.args if t != 1), S.One) if isinstance(inner, Add) and len(inner.args) == 2 and (
        S.One in inner.args) else S.One
    f = argument(other.args[0], "exp") if is_op(other, "sum") and not other.params else None
    if f is None or len(shape_of(f)) != 1:
        return None
    scores = RECORDS.logsumexp(f)
    made = shifted.apply(scores, about) or shifted_in_bracket.apply(scores, about)
    return None if made is None else RECORDS.softplus(made)


@array_rule("one angle for two", "add", "Add")
def one_angle(expr: Expr, about: About) -> Expr | None:
    """cos a cos b + sin a sin b = cos(a - b), sin a cos b - cos a sin b = sin(a - b), also summed over all entries."""
    found = [(t, c, pair) for t in terms(expr) for c, pair in (_two_angles(t),) if pair]
    for (one, c, first), (other, d, second) in combinations(found, 2):
        if abs(c) != abs(d) or is_op(split(one)[1], "matmul") != is_op(split(other)[1], "matmul"):
            continue
        made = _joined(c, first, d, second) or _joined(d, second, c, first)
        if made is not None:
            number, f = made
            summed = f if not is_op(split(one)[1], "matmul") else RECORDS.sum(f)
            return added(*(t for t in terms(expr) if t not in (one, other)), scaled(number, summed))
    return None


def _two_angles(term: Expr) -> tuple[Expr, tuple[tuple[str, Expr], ...]]:
    """(number, (function, angle) twice) of a product of two sines and cosines; nothing for any other term."""
    c, rest = split(term)
    factors = rest.args if is_op(rest, "mul", "matmul") or isinstance(rest, Mul) else ()
    if (is_op(rest, "pow") or isinstance(rest, Pow)) and rest.args[1] == 2:
        factors = (rest.args[0], rest.args[0])
    pair = tuple((name, x) for f in factors for name in ("cos", "sin") if (x := argument(f, name)) is not None)
    return (c, pair) if len(pair) == len(factors) == 2 else (c, ())


def _joined(c: Expr, first: tuple[tuple[str, Expr], ...], d: Expr, second: tuple[tuple[str, Expr], ...],
            ) -> tuple[Expr, Expr] | None:
    """(number, function of one angle) for c cos a cos b + d sin a sin b, and for c sin a cos b + d cos a sin b."""
    (f, a), (_, b) = first
    names = {name for name, _ in first}
    if names == {"cos"} and all(name == "sin" for name, _ in second) and {a, b} == {x for _, x in second}:
        return c, RECORDS.cos(_angle(a, -d / c, b))
    if names == {"sin", "cos"}:
        (a, b) = (a, b) if f == "sin" else (b, a)
        if {("cos", a), ("sin", b)} == set(second):
            return c, RECORDS.sin(_angle(a, d / c, b))
    return None


def _angle(a: Expr, sign: Expr, b: Expr) -> Expr:
    """a + b or a - b, a common number in front."""
    parts = [*opened(S.One, a), *opened(sign, b)]
    found: dict[Expr, Expr] = {}
    for t in parts:
        c, rest = split(t)
        found[rest] = found.get(rest, S.Zero) + c
    numbers = {abs(c) for c in found.values()}
    if len(numbers) == 1 and all(map(is_array, found)):
        (number,) = numbers
        return scaled(number, added(*sorted((scaled(c / number, r) for r, c in found.items()), key=of_term)))
    return added(*sorted((scaled(c, r) for r, c in found.items() if c != 0), key=of_term)) if any(
        map(is_array, found)) else Add(*parts)


@array_rule("a common number in front", "add", silent=True)
def common_number(expr: Apply, about: About) -> Expr | None:
    """(x + y)/2 for x/2 + y/2."""
    apart = [split(t) if is_array(t) else (t, S.One) for t in expr.args]
    number = abs(apart[0][0].as_coeff_Mul()[0])
    if number == 1 or not all(is_array(t) and abs(c.as_coeff_Mul()[0]) == number for t, (c, _) in zip(
            expr.args, apart, strict=True)):
        return None
    return scaled(number, added(*(scaled(c / number, rest) for c, rest in apart)))


@array_rule("a square of a sine or cosine", "add", "Add", "pow", "Pow")
def one_square(expr: Expr, about: About) -> Expr | None:
    """1 - cos 2x = 2 sin² x and 1 + cos 2x = 2 cos² x, but sin²(x/2) = (1 - cos x)/2 and cos²(x/2) = (1 + cos x)/2."""
    if is_op(expr, "pow") or isinstance(expr, Pow):
        base, e = expr.args
        name = head(base)
        if e != 2 or name not in _SQUARES:
            return None
        c, rest = split(base.args[0])
        if not _odd_half(c):
            return None
        sign = S.One if name == "cos" else S.NegativeOne
        return scaled(S.Half, added(S.One, scaled(sign, applied("cos", scaled(2 * c, rest)))))
    for t in terms(expr):
        d, f = split(t) if is_array(t) else t.as_coeff_Mul()
        x = argument(f, "cos")
        c, rest = (S.One, S.One) if x is None else split(x)
        one = next((s for s in terms(expr) if not is_array(s) and s in (d, -d)), None) if x is not None else None
        if one is not None and not _odd_half(c / 2):
            made = power(applied("cos" if one == d else "sin", scaled(c / 2, rest)), SQUARE)
            return added(*sorted((*(s for s in terms(expr) if s not in (t, one)), scaled(2 * one, made)), key=of_term))
    return None


_SQUARES = ("sin", "cos")


def _odd_half(c: Expr) -> bool:
    """Whether twice the number in front has an odd numerator."""
    number = 2 * c.as_coeff_Mul()[0]
    return bool(number.is_Rational and number.p % 2)


BY_HAND = (one_square, common_number,
           weighed_by_name, divided_by_diagonal, divided_sums, label_of_rows, cosines_of_rows, identity_opened,
           squares_apart, on_diagonal, summed_columns, shares_multiplied_out, product_of_sums, huber_by_name,
           completed_scores, shifted_in_bracket, label_probability, beside_shifted, one_angle)
