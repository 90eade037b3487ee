"""What people write out by hand, by its name: softmax, logsumexp, sigmoid, means, variances, norms, normalisations.

Rules on array expressions (see ``arrays/rewriting.py``), so that one mathematical function has one form however it was
spelled.  Each holds wherever the left side has a value.

Source: Goodfellow, Bengio and Courville, Deep Learning (2016), 3.10, 4.1 and 8.7.1.
"""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import Any

from sympy import Abs, Add, Expr, Float, Integer, Mul, Pow, Rational, S, exp, expand_mul, log, sqrt

from ..arrays.arrays import Apply, Named, Tensor, order_key
from ..arrays.operator import is_array, operator, shape_of
from ..arrays.registry import RECORDS
from ..arrays.rewriting import About, array_rule, head
from ..arrays.sign import certainly_positive
from ..arrays.sizes import same_size
from ..arrays.symmetry import is_symmetric
from ..arrays.walks import depth, subexpressions
from ..bounds import spend
from ..terms.traversals import reached
from .inner_names import Naming
from .normalisation import standardised
from .operator_text import is_op, negative, split_scalar
from .product_parts import Powers, Reduced, power, powers, product, reduced

SQUARE = Integer(2)
SQRT2 = sqrt(SQUARE)


def applied(name: str, x: Expr) -> Any:
    """A function of a scalar, or of every entry."""
    return operator(name)(x)


def argument(expr: Expr, name: str) -> Expr | None:
    """x for f(x), of a scalar or of entries."""
    return expr.args[0] if head(expr) == name and len(expr.args) == 1 else None


def terms(expr: Expr) -> tuple[Expr, ...]:
    """The terms of a sum."""
    return expr.args if is_op(expr, "add") or isinstance(expr, Add) else (expr,)


MOST_TERMS = 300


def brackets_opened(expr: Expr) -> tuple[Expr, ...] | None:
    """The terms of a sum of scalars, products of sums multiplied out; None where they would be more than anybody reads."""
    count = sum(prod(len(f.args) for f in Mul.make_args(t) if isinstance(f, Add)) for t in Add.make_args(expr))
    return Add.make_args(expand_mul(expr, deep=False)) if count <= MOST_TERMS else None


def split(term: Expr) -> tuple[Expr, Expr]:
    """(number, rest) of a term; for an array every scalar in front."""
    if not is_array(term):
        c, rest = term.as_coeff_Mul()
        return c, rest
    c, factors = split_scalar(term)
    return c, factors[0] if len(factors) == 1 else operator("mul")(*factors)


def added(*parts: Expr) -> Expr:
    """The sum of arrays and scalars."""
    if not any(map(is_array, parts)):
        return Add(*parts)
    return parts[0] if len(parts) == 1 else operator("add")(*parts)


def of_factor(a: Expr) -> tuple[bool, bool, bool, str]:
    """What the factors of an entrywise product are sorted by: divisors last, products behind names."""
    below = is_op(a, "pow") and bool(a.args[1].could_extract_minus_sign())
    return below, is_op(a, "add"), is_op(a, "matmul"), order_key(a)


def of_term(t: Expr) -> tuple[bool, bool, bool, bool, str]:
    """What the terms of a sum are sorted by: W x before b, s I behind A, what is taken off last."""
    return negative(t), is_array(t), _shift(t), depth(t) == is_op(t, "transpose"), order_key(t)


def _shift(term: Expr) -> bool:
    """Whether a term is an unknown multiple of a constant array, such as s I."""
    c, rest = split(term)
    return bool(c.free_symbols) and is_array(rest) and not rest.free_symbols - c.free_symbols - set(shape_of(rest))


def scaled(c: Expr, x: Expr) -> Expr:
    """c x."""
    return x if c == 1 else operator("mul")(c, x) if is_array(x) else Mul(c, x)


def opposite_of(x: Expr) -> Expr:
    """-x; of a sum whose terms are all taken off, the terms with their signs turned."""
    if not is_op(x, "add") or not all(map(negative, x.args)):
        return scaled(S.NegativeOne, x)
    return added(*sorted((scaled(-split(t)[0], split(t)[1]) if is_array(t) else -t for t in x.args), key=of_term))


# ------------------------------------------------------------------ numbers

@array_rule("a decimal number as a fraction", "Float", silent=True)
def exact(expr: Float, about: About) -> Expr | None:
    """0.001 is 1/1000."""
    value = Fraction(str(expr))
    return Rational(value.numerator, value.denominator)


# ------------------------------------------------------------------ functions of entries

@array_rule("a root", "pow", "sqrt", "Pow", silent=True)
def roots(expr: Expr, about: About) -> Expr | None:
    """x^(1/2) is √x, x^(-3/2) is √x^(-3), and √var the standard deviation."""
    base, e = (expr.args[0], S.Half) if is_op(expr, "sqrt") else expr.args
    if is_array(e) or not e.is_number:
        return None
    if is_op(base, "sqrt", "std") and (e / 2).is_Integer:
        return product({b: d * e for b, d in powers(base).items()})
    if e.is_Integer or not (2 * e).is_Integer or (is_op(expr, "sqrt") and not is_op(base, "var")):
        return None
    return power(base, e)


@array_rule("equal factors as a power", "mul", silent=True)
def equal_factors(expr: Apply, about: About) -> Expr | None:
    """x ⊙ x is x²."""
    arrays = [powers(a, about.shared) if a not in about.shared else {a: S.One} for a in expr.args if is_array(a)]
    bases = [b for own in arrays for b in own if is_array(b)]
    parts = powers(expr, about.shared)
    return product(parts) if len(parts) > 1 - len(arrays) and len(bases) > len(set(bases)) and expr not in parts else None


@array_rule("a number out of a power", "pow", "sqrt", silent=True)
def number_out(expr: Apply, about: About) -> Expr | None:
    """(c x)² = c² x², (x²)³ = x⁶, and 1/e^x = e^-x, (e^x)² = e^2x, √e^x = e^(x/2)."""
    base, e = (expr.args[0], S.Half) if is_op(expr, "sqrt") else expr.args
    if is_op(base, "exp") and not is_array(e) and e.is_number:
        return applied("exp", scaled(e * split(base.args[0])[0], split(base.args[0])[1]))
    if not is_array(base) or is_array(e) or not e.is_Integer:
        return None
    if is_op(base, "pow") and not is_array(base.args[1]) and base.args[1].is_Integer and (base.args[1] > 0 or e == -1):
        return power(base.args[0], base.args[1] * e)
    number, rest = split(base)
    apart = number != 1 and (e > 0 or number.is_number or certainly_positive(number))
    return scaled(number ** e, power(rest, e)) if apart else None


