"""The reader's entry: one text, plain or LaTeX, to one expression."""

from __future__ import annotations

import re
from typing import Any

from sympy import Expr, Mul

from ..arrays.operator import shape_of
from ..arrays.registry import RECORDS
from ..arrays.symbols import Sum
from ..arrays.walks import subexpressions
from ..bounds import bounded
from ..errors import BoundExceeded, ParseError, ShapeError, SymderivError
from ..functions.network_functions import where_defined
from ..numeric import follows, needed
from .declare.context import DeclaredNames
from .declare.declarations import declare, with_objects
from .declare.function_names import USUAL
from .declare.undeclared import UndeclaredName
from .meaning.elaborate import Elaborator, ReadingChoices
from .meaning.entrywise import letters_in
from .python_text import certainly_a_program, program_text
from .syntax import tree as t
from .syntax.grammar import Parser
from .syntax.names import split_items
from .syntax.spellings import ACCENTS, FONTS, GREEK
from .syntax.tokens import MAX_LENGTH, SourceText, looks_like_latex, tokenize

MOST_LETTERS = 4
_CALLED = {name: re.compile(rf"(?:\\{name}|{letter})'*(?:\\left)?\(") for name, letter in (("sigma", "σ"), ("Phi", "Φ"))}


@bounded
def parse(text: str, given: object = None, **names: object) -> Expr:
    """The expression that a text stands for, LaTeX or plain.

    ``given`` are declarations as text, a dict of Python objects, or a context from ``declare``; single objects can be
    given by keyword: ``parse("x'*A*x", x=x, A=A)``.  The text is LaTeX where it has a backslash or braces behind ``^``, or
    where it is no plain text: there letters that stand together are a product, elsewhere products are written with ``*``.
    Where objects are given, ``\\sigma(`` is the sigmoid, as results are printed, ``\\Phi(`` the distribution function of
    the standard normal law, and ``Ax`` a product of A and x, unless something else is declared.

    Raises ParseError with line and column, its subclass UndeclaredName with the declaration that is missing,
    UnknownFunction, ShapeError showing both shapes, and BoundExceeded for text too long or too deep.
    Source: the plain syntax is that of Laue, Mitterreiter and Giesen (2018), matrixcalculus.org.

    >>> x = sd.tensor("x", sd.dims("n"))
    >>> print(sd.parse("norm(x)^2 + x'*x", x=x))
    norm(x)**2 + x.T*x
    """
    context = given if isinstance(given, DeclaredNames) else declare(given)
    if names:
        own = {name: USUAL[name] for name, called in _CALLED.items()
               if name not in context.names and called.search(str(text)) is not None}
        context = with_objects(context, own | names)
    if isinstance(text, str) and not _is_latex(text) and (comment := _COMMENT.search(text)):
        raise SourceText(text).error("in plain text % is no operation, and here it would begin a comment", *comment.span(1),
                                     hint="write a remainder as a - b*floor(a/b), and leave comments out")
    def name(word: str) -> Any:
        return _declared(word, context)

    if isinstance(text, str) and (found := program_text(text, name, certain=True)) is not None:
        return found
    if isinstance(text, str) and not _is_latex(text) and certainly_a_program(text, name):
        context = context.copy()
        context.operators["*"] = ("elementwise", ())
    try:
        return read(text, context)
    except BoundExceeded:
        raise
    except SymderivError as error:
        if not isinstance(text, str):
            raise
        if (found := program_text(text, name)) is not None:
            return found
        if (found := _as_printed(text, context, error, bool(names))) is not None:
            return found
        raise


def _as_printed(text: str, context: DeclaredNames, error: SymderivError, objects: bool) -> Expr | None:
    """A text that needs no backslash to be LaTeX, as x^T A x, and one whose star slides a kernel; None for any other."""
    latex = _is_latex(text)
    if not latex and isinstance(error, ParseError) and (
            _SIDE_BY_SIDE.search(text) or (objects and _of_letters(error, context))):
        latex = True
        try:
            made: Expr = read(text, context, latex=True)
            return made
        except SymderivError as reason:
            error = reason
    return _with_convolutions(text, context) if latex and objects and isinstance(error, ShapeError) else None


def _with_convolutions(text: str, context: DeclaredNames) -> Expr | None:
    """A text as results are printed, in which the star between a signal and a kernel of another length slides it."""
    if not ("*" in text or r"\ast" in text) or "*" in context.operators:
        return None
    context = context.copy()
    context.operators["*"] = ("conv", ())
    try:
        found: Expr = read(text, context, latex=True)
    except SymderivError:
        return None
    slid = [node for node in subexpressions(found) if any(record.of(node) for record in (
        RECORDS.conv1d, RECORDS.conv2d, RECORDS.conv3d))]
    return None if any(shape_of(node.args[0]) == shape_of(node.args[1]) for node in slid) else found


