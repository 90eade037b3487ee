"""How operands are bracketed and signed in text and LaTeX, shared by sums and products."""

from __future__ import annotations

from sympy import Expr, S, fraction

from ..index.arrays import Apply
from ..index.operator import ADD, ATOM, FUNC, MUL, POW, Writer, is_array
from ..index.symmetry import is_symmetric


def is_op(expr: Expr, *names: str) -> bool:
    """Whether an expression is the application of one of these operators."""
    return isinstance(expr, Apply) and expr.op.name in names


def split_scalar(expr: Expr) -> tuple[Expr, tuple[Expr, ...]]:
    """(scalar, array factors) of an elementwise product; (1, itself) for anything else."""
    if not is_array(expr):
        return expr, ()
    if is_op(expr, "mul") and not is_array(expr.args[0]):
        return expr.args[0], expr.args[1:]
    return S.One, expr.args if is_op(expr, "mul") else (expr,)


def negative(expr: Expr) -> bool:
    """Whether an operand is written with a minus sign in front."""
    scalar, _ = split_scalar(expr)
    return bool(scalar.as_coeff_Mul()[0].is_negative)


def negated(expr: Expr) -> Expr:
    """The operand without its minus sign."""
    scalar, arrays = split_scalar(expr)
    if not arrays:
        return -scalar
    assert isinstance(expr, Apply)
    if scalar == -1:
        return arrays[0] if len(arrays) == 1 else Apply(expr.op, arrays)
    return Apply(expr.op, (-scalar, *arrays))


def elementwise_product(expr: Expr) -> bool:
    """Whether an operand is written with signs of elementwise products, quotients or powers."""
    scalar, arrays = split_scalar(expr)
    return len(arrays) > 1 or any(is_op(a, "pow") for a in arrays) or fraction(scalar)[1] != 1


def in_chain(write: Writer, operand: Expr, first: bool) -> str:
    """An operand of a matrix product: brackets around sums, elementwise products, and signs or numbers but in front."""
    if is_op(operand, "mul") and (not first or elementwise_product(operand)):
        return write(operand, MUL)
    if is_op(operand, "pow") and operand.args[1] == -1 and not first:
        # Written as a quotient, 1./x.
        return write(operand, ATOM)
    return write(operand, ADD)


def postfix(write: Writer, operand: Expr, mark: str) -> str:
    """An operand with a mark behind it, such as the transpose: brackets around all but names and functions."""
    text = write(operand, POW)
    if mark.startswith("^") and "^" in text and not text.startswith(r"\left("):
        text = "{" + text + "}"
    return text + mark


def reversed_chain(write: Writer, operand: Expr, mark: str, joint: str) -> str:
    """The transpose of an operand written as a product, factors turned one by one: (A v)ᵀ as vᵀ Aᵀ."""
    if is_op(operand, "transpose") and operand.ndim == 2:
        return in_chain(write, operand.args[0], False)
    if operand.ndim == 2 and is_symmetric(operand):
        return in_chain(write, operand, False)
    if is_op(operand, "outer"):
        b, a = operand.args[1], operand.args[0]
        return in_chain(write, b, False) + joint + reversed_chain(write, a, mark, joint)
    if is_op(operand, "matmul") and operand.ndim:
        a, b = operand.args
        if a.ndim == 1:
            # A vector from the left is written as the column bᵀ a, so its transpose is the row aᵀ b.
            return reversed_chain(write, a, mark, joint) + joint + in_chain(write, b, False)
        return reversed_chain(write, b, mark, joint) + joint + reversed_chain(write, a, mark, joint)
    return postfix(write, operand, mark)


def product_of(write: Writer, operand: Expr, mark: str, joint: str, first: bool = True) -> str:
    """A matrix product as a column, matrix or number, factor by factor."""
    if is_op(operand, "outer"):
        a, b = operand.args
        return product_of(write, a, mark, joint, first) + joint + reversed_chain(write, b, mark, joint)
    if not is_op(operand, "matmul"):
        return in_chain(write, operand, first)
    a, b = operand.args
    if a.ndim == 1 and b.ndim == 1:
        return reversed_chain(write, a, mark, joint) + joint + product_of(write, b, mark, joint, False)
    if a.ndim == 1:
        return reversed_chain(write, b, mark, joint) + joint + product_of(write, a, mark, joint, False)
    return product_of(write, a, mark, joint, first) + joint + product_of(write, b, mark, joint, False)


__all__ = ["ADD", "FUNC", "MUL", "POW", "elementwise_product", "in_chain", "is_op", "negated", "negative", "postfix",
           "product_of", "reversed_chain", "split_scalar"]
