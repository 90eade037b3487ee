"""Results, expressions and compiled functions are pickled and copied; what is read back is found anew, not believed."""

import copy
import gc
import pickle
import subprocess
import sys
import weakref
from functools import lru_cache

import numpy as np
import pytest
from sympy import exp

import symderiv as sd
from symderiv import bounds
from symderiv.counting.description import read_description
from symderiv.errors import ParseError, ShapeError
from symderiv.proof.steps import Proof

m, n = sd.dims("m n")
W, x, A, z = sd.tensor("W", m, n), sd.tensor("x", n), sd.tensor("A", n, n, symmetric=True), sd.tensor("z", m)
y, ys = sd.label("y", m), sd.label("ys", m, shape=(n,))
i, k = sd.indices("i k", m)
p = sd.define("p", (i,), exp(z[i]) / sd.Sum(exp(z[k]), k))
LOSS = sd.cross_entropy(W @ x, y)


def deep(operator, layers=1200):
    expr = x
    for _ in range(layers):
        expr = operator(expr)
    return expr


def network():
    return read_description("input = 3, 32, 32\nConv2d(4, 3)")[0]


def error(make):
    with pytest.raises(sd.SymderivError) as caught:
        make()
    return caught.value


THINGS = {
    "size": lambda: n, "tensor": lambda: A, "label": lambda: y, "labels": lambda: ys, "letter": lambda: i,
    "definition": lambda: p, "entry": lambda: (W @ x)[i], "sum": lambda: sd.Sum(exp(z[k]) * p[k], k),
    "deep": lambda: deep(sd.tanh), "chain": lambda: deep(lambda e: A @ e), "shared": lambda: deep(lambda e: e * e + e, 200),
    "entry of deep": lambda: deep(sd.tanh)[sd.indices("l", n)],
    "derivation": lambda: sd.derive(LOSS, W), "derivations": lambda: sd.derive(LOSS, (W, x)),
    "unknown function": lambda: sd.derive(sd.function("phi")(sd.tensor("c")) ** 2, sd.tensor("c")).index,
    "report on an unknown function": lambda: sd.verify(r"h = \phi(wx) \\ \frac{dh}{dx} = w\phi'(wx)",
                                                       "phi: function; w: scalar; x: scalar"),
    "closed": lambda: sd.derive(LOSS, W).closed, "proof": lambda: sd.derive(LOSS, (W, x))[1].proof,
    "hessian": lambda: sd.hessian(sd.sum(sd.exp(x)), x), "vjp": lambda: sd.vjp(sd.tanh(x), x),
    "hvp": lambda: sd.hvp(sd.sum(sd.exp(x)), x, sd.tensor("v", n)), "check": lambda: sd.derive(LOSS, W).check(),
    "assumed": lambda: sd.derive(sd.sum(sd.conv1d(x, sd.tensor("w", m))), x, assuming=iter([m <= n])),
    "structure": lambda: sd.derive(p, z).structure, "graph": lambda: sd.derive(LOSS, W).graph(),
    "function": lambda: sd.derive(LOSS, W).numpy(), "verdict": lambda: sd.prove(sd.tanh(z), 2 * sd.sigmoid(2 * z) - 1),
    "refuted": lambda: sd.prove(sd.tanh(z), sd.sigmoid(z)),
    "counterexample": lambda: sd.prove(sd.tanh(z), sd.sigmoid(z)).counterexample,
    "report": lambda: sd.verify(r"x^T x = x^T x \\ x^\top x = 2", "x: n"),
    "line": lambda: sd.verify("x^T x = 2", "x: n").lines[0], "misprint": lambda: sd.misprint("a", 1, 2),
    "update": lambda: sd.sgd(sd.sum(x**2), x, rate=sd.tensor("eta")),
    "expectation": lambda: sd.expectation(sd.random("X", mean=0, var=1)),
    "random": lambda: sd.random("X", n, mean=0, var=1),
    "network": network, "table": lambda: network().table((3, 32, 32)),
    "error": lambda: error(lambda: x @ z), "read error": lambda: error(lambda: sd.parse("sum(x", x=x)),
    "parse error": lambda: ParseError("a", line=2, column=3, token="t", hint="h"),
}


@pytest.mark.parametrize("name", THINGS)
def test_what_is_pickled_or_copied_is_equal(name):
    thing = THINGS[name]()
    for again in (pickle.loads(pickle.dumps(thing)), copy.deepcopy(thing), copy.copy(thing)):
        assert again == thing and type(again) is type(thing)
        assert getattr(again, "status", None) == getattr(thing, "status", None)


