"""Of forms of one value that are equally long, always the same one; and what a result says with a function, by its name.

Rules on array expressions (see ``arrays/rewriting.py``).
"""

from __future__ import annotations

from itertools import combinations, pairwise

from sympy import Add, Expr, Mul, Pow, S, expand_mul

from ..arrays.arrays import Apply, Tensor
from ..arrays.operator import is_array, shape_of
from ..arrays.registry import RECORDS
from ..arrays.rewriting import About, ArrayRule, array_rule, head
from ..arrays.walks import subexpressions
from ..functions.scalar_function import EVEN
from ..layers.by_hand import weighed_terms
from ..layers.exponentials import EXPONENTIALS, negation
from ..layers.one_way import ones_among
from ..layers.product_parts import powers, product
from ..layers.projections import among
from ..layers.signs import PARITY
from ..layers.written_out import (
    added,
    applied,
    argument,
    equal_factors,
    hyperbolic,
    logistic,
    mean,
    norm,
    number_out,
    of_term,
    quotients,
    scaled,
    split,
    squares,
    terms,
    variance,
)
from .alternatives import MAX_TERMS, multiplied_out, written
from .build import flat_product, hadamard, is_op, matmul, outer, plus, transpose
from .cost import least, no_longer
from .shortening import shorter


def _saving(rule: ArrayRule, more: int = -1) -> ArrayRule:
    """A rule by which expressions are read, for a result: where it saves operations, or needs no ``more``."""
    def apply(expr: Expr, about: About) -> Expr | None:
        found = rule.apply(expr, about)
        return found if found is not None and found != expr and no_longer(found, expr, more) else None
    return ArrayRule(rule.name, rule.heads, apply, rule.silent)


def _marks(x: Expr) -> int:
    return sum(is_op(n, RECORDS.transpose) for n in subexpressions(x))


@array_rule("the transpose of a sum", RECORDS.transpose.name, silent=True)
def transposed_terms(expr: Apply, about: About) -> Expr | None:
    """A X - B for (Xᵀ Aᵀ - Bᵀ)ᵀ, where that leaves fewer signs."""
    (x,) = expr.args
    if is_op(x, RECORDS.transpose):
        return x.args[0]
    c, rest = split(x)
    if not is_op(rest, RECORDS.add) or any(shape_of(t) != shape_of(rest) for t in rest.args):
        return None
    made = scaled(c, plus([transpose(t) for t in rest.args]))
    return made if _marks(made) < _marks(expr) else None


@shorter("the identity in a bracket", RECORDS.add, more=0)
def with_identity(expr: Apply, about: About) -> Expr | None:
    """W (WᵀW - I) for W WᵀW - W, of matrices."""
    if len(expr.shape) != 2 or len(expr.args) != 2 or not all(map(is_array, expr.args)):
        return None
    apart = [split(t) for t in expr.args]
    for (c, long), (d, short) in (apart, apart[::-1]):
        chain = flat_product(long)
        if len(chain) > 1 and chain[0] == short and isinstance(short, Tensor) and abs(c) == abs(d):
            identity = RECORDS.eye(size=shape_of(short)[1])
            bracket = plus([scaled(c / abs(c), matmul(*chain[1:])), scaled(d / abs(c), identity)])
            return scaled(abs(c), matmul(short, bracket))
    return None


@shorter("a vector times itself over its norm", RECORDS.matmul)
def meets_its_norm(expr: Apply, about: About) -> Expr | None:
    """x'(x/‖x‖ - y) = ‖x‖ - x'y."""
    if is_array(expr):
        return None
    for x, bracket in (expr.args, expr.args[::-1]):
        own = RECORDS.norm(x)
        if is_op(bracket, RECORDS.add) and all(map(is_array, bracket.args)) and any(
                split(t)[1] == x and _over(split(t)[0], own) for t in bracket.args):
            return Add(*(Mul(c, own**2) if t == x else Mul(c, RECORDS.matmul(x, t)) for c, t in map(split, bracket.args)))
    return None


def _over(number: Expr, below: Expr) -> bool:
    return any(isinstance(f, Pow) and f.base == below and f.exp.is_negative for f in Mul.make_args(number))


@array_rule("a sign out of a bracket of numbers", Mul.__name__, silent=True)
def sign_in_front(expr: Expr, about: About) -> Expr | None:
    """-(v + 1) q for (-v - 1) q."""
    own = [f for f in expr.args if isinstance(f, Add) and all(t.could_extract_minus_sign() for t in f.args)]
    if not own:
        return None
    return Mul(S.NegativeOne**len(own), *(f for f in expr.args if f not in own), *(Add(*(-t for t in f.args)) for f in own))


