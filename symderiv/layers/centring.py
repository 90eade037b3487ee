"""What is centred in one spelling: x - mean x for (I - 11ᵀ/n) x, one mean for several, a covariance for moments.

Rules on array expressions (see ``arrays/rewriting.py``).

Source: Mardia, Kent and Bibby, Multivariate Analysis (1979), 1.4 and A.4.
"""

from __future__ import annotations

from sympy import Add, Expr, Mul, S

from ..arrays.arrays import Apply
from ..arrays.operator import is_array, shape_of
from ..arrays.registry import RECORDS
from ..arrays.rewriting import About, array_rule
from .product_parts import Reduced, powers, reduced
from .written_out import added, mean_taken_off, scaled, split


def centred(x: Expr, axis: int = 0) -> Expr:
    """x - mean x, of a vector or along an axis of a matrix."""
    if len(shape_of(x)) == 1:
        return added(x, scaled(S.NegativeOne, RECORDS.mean(x)))
    return added(x, scaled(S.NegativeOne, RECORDS.mean(x, axis=axis, keepdims=axis > 0)))


def _centring(a: Expr) -> Expr | None:
    """c for c (I - 11ᵀ/n)."""
    c, bracket = split(a)
    if not RECORDS.add.of(bracket) or len(bracket.args) != 2 or len(shape_of(bracket)) != 2:
        return None
    (d, one), (e, other) = (split(t) if is_array(t) else (t, None) for t in bracket.args)
    if RECORDS.eye.of(other):
        d, one, e, other = e, other, d, one
    constant = other is None or RECORDS.ones.of(other)
    return c * d if RECORDS.eye.of(one) and constant and (d + e * shape_of(bracket)[0]).expand() == 0 else None


@array_rule("the centring matrix takes off the mean", "matmul")
def centring_matrix(expr: Apply, about: About) -> Expr | None:
    """(I - 11ᵀ/n) x = x - mean x, and A Xᵀ (I - 11ᵀ/n) = A (X - 1 mean X)ᵀ."""
    if len(expr.args) != 2:
        return None
    left, right = expr.args
    if any(split(a)[1] in about.shared and _centring(a) is not None and len(shape_of(b)) == 2
           for a, b in ((left, right), (right, left))):
        return None  # what is centred on both sides keeps its matrix
    c = _centring(left)
    if c is not None:
        return scaled(c, right if _centring(right) is not None else centred(right))
    c = _centring(right)
    if c is None:
        return None
    if RECORDS.matmul.of(left) and all(len(shape_of(f)) == 2 for f in left.args):
        return RECORDS.matmul(left.args[0], RECORDS.matmul(left.args[1], right))
    if RECORDS.transpose.of(left):
        return scaled(c, RECORDS.transpose(centred(left.args[0])))
    return scaled(c, centred(left, axis=1))


@array_rule("what is taken off stands last", "add", silent=True)
def upright_deviations(expr: Apply, about: About) -> Expr | None:
    """-(x - mean x) for mean x - x."""
    if not any(RECORDS.mean.of(t) for t in expr.args):
        return None
    turned = added(*(scaled(-split(t)[0], split(t)[1]) if is_array(t) else -t for t in expr.args))
    return scaled(S.NegativeOne, turned) if mean_taken_off(turned) is not None else None


@array_rule("a mean in a sum", "add", silent=True)
def sum_as_mean(expr: Apply, about: About) -> Expr | None:
    """n (x - mean x) for n x - Σ x, of a vector."""
    arrays = [t for t in expr.args if is_array(t)]
    if len(arrays) != 1 or len(expr.args) != 2 or len(expr.shape) != 1:
        return None
    c, x = split(arrays[0])
    number = Add(*(t for t in expr.args if t is not arrays[0]))
    return scaled(c, centred(x)) if number == -c / expr.shape[0] * RECORDS.sum(x) else None


