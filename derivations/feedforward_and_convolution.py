"""Feedforward networks, the softmax function, and convolutions of vectors.

Losses for binary classification, properties of softmax, a network rewritten with another activation, and the
derivatives of valid and full convolutions.  Every line of an argument is judged by the referee.
"""

from sympy import Rational, exp, log

import symderiv as sd

# ------------------------------------------------------------------ 1: binary classification

a, y = sd.tensor("a"), sd.tensor("y")
f = sd.define("f", (), sd.sigmoid(a))
BINARY = r"a: scalar; y: scalar; sigma: sigmoid; f = \sigma(a); "
CROSS_ENTROPY = BINARY + "L = -y*log(f) - (1 - y)*log(1 - f)"
SQUARED_ERROR = BINARY + "L = (y - f)^2"


@sd.identity("The sigmoid maps every pre-activation to a probability, whose log-odds are the pre-activation",
             question="002.1.1")
def sigmoid_output():
    r"""A network $f(x, \theta) = g(a(x, \theta))$ decides between two classes.  Which activation $g$ suits its output?

    The sigmoid, $g(a) = \sigma(a) = 1/(1 + e^{-a})$.  The output shall be a probability, which grows with the
    pre-activation $a$ and treats both classes alike; $f = \sigma(a)$ does so.
    """
    return [sd.stated(("The output is", f, 1 / (1 + exp(-a)))),
            "Since $1 + e^{-a} > 1$, it lies between 0 and 1, and so its derivative is positive:", sd.derive(f, a),
            sd.stated(("The other class has the sigmoid of $-a$", 1 - f, sd.sigmoid(-a))),
            "and $a$ is the logarithm of the odds:",
            sd.steps([r"\log\frac{f}{1 - f} = \log\frac{1/(1 + e^{-a})}{e^{-a}/(1 + e^{-a})}", r"= \log e^{a} = a"], BINARY),
            sd.tested(log(f / (1 - f)), a)]


@sd.identity(r"The output is the probability of class 1: the loss is $-\log f$ for $y = 1$ and $-\log(1 - f)$ for $y = 0$",
             question="002.1.2")
def output_as_probability():
    r"""What does the output $f = \sigma(a)$ stand for?

    It is the probability $p(y = 1 \mid x)$ that the network gives to class 1.  The loss $L(f, y) = -y\log f - (1 - y)
    \log(1 - f)$ says so: $e^{-L}$, the probability that the model gives to what was observed, is $f$ for an example of
    class 1, and $1 - f$ for one of class 0.
    """
    return [sd.steps([r"L(f, 1) = -1\cdot\log f - (1 - 1)\log(1 - f) = -\log f",
                      r"L(f, 0) = -0\cdot\log f - (1 - 0)\log(1 - f) = -\log(1 - f)"],
                     "f: scalar; f > 0; f < 1; L(f, y) = -y*log(f) - (1 - y)*log(1 - f)"),
            sd.tested(exp(-sd.binary_cross_entropy(f, 1)), f), sd.tested(exp(-sd.binary_cross_entropy(f, 0)), 1 - f)]


@sd.identity("With two classes, cross-entropy is binary cross-entropy",
             question="002.1.3")
def cross_entropy_of_two_classes():
    r"""The output $f$ is the probability of class 1, the target $y$ is 0 or 1.  What is the cross-entropy loss as a
    function of $f$ and $y$?

    The general formula sums over the classes; the probabilities are $q = (f, 1 - f)$ and the targets $t = (y, 1 - y)$.
    """
    return [sd.steps([(r"L_{CE}(f, y) = -\sum_{c=1}^2 t_c \log q_c", "the general formula"),
                      r"= -t_1\log q_1 - t_2\log q_2", r"= -y\log f - (1 - y)\log(1 - f)"],
                     "y: scalar; f: scalar; t = [y, 1 - y]; q = [f, 1 - f]; L_{CE}(f, y) = -sum_{c=1}^2 t_c*log(q_c)"),
            sd.tested(sd.binary_cross_entropy(f, y), -y * log(f) - (1 - y) * log(1 - f))]


@sd.derivation(r"Cross-entropy after a sigmoid has the derivative $f - y$, where $f = \sigma(a)$",
               question="002.1.4")
