"""Decisions as they are kept: numbered, with before and after, readable in their older form, erased for privacy."""

from __future__ import annotations

import json
import random
import string
from dataclasses import replace

import pytest

from chalicelib.jobs import ConnectionId
from chalicelib.remember import decisions
from chalicelib.remember.decisions import CUT_TO, IMAGES_MAX, Decision, Decisions, decision_puts
from chalicelib.remember.table import ANY, Key, MemoryTable, Put

CONNECTION, ROOT = ConnectionId("48120771:9130350000000000"), "hubspot:101"
CONFLICT = {
    "field": "fax",
    "quickbooks_field": "Fax.FreeFormNumber",
    "hubspot": "1",
    "quickbooks": "2",
    "winner": "ask",
}
DECISION = Decision(
    at=1_795_332_212.5,
    cause="HubSpot contact propertyChange phone",
    plan=("update PrimaryPhone.FreeFormNumber in QuickBooks",),
    reason="fields differ from what was last agreed",
    calls=("HubSpot: read 1 contacts",),
    state="in_sync",
    conflicts=(CONFLICT,),
    before={"quickbooks.PrimaryPhone.FreeFormNumber": "1"},
    after={"quickbooks.PrimaryPhone.FreeFormNumber": "2"},
    orders=({"key": "k", "field": "hubspot.phone", "undoes": "3", "why": ""},),
    settings_version=4,
)

OLDER = {  # as version 0.2.0 stored it
    "at": 1_795_000_000.0,
    "cause": "HubSpot contact propertyChange phone",
    "plan": ["update PrimaryPhone.FreeFormNumber in QuickBooks"],
    "reason": "fields differ from what was last agreed",
    "calls": ["HubSpot: read 1 contacts"],
    "state": "in_sync",
    "category": None,
    "conflicts": [{"field": "phone", "hubspot": "2", "quickbooks": "3", "winner": "hubspot"}],
    "before": {"quickbooks.PrimaryPhone.FreeFormNumber": "3"},
    "settings_version": 1,
}


def kept(*every: Decision, table: MemoryTable | None = None) -> Decisions:
    table = table or MemoryTable()
    for number, one in enumerate(every):
        table.write(decision_puts(CONNECTION, ROOT, one, f"u{number}"))
    return Decisions(table)


def noise(length: int, seed: int = 7) -> str:
    """Text that hardly compresses."""
    return "".join(random.Random(seed).choices(string.ascii_letters + string.digits, k=length))


def test_a_decision_is_read_as_it_was_written():
    assert kept(DECISION).of(CONNECTION, ROOT) == [replace(DECISION, n=1)]


@pytest.mark.parametrize("limit", [None, 3, 10, 2000])
def test_decisions_are_numbered_from_the_oldest_however_many_are_asked_for(limit):
    every = [replace(DECISION, at=DECISION.at + n, before={}, after={}, conflicts=()) for n in range(1_203)]
    found = kept(*every).of(CONNECTION, ROOT, limit)
    assert len(found) == min(1_203, limit or 1_203)
    assert found[-1].n == 1_203
    assert [one.n for one in found] == list(range(found[0].n, 1_204))
    assert found[-1].at == every[-1].at


def test_an_older_decision_stays_readable_with_its_values():
    table = MemoryTable()
    table.write([Put(Key(f"{CONNECTION}|decision|{ROOT}", "1795000000.000-abcd"), OLDER, ANY)])
    [one] = kept(table=table).of(CONNECTION, ROOT)
    assert one.before == OLDER["before"]
    assert (one.after, one.cut, one.orders) == ({}, (), ())
    assert one.conflicts == tuple(OLDER["conflicts"])
    assert one.overwrote == OLDER["before"]


def test_values_lie_in_an_item_of_their_own_that_is_written_with_the_decision():
    body, images = decision_puts(CONNECTION, ROOT, DECISION, "u")
    assert (body.key.sk, body.expires_at) == (images.key.sk, images.expires_at)
    assert "'hubspot': '1'" not in str(body.body)
    assert "before" not in body.body
    assert json.dumps(images.body)


