"""Declarations: what a person types to say what the names of a text mean.

One statement a line, or several with semicolons; a percent sign starts a comment.  Names are declared by ``name: shape``
and the like, defined by ``name = expression``; everything else is a constraint or a convention.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from typing import Any

import sympy
from sympy import Expr, Integer, Symbol, floor

from ..errors import DeclarationError, SymderivError
from ..index.arrays import PROPERTIES, Array, Tensor, tensor
from ..index.operator import OPERATORS, shape_of
from ..index.sizes import as_size, dims
from ..index.symbols import Index, Label
from . import tree as t
from .context import (
    Constraint,
    Context,
    Declared,
    Definition,
    Expected,
    FunctionDeclared,
    LetterDeclared,
    Parameter,
    Pattern,
    Quantity,
    Recurrence,
)
from .functions import canonical, known
from .grammar import RELATIONS, Parser, operator_key
from .names import CLOSING, OPENING, find, matching, read_scripts, split_items
from .recurrence import step_pattern
from .tokens import NUMBER, OPERATOR, STOP, STRUCTURE, WORD, Source, Token, looks_like_latex, tokenize

MEANINGS = frozenset([
    "product", "matmul", "elementwise", "hadamard", "dot", "outer", "kron", "frobenius", "composition", "conv1d",
    "conv2d", "norm", "abs", "det",
])
MODES = frozenset(["valid", "full", "same"])
_PROPERTY = re.compile(r"\b(" + "|".join(p.replace("_", "[-_ ]") for p in sorted(PROPERTIES, key=len)[::-1]) + r")\b")


@dataclass(frozen=True)
class Statement:
    """One statement, as a stretch of the source."""

    source: Source
    start: int
    end: int

    @property
    def text(self) -> str:
        return self.source.text[self.start:self.end]

    def error(self, message: str, hint: str | None = None, at: int | None = None) -> DeclarationError:
        """A DeclarationError with its place."""
        place = self.start if at is None else at
        line, column = self.source.place(place)
        return DeclarationError(f"line {line}, column {column}: {message}", where=self.text.strip(), hint=hint)

    def tokens(self, start: int | None = None, end: int | None = None) -> list[Token]:
        return tokenize(self.source, self.start if start is None else start, self.end if end is None else end)


def declare(given: object = None, *, strict: bool = True) -> Context:
    """A context from declarations: text, a dict of Python objects by name, or a context made before.

    With ``strict`` unset, a definition that cannot be read is kept in ``problems`` rather than raised.
    Raises ParseError and DeclarationError with line and column.
    """
    context = given.copy() if isinstance(given, Context) else Context()
    if isinstance(given, str):
        _read(context, Source(given), strict)
    elif isinstance(given, Mapping):
        for name, value in given.items():
            _object(context, str(name), value)
    elif given is not None and not isinstance(given, Context):
        raise DeclarationError(f"declarations are text or a dict, not {type(given).__name__}", hint='"W: m n; x: n"')
    _name_sizes(context)
    return context


def with_objects(context: Context, names: Mapping[str, object]) -> Context:
    """A context with Python objects under further names, which take the place of what had these names."""
    more = context.copy()
    more.values.clear()
    for name, value in names.items():
        _object(more, name, value)
    _name_sizes(more)
    return more


# ------------------------------------------------------------------ Python objects

def _object(context: Context, name: str, value: object) -> None:
    """A Python object under a name."""
    if isinstance(value, str):
        _read(context, Source(f"{name}: {value}"), True)
        return
    pattern = head(tokenize(Source(name))[:-1])
    if pattern is None:
        raise DeclarationError(f"{name!r} cannot be read as a name")
    for old in list(context.names.get(pattern.base[0], [])):
        if old.pattern == pattern:
            context.names[pattern.base[0]].remove(old)
    context.values.pop(f"{pattern.text}/0", None)
    if isinstance(value, bool) or value is None:
        raise DeclarationError(f"{name} is {value!r}, which is no mathematical object")
    if isinstance(value, Index):
        context.add(LetterDeclared(pattern, value))
    elif isinstance(value, Expr | int | float):
        expr = sympy.sympify(value)
        context.add(Quantity(pattern, expr))
        for size in (*shape_of(expr), getattr(expr, "size", None)):
            if isinstance(size, Expr):
                _sizes_in(context, size)
        _sizes_of_tree(context, expr)
    elif callable(value):
        target = getattr(value, "__name__", None) or getattr(value, "name", "")
        if not known(str(target)):
            raise DeclarationError(f"{name} is a function that the library does not know",
                                   hint=f"declare it by a definition: {name}(x) = ...")
        context.add(FunctionDeclared(pattern, canonical(str(target))))
    else:
        raise DeclarationError(f"{name} is {value!r}, which is no mathematical object", hint="declare it with sd.tensor")


def _sizes_of_tree(context: Context, expr: Expr) -> None:
    for tensor_ in expr.free_symbols:
        for size in shape_of(tensor_):
            _sizes_in(context, size)


def _sizes_in(context: Context, size: Expr) -> None:
    for symbol in size.free_symbols:
        if isinstance(symbol, Symbol) and not isinstance(symbol, Index | Label) and symbol.is_positive and symbol.is_integer:
            context.sizes.setdefault(symbol.name, symbol)


def _name_sizes(context: Context) -> None:
    """Sizes are names too, unless something else has the name."""
    for name, size in context.sizes.items():
        pattern = head(tokenize(Source(name))[:-1])
        if pattern is not None and not any(d.pattern == pattern for d in context.starting(pattern.base[0])):
            context.add(Quantity(pattern, size))


# ------------------------------------------------------------------ statements

def _read(context: Context, source: Source, strict: bool) -> None:
    statements = list(split(source))
    _conventions(context, statements)
    definitions: list[tuple[Statement, int]] = []
    others: list[Statement] = []
    declared: list[tuple[Statement, int]] = []
    for statement in statements:
        colon, relation = top_level(statement)
        if colon is not None:
            declared.append((statement, colon))
        elif relation is not None and statement.source.text[relation] == "=" and _has_head(context, statement, relation):
            definitions.append((statement, relation))
        else:
            others.append(statement)
    # Letters and labels first: a family such as x_i: d needs to know that i is an index.
    declared.sort(key=lambda pair: 0 if re.match(r"\s*(index|label|integer|size)\b",
                                                 pair[0].source.text[pair[1] + 1:pair[0].end]) else 1)
    for statement, colon in declared:
        _guarded(context, statement, strict, partial(_declaration, context, statement, colon))
    pending: list[tuple[Statement, Callable[[], None]]] = []
    for statement, relation in definitions:
        _guarded(context, statement, strict, partial(_begin, context, statement, relation, pending))
    _families(context)
    _name_sizes(context)
    for statement, finish in pending:
        _guarded(context, statement, strict, finish)
    for statement in others:
        _guarded(context, statement, strict, partial(_constraint, context, statement))


def _begin(context: Context, statement: Statement, relation: int,
           pending: list[tuple[Statement, Callable[[], None]]]) -> None:
    pending.extend((statement, finish) for finish in _definition(context, statement, relation))


def _guarded(context: Context, statement: Statement, strict: bool, action: Callable[[], object]) -> None:
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


def split(source: Source) -> Iterator[Statement]:
    """Statements: lines, cut at semicolons outside brackets, without comments and blanks."""
    text, start, depth = source.text, 0, 0
    position = 0
    while position <= len(text):
        c = text[position] if position < len(text) else "\n"
        escaped = position > 0 and text[position - 1] == "\\"
        if c in "([{" and not escaped:
            depth += 1
        elif c in ")]}" and not escaped:
            depth = max(0, depth - 1)
        if c == "\n" or (c == ";" and depth == 0 and not escaped) or (c == "%" and not escaped):
            left, right = start, position
            while left < right and text[left].isspace():
                left += 1
            while right > left and text[right - 1].isspace():
                right -= 1
            if left < right:
                yield Statement(source, left, right)
            if c == "%":
                stop = text.find("\n", position)
                position = len(text) if stop < 0 else stop
            start = position + 1
            depth = 0
        position += 1


def top_level(statement: Statement) -> tuple[int | None, int | None]:
    """Offsets of the colon of a declaration, and of the first relation sign, outside brackets; None where there is none."""
    depth = 0
    for token in statement.tokens():
        if token.kind != OPERATOR:
            continue
        if token.key in OPENING:
            depth += 1
        elif token.key in CLOSING:
            depth -= 1
        elif depth == 0 and token.key == ":":
            return token.start, None
        elif depth == 0 and token.key in RELATIONS:
            return None, token.start
    return None, None


def _has_head(context: Context, statement: Statement, relation: int) -> bool:
    """Whether the left side of an equation is a name, so that the equation defines it."""
    left = statement.tokens(end=relation)[:-1]
    if not left or left[0].kind != WORD:
        return False
    if left[0].key in ("sum", "prod") or any(isinstance(d, Expected) for d in context.starting(left[0].key)):
        return False
    if len(left) > 1 and left[1].key == "[":
        return False
    if _expectation_sign(statement, left[0].key):
        return False
    if known(left[0].key) and len(left[0].key) > 1 and len(left) > 1 and left[1].key == "(" and left[0].key not in (
            "CE", "linear"):
        return False
    return head(left) is not None or _called_head(left) is not None or _token_head(left)


def _expectation_sign(statement: Statement, key: str) -> bool:
    return re.search(rf"(^|[;\n])\s*{re.escape(key)}\s*:\s*expectation", statement.source.text) is not None


def _token_head(left: Sequence[Token]) -> bool:
    """P(O=w|C=c): a name made of several signs."""
    close = matching(left, 1) if len(left) > 2 and left[1].key == "(" else None
    return close == len(left) - 1 and all(x.kind in (WORD, NUMBER, OPERATOR) for x in left)


def head(tokens: Sequence[Token]) -> Pattern | None:
    """The pattern of a name with its scripts; None if the tokens are something else."""
    if not tokens:
        return None
    first = 0
    while first < len(tokens) and tokens[first].kind in (WORD, NUMBER):
        first += 1
    if first == 0 or tokens[0].kind == NUMBER:
        return None
    base = tuple(x.key for x in tokens[:first])
    source = Source("")
    ended = [*tokens, Token(STOP, STOP, tokens[-1].end, tokens[-1].end)]
    # Unbraced scripts are whole words here: W_1, h_t, v_max.
    try:
        scripts = read_scripts(ended, first, source, False)[0]
    except SymderivError:
        return None
    if scripts.next != len(tokens):
        return None
    return Pattern(base, tuple(tuple(x.key for x in item) for item in scripts.subs), tuple(x.key for x in scripts.sup),
                   scripts.primes, tokens[0].font)


def _called_head(tokens: Sequence[Token]) -> tuple[Pattern, tuple[Pattern, ...]] | None:
    """f(x, y): the name and its parameters."""
    if len(tokens) < 3 or tokens[-1].key != ")":
        return None
    open_ = next((n for n, x in enumerate(tokens) if x.key == "(" and matching(tokens, n) == len(tokens) - 1), None)
    if not open_:
        return None
    pattern = head(tokens[:open_])
    if pattern is None:
        return None
    parameters = []
    for item in (part for semi in split_items(tokens[open_ + 1:-1], ";") for part in split_items(semi)):
        parameter = head(item)
        if parameter is None:
            return None
        parameters.append(parameter)
    return pattern, tuple(parameters)


# ------------------------------------------------------------------ conventions

def _conventions(context: Context, statements: list[Statement]) -> None:
    """Conventions hold for all other statements, so they are read first, and taken out."""
    for statement in list(statements):
        found = re.match(r"(layout|indices|summation|goal|tolerance|log|d)\s*:\s*(.*)$", statement.text, re.DOTALL)
        if not found:
            continue
        what, value = found.group(1), " ".join(found.group(2).split())
        rule = _CONVENTIONS[what]
        if rule(context, statement, value):
            statements.remove(statement)


def _layout(context: Context, statement: Statement, value: str) -> bool:
    if value not in ("denominator", "numerator"):
        raise statement.error(f"unknown layout {value!r}", "layout: denominator, or layout: numerator")
    context.layout = value
    return True


def _indices(context: Context, statement: Statement, value: str) -> bool:
    if value == "upper":
        context.upper = True
    elif value in ("from 0", "from 1"):
        context.first_index = int(value[-1])
    else:
        raise statement.error(f"unknown convention {value!r}", "indices: from 0, indices: from 1, or indices: upper")
    return True


def _summation(context: Context, statement: Statement, value: str) -> bool:
    if value not in ("einstein", "explicit"):
        raise statement.error(f"unknown convention {value!r}", "summation: einstein, or summation: explicit")
    context.einstein = value == "einstein"
    return True


def _goal(context: Context, statement: Statement, value: str) -> bool:
    context.goal = value
    return True


def _tolerance(context: Context, statement: Statement, value: str) -> bool:
    if not re.fullmatch(r"\d*\.?\d+(e-?\d+)?", value) or not 0 < float(value) < 1:
        raise statement.error(f"{value!r} is not a tolerance between 0 and 1", "tolerance: 0.01")
    context.tolerance = float(value)
    return True


def _log(context: Context, statement: Statement, value: str) -> bool:
    found = re.fullmatch(r"base (\d+(\.\d+)?|e)", value)
    if found:
        context.log_base = None if found.group(1) == "e" else sympy.Rational(found.group(1))
        return True
    return value == "natural"


def _differential(context: Context, statement: Statement, value: str) -> bool:
    if value == "differential":
        context.signs["d"] = "differential"
        return True
    return False


_CONVENTIONS: dict[str, Callable[[Context, Statement, str], bool]] = {
    "layout": _layout, "indices": _indices, "summation": _summation, "goal": _goal, "tolerance": _tolerance, "log": _log,
    "d": _differential,
}


# ------------------------------------------------------------------ name: meaning

def _declaration(context: Context, statement: Statement, colon: int) -> None:
    """``names: meaning``."""
    left = statement.tokens(end=colon)[:-1]
    start = colon + 1
    text = statement.source.text[start:statement.end]
    start += len(text) - len(text.lstrip())
    spec = " ".join(text.split())
    if not left:
        raise statement.error("a name is missing before the colon")
    if not spec:
        raise statement.error("nothing stands after the colon", f"{statement.text.rstrip(': ')}: n", colon)
    sign = _operator_sign(left)
    if sign is not None:
        _operator(context, statement, sign, spec)
        return
    if spec in ("matrix logarithm", "matrix exponential", "matrix function"):
        context.signs[f"matrix {left[0].key}"] = spec
        return
    if spec == "partial":
        context.signs[left[0].key] = "partial"
        return
    for item in split_items(left):
        pattern = head(item)
        if pattern is None:
            raise statement.error(f"{statement.source.text[item[0].start:item[-1].end] if item else ''!r} is not a name",
                                  at=item[0].start if item else None)
        _declare_name(context, statement, pattern, spec, start)


def _operator_sign(left: Sequence[Token]) -> str | None:
    """The spelling of an operator sign, with its scripts; None where names stand."""
    keys = [x.key for x in left]
    if keys == ["(", ":", ")"]:
        return ":"
    if keys and keys[0] in ("|", "||") and keys[-1] == keys[0]:
        return keys[0]
    if left[0].kind != OPERATOR or left[0].key in OPENING:
        return None
    if len(left) == 1:
        return left[0].key
    ended = [*left, Token(STOP, STOP, left[-1].end, left[-1].end)]
    scripts = read_scripts(ended, 1, Source(""), False)[0]
    return operator_key(left[0], scripts) if scripts.next == len(left) else None


def _operator(context: Context, statement: Statement, sign: str, spec: str) -> None:
    name, *words = spec.replace(",", " ").split()
    if name not in MEANINGS and name not in OPERATORS:
        raise statement.error(f"{name!r} is not the meaning of an operator sign", "one of " + ", ".join(sorted(MEANINGS)))
    options: dict[str, Any] = {}
    position = 0
    while position < len(words):
        word = words[position]
        if word in MODES:
            options["mode"] = word
        elif word == "flip":
            options["flip"] = True
        elif word in ("stride", "dilation", "padding") and position + 1 < len(words) and words[position + 1].isdigit():
            options[word] = int(words[position + 1])
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


def _declare_name(context: Context, statement: Statement, pattern: Pattern, spec: str, start: int) -> None:
    """One name with its meaning."""
    name = pattern.text
    words = spec.split()
    context.texts[name] = spec
    if words[0] == "scalar":
        properties = _properties(statement, spec[len("scalar"):])
        _add(context, statement, Quantity(pattern, tensor(name, **properties)))
    elif words[0] == "integer":
        _add(context, statement, Quantity(pattern, Symbol(name, integer=True)))
    elif words[0] == "size":
        _add(context, statement, Quantity(pattern, _size_symbol(context, name)))
    elif words[0] == "label":
        sizes, _ = axes(context, statement, start + len("label"), statement.end)
        if not sizes:
            raise statement.error("a label needs a size", f"{name}: label m")
        value = Label(name, sizes[0]) if len(sizes) == 1 else Tensor(name, sizes[1:], label_size=sizes[0])
        _add(context, statement, Quantity(pattern, value))
    elif words[0] == "index":
        sizes, origins = axes(context, statement, start + len("index"), statement.end)
        if len(sizes) != 1:
            raise statement.error("an index runs over one size", f"{name}: index m")
        low = context.first_index if origins[0] is None else origins[0]
        _add(context, statement, LetterDeclared(pattern, Index(name, low, (sizes[0] + low - 1).expand())))
    elif words[0] == "expectation":
        over = tuple(w for w in re.split(r"[\s,]+", spec.partition("over")[2]) if w)
        _add(context, statement, Expected(pattern, over))
    elif spec == "function":
        _add(context, statement, FunctionDeclared(pattern, None))
    elif re.search(r"\bfunction of\b", spec):
        _unknown_quantity(context, statement, pattern, start)
    elif len(words) == 1 and known(words[0]) and words[0] not in context.sizes:
        _add(context, statement, FunctionDeclared(pattern, canonical(words[0])))
    elif spec in ("differential",):
        context.signs[name] = "differential"
    else:
        _tensor(context, statement, pattern, start)


def _add(context: Context, statement: Statement, declared: Declared) -> None:
    try:
        context.add(declared)
    except DeclarationError as error:
        raise statement.error(error.message, error.hint) from None


def _properties(statement: Statement, text: str) -> dict[str, bool]:
    found: dict[str, bool] = {}
    for match in _PROPERTY.finditer(text):
        found[match.group(1).replace("-", "_").replace(" ", "_")] = True
    extra = [w for w in re.split(r"[\s,]+", _PROPERTY.sub("", text)) if w]
    if extra:
        raise statement.error(f"{extra[0]!r} is not a property",
                              "one of " + ", ".join(p.replace("_", "-") for p in PROPERTIES))
    return found


def _tensor(context: Context, statement: Statement, pattern: Pattern, start: int) -> None:
    """``W: m n symmetric``; with an index among the scripts, a family whose first axes are the letters'."""
    text = statement.source.text
    properties: dict[str, bool] = {}
    end = statement.end
    first = _PROPERTY.search(text, start, end)
    if first:
        properties = _properties(statement, text[first.start():end])
        end = first.start()
    sizes, origins = axes(context, statement, start, end)
    letters = _family_letters(context, pattern)
    if letters:
        pattern = replace(pattern, subs=(), sups=() if context.upper else pattern.sups)
        sizes = tuple((i.hi - i.lo + 1).expand() for i in letters) + sizes
        origins = tuple(int(i.lo) if i.lo.is_Integer else None for i in letters) + origins
    try:
        made = tensor(pattern.text, *sizes, **properties)
    except SymderivError as error:
        raise statement.error(error.message, error.hint) from None
    _add(context, statement, Quantity(pattern, made, origins))


