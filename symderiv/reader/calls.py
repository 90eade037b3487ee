"""Calls: of library functions, of declared ones, of derivatives of functions, and of what SymPy's printer writes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import sympy
from sympy import Expr, Integer, KroneckerDelta, Piecewise, S, Symbol, floor
from sympy import Sum as SympySum

from ..errors import BoundExceeded, IndexError_, NoRule, ShapeError, UnknownFunction
from ..index.arrays import Tensor
from ..index.operator import OPERATORS, Operator, operator, shape_of
from ..index.sizes import as_size, broadcast_shapes
from ..index.symbols import Index, Label
from . import tree as t
from .brackets import norm
from .context import Definition, FunctionDeclared, Quantity
from .elaborate import Elaborator
from .entrywise import settled
from .functions import canonical, function
from .values import COLUMN, Value, known_value, raised, value

# Functions whose arguments are sizes, not arrays.
SIZED = {"ones", "zeros", "eye"}
# Functions whose first argument is text, and options that are; no other text of a user reaches the library.
SPELLED = frozenset(["einsum"])
WORDS = frozenset(["valid", "full", "same", "mean", "sum", "none", "fro", "tanh"])
_SPEC = re.compile(r"[A-Za-z]+(,[A-Za-z]+)*(->[A-Za-z]*)?")
_CONSTANTS = {"True": True, "False": False, "None": None}


def called(elaborator: Elaborator, tree: t.Call) -> Value:
    """The value of a call."""
    head = tree.function
    if not isinstance(head, t.Function):
        raise elaborator.refused("this is not a function", tree)
    found = _called(elaborator, tree, head)
    if tree.power is not None:
        exponent = elaborator.scalar(tree.power)
        if exponent == -1 and head.primes == 0:
            raise elaborator.refused(f"{head.name}^(-1) has two meanings", tree, hint="write 1/f(x), or name the inverse")
        found = raised(found, exponent, bool(found.shape))
    return found


def _called(elaborator: Elaborator, tree: t.Call, head: t.Function) -> Value:
    record = elaborator.record(head.name)
    if isinstance(record, Definition):
        if head.primes:
            raise elaborator.refused(f"the derivative {head.name}' does not say by what", tree,
                                     hint="write it as a fraction of differentials")
        if record.parameters is None:
            return elaborator.definition(record)
        return elaborator.applied(record, [elaborator.of(a) for a in tree.arguments])
    if isinstance(record, Quantity):
        raise elaborator.refused(f"{head.name} is not a function", tree)
    name, options = head.name, {}
    if isinstance(record, FunctionDeclared):
        if record.target is None:
            return _unknown_function(elaborator, tree, head)
        name, options = record.target, dict(record.options)
    word = canonical(name)
    if head.primes:
        return _differentiated(elaborator, tree, word, head.primes)
    own = _OWN.get(word)
    if own is not None:
        return own(elaborator, tree)
    if f"matrix {word}" in elaborator.context.signs and known_value(elaborator.of(tree.arguments[0])).rank == 2:
        raise NoRule(f"the matrix function {word} is only read below a trace",
                     hint="take the trace, or declare a name for it")
    if word == "log" and elaborator.context.log_base is not None:
        inside = elaborator.of(tree.arguments[0])
        return _over_log(inside, elaborator.context.log_base)
    return _library(elaborator, tree, word, options)


def _over_log(inside: Value, base: Expr) -> Value:
    if inside.scalar:
        return Value(sympy.log(inside.expr) / sympy.log(base))
    return Value(operator("mul")(1 / sympy.log(base), operator("log")(inside.expr)), inside.stands)


def _library(elaborator: Elaborator, tree: t.Call, word: str, options: dict[str, Any]) -> Value:
    if word == "trace" and len(tree.arguments) == 1:
        found = _trace_of_logarithm(elaborator, tree.arguments[0])
        if found is not None:
            return found
    target = function(word)
    arguments: list[Any] = []
    stands = ""
    for argument in tree.arguments:
        if isinstance(argument, t.String):
            if word not in SPELLED or arguments or not _SPEC.fullmatch(argument.text.replace(" ", "")):
                raise elaborator.refused(f"{word} takes no text here", argument)
            arguments.append(argument.text)
            continue
        if isinstance(argument, t.Name) and _is_label(elaborator, argument):
            record = elaborator.record(argument.name, argument.arity)
            assert isinstance(record, Quantity)
            arguments.append(record.value)
            continue
        if word == "where" and not arguments and isinstance(argument, t.Relation):
            arguments.append(_comparison(elaborator, argument))
            continue
        given = known_value(elaborator.of(argument))
        stands = stands or given.stands
        arguments.append(settled(given.expr) if not given.shape else given.expr)
    for key, each in tree.keywords:
        if isinstance(each, t.String) and each.text not in _CONSTANTS and each.text not in WORDS \
                and not (key == "spec" and _SPEC.fullmatch(each.text.replace(" ", ""))):
            raise elaborator.refused(f"the option {key} of {word} cannot be the text {each.text!r}", each)
        options[key] = keyword(elaborator, each)
    if word in SIZED:
        arguments = [as_size(a) for a in arguments]
    if word in ("inv", "det", "trace", "logdet") and arguments and not shape_of(arguments[0]):
        return _of_scalar(word, arguments[0])
    if word == "sum" and len(arguments) == 1 and not shape_of(arguments[0]):
        return Value(arguments[0])
    try:
        made = target(*arguments, **options)
    except TypeError as error:
        raise ShapeError(f"{word} cannot be called like this: {_plain(error)}") from None
    except RecursionError:
        raise BoundExceeded(f"the argument of {word} is too deep") from None
    shape = shape_of(made)
    keeps = len(shape) == 1 and stands and any(shape_of(a) == shape for a in arguments)
    return Value(made, stands if keeps else COLUMN if len(shape) == 1 else "")


def _trace_of_logarithm(elaborator: Elaborator, tree: t.Tree) -> Value | None:
    """The trace of a matrix logarithm is the logarithm of the determinant."""
    if isinstance(tree, t.Call) and isinstance(tree.function, t.Function) and tree.function.name == "log" \
            and "matrix log" in elaborator.context.signs and len(tree.arguments) == 1:
        inside = known_value(elaborator.of(tree.arguments[0]))
        if inside.rank == 2:
            return Value(operator("logdet")(inside.expr))
    return None


def _comparison(elaborator: Elaborator, tree: t.Relation) -> Any:
    """A comparison of arrays, entry by entry."""
    if len(tree.signs) != 1 or tree.signs[0] not in _COMPARED or None in tree.sides:
        raise elaborator.refused("this is not a comparison", tree, hint="write where(x > 0, a, b)")
    left, right = (known_value(elaborator.of(side)).expr for side in tree.sides if side is not None)
    return _COMPARED[tree.signs[0]](left, right)


_COMPARED: dict[str, Callable[[Expr, Expr], Any]] = {"<": sympy.Lt, "<=": sympy.Le, ">": sympy.Gt, ">=": sympy.Ge}


def _plain(error: TypeError) -> str:
    """Python's message without its own names."""
    return str(error).split(") ", 1)[-1].replace("()", "")


