"""What a file holds, as one text in which the displays can be found: notebooks, web pages, Markdown, LaTeX, plain text.

Signs that say nothing are blanked out, so that lines and columns stay those of the file.
"""

from __future__ import annotations

import html
import json
import re

from ...errors import ParseError

NOTEBOOK, PAGE, MARKDOWN, LATEX, PLAIN = "notebook", "page", "markdown", "latex", "plain"
_TAG = re.compile(r"</?[a-zA-Z!][^<>]{0,2000}>")
_HIDDEN_TAGS = re.compile(r"<(script|style|pre|code)\b([^<>]{0,500})>(.*?)</\1\s*>", re.DOTALL | re.IGNORECASE)
_HEADING_TAG = re.compile(r"<h([1-6])\b[^<>]{0,500}>", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|[A-Za-z]{2,10});")
_PAGE = re.compile(r"\s*(?:<!doctype html|<html\b|<\?xml)|<(?:p|div|h[1-6]|body)\b[^<>]{0,500}>.*</(?:p|div|h[1-6]|body)>",
                   re.IGNORECASE | re.DOTALL)
_MARKDOWN = re.compile(r"\A---[ \t]*\n|^#{1,6} |^```|^[ \t]*[-*] |\*\*[^*\n]+\*\*|^> |\\\\[(\[]", re.MULTILINE)
_LATEX = re.compile(r"\\(?:documentclass|begin\s*\{|section|newcommand|usepackage|def\\)")
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n.*?\n---[ \t]*(?:\n|\Z)", re.DOTALL)
_SCRIPT_MATH = re.compile(r"math/(?:tex|asciimath)([^\"'>]*)", re.IGNORECASE)
# Markdown escapes what LaTeX needs: \\( for \(, \_ for _; a run of four is a line end.
_ESCAPED_DELIMITER = re.compile(r"(?<!\\)\\\\(?=[()\[\]](?:\W|\w))")


def kind_of(text: str) -> str:
    """Which of the formats a text is written in, by what stands in it."""
    start = text.lstrip()[:1]
    if start == "{" and '"cells"' in text and ('"cell_type"' in text or '"nbformat"' in text):
        return NOTEBOOK
    if _PAGE.search(text[:20_000]) and not _LATEX.match(text.lstrip()):
        return PAGE
    if re.search(r"\\documentclass|\\begin\s*\{document\}", text):
        return LATEX
    if _MARKDOWN.search(text):
        return MARKDOWN
    return LATEX if _LATEX.search(text) or "\\" in text or "$" in text else PLAIN


def plain_source(text: str) -> tuple[str, str]:
    """(the text in which displays are looked for, its format).  Raises ParseError for a notebook that cannot be read."""
    kind = kind_of(text)
    if kind == NOTEBOOK:
        text = _notebook(text)
        return _markdown(text), NOTEBOOK
    if kind == PAGE:
        return _page(text), PAGE
    if kind == MARKDOWN:
        return _markdown(_BOLD.sub(r"  \1  ", text)), MARKDOWN
    return (_BOLD.sub(r"  \1  ", text) if kind == PLAIN else text), kind


# Let **a**, **b** be vectors; no power, and no options.
_BOLD = re.compile(r"(?<![\w*)\]}])\*\*(?=[^\s*])([^*\n]{1,80})(?<=\S)\*\*(?![\w*({\[])")


def _notebook(text: str) -> str:
    """The Markdown cells of a notebook, with a blank line between; what was computed or is code does not count."""
    try:
        cells = json.loads(text)["cells"]
        found = ["".join(cell["source"]) if isinstance(cell["source"], list) else str(cell["source"])
                 for cell in cells if cell["cell_type"] in ("markdown", "raw")]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ParseError("this notebook cannot be read", hint="save it again as .ipynb, or copy its text") from None
    return "\n\n".join(found)


def _padded(new: str, old: str) -> str:
    """A text in the place of a longer one: its line ends and its length stay."""
    lines = [" " * len(line) for line in old.split("\n")]
    lines[0] = new + lines[0][len(new):]
    return "\n".join(lines)


def _page(text: str) -> str:
    """A web page without its tags; MathJax's own scripts become displays."""
    def block(found: re.Match[str]) -> str:
        math = _SCRIPT_MATH.search(found.group(2))
        if found.group(1).lower() != "script" or math is None:
            return re.sub(r"[^\n]", " ", found.group())
        opening, closing = ("\\[", "\\]") if "display" in math.group(1) else ("\\(", "\\)")
        head = found.group()[:found.start(3) - found.start()]
        tail = found.group()[found.end(3) - found.start():]
        return _padded(opening, head) + found.group(3) + _padded(closing, tail)

    text = _HIDDEN_TAGS.sub(block, text)
    text = _HEADING_TAG.sub(lambda found: _padded("#" * min(int(found.group(1)), 4) + " ", found.group()), text)
    text = re.sub(r"</p\s*>|<br\s*/?>", lambda found: re.sub(r"[^\n]", " ", found.group()), text, flags=re.IGNORECASE)
    text = _TAG.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), text)
    return _ENTITY.sub(lambda found: _padded(html.unescape(found.group()).replace("\xa0", " "), found.group()), text)


def _markdown(text: str) -> str:
    """Markdown with its front matter blanked, and LaTeX's signs as they are meant."""
    text = _FRONT_MATTER.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), text)
    if re.search(r"<script[^<>]*math/tex", text):
        text = _page(text)
    if re.search(r"(?<!\\)\\\\\(.+?\\\\\)|^\s*\\\\\[", text, re.MULTILINE):
        text = _ESCAPED_DELIMITER.sub(r" \\", text)
    text = re.sub(r"^([ \t]*)>", r"\1 ", text, flags=re.MULTILINE)
    return re.sub(r"(?<!\\)\\(?=[_*](?![_*]))", " ", text)
