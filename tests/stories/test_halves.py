"""Looks that fail or run out of time halfway: what they leave behind harms nobody, and nothing is lost."""

from __future__ import annotations

from chalicelib.jobs import Side
from tests.stories.edits import (
    assert_one_pair,
    edit_customer,
    linked,
    look,
    number,
    running_out_after,
    untold,
)
from tests.stories.world import World

LOOK_CALLS = 4  # contacts, their companies, customers or a look-up, the write


# --- out of time ------------------------------------------------------------------------------------------------------


def people(world: World, **more: str) -> list[str]:
    """One contact for each call that a look may end before, and one for a look that ends after all of them."""
    return [world.contact("Jane", str(n), f"jane{n}@roe.example", **more) for n in range(LOOK_CALLS + 1)]


def assert_in_sync(world: World, contacts: list[str], phone: str) -> None:
    """One customer each, with this phone on both sides."""
    assert len(world.records()) == len(world.names()) == len(world.portal.contacts()) == len(contacts)
    for calls, one in enumerate(contacts):
        record = world.record(hubspot_id=one)
        assert record["state"] == "in_sync", calls
        phones = (world.portal.contact(one)["phone"], number(world, record["quickbooks_id"]))
        assert phones == (phone, phone), calls


def test_a_contacts_edit_survives_a_look_that_runs_out_of_time(world: World) -> None:
    """Before whichever call the function's time ends, the edit reaches the customer later."""
    world.connect()
    contacts = people(world, phone="1")
    world.come_to_rest()
    for calls, one in enumerate(contacts):
        untold(world.hubspot, lambda one=one: world.portal.update_contact(one, {"phone": "2"}))
        look(Side.HUBSPOT, one, "HubSpot contact propertyChange phone", running_out_after(calls))
    world.later(61)
    world.later(61)
    assert_in_sync(world, contacts, "2")


def test_a_customers_edit_survives_a_look_that_runs_out_of_time(world: World) -> None:
    """Before whichever call the function's time ends, the edit reaches the contact later."""
    world.connect()
    contacts = people(world, phone="1")
    world.come_to_rest()
    for calls, one in enumerate(contacts):
        customer = world.record(hubspot_id=one)["quickbooks_id"]
        untold(world.quickbooks, lambda customer=customer: edit_customer(world, customer, PrimaryPhone="2"))
        look(Side.QUICKBOOKS, customer, "QuickBooks customer updated", running_out_after(calls))
    world.later(61)
    world.later(61)
    assert_in_sync(world, contacts, "2")


def test_a_new_contact_survives_a_look_that_runs_out_of_time(world: World) -> None:
    """Before whichever call the function's time ends, there is one customer in the end."""
    world.connect()
    world.hubspot.delivery.dials.drop = 100
    contacts = people(world, phone="1")
    world.hubspot.delivery.dials.drop = 0
    for calls, one in enumerate(contacts):
        look(Side.HUBSPOT, one, "HubSpot contact creation", running_out_after(calls))
    world.later(61)
    world.later(61)
    assert_in_sync(world, contacts, "1")


# --- what a failed look leaves ----------------------------------------------------------------------------------------


def test_a_value_that_a_failed_write_would_have_left_is_later_an_edit_like_any_other(world: World) -> None:
    """Our write of it failed and was taken back; when the bookkeeper sets the same value, it is hers."""
    world.connect()
    jane, customer = linked(world, phone="1")
    world.dial("quickbooks", path=".*/batch", body='"update"', do="status", status=503)
    world.portal.update_contact(jane, {"phone": "2"})
    world.come_to_rest()
    assert world.record(hubspot_id=jane)["category"] == "vendor_down"
    world.portal.update_contact(jane, {"phone": "1"})
    world.come_to_rest()
    world.later(61)
    assert world.record(hubspot_id=jane)["state"] == "in_sync"
    world.clock.ahead_s += 3000
    edit_customer(world, customer, PrimaryPhone="2")
    world.come_to_rest()
    assert world.portal.contact(jane)["phone"] == "2"
    assert number(world, customer) == "2"


def test_a_name_that_a_failed_write_would_have_given_is_free_for_others(world: World) -> None:
    """The renaming failed and was taken back: another company's contact may have the name."""
    world.connect()
    acme, other = world.companies("Acme", "Gamma")
    world.contact("Jane", "Roe", "jane@roe.example", acme)
    world.come_to_rest()
    world.dial("quickbooks", path=".*/batch", body='"update"', do="status", status=503)
    world.portal.update_company(acme, {"name": "Beta"})
    world.come_to_rest()
    world.portal.update_company(acme, {"name": "Acme"})
    world.come_to_rest()
    world.later(61)
    world.portal.update_company(other, {"name": "Beta"})
    john = world.contact("John", "Doe", "john@doe.example", other)
    world.come_to_rest()
    assert world.names() == ["Acme", "Beta"]
    assert world.record(hubspot_id=john)["state"] == "in_sync"


