"""Derivations, verdicts and items of a suite as sections to be shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from .escape import latex_literal
from .sections import Fold, Section

if TYPE_CHECKING:
    from ..outcome import Part
    from ..suite import Item

GRAINS = {"answer": (), "steps": ("steps",), "rewrites": ("steps", "rewrites")}
SUMMARIES = {"steps": "Proof, step by step", "rewrites": "Proof, every rewrite"}


def subject_section(subject: Any, title: str = "", grain: str = "rewrites", evidence: str = "") -> Section:
    """A Derivation or Verdict as a section: the result, its names, conditions, notes and foldable proofs."""
    latex = subject.latex()
    body = [rf"\begin{{equation*}}{latex}\end{{equation*}}", *_where(subject), *_conditions(subject)]
    body += [latex_literal(_sentence(note)) for note in getattr(subject, "notes", ())]
    counterexample = getattr(subject, "counterexample", None)
    if counterexample is not None:
        body.append(r"\textbf{Counterexample.} " + latex_literal(_sentence(str(counterexample))))
    if evidence:
        body.append(r"\emph{Checked:} " + latex_literal(_sentence(evidence)))
    return Section(title=title, body="\n\n".join(body), copy=latex, status=subject.status, folds=_folds(subject, grain))


def item_section(item: Item, subjects: Sequence[Any], parts: Sequence[Part]) -> Section:
    """An item of a suite: what it states, the question, and its claims."""
    claims = [subject_section(s, evidence=p.evidence) for s, p in zip(subjects, parts, strict=True)]
    if len(claims) == 1:
        only = claims[0]
        return Section(title=item.title, text=item.question, body=only.body, copy=only.copy, status=parts[0].status,
                       folds=only.folds)
    from ..suite import RANKS

    weakest = min((part.status for part in parts), key=RANKS.index)
    return Section(title=item.title, text=item.question, status=weakest, parts=tuple(claims))


def subject_title(subject: Any) -> str:
    """A title for a document about one subject."""
    if hasattr(subject, "wrt"):
        return f"Derivative with respect to ${_latex(subject.wrt)}$"
    return f"Claim: {subject.status}"


def _folds(subject: Any, grain: str) -> tuple[Fold, ...]:
    if not len(subject.proof):
        return ()
    proof = subject.proof
    return tuple(Fold(SUMMARIES[size], proof.latex(grain=size), printed=size == "steps") for size in GRAINS[grain])


def _where(subject: Any) -> list[str]:
    """The names in the result, each with its definition."""
    if not hasattr(subject, "closed"):
        return []
    rows = []
    for named in _named(subject.closed):
        if named is subject.closed and not getattr(subject, "is_closed", True):
            continue  # the result itself, shown by its index form
        left = _latex(named)
        if named.letters:
            left = ("{" + left + "}" if "_" in left else left) + "_{" + ",".join(map(_latex, named.letters)) + "}"
        rows.append(f"{left} &= {_latex(named.body)}")
    if not rows:
        return []
    return ["where", r"\begin{align*}" + "\n" + " \\\\\n".join(rows) + "\n" + r"\end{align*}"]


def _named(expr: Any) -> list[Any]:
    """The named definitions in an expression, by name."""
    from ..index.arrays import Named, subexpressions

    found: dict[str, Any] = {}
    for node in subexpressions(expr):
        if isinstance(node, Named):
            found.setdefault(node.name, node)
    return [found[name] for name in sorted(found)]


def _conditions(subject: Any) -> Iterable[str]:
    conditions = getattr(subject, "conditions", None) or subject.proof.conditions
    if conditions:
        yield "for " + ", ".join(f"${_latex(condition)}$" for condition in conditions)


def _latex(value: Any) -> str:
    from sympy import latex

    return value if isinstance(value, str) else str(latex(value))


def _sentence(text: str) -> str:
    return text + ("" if text.endswith((".", "!", "?")) else ".")


__all__ = ["GRAINS", "item_section", "subject_section", "subject_title"]
