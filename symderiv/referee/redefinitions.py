"""Names to which a text gives a new value, as in s := s + b: from there on they are another quantity."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from ..reader.declare.context import DeclaredNames, Definition, Pattern, Quantity
from ..reader.syntax import tree as t
from .roles import ClassifiedText, Parsed, names_read, reads, said_to_define
from .text_rows import Written


def with_redefinitions(reading: ClassifiedText, text: Written) -> None:
    """Give a name of its own to every new value of a name that is defined already, in the rows below and what they define.

    A free quantity that is updated stays what it is: what holds for all its values holds for the new one.
    """
    now: dict[str, t.Name] = {}
    for place, parsed in enumerate(reading.rows):
        if parsed.line is None:
            continue
        parts: list[t.Tree] = []
        for number, part in enumerate(parsed.line.parts):
            made = _renamed(part, now) if now else part
            parts.append(made)
            name = _redefined(reading, parsed, number, text)
            if name is None or not isinstance(part, t.Relation) or not isinstance(made, t.Relation):
                continue
            right = made.sides[1]
            assert part.sides[0] is not None and right is not None
            reading.defined[parsed.row.number, number] = name.name
            record = _definition(reading.context, name.name) or _of_free(reading.context, name.name, part, right, text)
            if record is not None:
                now[name.name] = _added(reading.context, replace(record, tree=right, source=text.source, declared=None,
                                                                 letters=_letters(part.sides[0])), name, place + 1)
                parts[-1] = replace(made, sides=(_renamed(part.sides[0], now), *made.sides[1:]))
        if now:
            reading.rows[place] = replace(parsed, line=replace(parsed.line, parts=tuple(parts)))
            _carried(reading.context, text, parsed.line.span, now)


def with_parts_named(reading: ClassifiedText, text: Written) -> None:
    """Let definitions be made of what a text differentiates by: p_i = σ(w·x_i + b) of z_i = w·x_i + b, named below."""
    by = {name for parsed in reading.rows for name in parsed.varied}
    own = [r for r in reading.context.all() if isinstance(r, Definition) and r.source is text.source]
    for part in [r for r in own if r.name in by and r.parameters is None and t.length(r.tree) > 2]:
        for whole in [r for r in own if r is not part and r in reading.context.by_name(r.name)]:
            letters = whole.letters if len(whole.letters) == len(part.letters) else part.letters
            body, name = part.tree, t.Name(part.name, len(part.letters))
            for old, new in zip(part.letters, letters, strict=True):
                body = t.exchanged(body, t.Letter(old), t.Letter(new))
            made = t.exchanged(whole.tree, body, t.Subscripted(name, tuple(map(t.Letter, letters))) if letters else name)
            others = [n for n in t.walk(made) if isinstance(n, t.Name) and n.name != part.name]
            # σ² - log σ² is no function of s = log σ² as it is written.
            if made != whole.tree and not names_read(reading.context, others) & names_read(reading.context, [part.tree]):
                reading.context.replace(whole, replace(whole, tree=made))
                reading.context.values.clear()


def with_arities(reading: ClassifiedText, text: Written) -> None:
    """Give names of their own to functions of one name and other numbers of arguments: H(p) beside H(p, q)."""
    now: dict[tuple[str, int], t.Name] = {}
    said: dict[int, tuple[str, int]] = {}
    for place, parsed in enumerate(reading.rows):
        for number, part in enumerate(parsed.line.parts if parsed.line is not None else ()):
            left, right = part.sides[:2] if isinstance(part, t.Relation) and part.signs[0] in ("=", ":=") else (None, None)
            if not isinstance(left, t.Call) or not isinstance(left.function, t.Function) or left.function.primes \
                    or not isinstance(right, t.Tree) or not all(isinstance(a, t.Name) for a in left.arguments):
                continue
            record, key = _definition_called(reading.context, left.function.name), (left.function.name, len(left.arguments))
            said[place] = key
            if record is not None and record.source is text.source and record.parameters is not None \
                    and len(record.parameters) != key[1] and key not in now:
                made = replace(record, tree=right, declared=None, letters=(),
                               parameters=tuple(a.name for a in left.arguments if isinstance(a, t.Name)))
                now[key] = _added(reading.context, made, t.Name(key[0]), place + 1)
                reading.defined[parsed.row.number, number] = key[0]
    if not now:
        return
    latest: dict[str, str] = {}
    for place, parsed in enumerate(reading.rows):
        if place in said:
            name = said[place][0]
            latest[name] = now[said[place]].name if said[place] in now else name
        if parsed.line is not None:
            parts = tuple(_renamed_calls(part, now, latest) for part in parsed.line.parts)
            reading.rows[place] = replace(parsed, line=replace(parsed.line, parts=parts))
    for each in list(reading.context.all()):
        if isinstance(each, Definition) and each.source is text.source:
            reading.context.replace(each, replace(each, tree=_renamed_calls(each.tree, now)))
    reading.context.values.clear()


def _definition_called(context: DeclaredNames, name: str) -> Definition | None:
    return next((r for r in context.by_name(name) if isinstance(r, Definition) and r.parameters), None)


def _renamed_calls(tree: t.Tree, now: dict[tuple[str, int], t.Name], latest: Mapping[str, str] | None = None) -> t.Tree:
    """A tree in which calls are of the function with as many arguments; a bare name is the ``latest`` that was defined."""
    if isinstance(tree, t.Function | t.Name):
        return replace(tree, name=(latest or {}).get(tree.name, tree.name))
    if isinstance(tree, t.Call) and isinstance(tree.function, t.Function):
        name = now.get((tree.function.name, len(tree.arguments)))
        function = tree.function if name is None else replace(tree.function, name=name.name)
        others = [_renamed_calls(child, now, latest) for child in tree.children() if child is not tree.function]
        return t.with_children(tree, [function, *others])
    return t.below(tree, lambda child: _renamed_calls(child, now, latest))


def with_totals(reading: ClassifiedText, text: Written) -> None:
    """Give a name of its own to L where L = Σ_i L_i says that it is the sum of all L_i, in that row and those below."""
    now: dict[str, t.Name] = {}
    for place, parsed in enumerate(reading.rows):
        for number, part in enumerate(parsed.line.parts if parsed.line is not None else ()):
            left, right = part.sides[:2] if isinstance(part, t.Relation) and part.signs[0] == "=" else (None, None)
            record = _definition(reading.context, left.name) if isinstance(left, t.Name) else None
            if isinstance(left, t.Name) and left.name not in now and record is not None and record.letters \
                    and record.source is text.source and right is not None and _sums_entries(right, left.name):
                reading.defined[parsed.row.number, number] = left.name
                made = replace(record, tree=right, declared=None, letters=(), parameters=None)
                now[left.name] = _added(reading.context, made, left, place + 1)
        if now and parsed.line is not None:
            parts = tuple(_renamed_whole(part, now) for part in parsed.line.parts)
            reading.rows[place] = replace(parsed, line=replace(parsed.line, parts=parts))
            _carried(reading.context, text, parsed.line.span, now, _renamed_whole)


def _sums_entries(tree: t.Tree, name: str) -> bool:
    """Whether an expression sums entries of a name."""
    return any(isinstance(entry, t.Subscripted) and isinstance(entry.base, t.Name) and entry.base.name == name
               for total in t.walk(tree) if isinstance(total, t.Big) for entry in t.walk(total.body))


def _renamed_whole(tree: t.Tree, now: dict[str, t.Name]) -> t.Tree:
    """A tree with new names for those that stand without an index."""
    if isinstance(tree, t.Name) and tree.name in now:
        return replace(now[tree.name], arity=0, span=tree.span)
    if isinstance(tree, t.Subscripted) and isinstance(tree.base, t.Name) and tree.base.name in now:
        return replace(tree, positions=tuple(_renamed_whole(position, now) for position in tree.positions))
    return t.below(tree, lambda child: _renamed_whole(child, now))


def _redefined(reading: ClassifiedText, parsed: Parsed, number: int, text: Written) -> t.Name | None:
    """The name to which a part gives a new value: by := or an arrow, or by words where the value is made of the old one."""
    assert parsed.line is not None
    part = parsed.line.parts[number]
    if (parsed.row.number, number) in reading.defined or not isinstance(part, t.Relation) or part.sides[0] is None:
        return None
    left, right = part.sides[:2]
    name = left.base if isinstance(left, t.Subscripted) and _letters(left) else left
    if not isinstance(name, t.Name) or right is None:
        return None
    own = reads(reading.context, right, name.name)
    record = _definition(reading.context, name.name)
    if record is not None and not number and parsed.row.start in reading.context.renewed:
        return name
    if record is None:
        free = [r for r in reading.context.by_name(name.name) if isinstance(r, Quantity)]
        anew = own or part.signs[0] == ":="
        return name if len(free) == 1 and anew and said_to_define(parsed, number, text) else None
    given = part.signs[0] in (":=", "gets") or said_to_define(parsed, number, text, "gives")
    here = part.span[0] <= record.tree.span[0] < part.span[1]  # read once more, it is no other
    again = own or (given and record.source is text.source and not here)
    return name if again and (part.signs[0] == "gets" or said_to_define(parsed, number, text)) else None


def _of_free(context: DeclaredNames, name: str, part: t.Relation, right: t.Tree, text: Written) -> Definition | None:
    """What A := B makes of an A that stood for anything above; None where it is an update, as in w := w - g."""
    if part.signs[0] != ":=" or reads(context, right, name):
        return None
    record = next(r for r in context.by_name(name) if isinstance(r, Quantity))
    return Definition(record.pattern, (), None, right, text.source, record)


def _definition(context: DeclaredNames, name: str) -> Definition | None:
    found = [r for r in context.by_name(name) if isinstance(r, Definition) and (r.parameters is None or r.letters)]
    return found[0] if len(found) == 1 else None


def _letters(left: t.Tree) -> tuple[str, ...]:
    """The letters at which a left side is an entry; none where something else stands there, or one twice."""
    positions = left.positions if isinstance(left, t.Subscripted) else ()
    names = tuple(p.name for p in positions if isinstance(p, t.Letter))
    return names if len(set(names)) == len(positions) else ()


def _added(context: DeclaredNames, made: Definition, old: t.Name, row: int) -> t.Name:
    """The name, which no text can spell, of a value that is given in a row."""
    stem = old.name
    while any(d.name == (word := f"{stem} of row {row}") for d in context.all()):
        stem += "'"
    context.add(replace(made, pattern=Pattern((word,))))
    context.values.clear()
    return t.Name(word, old.arity)


def _renamed(tree: t.Tree, now: dict[str, t.Name]) -> t.Tree:
    if isinstance(tree, t.Name) and tree.name in now:
        return replace(now[tree.name], arity=tree.arity, span=tree.span)
    return t.below(tree, lambda child: _renamed(child, now))


def _carried(context: DeclaredNames, text: Written, span: t.Span, now: dict[str, t.Name],
             renamed: Callable[[t.Tree, dict[str, t.Name]], t.Tree] = _renamed) -> None:
    """What a row defines is made of the values of that row."""
    for record in list(context.all()):
        if isinstance(record, Definition) and record.source is text.source and span[0] <= record.tree.span[0] < span[1] \
                and record.pattern.text not in {n.name for n in now.values()}:
            context.replace(record, replace(record, tree=renamed(record.tree, now)))
    context.values.clear()
