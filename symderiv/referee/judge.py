"""Whether a claim holds: by numbers at all points first, then by proof; and what a claim that fails would need.

A claim is refuted only where no way of reading it holds, and where the difference survives fifty digits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

import sympy
from sympy import Expr

from ..answers import HOLDS
from ..arrays.arrays import Apply, Named, Tensor
from ..arrays.assumptions import words as in_words
from ..arrays.operator import shape_of
from ..arrays.registry import RECORDS
from ..arrays.walks import bottom_up, subexpressions
from ..bounds import EXCUSE_WORK, LINE_WORK, explaining, recounted, within
from ..errors import DeclarationError, IndexError_, ParseError, ShapeError, SymderivError
from ..functions.network_functions import stop_gradient
from ..functions.rounding import ceil, floor, nearest
from ..late import np
from ..numeric.check import Counterexample, confirmed
from ..numeric.comparison import Comparison, compare, number_shown, one_sided, without_slope
from ..numeric.domains import needed
from ..numeric.dual import Numbers
from ..numeric.evaluate import Variables
from ..numeric.numerical_derivatives import kink_distance
from ..numeric.thresholds import unreached
from ..proof.equality import COINCIDE, Verdict, prove
from ..reader.declare.context import DeclaredNames, Quantity, SteppedName, arity
from ..reader.declare.undeclared import UndeclaredName
from ..reader.meaning.entrywise import letters_in
from ..reader.meaning.integrals import IntegralNotComputed, has_integral
from ..reader.meaning.oriented import Value
from ..reader.syntax import tree as t
from ..reader.syntax.latex import latex
from ..reader.syntax.notations import is_elementwise
from ..reader.syntax.tokens import SourceText
from .charity import Taken, apart_from_sums, different_letters, readings, with_differentials, with_variable
from .declared_relations import constraint
from .edits import LOST, Repair, diagnose
from .inequalities import ORDERED, ordered
from .interpretations import Interpretation, Way, elaborator_for, is_variance, ways
from .line_claims import EQUALITIES, Claim, SidesDiffer, Typed, once, over_letters, rationals, typed
from .report import ORDER, REFUTED
from .roles import is_size, names_between, names_read
from .samples import Laboratory, Points, SampleConstraint, Setting, has_pieces
from .unknowns import COEFFICIENTS, with_generic_functions

TOLERANCE = 1e-8
TINY, HUGE = 1e-8, 1e9
POSITIVE, SYMMETRIC = "positive", "symmetric"
SPREADS = ("both signs", POSITIVE, "unit")
MAX_PROOF = 300
MAX_STEPS = 4
MAX_ASSUMED = 6
MAX_PATHS = 6
PATH = "a path forgotten"
ROUNDED = "which words, ≈ or a declared tolerance would say"


class Uncovered(SymderivError):
    """Cases of which none holds at an entry where the other side has a value."""


@dataclass(frozen=True)
class Judgement:
    """What became of one claim; its fields are those of a Line."""

    status: str
    message: str = ""
    counterexample: Counterexample | None = None
    diagnosis: str | None = None
    suggestion: str | None = None
    notes: tuple[str, ...] = ()
    part: str = ""
    missing: str = ""
    supposing: tuple[str, frozenset[str]] = ("", frozenset())
    carried: int = 0
    imposed: bool = False
    proof: Verdict | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class SampledComparison:
    """Two sides compared at points: "agree", "differ" (where), "nowhere" defined, "vacuous" or "uncovered" conditions.

    ``partly`` says that they agree where both have a value, and that one of them alone has one elsewhere.
    """

    outcome: str
    points: int = 0
    sizes: int = 0
    batch: Points | None = None
    row: int = 0
    entry: tuple[int, ...] = ()
    problem: str = ""
    partly: bool = False


@dataclass
class Judge:
    """Decides the claims of one text.

    context  the declarations with generic functions for unknown quantities;  plain  as they were declared
    above    the right sides of the last lines that hold;  quick  nothing is explained
    only     it is asked which lines hold, and nothing of those that do not
    """

    context: DeclaredNames
    plain: DeclaredNames
    source: SourceText
    laboratory: Laboratory
    tolerance: float | None = None
    memo: dict[Any, Value] = field(default_factory=dict)
    plain_memo: dict[Any, Value] = field(default_factory=dict)
    read: dict[tuple[Claim, Way], Typed | SymderivError] = field(default_factory=dict)
    answers: dict[Claim, Judgement] = field(default_factory=dict)
    quick: bool = False
    only: bool = False
    by: t.Tree | None = None
    above: tuple[t.Tree, ...] = ()

    # ------------------------------------------------------------------ reading

    def readings(self, claim: Claim, all_ways: Sequence[Way] | None = None) -> tuple[list[Typed], list[SymderivError]]:
        """The claim under every way of reading that gives it a meaning, each only as it is asked for."""
        errors: list[SymderivError] = []
        found = self._read_by(claim, all_ways if all_ways is not None else self.ways(claim), errors)
        return [each for each, _ in found], errors

    def _read_by(self, claim: Claim, ways: Iterable[Way], errors: list[SymderivError]) -> Iterator[tuple[Typed, Way]]:
        """The different meanings that ways of reading give a claim, as they are asked for; refusals join the errors."""
        found: list[Typed] = []
        for way in ways:
            try:
                each = self.typed(claim, way)
            except SymderivError as error:
                errors.append(error)
                continue
            if not any(each.left == other.left and each.right == other.right for other in found):
                found.append(each)
                yield each, way

    def ways(self, claim: Claim) -> list[Way]:
        """The ways of reading to try."""
        varies = any(is_variance(n) for side in (claim.left, claim.right) for n in t.walk(side))
        return ways(self.context, differentiates(claim), mixes_products(claim), divides_dotted(claim), varies)

    def typed(self, claim: Claim, way: Way) -> Typed:
        """The claim under one way of reading, read once.  Raises SymderivError."""
        key = claim, way
        if key not in self.read:
            try:
                self.read[key] = typed(claim, self.context, self.source, way, self.memo)
            except SymderivError as error:
                self.read[key] = error
        found = self.read[key]
        if isinstance(found, SymderivError):
            raise found
        return found

    # ------------------------------------------------------------------ the verdict

    def decide(self, claim: Claim) -> Judgement:
        """The verdict on one claim."""
        if claim not in self.answers:
            self.answers[claim] = self._answer(claim)
        return self.answers[claim]

    def _answer(self, claim: Claim) -> Judgement:
        try:
            return self._charitably(claim)
        except SymderivError as error:
            return unreadable([error])
        except MemoryError:
            return Judgement("unread", "it needs more memory than there is")
        except RecursionError:
            return Judgement("unread", "it is nested too deeply", suggestion="name parts of it")
        except Exception as error:  # One line must not cost the others their verdicts.
            return Judgement("unread", f"it could not be decided: {type(error).__name__}: {error}")

    def _charitably(self, claim: Claim) -> Judgement:
        """The verdict on a claim as it stands, or where that is not that it holds, on what else it may mean."""
        claim = self.as_above(with_differentials(claim, self.context))
        sized = self._at_sizes(claim)
        if sized is not None:
            return sized
        others = list(readings(claim, self.context))
        hurried, self.quick = self.quick, self.quick or bool(others)
        try:
            finding = self._decided(claim)
            if finding.status in HOLDS or not others:
                return finding
            decided: tuple[Taken, Judgement] | None = None
            for other in others:
                if other.untyped and finding.status != "ill-typed":
                    continue
                found = self._decided(other.claim)
                if found.status in HOLDS:
                    self.by = other.by or self.by
                    return self._explained(other, found, hurried)
                unclear = finding.status in ("undeclared", "unread")
                tells = found.status == "refuted" or (found.status == "ill-typed" and unclear)
                if other.decides and tells and (decided is None or decided[1].status == "ill-typed"):
                    decided = other, found
            if decided is not None:
                return self._explained(*decided, hurried)
        finally:
            self.quick = hurried
        return finding if hurried else self._decided(claim)

    def as_above(self, claim: Claim) -> Claim:
        """A claim whose bare nabla differentiates by what one above did, where it does not say by what."""
        bodies = [n.body for side in (claim.left, claim.right) for n in t.walk(side)
                  if isinstance(n, t.Derivative) and not n.variables and n.body is not None]
        known = isinstance(self.by, t.Name) and bodies and self.by.name in names_read(self.context, bodies)
        return with_variable(claim, self.by) if known else claim

    def _explained(self, other: Taken, found: Judgement, hurried: bool) -> Judgement:
        """The verdict under another reading, which is said, and for a wrong line with what would be right."""
        self.quick = hurried
        if found.status not in HOLDS and not hurried:
            found = self._decided(other.claim)
        return replace(found, notes=(*found.notes, f"read so that {other.words}"))

    def _decided(self, claim: Claim, bars: str = "") -> Judgement:
        errors: list[SymderivError] = []
        failed: list[tuple[Typed, SampledComparison]] = []
        for each, way in self._read_by(claim, (replace(plain, bars=bars) for plain in self.ways(claim)), errors):
            found = self.compare(each)
            if found.outcome == "agree":
                return self._accepted(claim, each, found)
            if not way.loose:
                failed.append((each, found))
        if not failed:
            return self._decided(claim, "norm") if not bars and self._has_lengths(claim) else self._untyped(claim, errors)
        differing = [(each, found) for each, found in failed if found.outcome == "differ"]
        if not differing:
            each, found = failed[0]
            if each.duties and found.outcome == "nowhere":
                return self._untyped(claim, [ShapeError(found.problem, hint="compare entries, or write diag(...)")])
            if found.outcome == "vacuous":
                under = self._supposing(claim)
                if under is not None:
                    return under
                return Judgement("unread", "no point was found at which its condition holds", notes=each.notes)
            elsewhere = self._elsewhere(claim, each) if found.outcome == "nowhere" else None
            if elsewhere is not None:
                return elsewhere
            nowhere = "" if found.outcome == "uncovered" else "it has no value at any point that was tried: "
            return Judgement("undefined", nowhere + found.problem, notes=each.notes)
        return self._rejected(claim, *differing[0])

    def _has_lengths(self, claim: Claim) -> bool:
        """Whether bars around vectors conform as lengths, and not as absolute values entry by entry."""
        if not any(isinstance(n, t.Bars) for side in (claim.left, claim.right) for n in t.walk(side)):
            return False
        plain = self.ways(claim)
        lengths, entrywise = ([replace(w, bars=bars) for w in plain] for bars in ("norm", "abs"))
        return bool(self.readings(claim, lengths)[0]) and not self.readings(claim, entrywise)[0]

    def _supposing(self, claim: Claim) -> Judgement | None:
        """A claim where quantities have given values: at points that are moved to where they have."""
        equal = [c for c in claim.conditions if isinstance(c, t.Relation) and c.signs == ("=",)]
        made = [constraint(self.context, c.sides[0], "=", c.sides[1]) for c in equal  # type: ignore[arg-type]
                if None not in c.sides]
        if not made or None in made:
            return None
        setting = self.laboratory.setting
        supposed = [m for m in made if m is not None]
        names = frozenset(Variables([m.expr for m in supposed]).tensors)
        under = self.laboratory.under(replace(setting, constraints=(*setting.constraints, *supposed), zero=names))
        if not under.batches():
            return None
        inside = replace(self, laboratory=under, answers={}, read={})
        rest = tuple(c for c in claim.conditions if c not in equal)
        return inside.decide(replace(claim, conditions=rest))

    def _at_sizes(self, claim: Claim) -> Judgement | None:
        """The verdict on a claim in the case that sizes have given values, as n = 1; None where that is not its case."""
        given = [c for c in claim.conditions if isinstance(c, t.Relation) and c.signs == ("=",) and None not in c.sides
                 and is_size(self.context, c.sides[0])]
        if not given:
            return None
        reader = elaborator_for(self.context, self.source, Way())
        under = self.laboratory.assumed([reader.condition(c) for c in given])
        rest = tuple(c for c in claim.conditions if c not in given)
        return replace(self, laboratory=under, answers={}, read={}).decide(replace(claim, conditions=rest))

    def _untyped(self, claim: Claim, errors: Sequence[SymderivError]) -> Judgement:
        """A claim that no reading gives a meaning to: perhaps one change gives it one, or numbers for its letters."""
        finding = unreadable(self._as_declared(claim) or errors)
        at_steps = self._at_steps(claim) if finding.status == "undeclared" else None
        if at_steps is not None:
            return at_steps
        letters = self._whole_numbers(claim)
        if letters and finding.status != "undeclared":
            found = self._instantiated(claim, letters)
            if found is not None:
                return found
        batches = self.laboratory.batches()
        if finding.status != "ill-typed" or not batches or self.quick:
            return finding
        with explaining() as own:
            repair = within(LINE_WORK, lambda: diagnose(self, claim, Way(), batches[0], True)) if own is not None else None
        if repair is None:
            apart = next((e for e in errors if isinstance(e, SidesDiffer)), None)
            return replace(unreadable([apart]), diagnosis="shape") if apart is not None else finding
        return replace(finding, diagnosis=repair.diagnosis, suggestion=repair.suggestion, part=repair.part)

    def _as_declared(self, claim: Claim) -> list[SymderivError]:
        """What is wrong, in the names that were declared, without the functions that stand for unknown quantities."""
        if self.plain is self.context:
            return []
        try:
            typed(claim, self.plain, self.source, Way(), self.plain_memo)
        except SymderivError as error:
            return [error]
        return []

    def as_declared(self, claim: Claim, way: Way) -> Expr:
        """The left side of a claim in the names that were declared, without the functions that stand for unknown ones."""
        found = self.typed(claim, way) if self.plain is self.context else typed(
            claim, self.plain, self.source, way, self.plain_memo)
        return found.left

    def slopes(self) -> Iterator[tuple[t.Derivative, str, str]]:
        """The derivatives of the quantities of which only is known what they depend on, by that; with both names."""
        for record in self.plain.all():
            for name in record.depends if isinstance(record, Quantity) else ():
                known = next(iter(self.context.by_name(name)), None)
                if known is not None:
                    yield t.Derivative(t.Name(record.name, arity(record)), (t.Name(name, arity(known)),)), record.name, name

    def slope(self, tree: t.Derivative) -> Expr:
        """The value of such a derivative.  Raises SymderivError."""
        return elaborator_for(self.context, self.source, Way(), None, self.memo).of(tree).expr

    def _whole_numbers(self, claim: Claim) -> list[Quantity]:
        """Declared integers in a claim that nothing but their kind is known of."""
        used = {n.name for side in (claim.left, claim.right) for n in t.walk(side) if isinstance(n, t.Name)}
        return [r for r in self.context.all() if isinstance(r, Quantity) and r.name in used
                and type(r.value) is sympy.Symbol and r.value.is_integer and not r.value.is_positive]

    def _instantiated(self, claim: Claim, letters: list[Quantity]) -> Judgement | None:
        """A claim about every integer, at the first few: k-th powers of matrices and the like."""
        findings: list[Judgement] = []
        values = [v for v in range(1, 5) if self._allowed(letters[0].value, v)][:4]
        for number in values:
            context = self.context.copy()
            context.values.clear()
            for record in letters:
                context.replace(record, replace(record, value=sympy.Integer(number)))
            inside = Judge(context, context, self.source, self.laboratory, self.tolerance, quick=self.quick)
            finding = inside.decide(claim)
            if finding.status == "refuted":
                shown = ", ".join(f"{r.name} = {number}" for r in letters)
                return replace(finding, notes=(*finding.notes, f"at {shown}"))
            if finding.status not in HOLDS:
                return None
            findings.append(finding)
        if not findings:
            return None
        shown = ", ".join(r.name for r in letters)
        return replace(findings[0], status="supported", message=f"it holds for {shown} in {', '.join(map(str, values))}")

    def _at_steps(self, claim: Claim) -> Judgement | None:
        """A claim about any step t of families h_t, at all steps for which its names are declared; None for any other."""
        members = [n for side in (claim.left, claim.right) for n in t.walk(side) if isinstance(n, t.Member)]
        free = {n for m in members for n in t.walk(m.argument) if isinstance(n, t.Letter | t.Unknown)
                and not self.context.by_name(n.name)}
        names = {n.name for n in free}
        steps = sorted({s for m in members for d in self.context.by_name(m.family) if isinstance(d, SteppedName)
                        for s in d.steps})
        if len(names) != 1 or not steps:
            return None
        found: dict[int, Judgement] = {}
        for step in steps[:MAX_STEPS]:
            here = claim
            for letter in free:
                left, right = (t.exchanged(side, letter, t.Number(str(step))) for side in (here.left, here.right))
                here = replace(here, left=left, right=right)
            finding = self.decide(here)
            if finding.status == "refuted":
                return replace(finding, notes=(*finding.notes, f"at {min(names)} = {step}"))
            if finding.status in HOLDS:
                found[step] = finding
        if not found:
            return None
        note = f"it holds for {min(names)} in {', '.join(map(str, found))}"
        return replace(next(iter(found.values())), status="supported", message=note)

    def _allowed(self, symbol: Expr, number: int) -> bool:
        """Whether the assumptions allow a value."""
        for relation in self.context.assuming:
            if relation.free_symbols == {symbol} and relation.xreplace({symbol: sympy.Integer(number)}) == False:  # noqa: E712
                return False
        return number > 0 or not self.context.assuming

    def _accepted(self, claim: Claim, each: Typed, found: SampledComparison) -> Judgement:
        notes = [*each.notes, each.way.note]
        evidence = _agreement(found)
        if each.entrywise:
            notes.append(f"an array stands for its entries {', '.join(each.letters)}")
        if each.assumed:
            return Judgement("conditional", "true if " + " and ".join(each.assumed) + ", which was not declared",
                             notes=tuple(filter(None, notes)))
        if found.partly:
            return self._where_needed(self._cancelled(claim, each) if each.sign in EQUALITIES else (), notes)
        if each.sign not in EQUALITIES:
            return Judgement("supported", evidence, notes=tuple(filter(None, notes)))
        if each.unsaid and self.compare(replace(each, rounded=None)).outcome != "agree":
            return Judgement("conditional", f"true if its decimals are rounded, {ROUNDED}", suggestion=_nearly(claim),
                             notes=tuple(filter(None, notes)))
        lost = self._cancelled(claim, each)
        if lost:
            return self._where_needed(lost, _notes(each))
        kink = self._at_an_included_kink(claim, each)
        if kink is not None:
            return Judgement("conditional", "true but at a kink or a jump of what is differentiated, which has no "
                             f"derivative there and which the condition includes: {kink}", notes=_notes(each))
        proof = self._proof(claim, each)
        if proof is None or _divided(proof) or (each.left != each.right and _powers([each.left, each.right])):
            looked = self._looked_at(each)
            if looked is not None and looked.status == "refuted" and proof is None:
                return self._contradicted(claim, each, looked)
            if looked is not None and _partial(looked, each, lambda: self._presupposed(claim, each)):
                return Judgement("conditional", looked.evidence, looked.counterexample, notes=_notes(each))
            tried = looked.sizes if looked is not None and looked.sizes else self.laboratory.sizes
            beyond = unreached((each.left, each.right), tried, self.laboratory.assuming) if proof is None else 0
            if beyond:
                return Judgement("undecided", f"{evidence}, none of which goes up to {beyond}, where they may differ",
                                 notes=_notes(each))
        if proof is not None:
            return Judgement("proved", COINCIDE, notes=tuple(filter(None, notes)), proof=proof)
        return Judgement("supported", evidence, notes=tuple(filter(None, notes)))

    def _reader(self, claim: Claim, each: Typed) -> Interpretation:
        """A reader of a claim, who remembers nothing yet."""
        reader = elaborator_for(self.context, self.source, each.way, once(claim.left) if self.context.einstein else None)
        reader.whole = t.Sequence((claim.left, claim.right, *claim.conditions))
        return reader

    def _at_an_included_kink(self, claim: Claim, each: Typed) -> str | None:
        """A point in words at which a condition holds and what a claim differentiates has no derivative."""
        setting = self.laboratory.setting
        bounds = {"not negative": sympy.Ge, "positive": sympy.Gt}
        if setting.choices or setting.held or not differentiates(claim) \
                or any(c.kind not in bounds for c in setting.constraints):
            return None
        where = sympy.Integer(1) if each.mask is None else each.mask
        # What a text assumes with an end that belongs to it is included as well.
        assuming = (*self.laboratory.assuming, *(bounds[c.kind](c.expr, 0) for c in setting.constraints))
        read = where.free_symbols.union(*(c.free_symbols for c in assuming if c.rel_op in (">=", "<=")))
        if not read:
            return None
        reader = self._reader(claim, each)
        for tree in (claim.left, claim.right):
            with suppress(SymderivError):
                reader.term(tree)
        for body, variable in reader.sloped:
            if variable in read:
                shown = over_letters(body, sorted(letters_in(body), key=str))
                found = without_slope(shown, variable, where, assuming=assuming)
                if found is not None:
                    return found
        return None

    @staticmethod
    def _where_needed(lost: Sequence[Any], notes: Iterable[str]) -> Judgement:
        """The verdict on sides that agree where both have a value: what one of them needs, if that can be said."""
        needs = " and ".join(map(in_words, lost))
        said = f"true where {needs}, which was not declared: elsewhere one side alone has a value"
        other = "true where both sides have a value; elsewhere one of them alone has one, so that something has to be " \
                "declared, for instance what is positive"
        return Judgement("conditional", said if lost else other, notes=tuple(filter(None, notes)))

    def _proof(self, claim: Claim, each: Typed) -> Verdict | None:
        """The proof that both sides have one canonical form; never asked for before numbers agree."""
        if each.mask is not None or each.duties or each.rounded is not None or has_integral(each.left, each.right):
            return None
        try:
            if self.plain is not self.context:
                each = typed(claim, self.plain, self.source, each.way, self.plain_memo)
            if each.bare is None or _large(each.left) + _large(each.right) > MAX_PROOF:
                return None
            found = _proved(each.left, each.right, self.laboratory.assuming)
        except (SymderivError, RecursionError, TypeError, ValueError):
            return None
        return found if found.coincide else None

    def _looked_at(self, each: Typed) -> Comparison | None:
        """The sides at points that tell more than those of a text: other magnitudes, where one alone has a value.

        Asked only where nothing ties the names to each other, so that a point is one of the text's.
        """
        if self.quick or self._tied() or each.rounded is not None or each.mask is not None or each.duties \
                or has_integral(each.left, each.right):
            return None
        try:
            return _compared(each.left, each.right, self.laboratory.assuming)
        except (SymderivError, TypeError, ValueError):
            return None

    def _presupposed(self, claim: Claim, each: Typed) -> set[Any]:
        """What has to be so for the names that a claim speaks of to have the values that their definitions say."""
        reader, made = self._reader(claim, each), [each.left, each.right]
        for name in dict.fromkeys(n for side in (claim.left, claim.right) for n in t.walk(side) if isinstance(n, t.Name)):
            with suppress(SymderivError):
                made.append(reader.of(name).expr)
        return {c for node in subexpressions(*made) if isinstance(node, Named) for c in needed(node.body)}

    def _elsewhere(self, claim: Claim, each: Typed) -> Judgement | None:
        """The verdict on sides that have no value at the points of the text: numbers that are huge, or not many."""
        report = self._looked_at(each) if each.sign in EQUALITIES else None
        if report is None or report.status == "undecided":
            return None
        if report.status == "refuted":
            return self._contradicted(claim, each, report)
        if report.status == "conditional" and not _partial(report, each, lambda: self._presupposed(claim, each)):
            return Judgement("supported", report.evidence.rpartition("where both have one, ")[2], notes=_notes(each))
        return Judgement(report.status, report.evidence, report.counterexample, notes=_notes(each))

    def _tied(self) -> bool:
        """Whether what a text says ties names to each other or to values."""
        setting = self.laboratory.setting
        return bool(setting.constraints or setting.choices or setting.held)

    def _cancelled(self, claim: Claim, each: Typed) -> tuple[Any, ...]:
        """What a side needs as it is written, and neither its value nor the other side shows any more: x/x = 1.

        Who writes the inverse of a matrix says that it has one; who divides by its determinant does not.
        """
        if self._tied():
            return ()
        reader = self._reader(claim, each)
        assuming = (*self.laboratory.assuming, *map(reader.condition, claim.conditions))
        needs = []
        for tree in (claim.left, claim.right):
            reader.partial.clear()
            with suppress(SymderivError):
                reader.term(tree)
            needs.append({p: c for p in reader.partial.values() if not _inverts(p) and (c := needed(p, assuming))})
        if not any(needs):
            return ()
        sides = each.left, each.right
        left, right = ({*needed(side, assuming)}.union(*own.values()) for own, side in zip(needs, sides, strict=True))
        lone = _powers([*needs[0], each.left]) ^ _powers([*needs[1], each.right])
        lost = tuple(dict.fromkeys(c for own in needs for part, conditions in own.items() for c in conditions
                                   if (c in left) != (c in right) or part in lone))
        supposed = self._presupposed(claim, each) if lost else set()
        lost = tuple(c for c in lost if c not in supposed)
        written = [[side, *(over_letters(part, sorted(letters_in(part), key=str)) for part in own)]
                   for own, side in zip(needs, sides, strict=True)]
        return lost if lost and one_sided(*written, assuming=assuming) else ()

    def _contradicted(self, claim: Claim, each: Typed, found: Comparison) -> Judgement:
        """The verdict where such a point tells the sides apart."""
        assert found.counterexample is not None
        if (differentiates(claim) or not _rounds(each)) and _at_a_kink(each, found.counterexample):
            return Judgement("conditional",
                             "true except at a kink or a jump, where a derivative or a case is a matter of "
                             "convention: the sides differ at the point shown", found.counterexample, notes=_notes(each))
        if self._agrees_rounded(claim, each):
            return _only_rounded(claim, each, found.counterexample)
        return Judgement("refuted", REFUTED, found.counterexample, notes=_notes(each))

    def vanishes(self, claim: Claim) -> bool:
        """Whether both sides of a claim are zero at all points, so that they say nothing."""
        for each in self.readings(claim)[0][:1]:
            for batch in self.laboratory.batches():
                if float(np.nanmax(np.abs(batch.value(each.left)), initial=0.0)) > 1e-6:
                    return False
        return True

    def decide_quickly(self, claim: Claim) -> bool:
        """Whether a claim holds under one of the ways of reading; nothing is explained."""
        return any(self.compare(each).outcome == "agree" for each in self.readings(claim)[0])

    # ------------------------------------------------------------------ numbers

    def compare(self, each: Typed, batches: list[Points] | None = None) -> SampledComparison:
        """Both sides at all points.  The first difference ends it."""
        problem = self.laboratory.problem
        tiny: SampledComparison | None = None
        for spread in SPREADS:
            agreed = sizes = largest = 0
            masked = partly = telling = False
            group = batches if batches is not None else self.laboratory.batches(spread)
            if batches is None and (each.sign not in EQUALITIES or has_pieces(each.left) or has_pieces(each.right)):
                group = [*group, *self.laboratory.crowd(spread)]
            if batches is None and each.sign in (*ORDERED, "!=") and spread == SPREADS[0]:
                group = [*group, *self.laboratory.batches("integers"), *self.laboratory.batches("origin")]
                read = Variables(each.exprs)
                group += self.laboratory.small_sizes(read.sizes) if not read.tensors else ()
            for batch in group:
                try:
                    gap, fine = self.gap(each, batch)
                except Uncovered as error:
                    return SampledComparison("uncovered", agreed, sizes, batch, problem=error.message)
                except SymderivError as error:
                    problem = error.message
                    continue
                if not fine.any():
                    masked = masked or each.mask is not None
                    problem = problem or "an entry is not a number"
                    continue
                worst = np.where(fine, gap, 0.0)
                if float(worst.max()) > 1:
                    place = np.unravel_index(int(np.argmax(worst)), worst.shape)
                    return SampledComparison("differ", agreed, sizes, batch, int(place[0]),
                                             tuple(int(p) + 1 for p in place[1:]))
                agreed += int(fine.reshape(len(fine), -1).any(axis=1).sum())
                telling = telling or self._telling(each, batch)
                sizes += 1
                largest = max([largest, *(batch.data.sizes.values() or (2,))])
                partly = partly or (min(batch.data.sizes.values(), default=2) > 1 and self.alone(each, batch))
            if agreed and not telling:
                return SampledComparison("nowhere", agreed, sizes,
                                         problem="its values are too large or too small to be told apart")
            if agreed and (largest > 1 or batches is not None or self.laboratory.single):
                return SampledComparison("agree", agreed, sizes, partly=partly)
            if agreed:
                # Where every axis has one entry, almost anything is equal; other numbers may do for longer axes.
                tiny = tiny or SampledComparison("nowhere", agreed, sizes, problem=problem or "it agrees at sizes of 1 only")
            if batches is not None:
                break
        if tiny is not None:
            return tiny
        return SampledComparison("vacuous" if masked and problem == "an entry is not a number" else "nowhere",
                                 problem=problem)

    def gap(self, each: Typed, batch: Points, tied: bool | None = None) -> tuple[Numbers, Numbers]:
        """(how far the sides are apart in units of what is allowed, where that can be said), batch axis first.

        tied  whether the points satisfy equations to rounding; where not given, as the text's own points do
        """
        for array, diagonal in each.duties:
            a, b = batch.value(array), batch.value(diagonal)
            if not np.allclose(a, b, rtol=1e-7, atol=1e-9, equal_nan=True):
                raise ShapeError("this derivative is not diagonal, so it is not a vector")
        if each.sign in EQUALITIES and rationals(each) and each.rounded is None:
            # Numbers are compared as they are, whatever their size.
            return np.array([0.0 if each.left == each.right else np.inf]), np.array([True])
        left, right = np.broadcast_arrays(batch.value(each.left), batch.value(each.right))
        with np.errstate(all="ignore"):
            # Beyond this an inverse of something singular is more likely than a value.
            fine = (np.abs(left) < HUGE) & (np.abs(right) < HUGE)
            alone = np.isnan(left) ^ np.isnan(right)
            if each.mask is not None:
                asked = np.broadcast_to(batch.value(each.mask), left.shape) != 0
                fine, alone = fine & asked, alone & asked
            if alone.any() and any(side.has(sympy.Piecewise) for side in (each.left, each.right)):
                raise Uncovered("its cases leave entries without a value")
            scale = np.maximum(np.maximum(np.abs(left), np.abs(right)), 1e-2)
            if each.sign in ORDERED:
                gap = ordered(each.sign, (each.left, each.right), batch, (left, right), scale,
                              self._tied() if tied is None else tied)
            else:
                gap = _GAPS[each.sign](left, right, scale, self.tolerance)
            if each.rounded is not None and (each.sign in EQUALITIES or self.tolerance is None):
                off = np.asarray(np.abs(left - right) / max(each.rounded, self.tolerance or 0.0))
                gap = off if each.sign in EQUALITIES else np.minimum(gap, off)
        return np.where(fine, gap, 0.0), fine

    def _telling(self, each: Typed, batch: Points) -> bool:
        """Whether sides that agree could have differed: some value is neither huge nor nearly 0, or all are the same.

        Where the points are solved for, what the equations say to be 0 is so to rounding only.
        """
        if each.sign not in EQUALITIES or rationals(each) or self.laboratory.setting.constraints:
            return True
        left, right = np.broadcast_arrays(batch.value(each.left), batch.value(each.right))
        with np.errstate(all="ignore"):
            size = np.maximum(np.abs(left), np.abs(right))
            return bool(np.any((size > TINY) & (size < HUGE)) or np.array_equal(left, right, equal_nan=True))

    def alone(self, each: Typed, batch: Points) -> bool:
        """Whether one side has a value at an entry where the other has none."""
        if each.sign not in EQUALITIES or each.mask is not None:
            return False
        left, right = np.broadcast_arrays(batch.value(each.left), batch.value(each.right))
        return bool(np.any(np.isnan(left) & np.isfinite(right) | np.isnan(right) & np.isfinite(left)))

    # ------------------------------------------------------------------ what is wrong

    def _rejected(self, claim: Claim, each: Typed, found: SampledComparison) -> Judgement:
        if has_integral(each.left, each.right) and not self._surely(claim, each, found):
            return Judgement("undecided", "an integral in it is read, but numbers do not decide it", notes=_notes(each))
        if each.sign == "approx" and self.tolerance is None and any(n.free_symbols for n in (each.left, each.right)):
            return Judgement("undecided", "how near is meant is not said", suggestion="declare it, as in tolerance: 0.01",
                             notes=_notes(each))
        if self._but_for_zeros(each):
            return Judgement("conditional", "true but for points at which the sides are equal, as where the arrays are 0",
                             notes=_notes(each))
        if each.sign not in EQUALITIES or self.quick:
            return Judgement("refuted", REFUTED, None if self.only else self.smallest(each, found), notes=_notes(each))
        if self._agrees_rounded(claim, each):
            return _only_rounded(claim, each, self.smallest(each, found))
        condition = self._conditional(claim, each)
        if condition is not None:
            return condition
        counterexample = self.smallest(each, found)
        if counterexample is None:
            return Judgement("undecided", "the sides seem to differ, but not in extended precision", notes=_notes(each))
        with explaining() as own:
            if own is None:
                many = "why was not looked for: many lines above are wrong"
                return Judgement("refuted", REFUTED, counterexample, notes=(*_notes(each), many))
            try:
                return self._refuted(claim, each, found, counterexample)
            except (SymderivError, TypeError, ValueError):
                # What may have been meant has no value: the counterexample stands.
                return Judgement("refuted", REFUTED, counterexample, notes=_notes(each))

    def _agrees_rounded(self, claim: Claim, each: Typed) -> bool:
        """Whether sides that differ do not where decimals are rounded."""
        return claim.decimals is not None and each.rounded is None \
            and self.compare(replace(each, rounded=claim.decimals[1])).outcome == "agree"

    def _but_for_zeros(self, each: Typed) -> bool:
        """Whether v'Hv > 0 fails only where arrays are 0 and both sides are equal."""
        if each.sign not in ("<", ">") or not any(x.shape for x in Variables(each.exprs).tensors.values()):
            return False
        weak = replace(each, sign=f"{each.sign}=")
        return self.compare(each, self.laboratory.batches()).outcome == self.compare(weak).outcome == "agree"

    def _refuted(self, claim: Claim, each: Typed, found: SampledComparison, counterexample: Counterexample) -> Judgement:
        """The verdict on a claim with a counterexample: what it needs to be true, or what it should be."""
        batch = found.batch
        assert batch is not None
        for apart, words in different_letters(claim, self.context):
            if within(EXCUSE_WORK, lambda apart=apart: self.decide_quickly(apart)):  # type: ignore[misc]
                return Judgement("conditional", f"true for {words}, which is not said", counterexample,
                                 suggestion=f"write for which letters it holds: {words}", notes=_notes(each))
        for names, words in apart_from_sums(claim, self.plain):
            inside = self.with_names(names)
            if within(EXCUSE_WORK, lambda inside=inside: inside.decide_quickly(claim)):  # type: ignore[misc]
                return Judgement("conditional", f"true if {words}, which is not said", counterexample, notes=_notes(each))
        repair = within(LINE_WORK, lambda: diagnose(self, claim, each.way, batch))
        if repair is None or repair.diagnosis == LOST:
            repair = within(EXCUSE_WORK, lambda: self._forgotten_path(claim, each.way, batch)) or repair
        # Where a slip explains the line, it is that.
        needs = within(EXCUSE_WORK, lambda: self._under_assumption(claim, each, batch)) if repair is None else None
        if needs is not None:
            words, name, held = needs
            if SYMMETRIC in held and self._transposes_squares(claim):
                return Judgement("refuted", REFUTED, counterexample, "symmetry assumed",
                                 notes=(*_notes(each), f"it is true only if {words}"))
            return Judgement("conditional", f"true if {words}, which was not declared", counterexample, notes=_notes(each),
                             supposing=(name, held))
        symmetric = within(EXCUSE_WORK, lambda: self._all_symmetric(each, batch)) if repair is None else None
        if symmetric is not None:
            return Judgement("refuted", REFUTED, counterexample, "symmetry assumed", notes=(*_notes(each), symmetric))
        letter = _chosen(claim) if repair is not None and repair.diagnosis == "dropped sum" else None
        if letter is not None:
            message = f"true for the {letter} for which its condition holds; summed over {letter}, it is true"
            return Judgement("conditional", message, counterexample,
                             suggestion=repair.suggestion if repair is not None else None)
        loose = sorted(t.free_letters(claim.right) - self._letters_of(claim.left, each.way)) \
            if repair is None and not claim.conditions else []
        if loose:
            return Judgement("refuted", REFUTED, counterexample, "an index that nothing binds",
                             f"sum over {loose[0]}, or say which {loose[0]} is meant", _notes(each))
        return Judgement("refuted", REFUTED, counterexample,
                         repair.diagnosis if repair is not None else None,
                         repair.suggestion if repair is not None else None,
                         (*_notes(each), *([repair.where] if repair is not None and repair.where else [])),
                         repair.part if repair is not None else "")

    def _letters_of(self, tree: t.Tree, way: Way) -> set[str]:
        """The index letters that are free in a tree, or in what its names stand for."""
        reader = elaborator_for(self.context, self.source, way, None, self.memo)
        reader.whole = tree
        found = reader.of(tree)
        return t.free_letters(tree) | ({x.name for x in letters_in(found.expr)} if isinstance(found, Value) else set())

    def _forgotten_path(self, claim: Claim, way: Way, batch: Points) -> Repair | None:
        """A derivative that is right if one of the names that it goes through were held fixed."""
        left = claim.left
        if isinstance(left, t.Terms):
            for place, term in enumerate(left.terms):
                kept = [(x, s) for k, (x, s) in enumerate(zip(left.terms, left.signs, strict=True)) if k != place]
                path = any(isinstance(n, t.Derivative) for n in t.walk(term))
                if path and self.decide_quickly(replace(claim, left=t.added(kept))):
                    shown = latex(t.Terms((term,), (left.signs[place],)))
                    return Repair(PATH, f"{latex(claim.right)} {'' if shown.startswith('-') else '+ '}{shown}",
                                  f"{latex(term)} is missing")
        if not isinstance(left, t.Derivative) or left.order != 1 or left.body is None or len(left.variables) != 1:
            return None
        by = latex(left.variables[0])
        for record in names_between(self.plain, left.body, left.variables[0])[:MAX_PATHS]:
            plain = self.plain.copy()
            plain.values.clear()
            plain.bodies.clear()
            plain.replace(record, replace(record, tree=t.Call(t.Function(stop_gradient.name), (record.tree,))))
            held = self.with_names(plain)
            with suppress(SymderivError):
                each = held.typed(claim, way)
                if all(held.compare(each, group).outcome == "agree" for group in ([batch], None)):
                    name, body = latex(t.Name(record.name)), latex(left.body)
                    lost = rf"\frac{{\partial {body}}}{{\partial {name}}} \frac{{\partial {name}}}{{\partial {by}}}"
                    return Repair(PATH, f"{latex(claim.right)} + {lost}",
                                  f"{record.name} depends on it as well: the path through {record.name} is missing")
        return None

    def with_names(self, names: DeclaredNames) -> Judge:
        """A judge at the same points, for whom names mean something else; nothing is explained."""
        return Judge(with_generic_functions(names), names, self.source, self.laboratory, self.tolerance, quick=True)

    def _surely(self, claim: Claim, each: Typed, found: SampledComparison) -> bool:
        """Whether the integrals of a claim are the same by a finer rule, at the points where it fails."""
        context = self.context.copy()
        context.values.clear()
        try:
            finer = typed(claim, context, self.source, replace(each.way, fine=True))
            return found.batch is not None and all(
                float(self.gap(replace(each, left=a, right=b), found.batch)[0].max()) <= 1
                for a, b in ((each.left, finer.left), (each.right, finer.right)))
        except SymderivError:
            return False

    def _conditional(self, claim: Claim, each: Typed) -> Judgement | None:
        """A claim that holds if partial derivatives are taken with the other names held fixed."""
        if not differentiates(claim):
            return None
        for way in (Way(direct=True), Way(direct=True, layout="numerator"), Way(direct=True, chain=True)):
            try:
                direct = typed(Claim(claim.left, claim.sign, claim.right, claim.conditions), self.context, self.source,
                               way, self.memo, left_way=replace(way, direct=False))
            except SymderivError:
                continue
            found = self.compare(direct)
            if found.outcome == "agree" and sums_paths(claim.right):
                return Judgement("supported", _agreement(found), notes=(
                    *_notes(each), "the partial derivatives on the right are direct ones: the other names in a definition "
                    "are held fixed"))
            if found.outcome == "agree":
                return Judgement("conditional",
                                 "true if the partial derivatives on the right are direct ones, with the other "
                                 "names held fixed; read as total derivatives it is false", notes=_notes(each))
        return None

    def _under_assumption(self, claim: Claim, each: Typed, failed: Points) -> tuple[str, str, frozenset[str]] | None:
        """A common property of one quantity under which a claim holds, in words, with its name and itself; None if there
        is none.  Those come first that the claim itself speaks of."""
        spoken = {n.name for side in (claim.left, claim.right) for n in t.walk(side) if isinstance(n, t.Name)}
        tensors = sorted(Variables([each.left, each.right]).tensors.items())
        known = [(name, x) for name, x in tensors if x.label_size is None and name.split("_")[0] not in COEFFICIENTS]
        # On one side of a kink the derivative of a relu is 1: that is the slip itself, and no condition.
        kinked = differentiates(claim) and (has_pieces(each.left) or has_pieces(each.right))
        for name, tensor in sorted(known, key=lambda pair: pair[0] not in spoken)[:MAX_ASSUMED]:
            for held, words in _properties(tensor):
                if held & tensor.properties or (kinked and POSITIVE in held):
                    continue
                setting = replace(self.laboratory.setting, held={**self.laboratory.setting.held, name: held})
                if self._holds(each, setting, failed) and self._stands(each, tensor, held):
                    return words.format(name), name, held
            if len(tensor.shape) == 1 and not tensor.properties \
                    and self._holds(each, _normed(self.laboratory.setting, tensor), failed):
                return f"{name} has length 1", name, frozenset()
        return None

    def _all_symmetric(self, each: Typed, failed: Points) -> str | None:
        """In words, that a claim holds where several square matrices are symmetric, and not where one of them is."""
        square = {name: x for name, x in sorted(Variables([each.left, each.right]).tensors.items())
                  if len(x.shape) == 2 and x.shape[0] == x.shape[1] and not x.properties}
        if len(square) < 2:
            return None
        held = frozenset([SYMMETRIC])
        setting = replace(self.laboratory.setting, held={**self.laboratory.setting.held, **dict.fromkeys(square, held)})
        return f"it is true only if {' and '.join(square)} are symmetric" if self._holds(each, setting, failed) else None

    def _transposes_squares(self, claim: Claim) -> bool:
        """Whether what is claimed has the transpose of a square array that is not differentiated by: who writes A + Aᵀ takes
        none for symmetric that is not said to be."""
        by = t.varied((claim.left,))
        names = (n.base.name for n in t.walk(claim.right) if isinstance(n, t.Transpose) and isinstance(n.base, t.Name))
        shapes = (shape_of(r.value) for name in names if name not in by for r in self.context.by_name(name)
                  if isinstance(r, Quantity))
        return any(len(shape) == 2 and shape[0] == shape[1] for shape in shapes)

    def _holds(self, each: Typed, setting: Setting, failed: Points) -> bool:
        """Whether a claim holds at points that respect more than was declared, at the sizes at which it failed too."""
        widest = max(self.laboratory.sizes, key=lambda s: sum(s.values()), default={})
        under = self.laboratory.under(setting)
        for sizes in (widest, failed.data.sizes):
            points = under.points(sizes, self.laboratory.seed + 5, 2, attempts=4)
            if points is None or self.compare(each, [points]).outcome != "agree":
                return False
        return not (has_pieces(each.left) or has_pieces(each.right)) or self.compare(each, under.crowd()).outcome == "agree"

    def _stands(self, each: Typed, tensor: Tensor, held: frozenset[str]) -> bool:
        """Whether a claim holds for a quantity with more properties at all magnitudes, and at sizes from 1 on."""
        more = Tensor(tensor.name, tensor.shape, tensor.properties | held)
        left, right = (side.xreplace({tensor: more}) for side in (each.left, each.right))
        found = self._looked_at(replace(each, left=left, right=right))
        return found is None or found.status in ("supported", "undecided")

    # ------------------------------------------------------------------ the counterexample

    def smallest(self, each: Typed, found: SampledComparison) -> Counterexample | None:
        """The difference at sizes and numbers as small as can be, confirmed in extended precision."""
        if rationals(each):
            left, right = (int(n) if n.is_Integer else number_shown(n) for n in (each.left, each.right))
            return Counterexample({}, {}, (), left, right)
        assert found.batch is not None
        nodes = [each.left, each.right]
        laboratory = self.laboratory
        candidates: list[Points] = []
        ordered = sorted(laboratory.sizes, key=lambda s: (sum(s.values()), sorted(s.items())))
        for sizes in [s for s in ordered if sum(s.values()) <= sum(found.batch.data.sizes.values())][:3]:
            made = laboratory.points(sizes, laboratory.seed * 13 + 3, 4, "integers")
            if made is not None:
                candidates.append(made)
        for points in [*candidates, *sorted(laboratory.batches(), key=lambda b: sum(b.data.sizes.values())), found.batch]:
            try:
                gap, fine = self.gap(each, points)
            except SymderivError:
                continue
            if not fine.any() or float(gap.max()) <= 1:
                continue
            row = int(np.unravel_index(int(np.argmax(gap)), gap.shape)[0])
            shown = self._shown(each, nodes, points, row)
            if shown is not None:
                return shown
        return None

    def _shown(self, each: Typed, nodes: list[Expr], points: Points, row: int) -> Counterexample | None:
        """One point as a counterexample; entries are rounded to one decimal where the difference stays."""
        single = points.data.only(row)
        if points.data.spread != "integers" and not self.laboratory.setting.constraints:
            rounded = single.only(0)
            kept = {n for n, x in single.known.items() if x.properties - {"positive"}}
            for name, value in rounded.tensors.items():
                if name not in kept:
                    tidy = np.round(value, 1)
                    if "positive" in getattr(single.known.get(name), "properties", ()):
                        tidy = np.maximum(tidy, 0.1)
                    rounded.tensors[name] = tidy
            for trial in (rounded, single):
                found = self.counterexample(each, nodes, Points(trial))
                if found is not None:
                    return found
            return None
        return self.counterexample(each, nodes, Points(single))

    def counterexample(self, each: Typed, nodes: list[Expr], point: Points,
                       tied: bool | None = None) -> Counterexample | None:
        try:
            gap, fine = self.gap(each, point, tied)
        except SymderivError:
            return None
        if not fine.any() or float(gap.max()) <= 1:
            return None
        place = np.unravel_index(int(np.argmax(gap)), gap.shape)
        sample = point.data.row(0)
        where = tuple(int(p) for p in place[1:])
        left, right = (np.broadcast_to(point.value(n), gap.shape)[place] for n in nodes)
        if each.sign in EQUALITIES and each.rounded is None and not confirmed(nodes, sample, where):
            return None
        used = Variables(nodes)
        arrays = {name: value for name, value in sample.arrays.items() if name in used.tensors or name in used.labels
                  or name in used.sizes}
        arrays = self._shown_unknowns(arrays, point)
        sizes = {name: value for name, value in sample.sizes.items() if name in used.sizes}
        return Counterexample(sizes, arrays, tuple(w + 1 for w in where), float(left), float(right))


    def _shown_unknowns(self, arrays: dict[str, Any], point: Points) -> dict[str, Any]:
        """Data with the derivatives of unknown quantities in the place of the coefficients that stand for them."""
        for tree, unknown, by in self.slopes():
            if any(f"{part}_{unknown}_{by}" in arrays for part in COEFFICIENTS):
                with suppress(SymderivError):
                    value = point.value(self.slope(tree))[0]
                    arrays[f"d{unknown}/d{by}"] = value if np.ndim(value) else float(value)
        hidden = [f"{part}_{r.name}" for r in self.plain.all() if isinstance(r, Quantity) and r.depends
                  for part in COEFFICIENTS]
        return {n: v for n, v in arrays.items() if not any(n == h or n.startswith(h + "_") for h in hidden)}


