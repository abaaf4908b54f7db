"""Payments, notes, and the deals that they show on (reference, sections 1.6, 3.2, 7.3, 7.4 and 7.6)."""

from __future__ import annotations

import pytest

from local.hubspot import HubSpot, Portal
from tests.local.hubspot.conftest import PORTAL_ID, Api

OBJECTS = "/crm/objects/2026-09"
PAYMENTS = f"{OBJECTS}/commerce_payments"
MADE = {"hs_initial_amount": "60.00", "hs_initiated_date": "2026-11-20"}
DONE = {**MADE, "hs_latest_status": "succeeded"}
NOTE = {"hs_timestamp": "2026-11-20T00:00:00.000Z", "hs_note_body": "<p>60.00 &lt;check&gt;</p>"}
LINE = {"price": "50", "quantity": "2"}


@pytest.fixture
def paying(portal: Portal) -> Portal:
    portal.set_up(payments=True)
    return portal


def to(id: str, type_id: int) -> dict:
    return {"to": {"id": id}, "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": type_id}]}


def invoice(portal: Portal, status: str = "open") -> str:
    return portal.create_invoice({"hs_currency": "USD", "hs_invoice_status": status}, [LINE])


def state(portal: Portal, id: str) -> tuple[str, str, str]:
    held = portal.record("invoices", id)
    return held["hs_invoice_status"], held["hs_amount_paid"], held["hs_balance_due"]


# -- payments -------------------------------------------------------------------------------------------------------


def test_without_payments_set_up_there_are_none(api, portal: Portal):
    """Every call is refused, also one that links; whatever is not about payments goes on."""
    id = invoice(portal)
    calls = [
        ("GET", PAYMENTS, None), ("POST", PAYMENTS, {"properties": MADE}),
        ("POST", f"{PAYMENTS}/search", {}), ("GET", f"{OBJECTS}/invoices/{id}/associations/commerce_payments", None),
    ]  # fmt: skip
    for method, path, body in calls:
        answer = api(method, path, body)
        assert (answer.status_code, answer.get_json()["category"]) == (403, "FORBIDDEN")
    portal.set_up(payments=True)
    assert [api(*call).status_code for call in calls] == [200, 201, 200, 200]


def test_an_account_can_have_payments_from_the_start(hub: HubSpot):
    hub.add_portal(77, payments=True, currencies={"EUR": "1.10"})
    api = Api(hub, hub.issue_tokens(77)["access_token"])
    assert api.post(PAYMENTS, {"properties": MADE}).status_code == 201
    assert api.get("/account-info/2026-09/details").get_json()["additionalCurrencies"] == ["EUR"]


@pytest.mark.parametrize(("scopes", "status"), [
    (["crm.objects.commercepayments.read"], 200), (["crm.objects.invoices.read", "e-commerce"], 403),
])  # fmt: skip
def test_payments_have_scopes_of_their_own(hub: HubSpot, paying: Portal, scopes: list[str], status: int):
    api = Api(hub, hub.issue_tokens(paying.id, scopes=["oauth", *scopes])["access_token"])
    assert api.get(PAYMENTS).status_code == status


@pytest.mark.parametrize("missing", list(MADE))
def test_a_payment_needs_amount_and_date(api, paying: Portal, missing: str):
    given = {name: value for name, value in MADE.items() if name != missing}
    refused = api.post(PAYMENTS, {"properties": given})
    assert (refused.status_code, missing in refused.text, paying.records("commerce_payments")) == (400, True, [])


def test_payments_that_succeeded_pay_an_open_invoice(api, paying: Portal):
    """Part of it first; the rest makes it paid, and that is told."""
    id = invoice(paying)
    made = api.post(PAYMENTS, {"properties": MADE, "associations": [to(id, 542)]}).get_json()
    assert made["properties"]["hs_latest_status"] == "processing"
    assert state(paying, id) == ("open", "0", "100")
    api.patch(f"{PAYMENTS}/{made['id']}", {"properties": {"hs_latest_status": "succeeded"}})
    assert state(paying, id) == ("open", "60", "40")
    rest = {**DONE, "hs_initial_amount": "40", "hs_processor_type": "quickbooks", "hs_payment_method_type": "check"}
    api.post(PAYMENTS, {"properties": rest, "associations": [to(id, 542)]})
    assert state(paying, id) == ("paid", "100", "0")
    assert paying.record("invoices", id)["hs_payment_date"]
    assert paying.record("commerce_payments", made["id"])["hs_number_of_associated_invoices"] == "1"


