"""A folder of derivations to begin with: one item of each kind, and the settings of the book."""

from __future__ import annotations

import os
from importlib import resources
from pathlib import Path

from ..errors import OutputError
from ..render.files import make_folder, write_text

SUFFIX = ".template"


def started(path: str | os.PathLike[str]) -> list[Path]:
    """Write the files of a new folder.  Raises OutputError where one of them is there already."""
    folder = Path(path)
    template = resources.files(__package__).joinpath("template")
    files = {entry.name.removesuffix(SUFFIX): entry.read_text(encoding="utf-8") for entry in template.iterdir()
             if entry.name.endswith(SUFFIX)}
    taken = [name for name in files if (folder / name).exists()]
    if taken:
        raise OutputError(f"{folder / taken[0]} exists already", hint="give a folder that does not exist, or is empty")
    make_folder(str(folder))
    return [write_text(folder / name, files[name]) for name in sorted(files)]
