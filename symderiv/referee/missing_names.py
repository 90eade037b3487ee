"""The declarations that are still missing after everything was tried, as one short list of root names."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..errors import SymderivError
from ..reader.declare.context import DeclaredNames
from ..reader.declare.function_names import canonical
from ..reader.syntax import tree as t
from .roles import LOSSES, ClassifiedText
from .spellings_used import SpelledName, scan
from .taken import ALONE, TakenNames, complete
from .text_rows import Written

_GREEK_FUNCTIONS = frozenset(["sigma", "varsigma"])
_LOSS, _BY_LETTER, _OPEN = "a loss by its letter", "a matrix by its letter", "n, m n or scalar"
_ONLY_AXES = re.compile(r"\S+: (scalar|\w( \w)?)")
_ENTROPY = frozenset(["CE", "H", "XE", "crossentropy"])


def needed(reading: ClassifiedText, rows: Iterable[int], text: Written, declared: DeclaredNames) -> tuple[str, ...]:
    """Proposals such as "sigma: sigmoid  % it is called", for the undeclared names of some rows that nothing defines.

    Shapes are those that give all lines a meaning, where there are such.
    """
    wanted = set(rows)
    parsed = [p for p in reading.rows if p.row.number in wanted and not p.row.sides]
    if not parsed:
        return ()
    spans = [span for p in reading.rows if not p.row.sides for span in (p.row.pieces or ((p.row.start, p.row.end),))]
    used = scan(reading.source, spans, reading.context)
    unknown = {n.name for p in parsed if p.line is not None for n in t.walk(p.line) if isinstance(n, t.Unknown)}
    letters = used.letters
    found = []
    for name, each in used.names.items():
        root = each.pattern.text
        spoken = any(u == root or u.startswith((f"{root}_", f"{root}^")) for u in unknown)
        if spoken and (name not in used.heads or _only_itself(name, used.names, used.heads)) and root not in letters:
            found.append(proposal(name, each, name in used.sizes))
    # A document takes them by itself; what is missing there, its lines do not say.
    fitting = {} if text.document else _fitting(text, declared, {each.partition(":")[0]: 0 for each in found
                                                                 if each.endswith(_LOSS)})
    names = [each.partition(":")[0] for each in found]
    also = [f"{name}:  % {_OPEN}" for name in fitting if name not in names and name not in used.heads]
    return tuple(f"{fitting[name]}  % as it fits the lines" if each.endswith((_BY_LETTER, _OPEN))
                 and (name := each.partition(":")[0]) in fitting else each for each in (*found, *also))


def _fitting(text: Written, declared: DeclaredNames, axes: dict[str, int]) -> dict[str, str]:
    """Declarations of arrays and numbers that the lines leave open, by the name; of some the number of axes is known."""
    taken = TakenNames()
    try:
        complete(text, declared, taken, {record.name for record in declared.all()}, axes, ALONE)
    except SymderivError:
        return {}
    return {name: each.text for name, each in taken.declarations.items() if _ONLY_AXES.fullmatch(each.text)}


def _only_itself(name: str, names: dict[str, SpelledName], heads: dict[str, int]) -> bool:
    """Whether no other name is missing, so that this one is not missing because of another."""
    return all(other in heads for other in names) and next(iter(names)) == name


def proposal(name: str, each: SpelledName, size: bool) -> str:
    """What a name may be declared as, and why."""
    letter = each.pattern.base[0]
    if size:
        return f"{name}: size  % a sum runs up to it"
    if letter in _ENTROPY and each.called:
        return f"{name}: cross_entropy  % it is called"
    if each.called and letter in _GREEK_FUNCTIONS:
        return f"{name}: {canonical('logistic')}  % it is called"
    if each.called and (each.called >= each.bare or each.primed):
        return f"{name}: function  % it is called"
    if each.arity == 2:
        return f"{name}: m n  % it has two indices"
    if each.arity == 1:
        return f"{name}: n  % it has an index"
    if letter in LOSSES:
        return f"{name}: scalar  % {_LOSS}"
    if letter.isupper() or (each.bold and letter[:1].isupper()):
        return f"{name}: m n  % {_BY_LETTER}"
    return f"{name}: {'n' if each.bold or each.turned else 'scalar'}  % {_OPEN}"
