"""An answer does not hang on what was asked before in the same process, nor on who asks beside it.

A derivation is refereed, and something derived, in three children: at once; twice, after other work; and in two threads.
Report and counted work must be the same, for what is counted decides how far a search goes.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from threading import Thread
from typing import Any

from symderiv.bounds import WHOLE_WORK, budget
from tests.campaign.record import Property
from tests.referee.cases import CASES

MORE: list[tuple[str, list[str]]] = [
    ("W, U: n n; x_t, h_t: n for t = 1..T; T: size; h_0: n; h_t = tanh(W*h_{t-1} + U*x_t) for t = 1..T", [
        r"\frac{\partial h_t}{\partial h_{t-1}} = W \operatorname{diag}(1 - h_t^2)",
        r"\frac{\partial h_t}{\partial h_{t-1}} = \operatorname{diag}(1 - h_t^2) W",
        r"\frac{\partial h_t}{\partial h_{t-2}} = \operatorname{diag}(1 - h_t^2) W \operatorname{diag}(1 - h_{t-1}) W"]),
    ("Q, K, V: N d; S = Q*K'/sqrt(d); P = softmax(S, axis=1); O = P*V; L: function of O", [
        r"\frac{\partial L}{\partial V} = P \frac{\partial L}{\partial O}",
        r"\frac{\partial L}{\partial P} = \frac{\partial L}{\partial O} V",
        r"\frac{\partial L}{\partial Q} = \frac{\partial L}{\partial S} K"]),
    ("x, g: n; e: scalar; mu = mean(x); s = sqrt(var(x) + e); y = g.*(x - mu)/s; L: function of y", [
        r"\frac{\partial L}{\partial x} = \frac{g}{s} \odot \frac{\partial L}{\partial y}",
        r"\frac{\partial L}{\partial g} = \frac{\partial L}{\partial y} \odot (x - \mu)",
        r"\frac{\partial s}{\partial x} = \frac{x - \mu}{s}"]),
]
DERIVED = [("softmax(W*x)", "x"), ("sum(tanh(A*x).^2)", "A"), ("log(det(A*A'))", "A"), ("norm(A*x - w)^2/n", "x"),
           ("sum(sigmoid(W*x))", "W"), ("x'*inv(A)*x", "A")]


def texts() -> list[tuple[str, list[str]]]:
    """Declarations and lines; many of the lines are wrong, so that there is a search for what they should be."""
    return [(case.given, [line for _, line in case.lines]) for case in CASES] + MORE  # in every run the first


def answered(task: Any) -> tuple[str, int]:
    """What is said to a task, and the work that it took."""
    import symderiv as sd
    from symderiv.reader import declare, parse

    with budget(WHOLE_WORK) as own:
        if isinstance(task[1], list):
            said = json.dumps(sd.verify(task[1], task[0]).to_json(), default=str)
        else:
            context = declare("W: m n; x, w: n; A: n n invertible")
            found = sd.derive(parse(task[0], context), parse(task[1], context))
            said = f"{found} {found.status} {found.proof.latex()}"
        return said, WHOLE_WORK.limit - own.left


def in_a_child(work: Callable[[], Any]) -> Any:
    """What is found in a process in which nothing was asked before."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        try:
            found = json.dumps(work())
        except BaseException as error:
            found = json.dumps(f"{type(error).__name__}: {error}")
        with os.fdopen(write, "w") as file:
            file.write(found)
            file.flush()
            os._exit(0)
    os.close(write)
    with os.fdopen(read) as file:
        text = file.read()
    os.waitpid(child, 0)
    return json.loads(text)


def in_threads(tasks: list[Any]) -> list[Any]:
    """What is said to tasks, all at once."""
    found: list[Any] = [None] * len(tasks)

    def work(place: int) -> None:
        found[place] = answered(tasks[place])

    threads = [Thread(target=work, args=(place,)) for place in range(len(tasks))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def case(seed: int) -> str | None:
    import symderiv.differentiation
    import symderiv.reader
    import symderiv.referee

    assert symderiv.differentiation and symderiv.reader and symderiv.referee  # so that no child loads them
    rng = random.Random(seed)
    known = texts()
    task, *others = (known[seed % len(known)], rng.choice(DERIVED), rng.choice(known), rng.choice(DERIVED))
    rng.shuffle(others)
    first = in_a_child(lambda: answered(task))
    later = {"asked again": in_a_child(lambda: [answered(task), answered(task)][1]),
             "after others": in_a_child(lambda: [answered(each) for each in (*others, task)][-1]),
             "beside others": in_a_child(lambda: in_threads([task, *others])[0])}
    for when, found in later.items():
        if found != first:
            return f"{task}: {when} it says {found}, and at once {first}"
    return None


PROPERTY = Property("same_answers", "What is said, and the work counted for it, does not hang on what was asked before.",
                    case, ci=1, long=400)
