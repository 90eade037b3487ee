"""Atoms with an inner structure: calls, brackets, fractions, big sums, indicators, matrices and cases."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from ...arrays.printing import LIBRARY
from ...functions.elementary import exp
from ...layers.spectral import expm_frechet
from ..syntax import tree as t
from ..syntax.grammar import COMPARISONS, Parser, end_of_remainder
from ..syntax.names import OPENING, Scripts, at_letters, cut, divider, matching, read_scripts, split_items
from ..syntax.notations import part
from ..syntax.tokens import NUMBER, OPERATOR, STOP, STRUCTURE, WORD, Token, looks_like_latex
from .big_operators import big_here, reals
from .call_syntax import norm_of_kind
from .derivative_signs import differential, fraction_derivative, inline_total, nabla, partial, restated_variable


@part
def special_word(parser: Parser) -> t.Tree | None:
    """e, e_y, I, pi, the delta of Kronecker, sums written as a word, differentials; None for any other word."""
    token, start = parser.token, parser.at
    following = parser.peek()
    raised = following.kind == OPERATOR and following.key == "^"
    lowered = following.kind == OPERATOR and following.key == "_"
    if lowered and token.key in _LOWERED:
        return _LOWERED[token.key](parser, start)
    if token.key in ("O", "o") and parser.lenient and (left_out := _remainder(parser, start)) is not None:
        return left_out
    if token.key in ("Sigma", "Pi") and (
            (token.end - token.start == 1 and lowered) or _is_big_letter(parser, token.key)):
        return big_here(parser, "sum" if token.key == "Sigma" else "prod")
    if token.key == "e" and raised:
        scripts = read_scripts(parser.tokens, start + 1, parser.source, parser.latex)[0]
        parser.at = start + 1
        if scripts.subs:
            return _unit(parser, start)
        if not parser.latex:
            parser.at += 1
            exponent = parser.exponent()
        else:
            parser.accept(scripts)
            exponent = parser.inside(scripts.sup)
        word = LIBRARY + exp.name if parser.context.starting(exp.name) else exp.name
        return t.Call(t.Function(word, 0, parser.latex), (exponent,), span=parser.span(start))
    # pi = softmax(z), and not pi = 3.14
    said = not start and following.key in ("=", ":=") and any(each.kind == WORD for each in parser.tokens[2:])
    if token.key == "pi" and parser.lenient and (lowered or said or (parser.latex and following.key == "(" and at_letters(
            parser.tokens[start + 2:matching(parser.tokens, start + 1)]))):
        return None  # a policy, a weight: what its letter is must be said
    if token.key in ("e", "pi", "infty"):
        parser.take()
        return t.Number(token.key, span=parser.span(start))
    if token.key in ("I", "Id") or token.key == "1":
        parser.take()
        return indicator(parser, replace(token, font=""), start) or _sized(parser, "eye", start)
    if token.key == "delta" and raised and parser.context.upper:
        return _kronecker(parser, start)
    if token.key == "delta" and lowered and not (parser.lenient and _lone_index(parser, start)):
        return _kronecker(parser, start)
    if token.key == "delta" and _braced_pair(parser):
        return _braced_delta(parser, start)
    if token.key in ("R", "Reals") and token.font == "bb":
        return reals(parser, start)
    if token.kind == WORD and token.key in ("True", "False"):
        parser.take()
        return t.String(token.key, span=parser.span(start))
    return inline_total(parser) or differential(parser)


def _remainder(parser: Parser, start: int) -> t.Tree | None:
    """O(h^2) or o(h) as a whole term of a sum, where nothing is declared under that letter."""
    close = end_of_remainder(parser.tokens, start)
    if close is None or parser.context.starting(parser.token.key):
        return None
    little, inside = parser.token.key == "o", parser.inside(parser.tokens[start + 2:close])
    parser.at = close + 1
    return t.Remainder(inside, little, span=parser.span(start))


def _unit_or_error(parser: Parser, start: int) -> t.Tree | None:
    """e_y, a unit vector; None for e_{ui}, or e_i or e_1 before an equals sign, which is a quantity that is called e."""
    scripts = read_scripts(parser.tokens, start + 1, parser.source, parser.latex)[0]
    below = [x for item in scripts.subs for x in item]
    letters = sum(len(x.key) if not x.upright else 1 for x in below)
    named = start == 0 and not scripts.sup and parser.tokens[scripts.next].key in ("=", ":=")
    if parser.lenient and (named or (all(x.kind == WORD for x in below) and letters > 1)):
        return None
    parser.at = start + 1
    return _unit(parser, start)


def _unit(parser: Parser, start: int) -> t.Tree:
    """e_y, with a transpose or another index behind."""
    scripts = parser.taken_scripts()
    first, *more = scripts.subs
    unit = t.Unit(parser.inside(first, indexed=True), span=parser.span(start))
    return parser.scripted(unit, Scripts(tuple(more), scripts.sup, scripts.primes), start)


def _sized(parser: Parser, kind: str, start: int) -> t.Tree:
    """An array whose size may stand below it or follow from where it stands."""
    name = LIBRARY + kind if parser.context.starting(kind) else kind  # "eye" may be declared beside the sign I
    if parser.is_sign("_"):
        scripts = read_scripts(parser.tokens, parser.at, parser.source, parser.latex)[0]
        square = split_items(scripts.subs[0], "times") if len(scripts.subs) == 1 else ()
        if len(square) == 2 and kind == "eye" and [x.key for x in square[0]] == [x.key for x in square[1]]:
            scripts = replace(scripts, subs=(square[0],))
        sizes = tuple(map(parser.inside, square)) if len(square) == 2 and kind != "eye" else ()
        if len(scripts.subs) == 1 and not sizes:
            below = parser.inside(scripts.subs[0], Parser.relation, indexed=True)
            if not isinstance(below, t.Relation) and not any(isinstance(x, t.Letter) for x in t.walk(below)):
                sizes = (below,)
        if sizes:
            parser.accept(Scripts(scripts.subs, (), 0, scripts.next, scripts.rest))
            made = t.Call(t.Function(name), sizes, span=parser.span(start))
            return parser.scripted(made, Scripts((), scripts.sup, scripts.primes), start)
    return t.Call(t.Function(name), (), span=parser.span(start))


def _lone_index(parser: Parser, start: int) -> bool:
    """Whether a delta has one index only, so that it is a name."""
    scripts = read_scripts(parser.tokens, start + 1, parser.source, parser.latex)[0]
    single = len(scripts.subs) == 1 and len(scripts.subs[0]) == 1 and len(scripts.subs[0][0].key) == 1
    return single and not (scripts.sup and scripts.sup[0].kind == WORD and scripts.sup[0].key != "T")


def _is_big_letter(parser: Parser, key: str) -> bool:
    """Whether a capital Sigma or Pi that nothing declares has an index, or where it starts, below it."""
    if not parser.latex or parser.context.starting(key):
        return False
    scripts = read_scripts(parser.tokens, parser.at + 1, parser.source, parser.latex)[0]
    return len(scripts.subs) == 1 and bool(scripts.subs[0]) and scripts.subs[0][0].kind == WORD \
        and len(scripts.subs[0][0].key) == 1 and scripts.subs[0][0].key.islower() \
        and (len(scripts.subs[0]) == 1 or scripts.subs[0][1].key in ("=", "in"))


def _braced_pair(parser: Parser) -> bool:
    """Whether two letters stand in braces behind this word, the sign for below left out."""
    opened = parser.peek()
    braced = parser.latex and opened.kind == OPERATOR and opened.key == "{"
    close = matching(parser.tokens, parser.at + 1) if braced else None
    inside = parser.tokens[parser.at + 2:close] if close is not None else []
    return len("".join(x.key for x in inside)) == 2 and all(x.kind == WORD for x in inside)


def _braced_delta(parser: Parser, start: int) -> t.Tree:
    """Kronecker's delta as in \\delta{ij}."""
    close = matching(parser.tokens, start + 1)
    assert close is not None
    left, right = parser.positions((parser.tokens[start + 2:close],), 2)
    parser.at = close + 1
    return t.DeltaSign(left, right, span=parser.span(start))


