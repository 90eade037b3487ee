"""The same results from several threads."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import symderiv as sd
from symderiv.terms.affine import Idx, constant
from symderiv.terms.nodes import FunctionValue, Num


def derived(position: int) -> tuple[str, str]:
    m, n = sd.dims("m n")
    W, x, z = sd.tensor("W", m, n), sd.tensor("x", n), sd.tensor("z", m)
    cases = (lambda: sd.derive(sd.cross_entropy(W @ x, sd.label("y", m)), W), lambda: sd.derive(sd.softmax(z), z),
             lambda: sd.derive(sd.sum(sd.tanh(W @ sd.sigmoid(x))), x), lambda: sd.hessian(sd.logsumexp(W @ x), x))
    d = cases[position % 4]()
    return str(d), d.status


def test_derivations_in_eight_threads_are_as_alone():
    alone = [derived(position) for position in range(4)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as threads:
            found = list(threads.map(derived, range(24)))
    finally:
        sys.setswitchinterval(interval)
    assert found == [alone[position % 4] for position in range(24)]


FIRST_NUMBERS = """
import sys, threading
import symderiv as sd
assert "numpy" not in sys.modules, "numbers are loaded late"
sys.setswitchinterval(1e-6)
loading = threading.Thread(target=__import__, args=("numpy",))
loading.start()
while loading.is_alive():
    sd.tensor("y", 3) * 2
"""


def test_numbers_may_be_asked_for_while_another_thread_loads_them():
    ran = subprocess.run([sys.executable, "-c", FIRST_NUMBERS], capture_output=True, text=True, timeout=120)
    assert not ran.stderr


def test_equal_nodes_of_several_threads_are_one():
    together = Barrier(8)

    def make(_: int) -> tuple[int, ...]:
        made = []
        together.wait()
        for size in range(300):
            letter = Idx("thread", constant(1), constant(10_000 + size))
            made += [letter, FunctionValue("tanh", (Num(10_000 + size),))]
        kept.append(made)
        return tuple(map(id, made))

    kept: list[list[object]] = []
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as threads:
            assert len(set(threads.map(make, range(8)))) == 1
    finally:
        sys.setswitchinterval(interval)
