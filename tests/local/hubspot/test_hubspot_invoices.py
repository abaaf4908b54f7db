"""Invoices: what an app may write, when, and what HubSpot calculates (reference, sections 4.4, 6.1, 6.2 and 15)."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import Client

from local.hubspot import HubSpot, Portal
from local.hubspot.money import rounded

INVOICES = "/crm/objects/2026-09/invoices"
LINES = "/crm/objects/2026-09/line_items"
BILLED = {"hs_currency": "USD"}
MIRRORED = {"hs_currency": "USD", "hs_invoice_billable": "false"}
LINE = {"price": "50", "quantity": "2"}
PAYMENT = {"hs_initiated_date": "2026-11-20", "hs_latest_status": "succeeded"}
AMOUNTS = ("hs_amount_billed", "hs_amount_paid", "hs_balance_due")


@pytest.fixture
def ana(portal: Portal) -> str:
    return portal.create_contact({"firstname": "Ana"})


@pytest.fixture
def strict(hub: HubSpot) -> None:
    """An invoice needs a contact and a line item before it is open, as the guide has it."""
    hub.settings.open_needs = ["contacts", "line_items"]


def to(id: str, type_id: int) -> dict:
    return {"to": {"id": id}, "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": type_id}]}


def make(api, **properties: str) -> str:
    made = api.post(INVOICES, {"properties": properties})
    assert made.status_code == 201, made.text
    return str(made.get_json()["id"])


def write(api, id: str, **properties: str) -> int:
    return int(api.patch(f"{INVOICES}/{id}", {"properties": properties}).status_code)


def amounts(portal: Portal, id: str) -> list[str]:
    return [portal.record("invoices", id)[name] for name in AMOUNTS]


# -- creation -------------------------------------------------------------------------------------------------------


def test_a_new_invoice_is_a_draft_with_number_and_dates(api):
    """Only the currency is needed."""
    first, second = (api.post(INVOICES, {"properties": BILLED}).get_json()["properties"] for _ in range(2))
    assert (first["hs_number"], second["hs_number"]) == ("INV-1001", "INV-1002")
    assert (first["hs_invoice_status"], first["hs_invoice_source"]) == ("draft", "hubspot")
    assert first["hs_invoice_date"] == first["hs_due_date"] == first["hs_createdate"]
    assert [first[name] for name in AMOUNTS] == ["0", "0", "0"]


@pytest.mark.parametrize(("properties", "word"), [
    ({}, "hs_currency"), ({"hs_currency": ""}, "hs_currency"), ({"hs_currency": "dollars"}, "INVALID_OPTION"),
    ({**BILLED, "hs_invoice_status": "lost"}, "INVALID_OPTION"), ({**BILLED, "hs_number": "7"}, "READ_ONLY_VALUE"),
    ({**BILLED, "hs_amount_billed": "7"}, "READ_ONLY_VALUE"), ({**BILLED, "hs_balance_due": "7"}, "READ_ONLY_VALUE"),
    ({**BILLED, "hs_invoice_source": "data_sync"}, "READ_ONLY_VALUE"),
    ({**BILLED, "hs_invoice_number": "7"}, "PROPERTY_DOESNT_EXIST"),
    ({**BILLED, "hs_invoice_status": "open"}, "must be a draft"),
])  # fmt: skip
def test_an_invoice_that_cannot_be_is_refused(api, properties: dict, word: str):
    refused = api.post(INVOICES, {"properties": properties})
    assert (refused.status_code, refused.get_json()["category"]) == (400, "VALIDATION_ERROR")
    assert word in refused.text


def test_an_invoice_is_made_with_all_that_it_belongs_to_in_one_call(api, portal: Portal, ana):
    """And a batch of them; each end finds it."""
    company, deal = portal.create_company({"name": "Acme"}), portal.create_record("deals", {"dealname": "Roof"})
    wanted = [to(ana, 177), to(company, 179), to(deal, 175)]
    dates = {"hs_invoice_date": "2026-11-20", "hs_due_date": "2026-12-20T00:00:00.000Z"}
    inputs = [{"properties": {**MIRRORED, **dates}, "associations": wanted}] * 2
    made = api.post(f"{INVOICES}/batch/create", {"inputs": inputs})
    assert made.status_code == 201
    ids = [one["id"] for one in made.get_json()["results"]]
    assert portal.record("invoices", ids[0])["hs_invoice_date"] == "2026-11-20T00:00:00.000Z"
    for kind, id in (("contacts", ana), ("companies", company), ("deals", deal)):
        assert portal.linked(kind, id, "invoices") == ids
    shown = api.get(f"{INVOICES}/{ids[0]}?associations=contacts,companies,deals").get_json()["associations"]
    assert {name: [one["type"] for one in those["results"]] for name, those in shown.items()} == {
        "contacts": ["invoice_to_contact"], "companies": ["invoice_to_company"], "deals": ["invoice_to_deal"],
    }  # fmt: skip


def test_an_invoice_is_known_by_a_unique_property(api):
    definition = {
        "name": "quickbooks_key", "label": "Key", "type": "string", "fieldType": "text",
        "groupName": "invoiceinformation", "hasUniqueValue": True,
    }  # fmt: skip
    assert api.post("/crm/properties/2026-09/invoices", definition).status_code == 201
    id = make(api, **MIRRORED, quickbooks_key="1:5")
    body = {"inputs": [{"id": "1:5"}, {"id": "1:6"}], "idProperty": "quickbooks_key", "properties": ["hs_currency"]}
    answer = api.post(f"{INVOICES}/batch/read", body)
    assert (answer.status_code, [one["id"] for one in answer.get_json()["results"]]) == (207, [id])
    assert answer.get_json()["errors"][0]["context"]["ids"] == ["1:6"]
    again = {"properties": {**MIRRORED, "quickbooks_key": "1:5"}, "objectWriteTraceId": "t-1"}
    refused = api.post(f"{INVOICES}/batch/create", {"inputs": [again]}).get_json()
    assert refused["errors"][0]["errors"][0]["code"] == "CONFLICTING_UNIQUE_VALUE"
    assert refused["errors"][0]["context"]["objectWriteTraceId"] == ["t-1"]


# -- the states -----------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("strict")
def test_an_invoice_is_opened_once_it_has_contact_and_line_item(api, portal: Portal, ana):
    id = make(api, **BILLED)
    assert write(api, id, hs_invoice_status="open") == 400
    portal.link_record("invoices", id, ana)
    assert write(api, id, hs_invoice_status="open") == 400
    portal.add_line("invoices", id, LINE)
    assert write(api, id, hs_invoice_status="open") == 200


@pytest.mark.parametrize(("before", "after", "status"), [
    ("draft", "draft", 200), ("draft", "paid", 400), ("draft", "voided", 400), ("open", "draft", 400),
    ("open", "paid", 400), ("open", "voided", 200), ("paid", "open", 400), ("voided", "open", 400), ("open", "", 400),
])  # fmt: skip
def test_an_app_moves_an_invoice_by_the_rules(api, portal: Portal, before: str, after: str, status: int):
    """Only payments make it paid, and there is no way back."""
    id = portal.create_invoice({**BILLED, "hs_invoice_status": before}, [LINE])
    assert write(api, id, hs_invoice_status=after) == status
    assert portal.record("invoices", id)["hs_invoice_status"] == (after if status == 200 else before)


@pytest.mark.parametrize("status", ["open", "paid", "voided"])
def test_what_is_not_billable_takes_any_status(api, portal: Portal, status: str):
    """At creation or later, back and forth, with nothing associated."""
    assert make(api, **MIRRORED, hs_invoice_status=status)
    id = make(api, **MIRRORED)
    assert write(api, id, hs_invoice_status=status) == 200
    assert write(api, id, hs_comments="Thank you", hs_currency="EUR") == 200
    assert write(api, id, hs_invoice_status="draft") == 200
    assert portal.record("invoices", id)["hs_comments"] == "Thank you"


def test_what_is_not_billable_may_have_to_follow_the_rules_all_the_same(api, hub: HubSpot):
    """The reference could not verify that it need not (section 15)."""
    hub.settings.free_non_billable = False
    refused = api.post(INVOICES, {"properties": {**MIRRORED, "hs_invoice_status": "open"}})
    assert refused.status_code == 400
    id = make(api, **MIRRORED)
    assert write(api, id, hs_invoice_status="open") == 400
    hub.settings.open_needs = []
    assert write(api, id, hs_invoice_status="open") == 200
    assert write(api, id, hs_comments="Thank you") == 400


def test_a_finalised_invoice_cannot_become_billable(api):
    id = make(api, **MIRRORED, hs_invoice_status="open")
    assert write(api, id, hs_invoice_billable="true") == 400
    assert write(api, make(api, **MIRRORED), hs_invoice_billable="true") == 200


def test_a_finalised_invoice_and_its_line_items_are_not_edited(api, portal: Portal):
    """Properties of one's own are: they show on no document."""
    own = {"name": "crew", "label": "Crew", "type": "string", "fieldType": "text", "groupName": "invoiceinformation"}
    api.post("/crm/properties/2026-09/invoices", own)
    id = portal.create_invoice({**BILLED, "hs_invoice_status": "open"}, [LINE])
    (line,) = portal.linked("invoices", id, "line_items")
    before = portal.record("invoices", id)
    assert write(api, id, hs_currency="EUR") == 400
    assert write(api, id, hs_comments="Thank you") == 400
    assert api.patch(f"{LINES}/{line}", {"properties": {"price": "1"}}).status_code == 400
    assert api.delete(f"{LINES}/{line}").status_code == 400
    assert api.delete(f"{INVOICES}/{id}/associations/line_items/{line}").status_code == 400
    assert api.post(LINES, {"properties": LINE, "associations": [to(id, 410)]}).status_code == 400
    other = portal.create_record("line_items", LINE)
    assert api.put(f"{LINES}/{other}/associations/default/invoices/{id}").status_code == 400
    assert portal.record("invoices", id) == before
    assert write(api, id, crew="North", hubspot_owner_id="70120411", hs_currency="USD") == 200


