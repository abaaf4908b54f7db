"""A vendor answers what it never would: no worker breaks, no record is lost, and all is well when answers are sane."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.failures import Category
from chalicelib.remember.records import State
from tests.hostile.lying import UNREADABLE, VALUES, Lie, LyingWorld, spoilt, undisturbed
from tests.hostile.trying import tries

TURNS = range(len(undisturbed()[1]))


def lied_to(turn: int, lie: Lie) -> LyingWorld:
    """A day with this lie in it; that it comes to its end means that no worker broke."""
    world = LyingWorld()
    world.day(turn, lie)
    return world


@pytest.mark.parametrize("lie", UNREADABLE.values(), ids=UNREADABLE)
def test_an_answer_that_nobody_can_read_delays_and_does_no_more(lie: Lie) -> None:
    healed, calls = undisturbed()
    for turn in range(len(calls)):
        world = lied_to(turn, lie)
        for record in world.everyone():
            assert record.state is not State.PARKED
            assert record.category in (None, Category.VENDOR_DOWN), f"{calls[turn]}: {record.message}"
        world.heal()
        assert world.picture() == healed, f"{turn}: {calls[turn]}"
