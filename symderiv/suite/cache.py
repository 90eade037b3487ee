"""Results of items from earlier runs, kept as long as nothing that they depend on has changed.

An item's result depends on its text, on that of its file around the items and of the items that are named there, on the
modules that the file imports from its surroundings, on data files beside it, and on symderiv and what symderiv computes
with.  All of that goes into its key.
"""

from __future__ import annotations

import ast
import contextlib
import hashlib
import os
import platform
import re
import sys
import sysconfig
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from functools import cache
from importlib import metadata, util
from pathlib import Path
from typing import NamedTuple

from platformdirs import user_cache_path

from ..errors import OutputError
from ..render import mathml
from ..render.files import ROOT, read_sealed, sources, write_sealed
from ..terms.traversals import reached
from .collect import item_sources
from .outcomes import Result, result_of

LIBRARIES = ("sympy", "numpy", "latex2mathml", "latexify-py")
# A file beside the derivations that is larger than this is known by its size and time.
LARGE = 10_000_000
_FORMULAS = "formulas of pages"
KEPT_SECONDS = 30 * 24 * 3600.0


def folder() -> Path | None:
    """Where results are kept: where the system keeps caches, on Linux ~/.cache/symderiv; None where there is no home."""
    found = user_cache_path("symderiv", appauthor=False)
    return found if found.is_absolute() else None


_LOOKS_AT_ITSELF = re.compile(r"\b(?:__\w+__|currentframe|eval|exec|globals|inspect|locals|modules|open|read_\w+|vars)\b")
"""Words of a file that may read or call an item without naming it."""


class ItemKey(NamedTuple):
    """A digest of everything that the result of an item depends on, and the line at which the item stands now."""

    key: str
    line: int


def items_known(file: Path) -> dict[str, ItemKey]:
    """What is known of the items of a file without running it, by their names, in the order of the file."""
    around, own, lines = item_sources(file.read_bytes().decode("utf-8-sig", "replace"))
    beside = hashlib.sha256(f"{engine_digest()}\n{file}\n".encode())
    for path in sorted(_read_by(file) - {file}):
        found = path.stat()
        beside.update(f"{path.name} {found.st_size}\n".encode())
        beside.update(path.read_bytes() if found.st_size <= LARGE else str(found.st_mtime_ns).encode())
    words = {name: own.keys() & set(re.findall(r"\w+", text)) for name, text in own.items()}
    common = own.keys() & set(re.findall(r"\w+", around))
    known = {}
    for name, text in own.items():
        reached, waiting = set[str](), {name, *common}
        while waiting:
            reached |= waiting
            waiting = {named for other in waiting for named in words[other]} - reached
        if _LOOKS_AT_ITSELF.search(around + text):
            reached = set(own)
        key = beside.copy()
        for part in (around, text, *(own[other] for other in own if other in reached)):
            key.update(f"{len(part)}\n{part}".encode("utf-8", "surrogatepass"))
        known[name] = ItemKey(key.hexdigest(), lines[name])
    return known


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


def load(place: str, known: Mapping[str, ItemKey]) -> dict[str, Result]:
    """The results kept in a place, by the names of their items, of those whose keys are the same still."""
    where = folder()
    if where is None:
        return {}
    path = where / f"{_digest(place)}.json"
    entry = read_sealed(path)
    if entry is None or entry.get("place") != place:  # another one that was given its name
        return {}
    try:
        results = [result_of(row) for key, row in entry["results"] if row["name"] in known and known[row["name"]].key == key]
    except (ValueError, TypeError, KeyError):
        return {}
    with contextlib.suppress(OSError):
        os.utime(path)
    return {result.name: replace(result, line=known[result.name].line) for result in results if result.ok}


def store(place: str, known: Mapping[str, ItemKey], results: Sequence[Result]) -> None:
    """Keep the results of a file, but not those of items that failed; none where its text does not tell all its items.

    Nor are any kept where that is not possible.
    """
    where = folder()
    if where is None or [result.name for result in results] != list(known):
        return
    with contextlib.suppress(OSError, OutputError):
        where.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_sealed(where / f"{_digest(place)}.json", {
            "place": place, "results": [(known[result.name].key, asdict(result)) for result in results if result.ok]})
        for old in where.glob("*.json"):
            with contextlib.suppress(OSError):  # another run may have removed it
                if time.time() - old.stat().st_mtime > KEPT_SECONDS:
                    old.unlink()


def learn_formulas() -> None:
    """Have the formulas known that earlier runs converted for pages."""
    where = folder()
    entry = read_sealed(where / f"{_digest(_FORMULAS)}.json") if where is not None else None
    if entry is not None and entry.get("place") == f"{_FORMULAS} {engine_digest()}":
        mathml.learn(entry["formulas"])


def store_formulas() -> None:
    """Keep the formulas that runs have converted, those of earlier ones too, where that is possible."""
    learn_formulas()
    where = folder()
    if where is not None:
        with contextlib.suppress(OSError, OutputError):
            where.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_sealed(where / f"{_digest(_FORMULAS)}.json", {
                "place": f"{_FORMULAS} {engine_digest()}", "formulas": mathml.learnt()})


def _digest(place: str) -> str:
    return hashlib.sha256(place.encode("utf-8", "surrogatepass")).hexdigest()


def _read_by(file: Path) -> set[Path]:
    """The file, the modules of its surroundings that it imports, theirs in turn, and the data files beside it."""
    found = set(reached([file], lambda path: _imports(path, file.parent)))
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
