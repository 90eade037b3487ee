"""Backpropagation through time: sums over all steps are judged at one step."""

import pytest

from symderiv import verify

TEXT = r"""Let $h_t\in\mathbb{R}^n$ and let $y_t$ be one-hot.

$$h_t = \tanh(W h_{t-1} + U x_t + b)$$
$$o_t = V h_t + c$$
$$p_t = \operatorname{softmax}(o_t)$$
$$L = \sum_{t=1}^T L_t,\qquad L_t = -y_t^T \log p_t$$

$$\frac{\partial L}{\partial o_t} = p_t - y_t$$
$$\frac{\partial L}{\partial V} = \sum_t (p_t - y_t) h_t^T$$

With $\delta_t = \partial L/\partial h_t$,

$$\delta_t = V^T (p_t - y_t) + W^T (\delta_{t+1} \odot (1 - h_{t+1}^2))$$
$$\frac{\partial L}{\partial W} = \sum_{t=1}^T (\delta_t \odot (1 - h_t^2)) h_{t-1}^T$$
"""


def claims(text):
    return [line for line in verify(text).lines if line.status != "noted"]


def test_all_gradients_of_a_recurrent_network_are_right():
    assert [line.status in ("proved", "supported") for line in claims(TEXT)] == [True] * 4


@pytest.mark.parametrize(("old", "new", "line"), [
    (r"\delta_{t+1} \odot (1 - h_{t+1}^2)", r"\delta_{t+1}", 2),
    (r"(\delta_t \odot (1 - h_t^2)) h_{t-1}^T", r"\delta_t h_{t-1}^T", 3),
    (r"(\delta_t \odot (1 - h_t^2)) h_{t-1}^T", r"(\delta_t \odot (1 - h_t^2)) h_t^T", 3),
], ids=["no slope", "no slope in a sum", "step of a sum"])
def test_slips_in_them_are_found_and_named(old, new, line):
    found = claims(TEXT.replace(old, new))
    assert [each.status == "refuted" for each in found] == [k == line for k in range(4)]
    assert found[line].diagnosis


OUTPUTS = r"$$\frac{\partial L}{\partial V} = \sum_t (p_t - y_t) h_t^T$$"


def beside(*others):
    """What is claimed of V in the text, and in other ways below it."""
    said = (OUTPUTS, *(OUTPUTS.replace(r"\sum_t (p_t - y_t) h_t^T", other) for other in others))
    return claims(TEXT.replace(OUTPUTS, "\n".join(said)))[1:len(said) + 1]


def test_slips_in_a_sum_of_outputs_are_found_and_named():
    """The step before, twice as much, and one step alone."""
    right, *wrong = beside(r"\sum_t (p_t - y_t) h_{t-1}^T", r"\sum_t 2(p_t - y_t) h_t^T", "(p_t - y_t) h_t^T")
    assert right.status in ("proved", "supported")
    assert [(each.status, bool(each.diagnosis)) for each in wrong] == [("refuted", True)] * 3


def test_the_slope_of_another_step_is_not_accepted():
    """Whether it is called wrong hangs on how far the search for the slip reaches."""
    found = claims(TEXT.replace(r"\delta_{t+1} \odot (1 - h_{t+1}^2)", r"\delta_{t+1} \odot (1 - h_t^2)"))
    assert [each.status in ("proved", "supported") for each in found] == [True, True, False, True]
    assert found[2].status in ("refuted", "undecided")


def test_sums_over_other_steps_are_not_decided():
    right, *other = beside(*(rf"\sum{ends} (p_t - y_t) h_t^T" for ends in ("_{t=1}^{T-1}", "_{t=0}^{T-1}", "_{t=2}^T")))
    assert right.status in ("proved", "supported") and [each.status for each in other] == ["unread"] * 3


def test_what_is_summed_one_step_further_is_not_refuted():
    moved = TEXT.replace(r"(\delta_t \odot (1 - h_t^2)) h_{t-1}^T", r"(\delta_{t+1} \odot (1 - h_{t+1}^2)) h_t^T")
    assert claims(moved)[3].status == "undecided"


def test_what_counts_steps_is_no_position_though_its_range_is_said():
    told = TEXT.replace(r"Let $h_t\in\mathbb{R}^n$ and let", r"Let $h_t\in\mathbb{R}^n$ for $t = 1,\dots,T$, and let")
    assert [line.status in ("proved", "supported") for line in claims(told)] == [True] * 4


def test_a_preactivation_is_of_its_step():
    apart = TEXT.replace(r"$$h_t = \tanh(W h_{t-1} + U x_t + b)$$", """$$a_t = W h_{t-1} + U x_t + b$$
$$h_t = \\tanh(a_t)$$""")
    assert [line.status in ("proved", "supported") for line in claims(apart)] == [True] * 4


ERRORS = r"""Let $f(x) = \tfrac12\|A x - b\|^2$, $A\in\mathbb{R}^{m\times n}$, and let
$v_{k+1} = \mu v_k - \eta \nabla f(x_k)$, $x_{k+1} = x_k + v_{k+1}$. Let $r_k = A x_k - b$. Then

$$r_{k+1} = r_k + \mu A v_k - \eta A A^\top r_k.$$

$$r_{k+2} = r_{k+1} + A v_{k+2}.$$

$$q_{k+1} = 3 q_k$$
"""


@pytest.mark.parametrize(("right", "wrong", "statuses"), [
    ("", "", ["proved", "proved"]), (r"+ \mu A v_k", r"- \mu A v_k", ["refuted", "proved"]),
    ("A v_{k+2}", "A v_{k+1}", ["proved", "refuted"]), ("r_k = A x_k - b$", "r_k = A y_k - b$", [])])
def test_what_is_said_of_any_step_is_claimed_of_later_ones(right, wrong, statuses):
    """Where what it is made of is known there: y_{k+1} is not."""
    assert [line.status for line in claims(ERRORS.replace(right, wrong) if right else ERRORS)] == statuses
