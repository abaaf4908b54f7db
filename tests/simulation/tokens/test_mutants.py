"""The simulation can fail: each known-bad variant breaks a property, the expected one, within a few seeds."""

from __future__ import annotations

import itertools

import pytest

from tests.simulation.baton import Broken
from tests.simulation.tokens.mutants import MUTANTS
from tests.simulation.tokens.plan import Plan
from tests.simulation.tokens.vendors import QUICKBOOKS
from tests.simulation.tokens.world import history

SEEDS_MAX = 12


def first_break(name: str) -> Broken | None:
    for seed, rules in zip(range(SEEDS_MAX), itertools.cycle(QUICKBOOKS), strict=False):
        try:
            history(Plan(rules, seed, hours=48, mutant=name, **MUTANTS[name].variant))
        except Broken as broken:
            return broken
    return None


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_is_caught(name):
    broken = first_break(name)
    assert broken is not None, f"{name} went through {SEEDS_MAX} histories unseen"
    assert broken.letter in MUTANTS[name].breaks, str(broken)
    assert f"--hours 48 --mutant '{name}'" in str(broken)
