"""Claims that hinge on a name of which nothing is said: they are not wrong, they wait for a declaration.

Where nothing says how L depends on W, its derivative is no 0; where nothing says what x̄ is, it differs from everything.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import combinations

from ..reader.declare.context import DeclaredNames, Definition, Quantity
from ..reader.syntax import tree as t
from ..reader.syntax.connectives import connectives
from ..reader.syntax.tokens import CONSTANT
from .best_values import TAKEN_FOR_BEST
from .implications import FOLLOWS_NOT
from .judge import differentiates
from .line_claims import Claim
from .report import ACCEPTED, Line, Report
from .roles import declared_only, names_read
from .sums_over_steps import REST

UNEXPLAINED = (None, FOLLOWS_NOT, "shape")
"""The diagnoses of lines that no single slip explains."""
WEAK = frozenset(["a term too many", "a path forgotten"])
"""Those that a wrong guess of what a name is explains as well."""
EVIDENCE = 2
"""So many lines that hold bear out how the others were read, or would."""
NO_SLIP = "it fails as it was read with what was guessed, and no single slip explains it: declare what its names are"


def waiting(report: Report) -> Report:
    """A report in which lines that fail by what is said nowhere wait for it, after everything else was tried."""
    report = _doubted(report)
    needed = list(report.needed)
    lines, waits = list[Line](), False
    for line in report.lines:
        waits = line.status == "refuted" and (line.missing.endswith(OPEN) or (waits and line.carried == 1))
        if waits:
            line = opened(line, OPEN)
        elif line.status == "refuted" and line.missing:
            declaration, _, why = line.missing.partition("  % ")
            line = replace(line, status="undeclared", message=why, counterexample=None, diagnosis=None, part="",
                           suggestion=f"say it, as in {declaration}" if declaration else None)
            if declaration and not any(each.startswith(declaration.split()[0]) for each in needed):
                needed.append(f"{declaration}  % {why}")
        lines.append(line)
    return replace(report, lines=tuple(lines), needed=tuple(needed))


def _doubted(report: Report) -> Report:
    """A report in which no line is wrong by a guess alone: by what a name was taken for that no line bears out.

    A slip that explains a line bears the guess out as well, unless it takes several slips in several lines.  Where other
    lines hold, one that fails by no single slip was rather read otherwise than it is meant; not so what is solved for, and
    what is said of the same as in a line that holds.
    """
    held = [line for line in report.lines if line.status in ACCEPTED]
    sure, borne_out = ({name for line in held for name in getattr(line, each)} for each in ("guesses", "reads"))
    own = [line for line in report.lines if line.wrong and not line.carried]
    often = Counter(name for line in own for name in line.guesses)
    needed, lines, words = list(report.needed), list[Line](), ""
    for line in report.lines:
        if (line.wrong or line.status == "ill-typed") and _said_to_be_wrong(line, report):
            lines.append(replace(opened(line, SAID_WRONG), status="noted", notes=(SAID_WRONG,)))
            words = ""
            continue
        best = _of_wrong_optimum(line, lines)
        if best and line.wrong:
            lines.append(opened(line, best))
            continue
        # A special case looks like a slip; of a derivative a slip says more than the words before it.
        open_ = line.wrong and (line.diagnosis in (None, FOLLOWS_NOT) or not _DERIVES.search(line.text))
        words = (_supposed_in_words(line, report, words) if open_ else "") or _added_in_words(line, report)
        if words:
            line = opened(line, f"{SUPPOSED} {words}")
        if line.status == "ill-typed" and not line.wrong:
            line = _of_no_type(line, report, line.guesses - sure - {CONSTANT}, needed)
        doubts = line.guesses - sure - {CONSTANT} if line.wrong else frozenset[str]()
        if line.wrong and not doubts and _OF_SHAPES.fullmatch(line.message):
            doubts = _of_open_sizes(line, report)
        # x_{(i-1)p+j} is an entry at a place that was not understood, and no name.
        doubts = doubts if line.diagnosis in UNEXPLAINED else frozenset(
            name for name in doubts if often[name] > 1 or "_{(" in name)
        if line.wrong and line.diagnosis in WEAK and len(held) >= EVIDENCE:
            doubts |= line.reads - borne_out - {CONSTANT}
        if doubts and not line.missing:
            line = _hanging(line, report, sorted(doubts), needed)
        elif line.wrong and line.reads and line.diagnosis in UNEXPLAINED and len(held) >= EVIDENCE and not (
                line.missing or line.carried or _SOLVED.match(line.text) or _left(line) in {*map(_left, held)} - {""}):
            line = opened(line, f"{NO_SLIP} ({line.counterexample or line.message})")
        elif line.wrong and 0 < line.carried <= len(lines) and (
                lines[-line.carried].missing or not lines[-line.carried].wrong):
            line = opened(line, "it follows from a line above that is not decided either")
        lines.append(line)
    return replace(report, lines=tuple(lines), needed=tuple(needed))


def _of_wrong_optimum(line: Line, above: list[Line]) -> str:
    """Why a line that reads what a line above says to be best, which is wrong, is not: it may be meant of what is best."""
    text = re.sub(r"[\s&$]", "", line.text)
    for each in above:
        head = _left(each)
        if each.status == "refuted" and any(TAKEN_FOR_BEST in note for note in each.note.split("; ")) and head in text \
                and head != _left(line):
            return f"it speaks of {head}, of which a line above says what is wrong"
    return ""


# \\hat\\mu = ..., w^* = ...
_SOLVED = re.compile(r"[\s&$]*(?:\\(?:wide)?hat\b|\\?[A-Za-z]{1,9}\s?\^\s?\{?\s?(?:\*|\\star|\\ast))")


def _left(line: Line) -> str:
    """What stands before the first equals sign of a line."""
    return re.sub(r"[\s&$]|\\(?:left|right)(?![a-z])", "", line.text.partition("=")[0])


_OF_SHAPES = re.compile(r"the sides have shapes \(([^()]*)\) and \(([^()]*)\)")
_SIZE = re.compile(r"[A-Za-z]\w*")


def _of_open_sizes(line: Line, report: Report) -> frozenset[str]:
    """The names with whose sizes alone the sides of a line differ, where the text names one of each two nowhere.

    (n, m) for (m, n) is a transpose, whatever these are.
    """
    one, two = (_SIZE.findall(shape) for shape in _OF_SHAPES.findall(line.message)[0])
    told, guessed = dict[str, set[str]](), dict[str, set[str]]()
    for name, _, rest in (each.partition(":") for each in report.taken):
        spec, _, why = rest.partition("  (")
        (told if why.startswith("taken") else guessed)[name] = {*_SIZE.findall(spec)}
    ours = set[str]().union(*guessed.values()) - set[str]().union(*told.values())
    apart = [{a, b} & ours for a, b in zip(one, two, strict=False) if a != b]
    if len(one) != len(two) or sorted(one) == sorted(two) or not apart or not all(apart):
        return frozenset()
    return frozenset(name for name, sizes in guessed.items() if sizes & set[str]().union(*apart))


_DERIVES = re.compile(r"\\partial|\\nabla|\\frac\s*\{\s*d|[∂∇]|\bd\w{0,9}/d\w")
SUPPOSED = "it fails as it stands, and it is not decided whether it holds where the words before it say:"
# "If all inputs are centred," and "For unit vectors,", but not "For the bias," which only says what comes next.
_SUPPOSING = re.compile(r"(?:\A|[.;:!?]\s{1,3}|\n\s{0,3})(?:(?:and|but|so)\s)?"
                        r"(?P<words>(?:(?i:" + connectives("opens") + r")|"
                        r"For(?!\s+(?:the|our|this|that|these|each|every|an?|any|all|example|instance|completeness|comparison|convenience|reference)\b))\s"
                        r"[^$.;:!?\n]{3,60}?),\s{0,3}(?:(?:we|one)\s\w{2,8}\s{0,3}(?:that\s{0,3})?)?(?:\$\$?|\\[(\[])\s*\Z")


def _supposed_in_words(line: Line, report: Report, above: str) -> str:
    """What words right before a line suppose, of which no formula says what it is; or those before the line above, from
    which it follows."""
    if above and line.carried == 1:
        return above
    start = line.span[0]
    found = _SUPPOSING.search(report.text.source.text[max(0, start - 120):start]) if report.text.document else None
    return " ".join(found["words"].split()) if found else ""


# Adding the penalty lambda/2 ||w||^2 we get ...
_ADDED = re.compile(r"\b(?:add|adding|added|include|including|with|plus)\b[^.;!?\n]{1,60}\b"
                    r"(?:penalt\w{1,4}|regulari[sz]\w{2,8}|weight decay|prior)\b[^.;!?]{0,120}\Z", re.IGNORECASE)
_TOO_MANY = "a term too many"


def _added_in_words(line: Line, report: Report) -> str:
    """What words before a derivative add to what is differentiated, where the line is wrong by that term alone."""
    start = line.span[0]
    found = _ADDED.search(report.text.source.text[max(0, start - 200):start]) if line.diagnosis == _TOO_MANY else None
    return " ".join(found[0].split()).strip("$[(\\ ") if found else ""


SAID_WRONG = "it is wrong, as the text itself says"
# "A common mistake is to write ...", "not ...", and "... is wrong" behind it.
_WRONG_BEFORE = re.compile(r"\b(?:mistake|pitfall|misconception)s?\b[^.;!?\n]{0,60}\Z|"
                           r"\b(?:wrong|incorrect|tempting)(?:ly)?\s{1,3}(?:to|would|is|answer|formula|result|gradient|version|writ\w{2,4})\b[^.;!?\n]{0,40}\Z|"
                           r"(?:\bnot|\binstead of|\brather than)[\s$`(\\]{1,6}\Z", re.IGNORECASE)
_WRONG_BEHIND = re.compile(r"[\s$`)\\,]{0,6}(?:which\s{1,3})?(?:(?:is|would be)\s{1,3}"
                           r"(?:wrong|incorrect|a mistake)|\((?:wrong|incorrect)!?\))", re.IGNORECASE)


def _said_to_be_wrong(line: Line, report: Report) -> bool:
    """Whether the words around a line say that it is wrong."""
    text, (start, end) = report.text.source.text, line.span
    return bool(_WRONG_BEFORE.search(text[max(0, start - 120):start]) or _WRONG_BEHIND.match(text[end:end + 40]))


_PLACE = re.compile(r"line (\d+), column")


def _of_no_type(line: Line, report: Report, doubts: frozenset[str], needed: list[str]) -> Line:
    """A line that no one change makes true, and that has no type by what was guessed, or by another line, as not decided."""
    at = _PLACE.match(line.message)
    if at is not None and any(other.status == "ill-typed" and other.number < line.number and
                              0 <= int(at[1]) - other.place[0] <= other.text.count("\n") for other in report.lines):
        return opened(line, f"it rests on line {at[1]}, which has no type as it was read")
    here = [name for name in sorted(doubts)
            if re.search(rf"(?<![A-Za-z]){re.escape(name.split('_')[0])}(?![A-Za-z])", line.text)]
    return _hanging(line, report, here or sorted(doubts), needed) if doubts else line


def _hanging(line: Line, report: Report, doubts: list[str], needed: list[str]) -> Line:
    """A line that fails by what some names were taken for, as not decided."""
    taken = {text.partition(":")[0]: text.partition("  (")[0] for text in report.taken}
    guesses = [taken[name] for name in doubts if name in taken]
    needed.extend(f"{each}  % guessed, and a line fails by it" for each in guesses if ":" in each and not any(
        other.startswith(each.partition(":")[0] + ":") for other in needed))
    return opened(line, f"it fails with {', '.join(guesses)}, of which nothing is said: declare it" if guesses else
                  f"it fails as {', '.join(doubts)} was read, and no line that holds bears that out")


def opened(line: Line, message: str) -> Line:
    """A line that was called wrong, as not decided."""
    return replace(line, status="undecided", counterexample=None, diagnosis=None, part="", suggestion=None, notes=(),
                   message=message)


def unsaid(context: DeclaredNames, claim: Claim, explained: bool) -> str:
    """What to declare, and why, where a claim that fails hinges on what is not said; or "".

    ``explained`` says that a slip was found that makes the claim fail: then a name that stands on one side alone is no
    excuse.
    """
    for side in (claim.left, claim.right):
        for node in t.walk(side):
            if isinstance(node, t.Derivative) and node.body is not None:
                for variable in node.variables:
                    found = _apart(context, node.body, variable)
                    if found:
                        return found
    apart = _independent(context, claim) or _unconnectives(context, claim) or _at_nothing(context, claim)
    if apart:
        return apart
    one, two = (names_read(context, (side,)) for side in (claim.left, claim.right))
    # dc_next is a gradient that comes from elsewhere: no term too many.
    arriving = sorted(name for name in (two - one) & context.guessed.keys() if _ARRIVING.fullmatch(name))
    if arriving:
        return f"{arriving[0]} = ...  % nothing says what {arriving[0]} is"
    if _lacks_what_arrives(context, claim):
        return ""
    if explained:
        return _unknown_differentiated(context, claim)
    # What definitions are made of is known well enough: it may be lost, or put in the place of another.
    known = names_read(context, [r.tree for r in context.all() if isinstance(r, Definition)])
    alone = sorted(name for name in ((two - one) & context.guessed.keys()) - known if not any(
        isinstance(r, Definition) for r in context.by_name(name)))
    return f"{alone[0]} = ...  % nothing says what {alone[0]} is" if alone else _unknown_differentiated(context, claim)


_ARRIVING = re.compile(r"d[A-Za-z]\w{0,9}_(?:next|future|in|out|later|top|above|upstream)")
OPEN = "it is no identity, and of no condition that it could follow from, or impose, is enough said to call it wrong"


def says_too_little(context: DeclaredNames, claim: Claim, diagnosis: str | None, gradients: Iterable[Claim]) -> bool:
    """Whether a claim that fails may be an equation that the text imposes or solves, and no single slip explains it.

    Such is one that says what a quantity of no definition is, or that something is a number; a derivative is computed.
    Where a gradient by the quantity is made of nothing else, it says what the quantity is where it is 0.
    """
    if not claim.own or (diagnosis is not None and diagnosis != FOLLOWS_NOT and ", and " not in diagnosis):
        return False
    sides = (claim.left, claim.right)
    if claim.sign not in ("=", "equiv") or differentiates(claim) or any(
            isinstance(n, t.Derivative | t.Differential | t.Directional) for n in _nodes(context, sides)):
        return False
    alone = [side.base if isinstance(side, t.Subscripted) else side for side in sides]
    named, heads = names_read(context, sides), {n.name for n in alone if isinstance(n, t.Name)}
    for each in gradients:
        made_of = names_read(context, (each.right,)) - {*context.sizes}
        by = names_read(context, each.left.variables) if isinstance(each.left, t.Derivative) else set()
        if made_of <= named and heads & (by or made_of):
            return False
    open_ = any(isinstance(each, t.Name) and not any(isinstance(r, Definition) for r in context.by_name(each.name))
                for each in alone)
    # A quantity on either side that is not on the other: no identity was meant.
    one, two = ({n for n in names_read(context, (side,)) if any(isinstance(r, Quantity) for r in context.by_name(n))}
                for side in sides)
    return open_ or bool(one - two and two - one) or any(not names_read(context, (side,)) for side in sides)


def _independent(context: DeclaredNames, claim: Claim) -> str:
    """What is missing where derivatives of one unknown loss by several names are compared, and nothing ties these."""
    by: dict[str, list[str]] = {}
    for node in _nodes(context, (claim.left, claim.right)):
        if isinstance(node, t.Derivative) and isinstance(node.body, t.Name) and node.body.name in context.guessed:
            by.setdefault(node.body.name, []).extend(v.name for v in node.variables if isinstance(v, t.Name))
    for name, variables in by.items():
        depends = next((r.depends for r in context.by_name(name) if isinstance(r, Quantity)), ())
        free = sorted({v for v in variables if v in depends})
        if len(free) > 1:
            return f"{free[-1]} = ...  % nothing says how {free[-1]} depends on {free[0]}"
        apart = sorted({v for v in variables if v not in depends and not _made_of(context, v, free)}) if free else []
        if apart and free[0] in context.guessed:
            return f"{apart[0]} = ...  % nothing says how {apart[0]} depends on {free[0]}"
    return ""


def _unconnectives(context: DeclaredNames, claim: Claim) -> str:
    """What is missing where one quantity is differentiated by h_t and by h_{t+1}, and nothing ties the two."""
    nodes = [n for side in (claim.left, claim.right) for n in t.walk(side)]
    by = dict.fromkeys(v.name for n in nodes if isinstance(n, t.Derivative) for v in n.variables if isinstance(v, t.Name))
    for one, two in combinations(by, 2):
        bases = [{r.pattern.base for r in context.by_name(name) if context.stepping & {k for s in r.pattern.subs for k in s}}
                 for name in (one, two)]
        if bases[0] & bases[1] and not _made_of(context, one, [two]):
            last = max(one, two, key=lambda name: ("+" in name, len(name)))
            return f"{last} = ...  % nothing says how {last} depends on {one if last == two else two}"
    return ""


def _unknown_differentiated(context: DeclaredNames, claim: Claim) -> str:
    """What is missing where one side is a derivative of an unknown function of others, and the other is made of none."""
    # Who names a derivative of L, as g = ∂L/∂y, means any L.
    named = {n.body.name for r in context.all() if isinstance(r, Definition) and isinstance(r.tree, t.Tree)
             for n in t.walk(r.tree) if isinstance(n, t.Derivative) and isinstance(n.body, t.Name)} - context.guessed.keys()
    unknown = {r.name: r.depends for r in context.all() if isinstance(r, Quantity) and r.depends and r.name != REST
               and r.name not in named}
    for here, there in ((claim.left, claim.right), (claim.right, claim.left)) if unknown else ():
        if any(isinstance(node, t.Derivative | t.Differential) for node in _nodes(context, (there,))):
            continue
        for node in _nodes(context, (here,)):
            if not isinstance(node, t.Derivative) or node.body is None:
                continue
            by, beside = names_read(context, node.variables), context.copy()
            # By z = W h(x), what h is made of varies nothing, unless it comes in beside z as well.
            varied = {v.name for v in node.variables if isinstance(v, t.Name)}
            for record in [r for name in sorted(varied) for r in context.by_name(name)]:
                beside.remove(record)
            found = [name for name in sorted(names_read(beside, (node.body,)) & unknown.keys())
                     if not by or _reached(context, unknown[name]) & by]
            if found:
                return f"{found[0]} = ...  % nothing says what {found[0]} is"
    return ""


def _lacks_what_arrives(context: DeclaredNames, claim: Claim) -> bool:
    """Whether a derivative of what is declared to be a function of y is said to be made of what y is made of, and of no
    derivative: then what arrives from above is lost, whatever the function."""
    left = claim.left
    if not isinstance(left, t.Derivative) or not isinstance(left.body, t.Name) or left.body.name in context.guessed \
            or any(isinstance(n, t.Derivative | t.Differential) for n in _nodes(context, (claim.right,))):
        return False
    depends = next((r.depends for r in context.by_name(left.body.name) if isinstance(r, Quantity)), ())
    inside = _reached(context, depends) - {*depends}
    return names_read(context, left.variables) <= inside and names_read(context, (claim.right,)) <= inside


def _at_nothing(context: DeclaredNames, claim: Claim) -> str:
    """What is missing where a function of what nothing else speaks of stands alone: s beside s(z) = 1/(1 + e^{-z})."""
    nodes = [n for side in (claim.left, claim.right) for n in t.walk(side)]
    bare = {n.name for n in nodes if isinstance(n, t.Name)}
    # A loss that is differentiated may be one of what it is differentiated by.
    whole = {n.body.name for n in nodes if isinstance(n, t.Derivative) and isinstance(n.body, t.Name)}
    for name in sorted(bare - whole):
        record = next((r for r in context.by_name(name) if isinstance(r, Definition) and r.parameters), None)
        if record is None or not record.parameters:
            continue
        of = {*record.parameters} & context.guessed.keys() & names_read(context, [record.tree])
        if not of:
            continue
        others = context.copy()
        others.remove(record)
        if not of & names_read(others, [t.Name(other, 0) for other in sorted(bare - {name})]):
            return f"{name} = ...  % {name} is a function of {', '.join(sorted(of))}, and nothing says at what it stands"
    return ""


def _reached(context: DeclaredNames, names: Iterable[str]) -> set[str]:
    """Names, and those that their definitions read."""
    trees = [r.tree for name in names for r in context.by_name(name) if isinstance(r, Definition)]
    return {*names, *names_read(context, trees)}


def _made_of(context: DeclaredNames, name: str, others: list[str]) -> bool:
    """Whether one of some names is made of the others, or they are of it."""
    own = {name} | {n for r in context.by_name(name) if isinstance(r, Definition) for n in names_read(context, (r.tree,))}
    return any(other in own or name in names_read(context, [r.tree for r in context.by_name(other) if isinstance(
        r, Definition)]) for other in others)


def _nodes(context: DeclaredNames, trees: Iterable[t.Tree]) -> Iterator[t.Tree]:
    """The nodes of trees, and of the definitions that they read, each once."""
    waiting_, seen = list(trees), set[str]()
    while waiting_:
        tree = waiting_.pop()
        yield from t.walk(tree)
        for name in sorted(names_read(context, (tree,)) - seen):
            seen.add(name)
            waiting_.extend(r.tree for r in context.by_name(name) if isinstance(r, Definition))


def _apart(context: DeclaredNames, body: t.Tree, variable: t.Tree) -> str:
    """What is missing where nothing that is known of a quantity depends on what it is differentiated by."""
    base = variable.base if isinstance(variable, t.Subscripted | t.Power) else variable
    if not isinstance(base, t.Name):
        return ""
    read = names_read(context, (body,))
    same = {r.name for r in context.all() for own in context.by_name(base.name)
            if isinstance(r, Quantity) and isinstance(own, Quantity) and r.value == own.value}
    if base.name in read or same & read or (names_read(context, (base,)) - {base.name}) & read:
        return ""  # Also Λ = Σ⁻¹, of which what is differentiated is made without its name.
    known = declared_only(context, body) is None
    if known and base.name not in context.guessed and not read & context.guessed.keys():
        return ""
    name = body.name if isinstance(body, t.Name) else ""
    shown = name or "what is differentiated"
    return f"{name and f'{name}: function of {base.name}'}  % nothing says how {shown} depends on {base.name}"