def _family_letters(context: Context, pattern: Pattern) -> tuple[Index, ...]:
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


def _unknown_quantity(context: Context, statement: Statement, pattern: Pattern, start: int) -> None:
    """``L: function of Y`` and ``K: n n function of theta``."""
    text = statement.source.text
    found = re.compile(r"\bfunction\s+of\b").search(text, start, statement.end)
    assert found is not None
    sizes, origins = axes(context, statement, start, found.start()) if text[start:found.start()].strip() else ((), ())
    depends: list[str] = []
    tokens = statement.tokens(found.end())[:-1]
    for item in (x for part in split_items(tokens) for x in _split_word(part, "and")):
        other = head(item)
        if other is None:
            raise statement.error("what it is a function of is not a name", f"{pattern.text}: function of x, y",
                                  found.start())
        depends.append(other.text)
    _add(context, statement, Quantity(pattern, tensor(pattern.text, *sizes), origins, tuple(depends)))


def _split_word(tokens: Sequence[Token], word: str) -> list[tuple[Token, ...]]:
    items: list[list[Token]] = [[]]
    for token in tokens:
        if token.kind == WORD and token.key == word:
            items.append([])
        else:
            items[-1].append(token)
    return [tuple(i) for i in items if i]


# ------------------------------------------------------------------ sizes

