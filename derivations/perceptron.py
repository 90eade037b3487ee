"""A perceptron as one matrix multiplication.

Its equation, its graph, and the derivatives of its output by weights, bias and inputs.
"""

import symderiv as sd

inputs, outputs = 3, 2
W, b, x = sd.tensor("W", outputs, inputs), sd.tensor("b", outputs), sd.tensor("x", inputs)

# A 1 below the input, and the bias as one more column of the weights.
augmented_x = sd.define(r"\tilde{x}", sd.concat([x, sd.ones(1)]))
augmented_W = sd.define(r"\tilde{W}", sd.concat([W, sd.expand_dims(b, 1)], axis=1))
z = sd.define("z", augmented_W @ augmented_x)
o = sd.define("o", sd.tanh(z))
G = sd.tensor("G", outputs)
FOLDED = r"\tilde W: 2 4; x: 3; \tilde x = [x_1, x_2, x_3, 1]"
LOSS = "o = tanh(z); L: function of o; G = \\partial L/\\partial o"


@sd.identity(r"With a 1 below the input and the bias as last column, $\tanh(Wx + b) = \tanh(\tilde W\tilde x)$",
             question="003.2a")
def one_matrix_multiplication():
    r"""A perceptron has an input $x$ of size $3 \times 1$, an output $o$ of size $2 \times 1$, weights $W$, a bias $b$
    and tanh as its activation.  Write it with a single matrix multiplication.

    Put a 1 below the input, $\tilde x = \begin{bmatrix} x \\ 1 \end{bmatrix}$, of size $4 \times 1$, and the bias beside the
    weights as a last column, $\tilde W = \begin{bmatrix} W & b \end{bmatrix}$, of size $2 \times 4$.  Then
    $o = \tanh(z)$ with $z = \tilde W \tilde x$, for the last column meets the 1:
    """
    return [sd.steps([(r"(\tilde W \tilde x)_i = \sum_{j=1}^{4} \tilde W_{ij}\, \tilde x_j", "the product of a row"),
                      (r"= \sum_{j=1}^{3} \tilde W_{ij}\, \tilde x_j + \tilde W_{i4}\, \tilde x_4", "its last term apart"),
                      (r"= \sum_{j=1}^{3} W_{ij}\, x_j + b_i = (W x + b)_i", r"$\tilde W_{i4} = b_i$, $\tilde x_4 = 1$")],
                     FOLDED + "; W: 2 3; b: 2; W_{ij} = \\tilde W_{ij}; b_i = \\tilde W_{i4}; i: index 2"),
            sd.stated((o, sd.tanh(W @ x + b))), sd.tested(augmented_W.shape, (outputs, inputs + 1)),
            sd.tested(augmented_x.shape, (inputs + 1,))]


@sd.derivation("The computational graph, with one matrix multiplication and a size on every edge", question="003.2b")
def perceptron_graph():
    r"""A perceptron has an input of size $3 \times 1$, an output $o$ of size $2 \times 1$, weights, a bias and tanh.  Draw
    its computational graph, with a single node for a matrix multiplication, and write on every edge the size of the matrix
    that goes along it.

    The values go down, their adjoints come back up beside them; a size stands at each.  $\tilde W$ holds the weights and the
    biases, $\tilde x$ the input and a 1 (:ref:`one_matrix_multiplication`).
    """
    weights, whole = sd.tensor(r"\tilde{W}", outputs, inputs + 1), sd.tensor(r"\tilde{x}", inputs + 1, 1)
    scores = sd.define("z", weights @ whole)
    output = sd.define("o", sd.tanh(scores))
    to_weights, to_inputs = (d.graph() for d in sd.vjp(output, (weights, whole), upstream=sd.tensor("G", outputs, 1)))
    return [to_weights.joined(to_inputs),
            *(sd.tested(named.shape, size) for named, size in (
                (augmented_W, (outputs, inputs + 1)), (augmented_x, (inputs + 1,)), (z, (outputs,)), (o, (outputs,))))]


@sd.derivation(r"Backpropagation through $\tanh(\tilde W\tilde x)$: $G \odot (1 - o \odot o)$ goes on to weights, bias "
               "and inputs",
               question="003.2c")
