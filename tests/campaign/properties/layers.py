"""Random stacks of layers: every form of a derivative agrees with numerical derivatives of the primal."""

from __future__ import annotations

import random

from tests.campaign.derivatives import Network, compare_derivatives
from tests.campaign.record import Property


def case(seed: int) -> None:
    rng = random.Random(seed)
    network = Network(rng, 1 + seed % 6)
    compare_derivatives(network.output, network.variable(), rng.randrange(1000))


PROPERTY = Property("layers", "Every form of a derivative of random layers is the numerical derivative of the primal.",
                    case, ci=8, long=3_000)
