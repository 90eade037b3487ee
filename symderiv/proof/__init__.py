"""Frozen proofs, what they claim, their certificates, and the equality ladder."""
