"""Momentum and its relatives.

The update equations for a given loss, exact steps, and what the averages in them are: unrolled by induction, corrected
for their start.
"""

from sympy import Rational

import symderiv as sd

x = sd.tensor("x", 2)
loss = 2 * x[1] + 3 * x[1] * x[2]
gamma = sd.tensor("gamma")
friction = Rational(9, 10)

T = sd.dims("T")
t, i = sd.indices("t i", T)
g = sd.tensor("g", T)
beta = sd.tensor("beta", positive=True)


def in_decimals(entries):
    """The entries of an update with 0.9 and 0.1, as the question has them."""
    return tuple(sd.worked(entry, decimals=True) for entry in entries)


@sd.derivation(r"Momentum averages the gradients: $v \leftarrow 0.9\,v + 0.1\,\nabla L$", question="001.1a")
def momentum_updates():
    r"""The loss is $L(x_1, x_2) = 2x_1 + 3x_1x_2$, the friction 0.9 and the learning rate $\gamma$.  The current velocity is
    $v = (v_1, v_2)$, the current position $x = (x_1, x_2)$.  Write the update of $v$ in the form $v \leftarrow \dots$

    The convention here is that the velocity is an average, $v \leftarrow 0.9\,v + 0.1\,\nabla L$.  The other one in use adds
    up, $v \leftarrow 0.9\,v + \nabla L$: it makes every velocity ten times as large, which the learning rate then makes
    up for.
    """
    u = sd.momentum(loss, x, rate=gamma, friction=friction)
    v, _ = u.equations
    slopes = (2 + 3 * x[2], 3 * x[1])
    averaged = tuple(friction * v[k] + slope / 10 for k, slope in enumerate(slopes, 1))
    summed = tuple(friction * v[k] + slope for k, slope in enumerate(slopes, 1))
    return [sd.steps([r"\frac{\partial L}{\partial x_1} = 2 + 3x_2", r"\frac{\partial L}{\partial x_2} = 3x_1"],
                     "x: 2; L = 2*x_1 + 3*x_1*x_2"),
            sd.another_way("By the engine", u.gradient),
            (r"So $v \leftarrow 0.9\,v + 0.1\,\nabla L$", in_decimals(u.entries(v)), in_decimals(averaged)),
            (r"In the other convention $v \leftarrow 0.9\,v + \nabla L$", in_decimals(summed))]


@sd.derivation(r"Then the position moves by the new velocity: $x \leftarrow x - \gamma v$", question="001.1b")
def momentum_position():
    r"""The loss is $L(x_1, x_2) = 2x_1 + 3x_1x_2$, the friction 0.9 and the learning rate $\gamma$.  Write the update of
    $x$ in the form $x \leftarrow \dots$

    It reads the velocity that was updated just before (:ref:`momentum_updates`).
    """
    u = sd.momentum(loss, x, rate=gamma, friction=friction)
    v, position = u.equations
    new = u.entries(v)
    moved = tuple(entry.xreplace({v[k]: new[k - 1] for k in (1, 2)}) for entry in u.entries(position))
    claimed = (x[1] - gamma * (friction * v[1] + (2 + 3 * x[2]) / 10), x[2] - gamma * (friction * v[2] + 3 * x[1] / 10))
    return [(r"With the new velocity $x \leftarrow x - \gamma v$", u.entries(position),
             tuple(x[k] - gamma * v[k] for k in (1, 2))),
            (r"and with the old one $x \leftarrow x - \gamma\,(0.9\,v + 0.1\,\nabla L)$", in_decimals(moved),
             in_decimals(claimed))]


