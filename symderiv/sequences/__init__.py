"""Recurrences over any number of steps: solved, proved by induction, and run backwards."""
