"""Expectations, variances and covariances of declared random tensors, and their simulation."""
