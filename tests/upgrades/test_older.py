"""The simulator's process of a former version forgets and passes over what that version did."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.enqueue import MemoryQueue
from chalicelib.expand import SOURCES
from chalicelib.jobs import ConnectionId, Expand, Job, Kind, Side
from chalicelib.remember.connections import Connections
from chalicelib.remember.records import Records
from chalicelib.remember.table import MemoryTable
from tests.simulation.older import Former, OlderQueue, OlderTable, older_worker
from tests.upgrades import kept
from tests.upgrades.specimens import CONNECTION

HERE = ConnectionId(CONNECTION)
ROOT = "hubspot:101"


@pytest.fixture
def table() -> MemoryTable:
    """One of each, as this version stores it."""
    table = MemoryTable()
    table.write_each([[kept.put(one)] for one in kept.load(kept.present(), kept.SPECIMENS)["items"]])
    return table


@pytest.mark.parametrize(
    ("version", "lost", "held"),
    [
        ("0.1.0", {"companies_seen", "orders", "facts", "owed"}, {"base", "intent", "sync_token"}),
        ("0.2.0", {"orders", "facts", "owed"}, {"companies_seen"}),
        ("0.3.0", {"lines", "facts", "deals", "invoices", "notes", "owed"}, {"orders"}),
        ("0.4.0", set(), {"lines", "facts", "owed"}),
    ],
)
def test_a_lease_by_a_former_version_drops_what_it_did_not_know(
    table: MemoryTable, version: str, lost: set[str], held: set[str]
) -> None:
    records = Records(OlderTable(table, Former.of(version)))
    found = records.find(HERE, Kind.CUSTOMER, [ROOT])[ROOT]
    assert records.lease([found], until=1.9e9, now=1.8e9) != [None]
    after = Records(table).find(HERE, Kind.CUSTOMER, [ROOT])[ROOT].record
    assert {name for name in (*lost, *held) if not getattr(after, name)} == lost


def test_a_pause_by_a_former_version_drops_what_was_prepared(table: MemoryTable) -> None:
    """Which the next sweep's schedule has made again."""
    Connections(OlderTable(table, Former.of("0.3.0"))).pause(HERE, Side.HUBSPOT, 2e9)
    after = Connections(table).get(HERE)
    assert after is not None
    assert (after.hubspot_paused_until, after.prepared, after.keys) == (2e9, (), ())


def test_the_present_version_forgets_nothing(table: MemoryTable) -> None:
    now = Former.of(kept.present())
    items = {key: one.item for key, one in table._items.items()}
    assert OlderTable(table, now).get(items) == items
    assert now.sources >= SOURCES, "a source of expansions is missing in tests/simulation/older.py"
    assert now.kinds == set(Kind)


def test_a_former_version_sends_only_what_it_knew() -> None:
    inner = MemoryQueue()
    one = Job(HERE, Kind.CUSTOMER, Side.HUBSPOT, "1", "edited")
    news = [replace(one, kind=Kind.INVOICE), Expand(HERE, "walk", "w"), Expand(HERE, "deals", "5")]
    OlderQueue(inner, Former.of("0.3.0")).send([one, *news])
    assert inner.take() == [one, Expand(HERE, "walk", "w")]


@pytest.mark.parametrize(
    ("version", "again"), [("0.2.0", ["an invoice"]), ("0.4.0", []), (kept.present(), ["of tomorrow"])]
)
def test_what_it_does_not_know_comes_again_or_is_taken_as_done(version: str, again: list[str]) -> None:
    seen: list[Any] = []

    def door(event: dict[str, Any]) -> dict[str, Any]:
        seen.extend(record["messageId"] for record in event["Records"])
        return {"batchItemFailures": []}

    bodies = {
        "a contact": {"kind": "customer", "side": "hubspot", "id": "1"},
        "an invoice": {"kind": "invoice", "side": "quickbooks", "id": "1"},
        "of tomorrow": {"source": "of_tomorrow", "id": ""},
        "an errand": {"errand": "renew"},
    }
    event = {"Records": [{"messageId": name, "body": json.dumps(body)} for name, body in bodies.items()]}
    answer = older_worker(Former.of(version), door)(event)
    assert answer == {"batchItemFailures": [{"itemIdentifier": one} for one in again]}
    assert set(seen) == bodies.keys() - {*again, "of tomorrow"}
