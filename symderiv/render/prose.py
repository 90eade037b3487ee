"""A docstring as LaTeX paragraphs: blank lines part them, ``code``, $mathematics$ and :ref:`names of items` are kept."""

from __future__ import annotations

import inspect
import re

from .escape import ascii_math, balanced, latex_literal, latex_text

_DISPLAY = re.compile(r"\$\$(.+?)\$\$|\\\[(.+?)\\\]", re.DOTALL)
_CODE = re.compile(r"(:ref:)?(?:``(.+?)``|`([^`\n]+)`)")
_NOT_IN_NAMES = re.compile(r"[^\w.-]")
_REFERENCE = re.compile(r":ref:`([^`\s.]+)`")


def prose_latex(text: str) -> str:
    """Plain text with $inline$ and $$displayed$$ mathematics, ``code`` and blank lines, as a LaTeX fragment."""
    text = inspect.cleandoc(text)
    pieces: list[str] = []
    start = 0
    for match in _DISPLAY.finditer(text):
        body = (match[1] or match[2]).strip()
        if balanced(body):
            pieces += [_paragraphs(text[start:match.start()]), f"\\[{ascii_math(body)}\\]"]
            start = match.end()
    pieces.append(_paragraphs(text[start:]))
    return "\n".join(piece for piece in pieces if piece)


def qualified(text: str, file: str) -> str:
    """The text with each reference to an item of the same file naming the file too: :ref:`file.item`."""
    return _REFERENCE.sub(rf":ref:`{file}.\1`", text)


def _paragraphs(text: str) -> str:
    parts = (part.strip() for part in re.split(r"\n\s*\n", text))
    return "\n\n".join(_inline(part) for part in parts if part)


def _inline(text: str) -> str:
    pieces, start = [], 0
    for match in _CODE.finditer(text):
        code = match[2] or match[3]
        marked = rf"\itemref{{{_NOT_IN_NAMES.sub('', code)}}}" if match[1] else rf"\texttt{{{latex_literal(code)}}}"
        pieces += [latex_text(text[start:match.start()]), marked]
        start = match.end()
    pieces.append(latex_text(text[start:]))
    return "".join(pieces)
