"""Notations of derivatives: fractions with partial or d, nabla with a variable below, differentials."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..declare.context import Definition, Quantity, arity
from ..syntax import tree as t
from ..syntax.grammar import TRANSPOSED, Parser
from ..syntax.names import cut, matching, mixed_order, order_in_letters, read_scripts, split_items
from ..syntax.names import directional as directional_at
from ..syntax.notations import part
from ..syntax.tokens import NUMBER, OPERATOR, STOP, STRUCTURE, WORD, Token


def fraction_derivative(parser: Parser, top: Sequence[Token], bottom: Sequence[Token], start: int) -> t.Tree | None:
    """A fraction that is a derivative; None for any other fraction."""
    above, below = _unbraced(top), _unbraced(bottom)
    kind = _mark(parser, below[0]) if below else None
    over = _mark(parser, above[0]) if above else None
    if kind is None or over is None:
        return None
    if "total" in (kind, over) and not _is_total(parser, above, below):
        return None
    if (named := _named_derivative(parser, above, below)) is not None:
        return replace(named, span=parser.span(start))
    order, body = _numerator(parser, above)
    variables = _variables(parser, below, order)
    if variables is None:
        return None
    tree = parser.inside(body) if body else _operand(parser)
    kind = "total" if kind == "total" else "partial"
    return _taken_at(t.Derivative(tree, variables, kind, order, span=parser.span(start)))


def _named_derivative(parser: Parser, above: Sequence[Token], below: Sequence[Token]) -> t.Name | None:
    """What is declared as dL_dh, as results name what has no closed form, and stands as ∂L over ∂h; None for any other."""
    if len(above) != 2 or len(below) != 2:
        return None
    name = f"d{above[1].key}_d{below[1].key}"
    known = next((d for d in parser.context.starting(f"d{above[1].key}") if d.name == name), None)
    return t.Name(name, arity(known)) if isinstance(known, Quantity) else None


def restated_variable(parser: Parser, tree: t.Tree, start: int) -> t.Tree:
    """(c) behind the derivative of a function: what it is taken at, where it is not the variable itself."""
    if not (isinstance(tree, t.Derivative) and len(set(tree.variables)) == 1 and parser.is_sign("(")
            and _is_function(parser, tree.body)):
        return tree
    close = matching(parser.tokens, parser.at)
    inside = parser.tokens[parser.at + 1:close]
    child = parser.child(inside) if close is not None and inside else None
    if child is None or close is None:
        return tree
    argument = child.whole(child.expression)
    if not isinstance(tree.body, t.Function) and argument != tree.variables[0]:
        return tree
    parser.at = close + 1
    if argument == tree.variables[0]:
        return tree
    return t.At(tree, (t.Relation((tree.variables[0], argument), ("=",)),), span=parser.span(start))


def _is_function(parser: Parser, body: t.Tree | None) -> bool:
    """Whether something is written without its argument: a function, or a quantity defined or said to depend on others."""
    if isinstance(body, t.Function):
        return True
    return isinstance(body, t.Name) and any(
        (isinstance(d, Definition) and d.parameters) or (isinstance(d, Quantity) and d.depends)
        for d in parser.context.by_name(body.name))


def _unbraced(tokens: Sequence[Token]) -> tuple[Token, ...]:
    inside = tuple(tokens)
    while inside and inside[0].key == "{" and matching(inside, 0) == len(inside) - 1:
        inside = inside[1:-1]
    return inside


def _mark(parser: Parser, token: Token) -> str | None:
    """Whether a token starts a differential: by the sign of partial derivatives, one declared for it, or a d."""
    if token.kind == STRUCTURE and token.key == "partial":
        return "partial"
    if token.kind == WORD:
        if parser.context.signs.get(token.key) == "partial":
            return "partial"
        if token.key[0] == "d" and not token.accents:
            return "total"
    return None


def _is_total(parser: Parser, above: Sequence[Token], below: Sequence[Token]) -> bool:
    """d over d is a derivative where the denominator reads d of something, and is not itself a declared product."""
    first = below[0]
    if any(each[0].key == "d" and each[1:2] and each[1].key == "^" and any(x.key in TRANSPOSED for x in each[2:4])
           for each in (above, below)):
        return False  # dᵀd/dᵀAd of a direction d
    if first.key == "d":
        if len(below) == 1 or below[1].key in ("_", "'"):
            return False
        if below[1].kind == OPERATOR and below[1].key not in ("^", "{", "("):
            return False
    elif any(len(d.pattern.base) == 1 for d in parser.context.starting(first.key)) or first.upright:
        return False
    start = above[0]
    if start.key == "d":
        return len(above) == 1 or above[1].key not in ("_", "'")
    return not any(len(d.pattern.base) == 1 for d in parser.context.starting(start.key)) and not start.upright


def _after_mark(tokens: Sequence[Token]) -> list[Token]:
    """The tokens behind the mark; the d of dL is cut off its word."""
    first = tokens[0]
    if first.kind == WORD and first.key[0] == "d" and len(first.key) > 1 and not first.upright:
        return [replace(cut(first, 1)[1], kind=WORD), *tokens[1:]]
    return list(tokens[1:])


def _numerator(parser: Parser, above: Sequence[Token]) -> tuple[int, list[Token]]:
    rest = _after_mark(above)
    order = 1
    if rest and rest[0].key == "^" and rest[0].kind == OPERATOR:
        scripts = read_scripts([*rest, Token(STOP, STOP, rest[-1].end, rest[-1].end)], 0, parser.source, True)[0]
        order = _order(parser, scripts.sup)
        tail = rest[scripts.next:]
        if scripts.rest is not None:
            tail = [scripts.rest, *tail[1:]]
        rest = tail
    return order, rest


def _variables(parser: Parser, below: Sequence[Token], order: int) -> tuple[t.Tree, ...] | None:
    """What a denominator differentiates by; dx^2 counts twice where the order is two."""
    pieces: list[list[Token]] = []
    depth = 0
    for token in _unbraced(below):
        if token.kind == OPERATOR and token.key in ("{", "(", "["):
            depth += 1
        elif token.kind == OPERATOR and token.key in ("}", ")", "]"):
            depth -= 1
        mark = _mark(parser, token) if depth == 0 else None
        if mark == "partial" or (mark == "total" and (not pieces or order > 1)):
            pieces.append(_after_mark([token]))
        elif not pieces:
            return None
        else:
            pieces[-1].append(token)
    variables: list[t.Tree] = []
    for piece in pieces:
        if not piece:
            raise parser.error("it is not said what to differentiate by", below[0])
        found = parser.inside(_unbraced(piece))
        if isinstance(found, t.Bracket):
            found = found.body
        if isinstance(found, t.Power) and isinstance(found.exponent, t.Number) and len(pieces) == 1 and order > 1 \
                and found.exponent.text == str(order):
            variables.extend([found.base] * order)
        else:
            variables.append(found)
    return tuple(variables)


def _operand(parser: Parser) -> t.Tree | None:
    """What a derivative operator that stands in front applies to: a bracket, or the factors that stand together."""
    start = parser.at
    if parser.latex and parser.is_sign("-") and parser.tokens[start - 1].key in ("}", "frac"):
        parser.take()
        inner = _operand(parser)
        return None if inner is None else t.Terms((inner,), (-1,), span=parser.span(start))
    if not parser.starts_factor():
        return None
    first = parser.factor()
    if isinstance(_inner(first), t.Bracket | t.Cases | t.Matrix):
        return first
    factors = [first]
    while parser.starts_factor() and not (parser.token.kind == STRUCTURE and parser.token.key in ("nabla", "partial")):
        factors.append(parser.factor())
    return _starred(parser, factors, start)


def _starred(parser: Parser, factors: list[t.Tree], start: int) -> t.Tree:
    """Factors that stand together, with those that stars of plain text put behind: d/dx 2*x'*x is of all of it."""
    joints = [""] * (len(factors) - 1)
    # In LaTeX a star may be a convolution: ∇L * flip(w).
    while parser.is_sign("*", "@") and not parser.source.latex:
        joints.append(parser.take().key)
        factors.append(parser.factor())
    return t.Factors(tuple(factors), tuple(joints), span=parser.span(start)) if joints else factors[0]


