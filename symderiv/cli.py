"""The command ``symderiv``: derive, verify, list, prove, check, certify, book, count, serve, page, lsp, mcp, doctor.

Exit status: 0 all is well, 1 a check failed, 2 the command or its input is wrong.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import re
import sys
import time
import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from difflib import get_close_matches
from importlib import import_module, resources
from typing import TYPE_CHECKING, Any, NoReturn

import symderiv as sd

from . import render, suite
from .arrays.assumptions import words
from .bounds import FILE
from .errors import DeclarationError, SymderivError
from .render.look import languages
from .visible import carried, shown
from .web import part
from .workers import Lost, answer_of

if TYPE_CHECKING:
    from .suite.collect import Item
    from .suite.outcomes import Result

# How long an item may take that is proved alone.
PROVE_SECONDS = 600.0


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; the exit status."""
    streams = sys.stdout, sys.stderr
    if sys.stdout is None:
        _tell("symderiv: standard output is closed\n  try:  > /dev/null, if nothing is to be shown")
        return 2
    sys.stdout, sys.stderr = _Screen(streams[0]), _Screen(streams[1])
    try:
        try:
            parser = _parser()
            if "_ARGCOMPLETE" in os.environ:
                _complete(parser)
            options, unknown = parser.parse_known_args(_arguments(sys.argv[1:] if argv is None else argv))
            if unknown:
                options.parser.error("unrecognized arguments: " + " ".join(unknown))
            for name, value in vars(options).items():
                setattr(options, name, _as_given(value))
            return int(options.run(options))
        except SymderivError as error:
            _tell(f"symderiv: {error}")
            return 2
        except RecursionError:
            _tell("symderiv: the expression is nested too deeply\n  try:  name its parts with sd.define")
            return 2
        except MemoryError:
            _tell("symderiv: there is not enough memory for this\n  try:  a smaller expression, or smaller sizes")
            return 2
        except KeyboardInterrupt:
            _tell("symderiv: interrupted")
            return 130
        finally:
            sys.stdout.flush()
    except OSError as error:
        what = error.filename or "to standard output"
        _tell(f"symderiv: cannot write {what}: {error.strerror or error}\n  try:  write it to a file, where there is room")
        _forget(streams[0])
        return 2
    finally:
        sys.stdout, sys.stderr = streams


def _complete(parser: argparse.ArgumentParser) -> None:
    """Tell a shell what may follow, and end; where argcomplete is not installed, nothing."""
    with contextlib.suppress(ImportError):
        import_module("argcomplete").autocomplete(parser)
    raise SystemExit(0)


class _Screen(io.TextIOBase):
    """A stream to be looked at: what would act on a terminal is shown instead."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream
        if hasattr(stream, "reconfigure"):
            # A terminal that cannot show ∂ gets \\u2202 rather than a crash.
            stream.reconfigure(errors="backslashreplace")

    def write(self, text: str) -> int:
        """Write, with what cannot be seen by its code."""
        if self.stream is not None:
            self.stream.write(shown(text))
        return len(text)

    def flush(self) -> None:
        """Raises OSError where what was written finds no room, or no reader."""
        if self.stream is not None:
            self.stream.flush()

    def isatty(self) -> bool:
        """Whether somebody looks."""
        return self.stream is not None and bool(self.stream.isatty())

    def fileno(self) -> int:
        """That of the stream."""
        return int(self.stream.fileno())


def _tell(text: str) -> None:
    """Say it on standard error, if anybody listens."""
    with contextlib.suppress(OSError, ValueError):
        print(text, file=sys.stderr, flush=True)


def _forget(stream: Any) -> None:
    """What waits in a stream that nobody takes is dropped, or Python would try once more at its end."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


# Options of one letter, by command: what else begins with one minus is an expression, or a name.
SHORT = {"certify": "o", "verify": "no", "check": "n", "book": "no", "serve": "n", "page": "o", "lsp": "n", "mcp": "n"}
_LONG = re.compile(r"--[a-z][a-z-]+(=.*)?\Z", re.DOTALL)


