"""Derivatives inside a text: the engine's own, or for unknown quantities the chain rule with a named cotangent."""

from __future__ import annotations

from typing import Any

from sympy import Expr, S

from ..errors import ShapeError
from ..index.arrays import Array, Named, Tensor
from ..index.operator import is_array, operator, shape_of
from ..index.symbols import Index
from . import tree as t
from .context import Definition, Quantity
from .elaborate import Elaborator
from .entrywise import at, letters_in, settled
from .values import COLUMN, ROW, Value, known_value, plus, value


def derivative(elaborator: Elaborator, tree: t.Derivative) -> Value:
    """∂y/∂x, ∂²y/∂x∂z, ∇y.  Raises where no rule covers it."""
    if tree.body is None:
        raise elaborator.refused("this derivative does not say of what", tree)
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


def _only_variable(elaborator: Elaborator, tree: t.Derivative) -> t.Tree:
    """What a bare nabla differentiates by: the one argument that is repeated behind its function."""
    body = tree.body
    if isinstance(body, t.Call) and isinstance(body.function, t.Function):
        record = elaborator.record(body.function.name)
        if isinstance(record, Definition) and record.parameters and len(record.parameters) == 1:
            return body.arguments[0]
        if len(body.arguments) == 1 and isinstance(body.arguments[0], t.Name):
            return body.arguments[0]
    raise elaborator.refused("it is not said what to differentiate by", tree, hint="write the variable below nabla")


def by(elaborator: Elaborator, body: t.Tree, done: Value | None, variable: t.Tree) -> Value:
    """The derivative of a tree, or of a value found before, by one variable."""
    base, positions = target(elaborator, variable)
    unknown = _unknown(elaborator, body) if done is None else None
    if unknown is not None:
        array, outer = gradient_of_unknown(elaborator, unknown, base), ()
        conditions: tuple[Any, ...] = ()
    else:
        v = known_value(elaborator.of(body) if done is None else done)
        array, outer = jacobian(v.expr, base)
        conditions = shape_of(v.expr)
    if positions is None:
        if outer:
            shape = conditions + shape_of(base)
            return Value(_rows_at(array, outer, shape), _stands(elaborator, conditions, base))
        return Value(array, _stands(elaborator, conditions, base))
    if conditions:
        own = tuple(Index(f"{name}_", 1, size) for name, size in zip("rst", conditions, strict=False))
        entry = settled(at(array, (*outer, *own, *positions)))
        return value(Named(f"d({elaborator.text(body)})/d({elaborator.text(variable)})", own, entry))
    full = (*outer, *positions)
    return Value(settled(at(array, full)) if full else array)


def _rows_at(array: Expr, outer: tuple[Expr, ...], shape: tuple[Expr, ...]) -> Expr:
    """The derivative of an expression with free letters, the letters filled in."""
    if not shape:
        return settled(at(array, outer))
    return operator("take")(array, index=(*outer, *(None for _ in shape)))


def _stands(elaborator: Elaborator, conditions: tuple[Any, ...], base: Expr) -> str:
    if len(conditions) + len(shape_of(base)) != 1:
        return ""
    layout = elaborator.reading.layout or elaborator.context.layout
    return ROW if layout == "numerator" and not conditions else COLUMN


def target(elaborator: Elaborator, variable: t.Tree) -> tuple[Expr, tuple[Expr, ...] | None]:
    """(array differentiated by, positions of one entry of it or None)."""
    if isinstance(variable, t.Entry):
        base = known_value(elaborator.of(variable.base)).expr
        found = elaborator.entry(variable)
        if found.shape:
            raise elaborator.refused("a derivative by a part of an array is not read", variable,
                                     hint="differentiate by the whole array, and index the result")
        return base, _positions(found.expr, base)
    expr = known_value(elaborator.of(variable)).expr
    if not isinstance(expr, Array):
        raise ShapeError(f"{elaborator.text(variable)} is not something to differentiate by",
                         hint="differentiate by a declared name, or an entry of it")
    return expr, None


def _positions(entry: Expr, base: Expr) -> tuple[Expr, ...]:
    if getattr(entry, "base", None) != base:
        raise ShapeError(f"{entry} is not an entry of {base}")
    return tuple(entry.indices)


def _unknown(elaborator: Elaborator, body: t.Tree) -> Quantity | None:
    """The unknown quantity that a tree names, if it is one."""
    if isinstance(body, t.Bracket):
        return _unknown(elaborator, body.body)
    if isinstance(body, t.Name):
        record = elaborator.record(body.name, body.arity)
        if isinstance(record, Quantity) and record.depends:
            return record
    return None


def gradient_of_unknown(elaborator: Elaborator, record: Quantity, base: Expr) -> Expr:
    """∂L/∂v for L known only to depend on some quantities: Σ (∂L/∂a)(∂a/∂v), with ∂L/∂a a name of its own."""
    from ..engine import vjp

    total: Value | None = None
    if shape_of(record.value):
        raise ShapeError(f"the derivative of {record.name}, an unknown array, is not read",
                         hint=f"declare what {record.name} is, or a scalar function of it")
    for name in record.depends:
        known = elaborator.record(name)
        argument = elaborator.meaning(known).expr if known is not None else None
        if argument is None:
            raise ShapeError(f"{record.name} is declared a function of {name}, which is not declared")
        cotangent = Tensor(f"d{record.name}_d{name}", shape_of(argument))
        part = cotangent if argument == base else vjp(argument, base, cotangent).closed if _reads(argument, base) else None
        if part is not None:
            total = value(part) if total is None else plus(total, value(part))
    if total is None:
        return operator("zeros")(shape=shape_of(base)) if is_array(base) else S.Zero
    return total.expr


def _reads(expr: Expr, base: Expr) -> bool:
    """Whether an array is built from another, through definitions."""
    seen: set[Any] = set()
    stack: list[Any] = [expr]
    while stack:
        node = stack.pop()
        if node == base:
            return True
        if node in seen:
            continue
        seen.add(node)
        stack.extend(getattr(node, "args", ()))
    return False


def jacobian(expr: Expr, base: Expr) -> tuple[Expr, tuple[Expr, ...]]:
    """(derivative with the axes of the letters first, the letters) of an expression in which letters may be free."""
    from ..engine import derive

    free = tuple(sorted(letters_in(expr), key=str))
    if not free:
        return derive(expr, base).closed, ()
    own = tuple(Index(i.name, 1, (i.hi - i.lo + 1).expand()) for i in free)
    shifts = {i: o + (i.lo - 1) for i, o in zip(free, own, strict=True) if i.lo != 1}
    from .entrywise import rows, substituted

    body = substituted(expr, shifts) if shifts else expr
    name = "[" + (shown if len(shown := str(expr)) <= 60 else shown[:57] + "...") + "]"
    family = rows(body, own, name) if shape_of(body) else Named(name, own, settled(body))
    outer = tuple(i - (i.lo - 1) for i in free)
    return derive(family, base).closed, outer


__all__ = ["by", "derivative", "gradient_of_unknown", "jacobian", "target"]
