"""A complete LaTeX document, in pure ASCII, that pdflatex, xelatex and tectonic compile alike."""

from __future__ import annotations

import re
from dataclasses import replace

from ..visible import shown
from .escape import latex_literal, latex_text, plain_text, underscored
from .line_breaks import pieces
from .look import Look
from .prose import prose_latex
from .prose_tree import chain_rows
from .sections import Fold, Section, asked

PREAMBLE = r"""\documentclass[10pt]{article}
\usepackage[a4paper,margin=24mm,right=30mm,marginparwidth=20mm,marginparsep=4mm]{geometry}
\usepackage{amsmath,amssymb,graphicx,color}
\usepackage[hidelinks,bookmarksnumbered]{hyperref}
\allowdisplaybreaks
\setcounter{MaxMatrixCols}{20}
\setlength{\emergencystretch}{3em}
\setlength{\parindent}{0pt}
\setlength{\parskip}{4pt plus 2pt}
% A formula wider than the line is broken where \wbr stands; what has no such place is scaled down to the line.
\newsavebox{\fitbox}
\newcommand{\fit}[1]{\sbox{\fitbox}{$\displaystyle #1$}%
  \ifdim\wd\fitbox>\linewidth\resizebox{\linewidth}{!}{\usebox{\fitbox}}\else\usebox{\fitbox}\fi}
\newcommand{\fittext}[1]{\sbox{\fitbox}{#1}%
  \ifdim\wd\fitbox>\linewidth\resizebox{\linewidth}{!}{\usebox{\fitbox}}\else\usebox{\fitbox}\fi}
\newcommand{\fitgraph}[1]{\par{\setlength{\unitlength}{.72pt}\sbox{\fitbox}{#1}%
  \ifdim\wd\fitbox>\linewidth\sbox{\fitbox}{\resizebox{\linewidth}{!}{\usebox{\fitbox}}}\fi
  \ifdim\ht\fitbox>.55\textheight\sbox{\fitbox}{\resizebox{!}{.55\textheight}{\usebox{\fitbox}}}\fi
  \hbox to\linewidth{\hfil\usebox{\fitbox}\hfil}}\addvspace{6pt}}
\newlength{\leftside}
\newlength{\room}
\newcommand{\piece}[1]{\sbox{\fitbox}{$\displaystyle #1$}%
  \ifdim\wd\fitbox>\room\resizebox{\room}{!}{\usebox{\fitbox}}\else\usebox{\fitbox}\fi}
\newcommand{\wbr}[1]{\penalty#1\hskip 0pt\relax}
\newcommand{\equationline}[1]{\par\addvspace{6pt}\setlength{\room}{\dimexpr\linewidth-2em\relax}%
  \setbox0\hbox{#1}\ifdim\wd0>\linewidth
    {\rightskip=0pt plus 1fil \hangindent=2em \hangafter=1 \lineskip=4pt \lineskiplimit=3pt \noindent
    \beside\unhbox0\par}%
  \else\hbox to\linewidth{\beside\hfil\box0\hfil}\fi\gdef\standing{}\addvspace{6pt}}
% How sure a claim is stands in the margin beside its formula.
\newcommand{\standing}{}
\newcommand{\claimstatus}[1]{\gdef\standing{#1}}
\newcommand{\beside}{\rlap{\hskip-\leftskip\hskip\linewidth\hskip\marginparsep\footnotesize\sffamily\standing}}
\newcommand{\claimbreak}{\par\addvspace{6pt}}
\newcommand{\heading}[1]{\par\addvspace{4pt}{\bfseries #1\par}\nobreak}
\newcommand{\foldheading}[1]{\par\addvspace{4pt}{\small\sffamily\bfseries #1\par}\nobreak}
% Lines of a proof: what is left of the relation, the relation and what follows, and why, flush right.
\newenvironment{chain}{\par\addvspace{4pt}\setlength{\leftside}{0pt}%
  \lineskip=4pt \lineskiplimit=3pt \leftskip=1.5em \rightskip=0pt plus 1fil \parskip=3pt plus 1pt }{\par\addvspace{4pt}}
\newcommand{\chainleft}[1]{\settowidth{\room}{$\displaystyle #1$}%
  \ifdim\room>.3\linewidth\else\ifdim\room>\leftside\setlength{\leftside}{\room}\fi\fi}
\newcommand{\chainline}[3]{\par\hangindent=\dimexpr\leftside+2em\relax\hangafter=1
  \setlength{\room}{\dimexpr\linewidth-\leftside-3.5em\relax}\noindent
  \beside\gdef\standing{}\sbox{\fitbox}{$\displaystyle #1$}%
  \ifdim\wd\fitbox>\leftside\piece{#1}\wbr{0}\else\makebox[\leftside][r]{\usebox{\fitbox}}\fi
  #2\if\relax\detokenize{#3}\relax\else\reason{#3}\fi\par}
\newcommand{\reason}[1]{{\unskip\nobreak\hfill\penalty50\hskip1.5em\hbox{}\nobreak\hfill
  \sbox{\fitbox}{\footnotesize #1}\ifdim\wd\fitbox>.5\linewidth
  \parbox[t]{.5\linewidth}{\footnotesize\raggedleft #1}\else\usebox{\fitbox}\fi\parfillskip=0pt \finalhyphendemerits=0 \par}}
\makeatletter
\def\@pnumwidth{2em}\def\@tocrmarg{3.2em}
\def\@listi{\leftmargin\leftmargini \topsep 2pt \partopsep 0pt \parsep 0pt \itemsep 1pt}
\let\@listI\@listi \@listi
\makeatother
\newcommand{\status}[1]{\leavevmode\marginpar{\raggedright\footnotesize\sffamily #1}}
\newcommand{\itemref}[1]{\hyperref[item:#1]{\ref*{item:#1}}}
"""
# The script of a language, and the words that TeX itself writes.
_WORDS_OF_TEX = {
    "de": (r"\renewcommand{\contentsname}{Inhalt}",), "fr": (r"\renewcommand{\contentsname}{Table des mati\`eres}",),
    "es": (r"\renewcommand{\contentsname}{\'Indice}",),
}
LEVELS = ("section", "subsection", "subsubsection", "paragraph")
# Rows that are scaled together cannot be parted by a page break, so only short alignments are.
FITTED_ROWS = 12
_ALIGN = re.compile(r"\\begin\{(align|gather)\*\}(.*?)\\end\{\1\*\}", re.DOTALL)
# A heading within the text, with nothing but a display behind it.
_RUN_IN = re.compile(r"\\paragraph\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}(?=\s*\\begin)")
_TABULAR = re.compile(r"\\begin\{tabular\}.*?\\end\{tabular\}", re.DOTALL)
_EQUATION = re.compile(r"\\begin\{equation\*\}(.*?)\\end\{equation\*\}|\\\[(.*?)\\\]", re.DOTALL)
_UNFITTED = re.compile(r"\\(?:tag|intertext|shortintertext|label|fit)\b|\\begin\{(?:align|gather|equation)")


