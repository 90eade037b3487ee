"""How operands are bracketed and signed in text and LaTeX, shared by sums and products."""

from __future__ import annotations

from sympy import Expr, S, fraction

from ..arrays.arrays import Apply, in_braces
from ..arrays.operator import ADD, MUL, POW, Writer, is_array, operator, shape_of
from ..arrays.sizes import Shape, same_size
from ..arrays.symmetry import is_symmetric


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
    return len(arrays) > 1 or fraction(scalar, exact=True)[1] != 1 or any(
        is_op(a, "pow") or (is_op(a, "mul") and elementwise_product(a)) for a in arrays)


def of_one_row(factors: tuple[Expr, ...]) -> bool:
    """Whether two factors are one row and one column whose product is no number: side by side they would be read as one."""
    rows, columns = map(shape_of, factors)
    kept = rows[:-1] + columns[1:]
    return bool(kept) and all(n == 1 for n in kept) and (len(kept) == 1 or rows[-1] != 1)


def in_chain(write: Writer, operand: Expr, first: bool) -> str:
    """An operand of a matrix product: brackets around sums, elementwise products, and signs or numbers but in front."""
    if is_op(operand, "matmul") and of_one_row(operand.args):
        return write(operand, MUL)
    if is_op(operand, "matmul", "outer"):
        return write(operand, ADD)
    if is_op(operand, "mul") and first and not elementwise_product(operand) and not _second_sign(write, operand):
        return write(operand, ADD)
    return write(operand, MUL)


def _second_sign(write: Writer, operand: Expr) -> bool:
    """Whether the number in front of a chain would stand behind another one, or its sign behind a sign."""
    chains = [node for node in write.around if not is_op(node, "matmul", "outer")]
    return bool(chains) and (is_op(chains[-1], "mul") or (is_op(chains[-1], "add") and negative(operand)))


def open_sized(expr: Expr) -> bool:
    """Whether an operand is an identity matrix, or a multiple, so that only its neighbours say its size."""
    _, arrays = split_scalar(expr)
    return len(arrays) == 1 and is_op(arrays[0], "eye")


def size_is_said(around: tuple[Apply, ...]) -> bool:
    """Whether the operators around an identity matrix say its size: another term, or a factor beside it."""
    for place in range(len(around) - 1, -1, -1):
        node = around[place]
        if is_op(node, "mul") and open_sized(node):
            continue
        known = [a for a in node.args if is_array(a) and not open_sized(a)]
        if is_op(node, "add"):
            ones = not all(map(is_array, node.args)) and _needs_ones(node.args, node.shape, around[:place], False)
            return ones or any(len(shape_of(a)) == 2 and 1 not in shape_of(a) for a in known)
        return is_op(node, "matmul") and bool(known) and not of_one_row(node.args)
    return False


def is_entrywise(expr: Expr) -> bool:
    """Whether an operand is written entry by entry: with signs of elementwise products, or as a function of entries."""
    _, arrays = split_scalar(expr)
    return elementwise_product(expr) or any(isinstance(a, Apply) and a.op.scalar is not None for a in arrays)


def conforming(args: tuple[Expr, ...], shape: Shape, write: Writer, sums: bool) -> tuple[Expr, ...]:
    """Operands of an entrywise operation as arrays that a formula can say.

    A number beside a matrix is that multiple of a matrix of ones, unless something shows that entries are meant.  A
    vector that is added to the rows of a square matrix, and two arrays that stretch each other, are written stretched.
    """
    if sums and any(is_array(a) for a in args) and any(not is_array(a) for a in args) and _needs_ones(
            args, shape, write.around, write.latex):
        ones = operator("ones")(shape=shape)
        args = tuple(a if is_array(a) else ones if a == 1 else operator("mul")(a, ones) for a in args)
    if len(shape) != 2:
        return args
    shapes = [shape_of(a) for a in args if is_array(a)]
    plain = any(len(s) == 2 and all(map(same_size, s, shape)) for s in shapes)
    if sums and plain and not _by_entries(args, write.around):
        args = tuple(_stretched(a, shape, False) if is_op(a, "stretch") else a for a in args)
    if plain and not same_size(*shape) and 1 not in shape:
        return args
    return tuple(_stretched(a, shape, plain) for a in args)


def _by_entries(args: tuple[Expr, ...], around: tuple[Apply, ...]) -> bool:
    """Whether something shows that a sum is meant entry by entry: a term of it, or the operator around it."""
    return any(is_entrywise(a) for a in args if is_array(a)) or bool(around and _of_entries(around[-1]))


