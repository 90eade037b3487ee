"""symderiv in an editor: ``symderiv lsp`` speaks the Language Server Protocol on standard input and output (extra ``lsp``).

A .tex or .md file is refereed as it is written: lines that are wrong, hold under a condition, or need a declaration are
marked; a hover shows how a line was read, and the derivative that it is about as we derive it; a code action applies the
repair, inserts the next step, or declares what is missing or what a line is conditional on.
What is checked is debounced; a text that changes meanwhile is checked again and the old answer is dropped.  The processes
that check stay and keep what they know, so that of a text that was changed only what is new costs anything.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Any, TypeVar
from zlib import crc32

from lsprotocol import types as lsp
from pygls.lsp.server import LanguageServer

from ..suite.pool import default_workers
from ..workers import Lost, Standing
from .desk import MEMORY, SECONDS, refusal, warm_context
from .plain_data import Answer
from .questions import answer as answer_to

# How long a text is left alone after a change before it is checked, in seconds.
QUIET = 0.4
# So many texts are remembered with their answers, and so many lines with their derivatives.
KEPT = 64
# A hover waits so long for a derivative, in seconds; one that takes longer is there at the next hover.
PATIENCE = 5.0
ERROR, WARNING, INFORMATION, HINT = lsp.DiagnosticSeverity
SEVERITIES = {"refuted": ERROR, "ill-typed": ERROR, "undeclared": WARNING, "undefined": WARNING, "unread": INFORMATION,
              "conditional": INFORMATION, "undecided": HINT}
SOURCE = "symderiv"
RIGHT = frozenset({"proved", "supported", "conditional"})
# So many sides of a line are tried for a repair; what stands around a side and is none of it; what divides sides.
SIDES, AROUND = 6, " \n\t&.,;"
RELATION = re.compile(r"(?P<relation>[=<>]|\\(?:approx|leq?|geq?|q?quad|text)(?![A-Za-z]))|\\.|[{}]", re.DOTALL)
# A text with formulas, or with declarations of plain ones; in any other nobody meant the lines that do not read for us.
MEANT = re.compile(r"\$|\\[(\[]|\\begin\{(?:align|equation|gather|multline|eqnarray|math|display)|^[ %]{0,4}given:", re.M)
# The end of mathematics within a sentence.
CLOSED = re.compile(r"[\s.,;]*+(?:\$(?!\$)|\\\))")

T = TypeVar("T")


class Editor:
    """The texts that are open, what is known of each, and the check of each that is under way."""

    def __init__(self, server: LanguageServer, checking: Sequence[Standing]) -> None:
        self.server = server
        self.checking = [(each, asyncio.Lock()) for each in checking]
        self.answers: dict[str, Answer] = {}
        self.texts: dict[str, str] = {}
        self.derived: dict[tuple[str, int], asyncio.Future[tuple[str, ...]]] = {}
        self.known: dict[str, Answer] = {}
        self.under_way: dict[str, asyncio.Task[None]] = {}

    async def opened(self, params: lsp.DidOpenTextDocumentParams) -> None:
        """A text is there."""
        self._check_soon(params.text_document.uri)

    async def changed(self, params: lsp.DidChangeTextDocumentParams) -> None:
        """A text has changed: what was under way for it is dropped."""
        self._check_soon(params.text_document.uri)

    async def closed(self, params: lsp.DidCloseTextDocumentParams) -> None:
        """A text is gone, and its marks with it."""
        uri = params.text_document.uri
        self._drop(uri)
        self.answers.pop(uri, None)
        self.texts.pop(uri, None)
        self.server.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(uri, []))

    async def hover(self, params: lsp.HoverParams) -> lsp.Hover | None:
        """The verdict on the line in words, how it was read, and the derivatives that it is about, in Markdown."""
        uri = params.text_document.uri
        line = self._line_at(uri, params.position)
        if line is None:
            return None
        key = self.texts[uri], int(line["number"])
        if key not in self.derived:
            self.derived[key] = asyncio.ensure_future(self._derive(uri, *key))
            while len(self.derived) > KEPT:
                del self.derived[next(iter(self.derived))]
        # Who does not wait any longer ends the waiting alone: what is found is kept.
        done, _ = await asyncio.wait({self.derived[key]}, timeout=PATIENCE)
        derived = next(iter(done)).result() if done else ()
        return lsp.Hover(lsp.MarkupContent(lsp.MarkupKind.Markdown, said_of(line, derived)))

    async def actions(self, params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
        """The repair of a wrong line, what a conditional one needs, the next step of an open one, what is undeclared."""
        uri, found = params.text_document.uri, []
        line = self._line_at(uri, params.range.start)
        if line and line["suggestion"] and line["diagnosis"]:
            before, written, behind = parted(line, self.texts[uri].split("\n"))
            each = await self._agreed(uri, line, ((each, before + each + behind)
                                                  for each in repairs(written, str(line["suggestion"]))))
            if each is not None:
                found.append(_action(f"Replace by {each}", uri, lsp.TextEdit(self._where(uri, line), each)))
        if line and (conditions := line["conditions"]):
            edit = await self._agreed(uri, line, declared(line, self.texts[uri].split("\n"), conditions))
            if edit is not None:
                found.append(_action(f"Declare that {' and '.join(conditions)}", uri, edit))
        answer = self.answers.get(uri, {})
        if line and answer.get("next") and line is answer["lines"][-1]:
            found.append(_action("Insert the next step", uri, after(line, self._rows(uri), str(answer["next"]))))
        needed = answer.get("needed") or ()
        if needed:
            top = lsp.Range(lsp.Position(0, 0), lsp.Position(0, 0))
            text = f"% given: {'; '.join(str(each).partition('%')[0].strip() for each in needed)}\n"
            found.append(_action("Declare what is missing", uri, lsp.TextEdit(top, text)))
        return found

    def _check_soon(self, uri: str) -> None:
        self._drop(uri)
        self.under_way[uri] = asyncio.ensure_future(self._check(uri))

    def _drop(self, uri: str) -> None:
        task = self.under_way.pop(uri, None)
        if task is not None:
            task.cancel()

    async def _check(self, uri: str) -> None:
        await asyncio.sleep(QUIET)
        # What is under way is not ended by a change: what it finds out holds of most of the new text too.
        rows, answer = await asyncio.shield(asyncio.ensure_future(self._answered(uri)))
        self.answers[uri], self.texts[uri] = answer, "\n".join(rows)
        meant = MEANT.search(self.texts[uri]) is not None
        found = [lsp.Diagnostic(self._where(uri, line), "; ".join(map(str, line["said"])), SEVERITIES[line["status"]],
                                code=line["status"], source=SOURCE)
                 for line in answer.get("lines", ()) if line["status"] in SEVERITIES
                 if meant or line["status"] not in ("unread", "undeclared")]
        if "error" in answer and meant:
            row = max(0, int(answer["error"].get("line") or 1) - 1)
            place = lsp.Range(lsp.Position(row, 0), lsp.Position(row, 1))
            found.append(lsp.Diagnostic(place, str(answer["error"]["message"]), WARNING, source=SOURCE))
        self.server.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(uri, found))

    async def _answered(self, uri: str) -> tuple[list[str], Answer]:
        """The rows of a text as it is when its turn comes, and the verdicts on them."""
        kept, turn = self.checking[crc32(uri.encode()) % len(self.checking)]
        async with turn:
            rows = self._rows(uri)
            return rows, await self._verified(kept, "\n".join(rows))

    async def _verified(self, kept: Standing, text: str) -> Answer:
        found: Any = self.known.pop(text, None) or await asyncio.to_thread(kept.ask, "verify", {"text": text})
        if isinstance(found, Lost):
            return refusal(f"this took too much time or memory: {found}", "a shorter text")
        answer = dict(found)
        if "error" not in answer:
            # What was taken back, or only saved, is not run again: the same text always has the same verdicts.
            self.known[text] = answer
            while len(self.known) > KEPT:
                del self.known[next(iter(self.known))]
        return answer

    async def _agreed(self, uri: str, line: Answer, changes: Iterable[tuple[T, str]]) -> T | None:
        """The first of some changes after which, in the whole text that comes of it, the referee agrees with a line."""
        kept, turn = self.checking[crc32(uri.encode()) % len(self.checking)]
        async with turn:
            for change, text in changes:
                answer = await self._verified(kept, text)
                if any(other["number"] == line["number"] and other["status"] in RIGHT - {line["status"]}
                       for other in answer.get("lines", ())):
                    return change
        return None

    async def _derive(self, uri: str, text: str, number: int) -> tuple[str, ...]:
        kept, turn = self.checking[crc32(uri.encode()) % len(self.checking)]
        async with turn:
            found: Any = await asyncio.to_thread(kept.ask, "derived", {"text": text, "line": str(number)})
        return () if isinstance(found, Lost) else tuple(found.get("derivatives", ()))

    def end(self) -> None:
        """End what is being checked."""
        for kept, _ in self.checking:
            kept.end()

    def _rows(self, uri: str) -> list[str]:
        """The rows of a text, without the blanks at their ends."""
        return [row.rstrip() for row in str(self.server.workspace.get_text_document(uri).source).split("\n")]

    def _where(self, uri: str, line: Answer) -> lsp.Range:
        """Where a line stands, in the editor's units."""
        return self.server.workspace.position_codec.range_to_client_units(self.texts[uri].split("\n"), where(line))

    def _line_at(self, uri: str, place: lsp.Position) -> Answer | None:
        """The verdict on what stands at a place of a text, or else on what is first in its row."""
        lines = [line for line in self.answers.get(uri, {}).get("lines", ()) if _first(line) <= place.line <= _last(line)]
        at = [line for line in lines if self._where(uri, line).start <= place <= self._where(uri, line).end]
        return next(iter(at or lines), None)


