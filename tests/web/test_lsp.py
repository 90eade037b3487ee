"""Editors: a text is marked as it is written, over the protocol, by a real client on standard input and output."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import pytest

TEXT = r"""Let $x \in \mathbb{R}^n$.
\[ L = x^\top x \]
\[ \nabla_x L = x \]
"""
URI = "file:///homework.tex"


def test_wrong_lines_are_marked_and_can_be_repaired() -> None:
    pytest.importorskip("pygls.lsp.client", reason="needs the extra lsp, version 2")
    from lsprotocol import types as lsp
    from pygls.lsp.client import LanguageClient

    async def talk() -> None:
        client = LanguageClient("test", "1")
        marked: asyncio.Queue[Any] = asyncio.Queue()

        @client.feature(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def took(params: Any) -> None:
            marked.put_nowait(params)

        await client.start_io(sys.executable, "-m", "symderiv", "lsp", "--seconds", "60")
        await client.initialize_async(lsp.InitializeParams(capabilities=lsp.ClientCapabilities(), process_id=None))
        client.initialized(lsp.InitializedParams())
        opened = lsp.TextDocumentItem(URI, "latex", 1, "% given: x: n\n" + TEXT)
        client.text_document_did_open(lsp.DidOpenTextDocumentParams(opened))
        found = (await asyncio.wait_for(marked.get(), 120)).diagnostics
        wrong = [each for each in found if each.code == "refuted"]
        assert [each.range.start.line for each in wrong] == [3], found

        place = lsp.Position(3, 4)
        document = lsp.TextDocumentIdentifier(URI)
        hover = await client.text_document_hover_async(lsp.HoverParams(document, place))
        assert "refuted" in hover.contents.value
        actions = await client.text_document_code_action_async(lsp.CodeActionParams(
            document, lsp.Range(place, place), lsp.CodeActionContext([])))
        assert any("2" in action.title for action in actions)

        # Half a document, then a right one: the marks follow.
        for version, text in ((2, r"\[ \frac{"), (3, "% given: x: n\n" + TEXT.replace("L = x \\]", "L = 2x \\]"))):
            client.text_document_did_change(lsp.DidChangeTextDocumentParams(
                lsp.VersionedTextDocumentIdentifier(version, URI), [lsp.TextDocumentContentChangeWholeDocument(text)]))
            found = (await asyncio.wait_for(marked.get(), 120)).diagnostics
        assert not [each for each in found if each.code == "refuted"]
        await client.shutdown_async(None)
        client.exit(None)
        await client.stop()

    asyncio.run(asyncio.wait_for(talk(), 300))
