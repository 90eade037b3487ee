"""Backpropagation through time for any number of steps."""

from dataclasses import replace

import numpy as np
import pytest

import symderiv as sd
from symderiv.errors import DeclarationError, ShapeError
from symderiv.sequences.loop import check_backward

T, n, d, m, N = sd.dims("T n d m N")
t = sd.indices("t", T)
x, h, h0 = sd.tensor("x", d), sd.tensor("h", n), sd.tensor("h_0", n)
W, U, b, V = sd.tensor("W", n, d), sd.tensor("U", n, n), sd.tensor("b", n), sd.tensor("V", m, n)
y = sd.label("y", m)
VANILLA = sd.recurrence(h, sd.rnn_cell(x, h, W, U, b), t, start=h0, inputs=(x, y))


def gates(names):
    return {q: (sd.tensor(f"W_{q}", n, d), sd.tensor(f"U_{q}", n, n), sd.tensor(f"b_{q}", n)) for q in names}


def test_the_backward_recurrence_of_a_vanilla_network():
    found = VANILLA.backward(sd.cross_entropy(V @ h, y))
    lines = str(found).splitlines()
    assert "delta_t = V.T*(softmax(V*h_t) - e_y_t) + U.T*(delta_{t+1}.*(1 - h_{t+1}.^2))" in lines
    assert "delta_{T+1} = 0" in lines
    assert "dL/dW = Sum((delta_t.*(1 - h_t.^2))*x_t.T, (t, 1, T))" in lines
    assert "dL/dU = Sum((delta_t.*(1 - h_t.^2))*h_{t-1}.T, (t, 1, T))" in lines
    assert "dL/dh_0 = U.T*(delta_1.*(1 - h_1.^2))" in lines
    assert found.status == "proved"
    assert found.proof.status == found.status
    assert found.check().ok


def test_a_loss_of_the_last_state_counts_once():
    target = sd.tensor("y", m)
    found = sd.recurrence(h, sd.rnn_cell(x, h, W, U, b), t, inputs=x).backward(sd.sum((V @ h - target) ** 2), at="last")
    lines = str(found).splitlines()
    assert "delta_T = 2*V.T*(V*h_T - y)" in lines
    assert "delta_t = U.T*(delta_{t+1}.*(1 - h_{t+1}.^2))" in lines
    assert "dL/dV = 2*(V*h_T - y)*h_T.T" in lines
    assert found.check().ok


def test_an_lstm_cell_goes_back_through_the_forget_gate():
    c = sd.tensor("c", n)
    found = sd.recurrence((h, c), sd.lstm_cell(x, h, c, **gates("ifgo")), t, start=(h0, 0), inputs=x).backward(sd.dot(h, h))
    lines = str(found).splitlines()
    assert "delta^c_t = delta^h_t.*o_t.*(1 - tanh(c_t).^2) + delta^c_{t+1}.*f_{t+1}" in lines
    # What lines share has a name that no gate has.
    assert "q_1^{(t)} = c_{t-1}.*delta^c_t.*f_t.*(1 - f_t)" in lines
    assert "dL/dU_f = Sum(q_1^{(t)}*h_{t-1}.T, (t, 1, T))" in lines
    assert "Within a step, a state that another one reads counts as given" in found.proof.latex()
    assert found.status == "proved"
    assert found.check().ok


def test_a_gated_unit_and_batches_of_sequences():
    assert sd.recurrence(h, sd.gru_cell(x, h, **gates("rzn")), t, inputs=x).backward(sd.dot(h, h)).check().ok
    rows, states = sd.tensor("x", T, N, d), sd.tensor("h", N, n)
    found = sd.recurrence(states, sd.rnn_cell(rows[t], states, W, U, b), t).backward(sd.sum(states**2))
    assert found.status == "proved" and found.check().ok


def test_a_scalar_network_with_an_unknown_activation():
    state = sd.tensor("h")
    rule = sd.parse("sigma(w*h)", given="sigma: function; w: scalar; h: scalar")
    found = sd.recurrence(state, rule, t, start=sd.tensor("h_0")).backward(state**2, at="last")
    assert "delta_t = delta_{t+1}*w*sigma'(h_t*w)" in str(found).splitlines()
    assert found.status == "proved" and found.check().ok


