"""Definitions among the declarations: ``p = ...``, ``y_i = ...``, ``f(x) = ...`` and recurrences."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import pairwise

from ...errors import DeclarationError, SymderivError
from ..syntax import tree as t
from ..syntax.grammar import Parser
from ..syntax.names import (
    CLOSING,
    OPENING,
    find,
    matching,
    read_scripts,
    scripted_letters,
    with_scripted_letters,
)
from ..syntax.sum_reach import reaching_beside
from ..syntax.tokens import NUMBER, OPERATOR, STOP, WORD, SourceText, Token, looks_like_latex, tokenize
from .context import Declared, DeclaredNames, Definition, LetterDeclared, Parameter, Pattern, Quantity, SteppedName
from .statements import DeclarationStatement, called_head, entry_head, head


def add(context: DeclaredNames, statement: DeclarationStatement, declared: Declared) -> None:
    try:
        context.add(declared)
    except DeclarationError as error:
        raise statement.error(error.message, error.hint) from None


def definition(context: DeclaredNames, statement: DeclarationStatement, relation: int) -> list[Callable[[], None]]:
    """``name = expression``: the name is put in now, the right side is read by the functions returned."""
    left = statement.tokens(end=relation)[:-1]
    found = steps_of(context, statement, relation + 1)
    right = tokenize(statement.source, relation + 1, found[0] if found else statement.end)[:-1]
    if not right:
        raise statement.error("nothing stands after the equals sign", at=relation)
    if found is None:
        pattern = head(left)
        keys = () if pattern is None else (*pattern.sups, *(k for item in pattern.subs for k in item))
        found = next(((statement.end, name, 1, context.numbers[name]) for name in sorted(context.open_steps)
                      if name in keys), None)
    if found is not None:
        return _recurrence(context, statement, left, right, *found[1:])
    return [_define(context, statement, left, right)]


def _define(context: DeclaredNames, statement: DeclarationStatement, left: Sequence[Token],
            right: Sequence[Token]) -> Callable[[], None]:
    parameters: tuple[Pattern, ...] | None = None
    joined = scripted_letters(context, [*left, *right])
    left, right = (with_scripted_letters(context, side, joined) for side in (left, right))
    called, entry = called_head(left), entry_head(left)
    letters: tuple[str, ...] = ()
    upper = False
    free = index_letters(context, right, statement.source)
    if called is not None:
        pattern, parameters = called
    elif entry is not None:
        pattern, parameters, letters = entry
    elif (pattern_ := head(left)) is not None and _restates(context, pattern_, right):
        return lambda: None
    else:
        found = head(left)
        pattern = found if found is not None else _hole_pattern(left, free)
        if found is not None:
            pattern, letters, upper = _head_letters(context, found, free)
        elif pattern.hole is not None:
            letters = (pattern.hole,)
    beside = next((d for d in context.starting(pattern.base[0]) if isinstance(d, Quantity) and d.pattern == pattern
                   and (not letters or (d.rank or 0) >= len(letters)) and not _reads_itself(pattern, letters, right)), None)
    placeholder = Definition(pattern, letters, tuple(p.text for p in parameters) if parameters is not None else None,
                             t.Number("0"), statement.source, beside, upper)
    if beside is not None:
        context.replace(beside, placeholder)
    else:
        add(context, statement, placeholder)

    def finish() -> None:
        try:
            tree = read()
        except SymderivError:
            if beside is not None:
                context.replace(placeholder, beside)
            else:
                context.remove(placeholder)
            raise
        context.replace(placeholder, replace(placeholder, tree=tree))

    def read() -> t.Tree:
        ended = [*right, Token(STOP, STOP, right[-1].end, right[-1].end)]
        inside = context
        for parameter in parameters or ():
            if not any(d.pattern == parameter for d in context.starting(parameter.base[0])):
                inside = inside.copy() if inside is context else inside
                inside.add(Parameter(parameter))
        return reaching_beside(_right_side(inside, statement, ended, letters), frozenset(letters))

    return finish


def _right_side(context: DeclaredNames, statement: DeclarationStatement, tokens: Sequence[Token],
                letters: tuple[str, ...]) -> t.Tree:
    """What stands behind the equals sign; factors that stand together are a product where nothing else makes sense."""
    latex = mode(statement)
    parser = Parser(context, statement.source, tokens, latex=latex, scope=frozenset(letters))
    try:
        return parser.whole(parser.relation)
    except SymderivError:
        if latex or "*" in statement.text:
            raise
        typeset = Parser(context, statement.source, tokens, latex=True, scope=frozenset(letters))
        with suppress(SymderivError):
            return typeset.whole(typeset.relation)
        raise


def _reads_itself(pattern: Pattern, letters: tuple[str, ...], right: Sequence[Token]) -> bool:
    """x_n = x[n,:] names the rows of an x that is declared with more axes."""
    return bool(letters) and any(a.key == pattern.base[0] and a.kind == WORD and b.key == "["
                                 for a, b in pairwise(right))


def mode(statement: DeclarationStatement) -> bool:
    """Declarations are plain text, in which LaTeX commands may stand; products have their signs unless braces say LaTeX."""
    return looks_like_latex(statement.text) and "*" not in statement.text


def _restates(context: DeclaredNames, pattern: Pattern, right: Sequence[Token]) -> bool:
    """L = L(y, t), where L(y, t) is defined already."""
    called = called_head(right)
    return called is not None and called[0] == pattern and any(
        isinstance(d, Definition) and d.pattern == pattern and d.parameters for d in context.starting(pattern.base[0]))


def index_letters(context: DeclaredNames, tokens: Sequence[Token], source: SourceText) -> frozenset[str]:
    """Letters that stand in index positions and are not part of declared names."""
    found: set[str] = set()
    ended = [*tokens, Token(STOP, STOP, 0, 0)]
    position = 0
    while position < len(tokens):
        token = tokens[position]
        if token.kind == WORD:
            match = find(context, ended, position, source, False)
            try:
                scripts = match.scripts if match is not None else read_scripts(ended, position + 1, source, False)[0]
            except SymderivError:
                return frozenset(found)
            for item in (*scripts.subs, scripts.sup):
                for x in _outside_names(context, item, source):
                    found.update(x.key if not x.upright else (x.key,))
        elif token.key == "[" and token.kind == OPERATOR:
            close = matching(ended, position)
            for x in tokens[position + 1:close or position + 1]:
                if x.kind == WORD and len(x.key) == 1:
                    found.add(x.key)
        position += 1
    return frozenset(found)


def _outside_names(context: DeclaredNames, item: Sequence[Token], source: SourceText) -> list[Token]:
    """The words of a script that are not part of a declared name with scripts of its own, as y_i is in p_{y_i}."""
    ended = [*item, Token(STOP, STOP, 0, 0)]
    words: list[Token] = []
    position = 0
    while position < len(item):
        token = item[position]
        match = find(context, ended, position, source, False) if token.kind == WORD else None
        if match is not None and match.declared.pattern.subs and not match.scripts.subs:
            position = match.scripts.next
            continue
        if token.kind == WORD:
            words.append(token)
        position += 1
    return words


def _head_letters(context: DeclaredNames, pattern: Pattern, free: frozenset[str]) -> tuple[Pattern, tuple[str, ...], bool]:
    """Which scripts of a defined name are index letters: those used as indices on the right, and not declared otherwise."""
    def split_letters(keys: tuple[str, ...]) -> tuple[str, ...] | None:
        found: list[str] = []
        for key in keys:
            whole = any(isinstance(d, LetterDeclared) for d in context.starting(key))
            parts = (key,) if len(key) == 1 or whole or "_" in key else tuple(key)
            for c in parts:
                declared = context.starting(c)
                if any(isinstance(d, LetterDeclared) for d in declared):
                    found.append(c)
                elif c not in free or not c.replace("_", "").isalpha() or any(
                        isinstance(d, Quantity) and not d.rank and d.value.is_integer for d in declared):
                    return None
                else:
                    found.append(c)
        return tuple(found)

    if context.upper and pattern.sups and not pattern.subs:
        letters = split_letters(pattern.sups)
        if letters is not None:
            return replace(pattern, sups=()), letters, True
    if len(pattern.sups) == 3 and pattern.sups[0] == "(" and not pattern.subs and pattern.sups[1] in free:
        letters = split_letters(pattern.sups[1:2])
        if letters is not None:
            # x^{(i)} is x with a letter in a place of its own.
            return replace(pattern, hole=letters[0]), letters, False
    fixed = list(pattern.subs)
    letters_: list[str] = []
    while fixed:
        found = split_letters(fixed[-1])
        if found is None:
            break
        letters_[:0] = found
        fixed.pop()
    return replace(pattern, subs=tuple(fixed)), tuple(letters_), False


def _hole_pattern(left: Sequence[Token], free: frozenset[str]) -> Pattern:
    keys = tuple(x.key for x in left)
    hole = next((x.key for x in left[1:] if x.kind == WORD and len(x.key) == 1 and x.key in free), None)
    return Pattern(keys, font=left[0].font, hole=hole)


_FOR = re.compile(r"\bfor\s++([A-Za-z])\s*+=\s*+(\S{1,80}?)\s*+\.\.\s*+(\S{1,80}+)\s*+$")
DEFAULT_STEPS = 3


def open_ends(context: DeclaredNames, statements: Sequence[DeclarationStatement]) -> None:
    """Numbers for the steps that definitions leave open, where none are given."""
    integers = {m.group(1) for s in statements if (m := re.match(r"(\w+)\s*:\s*integer\b", s.text))}
    opened: set[str] = set()
    for statement in statements:
        found = _FOR.search(statement.text)
        if found and not found.group(3).isdecimal() and found.group(3).isidentifier():
            context.numbers.setdefault(found.group(3), DEFAULT_STEPS)
        defined = re.match(r"[\w\\]{1,80}\s*[_^]\s*+(?:\{\s*+)?\(?(\w{1,80}+)\)?\s*+(?:\}\s*+)?=", statement.text)
        if defined and found is None and defined.group(1) in integers \
                and re.search(rf"[_^]\{{?\s*\(?{re.escape(defined.group(1))}\s*-\s*1", statement.text):
            opened.add(defined.group(1))
    for name in sorted(opened):
        context.numbers.setdefault(name, DEFAULT_STEPS)
    context.open_steps |= opened


def steps_of(context: DeclaredNames, statement: DeclarationStatement, start: int) -> tuple[int, str, int, int] | None:
    """(where the statement ends, letter, first, last) of ``for t = 1..3``; or of a name defined by the step before."""
    found = _FOR.search(statement.source.text[start:statement.end])
    if not found:
        return None
    letter, low, high = found.groups()
    high = str(context.numbers.get(high, high))
    if not (low.isdecimal() and high.isdecimal()):
        raise statement.error(f"the number of steps {low}..{high} must be given in numbers", f"for {letter} = 1..3",
                              start + found.start())
    if int(high) < int(low):
        raise statement.error(f"the steps {low}..{high} run backwards", f"for {letter} = {high}..{low}",
                              start + found.start())
    if int(high) - int(low) > 64:
        raise statement.error("more than 64 steps are too many to write out", at=start + found.start())
    return start + found.start(), letter, int(low), int(high)


def _recurrence(context: DeclaredNames, statement: DeclarationStatement, left: Sequence[Token], right: Sequence[Token],
                letter: str,
                low: int, high: int) -> list[Callable[[], None]]:
    """One definition a step, with the step's number in the place of its letter."""
    pattern = head(left)
    if pattern is None or not any(letter in keys for keys in (*pattern.subs, pattern.sups)):
        raise statement.error(f"the step {letter} does not occur in the name that is defined", f"h^{{({letter})}} = ...")
    stepped(context, pattern, letter)
    finishers = []
    for step in range(low, high + 1):
        made = _define(context, statement, at_step(left, letter, step), at_step(right, letter, step))
        finishers.append(made)
    return finishers


