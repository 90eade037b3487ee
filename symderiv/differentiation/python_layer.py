"""Layers written as plain Python functions, shown in proofs as they were written where latexify-py can.

latexify-py reads the function's source; it knows no slices, loops, transposes or einsum.  Where it cannot show a
function, the proof shows the index definition alone: never printed code.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable
from functools import wraps
from typing import Any
from weakref import WeakKeyDictionary

from ..arrays.arrays import Named, as_expr, define
from ..errors import ShapeError

_WRITTEN: WeakKeyDictionary[Named, str] = WeakKeyDictionary()


def layer(function: Callable[..., object]) -> Callable[..., Named]:
    """Decorator: a Python function of arrays becomes a named layer.

    What it gives must be an array: raises DeclarationError.  Source: docs/tutorials/solutions.md, A layer of your own.

    >>> import symderiv as sd
    >>> @sd.layer
    ... def gate(x, W):
    ...     return x * sd.sigmoid(W @ x)

    Calling it gives a definition that carries the function's name; its proof shows the function as LaTeX.
    """
    @wraps(function)
    def apply(*args: Any, **kwargs: Any) -> Named:
        result = as_expr(function(*args, **kwargs))
        if not hasattr(result, "shape") and not result.free_symbols:
            raise ShapeError(f"{function.__name__} returned the constant {result}", hint="return an array expression")
        named = define(function.__name__, result)
        text = latex_of(function)
        if text is not None:
            _WRITTEN[named] = text
        return named
    return apply


def written(array: object) -> str | None:
    """How a layer was written, in LaTeX, or None."""
    return _WRITTEN.get(array) if isinstance(array, Named) else None


def latex_of(function: Callable[..., Any]) -> str | None:
    """The function as LaTeX by latexify-py, or None where that would print code or say something else."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        return None
    modules = {name for name, value in function.__globals__.items() if inspect.ismodule(value)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and not (isinstance(node.value, ast.Name) and node.value.id in modules):
            return None
        if isinstance(node, ast.Subscript | ast.Constant) and not isinstance(getattr(node, "value", 0), int | float | str):
            return None
        if isinstance(node, ast.Call) and node.keywords:
            return None
    import latexify
    from latexify.exceptions import LatexifyError

    try:
        return str(latexify.get_latex(function, prefixes=modules))
    except (LatexifyError, SyntaxError, TypeError, ValueError):
        return None