def _of_letters(error: ParseError, context: DeclaredNames) -> bool:
    """Whether what is not declared is a product of declared letters, as in x'Ax; dW may be a differential."""
    word = error.token if isinstance(error, UndeclaredName) else ""
    return 2 <= len(word) <= MOST_LETTERS and word[0] != "d" and all(c.isalpha() and c in context.names for c in word)


def _declared(name: str, context: DeclaredNames) -> Any:
    """What a name stands for; None for one that nothing declares, such as np beside n and p."""
    try:
        _, tree = tree_of(name, context)
        return None if isinstance(tree, t.Factors) else read(name, context)
    except SymderivError:
        return None


def sides(text: str) -> tuple[str, str]:
    """The texts left and right of the one equality sign of an equation.  Raises ParseError where there is no or another."""
    parts = split_items(tokenize(SourceText(text))[:-1], "=")
    if len(parts) != 2 or not all(parts):
        raise ParseError("an equation LEFT = RIGHT is needed", hint="tr(A*B) = tr(B*A)")
    return text[:parts[0][-1].end], text[parts[1][0].start:]


def read(text: str, context: DeclaredNames, *, reading: ReadingChoices | None = None, latex: bool | None = None) -> Any:
    """The expression of a text in a context, under one reading."""
    try:
        source, tree = tree_of(text, context, latex=latex)
        elaborator = Elaborator(context, source, reading or ReadingChoices())
        return _with_conditions(elaborator.expression(tree), elaborator)
    except RecursionError:
        raise BoundExceeded("the expression is nested too deeply", hint="name parts of it") from None


def _with_conditions(expr: Expr, elaborator: Elaborator) -> Expr:
    """An expression that has a value only where all has that stands in its text, also what cancelled in it."""
    if not elaborator.partial:
        return expr
    left = set(subexpressions(expr))
    gone = {p: None for p in elaborator.partial.values() if not {f for f in Mul.make_args(p) if not f.is_number} <= left}
    held = set(needed(expr)) if gone else set()
    for part in gone:
        conditions = {c for c in needed(part) if not follows(c, held)}
        bound = sorted(letters_in(part) - set(elaborator.free.values()), key=lambda i: len(i.hi.free_symbols), reverse=True)
        if conditions:
            held |= conditions
            expr = where_defined(expr, Sum(part, *bound) if bound else part)
    return expr


def tree_of(text: str, context: DeclaredNames, *, latex: bool | None = None) -> tuple[SourceText, t.Tree]:
    """The source and the syntax tree of one expression."""
    if not isinstance(text, str):
        raise ParseError(f"text is needed, not {type(text).__name__}")
    if len(text) > MAX_LENGTH:
        raise BoundExceeded(f"the text has {len(text)} characters, more than {MAX_LENGTH}", hint="split it into lines")
    source = SourceText(text)
    if not text.strip():
        raise source.error("there is nothing to read", 0, 0, hint="write an expression such as x'*A*x")
    mode = _is_latex(text) if latex is None else latex
    parser = Parser(context, source, tokenize(source, macros=context.macros), latex=mode)
    while parser.tokens[-2:-1] and parser.tokens[-2].key in (".", ","):
        del parser.tokens[-2]
    tree = parser.whole(parser.relation)
    if isinstance(tree, t.Relation):
        raise source.error("this is an equation, not an expression", *tree.span,
                           hint="one of its sides; whether both are equal is for prove, which takes each side by itself")
    return source, tree


_OPTIONS = "axis|axes|stride|shape|width|output_size|size|mode|spec|keepdims"
_PLAIN_ONLY = re.compile(rf"\.[*/^]|\)\[|\.T(?![A-Za-z])|[(,] ?(?:{_OPTIONS})=")
_SIDE_BY_SIDE = re.compile(r"[\w)] +[A-Za-z(]|\}[A-Za-z(]|_\d[A-Za-z]|(?<![\w.])\d{1,9}\(")
_COMMAND = re.compile(r"\\([A-Za-z]+)")
_COMMENT = re.compile(r"(?<!\\)(%)[^\n]*\S")


def _is_latex(text: str) -> bool:
    """Whether a text is LaTeX; plain text may have LaTeX in its names, as in \\hat{x}.^2."""
    in_names = all(word in ACCENTS or word in FONTS or word in GREEK for word in _COMMAND.findall(text))
    return looks_like_latex(text) and not (in_names and _PLAIN_ONLY.search(text))
