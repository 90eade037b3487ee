"""Derivatives that words or marks name: "the Hessian is H = XᵀX" defines H, and claims that it is what the words say."""

from __future__ import annotations

import re
from dataclasses import replace

from ..arrays.arrays import Tensor
from ..errors import SymderivError
from ..reader.declare.context import DeclaredNames, Definition, Quantity, arity
from ..reader.declare.statements import head
from ..reader.syntax import tree as t
from ..reader.syntax.spellings import ACCENTS
from ..reader.syntax.tokens import SourceText, tokenize
from .roles import ClassifiedText, Parsed, names_read, put, said_to_define, sentence_before, stretch_read, wholes
from .text_rows import TextRow, Written, derivative_of, derivative_said

_ORDER = {"gradient": 1, "derivative": 1, "jacobian": 1, "hessian": 2}


def with_named_derivatives(reading: ClassifiedText, text: Written) -> None:
    """A definition behind "the gradient (of L, with respect to w) is" goes through what the words name: H = ∇²L = ...;
    one of x̄ beside Ō = ∂L/∂O through what the mark names.
    """
    for place, parsed in enumerate(reading.rows):
        part = parsed.line.parts[0] if parsed.line is not None and parsed.line.parts else None
        if part is not None and not isinstance(part, t.Relation):
            _claimed(reading, place, part, text)
            continue
        if not isinstance(part, t.Relation) or part.signs[0] != "=" or (parsed.row.number, 0) not in reading.defined \
                or said_to_define(parsed, 0, text):
            continue
        left = part.sides[0].base if isinstance(part.sides[0], t.Subscripted) else part.sides[0]
        name = left.name if isinstance(left, t.Name) else ""
        named: t.Tree | None = _named(place, reading, text) if left is part.sides[0] else None
        records = (r for r in reading.context.by_name(name) if isinstance(r, Definition) and r.tree == part.sides[1])
        record = next(records, None)
        named = named or _marked(name, record, reading.context)
        if named is not None and record is not None and not any(isinstance(side, t.Derivative) for side in part.sides) \
                and put(reading.context, record, replace(record, tree=named)):
            assert parsed.line is not None
            made = replace(part, sides=(part.sides[0], named, *part.sides[1:]), signs=("=", *part.signs))
            reading.rows[place] = replace(parsed, line=replace(parsed.line, parts=(made, *parsed.line.parts[1:])))


def _claimed(reading: ClassifiedText, place: int, part: t.Tree, text: Written) -> None:
    """An expression behind such words is claimed to be what they name, of the row before where they do not say whose."""
    parsed = reading.rows[place]
    named = _named(place, reading, text) if text.page is not None else None
    if named is None or parsed.line is None or len(parsed.line.parts) != 1:
        return
    if not isinstance(named.body, t.Name) or named.variables or _is_meant(named.body.name, place, reading, text):
        made = t.Relation((named, part), ("=",), span=part.span)
        reading.rows[place] = replace(parsed, line=replace(parsed.line, parts=(made,)))


def _is_meant(name: str, place: int, reading: ClassifiedText, text: Written) -> bool:
    """Whether a row speaks of what has a name: its words have it, it stands right above, or is the only function."""
    record = next(r for r in reading.context.by_name(name) if isinstance(r, Definition))
    if re.search(rf"(?<![A-Za-z]){re.escape(name)}(?![A-Za-z])", sentence_before(reading.rows[place], text)):
        return True
    above = place - 1
    while above > 0 and (told := _derivative_claimed(reading.rows[above])) is not None and told[0] == name:
        above -= 1
    functions = [r for r in reading.context.all() if isinstance(r, Definition) and r.parameters and len(r.parameters) == 1]
    return len(functions) == 1 or _stands_in(record, reading.rows[above].row if above >= 0 else None)


def _derivative_claimed(parsed: Parsed) -> tuple[str, list[str]] | None:
    """The name of which a row says what a derivative is, and those by which it is taken."""
    part = parsed.line.parts[0] if parsed.line is not None and parsed.line.parts else None
    left = part.sides[0] if isinstance(part, t.Relation) else None
    if not isinstance(left, t.Derivative) or not isinstance(left.body, t.Name):
        return None
    return left.body.name, [v.name for v in left.variables if isinstance(v, t.Name)]


def _stands_in(record: Definition, row: TextRow | None) -> bool:
    """Whether a name is defined in a row."""
    return row is not None and row.start <= record.tree.span[0] <= row.end


def _named(place: int, reading: ClassifiedText, text: Written) -> t.Derivative | None:
    """What the words before a row say that it is; None where they do not say whose derivative, or by what."""
    parsed, context = reading.rows[place], reading.context
    found = derivative_said(sentence_before(parsed, text))
    if found is None:
        return None
    said = derivative_of(found.group(2))
    if said is None:
        return None
    order = _ORDER.get(found.group(1).lower(), 1)
    of, by = (_name(formula, context) for formula in said)
    record = next((r for r in context.by_name(of) if isinstance(r, Definition)), None) if of is not None else None
    if (said[0] and record is None) or (said[1] and by is None):
        return _of_a_formula(said, parsed, text, context, order) if said[0] else None
    names = [by] if by is not None else []
    if record is None:
        record, names = _of_what(place, reading, text, names, order)
    if record is None:
        return None
    if not names and not (record.parameters and len(record.parameters) == 1):
        # The Jacobian of p = softmax(z) is by z: nothing else is in it.
        made_of = [r.name for r in context.all() if isinstance(r, Quantity) and isinstance(r.value, Tensor)
                   and r.name in names_read(context, (record.tree,))]
        if len(made_of) != 1 or record.parameters or record.letters:
            return None
        names = made_of
    span = parsed.row.start, parsed.row.start
    variables = tuple(t.Name(name, 0, span=span) for name in names)
    return t.Derivative(t.Name(record.name, 0, span=span), variables, "nabla", order, span=span)


