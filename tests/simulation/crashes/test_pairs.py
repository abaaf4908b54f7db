"""Killed twice: a sample of all pairs of crash points, another one each day."""

from __future__ import annotations

import datetime
import itertools
import os

import pytest

from tests.conftest import SAID
from tests.simulation.crashes.cases import pairs
from tests.simulation.crashes.judging import all_well

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1_800)]

PAIRS = int(os.environ.get("CRASH_PAIRS", "200"))


def test_killed_anywhere_and_then_again(record_property: pytest.RecordProperty) -> None:
    """`CRASH_SEED` plays the sample of another day, `CRASH_PAIRS` a larger one."""
    seed = int(os.environ.get("CRASH_SEED") or datetime.datetime.now(datetime.UTC).toordinal())
    played = all_well(itertools.islice(pairs(seed), PAIRS))
    record_property(
        SAID, f"crashes: {played} pairs of crash points of seed {seed} (CRASH_SEED={seed} plays them again)"
    )
