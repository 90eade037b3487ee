"""A large sum is one array to the closed forms above it, with what is known of it, and is put back as it was."""

from __future__ import annotations

from typing import Any

import symderiv as sd
from symderiv.lowering.program import Program
from symderiv.matrixform import stand_ins as stand_ins_module
from symderiv.matrixform.stand_ins import StandIns
from symderiv.terms.affine import affine
from symderiv.terms.nodes import TensorEntry, ent, fresh_axes

n = sd.dims("n")
X = sd.tensor("X", n, n)


def entry(array: Any) -> TensorEntry:
    sym = Program().symbol(array)
    return ent(sym, *map(affine, fresh_axes(sym.shape, set(), "ijk")))


def test_a_large_sum_is_one_array_and_comes_back(monkeypatch: Any) -> None:
    monkeypatch.setattr(stand_ins_module, "LARGE", 100)
    h = X
    for _ in range(40):
        h = h + sd.tanh(X @ h)
    stand_ins = StandIns()
    found = stand_ins.shallow(entry(sd.tanh(h + h.T)))
    (inner,) = found.sym.array.args
    assert not inner.args and inner.properties == {"symmetric"}
    assert stand_ins.written_out(found.sym.array) == sd.tanh(h + h.T)
    assert stand_ins.shallow(entry(sd.tanh(h + h.T))).sym.array == found.sym.array


def test_a_short_one_stays() -> None:
    node = entry(X + sd.tanh(X @ X))
    assert StandIns().shallow(node) is node