# ------------------------------------------------------------------ helpers

@recounted(256)
def _proved(left: Expr, right: Expr, assuming: tuple[Any, ...]) -> Verdict:
    return prove(left, right, assuming=assuming, numeric=False)


@recounted(256)
def _compared(left: Expr, right: Expr, assuming: tuple[Any, ...]) -> Comparison:
    return compare(left, right, assuming=assuming)


def _divided(found: Verdict) -> bool:
    """Whether a proof cancels what may be 0."""
    return any("!= 0" in c for step in found.proof.steps for c in step.conditions)


def _inverts(expr: Expr) -> bool:
    return any(RECORDS.inv.of(node) for node in expr.atoms(Apply))


def _powers(written: Iterable[Expr]) -> set[Expr]:
    """The powers that have a value below 0 at some exponents alone: a**b needs a > 0 less often than a**(b/2) does."""
    return {p for e in written for p in e.atoms(sympy.Pow) if p.exp.free_symbols and not p.exp.is_integer}


def _partial(found: Comparison, each: Typed, presupposed: Callable[[], set[Any]]) -> bool:
    """Whether a condition is missing, and not only where every axis has one entry, so that all is degenerate.

    That a matrix has an inverse which is written down, in a line or in a definition, is none, nor that what a definition
    says of a name has a value.
    """
    point = found.counterexample
    if found.conditions and {*found.conditions} <= presupposed():
        return False
    inverted = {node.args[0] for node in subexpressions(each.left, each.right) if RECORDS.inv.of(node)}
    if found.conditions and all(r.rel_op == "!=" and RECORDS.det.of(r.lhs) and r.lhs.args[0] in inverted
                                for r in found.conditions):
        return False
    return found.status == "conditional" and bool(found.conditions or point is None or
                                                  min(point.sizes.values(), default=2) > 1)


