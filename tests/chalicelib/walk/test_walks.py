"""Walks that meet something on their way: twins, taken names, borders of pages, lost turns, changed settings."""

from __future__ import annotations

from collections import Counter

import pytest

from chalicelib.jobs import Kind, Side
from chalicelib.remember.records import State
from chalicelib.remember.table import MemoryTable, Put
from chalicelib.remember.walks import Purpose, Stage, Walk, Walks
from chalicelib.remembering import looks_at
from chalicelib.walk import steps
from tests.chalicelib.walk.small_world import SmallWorld


def actions(world: SmallWorld, **facts) -> dict[str, int]:
    plan = world.walked(Purpose.PLAN, **facts)
    assert plan.stage is Stage.DONE
    rows = Counter(row["action"] for row in world.rows(plan))
    assert rows == +Counter(plan.counts)
    return dict(rows)


def test_of_many_customers_with_one_address_one_becomes_a_contact():
    """The others wait for it, one after the other, and all find their answer in the plan."""
    world = SmallWorld()
    for number in range(8):
        world.customer(f"Twin {number}", "twin@x.example")
    assert actions(world) == {"create": 1, "conflict": 7}
    world.walked(Purpose.BACKFILL)
    assert Counter(record.state for record in world.records()) == {State.IN_SYNC: 1, State.FAILING: 7}


def test_an_address_that_hubspot_knows_is_refused_in_the_plan_too():
    world = SmallWorld(match="none", direction="to_hubspot")
    world.contact("Ann", "Lee", "ann@x.example")
    world.customer("Ann", "ann@x.example")
    assert actions(world) == {"excluded": 1, "conflict": 1}


def test_a_contact_that_its_customer_is_linked_with_has_one_row():
    """Excluded when it is visited itself, because the settings go the other way; linked from QuickBooks' side."""
    world = SmallWorld(direction="to_hubspot")
    world.contact("Ann", "Lee", "ann@x.example")
    world.customer("Ann Lee", "ann@x.example")
    assert actions(world) == {"link": 1}


def test_a_new_name_that_a_vendor_has_is_refused_in_the_plan_too():
    world = SmallWorld()
    company = str(world.portal.create_company({"name": "Acme"}))
    world.contact("Ann", "Lee", "ann@x.example", company)
    world.walked(Purpose.BACKFILL)
    world.company.create("Vendor", {"DisplayName": "Bolt"})
    world.portal.update_company(company, {"name": "Bolt"})
    plan = world.walked(Purpose.PLAN)
    [row] = world.rows(plan)
    assert (row["action"], row["category"]) == ("blocked", "name_taken")
    assert [one["field"] for one in row["changes"]] == ["quickbooks.CompanyName"]


def test_a_name_that_comes_free_in_the_middle_of_a_plan_is_given_again():
    world = SmallWorld()
    acme, bolt = (str(world.portal.create_company({"name": name})) for name in ("Acme", "Bolt"))
    world.contact("Ann", "Lee", "ann@x.example", acme)
    world.walked(Purpose.BACKFILL)
    world.portal.update_company(acme, {"name": "Core"})
    world.portal.update_company(bolt, {"name": "Acme"})
    world.contact("Bob", "Ray", "bob@x.example", bolt)
    assert actions(world) == {"update": 1, "create": 1}
    world.walked(Purpose.BACKFILL)
    assert sorted(one["DisplayName"] for one in world.books().values()) == ["Acme", "Core"]


def test_whoever_shares_a_customer_of_the_books_still_shares_it_at_the_next_look():
    """It is not taken for its own, whose name it might give itself."""
    world = SmallWorld(on_name_taken="share", match="none", direction="to_quickbooks")
    world.customer("Ann Lee", "office@x.example")
    contact = world.contact("Ann", "Lee", "ann@x.example")
    world.walked(Purpose.BACKFILL)
    world.queue.send(looks_at(world.id, Kind.CUSTOMER, [f"{Side.HUBSPOT}:{contact}"], "a person asked"))
    world.run()
    record = next(one for one in world.records() if one.hubspot_id == contact)
    assert (record.state, record.shares, record.category) == (State.IN_SYNC, "quickbooks:1", None)
    assert len(world.books()) == 1


def test_a_plan_tells_the_calls_that_the_sync_then_makes():
    world = SmallWorld()
    for number in range(40):
        world.contact("Ann", f"Lee {number}", f"a{number}@x.example")
        world.customer(f"Bob {number}", f"b{number}@x.example")
    plan = world.walked(Purpose.PLAN)
    world.posted.clear()
    world.walked(Purpose.BACKFILL)
    made = Counter("quickbooks" if "/v3/company/" in one else "hubspot" for one in world.posted)
    assert {name: plan.calls[name] for name in made} == made


