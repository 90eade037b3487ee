"""Whole documents as people write them, next to nothing declared: ``python -m benchmarks.documents [NAME ...]``.

The texts stand in tests/referee/documents; wrong_lines.toml says which of their lines were put in wrong.
"""

from __future__ import annotations

import re
import sys
import time
import tomllib
from collections import Counter
from pathlib import Path

from symderiv.referee import Report, verify
from symderiv.referee.batch import read

FOLDER = Path(__file__).parent.parent / "tests" / "referee" / "documents"
DECIDED = frozenset(["proved", "supported", "conditional", "refuted"])


def planted() -> dict[str, list[str]]:
    """The wrong lines of every document, by a piece of their text."""
    return tomllib.loads((FOLDER / "wrong_lines.toml").read_text(encoding="utf-8"))


def plain(text: str) -> str:
    """A text without blanks and alignment marks."""
    return re.sub(r"\s|&amp;|&", "", text)


def counted(report: Report, wrong: list[str]) -> tuple[Counter[str], list[str]]:
    """What was made of the lines of one document, and the lines that were judged against the truth."""
    count: Counter[str] = Counter()
    grave = []
    for line in report.lines:
        is_wrong = any(plain(piece) in plain(line.text) for piece in wrong)
        count["claims"] += line.status != "noted"
        count["decided"] += line.status in DECIDED
        count["undeclared"] += line.status == "undeclared"
        count["called wrong"] += line.wrong
        count["right lines called wrong"] += line.wrong and not is_wrong
        count["wrong lines accepted"] += is_wrong and line.status in ("proved", "supported")
        count["wrong lines found"] += is_wrong and line.wrong
        if (line.wrong and not is_wrong) or (is_wrong and not line.wrong):
            truth = "wrong" if is_wrong else "right"
            grave.append(f"{truth}, but {line.status}: {' '.join(line.text.split())}  {line.message}")
    count["wrong lines"] += len(wrong)
    return count, grave


def main(names: list[str]) -> None:
    total: Counter[str] = Counter()
    for name, wrong in planted().items():
        if names and not any(each in name for each in names):
            continue
        start = time.perf_counter()
        count, grave = counted(verify(read(str(FOLDER / name))), wrong)
        total += count
        print(f"{name:24} {count['decided']:3} of {count['claims']:3} decided  {time.perf_counter() - start:5.1f} s")
        print("".join(f"    {each}\n" for each in grave), end="")
    for what, number in total.items():
        print(f"{what:26} {number}")


if __name__ == "__main__":
    main(sys.argv[1:])
