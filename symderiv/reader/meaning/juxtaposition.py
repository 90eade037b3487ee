"""Sums, products, quotients and powers: how factors group, and what the signs between them mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

import sympy
from sympy import Expr, Integer, S

from ...arrays.arrays import Tensor
from ...arrays.operator import shape_of
from ...arrays.registry import RECORDS
from ...differentiation.engine import derive
from ...errors import DeclarationError, ShapeError, SymderivError
from ...layers.windows import SIGNS
from ..declare.context import Quantity
from ..declare.function_names import function
from ..syntax import tree as t
from ..syntax.grammar import Parser, parser_for
from ..syntax.names import split_items
from ..syntax.notations import INFIX, is_elementwise
from ..syntax.sum_reach import names_free_in, under_the_sum
from .calls import is_square, keyword, matrix_function
from .elaborator import Elaborator
from .ellipsis import sum_with_dots
from .entrywise import at, letters_in, settled
from .oriented import (
    COLUMN,
    ONES,
    Value,
    aligned,
    as_row,
    bounded,
    contracted,
    dot,
    entry_by_entry,
    flat_scaled,
    frobenius,
    hadamard,
    hadamard_of,
    known_value,
    kronecker,
    numpy_product,
    outer,
    over,
    plus,
    raised,
    scaled,
    times,
    transposed,
    value,
)


def _added(total: Value, parts: list[Expr]) -> Value:
    """The sum of parts of one kind; ``total`` is a value of that kind."""
    if len(parts) == 1:
        return replace(total, expr=parts[0])
    if total.scalar:
        return Value(bounded(sympy.Add(*parts)))
    return Value(RECORDS.add(*parts), total.stands)


_LINEAR = ("product", "matmul", "numpy")


_ENTRYWISE = ("elementwise", "hadamard", "elementwise_divide")


class _Chain:
    """A product read so far: its numbers, its array part, and whether that is a run of entrywise factors."""

    def __init__(self, first: Value) -> None:
        self.numbers: list[Expr] = []
        self.result: Value | None = None
        self.flat = False
        self.put(first)

    def put(self, made: Value, flat: bool = False) -> None:
        """The array part is now this; a scalar joins the numbers."""
        self.flat = flat
        if made.scalar:
            self.numbers.append(made.expr)
            self.result = None
        else:
            self.result = made

    def number(self, following: Value, meaning: str) -> bool:
        """Takes a factor in where that needs no product of arrays."""
        if following.scalar and meaning in (*_LINEAR, "dot", "divide"):
            self.numbers.append(over(Value(S.One), following).expr if meaning == "divide" else following.expr)
            return True
        if self.result is None and meaning in (*_LINEAR, "dot"):
            self.put(following)
            return True
        return False

    def taken(self, meaning: str) -> Value:
        """The left operand of a product of arrays; numbers stay in front where it is linear in it."""
        if self.result is not None and meaning in (*_LINEAR, "dot", *_ENTRYWISE):
            return self.result
        made = self.value()
        self.numbers, self.result = [], None
        return made

    def value(self) -> Value:
        """The whole product."""
        number = bounded(sympy.Mul(*self.numbers))
        if self.result is None:
            return Value(number)
        if number == 1:
            return self.result
        return flat_scaled(number, self.result) if self.flat else scaled(number, self.result)


def square(array: Expr) -> Value:
    """The sum of squares of all entries."""
    if len(shape_of(array)) == 1:
        return Value(RECORDS.matmul(array, array))
    return Value(RECORDS.sum(RECORDS.pow(array, Integer(2))))


_COMBINE: dict[str, Callable[[Value, Value], Value]] = {
    "product": times, "matmul": times, "numpy": numpy_product,
    "dot": dot, "elementwise": hadamard, "hadamard": hadamard, "frobenius": frobenius,
    "outer": outer, "kron": kronecker, "elementwise_divide": lambda a, b: over(a, b, "./", True),
}


def added(elaborator: Elaborator, tree: t.Terms) -> Value:
    """Terms with their signs."""
    if any(isinstance(x, t.Dots) for x in tree.terms):
        tree = sum_with_dots(elaborator, tree)
    summed = _under_the_sum(elaborator, tree)
    if not isinstance(summed, t.Terms):
        return elaborator.of(summed)
    tree = summed
    total: Value | None = None
    parts: list[Expr] = []
    for node, sign in zip(tree.terms, tree.signs, strict=True):
        each = term(elaborator, node)
        if sign < 0:
            entrywise = isinstance(node, t.Factors) and all(map(is_elementwise, node.joints))
            each = (flat_scaled if entrywise else scaled)(S.NegativeOne, each)
        if total is not None and not (total.pending or each.pending) and total.scalar != each.scalar:
            _entry_beside_array(elaborator, tree, *((total, each) if total.scalar else (each, total)))
        if total is None:
            total, parts = each, [each.expr]
        elif total.pending or each.pending or total.rank != each.rank or total.stands != each.stands:
            total = plus(_added(total, parts), each)
            parts = [total.expr]
        else:
            # Terms of one kind are checked one by one and added at once.
            aligned(total, each, "+")
            parts.append(each.expr)
    assert total is not None
    return _added(total, parts)


def _entry_beside_array(elaborator: Elaborator, tree: t.Terms, entry: Value, array: Value) -> None:
    """Refuses A + B_ij: an entry added to a whole array, in which its index does not occur."""
    loose = letters_in(entry.expr) - letters_in(array.expr)
    if loose and array.shape:
        letter = min(map(str, loose))
        raise elaborator.placed(ShapeError(f"{entry.expr}, with the index {letter}, is added to the whole array "
                                           f"{array.expr}", hint="write the entry on both sides, or the array"), tree)


def _under_the_sum(elaborator: Elaborator, tree: t.Terms) -> t.Tree:
    """Σ_i a_i + b_i, where no i is free in the line: the terms that name i belong under the sum, and it is said."""
    made, letters = under_the_sum(tree, lambda letter: _is_free(elaborator, tree, letter))
    if letters:
        elaborator.notes.append(f"the sum over {', '.join(letters)} is read to include the terms behind it")
    return made


def _is_free(elaborator: Elaborator, tree: t.Terms, letter: str) -> bool:
    """Whether a letter may be meant free: it is bound or used outside, or there is no other side that could use it."""
    whole = elaborator.whole
    if letter in elaborator.bound or not isinstance(whole, t.Sequence) or len(whole.items) < 2:
        return True
    others = [x for x in whole.items if not any(node is tree for node in t.walk(x))]
    return len(others) == len(whole.items) or any(letter in names_free_in(x) for x in others)


def term(elaborator: Elaborator, tree: t.Tree) -> Value:
    """One term; repeated indices are summed where that is the convention."""
    if elaborator.reading.free is not None and elaborator.context.einstein:
        return einstein(elaborator, tree)
    return elaborator.of(tree)


def einstein(elaborator: Elaborator, tree: t.Tree) -> Value:
    """Letters of a term that are not free on the whole are summed over, each as far inside as it occurs."""
    letters: list[str] = []
    for node in t.walk(tree, lambda part: isinstance(part, t.Big)):
        if isinstance(node, t.Letter) and node.name not in elaborator.bound and node.name not in letters \
                and node.name not in (elaborator.reading.free or ()) and not _fixed(elaborator, node.name):
            letters.append(node.name)
    for name in letters:
        tree = summed_inside(tree, name)
    return elaborator.of(tree)


def _fixed(elaborator: Elaborator, name: str) -> bool:
    return any(isinstance(r, Quantity) for r in elaborator.context.by_name(name))


_BELOW_A_SIGN = {sign: option for option, sign in SIGNS.items()}
_MODES = {"tilde *": {"mode": "full"}, "bar *": {"mode": "same"}}


def _slid(elaborator: Elaborator, joint: str) -> tuple[str, dict[str, Any]]:
    """The sign of a convolution with its stride, dilation, padding and groups below it."""
    sign, _, below = joint[:-1].partition("_{")
    parser = parser_for(below, elaborator.context, latex=True)
    inside = elaborator.fresh(parser.source, "")
    options: dict[str, Any] = dict(_MODES.get(sign.rstrip("^"), {}))
    for item in filter(None, split_items(parser.tokens[:-1])):
        options[_BELOW_A_SIGN[item[0].key]] = keyword(inside, parser.inside(item[2:], Parser.relation))
    return "conv_transpose" if sign.endswith("^") else "conv", options


def meaning_of(elaborator: Elaborator, joint: str) -> tuple[str, dict[str, Any]]:
    """What an operator sign means here."""
    if joint.endswith("}"):
        return _slid(elaborator, joint)
    if joint in elaborator.context.operators:
        name, options = elaborator.context.operators[joint]
        return name, dict(options)
    meaning = INFIX[joint].meaning if joint in INFIX else ""
    if meaning:
        return meaning if isinstance(meaning, str) else joint, {}
    written = "\\" + joint if joint[0].isalpha() else joint
    raise DeclarationError(f"the sign {joint} is not declared", hint=f"declare it, for instance as {written}: conv1d valid")


def product(elaborator: Elaborator, tree: t.Factors) -> Value:
    """Factors with the signs between them; the grouping that conforms is taken, and another than usual is noted."""
    factors = list(tree.factors)
    values = [elaborator.of(f) for f in factors]
    joints = list(tree.joints)
    meanings = {j: meaning_of(elaborator, j) for j in joints}
    plain_only = all(j in INFIX and INFIX[j].plain and j not in elaborator.context.operators for j in joints)
    tight = [j == "/" or meanings[j][0] in ("product", "dot", "divide", "matmul", "numpy") for j in joints]
    orders = [from_left, tight_first]
    if not (plain_only or all(tight)):
        orders.reverse()
    if elaborator.reading.from_left:
        orders.sort(key=lambda order: order is not from_left)
    if all(tight) or not any(tight):
        orders = orders[:1]
    if "" in joints and any(joints):
        orders.append(juxtaposed_first)
    if "*" in joints and "*" not in elaborator.context.operators and "@" in t.signs(elaborator.whole or tree):
        # Beside @, as in NumPy, * is entry by entry, and both bind alike.
        with suppress(ShapeError, DeclarationError):
            return from_left(elaborator, values, joints, tight, {**meanings, "*": ("elementwise", {})})
    failure: SymderivError | None = None
    for order in orders:
        try:
            found = order(elaborator, values, joints, tight, meanings)
            if failure is not None:
                elaborator.notes.append(f"{elaborator.text(tree)} is read as {found.expr}: no other grouping conforms")
            return found
        except (ShapeError, DeclarationError) as error:
            failure = failure or error
    assert failure is not None
    raise failure


def from_left(elaborator: Elaborator, values: list[Value], joints: list[str], tight: list[bool],
              meanings: Mapping[str, tuple[str, dict[str, Any]]]) -> Value:
    """One sign after the other; matrices in front of a column are applied to it from the right.

    Numbers on the way are one factor of the whole: 2 x' A x is 2 (x' A x), not (2 x)' A x.
    """
    chain = _Chain(values[0])
    position = reached = 0
    while position < len(joints):
        meaning, options = meanings[joints[position]]
        following = values[position + 1]
        stop = position
        if chain.result is not None and chain.result.rank == 2:
            # A run of matrices ends where it ended for the one before.
            stop = reached = max(position, reached)
            while stop < len(joints) and meanings[joints[stop]][0] in _LINEAR and values[stop + 1].rank == 2:
                stop = reached = stop + 1
        if stop > position and stop < len(joints) and meanings[joints[stop]][0] in _LINEAR \
                and values[stop + 1].rank == 1 and values[stop + 1].stands == COLUMN:
            column = values[stop + 1]
            assert chain.result is not None
            for matrix in reversed([chain.result, *values[position + 1:stop + 1]]):
                column = times(matrix, column, "*")
            chain.put(column)
            position = stop + 1
            continue
        if chain.number(following, meaning):
            position += 1
            continue
        left = chain.taken(meaning)
        stop = position
        while stop < len(joints) and meanings[joints[stop]][0] in _ENTRYWISE and values[stop + 1].shape \
                and values[stop + 1].rank == left.rank:
            stop += 1
        if stop > position and left.shape:
            # A run of entrywise factors is one product.
            run = [over(value(1), v, "./", True) if meanings[joint][0] == "elementwise_divide" else v
                   for joint, v in zip(joints[position:stop], values[position + 1:stop + 1], strict=True)]
            chain.put(hadamard_of([left, *run]), True)
            position = stop
            continue
        chain.put(combine(elaborator, left, following, joints[position], meaning, options))
        position += 1
    return chain.value()


def tight_first(elaborator: Elaborator, values: list[Value], joints: list[str], tight: list[bool],
                meanings: Mapping[str, tuple[str, dict[str, Any]]]) -> Value:
    """Products of linear algebra before elementwise ones, convolutions and the like."""
    groups: list[Value] = []
    loose: list[str] = []
    start = 0
    for position, joint in enumerate([*joints, None]):
        if joint is None or not tight[position]:
            groups.append(from_left(elaborator, values[start:position + 1], joints[start:position], tight, meanings))
            if joint is not None:
                loose.append(joint)
            start = position + 1
    return from_left(elaborator, groups, loose, tight, meanings)


def juxtaposed_first(elaborator: Elaborator, values: list[Value], joints: list[str], tight: list[bool],
                     meanings: Mapping[str, tuple[str, dict[str, Any]]]) -> Value:
    """Factors that stand together before those with a sign between them: x · Ay."""
    return tight_first(elaborator, values, joints, [j == "" for j in joints], meanings)


def _by_its_record(own: Callable[[Any, Any], Any], a: Value, b: Value, sign: str) -> Value:
    """What a sign's own function makes of two factors; operands that it was not written for are a matter of shapes."""
    try:
        return value(own(a.expr, b.expr))
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as why:
        if isinstance(why, SymderivError):
            raise
        raise ShapeError(f"{sign} has no meaning between {a.described()} and {b.described()}", where=a.expr,
                         hint="see what its record is a function of") from why


