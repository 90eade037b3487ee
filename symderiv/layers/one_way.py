"""Brackets in one way: signs and common factors in front of them, squares of differences, logarithms of powers.

Rules on array expressions (see ``arrays/rewriting.py``).  Each holds wherever the left side has a value.
"""

from __future__ import annotations

from functools import reduce

from sympy import Add, Expr, Mul, Pow, S, exp, expand_mul, log

from ..arrays.arrays import Apply, Tensor, order_key
from ..arrays.operator import is_array, shape_of
from ..arrays.registry import RECORDS
from ..arrays.rewriting import About, array_rule
from ..arrays.sign import certainly_positive
from ..arrays.symmetry import is_symmetric
from .activations import leaky_relu
from .exponentials import negation, without
from .operator_text import is_op, negative
from .product_parts import powers, product, reduced
from .signs import opposite
from .written_out import added, applied, argument, mean_taken_off, of_term, positive, scaled, split, terms


def _all_negative(x: Expr) -> bool:
    return (is_op(x, "add") or isinstance(x, Add)) and all(map(negative, terms(x)))


@array_rule("a sign out of a bracket", "mul", "matmul", "pow", "Pow", "inv", silent=True)
def sign_out(expr: Expr, about: About) -> Expr | None:
    """(-a - b) x = -(a + b) x, 1/(-a - b) = -1/(a + b), and (A - I)⁻¹ = -(I - A)⁻¹."""
    if is_op(expr, "inv"):
        (x,) = expr.args
        return scaled(S.NegativeOne, RECORDS.inv(negation(x))) if _all_negative(x) or _less_identity(x) else None
    if is_op(expr, "pow") or isinstance(expr, Pow):
        base, e = expr.args
        if is_array(e) or not e.is_Integer or not _all_negative(base):
            return None
        return scaled(S.NegativeOne**e, RECORDS.pow(negation(base), e) if is_array(base) else negation(base)**e)
    for k, f in enumerate(expr.args):
        if _all_negative(f) and f not in about.shared:
            args = [*expr.args[:k], negation(f), *expr.args[k + 1:]]
            return scaled(S.NegativeOne, RECORDS.matmul(*args) if is_op(expr, "matmul") else RECORDS.mul(*args))
    if is_op(expr, "mul") and len(expr.args) == 2 and expr.args[0] == -1 and is_op(expr.args[1], "add"):
        x = expr.args[1]
        kept = x in about.shared or mean_taken_off(x) is not None
        return None if kept or all(negative(t) is negative(x.args[0]) for t in x.args) else negation(x)
    return None


@array_rule("a sign in a bracket of numbers", "Mul", "Pow", silent=True)
def sign_of_number(expr: Expr, about: About) -> Expr | None:
    """-(p - 1) q = (1 - p) q, and 1/(x'y - x'x) = -1/(x'x - x'y): of sums of arrays one way round stands below."""
    if isinstance(expr, Pow):
        base, e = expr.args
        turned = isinstance(base, Add) and e.is_Integer and base.could_extract_minus_sign() and base.atoms(Apply)
        if not turned or any(t.is_number for t in base.args):
            return None
        other = Add(*(-t for t in base.args))
        return None if e.is_even and opposite(other, about) is not None else S.NegativeOne**e * other**e
    brackets = [f for f in expr.args if isinstance(f, Add) and any(t.is_number and t.is_negative for t in f.args)]
    if len(brackets) != 1:
        return None
    (own,) = brackets
    below = next((f for f in expr.args if isinstance(f, Pow) and isinstance(f.base, Add) and f.exp == -1
                  and f.base.could_extract_minus_sign()), None)
    if below is not None and own.atoms(Apply) and not below.atoms(Apply):
        others = (f for f in expr.args if f not in (own, below))
        return Mul(*others, Add(*(-t for t in own.args)), 1 / Add(*(-t for t in below.base.args)))
    if not expr.as_coeff_Mul()[0].is_negative:
        return None
    return Mul(-expr.as_coeff_Mul()[0], Add(*(-t for t in own.args)), *(
        f for f in expr.args if f is not own and not f.is_Rational))


@array_rule("a row times a matrix", "matmul", silent=True)
def row_times_matrix(expr: Apply, about: About) -> Expr | None:
    """Aᵀx for x'A."""
    x, a = expr.args
    fits = len(shape_of(x)) == 1 and len(shape_of(a)) == 2 and not is_op(a, "kron")
    return RECORDS.matmul(RECORDS.transpose(a), x) if fits else None