def test_in_another_process_too(tmp_path):
    names = ("derivations", "verdict", "function", "deep", "update")
    (tmp_path / "results").write_bytes(pickle.dumps([THINGS[name]() for name in names]))
    code = "import pickle, sys; ds, v, f, deep, u = pickle.load(open(sys.argv[1], 'rb'));" \
           "print(*(d.closed for d in ds), v.status, f(W=[[1., 2.]], x=[1., 1.], y=0).shape, u.status, sep=';')"
    done = subprocess.run([sys.executable, "-c", code, tmp_path / "results"], capture_output=True, text=True)
    assert done.stdout.strip() == "(softmax(W*x) - e_y)*x.T;W.T*(softmax(W*x) - e_y);proved;(1, 2);proved", done.stderr


def test_a_function_computes_the_same():
    f = sd.derive(LOSS, W).numpy()
    again = pickle.loads(pickle.dumps(f))
    values = {"W": np.array([[1.0, 2.0], [0.0, 1.0]]), "x": np.array([1.0, -1.0]), "y": 1}
    assert np.array_equal(f(**values), again(**values)) and hash(f) == hash(again)


def test_a_status_cannot_be_forged_by_pickling():
    false = sd.prove(sd.tanh(z), sd.sigmoid(z))
    false.__dict__["status"] = "proved"
    assert pickle.loads(pickle.dumps(false)).status == "refuted"
    true = sd.prove(z + z, 2 * z)
    by_hand = sd.Verdict(sd.tanh(z), sd.sigmoid(z), "proved", true.proof)
    with pytest.raises(sd.SymderivError, match="by hand"):
        pickle.dumps(by_hand)
    with pytest.raises(sd.SymderivError, match="by hand"):
        pickle.dumps(Proof("", (), (), ()))
    from symderiv.kept import MadeBy, read_back

    for function in ("os:system", "symderiv.proof.equality:Verdict", "symderiv.render.files:write_text"):
        with pytest.raises(sd.SymderivError):
            read_back(MadeBy(function, ("true",), {}))


def test_results_of_one_call_are_equal_and_of_different_calls_are_not():
    assert sd.derive(LOSS, W) == sd.derive(LOSS, W) and hash(sd.derive(LOSS, W)) == hash(sd.derive(LOSS, W))
    assert sd.derive(LOSS, W) != sd.derive(LOSS, x) != sd.derive(LOSS, (x, W))[1]


def test_expressions_are_gone_when_nobody_holds_them():
    """Memory stays flat over many calls with ever new names only where no table keeps what they made."""
    ghosts = [weakref.ref(sd.tanh(sd.tensor(f"ghost{number}", n)) @ x) for number in range(5)]
    gc.collect()
    assert [ghost() for ghost in ghosts] == [None] * 5


def test_caches_have_bounds():
    gc.unfreeze()  # by conftest.py; what is frozen is not among the objects
    kind = type(lru_cache(len))
    sizes = {f"{cache.__module__}.{cache.__qualname__}": cache.cache_info().maxsize for cache in gc.get_objects()
              if type(cache) is kind and str(cache.__module__).startswith("symderiv")}
    assert sizes
    unbounded = {name for name, size in sizes.items() if size is None or size > 20_000}
    assert unbounded <= {"symderiv.suite.cache.engine_digest"}, unbounded


def test_what_calls_remember_is_forgotten_in_time(monkeypatch):
    """Memory stays flat over thousands of calls: no more is kept from one to the next than a bound for all of it."""
    monkeypatch.setattr(bounds, "REMEMBERED", 100)
    kept = []
    for number in range(36):
        name = sd.tensor(f"passing{number}", n)
        sd.derive(name @ name * number, name)
        kept.append(sum(each.cache_info().currsize for each in bounds._REMEMBERED))
    assert max(kept[16:]) < 300  # one call in sixteen forgets


def test_a_message_is_written_when_somebody_reads_it_and_then_once():
    asked = []
    error = ShapeError(lambda: asked.append(1) or "too\u202e long", where="x", hint="cut it")
    assert not asked and error.args == ()
    assert error.message == "too[U+202E] long" == error.args[0] and str(error).startswith(error.message) and asked == [1]
    later = ShapeError(lambda: "too[U+202E] long", where="x", hint="cut it")
    again = pickle.loads(pickle.dumps(later))
    assert again == error == later and hash(again) == hash(error) and again.args == error.args