def _row_of_matrix(elaborator: Elaborator, v: Value) -> bool:
    """Whether a vector is X_i of a matrix that was declared as a whole, not as the vectors x_i."""
    if v.rank != 1 or not RECORDS.take.of(v.expr) or not isinstance(v.expr.args[0], Tensor):
        return False
    known = [r for r in elaborator.context.by_name(str(v.expr.args[0])) if isinstance(r, Quantity)]
    return bool(known) and not any(start is not None for r in known for start in r.origins)


def combine(elaborator: Elaborator, a: Value, b: Value, joint: str, meaning: str, options: dict[str, Any]) -> Value:
    """Two factors under one sign."""
    if joint == "times" and meaning == "product" and a.rank == b.rank == 1 and a.stands == b.stands:
        return cross(a, b)
    own = INFIX[joint].meaning if joint in INFIX and meaning == joint else meaning
    if not isinstance(own, str):
        return _by_its_record(own, known_value(a), known_value(b), INFIX[joint].written)
    rule = _COMBINE.get(meaning)
    if rule is not None:
        try:
            return rule(a, b)
        except ShapeError:
            found = contracted(a, b) or as_row(a, b) if meaning in (*_LINEAR, "dot") else None
            if found is not None:
                elaborator.notes.append(f"in front of {b.described()}, {a.described()} is read as the chain rule needs it")
                return found
            if meaning == "product":
                for left, right, taken in ((transposed(a), b, a), (a, transposed(b), b)):
                    if _row_of_matrix(elaborator, taken):
                        with suppress(ShapeError):
                            found = rule(left, right)
                            elaborator.notes.append(f"{taken.expr} is read as the row of the matrix that it is")
                            return found
            raise
    if meaning == "divide":
        return over(a, b)
    if a.scalar or b.scalar or (meaning == "conv1d" and {a.rank, b.rank} == {1, 2}):
        # A sign declared as a convolution is still the product where nothing can be convolved.
        return times(a, b)
    x, w = known_value(a).expr, known_value(b).expr
    if meaning in ("conv", "conv_transpose"):
        meaning = f"{meaning}{_axes_slid(a, b)}d"
    made = function(meaning)(x, w, **options)
    return value(made)


