"""How long derivatives are, against the forms that textbooks print, and whether every spelling gives one form.

    python -m benchmarks.forms [NAME ...]

Operations are counted as a reader counts them: each distinct part once, transpositions, constants and new axes not.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from sympy import Expr, Rational, cos, pi, sin

import symderiv as sd
from symderiv.matrixform.cost import operations
from symderiv.reader.declare.declarations import declare

from .form_tasks import WRITTEN
from .measure import Figure, times

TOO_LONG, FAR_TOO_LONG = 1.3, 2.0
n, m, d, k, p, q, N, c, C, L, H, U = sd.dims("n m d k p q N c C L H U")
i, j = sd.indices("i j", n)
EPS = Rational(1, 1000)
T = sd.tensor


@dataclass(frozen=True)
class Task:
    """A derivative in several spellings, the textbook's form as text, and its length where no text says it."""

    wrt: Expr
    spellings: tuple[Callable[[], Any], ...]
    textbook: str = ""
    length: int | None = None
    order: int = 1
    names: tuple[Any, ...] = ()

    def textbook_length(self) -> int | None:
        """Operations of the textbook's form."""
        if self.length is not None or not self.textbook:
            return self.length
        return operations(self.written())

    def written(self) -> Any:
        """The textbook's form."""
        return sd.parse(self.textbook, **{str(t.name): t for t in self.names})


@dataclass(frozen=True)
class Answer:
    """What was found for one spelling."""

    text: str
    length: int
    index: bool
    status: str


TASKS: dict[str, Callable[[], Task]] = {}


def task(build: Callable[[], Task]) -> Callable[[], Task]:
    """Puts a task on the list, by its name."""
    TASKS[build.__name__] = build
    return build


def distances(Y: Any, Z: Any) -> Any:
    """‖y_i - z_j‖² for the rows of two matrices, by broadcasting."""
    return sd.sum((Y[:, None] - Z[None, :]) ** 2, axis=2)


@task
def tr_kron_XX() -> Task:
    X = T("X", n, n)
    return Task(X, (lambda: sd.trace(sd.kron(X, X)), lambda: sd.trace(X) ** 2), length=3)


@task
def tr_kron_AX() -> Task:
    X, A = T("X", n, n), T("A", m, m)
    return Task(X, (lambda: sd.trace(sd.kron(A, X)), lambda: sd.trace(sd.kron(X, A)), lambda: sd.trace(A) * sd.trace(X)),
                length=2)


@task
def logdet_kron() -> Task:
    A, B = T("A", m, m, positive_definite=True), T("B", n, n, positive_definite=True)
    return Task(A, (lambda: sd.logdet(sd.kron(A @ A.T, B @ B.T)),
                    lambda: n * sd.logdet(A @ A.T) + m * sd.logdet(B @ B.T)), length=3)


@task
def tr_A_IkronF() -> Task:
    A, F = T("A", n * p, n * p), T("F", p, p)
    return Task(F, (lambda: sd.trace(A @ sd.kron(sd.eye(n), F)), lambda: sd.trace(sd.kron(sd.eye(n), F) @ A)), length=1)


@task
def kron_vec() -> Task:
    g, B, A, X = T("g", p * q), T("B", m, q), T("A", p, n), T("X", n, m)
    return Task(X, (lambda: g @ (sd.kron(B.T, A) @ sd.vec(X)), lambda: g @ sd.vec(A @ X @ B)), length=2)


@task
def kron_mixed() -> Task:
    A, B, X = T("A", n, n), T("B", m, m), T("X", n, n)
    return Task(X, (lambda: sd.trace(sd.kron(A, B) @ sd.kron(X, sd.eye(m))), lambda: sd.trace(sd.kron(A @ X, B))), length=2)


@task
def norm_fro() -> Task:
    A, X, B = T("A", p, n), T("X", n, m), T("B", p, m)
    return Task(X, (lambda: sd.norm(A @ X - B), lambda: sd.sqrt(sd.sum((A @ X - B) ** 2)),
                    lambda: sd.trace((A @ X - B).T @ (A @ X - B)) ** Rational(1, 2)), length=5)


