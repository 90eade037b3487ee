"""The table of signs between factors: every spelling of a sign reads alike, and what is written reads back."""

from __future__ import annotations

import pytest

import symderiv as sd
from symderiv.errors import ShapeError, SymderivError
from symderiv.reader import declare
from symderiv.reader.syntax.grammar import parser_for
from symderiv.reader.syntax.latex import latex
from symderiv.reader.syntax.notations import INFIX, InfixSign
from symderiv.reader.syntax.spellings import OPERATORS

n = sd.dims("n")
A, B = sd.tensor("A", n, n), sd.tensor("B", n, n)
CONTEXT = declare({"A": A, "B": B})


def between(sign):
    """The sign between two names."""
    return rf"A {sign.written or chr(92) + ','} B"


def tree(text):
    parser = parser_for(text, CONTEXT)
    return parser.whole(parser.expression)


@pytest.mark.parametrize("sign", [s for s in INFIX.values() if s.commands], ids=lambda s: s.key)
def test_commands_and_characters_are_the_same_sign(sign):
    spelled = [rf"A \{command} B" for command in sign.commands] + [f"A {char} B" for char in sign.characters]
    assert {tree(text).joints for text in spelled} == {(sign.key,)}


@pytest.mark.parametrize("sign", INFIX.values(), ids=lambda s: s.key or "side by side")
def test_a_sign_is_written_as_it_is_read(sign):
    assert tree(between(sign)).joints == (sign.key,)
    if sign.key:
        assert tree(latex(tree(between(sign)))).joints == (sign.key,)


@pytest.mark.parametrize("sign", INFIX.values(), ids=lambda s: s.key or "side by side")
def test_a_sign_means_what_its_record_says_or_has_to_be_declared(sign):
    text = between(sign)
    if not sign.meaning:
        with pytest.raises(SymderivError, match="declared"):
            sd.parse(text, A=A, B=B)
    elif sign.meaning == "elementwise":
        assert sd.parse(text, A=A, B=B) == A * B
    elif sign.linear and sign.meaning != "dot":
        assert sd.parse(text, A=A, B=B) == A @ B
    assert set(sign.slips) <= set(INFIX)


@pytest.mark.parametrize("text", ["√(a + b)", "2√(a + b)/2", r"\sqrt(a+b)", r"\sqrt{a+b}", "√((a + b))", "√(b + a)^1"])
def test_a_root_takes_the_bracket_behind_it(text):
    a, b = sd.tensor("a"), sd.tensor("b")
    assert sd.parse(text, a=a, b=b) == sd.sqrt(a + b)
    with pytest.raises(SymderivError):
        sd.parse("√() a", a=a)


def test_a_sign_between_what_its_function_was_not_written_for_is_a_matter_of_shapes(monkeypatch):
    """The function of a new record may look at shapes, and be asked about a number in a line that is tried."""
    def sum_of_kroneckers(a, b):
        return sd.kron(a, sd.eye(b.shape[0])) + sd.kron(sd.eye(a.shape[0]), b)

    monkeypatch.setitem(INFIX, "diamond", InfixSign("diamond", sum_of_kroneckers, ("diamond",), "⋄", slips=("otimes",)))
    monkeypatch.setitem(OPERATORS, "diamond", "diamond")
    assert sd.parse(r"A \diamond B", A=A, B=B) == sum_of_kroneckers(A, B)
    with pytest.raises(ShapeError, match="no meaning between"):
        sd.parse(r"A \diamond 3", A=A)
    assert sd.verify(r"A \diamond B = A \otimes B", "A: n n; B: n n").lines[0].status == "refuted"