def _frechet(parser: Parser, start: int) -> t.Tree | None:
    """L_exp(A, E), the derivative of the exponential of A in the direction E."""
    scripts = read_scripts(parser.tokens, start + 1, parser.source, parser.latex)[0]
    behind = parser.tokens[scripts.next]
    if [[token.key for token in sub] for sub in scripts.subs] != [[exp.name]] or scripts.sup or behind.key != "(":
        return None
    parser.at += 1
    parser.accept(scripts)
    made: t.Tree = parser.read("call", expm_frechet.__name__, parser.at)
    return made


_LOWERED: dict[str, Callable[[Parser, int], t.Tree | None]] = {
    **dict.fromkeys(("sum", "prod"), lambda parser, start: big_here(parser, parser.token.key)),
    "e": lambda parser, start: _unit_or_error(parser, start), "L": _frechet}
"""Words that are special with a subscript."""


def _kronecker(parser: Parser, start: int) -> t.Tree:
    """Kronecker's delta with two positions below, or with the condition that they agree."""
    parser.at = start + 1
    scripts = parser.taken_scripts()
    if scripts.subs and all(any(x.key in COMPARISONS and x.kind == OPERATOR for x in item) for item in scripts.subs):
        parts = tuple(parser.inside(item, Parser.condition, indexed=True) for item in scripts.subs)
        whole = parts[0] if len(parts) == 1 else t.Sequence(parts, "and")
        found: t.Tree = t.Iverson(whole, span=parser.span(start))
    else:
        positions = parser.positions(scripts.subs or (scripts.sup,), 2)
        if not scripts.subs:
            scripts = Scripts((), (), scripts.primes)
        elif len(positions) == 1 and scripts.sup:
            positions = (*positions, *parser.positions((scripts.sup,), 1))
            scripts = Scripts(scripts.subs, (), scripts.primes)
        if len(positions) != 2:
            raise parser.error(f"Kronecker's delta has two indices, not {len(positions)}", parser.tokens[start],
                               hint="separate them by a comma, or declare delta as a name")
        found = t.DeltaSign(positions[0], positions[1], span=parser.span(start))
    return parser.scripted(found, Scripts((), scripts.sup, scripts.primes), start)


