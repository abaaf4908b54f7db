"""Killed before and after each effect: it ends as if nothing had happened. See `flows/access.py`."""

from __future__ import annotations

import pytest

from tests.simulation.crashes.cases import singles
from tests.simulation.crashes.flows.access import FLOWS
from tests.simulation.crashes.judging import all_well

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1_800)]


@pytest.mark.parametrize("flow", FLOWS)
def test_killed_anywhere(flow: str) -> None:
    assert all_well(singles(flow))
