"""Calls: of library functions, of declared ones, of derivatives of functions, and of what SymPy's printer writes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache, reduce
from inspect import signature
from typing import Any

import sympy
from sympy import Expr, Integer, KroneckerDelta, Piecewise, S

from ... import layers
from ...arrays.arrays import Named, Tensor, as_expr
from ...arrays.operator import OPERATORS, Operator, operator, shape_of
from ...arrays.printing import LIBRARY
from ...arrays.registry import RECORDS
from ...arrays.sizes import as_size, same_size
from ...arrays.symbols import Index, Label, iverson
from ...arrays.symmetry import is_symmetric
from ...differentiation.engine import derive
from ...errors import BoundExceeded, DeclarationError, IndexError_, NoRule, ShapeError
from ...functions.elementary import log
from ...functions.network_functions import relu
from ...functions.unknown import key_of, opaque_operator
from ...layers import diag, expm, logm, singular_values, sqrtm
from ...proof.equality import prove
from ..declare.context import Declared, Definition, Expected, FunctionDeclared, Quantity
from ..declare.function_names import RECIPROCALS, canonical, function, known
from ..syntax import tree as t
from .brackets import norm
from .elaborator import Elaborator
from .ellipsis import vector_with_dots
from .entrywise import settled
from .expectations import variance
from .oriented import (
    COLUMN,
    EYE,
    ONES,
    ZEROS,
    Value,
    entry_by_entry,
    known_value,
    numpy_product,
    raised,
    settled_together,
    square_value,
    value,
)

# Functions whose first argument is text, and options that are; no other text of a user reaches the library.
SPELLED = frozenset(["einsum"])
WORDS = frozenset(["valid", "full", "same", "mean", "sum", "none", "fro", "tanh", "nearest", "linear", "bilinear", "columns",
                   "rows", "nuc"])
_SPEC = re.compile(r"[A-Za-z]++(?:,[A-Za-z]++)*+(?:->[A-Za-z]*+)?")
EACH = -1
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


def _meant(elaborator: Elaborator, tree: t.Call, head: t.Function) -> Declared | None:
    """The record of what is called; None for a function of the library."""
    record = elaborator.record(head.name)
    if isinstance(record, Expected):
        # E(w), a function, beside the sign of an expectation.
        return next((d for d in elaborator.context.by_name(head.name) if not isinstance(d, Expected)), record)
    own = isinstance(record, Quantity) or (isinstance(record, Definition) and record.parameters is None)
    if own and tree.keywords and known(head.name):
        return None  # var = x.var(axis=1): what has options is the library's
    return record


def _called(elaborator: Elaborator, tree: t.Call, head: t.Function) -> Value:
    record = _meant(elaborator, tree, head)
    if head.name.startswith(LIBRARY):
        head = replace(head, name=head.name.removeprefix(LIBRARY))
    if isinstance(record, Definition):
        if head.primes:
            return _derivative_of_defined(elaborator, tree, record, head.primes)
        if record.parameters is None:
            return elaborator.definition(record)
        if _as_defined(elaborator, tree.arguments, record):
            return elaborator.definition(record)
        return elaborator.applied(record, [Value(S.Zero) if _unused(elaborator, a, record, k) else elaborator.of(a)
                                           for k, a in enumerate(tree.arguments) if not _repeats(a, record.parameters)])
    if isinstance(record, Quantity):
        raise elaborator.refused(f"{head.name} is not a function", tree)
    name, options = head.name, {}
    if isinstance(record, FunctionDeclared):
        if record.target is None:
            return _unknown_function(elaborator, tree, head)
        name, options = record.target, dict(record.options)
    word = canonical(name)
    if word == diag.__name__ and (entries := _of_entries(elaborator, tree)) is not None:
        return entries
    if head.primes:
        return _differentiated(elaborator, tree, word, head.primes)
    own = _OWN.get(word)
    if own is not None:
        return own(elaborator, tree)
    if (made := _of_whole_matrix(elaborator, tree, head, word, name)) is not None:
        return made
    if word == log.name and name != "ln" and elaborator.context.log_base is not None:
        inside = elaborator.of(tree.arguments[0])
        return Value(log(inside.expr) / log(elaborator.context.log_base), inside.stands)
    return _library(elaborator, tree, word, options)


def _of_whole_matrix(elaborator: Elaborator, tree: t.Call, head: t.Function, word: str, spelled: str) -> Value | None:
    """A call that may be meant of the matrix as a whole: as it is set in mathematics, or where it is declared."""
    whole = head.typeset or f"matrix {word}" in elaborator.context.signs
    if not (whole and word in OPERATORS and OPERATORS[word].of_matrices and len(tree.arguments) == 1):
        return None
    return matrix_function(elaborator, word, elaborator.of(tree.arguments[0]), spelled)


# What a function of one number is, taken of a square matrix as a whole.
_OF_A_MATRIX = {RECORDS.exp.name: expm, RECORDS.log.name: logm, RECORDS.sqrt.name: sqrtm}


def matrix_function(elaborator: Elaborator, word: str, inside: Value, spelled: str = "") -> Value | None:
    """exp(X), log(X) and the like of a square matrix, where it is declared that they are functions of the whole matrix.

    None for what is taken entry by entry.  Raises NoRule for a function of matrices that is not known, DeclarationError
    where nothing is said.
    """
    declared = f"matrix {word}" in elaborator.context.signs
    if elaborator.guessing or not is_square(inside) or (not declared and f"entrywise {word}" in elaborator.context.signs):
        return None
    shown = spelled or word
    if not declared:
        raise DeclarationError(f"{shown} of the square matrix {inside.expr} may be the matrix function, or taken entry by "
                               "entry", hint=f"{shown}: entrywise, or {shown}: matrix function")
    made = _OF_A_MATRIX.get(word)
    if made is None:
        raise NoRule(f"no rule for the matrix function {shown}",
                     hint=f"declare a name for it, or {shown}: entrywise")
    return Value(made(inside.expr))


def is_square(v: Value) -> bool:
    """Whether a value is a square matrix, of more than one entry."""
    return not v.pending and v.rank == 2 and same_size(*v.shape) and v.shape[0] != 1


def _repeats(tree: t.Tree, parameters: tuple[str, ...]) -> bool:
    """Whether an argument is a parameter's own name, of which nothing is declared: f(x) for f(x) = c."""
    return isinstance(tree, t.Unknown) and parameters == (tree.name,)