@sd.derivation("Three steps of momentum in exact numbers")
def momentum_steps():
    r"""For the loss $L(x_1, x_2) = 2x_1 + 3x_1x_2$ and the friction 0.9, start at $x = (1, 2)$ at rest.  Where is $x$
    after two steps, as a function of $\gamma$, and where after each of three steps with $\gamma = 1/10$?

    A second way to the same place: the velocity after three steps, unrolled, from the gradients on the way.
    """
    u = sd.momentum(loss, x, rate=Rational(1, 10), friction=friction)
    steps = u.run(3, x=[1, 2])
    places = [[Rational(1), Rational(2)], *(step["x"] for step in steps[:-1])]
    gradients = [sd.evaluate(u.gradient.closed, x=place) for place in places]
    weights = [(1 - friction) * friction ** (len(places) - 1 - k) for k in range(len(places))]
    unrolled = sum(weight * gradient for weight, gradient in zip(weights, gradients, strict=True))
    later = sd.momentum(loss, x, rate=gamma, friction=friction).symbolic(2, x=[1, 2])[-1]["x"]
    return [("after two steps", later), *((f"after step {k}", in_decimals(step["x"])) for k, step in enumerate(steps, 1)),
            *(sd.tested(e.xreplace({gamma: Rational(1, 10)}), entry)
              for e, entry in zip(later, steps[1]["x"], strict=True)),
            ("the velocity, both ways", steps[-1]["v"], unrolled)]


@sd.derivation(r"Unrolled, the velocity is \((1 - \beta)\sum_i \beta^{t-i} g_i\)")
def velocity_unrolled():
    """Which weights have the gradients of the past in the velocity?  The velocity starts at 0.

    The form is found, and proved by induction on $t$.
    """
    v = sd.tensor("v")
    return [sd.recurrence(v, beta * v + (1 - beta) * g[t], t).closed]


@sd.identity(r"The weights add up to $1 - \beta^t$: a geometric sum")
def weights_add_up():
    r"""Why $1 - \beta^t$?"""
    return [sd.prove_by_induction((1 - beta) * sd.Sum(beta ** (t - i), (i, 1, t)), 1 - beta**t, t)]


@sd.derivation(r"With bias correction, $x \leftarrow x - \frac{\gamma}{1 - 0.9^t}\,v$", question="001.1c")
def bias_correction():
    r"""The loss is $L(x_1, x_2) = 2x_1 + 3x_1x_2$, the friction 0.9 and the learning rate $\gamma$.  Write the update of
    $x$ at the $t$-th iteration, with bias correction, in the form $x \leftarrow \dots$

    At the start the velocity is too small: with the friction $\beta$ it is $(1 - \beta)\sum_{i=1}^t \beta^{t-i} g_i$
    (:ref:`velocity_unrolled`), whose weights add up to $1 - \beta^t$ only (:ref:`weights_add_up`).  Divided by that it is
    an average without bias: for random gradients with one and the same mean $\mu$ it has that mean.
    """
    u = sd.momentum(loss, x, rate=gamma, friction=friction, corrected=True)
    v, position = u.equations
    first = u.symbolic(1)[0]["x"]
    new = u.entries(v)
    moved = tuple(entry.xreplace({v[k]: new[k - 1] for k in (1, 2)}) for entry in u.entries(position))
    slopes = (2 + 3 * x[2], 3 * x[1])
    return [sd.stated(sd.bias_correction(beta)),
            (r"With the new velocity $x \leftarrow x - \frac{\gamma}{1 - 0.9^t}\,v$", in_decimals(u.entries(position)),
             in_decimals(x[k] - gamma / (1 - friction**t) * v[k] for k in (1, 2))),
            (r"and with the old one $x \leftarrow x - \frac{\gamma}{1 - 0.9^t}\,(0.9\,v + 0.1\,\nabla L)$",
             in_decimals(moved), in_decimals(x[k] - gamma / (1 - friction**t) * (friction * v[k] + slope / 10)
                                             for k, slope in enumerate(slopes, 1))),
            *(sd.tested(place, x[k] - gamma * u.gradient.closed[k]) for k, place in enumerate(first, 1))]


