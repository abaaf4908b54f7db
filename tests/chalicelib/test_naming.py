"""Names that somebody has, and somebody else has reserved all the same."""

from __future__ import annotations

import pytest

from chalicelib.failures import Category
from chalicelib.jobs import Job, Kind, Side
from chalicelib.remember.names import Names, Reservation
from chalicelib.remember.records import Records, State
from chalicelib.switches import DAILY, look_at_all
from chalicelib.work import LEASE_S
from local.dials import Dial
from local.serving import HangUp
from tests.chalicelib.walk.small_world import SmallWorld


@pytest.mark.parametrize(
    ("rule", "state"), [("reject", State.FAILING), ("share", State.IN_SYNC), ("sub_customer", State.IN_SYNC)]
)
def test_who_has_reserved_a_name_that_another_has_does_not_wait_for_itself(rule: str, state: State) -> None:
    """A worker died between its reservation and its create, and meanwhile a bookkeeper gave a customer that name."""
    world = SmallWorld(on_name_taken=rule)
    company = world.portal.create_company({"name": "Works"})
    contact = world.contact("Ann", "Aster", "ann@aster.example", company=company)
    root = f"{Side.HUBSPOT}:{contact}"
    assert Names(world.table).reserve(world.id, Reservation("works"), None, root)
    world.customer("Works")
    world.queue.send([Job(world.id, Kind.CUSTOMER, Side.HUBSPOT, contact, "test")])
    world.run(60)
    [record] = [one for one in world.records() if one.root == root]
    assert record.state is state, record.message
    assert Names(world.table).read(world.id, ["works"])["works"][0].owner is None


def test_what_the_other_side_reserved_before_they_were_linked_is_its_own() -> None:
    """The customer's record reserved the name for a rename, died, and has become a pointer to the contact's record."""
    world = SmallWorld()
    contact = world.contact("Ann", "Aster", "ann@aster.example")
    customer = world.customer("Old Name", "ann@aster.example", GivenName="Ann", FamilyName="Aster")
    reserved = Names(world.table).reserve(world.id, Reservation("ann aster"), None, f"{Side.QUICKBOOKS}:{customer}")
    assert reserved
    world.queue.send([Job(world.id, Kind.CUSTOMER, Side.HUBSPOT, contact, "test")])
    world.run(60)
    [record] = world.records()
    assert (record.linked, record.state) == (True, State.IN_SYNC), record.message
    assert world.books()[customer]["DisplayName"] == "Ann Aster"


@pytest.mark.parametrize("status", [429, 400])
def test_a_rename_that_arrived_unseen_is_ours_also_after_the_next_one_was_refused(status: int) -> None:
    """Its worker died. What the next update would have left is not there, what the first one left still is."""
    world = SmallWorld()
    contact = world.contact("Ann", "Aster", "ann@aster.example")
    job = Job(world.id, Kind.CUSTOMER, Side.HUBSPOT, contact, "test")
    world.queue.send([job])
    world.run(60)
    world.portal.update_contact(contact, {"firstname": "Anna"})
    world.quickbooks.dials.set(Dial("lose_answer", path=".*/batch", body='"update"'))
    world.queue.send([job])
    with pytest.raises(HangUp):  # the end of the worker
        world.run(60)
    world.time += LEASE_S
    world.portal.update_contact(contact, {"lastname": "Birch"})
    world.quickbooks.dials.set(Dial("status", path=".*/batch", body='"update"', status=status, times=2))
    for _ in range(3):
        world.queue.send([job])
        world.run(60)
        world.time += 600
    [customer] = world.books().values()
    assert (customer["DisplayName"], customer["FamilyName"]) == ("Anna Birch", "Birch")


def test_of_a_vendors_name_there_is_nothing_to_share() -> None:
    """Whoever had reserved it before the vendor took it has a customer of another name."""
    world = SmallWorld(on_name_taken="share")
    ann = world.contact("Ann", "Aster", "ann@aster.example")
    world.queue.send([Job(world.id, Kind.CUSTOMER, Side.HUBSPOT, ann, "test")])
    world.run(60)
    root = f"{Side.HUBSPOT}:{ann}"
    assert Names(world.table).reserve(world.id, Reservation("works"), None, root)
    own = Records(world.table).find(world.id, Kind.CUSTOMER, [root])[root]
    Records(world.table).lease([own], world.time + 140, world.time)  # whoever is at work on it wants the name still
    world.company.create("Vendor", {"DisplayName": "Works"})
    company = world.portal.create_company({"name": "Works"})
    bob = world.contact("Bob", "Birch", "bob@birch.example", company=company)
    world.queue.send([Job(world.id, Kind.CUSTOMER, Side.HUBSPOT, bob, "test")])
    world.run(60)
    [record] = [one for one in world.records() if one.hubspot_id == bob]
    assert (record.state, record.category, record.shares) == (State.FAILING, Category.NAME_TAKEN, None)


def test_the_daily_look_sees_that_one_who_shares_a_customer_is_gone() -> None:
    """Nothing else does, if the notice of its archiving was lost."""
    world = SmallWorld(on_name_taken="share")
    company = world.portal.create_company({"name": "Works"})
    contacts = [world.contact(name, "Aster", f"{name}@aster.example", company=company) for name in ("ann", "bob")]
    for one in contacts:
        world.queue.send([Job(world.id, Kind.CUSTOMER, Side.HUBSPOT, one, "test")])
        world.run(60)
    [sharing] = [one for one in world.records() if one.shares]
    assert sharing.hubspot_id is not None
    world.portal.archive_contact(sharing.hubspot_id)
    world.queue.send([look_at_all(world.id, Kind.CUSTOMER, DAILY)])
    world.run(60)
    [record] = [one for one in world.records() if one.root == sharing.root]
    assert (record.state, "archived" in record.message) == (State.EXCLUDED, True)
