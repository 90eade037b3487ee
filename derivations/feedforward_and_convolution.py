"""Feedforward networks, the softmax function, and convolutions of vectors.

Losses for binary classification, properties of softmax, a network rewritten with another activation, and the
derivatives of valid and full convolutions.
"""

from sympy import Rational, exp, log

import symderiv as sd

# ------------------------------------------------------------------ 1: binary classification

a, y = sd.tensor("a"), sd.tensor("y")
f = sd.define("f", (), sd.sigmoid(a))


@sd.identity("The sigmoid maps every pre-activation to a probability, whose log-odds are the pre-activation",
             question="002.1.1")
def sigmoid_output():
    """A network decides between two classes.  Which activation suits its only output unit?

    The output shall be a number between 0 and 1 for every pre-activation $a$, and grow with it: the sigmoid is $1$ over
    $1 + e^{-a}$, a number above 1, and its derivative $f(1 - f)$ is positive.  What is left of 1 is the sigmoid of
    $-a$, so that both classes are treated alike.
    """
    return [(f * (1 + exp(-a)), 1), (1 - f, sd.sigmoid(-a)), (log(f / (1 - f)), a), sd.derive(f, a)]


@sd.identity(r"The output is the probability of class 1: the loss is $-\log f$ for $y = 1$ and $-\log(1 - f)$ for $y = 0$",
             question="002.1.2")
def output_as_probability():
    r"""What does the output $f$ stand for?

    It is the probability $p(y = 1 \mid x)$ that the network gives to class 1.  The loss says so: $e^{-L}$, the probability
    that the model gives to what was observed, is $f$ for an example of class 1, and $1 - f$ for one of class 0.
    """
    return [(exp(-sd.binary_cross_entropy(f, 1)), f), (exp(-sd.binary_cross_entropy(f, 0)), 1 - f)]


@sd.identity("With two classes, cross-entropy is binary cross-entropy",
             question="002.1.3")
def cross_entropy_of_two_classes():
    r"""The output $f$ is the probability of class 1, the target $y$ is 0 or 1.  What is the cross-entropy loss?

    The general formula sums over the classes; with the probabilities $f$ and $1 - f$ and the targets $y$ and $1 - y$
    two terms are left.
    """
    target, probability = sd.tensor("t", 2), sd.tensor("q", 2)
    c = sd.indices("c", 2)
    general = -sd.Sum(target[c] * log(probability[c]), c)
    written_out = -target[1] * log(probability[1]) - target[2] * log(probability[2])
    return [(general, written_out), (sd.binary_cross_entropy(f, y), -y * log(f) - (1 - y) * log(1 - f))]


@sd.derivation(r"Cross-entropy after a sigmoid has the derivative $\sigma(a) - y$",
               question="002.1.4")
def binary_cross_entropy_gradient():
    """What is the derivative of the cross-entropy loss with respect to the pre-activation $a$?"""
    L = sd.binary_cross_entropy(f, y)
    by_output, of_output, whole = sd.derive(L, f), sd.derive(f, a), sd.derive(L, a)
    return [by_output, of_output, whole, (whole.closed, f - y)]


@sd.identity("For one example, the mean squared error is the squared difference",
             question="002.1.5")
def squared_error_of_one_example():
    """What is the mean squared error of one example, as a function of the output $f$ and the target $y$?"""
    outputs, targets = sd.tensor("u", 1), sd.tensor("v", 1)
    return [(sd.mse(outputs, targets), (targets[1] - outputs[1]) ** 2)]


@sd.derivation(r"The squared error after a sigmoid has the derivative $-2(y - f)\,f(1 - f)$",
               question="002.1.6")
def squared_error_gradient():
    """What is the derivative of the squared error with respect to the pre-activation $a$?"""
    L = (y - f) ** 2
    by_output, whole = sd.derive(L, f), sd.derive(L, a)
    return [by_output, whole, (whole.closed, -2 * (y - f) * f * (1 - f))]


@sd.derivation("Cross-entropy suits a sigmoid better: the squared error multiplies its derivative by $2f(1 - f)$",
               question="002.1.7")
