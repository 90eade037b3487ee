"""The static site: what is fetched is compared with its digest, what is missing is said, what is written is whole."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path

import pytest

from symderiv.errors import OutputError, ToolMissing
from symderiv.web import site

Folder = Path


@pytest.fixture
def parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    """A folder with stand-ins for what others made; nothing is in the cache, and nothing can be fetched."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    for table in (site.INTERPRETER, site.LIBRARIES, site.PINNED):
        monkeypatch.setattr(site, next(k for k, v in vars(site).items() if v is table),
                            {name: hashlib.sha256(name.encode()).hexdigest() for name in table})
    held = tmp_path / "parts"
    held.mkdir()
    for name in site.PINNED:
        (held / name).write_text(name)
    return held


def test_everything_is_written_and_listed_for_use_without_a_network(parts: Folder, tmp_path: Path) -> None:
    page = site.write_site(tmp_path / "site", str(parts), lambda said: None)
    folder = page.parent
    written = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    offline = (folder / "offline.js").read_text()
    listed = json.loads(offline[offline.index("FILES = ") + 8:offline.index(";", offline.index("FILES = "))])
    assert sorted([*listed, "offline.js"]) == written
    held = json.loads((folder / "site.json").read_text())
    assert held["version"] in offline and "VERSION" not in offline
    assert all((folder / each["file"]).is_file() and each["integrity"].startswith("sha256-") for each in held["wheels"])
    text = page.read_text()
    assert "Content-Security-Policy" in text and "http://" not in text and "https://" not in text
    again = site.write_site(tmp_path / "again", str(parts), lambda said: None).parent
    assert all((folder / name).read_bytes() == (again / name).read_bytes() for name in written)


def test_the_memory_of_a_started_engine_is_part_of_the_site_where_there_is_node(
        parts: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    without = site.write_site(tmp_path / "without", str(parts), said.append).parent
    assert "memory" not in json.loads((without / "site.json").read_text()) and "node" in said[-1]
    node = tmp_path / "nowhere" / "node"
    node.parent.mkdir()
    node.write_text('#!/bin/sh\n[ -f "$2/pyodide/pyodide.mjs" ] && echo packed >"$3" && echo 123\n')
    node.chmod(0o755)
    folder = site.write_site(tmp_path / "with", str(parts), said.append).parent
    memory = json.loads((folder / "site.json").read_text())["memory"]
    assert memory["length"] == 123 and (folder / memory["file"]).read_text() == "packed\n" and memory["size"] == 7
    assert "memory/engine.bin" in (folder / "offline.js").read_text()


def test_a_file_that_is_not_what_it_should_be_is_refused(parts: Folder, tmp_path: Path) -> None:
    (parts / "pyodide.asm.wasm").write_text("something else")
    with pytest.raises(OutputError, match=r"pyodide\.asm\.wasm"):
        site.write_site(tmp_path / "site", str(parts), lambda said: None)
    assert not (tmp_path / "site").exists()


def test_what_a_folder_lacks_and_what_cannot_be_fetched_is_said(parts: Folder, tmp_path: Path) -> None:
    with pytest.raises(ToolMissing, match="npm is needed once"):
        site.write_site(tmp_path / "site", None, lambda said: None)
    (parts / "python_stdlib.zip").unlink()
    with pytest.raises(ToolMissing, match=r"has no python_stdlib\.zip"):
        site.write_site(tmp_path / "site", str(parts), lambda said: None)


def test_the_package_is_packed_without_the_page_and_what_is_compiled() -> None:
    names = zipfile.ZipFile(io.BytesIO(site.own_wheel())).namelist()
    assert "symderiv/web/questions.py" in names and "symderiv/render/assets/math.css" in names
    assert not [n for n in names if n.endswith(".pyc") or "/web/page/" in n]
