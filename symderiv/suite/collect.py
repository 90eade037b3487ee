"""Files of derivations: how an item is written, found and run.

A file of derivations is an ordinary Python file.  Each function decorated with ``@sd.identity("what it states")`` or
``@sd.derivation("what it states")`` is an item; it takes no arguments and returns what it claims and shows (see
``outcome``).  Its docstring is the question, in its author's words.
"""

from __future__ import annotations

import ast
import contextlib
import importlib.util
import inspect
import os
import re
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from ..errors import DeclarationError, SymderivError
from .decorators import RANKS, REGISTERED, Registration

DECORATORS = ("identity", "derivation")
# How often a file that is no Python is cut before the line at fault, in search of its beginning.
MAX_CUTS = 100
# What names a module made from a file here; the number keeps files of one name apart.
_PREFIX = "symderiv_file_"
# How long a file may take to be read, and an item to be run, unless something else is asked for.
SECONDS = 30.0


@dataclass(frozen=True)
class Item:
    """One statement of a file.

    name is the function's, title what it states, file and line where it stands, expect the status that it must reach.
    ``question`` is the docstring, ``reference`` the number under which the question was asked.  ``failure`` is set, and
    ``function`` missing, where the file itself could not be read.
    """

    name: str
    title: str
    file: str
    line: int
    kind: str = "identity"
    expect: str = "proved"
    question: str = ""
    reference: str = ""
    chapter: str = ""
    introduction: str = ""
    failure: str = ""
    function: Callable[[], Any] | None = None
    points: float = 0.0
    words: tuple[str, ...] = ()


class TimeUp(BaseException):
    """Something ran longer than it may.  Not an Exception, so that no handler on the way takes it for its own."""


@contextlib.contextmanager
def time_limit(seconds: float | None) -> Iterator[None]:
    """Raise TimeUp in what runs inside after so many seconds; no limit without a number, or outside the main thread."""
    if seconds is None or not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(*_: object) -> None:
        raise TimeUp(f"did not finish within {seconds:g} seconds")

    before = signal.signal(signal.SIGALRM, ring)
    # It rings again, should the first be lost in a destructor.
    left, interval = signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, left, interval)
        signal.signal(signal.SIGALRM, before)


def has_items(path: str | os.PathLike[str]) -> bool:
    """Whether a file holds items: it imports symderiv at its top, and decorates a function by what it imported."""
    tree = _parsed(Path(path))[0]
    if tree is None:
        return False
    imported = _imported(tree)
    return any(imported) and any(_is_item(node, *imported) for node in ast.walk(tree))


def _seems_broken(path: Path) -> bool:
    """Whether a file without items may be meant as one of derivations: it imports symderiv at its top."""
    tree = _parsed(path)[0]
    return tree is not None and any(_imported(tree))


def _parsed(path: Path) -> tuple[ast.Module | None, bool]:
    """A file as it stands, without running it, and whether that is all of it: what is no Python, as far as it is."""
    try:
        text = path.read_bytes().decode("utf-8-sig", "replace")
    except OSError:
        return None, False
    if "symderiv" not in text:
        return None, False
    lines, whole = text.splitlines(), True
    for _ in range(MAX_CUTS):
        try:
            return ast.parse("\n".join(lines)), whole
        except SyntaxError as error:
            lines, whole = lines[:max(min(error.lineno or 1, len(lines)) - 1, 0)], False
        except (ValueError, RecursionError, MemoryError):
            break
    return None, False


def _imported(tree: ast.Module) -> tuple[frozenset[str], frozenset[str]]:
    """The names under which a module imports symderiv at its top, and those of the decorators that it imports from it."""
    modules, decorators = set(), set()
    stack: list[ast.stmt] = list(tree.body)
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.partition(".")[0] == "symderiv":
                    modules.add(alias.asname or "symderiv")
        elif isinstance(node, ast.ImportFrom) and not node.level and (node.module or "").partition(".")[0] == "symderiv":
            modules.add("symderiv")
            decorators |= {a.asname or a.name for a in node.names if a.name in DECORATORS}
            decorators |= {name for name in DECORATORS if any(a.name == "*" for a in node.names)}
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            stack += [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.stmt)]
            stack += [s for handler in getattr(node, "handlers", ()) for s in handler.body]
    return frozenset(modules), frozenset(decorators)


def _is_item(node: ast.AST, modules: frozenset[str], decorators: frozenset[str]) -> bool:
    """Whether a function is decorated as an item."""
    for call in node.decorator_list if isinstance(node, ast.FunctionDef) else ():
        name = call.func if isinstance(call, ast.Call) else None
        if isinstance(name, ast.Name) and name.id in decorators:
            return True
        if isinstance(name, ast.Attribute) and name.attr in DECORATORS and isinstance(name.value, ast.Name) and (
                name.value.id in modules):
            return True
    return False


