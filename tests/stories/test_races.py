"""Two things at once: both systems agree, and nothing is lost."""

from __future__ import annotations

import pytest

from chalicelib.jobs import ConnectionId, Kind, Side
from chalicelib.remember.guards import MatchLeases
from chalicelib.wiring import wiring
from tests.stories.edits import (
    PLENTY_S,
    assert_one_pair,
    edit_customer,
    hold,
    linked,
    look,
    number,
    release,
    untold,
)
from tests.stories.world import CONNECTION, World

PHONE = {"hubspot": "phone", "quickbooks": "PrimaryPhone.FreeFormNumber"}


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
    world.dial(refusing, path=path, body=body, do="status", status=503, times=0)
    made = world.customer("Blue Door", "jane@roe.example", GivenName="Janet")
    world.come_to_rest()
    record = world.record()
    assert (record["hubspot_id"], record["quickbooks_id"]) == (jane, made["Id"])
    assert (record["state"], record["category"]) == ("failing", "vendor_down")
    getattr(world, refusing).dials.clear()
    world.portal.update_contact(jane, {"phone": "77"})
    world.come_to_rest()
    world.later(61)
    assert number(world, made["Id"]) == "77"
    assert_one_pair(world, jane, made["Id"])


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
