"""Rows of the settings at work: values that one side is born with, long ones, and pairs that a filter has let go."""

from __future__ import annotations

from typing import Any

from tests.stories.world import World

BORN_IN_QUICKBOOKS = {"hubspot": "jobtitle", "quickbooks": "Id", "direction": "to_hubspot"}
BORN_IN_HUBSPOT = {"hubspot": "hs_object_id", "quickbooks": "ResaleNum", "direction": "to_quickbooks"}
CANADA = {"to_hubspot": [{"all": [{"property": "BillAddr.Country", "operator": "equals", "value": "Canada"}]}]}


def customer_of(world: World, contact: str) -> Any:
    return world.company.get("Customer", world.record(hubspot_id=contact)["quickbooks_id"])


def test_what_quickbooks_gives_a_new_customer_crosses_to_the_contact_it_was_made_from(world: World) -> None:
    """Its own id, say: nobody edits it later, so that the first look after the create must carry it."""
    world.connect(fields=[BORN_IN_QUICKBOOKS])
    jane = world.contact("Jane", "Roe", "jane@roe.example")
    world.come_to_rest()
    assert world.portal.contact(jane).get("jobtitle") == customer_of(world, jane)["Id"]
    world.forget_calls()
    world.portal.update_contact(jane, {"city": "Ulm"})
    world.come_to_rest()
    assert [call.path for call in world.calls() if call.path.endswith("/batch/update")] == []


def test_what_hubspot_gives_a_new_contact_crosses_to_the_customer_it_was_made_from(world: World) -> None:
    world.connect(fields=[BORN_IN_HUBSPOT])
    made = world.customer("Roe", "jane@roe.example")
    world.come_to_rest()
    contact = world.record(quickbooks_id=made["Id"])["hubspot_id"]
    assert customer_of(world, contact).get("ResaleNum") == contact


def test_a_pair_that_quickbooks_filter_let_go_stays_out_whatever_changes_in_hubspot(world: World) -> None:
    """The customer is not read for each change in HubSpot; that it is out of scope is known all the same."""
    world.connect(filters=CANADA)
    made = world.customer("Roe", "jane@roe.example", BillAddr={"Country": "Canada"})
    world.come_to_rest()
    contact = world.record(quickbooks_id=made["Id"])["hubspot_id"]
    world.company.update("Customer", made["Id"], {"BillAddr": {"Country": "Chile"}})
    world.come_to_rest()
    assert world.record(hubspot_id=contact)["state"] == "excluded"
    for phone in ("1", "2"):
        world.portal.update_contact(contact, {"phone": phone})
        world.come_to_rest()
        assert world.record(hubspot_id=contact)["state"] == "excluded"
        assert "PrimaryPhone" not in customer_of(world, contact)
    world.company.update("Customer", made["Id"], {"BillAddr": {"Country": "Canada"}})
    world.come_to_rest()
    assert customer_of(world, contact)["PrimaryPhone"] == {"FreeFormNumber": "2"}


def test_a_long_text_in_conflict_crosses_as_itself_once_the_other_side_gives_way(world: World) -> None:
    """It is held as a digest; what crosses is the text."""
    world.connect(conflict="ask", fields=[{"hubspot": "jobtitle", "quickbooks": "Notes"}])
    jane = world.contact("Jane", "Roe", "jane@roe.example", jobtitle="Boss")
    world.come_to_rest()
    long = "Call before noon. " * 20
    for vendor in (world.hubspot, world.quickbooks):
        vendor.delivery.dials.hold = True
    world.company.update("Customer", customer_of(world, jane)["Id"], {"Notes": long.strip()})
    world.portal.update_contact(jane, {"jobtitle": "Chief"})
    for vendor in (world.hubspot, world.quickbooks):
        vendor.delivery.dials.hold = False
        vendor.delivery.release()
    world.come_to_rest()
    assert world.record(hubspot_id=jane)["state"] == "parked"
    world.portal.update_contact(jane, {"jobtitle": "Boss"})
    world.come_to_rest()
    assert world.portal.contact(jane)["jobtitle"] == long.strip()
    assert customer_of(world, jane)["Notes"] == long.strip()


def test_a_row_of_ones_own_gives_a_new_customer_its_display_name(world: World) -> None:
    """The default row is off: the name is the mapped property's from the first day, as it is after each change."""
    off = {"hubspot": "display name", "quickbooks": "DisplayName", "direction": "to_quickbooks", "enabled": False}
    own = {"hubspot": "jobtitle", "quickbooks": "DisplayName", "direction": "to_quickbooks"}
    world.connect(fields=[off, own])
    jane = world.contact("Jane", "Roe", "jane@roe.example", jobtitle="Roe of Ulm")
    nameless = world.contact("No", "Title", "no@title.example")
    world.come_to_rest()
    assert customer_of(world, jane)["DisplayName"] == "Roe of Ulm"
    assert customer_of(world, nameless)["DisplayName"] == "No Title"
    world.portal.update_contact(jane, {"jobtitle": "Roe of Bonn"})
    world.come_to_rest()
    assert customer_of(world, jane)["DisplayName"] == "Roe of Bonn"


def test_an_order_about_a_kind_that_is_off_is_refused_and_does_not_wait_for_its_return(world: World) -> None:
    world.connect()
    jane = world.contact("Jane", "Roe", "jane@roe.example", phone="1")
    world.come_to_rest()
    world.portal.update_contact(jane, {"phone": "2"})
    world.come_to_rest()
    world.settings(enabled=False)
    said = world.ops("undo", "customer", jane, code=1)
    [refused] = said["refused"]
    assert "switched off" in refused["why"]
    assert "tried again" not in refused["why"]
    world.settings(enabled=True)
    assert customer_of(world, jane)["PrimaryPhone"] == {"FreeFormNumber": "2"}


def test_an_undo_that_came_too_late_does_not_claim_the_ordinary_write_of_that_look(world: World) -> None:
    """HubSpot was edited again, and nobody has told yet: the new value goes its way, the old one does not return."""
    world.connect()
    jane = world.contact("Jane", "Roe", "jane@roe.example", phone="1")
    world.come_to_rest()
    world.portal.update_contact(jane, {"phone": "2"})
    world.come_to_rest()
    world.hubspot.delivery.dials.drop = 100
    world.portal.update_contact(jane, {"phone": "3"})
    world.hubspot.delivery.dials.drop = 0
    said = world.ops("undo", "customer", jane, code=1)
    assert said["undone"] == []
    assert "is '3' now" in said["refused"][0]["why"]
    assert customer_of(world, jane)["PrimaryPhone"] == {"FreeFormNumber": "3"}
