"""From the lines of a derivation to a verdict on each."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from copy import copy
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from sympy import Expr, S

from ..answers import HOLDS
from ..arrays.arrays import Tensor, as_expr
from ..arrays.operator import shape_of
from ..arrays.sizes import same_shape, show_shape
from ..bounds import (
    BRANCHES_WORK,
    EXCUSE_WORK,
    EXPLAINED_WORK,
    LINE_LEAST,
    LINE_WORK,
    ROW_WORK,
    ROWS,
    TEXT_WORK,
    WHOLE_WORK,
    as_deep,
    budget,
    ended,
    explaining,
    rarely_searched,
    wearing,
    within,
)
from ..errors import BoundExceeded, IndexError_, SymderivError
from ..lowering.program import relations
from ..numeric.evaluate import Variables
from ..proof.equality import prove
from ..reader.declare.context import DeclaredNames, Definition, Quantity
from ..reader.declare.declarations import declare, with_objects
from ..reader.declare.statements import DeclarationStatement, split
from ..reader.meaning.oriented import as_scalar, known_value
from ..reader.syntax import tree as t
from ..reader.syntax.grammar import parser_for
from ..reader.syntax.tokens import SourceText
from .ambiguity import with_readings
from .best_values import TAKEN_FOR_BEST, of_another_kind, says_optimum, variables_told, without_limits
from .carried_on import RECENT, as_if
from .coefficients import SIGN
from .declared_relations import setting_of
from .derivatives_in_words import with_named_derivatives
from .documents import referee_scopes
from .dropped_scripts import with_short_names
from .gradient_names import NOTE as GRADIENTS
from .gradient_names import (
    OF_EACH,
    goes_backward,
    gradients_named,
    heads,
    name_gradients,
    speaks_of_differentials,
    with_differentials_of_names,
    without_loss,
)
from .hints import derivatives, next_step
from .implications import FOLLOWS_NOT, may_be_given, premise, speaks_of
from .inequalities import ORDERED
from .interpretations import BY_ENTRIES, Way, elaborator_for, ways
from .judge import Judge, Judgement, differentiates, unreadable, worst
from .line_claims import EQUALITIES, Claim, differentiated_by
from .missing_names import needed
from .redefinitions import with_arities, with_parts_named, with_redefinitions, with_totals
from .remainders import leaves_out, up_to_its_order
from .report import ACCEPTED, Line, Report
from .roles import (
    ARROWS,
    BECAUSE,
    COMPARED,
    SQUARED,
    ClassifiedText,
    Parsed,
    Said,
    declared_only,
    free_definitions,
    lets,
    marked,
    names_read,
    read_rows,
    said,
    sentence_before,
    unmarked,
)
from .samples import Laboratory
from .steps_on import with_steps_claimed
from .sums_over_steps import copy_for_steps
from .suppositions import NO_WAY, NOT_SEEN, STATIONARY, Suppositions, is_zero
from .text_conventions import with_conventions
from .text_rows import Written, written
from .unknowns import with_generic_functions
from .unsaid import OPEN, UNEXPLAINED, says_too_little, unsaid, waiting
from .up_to_a_constant import speaks_of_constants, up_to_a_constant

# Slips that leave a line about the same quantities.
_STRUCTURAL = frozenset([SIGN, "number", "transposed", "exponent", "wrong index", "indices exchanged", "wrong summed index",
                         "summed over the wrong index", "index shifted by one", "factors in the wrong order", "bracket lost",
                         "elementwise and matrix product confused"])
_MEASURED = re.compile(r"(?:factor|1/)\S* ?\S* (?:lost|too many)")
GIVEN = "a reason that is no identity: what it is given for is claimed of where it holds; declare it as a constraint"
SUPPOSED = "it is supposed, not true for all values: what follows is claimed of where it holds"
ABOVE = 3
"""Of so many lines above, what they multiply by may be lost in a wrong one."""
SOLVED = "it is what an equation above is solved for, and holds where that does"
NAMED_BEST = "it names where something is least or largest: what is said to be that is claimed below"
BELOW = "true if a name in it is what an equation below says: define it above, or write \"where\" in front of it"



@dataclass
class RelationChain:
    """A chain of relations as it goes on over rows: what it is about, and the side before.

    exact  whether all signs so far said "equal", so that each side is compared with the head
    wrong  whether the side before was found wrong;  conditions  what was said for the row it starts in
    order  the letters that it differentiates by
    """

    head: t.Tree | None = None
    before: t.Tree | None = None
    exact: bool = True
    wrong: bool = False
    conditions: tuple[t.Tree, ...] = ()
    order: tuple[str, ...] = ()


def verify(lines: object, given: object = None, *, assuming: Iterable[object] = (), seed: int = 0) -> Report:
    """A verdict on every line of a derivation.

    lines     LaTeX text (a document's displays, or one line a row), a list of lines, or a list of expressions
    given     declarations: text, or a dict of Python objects by name
    assuming  relations between sizes, or of the entries of tensors, beside those declared

    An equation is a claim, unless := or words make it a definition or a condition, or a new name stands alone on one side
    before any use.  What an arrow leads to must follow.  A line that starts with a relation is compared with the head of
    its chain.  The same input always gives the same verdicts.  What cannot be read, a line or a declaration, is
    told, and the rest goes on.  Raises SymderivError for what is no text at all.
    Source: docs/tutorials/own_work.md, A derivation, line by line.

    >>> r = sd.verify([r"\\nabla_x x^\\top x = x"], "x: n")
    >>> r.lines[0].status, r.lines[0].diagnosis
    ('refuted', 'factor 2 lost')
    """
    with rarely_searched(), ended(), as_deep():
        text = written(lines, given is None and not assuming)
        ROWS.admit(len(text.rows))
        if text.page is not None:
            with budget(WHOLE_WORK):
                return waiting(_document(text, given, tuple(assuming), seed))
        with budget(TEXT_WORK, _work(text), EXPLAINED_WORK):
            return waiting(_verdicts(text, given, tuple(assuming), seed))


def _work(text: Written) -> int:
    """The steps of work that a text may take."""
    return min(TEXT_WORK.limit + len(text.rows) * ROW_WORK.limit, WHOLE_WORK.limit)


def _document(text: Written, given: object, assuming: tuple[object, ...], seed: int) -> Report:
    """The report on a document, scope by scope."""
    declared = _joined(text.given, given)
    context = given if isinstance(given, DeclaredNames) else _declared(declared)

    def run(part: Written, names: DeclaredNames, quick: bool) -> tuple[Report, ClassifiedText]:
        names = names.copy()
        names.assuming.extend(assuming)
        with budget(TEXT_WORK, _work(part) * (1 + heads(part, names)), EXPLAINED_WORK):
            referee, report = _first_report(part, names, seed, quick)
        if quick:
            return report, referee.reading
        with budget(TEXT_WORK, _work(part)):
            return _explained(referee, report), referee.reading

    found = referee_scopes(text, context, run)
    if not context.numbers or isinstance(given, DeclaredNames):
        return found
    fewer = {name: number - 1 for name, number in context.numbers.items()}
    return _at_numbers(found, referee_scopes(text, _declared(declared, fewer), run), (context.numbers, fewer))


def _first_report(text: Written, names: DeclaredNames, seed: int, quick: bool = False) -> tuple[Referee, Report]:
    """The referee of a text with its report; where a size is called d as well, d X is a differential if that makes more of
    its lines true."""
    found = _with_gradients(text, names, seed, quick)
    # Where d is a quantity, d X is d times X unless more lines are true if it is a differential.
    for times in (True, False) if any(isinstance(each, Quantity) for each in names.by_name("d")) else (False,):
        if goes_backward(text) or not speaks_of_differentials(text, names) or all(
                each.status in (*HOLDS, "noted") for each in found[1].lines):
            return found
        varied = with_differentials_of_names(names, times)
        other = _reported(Referee(text, varied, seed), True)
        if _understood(other[1]) <= _understood(found[1]):
            continue
        other = other if quick else _reported(Referee(text, varied, seed), False)
        found = other if _understood(other[1]) > _understood(found[1]) else found
    return found


def _with_gradients(text: Written, names: DeclaredNames, seed: int, quick: bool) -> tuple[Referee, Report]:
    """The same: names such as dW are gradients, if that makes more of its lines true."""
    headed = heads(text, names) and names.signs.get("d") != "differential"
    if headed:
        referee, report = _reported(Referee(text, names, seed, True), quick)
        if referee.loss:
            note = GRADIENTS
            if any(line.wrong for line in report.lines):
                each = Referee(text, names, seed, True, True)
                found = _reported(each, quick) if each.loss else (referee, report)
                if _truth(found[1]) > _truth(report):
                    (referee, report), note = found, OF_EACH
            lines = tuple(replace(line, notes=(*line.notes, note.format(referee.loss)))
                          if line.status in HOLDS and not line.number else line for line in report.lines)
            found = referee, replace(report, lines=lines)
            accepted = _understood(report)[0]
            if gradients_named(names) or goes_backward(text) or (accepted and _truth(report) == accepted):
                return found
            # Names such as dA are differentials where more of the lines are true so.
            if accepted and _understood(_reported(Referee(text, names, seed), True)[1])[0] <= _truth(report):
                return found
            plain = _reported(Referee(text, names, seed), quick)
            if not accepted and not _understood(plain[1])[0] and any(
                        line.diagnosis not in UNEXPLAINED for line in lines):
                return found  # One slip is what it lacks to be a gradient.
            return plain if not accepted or _truth(plain[1]) > _truth(report) else found
    found = _reported(Referee(text, names, seed), quick)
    if headed and goes_backward(text):
        return found[0], without_loss(found[1])
    return found


def _reported(referee: Referee, quick: bool) -> tuple[Referee, Report]:
    referee.judge.quick = quick
    return referee, referee.report()


def _truth(report: Report) -> int:
    """How many lines are accepted, less those that are not."""
    return sum((line.status in HOLDS) - (line.wrong or line.status == "ill-typed") for line in report.lines)


def _understood(report: Report) -> tuple[int, int]:
    """How many lines are accepted, and how many are understood."""
    statuses = [line.status for line in report.lines]
    return sum(s in HOLDS for s in statuses), sum(s not in ("undeclared", "unread") for s in statuses)


def _verdicts(text: Written, given: object, assuming: tuple[object, ...], seed: int) -> Report:
    """The report on the rows of a text."""
    declared = _joined(text.given, given)
    context = given if isinstance(given, DeclaredNames) else _declared(declared)

    def report(each: DeclaredNames) -> Report:
        each = each.copy()
        each.assuming.extend(assuming)
        return _explained(*_first_report(text, each, seed))

    found = report(context)
    if not context.numbers or isinstance(given, DeclaredNames):
        return found
    # A step that is left open is read at numbers: at two of them, and no proof for all.
    fewer = {name: number - 1 for name, number in context.numbers.items()}
    return _at_numbers(found, report(_declared(declared, fewer)), (context.numbers, fewer))


def _explained(referee: Referee, report: Report) -> Report:
    """A report with what other conventions and readings would make of it, and what to do next, as far as the work reaches.

    The verdicts are there already: they are not lost where it does not.
    """
    with suppress(BoundExceeded):
        report = with_conventions(referee, report)
        report = with_readings(referee, report)
        if report.first_wrong is None:
            report = replace(report, next_step=next_step(referee))
    rows = {p.row.number: p for p in referee.reading.rows}
    lines = (replace(line, deriving=partial(derivatives, referee, rows[line.number])) if line.number in rows else line
             for line in report.lines)
    return replace(report, lines=tuple(lines))


def _at_numbers(found: Report, other: Report, numbers: Sequence[Mapping[str, int]]) -> Report:
    """The worse of two verdicts on every line, a proof at numbers being no more than support."""
    shown = " and at ".join(", ".join(f"{k} = {v}" for k, v in sorted(each.items())) for each in numbers)
    lines = []
    for line, again in zip(found.lines, other.lines, strict=True):
        if again.status == "refuted" and line.status in ACCEPTED:
            line = again
        if line.status in HOLDS:
            line = replace(line, status="supported", notes=(*line.notes, f"read at {shown}"))
        lines.append(line)
    return replace(found, lines=tuple(lines))


def _declared(given: object, numbers: Mapping[str, int] | None = None) -> DeclaredNames:
    """The context of declarations; what cannot be read is left out, and told."""
    try:
        return declare(given, strict=False, numbers=numbers)
    except SymderivError as error:
        if not isinstance(given, str):
            raise
        lost = [each for each in split(SourceText(given)) if not _readable(each) or each.text.strip() == str(error.where)]
        if not lost:
            raise
        for each in lost:
            given = given[:each.start] + " " * (each.end - each.start) + given[each.end:]
        context = _declared(given, numbers)
        context.problems.append(error)
        return context


def _readable(statement: DeclarationStatement) -> bool:
    try:
        return bool(statement.tokens())
    except SymderivError:
        return False


def _joined(inside: str, given: object) -> object:
    """Declarations in the text itself, before those that are given."""
    if not inside.strip():
        return given
    if given is None:
        return inside
    if isinstance(given, str):
        return f"{inside}\n{given}"
    return with_objects(declare(inside, strict=False), given)  # type: ignore[arg-type]


@dataclass
class Referee:
    """The work on one text."""

    text: Written
    declared: DeclaredNames
    seed: int = 0
    gradients: bool = False
    of_each: bool = False
    reading: ClassifiedText = field(init=False)
    judge: Judge = field(init=False)
    laboratory: Laboratory = field(init=False)
    supposed: Suppositions = field(init=False)
    leading: bool = field(default=False, init=False)
    reasoned: bool = field(init=False, default=False)
    unequal: Laboratory | None = None
    claim: Claim | None = None
    missing: dict[str, Judgement] = field(default_factory=dict)
    below: list[Referee] | None = None
    row: int = 0
    loss: str = ""
    standing: list[t.Tree] = field(default_factory=list)
    solved: set[int] = field(default_factory=set)
    best_values: list[Claim] = field(default_factory=list)
    mistakes: list[tuple[int, Claim]] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.gradients:
            self.declared = with_differentials_of_names(self.declared)
        self.reading = read_rows(self.text, self.declared)
        names = with_short_names(self.declared, self.reading)
        if names is not self.declared:
            self.declared, self.reading = names, read_rows(self.text, names)
        free_definitions(self.reading, self.text, self._constrained())
        with_arities(self.reading, self.text)
        lines = [parsed.line for parsed in self.reading.rows if parsed.line is not None]
        copy_for_steps(self.reading.context, lines, self.reading.source)
        with_totals(self.reading, self.text)
        with_redefinitions(self.reading, self.text)
        with_parts_named(self.reading, self.text)
        with_steps_claimed(self.reading, self.text)
        with_named_derivatives(self.reading, self.text)
        if self.gradients:
            lines = [p.line for p in self.reading.rows if p.line is not None]
            self.loss = name_gradients(self.reading.context, lines, self.of_each)
        self.begin(None)

    def begin(self, laboratory: Laboratory | None) -> None:
        """Start to judge what has been read; with the points of another referee of the same text, if there is one."""
        plain = self.reading.context
        context = with_generic_functions(plain)
        setting = setting_of(context)
        none = Laboratory((), replace(setting, constraints=()), ())
        self.judge = Judge(context, plain, self.text.source, none, context.tolerance)
        self.laboratory = laboratory or Laboratory(self._everything(), setting, self._sizes(), self.seed)
        self.judge.laboratory = self.laboratory
        self.supposed = Suppositions(self.judge, self.laboratory)

    def beside(self) -> Referee:
        """Another referee of the same text, whose reading can be changed before it begins."""
        other = copy(self)
        other.reading = replace(self.reading, context=self.reading.context.copy(), rows=list(self.reading.rows))
        other.reading.context.values.clear()
        other.reading.context.bodies.clear()
        other.standing, other.missing, other.claim, other.unequal, other.below = [], {}, None, None, None
        other.mistakes = []
        return other

    def last_claim(self) -> tuple[int, Claim] | None:
        """(row, what it claims) of the last row that claims something about derivatives."""
        found: tuple[int, Claim] | None = None
        chain = RelationChain()
        for parsed in self.reading.rows:
            for each in said(parsed, self.reading) if parsed.line is not None else ():
                now = RelationChain() if each.aside else chain
                claim = self._claim(each, now, ()) if each.kind == "claim" else None
                self._goes_on(each, now)
                if claim is not None and differentiates(claim):
                    found = parsed.row.number, claim
        return found

    def report_on(self, rows: set[int], quick: bool = True, only: bool = False) -> list[Line]:
        """The verdicts on some rows alone; ``quick`` without a search for slips, and at the text's own points alone.

        ``only`` where it is asked which of them hold, and nothing of the others.
        """
        self.judge.quick, self.judge.only = quick, only
        self.judge.answers.clear()
        # What other rows let be supposed, when they were asked about, is not supposed of these.
        self.supposed, self.standing = Suppositions(self.judge, self.laboratory), []
        lines: list[Line] = []
        chain = RelationChain()
        for parsed in self.reading.rows:
            if parsed.row.number in rows:
                lines.append(self._answered(parsed, chain))
            elif parsed.line is not None:
                for each in said(parsed, self.reading):
                    if each.kind != "condition" and not each.aside:
                        self._goes_on(each, chain)
            else:
                chain.head = chain.before = None
        return lines

    def _constrained(self) -> set[str]:
        """Names that the declared constraints speak of: the text cannot define them."""
        context, trees = self.reading.context, [c.tree for c in self.declared.constraints]
        names = {n.name for tree in trees for n in t.walk(tree) if isinstance(n, t.Name)}
        return names | ({r.name for r in context.all() if isinstance(r, Quantity)} & names_read(context, trees))

    def _sizes(self) -> tuple[Any, ...]:
        return relations(self.judge.context.assuming)

    def _everything(self) -> list[Expr]:
        """All sides that can be given a meaning, so that sizes are chosen that allow them."""
        found: list[Expr] = []
        chain = RelationChain()
        for parsed in self.reading.rows:
            if parsed.line is None:
                found.extend(as_expr(s) for s in parsed.row.sides)
                continue
            for each in said(parsed, self.reading):
                name = each.left.name if isinstance(each.left, t.Name) else ""
                if each.kind == "definition" and unmarked(name) != name:
                    found.extend(self._typed(Claim(each.right, "=", each.right)))  # type: ignore[arg-type]
                if each.kind not in ("claim", "expression"):
                    continue
                now = RelationChain() if each.aside else chain
                claim = self._claim(each, now, ())
                self._goes_on(each, now)
                if claim is not None:
                    with wearing(LINE_WORK, LINE_LEAST, parsed.row.start):
                        found.extend(self._typed(claim))
        return found

    def _typed(self, claim: Claim) -> tuple[Expr, ...]:
        """Both sides of a claim, in the first way of reading that gives them a meaning."""
        for way in ways(self.judge.context, differentiates(claim)):
            try:
                return tuple(self.judge.typed(claim, way).exprs)
            except Exception:  # Whatever it is, the line's own verdict will tell.
                continue
        return ()

    # ------------------------------------------------------------------ rows

    def report(self) -> Report:
        """The verdicts on all rows."""
        lines: list[Line] = []
        self.mistakes.clear()
        self.judge.above = ()
        chain = RelationChain()
        for claim in self.declared.supposed:
            within(EXCUSE_WORK, lambda claim=claim: self.supposed.suppose(claim, True))  # type: ignore[misc]
        for parsed in self.reading.rows:
            start = time.perf_counter()
            lines.append(replace(self._answered(parsed, chain), seconds=time.perf_counter() - start))
        for problem in self.text.problems:
            lines.append(Line(len(lines), "", "unread", message=problem.message, place=(problem.line, problem.column)))
        self.reading.context.supposed = [each.claim for each in self.supposed.lasting]
        missing = needed(self.reading, [line.number for line in lines if line.status == "undeclared"], self.text,
                         self.declared)
        return Report(tuple(lines), self.text, tuple(str(p) for p in self.reading.context.problems), tuple(self._unused()),
                      needed=missing)

    def _unused(self) -> Iterator[str]:
        """Declared names that neither the text nor what it uses ever speaks of."""
        trees = [p.line for p in self.reading.rows if p.line is not None]
        if not trees or any(p.line is None for p in self.reading.rows):
            return
        context = self.reading.context
        trees.extend(c.tree for c in self.declared.constraints)  # type: ignore[misc]
        spoken = t.Name | t.Function | t.Letter | t.ExpectationSign
        stems = {stem(n.name) for tree in trees for n in t.walk(tree) if isinstance(n, spoken)}
        stems |= {stem(n.family) for tree in trees for n in t.walk(tree) if isinstance(n, t.Member)}
        read = names_read(context, trees)
        for record in self.declared.all():
            if record.name in self.declared.sizes or stem(record.name) in stems or stem(record.name) == "":
                continue
            if record.name not in read:
                yield f"{record.name} is declared and not used"

    def _answered(self, parsed: Parsed, chain: RelationChain) -> Line:
        """The verdict on a row, whatever happens; a counterexample stands, whatever its explanation would have cost."""
        with wearing(LINE_WORK, LINE_LEAST, parsed.row.start) as own:
            try:
                with ended():
                    line = self._row(parsed, chain)
                if own.exhausted and line.counterexample is None:
                    raise own.bound.exceeded()
                return line
            except Exception as error:  # One line must not cost the others their verdicts.
                row = parsed.row
                message = getattr(error, "message", f"{type(error).__name__}: {error}")
                return Line(row.number, row.text, "unread", message=f"it could not be decided: {message}",
                            place=self.text.source.place(row.start), span=(row.start, row.end))

    def _row(self, parsed: Parsed, chain: RelationChain) -> Line:
        row = parsed.row
        self.row = row.number
        place = self.text.source.place(row.start)
        shell = Line(row.number, row.text, "noted", place=place, span=(row.start, row.end))
        if row.sides:
            return self._expressions(parsed, chain, shell)
        if parsed.line is None:
            assert parsed.error is not None
            chain.head = chain.before = None
            return _filled(shell, [unreadable([parsed.error])])
        things = list(said(parsed, self.reading))
        if not any(each.arrow for each in things[:1]) and things:
            self.supposed.next_row()
        conditions = self._conditions(things)
        reasons = [each for each in things if each.reason and each.kind == "claim"]
        findings = [self._reason(each) for each in reasons]
        self.reasoned = bool(reasons)
        above: Claim | None = self.claim
        beside = RelationChain()
        for number, each in enumerate(things):
            if each.kind == "condition" or each in reasons:
                continue
            beside = RelationChain() if each.first else beside
            leads = self._leads(parsed, things[number + 1:])
            bare = not each.arrow and not any(x.kind == "condition" for x in things)
            self.leading = bool(leads) and bare and not self.supposed.gradients
            finding = self._thing(each, beside if each.aside else chain, conditions)
            if each.kind == "claim" and self.claim is not None:
                finding = self._arrows(each, above, self.claim, finding, leads)
            above = self.claim
            findings.append(finding)
            if above is not None and finding.status in HOLDS:
                self.judge.above = (*self.judge.above[1 - ABOVE:], above.right)
        if not findings and (things or parsed.best):
            findings.append(Judgement("noted", "a condition on what follows" if things else NAMED_BEST))
        if parsed.line.stray is not None:
            findings = [self._without(parsed.line.stray, finding) for finding in findings]
        line = _filled(shell, findings)
        # That a name is a matrix may be borne out by its spelling, but not of how many rows.
        context, (start, end) = self.reading.context, parsed.line.span
        guesses = {name for name, borne_out in context.guessed.items()
                   if not borne_out or line.status in ("ill-typed", *HOLDS)}
        read = names_read(context, (parsed.line,)) if context.guessed else set()
        defined = {r.name for r in context.all() if isinstance(r, Definition) and r.source is self.reading.source
                 and (line.status in HOLDS or not start <= r.tree.span[0] < end)} if read else set()
        return replace(line, guesses=frozenset(guesses & read), reads=frozenset(read & (defined | context.guessed.keys())))

    def _without(self, stray: int, finding: Judgement) -> Judgement:
        """The verdict on what was read without a bracket that closes nothing, for which nothing is called wrong."""
        bracket, (line, column) = self.text.source.text[stray], self.text.source.place(stray)
        if finding.status in HOLDS:
            return replace(finding, notes=(*finding.notes, f"read without the {bracket!r} at line {line}, column {column}, "
                                                           "which closes nothing"))
        return unreadable([self.text.source.error(f"{bracket!r} closes nothing", stray, stray + 1,
                                                  hint="close the bracket, or leave it out")])

    def _conditions(self, things: list[Said]) -> tuple[t.Tree, ...]:
        """What a row supposes by words: conditions on its claims, or alone in a row, on all that follows."""
        said_here = [(s.left, s.fixes) for s in things if s.kind == "condition" and s.left is not None]
        alone = len(said_here) == len(things)
        if alone and things:
            self.standing = []
        kept: list[t.Tree] = []
        for tree, fixes in said_here:
            lasting = alone or fixes
            claim = _relation_claim(tree)
            quantities = claim is not None and bool(speaks_of(self.judge, claim))
            apart = claim is not None and quantities and (lasting or self._of_arrays(claim))
            if apart and claim is not None and self.supposed.suppose(claim, lasting):
                continue
            (self.standing if lasting else kept).append(tree)
        return tuple(kept)

    def _reason(self, each: Said) -> Judgement:
        """The verdict on what a row gives as a reason: supposed for the row where it is no identity, and may be so."""
        assert each.left is not None and each.right is not None
        claim = Claim(each.left, each.sign, each.right)
        finding = self.supposed.verdict(claim, self._at(self.supposed.imposed, claim))
        if finding.status != "refuted" or differentiates(claim) or not may_be_given(self.judge, claim):
            return finding
        if not self.supposed.suppose(claim, False):
            return finding
        return Judgement("conditional", GIVEN, finding.counterexample, suggestion=self.supposed.written(claim))

    def _of_arrays(self, claim: Claim) -> bool:
        """Whether arrays stand on both sides, so that it is no condition on entries."""
        try:
            return bool(shape_of(self.judge.typed(claim, Way()).left))
        except SymderivError:
            return False

    def _leads(self, parsed: Parsed, rest: list[Said]) -> str:
        """Where an arrow leads from here to a conclusion: "here" in the row, "below" at the start of the next; or ""."""
        if any(each.arrow for each in rest):
            return "here"
        number = parsed.row.number + 1
        line = self.reading.rows[number].line if not rest and number < len(self.reading.rows) else None
        return "below" if line is not None and line.parts and line.before(0) in ARROWS else ""

    def _arrows(self, each: Said, above: Claim | None, claim: Claim, finding: Judgement, leads: str) -> Judgement:
        """The verdict on a claim at either end of an arrow."""
        if each.arrow == "iff" and above is not None and finding.status in HOLDS:
            return self.supposed.returns(above, claim) or finding
        if leads and finding.status in ("refuted", "conditional") and not each.arrow and self.supposed.is_open(claim) \
                and (finding.status == "conditional" or self.supposed.suppose(claim, False)):
            return Judgement("noted" if leads == "here" else "conditional", SUPPOSED,
                             suggestion=None if leads == "here" else self.supposed.written(claim))
        return finding

    def _thing(self, each: Said, chain: RelationChain, conditions: tuple[t.Tree, ...]) -> Judgement:
        """The finding on one thing that a row says; the claim, if it is one, is kept."""
        self.claim = None
        if each.kind == "definition":
            self._goes_on(each, chain)
            return self._solution(each) or self._definition(each)
        if each.kind == "shape":
            self._goes_on(each, chain)
            return self._shape(each)
        if each.kind == "silent":
            self._goes_on(each, chain)
            return Judgement("noted", "an assignment or a relation that is not tested")
        claim = self.claim = self._claim(each, chain, conditions)
        if each.kind == "expression":
            chain.head = chain.before = each.left
            chain.exact, chain.wrong = True, False
            if claim is None:
                return Judgement("noted", "an expression on its own")
            return self.judge.decide(claim)
        if claim is None:
            self._goes_on(each, chain)
            return Judgement("unread", "the line that this one goes on from was not understood")
        finding = self._solution(each, True) or self._grounded(claim, self._decided(claim, each, chain))
        if finding.status == "ill-typed" and claim.own and self._in_numbers(claim):
            return Judgement("noted", "a value in numbers, for these sizes")
        if finding.status in HOLDS and claim.own and _is_gradient(claim):
            self.supposed.found_gradient(claim)
        elif finding.status == "refuted" and claim.own and _is_gradient(claim):
            # What is set to zero below is the gradient, whatever is said to be it here.
            self.supposed.found_gradient(replace(claim, right=claim.left))
        finding = self._rooted(claim, finding)
        again = chain.wrong and not claim.own and finding.status in HOLDS
        self._goes_on(each, chain)
        if finding.status == "ill-typed" and claim.own and finding.diagnosis is not None:
            # The head is not what the chain is about.
            chain.head = chain.before
        chain.wrong = finding.status == "refuted"
        if again:
            return replace(finding, notes=(*finding.notes, "right again: it does not follow from the line above"))
        return finding

    def _grounded(self, claim: Claim, finding: Judgement) -> Judgement:
        """The verdict on a claim of a document, which nothing follows from where a derivative in it is 0 for want of a word.

        The loss that g = ∇_θ L speaks of depends on θ, whatever else is called L; what is claimed of g = 0 is not meant.
        """
        if self.text.page is None or is_zero(claim):
            return finding
        context = self.reading.context
        if finding.status in ("ill-typed", "refuted"):
            return self._of_nothing(claim) or finding
        if finding.status not in ACCEPTED:
            return finding
        read = names_read(context, (claim.left, claim.right))
        told = [r.tree for r in context.all() if isinstance(r, Definition) and r.name in read and r.tree is not None]
        lost = next(independent(context, told), None)
        if lost is None:
            lost = next(independent(context, (claim.left, claim.right)), None)
            if lost is None or not self.judge.vanishes(claim):
                return finding
        return self._nothing_says(*lost)

    def _of_nothing(self, claim: Claim) -> Judgement | None:
        """The verdict on a claim that differentiates a name of which the text says nothing, as K by θ: it is not wrong."""
        for body, by in independent(self.reading.context, (claim.left, claim.right)):
            inner = [n for n in t.walk(body) if isinstance(n, t.Name)]
            records = [self.reading.context.by_name(n.name) for n in inner]
            if inner and all(each and isinstance(each[0], Quantity) and not each[0].depends for each in records):
                return self._nothing_says(body, by)
        return None

    def _nothing_says(self, body: t.Tree, by: t.Tree) -> Judgement:
        return Judgement("undeclared", "nothing says how {} depends on {}".format(
            *(self.text.source.text[slice(*x.span)] for x in (body, by))))

    def _in_numbers(self, claim: Claim) -> bool:
        """Whether a name that is declared with open sizes is given as a matrix of numbers."""
        record = declared_only(self.reading.context, claim.left)
        right = claim.right.base if isinstance(claim.right, t.Transpose) else claim.right
        return record is not None and isinstance(claim.left, t.Name) and isinstance(right, t.Matrix) \
            and any(size.free_symbols for size in shape_of(record.value)) \
            and not any(isinstance(node, t.Name | t.Letter | t.Unknown | t.Call) for node in t.walk(right))

    def _rooted(self, claim: Claim, finding: Judgement) -> Judgement:
        """The verdict with the name that is missing at the root, where the line of the missing one was not read."""
        if finding.status != "undeclared":
            return finding
        names = [n.name for side in (claim.left, claim.right) for n in t.walk(side) if isinstance(n, t.Unknown)]
        root = next((self.missing[n] for n in names if n in self.missing), None)
        if root is not None:
            finding = replace(root, notes=(*root.notes, "a line above that defines a name needs it"))
        if isinstance(claim.left, t.Unknown) and claim.own:
            self.missing.setdefault(claim.left.name, root or finding)
        return finding

    def _claim(self, each: Said, chain: RelationChain, conditions: tuple[t.Tree, ...]) -> Claim | None:
        """What a relation claims: its right side against the head of the chain, or against the side before."""
        if each.kind == "expression":
            goal = self.judge.context.goal
            if goal is None or chain.head is not None or each.left is None:
                return None
            return Claim(_goal(self, goal), "=", each.left)
        left = each.left if each.first and each.left is not None else None
        if left is None:
            left = chain.head if each.sign in EQUALITIES | {"approx"} and chain.exact else chain.before
        if left is None or each.right is None:
            return None
        if each.left is not None and each.first:
            chain.conditions = conditions
        inherited = tuple(c for c in chain.conditions if c not in conditions)
        order = () if left is each.left and each.first else chain.order
        chain.order = order or differentiated_by(left) or differentiated_by(each.right)
        return Claim(left, each.sign, each.right, (*conditions, *inherited), left is each.left, chain.order,
                     each.rounded)

    def _goes_on(self, each: Said, chain: RelationChain) -> None:
        """The chain behind a relation."""
        if each.kind == "expression":
            chain.head = chain.before = each.left
            chain.exact = True
            return
        if each.first and each.left is not None:
            chain.head, chain.exact, chain.wrong = each.left, True, False
        if each.sign not in EQUALITIES:
            chain.exact = False
        chain.before = each.right
        if chain.head is None and each.right is not None and each.first and each.left is None:
            chain.head = each.right

    def _decided(self, claim: Claim, each: Said, chain: RelationChain) -> Judgement:
        if leaves_out(claim):
            return up_to_its_order(claim, self.judge)
        finding = self._differentiated(claim) if differentiates(claim) else self._at(self.supposed.imposed, claim)
        finding = self._at_best_alone(claim, self.supposed.touched(claim, self.supposed.verdict(claim, finding)))
        if finding.status in ("undeclared", "unread", "undecided") and chain.before is not None and not claim.own \
                and chain.before is not claim.left:
            # The head of the chain may be what is not understood; the line before may still be compared with.
            step = self.judge.decide(replace(claim, left=chain.before))
            if step.status in ("proved", "supported", "conditional", "refuted"):
                return replace(step, notes=(*step.notes, "compared with the line before: the head of the chain was not "
                                                         "understood"))
        if finding.status == "undefined":
            finding = self._at_any(claim) or finding
        if finding.status not in ("refuted", "conditional", "ill-typed"):
            return finding
        if speaks_of_constants(claim):
            return up_to_a_constant(claim, self.reading, self.judge.decide)
        unread = self._speaks_of(claim) if finding.status != "conditional" else None
        if unread is not None:
            return Judgement("undeclared", f"a declaration that it depends on could not be read: {unread}")
        if finding.status == "ill-typed":
            return finding
        standing = tuple(c for c in self.standing if c not in claim.conditions)
        if standing and finding.status == "refuted":
            again = self.judge.decide(replace(claim, conditions=(*claim.conditions, *standing)))
            if again.status in ACCEPTED:
                return replace(again, notes=(*again.notes, "under the condition stated above"))
        if finding.status == "refuted" and not self.judge.only:
            finding = self._excused(claim, finding, each.concluded)
        if finding.status != "refuted":
            return finding
        refused = each.arrow and finding.diagnosis == FOLLOWS_NOT  # by what its own sentence supposes
        open_ = self.text.page is not None and not refused and says_too_little(
            self.reading.context, claim, finding.diagnosis, self.supposed.gradients)
        finding = replace(finding, missing=f"  % {OPEN}" if open_ else unsaid(
            self.reading.context, claim, finding.diagnosis not in (None, FOLLOWS_NOT)))
        before = chain.before if each.left is None or not each.first else None
        if self.judge.quick:
            return finding
        carried = before is not None and before is not claim.left and self._carried(replace(claim, left=before))
        above = 1 if carried else self._carried_on(claim)
        self.mistakes.append((self.row, claim))
        where = "the line above" if above == 1 else f"line {self.row - above + 1}"
        return replace(finding, message=f"it follows from {where}, which is already wrong", carried=above) \
            if above else finding

    def _at_any(self, claim: Claim) -> Judgement | None:
        """The verdict on a derivative by a name that is defined, as the best gain is, where it is meant at any value."""
        names = {v.name for side in (claim.left, claim.right) for n in t.walk(side) if isinstance(n, t.Derivative)
                 for v in n.variables if isinstance(v, t.Name)}
        defined = [r for name in names for r in self.judge.context.by_name(name)
                   if isinstance(r, Definition) and r.parameters is None and not r.letters]
        if len(defined) != 1:
            return None
        free, record = self.judge.context.copy(), defined[0]
        try:
            shape = shape_of(self.judge.typed(Claim(t.Name(record.name, 0), "=", t.Name(record.name, 0)), Way()).left)
        except SymderivError:
            return None
        free.replace(record, Quantity(record.pattern, Tensor(record.name, shape)))
        free.values.clear()
        found = self.judge.with_names(free).decide(claim)
        return replace(found, notes=(*found.notes, f"{record.name} is meant at any value")) \
            if found.status in (*HOLDS, "refuted") else None

    def _carried_on(self, claim: Claim) -> int:
        """How many lines above a wrong claim the wrong one stands from which it follows; 0 where there is none."""
        for row, wrong in self.mistakes[:-RECENT - 1:-1]:
            if row < self.row and (any(self._carried(made) for made in as_if(wrong, claim, self.supposed.varied(wrong)))
                                   or within(EXCUSE_WORK, partial(self.supposed.solves_for, claim, wrong))):
                return self.row - row
        return 0

    def _carried(self, claim: Claim) -> bool:
        """Whether a wrong line follows from the one above it."""
        with explaining() as own:
            return own is not None and bool(within(EXCUSE_WORK, lambda: self.judge.decide_quickly(claim)))

    def _excused(self, claim: Claim, finding: Judgement, concluded: bool) -> Judgement:
        """The verdict on a claim that is no identity: it may be imposed, or hold by what stands below."""
        claim = self.judge.as_above(claim)
        if self.leading and not differentiates(claim) and self.supposed.is_open(claim):
            return finding  # It is supposed as far as the arrow leads.
        if not concluded and self._bounds(claim):
            self.supposed.suppose(claim, True)
            return Judgement("noted", "a condition on a quantity, from here on")
        if self.row in self.solved:
            return Judgement("conditional", SOLVED, finding.counterexample)
        if within(EXCUSE_WORK, lambda: self._sometimes(claim)):
            return Judgement("conditional", "true for some signs of what is in it, of which nothing is said",
                             finding.counterexample)
        best = self._best_of(claim)
        if best is not None:
            return best if best.status == "refuted" else replace(best, counterexample=finding.counterexample)
        if not concluded and self._let(claim):
            return self.supposed.let_be(claim)
        if not concluded and not differentiates(claim) and self._is_reason() \
                and may_be_given(self.judge, claim) and self.supposed.suppose(claim, True):
            return Judgement("conditional", GIVEN, finding.counterexample, suggestion=self.supposed.written(claim))
        # What is said to follow from a reason is not imposed; what a single slip explains is no value that the quantity
        # differentiated above has where its gradient is 0.
        about = finding.diagnosis and any(getattr(g.left, "body", None) == claim.left for g in self.supposed.gradients)
        imposed = None if about or self.reasoned or self._would_vanish(claim, finding) else self._imposed(claim)
        if imposed is not None:
            return replace(imposed, counterexample=finding.counterexample)
        if within(EXCUSE_WORK, lambda: self._holds_by_what_stands_below(claim)):
            return Judgement("conditional", BELOW, finding.counterexample)
        if not claim.own or claim.sign != "=" or differentiates(claim):
            return finding
        return within(BRANCHES_WORK, lambda: self.supposed.fails_where_best(
            claim, lambda name: self._said_best(name) and self._is_free(name))) or finding

    def _said_best(self, name: str) -> bool:
        """Whether words before a row say that a variable is where a gradient is 0."""
        return says_optimum((sentence_before(row, self.text) for row in reversed(self.reading.rows[:self.row + 1])), name)

    def _is_free(self, name: str) -> bool:
        """Whether nothing that is said above keeps a variable from where a gradient is 0."""
        return without_limits(self.text.source.text[:self.reading.rows[self.row].row.start], name) and not any(
            name in p.names for p in (*self.supposed.declared, *self.supposed.lasting))

    def _would_vanish(self, claim: Claim, finding: Judgement) -> bool:
        """Whether what is said to be 0 is made of what is defined, and is 0 but for one slip that is no other quantity."""
        made = finding.diagnosis is not None and is_zero(claim) and "0" not in (finding.suggestion or "0") and (
            finding.diagnosis in _STRUCTURAL or _MEASURED.fullmatch(finding.diagnosis) is not None)
        names = {n.name for side in (claim.left, claim.right) for n in t.walk(side) if isinstance(n, t.Name)}
        return made and any(isinstance(r, Definition) for name in names for r in self.reading.context.by_name(name))

    def _imposed(self, claim: Claim) -> Judgement | None:
        """The verdict on what the text imposes; that it is where a gradient is 0 is seen before points are looked for."""
        found: list[Judgement] = []

        def imposed() -> Judgement | None:
            made = self.supposed.impose(claim)
            found.extend([made] if made is not None else [])
            return made

        return within(EXCUSE_WORK, imposed) or next((each for each in found if not each.imposed), None)

    def _best_of(self, claim: Claim) -> Judgement | None:
        """The verdict on a variable that is said to have its best value, which it has from here on."""
        if not isinstance(claim.left, t.Name) or not claim.own or claim.sign != "=" \
                or declared_only(self.judge.context, claim.left) is None:
            return None
        found = within(BRANCHES_WORK, lambda: self._best(claim.left, claim.right))  # type: ignore[arg-type]
        if found is None or found.status not in HOLDS:
            return found if found is not None and found.status == "refuted" else None
        if self.supposed.suppose(claim, True):
            self.best_values.append(claim)
        return replace(found, status="conditional", message=STATIONARY, suggestion=self.supposed.written(claim))

    def _at_best_alone(self, claim: Claim, finding: Judgement) -> Judgement:
        """The verdict on a claim that holds where a variable has its best value: one that fails elsewhere by one slip is
        meant to hold there too, as an expansion f(x + h) = f(x) - ... behind "the minimum is at x = ...".
        """
        if not self.best_values or finding.status not in HOLDS or self.judge.quick or differentiates(claim):
            return finding
        names = speaks_of(self.judge, claim)
        of = [each for each in self.best_values if names & speaks_of(self.judge, Claim(each.left, "=", each.left))]
        if not of:
            return finding
        general = self._at(self.laboratory, claim)
        self._at_points(self.supposed.imposed)
        if general.status != "refuted" or not general.diagnosis:
            return finding
        shown = " and ".join(filter(None, map(self.supposed.written, of)))
        return replace(general, status="conditional", message=f"true if {shown}, which is not so everywhere")

    def _is_reason(self) -> bool:
        """Whether the sentence of a row says that something follows from it."""
        parsed = self.reading.rows[self.row]
        return parsed.row.inline and BECAUSE.match(sentence_before(parsed, self.text)) is not None

    def _let(self, claim: Claim) -> bool:
        """Whether a sentence lets quantities satisfy an equation: "Let the columns of W be orthonormal, W'W = I."."""
        called = {n.function.name for side in (claim.left, claim.right) for n in t.walk(side)
                  if isinstance(n, t.Call) and isinstance(n.function, t.Function)}
        if any(isinstance(r, Definition) for name in called for r in self.reading.context.by_name(name)):
            return False  # What is said of f(x), for an f that is known, is claimed of it.
        return claim.sign == "=" and not differentiates(claim) and self.supposed.is_open(claim) \
            and lets(self.reading, self.row, self.text)

    def _sometimes(self, claim: Claim) -> bool:
        """Whether a comparison of numbers holds somewhere, whose names the text says nothing of."""
        names = {n.name for side in (claim.left, claim.right) for n in t.walk(side) if isinstance(n, t.Name)}
        if claim.sign not in ORDERED or not names & self.reading.context.guessed.keys():
            return False
        try:
            each = self.judge.typed(claim, ways(self.reading.context, False)[0])
            gaps = [point.value(each.right) - point.value(each.left) for point in self.laboratory.batches()]
        except SymderivError:
            return False
        return any(bool((gap > 0 if claim.sign.startswith("<") else gap < 0).all(axis=tuple(range(1, gap.ndim))).any())
                   for gap in gaps)

    def _bounds(self, claim: Claim) -> bool:
        """Whether a claim compares a free quantity with a number, as in lambda > 0, which is a condition and no claim.

        Of a quantity with declared properties it is a claim: of probabilities that they are less than 1.
        """
        if claim.sign not in COMPARED or not claim.own:
            return False
        sides = [s.base if isinstance(s, t.Subscripted) else s for s in (claim.left, claim.right)]
        named = next((a for a, b in (sides, sides[::-1]) if isinstance(a, t.Name) and isinstance(b, t.Number)), None)
        found = declared_only(self.judge.context, named) if named is not None else None
        return found is not None and not getattr(found.value, "properties", None)

    def _holds_by_what_stands_below(self, claim: Claim) -> bool:
        """Whether a claim holds if an equation further down defines a name in it, which it does not for what is above it."""
        if self.below is None:
            other = self.beside()
            other.reading.defined = dict(self.reading.defined)
            self.below = [other] if free_definitions(other.reading, self.text, self._constrained(), True) else []
            for each in self.below:
                each.begin(self.laboratory)
                each.judge.quick = True
        for each in self.below:
            rows = [row for row, _ in each.reading.defined.keys() - self.reading.defined.keys()]
            if min(rows, default=0) > self.row and each.judge.decide(claim).status in HOLDS \
                    and not (differentiates(claim) and each.judge.vanishes(claim)):
                self.solved.update(rows)
                return True
        return False

    def _at(self, laboratory: Laboratory, claim: Claim) -> Judgement:
        """The verdict by the points of one laboratory."""
        self._at_points(laboratory)
        return self.judge.decide(claim)

    def _at_points(self, laboratory: Laboratory) -> None:
        if self.judge.laboratory is not laboratory:
            self.judge.laboratory = laboratory
            self.judge.answers.clear()

    def _differentiated(self, claim: Claim) -> Judgement:
        """The verdict on a claim about derivatives.

        What is set to zero is no identity: where a gradient vanishes, every multiple of it is right.  So the claim is
        tested without declared equations first, and with them only if it is not 0 = 0 there.
        """
        setting = self.laboratory.setting
        bounds = self.supposed.bounds(claim)
        if bounds:
            return self._at(self.laboratory.under(replace(setting, constraints=(*setting.constraints, *bounds))), claim)
        given = self.supposed.given(claim)
        if given:
            names = frozenset(Variables([each.expr for each in given]).tensors)
            where = self.laboratory.under(replace(setting, constraints=(*setting.constraints, *given), zero=names))
            if within(EXCUSE_WORK, where.batches):
                return self._at(where, claim)
        free = tuple(c for c in setting.constraints if c.kind != "zero")
        if len(free) == len(setting.constraints):
            return self._at(self.laboratory, claim)
        if self.unequal is None:
            self.unequal = self.laboratory.under(replace(setting, constraints=free))
        quick = self.judge.quick
        self.judge.quick = True
        try:
            finding = self._at(self.unequal, claim)
        finally:
            self.judge.quick = quick
        self.judge.answers.clear()
        if finding.status in HOLDS:
            return self._at(self.unequal, claim)
        under = self._at(self.laboratory, claim)
        if under.status in HOLDS and (is_zero(claim) or not self.judge.vanishes(claim)):
            return under
        # What would be right is so where the declared equations hold; that alone may be what the person relies on.
        return under if under.diagnosis is not None and under.status == finding.status else self._at(self.unequal, claim)

    def _speaks_of(self, claim: Claim) -> str | None:
        """A declaration that could not be read and speaks of a name in a claim, or of what that depends on."""
        context = self.reading.context
        read = names_read(context, (claim.left, claim.right)) if context.problems or context.worded else set()
        for name in sorted(read & context.worded.keys()):
            return context.worded[name]
        for problem in context.problems:
            text = str(getattr(problem, "where", None) or problem)
            words = set(re.findall(r"[A-Za-z]+", text))
            if any(stem(record.name) in words and record.name in read for record in context.all()):
                return text
        return None

    # ------------------------------------------------------------------ other roles

    def _definition(self, each: Said) -> Judgement:
        """A definition is used, not tested; that it can be elaborated is tested."""
        assert each.right is not None and each.left is not None
        for way, left in ((Way(), each.left), (Way(entries=True, chain=True), each.left), (Way(), _at_one(each.left))):
            try:
                reader = elaborator_for(self.judge.context, self.text.source, way)
                reader.whole = t.Sequence((left, each.right))
                reader.term(left)
                if declared_only(self.reading.context, each.left) is None:
                    entrywise = isinstance(each.left, t.Name) and \
                        f"{BY_ENTRIES}{each.left.name}/{each.left.arity}" in self.judge.context.values
                    return Judgement("noted", "a definition", notes=(Way(entries=True).note,) if entrywise else ())
                self.judge.typed(Claim(each.left, "=", each.right), way)
                return Judgement("noted", "a new value: what is said of it below is claimed of every value")
            except IndexError_ as found:
                if each.first and isinstance(each.left, t.Name) and not each.left.arity:
                    return Judgement("noted", "a definition for each value of its letters")
                error: SymderivError = found
            except SymderivError as found:
                error = found
                own = {n for n in getattr(left, "arguments", ()) if isinstance(n, t.Unknown)}
                if own and {n.name for n in t.walk(each.right) if isinstance(n, t.Unknown)} <= {n.name for n in own}:
                    return Judgement("noted", "a definition")  # of any z, of which nothing is said
            except RecursionError:
                return Judgement("unread", "the definition is nested too deeply")
        return unreadable([error])

    def _solution(self, each: Said, again: bool = False) -> Judgement | None:
        """The verdict on what a text solves for and names with a hat or a star: the variable where its gradient is 0.

        ``again`` where a line above said already what it is.
        """
        if not isinstance(each.left, t.Name) or each.right is None or (again and unmarked(each.left.name) == each.left.name):
            return None
        best = within(BRANCHES_WORK, lambda: self._best(each.left, each.right))  # type: ignore[arg-type]
        supposed = [*self.supposed.lasting, *self.supposed.passing]
        if again:
            return best if best is not None and best.status != "undecided" else None
        name = marked(each.left.name)
        claim = _solved_for(name, each.left, each.right)
        line = self.reading.rows[self.row].line
        beside = {n.name for n in t.walk(line) if isinstance(n, t.Name)} if each.arrow and line is not None else ()
        if best is not None or claim is None or not (name in beside or any(name in p.names for p in supposed)):
            return best
        if not any(name in self.supposed.varied(g) for g in self.supposed.gradients):
            # A x = b ⟹ x̂ = ...: the mark may say something else of x than that it solves this.
            found = self.supposed.verdict(claim, self._at(self.supposed.imposed, claim)) if each.arrow else None
            return found if found is None or found.status in HOLDS else Judgement("undecided", NO_WAY)
        # What was solved for above stays where its gradient is 0.
        passing = self.supposed.passing
        self.supposed.passing = [*passing, *(p for p in self.supposed.solved if p not in passing)]
        found = self.supposed.verdict(claim, self._at(self.supposed.imposed, claim))
        slope = self.supposed.slope(name) if found.status == "refuted" else None
        if slope is not None:
            # That its own gradient is 0 there goes without saying.
            found = self.supposed.solved_by(claim, slope)
        self.supposed.passing = passing
        if slope is not None and found.status == "refuted" and of_another_kind(
                sentence_before(self.reading.rows[self.row], self.text)):
            return None
        before = self.text.source.text[:self.reading.rows[self.row].row.start]
        if found.status == "refuted" and not without_limits(before, name):
            return Judgement("undecided", NOT_SEEN)  # Where a multiplier has its own best value, which is not looked for.
        if found.status not in (*HOLDS, "refuted"):
            return Judgement("undecided", NOT_SEEN)
        if found.status in HOLDS:
            self.supposed.solved.extend(p for p in passing if p not in self.supposed.solved)
        return replace(found, notes=(*found.notes, f"it is taken for the {name} {TAKEN_FOR_BEST} above is 0"))

    def _best(self, left: t.Name, right: t.Tree) -> Judgement | None:
        """The verdict on what a text says to be the best value of a variable, by arg min or by words."""
        base = unmarked(left.name)
        claim = _solved_for(base, left, right)
        record = next((r for r in self.reading.context.by_name(base) if isinstance(r, Quantity)), None)
        slopes, firm = self._slopes(left.name, base) if claim is not None and record is not None else (None, False)
        if claim is None or slopes is None:
            return None
        passing = self.supposed.passing
        # What was said to be best of this variable above was so of something else.
        others = (p for p in self.supposed.solved if p not in passing and p.claim.left != claim.left)
        self.supposed.passing = [*passing, *others]
        # Where all variables are best together, the mean in a covariance is the best one, whatever the covariance is.
        together = replace(claim, right=_at_variables(claim.right, self.reading.context))
        findings = [self.supposed.solved_by(each, slope) for each in dict.fromkeys((claim, together)) for slope in slopes]
        self.supposed.passing = passing
        # Right or wrong, it is the value at which what the text says of other variables is meant.
        made = premise(self.judge.context, claim)
        self.supposed.solved.extend([made] if made is not None else [])
        found = next((each for each in findings if each.status in HOLDS), None)
        if found is None and (not firm or {each.status for each in findings} != {"refuted"}):
            return Judgement("undecided", NOT_SEEN)
        found = found or findings[0]
        return replace(found, notes=(*found.notes, f"it is taken for a {base} {TAKEN_FOR_BEST} is 0"))

    def _slopes(self, name: str, base: str) -> tuple[list[Claim] | None, bool]:
        """The gradients, one of which is 0 where a variable has the value that a row says; whether one must be.

        None where the text does not say so.
        """
        rows = self.reading.rows[:self.row + 1]
        told = bool(rows[-1].best) or self._said_best(base)
        free = self._is_free(base)
        for best, variable in variables_told([b for row in rows for b in row.best], name, base):
            if told or best.called(name) is not None:
                return [best.gradient(variable)], free and not best.limited
        if not told:
            return None, False
        slope = self.supposed.slope(base)
        found = [slope] if slope is not None else list(self.supposed.slopes(base, rows[-1].row.start))
        return found, free and len(found) == 1

    def _shape(self, each: Said) -> Judgement:
        """x in R^{m x n}."""
        assert isinstance(each.right, t.Space)
        if each.left is None:
            return Judgement("noted", "a statement about a set")
        try:
            reader = elaborator_for(self.judge.context, self.text.source, Way())
            reader.whole = each.left
            shape = tuple(s for s in known_value(reader.of(each.left)).shape if s != 1)
            wanted = tuple(s for s in (as_scalar(reader.of(s)) for s in each.right.sizes) if s != 1)
        except SymderivError as error:
            return unreadable([error])
        if each.right.name != "R":
            return Judgement("noted", "a statement about a set")
        if same_shape(shape, wanted):
            return Judgement("proved", "the shape is as stated")
        if all(not (s.free_symbols or w.free_symbols) for s, w in zip(shape, wanted, strict=False)) \
                or len(shape) != len(wanted) or {*map(str, shape)} == {*map(str, wanted)}:
            return Judgement("refuted", f"the shape is {show_shape(shape)}, not {show_shape(wanted)}",
                             diagnosis="transposed" if shape == wanted[::-1] else "shape")
        return Judgement("conditional", f"true if {show_shape(shape)} is {show_shape(wanted)}, which was not declared")

    def _expressions(self, parsed: Parsed, chain: RelationChain, shell: Line) -> Line:
        """A row handed in as expressions: an equation, or the next side of a chain."""
        exprs = [as_expr(s) for s in parsed.row.sides]
        findings = []
        if len(exprs) == 1:
            before = chain.head
            if before is None:
                chain.head = _Given(exprs[0])
                return replace(shell, status="noted", message="an expression on its own")
            assert isinstance(before, _Given)
            findings.append(self._compare_exprs(before.expr, exprs[0]))
        else:
            chain.head = _Given(exprs[0])
            findings.append(self._compare_exprs(*exprs))
        return _filled(shell, findings)

    def _compare_exprs(self, left: Expr, right: Expr) -> Judgement:
        try:
            verdict = prove(left, right, assuming=self._sizes(), seed=self.seed)
        except SymderivError as error:
            return unreadable([error])
        return Judgement(verdict.status, verdict.evidence, verdict.counterexample)


class _Given(t.Tree):
    """An expression handed in as a Python object, as the head of a chain."""

    expr: Expr = S.Zero


def _solved_for(name: str, left: t.Name, right: t.Tree) -> Claim | None:
    """That a variable has the value of which a name with a mark is said; None where the value speaks of the variable."""
    if name in {n.name for n in t.walk(right) if isinstance(n, t.Name)}:
        return None
    made: t.Tree = replace(left, name=name)
    if left.name.endswith(SQUARED):
        made = t.Power(made, t.Number("2"), span=left.span)
    return Claim(made, "=", right, (), True)


def _at_variables(tree: t.Tree, context: DeclaredNames) -> t.Tree:
    """A tree in which names with a hat are the variables that have their values."""
    if isinstance(tree, t.Name):
        base = marked(tree.name)
        known = any(isinstance(r, Quantity) for r in context.by_name(base)) if base else False
        return replace(tree, name=base) if known else tree
    return t.below(tree, lambda inner: _at_variables(inner, context))


def _goal(referee: Referee, goal: str) -> t.Tree:
    """What a bare first line is about."""
    parser = parser_for(goal, referee.judge.context, lenient=True)
    return parser.whole(parser.expression)


def _at_one(head: t.Tree) -> t.Tree:
    """p(x_1) for p(x), where the text has x_1, ..., x_n: what is said of any x is said of each of them."""
    if not isinstance(head, t.Call) or not isinstance(head.arguments[0], t.Name) or not head.arguments[0].arity:
        return head
    return replace(head, arguments=(t.Subscripted(head.arguments[0], (t.Number("1"),)), *head.arguments[1:]))


def stem(name: str) -> str:
    """The letters that a name begins with."""
    return next(iter(re.findall(r"[A-Za-z]+", name)), "")


def _relation_claim(tree: t.Tree) -> Claim | None:
    """A relation between two sides as a claim."""
    if not isinstance(tree, t.Relation) or len(tree.signs) != 1 or None in tree.sides:
        return None
    return Claim(tree.sides[0], tree.signs[0], tree.sides[1])  # type: ignore[arg-type]


def _is_gradient(claim: Claim) -> bool:
    """Whether a claim says what a first derivative is."""
    left = claim.left
    primed = isinstance(left, t.Call) and isinstance(left.function, t.Function) and left.function.primes == 1
    return (primed or (isinstance(left, t.Derivative) and left.order == 1 and left.body is not None)) and not is_zero(claim)


def independent(context: DeclaredNames, trees: Iterable[t.Tree]) -> Iterator[tuple[t.Tree, t.Tree]]:
    """What derivatives in some trees are taken of, and by, where the one does not depend on the other."""
    for tree in (n for each in trees for n in t.walk(each)):
        if isinstance(tree, t.Derivative) and tree.body is not None and tree.variables:
            bases = [v.base if isinstance(v, t.Subscripted) else v for v in tree.variables]
            if all(isinstance(b, t.Name | t.Member) for b in bases) \
                    and not names_read(context, bases) & names_read(context, (tree.body,)):
                yield tree.body, tree.variables[0]


def _filled(shell: Line, findings: list[Judgement]) -> Line:
    """A row with the worst of its findings."""
    if not findings:
        return replace(shell, message="a remark")
    found = worst(findings)
    notes = tuple(dict.fromkeys(n for f in findings for n in f.notes))
    proved = [f.proof for f in findings if f.status == "proved"] if found.status == "proved" else []
    shell = replace(shell, proofs=() if None in proved else tuple(proved))
    return replace(shell, status=found.status, message=found.message, counterexample=found.counterexample,
                   diagnosis=found.diagnosis, suggestion=found.suggestion, part=found.part, notes=notes,
                   missing=found.missing, supposing=found.supposing, carried=found.carried, imposed=found.imposed)
