"""Linear algebra of small matrices: elimination with the largest pivot, and singular values by rotations.

Source: Golub and Van Loan, Matrix Computations (2013), 3.4 and 8.6.3 (one-sided Jacobi).
"""

from __future__ import annotations

import math
from operator import mul
from typing import Any

from .array import NumberArray, made, operand
from .kinds import FLOAT

Rows = list[list[float]]


class LinAlgError(ValueError):
    """A matrix has no inverse, or is none."""


def _square(x: Any) -> tuple[NumberArray, int, list[Rows]]:
    given = operand(x, float)
    if given.ndim < 2 or given.shape[-1] != given.shape[-2]:
        raise LinAlgError("Last 2 dimensions of the array must be square")
    n = given.shape[-1]
    step = n * n
    return given, n, [[given.flat[k + i * n:k + (i + 1) * n] for i in range(n)] for k in range(0, given.size, step)]


def _eliminated(rows: Rows, sides: Rows) -> tuple[float, float]:
    """The sign of the determinant and the logarithm of its size; ``sides`` become the solutions."""
    n, sign, size = len(rows), 1.0, 0.0
    for k in range(n):
        pivot = max(range(k, n), key=lambda r, k=k: abs(rows[r][k]))  # type: ignore[misc]
        if not rows[pivot][k]:
            return 0.0, -math.inf
        if pivot != k:
            rows[k], rows[pivot], sides[k], sides[pivot] = rows[pivot], rows[k], sides[pivot], sides[k]
            sign = -sign
        head = rows[k][k]
        sign, size = math.copysign(1.0, head) * sign, size + math.log(abs(head))
        for r in range(n):
            if r != k and rows[r][k]:
                share = rows[r][k] / head
                rows[r] = [a - share * b for a, b in zip(rows[r], rows[k], strict=True)]
                sides[r] = [a - share * b for a, b in zip(sides[r], sides[k], strict=True)]
    for k in range(n):
        sides[k] = [a / rows[k][k] for a in sides[k]]
    return sign, size


def slogdet(x: Any) -> tuple[Any, Any]:
    """The signs of determinants, and the logarithms of their sizes."""
    given, n, matrices = _square(x)
    found = [_eliminated(rows, [[] for _ in range(n)]) for rows in matrices]
    return (made([s for s, _ in found], given.shape[:-2], FLOAT), made([z for _, z in found], given.shape[:-2], FLOAT))


def det(x: Any) -> Any:
    """Determinants."""
    sign, size = slogdet(x)
    return sign * made([math.exp(v) for v in operand(size).flat], operand(size).shape, FLOAT)


def inv(x: Any) -> Any:
    """Inverses.  Raises LinAlgError."""
    given, n, matrices = _square(x)
    flat: list[float] = []
    for rows in matrices:
        sides = [[float(i == j) for j in range(n)] for i in range(n)]
        if not _eliminated(rows, sides)[0]:
            raise LinAlgError("Singular matrix")
        flat += [v for row in sides for v in row]
    return NumberArray(flat, given.shape, FLOAT)


def solve(a: Any, b: Any) -> Any:
    """The solution of a x = b, for one matrix.  Raises LinAlgError."""
    _, _, (rows,) = _square(a)
    side = operand(b, float)
    sides = [[v] for v in side.flat] if side.ndim == 1 else side.tolist()
    if not _eliminated(rows, sides)[0]:
        raise LinAlgError("Singular matrix")
    return NumberArray([v for row in sides for v in row], side.shape, FLOAT)


def cholesky(x: Any) -> Any:
    """Lower triangular factors of symmetric matrices.  Raises LinAlgError."""
    given, n, matrices = _square(x)
    flat: list[float] = []
    for rows in matrices:
        found = [[0.0] * n for _ in range(n)]
        for i in range(n):
            for j in range(i + 1):
                left = rows[i][j] - math.fsum(a * b for a, b in zip(found[i][:j], found[j][:j], strict=True))
                if i == j and not left > 0:
                    raise LinAlgError("Matrix is not positive definite")
                found[i][j] = math.sqrt(left) if i == j else left / found[j][j]
        flat += [v for row in found for v in row]
    return NumberArray(flat, given.shape, FLOAT)


def qr(x: Any) -> tuple[NumberArray, NumberArray]:
    """An orthogonal matrix and a triangular one; Gram and Schmidt's way, twice for the digits."""
    columns = operand(x, float).T.tolist()
    found: Rows = []
    for column in columns:
        for _ in range(2):
            for each in found:
                share = math.fsum(a * b for a, b in zip(each, column, strict=True))
                column = [a - share * b for a, b in zip(column, each, strict=True)]
        length = math.hypot(*column) or 1.0
        found.append([a / length for a in column])
    q = operand(found).T
    return q, operand(q.T @ operand(x, float))


