"""Derivations, verdicts and other results as sections to be shown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from sympy import Expr, latex

from ..answers import Answer
from ..arrays.arrays import Named, subexpressions
from ..differentiation.engine import Derivation
from ..errors import BoundExceeded, NoRule, SymderivError
from ..functions import FUNCTIONS
from ..numeric.targets import source_for
from .escape import latex_literal
from .graph import Graph
from .html import fragment
from .sections import Fold, Section
from .spoken import counterexample_latex, words_latex

GRAINS = {"answer": (), "steps": ("steps",), "rewrites": ("steps", "rewrites")}
SUMMARIES = {"steps": "Proof, step by step", "rewrites": "Proof, every rewrite"}
CHECKED = "How it was checked"
# Both sides of a claim, of one line each and the same: nothing that its formula does not say.
_SAME_LINES = re.compile(r"The left side:\s*(\\begin\{align\*\}(?:(?!\\\\\n).)*?\\end\{align\*\})\s*The right side:\s*\1\s*"
                         r"Both sides have the same canonical form\.", re.DOTALL)
# A table or a list stands by itself; anything else that LaTeX shows is mathematics.
_TABLES = (r"\begin{tab", r"\begin{longtable", r"\begin{center", r"\begin{figure", r"\begin{itemize",
           r"\begin{flushleft")

_DISPLAYS = (r"\begin{align}", r"\begin{align*}", r"\begin{equation", r"\begin{gather")


def subject_section(subject: Any, title: str = "", grain: str = "rewrites", evidence: str = "",
                    counterexample: str = "", said: set[str] | None = None, settled: bool = True) -> Section:
    """Whatever has ``latex()``, a Derivation say, as a section: the result, its names, conditions, notes and proofs.

    The names that are ``said`` already are not explained again; those explained now are added.  Where it is not ``settled``
    how sure it is, nothing is said of that, and nothing is worked out for it.
    """
    latex = subject.latex()
    counterexample = counterexample or _text(getattr(subject, "counterexample", None))
    against = counterexample_latex(_sentence(_begun(counterexample)))
    known = [rf"\textbf{{Counterexample.}} {against}"] if counterexample else []
    notes = getattr(subject, "notes", ()) if settled else ()
    status = _text(getattr(subject, "status", "")) if settled else ""
    # What is not proved says on paper too how sure it is.
    told = status == "supported" and not any(n.startswith("not certified") for n in notes)
    checked = (Fold(CHECKED, latex_literal(_sentence(evidence)), printed=told),) if evidence else ()
    body = [displayed(latex), *_where(subject, set() if said is None else said), *_conditions(subject),
            *(words_latex(_sentence(_begun(note))) for note in notes), *known]
    return Section(title=title, body="\n\n".join(body), html=_html(subject, known), copy=latex,
                   python=_python(subject) if settled else "", status=status,
                   folds=(*picture_fold(graph_in(subject) if said is None else None), *_working(subject),
                          *_folds(subject, grain if settled else "steps"), *checked))


def _begun(note: str) -> str:
    """A note as a sentence of its own, unless it begins with a name."""
    word = re.match(r"[a-z]{2,}(?= )", note)
    return note[0].upper() + note[1:] if word and word[0] not in FUNCTIONS else note


def displayed(latex: str) -> str:
    """LaTeX as a display, unless it is one already."""
    if latex.lstrip().startswith((*_TABLES, r"\[", *_DISPLAYS)):
        return latex
    return rf"\begin{{equation*}}{latex}\end{{equation*}}"


def _html(subject: Any, known: Sequence[str]) -> str:
    """What a subject gives of itself for a page, with how it is known below; nothing for one with a proof to be shown."""
    if isinstance(subject, Answer) or hasattr(subject, "proof"):
        return ""
    for name in ("to_html_fragment", "_repr_html_"):
        if callable(write := getattr(subject, name, None)):
            return f'<div class="wide">{write()}</div>' + fragment("\n\n".join(known))
    return ""


def _python(subject: Any) -> str:
    """Code that computes the result; of a claim, both sides.  Empty where there is none, as for what is not numbers."""
    try:
        if callable(write := getattr(subject, "source", None)):
            return str(write())
        if hasattr(subject, "lhs") and hasattr(subject, "rhs"):
            return "\n\n".join(source_for(side).rstrip().replace("def compiled(", f"def {name}(") for name, side in (
                ("left", subject.lhs), ("right", subject.rhs))).replace("\n\nimport numpy as np\n", "\n") + "\n"
    except (SymderivError, NotImplementedError):
        return ""
    return ""


def graph_in(subject: Any) -> Graph | None:
    """The computation graph of a subject that has one, unless it is too large to be drawn."""
    try:
        found = subject.graph() if isinstance(subject, Derivation) else None
    except BoundExceeded:
        return None
    return found if isinstance(found, Graph) else None


def picture_fold(graph: Graph | None) -> tuple[Fold, ...]:
    """The picture of a graph, folded; on paper it stands where an item shows it for its own sake."""
    if graph is None:
        return ()
    return (Fold("Computation graph", html=graph.svg(document=False), paper=rf"\fitgraph{{{graph.picture()}}}",
                 printed=False, grain="graph"),)


def subject_title(subject: Any) -> str:
    """A title for a document about one subject."""
    if isinstance(subject, Sequence):
        return "Derivatives with respect to " + ", ".join(f"${latex_of(d.wrt)}$" for d in subject)
    if hasattr(subject, "wrt"):
        return f"Derivative with respect to ${latex_of(subject.wrt)}$"
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
        latex = proof.latex(grain=size).replace(_closing(subject.latex()), "").strip()
        if size == "steps" and _SAME_LINES.fullmatch(latex.strip()):
            return ()
        folds = (Fold(SUMMARIES[size], latex, printed=size == "steps", grain=size, folds=folds),)
    return folds


def _working(subject: Any) -> tuple[Fold, ...]:
    """The arithmetic behind a table of numbers, where there is some."""
    told = write() if callable(write := getattr(subject, "working", None)) else ""
    return (Fold("The rows, worked", str(told)),) if told else ()


def _closing(result: str) -> str:
    """What the end of a proof says where it only says the result again."""
    return "\\paragraph{In closed form.}\n\\begin{equation*}\n" + result + "\n\\end{equation*}"


def _where(subject: Any, said: set[str]) -> list[str]:
    """The names in the result that were not explained yet, each with its definition."""
    try:
        closed = getattr(subject, "closed", None)
    except NoRule:
        closed = None
    rows = []
    for named in _named(closed) if isinstance(closed, Expr) else ():
        if named is closed and not getattr(subject, "is_closed", True):
            continue  # the result itself, shown by its index form
        left = latex_of(named)
        if named.letters and named.whole is None:
            left = ("{" + left + "}" if "_" in left else left) + "_{" + ",".join(map(latex_of, named.letters)) + "}"
        rows.append(f"{left} &= {latex_of(named.body if named.whole is None else named.whole)}")
    rows = [row for row in rows if row not in said]
    said.update(rows)
    if not rows:
        return []
    return ["where", r"\begin{align*}" + "\n" + " \\\\\n".join(rows) + "\n" + r"\end{align*}"]


def _named(expr: Any) -> list[Any]:
    """The named definitions in an expression, by name."""

    found: dict[str, Any] = {}
    for node in subexpressions(expr):
        if isinstance(node, Named):
            found.setdefault(node.name, node)
    return [found[name] for name in sorted(found)]


def _conditions(subject: Any) -> Iterable[str]:
    conditions = getattr(subject, "conditions", None) or getattr(getattr(subject, "proof", None), "conditions", ())
    if conditions:
        yield "for " + ", ".join(f"${latex_of(condition)}$" for condition in conditions)


def latex_of(value: Any) -> str:
    """Mathematics in LaTeX; text as it is."""

    return value if isinstance(value, str) else str(latex(value))


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _sentence(text: str) -> str:
    return text + ("" if text.endswith((".", "!", "?")) else ".")
