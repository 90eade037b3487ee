"""Atoms with an inner structure: calls, brackets, fractions, big sums, indicators, matrices and cases."""

from __future__ import annotations

from collections.abc import Sequence

from . import tree as t
from .context import Declared, Definition, Expected, FunctionDeclared, Quantity
from .functions import BUILT_IN
from .grammar import CASES, COMPARISONS, MATRICES, RELATIONS, WRAPPERS, Parser
from .names import OPENING, Scripts, matching, read_scripts, split_items
from .tokens import BEGIN, END, NUMBER, OPERATOR, STOP, STRUCTURE, TEXT, WORD, Token

BIG = {"sum": "sum", "prod": "prod", "max": "max", "min": "min"}


# ------------------------------------------------------------------ calls

def arguments(parser: Parser) -> tuple[tuple[t.Tree, ...], tuple[tuple[str, t.Tree], ...]]:
    """Positional and keyword arguments in the brackets that open here."""
    opened = parser.token
    close = matching(parser.tokens, parser.at)
    if close is None:
        raise parser.error("this bracket is not closed", opened)
    inside = parser.tokens[parser.at + 1:close]
    parser.at = close + 1
    if not inside:
        return (), ()
    positional: list[t.Tree] = []
    keywords: list[tuple[str, t.Tree]] = []
    for item in _argument_items(inside):
        if not item:
            raise parser.error("an argument is missing", opened)
        if len(item) > 2 and item[0].kind == WORD and item[1].key == "=" and not parser.latex:
            value = item[2:]
            keywords.append((item[0].key, _keyword_value(parser, value)))
            continue
        child = parser.child(item)
        positional.append(child.whole(child.condition) if child.latex else child.whole(child.relation))
    return tuple(positional), tuple(keywords)


def _argument_items(inside: Sequence[Token]) -> list[tuple[Token, ...]]:
    """Arguments are separated by commas, or by a semicolon before parameters."""
    return [part for item in split_items(inside, ";") for part in split_items(item)]


def _keyword_value(parser: Parser, value: Sequence[Token]) -> t.Tree:
    if len(value) == 1 and value[0].kind == WORD and value[0].key in ("True", "False", "None"):
        return t.String(value[0].key, span=(value[0].start, value[0].end))
    child = parser.child(value)
    return child.whole(child.expression)


def call(parser: Parser, word: str, after: int) -> t.Tree:
    """A call of a function known by name, with primes, powers and subscripts between name and bracket."""
    start = parser.at
    parser.at = after
    scripts = read_scripts(parser.tokens, parser.at, parser.source, parser.latex)[0]
    parser.accept(scripts)
    return _called(parser, word, scripts, start)


def _called(parser: Parser, word: str, scripts: Scripts, start: int) -> t.Tree:
    function = t.Function(word, scripts.primes, span=parser.span(start))
    positions = parser.positions(scripts.subs, None) if scripts.subs else ()
    power, flipped = None, False
    if scripts.sup:
        flipped, power = parser.superscript(scripts.sup)
    if word == "Sum" and parser.is_sign("("):
        return _printed_sum(parser, start)
    positional: tuple[t.Tree, ...]
    keywords: tuple[tuple[str, t.Tree], ...]
    if word in _OF_POSITIONS:
        parser.indexed, saved = True, parser.indexed
        positional, keywords = arguments(parser)
        parser.indexed = saved
    elif parser.is_sign("(", "[", "\\{"):
        positional, keywords = arguments(parser)
    elif parser.is_sign("{"):
        positional, keywords = (parser.factor(),), ()
    else:
        positional, keywords = (_bare_argument(parser),), ()
    result: t.Tree = t.Call(function, positional, keywords, power, span=parser.span(start))
    if flipped:
        result = t.Transpose(result, span=parser.span(start))
    return t.Entry(result, positions, span=parser.span(start)) if positions else result