def _inner(tree: t.Tree) -> t.Tree:
    while isinstance(tree, t.Power | t.Transpose | t.Subscripted):
        tree = tree.base
    return tree


def _nabla_operand(parser: Parser) -> t.Tree:
    """The factors that stand together behind nabla; which of them it applies to is decided by their types."""
    start = parser.at
    factors = [parser.factor()]
    while (parser.latex or parser.source.typeset) and parser.starts_factor() and not _is_operator(parser.token):
        factors.append(parser.factor())
    return _starred(parser, factors, start)


def _is_operator(token: Token) -> bool:
    return token.kind == STRUCTURE and token.key in ("nabla", "partial")


def nabla(parser: Parser) -> t.Tree:
    """A gradient: what stands below nabla are the variables; it applies to the shortest product behind that is a number."""
    start = parser.at
    parser.take()
    scripts = parser.taken_scripts()
    turned = len(scripts.sup) == 1 and scripts.sup[0].key in ("top", "T")
    order = 1 if turned else _order(parser, scripts.sup)
    variables = tuple(map(parser.inside, scripts.subs))
    if parser.is_sign("cdot", "times"):
        raise parser.error("a divergence or curl is not read", parser.tokens[start])
    if not parser.starts_factor():
        return t.Derivative(None, variables, "nabla", order, span=parser.span(start))
    first = parser.at
    body = _nabla_operand(parser)
    variables = variables or _restated(parser, body, first)
    flips = int(turned)
    while isinstance(body, t.Transpose):
        body, flips = body.base, flips + 1
    raised = body.factors[0] if isinstance(body, t.Factors) else body
    if order == 2 and isinstance(raised, t.Power) and _is_minus_one(raised.exponent):
        # Of ∇²f(x)⁻¹∇f(x) the Hessian is inverted, not f.
        hessian = t.Derivative(raised.base, variables, "nabla", order, span=parser.span(start))
        inverse = replace(raised, base=hessian, span=parser.span(start))
        return replace(body, factors=(inverse, *body.factors[1:])) if isinstance(body, t.Factors) else inverse
    tree: t.Tree = t.Derivative(body, variables, "nabla", order, span=parser.span(start))
    for _ in range(flips):
        tree = t.Transpose(tree, span=parser.span(start))
    return tree


