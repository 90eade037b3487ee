"""Sizes, index letters, tensors, sums and brackets; the engine's own light form of index expressions."""
