"""Names that are written without their number: W for W^{(1)} or W^{(2)} is one of them.

Which of its family is meant is tried occurrence by occurrence; the claim says which, by being well-typed and true.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

from ..reader.declare.context import Declared, DeclaredNames, Definition, Quantity, SteppedName
from ..reader.syntax import tree as t
from .line_claims import Claim
from .roles import ClassifiedText

MAX_OCCURRENCES = 4
MAX_CHOICES = 16


@dataclass(frozen=True, eq=False)
class ShortName(Declared):
    """A name that stands for any one of its family."""

    members: tuple[Declared, ...] = ()
    unclear = "it may be any one of its family: write the number that belongs to it"

    @property
    def rank(self) -> int | None:
        return self.members[0].rank


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
