"""A self-contained HTML page: mathematics as MathML, no network, foldable proofs, light and dark, phone and paper."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from html import escape

from ..visible import MATHML
from ..visible import shown as seen
from .escape import latex_text
from .line_breaks import glyphs, pieces
from .look import Look, asset
from .mathml import mathml
from .plain_math import in_characters
from .prose import prose_latex
from .prose_tree import AlignedLines, Block, Display, Heading, Inline, Items, Paragraph, Reference, Text, read_fragment
from .sections import Fold, Section, asked

# Nothing may be fetched, sent or embedded; the one style sheet and the one script stand in the page itself.
POLICY = "; ".join(("default-src 'none'", "style-src 'unsafe-inline'", "script-src 'unsafe-inline'", "base-uri 'none'",
                    "form-action 'none'"))
# What fits on the narrowest screen in one line.
SHORT = 24
_CODE = re.compile(r"\[U\+([0-9A-F]{4,5})\]")
UNTOLD = ".badge, .mark { display: none; }\n"
GRAINS = (("answer", "answers"), ("steps", "steps"), ("rewrites", "every rewrite"))
MARKS = {"proved": "✓", "supported": "≈", "conditional": "∗", "refuted": "✗", "error": "!", "undecided": "?", "being": "…"}


def page(title: str, sections: tuple[Section, ...], preface: str = "", contents: bool = False,
         look: Look | None = None) -> str:
    """A complete HTML document.

    title and preface are plain text with $mathematics$; ``contents`` adds a table of contents and a search box.
    """
    look = look or Look(title)
    under = "".join(f"<p>{escape(line)}</p>" for line in (look.author, look.course) if line)
    body = ['<a class="skip" href="#main">Skip to the text</a>' if contents else "",
            f"<header><h1>{title_html(title)}</h1>", under, prose(preface), "</header>"]
    body.append(_tools(contents))
    if contents:
        body.append(_contents(sections))
    body.append('<main id="main">')
    body += [section_html(section, level=2) for section in sections]
    body.append("</main>")
    return seen(
        "<!DOCTYPE html>\n"
        f'<html lang="{look.language}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{escape(in_characters(title))}</title>\n"
        f"<style>\n{asset('page.css')}{asset('math.css')}{'' if look.statuses else UNTOLD}</style>\n</head>\n<body>\n"
        + look.said(_referred("\n".join(part for part in body if part), sections))
        + f"\n<script>\n{asset('page.js')}</script>\n</body>\n</html>\n", MATHML
    )


def section_html(section: Section, level: int = 2) -> str:
    """One section and its parts as HTML."""
    rank = min(level, 6)
    anchor = f' id="{escape(_anchor(section))}"' if section.name or section.number else ""
    words = f' data-words="{escape(section.rendered.words)}"' if section.rendered else ""
    pieces = [f'<section{anchor} class="level{rank}"{words}>']
    number = f'<span class="number">{escape(section.number)}</span> ' if section.number else ""
    question = f' <span class="asked">Question {escape(section.reference)}</span>' if section.reference else ""
    if section.title:
        pieces.append(f"<h{rank}>{_badge(section.status)}{number}{title_html(section.title)}{question}</h{rank}>")
    elif section.status:
        pieces.append(f"<p>{_badge(section.status)}</p>")
    pieces += [section.rendered.html if section.rendered else inner_html(section, level), "</section>"]
    return "\n".join(pieces)


def cell(section: Section) -> str:
    """A section for a notebook, which has a style of its own for everything but mathematics."""
    return in_notebook(section_html(section))


def in_notebook(html: str) -> str:
    """HTML with the style that mathematics needs."""
    return seen(f"<div>\n<style>{asset('math.css')}</style>\n{html}</div>", MATHML)


def inner_html(section: Section, level: int = 2) -> str:
    """A section without its heading."""
    pieces = []
    if section.text:
        pieces.append(f'<div class="question">{prose(section.text)}</div>')
    buttons = _copy(section)
    shown = section.html or (fragment(section.body) if section.body else "")
    if shown:
        pieces.append(f'<div class="answer">{shown}{buttons}</div>')
    elif buttons:
        pieces.append(buttons)
    pieces += [_fold(fold) for fold in section.folds]
    pieces += [section_html(part, level + 1) for part in section.parts]
    return "\n".join(pieces)


def prose(text: str) -> str:
    """A person's plain text with $mathematics$ as HTML paragraphs."""
    return fragment(prose_latex(text)) if text else ""


