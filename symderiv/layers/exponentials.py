"""Exponentials, logarithms and squares in one spelling: what is said with one function where several are written.

Rules on array expressions (see ``arrays/rewriting.py``).  Each holds wherever the left side has a value.
"""

from __future__ import annotations

from itertools import combinations

from sympy import Add, Expr, Mul, S, exp, log

from ..arrays.arrays import Apply, order_key
from ..arrays.operator import is_array, shape_of
from ..arrays.registry import RECORDS
from ..arrays.rewriting import About, array_rule
from ..arrays.sign import certainly_positive
from ..arrays.sizes import same_size
from ..arrays.symmetry import is_symmetric
from .operator_text import is_op, negative
from .product_parts import powers, product, reduced
from .written_out import added, applied, argument, of_term, scaled, split, terms


def opened(number: Expr, x: Expr) -> list[Expr]:
    """The terms of a multiple of a sum, each with its number."""
    c, rest = split(x)
    return [scaled(number * c * split(t)[0], split(t)[1]) if is_array(t) else number * c * t for t in terms(rest)]


def negation(x: Expr) -> Expr:
    """-x, the sign gone into the terms."""
    turned = opened(S.NegativeOne, x)
    return turned[0] if len(turned) == 1 else added(*sorted(turned, key=of_term))


def without(parts: list[Expr], gone: list[Expr]) -> list[Expr] | None:
    """The terms that are left of a sum without some of them; None where one of these is not there."""
    left = list(parts)
    for t in gone:
        if t not in left:
            return None
        left.remove(t)
    return left


def _sum_of(parts: list[Expr]) -> Expr:
    return S.Zero if not parts else parts[0] if len(parts) == 1 else added(*sorted(parts, key=of_term))


@array_rule("the larger of a number and 0", "maximum", silent=True)
def larger_than_zero(expr: Apply, about: About) -> Expr | None:
    """max(x, 0) is relu x."""
    rest = [a for a in expr.args if a != 0]
    return RECORDS.relu(*rest) if len(rest) == 1 and shape_of(rest[0]) == expr.shape else None


@array_rule("a step by name", "where", silent=True)
def step_by_name(expr: Apply, about: About) -> Expr | None:
    """[x > y] for where(x > y, 1, 0), which is heaviside(x - y)."""
    left, right, one, other = expr.args
    if (one, other) != (S.One, S.Zero) or expr.params["relation"] not in (">", "<"):
        return None
    low, high = (right, left) if expr.params["relation"] == ">" else (left, right)
    return RECORDS.heaviside(added(*sorted((high, *opened(S.NegativeOne, low)), key=of_term)) if low != 0 else high)


@array_rule("one slope for each sign", "add", "maximum", silent=True)
def slopes_of_both_signs(expr: Apply, about: About) -> Expr | None:
    """c relu x + d relu(-x) = (c + d) relu x - d x, and max(c x, d x) = d x + relu x, for numbers c + d and c - d = 1."""
    apart = [split(t) if is_array(t) else (S.Zero, t) for t in expr.args]
    if is_op(expr, "maximum"):
        (c, x), (d, y) = sorted(apart, key=lambda t: negative(t[0]) or any(map(negative, terms(t[0]))))
        slopes = x == y and c.free_symbols and (c - d).expand() == 1
        return added(*sorted(_of_both(c, -d, x, []), key=of_term)) if slopes else None
    steps = [(c, x, t) for (c, rest), t in zip(apart, expr.args, strict=True) if (x := argument(rest, "relu")) is not None]
    for (c, x, one), (d, y, other) in combinations(steps, 2):
        if y == negation(x) and c != d and (c + d).expand().is_number:
            return added(*sorted(_of_both(c, d, x, [t for t in expr.args if t not in (one, other)]), key=of_term))
    return None


def _of_both(c: Expr, d: Expr, x: Expr, beside: list[Expr]) -> list[Expr]:
    """The terms of c relu x + d relu(-x), by that of the two whose terms come first in order."""
    y = negation(x)
    if [of_term(t) for t in opened(S.One, y)] < [of_term(t) for t in opened(S.One, x)]:
        c, x, d = d, y, c
    return [*beside, *opened(-d, x), scaled((c + d).expand(), RECORDS.relu(x))]


@array_rule("one exponential of numbers", "Mul", silent=True)
def one_exponential(expr: Mul, about: About) -> Expr | None:
    """e^a e^b = e^(a + b)."""
    own = [f for f in expr.args if isinstance(f, exp)]
    if len(own) < 2:
        return None
    return Mul(*(f for f in expr.args if f not in own), exp(Add(*(f.args[0] for f in own))))


