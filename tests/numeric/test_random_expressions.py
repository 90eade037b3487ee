"""Random array expressions: compiled functions and the brute-force evaluator agree, and so do the two derivatives."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import symderiv as sd
from symderiv.numeric.compiled import compile_numpy
from symderiv.numeric.evaluate import evaluate
from symderiv.numeric.numerical_derivatives import jacobian
from symderiv.numeric.sampling import sample
from tests.drawn import drawn

m, n, k = sd.dims("m n k")
VECTORS = {n: [sd.tensor("a", n), sd.tensor("b", n)], m: [sd.tensor("u", m), sd.tensor("v", m)]}
MATRICES = {(m, n): [sd.tensor("W", m, n)], (n, m): [sd.tensor("V", n, m)], (n, n): [sd.tensor("A", n, n)],
            (m, m): [sd.tensor("B", m, m)]}
KERNEL = sd.tensor("w", k)
SMOOTH = [sd.tanh, sd.sigmoid, sd.softplus, sd.sin, sd.relu]
SIZES = st.sampled_from([m, n])


@st.composite
def vectors(draw, size, depth):
    """A vector expression of a size."""
    if depth == 0:
        return draw(st.sampled_from(VECTORS[size]))
    below = vectors(size, depth - 1)
    kind = draw(st.integers(0, 9))
    if kind == 0:
        return draw(st.sampled_from(SMOOTH))(draw(below))
    if kind == 1:
        return draw(below) + draw(below)
    if kind == 2:
        return draw(below) * draw(below)
    if kind == 3:
        return draw(scalars(depth - 1)) * draw(below) / size
    if kind == 4:
        return sd.softmax(draw(below))
    if kind == 5:
        return sd.diag(draw(matrices(size, size, depth - 1)))
    if kind == 6:
        return sd.conv1d(draw(below), KERNEL, mode="same", flip=draw(st.booleans()))
    if kind == 7:
        return sd.sum(draw(matrices(size, draw(SIZES), depth - 1)), axis=1)
    if kind == 8:
        other = draw(SIZES)
        return draw(vectors(other, depth - 1)) @ draw(matrices(other, size, depth - 1))
    other = draw(SIZES)
    return draw(matrices(size, other, depth - 1)) @ draw(vectors(other, depth - 1))


@st.composite
def matrices(draw, rows, columns, depth):
    """A matrix expression of two sizes."""
    if depth == 0:
        return draw(st.sampled_from(MATRICES[rows, columns]))
    kind = draw(st.integers(0, 6))
    below = matrices(rows, columns, depth - 1)
    if kind == 0:
        return sd.outer(draw(vectors(rows, depth - 1)), draw(vectors(columns, depth - 1)))
    if kind == 1:
        return draw(matrices(columns, rows, depth - 1)).T
    if kind == 2:
        other = draw(SIZES)
        return draw(matrices(rows, other, depth - 1)) @ draw(matrices(other, columns, depth - 1))
    if kind == 3:
        return sd.softmax(draw(below), axis=draw(st.integers(0, 1)))
    if kind == 4 and rows == columns:
        return sd.diag(draw(vectors(rows, depth - 1))) - sd.eye(rows)
    if kind == 5:
        return draw(below) - draw(vectors(columns, depth - 1))
    return draw(st.sampled_from(SMOOTH))(draw(below))


@st.composite
def scalars(draw, depth):
    """A scalar expression."""
    if depth == 0:
        return sd.tensor("c")
    size = draw(SIZES)
    kind = draw(st.integers(0, 4))
    if kind == 0:
        return draw(vectors(size, depth - 1)) @ draw(vectors(size, depth - 1))
    if kind == 1:
        return sd.logsumexp(draw(vectors(size, depth - 1)))
    if kind == 2:
        return sd.trace(draw(matrices(size, size, depth - 1)))
    if kind == 3:
        return sd.cross_entropy(draw(vectors(size, depth - 1)), sd.label(f"y{size}", size))
    return sd.mean(draw(matrices(size, draw(SIZES), depth - 1)))


EXPRESSIONS = st.integers(1, 3).flatmap(
    lambda depth: st.one_of(scalars(depth), SIZES.flatmap(lambda size: vectors(size, depth)),
                            st.tuples(SIZES, SIZES).flatmap(lambda pair: matrices(*pair, depth))))


@drawn(20)
@given(EXPRESSIONS, st.integers(0, 1000))
def test_compiled_functions_agree_with_the_evaluator(expr, seed):
    s = sample(expr, seed)
    f, source = compile_numpy(expr)
    got, meant = f(**s.everything), evaluate(expr, **s.everything)
    assert np.shape(got) == np.shape(meant), source
    np.testing.assert_allclose(got, meant, rtol=1e-8, atol=1e-9, err_msg=source)


@drawn(7)
@given(EXPRESSIONS, st.integers(0, 1000))
def test_dual_numbers_agree_with_central_differences(expr, seed):
    s = sample(expr, seed)
    for tensor in sorted((t for t in expr.free_symbols if t.name in s.arrays and getattr(t, "shape", ())), key=str)[:2]:
        exact = jacobian(expr, tensor, s.everything)
        np.testing.assert_allclose(exact, jacobian(expr, tensor, s.everything, "central"), rtol=1e-6,
                                   atol=1e-7 * max(1.0, np.abs(exact).max(initial=0)))