@array_rule("softplus by name", "add", "Add")
def stable_softplus(expr: Expr, about: About) -> Expr | None:
    """max(x, 0) + log(1 + e^-|x|) is softplus x."""
    parts = terms(expr)
    for k, term in enumerate(parts):
        x = argument(term, "relu")
        twin = None if x is None else applied("softplus", scaled(S.NegativeOne, applied("abs", x)))
        if x is not None and twin in parts:
            return added(applied("softplus", x), *(t for n, t in enumerate(parts) if n != k and t != twin))
    return None


@array_rule("what shifts all alike", "softmax", "log_softmax", "logsumexp")
def shifted(expr: Apply, about: About) -> Expr | None:
    """softmax(b (f - c)) = softmax(b f), and logsumexp(b (f - c)) = logsumexp(b f) - b c, for c that does not vary along the
    axis."""
    found = reduced(expr, expr.op.name)
    number, x = (S.One, S.One) if found is None else split(found.x)
    if found is None or not is_op(x, "add") or len(found.axes) != 1:
        return None
    rank, (axis,) = len(shape_of(x)), found.axes
    opened = _normalised_in(x, rank - axis) if number == 1 else None
    if opened is not None:
        return added(expr.op(opened[0], **expr.params), scaled(S.NegativeOne, opened[1])) if (
            expr.op.name == "logsumexp") else expr.op(opened[0], **expr.params)
    alike = [t for t in x.args if not is_array(t) or (len(shape_of(t)) == rank and shape_of(t)[axis] == 1)
             or len(shape_of(t)) < rank - axis]
    rest = added(*(t for t in x.args if t not in alike)) if len(alike) < len(x.args) else S.Zero
    if not alike or shape_of(rest) != shape_of(x):
        return None
    made = expr.op(scaled(number, rest), **expr.params)
    if expr.op.name != "logsumexp":
        return made
    off = [_without_axis(t, axis, made) if is_array(t) else t for t in alike]
    return None if None in off else added(made, *(scaled(number, t) for t in off if t is not None))


def _without_axis(t: Expr, axis: int, made: Expr) -> Expr | None:
    """What is alike along an axis, as it stands beside sums along it."""
    c, rest = split(t)
    found = reduced(rest, "max", *_KEEPING)
    if shape_of(t) == shape_of(made) or found is None or found.axes != (axis,):
        return t if shape_of(t) == shape_of(made) else None
    return scaled(c, found.again(found.name, found.x, False))


def _normalised_in(x: Expr, place: int) -> tuple[Expr, Expr] | None:
    """(f + u, logsumexp f) for log softmax f + u, the softmax of one vector along the axis at this place from the end."""
    for term in x.args:
        if is_op(term, "log_softmax") and len(shape_of(term)) == place == 1:
            (f,) = term.args
            return added(*sorted((f, *(t for t in x.args if t is not term)), key=of_term)), operator("logsumexp")(f)
    return None


def _both_exponentials(a: Expr, b: Expr) -> tuple[Expr, Expr, Expr] | None:
    """(c, d, x) for c e^x and d e^-x with one number, up to the sign."""
    (c, first), (d, second) = split(a), split(b)
    x, y = argument(first, "exp"), argument(second, "exp")
    if x is None or y is None or c not in (d, -d) or not _opposite(x, y):
        return None
    return (d, c, y) if split(x)[0].could_extract_minus_sign() else (c, d, x)


def _opposite(x: Expr, y: Expr) -> bool:
    """Whether x = -y, term by term."""
    (c, a), (d, b) = split(x), split(y)
    if a == b:
        return bool(c == -d)
    own = {scaled(c * split(t)[0], split(t)[1]) if is_array(t) else c * t for t in terms(a)}
    return own == {scaled(-d * split(t)[0], split(t)[1]) if is_array(t) else -d * t for t in terms(b)}


@array_rule("hyperbolic functions by name", "add", "Add")
def hyperbolic(expr: Expr, about: About) -> Expr | None:
    """e^x + e^-x = 2 cosh x, e^x - e^-x = 2 sinh x, 2 σ(x) - 1 = tanh(x/2), and back, 1 + erf(x/√2) = 2 Φ(x)."""
    parts = terms(expr)
    if len(parts) != 2:
        return _tanh_among(parts, about)
    found = _both_exponentials(*parts)
    if found is not None:
        c, d, x = found
        return scaled(2 * c, applied("cosh" if c == d else "sinh", x))
    share = _both_sigmoids(*map(split, parts))
    if share is not None:
        return share
    one, (c, rest) = (parts[0], split(parts[1])) if parts[0].is_number else (parts[1], split(parts[0]))
    if not one.is_Rational:
        return None
    x = argument(rest, "sigmoid")
    if x is not None and c == -2 * one:
        return scaled(-one, applied("tanh", scaled(split(x)[0] / 2, split(x)[1])))
    x = argument(rest, "tanh")
    if x is not None and c in (one, -one) and all(
            (split(x)[0] * split(t)[0]).as_coeff_Mul()[0].q == 2 for t in terms(split(x)[1])):
        return scaled(2 * one, applied("sigmoid", scaled(2 * c / one * split(x)[0], split(x)[1])))
    x = argument(rest, "erf")
    if x is not None and one == 1 and c in (1, -1) and (SQRT2 * split(x)[0]).is_rational:
        return scaled(SQUARE, applied("normal_cdf", scaled(c * SQRT2 * split(x)[0], split(x)[1])))
    return None


def _both_sigmoids(first: tuple[Expr, Expr], second: tuple[Expr, Expr]) -> Expr | None:
    """tanh(x/2) for σ(x) - σ(-x)."""
    (c, x), (d, y) = ((c, argument(rest, "sigmoid")) for c, rest in (first, second))
    if x is None or y is None or c != -d or not _opposite(x, y):
        return None
    c, x = (d, y) if negative(x) else (c, x)
    return scaled(c, applied("tanh", scaled(split(x)[0] / 2, split(x)[1])))


def _tanh_among(parts: tuple[Expr, ...], about: About) -> Expr | None:
    """m - tanh(x/2) for m + 1 - 2 σ(x)."""
    one = S.NegativeOne if S.NegativeOne in parts else S.One
    for t in parts if one in parts else ():
        c, rest = split(t)
        x = argument(rest, "sigmoid")
        if x is not None and c == -2 * one and rest not in about.shared:
            half = scaled(-one, applied("tanh", scaled(split(x)[0] / 2, split(x)[1])))
            return added(*sorted((*(p for p in parts if p not in (one, t)), half), key=of_term))
    return None


_BESIDE = (("sinh", "cosh", "tanh"), ("cosh", "sinh", "tanh"), ("sin", "cos", "tan"), ("cos", "sin", "tan"))