@array_rule("a number times its own sigmoid", "matmul")
def silu_in_dot(expr: Apply, about: About) -> Expr | None:
    """Σ silu x for x'σ(x)."""
    x, y = expr.args
    own = next((a for a, b in ((x, y), (y, x)) if argument(b, "sigmoid") == a), None)
    return RECORDS.sum(RECORDS.silu(own)) if own is not None and not is_array(expr) else None


@array_rule("an exponential beside a sigmoid", "mul", "Mul")
def beside_sigmoid(expr: Expr, about: About) -> Expr | None:
    """e^-x σ(x) = σ(-x)."""
    parts = powers(expr, about.shared) if any(argument(f, "exp") is not None for f in expr.args) else {}
    for base, e in parts.items():
        x = argument(base, "sigmoid") if e.is_Integer and e > 0 else None
        other = None if x is None else applied("exp", negation(x))
        if x is not None and parts.get(other) == 1:
            rest = {b: d for b, d in parts.items() if b not in (base, other)}
            left = {base: e - 1} if e > 1 else {}
            return product({**rest, **left, applied("sigmoid", negation(x)): S.One})
    return None


@array_rule("one exponential in a dot product", "matmul", silent=True)
def exponentials_in_dot(expr: Apply, about: About) -> Expr | None:
    """Σ e^x ⊙ e^y = Σ e^(x + y)."""
    if is_array(expr) or not all(is_op(a, "exp") and len(shape_of(a)) == 1 for a in expr.args):
        return None
    return RECORDS.sum(RECORDS.exp(_sum_of([t for a in expr.args for t in opened(S.One, a.args[0])])))


def _difference(a: Expr, b: Expr | None) -> Expr:
    assert b is not None
    return _sum_of([*opened(S.One, a), *opened(S.NegativeOne, b)])


@array_rule("logarithm of two exponentials", "log")
def logarithm_of_two(expr: Expr, about: About) -> Expr | None:
    """log(c e^a + d e^b) = b + log d + softplus(a - b + log(c/d)), for positive numbers, and
    log(e^x + e^-x) = log cosh x + log 2."""
    both = [_exponent(t) for t in terms(expr.args[0])]
    if len(both) != 2 or None in both:
        return None
    first, second = sorted((x for x in both if x is not None), key=lambda x: (negative(x), of_term(x)))
    if sorted(map(order_key, opened(S.NegativeOne, first))) == sorted(map(order_key, opened(S.One, second))):
        return added(applied("log", applied("cosh", first)), log(2))
    return added(applied("softplus", _difference(first, second)), *opened(S.One, second))


def _exponent(t: Expr) -> Expr | None:
    """a + log c of c e^a, for a positive number c."""
    own = argument(t, "exp")
    for f in Mul.make_args(t) if own is None and not is_array(t) else ():
        x, number = argument(f, "exp"), t / f
        if x is not None and certainly_positive(number):
            return added(x, log(number))
    return own


@array_rule("softplus of the opposite", "add", "Add")
def softplus_less(expr: Expr, about: About) -> Expr | None:
    """softplus x - x = softplus(-x) and relu x - x = relu(-x), and softplus 2x - x = log cosh x + log 2."""
    parts = list(terms(expr))
    for term in parts:
        name = next((f for f in ("softplus", "relu") if argument(term, f) is not None), "")
        x = argument(term, name)
        if x is None or term in about.shared:
            continue
        rest = without([t for t in parts if t is not term], opened(S.NegativeOne, x))
        if rest is not None:
            return added(applied(name, negation(x)), *rest)
        if name == "relu":
            continue
        left = _flipped([t for t in parts if t is not term], x)
        if left is not None and x not in about.shared:
            return added(*sorted((applied("softplus", negation(x)), *left), key=of_term))
        half = opened(S.NegativeOne / 2, x)
        rest = without([t for t in parts if t is not term], half)
        if rest is not None and all(split(t)[0].is_Integer for t in half if is_array(t)):
            return added(applied("log", applied("cosh", negation(_sum_of(half)))), log(2), *rest)
    return None