@sd.derivation("Nesterov's momentum takes the gradient where the velocity leads")
def nesterov_updates():
    r"""For the loss $L(x_1, x_2) = 2x_1 + 3x_1x_2$ and the friction 0.9 the gradient is taken at $x - 0.9\,\gamma v$: what
    becomes of the velocity?
    """
    u = sd.momentum(loss, x, rate=gamma, friction=friction, nesterov=True)
    v, _ = u.equations
    ahead = [x[k] - gamma * friction * v[k] for k in (1, 2)]
    return [(r"The velocity $v \leftarrow 0.9\,v + 0.1\,\nabla L(x - 0.9\,\gamma v)$", in_decimals(u.entries(v))),
            r"and then $x \leftarrow x - \gamma v$, with the new one.", sd.another_way("By the engine", u),
            sd.tested(u.entries(v)[0], friction * v[1] + (2 + 3 * ahead[1]) / 10),
            sd.tested(u.entries(v)[1], friction * v[2] + 3 * ahead[0] / 10)]


@sd.derivation("RMSProp and Adam keep averages of the squared gradients as well")
def adaptive_updates():
    """For the loss $L(x_1, x_2) = 2x_1 + 3x_1x_2$: the updates of RMSProp and of Adam, and one step of Adam in numbers.

    After one step from rest the corrected averages are the gradient and its square, so Adam moves by $\\gamma$ times
    the sign of the gradient, but for $\\varepsilon$.
    """
    epsilon = sd.tensor("epsilon", positive=True)
    rms = sd.rmsprop(loss, x, rate=gamma, decay=friction, eps=epsilon)
    adam = sd.adam(loss, x, rate=Rational(1, 10), first=friction, second=Rational(99, 100), eps=0)
    start = [Rational(1), Rational(2)]
    slopes = sd.evaluate(adam.gradient.closed, x=start)
    moved = tuple(place - slope / abs(slope) / 10 for place, slope in zip(start, slopes, strict=True))
    squares, means = (next(iter(u.equations)) for u in (rms, adam))
    return [(r"RMSProp averages the squared entries, $s \leftarrow 0.9\,s + 0.1\,\nabla L \odot \nabla L$",
             in_decimals(rms.entries(squares))),
            r"and divides: $x \leftarrow x - \gamma\,\nabla L \oslash (\sqrt s + \varepsilon)$.",
            (r"Adam does so with 0.99, and averages the entries too, $m \leftarrow 0.9\,m + 0.1\,\nabla L$",
             in_decimals(adam.entries(means))),
            r"and corrects both: $x \leftarrow x - \gamma\,\frac{m}{1 - 0.9^t} \oslash \sqrt{\frac{s}{1 - 0.99^t}}$.",
            sd.another_way("By the engine", [rms, adam]),
            (r"One step of Adam from $x = (1, 2)$ at rest, with $\gamma = 0.1$ and $\varepsilon = 0$",
             in_decimals(adam.run(1, x=start)[0]["x"]), in_decimals(moved))]


@sd.derivation(r"Weight decay forgets the start like \((1 - \gamma\lambda)^t\)")
def weight_decay_unrolled():
    r"""Gradient descent with weight decay is $x_t = (1 - \gamma\lambda)\,x_{t-1} - \gamma g_t$.  What is $x_t$?"""
    one, start, decay = sd.tensor("x"), sd.tensor("x_0"), sd.tensor("lambda")
    return [sd.recurrence(one, (1 - gamma * decay) * one - gamma * g[t], t, start=start).closed]


@sd.derivation("The way of momentum, unrolled: a gradient goes on acting until its weight is spent")
def positions_unrolled():
    r"""How far has $x$ moved after $t$ steps of momentum with the gradients $g_1, \dots, g_t$?"""
    v, one, start = sd.tensor("v"), sd.tensor("x"), sd.tensor("x_0")
    new = beta * v + (1 - beta) * g[t]
    both = sd.recurrence((v, one), (new, one - gamma * new), t, start=(0, start))
    return [both.prove((1 - beta) * sd.Sum(beta ** (t - i) * g[i], (i, 1, t)),
                       start - gamma * sd.Sum((1 - beta ** (t - i + 1)) * g[i], (i, 1, t)))]


@sd.identity("A form whose weights come one step late is not the velocity", expect="refuted")
def late_weights():
    """What if the newest gradient is left out of the sum?"""
    v = sd.tensor("v")
    late = (1 - beta) * sd.Sum(beta ** (t - i) * g[i], (i, 1, t - 1))
    return [sd.recurrence(v, beta * v + (1 - beta) * g[t], t).prove(late)]
