"""The signs between factors: one record each."""

from __future__ import annotations

from functools import partial
from typing import Any

from ...arrays.operator import operator, shape_of
from ..syntax.notations import InfixSign, infix


def _convolved(mode: str, x: Any, w: Any) -> Any:
    """The convolution that results are printed with, of as many axes as the kernel has."""
    return operator(f"conv{len(shape_of(w))}d")(x, w, mode=mode)


infix(
    InfixSign("", "product", latex="", slips=("odot",)),  # side by side
    InfixSign("*", "product", ("ast",), "∗", plain=True, slips=("odot",)),
    InfixSign("cdot", "dot", ("cdot", "bullet"), "·⋅∙•", slips=("odot",)),
    InfixSign("times", "product", ("times",), "×", slips=("odot",)),
    InfixSign("@", "numpy", plain=True, slips=("odot",)),
    InfixSign("/", "divide", ("div",), "÷", plain=True),
    InfixSign(".*", "elementwise", plain=True, slips=("",)),
    InfixSign("odot", "elementwise", ("odot",), "⊙", slips=("",)),
    InfixSign("circ", "elementwise", ("circ",), "∘◦", slips=("",)),
    InfixSign("./", "elementwise_divide", plain=True),
    InfixSign("oslash", "elementwise_divide", ("oslash",), "⊘"),
    InfixSign("otimes", "kron", ("otimes",), "⊗"),
    InfixSign("star", "", ("star",), "⋆"),
    InfixSign("tilde *", partial(_convolved, "full"), latex=r"\mathbin{\tilde{*}}"),
    InfixSign("bar *", partial(_convolved, "same"), latex=r"\mathbin{\bar{*}}"),
)
