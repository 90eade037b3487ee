"""Frozen proofs, the kernel that replays them, the equality ladder, and LaTeX."""