def _of_entries(elaborator: Elaborator, tree: t.Call) -> Value | None:
    """diag(p_i(1 - p_i)) or diag(s_1, ..., s_n): of the vector with these entries; None where that is no such call."""
    if any(isinstance(a, t.Dots) for a in tree.arguments):
        return Value(diag(vector_with_dots(elaborator, tree, tree.arguments).expr))
    if len(tree.arguments) != 1:
        return None
    letters = sorted(t.letters_in(tree.arguments[0]) - {*elaborator.bound})
    found = elaborator.range_of(letters[0], tree.arguments[0]) if len(letters) == 1 else None
    if found is None:
        return None
    own = Index(letters[0], 1, (found[1] - found[0] + 1).expand())
    inside = replace(elaborator, bound={**elaborator.bound, letters[0]: own + (found[0] - 1)}).of(tree.arguments[0])
    if not inside.scalar:
        return None
    elaborator.notes.append(f"diag is taken of the entries for all {letters[0]}")
    return Value(diag(Named(elaborator.text(tree.arguments[0]), (own,), settled(inside.expr))))


def _as_defined(elaborator: Elaborator, arguments: tuple[t.Tree, ...], record: Definition) -> bool:
    """Whether the arguments are functions by the very names of the parameters, as in KL(P, Q) for densities P and Q."""
    names = [a.name for a in arguments if isinstance(a, t.Name | t.Function)]
    densities = [d for n in names for d in elaborator.context.by_name(n) if isinstance(d, Definition) and d.parameters]
    return bool(densities) and tuple(names) == record.parameters and not {*names} & {*elaborator.names, *elaborator.bound}


