"""The density of the normal law at a point: \\mathcal{N}(x \\mid \\mu, \\Sigma), whatever else is called N."""

from __future__ import annotations

from ...functions.elementary import exp
from ...layers import gaussian_nll
from ..syntax import tree as t
from ..syntax.grammar import Parser
from ..syntax.names import matching
from ..syntax.notations import part
from .call_syntax import arguments

_ONE_EACH = (("reduction", t.String("none")),)


@part
def normal_density(parser: Parser) -> t.Tree | None:
    """N(x | m, v), N(x; m, v) or N(x, m, v) with the N of laws; None for a law without a point, or an N of its own."""
    start = parser.at
    close = matching(parser.tokens, start + 1)
    if close is None:
        return None
    parser.take()
    given, _ = arguments(parser)
    if len(given) != 3:
        parser.at = start
        return None
    point, mean, variance = given
    span = parser.span(start)
    off = t.Call(t.Function(gaussian_nll.__name__), (mean, point, variance), _ONE_EACH, span=span)
    return t.Call(t.Function(exp.name), (t.Terms((off,), (-1,), span=span),), span=span)