def _at_a_kink(each: Typed, point: Counterexample) -> bool:
    """Whether evaluating a claim meets a tie, a kink or a jump at a point."""
    values = {**point.sizes, **point.arrays}
    return any(kink_distance(side, values) == 0 for side in (each.left, each.right))


def _rounds(each: Typed) -> bool:
    """Whether whole numbers are taken, which is a matter of fact where a number is whole."""
    nodes = (n for side in (each.left, each.right) for n in side.atoms(Apply, sympy.Function))
    return any(record.applied(n) for n in nodes for record in (floor, ceil, nearest))


def _only_rounded(claim: Claim, each: Typed, counterexample: Counterexample | None) -> Judgement:
    return Judgement("conditional", f"true if its decimals are rounded, {ROUNDED}", counterexample,
                     suggestion=_nearly(claim), notes=_notes(each))


def _nearly(claim: Claim) -> str:
    """A claim with the sign of rounded numbers."""
    decimals = claim.decimals
    assert decimals is not None
    other = claim.left if decimals[0] is claim.right else claim.right
    return rf"{latex(other)} \approx {latex(decimals[0])}"


def _equal(left: Numbers, right: Numbers, scale: Numbers, tolerance: float | None) -> Numbers:
    return np.asarray(np.abs(left - right) / (scale * TOLERANCE))