def _is_minus_one(tree: t.Tree) -> bool:
    return isinstance(tree, t.Terms) and tree.signs == (-1,) and isinstance(tree.terms[0], t.Number) \
        and tree.terms[0].text == "1"


def _restated(parser: Parser, body: t.Tree, first: int) -> tuple[t.Tree, ...]:
    """The one name in the bracket behind a quantity, as the x of ∇R(x), which is what a bare nabla differentiates by."""
    open_ = next((n for n in range(first, parser.at) if parser.tokens[n].key == "("), None)
    if not isinstance(body, t.Name) or open_ is None or matching(parser.tokens, open_) != parser.at - 1:
        return ()
    found = parser.inside(parser.tokens[open_ + 1:parser.at - 1])
    return (found,) if isinstance(found, t.Name) else ()


def _order(parser: Parser, sup: Sequence[Token]) -> int:
    """The order of a derivative, from what stands above its sign."""
    if not sup:
        return 1
    if len(sup) != 1 or sup[0].kind != NUMBER or not sup[0].key.isdecimal():
        raise parser.error("the order of a derivative must be a number", sup[0])
    return int(sup[0].key)


def partial(parser: Parser) -> t.Tree:
    """∂L/∂W in one line, or ∂_x f."""
    start = parser.at
    parser.take()
    if parser.is_sign("_"):
        scripts = parser.taken_scripts()
        order = _order(parser, scripts.sup)
        by = tuple(map(parser.inside, scripts.subs))
        body = _nabla_operand(parser) if order == 1 else parser.factor()
        kind = "nabla" if isinstance(body, t.Factors) else "partial"
        return t.Derivative(body, by, kind, order, span=parser.span(start))
    return _inline(parser, start, "partial")


