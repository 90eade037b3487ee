"""Files of derivations: how an item is written, found and run.

A file of derivations is an ordinary Python file.  Each function decorated with ``@sd.identity("what it states")`` or
``@sd.derivation("what it states")`` is an item; it takes no arguments and returns a Derivation, a Verdict, a pair
(left side, right side) to be proved, or a list of these.  Its docstring is the question, in its author's words.
"""

from __future__ import annotations

import ast
import contextlib
import importlib.util
import inspect
import os
import re
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

from .errors import DeclarationError, SymderivError
from .statement import RANKS, REGISTERED, derivation, identity

# The same look as in symderiv_pytest, which must not import this package to take it.
_DECORATOR = re.compile(r"^[ \t]*@[ \t]*(?:\w+[ \t]*\.[ \t]*)?(?:identity|derivation)[ \t]*\(", re.MULTILINE)
# What names a module made from a file here; the number keeps files of one name apart.
_PREFIX = "symderiv_file_"


@dataclass(frozen=True)
class Item:
    """One statement of a file.

    name is the function's, title what it states, file and line where it stands, expect the status that it must reach.
    ``failure`` is set, and ``function`` missing, where the file itself could not be read.
    """

    name: str
    title: str
    file: str
    line: int
    kind: str = "identity"
    expect: str = "proved"
    question: str = ""
    chapter: str = ""
    failure: str = ""
    function: Callable[[], Any] | None = None


def has_items(path: str | os.PathLike[str]) -> bool:
    """Whether a file seems to hold items: a look at its text, without running it."""
    try:
        text = Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return "symderiv" in text and _DECORATOR.search(text) is not None


_IMPORT = re.compile(r"^[ \t]*(?:import|from)[ \t]+symderiv\b", re.MULTILINE)


def _seems_broken(path: Path) -> bool:
    """Whether a file without items may be meant as one of derivations: it imports symderiv, or is not Python at all."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
        ast.parse(text)
    except OSError:
        return False
    except (SyntaxError, ValueError):
        return True
    return _IMPORT.search(text) is not None


def is_test_file(path: str | os.PathLike[str]) -> bool:
    """Whether a test runner takes the file as its own."""
    name = Path(path).name
    return name.startswith("test_") or name.endswith("_test.py") or name == "conftest.py"


def collect(path: str | os.PathLike[str]) -> list[Item]:
    """The items of a file, or of all files below a directory, in the order of their names and lines.

    A file that raises gives one item that carries its error.  Raises DeclarationError where there is nothing.
    """
    root = Path(path)
    if not root.exists():
        raise DeclarationError(f"there is no {root}", hint="give a file of derivations, or a directory of such files")
    if root.is_file():
        files = [root]
    else:
        own = sorted(p for p in root.rglob("*.py") if not _hidden(p.relative_to(root)) and not is_test_file(p))
        held = {p for p in own if has_items(p)}
        beside = {p.parent for p in held} or {root}
        # A file that raises before its first item must not pass unseen.
        files = [p for p in own if p in held or (p.parent in beside and _seems_broken(p))]
    items = [item for file in files for item in collect_file(file)]
    if not items:
        raise DeclarationError(f"{root} holds no items", hint='decorate functions with @sd.identity("what it states")')
    return items


def collect_file(path: str | os.PathLike[str]) -> list[Item]:
    """The items of one file, in the order of their lines; one that carries the error where the file raises."""
    file = Path(path)
    try:
        module, marked = _load(file)
    except (Exception, SystemExit) as error:
        return [Item(name=file.stem, title=f"the file {file.name} can be read", file=str(file), chapter=file.stem,
                     line=_line_of(error, file), failure=describe(error, file))]
    items: list[Item] = []
    for function, kind, title, expect in marked:
        items.append(Item(
            name=function.__name__, title=title, file=str(file), line=inspect.unwrap(function).__code__.co_firstlineno,
            kind=kind, expect=expect, question=inspect.getdoc(function) or "", function=function,
            chapter=_chapter(module, file)))
    seen: dict[str, Item] = {}
    for position, item in enumerate(items):
        if item.name in seen:
            first = seen[item.name].line
            items[position] = replace(item, function=None, failure=(
                f"line {item.line}: a function named {item.name} stands in line {first} already; rename one"))
        seen.setdefault(item.name, item)
    return items


_loaded: dict[str, tuple[ModuleType, list[tuple[Any, str, str, str]]]] = {}


def _load(file: Path) -> tuple[ModuleType, list[tuple[Any, str, str, str]]]:
    """Import a file under a name of its own, as ``python file`` would: its directory comes first on the path."""
    key = str(file.resolve())
    if key in _loaded:
        return _loaded[key]
    name = f"{_PREFIX}{len(_loaded)}_{re.sub(r'[^0-9A-Za-z]', '_', file.stem)}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise DeclarationError(f"{file} is not a Python file", hint="derivations are files that end in .py")
    module = importlib.util.module_from_spec(spec)
    before = len(REGISTERED)
    sys.modules[name] = module
    sys.path.insert(0, str(file.resolve().parent))
    try:
        # What a file prints must not end up in the output of a command that others read.
        with contextlib.redirect_stdout(sys.stderr):
            spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    finally:
        with contextlib.suppress(ValueError):
            sys.path.remove(str(file.resolve().parent))
        marked = [entry for entry in REGISTERED[before:] if entry[0].__module__ == name]
        del REGISTERED[before:]
    _loaded[key] = module, marked
    return _loaded[key]


def describe(error: BaseException, file: Path) -> str:
    """An exception in the terms of the file: its line there, then what was raised."""
    where = f"line {line}: " if (line := _line_of(error, file)) else ""
    kind = "" if isinstance(error, SymderivError) else f"{type(error).__name__}: "
    return f"{where}{kind}{error}" if str(error) else f"{where}{type(error).__name__}"


def _line_of(error: BaseException, file: Path) -> int:
    if isinstance(error, SyntaxError):
        return error.lineno or 0
    lines = [frame.lineno or 0 for frame in traceback.extract_tb(error.__traceback__)
             if os.path.realpath(frame.filename) == str(file.resolve())]
    return lines[-1] if lines else 0


def _chapter(module: ModuleType, file: Path) -> str:
    """The first sentence of the file's docstring names its chapter; without one, the file name does."""
    first = (inspect.getdoc(module) or "").strip().split("\n\n")[0]
    return " ".join(first.split()).rstrip(".") or file.stem.replace("_", " ")


def _hidden(relative: Path) -> bool:
    return any(part.startswith((".", "_")) for part in relative.parts)


__all__ = ["RANKS", "Item", "collect", "collect_file", "derivation", "describe", "has_items", "identity",
           "is_test_file"]
