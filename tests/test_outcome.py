"""What an item returns is claimed, shown or refused; nothing that is shown passes for something checked."""

import re
from fractions import Fraction
from html import unescape
from textwrap import dedent

import numpy as np
import pytest
from sympy import Array, Rational, sqrt

import symderiv as sd
from symderiv.suite.collect import collect_file
from symderiv.suite.run import run
from symderiv.suite.values import comparable, compare_values, value_latex, value_text

HEAD = """
    import numpy as np
    from sympy import Array, Rational, log
    import symderiv as sd
    m, n = sd.dims("m n")
    z = sd.tensor("z", m)

    class Table:
        def latex(self):
            return r"\\begin{tabular}{l} shown \\end{tabular}"
        def to_html_fragment(self):
            return "<table><tr><td>shown</td></tr></table>"
        def source(self):
            return "print('shown')"

    class Counted(Table):
        status = "supported"
        evidence = "by hand"

    class Unsure(Table):
        status = "unread"

    class Refuted(Table):
        status = "refuted"

    class Alike(Counted):
        lhs, rhs, status = n, 2 * n, "proved"

    class Checked(Counted):
        def check(self):
            return type("Report", (), {"ok": False})()

    class Forged(sd.Verdict):
        status = property(lambda self: "proved", lambda self, value: None)

    class Disguised(Counted):
        status = "proved"
    Disguised.__module__, Disguised.__name__, Disguised.__qualname__ = "symderiv.proof.equality", "Verdict", "Verdict"
"""


@pytest.fixture
def outcome_of(tmp_path):
    def outcome(returned, expect="proved", question="", docstring=""):
        path = tmp_path / f"a{len(list(tmp_path.iterdir()))}.py"
        body = f'\n@sd.identity("it", expect={expect!r}, question={question!r})\ndef item():\n    """{docstring}"""\n' \
               f"    return {returned}\n"
        path.write_text(dedent(HEAD) + body)
        return run(collect_file(path)[0], typeset=True)
    return outcome


@pytest.mark.parametrize(("returned", "status"), [
    ("(2 * n, n + n)", "proved"),
    ("('in words', 2 * n, n + n)", "proved"),
    ("((16, 8), (16, 8))", "proved"),
    ("((16, 8), (16, 9))", "refuted"),
    ("([1, [2, 3]], [1, [2, 3]])", "proved"),
    ("([1, 2], [1, 2, 3])", "refuted"),
    ("(Array([1, log(4)]), [1, 2 * log(2)])", "proved"),
    ("(np.array([0.1, 0.2]), [Rational(1, 10), 0.2])", "supported"),
    ("(np.array([0.1, 0.2]), [Rational(1, 10), 0.21])", "refuted"),
    ("(None, None)", "proved"),
    ("(None, 3)", "refuted"),
    ("[(1, 1), (sd.sigmoid(-z), 1 - sd.sigmoid(z))]", "proved"),
    ("['Some words.', (1, 1), ('a shape', (16, 8)), ('a table', Table()), Table()]", "proved"),
    ("[(1, 1), Counted()]", "proved"),
    ("[(1, 1), Unsure()]", "undecided"),
    ("sd.misprint('line 3', (16, 8), (16, 9))", "proved"),
    ("sd.misprint('line 3', n + n, 2 * n)", "refuted"),
    ("sd.misprint('line 3', sd.prove(n, 2 * n))", "proved"),
    ("sd.misprint('line 3', Counted())", "error"),
    ("sd.misprint('line 3', Refuted())", "undecided"),
    ("[(1, 1), Refuted()]", "refuted"),
    ("[(1, 1), Alike()]", "refuted"),
    ("[(1, 1), Checked()]", "refuted"),
    ("[(1, 2), sd.misprint('line 3', 1, 2)]", "refuted"),
])
def test_the_status_is_that_of_the_weakest_claim(outcome_of, returned, status):
    result = outcome_of(returned)
    assert result.status == status, result.error
    assert result.ok is (status == "proved")
    assert not result.ok or not result.error


def test_numbers_alone_are_enough_where_they_are_expected_to_be(outcome_of):
    assert outcome_of("(np.array([0.1]), [0.1])", expect="supported").ok
    assert outcome_of("(1, 2)", expect="refuted").ok
    assert not outcome_of("[(1, 2), (1, 1)]", expect="refuted").ok


@pytest.mark.parametrize("returned", ["Counted()", "[Disguised(), Counted()]", "('in words', Disguised())"])
def test_what_something_says_of_itself_is_shown_and_does_not_count(outcome_of, returned):
    result = outcome_of(returned)
    assert (result.status, result.ok) == ("error", False)
    assert "own word" in result.error
    beside = outcome_of(f"[(1, 1), {returned.strip('[]')}]")
    assert beside.ok and "own word" in beside.page.html


