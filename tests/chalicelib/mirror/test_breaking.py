"""Whatever breaks off, and wherever: what people see in the end is what they would have seen (design D3, D5)."""

from __future__ import annotations

import functools
import json
from typing import Any

import pytest

from chalicelib.jobs import Kind
from chalicelib.remember.records import State
from tests.chalicelib.mirror.breaking import CALLS, EFFECTS, BreakingWorld, Fault
from tests.chalicelib.mirror.flows import FLOWS

pytestmark = pytest.mark.slow


def played(flow: str, fault: Fault | None = None, portal: str = "whole") -> BreakingWorld:
    world = BreakingWorld(portal)
    ids = FLOWS[flow].before(world)
    world.effects.clear()
    world.calls.clear()
    world.fault = fault or Fault()
    FLOWS[flow].act(world, ids)
    world.rest()
    return world


@functools.cache
def undisturbed(flow: str, portal: str = "whole") -> tuple[dict[str, Any], list[str], list[str]]:
    world = played(flow, portal=portal)
    return world.seen(), world.effects[: world.done], world.calls


def places(flow: str, what: str, portal: str = "whole") -> list[tuple[int, str]]:
    _, effects, calls = undisturbed(flow, portal)
    return list(enumerate(calls if what in CALLS else effects))


@pytest.mark.parametrize("what", [*EFFECTS, *CALLS])
@pytest.mark.parametrize("flow", FLOWS)
def test_it_ends_as_if_nothing_had_happened(flow: str, what: str) -> None:
    """Each invoice, line and note once, the same amounts, nothing left under way; and nobody writes any more."""
    right, _, _ = undisturbed(flow)
    assert all(one[2] in ("in_sync", "excluded") for one in right["records"])
    for number, name in places(flow, what):
        world = played(flow, Fault(what, number))
        assert json.dumps(world.seen(), indent=1) == json.dumps(right, indent=1), f"{what} {number}: {name}"
        before = len(world.posted)
        world.rest()
        assert world.wrote(before) == [], f"{what} {number}: {name}"


@pytest.mark.parametrize("what", [*EFFECTS, *CALLS])
@pytest.mark.parametrize("flow", ["a new invoice", "lines change"])
def test_a_key_that_cannot_be_unique_is_enough(flow: str, what: str) -> None:
    right, _, _ = undisturbed(flow, "plain")
    for number, name in places(flow, what, "plain"):
        world = played(flow, Fault(what, number), "plain")
        assert json.dumps(world.seen(), indent=1) == json.dumps(right, indent=1), f"{what} {number}: {name}"


@pytest.mark.parametrize("what", [*EFFECTS, *CALLS])
@pytest.mark.parametrize("flow", ["a new invoice", "lines change"])
def test_without_any_key_there_is_rather_none_than_two(flow: str, what: str) -> None:
    """Where a create may have arrived, a person is asked to look."""
    right, _, _ = undisturbed(flow, "bare")
    for number, name in places(flow, what, "bare"):
        world = played(flow, Fault(what, number), "bare")
        if [one.state for one in world.records(Kind.INVOICE)] == [State.PARKED]:
            assert len(world.portal.records("invoices")) <= 1, f"{what} {number}: {name}"
        else:
            assert json.dumps(world.seen(), indent=1) == json.dumps(right, indent=1), f"{what} {number}: {name}"
