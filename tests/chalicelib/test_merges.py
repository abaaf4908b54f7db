"""Merged records end under one record each, whichever of them is looked at first, and whoever else looks meanwhile."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from chalicelib.failures import Category
from chalicelib.jobs import Job, Kind, Side
from chalicelib.remember.records import Held, Record, Records, State, pointer, put
from chalicelib.remember.table import Lost, MemoryTable
from chalicelib.work import LEASE_S
from chalicelib.write import RESEND_WITHIN_S
from local.dials import Dial
from local.serving import HangUp
from tests.chalicelib.walk.small_world import SmallWorld


@pytest.fixture
def world() -> SmallWorld:
    made = SmallWorld()
    made.hubspot.settings.merge_makes_new_id = True
    return made


def look(world: SmallWorld, side: Side, id: str, cause: str = "test", merged_into: str | None = None) -> None:
    world.queue.send([Job(world.id, Kind.CUSTOMER, side, id, cause, merged_into=merged_into)])
    world.run()


def owners(world: SmallWorld) -> tuple[Counter[str | None], Counter[str | None]]:
    """How many records name each contact, and each customer."""
    records = world.records()
    return Counter(one.hubspot_id for one in records), Counter(one.own_customer for one in records)


def merged(world: SmallWorld, *contacts: str) -> str:
    first, second = contacts
    return world.portal.merge_contacts(first, second, new_id=True)


@pytest.mark.parametrize("first_looked_at", [0, 1])
def test_one_that_is_linked_takes_the_survivor_from_one_that_is_not(world, first_looked_at):
    linked = world.contact("Ann", "Aster", "ann@aster.example")
    excluded = world.contact("Bob", "Birch")  # without an e-mail address
    for one in (linked, excluded):
        look(world, Side.HUBSPOT, one)
    survivor = merged(world, linked, excluded)
    order = [linked, excluded] if first_looked_at == 0 else [excluded, linked]
    for one in [*order, survivor, *order]:
        look(world, Side.HUBSPOT, one)
    contacts, _ = owners(world)
    assert contacts[survivor] == 1
    [record] = [one for one in world.records() if one.hubspot_id == survivor]
    assert (record.linked, record.state) == (True, State.IN_SYNC)
    assert all(one.state is State.EXCLUDED for one in world.records() if one is not record and not one.linked)


def test_a_customer_left_over_by_one_merge_goes_to_whoever_is_merged_into_it(world):
    ann, bob, eve = (
        world.contact(name, name.upper(), f"{name}@mail.example") for name in ("ann", "bob", "eve")
    )  # fmt: skip
    for one in (ann, bob, eve):
        look(world, Side.HUBSPOT, one)
    customer = {one.hubspot_id: one.quickbooks_id for one in world.records()}
    survivor = merged(world, ann, bob)
    for one in (ann, bob, survivor):
        look(world, Side.HUBSPOT, one)
    [left] = [one for one in world.records() if one.quickbooks_id and not one.linked]
    assert left.quickbooks_id is not None
    world.company.merge_customers(left.quickbooks_id, customer[eve])
    look(world, Side.QUICKBOOKS, customer[eve], "merge", merged_into=left.quickbooks_id)
    _, customers = owners(world)
    assert customers[left.quickbooks_id] == 1
    [record] = [one for one in world.records() if one.hubspot_id == eve]
    assert record.quickbooks_id == left.quickbooks_id


class Meanwhile(MemoryTable):
    """A table in which somebody else writes right after the first read."""

    def __init__(self, then) -> None:
        super().__init__()
        self._then = then

    def get(self, keys):
        found = super().get(keys)
        then, self._then = self._then, None
        if then:
            then(self)
        return found


def test_an_id_that_was_taken_after_it_was_looked_up_is_not_taken_again():
    """Whoever looked before and points the id at his own record afterwards must lose."""
    portal = SmallWorld().id
    one = Record(portal, Kind.CUSTOMER, "hubspot:1", hubspot_id="1", quickbooks_id="5")
    other = Record(portal, Kind.CUSTOMER, "hubspot:2", hubspot_id="2", quickbooks_id="5")

    def link(table):
        table.write([put(Held(one, None), one), pointer(one, "quickbooks:5", None)])

    table = Meanwhile(link)
    _, versions = Records(table).known(portal, Kind.CUSTOMER, ["quickbooks:5"])
    with pytest.raises(Lost):
        table.write([put(Held(other, None), other), pointer(other, "quickbooks:5", versions.get("quickbooks:5"))])


@pytest.mark.parametrize(("after_s", "is_theirs"), [(LEASE_S + 1, False), (RESEND_WITHIN_S, True)])
def test_a_contact_out_of_sight_keeps_the_customer_that_was_made_from_it(world, after_s, is_theirs):
    """Merged into one that was archived, it is neither there nor shown as archived. What an old create has made is
    looked up all the same: the customer would wait for its owner for good."""
    ann, bob = world.contact("Ann", "Aster", "ann@aster.example"), world.contact("Bob", "Birch", "bob@aster.example")
    world.quickbooks.dials.set(Dial("lose_answer", path=".*/batch", body='"create"'))
    with pytest.raises(HangUp):  # the end of the worker
        look(world, Side.HUBSPOT, ann)
    [customer] = world.books()
    world.portal.archive_contact(merged(world, bob, ann))
    world.time += after_s
    for side, own_id in 2 * [(Side.QUICKBOOKS, customer), (Side.HUBSPOT, ann)]:
        look(world, side, own_id)
    [record] = [one for one in world.records() if one.hubspot_id == ann]
    assert (record.category, record.own_customer) == (Category.DEFECT, customer if is_theirs else None)
    assert len([one for one in world.records() if one.quickbooks_id == customer]) == 1
    assert (len(world.books()), world.contacts()) == (1, {})


def test_what_the_surviving_customer_lacks_is_filled(world):
    """Not taken for cleared: what was agreed was agreed with the customer that is gone."""
    contact = world.contact("Ann", "Aster", "ann@aster.example", city="Bern")
    look(world, Side.HUBSPOT, contact)
    [record] = world.records()
    survivor = world.customer("Aster Ltd")
    world.company.merge_customers(survivor, str(record.quickbooks_id))
    look(world, Side.QUICKBOOKS, str(record.quickbooks_id), "merge", merged_into=survivor)
    assert world.books()[survivor]["BillAddr"]["City"] == "Bern"
    assert world.contacts()[contact]["properties"]["city"] == "Bern"


def test_a_survivor_does_not_wait_for_one_that_was_left_over(world):
    """Its create was found only after the merge had left it over: it is linked by now, and brings nothing."""
    ann = world.contact("Ann", "Aster", "ann@aster.example")
    look(world, Side.HUBSPOT, ann)
    eve = world.contact("Eve", "Elder", "eve@elder.example")
    survivor = merged(world, ann, eve)
    [held] = Records(world.table).find(world.id, Kind.CUSTOMER, [f"hubspot:{ann}"]).values()
    left = replace(held.record, gone={str(Side.HUBSPOT): "left over"}, state=State.EXCLUDED)
    world.table.write([put(held, left)])
    look(world, Side.HUBSPOT, survivor)
    [record] = [one for one in world.records() if one.hubspot_id == survivor]
    assert record.state is not State.PENDING, record.message


def test_one_that_was_merged_makes_room_for_a_customer_that_is_linked_with_the_survivor():
    """It is known by the survivor's id, under its own: nothing else would take that id from it."""
    world = SmallWorld(direction="to_hubspot")
    world.hubspot.settings.merge_makes_new_id = True
    ann, bob = world.contact("Ann", "Aster", "ann@aster.example"), world.contact("Bob", "Birch")
    look(world, Side.HUBSPOT, bob)
    survivor = merged(world, ann, bob)
    look(world, Side.HUBSPOT, bob)
    assert owners(world)[0][survivor] == 1
    look(world, Side.QUICKBOOKS, world.customer("Ann Aster", "ann@aster.example"))
    world.run(60)
    [record] = [one for one in world.records() if one.hubspot_id == survivor]
    assert (record.linked, record.state) == (True, State.IN_SYNC), record.message
