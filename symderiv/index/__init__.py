"""Sizes, index letters, tensors, sums and brackets; the engine's own light form of index expressions."""

from . import printing as _printing

__all__: list[str] = []

del _printing
