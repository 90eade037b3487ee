"""The command ``symderiv``: derive, list, prove, check, book.

Exit status: 0 all is well, 1 a check failed, 2 the command or its input is wrong.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from .errors import SymderivError

if TYPE_CHECKING:
    from .outcome import Result
    from .suite import Item

GRAINS = ("answer", "steps", "rewrites")
DEFAULT_PATH = "derivations"

EXAMPLES = r"""examples:
  symderiv derive "cross_entropy(W*x, y)" --given "W: m n; x: n; y: label m" --wrt W
  symderiv check derivations
  symderiv book derivations -o build
"""
DERIVE_EXAMPLES = r"""examples:
  symderiv derive "cross_entropy(W*x, y)" --given "W: m n; x: n; y: label m" --wrt W --proof
  symderiv derive "x'*A*x" --given "A: n n symmetric; x: n" --wrt x --tex answer.tex
  symderiv derive "softmax(z)" --given "z: m" --wrt z --json
"""
LIST_EXAMPLES = r"""examples:
  symderiv list
  symderiv list derivations/softmax.py --json
"""
PROVE_EXAMPLES = r"""examples:
  symderiv prove weight_gradient
  symderiv prove weight_gradient derivations --grain rewrites
  symderiv prove softmax.weight_gradient derivations --html proof.html
"""
CHECK_EXAMPLES = r"""examples:
  symderiv check
  symderiv check derivations/softmax.py -n 1
  symderiv check derivations --json > report.json
"""
BOOK_EXAMPLES = r"""examples:
  symderiv book derivations -o build
  symderiv book derivations -o build --no-pdf --title "Exercise sheet 3"
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; the exit status."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # A terminal that cannot show ∂ gets \u2202 rather than a crash.
            stream.reconfigure(errors="backslashreplace")
    options = _parser().parse_args(argv)
    try:
        status = int(options.run(options))
        sys.stdout.flush()
        return status
    except SymderivError as error:
        print(f"symderiv: {error}", file=sys.stderr)
        return 2
    except RecursionError:
        print("symderiv: the expression is nested too deeply\n  try:  name its parts with sd.define", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("symderiv: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader of our output went away, as `head` does; there is nobody left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n  try:  {self.prog} --help\n")


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: Any, **__: Any) -> NoReturn:
        from . import __version__

        print(f"symderiv {__version__}")
        parser.exit(0)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="symderiv", formatter_class=argparse.RawDescriptionHelpFormatter, epilog=EXAMPLES,
                     description="Derivatives of networks and matrix expressions, in closed form and with proof.")
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    derive = _command(commands, "derive", _derive, "differentiate an expression", DERIVE_EXAMPLES)
    derive.add_argument("expr", metavar="EXPR", help="the expression, in plain text or LaTeX")
    derive.add_argument("--given", metavar="DECLARATIONS", default="",
                        help='what its names mean: "W: m n; x: n; y: label m"')
    derive.add_argument("--wrt", metavar="NAME", required=True, help="the variable; several are separated by commas")
    derive.add_argument("--proof", action="store_true", help="show the proof")
    derive.add_argument("--check", action="store_true", help="compare with numerical derivatives as well")
    _outputs(derive)
    _json(derive)

    listing = _command(commands, "list", _list, "list the items of a folder of derivations", LIST_EXAMPLES)
    _path(listing)
    _json(listing)

    prove = _command(commands, "prove", _prove, "prove an item and show the proof", PROVE_EXAMPLES)
    prove.add_argument("name", metavar="NAME", help="the item's function, file.function, or what it states")
    _path(prove)
    _outputs(prove)
    _json(prove)

    check = _command(commands, "check", _check, "prove and check every item", CHECK_EXAMPLES)
    _path(check)
    _workers(check)
    _json(check)

    book = _command(commands, "book", _book, "write the items as a book: LaTeX, HTML and PDF", BOOK_EXAMPLES)
    _path(book)
    book.add_argument("-o", "--output", metavar="DIR", required=True, help="the directory to write into")
    book.add_argument("--title", help="the title of the book")
    book.add_argument("--no-pdf", action="store_true", help="do not run TeX")
    _workers(book)
    _json(book)
    return parser


