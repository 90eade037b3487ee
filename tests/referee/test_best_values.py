"""What a text says to be the best value of a variable is claimed: the gradient is 0 there."""

import pytest

from symderiv import verify

RIDGE = (r"We have $X \in \mathbb{R}^{N \times D}$, $w \in \mathbb{R}^D$, $y \in \mathbb{R}^N$ and "
         r"$J(w) = \|Xw - y\|_2^2 + \lambda \|w\|_2^2$." "\n\n")
LENGTHS = (r"We have $w, a \in \mathbb{R}^D$, $\lambda > 0$ and $J(w) = \|w - a\|_2^2 + \lambda\|w\|_2^2$." "\n\n")
RIGHT, WRONG = r"\frac{a}{1 + \lambda}", r"\frac{a}{1 + 2\lambda}"


def _statuses(text):
    return [line.status for line in verify(text).lines]


@pytest.mark.parametrize("said", [
    "The minimizer is $w^* = @$.", "The minimizer of $J$ is\n$$w^\\star = @$$", "Hence the solution is\n$$\\hat w = @.$$",
    "Setting the gradient to zero, we find\n$$w^* = @$$", "Therefore, $J$ is minimized by $w^\\star = @$.",
    "Thus $w^* = \\arg\\min_w J(w) = @$.", "$$\\hat w = \\underset{w}{\\arg\\min}\\; J(w)$$ so that $$\\hat w = @$$",
    "The optimum is attained at\n$$w_{\\text{opt}} = @.$$",
    "$$\\hat w = \\operatorname*{argmin}_{w\\in\\mathbb{R}^D} \\|w-a\\|^2 + \\lambda\\|w\\|^2 = @$$"])
def test_what_words_call_best_is_where_the_gradient_is_zero(said):
    assert _statuses(LENGTHS + said.replace("@", RIGHT))[-1] == "supported"
    assert _statuses(LENGTHS + said.replace("@", WRONG))[-1] == "refuted"


@pytest.mark.parametrize(("factor", "status"), [("", "supported"), ("2", "refuted")])
def test_the_best_value_of_a_matrix_equation_is_where_its_gradient_is_zero(factor, status):
    said = RIDGE + r"The minimizer is $w^* = (X^\top X + @\lambda I)^{-1}X^\top y$."
    assert _statuses(said.replace("@", factor)) == ["noted", status]


@pytest.mark.parametrize("said", ["The optimal $w$ is given by\n$$w = @$$", "Solving $\\nabla J = 0$ gives $w = @$."])
def test_a_variable_has_its_best_value_from_there_on(said):
    assert _statuses(LENGTHS + said.replace("@", RIGHT))[-1] == "conditional"
    assert _statuses(LENGTHS + said.replace("@", WRONG))[-1] == "refuted"


@pytest.mark.parametrize("so", ["so", "Solving this gives", "hence", "and"])
def test_what_a_gradient_of_zero_is_solved_for_is_not_taken_from_that_it_is_zero(so):
    text = LENGTHS + "The gradient is\n$$\\nabla_w J = 2(w-a)+2\\lambda w = 0$$\n" + so + "\n$$\\hat w = @$$"
    assert _statuses(text.replace("@", RIGHT))[-1] == "supported"
    assert _statuses(text.replace("@", WRONG))[-1] == "refuted"


@pytest.mark.parametrize("said", ["Setting the gradient to zero gives $$@$$", "The normal equations are $$@$$"])
def test_an_equation_that_is_said_to_hold_where_the_gradient_is_zero_is_refuted_by_one_slip(said):
    text = RIDGE + r"The gradient is $$\nabla J(w) = 2X^\top (Xw-y) + 2\lambda w.$$" "\n" + said
    assert _statuses(text.replace("@", r"(X^\top X + \lambda I) w = X^\top y"))[-1] in ("supported", "conditional")
    report = verify(text.replace("@", r"(X^\top X + 2\lambda I) w = X^\top y"))
    assert report.lines[-1].status == "refuted" and r"X^\top X + \lambda I" in report.lines[-1].suggestion


