"""A linear classifier with cross-entropy loss.

The problem asks for one gradient; the gradients of what the loss is built from stand beside it.
"""

from sympy import log

import symderiv as sd

m, n = sd.dims("m n")
W, x = sd.tensor("W", m, n), sd.tensor("x", n)
y = sd.label("y", m)


@sd.derivation(r"The weight gradient of a linear softmax classifier is $(p - e_y)\,x^{\top}$",
               question="000.1")
def weight_gradient():
    r"""An input $x \in \mathbb{R}^n$ goes through the linear layer $Wx$ with $W \in \mathbb{R}^{m \times n}$, then
    softmax, then the negative log-likelihood of the label $y \in \{1, \dots, m\}$.  What is the gradient $dL/dW$ of the
    loss, in the shape of $W$?

    With $p = \operatorname{softmax}(z)$, $z = Wx$, the loss is $-\log p_y$:
    """
    i, j = sd.indices("i", m), sd.indices("j", n)
    z = sd.define("z", W @ x)
    p = sd.define("p", sd.softmax(z))
    d = sd.derive(sd.cross_entropy(z, y), W)
    return [sd.steps([r"L = -\log p_y = -\log\frac{e^{z_y}}{\sum_k e^{z_k}}", r"= \log\sum_k e^{z_k} - z_y"],
                     "z: m; y: label m; p = softmax(z); L = -log(p_y)"), d,
            r"Row $i$ of it is $(p_i - [i = y])\,x^{\top}$: $e_y$ is 1 at the true class and 0 elsewhere.",
            sd.tested(d.closed, sd.outer(p - sd.one_hot(y), x)),
            sd.tested(d.closed, sd.define("G", (i, j), (p[i] - sd.delta(i, y)) * x[j])),
            sd.tested(d.closed, sd.derive(-log(p[y]), W).closed)]


@sd.derivation(r"Backpropagation: first the scores, $p - e_y$, then the input, $W^{\top}(p - e_y)$")
def score_and_input_gradients():
    """Which gradients does backpropagation pass on, at the scores $z = Wx$ and at the input?"""
    z = sd.define("z", W @ x)
    L = sd.cross_entropy(z, y)
    both = sd.derive(L, (z, x))
    p = sd.define("p", sd.softmax(z))
    return [both, sd.tested(both[1].closed, W.T @ (p - sd.one_hot(y)))]
