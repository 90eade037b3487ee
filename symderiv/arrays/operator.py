"""Operators of scalars, entry by entry; and the names that records of operators are written with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sympy import Expr

from .arrays import entry
from .registry import (
    ADD,
    ATOM,
    FUNC,
    MUL,
    OPERATORS,
    POW,
    READS,
    Args,
    Binding,
    Operator,
    Params,
    Writer,
    is_array,
    is_product,
    operator,
    register,
    shape_of,
)
from .sizes import broadcast_shapes, is_square


def elementwise(name: str, scalar: Callable[..., Expr], numpy: str, *, latex: str | None = None,
                example: Callable[[], Expr], **facts: Any) -> Operator:
    """Register an operator that applies a scalar function to every entry, its arguments broadcast.

    ``numpy`` is a format string for the sources, as in ``"np.tanh({0})"``; ``latex`` the function's symbol,
    or the whole with ``{0}`` for its argument; ``facts`` are further fields of the record.  One that also means a function
    of matrices is marked where its argument is a square matrix: \\exp_{\\odot}(A), the Hadamard exponential.
    Source: Horn and Johnson, Topics in Matrix Analysis (1991), 6.3.
    """
    symbol = latex or r"\operatorname{" + name.replace("_", r"\_") + "}"

    def definition(out: Args, args: Args, params: Params) -> Expr:
        return scalar(*(entry(arg, out) for arg in args))

    def to_latex(write: Writer, args: Args, params: Params) -> str:
        if facts.get("of_matrices") and is_square(shape_of(args[0])):
            word = rf"\operatorname{{{name}}}" if "{0}" in symbol else symbol
            return rf"{word}_{{\odot}}\left({write(args[0])}\right)"
        if "{0}" in symbol:
            whole = symbol
            for k, arg in enumerate(args):
                whole = whole.replace(f"{{{k}}}", write(arg))
            return whole
        return rf"{symbol}\left(" + ", ".join(write(arg) for arg in args) + r"\right)"

    return register(Operator(
        name=name, scalar=scalar, definition=definition, latex=to_latex, example=example,
        latex_precedence=MUL if " " in symbol else FUNC,  # two functions before one pair of brackets
        shape=lambda args, params: broadcast_shapes([getattr(arg, "shape", ()) for arg in args], name),
        numpy=lambda sources, params, shapes: numpy.format(*sources), **facts))


__all__ = ["ADD", "ATOM", "FUNC", "MUL", "OPERATORS", "POW", "READS", "Binding", "Operator", "Writer", "is_array",
           "is_product", "operator", "register", "shape_of"]
