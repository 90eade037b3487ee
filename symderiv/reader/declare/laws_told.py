"""Densities that a text has by the law it tells: "x_i \\sim \\mathcal{N}(\\mu, \\Sigma)" says what p(x_i) is."""

from __future__ import annotations

import re
from collections.abc import Iterator

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
