"""Two things at once, and looks that fail or run out of time halfway: both systems agree, and nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.jobs import ConnectionId, Job, Kind, Side
from chalicelib.remember.guards import MatchLeases
from chalicelib.wiring import wiring
from chalicelib.work import work
from tests.stories.world import CONNECTION, World

PHONE = {"hubspot": "phone", "quickbooks": "PrimaryPhone.FreeFormNumber"}
PLENTY_S, TOO_LITTLE_S = 100.0, 5.0
LOOK_CALLS = 4  # contacts, their companies, customers or a look-up, the write


def linked(world: World, **more: str) -> tuple[str, str]:
    contact = world.contact("Jane", "Roe", "jane@roe.example", **more)
    world.come_to_rest()
    return contact, world.record(hubspot_id=contact)["quickbooks_id"]


def hold(world: World) -> None:
    for vendor in (world.hubspot, world.quickbooks):
        vendor.delivery.dials.hold = True


def release(world: World) -> None:
    for vendor in (world.hubspot, world.quickbooks):
        vendor.delivery.release()
    world.come_to_rest()


def untold(vendor: Any, edit: Callable[[], object]) -> None:
    """An edit of which no notice comes."""
    vendor.delivery.dials.drop = 100
    edit()
    vendor.delivery.dials.drop = 0


def look(side: Side, record_id: str, cause: str, left_s: Callable[[], float]) -> None:
    """The worker's look at one record, with a watch of our own: it is asked once before each vendor call."""
    work(wiring(), [Job(ConnectionId(CONNECTION), Kind.CUSTOMER, side, record_id, cause)], left_s)


def running_out_after(calls: int) -> Callable[[], float]:
    """The function has time for so many calls, and for none after them."""
    asked = iter(range(calls))
    return lambda: TOO_LITTLE_S if next(asked, None) is None else PLENTY_S


def edit_customer(world: World, customer: str, **fields: str) -> None:
    """`PrimaryPhone="2"`, `Fax="5"`: the bookkeeper edits telephone numbers."""
    numbers = {name: {"FreeFormNumber": value} for name, value in fields.items()}
    world.company.update("Customer", customer, numbers)


def number(world: World, customer: str, field: str = "PrimaryPhone") -> str:
    return str((world.company.get("Customer", customer).get(field) or {}).get("FreeFormNumber", ""))


def assert_one_pair(world: World, contact: str, customer: str) -> None:
    """One contact, one customer, one record that either of them finds; an edit of each reaches the other."""
    assert [one["id"] for one in world.portal.contacts()] == [contact]
    assert [one["Id"] for one in world.company.customers()] == [customer]
    record = world.record()
    assert (record["hubspot_id"], record["quickbooks_id"], record["state"]) == (contact, customer, "in_sync")
    world.portal.update_contact(contact, {"phone": "901"})
    world.come_to_rest()
    edit_customer(world, customer, Fax="902")
    world.come_to_rest()
    assert number(world, customer) == "901"
    assert world.portal.contact(contact)["fax"] == "902"
    assert world.record()["state"] == "in_sync"


# --- links ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("direction", ["both", "to_quickbooks"])
def test_a_contact_and_a_customer_made_at_once_with_one_e_mail_become_one_pair(world: World, direction: str) -> None:
    """Both notices arrive together: whoever looks second finds the link, and makes nothing."""
    world.connect(direction=direction)
    hold(world)
    made = world.customer("Blue Door", "jane@roe.example", GivenName="Jane")
    jane = world.contact("Jane", "Roe", "jane@roe.example")
    release(world)
    world.later(61)
    assert [one["Id"] for one in world.company.customers()] == [made["Id"]]
    assert [one["id"] for one in world.portal.contacts()] == [jane]
    record = world.record()
    assert (record["hubspot_id"], record["quickbooks_id"], record["state"]) == (jane, made["Id"], "in_sync")