@array_rule("functions that are quotients or products", "mul", "Mul")
def quotients(expr: Expr, about: About) -> Expr | None:
    """sinh x/cosh x = tanh x, sin x cos x = sin(2x)/2, (1 - e^-x) σ(x) = tanh(x/2), x σ(x) = silu x, x Φ(x) = gelu x."""
    parts = powers(expr, about.shared)
    for base, e in parts.items():
        for name, other, made in _BESIDE:
            x = argument(base, name)
            twin = None if x is None else applied(other, x)
            if twin not in parts:
                continue
            rest = {b: d for b, d in parts.items() if b not in (base, twin)}
            if parts[twin] == -e and (e.is_positive) == (name[0] == "s"):
                return product({**rest, applied(made, x): abs(e)})
            if parts[twin] == e == 1 and name == "sin":
                return scaled(S.Half, product({**rest, applied("sin", scaled(2 * split(x)[0], split(x)[1])): S.One}))
        x = argument(base, "sigmoid")
        for growth in (b for b, d in parts.items() if x is not None and e == d == 1 and _of_exponential(b, x) != 0):
            sign = _of_exponential(growth, x)
            half = applied("tanh", scaled(sign * split(x)[0] / 2, split(x)[1]))
            return product({**{b: d for b, d in parts.items() if b not in (base, growth)}, half: S.One})
        for name, made in (("sigmoid", "silu"), ("normal_cdf", "gelu"), ("heaviside", "relu")):
            x = argument(base, name)
            if x is not None and e == 1 and parts.get(x) == 1 and is_array(x):
                return product({**{b: d for b, d in parts.items() if b not in (base, x)}, applied(made, x): S.One})
    return None


def _of_exponential(bracket: Expr, x: Expr) -> Expr:
    """c for c (1 - e^-x), c being 1 or -1; 0 for anything else."""
    numbers = [t for t in terms(bracket) if t in (1, -1)]
    others = [t for t in terms(bracket) if t not in (1, -1)]
    if len(numbers) != 1 or len(others) != 1 or split(others[0])[0] != -numbers[0]:
        return S.Zero
    f = argument(split(others[0])[1], "exp")
    return numbers[0] if f is not None and _opposite(f, x) else S.Zero


@array_rule("logistic function", "pow", "Pow", "mul", "Mul")
def logistic(expr: Expr, about: About) -> Expr | None:
    """1/(1 + e^x) = σ(-x), and e^x/(1 + e^x) = e^x σ(-x) = σ(x)."""
    parts = powers(expr, about.shared)
    for base, e in parts.items():
        x = argument(base, "sigmoid") if is_op(expr, "mul") or isinstance(expr, Mul) else None
        beside = None if x is None else applied("exp", scaled(S.NegativeOne * split(x)[0], split(x)[1]))
        if beside is not None and parts.get(beside) == e:
            rest = {b: d for b, d in parts.items() if b not in (base, beside)}
            return product({**rest, applied("sigmoid", beside.args[0]): e})
        growth = _one_and_exponential(base) if e.is_Integer and e < 0 else None
        if growth is None and isinstance(base, Pow) and base.exp.could_extract_minus_sign():
            inner = _one_and_exponential(base.base)
            if inner is not None:
                share = applied("sigmoid", opposite_of(inner)) ** -base.exp
                return product({**{b: d for b, d in parts.items() if b != base}, share: e})
        if growth is None:
            continue
        above = next((b for b, d in parts.items() if argument(b, "exp") == growth and d.is_number and d > 0), None)
        rest = {b: d for b, d in parts.items() if b not in (base, above)}
        if above is not None and parts[above] == -e:
            return product({**rest, applied("sigmoid", growth): -e})
        if above is None:
            return product({**rest, applied("sigmoid", opposite_of(growth)): -e})
    return None


@array_rule("one exponential", "mul", silent=True)
def one_exponential(expr: Apply, about: About) -> Expr | None:
    """e^x ⊙ e^-y = e^(x - y)."""
    found = [f for f in expr.args if is_op(f, "exp") and is_array(f)]
    if len(found) < 2 or len({shape_of(f) for f in found}) > 1:
        return None
    inner = [f.args[0] for f in found]
    if all(any(is_op(t, "exp") for t in terms(x)) for x in inner):
        return None
    rest = [f for f in expr.args if f not in found]
    whole = applied("exp", added(*sorted((t for x in inner for t in terms(x)), key=of_term)))
    return operator("mul")(*rest, whole) if rest else whole


@array_rule("a share of two exponentials", "mul", "Mul")
def share_of_two(expr: Expr, about: About) -> Expr | None:
    """e^x/(e^x + e^y) = σ(x - y)."""
    parts = powers(expr, about.shared)
    for base, e in parts.items():
        both = [argument(t, "exp") for t in terms(base)] if e == -1 else []
        if len(both) != 2 or None in both or {shape_of(x) for x in both} != {shape_of(expr)}:
            continue
        own = next((x for x in both if parts.get(applied("exp", x)) == 1), None)
        if own is not None:
            other = both[1 - both.index(own)]
            rest = {b: d for b, d in parts.items() if b not in (base, applied("exp", own))}
            return product({**rest, applied("sigmoid", added(own, scaled(S.NegativeOne, other))): S.One})
    return None


def _one_and_exponential(expr: Expr) -> Expr | None:
    """x for 1 + e^x; logsumexp f for 1 + Σ e^f beside other factors."""
    parts = terms(expr)
    if len(parts) != 2 or S.One not in parts:
        return None
    other = parts[1] if parts[0] == 1 else parts[0]
    found = argument(other, "exp")
    if found is None and isinstance(other, Mul):
        each = [argument(f, "exp") or (_log_sum_exp(f) if is_op(f, "sum") else None) for f in other.args]
        return None if None in each else Add(*(f for f in each if f is not None))
    return found


def _other_probability(expr: Expr) -> Expr | None:
    """x for 1 - σ(x)."""
    parts = terms(expr)
    if len(parts) != 2 or S.One not in parts:
        return None
    c, rest = split(parts[1] if parts[0] == 1 else parts[0])
    return argument(rest, "sigmoid") if c == -1 else None


@array_rule("logarithm of what has a name", "log")
def logarithm(expr: Expr, about: About) -> Expr | None:
    """log(1 + e^x) is softplus, log σ(x) is -softplus(-x), log(1 - σ(x)) is -softplus x, log Σ e^x logsumexp, and
    log(c + c tanh x) is log 2c - softplus(-2x)."""
    (inner,) = expr.args
    half = _one_and_tanh(inner)
    if half is not None:
        return added(log(2 * half[0]), scaled(S.NegativeOne, applied("softplus", half[1])))
    growth = _one_and_exponential(inner)
    if growth is not None:
        return applied("softplus", growth)
    x = _other_probability(inner)
    if x is not None:
        return scaled(S.NegativeOne, applied("softplus", x))
    x = argument(inner, "sigmoid")
    if x is not None:
        return scaled(S.NegativeOne, applied("softplus", scaled(S.NegativeOne, x)))
    if is_op(inner, "softmax") and isinstance(inner, Apply):
        return operator("log_softmax")(*inner.args, **inner.params)
    if is_op(inner, "exp") or isinstance(inner, exp):
        return inner.args[0]
    if RECORDS.prod.of(inner) and not is_array(inner) and positive(inner.args[0]):
        return RECORDS.sum(RECORDS.log(inner.args[0]))
    if not is_array(inner) and (found := _log_of_number(inner)) is not None:
        return found
    return _log_sum(inner) or (_log_picked(inner) if inner not in about.shared else None) or _log_quotient(inner)


