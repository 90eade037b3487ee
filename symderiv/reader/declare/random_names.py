"""What declarations say of random names: ``x: random k normal(mu, Sigma)``, ``m: random N D bernoulli(p) independent``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...probability.distributions import LAWS
from .context import RandomLaw
from .statements import DeclarationStatement

BERNOULLI = "bernoulli"
_LAWS = {**{law: law for law in LAWS if law}, "gaussian": "normal", "n": "normal", "bern": BERNOULLI, "unif": "uniform"}
_LAW = re.compile(r"(?:\\mathcal\s*\{?\s*|\\(?:mathrm|operatorname|text)\s*\{\s*)?\b([A-Za-z]+)\b\s*\}?\s*\(")
_FLAG = re.compile(r"\b(independent|independently|iid|i\.i\.d\.?|symmetric|entries|with|distributed|variables?)\b")


def random_law(statement: DeclarationStatement, start: int) -> tuple[RandomLaw, str]:
    """The law that stands behind the word random, and what is left: the shape."""
    text = statement.source.text
    start = text.index("random", start) + len("random")
    shape, name, parameters = text[start:statement.end], "", list[tuple[int, int]]()
    for found in _LAW.finditer(text, start, statement.end):
        name = _LAWS.get(found.group(1).lower(), "")
        if name:
            opened = found.end()
            close = _closing(text, opened, statement.end)
            parameters = _parts(text, opened, close)
            shape = text[start:found.start()] + " " + text[close + 1:statement.end]
            break
    if not name:
        bare = next((w for w in re.findall(r"[a-z]+", shape) if w == "rademacher"), "")
        name, shape = bare, shape.replace(bare, " ") if bare else shape
    flags = {m.group(1) for m in _FLAG.finditer(shape)}
    left = re.sub(r"[,\s]+", " ", _FLAG.sub(" ", shape)).strip()
    alike = bool(flags & {"iid", "i.i.d", "i.i.d."})
    apart = alike or bool(flags & {"independent", "independently"})
    return RandomLaw(name, tuple(parameters), statement.source, apart, "symmetric" in flags, alike), left or "scalar"


def _closing(text: str, start: int, end: int) -> int:
    """The place of the bracket that closes the one before ``start``."""
    depth = 1
    for place in range(start, end):
        depth += (text[place] in "([{") - (text[place] in ")]}")
        if not depth:
            return place
    return end


def _parts(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Stretches between commas outside brackets."""
    found, depth, begin = list[tuple[int, int]](), 0, start
    for place in range(start, end + 1):
        here = text[place] if place < end else ","
        if here == "," and not depth:
            if text[begin:place].strip():
                found.append((begin, place))
            begin = place + 1
        depth += (here in "([{") - (here in ")]}")
    return found


# ------------------------------------------------------------------ densities by the law that a text tells

_DENSITIES = {
    "normal": r"\mathcal{{N}}({x}; {0}, {1})", "bernoulli": "({0})^{{{x}}}(1 - ({0}))^{{1 - {x}}}",
    "poisson": r"\exp({x} \log({0}) - ({0}) - \operatorname{{gammaln}}({x} + 1))", "exponential": r"({0}) \exp(-({0}) {x})",
}
_SIM = re.compile(r"(?:\\sim(?![a-z])|∼|~)\s{0,3}(?:\\(?:mathcal|mathrm|text|textrm|operatorname|mathsf|rm)\s?)?\{?\s?"
                  r"(?P<law>[A-Za-z]{1,12})\s?\}?\s{0,2}(?:\\left)?\((?P<given>[^()]{1,60})\)")
_DRAWN = re.compile(r"(?P<name>\\?[A-Za-z]{1,10})\s?(?:[_^]\s?(?:\w|\{[^{}]{1,9}\}))?[\s$]{0,3}$")
_REACH = 40


def densities(text: str) -> Iterator[tuple[str, str]]:
    """(the name of what is drawn, its density as a formula in that name) for every law that a text tells."""
    for found in _SIM.finditer(text):
        drawn = _DRAWN.search(text[max(0, found.start() - _REACH):found.start()])
        word = found["law"].lower().replace("gaussian", "normal")
        law = next((each for each in _DENSITIES if each.startswith(word) and word in ("n", each[:max(3, len(word))])), None)
        given = [each.strip() for each in found["given"].removesuffix("\\right").split(",")]
        if drawn is not None and law is not None and len(given) == 1 + (law == "normal"):
            yield drawn["name"], _DENSITIES[law].format(*given, x=drawn["name"])