def _inline(parser: Parser, start: int, kind: str, order: int = 1) -> t.Tree:
    """∂L/∂W and dL/dW: a differential, a slash, and differentials."""
    if parser.is_sign("^"):
        scripts = parser.taken_scripts()
        order = _order(parser, scripts.sup)
    body = None if parser.is_sign("/") else parser.factor()
    if not parser.is_sign("/"):
        assert body is not None
        return t.Differential(body, span=parser.span(start))
    slash = parser.at
    parser.take()
    variables: list[t.Tree] = []
    bracketed = parser.is_sign("(", "{")
    opened = parser.take() if bracketed else None
    while _mark(parser, parser.token) is not None and (kind == "total" or parser.token.kind == STRUCTURE
                                                      or parser.context.signs.get(parser.token.key) == "partial"):
        token = parser.token
        if variables and _above_slash(parser):
            break  # ∂L/∂z ∂z/∂w is a product
        if token.kind == WORD and len(token.key) > 1 and parser.context.signs.get(token.key) != "partial":
            parser.tokens[parser.at] = cut(token, 1)[1]
        else:
            parser.take()
        found = parser.factor() if body is not None else _before_bracket(parser)
        if isinstance(found, t.Power) and isinstance(found.exponent, t.Number) and found.exponent.text == str(order) > "1":
            variables.extend([found.base] * order)
        else:
            variables.append(found)
    if opened is not None:
        parser.expect(")" if opened.key == "(" else "}", opened)
    if not variables:
        raise parser.error("a derivative has no variable below", parser.tokens[slash], hint="write ∂L/∂W")
    if body is None:
        body = _operand(parser)
    return _taken_at(t.Derivative(body, tuple(variables), kind, order, span=parser.span(start)))


def _above_slash(parser: Parser) -> bool:
    """Whether the differential that comes next stands above the slash of another derivative."""
    place = parser.at + (len(parser.token.key) == 1 or parser.token.kind == STRUCTURE)
    behind = read_scripts(parser.tokens, min(place + 1, len(parser.tokens) - 1), parser.source, parser.latex)[-1].next
    return parser.tokens[min(behind, len(parser.tokens) - 1)].key == "/"


def _taken_at(tree: t.Derivative) -> t.Tree:
    """The bar of d/dt f(t)|_{t=0} is behind the derivative: f(0) has none."""
    inside, bar = _without_bar(tree.body) if tree.body is not None else (None, None)
    if bar is None or not any(r.sides[0] in tree.variables for r in bar.values if isinstance(r, t.Relation)):
        return tree
    return t.At(replace(tree, body=inside), bar.values, span=tree.span)


def _without_bar(tree: t.Tree) -> tuple[t.Tree, t.At | None]:
    """A body without the bar that it ends in, and that bar; also where it is behind the argument of log det(X)."""
    if isinstance(tree, t.At):
        return tree.body, tree
    if isinstance(tree, t.Factors):
        last, bar = _without_bar(tree.factors[-1])
        return replace(tree, factors=(*tree.factors[:-1], last)), bar
    if isinstance(tree, t.Call) and len(tree.arguments) == 1 and tree.arguments[0].span[1] == tree.span[1]:
        last, bar = _without_bar(tree.arguments[0])
        return replace(tree, arguments=(last,)), bar
    return tree, None


def _before_bracket(parser: Parser) -> t.Tree:
    """The variable of an operator d/dx, up to the bracket with what it applies to."""
    stop = next((n for n in range(parser.at, len(parser.tokens)) if parser.tokens[n].key in ("(", "+", "-", "=")), parser.at)
    if stop == parser.at or parser.tokens[stop].key != "(":
        return parser.factor()
    child = parser.child(parser.tokens[parser.at:stop])
    found = child.factor()
    parser.at += child.at
    return found


