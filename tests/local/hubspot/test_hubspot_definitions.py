"""The property definitions of every object type that a settings file may name (reference, sections 6.2, 7 and 8)."""

from __future__ import annotations

from typing import Any

import pytest

from local.hubspot import HubSpot
from local.hubspot.properties import FIELD_TYPES
from tests.local.hubspot.conftest import PORTAL_ID, Api

KINDS = ("contacts", "companies", "deals", "invoices", "products", "line_items", "commerce_payments", "notes")
SIZE = {
    "name": "size", "label": "Size", "type": "enumeration", "fieldType": "select",
    "options": [{"label": "Small", "value": "s"}, {"label": "Old", "value": "o", "hidden": True}],
}  # fmt: skip


def path(kind: str) -> str:
    return f"/crm/properties/2026-09/{kind}"


def listed(api: Api, kind: str, query: str = "") -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in api.get(path(kind) + query).get_json()["results"]}


def group_of(api: Api, kind: str) -> str:
    return str(api.get(f"{path(kind)}/groups").get_json()["results"][0]["name"])


@pytest.mark.parametrize("kind", KINDS)
def test_each_definition_is_one_that_hubspot_could_give(api, kind: str):
    """Known pairs of types; choices where there must be some; no two of one value; a group that exists."""
    found = listed(api, kind)
    assert len(found) >= 10
    groups = {one["name"] for one in api.get(f"{path(kind)}/groups").get_json()["results"]}
    for one in found.values():
        assert one["fieldType"] in FIELD_TYPES[one["type"]], one["name"]
        assert one["groupName"] in groups
        values = [choice["value"] for choice in one["options"]]
        assert len(values) == len(set(values))
        has_choices = one["type"] in ("enumeration", "bool") and not one["externalOptions"]
        assert bool(values) is has_choices, one["name"]
        assert all(choice["label"] and choice["value"] for choice in one["options"])
        assert not one["calculated"] or one["modificationMetadata"]["readOnlyValue"]


@pytest.mark.parametrize(("kind", "name", "type_name", "read_only"), [
    ("contacts", "createdate", "datetime", True), ("contacts", "lifecyclestage", "enumeration", False),
    ("contacts", "hs_lead_status", "enumeration", False), ("contacts", "hubspot_owner_id", "enumeration", False),
    ("companies", "numberofemployees", "number", False), ("companies", "hs_lastmodifieddate", "datetime", True),
    ("deals", "amount", "number", False), ("deals", "dealstage", "enumeration", False),
    ("deals", "closedate", "datetime", False), ("deals", "hs_is_closed", "bool", True),
    ("invoices", "hs_invoice_status", "enumeration", False), ("invoices", "hs_createdate", "datetime", True),
    ("invoices", "hs_due_date", "datetime", False), ("invoices", "hs_invoice_billable", "bool", False),
    ("invoices", "hs_balance_due", "number", True), ("products", "price", "number", False),
    ("products", "hs_sku", "string", False), ("products", "hs_product_type", "enumeration", False),
    ("line_items", "hs_recurring_billing_start_date", "date", False), ("line_items", "amount", "number", True),
])  # fmt: skip
def test_properties_that_a_sync_names(api, kind: str, name: str, type_name: str, read_only: bool):
    one = listed(api, kind)[name]
    assert (one["type"], one["modificationMetadata"]["readOnlyValue"]) == (type_name, read_only)
    assert one["hubspotDefined"]


@pytest.mark.parametrize(("kind", "name", "value", "label"), [
    ("invoices", "hs_invoice_source", "hubspot", "HubSpot"),
    ("invoices", "hs_invoice_source", "data_sync", "Data Sync"),
    ("invoices", "hs_invoice_status", "draft", "Draft"), ("deals", "dealstage", "closedwon", "Closed Won"),
    ("contacts", "hs_lead_status", "BAD_TIMING", "Bad Timing"), ("companies", "type", "VENDOR", "Vendor"),
    ("contacts", "lifecyclestage", "salesqualifiedlead", "Sales Qualified Lead"),
    ("products", "hs_product_type", "non_inventory", "Non-Inventory"), ("deals", "hs_is_closed", "true", "Yes"),
])  # fmt: skip
def test_people_see_a_label_and_the_api_takes_the_value(api, kind: str, name: str, value: str, label: str):
    assert value in [one["value"] for one in listed(api, kind)[name]["options"] if one["label"] == label]


