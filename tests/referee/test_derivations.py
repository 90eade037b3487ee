"""Derivations as people print them: no right line is called wrong, no wrong line right, the first wrong one is found."""

from __future__ import annotations

from functools import cache

import pytest

from symderiv.referee import Report, verify

from .cases import CASES, Case

# One process of a parallel run checks every derivation once, for both tests.
pytestmark = pytest.mark.xdist_group("printed derivations")

ACCEPTED = ("proved", "supported")


@cache
def report_on(case: Case) -> Report:
    return verify([line for _, line in case.lines], case.given)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_line_gets_the_verdict_it_deserves(case: Case) -> None:
    report = report_on(case)
    assert not report.problems
    for line, (truth, text) in zip(report.lines, case.lines, strict=True):
        if truth == "T":
            assert line.status in (*ACCEPTED, "noted", "ill-typed", "conditional"), f"{text}: {line}"
        elif truth == "F":
            assert line.status in ("refuted", "ill-typed"), f"{text}: {line}"
            assert line.status == "ill-typed" or line.counterexample is not None
    assert report.first_wrong == case.first_wrong


def test_nearly_all_right_lines_are_accepted_outright() -> None:
    right = accepted = 0
    for case in CASES:
        report = report_on(case)
        for line, (truth, _) in zip(report.lines, case.lines, strict=True):
            right += truth == "T" and line.status != "noted"
            accepted += truth == "T" and line.status in ACCEPTED
    assert accepted >= 0.9 * right
