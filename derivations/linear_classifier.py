"""A linear classifier with cross-entropy loss.

The problem asks for one gradient; the gradients of what the loss is built from stand beside it.
"""

from sympy import exp, log

import symderiv as sd

m, n = sd.dims("m n")
W, x = sd.tensor("W", m, n), sd.tensor("x", n)
y = sd.label("y", m)


@sd.derivation(r"The weight gradient of a linear softmax classifier is $(p - e_y)\,x^{\top}$",
               question="000.1")
def weight_gradient():
    """An input $x$ goes through the linear layer $Wx$, then softmax, then the negative log-likelihood of the label $y$.
    What is the gradient of the loss with respect to $W$, in the shape of $W$?
    """
    d = sd.derive(sd.cross_entropy(W @ x, y), W)
    p = sd.define("p", sd.softmax(W @ x))
    return [d, (d.closed, sd.outer(p - sd.one_hot(y), x))]


@sd.derivation("The same gradient, with every operation written out over indices",
               question="000.1")
def weight_gradient_by_indices():
    """Write the scores, the probabilities and the loss over indices, name each of them, and find the gradient again."""
    i, k = sd.indices("i k", m)
    j = sd.indices("j", n)
    z = sd.define("z", (i,), sd.Sum(W[i, j] * x[j], j))
    p = sd.define("p", (i,), exp(z[i]) / sd.Sum(exp(z[k]), k))
    d = sd.derive(-log(p[y]), W)
    by_hand = sd.define("G", (i, j), (p[i] - sd.delta(i, y)) * x[j])
    return [d, (d.closed, by_hand), (d.closed, sd.derive(sd.cross_entropy(W @ x, y), W).closed)]


@sd.derivation(r"Backpropagation: first the scores, $p - e_y$, then the input, $W^{\top}(p - e_y)$",
               question="000.1")
def score_and_input_gradients():
    """Which gradients does backpropagation pass on, at the scores $z = Wx$ and at the input?"""
    z = sd.define("z", W @ x)
    L = sd.cross_entropy(z, y)
    at_scores, at_input = sd.derive(L, (z, x))
    p = sd.define("p", sd.softmax(z))
    return [at_scores, at_input, (at_input.closed, W.T @ (p - sd.one_hot(y)))]
