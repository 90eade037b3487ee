"""Every s-th entry: two letters at one place are one letter, and arrays of every second entry keep their Hessians."""

from __future__ import annotations

import pytest

import symderiv as sd

n, d = sd.dims("n d")
q, x = sd.tensor("q", 2 * n), sd.tensor("x", d)


@pytest.mark.parametrize("loss, variable", [
    (sd.sum(q[::2]**3), q), (sd.sum(q[1::2]**3), q), (sd.sum(x[::3]**3), x), (sd.sum(sd.softmax(q[::2])**2), q)])
def test_hessians_of_every_second_entry(loss, variable):
    for derivative in (sd.derive(loss, variable), sd.hessian(loss, variable)):
        assert derivative.status in ("proved", "supported") and derivative.check(samples=2).ok, derivative


def test_a_trace_of_a_shifted_inverse():
    A, s = sd.tensor("A", n, n), sd.tensor("s")
    for loss, closed in ((sd.logdet(A + s * sd.eye(n)), "tr(inv(A + s*I))"), (sd.trace(sd.inv(A + s * sd.eye(n))), None)):
        derivative = sd.derive(loss, s)
        assert derivative.status == "proved" and derivative.check(samples=2).ok
        assert closed is None or str(derivative.closed) == closed
