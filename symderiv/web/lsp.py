"""symderiv in an editor: ``symderiv lsp`` speaks the Language Server Protocol on standard input and output (extra ``lsp``).

A .tex or .md file is refereed as it is written: lines that are wrong, hold under a condition, or need a declaration are
marked; a hover shows how a line was read; a code action applies the repair or inserts the declarations that are missing.
What is checked is debounced; a text that changes meanwhile is checked again and the old answer is dropped.
"""

from __future__ import annotations

import asyncio
from typing import Any

from ..errors import ToolMissing
from .desk import SECONDS, Desk
from .questions import Answer

# How long a text is left alone after a change before it is checked, in seconds.
QUIET = 0.4
SEVERITIES = {"refuted": 1, "ill-typed": 1, "undeclared": 2, "undefined": 2, "unread": 3, "conditional": 3, "undecided": 4}
SOURCE = "symderiv"


class Desks:
    """The texts that are open, what is known of each, and the check that is under way."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.answers: dict[str, Answer] = {}
        self.under_way: dict[str, asyncio.Task[None]] = {}

    def changed(self, uri: str, text: str, publish: Any) -> None:
        """A text is new or has changed: it is checked when it has been left alone for a moment."""
        self.forget(uri)
        self.under_way[uri] = asyncio.ensure_future(self._check(uri, text, publish))

    def forget(self, uri: str) -> None:
        """Stop what is under way for a text."""
        task = self.under_way.pop(uri, None)
        if task is not None:
            task.cancel()

    async def _check(self, uri: str, text: str, publish: Any) -> None:
        await asyncio.sleep(QUIET)
        answer = await self.desk.ask("verify", {"text": text})
        self.answers[uri] = answer
        publish(uri, answer)

    def line_at(self, uri: str, row: int) -> Answer | None:
        """The verdict on what stands in a row of a text, counted from 0."""
        for line in self.answers.get(uri, {}).get("lines", ()):
            if first_row(line) <= row <= last_row(line):
                return dict(line)
        return None


def first_row(line: Answer) -> int:
    """The row of a text, from 0, in which a line begins."""
    return int(line["place"][0]) - 1


def last_row(line: Answer) -> int:
    """The row in which it ends."""
    return first_row(line) + str(line["text"]).rstrip().count("\n")


def said_of(line: Answer) -> str:
    """A verdict in words, for a hover, in Markdown."""
    parts = [f"**{line['status']}**" + (f": {line['diagnosis']}" if line["diagnosis"] else "")]
    if line["reading"]:
        parts.append(f"read as $${line['reading']}$$")
    if line["suggestion"]:
        parts.append(f"{'should be' if line['diagnosis'] else 'try'}: `{line['suggestion']}`")
    parts += [str(each) for each in (line["message"], line["note"]) if each]
    return "\n\n".join(parts)


def server(workers: int, seconds: float = SECONDS) -> Any:
    """The server.  Raises ToolMissing without the extra ``lsp``."""
    try:
        from lsprotocol import types as lsp
        from pygls.lsp.server import LanguageServer
    except ImportError:
        raise ToolMissing("editors need the package pygls, version 2 or newer", hint="pip install 'symderiv[lsp]'") from None

    from .. import __version__

    made = LanguageServer(SOURCE, __version__)
    texts = Desks(Desk(workers, seconds))

    def where(line: Answer, rows: list[str]) -> Any:
        start, column, end = first_row(line), int(line["place"][1]) - 1, last_row(line)
        width = len(rows[end]) if end < len(rows) else column + 1
        return lsp.Range(lsp.Position(start, max(0, column)), lsp.Position(end, max(width, column + 1)))

    def publish(uri: str, answer: Answer) -> None:
        rows = made.workspace.get_text_document(uri).source.split("\n")
        found = []
        if "error" in answer:
            place = max(0, int(answer["error"].get("line") or 1) - 1)
            found.append(lsp.Diagnostic(lsp.Range(lsp.Position(place, 0), lsp.Position(place, 1)),
                                        str(answer["error"]["message"]), lsp.DiagnosticSeverity.Warning, source=SOURCE))
        for line in answer.get("lines", ()):
            if line["status"] in SEVERITIES:
                words = "; ".join(str(each) for each in line["said"])
                found.append(lsp.Diagnostic(where(line, rows), words, lsp.DiagnosticSeverity(SEVERITIES[line["status"]]),
                                            code=line["status"], source=SOURCE))
        made.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(uri, found))

    @made.feature(lsp.TEXT_DOCUMENT_DID_OPEN)
    async def opened(params: Any) -> None:
        texts.changed(params.text_document.uri, params.text_document.text, publish)

    @made.feature(lsp.TEXT_DOCUMENT_DID_CHANGE)
    async def changed(params: Any) -> None:
        uri = params.text_document.uri
        texts.changed(uri, made.workspace.get_text_document(uri).source, publish)

    @made.feature(lsp.TEXT_DOCUMENT_DID_CLOSE)
    async def closed(params: Any) -> None:
        uri = params.text_document.uri
        texts.forget(uri)
        texts.answers.pop(uri, None)
        made.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(uri, []))

    @made.feature(lsp.TEXT_DOCUMENT_HOVER)
    def hover(params: Any) -> Any:
        line = texts.line_at(params.text_document.uri, params.position.line)
        return lsp.Hover(lsp.MarkupContent(lsp.MarkupKind.Markdown, said_of(line))) if line else None

    @made.feature(lsp.TEXT_DOCUMENT_CODE_ACTION)
    def actions(params: Any) -> Any:
        uri = params.text_document.uri
        rows = made.workspace.get_text_document(uri).source.split("\n")
        line = texts.line_at(uri, params.range.start.line)
        found = []
        if line and line["suggestion"] and line["diagnosis"]:
            edit = lsp.WorkspaceEdit({uri: [lsp.TextEdit(where(line, rows), str(line["suggestion"]))]})
            found.append(lsp.CodeAction(f"Replace by {line['suggestion']}", lsp.CodeActionKind.QuickFix, edit=edit))
        needed = texts.answers.get(uri, {}).get("needed") or ()
        if needed:
            top = lsp.Range(lsp.Position(0, 0), lsp.Position(0, 0))
            text = f"% given: {'; '.join(map(str, needed))}\n"
            found.append(lsp.CodeAction("Declare what is missing", lsp.CodeActionKind.QuickFix,
                                        edit=lsp.WorkspaceEdit({uri: [lsp.TextEdit(top, text)]})))
        return found

    return made


def run(workers: int, seconds: float = SECONDS) -> None:
    """Answer on standard input and output until it is closed."""
    server(workers, seconds).start_io()


__all__ = ["run", "server"]