@pytest.mark.parametrize("kind", KINDS)
def test_a_property_made_by_an_app_is_listed_until_it_is_archived(api, kind: str):
    """By any of the object's names."""
    made = api.post(path(kind), {**SIZE, "groupName": group_of(api, kind)})
    assert made.status_code == 201
    assert listed(api, kind)["size"] == made.get_json()
    assert api.delete(f"{path(kind)}/size").status_code == 204
    assert "size" not in listed(api, kind)
    assert list(listed(api, kind, "?archived=true")) == ["size"]


@pytest.mark.parametrize(("name", "kind"), [("0-53", "invoices"), ("deal", "deals"), ("0-7", "products")])
def test_an_object_type_goes_by_its_id_too(api, name: str, kind: str):
    assert listed(api, name) == listed(api, kind)
    assert api.get(path("spaceships")).status_code == 400


@pytest.mark.parametrize(("kind", "scopes", "status"), [
    ("deals", ["crm.schemas.deals.read"], 200), ("deals", ["crm.objects.deals.read"], 200),
    ("deals", ["crm.schemas.contacts.read", "crm.objects.invoices.read"], 403),
    ("invoices", ["crm.schemas.invoices.read"], 200), ("invoices", ["crm.objects.deals.read"], 403),
    ("products", ["e-commerce"], 200), ("products", ["crm.objects.products.read"], 403),
    ("line_items", ["e-commerce"], 200), ("line_items", ["crm.objects.line_items.read"], 403),
])  # fmt: skip
def test_listing_needs_the_objects_scope(hub: HubSpot, kind: str, scopes: list[str], status: int):
    """The refusal names those that would do."""
    token = hub.issue_tokens(PORTAL_ID, scopes=["oauth", *scopes])["access_token"]
    reply = Api(hub, token).get(path(kind))
    assert reply.status_code == status
    if status == 403:
        body = reply.get_json()
        assert body["category"] == "MISSING_SCOPES"
        assert body["errors"][0]["context"]["requiredGranularScopes"]


@pytest.mark.parametrize("kind", ["deals", "invoices"])
def test_making_one_needs_the_schema_scope(hub: HubSpot, kind: str):
    token = hub.issue_tokens(PORTAL_ID, scopes=["oauth", f"crm.objects.{kind}.write"])["access_token"]
    assert Api(hub, token).post(path(kind), SIZE).status_code == 403


def test_portals_do_not_share_definitions(hub: HubSpot, api):
    hub.add_portal(99)
    other = Api(hub, hub.issue_tokens(99)["access_token"])
    api.post(path("deals"), {**SIZE, "groupName": "dealinformation"})
    assert "size" in listed(api, "deals")
    assert "size" not in listed(other, "deals")


@pytest.mark.parametrize("kind", KINDS)
def test_the_dated_client_lists_them(sdk, api, kind: str):
    found = {one.name: one for one in sdk.crm.properties.list(object_type=kind).results}
    assert found.keys() == listed(api, kind).keys()
    assert found["hs_object_id"].modification_metadata.read_only_value
    assert found["hs_lastmodifieddate"].calculated


@pytest.mark.parametrize("kind", KINDS)
def test_the_legacy_client_lists_them(legacy, api, kind: str):
    found = {one.name: one for one in legacy.crm.properties.core_api.get_all(kind).results}
    assert found.keys() == listed(api, kind).keys()
    assert found["hs_object_id"].modification_metadata.read_only_value
