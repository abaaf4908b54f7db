"""10 s to 15 min, then hourly to 24 h, then parked, never dropped."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.failures import Category, Trouble
from chalicelib.jobs import ConnectionId, Kind, Side
from chalicelib.remember.records import Record, State
from chalicelib.resolve.retries import afresh, failing, wait_s

TROUBLE = Trouble(Category.INVALID_VALUE, "no", "mend it")
HOUR, DAY = 3_600.0, 86_400.0
NEW = Record(ConnectionId("1:2"), Kind.CUSTOMER, "hubspot:101", hubspot_id="101")


@pytest.mark.parametrize(
    ("attempts", "wait"),
    [(0, 10), (1, 20), (2, 40), (3, 80), (4, 160), (5, 320), (6, 640), (7, 900), (8, HOUR), (9, HOUR), (5_000, HOUR)],
)
def test_the_ladder(attempts, wait):
    assert wait_s(attempts) == wait


def test_a_record_that_never_succeeds_is_tried_for_a_day_and_then_parked():
    record, now, waits = NEW, 1_000.0, []
    while record.state is not State.PARKED:
        record = failing(record, TROUBLE, now)
        if record.next_try_at is not None:
            waits.append(record.next_try_at - now)
            now = record.next_try_at
    assert waits[:9] == [10, 20, 40, 80, 160, 320, 640, 900, HOUR]
    assert set(waits[8:]) == {HOUR}
    assert DAY <= now - 1_000.0 < DAY + HOUR
    assert record.next_try_at is None


def test_what_went_wrong_is_on_the_record():
    record = failing(NEW, TROUBLE, 50.0)
    assert (record.state, record.category, record.message, record.fix) == (
        State.FAILING, Category.INVALID_VALUE, "no", "mend it",
    )  # fmt: skip
    assert (record.failing_since, record.attempts, record.changed_at, record.next_try_at) == (50.0, 1, 50.0, 60.0)


def test_a_failure_at_time_zero_counts_from_there():
    record = failing(failing(NEW, TROUBLE, 0.0), TROUBLE, DAY)
    assert record.state is State.PARKED


def test_a_parked_record_that_fails_again_stays_parked():
    parked = failing(failing(NEW, TROUBLE, 0.0), TROUBLE, DAY)
    assert failing(parked, TROUBLE, DAY + 1).state is State.PARKED


def test_after_a_success_the_ladder_begins_anew():
    record = failing(failing(NEW, TROUBLE, 0.0), TROUBLE, 10.0).settled(State.IN_SYNC, "", 30.0)
    assert failing(record, TROUBLE, 10 * DAY).next_try_at == 10 * DAY + 10


LINKED = replace(
    NEW, quickbooks_id="58", base={"city > BillAddr.City": ("Ulm", "Ulm")}, sync_token="3", made=Side.QUICKBOOKS,
    names=("acme",), carried={"BillAddr": {"Id": "1"}}, leaving={Side.QUICKBOOKS: {"BillAddr.City": "Bonn"}},
)  # fmt: skip


def test_tried_afresh_a_record_forgets_its_failures_and_keeps_its_link():
    parked = failing(failing(LINKED, TROUBLE, 0.0), TROUBLE, DAY)
    fresh = afresh(parked)
    assert (fresh.state, fresh.category, fresh.failing_since, fresh.attempts, fresh.next_try_at) == (
        State.PENDING, None, None, 0, None,
    )  # fmt: skip
    assert (fresh.hubspot_id, fresh.quickbooks_id, fresh.base, fresh.sync_token) == ("101", "58", LINKED.base, "3")


@pytest.mark.parametrize(
    ("gone", "left"),
    [(Side.QUICKBOOKS, ("101", None)), (Side.HUBSPOT, (None, "58"))],
)
def test_tried_afresh_a_tombstone_is_lifted(gone, left):
    """Only a retry makes the lost side again; nothing of the old link speaks then."""
    fresh = afresh(replace(LINKED, state=State.EXCLUDED, gone={gone: "it was deleted"}, put_away=Side.HUBSPOT))
    assert (fresh.hubspot_id, fresh.quickbooks_id) == left
    assert not fresh.linked
    assert (fresh.gone, fresh.base, fresh.names, fresh.carried, fresh.leaving) == ({}, {}, (), {}, {})
    assert (fresh.made, fresh.put_away, fresh.sync_token) == (None, None, None)


@pytest.mark.parametrize("kind", [Kind.INVOICE, Kind.PAYMENT])
def test_tried_afresh_what_was_deleted_in_quickbooks_stays_known_as_that(kind):
    """It can be made by nobody but QuickBooks, and what HubSpot shows of it must not be forgotten."""
    deleted = replace(
        LINKED, kind=kind, gone={Side.QUICKBOOKS: "deleted"}, facts={"stage": "deleted"}, notes={"7": {"id": "8"}}
    )
    again = afresh(deleted)
    assert (again.quickbooks_id, again.hubspot_id) == ("58", "101")
    assert (again.gone, again.facts, again.notes) == (deleted.gone, deleted.facts, deleted.notes)
    assert again.state is State.PENDING


def test_tried_afresh_an_invoice_whose_mirror_is_gone_may_have_another():
    again = afresh(replace(LINKED, kind=Kind.INVOICE, gone={Side.HUBSPOT: "archived"}))
    assert (again.quickbooks_id, again.hubspot_id, again.gone) == ("58", None, {})
