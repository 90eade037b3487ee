"""Gradients of slices, joined arrays and other shapes: slices, zeros around, joined and reshaped cotangents.

Source: NumPy's indexing, concatenate, pad and reshape; what is read at a place is written there on the way back.
"""

import pytest

import symderiv as sd

m, n, k, N, C = sd.dims("m n k N C")
T = sd.tensor
x, y, z, u = T("x", n), T("y", m), T("z", 2 * n), T("u", n + 3)
A, B, X, V = T("A", m, n), T("B", k, n), T("X", m, n), T("V", m * n)
P, Q = T("P", N, m, k), T("Q", N, n, k)
labels = sd.label("t", m, shape=(N,))


def gradient(primal, variable):
    return sd.vjp(primal, variable, T("G", *primal.shape)) if getattr(primal, "shape", ()) else sd.derive(primal, variable)


FLATTENED = sd.sum(sd.flatten(X)**2)


def proved(d):
    """The closed form as text, of a derivation that is proved, agrees with numbers and computes the same.

    The places of what is flattened in a loss are quotients, of which no certificate is found.
    """
    assert d.is_closed and d.status in ("proved", "supported" if d.primal == FLATTENED else "proved") and d.check(seed=1).ok
    return str(d.closed)


CASES = {
    "slice": (u[1:n + 1], u, "pad(G, width=(1, 2))"),
    "slice to the end": (u[2:], u, "pad(G, width=(2, 0))"),
    "every other entry": (z[::2], z, "pad(insert_zeros(G, 2), width=(0, 1))"),
    "every other entry, the odd ones": (z[1::2], z, "pad(insert_zeros(G, 2), width=(1, 0))"),
    "every third row": (T("Y", 3 * m, n)[::3], T("Y", 3 * m, n), "pad(insert_zeros(G, 3, axis=0), width=((0, 2), (0, 0)))"),
    "sum of every other entry": (sd.sum(z[::2]), z, "pad(insert_zeros(ones(n), 2), width=(0, 1))"),
    "every other row in one vector": (sd.flatten(T("Y", 2 * m, 2)[::2]), T("Y", 2 * m, 2),
                                      "pad(insert_zeros(reshape(G, m, 2), 2, axis=0), width=((0, 1), (0, 0)))"),
    "reversed": (x[::-1], x, "flip(G)"),
    "columns": (T("X", m, 2 * n)[:, n:], T("X", m, 2 * n), "pad(G, width=((0, 0), (n, 0)))"),
    "first of two": (sd.concat(x, y), x, "take_slice(G, 0, n)"),
    "second of two": (sd.concat(x, y), y, "take_slice(G, n, m + n)"),
    "channels side by side": (sd.concat(P, Q, axis=1), Q, "take_slice(G, m, m + n, axis=1)"),
    "stacked": (sd.stack(x, T("v", n), axis=1), x, "G[:,1]"),
    "padded": (sd.pad(X, ((1, 2), (0, 1))), X, "take_slice(take_slice(G, 1, m + 1, axis=0), 0, n, axis=1)"),
    "rows in one vector": (sd.flatten(X), X, "reshape(G, m, n)"),
    "columns in one vector": (sd.vec(X), X, "reshape(G, n, m).T"),
    "a vector in rows": (sd.reshape(V, (m, n)), V, "reshape(G, m*n)"),
    "heads": (sd.reshape(T("Y", N, m * n), (N, m, n)), T("Y", N, m * n), "reshape(G, N, m*n)"),
    "a dropped axis": (sd.squeeze(T("s", n, 1)), T("s", n, 1), "expand_dims(G, axis=1)"),
    "axes in another order": (sd.permute(P, (2, 0, 1)), P, "permute(G, axes=(1, 2, 0))"),
    "mean over an axis in between": (sd.mean(P, axis=1), P, "stretch(G, shape=(N, m, k), axes=(0, 2))/m"),
    "rows that labels name": (sd.embedding(A, labels), A, "onehot(t).T*G"),
    "entries that labels name": (sd.pick(T("Z", N, m), labels), T("Z", N, m), "Diag(G)*onehot(t)"),
    "gated linear unit": (z[:n] * sd.sigmoid(z[n:]), z, None),
    "matrix on joined vectors": (T("W", k, m + n) @ sd.concat(y, x), x, "take_slice(W, m, m + n, axis=1).T*G"),
    "columns of two matrices": (sd.concat(T("R", N, m), T("S", N, n), axis=1) @ T("W", m + n, k), T("S", N, n),
                                "G*take_slice(W, m, m + n, axis=0).T"),
    "a reshaped matrix in a loss": (FLATTENED, X, "2*X"),
    "a layer on flattened rows": (T("W", k, m * n) @ sd.flatten(X), X, "reshape(W.T*G, m, n)"),
}


@pytest.mark.parametrize(("primal", "variable", "closed"), CASES.values(), ids=CASES)
def test_gradient(primal, variable, closed):
    text = proved(gradient(primal, variable))
    assert closed is None or text == closed


def test_halves_come_back_side_by_side():
    d = gradient(z[:n] * sd.sigmoid(z[n:]), z)
    assert str(d.spelled) == ("concat(G.*sigmoid(take_slice(z, n, 2*n)), G.*sigmoid(take_slice(z, n, 2*n))"
                              ".*take_slice(z, 0, n).*(1 - sigmoid(take_slice(z, n, 2*n))))")


def test_a_closed_form_is_usable_again():
    d = gradient(u[1:n + 1], u)
    given = {"G": T("G", n), "n": n}
    assert sd.prove(sd.parse(str(d.closed), **given), d.closed).status == "proved"
    assert sd.prove(d.closed, sd.pad(T("G", n), (2, 1))).status == "refuted"


def test_a_slice_from_a_place_that_is_a_size():
    assert str(gradient(x[k:], x).closed) == "pad(G, width=(k, 0))"


def test_a_shift_of_unknown_direction_is_not_guessed():
    """Whether i + k - m lies before or behind i is not known: no zeros are invented."""
    i = sd.indices("i", n)
    d = gradient(sd.define("s", (i,), x[i + k - m]), x)
    assert not d.is_closed and d.notes and d.check().ok


def test_a_product_of_two_places():
    i = sd.indices("i", n)
    d = gradient(sd.define("s", (i,), u[i + 1] * u[i + 2]), u)
    assert proved(d) == "pad(G.*take_slice(u, 1, n + 1), width=(2, 1)) + pad(G.*take_slice(u, 2, n + 2), width=(1, 2))"


@pytest.mark.parametrize("around", [lambda s: sd.pad(s, (1, 1)), lambda s: sd.conv1d(s, T("w", 3), mode="same")])
def test_outside_a_slice_nothing_is_read(around):
    """The zeros around z[:n] are not the entries of z behind it."""
    d = gradient(around(z[:n]), z)
    assert proved(d).endswith("width=(0, n))")


def test_diagonal_of_every_other_entry():
    S = T("S", 2 * n, 2 * n)
    assert proved(gradient(sd.diag(S)[:n], S)) == "pad(Diag(G), width=((0, n), (0, n)))"
    assert gradient(sd.diag(S)[::2], S).status == "proved"
