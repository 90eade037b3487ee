"""Rounding: constant in pieces, so that every derivative is 0, which the result says.

Halves are rounded to even numbers, as NumPy, JAX and PyTorch do.
"""

from __future__ import annotations

import math

import sympy

from ..terms.nodes import fn, neg
from .scalar_function import ODD, ScalarFunction, flat, no_slope, register

_NOTE = "{} is constant in pieces: its derivative is 0 wherever it has one, and is taken as 0 elsewhere"

floor = register(ScalarFunction(
    "floor", "The largest whole number that is not above each entry.  Source: Graham, Knuth and Patashnik (1994), ch. 3.",
    sympy=sympy.floor,
    latex=r"\left\lfloor {0} \right\rfloor", derivative=(flat,), numpy="np.floor({0})",
    value=lambda np, x: np.floor(x.real), slopes=(no_slope,), multiprecision=lambda mp, x: mp.floor(x.real),
    interval=lambda iv, x: iv.mpf([math.floor(x.a), math.floor(x.b)]), values=math.floor,
    kink="the derivative of floor at whole numbers is taken as 0", note=_NOTE.format("floor"), pieces=True,
    to_kink=lambda np, x: x - np.round(x)))

ceil = register(ScalarFunction(
    "ceil", "The smallest whole number that is not below each entry.  Source: Graham, Knuth and Patashnik (1994), ch. 3.",
    sympy=sympy.ceiling, reads=("ceiling",),
    latex=r"\left\lceil {0} \right\rceil", derivative=(flat,), numpy="np.ceil({0})",
    value=lambda np, x: np.ceil(x.real), slopes=(no_slope,), multiprecision=lambda mp, x: mp.ceil(x.real),
    interval=lambda iv, x: iv.mpf([math.ceil(x.a), math.ceil(x.b)]), values=math.ceil,
    expansion=lambda x: neg(fn("floor", neg(x))),
    kink="the derivative of ceil at whole numbers is taken as 0", note=_NOTE.format("ceil"), pieces=True,
    to_kink=lambda np, x: x - np.round(x)))

nearest = register(ScalarFunction(
    "round", "The whole number nearest to each entry, halves to even ones.  Source: NumPy, round.",
    derivative=(flat,), numpy="np.round({0})",
    value=lambda np, x: np.round(x.real), slopes=(no_slope,), multiprecision=lambda mp, x: mp.nint(x.real),
    values=round, parity=ODD,
    kink="the derivative of round at halves is taken as 0", note=_NOTE.format("round"), pieces=True,
    to_kink=lambda np, x: x - np.floor(x) - 0.5))