def binary_cross_entropy_gradient():
    r"""What is the derivative of the cross-entropy loss $L = -y\log f - (1 - y)\log(1 - f)$ with respect to the
    pre-activation $a$, where $f = \sigma(a)$?
    """
    L = sd.binary_cross_entropy(f, y)
    by_output, of_output, whole = sd.derive(L, f), sd.derive(f, a), sd.derive(L, a)
    return [by_output,
            sd.steps([(r"\frac{\partial f}{\partial a} = \frac{\partial}{\partial a}\left(1 + e^{-a}\right)^{-1} = "
                       r"\frac{e^{-a}}{(1 + e^{-a})^2}", "chain rule"),
                      (r"= \frac{1}{1 + e^{-a}}\left(1 - \frac{1}{1 + e^{-a}}\right) = f (1 - f)",
                       r"$e^{-a} = (1 + e^{-a}) - 1$")], "a: scalar; f = sigmoid(a)"),
            sd.another_way("The sigmoid by the engine", of_output),
            sd.steps([(r"\frac{\partial L}{\partial a} = \frac{\partial L}{\partial f}\,\frac{\partial f}{\partial a}",
                       "chain rule"),
                      r"= \left(\frac{1 - y}{1 - f} - \frac{y}{f}\right) f (1 - f)", r"= (1 - y) f - y (1 - f)",
                      r"= f - y = \sigma(a) - y"], CROSS_ENTROPY),
            sd.another_way("In one go, from the loss", whole), sd.tested(whole.closed, f - y)]


@sd.identity("For one example, the mean squared error is the squared difference",
             question="002.1.5")
def squared_error_of_one_example():
    """What is the mean squared error, as a function of the output $f$ and the target $y$ of a single example?

    The general formula is a mean over $N$ examples; here $N = 1$.
    """
    outputs, targets = sd.tensor("u", 1), sd.tensor("v", 1)
    return [sd.steps([(r"L_{MSE} = \frac{1}{N}\sum_{i=1}^{N} \left(y^{(i)} - f^{(i)}\right)^2", "the general formula"),
                      (r"= \left(y^{(1)} - f^{(1)}\right)^2", "$N = 1$")],
                     "N = 1; f: 1; y: 1; L_{MSE} = (y_1 - f_1)^2"),
            "or, without the number of the one example, $L_{MSE}(f, y) = (y - f)^2$.",
            sd.tested(sd.mse(outputs, targets), (targets[1] - outputs[1]) ** 2)]


@sd.derivation(r"The squared error after a sigmoid has the derivative $-2(y - f)\,f(1 - f)$",
               question="002.1.6")
def squared_error_gradient():
    r"""What is the derivative of the squared error $L = (y - f)^2$ with respect to the pre-activation $a$, where
    $f = \sigma(a)$?
    """
    L = (y - f) ** 2
    by_output, whole = sd.derive(L, f), sd.derive(L, a)
    return [sd.steps([(r"\frac{\partial L}{\partial f} = \frac{\partial}{\partial f}(y - f)^2 = -2(y - f)", "power rule")],
                     SQUARED_ERROR),
            sd.derive(f, a),
            sd.steps([(r"\frac{\partial L}{\partial a} = \frac{\partial L}{\partial f}\,\frac{\partial f}{\partial a}",
                       "chain rule"), r"= -2(y - f)\, f(1 - f)"], SQUARED_ERROR),
            sd.another_way("In one go, from the loss", whole), sd.tested(by_output.closed, -2 * (y - f)),
            sd.tested(whole.closed, -2 * (y - f) * f * (1 - f))]


@sd.derivation("Cross-entropy suits a sigmoid better: the squared error multiplies its derivative by $2f(1 - f)$",
               question="002.1.7")
