"""Statuses have an order and are words; answers know no writer before something is shown."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import symderiv as sd
from symderiv import answers
from symderiv.answers import Status


def test_a_chain_is_as_sure_as_its_weakest_link() -> None:
    assert Status.weakest(["proved", Status.supported, "proved"]) is Status.supported
    assert Status.weakest(["conditional", "supported"]) is Status.conditional
    assert Status.weakest([]) is Status.proved and Status.weakest([], Status.undecided) is Status.undecided
    with pytest.raises(ValueError):
        Status.weakest(["surely"])


def test_a_status_is_the_word_itself() -> None:
    for status in Status:
        assert status == status.value and f"{status}" == str(status) == status.value and hash(status) == hash(status.value)
        assert json.loads(json.dumps({"status": status})) == {"status": status.value} and repr(status) == repr(status.value)
    assert [s.rank for s in Status] == list(range(len(Status)))


def test_every_writer_that_is_registered_exists() -> None:
    assert sd.derive(sd.tensor("x") ** 2, sd.tensor("x")).latex()
    assert answers._WRITERS and all(callable(find(name)) for name, find in answers._WRITERS.items())


def test_deriving_loads_neither_writers_nor_numpy() -> None:
    code = ("import sys, symderiv as sd; x = sd.tensor('x', sd.dims('n')); sd.derive(sd.sum(sd.tanh(x)), x);"
            "print([m for m in sys.modules if m == 'numpy' or m.startswith('symderiv.render.')])")
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
