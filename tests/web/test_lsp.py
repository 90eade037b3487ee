"""Editors: a text is marked as it is written, over the protocol, by a real client on standard input and output."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from symderiv.web import lsp

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
        assert "refuted" in hover.contents.value and "read as" in hover.contents.value
        assert "we derive $$" in hover.contents.value and "2 x" in hover.contents.value
        # What is defined is derived by what it depends on, on a line that is right.
        place_above = lsp.Position(2, 4)
        for _ in range(2):
            hover = await client.text_document_hover_async(lsp.HoverParams(document, place_above))
            assert "read as" in hover.contents.value and "2 x" in hover.contents.value, hover.contents.value
        actions = await client.text_document_code_action_async(lsp.CodeActionParams(
            document, lsp.Range(place, place), lsp.CodeActionContext([])))
        (edit,) = actions[0].edit.changes[URI]
        assert edit.new_text == r"\nabla_x L = 2 x" and (edit.range.start.character, edit.range.end.character) == (3, 17)

        # Half a document, then a right one: the marks follow.
        for version, text in ((2, r"\[ \frac{"), (3, "% given: x: n\n" + TEXT.replace("L = x \\]", "L = 2x \\]"))):
            client.text_document_did_change(lsp.DidChangeTextDocumentParams(
                lsp.VersionedTextDocumentIdentifier(version, URI), [lsp.TextDocumentContentChangeWholeDocument(text)]))
            found = (await asyncio.wait_for(marked.get(), 120)).diagnostics
        assert not [each for each in found if each.code == "refuted"]
        # What is not finished can be carried on.
        text = "% given: X: N d; w: d; y: N\n\\[ \\nabla_w \\|w\\|^2 = \\nabla_w (w^\\top w) \\]\n"
        client.text_document_did_change(lsp.DidChangeTextDocumentParams(
            lsp.VersionedTextDocumentIdentifier(4, URI), [lsp.TextDocumentContentChangeWholeDocument(text)]))
        await asyncio.wait_for(marked.get(), 120)
        place = lsp.Position(1, 4)
        actions = await client.text_document_code_action_async(lsp.CodeActionParams(
            document, lsp.Range(place, place), lsp.CodeActionContext([])))
        (step,) = [action for action in actions if action.title == "Insert the next step"]
        (edit,) = step.edit.changes[URI]
        assert edit.range.start.line == 2 and edit.new_text.startswith("\\[ ") and "2 w" in edit.new_text, edit
        await client.shutdown_async(None)
        client.exit(None)
        await client.stop()

    asyncio.run(asyncio.wait_for(talk(), 300))


NEOVIM = """
vim.wait(120000, function() return #vim.diagnostic.get(0) > 0 end, 100)
for _, found in ipairs(vim.diagnostic.get(0)) do print(found.lnum, found.message) end
vim.cmd("qall!")
"""


@pytest.mark.skipif(shutil.which("nvim") is None, reason="needs Neovim")
@pytest.mark.parametrize("name", ["homework.tex", "homework.md"])
def test_neovim_shows_the_marks_when_set_up_as_documented(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("% given: x: n\n" + TEXT)
    (tmp_path / "look.lua").write_text(NEOVIM)
    told = (Path(__file__).parents[2] / "docs" / "reach.md").read_text().split("```lua\n")[1].split("```")[0]
    command = f'"{sys.executable}", "-m", "symderiv", "lsp", "--seconds", "60"'
    (tmp_path / "init.lua").write_text(told.replace('"symderiv", "lsp"', command))
    ran = subprocess.run(["nvim", "--headless", "-u", "init.lua", name, "-c", "luafile look.lua"], cwd=tmp_path, text=True,
                         capture_output=True, timeout=300, check=False)
    assert "3 refuted" in ran.stderr + ran.stdout, ran.stderr[-2000:]


def editor_of(monkeypatch: pytest.MonkeyPatch, text: str, ask: Any = None) -> tuple[lsp.Editor, list[Any], Any]:
    """An editor without a client in which one text is open, what it shows, and the text, which can be changed."""
    pytest.importorskip("pygls.lsp.server", reason="needs the extra lsp, version 2")
    from types import SimpleNamespace

    from pygls.workspace.position_codec import PositionCodec

    from symderiv.web import lsp
    from symderiv.web.questions import answer

    document, shown = SimpleNamespace(source=text), list[Any]()
    open_texts = SimpleNamespace(get_text_document=lambda uri: document, position_codec=PositionCodec())
    server = SimpleNamespace(workspace=open_texts, text_document_publish_diagnostics=shown.append)
    monkeypatch.setattr(lsp, "QUIET", 0)
    return lsp.Editor(server, [SimpleNamespace(ask=ask or answer)]), shown, document  # type: ignore[arg-type]


@pytest.mark.parametrize(("text", "wanted"), [
    ("Let $x \\in \\mathbb{R}^n$, 😀 $L = x^\\top x$, so $\\nabla_x L = x$, the gradient.\n",
     "\\nabla_x L = 2 x$, the gradient.\n"),
    ("% given: x: n\n\\begin{align}\nL &= x^\\top x \\\\\n\\nabla_x L\n  &= x \\\\\n  &= x\n\\end{align}\n",
     "\\nabla_x L\n  &= 2 x \\\\\n  &= x\n\\end{align}\n"),
    ("% given: A: n n; B: n n\n$$ (AB)^\\top = A^\\top B^\\top, \\quad \\text{for all} $$\n",
     "(AB)^\\top = B^\\top A^\\top, \\quad \\text{for all} $$\n"),
])
def test_a_repair_leaves_what_stands_around_it(monkeypatch: pytest.MonkeyPatch, text: str, wanted: str) -> None:
    editor, marked, _ = editor_of(monkeypatch, text)
    from lsprotocol import types as protocol

    from symderiv.web import lsp

    async def repaired() -> str:
        await editor._check(URI)
        place = next(each.range for each in marked[0].diagnostics if each.severity == lsp.ERROR)
        (action,) = await editor.actions(protocol.CodeActionParams(protocol.TextDocumentIdentifier(URI), place,
                                                                   protocol.CodeActionContext([])))
        (edit,) = action.edit.changes[URI]     # type: ignore[union-attr,index]
        rows = [row.encode("utf-16-le") for row in text.split("\n")]
        ends = [sum(len(row) + 2 for row in rows[:each.line]) + 2 * each.character for each in (place.start, place.end)]
        whole = text.encode("utf-16-le")
        assert edit.range == place
        return whole[:ends[0]].decode("utf-16-le") + edit.new_text + whole[ends[1]:].decode("utf-16-le")

    found = asyncio.run(repaired())
    assert found.endswith(wanted) and found.startswith(text[:20])


@pytest.mark.parametrize(("text", "row", "wanted"), [
    ("% given: a: scalar; b: scalar\n\n\\[ \\log(ab) = \\log a + \\log b \\]\n", 1, "% given: a*b > 0; a > 0; b > 0\n"),
    ("Let $x$ be a scalar.\n\n$$ \\frac{x^2}{x} = x $$\n", 0, "% given: x \u2260 0\n"),
    ("% given: A: n n; B: n n\n\\begin{align}\n\\log\\det(AB)\n  &= \\log\\det A + \\log\\det B\n\\end{align}\n", 1,
     "% given: det(A*B) > 0; det(A) > 0; det(B) > 0\n"),
])
def test_what_a_line_is_conditional_on_can_be_declared(monkeypatch: pytest.MonkeyPatch, text: str, row: int,
                                                       wanted: str) -> None:
    editor, marked, _ = editor_of(monkeypatch, text)
    from lsprotocol import types as protocol

    async def declared() -> None:
        await editor._check(URI)
        (place,) = [each.range for each in marked[0].diagnostics if each.code == "conditional"]
        (action,) = await editor.actions(protocol.CodeActionParams(protocol.TextDocumentIdentifier(URI), place,
                                                                   protocol.CodeActionContext([])))
        (edit,) = action.edit.changes[URI]     # type: ignore[union-attr,index]
        assert action.title.startswith("Declare that ") and (edit.new_text, edit.range.start.line) == (wanted, row)

    asyncio.run(declared())


@pytest.mark.parametrize(("text", "marks"), [
    ("", 0), ("%", 0), ("# Homework\n\nTo be handed in on *Monday*.\n\n| a | b |\n|---|---|\n", 0),
    ("\\documentclass{article}\n\\begin{document}\n\\maketitle\n\\end{document}\n", 0), ("\\[ \\frac{", 1), ("$$ @ $$", 1),
    ("given: x: n\nd(x'*x)/dx = x @@\n", 1),
])
def test_what_is_not_meant_for_us_is_not_marked(monkeypatch: pytest.MonkeyPatch, text: str, marks: int) -> None:
    editor, shown, _ = editor_of(monkeypatch, text)
    asyncio.run(editor._check(URI))
    assert len(shown[0].diagnostics) == marks, shown


def test_a_next_step_stands_below_the_sentence() -> None:
    pytest.importorskip("pygls.lsp.server", reason="needs the extra lsp, version 2")
    from symderiv.web.lsp import after
    line = {"place": [1, 8], "text": "a = b"}
    edit = after(line, ["It is $a = b$, as said.", "", "\\end{document}"], "c = d")
    assert edit.range.start.line == 1 and edit.new_text == "\\[ c = d \\]\n"


def test_a_text_that_was_there_before_is_not_run_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def ask(job: str, fields: dict[str, str]) -> dict[str, Any]:
        asked.append(fields["text"])
        return {"lines": []}

    editor, shown, document = editor_of(monkeypatch, "", ask)
    for text in ("a = a", "a = b", "a = a", "a = a  "):
        document.source = text
        asyncio.run(editor._check(URI))
    assert asked == ["a = a", "a = b"] and len(shown) == 4


def test_a_hover_waits_a_while_for_a_derivative_and_finds_it_the_next_time(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pygls.lsp.server", reason="needs the extra lsp, version 2")
    from threading import Event

    from lsprotocol import types as protocol

    from symderiv.web import lsp

    slow, asked = Event(), list[str]()
    line = {"number": 1, "status": "proved", "diagnosis": None, "reading": "y = x", "suggestion": None, "message": None,
            "note": None, "place": [1, 1], "text": "y = x"}

    def ask(job: str, fields: dict[str, str]) -> dict[str, Any]:
        asked.append(job)
        slow.wait(60)
        return {"derivatives": ["y' = 1"]}

    async def hovers() -> None:
        editor, _, _ = editor_of(monkeypatch, "y = x", ask)
        editor.answers[URI], editor.texts[URI] = {"lines": [line]}, "y = x"
        params = protocol.HoverParams(protocol.TextDocumentIdentifier(URI), protocol.Position(0, 1))
        first = await editor.hover(params)
        assert first is not None and "read as" in first.contents.value and "y' = 1" not in first.contents.value
        given_up = asyncio.ensure_future(editor.hover(params))
        await asyncio.sleep(0)
        given_up.cancel()
        slow.set()
        monkeypatch.setattr(lsp, "PATIENCE", 60)
        later = await editor.hover(params)
        assert later is not None and "y' = 1" in later.contents.value and asked == ["derived"]

    monkeypatch.setattr(lsp, "PATIENCE", 0.01)
    asyncio.run(asyncio.wait_for(hovers(), 120))
