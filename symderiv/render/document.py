"""A complete LaTeX document, in pure ASCII, that pdflatex, xelatex and tectonic compile alike.

In a language of another script its letters stand as they are, and LuaTeX sets them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ..visible import shown
from .escape import latex_literal, latex_text, plain_text, underscored
from .line_breaks import pieces
from .look import Look
from .prose import prose_latex
from .prose_tree import AlignedRow, chain_rows
from .sections import Fold, Section, asked

PREAMBLE = r"""\documentclass[10pt]{article}
\usepackage[a4paper,margin=24mm,right=30mm,marginparwidth=20mm,marginparsep=4mm]{geometry}
\usepackage{amsmath,amssymb,graphicx,color,multicol}
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
% What stands directly below words stays on their page.
\newcommand{\keep}{\par\ifdim\lastskip=0pt\nobreak\fi}
\newcommand{\equationline}[1]{\keep\addvspace{6pt}\setlength{\room}{\dimexpr\linewidth-2em\relax}%
  \setbox0\hbox{#1}\ifdim\wd0>\linewidth
    {\rightskip=0pt plus 1fil \hangindent=2em \hangafter=1 \lineskip=4pt \lineskiplimit=3pt \noindent
    \beside\unhbox0\par}%
  \else\hbox to\linewidth{\beside\hfil\box0\hfil}\fi\gdef\standing{}\addvspace{6pt}}
% How sure a claim is stands in the margin beside its formula.
\newcommand{\standing}{}
\newcommand{\claimstatus}[1]{\gdef\standing{#1}}
\newcommand{\beside}{\rlap{\hskip-\leftskip\hskip\linewidth\hskip\marginparsep\footnotesize\sffamily\standing}}
\newcommand{\claimbreak}{\par\addvspace{2pt}}
\newcommand{\heading}[1]{\par\addvspace{4pt}{\bfseries #1\par}\keepnext}
\newcommand{\foldheading}[1]{\par\addvspace{4pt}{\small\sffamily\bfseries #1\par}\keepnext}
\newcommand{\proofheading}[1]{\par\addvspace{2pt}\noindent\textit{#1.}\enspace\ignorespaces}
\newcommand{\proofline}[1]{\proofheading{#1}\par\keepnext}
% Lines of a proof: what is left of the relation, the relation and what follows, and why, flush right.  A line goes on from
% the one before, beside it, where both and their reasons have room.
\newsavebox{\chainbox}
\newif\ifchainopen
\newenvironment{chain}{\keep\addvspace{3pt}\setlength{\leftside}{0pt}\chainopenfalse
  \lineskip=3pt \lineskiplimit=2pt \leftskip=1.5em \rightskip=0pt plus 1fil \parskip=2pt plus 1pt
  }{\chainflush\par\addvspace{3pt}}
\newcommand{\chainleft}[1]{\settowidth{\room}{$\displaystyle #1$}%
  \ifdim\room>.3\linewidth\else\ifdim\room>\leftside\setlength{\leftside}{\room}\fi\fi}
\newcommand{\chainline}[3]{\setlength{\room}{\dimexpr\linewidth-\leftside-3.5em\relax}\def\nextwhy{#3}\setbox0\hbox{#2}%
  \if\relax\detokenize{#1}\relax\ifchainopen\chainfits\else\chainbegin{}\fi\else\chainflush\chainbegin{#1}\fi}
\newcommand{\chainbegin}[1]{\sbox{\fitbox}{$\displaystyle #1$}%
  \sbox{\chainbox}{\ifdim\wd\fitbox>\leftside\piece{#1}\wbr{0}\else\makebox[\leftside][r]{\usebox{\fitbox}}\fi\unhbox0}%
  \chainopentrue\let\chainwhy\nextwhy\let\lastwhy\nextwhy}
\newcommand{\chainfits}{\let\trywhy\chainwhy
  \ifx\nextwhy\lastwhy\else\ifx\nextwhy\empty\else\ifx\chainwhy\empty\let\trywhy\nextwhy\else
    \edef\trywhy{\unexpanded\expandafter{\chainwhy}; \unexpanded\expandafter{\nextwhy}}\fi\fi\fi
  \setbox2\hbox{\footnotesize\trywhy}%
  \dimen0=\dimexpr\wd\chainbox+\wd0+\ifdim\wd2>.42\linewidth .42\linewidth\else\wd2\fi+3.5em\relax
  \ifdim\wd2>.72\linewidth\dimen0=\maxdimen\fi
  \ifdim\dimen0<\linewidth
    \setbox\chainbox\hbox{\unhbox\chainbox\hskip.3em\relax\unhbox0}\let\lastwhy\nextwhy\let\chainwhy\trywhy
  \else\chainflush\chainbegin{}\fi}
\newcommand{\chainflush}{\ifchainopen\par\hangindent=\dimexpr\leftside+2em\relax\hangafter=1
  \noindent\beside\gdef\standing{}\unhbox\chainbox
  \ifx\chainwhy\empty\else\reason{\chainwhy}\fi\par\chainopenfalse\fi}
% Equations beside each other, as many as a line has room for.
\newenvironment{equations}{\keep\addvspace{3pt}\leftskip=1.5em \rightskip=0pt plus 1fil \parskip=0pt
  \lineskip=4pt \lineskiplimit=3pt \setlength{\room}{\dimexpr\linewidth-3em\relax}\noindent\beside\gdef\standing{}%
  }{\par\addvspace{3pt}}
\newcommand{\eqn}[1]{\setbox0\hbox{#1}\ifdim\wd0>\room\unhbox0\else\box0\fi\hskip1.7em plus .3em\relax}
\newcommand{\eqnrange}[1]{\unskip\hskip.8em\relax{\footnotesize(#1)}\hskip1.7em plus .3em\relax}
\newcommand{\eqnlead}[1]{\hskip-1.5em\textit{#1.}\enspace}
\newcommand{\reason}[1]{{\unskip\nobreak\hfill\penalty50\hskip1.5em\hbox{}\nobreak\hfill
  \sbox{\fitbox}{\footnotesize #1}\ifdim\wd\fitbox>.42\linewidth
  \parbox[t]{.42\linewidth}{\footnotesize\raggedleft #1}\else\usebox{\fitbox}\fi
  \parfillskip=0pt \finalhyphendemerits=0 \par}}
\makeatletter
\newcommand{\keepnext}{\nobreak\@afterheading}
% A page is ended where less than this is left of it.
% The penalty lets TeX end a page first that is full already, so that its rest is measured.
\newcommand{\needroom}[1]{\par\if@nobreak\else\penalty-50\relax\ifdim\pagegoal<\maxdimen
  \dimen@=\dimexpr\pagegoal-\pagetotal\relax\ifdim\dimen@<#1\newpage\fi\fi\fi}
\renewcommand\section{\needroom{11\baselineskip}\@startsection{section}{1}{\z@}{-2.4ex plus -1ex minus -.2ex}{1ex plus .2ex}%
  {\normalfont\Large\bfseries\raggedright}}
\renewcommand\subsection{\needroom{8\baselineskip}%
  \@startsection{subsection}{2}{\z@}{-1.8ex plus -.8ex minus -.2ex}{.6ex plus .1ex}{\normalfont\large\bfseries\raggedright}}
\renewcommand\paragraph{\@startsection{paragraph}{4}{\z@}{4pt plus 1pt}{-.8em}{\normalfont\normalsize\bfseries}}
\def\@pnumwidth{1.8em}\def\@tocrmarg{2.4em plus 1fil}
\renewcommand*\l@section[2]{\addpenalty{-300}\addvspace{3pt}\@dottedtocline{1}{0pt}{1.5em}{\bfseries #1}{\bfseries #2}}
\renewcommand*\l@subsection{\@dottedtocline{2}{0pt}{2.7em}}
\newcommand{\contents}{{\parskip=0pt \small\raggedcolumns
  \begin{multicols}{2}[\section*{\contentsname}]\footnotesize\@starttoc{toc}\end{multicols}}}
\def\@listi{\leftmargin\leftmargini \topsep 2pt \partopsep 0pt \parsep 0pt \itemsep 1pt}
\let\@listI\@listi \@listi
\makeatother
\newcommand{\status}[1]{\leavevmode\marginpar{\raggedright\footnotesize\sffamily #1}}
\newcommand{\itemref}[1]{\hyperref[item:#1]{\ref*{item:#1}}}
"""
# The words that TeX itself writes, when the class has set its own.
_WORDS_OF_TEX = {
    code: (rf"\AtBeginDocument{{\renewcommand{{\contentsname}}{{{contents}}}}}",)
    for code, contents in (("de", "Inhalt"), ("fr", r"Table des mati\`eres"), ("es", r"\'Indice"))
}
_CLASS = re.compile(r"\\documentclass\s*(?:\[([^]]*)\])?")
LEVELS = ("section", "subsection", "subsubsection", "paragraph")
# Rows that are scaled together cannot be parted by a page break, so only short alignments are.
FITTED_ROWS = 12
# So many equations without reasons are a list, which stands side by side.
LISTED = 4
_LISTED = r"\begin{equations}%"
_ALIGN = re.compile(r"\\begin\{(align|gather)\*\}(.*?)\\end\{\1\*\}", re.DOTALL)
# A heading within the text, with nothing but a display behind it.
_DISPLAYED = re.compile(r"(?:[^\n]+:\n\n)?\\begin\{(?:equation|align)\*\}")
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
    shown_title = latex_text(title)
    if re.fullmatch(r"\$[^$]*\$", title):
        shown_title = rf"\fittext{{{shown_title}}}"
    body = [rf"\title{{{shown_title}}}", rf"\author{{{latex_text(look.author)}}}",
            rf"\date{{{latex_text(look.course)}}}", r"\begin{document}", r"\maketitle"]
    if preface:
        body.append(prose_latex(preface))
    if contents:
        body.append(r"\contents" if look.columns == 1 else r"\tableofcontents")
        if questions := asked(sections):
            told = (latex_literal(number) + "~$\\to$~" + ", ".join(rf"\itemref{{{part.name}}}" for part in parts)
                    for number, parts in questions.items())
            body.append(rf"\heading{{{latex_text(look.word('By question'))}}}"
                        r"{\small\raggedright " + r"; \quad ".join(told) + r".\par}")
    body += [section_latex(section) for section in sections]
    text = look.said("\n".join(body))
    return shown(preamble(look) + (look.script.written(text) if look.script else text) + "\n\\end{document}\n")


def preamble(look: Look) -> str:
    """What stands before the title: the class, the packages and commands that the book needs, what the style adds."""
    first, paper, rest = PREAMBLE.split("\n", 2)
    first = look.documentclass or first
    if look.columns == 2:
        first = _CLASS.sub(lambda m: rf"\documentclass[{m[1] + ',' if m[1] else ''}twocolumn]", first, count=1)
        paper = r"\usepackage[a4paper,margin=18mm,columnsep=8mm]{geometry}"
    lines = [first, paper, rest.rstrip("\n"), *_WORDS_OF_TEX.get(look.language, ())]
    if look.documentclass:
        # The sections of a class that has chapters too are numbered as everywhere.
        lines.append(r"\ifdefined\chapter\renewcommand{\thesection}{\arabic{section}}\fi")
    if look.script:
        lines.append(look.script.preamble(look.word("Contents")))
    if look.columns == 2 or not look.statuses:
        # There is no margin that a status could stand in: that of an item stands before its words.
        before = r"{\def\\{,}\footnotesize\sffamily[#1]\enspace}" if look.statuses else ""
        lines += [r"\renewcommand{\beside}{}", rf"\renewcommand{{\status}}[1]{{{before}}}"]
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
    if section.title and level >= 2:
        pieces.append(_inner_heading(section))
    elif section.title:
        title = " ".join(section.title.split())
        shown, plain = latex_text(title), latex_text(plain_text(title).replace("$", ""))
        pieces.append(rf"\{command}{star}{{\texorpdfstring{{{shown}}}{{{_bookmark(plain)}}}}}")
    if section.name:
        pieces.append(rf"\label{{item:{section.name}}}")
    # That of a chapter is told by its items.
    if section.status and (level or not section.parts) and (level < 2 or not section.title):
        number = rf"\\ {latex_literal(section.reference)}" if section.reference else ""
        place = "claimstatus" if _DISPLAYED.match(section.body) and not section.text else "status"
        pieces.append(rf"\{place}{{{latex_literal(section.status)}{number}}}%")
    pieces.append(section.rendered.latex if section.rendered else inner_latex(section, level))
    return "\n".join(pieces) + "\n"


def inner_latex(section: Section, level: int = 0) -> str:
    """A section without its heading."""
    pieces = []
    if section.text:
        pieces.append(fitted(prose_latex(section.text)) + "\n")
    if section.body:
        pieces.append(fitted(section.body) + (r"\par\nobreak" if section.body.endswith(":") else ""))
    for fold in section.folds:
        if fold.printed:
            pieces.append(_begun(fold, fold.paper or fitted(fold.body)))
    for count, part in enumerate(section.parts):
        if count and not part.title and part.status:
            pieces.append(r"\claimbreak")
        pieces.append(section_latex(part, level + 1))
    return "\n".join(pieces) + "\n"


def _inner_heading(section: Section) -> str:
    """The title of a part of an item, its status beside it."""
    status = rf"\status{{{latex_literal(section.status)}}}" if section.status else ""
    return rf"\heading{{{status}{latex_text(' '.join(section.title.split()))}}}"


def _begun(fold: Fold, body: str) -> str:
    """What unfolds, with its heading; that of a proof begins the line of its first words or definitions."""
    if fold.grain != "steps":
        return rf"\foldheading{{{latex_text(fold.summary)}}}" + "\n" + body
    if body.startswith(_LISTED):
        return body.replace(_LISTED, _LISTED + "\n\\eqnlead{Proof}", 1)
    display = body.startswith((r"\begin", r"\paragraph", r"\heading", r"\equationline"))
    return (r"\proofline{Proof}" if display else r"\proofheading{Proof}") + "\n" + body


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
        listed = _leading_list(rows)
        parts = [side_by_side(rows[:listed])] if listed else []
        return "\n".join([*parts, *([_chain(rows[listed:])] if rows[listed:] else [])])
    if _UNFITTED.search(body) or body.count(r"\\") >= FITTED_ROWS:
        return match[0]
    return rf"\begin{{equation*}}\fit{{\begin{{{match[1]}ed}}{body}\end{{{match[1]}ed}}}}\end{{equation*}}"


def _chain(rows: Sequence[AlignedRow]) -> str:
    """Rows below each other, their relations aligned, with their reasons."""
    lines = [rf"\chainleft{{{left}}}%" for left in dict.fromkeys(row.left for row in rows if row.left)]
    lines += [rf"\chainline{{{row.left}}}{{{_broken(row.right)}}}{{{underscored(row.words)}}}" for row in rows]
    return "\\begin{chain}%\n" + "\n".join(lines) + "\n\\end{chain}"


def _leading_list(rows: Sequence[AlignedRow]) -> int:
    """How many rows at the beginning are equations for themselves, without reasons; none where these are few."""
    alone = [bool(row.left) and not row.words for row in rows]
    count = alone.index(False) if False in alone else len(rows)
    count -= count < len(rows) and not rows[count].left  # the last one goes on
    return count if count >= LISTED else 0


def side_by_side(rows: Sequence[AlignedRow], lead: str = "") -> str:
    """Equations as many on a line as there is room for, with a word before the first.

    Their words are ranges, in brackets behind the last of those that have the same.
    """
    told = [rf"\eqn{{\piece{{{row.left}}}{_broken(row.right)}}}" + (
        rf"\eqnrange{{{row.words}}}" if row.words and row.words != after else "")
        for row, after in zip(rows, [*(each.words for each in rows[1:]), ""], strict=True)]
    return "\n".join([_LISTED, *([f"{{{lead}}}~"] if lead else []), *told, r"\end{equations}"])


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
        place = {"relation": r"\wbr{50}", "term": r"\wbr{300}", "factor": r"\wbr{600}"}.get(piece.kind, "")
        before = "{}" if piece.kind in ("relation", "term") else ""
        parts.append(rf"{place}\piece{{{before}{piece.latex}}}")
    return "".join(parts)