@task
def hsic_X() -> Task:
    X, M = T("X", n, d), T("M", n, n, symmetric=True)
    H_ = sd.eye(n) - sd.ones(n, n) / n
    return Task(X, (lambda: sd.trace(X @ X.T @ H_ @ M @ H_), lambda: sd.sum(X @ X.T * (H_ @ M @ H_)),
                    lambda: sd.trace(X.T @ H_ @ M @ H_ @ X)), length=6)


@task
def srip_offdiag() -> Task:
    W = T("W", n, m)
    return Task(W, (lambda: sd.norm(W @ W.T * (1 - sd.eye(n))) ** 2, lambda: sd.sum((W @ W.T * (1 - sd.eye(n))) ** 2),
                    lambda: sd.norm(W @ W.T * (sd.ones(n, n) - sd.eye(n))) ** 2), length=5)


@task
def quad_diag_w() -> Task:
    x, w, A = T("x", n), T("w", n), T("A", n, n)
    return Task(w, (lambda: x @ sd.diag(w) @ A @ sd.diag(w) @ x, lambda: (x * w) @ A @ (w * x),
                    lambda: x @ (w * (A @ (w * x)))), length=4)


@task
def rbf_X() -> Task:
    G, X = T("G", n, n), T("X", n, d)
    return Task(X, (lambda: sd.sum(G * sd.exp(-distances(X, X) / 2)),
                    lambda: sd.Sum(G[i, j] * sd.exp(-(X[i, :] - X[j, :]) @ (X[i, :] - X[j, :]) / 2), i, j)), length=12)


@task
def laplacian_x() -> Task:
    W, x = T("W", n, n, symmetric=True), T("x", n)
    return Task(x, (lambda: x @ (sd.diag(W @ sd.ones(n)) - W) @ x, lambda: x @ (sd.diag(sd.sum(W, axis=1)) - W) @ x,
                    lambda: sd.Sum(W[i, j] * (x[i] - x[j]) ** 2, i, j) / 2), length=5)


@task
def laplacian_any() -> Task:
    W, x = T("W", n, n), T("x", n)
    return Task(x, (lambda: sd.Sum(W[i, j] * (x[i] - x[j]) ** 2, i, j) / 2,
                    lambda: sd.sum(W * (x[:, None] - x[None, :]) ** 2) / 2), length=7)


@task
def laplacian_X() -> Task:
    W, X = T("W", n, n, symmetric=True), T("X", n, d)
    return Task(X, (lambda: sd.sum(W * distances(X, X)) / 2, lambda: sd.trace(X.T @ (sd.diag(sd.sum(W, axis=1)) - W) @ X)),
                length=5)


@task
def hat_matrix() -> Task:
    y, X = T("y", n), T("X", n, m)
    return Task(X, (lambda: y @ X @ sd.inv(X.T @ X) @ X.T @ y, lambda: (X.T @ y) @ sd.inv(X.T @ X) @ (X.T @ y)), length=8)


@task
def gauss_density_x() -> Task:
    x, M, S = T("x", n), T("m", n), T("S", n, n, positive_definite=True)
    return Task(x, (lambda: sd.exp(-(x - M) @ sd.inv(S) @ (x - M) / 2),
                    lambda: sd.exp(-Rational(1, 2) * ((M - x) @ (sd.inv(S) @ (M - x))))), length=10)


@task
def focal_z() -> Task:
    z, y, g = T("z", c), T("y", c, one_hot=True), T("g", positive=True)
    P = sd.softmax(z)
    E = sd.exp(z) / sd.sum(sd.exp(z))
    return Task(z, (lambda: -(1 - y @ P) ** g * sd.log(y @ P), lambda: -(1 - y @ E) ** g * sd.log(y @ E)), length=12)


@task
def labelsmooth_z() -> Task:
    z, y, a = T("z", c), T("y", c, one_hot=True), T("a")
    s = (1 - a) * y + a / c
    return Task(z, (lambda: -s @ sd.log_softmax(z), lambda: -sd.sum(s * sd.log(sd.softmax(z))),
                    lambda: -sd.sum(s * (z - sd.logsumexp(z)))), length=6)