def test_no_slip_leads_to_what_another_problem_imposes():
    said = r"The gradient is $$\nabla J(w) = 2X^\top (Xw-y) + 2\lambda w.$$ At the optimum $$w^\top X^\top y = \lambda^3$$"
    assert _statuses(RIDGE + said)[-1] == "undecided"


def test_the_best_value_by_a_wrong_gradient_is_an_error_carried_on():
    text = RIDGE + r"$$\nabla J = 2X^\top (Xw-y) + \lambda w$$" "\n" \
        r"Setting the gradient to zero gives $w = (X^\top X + @\lambda I)^{-1} X^\top y$."
    carried = [verify(text.replace("@", factor)).lines[-1] for factor in (r"\frac12", "2")]
    assert [line.status for line in carried] == ["refuted", "refuted"]
    assert ["already wrong" in line.message for line in carried] == [True, False]


GAUSS = (r"Let $x_1,\dots,x_N$ be scalars. The log-likelihood is" "\n"
         r"$$\ell(\mu,\sigma^2) = -\frac{N}{2}\log(2\pi\sigma^2) - \frac{1}{2\sigma^2}\sum_{i=1}^N (x_i-\mu)^2.$$" "\n"
         r"Setting the derivative with respect to $\mu$ to zero gives $$\hat\mu = @1.$$ Similarly, $$\hat\sigma^2 = @2.$$")


@pytest.mark.parametrize(("mean", "variance", "statuses"), [
    (r"\frac1N\sum_i x_i", r"\frac1N\sum_i (x_i-\hat\mu)^2", ["supported", "supported"]),
    (r"\frac1N\sum_i x_i", r"\frac1{N-1}\sum_i (x_i-\hat\mu)^2", ["supported", "refuted"]),
    (r"\sum_i x_i", r"\frac1N\sum_i (x_i-\hat\mu)^2", ["refuted", "supported"])])
def test_the_best_values_of_two_variables_belong_together(mean, variance, statuses):
    assert _statuses(GAUSS.replace("@1", mean).replace("@2", variance))[1:] == statuses


def test_an_estimate_of_another_kind_and_a_limited_one_are_not_called_wrong():
    unbiased = GAUSS.replace("Similarly,", "The unbiased estimate is").replace("@1", r"\frac1N\sum_i x_i")
    assert _statuses(unbiased.replace("@2", r"\frac1{N-1}\sum_i (x_i-\hat\mu)^2"))[-1] == "noted"
    limited = "We minimize $J$ subject to $\\|w\\| = 1$. The minimizer is $w^* = @$.".replace("@", WRONG)
    assert _statuses(LENGTHS + limited)[-1] == "undecided"


def test_the_gradient_of_a_sum_of_squares_by_its_centre_is_read_without_end():
    text = (r"$$L(\mu,s) = \frac{N}{2}\log s + \frac{1}{2s}\sum_{i=1}^N (x_i-\mu)^2$$" "\n"
            r"$$\frac{\partial L}{\partial \mu} = -\frac1s\sum_i (x_i-\mu)$$")
    assert _statuses("Given scalars $x_1,\\dots,x_N$.\n" + text) == ["noted", "proved"]


def test_what_is_wrong_is_so_where_it_is_said_again():
    text = LENGTHS + "The minimizer is $w^* = @$. Once more, the minimizer is\n$$w^* = @$$"
    assert _statuses(text.replace("@", WRONG))[1:] == ["refuted", "refuted"]
    assert _statuses(text.replace("@", RIGHT))[1:] == ["supported", "supported"]


MODEL = (r"Assume $y_i = w^\top x_i + \epsilon_i$ with @ for $i=1,\dots,N$ and $x_i\in\mathbb{R}^d$. Let" "\n"
         r"\[ \ell(w) = -\frac{1}{2}\sum_{i=1}^N (y_i - w^\top x_i)^2. \]" "\n"
         r"\[ \nabla_w \ell = \sum_{i=1}^N (y_i - w^\top x_i) x_i. \]")