def _near(left: Numbers, right: Numbers, scale: Numbers, tolerance: float | None) -> Numbers:
    return np.asarray(np.abs(left - right) / (scale * (tolerance or 0.01)))


def _apart(left: Numbers, right: Numbers, scale: Numbers, tolerance: float | None) -> Numbers:
    return np.where(np.abs(left - right) > scale * TOLERANCE, 0.0, 2.0)


def _proportional(left: Numbers, right: Numbers, scale: Numbers, tolerance: float | None) -> Numbers:
    a, b = left.reshape(len(left), -1), right.reshape(len(right), -1)
    at = np.argmax(np.abs(b), axis=1)
    rows = np.arange(len(a))
    ratio = a[rows, at] / b[rows, at]
    return np.asarray(np.abs(left - right * ratio.reshape((-1,) + (1,) * (left.ndim - 1))) / (scale * TOLERANCE))


_GAPS: dict[str, Callable[[Numbers, Numbers, Numbers, float | None], Numbers]] = {
    **dict.fromkeys(EQUALITIES, _equal), "approx": _near, "!=": _apart, "propto": _proportional,
}


def worst(findings: Sequence[Judgement]) -> Judgement:
    """The finding that decides about a row; what is only noted does not hide what is claimed."""
    return min(findings, key=lambda f: ORDER.index(f.status))