def _unused(elaborator: Elaborator, tree: t.Tree, record: Definition, place: int) -> bool:
    """Whether an argument that nothing declares is one that the definition does not use, as the x of p(y | x)."""
    if not isinstance(tree, t.Unknown) or tree.name in elaborator.names or tree.name in elaborator.bound:
        return False
    used = {n.name for n in t.walk(record.tree) if isinstance(n, t.Name | t.Unknown | t.Letter)}
    names = record.parameters or ()
    return place < len(names) and not {names[place], tree.name} & used


def _derivative_of_defined(elaborator: Elaborator, tree: t.Call, record: Definition, order: int) -> Value:
    """f'(a) for a function defined by f(x) = ...: by its first argument; entry by entry where it acts on numbers."""
    plain = record.parameters is None and not record.letters
    if plain and len(tree.arguments) == 1 and isinstance(tree.arguments[0], t.Name):
        # f'(x) where f is an expression in x: by what stands in the brackets.
        elaborator.notes.append(f"{record.name}' is read as the derivative by {elaborator.text(tree.arguments[0])}")
        return elaborator.of(t.Derivative(t.Name(record.name), tree.arguments, "total", order, span=tree.span))
    if not tree.arguments or record.parameters is None:
        raise elaborator.refused(f"the derivative {record.name}' does not say by what", tree,
                                 hint="write it as a fraction of differentials")
    first, *rest = (known_value(elaborator.of(a)) for a in tree.arguments)
    if rest:
        elaborator.notes.append(f"{record.name}' is read as the derivative by the first argument")
    argument = tree.arguments[0]
    named = isinstance(argument, t.Name) and (argument.name,) == record.parameters
    if named and isinstance(first.expr, Tensor) and first.scalar:
        # g'(x) of g(x) = x tanh(u), where u is said to depend on x: by all that is x.
        whole = elaborator.applied(record, [first]).expr
        if not shape_of(whole):
            elaborator.sloped[whole, first.expr] = None
            for _ in range(order):
                whole = derive(whole, first.expr).closed
            return Value(whole)
    place = VARIABLE if first.scalar else Tensor(f"argument of {record.name}", first.shape)
    found = elaborator.applied(record, [Value(place, first.stands), *rest])
    if found.scalar and (order == 1 or first.scalar):
        made = derivative_of(found.expr, order) if first.scalar else derive(found.expr, place).closed
        if isinstance(first.expr, Tensor):
            elaborator.sloped[found.expr.xreplace({place: first.expr}), first.expr] = None
        return Value(made.xreplace({place: first.expr}), first.stands)
    single = elaborator.applied(record, [Value(VARIABLE), *rest])
    if single.scalar and prove(lifted(single.expr, Value(place)).expr, found.expr).coincide:
        return lifted(derivative_of(single.expr, order), first)
    raise elaborator.refused(f"{record.name}' is not the derivative of a function of one number", tree,
                             hint="write it as a fraction of differentials")


def _library(elaborator: Elaborator, tree: t.Call, word: str, options: dict[str, Any]) -> Value:
    if word == "trace" and len(tree.arguments) == 1:
        found = _trace_of_logarithm(elaborator, tree.arguments[0])
        if found is not None:
            return found
    target = function(word)
    arguments, stands = _arguments(elaborator, tree, word)
    for key, each in tree.keywords:
        if isinstance(each, t.String) and each.text not in _CONSTANTS and each.text not in WORDS \
                and not (key == "spec" and _SPEC.fullmatch(each.text.replace(" ", ""))):
            raise elaborator.refused(f"the option {key} of {word} cannot be the text {each.text!r}", each)
        options[key] = keyword(elaborator, each)
    if word in OPERATORS and OPERATORS[word].sized:
        arguments = [as_size(a) for a in arguments]
    if word in ("inv", "det", "trace", "logdet") and arguments and not shape_of(arguments[0]):
        return Value({"inv": 1 / arguments[0], "logdet": log(arguments[0])}.get(word, arguments[0]))
    if word == "sum" and len(arguments) == 1 and not shape_of(arguments[0]):
        return Value(arguments[0])
    try:
        made = target(*arguments, **options)
    except TypeError as error:
        raise ShapeError(f"{word} cannot be called like this: {_plain(error)}") from None
    except RecursionError:
        raise BoundExceeded(f"the argument of {word} is too deep") from None
    if isinstance(made, tuple):
        elaborator.notes.append(f"{word} gives {len(made)} arrays, of which this is the first")
        made = made[0]
    shape = shape_of(made)
    keeps = len(shape) == 1 and stands and any(shape_of(a) == shape for a in arguments)
    return Value(made, stands if keeps else COLUMN if len(shape) == 1 else "")