@pytest.mark.parametrize("noise", [r"$\epsilon_i \sim \mathcal{N}(0,1)$", r"noise $\epsilon_i$"])
def test_no_derivative_goes_through_what_was_seen_with_noise(noise):
    lines = [line.status for line in verify(MODEL.replace("@", noise)).lines]
    assert lines[-1] == "conditional" and "refuted" not in lines
    wrong = MODEL.replace("@", noise).replace(r"\ell = \sum", r"\ell = 2\sum")
    assert verify(wrong).lines[-1].status == "refuted"


def test_a_number_of_one_problem_is_a_function_in_the_next():
    text = (r"\section*{1} Let $v = \sigma^2 x$ for a vector $x$ and $\sigma > 0$." "\n"
            r"\[ \frac{\partial v}{\partial \sigma} = 2\sigma x \]" "\n"
            r"\section*{2} Let $a = \sigma(w^\top u + b)$." "\n" r"\[ \frac{\partial a}{\partial b} = a(1 - a) \]")
    assert [line.status for line in verify(text).lines] == ["noted", "proved", "noted", "proved"]


def test_at_a_kink_something_may_be_least_where_no_gradient_is_zero():
    text = (r"Consider $f(w) = \frac12(w-z)^2 + \lambda|w|$ with $\lambda>0$. "
            r"The minimizer is $w^* = \mathrm{sign}(z)\max(|z|-\lambda, 0)$.")
    assert _statuses(text) == ["noted", "undecided"]


@pytest.mark.parametrize(("value", "status"), [("1", "supported"), ("2", "refuted")])
def test_a_number_that_is_called_the_optimum_is_claimed(value, status):
    text = rf"For a scalar $x$ let $f(x) = \frac14x^4 - x$. The optimum is at $x^* = {value}$."
    assert _statuses(text) == ["noted", status]


@pytest.mark.parametrize(("value", "status"), [("2", "supported"), ("3", "refuted")])
def test_a_number_that_a_derivative_set_to_zero_yields_is_claimed(value, status):
    text = rf"Let $f(x)=x^2-4x$. Setting $f'(x) = 2x - 4 = 0$ yields $x = {value}$."
    assert _statuses(text)[-1] == status


def test_words_may_limit_what_a_variable_can_be():
    text = "Consider $f(x,y) = x^2+y^2$ with $x+y=1$. The minimizer is $x = 1/2$, $y = 1/2$."
    assert "refuted" not in _statuses(text)


@pytest.mark.parametrize(("factor", "status"), [("", "supported"), ("2", "refuted")])
def test_two_things_may_be_best_at_two_values(factor, status):
    text = (RIDGE + r"The minimizer is $w^* = (X^\top X + \lambda I)^{-1}X^\top y$." "\n\n"
            r"With $a \in \mathbb{R}^D$ $$\hat w = \arg\min_w \|w - a\|^2$$ so that $$\hat w = @a.$$")
    assert _statuses(text.replace("@", factor))[1:] == ["supported", "noted", status]


@pytest.mark.parametrize(("count", "status"), [("N", "supported"), ("{N-1}", "refuted")])
def test_a_covariance_is_best_together_with_its_mean(count, status):
    text = (r"For $x_1,\dots,x_N\in\mathbb{R}^d$, $\ell(\mu,\Sigma) = -\frac N2\log|\Sigma|"
            r"-\frac12\sum_{i=1}^N(x_i-\mu)^\top\Sigma^{-1}(x_i-\mu)$. Setting the derivative by $\mu$ to zero gives "
            r"$$\hat\mu = \frac1N\sum_{i=1}^Nx_i.$$ Setting the derivative by $\Sigma$ to zero gives"
            rf"$$\hat\Sigma = \frac1{count}\sum_{{i=1}}^N(x_i-\hat\mu)(x_i-\hat\mu)^\top.$$")
    assert _statuses(text)[-1] == status


