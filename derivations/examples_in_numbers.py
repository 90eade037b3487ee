"""Questions with numbers.

The operators and the derivatives take the numbers of the sheets as they are, and answer exactly; the substitution is printed
beside what they answer, and checked against it.
"""

from math import prod

from sympy import Rational, exp, log, sqrt

import symderiv as sd
from symderiv.suite.worked import worked_relu

# ------------------------------------------------------------------ a convolution and its ReLU

def slid(signal, kernel):
    """The products of a valid convolution without flipping, entry by entry, written out."""
    x, w = sd.worked(signal), sd.worked(kernel)
    places = [len(a) - len(b) + 1 for a, b in ((x, w), (x[0], w[0]))]
    return [[(x[i:i + len(w), j:j + len(w[0])] * w).sum() for j in range(places[1])] for i in range(places[0])]


INPUT = [[1, 2, 3], [1, 1, 0], [0, -1, -2]]
KERNEL = [[-1, 1], [1, 2]]
UPSTREAM = [[-3, 2], [0, 1]]


@sd.derivation("The kernel's gradient is the input convolved with what ReLU lets through of the upstream gradient",
               question="000.2")
def kernel_gradient(x=INPUT, w=KERNEL, upstream=UPSTREAM):
    r"""A convolution without padding or bias, with stride 1, then ReLU.  Given are the input $x$, the kernel $W$ and the
    gradient $dL/dy$ that arrives at the output $y$.  What is the gradient of the loss with respect to the kernel?
    """
    X, W, G = (sd.tensor(name, len(v), len(v[0])) for name, v in (("X", x), ("W", w), ("G", upstream)))
    z = sd.define("z", sd.conv2d(X, W))
    at_z, at_W = sd.vjp(sd.relu(z), (z, W), upstream=G)
    before = sd.conv2d(x, w)
    mask = [[int(bool(entry > 0)) for entry in row] for row in before.tolist()]
    passed_on = at_z.at(X=x, W=w, G=upstream)
    return [sd.data({"x": x, "W": w, r"\frac{dL}{dy}": upstream}),
            ("Forward, each entry of the pre-activation is a product of $W$ with its window: $z = x * W$", before,
             slid(x, w)),
            ("The output is $y = \\text{ReLU}(z)$", sd.relu(before)),
            ("Back through ReLU, which passes on what arrives where $z > 0$: the mask $[z > 0]$", mask),
            (r"$dL/dz = dL/dy \odot [z > 0]$", passed_on, sd.worked(upstream) * sd.worked(mask)),
            ("Entry $u, v$ of the kernel meets $x_{i+u-1,\\, j+v-1}$ at every position $i, j$, so the sums are those of a "
             "convolution of $x$ with $dL/dz$: $dL/dW$", at_W.at(X=x, W=w, G=upstream), slid(x, passed_on)),
            sd.another_way("For arrays of this size in general", [at_z, at_W])]


# ------------------------------------------------------------------ means of normalisation

BATCH = [[[[1, 2], [3, 4]], [[5, 6], [7, 8]]], [[[1, -1], [0, 2]], [[-1, 0], [2, 1]]]]


@sd.derivation("The means of batch, layer and instance normalisation differ in the axes that are averaged",
               question="001.4")
def normalisation_means(batch=BATCH):
    r"""A batch holds two samples $x_1$ and $x_2$ with two channels of $2 \times 2$ each.  Which mean $\mu$ does (a) batch
    normalisation take, (b) layer normalisation, (c) instance normalisation?

    Batch normalisation has one mean for each channel, over samples and positions; layer normalisation one for each sample,
    over channels and positions; instance normalisation one for each channel of each sample, over positions alone.
    """
    shown = [sd.data({rf"x_{n},\text{{ channel }} {c}": channel for n, sample in enumerate(batch, 1)
                      for c, channel in enumerate(sample)})]
    numbers = sd.worked(batch)
    for part, name, axes, shape in (("a", "batch", (0, 2, 3), "C"), ("b", "layer", (1, 2, 3), "N"),
                                    ("c", "instance", (2, 3), "N, C")):
        count = prod(numbers.shape[axis] for axis in axes)
        shown.append((rf"({part}) {name} normalisation, of shape $({shape})$: $\mu$",
                      sd.worked(sd.mean(batch, axis=axes), decimals=True),
                      numbers.sum(axis=axes) / count))
    return shown


# ------------------------------------------------------------------ attention

SCORES = [[0, log(2)], [log(2), log(3)]]


@sd.derivation("Scaled dot-product attention of logarithms has rational entries", question="001.7")
def attention_of_logarithms(scores=SCORES, keys=((1, 0), (0, 1)), values=((0, 1), (1, 0))):
    r"""Compute the scaled dot-product attention of the given $Q$, $K$ and $V$.

    The scaling by $\sqrt d$, with $d = 2$, takes the factor $\sqrt 2$ of $Q$ away; softmax along each row then turns
    logarithms into shares, for $e^{\log a} = a$.
    """
    queries = [[sqrt(len(keys[0])) * entry for entry in row] for row in scores]
    keys, values = [list(row) for row in keys], [list(row) for row in values]
    scaled = sd.matmul(queries, sd.transpose(keys)) / sqrt(len(keys[0]))
    weights = sd.softmax(scaled)
    shares = [[sd.worked(exp(entry)) for entry in row] for row in scaled.tolist()]
    return [sd.data({"Q": queries, "K": keys, "V": values}),
            (r"The scores, scaled: $QK^{\top}/\sqrt 2$", scaled),
            (r"The weights: $\operatorname{softmax}(QK^{\top}/\sqrt 2)$", weights,
             [[entry / sum(row) for entry in row] for row in shares]),
            (r"The attention: $\operatorname{softmax}(QK^{\top}/\sqrt 2)\,V$", sd.attention(queries, keys, values),
             sd.worked(weights) @ sd.worked(values))]


