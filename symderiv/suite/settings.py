"""The settings of a folder of derivations, from its file ``book.toml``: title page, language, style, what is shown."""

from __future__ import annotations

import os
import tomllib
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from ..errors import DeclarationError
from ..render.look import ANSWERS, COLUMNS, Look, fixed_words

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
