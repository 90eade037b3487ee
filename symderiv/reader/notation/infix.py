"""The signs between factors: one record each."""

from __future__ import annotations

from ..syntax.notations import InfixSign, infix

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
)