def axes(context: Context, statement: Statement, start: int, end: int) -> tuple[tuple[Expr, ...], tuple[int | None, ...]]:
    """Sizes separated by blanks, each a number, a name or a bracket; or one size that is a sum or product."""
    tokens = tokenize(statement.source, start, end)[:-1]
    if tokens and tokens[0].key == "(" and matching(tokens, 0) == len(tokens) - 1 and split_items(tokens[1:-1])[1:]:
        # (m, n) as NumPy writes a shape
        parts = [p for p in split_items(tokens[1:-1]) if p]
        sizes = tuple(size(context, statement, part) for part in parts)
        return sizes, (None,) * len(sizes)
    units: list[tuple[Token, ...]] = []
    joined = False
    position = 0
    while position < len(tokens):
        token = tokens[position]
        stop = position + 1
        if token.key in ("(", "{") and token.kind == OPERATOR:
            close = matching(tokens, position)
            if close is None:
                raise statement.error("this bracket is not closed", at=token.start)
            stop = close + 1
        elif token.kind == WORD:
            stop = read_scripts([*tokens, Token(STOP, STOP, end, end)], position + 1, statement.source, False)[0].next
        elif token.kind == NUMBER:
            pass
        elif token.kind == OPERATOR and token.key in ("+", "-", "*", "/", "^", "times", "cdot", ",", ".."):
            joined = joined or token.key not in ("times", ",", "..")
            if token.key == "..":
                units[-1:] = [(*units[-1], token)] if units else []
            position = stop
            continue
        elif token.kind in (OPERATOR, STRUCTURE) and token.key in ("lfloor", "frac"):
            joined = True
        else:
            raise statement.error(f"{statement.source.text[token.start:token.end]!r} is not a size", "name: m n",
                                  token.start)
        piece = tuple(tokens[position:stop])
        if units and units[-1] and units[-1][-1].key == "..":
            units[-1] = (*units[-1], *piece)
        else:
            units.append(piece)
        position = stop
    if joined:
        if any(any(x.key == ".." for x in u) for u in units):
            raise statement.error("a computed end of a range stands in brackets", "y: 0..(W - 1)")
        between = _adjacent(tokens, statement)
        if between is not None:
            raise statement.error("a computed size among several stands in brackets", "y: C (H - k + 1)", between)
        return (size(context, statement, tuple(tokens)),), (None,)
    if not units:
        raise statement.error("a size is missing", "name: m n")
    sizes_: list[Expr] = []
    origins: list[int | None] = []
    for unit in units:
        dots = next((n for n, x in enumerate(unit) if x.key == ".."), None)
        if dots is None:
            sizes_.append(size(context, statement, unit))
            origins.append(None)
            continue
        low, high = (_size_expr(context, statement, part) for part in (unit[:dots], unit[dots + 1:]))
        if not low.is_Integer:
            raise statement.error(f"the range {low}..{high} must start at a number", "x: 0..n", unit[0].start)
        sizes_.append(as_size((high - low + 1).expand()))
        origins.append(int(low))
    return tuple(sizes_), tuple(origins)