@task
def reinforce_z() -> Task:
    z, a, R, b = T("z", n), T("a", n, one_hot=True), T("R"), T("b")
    P = sd.softmax(z)
    return Task(z, (lambda: R * (a @ sd.log_softmax(z)) - b * (P @ sd.log_softmax(z)),
                    lambda: R * (a @ sd.log(P)) - b * sd.sum(P * sd.log(P))), length=9)


@task
def entropy_z() -> Task:
    z = T("z", n)
    P = sd.softmax(z)
    return Task(z, (lambda: -sd.sum(P * sd.log(P)), lambda: -P @ sd.log_softmax(z),
                    lambda: sd.logsumexp(z) - P @ z), length=6)


@task
def dpo_W() -> Task:
    W, x, u, v = T("W", c, n), T("x", n), T("u", c, one_hot=True), T("v", c, one_hot=True)
    b, r = T("b"), T("r")
    s = sd.log_softmax(W @ x)
    return Task(W, (lambda: -sd.log(sd.sigmoid(b * (s @ (u - v) - r))), lambda: sd.softplus(-b * (s @ u - s @ v - r)),
                    lambda: sd.log(1 + sd.exp(-b * (s @ (u - v) - r)))), length=11)


@task
def lse_pool() -> Task:
    x, r = T("x", n), T("r", positive=True)
    return Task(x, (lambda: sd.log(sd.mean(sd.exp(r * x))) / r, lambda: sd.log(sd.sum(sd.exp(r * x)) / n) / r,
                    lambda: (sd.logsumexp(r * x) - sd.log(n)) / r), length=2)


@task
def ppo_clip() -> Task:
    lp, o, A, e = T("l", n), T("o", n), T("A", n), T("e", positive=True)
    r = sd.exp(lp - o)
    return Task(lp, (lambda: sd.sum(sd.minimum(r * A, sd.clip(r, 1 - e, 1 + e) * A)),
                     lambda: sd.sum(sd.minimum(sd.clip(r, 1 - e, 1 + e) * A, A * r))), length=10)


@task
def quantile_w() -> Task:
    X, w, y, t = T("X", N, d), T("w", d), T("y", N), T("t")
    r = y - X @ w
    return Task(w, (lambda: sd.sum(sd.maximum(t * r, (t - 1) * r)),), length=6)


@task
def ranknet_s() -> Task:
    P, s = T("P", n, n), T("s", n)
    return Task(s, (lambda: sd.Sum(P[i, j] * sd.log(1 + sd.exp(-(s[i] - s[j]))), i, j),
                    lambda: sd.sum(P * sd.softplus(s[None, :] - s[:, None])),
                    lambda: -sd.sum(P * sd.log(sd.sigmoid(s[:, None] - s[None, :])))), length=6)


@task
def tsne_Y() -> Task:
    Y, P = T("Y", n, d), T("P", n, n, symmetric=True)
    K = 1 / (1 + distances(Y, Y))
    return Task(Y, (lambda: sd.sum(P * sd.log(1 + distances(Y, Y))) + sd.log(sd.sum(K) - n),), length=16)


@task
def gmm_mu() -> Task:
    X, M, w = T("X", N, d), T("M", k, d), T("w", k, positive=True)
    return Task(M, (lambda: sd.sum(sd.log(sd.exp(-distances(X, M) / 2) @ w)),
                    lambda: sd.sum(sd.logsumexp(sd.log(w) - distances(X, M) / 2, axis=1))), length=13)


@task
def kmeans_M() -> Task:
    X, M, R = T("X", N, d), T("M", k, d), T("R", N, k)
    return Task(M, (lambda: sd.sum(R * distances(X, M)),), length=6)


@task
def geomean_x() -> Task:
    x = T("x", n, positive=True)
    return Task(x, (lambda: sd.prod(x) ** (1 / n), lambda: sd.exp(sd.mean(sd.log(x)))), length=5)


@task
def barrier_x() -> Task:
    A, x, b = T("A", m, n), T("x", n), T("b", m)
    return Task(x, (lambda: -sd.sum(sd.log(b - A @ x)), lambda: -sd.sum(sd.log(-A @ x + b))), length=4)