def inline_total(parser: Parser) -> t.Tree | None:
    """dL/dW in one line, where no name dL is declared."""
    token, start = parser.token, parser.at
    if token.upright or token.key[0] != "d" or token.accents:
        return None
    position = parser.at + 1
    # The slash may follow the scripts of the name.
    for scripts in read_scripts(parser.tokens, position, parser.source, parser.latex):
        if scripts.rest is None:
            position = scripts.next
    if token.key == "d" and parser.tokens[position].kind == WORD:
        position += 1
        position = read_scripts(parser.tokens, position, parser.source, parser.latex)[-1].next
    after = parser.tokens[min(position, len(parser.tokens) - 1)]
    below = parser.tokens[min(position + 1, len(parser.tokens) - 1)]
    if below.key == "(" and token.key == "d" and len(parser.tokens[min(position + 2, len(parser.tokens) - 1)].key) > 1:
        below = parser.tokens[position + 2]  # d^2 L/(dx dy)
    named = len(below.key) > 1 or parser.tokens[min(position + 2, len(parser.tokens) - 1)].kind in (WORD, STRUCTURE)
    if not (after.kind == OPERATOR and after.key == "/" and below.kind == WORD and below.key[0] == "d" and named
            and (token.key == below.key == "d" or not parser.context.starting(below.key))):
        return None
    order = order_in_letters(token.key, below.key)
    if order > 1:
        # d2L/dw2 says with digits what d^2L/dw^2 says above the line.
        parser.tokens[parser.at] = cut(token, 2)[1]
        parser.tokens[position + 1] = cut(below, len(below.key) - 1)[0]
    elif (order := mixed_order(parser.tokens, position, token.key)) > 1:
        parser.tokens[parser.at] = cut(token, 2)[1]
    elif len(token.key) > 1:
        parser.tokens[parser.at] = cut(token, 1)[1]
    else:
        parser.take()
    return _inline(parser, start, "total", order)


@part
def directional(parser: Parser) -> t.Tree | None:
    """Df(X)[H], and D²f(X)[H, K], of what is known to be a function."""
    found = directional_at(parser.tokens, parser.at) if parser.tokens[parser.at].key[0] == "D" else None
    if found is None:
        return None
    start = parser.at
    body, end, order, last = found
    tokens = list(parser.tokens[body:end])
    if body == start:
        tokens[0] = cut(tokens[0], 1)[1]
    directions = split_items(parser.tokens[end + 1:last])
    opened = next(n for n, x in enumerate(tokens) if x.key == "(")
    variable, made = parser.inside(tokens[opened + 1:-1]), parser.inside(tokens)
    if not isinstance(variable, t.Name) or len(directions) not in (1, order):
        return None
    parser.at = last + 1
    for k in range(order):
        along = parser.inside(directions[k if len(directions) > 1 else 0])
        made = t.Directional(made, variable, along, span=parser.span(start))
    return made


@part
def jacobian_of(parser: Parser) -> t.Tree | None:
    """J_f(x) and Df(x), the Jacobian of a function that is defined, and H_f(x), its Hessian; d_x f(x, y)."""
    start, token = parser.at, parser.token
    if token.key in ("d", "D") and parser.peek().key == "_" and not parser.context.starting(token.key):
        return _derivative_by_letter(parser)
    if token.key[0] != "D" and token.key not in ("J", "H"):
        return None
    scripts = read_scripts(parser.tokens, start + 1, parser.source, parser.latex)[0]
    name, opened = scripts.subs[0][0] if len(scripts.subs) == 1 == len(scripts.subs[0]) else None, scripts.next
    if token.key[0] == "D":
        name, opened = (cut(token, 1)[1], start + 1) if len(token.key) > 1 else (parser.peek(), start + 2)
    close = matching(parser.tokens, opened) if parser.tokens[min(opened, len(parser.tokens) - 1)].key == "(" else None
    if name is None or close is None or scripts.sup or not any(
            isinstance(d, Definition) and d.parameters is not None for d in parser.context.starting(name.key)):
        return None
    variable, body = parser.inside(parser.tokens[opened + 1:close]), parser.inside([name, *parser.tokens[opened:close + 1]])
    if not isinstance(variable, t.Name):
        return None
    order = 2 if token.key == "H" else 1
    parser.at = close + 1
    return t.Derivative(body, (variable,) * order, "total", order, span=parser.span(start))


