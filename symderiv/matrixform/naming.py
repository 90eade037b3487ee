"""Names for what a closed form says more than once: p for a softmax, h for a hidden layer, s for a sigmoid.

A part that is read in two places, and is more than one operator long, is written once under a name; the derivation's
``where`` says what the names stand for.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from sympy import Add, Expr, Function

from ..arrays.arrays import Apply, Array, Entry, Named, define
from ..arrays.operator import Operator, is_array
from ..arrays.symbols import Index, open_letters
from ..functions import BY_CLASS, ScalarFunction
from ..terms.letters import unused
from ..terms.traversals import operands_first

COTANGENTS = ("delta", "g", "q", "s", "a")
"""What a cotangent that several derivatives share is called, the first letter that means nothing else."""


def name_shared(closed: Expr, taken: Iterable[str]) -> Expr:
    """The closed form with its shared parts under names that do not clash with those taken."""
    return name_jointly((closed,), taken)[0]


def name_jointly(roots: Sequence[Expr], taken: Iterable[str], forward: Collection[Any] | None = None,
                 written: Callable[[str], str] = str) -> tuple[Expr, ...]:
    """Closed forms with the parts under names that are shared within them or between them.

    ``forward`` are the parts of what was differentiated: what else several derivatives share is a cotangent, delta_1 the
    first one of those that the roots lead to in their order.  ``written`` makes of a name what stands for it, as h_t of h.
    """
    below = _children if forward is None else _looked_into
    order = _bottom_up(*roots, below=below)
    readers: dict[Any, int] = dict(Counter(roots))
    for node in reversed(order):
        # What is not named itself is written out wherever it is read, and its operands with it.
        times = 1 if isinstance(node, Named) or _worth_a_name(node, readers, forward) or (
            isinstance(node, Apply) and not node.op.plain) else min(999, readers[node])
        for child in below(node):
            readers[child] = readers.get(child, 0) + times
    if not any(_worth_a_name(node, readers, forward) for node in order):
        return tuple(roots)
    used = set(taken) | {node.name for node in order if isinstance(node, Named)} | {
        s.name for node in order if isinstance(node, Entry) for s in node.free_symbols if isinstance(s, Index)}
    # A letter whose steps or gates have numbers, g_t, is not numbered once more.
    stem = next((s for s in COTANGENTS if not any(re.match(rf"{s}(?![A-Za-z])", name) for name in used)), COTANGENTS[-1])
    new: dict[Any, Any] = {}
    length: dict[Any, int] = {}
    for node in order:
        children = below(node)
        rebuilt = node if all(new[c] is c for c in children) else node.func(*(new.get(a, a) for a in node.args))
        counts = isinstance(node, Apply | Function) and not (isinstance(node, Apply) and node.op.plain)
        length[node] = 0 if isinstance(node, Named) else min(999, sum(length[c] for c in children) + counts)
        alone = len(roots) == 1 and node is roots[0]
        if _worth_a_name(node, readers, forward) and not alone:
            cotangent = _is_cotangent(node, forward)
            if (readers[node] - 1) * length[node] >= 2 if cotangent else _saves_enough(node, readers[node], length[node]):
                rebuilt = define(written(_free_name(stem, used) if cotangent else _name(node, used)), rebuilt)
                length[node] = 0
        new[node] = rebuilt
    return tuple(new[root] for root in roots)


def _is_cotangent(node: Any, forward: Collection[Any] | None) -> bool:
    """Whether a part that derivatives share is none of what was differentiated, and has no customary name."""
    return forward is not None and node not in forward and not _customary(node)


def renamed(expr: Expr, names: dict[Expr, Expr]) -> Expr:
    """The expression with definitions replaced by what they are called in a derivation."""
    if not names:
        return expr
    new: dict[Any, Any] = {}
    for node in _bottom_up(expr, below=lambda n: [a for a in n.args if isinstance(a, Expr)]):
        args = tuple(new.get(a, a) for a in node.args)
        own = names.get(node, node)
        new[node] = own if args == node.args else own.func(*args)
    result: Expr = new[expr]
    return result


def _worth_a_name(node: Any, readers: dict[Any, int], forward: Collection[Any] | None = None) -> bool:
    shared = readers.get(node, 0) >= 2 and not open_letters(node)
    if shared and isinstance(node, Add) and _is_cotangent(node, forward):
        return any(isinstance(s, Array) for s in node.free_symbols)
    return shared and ((isinstance(node, Apply) and is_array(node) and not node.op.plain) or _is_unit(node))


def _record(node: Any) -> Operator | ScalarFunction | None:
    """The record of an operator, or of a function of scalars."""
    return node.op if isinstance(node, Apply) else BY_CLASS.get(type(node).__name__)


def _customary(node: Any) -> bool:
    """Whether it is what a layer applies, whose values have a customary name."""
    record = _record(node)
    return record is not None and record.unit


def _is_unit(node: Any) -> bool:
    """Whether this is the output of one unit, σ(w'x) say."""
    return isinstance(node, Function) and _customary(node)


def _saves_enough(node: Any, read: int, length: int) -> bool:
    """A layer that has a customary name takes it where that saves two operators; the rest must be long."""
    return (read - 1) * length >= (2 if _customary(node) else 6)


def _children(node: Any) -> list[Any]:
    """Operands that may hold arrays; definitions are taken as they stand, and of an entry its array."""
    if isinstance(node, Named) or not hasattr(node, "args"):
        return []
    if isinstance(node, Entry):
        return [node.base] if isinstance(node.base, Apply) else []
    return [a for a in node.args if isinstance(a, Expr) and (isinstance(a, Array) or a.args)]


def _looked_into(node: Any) -> list[Any]:
    """Operands as above, and what definitions stand for: derivatives of a network name what goes into its layers once."""
    if isinstance(node, Named):
        return [node.body]
    return [node.base] if isinstance(node, Entry) and isinstance(node.base, Named) else _children(node)


def _bottom_up(*roots: Expr, below: Callable[[Any], list[Any]] = _children) -> list[Any]:
    """Every part once, operands before what reads them, the first ones first."""
    return list(operands_first(reversed(roots), lambda node: below(node)[::-1]))


def _name(node: Any, used: set[str]) -> str:
    record = _record(node)
    stem = "u" if record is None else record.named
    if len(getattr(node, "shape", ())) == 2 and stem.upper() not in used and len(stem) == 1:
        stem = stem.upper()  # a matrix has a capital letter
    if any(re.match(rf"{stem}[_^]\{{?[a-z]", name) for name in used):
        stem = "u"  # r is not 1 - z where r_t is a gate
    if stem in used:
        return _free_name(stem, used)
    used.add(stem)
    return stem


def _free_name(stem: str, used: set[str]) -> str:
    """The first numbered name that is free; it is taken from now on."""
    name = unused(stem, used | {stem}, "_")
    used.add(name)
    return name