def differentiates(claim: Claim) -> bool:
    """Whether derivatives occur in a claim."""
    kinds = t.Derivative | t.Differential | t.Directional
    if isinstance(claim.left, t.Call) and isinstance(claim.left.function, t.Function) and claim.left.function.primes:
        return True  # g'(x) = ...
    return any(isinstance(n, kinds) for side in (claim.left, claim.right) for n in t.walk(side))


def mixes_products(claim: Claim) -> bool:
    """Whether a product in a claim has both entrywise and other signs in it, so that its grouping may be meant otherwise."""
    products = (n.joints for side in (claim.left, claim.right) for n in t.walk(side) if isinstance(n, t.Factors))
    return any(len(set(map(is_elementwise, joints))) > 1 for joints in products)


def divides_dotted(claim: Claim) -> bool:
    """Whether the top or the bottom of a quotient in a claim is a product with dots."""
    return any(isinstance(part, t.Factors) and "cdot" in part.joints for side in (claim.left, claim.right)
               for n in t.walk(side) if isinstance(n, t.Fraction) for part in (n.top, n.bottom))


def sums_paths(tree: t.Tree) -> bool:
    """Whether a tree adds up products of derivatives, as the chain rule does that goes over several names."""
    while isinstance(tree, t.Bracket) or (isinstance(tree, t.Terms) and len(tree.terms) == 1):
        tree = tree.body if isinstance(tree, t.Bracket) else tree.terms[0]
    summed = (tree.body,) if isinstance(tree, t.Big) and tree.adds else ()
    inside = tree.terms if isinstance(tree, t.Terms) else summed
    return bool(inside) and all(_multiplies_derivatives(x) for x in inside)


