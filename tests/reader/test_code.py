"""Fences of Python are read as formulas, each name as what it is after its last update."""

import pytest

import symderiv as sd
from symderiv.reader.document.displays import read_document


def rows(*lines):
    """The formulas of a fence, with the lines that they stand in."""
    found = read_document("\n".join(["```python", *lines, "```"]))
    reasons = [problem.message.partition(": ")[2] for problem in found.problems]
    return [(row.source.place(row.start)[0] - 1, row.text) for row in found.rows], reasons


@pytest.mark.parametrize(("lines", "said"), [
    pytest.param(["dz = p.copy()", "dz[y] -= 1", "dz /= N"], [(3, "dz = (p - one_hot(y)) / N")], id="in place"),
    pytest.param(["dz = p", "dz[np.arange(N), y] -= 1"], [(2, "dz = p - y_onehot")], id="in place by rows"),
    pytest.param(["dW = X.T.dot(dz)", "dW += reg * W"], [(2, "dW = X.T @ dz + reg * W")], id="added to"),
    pytest.param(["def f(x, W):", "    z = W @ x", "    return z"], [(2, "z = W @ x")], id="a function"),
    pytest.param(["L = -np.log(p[np.arange(N), y]).mean()"], [(1, "L = -np.log((p * y_onehot).sum(axis=1)).mean()")],
                 id="labels"),
    pytest.param(["L = -mean(log(p[i, y[i]]))"], [(1, "L = -mean(log((p * y_onehot).sum(axis=1)))")], id="each row's label"),
    pytest.param(["h = np.maximum(0, W @ x)", "dh = V.T @ dz", "dh[h <= 0] = 0", "dW = np.outer(dh, x)"],
                 [(1, "h = np.maximum(0, W @ x)"), (2, "dh = V.T @ dz"), (4, "dW = np.outer(dh * (h > 0), x)")],
                 id="a mask"),
    pytest.param(["h = np.where(z > 0, z, 0.1 * z)"], [(1, "h = z * (z > 0) + 0.1 * z * (z <= 0)")], id="where"),
    pytest.param(["mask = (z > 0).astype(float)"], [(1, "mask = (z > 0)")], id="a mask of its own"),
    pytest.param(["def act(u):", "    e = np.exp(-u)", "    return 1 / (1 + e)", "h = act(W @ x)"],
                 [(4, "h = 1 / (1 + np.exp(-(W @ x)))")], id="a function of its own"),
    pytest.param(["N = X.shape[0]", "M = len(y)", "dz = (p - t) / X.shape[0]"], [(3, "dz = (p - t) / N")], id="sizes"),
    pytest.param(["self.z = self.W @ x", "grads['W'] = np.outer(dz, x)"], [(1, "z = W @ x"), (2, "dW = np.outer(dz, x)")],
                 id="of an object"),
])
def test_code_is_read_as_what_its_names_are_last(lines, said):
    assert rows(*lines) == (said, [])


@pytest.mark.parametrize(("lines", "said", "reason"), [
    pytest.param(["z = W @ x", "for i in range(n):", "    h[i] = z[i]", "u = h + z"], [(1, "z = W @ x")],
                 "a loop is not read",
                 id="a loop, and what reads it"),
    pytest.param(["z = W @ x", "L = z @ z", "z -= 1", "u = z"], [(1, "z = W @ x"), (2, "L = z @ z")],
                 "z is changed after it was used", id="changed after it was used"),
    pytest.param(["loss += 1", "dz = p - y"], [],
                 "loss is changed, and what it was before has no name", id="a loss unread"),
    pytest.param(["d = p", "d[y] -= 1", "u = p + 1"], [(2, "d = p - one_hot(y)")],
                 "p is not read, see line 3", id="two names"),
    pytest.param(["h = E[idx]", "z = h @ W"], [], "entries that an index picks are not read here", id="a lookup"),
    pytest.param(["s = torch.var(x, dim=0)"], [], "torch's var divides by n - 1", id="torch"),
])
def test_what_code_does_not_say_is_noted_and_spoils_what_reads_it_alone(lines, said, reason):
    found, reasons = rows(*lines)
    assert found == said
    assert reasons[0] == reason


def test_code_of_many_lines_is_bounded():
    found, reasons = rows("z = x + 1", *["z = z * z"] * 40)
    assert not found
    assert "this is too long" in reasons
    read_document("```python\n" * 20_001 + "``` x" * 10_000)


@pytest.mark.parametrize(("asserted", "held"), [
    ("assert np.allclose(r @ r, y @ y - 2 * y @ X @ w + w @ X.T @ X @ w)", True),
    ("assert np.allclose(r @ r, y @ y)", False),
    ("np.testing.assert_allclose(g, X.T @ X @ w - X.T @ y)", True), ("assert np.isclose(g, X.T @ r + g).all()", False),
    ("assert (X - X.mean(axis=0) == X - X.mean(axis=1, keepdims=True)).all()", False)])
def test_what_code_asserts_is_claimed(asserted, held):
    text = f"```python\nr = X @ w - y\ng = X.T @ r\n{asserted}\nassert g.shape == w.shape\n```\n"
    statuses = [line.status for line in sd.verify(text, "X: m n; w: n; y: m").lines]
    assert statuses[:2] == ["noted", "noted"] and len(statuses) == 3
    assert (statuses[2] in ("proved", "supported"), statuses[2] == "refuted") == (held, not held)


def test_what_is_asserted_and_not_read_is_noted():
    lines = sd.verify("```python\nb = a + 1\nassert gradcheck(b)\n```\n", "a: scalar").lines
    assert [line.status for line in lines] == ["noted", "unread"]