def test_the_loop_agrees_with_a_network_written_out():
    f = VANILLA.backward(sd.cross_entropy(V @ h, y)).numpy()
    rng = np.random.default_rng(1)
    shapes = {"W": (4, 3), "U": (4, 4), "b": (4,), "V": (2, 4), "h_0": (4,), "x": (5, 3)}
    data = {**{name: rng.normal(size=shape) for name, shape in shapes.items()}, "y": rng.integers(2, size=5)}
    found = f(**data)

    def loss(**changed):
        now = {**data, **changed}
        state, total = now["h_0"], 0.0
        for row, label in zip(now["x"], now["y"], strict=True):
            state = np.tanh(now["W"] @ row + now["U"] @ state + now["b"])
            scores = now["V"] @ state
            total += np.log(np.sum(np.exp(scores))) - scores[label]
        return total

    assert np.isclose(found["loss"], loss())
    for name in ("W", "U", "b", "V", "h_0", "x"):
        direction = rng.normal(size=data[name].shape)
        slope = (loss(**{name: data[name] + 1e-5 * direction}) - loss(**{name: data[name] - 1e-5 * direction})) / 2e-5
        assert np.isclose(np.sum(found[name] * direction), slope, rtol=1e-6)


def test_a_wrong_piece_is_seen_by_the_check():
    from dataclasses import replace

    found = VANILLA.backward(sd.cross_entropy(V @ h, y))
    broken = replace(found, carried=(None,))
    from symderiv.sequences.loop import check_backward

    assert check_backward(found, 0).ok and not check_backward(broken, 0).ok


def test_names_that_would_be_taken_for_something_at_a_step_are_refused():
    clash = sd.tensor("h_t", n)
    with pytest.raises(DeclarationError, match="stands for something at one step"):
        sd.recurrence(h, sd.tanh(U @ h + clash), t).backward(sd.dot(h, h))


def test_bad_input_is_refused():
    with pytest.raises(ShapeError):
        VANILLA.backward(h)
    with pytest.raises(DeclarationError, match="does not read"):
        VANILLA.backward(sd.sum(W))
    with pytest.raises(DeclarationError, match="every"):
        VANILLA.backward(sd.dot(h, h), at="first")
    scale = sd.tensor("s", T)
    with pytest.raises(DeclarationError, match="otherwise than to read a row"):
        sd.recurrence(h, scale[t + 1] * sd.tanh(U @ h), t).backward(sd.dot(h, h))
    with pytest.raises(sd.SymderivError, match="missing"):
        VANILLA.backward(sd.cross_entropy(V @ h, y)).numpy()(W=np.ones((2, 2)))


CELLS = {
    "leaky": lambda: sd.recurrence(h, h / 2 + sd.relu(W @ x + U @ h) / 2, t, start=h0, inputs=x).backward(sd.sum(h)),
    "tied weights": lambda: sd.recurrence(h, sd.tanh(U @ h + b), t, start=h0).backward(sd.sum((U @ h) ** 2)),
    "two states that cross": lambda: sd.recurrence(
        (h, sd.tensor("s", n)), (sd.tanh(U @ sd.tensor("s", n)), sd.tanh(h)), t, start=(h0, h0)).backward(
            sd.dot(h, sd.tensor("s", n))),
    "a constant start": lambda: sd.recurrence(h, sd.tanh(U @ h), t, start=1).backward(sd.dot(h, h), at="last"),
    "embedded tokens": lambda: sd.recurrence(h, sd.tanh(sd.tensor("E", m, n)[sd.label("c", m)] + U @ h), t, start=h0,
                                             inputs=(sd.label("c", m), y)).backward(sd.cross_entropy(V @ h, y)),
}


@pytest.mark.parametrize("name", CELLS)
def test_other_cells_agree_with_their_unrolled_networks(name):
    found = CELLS[name]()
    assert found.status == "proved"
    assert found.check().ok


def test_a_layer_that_reads_the_new_state_of_another_gives_it_a_gradient_within_the_step():
    below, above, A = sd.tensor("p", n), sd.tensor("r", n), sd.tensor("A", n, n)
    new = sd.define("q", sd.tanh(W @ x + U @ below))
    found = sd.recurrence((below, above), (new, sd.tanh(A @ new)), t, inputs=x).backward(sd.dot(above, above))
    assert "delta^p_t = A.T*(delta^r_t.*(1 - r_t.^2)) + U.T*(delta^p_{t+1}.*(1 - p_{t+1}.^2))" in str(found).splitlines()
    assert found.check().ok


def test_a_state_that_is_a_matrix():
    S, k, q, v = sd.tensor("S", n, d), sd.tensor("k", d), sd.tensor("q", d), sd.tensor("v", n)
    found = sd.recurrence(S, S + sd.outer(v, k), t, inputs=(k, v, q)).backward(sd.sum((S @ q) ** 2))
    assert "delta_t = 2*S_t*q_t*q_t.T + delta_{t+1}" in str(found).splitlines()
    assert found.check().ok