def _adjacent(tokens: Sequence[Token], statement: Statement) -> int | None:
    """Where two sizes stand side by side in something computed."""
    depth = 0
    for a, b in pairwise(tokens):
        depth += (a.key in OPENING and a.kind == OPERATOR) - (a.key in CLOSING and a.kind == OPERATOR)
        ends = a.kind in (NUMBER, WORD) or a.key in CLOSING
        starts = b.kind in (NUMBER, WORD) or b.key in ("(",)
        if depth == 0 and ends and starts and a.end < b.start:
            return b.start
    return None


def size(context: Context, statement: Statement, tokens: Sequence[Token]) -> Expr:
    """A size; names in it become sizes."""
    try:
        return as_size(_size_expr(context, statement, tokens))
    except DeclarationError as error:
        if error.message.startswith("line "):
            raise
        raise statement.error(error.message, error.hint, tokens[0].start) from None


def _size_expr(context: Context, statement: Statement, tokens: Sequence[Token]) -> Expr:
    if not tokens:
        raise statement.error("a size is missing")
    ended = [*tokens, Token(STOP, STOP, tokens[-1].end, tokens[-1].end)]
    parser = Parser(context, statement.source, ended, latex=False, lenient=True)
    return _size_of(context, statement, parser.whole(parser.expression))


