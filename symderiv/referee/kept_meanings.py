"""What the parts of lines mean, kept with them: readings, lines and the changes of a wrong line have most parts in common.

What is found again is counted as if it were worked out again, so that no verdict hangs on what was read before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..bounds import EACH_SIGN_READ, spend
from ..errors import SymderivError
from ..reader.meaning.elaborator import Elaborator
from ..reader.meaning.oriented import Value
from ..reader.syntax import tree as t
from ..reader.syntax.sum_reach import last_big


@dataclass
class Meaning:
    """The value of a tree, with what finding it added to its reader.

    assigned  the letters that got a range;  lists  what was put behind each list;  steps  the terms that were written out
    work      what it costs to find it again, when what is differentiated and defined in it is known
    """

    value: Value
    assigned: dict[str, Any]
    lists: list[list[Any]]
    steps: int
    work: int


@dataclass
class KeptMeanings:
    """The meanings of one tree in one text, whose memory is ``owner``, by what they hang on."""

    owner: object = None
    found: dict[Any, Meaning] = field(default_factory=dict)

    def __reduce__(self) -> tuple[Any, ...]:
        return KeptMeanings, ()


def kept_with(tree: t.Tree, owner: object) -> dict[Any, Meaning]:
    """The meanings of a tree that are known in one text."""
    known: KeptMeanings | None = tree.__dict__.get("_meant")
    if known is None or known.owner is not owner:
        tree.__dict__["_meant"] = known = KeptMeanings(owner)
    return known.found


def stands_alone(tree: t.Tree) -> bool:
    """Whether what a tree means hangs on nothing outside it but the ranges of letters."""
    known: bool | None = tree.__dict__.get("_alone")
    if known is None:
        tree.__dict__["_alone"] = known = not _looks_around(tree) and all(map(stands_alone, tree.children()))
    return known


def _looks_around(node: t.Tree) -> bool:
    if isinstance(node, t.Factors):
        return "*" in node.joints
    if isinstance(node, t.Terms):
        return any(last_big(term) is not None for term in node.terms[:-1])
    return isinstance(node, t.Unknown | t.Differential | t.Directional) or (isinstance(node, t.Binder) and node.soft)


def differentiates(tree: t.Tree) -> bool:
    """Whether there is a derivative in a tree, whose layout and reading may matter to what stands around it."""
    known: bool | None = tree.__dict__.get("_sloped")
    if known is None:
        own = isinstance(tree, t.Derivative) or (isinstance(tree, t.Function) and tree.primes > 0)
        tree.__dict__["_sloped"] = known = own or any(map(differentiates, tree.children()))
    return known


def once(reader: Elaborator, tree: t.Tree, keys: Sequence[Any], kept: dict[Any, Meaning], lists: Sequence[list[Any]],
         find: Callable[[t.Tree], Value]) -> Value:
    """What a tree means under the first of some keys under which that is known, or else as it is found, under the last."""
    for key in keys:
        known = kept.get(key)
        if known is not None and _as_before(reader, known, lists):
            return known.value
    free, lengths, steps = len(reader.free), [len(each) for each in lists], reader.steps[0]
    value = find(tree)
    kept[keys[-1]] = Meaning(
        value, dict(list(reader.free.items())[free:]), [each[length:] for each, length in zip(lists, lengths, strict=True)],
        reader.steps[0] - steps, EACH_SIGN_READ * t.length(tree))
    return value


def _as_before(reader: Elaborator, known: Meaning, lists: Sequence[list[Any]]) -> bool:
    """Whether a tree means what it did: its letters have the same ranges.  What it adds to a reader is added then."""
    try:
        for name, index in known.assigned.items():
            if reader.range_of(name, reader.whole) != (index.lo, index.hi):
                return False
    except SymderivError:
        return False
    reader.free |= known.assigned
    for each, added in zip(lists, known.lists, strict=True):
        each.extend(added)
    reader.steps[0] += known.steps
    spend(known.work)
    return True
