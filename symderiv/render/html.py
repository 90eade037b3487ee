"""A self-contained HTML page: mathematics as MathML, no network, foldable proofs, light and dark, phone and paper."""

from __future__ import annotations

import os
import re
from html import escape
from importlib import resources
from pathlib import Path
from typing import Any

from .escape import latex_text, plain_text
from .files import write_text
from .fragment import Block, Display, Heading, Inline, Items, Paragraph, Text, read_fragment
from .mathml import mathml
from .prose import prose_latex
from .sections import Fold, Section

# Nothing may be fetched, sent or embedded; the one style sheet and the one script stand in the page itself.
POLICY = "; ".join(("default-src 'none'", "style-src 'unsafe-inline'", "script-src 'unsafe-inline'", "base-uri 'none'",
                    "form-action 'none'"))


def page(title: str, sections: tuple[Section, ...], preface: str = "", contents: bool = False) -> str:
    """A complete HTML document.

    title and preface are plain text with $mathematics$; ``contents`` adds a table of contents.
    """
    body = [f"<header><h1>{_title(title)}</h1>", prose(preface), "</header>"]
    if contents:
        body.append(_contents(sections))
    body.append("<main>")
    body += [section_html(section, level=2) for section in sections]
    body.append("</main>")
    return (
        "<!DOCTYPE html>\n"
        '<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{escape(plain_text(title))}</title>\n"
        f"<style>\n{_asset('page.css')}</style>\n</head>\n<body>\n"
        + "\n".join(part for part in body if part)
        + f"\n<script>\n{_asset('page.js')}</script>\n</body>\n</html>\n"
    )


def subject_page(subject: Any, title: str = "", grain: str = "rewrites") -> str:
    """The page of a Derivation or Verdict, its proof folded at every grain size up to the given one."""
    from .present import subject_section, subject_title

    section = subject_section(subject, grain=grain)
    return page(title or subject_title(subject), (section,))


def write_html(subject: Any, path: str | os.PathLike[str], title: str = "", grain: str = "rewrites") -> Path:
    """Write the page of a Derivation or Verdict.  Raises OutputError."""
    return write_text(path, subject_page(subject, title, grain))


def section_html(section: Section, level: int = 2) -> str:
    """One section and its parts as HTML."""
    rank = min(level, 6)
    number = f'<span class="number">{escape(section.number)}</span> ' if section.number else ""
    anchor = f' id="{_anchor(section)}"' if section.number else ""
    pieces = [f'<section{anchor} class="level{rank}">']
    if section.title:
        pieces.append(f"<h{rank}>{_badge(section.status)}{number}{_title(section.title)}</h{rank}>")
    elif section.status:
        pieces.append(f"<p>{_badge(section.status)}</p>")
    if section.text:
        pieces.append(f'<div class="question">{prose(section.text)}</div>')
    if section.body:
        pieces.append(f'<div class="answer">{fragment(section.body)}{_copy(section.copy)}</div>')
    elif section.copy:
        pieces.append(_copy(section.copy))
    pieces += [_fold(fold) for fold in section.folds]
    pieces += [section_html(part, level + 1) for part in section.parts]
    pieces.append("</section>")
    return "\n".join(pieces)


def prose(text: str) -> str:
    """A person's plain text with $mathematics$ as HTML paragraphs."""
    return fragment(prose_latex(text)) if text else ""


def fragment(latex: str) -> str:
    """LaTeX paragraphs and displays as HTML."""
    return "\n".join(_block(block) for block in read_fragment(latex))


def formula(latex: str) -> str:
    """One displayed formula, scrolling sideways where the screen is narrow."""
    return f'<div class="display">{mathml(latex, display=True)}</div>'


def _block(block: Block) -> str:
    if isinstance(block, Display):
        return "".join(formula(part) if math else fragment(part) for math, part in _cut_at_intertext(block.latex))
    if isinstance(block, Paragraph):
        return f"<p>{_line(block.parts)}</p>"
    if isinstance(block, Heading):
        return f'<p class="heading">{_line(block.parts)}</p>'
    assert isinstance(block, Items)
    tag = "ol" if block.ordered else "ul"
    return f"<{tag}>" + "".join(f"<li>{''.join(map(_block, item))}</li>" for item in block.items) + f"</{tag}>"


def _line(parts: tuple[Text | Inline, ...]) -> str:
    return "".join(_span(part) if isinstance(part, Text) else mathml(part.latex) for part in parts).strip()


def _span(part: Text) -> str:
    text = escape(part.text, quote=False)
    tag = {"b": "strong", "i": "em", "code": "code"}.get(part.style)
    return f"<{tag}>{text}</{tag}>" if tag else text


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


def _title(title: str) -> str:
    return "".join(_line(block.parts) for block in read_fragment(latex_text(title)) if isinstance(block, Paragraph))


def _badge(status: str) -> str:
    if not status:
        return ""
    kind = re.sub(r"[^a-z]", "", status.split()[0].lower())
    return f'<span class="badge {kind}">{escape(status)}</span> '


def _copy(latex: str) -> str:
    if not latex:
        return ""
    return f'<button type="button" class="copy" hidden data-latex="{escape(latex)}">Copy LaTeX</button>'


def _fold(fold: Fold) -> str:
    printed = ' class="printed"' if fold.printed else ""
    return f"<details{printed}><summary>{escape(fold.summary)}</summary>\n{fragment(fold.body)}</details>"


def _anchor(section: Section) -> str:
    return "s" + section.number.replace(".", "-")


def _contents(sections: tuple[Section, ...]) -> str:
    rows = []
    for section in sections:
        inner = "".join(f"<li>{_link(part)}</li>" for part in section.parts)
        rows.append(f"<li>{_link(section)}{f'<ul>{inner}</ul>' if inner else ''}</li>")
    return f'<nav aria-label="Contents"><h2>Contents</h2><ul>{"".join(rows)}</ul></nav>'


def _link(section: Section) -> str:
    text = f"{section.number} {_title(section.title)}".strip()
    return f'{_badge(section.status)}<a href="#{_anchor(section)}">{text}</a>'


def _asset(name: str) -> str:
    return resources.files(__package__).joinpath("assets", name).read_text(encoding="utf-8")


__all__ = ["formula", "fragment", "page", "prose", "section_html", "subject_page", "write_html"]