def _flipped(beside: list[Expr], x: Expr) -> list[Expr] | None:
    """What stands beside softplus(-x) for what stands beside softplus x, where terms go for terms that come before them:
    a + softplus(b - a) is b + softplus(a - b)."""
    own = opened(S.One, x)
    gone = [t for t in opened(S.NegativeOne, x) if t in beside]
    come = without(own, [u for t in gone for u in opened(S.NegativeOne, t)])
    if not gone or not come or min(map(of_term, come)) >= min(map(of_term, gone)):
        return None
    less = without(beside, gone)
    return None if less is None else [*less, *come]


@array_rule("trace by name", "sum")
def trace_by_name(expr: Apply, about: About) -> Expr | None:
    """The sum of the diagonal is the trace."""
    (x,) = expr.args
    square = is_op(x, "diag") and len(shape_of(x.args[0])) == 2 and same_size(*shape_of(x.args[0]))
    return RECORDS.trace(x.args[0]) if square and not is_array(expr) else None


@array_rule("squares of norms of rows", "pow", silent=True)
def squared_norms(expr: Apply, about: About) -> Expr | None:
    """‖X_i‖² = Σ_j X_ij²."""
    base, e = expr.args
    found = reduced(base, "norm") if is_array(base) and not is_array(e) and e.is_number and (e / 2).is_Integer else None
    if found is None or not is_op(base, "norm"):
        return None
    squares = found.again("sum", RECORDS.pow(found.x, 2), bool(base.params.get("keepdims")))
    return squares if e == 2 else RECORDS.pow(squares, e / 2)


@array_rule("square of a difference", "Add")
def completed_square(expr: Add, about: About) -> Expr | None:
    """c x'x - 2c x'y + c y'y = c (x - y)'(x - y), of vectors, and so with a symmetric matrix in between."""
    if len(expr.args) < 3:
        return None
    numbers = {rest: c for c, rest in (_coefficient(t) for t in expr.args) if is_op(rest, "matmul")}
    forms = {p: _form(p) for p in numbers}
    squares = [p for p, (x, _, y) in forms.items() if x == y and len(shape_of(x)) == 1]
    places = {forms[p][:2]: k for k, p in enumerate(squares)}
    twins: dict[tuple[int, ...], Expr] = {}
    for p, (x, a, y) in forms.items():
        if x != y and places.keys() >= {(x, a), (y, a)}:
            twins.setdefault(tuple(sorted((places[x, a], places[y, a]))), p)
    for (k, n), twin in sorted(twins.items()):
        first, second = squares[k], squares[n]
        c = numbers[first]
        if (numbers[second] - c).expand() != 0 or numbers[twin] not in (2 * c, -2 * c):
            continue
        sign = S.One if numbers[twin] == 2 * c else S.NegativeOne
        x, a, _ = forms[first]
        apart = _sum_of([*opened(S.One, x), *opened(sign, forms[second][0])])
        rest = [t for t in expr.args if _coefficient(t)[1] not in (first, second, twin)]
        return Add(*rest, c * RECORDS.matmul(apart, apart if a is None else RECORDS.matmul(a, apart)))
    return None


@array_rule("difference of squared distances", "Add")
def completed_distances(expr: Add, about: About) -> Expr | None:
    """2 a'(q - p) + p'p - q'q = (a - p)'(a - p) - (a - q)'(a - q), and so with a symmetric matrix in between."""
    numbers = {rest: c for c, rest in map(_coefficient, expr.args) if is_op(rest, "matmul")}
    forms = {p: _form(p) for p in numbers} if len(numbers) > 2 else {}
    squares = {(x, a): p for p, (x, a, y) in forms.items() if x == y and len(shape_of(x)) == 1}
    for p, (one, between, other) in forms.items() if len(squares) > 1 else ():
        for a, bracket in ((one, other), (other, one)):
            apart = [split(t) for t in opened(S.One, bracket)] if is_op(split(bracket)[1], "add") else []
            own = [squares.get((b, between)) for _, b in apart]
            if Add(*(c for c, _ in apart)) != 0 or None in own or not own or any(
                    (numbers[p] * c + 2 * numbers[q]).expand() != 0 for (c, _), q in zip(apart, own, strict=True)):
                continue
            rest = [t for t in expr.args if _coefficient(t)[1] not in (p, *own)]
            gaps = [_sum_of([a, *opened(S.NegativeOne, b)]) for _, b in apart]
            return Add(*rest, *(numbers[q] * RECORDS.matmul(g, g if between is None else RECORDS.matmul(between, g))
                                for g, q in zip(gaps, own, strict=True) if q is not None))
    return None