def _one_and_tanh(inner: Expr) -> tuple[Expr, Expr] | None:
    """(c, -2x) for c + c tanh x with a positive number c."""
    number, rest = split(inner) if is_array(inner) else inner.as_coeff_Mul()
    one, other = sorted(terms(rest), key=lambda t: not t.is_number) if len(terms(rest)) == 2 else (S.Zero, S.Zero)
    c, growing = split(other)
    x = argument(growing, "tanh")
    if x is None or abs(c) != one or not (number * one).is_positive:
        return None
    return number * one, scaled(-2 * c / one * split(x)[0], split(x)[1])


def _log_of_number(inner: Expr) -> Expr | None:
    """log(e^a b) = a + log b, log(1/b) = -log b, and log(e^a + Σ e^f) = a + softplus(logsumexp f - a)."""
    growing = [f for f in Mul.make_args(inner) if isinstance(f, exp)]
    if growing:
        return Add(*(f.args[0] for f in growing), log(Mul(*(f for f in Mul.make_args(inner) if f not in growing))))
    shares = [f for f in inner.args if argument(f, "sigmoid") or _other_probability(f) or _log_picked(f) or (
        isinstance(f, Pow) and f.exp == -1 and _log_sum(f.base))] if isinstance(inner, Mul) else []
    if shares:
        return Add(*(log(f, evaluate=False) for f in shares), log(Mul(*(f for f in inner.args if f not in shares))))
    if isinstance(inner, Pow) and inner.exp == -1:
        return -log(inner.base)
    if isinstance(inner, Add) and len(inner.args) == 2:
        for one, other in (inner.args, inner.args[::-1]):
            summed = _log_sum_exp(other) if isinstance(one, exp) and is_op(other, "sum") else None
            if summed is not None:
                return one.args[0] + applied("softplus", summed - one.args[0])
    return None


def _log_picked(inner: Expr) -> Expr | None:
    """log t'p = t'log p for a one-hot t and p = softmax f, e^f or a product, all of whose entries are positive."""
    for t, p in (inner.args, inner.args[::-1]) if is_op(inner, "matmul") and not is_array(inner) else ():
        if "one_hot" in getattr(t, "properties", ()) and (
                is_op(p, "softmax", "exp") or (is_op(p, "mul") and positive(p))):
            return operator("matmul")(t, applied("log", p))
    return None


def _log_quotient(inner: Expr) -> Expr | None:
    """log(a/b) = log a - log b, and log(c a) = log c + log a, for arrays that are positive; one that nothing is said of is
    where the left side has a value."""
    if not is_op(inner, "mul") and not (is_op(inner, "pow") and inner.args[1] == -1):
        return None
    parts = powers(inner)
    unsaid = [b for b in parts if not (positive(b) if is_array(b) else certainly_positive(b))]
    if len(unsaid) > 1 or any(parts[b] != 1 or not is_array(b) for b in unsaid) or all(
            e.is_positive for b, e in parts.items() if b.free_symbols):
        return None
    return added(*(scaled(e, applied("log", b)) for b, e in parts.items()))


def positive(a: Expr) -> bool:
    """Whether all entries of an array are positive for certain."""
    if _other_probability(a) is not None:
        return True
    if is_op(a, "add", "mul", "sum", "mean", "stretch", "outer"):
        return all(positive(t) if is_array(t) else certainly_positive(t) for t in a.args)
    return is_op(a, "exp", "softmax", "sigmoid", "softplus", "ones") or "positive" in getattr(a, "properties", ()) or (
        is_op(a, "pow", "sqrt") and positive(a.args[0]))


def _log_sum(inner: Expr) -> Expr | None:
    """log(c Σ e^f) = log c + logsumexp f for a positive number c; log Σ_k w_k e^f_k with the logarithm of positive w."""
    parts = powers(inner)
    summed = [b for b, e in parts.items() if e.is_number and (reduced(b, "sum", "mean") or is_op(b, "matmul"))]
    others = {b: e for b, e in parts.items() if b not in summed}
    if len(summed) != 1 or any(map(is_array, others)) or not all(certainly_positive(b) for b in others):
        return None
    made = _log_sum_exp(summed[0])
    if made is None:
        return None
    number = log(Mul(*(b ** e for b, e in others.items())))
    number = Add(*(-log(1 / f) if isinstance(f, Pow) and f.exp == -1 else log(f) for f in Mul.make_args(number.args[0]))) \
        if isinstance(number, log) else number
    made = scaled(parts[summed[0]], made)
    return added(made, number) if number != 0 else made


def _log_sum_exp(expr: Expr) -> Expr | None:
    found = reduced(expr, "sum", "mean")
    if found is not None:
        f = argument(found.x, "exp") or _weighed_exponent(found.x)
        plain = isinstance(expr, Apply) and is_op(expr, "sum", "mean") and not expr.params.get("keepdims")
        if f is None or len(found.axes) != 1 or not plain:
            return None
        value = operator("logsumexp")(f, axis=found.axes[0])
        return value if found.name == "sum" else added(value, -log(found.count))
    if not is_op(expr, "matmul"):
        return None
    left, right = expr.args
    f, w = (argument(left, "exp"), right) if len(shape_of(right)) == 1 else (None, right)
    if f is None and len(shape_of(left)) == 1 and len(shape_of(right)) == 1:
        f, w = argument(right, "exp"), left
    if f is None:
        vectors = len(shape_of(left)) == len(shape_of(right)) == 1
        together = _weighed_exponent(operator("mul")(left, right)) if vectors else None
        return None if together is None else operator("logsumexp")(together)
    if is_op(w, "softmax") and len(shape_of(w)) == 1:
        together = added(*sorted((*w.args, f), key=of_term))
        return added(operator("logsumexp")(together, axis=len(shape_of(f)) - 1), -operator("logsumexp")(*w.args))
    if "positive" not in getattr(w, "properties", ()):
        return None
    return operator("logsumexp")(added(f, applied("log", w)), axis=len(shape_of(f)) - 1)


def _weighed_exponent(x: Expr) -> Expr | None:
    """f + log w for w ⊙ e^f with positive weights, which may be quotients."""
    parts = powers(x) if is_op(x, "mul") else {}
    growing = [b for b, e in parts.items() if e == 1 and argument(b, "exp") is not None]
    weights = {b: e for b, e in parts.items() if b not in growing}
    if len(growing) != 1 or not all(positive(b) if is_array(b) else certainly_positive(b) for b in weights):
        return None
    return added(*growing[0].args, *(scaled(e, applied("log", b)) for b, e in weights.items()))