def fragment(latex: str) -> str:
    """LaTeX paragraphs and displays as HTML."""
    return "\n".join(_block(block) for block in read_fragment(latex))


def formula(latex: str) -> str:
    """One displayed formula; broken at its relations where the screen is narrow, and scrolled where that is not enough."""
    return f'<div class="display">{breakable(latex)}</div>'


def breakable(latex: str) -> str:
    """A formula as a few pieces of mathematics between which a line may end; short ones are one piece."""
    if glyphs(latex) <= SHORT or latex.lstrip().startswith(r"\begin"):
        return _displayed(latex)
    groups: list[list[str]] = []
    for piece in pieces(latex):
        if piece.kind in ("", "relation") or not groups:
            groups.append([])
        groups[-1].append(_displayed(("{}" if piece.kind in ("relation", "term") else "") + piece.latex))
    if len(groups) == 1:
        return "<wbr>".join(groups[0])
    return "<wbr>".join(f'<span class="side">{"<wbr>".join(group)}</span>' for group in groups)


def _displayed(latex: str) -> str:
    return mathml(latex).replace("<math", '<math displaystyle="true"', 1)


def _chain(chain: AlignedLines) -> str:
    """Aligned lines: on a wide screen in columns, on a narrow one with the reasons below."""
    reasons = any(row.words for row in chain.rows)
    cells = []
    for row in chain.rows:
        left = breakable(row.left) if row.left else ""
        why = f'<div class="why">{_inner_line(row.words)}</div>' if reasons else ""
        cells.append(f'<div class="left">{left}</div><div class="right">{breakable(row.right)}</div>{why}')
    return f'<div class="chain{"" if reasons else " bare"}">' + "\n".join(cells) + "</div>"


def _inner_line(latex: str) -> str:
    return "".join(_line(block.parts) for block in read_fragment(latex) if isinstance(block, Paragraph))


def _block(block: Block) -> str:
    if isinstance(block, AlignedLines):
        return _chain(block)
    if isinstance(block, Display):
        return "".join(formula(part) if math else fragment(part) for math, part in _cut_at_intertext(block.latex))
    if isinstance(block, Paragraph):
        return f"<p>{_line(block.parts)}</p>"
    if isinstance(block, Heading):
        return f'<p class="heading">{_line(block.parts)}</p>'
    assert isinstance(block, Items)
    tag = "ol" if block.ordered else "ul"
    return f"<{tag}>" + "".join(f"<li>{''.join(map(_block, item))}</li>" for item in block.items) + f"</{tag}>"


def _line(parts: tuple[Text | Inline | Reference, ...]) -> str:
    return "".join(map(_run, parts)).strip()


def _run(part: Text | Inline | Reference) -> str:
    if isinstance(part, Reference):
        name = escape(part.name)
        return f'<a class="ref" href="#{name}">{name}</a>'
    return _span(part) if isinstance(part, Text) else mathml(part.latex)


def _span(part: Text) -> str:
    text = escape(_CODE.sub(_letter, part.text), quote=False)
    tag = {"b": "strong", "i": "em", "code": "code"}.get(part.style)
    return f"<{tag}>{text}</{tag}>" if tag else text


def _letter(match: re.Match[str]) -> str:
    """A letter that LaTeX has no name for, which a page shows; other characters stay shown by their codes."""
    char = chr(int(match[1], 16))
    return char if unicodedata.category(char)[0] in "LMN" else match[0]


def _cut_at_intertext(latex: str) -> list[tuple[bool, str]]:
    r"""Rows, the words between them, rows: \intertext has no counterpart in a MathML table."""
    match = re.match(r"\\begin\{(\w+\*?)\}", latex)
    if match is None or "intertext{" not in latex:
        return [(True, latex)]
    inner = latex[match.end():latex.rindex(r"\end{")]
    parts = re.split(r"\\(?:short)?intertext\{((?:[^{}]|\{[^{}]*\})*)\}", inner)
    wrap = rf"\begin{{{match[1]}}}{{}}\end{{{match[1]}}}"
    return [(count % 2 == 0, wrap.replace("{}", re.sub(r"\\\\\s*$", "", part.strip()), 1) if count % 2 == 0 else part)
            for count, part in enumerate(parts) if part.strip()]