def _size_of(context: Context, statement: Statement, tree: t.Tree) -> Expr:
    def inner(node: t.Tree) -> Expr:
        return _size_of(context, statement, node)

    if isinstance(tree, t.Number):
        if not tree.text.isdigit():
            raise statement.error(f"{tree.text} is not a size", "sizes are whole numbers", tree.span[0])
        return Integer(tree.text)
    if isinstance(tree, t.Unknown | t.Name | t.Letter):
        if isinstance(tree, t.Name):
            for record in context.by_name(tree.name):
                if isinstance(record, Quantity) and not shape_of(record.value) and record.value.is_integer:
                    return record.value
                if isinstance(record, Definition):
                    return inner(record.tree)
        pattern = head(tokenize(Source(tree.name))[:-1])
        return _size_symbol(context, pattern.text if pattern is not None else tree.name)
    if isinstance(tree, t.Sum):
        return sympy.Add(*(sign * inner(term) for term, sign in zip(tree.terms, tree.signs, strict=True)))
    if isinstance(tree, t.Product):
        result = inner(tree.factors[0])
        for joint, factor in zip(tree.joints, tree.factors[1:], strict=True):
            result = result / inner(factor) if joint == "/" else result * inner(factor)
        return result
    if isinstance(tree, t.Fraction):
        return inner(tree.top) / inner(tree.bottom)
    if isinstance(tree, t.Power):
        return inner(tree.base) ** inner(tree.exponent)
    if isinstance(tree, t.Bracket):
        return inner(tree.body)
    if isinstance(tree, t.Round):
        return (sympy.ceiling if tree.up else floor)(inner(tree.body))
    if isinstance(tree, t.Call) and isinstance(tree.function, t.Function) \
            and tree.function.name in ("floor", "ceil", "ceiling"):
        return (floor if tree.function.name == "floor" else sympy.ceiling)(inner(tree.arguments[0]))
    raise statement.error(f"{statement.source.text[tree.span[0]:tree.span[1]]!r} is not a size", at=tree.span[0])