@pytest.mark.parametrize(("status", "unpaid_too", "answer"), [
    ("draft", False, 204), ("open", False, 400), ("open", True, 204), ("paid", True, 400), ("voided", True, 400),
])  # fmt: skip
def test_deletion_depends_on_the_status(api, portal: Portal, status: str, unpaid_too: bool, answer: int):
    """And on the account's setting; in a batch one that may not go keeps the others."""
    portal.set_up(delete_unpaid_invoices=unpaid_too)
    id = portal.create_record("invoices", {**BILLED, "hs_invoice_status": status})
    draft = portal.create_record("invoices", BILLED)
    inputs = [{"id": draft}, {"id": id}]
    assert api.post(f"{INVOICES}/batch/archive", {"inputs": inputs}).status_code == answer
    left = [one["id"] for one in portal.records("invoices")]
    assert left == ([] if answer == 204 else [id, draft])
    assert api.delete(f"{INVOICES}/{id}").status_code == answer
    mirrored = portal.create_record("invoices", {**MIRRORED, "hs_invoice_status": status})
    assert api.delete(f"{INVOICES}/{mirrored}").status_code == 204


def test_a_person_is_not_held_to_the_rules(portal: Portal):
    id = portal.create_invoice({**BILLED, "hs_invoice_status": "paid"}, [LINE])
    portal.update_record("invoices", id, {"hs_invoice_status": "draft", "hs_comments": "again"})
    portal.archive_record("invoices", id)
    assert portal.records("invoices") == []


