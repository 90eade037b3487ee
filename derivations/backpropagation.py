r"""The four equations of backpropagation, for any activation.

A layer takes $a$ to $z = Wa + b$ and on to $\phi(z)$, the activation $\phi$ being any function of one number.
"""

import symderiv as sd

m, n, k = sd.dims("m n k")
W, b, a = sd.tensor("W", m, n), sd.tensor("b", m), sd.tensor("a", n)
V, c = sd.tensor("V", k, m), sd.tensor("c", k)
G = sd.tensor("G", m)
phi = sd.function("phi")


@sd.derivation(r"One layer: $\delta = G \odot \phi'(z)$, then \(\delta a^{\top}\), $\delta$ and \(W^{\top}\delta\)")
def one_layer():
    r"""Of the output $\phi(Wa + b)$ of a layer the gradient $G$ has come back.  What are those by $W$, $b$, $a$?"""
    z = sd.define("z", W @ a + b)
    scores, by_w, by_b, by_a = (sd.vjp(phi(z), t, upstream=G) for t in (z, W, b, a))
    return [scores, by_w, by_b, by_a, sd.tested(by_w.closed, sd.outer(scores.closed, a)),
            sd.tested(by_b.closed, scores.closed), sd.tested(by_a.closed, W.T @ scores.closed)]


@sd.derivation(r"From layer to layer: \(\delta^{l} = (W^{l+1})^{\top}\delta^{l+1} \odot \phi'(z^{l})\)")
def from_layer_to_layer():
    r"""Behind the layer with the scores $z$ stands another one, $y = V\phi(z) + c$, whose scores have the gradient
    $\delta$.  Which gradient have the scores $z$?  The step holds at every depth, and so, from the last layer to the first,
    does the whole of backpropagation.
    """
    z = sd.tensor("z", m)
    delta = sd.tensor("delta", k)
    back = sd.vjp(V @ phi(z) + c, z, upstream=delta)
    through = sd.vjp(phi(z), z, upstream=G)
    return [back, sd.tested(back.closed, through.closed.xreplace({G: V.T @ delta}))]
