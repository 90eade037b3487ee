"""Notations beyond the plain grammar: structures, calls, big operators, derivatives, environments."""
