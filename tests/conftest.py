"""Under tests, a proof that the numbers contradict is an error; and what one process has compiled, the others read."""

from __future__ import annotations

import gc
import os
import sys

import pytest

gc.disable()  # until all is collected: importing and collecting make next to no garbage
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

import hypothesis.internal.conjecture.providers as providers  # noqa: E402

import symderiv.proof.disagreement as disagreement  # noqa: E402

disagreement.STRICT = True
# Hypothesis draws constants of the source under test as well, for which it parses all of it while tests are collected; what
# is drawn then changes with every line of it, and is to be the same in every run.
providers._get_local_constants = lambda: providers._local_constants


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Groups of tests that share what one process works out: xdist knows them by ids that end with @ and their name.

    It writes these ids itself, but by a field that pytest 9.2 has renamed; then the groups were silently taken apart,
    and both processes worked out the same.
    """
    if not getattr(config.option, "loadgroup", False):
        return
    for item in items:
        mark = item.get_closest_marker("xdist_group")
        if mark is not None and item.parent is not None and not item.nodeid.endswith(f"@{mark.args[0]}"):
            item._id = item.parent.id.child(f"{item.name}@{mark.args[0]}")


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """What stands there for the whole run is not walked again with every collection of garbage."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish() -> None:
    """Nor at the end, by pytest and by Python itself."""
    gc.freeze()
