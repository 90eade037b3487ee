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


@sd.derivation(r"Of traces of longer products, (116) and (118) to (121)")
def longer_traces():
    r"""The derivatives of the traces of $AXBX$, $v v^{\top}Y^{\top}AY$, $Y^{\top}AYW$, $AXBX^{\top}C$
    and $(AXB + C)(AXB + C)^{\top}$.
    """
    W = sd.tensor("W", m, m)
    rest = A @ X @ B + C
    return table(
        "116 118 119 120 121", (tr(A @ X @ B @ X), X, A.T @ X.T @ B.T + B.T @ X.T @ A.T),
        (tr(outer(v, v) @ Y.T @ A @ Y), Y, (A + A.T) @ Y @ outer(v, v)),
        (tr(Y.T @ A @ Y @ W), Y, A @ Y @ W + A.T @ Y @ W.T),
        (tr(A @ X @ B @ X.T @ C), X, A.T @ C.T @ X @ B.T + C @ A @ X @ B),
        (tr(rest @ rest.T), X, 2 * A.T @ rest @ B.T))


@sd.derivation(r"Of determinants and inverses of what is made of a matrix, (51), (58), (62) and (64)")
def made_of_a_matrix():
    r"""The derivatives of $\det(AMB)$, $\det M^3$, $\det M^{-1}$ and, for $M + A$ with an inverse,
    $\operatorname{tr}\,(M + A)^{-1}$.
    """
    back = inv(M).T
    return table(
        "51 58 62 64", (sd.det(A @ M @ B), M, sd.det(A @ M @ B) * back), (sd.det(M @ M @ M), M, 3 * sd.det(M) ** 3 * back),
        (sd.det(inv(M)), M, -back / sd.det(M)), (tr(inv(M + A)), M, -(inv(M + A) @ inv(M + A)).T))


@sd.derivation(r"Of determinants of forms, (53) and (55)")
def determinants_of_forms():
    r"""The derivatives of $\det(Y^{\top}SY)$ and $\log\det(Y^{\top}Y)$, where what is inverted in them has an inverse."""
    form = Y.T @ S @ Y
    return table(
        "53 55", (sd.det(form), Y, 2 * sd.det(form) * S @ Y @ inv(form)), (sd.logdet(Y.T @ Y), Y, 2 * Y @ inv(Y.T @ Y)))


@sd.derivation(r"Of norms and of functions of a matrix, (122), (129), (132) and 9.4: "
               r"$(x - a)/\|x - a\|$, $2X$, $\operatorname{expm}(X)^{\top}$", expect="supported")
def norms_and_functions():
    r"""The derivatives of $\operatorname{tr}(X \otimes X)$, $\|x - a\|$, $\|X\|_F^2$ and $\operatorname{tr} e^X$."""
    return table(
        "122 129 132 9.4", (tr(sd.kron(X, X)), X, 2 * tr(X) * sd.eye(n)),
        (sd.norm(x - a), x, (x - a) / sd.norm(x - a)), (sd.norm(X) ** 2, X, 2 * X), (tr(sd.expm(X)), X, sd.expm(X).T))
