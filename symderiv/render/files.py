"""Writing files: the one way by which anything of ours reaches the disk, whole or not at all.

Only regular files are written.  A new one is complete beside its place before it takes it, with the mode and, where
that is allowed, the owner of the one before.  A link is followed; a file that has several names keeps them all.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import shutil
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from errno import EACCES, ENOSPC, ENOTDIR
from pathlib import Path
from typing import Any

from .. import interrupts
from ..errors import OutputError

ROOT = Path(__file__).parent.parent
KINDS = ((stat.S_ISDIR, "a directory"), (stat.S_ISCHR, "a device"), (stat.S_ISBLK, "a device"),
         (stat.S_ISFIFO, "a pipe"), (stat.S_ISSOCK, "a socket"))


def write_bytes(path: str | os.PathLike[str], data: bytes) -> Path:
    """Write a file.  Raises OutputError; what stood there then stays as it was, and no temporary file is left."""
    place = _path(path)
    with _staged({place: data}) as (file,):
        file.put()
    return place


def write_text(path: str | os.PathLike[str], text: str) -> Path:
    """Write a text file in UTF-8.  Raises OutputError."""
    return write_bytes(path, text.encode("utf-8", "backslashreplace"))


def write_sealed(path: str | os.PathLike[str], data: Mapping[str, Any]) -> Path:
    """Write plain data as JSON that carries a digest of itself.  Raises OutputError."""
    return write_text(path, json.dumps({**data, "digest": _digest(data)}, indent=1, ensure_ascii=False))


def read_sealed(path: str | os.PathLike[str]) -> dict[str, Any] | None:
    """The data of a file that was written so; None where there is none, or where it is not as it was written."""
    try:
        if not os.path.isfile(path):  # a pipe would be waited for, and a device has no end
            return None
        data = json.loads(Path(path).read_text(encoding="utf-8"))
        return data if isinstance(data, dict) and data.pop("digest", None) == _digest(data) else None
    except (OSError, ValueError, RecursionError):
        return None


def _digest(data: Mapping[str, Any]) -> str:
    """What tells data that was altered, cut off or put together from that which was written."""
    return hashlib.sha256(json.dumps(json.loads(json.dumps(data)), sort_keys=True).encode()).hexdigest()


def write_together(directory: str | os.PathLike[str], files: Mapping[str, bytes]) -> list[Path]:
    """Write several files of one directory: all of them or none.  Raises OutputError.

    The new files are complete on disk before the first old one is replaced, and old ones are put back if a
    replacement fails.  Other files in the directory are left alone.
    """
    folder = make_folder(directory)
    with _staged({folder / name: data for name, data in files.items()}) as staged:
        done: list[_Staged] = []
        try:
            for file in staged:
                file.keep()
            for file in staged:
                done.append(file)
                file.put()
        except OutputError:
            for file in done:
                file.put_back()
            raise
    return [folder / name for name in files]


def make_folder(directory: str | os.PathLike[str]) -> Path:
    """The directory, made where it is missing.  Raises OutputError."""
    folder = _path(directory)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        raise _refusal(folder, error) from error
    return folder


def require_writable(directory: str | os.PathLike[str]) -> None:
    """Raise OutputError where a directory is not one, or could not be made or written, before work is done for it."""
    folder = _path(directory)
    try:
        there = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    except (OSError, ValueError) as error:
        raise _refusal(folder, error) from error
    if not there.is_dir():
        raise _refusal(folder, NotADirectoryError(ENOTDIR, f"{there} is not a directory"))
    if not os.access(there, os.W_OK | os.X_OK):
        raise _refusal(folder, PermissionError(EACCES, f"{there} may not be written to"))


@dataclass
class _Staged:
    """A file that is about to be written: complete beside its place, as ``fresh``."""

    target: Path
    fresh: Path
    before: os.stat_result | None
    kept: Path | None = None

    @property
    def shared(self) -> bool:
        """Whether the file has other names, which a replacement would leave with the old content."""
        return self.before is not None and self.before.st_nlink > 1

    def keep(self) -> None:
        """Keep what is there, for ``put_back``."""
        if self.before is None or self.kept is not None:
            return
        self.kept = self.fresh.with_name(f"{self.fresh.name}.old")
        try:
            shutil.copy2(self.target, self.kept)
        except OSError as error:
            raise _refusal(self.target, error) from error

    def put(self) -> None:
        """Let it take its place: by a rename, or in place where the file has several names.  Raises OutputError."""
        if self.shared:
            self.keep()
        try:
            if self.shared:
                _overwrite(self.target, self.fresh)
            else:
                os.replace(self.fresh, self.target)
        except OSError as error:
            if self.shared:
                self.put_back()
            raise _refusal(self.target, error) from error

    def put_back(self) -> None:
        """What was there before."""
        with contextlib.suppress(OSError):
            if self.before is None:
                self.target.unlink(missing_ok=True)
            elif self.kept is not None and self.shared:
                _overwrite(self.target, self.kept)
            elif self.kept is not None:
                os.replace(self.kept, self.target)

    def clean(self) -> None:
        """Remove what is beside the place."""
        for path in (self.fresh, self.kept):
            if path is not None:
                with contextlib.suppress(OSError):
                    path.unlink(missing_ok=True)


@contextlib.contextmanager
def _staged(files: Mapping[Path, bytes]) -> Iterator[list[_Staged]]:
    """The files, complete beside their places; whatever is still there in the end is removed.  Raises OutputError."""
    staged: list[_Staged] = []

    def clean() -> None:
        for file in staged:
            file.clean()

    with interrupts.on_interrupt(clean):
        try:
            for path, data in files.items():
                target, before = _target(path)
                staged.append(_Staged(target, target.with_name(f".symderiv-{secrets.token_hex(8)}"), before))
                try:
                    _fill(staged[-1].fresh, data, before)
                except OSError as error:
                    raise _refusal(path, error) from error
            yield staged
            for folder in {file.target.parent for file in staged}:
                _settle(folder)
        finally:
            clean()


def _path(path: str | os.PathLike[str]) -> Path:
    """A path.  Raises OutputError for what is none."""
    try:
        return Path(path)
    except TypeError:
        raise OutputError(f"{path!r} is not a path", hint='give a file name, such as "out.tex"') from None


def _target(path: Path) -> tuple[Path, os.stat_result | None]:
    """Where a file is to be written, links followed, and what is there.  Raises OutputError for what is no regular file."""
    try:
        target = Path(os.path.realpath(path)) if path.is_symlink() else path
        found = os.stat(path)
    except FileNotFoundError:
        found = None
    except (OSError, ValueError) as error:
        raise _refusal(path, error) from error
    if found is None:
        return target, None
    for is_kind, kind in KINDS:
        if is_kind(found.st_mode):
            hint = f"give a file name, such as {path / 'out.tex'}" if kind == "a directory" else "give the name of a file"
            raise OutputError(f"{path} is {kind}", hint=hint)
    if not os.access(target, os.W_OK):
        raise _refusal(path, PermissionError(EACCES, "it may not be written to"))
    return target, found


def _fill(fresh: Path, data: bytes, before: os.stat_result | None) -> None:
    """A new file, on the disk, with the mode and the owner of the one that it will replace."""
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    with os.fdopen(handle, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    if before is not None:
        with contextlib.suppress(OSError, AttributeError):
            os.chown(fresh, before.st_uid, before.st_gid)
        os.chmod(fresh, stat.S_IMODE(before.st_mode))


def _overwrite(target: Path, source: Path) -> None:
    """The content of one file in another, which stays the same file."""
    with open(source, "rb") as given, open(target, "r+b") as stream:
        shutil.copyfileobj(given, stream)
        stream.truncate()
        stream.flush()
        os.fsync(stream.fileno())


def _settle(folder: Path) -> None:
    """What was renamed in a directory is renamed on the disk too, where the system can say so."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _refusal(target: Path, error: OSError | ValueError) -> OutputError:
    reason = getattr(error, "strerror", None) or str(error)
    hint = "choose another place, or check its permissions"
    with contextlib.suppress(OSError, ValueError):
        if not target.parent.exists():
            hint = f"make the directory {target.parent} first"
    if getattr(error, "errno", None) == ENOSPC:
        hint = "make room on the disk, or choose another place; what stood there is untouched"
    return OutputError(f"cannot write {target}: {reason}", hint=hint)


def sources() -> list[Path]:
    """All that symderiv consists of, every room and its data: a result is kept for as long as none of it changes."""
    return sorted(p for p in ROOT.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