@shorter("a number into a bracket of numbers", Mul)
def number_into_bracket(expr: Expr, about: About) -> Expr | None:
    """n/c + 1 for 2 (n/(2c) + 1/2), and n + c for c (n/c + 1)."""
    number, rest = expr.as_coeff_Mul()
    variables = [g for g in expr.args if isinstance(g, Tensor)]
    for f in Mul.make_args(rest):
        below = {g for t in f.args for g, e in t.as_powers_dict().items() if e == -1} \
            if variables and isinstance(f, Add) else set[Expr]()
        own = next((g for g in variables if g in below), None)
        if own is not None:
            return Mul((own * f).expand(), *(g for g in expr.args if g not in (own, f)))
        content, inner = f.primitive() if isinstance(f, Add) else (S.One, f)
        if content != 1 and number != 1 and number * content == 1:
            return Mul(inner, *(g for g in Mul.make_args(rest) if g is not f))
    return None


@array_rule("a common number in front", RECORDS.mul.name, silent=True)
def content_in_front(expr: Apply, about: About) -> Expr | None:
    """2 (v + 1) x for (2 v + 2) x."""
    number, *arrays = expr.args
    if not isinstance(number, Add):
        return None
    content, inner = number.primitive()
    return expr.op(Mul(content, inner, evaluate=False), *arrays) if content != 1 else None


@shorter("a step and a number", RECORDS.where, more=0)
def step_and_number(expr: Apply, about: About) -> Expr | None:
    """[u > v] - a for where(u > v, 1 - a, -a), and so for one less."""
    left, right, one, other = expr.args
    if any(map(is_array, (one, other))) or not other.free_symbols or expr.params["relation"] not in (">", "<"):
        return None
    high, low = (left, right) if expr.params["relation"] == ">" else (right, left)
    jump = (one - other).expand()
    step = RECORDS.heaviside(plus([high, scaled(S.NegativeOne, low)]))
    return RECORDS.add(scaled(jump, step), other) if jump in (1, -1) else None


@array_rule("squares of a norm", Mul.__name__, silent=True)
def even_norm(expr: Expr, about: About) -> Expr | None:
    """‖x‖³/(x'x) = ‖x‖."""
    norms = {f.base for f in Mul.make_args(expr) if isinstance(f, Pow) and is_op(f.base, RECORDS.norm)}
    norms |= {f for f in Mul.make_args(expr) if is_op(f, RECORDS.norm)}
    for own in norms:
        x = own.args[0]
        square = RECORDS.matmul(x, x) if len(shape_of(x)) == 1 and not own.params else None
        if square is not None and square in expr.as_powers_dict():
            e = expr.as_powers_dict()[square]
            return Mul(*(f for f in Mul.make_args(expr) if f.as_base_exp()[0] != square), own ** (2 * e))
    return None


@shorter("a quotient taken apart", Add)
def apart(expr: Add, about: About) -> Expr | None:
    """(x'y - ‖x‖)/‖x‖² + 1/‖x‖ = x'y/‖x‖²."""
    brackets = [t for t in expr.args if isinstance(t, Mul) and sum(isinstance(f, Add) for f in t.args) == 1 and any(
        isinstance(f, Pow) and f.exp.is_negative for f in t.args)]
    return Add(*(expand_mul(t, deep=False) if t in brackets else t for t in expr.args)) if brackets else None


@shorter("brackets that cancel", RECORDS.add, Add)
def cancelled(expr: Expr, about: About) -> Expr | None:
    """p - q for p ⊙ (1 - q) + q ⊙ (p - 1)."""
    if isinstance(expr, Add):
        made = expand_mul(expr, deep=False)
        return made if len(Add.make_args(made)) <= len(expr.args) else None
    brackets = sum(any(is_op(f, RECORDS.add) for f in split(t)[1].args) for t in expr.args
                   if is_array(t) and is_op(split(t)[1], RECORDS.mul))
    parts = multiplied_out(expr) if brackets > 1 else []
    made = plus([written(t) for t in parts]) if 2 < len(parts) <= MAX_TERMS else expr
    return made if len(terms(made)) <= len(expr.args) else None