def document(title: str, sections: tuple[Section, ...], preface: str = "", contents: bool = False,
             look: Look | None = None) -> str:
    """A LaTeX document of titled sections.

    title, preface and the titles of sections are plain text with $mathematics$; bodies are LaTeX.
    """
    look = look or Look(title)
    look = look if look.set_by_tex else replace(look, language="en")
    body = [rf"\title{{{latex_text(title)}}}", rf"\author{{{latex_text(look.author)}}}",
            rf"\date{{{latex_text(look.course)}}}", r"\begin{document}", r"\maketitle"]
    if preface:
        body.append(prose_latex(preface))
    if contents:
        body.append(r"\tableofcontents")
        if questions := asked(sections):
            told = (latex_literal(number) + "~$\\to$~" + ", ".join(rf"\itemref{{{part.name}}}" for part in parts)
                    for number, parts in questions.items())
            body.append(rf"\heading{{{latex_text(look.word('By question'))}}}"
                        r"{\small\raggedright " + r"; \quad ".join(told) + r".\par}")
    body += [section_latex(section) for section in sections]
    return shown(preamble(look) + look.said("\n".join(body)) + "\n\\end{document}\n")


def preamble(look: Look) -> str:
    """What stands before the title: the class, the packages and commands that the book needs, what the style adds."""
    first, paper, rest = PREAMBLE.split("\n", 2)
    if look.columns == 2:
        first = first.replace("[10pt]", "[10pt,twocolumn]")
        paper = r"\usepackage[a4paper,margin=18mm,columnsep=8mm]{geometry}"
    lines = [look.documentclass or first, paper, rest.rstrip("\n"), *_WORDS_OF_TEX.get(look.language, ())]
    if look.columns == 2 or not look.statuses:
        # There is no margin that a status could stand in.
        lines += [r"\renewcommand{\beside}{}", r"\renewcommand{\status}[1]{}"]
    return "\n".join([*lines, look.preamble]).rstrip("\n") + "\n"


