"""What a closed form says in words, where a reader knows the words better than the sign: the steps of a convolution.

Source: Dumoulin and Visin, A guide to convolution arithmetic for deep learning (2016), ch. 4.
"""

from __future__ import annotations

from sympy import Expr, latex

from ..arrays.arrays import Apply
from ..arrays.registry import RECORDS
from ..layers.convolution import RANK, slides_of
from ..terms.affine import Factor
from ..terms.traversals import reached

SHORT = 60


def in_words(closed: Expr) -> list[str]:
    """One sentence for every outermost convolution of a closed form, in LaTeX."""
    def slides(node: Expr) -> bool:
        return isinstance(node, Apply) and node.op.name in RANK

    outer = reached([closed], lambda node: node.args[::-1] if isinstance(node, Apply) and not slides(node) else ())
    return list(dict.fromkeys(_sentence(node) for node in outer if slides(node)))


def _sentence(node: Apply) -> str:
    """Insert zeros, pad, correlate: what there is of it."""
    signal, kernel = node.args[:2]
    transposed = "transpose" in node.op.name
    slides = slides_of(node)
    steps: list[str] = []
    if transposed:
        steps += _zeros(signal, [s.stride for s in slides])
        pads = [(s.reach - s.left, s.reach - s.right) for s in slides]
    else:
        inner, strides = _spread(signal)
        if strides:
            signal = inner
            steps += _zeros(signal, strides)
        pads = [(s.left, s.right) for s in slides]
    steps += _padding(signal, [(a.expand(), b.expand()) for a, b in pads], bool(steps))
    turned = transposed or bool(node.params.get("flip"))
    if RECORDS.flip.of(kernel):
        kernel, turned = kernel.args[0], not turned
    spread_kernel, gaps = _spread(kernel)
    last = "correlate " + ("" if steps else f"{_name(signal, 'the signal')} ") + "with " + (
        "the flipped kernel " if turned else "") + _name(spread_kernel, "the other")
    dilations = gaps or [s.dilation for s in slides]
    if any(d != 1 for d in dilations):
        last += ", " + _each([_count(d - 1) for d in dilations]) + " between its entries"
    strides = [] if transposed else [s.stride for s in slides]
    if any(s != 1 for s in strides):
        last += ", in steps of " + _each([f"${latex(s)}$" for s in strides])
    if "groups" in node.params:
        last += ", group by group"
    steps.append(last)
    text = ", ".join(steps[:-1]) + (", and " if len(steps) > 1 else "") + steps[-1]
    return text[0].upper() + text[1:] + "."


def _spread(array: Expr) -> tuple[Expr, list[Factor]]:
    """An array without the zeros that were inserted along its axes, and the strides that they make."""
    strides: list[Factor] = []
    while RECORDS.insert_zeros.of(array):
        strides.insert(0, array.params["stride"])
        array = array.args[0]
    return array, strides


def _zeros(signal: Expr, strides: list[Factor]) -> list[str]:
    if all(s == 1 for s in strides):
        return []
    return [f"insert {_each([_count(s - 1) for s in strides])} between neighbouring entries of "
            f"{_name(signal, 'the upstream gradient')}"]


def _padding(signal: Expr, pads: list[tuple[Expr, Expr]], said: bool) -> list[str]:
    if all(a == b == 0 for a, b in pads):
        return []
    return [f"pad {'it' if said else _name(signal, 'the signal')} by {_each([_sides(a, b) for a, b in pads])}"]


def _sides(front: Expr, behind: Expr) -> str:
    if front == behind:
        return f"{_count(front)} on both sides"
    if behind == 0:
        return f"{_count(front)} in front"
    return f"{_count(behind)} behind" if front == 0 else f"{_count(front)} in front and ${latex(behind)}$ behind"


def _count(number: Factor) -> str:
    return f"${latex(number)}$ {'zero' if number == 1 else 'zeros'}"


def _each(words: list[str]) -> str:
    """One phrase for all axes, or one an axis."""
    return words[0] if len(set(words)) == 1 else " and ".join(words) + " along the two axes"


def _name(array: Expr, otherwise: str) -> str:
    """An array as it is written where that is short, and what it is where it is not."""
    text = latex(array)
    return f"${text}$" if len(text) <= SHORT else otherwise