def _of_a_formula(said: tuple[str, str], parsed: Parsed, text: Written, context: DeclaredNames,
                  order: int) -> t.Derivative | None:
    """The derivative of a formula that stands in the words, of log(1 + e^x) or of s_i with respect to x_j."""
    body, *by = (_read(formula, parsed, text, context) for formula in said if formula)
    if body is None:
        return None
    arrays = [r for name in sorted(names_read(context, (body,))) for r in context.by_name(name)
              if isinstance(r, Quantity) and isinstance(r.value, Tensor)]
    if not by:
        # Of b'x beside an f(x), by x; of x'Ax by the vector.
        called = {x for r in context.all() if isinstance(r, Definition) for x in r.parameters or ()}
        if len(arrays) > 1:
            arrays = [r for r in arrays if r.name in called] or [r for r in arrays if arity(r) == 1]
        by = [t.Name(r.name, arity(r), span=body.span) for r in arrays]
    if len(by) != 1 or not isinstance(by[0], t.Name | t.Subscripted):
        return None
    kind = "partial" if isinstance(by[0], t.Subscripted) else "nabla"
    return t.Derivative(body, (by[0],), kind, order, span=body.span)


def _read(formula: str, parsed: Parsed, text: Written, context: DeclaredNames) -> t.Tree | None:
    """What a formula before a row says, of names that are known."""
    start = text.source.text.rfind(formula, 0, parsed.row.start)
    line = stretch_read(text, context, start, start + len(formula)) if start >= 0 else None
    whole = line.parts[0] if isinstance(line, t.DisplayedLine) and len(line.parts) == 1 else None
    return whole if whole is not None and not any(isinstance(n, t.Unknown | t.Relation) for n in t.walk(whole)) else None


def _of_what(place: int, reading: ClassifiedText, text: Written, names: list[str],
             order: int) -> tuple[Definition | None, list[str]]:
    """What is differentiated, and by which names, where words name no more than the variable."""
    parsed, context = reading.rows[place], reading.context
    defined = [r for r in context.all() if isinstance(r, Definition) and r.tree.span[0] < parsed.row.start]
    above = next((row for row in text.rows if row.number == parsed.row.number - 1), None)
    before = next(filter(None, map(_derivative_claimed, reversed(reading.rows[:place]))), None) if not names else None
    functions = [r for r in defined if r.parameters and len(r.parameters) == 1]
    nearest = functions if len(functions) == 1 else [r for r in functions if _stands_in(r, above)]
    if len(nearest) != 1 and names:
        # Where words name no loss, it is the one whole that is made of the variable, or the one that was just told.
        nearest = wholes(context, defined, {*names}) if len(names) == 1 else []
        nearest = [r for r in nearest if _stands_in(r, above)] if len(nearest) > 1 else nearest
    elif len(nearest) != 1:
        nearest = [r for r in defined if _stands_in(r, above)]
        if before is not None and (order > 1 or not nearest):
            # "The Hessian is ...": of what was differentiated last, and by what.
            nearest, names = [r for r in defined if r.name == before[0]], before[1]
    return (nearest[0], names) if len(nearest) == 1 else (None, names)


def _marked(name: str, record: Definition | None, context: DeclaredNames) -> t.Tree | None:
    """The derivative that x̄ is by the mark on its name, in a text that says Ō = ∂L/∂O with the same mark."""
    mark = next((each for each in dict.fromkeys(ACCENTS.values()) if name.endswith(each)), "")
    if record is None or not mark:
        return None
    base = next((r for r in context.by_name(name[:-len(mark)]) if isinstance(r, Definition | Quantity)), None)
    for other in context.all():
        tree = other.tree if isinstance(other, Definition) and other is not record else None
        by = tree.variables[0] if isinstance(tree, t.Derivative) and len(tree.variables) == 1 and tree.order == 1 else None
        if base is not None and isinstance(by, t.Name) and other.name == by.name + mark and isinstance(tree, t.Derivative):
            whole = t.Name(base.name, arity(base), span=record.tree.span)
            variable = t.Subscripted(whole, tuple(map(t.Letter, record.letters))) if record.letters else whole
            return replace(tree, variables=(variable,), span=record.tree.span)
    return None


def _name(formula: str, context: DeclaredNames) -> str | None:
    """The known name that a formula is, or is a value of: w, or L of L(w)."""
    try:
        pattern = head(tokenize(SourceText(formula.split("(")[0]), macros=context.macros)[:-1])
    except SymderivError:
        return None
    return pattern.text if pattern is not None and context.by_name(pattern.text) else None
