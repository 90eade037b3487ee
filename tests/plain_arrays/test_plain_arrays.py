"""What stands in for NumPy does what NumPy does; and without NumPy, questions are answered."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import textwrap
import warnings
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy
import pytest

from symderiv import plain_arrays
from symderiv.errors import ToolMissing
from tests.source import nodes, package, reads_the_source

A, B, C = numpy.random.default_rng(1).normal(size=(3, 2, 3, 4)).round(2)
Q = numpy.random.default_rng(2).normal(size=(3, 3))
V = numpy.array([0.0, -1.5, 2.0, numpy.inf, numpy.nan, 1e300, -0.0])
N = numpy.arange(24).reshape(2, 3, 4) - 7
# What is asked of either: a(x) makes its own array of x.
ASKED: dict[str, Callable[[Any, Callable[[Any], Any]], Any]] = {
    "broadcast": lambda np, a: a(A) + a(B)[0] * a(C)[..., :1] - 2 / a(A)[:, 1:2],
    "division": lambda np, a: 1 / a(V),
    "whole division": lambda np, a: a(N) // 3 + a(N) % 5,
    "by nothing": lambda np, a: a([1, -1, 0]) / a([0, 0, 0]),
    "powers": lambda np, a: a(V) ** 2 + a(V) ** 0.5,
    "poles": lambda np, a: a([0.0, -0.0, 2.0]) ** -1.0,
    "whole powers": lambda np, a: a(N) ** 2,
    "exp": lambda np, a: np.exp(a(V)), "log": lambda np, a: np.log(a(V)), "tanh": lambda np, a: np.tanh(a(V)),
    "log1p": lambda np, a: np.log1p(a(V)), "sqrt": lambda np, a: np.sqrt(a(V)), "sin": lambda np, a: np.sin(a(A)),
    "arctanh": lambda np, a: np.arctanh(a([1.0, -1.0, 0.5, 3.0])), "sign": lambda np, a: np.sign(a(V)),
    "complex step": lambda np, a: np.exp(a(A) + 1e-30j).imag + np.log1p(abs(a(A)) + 1e-30j).imag,
    "round": lambda np, a: np.round(a(A), 1) + np.floor(a(A)) - np.ceil(a(A)),
    "greatest": lambda np, a: np.maximum(a(V), 0) + np.minimum(a(V), 1.0),
    "clip": lambda np, a: np.clip(a(N), 0, 5),
    "sums": lambda np, a: a(A).sum(axis=(0, 2)) + a(A).sum(axis=1, keepdims=True)[0, 0, 0],
    "mean and spread": lambda np, a: a(A).mean(axis=-1) + a(A).var(axis=-1) + a(A).std(axis=-1),
    "products": lambda np, a: a(A).prod(axis=-1) + np.multiply.reduce(a(A), axis=-1),
    "extremes": lambda np, a: a(A).max(axis=1) - a(A).min(axis=1) + a(A).max(initial=9.0),
    "nan spreads": lambda np, a: a(V).max(), "the largest number": lambda np, a: np.nanmax(a(V)[1:3], initial=0.0),
    "truth": lambda np, a: (a(A) > 0).all(axis=0) | (a(A) > 1).any(axis=0) & ~(a(A)[0] < 0),
    "counts": lambda np, a: (a(A) > 0).sum(axis=-1) + np.arange(3),
    "where": lambda np, a: np.where(a(A) > 0, a(A), a(N)), "places": lambda np, a: np.nonzero(a(A) > 0)[2],
    "flat places": lambda np, a: np.flatnonzero(a(A) > 0), "argmax": lambda np, a: np.argmax(a(A), axis=1),
    "masks": lambda np, a: a(A)[a(A) > 0], "rows by mask": lambda np, a: a(Q)[a([True, False, True])],
    "lists": lambda np, a: a(Q)[[2, 0]], "pairs": lambda np, a: a(Q)[[0, 1], [2, 2]],
    "apart": lambda np, a: a(N)[[0, 1], :, [1, 2]], "beside": lambda np, a: a(N)[:, [0, 1], [1, 2]],
    "whole and list": lambda np, a: a(N)[0, :, [1, 2]], "new axes": lambda np, a: a(N)[:, None, ..., 0],
    "steps back": lambda np, a: a(N)[:, ::-1, 3:0:-2], "grid": lambda np, a: a(N)[np.arange(2).reshape(2, 1), a([2, 0])],
    "nothing": lambda np, a: a(N)[:, 1:1], "ellipsis": lambda np, a: a(N)[..., 1],
    "shapes": lambda np, a: np.moveaxis(a(N), 0, -1).reshape(-1, 2).T, "axes": lambda np, a: np.transpose(a(N), (2, 0, 1)),
    "swapped": lambda np, a: np.swapaxes(a(N), 0, 2), "stacked": lambda np, a: np.stack([a(Q), a(Q)], axis=-1),
    "joined": lambda np, a: np.concatenate([a(A), a(N)], axis=1), "repeated": lambda np, a: np.repeat(a(Q), 2, axis=0),
    "matrices": lambda np, a: a(A) @ a(B).swapaxes(1, 2), "vector": lambda np, a: a(Q) @ a(Q)[0],
    "rows": lambda np, a: a(Q)[0] @ a(Q), "dot": lambda np, a: a(Q)[0] @ a(Q)[1],
    "tensordot": lambda np, a: np.tensordot(a(A), a(B).reshape(3, 4, 2), axes=2), "outer": lambda np, a:
        np.multiply.outer(a(Q), a(Q)[0]), "trace": lambda np, a: np.trace(a(A)[:, :2, :2], axis1=-2, axis2=-1),
    "diagonals": lambda np, a: np.diag(np.diag(a(Q))) + np.eye(3), "inverse": lambda np, a: np.linalg.inv(a([Q, Q + 1])),
    "determinants": lambda np, a: np.linalg.slogdet(a([Q, -Q, 0 * Q]))[0], "sizes": lambda np, a: np.linalg.slogdet(a(Q))[1],
    "singular": lambda np, a: np.linalg.slogdet(a([[1.0, 2.0], [2.0, 4.0]]))[0],
    "condition": lambda np, a: np.linalg.cond(a(Q)),
    "orthogonal": lambda np, a: abs(np.linalg.qr(a(Q))[0]), "solved": lambda np, a: np.linalg.solve(a(Q), a(Q)[:, :2]),
    "least squares": lambda np, a: np.linalg.lstsq(a(A)[0], a([1.0, 2.0, 3.0]), rcond=1e-12)[0],
    "flat least squares": lambda np, a: np.linalg.lstsq(a([[1.0, 2.0], [2.0, 4.0]]), a([1.0, 1.0]), rcond=1e-12)[0],
    "wide least squares": lambda np, a: np.linalg.lstsq(a(A)[0].T, a([1.0, 2.0, 3.0, 4.0])[:4], rcond=1e-12)[0],
    "widest": lambda np, a: np.linalg.lstsq(a(N)[0, :2] + 0.5, a([1.0, -1.0]), rcond=1e-12)[0],
    "eigenvalues": lambda np, a: np.linalg.eigh(a(Q) + a(Q).T)[0],
    "eigenvectors": lambda np, a: abs(np.linalg.eigh(a([Q + Q.T, Q @ Q.T]))[1]),
    "singular values": lambda np, a: np.linalg.svd(a(A)[0], full_matrices=False)[1],
    "singular vectors": lambda np, a: abs(np.linalg.svd(a(A)[0], full_matrices=False)[2]),
    "any of a number": lambda np, a: [bool(np.any(a(v) == 0)) for v in (0.0, 1.0)],
    "close": lambda np, a: np.isclose(a(V), a(V) * (1 + 1e-7)), "finite": lambda np, a: np.isfinite(a(V)) ^ np.isnan(a(V)),
    "exact": lambda np, a: np.frompyfunc(lambda v: Fraction(int(v), 3), 1, 1)(a(N)).sum(axis=0) * 2,
    "kinds": lambda np, a: [str(each.dtype) for each in (
        a(N), a(N) / 2, a(N) > 0, a(N).astype(complex), a([2**70]), a([1, 2.5]), a([True]) + 1, np.zeros(2, dtype=int),
        a([0.5, None]))],
    "common": lambda np, a: [each.shape for each in np.broadcast_arrays(a(Q), a([[1]]), a(5.0))],
    "one entry": lambda np, a: [1 / a(V)[0], a(V)[1] ** 0.5, a(Q)[0, 0].shape, a(N)[0, 0, 1].item(), a(Q).sum().ndim],
    "written": lambda np, a: written(np, a),
}


def written(np: Any, a: Callable[[Any], Any]) -> Any:
    found = np.zeros((3, 4))
    found[1] = 2
    found[:, 1] += a([1, 2, 3])
    found[np.arange(3), np.arange(3)] = 9
    found[found > 8] = -1
    found[0, 2:] = a([[5.0, 6.0]])
    return found


def plainly(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [plainly(each) for each in value]
    return (tuple(value.shape), value.tolist()) if hasattr(value, "tolist") else value


def same(x: Any, y: Any) -> bool:
    if isinstance(x, list | tuple):
        return len(x) == len(y) and all(map(same, x, y))
    if isinstance(x, float | complex) and isinstance(y, float | complex) and x == x:
        return x == y or abs(x - y) <= 1e-12 * max(1.0, abs(x))
    return bool(x == y or (x != x and y != y))


@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)
def test_it_does_what_numpy_does(asked: Callable[..., Any]) -> None:
    with warnings.catch_warnings(), numpy.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        expected = plainly(asked(numpy, numpy.array))
    assert same(plainly(asked(plain_arrays, plain_arrays.array)), expected), expected


@pytest.mark.parametrize("wrong", [
    lambda np: np.array([[1, 2], [3]]), lambda np: np.ones((2, 3)) + np.ones((2, 2)), lambda np: np.ones(3)[3],
    lambda np: np.ones((2, 3)) @ np.ones((2, 3)), lambda np: np.ones(3).reshape(2, 2), lambda np: np.arange(3) ** -1,
    lambda np: np.linalg.inv(np.zeros((2, 2))), lambda np: np.ones(2).item(), lambda np: bool(np.ones(2)),
    lambda np: np.concatenate([np.ones((2, 3)), np.ones((2, 2))]), lambda np: np.ones((2, 2))[0, 0, 0],
    lambda np: np.broadcast_to(np.ones(3), (2, 2)), lambda np: np.zeros(0).max(),
])
def test_it_refuses_what_numpy_refuses(wrong: Callable[[Any], Any]) -> None:
    with pytest.raises((ValueError, IndexError, numpy.linalg.LinAlgError)):
        wrong(numpy)
    with pytest.raises((ValueError, IndexError)):
        wrong(plain_arrays)


def test_random_numbers_have_the_moments_and_the_shapes_of_numpy() -> None:
    rng, again = (plain_arrays.random.default_rng([7, 3]) for _ in range(2))
    drawn = rng.normal(size=(40, 50))
    assert drawn.shape == (40, 50) and drawn.tolist() == again.normal(size=(40, 50)).tolist()
    assert abs(drawn.mean()) < 0.1 and abs(drawn.var() - 1) < 0.1
    assert set(rng.integers(-1, 2, size=100).flat) == {-1, 0, 1} and 0 <= rng.uniform() < 1
    assert sorted(rng.choice(range(5), size=5, replace=False).flat) == [0, 1, 2, 3, 4]


WITHOUT = textwrap.dedent("""
    import json, sys
    class Forbidden:
        def find_spec(self, name, path=None, target=None):
            if name.split(".")[0] in {"numpy", "starlette", "uvicorn", "mcp", "pygls", "IPython", "latexify"}:
                raise ModuleNotFoundError(f"No module named {name!r}", name=name)
    sys.meta_path.insert(0, Forbidden())
    from symderiv.cli import main
    for line in json.loads(sys.argv[1]):
        print("exit", main(line))