def test_a_privacy_deletion_survives_a_look_that_failed(world: World) -> None:
    """Only its notice tells of it: the next look, an hour later, still knows, and makes nothing again."""
    world.connect()
    jane, customer = linked(world, phone="1")
    world.dial("hubspot", path=".*/batch/read", do="status", status=503)
    world.portal.gdpr_delete_contact(jane)
    world.come_to_rest()
    assert world.record()["category"] == "vendor_down"
    world.later(3600)
    record = world.record(quickbooks_id=customer)
    assert record["state"] == "excluded"
    assert "privacy" in record["message"]
    edit_customer(world, customer, PrimaryPhone="5")
    world.come_to_rest()
    assert world.portal.contacts() == []


def test_a_merge_of_customers_survives_a_look_that_failed(world: World) -> None:
    """Only its notice tells the survivor: the contact goes along an hour later."""
    world.connect()
    jane, customer = linked(world, phone="1")
    world.settings(direction="to_quickbooks")
    other = world.customer("Big Roe", GivenName="Jane", FamilyName="Roe")
    world.come_to_rest()
    world.dial("hubspot", path=".*/batch/read", do="status", status=503)
    world.company.merge_customers(other["Id"], customer)
    world.come_to_rest()
    world.later(3600)
    record = world.record(hubspot_id=jane)
    assert (record["quickbooks_id"], record["state"]) == (other["Id"], "in_sync")


# --- creates ----------------------------------------------------------------------------------------------------------


def lost_create(world: World) -> tuple[str, str]:
    """A contact whose customer was made, of which neither answer nor notice came; more than an hour ago."""
    world.quickbooks.delivery.dials.drop = 1
    world.dial("quickbooks", path=".*/batch", body='"create"', do="lose_answer")
    jane = world.contact("Jane", "Roe")  # nothing but the name to find the customer by
    world.come_to_rest()
    [customer] = world.company.customers()
    assert world.record(hubspot_id=jane)["quickbooks_id"] is None
    world.clock.ahead_s += 3700
    return jane, str(customer["Id"])


def test_an_old_create_whose_outcome_is_unknown_makes_no_duplicate(world: World) -> None:
    """Too old to be sent again, and its contact has another name by now: found by the name that it left with."""
    world.connect(without_email="include")
    jane, customer = lost_create(world)
    edit_customer(world, customer, Fax="55")
    world.come_to_rest()
    world.portal.update_contact(jane, {"lastname": "Smith"})
    world.come_to_rest()
    world.later(61)
    assert world.names() == ["Jane Smith"]
    assert world.portal.contact(jane)["fax"] == "55"
    assert_one_pair(world, jane, customer)


def test_an_old_create_is_closed_when_its_contact_is_gone_meanwhile(world: World) -> None:
    """Its customer is not kept waiting for ever, and makes no contact of its own."""
    world.connect(without_email="include")
    jane, customer = lost_create(world)
    edit_customer(world, customer, Fax="55")
    world.come_to_rest()
    world.portal.archive_contact(jane)
    world.come_to_rest()
    world.later(61)
    record = world.record()
    assert (record["hubspot_id"], record["quickbooks_id"], record["state"]) == (jane, customer, "excluded")
    assert "archived in HubSpot" in record["message"]
    assert world.portal.contacts() == []
    assert world.names() == ["Jane Roe"]


def test_a_create_that_is_refused_for_something_inactive_fails_alone_and_is_tried_again(world: World) -> None:
    """Error 610 of an update means that the customer is gone; of a create it means nothing of the kind."""
    world.connect()
    error = {"code": "610", "Message": "Object Not Found", "Detail": "Something you're trying to use is inactive."}
    reply = {"BatchItemResponse": [{"bId": "0", "Fault": {"type": "ValidationFault", "Error": [error]}}]}
    world.dial("quickbooks", path=".*/batch", body='"create"', do="answer", status=200, json=reply)
    jane = world.contact("Jane", "Roe", "jane@roe.example")
    world.come_to_rest()
    record = world.record(hubspot_id=jane)
    assert (record["state"], record["quickbooks_id"]) == ("failing", None)
    assert "inactive" in record["message"]
    world.later(3700)
    assert world.names() == ["Jane Roe"]
    assert world.record(hubspot_id=jane)["state"] == "in_sync"