@array_rule("exponential of what has a name", "exp")
def exponential(expr: Expr, about: About) -> Expr | None:
    """exp(log softmax) is softmax, and e^(c log x) is x^c: a condition on x is lost by neither."""
    (inner,) = expr.args
    number, rest = inner.as_independent(log, as_Add=False) if not is_array(inner) else split(inner)
    x = argument(rest, "log")
    if x is not None and (not number.is_number or (positive(x) if is_array(x) else certainly_positive(x))):
        return power(x, number)
    return operator("softmax")(*inner.args, **inner.params) if is_op(inner, "log_softmax") and isinstance(
        inner, Apply) else None


# ------------------------------------------------------------------ softmax

@array_rule("log-softmax by name", "add")
def log_softmax(expr: Apply, about: About) -> Expr | None:
    """f - logsumexp f is log softmax f, other terms beside."""
    parts = expr.args
    for k, term in enumerate(parts):
        c, rest = split(term)
        found = reduced(rest, "logsumexp") if c == -1 or (not is_array(term) and term.as_coeff_Mul()[0] == -1) else None
        if found is None or not found.fits:
            continue
        others = [t for n, t in enumerate(parts) if n != k]
        own = list(terms(found.x))
        if all(t in others for t in own):
            left = [t for t in others if t not in own]
            return added(operator("log_softmax")(found.x, axis=found.axes[0]), *left)
    return None


def softmax_in(parts: Powers) -> Powers | None:
    """Powers in which e^f above and Σ e^f below have become softmax f."""
    for below, e in parts.items():
        found = reduced(below, "sum", "mean") if e.is_Integer and e.is_negative else None
        if found is None or not found.fits or len(found.axes) != 1 or argument(found.x, "exp") is None:
            continue
        parts = parts if found.x in parts else _as_powers(parts, found.x)
        above = parts.get(found.x, S.Zero)
        if not (above.is_Integer and above > 0):
            continue
        times = min(above, -e)
        changed = dict(parts)
        changed[found.x] -= times
        changed[below] += times
        if found.name == "mean":
            # e^f/(n mean e^f): the number of entries stands below as well.
            for base, power_ in found.count.as_powers_dict().items():
                changed[base] = changed.get(base, S.Zero) + times * power_
        name = operator("softmax")(argument(found.x, "exp"), axis=found.axes[0])
        changed[name] = changed.get(name, S.Zero) + times
        return {b: p for b, p in changed.items() if p != 0}
    return None


def _as_powers(parts: Powers, x: Expr) -> Powers:
    """Powers in which e^(k f) with a whole k is the k-th power of x = e^f."""
    number, f = split(argument(x, "exp") or S.Zero)
    for base, e in parts.items():
        inner = argument(base, "exp")
        c, rest = split(inner) if inner is not None else (S.Zero, S.Zero)
        if rest == f and (k := c / number).is_Integer and k > 1:
            return {**{b: d for b, d in parts.items() if b != base}, x: k * e}
    return parts


def _with_exponential(expr: Expr) -> bool:
    """Whether there is an exponential among the factors, and the factors of these: else no more is asked of them."""
    return any(head(node) == "exp" for node in reached(
        [expr], lambda node: node.args if head(node) in ("mul", "pow", "sqrt", "Mul", "Pow") else ()))


@array_rule("softmax by name", "mul")
def softmax(expr: Apply, about: About) -> Expr | None:
    """e^f/Σ e^f is softmax f; so is e^f/(n mean e^f)."""
    found = softmax_in(powers(expr, about.shared)) if _with_exponential(expr) else None
    return None if found is None else product(found)


# ------------------------------------------------------------------ normalisations

def standardised_in(parts: Powers, about: About) -> Powers | None:
    """Powers in which x - mean x above and √(var x + ε) below have become the standardised x̂."""
    if S.One not in parts.values():
        return None
    for below, e in parts.items():
        if not (e.is_Rational and e.q <= 2 and e.is_negative):
            continue
        found, eps, centred = _spread(below)
        if found is None and is_op(below, "norm"):  # √n x/‖x‖
            rows = reduced(below, "norm")
            found = None if rows is None or parts.get(rows.count) != S.Half or len(rows.axes) != 1 else rows
        if found is None or not found.fits or (is_op(below, "norm") and not e.is_Integer):
            continue
        above = next((b for b, d in parts.items() if d == 1 and b != below and (
            _centred(b, found) if centred else b == found.x)), None)
        if above is None:
            continue
        naming = Naming(found.x, eps)
        naming.taken |= about.names
        hat = standardised(found.x, found.axes, eps, centred, naming)
        changed = {b: d for b, d in parts.items() if b != above}
        if is_op(below, "norm"):  # the root of n times the variance
            changed[below] += S.One
            changed[found.count] = changed.get(found.count, S.Zero) - S.Half
        else:
            changed[below] += S.Half
        changed[hat] = changed.get(hat, S.Zero) + 1
        return {b: d for b, d in changed.items() if d != 0}
    return None


def _spread(expr: Expr) -> tuple[Reduced | None, Expr, bool]:
    """(the reduction, ε, whether by the variance) for var x + ε, and for mean x² + ε."""
    parts = terms(expr)
    if is_op(expr, "norm") and len(shape_of(expr.args[0])) == 1 and (taken := mean_taken_off(expr.args[0])) is not None:
        return taken, S.Zero, True
    for term in parts:
        found = reduced(term, "var", "mean")
        eps = added(*(t for t in parts if t is not term)) if len(parts) > 1 else S.Zero
        if found is None or is_array(eps):
            continue
        if found.name == "var":
            return found, eps, True
        if is_op(found.x, "pow") and found.x.args[1] == 2:
            return Reduced("mean", found.x.args[0], found.axes, found.fits), eps, False
    return None, S.Zero, False


def _centred(expr: Expr, found: Reduced) -> bool:
    """Whether an expression is x - mean x along the axes of a reduction of x."""
    mean = mean_taken_off(expr)
    return mean is not None and mean.x == found.x and mean.axes == found.axes


def mean_taken_off(expr: Expr) -> Reduced | None:
    """The mean that is taken off in x - mean x."""
    for term in terms(expr) if is_op(expr, "add") else ():
        c, rest = split(term)
        found = reduced(rest, "mean") if c == -1 else None
        if found is not None and found.fits and added(*(t for t in expr.args if t is not term)) == found.x:
            return found
    return None


@array_rule("standardised by name", "mul")
def standardise(expr: Apply, about: About) -> Expr | None:
    """(x - mean x)/√(var x + ε) is the standardised x̂, x/√(mean x² + ε) that of the root mean square."""
    found = standardised_in(powers(expr, about.shared), about)
    return None if found is None else product(found)


