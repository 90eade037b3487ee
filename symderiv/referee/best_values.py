"""What a text says to be best: at w* = arg min_w J(w) the gradient of J by w is 0, and so it is where words name an optimum.

Such a row is no equation that can be tested as it stands: it is taken out of its line, and what the text says later of w*
is tested by the gradient.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from ..reader.syntax import tree as t
from .line_claims import Claim

_LIMITED = re.compile(r"(?i)\bs\.? ?t\b|subject to|such that|constrain|under\b|where\b|with\b")
_OPTIMUM = (
    r"(?:minim|maxim|optim)i[sz](?:er|ers|es|ed|ing|ation)\b|optim(?:um|al)\b|"
    r"(?:minim|maxim)um\b(?=[^.=;]{0,60}\bat\b)|(?:stationary|critical) (?:point|value)|"
    r"solution\b|normal equations?\b|first[- ]order condition|"
    r"least[- ]squares estimat\w{1,4}|maximum[- ]likelihood|\bm\.?l\.?e\b|"
    r"\b(?:set|put|equat)\w{0,4}\b.{0,120}\b(?:to|equal(?: to)?) \$?(?:zero|0)\b|\bvanish\w{0,3}\b|"
    r"\b(?:setting|solving)\b\s{1,3}⟨\d+⟩\s{1,3}(?:yields|gives|we get)\b|"
    r"=\s{0,3}(?:\\mathbf\s?)?\{?0\}?\s?\$?,? (?:gives|yields|implies|leads)")
# "At the optimal w, the multiplier is ..." speaks of another quantity.
_WORDS = re.compile(rf"(?is)(?:{_OPTIMUM})(?P<behind>(?:(?!{_OPTIMUM}).)*)\Z")
_ANOTHER = re.compile(r"(?is),\s.{0,80}\b(?:the|its|their|an?)\s.{1,60}\b(?:is|are|equals?|becomes?)\b")
_BY = re.compile(r"(?:\\partial\s?|\\nabla_\s?\{?|/\s?d\s?|\{\s?d\s?|respect to\s?\$?)\s?"
                 r"(?:\\(?:mathbf|boldsymbol|bm)\s?\{?)?\s?(\\?[A-Za-z]{1,12})")
_LIKEWISE = re.compile(r"(?i)\W*(?:similarly|likewise|analogously|in the same way|by the same|and)\b")
_NO_GRADIENT = re.compile(r"(?i)lagrang|multiplier|subject to|\bs\.t\b|constrain|posteriori|\bMAP\b|prior\b")
_ANOTHER_KIND = re.compile(r"(?i)biased|alternativ|instead|approximat|correct(?:ed|ion)|robust|other\b|shrink|start|initial")
_CASE = re.compile(r"(?i)\b(?:with|where|if|for|taking|using|let|fix\w{0,3})[\s$(]{0,6}\Z")
ZERO = t.Number("0")
TAKEN_FOR_BEST = "at which the gradient"
"""In what is said of a line that gives a variable its best value."""


@dataclass(frozen=True)
class Best:
    """heads = arg min of something: what is called so, and where it is so; ``limited`` where not all values may be taken."""

    heads: tuple[t.Tree, ...]
    tree: t.Optimum
    limited: bool

    def gradient(self, variable: t.Tree) -> Claim:
        """That the derivative by one of the variables is 0."""
        return Claim(t.Derivative(self.tree.body, (variable,), "nabla", 1, span=self.tree.span), "=", ZERO)

    def called(self, name: str) -> t.Tree | None:
        """The variable whose best value has a name."""
        names = [getattr(head, "name", "") for head in self.heads]
        if name not in names or not self.tree.kind.startswith("arg"):
            return None
        variables = self.tree.variables
        if len(names) == len(variables):
            return variables[names.index(name)]
        return variables[0] if len(variables) == 1 else None


def taken_out(line: t.DisplayedLine) -> tuple[t.DisplayedLine, tuple[Best, ...]]:
    """A line without what it says to be best, which is told beside it: of w* = arg min J = v, w* = v is left."""
    if not any(isinstance(node, t.Optimum) for part in line.parts for node in (part, *part.children())):
        return line, ()
    limited = len(line.parts) > 1 or any(_LIMITED.search(remark.text) for remark in line.remarks)
    parts: list[t.Tree] = []
    joints: list[str] = []
    found: list[Best] = []
    for number, part in enumerate(line.parts):
        left, best = _without(part, limited)
        found += best
        if left is not None:
            joints += [line.before(number)] if parts else []
            parts.append(left)
    return replace(line, parts=tuple(parts), joints=tuple(joints)), tuple(found)


def _without(part: t.Tree, limited: bool) -> tuple[t.Tree | None, list[Best]]:
    """A part of a line without what is best, and this."""
    if isinstance(part, t.Optimum):
        return None, [Best((), part, limited or part.limited)]
    if not isinstance(part, t.Relation) or not any(isinstance(side, t.Optimum) for side in part.sides):
        return part, []
    first = part.sides[0]
    heads: tuple[t.Tree, ...] = () if isinstance(first, t.Optimum) or first is None else (first,)
    heads = first.items if isinstance(first, t.Sequence) else heads
    found = [Best(heads, side, limited or side.limited) for side in part.sides if isinstance(side, t.Optimum)]
    if not found[0].tree.kind.startswith("arg"):
        return (part, []) if heads == () or len(part.sides) - len(found) > 1 else (None, found)
    kept = [side for side in part.sides if not isinstance(side, t.Optimum)]
    if not heads and kept and len(found[0].tree.variables) == 1:
        kept.insert(0, found[0].tree.variables[0])
    if len(kept) < 2 or {*part.signs} - {"=", ":="}:
        return None, found
    return replace(part, sides=tuple(kept), signs=("=",) * (len(kept) - 1)), found


def speaks_of_optimum(words: str) -> bool:
    """Whether words end by calling something best, or by saying where a gradient is 0, and not with "(with" for a case."""
    return _WORDS.search(words) is not None and not _CASE.search(words)


def says_optimum(words: Iterable[str], name: str) -> bool:
    """Whether words before an equation for a variable say that it is its best value, or where its gradient is 0.

    Of "similarly", what stands before the equation above it is meant; ``words`` go back from equation to equation.
    """
    for number, said in enumerate(words):
        if _LIKEWISE.match(said):
            continue
        found = _WORDS.search(said)
        if found is None or _ANOTHER.search(found["behind"]) or _ANOTHER_KIND.search(said):
            return False
        spoken = {each.lstrip("\\") for each in _BY.findall(said)}
        return bool(number) or not spoken or name.partition("_")[0] in spoken
    return False


def of_another_kind(words: str) -> bool:
    """Whether words say of what kind an estimate is, which need not be where the gradient above is 0."""
    return _ANOTHER_KIND.search(words) is not None


def without_limits(words: str, name: str) -> bool:
    """Whether words speak of no multipliers, limits or priors, with which the gradient of what is written need not be 0."""
    limited = re.compile(r"(?i)\b(?:with|where|if|on|over)\b[^.$=]{0,30}\$[^$=]{0,80}"
                         rf"(?<![A-Za-z]){re.escape(name)}(?![A-Za-z])[^$=]{{0,80}}=[^$]{{0,80}}\$")
    return not _NO_GRADIENT.search(words) and not limited.search(words)


def variables_told(best: Sequence[Best], name: str, base: str) -> Iterator[tuple[Best, t.Tree]]:
    """Where something is best and a name is said to be that, the latest first: the variable that it is a value of."""
    for each in reversed(best):
        variable = each.called(name)
        if variable is None and not any(getattr(head, "name", "") != base for head in each.heads):
            variable = next((v for v in each.tree.variables if getattr(v, "name", "") == base), None)
        if variable is not None:
            yield each, variable
