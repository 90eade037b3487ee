"""Every property of the campaign on the cases that are tried in every run."""

from __future__ import annotations

import pytest

from tests.campaign.record import properties, tried

BATCH = 10      # cases a test item
BATCHES = [(each.name, start, min(start + BATCH, each.ci))
           for each in properties().values() for start in range(0, each.ci, BATCH)]


# One process takes all of a property, whose set-up is then made once.
@pytest.mark.parametrize("name, start, stop", [
    pytest.param(*batch, id=f"{batch[0]}-{batch[1]}", marks=pytest.mark.xdist_group(batch[0])) for batch in BATCHES])
def test_property(name: str, start: int, stop: int) -> None:
    findings = {seed: finding for seed in range(start, stop) if (finding := tried(name, seed)) is not None}
    assert not findings, "\n".join(f"./run campaign {name} --seed {seed}: {finding}" for seed, finding in findings.items())
