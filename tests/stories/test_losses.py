"""Archived, inactivated, merged, restored: what follows on the other side, and what does not."""

from __future__ import annotations

import pytest

from tests.stories.edits import hold, release
from tests.stories.world import World


def linked(world: World, name: str = "Jane", **more: str) -> tuple[str, str]:
    contact = world.contact(name, "Roe", f"{name.lower()}@roe.example", **more)
    world.come_to_rest()
    return contact, world.record(hubspot_id=contact)["quickbooks_id"]


def test_an_archived_contact_leaves_the_customer_alone(world: World) -> None:
    """`deletes: ignore`, the default: shown as excluded, nothing touched, nothing made again."""
    world.connect()
    contact, customer = linked(world)
    world.portal.archive_contact(contact)
    world.come_to_rest()
    record = world.record(quickbooks_id=customer)
    assert record["state"] == "excluded"
    assert "archived in HubSpot" in record["message"]
    assert world.company.get("Customer", customer)["Active"]
    world.company.update("Customer", customer, {"PrimaryPhone": {"FreeFormNumber": "5"}})
    world.come_to_rest()
    assert world.portal.contacts() == []


def test_an_archived_contact_inactivates_the_customer_that_we_made_and_a_restore_brings_it_back(world: World) -> None:
    world.connect(deletes="archive")
    contact, customer = linked(world)
    world.portal.archive_contact(contact)
    world.come_to_rest()
    assert not world.company.get("Customer", customer)["Active"]
    assert world.record(quickbooks_id=customer)["state"] == "excluded"
    world.portal.restore_contact(contact)
    world.come_to_rest()
    assert world.company.get("Customer", customer)["Active"]
    assert world.names() == ["Jane Roe"]
    record = world.record(hubspot_id=contact)
    assert (record["state"], record["quickbooks_id"]) == ("in_sync", customer)


def test_a_customer_that_we_did_not_make_is_never_inactivated(world: World) -> None:
    made = world.customer("Jane Roe", "jane@roe.example")
    world.connect(deletes="archive")
    contact, customer = linked(world)
    assert customer == made["Id"]
    world.portal.archive_contact(contact)
    world.come_to_rest()
    assert world.company.get("Customer", customer)["Active"]


def test_a_contact_that_comes_back_under_another_name_renames_its_customer(world: World) -> None:
    world.connect(deletes="archive")
    contact, customer = linked(world)
    world.portal.archive_contact(contact)
    world.come_to_rest()
    hold(world)
    world.portal.restore_contact(contact)
    world.portal.update_contact(contact, {"lastname": "Smith"})
    release(world)
    assert world.company.get("Customer", customer)["Active"]
    assert world.names() == ["Jane Smith"]


@pytest.mark.parametrize("survivor", ["ours", "theirs"])
def test_a_customer_in_which_ours_and_another_were_merged_is_never_inactivated(world: World, survivor: str) -> None:
    world.connect(deletes="archive", match="none", direction="to_quickbooks")
    contact, ours = linked(world)
    theirs = world.customer("Big Roe", GivenName="Jane", FamilyName="Roe")["Id"]
    world.come_to_rest()
    stays, goes = (ours, theirs) if survivor == "ours" else (theirs, ours)
    world.company.merge_customers(stays, goes)
    world.come_to_rest()
    assert world.record(hubspot_id=contact)["quickbooks_id"] == stays
    world.portal.archive_contact(contact)
    world.come_to_rest()
    assert world.record(hubspot_id=contact)["state"] == "excluded"
    assert world.company.get("Customer", stays)["Active"]


def test_an_inactivated_customer_leaves_the_contact_alone_and_its_return_resumes(world: World) -> None:
    world.connect()
    contact, customer = linked(world)
    world.company.inactivate("Customer", customer)
    world.come_to_rest()
    assert world.record(hubspot_id=contact)["state"] == "excluded"
    assert world.portal.contact(contact)["firstname"] == "Jane"
    assert world.portal.contact(contact)["lastname"] == "Roe", "` (deleted)` is no edit"
    world.company.reactivate("Customer", customer)
    world.portal.update_contact(contact, {"phone": "8"})
    world.come_to_rest()
    assert world.company.get("Customer", customer)["PrimaryPhone"]["FreeFormNumber"] == "8"
    assert world.record(hubspot_id=contact)["state"] == "in_sync"


