"""Sums of arrays with different axes are written by broadcasting: normalisation, attention, weights of rows.

Source: Ioffe and Szegedy (2015), sec. 3; Ba, Kiros and Hinton (2016), eq. 4; Wu and He (2018); Dao et al. (2022), app. B.
"""

import pytest

import symderiv as sd
from symderiv.matrixform.build import entry_factors

N, C, H, W, D, m, k, L = sd.dims("N C H W D m k L")
T = sd.tensor
eps = T("eps", positive=True)
X, gamma, beta = T("x", N, D), T("gamma", D), T("beta", D)
sequence, images, channel = T("x", N, L, D), T("x", N, C, H, W), T("gamma", C)
Q, K, V = T("Q", m, k), T("K", L, k), T("V", L, D)
t = sd.label("t", m, shape=(N,))


def gradient(primal, variable):
    return sd.vjp(primal, variable, T("G", *primal.shape))


def proved(d, numbers=True):
    assert d.proof.status == "proved"
    assert d.is_closed and d.status == "proved"
    assert not numbers or d.check(seed=1).ok
    return str(d.closed)


FORMS = {
    "batch norm": (sd.batch_norm(X, gamma, beta, eps), X, "gamma.*(G - mean(G, axis=0) - mean(G.*xhat, axis=0).*xhat)./s"),
    "layer norm": (sd.layer_norm(X, gamma, beta, eps), X,
                   "expand_dims(1./s, axis=1).*(G.*gamma - mean(G.*gamma, axis=1, keepdims=True)"
                   " - mean(G.*gamma.*xhat, axis=1, keepdims=True).*xhat)"),
    "layer norm of sequences": (sd.layer_norm(sequence, gamma, beta, eps), sequence,
                                "expand_dims(1./s, axis=2).*(G.*gamma - mean(G.*gamma, axis=2, keepdims=True)"
                                " - mean(G.*gamma.*xhat, axis=2, keepdims=True).*xhat)"),
    "rms norm": (sd.rms_norm(X, gamma, eps), X,
                 "expand_dims(1./r, axis=1).*(G.*gamma - mean(G.*gamma.*xhat, axis=1, keepdims=True).*xhat)"),
    "gain of every channel": (sd.batch_norm(images, channel, T("beta", C), eps, axis=(0, 2, 3)), channel,
                              "sum(G.*xhat, axis=(0, 2, 3))"),
    "softmax of rows": (sd.softmax(X, axis=-1), X, "softmax(x).*(G - sum(G.*softmax(x), axis=1, keepdims=True))"),
    "softmax of columns": (sd.softmax(X, axis=0), X, "softmax(x, axis=0).*(G - sum(G.*softmax(x, axis=0), axis=0))"),
    "standard deviation": (sd.std(X, axis=0), X, "G.*(x - mean(x, axis=0))./std(x, axis=0)/N"),
    "a bias of every row": (X @ T("A", D, m) + T("b", m), T("b", m), "sum(G, axis=0)"),
}


@pytest.mark.parametrize(("primal", "variable", "closed"), FORMS.values(), ids=FORMS)
def test_gradient(primal, variable, closed):
    assert proved(gradient(primal, variable), numbers=len(variable.shape) < 4) == closed


def test_attention_scores():
    d = gradient(sd.softmax(Q @ K.T, axis=-1) @ V, Q)
    assert proved(d) == "(P.*(G*V.T - sum(P.*(G*V.T), axis=1, keepdims=True)))*K"


def test_a_form_over_channels_computes_what_the_primal_does():
    """The entries of the closed form against the layer's own index form, at sizes that differ pairwise."""
    d = gradient(sd.instance_norm(T("x", 2, 3, H, W), T("gamma", 3), T("beta", 3), eps), T("x", 2, 3, H, W))
    assert "mean(" in proved(d, numbers=False) and "einsum" not in str(d.spelled) and "ones" not in str(d.spelled)


def test_a_wrong_mean_is_refused():
    G, s, xhat = T("G", N, D), T("s", D), T("xhat", N, D)
    right = gamma / s * (G - sd.mean(G, axis=0) - xhat * sd.mean(G * xhat, axis=0))
    wrong = gamma / s * (G - sd.mean(G, axis=0) - xhat * sd.mean(G * xhat))
    assert sd.prove(right, wrong).status == "refuted"


def test_what_is_spelled_by_broadcasting_closes_as_it_was_written():
    G, s, xhat, u = T("G", N, C, H, W), T("s", C, positive=True), T("xhat", N, C, H, W), T("u", N, C, H, W)
    def mean(a):
        return sd.mean(a, axis=(0, 2, 3), keepdims=True)

    form = sd.expand_dims(channel / s, (1, 2)) * (G - mean(G) - xhat * mean(G * xhat))
    d = sd.derive(sd.sum(form * u), u)
    assert str(d.closed) == str(sd.parse(str(d.closed), G=G, s=s, xhat=xhat, gamma=channel, N=N, C=C, H=H, W=W))
    assert proved(d, numbers=False) == ("expand_dims(gamma./s, axis=(1, 2)).*(G - mean(G, axis=(0, 2, 3), keepdims=True)"
                                        " - mean(G.*xhat, axis=(0, 2, 3), keepdims=True).*xhat)")


def test_focal_loss_of_a_batch():
    """Lin et al. (2017), app. A: one weight a row on softmax less one-hot."""
    Z, g = T("Z", N, m), T("gamma", positive=True)
    d = sd.derive(sd.focal(Z, t, g), Z)
    text = proved(d)
    assert text.endswith("*(softmax(Z) - onehot(t))/N") and text.count("Diag") == 1


@pytest.mark.parametrize(("base", "closed"), [
    (T("x", D, positive=True), "al.*x.^(al - 1)"), (T("x", N, D, positive=True), "al.*x.^(al - 1)")])
def test_powers_with_exponents_of_their_own(base, closed):
    assert proved(sd.derive(sd.sum(base**T("al", D)), base)) == closed


def test_a_number_among_factors_gets_no_axes():
    negative = sd.expand_dims(-sd.tensor("x", sd.dims("n")), 1)
    assert entry_factors(negative) == [(negative, 1)]
