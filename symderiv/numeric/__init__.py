"""Numbers: the evaluator that enumerates indices, checks, and compiled functions.

These names are imported when they are first used, so that declaring, deriving and reading load no NumPy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..late import late

if TYPE_CHECKING:
    from .check import CheckReport, check_derivation, check_together, doubt, doubts, refutation, unsuspected
    from .comparison import compare, glance, one_sided
    from .compiled import CompiledFunction, compile_numpy, compile_together, together
    from .domains import distinct, follows, needed, relied_on
    from .eager import value_at
    from .evaluate import evaluate_all
    from .structured_operator import Structure
    from .targets import source_for

__getattr__ = late(__name__, {
    "check": ("CheckReport", "check_derivation", "check_together", "doubt", "doubts", "refutation", "unsuspected"),
    "comparison": ("compare", "glance", "one_sided"),
    "compiled": ("CompiledFunction", "compile_numpy", "compile_together", "together"),
    "domains": ("distinct", "follows", "needed", "relied_on"),
    "eager": ("value_at",),
    "evaluate": ("evaluate_all",),
    "structured_operator": ("Structure",),
    "targets": ("source_for",),
})

__all__ = ["CheckReport", "CompiledFunction", "Structure", "check_derivation", "check_together", "compare",
           "compile_numpy", "compile_together", "distinct", "doubt", "doubts", "evaluate_all", "follows", "glance", "needed",
           "one_sided", "refutation", "relied_on", "source_for", "together", "unsuspected", "value_at"]
