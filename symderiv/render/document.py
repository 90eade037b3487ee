"""A complete LaTeX document, in pure ASCII, that pdflatex, xelatex and tectonic compile alike.

In a language of another script its letters stand as they are, and LuaTeX sets them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ..visible import shown
from .escape import latex_literal, latex_text, plain_text, underscored
from .line_breaks import COLUMN, LONG, glyphs, pieces
from .look import Look, asset
from .prose import prose_latex
from .prose_tree import AlignedRow, chain_rows, closing_brace
from .sections import Fold, Section, asked

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
# What the outline of a PDF does not say of the mathematics in a title.
_UNSAID = re.compile(r"\\(?:operatorname|mathrm|text|hat|tilde|left|right)(?![A-Za-z])\s*|\\[,;! ]")
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
        body.append(r"\contents" if look.columns == 1 else r"\contentsincolumns")
        if questions := asked(sections):
            told = (latex_literal(number) + "~$\\to$~" + ", ".join(rf"\itemref{{{part.name}}}" for part in parts)
                    for number, parts in questions.items())
            body.append(rf"\heading{{{latex_text(look.word('By question'))}}}"
                        r"{\small\raggedright " + r"; \quad ".join(told) + r".\par}")
    body += [section_latex(section) for section in sections]
    text = look.said("\n".join(body))
    if look.columns == 2:
        text = _for_columns(text)
    return shown(preamble(look) + (look.script.written(text) if look.script else text) + "\n\\end{document}\n")


def preamble(look: Look) -> str:
    """What stands before the title: the class, the packages and commands that the book needs, what the style adds."""
    first, paper, rest = asset("preamble.tex").split("\n", 2)
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
        shown, plain = latex_text(title), latex_text(plain_text(_UNSAID.sub("", title)).replace("$", ""))
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


def _broken(latex: str, long: float = LONG) -> str:
    """A formula with the places where it may be broken, those before relations first."""
    parts = []
    for piece in pieces(latex, phantoms=True, long=long):
        place = {"relation": r"\wbr{50}", "term": r"\wbr{300}", "factor": r"\wbr{600}"}.get(piece.kind, "")
        before = "{}" if piece.kind in ("relation", "term") else ""
        parts.append(rf"{place}\piece{{{before}{piece.latex}}}")
    return "".join(parts)


def _for_columns(text: str) -> str:
    """A text whose formulas were cut for a page, with what is wider than a column cut again."""
    kept, end = [], 0
    while (start := text.find(_PIECE, end)) >= 0:
        close = closing_brace(text, start + len(_PIECE) - 1)
        inner = text[start + len(_PIECE):close]
        kept += [text[end:start], text[start:close + 1]]
        if glyphs(inner) > COLUMN:
            # What it begins with has its place to break before it already.
            cut = _broken(inner.removeprefix("{}"), COLUMN)
            kept[-1] = _PIECE + "{}" * inner.startswith("{}") + _BEGINS.sub("", cut)
        end = close + 1
    return "".join([*kept, text[end:]])


_PIECE = r"\piece{"
_BEGINS = re.compile(r"^(?:\\wbr\{\d+\})?\\piece\{(?:\{\})?")