def _command(commands: Any, name: str, run: Any, summary: str, examples: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        name, help=summary, description=summary[0].upper() + summary[1:] + ".", epilog=examples,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.set_defaults(run=run)
    return parser


def _path(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", metavar="PATH", nargs="?", default=DEFAULT_PATH,
                        help=f"a file or a folder of derivations (default: {DEFAULT_PATH})")


def _json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON")


def _workers(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-n", "--workers", metavar="WORKERS", type=_count, help="processes (default: one a processor)")


def _outputs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--grain", choices=GRAINS, help="how fine the proof is (default: steps)")
    for kind, what in (("tex", "a LaTeX document"), ("pdf", "a PDF; needs a TeX engine"), ("html", "a web page")):
        parser.add_argument(f"--{kind}", metavar="FILE", help=f"write {what}")


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of processes")
    return int(text)


def _derive(options: argparse.Namespace) -> int:
    from .engine import derive
    from .reader import declare, parse

    given = declare(options.given)
    expr = parse(options.expr, given)
    names = [name for name in options.wrt.replace(",", " ").split() if name]
    results = derive(expr, tuple(parse(name, given) for name in names), assuming=given.assuming)
    reports = [d.check() if options.check else None for d in results]
    failed = any(report is not None and not report.ok for report in reports)
    _write_outputs(results, options, f"${results[0].latex()}$" if len(results) == 1 else "Derivatives")
    if options.json:
        rows = [_derivation_json(d, report, options) for d, report in zip(results, reports, strict=True)]
        _print_json(rows[0] if len(rows) == 1 else rows)
    else:
        for d, report in zip(results, reports, strict=True):
            _print_derivation(d, report, options)
    return 1 if failed else 0


def _derivation_json(d: Any, report: Any, options: argparse.Namespace) -> dict[str, Any]:
    data = {
        "expression": str(d.primal), "wrt": str(d.wrt), "closed": str(d.closed), "index": str(d.index),
        "indices": [str(letter) for letter in d.indices], "shape": [str(size) for size in d.shape], "status": d.status,
        "latex": d.latex(), "where": {name: str(body) for name, body in d.where.items()},
        "conditions": [str(condition) for condition in d.conditions], "notes": list(d.notes),
    }
    if report is not None:
        data["check"] = _report_json(report)
    if options.proof:
        data["proof"] = d.proof.latex(grain=options.grain or "steps")
    return data


def _report_json(report: Any) -> dict[str, Any]:
    sizes = [{str(name): int(value) for name, value in size.items()} for size in report.sizes]
    return {"ok": bool(report.ok), "max_error": float(report.max_error), "samples": int(report.samples), "sizes": sizes}


def _print_derivation(d: Any, report: Any, options: argparse.Namespace) -> None:
    print(d)
    print(f"  {d.status}; shape ({', '.join(map(str, d.shape))})")
    for name, body in d.where.items():
        print(f"  where {name} = {body}")
    if d.conditions:
        print("  for " + ", ".join(map(str, d.conditions)))
    for note in d.notes:
        print(f"  note: {note}")
    if report is not None:
        verdict = "agrees with" if report.ok else "DISAGREES with"
        print(f"  {verdict} numerical derivatives, largest error {float(report.max_error):.1e}")
    if options.proof:
        _print_proof(d.proof, options)


def _print_proof(proof: Any, options: argparse.Namespace) -> None:
    from .render.plain import proof_text

    text = proof_text(proof, options.grain or "steps")
    if text:
        print("\n" + text)


def _list(options: argparse.Namespace) -> int:
    from .suite import collect

    items = collect(options.path)
    broken = [item for item in items if item.failure]
    if options.json:
        _print_json([{"name": i.name, "title": i.title, "file": i.file, "line": i.line, "kind": i.kind,
                      "expect": i.expect, "error": i.failure or None} for i in items])
    else:
        width = max(len(item.name) for item in items)
        file = ""
        for item in items:
            if item.file != file:
                file = item.file
                print(file)
            print(f"  {item.name:<{width}}  {item.title}" + (f"  ({item.expect})" if item.expect != "proved" else ""))
    for item in broken:
        print(f"symderiv: {item.file}: {item.failure}", file=sys.stderr)
    return 1 if broken else 0


def _prove(options: argparse.Namespace) -> int:
    from .outcome import claims
    from .suite import collect

    item = _find(collect(options.path), options.name)
    result, subjects = claims(item)
    if subjects:
        _write_outputs(subjects, options, item.title)
    if options.json:
        data = result.to_json()
        data["proofs"] = [subject.proof.latex(grain=options.grain or "steps") for subject in subjects]
        _print_json(data)
    else:
        print(f"{item.title}\n  {item.file}:{item.line}\n  {result.status}, {_seconds(result.seconds)}")
        for part, subject in zip(result.parts, subjects, strict=True):
            print(f"\n{part.text}\n  {part.status}" + (f": {part.evidence}" if part.evidence else ""))
            if part.counterexample:
                print(f"  counterexample: {part.counterexample}")
            _print_proof(subject.proof, options)
    if result.error:
        print(f"symderiv: {item.name}: {result.error}", file=sys.stderr)
    return 0 if result.ok else 1


def _find(items: Sequence[Item], name: str) -> Item:
    """The item of a name.  Raises DeclarationError, with the nearest names, where there is none or more than one."""
    from difflib import get_close_matches

    from .errors import DeclarationError

    def stem(item: Item) -> str:
        return os.path.splitext(os.path.basename(item.file))[0]

    wanted = name.strip()
    found = [i for i in items if wanted in (i.name, i.title, f"{stem(i)}.{i.name}", f"{i.file}:{i.name}")]
    if len(found) == 1:
        return found[0]
    if found:
        choices = ", ".join(f"{stem(i)}.{i.name}" for i in found)
        raise DeclarationError(f"{len(found)} items are named {wanted}", hint=f"say which: {choices}")
    near = get_close_matches(wanted, [i.name for i in items] + [i.title for i in items], 3, 0.4)
    raise DeclarationError(f"no item is named {wanted}",
                           hint="did you mean " + ", ".join(near) + "?" if near else "see symderiv list")


def _check(options: argparse.Namespace) -> int:
    from .suite import RANKS, collect

    start = time.perf_counter()
    results = _run(collect(options.path), options, typeset=False)
    seconds = time.perf_counter() - start
    failed = [result for result in results if not result.ok]
    if options.json:
        counts = {status: sum(r.status == status for r in results) for status in reversed(RANKS)}
        _print_json({"ok": not failed, "seconds": round(seconds, 3), "counts": counts,
                     "items": [result.to_json() for result in results]})
    else:
        _print_table(results)
        print(f"{_summary(results)} in {_seconds(seconds)}")
        _print_failures(failed)
    return 1 if failed else 0


def _book(options: argparse.Namespace) -> int:
    from .book import TITLE, write_book
    from .suite import collect

    results = _run(collect(options.path), options, typeset=True)
    failed = [result for result in results if not result.ok]
    book = write_book(results, options.output, title=options.title or TITLE, pdf=not options.no_pdf)
    if options.json:
        _print_json({"ok": not failed, "files": [str(file) for file in book.files], "message": book.message or None,
                     "items": [result.to_json() for result in results]})
    else:
        print(_summary(results))
        for file in book.files:
            print(f"wrote {file}")
        _print_failures(failed)
    if book.message:
        print(f"symderiv: {book.message}", file=sys.stderr)
    return 1 if failed else 0


def _run(items: Sequence[Item], options: argparse.Namespace, typeset: bool) -> list[Result]:
    """Run items with a progress bar on a terminal; the results in the order of the items."""
    from .pool import default_workers, run_all

    done: dict[int, Result] = {}
    bar = sys.stderr.isatty()
    for position, result in run_all(items, options.workers or default_workers(), typeset):
        done[position] = result
        if bar:
            filled = 24 * len(done) // len(items)
            text = f"[{'#' * filled}{'.' * (24 - filled)}] {len(done)}/{len(items)} {result.name}"
            print(f"\r\x1b[K{text[:78]}", end="", file=sys.stderr, flush=True)
    if bar:
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)
    return [done[position] for position in range(len(items))]


def _print_table(results: Iterable[Result]) -> None:
    from .render.escape import plain_text

    file = ""
    for result in results:
        if result.file != file:
            file = result.file
            print(file)
        mark = " " if result.ok else "!"
        print(f"{mark} {result.status:<9} {_seconds(result.seconds):>8}  {plain_text(result.title)}")


def _print_failures(failed: Iterable[Result]) -> None:
    for result in failed:
        print(f"\n{result.file}:{result.line} {result.name}\n  " + result.error.replace("\n", "\n  "))


def _summary(results: Sequence[Result]) -> str:
    from .suite import RANKS

    counts = [(status, sum(r.status == status for r in results)) for status in reversed(RANKS)]
    failed = sum(not r.ok for r in results)
    told = ", ".join(f"{count} {status}" for status, count in counts if count)
    return f"{len(results)} items: {told}" + (f"; {failed} failed" if failed else "")


def _seconds(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.2f} s"


def _write_outputs(subjects: Sequence[Any], options: argparse.Namespace, title: str) -> None:
    """Write the files that were asked for; nothing is written where TeX is wanted and missing."""
    if not (options.tex or options.pdf or options.html):
        return
    from dataclasses import replace

    from .render.document import document, printed_proof
    from .render.files import write_bytes, write_text
    from .render.html import page
    from .render.pdf import compile_pdf, require_engine
    from .render.present import subject_section

    if options.pdf:
        require_engine()
    grain = options.grain or "steps"
    paper = tuple(printed_proof(subject_section(subject, grain=grain)) for subject in subjects)
    if options.tex:
        print(f"wrote {write_text(options.tex, document(title, paper))}", file=sys.stderr)
    if options.pdf:
        print(f"wrote {write_bytes(options.pdf, compile_pdf(document(title, paper)))}", file=sys.stderr)
    if options.html:
        # On a page every grain size can be folded away, so all are there unless one was asked for.
        sections = tuple(replace(subject_section(subject, grain=options.grain or "rewrites"), title="")
                         for subject in subjects)
        print(f"wrote {write_text(options.html, page(title, sections))}", file=sys.stderr)


def _print_json(data: Any) -> None:
    print(json.dumps(data, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    sys.exit(main())
