"""Questions with numbers, answered exactly: the operators and the derivatives take the numbers of the sheets as they are."""

from math import prod

from sympy import Rational, log, sqrt

import symderiv as sd

# ------------------------------------------------------------------ a convolution and its ReLU

INPUT = [[1, 2, 3], [1, 1, 0], [0, -1, -2]]
KERNEL = [[-1, 1], [1, 2]]
UPSTREAM = [[-3, 2], [0, 1]]


@sd.derivation("The kernel's gradient is the input convolved with what ReLU lets through of the upstream gradient",
               question="000.2")
def kernel_gradient(x=INPUT, w=KERNEL, upstream=UPSTREAM):
    """A convolution without padding or bias, then ReLU.  Given are the input, the kernel and the gradient that arrives at
    the output.  What is the gradient of the loss with respect to the kernel?

    First for arrays of this size in general, then for the given numbers: forward through the convolution, back through
    ReLU, which passes on what arrives where its input is positive, and into the kernel.
    """
    X, W, G = (sd.tensor(name, len(v), len(v[0])) for name, v in (("x", x), ("W", w), ("G", upstream)))
    z = sd.define("z", sd.conv2d(X, W))
    at_z, at_W = sd.vjp(sd.relu(z), (z, W), upstream=G)
    passed_on = at_z.at(x=x, W=w, G=upstream)
    return [at_z, at_W, ("forward, $z$", sd.conv2d(x, w)), ("the output", sd.relu(sd.conv2d(x, w))),
            ("what ReLU passes on", passed_on),
            ("the gradient of the kernel, both ways", at_W.at(x=x, W=w, G=upstream), sd.conv2d(x, passed_on))]


# ------------------------------------------------------------------ means of normalisation

BATCH = [[[[1, 2], [3, 4]], [[5, 6], [7, 8]]], [[[1, -1], [0, 2]], [[-1, 0], [2, 1]]]]


@sd.derivation("The means of batch, layer and instance normalisation differ in the axes that are averaged",
               question="001.4")
def normalisation_means(batch=BATCH):
    """A batch holds two samples with two channels of $2 \\times 2$ each.  Which means do batch, layer and instance
    normalisation take?

    Batch normalisation has one mean for each channel, over samples and positions; layer normalisation one for each sample,
    over channels and positions; instance normalisation one for each channel of each sample.
    """
    answers = []
    sizes = len(batch), len(batch[0]), len(batch[0][0]), len(batch[0][0][0])
    for name, axes in (("batch", (0, 2, 3)), ("layer", (1, 2, 3)), ("instance", (2, 3))):
        mu = sd.mean(batch, axis=axes)
        count = prod(sizes[axis] for axis in axes)
        answers += [(f"{name} normalisation", mu),
                    (f"{name}: as many times as there are entries, it is their sum", count * mu,
                     sd.sum(batch, axis=axes))]
    return answers


# ------------------------------------------------------------------ attention

SCORES = [[0, log(2)], [log(2), log(3)]]


@sd.derivation("Scaled dot-product attention of logarithms has rational entries", question="001.7")
def attention_of_logarithms(scores=SCORES, keys=((1, 0), (0, 1)), values=((0, 1), (1, 0))):
    r"""Compute the scaled dot-product attention of the given $Q$ (these scores times $\sqrt 2$), $K$ and $V$.

    The scaling by $\sqrt d$, with $d = 2$, takes the factor away again; softmax then turns logarithms into shares.
    """
    queries = [[sqrt(len(keys[0])) * entry for entry in row] for row in scores]
    keys, values = [list(row) for row in keys], [list(row) for row in values]
    weights = sd.softmax(sd.matmul(queries, sd.transpose(keys)) / sqrt(len(keys[0])))
    return [("the weights", weights), ("the attention", sd.attention(queries, keys, values), sd.matmul(weights, values))]


# ------------------------------------------------------------------ convolutions of vectors

@sd.derivation("Full, valid and same convolution of two vectors, with and without flipping the kernel", question="002.4.3")
def vector_convolutions(x=(1, 2, 3, 4), w=(1, 0, 2)):
    """Compute the full, the valid and the same convolution of the two vectors, with kernel flipping and without.

    Flipping is convolving with the flipped kernel.  For the same convolution that is so where the kernel has a middle:
    with one of even size the odd entry out of the padding goes to the other end.
    """
    x, w = list(x), list(w)
    answers = []
    for mode in ("full", "valid", "same"):
        answers += [(f"{mode}, kernel flipped", sd.conv1d(x, w, mode=mode, flip=True)),
                    (f"{mode}, kernel not flipped", sd.conv1d(x, w, mode=mode))]
        if mode != "same" or len(w) % 2:
            answers += [(f"{mode}: flipping is convolving with the flipped kernel", sd.conv1d(x, w, mode=mode, flip=True),
                         sd.conv1d(x, w[::-1], mode=mode))]
    return answers


# ------------------------------------------------------------------ a residual block

POINT = {"x_0": 1, "w_0": Rational(1, 2), "w_1": -Rational(1, 5), "b_0": Rational(1, 10), "b_1": Rational(3, 20)}


@sd.derivation("A residual block forward and backward: the gradients of its weights and biases", question="004.T1")
def residual_block(point=POINT):
    r"""A block computes $x_1 = \text{ReLU}(x_0 w_0 + b_0)$, $y_1 = x_1 w_1 + b_1$ and $z = \text{ReLU}(y_1 + x_0)$.
    Compute it forward and backward at the given numbers.

    The backward pass follows the chain: what reaches $y_1$ goes on to $w_1$ and $b_1$, and through $x_1$ to $w_0$ and
    $b_0$, where both ReLUs are active.
    """
    x0, w0, w1, b0, b1 = (sd.tensor(name) for name in point)
    forward = {"x_1": sd.relu(x0 * w0 + b0)}
    x1 = sd.define("x_1", forward["x_1"])
    forward["y_1"] = x1 * w1 + b1
    y1 = sd.define("y_1", forward["y_1"])
    forward["z"] = sd.relu(y1 + x0)
    values = {name: sd.evaluate(node, **{str(leaf): point[str(leaf)] for leaf in node.free_symbols})
              for name, node in forward.items()}
    backward = sd.derive(sd.define("z", forward["z"]), (w0, w1, b0, b1, x1))
    at = {str(d.wrt): d.at(**point) for d in backward}
    return [*((f"${name}$", Rational(value)) for name, value in values.items()), *backward,
            *((rf"$\partial z/\partial {name}$", value) for name, value in at.items() if name != "x_1"),
            (r"the chain: $\partial z/\partial w_0 = (\partial z/\partial b_0)\, x_0$", at["w_0"],
             at["b_0"] * point["x_0"]),
            (r"the chain: $\partial z/\partial w_1 = (\partial z/\partial b_1)\, x_1$", at["w_1"],
             at["b_1"] * Rational(values["x_1"]))]
