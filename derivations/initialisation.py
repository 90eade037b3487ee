"""How large weights should be at the start, and other expectations.

The variance of a layer's output from independence and zero means; the same going backward; rectifiers; dropout;
mini-batches.  Every result is checked by a simulation.
"""

from sympy import Integer, latex, sqrt

import symderiv as sd

n, m = sd.dims("n m")
sigma, nu, mu = sd.tensor("sigma", positive=True), sd.tensor("nu", positive=True), sd.tensor("mu")


def layer(variance, rows=m, columns=n, **inputs):
    """Weights of a layer, and inputs that are independent of them."""
    W = sd.random("W", rows, columns, mean=0, var=variance, iid=True)
    x = sd.random("x", columns, **{"mean": 0, "var": nu**2, "iid": True, **inputs}, independent_of=W)
    return W, x


def compromise(rows, columns):
    """The variance between the demands of the way forward and the way back."""
    return Integer(2) / (rows + columns)


@sd.derivation(r"For independent entries of mean 0, $\operatorname{Var}[w^{\top}x] = n\,\sigma^2\nu^2$")
def variance_of_a_product():
    r"""The weights $w$ and the inputs $x$ are independent, with mean 0 and the variances $\sigma^2$ and $\nu^2$.  What
    is the variance of $w^{\top}x$?
    """
    w = sd.random("w", n, mean=0, var=sigma**2, iid=True)
    x = sd.random("x", n, mean=0, var=nu**2, iid=True, independent_of=w)
    return [sd.expectation(w @ x), sd.variance(w @ x), sd.tested(sd.variance(w @ x).value, n * sigma**2 * nu**2)]


@sd.derivation(r"Weights of variance \(1/n\) keep the variance of $n$ inputs (Xavier)", question="001.3")
def xavier(size=(50, 100)):
    r"""A linear layer $y = Wx + b$ has inputs $x \in \mathbb{R}^{100}$, weights $W \in \mathbb{R}^{50 \times 100}$ and a
    bias $b \in \mathbb{R}^{50}$.  How is $W$ to be initialised at random, by Xavier's rule?

    The outputs shall vary as much as the inputs.  With independent entries of mean 0 and variance $\sigma^2$, and $n$ inputs
    of variance $\nu^2$, an output has the variance $n\,\sigma^2\nu^2$ (:ref:`variance_of_a_product`), which is $\nu^2$ for
    $\sigma^2 = 1/n$; the bias begins at 0.
    """
    W, x = layer(1 / n)
    kept = sd.variance(W @ x)
    big, inputs = layer(1, *size)
    wanted = 1 / (sd.variance(big[1, :] @ inputs).value / nu**2)
    rows, columns = size
    return [("With weights of variance $1/n$:", kept), sd.tested(kept.value, nu**2 * sd.ones(m)),
            (rf"For $n = {columns}$ inputs: $\sigma = \frac{{1}}{{\sqrt{{n}}}}$", sd.worked(sqrt(wanted), decimals=True),
             sd.worked(1) / sd.rational(sqrt(columns), 1)),
            rf"So draw each $W_{{ij}}$ from $N(0, \sigma^2)$ with $\sigma = 1/\sqrt{{{columns}}} = {latex(sqrt(wanted))}$.",
            (rf"Glorot's other form is a compromise with the way back (:ref:`xavier_backward`), $\sigma^2 = 2/({columns} + "
             rf"{rows})$, about ${sqrt(compromise(rows, columns)).evalf(3)}^2$: $\sigma$", sqrt(compromise(rows, columns)),
             sqrt(sd.rational(2, rows + columns)))]


@sd.derivation(r"Backward, weights of variance \(1/m\) keep the variance of $m$ gradients")
def xavier_backward():
    r"""The gradient at the input is $W^{\top}\delta$.  Which variance of the weights keeps that of the gradient, and
    what is in the middle between both demands?

    With $2/(n + m)$ the gains forward and backward are $2n/(n + m)$ and $2m/(n + m)$: together 2, both 1 for $n = m$.
    """
    W = sd.random("W", m, n, mean=0, var=1 / m, iid=True)
    delta = sd.random("delta", m, mean=0, var=nu**2, iid=True, independent_of=W)
    kept = sd.variance(W.T @ delta)
    W, x = layer(compromise(m, n))
    forward = sd.variance(W[1, :] @ x).value / nu**2
    delta = sd.random("delta", m, mean=0, var=nu**2, iid=True, independent_of=W)
    backward = sd.variance(W[:, 1] @ delta).value / nu**2
    return [("With weights of variance $1/m$:", kept), sd.tested(kept.value, nu**2 * sd.ones(n)),
            sd.tested(forward + backward, Integer(2)),
            ("The gains with $2/(n + m)$, forward", forward), ("and backward", backward)]


