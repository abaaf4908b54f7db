"""A change beside the contact, at its invoice, deal or company, moves it into or out of scope: noticed by itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from chalicelib.remember.connections import Connections, connection_id
from chalicelib.wiring import wiring
from local.stack import PORTAL_ID, REALM_ID
from tests.stories.world import World

NOT_DRAFT = {"property": "invoice.hs_invoice_status", "operator": "none_of", "values": ["draft"]}
WON = {"property": "deal.dealstage", "operator": "equals", "value": "closedwon"}
IN_TUCSON = {"property": "company.city", "operator": "equals", "value": "Tucson"}
INVOICE, DEAL = {"hs_currency": "USD"}, {"dealname": "Roof"}


def only_if(*conditions: dict[str, Any]) -> dict[str, Any]:
    return {"filters": {"to_quickbooks": [{"all": [one]} for one in conditions]}}


def jane(world: World, *conditions: dict[str, Any]) -> str:
    """A contact that no filter lets in yet, in a connected world."""
    world.connect(**only_if(*conditions))
    contact = world.contact("Jane", "Roe", "jane@roe.example")
    world.come_to_rest()
    assert world.record(hubspot_id=contact)["state"] == "excluded"
    return contact


def asked(world: World, *words: str) -> list[str]:
    """Calls to HubSpot whose path has any of these words."""
    return [call.path for call in world.hubspot.dials.calls() if any(word in call.path for word in words)]


def sweep(world: World) -> None:
    world.clock.ahead_s += 500  # more than the overlap; three of them are less than a token's life
    world.stack.run_schedule("sweep")
    world.come_to_rest()


def test_an_invoice_that_leaves_draft_makes_its_contact_a_customer(world: World) -> None:
    contact = jane(world, NOT_DRAFT)
    invoice = world.portal.create_record("invoices", INVOICE, contact)
    world.come_to_rest()
    assert world.record(hubspot_id=contact)["state"] == "excluded"
    world.forget_calls()
    world.portal.update_record("invoices", invoice, {"hs_invoice_status": "open"})
    world.come_to_rest()
    assert world.record(hubspot_id=contact)["state"] == "in_sync"
    assert world.names() == ["Jane Roe"]
    assert len(asked(world, "/associations/2026-09/invoices/contacts")) == 1
    assert not asked(world, "/search"), "nobody had to sweep for it"
    story = world.ops("why", "customer", contact)["story"]
    assert any("invoice" in sentence and "hs_invoice_status" in sentence for sentence in story), story


def test_another_apps_invoice_counts_as_a_persons(world: World) -> None:
    """Made and changed by the API, with the contact named at its creation."""
    contact = jane(world, NOT_DRAFT)
    types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 177}]
    body = {"properties": INVOICE, "associations": [{"to": {"id": contact}, "types": types}]}
    invoice = world.hubspot_api("POST", "/crm/objects/2026-09/invoices", body)["id"]
    changed = {"properties": {"hs_invoice_status": "open"}}
    world.hubspot_api("PATCH", f"/crm/objects/2026-09/invoices/{invoice}", changed)
    world.come_to_rest()
    assert world.record(hubspot_id=contact)["state"] == "in_sync"


def test_an_invoice_back_in_draft_takes_its_contact_out_of_scope(world: World) -> None:
    contact = jane(world, NOT_DRAFT)
    invoice = world.portal.create_record("invoices", {**INVOICE, "hs_invoice_status": "open"}, contact)
    world.come_to_rest()
    customer = world.record(hubspot_id=contact, state="in_sync")["quickbooks_id"]
    world.portal.update_record("invoices", invoice, {"hs_invoice_status": "draft"})
    world.come_to_rest()
    record = world.record(hubspot_id=contact)
    assert (record["state"], record["quickbooks_id"]) == ("excluded", customer)
    assert "invoice.hs_invoice_status" in record["message"]


@pytest.mark.parametrize(
    ("condition", "kind", "before", "after"),
    [
        (NOT_DRAFT, "invoices", INVOICE, {"hs_invoice_status": "open"}),
        (WON, "deals", DEAL, {"dealstage": "closedwon"}),
        (IN_TUCSON, "companies", {"name": "Roe"}, {"city": "Tucson"}),
    ],
    ids=["invoice", "deal", "company"],
)
def test_with_every_webhook_lost_one_sweep_finds_it_and_the_next_ones_ask_for_no_contact(
    world: World, condition: dict[str, Any], kind: str, before: dict[str, str], after: dict[str, str]
) -> None:
    """The rows that the overlap shows again have been seen, however quiet the portal is."""
    contact = jane(world, condition)
    beside = [world.portal.create_record(kind, before, contact) for _ in range(2)]
    world.come_to_rest()
    world.hubspot.delivery.dials.drop = 1_000
    for one in beside:
        world.portal.update_record(kind, one, after)
    world.come_to_rest()
    assert world.record(hubspot_id=contact)["state"] == "excluded"
    sweep(world)
    assert world.record(hubspot_id=contact)["state"] == "in_sync"
    sweep(world)
    world.forget_calls()
    sweep(world)
    assert asked(world, f"/{kind}/search"), "it was swept again"
    assert not asked(world, "/objects/2026-09/contacts/batch/read")


def test_many_deals_that_changed_at_once_are_seen_once(world: World) -> None:
    """An import stamps them within a minute; in a quiet portal every later sweep shows them all again."""
    contact = jane(world, WON)
    world.hubspot.delivery.dials.drop = 1_000
    for number in range(30):
        world.portal.create_record("deals", {"dealname": f"Roof {number}", "dealstage": "closedwon"}, contact)
    for _ in range(2):
        sweep(world)
    assert world.record(hubspot_id=contact)["state"] == "in_sync"
    world.forget_calls()
    sweep(world)
    assert asked(world, "/deals/search"), "it was swept again"
    assert not asked(world, "/objects/2026-09/contacts/batch/read")


@pytest.mark.parametrize(
    ("condition", "kind", "before", "after"),
    [(WON, "deals", DEAL, {"dealstage": "closedwon"}), (IN_TUCSON, "companies", {"name": "Roe"}, {"city": "Tucson"})],
    ids=["deal", "company"],
)
def test_a_deal_or_a_company_counts_as_an_invoice_does(
    world: World, condition: dict[str, Any], kind: str, before: dict[str, str], after: dict[str, str]
) -> None:
    """Any property that a filter names, if the app has subscribed to it."""
    world.hubspot.settings.subscribed = "all"
    contact = jane(world, condition)
    one = world.portal.create_record(kind, before, contact)
    world.come_to_rest()
    assert world.record(hubspot_id=contact)["state"] == "excluded"
    world.portal.update_record(kind, one, after)
    world.come_to_rest()
    assert world.record(hubspot_id=contact)["state"] == "in_sync"


@pytest.mark.parametrize(
    ("condition", "kind", "properties"),
    [
        (NOT_DRAFT, "invoices", {**INVOICE, "hs_invoice_status": "open"}),
        (WON, "deals", {**DEAL, "dealstage": "closedwon"}),
    ],
    ids=["invoice", "deal"],
)
def test_an_association_that_comes_or_goes_is_noticed(
    world: World, condition: dict[str, Any], kind: str, properties: dict[str, str]
) -> None:
    contact = jane(world, condition)
    one = world.portal.create_record(kind, properties)
    world.come_to_rest()
    assert world.record(hubspot_id=contact)["state"] == "excluded"
    world.portal.link_record(kind, one, contact)
    world.come_to_rest()
    assert world.record(hubspot_id=contact)["state"] == "in_sync"
    world.portal.unlink_record(kind, one, contact)
    world.come_to_rest()
    assert world.record(hubspot_id=contact)["state"] == "excluded"


def test_a_deleted_invoice_is_found_by_the_daily_look_and_its_return_at_once(world: World) -> None:
    """Its associations are deleted with it, so that its own event leads to nobody."""
    contact = jane(world, NOT_DRAFT)
    invoice = world.portal.create_record("invoices", {**INVOICE, "hs_invoice_status": "open"}, contact)
    world.come_to_rest()
    world.portal.archive_record("invoices", invoice)
    world.come_to_rest()
    assert world.record(hubspot_id=contact)["state"] == "in_sync"
    world.clock.ahead_s += 86_400
    world.stack.run_schedule("sweep")
    world.come_to_rest()
    assert world.record(hubspot_id=contact)["state"] == "excluded"
    world.portal.restore_record("invoices", invoice)
    world.come_to_rest()
    assert world.record(hubspot_id=contact)["state"] == "in_sync"


def test_who_filters_by_nothing_beside_pays_for_nothing_beside(world: World) -> None:
    """Events of deals, invoices and other properties of companies make no job, and a sweep does not search for them."""
    world.hubspot.settings.subscribed = "all"
    world.connect()
    company = world.portal.create_company({"name": "Roe"})
    contact = world.contact("Jane", "Roe", "jane@roe.example", company)
    world.come_to_rest()
    world.forget_calls()
    invoice = world.portal.create_record("invoices", INVOICE, contact)
    deal = world.portal.create_record("deals", DEAL, contact)
    world.portal.update_record("invoices", invoice, {"hs_invoice_status": "open"})
    world.portal.update_record("deals", deal, {"dealstage": "closedwon"})
    world.portal.update_company(company, {"industry": "RETAIL"})
    world.come_to_rest()
    assert world.said() == []
    sweep(world)
    assert not asked(world, "invoices", "deals")
    assert len(asked(world, "/search")) == 2


def test_two_hundred_invoices_at_once_fold_into_few_calls(unhurried: World) -> None:
    world = unhurried
    world.connect(**only_if(NOT_DRAFT))
    contacts = [world.contact(f"P{n}", "Roe", f"p{n}@roe.example") for n in range(50)]
    world.come_to_rest()
    invoices = [world.portal.create_record("invoices", INVOICE, contacts[n % 50]) for n in range(200)]
    world.come_to_rest()
    world.forget_calls()
    for one in invoices:
        world.portal.update_record("invoices", one, {"hs_invoice_status": "open"})
        world.portal.update_record("invoices", one, {"hs_comments": "Thank you"})
    world.come_to_rest()
    assert len(world.names()) == 50
    assert len(asked(world, "/associations/2026-09/invoices/contacts")) <= 8
    calls = len(world.hubspot.dials.calls())
    assert calls <= 80, world.said()


def test_a_portal_that_shows_no_invoices_does_not_stop_the_sweep(world: World) -> None:
    """Its contacts are not let in, and say why; changes of others are found all the same."""
    contact = jane(world, {"property": "lastname", "operator": "equals", "value": "Doe"}, NOT_DRAFT)
    world.hubspot.delivery.dials.drop = 1_000
    refused = {"status": "error", "category": "MISSING_SCOPES", "message": "This app lacks a scope."}
    world.dial("hubspot", do="status", path="/crm/objects/2026-09/invoices/search", status=403, json=refused, times=0)
    world.portal.update_contact(contact, {"lastname": "Doe"})
    sweep(world)
    assert asked(world, "/invoices/search")
    assert world.record(hubspot_id=contact)["state"] == "in_sync"


def test_each_object_has_a_cursor_of_its_own(world: World) -> None:
    """A newer stamp of an invoice says nothing about which contacts a search has seen. An object that no filter names
    any more has none: named again, it is swept from where the contacts' stands."""
    contact = jane(world, NOT_DRAFT)
    invoice = world.portal.create_record("invoices", INVOICE, contact)
    world.clock.ahead_s += 100
    world.portal.update_record("invoices", invoice, {"hs_comments": "Thank you"})
    sweep(world)
    held = cursors()
    assert held["contacts"] == stamp(world.portal.contact(contact)["lastmodifieddate"])
    assert held["invoices"] == stamp(world.portal.record("invoices", invoice)["hs_lastmodifieddate"])
    assert held["contacts"] + 99 < held["invoices"]
    world.settings(**only_if(WON))
    sweep(world)
    assert cursors().keys() == {"contacts", "companies", "deals"}


