"""Recurrent networks and backpropagation through time.

One step of a scalar network; then networks of vectors over any number of steps: the gradients of the states satisfy a
recurrence that runs backward.
"""

import symderiv as sd

T, n, d, m = sd.dims("T n d m")
t = sd.indices("t", T)
x, h, start = sd.tensor("x", d), sd.tensor("h", n), sd.tensor("h_0", n)
W, U, b, V = sd.tensor("W", n, d), sd.tensor("U", n, n), sd.tensor("b", n), sd.tensor("V", m, n)
y = sd.label("y", m)


@sd.derivation(r"One step back: $\frac{dL}{dh_{t-1}} = a\,\sigma'(w h_{t-1})\,w$", question="001.6")
def scalar_step():
    r"""A scalar network has the states $h_t = \sigma(w h_{t-1})$, for some differentiable function $\sigma$.  With
    $a = dL/dh_t$ given, what is $dL/dh_{t-1}$, in $a$, $w$ and $h_{t-1}$?

    Of $\sigma$ nothing is known but that it can be differentiated.
    """
    w, before, a = sd.tensor("w"), sd.tensor("h"), sd.tensor("a")
    unknown = sd.parse("sigma(w*h)", given="sigma: function; w: scalar; h: scalar")
    slope = sd.parse("sigma'(w*h)", given="sigma: function; w: scalar; h: scalar")
    step = sd.vjp(sd.define("y", unknown), before, a)
    return [sd.steps([(r"\frac{dL}{dh_{t-1}} = \frac{dL}{dh_t}\,\frac{dh_t}{dh_{t-1}}", "chain rule"),
                      (r"= a\, \sigma'(w h_{t-1})\, w", r"$h_t = \sigma(w h_{t-1})$")],
                     r"w: scalar; h_{t-1}: scalar; \sigma: function; h_t = \sigma(w*h_{t-1}); L: function of h_t; "
                     r"a = \partial L/\partial h_t"),
            sd.another_way("By the engine, with $h$ for $h_{t-1}$", step), sd.tested(step.closed, a * w * slope)]


@sd.derivation("The scalar network over any number of steps")
def scalar_network():
    """The loss reads the last state only.  How does it depend on $w$, and on the state at the start?"""
    w, state = sd.tensor("w"), sd.tensor("h")
    network = sd.recurrence(state, sd.tanh(w * state), t, start=sd.tensor("h_0"))
    return [network.backward(state**2, at="last")]


@sd.derivation(r"Without the nonlinearity the state is $h_0 w^t$: it explodes or vanishes")
def explosion():
    """And if $\\sigma$ does nothing?  Then the derivative of the last state by the first is a power of $w$."""
    w, state, first = sd.tensor("w"), sd.tensor("h"), sd.tensor("h_0")
    return [sd.recurrence(state, w * state, t, start=first).closed]


@sd.derivation(r"Backpropagation through time: the gradients of the states follow a recurrence that runs backward")
def backpropagation_through_time():
    r"""Now $h_t = \tanh(W x_t + U h_{t-1} + b)$ for vectors, with a softmax classifier on every state.  What are the
    gradients of the loss, summed over $T$ steps?
    """
    network = sd.recurrence(h, sd.rnn_cell(x, h, W, U, b), t, start=start, inputs=(x, y))
    return [network.backward(sd.cross_entropy(V @ h, y))]


@sd.derivation("The same for a loss that reads the last state only")
def many_to_one():
    """The last state alone is compared with a target, by the squared error: what changes?"""
    target = sd.tensor("y", m)
    network = sd.recurrence(h, sd.rnn_cell(x, h, W, U, b), t, start=start, inputs=x)
    return [network.backward(sd.sum((V @ h - target) ** 2), at="last")]


@sd.derivation("Two steps written out: every use of a weight contributes to its gradient")
def unrolled_twice():
    """Write the network out for two steps and derive the last state with respect to $U$, without the recurrence.

    One part comes from each use of $U$: the later with $h_1$, the earlier, carried back through $U$, with $h_0$.
    """
    inputs, G = (sd.tensor("x_1", d), sd.tensor("x_2", d)), sd.tensor("G", n)
    first = sd.define("h_1", sd.rnn_cell(inputs[0], start, W, U, b))
    second = sd.define("h_2", sd.rnn_cell(inputs[1], first, W, U, b))
    return [sd.vjp(second, U, G)]


@sd.derivation("An LSTM: the gradient of the cell goes back through the forget gate alone")
def long_short_term_memory():
    """Derive the backward recurrence of an LSTM, with the gates $i$, $f$, $o$ and the candidate $g$."""
    c = sd.tensor("c", n)
    gates = {k: (sd.tensor(f"W_{k}", n, d), sd.tensor(f"U_{k}", n, n), sd.tensor(f"b_{k}", n)) for k in "ifgo"}
    network = sd.recurrence((h, c), sd.lstm_cell(x, h, c, **gates), t, start=(start, 0), inputs=x)
    target = sd.tensor("y", T, n)
    return [network.backward(sd.sum((h - target[t]) ** 2))]


@sd.derivation("A gated recurrent unit")
def gated_recurrent_unit():
    """And that of a GRU, with the reset gate $r$ and the update gate $z$."""
    gates = {k: (sd.tensor(f"W_{k}", n, d), sd.tensor(f"U_{k}", n, n), sd.tensor(f"b_{k}", n)) for k in "rzn"}
    network = sd.recurrence(h, sd.gru_cell(x, h, **gates), t, start=start, inputs=x)
    return [network.backward(sd.dot(h, h))]


@sd.derivation("Hidden Markov models: the backward messages are the gradients of the likelihood")
def hidden_markov_model():
    r"""The messages $\alpha_t = (P^\top \alpha_{t-1}) \odot b_t$ of a hidden Markov model sum to the likelihood of what was
    seen.  What are the gradients of $\log \sum_k (\alpha_T)_k$?
    """
    states = sd.dims("K")
    message, start_, P = (sd.tensor(name, *(states,) * rank, positive=True) for name, rank in (
        ("alpha", 1), ("pi", 1), ("P", 2)))
    seen = sd.tensor("b", T, states, positive=True)
    model = sd.recurrence(message, (P.T @ message) * seen[t], t, start=start_)
    return [model.backward(sd.log(sd.sum(message)), at="last")]


@sd.derivation("Conditional random fields: the gradient of the log-partition gives the marginals")
def conditional_random_field():
    r"""$\alpha_t = \operatorname{logsumexp}_i((\alpha_{t-1})_i + A_{i,:}) + e_t$ sums over all paths up to step $t$.  What
    are the gradients of $\log Z = \operatorname{logsumexp}(\alpha_T)$, for any number of steps?
    """
    states = sd.dims("K")
    message, start_, A = sd.tensor("alpha", states), sd.tensor("s", states), sd.tensor("A", states, states)
    scores = sd.tensor("e", T, states)
    chain = sd.recurrence(message, sd.logsumexp(A.T + message, axis=1) + scores[t], t, start=start_)
    return [chain.backward(sd.logsumexp(message), at="last")]


@sd.derivation("A state-space model: the scan backward has the transposed matrix")
def state_space_model():
    r"""$h_t = A h_{t-1} + B x_t$ with the outputs $C h_t$, compared with $y_t$ at every step."""
    A, B, C = sd.tensor("A", n, n), sd.tensor("B", n, d), sd.tensor("C", m, n)
    target = sd.tensor("y", m)
    scan = sd.recurrence(h, A @ h + B @ x, t, start=start, inputs=(x, target))
    return [scan.backward(sd.sum((C @ h - target) ** 2))]