@shorter("one entry of a product", RECORDS.mul)
def labelled(expr: Apply, about: About) -> Expr | None:
    """p ⊙ (t'p - t) = (t'p) (p - t) for a one-hot t, for p ⊙ t has the one entry t'p."""
    number, rest = split(expr)
    arrays = list(rest.args) if is_op(rest, RECORDS.mul) else []
    for bracket in arrays if len(arrays) == 2 else ():
        (p,) = (f for f in arrays if f is not bracket) if arrays.count(bracket) == 1 else (bracket,)
        if not is_op(bracket, RECORDS.add) or len(bracket.args) != 2 or all(map(is_array, bracket.args)):
            continue
        scalar, label = sorted(bracket.args, key=is_array)
        t = split(label)[1]
        entries = {RECORDS.matmul(t, p), RECORDS.matmul(p, t)} if len(shape_of(t)) == len(shape_of(p)) == 1 else set()
        inner = next((e for e in entries if e in Mul.make_args(scalar)), None)
        if inner is not None and RECORDS.one_hot.name in getattr(t, "properties", ()):
            return scaled(_raised(number, inner), plus([scaled(scalar / inner, p), label]))
    return None


@array_rule("a sign through an odd or even function", *PARITY, silent=True)
def sign_through(expr: Expr, about: About) -> Expr | None:
    """tanh(-x/2) = -tanh(x/2) and cos(-x) = cos x."""
    (x,) = expr.args
    c, rest = split(x)
    if not c.could_extract_minus_sign() or isinstance(c, Add):
        return None
    made = applied(head(expr), scaled(-c, rest))
    return made if PARITY[head(expr)] == EVEN else scaled(S.NegativeOne, made)


@shorter("less the means", RECORDS.matmul, more=0)
def centred(expr: Apply, about: About) -> Expr | None:
    """Y - mean Y, of the columns of Y = A (X - mean X), for (I - 11ᵀ/n) A (I - 11ᵀ/n) X."""
    if not among(expr, RECORDS.add.name):
        return None
    chain = flat_product(expr)
    if shape_of(chain[0]) == shape_of(chain[-1]):  # what follows may be a matrix with fewer columns
        return None
    sizes = [*map(_centring, chain)]
    if not any(sizes):
        return None
    for at in reversed(range(len(chain) - 1)):
        size = sizes[at]
        if size is not None and size == shape_of(chain[at + 1])[0]:
            y = matmul(*chain[at + 1:])
            off = RECORDS.mean(y, axis=0) if len(shape_of(y)) == 2 else RECORDS.mean(y)
            chain[at:] = [RECORDS.add(y, scaled(S.NegativeOne, off))]
    return matmul(*chain)


def _centring(m: Expr) -> Expr | None:
    """n for I - 11ᵀ/n."""
    if not is_op(m, RECORDS.add) or len(m.args) != 2:
        return None
    less, eye = sorted(m.args, key=lambda t: is_op(t, RECORDS.eye))
    c, ones = split(less) if is_array(less) else (less, None)
    n = shape_of(m)[0]
    return n if is_op(eye, RECORDS.eye) and c == -1 / n and (ones is None or is_op(ones, RECORDS.ones)) else None


@array_rule("means of a product", RECORDS.mean.name)
def mean_of_product(expr: Apply, about: About) -> Expr | None:
    """The means of the columns of A B for those of the rows of Bᵀ Aᵀ."""
    number, x = split(expr.args[0])
    axis = expr.params.get("axis")
    if set(expr.params) != {"axis"} or axis not in (0, 1) or not is_op(x, RECORDS.matmul) or len(shape_of(x)) != 2:
        return None
    other = transpose(x)
    return scaled(number, RECORDS.mean(other, axis=1 - axis)) if _marks(other) < _marks(x) else None


@shorter("entries weighed by rows and by columns", RECORDS.matmul)
def weighed_entries(expr: Apply, about: About) -> Expr | None:
    """M ⊙ u vᵀ for Diag(u) M Diag(v)."""
    chain = flat_product(expr) if among(expr, RECORDS.diag.name) else []
    own = [k for k, f in enumerate(chain) if is_op(f, RECORDS.diag) and len(shape_of(f.args[0])) == 1]
    at = next(((k, n) for k, n in pairwise(own) if n > k + 1), None)
    if at is None:
        return None
    (u,), (v,), between = chain[at[0]].args, chain[at[1]].args, matmul(*chain[at[0] + 1:at[1]])
    turned = is_op(between, RECORDS.transpose)
    made = transpose(hadamard([outer(v, u), between.args[0]])) if turned else hadamard([outer(u, v), between])
    return matmul(*chain[:at[0]], made, *chain[at[1] + 1:])