def _of_scalar(word: str, arg: Expr) -> Value:
    return Value({"inv": 1 / arg, "logdet": sympy.log(arg)}.get(word, arg))


def _is_label(elaborator: Elaborator, tree: t.Name) -> bool:
    record = elaborator.record(tree.name, tree.arity)
    return isinstance(record, Quantity) and isinstance(record.value, Label)


def keyword(elaborator: Elaborator, tree: t.Tree) -> Any:
    """A keyword argument as Python has it: text, True, whole numbers, tuples; anything else as an expression."""
    if isinstance(tree, t.String):
        return _CONSTANTS.get(tree.text, tree.text)
    if isinstance(tree, t.Sequence):
        return tuple(keyword(elaborator, x) for x in tree.items)
    found = elaborator.scalar(tree)
    return int(found) if isinstance(found, Integer) else found


# ------------------------------------------------------------------ functions that are not in the library

def _unknown_function(elaborator: Elaborator, tree: t.Call, head: t.Function) -> Value:
    """An unknown function: of scalars a SymPy function, on arrays entry by entry; its derivative is another one."""
    name = head.name + "'" * head.primes
    given = [known_value(elaborator.of(a)) for a in tree.arguments]
    scalar = sympy.Function(name, real=True)
    if all(v.scalar for v in given):
        return Value(scalar(*(settled(v.expr) for v in given)))
    record = _elementwise(name, scalar)
    made = record(*(v.expr for v in given))
    return Value(made, next((v.stands for v in given if v.shape), ""))


