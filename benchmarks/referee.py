"""The referee against folders of hand derivations with known verdicts: ``python -m benchmarks.referee FOLDER...``.

Each case is a JSON file with ``lines``, ``declarations``, and for each line whether it is true (``correct``) and whether
it follows from the line before (``step_ok``); ``first_error`` is the position of the first false line, ``error_kind``
what went wrong there.  ``--misses`` prints every line that did not get the verdict it deserves, with what was said.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from symderiv import SymderivError
from symderiv.referee import Line, Report, verify

from .measure import Figure, shown

ACCEPTED = frozenset(["proved", "supported"])
MISSED = frozenset(["undeclared", "unread"])


@dataclass
class Score:
    """What is counted; ``grave`` are the lines that were judged against the truth."""

    lines: int = 0
    right_rejected: int = 0
    wrong_accepted: int = 0
    false_lines: int = 0
    false_found: int = 0
    first_found: int = 0
    diagnosed: int = 0
    first_wanted: int = 0
    false_alarms: int = 0
    not_understood: int = 0
    accepted: int = 0
    right: int = 0
    seconds: list[float] = field(default_factory=list)
    pages: list[float] = field(default_factory=list)
    grave: list[str] = field(default_factory=list)
    misses: list[str] = field(default_factory=list)

    def miss(self, name: str, line: Line, wanted: str) -> None:
        """Keep a line that did not get the verdict it deserves."""
        self.misses.append(f"{name} [{line.number}] is {wanted}, and was {line.status}: {line.text}\n      {line.message}")

    def add(self, name: str, case: dict[str, Any], report: Report) -> None:
        """Count one case."""
        for line, correct, step in zip(report.lines, case["correct"], case["step_ok"], strict=True):
            self.lines += 1
            self.seconds.append(line.seconds)
            self.not_understood += line.status in MISSED
            if correct and step:
                self.right += 1
                self.accepted += line.status in ACCEPTED
                if line.status not in ACCEPTED:
                    self.miss(name, line, "right")
                if line.wrong:
                    self.right_rejected += 1
                    self.grave.append(f"{name} [{line.number}] is right, and was {line.status}: {line.text}")
            if correct is False:
                self.false_lines += 1
                also = line.number in case.get("ill_typed_counts_as_wrong", ()) and line.status == "ill-typed"
                self.false_found += line.wrong or also
                if not (line.wrong or also):
                    self.miss(name, line, "wrong")
                if step is False and line.status in ACCEPTED:
                    self.wrong_accepted += 1
                    self.grave.append(f"{name} [{line.number}] is wrong, and was {line.status}: {line.text}")
        wanted = case.get("first_error")
        if wanted is None:
            self.false_alarms += report.first_wrong is not None
        else:
            self.first_wanted += 1
            self.first_found += report.first_wrong == wanted
            found = report.lines[wanted]
            self.diagnosed += found.wrong and found.diagnosis is not None
            self.misses.append(f"{name} [{wanted}] is wrong by {case['error_kind']!r}, and was called {found.diagnosis!r}, "
                               f"should be: {found.suggestion}")

    def __str__(self) -> str:
        median = statistics.median(self.seconds) * 1000
        return "\n".join([
            f"right lines rejected        {self.right_rejected}",
            f"wrong lines accepted        {self.wrong_accepted}",
            f"first wrong line found      {self.first_found} of {self.first_wanted}; false alarms {self.false_alarms}",
            f"first wrong line explained  {self.diagnosed} of {self.first_wanted}",
            f"false lines found           {self.false_found} of {self.false_lines}",
            f"right lines accepted        {self.accepted} of {self.right}",
            f"lines not understood        {self.not_understood} of {self.lines}",
            f"a line                      median {median:.0f} ms, longest {max(self.seconds):.2f} s",
            f"a derivation                median {statistics.median(self.pages):.2f} s, longest {max(self.pages):.2f} s",
        ])


DECLARED = "x, y, z, b: n; A, B: n n; p = softmax(z); t: n; c: scalar"
RIGHT = (
    r"\nabla_x (x^\top A x) = A x + A^\top x", r"(A B)^\top x = B^\top A^\top x",
    r"\operatorname{tr}(A B) = \operatorname{tr}(B A)", r"\nabla_x (b^\top A x) = A^\top b",
    r"\frac{\partial p_i}{\partial z_j} = p_i (\delta_{ij} - p_j)", r"\nabla_x \frac{1}{2}\|x - y\|^2 = x - y",
    r"\sum_i p_i = 1", r"\|x - y\|^2 = x^\top x - 2 x^\top y + y^\top y", r"\nabla_z \log \sum_j e^{z_j} = p",
    r"c (x + y) = c x + c y")
WRONG = (r"\nabla_x (x^\top A x) = A x - A^\top x", r"(A B)^\top x = A^\top B^\top x",
         r"\|x - y\|^2 = x^\top x - x^\top y + y^\top y")


def page(number: int, wrong: bool) -> list[str]:
    """Thirty lines, every third wrong or none; numbers in front of both sides make every line a new one."""
    lines = [WRONG[k // 3 % 3] if wrong and k % 3 == 2 else RIGHT[k % len(RIGHT)] for k in range(30)]
    sides = (line.split(" = ") for line in lines)
    return [f"{k} ({left}) = {k} ({right})" for k, (left, right) in enumerate(sides, 40 * number + 2)]


def figures(repetitions: int = 3) -> list[Figure]:
    """A page of 30 lines, and one in which every third line is wrong; no page has names of another."""
    spent: dict[str, list[float]] = {"right": [], "wrong": []}
    for number in range(repetitions + 1):
        for kind in ("right", "wrong"):
            begin = time.process_time()
            verify(page(number, kind == "wrong"), DECLARED)
            if number:
                spent[kind].append(time.process_time() - begin)
    right, wrong = (statistics.median(spent[kind]) for kind in ("right", "wrong"))
    return [Figure("referee: a line of a page", shown(right / 30), "≤ 25 ms", right <= 30 * 0.025),
            Figure("referee: a page of 30 lines", shown(right), "≤ 1 s", right <= 1),
            Figure("referee: a page with 10 wrong lines / a right one", f"{wrong / right:.2f}", "≤ 2", wrong <= 2 * right)]


def main() -> int:
    """Print the score; exit status 1 where a line was judged against the truth."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+", help="folders of cases, one JSON file each")
    parser.add_argument("--misses", action="store_true", help="print the lines that did not get the verdict they deserve")
    parser.add_argument("--verbose", action="store_true", help="print every report")
    options = parser.parse_args()
    files = [path for folder in options.folders for path in sorted(folder.glob("*.json"))]
    if not files:
        print("no cases there", file=sys.stderr)
        return 2
    score = Score()
    for path in files:
        case = json.loads(path.read_text(encoding="utf-8"))
        start = time.perf_counter()
        try:
            report = verify(case["lines"], case["declarations"])
        except SymderivError as error:
            print(f"{path.stem}: {error}")
            score.lines += len(case["lines"])
            score.not_understood += len(case["lines"])
            continue
        score.pages.append(time.perf_counter() - start)
        score.add(path.stem, case, report)
        if options.verbose:
            print(f"\n{path.stem}\n{report}")
    print(score)
    for text in [*score.grave, *(score.misses if options.misses else [])]:
        print(text)
    return 1 if score.grave else 0


if __name__ == "__main__":
    sys.exit(main())