def test_a_payment_that_makes_an_invoice_paid_is_heard_of(api, paying: Portal, events):
    id = invoice(paying)
    events()
    api.post(PAYMENTS, {"properties": {**DONE, "hs_initial_amount": "100"}, "associations": [to(id, 542)]})
    told = [(one["objectTypeId"], one["propertyName"], one["propertyValue"]) for one in events()]
    assert told == [("0-53", "hs_invoice_status", "paid")]


def test_one_payment_pays_several_invoices_the_oldest_first(api, paying: Portal):
    ids = [invoice(paying) for _ in range(3)]
    given = {**DONE, "hs_initial_amount": "150"}
    api.post(PAYMENTS, {"properties": given, "associations": [to(id, 542) for id in ids]})
    assert [state(paying, id) for id in ids] == [("paid", "100", "0"), ("open", "50", "50"), ("open", "0", "100")]


def test_a_refund_and_a_deletion_take_money_back(api, paying: Portal):
    id = invoice(paying)
    made = api.post(PAYMENTS, {"properties": DONE, "associations": [to(id, 542)]}).get_json()
    api.patch(f"{PAYMENTS}/{made['id']}", {"properties": {"hs_refunds_amount": "10"}})
    assert state(paying, id) == ("open", "50", "50")
    assert api.delete(f"{PAYMENTS}/{made['id']}").status_code == 204
    assert state(paying, id) == ("open", "0", "100")


def test_what_a_processor_made_is_not_changed(api, paying: Portal):
    theirs = paying.create_record("commerce_payments", {**DONE, "hs_processor_type": "hs_payments"})
    assert api.patch(f"{PAYMENTS}/{theirs}", {"properties": {"hs_internal_comment": "x"}}).status_code == 400
    assert api.delete(f"{PAYMENTS}/{theirs}").status_code == 400
    ours = api.post(PAYMENTS, {"properties": DONE}).get_json()["id"]
    assert api.patch(f"{PAYMENTS}/{ours}", {"properties": {"hs_internal_comment": "x"}}).status_code == 200


@pytest.mark.parametrize(("dial", "given"), [
    ("payments_born_succeeded", DONE), ("payments_from_quickbooks", {**MADE, "hs_processor_type": "quickbooks"}),
])  # fmt: skip
def test_what_could_not_be_verified_is_a_dial(api, hub: HubSpot, paying: Portal, dial: str, given: dict):
    assert api.post(PAYMENTS, {"properties": given}).status_code == 201
    setattr(hub.settings, dial, False)
    assert api.post(PAYMENTS, {"properties": given}).status_code == 400
    assert api.post(PAYMENTS, {"properties": MADE}).status_code == 201
    assert len(paying.records("commerce_payments")) == 2


@pytest.mark.usefixtures("paying")
@pytest.mark.parametrize("name", ["hs_payment_id", "hs_net_amount", "hs_payment_method", "hs_has_associated_invoice"])
def test_what_hubspot_says_of_a_payment_is_not_written(api, name: str):
    refused = api.post(PAYMENTS, {"properties": {**MADE, name: "1"}})
    assert refused.get_json()["errors"][0]["code"] == "READ_ONLY_VALUE"


# -- notes ----------------------------------------------------------------------------------------------------------


def test_a_note_is_made_on_the_timelines_of_its_records(api, portal: Portal):
    """In one call; its text is kept as it was sent."""
    deal = portal.create_record("deals", {"dealname": "Roof"})
    company, contact = portal.create_company({"name": "Acme"}), portal.create_contact({"firstname": "Ana"})
    wanted = [to(deal, 214), to(contact, 202), to(company, 190)]
    made = api.post(f"{OBJECTS}/notes", {"properties": NOTE, "associations": wanted})
    assert made.status_code == 201
    id = made.get_json()["id"]
    assert portal.record("notes", id)["hs_note_body"] == NOTE["hs_note_body"]
    for kind, end in (("deals", deal), ("contacts", contact), ("companies", company)):
        page = api.get(f"{OBJECTS}/{kind}/{end}/associations/notes").get_json()["results"]
        assert [str(one["toObjectId"]) for one in page] == [id]
    assert api.get(f"{OBJECTS}/notes/{id}").get_json()["url"].endswith(f"/record/0-46/{id}")


