"""One value written to one field three times within an hour is a conflict, not a loop."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.failures import Category
from chalicelib.jobs import ConnectionId, Kind, Side
from chalicelib.remember.records import Record, State
from chalicelib.resolve.loops import after, held_back
from chalicelib.resolve.plan import ArchiveInHubSpot, CreateInQuickBooks, Plan, UpdateInHubSpot, UpdateInQuickBooks

RECORD = Record(ConnectionId("1:2"), Kind.CUSTOMER, "hubspot:101", "101", "58")
NOW = 100_000.0
CITY = {"BillAddr.City": "Ulm"}


def written(times, side=Side.QUICKBOOKS, values=None, start=NOW, every=60.0) -> Record:
    """The record after so many writes of the same values, the last one `every` seconds ago."""
    record = RECORD
    for number in range(times):
        at = start - every * (times - number)
        record = replace(record, sent=after(record, side, values or CITY, at))
    return record


@pytest.mark.parametrize("times", [0, 1, 2])
def test_up_to_twice_a_value_may_be_written_again(times):
    plan = Plan((UpdateInQuickBooks(CITY),))
    assert held_back(plan, written(times), NOW) is plan


@pytest.mark.parametrize(
    ("write", "side", "values"),
    [
        (UpdateInQuickBooks(CITY), Side.QUICKBOOKS, CITY),
        (UpdateInHubSpot({"city": "Ulm"}), Side.HUBSPOT, {"city": "Ulm"}),
    ],
)
def test_after_three_times_it_is_a_conflict(write, side, values):
    held = held_back(Plan((write,)), written(3, side, values), NOW)
    assert (held.writes, held.state) == ((), State.FAILING)
    assert held.trouble.category is Category.CONFLICT
    assert next(iter(values)) in held.trouble.message
    assert "Ulm" not in held.trouble.message


def test_three_writes_over_more_than_an_hour_are_no_loop():
    plan = Plan((UpdateInQuickBooks(CITY),))
    assert held_back(plan, written(3, every=1_201.0), NOW) is plan
    assert held_back(plan, written(3, every=1_199.0), NOW) is not plan


@pytest.mark.parametrize(
    "other", [UpdateInQuickBooks({"BillAddr.City": "Bonn"}), UpdateInHubSpot({"BillAddr.City": "Ulm"}),
              UpdateInQuickBooks({"BillAddr.Line1": "Ulm"})],
)  # fmt: skip
def test_another_value_side_or_field_is_another_write(other):
    plan = Plan((other,))
    assert held_back(plan, written(3), NOW) is plan


def test_the_other_fields_go_their_way():
    plan = Plan((UpdateInQuickBooks({**CITY, "BillAddr.Line1": "Main St 1"}), UpdateInHubSpot({"phone": "1"})))
    held = held_back(plan, written(3), NOW)
    assert held.writes == (UpdateInQuickBooks({"BillAddr.Line1": "Main St 1"}), UpdateInHubSpot({"phone": "1"}))
    assert held.state is State.FAILING


def test_making_a_customer_active_is_not_held_back_with_its_field():
    held = held_back(Plan((UpdateInQuickBooks(CITY, active=True),)), written(3), NOW)
    assert held.writes == (UpdateInQuickBooks({}, active=True),)


@pytest.mark.parametrize("write", [CreateInQuickBooks(CITY), ArchiveInHubSpot("gone")])
def test_creates_and_archives_are_no_values_written_again(write):
    plan = Plan((write,))
    assert held_back(plan, written(3), NOW) is plan


def test_a_name_that_is_held_back_is_not_reserved_either():
    name = {"DisplayName": "Acme"}
    held = held_back(Plan((UpdateInQuickBooks(name),), wanted_name="Acme"), written(3, values=name), NOW)
    assert (held.writes, held.wanted_name) == ((), None)


def test_what_is_remembered_shows_no_values_and_ends_after_an_hour():
    record = written(3)
    assert "Ulm" not in repr(record.sent)
    later = after(record, Side.HUBSPOT, {"city": "Bonn"}, NOW + 3_600.0)
    assert [(one.side, one.field) for one in later] == [(Side.HUBSPOT, "city")]
