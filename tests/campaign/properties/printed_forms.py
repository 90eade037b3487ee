"""What is printed is what is meant: text, LaTeX and Python text of a random expression are read back as its value.

An expression grows around the example of a record: its operands are replaced by signs, quotients, powers, products and
transposes of themselves, and the whole is put into such a place again.  Values and shapes are compared by the brute-force
evaluator at two sizes.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import Any

import numpy as np
from sympy import Expr, Rational, Symbol, latex

import symderiv as sd
from symderiv.arrays.arrays import Apply, Tensor, subexpressions
from symderiv.arrays.operator import OPERATORS, shape_of
from symderiv.arrays.symbols import Index, Label
from symderiv.numeric.evaluate import evaluate_all
from symderiv.numeric.sampling import sample
from symderiv.reader.declare.declarations import declare, with_objects
from symderiv.reader.parse import read
from tests.campaign.record import Property

ODD = ["I", "pi", "e", "E", "e_1", "exp", "T", "d", "sum", "Diag", "x_1", "x'", "alpha", "lambda", "x_hat", "Sigma",
       "sigma", "S",
       "N", "tr", "W^{(1)}", r"\hat{x}", "ell", "sd", "eye", "log", "in", "beta_k", "i", "delta", "relu", "x_{ij}",
       "mean", "inv"]
"""Names that look like constants, functions, letters and keywords, and names that are more than a letter."""
NUMBERS = [2, 3, -1, -2, Rational(1, 2), Rational(-3, 2)]


class Names:
    """Fresh tensors; a few of them are used again."""

    def __init__(self, rng: random.Random, taken: set[str]) -> None:
        self.rng, self.taken, self.made = rng, taken, []
        free = [name for name in ("L", "L", "L", "e", "I", "T", "N", "lambda", "n_1") if name not in taken]
        self.size = sd.dims(rng.choice(free))
        self.taken.add(self.size.name)

    def tensor(self, *shape: Any) -> Any:
        again = [t for t in self.made if t.shape == shape]
        if again and self.rng.random() < 0.4:
            return self.rng.choice(again)
        names = "cstgh" if not shape else "uvwabq" if len(shape) == 1 else "BCDFGH"
        name = next((c for c in names if c not in self.taken), None) or f"r_{len(self.taken)}"
        self.taken.add(name)
        self.made.append(sd.tensor(name, *shape))
        return self.made[-1]


def entrywise(rng: random.Random, e: Expr, names: Names) -> list[Callable[[], Any]]:
    """What keeps the shape, of any array or number."""
    shape = shape_of(e)
    other, number, scalar = names.tensor(*shape), rng.choice(NUMBERS), names.tensor()
    return [lambda: -e, lambda: number * e, lambda: e / number, lambda: e + other, lambda: other - e, lambda: e - other,
            lambda: e * other, lambda: other * e, lambda: e / other, lambda: other / e, lambda: e ** 2, lambda: 1 / e,
            lambda: e ** 3, lambda: 2 ** e, lambda: scalar * e, lambda: e / scalar, lambda: -e / scalar,
            lambda: e + number,
            lambda: number - e, lambda: scalar - e, lambda: e ** Rational(1, 2), lambda: e ** -2, lambda: sd.exp(e),
            lambda: sd.abs(e), lambda: sd.tanh(-e), lambda: (scalar + 1) * e, lambda: e * scalar ** 2,
            lambda: sd.maximum(e, other),
            lambda: -(e * other), lambda: e / (other * other), lambda: (e / other) / e, lambda: e / (other / e),
            lambda: e * (other / e), lambda: sd.log(e) / sd.log(2), lambda: e ** (scalar + 1), lambda: e / (-scalar)]


def of_vector(rng: random.Random, e: Expr, names: Names) -> list[Callable[[], Any]]:
    """Other shapes made of a vector."""
    (n,), size = shape_of(e), names.size
    other, A, B, S, v = (names.tensor(n), names.tensor(size, n), names.tensor(n, size), names.tensor(n, n),
                              names.tensor(size))
    return [lambda: A @ e, lambda: e @ B, lambda: e @ other, lambda: other @ e, lambda: sd.outer(e, v),
            lambda: sd.outer(v, e),
            lambda: sd.diag(e), lambda: sd.kron(e, v), lambda: sd.sum(e), lambda: sd.diag(e) @ S, lambda: S @ sd.diag(e),
            lambda: e @ S @ other, lambda: (e @ other) * v, lambda: v / (e @ other), lambda: -1 / (e @ other),
            lambda: (e @ other) ** 2, lambda: e[1], lambda: e[Index("i", 1, n)] * other[Index("i", 1, n)],
            lambda: sd.norm(e) * v,
            lambda: sd.Sum(e[Index("j", 1, n)] / other[Index("j", 1, n)], Index("j", 1, n)),
            lambda: (e @ other) * sd.eye(size),
            lambda: sd.expand_dims(e, 1) - S, lambda: sd.softmax(e), lambda: S + e, lambda: S / e, lambda: e - sd.mean(e),
            lambda: S.T @ e, lambda: (A @ S) @ e, lambda: sd.outer(e, 1 / v), lambda: sd.outer(1 / e, v) @ (1 / v),
            lambda: sd.diag(1 / e) - sd.outer(e, e) / (e @ other), lambda: sd.flip(e), lambda: sd.stack(e, -other),
            lambda: sd.concat(e, v), lambda: sd.one_hot(Label("o", n)) - e, lambda: e[Label("o", n)] * other,
            lambda: (e @ S + other) @ S, lambda: S @ (e / other), lambda: e @ (S - sd.ones(n, n) / n)]


def of_matrix(rng: random.Random, e: Expr, names: Names) -> list[Callable[[], Any]]:
    """Other shapes made of a matrix."""
    (m, n), size = shape_of(e), names.size
    rows, columns, A, B, same = (names.tensor(m), names.tensor(n), names.tensor(size, m), names.tensor(n, size),
                                 names.tensor(m, n))
    found = [lambda: e.T, lambda: e @ columns, lambda: rows @ e, lambda: rows @ e @ columns, lambda: A @ e, lambda: e @ B,
             lambda: (A @ e).T, lambda: e.T @ rows, lambda: sd.kron(e, A), lambda: sd.kron(A, e), lambda: sd.kron(e, A).T,
             lambda: sd.sum(e), lambda: sd.sum(e, axis=0), lambda: sd.mean(e, axis=1), lambda: e[1, 2],
             lambda: e[Index("i", 1, m), :], lambda: sd.trace(e @ same.T), lambda: e / same.T.T,
             lambda: same * (A.T @ A @ e),
             lambda: e + columns, lambda: sd.diag(rows) @ e, lambda: e * sd.expand_dims(rows, 1), lambda: -(e @ B).T,
             lambda: (1 / e) @ columns, lambda: (e * same) @ columns, lambda: (e ** 2).T, lambda: (e @ columns) / rows,
             lambda: e[Index("i", 1, m), Index("j", 1, n)] ** 2, lambda: sd.vec(e), lambda: sd.softmax(e, axis=0),
             lambda: sd.stack(e, same), lambda: sd.concat(e, -same, axis=1), lambda: sd.kron(-e, A) @ names.tensor(n * m),
             lambda: sd.kron(sd.kron(A, e), A), lambda: sd.kron(A, sd.kron(e, A)),
             lambda: sd.kron(e, A) - sd.kron(same, A),
             lambda: sd.permute(sd.stack(e, same), (1, 2, 0)), lambda: (rows @ e) * columns,
             lambda: e @ (columns / columns),
             lambda: sd.outer(rows @ e @ sd.diag(columns), rows), lambda: sd.ones(m, n) - e]
    if m == n:
        found += [lambda: sd.inv(e) @ columns, lambda: sd.det(e), lambda: e + sd.eye(n), lambda: sd.trace(e) * sd.eye(n),
                  lambda: sd.diag(e), lambda: sd.inv(e.T), lambda: sd.inv(e).T, lambda: e @ e, lambda: 1 - e,
                  lambda: sd.eye(n) / e,
                  lambda: sd.matrix_power(e, -2), lambda: sd.exp(sd.trace(e)) * sd.eye(n), lambda: (sd.eye(n) - e) @ e,
                  lambda: columns - e @ columns, lambda: sd.logdet(e) / sd.trace(e)]
    return found


def of_higher(rng: random.Random, e: Expr, names: Names) -> list[Callable[[], Any]]:
    """Smaller shapes made of an array with more axes."""
    return [lambda: sd.sum(e, axis=0), lambda: sd.sum(e), lambda: e.T, lambda: sd.mean(-e, axis=(0, 1)), lambda: e[1]]


def moves(rng: random.Random, e: Expr, names: Names) -> list[Callable[[], Any]]:
    """Everything that may stand around an expression; all are tried with equal chance, by family first."""
    rank = len(shape_of(e))
    families = [entrywise(rng, e, names)]
    if rank == 0:
        v, A = names.tensor(names.size), names.tensor(names.size, sd.dims("M"))
        families.append([lambda: e * v, lambda: v / e, lambda: e + A, lambda: e * sd.eye(names.size), lambda: v - e,
                         lambda: -e / (v @ v), lambda: e * (v @ v), lambda: (v @ v) / e, lambda: sd.sqrt(e) * v,
                         lambda: (A.T @ v) * e, lambda: e * A @ A.T, lambda: e ** 2 * v, lambda: v ** e])
    else:
        families.append([of_vector, of_matrix, of_higher][min(rank, 3) - 1](rng, e, names))
    return rng.choice(families)


def wrapped(rng: random.Random, e: Expr, names: Names) -> Expr:
    """An expression at one more place; moves that do not apply are passed over."""
    for _ in range(10):
        try:
            return rng.choice(moves(rng, e, names))()
        except (sd.SymderivError, ZeroDivisionError, TypeError):
            continue
    return e


def renamed(rng: random.Random, e: Expr) -> Expr:
    """The same with an odd name for one of its tensors."""
    tensors = sorted((t for t in e.free_symbols if isinstance(t, Tensor)), key=str)
    taken = set(declared(e))
    names = [name for name in ODD if name not in taken]
    if not tensors:
        return e
    old, new = rng.choice(tensors), rng.choice(names)
    return e.xreplace({old: Tensor(new, old.shape, old.properties, old.label_size)})


def grown(rng: random.Random) -> Expr:
    """The example of a record with an operand, and itself, at places two deep."""
    record = OPERATORS[rng.choice(sorted(OPERATORS))]
    e = record.example()
    names = Names(rng, set(declared(e)))
    operands = sorted((t for t in e.free_symbols if isinstance(t, Tensor) and t.label_size is None), key=str)
    if operands and rng.random() < 0.7:
        old = rng.choice(operands)
        try:
            new = rng.choice(entrywise(rng, old, names))()
            e = e.xreplace({old: new})
        except (sd.SymderivError, TypeError):
            pass
    for _ in range(rng.randint(0, 2)):
        e = wrapped(rng, e, names)
    return renamed(rng, e) if rng.random() < 0.3 else e


def declared(e: Expr) -> dict[str, Any]:
    """Every tensor, label, letter and size by its name, as a reader of the text would declare them."""
    found: dict[str, Any] = {}
    for node in subexpressions(e):
        sizes = [*getattr(node, "shape", ()), getattr(node, "size", None), getattr(node, "label_size", None)]
        found |= {s.name: s for size in sizes if size is not None for s in getattr(size, "free_symbols", ())}
        if isinstance(node, Apply):
            found |= {s.name: s for s in node.free_symbols if isinstance(s, Symbol)}
        if isinstance(node, Tensor | Symbol):
            found[node.name] = node
    return found


def agree(e: Expr, again: Any, seed: int) -> str | None:
    """What differs between two expressions at two sizes."""
    mine, its = shape_of(e), shape_of(again)
    if len(mine) != len(its) or any(str(a) != str(b) and (a - b).expand() != 0 for a, b in zip(mine, its, strict=True)):
        return f"shape {its} for {mine}"
    if e == again:
        return None
    letters = tuple(sorted({s for s in e.free_symbols | again.free_symbols if isinstance(s, Index)}, key=str))
    try:
        point = sample(e, seed)
        points = [point, sample(e, seed + 1, sizes={name: n + 1 for name, n in point.sizes.items()})]
    except sd.SymderivError:
        return None      # it has no value
    for point in points:
        given = {**point.everything, **{str(s): 1 for s in letters}}
        first, second = evaluate_all([e, again], given, strict=False)
        if np.shape(first) != np.shape(second) or not alike(first, second):
            return f"another value at {point.sizes}"
    return None


def alike(first: Any, second: Any) -> bool:
    """Whether two values agree where both are numbers: log(sigmoid(-800)) has none among floats."""
    known = np.isfinite(first) & np.isfinite(second)
    return bool(np.allclose(np.where(known, first, 0), np.where(known, second, 0)))


def read_text(text: str, names: dict[str, Any]) -> Any:
    """Plain text, with the declared names alone."""
    return read(text, with_objects(declare(None), names))


def read_latex(text: str, names: dict[str, Any]) -> Any:
    """LaTeX; the letter that textbooks use for the logistic function has to be declared."""
    return read(text, with_objects(declare(None if "sigma" in names else "sigma: sigmoid"), names), latex=True)


def run_python(text: str, names: dict[str, Any]) -> Any:
    """The value of Python text in a namespace with sd and those declared names that are Python names."""
    return eval(text, {**{name: value for name, value in names.items() if name.isidentifier()}, "sd": sd})


FORMS = {"text": (str, read_text), "LaTeX": (latex, read_latex), "Python": (sd.python, run_python)}
STAR = re.compile(r" \* |\\mathbin\{")
ODDITIES = re.compile(r"[+-] ?-|1 \\cdot|\\frac\{- ?\w\}")


def case(seed: int) -> str | None:
    """All three printed forms of one expression.

    A convolution's sign in LaTeX may be refused, an entry with a free letter beside an array, and what may be a function of
    a square matrix as well as of its entries; none is misread.
    """
    rng = random.Random(seed)
    e = grown(rng)
    names = declared(e)
    for kind, (write, back) in FORMS.items():
        try:
            text = write(e)
        except sd.SymderivError:
            continue        # it is refused: an operator of the library's own, which no public function builds
        if ODDITIES.search(text):
            return f"{kind}: {text} has a sign that nobody writes (of {e})"
        try:
            again = back(text, names)
        except sd.SymderivError as error:
            if (kind == "LaTeX" and STAR.search(text)) or any(
                    words in str(error) for words in ("is added to the whole array", "may be the matrix function")):
                continue
            return f"{kind}: {text} is not read back: {str(error).splitlines()[0]} (of {e})"
        wrong = agree(e, again, seed)
        if wrong is not None:
            return f"{kind}: {text} reads back as {again}: {wrong} (of {e})"
    return None


PROPERTY = Property("printed_forms", "Text, LaTeX and Python text of an expression read back as the same value.", case,
                    ci=30, long=5_000)