def test_what_a_long_step_says_more_than_once_has_a_name_explained_before_it_is_read():
    N, D, depth = sd.dims("N D L")
    X, Wq, Wk, Wv = sd.tensor("X", N, D), *(sd.tensor(name, D, D) for name in ("Wq", "Wk", "Wv"))
    net = sd.repeated(lambda h: h + sd.attention(h @ Wq, h @ Wk, h @ Wv), depth=depth, start=X)
    lines = dict(line.split(" = ", 1) for line in str(net.backward(sd.sum(net.states[0]), at="last")).splitlines())
    names = [name for name in lines if name.startswith("g_")]
    assert names and lines["dL/dX"] == "delta_0" and "l+1" not in "".join(lines.values())
    order = list(lines)
    assert all(order.index(name) < min(order.index(other) for other in lines if name in lines[other]) for name in names)
    assert lines["dL/dWv_l"] == "h_{l-1}.T*P_l.T*delta_l"


def test_a_large_block_has_work_of_its_own_and_no_letter_of_a_sum_counts_its_layers():
    N, D, F, depth = sd.dims("N D F L")
    X, eps = sd.tensor("X", N, D), sd.tensor("eps", positive=True)
    first, second = ([sd.tensor(f"{name}{k}", D) for name in ("gamma", "beta")] for k in (1, 2))
    A, B = sd.tensor("A", D, F), sd.tensor("B", F, D)

    def block(h):
        u = h + sd.layer_norm(h, *first, eps)
        return u + sd.gelu(sd.layer_norm(u, *second, eps) @ A) @ B

    net = sd.repeated(block, depth=depth, start=X, shared=eps)
    assert net._extent > 250
    assert net.letter.name not in {s.name for rule in net.rules for s in rule.atoms(type(net.letter))} - {str(net.letter)}
    assert not any(f"({net.letter}, 1, D)" in line for line in str(net).splitlines())


def test_gradients_of_many_entries_are_checked_along_random_ways():
    D, depth = sd.dims("D L")
    X, W, V = sd.tensor("X", D), sd.tensor("W", 60, D), sd.tensor("V", D, 60)
    net = sd.repeated(lambda h: h + V @ sd.tanh(W @ h), depth=depth, start=X)
    found = net.backward(sd.dot(net.states[0], X), at="last")
    assert found.check().ok and "random ways" in str(found.check())
    wrong = net.backward(2 * sd.dot(net.states[0], X), at="last")
    assert not check_backward(replace(found, local=wrong.local), 0).ok
    assert not check_backward(replace(found, carried=(None,)), 0).ok


def several_states():
    c = sd.tensor("c", n)
    return sd.recurrence((h, c), sd.lstm_cell(x, h, c, **gates("ifgo")), t, start=(h0, 0), inputs=x).backward(sd.dot(h, h))


def names_that_the_text_would_make_up():
    k, found = sd.tensor("k", n), sd.tensor("found", n)
    return sd.recurrence(h, sd.tanh(h * k + found), t, inputs=found).backward(sd.dot(h, k), at="last")


def three_layers():
    net = sd.repeated(lambda u: sd.tanh(U @ u), depth=3, start=h0)
    return net.backward(sd.dot(net.states[0], b))


def an_unknown_function():
    return sd.recurrence(h, sd.function("phi")(U @ h), t, start=h0).backward(sd.dot(h, b), at="last")


@pytest.mark.parametrize("case", [lambda: VANILLA.backward(sd.cross_entropy(V @ h, y)), several_states,
                                  names_that_the_text_would_make_up, three_layers, an_unknown_function],
                         ids=["labels", "states", "names", "layers", "unknown"])
def test_the_text_of_the_loops_does_what_the_function_does(case):
    found = case()
    numbers, sizes = np.random.default_rng(0), {"T": 4, "n": 3, "d": 2, "m": 5}
    compiled = found.numpy()
    data = {s.name: numbers.integers(0, 5, shape) if s.label_size is not None else numbers.normal(size=shape)
            for s in compiled.declared.tensors.values() if s not in found.recurrence.states and s.name != "steps"
            for shape in [tuple(int(size.xreplace({q: sizes[str(q)] for q in size.free_symbols})) for size in s.shape)]}
    if compiled.functions:
        data |= {"T": 4, "phi": np.tanh, "dphi": lambda a: 1 - np.tanh(a) ** 2}
    space = {}
    exec(found.source(), space)
    wanted, got = compiled(**data), space["gradients"](**data)
    assert wanted.keys() == got.keys()
    for name in wanted:
        np.testing.assert_allclose(got[name], wanted[name], rtol=1e-13)
