"""The derivative table, contraction of deltas, folding, and adjoints over a program of definitions."""