@array_rule("ones in a dot product", "matmul", silent=True)
def ones_in_dot(expr: Apply, about: About) -> Expr | None:
    """1'x = Σ x."""
    for one, x in (expr.args, expr.args[::-1]):
        if is_op(one, "ones") and len(shape_of(one)) == len(shape_of(x)) == 1:
            return RECORDS.sum(x)
    return None


@array_rule("the sum of all entries of a product", "sum", silent=True)
def sum_of_product(expr: Expr, about: About) -> Expr | None:
    """Σ A (B 1) is the sum of all entries of A B."""
    x = expr.args[0]
    if is_array(expr) or expr.params or not is_op(x, "matmul") or len(shape_of(x)) != 1:
        return None
    a, rows = x.args
    if not is_op(rows, "sum") or rows.params not in ({"axis": 0}, {"axis": 1}) or len(shape_of(rows.args[0])) != 2:
        return None
    (b,) = rows.args
    return RECORDS.sum(RECORDS.matmul(a, b) if rows.params["axis"] == 1 else RECORDS.matmul(b, RECORDS.transpose(a)))


@array_rule("sums of sums", "sum", silent=True)
def sum_of_sums(expr: Expr, about: About) -> Expr | None:
    """Σ_i Σ_j X_ij is the sum of all entries."""
    number, x = split(expr.args[0])
    inner = not is_array(expr) and not expr.params and is_op(x, "sum") and not x.params.get("keepdims")
    return scaled(number, RECORDS.sum(*x.args)) if inner else None


@array_rule("a column times a row", "mul", silent=True)
def column_times_row(expr: Expr, about: About) -> Expr | None:
    """a bᵀ for a[:, None] ⊙ b[None, :]."""
    arrays = sorted((f for f in expr.args if is_op(f, "stretch")), key=lambda f: f.params["axes"])
    if [f.params["axes"] for f in arrays] != [(0,), (1,)] or len(shape_of(expr)) != 2 or (
            sum(map(is_array, expr.args)) > 2):
        return None
    return scaled(Mul(*(f for f in expr.args if f not in arrays)), RECORDS.outer(*(f.args[0] for f in arrays)))


@array_rule("ones among factors", "mul", silent=True)
def ones_among(expr: Expr, about: About) -> Expr | None:
    """1 ⊙ x = x, of one shape."""
    rest = [f for f in expr.args if not is_op(f, "ones")]
    if len(rest) == len(expr.args) or not any(shape_of(f) == shape_of(expr) for f in rest if is_array(f)):
        return None
    return RECORDS.mul(*rest) if len(rest) > 1 else rest[0]


@array_rule("like terms in brackets", "Add", silent=True)
def like_in_brackets(expr: Add, about: About) -> Expr | None:
    """a s + b t + (1 - a - b) x'y for a (s - x'y) + b (t - x'y) + x'y."""
    numbers: dict[Expr, list[Expr]] = {}
    for t in expr.args if any(isinstance(f, Add) for s in expr.args for f in s.args) else ():
        number, rest = t.as_independent(Apply, as_Add=False)
        for part in Add.make_args(rest):
            c, own = part.as_independent(Apply, as_Add=False)
            numbers.setdefault(own, []).append(number * c)
    met = any(len(cs) > 1 and own.has(Apply) for own, cs in numbers.items())
    return Add(*(Add(*cs) * own for own, cs in numbers.items())) if met else None


@array_rule("one logarithm for two", "Add", silent=True)
def logarithms_together(expr: Add, about: About) -> Expr | None:
    """n (log q)/2 + v (log q)/2 = (n + v) (log q)/2."""
    found: dict[Expr, list[tuple[Expr, Expr]]] = {}
    for t in expr.args:
        logs = [f for f in Mul.make_args(t) if isinstance(f, log)]
        if len(logs) == 1 and not (number := Mul(*(f for f in Mul.make_args(t) if f is not logs[0]))).atoms(Apply):
            found.setdefault(logs[0], []).append((t, number))
    for own, group in found.items():
        if len(group) > 1:
            content, number = Add(*(c for _, c in group)).as_content_primitive()
            gone = [t for t, _ in group]
            return Add(*(t for t in expr.args if t not in gone), Mul(content, number, own))
    return None