""")


def test_the_command_line_answers_without_numpy() -> None:
    lines = [["derive", "cross_entropy(W*x, y)", "--given", "W: m n; x: n; y: label m", "--wrt", "W", "--proof"],
             ["derive", "x'*A*x", "--given", "A: n n; x: n", "--wrt", "x", "--code", "numpy"]]
    ran = subprocess.run([sys.executable, "-c", WITHOUT, json.dumps(lines)], capture_output=True, text=True, timeout=300)
    assert "(softmax(W*x) - e_y)*x.T" in ran.stdout and "(A + A.T)*x" in ran.stdout, ran.stderr[-2000:]


def dotted(node: ast.expr) -> str:
    """The name of an attribute of an attribute of np; the empty text for any other expression."""
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return before and f"{before}.{node.attr}"
    return "np" if isinstance(node, ast.Name) and node.id == "np" else ""


@reads_the_source
def test_all_that_is_asked_of_numpy_is_there() -> None:
    asked = {dotted(node) for _, node in nodes("np") if isinstance(node, ast.Attribute)} - {""}
    assert "np.linalg.solve" in asked
    assert not [name for name in sorted(asked) if not _has(plain_arrays, name.split(".")[1:3])]


def _has(module: Any, path: list[str]) -> bool:
    try:
        return not path or _has(getattr(module, path[0]), path[1:])
    except (AttributeError, ToolMissing):
        return False


@reads_the_source
def test_numpy_has_one_door() -> None:
    types = {inner for _, tree in package() for node in tree.body
             if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING" for inner in ast.walk(node)}
    found = [path.as_posix() for path, node in nodes("import numpy|from numpy") if node not in types
             if (isinstance(node, ast.Import) and node.names[0].name.startswith("numpy"))
             or (isinstance(node, ast.ImportFrom) and (node.module or "").startswith("numpy"))]
    assert found == [], "from ..late import np; for types alone below TYPE_CHECKING"


def test_importing_loads_neither_numpy_nor_what_is_optional() -> None:
    asked = ("import sys, symderiv; print(sorted({'numpy', 'starlette', 'uvicorn', 'mcp', 'pygls', 'lsprotocol', 'IPython', "
             "'latexify', 'latex2mathml', 'platformdirs', 'argcomplete'} & set(sys.modules)))")
    ran = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, timeout=300)
    assert ran.stdout.strip() == "[]", ran.stdout + ran.stderr[-2000:]
