"""The engine's own light form of index expressions: interned nodes, affine positions, ranges and facts."""
