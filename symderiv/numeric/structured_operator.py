"""Square matrices kept as what they are: diagonal plus low rank, sums and products of such, multiplied and solved
without ever being made dense.

Source: Golub and Van Loan, Matrix Computations (2013), 2.1.4 (Sherman-Morrison-Woodbury).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from typing import Any

from sympy import Expr, S, latex
from sympy import Mul as SympyMul

from ..answers import ShowsItself
from ..arrays.arrays import Apply
from ..arrays.operator import is_array
from ..arrays.registry import RECORDS
from ..arrays.sizes import show_shape
from ..errors import EvaluationError, ShapeError
from ..kept import Unchanging
from ..late import Numbers as Array
from ..late import np
from ..layers import ones
from .compiled import CompiledFunction, compile_together


@dataclass(frozen=True)
class StructuredTerm:
    """One term: ``scalar`` times Diag(v), u vᵀ, a product of matrices with structure, or a dense matrix.

    Operands and scalar are places among the values that the whole structure computes together; a diagonal without an
    operand is a multiple of the identity.
    """

    kind: str
    operands: tuple[int, ...] = ()
    scalar: int | None = None
    inner: tuple[Structure, ...] = ()


class Structure(Unchanging, ShowsItself):
    """How a matrix expression is put together.  ``structure(**arrays)`` gives the matrix in numbers.

    ``kind`` says it in words, as in "diagonal + rank 1".
    """

    def __init__(self, expr: Expr, variables: Iterable[Expr], values: dict[Expr, int] | None = None) -> None:
        if len(getattr(expr, "shape", ())) != 2:
            raise ShapeError(f"structure is kept of matrices, not of shape {show_shape(getattr(expr, 'shape', ()))}",
                             where=expr)
        self.expr = expr
        self._variables = tuple(variables)
        self._values: dict[Expr, int] = {} if values is None else values
        terms = expr.args if RECORDS.add.of(expr) else (expr,)
        # Beside a diagonal, a multiple of the identity is a number that is added to its entries.
        self._shifts = any(map(_diagonal, terms))
        self.parts = tuple(self._part(t) for t in terms)

    def __reduce__(self) -> tuple[Any, ...]:
        return Structure, (self.expr, self._variables)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Structure) and (self.expr, self._variables) == (other.expr, other._variables)

    def __hash__(self) -> int:
        return hash((self.expr, self._variables))

    @cached_property
    def _function(self) -> CompiledFunction:
        return compile_together(self._values, self._variables, shared=True)

    def _place(self, expr: Expr) -> int:
        return self._values.setdefault(expr, len(self._values))

    def _part(self, term: Expr) -> StructuredTerm:
        scalar: Expr = S.One
        if RECORDS.mul.of(term) and any(not is_array(f) for f in term.args):
            arrays = [f for f in term.args if is_array(f)]
            scalar = SympyMul(*(f for f in term.args if not is_array(f)))
            term = arrays[0] if len(arrays) == 1 else Apply(term.op, tuple(arrays))
        factor = None if scalar == 1 else self._place(scalar)
        if RECORDS.diag.of(term):
            return StructuredTerm("diagonal", (self._place(term.args[0]),), factor)
        if RECORDS.eye.of(term):
            return StructuredTerm("diagonal", () if self._shifts else (self._place(ones(term.shape[:1])),), factor)
        if RECORDS.outer.of(term):
            return StructuredTerm("rank 1", tuple(map(self._place, term.args)), factor)
        if RECORDS.matmul.of(term):
            chain = _factors(term)
            if any(_structured(f) for f in chain):
                return StructuredTerm("product", (), factor,
                                      tuple(Structure(f, self._variables, self._values) for f in chain))
        return StructuredTerm("dense", (self._place(term),), factor)

    @property
    def kind(self) -> str:
        """The structure in words."""
        counts = {kind: sum(p.kind == kind for p in self.parts) for kind in ("diagonal", "rank 1", "product", "dense")}
        words = []
        if counts["diagonal"]:
            words.append("diagonal")
        if counts["rank 1"]:
            words.append(f"rank {counts['rank 1']}")
        words += [f"product of {' and '.join(s.kind for s in p.inner)}" for p in self.parts if p.kind == "product"]
        if counts["dense"]:
            words.append("dense")
        return " + ".join(words)

    def __call__(self, /, **arrays: Any) -> StructuredMatrix:
        """The matrix at given arrays; labels count from 0."""
        return StructuredMatrix(self.parts, self._function(**arrays))

    def latex(self) -> str:
        """The matrix, and its kind in words."""
        return rf"{latex(self.expr)} \qquad \text{{({self.kind})}}"

    def __repr__(self) -> str:
        return f"<Structure {self.kind}: {self.expr}>"


class StructuredMatrix:
    """A matrix in numbers: ``M @ v``, ``M.solve(b)``, ``M.dense()``, each as cheap as its structure allows."""

    __array_ufunc__ = None

    def __init__(self, parts: Iterable[StructuredTerm], values: Sequence[Any]) -> None:
        self.diagonal: Array | None = None
        self.low_rank: list[tuple[Any, Array, Array]] = []
        self.products: list[tuple[Any, list[StructuredMatrix]]] = []
        self.full: Array | None = None
        for part in parts:
            c = 1 if part.scalar is None else values[part.scalar]
            own = [values[place] for place in part.operands]
            if part.kind == "rank 1":
                self.low_rank.append((c, *own))
            elif part.kind == "product":
                self.products.append((c, [StructuredMatrix(s.parts, values) for s in part.inner]))
            else:
                value: Any = c if not own else own[0] if part.scalar is None else c * own[0]
                if part.kind == "diagonal":
                    self.diagonal = value if self.diagonal is None else self.diagonal + value
                else:
                    self.full = value if self.full is None else self.full + value
        self.shape = self._shape()

    def _shape(self) -> tuple[int, int]:
        """Rows and columns."""
        if self.diagonal is not None:
            return len(self.diagonal), len(self.diagonal)
        if self.low_rank:
            _, a, b = self.low_rank[0]
            return len(a), len(b)
        if self.full is not None:
            return self.full.shape[0], self.full.shape[1]
        chain = self.products[0][1]
        return chain[0].shape[0], chain[-1].shape[1]

    def __matmul__(self, v: Any) -> Array:
        """The product with a vector, or with the columns of a matrix.  Raises EvaluationError for a wrong length."""
        x = np.asarray(v)
        if x.ndim not in (1, 2) or x.shape[0] != self.shape[1]:
            raise EvaluationError(f"a matrix of shape {self.shape} does not multiply an array of shape {x.shape}")
        parts: list[Array] = []
        inside = x
        for c, a, b in self.low_rank:
            share = c * b.dot(x)
            if a is self.diagonal:
                # Diag(p) + c p bᵀ = Diag(p) (I + c 1 bᵀ): nothing of rank 1 is written out.
                inside = inside + share
            else:
                parts.append(np.multiply.outer(a, share))
        if self.diagonal is not None:
            parts.append((self.diagonal if x.ndim == 1 else self.diagonal[:, None]) * inside)
        for c, chain in self.products:
            parts.append(c * reduce(lambda y, m: m @ y, reversed(chain), x))
        if self.full is not None:
            parts.append(self.full @ x)
        return parts[0] if len(parts) == 1 else np.asarray(sum(parts[1:], parts[0]))

    def solve(self, b: Any) -> Array:
        """x with M x = b: by Woodbury's formula for a diagonal plus low rank, else by a dense solver.

        Raises EvaluationError for a singular matrix.
        """
        rhs = np.asarray(b, dtype=float)
        if self.shape[0] != self.shape[1] or rhs.shape[:1] != self.shape[:1]:
            raise EvaluationError(f"a matrix of shape {self.shape} cannot be solved with an array of shape {rhs.shape}")
        try:
            if self.diagonal is None or self.products or self.full is not None or not self.diagonal.all():
                return _checked(np.linalg.solve(self.dense(), rhs))
            over: Callable[[Array], Array] = lambda y: y / self.diagonal if y.ndim == 1 else (y.T / self.diagonal).T  # noqa: E731
            if not self.low_rank:
                return over(rhs)
            first = over(rhs)
            if len(self.low_rank) == 1:
                # Sherman and Morrison's formula; where 1 + b'D⁻¹a is rounding alone, the matrix is singular.
                ((c, a, b),) = self.low_rank
                inner, across = a / self.diagonal, c * b.dot(first)
                share = float(c * b.dot(inner))
                if abs(1 + share) <= 1e-13 * (1 + abs(share)):
                    raise np.linalg.LinAlgError
                times = across / (1 + share)
                return _checked(first - (inner * times if rhs.ndim == 1 else np.multiply.outer(inner, times)))
            u = np.stack([c * a for c, a, _ in self.low_rank], axis=1)
            v = np.stack([b for _, _, b in self.low_rank], axis=1)
            small = np.eye(u.shape[1]) + v.T @ over(u)
            if np.linalg.cond(small) > 1e14:
                raise np.linalg.LinAlgError
            return _checked(first - over(u) @ np.linalg.solve(small, v.T @ first))
        except np.linalg.LinAlgError as error:
            raise EvaluationError("the matrix is singular: there is no unique solution",
                                  hint="add a multiple of the identity, or solve in the space it does not annihilate"
                                  ) from error

    def dense(self) -> Array:
        """The matrix with all its entries."""
        return self @ np.eye(self.shape[1])


def _checked(x: Array) -> Array:
    # A sum that is finite says it of all that is summed.
    if not math.isfinite(x.sum()) and not np.all(np.isfinite(x)):
        raise np.linalg.LinAlgError
    return x


def _factors(expr: Expr) -> list[Expr]:
    return [f for a in expr.args for f in _factors(a)] if RECORDS.matmul.of(expr) else [expr]


def _diagonal(term: Expr) -> bool:
    """Whether a term is Diag(v), or a number times it."""
    arrays = [f for f in term.args if is_array(f)] if RECORDS.mul.of(term) else [term]
    return len(arrays) == 1 and RECORDS.diag.of(arrays[0])


def _structured(expr: Expr) -> bool:
    if RECORDS.add.of(expr):
        return all(_structured(t) for t in expr.args)
    if RECORDS.mul.of(expr):
        return sum(map(is_array, expr.args)) == 1 and all(_structured(t) for t in expr.args if is_array(t))
    return RECORDS.diag.of(expr) or RECORDS.outer.of(expr) or RECORDS.eye.of(expr)