def cross_entropy_or_squared_error():
    r"""Which loss suits binary classification with $f = \sigma(a)$ better, cross-entropy or squared error, and why?

    Cross-entropy. The derivative of the squared error is that of the cross-entropy times $2f(1 - f)$. The factor is at
    most $1/2$, and it goes to 0 where $f$ goes to 0 or 1. There an example that is wrong with full confidence, $f
    \approx 0$ for $y = 1$, hardly moves the weights under the squared error; under cross-entropy it moves them most.
    Cross-entropy is also convex in $a$: its second derivative $f(1 - f)$ is positive. That of the squared error changes
    its sign: for $y = 1$ it is negative below $f = 1/3$ and positive above.
    """
    cross_entropy, squared_error = sd.binary_cross_entropy(f, y), (y - f) ** 2
    first, second = sd.derive(cross_entropy, a).closed, sd.derive(squared_error, a).closed
    factor = 2 * f * (1 - f)
    bent = sd.hessian((1 - f) ** 2, a)
    return [sd.steps([r"-2(y - f)\,f(1 - f) = 2f(1 - f)\,(f - y)",
                      r"2f(1 - f) = \frac12 - 2\left(f - \frac12\right)^2"], BINARY),
            "The second derivatives, first of the cross-entropy and then, for $y = 1$, of the squared error:",
            sd.steps([r"\frac{\partial^2 L}{\partial a^2} = \frac{\partial}{\partial a}(f - y)",
                      (r"= f(1 - f)", r"$\partial f/\partial a = f(1 - f)$")], CROSS_ENTROPY),
            sd.tested(sd.hessian(cross_entropy, a).closed, f * (1 - f)),
            sd.steps([r"\frac{\partial^2 L}{\partial a^2} = \frac{\partial}{\partial a}\left(-2(1 - f)\, f(1 - f)\right)",
                      (r"= \left(-2(1 - f)^2 + 4 f(1 - f)\right) f(1 - f)", r"$\partial f/\partial a = f(1 - f)$"),
                      r"= 2 f(1 - f)^2 (3f - 1)"], "a: scalar; sigma: sigmoid; f = \\sigma(a); L = (1 - f)^2"),
            sd.tested(second, factor * first), sd.tested(Rational(1, 2) - factor, 2 * (Rational(1, 2) - f) ** 2),
            sd.tested(bent.closed, 2 * f * (1 - f) ** 2 * (3 * f - 1))]


# ------------------------------------------------------------------ 2: softmax

K = sd.dims("K")
x = sd.tensor("x", K)


@sd.identity("Softmax is invariant under translation",
             question="002.2.1")
def softmax_translation():
    r"""Show that $S(x + c) = S(x)$ for the softmax $S(x)_i = e^{x_i}/\sum_j e^{x_j}$ and a number $c$."""
    c = sd.tensor("c")
    return [sd.steps([r"S(x + c)_i = \frac{e^{x_i + c}}{\sum_j e^{x_j + c}}",
                      (r"= \frac{e^c\, e^{x_i}}{e^c \sum_j e^{x_j}}", "$e^c$ does not depend on $j$"),
                      (r"= \frac{e^{x_i}}{\sum_j e^{x_j}} = S(x)_i", "$e^c > 0$ cancels")],
                     "x: K; c: scalar; S: softmax"),
            sd.tested(sd.softmax(x + c), sd.softmax(x))]


@sd.identity(r"Softmax of two scores is $(\sigma(z), 1 - \sigma(z))$ with $z = x_1 - x_2$",
             question="002.2.2")
def softmax_as_sigmoid():
    r"""Let $x$ have two entries. Show that its softmax is $S(x) = [\sigma(z), 1 - \sigma(z)]^{\top}$ for a number $z$
    that is a function of $x$.
    """
    x = sd.tensor("x", 2)
    z = sd.define("z", (), x[1] - x[2])
    p = sd.softmax(x)
    return [sd.steps([r"S(x)_1 = \frac{e^{x_1}}{e^{x_1} + e^{x_2}}",
                      (r"= \frac{1}{1 + e^{-(x_1 - x_2)}} = \sigma(z)", r"divided by $e^{x_1}$; $z = x_1 - x_2$"),
                      r"S(x)_2 = \frac{e^{x_2}}{e^{x_1} + e^{x_2}} = 1 - \frac{e^{x_1}}{e^{x_1} + e^{x_2}}",
                      r"= 1 - \sigma(z)"],
                     "x: 2; S: softmax; sigma: sigmoid; z = x_1 - x_2"),
            sd.tested(p[1], sd.sigmoid(z)), sd.tested(p[2], 1 - sd.sigmoid(z))]


@sd.identity(r"Softmax of $K$ scores depends on the $K - 1$ differences \(x_{j+1} - x_1\) only",
             question="002.2.3")