def _elementwise(name: str, scalar: Callable[..., Expr]) -> Operator:
    from ..index.arrays import entry

    return Operator(
        name=name, scalar=scalar, definition=lambda out, args, params: scalar(*(entry(a, out) for a in args)),
        shape=lambda args, params: broadcast_shapes([shape_of(a) for a in args], name),
        numpy=lambda sources, params, shapes: f"{name}({', '.join(sources)})",
        example=lambda: Tensor("x", ()))


def _differentiated(elaborator: Elaborator, tree: t.Call, word: str, order: int) -> Value:
    """f'(z) for a function that acts entry by entry: its derivative, found by the engine and applied in the same way."""
    record = OPERATORS.get(word)
    if record is None or record.scalar is None:
        function(word)
        raise NoRule(f"{word}' is not the derivative of a function of one number",
                     hint="write it as a fraction of differentials")
    if len(tree.arguments) != 1:
        raise ShapeError(f"{word}' takes one argument")
    inside = known_value(elaborator.of(tree.arguments[0]))
    return lifted(scalar_derivative(record, order), inside)


def scalar_derivative(record: Operator, order: int) -> Expr:
    """The derivative of a function of one number, in the variable VARIABLE."""
    from ..engine import derive

    assert record.scalar is not None
    expr = record.scalar(VARIABLE)
    for _ in range(min(order, 8)):
        expr = derive(expr, VARIABLE).closed
    return expr


VARIABLE = Tensor("argument", ())


def lifted(expr: Expr, at: Value) -> Value:
    """A scalar expression in VARIABLE, taken entry by entry."""
    if at.scalar:
        return Value(expr.xreplace({VARIABLE: at.expr}))
    return Value(_lifted(expr, at.expr), at.stands)


def _lifted(expr: Expr, array: Expr) -> Expr:
    if expr == VARIABLE:
        return array
    if not expr.has(VARIABLE):
        return expr
    arguments = [_lifted(a, array) for a in expr.args]
    if expr.is_Add:
        return operator("add")(*arguments)
    if expr.is_Mul:
        return operator("mul")(*arguments)
    if expr.is_Pow:
        return operator("pow")(*arguments)
    return function(type(expr).__name__)(*arguments)


# ------------------------------------------------------------------ what the reader writes itself

def _one(elaborator: Elaborator, tree: t.Call, what: str) -> Value:
    if len(tree.arguments) != 1:
        raise ShapeError(f"{what} takes one argument, {len(tree.arguments)} are given")
    return known_value(elaborator.of(tree.arguments[0]))


def _norm(kind: str, default: str = "norm") -> Callable[[Elaborator, t.Call], Value]:
    def write(elaborator: Elaborator, tree: t.Call) -> Value:
        return norm(_one(elaborator, tree, default), kind)
    return write


def _extreme(name: str) -> Callable[[Elaborator, t.Call], Value]:
    def write(elaborator: Elaborator, tree: t.Call) -> Value:
        given = [known_value(elaborator.of(a)) for a in tree.arguments]
        if len(given) == 2 and S.Zero in [v.expr for v in given] and name == "max":
            other = given[1] if given[0].expr == 0 else given[0]
            if not other.scalar:
                return Value(operator("relu")(other.expr), other.stands)
            inside = settled(other.expr)
            if not inside.is_integer:
                return Value(operator("relu")(inside))
        if len(given) > 1 and all(v.scalar for v in given):
            return Value((sympy.Max if name == "max" else sympy.Min)(*(settled(v.expr) for v in given)))
        if name not in OPERATORS:
            raise UnknownFunction(f"{name} of an array is not known", hint="write it with relu or abs")
        return _library(elaborator, tree, name, {})
    return write


