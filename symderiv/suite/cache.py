"""Results of files of derivations from earlier runs, kept as long as nothing that they depend on has changed.

A file's results depend on its text, on the modules that it imports from its surroundings, on data files beside it, and
on symderiv and what symderiv computes with.  All of that goes into the key.
"""

from __future__ import annotations

import ast
import contextlib
import hashlib
import os
import platform
import sys
import sysconfig
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from functools import cache
from importlib import metadata, util
from pathlib import Path

from platformdirs import user_cache_path

from ..errors import OutputError
from ..render.files import ROOT, read_sealed, sources, write_sealed
from .outcomes import Result, result_of

LIBRARIES = ("sympy", "numpy", "latex2mathml", "latexify-py")
# A file beside the derivations that is larger than this is known by its size and time.
LARGE = 10_000_000
KEPT_SECONDS = 30 * 24 * 3600.0


def folder() -> Path | None:
    """Where results are kept: where the system keeps caches, on Linux ~/.cache/symderiv; None where there is no home."""
    found = user_cache_path("symderiv", appauthor=False)
    return found if found.is_absolute() else None


def key_of(file: Path) -> str:
    """A digest of everything that the results of a file depend on."""
    digest = hashlib.sha256(f"{engine_digest()}\n{file}\n".encode())
    for path in sorted(_read_by(file)):
        found = path.stat()
        digest.update(f"{path.name} {found.st_size}\n".encode())
        digest.update(path.read_bytes() if found.st_size <= LARGE else str(found.st_mtime_ns).encode())
    return digest.hexdigest()


@cache
def engine_digest() -> str:
    """A digest of symderiv's own sources, and of the versions of what it computes with."""
    digest = hashlib.sha256(platform.python_version().encode())
    for name in LIBRARIES:
        with contextlib.suppress(metadata.PackageNotFoundError):
            digest.update(f"{name} {metadata.version(name)}\n".encode())
    for path in sources():
        digest.update(f"{path.relative_to(ROOT)}\n".encode() + path.read_bytes())
    return digest.hexdigest()


def load(key: str) -> list[Result] | None:
    """The results kept under a key, None where there are none, or where they are not as they were kept."""
    place = folder()
    if place is None:
        return None
    path = place / f"{key}.json"
    entry = read_sealed(path)
    if entry is None or entry.get("key") != key:  # another one that was given its name
        return None
    try:
        results = [result_of(row) for row in entry["results"]]
    except (ValueError, TypeError, KeyError):
        return None
    with contextlib.suppress(OSError):
        os.utime(path)
    return results


def store(key: str, results: Sequence[Result]) -> None:
    """Keep results.  Those of a file in which something failed are not kept; nor any where that is not possible."""
    place = folder()
    if place is None or not all(result.ok for result in results):
        return
    with contextlib.suppress(OSError, OutputError):
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_sealed(place / f"{key}.json", {"key": key, "results": [asdict(result) for result in results]})
        for old in place.glob("*.json"):
            with contextlib.suppress(OSError):  # another run may have removed it
                if time.time() - old.stat().st_mtime > KEPT_SECONDS:
                    old.unlink()


def _read_by(file: Path) -> set[Path]:
    """The file, the modules of its surroundings that it imports, theirs in turn, and the data files beside it."""
    found: set[Path] = set()
    waiting = [file]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += _imports(path, file.parent)
    return found | {p for p in file.parent.iterdir() if p.is_file() and p.suffix != ".py" and not p.name.startswith(".")}


def _imports(path: Path, beside: Path) -> Iterator[Path]:
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
            for name in {name.partition(".")[0] for name in names} - {"symderiv", "", *sys.stdlib_module_names}:
                yield from _sources(name, beside)


def _sources(name: str, beside: Path) -> Iterator[Path]:
    """The files of a module that is not installed but lies about: beside the file, or on the path."""
    if (beside / f"{name}.py").is_file():
        yield beside / f"{name}.py"
        return
    if (beside / name).is_dir():
        yield from (beside / name).rglob("*.py")
        return
    with contextlib.suppress(ImportError, ValueError):
        spec = util.find_spec(name)
        installed = (sysconfig.get_path("purelib"), sysconfig.get_path("platlib"))
        if spec is not None and spec.origin and spec.has_location and not spec.origin.startswith(installed):
            origin = Path(spec.origin)
            yield from origin.parent.rglob("*.py") if origin.name == "__init__.py" else [origin]