def softmax_with_fewer_parameters():
    r"""Show that the softmax of $K \geq 2$ scores is $S(x) = S([0, y_1, y_2, \dots, y_{K-1}]^{\top})$ for numbers $y_i$
    that are functions of $x$.

    Softmax does not change when $x_1$ is subtracted from every entry (:ref:`softmax_translation`).  The first entry
    becomes 0, the others are $y_j = x_{j+1} - x_1$ for $1 \le j \le K - 1$, so $S(x) = S([0, y_1, \dots,
    y_{K-1}]^{\top})$: with $s = [0, y_1, \dots, y_{K-1}]^{\top}$
    """
    i, j = sd.indices("i", K), sd.indices("j", K - 1)
    s = sd.define("s", (i,), x[i] - x[1])
    differences, the_others = sd.define("y", (j,), x[j + 1] - x[1]), sd.define("r", (j,), s[j + 1])
    return [sd.steps([(r"S(x)_i = \frac{e^{-x_1}\, e^{x_i}}{e^{-x_1} \sum_k e^{x_k}} = \frac{e^{x_i - x_1}}{\sum_k "
                       r"e^{x_k - x_1}}",
                       r"by $e^{-x_1} > 0$"), (r"= S(s)_i", "$s_i = x_i - x_1$")],
                     "x: K; S: softmax; s_i = x_i - x_1"),
            sd.tested(sd.softmax(x), sd.softmax(s)), sd.tested(s[1], 0), sd.tested(the_others, differences)]


@sd.derivation(r"The Jacobian of softmax is $\operatorname{Diag}(p) - p\,p^{\top}$",
               question="002.2.4")
def softmax_jacobian():
    r"""Show that the Jacobian of the softmax is $\operatorname{Diag}(p) - p\,p^{\top}$, where $p = S(x)$."""
    i, j, k = sd.indices("i j k", K)
    p = sd.define("p", (i,), exp(x[i]) / sd.Sum(exp(x[k]), k))
    J = sd.derive(p, x)
    return [J, sd.tested(J.closed, sd.define("E", (i, j), sd.delta(i, j) * p[i] - p[i] * p[j]))]


# ------------------------------------------------------------------ 3: another activation

D, M = sd.dims("D M")
NETWORK = (r"x: D; \omega^{(1)}: M 0..D; \omega^{(2)}: K 0..M; sigma: sigmoid; k: index K; y_k = sum_{j=1}^M "
           r"\omega_{kj}^{(2)}*sigma(sum_{i=1}^D \omega_{ji}^{(1)}*x_i + \omega_{j0}^{(1)}) + \omega_{k0}^{(2)}")