@task
def instnorm_X() -> Task:
    X, G = T("X", C, L), T("G", C, L)
    mu = sd.mean(X, axis=1, keepdims=True)
    v = sd.var(X, axis=1, keepdims=True)
    return Task(X, (lambda: sd.sum(G * (X - mu) / sd.sqrt(v + 0.001)),
                    lambda: sd.sum(G * ((-mu + X) / (v + EPS) ** Rational(1, 2))),
                    lambda: sd.sum(G * (X - mu) / sd.sqrt(sd.mean((X - mu) ** 2, axis=1, keepdims=True) + EPS))), length=13)


@task
def layernorm_x() -> Task:
    x, g = T("x", n), T("g", n)
    return Task(x, (lambda: g @ ((x - sd.mean(x)) / sd.sqrt(sd.var(x) + EPS)),
                    lambda: sd.sum(g * (-sd.mean(x) + x)) / (sd.var(x) + 0.001) ** Rational(1, 2),
                    lambda: g @ (x - sd.sum(x) / n) / sd.sqrt(sd.mean((x - sd.mean(x)) ** 2) + EPS)), length=13)


@task
def rmsnorm_x() -> Task:
    x, g = T("x", n), T("g", n)
    return Task(x, (lambda: g @ x / sd.sqrt(sd.mean(x**2) + EPS),
                    lambda: sd.sum(g * x) / (sd.sum(x * x) / n + 0.001) ** Rational(1, 2),
                    lambda: g @ (x / sd.sqrt(x @ x / n + EPS))), length=10)


@task
def normalize_x() -> Task:
    x, g = T("x", n), T("g", n)
    return Task(x, (lambda: g @ (x / sd.norm(x)), lambda: g @ x / sd.sqrt(x @ x),
                    lambda: sd.sum(x * g) * sd.sum(x**2) ** Rational(-1, 2)),
                length=7)


@task
def cosine_x() -> Task:
    x, y = T("x", n), T("y", n)
    return Task(x, (lambda: x @ y / (sd.norm(x) * sd.norm(y)),
                    lambda: sd.sum(x * y) / sd.sqrt(sd.sum(x**2)) / sd.sqrt(y @ y)), length=10)


@task
def cumsum_x() -> Task:
    x, y = T("x", n), T("y", n)
    return Task(x, (lambda: sd.norm(sd.cumsum(x) - y) ** 2, lambda: sd.sum((y - sd.cumsum(x)) ** 2)), length=4)


@task
def tv2d_X() -> Task:
    X = T("X", n, m)
    return Task(X, (lambda: sd.sum((X[1:, :] - X[:-1, :]) ** 2), lambda: sd.norm(X[:-1] - X[1:]) ** 2), length=4)


@task
def tv1d_x() -> Task:
    x = T("x", n)
    return Task(x, (lambda: sd.sum((x[1:] - x[:-1]) ** 2),), length=4)


@task
def upsample_x() -> Task:
    x, g = T("x", n), T("g", 2 * n)
    return Task(x, (lambda: sd.Sum(g[2 * i - 1] * x[i] + g[2 * i] * x[i], i),), length=1)


@task
def ngram_bilinear() -> Task:
    g, A, x, B, y = T("g", p * q), T("A", p, n), T("x", n), T("B", q, m), T("y", m)
    return Task(A, (lambda: g @ sd.vec(sd.outer(A @ x, B @ y)), lambda: g @ sd.kron(B @ y, A @ x)), length=3)


@task
def dft_x() -> Task:
    x, w = T("x", n), T("w", n)
    Cm = sd.define("C", (i, j), cos(2 * pi * (i - 1) * (j - 1) / n))
    Sm = sd.define("D", (i, j), sin(2 * pi * (i - 1) * (j - 1) / n))
    return Task(x, (lambda: w @ ((Cm @ x) ** 2 + (Sm @ x) ** 2),), length=14)


@task
def maxpool2d_X() -> Task:
    X, G = T("X", 1, 2 * H, 2 * U), T("G", 1, H, U)
    return Task(X, (lambda: sd.sum(G * sd.max_pool2d(X, 2)),), length=3)