def item_sources(text: str) -> tuple[str, dict[str, str], dict[str, int]]:
    """The text of a file around its items, and that of each item and its line; all of it is around where it is no Python."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return text, {}, {}
    around, own, at, start = [], dict[str, str](), dict[str, int](), 0
    lines = text.splitlines(keepends=True)
    known = _imported(tree)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and _is_item(node, *known):
            first = min(decorator.lineno for decorator in node.decorator_list) - 1
            around += lines[start:first]
            own[node.name] = "".join(lines[first:node.end_lineno])
            at[node.name] = first + 1
            start = node.end_lineno or first
    return "".join([*around, *lines[start:]]), own, at


def is_test_file(path: str | os.PathLike[str]) -> bool:
    """Whether a test runner takes the file as its own."""
    name = Path(path).name
    return name.startswith("test_") or name.endswith("_test.py") or name == "conftest.py"


def collect(path: str | os.PathLike[str], read: Callable[[Path], list[Item]] | None = None) -> list[Item]:
    """The items of a file, or of all files below a directory, in the order of their names and lines.

    A file that raises gives one item that carries its error; ``read`` is another way to read one.  Raises DeclarationError
    where there is nothing.
    """
    items = [item for file in files_of(path) for item in (read or collect_file)(file)]
    if not items:
        raise nothing_in(path)
    return items


def files_of(path: str | os.PathLike[str]) -> list[Path]:
    """The files of derivations at a path, which are not run for it.  Raises DeclarationError where there is no path."""
    root = Path(path)
    if not root.exists():
        raise DeclarationError(f"there is no {root}", hint="give a file of derivations, or a directory of such files")
    if root.is_file():
        return [root]
    own = sorted(p for p in root.rglob("*.py") if not _hidden(p.relative_to(root)) and not is_test_file(p))
    held = {p for p in own if has_items(p)}
    beside = {p.parent for p in held} or {root}
    # A file that raises before its first item must not pass unseen.
    return [p for p in own if p in held or (p.parent in beside and _seems_broken(p))]


def nothing_in(path: str | os.PathLike[str]) -> DeclarationError:
    """What to say of a place without items."""
    return DeclarationError(f"{path} holds no items", hint='decorate functions with @sd.identity("what it states")')


def collect_file(path: str | os.PathLike[str], seconds: float | None = SECONDS) -> list[Item]:
    """The items of one file, in the order of their lines; one that carries the error where the file raises.

    A file that does not come to its end within ``seconds`` is one that raises.
    """
    file = Path(path)
    try:
        with time_limit(seconds):
            module, marked = _load(file)
    except (Exception, SystemExit, TimeUp) as error:
        return [unreadable(file, describe(error, file), _line_of(error, file))]
    items: list[Item] = []
    for function, kind, title, expect, reference, points, words in marked:
        items.append(Item(
            name=function.__name__, title=title, file=str(file), line=inspect.unwrap(function).__code__.co_firstlineno,
            kind=kind, expect=expect, question=inspect.getdoc(function) or "", reference=reference, function=function,
            chapter=_chapter(module, file), introduction=_introduction(module), points=points, words=words))
    seen: dict[str, Item] = {}
    for position, item in enumerate(items):
        if item.name in seen:
            first = seen[item.name].line
            items[position] = replace(item, function=None, failure=(
                f"line {item.line}: a function named {item.name} stands in line {first} already; rename one"))
        seen.setdefault(item.name, item)
    return items


def unreadable(file: Path, failure: str, line: int = 0) -> Item:
    """The item that stands for a file that could not be read."""
    return Item(name=file.stem, title=f"the file {file.name} can be read", file=str(file), chapter=file.stem, line=line,
                failure=failure)


_loaded: dict[str, tuple[ModuleType, list[Registration]]] = {}


class _Source(SourceFileLoader):
    """Reads the text itself: Python tells a compiled copy of an older text by its size and whole seconds alone."""

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)


def _load(file: Path) -> tuple[ModuleType, list[Registration]]:
    """Import a file under a name of its own, as ``python file`` would: its directory comes first on the path."""
    key = str(file.resolve())
    if key in _loaded:
        return _loaded[key]
    name = f"{_PREFIX}{len(_loaded)}_{re.sub(r'[^0-9A-Za-z]', '_', file.stem)}"
    spec = importlib.util.spec_from_file_location(name, file, loader=_Source(name, str(file)))
    if file.suffix != ".py" or spec is None or spec.loader is None:
        raise DeclarationError(f"{file} is not a Python file", hint="derivations are files that end in .py")
    module = importlib.util.module_from_spec(spec)
    before, keeps = len(REGISTERED), sys.dont_write_bytecode
    sys.modules[name] = module
    sys.dont_write_bytecode = True  # nor for what it imports from beside it
    sys.path.insert(0, str(file.resolve().parent))
    try:
        # What a file prints must not end up in the output of a command that others read.
        with contextlib.redirect_stdout(sys.stderr):
            spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    finally:
        sys.dont_write_bytecode = keeps
        with contextlib.suppress(ValueError):
            sys.path.remove(str(file.resolve().parent))
        marked = [entry for entry in REGISTERED[before:] if entry.function.__module__ == name]
        del REGISTERED[before:]
    _loaded[key] = module, marked
    return _loaded[key]


def describe(error: BaseException, file: Path) -> str:
    """An exception in the terms of the file: its line there, then what was raised."""
    where = f"line {line}: " if (line := _line_of(error, file)) else ""
    kind = "" if isinstance(error, SymderivError | TimeUp) else f"{type(error).__name__}: "
    return f"{where}{kind}{error}" if str(error) else f"{where}{type(error).__name__}"


def _line_of(error: BaseException, file: Path) -> int:
    if isinstance(error, SyntaxError):
        return error.lineno or 0
    lines = [frame.lineno or 0 for frame in traceback.extract_tb(error.__traceback__)
             if os.path.realpath(frame.filename) == str(file.resolve())]
    return lines[-1] if lines else 0


def _chapter(module: ModuleType, file: Path) -> str:
    """The first paragraph of the file's docstring names its chapter; without one, the file name does."""
    return " ".join(_paragraphs(module)[0].split()).rstrip(".") or file.stem.replace("_", " ")


def _introduction(module: ModuleType) -> str:
    """What the file's docstring says below its first paragraph."""
    return "\n\n".join(_paragraphs(module)[1:])


def _paragraphs(module: ModuleType) -> list[str]:
    return re.split(r"\n\s*\n", (inspect.getdoc(module) or "").strip())


def _hidden(relative: Path) -> bool:
    return any(part.startswith((".", "_")) for part in relative.parts)


__all__ = ["RANKS"]
