"""Derivatives inside a text: the engine's own, or for unknown quantities the chain rule with a named cotangent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from sympy import Expr, S, Sum

from ... import layers
from ...arrays.arrays import Apply, Array, Named, Tensor
from ...arrays.arrays import Entry as SympyEntry
from ...arrays.operator import is_array, shape_of
from ...arrays.registry import RECORDS
from ...arrays.symbols import Index
from ...bounds import recounted
from ...differentiation.engine import derive, vjp
from ...errors import BoundExceeded, DeclarationError, ShapeError, SymderivError
from ...terms.traversals import reached
from ..declare.context import Definition, Quantity
from ..syntax import tree as t
from .elaborator import Elaborator
from .entrywise import at, letters_in, rows, settled, substituted
from .oriented import (
    COLUMN,
    ROW,
    ZEROS,
    DerivativeChain,
    Value,
    known_value,
    moved,
    over,
    plus,
    scaled,
    times,
    transposed,
    value,
)

MAX_AXES = 8


def derivative(elaborator: Elaborator, tree: t.Derivative) -> Value:
    """∂y/∂x, ∂²y/∂x∂z, ∇y.  Raises where no rule covers it."""
    if tree.body is None:
        raise elaborator.refused("this derivative does not say of what", tree)
    if tree.kind == "nabla" and isinstance(tree.body, t.Factors) and not any(tree.body.joints):
        return elaborator.of(in_front(elaborator, tree, tree.body))
    variables = tree.variables
    if not variables:
        variables = (_only_variable(elaborator, tree),)
    if tree.kind == "nabla" and tree.order == 2 and len(variables) == 1:
        variables = variables * 2
    elif len(variables) == 1 and tree.order > 1:
        variables = variables * tree.order
    result = by(elaborator, tree.body, None, variables[-1])
    for variable in reversed(variables[:-1]):
        result = by(elaborator, tree.body, result, variable)
    return result


def in_front(elaborator: Elaborator, tree: t.Derivative, product: t.Factors) -> t.Tree:
    """∇ before a product with its reach in brackets: the fewest factors that make a number in which the variable occurs.

    ∇_x xᵀAx differentiates the whole, ∇_z L xᵀ the loss alone.  A number that reads the variable behind these as well is
    differentiated as a whole.
    """
    factors = product.factors
    if not tree.variables and isinstance(factors[0], t.Transpose):
        # ∇f(x)ᵀ v is the gradient as a row: the sign of a transpose behind a number is meant for what nabla makes of it.
        turned = t.Transpose(replace(tree, body=factors[0].base), span=tree.span)
        return t.Factors((turned, *factors[1:]), product.joints, span=tree.span)
    for count in range(1, len(factors)):
        body = _part(factors[:count])
        try:
            inside = elaborator.of(body) if unknown_named(elaborator, body) is None else None
        except SymderivError:
            continue
        if inside is not None and not (inside.scalar and _occurs(elaborator, tree, inside.expr)):
            continue
        if inside is not None and _goes_on(elaborator, tree, product, count):
            break
        gradient = replace(tree, body=t.Bracket(body, span=body.span))
        return t.Factors((gradient, *factors[count:]), ("",) * (len(factors) - count), span=tree.span)
    return replace(tree, body=t.Bracket(product, span=product.span))


def _goes_on(elaborator: Elaborator, tree: t.Derivative, product: t.Factors, count: int) -> bool:
    """Whether a product is a number whose factors behind the first ones read the variable too."""
    try:
        whole, rest = elaborator.of(t.Bracket(product)), elaborator.of(_part(product.factors[count:]))
        return bool(tree.variables) and whole.scalar and not rest.pending and _occurs(elaborator, tree, rest.expr)
    except SymderivError:
        return False


def _part(factors: tuple[t.Tree, ...]) -> t.Tree:
    if len(factors) == 1:
        return factors[0]
    return t.Factors(factors, ("",) * (len(factors) - 1), span=(factors[0].span[0], factors[-1].span[1]))


def _occurs(elaborator: Elaborator, tree: t.Derivative, expr: Expr) -> bool:
    """Whether what is differentiated reads one of the variables; a bare nabla asks nothing."""
    return not tree.variables or any(reads(expr, target(elaborator, v)[0]) for v in tree.variables)


def _only_variable(elaborator: Elaborator, tree: t.Derivative) -> t.Tree:
    """What a bare nabla differentiates by: the one argument that is repeated behind its function."""
    body = tree.body
    while isinstance(body, t.Bracket):
        body = body.body
    if isinstance(body, t.Derivative) and body.kind == "nabla":
        return body.variables[0] if body.variables else _only_variable(elaborator, body)
    if isinstance(body, t.Name):
        record = elaborator.record(body.name, body.arity)
        if isinstance(record, Definition) and record.parameters and len(record.parameters) == 1 \
                and elaborator.record(record.parameters[0]) is not None:
            return t.Name(record.parameters[0], 1, span=body.span)
    if isinstance(body, t.Call) and isinstance(body.function, t.Function):
        record = elaborator.record(body.function.name)
        if isinstance(record, Definition) and record.parameters and len(record.parameters) == 1:
            return body.arguments[0]
        if len(body.arguments) == 1 and isinstance(body.arguments[0], t.Name):
            return body.arguments[0]
    elsewhere = elaborator.context.signs.get("nabla", "")
    record = elaborator.record(elsewhere) if elsewhere else None
    if isinstance(record, Quantity) and record.rank is not None:
        elaborator.notes.append(f"it is differentiated by {elsewhere}, as everywhere in the text")
        return t.Name(elsewhere, record.rank, span=body.span if body is not None else tree.span)
    raise elaborator.refused("it is not said what to differentiate by", tree, hint="write the variable below nabla")


def by(elaborator: Elaborator, body: t.Tree, done: Value | None, variable: t.Tree) -> Value:
    """The derivative of a tree, or of a value found before, by one variable; ∂/∂Xᵀ is the transpose of ∂/∂X."""
    flips = 0
    while isinstance(variable, t.Transpose | t.Bracket):
        flips += isinstance(variable, t.Transpose)
        variable = variable.base if isinstance(variable, t.Transpose) else variable.body
    found = _by(elaborator, body, done, variable)
    if flips % 2 == 0 or found.scalar:
        return found
    if found.rank == 1:
        return replace(found, stands=ROW, chain=None)
    variables = target(elaborator, variable)
    if variables[1] is None and len(shape_of(variables[0])) == 1:
        # ∂y/∂xᵀ is the Jacobian, which has its outputs first anyway.
        return found
    if found.rank > 2:
        raise elaborator.refused("a derivative of an array by a transposed matrix is not read", variable)
    return transposed(replace(found, chain=None))


def _by(elaborator: Elaborator, body: t.Tree, done: Value | None, variable: t.Tree) -> Value:
    inner = _inside_power(elaborator, variable)
    if inner is not None:
        # ∂f/∂(σ²) = (∂f/∂σ)/(2σ)
        elaborator.notes.append(f"the derivative by {elaborator.text(variable)} is that by {elaborator.text(inner)} over "
                                "its own")
        return scaled(1 / by(elaborator, variable, None, inner).expr, by(elaborator, body, done, inner))
    base, positions = target(elaborator, variable)
    stands = ""
    if done is None:
        body = _with_argument(body, variable)
    unknown = unknown_named(elaborator, body) if done is None else None
    part = None
    if unknown is not None:
        base, part, of = *_source(base, *_arguments(elaborator, unknown)), unknown.value
        array, outer = gradient_of_unknown(elaborator, unknown, base), ()
        conditions: tuple[Any, ...] = ()
    else:
        inside = known_value(elaborator.of(body) if done is None else done)
        if inside.shape == (1,) and any(size != 1 for size in shape_of(base)):
            inside = Value(settled(at(inside.expr, (S.One,))))  # a loss with one entry is a number
        base, part = _source(base, inside.expr)
        stands = inside.stands if done is None else ""
        other = _by_another_name(elaborator, inside, base, positions) if done is None else None
        if other is not None:
            return other
        of = in_terms_of(elaborator, inside.expr, base) if done is None else inside.expr
        if len(shape_of(of)) + len(shape_of(base)) > MAX_AXES:
            raise BoundExceeded(f"a derivative would have more than {MAX_AXES} axes", hint="differentiate a part at a time")
        elaborator.sloped[of, base] = None
        array, outer = _by_any(elaborator, of, base, variable)
        conditions = shape_of(of)
        through = _through_unknowns(elaborator, of, base)
        if through:
            if conditions or outer:
                raise elaborator.refused(f"the derivative goes through {through[0].name}, of which only is known what it "
                                         "depends on", variable, hint=f"declare what {through[0].name} is")
            for record in through:
                more = times(Value(jacobian(of, record.value)[0]), value(gradient_of_unknown(elaborator, record, base)))
                array = plus(value(array), more).expr
    if part is not None:
        array, base = _picked(array, shape_of(array)[:len(outer) + len(conditions)], part), part
    if positions is None:
        whole = rows_at(array, outer, conditions + shape_of(base))
        if stands == ROW and len(conditions) == len(shape_of(base)) == 1 and elaborator.reading.layout is None \
                and elaborator.context.layout is None:
            elaborator.notes.append(f"{elaborator.text(body)} is a row, so its derivative has the axis of "
                                    f"{elaborator.text(variable)} first")
            return Value(moved(whole, 1))
        return laid_out(elaborator, whole, base, of if done is None and not outer else None)
    if None in positions:
        # By a row: the entries that belong to it.
        part = RECORDS.take(array, index=(*outer, *(None for _ in conditions), *positions))
        return value(part)
    full = (*outer, *(p for p in positions if p is not None))
    if conditions:
        own = tuple(Index(f"{name}_", 1, size) for name, size in zip("rst", conditions, strict=False))
        entry = settled(at(array, (*outer, *own, *full[len(outer):])))
        return value(Named(f"d({elaborator.text(body)})/d({elaborator.text(variable)})", own, entry))
    return Value(settled(at(array, full)) if full else array)


def _by_another_name(elaborator: Elaborator, inside: Value, base: Expr, positions: tuple[Any, ...] | None) -> Value | None:
    """The derivative of a number by another name for the same freedom: by s = log σ² a change is one of σ."""
    under = _made_of(base) if inside.scalar else None
    if under is None or reads(inside.expr, base) or not reads(inside.expr, under) or (
            letters_in(inside.expr) and (positions is None or None in positions)):
        return None
    elaborator.notes.append(f"{base} stands for {under} by what it is made of")
    slope = jacobian(layers.sum(base), under)[0]
    array, outer = jacobian(inside.expr, under)
    if outer:
        # ∂z_j/∂s_k of z = μ + σ ⊙ ε
        return Value(settled(at(array, (*outer, *positions))) / settled(at(slope, positions)))  # type: ignore[arg-type,misc]
    whole = over(Value(array), Value(slope), "./", bool(shape_of(slope))).expr
    return laid_out(elaborator, whole, base, None) if positions is None else Value(
        settled(at(whole, tuple(p for p in positions if p is not None))))


def _made_of(base: Expr) -> Tensor | None:
    """The one variable of which a name is a function entry by entry, as s_j = log σ_j² is of σ."""
    if not isinstance(base, Named):
        return None
    tensors = [x for x in base.body.free_symbols if isinstance(x, Tensor)]
    entries = [n for n in base.body.atoms(SympyEntry) if isinstance(n, SympyEntry)]
    if len(tensors) != 1 or any(n.base != tensors[0] or tuple(n.indices) != base.letters for n in entries) \
            or len(shape_of(tensors[0])) != len(base.letters) or base.body.has(Sum) \
            or any(isinstance(n, Named | Apply) for n in base.body.atoms(Named, Apply)):
        return None
    return None if isinstance(base.body, SympyEntry) or base.body == tensors[0] else tensors[0]


def _through_unknowns(elaborator: Elaborator, expr: Expr, base: Expr) -> list[Quantity]:
    """Quantities in an expression that are only known to depend on others, and so on the variable.

    Raises ShapeError for one that is an array.
    """
    found = []
    for record in elaborator.context.all():
        if isinstance(record, Quantity) and record.depends and record.value != base and record.value in expr.free_symbols \
                and any(reads(a, base) for a in _arguments(elaborator, record)):
            if shape_of(record.value):
                raise ShapeError(f"the derivative goes through {record.name}, of which only is known what it depends on",
                                 hint=f"declare what {record.name} is")
            found.append(record)
    return found


def _inside_power(elaborator: Elaborator, variable: t.Tree) -> t.Tree | None:
    """The number that a variable is a power or a function of: σ of σ² and of log σ; None for any other variable."""
    if isinstance(variable, t.Power) and isinstance(variable.exponent, t.Number):
        inner = variable.base
    elif isinstance(variable, t.Call) and len(variable.arguments) == 1 and variable.power is None:
        inner = variable.arguments[0]
    else:
        return None
    base = elaborator.of(inner)
    return inner if base.scalar and isinstance(base.expr, Tensor | Named | SympyEntry) else None


def _with_argument(body: t.Tree, variable: t.Tree) -> t.Tree:
    """dσ/dz says σ(z), and dσ_i/dz_j says σ(z)_i."""
    if isinstance(body, t.Function):
        return t.Call(body, (variable,), span=body.span)
    if isinstance(body, t.Subscripted) and isinstance(body.base, t.Function):
        whole = variable.base if isinstance(variable, t.Subscripted) else variable
        return replace(body, base=t.Call(body.base, (whole,), span=body.base.span))
    return body


def _by_any(elaborator: Elaborator, expr: Expr, base: Expr, variable: t.Tree) -> tuple[Expr, tuple[Expr, ...]]:
    """The derivative by a name, or by an expression such as Wx that occurs as it stands and nothing else reads."""
    written = elaborator.context.bodies.get(base, base)
    inverse = written.args[0] if RECORDS.inv.of(written) and isinstance(written.args[0], Tensor) else None
    if isinstance(base, Tensor | Named) and inverse is None:
        return jacobian(expr, base)
    held = inverse.properties if inverse is not None else frozenset()
    place = Tensor(f"({elaborator.text(variable)})", shape_of(base), held)
    instead = expr.xreplace({base: place, written: place})
    laid = _entries_laid_out(written, place)
    if laid is not None:
        # ∂f/∂vec(X): X is what its entries make of it.
        array, outer = jacobian(instead.xreplace(laid), place)
        return array.xreplace({place: base}), outer
    if inverse is not None:
        # ∂f/∂(Σ⁻¹): Σ is the inverse of what varies.
        array, outer = jacobian(instead.xreplace({inverse: RECORDS.inv(place)}), place)
        return array.xreplace({place: base}), outer
    if place not in instead.free_symbols or instead.free_symbols & base.free_symbols - set(elaborator.bound.values()):
        raise ShapeError(f"{elaborator.text(variable)} is not something to differentiate {expr} by",
                         hint="differentiate by a declared name, or give the expression a name")
    array, outer = jacobian(instead, place)
    return array.xreplace({place: base}), outer


def _entries_laid_out(base: Expr, place: Tensor) -> dict[Expr, Expr] | None:
    """The array of which a name for all its entries in a row is made, as vec(X) is, and what it is in terms of these."""
    if not RECORDS.reshape.of(base):
        return None
    inner = base.args[0]
    turned = RECORDS.transpose.of(inner)
    array = inner.args[0] if turned else inner
    if not isinstance(array, Tensor) or array.properties:
        return None
    again = layers.reshape(place, shape_of(inner))
    return {array: again.T if turned else again}


def _source(base: Expr, *readers: Expr) -> tuple[Expr, Named | None]:
    """(what to differentiate by, the name that is a part of it): a name that picks entries of a declared array, such as
    x_i = X[i,:] or w_y = W[y,:], is that array for what reads the array itself.
    """
    if not isinstance(base, Named) or not isinstance(base.body, SympyEntry):
        return base, None
    (array, indices), letters = _place(base.body), base.letters
    if not isinstance(array, Tensor | Named):
        return base, None
    plain = all(indices.count(i) == 1 for i in letters) and not any(
        i not in letters and i.free_symbols & set(letters) for i in indices)
    # Another name for the whole array is another path to it: by which of the two is what the text tells apart.
    paths = {n for r in readers for n in r.atoms(Named) if isinstance(n, Named) and indices == letters
             and isinstance(n.body, SympyEntry) and _place(n.body) == (array, n.letters)}
    if not plain or not any(reads(r, array, without={base, *paths}) for r in readers):
        return base, None
    return array, None if indices == letters else base


def _picked(array: Expr, outer: tuple[Expr, ...], part: Named) -> Expr:
    """Of a derivative by a whole array, what belongs to a name for entries of it."""
    assert isinstance(part.body, SympyEntry)
    own = tuple(Index(f"{part.name}_{n}", 1, size) for n, size in enumerate(outer, 1))
    return Named(f"[{array}]", (*own, *part.letters), settled(at(array, (*own, *_place(part.body)[1]))))


def _place(entry: SympyEntry) -> tuple[Expr, tuple[Expr, ...]]:
    """The array that an entry is read from and where; an entry of a row, W[y,:]_i, as that of the whole: W_{y,i}."""
    array, indices = entry.base, tuple(entry.indices)
    while RECORDS.take.of(array):
        rest = iter(indices)
        indices = tuple(next(rest) if i is None else i for i in array.params["index"])
        array = array.args[0]
    return array, indices


def _arguments(elaborator: Elaborator, record: Quantity) -> list[Expr]:
    """What an unknown quantity depends on."""
    return [elaborator.meaning(d).expr for name in record.depends if (d := elaborator.record(name)) is not None]


def in_terms_of(elaborator: Elaborator, expr: Expr, base: Expr) -> Expr:
    """An expression that reads a defined name, where its own definition spells out what the name stands for.

    Raises ShapeError where it does not read the name and cannot be rewritten: a derivative of zero would be a guess.
    """
    if not isinstance(base, Named) or reads(expr, base) or reads(base, expr):
        return expr
    spelled = elaborator.context.bodies.get(base)
    if spelled is not None and expr.has(spelled):
        return expr.xreplace({spelled: base})
    if not expr.free_symbols & base.free_symbols:
        return expr
    raise ShapeError(f"{expr} is not defined by way of {base}",
                     hint=f"define it by {base}, or differentiate by what it reads")


def rows_at(array: Expr, outer: tuple[Expr, ...], shape: tuple[Expr, ...]) -> Expr:
    """The derivative of an expression with free letters, the letters filled in."""
    if not outer:
        return array
    if not shape:
        return settled(at(array, outer))
    return RECORDS.take(array, index=(*outer, *(None for _ in shape)))


def laid_out(elaborator: Elaborator, array: Expr, base: Expr, of: Expr | None) -> Value:
    """A derivative by a whole array: outputs first; a gradient is a column, or in the numerator layout a row.

    Where no layout is said, it knows what it differentiates by what, so that a product with others is a chain rule.
    """
    layout = elaborator.reading.layout or elaborator.context.layout
    stands = "" if len(shape_of(array)) != 1 else ROW if layout == "numerator" and shape_of(base) else COLUMN
    return Value(array, stands, chain=DerivativeChain(of, base) if layout is None and of is not None else None)


def target(elaborator: Elaborator, variable: t.Tree) -> tuple[Expr, tuple[Expr | None, ...] | None]:
    """(array differentiated by, positions of one entry or row of it, or None for all of it)."""
    if isinstance(variable, t.Member) and isinstance(elaborator.record(variable.family), Definition | Quantity):
        variable = t.Subscripted(t.Name(variable.family, 1, span=variable.span), (variable.argument,), span=variable.span)
    if isinstance(variable, t.Subscripted):
        base = known_value(elaborator.of(variable.base)).expr
        return base, _positions(elaborator.entry(variable).expr, base)
    expr = known_value(elaborator.of(variable)).expr
    if isinstance(variable, t.Name) and (isinstance(expr, SympyEntry) or RECORDS.take.of(expr)):
        # A name that is said of any i: what it is at this one.
        whole = expr.base if isinstance(expr, SympyEntry) else expr.args[0]
        return whole, _positions(expr, whole)
    if not isinstance(expr, Array):
        raise ShapeError(f"{elaborator.text(variable)} is not something to differentiate by",
                         hint="differentiate by a declared name, or an entry of it")
    return expr, None


def _positions(entry: Expr, base: Expr) -> tuple[Expr | None, ...]:
    """Where an entry or a row stands; None for a whole axis."""
    if RECORDS.take.of(entry) and entry.args[0] == base:
        return tuple(entry.params["index"])
    if getattr(entry, "base", None) != base:
        raise ShapeError(f"{entry} is not an entry of {base}")
    return tuple(entry.indices)


def unknown_named(elaborator: Elaborator, body: t.Tree) -> Quantity | None:
    """The unknown quantity that a tree names, if it is one."""
    if isinstance(body, t.Bracket):
        return unknown_named(elaborator, body.body)
    if isinstance(body, t.Name):
        record = elaborator.record(body.name, body.arity)
        if isinstance(record, Quantity) and record.depends:
            return record
    return None


def gradient_of_unknown(elaborator: Elaborator, record: Quantity, base: Expr) -> Expr:
    """∂L/∂v for L known only to depend on some quantities: Σ (∂L/∂a)(∂a/∂v), with ∂L/∂a a name of its own."""
    total: Value | None = None
    arguments: list[Expr] = []
    if shape_of(record.value):
        raise ShapeError(f"the derivative of {record.name}, an unknown array, is not read",
                         hint=f"declare what {record.name} is, or a scalar function of it")
    for name in record.depends:
        known = elaborator.record(name)
        argument = elaborator.meaning(known).expr if known is not None else None
        if argument is None:
            raise ShapeError(f"{record.name} is declared a function of {name}, which is not declared")
        arguments.append(argument)
        cotangent = Tensor(f"d{record.name}_d{name}", shape_of(argument))
        argument = in_terms_of(elaborator, argument, base)
        part = cotangent if argument == base else _pulled(argument, base, cotangent) if reads(argument, base) else None
        if part is not None:
            total = value(part) if total is None else plus(total, value(part))
    if total is None:
        if any(reads(base, argument) for argument in arguments):
            # Computed from what L depends on: L may go through it, and 0 would be a guess.
            raise DeclarationError(f"{record.name} is declared a function of {', '.join(record.depends)}, and {base} is "
                                   f"computed from that: whether {record.name} goes through {base} is not said",
                                   hint=f"declare {record.name}: function of {base}")
        return RECORDS.zeros(shape=shape_of(base)) if is_array(base) else S.Zero
    return total.expr


def reads(expr: Expr, base: Expr, without: Iterable[Expr] = ()) -> bool:
    """Whether an array is built from another, through definitions; or apart from some of them."""
    apart = {*without}
    return base in reached([expr], lambda node: () if node in apart else getattr(node, "args", ()))


def jacobian(expr: Expr, base: Expr) -> tuple[Expr, tuple[Expr, ...]]:
    """(derivative with the axes of the letters first, the letters) of an expression in which letters may be free."""
    free = tuple(sorted(letters_in(expr), key=str))
    if not free:
        return _closed(expr, base), ()
    own = tuple(Index(i.name, 1, (i.hi - i.lo + 1).expand()) for i in free)
    shifts = {i: o + (i.lo - 1) for i, o in zip(free, own, strict=True) if i.lo != 1}
    body = substituted(expr, shifts) if shifts else expr
    name = "[" + (shown if len(shown := str(expr)) <= 60 else shown[:57] + "...") + "]"
    family = rows(body, own, name) if shape_of(body) else Named(name, own, settled(body))
    outer = tuple(i - (i.lo - 1) for i in free)
    return _closed(family, base), outer


@recounted(512)
def _pulled(expr: Expr, base: Expr, cotangent: Expr) -> Expr:
    """The product of a cotangent and a Jacobian in closed form; so is what an unknown quantity depends on."""
    return vjp(expr, base, cotangent).closed


@recounted(512)
def _closed(expr: Expr, base: Expr) -> Expr:
    """A derivative in closed form; a text asks for the same ones again and again."""
    return derive(expr, base).closed


def evaluated(elaborator: Elaborator, tree: t.At) -> Value:
    """Something at given values of names: a bar with x = 0 behind it."""
    inside = elaborator.of(tree.body)
    mapping: dict[Expr, Expr] = {}
    for relation in tree.values:
        assert isinstance(relation, t.Relation)
        left, right = relation.sides
        assert left is not None and right is not None
        if isinstance(left, t.Letter) and left.name in elaborator.free:
            mapping[elaborator.free[left.name]] = elaborator.scalar(right)
            continue
        base = known_value(elaborator.of(left))
        put = elaborator.of(right)
        if base.shape and (put.pending or put.scalar):
            if put.pending != ZEROS and put.expr != 0:
                raise ShapeError(f"{elaborator.text(right)} is no value for {base.described()}")
            put = value(RECORDS.zeros(shape=base.shape))
        if not isinstance(base.expr, Array | SympyEntry) or base.shape != put.shape:
            raise ShapeError(f"{elaborator.text(left)} cannot take the value {elaborator.text(right)}",
                             hint="put values in for declared names")
        mapping[base.expr] = put.expr
    # Entries differentiated by stand apart from the values that are put in.
    return Value(substituted_arrays(inside.expr, mapping), inside.stands, inside.pending)


def remainder(elaborator: Elaborator, tree: t.Remainder) -> Value:
    """O(h^2) has no value: only a line in which it ends a side says something."""
    raise elaborator.refused("an order of magnitude has no value", tree,
                             hint="let it be the last term of a side, of a small quantity that is declared: O(||h||^2)")


def substituted_arrays(expr: Expr, mapping: dict[Expr, Expr]) -> Expr:
    """Arrays and entries replaced, in definitions as well; what is read through a replaced name is read at its value."""
    letters = {k: v for k, v in mapping.items() if isinstance(k, Index)}
    arrays = {k: v for k, v in mapping.items() if k not in letters}
    return substituted(expr.xreplace(arrays), letters) if letters else expr.xreplace(arrays)