# Functions whose arguments are index positions or conditions on them.
_OF_POSITIONS = frozenset(["KroneckerDelta", "Piecewise", "Eq", "Ne"])


def _printed_sum(parser: Parser, start: int) -> t.Tree:
    """Sum(body, (i, 1, n), ...), as SymPy prints it; the last range is the outermost."""
    opened = parser.token
    close = matching(parser.tokens, parser.at)
    if close is None:
        raise parser.error("this bracket is not closed", opened)
    body, *limits = split_items(parser.tokens[parser.at + 1:close])
    binders: list[t.Binder] = []
    for limit in reversed(limits):
        if len(limit) < 2 or limit[0].key != "(" or len(parts := split_items(limit[1:-1])) != 3 or len(parts[0]) != 1 \
                or parts[0][0].kind != WORD:
            raise parser.error("the range of a sum is written (i, 1, n)", limit[0] if limit else opened)
        scope = parser.scope | {b.letter for b in binders}
        low, high = (parser.child(part, scope=scope) for part in parts[1:])
        letter = parts[0][0]
        binders.append(t.Binder(letter.key, low.whole(low.expression), high.whole(high.expression),
                                span=(letter.start, letter.end)))
    if not binders:
        raise parser.error("the range of this sum is missing", opened, hint="write Sum(x[i], (i, 1, n)), or sum(x)")
    inner = parser.child(body, scope=parser.scope | {b.letter for b in binders})
    result = inner.whole(inner.expression)
    parser.at = close + 1
    for binder in reversed(binders):
        result = t.Big("sum", (binder,), None, result, span=parser.span(start))
    return result


def prefix_call(parser: Parser, word: str, after: int) -> t.Tree:
    """A function written without brackets: log p_i, tanh z; or with a letter below, as a maximum over an index."""
    start = parser.at
    parser.at = after
    scripts = read_scripts(parser.tokens, parser.at, parser.source, parser.latex)[0]
    if word in ("max", "min") and scripts.subs:
        parser.accept(scripts)
        return big(parser, word, scripts.subs, scripts.sup, start)
    if word == "log" and scripts.subs:
        parser.accept(scripts)
        base = parser.child(scripts.subs[0])
        below = base.whole(base.expression)
        top = t.Call(t.Function("log"), (_bracketed_or_bare(parser),), span=parser.span(start))
        return t.Fraction(top, t.Call(t.Function("log"), (below,)), span=parser.span(start))
    parser.accept(scripts)
    if parser.token.kind == STOP or not parser.starts_factor():
        if not scripts.empty or parser.latex:
            return t.Function(word, scripts.primes, span=parser.span(start))
        raise parser.error(f"the argument of {word} is missing", hint=f"write {word}(...)")
    if not parser.latex and not parser.is_sign("("):
        raise parser.error(f"the argument of {word} needs brackets", hint=f"write {word}(...)")
    return _called(parser, word, scripts, start)


def _bracketed_or_bare(parser: Parser) -> t.Tree:
    if parser.is_sign("(", "[", "\\{"):
        positional, _ = arguments(parser)
        if len(positional) == 1:
            return positional[0]
        return t.Sequence(positional)
    return _bare_argument(parser)


def _bare_argument(parser: Parser) -> t.Tree:
    """What a function without brackets applies to: factors that stand together, up to a bracket or a function."""
    start = parser.at
    factors = [parser.factor()]
    while parser.starts_factor() and parser.token.kind in (NUMBER, WORD) and not _starts_function(parser):
        factors.append(parser.factor())
    if len(factors) == 1:
        return factors[0]
    return t.Product(tuple(factors), ("",) * (len(factors) - 1), span=parser.span(start))


def _starts_function(parser: Parser) -> bool:
    token = parser.token
    declared = parser.context.starting(token.key)
    if declared:
        return any(isinstance(d, FunctionDeclared | Expected) for d in declared)
    return token.kind == WORD and parser.function_word() is not None