def _arguments(argv: Sequence[str]) -> list[str]:
    """The arguments, a space before an expression that begins with a minus, so that it is not taken for an option."""
    letters = "h" + next((SHORT.get(word, "") for word in argv if not word.startswith("-")), "")
    option = re.compile(rf"-(?:[{letters}]|n\d+|o.+)\Z" if "o" in letters else rf"-(?:[{letters}]|n\d+)\Z"
                        if "n" in letters else r"-h\Z")
    return [f" {word}" if word.startswith("-") and word not in ("-", "--") and not option.match(word)
            and not _LONG.match(word) else word for word in argv]


def _as_given(value: Any) -> Any:
    """An argument as it was given, without the space that ``_arguments`` put before it."""
    if isinstance(value, list):
        return [_as_given(each) for each in value]
    return value[1:] if isinstance(value, str) and value.startswith(" -") else value


class _Parser(argparse.ArgumentParser):
    """Says what to do next; ``known`` holds its options and, for the whole, its commands."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self.known: list[str] = []
        super().__init__(*args, **options)

    def add_argument(self, *names: Any, **options: Any) -> Any:
        """As argparse's; the names are noted."""
        self.known += [name for name in names if name.startswith("--")]
        return super().add_argument(*names, **options)

    def _print_message(self, message: str, file: Any = None) -> None:
        # argparse's own says nothing where there is no room for it.
        (sys.stderr if file is None else file).write(message)

    def error(self, message: str) -> NoReturn:
        given = re.search(r"(?:unrecognized arguments: |invalid choice: ')(\S+?)(?:[=\s'].*)?\Z", message, re.DOTALL)
        near = get_close_matches(given[1], self.known, 3) if given else []
        hint = f"{' or '.join(dict.fromkeys(near))}; " if near else ""
        if given and given[1].startswith("-") and not near:
            hint = "brackets around an expression that begins with two minuses; "
        self.exit(2, f"{self.prog}: {message}\n  try:  {hint}{self.prog} --help\n")


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: Any, **__: Any) -> NoReturn:
        print(f"symderiv {sd.__version__}")
        parser.exit(0)


def _parser() -> argparse.ArgumentParser:
    told = _told_of_commands()
    parser = _Parser(prog="symderiv", formatter_class=argparse.RawDescriptionHelpFormatter, epilog=told["examples"],
                     description="Derivatives of networks and matrix expressions, in closed form and with proof.")
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    commands: Any = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    runs = {"derive": _derive, "solve": _solve, "list": _list, "prove": _prove, "verify": _verify, "check": _check,
            "certify": _certify, "book": _book, "new": _new, "count": _count_layers, "serve": _serve, "page": _page,
            "doctor": _doctor, "lsp": _speak, "mcp": _speak}
    for name, command in told["commands"].items():
        does = command["does"]
        own = commands.add_parser(name, help=does, description=does[0].upper() + does[1:] + ".",
                                  epilog=command.get("examples", ""), formatter_class=argparse.RawDescriptionHelpFormatter)
        own.set_defaults(run=runs[name], parser=own, command=name)
        for option in command["options"]:
            for each in told["groups"][option] if isinstance(option, str) else (option,):
                _add(own, **each)
    parser.known += commands.choices
    return parser


def _told_of_commands() -> dict[str, Any]:
    """What every command does, its options, and examples of its use."""
    return tomllib.loads(resources.files(__package__).joinpath("commands.toml").read_text(encoding="utf-8"))


def _add(parser: argparse.ArgumentParser, name: str = "", flag: str = "", type: str = "", completes: str = "",
         **options: Any) -> None:
    """An option as it stands in the file; seconds for an item are the suite's, and argcomplete knows the languages."""
    if flag:
        options["action"] = "store_true"
    if type:
        options["type"] = {"int": int, "processes": _count, "seconds": _positive}[type]
    elif options.get("metavar") in ("DIR", "FILE", "FOLDER", "OUT", "PATH"):
        options["type"] = _path
    if options.get("default") == "SECONDS":
        options |= {"default": suite.SECONDS, "help": f"{options['help']} (default: {suite.SECONDS:g})"}
    made: Any = parser.add_argument(*(name or flag).split(), **options)
    if completes:
        made.completer = lambda **_: languages()


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of processes")
    return int(text)


