r"""Attention: the output is a mean of the values, weighed by a softmax of each row of the scores."""

import symderiv as sd

n, m, d, r = sd.dims("n m d r")
Q, K, V, G = sd.tensor("Q", n, d), sd.tensor("K", m, d), sd.tensor("V", m, r), sd.tensor("G", n, r)


@sd.derivation(r"With $P = \operatorname{softmax}(QK^{\top}/\sqrt d)$ the values receive $P^{\top}G$")
def values():
    r"""Of the output $PV$ the gradient $G$ has come back.  What is the gradient by $V$?"""
    back = sd.vjp(sd.attention(Q, K, V), V, upstream=G)
    P = sd.softmax(Q @ K.T / sd.sqrt(d), axis=1)
    return [back, sd.tested(back.closed, P.T @ G)]