def call_declared(parser: Parser, declared: Declared, scripts: Scripts, start: int) -> t.Tree:
    """A call of a declared function, or the function itself where no bracket follows."""
    function = t.Function(declared.name, scripts.primes, span=parser.span(start))
    if not parser.is_sign("(", "[") and not (parser.is_sign("{") and parser.latex):
        if scripts.subs or scripts.sup:
            raise parser.error(f"the argument of {declared.name} is missing")
        if parser.starts_factor() and isinstance(declared, FunctionDeclared) and parser.latex \
                and parser.token.kind in (WORD, NUMBER):
            return t.Call(function, (_bare_argument(parser),), span=parser.span(start))
        return function
    positional: tuple[t.Tree, ...]
    keywords: tuple[tuple[str, t.Tree], ...]
    positions = parser.positions(scripts.subs, None) if scripts.subs else ()
    flipped, power = parser.superscript(scripts.sup) if scripts.sup else (False, None)
    if parser.is_sign("{"):
        positional, keywords = (parser.factor(),), ()
    else:
        positional, keywords = arguments(parser)
    result: t.Tree = t.Call(function, positional, keywords, power, span=parser.span(start))
    if flipped:
        result = t.Transpose(result, span=parser.span(start))
    return t.Entry(result, positions, span=parser.span(start)) if positions else result


def restated(parser: Parser, declared: Definition, scripts: Scripts, start: int) -> t.Tree:
    """A defined function with its arguments."""
    function = t.Function(declared.name, 0, span=parser.span(start))
    positional, _ = arguments(parser)
    result: t.Tree = t.Call(function, positional, span=parser.span(start))
    return result if scripts.empty else parser.scripted(result, scripts, start)


def arguments_restated(parser: Parser, declared: Quantity | Definition) -> bool:
    """Whether brackets behind a quantity only repeat what it depends on, as in L(y) for L: function of y; taken if so."""
    depends = declared.depends if isinstance(declared, Quantity) else ()
    close = matching(parser.tokens, parser.at)
    if close is None or not depends:
        return False
    child = parser.child(parser.tokens[parser.at + 1:close]) if close > parser.at + 1 else None
    if child is None:
        return False
    names: set[str] = set()
    while True:
        part = child.factor()
        if not isinstance(part, t.Name):
            return False
        names.add(part.name)
        if child.token.kind == STOP:
            break
        if not child.is_sign(",", ";"):
            return False
        child.take()
    if not names & set(depends):
        return False
    parser.at = close + 1
    return True


def expectation(parser: Parser, declared: Expected, start: int) -> t.Tree:
    """E[...]"""
    if not parser.is_sign("[", "(", "\\{"):
        return t.Function(declared.name, span=parser.span(start))
    opened = parser.token
    close = matching(parser.tokens, parser.at)
    if close is None:
        raise parser.error("this bracket is not closed", opened)
    child = parser.child(parser.tokens[parser.at + 1:close])
    body = child.whole(child.relation)
    parser.at = close + 1
    return t.Expectation(declared.name, body, span=parser.span(start))


# ------------------------------------------------------------------ words with a meaning of their own