def _arguments(elaborator: Elaborator, tree: t.Call, word: str) -> tuple[list[Any], str]:
    """What a function of the library is called with, and how the first of it stands that is a vector."""
    arguments: list[Any] = []
    stands = ""
    tuples, written = _tuples(word), tree.arguments
    if len(written) == 1 and isinstance(written[0], t.Sequence) and EACH in tuples:
        written = written[0].items  # concat((x, y)), as NumPy has it
    for place, argument in enumerate(written):
        if isinstance(argument, t.String):
            spelled = word in SPELLED and not arguments and _SPEC.fullmatch(argument.text.replace(" ", ""))
            if not spelled and not (arguments and argument.text in WORDS):
                raise elaborator.refused(f"{word} takes no text here", argument)
            arguments.append(argument.text)
        elif place in tuples and isinstance(argument, t.Sequence):
            arguments.append(keyword(elaborator, argument))
        elif isinstance(argument, t.Name) and _is_label(elaborator, argument):
            record = elaborator.record(argument.name, argument.arity)
            assert isinstance(record, Quantity)
            arguments.append(record.value)
        elif word == "where" and not arguments and isinstance(argument, t.Relation):
            arguments.append(_comparison(elaborator, argument))
        else:
            given = (square_value if word == "trace" else known_value)(elaborator.of(argument))
            stands = stands or given.stands
            arguments.append(settled(given.expr) if not given.shape else given.expr)
    return arguments, stands


def _trace_of_logarithm(elaborator: Elaborator, tree: t.Tree) -> Value | None:
    """The trace of a matrix logarithm is the logarithm of the determinant."""
    if isinstance(tree, t.Call) and isinstance(tree.function, t.Function) and canonical(tree.function.name) == log.name \
            and f"matrix {log.name}" in elaborator.context.signs and len(tree.arguments) == 1:
        inside = known_value(elaborator.of(tree.arguments[0]))
        if inside.rank == 2:
            return Value(RECORDS.logdet(inside.expr))
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


def _is_label(elaborator: Elaborator, tree: t.Name) -> bool:
    record = elaborator.record(tree.name, tree.arity)
    return isinstance(record, Quantity) and isinstance(record.value, Label)


def keyword(elaborator: Elaborator, tree: t.Tree) -> Any:
    """A keyword argument as Python has it: text, True, whole numbers, tuples; anything else as an expression."""
    if isinstance(tree, t.String):
        return _CONSTANTS.get(tree.text, tree.text)
    if isinstance(tree, t.Sequence):
        return tuple(keyword(elaborator, x) for x in tree.items)
    given = elaborator.of(tree)
    if given.shape:
        return known_value(given).expr
    found = elaborator.scalar(tree)
    return int(found) if isinstance(found, Integer) else found


@lru_cache(maxsize=256)
def _tuples(word: str) -> frozenset[int]:
    """The places of a function's arguments that may be tuples, by its signature; EACH where one may hold all of them."""
    found = signature(getattr(layers, word, None) or function(word)).parameters.values()
    places = {place for place, each in enumerate(found) if re.search("tuple|Sequence", str(each.annotation))}
    places |= {place for place, each in enumerate(found) if each.name in ("window", "reps", "shape")}
    return frozenset(places | {EACH for each in found if each.kind is each.VAR_POSITIONAL and each.name == "arrays"})


