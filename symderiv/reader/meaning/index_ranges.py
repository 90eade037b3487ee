"""The range of an index letter that is not declared, from the axes it is used on."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sympy import Expr, ceiling, expand, floor

from ...arrays.symbols import Index
from ..syntax import tree as t

# (size, first position, the entry that was read)
Use = tuple[Expr, int, t.Tree]
Axes = Callable[[t.Subscripted], list[tuple[Expr, int]] | None]


def uses(letter: str, tree: t.Tree, axes: Axes) -> Iterator[Use]:
    """Where a letter alone is an index position; sums that bind it again are left out."""
    stack = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, t.Big) and any(b.letter == letter for b in node.binders):
            for b in node.binders:
                stack.extend(x for x in (b.low, b.high) if x is not None)
            continue
        if isinstance(node, t.Subscripted) and any(_is(letter, p) for p in node.positions):
            found = axes(node)
            if found is not None:
                for position, (size, first) in zip(node.positions, found, strict=False):
                    if _is(letter, position):
                        yield size, first, node
        if isinstance(node, t.Member) and _is(letter, node.argument):
            found = axes(t.Subscripted(t.Name(node.family, 1, span=node.span), (node.argument,), span=node.span))
            if found:
                yield *found[0], node
        stack.extend(reversed(node.children()))


def _is(letter: str, tree: t.Tree) -> bool:
    if isinstance(tree, t.Relation) and tree.sides[0] is not None:
        return _is(letter, tree.sides[0])
    return isinstance(tree, t.Letter) and tree.name == letter


def partners(letter: str, tree: t.Tree) -> Iterator[str]:
    """Letters and labels that a letter is compared with, in deltas and conditions."""
    for node in t.walk(tree):
        pairs: list[tuple[t.Tree | None, t.Tree | None]] = []
        if isinstance(node, t.DeltaSign):
            pairs.append((node.left, node.right))
        elif isinstance(node, t.Relation):
            pairs.extend(zip(node.sides, node.sides[1:], strict=False))
        for a, b in pairs:
            if isinstance(a, t.Letter | t.Name) and isinstance(b, t.Letter | t.Name):
                if a.name == letter != b.name:
                    yield b.name
                elif b.name == letter != a.name:
                    yield a.name


def fits(position: Expr, letter: Index, size: Expr, start: int) -> Iterator[tuple[Expr, Expr]]:
    """(first, last) value of a letter at which a position that grows with all its letters is still on its axis."""
    slope, rest = position.coeff(letter), expand(position - position.coeff(letter) * letter)
    others = sorted((s for s in rest.free_symbols if isinstance(s, Index)), key=str)
    if not slope.is_Integer or slope <= 0 or rest.has(letter) or any(not rest.coeff(o).is_positive for o in others):
        return
    least, most = (expand(rest.xreplace({o: getattr(o, end) for o in others})) for end in ("lo", "hi"))
    low, high = (expand(e) for e in (start - least, size + start - 1 - most))
    yield (low, high) if slope == 1 else (ceiling(low / slope), floor(high / slope))
