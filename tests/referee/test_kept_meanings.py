"""What parts of lines mean is kept with them, where it is the same."""

import symderiv as sd
from symderiv.arrays.symbols import Index
from symderiv.bounds import WORK, budget
from symderiv.reader.declare.declarations import declare
from symderiv.reader.syntax import tree as t
from symderiv.reader.syntax.tokens import SourceText
from symderiv.referee.interpretations import Interpretation, Way, elaborator_for

PART = t.Bracket(t.Terms((t.Letter("i"), t.Number("1")), (1, -1)))


def reader(beside: str, memo: dict[object, object]) -> Interpretation:
    """A reader of a line in which a part with the letter i stands beside an entry that says what i runs over."""
    made = elaborator_for(declare("x: n\ny: m"), SourceText(""), Way(), None, memo)
    made.whole = t.Sequence((t.Subscripted(t.Name(beside, 1), (t.Letter("i"),)), PART))
    return made


def last(value: object) -> str:
    (letter,) = (s for s in value.expr.free_symbols if isinstance(s, Index))  # type: ignore[attr-defined]
    return str(letter.hi)


def test_a_part_is_read_anew_where_its_letters_run_over_something_else() -> None:
    memo: dict[object, object] = {}
    assert [last(reader(name, memo).of(PART)) for name in "xxyx"] == ["n", "n", "m", "n"]


def test_what_is_kept_is_counted_and_its_letters_keep_their_ranges() -> None:
    memo: dict[object, object] = {}
    again = reader("x", memo)
    reader("x", memo).of(PART)
    with budget(WORK) as own:
        before = own.left
        again.of(PART)
        assert own.left < before
    assert str(again.free["i"].hi) == "n"


def test_every_line_has_its_own_notes() -> None:
    given = "W: m n\nx: n\nL = x' W' W x"
    lines = [r"\frac{\partial L}{\partial x} = 2 W^\top W x", r"\frac{\partial L}{\partial x} = W^\top W x + W^\top W x"]
    alone = [sd.verify([line], given).lines[0] for line in lines]
    together = sd.verify(lines, given).lines
    assert [(x.status, x.notes) for x in together] == [(x.status, x.notes) for x in alone]
