r"""Objectives with gradients that are not the whole derivative: what is stopped, what is clipped, what is sampled."""

from sympy import Rational

import symderiv as sd

n, c = sd.dims("n c")
x, g, A = sd.tensor("x", n), sd.tensor("g", n), sd.tensor("A", n)
stop = sd.stop_gradient


@sd.derivation("Straight-through rounding has the value of rounding and the gradient of the identity")
def straight_through():
    r"""Let $y = x + \operatorname{sg}(\operatorname{round}(x) - x)$.  What are its value and its gradient?"""
    y = x + stop(sd.round(x) - x)
    d = sd.derive(g @ y, x)
    return [("The value", y, sd.round(x)), d, sd.tested(d.closed, g)]


@sd.derivation(r"$\exp(l - \operatorname{sg}(l)) \odot A$ has the value $A$ and the gradient \(A \odot \partial l\)")
def score_function():
    r"""The surrogate of the policy gradient: $l$ are log-probabilities and $A$ advantages."""
    ell = sd.tensor("l", n)
    surrogate = sd.exp(ell - stop(ell)) * A
    d = sd.derive(sd.sum(surrogate), ell)
    return [("The value", surrogate, A), d, sd.tested(d.closed, A)]


@sd.derivation(r"PPO's clipped ratio $u$ has the gradient \(u \odot A\) where it is not clipped, and 0 where it is",
               expect="supported")
def clipped_ratio():
    r"""The objective is $\sum \min(u A, \operatorname{clip}(u, 0.8, 1.2) A)$ with $u = e^{l - o}$."""
    ell, o = sd.tensor("l", n), sd.tensor("o", n)
    u = sd.exp(ell - o)
    clipped = sd.clip(u, Rational(4, 5), Rational(6, 5))
    return sd.derive(sd.sum(sd.minimum(u * A, clipped * A)), ell)


@sd.derivation(r"DPO's loss moves the margin by $-\beta\,\sigma(-\beta(\text{margin}))$")
def preference():
    r"""The loss of a pair with log-ratios $w$ (preferred) and $l$ is $-\log \sigma(\beta(w - l))$."""
    w, lost, beta = sd.tensor("w"), sd.tensor("l"), sd.tensor("beta", positive=True)
    d = sd.derive(-sd.log(sd.sigmoid(beta * (w - lost))), w)
    return [d, sd.tested(d.closed, -beta * sd.sigmoid(-beta * (w - lost)))]


@sd.derivation(r"The VAE's divergence has the gradients $\mu$ and $s - 1 \oslash s$")
def divergence():
    r"""The divergence of $N(\mu, s^2)$ from $N(0, 1)$ is $\tfrac12\sum(\mu^2 + s^2 - 1 - \log s^2)$.  A sample is
    $z = \mu + s \odot \varepsilon$.  What are the gradients of the divergence, and what becomes of a gradient $g$ by $z$?

    A gradient $g$ by $z$ is $g$ by $\mu$ and $g \odot \varepsilon$ by $s$.
    """
    mu, s, eps = sd.tensor("mu", n), sd.tensor("s", n, positive=True), sd.tensor("epsilon", n)
    kl = sd.sum(mu**2 + s**2 - 1 - 2 * sd.log(s)) / 2
    by_mean, by_deviation = sd.derive(kl, mu), sd.derive(kl, s)
    return [by_mean, by_deviation, sd.tested(by_deviation.closed, s - 1 / s), sd.vjp(mu + s * eps, s, upstream=g)]


@sd.derivation(r"VQ-VAE: the code book receives $2(e - \operatorname{sg}(z))$, "
               r"the encoder $2\beta(z - \operatorname{sg}(e)) + g$")
def quantised():
    r"""The loss is $\|\operatorname{sg}(z) - e\|^2 + \beta\,\|z - \operatorname{sg}(e)\|^2$ and, for what the
    decoder passes back, $g^{\top}(z + \operatorname{sg}(e - z))$.
    """
    z, e, beta = sd.tensor("z", n), sd.tensor("e", n), sd.tensor("beta")
    loss = sd.norm(stop(z) - e) ** 2 + beta * sd.norm(z - stop(e)) ** 2 + g @ (z + stop(e - z))
    return [sd.derive(loss, e), sd.derive(loss, z)]
