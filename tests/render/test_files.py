"""Files are written whole or not at all."""

import os

import pytest

from symderiv.errors import OutputError
from symderiv.render.files import write_text, write_together


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