@array_rule("a number before an array", "maximum", "minimum", silent=True)
def number_first(expr: Expr, about: About) -> Expr | None:
    """min(0, x) for min(x, 0)."""
    a, b = expr.args if len(expr.args) == 2 else (S.Zero, S.Zero)
    return expr.op(b, a) if is_array(a) and not is_array(b) else None


@array_rule("roots in a dot product", "sum", silent=True)
def roots_in_dot(expr: Expr, about: About) -> Expr | None:
    """Σ √p ⊙ √q = √p'√q."""
    factors = expr.args[0].args if is_op(expr.args[0], "mul") and not is_array(expr) else ()
    fits = len(factors) == 2 and all(is_op(f, "sqrt") and len(shape_of(f)) == 1 for f in factors)
    return RECORDS.matmul(*factors) if fits else None


@array_rule("a power of the count", "Mul", silent=True)
def counted_powers(expr: Mul, about: About) -> Expr | None:
    """n^p (mean x)^p = (Σ x)^p, √n/√(x'x + n e) = 1/√(mean x² + e), and ‖x - mean x‖²/‖y - mean y‖² = var x/var y, of as
    many."""
    parts = expr.as_powers_dict()
    for base, e in parts.items():
        count = shape_of(base.args[0])[0] if is_op(base, "mean") and not base.params and len(
            shape_of(base.args[0])) == 1 else None
        if count is not None and not e.is_Integer and parts.get(count) == e:
            return Mul(*(b**d for b, d in parts.items() if b not in (base, count)), RECORDS.sum(*base.args)**e)
        counts = {b for b, d in parts.items() if d == -e and b.is_Symbol and b.is_integer} if not e.is_Integer else set()
        for count in counts if isinstance(base, Add) else ():
            if any(is_op(f, "matmul") and f.args[0] == f.args[1] and shape_of(f.args[0]) == (count,)
                   for t in base.args for f in Mul.make_args(t)) and any(count in Mul.make_args(t) for t in base.args):
                beside = (b**d for b, d in parts.items() if b not in (base, count))
                return Mul(*beside, Add(*(t / count for t in base.args))**e)
    spreads = {b: taken.x for b in parts if is_op(b, "matmul") and b.args[0] == b.args[1] and (
        taken := mean_taken_off(b.args[0])) is not None}
    for base, x in spreads.items():
        other = next((b for b, y in spreads.items() if parts[b] == -parts[base] and shape_of(x) == shape_of(y)), None)
        if other is not None:
            share = (RECORDS.var(x) / RECORDS.var(spreads[other]))**parts[base]
            return Mul(*(b**d for b, d in parts.items() if b not in (base, other)), share)
    return None


def _less_identity(x: Expr) -> bool:
    """Whether a sum of two is A - I."""
    return is_op(x, "add") and len(x.args) == 2 and all(map(is_array, x.args)) and any(
        negative(t) and is_op(split(t)[1], "eye") and not negative(other) for t, other in (x.args, x.args[::-1]))


@array_rule("a number that all terms have", "add", silent=True)
def common_to_all(expr: Expr, about: About) -> Expr | None:
    """x/h - b/h = (x - b)/h, and v ⊙ x + f ⊙ v ⊙ x = v ⊙ x ⊙ (1 + f)."""
    apart = [split(t) if is_array(t) else (t, S.One) for t in expr.args]
    if any(term in about.shared for term in expr.args):
        return None
    common = reduce(_in_both, (c.as_powers_dict() for c, _ in apart))
    number = Mul(*(b**e for b, e in common.items() if b.free_symbols and not isinstance(b, Add)))
    if number != 1 and number.is_nonzero is not False:
        return scaled(number, added(*(scaled(c / number, rest) if is_array(rest) else c / number for c, rest in apart)))
    own = min((powers(rest, about.shared) for _, rest in apart if is_array(rest)), key=len)
    if len(own) < 2 or len(expr.args) != 2 or not all(is_array(rest) for _, rest in apart):
        return None
    return _with_factor(expr, apart, own, about)