def _size_symbol(context: Context, name: str) -> Symbol:
    if name not in context.sizes:
        found = dims(name) if re.fullmatch(r"[^\s,]+", name) else Symbol(name, positive=True, integer=True)
        assert isinstance(found, Symbol)
        context.sizes[name] = found
    return context.sizes[name]


# ------------------------------------------------------------------ definitions

def _definition(context: Context, statement: Statement, relation: int) -> list[Callable[[], None]]:
    """``name = expression``: the name is put in now, the right side is read by the functions returned."""
    left = statement.tokens(end=relation)[:-1]
    stop, steps = _steps(statement, relation + 1)
    right = tokenize(statement.source, relation + 1, stop)[:-1]
    if not right:
        raise statement.error("nothing stands after the equals sign", at=relation)
    if steps is not None:
        return _recurrence(context, statement, left, right, *steps)
    return [_define(context, statement, left, right)]


def _define(context: Context, statement: Statement, left: Sequence[Token], right: Sequence[Token]) -> Callable[[], None]:
    parameters: tuple[Pattern, ...] | None = None
    called = _called_head(left)
    letters: tuple[str, ...] = ()
    upper = False
    free = index_letters(context, right, statement.source)
    if called is not None:
        pattern, parameters = called
    else:
        found = head(left)
        pattern = found if found is not None else _hole_pattern(left, free)
        if found is not None:
            pattern, letters, upper = _head_letters(context, found, free)
        elif pattern.hole is not None:
            letters = (pattern.hole,)
    if parameters is None and len(right) > 1 and right[0].key == pattern.base[0] and _restates(context, pattern, right):
        return lambda: None
    beside = next((d for d in context.starting(pattern.base[0]) if isinstance(d, Quantity) and d.pattern == pattern
                   and (not letters or (d.rank or 0) >= len(letters))), None)
    placeholder = Definition(pattern, letters, tuple(p.text for p in parameters) if parameters is not None else None,
                             t.Number("0"), statement.source, beside, upper)
    if beside is not None:
        context.replace(beside, placeholder)
    else:
        _add(context, statement, placeholder)

    def finish() -> None:
        try:
            tree = read()
        except SymderivError:
            if beside is not None:
                context.replace(placeholder, beside)
            else:
                context.names[pattern.base[0]].remove(placeholder)
            raise
        context.replace(placeholder, replace(placeholder, tree=tree))

    def read() -> t.Tree:
        ended = [*right, Token(STOP, STOP, right[-1].end, right[-1].end)]
        inside = context
        for parameter in parameters or ():
            if not any(d.pattern == parameter for d in context.starting(parameter.base[0])):
                inside = inside.copy() if inside is context else inside
                inside.add(Parameter(parameter))
        parser = Parser(inside, statement.source, ended, latex=_mode(statement), scope=frozenset(letters))
        return parser.whole(parser.relation)

    return finish