def special_word(parser: Parser) -> t.Tree | None:
    """e, e_y, I, pi, the delta of Kronecker, sums written as a word, differentials; None for any other word."""
    token, start = parser.token, parser.at
    following = parser.peek()
    raised = following.kind == OPERATOR and following.key == "^"
    lowered = following.kind == OPERATOR and following.key == "_"
    if token.key in BIG and lowered and token.key in ("sum", "prod"):
        return big_here(parser, token.key)
    if token.key in ("Sigma", "Pi") and lowered and token.end - token.start == 1:
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
            child = parser.child(scripts.sup)
            exponent = child.whole(child.expression)
        return t.Call(t.Function("exp"), (exponent,), span=parser.span(start))
    if token.key == "e" and lowered:
        parser.at = start + 1
        return _unit(parser, start)
    if token.key in ("e", "pi", "infty"):
        parser.take()
        return t.Number(token.key, span=parser.span(start))
    if token.key in ("I", "Id") or token.key == "1":
        parser.take()
        return _sized(parser, "eye", start)
    if token.key == "delta" and lowered:
        return _kronecker(parser, start)
    if token.key in ("R", "Reals") and token.font == "bb":
        return _reals(parser, start)
    if token.kind == WORD and token.key in ("True", "False"):
        parser.take()
        return t.String(token.key, span=parser.span(start))
    from .derivatives import differential, inline_total

    return inline_total(parser) or differential(parser)


def _unit(parser: Parser, start: int) -> t.Tree:
    """e_y, with a transpose or another index behind."""
    scripts = read_scripts(parser.tokens, parser.at, parser.source, parser.latex)[0]
    parser.accept(scripts)
    first, *more = scripts.subs
    child = parser.child(first, indexed=True)
    unit: t.Tree = t.Unit(child.whole(child.expression), span=parser.span(start))
    left = Scripts(tuple(more), scripts.sup, scripts.primes)
    return unit if left.empty else parser.scripted(unit, left, start)


def _sized(parser: Parser, kind: str, start: int) -> t.Tree:
    """An array whose size may stand below it or follow from where it stands."""
    size: t.Tree | None = None
    if parser.is_sign("_"):
        scripts = read_scripts(parser.tokens, parser.at, parser.source, parser.latex)[0]
        if len(scripts.subs) == 1:
            child = parser.child(scripts.subs[0], indexed=True)
            below = child.whole(child.relation)
            names = [x for x in t.walk(below) if isinstance(x, t.Letter)]
            if not names and not isinstance(below, t.Relation):
                parser.accept(Scripts(scripts.subs, (), 0, scripts.next, scripts.rest))
                size = below
                result: t.Tree = t.Call(t.Function(kind), (size,), span=parser.span(start))
                rest = Scripts((), scripts.sup, scripts.primes)
                return result if rest.empty else parser.scripted(result, rest, start)
    return t.Call(t.Function(kind), (), span=parser.span(start))


def _kronecker(parser: Parser, start: int) -> t.Tree:
    """Kronecker's delta with two positions below, or with the condition that they agree."""
    parser.at = start + 1
    scripts = read_scripts(parser.tokens, parser.at, parser.source, parser.latex)[0]
    parser.accept(scripts)
    if len(scripts.subs) == 1 and any(x.key in COMPARISONS and x.kind == OPERATOR for x in scripts.subs[0]):
        child = parser.child(scripts.subs[0], indexed=True)
        found: t.Tree = t.Iverson(child.whole(child.condition), span=parser.span(start))
    else:
        positions = parser.positions(scripts.subs, 2)
        if len(positions) != 2:
            raise parser.error(f"Kronecker's delta has two indices, not {len(positions)}", parser.tokens[start],
                               hint="separate them by a comma, or declare delta as a name")
        found = t.Delta(positions[0], positions[1], span=parser.span(start))
    rest = Scripts((), scripts.sup, scripts.primes)
    return found if rest.empty else parser.scripted(found, rest, start)


def _reals(parser: Parser, start: int) -> t.Tree:
    """The real numbers, or arrays of them with their sizes above."""
    parser.take()
    sizes: tuple[t.Tree, ...] = ()
    if parser.is_sign("^"):
        scripts = read_scripts(parser.tokens, parser.at, parser.source, parser.latex)[0]
        parser.accept(scripts)
        items = [x for part in split_items(scripts.sup, "times") for x in split_items(part)]
        found = []
        for item in items:
            child = parser.child(item)
            found.append(child.whole(child.expression))
        sizes = tuple(found)
    return t.Space("R", sizes, span=parser.span(start))