def at_step(tokens: Sequence[Token], letter: str, step: int) -> list[Token]:
    """Tokens with t replaced by a number, and t - 1 by its value, wherever t stands in a script."""
    result: list[Token] = []
    position = 0
    depth: list[bool] = []
    while position < len(tokens):
        token = tokens[position]
        if token.kind == OPERATOR and token.key in OPENING:
            before = tokens[position - 1].key if position else ""
            depth.append(before in ("_", "^") or bool(depth and depth[-1]))
        elif token.kind == OPERATOR and token.key in CLOSING and depth:
            depth.pop()
        script = bool(depth and depth[-1]) or bool(position and tokens[position - 1].key in ("_", "^"))
        if token.kind == WORD and token.key == letter and script:
            number = step
            after = position + 1
            while after + 1 < len(tokens) and tokens[after].key in ("+", "-") and tokens[after + 1].kind == NUMBER \
                    and tokens[after + 1].key.isdecimal() and depth:
                number += int(tokens[after + 1].key) * (1 if tokens[after].key == "+" else -1)
                after += 2
            result.append(replace(token, kind=NUMBER, key=str(number), end=tokens[after - 1].end))
            position = after
            continue
        result.append(token)
        position += 1
    return result


def families(context: DeclaredNames) -> None:
    """Names that differ in one number of a script, such as W^{(1)} and W^{(2)}, form a family with a step."""
    groups: dict[Pattern, set[int]] = {}
    for declared in list(context.all()):
        pattern = declared.pattern
        for place, key in enumerate(pattern.sups):
            general = replace(pattern, sups=(*pattern.sups[:place], "step", *pattern.sups[place + 1:]), hole="step")
            if key.isdecimal() and ("(" in pattern.sups or general in context.stepped):
                groups.setdefault(general, set()).add(int(key))
        for place, item in enumerate(pattern.subs):
            if len(item) == 1 and item[0].isdecimal():
                general = replace(pattern, subs=(*pattern.subs[:place], ("step",), *pattern.subs[place + 1:]), hole="step")
                groups.setdefault(general, set()).add(int(item[0]))
    for pattern, steps in groups.items():
        if len(steps) < 2 or any(isinstance(d, SteppedName) and d.pattern == pattern for d in context.all()):
            continue
        bare = replace(pattern, subs=(), sups=(), hole=None)
        alone = any(d.pattern == bare for d in context.starting(pattern.base[0]))
        if pattern.subs and alone and pattern not in context.stepped:
            continue
        context.add(SteppedName(pattern, "step", tuple(sorted(steps))))


def stepped(context: DeclaredNames, pattern: Pattern | None, letter: str) -> None:
    """Note that a name stands for one array a step."""
    def general(keys: tuple[str, ...]) -> tuple[str, ...]:
        return tuple("step" if k == letter else k for k in keys)

    if pattern is not None:
        made = replace(pattern, subs=tuple(map(general, pattern.subs)), sups=general(pattern.sups), hole="step")
        context.stepped.add(made)
