"""Two versions work on the same items while a deployment is under way, and after a roll-back the older one alone.

What a newer version stored and sent is unknown here: it is kept, left to those who know it, and breaks nothing.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from chalicelib import doors
from chalicelib.access.grants import Grants
from chalicelib.enqueue import MemoryQueue
from chalicelib.failures import Category
from chalicelib.jobs import ConnectionId, Kind, Side
from chalicelib.remember.connections import PARTITION, Connections
from chalicelib.remember.records import Records, State, record_key
from chalicelib.remember.table import ANY, Item, Key, MemoryTable, Put
from chalicelib.remember.walks import Walks
from chalicelib.wiring import Config, Wiring, reset, use
from tests.upgrades import kept
from tests.upgrades.specimens import CONNECTION, PORTAL, NoSecrecy

OF_TOMORROW = {"of_tomorrow": {"deep": [1, 2.5, None]}}
ROOT = "hubspot:101"
CUSTOMER = record_key(CONNECTION, Kind.CUSTOMER, ROOT)
WALK = Key(f"{CONNECTION}|walk", "1795000000-pabcdef")
GRANT = Key(f"grant|{Side.HUBSPOT}|{PORTAL.id}", "grant")


@pytest.fixture
def table() -> MemoryTable:
    """One of each, as this version stores it, and with a field more."""
    table = MemoryTable()
    for one in kept.load(kept.present(), kept.SPECIMENS)["items"]:
        put = kept.put(one)
        known = put.key in (CUSTOMER, WALK, GRANT) or put.key.pk == PARTITION
        table.write([replace(put, body={**put.body, **OF_TOMORROW} if known else put.body)])
    return table


def at(table: MemoryTable, key: Key) -> Item:
    return table.get([key])[key]


def changed(table: MemoryTable, key: Key, **body: Any) -> None:
    held = at(table, key)
    table.write([Put(key, {**held.body, **body}, held.version)])


def test_a_lease_on_a_record_keeps_what_a_newer_version_knows_of_it(table: MemoryTable) -> None:
    records = Records(table)
    held = records.find(CONNECTION, Kind.CUSTOMER, [ROOT])[ROOT]
    [leased] = records.lease([held], until=1.8e9 + 60, now=1.8e9)
    assert leased is not None
    assert at(table, CUSTOMER).body.items() >= OF_TOMORROW.items()
    records.commit([(leased, leased.record.settled(State.IN_SYNC, "", 1.8e9), [])])
    assert at(table, CUSTOMER).body.items() >= OF_TOMORROW.items()


def test_a_pause_of_a_connection_keeps_it(table: MemoryTable) -> None:
    Connections(table).pause(CONNECTION, Side.HUBSPOT, 1.9e9)
    assert at(table, Key(PARTITION, CONNECTION)).body.items() >= OF_TOMORROW.items()


def test_a_turn_of_a_walk_keeps_it(table: MemoryTable) -> None:
    walks = Walks(table)
    walk = walks.get(CONNECTION, WALK.sk)
    assert walk is not None
    assert walks.move(walk, replace(walk, turn=walk.turn + 1))
    assert at(table, WALK).body.items() >= OF_TOMORROW.items()


def test_a_note_on_a_grant_keeps_it(table: MemoryTable) -> None:
    grants = Grants(table, NoSecrecy(), lambda _: None, lambda: 0.0, lambda _: None)  # type: ignore[arg-type, return-value]
    grant = grants.get(PORTAL)
    assert grant is not None
    grants.note_warned(grant, 7)
    assert at(table, GRANT).body.items() >= {**OF_TOMORROW, "warned_days": 7}.items()


def test_a_state_of_tomorrow_is_looked_at_again(table: MemoryTable) -> None:
    changed(table, CUSTOMER, state="dreaming", category="weather")
    record = Records(table).find(CONNECTION, Kind.CUSTOMER, [ROOT])[ROOT].record
    assert (record.state, record.category) == (State.FAILING, Category.DEFECT)


def test_records_and_walks_of_a_kind_of_tomorrow_are_left_alone(table: MemoryTable) -> None:
    """What asks across all kinds is not broken by them."""
    theirs = Key(f"{CONNECTION}|estimate|03", "quickbooks:5")
    index = (f"{CONNECTION}|{State.FAILING}|0", "0")
    body = {"connection": CONNECTION, "kind": "estimate", "root": theirs.sk, "state": "failing"}
    table.write([Put(theirs, body, ANY, index)])
    changed(table, WALK, kind="estimate")
    assert [held.record.kind for held in Records(table).in_states(CONNECTION, [State.FAILING])] == []
    assert list(Walks(table).latest(CONNECTION)) == []
    assert Walks(table).under_way(CONNECTION) == []
    assert at(table, theirs).body == body


@pytest.mark.parametrize("body", [
    {"connection": CONNECTION, "kind": "estimate", "side": "quickbooks", "id": "5", "cause": "created"},
    {"connection": CONNECTION, "source": "of_tomorrow", "id": "1", "page": ""},
])  # fmt: skip
def test_a_message_of_tomorrow_comes_again_for_a_worker_that_knows_it(table: MemoryTable, body: Any) -> None:
    """It is neither taken as done nor does it hold up its batch; what nobody takes in the end is let go, and logged."""
    queue = MemoryQueue()
    use(Wiring(Config(), given_table=table, given_queue=queue))
    try:
        known = {"connection": "1:2", "source": "sweep", "id": "scheduled", "page": ""}
        event = {"Records": [
            {"messageId": name, "body": json.dumps(one), "attributes": {"ApproximateReceiveCount": "1"}}
            for name, one in (("theirs", body), ("ours", known))
        ]}  # fmt: skip
        assert doors.work(event, None) == {"batchItemFailures": [{"itemIdentifier": "theirs"}]}
        assert doors.bury(event, None) == {"batchItemFailures": []}
        assert queue.messages == []
    finally:
        reset()


def test_a_field_of_tomorrow_in_a_message_is_passed_over() -> None:
    from chalicelib.jobs import Job, from_body

    body = {"connection": "1:2", "kind": "customer", "side": "hubspot", "id": "5", **OF_TOMORROW}
    assert from_body(json.dumps(body)) == Job(ConnectionId("1:2"), Kind.CUSTOMER, Side.HUBSPOT, "5", "")