def perceptron_backpropagation():
    r"""Write down the full backpropagation equations for the derivative of the activation output $o = \tanh(Wx + b)$, of
    three inputs and two outputs, with respect to the weights and biases, and to the inputs.

    Folded into one product, $o = \tanh(\tilde W \tilde x)$ with $\tilde W = \begin{bmatrix} W & b \end{bmatrix}$ and
    $\tilde x = \begin{bmatrix} x \\ 1 \end{bmatrix}$. $G = \partial L/\partial o$ is what arrives at $o$; for the
    derivative of an entry of $o$ itself, $G$ is 1 there and 0 elsewhere. It passes tanh to $z = \tilde W \tilde x$,
    then goes on to $\tilde W$, whose last column is the bias because $\tilde x_4 = 1$, and to $x$.
    """
    several = sd.vjp(o, (z, augmented_W, W, b, x), upstream=G)
    at_z, at_augmented, at_W, at_b, at_x = several
    slope = sd.define("s", G * (1 - o ** 2))
    return [sd.steps([(r"\frac{\partial L}{\partial z} = G \odot (1 - o \odot o)", r"$\tanh' = 1 - \tanh^2$"),
                      (r"\frac{\partial L}{\partial \tilde W} = \frac{\partial L}{\partial z}\, \tilde x^{\top}",
                       "weights and biases")], FOLDED + r"; z = \tilde W*\tilde x; " + LOSS),
            sd.steps([(r"\frac{\partial L}{\partial W} = \frac{\partial L}{\partial z}\, x^{\top}",
                       "its first three columns"),
                      (r"\frac{\partial L}{\partial b} = \frac{\partial L}{\partial z}", r"its last column, $\tilde "
                                                                                         r"x_4 = 1$"),
                      (r"\frac{\partial L}{\partial x} = W^{\top} \frac{\partial L}{\partial z}", "the inputs")],
                     "W: 2 3; b: 2; x: 3; z = W*x + b; " + LOSS),
            sd.another_way("By the engine", several), sd.tested(at_augmented.closed, sd.outer(slope, augmented_x)),
            sd.tested(at_z.closed, slope), sd.tested(at_W.closed, sd.outer(slope, x)), sd.tested(at_b.closed, slope),
            sd.tested(at_x.closed, W.T @ slope)]


@sd.derivation(r"The Jacobians of the output: $\operatorname{Diag}(1 - o^2)\,W$ by the inputs, three axes by the weights",
               question="003.2c")
def perceptron_jacobians():
    r"""How does every output of $o = \tanh(z)$, $z = Wx + b$, depend on every input, weight and bias?

    The derivative of tanh is $1 - \tanh^2$, and $z_i = (\tilde W \tilde x)_i$ reads row $i$ of $\tilde W$ alone:
    """
    by_z, by_x, by_weights = sd.derive(o, z), sd.derive(o, x), sd.derive(o, augmented_W)
    return [sd.steps([r"\frac{\partial o_i}{\partial z_k} = \delta_{ik}\,(1 - o_i^2)",
                      (r"\frac{\partial o_i}{\partial \tilde W_{kj}} = \delta_{ik}\,(1 - o_i^2)\,\tilde x_j",
                       r"$\partial z_i/\partial \tilde W_{kj} = \delta_{ik}\,\tilde x_j$")],
                     FOLDED + r"; z = \tilde W*\tilde x; o = tanh(z); i: index 2; k: index 2; j: index 4"),
            sd.steps([(r"\frac{\partial o_i}{\partial b_k} = \delta_{ik}\,(1 - o_i^2)",
                       r"the last column, $\tilde x_4 = 1$"),
                      (r"\frac{\partial o_i}{\partial x_j} = (1 - o_i^2)\, W_{ij}",
                       r"$\partial z_i/\partial x_j = W_{ij}$")],
                     "W: 2 3; b: 2; x: 3; z = W*x + b; o = tanh(z); i: index 2; k: index 2; j: index 3"),
            sd.steps([(r"\frac{\partial o}{\partial x} = \frac{\partial o}{\partial z}\,\frac{\partial z}{\partial x} = "
                       r"\operatorname{Diag}(1 - o \odot o)\, W", "as matrices")],
                     "W: 2 3; b: 2; x: 3; z = W*x + b; o = tanh(z)"),
            sd.tested(by_x.closed, by_z.closed @ W), sd.another_way("By the engine", [by_z, by_x, by_weights])]