def indicator(parser: Parser, token: Token, start: int) -> t.Tree | None:
    """1 with a condition below or behind it, or a vector or matrix of ones set bold; None for the number one."""
    if parser.is_sign("_", "^"):
        scripts = read_scripts(parser.tokens, parser.at, parser.source, parser.latex)[0]
        if scripts.subs and any(x.kind == OPERATOR and x.key in COMPARISONS for item in scripts.subs for x in item):
            parser.accept(scripts)
            inside = [x for item in scripts.subs for x in item]
            if inside[0].key in ("\\{", "[") and matching(inside, 0) == len(inside) - 1:
                inside = inside[1:-1]
            child = parser.child(inside, indexed=True)
            found: t.Tree = t.Iverson(child.whole(child.condition), span=parser.span(start))
            rest = Scripts((), scripts.sup, scripts.primes)
            return found if rest.empty else parser.scripted(found, rest, start)
        if scripts.subs and len(scripts.subs) == 1:
            positions = parser.positions(scripts.subs, None)
            if all(isinstance(p, t.Letter) for p in positions):
                parser.accept(scripts)
                return t.Entry(t.Call(t.Function("ones"), ()), positions, span=parser.span(start))
    if parser.is_sign("\\{", "[", "("):
        opened = parser.token
        close = matching(parser.tokens, parser.at)
        inside = parser.tokens[parser.at + 1:close] if close else []
        if close and any(x.kind == OPERATOR and x.key in COMPARISONS for x in inside):
            child = parser.child(inside, indexed=True)
            condition = child.whole(child.condition)
            parser.at = close + 1
            return t.Iverson(condition, span=parser.span(start))
        if close is None:
            raise parser.error("this bracket is not closed", opened)
    return _sized(parser, "ones", start) if token.font else None


# ------------------------------------------------------------------ brackets

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
    bars, parser.bars = parser.bars, []
    if token.key in ("lfloor", "lceil"):
        body: t.Tree = parser.expression()
        parser.expect(OPENING[token.key], token)
        parser.bars = bars
        return t.Round(body, token.key == "lceil", span=parser.span(start))
    items = [parser.relation()]
    while parser.is_sign(",", ";"):
        parser.take()
        if parser.is_sign("dots"):
            parser.take()
            items.append(t.Dots(span=parser.span(parser.at - 1)))
        else:
            items.append(parser.relation())
    parser.expect(OPENING[token.key], token)
    parser.bars = bars
    span = parser.span(start)
    if len(items) > 1:
        if any(isinstance(x, t.Relation) for x in items):
            return t.Iverson(t.Sequence(tuple(items), "and"), span=span)
        return t.Sequence(tuple(items), token.key, span=span)
    if isinstance(items[0], t.Relation):
        if token.key == "{":
            return items[0]
        return t.Iverson(items[0], span=span)
    if token.key == "{":
        return items[0]
    return t.Bracket(items[0], token.key, span=span)


def _bars(parser: Parser, key: str) -> t.Tree:
    """|x|, ||x||: what closes is the next bar that does not open an inner pair."""
    start = parser.at
    opened = parser.take()
    parser.bars.append(key)
    body = parser.expression()
    if not parser.is_sign(key):
        raise parser.error(f"this {key!r} is not closed", opened)
    parser.bars.pop()
    parser.take()
    if key == "|":
        return t.Bars(body, span=parser.span(start))
    kind = ""
    if parser.is_sign("_"):
        scripts = read_scripts(parser.tokens, parser.at, parser.source, parser.latex)[0]
        kind = ",".join("".join(x.key for x in item) for item in scripts.subs)
        parser.accept(scripts)
        norm = t.Norm(body, kind, span=parser.span(start))
        rest = Scripts((), scripts.sup, scripts.primes)
        return norm if rest.empty else parser.scripted(norm, rest, start)
    return t.Norm(body, kind, span=parser.span(start))