# -- amounts --------------------------------------------------------------------------------------------------------


def test_amounts_follow_the_line_items(portal: Portal):
    """Every line is rounded by itself, so a third of a cent is lost or won on each."""
    id = portal.create_invoice(MIRRORED, [{"price": "3.335", "quantity": "1"}] * 3)
    assert amounts(portal, id) == ["10.02", "0", "10.02"]
    portal.add_line("invoices", id, {"price": "100", "quantity": "1", "hs_discount_percentage": "12.5"})
    assert amounts(portal, id) == ["97.52", "0", "97.52"]


MONEY = st.decimals(min_value=0, max_value=10_000, places=3)
LINES_GIVEN = st.lists(st.tuples(MONEY, st.integers(1, 12), st.integers(0, 100)), min_size=1, max_size=6)


@given(lines=LINES_GIVEN, paid=MONEY, currency=st.sampled_from(["USD", "JPY", "KWD"]), gone=st.integers(0, 5))
def test_billed_is_what_the_lines_say_and_the_balance_what_is_left(lines, paid, currency, gone):
    """Whatever is added, changed, deleted and paid."""
    portal = HubSpot(client_id="c", client_secret="s", app_id=1).add_portal(1, payments=True)
    given = [
        {"price": str(price), "quantity": str(quantity), "hs_discount_percentage": str(percent)}
        for price, quantity, percent in lines
    ]
    id = portal.create_invoice({"hs_currency": currency, "hs_invoice_status": "open"}, given)
    first, *others = portal.linked("invoices", id, "line_items")
    portal.update_record("line_items", first, {"quantity": "7"})
    for line in others[gone:]:
        portal.archive_record("line_items", line)
    payment = portal.create_record("commerce_payments", {**PAYMENT, "hs_initial_amount": str(paid)})
    portal.link("commerce_payments", payment, "invoices", id)
    billed, settled, balance = map(Decimal, amounts(portal, id))
    assert billed == sum(Decimal(one["amount"]) for one in portal.lines("invoices", id))
    assert (settled, balance) == (rounded(paid, currency), billed - settled)
    assert portal.record("invoices", id)["hs_invoice_status"] == ("paid" if settled > 0 >= balance else "open")