@array_rule("a standardised moment", "Mul")
def standardised_moment(expr: Expr, about: About) -> Expr | None:
    """mean (x - mean x)^k/(var x)^(k/2) is the mean of x̂^k."""
    parts = powers(expr)
    for base, e in parts.items():
        if e != 1 or not is_op(base, "mean", "sum") or base.params or not is_op(base.args[0], "pow"):
            continue
        deviation, k = base.args[0].args
        for below, d in parts.items() if not is_array(k) and mean_taken_off(deviation) is not None else ():
            made = standardised_in({deviation: S.One, below: -S.Half}, about) if d == -k / 2 else None
            if made is not None and len(made) == 1:
                whole = base.op(operator("pow")(product(made), k))
                return Mul(whole, *(b**d for b, d in parts.items() if b not in (base, below)))
    return None


@array_rule("division inside", "Mul", "mul")
def divided_inside(expr: Expr, about: About) -> Expr | None:
    """(g'e^z)/Σ e^z = g'softmax(z): what is divided by belongs to one operand of a product or a sum."""
    divided = any(e.is_number and (e < 0 or e == S.Half) for f in expr.args for e in powers(f).values())
    if not divided:
        return None
    if is_array(expr) and sum(map(is_array, expr.args)) != 1:
        return _rows_divided(expr)
    for linear in expr.args:
        if is_array(linear) is is_array(expr) and is_op(linear, "matmul", "sum", "mean"):
            rest = powers(Mul(*(f for f in expr.args if f is not linear)))
            found = _divided_in(linear, rest, about) if any(_may_divide(b, e) for b, e in rest.items()) else None
            if found is not None:
                return scaled(product(found[1]), found[0])
    return None


def _may_divide(base: Expr, e: Expr) -> bool:
    """Whether a power may make an operand a softmax or a standardised array; a norm does so beside √n, or without a mean."""
    return e == S.Half or (bool(e.is_negative) and (not is_op(base, "norm") or is_op(base.args[0], "add")))


def _rows_divided(expr: Expr) -> Expr | None:
    """softmax(Z) V for e^Z V divided by the sums of the rows of e^Z."""
    for linear in expr.args:
        if not is_op(linear, "matmul") or len(shape_of(linear.args[0])) != 2:
            continue
        rest = powers(operator("mul")(*(f for f in expr.args if f is not linear))) if len(expr.args) > 1 else {}
        for below, e in rest.items():
            rows = reduced(below, "sum", "mean") if e == -1 and is_array(below) else None
            if rows is None or rows.axes != (1,) or len(shape_of(below)) != len(shape_of(linear)):
                continue
            left = linear.args[0]
            made = softmax_in({rows.again(rows.name, rows.x, True): e, **powers(left)})
            if made is not None and shape_of(found := product(made)) == shape_of(left):
                return product({**{b: d for b, d in rest.items() if b != below},
                                operator("matmul")(found, *linear.args[1:]): S.One})
    return None


