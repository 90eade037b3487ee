"""What is installed beside symderiv, and what each of it brings: ``symderiv doctor``."""

from __future__ import annotations

import platform
import shutil
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

# (package, what it brings, how to get it): those that symderiv needs, then those that it can do without.
NEEDED = (("sympy", "the language of expressions"),
          ("numpy", "numbers: checks, compiled functions (without it: in plain Python, slower)"),
          ("latexify-py", "layers written as Python functions"))
OPTIONAL = (
    ("starlette", "symderiv serve: the page", "pip install 'symderiv[web]'"),
    ("uvicorn", "symderiv serve: the page", "pip install 'symderiv[web]'"),
    ("pygls", "symderiv lsp: editors", "pip install 'symderiv[lsp]'"),
    ("mcp", "symderiv mcp: agents", "pip install 'symderiv[mcp]'"),
    ("ipython", "results in notebooks, %%verify", "pip install ipython"),
    ("argcomplete", "the shell completes commands: eval \"$(register-python-argcomplete symderiv)\"",
     "pip install 'symderiv[completion]'"),
    ("distributed", "symderiv verify --scheduler: many machines", "pip install 'symderiv[dask]'"),
    ("jax", "running what d.source(\"jax\") writes", "pip install jax"),
    ("torch", "running what d.source(\"torch\") writes", "pip install torch"),
)
PROGRAMS = (
    (("pdflatex", "xelatex", "tectonic"), "books and proofs as PDF",
     "on Debian: apt-get install texlive-latex-recommended"),
    (("lualatex",), "books in a language with letters of its own, such as Thai",
     "on Debian: apt-get install texlive-luatex fonts-thai-tlwg"),
    (("npm",), "symderiv page: fetches Python for the browser, once", "on Debian: apt-get install npm"),
    (("node",), "symderiv page: a site that starts in seconds", "on Debian: apt-get install nodejs"),
    (("nvim",), "an editor that speaks to symderiv lsp", "on Debian: apt-get install neovim"),
    (("chromium", "chromium-browser", "google-chrome"), "the tests of the page", "on Debian: apt-get install chromium"),
)


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
    found += [Installed(name, _version(name), brings, f"pip install {name}") for name, brings in NEEDED]
    found += [Installed(name, _version(name), brings, get) for name, brings, get in OPTIONAL]
    for names, brings, get in PROGRAMS:
        there = next((name for name in names if shutil.which(name)), "")
        found.append(Installed(there or names[0], "here" if there else "", brings, get))
    return found


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