@sd.derivation(r"After a rectifier weights of variance \(2/n\) are needed (He)")
def he():
    """The inputs are rectified: $x = \\max(z, 0)$, with $z$ symmetric about 0.  What does that do to the variance of
    $Wx$, and which weights make up for it?

    A rectifier keeps half of the second moment, because what it cuts away is the mirror image of what it keeps.
    """
    z = sd.random("z", n, mean=0, var=nu**2, iid=True, symmetric=True)
    W = sd.random("W", m, n, mean=0, var=sigma**2, iid=True, independent_of=z)
    half = sd.expectation(sd.relu(z) ** 2)
    output = sd.variance(W @ sd.relu(z))
    W = sd.random("W", m, n, mean=0, var=2 / n, iid=True, independent_of=z)
    kept = sd.variance(W @ sd.relu(z))
    return [half, (r"With weights of variance $\sigma^2$:", output),
            sd.tested(output.value, n * sigma**2 * nu**2 / 2 * sd.ones(m)),
            ("and with weights of variance $2/n$:", sd.stated(kept)),
            sd.tested(kept.value, nu**2 * sd.ones(m))]


@sd.derivation(r"Backward through a rectifier the factor is \(\tfrac12\) as well")
def he_backward():
    r"""And the gradient that goes back through a layer with weights of variance $\sigma^2$ and a rectifier whose input is
    continuous and symmetric?  What arrives, $\delta$, has independent entries of mean 0 and variance 1.
    """
    z = sd.random("z", m, law="normal", var=nu**2, iid=True)
    W = sd.random("W", m, n, mean=0, var=sigma**2, iid=True, independent_of=z)
    delta = sd.random("delta", m, mean=0, var=1, iid=True, independent_of=(W, z))
    passed = sd.derive(sd.sum(sd.relu(z)), z).closed
    back = sd.variance(W.T @ (delta * passed))
    return [back, sd.tested(back.value, m * sigma**2 / 2 * sd.ones(n))]


@sd.identity("The second moment is not the variance, unless the mean is 0", expect="refuted")
def second_moment_for_variance():
    r"""May $\mathbb{E}[x^2]$ be written for $\operatorname{Var}[x]$?"""
    x = sd.random("x", mean=mu, var=nu**2)
    return [sd.variance(x).equals(sd.expectation(x**2).value)]


@sd.derivation(r"With a mean, $\operatorname{Var}[w^{\top}x] = n\,\sigma^2(\nu^2 + \mu^2)$: the second moment of $x$ counts")
def inputs_with_a_mean():
    """What if the inputs have a mean, and only the weights have none?"""
    w = sd.random("w", n, mean=0, var=sigma**2, iid=True)
    x = sd.random("x", n, mean=mu, var=nu**2, iid=True, independent_of=w)
    found = sd.variance(w @ x)
    return [found, sd.tested(found.value, n * sigma**2 * sd.expectation(x[1] ** 2).value)]


@sd.derivation("Inverted dropout keeps the mean, and adds variance")
def inverted_dropout():
    """Each entry of $a$ is dropped with the probability $p$, and what is kept is divided by $1 - p$.  What are mean and
    variance of the result?
    """
    p, a = sd.tensor("p"), sd.tensor("a", n)
    mask = sd.random("m", n, law="bernoulli", p=1 - p, iid=True)
    dropped = mask * a / (1 - p)
    return [sd.expectation(dropped).equals(a), sd.variance(dropped).equals(p / (1 - p) * a**2)]


@sd.derivation("The gradient of a mini-batch is unbiased", expect="supported")
def mini_batch():
    """A batch of $B$ examples is drawn from $N$, each with the same probability and independently.  What is the mean of
    the averaged gradients, and how does their variance depend on $B$?
    """
    N, B = sd.dims("N B")
    b, k = sd.indices("b", B), sd.indices("k", N)
    g = sd.tensor("g", N)
    drawn = sd.random("I", B, law="labels", labels=N, iid=True)
    batch = sd.Sum(g[drawn[b]], b) / B
    mean = sd.mean(g)
    return [sd.expectation(batch).equals(mean), sd.variance(batch).equals(sd.Sum((g[k] - mean) ** 2, k) / N / B)]


@sd.derivation(r"The variance within a sample is too small by the factor $1 - 1/n$")
def sample_variance():
    """Batch normalisation divides by the variance within the batch.  What is that on the average?"""
    x = sd.random("x", n, mean=mu, var=nu**2, iid=True)
    return [sd.expectation(sd.var(x)).equals((1 - 1 / n) * nu**2)]
