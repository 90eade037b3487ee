r"""Layers that normalise: what they pass back has no mean and no component along what they put out."""

from sympy import Rational

import symderiv as sd

n = sd.dims("n")
x, G = sd.tensor("x", n), sd.tensor("G", n)
EPS = Rational(1, 1000)


@sd.derivation(r"Layer normalisation: $(G - \operatorname{mean} G - \hat x \operatorname{mean}(G \odot \hat x))/s$")
def layer_norm():
    r"""Of $\hat x = (x - \operatorname{mean} x)/s$ with $s = \sqrt{\operatorname{var} x + 0.001}$ the gradient $G$ has come
    back.  What is the gradient by $x$?
    """
    d = sd.derive(G @ ((x - sd.mean(x)) / sd.sqrt(sd.var(x) + EPS)), x)
    s = sd.sqrt(sd.var(x) + EPS)
    hat = (x - sd.mean(x)) / s
    return [d, sd.tested(d.closed, (G - sd.mean(G) - sd.mean(G * hat) * hat) / s)]


@sd.derivation(r"RMS normalisation: $(G - \hat x \operatorname{mean}(G \odot \hat x))/r$")
def rms_norm():
    r"""The same for $\hat x = x/r$ with $r = \sqrt{\operatorname{mean}(x \odot x) + 0.001}$: nothing was centred, so no mean
    is taken off.
    """
    r = sd.sqrt(sd.mean(x**2) + EPS)
    d = sd.derive(G @ (x / r), x)
    return [d, sd.tested(d.closed, (G - sd.mean(G * (x / r)) * (x / r)) / r)]


@sd.identity("Layer normalisation does not see a shift")
def shifts():
    r"""Why does no gradient come back along a constant vector?

    Neither what is above the root nor what is under it changes when a number $c$ is added to every entry.
    """
    one, zero, c = sd.ones(n), sd.zeros(n), sd.tensor("c")
    return [sd.steps([r"(x + c)_i - \operatorname{mean}(x + c) = x_i + c - (\operatorname{mean}(x) + c) = x_i - "
                      r"\operatorname{mean}(x)",
                      r"\operatorname{var}(x + c) = \operatorname{mean}((x + c - \operatorname{mean}(x + c))^2) = "
                      r"\operatorname{var}(x)"], "x: n; c: scalar; i: index n"),
            sd.tested(sd.layer_norm(x + c, one, zero, EPS), sd.layer_norm(x, one, zero, EPS))]
