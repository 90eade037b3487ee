"""How many cases a test draws: a few, the same in every run; with DRAWN=20 in the environment twenty times as many."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TypeVar

from hypothesis import HealthCheck, settings

TIMES = int(os.environ.get("DRAWN", "1"))
Case = TypeVar("Case")


def drawn(few: int) -> settings:
    """The settings of a test that draws its cases."""
    return settings(max_examples=few * TIMES, derandomize=TIMES == 1, deadline=None, suppress_health_check=list(HealthCheck))


def one_of(cases: Sequence[Case], place: int) -> Sequence[Case]:
    """One of several cases of one kind, another one at the next place; all of them where many are drawn."""
    return cases if TIMES > 1 else [cases[place % len(cases)]]