def test_a_contact_deleted_for_privacy_is_gone_and_not_made_again(world: World) -> None:
    world.connect()
    contact, customer = linked(world)
    world.portal.gdpr_delete_contact(contact)
    world.come_to_rest()
    record = world.record(quickbooks_id=customer)
    assert record["state"] == "excluded"
    world.company.update("Customer", customer, {"PrimaryPhone": {"FreeFormNumber": "5"}})
    world.come_to_rest()
    assert world.portal.contacts() == []


def test_a_retry_makes_a_gone_side_again(world: World) -> None:
    """A tombstone holds until an operator says otherwise."""
    world.connect()
    contact, customer = linked(world)
    world.portal.archive_contact(contact)
    world.come_to_rest()
    world.ops("retry", "customer", f"quickbooks:{customer}")
    world.come_to_rest()
    [again] = world.portal.contacts()
    record = world.record(quickbooks_id=customer)
    assert (record["hubspot_id"], record["state"]) == (again["id"], "in_sync")


def test_merged_contacts_the_survivor_keeps_its_customer(world: World) -> None:
    """The other customer stays as it is in QuickBooks, unlinked, and is shown with the reason."""
    world.connect()
    jane, first = linked(world, "Jane")
    joan, second = linked(world, "Joan")
    survivor = str(world.portal.merge_contacts(jane, joan))
    world.come_to_rest()
    kept = world.record(quickbooks_id=first)
    assert (kept["hubspot_id"], kept["state"]) == (survivor, "in_sync")
    left = world.record(quickbooks_id=second)
    assert (left["hubspot_id"], left["state"]) == (None, "excluded")
    assert "merged into" in left["message"]
    assert world.company.get("Customer", second)["Active"]
    world.company.update("Customer", second, {"PrimaryPhone": {"FreeFormNumber": "5"}})
    world.come_to_rest()
    assert len(world.portal.contacts()) == 1, "the left-over customer makes no new contact"


def test_merged_contacts_under_a_new_id_keep_the_link(world: World) -> None:
    world.connect()
    jane, first = linked(world, "Jane")
    joan, second = linked(world, "Joan")
    survivor = str(world.portal.merge_contacts(jane, joan, new_id=True))
    assert survivor not in (jane, joan)
    world.come_to_rest()
    world.later(70)
    holders = [one for one in world.records() if one["hubspot_id"] == survivor]
    assert [one["state"] for one in holders] == ["in_sync"], world.records()
    assert holders[0]["quickbooks_id"] in (first, second)
    assert len(world.names()) == 2
    world.portal.update_contact(survivor, {"phone": "12"})
    world.come_to_rest()
    customer = world.company.get("Customer", holders[0]["quickbooks_id"])
    assert customer["PrimaryPhone"]["FreeFormNumber"] == "12"


def test_a_survivor_without_a_link_takes_the_others(world: World) -> None:
    world.connect()
    jane, customer = linked(world, "Jane")
    lone = world.contact("Lone", "Ranger")
    world.come_to_rest()
    assert world.record(hubspot_id=lone)["state"] == "excluded"
    world.portal.merge_contacts(lone, jane)
    world.come_to_rest()
    record = world.record(quickbooks_id=customer)
    assert (record["hubspot_id"], record["state"]) == (lone, "in_sync")
    assert len(world.names()) == 1


def test_merged_customers_the_survivors_contact_stays_and_the_other_is_shown(world: World) -> None:
    world.connect()
    jane, first = linked(world, "Jane")
    joan, second = linked(world, "Joan")
    world.company.merge_customers(first, second)
    world.come_to_rest()
    assert world.record(hubspot_id=jane)["quickbooks_id"] == first
    left = world.record(hubspot_id=joan)
    assert left["state"] == "excluded"
    assert "merged into" in left["message"]
    assert world.names() == ["Jane Roe"]


