"""What the commands ``new`` and ``book`` do, from their options."""

from __future__ import annotations

import contextlib
import json
import os
import re
import threading
import tomllib
from argparse import Namespace
from collections.abc import Callable
from dataclasses import fields, replace
from importlib import resources
from pathlib import Path
from typing import Any

from ..errors import DeclarationError, OutputError
from ..render.files import make_folder, require_writable, write_text
from ..render.look import ANSWERS, COLUMNS, Look, begun, fixed_words
from .book import Book, chosen, results_of, write_book
from .outcomes import Result
from .pool import default_workers
from .watching import Watch, serve_watch


def look_asked_for(options: Namespace) -> Look:
    """The look of the folder, with what the options say instead."""
    look = look_of(options.path, title=options.title, language=options.language, answers=options.answers,
                   columns=options.columns)
    return for_readers(look, options.audience)


def made_book(options: Namespace, told: Callable[[int, int, Result], None], say: Callable[[str], None]
              ) -> tuple[list[Result], Book]:
    """Run what has changed and write the book; all results that are in it, and what was written."""
    look = look_asked_for(options)
    require_writable(options.output)
    every = results_of(options.path, options.workers or default_workers(), options.seconds, options.fresh, told)
    results = chosen(every, options.only)
    say("writing the book" if options.no_pdf else "writing the book, and typesetting it with TeX")
    return results, write_book(results, options.output, look, not options.no_pdf, options.fresh, every)


def watched(options: Namespace, say: Callable[[str], None]) -> int:
    """Serve the book and write it again whenever a file changes, until it is stopped."""
    watch = Watch(Path(options.path), lambda: look_asked_for(options), options.only, options.workers or default_workers(),
                  options.seconds)
    server = serve_watch(watch, options.port)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    say(f"http://127.0.0.1:{server.server_port}/ shows the book and reloads; Ctrl-C ends it")
    with contextlib.suppress(KeyboardInterrupt):
        for _ in watch.forever(lambda ran, took: say(f"{ran} items run, written in {took:.2f} s")):
            pass
    return 0


# ------------------------------------------------------------------ the settings of a folder

FILE = "book.toml"
AUDIENCES = ("students", "key")
KNOWN = {each.name: each.type for each in fields(Look)}


def look_of(path: str | os.PathLike[str], **given: Any) -> Look:
    """The look that a folder, or the folder of a file, asks for; what is ``given`` and not None comes first.

    Raises DeclarationError for settings that are none.
    """
    place = Path(path)
    file = (place if place.is_dir() else place.parent) / FILE
    told = _read(file) if file.is_file() else {}
    look = _checked(Look(**told | {name: value for name, value in given.items() if value is not None}), file)
    if look.preamble.endswith(".tex") and (file.parent / look.preamble).is_file():
        look = replace(look, preamble=(file.parent / look.preamble).read_text(encoding="utf-8"))
    return look


def for_readers(look: Look, audience: str | None) -> Look:
    """The look for students (questions only), or as a key (answers, points, statuses).  Raises DeclarationError."""
    if audience is None:
        return look
    if audience not in AUDIENCES:
        raise DeclarationError(f"a book is not for {audience!r}", hint="--for students, or --for key")
    return replace(look, answers="none" if audience == "students" else "inline", points=True, statuses=audience == "key")


def _read(file: Path) -> dict[str, Any]:
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DeclarationError(f"{file} is no TOML: {error}", hint='title = "Exercise sheet 3"') from None
    unknown = sorted(set(data) - set(KNOWN))
    if unknown:
        raise DeclarationError(f"{file} sets {unknown[0]!r}, which is no setting", hint="one of " + ", ".join(KNOWN))
    return data


def _checked(look: Look, file: Path) -> Look:
    for each in fields(Look):
        kind = {"str": str, "int": int, "bool": bool}.get(str(each.type), dict)
        if not isinstance(getattr(look, each.name), kind) or (kind is int and isinstance(getattr(look, each.name), bool)):
            raise DeclarationError(f"{file}: {each.name} is {getattr(look, each.name)!r}, not of the kind {each.type}")
    if look.answers not in ANSWERS or look.columns not in COLUMNS:
        raise DeclarationError(f"{file}: answers are {', '.join(ANSWERS)}, columns {COLUMNS[0]} or {COLUMNS[1]}")
    fixed_words(look.language)
    return look


# ------------------------------------------------------------------ a folder to begin with

SUFFIX = ".template"
_TEXT_SETTING = re.compile(r'^(?P<name>\w+) = "[^"\n]*"', re.MULTILINE)


def started(path: str | os.PathLike[str], **given: str | None) -> list[Path]:
    """Write the files of a new folder, whose settings are what is ``given`` and not None.

    Raises OutputError where one of them is there already, DeclarationError for a language without fixed words.
    """
    said = {name: value for name, value in given.items() if value is not None}
    _checked(Look(**said), Path(path) / FILE)  # type: ignore[arg-type]
    folder = Path(path)
    template = resources.files(__package__).joinpath("template")
    files = {entry.name.removesuffix(SUFFIX): begun(said.get("language", "en"), entry.read_text(
        encoding="utf-8")) for entry in template.iterdir() if entry.name.endswith(SUFFIX)}
    # What JSON escapes in text, TOML reads as well.
    written = {name: f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in said.items()}
    files[FILE] = _TEXT_SETTING.sub(lambda setting: written.get(setting["name"], setting[0]), files[FILE])
    taken = [name for name in files if (folder / name).exists()]
    if taken:
        raise OutputError(f"{folder / taken[0]} exists already", hint="give a folder that does not exist, or is empty")
    make_folder(str(folder))
    return [write_text(folder / name, files[name]) for name in sorted(files)]
