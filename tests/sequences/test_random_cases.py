"""Random expressions and random claims: what is proved agrees with a simulation, or with the recurrence run."""

import random

import pytest

import symderiv as sd

n, T = sd.dims("n T")
s, v, mu, a, A = sd.tensor("sigma"), sd.tensor("nu"), sd.tensor("mu"), sd.tensor("a", n), sd.tensor("A", n, n)
w = sd.random("w", n, law="normal", mean=mu, var=s**2, iid=True)
x = sd.random("x", n, law="uniform", low=-v, high=v, iid=True, independent_of=w)
q = sd.random("q", n, law="bernoulli", p=v, iid=True, independent_of=(w, x))
z = sd.random("z", law="normal", var=v**2, independent_of=(w, x, q))
i, j = sd.indices("i j", n)


def vector(r, depth):
    plain = r.choice([w, x, q, a])
    if not depth:
        return plain
    other = r.choice([w, x, q, a])
    shifted = sd.define(f"h{r.randrange(10**6)}", (i,), plain[i] * a[i] + other[i + r.randrange(2)])
    return r.choice([plain + other, plain * other, z * plain, A @ plain, shifted])


def scalar(r):
    one, other = vector(r, 1), vector(r, 0)
    return r.choice([sd.sum(one), one @ other, one[1], sd.mean(one), z * sd.sum(one),
                     sd.Sum(one[i] * other[j] * A[i, j], i, j)])


# Products of several random arrays, for which no common normal form is found.
UNCERTIFIED = frozenset((13, 14, 23))


@pytest.mark.parametrize("seed", range(24))
def test_moments_of_random_expressions_agree_with_a_simulation(seed):
    r = random.Random(seed)
    kind = r.choice([sd.expectation, sd.variance])
    found = kind(scalar(r))
    assert found.status == ("supported" if seed in UNCERTIFIED else "proved")
    assert found.check().ok, found


@pytest.mark.parametrize("seed", range(40))
def test_a_claimed_form_is_proved_exactly_where_it_is_right(seed):
    r = random.Random(seed)
    t, k = sd.indices("t k", T)
    beta, g, state, start = sd.tensor("beta"), sd.tensor("g", T), sd.tensor("v"), sd.tensor("v_0")
    base, rate, first = r.choice([beta, 1 - beta, beta / 2]), r.choice([1, 1 - beta]), r.choice([0, start])
    shift, low, last = r.choice([0, 0, 1]), r.choice([1, 1, 2]), r.choice([t, t, t - 1])
    form = base**t * first + rate * sd.Sum(base ** (t - k + shift) * g[k], (k, low, last))
    found = sd.recurrence(state, base * state + rate * g[t], t, start=first).prove(form)
    right = shift == 0 and low == 1 and last == t
    assert found.status == ("proved" if right else "refuted"), found
