"""Names whose number is written otherwise than it was declared, where nothing else is called so.

W_1 or W^{(1)} for a declared W1 is the same name.  W for W^{(1)} or W^{(2)} is one of them: which of its family is meant
is tried occurrence by occurrence; the claim says which, by being well-typed and true.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product

from ..reader.declare.context import Declared, DeclaredNames, Definition, Pattern, Quantity, SteppedName
from ..reader.syntax import tree as t
from ..reader.syntax.tokens import SourceText
from .line_claims import Claim
from .roles import ClassifiedText

MAX_OCCURRENCES = 4
MAX_CHOICES = 16
NUMBERED = re.compile(r"([A-Za-z]{1,20})(?:_|\^\{\(|\^\{\[|)(\d{1,4})(?:[)\]](?:top|T)?\}|)'?")


@dataclass(frozen=True, eq=False)
class ShortName(Declared):
    """A name that stands for any one of its family."""

    members: tuple[Declared, ...] = ()
    unclear = "it may be any one of its family: write the number that belongs to it"

    @property
    def rank(self) -> int | None:
        return self.members[0].rank


def with_other_spellings(context: DeclaredNames, reading: ClassifiedText) -> DeclaredNames:
    """A context in which a name has the number below or above it that a text puts there; the same one if there are none."""
    nodes = [n for p in reading.rows if p.line is not None for n in t.walk(p.line)]
    known: dict[tuple[str, ...] | None, Declared] = {
        numbered(r.name): r for r in context.all()
        if isinstance(r, Quantity) or (isinstance(r, Definition) and not r.parameters)}
    known.pop(None, None)
    found: dict[str, Pattern] = {}
    # Who has a name for it means that by x_0, and no entry.
    single = [n for n in nodes if isinstance(n, t.Subscripted) and isinstance(n.base, t.Name) and len(n.positions) == 1]
    entries = (f"{n.base.name}_{n.positions[0].text}" for n in single  # type: ignore[attr-defined]
               if isinstance(n.positions[0], t.Number))
    for name in dict.fromkeys((*(n.name for n in nodes if isinstance(n, t.Unknown)), *entries)):
        same = known.get(numbered(name))
        if same is not None and same.name not in found:
            found[same.name] = _pattern(name)
    if not found:
        return context
    more = context.copy()
    names = {old: new.text for old, new in found.items()}
    spoken = {n.name for n in nodes if isinstance(n, t.Name)}
    more.constraints[:] = [replace(each, tree=_renamed(each.tree, names)) for each in more.constraints]
    for record in list(context.all()):
        made = _respelled(record, names)
        if record.name in found:
            more.remove(record)
            more.add(replace(made, pattern=found[record.name]))
            if record.name in spoken:
                also = t.Name(names[record.name], record.rank or 0)
                more.add(Definition(record.pattern, (), None, also, SourceText("")))
        elif made is not record:
            more.replace(record, made)
    return more


def numbered(name: str) -> tuple[str, ...] | None:
    """The letters and the number of a name such as W1, W_1 and W^{(1)}."""
    found = NUMBERED.fullmatch(name)
    return found.groups() if found else None


def _pattern(name: str) -> Pattern:
    """The pattern of a name that is spelled so."""
    letters, number = numbered(name) or (name, "")
    if "_" in name:
        return Pattern((letters,), ((number,),))
    opens = name[len(letters) + 2] if "^" in name else ""
    return Pattern((letters,), (), (opens, number, ")" if opens == "(" else "]")) if opens else Pattern((name,))


def _respelled(record: Declared, names: Mapping[str, str]) -> Declared:
    """A record that speaks of names as they are spelled."""
    if isinstance(record, Quantity) and any(x in names for x in record.depends):
        return replace(record, depends=tuple(names.get(x, x) for x in record.depends))
    if isinstance(record, Definition) and any(isinstance(n, t.Name) and n.name in names for n in t.walk(record.tree)):
        return replace(record, tree=_renamed(record.tree, names))
    return record


def _renamed(tree: t.Tree, names: Mapping[str, str]) -> t.Tree:
    if isinstance(tree, t.Name) and tree.name in names:
        return replace(tree, name=names[tree.name])
    return t.below(tree, lambda inner: _renamed(inner, names))


def with_short_names(context: DeclaredNames, reading: ClassifiedText) -> DeclaredNames:
    """A context with the short names of families that a text uses and nobody declares; the same one if there are none."""
    unknown = {n.name for p in reading.rows if p.line is not None for n in t.walk(p.line) if isinstance(n, t.Unknown)}
    made = []
    for record in list(context.all()):
        pattern = record.pattern
        bare = replace(pattern, subs=(), sups=(), hole=None)
        root = bare.text
        if not isinstance(record, SteppedName) or not any(u == root or u.startswith(root + "_") for u in unknown) \
                or context.by_name(root) or reading.context.by_name(root):
            continue
        members = tuple(d for d in context.starting(bare.base[0]) if isinstance(d, Quantity | Definition)
                        and replace(d.pattern, subs=(), sups=()) == bare and d.pattern != bare)
        if len(members) > 1 and len({d.rank for d in members}) == 1 and members[0].rank:
            made.append(ShortName(bare, members))
    if not made:
        return context
    more = context.copy()
    for each in made:
        more.add(each)
    return more


def chosen(claim: Claim, context: DeclaredNames) -> Iterator[tuple[Claim, str]]:
    """A claim with every short name replaced by one of its family, and in words by which."""
    short = {r.name: r for r in context.all() if isinstance(r, ShortName)}
    found = [n for side in (claim.left, claim.right) for n in t.walk(side) if isinstance(n, t.Name) and n.name in short] \
        if short else []
    if not found or len(found) > MAX_OCCURRENCES:
        return
    choices = product(*(range(len(short[n.name].members)) for n in found))
    # The same member everywhere is the likeliest.
    for picked in sorted(choices, key=lambda p: len({*p}))[:MAX_CHOICES]:
        names = [short[n.name].members[k].name for n, k in zip(found, picked, strict=True)]
        left = iter(names)

        def put(tree: t.Tree, left: Iterator[str] = left) -> t.Tree:
            if isinstance(tree, t.Name) and tree.name in short:
                return replace(tree, name=next(left))
            return t.below(tree, lambda inner: put(inner, left))

        said = dict.fromkeys(f"{n.name} is {name}" for n, name in zip(found, names, strict=True))
        yield replace(claim, left=put(claim.left), right=put(claim.right)), " and ".join(said)