def _with_factor(expr: Expr, apart: list[tuple[Expr, Expr]], own: dict[Expr, Expr], about: About) -> Expr | None:
    """x ⊙ (c + d f) for c x + d x ⊙ f."""
    whole = product(own)
    left: list[Expr] = []
    for c, rest in apart:
        parts = powers(rest, about.shared)
        if any(parts.get(b) != e for b, e in own.items()):
            return None
        beside = {b: e for b, e in parts.items() if b not in own}
        left.append(scaled(c, product(beside)) if beside else c)
    if shape_of(whole) != shape_of(expr) or all(map(is_array, left)):
        return None
    return RECORDS.mul(*own_factors(whole), added(*sorted(left, key=of_term)))


def own_factors(x: Expr) -> tuple[Expr, ...]:
    """The factors of an entrywise product."""
    return x.args if is_op(x, "mul") else (x,)


def _in_both(a: dict[Expr, Expr], b: dict[Expr, Expr]) -> dict[Expr, Expr]:
    """The powers that two products have in common."""
    return {base: e for base, e in a.items() if b.get(base) == e}


MOST_SQUARES = 16
"""Squares of which each two are looked at together."""


@array_rule("square of a difference of entries", "add", "Add", silent=True)
def completed_entries(expr: Expr, about: About) -> Expr | None:
    """a² - 2 a ⊙ b + b² = (a - b)², and e^2x - 2 e^x + 1 = (e^x - 1)²."""
    squares = [(c, a) for c, a in ((c, _root(rest)) for c, rest in map(split, expr.args)) if a is not None]
    for k, (c, a) in enumerate(squares if len(squares) < len(expr.args) and len(squares) <= MOST_SQUARES else []):
        for d, b in squares[k + 1:]:
            for sign in (S.One, S.NegativeOne) if c == d else ():
                twice, pair = scaled(2 * sign * c, S.One), _times(a, b)
                gone = [scaled(c, _square(a)), scaled(c, _square(b)), scaled(twice, pair)]
                left = _without_products(list(expr.args), gone)
                if left is not None:
                    whole = added(*sorted((a, scaled(sign, b) if is_array(b) else sign * b), key=of_term))
                    made = scaled(c, _square(whole))
                    return added(*sorted((*left, made), key=of_term)) if left else made
    return None


def _root(t: Expr) -> Expr | None:
    """b for b², of numbers and entries; e^x for e^2x, and 1 for 1."""
    if (is_op(t, "pow") or isinstance(t, Pow)) and t.args[1] == 2:
        return t.args[0]
    f = argument(t, "exp")
    c, rest = (S.One, S.One) if f is None else split(f)
    if f is not None and c.as_coeff_Mul()[0].is_even:
        return applied("exp", scaled(c / 2, rest))
    return S.One if t == 1 else None


def _square(a: Expr) -> Expr:
    f = argument(a, "exp")
    if f is not None:
        return applied("exp", scaled(2 * split(f)[0], split(f)[1]))
    return RECORDS.pow(a, 2) if is_array(a) else a**2


def _times(a: Expr, b: Expr) -> Expr:
    return a * b if 1 in (a, b) or not (is_array(a) or is_array(b)) else RECORDS.mul(a, b)


def _without_products(parts: list[Expr], gone: list[Expr]) -> list[Expr] | None:
    """``without``, whatever the order of the factors."""
    def key(t: Expr) -> tuple[Expr, frozenset[tuple[Expr, Expr]]]:
        if not is_array(t):
            return t, frozenset()
        found = powers(t)
        return Mul(*(b**e for b, e in found.items() if not is_array(b))), frozenset(
            (b, e) for b, e in found.items() if is_array(b))

    left = {n: key(t) for n, t in enumerate(parts)}
    for t in map(key, gone):
        place = next((n for n, own in left.items() if own == t), None)
        if place is None:
            return None
        del left[place]
    return [parts[n] for n in left]


@array_rule("logarithm of a power", "log", silent=True)
def log_of_power(expr: Expr, about: About) -> Expr | None:
    """log √x = (log x)/2, and log x^a = a log x for a positive x."""
    (x,) = expr.args
    if is_op(x, "sqrt"):
        return scaled(S.Half, RECORDS.log(x.args[0]))
    if not is_op(x, "pow") and not isinstance(x, Pow):
        return None
    base, e = x.args
    if is_array(e) or e == -1:
        return None
    sure = positive(base) if is_array(base) else certainly_positive(base)
    if not sure and (not e.is_Rational or e.p % 2 == 0 or e.is_Integer):
        return None
    return scaled(e, RECORDS.log(base)) if is_array(base) else e * log(base)