@part
def indicator(parser: Parser, token: Token, start: int) -> t.Tree | None:
    """1 with a condition below or behind it, or a vector or matrix of ones set bold; None for the number one."""
    if parser.is_sign("_", "^"):
        scripts = read_scripts(parser.tokens, parser.at, parser.source, parser.latex)[0]
        if scripts.subs and any(x.kind == OPERATOR and x.key in COMPARISONS for item in scripts.subs for x in item):
            parser.accept(scripts)
            inside = [x for item in scripts.subs for x in item]
            if inside[0].key in ("\\{", "[") and matching(inside, 0) == len(inside) - 1:
                inside = inside[1:-1]
            found = t.Iverson(parser.inside(inside, Parser.condition, indexed=True), span=parser.span(start))
            return parser.scripted(found, Scripts((), scripts.sup, scripts.primes), start)
        if len(scripts.subs) == 1 and token.key == "1":
            positions = parser.positions(scripts.subs, None)
            if all(isinstance(p, t.Letter) for p in positions):
                parser.accept(scripts)
                return t.Subscripted(t.Call(t.Function("ones"), ()), positions, span=parser.span(start))
    if parser.is_sign("\\{", "[", "(", "{"):
        opened = parser.token
        close = matching(parser.tokens, parser.at)
        inside = parser.tokens[parser.at + 1:close] if close else []
        if close and any(x.kind == OPERATOR and x.key in COMPARISONS for x in _outermost(inside)):
            if inside[0].key in OPENING and matching(inside, 0) == len(inside) - 1:
                inside = inside[1:-1]
            condition = parser.inside(inside, Parser.condition, indexed=True)
            parser.at = close + 1
            return t.Iverson(condition, span=parser.span(start))
        if close is None:
            raise parser.error("this bracket is not closed", opened)
    return _sized(parser, "ones" if token.key == "1" else "zeros", start) if token.font else None


