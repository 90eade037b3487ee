"""Declarations: what a person types to say what the names of a text mean.

One statement a line, or several with semicolons; a percent sign starts a comment.  Names are declared by ``name: shape``
and the like, defined by ``name = expression``; everything else is a constraint or a convention.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from itertools import islice
from typing import Any

from sympy import Expr, Integer, Symbol

from ...arrays.arrays import PROPERTIES, Tensor, as_expr, tensor
from ...arrays.operator import OPERATORS, shape_of
from ...arrays.symbols import Index, Label
from ...bounds import NAMES, bounded, decimal
from ...errors import BoundExceeded, DeclarationError, SymderivError
from ...functions.unknown import NamedFunction
from ..syntax.names import split_at, split_items
from ..syntax.spellings import REALS, REALS_ALONE, SUPERSCRIPTS, sizes_raised
from ..syntax.tokens import WORD, SourceText, Token, tokenize
from .constraints import constraint
from .context import Declared, DeclaredNames, Expected, FunctionDeclared, LetterDeclared, Pattern, Quantity, arity
from .conventions import conventions
from .declared_sizes import axes, size_symbol
from .definitions import add, at_step, definition, families, open_ends, stepped, steps_of
from .described import PROPERTY, SCALARS, heading, in_order, property_of
from .function_names import canonical, known
from .random_names import BERNOULLI, random_law
from .statements import DeclarationStatement, called_head, entry_head, head, operator_sign, split, token_head, top_level
from .undeclared import UndeclaredName

MEANINGS = frozenset([
    "product", "elementwise", "hadamard", "dot", "frobenius", "composition",
])
# Properties that an unknown function of other quantities may be said to have.
KEPT = frozenset(["symmetric", "positive_definite", "invertible", "positive"])
MODES = frozenset(["valid", "full", "same"])
_KIND = re.compile(r"(?:(row|column)\b\s*)?(?:(vector|matrix|tensor|array)\b\s*)?")
_RESERVED = frozenset(["vector", "matrix", "tensor", "array", "row", "column", "activation", "variable", "parameter",
                       "onehot", "label", "index", "size", "of", "function", "nonnegative", "nonzero", "orthonormal",
                       "diag"])
_SPACE = re.compile(REALS + rf"\s*+(?:\^|(?=[{''.join(SUPERSCRIPTS)}]))\s*(.*)", re.DOTALL)
_SPACED_OUT = re.compile(REALS + r"\s*+\^\s*+\{[^{}]*\}")
_IN = re.compile(r"\\in\b|∈|\bin\b")
_IN_SPACE = re.compile(f"{_SPACE.pattern}|{REALS_ALONE}", re.DOTALL)
_SPREADS = {"variance": "Var", "covariance": "Cov"}
_RANDOM = re.compile(r":[^:;\n=]*\brandom\b")
_ENTRYWISE = ("entrywise", "elementwise", "entry by entry")


@bounded
def declare(given: object = None, *, strict: bool = True, numbers: Mapping[str, int] | None = None) -> DeclaredNames:
    """A context from declarations: text, a dict of Python objects by name, or a context made before.

    ``numbers`` are values for names of whole numbers (``T: size``, ``k: integer``, the end of ``for t = 1..T``): a step
    or a power that is left open is read at a number.  Those that steps need and nobody gives are set to 3, and stand in
    ``numbers`` of the context.  With ``strict`` unset, a definition that cannot be read is kept in ``problems``
    rather than raised.
    Raises ParseError and DeclarationError with line and column.
    """
    context = given.copy() if isinstance(given, DeclaredNames) else DeclaredNames()
    context.numbers.update(numbers or {})
    if isinstance(given, str):
        try:
            _read(context, SourceText(given), strict)
        except RecursionError:
            raise BoundExceeded("a declaration is nested too deeply", hint="name parts of it") from None
    elif isinstance(given, Mapping):
        for name, value in given.items():
            _object(context, str(name), value)
    elif given is not None and not isinstance(given, DeclaredNames):
        raise DeclarationError(f"declarations are text or a dict, not {type(given).__name__}", hint='"W: m n; x: n"')
    _name_sizes(context)
    return context


def declare_also(context: DeclaredNames, text: str) -> None:
    """Put further declarations into a context.  Raises ParseError and DeclarationError."""
    _read(context, SourceText(text), True)
    _name_sizes(context)
    context.values.clear()


def declare_later(context: DeclaredNames) -> bool:
    """Read the definitions that waited for names of the text, as far as these are known now; whether there were any."""
    before = len(context.later)
    for text, problem in list(context.later.items()):
        trial = context.copy()
        try:
            declare_also(trial, text)
        except SymderivError:
            continue
        context.__dict__.update(trial.__dict__)
        del context.later[text]
        context.problems = [p for p in context.problems if p is not problem]
    return len(context.later) < before


def with_objects(context: DeclaredNames, names: Mapping[str, object]) -> DeclaredNames:
    """A context with Python objects under further names, which take the place of what had these names."""
    more = context.copy()
    more.values.clear()
    for name, value in names.items():
        _object(more, name, value)
    _name_sizes(more)
    return more


def _object(context: DeclaredNames, name: str, value: object) -> None:
    """A Python object under a name."""
    if isinstance(value, str):
        _read(context, SourceText(f"{name}: {value}"), True)
        return
    pattern = head(tokenize(SourceText(name))[:-1])
    if pattern is None:
        raise DeclarationError(f"{name!r} cannot be read as a name")
    for old in list(context.names.get(pattern.base[0], [])):
        if old.pattern == pattern:
            context.remove(old)
    context.values.pop(f"{pattern.text}/0", None)
    if isinstance(value, bool) or value is None:
        raise DeclarationError(f"{name} is {value!r}, which is no mathematical object")
    if isinstance(value, Index):
        context.add(LetterDeclared(pattern, value))
    elif isinstance(value, Expr | int | float):
        expr = as_expr(value)
        context.add(Quantity(pattern, expr))
        for size in (*shape_of(expr), getattr(expr, "size", None)):
            if isinstance(size, Expr):
                _sizes_in(context, size)
        _sizes_of_tree(context, expr)
    elif isinstance(value, NamedFunction) and not value.order:
        context.add(FunctionDeclared(head(tokenize(SourceText(value.name))[:-1]) or pattern))
    elif callable(value):
        target = getattr(value, "__name__", None) or getattr(value, "name", "")
        if not known(str(target)):
            raise DeclarationError(f"{name} is a function that the library does not know",
                                   hint=f"declare it by a definition: {name}(x) = ...")
        context.add(FunctionDeclared(pattern, canonical(str(target))))
    else:
        raise DeclarationError(f"{name} is {value!r}, which is no mathematical object", hint="declare it with sd.tensor")


def _sizes_of_tree(context: DeclaredNames, expr: Expr) -> None:
    for tensor_ in expr.free_symbols:
        for size in shape_of(tensor_):
            _sizes_in(context, size)


def _sizes_in(context: DeclaredNames, size: Expr) -> None:
    for symbol in size.free_symbols:
        if isinstance(symbol, Symbol) and not isinstance(symbol, Index | Label) and symbol.is_positive and symbol.is_integer:
            context.sizes.setdefault(symbol.name, symbol)


def _name_sizes(context: DeclaredNames) -> None:
    """Sizes are names too, unless something else has the name; beside the numbers N_k of a family, N is free."""
    for name, size in context.sizes.items():
        pattern = head(tokenize(SourceText(name))[:-1])
        if pattern is not None and not any(d.pattern == pattern and _is_whole(d) for d in context.starting(pattern.base[0])):
            context.add(Quantity(pattern, size))


def _is_whole(declared: Declared) -> bool:
    """Whether a name stands for all of what it names, as no N_k does."""
    return not arity(declared) or (isinstance(declared, Quantity) and not any(declared.origins))


def _check_sizes(context: DeclaredNames, statements: Sequence[DeclarationStatement], strict: bool) -> None:
    """Refuses an array with the name of a size, and a size such as mn beside m and n."""
    for name in context.sizes:
        spec = context.texts.get(name)
        message = hint = ""
        if spec is not None and _is_array(context, name):
            message = f"{name} is declared as an array, and used as a size"
            hint = f"{name} = {spec}" if spec.isdecimal() else "give one of the two another name"
        elif spec is None and len(name) > 1 and name.isalpha() and all(c in context.sizes for c in name):
            message, hint = f"{name} is used as one size", f"write {' '.join(name)}, or declare {name}: size"
        if message:
            place = next((s for s in statements if re.search(rf"\b{re.escape(name)}\b", s.text)), None)
            error = place.error(message, hint) if place is not None else DeclarationError(message, hint=hint)
            if strict:
                raise error
            context.problems.append(error)


def _is_array(context: DeclaredNames, name: str) -> bool:
    return any(isinstance(d, Quantity) and d.rank and d.name == name for d in context.by_name(name))


def _read(context: DeclaredNames, source: SourceText, strict: bool) -> None:
    # f := x'x defines as f = x'x does.
    statements = list(islice(split(SourceText(source.text.replace(":=", " ="))), NAMES.limit + 1))
    NAMES.admit(len(statements))
    conventions(context, statements)
    open_ends(context, statements)
    definitions: list[tuple[DeclarationStatement, int]] = []
    others: list[DeclarationStatement] = []
    declared: list[tuple[DeclarationStatement, int]] = []
    for statement in statements:
        colon, relation = top_level(statement)
        if colon is not None:
            declared.append((statement, colon))
        elif relation is not None and statement.source.text[relation] == "=" and _has_head(context, statement, relation):
            definitions.append((statement, relation))
        elif not _in_space(context, statement):
            others.append(statement)
    # Letters and labels first: a family such as x_i: d needs to know that i is an index.  Laws last: they read the others.
    declared.sort(key=lambda pair: _turn(pair[0].source.text[pair[1] + 1:pair[0].end]))
    for statement, colon in declared:
        _guarded(context, statement, strict, partial(_declaration, context, statement, colon))
    pending: list[tuple[DeclarationStatement, Callable[[], None]]] = []
    for statement, relation in definitions:
        _guarded(context, statement, strict, partial(_begin, context, statement, relation, pending))
    families(context)
    _check_sizes(context, statements, strict)
    _name_sizes(context)
    for statement, finish in pending:
        _guarded(context, statement, strict, finish)
    if context.laws and not context.starting("E"):
        # Who says how something is distributed takes means of it.
        context.add(Expected(Pattern(("E",))))
    for statement in others:
        _guarded(context, statement, strict, partial(_scalar_by_bound, context, statement))
        _guarded(context, statement, strict, partial(constraint, context, statement))


_NUMERAL = r"-?[\d.]+(?:e-?\d+)?"
_BOUNDED = re.compile(rf"(?:{_NUMERAL}\s*(?:<|<=|\\leq?|≤)\s*)?(\\?[^\W\d]\w*)\s*(?:<|>|<=|>=|\\[lg]eq?|≤|≥)\s*{_NUMERAL}\Z")


def _scalar_by_bound(context: DeclaredNames, statement: DeclarationStatement) -> None:
    """``lambda > 0`` and ``0 < beta < 1`` of a name that nothing else declares: it is a number."""
    found = _BOUNDED.match(statement.text)
    pattern = head(tokenize(SourceText(found[1]))[:-1]) if found else None
    if found and pattern is not None and not context.starting(pattern.base[0]):
        made = SourceText(f"{found[1]}: scalar")
        _declaration(context, DeclarationStatement(made, 0, len(made.text)), len(found[1]))


def _turn(meaning: str) -> int:
    """When a declaration is read."""
    return 0 if re.match(r"\s*(index|label|integer|size)\b", meaning) else 2 if re.search(r"\brandom\b", meaning) else 1


def _begin(context: DeclaredNames, statement: DeclarationStatement, relation: int,
           pending: list[tuple[DeclarationStatement, Callable[[], None]]]) -> None:
    pending.extend((statement, finish) for finish in definition(context, statement, relation))


def _guarded(context: DeclaredNames, statement: DeclarationStatement, strict: bool, action: Callable[[], object]) -> None:
    try:
        action()
    except SymderivError as error:
        if strict:
            if getattr(error, "line", None) is None and "line " not in error.message:
                line, column = statement.source.place(statement.start)
                raise type(error)(f"line {line}, column {column}: {error.message}", where=statement.text.strip(),
                                  hint=error.hint) from None
            raise
        context.problems.append(error)
        if isinstance(error, UndeclaredName):
            context.later[statement.text.strip()] = error


def _has_head(context: DeclaredNames, statement: DeclarationStatement, relation: int) -> bool:
    """Whether the left side of an equation is a name, so that the equation defines it."""
    left = statement.tokens(end=relation)[:-1]
    if not left or left[0].kind != WORD:
        return False
    if left[0].key in ("sum", "prod") or any(isinstance(d, Expected) for d in context.starting(left[0].key)):
        return False
    if len(left) > 1 and left[1].key == "[":
        return False
    if left[0].key in _expectation_signs(statement.source.text):
        return False
    if known(left[0].key) and len(left[0].key) > 1 and len(left) > 1 and left[1].key == "(" and left[0].key not in (
            "CE", "linear"):
        return False
    return any(rule(left) for rule in (head, called_head, token_head, entry_head))


@lru_cache(maxsize=4)
def _expectation_signs(text: str) -> frozenset[str]:
    """What declarations say is an expectation; a text is looked through once, not once a line."""
    return frozenset(key.strip() for key in re.findall(r"(?:^|[;\n])([^:;\n]*):[ \t]*expectation", text))


def _declaration(context: DeclaredNames, statement: DeclarationStatement, colon: int) -> None:
    """``names: meaning``."""
    named = statement.start + heading(statement.source.text[statement.start:colon])
    before = statement.source.text[statement.start:named].replace("let ", " ").strip()
    left = statement.tokens(named, colon)[:-1]
    start = colon + 1
    text = statement.source.text[start:statement.end]
    start += len(text) - len(text.lstrip())
    spec = " ".join(text.split())
    if not left:
        raise statement.error("a name is missing before the colon")
    if not in_order(spec):
        raise statement.error("nothing stands after the colon", f"{statement.text.rstrip(': ')}: n", colon)
    sign = operator_sign(left)
    if sign is not None:
        _operator(context, statement, sign, spec)
        return
    if spec in ("matrix logarithm", "matrix exponential", "matrix function", "matrix root", *_ENTRYWISE):
        kind = "entrywise" if spec in _ENTRYWISE else "matrix"
        context.signs |= {f"{kind} {canonical(item[0].key)}": spec for item in split_items(left) if item}
        return
    if spec == "partial":
        context.signs[left[0].key] = "partial"
        return
    if len(left) == 1 and left[0].key in ("0", "1") and left[0].font and known(spec):
        # A bold 1 or 0 is read so in any case.
        return
    found = steps_of(context, statement, start)
    if found is not None:
        end, letter, low, high = found
        statement = replace(statement, end=end)
        spec = " ".join(statement.source.text[start:end].split())
        if not spec:
            raise statement.error("it is not said what these names are", "x^{(t)}: n for t = 1..3", start)
        for item in split_items(left):
            stepped(context, head(item), letter)
        items: list[Sequence[Token]] = [at_step(item, letter, step) for item in split_items(left)
                                        for step in range(low, high + 1)]
    else:
        items = _at_open_step(context, split_items(left))
    said = in_order(f"{before} {spec}".strip())
    if said != spec:
        names = statement.source.text[statement.start:colon + 1]
        source = SourceText(f"{names} {said}", *statement.source.place(statement.start))
        statement, start, spec = DeclarationStatement(source, 0, len(source.text)), len(names) + 1, said
    for each in items:
        item = tuple(each)
        pattern = head(item)
        called = called_head(item) if pattern is None else None
        if called is not None and (spec.startswith("function") or spec == "scalar"):
            # f(x, theta): function says what f depends on.
            depends = tuple(p.text for p in called[1])
            context.texts[called[0].text] = spec
            add(context, statement, Quantity(called[0], tensor(called[0].text), (), depends))
            continue
        if pattern is None:
            raise statement.error(f"{statement.source.text[item[0].start:item[-1].end] if item else ''!r} is not a name",
                                  at=item[0].start if item else None)
        _declare_name(context, statement, pattern, spec, start)


def _at_open_step(context: DeclaredNames, items: Sequence[Sequence[Token]]) -> list[Sequence[Token]]:
    """Names with a step that is read at a number stand for those of all steps up to it."""
    made: list[Sequence[Token]] = []
    for item in items:
        pattern = head(item)
        step = next((n for n in context.numbers if pattern is not None and n in context.open_steps
                     and n in (*pattern.sups, *(k for keys in pattern.subs for k in keys))), None)
        if step is None:
            made.append(item)
        else:
            made.extend(at_step(item, step, k) for k in range(1, context.numbers[step] + 1))
    return made


def _operator(context: DeclaredNames, statement: DeclarationStatement, sign: str, spec: str) -> None:
    name, *words = spec.replace(",", " ").split()
    if name not in MEANINGS and name not in OPERATORS:
        raise statement.error(f"{name!r} is not the meaning of an operator sign", "one of " + ", ".join(
            sorted(MEANINGS | {op.name for op in OPERATORS.values() if op.declarable})))
    options: dict[str, Any] = {}
    position = 0
    while position < len(words):
        word = words[position]
        if word in MODES:
            options["mode"] = word
        elif word == "flip":
            options["flip"] = True
        elif word in ("stride", "dilation", "padding") and position + 1 < len(words) and words[position + 1].isdecimal():
            options[word] = int(decimal(words[position + 1]))
            position += 1
        else:
            raise statement.error(f"{word!r} is not an option of {name}", f"{sign}: conv1d full flip")
        position += 1
    if sign in ("/", "./") and name in ("elementwise", "hadamard"):
        name = "elementwise_divide"
    old = context.operators.get(sign)
    new = name, tuple(options.items())
    if old is not None and old != new:
        raise statement.error(f"the sign {sign} is declared twice with different meanings")
    context.operators[sign] = new


def _says_more(spec: str, other: str) -> bool:
    """Whether a declaration is another one with properties behind it."""
    return spec.startswith(f"{other} ") and all(map(PROPERTY.fullmatch, spec[len(other):].split()))


def _declare_name(context: DeclaredNames, statement: DeclarationStatement, pattern: Pattern, spec: str, start: int) -> None:
    """One name with its meaning."""
    name = pattern.text
    words = spec.split()
    if words[0] == "random":
        _random_name(context, statement, pattern, start)
        return
    again = [d for d in context.starting(pattern.base[0]) if d.pattern.text == name and d.pattern.font == pattern.font]
    before = context.texts.get(name, "") if again else ""
    if before and all(map(PROPERTY.fullmatch, words)):
        spec = f"{before} {spec}"
        source = SourceText(f"{name}: {spec}", *statement.source.place(start))
        statement, start = DeclarationStatement(source, 0, len(source.text)), len(name) + 2
        words = spec.split()
    if before and not _says_more(spec, before):
        if not (spec == before or _says_more(before, spec)):
            raise statement.error(f"{name} is declared twice: as {before!r}, and as {spec!r}",
                                  "give one of the two another name")
        return
    for each in again if before else ():
        context.remove(each)
    context.texts[name] = spec
    if re.search(r"\bfunction of\b", spec):
        _unknown_quantity(context, statement, pattern, start)
    elif words[0] in SCALARS:
        properties = _properties(statement, spec[len(words[0]):])
        _add_tensor(context, statement, pattern, (), (), properties)
    elif words[0] in _WHOLE:
        _WHOLE[words[0]](context, statement, pattern, start, len(words) > 1)
    elif words[0] in ("expectation", "probability"):
        over = tuple(w for w in re.split(r"[\s,]+", spec.partition("over")[2]) if w)
        if not over and not _RANDOM.search(statement.source.text):
            raise statement.error(f"it is not said what the {words[0]} is over", f"{name}: {words[0]} over x")
        add(context, statement, Expected(pattern, over, words[0] == "probability"))
    elif spec in _SPREADS:
        add(context, statement, FunctionDeclared(pattern, _SPREADS[spec]))
    elif spec == "function":
        add(context, statement, FunctionDeclared(pattern, None))
    elif len(words) == 1 and known(words[0]) and words[0] not in context.sizes and words[0] not in _RESERVED:
        add(context, statement, FunctionDeclared(pattern, canonical(words[0])))
    elif spec in ("differential",):
        context.signs[name] = "differential"
    else:
        _tensor(context, statement, pattern, start)


def _integer(context: DeclaredNames, statement: DeclarationStatement, pattern: Pattern, start: int, ranged: bool) -> None:
    number = context.numbers.get(pattern.text)
    add(context, statement, Quantity(pattern, Symbol(pattern.text, integer=True) if number is None else Integer(number)))


def _size(context: DeclaredNames, statement: DeclarationStatement, pattern: Pattern, start: int, ranged: bool) -> None:
    add(context, statement, Quantity(pattern, size_symbol(context, pattern.text)))


def _label(context: DeclaredNames, statement: DeclarationStatement, pattern: Pattern, start: int, ranged: bool) -> None:
    if not ranged:
        raise statement.error("a label needs a size", f"{pattern.text}: label m")
    sizes, _ = axes(context, statement, start + len("label"), statement.end)
    value = Label(pattern.text, sizes[0]) if len(sizes) == 1 else Tensor(pattern.text, sizes[1:], label_size=sizes[0])
    add(context, statement, Quantity(pattern, value))


def _index(context: DeclaredNames, statement: DeclarationStatement, pattern: Pattern, start: int, ranged: bool) -> None:
    if not ranged:
        raise statement.error("an index needs a range", f"{pattern.text}: index m")
    sizes, origins = axes(context, statement, start + len("index"), statement.end)
    if len(sizes) != 1:
        raise statement.error("an index runs over one size", f"{pattern.text}: index m")
    low = context.first_index if origins[0] is None else origins[0]
    add(context, statement, LetterDeclared(pattern, Index(pattern.text, low, (sizes[0] + low - 1).expand())))


# What is a whole number, by the first word of its declaration; the last argument says whether more words follow.
_WHOLE = {"integer": _integer, "size": _size, "label": _label, "index": _index}


def _random_name(context: DeclaredNames, statement: DeclarationStatement, pattern: Pattern, start: int) -> None:
    """``x: random k normal(mu, Sigma)``: the name with its shape, and its law beside it."""
    law, spec = random_law(statement, start)
    source = SourceText(f"{pattern.text}: {spec}", *statement.source.place(start))
    before = set(context.all())
    if spec != "scalar" or pattern.text not in context.texts:
        _declare_name(context, DeclarationStatement(source, 0, len(source.text)), pattern, spec, len(pattern.text) + 2)
    context.laws |= {d.value.name: law for d in context.all() if isinstance(d, Quantity) and isinstance(d.value, Tensor)
                     and (d not in before or d.pattern == pattern)}
    text = "" if law.source is None or law.name != BERNOULLI else law.source.text[slice(*law.parameters[0])].strip()
    if text and any(isinstance(d, Quantity) and not d.rank for d in context.by_name(text)):
        # What is a probability lies between 0 and 1.
        for said in (f"{text} > 0", f"{text} < 1"):
            constraint(context, DeclarationStatement(SourceText(said), 0, len(said)))


def _properties(statement: DeclarationStatement, text: str) -> dict[str, bool]:
    found = {property_of(match): True for match in PROPERTY.finditer(text)}
    extra = [w for w in re.split(r"[\s,]+", PROPERTY.sub("", text)) if w]
    if extra:
        if extra[0] in ("in", ">", ">=", "<", "<="):
            raise statement.error(f"{' '.join(extra)!r} is a condition", "give it by itself, as in 0 < a < 1")
        raise statement.error(f"{extra[0]!r} is not a property",
                              "one of " + ", ".join(p.replace("_", "-") for p in PROPERTIES))
    return found


def _tensor(context: DeclaredNames, statement: DeclarationStatement, pattern: Pattern, start: int) -> None:
    """``W: m n symmetric``; with an index among the scripts, a family whose first axes are the letters'."""
    text = statement.source.text
    properties: dict[str, bool] = {}
    end = statement.end
    first = PROPERTY.search(text, start, end)
    if first:
        properties = _properties(statement, text[first.start():end])
        end = first.start()
    space = _SPACED_OUT.match(text, start, end)
    if space and text[space.end():end].strip(" ,"):
        # What stands behind R^{m x n} is no size.
        _properties(statement, text[space.end():end])
    sizes, origins = _shape(context, statement, pattern.text, start, end)
    _add_tensor(context, statement, pattern, sizes, origins, properties)


