"""LaTeX prose is read into blocks; nothing of the text is lost."""

from hypothesis import given
from hypothesis import strategies as st

from symderiv.render.prose_tree import AlignedLines, AlignedRow, Display, Inline, Items, Paragraph, Text, read_fragment
from tests.drawn import drawn


def words(blocks):
    return ["".join(p.text if isinstance(p, Text) else f"<{p.latex}>" for p in b.parts)
            for b in blocks if isinstance(b, Paragraph)]


def test_paragraphs_displays_and_inline_mathematics():
    blocks = read_fragment("By $a = b$ we\nhave\n\\begin{align*} a &= b \\\\ &= c \\end{align*}\n\nso \\(c\\) it is.")
    assert [type(b) for b in blocks] == [Paragraph, AlignedLines, Paragraph]
    assert words(blocks) == ["By <a = b> we have ", "so <c> it is."]
    assert blocks[1].rows == (AlignedRow("a", "= b", ""), AlignedRow("", "= c", ""))


def test_an_equation_loses_its_environment():
    assert read_fragment(r"\begin{equation*} x \end{equation*}") == (Display("x"),)
    assert read_fragment(r"\[ x \]$$y$$") == (Display("x"), Display("y"))


def test_emphasis_lists_and_escapes():
    blocks = read_fragment(r"\textbf{Chain rule.} 100\,\% \& more~so --- \texttt{a\_b}"
                           r"\begin{enumerate}\item one\item two $x$\end{enumerate}")
    assert Text("Chain rule.", "b") in blocks[0].parts
    assert Text("a", "code") in blocks[0].parts
    assert "100\u202f% & more\u00a0so —" in words(blocks)[0]
    assert isinstance(blocks[1], Items) and blocks[1].ordered
    assert [words(item) for item in blocks[1].items] == [[" one"], [" two <x>"]]


def test_dollars_inside_text_do_not_end_the_formula():
    blocks = read_fragment(r"$a \text{ for $i = j$ } b$")
    assert blocks == (Paragraph((Inline(r"a \text{ for $i = j$ } b"),)),)


def test_comments_go_and_unknown_commands_leave_their_argument():
    assert words(read_fragment("a % gone\nb \\weird{c}")) == ["a b c"]


@drawn(25)
@given(st.text(alphabet="ab \\{}$%\n[]()&~", max_size=40))
def test_any_text_is_read_without_an_exception(text):
    read_fragment(text)