@array_rule("softplus beside a bracket", "add", silent=True)
def softplus_beside(expr: Expr, about: About) -> Expr | None:
    """(a + b) + softplus(-(a + b)) = softplus(a + b)."""
    for k, term in enumerate(expr.args):
        x = argument(term, "softplus")
        c, inner = split(x) if x is not None and is_array(x) else (S.Zero, S.Zero)
        if c == -1 and is_op(inner, "add"):
            rest = without([t for n, t in enumerate(expr.args) if n != k], [inner])
            if rest is not None:
                return added(*rest, applied("softplus", inner))
    return None


@array_rule("one less a sigmoid with a sign", "add", "Add", silent=True)
def other_sigmoid(expr: Expr, about: About) -> Expr | None:
    """1 - σ(-x) = σ(x), where σ(-x) stands nowhere else."""
    parts = terms(expr)
    if len(parts) != 2 or S.One not in parts:
        return None
    c, rest = _coefficient(next(t for t in parts if t != 1))
    x = argument(rest, "sigmoid") if c == -1 and rest not in about.shared else None
    if x is None:
        return None
    own = opposite(x, about) or (negation(x) if _coefficient(x)[0].could_extract_minus_sign() or _all_negative(x) else None)
    return None if own is None else applied("sigmoid", own)


def _coefficient(t: Expr) -> tuple[Expr, Expr]:
    return split(t) if is_array(t) else t.as_coeff_Mul()


@array_rule("numbers in a sum", "sum", silent=True)
def numbers_counted(expr: Expr, about: About) -> Expr | None:
    """Σ (f - 1) = Σ f - n."""
    x = expr.args[0]
    if is_array(expr) or expr.params or not is_op(x, "add") or x in about.shared:
        return None
    numbers = [t for t in x.args if not is_array(t)]
    rest = [t for t in x.args if is_array(t)]
    if not numbers or Add(*numbers) not in (1, -1) or not any(shape_of(t) == shape_of(x) for t in rest):
        return None
    return Add(RECORDS.sum(added(*rest)), Mul(*shape_of(x), Add(*numbers)))


@array_rule("numbers counted", "Add", silent=True)
def numbers_into_sum(expr: Add, about: About) -> Expr | None:
    """n m - Σ x = Σ (m - x), of a vector."""
    for whole in expr.args:
        sign, summed = whole.as_coeff_Mul()
        if sign not in (1, -1) or not is_op(summed, "sum") or summed.params or len(shape_of(summed.args[0])) != 1:
            continue
        count, x = shape_of(summed.args[0])[0], summed.args[0]
        own = next((t for t in expr.args if t.as_powers_dict().get(count) == 1
                    and isinstance((t / count).as_coeff_Mul()[1], Tensor)), None)
        if own is not None:
            inner = added(*sorted((sign * own / count, *terms(x)), key=of_term))
            return Add(*(t for t in expr.args if t not in (own, whole)), sign * RECORDS.sum(inner))
    return None


@array_rule("order in a dot product of brackets", "matmul", silent=True)
def brackets_in_order(expr: Expr, about: About) -> Expr | None:
    """w'(a - b) for (a - b)'w, x'A y for (A y)'x: a name before a bracket, of brackets that which comes first."""
    a, b = expr.args
    if is_array(expr) or is_op(b, "matmul") or any(len(shape_of(f)) != 1 for f in (a, b)):
        return None
    if is_op(a, "matmul"):
        matrix, x = a.args
        if len(shape_of(matrix)) != 2:
            return None
        turned = is_op(matrix, "transpose") or is_symmetric(matrix)
        return RECORDS.matmul(x, RECORDS.matmul(RECORDS.transpose(matrix), b)) if turned else RECORDS.matmul(b, a)
    return RECORDS.matmul(b, a) if (bool(b.args), order_key(b)) < (bool(a.args), order_key(a)) else None