def _needs_ones(args: tuple[Expr, ...], shape: Shape, around: tuple[Apply, ...], latex: bool) -> bool:
    if _by_entries(args, around):
        return False
    # Beside a vector the number is read entry by entry; in a product of matrices the formula needs the ones.
    return len(shape) > 1 or (latex and bool(around) and is_op(around[-1], "matmul", "outer"))


def _of_entries(node: Apply) -> bool:
    """Whether an operator works entry by entry on the arrays that stand in it."""
    return node.op.scalar is not None or is_op(node, "pow") or (
        is_op(node, "mul") and len([a for a in node.args if is_array(a)]) > 1)


def _stretched(arg: Expr, shape: Shape, plain: bool) -> Expr:
    """An operand with fewer axes, or with axes of size 1, as a product with ones."""
    own = shape_of(arg)
    scalar, arrays = split_scalar(arg)
    if scalar != 1 and arrays:
        made = _stretched(arrays[0] if len(arrays) == 1 else Apply(operator("mul"), arrays), shape, plain)
        return arg if shape_of(made) == own else operator("mul")(scalar, made)
    ones, outer = operator("ones"), operator("outer")
    if len(own) == 1 and (own[0] != 1 or shape[1] == 1):
        return outer(ones(shape=shape[:1]), arg)
    if len(own) == 1 and shape[0] == 1:
        return outer(arg, ones(shape=shape[1:]))
    if plain or len(own) != 2:
        return arg
    if own[1] == 1 and shape[1] != 1:
        column = arg.args[0] if is_op(arg, "stretch") and len(shape_of(arg.args[0])) == 1 else None
        if column is not None:
            return outer(column, ones(shape=shape[1:]))
        return operator("matmul")(arg, ones(shape=(own[1], shape[1])))
    if own[0] == 1 and shape[0] != 1:
        return operator("matmul")(ones(shape=(shape[0], own[0])), arg)
    return arg


def postfix(write: Writer, operand: Expr, mark: str) -> str:
    """An operand with a mark behind it, such as the transpose: brackets around all but names and functions."""
    text = write(operand, POW)
    if mark == "^{-1}" and text.endswith(mark):
        return rf"\left({text}\right){mark}"
    return (in_braces(text) if mark.startswith("^") else text) + mark


def reversed_chain(write: Writer, operand: Expr, mark: str, joint: str) -> str:
    """The transpose of an operand written as a product, factors turned one by one: (A v)ᵀ as vᵀ Aᵀ."""
    if is_op(operand, "transpose") and operand.ndim == 2:
        return in_chain(write, operand.args[0], False)
    if operand.ndim == 2 and is_symmetric(operand):
        return in_chain(write, operand, False)
    if is_op(operand, "outer"):
        b, a = operand.args[1], operand.args[0]
        return in_chain(write, b, False) + joint + reversed_chain(write, a, mark, joint)
    if is_op(operand, "matmul") and operand.ndim and not of_one_row(operand.args):
        a, b = operand.args
        if a.ndim == 1:
            # A vector from the left is written as the column bᵀ a, so its transpose is the row aᵀ b.
            return reversed_chain(write, a, mark, joint) + joint + in_chain(write, b, False)
        return reversed_chain(write, b, mark, joint) + joint + reversed_chain(write, a, mark, joint)
    return postfix(write, operand, mark)


def _through_one_row(chain: Expr) -> bool:
    """Whether a product of matrices has one row behind its first factor: times a vector, that would be read as a number."""
    while is_op(chain, "matmul") and chain.ndim == 2:
        if shape_of(chain.args[1])[0] == 1:
            return True
        chain = chain.args[0]
    return False


def product_of(write: Writer, operand: Expr, mark: str, joint: str, first: bool = True) -> str:
    """A matrix product as a column, matrix or number, factor by factor, however many there are."""
    parts: list[str] = []
    waiting: list[tuple[Expr, bool]] = [(operand, False)]       # what is still to be written, and which of it as a row
    while waiting:
        each, row = waiting.pop()
        if row:
            parts.append(reversed_chain(write, each, mark, joint))
        elif is_op(each, "matmul") and of_one_row(each.args):
            parts.append(write(each, MUL))
        elif is_op(each, "outer"):
            waiting += [(each.args[1], True), (each.args[0], False)]
        elif is_op(each, "matmul"):
            left, right = each.args
            if right.ndim == 1 and _through_one_row(left):
                parts.append(write(left, POW))
                waiting.append((right, False))
            elif left.ndim == 1:
                waiting += [(left, False), (right, True)] if right.ndim > 1 else [(right, False), (left, True)]
            else:
                waiting += [(right, False), (left, False)]
        else:
            parts.append(in_chain(write, each, first and not parts))
    return joint.join(parts)
