"""Scalar functions: one record each, from which every other room reads; and those that are only declared."""

from . import elementary, network_functions, rounding, special
from .scalar_function import BY_CLASS, FUNCTIONS, ScalarFunction

__all__ = ["BY_CLASS", "FUNCTIONS", "ScalarFunction", "elementary", "network_functions", "rounding", "special"]
