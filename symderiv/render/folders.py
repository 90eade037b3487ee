"""Folders of documents: which files are meant, which part of them, and which have not changed since they were refereed."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from ..bounds import FILE
from ..errors import DeclarationError
from ..referee.batch import RefereedFile
from ..visible import carried
from .files import read_sealed, sources, write_sealed

SUFFIXES = (".tex", ".md", ".markdown", ".ipynb", ".html", ".htm", ".txt")


def files_in(paths: Sequence[str], shard: str | None = None) -> list[str]:
    """The documents that are named, and those in the folders that are named, in order; or the i-th of n parts of them.

    Raises DeclarationError for a folder without documents, and for a part that is none.
    """
    found: list[str] = []
    for path in paths:
        if not Path(path).is_dir():
            found.append(path)
            continue
        inside = sorted(str(p) for p in Path(path).rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
        if not inside:
            raise DeclarationError(f"there are no documents in {path}", hint="files that end in " + ", ".join(SUFFIXES))
        found.extend(inside)
    if shard is None:
        return found
    part = re.fullmatch(r"(\d{1,6})/(\d{1,6})", shard)
    if part is None or not 1 <= int(part.group(1)) <= int(part.group(2)):
        raise DeclarationError(f"{shard!r} is no part of the files", hint="--shard 1/4 to --shard 4/4")
    return found[int(part.group(1)) - 1::int(part.group(2))]


@lru_cache(maxsize=1)
def version() -> str:
    """What our own text is, its data included, so that a verdict of another version is not taken for one of this."""
    digest = hashlib.sha256()
    for path in sources():
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def key_of(path: str, given: str | None) -> str:
    """What a verdict depends on: the file, the declarations, and this version.  "" for a file that cannot be read."""
    if not os.path.isfile(path) or os.path.getsize(path) > FILE.limit:  # a pipe is read once
        return ""
    try:
        data = Path(path).read_bytes()
    except OSError:
        return ""
    return hashlib.sha256(b"\0".join([data, (given or "").encode(), version().encode()])).hexdigest()


def place_of(folder: str, path: str) -> Path:
    """Where the verdicts on a file are kept; those of two files whose names come to the same are told apart."""
    name = re.sub(r"[^\w.-]+", "_", path.strip("./\\"))
    place = Path(folder) / f"{name}.json"
    with contextlib.suppress(OSError, ValueError, AttributeError, RecursionError):
        if place.is_file() and json.loads(place.read_text(encoding="utf-8")).get("file", path) != path:
            return place.with_name(f"{name}-{hashlib.sha256(path.encode('utf-8', 'surrogateescape')).hexdigest()[:8]}.json")
    return place


def kept(folder: str, path: str, given: str | None) -> dict[str, Any] | None:
    """The verdicts on a file that has not changed; None where there are none, or where they are not as they were kept."""
    data = read_sealed(place_of(folder, path))
    return data if data is not None and data.get("key") == key_of(path, given) != "" else None


def keep(folder: str, each: RefereedFile, given: str | None) -> None:
    """Write the verdicts on one file."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    data = {"file": each.path, "key": key_of(each.path, given), "error": each.error or None, "exit_status": each.exit_status,
            "summary": each.report.summary() if each.report is not None else None,
            **(each.report.to_json() if each.report is not None else {})}
    write_sealed(place_of(folder, each.path), carried(data))