def printed_proof(section: Section) -> Section:
    """The section with its finest proof alone: on paper there is nothing to fold."""
    def finest(fold: Fold) -> Fold:
        return finest(fold.folds[-1]) if fold.folds else replace(fold, printed=True)

    return replace(section, folds=tuple(map(finest, section.folds)))


def section_latex(section: Section, level: int = 0) -> str:
    """One section and its parts as LaTeX."""
    command = LEVELS[min(level, len(LEVELS) - 1)]
    star = "" if section.number else "*"
    pieces = []
    if section.title:
        title = " ".join(section.title.split())
        shown, plain = latex_text(title), latex_text(plain_text(title).replace("$", ""))
        pieces.append(rf"\{command}{star}{{\texorpdfstring{{{shown}}}{{{_bookmark(plain)}}}}}")
    if section.name:
        pieces.append(rf"\label{{item:{section.name}}}")
    if section.status and (section.text or level or not section.parts):
        number = rf"\\ {latex_literal(section.reference)}" if section.reference else ""
        display = section.body.startswith((r"\begin{equation*}", r"\begin{align*}"))
        place = "claimstatus" if display and not section.text else "status"
        pieces.append(rf"\{place}{{{latex_literal(section.status)}{number}}}%")
    pieces.append(section.rendered.latex if section.rendered else inner_latex(section, level))
    return "\n".join(pieces) + "\n"


def inner_latex(section: Section, level: int = 0) -> str:
    """A section without its heading."""
    pieces = []
    if section.text:
        pieces.append(prose_latex(section.text) + "\n")
    if section.body:
        pieces.append(fitted(section.body))
    for fold in section.folds:
        if fold.printed:
            pieces.append(rf"\foldheading{{{latex_text(fold.summary)}}}" + "\n" + (fold.paper or fitted(fold.body)))
    for count, part in enumerate(section.parts):
        if count and not part.title and part.status:
            pieces.append(r"\claimbreak")
        pieces.append(section_latex(part, level + 1))
    return "\n".join(pieces) + "\n"


def _bookmark(latex: str) -> str:
    """Text that hyperref takes for an outline entry: commands and braces gone."""
    return re.sub(r"\\[A-Za-z]+ ?|[{}$^_\\&#%]", "", latex)


def fitted(fragment: str) -> str:
    """The fragment with displays that are broken, or else scaled down, where they would run into the margin."""
    fragment = _RUN_IN.sub(r"\\heading{\1}", fragment)
    return _TABULAR.sub(_fit_table, _EQUATION.sub(_fit_equation, _ALIGN.sub(_fit_rows, fragment)))


def _fit_rows(match: re.Match[str]) -> str:
    body = match[2].strip()
    rows = chain_rows(body) if match[1] == "align" else ()
    if rows:
        lefts = dict.fromkeys(row.left for row in rows if row.left)
        lines = [rf"\chainleft{{{left}}}%" for left in lefts]
        lines += [rf"\chainline{{{row.left}}}{{{_broken(row.right)}}}{{{underscored(row.words)}}}" for row in rows]
        return "\\begin{chain}%\n" + "\n".join(lines) + "\n\\end{chain}"
    if _UNFITTED.search(body) or body.count(r"\\") >= FITTED_ROWS:
        return match[0]
    return rf"\begin{{equation*}}\fit{{\begin{{{match[1]}ed}}{body}\end{{{match[1]}ed}}}}\end{{equation*}}"


def _fit_equation(match: re.Match[str]) -> str:
    body = (match[1] or match[2] or "").strip()
    if _UNFITTED.search(body):
        return match[0]
    return rf"\equationline{{{_broken(body)}}}"


def _fit_table(match: re.Match[str]) -> str:
    return rf"\par\addvspace{{6pt}}\fittext{{{match[0]}}}\par\addvspace{{6pt}}"


def _broken(latex: str) -> str:
    """A formula with the places where it may be broken, those before relations first."""
    parts = []
    for piece in pieces(latex, phantoms=True):
        place = {"relation": r"\wbr{50}", "sign": r"\wbr{300}", "factor": r"\wbr{600}"}.get(piece.kind, "")
        before = "{}" if piece.kind in ("relation", "sign") else ""
        parts.append(rf"{place}\piece{{{before}{piece.latex}}}")
    return "".join(parts)


__all__ = ["document", "fitted", "inner_latex", "printed_proof", "section_latex"]
