"""One subject, a Derivation or Verdict say, as a document of its own: LaTeX, PDF, page, and a cell of a notebook."""

from __future__ import annotations

import os
from html import escape
from pathlib import Path
from typing import Any

from sympy import Basic, latex

from ..answers import Answer
from ..proof.parts import ProofInParts
from ..proof.steps import Proof
from .document import document, printed_proof
from .files import write_bytes, write_text
from .html import cell, formula, fragment, in_notebook, page
from .pdf import compile_pdf, require_engine
from .present import subject_section, subject_title

FOLDS = {"answer": "Proof in one line", "steps": "Proof in steps", "rewrites": "Every rewrite"}


def subject_document(subject: Any, title: str = "", grain: str = "steps") -> str:
    """The LaTeX document of a Derivation or Verdict, with its proof at a grain size: answer, steps or rewrites."""
    return document(title or subject_title(subject), (printed_proof(subject_section(subject, grain=grain)),))


def write_tex(subject: Any, path: str | os.PathLike[str], title: str = "", grain: str = "steps") -> Path:
    """Write the LaTeX document of a Derivation or Verdict.  Raises OutputError."""
    return write_text(path, subject_document(subject, title, grain))


def write_pdf(subject: Any, path: str | os.PathLike[str], title: str = "", grain: str = "steps") -> Path:
    """Write the PDF of a Derivation or Verdict.  Raises ToolMissing without a TeX engine, OutputError."""
    require_engine()
    return write_bytes(path, compile_pdf(subject_document(subject, title, grain)))


def subject_page(subject: Any, title: str = "", grain: str = "rewrites") -> str:
    """The page of a Derivation or Verdict, its proof folded at every grain size up to the given one."""
    section = subject_section(subject, grain=grain)
    return page(title or subject_title(subject), (section,))


def write_html(subject: Any, path: str | os.PathLike[str], title: str = "", grain: str = "rewrites") -> Path:
    """Write the page of a Derivation or Verdict.  Raises OutputError."""
    return write_text(path, subject_page(subject, title, grain))


def notebook_cell(subject: Any) -> str:
    """The subject as a notebook shows it: a claim with its proof; a proof, folded; an expression; else its words."""
    if isinstance(subject, Proof | ProofInParts):
        return in_notebook(f"<p>{subject.status}</p>" + "".join(
            f"<details><summary>{words}</summary>{fragment(subject.latex(grain))}</details>"
            for grain, words in FOLDS.items()))
    if (derived := getattr(subject, "derived", None)) is not None:
        told = (row for row in str(subject).split("\n") if not row.startswith("  should be: "))
        return in_notebook("".join(f"<p>{escape(row)}</p>" for row in told)) + cell(subject_section(derived))
    if isinstance(subject, Answer) or (hasattr(subject, "status") and hasattr(subject, "latex")):
        return cell(subject_section(subject))
    if isinstance(subject, Basic) or not hasattr(subject, "latex"):
        return in_notebook(formula(latex(subject)) if isinstance(subject, Basic) else
                           f'<pre style="white-space: pre-wrap">{escape(str(subject))}</pre>')
    return in_notebook(formula(subject.latex()))