# ------------------------------------------------------------------ convolutions of vectors

@sd.derivation("Full, valid and same convolution of two vectors with flipping of the kernel", question="002.4.3")
def vector_convolutions(x=(1, 2, 3, 4), w=(1, 0, 2)):
    """Compute the full, the valid and the same convolution of the two vectors, with kernel flipping.

    The flipped kernel slides along the padded signal; every entry is its product with the window below it.
    """
    x, w = list(x), list(w)
    flipped, answers = w[::-1], []
    told = ", ".join(map(str, flipped))
    answers += [sd.data({"x": x, "w": w}), rf"The flipped kernel is $\operatorname{{flip}}(w) = ({told})$."]
    reach = len(w) - 1
    for mode, before, behind in (("full", reach, reach), ("valid", 0, 0), ("same", reach // 2, reach - reach // 2)):
        # The middle of a flipped kernel of even size is on the other side.
        before, behind = (behind, before) if mode == "same" else (before, behind)
        padded = [0] * before + x + [0] * behind
        windows = [padded[k:k + len(w)] for k in range(len(padded) - reach)]
        told = f", with {before} {'zero' if before == 1 else 'zeros'} before and {behind} behind" if before or behind else ""
        answers.append((f"{mode.capitalize()}{told}: $x * w$", sd.conv1d(x, w, mode=mode, flip=True),
                        [sd.worked(window) @ sd.worked(flipped) for window in windows]))
    return answers


# ------------------------------------------------------------------ a residual block

POINT = {"x_0": 1, "w_0": Rational(1, 2), "w_1": -Rational(1, 5), "b_0": Rational(1, 10), "b_1": Rational(3, 20)}


@sd.derivation("A residual block forward and backward: the gradients of its weights and biases", question="004.T1")
def residual_block(point=POINT):
    r"""A block computes $x_1 = \text{ReLU}(x_0 w_0 + b_0)$, $y_1 = x_1 w_1 + b_1$ and $z = \text{ReLU}(y_1 + x_0)$.
    Compute the forward and the backward pass at the given numbers: what is the gradient of $z$ with respect to $w_0$, $w_1$,
    $b_0$ and $b_1$?

    ReLU passes on what arrives where its argument is positive.  So the derivative of $z$ is $s_1 = [y_1 + x_0 > 0]$ at
    $y_1$, and at the argument of the first ReLU it is $s_1 w_1 s_0$ with $s_0 = [x_0 w_0 + b_0 > 0]$.
    """
    x0, w0, w1, b0, b1 = (sd.tensor(name) for name in point)
    x1 = sd.define("x_1", sd.relu(x0 * w0 + b0))
    y1 = sd.define("y_1", x1 * w1 + b1)
    z = sd.define("z", sd.relu(y1 + x0))
    value = {str(name): Rational(sd.evaluate(node, **{str(leaf): point[str(leaf)] for leaf in node.free_symbols}))
             for name, node in (("x_1", x1.body), ("y_1", y1.body), ("z", z.body))}
    backward = sd.derive(z, (w0, w1, b0, b1, x1, y1))
    at = {str(d.wrt): sd.worked(d.at(**point), decimals=True) for d in backward}
    n = {name: sd.worked(number, decimals=True) for name, number in (point | value).items()}
    first, second = n["x_0"] * n["w_0"] + n["b_0"], n["y_1"] + n["x_0"]
    s0, s1 = (sd.worked(int(bool(entry.value > 0))) for entry in (first, second))
    return [sd.data({name: n[name] for name in point}), "Forward:",
            (r"$x_1 = \text{ReLU}(x_0 w_0 + b_0)$", n["x_1"], worked_relu(first)),
            ("$y_1 = x_1 w_1 + b_1$", n["y_1"], n["x_1"] * n["w_1"] + n["b_1"]),
            (r"$z = \text{ReLU}(y_1 + x_0)$", n["z"], worked_relu(second)),
            f"Backward, with $s_0 = {s0}$ and $s_1 = {s1}$:",
            (r"$\partial z/\partial y_1 = s_1$", at["y_1"], s1),
            (r"$\partial z/\partial w_1 = s_1 x_1$", at["w_1"], s1 * n["x_1"]),
            (r"$\partial z/\partial b_1 = s_1$", at["b_1"], s1),
            (r"$\partial z/\partial x_1 = s_1 w_1$", at["x_1"], s1 * n["w_1"]),
            (r"$\partial z/\partial b_0 = s_1 w_1 s_0$", at["b_0"], s1 * n["w_1"] * s0),
            (r"$\partial z/\partial w_0 = s_1 w_1 s_0\, x_0$", at["w_0"], s1 * n["w_1"] * s0 * n["x_0"]),
            sd.another_way("For any numbers", backward)]
