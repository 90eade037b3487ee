"""f: ℝⁿ → ℝ of which nothing else is said, as a smooth function in general position whose coefficients are drawn.

What a text says of any f must hold for this one as well; that it holds for it supports the claim and proves nothing.  As
for quantities of which it is said what they depend on (``unknowns``), its derivatives are all different and not constant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from ..reader.declare.told import FUNCTION, MAP, Told
from ..reader.syntax import tree as t
from .inequalities import ORDERED
from .report import Line, Report
from .roles import ClassifiedText, names_read
from .spellings_used import Spellings
from .unknowns import COEFFICIENTS
from .unsaid import UNEXPLAINED, opened

OF_ANY = "it is tried with one function in general position: it supports what is said of any, and proves nothing"
OF_SOME = "it fails for a function in general position, and may be meant of some alone: say what the function is"
_LETTERS = ("u", "v", "w", "z", "s", "r")


def maps_said(used: Spellings, told: Mapping[str, Told], text: str) -> Iterator[tuple[str, Told]]:
    """Names that are called and are said to take vectors, or that ∇ stands before and a vector behind."""
    for name, each in used.names.items():
        if not each.called or each.arity or name in used.heads or each.pattern.subs or each.pattern.sups:
            continue
        said = told.get(name)
        if said is not None and said.meaning == MAP:
            yield name, said
        elif said is None or said == Told(said.pattern, said.offset, meaning=FUNCTION):
            of = {told[x].sizes for x in each.arguments if x in told and told[x].rank == 1 and not told[x].below}
            if len(of) == 1 and re.search(rf"(?:\\nabla|∇)\s{{0,2}}(?:\^\s?\{{?2\}}?|²|_\{{?\\?\w{{1,9}}\}}?)?\s{{0,2}}"
                                          rf"{re.escape(name)}(?![A-Za-z])", text):
                yield name, Told(each.pattern, each.first, meaning=MAP, sizes=of.pop())


def declarations(name: str, sizes: tuple[str, ...], used: Spellings) -> tuple[list[str], str]:
    """What is declared of the coefficients of a function, and what it is in them."""
    letter = next(x for x in (*_LETTERS, "x_0") if x not in used.names)
    slope, bend, mix, offset = (f"{part}_{name.strip(chr(92))}" for part in COEFFICIENTS)
    source, *target = sizes
    shape = " ".join([*target, source])
    said = [f"{each}: {shape}" for each in (slope, bend, mix)] + [f"{offset}: {target[0] if target else 'scalar'}"]
    mark = "" if target else "'"
    inner = f"({mix}{mark}*{letter})"
    bent = f"{inner}.*{inner}" if target else f"{inner}^2"
    return said, f"{name}({letter}) = {offset} + {slope}{mark}*{letter} + {bend}{mark}*sin({letter}) + {bent}/3"


def of_any_function(report: Report, reading: ClassifiedText, names: frozenset[str]) -> Report:
    """A report in which what was found for one function in the place of any is not called proved, nor lightly wrong."""
    if not names:
        return report
    lines = list[Line]()
    for line in report.lines:
        parsed = reading.rows[line.number].line
        if parsed is not None and names & names_read(reading.context, (parsed,)):
            ordered = any(isinstance(part, t.Relation) and ORDERED & {*part.signs} for part in parsed.parts)
            if (ordered and line.status in ("refuted", "conditional")) or (line.wrong and line.diagnosis in UNEXPLAINED):
                line = opened(line, OF_SOME)
            elif line.status == "proved":
                line = replace(line, status="supported", proofs=(), notes=(*line.notes, OF_ANY))
        lines.append(line)
    return replace(report, lines=tuple(lines))