def _mode(statement: Statement) -> bool:
    """Declarations are plain text, in which LaTeX commands may stand; products have their signs unless braces say LaTeX."""
    return looks_like_latex(statement.text) and "*" not in statement.text


def _restates(context: Context, pattern: Pattern, right: Sequence[Token]) -> bool:
    """L = L(y, t), where L(y, t) is defined already."""
    called = _called_head(right)
    return called is not None and called[0] == pattern and any(
        isinstance(d, Definition) and d.pattern == pattern and d.parameters for d in context.starting(pattern.base[0]))


def index_letters(context: Context, tokens: Sequence[Token], source: Source) -> frozenset[str]:
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
                for x in item:
                    if x.kind == WORD:
                        found.update(x.key if not x.upright else (x.key,))
            if token.key in ("e",) or match is None:
                pass
        elif token.key == "[" and token.kind == OPERATOR:
            close = matching(ended, position)
            for x in tokens[position + 1:close or position + 1]:
                if x.kind == WORD and len(x.key) == 1:
                    found.add(x.key)
        position += 1
    return frozenset(found)


def _head_letters(context: Context, pattern: Pattern, free: frozenset[str]) -> tuple[Pattern, tuple[str, ...], bool]:
    """Which scripts of a defined name are index letters: those used as indices on the right, and not declared otherwise."""
    def split_letters(keys: tuple[str, ...]) -> tuple[str, ...] | None:
        found: list[str] = []
        for key in keys:
            whole = any(isinstance(d, LetterDeclared) for d in context.starting(key))
            parts = (key,) if len(key) == 1 or whole else tuple(key)
            for c in parts:
                declared = context.starting(c)
                if any(isinstance(d, LetterDeclared) for d in declared):
                    found.append(c)
                elif c not in free or not c.isalpha() or any(isinstance(d, Quantity) and not d.rank and d.value.is_integer
                                                             for d in declared):
                    return None
                else:
                    found.append(c)
        return tuple(found)

    if context.upper and pattern.sups and not pattern.subs:
        letters = split_letters(pattern.sups)
        if letters is not None:
            return replace(pattern, sups=()), letters, True
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


# ------------------------------------------------------------------ recurrences

_FOR = re.compile(r"\bfor\s+([A-Za-z])\s*=\s*(\S+?)\s*\.\.\s*(\S+)\s*$")


def _steps(statement: Statement, start: int) -> tuple[int, tuple[str, int, int] | None]:
    """(where the right side ends, (letter, first, last) of ``for t = 1..3``)."""
    found = _FOR.search(statement.source.text[start:statement.end])
    if not found:
        return statement.end, None
    letter, low, high = found.groups()
    if not (low.isdigit() and high.isdigit()):
        raise statement.error(f"the number of steps {low}..{high} must be given in numbers", f"for {letter} = 1..3",
                              start + found.start())
    if int(high) - int(low) > 64:
        raise statement.error("more than 64 steps are too many to write out", at=start + found.start())
    return start + found.start(), (letter, int(low), int(high))


def _recurrence(context: Context, statement: Statement, left: Sequence[Token], right: Sequence[Token], letter: str,
                low: int, high: int) -> list[Callable[[], None]]:
    """One definition a step, with the step's number in the place of its letter."""
    pattern = head(left)
    if pattern is None or not any(letter in keys for keys in (*pattern.subs, pattern.sups)):
        raise statement.error(f"the step {letter} does not occur in the name that is defined", f"h^{{({letter})}} = ...")
    finishers = []
    for step in range(low, high + 1):
        made = _define(context, statement, _at_step(left, letter, step), _at_step(right, letter, step))
        finishers.append(made)
    return finishers