@task
def hess_layernorm() -> Task:
    x, g = T("x", n), T("g", n)
    return Task(x, (lambda: g @ ((x - sd.mean(x)) / sd.sqrt(sd.var(x) + EPS)),
                    lambda: sd.sum(g * (-sd.mean(x) + x)) / (sd.var(x) + 0.001) ** Rational(1, 2)), order=2, length=20)


@task
def hess_wishart() -> Task:
    S, D = T("S", p, p, positive_definite=True), T("C", p, p)
    return Task(S, (lambda: sd.logdet(S) + sd.trace(D @ sd.inv(S)), lambda: sd.log(sd.det(S)) + sd.trace(sd.inv(S) @ D)),
                order=2, length=8)


@task
def ln_jac() -> Task:
    x = T("x", n)
    return Task(x, (lambda: (x - sd.mean(x)) / sd.sqrt(sd.var(x)),
                    lambda: (-sd.mean(x) + x) / sd.var(x) ** Rational(1, 2)), length=11)


@task
def softmax_jac() -> Task:
    z = T("z", n)
    return Task(z, (lambda: sd.softmax(z), lambda: sd.exp(z) / sd.sum(sd.exp(z)), lambda: sd.exp(z - sd.logsumexp(z)),
                    lambda: sd.exp(z) / (n * sd.mean(sd.exp(z)))), length=4)


@task
def softmax_rows_X() -> Task:
    X, G = T("X", N, d), T("G", N, d)
    return Task(X, (lambda: sd.sum(G * sd.softmax(X, axis=1)),
                    lambda: sd.sum(G * sd.exp(X) / sd.sum(sd.exp(X), axis=1, keepdims=True))), length=5)


@task
def logistic_w() -> Task:
    X, w, y = T("X", N, d), T("w", d), T("y", N)
    z = X @ w
    return Task(w, (lambda: sd.sum(sd.softplus(z)) - y @ z, lambda: sd.sum(sd.log(1 + sd.exp(z)) - y * z),
                    lambda: -sd.sum(y * sd.log(sd.sigmoid(z)) + (1 - y) * sd.log(1 - sd.sigmoid(z))),
                    lambda: -sd.sum(y * sd.log(1 / (1 + sd.exp(-z))) + (1 - y) * sd.log(1 - 1 / (1 + sd.exp(-z))))),
                length=4)


@task
def ce_rows_W() -> Task:
    X, W, Y = T("X", N, d), T("W", d, c), T("Y", N, c, one_hot=True)
    return Task(W, (lambda: -sd.sum(Y * sd.log_softmax(X @ W, axis=1)) / N,
                    lambda: -sd.sum(Y * sd.log(sd.softmax(X @ W, axis=1))) / N,
                    lambda: sd.mean(sd.logsumexp(X @ W, axis=1) - sd.sum(Y * (X @ W), axis=1))), length=5)


@task
def ridge_w() -> Task:
    X, w, y, a = T("X", N, d), T("w", d), T("y", N), T("a")
    return Task(w, (lambda: sd.norm(X @ w - y) ** 2 + a * (w @ w), lambda: sd.sum((y - X @ w) ** 2) + a * sd.norm(w) ** 2,
                    lambda: (X @ w - y) @ (X @ w - y) + a * sd.sum(w * w)), length=7)


@task
def centred_cov() -> Task:
    X, A = T("X", N, d), T("A", d, d, symmetric=True)
    Xc = X - sd.mean(X, axis=0)
    return Task(X, (lambda: sd.trace(A @ Xc.T @ Xc) / N, lambda: sd.sum(Xc @ A * Xc) / N), length=5)


@task
def variance_x() -> Task:
    x = T("x", n)
    return Task(x, (lambda: sd.var(x), lambda: sd.mean((x - sd.mean(x)) ** 2), lambda: sd.mean(x**2) - sd.mean(x) ** 2,
                    lambda: sd.norm(x - sd.sum(x) / n) ** 2 / n), length=4)


@task
def power_sym() -> Task:
    A = T("A", n, n, symmetric=True)
    x = T("x", n)
    return Task(x, (lambda: x @ A @ A @ x, lambda: sd.norm(A @ x) ** 2), length=3)


