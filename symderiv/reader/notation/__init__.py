"""Notations beyond the plain grammar: signs, structures, calls, big operators, derivatives, environments.

Importing this package hands them to the grammar.
"""

from . import big_operators, call_syntax, derivative_signs, environments, infix, integral_sign, structures

__all__ = ["big_operators", "call_syntax", "derivative_signs", "environments", "infix", "integral_sign", "structures"]