def _axes_slid(x: Value, w: Value) -> int:
    """Along how many axes a kernel slides: its own, or all but those of its channels."""
    if w.rank > 3 or (w.rank == 3 and x.rank == 2):
        return w.rank - 2
    if (x.rank, w.rank) == (3, 3):
        raise ShapeError("this convolution may be of signals with channels, or of volumes", hint="write conv1d(x, w)")
    return w.rank


def cross(a: Value, b: Value) -> Value:
    """The cross product of two vectors of three entries.  Raises ShapeError for any others."""
    if a.shape != (3,) or b.shape != (3,):
        raise ShapeError(f"{a.described()} and {b.described()}: × between vectors is the cross product, which needs "
                         "three entries", hint=r"declare another meaning, for instance \times: elementwise")

    def entry(array: Expr, place: int) -> Expr:
        return at(array, (Integer(place),))

    made: list[Expr] = []
    for place in range(3):
        one, two = (place + 1) % 3 + 1, (place + 2) % 3 + 1
        minor = entry(a.expr, one) * entry(b.expr, two) - entry(a.expr, two) * entry(b.expr, one)
        made.append(RECORDS.mul(minor, RECORDS.one_hot(Integer(place + 1), size=Integer(3))))
    return Value(RECORDS.add(*made), a.stands)