@pytest.mark.parametrize(("currency", "billed"), [("JPY", "1001"), ("USD", "1000.5"), ("KWD", "1000.501")])
def test_amounts_have_the_digits_of_the_currency(portal: Portal, currency: str, billed: str):
    id = portal.create_invoice({**MIRRORED, "hs_currency": currency}, [{"price": "1000.5005", "quantity": "1"}])
    assert amounts(portal, id)[0] == billed
    portal.update_record("invoices", id, {"hs_currency": "USD"})
    assert amounts(portal, id)[0] == "1000.5"


def test_where_the_portal_lets_us_native_amounts_are_kept_as_written(api, hub: HubSpot, portal: Portal):
    """On what is not billable only; the definition says that they can be written."""
    hub.settings.writable_on_invoices = ["hs_number", *AMOUNTS]
    for name in ("hs_number", "hs_amount_billed"):
        shown = api.get(f"/crm/properties/2026-09/invoices/{name}").get_json()["modificationMetadata"]
        assert shown["readOnlyValue"] is False
    written = {"hs_number": "1037", "hs_amount_billed": "362.07", "hs_amount_paid": "0", "hs_balance_due": "362.07"}
    id = make(api, **MIRRORED, **written)
    portal.add_line("invoices", id, LINE)
    assert {name: portal.record("invoices", id)[name] for name in written} == written
    assert write(api, id, hs_balance_due="10") == 200
    assert amounts(portal, id) == ["362.07", "0", "10"]
    assert amounts(portal, make(api, **MIRRORED)) == ["0", "0", "0"]
    refused = api.post(INVOICES, {"properties": {**BILLED, **written}})
    assert refused.status_code == 400
    id = portal.create_invoice(MIRRORED, [LINE])
    assert write(api, id, hs_number="1038") == 200
    assert amounts(portal, id) == ["100", "0", "100"]


def test_a_currency_of_others_may_be_refused(api, hub: HubSpot, portal: Portal):
    assert make(api, hs_currency="EUR")
    hub.settings.foreign_currencies = False
    assert api.post(INVOICES, {"properties": {"hs_currency": "EUR"}}).status_code == 400
    portal.add_currency("EUR", "1.10")
    assert make(api, hs_currency="EUR")


def test_the_source_of_our_own_invoices_is_a_dial(api, hub: HubSpot, portal: Portal):
    hub.settings.source_of_apps_invoices = "data_sync"
    assert portal.record("invoices", make(api, **MIRRORED))["hs_invoice_source"] == "data_sync"
    by_hand = portal.create_record("invoices", MIRRORED)
    assert portal.record("invoices", by_hand)["hs_invoice_source"] == "hubspot"


def test_an_archived_invoice_leaves_its_line_items(api, portal: Portal):
    """Decided without proof: the reference tells of quotes only that they take theirs along (section 4.8)."""
    id = portal.create_invoice(MIRRORED, [LINE])
    assert api.delete(f"{INVOICES}/{id}").status_code == 204
    assert len(portal.records("line_items")) == 1
    portal.restore_record("invoices", id)
    assert amounts(portal, id) == ["100", "0", "100"]


def test_stories_are_told_over_http_too(hub: HubSpot, portal: Portal, ana):
    control = Client(hub.wsgi)

    def act(action: str, **arguments):
        answer = control.post(f"/_control/portals/{portal.id}/do", json={"action": action, **arguments})
        assert answer.status_code == 200, answer.text
        return json.loads(answer.text) if answer.text else None

    id = act("create_invoice", properties=BILLED, lines=[LINE], contact_id=ana)
    line = act("add_line", kind="invoices", id=id, properties=LINE)
    assert [one["amount"] for one in act("lines", kind="invoices", id=id)] == ["100", "100"]
    company = act("create_company", properties={"name": "Acme"})
    act("link", kind="invoices", id=id, to_kind="companies", to_id=company)
    assert act("linked", kind="companies", id=company, to_kind="invoices") == [id]
    act("unlink", kind="line_items", id=line, to_kind="invoices", to_id=id)
    assert [one["id"] for one in act("records", kind="line_items")][-1] == line
    act("set_up", payments=True)
    act("add_currency", code="EUR", rate="1.1")
    assert (portal.account.payments, portal.account.currencies) == (True, ["USD", "EUR"])
    changed = control.post("/_control/settings", json={"line_amounts": "never"})
    assert changed.status_code == 400
