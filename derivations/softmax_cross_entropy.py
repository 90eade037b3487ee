"""The gradient of cross-entropy through a softmax, case by case.

The scores h belong to N classes and P holds their probabilities; y is 1 at the true class t and 0 elsewhere.
"""

from sympy import exp, log

import symderiv as sd

N = sd.dims("N")
h = sd.tensor("h", N)
t = sd.label("t", N)
i, j, k = sd.indices("i j k", N)
y = sd.define("y", (j,), sd.delta(j, t))
P = sd.define("P", (j,), exp(h[j]) / sd.Sum(exp(h[k]), k))
L = -sd.Sum(y[j] * log(P[j]), j)


@sd.derivation(r"The entries $\partial P_j/\partial h_i$ for $j = i$ are $P_i(1 - P_i)$",
               question="004.T3")
def same_class():
    """How does the probability of a class change with the score of the same class ($j = i$)?"""
    J = sd.derive(P, h)
    diagonal = sd.define("D", (i,), J.closed[i, i])
    return [J, (diagonal, P * (1 - P))]


@sd.derivation(r"The entries $\partial P_j/\partial h_i$ for $j \ne i$ are $-P_j P_i$",
               question="004.T3")
def other_class():
    r"""How does the probability of a class change with the score of another class ($j \ne i$)?

    Both sides are multiplied by $1 - \delta_{ij}$, which is 1 exactly where the two classes differ.
    """
    J = sd.derive(P, h)
    apart = 1 - sd.delta(i, j)
    found = sd.define("A", (j, i), apart * J.closed[j, i])
    return [(found, sd.define("B", (j, i), -apart * P[j] * P[i]))]


@sd.derivation(r"By the chain rule over both cases, $\partial L/\partial h_i = P_i - y_i$",
               question="004.T3")
def loss_gradient():
    """Put the two cases together: what is the derivative of the cross-entropy loss with respect to a score?

    The chain rule sums over the classes $j$; the class $j = i$ and the others contribute one case each.
    """
    J, at_P = sd.derive(P, h), sd.derive(L, P)
    chain = sd.define("C", (i,), sd.Sum(at_P.closed[j] * J.closed[j, i], j))
    cases = sd.define("K", (i,), at_P.closed[i] * P[i] * (1 - P[i])
                      - sd.Sum((1 - sd.delta(i, j)) * at_P.closed[j] * P[j] * P[i], j))
    return [at_P, (chain, cases), (cases, P - y), sd.derive(L, h)]
