"""Numbers: the brute-force evaluator, sampling, derivative checks, and compiled functions."""

from __future__ import annotations

from ..late import late

__getattr__ = late(__name__, {
    "check": ("check_derivation", "check_together", "doubt", "refutation"),
    "compiled": ("compile_numpy", "compile_together", "together"),
    "domains": ("needed",),
    "eager": ("value_at",),
    "structured_operator": ("Structure",),
    "targets": ("source_for",),
})
