"""Sheet 1.

Every function below is an item: its docstring is the question, what it returns is the answer.
"""

import symderiv as sd

m, n = sd.dims("m n")
W, x = sd.tensor("W", m, n), sd.tensor("x", n)
y = sd.label("y", m)


@sd.derivation(r"$\partial L/\partial W$ of the softmax classifier is $(p - e_y)\,x^{\top}$", question="1.1", points=3)
def weight_gradient():
    """What is the gradient of the cross-entropy of $Wx$ by the weights $W$?"""
    return sd.derive(sd.cross_entropy(W @ x, y), W)


@sd.identity("tanh is a stretched sigmoid", question="1.2", points=2)
def tanh_by_sigmoid():
    r"""Show that $\tanh x = 2\sigma(2x) - 1$."""
    return sd.tanh(x), 2 * sd.sigmoid(2 * x) - 1


@sd.identity("Softmax is invariant under translation", question="1.3", points=3)
def translation():
    """Show that $S(x + c) = S(x)$ for a number $c$."""
    return sd.steps([r"S(x + c)_i = \frac{e^{x_i + c}}{\sum_j e^{x_j + c}}",
                     (r"= \frac{e^c\, e^{x_i}}{e^c \sum_j e^{x_j}} = S(x)_i", "$e^c > 0$ cancels")],
                    "x: n; c: scalar; S: softmax")


@sd.derivation("A mean in numbers", question="1.4", points=1)
def mean_of_numbers(numbers=(3, 5, 10)):
    """What is the mean of the numbers?"""
    values = sd.worked(numbers)
    return [sd.data({"x": list(numbers)}), ("The mean is", sd.mean(list(numbers)), values.sum() / len(numbers))]


@sd.identity("tanh is not the sigmoid", expect="refuted", question="1.5", points=1)
def falsehood():
    """Are they the same function?"""
    return sd.tanh(x), sd.sigmoid(x)