def fraction(elaborator: Elaborator, tree: t.Fraction) -> Value:
    """A fraction set with a bar."""
    entrywise = elaborator.context.operators.get("/", ("", ()))[0].startswith("elementwise")
    return over(elaborator.of(tree.top), elaborator.of(tree.bottom), "/", entrywise)


def power(elaborator: Elaborator, tree: t.Power) -> Value:
    """A power, of a number or a matrix, or entry by entry."""
    base = elaborator.of(tree.base)
    if isinstance(tree.exponent, t.Name | t.Letter) and tree.exponent.name == "T" and base.rank \
            and not tree.elementwise:
        return _turned(elaborator, tree.base)
    exponent = elaborator.of(tree.exponent)
    if exponent.rank == 1 and base.scalar:
        return entry_by_entry(RECORDS.pow, base, exponent)  # a number to every entry: nothing else is meant
    if isinstance(tree.base, t.Norm) and exponent.expr == 2 and getattr(base.expr, "op", None) is RECORDS.norm:
        # The square of a 2-norm is a sum of squares; no root is taken.
        return square(base.expr.args[0])
    if tree.elementwise and exponent.expr.is_negative and is_square(base) and "@" not in t.signs(elaborator.whole or tree) \
            and "**" in elaborator.text(tree):
        raise elaborator.refused("this power may be meant of the matrix, or of every entry", tree,
                                 hint="write inv(A) or A^-1 for the inverse, A.^-1 or 1./A for every entry")
    if exponent.shape:
        if tree.elementwise:
            return value(RECORDS.pow(base.expr, exponent.expr))
        raise ShapeError(f"the exponent {elaborator.text(tree.exponent)} is not a scalar", hint=".^ raises entry by entry")
    return raised(base, settled(exponent.expr), tree.elementwise)