def _outermost(tokens: Sequence[Token]) -> list[Token]:
    """Tokens outside inner brackets, but for one pair around all."""
    inside = tokens[1:-1] if tokens and tokens[0].key in OPENING and matching(tokens, 0) == len(tokens) - 1 else tokens
    depth, found = 0, []
    for token in inside:
        key = token.key if token.kind == OPERATOR else ""
        depth += (key in OPENING) - (key in OPENING.values())
        if depth == 0:
            found.append(token)
    return found


@part
def bracket(parser: Parser) -> t.Tree | None:
    """Anything in brackets or bars; None where no bracket opens."""
    token, start = parser.token, parser.at
    if token.key in ("|", "||"):
        return _bars(parser, token.key)
    if token.key not in OPENING:
        return None
    close = matching(parser.tokens, parser.at)
    if close is None:
        raise parser.error(f"the bracket {parser.shown()} is not closed", token)
    inside = parser.tokens[start + 1:close]
    if not inside:
        raise parser.error("there is nothing between these brackets", token)
    if token.key == "{" and len(inside) > 1 and inside[0].key in ("^", "_"):
        raise parser.error("this script stands on nothing", token)
    parser.take()
    _part_arguments(parser, token, inside)
    bars, parser.bars = parser.bars, []
    if token.key in ("lfloor", "lceil"):
        body: t.Tree = parser.expression()
        parser.expect(OPENING[token.key], token)
        parser.bars = bars
        return t.Round(body, token.key == "lceil", span=parser.span(start))
    rows, single = _items(parser, token)
    parser.expect(OPENING[token.key], token)
    parser.bars = bars
    span = parser.span(start)
    items = [item for row in rows for item in row]
    if token.key == "[" and len(rows) > 1 and _is_matrix(parser, token, rows):
        return t.Matrix(tuple(map(tuple, rows)), span=span)
    if len(items) > 1 or single:
        if any(isinstance(x, t.Relation) for x in items):
            return t.Iverson(t.Sequence(tuple(items), "and"), span=span)
        if token.key == "langle" and parser.is_sign("_") and parser.peek().key in ("F", "2"):
            parser.at += 2
        return t.Sequence(tuple(items), token.key, span=span)
    if isinstance(items[0], t.Relation):
        if token.key == "{":
            return items[0]
        return t.Iverson(items[0], span=span)
    if token.key == "{":
        return items[0]
    return t.Bracket(items[0], token.key, span=span)


def _items(parser: Parser, opened: Token) -> tuple[list[list[t.Tree]], bool]:
    """What stands in brackets between commas, row by row, and whether it is (x,), as Python writes a tuple of one."""
    rows = [[parser.relation()]]
    while parser.is_sign(",", ";"):
        if parser.take().key == ";":
            rows.append([])
        if not parser.latex and len(rows) == len(rows[0]) == 1 and opened.key == "(" and parser.is_sign(")"):
            return rows, True
        if parser.is_sign("dots"):
            parser.take()
            rows[-1].append(t.Dots(span=parser.span(parser.at - 1)))
        else:
            rows[-1].append(parser.relation())
    return rows, False


def _is_matrix(parser: Parser, opened: Token, rows: list[list[t.Tree]]) -> bool:
    """Whether semicolons part the rows of a matrix, and not the parts of a vector."""
    if len({len(row) for row in rows}) > 1:
        raise parser.error("the rows of this matrix have different lengths", opened)
    if all(len(row) == 1 and _apart(row[0]) for row in rows) and not looks_like_latex(parser.source.text):
        raise parser.error("blanks do not part the entries of a row", opened, hint="write [a, b; c, d], or a*b for products")
    return len(rows[0]) > 1


