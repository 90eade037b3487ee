r"""Gaussian likelihoods, and where their gradients vanish."""

import symderiv as sd

N, d = sd.dims("N d")
X, mu = sd.tensor("X", N, d), sd.tensor("mu", d)
S = sd.tensor("S", d, d, positive_definite=True)
w, y, a = sd.tensor("w", d), sd.tensor("y", N), sd.tensor("a", positive=True)


@sd.derivation("The likeliest mean is the mean")
def mean():
    r"""The negative log-likelihood of the rows of $X$ under $N(\mu, S)$ is, but for constants,
    $\tfrac12\sum_i (x_i - \mu)^{\top}S^{-1}(x_i - \mu)$.  Where is its gradient 0?
    """
    loss = sd.sum((X - mu) @ sd.inv(S) * (X - mu)) / 2
    found = sd.derive(loss, mu)
    return [found, sd.stated((r"It is 0 where $\mu$ is the mean of the rows of $X$, since it is", found.closed,
                              N * sd.inv(S) @ (mu - sd.mean(X, axis=0))))]


@sd.derivation(r"By the covariance: $\tfrac12\left(N S^{-1} - S^{-1}(X - \mu)^{\top}(X - \mu)S^{-1}\right)$")
def covariance():
    r"""With the covariance $S$ unknown, $\tfrac N2 \log\det S$ stands before $\tfrac12\sum_i (x_i - \mu)^{\top}S^{-1}(x_i -
    \mu)$.  Where is the gradient by $S$ zero?

    At the likeliest covariance, $S = (X - \mu)^{\top}(X - \mu)/N$, it is zero.
    """
    loss = N * sd.logdet(S) / 2 + sd.sum((X - mu) @ sd.inv(S) * (X - mu)) / 2
    found, scatter = sd.derive(loss, S), sd.tensor("C", d, d, positive_definite=True)
    return [found, sd.stated((r"With $C = (X - \mu)^{\top}(X - \mu)/N$ in the place of $S$, the bracket is",
                              N * sd.inv(scatter) - sd.inv(scatter) @ (N * scatter) @ sd.inv(scatter), sd.zeros(d, d)))]


@sd.derivation(r"Ridge regression: $w = (X^{\top}X + aI)^{-1}X^{\top}y$")
def ridge():
    r"""Where is the gradient of $\|Xw - y\|^2 + a\|w\|^2$ zero?"""
    loss = sd.norm(X @ w - y) ** 2 + a * sd.norm(w) ** 2
    slope, M = sd.derive(loss, w), sd.tensor("M", d, d, invertible=True)
    whole = X.T @ X + a * sd.eye(d)
    return [slope,
            sd.stated((r"With $M = X^{\top}X + aI$ it is $2(Mw - X^{\top}y)$", slope.closed, 2 * (whole @ w - X.T @ y))),
            sd.stated((r"and 0 at $w = (X^{\top}X + aI)^{-1}X^{\top}y$, since", M @ (sd.inv(M) @ (X.T @ y)), X.T @ y))]
