"""Files are written whole or not at all."""

import os
import re
import socket
from pathlib import Path

import pytest

import symderiv as sd
from symderiv.errors import OutputError
from symderiv.render import files
from symderiv.render.files import write_text, write_together
from symderiv.render.subjects import write_html, write_tex

x = sd.tensor("x", 3)


def test_a_file_is_replaced_and_keeps_its_permissions(tmp_path):
    target = tmp_path / "a.tex"
    target.write_text("old")
    target.chmod(0o640)
    write_text(target, "new ∂")
    assert target.read_text(encoding="utf-8") == "new ∂"
    assert target.stat().st_mode & 0o777 == 0o640
    assert os.listdir(tmp_path) == ["a.tex"]


def test_a_link_still_points_where_it_did(tmp_path):
    (tmp_path / "real.tex").write_text("old")
    (tmp_path / "link.tex").symlink_to(tmp_path / "real.tex")
    write_text(tmp_path / "link.tex", "new")
    assert (tmp_path / "link.tex").is_symlink()
    assert (tmp_path / "real.tex").read_text() == "new"


@pytest.mark.parametrize("place", ["missing/a.tex", "", "file/a.tex"])
def test_what_cannot_be_written_is_refused_with_a_way_out(tmp_path, place):
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError) as caught:
        write_text(tmp_path / place, "text")
    assert caught.value.hint
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize("kind", ["fifo", "socket", "directory", "/dev/full", "/dev/null", "to a device", "loop", "nul",
                                  "3"])
def test_only_regular_files_are_written(tmp_path, kind):
    place = tmp_path / "a.tex"
    if kind == "fifo":
        os.mkfifo(place)
    elif kind == "socket":
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(str(place))
    elif kind == "directory":
        place.mkdir()
    elif kind == "to a device":
        place.symlink_to("/dev/null")
    elif kind == "loop":
        place.symlink_to(place)
    place = {"nul": "a\0b", "3": 3}.get(kind, kind if kind.startswith("/") else place)
    before = None if kind in ("nul", "3", "loop") else os.stat(place).st_mode
    for write in (lambda: write_text(place, "text"), lambda: sd.derive(x @ x, x).to_tex(place)):
        with pytest.raises(OutputError) as caught:
            write()
        assert caught.value.hint
    assert before is None or os.stat(place).st_mode == before
    assert not [name for name in os.listdir(tmp_path) if name.startswith(".symderiv")]


def test_a_file_of_several_names_keeps_them_and_a_failure_keeps_the_old_content(tmp_path, monkeypatch):
    first, second = tmp_path / "a.tex", tmp_path / "b.tex"
    first.write_text("old and long")
    os.link(first, second)
    write_text(first, "new")
    assert second.read_text() == "new" and first.stat().st_ino == second.stat().st_ino
    overwrite, left = files._overwrite, [1]

    def full(target, source):
        if left:
            left.pop()
            target.write_text("ha")
            raise OSError(28, "No space left on device")
        overwrite(target, source)

    monkeypatch.setattr(files, "_overwrite", full)
    with pytest.raises(OutputError, match="No space left"):
        write_text(first, "newer")
    assert second.read_text() == "new" and sorted(os.listdir(tmp_path)) == ["a.tex", "b.tex"]


def test_a_link_to_what_is_not_there_yet_is_followed(tmp_path):
    (tmp_path / "link.tex").symlink_to(tmp_path / "later.tex")
    write_text(tmp_path / "link.tex", "new")
    assert (tmp_path / "link.tex").is_symlink() and (tmp_path / "later.tex").read_text() == "new"


def test_a_long_name_and_a_half_of_a_pair_can_be_written(tmp_path):
    place = tmp_path / ("a" * 250 + ".tex")
    write_text(place, "\udcff")
    assert place.read_text() == "\\udcff"


UNSEEN = "\x1b]0;owned\x07\u202e\u2066\x9b\x00"


@pytest.mark.parametrize("suffix", ["tex", "html"])
def test_what_cannot_be_seen_is_shown_in_every_document(tmp_path, suffix):
    place = tmp_path / f"a.{suffix}"
    subject = sd.derive(sd.sum(sd.tensor("q", 3) ** 2), sd.tensor("q", 3))
    (write_tex if suffix == "tex" else write_html)(subject, place, title=f"A title {UNSEEN}")
    text = place.read_text()
    assert not {each for each in UNSEEN if not each.isprintable()} & set(text) and "[U+202E]" in text


@pytest.mark.parametrize("named", [lambda name: sd.tensor(name, 3), sd.dims, lambda name: sd.label(name, 3), sd.function])
def test_no_name_holds_what_cannot_be_seen(named):
    with pytest.raises(sd.SymderivError, match=r"U\+202E"):
        named(f"q{UNSEEN}")


def test_nothing_else_writes_files():
    """Every other way to the disk would forget something of the above; commands ask the door of the room for it."""
    ways = re.compile(r"(?<!render)\.write_(?:text|bytes)\(|"
                      r"\bopen\([^)]*[\"'][wax]b?\+?[\"']|os\.replace\(|mkstemp|NamedTemporaryFile")
    root = Path(files.__file__).parent.parent
    assert [str(path) for path in root.rglob("*.py") if path != Path(files.__file__) and ways.search(path.read_text())] == []


def test_a_failed_replacement_leaves_the_old_file(tmp_path, monkeypatch):
    (tmp_path / "a.tex").write_text("old")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OutputError, match="No space left"):
        write_text(tmp_path / "a.tex", "new")
    assert (tmp_path / "a.tex").read_text() == "old"
    assert os.listdir(tmp_path) == ["a.tex"]


def test_several_files_are_replaced_together_or_not_at_all(tmp_path, monkeypatch):
    write_together(tmp_path / "book", {"a": b"1", "b": b"1"})
    (tmp_path / "book" / "mine").write_text("kept")
    replace = os.replace

    def fails_on_b(source, target):
        if source.suffix != ".old" and target == tmp_path / "book" / "b":
            raise OSError(5, "Input/output error")
        replace(source, target)

    monkeypatch.setattr(os, "replace", fails_on_b)
    with pytest.raises(OutputError):
        write_together(tmp_path / "book", {"a": b"2", "b": b"2", "c": b"2"})
    assert {p.name: p.read_bytes() for p in (tmp_path / "book").iterdir()} == {"a": b"1", "b": b"1", "mine": b"kept"}
    monkeypatch.undo()
    write_together(tmp_path / "book", {"a": b"3", "c": b"3"})
    assert {p.name: p.read_bytes() for p in (tmp_path / "book").iterdir()} == {
        "a": b"3", "b": b"1", "c": b"3", "mine": b"kept"}
