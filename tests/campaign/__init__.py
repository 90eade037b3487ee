"""Properties that hold of every expression, tried on seeded random cases: a few in CI, many by ``./run campaign``."""