@array_rule("deviations on both sides", "matmul")
def both_centred(expr: Apply, about: About) -> Expr | None:
    """(X - 1 mean X)'X = (X - 1 mean X)'(X - 1 mean X)."""
    if len(expr.args) != 2:
        return None
    left, right = expr.args
    first, second = _inner(left, -1), _inner(right, 0)
    for k, (side, other) in enumerate(((first, second), (second, first))):
        turned = RECORDS.transpose.of(side)
        own = side.args[0] if turned else side
        taken = mean_taken_off(own)
        vector = len(shape_of(own)) == 1
        if taken is None or taken.axes != ((0,) if vector or turned == (k == 0) else (1,)):
            continue
        if other == (taken.x if vector or turned else RECORDS.transpose(taken.x)):
            both = own if vector or turned else RECORDS.transpose(own)
            return RECORDS.matmul(left, _with_inner(right, 0, both)) if k == 0 else RECORDS.matmul(
                _with_inner(left, -1, both), right)
    return None


def _inner(a: Expr, at: int) -> Expr:
    """The factor of a product of matrices at its left or right end."""
    return a.args[at] if RECORDS.matmul.of(a) and all(len(shape_of(f)) == 2 for f in a.args) else a


def _with_inner(a: Expr, at: int, factor: Expr) -> Expr:
    if _inner(a, at) is a:
        return factor
    return RECORDS.matmul(*a.args[:-1], factor) if at else RECORDS.matmul(factor, *a.args[1:])


@array_rule("the mean of a product", "matmul")
def centred_product(expr: Apply, about: About) -> Expr | None:
    """(X - 1 mean X) w = X w - mean X w, and (X - 1 mean X)'(v - mean v) = X'(v - mean v), of vectors w and v."""
    left, right = expr.args
    if len(shape_of(left)) != 2 or len(shape_of(right)) != 1:
        return None
    taken = mean_taken_off(left)
    if taken is not None and taken.axes == (0,):
        return centred(RECORDS.matmul(taken.x, right))
    taken = mean_taken_off(left.args[0]) if RECORDS.transpose.of(left) else None
    if taken is not None and taken.axes == (0,) and mean_taken_off(right) is not None:
        return RECORDS.matmul(RECORDS.transpose(taken.x), right)
    return None


@array_rule("covariance as a difference of moments", "Add")
def covariance_of_moments(expr: Add, about: About) -> Expr | None:
    """x'y/n - mean x mean y = (x - mean x)'(y - mean y)/n."""
    with_means = [(n, t) for n, t in enumerate(expr.args) if any(map(_mean, t.as_powers_dict()))]
    for k, product in enumerate(expr.args if with_means else ()):
        found = _moment(product)
        if found is None:
            continue
        c, x, y = found
        for n, means in with_means:
            if n != k and _of_means(means, x, y) == -c:
                rest = [t for j, t in enumerate(expr.args) if j not in (k, n)]
                whole = RECORDS.matmul(centred(x), centred(y)) if x != y else shape_of(x)[0] * RECORDS.var(x)
                return Add(*rest, c * whole)
    return None


def _moment(term: Expr) -> tuple[Expr, Expr, Expr] | None:
    """(c, x, y) for c x'y, and so for the mean of x ⊙ y."""
    for f in Mul.make_args(term):
        c = Mul(*(g for g in Mul.make_args(term) if g is not f))
        if RECORDS.matmul.of(f) and all(len(shape_of(a)) == 1 for a in f.args):
            return c, *f.args
        if RECORDS.mean.of(f) and isinstance(f, Apply) and not f.params and len(shape_of(f.args[0])) == 1:
            (x,) = f.args
            if RECORDS.mul.of(x) and len(x.args) == 2 and all(shape_of(a) == shape_of(x) for a in x.args):
                return c / shape_of(x)[0], *x.args
            if RECORDS.pow.of(x) and x.args[1] == 2:
                return c / shape_of(x)[0], x.args[0], x.args[0]
    return None


