"""Tokens, grammar and trees of written mathematics, plain and LaTeX."""