def test_a_link_that_a_contact_found_is_kept_though_the_update_after_it_fails(world: World) -> None:
    """The customer was there already, and refuses its first update: either side's next notice finds the one record."""
    made = world.customer("Blue Door", "jane@roe.example", GivenName="Jane")
    world.come_to_rest()
    world.connect()
    world.dial("quickbooks", path=".*/batch", body='"update"', do="status", status=503)
    jane = world.contact("Jane", "Roe", "jane@roe.example")
    world.come_to_rest()
    record = world.record()
    assert (record["hubspot_id"], record["quickbooks_id"]) == (jane, made["Id"])
    assert (record["state"], record["category"]) == ("failing", "vendor_down")
    edit_customer(world, made["Id"], Fax="55")
    world.come_to_rest()
    world.later(61)
    assert world.portal.contact(jane)["fax"] == "55"
    assert_one_pair(world, jane, made["Id"])


@pytest.mark.parametrize("refusing", ["hubspot", "quickbooks"])
def test_a_link_that_a_customer_found_is_kept_though_the_update_after_it_fails(world: World, refusing: str) -> None:
    """The contact was there already; an edit of it, right after the failure, makes no second customer."""
    jane = world.contact("Jane", "Roe", "jane@roe.example")
    world.come_to_rest()
    world.connect(conflict="quickbooks" if refusing == "hubspot" else "hubspot")
    path, body = (".*/batch/update", "") if refusing == "hubspot" else (".*/batch", '"update"')
    world.dial(refusing, path=path, body=body, do="status", status=503)
    made = world.customer("Blue Door", "jane@roe.example", GivenName="Janet")
    world.come_to_rest()
    record = world.record()
    assert (record["hubspot_id"], record["quickbooks_id"]) == (jane, made["Id"])
    assert (record["state"], record["category"]) == ("failing", "vendor_down")
    world.portal.update_contact(jane, {"phone": "77"})
    world.come_to_rest()
    world.later(61)
    assert number(world, made["Id"]) == "77"
    assert_one_pair(world, jane, made["Id"])


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


# --- looks that cross -------------------------------------------------------------------------------------------------


def test_a_look_that_was_put_off_is_not_taken_for_outdated(world: World) -> None:
    """An excluded contact gets an e-mail whose match key somebody else holds: the look comes again, and counts."""
    world.connect()
    jane = world.contact("Jane", "Roe")
    world.come_to_rest()
    assert world.record(hubspot_id=jane)["state"] == "excluded"
    until = world.clock() + 4
    key = ("quickbooks:999", "email:jane@roe.example")
    held = MatchLeases(wiring().table).take(ConnectionId(CONNECTION), Kind.CUSTOMER, [key], until, world.clock())
    assert "quickbooks:999" in held
    world.portal.update_contact(jane, {"email": "jane@roe.example"})
    world.come_to_rest()
    world.later(61)
    assert world.names() == ["Jane Roe"]
    assert world.record(hubspot_id=jane)["state"] == "in_sync"


@pytest.mark.parametrize(("call", "lost"), [(1, 0), (2, 0), (3, 0), (3, 100)])
def test_a_persons_edit_between_our_read_and_our_write_is_kept(world: World, call: int, lost: int) -> None:
    """Our write is stamped later than her edit. Her notice comes together with ours, or a sweep finds what it told."""
    world.connect()
    jane, customer = linked(world, phone="1")
    untold(world.quickbooks, lambda: edit_customer(world, customer, Fax="55"))
    world.hubspot.delivery.dials.hold = True
    asked = iter(range(100))

    def left_s() -> float:
        if next(asked) == call:
            world.portal.update_contact(jane, {"phone": "2"})
            world.hubspot.delivery.dials.drop = lost
        return PLENTY_S

    look(Side.QUICKBOOKS, customer, "QuickBooks customer updated", left_s)
    assert world.portal.contact(jane)["fax"] == "55"
    assert number(world, customer) == "1", "her edit came after we had read"
    world.hubspot.delivery.dials.drop = 0
    release(world)
    if lost:
        world.ops("sweep")
        world.come_to_rest()
    assert number(world, customer) == "2"
    assert world.portal.contact(jane)["phone"] == "2"
    assert world.record(hubspot_id=jane)["state"] == "in_sync"


