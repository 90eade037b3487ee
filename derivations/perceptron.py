"""A perceptron as one matrix multiplication.

The bias is folded into the weights; the derivatives of the augmented matrix then hold those of weights and bias alike.
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


@sd.identity(r"With a 1 below the input and the bias as last column, $\tanh(Wx + b) = \tanh(\tilde W\tilde x)$",
             question="003.2a")
def one_matrix_multiplication():
    """A perceptron has three inputs, two outputs, a bias for each output, and tanh as its activation.  Write it with a
    single matrix multiplication.
    """
    return [(o, sd.tanh(W @ x + b)), ("columns of the weights with the bias", augmented_W.shape[1], inputs + 1),
            ("entries of the input with the 1", augmented_x.shape[0], inputs + 1)]


@sd.derivation("The computational graph, with one matrix multiplication and a size on every edge", question="003.2b")
def perceptron_graph():
    r"""Draw the computational graph, with a single node for a matrix multiplication, and write on every edge the size of the
    matrix that goes along it.

    Blue are the values on their way forward, orange the adjoints on their way back; a size stands at each of them.  The
    boxes before $\tilde W$ and $\tilde x$ put the bias beside the weights and a 1 below the input.
    """
    to_weights, to_bias, to_inputs = (d.graph() for d in sd.vjp(o, (W, b, x), upstream=G))
    return [to_weights.joined(to_bias).joined(to_inputs),
            *((f"the size of ${name}$", named.shape, size) for name, named, size in (
                (r"\tilde W", augmented_W, (outputs, inputs + 1)), (r"\tilde x", augmented_x, (inputs + 1,)),
                ("z", z, (outputs,)), ("o", o, (outputs,))))]


@sd.derivation(r"Backpropagation through $\tanh(\tilde W\tilde x)$: $G \odot (1 - o^2)$ goes on to weights, bias and inputs",
               question="003.2c")
def perceptron_backpropagation():
    """What reaches the weights and biases, and what the inputs, when $G$ arrives at the output?

    The first result holds the weights and, in its last column, the biases; then both apart, then the inputs.
    """
    at_z, at_augmented, at_W, at_b, at_x = sd.vjp(o, (z, augmented_W, W, b, x), upstream=G)
    slope = sd.define("s", G * (1 - o ** 2))
    return [at_z, at_augmented, at_W, at_b, at_x, (at_W.closed, sd.outer(slope, x)), (at_b.closed, slope),
            (at_x.closed, W.T @ slope)]


@sd.derivation(r"The Jacobians of the output: $\operatorname{Diag}(1 - o^2)\,W$ by the inputs, three axes by the weights",
               question="003.2c")
def perceptron_jacobians():
    """And without anything arriving: how does every output depend on every input, weight and bias?"""
    return [sd.derive(o, z), sd.derive(o, x), sd.derive(o, augmented_W)]