def _add_tensor(context: DeclaredNames, statement: DeclarationStatement, pattern: Pattern, sizes: tuple[Expr, ...],
                origins: tuple[int | None, ...], properties: Mapping[str, bool]) -> None:
    """An array, or with an index among the scripts a family of them: its first axes are those of the letters."""
    written = pattern.text
    letters = _family_letters(context, pattern)
    if not letters and len(pattern.sups) == 3 and pattern.sups[0] == "(" and not pattern.subs:
        # x^{(i)} is a row of x for every i.
        letters = _family_letters(context, replace(pattern, subs=(pattern.sups[1:2],)))
        pattern = replace(pattern, hole=pattern.sups[1]) if letters else pattern
    elif letters:
        pattern = replace(pattern, subs=(), sups=() if context.upper else pattern.sups)
    if letters:
        sizes = tuple((i.hi - i.lo + 1).expand() for i in letters) + sizes
        origins = tuple(int(i.lo) if i.lo.is_Integer else None for i in letters) + origins
    name = pattern.text
    if any(isinstance(d, Quantity) and (d.pattern != pattern or d.rank != len(sizes)) for d in context.by_name(name)):
        # x beside a bold x, or beside x_i: two arrays need two names.
        name = written if written != name else f"{pattern.font or 'plain'}_{name}"
    try:
        made = tensor(name, *sizes, **properties)
    except SymderivError as error:
        raise statement.error(error.message, error.hint) from None
    add(context, statement, Quantity(pattern, made, origins))