def cursors() -> dict[str, float]:
    held = Connections(wiring().table).get(connection_id(PORTAL_ID, REALM_ID))
    assert held is not None
    return {"contacts": held.hubspot_cursor, **held.hubspot_cursors}


def stamp(iso: str) -> float:
    return datetime.fromisoformat(iso).timestamp()


def test_an_invoice_that_the_sync_itself_mirrored_is_no_sign_of_a_sale_in_hubspot(world: World) -> None:
    """Else each customer who gets an invoice in QuickBooks would come into scope, and HubSpot's values over theirs."""
    world.connect(**only_if(NOT_DRAFT))
    world.item()
    contact = world.contact("Jane", "Roe", "jane@roe.example", phone="111")
    customer = world.customer("Jane Roe", "jane@roe.example", PrimaryPhone={"FreeFormNumber": "222"})["Id"]
    world.configure(contacts=only_if(NOT_DRAFT), products={}, invoices={})
    invoice = world.invoice(customer)
    world.come_to_rest()
    mirror = world.mirror(invoice)
    assert world.portal.linked("invoices", mirror, "contacts") == [contact]
    world.portal.update_contact(contact, {"phone": "333"})
    world.come_to_rest()
    assert world.company.get("Customer", customer)["PrimaryPhone"]["FreeFormNumber"] == "222"
    own = world.portal.create_record("invoices", INVOICE, contact)
    world.portal.update_record("invoices", own, {"hs_invoice_status": "open"})
    world.come_to_rest()
    assert world.company.get("Customer", customer)["PrimaryPhone"]["FreeFormNumber"] == "333"