THETA = (r"\tilde\omega_{ji}^{(1)} = \frac{\omega_{ji}^{(1)}}{2}", r"\tilde\omega_{j0}^{(1)} = \frac{\omega_{j0}^{(1)}}{2}",
         r"\tilde\omega_{kj}^{(2)} = \frac{\omega_{kj}^{(2)}}{2}",
         r"\tilde\omega_{k0}^{(2)} = \omega_{k0}^{(2)} + \sum_{j=1}^M \frac{\omega_{kj}^{(2)}}{2}")


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
    r"""Given is the network $y(x, \Theta, \sigma)_k = \sum_{j=1}^M \omega_{kj}^{(2)}\, \sigma\big(\sum_{i=1}^D
    \omega_{ji}^{(1)} x_i + \omega_{j0}^{(1)}\big) + \omega_{k0}^{(2)}$ with sigmoid activations.  Find $\Theta'$, as a
    function of $\Theta$, such that $y(x, \Theta', \tanh) = y(x, \Theta, \sigma)$ for all $x$.

    First the sigmoid by tanh, then the network with it, entry by entry.
    """
    W, V, b, c = sd.tensor("W", M, D), sd.tensor("V", K, M), sd.tensor("b", M), sd.tensor("c", K)
    unknowns = (sd.tensor(r"\tilde{W}", M, D), sd.tensor(r"\tilde{V}", K, M), sd.tensor(r"\tilde{b}", M),
                sd.tensor(r"\tilde{c}", K))
    new_W, new_V, new_b, new_c = unknowns
    old = two_layers("y", sd.sigmoid, (W, V), (b, c))
    new = two_layers(r"\tilde{y}", sd.tanh, (new_W, new_V), (new_b, new_c))
    found = sd.reparameterize(old, new, unknowns)
    return [sd.steps([r"\sigma(u) = \frac{1}{1 + e^{-u}} = \frac{e^{u/2}}{e^{u/2} + e^{-u/2}}",
                      r"= \frac12 + \frac12\,\frac{e^{u/2} - e^{-u/2}}{e^{u/2} + e^{-u/2}} = \frac12 + "
                      r"\frac12\tanh\frac{u}{2}"],
                     "u: scalar; sigma: sigmoid"),
            sd.steps([r"y_k = \sum_{j=1}^M \omega_{kj}^{(2)}\, \sigma\left(\sum_{i=1}^D \omega_{ji}^{(1)} x_i + "
                      r"\omega_{j0}^{(1)}"
                      r"\right) + \omega_{k0}^{(2)}",
                      (r"= \sum_{j=1}^M \omega_{kj}^{(2)} \left(\frac12 + \frac12\tanh\left(\sum_{i=1}^D "
                       r"\frac{\omega_{ji}^{(1)}}{2}"
                       r" x_i + \frac{\omega_{j0}^{(1)}}{2}\right)\right) + \omega_{k0}^{(2)}", "the identity, for "
                                                                                                "each $j$"),
                      (r"= \sum_{j=1}^M \frac{\omega_{kj}^{(2)}}{2} \tanh\left(\sum_{i=1}^D "
                       r"\frac{\omega_{ji}^{(1)}}{2} x_i + "
                       r"\frac{\omega_{j0}^{(1)}}{2}\right) + \left(\omega_{k0}^{(2)} + \sum_{j=1}^M "
                       r"\frac{\omega_{kj}^{(2)}}{2}"
                       r"\right)", "the constants together")], NETWORK),
            r"This is the same form with tanh, and comparing term by term gives $\Theta'$:",
            sd.steps([*THETA,
                      (r"y_k = \sum_{j=1}^M \tilde\omega_{kj}^{(2)} \tanh\left(\sum_{i=1}^D \tilde\omega_{ji}^{(1)} x_i + "
                       r"\tilde\omega_{j0}^{(1)}\right) + \tilde\omega_{k0}^{(2)}", "put in: the same network")],
                     "; ".join([NETWORK, r"\tilde\omega^{(1)}: M 0..D; \tilde\omega^{(2)}: K 0..M; j: index M; i: index D",
                                *THETA])),
            sd.another_way("The new parameters as unknowns, found by the engine", [*found.identities, found.verdict]),
            *(sd.tested(*pair) for pair in ((found[new_W], W / 2), (found[new_b], b / 2), (found[new_V], V / 2),
                                            (found[new_c], c + sd.sum(V, axis=1) / 2)))]


# ------------------------------------------------------------------ 5: convolutions

d, k1, k2 = sd.dims("d k_1 k_2")
fits = [k1 < d, k2 < d]
signal, w1, w2 = sd.tensor("x", d), sd.tensor("w^1", k1), sd.tensor("w^2", k2)
SIZES = "d, k_1, k_2: size; k_1 < d; k_2 < d; w^2: k_2; *: conv1d valid; \\tilde *: conv1d full; "
VALID = SIZES + ("h^1: d - k_1 + 1; a^2: d - k_1 - k_2 + 2; a^2_i = sum_{j=1}^{k_2} h^1_{i+j-1}*w^2_j; "
                 "L: function of a^2; i: index d - k_1 - k_2 + 2; n: index d - k_1 + 1")
FULL = SIZES + ("h^1: d + k_1 - 1; a^2: d + k_1 + k_2 - 2; a^2_i = sum_{j=1}^{k_2} h^1_{i+j-k_2}*w^2_j; "
                "L: function of a^2; i: index d + k_1 + k_2 - 2; n: index d + k_1 - 1")
CHAIN = (r"(\nabla_{h^1} L)_n = \sum_{i=1}^{|a^2|} (\nabla_{a^2} L)_i\, \frac{\partial a^2_i}{\partial h^1_n}", "chain rule")
FLIP = "$\\text{flip}(w)_j = w_{k-j+1}$"


