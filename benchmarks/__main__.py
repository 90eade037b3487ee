"""Run all benchmarks, or those named, and print a table.

    python -m benchmarks [imports headlines depth suite emitted forms counting reading referee]
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from importlib import import_module

from .measure import Figure, one_blas_thread

QUESTIONS = ("imports", "headlines", "depth", "suite", "emitted", "forms", "counting", "reading", "referee")


def main(arguments: list[str] | None = None) -> int:
    """Exit status 1 where a bar is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(QUESTIONS)}; all without")
    parser.add_argument("--markdown", action="store_true", help="print the table of the README")
    options = parser.parse_args(arguments)
    unknown = sorted(set(options.names) - set(QUESTIONS))
    if unknown:
        parser.error(f"there is no benchmark {unknown[0]}; there are {', '.join(QUESTIONS)}")
    one_blas_thread()
    found: list[Figure] = []
    for name in options.names or QUESTIONS:
        print(f"{name} ...", file=sys.stderr, flush=True)
        found += import_module(f"benchmarks.{name}").figures()
    import numpy
    import sympy

    print(table(found) if options.markdown else plain(found))
    print(f"\nPython {platform.python_version()}, SymPy {sympy.__version__}, NumPy {numpy.__version__}, "
          f"{os.cpu_count()} cores, one BLAS thread")
    return int(any(f.within is False for f in found))


def table(found: list[Figure]) -> str:
    """As a Markdown table."""
    lines = ["| question | measured | bar | note |", "|---|---|---|---|"]
    for f in found:
        bar = f.bar + (" (missed)" if f.within is False else "")
        lines.append(f"| {f.question} | {f.measured} | {bar} | {f.note} |")
    return "\n".join(lines)


def plain(found: list[Figure]) -> str:
    """As aligned text."""
    marks = {True: "ok", False: "MISSED", None: "-"}
    rows = [("question", "measured", "bar", "", "note")]
    rows += [(f.question.replace("`", ""), f.measured, f.bar, marks[f.within], f.note) for f in found]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows)


if __name__ == "__main__":
    sys.exit(main())
