"""The simulator can fail: each mutant of the workers breaks a rule that it is expected to break, on its ground."""

from __future__ import annotations

import pytest

from tests.simulation.hunting import caught
from tests.simulation.mutants_of_workers import WORKERS


@pytest.mark.parametrize("mutant", WORKERS, ids=str)
def test_a_mutant_is_caught(mutant):
    found = caught(mutant)
    assert found is not None, f"{mutant}: {mutant.why}, and nobody sees it"
