"""Numbers: the brute-force evaluator, sampling, derivative checks, and compiled functions."""
