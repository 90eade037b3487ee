"""Which module gives which notation its meaning."""

from __future__ import annotations

from ..syntax import tree as t
from . import (
    binders,
    brackets,
    calls,
    defining,
    derivatives,
    differentials,
    entries,
    expectations,
    integrals,
)
from . import juxtaposition as products
from .elaborator import MEANINGS, Elaborator, ReadingChoices

MEANINGS.update({
    t.Number: Elaborator.number, t.Name: Elaborator.name, t.Letter: Elaborator.letter, t.Unknown: Elaborator.unknown,
    t.Terms: products.added, t.Factors: products.product, t.Fraction: products.fraction, t.Power: products.power,
    t.Transpose: products.transpose, t.Root: products.root, t.Bracket: products.inside, t.Subscripted: entries.entry,
    t.Big: binders.big, t.Optimum: binders.optimum,
    t.Norm: brackets.norm_of, t.Bars: brackets.bars, t.Round: brackets.rounded,
    t.DeltaSign: brackets.delta, t.Unit: brackets.unit, t.Iverson: brackets.indicator, t.Cases: brackets.cases,
    t.Matrix: brackets.matrix, t.Sequence: brackets.sequence, t.Call: calls.called, t.Function: Elaborator.function,
    t.Member: Elaborator.member, t.Derivative: derivatives.derivative, t.Differential: differentials.differential,
    t.Directional: differentials.directional, t.Remainder: derivatives.remainder,
    t.ExpectationSign: expectations.expectation, t.Integral: integrals.integral, t.At: derivatives.evaluated,
})
Elaborator.term, Elaborator.condition, Elaborator.entry = products.term, brackets.condition, entries.entry
Elaborator.definition, Elaborator.applied, Elaborator.call = defining.definition, defining.applied, calls.called
Elaborator.stepped = entries.member


__all__ = ["Elaborator", "ReadingChoices"]