@pytest.mark.parametrize(
    ("listed", "booked"), [(0, 0), (1, 0), (0, 1), (300, 0), (301, 999), (2_100, 1_000), (2_101, 1_001)]
)
def test_at_the_borders_of_pages_everybody_is_visited_once(listed, booked):
    world = SmallWorld()
    for number in range(listed):
        world.contact("Ann", f"Lee {number}")
    for number in range(booked):
        world.customer(f"Bob {number}")
    plan = world.walked(Purpose.PLAN)
    rows = {row["hubspot_id"] or f"q{row['quickbooks_id']}" for row in world.rows(plan)}
    assert (plan.stage, plan.done, plan.total) == (Stage.DONE, listed + booked, listed + booked)
    assert (len(rows), plan.counts.get("excluded", 0)) == (listed + booked, listed + booked)


def test_a_plan_that_runs_out_of_time_does_its_slice_again():
    world = SmallWorld()
    world.contact("Ann", "Lee", "ann@x.example")
    walk = world.begin(Purpose.PLAN)
    connection = world.connection()
    [first] = world.queue.take(world.time + 1)
    ends_at = world.time + 20.1 + 3 * 0.05  # enough for the list and the count, and one call of the slice
    steps.walk_on(world.wiring, connection, first, lambda: ends_at - world.time)
    world.run()
    assert [row["action"] for row in world.rows(world.again(walk))] == ["create"]


def test_settings_that_change_while_a_plan_is_made_end_it():
    world = SmallWorld()
    world.contact("Ann", "Lee", "ann@x.example")
    walk = world.begin(Purpose.PLAN)
    world.settings(display_name="person")
    world.run()
    ended = world.again(walk)
    assert ended.stage is Stage.STOPPED
    assert "settings" in ended.note


def test_an_initial_sync_of_what_is_switched_off_ends_without_a_call():
    world = SmallWorld(enabled=False)
    world.contact("Ann", "Lee", "ann@x.example")
    world.posted.clear()
    ended = world.walked(Purpose.BACKFILL)
    assert (ended.stage, world.posted, world.records()) == (Stage.STOPPED, [], [])
    assert "switched off" in ended.note


def test_a_lost_turn_is_found_behind_any_number_of_plans():
    world = SmallWorld()
    world.contact("Ann", "Lee", "ann@x.example")
    walk = world.begin(Purpose.BACKFILL)
    world.queue.take(world.time + 1)  # and its message is lost
    for _ in range(60):
        world.walked(Purpose.PLAN)
    steps.nudge(world.wiring, world.id)
    world.run()
    assert world.again(walk).stage is Stage.DONE
    assert Walks(world.table).under_way(world.id) == []


def test_a_sync_whose_order_is_no_longer_kept_counts_again():
    """It does not take a page that is not there for the end."""
    world = SmallWorld()
    contact = world.contact("Ann", "Lee", "ann@x.example")
    now = world.time
    walk = Walk(
        world.id, Kind.CUSTOMER, "1", Purpose.BACKFILL, Stage.WORKING, "hubspot:0:0", listed=1, total=1,
        started_at=now, touched_at=now,
    )  # fmt: skip
    Walks(world.table).begin(walk)
    world.queue.send([steps.turn_of(walk)])
    world.run()
    assert world.again(walk).stage is Stage.DONE
    assert [record.hubspot_id for record in world.records()] == [contact]


class Noting(MemoryTable):
    """A table that remembers until when each item is kept."""

    def write(self, writes):
        super().write(writes)
        self.__dict__.setdefault("kept", {}).update({one.key: one.expires_at for one in writes if isinstance(one, Put)})


def test_a_sync_that_has_not_ended_does_not_expire():
    table = Noting()
    walk = Walk("1:2", Kind.CUSTOMER, "1", Purpose.BACKFILL, started_at=1.0)
    Walks(table).begin(walk)
    assert set(table.kept.values()) == {None}
    Walks(table).stop(walk, 5.0)
    assert sum(value is not None for value in table.kept.values()) == 1


def test_a_person_deleted_for_privacy_is_in_no_plan_any_more():
    world = SmallWorld(display_name="person")
    contact = world.contact("Zebulon", "Quux", "zeb@x.example", phone="5550199")
    world.contact("Ann", "Lee", "ann@x.example")
    world.walked(Purpose.BACKFILL)
    world.portal.update_contact(contact, {"lastname": "Quuxx", "phone": "5550188"})
    plan = world.walked(Purpose.PLAN)
    look = world.walked(Purpose.LOOK, asked="zeb@x.example")
    assert len(world.rows(plan)) == 2
    world.portal.gdpr_delete_contact(contact)
    [job] = looks_at(world.id, Kind.CUSTOMER, [f"hubspot:{contact}"], "contact.privacyDeletion")
    world.queue.send([job])
    world.run()
    assert [row["name"] for row in world.rows(plan)] == ["Ann Lee"]
    assert world.rows(look) == []
    kept = [f"{key} {stored.body}".lower() for key, stored in world.table._items.items() if "|walk" in key.pk]
    assert not [one for one in kept if any(word in one for word in ("zeb", "quux", "5550"))]
