"""The other ways to break off: a second worker beside the first, answers that get lost, requests that arrive after we
gave them up, throttles; and portals in which our properties cannot be had."""

from __future__ import annotations

import functools
from dataclasses import replace

import pytest

from chalicelib.jobs import Kind
from chalicelib.remember.records import State
from tests.simulation.crashes.cases import Stage, singles
from tests.simulation.crashes.flows import customers, invoices, products
from tests.simulation.crashes.judging import all_well
from tests.simulation.crashes.world import FAULTS, KILLS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1_800)]

OTHERS = tuple(what for what in FAULTS if what not in KILLS)
KEYED = ("a new invoice", "lines change")


@functools.cache
def in_portal(portal: str, flow: str) -> Stage:
    own = invoices.FLOWS[flow]
    return Stage(f"{flow}, {portal}", replace(own, given={**own.given, "portal": portal}))


@pytest.mark.parametrize("flow", {**customers.FLOWS, **products.FLOWS, **invoices.FLOWS})
def test_it_ends_as_if_nothing_had_happened(flow: str) -> None:
    assert all_well(singles(flow, OTHERS))


@pytest.mark.parametrize("flow", KEYED)
def test_a_key_that_cannot_be_unique_is_enough(flow: str) -> None:
    own = in_portal("plain", flow)
    wrong = [f"{fault}: {said}" for fault in own.points(FAULTS) if (said := own.differs([fault]))]
    assert wrong == []


@pytest.mark.parametrize("flow", KEYED)
def test_without_any_key_there_is_rather_none_than_two(flow: str) -> None:
    """Where a create may have arrived, a person is asked to look. Lines that may be ours are made anew."""
    own = in_portal("bare", flow)
    right = own.right.seen["hubspot"]
    for fault in own.points(FAULTS):
        there = own.play([fault]).seen["hubspot"]
        if [one.state for one in own.world.records(Kind.INVOICE)] == [State.PARKED]:
            assert len(there["invoices"]) <= 1, fault
        else:
            assert {**there, "archived": None} == {**right, "archived": None}, fault