def _at_step(tokens: Sequence[Token], letter: str, step: int) -> list[Token]:
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
                    and tokens[after + 1].key.isdigit() and depth:
                number += int(tokens[after + 1].key) * (1 if tokens[after].key == "+" else -1)
                after += 2
            result.append(replace(token, kind=NUMBER, key=str(number), end=tokens[after - 1].end))
            position = after
            continue
        result.append(token)
        position += 1
    return result


def _families(context: Context) -> None:
    """Names that differ in one number of a script, such as W^{(1)} and W^{(2)}, form a family with a step."""
    groups: dict[Pattern, set[int]] = {}
    for declared in list(context.all()):
        pattern = declared.pattern
        for place, key in enumerate(pattern.sups):
            if key.isdigit() and "(" in pattern.sups:
                general = replace(pattern, sups=(*pattern.sups[:place], "step", *pattern.sups[place + 1:]), hole="step")
                groups.setdefault(general, set()).add(int(key))
        for place, item in enumerate(pattern.subs):
            if len(item) == 1 and item[0].isdigit():
                general = replace(pattern, subs=(*pattern.subs[:place], ("step",), *pattern.subs[place + 1:]), hole="step")
                groups.setdefault(general, set()).add(int(item[0]))
    for pattern, steps in groups.items():
        if len(steps) < 2 or any(isinstance(d, Recurrence) and d.pattern == pattern for d in context.all()):
            continue
        if any(d.pattern.base == pattern.base and not isinstance(d, Recurrence) and not d.pattern.subs and not d.pattern.sups
               for d in context.starting(pattern.base[0])):
            continue
        context.add(Recurrence(pattern, "step", tuple(sorted(steps))))


def step_names(pattern: Pattern, steps: Sequence[int]) -> list[str]:
    """The names of the steps of a family."""
    return [step_pattern(pattern, step).text for step in steps]


# ------------------------------------------------------------------ constraints

def _constraint(context: Context, statement: Statement) -> None:
    """A relation between names; what a rule can use of it becomes a property or an assumption."""
    parser = Parser(context, statement.source, statement.tokens(), latex=_mode(statement))
    tree = parser.whole(parser.relation)
    if not isinstance(tree, t.Relation):
        raise statement.error("this is neither a declaration nor a relation", "W: m n, or p = softmax(z), or k < d")
    context.constraints.append(Constraint(tree, statement.text))
    for left, sign, right in zip(tree.sides, tree.signs, tree.sides[1:], strict=False):
        if left is not None and right is not None:
            _use(context, statement, left, sign, right)


def _use(context: Context, statement: Statement, left: t.Tree, sign: str, right: t.Tree) -> None:
    if sign in ("<", "<="):
        left, right, sign = right, left, {"<": ">", "<=": ">="}[sign]
    name = left.base if isinstance(left, t.Entry) else left
    if sign == ">" and right == t.Number("0") and isinstance(name, t.Name):
        _add_property(context, name, "positive")
        return
    if sign == "=" and right == t.Number("1") and isinstance(left, t.Big) and left.kind == "sum" \
            and isinstance(left.body, t.Entry) and isinstance(left.body.base, t.Name) and len(left.binders) == 1 \
            and left.body.positions == (t.Letter(left.binders[0].letter),):
        _add_property(context, left.body.base, "sums_to_one")
        return
    if sign in (">", ">=", "=", "!="):
        try:
            a, b = (_only_sizes(context, statement, side) for side in (left, right))
        except SymderivError:
            return
        if a is not None and b is not None:
            relation = {">": sympy.Gt, ">=": sympy.Ge, "=": sympy.Eq, "!=": sympy.Ne}[sign](a, b)
            if relation is sympy.false or relation == False:  # noqa: E712  SymPy's false compares equal to Python's
                raise statement.error(f"{statement.text} cannot hold")
            if relation != True:  # noqa: E712
                context.assuming.append(relation)


def _only_sizes(context: Context, statement: Statement, tree: t.Tree) -> Expr | None:
    """A side in which only declared sizes and numbers occur."""
    for node in t.walk(tree):
        if isinstance(node, t.Name):
            records = context.by_name(node.name)
            if not records or not all(isinstance(r, Quantity) and isinstance(r.value, Symbol) and r.value.is_positive
                                      and r.value.is_integer for r in records):
                return None
        elif not isinstance(node, t.Number | t.Sum | t.Product | t.Bracket):
            return None
    return _size_of(context, statement, tree)


def _add_property(context: Context, name: t.Name, key: str) -> None:
    for record in context.by_name(name.name):
        if isinstance(record, Quantity) and isinstance(record.value, Tensor):
            old = record.value
            made = Tensor(old.name, old.shape, old.properties | {key}, old.label_size)
            context.replace(record, replace(record, value=made))
            context.values.clear()


__all__ = ["Array", "declare", "head", "split", "step_names", "top_level",
           "with_objects"]