def transpose(elaborator: Elaborator, tree: t.Transpose) -> Value:
    """A transpose; that of a one can only be a vector of ones."""
    if tree.base == t.Number("1"):
        elaborator.notes.append("the transposed 1 is read as a row of ones")
        return transposed(Value(S.One, COLUMN, ONES))
    if tree.prime and (inside := elaborator.of(tree.base)).scalar:
        return primed(elaborator, tree, inside)
    if tree.prime and isinstance(tree.base, t.Call):
        raise elaborator.refused("this prime may be a derivative or a transpose", tree,
                                 hint="write f'(x) for the derivative, f(x)^T for the transpose")
    return _turned(elaborator, tree.base)


def _turned(elaborator: Elaborator, base: t.Tree) -> Value:
    """The transpose; that of a row written out is the column written out, a vector."""
    if isinstance(base, t.Matrix) and len(base.rows) == 1:
        column = elaborator.of(replace(base, rows=tuple(zip(*base.rows, strict=True))))
        if column.rank == 1:
            return column
    return transposed(elaborator.of(base))


def primed(elaborator: Elaborator, tree: t.Transpose, inside: Value) -> Value:
    """(f/g)': the derivative of a number by the one quantity in it."""
    read = [x for x in inside.expr.free_symbols if isinstance(x, Tensor)]
    if len(read) != 1 or read[0].shape or read[0] == inside.expr:
        raise elaborator.refused("this prime does not say what to differentiate by", tree,
                                 hint="write it as a fraction of differentials, or ^T for a transpose")
    elaborator.notes.append(f"the prime of {elaborator.text(tree.base)} is the derivative by {read[0]}")
    return Value(derive(inside.expr, read[0]).closed)


def root(elaborator: Elaborator, tree: t.Root) -> Value:
    """A root, entry by entry."""
    inside = elaborator.of(tree.base)
    exponent = S.Half if tree.degree is None else 1 / elaborator.scalar(tree.degree)
    if inside.scalar:
        return Value(sympy.sqrt(inside.expr) if tree.degree is None else inside.expr ** exponent)
    made = matrix_function(elaborator, RECORDS.sqrt.name, inside)
    if made is not None:
        if tree.degree is not None:
            raise elaborator.refused("only the square root of a matrix is read", tree, hint="declare a name for it")
        return made
    if tree.degree is None:
        return Value(RECORDS.sqrt(inside.expr), inside.stands)
    return Value(RECORDS.pow(inside.expr, exponent), inside.stands)