def test_an_inactive_customer_is_not_written_to(world: World) -> None:
    """The contact's edit waits for the customer's return, and then arrives."""
    world.connect()
    jane, customer = linked(world, phone="1")
    world.company.inactivate("Customer", customer)
    world.come_to_rest()
    token = world.company.get("Customer", customer)["SyncToken"]
    world.portal.update_contact(jane, {"phone": "8"})
    world.come_to_rest()
    world.later(61)
    assert world.record(hubspot_id=jane)["state"] == "excluded"
    assert world.company.get("Customer", customer)["SyncToken"] == token
    assert number(world, customer) == "1"
    world.company.reactivate("Customer", customer)
    world.come_to_rest()
    assert number(world, customer) == "8"
    assert world.record(hubspot_id=jane)["state"] == "in_sync"


def test_a_customer_that_is_made_active_again_brings_the_edits_along(world: World) -> None:
    """A contact is edited and archived at once, then restored: its customer returns with the edit."""
    world.connect(deletes="archive")
    jane, customer = linked(world, phone="1")
    hold(world)
    world.portal.update_contact(jane, {"phone": "2"})
    world.portal.archive_contact(jane)
    release(world)
    assert not world.company.get("Customer", customer)["Active"]
    world.portal.restore_contact(jane)
    world.come_to_rest()
    world.later(61)
    assert world.company.get("Customer", customer)["Active"]
    assert number(world, customer) == "2"
    assert_one_pair(world, jane, customer)


# --- field rows -------------------------------------------------------------------------------------------------------


def test_a_field_row_that_is_new_is_synced(world: World) -> None:
    """What the customer holds there was never read: it is, before the row's first write and for every later one."""
    world.connect()
    jane, customer = linked(world, jobtitle="Boss")
    world.settings(fields=[{"hubspot": "jobtitle", "quickbooks": "Notes", "direction": "to_quickbooks"}])
    world.later(61)
    assert world.company.get("Customer", customer)["Notes"] == "Boss"
    world.portal.update_contact(jane, {"jobtitle": "CEO"})
    world.come_to_rest()
    assert world.company.get("Customer", customer)["Notes"] == "CEO"
    assert world.record(hubspot_id=jane)["state"] == "in_sync"


def test_a_field_row_that_is_switched_on_again_brings_what_was_edited_meanwhile(world: World) -> None:
    """While it was off, nothing of it flowed; the customer is read again once it is on."""
    world.connect()
    jane, customer = linked(world, phone="1")
    world.settings(fields=[{**PHONE, "enabled": False}])
    edit_customer(world, customer, PrimaryPhone="222")
    world.come_to_rest()
    assert world.portal.contact(jane)["phone"] == "1"
    world.settings(fields=[])
    world.later(61)
    assert world.portal.contact(jane)["phone"] == "222"
    assert number(world, customer) == "222"


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


# --- the brake --------------------------------------------------------------------------------------------------------


def test_the_brake_counts_blanked_fields(world: World) -> None:
    """`clears`: twelve phones are blanked at once, and five are passed on before a person is asked."""
    world.connect(fields=[{**PHONE, "clears": True}])
    ids = [world.contact(f"P{n}", "Roe", f"p{n}@roe.example", phone="5") for n in range(12)]
    world.come_to_rest()
    for one in ids:
        world.portal.update_contact(one, {"phone": ""})
    world.come_to_rest()
    customers = [one["Id"] for one in world.company.customers()]
    assert sorted(number(world, one) for one in customers) == [""] * 5 + ["5"] * 7
    [status] = world.ops("status")
    assert "archived or made inactive" in status["waits"]
