"""What the schedule asks for: each day of the company's own calendar, and what an older set-up lacks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.connect.resuming import go_on
from chalicelib.doors import queue_due, start_sweeps
from chalicelib.expand import expand
from chalicelib.jobs import Expand
from chalicelib.remember.connections import Connection, Connections, connection_id
from tests.chalicelib.walk.small_world import SmallWorld

HOUR_S = 3_600.0
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC).timestamp()


@pytest.fixture
def world() -> Iterator[SmallWorld]:
    made = SmallWorld()
    wiring.use(made.wiring)
    yield made
    wiring.reset()


def change(world: SmallWorld, **more: Any) -> None:
    Connections(world.table).change(world.id, lambda held: replace(held, **more))


def asked(world: SmallWorld, run: Callable[[Any], None] = start_sweeps) -> list[tuple[str, str]]:
    """What one run of a schedule has asked for, beside the sweep."""
    run(None)
    messages = [one for one in world.queue.take(world.time) if isinstance(one, Expand)]
    return [(one.source, one.id) for one in messages if one.source != "sweep"]


@pytest.mark.parametrize(
    ("company", "portal", "now", "day"),
    [
        ("America/Los_Angeles", "Asia/Tokyo", NOON, date(2026, 11, 22)),
        ("America/Los_Angeles", "", NOON - 5 * HOUR_S, date(2026, 11, 21)),
        ("Pacific/Auckland", "", NOON, date(2026, 11, 23)),
        ("", "Pacific/Auckland", NOON, date(2026, 11, 23)),
        ("No/Such_Zone", "Pacific/Auckland", NOON, date(2026, 11, 23)),
        ("../../etc", "", NOON, date(2026, 11, 22)),
        ("", "", NOON, date(2026, 11, 22)),
    ],
)
def test_a_day_is_the_companys_own(company: str, portal: str, now: float, day: date):
    one = Connection(connection_id("1", "2"), "1", "2", company_time_zone=company, time_zone=portal)
    assert one.today(now) == day


def test_each_new_day_is_asked_for_once(world: SmallWorld):
    world.time = NOON
    change(world, settings={"invoices": {}}, prepared=("contacts", "invoices"), looked_at=NOON)
    assert asked(world, queue_due) == [("overdue", "2026-11-22")]
    world.time += HOUR_S
    assert asked(world, queue_due) == []
    world.time += 19 * HOUR_S  # 8 o'clock in UTC, midnight in Los Angeles
    assert asked(world, queue_due) == [("overdue", "2026-11-23")]


def test_a_day_waits_until_its_connection_goes_on(world: SmallWorld):
    change(world, settings={"invoices": {}}, braked="too many deletions")
    assert asked(world, queue_due) == []
    change(world, braked="")
    assert [source for source, _ in asked(world, queue_due)] == ["overdue"]


def test_without_invoices_nothing_becomes_overdue(world: SmallWorld):
    assert asked(world, queue_due) == []


def test_a_day_that_was_missed_is_asked_for_after_the_return(world: SmallWorld):
    """Whatever was queued while the connection was away is gone."""
    change(world, settings={"invoices": {}}, prepared=("contacts", "invoices"))
    assert [source for source, _ in asked(world, queue_due)] == ["overdue"]
    go_on(world.wiring, world.connection())
    world.queue.take(world.time)
    assert [source for source, _ in asked(world, queue_due)] == ["overdue"]


def test_a_kind_that_was_not_prepared_is_until_it_is(world: SmallWorld):
    change(world, settings={"products": {}})
    assert asked(world) == [("properties", "scheduled")]
    expand(world.wiring, [Expand(world.id, "properties", "scheduled")], lambda: 120.0)
    world.queue.take(world.time)
    assert world.connection().unique_key("products")
    assert asked(world) == []
    world.posted.clear()
    expand(world.wiring, [Expand(world.id, "properties", "scheduled")], lambda: 120.0)
    assert not [one for one in world.posted if "/crm/properties/" in one], "a late one finds it done"


def test_the_daily_look_is_at_each_kind_that_is_on(world: SmallWorld):
    every = ("contacts", "products", "invoices")
    change(world, settings={"products": {}, "invoices": {}}, prepared=every, looked_at=0.0)
    assert [one for one in asked(world) if one[0] == "linked"] == [
        ("linked", "daily"), ("linked", "daily:product"), ("linked", "daily:invoice"),
    ]  # fmt: skip
