"""Arrays in another shape: their derivatives put every entry where it belongs."""

from __future__ import annotations

import pytest

import symderiv as sd

h, q, p = sd.dims("h q p")
R, G, V = sd.tensor("R", q, h), sd.tensor("G", h, q), sd.tensor("V", p, q, h)
x, y = sd.tensor("x", h), sd.tensor("y", q)


@pytest.mark.parametrize("expression, by", [
    (sd.reshape(R, h, q), R), (sd.reshape(R.T, q, h), R), (sd.reshape(R, h * q), R), (sd.reshape(R, h, q) @ y, R),
    (sd.sum(sd.reshape(R, h, q) * G), R), (sd.reshape(sd.reshape(R, h * q), h, q), R), (x @ sd.reshape(R, h, q) @ y, R),
    (sd.reshape(V, q, p, h), V), (sd.reshape(V, p, h, q), V), (sd.sum(sd.tanh(sd.reshape(R, h, q)) * G), R),
    (sd.reshape(R * R, h, q), R), (sd.reshape(sd.kron(x, y), q, h), x)], ids=str)
def test_derivative(expression, by):
    d = sd.derive(expression, by)
    assert d.status == "proved" and d.check().ok
