"""Whole documents: each scope is refereed with what it says of its names, and what the scopes around it say."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from ..answers import HOLDS
from ..arrays.arrays import Tensor, tensor
from ..arrays.operator import shape_of
from ..arrays.registry import RECORDS
from ..arrays.sizes import same_size
from ..errors import SymderivError
from ..functions.network_functions import stop_gradient
from ..reader.declare.context import DeclaredNames, Definition, Quantity
from ..reader.declare.declarations import declare_also
from ..reader.declare.function_names import canonical
from ..reader.declare.shapes_told import shapes_in, spaces_in
from ..reader.declare.told import (
    LETTER,
    MAP,
    NORMAL_LAW,
    SCALAR,
    Mathematics,
    Told,
    decomposed,
    held_fixed,
    in_formula,
    in_words,
    names_of,
)
from ..reader.document.displays import code_in
from ..reader.document.formats import PLAIN
from ..reader.document.surroundings import marked
from ..reader.syntax import tree as t
from ..reader.syntax.connectives import connectives
from ..reader.syntax.spellings import REALS
from .any_function import of_any_function
from .fonts_apart import fonts_apart
from .other_readings import Refereed, Run, head_of, left_open, otherwise_read
from .report import ACCEPTED, Line, Report
from .roles import ClassifiedText, Parsed, lets, names_in, names_read, said_to_define, sentence_before
from .shape_inference import ODD
from .spellings_used import Spellings, scan
from .taken import LABELS, TakenNames, complete, merged
from .text_rows import TextRow, Written, sentence_until

# A referee's report on some rows under some declarations, and what it read; the flag leaves out the search for slips.
MAX_TRIALS = 3
MAX_CAPITALS = 6
# Slips that explain a wrong line whatever the shapes are, so that no other guess of these is looked for.
EXPLAINED = re.compile(r"sign|exponent|factor (?:2|1/2) (?:lost|too many)|a term lost")


@dataclass(frozen=True)
class DocumentScope:
    """A part of a document in which a name has one meaning."""

    start: int
    end: int
    title: str
    anew: bool
    level: int
    rows: tuple[TextRow, ...]


@dataclass
class Known:
    """What is known where a scope begins."""

    context: DeclaredNames
    told: dict[str, Told] = field(default_factory=dict)


def scopes_of(text: Written) -> list[DocumentScope]:
    """The scopes of a document, with their rows."""
    assert text.page is not None
    starts = text.page.scopes
    found = []
    for place, each in enumerate(starts):
        end = starts[place + 1].offset if place + 1 < len(starts) else len(text.source.text)
        rows = tuple(row for row in text.rows if each.offset <= row.start < end)
        found.append(DocumentScope(each.offset, end, each.title, each.anew, each.level, rows))
    return found


# The size in "2-dimensional", "a vector with 3 entries", "of length 3".
_SIZE_IN_WORDS = re.compile(r"(?<![\w.,^$⟩])(?<![-–])\d{1,4}(?=-?\s?(?:dimensional|vector|entries|components)\b)|"
                            r"(?:(?<=\blength )(?!1\b)|(?<=\bdimension )|(?<=\bsize ))\d{1,4}(?![\w.,]*\w|\s*(?:×|x|by)\b)")


def _sizes_marked(words: str, stretches: list[Mathematics]) -> tuple[str, list[Mathematics]]:
    """Sentences in which a size that is a number counts as mathematics, as one between dollar signs does."""
    every = list(stretches)

    def mark(size: re.Match[str]) -> str:
        every.append(Mathematics(0, 0, size[0]))
        return f"⟨{len(every) - 1}⟩"

    return _SIZE_IN_WORDS.sub(mark, words), every


_LETTING = re.compile(rf"\b(?:{connectives('tells')})\b", re.IGNORECASE)
_CLAIMED = re.compile(rf"\b(?:{connectives('claims')})\b(?!.*{_LETTING.pattern})", re.IGNORECASE | re.DOTALL)


def facts(text: Written, scope: DocumentScope) -> list[Told]:
    """What a scope says of names, in its formulas and in its words."""
    page = text.page
    assert page is not None
    inside = [each for each in page.stretches if scope.start <= each.start < scope.end]
    stretches = [Mathematics(each.start, each.end, _space_signed(page.shown[each.start:each.end], page.format),
                             each.display is not None) for each in inside]
    found: list[Told] = []
    for each in stretches:
        if not each.display:
            # "Then $A = A^\top$" claims what "with $A = A^\top$" says.
            claimed = _CLAIMED.search(sentence_until(page.shown, each.start, scope.start))
            said = in_formula(each.text, each.start, text.macros)
            law = NORMAL_LAW.search(each.text)
            space = _space_behind(page.shown, [x for x in stretches if x.start >= each.end][:3]) if law else ()
            found.extend(replace(told, sizes=space) if told.rank == 1 == len(space) and not told.sizes else told
                         for told in said if law or not (claimed and told.properties))
    for row in scope.rows:
        if not row.inline:
            for part in re.split(r"\\q?quad\b|\\text(?:rm|it)?\s*\{[^{}]*\}|&", row.text):
                said = in_formula(part, row.start, text.macros)
                lets = _LETTING.search(sentence_until(page.shown, row.start, scope.start))
                found.extend(told for told in said if told.sizes or told.values or told.depends
                             or (told.rank == 2 and (lets or not told.properties)))
            for remark in _REMARK.findall(row.text):
                # "(because $\sum_i t_i = 1$)" beside a line.
                for formula in re.findall(r"\$([^$]+)\$", remark):
                    found.extend(in_formula(formula, row.start, text.macros))
    sizes = {told.pattern.text: told.sizes for told in found if len(told.sizes) == 2}
    for each in stretches:
        before, behind = (page.shown[max(scope.start, each.start - 120):each.start], page.shown[each.end:each.end + 80])
        found.extend(decomposed(each.text, re.split(r"[.;]\s|\n\s*\n(?=.*\n)", before)[-1],
                                re.split(r"[.;]\s|\n\s*\n(?=.*\n)", behind)[0], each.start, text.macros, sizes))
    words, stretches = _sizes_marked(marked(page.shown, inside, scope.start, scope.end), stretches)
    found.extend(in_words(words, stretches, text.macros))
    # A shape that is written out says more than any word.
    between = [*_between([each for each in stretches if each.display], scope.start, scope.end),
               *(span for span in code_in(page.shown) if scope.start <= span[0] < scope.end)]
    exact = [told for start, end in between for told in shapes_in(page.shown, start, end, text.macros)]
    exact += spaces_in(page.shown, scope.start, scope.end, text.macros) if page.format == PLAIN else ()
    negative = {name for each in inside for name in _NEGATIVE.findall(page.shown[each.start:each.end])}
    found = [replace(told, properties=told.properties - {"positive"}) if told.pattern.base[0] in negative else told
             for told in found]
    return [*exact, *sorted(found, key=lambda told: told.offset)]


def _space_behind(shown: str, stretches: Sequence[Mathematics]) -> tuple[str, ...]:
    """The size of the space that a sentence names alone, as in "p = N(m, S) and q = N(m', S') on R^d"."""
    for each in stretches:
        alone = _SPACE_ALONE.fullmatch(each.text)
        if alone and not re.search(r"[.;]\s|\n\s*\n", shown[stretches[0].start:each.start]):
            return (alone[1] or alone[2],)
    return ()


_SPACE_ALONE = re.compile(rf"\s*{REALS}\s*\^\s*(?:(\w)|\{{\s*(\w+)\s*\}})\s*")


def _space_signed(formula: str, kind: str) -> str:
    """A formula in which "in R^n" of plain text is written with signs, or "∈ Rn×n" as it is copied from a page."""
    if kind != PLAIN:
        return formula
    return _COPIED.sub(r"∈ ℝ^{\1}", re.sub(r"\bin\s{1,8}R(?=\s{0,8}\^)", "∈ ℝ", formula))


_COPIED = re.compile(r"(?:∈|\bin\b)\s{0,8}[Rℝ]\s?([a-z]\w?(?:\s?×\s?[a-z\d]\w?)?)(?!\w)")


# Of what is negative in some case, "for x > 0" says only that it is another.
_NEGATIVE = re.compile(r"^\s*\\?([A-Za-z]{1,9})\s*(?:<|\\lt\b|\\leq?(?:slant)?\b|≤)\s*0\s*$")


def _between(displays: Sequence[Mathematics], start: int, end: int) -> Iterator[tuple[int, int]]:
    """The stretches of a scope between its displays."""
    for each in displays:
        yield start, each.start
        start = each.end
    yield start, end


def scope_held(text: Written, scope: DocumentScope) -> frozenset[str]:
    """Names that a scope says are held fixed."""
    page = text.page
    assert page is not None
    inside = [each for each in page.stretches if scope.start <= each.start < scope.end]
    marks = [Mathematics(each.start, each.end, page.shown[each.start:each.end]) for each in inside]
    return frozenset(held_fixed(marked(page.shown, inside, scope.start, scope.end), marks, text.macros))


def referee_scopes(text: Written, known: DeclaredNames, run: Run) -> Report:
    """One report on all scopes of a document."""
    given = {r.name for r in known.all()}
    scopes = scopes_of(text)
    apart = fonts_apart(text, (told for scope in scopes for told in facts(text, scope)), given)
    text = replace(text, macros=text.macros | apart) if apart else text
    lines: list[Line] = []
    taken_all: dict[str, TakenNames] = {}
    now = Known(known)
    outer: list[tuple[int, Known]] = []
    remarks: list[str] = []
    last: tuple[str, ...] = ()
    missing: dict[str, str] = {}
    for scope in scopes:
        if scope.anew:
            while outer and outer[-1][0] >= scope.level:
                outer.pop()
            outer.append((scope.level, Known(now.context, dict(now.told))))
        said = facts(text, scope)
        rest: tuple[TextRow, ...] = scope.rows
        first = True
        # What words say of a name in a section says nothing of what stands above that.
        worded = tuple(each for each in text.worded if text.source.text.find(each) < scope.end)
        while rest or first:
            part = replace(text, rows=tuple(replace(row, number=k) for k, row in enumerate(rest)), problems=(),
                           worded=worded)
            taken, report, reading, rest = _referee(part, now, said if first else [], scope, given, run, rest)
            first = False
            if report is not None:
                shift = len(lines)
                lines.extend(replace(line, number=line.number + shift) for line in report.lines)
                remarks.extend(r for r in report.remarks if r not in remarks)
                last = report.next_step
                for each in report.needed:
                    missing.setdefault(each.partition(":")[0], each)
            if reading is not None:
                now.context = reading.context
                if "d" not in known.signs:
                    # That dX was read as a name in one section says nothing of the next.
                    now.context.signs = {sign: what for sign, what in now.context.signs.items() if sign != "d"}
            now.told.update(taken.told)
            taken_all[f"{scope.start}.{len(taken_all)}"] = taken
    for problem in text.problems:
        lines.append(Line(len(lines), "", "unread", message=problem.message, place=(problem.line or 1, problem.column or 1)))
    declarations = [d for each in taken_all.values() for d in each.declarations.values()]
    shown = tuple(dict.fromkeys(str(d) for d in declarations))
    unused = tuple(r for r in remarks if r.endswith(" is declared and not used") and r.split()[0] in given and all(
        r.split()[0] not in line.text for line in lines))
    problems = tuple(str(p) for p in now.context.problems)
    return Report(tuple(lines), text, problems, unused, last, shown, tuple(missing.values()))


def _referee(part: Written, now: Known, said: Sequence[Told], scope: DocumentScope, given: set[str], run: Run,
             rows: tuple[TextRow, ...]) -> tuple[TakenNames, Report | None, ClassifiedText | None, tuple[TextRow, ...]]:
    """The verdicts on the rows of one scope, up to where a name is defined again."""
    spans = [(row.start, row.end) for row in rows]
    context = now.context.copy()
    context.macros |= part.macros
    context.cases = {} if scope.anew else context.cases
    plain = DeclaredNames(macros=dict(part.macros))
    used = scan(part.source, spans, plain, above=now.context)
    # Of the steps of a recurrence, t = 1, ..., T, the h_t are no entries of one array.
    running = {each.pattern.base[0] for each in said if each.meaning == LETTER} - used.steps
    told = {**now.told, **merged(said, used.letters | running)}
    fresh = merged(said, used.letters)
    for name, each in list(fresh.items()):
        # That the entries of P sum to 1 is a property of the P that is known, and no other P.
        if not each.sizes and not each.meaning and not scope.anew and any(
                isinstance(r, Definition) for r in context.by_name(name)):
            del fresh[name], told[name]
    known = {name for name in fresh if name not in used.names and name not in used.heads and context.by_name(name)}
    dropped = {name for name in (*fresh, *(_begun(used, context) if scope.anew else ())) if name not in given} - known
    otherwise = _used_otherwise(now.context, used) - given
    told = {name: each for name, each in told.items() if name in fresh or name not in otherwise}
    _forget(context, dropped | otherwise, given)
    _declare_values(context, fresh, known)
    taken = TakenNames(told)
    context.held |= scope_held(part, scope)
    if not rows:
        return taken, None, None, ()
    report, reading = run(part, complete(part, context, taken, given, {}), False)
    inherited = [name for name in used.names if (name in now.told or name in now.context.guessed)
                 and name not in fresh and name not in given]
    open_: dict[int, str] = {}
    # What an earlier section says of a name may be of another: that is looked at first.
    waits = bool(inherited) and any(line.status == "ill-typed" for line in report.lines)
    if not waits:
        part, report, reading, open_ = _read_otherwise(part, context, taken, given, run, report, reading)
    again = _defined_again(part, report, reading, given)
    if again is not None:
        kept = report
        if again.row:
            before = replace(part, rows=part.rows[:again.row])
            kept = replace(report, lines=report.lines[:again.row])
            kept, _ = _settled(before, context, taken, given, run, kept, reading, said, open_)
        if not again.row:
            _forget(context, {again.name}, set())
            report, reading = run(part, complete(part, context, taken, given, {}), False)
            _, taken, report, reading = _afresh(part, context, taken, given, inherited, run, report, reading)
            return taken, report, reading, ()
        _forget_later(reading.context, _later(reading, rows[again.row].start, taken, used), given)
        _forget(reading.context, {again.name, *_given_with(reading, again)}, set())
        return taken, kept, reading, rows[again.row:]
    divided = _divided(part, now.context, said, used, given, run, report) \
        or _told_anew(part, now.context, said, used, given, run, report)
    if divided is not None:
        return divided
    context, taken, report, reading = _afresh(part, context, taken, given, inherited, run, report, reading)
    if waits:
        part, report, reading, open_ = _read_otherwise(part, context, taken, given, run, report, reading)
    report, reading = _settled(part, context, taken, given, run, report, reading, said, open_)
    return taken, report, reading, ()


def _begun(used: Spellings, context: DeclaredNames) -> set[str]:
    """The names with which a scope begins anew; f(x*) = ... says what a known f is there."""
    known = {name for name in used.valued for r in context.by_name(name) if isinstance(r, Definition) and r.parameters}
    return {name for name, place in used.heads.items() if name not in used.names or place <= used.names[name].first} - known


def _declare_values(context: DeclaredNames, told: Mapping[str, Told], known: set[str]) -> None:
    """Declare what values names take that are known: "with y_i in {-1, 1}", of the y that formulas above are made of."""
    for name in known:
        if told[name].values.startswith("{"):
            with suppress(SymderivError):
                declare_also(context, f"{name}_i \\in \\{told[name].values[:-1]}\\}}")


def _read_otherwise(part: Written, context: DeclaredNames, taken: TakenNames, given: set[str], run: Run, report: Report,
                    reading: ClassifiedText) -> tuple[Written, Report, ClassifiedText, dict[int, str]]:
    """The text under the best guess of what else its names may be, and the lines that hang on others."""
    found, open_ = otherwise_read(Refereed(part, report, reading), lambda other: complete(
        other, context, TakenNames(dict(taken.told)), given, {}), run, given)
    if found.text is not part:
        complete(found.text, context, taken, given, {})
    return found.text, found.report, found.reading, open_


def _settled(part: Written, context: DeclaredNames, taken: TakenNames, given: set[str], run: Run, report: Report,
             reading: ClassifiedText, said: Sequence[Told], open_: dict[int, str]) -> tuple[Report, ClassifiedText]:
    """The verdicts under the guesses that fit best, and under what is supposed for some lines alone."""
    report, reading = _otherwise(part, context, taken, given, run, report, reading)
    report = _said_below(part, reading, said, given, run, report)
    report = _held(part, reading, run, _supposed(part, reading, said, run, report))
    report = _exchanged(reading, taken, _at_values(part, reading, run, report))
    report = _of_numbers_alone(part, context, taken, given, run, report, reading)
    report = left_open(_of_one_variance(taken, reading, report), open_)
    return of_any_function(report, reading, frozenset(n for n, told in taken.told.items() if told.meaning == MAP)), reading


def _exchanged(reading: ClassifiedText, taken: TakenNames, report: Report) -> Report:
    """Lines that exchange factors beside a transpose are not decided where a factor was only guessed to be a number.

    With a number y, x'y = yx' says nothing; with a vector y it is wrong.
    """
    lines = list(report.lines)
    for place, line in enumerate(lines):
        parsed = reading.rows[line.number].line if line.status in ACCEPTED else None
        for part in parsed.parts if parsed is not None else ():
            for left, right in zip(part.sides, part.sides[1:], strict=False) if isinstance(part, t.Relation) else ():
                if not isinstance(left, t.Factors) or not isinstance(right, t.Factors) or left == right:
                    continue
                numbers = [f.name for f in left.factors if isinstance(f, t.Name) and not f.arity and f.name in taken.guessed]
                if numbers and Counter(left.factors) == Counter(right.factors) \
                        and any(isinstance(f, t.Transpose) for f in left.factors):
                    told = f"it holds for numbers {', '.join(numbers)}, and nothing says that they are: declare it"
                    lines[place] = replace(line, status="undecided", message=told, notes=(), proofs=())
    return replace(report, lines=tuple(lines))


def _divided_by(lines: Iterable[t.Tree]) -> set[str]:
    """Names that stand below a division by themselves, as no matrix does."""
    nodes = [node for line in lines for node in t.walk(line)]
    below = [node.bottom for node in nodes if isinstance(node, t.Fraction)]
    below += [f for node in nodes if isinstance(node, t.Factors)
              for sign, f in zip(node.joints, node.factors[1:], strict=True) if sign == "/"]
    return {each.name for each in below if isinstance(each, t.Name)}


def _of_numbers_alone(part: Written, context: DeclaredNames, taken: TakenNames, given: set[str], run: Run,
                      report: Report, reading: ClassifiedText) -> Report:
    """Lines that hold since capitals were guessed to be numbers or vectors are not decided, where they may be matrices.

    Among numbers factors can be exchanged and a transpose is lost: ∂‖R - PQ‖²/∂Q = -2(R - PQ)P.  With numbers x a
    wrong gradient by W is right for a vector W: ∂‖Wx - y‖²/∂W = 2x(Wx - y)'.
    """
    guessed: dict[int, dict[str, int]] = {0: {}, 1: {}}
    below = _divided_by(p.line for p in reading.rows if p.line is not None)
    for name, ranks in taken.guessed.items():
        if name in below:
            continue
        stem, rank = name.split("_")[0].split("^")[0], min({0, 1, 2} - {*ranks}, default=2)
        if rank < 2 and 2 in ranks and len(stem) == 1 and stem.isupper() and len(guessed[rank]) < MAX_CAPITALS:
            other = TakenNames(taken.told)
            complete(part, context, other, given, {**guessed[rank], name: 2})
            if rank or other.cost <= taken.cost:
                guessed[rank][name] = 2
    lines = list(report.lines)
    for rank, chosen in guessed.items():
        accepted = [line for line in lines if line.status in ACCEPTED]
        if not chosen or not accepted:
            continue
        found, reading = run(part, complete(part, context, TakenNames(taken.told), given, chosen), True)
        reads = [names_read(reading.context, [p.line] if p.line is not None else []) & chosen.keys() for p in reading.rows]
        by = [p.varied & chosen.keys() for p in reading.rows]
        fails = [line.status in ("refuted", "ill-typed") for line in found.lines]
        # Where what is differentiated has no value for matrices, it is about none.
        vectors = {name for k, named in enumerate(reads) if rank and fails[k] and not by[k] for name in named}
        for line in accepted:
            named = sorted((by if rank else reads)[line.number] - vectors)
            if named and fails[line.number]:
                told = f"it holds for {('numbers', 'vectors')[rank]} {', '.join(named)}, not for matrices, and nothing " \
                    "says which they are: declare it"
                lines[line.number] = replace(line, status="undecided", message=told, notes=(), proofs=())
    return replace(report, lines=tuple(lines))


def _used_otherwise(context: DeclaredNames, used: Spellings) -> set[str]:
    """Numbers of the text above that have entries here, or were guessed and are letters, and arrays that are classes here:
    they are other names."""
    numbers = {r.name: r.depends for r in context.all() if isinstance(r, Quantity) and not r.rank}
    entries = {name for name, each in used.names.items() if each.arity and name in numbers and not each.pattern.subs and any(
        isinstance(r.value, Tensor) for r in context.by_name(name) if isinstance(r, Quantity))}
    # What above is a number and here stands before brackets alone, as in σ(w'x), is a function here.
    called = {name for name, each in used.names.items() if name in numbers and each.called and "" in each.arguments
              and each.called == len(each.whole)}
    letters = {name for name in context.guessed.keys() & numbers.keys() if name in used.letters}
    found = entries | called | used.of_weights | letters
    here = {name: used.names[name] for name in context.guessed.keys() & numbers.keys() & used.names.keys()}
    # A loss of h above, which is L(theta) here, is another one too.
    return found | {name for name, each in here.items() if each.arity or (
        numbers[name] and len(each.arguments - {""}) == 1 and not each.arguments & {*numbers[name]})}


def _of_one_variance(taken: TakenNames, reading: ClassifiedText, report: Report) -> Report:
    """Lines that hold since Σ_k was taken to be a number for each k, where it may be a matrix, as true on that condition."""
    chosen = sorted(name for name, ranks in taken.guessed.items() if 3 in ranks and len(
        taken.declarations[name].text.partition(":")[2].split()) == 1)
    lines = list(report.lines)
    for k, line in enumerate(lines):
        parsed = reading.rows[line.number].line if chosen and line.status in ACCEPTED else None
        if parsed is not None and not names_read(reading.context, (parsed,)).isdisjoint(chosen):
            told = f"true if each of {', '.join(chosen)} is a number, which was not declared"
            lines[k] = replace(line, status="conditional", message=told, suggestion=None)
    return replace(report, lines=tuple(lines))


def _divided(part: Written, known: DeclaredNames, said: Sequence[Told], used: Spellings, given: set[str], run: Run,
             report: Report) -> tuple[TakenNames, Report, ClassifiedText, tuple[TextRow, ...]] | None:
    """The first rows alone, where x is one example in them and x_i one of many below; None where no more lines hold so."""
    bad = [line for line in report.lines if line.status in ("refuted", "ill-typed")]
    apart = {name: min(each.parts) for name, each in used.names.items() if each.parts and each.whole and name not in given
             and max(each.whole) < min(each.parts)}
    start = min((place for name, place in apart.items() if any(name in line.text for line in bad)), default=0)
    rows = [row for row in part.rows if row.end <= start]
    if not rows or not any(line.number < len(rows) for line in bad):
        return None
    taken, found, reading = _alone(part, rows, known, merged((each for each in said if each.offset < start),
                                                              used.letters - {*apart}), given, run)
    if _score(found) <= _score(replace(report, lines=report.lines[:len(rows)])):
        return None
    for name, place in apart.items():
        one = next((r for r in reading.context.by_name(name) if isinstance(r, Quantity)), None)
        told = taken.told.pop(name, None)
        if one is not None:
            # Each of the many is as the one was.
            shape = tuple(str(size) for size in shape_of(one.value))
            taken.told[name] = replace(told or Told(one.pattern, place), rank=len(shape) + 1, sizes=("?", *shape), below=1)
    _forget(reading.context, {*apart}, given)
    return taken, found, reading, part.rows[len(rows):]


def _alone(part: Written, rows: Iterable[TextRow], known: DeclaredNames, told: dict[str, Told], given: set[str],
           run: Run) -> tuple[TakenNames, Report, ClassifiedText]:
    """The first rows of a part, refereed by what is told before they end."""
    before, context, taken = replace(part, rows=tuple(rows)), known.copy(), TakenNames(told)
    context.macros |= part.macros
    return taken, *run(before, complete(before, context, taken, given, {}), False)


_LET_ANEW = re.compile(r"(?:now\s|next,?\s|finally,?\s)?(?:let|consider|suppose|take|given|for)\b", re.IGNORECASE)


def _told_anew(part: Written, known: DeclaredNames, said: Sequence[Told], used: Spellings, given: set[str], run: Run,
               report: Report) -> tuple[TakenNames, Report, ClassifiedText, tuple[TextRow, ...]] | None:
    """The rows above a paragraph "Let x be in R^n" where x was a number; None where no line fails below it."""
    first: dict[str, Told] = {}
    for told in sorted(said, key=lambda told: told.offset):
        name, rank = told.pattern.text, 0 if told.meaning == SCALAR else told.rank
        if told.supposed or rank is None or (rank and not told.sizes) or name in given:
            continue
        old = first.setdefault(name, told)
        if (0 if old.meaning == SCALAR else old.rank) == rank:
            continue
        start = part.source.text.rfind("\n\n", 0, told.offset) + 2
        rows = [row for row in part.rows if row.end <= start]
        if not rows or old.offset >= start or not _LET_ANEW.match(part.source.text, start) or not any(
                line.status in ("refuted", "ill-typed") and line.number >= len(rows)
                and re.search(rf"(?<![A-Za-z]){re.escape(name)}(?![A-Za-z])", line.text) for line in report.lines):
            continue
        above = merged((each for each in said if each.offset < start), used.letters)
        taken, found, reading = _alone(part, rows, known, above, given, run)
        below = merged((each for each in said if each.offset >= start), used.letters)
        taken.told.update(below)
        _forget(reading.context, {*below}, given)
        return taken, found, reading, part.rows[len(rows):]
    return None


def _afresh(part: Written, context: DeclaredNames, taken: TakenNames, given: set[str], inherited: Sequence[str], run: Run,
            report: Report, reading: ClassifiedText) -> tuple[DeclaredNames, TakenNames, Report, ClassifiedText]:
    """Where lines of a new section have no type by what an earlier one says of a name, the name is another one here."""
    trials, best, kept = 0, _score(report), None
    for name in inherited:
        bad = [line for line in report.lines if line.status == "ill-typed"]
        if not bad or trials == MAX_TRIALS:
            break
        if not any(re.search(rf"(?<![A-Za-z]){re.escape(name)}(?![A-Za-z])", line.text) for line in bad):
            continue
        trials += 1
        other = context.copy()
        # With the rows that a matrix was made of above.
        own = next((r.value for r in other.by_name(name) if isinstance(r, Quantity)), None)
        rows = {r.name for r in other.all() if isinstance(r, Quantity) and own is not None and r.value == own}
        _forget(other, {name} | rows, given)
        named = TakenNames({k: v for k, v in taken.told.items() if k != name})
        made = complete(part, other, named, given, {})
        found, _ = run(part, made, True)
        if _score(found) > best:
            best, context, taken, report, kept = _score(found), other, named, found, made
    return context, taken, *((report, reading) if kept is None else run(part, kept, False))


def _later(reading: ClassifiedText, start: int, taken: TakenNames, used: Spellings) -> set[str]:
    """Names that are defined, or first used, behind a place: they are looked at afresh."""
    defined = {r.name for r in reading.context.all()
               if isinstance(r, Definition) and r.source is reading.source and r.tree.span[0] >= start}
    return defined | {name for name in taken.declarations if name in used.names and used.names[name].first >= start}


def _forget(context: DeclaredNames, names: set[str], given: set[str]) -> None:
    """Take the records of names out of a context."""
    for name in names - given:
        for record in list(context.by_name(name)):
            context.remove(record)
        context.texts.pop(name, None)
    context.names = {key: bucket for key, bucket in context.names.items() if bucket}
    context.constraints = [c for c in context.constraints if not names_in(c.tree) & (names - given)]
    context.values.clear()
    context.bodies.clear()


def _forget_later(context: DeclaredNames, names: set[str], given: set[str]) -> None:
    """Take out names that only what stands below speaks of: L depends on no bias that a new y_i = ... + b brings in."""
    _forget(context, names, given)
    for record in [r for r in context.all() if isinstance(r, Quantity) and names & {*r.depends}]:
        context.replace(record, replace(record, depends=tuple(x for x in record.depends if x not in names)))


def _score(report: Report) -> tuple[int, int]:
    """How many lines are accepted, less those that fail, and how many are.

    Whether a wrong line has a type, or can be read, tells nothing.
    """
    counts = report.counts()
    wrong = sum(line.wrong or line.status in ("ill-typed", "unread") for line in report.lines)
    accepted = sum(counts.get(s, 0) for s in ACCEPTED)
    return accepted - wrong, accepted


def _otherwise(part: Written, context: DeclaredNames, taken: TakenNames, given: set[str], run: Run, report: Report,
               reading: ClassifiedText) -> tuple[Report, ClassifiedText]:
    """Where lines fail by a shape that was only guessed, the guess under which most lines hold."""
    bad = [line for line in report.lines if line.status in ("refuted", "ill-typed")
           and not EXPLAINED.fullmatch(line.diagnosis or "")]
    if not bad or not taken.guessed:
        return report, reading
    trials, best, chosen = 0, _score(report), dict[str, int]()
    kept: DeclaredNames | None = None
    holds = dict[int, str]()
    for name, ranks in list(taken.guessed.items()):
        letter = re.escape(name.split("_")[0].split("^")[0])
        if name != LABELS and not any(re.search(rf"(?<![A-Za-z]){letter}(?![A-Za-z])", line.text) for line in bad):
            continue
        for rank in ranks:
            if trials == MAX_TRIALS:
                break
            trials += 1
            other = TakenNames(taken.told)
            made = complete(part, context, other, given, {**chosen, name: rank})
            if other.cost > taken.cost + ODD or (not rank and name != LABELS and other.cost >= taken.cost):
                # Among numbers nearly every line holds: a guess that the text speaks against excuses no line.
                continue
            found, _ = run(part, made, True)
            holds.update((line.number, name) for line in bad if found.lines[line.number].status in ACCEPTED)
            # That lines are not understood is no reason to take it: it costs none that holds.
            if _score(found) > best and _score(found)[1] >= best[1]:
                best, chosen[name], kept = _score(found), rank, made
                taken.declarations, taken.guessed = other.declarations, other.guessed
    report, reading = (report, reading) if kept is None else run(part, kept, False)
    return replace(report, lines=tuple(_by_another_guess(line, holds) for line in report.lines)), reading


def _by_another_guess(line: Line, holds: dict[int, str]) -> Line:
    """A line that fails by a guess, and holds by another that was tried, as not decided."""
    if line.status not in ("refuted", "ill-typed") or line.number not in holds:
        return line
    told = f"it fails by what {holds[line.number]} was taken for, and holds by another guess: declare it"
    return replace(line, status="undecided", message=told, counterexample=None, diagnosis=None, part="", suggestion=None,
                   notes=())


# ------------------------------------------------------------------ what is supposed for some lines alone

_REMARK = re.compile(r"\\text(?:rm|it|bf|sf|normal)?\s*\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}")
_PROPERTIES = re.compile(r"\b(symmetric|orthogonal|invertible|positive[- ]definite|diagonal)\b", re.IGNORECASE)


def _supposed(part: Written, reading: ClassifiedText, said: Sequence[Told], run: Run, report: Report) -> Report:
    """Lines beside which a property is supposed ("if A is symmetric"), judged under it."""
    lines = list(report.lines)
    needs = {line.supposing for line in lines if line.status == "conditional"}
    symmetric = frozenset(["symmetric"])
    for line in report.lines:
        if line.status not in ("refuted", "ill-typed", "conditional"):
            continue
        row = part.rows[line.number] if line.number < len(part.rows) else None
        found = list(_beside(part, row, said)) if row is not None else []
        unsaid = not found and line.status == "refuted"
        if unsaid:
            # A kernel that depends on a parameter is symmetric, said or not; so is what another line needs so.
            found = [(r.name, symmetric) for r in reading.context.all() if isinstance(r, Quantity)
                     and (r.depends or (r.name, symmetric) in needs) and r.rank == 2
                     and same_size(*shape_of(r.value))]
        where = list(_where_active(part, row, reading)) if row is not None else []
        # What lines above suppose, "if the hinge is active", may be meant further on.
        above = "" if where or line.status != "refuted" else ", as lines above suppose"
        where = where or [each for each in reading.context.cases if above]
        if not found and not where:
            continue
        context = reading.context.copy()
        shown = []
        for bound in where:
            with suppress(SymderivError):
                declare_also(context, bound)
                context.values.clear()
                shown.append(bound)
        above = above if shown else ""
        unsaid = unsaid and not shown
        found = found if not shown else []
        for name, properties in found:
            if _with_properties(context, name, properties):
                shown.append(f"{name} is {' and '.join(sorted(properties))}".replace("_", " "))
        if not shown:
            continue
        until = replace(part, rows=part.rows[:line.number + 1])
        judged = run(until, context, True)[0].lines[line.number]
        if judged.status in HOLDS and line.status == "refuted":
            judged = run(until, context, False)[0].lines[line.number]  # whether one slip explains where it fails
        if judged.status == line.status == "refuted" and line.diagnosis is None and unsaid:
            judged = run(until, context, False)[0].lines[line.number]  # where it is symmetric, one slip may explain it
            lines[line.number] = judged if judged.wrong and judged.diagnosis else line
        elif judged.status in ACCEPTED and (unsaid or above):
            also = f"; {judged.message}" if judged.status == "conditional" else ""
            lines[line.number] = replace(judged, status="conditional", counterexample=line.counterexample,
                                         message=f"true if {' and '.join(shown)}{above or ', which was not declared'}{also}")
        elif judged.status in ACCEPTED and (judged.status != "conditional" or line.status == "refuted"):
            lines[line.number] = replace(judged, notes=(*judged.notes, f"where {', '.join(shown)}, as the text supposes"))
            reading.context.cases |= dict.fromkeys(shown if where else ())
    return replace(report, lines=tuple(lines))


# What a matrix may be said to be only where it is needed, and is needed to be in the lines above.
_OF_LATER = frozenset(["symmetric", "positive_definite", "orthogonal", "diagonal"])


def _said_below(part: Written, reading: ClassifiedText, said: Sequence[Told], given: set[str], run: Run,
                report: Report) -> Report:
    """Lines that hold only by what is said of a matrix further down than beside the next line, under that condition."""
    first: dict[tuple[str, str], int] = {}
    for told in sorted(said, key=lambda told: told.offset):
        for each in () if told.supposed else sorted(told.properties & _OF_LATER):
            first.setdefault((replace(told.pattern, font="").text, each), told.offset)
    late = {key: sum(row.start < place for row in part.rows) - 1 for key, place in first.items() if key[0] not in given}
    lines = list(report.lines)
    for above in sorted({count for count in late.values() if count > 0}, reverse=True)[:MAX_TRIALS]:
        context = reading.context.copy()
        said_later = [key for key, count in late.items() if count >= above
                      and _with_properties(context, key[0], frozenset([key[1]]), False)]
        if not said_later or not any(line.status in HOLDS for line in lines[:above]):
            continue
        again, _ = run(replace(part, rows=part.rows[:above]), context, True)
        shown = " and ".join(f"{name} is {what}".replace("_", " ") for name, what in said_later)
        lines[:above] = [replace(line, status="conditional", counterexample=other.counterexample,
                                 message=f"true if {shown}, which is said only below")
                         if line.status in HOLDS and other.status in ("refuted", "conditional") else line
                         for line, other in zip(lines[:above], again.lines, strict=True)]
    return replace(report, lines=tuple(lines))


_NOISE = re.compile(r"\b(?:nois[ey]\w*|measure\w*|observ\w*|error terms?)\b", re.IGNORECASE)
_BESIDE_NOISE = 150


def _held(part: Written, reading: ClassifiedText, run: Run, report: Report) -> Report:
    """Lines that hold where data stay as they are: y = Xw + e with noise e says how y came about, and no loss varies it."""
    measured = list(_measured(part, reading))
    failed = [line for line in report.lines if line.status == "refuted"] if measured else []
    if not failed:
        return report
    context = reading.context.copy()
    for record in measured:
        still = t.Call(t.Function(stop_gradient.name), (record.tree,), span=record.tree.span)
        context.replace(record, replace(record, tree=still))
    context.values.clear()
    context.bodies.clear()
    again, _ = run(part, context, True)
    shown = " and ".join(sorted(record.name for record in measured))
    lines = list(report.lines)
    for line in failed:
        judged = again.lines[line.number]
        if judged.status in ACCEPTED and not _moves(reading.rows[line.number].line, {record.name for record in measured}):
            lines[line.number] = replace(judged, status="conditional", counterexample=line.counterexample,
                                         message=f"true if {shown} is held fixed, as data are, which was not declared")
    return replace(report, lines=tuple(lines))


def _moves(line: t.Tree | None, held: set[str]) -> bool:
    """Whether a line differentiates something that is made of what is held alone: that is no data there."""
    bodies = (n.body for n in (t.walk(line) if line is not None else ()) if isinstance(n, t.Derivative))
    made_of = ({n.name for n in t.walk(body) if isinstance(n, t.Name)} for body in bodies if body is not None)
    return any(names and names <= held for names in made_of)


# E[e] = 0, Var(e) = ...
_MOMENT = re.compile(r"(?:\\(?:math\w{1,3}|operatorname|text)\s?\{?\s?)?(?:E|Var|Cov)\}?\s?"
                     r"(?:\\left\s?|\\[bB]igg?l?\s?)?[\[(]\s{0,3}")


def _measured(part: Written, reading: ClassifiedText) -> Iterator[Definition]:
    """What is a sum with noise that nothing else speaks of, beside words that say so."""
    rows = [p.line for p in reading.rows if p.line is not None and not _MOMENT.match(p.row.text)]
    used = Counter(n.name for line in rows for n in t.walk(line) if isinstance(n, t.Name))
    for record in reading.context.all():
        if not isinstance(record, Definition) or record.source is not reading.source or part.page is None:
            continue
        start, end = record.tree.span
        beside = part.page.shown[max(0, start - _BESIDE_NOISE):end + _BESIDE_NOISE]
        terms = record.tree.terms if isinstance(record.tree, t.Terms) else ()
        bases = [x.base if isinstance(x, t.Subscripted) else x for x in terms]
        alone = [x.name for x in bases if isinstance(x, t.Name) and used[x.name] <= 1 and any(
            isinstance(r, Quantity) and not r.depends for r in reading.context.by_name(x.name))]
        drawn = any(re.search(rf"{re.escape(name)}\}}?\s{{0,3}}(?:_\{{?\w\}}?\s{{0,3}})?(?:\\sim(?![a-z])|∼)", beside)
                    or re.search(rf"{_MOMENT.pattern}\\?{re.escape(name)}\s{{0,3}}[\])]\s{{0,3}}=", beside)
                    for name in alone)
        if alone and (_NOISE.search(beside) or drawn):
            yield record


_ACTIVE = re.compile(r"\b(?:positive|active|violat\w+|non-?zero|(?:zero|inactive|negative)\b[^.]{0,120}\.\s{1,3}Otherwise)\b"
                     r"(?:[^.]|\.(?=[eg]\.)|(?<=\.[eg])\.)*"
                     r"[.,:]?\s*(?:we\s+\w+|the\s+gradients?\s+\w+)?[\s:,]*"
                     r"(?:\$\$|\\\[|\\begin\s*\{[a-z]+\*?\}|\$|\\\()?\s*\Z")
_MAXIMA = frozenset(r.name for r in (RECORDS.max, RECORDS.maximum, RECORDS.relu))


def _where_active(part: Written, row: TextRow, reading: ClassifiedText) -> Iterator[str]:
    """u > 0 for a max(0, u) that a row speaks of, where the words before it say that it is positive, active or violated."""
    line = reading.rows[row.number].line if row.number < len(reading.rows) else None
    if line is None or part.page is None or not _ACTIVE.search(part.page.shown[max(0, row.start - 400):row.start]):
        return
    for name in names_read(reading.context, (line,)):
        for record in reading.context.by_name(name):
            for node in t.walk(record.tree) if isinstance(record, Definition) and record.source is reading.source else ():
                if isinstance(node, t.Call) and isinstance(node.function, t.Function) \
                        and canonical(node.function.name) in _MAXIMA:
                    inside = [a for a in node.arguments if not (isinstance(a, t.Number) and a.text == "0")]
                    if len(inside) == 1:
                        yield part.source.text[inside[0].span[0]:inside[0].span[1]] + " > 0"


_VALUE = re.compile(r"(?P<name>[^=,;]+)=\s*(?P<value>[-−]?\s*\d+(?:\.\d+)?)\s*(?=[,;.$\\]|\Z)")
_NUMERIC = re.compile(r"(?:=|\\approx|≈)\s*\$?\s*[-−]?\s*\d+(?:\.\d+)?[\s.,;\\\])$]*\Z")


def _at_values(part: Written, reading: ClassifiedText, run: Run, report: Report) -> Report:
    """Lines that end in a number and fail for other values than those that sentences before them give: judged at these."""
    lines = list(report.lines)
    for line in report.lines:
        row = part.rows[line.number] if line.number < len(part.rows) else None
        tree = reading.rows[line.number].line if row is not None else None
        if line.status not in ("refuted", "undeclared") or row is None or tree is None or not _NUMERIC.search(row.text):
            continue
        values = _values_before(part, row.start, names_read(reading.context, [tree]))
        if not values:
            continue
        supposed = replace(row, conditions=(*row.conditions, *values.values()))
        rows = (*part.rows[:line.number], supposed)
        again, _ = run(replace(part, rows=rows), reading.context, True)
        judged = again.lines[line.number]
        if judged.status in ACCEPTED:
            shown = ", ".join(part.source.text[slice(*span)].strip(" ,;.") for span in values.values())
            lines[line.number] = replace(judged, notes=(*judged.notes, f"where {shown}, as the text says"))
        else:
            # What has a value is a number, whether that is said or not.
            lines[line.number] = replace(line, guesses=line.guesses - {*values})
    return replace(report, lines=tuple(lines))


def _values_before(part: Written, place: int, names: set[str]) -> dict[str, tuple[int, int]]:
    """Where sentences before a place give numbers to names, as in "with $x = 2$"; the last one of each counts."""
    values: dict[str, tuple[int, int]] = {}
    for each in part.page.stretches if part.page is not None else ():
        if each.display is None and each.end <= place:
            for found in _VALUE.finditer(part.source.text, each.start, each.end):
                named = names_of(found["name"], part.macros)
                if len(named) == 1 and named[0].text in names:
                    values[named[0].text] = found.span("name")[0], found.span("value")[1]
    return values


_AS_REASON = re.compile(r"\b(?:since|because|as)\s{1,3}(?:\$|\\\()\s{0,3}\Z", re.IGNORECASE)


# What is supposed in one item of a list, or section, says nothing of the next.
_NEXT_ITEM = re.compile(r"\\item(?![A-Za-z])|\\(?:sub){0,2}section\b|\n[ \t]{0,8}(?:[-*+•]|\(?\w{1,2}[.)]|#{1,6})[ \t]")


def _beside(part: Written, row: TextRow, said: Sequence[Told]) -> Iterator[tuple[str, frozenset[str]]]:
    """Names and the properties that are said, or supposed, of them beside a row, or right before it."""
    for told in said:
        reason = _AS_REASON.search(part.source.text, max(0, told.offset - 20), told.offset)
        if (told.supposed or reason) and told.properties and row.start - 400 < told.offset < row.end \
                and not _NEXT_ITEM.search(part.source.text, told.offset, max(row.start, told.offset)):
            yield replace(told.pattern, font="").text, told.properties
    words = " ".join(_REMARK.findall(row.text))
    found = _PROPERTIES.search(words) or _PROPERTIES.search(re.sub(r"\\[A-Za-z]+", " ", row.text))
    if found:
        for name in re.findall(r"(?<![A-Za-z\\])([A-Z])(?![A-Za-z])", row.text):
            yield name, frozenset([found.group(1).lower().replace("-", "_").replace(" ", "_")])


def _with_properties(context: DeclaredNames, name: str, properties: frozenset[str], more: bool = True) -> bool:
    """Give a declared array further properties, or take them from it; whether it can have them."""
    for record in context.by_name(name):
        value = getattr(record, "value", None)
        if isinstance(record, Quantity) and isinstance(value, Tensor):
            try:
                held = [*value.properties, *properties] if more else [p for p in value.properties if p not in properties]
                made = tensor(value.name, *value.shape, **dict.fromkeys(held, True))
            except SymderivError:
                return False
            context.replace(record, replace(record, value=made))
            context.values.clear()
            context.bodies.clear()
            return True
    return False


# ------------------------------------------------------------------ names that are defined again

@dataclass
class Redefinition:
    """A row from which on a name means something else than it did; ``free`` where it was only known by its shape."""

    row: int
    name: str
    free: bool = False


def _defined_again(part: Written, report: Report, reading: ClassifiedText, given: set[str]) -> Redefinition | None:
    """Where a refuted equation speaks of other things than the definition of its name: a new definition."""
    for line in report.lines:
        imposed = line.imposed and lets(reading, line.number, part)
        undecided = line.status == "undecided"
        failed = undecided or line.status in ("refuted", "ill-typed", "undeclared")
        if not (failed or imposed) or line.number >= len(part.rows):
            continue
        parsed = reading.rows[line.number]
        name, right = head_of(parsed)
        if name is None or right is None or name in given:
            continue
        old = next((r for r in reading.context.by_name(name) if isinstance(r, Definition)), None)
        if undecided and (old is None or not _under_another_head(old, parsed, part)):
            continue
        if old is None and name not in names_in(right) and (lets(reading, line.number, part) or (
                part.rows[line.number].inline and _of_unknown_loss(reading.context, name, right))):
            return Redefinition(line.number, name, free=True)
        if old is None or (old.source is not reading.source and old.source.text != reading.source.text):
            continue
        between = old.tree.span[0] < parsed.row.start and not _same_display(reading, old, line.number)
        if between and name not in names_in(right) and (_given_anew(parsed, part) or _under_another_head(old, parsed, part)
                                                         or _of_another_method(reading, old, parsed, part)):
            return Redefinition(line.number, name)
        again = between and name not in names_in(right) and _speaks_of_others(old, right, reading.context)
        # What is said of a name for a derivative speaks of other things, as it should, and is a claim.
        # So is what is said of a name of which something was claimed before.
        claimed = isinstance(old.tree, t.Derivative) or any(
            each.status in ACCEPTED and old.tree.span[1] < reading.rows[each.number].row.start
            and head_of(reading.rows[each.number])[0] == name for each in report.lines[:line.number])
        if again and not claimed and not _at_known(parsed, reading.context):
            return Redefinition(line.number, name)
    return None


def _given_with(reading: ClassifiedText, again: Redefinition) -> Iterator[str]:
    """Names that are made of one that is defined again, and of which another formula is given below: J(θ) of another h."""
    below = () if again.free else reading.rows[again.row + 1:]
    heads = {head_of(parsed)[0] for parsed in below} - {again.name}
    start = reading.rows[again.row].row.start
    for record in [r for r in reading.context.all() if isinstance(r, Definition) and r.name in heads]:
        if record.tree.span[1] < start and again.name in names_read(reading.context, [record.tree]):
            yield record.name


def _of_unknown_loss(context: DeclaredNames, name: str, right: t.Tree) -> bool:
    """Whether an equation says what a loss is of which only was known what it depends on: "for the loss L = ..."."""
    return any(isinstance(r, Quantity) and names_read(context, [t.Name(each, 0) for each in r.depends])
               & names_read(context, [right]) for r in context.by_name(name))


# "For the exact version, g(x) = ..." is of another g; what stands "in another form" is claimed of the same.
_ANOTHER = re.compile(r"\b(?:exact|other|second|general|alternative|approximate|next) (?:version|variant|example)\b|"
                      r"\bfor (?:the|a|an) (?:[\w-]{1,20} ){0,3}(?:function|example)\b", re.IGNORECASE)
# "For logistic regression, h(x) = ..."
_TOPIC = re.compile(r"[\s\W]{0,10}(?:now for|for|consider)\s(?!all\b|any\b|every\b|each\b|short\b|simplicity\b)"
                    r"(?:[A-Za-z]{3,20}[ -]?){1,5},[\s$(\\]{0,5}\Z", re.IGNORECASE)


def _given_anew(parsed: Parsed, part: Written) -> bool:
    """Whether words give a name another value: "let g(x) = x³", "for g(x) = x³, ..."."""
    if said_to_define(parsed, 0, part, "gives"):
        return True
    before, first = sentence_before(parsed, part), parsed.line.parts[0] if parsed.line is not None else None
    left = first.sides[0] if isinstance(first, t.Relation) else None
    return parsed.row.inline and isinstance(left, t.Call) and bool(
        re.search(r"\b(?:for|take|consider|with)\b[\s$(\\]*\Z", before, re.IGNORECASE) or _ANOTHER.search(before)
        or _TOPIC.match(before))


# "**Label smoothing.** With ..., p = softmax(z):", whose stars are left out, speaks of another p than the paragraph above.
_HEAD = re.compile(r"\n[ \t]{0,8}(?:[-*+]|\d{1,2}[.)])?[ \t]{2,6}[A-Z][^.:$\n]{1,58}[.:][ \t]{2}|"
                   r"\\(?:paragraph|textbf|textsc)\s{0,3}\{[^{}\n]{1,60}\}|\\item(?![A-Za-z])")
_CLAIMS = re.compile(rf"\b(?:{connectives('claims', 'recalls')}|is|are|equals|have)\b", re.IGNORECASE)


def _under_another_head(old: Definition, parsed: Parsed, part: Written) -> bool:
    """Whether an equation in a sentence that claims nothing stands under another head than what defined its name."""
    return parsed.row.inline and _HEAD.search(part.source.text, old.tree.span[1], parsed.row.start) is not None \
        and _CLAIMS.search(sentence_before(parsed, part)) is None


# "A gradient step is w⁺ = ..." and "Newton's step is w⁺ = ..." are steps of two methods.
_METHOD = re.compile(r"\b(?:gauss-newton|quasi-newton|newton|momentum|nesterov|heavy[- ]ball|polyak|stochastic|sgd|adamw?|"
                     r"rmsprop|adagrad|proximal|mirror|projected|natural|bfgs|coordinate|damped|levenberg|conjugate|"
                     r"accelerated|steepest|gradient|subgradient|implicit|explicit|backward|forward|fixed[- ]point)\b"
                     r"(?!\s+(?:of|with|is)\b)", re.IGNORECASE)


def _of_another_method(reading: ClassifiedText, old: Definition, parsed: Parsed, part: Written) -> bool:
    """Whether words before an equation name another method than those before the equation that defined its name."""
    first = next((p for p in reading.rows if p.row.start <= old.tree.span[0] < p.row.end), None)
    now = {m.lower() for m in _METHOD.findall(sentence_before(parsed, part))}
    return first is not None and bool(now) and bool(then := {
        m.lower() for m in _METHOD.findall(sentence_before(first, part))}) and now.isdisjoint(then)


def _same_display(reading: ClassifiedText, old: Definition, number: int) -> bool:
    """Whether nothing else is claimed between a definition and a row."""
    start = reading.rows[number].row.start
    earlier = old.tree.span[1] < reading.rows[0].row.start
    return not earlier and not any(old.tree.span[1] < p.row.start < start for p in reading.rows)


def _at_known(parsed: Parsed, context: DeclaredNames) -> bool:
    """Whether an equation is about a function at something that is known: E(m) with m = ... is a value of the old E."""
    part = parsed.line.parts[0] if parsed.line is not None else None
    left = part.sides[0] if isinstance(part, t.Relation) else None
    return isinstance(left, t.Call) and isinstance(left.function, t.Function) and any(
        isinstance(a, t.Name) and any(isinstance(r, Definition) for r in context.by_name(a.name)) for a in left.arguments)


def _speaks_of_others(old: Definition, right: t.Tree, context: DeclaredNames) -> bool:
    """Whether an expression reads names that a definition does not, and leaves out some that it does.

    tr(S) with S made of the x_i speaks of these.
    """
    new, before = names_in(right), names_in(old.tree)
    return bool(new - before) and bool(before - names_read(context, [right]))