def _derivative_by_letter(parser: Parser) -> t.Tree | None:
    """d_x f(x, y) and D_x f(x, y), the derivative by a declared x, where nothing else is called d."""
    start = parser.at
    scripts = read_scripts(parser.tokens, start + 1, parser.source, parser.latex)[0]
    below = scripts.subs[0] if len(scripts.subs) == 1 else ()
    if len(below) != 1 or scripts.sup or scripts.primes or scripts.rest is not None:
        return None
    opened = parser.tokens[scripts.next + 1:scripts.next + 2]
    if not (opened and opened[0].key == "(" and parser.tokens[scripts.next].kind == WORD) or not any(
            isinstance(d, Definition) and d.parameters for d in parser.context.starting(parser.tokens[scripts.next].key)):
        return None
    variable = parser.inside(below)
    if not isinstance(variable, t.Name):
        return None
    parser.at = scripts.next
    return t.Derivative(parser.factor(), (variable,), "partial", 1, span=parser.span(start))


@part
def differential(parser: Parser) -> t.Tree | None:
    """dX for a declared X, where d is the sign of a differential or nothing else."""
    token, start = parser.token, parser.at
    declared = parser.context.signs.get(token.key) == "differential" or parser.context.signs.get("d") == "differential"
    following = parser.peek()
    if token.key == "d" or parser.context.signs.get(token.key) == "differential":
        opens = following.kind in (WORD, STRUCTURE) or (following.kind == OPERATOR and following.key in ("(", "[", "{"))
        upright = token.upright and following.kind == WORD
        if opens and (declared or upright or not parser.context.starting("d")) and not parser.is_word_sign(following):
            parser.take()
            return _differential_of(parser.factor(), parser.span(start))
        return None
    if len(token.key) < 2 or token.key[0] != "d" or token.upright or token.accents:
        return None
    rest = token.key[1:]
    if _of_another(parser, rest):
        return None
    if not any(isinstance(d, Quantity) or d.rank is not None or (isinstance(d, Definition) and d.parameters is None)
               for d in parser.context.starting(rest)):
        return None
    if not declared and parser.context.starting("d"):
        if parser.latex and any(d.rank for d in parser.context.starting(rest)) and rest not in parser.context.sizes \
                and parser.context.signs.get("d") != "product":
            raise parser.error(f"d{rest} may be the differential of {rest}, or d times {rest}", token,
                               hint=rf"declare d: differential, or write d \cdot {rest}")
        return None
    parser.tokens[parser.at] = cut(token, 1)[1]
    return _differential_of(parser.factor(), parser.span(start))


def _of_another(parser: Parser, rest: str) -> bool:
    """Whether a word stands below that no declared name has there: dc_total is a name where c_total is none."""
    sign, word = parser.peek(), parser.peek(2)
    return sign.key == "_" and word.kind == WORD and len(word.key) > 3 and not any(
        any(word.key in item for item in d.pattern.subs) for d in parser.context.starting(rest))


def _differential_of(body: t.Tree, span: tuple[int, int]) -> t.Tree:
    """dX of X; of X.sum(axis=0) the sum of dX, for a method is called of what stands before its dot."""
    if isinstance(body, t.Call) and body.arguments and body.arguments[0].span[0] == body.span[0]:
        return replace(body, arguments=(_differential_of(body.arguments[0], span), *body.arguments[1:]), span=span)
    return t.Differential(body, span=span)