@pytest.mark.parametrize("properties", [
    {"hs_note_body": "no time"}, {"hs_timestamp": "soon"}, {**NOTE, "hs_note_body": "x" * 65_537},
])  # fmt: skip
def test_a_note_that_cannot_be_is_refused(api, properties: dict):
    assert api.post(f"{OBJECTS}/notes", {"properties": properties}).status_code == 400


@pytest.mark.parametrize(("scope", "status"), [
    ("crm.objects.contacts.write", 201), ("crm.objects.contacts.read", 403), ("crm.objects.deals.write", 403),
])  # fmt: skip
def test_notes_go_by_the_scopes_of_contacts(hub: HubSpot, scope: str, status: int):
    api = Api(hub, hub.issue_tokens(PORTAL_ID, scopes=["oauth", scope])["access_token"])
    assert api.post(f"{OBJECTS}/notes", {"properties": NOTE}).status_code == status


# -- deals ----------------------------------------------------------------------------------------------------------


def test_a_deal_has_properties_of_ones_own(api, portal: Portal):
    deal = portal.create_record("deals", {"dealname": "Roof"})
    group = {"name": "quickbooks_sync", "label": "QuickBooks"}
    assert api.post("/crm/properties/2026-09/deals/groups", group).status_code == 201
    number = {"type": "number", "fieldType": "number", "groupName": "quickbooks_sync", "label": "Amount"}
    assert api.post("/crm/properties/2026-09/deals", {**number, "name": "billed"}).status_code == 201
    inputs = [{"id": deal, "properties": {"billed": "362.07"}}, {"id": "9", "properties": {"billed": "1"}}]
    answer = api.post(f"{OBJECTS}/deals/batch/update", {"inputs": inputs})
    assert (answer.status_code, answer.get_json()["errors"][0]["context"]["ids"]) == (207, ["9"])
    assert portal.record("deals", deal)["billed"] == "362.07"


def test_what_follows_from_stage_and_amount(portal: Portal):
    portal.add_currency("EUR", "1.10")
    deal = portal.create_record("deals", {"dealname": "Roof", "amount": "100", "deal_currency_code": "EUR"})
    names = ("amount_in_home_currency", "hs_projected_amount", "hs_is_closed", "hs_closed_amount")
    assert [portal.record("deals", deal)[name] for name in names] == ["110", "20", "false", "0"]
    portal.update_record("deals", deal, {"dealstage": "closedwon"})
    assert [portal.record("deals", deal)[name] for name in names] == ["110", "100", "true", "100"]


def test_a_deal_s_currency_is_one_of_the_account_s(api, portal: Portal):
    given = {"properties": {"dealname": "Roof", "deal_currency_code": "EUR"}}
    assert api.post(f"{OBJECTS}/deals", given).get_json()["errors"][0]["code"] == "INVALID_OPTION"
    portal.add_currency("EUR")
    assert api.post(f"{OBJECTS}/deals", given).status_code == 201


def test_a_deal_has_a_primary_company(api, portal: Portal, hub: HubSpot, events):
    """As a contact has: the first one by itself, another one when it is said."""
    hub.settings.subscribed = "all"
    deal = portal.create_record("deals", {"dealname": "Roof"})
    first, second = (portal.create_company({"name": name}) for name in ("Acme", "Bolt"))
    events()
    portal.link("deals", deal, "companies", first)
    told = [(one["associationType"], one["isPrimaryAssociation"]) for one in events() if "associationType" in one]
    assert told == [(which, primary) for primary in (False, True) for which in ("DEAL_TO_COMPANY", "COMPANY_TO_DEAL")]
    spec = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 5}]
    assert api.put(f"{OBJECTS}/deals/{deal}/associations/companies/{second}", spec).status_code == 201
    page = api.get(f"{OBJECTS}/deals/{deal}/associations/companies").get_json()["results"]
    types = {str(one["toObjectId"]): [row["typeId"] for row in one["associationTypes"]] for one in page}
    assert types == {first: [341], second: [5, 341]}


def test_the_stages_of_the_default_pipeline(api):
    (pipeline,) = api.get("/crm/pipelines/2026-09/deals").get_json()["results"]
    assert (pipeline["id"], len(pipeline["stages"])) == ("default", 7)
    won = next(one for one in pipeline["stages"] if one["id"] == "closedwon")
    assert (won["label"], won["metadata"]) == ("Closed Won", {"isClosed": "true", "probability": "1.0"})
    assert api.get("/crm/pipelines/2026-09/deals/default").get_json() == pipeline
    assert api.get("/crm/pipelines/2026-09/deals/other").status_code == 404