def _of_means(term: Expr, x: Expr, y: Expr) -> Expr | None:
    """c for c Σx Σy/n, said with sums or with means."""
    n = shape_of(x)[0]
    each: list[Expr] = []
    c: Expr = S.One
    for base, e in term.as_powers_dict().items():
        found = _mean(base) if e in (1, 2) else None
        if found is not None and found.x in (x, y):
            each += [found.x] * int(e)
            c *= n**-e if RECORDS.mean.of(base) else S.One
        else:
            c *= base**e
    return c * n if len(each) == 2 and sorted(each, key=str) == sorted((x, y), key=str) else None


def _mean(base: Expr) -> Reduced | None:
    """A sum or a mean of a vector."""
    found = reduced(base, "sum", "mean") if not is_array(base) else None
    return found if found is not None and len(shape_of(found.x)) == 1 else None


@array_rule("leading axes kept", "add", "mul", silent=True)
def kept_in_front(expr: Apply, about: About) -> Expr | None:
    """The means of the columns of X beside X, whether or not their axis is kept: broadcasting puts it in front."""
    if len(expr.shape) < 2:
        return None
    made = [_without_kept(a) for a in expr.args]
    if tuple(made) == expr.args or not any(shape_of(a) == expr.shape for a in made):
        return None
    return expr.op(*made)


def _without_kept(a: Expr) -> Expr:
    """A reduction along the first axes without these; so in functions and multiples of it."""
    if not isinstance(a, Apply) or shape_of(a)[:1] != (1,):
        return a
    if a.params.get("keepdims"):
        found = reduced(a, a.op.name)
        leading = found is not None and found.axes == tuple(range(len(found.axes)))
        return found.again(a.op.name, found.x, False) if found is not None and leading and (
            len(found.axes) < len(shape_of(found.x))) else a
    if any(op.of(a) for op in (RECORDS.mul, RECORDS.pow, RECORDS.add)) or a.op.scalar is not None:
        made = [_without_kept(f) for f in a.args]
        arrays = [f for f in made if is_array(f)]
        if tuple(made) != a.args and len({shape_of(f) for f in arrays}) == 1 and len(shape_of(arrays[0])) < len(a.shape):
            return a.op(*made, **a.params)
    return a


@array_rule("an axis kept", "stretch", silent=True)
def kept_axis(expr: Apply, about: About) -> Expr | None:
    """The sums of the rows with their axis kept, for the sums in a column."""
    found = reduced(expr, *_REDUCING)
    return found.again(expr.args[0].op.name, found.x, True) if found is not None and len(shape_of(found.x)) == 2 else None


_REDUCING = tuple(op.name for op in (RECORDS.sum, RECORDS.mean, RECORDS.var, RECORDS.std, RECORDS.norm, RECORDS.logsumexp))


@array_rule("rows summed with what is said of them", "sum")
def rows_inside(expr: Apply, about: About) -> Expr | None:
    """Σ_ij A_ij/‖A_i‖ for Σ_i (Σ_j A_ij)/‖A_i‖: what is said of rows stands beside their entries."""
    number, x = split(expr.args[0])
    if expr.params or not RECORDS.mul.of(x) or len(shape_of(x)) != 1:
        return None
    parts = powers(x, about.shared)
    summed = [f for f, e in parts.items() if RECORDS.sum.of(f) and e == 1]
    made = {f: _of_rows(f) for f in parts if is_array(f)}
    if len(summed) != 1 or None in made.values():
        return None
    beside = [RECORDS.pow(kept, parts[f]) for f, kept in made.items() if f not in summed and kept is not None]
    numbers = [f**e for f, e in parts.items() if not is_array(f)]
    return scaled(number, RECORDS.sum(RECORDS.mul(*numbers, summed[0].args[0], *beside)))


def _of_rows(f: Expr) -> Expr | None:
    """A reduction of the rows of a matrix, its axis kept."""
    found = reduced(f, *_REDUCING)
    plain = found is not None and found.axes == (1,) and len(shape_of(found.x)) == 2 and len(shape_of(f)) == 1
    return found.again(f.op.name, found.x, True) if plain and found is not None and isinstance(f, Apply) else None


CENTRING = (kept_axis, rows_inside, centring_matrix, sum_as_mean, upright_deviations, both_centred, centred_product,
            covariance_of_moments, kept_in_front)
