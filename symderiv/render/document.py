"""A complete LaTeX document, in pure ASCII, that pdflatex, xelatex and tectonic compile alike."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from .escape import latex_literal, latex_text
from .files import write_text
from .prose import prose_latex
from .sections import Section

PREAMBLE = r"""\documentclass[11pt]{article}
\usepackage[a4paper,margin=28mm,marginparwidth=20mm,marginparsep=4mm]{geometry}
\usepackage{amsmath,amssymb,graphicx}
\allowdisplaybreaks
\setlength{\emergencystretch}{3em}
\setlength{\parindent}{0pt}
\setlength{\parskip}{4pt plus 2pt}
% A formula wider than the line is scaled down to it.
\newsavebox{\fitbox}
\newcommand{\fit}[1]{\sbox{\fitbox}{$\displaystyle #1$}%
  \ifdim\wd\fitbox>\linewidth\resizebox{\linewidth}{!}{\usebox{\fitbox}}\else\usebox{\fitbox}\fi}
\newcommand{\status}[1]{\leavevmode\marginpar{\raggedright\footnotesize\sffamily #1}}
"""
LEVELS = ("section", "subsection", "subsubsection", "paragraph")
# Rows that are scaled together cannot be parted by a page break, so only short alignments are.
FITTED_ROWS = 12
_ALIGN = re.compile(r"\\begin\{(align|gather)\*\}(.*?)\\end\{\1\*\}", re.DOTALL)
_EQUATION = re.compile(r"\\begin\{equation\*\}(.*?)\\end\{equation\*\}|\\\[(.*?)\\\]", re.DOTALL)
_UNFITTED = re.compile(r"\\(?:tag|intertext|shortintertext|label|fit)\b|\\begin\{(?:align|gather|equation)")


def document(title: str, sections: tuple[Section, ...], preface: str = "", contents: bool = False) -> str:
    """A LaTeX document of titled sections.

    title, preface and the titles of sections are plain text with $mathematics$; bodies are LaTeX.
    """
    body = [rf"\title{{{latex_text(title)}}}", r"\author{}", r"\date{}", r"\begin{document}", r"\maketitle"]
    if preface:
        body.append(prose_latex(preface))
    if contents:
        body.append(r"\tableofcontents")
    body += [section_latex(section) for section in sections]
    return PREAMBLE + "\n".join(body) + "\n\\end{document}\n"


def subject_document(subject: Any, title: str = "", grain: str = "steps") -> str:
    """The LaTeX document of a Derivation or Verdict, with its proof at a grain size: answer, steps or rewrites."""
    from .present import subject_section, subject_title

    return document(title or subject_title(subject), (printed_proof(subject_section(subject, grain=grain)),))


def printed_proof(section: Section) -> Section:
    """The section with its finest proof alone: on paper there is nothing to fold."""
    return replace(section, folds=tuple(replace(fold, printed=True) for fold in section.folds[-1:]))


def write_tex(subject: Any, path: str | os.PathLike[str], title: str = "", grain: str = "steps") -> Path:
    """Write the LaTeX document of a Derivation or Verdict.  Raises OutputError."""
    return write_text(path, subject_document(subject, title, grain))


def section_latex(section: Section, level: int = 0) -> str:
    """One section and its parts as LaTeX."""
    command = LEVELS[min(level, len(LEVELS) - 1)]
    star = "" if section.number else "*"
    pieces = []
    if section.title:
        pieces.append(rf"\{command}{star}{{{latex_text(' '.join(section.title.split()))}}}")
    if section.status:
        pieces.append(rf"\status{{{latex_literal(section.status)}}}%")
    if section.text:
        pieces.append(prose_latex(section.text) + "\n")
    if section.body:
        pieces.append(fitted(section.body))
    for fold in section.folds:
        if fold.printed:
            pieces.append(rf"\subsubsection*{{{latex_text(fold.summary)}}}" + "\n" + fitted(fold.body))
    pieces += [section_latex(part, level + 1) for part in section.parts]
    return "\n".join(pieces) + "\n"


def fitted(fragment: str) -> str:
    """The fragment with displays that are scaled down where they would run into the margin."""
    return _EQUATION.sub(_fit_equation, _ALIGN.sub(_fit_rows, fragment))


def _fit_rows(match: re.Match[str]) -> str:
    body = match[2].strip()
    if _UNFITTED.search(body) or body.count(r"\\") >= FITTED_ROWS:
        return match[0]
    return rf"\begin{{equation*}}\fit{{\begin{{{match[1]}ed}}{body}\end{{{match[1]}ed}}}}\end{{equation*}}"


def _fit_equation(match: re.Match[str]) -> str:
    body = (match[1] or match[2] or "").strip()
    if _UNFITTED.search(body):
        return match[0]
    return rf"\begin{{equation*}}\fit{{{body}}}\end{{equation*}}"


__all__ = ["document", "fitted", "printed_proof", "section_latex", "subject_document", "write_tex"]
