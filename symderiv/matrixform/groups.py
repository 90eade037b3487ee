"""Convolutions over an axis of groups that channels were parted into, written with ``groups`` again.

The spec "ngcl,gfcl->ngfl" over reshaped arrays says what conv1d(x, w, groups=g) says of the arrays themselves.
Source: Krizhevsky, Sutskever and Hinton, ImageNet classification with deep convolutional neural networks (2012), 3.5.
"""

from __future__ import annotations

from dataclasses import dataclass

from sympy import Expr, Integer, Mul

from ..arrays.arrays import Apply
from ..arrays.operator import shape_of
from ..arrays.registry import RECORDS
from ..arrays.sizes import same_shape, same_size
from ..errors import SymderivError
from ..layers.windows import SPATIAL
from .build import is_op, reshape

UNIT = "1"
"""Stands for an axis of size 1 that was read at its one position."""


@dataclass(frozen=True)
class Parted:
    """An operand as it was before its channels were parted: letters of its axes, and the letter that followed g."""

    array: Expr
    word: str
    partner: str


def in_groups(conv: Expr) -> Expr | None:
    """The same with ``groups``, or None where the spec does not speak of groups."""
    if not isinstance(conv, Apply) or "spec" not in conv.params or "groups" in conv.params:
        return None
    operands, _, result = conv.params["spec"].partition("->")
    signal, _, kernel = operands.partition(",")
    spatial = next(letters for rank, letters in SPATIAL.items() if conv.op.name.endswith(f"{rank}d"))
    for g in result:
        if g in signal and g in kernel and g not in spatial:
            found = _grouped(conv, _parted(conv.args[0], signal, g), _parted(conv.args[1], kernel, g), result, g, spatial)
            if found is not None:
                return found
    return None


def _parted(array: Expr, word: str, g: str) -> Parted:
    """The axes g and the next one put together again, where they were made of one; axes of size 1 put back."""
    if is_op(array, RECORDS.take) and isinstance(array, Apply):
        index, inner = array.params["index"], array.args[0]
        if all(p is None or (p == 1 and n == 1) for p, n in zip(index, shape_of(inner), strict=True)):
            letters = iter(word)
            array, word = inner, "".join(UNIT if p is not None else next(letters) for p in index)
    at = word.index(g)
    if is_op(array, RECORDS.reshape) and at + 1 < len(word):
        shape, before = shape_of(array), shape_of(array.args[0])
        joined = (*shape[:at], shape[at] * shape[at + 1], *shape[at + 2:])
        if same_shape(joined, before):
            return Parted(array.args[0], word, word[at + 1])
    return Parted(array, word, "")


def _grouped(conv: Apply, signal: Parted, kernel: Parted, result: str, g: str, spatial: str) -> Expr | None:
    others = [c for c in kernel.word if c not in (g, kernel.partner, *spatial)]
    shares = [c for c in others if c in (UNIT, signal.partner) or c not in signal.word]
    names: dict[str, str] = {}
    if shares:  # the kernel holds the weights: f in groups, and a share of c
        if len(others) != 1:
            return None
        c, f = others[0], kernel.partner
        # Where neither part has a partner the operator says which of the two the signal has.
        plain = signal.partner == c if signal.partner else c == UNIT and (f != "" or "transpose" not in conv.op.name)
        role, back = ("c", "f") if plain else ("f", "c")
        if signal.partner not in (("", c) if role == "c" else ("", f)):
            return None
        partner = f if back == "f" else c.replace(UNIT, "")
        names = {c: "c"} | ({f: "f"} if f else {})
        words = [_renamed(signal, g, role), _renamed(kernel, g, "f"), _merged(result, g, partner, back)]
    else:
        c, f = signal.partner, kernel.partner
        names = ({c: "c"} if c else {}) | ({f: "f"} if f else {})
        words = [_renamed(signal, g, "c"), _renamed(kernel, g, "f"), _merged(result, g, f, "f")]
        if words[2] is not None and not c:
            at = words[2].index("F") + 1
            words[2] = words[2][:at] + "C" + words[2][at:]
    if any(word is None for word in words):
        return None
    return _written(conv, [word or "" for word in words], names, (signal.array, kernel.array),
                    shape_of(conv.args[0])[conv.params["spec"].index(g)], spatial)


def _renamed(operand: Parted, g: str, role: str) -> str | None:
    return _merged(operand.word, g, operand.partner, role)


def _merged(word: str, g: str, partner: str, role: str) -> str | None:
    """The word with g and its partner as one letter, in capitals so that it is told from those that are still there."""
    if g + partner not in word:
        return None
    return word.replace(g + partner, role.upper())


def _written(conv: Apply, words: list[str], names: dict[str, str], arrays: tuple[Expr, Expr], groups: Expr,
             spatial: str) -> Expr | None:
    """The operator on the arrays as they were; then its result parted as that of the first was."""
    kept = [c for c in dict.fromkeys("".join(words)) if c not in (*spatial, "C", "F", UNIT, *names)]
    spelled = {"C": "c", "F": "f", UNIT: "c"} | names | dict(zip(kept, "nabdeijkmopq", strict=False))
    spelled |= {s: s for s in spatial}
    spec = [("".join(spelled[c] for c in word)) for word in words]
    options = {key: value for key, value in conv.params.items() if key not in ("spec", "groups")}
    try:
        made = conv.op(*arrays, groups=groups, spec=f"{spec[0]},{spec[1]}->{spec[2]}", **options)
    except (SymderivError, KeyError):
        return None
    if "C" in words[2] and "F" in words[2]:
        index = tuple(Integer(1) if c == "C" else None for c in words[2])
        made = RECORDS.take(made, index=index)
    counts = Mul(*shape_of(made)), Mul(*shape_of(conv))
    return reshape(made, shape_of(conv)) if same_size(*counts) else None
