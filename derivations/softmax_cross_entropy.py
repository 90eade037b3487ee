"""The gradient of cross-entropy through a softmax, case by case.

The scores $h$ belong to $N$ classes and $P$ holds their probabilities; $y$ is 1 at the true class $t$ and 0 elsewhere.
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


GIVEN = "h: N; t: label N; y = e_t; P = softmax(h); L = -sum_j y_j*log(P_j)"


@sd.derivation(r"The derivative of softmax is $P_i(1 - P_i)$ in the class itself and $-P_j P_i$ in another",
               question="004.T3")
def cases_of_softmax():
    r"""Let $P_j = e^{h_j}/\sum_k e^{h_k}$ be the probability of class $j$.  Find $\partial P_j/\partial h_i$ for the case
    $j = i$, and for the case $j \ne i$.
    """
    J = sd.derive(P, h)
    apart = 1 - sd.delta(i, j)
    other = sd.define("A", (j, i), apart * J.closed[j, i])
    return [sd.steps([(r"\frac{\partial P_j}{\partial h_i} = \frac{\frac{\partial e^{h_j}}{\partial h_i} \sum_k "
                       r"e^{h_k} - e^{h_j} "
                       r"e^{h_i}}{\left(\sum_k e^{h_k}\right)^2}", "quotient rule"),
                      (r"= \begin{cases} \dfrac{e^{h_i}}{\sum_k e^{h_k}}\left(1 - \dfrac{e^{h_i}}{\sum_k e^{h_k}}\right) & "
                       r"\text{if } j = i \\ -\dfrac{e^{h_j}}{\sum_k e^{h_k}}\,\dfrac{e^{h_i}}{\sum_k e^{h_k}} & \text{if } "
                       r"j \ne i \end{cases}", "$e^{h_j}$ depends on $h_i$ for $j = i$ only"),
                      r"= \begin{cases} P_i (1 - P_i) & \text{if } j = i \\ -P_j P_i & \text{if } j \ne i \end{cases}"],
                     GIVEN),
            sd.another_way("Both cases at once, by the engine", J),
            sd.tested(sd.define("D", (i,), J.closed[i, i]), P * (1 - P)),
            sd.tested(other, sd.define("B", (j, i), -apart * P[j] * P[i]))]


@sd.derivation(r"By the chain rule over both cases, $\partial L/\partial h_i = P_i - y_i$",
               question="004.T3")
def loss_gradient():
    r"""Prove that the derivative of the cross-entropy $L = -\sum_j y_j \log P_j$ with respect to $h_i$ is $P_i - y_i$, where
    $y_j$ is 1 at the true class and 0 elsewhere.

    The chain rule sums over the classes $j$, with $\partial L/\partial P_j = -y_j/P_j$; the class $j = i$ and the others
    contribute one case each (:ref:`cases_of_softmax`).
    """
    whole = sd.derive(L, h)
    return [sd.steps([(r"\frac{\partial L}{\partial h_i} = \sum_j \frac{\partial L}{\partial P_j}\,\frac{\partial P_j}"
                       r"{\partial h_i}", "chain rule"),
                      (r"= -\frac{y_i}{P_i}\, P_i (1 - P_i) + \sum_{j \ne i} \frac{y_j}{P_j}\, P_j P_i", "both cases"),
                      r"= -y_i + y_i P_i + P_i \sum_{j \ne i} y_j",
                      (r"= P_i \sum_j y_j - y_i", "the term with $j = i$ goes into the sum"),
                      (r"= P_i - y_i", r"$\sum_j y_j = 1$")], GIVEN),
            sd.another_way("In one go, by the engine", whole), sd.tested(whole.closed, P - y)]
