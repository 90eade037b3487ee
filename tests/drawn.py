"""How many cases hypothesis draws: a few, the same in every run; with DRAWN=20 in the environment twenty times as many."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

TIMES = int(os.environ.get("DRAWN", "1"))


def drawn(few: int) -> settings:
    """The settings of a test that draws its cases."""
    return settings(max_examples=few * TIMES, derandomize=TIMES == 1, deadline=None, suppress_health_check=list(HealthCheck))
