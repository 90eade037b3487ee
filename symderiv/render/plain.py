"""Proofs as plain text, for a terminal: what the page shows, in characters."""

from __future__ import annotations

import re
from typing import Any

from .plain_math import in_characters, line

_DISPLAY = re.compile(r"\\begin\{(align|equation)\*\}\n(.*?)\n\\end\{\1\*\}", re.DOTALL)
_INSIDE = r"[^{}]"
for _ in range(4):
    _INSIDE = rf"(?:[^{{}}]|\{{{_INSIDE}*\}})"
_HEADING = re.compile(rf"\\paragraph\{{({_INSIDE}*)\}}\s*")
_NOTE = re.compile(r" && \\text\{(.*)\}$", re.DOTALL)


def proof_text(proof: Any, grain: str = "steps") -> str:
    """The lines of a proof, each with its reason.  grain: "answer" gives no lines, "steps" or "rewrites" as in LaTeX."""
    if grain == "answer":
        return ""
    source, parts, at = str(proof.latex(grain)), list[str](), 0
    for found in _DISPLAY.finditer(source):
        parts += [*_prose(source[at:found.start()]), _aligned(found[2])]
        at = found.end()
    return "\n".join([*parts, *_prose(source[at:])]).strip("\n")


def _prose(text: str) -> list[str]:
    """Words with mathematics between dollars; a heading stands on a line of its own."""
    apart = _HEADING.sub(lambda m: f"\n{m[1].rstrip('.')}\n", text)
    return [in_characters(row) for row in apart.split("\n") if row.strip()]


def _aligned(body: str) -> str:
    """Rows one below the other, their signs of equality too, each with its reason in brackets."""
    rows: list[tuple[str, str, str]] = []
    for text in re.split(r" \\\\(?:\n| (?=&))", body):
        note = _NOTE.search(text)
        formula = text[:note.start()] if note else text
        left, _, right = formula.partition("&")
        right = right.removeprefix(r"\phantom{=}\;").strip()
        rows.append((line(left.strip()), line(right), in_characters(note[1]) if note else ""))
    width = min(max(len(left) for left, _, _ in rows), 24)
    shown = []
    for left, right, why in rows:
        sign = right if right.startswith("=") or not any(r[1].startswith("=") for r in rows) else f"  {right}"
        text = f"  {left:>{width}} {sign}".rstrip()
        shown.append(f"{text}    [{why}]" if why else text)
    return "\n".join(shown)