def cross_entropy_or_squared_error():
    r"""Which of the two losses suits binary classification better, and why?

    The derivative of the squared error is that of the cross-entropy times $2f(1 - f)$.  The factor is at most $1/2$, for
    $\frac14 - f(1 - f)$ is a square, and it goes to 0 where $f$ goes to 0 or 1.  There an example that is wrong with full
    confidence, $f \approx 0$ for $y = 1$, hardly moves the weights under the squared error; under cross-entropy it moves
    them most.  Cross-entropy is also convex in $a$: its second derivative is $f(1 - f)$.  That of the squared error changes
    its sign.
    """
    cross_entropy, squared_error = sd.binary_cross_entropy(f, y), (y - f) ** 2
    factor = 2 * f * (1 - f)
    return [(sd.derive(squared_error, a).closed, factor * sd.derive(cross_entropy, a).closed),
            (Rational(1, 2) - factor, 2 * (Rational(1, 2) - f) ** 2),
            sd.hessian(cross_entropy, a), sd.hessian(squared_error, a)]


# ------------------------------------------------------------------ 2: softmax

K = sd.dims("K")
x = sd.tensor("x", K)


@sd.identity("Softmax is invariant under translation",
             question="002.2.1")
def softmax_translation():
    """Add one and the same number $c$ to every entry of $x$.  Why does softmax stay as it is?"""
    c = sd.tensor("c")
    return [(sd.softmax(x + c), sd.softmax(x))]


@sd.identity(r"Softmax of two scores is $(\sigma(z), 1 - \sigma(z))$ with $z = x_1 - x_2$",
             question="002.2.2")
def softmax_as_sigmoid():
    """For two classes, write softmax with the sigmoid of one number $z$, a function of $x$."""
    x = sd.tensor("x", 2)
    z = sd.define("z", (), x[1] - x[2])
    p = sd.softmax(x)
    return [(p[1], sd.sigmoid(z)), (p[2], 1 - sd.sigmoid(z))]


@sd.identity(r"Softmax of $K$ scores depends on the $K - 1$ differences $x_{j+1} - x_1$ only",
             question="002.2.3")
def softmax_with_fewer_parameters():
    r"""Show that $K - 1$ numbers are enough: the softmax of $x$ is that of a vector $s$ which begins with 0 and goes
    on with $K - 1$ functions of $x$.

    Subtract the first score: the first entry becomes 0, the others are $y_j = x_{j+1} - x_1$ for $1 \le j \le K - 1$.
    """
    i, j = sd.indices("i", K), sd.indices("j", K - 1)
    shifted = sd.define("s", (i,), x[i] - x[1])
    differences = sd.define("y", (j,), x[j + 1] - x[1])
    the_others = sd.define("r", (j,), shifted[j + 1])
    return [(sd.softmax(x), sd.softmax(shifted)), (shifted[1], 0), (the_others, differences)]


@sd.derivation(r"The Jacobian of softmax is $\operatorname{Diag}(p) - p\,p^{\top}$",
               question="002.2.4")
def softmax_jacobian():
    """Find the Jacobian of $p$, the softmax of $x$, entry by entry and as a matrix."""
    i, j, k = sd.indices("i j k", K)
    p = sd.define("p", (i,), exp(x[i]) / sd.Sum(exp(x[k]), k))
    J = sd.derive(p, x)
    entries = sd.define("E", (i, j), sd.delta(i, j) * p[i] - p[i] * p[j])
    return [J, (J.closed, entries)]


# ------------------------------------------------------------------ 3: another activation

D, M = sd.dims("D M")


def two_layers(name, activation, weights, biases):
    """The entries y_k of a network with one hidden layer."""
    (U, V), (u, v) = weights, biases
    k, j, i = sd.indices("k", K), sd.indices("j", M), sd.indices("i", D)
    inputs = sd.tensor("x", D)
    hidden = sd.Sum(U[j, i] * inputs[i], i) + u[j]
    return sd.define(name, (k,), sd.Sum(V[k, j] * activation(hidden), j) + v[k])


@sd.derivation("A network of sigmoids is a network of hyperbolic tangents with other parameters",
               question="002.3")
def sigmoid_network_as_tanh_network():
    """A network with one hidden layer has sigmoid activations.  Find the parameters of a network of the same form
    with tanh activations that computes the same function, as functions of the old parameters.

    The new parameters (with a tilde) are unknowns: they are found, not given.
    """
    W, V, b, c = sd.tensor("W", M, D), sd.tensor("V", K, M), sd.tensor("b", M), sd.tensor("c", K)
    unknowns = (sd.tensor(r"\tilde{W}", M, D), sd.tensor(r"\tilde{V}", K, M), sd.tensor(r"\tilde{b}", M),
                sd.tensor(r"\tilde{c}", K))
    new_W, new_V, new_b, new_c = unknowns
    old = two_layers("y", sd.sigmoid, (W, V), (b, c))
    new = two_layers(r"\tilde{y}", sd.tanh, (new_W, new_V), (new_b, new_c))
    found = sd.reparameterize(old, new, unknowns)
    return [*found.identities, found.verdict, (found[new_W], W / 2), (found[new_b], b / 2), (found[new_V], V / 2),
            (found[new_c], c + sd.sum(V, axis=1) / 2)]


