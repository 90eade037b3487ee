"""The public language: sizes, index letters, tensors, labels, sums and definitions as SymPy expressions."""

from . import printing as _printing

__all__: list[str] = []

del _printing
