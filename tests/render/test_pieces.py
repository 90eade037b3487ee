"""Formulas are cut before relations and signs only, and nothing of them is lost."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symderiv.render.line_breaks import LONG, glyphs, pieces
from tests.drawn import drawn


def cut(latex):
    return [piece.latex for piece in pieces(latex)]


@pytest.mark.parametrize(("latex", "parts"), [
    ("a = b + c", ["a", "= b", "+ c"]),
    ("a = -b - c", ["a", "= -b", "- c"]),
    ("= x", ["= x"]),
    (r"\frac{a + b}{c - d} \le e", [r"\frac{a + b}{c - d}", r"\le e"]),
    (r"x^{a + b} - \left(a + b\right)", [r"x^{a + b}", r"- \left(a + b\right)"]),
    (r"f(a + b) + [i = j]", ["f(a + b)", "+ [i = j]"]),
    (r"a = b,\qquad c = d", ["a", "= b,", r"\qquad c", "= d"]),
    (r"\begin{pmatrix} 1 & a + b \end{pmatrix} + c", [r"\begin{pmatrix} 1 & a + b \end{pmatrix}", "+ c"]),
    ("-x", ["-x"]),
])
def test_cuts_stand_before_relations_and_signs_outside_of_brackets(latex, parts):
    assert cut(latex) == parts


def test_a_long_bracket_is_cut_inside_with_both_halves_of_one_height():
    terms = " + ".join(f"a_{{{k}}}" for k in range(LONG))
    found = pieces(rf"\sum_i \left({terms}\right) x", phantoms=True)
    assert len(found) == LONG
    assert found[0].latex == rf"\sum_i \left(\vphantom{{{terms}}}a_{{0}}\right."
    assert found[-1].latex == rf"\left.\vphantom{{{terms}}}{{}}+ a_{{{LONG - 1}}}\right) x"
    assert all(piece.latex.count(r"\left") == piece.latex.count(r"\right") for piece in found)


TOKENS = ["a", "+", "-", "=", r"\le", "(", ")", r"\left(", r"\right)", "{", "}", r"\frac", "_", "^", "1", r"\sum", ",",
          r"\qquad", "&", r"\\"]


@drawn(25)
@given(st.lists(st.sampled_from(TOKENS), max_size=25).map(" ".join))
def test_nothing_is_lost_and_widths_are_counted(latex):
    assert re.sub(r"\s", "", "".join(cut(latex))) == re.sub(r"\s", "", latex)
    assert glyphs(latex) >= 0


def test_a_fraction_is_as_wide_as_its_wider_part():
    assert glyphs(r"\frac{abcdef}{x}") == 6
    assert glyphs(r"\left(ab\right)") == 4


def test_a_long_fraction_is_written_with_a_bracket_and_a_long_product_broken_between_factors():
    terms = " + ".join(f"a_{{{k}}}" for k in range(LONG))
    found = pieces(rf"= \frac{{{terms}}}{{b}}\,c")
    assert len(found) == LONG and found[0].latex == r"= \frac{1}{b} \left(a_{0}\right." and found[0].kind == "relation"
    both = "".join(piece.latex for piece in pieces(rf"\frac{{{terms}}}{{{terms.replace('a', 'b')}}}"))
    assert both.startswith(r"\left(a_{0}\right.") and both.endswith(r"b_{59}\right)^{-1}")
    squared = rf"\frac{{{terms}}}{{b}}^2"
    assert pieces(squared) == pieces(squared.replace(" ^", "^")) and len(pieces(squared)) == 1
    factors = r"\,".join(f"a_{{{k}}}" for k in range(2 * LONG))
    assert [piece.kind for piece in pieces(factors)] == ["", *["factor"] * (2 * LONG - 1)]
