"""Functions by the names people write: those of the layers, of the operator registry, and other spellings of them."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from functools import lru_cache
from types import ModuleType
from typing import Any

from ...arrays.operator import OPERATORS
from ...errors import UnknownFunction

# Other spellings of registered names: of matrix calculus tools, of textbooks, and of SymPy's printer.
SPELLINGS = {
    "tr": "trace", "Tr": "trace", "Diag": "diag", "ln": "log", "sgn": "sign", "onehot": "one_hot", "ReLU": "relu",
    "Relu": "relu", "RELU": "relu", "logistic": "sigmoid", "sigm": "sigmoid", "asin": "arcsin", "acos": "arccos",
    "atan": "arctan", "asinh": "arcsinh", "acosh": "arccosh", "atanh": "arctanh", "Abs": "abs", "tg": "tan",
    "Softmax": "softmax", "SoftMax": "softmax", "Sigmoid": "sigmoid", "Tanh": "tanh", "SiLU": "silu",
    "swish": "silu", "Swish": "silu", "GELU": "gelu", "ELU": "elu", "Flip": "flip", "logSoftmax": "log_softmax",
    "LogSoftmax": "log_softmax", "logsoftmax": "log_softmax", "log softmax": "log_softmax", "lse": "logsumexp",
    "LSE": "logsumexp", "LogSumExp": "logsumexp", "CrossEntropy": "cross_entropy", "Sign": "sign",
    "Det": "det", "Inv": "inv", "Mean": "mean", "Exp": "exp", "Log": "log", "step": "heaviside",
    "Heaviside": "heaviside", "kronecker": "kron", "average": "mean", "avg": "mean",
}
# Written by the reader itself: they have no record, or are made of other operators.
BUILT_IN = frozenset([
    "norm", "norm1", "norm2", "normF", "max", "min", "Max", "Min", "floor", "ceiling", "ceil", "vector", "matrix",
    "KroneckerDelta", "Sum", "Piecewise", "e_", "Var", "Cov", "dot", "outer", "inv", "det", "logdet", "sqrt", "eye", "zeros",
    "ones", "grad", "diff", "jacobian", "hessian", "sech", "csch", "coth", "sec", "csc", "cot",
])
# Names of operators that have their own signs and are not called by name.
_SIGNS = frozenset(["add", "mul", "pow", "matmul", "take", "arithmetic"])


@lru_cache(maxsize=1)
def _layers() -> ModuleType:
    from ... import layers

    return layers


def canonical(name: str) -> str:
    """The registered spelling of a function's name."""
    word = name.replace(" ", "_").replace("-", "_") if name not in SPELLINGS else name
    return SPELLINGS.get(word, word)


def known(name: str) -> bool:
    """Whether a word is the name of a function that the library has or the reader writes itself."""
    word = canonical(name)
    return word in BUILT_IN or (word not in _SIGNS and (word in OPERATORS or word in _layers().__all__))


def function(name: str) -> Callable[..., Any]:
    """What a function's name stands for.  Raises UnknownFunction with names that look alike."""
    word = canonical(name)
    layers = _layers()
    if word in _SIGNS:
        found = None
    elif word in layers.__all__:
        found = getattr(layers, word)
    else:
        found = OPERATORS.get(word)
    if not callable(found):
        near = get_close_matches(word, sorted((set(OPERATORS) | set(layers.__all__) | set(SPELLINGS)) - _SIGNS), 3)
        raise UnknownFunction(f"no function is named {name!r}",
                              hint=(f"did you mean {', '.join(near)}?  " if near else "")
                              + f"Declare it, for instance as {name}: {'sigmoid' if name == 'sigma' else 'function'}")
    return found  # type: ignore[no-any-return]


__all__ = ["BUILT_IN", "SPELLINGS", "canonical", "function", "known"]
