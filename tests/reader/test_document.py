"""Documents: displays row by row, macros, and declarations in comments."""

from __future__ import annotations

import pytest

from symderiv.errors import ParseError
from symderiv.reader import declare, parse
from symderiv.reader.document.displays import read_document
from symderiv.reader.meaning.elaborate import Elaborator
from symderiv.reader.syntax import tree as t
from symderiv.reader.syntax.grammar import parser_for
from symderiv.reader.syntax.lines import line
from symderiv.reader.syntax.tokens import SourceText

TEXT = r"""\newcommand{\vx}{\mathbf{x}}  % a vector
\newcommand{\inner}[2]{#1^\top #2}
\DeclareMathOperator{\smax}{softmax}
% given: x: n; A: n n
%   z: n
Some prose with $x$ in it. % not $$a display$$
\begin{align*}
  f &= \inner{\vx}{A \vx} \\[2pt]
    &= \begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix} % a remark
\end{align*}
$$\begin{aligned} g &= \smax(z) \\ &= h. \end{aligned}$$
\[ k = 1 \]
```
$$not = read$$
```
"""


def test_rows_of_displays() -> None:
    document = read_document(TEXT)
    assert [row.text.split()[0] for row in document.rows] == ["f", "=", "g", "=", "k"]
    assert [row.display for row in document.rows] == [0, 0, 1, 1, 2]
    assert not document.problems


def test_macros_and_declarations_are_found() -> None:
    document = read_document(TEXT)
    assert set(document.macros) == {"vx", "inner", "smax"}
    context = declare(document.given)
    context.macros.update(document.macros)
    assert str(parse(r"\inner{\vx}{A\vx}", context)) == "x.T*A*x"
    assert str(parse(r"\smax(z)", context)) == "softmax(z)"


def test_places_are_those_of_the_document() -> None:
    document = read_document(TEXT.replace(r"\[ k = 1 \]", r"\[ k = \unknown \]"))
    row = document.rows[-1]
    with pytest.raises(ParseError) as caught:
        line(parser_for(document.source.text, declare("x: n"), latex=True, source=row.source, start=row.start, end=row.end,
                        lenient=True))
    assert (caught.value.line, caught.value.token) == (12, r"\unknown")


def test_a_display_that_is_not_closed_is_reported() -> None:
    document = read_document("$$a = b$$\n$$c = d")
    assert len(document.rows) == 1 and "not closed" in str(document.problems[0])


def test_a_binary_file_is_refused() -> None:
    with pytest.raises(ParseError, match="not a text"):
        read_document("PK\x00\x01")


def test_a_macro_that_calls_itself_comes_to_an_end() -> None:
    document = read_document(r"\newcommand{\a}{\a\a}")
    context = declare("x: n")
    context.macros.update(document.macros)
    with pytest.raises(Exception, match=r"nested|signs"):
        parse(r"\a", context)


CONTINUED = r"""
\begin{align*}
f &= a + b \\
  &\quad + c \\
  &= \left( a + b \right. \\
  & \qquad \left. + c \right) \\
  &= a + \\
  & b + c \\
-f &= -a - b - c
\end{align*}
$$ \eqalign{ g &= a b \cr &= b a \cr } $$
```math
h = c
```
"""


def test_rows_that_go_on_are_one_row() -> None:
    context = declare("a, b, c, f, g, h: scalar")
    rows = read_document(CONTINUED).rows
    assert [row.display for row in rows] == [0, 0, 0, 0, 1, 1, 2]
    lines = [line(parser_for(r.source.text, context, latex=True, source=r.source, start=r.start, end=r.end)) for r in rows]
    right = [part.sides[-1] for part in (x.parts[0] for x in lines) if isinstance(part, t.Relation)]
    values = [str(Elaborator(context, SourceText(CONTINUED)).expression(side)) for side in right if side is not None]
    assert values == ["a + b + c", "a + b + c", "a + b + c", "-a - b - c", "a*b", "a*b", "c"]