def _apart(item: t.Tree) -> bool:
    """Whether an item is two or more things with nothing but blanks between them."""
    only = item.terms[0] if isinstance(item, t.Terms) and len(item.terms) == 1 else item
    return isinstance(only, t.Factors) and "" in only.joints


def _part_arguments(parser: Parser, opened: Token, inside: Sequence[Token]) -> None:
    """p(y | x): what stands behind the bar is another argument."""
    bar = divider(inside) if opened.key in ("(", "[") else None
    if bar is not None:
        parser.tokens[parser.at + bar] = replace(inside[bar], key=",")


def _bars(parser: Parser, key: str) -> t.Tree:
    """|x|, ||x||: what closes is the next bar that does not open an inner pair."""
    start = parser.at
    opened = parser.take()
    parser.bars.append(key)
    body = parser.expression()
    if parser.is_sign("||") and parser.closes_twice():
        double = parser.token
        parser.tokens[parser.at:parser.at + 1] = [replace(double, key="|", end=double.start + 1),
                                                  replace(double, key="|", start=double.start + 1, spaced=False)]
    if not parser.is_sign(key):
        raise parser.error(f"this {key!r} is not closed", opened)
    parser.bars.pop()
    parser.take()
    if key == "|":
        return t.Bars(body, span=parser.span(start))
    return norm_of_kind(parser, body, start)


@part
def structure(parser: Parser) -> t.Tree:
    """What a structural command opens."""
    token, start = parser.token, parser.at
    if token.key == "frac":
        parser.take()
        top, bottom = argument(parser), argument(parser)
        found = fraction_derivative(parser, top, bottom, start)
        if found is not None:
            return restated_variable(parser, found, start)
        above, below = (parser.inside(part, Parser.relation) for part in (top, bottom))
        return t.Fraction(above, below, span=parser.span(start))
    if token.key == "sqrt":
        parser.take()
        degree = None
        if parser.is_sign("["):
            close = parser.closing()
            degree = parser.inside(parser.tokens[parser.at + 1:close])
            parser.at = close + 1
        inside = _in_brackets(parser) or argument(parser)
        return t.Root(parser.inside(inside), degree, span=parser.span(start))
    if token.key in ("sum", "prod"):
        return big_here(parser, token.key)
    if token.key == "nabla":
        return nabla(parser)
    if token.key == "partial":
        return partial(parser)
    if token.key in ("underbrace", "overbrace"):
        parser.take()
        inside = argument(parser)
        if parser.is_sign("_", "^"):
            parser.taken_scripts()
        return t.Bracket(parser.inside(inside), span=parser.span(start))
    if token.key == "int":
        return parser.read("integral")
    raise parser.unread("is not read here")


def _in_brackets(parser: Parser) -> tuple[Token, ...]:
    """What stands in round brackets behind a root, √(x + y); nothing where none open."""
    close = matching(parser.tokens, parser.at) if parser.is_sign("(") else None
    inside = tuple(parser.tokens[parser.at + 1:close]) if close is not None else ()
    parser.at = close + 1 if inside and close is not None else parser.at
    return inside


def argument(parser: Parser) -> tuple[Token, ...]:
    """The tokens of a command's argument: a group without its braces, or one sign."""
    token = parser.token
    if token.kind == STOP:
        raise parser.error("an argument is missing")
    if parser.is_sign("{"):
        close = matching(parser.tokens, parser.at)
        if close is None:
            raise parser.error("this brace is not closed")
        inside = tuple(parser.tokens[parser.at + 1:close])
        if not inside:
            raise parser.error("this argument is empty")
        parser.at = close + 1
        return inside
    if token.kind in (WORD, NUMBER) and len(token.key) > 1 and not token.upright and not token.accents:
        first, rest = cut(token, 1)
        parser.tokens[parser.at] = rest
        return (first,)
    if token.kind == STRUCTURE and token.key in ("frac", "sqrt"):
        start = parser.at
        parser.take()
        if token.key == "frac":
            argument(parser)
        argument(parser)
        return tuple(parser.tokens[start:parser.at])
    parser.take()
    return (token,)