def convolutions(mode):
    """The hidden layer h and the second pre-activation a of the network, as definitions."""
    h = sd.define("h", sd.relu(sd.conv1d(signal, w1, mode=mode)))
    return h, sd.define("a", sd.conv1d(h, w2, mode=mode))


@sd.identity("Two valid convolutions leave $d - k_1 - k_2 + 2$ entries",
             question="002.5.1")
def size_after_valid_convolutions():
    r"""The input has $d$ entries, the kernels $k_1 < d$ and $k_2 < d$.  Both convolutions are valid: $(x * w)_n =
    \sum_{j=1}^k x_{n+j-1} w_j$.  How many entries $|a^2|$ has the second pre-activation?

    Entry $n$ reads $x_n, \dots, x_{n+k_1-1}$.  All of these are there for $n \ge 1$ and $n + k_1 - 1 \le d$, that is for
    $1 \le n \le d - k_1 + 1$:
    """
    h, a = convolutions("valid")
    return [("the first convolution has as many entries, $|a^1|$", h.shape[0], d - k1 + 1),
            ("ReLU keeps the size: $|h^1|$", h.shape[0], d - k1 + 1),
            ("The second convolution counts in the same way, with $d - k_1 + 1$ in place of $d$ and $k_2$ in place of "
             "$k_1$: "
             "$|a^2|$", a.shape[0], sd.worked(d - k1 + 1) - k2 + 1)]


@sd.derivation(r"For a valid convolution, $\partial a^2_i/\partial h^1_n = w^2_{n-i+1}$, which is 0 outside the kernel",
               question="002.5.2")
def valid_convolution_jacobian():
    r"""Derive $\partial a_i^2/\partial h_n^1$ for the valid convolution $a_i^2 = \sum_{j=1}^{k_2} h_{i+j-1}^1 w_j^2$,
    for all $i$, given a particular $n$.

    Of the sum over $j$ only the term with $i + j - 1 = n$ reads $h_n^1$: that with $j = n - i + 1$.  It is there where
    $1 \le n - i + 1 \le k_2$, that is for $n - k_2 + 1 \le i \le n$.
    """
    h, a = convolutions("valid")
    J = sd.derive(a, h, assuming=fits)
    return [sd.steps([r"\frac{\partial a^2_i}{\partial h^1_n} = \begin{cases} w^2_{n-i+1} & \text{if } n - k_2 + 1 "
                      r"\le i \le n \\"
                      r" 0 & \text{otherwise} \end{cases}"], VALID),
            sd.another_way("By the engine, an entry of $w^2$ outside its range being 0", J)]


@sd.derivation("The gradient of a valid convolution is the full convolution with the flipped kernel",
               question="002.5.3")
def valid_convolution_gradient():
    r"""The layer is a valid convolution, $a_i^2 = \sum_{j=1}^{k_2} h_{i+j-1}^1 w_j^2$.  Show that $\nabla_{h^1} L =
    \nabla_{a^2} L \mathbin{\tilde *} \operatorname{flip}(w^2)$, the full convolution $(x \mathbin{\tilde *} w)_n =
    \sum_{j=1}^k x_{n+j-k} w_j$.  Start with
    $$(\nabla_{h^1} L)_n = \sum_{i=1}^{|a^2|} (\nabla_{a^2} L)_i\, \frac{\partial a_i^2}{\partial h_n^1}.$$

    The derivatives of the entries are $w^2_{n-i+1}$ (:ref:`valid_convolution_jacobian`).
    """
    h, a = convolutions("valid")
    G = sd.tensor("G", a.shape[0])
    return [sd.steps([CHAIN, (r"= \sum_{i=n-k_2+1}^{n} (\nabla_{a^2} L)_i\, w^2_{n-i+1}", "0 outside this range"),
                      (r"= \sum_{j=1}^{k_2} (\nabla_{a^2} L)_{n+j-k_2}\, w^2_{k_2-j+1}", "put $j = i - n + k_2$"),
                      (r"= \sum_{j=1}^{k_2} (\nabla_{a^2} L)_{n+j-k_2}\, \operatorname{flip}(w^2)_j", FLIP),
                      r"= (\nabla_{a^2} L \mathbin{\tilde *} \operatorname{flip}(w^2))_n"], VALID),
            "Entries of $\\nabla_{a^2} L$ outside its range are 0, so that the sums need not be cut off at the ends.",
            sd.another_way("By the engine", sd.vjp(a, h, G, assuming=fits))]


