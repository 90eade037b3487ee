"""Constructors of closed forms: the operators a textbook writes with, lightly simplified as they are built."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import gcd
from typing import Any

from sympy import Add, Expr, Integer, Mul, Rational, S, exp

from ..arrays.arrays import Apply, order_key
from ..arrays.operator import is_array, shape_of
from ..arrays.registry import RECORDS, Operator
from ..arrays.sign import certainly_positive
from ..arrays.sizes import Shape, broadcast_shapes, same_size
from ..arrays.symmetry import is_symmetric
from ..arrays.walks import depth
from ..bounds import remembered, spend
from ..layers import structure
from ..layers.projections import without_inverse
from ..layers.shorter import is_mask
from ..layers.written_out import of_factor, of_term
from ..terms.traversals import reached

ONE = Integer(1)
FEW = 8
"""Terms of a sum from which on its rules are counted as work."""
COMPARED = 16
"""Terms with which each of a long sum is counted as compared."""


def is_op(expr: Expr, record: Operator | str) -> bool:
    """Whether an expression is the application of one operator."""
    return isinstance(expr, Apply) and (expr.op is record or expr.op.name == record)


def transpose(a: Expr) -> Expr:
    """Aᵀ; (Aᵀ)ᵀ is A, a symmetric matrix its own transpose."""
    if is_op(a, RECORDS.transpose):
        return a.args[0]
    if is_symmetric(a):
        return a
    if is_op(a, RECORDS.matmul) and all(len(x.shape) == 2 for x in a.args):
        return matmul(transpose(a.args[1]), transpose(a.args[0]))
    if is_op(a, RECORDS.add) and any(
            is_array(t) and t.shape == a.shape and is_symmetric(split_scalar(t)[1]) for t in a.args):
        return plus([transpose(t) if is_array(t) else t for t in a.args])
    if is_op(a, RECORDS.mul) and any(is_array(f) and f.shape == a.shape and is_symmetric(f) for f in a.args) and all(
            not is_array(f) or f.shape == a.shape for f in a.args):
        return hadamard([transpose(f) if is_array(f) else f for f in a.args])
    if is_op(a, RECORDS.einsum) and isinstance(a, Apply):
        return einsum_to(a, a.params["spec"].partition("->")[2][::-1])
    c, rest = split_scalar(a)
    return RECORDS.transpose(a) if c == 1 else scale(c, transpose(rest))


def transpositions(a: Expr, levels: int = 3) -> int:
    """How many signs of transposition a product or a sum has, near its top and not inside of other operators."""
    if not levels or not isinstance(a, Apply) or a.op not in (RECORDS.transpose, RECORDS.matmul, RECORDS.add):
        return 0
    return (a.op is RECORDS.transpose) + sum(transpositions(t, levels - 1) for t in a.args)


def einsum_to(a: Apply, output: str) -> Expr:
    """The same product with other axes left, letters named in the order of their appearance."""
    inputs = a.params["spec"].partition("->")[0]
    found = dict.fromkeys(c for c in output + inputs if c.isalpha())
    names = str.maketrans(dict(zip(found, "ijklmnopqrstuvwxyzabcdefgh", strict=False)))
    return RECORDS.einsum(*a.args, spec=f"{inputs}->{output}".translate(names))


def scale(c: Expr, a: Expr) -> Expr:
    """A scalar times an array; scalars already in front are collected."""
    if not is_array(a):
        return Mul(c, a)
    if c == 1:
        return a
    if numbers_chosen(a) and c.is_number:
        assert isinstance(a, Apply)
        return RECORDS.where(*a.args[:2], c * a.args[2], c * a.args[3], **a.params)
    if is_op(a, RECORDS.mul) and not is_array(a.args[0]):
        inner = a.args[1] if len(a.args) == 2 else RECORDS.mul(*a.args[1:])
        return scale(Mul(c, a.args[0]), inner)
    if is_op(a, RECORDS.add) and c == -1 and any(map(is_negative, a.args)):
        return _subtracted(a)
    if is_op(a, RECORDS.mul) and c == -1:
        turned = negated(a)
        if turned is not None:
            return turned
    return RECORDS.mul(c, a)


@remembered(4096)
def _subtracted(a: Expr) -> Expr:
    """The terms of a sum with other signs; what a deep network adds up is a sum within a sum within a sum."""
    return plus([scale(S.NegativeOne, t) if is_array(t) else -t for t in a.args])


def numbers_chosen(a: Expr) -> bool:
    """Whether an array is where(condition, 2, 1), with two numbers."""
    return is_op(a, RECORDS.where) and all(not is_array(b) and b.is_number for b in a.args[2:])


@remembered(4096)
def negated(a: Expr) -> Expr | None:
    """-a without a sign in front, where a difference among its factors can be turned round: (b - a) for -(a - b).

    A number in a difference stays positive: -(1 - p) is left as it is, and -(p - 1) is 1 - p; so does what a mean is
    taken from.
    """
    if is_op(a, RECORDS.add):
        numbers = [t for t in a.args if not is_array(t)]
        deviation = any(is_negative(t) and any(
            is_op(f, RECORDS.mean) for f in (split_scalar(t)[1] if is_array(t) else t, *t.args))
                        for t in a.args)
        if any(map(is_negative, a.args)) and all(map(is_negative, numbers)) and not deviation:
            return plus([scale(S.NegativeOne, t) if is_array(t) else -t for t in a.args])
        each = [negated(t) if is_array(t) and not is_op(t, RECORDS.add) else None for t in a.args]
        return None if None in each else plus([t for t in each if t is not None])
    rebuild: dict[Operator, Callable[..., Expr]] = {
        RECORDS.matmul: matmul, RECORDS.outer: outer, RECORDS.transpose: transpose,
        RECORDS.mul: lambda *args: hadamard(args)}
    for record, build in rebuild.items():
        if is_op(a, record):
            turned = {k: f for k, f in enumerate(map(negated, a.args)) if f is not None}
            if len(turned) != 1:
                return None  # of r r' neither one is turned
            (k, f), = turned.items()
            return build(*a.args[:k], f, *a.args[k + 1:])
    return None


def split_scalar(a: Expr) -> tuple[Expr, Expr]:
    """(scalar, array) with a = scalar * array."""
    if is_op(a, RECORDS.mul) and not is_array(a.args[0]):
        return a.args[0], a.args[1] if len(a.args) == 2 else RECORDS.mul(*a.args[1:])
    return S.One, a


def hadamard(factors: Sequence[Expr]) -> Expr:
    """Entrywise product; scalars are collected in front, equal factors become a power."""
    scalar: Expr = S.One
    powers: dict[Expr, Expr] = {}
    for f in factors:
        c, rest = split_scalar(f) if is_array(f) else (f, None)
        scalar = Mul(scalar, c)
        if rest is None:
            continue
        for base, e in entry_factors(rest):
            powers[base] = powers.get(base, S.Zero) + e
    powers = {b: S.One if e.is_positive and is_mask(b) else e for b, e in powers.items()}
    powers = {b: e for b, e in powers.items() if not _says_again(b, powers)}
    chosen = next((b for b, e in powers.items() if e == 1 and numbers_chosen(b)), None)
    if chosen is not None and scalar.is_number and scalar != 1:
        powers = {scale(scalar, b) if b is chosen else b: e for b, e in powers.items()}
        scalar = S.One
    arrays = stretched_together([(b, e) for b, e in powers.items() if e != 0])
    if not arrays:
        shape = next(f.shape for f in factors if is_array(f))
        return scale(scalar, ones(shape))
    arrays.sort(key=of_factor)
    return scale(scalar, arrays[0] if len(arrays) == 1 else RECORDS.mul(*arrays))


def _says_again(b: Expr, powers: Mapping[Expr, Expr]) -> bool:
    """Whether b is 1 - [u > 0] or [-u > 0] beside a positive power of min(u, 0), which is 0 where b is."""
    found = step(b) if is_op(b, RECORDS.add) or is_op(b, RECORDS.heaviside) else None
    below = None if found is None else scale(S.NegativeOne, found[0]) if found[1] else found[0]
    return below is not None and any(
        is_op(other, RECORDS.minimum) and set(other.args) == {below, S.Zero} and e.is_positive
        for other, e in powers.items())


def entry_factors(a: Expr) -> list[tuple[Expr, Expr]]:
    """The entrywise factors of an array, (base, exponent) each; those of an array with new axes, with these axes."""
    found: list[tuple[Expr, Expr]] = []
    for g in a.args if is_op(a, RECORDS.mul) else (a,):
        base, e = (g.args[0], g.args[1]) if is_op(g, RECORDS.pow) and not is_array(g.args[1]) else (g, S.One)
        inner = entry_factors(base.args[0]) if is_op(base, RECORDS.stretch) and is_array(base.args[0]) else []
        if inner and all(shape_of(b) == base.args[0].shape for b, _ in inner):
            found += [(RECORDS.stretch(b, **base.params), d * e) for b, d in inner]
        else:
            found.append((base, e))
    return found


def stretched_together(powers: Sequence[tuple[Expr, Expr]]) -> list[Expr]:
    """The powers as arrays; those with the same new axes are multiplied before they get them."""
    arrays: list[Expr] = []
    frames: dict[tuple[Any, ...], dict[str, Any]] = {}
    groups: dict[tuple[Any, ...], list[Expr]] = {}
    for base, e in powers:
        if is_op(base, RECORDS.stretch) and isinstance(base, Apply):
            key = (base.params["shape"], base.params["axes"])
            frames[key] = base.params
            groups.setdefault(key, []).append(base.args[0] if e == 1 else RECORDS.pow(base.args[0], e))
        else:
            arrays.append(base if e == 1 else RECORDS.pow(base, e))
    return arrays + [RECORDS.stretch(hadamard(own), **frames[key]) for key, own in groups.items()]


def lifted(array: Expr, places: Sequence[int], rank: int) -> Expr:
    """An array whose axes stand, in order, at ``places`` among ``rank``, so that it broadcasts as NumPy has it.

    Axes are aligned from the right; one that it lacks in between has size 1, which a sum or mean keeps by itself.
    """
    if not places or list(places) == list(range(places[0], rank)):
        return array
    factor, rest = split_scalar(array)
    first = places[0]
    shape = [ONE] * (rank - first)
    for place, size in zip(places, rest.shape, strict=True):
        shape[place - first] = size
    parts: list[Expr] = []
    factors = entry_factors(rest)
    if any(base.shape != rest.shape for base, _ in factors):
        factors = [(rest, S.One)]
    for base, e in factors:
        kept = base
        if isinstance(base, Apply) and base.op.reduces and base.params.get("axis") is not None \
                and not base.params.get("keepdims"):
            (x,), axis = base.args, base.params.get("axis")
            gone = axis if isinstance(axis, tuple) else (axis,)
            if len(x.shape) == rank and [n for n in range(rank) if n not in gone] == list(places):
                kept = base.op(x, **base.params | {"keepdims": True})
        if kept is base:
            kept = RECORDS.stretch(base, shape=tuple(shape), axes=tuple(p - first for p in places))
        parts.append(kept if e == 1 else RECORDS.pow(kept, e))
    return scale(factor, hadamard(parts))


def without_axes(a: Expr, axes: Sequence[int]) -> Expr | None:
    """The array as it was before these axes of size 1 were put in, or kept by a reduction; None where they were not."""
    if is_op(a, RECORDS.stretch) and isinstance(a, Apply):
        new = [n for n in range(len(a.shape)) if n not in a.params["axes"]]
        (x,) = a.args
        return x if new == list(axes) and all(a.shape[n] == 1 for n in new) and x.shape == tuple(
            a.shape[n] for n in a.params["axes"]) else None
    if isinstance(a, Apply) and a.op.reduces and a.params.get("keepdims"):
        axis = a.params.get("axis")
        gone = list(axis) if isinstance(axis, tuple) else [axis]
        left = {key: value for key, value in a.params.items() if key != "keepdims"}
        return a.op(*a.args, **left) if gone == list(axes) else None
    if is_op(a, RECORDS.pow) and not is_array(a.args[1]):
        base = without_axes(a.args[0], axes)
        return None if base is None else RECORDS.pow(base, a.args[1])
    return None


def broadcasts(a: Expr) -> bool:
    """Whether a sum, product or power has operands with fewer axes than itself, numbers apart."""
    rest = split_scalar(a)[1] if is_array(a) else a
    return any(is_op(rest, record) for record in (RECORDS.add, RECORDS.mul, RECORDS.pow)) and any(
        is_array(t) and t.shape != rest.shape for t in rest.args)


def entrywise(a: Expr) -> Expr:
    """A matrix whose rows and columns are scaled by Diag, with the scales broadcast instead."""
    factor, rest = split_scalar(a)
    chain = _factors(rest)
    rows: list[Expr] = []
    columns: list[Expr] = []
    while len(chain) > 1 and is_op(chain[0], RECORDS.diag) and len(chain[0].args[0].shape) == 1:
        rows.append(chain.pop(0).args[0])
    while len(chain) > 1 and is_op(chain[-1], RECORDS.diag) and len(chain[-1].args[0].shape) == 1:
        columns.append(chain.pop().args[0])
    if not rows and not columns:
        return a
    factor, vectors = means(factor, [base for v in rows for base, _ in entry_factors(v)], True)
    powers = [e for v in rows for _, e in entry_factors(v)]
    rows = [v if e == 1 else RECORDS.pow(v, e) for v, e in zip(vectors, powers, strict=True)]
    return scale(factor, hadamard([*(lifted(v, (0,), 2) for v in rows), *columns, matmul(*chain)]))


def _factors(a: Expr) -> list[Expr]:
    """The matrices of a product of matrices."""
    if is_op(a, RECORDS.matmul) and all(len(x.shape) == 2 for x in a.args):
        return [f for x in a.args for f in _factors(x)]
    return [a]


def means(scalar: Expr, arrays: Sequence[Expr], among: bool = False) -> tuple[Expr, list[Expr]]:
    """A sum over axes of N entries divided by N is a mean; so is Σ_k A_ik v_k / N ``among`` terms that broadcast."""
    kept = []
    for a in arrays:
        if is_op(a, RECORDS.matmul) and (among or all(len(v.shape) == 1 for v in a.args)) and a.args[0] != a.args[1] \
                and len(a.args[1].shape) == 1 and _divided_by(scalar, a.args[1].shape):
            product = hadamard(a.args)
            scalar, a = scalar * a.args[1].shape[0], RECORDS.mean(product, axis=len(product.shape) - 1)
        if is_op(a, RECORDS.sum) and isinstance(a, Apply) and not a.params.get("keepdims"):
            sizes = _reduced_sizes(a)
            if Mul(*sizes) != 1 and _divided_by(scalar, sizes):
                scalar, a = scalar * Mul(*sizes), RECORDS.mean(*a.args, axis=a.params.get("axis"))
        kept.append(a)
    return scalar, kept


def _divided_by(scalar: Expr, sizes: Sequence[Expr]) -> bool:
    """Whether a number has the product of the sizes in its denominator."""
    number, powers = scalar.as_coeff_Mul()[0], scalar.as_powers_dict()
    size, symbols = Mul(*sizes).as_coeff_Mul()
    if symbols == 1 and size != 1 and number.is_Integer:
        return False  # a sum of three is no multiple of their mean
    return bool((number * size).is_Integer or size == 1) and all(
        powers.get(base, S.Zero).is_number and powers.get(base, S.Zero) <= -e for base, e in symbols.as_powers_dict().items()
        if base != 1)


def reshape(a: Expr, shape: Shape) -> Expr:
    """The entries in row order in another shape; of a reshaped array, those of the first."""
    factor, rest = split_scalar(a)
    inner = rest.args[0] if is_op(rest, RECORDS.reshape) else rest
    tiled = kronecker(inner, shape)
    return scale(factor, structure.reshape(inner, *shape) if tiled is None else tiled)


def along(a: Expr, axes: Sequence[int | None]) -> Expr:
    """A vector or matrix with its axes in this order, and axes of size 1 where there is None."""
    kept = [n for n in axes if n is not None]
    turned = transpose(a) if kept == [1, 0] else a
    return turned if len(kept) == len(axes) else RECORDS.stretch(
        turned, shape=tuple(ONE if n is None else a.shape[n] for n in axes),
        axes=tuple(k for k, n in enumerate(axes) if n is not None))


def kronecker(a: Expr, shape: Shape) -> Expr | None:
    """A ⊗ B for the products of all entries of A and B whose axes are then joined, one of A before one of B."""
    if is_op(a, RECORDS.outer):
        words, output = ["i", "j"], "ij"
    elif is_op(a, RECORDS.einsum) and isinstance(a, Apply) and len(a.args) == 2:
        inputs, _, output = a.params["spec"].partition("->")
        words = inputs.split(",")
    else:
        return None
    if len(shape) > 2 or sorted("".join(words)) != sorted(output) or any(len(x.shape) > 2 for x in a.args):
        return None
    sizes = {c: n for word, x in zip(words, a.args, strict=True) for c, n in zip(word, x.shape, strict=True)}
    letters, groups = list(output), []
    for size in shape:
        group = [letters.pop(0)] if letters else []
        if group and letters and not same_size(sizes[group[0]], size):
            group.append(letters.pop(0))
        if not same_size(Mul(*(sizes[c] for c in group)), size):
            return None
        groups.append(group)
    leads = {n for group in groups if len(group) == 2 for n in (0, 1) if group[0] in words[n]}
    if letters or len(leads) != 1:
        return None
    (first,) = leads
    order = (first, 1 - first)
    if any(group[1] in words[first] for group in groups if len(group) == 2):
        return None
    return RECORDS.kron(*(along(a.args[n], [next((words[n].index(c) for c in group if c in words[n]), None)
                                            for group in groups]) for n in order))


def ones(shape: Shape) -> Expr:
    """An array of ones."""
    return RECORDS.ones(shape=tuple(shape))


@dataclass(frozen=True)
class SumRule:
    """A named shortening of a sum: from its terms to the shorter form, or None.  ``numbers`` may stand among the terms."""

    name: str
    apply: Callable[[Sequence[Expr]], Expr | None]
    numbers: bool = False


def plus(terms: Sequence[Expr]) -> Expr:
    """A sum of arrays of one shape, and scalars that broadcast: like terms collected, then the first rule that applies.

    Positive terms stand first.
    """
    whole = _read_by_others(terms)
    flat = [f for t in terms for f in (t.args if is_op(t, RECORDS.add) and t not in whole else (t,))]
    if len({t.shape for t in flat if is_array(t)}) > 1:
        flat = [entrywise(t) if is_array(t) else t for t in flat]
    if not any(map(is_array, flat)):
        return Add(*flat)
    parts, scalar = collected(flat)
    if not parts:
        return RECORDS.zeros(shape=tuple(next(t.shape for t in flat if is_array(t))))
    if len(parts) == 1:
        return parts[0]
    if len(parts) > FEW:
        # The rules look at every term, factor by factor, beside one or a few of the others.
        spend(min(len(parts), COMPARED) * sum(1 + len(split_scalar(p)[0].args) for p in parts) // 2)
    for rule in SUM_RULES:
        found = rule.apply(parts) if rule.numbers or scalar == 0 else None
        if found is not None:
            return found
    parts.sort(key=of_term)
    return RECORDS.add(*parts)


def _read_by_others(terms: Sequence[Expr]) -> set[Expr]:
    """Sums that other terms are made of, as g is in g + Wᵀ(h ⊙ g): they stay whole, so that what a deep network passes
    on does not grow with every layer.  Not those of which a term is taken off or added beside them."""
    found: set[Expr] = set()
    for s in terms:
        if is_op(s, RECORDS.add) and any(t is not s and _reads(t, s) for t in terms):
            own = {split_scalar(t)[1] for t in s.args}
            beside = (f for t in terms if t is not s for f in (t.args if is_op(t, RECORDS.add) else (t,)))
            if not any(split_scalar(f)[1] in own for f in beside):
                found.add(s)
    return found


def _reads(a: Expr, part: Expr) -> bool:
    """Whether an expression is made of another one; what is not deeper than that is not looked into."""
    least = depth(part)
    return any(node is part for node in reached([a], lambda node: node.args if depth(node) > least else ()))


def collected(flat: Sequence[Expr]) -> tuple[list[Expr], Expr]:
    """(terms, the number among them): equal arrays once, and ones beside an array as a number."""
    scalar = Add(*(t for t in flat if not is_array(t)))
    coefficients: dict[Expr, Expr] = {}
    for t in filter(is_array, flat):
        c, rest = split_scalar(t)
        if is_op(rest, RECORDS.matmul) and len(rest.shape) == 1 and len(rest.args[0].shape) == 1:
            rest = matmul(*column(rest.args))  # x A and Aᵀ x are one term
        coefficients[rest] = coefficients.get(rest, S.Zero) + c
    coefficients = {rest: c for rest, c in coefficients.items() if c != 0}
    for rest in [r for r in coefficients if is_op(r, RECORDS.ones)]:
        if any(other.shape == rest.shape and not is_op(other, RECORDS.ones) for other in coefficients):
            scalar += coefficients.pop(rest)  # a number beside an array is added to every entry
    parts = [scale(c, rest) for rest, c in coefficients.items()]
    return [*parts, scalar] if scalar != 0 else parts, scalar


def totals_for_means(terms: Sequence[Expr]) -> Expr | None:
    """a/n - mean b = (a - Σ b)/n, where all other terms are divided by the count."""
    apart = [split_scalar(t) for t in terms]
    means_of = [next((f for f in (rest.args if is_op(rest, RECORDS.mul) else (rest,)) if is_op(f, RECORDS.mean)), None)
                for _, rest in apart]
    for sizes in dict.fromkeys(_reduced_sizes(m) for m in means_of if m is not None):
        turned = [m is not None and _reduced_sizes(m) == sizes and not _divided_by(c, sizes)
                  for m, (c, _) in zip(means_of, apart, strict=True)]
        if any(turned) and not all(turned) and all(
                now or _divided_by(c, sizes) for now, (c, _) in zip(turned, apart, strict=True)):
            return plus([_with_total(m, c / Mul(*sizes), rest) if now and m is not None else t
                         for t, m, now, (c, rest) in zip(terms, means_of, turned, apart, strict=True)])
    return None


def _with_total(mean: Expr, number: Expr, rest: Expr) -> Expr:
    """number rest, in which the sum stands for the mean."""
    total = RECORDS.sum(*mean.args, **mean.params) if isinstance(mean, Apply) else mean
    return scale(number, hadamard([total if f is mean else f for f in (rest.args if rest is not mean else (mean,))]))


def _reduced_sizes(a: Expr) -> tuple[Expr, ...]:
    """The sizes of the axes over which a sum or a mean is taken."""
    (x,), axis = a.args, a.params.get("axis") if isinstance(a, Apply) else None
    return tuple(x.shape[n] for n in (range(len(x.shape)) if axis is None else axis if isinstance(axis, tuple) else (axis,)))


def number_in_front(parts: Sequence[Expr]) -> Expr | None:
    """c (a + b) for c a + c b, c being a product of numbers and named scalars."""
    content = common_scalar(parts)
    return None if content == 1 else scale(content, plus([divided(p, content) for p in parts]))


def common_diagonal(parts: Sequence[Expr]) -> Expr | None:
    """Diag(s) (Diag(u) V + W) for Diag(s ⊙ u) V + Diag(s) W."""
    split = [split_scalar(p) for p in parts]
    chains = [_factors(rest) for _, rest in split]
    if not all(len(chain) > 1 and is_op(chain[0], RECORDS.diag) and len(chain[0].args[0].shape) == 1 for chain in chains):
        return None
    rows = [entry_powers(chain[0].args[0]) for chain in chains]
    shared = [b for b, e in rows[0].items() if e == 1 and all(own.get(b) == 1 for own in rows)]
    if not shared:
        return None
    rests = []
    for (c, _), chain, own in zip(split, chains, rows, strict=True):
        left = [RECORDS.pow(b, e) if e != 1 else b for b, e in own.items() if b not in shared]
        rests.append(scale(c, matmul(*([diag(hadamard(left))] if left else []), *chain[1:])))
    return matmul(diag(hadamard(shared)), plus(rests))


def scaled_entries(parts: Sequence[Expr]) -> Expr | None:
    """Common entrywise factors, where rows and columns that Diag scales are broadcast instead."""
    scaled = [entrywise(p) for p in parts]
    return common_entries(scaled) if scaled != list(parts) else None


def clipped(parts: Sequence[Expr]) -> Expr | None:
    """clip(x, lo, hi) for x + relu(lo - x) - relu(x - hi), where lo <= hi for certain."""
    relus = [p for p in parts if is_op(split_scalar(p)[1], RECORDS.relu)]
    if len(relus) != 2 or len(parts) < 3:
        return None
    low, high = sorted(relus, key=is_negative)
    (c, below), (d, above) = ((s, r.args[0]) for s, r in map(split_scalar, (low, high)))
    if c + d != 0 or not (is_array(below) and is_array(above)):
        return None
    x = scale(1 / c, plus([p for p in parts if p not in relus]))
    lo, hi = (plus([*spread_out(e, s), *spread_out(x, t)]) for e, s, t in ((below, 1, 1), (above, -1, 1)))
    lo, hi = (S.Zero if is_op(e, RECORDS.zeros) else e for e in (lo, hi))
    if is_array(lo) or is_array(hi) or not certainly_positive(hi - lo):
        return None
    return scale(c, RECORDS.clip(x, lo, hi))


def choice(parts: Sequence[Expr]) -> Expr | None:
    """where(u > 0, a, b) for a ⊙ [u > 0] + b ⊙ (1 - [u > 0]), and for b + (a - b) [u > 0] with numbers a and b."""
    split = [(c, entry_factors(rest)) for c, rest in (split_scalar(p) if is_array(p) else (p, S.One) for p in parts)]
    for u, _ in filter(None, (step(b) for _, factors in split for b, _ in factors if is_array(b))):
        branches: dict[bool, list[Expr]] = {True: [], False: []}
        for c, factors in split:
            found = [(n, own[1]) for n, own in enumerate(step(b) for b, _ in factors) if own is not None and own[0] == u]
            if len(found) == 1:
                (at, positive), = found
                left = [b if e == 1 else RECORDS.pow(b, e) for n, (b, e) in enumerate(factors) if n != at]
                branches[positive].append(scale(c, on_branch(hadamard(left), u, positive)) if left else c)
            elif len(split) == 2 and factors == [(S.One, S.One)]:
                branches[True].append(c)
                branches[False].append(c)
            else:
                break
        else:
            if branches[True] and branches[False]:
                a, b = (plus(terms) for terms in (branches[True], branches[False]))
                made = compared(u, a, b) if S.Zero not in (a, b) else None
                if made is not None and made.shape == broadcast_shapes([p.shape for p in parts if is_array(p)]):
                    return made
    return None


def step(f: Expr) -> tuple[Expr, bool] | None:
    """(u, True) for [u > 0] and (u, False) for 1 - [u > 0]; None for what is neither."""
    if is_op(f, RECORDS.heaviside):
        return f.args[0], True
    if is_op(f, RECORDS.add) and len(f.args) == 2 and S.One in f.args:
        c, rest = split_scalar(f.args[0] if f.args[1] == 1 else f.args[1])
        if c == -1 and is_op(rest, RECORDS.heaviside):
            return rest.args[0], False
    return None


def on_branch(a: Expr, u: Expr, positive: bool) -> Expr:
    """An array where u > 0, or where not: there relu(u) is u or 0."""
    if not is_array(a) or not isinstance(a, Apply):
        return a
    if a.args == (u,) and a.op in (RECORDS.relu, RECORDS.heaviside):
        return S.Zero if not positive else u if RECORDS.relu.of(a) else S.One
    if is_op(a, RECORDS.add):
        return plus([on_branch(t, u, positive) for t in a.args])
    if is_op(a, RECORDS.mul):
        factors = [on_branch(t, u, positive) for t in a.args]
        return hadamard(factors) if any(map(is_array, factors)) else Mul(*factors)
    if a.op.scalar is not None and len(a.args) == 1:
        inner = on_branch(a.args[0], u, positive)
        return a.op(inner) if is_array(inner) else a
    return a


def compared(u: Expr, a: Expr, b: Expr) -> Expr:
    """where(u > 0, a, b); of a difference, its two sides are compared."""
    sides = u.args if is_op(u, RECORDS.add) and len(u.args) == 2 else ()
    left = next((t for t in sides if not is_negative(t)), u)
    right = next((scale(S.NegativeOne, t) for t in sides if t is not left), S.Zero) if left is not u else S.Zero
    if not is_array(left):
        return RECORDS.where(right, left, a, b, relation="<")
    return RECORDS.where(left, right, a, b, relation=">")


def spread_out(a: Expr, c: Expr | int = 1) -> list[Expr]:
    """The terms of c times a sum, brackets opened."""
    own, rest = split_scalar(a) if is_array(a) else (a, S.One)
    if is_op(rest, RECORDS.add):
        return [t for term in rest.args for t in spread_out(term, c * own)]
    return [scale(Integer(c) * own, rest)] if is_array(a) else [c * own]


def side_by_side(parts: Sequence[Expr]) -> Expr | None:
    """Blocks with zeros around them that fill one axis between them, one after the other."""
    blocks: list[tuple[Expr, Expr, Expr]] = []
    found: set[int] = set()
    for part in parts:
        c, rest = split_scalar(part) if is_array(part) else (part, part)
        if not (is_op(rest, RECORDS.pad) and isinstance(rest, Apply)):
            return None
        moved = [n for n, width in enumerate(rest.params["width"]) if width != (0, 0)]
        found.update(moved)
        if len(found) != 1:
            return None
        blocks.append((rest.params["width"][moved[0]][0], scale(c, rest.args[0]), rest.shape[moved[0]]))
    (axis,) = found
    ordered: list[Expr] = []
    start: Expr = S.Zero
    while start != blocks[0][2]:
        here = [b for b in blocks if (b[0] - start).expand() == 0]
        if len(here) != 1 or len(ordered) == len(blocks):
            return None
        ordered.append(here[0][1])
        start = (start + here[0][1].shape[axis]).expand()
    return RECORDS.concat(*ordered, axis=axis) if len(ordered) == len(blocks) else None


def common_scalar(parts: Sequence[Expr]) -> Expr:
    """The powers of named scalars, and the whole number, that all terms have in front."""
    numbers = [scalar_factors(split_scalar(p)[0] if is_array(p) else p)[0].as_coeff_Mul()[0] for p in parts]
    below = {c.q for c in numbers} if all(c.is_Rational for c in numbers) else set()
    whole = Rational(gcd(*(int(c.p) for c in numbers)), below.pop()) if len(below) == 1 else Integer(1)
    if len(parts) > 1 and all(c.is_negative for c in numbers):
        whole = -whole
    shared: dict[Expr, Expr] | None = None
    for p in parts:
        powers = scalar_powers(split_scalar(p)[0] if is_array(p) else p)
        if shared is None:
            shared = powers
        else:
            shared = {b: e if e == powers[b] else min(e, powers[b], key=abs) for b, e in shared.items()
                      if b in powers and e.is_number and powers[b].is_number and e * powers[b] > 0}
    return Mul(whole, *(b ** e for b, e in (shared or {}).items()))


def divided(part: Expr, content: Expr) -> Expr:
    """A term without the common scalar; only powers that both have are subtracted, so that nothing is divided by."""
    c, rest = split_scalar(part) if is_array(part) else (part, S.One)
    (number, powers), (shared_number, shared) = scalar_factors(c), scalar_factors(content)
    left = [b ** (e - shared.get(b, 0)) for b, e in powers.items()]
    return scale(Mul(number / shared_number, *left), rest)


def scalar_factors(c: Expr) -> tuple[Expr, dict[Expr, Expr]]:
    """The number in a product, and the powers of its named scalars; of 1 - p, 2 - 2p and p - 1, one stands for all."""
    number: Expr = S.One
    found: dict[Expr, Expr] = {}
    for f in Mul.make_args(c):
        # An exponential is one scalar; SymPy takes it for a power of e.
        b, e = (f, S.One) if isinstance(f, exp) else f.as_base_exp()
        if b.is_number:
            number = Mul(number, f)
            continue
        if isinstance(b, Add) and e.is_integer:
            content, b = b.primitive()
            sign = S.NegativeOne if b.could_extract_minus_sign() else S.One
            number, b = Mul(number, (sign * content) ** e), sign * b
        found[b] = found.get(b, S.Zero) + e
    return number, found


def scalar_powers(c: Expr) -> dict[Expr, Expr]:
    """The powers of the named scalars in a product."""
    return scalar_factors(c)[1]


def common_matrix(parts: Sequence[Expr]) -> Expr | None:
    """A (B + C) for A B + A C, and (B + C) A for B A + C A, where all terms share the first or last matrix."""
    for split, left in ((split_left, True), (split_right, False)):
        pieces = [split(split_scalar(t)[1]) for t in parts]
        first = pieces[0]
        if first is None or any(p is None or p[0] not in (first[0], opposite(first[0])) for p in pieces):
            continue
        rest = plus([scale(split_scalar(t)[0] * (1 if p[0] == first[0] else -1), p[1])
                     for t, p in zip(parts, pieces, strict=True) if p is not None])
        return matmul(first[0], rest) if left else matmul(rest, first[0])
    return None


def opposite(a: Expr) -> Expr | None:
    """b - a, or its diagonal matrix, for a - b; None for what is no difference."""
    if is_op(a, RECORDS.diag) and len(a.args[0].shape) == 1:
        inner = opposite(a.args[0])
        return None if inner is None else RECORDS.diag(inner)
    return scale(S.NegativeOne, a) if is_op(a, RECORDS.add) and any(map(is_negative, a.args)) else None


def common_entries(parts: Sequence[Expr]) -> Expr | None:
    """a ⊙ (b + c) for a ⊙ b + a ⊙ c, and p ⊙ (u - s) for p ⊙ u - s p, where all terms share entrywise factors."""
    shape = broadcast_shapes([p.shape for p in parts])
    split = [split_scalar(p) for p in parts]
    if all(is_op(rest, RECORDS.diag) for _, rest in split):
        return diag(plus([scale(c, rest.args[0]) for c, rest in split]))
    powers = [entry_powers(rest) for _, rest in split]
    shared = {b: e for b, e in powers[0].items() if all(q.get(b, 0) * e > 0 for q in powers)}
    shared = {b: min((q[b] for q in powers), key=abs) for b in shared}
    if not shared:
        return None
    rests = []
    for (c, _), own in zip(split, powers, strict=True):
        left = [RECORDS.pow(b, e - shared.get(b, 0)) if e - shared.get(b, 0) != 1 else b
                for b, e in own.items() if e != shared.get(b, 0)]
        rests.append(scale(c, hadamard(left)) if left else c)
    rest = plus(rests)
    common = hadamard([b if e == 1 else RECORDS.pow(b, e) for b, e in shared.items()])
    result = hadamard([common, rest]) if is_array(rest) else scale(rest, common)
    return result if result.shape == shape else None


def entry_powers(a: Expr) -> dict[Expr, Expr]:
    """The entrywise factors of an array, with their numeric powers."""
    found: dict[Expr, Expr] = {}
    for b, e in entry_factors(a):
        base, power = (b, e) if e.is_number else (RECORDS.pow(b, e), S.One)
        found[base] = found.get(base, S.Zero) + power
    return found


def with_common_scalar(parts: Sequence[Expr]) -> Expr | None:
    """(a - b)/s + c for a/s - b/s + c: of the named scalars that some terms share, those that most share."""
    if len(parts) < 3:
        return None
    sharing: dict[tuple[Expr, bool], list[Expr]] = {}
    for p in parts:
        for b, e in scalar_powers(split_scalar(p)[0] if is_array(p) else p).items():
            if e.is_number:
                sharing.setdefault((b, bool(e > 0)), []).append(p)
    return _by_most_shared(parts, {key: group for key, group in sharing.items()
                                   if len(group) < len(parts) and any(map(is_array, group))})


def _by_most_shared(parts: Sequence[Expr], sharing: Mapping[Any, list[Expr]]) -> Expr | None:
    """The sum with the terms together that share what most share, where these are two or more but not all.

    Of several such groups that overlap the last in order is one; all that do not are made at once.
    """
    most = max(map(len, sharing.values()), default=0)
    if most < 2 or most == len(parts):
        return None
    groups, left = [], set(parts)
    for key in sorted((key for key, group in sharing.items() if len(group) == most),
                      key=lambda key: (order_key(key[0]), key[1]), reverse=True):
        if left.issuperset(sharing[key]):
            groups.append(plus(sharing[key]))
            left.difference_update(sharing[key])
    return plus([*reversed(groups), *(p for p in parts if p in left)])


def grouped(parts: Sequence[Expr]) -> Expr | None:
    """(A + Aᵀ) x + b for A x + Aᵀ x + b: of the factors that some terms share, those that most share."""
    if len(parts) < 3 or len({p.shape for p in parts}) > 1:
        return None
    sharing: dict[tuple[Expr, bool], list[Expr]] = {}
    for p in parts:
        for split, left in ((split_left, True), (split_right, False)):
            piece = split(split_scalar(p)[1])
            if piece is not None:
                sharing.setdefault((piece[0], left), []).append(p)
    return _by_most_shared(parts, sharing)


def common_vector(parts: Sequence[Expr]) -> Expr | None:
    """(a + b) vᵀ for a vᵀ + b vᵀ, and u (a + b)ᵀ for u aᵀ + u bᵀ."""
    pairs = [ends_of_outer(split_scalar(p)[1]) for p in parts]
    for end in (1, 0):
        if all(p is not None and pairs[0] is not None and p[end] == pairs[0][end] for p in pairs):
            shared = pairs[0][end] if pairs[0] is not None else S.Zero
            rest = plus([scale(split_scalar(t)[0], p[1 - end]) for t, p in zip(parts, pairs, strict=True) if p is not None])
            return outer(rest, shared) if end else outer(shared, rest)
    return None


def ends_of_outer(a: Expr) -> tuple[Expr, Expr] | None:
    """(u, v) with a = u vᵀ, for an outer product and one with matrices before it."""
    if is_op(a, RECORDS.outer):
        return a.args[0], a.args[1]
    factors = flat_product(a)
    if len(factors) > 1 and is_op(factors[-1], RECORDS.outer) and all(len(f.shape) == 2 for f in factors):
        u, v = factors[-1].args
        return matmul(*factors[:-1], u), v
    return None


SUM_RULES = (
    SumRule("a clip", clipped, numbers=True),
    SumRule("a choice", choice, numbers=True),
    SumRule("totals for means", totals_for_means),
    SumRule("a common number", number_in_front, numbers=True),
    SumRule("a common vector", common_vector),
    SumRule("a common matrix", common_matrix),
    SumRule("blocks side by side", side_by_side, numbers=True),
    SumRule("common entries", common_entries),
    SumRule("a number that some share", with_common_scalar, numbers=True),
    SumRule("a matrix that some share", grouped),
    SumRule("a common diagonal matrix", common_diagonal),
    SumRule("common rows or columns", scaled_entries),
)
"""Shortenings of a sum, in the order in which they are tried."""


def split_left(a: Expr) -> tuple[Expr, Expr] | None:
    """(matrix, rest) with a = matrix * rest; a row vector times a matrix is read as Aᵀ times the vector."""
    if is_op(a, RECORDS.matmul) and len(a.args[0].shape) == 1 and len(a.shape) == 1:
        return transpose(a.args[1]), a.args[0]
    if is_op(a, RECORDS.matmul) and len(a.args[0].shape) == 2:
        deeper = split_left(a.args[0])
        return (deeper[0], matmul(deeper[1], a.args[1])) if deeper is not None else (a.args[0], a.args[1])
    if is_op(a, RECORDS.outer):
        inner = split_left(a.args[0])
        return None if inner is None else (inner[0], outer(inner[1], a.args[1]))
    return None


def split_right(a: Expr) -> tuple[Expr, Expr] | None:
    """(matrix or vector, rest) with a = rest * matrix; a row vector times a matrix is read as Aᵀ times the vector."""
    if is_op(a, RECORDS.matmul) and len(a.args[0].shape) == 1 and len(a.shape) == 1:
        return a.args[0], transpose(a.args[1])
    if is_op(a, RECORDS.matmul) and len(a.args[0].shape) == 2:
        deeper = split_right(a.args[1]) if len(a.args[1].shape) == 2 or is_op(a.args[1], RECORDS.matmul) else None
        return (deeper[0], matmul(a.args[0], deeper[1])) if deeper is not None else (a.args[1], a.args[0])
    if is_op(a, RECORDS.outer):
        inner = split_left(a.args[1])
        return None if inner is None else (transpose(inner[0]), outer(a.args[0], inner[1]))
    return None


def is_negative(a: Expr) -> bool:
    """Whether a term is printed with a minus sign."""
    c, _ = split_scalar(a) if is_array(a) else (a, None)
    return bool(c.could_extract_minus_sign())


def matmul(*operands: Expr) -> Expr:
    """A matrix product, scalars in front, identities dropped, adjacent products joined."""
    scalar: Expr = S.One
    chain: list[Expr] = []
    for a in operands:
        c, rest = split_scalar(a)
        scalar = Mul(scalar, c)
        if is_op(rest, RECORDS.matmul):
            # Behind a matrix, a row vector times a matrix must be read as the transpose times the column.
            chain.extend(column(rest.args) if chain and len(rest.shape) == 1 else rest.args)
        elif chain and all(is_op(f, RECORDS.diag) and len(f.shape) == 2 for f in (chain[-1], rest)):
            number, joined = split_scalar(hadamard([chain.pop().args[0], rest.args[0]]))
            scalar = Mul(scalar, number)
            chain.append(diag(joined))
        elif not is_op(rest, RECORDS.eye):
            chain.append(rest)
    chain = cancelled(chain)
    if not chain:
        return scale(scalar, RECORDS.eye(size=operands[0].shape[0]))
    result = chain[0] if len(chain) == 1 else RECORDS.matmul(*chain)
    return scale(scalar, result)


def cancelled(chain: list[Expr]) -> list[Expr]:
    """X⁻¹ for A (X A)⁻¹ and for (A X)⁻¹ A with a square A, which is invertible where the product is; Qᵀ Q = I."""
    left = without_inverse(chain)
    if left is not None:
        return cancelled(left)
    for at, f in enumerate(chain):
        beside = chain[at + 1] if at + 1 < len(chain) else None
        for q, turned in ((f, beside), (beside, f)):
            if turned is not None and is_op(turned, RECORDS.transpose) and turned.args[0] == q and (
                    "orthogonal" in getattr(q, "properties", ())):
                return cancelled([*chain[:at], *chain[at + 2:]])
        turned = is_op(f, RECORDS.transpose) and is_op(f.args[0], RECORDS.inv)
        if not (turned or is_op(f, RECORDS.inv)):
            continue
        inside = transpose(f.args[0].args[0]) if turned else f.args[0]
        factors = flat_product(inside)
        for beside, own, left in ((at - 1, factors[-1], factors[:-1]), (at + 1, factors[0], factors[1:])):
            if 0 <= beside < len(chain) and chain[beside] == own and own.shape[0] == own.shape[-1]:
                middle = [inverse_of(left, turned)] if left else []
                return cancelled([*chain[:min(at, beside)], *middle, *chain[max(at, beside) + 1:]])
    return chain


def inverse_of(factors: list[Expr], turned: bool) -> Expr:
    """The inverse of a product, written as the transpose of an inverse where ``turned``, or where that is shorter."""
    if turned or all(is_op(f, RECORDS.transpose) for f in factors):
        return transpose(RECORDS.inv(matmul(*(transpose(f) for f in reversed(factors)))))
    return RECORDS.inv(matmul(*factors))


def flat_product(a: Expr) -> list[Expr]:
    """The matrices of a product, or the one matrix."""
    return list(_matrices(a))


def _matrices(a: Expr) -> tuple[Expr, ...]:
    return _matrices_of_product(a) if is_op(a, RECORDS.matmul) else (a,)


@remembered(4_096)  # the parts of a product have been asked about before it
def _matrices_of_product(a: Expr) -> tuple[Expr, ...]:
    return _matrices(a.args[0]) + _matrices(a.args[1])


def column(factors: Sequence[Expr]) -> list[Expr]:
    """The factors of a product that is a vector, as matrices in front of one column."""
    chain: list[Expr] = [factors[0]]
    is_vector = len(factors[0].shape) == 1
    for a in factors[1:]:
        if is_vector:
            chain.insert(0, transpose(a))
        else:
            chain.append(a)
            is_vector = len(a.shape) == 1
    return chain


def outer(a: Expr, b: Expr) -> Expr:
    """a bᵀ."""
    (c, u), (d, v) = split_scalar(a), split_scalar(b)
    if is_op(u, RECORDS.add) and is_op(v, RECORDS.add) and u != v and u == scale(S.NegativeOne, v):
        return scale(-Mul(c, d), RECORDS.outer(v, v))  # (y - x)(x - y)' is -(x - y)(x - y)'
    return scale(Mul(c, d), RECORDS.outer(u, v))


def diag(v: Expr) -> Expr:
    """Diag(v)."""
    c, rest = split_scalar(v)
    if is_op(rest, RECORDS.ones):
        return scale(c, RECORDS.eye(size=rest.shape[0]))
    return scale(c, RECORDS.diag(rest))


def sum_axes(a: Expr, axis: int | None) -> Expr:
    """Sum over one axis, or all."""
    c, rest = split_scalar(a)
    if is_op(rest, RECORDS.einsum) and isinstance(rest, Apply):
        output = rest.params["spec"].partition("->")[2]
        return scale(c, einsum_to(rest, "" if axis is None else output[:axis] + output[axis + 1:]))
    if is_op(rest, RECORDS.ones) and len(rest.shape) == 1:
        return Mul(c, rest.shape[0])
    if is_op(rest, RECORDS.eye):
        return Mul(c, rest.shape[0]) if axis is None else scale(c, ones(rest.shape[:1]))
    if len(rest.shape) == 1:
        if is_op(rest, RECORDS.sum) and rest.params.get("axis") is not None:
            return scale(c, total_of(rest.args[0]))
        if is_op(rest, RECORDS.diag):
            return scale(c, RECORDS.trace(rest.args[0]))
        axis = None
    if axis is not None and is_op(rest, RECORDS.sum) and isinstance(rest, Apply) and not rest.params.get("keepdims"):
        # Of the axes that the inner sum leaves, the one that is summed now.
        (x,), before = rest.args, rest.params["axis"]
        gone = before if isinstance(before, tuple) else (before,)
        kept = [n for n in range(len(x.shape)) if n not in gone]
        return scale(c, RECORDS.sum(x, axis=tuple(sorted((*gone, kept[axis])))))
    if axis is not None and len(rest.shape) == 2:
        if is_op(rest, RECORDS.transpose):
            return scale(c, sum_axes(rest.args[0], 1 - axis))
        if is_op(rest, RECORDS.outer):
            u, v = rest.args
            return scale(Mul(c, sum_axes(u if axis == 0 else v, None)), v if axis == 0 else u)
        ends = rest.args if is_op(rest, RECORDS.matmul) and all(len(x.shape) == 2 for x in rest.args) else ()
        if ends and axis == 0 and is_op(ends[0], RECORDS.diag):
            return scale(c, matmul(transpose(ends[1]), ends[0].args[0]))
        if ends and axis == 1 and is_op(ends[-1], RECORDS.diag):
            return scale(c, matmul(ends[0], ends[-1].args[0]))
    return scale(c, RECORDS.sum(rest, axis=axis))


def total_of(a: Expr) -> Expr:
    """The sum of all entries; of A ⊙ Bᵀ it is the trace of the product AB, and of two names A ⊙ B that of AᵀB."""
    if is_op(a, RECORDS.mul) and len(a.args) == 2 and len(a.shape) == 2 and all(x.shape == a.shape for x in a.args):
        first, second = a.args
        if is_op(second, RECORDS.transpose):
            return RECORDS.trace(matmul(first, second.args[0]))
        if is_op(first, RECORDS.transpose):
            return RECORDS.trace(matmul(second, first.args[0]))
        if not (first.args or second.args):
            return RECORDS.trace(matmul(transpose(first), second))
        if is_op(first, RECORDS.matmul) or is_op(second, RECORDS.matmul):
            left, right = (second, first) if is_op(first, RECORDS.matmul) else (first, second)
            return RECORDS.trace(matmul(left, transpose(right)))
    return RECORDS.sum(a, axis=None)
