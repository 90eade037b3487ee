"""Arrays turned round, repeated, cut off at a diagonal and brought to another resolution, against NumPy and by hand."""

from __future__ import annotations

import numpy as np
import pytest

import symderiv as sd

m, n, H, W = sd.dims("m n H W")
x, g = sd.tensor("x", n), sd.tensor("g", n)
X, G, A = sd.tensor("X", n, n), sd.tensor("G", n, n), sd.tensor("A", m, n)
RNG = np.random.default_rng(0)


@pytest.mark.parametrize(("ours", "numpys"), [
    (lambda a: sd.roll(a, 2), lambda a: np.roll(a, 2)),
    (lambda a: sd.roll(a, -1), lambda a: np.roll(a, -1)),
    (lambda a: sd.repeat(a, 3), lambda a: np.repeat(a, 3)),
    (lambda a: sd.tile(a, 3), lambda a: np.tile(a, 3)),
    (lambda a: sd.tile(a, (2, 1)), lambda a: np.tile(a, (2, 1))),
    (lambda a: sd.cumprod(a), np.cumprod),
])
def test_vectors_are_rearranged_as_numpy_does(ours, numpys):
    a = RNG.normal(size=5)
    assert np.allclose(sd.evaluate(ours(x), x=a), numpys(a))


@pytest.mark.parametrize(("ours", "numpys"), [
    (lambda a: sd.roll(a, 1, axis=1), lambda a: np.roll(a, 1, 1)),
    (lambda a: sd.repeat(a, 2, axis=0), lambda a: np.repeat(a, 2, 0)),
    (lambda a: sd.tril(a, -1), lambda a: np.tril(a, -1)),
    (lambda a: sd.triu(a, 1), lambda a: np.triu(a, 1)),
    (lambda a: sd.cumprod(a, axis=0), lambda a: np.cumprod(a, 0)),
    (lambda a: sd.upsample(a, 2), lambda a: np.kron(a, np.ones((2, 2)))),
])
def test_matrices_are_rearranged_as_numpy_does(ours, numpys):
    a = RNG.normal(size=(3, 4))
    assert np.allclose(sd.evaluate(ours(A), A=a), numpys(a))


def test_bilinear_upsampling_draws_between_centres_or_corners():
    """The weights that torch.nn.functional.interpolate gives 0 1 2 at twice their number."""
    line = sd.tensor("l", 3)
    given = np.array([0.0, 1.0, 2.0])
    assert np.allclose(sd.evaluate(sd.upsample(line, 2, "linear"), l=given), [0, 0.25, 0.75, 1.25, 1.75, 2])
    assert np.allclose(sd.evaluate(sd.upsample(line, 2, "linear", align_corners=True), l=given), np.arange(6) * 0.4)


def test_pixel_shuffle_lays_channels_out_as_blocks():
    P = sd.tensor("P", 4, 2, 3)
    p = RNG.normal(size=(4, 2, 3))
    found = sd.evaluate(sd.pixel_shuffle(P, 2), P=p)
    assert found.shape == (1, 4, 6)
    assert all(found[0, 2 * h + a, 2 * w + b] == p[2 * a + b, h, w]
               for h in range(2) for w in range(3) for a in range(2) for b in range(2))
    assert np.allclose(sd.evaluate(sd.pixel_unshuffle(sd.pixel_shuffle(P, 2), 2), P=p), p)


@pytest.mark.parametrize(("loss", "by", "form"), [
    (sd.sum(G * sd.tril(X)), X, "tril(G)"),
    (sd.sum(G * X * sd.tril(sd.ones(n, n))), X, "tril(G)"),
    (sd.norm(sd.tril(X)) ** 2, X, "2*tril(X)"),
    (g @ (sd.tril(sd.ones(n, n)) @ x), x, "flip(cumsum(flip(g)))"),
    (g @ sd.cumsum(x), x, "flip(cumsum(flip(g)))"),
    (g @ sd.roll(x, 1), x, "roll(g, -1)"),
    (g @ sd.concat(sd.take_slice(x, n - 1), sd.take_slice(x, 0, n - 1)), x, "roll(g, -1)"),
    (sd.sum(sd.tensor("Z", 2 * H, 2 * W) * sd.upsample(sd.tensor("I", H, W), 2, "bilinear")), sd.tensor("I", H, W),
     "interpolation(H, 2).T*Z*interpolation(W, 2)"),
    (g @ sd.solve(sd.tensor("M", n, n, invertible=True), x), x, "inv(M).T*g"),
])
def test_derivatives_keep_the_names(loss, by, form):
    d = sd.derive(loss, by)
    assert (str(d.closed), d.status) == (form, "proved")
    assert d.check(samples=2).ok


def test_a_pseudoinverse_says_what_is_independent():
    with pytest.raises(sd.SymderivError, match="columns or the rows"):
        sd.pinv(A)
    tall = sd.pinv(sd.tensor("B", n + 2, n))
    assert str(tall) == "inv(B.T*B)*B.T"
    b = RNG.normal(size=(5, 3))
    assert np.allclose(sd.evaluate(tall, B=b), np.linalg.pinv(b))
    assert np.allclose(sd.evaluate(sd.pinv(A, "rows"), A=b.T), np.linalg.pinv(b.T))


def test_a_shift_of_unknown_direction_is_refused():
    with pytest.raises(sd.SymderivError, match="forwards or back"):
        sd.roll(x, m - n)


def test_a_matrix_of_interpolation_between_corners_reads_back():
    matrix = sd.interpolation(n, 2, True)
    assert sd.parse(str(matrix), "n: size") == matrix or sd.parse(f"{matrix}*x", x=x) == matrix @ x
