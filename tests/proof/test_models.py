"""What is refuted by numbers is not searched for: it never follows from what is known."""

from symderiv.checker import Pos, Statement, constant, single
from symderiv.proof.certify.models import Models
from symderiv.proof.certify.search import _holding, _multipliers, _products

EMPTY = {"terms": [], "sizes": ["n", "m"], "labels": {"y": {"size": {"n": 1}, "shape": [{"m": 1}]}}, "tensors": {},
         "assumptions": [], "definitions": [], "where": [], "invertible": [], "left": ["num", 0, 1], "right": ["num", 0, 1]}
n, m, i, k = map(single, ("n", "m", "i", "k"))
ONE = constant(1)
# i within 1..n, k within 1..m
KNOWN = (n.plus(ONE, -1), m.plus(ONE, -1), i.plus(ONE, -1), n.plus(i, -1), k.plus(ONE, -1), m.plus(k, -1))
ROW = k.plus(m.times(i)).plus(m, -1)  # an entry counted row by row


def refuted(p, known=KNOWN):
    return Models(Statement(EMPTY)).refute(known, ("i", "k"), p)


def test_what_does_not_follow_is_refuted():
    assert refuted(i.plus(constant(2), -1)) and refuted(i.plus(k, -1)) and refuted(n.plus(m, -1))
    assert refuted(n.times(m).plus(ROW, -1).plus(ONE, -1)) and refuted(ROW.plus(m, -1))


def test_what_follows_is_not_refuted():
    for p in (n.plus(ONE, -1), n.times(m).plus(ROW, -1), ROW.plus(ONE, -1), n.times(m).plus(i, -1)):
        assert not refuted(p)
        assert _multipliers(p, (_holding(KNOWN), _products(KNOWN)))[0] is not None


def test_a_label_is_a_number_of_its_range_and_a_quotient_that_of_its_parts():
    label, half = single(("label", "y", k)), single(("floor", n, constant(2)))
    assert not refuted(n.plus(label, -1)) and not refuted(label.plus(ONE, -1)) and refuted(label.plus(constant(2), -1))
    assert not refuted(n.plus(half, -2)) and refuted(half.plus(ONE, -1))


def test_where_nothing_can_hold_nothing_is_refuted():
    assert not refuted(constant(-1).plus(i, -1), (*KNOWN, constant(0).plus(i, -1)))


def test_quotients_by_nothing_say_nothing():
    assert not refuted(Pos({(("floor", n, constant(0)),): 1}))
