"""Two thousand histories, each of two hundred events and more, in which everything breaks and nothing is lost."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.conftest import SAID
from tests.simulation.history import WEATHERS
from tests.simulation.many import FULL, Count, many

HISTORIES = int(os.environ.get("SIMULATION_HISTORIES", "2000"))
FIRST = int(os.environ.get("SIMULATION_SEED", "0"))
MORE = 10  # of a few so little comes that they do not count
TOLD = 3  # histories that are wrong; `--shrink` behind the command that each shows finds the shortest

pytestmark = pytest.mark.slow


@pytest.mark.timeout(3_600)
def test_whatever_breaks_they_come_to_rest_as_the_rules_say(record_property: pytest.RecordProperty) -> None:
    total = Count()
    for part in many(FIRST, FIRST + HISTORIES + MORE, shrink=False):
        total.add(part)
    assert not total.wrong, "\n\n".join(total.wrong[:TOLD])
    record_property(SAID, f"simulation: {total}; {total.full:,} of {FULL} events and more")
    assert total.full >= HISTORIES
    assert total.counted["faults"] > HISTORIES, "the weather was too fair to prove anything"


SHOW = (
    "from tests.simulation.history import drawn; from tests.simulation.running import outcome; "
    f"print([outcome(drawn(seed)).fingerprint for seed in range({len(WEATHERS)})])"
)


def test_a_seed_is_one_history() -> None:
    """In any process, whatever order its sets have; another seed is another history."""
    told = [
        subprocess.run(
            [sys.executable, "-c", SHOW], env={**os.environ, "PYTHONHASHSEED": hashing}, capture_output=True, text=True,
            check=True,
        ).stdout.splitlines()[-1]
        for hashing in ("1", "2")
    ]  # fmt: skip
    assert told[0] == told[1]
    assert len(set(told[0].strip("[]").split(", "))) == len(WEATHERS)