# ------------------------------------------------------------------ 5: convolutions

d, k1, k2 = sd.dims("d k_1 k_2")
fits = [k1 < d, k2 < d]
signal, w1, w2 = sd.tensor("x", d), sd.tensor("w^1", k1), sd.tensor("w^2", k2)


def convolutions(mode):
    """The hidden layer h and the second pre-activation a of the network, as definitions."""
    h = sd.define("h", sd.relu(sd.conv1d(signal, w1, mode=mode)))
    return h, sd.define("a", sd.conv1d(h, w2, mode=mode))


@sd.identity("Two valid convolutions leave $d - k_1 - k_2 + 2$ entries",
             question="002.5.1")
def size_after_valid_convolutions():
    """The input has $d$ entries, the kernels $k_1$ and $k_2$.  How many entries has the second pre-activation?"""
    h, a = convolutions("valid")
    last_window_ends_at = a.shape[0] + k2 - 1
    return [(h.shape[0], d - k1 + 1), (a.shape[0], d - k1 - k2 + 2), (last_window_ends_at, h.shape[0])]


@sd.derivation(r"For a valid convolution, $\partial a_i/\partial h_n = w_{n-i+1}$, which is 0 outside the kernel",
               question="002.5.2")
def valid_convolution_jacobian():
    """How does entry $i$ of the valid convolution depend on entry $n$ of its input?"""
    h, a = convolutions("valid")
    J = sd.derive(a, h, assuming=fits)
    i, n = sd.indices("i", a.shape[0]), sd.indices("n", h.shape[0])
    entries = sd.define("J", J.indices, J.index)
    return [J, sd.prove(entries, sd.define("E", (i, n), w2[n - i + 1]), assuming=fits)]


@sd.derivation("The gradient of a valid convolution is the full convolution with the flipped kernel",
               question="002.5.3")
def valid_convolution_gradient():
    """Start with the chain rule over the entries of $a$ and show what the gradient at $h$ is.

    $G$ stands for the gradient of the loss with respect to $a$, whatever comes after it.
    """
    h, a = convolutions("valid")
    G = sd.tensor("G", a.shape[0])
    J = sd.derive(a, h, assuming=fits)
    i, n = sd.indices("i", a.shape[0]), sd.indices("n", h.shape[0])
    entries = sd.define("J", J.indices, J.index)
    chain = sd.define("C", (n,), sd.Sum(G[i] * entries[i, n], i))
    full = sd.conv1d(G, sd.flip(w2), mode="full")
    return [sd.vjp(a, h, G, assuming=fits), sd.prove(chain, full, assuming=fits)]


@sd.identity("Two full convolutions make $d + k_1 + k_2 - 2$ entries",
             question="002.5.4")
def size_after_full_convolutions():
    """Let both convolutions be full.  How many entries has the second pre-activation now?"""
    h, a = convolutions("full")
    return [(h.shape[0], d + k1 - 1), (a.shape[0], d + k1 + k2 - 2)]


@sd.derivation(r"For a full convolution, $\partial a_i/\partial h_n = w_{n-i+k_2}$, which is 0 outside the kernel",
               question="002.5.5")
def full_convolution_jacobian():
    """How does entry $i$ of the full convolution depend on entry $n$ of its input?"""
    h, a = convolutions("full")
    J = sd.derive(a, h, assuming=fits)
    i, n = sd.indices("i", a.shape[0]), sd.indices("n", h.shape[0])
    entries = sd.define("J", J.indices, J.index)
    return [J, sd.prove(entries, sd.define("E", (i, n), w2[n - i + k2]), assuming=fits)]


@sd.derivation("The gradient of a full convolution is the valid convolution with the flipped kernel",
               question="002.5.6")
def full_convolution_gradient():
    """Show what the gradient at $h$ is when the convolutions are full."""
    h, a = convolutions("full")
    G = sd.tensor("G", a.shape[0])
    J = sd.derive(a, h, assuming=fits)
    i, n = sd.indices("i", a.shape[0]), sd.indices("n", h.shape[0])
    entries = sd.define("J", J.indices, J.index)
    chain = sd.define("C", (n,), sd.Sum(G[i] * entries[i, n], i))
    valid = sd.conv1d(G, sd.flip(w2))
    return [sd.vjp(a, h, G, assuming=fits), sd.prove(chain, valid, assuming=fits)]
