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
_DRAWN = re.compile(r"(?P<name>\\?[A-Za-z]{1,10})\s?(?:[_^]\s?(?:\w|\{[^{}]{1,9}\}))?[\s$}]{0,3}$")
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


# ------------------------------------------------------------------ laws by which a text takes means

_MEAN = re.compile(r"(?:\\(?:mathbb|mathrm|mathsf|operatorname|Bbb)\s?\{?\s?E(?![A-Za-z])\s?\}?|𝔼|"
                   r"(?<![A-Za-z\\])E(?=\s?(?:\[|\\left\[|_)))\s?"
                   r"(?:_\s?(?P<below>\{(?:[^{}]|\{[^{}]{0,20}\}){0,80}\}|\\?[A-Za-z]+))?")
_SPREAD = re.compile(r"(?<![A-Za-z])(?:Var|Cov)\s?\}?\s?(?:\\left\s?)?[(\[]")
_GIVEN_BEFORE = re.compile(r"(?:\||\\mid(?![a-z])|\\vert|given)[^.$]{0,20}$")
_ALIKE = re.compile(r"\bi\.?i\.?d\b|\bindependent", re.IGNORECASE)
# q(z) = N(mu, sigma^2), and q(z | x) = N(z; mu, sigma^2)
_DENSITY = re.compile(r"(?<![A-Za-z\\])(?P<by>[a-z])(?:_\s?(?:\\?[A-Za-z]+|\{[^{}]{1,9}\}))?\s?\(\s?"
                      r"(?P<name>\\?[A-Za-z]{1,10})\s?(?:(?:\||\\mid(?![a-z]))[^()=]{1,20})?\)\s?=\s?\\mathcal\s?\{?\s?N\s?\}?\s?(?:\\left)?\("
                      r"(?:\s?(?P=name)\s?(?:;|\||\\mid(?![a-z])))?(?P<given>[^();|]{1,60})\)")
_IDENTITY = re.compile(r"(?<![A-Za-z\\])I(?:_\s?\{?\w{1,3}\}?)?\s*$")
_BOLD = re.compile(r"\\(?:mathbf|bm|boldsymbol|vec)\s?\{?\s?([01I])\s?\}?")


def takes_means(text: str) -> bool:
    """Whether a text has the sign of a mean."""
    return _MEAN.search(text) is not None


def laws_told(text: str) -> dict[str, str]:
    """What is drawn, with its law as it is declared, where a text takes means of it; nothing where it may mean another.

    A name with two laws has none, and below the sign of a mean nothing may stand but what is drawn, or what it is drawn by.
    """
    below = [each["below"] for each in _MEAN.finditer(text)]
    means = [each.strip("{} ") for each in below if each]
    found = _drawn(text) if below or _SPREAD.search(text) else {}
    if below and not found:
        by = {re.sub(r"^\\?[A-Za-z]+\s?\\sim\s?", "", each)[:1] for each in means}
        by = by or {*re.findall(r"\b[Uu]nder\s\$?([a-z])(?![A-Za-z])", text)}
        densities = {each["by"]: each for each in _DENSITY.finditer(text)}
        found = {each["name"]: _declared("normal", each["given"]) for name, each in densities.items() if {name} == by}
        return found if len(found) == 1 and len(densities) == len([*_DENSITY.finditer(text)]) else {}
    over = [re.match(r"(\\?[A-Za-z]+)(?![A-Za-z({])", each) for each in means]
    return found if all(each is not None and each[1] in found for each in over) else {}


def _drawn(text: str) -> dict[str, str]:
    """What is said with ~ to be drawn; nothing where that is not one law each."""
    found, alike = dict[str, str](), bool(_ALIKE.search(text))
    for each in _SIM.finditer(text):
        before = text[max(0, each.start() - _REACH):each.start()]
        drawn, law = _DRAWN.search(before), _LAWS.get(each["law"].lower(), "")
        if drawn is None or not law or _GIVEN_BEFORE.search(before):
            continue
        letter = re.search(r"_\s?\{?(\w)\}?[\s$]*$", before)
        if re.search(r"[;|]", each["given"]) or (letter is not None and (
                not alike or re.search(rf"_\s?\{{?{letter[1]}(?!\w)", each["given"]))):
            return {}
        said = _declared(law, each["given"], letter is not None)
        if found.setdefault(drawn["name"], said) != said:
            return {}
    return found


def _declared(law: str, given: str, apart: bool = False) -> str:
    """A law as it is declared, with the variance of every entry for a multiple of I."""
    plain = re.sub(r"\\(?:left|right)(?![a-z])", "", _BOLD.sub(r"\1", given))
    shorter = _IDENTITY.sub("", plain)
    apart = apart or shorter != plain
    number = " 1" if shorter != plain and shorter.rstrip().endswith(",") else ""
    return f"{law}({shorter}{number}){' independent' * apart}"