@array_rule("one dot product of names", "Add", silent=True)
def dots_together(expr: Add, about: About) -> Expr | None:
    """w'a - w'b = w'(a - b), of three names."""
    found: dict[Expr, list[tuple[Expr, Expr, Expr]]] = {}
    for t in expr.args:
        c, dot = t.as_coeff_Mul()
        if is_op(dot, "matmul") and dot.args[0] != dot.args[1] and all(
                isinstance(a, Tensor) and len(a.shape) == 1 for a in dot.args):
            for own, other in (dot.args, dot.args[::-1]):
                found.setdefault(own, []).append((t, c, other))
    for own, group in found.items():
        numbers = [c for _, c, _ in group]
        if len(group) != 2 or numbers[0] != -numbers[1] or any(RECORDS.matmul(a, a) in expr.atoms(Apply) for a in (
                own, *(a for _, _, a in group))):
            continue
        apart = added(*sorted((scaled(c / abs(c), a) for _, c, a in group), key=of_term))
        left = (t for t in expr.args if t not in [t for t, _, _ in group])
        return Add(*left, abs(numbers[0]) * RECORDS.matmul(own, apart))
    return None


@array_rule("exponential of logarithms", "exp", silent=True)
def exp_of_logs(expr: Expr, about: About) -> Expr | None:
    """e^(a (log b - log c)) = (b/c)^a, of positive numbers, and of positive arrays."""
    number, x = split(expr.args[0]) if is_array(expr.args[0]) else _scalar_and_sum(expr.args[0])
    apart = [split(t) if is_array(t) else t.as_coeff_Mul() for t in terms(x)]
    inner = [argument(rest, "log") for _, rest in apart]
    if len(apart) != 2 or None in inner or {c for c, _ in apart} != {S.One, S.NegativeOne}:
        return None
    b, c = (f for f in (inner if apart[0][0] == 1 else inner[::-1]) if f is not None)
    if not all(positive(f) if is_array(f) else certainly_positive(f) for f in (b, c)):
        return None
    if is_array(b) or is_array(c):
        return RECORDS.pow(RECORDS.mul(b, RECORDS.pow(c, S.NegativeOne)) if is_array(c) else scaled(1 / c, b), number)
    return Add(*(t / c for t in Add.make_args(b)))**number if not isinstance(c, Add) else Add(
        *(t / b for t in c.args))**-number


def _scalar_and_sum(x: Expr) -> tuple[Expr, Expr]:
    """(a, s) for a s with one sum s."""
    sums = [f for f in Mul.make_args(x) if isinstance(f, Add)]
    return (Mul(*(f for f in Mul.make_args(x) if f is not sums[0])), sums[0]) if len(sums) == 1 else (S.One, x)


@array_rule("exponential of the logarithm of an entry", "exp", silent=True)
def exp_of_entry(expr: Expr, about: About) -> Expr | None:
    """e^(q (t'z - logsumexp z)) = (t'softmax z)^q, for a one-hot t."""
    parts = Add.make_args(expand_mul(expr.args[0], deep=False)) if not is_array(expr) else ()
    for whole, q, summed in ((t, t / f, f) for t in parts for f in Mul.make_args(t) if is_op(f, "logsumexp")):
        z = summed.args[0]
        for term, dot in ((t, f) for t in parts for f in Mul.make_args(t) if is_op(f, "matmul") and t == -q * f):
            labels = [a for a in dot.args if "one_hot" in getattr(a, "properties", ())]
            if labels and z in dot.args:
                rest = Add(*(p for p in parts if p not in (whole, term)))
                return RECORDS.matmul(labels[0], RECORDS.softmax(z))**-q * exp(rest)
    return None


@array_rule("leaky relu by name", "maximum", "add", silent=True)
def leaky_by_name(expr: Expr, about: About) -> Expr | None:
    """max(x, c x) for 0 < c < 1, and relu x - c relu(-x), are the leaky relu of x."""
    if is_op(expr, "maximum"):
        apart = [split(a) if is_array(a) else (S.One, a) for a in expr.args]
        numbers = sorted(c for c, _ in apart) if all(c.is_Rational for c, _ in apart) else []
        fits = len(apart) == 2 and apart[0][1] == apart[1][1] and is_array(apart[0][1]) and numbers and numbers[0] > 0
        return leaky_relu(scaled(numbers[1], apart[0][1]), numbers[0] / numbers[1]) if fits else None
    for one in expr.args:
        x = argument(one, "relu")
        for t in expr.args if x is not None else ():
            c, rest = split(t) if is_array(t) else (S.Zero, t)
            below = is_op(rest, "minimum") and set(rest.args) == {S.Zero, x}
            slope = c if below else -c if argument(rest, "relu") == negation(x) else S.Zero
            if slope.is_Rational and 0 < slope < 1:
                left = [a for a in expr.args if a is not one and a is not t]
                return added(*left, leaky_relu(x, slope))
    return None