def _divided_in(linear: Expr, rest: Powers, about: About) -> tuple[Expr, Powers] | None:
    """A product or a sum with one operand divided by what stands in ``rest``, and what is left outside."""
    spend(len(rest) * len(linear.args) // 2)
    for k, operand in enumerate(linear.args):
        own = powers(operand)
        if any(b in rest for b in own):
            continue
        made = softmax_in({**rest, **own}) or standardised_in({**rest, **own}, about)
        if made is None and is_op(operand, "matmul") and operand not in about.shared:
            found = _divided_in(operand, rest, about)
            if found is not None:
                return linear.op(*linear.args[:k], found[0], *linear.args[k + 1:], **linear.params), found[1]
        if made is None:
            continue
        outside = {b: e for b, e in made.items() if not is_array(b)}
        inside = product({b: e for b, e in made.items() if is_array(b)})
        args = [*linear.args[:k], inside, *linear.args[k + 1:]]
        if len(args) == 2 and not is_array(linear) and mean_taken_off(operand) is not None and isinstance(inside, Named):
            args[1 - k], outside = _beside_standardised(args[1 - k], outside, about)
        return linear.op(*args, **linear.params), outside
    return None


def _beside_standardised(other: Expr, outside: Powers, about: About) -> tuple[Expr, Powers]:
    """What stands beside x̂ in a dot product, and outside: standardised as well, or without its mean, for Σ x̂ = 0."""
    taken = mean_taken_off(other)
    if taken is None:
        return other, outside
    made = standardised_in({**outside, other: S.One}, about)
    if made is None:
        return taken.x, outside
    return product({b: e for b, e in made.items() if is_array(b)}), {b: e for b, e in made.items() if not is_array(b)}


# ------------------------------------------------------------------ sums, means, variances

@array_rule("mean by name", "mul", "Mul", silent=True)
def mean(expr: Expr, about: About) -> Expr | None:
    """Σ x/n is the mean of n numbers, n mean x their sum; x'x/n the mean of the squares."""
    parts = powers(expr, about.shared)
    for base, e in parts.items():
        found = reduced(base, "sum", "mean") if e in (1, -1) else None
        if found is not None and is_op(base, "sum", "mean"):
            keep = bool(base.params.get("keepdims"))
            rest = _times(found.count, {b: d for b, d in parts.items() if b != base}, (found.name == "mean") is (e == 1))
            if rest is not None:
                return product({**rest, found.again("mean" if found.name == "sum" else "sum", found.x, keep): e})
        found = reduced(base, "var") if not is_array(base) else None
        if found is not None and len(shape_of(found.x)) == 1 and parts.get(found.count) == e:
            spread = operator("norm")(added(found.x, scaled(S.NegativeOne, operator("mean")(found.x))))
            return product({**{b: d for b, d in parts.items() if b not in (base, found.count)}, spread: 2 * e})
        taken = mean_taken_off(base.args[0]) if is_op(base, "norm") and not is_array(base) else None
        if taken is not None and len(shape_of(taken.x)) == 1 and parts.get(taken.count) == -e / 2:
            return product({**{b: d for b, d in parts.items() if b not in (base, taken.count)}, operator("std")(taken.x): e})
        if e == 1 and is_op(base, "matmul") and is_array(base) and _ends_in_total(base):
            # Numbers alone move inside: what stands beside entry by entry does not.
            numbers = {b: d for b, d in parts.items() if not is_array(b)}
            inside = mean.apply(product({**numbers, base.args[1]: S.One}), about) if numbers else None
            if inside is not None and shape_of(inside) == shape_of(base.args[1]) and any(
                    is_op(f, "mean") for f in powers(inside)):
                number, x = split(inside)
                beside = {b: d for b, d in parts.items() if is_array(b) and b != base}
                made = scaled(number, operator("matmul")(base.args[0], x))
                return product({**beside, made: S.One}) if beside else made
        if e == 1 and is_op(base, "matmul") and base.args[0] == base.args[1] and not is_array(base):
            rest = _times(shape_of(base.args[0])[0], {b: d for b, d in parts.items() if b != base}, False)
            if rest is not None:
                return product({**rest, operator("mean")(power(base.args[0], SQUARE)): S.One})
    return None


def _ends_in_total(chain: Expr) -> bool:
    """Whether the last factor of a product of matrices is a sum or a mean, or a multiple of one."""
    last = chain
    while is_op(last, "matmul") and is_array(last):
        last = last.args[1]
    return any(is_op(f, "sum", "mean") for f in (last.args if is_op(last, "mul") else (last,)))


def _times(count: Expr, parts: Powers, divided: bool) -> Powers | None:
    """The scalars of a product times the count where it stands below, divided by it where it stands above; else None."""
    if count.is_number:
        number = Mul(*(b ** e for b, e in parts.items() if b.is_number))
        wanted = number / count if divided else number * count
        fits = wanted.is_Integer if divided else number.q == count if number.is_Rational else False
        return {**{b: e for b, e in parts.items() if not b.is_number}, wanted: S.One} if fits and count != 1 else None
    changed = dict(parts)
    for base, e in count.as_powers_dict().items():
        have = changed.get(base, S.Zero)
        if not (have >= e if divided else have <= -e):
            return None
        changed[base] = have - e if divided else have + e
    return {b: e for b, e in changed.items() if e != 0}


@array_rule("one mean for two", "add")
def means_together(expr: Apply, about: About) -> Expr | None:
    """x + y - mean x - mean y = x + y - mean(x + y)."""
    parts = [t for a in expr.args for t in (Add.make_args(a) if not is_array(a) else (a,))]
    own: dict[tuple[Any, ...], list[tuple[Expr, Expr]]] = {}
    for t in parts:
        c, rest = split(t)
        if is_op(rest, "mean") and isinstance(rest, Apply) and scaled(-c, rest.args[0]) in parts:
            own.setdefault((str(rest.params), shape_of(rest.args[0])), []).append((t, scaled(-c, rest.args[0])))
    for group in own.values():
        if len(group) > 1:
            of = split(group[0][0])[1]
            whole = of.op(added(*sorted((x for _, x in group), key=of_term)), **of.params)
            return added(*(t for t in parts if t not in [mean for mean, _ in group]), scaled(S.NegativeOne, whole))
    return None


@array_rule("variance by name", "mean")
def variance(expr: Apply, about: About) -> Expr | None:
    """mean (x - mean x)² is the variance."""
    found = reduced(expr, "mean")
    if found is None or not (is_op(found.x, "pow") and found.x.args[1] == 2):
        return None
    taken = mean_taken_off(found.x.args[0])
    if taken is None or taken.axes != found.axes:
        return None
    return found.again("var", taken.x, bool(expr.params.get("keepdims")))


@array_rule("new axes inside", "stretch", silent=True)
def axes_inside(expr: Apply, about: About) -> Expr | None:
    """√(mean x² + ε) of rows with an axis of size 1 for its root, sum or power with a new axis."""
    (x,) = expr.args
    found = reduced(expr, *_KEEPING)
    if found is not None and found.fits:
        return found.again(found.name, found.x, True)
    below = x
    while is_op(below, "sqrt", "log", "exp", "pow", "add", "mul") and len(own := [*filter(is_array, below.args)]) == 1:
        (below,) = own
    if below is x or reduced(operator("stretch")(below, **expr.params), *_KEEPING) is None or not isinstance(x, Apply):
        return None
    return x.op(*(operator("stretch")(a, **expr.params) if is_array(a) else a for a in x.args), **x.params)


_KEEPING = ("sum", "mean", "var", "std", "norm", "logsumexp")


@array_rule("variance as a difference", "add", "Add")
def variance_of_moments(expr: Expr, about: About) -> Expr | None:
    """mean x² - (mean x)² is the variance."""
    parts = terms(expr)
    for k, term in enumerate(parts):
        found = reduced(term, "mean")
        if found is None or not (is_op(found.x, "pow") and found.x.args[1] == 2):
            continue
        keep = bool(getattr(term, "params", {}).get("keepdims"))
        square = scaled(S.NegativeOne, power(found.again("mean", found.x.args[0], keep), SQUARE))
        if square in parts:
            rest = [t for n, t in enumerate(parts) if n != k and t != square]
            return added(found.again("var", found.x.args[0], keep), *rest)
    return None


@array_rule("the norm is the root of the sum of squares", "sqrt", "Pow", "Abs", silent=True)
def norm(expr: Expr, about: About) -> Expr | None:
    """√(x'x) and √Σ x² are the norm; even powers of a vector's norm are powers of x'x."""
    base, e = expr.args if isinstance(expr, Pow) else (expr.args[0], S.Half if head(expr) == "sqrt" else S.One)
    rooted = e.is_number and (2 * e).is_Integer and not e.is_Integer
    x = _square_sum(base) if rooted else None
    if x is not None:
        return operator("norm")(x) ** (2 * e)
    factors = [f.as_base_exp() for f in base.args] if rooted and isinstance(base, Mul) else []
    if any(_square_sum(b) is not None and abs(d) == 1 for b, d in factors):
        return Mul(*(b ** (d * e) if _square_sum(b) is not None and d == -1 else (b ** d) ** e for b, d in factors))
    if any(is_op(b, "var") for b, _ in factors):
        return Mul(*(power(b, d * e) if is_op(b, "var") else (b ** d) ** e for b, d in factors))
    if e == 1 and is_op(base, "norm"):
        return base
    if isinstance(base, Abs) and is_op(base.args[0], "norm"):
        return base.args[0] ** e
    if e.is_number and (e / 2).is_Integer and is_op(base, "norm") and not base.params and len(shape_of(base.args[0])) == 1:
        return operator("matmul")(base.args[0], base.args[0]) ** (e / 2)
    found = reduced(base, "sum") if head(expr) == "sqrt" else None
    if found is not None and is_op(base, "sum") and is_op(found.x, "pow") and found.x.args[1] == 2:
        return found.again("norm", found.x.args[0], bool(base.params.get("keepdims")))
    return None


def _square_sum(expr: Expr) -> Expr | None:
    """x where an expression is the sum of the squares of its entries."""
    if is_op(expr, "matmul") and not is_array(expr) and expr.args[0] == expr.args[1]:
        return expr.args[0]
    if isinstance(expr, Pow) and expr.exp == 2 and is_op(expr.base, "norm") and not expr.base.params:
        return expr.base.args[0]
    return None


@array_rule("what is positive is its own absolute value", "abs", "Abs")
def absolute(expr: Expr, about: About) -> Expr | None:
    """|x| = x for a positive x."""
    (x,) = expr.args
    return x if (positive(x) if is_array(x) else certainly_positive(x)) else None


@array_rule("sum of squares", "sum", "trace", silent=True)
def squares(expr: Apply, about: About) -> Expr | None:
    """Σ x² is x'x and Σ |x| is ‖x‖₁ for a vector, Σ X² is ‖X‖² for a matrix; so are tr X'X, and tr KK for a symmetric K."""
    (x,) = expr.args
    if is_op(expr, "trace"):
        if not is_op(x, "matmul"):
            return None
        left, right = x.args
        turned = next((a for a, b in ((left, right), (right, left)) if (is_op(b, "transpose") and b.args[0] == a) or (
            a == b and is_symmetric(a))), None)
        return None if turned is None else operator("norm")(turned) ** 2
    if is_array(expr) or expr.params:
        return None
    if is_op(x, "abs") and len(shape_of(x)) == 1:
        return operator("norm")(*x.args, ord=1)
    if not (is_op(x, "pow") and x.args[1] == 2):
        return None
    own = x.args[0]
    if len(shape_of(own)) == 1:
        return operator("matmul")(own, own)
    return operator("norm")(own) ** 2 if len(shape_of(own)) == 2 else None


@array_rule("dot product by name", "sum", "matmul", silent=True)
def dot(expr: Apply, about: About) -> Expr | None:
    """Σ a ⊙ b of vectors is a'b; the factors of a dot product stand in a fixed order."""
    if is_array(expr) or any(len(shape_of(a)) > 1 for a in expr.args):
        return None
    parts = _factors(expr.args[0], about)
    if is_op(expr, "matmul"):
        for b, e in _factors(expr.args[1], about).items():
            if b in parts and not (parts[b].is_number and parts[b] * e > 0):
                return None
            parts[b] = parts.get(b, S.Zero) + e
    arrays = {b: e for b, e in parts.items() if is_array(b)}
    if not all(len(shape_of(b)) == 1 and same_size(shape_of(b)[0], shape_of(expr.args[0])[0]) for b in arrays):
        return None
    scalar = Mul(*(b ** e for b, e in parts.items() if not is_array(b)))
    if len(arrays) > 1 and all(e.is_even for e in arrays.values()) and any(e.is_negative for e in arrays.values()):
        own = product({b: e / 2 for b, e in arrays.items()})
        made = operator("matmul")(own, own)
        return None if made == expr else Mul(scalar, made)
    if sum(arrays.values()) <= 1 and sum(1 for e in arrays.values() if e == 1) < 2:
        divided = is_op(expr, "matmul") and len(arrays) == 2 and set(arrays.values()) == {S.One, S.NegativeOne}
        return product({**{b: e for b, e in parts.items() if not is_array(b)},
                        operator("sum")(product(arrays)): S.One}) if divided else None
    if len(arrays) == 1 and sum(arrays.values()) != 2:
        return Mul(scalar, operator("sum")(product(arrays))) if is_op(expr, "matmul") or scalar != 1 else None
    first = _alone(arrays)
    if first is None:
        return None
    rest = dict(arrays)
    rest[first] -= 1
    rest = {b: rest[b] for b in sorted(rest, key=lambda b: of_factor(power(b, rest[b]))) if rest[b] != 0}
    made = operator("matmul")(first, product(rest))
    return None if scalar == 1 and {made.args[0], made.args[1]} == set(expr.args) else Mul(scalar, made)


def _factors(expr: Expr, about: About) -> Powers:
    """The powers in an operand; what is used elsewhere too is one factor."""
    kept = is_op(expr, "mul") and expr in about.shared and not all(isinstance(f, Tensor) for f in expr.args)
    return {expr: S.One} if kept else powers(expr, about.shared if kept or expr not in about.shared else ())


def _alone(arrays: Powers) -> Expr | None:
    """Of the factors of a dot product the one that stands alone: a matrix product before a name, of names the first."""
    whole = [b for b, e in arrays.items() if e.is_Integer and e >= 1]
    if len(whole) == 1 and arrays[whole[0]] == 2 and len(arrays) == 1:
        return whole[0]
    return min(whole, key=lambda b: (not is_op(b, "matmul"), bool(b.args), order_key(b)), default=None)


BOTH_SIGNS = {
    "softplus": lambda x: added(applied("softplus", x), scaled(S.NegativeOne, x)),
    "sigmoid": lambda x: added(S.One, scaled(S.NegativeOne, applied("sigmoid", x))),
    "log_sigmoid": lambda x: scaled(S.NegativeOne, applied("softplus", x)),
}


@array_rule("both signs")
def both_signs(expr: Expr, about: About) -> Expr | None:
    """softplus(-x) = softplus x - x, σ(-x) = 1 - σ(x) and log σ(-x) = -softplus x, where the function of x stands in the
    expression as well."""
    found = {n for n in subexpressions(expr) if head(n) in BOTH_SIGNS}
    swap = {}
    for n in found:
        (x,) = n.args
        opposite = opposite_of(x) if is_op(x, "add") else scaled(S.NegativeOne * split(x)[0], split(x)[1])
        if not is_op(x, "add") and not split(x)[0].could_extract_minus_sign():
            continue
        if n.func(opposite) in found:
            swap[n] = BOTH_SIGNS[head(n)](opposite)
            if head(n) == "log_sigmoid":
                swap[n.func(opposite)] = added(opposite, swap[n])
    return expr.xreplace(swap) if swap else _opposite_alone(expr)


def _opposite_alone(expr: Expr) -> Expr | None:
    """The expression with σ(-x) for 1 - σ(x), where σ(x) stands nowhere else."""
    nodes = list(subexpressions(expr))
    brackets = {n: x for n in nodes if (x := _less_than_one(n)) is not None}
    if not brackets:
        return None
    above = {a for n in nodes if n not in brackets for a in n.args
             if n not in {scaled(S.NegativeOne, applied("sigmoid", x)) for x in brackets.values()}}
    swap = {}
    for n, x in brackets.items():
        own = applied("sigmoid", x)
        if own not in above and scaled(S.NegativeOne, own) not in above:
            opposite = applied("sigmoid", scaled(S.NegativeOne * split(x)[0], split(x)[1]))
            swap[n] = opposite if S.One in terms(n) else scaled(S.NegativeOne, opposite)
    return expr.xreplace(swap) if swap else None


def _less_than_one(n: Expr) -> Expr | None:
    """x for 1 - σ(x) and σ(x) - 1."""
    parts = terms(n)
    if len(parts) != 2 or not {S.One, S.NegativeOne} & set(parts):
        return None
    one, other = parts if parts[0] in (1, -1) else parts[::-1]
    c, rest = split(other)
    return argument(rest, "sigmoid") if c == -one else None


WRITTEN_OUT = (exact, roots, equal_factors, number_out, stable_softplus, shifted, hyperbolic, quotients, logistic,
               share_of_two, one_exponential, logarithm, exponential, log_softmax, softmax, standardise, standardised_moment,
               divided_inside,
               mean, means_together, axes_inside, variance, variance_of_moments, absolute, norm, squares, dot)