def eigh(x: Any) -> tuple[NumberArray, NumberArray]:
    """Eigenvalues, ascending, and eigenvectors in columns, of symmetric matrices."""
    given, _, matrices = _square(x)
    values: list[float] = []
    flat: list[float] = []
    for rows in matrices:
        # Enough of the identity makes the eigenvalues positive, and singular values of them.
        shift = 1 + max((sum(map(abs, row)) for row in rows), default=0.0)
        vectors = svd([[v + shift * (i == j) for j, v in enumerate(row)] for i, row in enumerate(rows)])[2].tolist()[::-1]
        images = (operand(rows) @ operand(vectors).T).T.tolist()
        values += [sum(map(mul, v, w)) for v, w in zip(vectors, images, strict=True)]
        flat += [v for row in zip(*vectors, strict=True) for v in row]
    return NumberArray(values, given.shape[:-1], FLOAT), NumberArray(flat, given.shape, FLOAT)


def svd(x: Any, full_matrices: bool = False) -> tuple[NumberArray, NumberArray, NumberArray]:
    """Left vectors in columns, singular values, descending, and right vectors in rows, of one matrix."""
    matrix = operand(x, float)
    if matrix.shape[1] > matrix.shape[0]:
        u, values, v = svd(matrix.T)
        return v.T, values, u.T
    found = sorted(zip(*_rotated(matrix), strict=True), key=lambda each: -each[1])
    left = [[a / value for a in column] if value else column for column, value, _ in found]
    return operand(left).T, operand([value for _, value, _ in found]), operand([right for _, _, right in found])


def _rotated(x: Any) -> tuple[Rows, list[float], Rows]:
    """Left vectors scaled by their singular values, the values, and right vectors; of the columns of a matrix."""
    columns: Rows = operand(x, float).T.tolist()
    n = len(columns)
    right: Rows = [[float(i == j) for j in range(n)] for i in range(n)]
    for _ in range(60):
        rotated = False
        for p in range(n - 1):
            for q in range(p + 1, n):
                one, other = columns[p], columns[q]
                alpha, beta, gamma = sum(map(mul, one, one)), sum(map(mul, other, other)), sum(map(mul, one, other))
                if abs(gamma) <= 1e-15 * math.sqrt(alpha * beta) or not gamma:
                    continue
                rotated = True
                zeta = (beta - alpha) / (2 * gamma)
                t = math.copysign(1.0, zeta) / (abs(zeta) + math.hypot(1.0, zeta))
                c = 1 / math.hypot(1.0, t)
                for held in (columns, right):
                    held[p], held[q] = ([c * a - c * t * b for a, b in zip(held[p], held[q], strict=True)],
                                        [c * t * a + c * b for a, b in zip(held[p], held[q], strict=True)])
        if not rotated:
            break
    return columns, [math.hypot(*column) for column in columns], right


def cond(x: Any) -> Any:
    """The largest singular value over the smallest."""
    values = _rotated(x)[1]
    return FLOAT.type(math.inf if not min(values) else max(values) / min(values))


def lstsq(a: Any, b: Any, rcond: float = 1e-15) -> tuple[NumberArray, NumberArray, int, NumberArray]:
    """The shortest x for which a x is nearest to b, a vector; beside it what is left, the rank, the singular values."""
    matrix, side = operand(a, float), operand(b, float).flat
    # Rotations of the shorter side: a wide matrix is taken by its rows.
    wide = matrix.shape[1] > matrix.shape[0]
    columns, values, right = _rotated(matrix.T if wide else matrix)
    least = rcond * max(values, default=0.0)
    found = [0.0] * matrix.shape[1]
    for column, value, vector in zip(columns, values, right, strict=True):
        if value > least:
            seen, along = (vector, column) if wide else (column, vector)
            share = sum(map(mul, seen, side)) / value ** 2
            found = [x + share * v for x, v in zip(found, along, strict=True)]
    x = NumberArray(found, (len(found),), FLOAT)
    return x, operand(a) @ x - operand(b), sum(v > least for v in values), operand(sorted(values, reverse=True))


def norm(x: Any) -> Any:
    """The root of the sum of squares."""
    return FLOAT.type(math.hypot(*map(abs, operand(x).flat)))
