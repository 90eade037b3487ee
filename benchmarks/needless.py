"""Which named rules of matrix forms others make needless: those without which no answer of the form tasks changes.

    python -m benchmarks.needless [RULE ...]

A rule that never applies here, or changes nothing, is a question, not an answer: before it goes, cases are made for it.
Each rule is taken away in a process of its own, over the tasks in which it applied, until an answer is another one.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from collections.abc import Iterator
from typing import Any

import symderiv as sd
from symderiv.arrays.rewriting import ArrayRule
from symderiv.matrixform.build import SumRule

from .forms import TASKS, Task, answer

Names = dict[str, set[str]]


def rules() -> dict[str, Any]:
    """All rules by name and heads; a second one with both is told apart by a number."""
    found: dict[str, Any] = {}
    for rule in (o for o in gc.get_objects() if isinstance(o, ArrayRule | SumRule)):
        name = f"{rule.name} ({', '.join(getattr(rule, 'heads', ('a sum',)))})"
        found[name if name not in found else f"{name}, {len(found)}"] = rule
    return found


RULES = rules()


def texts(of: Task) -> list[str]:
    """The answers to a task, one a spelling; why there is none is one too."""
    found = []
    for spelling in of.spellings:
        try:
            found.append(answer(of, spelling).text)
        except sd.SymderivError as error:
            found.append(str(error))
    return found


def answered() -> tuple[dict[str, list[str]], Names]:
    """The answers, and the tasks in which each rule applied."""
    tasks: Names = {name: set() for name in RULES}
    now = ""
    for name, rule in RULES.items():
        def apply(*args: Any, name: str = name, of: Any = rule.apply) -> Any:
            made = of(*args)
            if made is not None:
                tasks[name].add(now)
            return made
        object.__setattr__(rule, "apply", apply)
    found = {}
    for now in TASKS:
        found[now] = texts(TASKS[now]())
    return found, tasks


def changed(rule: Any, tasks: set[str], before: dict[str, list[str]]) -> bool:
    """Whether an answer is another one without a rule; asked in a process that has nothing in its memory yet."""
    child = os.fork()
    if not child:
        object.__setattr__(rule, "apply", lambda *args: None)
        os._exit(any(texts(TASKS[name]()) != before[name] for name in sorted(tasks)))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0


def needless(wanted: list[str]) -> Iterator[str]:
    """A line a rule without which nothing changes."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        found, tasks = answered()
        with os.fdopen(writing, "w") as file:
            json.dump([found, {name: sorted(own) for name, own in tasks.items()}], file)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as file:
        found, applied = json.load(file)
    os.waitpid(child, 0)
    for name, rule in sorted(RULES.items()):
        if (not wanted or any(word in name for word in wanted)) and not changed(rule, set(applied[name]), found):
            yield f"{name}: applied in {len(applied[name])} tasks, and changes none of them"


if __name__ == "__main__":
    for line in needless(sys.argv[1:]):
        print(line, flush=True)
