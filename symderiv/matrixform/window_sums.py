"""Sums over sliding windows of two arrays, recognised as convolutions along every axis at once.

Along one axis a product Σ A[a] B[b] meets where α a + β b + γ o + c = 0, o being the letter of the result.  Where
|α| = 1 that is a convolution of A with B (stride |γ|, dilation |β|), where |γ| = 1 a transposed convolution (stride
|α|, dilation |β|); a sign that does not fit flips an operand or the result.  The other letters are those of an einsum.
Source: Dumoulin and Visin, A guide to convolution arithmetic for deep learning (2016), ch. 4.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import gcd
from typing import TypeVar

from sympy import Expr

from ..arrays.arrays import Apply, order_key, subexpressions
from ..arrays.operator import operator
from ..arrays.registry import RECORDS
from ..arrays.sizes import floor_div
from ..layers.windows import SPATIAL
from ..lowering.export import export_affine
from ..terms.affine import Affine, Factor, Idx, affine, constant, size_affine
from ..terms.nodes import fresh_letter, letters_read
from ..terms.ranges import Facts, nonnegative
from .build import ONE, along, is_op
from .groups import in_groups

Letters = tuple[Idx, ...]


@dataclass(frozen=True)
class Operand:
    """An array read at affine positions."""

    array: Expr
    idx: tuple[Affine, ...]
    shape: tuple[Affine, ...]

    @property
    def free(self) -> frozenset[Idx]:
        """The letters of its positions."""
        return frozenset().union(*(p.free for p in self.idx))

    def axis(self, letters: frozenset[Idx]) -> int | None:
        """The one axis that these letters move along."""
        found = [n for n, p in enumerate(self.idx) if p.free & letters]
        return found[0] if len(found) == 1 and self.idx[found[0]].free <= letters else None


@dataclass(frozen=True)
class Meeting:
    """One axis: α a + β b + γ o + c = 0, with the sizes of both operands and the letter o."""

    alpha: Factor
    beta: Factor
    gamma: Factor
    const: Affine
    first: Affine
    second: Affine
    out: Idx
    axes: tuple[int, int]

    def swapped(self) -> Meeting:
        """The roles of the two operands exchanged."""
        return replace(self, alpha=self.beta, beta=self.alpha, first=self.second, second=self.first, axes=self.axes[::-1])


@dataclass(frozen=True)
class Motion:
    """How a kernel slides along one axis, and what has to be flipped for it."""

    stride: Factor
    dilation: Factor
    left: Affine
    right: Affine
    modes: frozenset[str]
    flips: tuple[bool, bool, bool]


Item = TypeVar("Item", Idx, Affine)


def components(groups: Iterable[frozenset[Item]]) -> list[frozenset[Item]]:
    """Letters or positions that move together, joined."""
    found: list[frozenset[Item]] = []
    for group in groups:
        touching = [f for f in found if f & group]
        found = [f for f in found if f not in touching] + [group.union(*touching)]
    return found


def close_windows(a: Operand, b: Operand, deltas: Sequence[Affine], bound: Letters, result: Letters, facts: Facts) -> (
        Expr | None):
    """Σ over the bound letters of a·b as one convolution with its axes in the order of ``result``, or None.

    ``deltas`` are affine expressions that are 0 where the product counts.  Of all readings the plainest is taken.
    """
    moving = components([p.free for x in (a, b) for p in x.idx if p.single is None] + [d.free for d in deltas])
    meetings = []
    for letters in moving:
        meeting = _meeting(a, b, letters, [d for d in deltas if d.free <= letters], bound, facts)
        if meeting is None or meeting.out not in result:
            return None
        meetings.append(meeting)
    if not meetings or len(meetings) not in SPATIAL:
        return None
    meetings.sort(key=lambda m: result.index(m.out))
    if not (_plain(a, [m.axes[0] for m in meetings]) and _plain(b, [m.axes[1] for m in meetings])):
        return None
    found = []
    readings = ((a, b, meetings), (b, a, [m.swapped() for m in meetings]))
    for signal, kernel, ways in readings:
        tiles = [_motion(m, True) for m in ways]
        if _tiles(signal, kernel, ways, [m for m in tiles if m is not None], result):
            return _kronecker(signal, kernel, ways, result)
    for signal, kernel, ways in readings:
        for name in ("conv", "conv_transpose"):
            motions = [_motion(m, name == "conv_transpose") for m in ways]
            if all(m is not None for m in motions):
                found.append(_written(name, signal, kernel, ways, [m for m in motions if m is not None], result))
    return min((f for f in found if f is not None), key=lambda f: f[0], default=(None, None))[1]


def _meeting(a: Operand, b: Operand, letters: frozenset[Idx], deltas: list[Affine], bound: Letters, facts: Facts) -> (
        Meeting | None):
    free = [i for i in letters if i not in bound]
    summed = [i for i in letters if i in bound]
    at, bt = a.axis(letters), b.axis(letters)
    if at is None or bt is None or len(free) != 1 or free[0].lo is not constant(1):
        return None
    (o,) = free
    ai, bi = a.idx[at], b.idx[bt]
    if not deltas and len(summed) == 1:
        (s,) = summed
        alpha, beta = bi.slope(s), -ai.slope(s)
        if not _coprime(alpha, beta) or not _covers(s, ai, a.shape[at], bi, b.shape[bt], facts):
            return None
        rest = ai.times(-alpha) - bi.times(beta)
        gamma, const = rest.slope(o), rest - affine(o).times(rest.slope(o))
    elif len(deltas) == 1 and len(summed) == 2 and ai.single in summed and bi.single in summed and ai is not bi:
        first, second = ai.single, bi.single
        assert isinstance(first, Idx) and isinstance(second, Idx)
        if not (_full(first, a.shape[at]) and _full(second, b.shape[bt])):
            return None
        (d,) = deltas
        alpha, beta, gamma = d.slope(first), d.slope(second), d.slope(o)
        const = d - affine(first).times(alpha) - affine(second).times(beta) - affine(o).times(gamma)
    else:
        return None
    if const.free or not all(_signed(c) for c in (alpha, beta, gamma)):
        return None
    return Meeting(alpha, beta, gamma, const, a.shape[at], b.shape[bt], o, (at, bt))


def _covers(bound: Idx, xi: Affine, size_x: Affine, ki: Affine, size_k: Affine, facts: Facts) -> bool:
    """Whether summing bound over its own range sums all terms that are not 0."""
    known = (*facts, xi - 1, size_x - xi, ki - 1, size_k - ki)
    here = affine(bound)
    return _implied(here - bound.lo, bound, known) and _implied(bound.hi - here, bound, known)


def _implied(expr: Affine, bound: Idx, known: Facts) -> bool:
    """expr >= 0 from the supports alone, the letter being free to run over all integers."""
    wide = fresh_letter(bound.name, constant(-10**9), constant(10**9), letters_read(expr, *known, bound), tag=bound.tag)
    env = {bound: affine(wide)}
    return nonnegative(expr.substitute(env), tuple(f.substitute(env) for f in known))


def _size_of(factor: Factor) -> Affine:
    """A stride or dilation as a number to count with."""
    return constant(1).times(factor)


def _slack(right: Affine, stride: Factor) -> bool:
    """Whether the last stride - 1 entries, at most, are never read: the padding is then as good as 0.

    right lies in -(stride - 1)..0 exactly when the floor in the output size rounds down to the given size.
    """
    return nonnegative(-right) and nonnegative(right + _size_of(stride) - 1)


def _coprime(a: Factor, b: Factor) -> bool:
    """Whether two factors have no common divisor; of sizes that is known where the other is ±1."""
    if isinstance(a, int) and isinstance(b, int):
        return gcd(a, b) == 1
    return a in (1, -1) or b in (1, -1)


def _signed(factor: Factor) -> bool:
    """Whether a factor is known to be positive, or known to be negative."""
    return factor != 0 and (isinstance(factor, int) or bool(factor.is_positive or factor.is_negative))


def _full(letter: Idx, size: Affine) -> bool:
    return letter.lo is constant(1) and letter.hi is size


def _plain(x: Operand, moving: list[int]) -> bool:
    """Whether all axes but the moving ones are read at distinct letters over their whole range."""
    letters = [p.single for n, p in enumerate(x.idx) if n not in moving]
    others = [s for n, s in enumerate(x.shape) if n not in moving]
    return len(set(letters)) == len(letters) and all(
        isinstance(i, Idx) and _full(i, size) for i, size in zip(letters, others, strict=True))


def _motion(m: Meeting, transposed: bool) -> Motion | None:
    """a = stride·o + dilation·b + const of a convolution, the kernel flipped for a negative dilation, the result for a
    negative stride; o = stride·a + dilation·b + const of its transpose, an operand flipped for a negative factor."""
    lone, moved = (m.gamma, m.alpha) if transposed else (m.alpha, m.gamma)
    steps, length = (m.first, m.out.hi) if transposed else (m.out.hi, m.first)
    if abs(lone) != 1:
        return None
    stride, dilation, const = -moved * lone, -m.beta * lone, m.const.times(-lone)
    turned, flipped = bool(stride < 0), bool(dilation < 0)
    if flipped:
        const, dilation = const + (m.second + 1).times(dilation), -dilation
    if turned:
        const, stride = const + (steps + 1).times(stride), -stride
    # The operator reads its signal at stride·(n - 1) + dilation·(j - 1) + 1 - left.
    left = constant(1) - const - _size_of(stride) - _size_of(dilation)
    reach = (m.second - 1).times(dilation)
    right = (steps - 1).times(stride) + reach + 1 - length - left
    modes = {mode for mode, before, after in _modes(reach) if left is before and (
        right is after if transposed else _slack(right - after, stride))}
    return Motion(stride, dilation, left, right, frozenset(modes),
                  (turned, flipped, False) if transposed else (False, flipped, turned))


def _modes(reach: Affine) -> tuple[tuple[str, Affine, Affine], ...]:
    """Zeros before and after, by the names of the modes."""
    small = size_affine(floor_div(export_affine(reach), 2).expand())
    return ("valid", constant(0), constant(0)), ("full", reach, reach), ("same", small, reach - small)


def _written(name: str, signal: Operand, kernel: Operand, meetings: list[Meeting], motions: list[Motion],
             result: Letters) -> tuple[tuple[object, ...], Expr] | None:
    """The operator applied, with a measure of how plain it is."""
    words = _spec(signal, kernel, meetings, result)
    if words is None:
        return None
    arrays = [signal.array, kernel.array]
    for n, axes in enumerate(([m.axes[0] for m in meetings], [m.axes[1] for m in meetings])):
        turned = tuple(axis for axis, motion in zip(axes, motions, strict=True) if motion.flips[n])
        if turned:
            arrays[n] = _flip(arrays[n], turned)
    options: dict[str, object] = {"spec": words}
    for key in ("stride", "dilation"):
        options[key] = tuple(getattr(m, key) for m in motions)
    modes = [mode for mode in ("valid", "full", "same") if all(mode in m.modes for m in motions)]
    if modes:
        options["mode"] = modes[0]
    elif name == "conv" or all(m.left is m.right or m.right.is_const for m in motions):
        options["padding"] = tuple((export_affine(m.left), export_affine(m.right)) for m in motions)
    else:
        options["padding"] = tuple((export_affine(m.left),) * 2 for m in motions)
        options["output_size"] = tuple(export_affine(m.out.hi) for m in meetings)
    found = operator(f"{name}{len(motions)}d")(*arrays, **options)
    found = in_groups(found) or found
    core = found
    while not (isinstance(core, Apply) and core.op.name.startswith("conv")):
        core = core.args[0]
    params = core.params
    turned = tuple(result.index(m.out) for m, motion in zip(meetings, motions, strict=True) if motion.flips[2])
    # A kernel is what is written with fewer terms: the result does not depend on how things are called.
    width = sum(len(m.second.terms) for m in meetings)
    hidden = any(m.dilation != 1 and (name != "conv" or m.flips[1]) for m in motions)
    flips = bool(turned) + any(m.flips[0] for m in motions)
    explicit = "padding" in params or "output_size" in params
    reshaped = any(is_op(part, RECORDS.reshape) for a in core.args for part in subexpressions(a))
    plainness = (reshaped, "spec" in params, hidden, explicit, flips, name != "conv" and not explicit, len(params), width,
                 len(order_key(found)), order_key(found))
    return plainness, _flip(found, turned) if turned else found


def _tiles(signal: Operand, kernel: Operand, meetings: list[Meeting], motions: list[Motion], result: Letters) -> bool:
    """Whether kernels stand side by side, one for every entry of the signal, and nothing else is summed."""
    side = len(motions) == len(meetings) and all(
        _size_of(m.stride) is meeting.second and m.dilation == 1 and m.left is m.right is constant(0) and not any(m.flips)
        for meeting, m in zip(meetings, motions, strict=True))
    moving = {(n, meeting.axes[n]) for meeting in meetings for n in (0, 1)}
    others = [p.single for n, operand in enumerate((signal, kernel)) for k, p in enumerate(operand.idx)
              if (n, k) not in moving]
    return side and len(set(others)) == len(others) and set(others) <= set(result) and not is_op(kernel.array, RECORDS.ones)


def _kronecker(signal: Operand, kernel: Operand, meetings: list[Meeting], result: Letters) -> Expr | None:
    """Such kernels as A ⊗ B; None where there are more axes than a matrix has."""
    if len(result) > 2:
        return None
    arrays = []
    for n, operand in enumerate((signal, kernel)):
        axis = {m.out: m.axes[n] for m in meetings} | {
            p.single: k for k, p in enumerate(operand.idx) if isinstance(p.single, Idx) and k not in
            [m.axes[n] for m in meetings]}
        arrays.append(along(operand.array, [axis.get(i) for i in result]))
    return RECORDS.kron(*arrays)


def _flip(a: Expr, axes: tuple[int, ...]) -> Expr:
    return RECORDS.flip(a) if len(a.shape) == 1 else RECORDS.flip(a, axis=axes)


def _spec(signal: Operand, kernel: Operand, meetings: list[Meeting], result: Letters) -> str | None:
    """Letters of an einsum: those of the meetings slide; n is summed over, c and f stay, g all three have."""
    spatial = SPATIAL[len(meetings)]
    names: dict[object, str] = {m.out: s for m, s in zip(meetings, spatial, strict=True)}
    moving = {(x, m.axes[n]): s for m, s in zip(meetings, spatial, strict=True) for n, x in enumerate("xw")}
    pools = {"summed": "nbemop", "signal": "cakrst", "kernel": "fqijuvyz", "all": "gABCD"}
    counts = dict.fromkeys(pools, 0)
    own = [[p.single for n, p in enumerate(x.idx) if (key, n) not in moving] for key, x in (("x", signal), ("w", kernel))]
    if not set(own[0]) & set(own[1]) and len(own[0]) > 1:
        pools["signal"] = "ncakrst"  # a batch, and nothing summed besides the windows
    for letter in dict.fromkeys(i for i in (*own[0], *own[1])):
        kept, both = letter in result, letter in own[0] and letter in own[1]
        kind = "all" if both and kept else "summed" if both else "signal" if letter in own[0] else "kernel"
        if counts[kind] >= len(pools[kind]):
            return None
        names[letter] = pools[kind][counts[kind]]
        counts[kind] += 1
    if any(letter not in names for letter in result):
        return None
    words = ["".join(moving.get((key, n)) or names[p.single] for n, p in enumerate(x.idx))
             for key, x in (("x", signal), ("w", kernel))]
    return f"{words[0]},{words[1]}->{''.join(names[i] for i in result)}"


@dataclass(frozen=True)
class Overlap:
    """One axis of windows that are added up: the letters of the window, of the place in it, and of the result."""

    window: Idx
    place: Idx
    out: Idx
    motion: Motion

    @property
    def tiles(self) -> bool:
        """Whether the windows lie side by side, so that the result is the array in another shape."""
        side = self.motion.left is self.motion.right is constant(0)
        return side and _size_of(self.motion.stride) is self.place.hi and self.motion.dilation == 1


def overlap(position: Affine, place: Idx, bound: Letters, facts: Facts) -> Overlap | None:
    """How windows overlap whose place is read at a position that moves with the window, or None."""
    windows = [i for i in position.free if i in bound]
    if len(windows) != 1:
        return None
    (n,) = windows
    one = Operand(ONE, (affine(n),), (n.hi,))
    meeting = _meeting(one, Operand(ONE, (position,), (place.hi,)), position.free, [], bound, facts)
    motion = None if meeting is None or n.lo is not constant(1) else _motion(meeting, True)
    if meeting is None or motion is None or any(motion.flips):
        return None
    return Overlap(n, place, meeting.out, motion)


def overlap_add(array: Expr, overlaps: Sequence[Overlap]) -> Expr:
    """The operator, for windows and places in the last axes."""
    motions = [o.motion for o in overlaps]
    return RECORDS.overlap_add(array, stride=tuple(m.stride for m in motions), dilation=tuple(m.dilation for m in motions),
                padding=tuple((export_affine(m.left),) * 2 for m in motions),
                output_size=tuple(export_affine(o.out.hi) for o in overlaps))