def test_a_decision_without_values_is_one_item():
    assert len(decision_puts(CONNECTION, ROOT, replace(DECISION, before={}, after={}, conflicts=()), "u")) == 1


def test_long_values_are_kept_whole_where_they_fit():
    long = noise(65_536)
    one = replace(DECISION, before={"hubspot.notes": long}, after={"hubspot.notes": long[::-1]}, conflicts=())
    assert kept(one).of(CONNECTION, ROOT) == [replace(one, n=1)]


def test_what_does_not_fit_is_cut_and_named_and_the_rest_is_kept():
    big, small = noise(600_000), "Ulm"
    before = {"hubspot.notes": big, "hubspot.city": small}
    one = replace(DECISION, before=before, after={"hubspot.notes": "x", "hubspot.city": "Bonn"})
    _, images = decision_puts(CONNECTION, ROOT, one, "u")
    assert len(json.dumps(images.body)) <= IMAGES_MAX + 100
    [found] = kept(one).of(CONNECTION, ROOT)
    assert found.cut == ("hubspot.notes",)
    assert found.before == {"hubspot.notes": big[:CUT_TO], "hubspot.city": small}
    assert found.conflicts == (CONFLICT,)


def test_a_conflict_that_does_not_fit_is_cut_and_named():
    one = replace(DECISION, conflicts=({**CONFLICT, "hubspot": noise(500_000)},))
    [found] = kept(one).of(CONNECTION, ROOT)
    assert found.cut == ("fax",)
    assert found.before == DECISION.before


@pytest.mark.parametrize(
    ("decision", "words"),
    [
        (DECISION, ["'1'", "'2'"]),
        (replace(DECISION, plan=("create customer 'Jane Roe' (58) in QuickBooks",)), ["Jane", "Roe"]),
        (replace(DECISION, plan=('create customer "Jane O\'Neil" (58) in QuickBooks',)), ["Jane", "Neil"]),
        (replace(DECISION, category="invalid_value", reason="Phone 0190 is no phone"), ["0190"]),
        (replace(DECISION, conflicts=(), orders=(), reason="called 'Jane'"), ["Jane"]),
        (replace(DECISION, orders=({**DECISION.orders[0], "why": "it was '0190'"},)), ["0190"]),
    ],
)
def test_a_privacy_deletion_leaves_the_fact_and_takes_the_values(decision, words):
    table = MemoryTable()
    keeper = kept(decision, table=table)
    keeper.erase_person(CONNECTION, ROOT)
    keeper.erase_person(CONNECTION, ROOT)  # it may be repeated
    [one] = keeper.of(CONNECTION, ROOT)
    assert (one.before, one.after) == ({}, {})
    assert [word for word in words if word in str(one.view())] == []
    assert (one.at, one.cause, one.calls, one.state) == (decision.at, decision.cause, decision.calls, decision.state)
    assert [conflict["field"] for conflict in one.conflicts] == [conflict["field"] for conflict in decision.conflicts]
    assert table.page(f"{CONNECTION}|images|{ROOT}") == []


def test_an_older_decision_is_erased_too():
    table = MemoryTable()
    table.write([Put(Key(f"{CONNECTION}|decision|{ROOT}", "1795000000.000-abcd"), OLDER, ANY)])
    kept(table=table).erase_person(CONNECTION, ROOT)
    [one] = Decisions(table).of(CONNECTION, ROOT)
    assert (one.before, one.conflicts) == ({}, ({"field": "phone", "winner": "hubspot"},))
    assert one.reason == decisions.ERASED


def test_another_records_decisions_are_left_alone():
    table = MemoryTable()
    keeper = kept(DECISION, table=table)
    keeper.erase_person(CONNECTION, "hubspot:102")
    assert keeper.of(CONNECTION, ROOT) == [replace(DECISION, n=1)]