def test_a_claim_made_by_hand_is_looked_at_again(outcome_of):
    made = "from symderiv.suite.values import ValueComparison"
    assert outcome_of(f"[exec({made!r}, globals()), ValueComparison(1, 2, 'proved', 'by hand')][1]").status == "refuted"
    assert outcome_of("Forged(n, 2 * n, 'proved', sd.prove(n, n).proof)").status == "refuted"


@pytest.mark.parametrize("returned", ["None", "[]", "('a shape', (16, 8))", "Table()", "'words'", "object()", "{}"])
def test_an_item_without_a_claim_is_an_error(outcome_of, returned):
    result = outcome_of(returned)
    assert (result.status, result.ok) == ("error", False)
    assert "try:" in result.error


def test_what_is_shown_is_on_the_page_and_on_paper(outcome_of):
    page = outcome_of("['Words with $a^2$.', (1, 1), ('a table', Table()), ('a shape', (16, 8))]", docstring="Why?").page
    assert "Words with <math" in page.html and "Why?" in page.html
    assert "<table><tr><td>shown</td></tr></table>" in page.html and ">\\begin" not in page.html
    assert r"\fittext{\begin{tabular}{l} shown \end{tabular}}" in page.latex
    assert 'data-python="print(&#x27;shown&#x27;)"' in page.html
    assert 'data-python="(16, 8)"' in page.html and r"\left(16,\; 8\right)" in page.latex


def test_a_misprint_says_where_it_stands_what_is_right_and_why(outcome_of):
    result = outcome_of("sd.misprint('line 3 of the solution', 7112, 7110)")
    (part,) = result.parts
    assert (part.misprint, part.status, part.expect) == ("line 3 of the solution", "refuted", "refuted")
    for text in (result.page.html, result.page.latex):
        assert "Misprint: line 3 of the solution" in text and "7112, not 7110" in text
        assert text.index("7110") < text.index("7112")
    with pytest.raises(sd.SymderivError):
        sd.misprint("", 1, 2)


def test_references_name_the_file_where_the_words_do_not(outcome_of):
    page = outcome_of("['See :ref:`other` and :ref:`far.away`.', (1, 1)]").page
    assert page.latex.count(r"\itemref{") == 2
    assert r".other}" in page.latex and r"\itemref{far.away}" in page.latex


def test_every_claim_can_be_copied_as_latex_and_as_python(outcome_of):
    page = outcome_of("[sd.derive(sd.sum(sd.exp(z)), z), (sd.sigmoid(-z), 1 - sd.sigmoid(z)), (3, 3)]").page
    # That 3 is 3 is not printed.
    assert page.html.count("data-latex=") == page.html.count("data-python=") == 2
    code = [unescape(text) for text in re.findall('data-python="([^"]*)"', page.html)]
    names = {}
    for text in code:
        exec(compile(text, "copied", "exec"), names)
    z = np.array([0.5, -1.0])
    assert np.allclose(names["compiled"](z=z), np.exp(z))
    assert np.allclose(names["left"](z=z), names["right"](z=z)) and np.allclose(names["left"](z=z), 1 / (1 + np.exp(z)))


def test_values_are_compared_exactly():
    assert compare_values(Fraction(2, 3), Rational(2, 3)).status == "proved"
    assert compare_values([sqrt(8)], [2 * sqrt(2)]).status == "proved"
    assert compare_values([1], [True]).status == "refuted"
    found = compare_values([[1, 2], [3, 4]], np.array([[1, 2], [3, 5]]))
    assert (found.status, found.counterexample) == ("refuted", "entry (2, 2) is 4, not 5")
    assert not comparable(sd.tensor("x", 2), 1) and comparable(1, 2) and not comparable(sd.dims("k"), 2)


@pytest.mark.parametrize(("value", "latex", "text"), [
    ((16, 8), r"\left(16,\; 8\right)", "(16, 8)"),
    ([1, Rational(2, 3)], r"\begin{pmatrix} 1 & \frac{2}{3} \end{pmatrix}", "[1, 2/3]"),
    (Array([[1, 2], [3, 4]]), r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}", "[[1, 2], [3, 4]]"),
    ([[1], [2, 3]], r"\left(\begin{pmatrix} 1 \end{pmatrix},\; \begin{pmatrix} 2 & 3 \end{pmatrix}\right)", "[[1], [2, 3]]"),
    (None, r"\text{none}", "None"),
    (72855552, r"72\,855\,552", "72855552"),
    (0.5, "0.5", "0.5"),
    ((3,), r"\left(3\right)", "(3,)"),
])
def test_values_are_written(value, latex, text):
    assert (value_latex(value), value_text(value)) == (latex, text)


def test_a_large_array_is_shortened():
    assert value_latex(np.zeros((50, 50), int)).count("0") == 144
