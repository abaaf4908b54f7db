"""Deals and invoices beside contacts: their records, links and events (reference, sections 3.2, 3.3, 4 and 5)."""

from __future__ import annotations

import json

import pytest
from werkzeug.test import Client

from local.hubspot import HubSpot, Portal

OBJECTS = "/crm/objects/2026-09"
LINKS = "/crm/associations/2026-09"
NEW = {"deals": {"dealname": "Roof"}, "invoices": {"hs_currency": "USD"}}


@pytest.fixture
def ana(portal: Portal) -> str:
    return portal.create_contact({"firstname": "Ana"})


def types(*type_ids: int) -> list[dict]:
    return [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": one} for one in type_ids]


def linked(api, kind: str, *ids: str) -> dict[str, list[str]]:
    """The contacts of these records."""
    body = api.post(f"{LINKS}/{kind}/contacts/batch/read", {"inputs": [{"id": one} for one in ids]}).get_json()
    return {one["from"]["id"]: [str(to["toObjectId"]) for to in one["to"]] for one in body["results"]}


@pytest.mark.parametrize(
    ("kind", "word", "type_id", "to_contact"), [("deals", "deal", "0-3", 3), ("invoices", "invoice", "0-53", 177)]
)
def test_a_record_is_made_with_its_contact_read_and_changed(api, ana, kind, word, type_id, to_contact):
    """An inline association says by its type id what it is to."""
    wanted = [{"to": {"id": ana}, "types": types(to_contact)}]
    made = api.post(f"{OBJECTS}/{kind}", {"properties": NEW[kind], "associations": wanted})
    assert made.status_code == 201
    own_id = made.get_json()["id"]
    assert linked(api, kind, own_id) == {own_id: [ana]}
    shown = api.get(f"{OBJECTS}/contacts/{ana}?associations={kind}").get_json()["associations"]
    assert shown == {kind: {"results": [{"id": own_id, "type": f"contact_to_{word}"}]}}
    name = "dealname" if kind == "deals" else "hs_comments"
    assert api.patch(f"{OBJECTS}/{kind}/{own_id}", {"properties": {name: "Barn"}}).status_code == 200
    read = api.get(f"{OBJECTS}/{type_id}/{own_id}?properties={name},hs_createdate").get_json()["properties"]
    assert (read[name], bool(read["hs_createdate"])) == ("Barn", True)


@pytest.mark.parametrize(
    ("kind", "word", "from_contact", "to_contact"), [("deals", "deal", 4, 3), ("invoices", "invoice", 178, 177)]
)
def test_links_have_their_own_types_and_no_primary_one(api, portal, ana, kind, word, from_contact, to_contact):
    own_id = portal.create_record(kind, NEW[kind])
    both = api.put(f"{OBJECTS}/contacts/{ana}/associations/default/{word}/{own_id}").get_json()["results"]
    assert [one["associationSpec"]["associationTypeId"] for one in both] == [from_contact, to_contact]
    page = api.get(f"{OBJECTS}/{kind}/{own_id}/associations/contacts").get_json()["results"]
    assert [[one["typeId"] for one in to["associationTypes"]] for to in page] == [[to_contact]]
    assert api.put(f"{OBJECTS}/contacts/{ana}/associations/{kind}/{own_id}", types(1)).status_code == 400
    assert api.delete(f"{OBJECTS}/contacts/{ana}/associations/{kind}/{own_id}").status_code == 204
    assert linked(api, kind, own_id) == {}
    assert portal.primary_company(ana) is None


def test_what_changed_since_is_found_by_its_stamp(api, hub: HubSpot, portal: Portal, clock):
    old = portal.create_record("invoices", NEW["invoices"])
    clock.advance(100)
    new = portal.create_record("invoices", NEW["invoices"])
    filters = [{"propertyName": "hs_lastmodifieddate", "operator": "GTE", "value": str(round(clock.at * 1000))}]
    clock.advance(hub.settings.index_lag_s)
    found = api.post(f"{OBJECTS}/invoices/search", {"filterGroups": [{"filters": filters}]}).get_json()["results"]
    assert [one["id"] for one in found] == [new]
    assert portal.record("invoices", old)["hs_invoice_status"] == "draft"


@pytest.mark.parametrize("style", ["legacy", "generic"])
def test_invoices_have_generic_events_only(hub: HubSpot, portal: Portal, events, style):
    hub.settings.payload_style = style
    own_id = portal.create_record("invoices", NEW["invoices"])
    portal.update_record("invoices", own_id, {"hs_invoice_status": "open", "hs_comments": "nobody subscribed"})
    portal.archive_record("invoices", own_id)
    portal.restore_record("invoices", own_id)
    told = events()
    assert [one["subscriptionType"] for one in told] == [
        "object.creation", "object.propertyChange", "object.propertyChange", "object.deletion", "object.restore",
    ]  # fmt: skip
    assert {(one["objectTypeId"], one["objectId"]) for one in told} == {("0-53", int(own_id))}
    assert [one["propertyValue"] for one in told if "propertyName" in one] == ["draft", "open"]


def test_deals_have_events_of_their_own(hub: HubSpot, portal: Portal, events):
    own_id = portal.create_record("deals", NEW["deals"])
    events()
    portal.update_record("deals", own_id, {"dealstage": "closedwon"})
    hub.settings.payload_style = "generic"
    portal.update_record("deals", own_id, {"dealstage": "closedlost"})
    assert [(one["subscriptionType"], one.get("objectTypeId")) for one in events()] == [
        ("deal.propertyChange", None),
        ("object.propertyChange", "0-3"),
    ]


def test_an_association_with_a_deal_is_told_from_both_ends(portal: Portal, events, ana):
    own_id = portal.create_record("deals", NEW["deals"])
    events()
    portal.link_record("deals", own_id, ana)
    portal.unlink_record("deals", own_id, ana)
    names = ("associationType", "fromObjectId", "toObjectId", "associationRemoved")
    told = [tuple(one[name] for name in names) for one in events()]
    assert told == [
        ("CONTACT_TO_DEAL", int(ana), int(own_id), False),
        ("DEAL_TO_CONTACT", int(own_id), int(ana), False),
        ("CONTACT_TO_DEAL", int(ana), int(own_id), True),
        ("DEAL_TO_CONTACT", int(own_id), int(ana), True),
    ]


def test_an_association_with_an_invoice_is_told_from_both_ends_generically(portal: Portal, events, ana):
    own_id = portal.create_record("invoices", NEW["invoices"], ana)
    links = [one for one in events() if one["subscriptionType"] == "object.associationChange"]
    names = ("fromObjectTypeId", "fromObjectId", "toObjectTypeId", "toObjectId", "associationTypeId")
    assert [tuple(one[name] for name in names) for one in links] == [
        ("0-1", int(ana), "0-53", int(own_id), 178),
        ("0-53", int(own_id), "0-1", int(ana), 177),
    ]
    assert not any(one["isPrimaryAssociation"] or one["associationRemoved"] for one in links)


@pytest.mark.parametrize("kind", ["deals", "invoices"])
def test_an_app_that_subscribed_to_nothing_of_them_hears_nothing(hub: HubSpot, portal: Portal, events, ana, kind):
    hub.settings.subscribed = {"contacts": ["email"], "companies": []}
    events()
    own_id = portal.create_record(kind, NEW[kind], ana)
    portal.archive_record(kind, own_id)
    assert events() == []


def test_links_go_with_an_archived_record_and_come_back_with_it(api, portal: Portal, ana):
    """The contact's links with others stay as they are."""
    company = portal.create_company({"name": "Acme"})
    portal.associate(ana, company)
    own_id = portal.create_record("invoices", NEW["invoices"], ana)
    portal.archive_record("invoices", own_id)
    assert linked(api, "invoices", own_id) == {}
    portal.restore_record("invoices", own_id)
    assert linked(api, "invoices", own_id) == {own_id: [ana]}
    portal.archive_contact(ana)
    assert linked(api, "invoices", own_id) == {}
    portal.restore_contact(ana)
    assert linked(api, "invoices", own_id) == {own_id: [ana]}
    assert portal.primary_company(ana) == company


def test_a_survivor_takes_over_the_links_of_both(api, portal: Portal, ana):
    bob = portal.create_contact({"firstname": "Bob"})
    deals = [portal.create_record("deals", NEW["deals"], one) for one in (ana, bob)]
    survivor = portal.merge_contacts(ana, bob)
    assert linked(api, "deals", *deals) == {one: [survivor] for one in deals}


def test_a_record_that_misses_what_it_needs_is_refused(api):
    assert [api.post(f"{OBJECTS}/{kind}", {"properties": {}}).status_code for kind in NEW] == [400, 400]


def test_people_act_over_http_too(hub: HubSpot, portal: Portal, ana):
    """What the screens do with deals and invoices, for whoever has only HTTP."""
    control = Client(hub.wsgi)

    def act(action: str, **arguments):
        answer = control.post(f"/_control/portals/{portal.id}/do", json={"action": action, **arguments})
        assert answer.status_code == 200, answer.text
        return json.loads(answer.text) if answer.text else None

    own_id = act("create_record", kind="invoices", properties=NEW["invoices"])
    act("update_record", kind="invoices", id=own_id, properties={"hs_invoice_status": "open"})
    act("link_record", kind="invoices", id=own_id, contact_id=ana)
    assert act("record", kind="invoices", id=own_id)["hs_invoice_status"] == "open"
    shown = control.get(f"/_control/portals/{portal.id}/state").get_json()["invoices"]
    assert [(one["id"], one["associations"]) for one in shown] == [(own_id, [{"id": ana, "primary": False}])]
    act("unlink_record", kind="invoices", id=own_id, contact_id=ana)
    act("archive_record", kind="invoices", id=own_id)
    act("restore_record", kind="invoices", id=own_id)
    assert portal.record("invoices", own_id)["hs_currency"] == "USD"