def where(line: Answer) -> lsp.Range:
    """Where a line stands, from its first sign to its last, in signs."""
    column, rows = max(0, int(line["place"][1]) - 1), str(line["text"]).rstrip().split("\n")
    end = len(rows[-1]) + (column if len(rows) == 1 else 0)
    return lsp.Range(lsp.Position(_first(line), column), lsp.Position(_last(line), end))


def parted(line: Answer, rows: Sequence[str]) -> tuple[str, str, str]:
    """What stands before a line, the line as it is written, and what stands behind it."""
    place, text = where(line), "\n".join(rows)
    start, end = (sum(len(row) + 1 for row in rows[:each.line]) + each.character for each in (place.start, place.end))
    return text[:start], text[start:end], text[end:]


def repairs(text: str, suggestion: str) -> Iterator[str]:
    """A line with one of its sides replaced, the last side first; marks around a side stay.

    >>> next(repairs("L &= x, \\\\sum_{i=1}^n x_i = x.", "2 x"))
    'L &= x, \\\\sum_{i=1}^n x_i = 2 x.'
    """
    depth, start, sides = 0, 0, []
    for sign in RELATION.finditer(text):
        depth += {"{": 1, "}": -1}.get(sign.group(), 0)
        if depth == 0 and (sign.lastgroup or ""):
            sides.append((start, sign.start()))
            start = sign.end()
    for first, last in list(reversed([*sides, (start, len(text))]))[:SIDES]:
        side = text[first:last]
        begin, inner = len(side) - len(side.lstrip(AROUND)), len(side.strip(AROUND))
        if inner:
            yield text[:first + begin] + suggestion + text[first + begin + inner:]