@array_rule("a weighed mean of two", "add", silent=True)
def weighed_mean(expr: Expr, about: About) -> Expr | None:
    """h + σ ⊙ (x - h) = (1 - σ) ⊙ h + σ ⊙ x, of a sigmoid σ."""
    for h, product_ in (expr.args, expr.args[::-1]) if len(expr.args) == 2 else ():
        factors = product_.args if is_op(product_, "mul") else ()
        gate = next((f for f in factors if is_op(f, "sigmoid")), None)
        bracket = next((f for f in factors if is_op(f, "add")), None)
        if gate is None or bracket is None or len(factors) != 2 or product_ in about.shared:
            continue
        rest = without(list(bracket.args), [scaled(S.NegativeOne, h)]) if is_array(h) else None
        if rest:
            other = added(S.One, scaled(S.NegativeOne, gate))
            return added(RECORDS.mul(h, other), RECORDS.mul(gate, added(*rest)))
    return None


@array_rule("a product with what is taken from the identity", "matmul", silent=True)
def identity_multiplied_out(expr: Expr, about: About) -> Expr | None:
    """D (I - A) = D - D A of matrices, where the bracket is used once."""
    for k, bracket in enumerate(expr.args):
        front, behind = expr.args[:k], expr.args[k + 1:]
        if not is_op(bracket, "add") or bracket in about.shared or not all(map(is_array, bracket.args)) or any(
                not isinstance(f, Tensor) or len(shape_of(f)) != 2 for f in (*front, *behind)):
            continue
        apart = [split(t) for t in bracket.args]
        if sum(is_op(rest, "eye") for _, rest in apart) != 1 or any(shape_of(t) != shape_of(bracket) for t in bracket.args):
            continue
        return added(*(scaled(c, RECORDS.matmul(*front, *(() if is_op(rest, "eye") else (rest,)), *behind)
                              if len(expr.args) > 2 or not is_op(rest, "eye") else (*front, *behind)[0])
                       for c, rest in apart))
    return None


@array_rule("squares of differences of all pairs", "add")
def completed_pairs(expr: Expr, about: About) -> Expr | None:
    """Σ_k X_ik² + Σ_k Y_jk² - 2 (X Yᵀ)_ij = Σ_k (X_ik - Y_jk)²."""
    apart = [split(t) for t in expr.args if is_array(t)] if len(shape_of(expr)) == 2 else []
    for n, (c, column) in enumerate(apart):
        x = _squares_of_rows(column, kept=True)
        for k, (d, row) in enumerate(apart) if x is not None else ():
            y = _squares_of_rows(row, kept=False)
            twin = None if y is None or c != d else RECORDS.matmul(x, RECORDS.transpose(y))
            j = next((j for j, (e, f) in enumerate(apart) if e == -2 * c and f == twin), None)
            if x is None or y is None or j is None:
                continue
            rows = RECORDS.stretch(x, shape=(shape_of(x)[0], S.One, shape_of(x)[1]), axes=(0, 2))
            apart_now = added(rows, scaled(S.NegativeOne, y))
            whole = scaled(c, RECORDS.sum(RECORDS.pow(apart_now, 2), axis=2))
            gone = [t for i, t in enumerate(t for t in expr.args if is_array(t)) if i in (n, k, j)]
            return added(*(t for t in expr.args if t not in gone), whole)
    return None


def _squares_of_rows(a: Expr, kept: bool) -> Expr | None:
    """X for the sums of the squares of its rows, in a column, or in a row."""
    found = reduced(a, "sum")
    if found is None or found.axes != (1,) or len(shape_of(found.x)) != 2 or len(shape_of(a)) != (2 if kept else 1):
        return None
    return found.x.args[0] if is_op(found.x, "pow") and found.x.args[1] == 2 else None


ONE_WAY = (leaky_by_name, weighed_mean, completed_pairs, exp_of_entry, exp_of_logs,
           dots_together, ones_in_dot, row_times_matrix, sign_out, sign_of_number,
           sum_of_product, sum_of_sums, column_times_row, identity_multiplied_out, ones_among, number_first, roots_in_dot,
           like_in_brackets, logarithms_together, counted_powers, common_to_all, completed_entries, log_of_power,
           softplus_beside, other_sigmoid, brackets_in_order)