# ------------------------------------------------------------------ functions that are not in the library

def _unknown_function(elaborator: Elaborator, tree: t.Call, head: t.Function) -> Value:
    """An unknown function, on arrays entry by entry; its derivatives are as unknown as it is."""
    given = [known_value(elaborator.of(a)) for a in tree.arguments]
    if head.primes and len(given) != 1:
        raise elaborator.refused(f"{head.name}' does not say by which of its {len(given)} arguments", tree,
                                 hint="write it as a fraction of differentials")
    record = opaque_operator(key_of(head.name, (head.primes,) if head.primes else (0,) * len(given)))
    return Value(record(*(settled(v.expr) if not v.shape else v.expr for v in given)),
                 next((v.stands for v in given if v.shape), ""))


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
    if isinstance(inside.expr, Tensor):
        elaborator.sloped[lifted(record.scalar(VARIABLE), inside).expr, inside.expr] = None
    return lifted(scalar_derivative(record, order), inside)


def scalar_derivative(record: Operator, order: int) -> Expr:
    """The derivative of a function of one number, in the variable VARIABLE."""
    assert record.scalar is not None
    return derivative_of(record.scalar(VARIABLE), order)


def derivative_of(expr: Expr, order: int) -> Expr:
    """The derivative of an expression by VARIABLE."""
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
        return RECORDS.add(*arguments)
    if expr.is_Mul:
        return RECORDS.mul(*arguments)
    if expr.is_Pow:
        return RECORDS.pow(*arguments)
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
        given = settled_together([elaborator.of(a) for a in tree.arguments])
        if len(given) == 2 and S.Zero in [v.expr for v in given] and name == "max":
            other = given[1] if given[0].expr == 0 else given[0]
            if not other.scalar:
                return Value(relu(other.expr), other.stands)
            inside = settled(other.expr)
            if not inside.is_integer:
                return Value(relu(inside))
        if len(given) > 1 and all(v.scalar for v in given):
            if any(not settled(v.expr).is_integer for v in given):
                return Value(reduce(operator(f"{name}imum"), (settled(v.expr) for v in given)))
            return Value((sympy.Max if name == "max" else sympy.Min)(*(settled(v.expr) for v in given)))
        if len(given) == 2 and not tree.keywords:
            return entry_by_entry(operator(f"{name}imum"), *given)  # an axis is written axis=
        return _library(elaborator, tree, name, {})
    return write


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
            return Value(S.One, COLUMN if kind != EYE else "", kind)
        return _library(elaborator, tree, kind, {})
    return write


def _constant(kind: str, stands: str) -> Callable[[Elaborator, t.Call], Value]:
    """vector(1) and matrix(1) of matrixcalculus.org: a column, or a matrix, of one number; neighbours say its size."""
    def write(elaborator: Elaborator, tree: t.Call) -> Value:
        number = _one(elaborator, tree, kind).expr
        if shape_of(number):
            raise elaborator.refused(f"{kind}(...) takes a number", tree, hint="write ones(n), with a declared size n")
        return Value(number, stands, ONES if stands else "matrix")
    return write


def _unit(elaborator: Elaborator, tree: t.Call) -> Value:
    """one_hot(y) and one_hot(k, n)."""
    if len(tree.arguments) == 2:
        position, size = (elaborator.of(a).expr for a in tree.arguments)
        return value(RECORDS.one_hot(position, size=as_size(size)))
    return elaborator.of(t.Unit(tree.arguments[0], span=tree.span)) if len(tree.arguments) == 1 \
        else _library(elaborator, tree, "one_hot", {})


def _compare(rule: Callable[[Expr, Expr], Any]) -> Callable[[Elaborator, t.Call], Value]:
    def write(elaborator: Elaborator, tree: t.Call) -> Value:
        if len(tree.arguments) != 2:
            raise IndexError_("a comparison takes two sides")
        return Value(iverson(rule(*(elaborator.scalar(a) for a in tree.arguments))))
    return write