def test_a_customer_merged_into_an_unlinked_one_takes_its_contact_along(world: World) -> None:
    world.connect()
    jane, first = linked(world, "Jane")
    world.settings(direction="to_quickbooks")
    other = world.customer("Big Roe", GivenName="Jane", FamilyName="Roe")
    world.come_to_rest()
    world.company.merge_customers(other["Id"], first)
    world.come_to_rest()
    record = world.record(hubspot_id=jane)
    assert (record["quickbooks_id"], record["state"]) == (other["Id"], "in_sync")


def test_the_brake_stops_a_wipe(world: World) -> None:
    """Twelve contacts are archived at once: five customers at most go inactive before a person is asked."""
    world.connect(deletes="archive")
    ids = [world.contact(f"P{n}", "Roe", f"p{n}@roe.example") for n in range(12)]
    world.come_to_rest()
    for one in ids:
        world.portal.archive_contact(one)
    world.come_to_rest()
    assert len(world.names()) == 7
    [status] = world.ops("status")
    assert "archived or made inactive" in status["waits"]
    world.clock.ahead_s += 3_600
    world.ops("resume", world.ops("connections")[0]["connection"])
    world.come_to_rest()
    assert len(world.names()) == 2


def test_a_customer_that_may_not_be_made_inactive_counts_on_the_brake_once(world: World) -> None:
    """It has an open balance: QuickBooks refuses each try, and nothing is put away by them."""
    world.connect(deletes="archive")
    contact, customer = linked(world)
    world.item()
    world.invoice(customer)
    world.portal.archive_contact(contact)
    world.come_to_rest()
    for _ in range(7):
        world.later(500)
        world.come_to_rest()
    assert world.company.get("Customer", customer)["Active"]
    [status] = world.ops("status")
    assert "archived or made inactive" not in str(status["waits"])


def test_a_field_that_is_always_changed_back_becomes_a_conflict(world: World) -> None:
    """A workflow keeps setting the phone back: three writes within the hour, then a conflict instead of a loop."""
    world.connect()
    jane, customer = linked(world, phone="1")
    for _ in range(6):
        world.company.update("Customer", customer, {"PrimaryPhone": {"FreeFormNumber": "666"}})
        world.come_to_rest()
        world.portal.update_contact(jane, {"phone": "1"})
        world.come_to_rest()
    record = world.record(hubspot_id=jane)
    assert (record["state"], record["category"]) == ("failing", "conflict")
    assert "three times" in record["message"]


def test_what_no_sweep_sees_is_found_within_a_day(world: World) -> None:
    """A deletion, a merge and a moved company whose notices are all lost: the daily look at what is linked finds them,
    for one read a hundred records, and without a metered one."""
    world.connect(deletes="archive")
    acme, bolt = world.companies("Acme", "Bolt")
    moved, deleted, kept = (world.contact("P", str(n), f"p{n}@x.example", acme if n == 0 else None) for n in range(3))
    world.come_to_rest()
    customers = {one["hubspot_id"]: one["quickbooks_id"] for one in world.records()}
    world.hubspot.delivery.dials.drop = 100
    world.portal.dissociate(moved, acme)
    world.portal.associate(moved, bolt, primary=True)
    world.portal.archive_contact(deleted)
    world.come_to_rest()
    world.hubspot.delivery.dials.drop = 0
    world.clock.ahead_s += 86_400
    world.stack.run_schedule("sweep")
    world.come_to_rest()
    assert world.company.get("Customer", customers[moved])["DisplayName"] == "Bolt"
    assert world.company.get("Customer", customers[deleted])["Active"] is False
    assert world.record(hubspot_id=kept)["state"] == "in_sync"
    world.forget_calls()
    world.clock.ahead_s += 600
    world.stack.run_schedule("sweep")
    world.come_to_rest()
    assert not any(kept in call.body for call in world.hubspot.dials.calls()), "once a day is enough"