# ------------------------------------------------------------------ structures

def structure(parser: Parser) -> t.Tree:
    """What a structural command opens."""
    from .derivatives import fraction_derivative, nabla, partial

    token, start = parser.token, parser.at
    if token.key == "frac":
        parser.take()
        top, bottom = argument(parser), argument(parser)
        found = fraction_derivative(parser, top, bottom, start)
        if found is not None:
            return found
        above, below = parser.child(top), parser.child(bottom)
        return t.Fraction(above.whole(above.relation), below.whole(below.relation), span=parser.span(start))
    if token.key == "sqrt":
        parser.take()
        degree = None
        if parser.is_sign("["):
            close = matching(parser.tokens, parser.at)
            if close is None:
                raise parser.error("this bracket is not closed")
            child = parser.child(parser.tokens[parser.at + 1:close])
            degree = child.whole(child.expression)
            parser.at = close + 1
        inside = argument(parser)
        body = parser.child(inside)
        return t.Root(body.whole(body.expression), degree, span=parser.span(start))
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
            parser.accept(read_scripts(parser.tokens, parser.at, parser.source, parser.latex)[0])
        child = parser.child(inside)
        return t.Bracket(child.whole(child.expression), span=parser.span(start))
    if token.key == "int":
        raise parser.error("integrals are not read", hint="declare a name for the integral")
    raise parser.error(f"{parser.shown()} is not read here")


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
        from .names import cut

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


def big_here(parser: Parser, kind: str) -> t.Tree:
    """A big sum or product: its scripts, then the product behind it."""
    start = parser.at
    parser.take()
    choices = read_scripts(parser.tokens, parser.at, parser.source, parser.latex)
    scripts = choices[0]
    if not scripts.subs:
        raise parser.error(f"it is not said what the {kind} runs over", parser.tokens[start],
                           hint=f"write {kind}_i, or {kind}_{{i=1}}^n")
    parser.accept(scripts)
    return big(parser, kind, scripts.subs, scripts.sup, start)


def big(parser: Parser, kind: str, subs: Sequence[Sequence[Token]], sup: Sequence[Token], start: int) -> t.Tree:
    """Binders from what stands below and above; the body is the product behind."""
    high: t.Tree | None = None
    if sup:
        child = parser.child(sup, indexed=False)
        high = child.whole(child.expression)
    binders: list[t.Binder] = []
    conditions: list[t.Tree] = []
    for item in subs:
        if not item:
            raise parser.error("an index is missing below this sign", parser.tokens[start])
        _binder(parser, item, high, binders, conditions)
    if not binders:
        raise parser.error("no index is bound here", parser.tokens[start])
    condition = None if not conditions else conditions[0] if len(conditions) == 1 else t.Sequence(tuple(conditions), "and")
    saved, parser.scope = parser.scope, parser.scope | {b.letter for b in binders}
    body = parser.product()
    parser.scope = saved
    return t.Big(kind, tuple(binders), condition, body, span=parser.span(start))


