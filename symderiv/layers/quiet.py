"""Operators that a reader passes over: they fill an array, or only put its entries elsewhere."""

from __future__ import annotations

# No operation for a reader.
FREE = frozenset(("transpose", "eye", "ones", "zeros", "one_hot", "reshape", "permute", "stretch", "take", "slice"))
# No news, however often it is written; a power reads best with its base named.
PLAIN = frozenset(("transpose", "ones", "zeros", "eye", "one_hot", "diag", "outer", "take", "flip", "insert_zeros", "pow"))

__all__ = ["FREE", "PLAIN"]
