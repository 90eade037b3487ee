"""Derivations, verdicts and items of a suite as sections to be shown."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING, Any

from sympy import Expr

from ..errors import BoundExceeded, SymderivError
from .escape import latex_literal
from .prose import prose_latex, qualified
from .sections import Fold, Section

if TYPE_CHECKING:
    from ..suite.collect import Item
    from ..suite.run import ClaimOutcome, Exhibit
    from .graph import Graph

GRAINS = {"answer": (), "steps": ("steps",), "rewrites": ("steps", "rewrites")}
SUMMARIES = {"steps": "Proof, step by step", "rewrites": "Proof, every rewrite"}
# A larger graph is not readable on one page of paper.
PRINTED_BOXES = 30
# Both sides of a claim, of one line each and the same: nothing that its formula does not say.
_SAME_LINES = re.compile(r"The left side:\s*(\\begin\{align\*\}(?:(?!\\\\\n).)*?\\end\{align\*\})\s*The right side:\s*\1\s*"
                         r"Both sides have the same canonical form\.", re.DOTALL)
# A table or a list stands by itself; anything else that LaTeX shows is mathematics.
_TABLES = (r"\begin{tab", r"\begin{longtable", r"\begin{center", r"\begin{figure", r"\begin{itemize",
           r"\begin{flushleft")


def subject_section(subject: Any, title: str = "", grain: str = "rewrites", evidence: str = "",
                    counterexample: str = "", said: set[str] | None = None) -> Section:
    """Whatever has ``latex()``, a Derivation say, as a section: the result, its names, conditions, notes and proofs.

    The names that are ``said`` already are not explained again; those explained now are added.
    """
    latex = subject.latex()
    counterexample = counterexample or _text(getattr(subject, "counterexample", None))
    known = [rf"{heading} {latex_literal(_sentence(text))}" for heading, text in (
        (r"\textbf{Counterexample.}", counterexample), (r"\emph{Checked:}", evidence)) if text]
    body = [displayed(latex), *_where(subject, set() if said is None else said), *_conditions(subject),
            *(latex_literal(_sentence(note)) for note in getattr(subject, "notes", ())), *known]
    return Section(title=title, body="\n\n".join(body), html=_html(subject, known), copy=latex, python=_python(subject),
                   status=_text(getattr(subject, "status", "")),
                   folds=(*_picture(_graph(subject) if said is None else None), *_folds(subject, grain)))


def item_section(item: Item, entries: Sequence[Exhibit]) -> Section:
    """An item of a suite: the question, and what it claims and shows.  One claim alone is the section itself."""
    file = Path(item.file).stem
    text = qualified(item.question, file)
    said: set[str] = set()
    parts = [_entry_section(entry, file, said) for entry in entries]
    pictures = _merged([_graph(entry.subject) for entry in entries])
    parts = [replace(part, folds=(*_picture(picture), *part.folds)) for part, picture in zip(parts, pictures, strict=True)]
    own = _source_of(item)
    parts = [replace(part, python=own) if part.copy and not part.python else part for part in parts]
    if len(parts) == 1 and not parts[0].title:
        return replace(parts[0], title=item.title, text=text)
    return Section(title=item.title, text=text, parts=tuple(parts))


def _source_of(item: Item) -> str:
    """The item as it was written, for what has no code of its own to be copied."""
    try:
        return f"# {Path(item.file).name}\n{dedent(inspect.getsource(item.function))}" if item.function else ""
    except (OSError, TypeError):
        return ""


def _entry_section(entry: Exhibit, file: str, said: set[str]) -> Section:
    if isinstance(entry.subject, str) and not entry.caption:
        return Section(title="", body=prose_latex(qualified(entry.subject, file)))
    if entry.part is not None and entry.part.misprint:
        return _misprint_section(entry.subject, entry.part)
    from .graph import Graph

    if isinstance(entry.subject, Graph):
        picture = entry.subject.picture()
        return Section(title=entry.caption, body=rf"\fitgraph{{{picture}}}", html=entry.subject.svg(document=False),
                       copy=picture)
    if not callable(getattr(entry.subject, "latex", None)):
        from ..suite.values import value_latex, value_text

        latex = value_latex(entry.subject)
        return Section(title=entry.caption, body=displayed(latex), copy=latex, python=value_text(entry.subject))
    part = entry.part
    if part is None:
        return subject_section(entry.subject, entry.caption, said=said)
    section = subject_section(entry.subject, entry.caption, evidence=part.evidence, counterexample=part.counterexample,
                              said=said)
    return replace(section, status=part.status)


def _misprint_section(subject: Any, part: ClaimOutcome) -> Section:
    """A printed line, what it should be, and how that is known."""
    section = subject_section(subject, f"Misprint: {part.misprint}", evidence=part.evidence,
                              counterexample=part.counterexample, said=set())
    if not (hasattr(subject, "lhs") and hasattr(subject, "rhs")):
        return replace(section, status=part.status)
    right, printed = (_side(side) for side in (subject.lhs, subject.rhs))
    _, _, rest = section.body.partition("\n\n")
    told = [r"In print:", displayed(printed), r"It should be:", displayed(right), rest]
    return replace(section, body="\n\n".join(filter(None, told)), copy=right, status=part.status)


def _side(side: Any) -> str:
    from ..suite.values import is_value, value_latex

    return value_latex(side) if is_value(side) else _latex(side)


def displayed(latex: str) -> str:
    """LaTeX as a display, unless it is one already."""
    if latex.lstrip().startswith((*_TABLES, r"\[", r"\begin{align", r"\begin{equation", r"\begin{gather")):
        return latex
    return rf"\begin{{equation*}}{latex}\end{{equation*}}"


def _html(subject: Any, known: Sequence[str]) -> str:
    """What a subject gives of itself for a page, with how it is known below; nothing for one with a proof to be shown."""
    if hasattr(subject, "proof"):
        return ""
    for name in ("to_html_fragment", "_repr_html_"):
        if callable(write := getattr(subject, name, None)):
            from .html import fragment

            return f'<div class="wide">{write()}</div>' + fragment("\n\n".join(known))
    return ""


def _python(subject: Any) -> str:
    """Code that computes the result; of a claim, both sides.  Empty where there is none, as for what is not numbers."""
    from ..numeric.targets import source_for
    from ..suite.values import ValueComparison, value_text

    if isinstance(subject, ValueComparison):
        return value_text(subject.lhs)
    try:
        if callable(write := getattr(subject, "source", None)):
            return str(write())
        if hasattr(subject, "lhs") and hasattr(subject, "rhs"):
            return "\n\n".join(source_for(side).rstrip().replace("def compiled(", f"def {name}(") for name, side in (
                ("left", subject.lhs), ("right", subject.rhs))).replace("\n\nimport numpy as np\n", "\n") + "\n"
    except (SymderivError, NotImplementedError):
        return ""
    return ""


def _graph(subject: Any) -> Graph | None:
    """The computation graph of a subject that has one, unless it is too large to be drawn."""
    from ..differentiation.engine import Derivation

    try:
        return subject.graph() if isinstance(subject, Derivation) else None
    except BoundExceeded:
        return None


def _merged(graphs: Sequence[Graph | None]) -> list[Graph | None]:
    """The graphs of an item, where several differ in their adjoints only as one, in the place of the first."""
    result: list[Graph | None] = []
    for graph in graphs:
        place = next((k for k, other in enumerate(result) if graph and other and graph.agrees(other)), None)
        if place is not None and graph is not None:
            result[place] = graph.joined(result[place])
        result.append(graph if place is None else None)
    return result


def _picture(graph: Graph | None) -> tuple[Fold, ...]:
    if graph is None:
        return ()
    computed = sum(not vertex.given for vertex in graph.vertices)
    return (Fold("Computation graph", html=graph.svg(document=False), paper=rf"\fitgraph{{{graph.picture()}}}",
                 printed=1 < computed <= PRINTED_BOXES, grain="graph"),)


def subject_title(subject: Any) -> str:
    """A title for a document about one subject."""
    if hasattr(subject, "wrt"):
        return f"Derivative with respect to ${_latex(subject.wrt)}$"
    return f"Claim: {subject.status}"


def _folds(subject: Any, grain: str) -> tuple[Fold, ...]:
    """The proof at each grain size up to the given one, the finer inside the coarser."""
    proof = getattr(subject, "proof", None)
    if proof is None or not (hasattr(proof, "__len__") and len(proof)):
        return ()
    if hasattr(subject, "lhs") and subject.lhs == subject.rhs and subject.status == "proved":
        return ()  # Nothing is shown by taking both sides apart.
    folds: tuple[Fold, ...] = ()
    for size in reversed(GRAINS[grain]):
        latex = proof.latex(grain=size)
        if size == "steps" and _SAME_LINES.fullmatch(latex.strip()):
            return ()
        folds = (Fold(SUMMARIES[size], latex, printed=size == "steps", grain=size, folds=folds),)
    return folds


def _where(subject: Any, said: set[str]) -> list[str]:
    """The names in the result that were not explained yet, each with its definition."""
    if not isinstance(getattr(subject, "closed", None), Expr):
        return []
    rows = []
    for named in _named(subject.closed):
        if named is subject.closed and not getattr(subject, "is_closed", True):
            continue  # the result itself, shown by its index form
        left = _latex(named)
        if named.letters:
            left = ("{" + left + "}" if "_" in left else left) + "_{" + ",".join(map(_latex, named.letters)) + "}"
        rows.append(f"{left} &= {_latex(named.body)}")
    rows = [row for row in rows if row not in said]
    said.update(rows)
    if not rows:
        return []
    return ["where", r"\begin{align*}" + "\n" + " \\\\\n".join(rows) + "\n" + r"\end{align*}"]


def _named(expr: Any) -> list[Any]:
    """The named definitions in an expression, by name."""
    from ..arrays.arrays import Named, subexpressions

    found: dict[str, Any] = {}
    for node in subexpressions(expr):
        if isinstance(node, Named):
            found.setdefault(node.name, node)
    return [found[name] for name in sorted(found)]


def _conditions(subject: Any) -> Iterable[str]:
    conditions = getattr(subject, "conditions", None) or getattr(getattr(subject, "proof", None), "conditions", ())
    if conditions:
        yield "for " + ", ".join(f"${_latex(condition)}$" for condition in conditions)


def _latex(value: Any) -> str:
    from sympy import latex

    return value if isinstance(value, str) else str(latex(value))


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _sentence(text: str) -> str:
    return text + ("" if text.endswith((".", "!", "?")) else ".")


__all__ = ["GRAINS", "displayed", "item_section", "subject_section", "subject_title"]
