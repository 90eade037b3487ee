"""Calls as they are written: with brackets, without, with primes and powers between name and bracket."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ...arrays.registry import RECORDS
from ...functions.elementary import exp, log
from ...layers import gaussian_nll
from ..declare.context import (
    Declared,
    DeclaredNames,
    Definition,
    Expected,
    FunctionDeclared,
    LetterDeclared,
    Quantity,
    arity,
)
from ..syntax import tree as t
from ..syntax.grammar import Parser
from ..syntax.names import Scripts, divider, find, matching, read_scripts, split_items
from ..syntax.notations import part
from ..syntax.spellings import ACCENTS
from ..syntax.tokens import NUMBER, OPERATOR, STOP, STRUCTURE, WORD, Token
from .big_operators import extreme


@part
def arguments(parser: Parser) -> tuple[tuple[t.Tree, ...], tuple[tuple[str, t.Tree], ...]]:
    """Positional and keyword arguments in the brackets that open here."""
    opened = parser.token
    close = parser.closing()
    inside = parser.tokens[parser.at + 1:close]
    parser.at = close + 1
    if not inside:
        return (), ()
    positional: list[t.Tree] = []
    keywords: list[tuple[str, t.Tree]] = []
    for item in _argument_items(inside):
        if not item:
            raise parser.error("an argument is missing", opened)
        sign = next((n for n, x in enumerate(item) if x.kind == OPERATOR and x.key == "="), 0)
        name = "".join(x.key for x in item[:sign])
        # In LaTeX an option's name is set upright; anything else with a sign = is a condition.
        option = not parser.latex or all(x.upright or x.kind != WORD for x in item[:sign])
        if sign and option and name.isidentifier() and len(item) > sign + 1:
            keywords.append(({"dim": "axis"}.get(name, name), _keyword_value(parser, item[sign + 1:])))
            continue
        positional.append(parser.inside(item, Parser.condition if parser.latex else Parser.relation))
    return tuple(positional), tuple(keywords)


def _argument_items(inside: Sequence[Token]) -> list[tuple[Token, ...]]:
    """Arguments are separated by commas, or by a semicolon before parameters."""
    return [part for item in split_items(inside, ";") for piece in split_items(item) for part in _divided(piece)]


def _divided(piece: tuple[Token, ...]) -> tuple[tuple[Token, ...], ...]:
    """p ‖ q and y | x as two arguments, where the bars are no norm."""
    bar = divider(piece)
    return (piece,) if bar is None else (piece[:bar], piece[bar + 1:])


def _keyword_value(parser: Parser, value: Sequence[Token]) -> t.Tree:
    if len(value) == 1 and value[0].kind == WORD and value[0].key in ("True", "False", "None"):
        return t.String(value[0].key, span=(value[0].start, value[0].end))
    return parser.inside(value)


@part
def call(parser: Parser, word: str, after: int) -> t.Tree:
    """A call of a function known by name, with primes, powers and subscripts between name and bracket."""
    start = parser.at
    parser.at = after
    scripts = parser.taken_scripts()
    return _called(parser, word, scripts, start)


def _called(parser: Parser, word: str, scripts: Scripts, start: int) -> t.Tree:
    apart = _entrywise(scripts)
    function = t.Function(word, scripts.primes, parser.latex and not apart, span=parser.span(start))
    positions = parser.positions(scripts.subs, None) if scripts.subs and not apart else ()
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
        _unwrap(parser)
        positional, keywords = arguments(parser) if parser.is_sign("(") else ((parser.factor(),), ())
    else:
        positional, keywords = (_bare_argument(parser),), ()
    if word == RECORDS.norm.name and len(positional) == 1 and scripts.empty and not keywords and parser.is_sign("_"):
        return norm_of_kind(parser, positional[0], start)
    result: t.Tree = t.Call(function, positional, keywords, power, span=parser.span(start))
    if flipped:
        result = t.Transpose(result, span=parser.span(start))
    return t.Subscripted(result, positions, span=parser.span(start)) if positions else result


def _entrywise(scripts: Scripts) -> bool:
    r"""Whether a function is said to be taken of every entry: \exp_{\odot}(A), the Hadamard exponential."""
    return [[x.key for x in sub] for sub in scripts.subs] in ([["odot"]], [["circ"]])


def norm_of_kind(parser: Parser, body: t.Tree, start: int) -> t.Tree:
    """A norm with the scripts behind it: its kind, or what it is weighted by."""
    scripts = read_scripts(parser.tokens, parser.at, parser.source, parser.latex)[0]
    if not scripts.subs:
        return t.Norm(body, span=parser.span(start))
    kind, weight = "", None
    below = scripts.subs[0]
    if len(scripts.subs) == 1 and below and below[0].kind == WORD and parser.context.starting(below[0].key):
        weight = parser.inside(below)
    else:
        kind = ",".join("".join(x.key for x in item) for item in scripts.subs)
    parser.accept(scripts)
    norm = t.Norm(body, kind, weight, span=parser.span(start))
    return parser.scripted(norm, Scripts((), scripts.sup, scripts.primes), start)


def _unwrap(parser: Parser) -> None:
    """Braces around a pair of brackets say nothing: in \\log{(x)}^2 the logarithm is squared, as in \\log(x)^2."""
    close, inner = matching(parser.tokens, parser.at), matching(parser.tokens, parser.at + 1)
    if close is not None and inner == close - 1 and parser.peek().key == "(":
        parser.tokens[parser.at:close + 1] = parser.tokens[parser.at + 1:close]


# Functions whose arguments are index positions or conditions on them.
_OF_POSITIONS = frozenset(["KroneckerDelta", "Piecewise", "Eq", "Ne"])


def _printed_sum(parser: Parser, start: int) -> t.Tree:
    """Sum(body, (i, 1, n), ...), as SymPy prints it; the last range is the outermost."""
    opened = parser.token
    close = parser.closing()
    body, *limits = split_items(parser.tokens[parser.at + 1:close])
    binders: list[t.Binder] = []
    for limit in reversed(limits):
        if len(limit) < 2 or limit[0].key != "(" or len(parts := split_items(limit[1:-1])) != 3 or len(parts[0]) != 1 \
                or parts[0][0].kind != WORD:
            raise parser.error("the range of a sum is written (i, 1, n)", limit[0] if limit else opened)
        scope = parser.scope | {b.letter for b in binders}
        low, high = (parser.inside(part, scope=scope) for part in parts[1:])
        letter = parts[0][0]
        binders.append(t.Binder(letter.key, low, high, span=(letter.start, letter.end)))
    if not binders:
        raise parser.error("the range of this sum is missing", opened, hint="write Sum(x[i], (i, 1, n)), or sum(x)")
    result = parser.inside(body, scope=parser.scope | {b.letter for b in binders})
    parser.at = close + 1
    for binder in reversed(binders):
        result = t.summed(result, binder, span=parser.span(start))
    return result


@part
def prefix_call(parser: Parser, word: str, after: int) -> t.Tree:
    """A function written without brackets: log p_i, tanh z; or with a letter below, as a maximum over an index."""
    start = parser.at
    parser.at = after
    scripts = read_scripts(parser.tokens, parser.at, parser.source, parser.latex)[0]
    if word.removeprefix("arg") in ("max", "min") and scripts.subs:
        parser.accept(scripts)
        return extreme(parser, word, scripts.subs, scripts.sup, start)
    if word == log.name and scripts.subs and not _entrywise(scripts):
        parser.accept(scripts)
        below = parser.inside(scripts.subs[0])
        top = t.Call(t.Function(log.name, 0, parser.latex), (_bracketed_or_bare(parser),), span=parser.span(start))
        made: t.Tree = t.Fraction(top, t.Call(t.Function(log.name), (below,)), span=parser.span(start))
        rest = Scripts((), scripts.sup, scripts.primes)
        return made if rest.empty else parser.scripted(t.Bracket(made, span=made.span), rest, start)
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
    """What a function without brackets applies to: names and numbers that stand together, as in log 2πσ².

    Behind anything else, such as an entry or a fraction, what follows is another factor, but a sum behind a fraction: of
    log 1/N Σ x the logarithm is that of the mean.
    """
    start = parser.at
    simple = t.Number | t.Name | t.Letter | t.Unknown | t.Power | t.Transpose
    factors = [parser.factor()]
    while isinstance(factors[-1], simple) and parser.starts_factor() and (
            parser.token.kind in (NUMBER, WORD) or (parser.is_sign("{") and parser.peek().kind == WORD)) \
            and not _starts_function(parser):
        factors.append(parser.factor())
    if isinstance(factors[-1], t.Fraction) and parser.token.kind == STRUCTURE and parser.token.key in (
            RECORDS.sum.name, RECORDS.prod.name):
        factors.append(parser.factor())
    if len(factors) == 1:
        return factors[0]
    return t.Factors(tuple(factors), ("",) * (len(factors) - 1), span=parser.span(start))


def _starts_function(parser: Parser) -> bool:
    token = parser.peek() if parser.is_sign("{") else parser.token
    declared = parser.context.starting(token.key)
    if declared:
        return any(isinstance(d, FunctionDeclared | Expected) for d in declared)
    return token.kind == WORD and parser.function_word() is not None


@part
def call_declared(parser: Parser, declared: Declared, scripts: Scripts, start: int) -> t.Tree:
    """A call of a declared function, or the function itself where no bracket follows."""
    if len(scripts.sup) == 3 and scripts.sup[0].key == "(" and scripts.sup[1].key.isdecimal():
        # f^{(2)} is the second derivative.
        scripts = replace(scripts, sup=(), primes=scripts.primes + min(int(scripts.sup[1].key), 9))
    function = t.Function(declared.name, scripts.primes, span=parser.span(start))
    if not parser.is_sign("(", "[") and not (parser.is_sign("{") and parser.latex):
        if scripts.subs and not scripts.sup and not parser.starts_factor():
            return t.Subscripted(function, parser.positions(scripts.subs, None), span=parser.span(start))
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
    return t.Subscripted(result, positions, span=parser.span(start)) if positions else result


@part
def restated(parser: Parser, declared: Definition, scripts: Scripts, start: int) -> t.Tree:
    """A defined function with its arguments."""
    function = t.Function(declared.name, 0, span=parser.span(start))
    # An argument that the function does not use, as the x of p(y | x), need not be declared.
    lenient, parser.lenient = parser.lenient, True
    positional, _ = arguments(parser)
    parser.lenient = lenient
    result: t.Tree = t.Call(function, positional, span=parser.span(start))
    return result if scripts.empty else parser.scripted(result, scripts, start)


@part
def arguments_restated(parser: Parser, declared: Quantity | Definition) -> bool:
    """Whether brackets behind a quantity only repeat what it depends on, as in L(y) for L: function of y; taken if so."""
    depends = declared.depends if isinstance(declared, Quantity) else names_below(parser.context, declared)
    close = matching(parser.tokens, parser.at)
    if close is None or not depends:
        return False
    behind = parser.tokens[close + 1]
    if behind.kind == OPERATOR and behind.key in ("^", "_", "'", "top") and _is_array(declared):
        # delta (a)^T is a product.
        return False
    if any(x.key in ("top", "T", "intercal") for x in parser.tokens[close + 1:close + 4] if behind.key == "^"):
        # No number is transposed.
        return False
    inside = parser.tokens[parser.at + 1:close]
    if not inside:
        return False
    said = ["".join(x.key for x in item) for item in _argument_items(inside)]
    if isinstance(declared, Quantity) and said == ["".join(d.split()) for d in depends]:
        # KL(P ‖ Q), where nothing need be known of P and Q.
        parser.at = close + 1
        return True
    child = parser.child(inside)
    names: set[str] = set()
    while True:
        if child.is_sign("-", "+", "pm"):
            # A sum stands there, and no argument.
            return False
        part = child.factor()
        if not isinstance(part, t.Name | t.Call):
            return False
        # L(f(x), y) for an L that is defined by f and y.
        names |= {n.name for n in t.walk(part) if isinstance(n, t.Name | t.Function)}
        if child.token.kind == STOP:
            break
        if not child.is_sign(",", ";"):
            return False
        child.take()
    if not names & set(depends):
        return False
    parser.at = close + 1
    return True


def _is_array(declared: Quantity | Definition) -> bool:
    """Whether a name is not known to be a number."""
    if isinstance(declared, Definition) and declared.declared is None:
        return not is_number(declared.tree)
    return declared.rank != 0


@part
def is_number(tree: t.Tree) -> bool:
    """Whether a definition says by its form that it is a number: a sum over all indices, a norm, a function of one."""
    if isinstance(tree, t.Terms):
        return all(map(is_number, tree.terms))
    if isinstance(tree, t.Factors):
        return all(is_number(f) for f in tree.factors if not isinstance(f, t.Number))
    if isinstance(tree, t.Power | t.Bracket | t.Fraction):
        return is_number(tree.base if isinstance(tree, t.Power) else tree.body if isinstance(tree, t.Bracket) else tree.top)
    if isinstance(tree, t.Call):
        return isinstance(tree.function, t.Function) and tree.function.name in _TO_NUMBERS
    return isinstance(tree, t.Big | t.Norm | t.Number)


_TO_NUMBERS = frozenset(["norm", "norm2", "tr", "Tr"])


def names_below(context: DeclaredNames, declared: Definition) -> tuple[str, ...]:
    """All declared names that a definition is built from."""
    found: dict[str, None] = {}
    stack: list[t.Tree] = [declared.tree]
    while stack:
        for node in t.walk(stack.pop()):
            if isinstance(node, t.Name | t.Function) and node.name not in found:
                found[node.name] = None
                for record in context.by_name(node.name):
                    if isinstance(record, Definition):
                        stack.append(record.tree)
                    elif isinstance(record, Quantity):
                        found.update(dict.fromkeys(record.depends))
    return tuple(found)


@part
def expectation(parser: Parser, declared: Expected, scripts: Scripts, start: int) -> t.Tree:
    """E[...], E_x[...], or E x of one factor."""
    below = [x for item in scripts.subs for x in item]
    if scripts.sup or scripts.primes:
        raise parser.error("a power stands behind the bracket of an expectation", scripts.sup[0] if scripts.sup else None,
                           hint="write E[x]^2")
    if below and any(x.kind == OPERATOR and x.key == "sim" for x in below):
        below = below[:next(n for n, x in enumerate(below) if x.key == "sim")]
    over = tuple("".join(x.key for x in part) for part in split_items(below)) if below else ()
    if parser.latex and parser.starts_factor() and not parser.is_sign("[", "(", "\\{"):
        return t.ExpectationSign(declared.name, parser.factor(), over, span=parser.span(start))
    if not parser.is_sign("[", "(", "\\{"):
        return t.Function(declared.name, span=parser.span(start))
    close = parser.closing()
    inside = parser.tokens[parser.at + 1:close]
    bar = divider(inside)
    given = None
    if bar is not None:
        given = parser.inside(inside[bar + 1:], Parser.condition)
        inside = inside[:bar]
    body = parser.inside(inside, Parser.condition if declared.of_events else Parser.relation)
    parser.at = close + 1
    return t.ExpectationSign(declared.name, body, over, given, span=parser.span(start))


_ONE_EACH = (("reduction", t.String("none")),)


@part
def named_by_marks(parser: Parser) -> t.Tree | None:
    """What its letter alone is not: the density of a normal law, a divergence, an extreme eigenvalue or singular value."""
    token, behind = parser.token, parser.peek()
    if token.key == "N" and token.font == "cal" and behind.key == "(":
        return _normal_density(parser)
    if token.key == "E" and behind.key == "_":
        return _mean_over_a_letter(parser)
    return _named_with_what_is_below(parser) if (token.key, behind.key) in _MARKED else None


def _mean_over_a_letter(parser: Parser) -> t.Tree | None:
    """E_{a ~ p}[f(a)] beside probabilities p_a, where no E is declared and a is no quantity: the sum of all p_a f(a)."""
    start = parser.at
    scripts = read_scripts(parser.tokens, start + 1, parser.source, parser.latex)[0]
    below = [x for item in scripts.subs for x in item]
    close = matching(parser.tokens, scripts.next) if parser.tokens[scripts.next].key in ("[", "(", "\\{") else None
    if len(below) < 3 or below[1].key != "sim" or close is None or scripts.sup or scripts.primes or any(
            d.name == "E" for d in parser.context.starting("E")) or any(
            not isinstance(d, LetterDeclared) for d in parser.context.starting(below[0].key)):
        return None
    letter, scope = below[0].key, parser.scope | {below[0].key}
    law = [below[0] if x.key == "cdot" else x for x in below[2:]]
    weight = parser.inside(law, scope=scope)
    if isinstance(weight, t.Name) and weight.arity == 1:
        weight = t.Subscripted(weight, (t.Letter(letter, span=weight.span),), span=weight.span)
    if not (isinstance(weight, t.Subscripted) and isinstance(weight.base, t.Name) and letter in t.letters_in(weight)):
        return None
    body = parser.inside(parser.tokens[scripts.next + 1:close], scope=scope)
    parser.at = close + 1
    span = parser.span(start)
    product = t.Factors((weight, t.Bracket(body, span=body.span)), ("",), span=span)
    return t.summed(product, t.Binder(letter, span=span), span=span)


_BELOW = {(letter, end): f"{letter}_{end}" for letter in ("lambda", "sigma") for end in (
    RECORDS.max.name, RECORDS.min.name)} | {("D", "KL"): RECORDS.kl_div.name, ("KL", ""): RECORDS.kl_div.name}
_MARKED = {(letter, "_") for letter, end in _BELOW if end} | {("KL", "("), ("KL", "[")}


def _named_with_what_is_below(parser: Parser) -> t.Tree | None:
    """λ_max(S) and σ_min(A), where no such name is declared; KL(p ‖ q) and D_KL(p ‖ q) of what is declared."""
    start = parser.at
    match = find(parser.context, parser.tokens, start, parser.source, parser.latex)
    scripts = read_scripts(parser.tokens, start + 1, parser.source, parser.latex)[0]
    below = "".join(x.key for item in scripts.subs for x in item)
    opens = parser.tokens[scripts.next].key in ("(", "[") and not (scripts.sup or scripts.primes)
    word = _BELOW.get((parser.token.key, below))
    if word is None or not opens or (match is not None and match.declared.pattern.subs):
        return None
    if word == RECORDS.kl_div.name:
        close = matching(parser.tokens, scripts.next)
        if parser.lenient or close is None or (match is not None and divider(parser.tokens[scripts.next + 1:close]) is None):
            return None  # of densities that a text may name, or an entry of a matrix D
    parser.take()
    parser.accept(scripts)
    return t.Call(t.Function(word), arguments(parser)[0], span=parser.span(start))


@part
def mean_by_its_bar(parser: Parser) -> t.Tree | None:
    """x̄ beside a vector x where nothing else says what it is, and no entry of it is meant: its mean."""
    start, token = parser.at, parser.token
    word = token.key.removesuffix(ACCENTS["bar"])
    data = next((d for d in parser.context.starting(word) if d.name == word and d.rank == 1), None)
    if token.accents != ("bar",) or not isinstance(data, Quantity) or parser.peek().key == "_":
        return None
    parser.take()
    name = t.Name(data.name, arity(data), span=parser.span(start))
    return t.Call(t.Function(RECORDS.mean.name), (name,), span=parser.span(start))


def _normal_density(parser: Parser) -> t.Tree | None:
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
