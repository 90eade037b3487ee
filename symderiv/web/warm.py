"""Loaded once by the process that the workers of a server are copies of: what the first questions would load late.

Every worker begins with the engine, the reader and the writers in memory, and answers in milliseconds.
"""

from __future__ import annotations

from .questions import answer

answer("show", {"expr": "cross_entropy(W*x, y)", "given": "W: m n; x: n; y: label m", "wrt": "W"})
answer("prove", {"left": "x'*x", "right": "sum(x.*x)", "given": "x: n"})
answer("verify", {"text": "\\nabla_x x^\\top x = 2x", "given": "x: n"})