def declared(line: Answer, rows: Sequence[str], conditions: Sequence[str]) -> Iterator[tuple[lsp.TextEdit, str]]:
    """A declaration of conditions, with the text that comes of it: below those above a line, at the top, right above it."""
    text, first = f"% given: {'; '.join(conditions)}\n", _first(line)
    above = [row + 1 for row in range(first) if rows[row].lstrip().startswith("% given:")]
    for row in dict.fromkeys([*above[-1:], 0, first]):
        place = lsp.Position(row, 0)
        yield lsp.TextEdit(lsp.Range(place, place), text), "\n".join([*rows[:row], text + rows[row], *rows[row + 1:]])


def after(line: Answer, rows: list[str], text: str) -> lsp.TextEdit:
    """A line below another, a display of its own where that one stands in a sentence, is a display or part of one."""
    row = _last(line)
    if CLOSED.match(parted(line, rows)[2]):
        return lsp.TextEdit(lsp.Range(lsp.Position(row + 1, 0), lsp.Position(row + 1, 0)), f"\\[ {text} \\]\n")
    ends = (k + 1 for k in range(row, len(rows)) if rows[k].rstrip().endswith(("\\]", "$$")) or "\\end{" in rows[k])
    below = next(ends, None)
    place = lsp.Position(row + 1 if below is None else below, 0)
    return lsp.TextEdit(lsp.Range(place, place), f"{text}\n" if below is None else f"\\[ {text} \\]\n")


def said_of(line: Answer, derived: Sequence[str] = ()) -> str:
    """A verdict in Markdown, with the derivatives that we find."""
    parts = [f"**{line['status']}**" + (f": {line['diagnosis']}" if line["diagnosis"] else "")]
    if line["reading"]:
        parts.append(f"read as $${line['reading']}$$")
    parts += [f"we derive $${each}$$" for each in derived]
    if line["suggestion"]:
        parts.append(f"{'should be' if line['diagnosis'] else 'try'}: `{line['suggestion']}`")
    parts += [str(each) for each in (line["message"], line["note"]) if each]
    return "\n\n".join(parts)


def _first(line: Answer) -> int:
    return int(line["place"][0]) - 1


def _last(line: Answer) -> int:
    return _first(line) + str(line["text"]).rstrip().count("\n")


def _action(title: str, uri: str, edit: lsp.TextEdit) -> lsp.CodeAction:
    return lsp.CodeAction(title, lsp.CodeActionKind.QuickFix, edit=lsp.WorkspaceEdit({uri: [edit]}))


def run(workers: int | None, seconds: float = SECONDS) -> None:
    """Answer on standard input and output until it is closed."""
    server = LanguageServer(SOURCE, "1")
    count = workers or default_workers()
    editor = Editor(server, [Standing(answer_to, seconds, warm_context(), MEMORY) for _ in range(count)])
    for message, answered in ((lsp.TEXT_DOCUMENT_DID_OPEN, editor.opened), (lsp.TEXT_DOCUMENT_DID_CHANGE, editor.changed),
                              (lsp.TEXT_DOCUMENT_DID_CLOSE, editor.closed), (lsp.TEXT_DOCUMENT_HOVER, editor.hover),
                              (lsp.TEXT_DOCUMENT_CODE_ACTION, editor.actions)):
        server.feature(message)(partial(answered))
    try:
        server.start_io()
    finally:
        editor.end()
