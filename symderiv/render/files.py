"""Writing files so that a reader never sees half of one."""

from __future__ import annotations

import os
import tempfile
from errno import EACCES, ENOSPC, ENOTDIR
from pathlib import Path

from ..errors import OutputError


def write_bytes(path: str | os.PathLike[str], data: bytes) -> Path:
    """Write a file in one stroke: a temporary file beside it, then a rename.  Raises OutputError.

    Whatever stood there stays as it was when anything goes wrong, and no temporary file is left.
    """
    target = Path(path)
    if target.is_dir():
        raise OutputError(f"{target} is a directory", hint=f"give a file name, such as {target / 'out.tex'}")
    if target.is_symlink():
        # A rename would put a file where the link was; the person meant the file that it points to.
        target = target.resolve()
    temporary: str | None = None
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        os.chmod(temporary, _mode(target))
        os.replace(temporary, target)
    except OSError as error:
        if temporary is not None and os.path.exists(temporary):
            os.unlink(temporary)
        raise _refusal(target, error) from error
    return Path(path)


def write_text(path: str | os.PathLike[str], text: str) -> Path:
    """Write a text file in UTF-8 in one stroke.  Raises OutputError."""
    return write_bytes(path, text.encode("utf-8"))


def write_together(directory: str | os.PathLike[str], files: dict[str, bytes]) -> list[Path]:
    """Write several files of one directory: all of them or none.  Raises OutputError.

    The new files are complete on disk before the first old one is replaced, and old ones are put back if a
    replacement fails.  Other files in the directory are left alone.
    """
    folder = Path(directory)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".symderiv-", dir=folder) as fresh:
            for name, data in files.items():
                (Path(fresh) / name).write_bytes(data)
                (Path(fresh) / name).chmod(_mode(folder / name))
            _swap(Path(fresh), folder, list(files))
    except OSError as error:
        raise _refusal(folder, error) from error
    return [folder / name for name in files]


def require_writable(directory: str | os.PathLike[str]) -> None:
    """Raise OutputError where a directory is not one, or could not be made or written, before work is done for it."""
    folder = Path(directory)
    there = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    if not there.is_dir():
        raise _refusal(folder, NotADirectoryError(ENOTDIR, f"{there} is not a directory"))
    if not os.access(there, os.W_OK | os.X_OK):
        raise _refusal(folder, PermissionError(EACCES, f"{there} may not be written to"))


def _swap(fresh: Path, folder: Path, names: list[str]) -> None:
    kept: list[str] = []
    done: list[str] = []
    try:
        for name in names:
            if (folder / name).exists():
                os.replace(folder / name, fresh / f"{name}.old")
                kept.append(name)
            os.replace(fresh / name, folder / name)
            done.append(name)
    except OSError:
        for name in names:
            if name in kept:
                os.replace(fresh / f"{name}.old", folder / name)
            elif name in done:
                (folder / name).unlink()
        raise


def _mode(target: Path) -> int:
    """The permissions of the file that is replaced; for a new one, those that the umask leaves."""
    if target.exists():
        return target.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _refusal(target: Path, error: OSError) -> OutputError:
    reason = error.strerror or str(error)
    missing = not target.parent.exists()
    hint = f"make the directory {target.parent} first" if missing else "choose another place, or check its permissions"
    if error.errno == ENOSPC:
        hint = "make room on the disk, or choose another place; what stood there is untouched"
    return OutputError(f"cannot write {target}: {reason}", hint=hint)


__all__ = ["require_writable", "write_bytes", "write_text", "write_together"]
