r"""The derivatives of the Matrix Cookbook, each in closed form and each compared with the printed one.

The numbers are those of Petersen and Pedersen, The Matrix Cookbook (2012); the table that ``symderiv check`` prints of
this file is its scoreboard.
"""

from sympy import latex

import symderiv as sd

n, m = sd.dims("n m")
X, A, B, C = (sd.tensor(name, n, n) for name in "XABC")
Y, S = sd.tensor("Y", n, m), sd.tensor("S", n, n, symmetric=True)
M = sd.tensor("M", n, n, invertible=True)
x, a, b, s = (sd.tensor(name, n) for name in "xabs")
u, v = sd.tensor("u", m), sd.tensor("v", m)
tr, inv, outer = sd.trace, sd.inv, sd.outer


def table(numbers, *rows):
    """Derivatives below their numbers and what is derived, with the printed right sides beside them."""
    found = [(sd.derive(f, by), printed) for f, by, printed in rows]
    return [*((f"({number}) $L = {latex(d.primal)}$:", d) for number, (d, _) in zip(numbers.split(), found, strict=True)),
            *(sd.tested(d.closed, printed) for d, printed in found)]


@sd.derivation(r"Of first order, (69) to (72): $a$, $ab^{\top}$, $ba^{\top}$, $aa^{\top}$")
def first_order():
    r"""The derivatives of $x^{\top}a$, $a^{\top}Xb$, $a^{\top}X^{\top}b$ and $a^{\top}Xa$."""
    return table(
        "69 70 71 72", (x @ a, x, a), (a @ X @ b, X, outer(a, b)),
        (a @ X.T @ b, X, outer(b, a)), (a @ X @ a, X, outer(a, a)))


@sd.derivation(r"Of second order, (76), (77), (81), (82) and (84)")
def second_order():
    r"""The derivatives of $(\sum_{ij} X_{ij})^2$, $u^{\top}Y^{\top}Yv$, $x^{\top}Bx$, $u^{\top}Y^{\top}AYv$ and, for a
    symmetric $S$, $(x - As)^{\top}S(x - As)$ by $s$.
    """
    return table(
        "76 77 81 82 84", (sd.sum(X) ** 2, X, 2 * sd.sum(X) * sd.ones(n, n)),
        (u @ Y.T @ Y @ v, Y, Y @ (outer(u, v) + outer(v, u))),
        (x @ B @ x, x, (B + B.T) @ x), (u @ Y.T @ A @ Y @ v, Y, outer(A.T @ Y @ u, v) + outer(A @ Y @ v, u)),
        ((x - A @ s) @ S @ (x - A @ s), s, -2 * A.T @ S @ (x - A @ s)))


@sd.derivation(r"Of traces, (99) to (102), (106) to (108)")
def traces():
    r"""The derivatives of the traces of $X$, $XA$, $AXB$, $AX^{\top}B$, $X^2$, $X^2B$ and $Y^{\top}BY$."""
    return table(
        "99 100 101 102 106 107 108", (tr(X), X, sd.eye(n)), (tr(X @ A), X, A.T), (tr(A @ X @ B), X, A.T @ B.T),
        (tr(A @ X.T @ B), X, B @ A),
        (tr(X @ X), X, 2 * X.T), (tr(X @ X @ B), X, (X @ B + B @ X).T), (tr(Y.T @ B @ Y), Y, B @ Y + B.T @ Y))


@sd.derivation(r"Of determinants and inverses, (49), (57), (61) and (63)")
def determinants_and_inverses():
    r"""The derivatives of $\det M$, $\log|\det M|$, $a^{\top}M^{-1}b$ and $\operatorname{tr}(AM^{-1}B)$, for an
    invertible $M$.
    """
    back = inv(M).T
    return table(
        "49 57 61 63", (sd.det(M), M, sd.det(M) * back), (sd.logdet(M), M, back),
        (a @ inv(M) @ b, M, -outer(back @ a, inv(M) @ b)),
        (tr(A @ inv(M) @ B), M, -(inv(M) @ B @ A @ inv(M)).T))


@sd.derivation(r"Of norms and of functions of a matrix, (129), (132) and 9.4: "
               r"$(x - a)/\|x - a\|$, $2X$, $\operatorname{expm}(X)^{\top}$", expect="supported")
def norms_and_functions():
    r"""The derivatives of $\|x - a\|$, $\|X\|_F^2$ and $\operatorname{tr} e^X$."""
    return table(
        "129 132 9.4", (sd.norm(x - a), x, (x - a) / sd.norm(x - a)), (sd.norm(X) ** 2, X, 2 * X),
        (tr(sd.expm(X)), X, sd.expm(X).T))