@lru_cache(maxsize=1000)
def title_html(title: str) -> str:
    """A title, plain text with $mathematics$, as HTML within a line."""
    return _inner_line(latex_text(title))


def _badge(status: str) -> str:
    if not status:
        return ""
    return f'<span class="badge {_kind(status)}">{escape(status)}</span> '


def _kind(status: str) -> str:
    return re.sub(r"[^a-z]", "", status.split()[0].lower()) if status else ""


def _copy(section: Section) -> str:
    buttons = "".join(
        f'<button type="button" class="copy" data-{name.lower()}="{escape(text)}">Copy {name}</button>'
        for name, text in (("LaTeX", section.copy), ("Python", section.python)) if text)
    return f'<div class="tools" hidden>{buttons}</div>' if buttons else ""


def _fold(fold: Fold) -> str:
    printed = ' class="printed"' if fold.printed else ""
    grain = f' data-grain="{escape(fold.grain)}"' if fold.grain else ""
    inner = [fold.html or fragment(fold.body), *map(_fold, fold.folds)]
    return f"<details{printed}{grain}><summary>{escape(fold.summary)}</summary>\n{''.join(inner)}</details>"


def _anchor(section: Section) -> str:
    return section.name or "s" + section.number.replace(".", "-")


def _tools(search: bool) -> str:
    """The search box, and how much of the proofs is open.  Without a script there is nothing to operate: hidden."""
    box = ('<label class="search"><span>Search</span><input type="search" id="search" autocomplete="off" '
           'placeholder="softmax, 002.2.3, ..."></label><output id="found" for="search"></output>')
    grains = "".join(f'<label><input type="radio" name="grain" value="{grain}"{" checked" if grain == "answer" else ""}> '
                     f"{words}</label>" for grain, words in GRAINS)
    grains += '<label><input type="checkbox" id="graphs"> graphs</label>'
    contents = '<a class="top" href="#contents">Contents</a>' if search else ""
    return (f'<form id="tools" role="search" hidden>{box if search else ""}'
            f'<fieldset><legend>Show</legend>{grains}</fieldset>{contents}</form>')


def _contents(sections: tuple[Section, ...]) -> str:
    rows = []
    for section in sections:
        inner = "".join(f"<li>{_link(part)}</li>" for part in section.parts)
        rows.append(f"<li>{_link(section)}{f'<ul>{inner}</ul>' if inner else ''}</li>")
    questions = "".join(f'<a class="asked" href="#{escape(_anchor(parts[0]))}">{escape(number)}</a> '
                        for number, parts in asked(sections).items())
    by_number = f'<p class="questions"><span>By question</span>: {questions}</p>' if questions else ""
    return f'<nav id="contents" aria-label="Contents"><h2>Contents</h2><ul>{"".join(rows)}</ul>{by_number}</nav>'


def _link(section: Section) -> str:
    question = f' <span class="asked">{escape(section.reference)}</span>' if section.reference else ""
    number = f'<span class="number">{escape(section.number)}</span>' if section.number else ""
    return f'{_mark(section.status)}{number} <a href="#{escape(_anchor(section))}">{title_html(section.title)}</a>{question}'


def _mark(status: str) -> str:
    """The status as one sign, its name for those who cannot see it or do not know it."""
    kind = _kind(status)
    sign = MARKS.get(kind, "?")
    return f'<span class="mark {kind}" role="img" aria-label="{escape(status)}" title="{escape(status)}">{sign}</span>'


def _referred(body: str, sections: tuple[Section, ...]) -> str:
    """References by number, now that there are numbers."""
    numbers = {escape(_anchor(part)): part.number for section in sections for part in (section, *section.parts)}
    return re.sub(r'<a class="ref" href="#([^"]*)">[^<]*</a>', lambda match: (
        f'<a class="ref" href="#{match[1]}">{numbers[match[1]]}</a>' if match[1] in numbers else f"<code>{match[1]}</code>"),
        body)
