"""Numbers that are made of sums and products, in one spelling: multiplied out, as one norm, over one number.

Rules on array expressions (see ``arrays/rewriting.py``).  Each holds wherever the left side has a value.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from sympy import Add, Expr, Mul, Pow, S, exp, log

from ..arrays.arrays import Apply, Tensor, order_key
from ..arrays.operator import is_array, shape_of
from ..arrays.registry import RECORDS
from ..arrays.rewriting import About, array_rule
from ..arrays.sign import certainly_positive, never_negative
from ..arrays.sizes import same_size
from ..arrays.symmetry import is_symmetric
from ..arrays.walks import subexpressions
from .exponentials import opened, over_number
from .operator_text import is_op
from .product_parts import powers, product
from .written_out import added, brackets_opened, mean_taken_off, of_factor, of_term, positive, scaled, split, terms

MOST_TERMS = 12
MOST_FACTORS = 6


# ------------------------------------------------------------------ sums over the entries of named vectors

@array_rule("sums taken apart", "sum", "mean", "matmul", silent=True)
def sums_apart(expr: Apply, about: About) -> Expr | None:
    """Σ p ⊙ (1 - t) = Σ p - p't, and Σ (p + t - p ⊙ t) = Σ p + Σ t - p't, of named vectors beside the number 1."""
    if is_array(expr) or expr.params or any(len(shape_of(a)) != 1 for a in expr.args):
        return None
    if is_op(expr.args[0], "add") and len(expr.args) == 1 and expr.args[0] not in about.shared:
        numbers = [t for t in expr.args[0].args if not is_array(t) and not t.atoms(Apply)]
        rest = [t for t in expr.args[0].args if t not in numbers]
        if numbers and any(shape_of(t) == shape_of(expr.args[0]) for t in rest):
            count = shape_of(expr.args[0])[0] if is_op(expr, "sum") else S.One
            return Add(expr.op(added(*rest)), *((count * t).expand() for t in numbers))
    factors = [f for a in expr.args for f in (a.args if is_op(a, "mul") else (a,))]
    brackets = [f for f in factors if is_op(f, "add")]
    if not brackets or any(f in about.shared for f in brackets) or not all(map(_plain, factors)) or not (
            any(not is_array(t) or (len(factors) == 1 and len(_names(t)) > 1) for f in brackets for t in f.args)):
        return None
    symbols = [t for t in brackets[0].args if not is_array(t) and not t.is_Rational]
    if symbols and len(factors) == 2 and factors[0] == factors[1]:
        return None  # Σ (x - μ)² is written so
    products: list[tuple[Expr, tuple[Expr, ...]]] = [(S.One, ())]
    for f in factors:
        each = [split(t) if is_array(t) else (t, None) for t in (terms(f) if is_array(f) else (f,))]
        products = [(c * d, own if t is None else (*own, t)) for c, own in products for d, t in each]
        if len(products) > MOST_TERMS:
            return None
    size = shape_of(expr.args[0])[0]
    whole = Add(*(c * _sum_of(own, size) for c, own in products))
    return whole / size if is_op(expr, "mean") else whole


def _plain(f: Expr) -> bool:
    """A number, a name, or a sum of multiples of products of names."""
    return (not is_array(f) and not f.atoms(Apply)) or (is_array(f) and all(
        all(isinstance(g, Tensor) for g in _names(t)) if is_array(t) else not t.atoms(Apply) for t in terms(f)))


def _names(t: Expr) -> tuple[Expr, ...]:
    rest = split(t)[1]
    return rest.args if is_op(rest, "mul") else (rest,)


def _sum_of(factors: tuple[Expr, ...], size: Expr) -> Expr:
    """The sum of the entries of a product of vectors."""
    flat = sorted((g for f in factors for g in (f.args if is_op(f, "mul") else (f,))), key=of_factor)
    if not flat:
        return size
    return RECORDS.sum(RECORDS.mul(*flat) if len(flat) > 1 else flat[0])


@array_rule("what a sum takes together", "Add", silent=True)
def collected(expr: Add, about: About) -> Expr | None:
    """a (Σp - p't) + p't = a Σp + (1 - a) p't: every sum of products of names once."""
    if not any(isinstance(f, Add) and any(map(_contraction, f.args)) for t in expr.args for f in Mul.make_args(t)):
        return None
    numbers: dict[Expr, list[Expr]] = {}
    for t in brackets_opened(expr) or (expr,):
        own = [f for f in Mul.make_args(t) if _contraction(f)]
        if len(own) > 1:
            return None
        key = own[0] if own else S.One
        numbers.setdefault(key, []).append(Mul(*(f for f in Mul.make_args(t) if f not in own)))
    return Add(*(Add(*c) * key for key, c in numbers.items() if key != 1), *numbers.get(S.One, ()))


def _contraction(t: Expr) -> bool:
    rest = t.as_coeff_Mul()[1]
    return is_op(rest, "sum", "matmul") and all(isinstance(a, Tensor) for a in rest.args)


@array_rule("sums and means over their count", "Mul", silent=True)
def counted(expr: Mul, about: About) -> Expr | None:
    """n (mean x - c) = Σ x - n c, and (Σ x - n c)/n = mean x - c."""
    for bracket in (f for f in expr.args if isinstance(f, Add)):
        rest = Mul(*(f for f in expr.args if f is not bracket))
        for x in (f for t in bracket.args for f in Mul.make_args(t)):
            if not is_op(x, "sum", "mean") or is_array(x) or x.params or len(shape_of(x.args[0])) != 1:
                continue
            count = shape_of(x.args[0])[0]
            e = rest.as_powers_dict().get(count, S.Zero)
            if e == (1 if is_op(x, "mean") else -1) and not count.is_number:
                return Mul(rest / count**e, Add(*(t * count**e for t in bracket.args)))
    return None


@array_rule("counts that cancel", "Mul", silent=True)
def counts_cancelled(expr: Mul, about: About) -> Expr | None:
    """n (mean p)²/mean p² = (Σ p)²/Σ p², where no count is left."""
    parts = expr.as_powers_dict()
    for count in (b for b in parts if not b.is_number and all(s.is_integer for s in b.free_symbols) and b.is_integer
                  and not b.atoms(Apply)):
        means = {b: e for b, e in parts.items() if is_op(b, "mean") and not b.params and shape_of(b.args[0]) == (count,)}
        if len(means) > 1 and Add(*means.values()) == parts[count]:
            rest = (b**e for b, e in parts.items() if b != count and b not in means)
            return Mul(*rest, *(RECORDS.sum(b.args[0])**e for b, e in means.items()))
    return None


# ------------------------------------------------------------------ one norm

@array_rule("a number read backwards", "matmul", silent=True)
def read_backwards(expr: Apply, about: About) -> Expr | None:
    """x'Aᵀy = y'A x: the way with fewer transposes."""
    x, rest = expr.args
    if is_array(expr) or is_op(x, "matmul") or not is_op(rest, "matmul") or len(shape_of(rest.args[0])) != 2:
        return None
    chain: list[Expr] = []
    while is_op(rest, "matmul") and len(shape_of(rest.args[0])) == 2:
        chain.append(rest.args[0])
        rest = rest.args[1]
    word = tuple(letter for a in chain for letter in _word(a))
    turned = _turned(word)
    if sum(t for _, t in turned) >= sum(t for _, t in word):
        return None
    made = x
    for a, t in reversed(turned):
        made = RECORDS.matmul(RECORDS.transpose(a) if t else a, made)
    return RECORDS.matmul(rest, made)


@array_rule("the diagonal of a product", "diag", silent=True)
def diagonal_of_product(expr: Apply, about: About) -> Expr | None:
    """The diagonal of A Bᵀ holds the sums of the rows of A ⊙ B."""
    (x,) = expr.args
    if len(shape_of(x)) != 2 or not is_op(x, "matmul") or not same_size(*shape_of(x)):
        return None
    a, b = x.args[0], RECORDS.transpose(x.args[1])
    b = b.args[0].args[0] if is_op(b, "transpose") and is_op(b.args[0], "transpose") else b
    axis = 0 if is_op(a, "transpose") and is_op(b, "transpose") else 1
    if axis == 0:
        a, b = a.args[0], b.args[0]
    return RECORDS.sum(RECORDS.pow(a, 2) if a == b else RECORDS.mul(a, b), axis=axis)


@array_rule("the diagonal by a mask", "sum", "log", silent=True)
def diagonal_by_mask(expr: Apply, about: About) -> Expr | None:
    """The diagonal of A for the sums of the rows of I ⊙ A, and that of log A for the logarithm of the diagonal."""
    (x,) = expr.args
    if not isinstance(expr, Apply) or is_op(expr, "log"):
        return RECORDS.diag(RECORDS.log(*x.args)) if is_op(x, "diag") and len(shape_of(x)) == 1 else None
    rest = [f for f in x.args if not is_op(f, "eye")] if is_op(x, "mul") and len(shape_of(x)) == 2 else []
    if set(expr.params) != {"axis"} or len(rest) != len(x.args) - 1 or not any(map(is_array, rest)) or any(
            shape_of(f) not in ((), shape_of(x)) for f in rest):
        return None
    return RECORDS.diag(RECORDS.mul(*rest) if len(rest) > 1 else rest[0])


@array_rule("diagonal matrices", "matmul", "trace", silent=True)
def diagonals(expr: Apply, about: About) -> Expr | None:
    """Diag(a) Diag(b) = Diag(a ⊙ b), and tr Diag(a) = Σ a."""
    if not all(is_op(a, "diag") and len(shape_of(a.args[0])) == 1 for a in expr.args):
        return None
    own = [a.args[0] for a in expr.args]
    return RECORDS.diag(RECORDS.mul(*own)) if is_op(expr, "matmul") else RECORDS.sum(*own)


@array_rule("square of a difference in every row", "add")
def completed_rows(expr: Apply, about: About) -> Expr | None:
    """Σ_k X_ik² - 2 (X y)_i + y'y = Σ_k (X_ik - y_k)²."""
    whole_terms = [o for t in expr.args for o in (opened(S.One, t) if is_array(t) else (t,))]
    apart = [split(t) if is_array(t) else (t, None) for t in whole_terms]
    numbers = Add(*(t for t, x in apart if x is None))
    for c, squares in apart:
        if squares is None or not is_op(squares, "sum") or squares.params != {"axis": 1} or not (
                is_op(squares.args[0], "pow") and squares.args[0].args[1] == 2):
            continue
        x = squares.args[0].args[0]
        for d, twin in apart:
            if twin is None or not is_op(twin, "matmul") or twin.args[0] != x or d not in (2 * c, -2 * c):
                continue
            y = twin.args[1]
            beside = (numbers - c * RECORDS.matmul(y, y)).expand()
            if len(shape_of(x)) == 2 and len(shape_of(y)) == 1 and len(Add.make_args(beside)) < len(
                    Add.make_args(numbers.expand())) + (beside == 0):
                apart_now = added(x, *opened(S.One if d == 2 * c else S.NegativeOne, y))
                whole = scaled(c, RECORDS.sum(RECORDS.pow(apart_now, 2), axis=1))
                rest = [t for t in whole_terms if is_array(t) and split(t)[1] not in (squares, twin)]
                return added(whole, *rest, *([beside] if beside != 0 else []))
    return None


@array_rule("variance under a distribution", "matmul")
def variance_of_weights(expr: Apply, about: About) -> Expr | None:
    """Σ w ⊙ (x - w'x)² = w'x² - (w'x)², for Σ w = 1."""
    if is_array(expr):
        return None
    for one, other in (expr.args, expr.args[::-1]):
        w, d = one, other.args[0] if is_op(other, "pow") and other.args[1] == 2 else None
        if is_op(other, "mul") and len(other.args) == 2 and one in other.args:
            (w, d) = other.args if other.args[1] == one else other.args[::-1]
        if d is None or not is_op(d, "add") or len(d.args) != 2 or not _totals_one(w) or sum(map(is_array, d.args)) != 1:
            continue
        mean, deviating = sorted(d.args, key=is_array)
        c, x = split(deviating)
        if any(mean == -c * m for m in (RECORDS.matmul(w, x), RECORDS.matmul(x, w))):
            return c**2 * RECORDS.matmul(w, RECORDS.pow(x, 2)) - mean**2
    return None


def _totals_one(w: Expr) -> bool:
    properties = getattr(w, "properties", ())
    return len(shape_of(w)) == 1 and (is_op(w, "softmax") or bool({"sums_to_one", RECORDS.one_hot.name} & set(properties)))


Word = tuple[tuple[Expr, bool], ...]


@array_rule("one norm of a product", "trace", "sum", "norm", silent=True)
def one_norm(expr: Apply, about: About) -> Expr | None:
    """tr(X Xᵀ Y Yᵀ) = Σ (X Xᵀ) ⊙ (Y Yᵀ) = ‖XᵀY‖², and ‖X Xᵀ‖ = ‖XᵀX‖."""
    (x,) = expr.args
    if expr.params or is_array(expr) or len(shape_of(x)) != 2:
        return None
    number, rest = split(x)
    if is_op(expr, "norm"):
        own = _word(rest) if number == 1 else ()
        word = (*own, *_turned(own)) if len(own) > 1 else ()
    elif is_op(expr, "trace"):
        word = _word(rest)
    else:
        word = ()
        if is_op(rest, "pow") and rest.args[1] == 2:
            word = (*_word(rest.args[0]), *_turned(_word(rest.args[0])))
        elif is_op(rest, "mul") and len(rest.args) == 2 and all(shape_of(f) == shape_of(rest) for f in rest.args):
            word = (*_word(rest.args[0]), *_turned(_word(rest.args[1])))
    half = len(word) // 2
    rotated = [(*word[k:], *word[:k]) for k in range(len(word))]
    found = [w for own in rotated if len(word) > 3 and own[half:] == _turned(w := own[:half])]
    if not found:
        # Functions of a symmetric matrix keep their eigenvectors outside.
        plain = any(t for _, t in word) and not any(RECORDS.eigvecs.of(a) for a, _ in word)
        if not is_op(expr, "trace") or not 1 < len(word) <= MOST_FACTORS or not plain:
            return None
        return number * _trace(min((*rotated, *map(_turned, rotated)), key=_order))
    best = min(found, key=lambda w: (sum(t for _, t in w), [(order_key(a), t) for a, t in w]))
    made = RECORDS.norm(RECORDS.matmul(*(RECORDS.transpose(a) if t else a for a, t in best)))
    return made if is_op(expr, "norm") else number * made**2


def _order(word: Word) -> tuple[Any, ...]:
    """Of two ways to write a product the one with fewer transposes, those in front, names in order."""
    return sum(t for _, t in word), [not t for _, t in word], [order_key(a) for a, _ in word]


def _trace(word: Word) -> Expr:
    return RECORDS.trace(RECORDS.matmul(*(RECORDS.transpose(a) if t else a for a, t in word)))


def _word(x: Expr) -> Word:
    """The factors of a product of matrices, each with whether it is transposed."""
    if is_op(x, "transpose"):
        return _turned(_word(x.args[0]))
    if is_op(x, "matmul") and len(shape_of(x)) == 2:
        return tuple(letter for a in x.args for letter in _word(a))
    return ((x, False),)


def _turned(word: Word) -> Word:
    return tuple((a, not t and not is_symmetric(a)) for a, t in reversed(word))


# ------------------------------------------------------------------ over one number

@array_rule("a number out of a root or a divisor", "sqrt", "pow", "Pow")
def over_one_number(expr: Expr, about: About) -> Expr | None:
    """√(1 + r/v) = √(v + r)/√v and 1/(1 + r/v) = v/(v + r), √(v² + v r) = √(v + r) √v, for a positive v; √(a b) = √a √b."""
    base, e = (expr.args[0], S.Half) if is_op(expr, "sqrt") else expr.args
    if is_array(e) or not (e.is_number and (e.is_negative or e == S.Half)):
        return None
    number, rest = split(base)
    if isinstance(base, Mul) and len(base.args) > 1 and all(map(never_negative, base.args)):
        return Mul(*(Pow(f, e) for f in base.args))
    if is_array(base) and number.free_symbols and certainly_positive(number) and not number.is_integer:
        return scaled(number**e, _raised(rest, e))
    common = _in_every_term(base)
    if common != 1:
        return scaled(common**e, _raised(added(*(scaled(split(t)[0] / common, split(t)[1]) if is_array(t) else t / common
                                                 for t in terms(base))), e))
    found = over_number(terms(base))
    if found is None or found[1].is_integer:
        return None
    return scaled(found[1]**-e, _raised(found[0], e))


def _in_every_term(base: Expr) -> Expr:
    """The positive number, no size, that all terms of a sum have in common."""
    numbers = [(split(t)[0] if is_array(t) else t).as_powers_dict() for t in terms(base)]
    return Mul(*(b**min(own[b] for own in numbers) for b in numbers[0] if len(numbers) > 1 and not b.is_number and all(
        own.get(b, S.Zero).is_Integer and own[b] > 0 for own in numbers) and certainly_positive(b) and not b.is_integer))


def _raised(base: Expr, e: Expr) -> Expr:
    if not is_array(base):
        return Pow(base, e)
    return RECORDS.sqrt(base) if e == S.Half else RECORDS.pow(base, e)


@array_rule("logarithm over one divisor", "log")
def log_over_divisor(expr: Expr, about: About) -> Expr | None:
    """log(1 + 1/p) = log(1 + p) - log p, for a positive array."""
    parts = terms(expr.args[0])
    below = [f.args[0] for t in parts if is_array(t) for f in _names(t) if is_op(f, "pow") and f.args[1] == -1]
    if len(parts) != 2 or len(below) != 1 or not positive(below[0]) or below[0] not in expr.free_symbols:
        return None
    (p,) = below
    above = [scaled(split(t)[0], _without(t, p)) if is_array(t) and RECORDS.pow(p, -1) in _names(t) else
             scaled(t, p) if not is_array(t) else RECORDS.mul(t, p) for t in parts]
    return added(RECORDS.log(added(*sorted(above, key=of_term))), scaled(S.NegativeOne, RECORDS.log(p)))


def _without(t: Expr, p: Expr) -> Expr:
    left = [f for f in _names(t) if f != RECORDS.pow(p, -1)]
    return RECORDS.mul(*left) if len(left) > 1 else left[0] if left else S.One


@array_rule("exponential of a logarithm", "exp", silent=True)
def exp_of_log(expr: Expr, about: About) -> Expr | None:
    """e^(c log a) = a^c, for a positive a."""
    (x,) = expr.args
    number, rest = split(x) if is_array(x) else (S.One, x)
    logs = [rest] if is_array(x) and is_op(rest, "log") else [f for f in Mul.make_args(rest) if isinstance(f, log)]
    if len(logs) != 1 or not (positive(logs[0].args[0]) or (not is_array(x) and certainly_positive(logs[0].args[0]))):
        return None
    (a,) = logs[0].args
    return _power(a, number) if is_array(x) else Pow(a, Mul(*(f for f in Mul.make_args(x) if f is not logs[0])))


@array_rule("one less the square of tanh", "pow", silent=True)
def hyperbolic_secant(expr: Apply, about: About) -> Expr | None:
    """1/cosh² x = 1 - tanh² x."""
    base, e = expr.args
    if is_array(e) or e != -2 or not is_op(base, "cosh"):
        return None
    return added(S.One, scaled(S.NegativeOne, RECORDS.pow(RECORDS.tanh(*base.args), 2)))


@array_rule("logarithm of a ratio", "log", silent=True)
def log_odds(expr: Expr, about: About) -> Expr | None:
    """log(p/(1 - p)) = log p - log(1 - p) of positive p, for then 1 - p is positive where the ratio is."""
    x = expr.args[0]
    if not is_op(x, "mul") or len(x.args) != 2:
        return None
    for p, f in (pair for pair in (x.args, x.args[::-1]) if positive(pair[0])):
        if is_op(f, "pow") and f.args[1] == -1 and set(terms(f.args[0])) == {S.One, scaled(S.NegativeOne, p)}:
            return added(RECORDS.log(p), scaled(S.NegativeOne, RECORDS.log(f.args[0])))
    return None


@array_rule("root of a product", "sqrt", silent=True)
def root_of_product(expr: Apply, about: About) -> Expr | None:
    """√(p ⊙ q) = √p ⊙ √q, of arrays that are positive."""
    (x,) = expr.args
    if not is_op(x, "mul") or not all(positive(f) if is_array(f) else certainly_positive(f) for f in x.args) or any(
            is_op(f, "pow") for f in x.args):
        return None
    return RECORDS.mul(*(RECORDS.sqrt(f) for f in x.args))


@array_rule("a power of a quotient", "pow", silent=True)
def power_of_quotient(expr: Apply, about: About) -> Expr | None:
    """(p/q)^a = p^a ⊙ q^-a, of vectors that are positive."""
    base, e = expr.args
    if is_array(e) or e.is_number or not is_op(base, "mul") or not all(
            positive(f) if is_array(f) else certainly_positive(f) for f in base.args):
        return None
    numbers = (f for a in base.args if not is_array(a) for f in Mul.make_args(a))
    arrays = [_power(f, e) for f in base.args if is_array(f)]
    return scaled(Mul(*(b**(d * e) for b, d in (f.as_base_exp() for f in numbers))),
                  RECORDS.mul(*arrays) if len(arrays) > 1 else arrays[0])


def _power(f: Expr, e: Expr) -> Expr:
    raised = is_op(f, "pow") and not is_array(f.args[1])
    return RECORDS.pow(f.args[0], (f.args[1] * e).expand()) if raised else RECORDS.pow(f, e)


@array_rule("powers of one vector", "mul", "matmul", silent=True)
def powers_together(expr: Apply, about: About) -> Expr | None:
    """q ⊙ q^-a = q^(1 - a), of positive vectors."""
    if is_op(expr, "matmul") and (is_array(expr) or any(len(shape_of(a)) != 1 for a in expr.args)):
        return None
    apart = [f.args if is_op(f, "pow") and not is_array(f.args[1]) else (f, S.One) for f in _flat(expr)]
    exponents: dict[Expr, Expr] = {}
    for base, e in apart:
        exponents[base] = exponents.get(base, S.Zero) + e
    again = [b for b, often in Counter(b for b, _ in apart).items() if often > 1]
    if not again or not all(is_array(b) and positive(b) for b in again) or all(e.is_number for e in exponents.values()):
        return None
    numbers = Mul(*(b**e for b, e in exponents.items() if not is_array(b)))
    arrays = [RECORDS.pow(b, e) if e != 1 else b for b, e in ((b, e.expand()) for b, e in exponents.items()) if is_array(b)]
    arrays = sorted((a for a in arrays if not (is_op(a, "pow") and a.args[1] == 0)), key=of_factor)
    if not arrays:
        return None
    whole = RECORDS.mul(*arrays) if len(arrays) > 1 else arrays[0]
    return numbers * RECORDS.sum(whole) if is_op(expr, "matmul") else scaled(numbers, whole)


def _flat(expr: Expr) -> Iterator[Expr]:
    for a in expr.args:
        if is_op(a, "mul"):
            yield from _flat(a)
        else:
            yield a


@array_rule("the sign in a divisor", "Mul", silent=True)
def sign_in_divisor(expr: Mul, about: About) -> Expr | None:
    """-r/(1 - a) = r/(a - 1)."""
    if not expr.could_extract_minus_sign():
        return None
    for f in expr.args:
        if isinstance(f, Pow) and f.exp.is_Integer and f.exp < 0 and f.exp % 2 and isinstance(f.base, Add) and (
                not f.base.atoms(Apply)):
            return Mul(S.NegativeOne, *(g for g in expr.args if g is not f), Pow(Add(*(-t for t in f.base.args)), f.exp))
    return None


# ------------------------------------------------------------------ one entry

@array_rule("one entry of a product", "matmul", silent=True)
def entry_of_product(expr: Apply, about: About) -> Expr | None:
    """t'((1 - p)² ⊙ log p) = (1 - t'p)² t'log p, for a one-hot t."""
    if is_array(expr):
        return None
    for y, x in (expr.args, expr.args[::-1]):
        own = [f for f in (x.args if is_op(x, "mul") else ()) if RECORDS.one_hot.name in getattr(f, "properties", ())]
        t = own[0] if own and RECORDS.one_hot.name not in getattr(y, "properties", ()) else y
        if t is not y and all(shape_of(f) == shape_of(t) for f in x.args if is_array(f)):
            return Mul(*(_entry(t, f) for f in (y, *x.args) if f is not t))
        if RECORDS.one_hot.name in getattr(t, "properties", ()) and is_op(x, "mul") and shape_of(x) == shape_of(t) and (
                sum(map(is_array, x.args)) > 1):
            return Mul(*(_entry(t, f) for f in x.args))
    return None


def _entry(t: Expr, x: Expr) -> Expr:
    """t'x, taken inside powers, sums and products."""
    if not is_array(x):
        return x
    if is_op(x, "add"):
        return Add(*(_entry(t, a) for a in x.args))
    if is_op(x, "mul"):
        return Mul(*(_entry(t, a) for a in x.args))
    if is_op(x, "pow") and not is_array(x.args[1]):
        return _entry(t, x.args[0]) ** x.args[1]
    return RECORDS.matmul(*sorted((t, x), key=of_factor)) if isinstance(x, Tensor) else RECORDS.matmul(t, x)


@array_rule("logarithm of one probability")
def log_of_entry(expr: Expr, about: About) -> Expr | None:
    """t'z - logsumexp z = log t'softmax(z) for a one-hot t, where t'softmax(z) stands in the expression as well."""
    nodes = list(subexpressions(expr))
    swap = {}
    for picked in (n for n in nodes if is_op(n, "matmul") and not is_array(n)):
        t, p = picked.args if is_op(picked.args[1], "softmax") else picked.args[::-1]
        if not is_op(p, "softmax") or len(shape_of(p)) != 1 or RECORDS.one_hot.name not in getattr(t, "properties", ()):
            continue
        (z,) = p.args
        scores = {RECORDS.matmul(t, z), RECORDS.matmul(z, t)}
        for n in (n for n in nodes if isinstance(n, Add)):
            c = n.coeff(RECORDS.logsumexp(z))
            own = next((x for x in scores if c != 0 and n.coeff(x) == -c), None)
            if own is not None:
                rest = (x for x in n.args if x not in (-c * own, c * RECORDS.logsumexp(z)))
                swap[n] = Add(*rest, -c * RECORDS.log(picked))
    return expr.xreplace(swap) if swap else None


@array_rule("one mean taken off", silent=True)
def centred_once(expr: Expr, about: About) -> Expr | None:
    """(u - mean u)'x = u'(x - mean x), where x without its mean stands in the expression as well and u does not."""
    nodes = list(subexpressions(expr))
    centred = {n.args[0] for n in nodes if is_op(n, "var", "std") and not is_array(n)}
    brackets = {n: taken.x for n in nodes if (taken := mean_taken_off(n)) is not None and len(shape_of(n)) == 1}
    swap = {}
    for n in (n for n in nodes if is_op(n, "matmul") and not is_array(n)):
        for a, b in (n.args, n.args[::-1]):
            own = brackets.get(a)
            if own is not None and b not in brackets and own not in centred and (b in centred or b in brackets.values()):
                swap[n] = RECORDS.matmul(own, added(b, scaled(S.NegativeOne, RECORDS.mean(b))))
    return expr.xreplace(swap) if swap else None


# ------------------------------------------------------------------ exponentials beside a number

@array_rule("logarithm of a number and an exponential", "log", silent=True)
def log_beside_number(expr: Expr, about: About) -> Expr | None:
    """log(k + c e^f) = log k + softplus(f + log c - log k), of positive numbers that have a name."""
    parts = terms(expr.args[0])
    if len(parts) != 2:
        return None
    for one, other in (parts, parts[::-1]):
        if is_array(one) or not certainly_positive(one) or one.atoms(Apply):
            continue
        c, f = _exponential(other)
        if f is None or not certainly_positive(c) or (one == 1 and c == 1) or not (one * c).free_symbols:
            continue
        inner = added(*opened(S.One, f), *(t for t in (RECORDS.log(c), -RECORDS.log(one)) if t != 0))
        return added(RECORDS.softplus(inner), *(() if one == 1 else (RECORDS.log(one),)))
    return None


def _exponential(t: Expr) -> tuple[Expr, Expr | None]:
    """(c, f) for c e^f."""
    if is_array(t):
        c, rest = split(t)
        return c, rest.args[0] if is_op(rest, "exp") else None
    own = [f for f in Mul.make_args(t) if isinstance(f, exp)]
    rest = Mul(*(f for f in Mul.make_args(t) if f not in own))
    return rest, own[0].args[0] if len(own) == 1 and not rest.atoms(Apply) else None


@array_rule("one and a sum of exponentials", "softplus", silent=True)
def one_and_exponentials(expr: Expr, about: About) -> Expr | None:
    """softplus(logsumexp f) = log(1 + Σ e^f), of a vector."""
    (x,) = expr.args
    if not is_op(x, "logsumexp") or is_array(x) or len(shape_of(x.args[0])) != 1:
        return None
    return RECORDS.log(1 + RECORDS.sum(RECORDS.exp(x.args[0])))


@array_rule("one more number beside the scores", "logsumexp")
def beside_zero(expr: Apply, about: About) -> Expr | None:
    """logsumexp of 0 and the entries of f = log(1 + Σ e^f)."""
    (x,) = expr.args
    if is_array(expr) or not is_op(x, "concat") or len(x.args) != 2:
        return None
    rest = [a for a in x.args if not (is_op(a, "zeros") and shape_of(a) == (1,))]
    return RECORDS.log(1 + RECORDS.sum(RECORDS.exp(rest[0]))) if len(rest) == 1 else None


def _difference(a: Expr, b: Expr) -> Expr:
    """a - b, like terms taken together."""
    numbers: list[Expr] = []
    arrays: dict[Expr, Expr] = {}
    for sign, x in ((S.One, a), (S.NegativeOne, b)):
        for t in terms(x):
            c, rest = split(t) if is_array(t) else (t, None)
            if rest is None:
                numbers.append(sign * c)
            else:
                arrays[rest] = arrays.get(rest, S.Zero) + sign * c
    number = Add(*numbers)
    found = [*([number] if number != 0 else []), *(scaled(c, x) for x, c in arrays.items() if c != 0)]
    return added(*sorted(found, key=of_term)) if found else S.Zero


@array_rule("a root above the bar", "mul", "Mul")
def root_above(expr: Expr, about: About) -> Expr | None:
    """(b - c²)/(√b + c) = √b - c."""
    parts = powers(expr)
    for below, e in parts.items():
        both = terms(below) if e == -1 else ()
        for root, c in (both, both[::-1]) if len(both) == 2 else ():
            b = root.args[0] if is_op(root, "sqrt") or (isinstance(root, Pow) and root.exp == S.Half) else None
            if b is None or is_op(c, "sqrt"):
                continue
            less = _difference(b, RECORDS.pow(c, 2) if is_array(c) else c**2)
            number, rest = split(less) if is_array(less) else less.as_coeff_Mul()
            own = powers(rest)
            if number == 0 or any(parts.get(f) != d for f, d in own.items()):
                continue
            beside = {f: d for f, d in parts.items() if f != below and f not in own}
            bracket = added(root, *opened(S.NegativeOne, c)) if is_array(c) else added(root, -c)
            return scaled(1 / number, product({**beside, bracket: S.One}))
    return None


MULTIPLIED_OUT = (root_above, beside_zero,
                  completed_rows, sums_apart, collected, counted, counts_cancelled, diagonals, log_over_divisor,
                  log_odds, exp_of_log, hyperbolic_secant, variance_of_weights, one_norm, read_backwards,
                  diagonal_of_product, diagonal_by_mask, over_one_number, root_of_product, power_of_quotient,
                  powers_together, sign_in_divisor, entry_of_product, log_beside_number, one_and_exponentials)