@pytest.mark.parametrize("said", ["The minimum of $f$ is at @.", "$f$ attains its minimum at @.",
                                  "It has its minimum at @."])
def test_where_a_minimum_is_said_to_be_the_gradient_is_zero(said):
    text = (r"Let $f(x) = x^\top A x + b^\top x$ where $A \in \mathbb{R}^{n\times n}$ is symmetric and "
            "$b, x\\in\\mathbb{R}^n$.\n\n")
    for factor, status in (("/2", "conditional"), ("", "refuted")):
        assert _statuses(text + said.replace("@", f"$x = -A^{{-1}} b{factor}$"))[-1] == status


def test_a_gradient_is_set_to_zero_where_no_point_is_found_at_which_it_is():
    text = (r"Let $S = \frac1n X^\top X$, with $X \in \mathbb{R}^{n\times d}$. We maximise $w^\top S w$ subject to "
            r"$w^\top w = 1$. The Lagrangian is $$L(w,\lambda) = w^\top S w - \lambda (w^\top w - 1).$$ "
            r"Setting the gradient to zero: $$\nabla_w L = 2 S w - 2\lambda w = 0 \implies S w = \lambda w.$$ "
            r"The singular value decomposition $X = U\Sigma V^\top$ gives $S = \frac1n V \Sigma^2 V^\top$.")
    assert _statuses(text)[3] in ("supported", "conditional")


@pytest.mark.parametrize(("value", "statuses"), [("X^\\top y", ["supported", "proved", "refuted"]),
                                                 ("2X^\\top y", ["refuted", "undecided", "undecided"])])
def test_what_reads_a_wrong_optimum_may_be_meant_of_the_right_one(value, statuses):
    text = (RIDGE + rf"The minimizer is $$w^* = (X^\top X + \lambda I)^{{-1}}{value}.$$ The fitted values are "
            r"$$Xw^* = X(X^\top X + \lambda I)^{-1}X^\top y$$ $$Xw^* = 3X(X^\top X + \lambda I)^{-1}X^\top y$$")
    assert _statuses(text)[1:] == statuses


def test_where_a_multiplier_has_its_own_value_nothing_is_called_wrong():
    statuses = _statuses(r"""For $A\in\mathbb{R}^{m\times n}$, $b\in\mathbb{R}^m$, minimize $\|x\|^2$ subject to $Ax=b$.
The Lagrangian is $$L(x,\lambda) = x^\top x+\lambda^\top(Ax-b)$$
with $$\nabla_xL = 2x+A^\top\lambda$$ so $x=-\frac12A^\top\lambda$ and finally
$$x^\star = A^\top(AA^\top)^{-1}b.$$""")
    assert "refuted" not in statuses and statuses[2] == "proved"


def test_what_is_meant_everywhere_is_not_right_by_the_best_value_alone():
    text = (r"Let $f(x) = x^\top A x + b^\top x$ where $A \in \mathbb{R}^{n\times n}$ is symmetric and "
            "$b, x\\in\\mathbb{R}^n$.\n\nThe minimum of $f$ is at $x = -A^{-1} b/2$, and there "
            r"$$f(x) = -\tfrac14 b^\top A^{-1} b.$$ In general, $$f(x+h) = f(x) @ (2Ax + b)^\top h + h^\top A h.$$")
    for sign, status in (("+", "proved"), ("-", "conditional")):
        lines = verify(text.replace("@", sign)).lines
        assert (lines[-1].status, bool(lines[-1].diagnosis)) == (status, sign == "-")
        assert lines[2].status == "supported"


def test_a_derivative_at_a_number_is_not_set_to_zero():
    line = verify([r"f'(0) = 0"], "x: scalar\nf(x) = x/(1 + exp(-x))").lines[0]
    assert (line.status, line.diagnosis) == ("refuted", "number")
