"""Functions by the names people write: those of the layers, of the operator registry, and other spellings of them."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from typing import Any

from ... import layers
from ...arrays.operator import OPERATORS, READS
from ...errors import UnknownFunction
from ...functions.elementary import cos, cosh, sin, sinh, tan, tanh

# Written by the reader itself: they have no record, or are made of other operators.
RECIPROCALS = {"sech": cosh, "csch": sinh, "coth": tanh, "sec": cos, "csc": sin, "cot": tan}
USUAL = {"sigma": "sigmoid", "Phi": "normal_cdf"}
"""What functions by these letters mostly are."""
BUILT_IN = frozenset([
    "norm1", "norm2", "normF", "Max", "Min", "vector", "matrix", "KroneckerDelta", "Sum", "Piecewise", "e_", "Var", "Cov",
    "dot", "grad", "diff", "jacobian", "hessian", "rowsum", "colsum", "lambda_max", "lambda_min", "sigma_max", "sigma_min",
    *RECIPROCALS,
])


def _called(word: str) -> bool:
    """Whether an operator of that name would be called by it."""
    return word != "arithmetic" and (word not in OPERATORS or OPERATORS[word].called)


def canonical(name: str) -> str:
    """The registered spelling of a function's name."""
    word = name.replace(" ", "_").replace("-", "_") if name not in READS else name
    if word not in READS and word not in OPERATORS and len(word) > 2 and word.istitle() and word.lower() in OPERATORS \
            and OPERATORS[word.lower()].scalar is not None:
        word = word.lower()  # Cos, Log: as other programs spell them
    return READS.get(word, word)


def bare(name: str) -> bool:
    """Whether a function is read without brackets, as in \\sin x."""
    record = OPERATORS.get(canonical(name))
    return name in RECIPROCALS or name in ("lg", "rank") or (record is not None and record.bare)


def known(name: str) -> bool:
    """Whether a word is the name of a function that the library has or the reader writes itself."""
    word = canonical(name)
    return word in BUILT_IN or (_called(word) and (word in OPERATORS or word in layers.NAMES))


def function(name: str) -> Callable[..., Any]:
    """What a function's name stands for.  Raises UnknownFunction with names that look alike."""
    word = canonical(name)
    if not _called(word):
        found = None
    elif word in layers.NAMES:
        found = getattr(layers, word)
    else:
        found = OPERATORS.get(word)
    if not callable(found):
        near = get_close_matches(word, sorted(filter(_called, {*OPERATORS, *layers.NAMES, *READS})), 3)
        raise UnknownFunction(f"no function is named {name!r}",
                              hint=(f"did you mean {', '.join(near)}?  " if near else "")
                              + f"Declare it, for instance as {name}: {USUAL.get(name, 'function')}")
    return found  # type: ignore[no-any-return]