def _shape(context: DeclaredNames, statement: DeclarationStatement, name: str, start: int, end: int) \
        -> tuple[tuple[Expr, ...], tuple[int | None, ...]]:
    """The sizes of an array: ``m n``, ``row vector n``, ``R^{m x n}``."""
    text = statement.source.text
    kind = _KIND.match(text, start, end)
    space = _SPACE.fullmatch(text[kind.end() if kind else start:end].strip())
    if space:
        plain = sizes_raised(space.group(1)).strip().removeprefix("{").removesuffix("}")
        line, column = statement.source.place(start)
        said = f"{kind.group() if kind else ''}{plain}"
        inner = DeclarationStatement(SourceText(f"{name}: {said}", line, column), 0, len(name) + 2 + len(said))
        return _shape(context, inner, name, len(name) + 2, inner.end)
    row, word = (kind.group(1), kind.group(2)) if kind else (None, None)
    begin = kind.end() if kind else start
    if not text[begin:end].strip():
        kind_of = f"a {word or row}" if word or row else "an array"
        raise statement.error(f"{name} is said to be {kind_of}, but not of what size",
                              f"{name}: m n" if word == "matrix" else f"{name}: n, or {name}: scalar for a number")
    sizes_, origins = axes(context, statement, begin, end)
    strange = next((w for w in re.findall(r"[A-Za-z]+", text[begin:end]) if w in _RESERVED), None)
    if strange:
        raise statement.error(f"{strange!r} is not a size", f"{name}: m n, with properties such as one-hot behind the sizes")
    if row == "row" and len(sizes_) == 1:
        return (Integer(1), *sizes_), (None, *origins)
    wanted = {"vector": 1, "matrix": 2}.get(word or "")
    if wanted and len(sizes_) != wanted:
        raise statement.error(f"a {word} has {wanted} size{'s' if wanted > 1 else ''}, not {len(sizes_)}",
                              f"{name}: {'m n' if wanted == 2 else 'n'}")
    return sizes_, origins