@shorter("the mean by name", RECORDS.mul)
def mean_in_bracket(expr: Apply, about: About) -> Expr | None:
    """(x - mean x)/n for (n x - Σ x)/n²."""
    number, rest = split(expr)
    sums = [t for t in rest.args if not is_array(t)] if is_op(rest, RECORDS.add) else []
    for x in (f for t in sums for f in Mul.make_args(t) if is_op(f, RECORDS.sum) and not f.params):
        count = shape_of(x.args[0])[0]
        if len(shape_of(x.args[0])) == 1 and number.as_powers_dict().get(count, S.Zero) < 0:
            inner = [scaled(split(t)[0] / count, split(t)[1]) if is_array(t) else (t / count).xreplace(
                {x: count * RECORDS.mean(*x.args)}) for t in rest.args]
            return scaled(number * count, added(*sorted(inner, key=of_term)))
    return None


@shorter("one less a sigmoid", RECORDS.add, Add)
def other_way(expr: Expr, about: About) -> Expr | None:
    """1 - σ(b - a) = σ(a - b)."""
    for one, other in ((one, other) for one in expr.args if one in (S.One, S.NegativeOne) for other in expr.args):
        c, rest = split(other) if is_array(other) else other.as_coeff_Mul()
        if c == -one and is_op(rest, RECORDS.sigmoid) and (len(expr.args) == 2 or _opposed(rest.args[0])):
            made = scaled(one, RECORDS.sigmoid(negation(rest.args[0])))
            beside = [t for t in expr.args if t not in (one, other)]
            return added(*sorted((made, *beside), key=of_term)) if beside else made
    return None


@shorter("an exponential over one less itself", RECORDS.mul, Mul)
def over_one_less(expr: Expr, about: About) -> Expr | None:
    """e^-x/(1 - e^-x) = 1/(e^x - 1)."""
    parts = powers(expr) if any(argument(f, RECORDS.exp.name) is not None for f in expr.args) else {}
    for f, e in parts.items():
        x = argument(f, RECORDS.exp.name) if e == 1 else None
        for sign in (S.One, S.NegativeOne) if x is not None else ():
            below = next((b for b, d in parts.items() if d == -1 and set(terms(b)) == {
                scaled(-sign, f), sign}), None)
            if x is not None and below is not None:
                left = {b: d for b, d in parts.items() if b not in (f, below)}
                bracket = added(*sorted((scaled(sign, applied(RECORDS.exp.name, negation(x))), -sign), key=of_term))
                return product({**left, bracket: S.NegativeOne})
    return None


@shorter("a row and a column in one", RECORDS.mul)
def column_and_row(expr: Apply, about: About) -> Expr | None:
    """P ⊘ (a bᵀ) for P ⊘ b ⊘ a, divided by a row and by a column."""
    parts = powers(expr) if any(is_op(f, RECORDS.stretch) for f in expr.args) else {}
    whole = any(len(shape_of(f)) == 2 and not is_op(f, RECORDS.stretch) for f in parts if is_array(f))
    for f, e in parts.items() if whole else ():
        if is_op(f, RECORDS.stretch) and f.params["axes"] == (0,) and shape_of(f)[1] == 1:
            ((a, d), *more) = [(g, d * e) for g, d in powers(f.args[0]).items()]
            row = next((b for b, k in parts.items() if k == d and is_array(b) and len(shape_of(b)) == 1), None)
            if row is not None and not more:
                return product({**{b: k for b, k in parts.items() if b not in (f, row)}, outer(a, row): d})
    return None


def _opposed(x: Expr) -> bool:
    return bool((split(x)[0] if is_array(x) else x).could_extract_minus_sign())


@shorter("differences summed", RECORDS.add)
def vectors_into_sum(expr: Apply, about: About) -> Expr | None:
    """Σ_i (x - W_i) for m x - Σ_i W_i, and Σ_i s_i (x - W_i) for x Σ s - Wᵀs, of two names and the rows of W."""
    for t in expr.args:
        c, rest = split(t) if is_array(t) else (t, t)
        rows, weights = _rows_summed(rest)
        count = RECORDS.sum(weights) if weights is not None else S.One if rows is None else shape_of(rows)[0]
        for s in expr.args if rows is not None else ():
            d, x = split(s) if is_array(s) else (s, s)
            named = isinstance(x, Tensor) and shape_of(x) == shape_of(rest)
            if named and d in (c * count, -c * count) and not count.is_number:
                sign = S.NegativeOne if c.could_extract_minus_sign() else S.One
                inner = added(*sorted((scaled(sign * d / (c * count), x), scaled(sign, rows)), key=of_term))
                made = RECORDS.sum(inner, axis=0) if weights is None else matmul(transpose(inner), weights)
                return added(*(u for u in expr.args if u not in (s, t)), scaled(sign * c, made))
    return None