def _form(p: Expr) -> tuple[Expr, Expr | None, Expr]:
    """(x, A, y) of x'A y with a symmetric matrix, (x, nothing, y) of x'y."""
    x, rest = p.args
    between = is_op(rest, "matmul") and len(shape_of(x)) == len(shape_of(rest.args[1])) == 1 and is_symmetric(rest.args[0])
    return (x, *rest.args) if between else (x, None, rest)


def _coefficient(t: Expr) -> tuple[Expr, Expr]:
    """(number, dot product) of a term; (1, itself) where there is none."""
    own = [f for f in Mul.make_args(t) if is_op(f, "matmul")]
    return (Mul(*(f for f in Mul.make_args(t) if f is not own[0])), own[0]) if len(own) == 1 else (S.One, t)


@array_rule("logarithm of a quotient", "log")
def logarithm_of_sum(expr: Expr, about: About) -> Expr | None:
    """log(1 + r/v) = log(v + r) - log v, for a positive v."""
    found = over_number(terms(expr.args[0]))
    return None if found is None else added(applied("log", found[0]), -log(found[1]))


@array_rule("a number out of a sum of matrices", "logdet", "det", "inv")
def matrix_over_number(expr: Apply, about: About) -> Expr | None:
    """(I + A/c)⁻¹ = c (c I + A)⁻¹, and so for det and log det, for a positive c."""
    found = over_number(terms(expr.args[0]))
    if found is None:
        return None
    below = found[1]
    whole = expr.op(found[0])
    if RECORDS.det.of(expr):
        return whole * below ** -shape_of(expr.args[0])[0]
    return scaled(below, whole) if is_op(expr, "inv") else whole - shape_of(expr.args[0])[0] * log(below)


def over_number(parts: tuple[Expr, ...]) -> tuple[Expr, Expr] | None:
    """(v c + r, v) for the terms c + r/v of a sum, with a positive v that has a name."""
    below = _divisor(parts)
    return None if below is None else (_times(parts, below), below)


def _divisor(parts: tuple[Expr, ...]) -> Expr | None:
    """What is positive, has a name, and stands below in a term of a sum, where another one has nothing below."""
    if len(parts) < 2:
        return None
    found = [split(t)[0].as_numer_denom()[1] if is_array(t) else t.as_numer_denom()[1] for t in parts]
    named = [Mul(*(f for f in Mul.make_args(d) if not f.is_number)) for d in found]
    own = {d for d in named if d != 1}
    if len(own) != 1 or all(d != 1 for d in named):
        return None
    (below,) = own
    return below if certainly_positive(below) and not below.has(exp) and not any(
        isinstance(n, Apply) for n in below.atoms(Apply)) else None


def _times(parts: tuple[Expr, ...], number: Expr) -> Expr:
    return added(*sorted((scaled(number * split(t)[0], split(t)[1]) if is_array(t) else (number * t).expand()
                          for t in parts), key=of_term))


@array_rule("an outer product beside a matrix", "matmul")
def weighed_by_outer(expr: Apply, about: About) -> Expr | None:
    """(A ⊙ x yᵀ) s = x ⊙ A (y ⊙ s)."""
    left, right = expr.args
    if not (is_op(left, "mul") and len(shape_of(left)) == 2 and len(shape_of(right)) == 1):
        return None
    pair = next((f for f in left.args if is_op(f, "outer")), None)
    rest = [f for f in left.args if f is not pair]
    arrays = [f for f in rest if is_array(f)]
    if pair is None or not arrays or any(shape_of(f) != shape_of(left) for f in arrays):
        return None
    x, y = pair.args
    matrix = RECORDS.mul(*rest) if len(rest) > 1 else rest[0]
    return RECORDS.mul(x, RECORDS.matmul(matrix, RECORDS.mul(y, right)))


@array_rule("reduced along the other axis", "sum", "mean", "var", "std", "norm", "logsumexp", silent=True)
def along_the_other_axis(expr: Apply, about: About) -> Expr | None:
    """The means of the rows of Xᵀ are those of the columns of X."""
    (x,) = expr.args
    if not is_op(x, "transpose") or not set(expr.params) <= {"axis", "keepdims"}:
        return None
    found = reduced(expr, expr.op.name)
    if found is None or len(shape_of(x)) != 2 or expr.params.get("keepdims"):
        return None
    if len(found.axes) == 2:
        return expr.op(x.args[0])
    return expr.op(x.args[0], axis=1 - found.axes[0])