def _in_space(context: DeclaredNames, statement: DeclarationStatement) -> bool:
    """``x in R^n`` as the declaration that it is, where x is not declared otherwise."""
    text = statement.text.strip()
    sign = _IN.search(text, 1)
    found = _IN_SPACE.fullmatch(text[sign.end():].strip()) if sign else None
    if not sign or not found:
        return False
    names, space = text[:sign.start()].strip(), found.group()
    patterns = [head(item) for item in split_items(tokenize(SourceText(names))[:-1])]
    if any(p is None or any(d.pattern == p for d in context.starting(p.base[0])) for p in patterns):
        return False
    spec = space if found.group(1) is not None else "scalar"
    line, column = statement.source.place(statement.start)
    source = SourceText(f"{names}: {spec}", line, column)
    _declaration(context, DeclarationStatement(source, 0, len(source.text)), len(names))
    return True


def _family_letters(context: DeclaredNames, pattern: Pattern) -> tuple[Index, ...]:
    """The declared index letters that make up the whole subscript of a name."""
    letters: list[Index] = []
    for item in pattern.subs:
        for key in item:
            for c in ((key,) if len(key) == 1 or context.starting(key) else tuple(key)):
                found = next((d.index for d in context.starting(c) if isinstance(d, LetterDeclared)), None)
                if found is None:
                    return ()
                letters.append(found)
    return tuple(letters)