def _spread(matrix: bool) -> Callable[[Elaborator, t.Call], Value]:
    def write(elaborator: Elaborator, tree: t.Call) -> Value:
        return variance(elaborator, [known_value(elaborator.of(a)) for a in tree.arguments], matrix)
    return write


def _reciprocal(of: str) -> Callable[[Elaborator, t.Call], Value]:
    def write(elaborator: Elaborator, tree: t.Call) -> Value:
        inside = _one(elaborator, tree, f"1/{of}")
        return raised(Value(operator(of)(inside.expr), inside.stands), S.NegativeOne, True)
    return write


def _dot(elaborator: Elaborator, tree: t.Call) -> Value:
    """NumPy's dot."""
    if len(tree.arguments) != 2:
        raise elaborator.refused("dot takes two arrays", tree, hint="write dot(x, y)")
    return numpy_product(elaborator.of(tree.arguments[0]), elaborator.of(tree.arguments[1]))


def _sum_along(axis: int) -> Callable[[Elaborator, t.Call], Value]:
    """rowsum(X) and colsum(X): the sums keep their axis, so that they stand beside the rows, or below the columns."""
    def write(elaborator: Elaborator, tree: t.Call) -> Value:
        return Value(RECORDS.sum(_one(elaborator, tree, "a sum of rows").expr, axis=axis, keepdims=True))
    return write


def _spectrum(values: Callable[[Expr], Expr], end: Callable[[Expr], Expr],
              whole: bool = False) -> Callable[[Elaborator, t.Call], Value]:
    """An extreme eigenvalue, of a matrix that is certainly symmetric, or an extreme singular value."""
    def write(elaborator: Elaborator, tree: t.Call) -> Value:
        inside = _one(elaborator, tree, "an extreme eigenvalue").expr
        if not whole and not is_symmetric(inside):
            raise elaborator.refused("the eigenvalues of a matrix that is not symmetric may be complex", tree,
                                     hint=f"declare {elaborator.text(tree.arguments[0])} symmetric")
        return Value(end(values(inside)))
    return write


def _derivative_call(order: int) -> Callable[[Elaborator, t.Call], Value]:
    def write(elaborator: Elaborator, tree: t.Call) -> Value:
        if len(tree.arguments) != 2:
            raise elaborator.refused("a derivative is taken of an expression by a name", tree, hint="write grad(x'*x, x)")
        body, variable = tree.arguments
        return elaborator.of(t.Derivative(body, (variable,) * order, "partial", order, span=tree.span))
    return write


_OWN: dict[str, Callable[[Elaborator, t.Call], Value]] = {
    "grad": _derivative_call(1), "diff": _derivative_call(1), "jacobian": _derivative_call(1),
    "hessian": _derivative_call(2), "dot": _dot, "rowsum": _sum_along(1), "colsum": _sum_along(0),
    "lambda_max": _spectrum(RECORDS.eigvalsh, RECORDS.max), "lambda_min": _spectrum(RECORDS.eigvalsh, RECORDS.min),
    "sigma_max": _spectrum(RECORDS.spectral_norm, as_expr, True),
    "sigma_min": _spectrum(singular_values, RECORDS.min, True),
    **{name: _reciprocal(of.name) for name, of in RECIPROCALS.items()},
    "Var": _spread(False), "Cov": _spread(True),
    "norm2": _norm("norm2"), "norm1": _norm("norm1"), "normF": _norm("F"), "max": _extreme("max"),
    "Max": _extreme("max"), "min": _extreme("min"), "Min": _extreme("min"), "KroneckerDelta": _kronecker,
    "Piecewise": _piecewise, **{kind: _pending(kind) for kind in (ONES, ZEROS, EYE)}, "one_hot": _unit,
    "Eq": _compare(sympy.Eq), "Ne": _compare(sympy.Ne),
    "vector": _constant("vector", COLUMN), "matrix": _constant("matrix", ""),
}
