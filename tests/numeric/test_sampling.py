"""Samples: reproducible, of pairwise different sizes, with the declared properties, defined and off the kinks."""

from __future__ import annotations

import numpy as np
import pytest

import symderiv as sd
from symderiv.errors import EvaluationError
from symderiv.numeric.evaluate import Variables, evaluate
from symderiv.numeric.numerical_derivatives import kink_distance
from symderiv.numeric.sampling import sample, smallest_sizes
from tests.several import samples

m, n, k, d = sd.dims("m n k d")
x, w = sd.tensor("x", d), sd.tensor("w", k)


def test_the_same_seed_gives_the_same_data():
    first, second = sample(sd.conv1d(x, w), 4), sample(sd.conv1d(x, w), 4)
    assert first.sizes == second.sizes
    for name in first.arrays:
        np.testing.assert_array_equal(first.arrays[name], second.arrays[name])


def test_sizes_differ_and_satisfy_the_conditions():
    for s in samples(sd.outer(sd.tensor("a", m), sd.conv1d(x, w)) @ sd.ones(d - k + 1), 1, 8):
        assert len(set(s.sizes.values())) == 3
        assert s.sizes["k"] <= s.sizes["d"]
    for s in samples(sd.outer(x, w), 1, 8, assuming=[k + 2 <= d]):
        assert s.sizes["k"] + 2 <= s.sizes["d"]


def test_impossible_assumptions_are_refused():
    with pytest.raises(EvaluationError, match="no small sizes"):
        sample(sd.outer(x, w), 0, assuming=[k < d, d < k])


PROPERTIES = {
    "positive": lambda a: (a > 0).all(),
    "one_hot": lambda a: ((a == 0) | (a == 1)).all() and (a.sum(axis=-1) == 1).all(),
    "sums_to_one": lambda a: np.allclose(a.sum(axis=-1), 1),
    "symmetric": lambda a: np.allclose(a, a.T),
    "positive_definite": lambda a: np.allclose(a, a.T) and (np.linalg.eigvalsh(a) > 0).all(),
    "invertible": lambda a: np.linalg.cond(a) < 1e4,
    "orthogonal": lambda a: np.allclose(a @ a.T, np.eye(len(a))),
    "diagonal": lambda a: np.allclose(a, np.diag(np.diag(a))),
}


@pytest.mark.parametrize("held", [(p,) for p in PROPERTIES] + [
    ("positive", "sums_to_one"), ("symmetric", "orthogonal"), ("diagonal", "invertible"), ("diagonal", "orthogonal"),
    ("symmetric", "invertible"), ("diagonal", "positive_definite")], ids=str)
def test_entries_have_the_declared_properties(held):
    A = sd.tensor("A", n, n, **dict.fromkeys(held, True))
    for s in samples(A @ A, 3, 3):
        for name in held:
            assert PROPERTIES[name](s.arrays["A"]), name


def test_points_are_defined_and_off_the_kinks():
    p = sd.tensor("p", n)
    e = sd.binary_cross_entropy(p, sd.sigmoid(p))
    for s in samples(e, 0, 3):
        assert np.isfinite(evaluate(e, **s.arrays))
    r = sd.relu(sd.tensor("a", m)) @ sd.ones(m)
    signs = set()
    for s in samples(r, 0, 6):
        assert kink_distance(r, s.arrays) >= 1e-3
        signs |= set(np.sign(s.arrays["a"]))
    assert signs == {-1, 1}


def test_a_function_defined_nowhere_is_refused():
    with pytest.raises(EvaluationError, match="no point"):
        sample(sd.log(-sd.exp(x)), 0)


def test_smallest_sizes():
    order = list(smallest_sizes(Variables([sd.conv1d(x, w)]), largest=2))
    assert order == [{"d": 1, "k": 1}, {"d": 2, "k": 1}, {"d": 2, "k": 2}]


@pytest.mark.parametrize("ends", [((2, 0), (1, 0)), ((1, -1), (1, 0)), ((3, 0), (2, 0)), ((1, -2), (1, -1))])
def test_a_sum_over_classes_that_leaves_out_an_end_is_refuted(ends):
    n = sd.dims("n")
    i, x, y = sd.indices("i", n), sd.tensor("x", n), sd.label("y", n)
    one, other = (sd.Sum(sd.delta(i, y) * sd.relu(x[i]), (i, low, n + high)) for low, high in ends)
    assert sd.prove(one, other).status == "refuted"