def _rows_summed(x: Expr) -> tuple[Expr | None, Expr | None]:
    """(W, nothing) for the sum of the rows of a matrix by name, (W, s) for Wᵀs."""
    weights = None
    if is_op(x, RECORDS.sum) and isinstance(x, Apply) and x.params == {"axis": 0}:
        rows = x.args[0]
    elif is_op(x, RECORDS.matmul) and is_op(x.args[0], RECORDS.transpose) and len(shape_of(x)) == 1:
        rows, weights = x.args[0].args[0], x.args[1]
    else:
        return None, None
    return (rows, weights) if isinstance(rows, Tensor) and len(shape_of(rows)) == 2 else (None, None)


@shorter("one running sum", RECORDS.add)
def running_sums_together(expr: Apply, about: About) -> Expr | None:
    """cumsum(x - y) for cumsum x - cumsum y."""
    own = [(t, *split(t)) for t in expr.args if is_array(t) and is_op(split(t)[1], RECORDS.cumsum)]
    for (s, c, first), (t, d, other) in combinations(own, 2):
        if first.params == other.params and shape_of(first) == shape_of(other):
            inner = added(*sorted((scaled(c, first.args[0]), scaled(d, other.args[0])), key=of_term))
            rest = [u for u in expr.args if u not in (s, t)]
            made = first.op(inner, **first.params)
            return added(*sorted((*rest, made), key=of_term)) if rest else made
    return None


@shorter("a choice by name", RECORDS.add)
def chosen(expr: Apply, about: About) -> Expr | None:
    """a where x > 0 and c e^x elsewhere, for a [x > 0] + c e^(x - relu x) ⊙ (1 - [x > 0])."""
    for high, step, whole in ((*split(t), t) for t in expr.args if is_array(t) and is_op(split(t)[1], RECORDS.heaviside)):
        (x,) = step.args
        off, gone = added(S.One, scaled(S.NegativeOne, step)), scaled(S.NegativeOne, RECORDS.relu(x))
        for t in expr.args:
            c, rest = split(t) if is_array(t) else (t, t)
            beside = [f for f in rest.args if f != off] if is_op(rest, RECORDS.mul) and off in rest.args else []
            inner = beside[0].args[0] if len(beside) == 1 and is_op(beside[0], RECORDS.exp) else None
            if inner is not None and is_op(inner, RECORDS.add) and gone in inner.args:
                low = scaled(c, RECORDS.exp(added(*(s for s in inner.args if s != gone))))
                made = RECORDS.where(x, S.Zero, high, low, relation=">")
                others = [s for s in expr.args if s not in (t, whole)]
                return added(*others, made) if others else made
    return None


@shorter("sums of what broadcasts", RECORDS.sum, more=2)
def alike_summed(expr: Apply, about: About) -> Expr | None:
    """Σ_j (s_i - 1 - t_j) = m s_i - m - Σ t, for m columns, and Σ_j (x_i - y_j) = m x_i - Σ_j y_j, of rows."""
    x = expr.args[0]
    axis = expr.params.get("axis")
    if set(expr.params) != {"axis"} or axis not in (0, 1) or not is_op(x, RECORDS.add) or len(shape_of(x)) not in (2, 3):
        return None
    alike = _alike if len(shape_of(x)) == 2 else _alike_in_layers
    parts = [alike(t, axis, shape_of(x)[axis]) for t in x.args]
    found = [p for p in parts if p is not None]
    return plus(found) if len(found) == len(parts) and any(map(is_array, found)) else None