def _floor(elaborator: Elaborator, tree: t.Call) -> Value:
    return Value(floor(settled(_one(elaborator, tree, "floor").expr)))


def _ceiling(elaborator: Elaborator, tree: t.Call) -> Value:
    return Value(sympy.ceiling(settled(_one(elaborator, tree, "ceiling").expr)))


def _kronecker(elaborator: Elaborator, tree: t.Call) -> Value:
    if len(tree.arguments) != 2:
        raise ShapeError("KroneckerDelta takes two positions")
    return Value(KroneckerDelta(*(elaborator.scalar(a) for a in tree.arguments)))


def _piecewise(elaborator: Elaborator, tree: t.Call) -> Value:
    """Piecewise((value, condition), ...) as SymPy prints it."""
    pairs = []
    if not tree.arguments:
        raise elaborator.refused("Piecewise needs branches", tree)
    for branch in tree.arguments:
        items = branch.items if isinstance(branch, t.Sequence) else branch.condition.items \
            if isinstance(branch, t.Iverson) and isinstance(branch.condition, t.Sequence) else ()
        if len(items) != 2:
            raise elaborator.refused("a branch is written (value, condition)", branch)
        pairs.append((elaborator.scalar(items[0]), elaborator.condition(items[1])))
    return Value(Piecewise(*pairs, evaluate=False))


def _pending(kind: str) -> Callable[[Elaborator, t.Call], Value]:
    def write(elaborator: Elaborator, tree: t.Call) -> Value:
        if not tree.arguments:
            return Value(S.One, COLUMN if kind != "eye" else "", kind)
        return _library(elaborator, tree, kind, {})
    return write


def _unit(elaborator: Elaborator, tree: t.Call) -> Value:
    """one_hot(y) and one_hot(k, n)."""
    if len(tree.arguments) == 2:
        position, size = (elaborator.of(a).expr for a in tree.arguments)
        return value(operator("one_hot")(position, size=as_size(size)))
    return elaborator.of(t.Unit(tree.arguments[0], span=tree.span)) if len(tree.arguments) == 1 \
        else _library(elaborator, tree, "one_hot", {})


def _refused(name: str, hint: str) -> Callable[[Elaborator, t.Call], Value]:
    def write(elaborator: Elaborator, tree: t.Call) -> Value:
        raise elaborator.refused(f"{name}(...) does not say a size by name", tree, hint=hint)
    return write


def _compare(rule: Callable[[Expr, Expr], Any]) -> Callable[[Elaborator, t.Call], Value]:
    def write(elaborator: Elaborator, tree: t.Call) -> Value:
        if len(tree.arguments) != 2:
            raise IndexError_("a comparison takes two sides")
        from ..index.symbols import iverson

        return Value(iverson(rule(*(elaborator.scalar(a) for a in tree.arguments))))
    return write


_OWN: dict[str, Callable[[Elaborator, t.Call], Value]] = {
    "norm2": _norm("2"), "norm1": _norm("1"), "normF": _norm("F"), "max": _extreme("max"),
    "Max": _extreme("max"), "min": _extreme("min"), "Min": _extreme("min"), "floor": _floor, "ceiling": _ceiling,
    "ceil": _ceiling, "KroneckerDelta": _kronecker, "Piecewise": _piecewise, "ones": _pending("ones"),
    "zeros": _pending("zeros"), "eye": _pending("eye"), "one_hot": _unit, "Eq": _compare(sympy.Eq), "Ne": _compare(sympy.Ne),
    "vector": _refused("vector", "write ones(n), with a declared size n"),
    "matrix": _refused("matrix", "write ones(m, n), with declared sizes"),
}

__all__ = ["VARIABLE", "Index", "Symbol", "SympySum", "called", "keyword", "lifted", "scalar_derivative"]