def _binder(parser: Parser, item: Sequence[Token], high: t.Tree | None, binders: list[t.Binder],
            conditions: list[t.Tree]) -> None:
    for separator in (":", "|"):
        if any(x.key == separator and x.kind == OPERATOR for x in item[1:]):
            first, *rest = split_items(item, separator)
            _binder(parser, first, high, binders, conditions)
            for part in rest:
                child = parser.child(part, indexed=True, scope=parser.scope | {b.letter for b in binders})
                conditions.append(child.whole(child.condition))
            return
    signs = [x for x in item if x.kind == OPERATOR and x.key in RELATIONS]
    if not signs:
        for name, span in _letters(parser, item):
            binders.append(t.Binder(name, None, high, span=span))
        return
    names = _letters(parser, item[:item.index(signs[0])]) if signs[0].key in ("=", "!=", "in") else []
    behind = item[item.index(signs[0]) + 1:]
    if signs[0].key == "=" and names:
        child = parser.child(behind, indexed=False)
        start = child.whole(child.expression)
        binders.extend(t.Binder(name, start, high, span=span) for name, span in names)
        return
    if signs[0].key == "in" and names:
        child = parser.child(behind)
        found = a_set(child)
        low, last = _bounds(found) if found is not None else (None, None)
        if low is None:
            raise parser.error("this set is not understood as a range", behind[0],
                               hint="write the range as i=1 below and n above")
        binders.extend(t.Binder(name, low, last, span=span) for name, span in names)
        return
    if signs[0].key == "!=":
        known = {b.letter for b in binders}
        binders.extend(t.Binder(name, None, high, span=span) for name, span in names if name not in known)
        bound = {name for name, _ in names}
    else:
        known = parser.scope | {b.letter for b in binders}
        bound = {x.key for x in item if x.kind == WORD and not parser.context.starting(x.key) and x.key not in known}
        binders.extend(t.Binder(x.key, None, high, span=(x.start, x.end)) for x in item if x.kind == WORD and x.key in bound)
    child = parser.child(item, indexed=True, scope=parser.scope | bound | {b.letter for b in binders})
    conditions.append(child.whole(child.condition))


def _bounds(tree: t.Tree) -> tuple[t.Tree | None, t.Tree | None]:
    """{1, ..., n} as a range."""
    if isinstance(tree, t.Sequence) and len(tree.items) >= 3 and any(isinstance(x, t.Dots) for x in tree.items):
        return tree.items[0], tree.items[-1]
    return None, None


def _letters(parser: Parser, item: Sequence[Token]) -> list[tuple[str, t.Span]]:
    """The letters bound by ij, i j or j'."""
    found: list[tuple[str, t.Span]] = []
    for x in item:
        if x.kind == OPERATOR and x.key in ("'", "''") and found:
            name, span = found[-1]
            found[-1] = name + x.key, (span[0], x.end)
        elif x.kind == WORD:
            if len(x.key) == 1 or x.upright or x.accents or parser.context.starting(x.key):
                found.append((x.key, (x.start, x.end)))
            elif x.key.isalpha():
                found.extend((c, (x.start + n, x.start + n + 1)) for n, c in enumerate(x.key))
            else:
                raise parser.error("an index that is summed over must be a letter", x)
        else:
            raise parser.error("an index that is summed over must be a letter", x)
    return found


def a_set(parser: Parser) -> t.Tree | None:
    """A set: R^{m x n}, {1, ..., m} or [0, 1]; None where something else stands."""
    start = parser.at
    if parser.token.kind == WORD and parser.token.font == "bb":
        name = parser.token.key
        return _reals(parser, start) if name in ("R", "Reals") else None
    if parser.is_sign("\\{", "{"):
        opened = parser.take()
        items: list[t.Tree] = []
        while True:
            if parser.is_sign("dots"):
                parser.take()
                items.append(t.Dots(span=parser.span(parser.at - 1)))
            else:
                items.append(parser.expression())
            if not parser.is_sign(","):
                break
            parser.take()
        parser.expect(OPENING[opened.key], opened)
        return t.Sequence(tuple(items), "\\{", span=parser.span(start))
    return None


# ------------------------------------------------------------------ environments