@sd.identity("Two full convolutions make $d + k_1 + k_2 - 2$ entries",
             question="002.5.4")
def size_after_full_convolutions():
    r"""The input has $d$ entries, the kernels $k_1$ and $k_2$; both convolutions are full: $(x \mathbin{\tilde *} w)_n =
    \sum_{j=1}^k x_{n+j-k} w_j$.  How many entries $|a^2|$ has the second pre-activation?

    A full convolution reads $k_1 - 1$ zeros on both sides of $x$, of $d + 2(k_1 - 1)$ entries then.  A window begins at $n
    \ge 1$ and ends at $n + k_1 - 1 \le d + 2(k_1 - 1)$, that is for $1 \le n \le d + k_1 - 1$:
    """
    h, a = convolutions("full")
    return [("the first convolution has as many entries, $|a^1|$", h.shape[0], d + k1 - 1),
            ("ReLU keeps the size: $|h^1|$", h.shape[0], d + k1 - 1),
            ("The second convolution counts in the same way, with $d + k_1 - 1$ in place of $d$ and $k_2$ in place of "
             "$k_1$: "
             "$|a^2|$", a.shape[0], sd.worked(d + k1 - 1) + k2 - 1)]


@sd.derivation(r"For a full convolution, $\partial a^2_i/\partial h^1_n = w^2_{n-i+k_2}$, which is 0 outside the kernel",
               question="002.5.5")
def full_convolution_jacobian():
    r"""Derive $\partial a_i^2/\partial h_n^1$ for the full convolution $a_i^2 = \sum_{j=1}^{k_2} h_{i+j-k_2}^1 w_j^2$,
    for all $i$, given a particular $n$.

    Of the sum over $j$ only the term with $i + j - k_2 = n$ reads $h_n^1$: that with $j = n - i + k_2$.  It is there where
    $1 \le n - i + k_2 \le k_2$, that is for $n \le i \le n + k_2 - 1$.
    """
    h, a = convolutions("full")
    J = sd.derive(a, h, assuming=fits)
    return [sd.steps([r"\frac{\partial a^2_i}{\partial h^1_n} = \begin{cases} w^2_{n-i+k_2} & \text{if } n \le i \le "
                      r"n + k_2 - 1 "
                      r"\\ 0 & \text{otherwise} \end{cases}"], FULL),
            sd.another_way("By the engine, an entry of $w^2$ outside its range being 0", J)]


@sd.derivation("The gradient of a full convolution is the valid convolution with the flipped kernel",
               question="002.5.6")
def full_convolution_gradient():
    r"""The layer is a full convolution, $a_i^2 = \sum_{j=1}^{k_2} h_{i+j-k_2}^1 w_j^2$.  Show that $\nabla_{h^1} L =
    \nabla_{a^2} L * \operatorname{flip}(w^2)$, the valid convolution $(x * w)_n = \sum_{j=1}^k x_{n+j-1} w_j$.  Start with
    $$(\nabla_{h^1} L)_n = \sum_{i=1}^{|a^2|} (\nabla_{a^2} L)_i\, \frac{\partial a_i^2}{\partial h_n^1}.$$

    The derivatives of the entries are $w^2_{n-i+k_2}$ (:ref:`full_convolution_jacobian`).
    """
    h, a = convolutions("full")
    G = sd.tensor("G", a.shape[0])
    return [sd.steps([CHAIN, (r"= \sum_{i=n}^{n+k_2-1} (\nabla_{a^2} L)_i\, w^2_{n-i+k_2}", "0 outside this range"),
                      (r"= \sum_{j=1}^{k_2} (\nabla_{a^2} L)_{n+j-1}\, w^2_{k_2-j+1}", "put $j = i - n + 1$"),
                      (r"= \sum_{j=1}^{k_2} (\nabla_{a^2} L)_{n+j-1}\, \operatorname{flip}(w^2)_j", FLIP),
                      r"= (\nabla_{a^2} L * \operatorname{flip}(w^2))_n"], FULL),
            sd.another_way("By the engine", sd.vjp(a, h, G, assuming=fits))]
