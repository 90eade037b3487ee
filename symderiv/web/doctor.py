"""What is installed beside symderiv, and what each of it brings: ``symderiv doctor``."""

from __future__ import annotations

import platform
import shutil
import sys
import tomllib
from dataclasses import dataclass
from importlib import resources
from importlib.metadata import PackageNotFoundError, version


@dataclass(frozen=True)
class Installed:
    """One thing that is there, or is not: its version or path, what it brings, and how to get it."""

    name: str
    found: str
    brings: str
    get: str = ""

    def __str__(self) -> str:
        mark = "✓" if self.found else "–"
        return f"{mark} {self.name:<12} {self.found or 'not installed':<16} {self.brings}" + (
            f"\n    {self.get}" if not self.found and self.get else "")


def findings() -> list[Installed]:
    """Everything that is looked for, in the order in which it is shown."""
    found = [Installed("Python", platform.python_version(), sys.executable)]
    known = tomllib.loads(resources.files(__package__).joinpath("doctor.toml").read_text(encoding="utf-8"))
    found += [Installed(name, _version(name), brings, get) for name, brings, get in known["packages"]]
    for names, brings, get in ((names.split(), *told) for names, *told in known["programs"]):
        there = next((name for name in names if shutil.which(name)), "")
        found.append(Installed(there or names[0], "here" if there else "", brings, get))
    return found


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