def environment(parser: Parser) -> t.Tree:
    """A matrix, cases, or an environment that only sets lines."""
    opened = parser.take()
    start = parser.at - 1
    depth, stop = 1, parser.at
    while depth:
        token = parser.tokens[stop]
        if token.kind == STOP:
            raise parser.error(f"the environment {opened.key} is not closed", opened)
        depth += (token.kind == BEGIN) - (token.kind == END)
        stop += 1
    closing = parser.tokens[stop - 1]
    if closing.key != opened.key:
        raise parser.error(f"the environment {opened.key} is closed as {closing.key}", closing)
    inside = parser.tokens[parser.at:stop - 1]
    parser.at = stop
    span = parser.span(start)
    if opened.key in MATRICES:
        rows = tuple(tuple(_cell(parser, cell, opened) for cell in _split(row, "align"))
                     for row in _split(inside, "newline") if row)
        if not rows:
            raise parser.error("this matrix is empty", opened)
        matrix = t.Matrix(rows, span=span)
        return t.Bars(matrix, span=span) if opened.key in ("vmatrix", "Vmatrix") else matrix
    if opened.key in CASES:
        return _cases(parser, inside, opened, span)
    if opened.key in WRAPPERS:
        body = [x for x in inside if not (x.kind == OPERATOR and x.key == "align")]
        if any(x.kind == OPERATOR and x.key == "newline" for x in body):
            raise parser.error(f"several rows stand in {opened.key}", opened, hint="give the rows one by one")
        child = parser.child(body)
        return child.whole(child.relation)
    raise parser.error(f"the environment {opened.key} is not known", opened)


def _split(tokens: Sequence[Token], sign: str) -> list[tuple[Token, ...]]:
    """Tokens cut at a sign outside brackets and inner environments."""
    items: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        depth += (token.kind == BEGIN) - (token.kind == END)
        if token.kind == OPERATOR and token.key in OPENING:
            depth += 1
        elif token.kind == OPERATOR and token.key in OPENING.values():
            depth -= 1
        if token.kind == OPERATOR and token.key == sign and depth == 0:
            items.append([])
        else:
            items[-1].append(token)
    return [tuple(item) for item in items]


def _cell(parser: Parser, cell: Sequence[Token], opened: Token) -> t.Tree:
    if not cell:
        raise parser.error("a cell of this matrix is empty", opened)
    if len(cell) == 1 and cell[0].key == "dots":
        return t.Dots(span=(cell[0].start, cell[0].end))
    child = parser.child(cell)
    return child.whole(child.expression)


def _cases(parser: Parser, inside: Sequence[Token], opened: Token, span: t.Span) -> t.Tree:
    branches: list[tuple[t.Tree, t.Tree | None]] = []
    for row in _split(inside, "newline"):
        if not row:
            continue
        value, *rest = _split(row, "align")
        said = [x for part in rest for x in part]
        shown, more = _before_condition(value)
        said = [*more, *said]
        while shown and shown[-1].kind == OPERATOR and shown[-1].key in (",", ";"):
            shown = shown[:-1]
        child = parser.child(shown)
        tree = child.whole(child.expression)
        condition = [x for x in said if not (x.kind == TEXT or (x.kind == WORD and parser.is_word_sign(x)))]
        while condition and condition[-1].kind == OPERATOR and condition[-1].key in (",", ".", ";"):
            condition.pop()
        while condition and condition[0].kind == OPERATOR and condition[0].key in (",", ";"):
            condition.pop(0)
        if not condition:
            branches.append((tree, None))
            continue
        holder = parser.child(condition, indexed=True)
        branches.append((tree, holder.whole(holder.condition)))
    if not branches:
        raise parser.error("these cases are empty", opened)
    return t.Cases(tuple(branches), span=span)


def _before_condition(value: Sequence[Token]) -> tuple[tuple[Token, ...], tuple[Token, ...]]:
    """A row without an alignment mark: the value up to the word if."""
    for position, token in enumerate(value):
        if token.kind == TEXT or (token.kind == WORD and token.upright and token.key in ("if", "otherwise", "for", "when")):
            return tuple(value[:position]), tuple(value[position:])
    return tuple(value), ()


__all__ = ["BUILT_IN", "a_set", "argument", "arguments", "arguments_restated", "big", "big_here", "bracket", "call",
           "call_declared", "environment", "expectation", "indicator", "prefix_call", "restated", "special_word",
           "structure"]
