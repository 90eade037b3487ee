"""PDF by whichever TeX engine is installed."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from .. import interrupts
from ..errors import OutputError, ToolMissing
from .files import write_text

ENGINES = ("pdflatex", "xelatex", "tectonic")
PACKAGES = "texlive-latex-recommended"
SECONDS = 120.0
RUNS = 4
LUATEX, LUATEX_PACKAGE = "lualatex", "texlive-luatex"


def tex_engine() -> str | None:
    """The path of the TeX engine that is used, None where none is installed."""
    return next((path for path in map(shutil.which, ENGINES) if path), None)


def require_engine(source: str = "") -> str:
    """The TeX engine for a document.  Raises ToolMissing, naming what to install."""
    if r"\usepackage{fontspec}" in source:
        found = shutil.which(LUATEX)
        if found is None:
            raise ToolMissing("letters of this script are set by LuaTeX, which is not installed",
                              hint=f"on Debian: apt-get install {LUATEX_PACKAGE}")
        return found
    engine = tex_engine()
    if engine is None:
        raise ToolMissing(f"no TeX engine is installed (looked for {', '.join(ENGINES)})",
                          hint=f"on Debian: apt-get install {PACKAGES}; or write .tex or .html instead")
    return engine


def compile_pdf(source: str, seconds: float = SECONDS) -> bytes:
    """The PDF of a LaTeX document.  As ``typeset``."""
    return typeset(source, seconds)[0]


def typeset(source: str, seconds: float = SECONDS) -> tuple[bytes, str]:
    """The PDF of a LaTeX document, and what TeX had to say of it: its log, empty where the engine keeps none.

    TeX runs in a directory of its own, without a shell, without reading or writing elsewhere, and for at most
    ``seconds`` a run.  Raises ToolMissing without an engine and OutputError, with TeX's own words, where it fails.
    """
    engine = require_engine(source)
    with _folder() as folder:
        name = str(folder)
        write_text(folder / "document.tex", source)
        if Path(engine).name == "tectonic":
            _run([engine, "--untrusted", "document.tex"], name, seconds)
        else:
            command = [engine, "-no-shell-escape", "-interaction=nonstopmode", "-halt-on-error", "document.tex"]
            noted = None
            # The contents are written by the first run, shift the pages in the second, and are right in the third.
            for _ in range(RUNS if r"\contents" in source else 1):
                _run(command, name, seconds)
                before, noted = noted, [_bytes(folder / f"document.{kind}") for kind in ("aux", "toc", "out")]
                if noted == before:
                    break
        pdf, log = _bytes(folder / "document.pdf"), _bytes(folder / "document.log")
        if not pdf:
            raise OutputError("TeX made no pages", hint="the document seems to be empty")
        return pdf, log.decode("utf-8", "replace")


def faults_in(log: str, most: int = 0) -> list[str]:
    """What is wrong with pages, by TeX's own log: lines wider than the page, more pages than ``most`` (0: any number)."""
    wide = len(re.findall(r"^Overfull \\hbox", log, re.MULTILINE))
    pages = int(found[1]) if (found := re.search(r"^Output written on .*\((\d+) pages?", log, re.MULTILINE)) else 0
    return [*([f"lines wider than the page: {wide}"] if wide else []),
            *([f"it has {pages} pages; at most {most} were asked for"] if 0 < most < pages else [])]


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    """A directory of its own, which is gone afterwards, after an interrupt too.  Raises OutputError."""
    try:
        name = tempfile.mkdtemp(prefix="symderiv-tex-")
    except OSError as error:
        raise OutputError(f"no temporary directory can be made: {error.strerror}",
                          hint="set TMPDIR to a directory with room") from error

    def remove() -> None:
        shutil.rmtree(name, ignore_errors=True)

    with interrupts.on_interrupt(remove):
        try:
            yield Path(name)
        finally:
            remove()


def _bytes(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


def _run(command: list[str], folder: str, seconds: float) -> None:
    # openin/openout "paranoid": only this directory and the TeX installation can be read, only this directory written.
    environment = {**os.environ, "openin_any": "p", "openout_any": "p", "max_print_line": "1000"}
    process = subprocess.Popen(command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, start_new_session=True)
    try:
        with interrupts.on_interrupt(lambda: os.killpg(process.pid, signal.SIGKILL)):
            output, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired as error:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise OutputError(f"TeX did not finish within {seconds:g} seconds") from error
    if process.returncode != 0:
        raise OutputError(f"TeX could not typeset the document: {_complaint(output.decode('utf-8', 'replace'))}",
                          hint="write .tex, and look at the line of it that TeX names")


def _complaint(log: str) -> str:
    """The first error of a TeX log, with the source line it stands in."""
    match = re.search(r"^!\s*(.+?)$(?:.*?^(l\.\d+.*?)$)?", log, re.DOTALL | re.MULTILINE)
    if match is None:
        return log.strip().splitlines()[-1] if log.strip() else "no message"
    return match[1] + (f" ({match[2].strip()})" if match[2] else "")