@array_rule("the softmax of the columns", "softmax", "log_softmax", silent=True)
def columns_of_product(expr: Apply, about: About) -> Expr | None:
    """softmax(D Wᵀ)ᵀ, taken of the rows, for the softmax of the columns of W Dᵀ, where that has no more transposes."""
    number, x = split(expr.args[0])
    if expr.params.get("axis", -1) not in (0, -2) or not is_op(x, "matmul") or len(shape_of(x)) != 2:
        return None
    turned = RECORDS.matmul(*(RECORDS.transpose(f) for f in reversed(x.args)))
    if sum(is_op(f, "transpose") for f in turned.args) > sum(is_op(f, "transpose") for f in x.args):
        return None
    return RECORDS.transpose(expr.op(scaled(number, turned), axis=-1))


@array_rule("scores of a softmax", "sum")
def scores_of_rows(expr: Apply, about: About) -> Expr | None:
    """Σ_j S_ij log softmax(Z)_ij = Σ_j S_ij Z_ij - logsumexp Z_i for rows S = softmax(Z)."""
    number, x = split(expr.args[0])
    found = reduced(expr, "sum")
    if found is None or not is_op(x, "mul") or len(x.args) != 2 or len(shape_of(x)) != 2 or expr.params.get("keepdims"):
        return None
    for p, logs in (x.args, x.args[::-1]):
        alike = is_op(p, "softmax") and is_op(logs, "log_softmax") and p.args == logs.args and isinstance(p, Apply)
        if alike and p.params == logs.params and p.params.get("axis", -1) in (-1, 1) and found.axes in ((1,), (0, 1)):
            (z,) = p.args
            of_rows = RECORDS.logsumexp(z, axis=1)
            taken = of_rows if found.axes == (1,) else RECORDS.sum(of_rows)
            whole = expr.op(RECORDS.mul(z, p), **expr.params)
            return scaled(number, added(whole, scaled(S.NegativeOne, taken)))
    return None


@array_rule("an exponential of columns and rows", "exp")
def exponential_of_columns_and_rows(expr: Apply, about: About) -> Expr | None:
    """e^(u_i + v_j) is the column e^u times the row e^v."""
    x = expr.args[0]
    parts = x.args if is_op(x, "add") and len(shape_of(x)) == 2 and all(map(is_array, x.args)) else ()
    sides: tuple[list[Expr], list[Expr]] = [], []
    for c, rest in map(split, parts):
        side = _side(rest)
        if side is None:
            return None
        sides[side[0]].append(scaled(c, side[1]))
    rows, columns = sides
    return RECORDS.outer(RECORDS.exp(_sum_of(columns)), RECORDS.exp(_sum_of(rows))) if rows and columns else None


def _side(x: Expr) -> tuple[int, Expr] | None:
    """(0, v) for the row v in every row, (1, u) for the column u in every column."""
    if is_op(x, "outer"):
        ones = [is_op(f, "ones") for f in x.args]
        return (ones.index(True), x.args[ones.index(False)]) if sum(ones) == 1 else None
    if len(shape_of(x)) == 1:
        return 0, x
    column = is_op(x, "stretch") and isinstance(x, Apply) and x.params["axes"] == (0,) and shape_of(x)[1] == 1
    return (1, x.args[0]) if column else None


@array_rule("a sum of exponentials", "matmul")
def one_exponential_in_all(expr: Apply, about: About) -> Expr | None:
    """Σ_ij e^(u_i + T_ij + v_j) for exp(u)'exp(T) exp(v)."""
    u, rest = expr.args
    if is_array(expr) or not is_op(rest, "matmul") or len(shape_of(rest.args[0])) != 2:
        return None
    x, t, y = (argument(f, "exp") for f in (u, *rest.args))
    if x is None or t is None or y is None:
        return None
    column = RECORDS.stretch(x, shape=(shape_of(x)[0], S.One), axes=(0,))
    return RECORDS.sum(RECORDS.exp(added(column, *opened(S.One, t), y)))


EXPONENTIALS = (silu_in_dot, exponential_of_columns_and_rows, one_exponential_in_all, beside_sigmoid,
                larger_than_zero, slopes_of_both_signs, step_by_name, one_exponential, exponentials_in_dot,
                logarithm_of_two, softplus_less, trace_by_name, squared_norms, completed_square, completed_distances,
                logarithm_of_sum, matrix_over_number, weighed_by_outer, along_the_other_axis, columns_of_product,
                scores_of_rows)
