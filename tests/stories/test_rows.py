"""Rows of the settings at work: values that one side is born with, long ones, and pairs that a filter has let go."""

from __future__ import annotations

from typing import Any

from chalicelib.quickbooks import models as quickbooks
from local.stack import REALM_ID
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


def test_what_waits_for_a_reconnect_says_so_and_nothing_of_its_old_trouble(world: World) -> None:
    """Her name was taken; then access was lost. What she waits for now is the reconnect, and how to make it is said."""
    world.connect()
    world.company.create("Vendor", {"DisplayName": "Jane Roe"})
    jane = world.contact("Jane", "Roe", "jane@roe.example")
    world.come_to_rest()
    assert world.record(hubspot_id=jane)["category"] == "name_taken"
    world.quickbooks.disconnect(REALM_ID)
    world.contact("John", "Doe", "john@doe.example")
    world.come_to_rest()
    world.portal.update_contact(jane, {"phone": "1"})
    world.come_to_rest()
    record = world.record(hubspot_id=jane)
    assert (record["state"], record["category"]) == ("pending", "reconnect_needed")
    assert "ops connect" in record["fix"]
    assert "How to fix it: Connect again" in world.ops("why", "customer", jane)["story"][-1]


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


ROWS: list[tuple[str, str, dict[str, Any]]] = [  # type in HubSpot, path in QuickBooks, what else the row says
    ("bool", "Taxable", {}),
    ("string", "Active", {"direction": "to_hubspot"}),
    ("number", "Balance", {"direction": "to_hubspot"}),
    ("string", "BalanceWithJobs", {"direction": "to_hubspot"}),
    ("date", "OpenBalanceDate", {"direction": "to_hubspot"}),
    ("datetime", "MetaData.CreateTime", {"direction": "to_hubspot"}),
    ("bool", "IsProject", {"direction": "to_hubspot"}),
    ("string", "PreferredDeliveryMethod", {"direction": "to_hubspot"}),
    ("date", "AlternatePhone.FreeFormNumber", {"transform": [{"date": "%d.%m.%Y"}]}),
    ("number", "ResaleNum", {"transform": [{"number": 2}]}),
    ("number", "Suffix", {"direction": "to_quickbooks"}),
    ("datetime", "Notes", {"direction": "to_quickbooks"}),
    ("bool", "Title", {"transform": [{"map": {"true": "VIP", "false": "none"}}]}),
    ("date", "MiddleName", {"direction": "to_quickbooks"}),
]
FROM_HUBSPOT = {  # by type: two values, each as HubSpot takes it
    "bool": ("true", "false"), "number": ("1200.5", "-3"), "date": ("2026-11-20", "2026-02-28"),
    "datetime": ("2026-11-20T08:30:00Z", "1790000000000"), "string": ("Print", "Email"),
}  # fmt: skip
FROM_QUICKBOOKS: dict[str, tuple[Any, Any]] = {  # by path, where it may be written: two values
    "Taxable": (True, False), "PreferredDeliveryMethod": ("Print", "Email"), "ResaleNum": ("7.50", "0.10"),
    "AlternatePhone.FreeFormNumber": ("01.02.2026", "28.02.2026"), "Title": ("VIP", "none"),
}  # fmt: skip
IN_QUICKBOOKS = (  # after HubSpot's edit
    {"Taxable": "true", "AlternatePhone.FreeFormNumber": "20.11.2026", "ResaleNum": "1200.50", "Suffix": "1200.5",
     "Notes": "2026-11-20T08:30:00.000Z", "Title": "VIP", "MiddleName": "2026-11-20"},
    {"Taxable": "false", "AlternatePhone.FreeFormNumber": "28.02.2026", "ResaleNum": "-3.00", "Suffix": "-3",
     "Notes": "2026-09-21T14:13:20.000Z", "Title": "none", "MiddleName": "2026-02-28"},
)  # fmt: skip
IN_HUBSPOT = (  # after QuickBooks' edit
    {"Taxable": "true", "PreferredDeliveryMethod": "Print", "AlternatePhone.FreeFormNumber": "2026-02-01",
     "ResaleNum": "7.5", "Title": "true"},
    {"Taxable": "false", "PreferredDeliveryMethod": "Email", "AlternatePhone.FreeFormNumber": "2026-02-28",
     "ResaleNum": "0.1", "Title": "false"},
)  # fmt: skip
FIELD_TYPES = {"bool": "booleancheckbox", "number": "number", "date": "date", "datetime": "date", "string": "text"}


def test_every_row_that_the_check_lets_pass_works_both_ways_and_comes_to_rest(world: World) -> None:
    """Each type with each that it may be joined with: nothing fails, nothing is written only to be written again."""
    world.hubspot.settings.subscribed = "all"
    rows = []
    for number, (kind, path, more) in enumerate(ROWS):
        choices = [{"label": one, "value": one, "displayOrder": 0, "hidden": False} for one in ("true", "false")]
        body = {"name": f"p{number}", "label": f"P {number}", "groupName": "contactinformation", "type": kind,
                "fieldType": FIELD_TYPES[kind], **({"options": choices} if kind == "bool" else {})}  # fmt: skip
        world.hubspot_api("POST", "/crm/properties/2026-09/contacts", body)
        rows.append({"hubspot": f"p{number}", "quickbooks": path, **more})
    world.connect(fields=rows)
    made = world.customer("Old Roe", "old@roe.example", OpenBalanceDate="2026-01-31", Balance=12.5, Taxable=True)
    jane = world.contact("Jane", "Roe", "jane@roe.example",
                         **{f"p{number}": FROM_HUBSPOT[kind][0] for number, (kind, *_) in enumerate(ROWS)})  # fmt: skip
    world.come_to_rest()
    old = world.record(quickbooks_id=made["Id"])["hubspot_id"]
    born = {path: world.portal.contact(old).get(f"p{n}") for n, (_, path, _) in enumerate(ROWS)}
    assert (born["Balance"], born["BalanceWithJobs"], born["OpenBalanceDate"]) == ("12.5", "12.5", "2026-01-31")
    assert (born["IsProject"], born["Active"], born["MetaData.CreateTime"][-1]) == ("false", "true", "Z")
    for turn in (1, 0, 1):
        for contact in (jane, old):
            world.portal.update_contact(
                contact,
                {f"p{number}": FROM_HUBSPOT[kind][turn] for number, (kind, _, more) in enumerate(ROWS)
                 if more.get("direction") != "to_hubspot"},
            )  # fmt: skip
            world.come_to_rest()
            assert world.record(hubspot_id=contact)["message"] == ""
            customer = quickbooks.Customer.read(customer_of(world, contact))
            assert {path: customer.text(path) for path in IN_QUICKBOOKS[turn]} == IN_QUICKBOOKS[turn]
            body: dict[str, Any] = {}
            for path, values in FROM_QUICKBOOKS.items():
                parent, _, leaf = path.partition(".")
                body[parent] = {leaf: values[turn]} if leaf else values[turn]
            world.company.update("Customer", customer_of(world, contact)["Id"], body)
            world.come_to_rest()
            assert world.record(hubspot_id=contact)["message"] == ""
            arrived = {path: world.portal.contact(contact)[f"p{n}"] for n, (_, path, _) in enumerate(ROWS)}
            assert arrived | IN_HUBSPOT[turn] == arrived
            world.forget_calls()
            world.ops("retry", "customer", contact)
            world.come_to_rest()
            assert [call.path for call in world.calls() if call.path.endswith(("/batch", "/batch/update"))] == []