def _multiplies_derivatives(tree: t.Tree) -> bool:
    while isinstance(tree, t.Bracket | t.Big):
        tree = tree.body
    factors = tree.factors if isinstance(tree, t.Factors) else ()
    return sum(any(isinstance(n, t.Derivative) for n in t.walk(f)) for f in factors) > 1


def unreadable(errors: Sequence[SymderivError]) -> Judgement:
    """The verdict on a claim that no reading gives a meaning to."""
    if not errors:
        return Judgement("unread", "it could not be read")
    error = next((e for e in errors if isinstance(e, UndeclaredName)), errors[0])
    message = error.message if error.where is None else f"{error.message}  (in {error.where})"
    if isinstance(error, IntegralNotComputed):
        return Judgement("undecided", message, suggestion=error.hint)
    if isinstance(error, UndeclaredName):
        return Judgement("undeclared", message, suggestion=error.hint)
    if isinstance(error, ShapeError | IndexError_) and not isinstance(error, DeclarationError):
        return Judgement("ill-typed", message, suggestion=error.hint)
    if isinstance(error, DeclarationError):
        return Judgement("undeclared", message, suggestion=error.hint)
    if isinstance(error, ParseError) and (error.hint or "").startswith("write sum_"):
        # A sum over a letter that stands nowhere below it.
        return Judgement("ill-typed", message, suggestion=error.hint)
    if isinstance(error, ParseError) and (error.hint or "").startswith("declare"):
        return Judgement("undeclared", message, suggestion=error.hint)
    return Judgement("unread", message, suggestion=error.hint)