@task
def inv_sym() -> Task:
    A, x, b = T("A", n, n, positive_definite=True), T("x", n), T("b", n)
    return Task(x, (lambda: (x - b) @ sd.inv(A) @ (x - b) / 2, lambda: (b - x) @ sd.inv(A) @ (b - x) / 2), length=3)


@task
def attention_V() -> Task:
    Q, K, V, G = T("Q", n, d), T("K", m, d), T("V", m, p), T("G", n, p)
    S = Q @ K.T / sd.sqrt(d)
    return Task(V, (lambda: sd.sum(G * (sd.softmax(S, axis=1) @ V)),
                    lambda: sd.sum(G * (sd.exp(S) / sd.sum(sd.exp(S), axis=1, keepdims=True) @ V))), length=5)


def written(declared: str, wrt: str, texts: tuple[str, ...], textbook: str | int, order: int) -> Task:
    """A task whose spellings are texts."""
    context = declare(declared)
    return Task(sd.parse(wrt, context), tuple(partial(sd.parse, text, context) for text in texts), order=order,
                length=textbook if isinstance(textbook, int) else operations(sd.parse(textbook, context)))


ORDERS = {"h": 2, "3": 3}
TASKS |= {name: partial(written, *of, order=ORDERS.get(name.rpartition("_")[2], 1)) for name, of in WRITTEN.items()}


def answer(of: Task, spelling: Callable[[], Any]) -> Answer:
    """What is found for one spelling."""
    found = sd.derive(spelling(), of.wrt)
    if of.order == 2:
        found = sd.hessian(spelling(), of.wrt)
    for _ in range(of.order - 1 if of.order > 2 else 0):
        found = sd.derive(found.closed, of.wrt)
    closed = found.closed
    names = "".join(f"; {name} = {body}" for name, body in found.where.items())
    return Answer(f"{closed}{names}", operations(found.spelled), not found.is_closed, found.status)


def judged(of: Task) -> Iterator[tuple[Answer | str, list[str]]]:
    """Each spelling's answer, or why there is none, and what is wrong with it."""
    first = None
    length = of.textbook_length()
    for spelling in of.spellings:
        try:
            found = answer(of, spelling)
        except sd.SymderivError as error:
            yield f"{type(error).__name__}: {error.args[0]}"[:150], ["refused"]
            continue
        faults = ["index"] if found.index else []
        if length is not None and found.length > TOO_LONG * length:
            faults.append("long" if found.length <= FAR_TOO_LONG * length else "LONG")
        if first is not None and first != found.text:
            faults.append("spelling")
        if found.status != "proved":
            faults.append(found.status)
        first = first or found.text
        yield found, faults


def report(names: list[str]) -> str:
    """Every task, its lengths and faults."""
    lines, counts = [], dict.fromkeys(("good", "long", "LONG", "index", "refused", "spelling", "undecided"), 0)
    for name in names or TASKS:
        of = TASKS[name]()
        answers = list(judged(of))
        faults = {f for _, own in answers for f in own}
        for f in faults or {"good"}:
            counts[f] = counts.get(f, 0) + 1
        lines.append(f"{name}: {of.textbook_length()}  {' '.join(sorted(faults)) or 'good'}")
        shown = answers if faults or names else answers[:1]
        lines += [f"    {a.length if isinstance(a, Answer) else '-'} {' '.join(own)}  "
                  f"{(a.text if isinstance(a, Answer) else a)[:400]}" for a, own in shown]
    return "\n".join([*lines, str(counts)])


def figures() -> list[Figure]:
    """For the table of all benchmarks."""
    answers = [a for build in TASKS.values() for a in (list(judged(build())),)]
    good = sum(not any(faults for _, faults in a) for a in answers)
    run = times(lambda _: [answer(of, of.spellings[0]) for of in (TASKS["variance_x"](),)], 5)
    return [Figure("derivatives as short as the textbook's, one form for all spellings", f"{good} of {len(answers)}", "95 %",
                   good >= 0.95 * len(answers), f"{min(run) * 1e3:.0f} ms for a variance")]


if __name__ == "__main__":
    print(report(sys.argv[1:]))