def _unknown_quantity(context: DeclaredNames, statement: DeclarationStatement, pattern: Pattern, start: int) -> None:
    """``L: function of Y`` and ``K: n n symmetric function of theta``."""
    text = statement.source.text
    found = re.compile(r"\b(?:differentiable\s+)?function\s+of\b").search(text, start, statement.end)
    assert found is not None
    first = PROPERTY.search(text, start, found.start())
    end = first.start() if first else found.start()
    properties = _properties(statement, text[end:found.start()])
    strange = next((p for p in properties if p not in KEPT), None)
    if strange:
        raise statement.error(f"a function that is {strange.replace('_', '-')} is not read",
                              "declare what it is, or leave the property out", end)
    said = text[start:end].strip()
    sizes, origins = _shape(context, statement, pattern.text, start, end) if said and said not in SCALARS else ((), ())
    depends: list[str] = []
    tokens = statement.tokens(found.end())[:-1]
    items = (x for part in split_items(tokens) for x in split_at(part, lambda x: x.kind == WORD and x.key == "and"))
    for item in filter(None, items):
        other = head(item)
        if other is None:
            raise statement.error("what it is a function of is not a name", f"{pattern.text}: function of x, y",
                                  found.start())
        depends.append(other.text)
    add(context, statement, Quantity(pattern, tensor(pattern.text, *sizes, **properties), origins, tuple(depends)))