def _chosen(claim: Claim) -> str | None:
    """A letter that is free on the right alone and stands in the condition of a case there."""
    left = t.letters_in(claim.left)
    for node in t.walk(claim.right):
        if isinstance(node, t.Cases | t.Iverson):
            said = [c for _, c in node.branches if c is not None] if isinstance(node, t.Cases) else [node.condition]
            for letter in (n.name for c in said for n in t.walk(c) if isinstance(n, t.Letter)):
                if letter not in left:
                    return letter
    return None


def _agreement(found: SampledComparison) -> str:
    return f"both sides agree at {found.points} points with {found.sizes} choices of sizes"


def _notes(each: Typed) -> tuple[str, ...]:
    return tuple(filter(None, (*each.notes, each.way.note)))


def _properties(tensor: Tensor) -> Iterable[tuple[frozenset[str], str]]:
    if len(tensor.shape) == 1:
        yield frozenset(["sums_to_one"]), "the entries of {0} sum to 1"
    if len(tensor.shape) == 2 and tensor.shape[0] == tensor.shape[1]:
        yield frozenset([SYMMETRIC]), "{0} is symmetric"
    yield frozenset([POSITIVE]), "the entries of {0} are positive" if tensor.shape else "{0} > 0"


def _normed(setting: Setting, tensor: Tensor) -> Setting:
    length = RECORDS.sum(RECORDS.pow(tensor, sympy.Integer(2))) - 1
    return replace(setting, constraints=(*setting.constraints, SampleConstraint(length, "zero")))


def _large(expr: Expr) -> int:
    """Number of nodes of an expression written out in full, shared parts counted wherever they stand."""
    sizes: dict[Any, int] = {}
    for node in bottom_up(expr):
        sizes[node] = 1 + sum(sizes[a] for a in node.args)
    return sizes[expr]
