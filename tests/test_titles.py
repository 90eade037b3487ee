"""The mathematics of a title is said by the claims of its item, in their words or in others, or marked as words."""

from __future__ import annotations

import pytest

import symderiv as sd
from symderiv.suite.collect import Item
from symderiv.suite.decorators import REGISTERED
from symderiv.suite.run import outcome

m, n = sd.dims("m n")
W, x, z, y = sd.tensor("W", m, n), sd.tensor("x", n), sd.tensor("z", m), sd.label("y", m)
a, t = sd.tensor("a"), sd.tensor("t")
f = sd.define("f", (), sd.sigmoid(a))


def classifier():
    return sd.derive(sd.cross_entropy(W @ x, y), W)


def logistic():
    return [sd.derive(sd.binary_cross_entropy(f, t), a)]


def network():
    return ("the tanh network is $N$", sd.tanh(z), 2 * sd.sigmoid(2 * z) - 1)


def argument():
    return sd.steps([r"\frac{\partial L}{\partial a} = \frac{\partial L}{\partial f}\,\frac{\partial f}{\partial a}",
                     r"= f - t"], r"a: scalar; t: scalar; sigma: sigmoid; f = \sigma(a); L = -t*log(f) - (1 - t)*log(1 - f)")


def judged(title, function, words=()):
    return outcome(Item("item", title, __file__, 1, function=function, words=words))[0]


@pytest.mark.parametrize(("title", "function"), [
    (r"$\partial L/\partial W$ of the softmax classifier is an outer product", classifier),
    (r"The gradient is $(\operatorname{softmax}(Wx) - e_y)\,x^{\top}$ for $x \in \mathbb{R}^n$", classifier),
    (r"The gradient is $\left(\operatorname{softmax}(W x) - e_{y}\right) x^\top$", classifier),
    ("The derivative is $f - t$, where $f = \\sigma(a)$", logistic), (r"The derivative is $-t + f$", logistic),
    (r"$\frac{\partial L}{\partial a} = f - t$", argument), (r"$\partial L/\partial a = f - t$", argument),
    (r"$\tanh(z) = 2\sigma(2z) - 1$", network), (r"With $m$ entries, of size $3 \times 3$, $z$ is kept", network),
    (r"$N$ computes $2\,\sigma(2 z) - 1$", network),
])
def test_a_title_that_its_claims_say_is_taken(title, function):
    result = judged(title, function)
    assert result.ok, result.error


@pytest.mark.parametrize(("title", "function"), [
    (r"The gradient is $x\,(\operatorname{softmax}(Wx) - e_y)^{\top}$", classifier), ("The derivative is $t - f$", logistic),
    (r"The gradient is $\operatorname{softmax}(Wx)\,x^{\top}$", classifier), (r"$\partial L/\partial a = t$", argument),
    (r"$\partial L/\partial a = f$", argument), (r"$\partial L/\partial W = 0$", classifier),
    (r"$\tanh(z) = 2\sigma(z) - 1$", network), ("It takes $7/9$ of the work", network), ("It is $2f - t$", logistic),
])
def test_a_title_that_no_claim_says_fails_and_says_what_to_do(title, function):
    result = judged(title, function)
    assert not result.ok and "no claim of the item" in result.error and r"\(" in result.error


def test_what_stands_between_other_brackets_is_words():
    @sd.identity(r"Weights of variance \(1/n\) keep $z$")
    def item():
        return 1, 1

    registered = REGISTERED.pop()
    assert (registered.title, registered.words) == ("Weights of variance $1/n$ keep $z$", ("1/n",))
    assert judged(registered.title, network, registered.words).ok
    assert not judged(registered.title, network).ok