def _path(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("an empty text names no file and no folder")
    return text


def _positive(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < 1e6:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds")
    return seconds


def _told(options: argparse.Namespace) -> tuple[Any, Callable[..., Any]]:
    """What is declared, and how a text is read with it; a text that is an equation, side by side."""
    from .reader import declare, parse, sides

    given = declare(options.given)

    def read(text: str, *, equation: bool = False) -> Any:
        return [parse(side, given) for side in sides(text)] if equation else parse(text, given)

    return given, read


def _derive(options: argparse.Namespace) -> int:
    given, read = _told(options)
    names = [name for name in options.wrt.replace(",", " ").split() if name]
    results = sd.derive(read(options.expr), tuple(map(read, names)), assuming=given.assuming)
    reports = [d.check() if options.check else None for d in results]
    failed = any(report is not None and not report.ok for report in reports)
    together = results[0] if len(results) == 1 else results
    _write_outputs([together], options, f"${together.latex()}$" if len(results) == 1 else "Derivatives")
    if options.graph:
        print(f"wrote {_name(render.graph_of(*results).write(options.graph))}", file=sys.stderr)
    if options.json:
        rows = [_derivation_json(d, report, options) for d, report in zip(results, reports, strict=True)]
        if options.code:
            rows = [{**row, "code": together.source(options.code)} for row in rows]
        _print_json(rows[0] if len(rows) == 1 else rows)
        return 1 if failed else 0
    if len(results) > 1:
        for name, body in together.where.items():
            print(f"{name} = {body}")
    for line, d, report in zip(together.equations if len(results) > 1 else [str(together)], results, reports, strict=True):
        _print_derivation(line, d, report, None if len(results) > 1 else d.where)
    if options.proof:
        _print_proof(together.proof, options)
    if options.code:
        print("\n" + together.source(options.code).rstrip())
    return 1 if failed else 0


def _solve(options: argparse.Namespace) -> int:
    given, read = _told(options)
    found = sd.solve_stationary(read(options.expr), read(options.variable), assuming=given.assuming)
    if options.json:
        _print_json({"variable": str(found.variable), "value": str(found.value), "latex": found.latex(),
                     "status": found.status, "conditions": list(map(words, found.conditions))})
        return 0
    print(found)
    print(f"  {found.status}")
    if found.conditions:
        print("  for " + ", ".join(map(words, found.conditions)))
    if options.proof:
        _print_proof(found.proof, options)
    return 0


def _derivation_json(d: Any, report: Any, options: argparse.Namespace) -> dict[str, Any]:
    plain = part("plain_data")
    data: dict[str, Any] = plain.derivation(d)
    if report is not None:
        data["check"] = plain.checked(report)
    if options.proof:
        data["proof"] = d.proof.latex(grain=options.grain or "steps")
    return data


def _print_derivation(line: str, d: Any, report: Any, where: dict[str, Any] | None) -> None:
    print(line)
    print(f"  {d.status}; shape ({', '.join(map(str, d.shape))})")
    for name, body in (where or {}).items():
        print(f"  where {name} = {body}")
    if d.conditions:
        print("  for " + ", ".join(map(words, d.conditions)))
    for note in d.notes:
        print(f"  note: {note}")
    if report is not None:
        verdict = "agrees with" if report.ok else "DISAGREES with"
        print(f"  {verdict} numerical derivatives, largest error {float(report.max_error):.1e}")


def _print_proof(proof: Any, options: argparse.Namespace) -> None:
    text = render.proof_text(proof, options.grain or "steps")
    if text:
        print("\n" + text)


def _list(options: argparse.Namespace) -> int:
    items = suite.items_at(options.path)
    broken = [item for item in items if item.failure]
    if options.json:
        _print_json([{"name": i.name, "title": i.title, "file": i.file, "line": i.line, "kind": i.kind,
                      "expect": i.expect, "question": i.reference or None, "error": i.failure or None} for i in items])
    else:
        width = max(len(item.name) for item in items)
        file = ""
        for item in items:
            if item.file != file:
                file = item.file
                print(_name(file))
            number = f"{item.reference}  " if item.reference else ""
            expected = f"  ({item.expect})" if item.expect != "proved" else ""
            print(f"  {item.name:<{width}}  {number}{render.in_characters(item.title)}{expected}")
    for item in broken:
        print(f"symderiv: {_name(item.file)}: {item.failure}", file=sys.stderr)
    return 1 if broken else 0


def _prove(options: argparse.Namespace) -> int:
    if options.given is not None:
        return _prove_equation(options)
    item = _find(suite.items_at(options.path), options.name)
    answer = answer_of(_proved, item, options, seconds=PROVE_SECONDS)
    if isinstance(answer, Lost):
        print(f"symderiv: {item.name}: {answer}", file=sys.stderr)
        return 1
    status, printed, refused = answer
    sys.stdout.write(printed)
    if refused:
        _tell(f"symderiv: {refused}")
    return int(status)


def _prove_equation(options: argparse.Namespace) -> int:
    """Decide an equation between two texts; 0 unless it is refuted or undecided."""
    given, read = _told(options)
    verdict = sd.prove(*read(options.name, equation=True), assuming=given.assuming)
    _write_outputs([verdict], options, options.name)
    counter = None if verdict.counterexample is None else str(verdict.counterexample)
    conditions = list(map(words, verdict.conditions))
    if options.json:
        _print_json({"left": str(verdict.lhs), "right": str(verdict.rhs), "status": verdict.status,
                     "evidence": verdict.evidence, "counterexample": counter, "conditions": conditions,
                     "notes": list(verdict.notes),
                     "proof": verdict.proof.latex(grain=options.grain or "steps") if verdict.proof else None})
    else:
        read_as = f"{verdict.lhs} = {verdict.rhs}"
        print(f"{verdict.status}: {shown(' '.join(options.name.split()))}")
        other = "".join(options.name.split()) != "".join(read_as.split())
        said = [other and f"read as: {read_as}", verdict.evidence, counter and f"counterexample: {counter}",
                conditions and f"for {', '.join(conditions)}",
                *(f"note: {note}" for note in verdict.notes)]
        print("\n".join(f"  {line}" for line in said if line))
        if verdict.proof:
            _print_proof(verdict.proof, options)
    return 0 if verdict.status in ("proved", "supported", "conditional") else 1


def _proved(item: Item, options: argparse.Namespace) -> tuple[int, str, str]:
    """In a process of its own: the exit status, what is to be printed, and why nothing is."""
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        try:
            status = _prove_item(suite.named_again(item), options)
        except SymderivError as error:
            return 2, "", str(error)
        except RecursionError:
            return 2, "", "the expression is nested too deeply\n  try:  name its parts with sd.define"
    return status, printed.getvalue(), ""


def _prove_item(item: Item, options: argparse.Namespace) -> int:
    result, entries = suite.outcome(item)
    claims = [(entry.part, entry.subject) for entry in entries if entry.part is not None]
    if claims:
        _write_outputs([subject for _, subject in claims], options, item.title)
    if options.json:
        data = result.to_json()
        data["proofs"] = [subject.proof.latex(grain=options.grain or "steps") for _, subject in claims
                          if hasattr(subject, "proof")]
        _print_json(data)
    else:
        print(f"{render.in_characters(item.title)}\n  {_name(item.file)}:{item.line}\n"
              f"  {result.status}, {_seconds(result.seconds)}")
        for part, subject in claims:
            about = render.in_characters(part.misprint or part.caption)
            print(f"\n{about + ': ' if about else ''}{part.text}\n  {part.status}" + (
                f": {part.evidence}" if part.evidence else ""))
            if part.counterexample:
                print(f"  counterexample: {part.counterexample}")
            if hasattr(subject, "proof"):
                _print_proof(subject.proof, options)
    if result.error:
        print(f"symderiv: {item.name}: {result.error}", file=sys.stderr)
    return 0 if result.ok else 1


def _find(items: Sequence[Item], name: str) -> Item:
    """The item of a name.  Raises DeclarationError, with the nearest names, where there is none or more than one."""
    def stem(item: Item) -> str:
        return os.path.splitext(os.path.basename(item.file))[0]

    wanted = name.strip()
    found = [i for i in items if wanted in (i.name, i.title, render.in_characters(i.title), i.reference,
                                            f"{stem(i)}.{i.name}", f"{i.file}:{i.name}")]
    if len(found) == 1:
        return found[0]
    if found:
        choices = ", ".join(f"{stem(i)}.{i.name}" for i in found)
        raise DeclarationError(f"{len(found)} items are named {wanted}", hint=f"say which: {choices}")
    if "=" in wanted:
        raise DeclarationError(f"no item states {wanted}", hint='--given "A: m n; B: n m" proves an equation of your own')
    near = get_close_matches(wanted, [i.name for i in items] + [i.title for i in items], 3, 0.4)
    raise DeclarationError(f"no item is named {wanted}",
                           hint="did you mean " + ", ".join(near) + "?" if near else "see symderiv list")


def _backward(options: argparse.Namespace, given: str | None) -> int:
    """A person's own backward function against the derived gradient."""
    from .referee.own_backward import check_written

    if not options.wrt or len(options.files) != 1:
        raise DeclarationError("--backward needs one loss and --wrt", hint="symderiv verify LOSS --given DECLARATIONS "
                               "--wrt W --backward module:function")
    loss = options.files[0]
    found = check_written(_source(loss) if os.path.isfile(loss) else loss, given or "", options.wrt, options.backward,
                          options.upstream)
    if options.json:
        _print_json(found.to_json())
    else:
        print(found)
    return 0 if found.ok else 1


def _verify(options: argparse.Namespace) -> int:
    from .render.verify_files import given_text, told_apart, verify_files

    told_apart(options)
    given = given_text(options.given)
    if options.backward:
        return _backward(options, given)
    with _Progress() as progress:
        found = verify_files(options, given, options.workers or suite.default_workers(), progress.say)
    if options.json:
        _print_json(found.to_json())
    elif text := found.shown(options):
        print(text)
    for error in found.errors():
        print(f"symderiv: {error}", file=sys.stderr)
    return found.exit_status


def _serve(options: argparse.Namespace) -> int:
    part("serve").serve(options.port, options.host, workers=options.workers, seconds=options.seconds,
                        open_browser=options.open)
    return 0


def _page(options: argparse.Namespace) -> int:
    with _Progress() as progress:
        written = part("site").write_site(options.output, options.pyodide, progress.say)
    print(f"written: {written}")
    return 0


def _doctor(options: argparse.Namespace) -> int:
    found = part("doctor").findings()
    if options.json:
        _print_json([{"name": each.name, "found": each.found or None, "brings": each.brings, "get": each.get or None}
                     for each in found])
    else:
        print("\n".join(map(str, found)))
    return 0


def _speak(options: argparse.Namespace) -> int:
    """A protocol on standard input and output, which carry nothing else."""
    sys.stdout = sys.__stdout__
    part(options.command).run(options.workers, options.seconds)
    return 0


def _count_layers(options: argparse.Namespace) -> int:
    from .counting.description import read_description, read_sizes

    network, given = read_description(_source(options.file))
    sizes = read_sizes(options.input) if options.input else given
    if sizes is None:
        raise DeclarationError("the sizes of the input are not known",
                               hint='--input "3 224 224", or a line: input = 3, 224, 224')
    table = network.table(sizes, operations=options.operations, also=options.also.replace(",", " ").split(),
                          batch=options.batch)
    shown = table.explain(options.explain) if options.explain else table
    if options.html:
        print(f"wrote {_name(table.to_html(options.html))}", file=sys.stderr)
    if options.json:
        _print_json(shown.to_dict())
    elif options.latex or not options.html or options.explain:
        print(shown.latex() if options.latex else shown)
    return 0


def _source(path: str) -> str:
    """The text of a file, or of standard input.  Raises DeclarationError."""
    try:
        if path == "-":
            return sys.stdin.read()
        with open(path, "rb") as stream:
            data = stream.read(FILE.limit + 1)
        FILE.admit(len(data), path)
        return data.decode()
    except (OSError, UnicodeDecodeError) as error:
        raise DeclarationError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from error


def _check(options: argparse.Namespace) -> int:
    start, ran = time.perf_counter(), 0
    with _Progress() as progress:
        def told(done: int, found: int, result: Result) -> None:
            nonlocal ran
            ran += 1
            progress(done, found, result)

        results = suite.results_of(options.path, options.workers or suite.default_workers(), options.seconds, options.fresh,
                                  told, written=False)
    seconds = time.perf_counter() - start
    failed = [result for result in results if not result.ok]
    if options.json:
        counts = {status: sum(r.status == status for r in results) for status in reversed(suite.RANKS)}
        _print_json({"ok": not failed, "seconds": round(seconds, 3), "counts": counts,
                     "items": [result.to_json() for result in results]})
    else:
        _print_table(results)
        _print_totals(results)
        kept = f", {len(results) - ran} of them unchanged and kept" if ran < len(results) else ""
        print(f"{_summary(results)} in {_seconds(seconds)}{kept}")
        _print_failures(failed)
    return 1 if failed else 0


def _certify(options: argparse.Namespace) -> int:
    from .suite.collect import collect

    items = collect(options.path)
    with _Progress() as progress:
        report = suite.certify(items, options.output, progress)
    for name, reason in report.missing:
        print(f"{name}: {reason}", file=sys.stderr)
    print(f"{report.written} certificates of {report.written} proved claims in {options.output}"
          + f"; {len(report.missing)} are supported" * bool(report.missing))
    return 0 if report.written else 1


def _new(options: argparse.Namespace) -> int:
    given = {name: getattr(options, name) for name in ("title", "author", "course", "language")}
    for path in suite.started(options.folder, **given):
        print(f"wrote {_name(path)}")
    print(f"next: symderiv book {_name(options.folder)} --watch")
    return 0


def _book(options: argparse.Namespace) -> int:
    if (options.output is None) != options.watch:
        wrong = "--watch writes no files, so that -o has no sense" if options.watch else "-o DIR is needed, or --watch"
        print(f"symderiv book: error: {wrong}; symderiv book --help says more", file=sys.stderr)
        raise SystemExit(2)
    if options.watch:
        return int(suite.watched(options, lambda told: print(told, flush=True)))
    with _Progress() as progress:
        results, book = suite.made_book(options, progress, progress.say)
    failed = [result for result in results if not result.ok]
    message = "\n".join(filter(None, (book.message, *(f"book.pdf: {fault}" for fault in book.faults))))
    if options.json:
        _print_json({"ok": not failed and not book.faults, "files": [str(file) for file in book.files],
                     "message": message or None, "items": [result.to_json() for result in results]})
    else:
        print(_summary(results))
        for file in book.files:
            print(f"wrote {_name(file)}")
        _print_failures(failed)
    if message:
        print(f"symderiv: {message}", file=sys.stderr)
    return 1 if failed or book.faults else 0


class _Progress:
    """How far the work is: a bar that is redrawn on a terminal; elsewhere a line now and then, on standard error."""

    QUIET_SECONDS = 2.0

    def __init__(self) -> None:
        self.bar = sys.stderr.isatty()
        self.next = time.monotonic() + self.QUIET_SECONDS

    def __enter__(self) -> _Progress:
        return self

    def __exit__(self, *_: object) -> None:
        if self.bar:
            self._wipe("")

    def __call__(self, done: int, found: int, result: Result) -> None:
        """Tell that an item is done."""
        if self.bar:
            filled = 24 * done // found
            self.say(f"[{'#' * filled}{'.' * (24 - filled)}] {done}/{found} {result.name}")
        elif time.monotonic() >= self.next:
            self.say(f"{done} of {found} items done")

    def say(self, text: str) -> None:
        """Tell what is being done."""
        if self.bar:
            self._wipe(shown(text[:78], keep=""))
        elif time.monotonic() >= self.next:
            print(f"symderiv: {text}", file=sys.stderr, flush=True)
            self.next = time.monotonic() + self.QUIET_SECONDS


    def _wipe(self, text: str) -> None:
        """The line anew: our own controls go past what shows those of others."""
        with contextlib.suppress(OSError):
            stream = getattr(sys.stderr, "stream", sys.stderr)
            print(f"\r\x1b[K{text}", end="", file=stream, flush=True)


def _print_table(results: Iterable[Result]) -> None:
    file = ""
    for result in results:
        if result.file != file:
            file = result.file
            print(_name(file))
        mark = " " if result.ok else "!"
        number = f"{result.reference}  " if result.reference else ""
        print(f"{mark} {result.status:<9} {_seconds(result.seconds):>8}  {number}{render.in_characters(result.title)}")


def _print_totals(results: Sequence[Result]) -> None:
    """A line for each file: how many items have which status, and how long they took."""
    files = list(dict.fromkeys(result.file for result in results))
    width = max(map(len, [*files, "all"]))
    statuses = suite.RANKS[:0:-1] + (("error",) if any(r.status == "error" for r in results) else ())
    print("\n" + " " * width + "".join(f"{status:>13}" for status in statuses) + f"{'time':>10}")
    for name in [*files, "all"] if len(files) > 1 else files:
        group = [r for r in results if name in ("all", r.file)]
        counts = "".join(f"{sum(r.status == status for r in group) or '.':>13}" for status in statuses)
        print(f"{_name(name):<{width}}{counts}{_seconds(sum(r.seconds for r in group)):>10}")


def _print_failures(failed: Iterable[Result]) -> None:
    for result in failed:
        print(f"\n{_name(result.file)}:{result.line} {result.name}\n  " + result.error.replace("\n", "\n  "))


def _summary(results: Sequence[Result]) -> str:
    counts = [(status, sum(r.status == status for r in results)) for status in reversed(suite.RANKS)]
    failed = sum(not r.ok for r in results)
    told = ", ".join(f"{count} {status}" for status, count in counts if count)
    return f"{len(results)} items: {told}" + (f"; {failed} failed" if failed else "")


def _seconds(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.2f} s"


def _write_outputs(subjects: Sequence[Any], options: argparse.Namespace, title: str) -> None:
    """Write the files that were asked for; nothing is written where TeX is wanted and missing."""
    if not (options.tex or options.pdf or options.html):
        return
    from .render.document import document

    if options.pdf:
        render.require_engine()
    grain = options.grain or "steps"
    paper = tuple(render.printed_proof(render.subject_section(subject, grain=grain)) for subject in subjects)
    if options.tex:
        print(f"wrote {_name(render.write_text(options.tex, document(title, paper)))}", file=sys.stderr)
    if options.pdf:
        print(f"wrote {_name(render.write_bytes(options.pdf, render.compile_pdf(document(title, paper))))}", file=sys.stderr)
    if options.html:
        # On a page every grain size can be folded away, so all are there unless one was asked for.
        sections = tuple(replace(render.subject_section(subject, grain=options.grain or "rewrites"), title="")
                         for subject in subjects)
        print(f"wrote {_name(render.write_text(options.html, render.page(title, sections)))}", file=sys.stderr)


def _name(path: object) -> str:
    """The name of a file on one line."""
    return shown(str(path), keep="")


def _print_json(data: Any) -> None:
    text = json.dumps(carried(data), indent=2, ensure_ascii=False)
    print(shown(text, keep="\n", write=lambda char: json.dumps(char)[1:-1]))


if __name__ == "__main__":
    sys.exit(main())