def _alike(t: Expr, axis: int, count: Expr) -> Expr | None:
    """The sum along an axis of a term that is alike along one of the two; None for any other."""
    c, rest = split(t) if is_array(t) else (t, None)
    if rest is None or is_op(rest, RECORDS.ones):
        return c * count
    pair = rest.args if is_op(rest, RECORDS.outer) else ()
    if pair and is_op(pair[axis], RECORDS.ones):
        return scaled(c * count, pair[1 - axis])
    if pair and is_op(pair[1 - axis], RECORDS.ones):
        return c * RECORDS.sum(pair[axis])
    if len(shape_of(rest)) == 1:
        return c * RECORDS.sum(rest) if axis == 1 else scaled(c * count, rest)
    if is_op(rest, RECORDS.stretch) and isinstance(rest, Apply) and rest.params["axes"] == (0,) and shape_of(rest)[1] == 1:
        return scaled(c * count, rest.args[0]) if axis == 1 else c * RECORDS.sum(rest.args[0])
    return None


def _alike_in_layers(t: Expr, axis: int, count: Expr) -> Expr | None:
    """The same of a term with three axes that is a matrix along two of them."""
    c, rest = split(t) if is_array(t) else (t, None)
    if rest is None:
        return c * count
    if len(shape_of(rest)) == 2:
        return scaled(c * count, rest) if axis == 0 else scaled(c, RECORDS.sum(rest, axis=0))
    if isinstance(rest, Apply) and rest.op is RECORDS.stretch and rest.params["axes"] == (0, 2) and axis == 1 and (
            shape_of(rest)[1] == 1 and len(shape_of(rest.args[0])) == 2):
        return scaled(c * count, rest.args[0])
    return None


def _raised(number: Expr, base: Expr) -> Expr:
    """The number times a base, exponents of the base added up."""
    powers = [f for f in Mul.make_args(number) if f.as_base_exp()[0] == base]
    e = Add(1, *(f.as_base_exp()[1] for f in powers))
    return Mul(*(f for f in Mul.make_args(number) if f not in powers), base**e)


@shorter("sums of the rows of a product", RECORDS.sum, more=0)
def product_summed(expr: Apply, about: About) -> Expr | None:
    """A (B 1) for (A B) 1, and Bᵀ(Aᵀ1) for the sums of the columns: no product of matrices is formed."""
    number, x = split(expr.args[0])
    axis = expr.params.get("axis")
    if set(expr.params) != {"axis"} or axis not in (0, 1) or not is_op(x, RECORDS.matmul) or len(shape_of(x)) != 2:
        return None
    chain = flat_product(x) if axis == 1 else [transpose(f) for f in reversed(flat_product(x))]
    *front, last = chain
    turned = is_op(last, RECORDS.transpose)
    summed = RECORDS.sum(last.args[0] if turned else last, axis=0 if turned else 1)
    return scaled(number, matmul(*front, summed))


@array_rule("rows of a product weighed", RECORDS.sum.name)
def rows_weighed(expr: Apply, about: About) -> Expr | None:
    """Σ_j A_ij (B Cᵀ)_ij = Σ_k (A C)_ik B_ik, the diagonal of A C Bᵀ: the cheapest, or that which comes first in order."""
    number, product = split(expr.args[0])
    axis = expr.params.get("axis")
    if set(expr.params) != {"axis"} or axis not in (0, 1) or not is_op(product, RECORDS.mul) or [
            len(shape_of(f)) for f in product.args] != [2, 2]:
        return None
    a, b = sorted(product.args, key=lambda f: len(flat_product(f)))
    if len(flat_product(a)) > 1 or not 2 <= len(flat_product(b)) <= 3 or any(
            is_op(f, RECORDS.diag) for f in flat_product(b)):
        return None
    chain = flat_product(matmul(a, transpose(b)) if axis == 1 else matmul(transpose(a), b))
    pairs = ((matmul(*chain[:k]), transpose(matmul(*chain[k:]))) for k in range(1, len(chain)))
    best = least((expr, *(scaled(number, RECORDS.sum(hadamard(pair), axis=1)) for pair in pairs)), _marks)
    return None if best == expr else best


ONE_FORM = (labelled, sign_in_front, step_and_number, cancelled, other_way, over_one_less, column_and_row,
            product_summed, rows_weighed,
            sign_through, mean_in_bracket, chosen, running_sums_together, centred, mean_of_product, vectors_into_sum,
            weighed_entries, number_into_bracket,
            transposed_terms, with_identity, meets_its_norm, even_norm, apart, _saving(equal_factors, 0),
            _saving(squares, 0), _saving(number_out, 0), _saving(ones_among), _saving(weighed_terms),
            *map(_saving, (*EXPONENTIALS, hyperbolic, quotients, logistic, mean, variance, norm)))