def inside(elaborator: Elaborator, tree: t.Bracket) -> Value:
    """What stands in brackets; [[a, b]] is a matrix of one row."""
    if tree.kind == "[" and isinstance(tree.body, t.Sequence) and tree.body.kind == "[":
        return elaborator.of(t.Matrix((tree.body.items,), span=tree.span))
    return elaborator.of(tree.body)


# ------------------------------------------------------------------ where the sum over a repeated index stands

# Around the smallest part of a term that names the index everywhere.  What a term is linear in may stand inside or outside
# of the sum; a bracket of several terms, a denominator and the argument of a function may not.  So a_i [b_i - c_k d_k] has
# a sum over k within the bracket, and the m of exp(a_i)/exp(a_m), which occurs once and below the bar alone, is summed over
# there.

_DIVIDES = frozenset(["/", "./", "oslash"])


def summed_inside(tree: t.Tree, letter: str, below: bool = False) -> t.Tree:
    """A term with the sum over one of its letters put in; ``below`` a fraction bar."""
    inner = _descended(tree, letter, below)
    if inner is not None:
        return inner
    binder = t.Binder(letter)
    if isinstance(tree, t.Big) and tree.adds and tree.condition is None and not any(
            b.low or b.high or b.letter == letter for b in tree.binders):
        return replace(tree, binders=(*tree.binders, binder))
    return t.summed(tree, binder, span=tree.span)


def _descended(tree: t.Tree, letter: str, below: bool) -> t.Tree | None:
    """The same for what stands inside, where the letter does not occur elsewhere; None where the sum stands outside."""
    if isinstance(tree, t.Terms) and len(tree.terms) > 1:
        return replace(tree, terms=tuple(summed_inside(x, letter, below) if names(x, letter) else x for x in tree.terms))
    if isinstance(tree, t.Terms | t.Factors):
        return _in_one_part(tree, letter, below)
    if isinstance(tree, t.Bracket):
        return replace(tree, body=summed_inside(tree.body, letter, below))
    if isinstance(tree, t.Big):
        inner = _descended(tree.body, letter, below)
        return None if inner is None else replace(tree, body=inner)
    if isinstance(tree, t.Fraction) and not (names(tree.top, letter) and names(tree.bottom, letter)):
        if names(tree.top, letter):
            return replace(tree, top=summed_inside(tree.top, letter, below))
        return replace(tree, bottom=summed_inside(tree.bottom, letter, True))
    if isinstance(tree, t.Power) and not names(tree.exponent, letter) and (
            contracts(tree.base, letter) or (below and isinstance(tree.base, t.Bracket))):
        return replace(tree, base=summed_inside(tree.base, letter, below))
    if isinstance(tree, t.Call) and len(tree.arguments) == 1 and contracts(tree.arguments[0], letter):
        return replace(tree, arguments=(summed_inside(tree.arguments[0], letter),))
    if isinstance(tree, t.Derivative) and tree.body is not None and not any(names(v, letter) for v in tree.variables):
        return replace(tree, body=summed_inside(tree.body, letter, below))
    return None


def _in_one_part(tree: t.Terms | t.Factors, letter: str, below: bool) -> t.Tree | None:
    """A product of which one factor alone names the letter, with the sum inside of that factor."""
    parts = tree.terms if isinstance(tree, t.Terms) else tree.factors
    inside = [k for k, part in enumerate(parts) if names(part, letter)]
    if len(inside) != 1 or (isinstance(tree, t.Factors) and _DIVIDES & {*tree.joints}):
        return None
    part = parts[inside[0]]
    made = _descended(part, letter, below)
    if made is None:
        return None
    whole = (*parts[:inside[0]], made, *parts[inside[0] + 1:])
    return replace(tree, terms=whole) if isinstance(tree, t.Terms) else replace(tree, factors=whole)


def names(tree: t.Tree, letter: str) -> bool:
    """Whether an index letter occurs in a tree."""
    return any(isinstance(node, t.Letter) and node.name == letter for node in t.walk(tree))


def contracts(tree: t.Tree, letter: str) -> bool:
    """Whether a letter is repeated in every term that names it."""
    tree = t.unbracketed(tree)
    terms = tree.terms if isinstance(tree, t.Terms) else (tree,)
    counts = [sum(isinstance(n, t.Letter) and n.name == letter for n in t.walk(x)) for x in terms]
    return all(count != 1 for count in counts)
