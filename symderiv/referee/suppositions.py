"""What a text supposes: by words, by an arrow from it to a conclusion, or by setting to zero what a gradient is.

An equation is a claim about all values, unless it is supposed.  What is supposed holds at the points that later lines
are tested at; what follows from it must hold on every branch of its solutions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace

from ..answers import HOLDS
from ..arrays.operator import shape_of
from ..bounds import BRANCHES_WORK, explaining, within
from ..errors import SymderivError
from ..late import np
from ..numeric.evaluate import Variables
from ..reader.declare.context import Definition, Quantity, arity
from ..reader.meaning.entries import is_defined
from ..reader.meaning.laws import SPREADS
from ..reader.syntax import tree as t
from .best_values import TAKEN_FOR_BEST, ZERO
from .implications import (
    FOLLOWS_NOT,
    Branch,
    Premise,
    branches,
    follows,
    is_edge,
    meets,
    premise,
    refusal,
    sides_apart,
    speaks_of,
)
from .interpretations import ways
from .judge import Judge, Judgement, differentiates
from .line_claims import Claim
from .roles import COMPARED, OPTIMAL, SQUARED, declared_only, reads, wholes
from .samples import Laboratory, SampleConstraint, has_pieces
from .text_rows import sentence_until

IMPOSED = "an equation that is imposed, not an identity: declare it as a constraint"
APART = "no point was found at which all holds that is supposed above, so that it is not decided"
NOWHERE = "it is supposed, and no point was found at which it holds, so that what follows from it is not decided"
LET_BE = "it is supposed, as the sentence says: what follows is claimed of where it holds"
RECALLED = 12
"""So many gradients above a line are held against it."""
ALIKE = 1e-9
"""How far two ratios of the same numbers are apart by rounding, in units of the largest."""
NOT_SEEN = "it is not seen whether the gradient is 0 there"
NO_WAY = "it is not seen whether it follows"
STATIONARY = "imposed from here on, where the gradient above is 0: declare it as a constraint"


@dataclass
class Suppositions:
    """The equations that are supposed where a text stands.

    laboratory  points without them;  lasting  those that hold to the end of the text
    passing     those that hold as far as arrows lead;  gradients  what the text found gradients to be
    apart       those with which no point was found at which a later one holds: what fails may do so without them
    aside       what lasts, and points with it, while a row supposes what contradicts it
    solved      those of passing that names with a hat were solved from, for what is solved for below
    """

    judge: Judge
    laboratory: Laboratory
    lasting: list[Premise] = field(default_factory=list)
    passing: list[Premise] = field(default_factory=list)
    gradients: list[Claim] = field(default_factory=list)
    apart: list[Premise] = field(default_factory=list)
    solved: list[Premise] = field(default_factory=list)
    aside: tuple[list[Premise], Laboratory] | None = None
    imposed: Laboratory = field(init=False)
    known: dict[tuple[SampleConstraint, ...], list[Branch]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.imposed = self.laboratory

    def found_gradient(self, claim: Claim) -> None:
        """Remember what a gradient is, each once and the latest last."""
        others = [g for g in self.gradients if (g.left, g.right) != (claim.left, claim.right)]
        self.gradients = [*others[1 - RECALLED:], claim]

    @property
    def declared(self) -> list[Premise]:
        """The equations that are declared."""
        found = []
        for each in self.judge.context.constraints:
            tree = each.tree
            if isinstance(tree, t.Relation) and tree.signs == ("=",) and None not in tree.sides:
                made = premise(self.judge.context, Claim(tree.sides[0], "=", tree.sides[1]))  # type: ignore[arg-type]
                if made is not None:
                    found.append(made)
        return found

    def branches(self, premises: list[Premise]) -> list[Branch]:
        """Points at which equations hold, beside what is declared."""
        key = tuple(p.constraint for p in premises)
        if key not in self.known:
            # Where the search does not end, what it found before that is all there is.
            found: list[Branch] = []
            within(BRANCHES_WORK, lambda: found.extend(branches(self.laboratory, key)))
            self.known[key] = found
        return self.known[key]

    def bounds(self, claim: Claim) -> tuple[SampleConstraint, ...]:
        """The bounds that are supposed of what a claim speaks of."""
        found = [p for p in (*self.lasting, *self.passing) if p.constraint.kind != "zero"]
        names = speaks_of(self.judge, claim, sizes=True) if found else set()
        return tuple(p.constraint for p in found if p.names & names)

    def given(self, claim: Claim) -> tuple[SampleConstraint, ...]:
        """The equations supposed for a row alone that leave free what its claim differentiates by, as B = I does X."""
        by = t.varied((claim.left, claim.right)).keys()
        names = speaks_of(self.judge, claim, sizes=True) if self.passing and by else set()
        return tuple(p.constraint for p in self.passing if p.constraint.kind == "zero" and p.names & names
                     and not p.names & by)

    # ------------------------------------------------------------------ what follows

    def verdict(self, claim: Claim, finding: Judgement) -> Judgement:
        """The verdict on a claim where equations are supposed: whether it follows on all branches of their solutions."""
        if differentiates(claim) and finding.status == "refuted" and not claim.conditions:
            return self._at_the_case(claim) or finding
        tied = self._tied(claim) if differentiates(claim) and finding.status in HOLDS else None
        if tied is not None:
            return Judgement("undecided", "nothing says how {} depends on {}".format(*tied))
        if differentiates(claim) or claim.conditions or finding.status not in (*HOLDS, "refuted", "conditional"):
            return finding
        names = speaks_of(self.judge, claim, sizes=True)
        if finding.status == "refuted" and any(p.names & names for p in self.apart):
            return Judgement("undecided", APART)
        supposed = [*self.lasting, *self.passing]
        active = [p for p in (*self.declared, *supposed) if p.names & names]
        if not active or not (finding.status in HOLDS or {*active} & {*supposed}) or (
                finding.status == "proved" and not {*active} & {*supposed}):
            return finding
        bound = linked(frozenset(names).union(*(p.names for p in active)), supposed)
        found = follows(self.judge, claim, self.branches(bound))
        spoken = {n for p in active for n in p.names}
        if found.outcome == "fails" and (self._says_what(claim) - spoken or (
                len({*names} - spoken) > 1 and sides_apart(self.judge, claim))):
            return finding  # nothing above speaks of what it says something about
        if found.outcome == "fails" and any(p.names & names.union(*(a.names for a in active)) for p in self.apart):
            return Judgement("undecided", APART)
        if found.outcome == "fails":
            may_hold = finding.status == "conditional" and not found.counterexample
            refused = finding if may_hold else refusal([p.claim for p in active], claim, found)
            return self._with_what_follows(refused, claim, supposed) if refused.diagnosis == FOLLOWS_NOT else refused
        if found.outcome == "unknown" and finding.status not in HOLDS:
            return Judgement("undecided", "no point was found at which what it follows from holds, and it has a value")
        if found.outcome == "follows" and finding.status not in HOLDS:
            return Judgement("supported", "it follows from what is supposed above: both sides agree at "
                             f"{found.points} points where that holds")
        return finding

    def _tied(self, claim: Claim) -> tuple[str, str] | None:
        """What is differentiated by a name that it does not have, and this name, where an equation supposed has both:
        then J = Σ p_i r_i has no derivative 0 by h if p = softmax(h) stands between.
        """
        ties = [each for each in self.lasting if each.constraint.kind == "zero"]
        if not ties:
            return None
        for node in (n for side in (claim.left, claim.right) for n in t.walk(side) if isinstance(n, t.Derivative)):
            names = speaks_of(self.judge, Claim(node.body, "=", node.body)) if node.body is not None else frozenset[str]()
            by = {v.name for variable in node.variables for v in t.walk(variable) if isinstance(v, t.Name)} - names
            for each in ties:
                if each.names & names and (tied := sorted(each.names & by)):
                    return min(each.names & names), tied[0]
        return None

    def _at_the_case(self, claim: Claim) -> Judgement | None:
        """The verdict on a derivative in the case that its row names, where it is what the derivative comes to there."""
        names = speaks_of(self.judge, claim)
        if not any(p.names & names for p in self.passing):
            return None
        found = follows(self.judge, claim, self.branches([*self.lasting, *self.passing]))
        return Judgement("supported", "it holds in the case that is supposed, where the derivative is taken first: both "
                         f"sides agree at {found.points} points") if found.outcome == "follows" else None

    def _with_what_follows(self, refused: Judgement, claim: Claim, supposed: list[Premise]) -> Judgement:
        """The verdict on what does not follow, with the one change under which it does."""
        setting = self.laboratory.setting
        made = tuple(p.constraint for p in supposed)
        names = frozenset(Variables([c.expr for c in made]).tensors)
        under = self.laboratory.under(replace(setting, constraints=(*setting.constraints, *made), zero=names))
        with explaining() as own:
            if own is None or self.judge.quick or not within(BRANCHES_WORK, under.batches):
                return refused
        found = replace(self.judge, laboratory=under, answers={}, read={}).decide(claim)
        if found.status != "refuted" or found.diagnosis is None:
            return refused
        return replace(refused, diagnosis=found.diagnosis, suggestion=found.suggestion, part=found.part,
                       notes=(*refused.notes, *found.notes))

    def _says_what(self, claim: Claim) -> set[str]:
        """The quantity that stands alone on the left side of a claim, if no definition says what it is."""
        left = claim.left.base if isinstance(claim.left, t.Subscripted) else claim.left
        record = declared_only(self.judge.context, left) if claim.own and claim.sign in ("=", "equiv") else None
        return {str(getattr(record.value, "name", record.name))} if record is not None else set()

    def touched(self, claim: Claim, finding: Judgement) -> Judgement:
        """The verdict on a claim with ≠, < or >: whether there are points, which nobody draws, where the sides are equal."""
        if claim.sign not in ("!=", "<", ">") or finding.status not in HOLDS or claim.conditions or differentiates(claim):
            return finding
        made = premise(self.judge.context, replace(claim, sign="="))
        if made is None or any(x.properties for x in Variables([made.constraint.expr]).tensors.values()):
            return finding
        shown = meets(self.judge, claim, self.branches([*self.lasting, *self.passing, made]))
        return finding if shown is None else Judgement("refuted", "there is a counterexample", shown)

    def returns(self, above: Claim, claim: Claim) -> Judgement | None:
        """The verdict on the way back of an equivalence, where it does not hold."""
        made = premise(self.judge.context, claim)
        others = [p for p in (*self.lasting, *self.passing) if p.claim != above]
        if made is None:
            return None
        found = follows(self.judge, above, self.branches([*others, made]))
        if found.outcome != "fails":
            return None
        back = refusal([made.claim], above, found)
        return replace(back, message=f"not equivalent: from the right side to the left, {back.message}")

    # ------------------------------------------------------------------ what is supposed

    def suppose(self, claim: Claim, lasting: bool) -> bool:
        """Let a claim hold from here on; whether it can.  What contradicts it has been replaced by it."""
        made = premise(self.judge.context, claim)
        if made is None:
            return False
        others = linked(made.names, [*self.lasting, *self.passing])
        together = self.branches([*others, made])
        if not together or (others and all(map(is_edge, together))):
            alone = self.branches([made])
            if not alone:
                return False
            if not together or not all(map(is_edge, alone)):
                self._set_apart(claim, lasting)
        (self.lasting if lasting else self.passing).append(made)
        if lasting:
            setting = self.laboratory.setting
            under = self.laboratory.under(replace(setting, constraints=(
                *setting.constraints, *(p.constraint for p in self.lasting))))
            if within(BRANCHES_WORK, under.batches):
                self.imposed = under
            self.judge.answers.clear()
        return True

    def _set_apart(self, claim: Claim, lasting: bool) -> None:
        """Let what contradicts a claim hold no longer, or not in its row; what says anew what a name is replaces it."""
        self.apart += [p for p in (*self.lasting, *self.passing) if not _is_said_anew(p.claim, claim)]
        if not lasting and self.lasting:
            self.aside = self.lasting, self.imposed
        self.lasting, self.passing = [], []
        self.imposed = self.laboratory
        self.judge.answers.clear()

    def next_row(self) -> None:
        """Let what was supposed for a row alone hold no longer."""
        self.passing = []
        if self.aside is not None:
            (lasting, self.imposed), self.aside = self.aside, None
            self.lasting = [*lasting, *self.lasting]
            self.judge.answers.clear()

    def let_be(self, claim: Claim) -> Judgement:
        """The verdict on what a sentence supposes: nothing is wrong of it, or of what it leads to, where no point has it."""
        if self.suppose(claim, True):
            return Judgement("noted", LET_BE, imposed=True)
        made = premise(self.judge.context, claim)
        self.apart += [made] if made is not None else []
        return Judgement("undecided", NOWHERE)

    def is_open(self, claim: Claim) -> bool:
        """Whether an equation is one that quantities may or may not satisfy, rather than a claim about what is defined."""
        if claim.sign in COMPARED:
            return claim.own and not differentiates(claim)
        if claim.sign not in ("=", "equiv") or not (is_zero(claim) or (claim.own and not differentiates(claim))):
            # g = ∇f, where nothing is said of g, is what g is.
            return claim.sign in ("=", "equiv") and self.solves(claim)
        if is_zero(claim):
            return True
        if self._restates(claim.left) or self._restates(claim.right):
            return False
        nodes = [n for side in (claim.left, claim.right) for n in t.walk(side)]
        names = [n for n in nodes if isinstance(n, t.Name | t.Member)]
        if any(isinstance(n, t.Integral | t.ExpectationSign) or (isinstance(n, t.Function) and n.name in SPREADS)
               for n in nodes):
            # What a mean or an integral is, is computed and not imposed.
            return False
        return not any(is_defined(self.judge.context, r) for n in names for r in self.judge.context.by_name(
            n.name if isinstance(n, t.Name) else n.family))

    def _says_again(self, claim: Claim) -> bool:
        """Whether a side is a name that the text defines, and no word near speaks of an optimum: w_new is what it is."""
        named = any(is_defined(self.judge.context, r) for side in (claim.left, claim.right) if isinstance(side, t.Name)
                    for r in self.judge.context.by_name(side.name))
        return named and OPTIMAL.search(sentence_until(self.judge.source.text, claim.left.span[0])) is None

    def _restates(self, side: t.Tree) -> bool:
        """Whether a side is f(x) as it stands in the definition of f: what is said of it is a claim about f."""
        return isinstance(side, t.Call) and isinstance(side.function, t.Function) and any(
            isinstance(d, Definition) and d.parameters is not None and len(d.parameters) == len(side.arguments) and all(
                isinstance(x, t.Name) and x.name == wanted for x, wanted in zip(side.arguments, d.parameters, strict=True))
            for d in self.judge.context.by_name(side.function.name))

    def impose(self, claim: Claim) -> Judgement | None:
        """The verdict on an equation that is no identity and that the text imposes; None where it is a wrong claim."""
        is_open = self.is_open(claim)
        if claim.sign not in ("=", "equiv"):
            return None
        stationary = not differentiates(claim) and bool(self.gradients) and not self._says_again(claim) \
            and self.is_stationary(claim)
        if not (is_open or stationary or (self.gradients and self.solves(claim))):
            return None
        # An equation for a quantity of its own is bound by what is said of that one.
        names = self._says_what(claim) or speaks_of(self.judge, claim)
        if not (stationary or is_open):
            # By what is defined a variable is said to be something: where the gradient is 0, or it is a claim.
            return None
        if not stationary:
            if self.equations_declared():
                return None
            if not is_zero(claim) and any(names & speaks_of(self.judge, g) for g in self.gradients) \
                    and not self.makes_stationary(claim):
                return None
            bound = any(p.names & names for p in (*self.declared, *self.lasting, *self.passing))
            if bound and not (is_zero(claim) and self.gradients):
                return None
            if not (is_zero(claim) or self.solves(claim) or sides_apart(self.judge, claim)):
                return None
        # A gradient that is set to 0, if it can be anything.
        put = is_zero(claim) and differentiates(claim) and bool(speaks_of(self.judge, claim))
        if not self.suppose(claim, True):
            made = premise(self.judge.context, claim)
            if not (stationary or put or self.solves(claim)):
                return None  # Nothing satisfies it: it is wrong.
            if (stationary or put) and made is not None:
                self.lasting.append(made)  # No point is found where it holds: what follows from it cannot be decided.
        other = self.gradients and not stationary and is_zero(claim) and not differentiates(claim)
        return Judgement("conditional", STATIONARY if stationary else IMPOSED, None, suggestion=self.written(claim),
                         notes=("it is not where a gradient above is 0",) if other else (), imposed=not (stationary or put))

    def written(self, claim: Claim) -> str | None:
        """The claim as it is written, which is how it is declared."""
        start, end = claim.left.span[0], claim.right.span[1]
        return self.judge.source.text[start:end].strip() if start < end else None

    def is_stationary(self, claim: Claim) -> bool:
        """Whether an equation holds just where a gradient that the text found is 0."""
        for each in reversed(self.gradients):
            if self._is_multiple(claim, each):
                return True
            zero = Claim(each.right, "=", ZERO, claim.conditions)
            if self._leads_to(claim, zero) and (_says_variable(claim, each) or self._leads_to(zero, claim)):
                return True
        return False

    def _is_multiple(self, claim: Claim, gradient: Claim) -> bool:
        """Whether the difference of the sides is what the gradient is, times a number that is the same for all entries."""
        try:
            way = ways(self.judge.context, False)[0]
            sides, slope = (self.judge.typed(each, way) for each in (claim, Claim(gradient.right, "=", ZERO)))
            if not shape_of(slope.left) or shape_of(slope.left) != shape_of(sides.left):
                return False
            with np.errstate(all="ignore"):
                ratios = [(point.value(sides.left)[:1] - point.value(sides.right)[:1]) / point.value(slope.left)[:1]
                          for point in self.laboratory.batches()]
        except SymderivError:
            return False
        told = [each for each in ratios if each.size > 1]
        return bool(told) and all(np.isfinite(r).all() and r.max() - r.min() <= ALIKE * abs(r).max() for r in told)

    def makes_stationary(self, claim: Claim) -> bool:
        """Whether a gradient that the text found is 0 where an equation holds, if not only there."""
        return any(self._leads_to(claim, Claim(g.right, "=", ZERO)) for g in reversed(self.gradients))

    def solves_for(self, claim: Claim, gradient: Claim) -> bool:
        """Whether a claim says what a variable is where what is said of a gradient by it is 0."""
        variable = isinstance(claim.left, t.Name) and claim.left.name in self.varied(gradient)
        return variable and self._leads_to(claim, Claim(gradient.right, "=", ZERO, gradient.conditions))

    def varied(self, gradient: Claim) -> set[str]:
        """The names by which a gradient is taken; of ∇J alone, for J(w), the parameter, and of ∇J(w) what stands there."""
        left = gradient.left
        of = left.body if isinstance(left, t.Derivative) and not left.variables else left
        if isinstance(of, t.Call) and isinstance(of.function, t.Function) and (of is not left or of.function.primes):
            return {each.name for each in of.arguments if isinstance(each, t.Name)}  # φ'(a) = ..., ∇U(w) = ...
        if not (isinstance(left, t.Derivative) and not left.variables and isinstance(left.body, t.Name)):
            return {*t.varied((left,))}
        records = (r for r in self.judge.context.by_name(left.body.name) if isinstance(r, Definition))
        return {name for r in records if r.parameters and len(r.parameters) == 1 for name in r.parameters}

    def slope(self, name: str) -> Claim | None:
        """That the last gradient by a variable which the text found is 0."""
        found = next((g for g in reversed(self.gradients) if name in self.varied(g)), None)
        return None if found is None else Claim(found.right, "=", ZERO, found.conditions)

    def slopes(self, name: str, place: int) -> Iterator[Claim]:
        """That the gradients by a variable are 0 of the numbers that the text says it makes, and makes nothing else of.

        What is defined behind the place is made of those only where nothing is defined before it.
        """
        context = self.judge.context
        record = next(r for r in context.by_name(name) if isinstance(r, Quantity))
        defined = [r for r in context.all() if isinstance(r, Definition)]
        names = {name, f"{name}{SQUARED}"}
        above = wholes(context, (r for r in defined if r.source is self.judge.source and r.tree.span[1] <= place), names)
        for each in above or wholes(context, defined, names):
            by = t.Name(name, arity(record))
            claim = Claim(t.Derivative(t.Name(each.name, 0), (by,), "nabla", 1), "=", ZERO)
            with suppress(SymderivError):
                way = ways(context, True)[0]
                if shape_of(self.judge.typed(claim, way).left) == shape_of(record.value):
                    yield claim

    def solved_by(self, claim: Claim, slope: Claim) -> Judgement:
        """The verdict on what is said to solve for a variable: whether its gradient is 0 there."""
        made = premise(self.judge.context, claim)
        if made is None:
            return Judgement("undecided", NOT_SEEN)
        # That the gradient is 0, if it is supposed above, is what this value must bring about.
        wanted = replace(slope, conditions=())
        given = [p for p in (*self.lasting, *self.passing)
                 if follows(self.judge, wanted, self.branches([p])).outcome != "follows"]
        found = follows(self.judge, wanted, self.branches([*given, made]))
        if found.outcome == "fails" and (found.zero or self._has_kinks(wanted)):
            return Judgement("undecided", NOT_SEEN)  # At a kink something may be least where no gradient is 0.
        if found.outcome == "fails":
            there = premise(self.judge.context, wanted)
            refused = refusal([slope], claim, found)
            return self._with_what_follows(refused, claim, [*given, there]) if there is not None else refused
        return Judgement("supported" if found.outcome == "follows" else "undecided",
                         f"at {found.points} points where it holds the gradient is 0")

    def fails_where_best(self, claim: Claim, told: Callable[[str], bool]) -> Judgement | None:
        """The verdict on an equation that fails where the gradients above, by what words say to be best, are 0.

        It speaks of nothing else than they do: else it may be of another quantity that is made least.
        """
        names = speaks_of(self.judge, claim)
        by = sorted(name for g in self.gradients for name in self.varied(g) if name in names and told(name))
        slopes = [slope for name in dict.fromkeys(by) if (slope := self.slope(name)) is not None]
        if not slopes or not names <= frozenset().union(*(speaks_of(self.judge, s) for s in slopes)):
            return None
        there = [p for p in (premise(self.judge.context, replace(s, conditions=())) for s in slopes) if p is not None]
        found = follows(self.judge, replace(claim, conditions=()), self.branches(there))
        if found.outcome != "fails" or found.zero or any(map(self._has_kinks, slopes)):
            return None
        refused = refusal(slopes, claim, found)
        # The slip may be on either side: what alters least is the likely one.
        both = [(side, self._with_what_follows(refused, replace(claim, left=other, right=side), there))
                for side, other in ((claim.right, claim.left), (claim.left, claim.right))]
        refused = min((each for each in both if each[1].suggestion), default=(claim.right, refused), key=lambda each: abs(
            len(each[1].suggestion or "") - each[0].span[1] + each[0].span[0]))[1]
        return replace(refused, notes=(*refused.notes, f"it is taken for a {by[0]} {TAKEN_FOR_BEST} is 0"))

    def _has_kinks(self, claim: Claim) -> bool:
        """Whether what is said to be 0 is made of cases or absolute values."""
        try:
            return has_pieces(self.judge.typed(claim, ways(self.judge.context, differentiates(claim))[0]).left)
        except SymderivError:
            return True

    def _leads_to(self, given: Claim, wanted: Claim) -> bool:
        made = premise(self.judge.context, given)
        if made is None or not speaks_of(self.judge, wanted) & made.names:
            return False
        said = (Claim(c.sides[0], "=", c.sides[1]) for c in given.conditions  # type: ignore[arg-type]
                if isinstance(c, t.Relation) and c.signs == ("=",) and None not in c.sides)
        also = [p for p in (premise(self.judge.context, c) for c in said) if p is not None]
        wanted = replace(wanted, conditions=())
        return follows(self.judge, wanted, self.branches([*also, made])).outcome == "follows"

    def equations_declared(self) -> bool:
        """Whether something is declared to be zero, so that the text need not impose it."""
        trees = [c.tree for c in self.judge.context.constraints if isinstance(c.tree, t.Relation) and "=" in c.tree.signs]
        return any(isinstance(side, t.Number) and side.text == "0" for tree in trees for side in tree.sides)

    def solves(self, claim: Claim) -> bool:
        """Whether a row says what a variable is, in terms of others: what somebody has solved for."""
        if not claim.own:
            return False
        for name, value in ((claim.left, claim.right), (claim.right, claim.left)):
            record = declared_only(self.judge.context, name)
            if record is not None and not reads(self.judge.context, value, record.name):
                return True
        return False


def linked(names: frozenset[str], premises: list[Premise]) -> list[Premise]:
    """Those premises that bind names, also by what others have in common with them: the rest holds whatever these are."""
    found: list[Premise] = []
    while more := [p for p in premises if p not in found and p.names & names]:
        found += more
        names = names.union(*(p.names for p in more))
    return [p for p in premises if p in found]


def _says_variable(claim: Claim, gradient: Claim) -> bool:
    """Whether a claim says what the variable of a gradient is: one value at which it vanishes is enough."""
    name = claim.left.base if isinstance(claim.left, t.Subscripted) else claim.left
    by = gradient.left.variables if isinstance(gradient.left, t.Derivative) else ()
    return isinstance(name, t.Name) and any(n == name for v in by for n in t.walk(v))


def _is_said_anew(above: Claim, claim: Claim) -> bool:
    """Whether one equation says what a name is, and another above said so, or what the derivative by it is."""
    said = above.left.variables if isinstance(above.left, t.Derivative) else (above.left,)
    return isinstance(claim.left, t.Name) and any(n == claim.left for each in said for n in t.walk(each))


def is_zero(claim: Claim) -> bool:
    """Whether one side is the number 0, or an array of zeros."""
    return any(isinstance(side, t.Number) and side.text == "0" for side in (claim.left, claim.right))
