"""Products: what they are made of, who may see them, what is told of them (reference, sections 1.6, 3.2, 7.1 and 8)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from local.hubspot import HubSpot, Portal
from tests.local.hubspot.conftest import PORTAL_ID, Api

PRODUCTS = "/crm/objects/2026-09/products"
DEFINITIONS = "/crm/properties/2026-09/products"
KEY = {
    "name": "quickbooks_key", "label": "Key", "type": "string", "fieldType": "text",
    "groupName": "productinformation", "hasUniqueValue": True,
}  # fmt: skip


def test_a_product_is_read_back_as_it_was_written(api):
    """Money stays the decimal text that was sent; a price that repeats keeps its period."""
    given = {
        "name": "Rock fountain", "description": "Rock\nfountain", "hs_sku": "RF-1", "price": "275.10",
        "hs_cost_of_goods_sold": "125.005", "hs_product_type": "non_inventory",
        "hs_recurring_billing_period": "P12M", "recurringbillingfrequency": "monthly",
    }  # fmt: skip
    made = api.post(PRODUCTS, {"properties": given})
    assert made.status_code == 201
    read = api.get(f"{PRODUCTS}/{made.get_json()['id']}?properties={','.join(given)}").get_json()["properties"]
    assert {name: read[name] for name in given} == given
    assert Decimal(read["price"]) == Decimal("275.10")
    unasked = api.get(f"{PRODUCTS}/{made.get_json()['id']}").get_json()
    assert set(unasked["properties"]) == {
        "createdate", "description", "hs_lastmodifieddate", "hs_object_id", "name", "price",
    }  # fmt: skip
    assert unasked["url"].endswith(f"/record/0-7/{unasked['id']}")


@pytest.mark.parametrize(("properties", "word"), [
    ({"price": "5"}, "name"), ({}, "name"), ({"name": ""}, "name"),
    ({"name": "x", "price": "five"}, "INVALID_INTEGER"), ({"name": "x", "hs_product_type": "bundle"}, "INVALID_OPTION"),
    ({"name": "x", "colour": "red"}, "PROPERTY_DOESNT_EXIST"),
])  # fmt: skip
def test_a_product_that_cannot_be_is_refused(api, properties: dict, word: str):
    refused = api.post(PRODUCTS, {"properties": properties})
    assert refused.status_code == 400
    assert word in refused.text


def test_neither_name_nor_sku_is_unique(api, portal: Portal):
    twice = {"inputs": [{"properties": {"name": "Pump", "hs_sku": "P-1"}}] * 2}
    made = api.post(f"{PRODUCTS}/batch/create", twice)
    assert made.status_code == 201
    assert [one["properties"]["hs_sku"] for one in portal.records("products")] == ["P-1", "P-1"]


def test_products_are_found_by_sku_and_name(api, portal: Portal, clock):
    pump = portal.create_record("products", {"name": "Pump", "hs_sku": "P-1"})
    hose = portal.create_record("products", {"name": "Garden hose"})
    clock.advance(5)

    def found(name: str, operator: str, **value) -> list[str]:
        filters = [{"propertyName": name, "operator": operator, **value}]
        body = api.post(f"{PRODUCTS}/search", {"filterGroups": [{"filters": filters}]}).get_json()
        return [one["id"] for one in body["results"]]

    assert found("hs_sku", "EQ", value="p-1") == [pump]
    assert found("hs_sku", "IN", values=["p-1", "p-2"]) == [pump]
    assert found("hs_sku", "IN", values=["P-1"]) == []  # IN takes texts in lower case only
    assert found("name", "EQ", value="garden HOSE") == [hose]
    assert found("hs_sku", "NOT_HAS_PROPERTY") == [hose]


def test_a_product_has_no_associations(api, portal: Portal):
    product = portal.create_record("products", {"name": "Pump"})
    contact = portal.create_contact({"firstname": "Ana"})
    types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1}]
    inline = {"properties": {"name": "x"}, "associations": [{"to": {"id": contact}, "types": types}]}
    assert api.post(PRODUCTS, inline).status_code == 400
    assert api.put(f"{PRODUCTS}/{product}/associations/default/contacts/{contact}").status_code == 400
    assert api.get(f"{PRODUCTS}/{product}/associations/line_items").status_code == 400


@pytest.mark.parametrize("unique", [True, False])
def test_whether_a_product_may_have_a_unique_property_is_a_dial(api, hub: HubSpot, unique: bool):
    """The reference is of two minds (section 8). Where it may, a key finds the product and makes it only once."""
    hub.settings.unique_on_products = unique
    defined = api.post(DEFINITIONS, KEY)
    if not unique:
        assert (defined.status_code, defined.get_json()["category"]) == (400, "VALIDATION_ERROR")
        plain = api.post(DEFINITIONS, {**KEY, "hasUniqueValue": False})
        assert plain.status_code == 201
        assert api.get(f"{PRODUCTS}/1:2?idProperty=quickbooks_key").status_code == 400
        return
    assert defined.status_code == 201
    made = api.post(PRODUCTS, {"properties": {"name": "Pump", "quickbooks_key": "1:2"}}).get_json()
    again = api.post(PRODUCTS, {"properties": {"name": "Pump", "quickbooks_key": "1:2"}})
    assert (again.status_code, again.get_json()["errors"][0]["code"]) == (400, "CONFLICTING_UNIQUE_VALUE")
    assert api.get(f"{PRODUCTS}/1:2?idProperty=quickbooks_key").get_json()["id"] == made["id"]
    inputs = [
        {"id": key, "idProperty": "quickbooks_key", "properties": {"name": name}}
        for key, name in (("1:2", "Big pump"), ("1:3", "Hose"))
    ]
    results = api.post(f"{PRODUCTS}/batch/upsert", {"inputs": inputs}).get_json()["results"]
    assert [(one["new"], one["properties"]["name"]) for one in results] == [(False, "Big pump"), (True, "Hose")]


def test_one_bad_input_fails_alone_where_each_has_a_trace(api):
    """Without traces it fails the batch (section 4.7)."""
    inputs = [{"properties": {"name": "Pump"}}, {"properties": {"price": "5"}}, {"properties": {"name": "Hose"}}]
    assert api.post(f"{PRODUCTS}/batch/create", {"inputs": inputs}).status_code == 400
    traced = [{**one, "objectWriteTraceId": f"t-{number}"} for number, one in enumerate(inputs)]
    answer = api.post(f"{PRODUCTS}/batch/create", {"inputs": traced})
    body = answer.get_json()
    assert (answer.status_code, body["numErrors"]) == (207, 1)
    assert {one["objectWriteTraceId"]: one["properties"]["name"] for one in body["results"]} == {
        "t-0": "Pump",
        "t-2": "Hose",
    }
    assert body["errors"][0]["context"]["objectWriteTraceId"] == ["t-1"]


@pytest.mark.parametrize(("style", "creation"), [("legacy", "product.creation"), ("generic", "object.creation")])
def test_what_happens_to_a_product_is_told(hub: HubSpot, portal: Portal, events, style, creation):
    hub.settings.payload_style = style
    product = portal.create_record("products", {"name": "Pump", "price": "5"})
    portal.update_record("products", product, {"price": "6.50", "hs_url": "https://nobody.example"})
    portal.archive_record("products", product)
    portal.restore_record("products", product)
    told = events()
    prefix = creation.removesuffix("creation")
    assert [one["subscriptionType"].removeprefix(prefix) for one in told] == [
        "creation", "propertyChange", "propertyChange", "propertyChange", "deletion", "restore",
    ]  # fmt: skip
    assert {one["objectId"] for one in told} == {int(product)}
    assert {one.get("objectTypeId") for one in told} == {None if style == "legacy" else "0-7"}
    changed = [(one["propertyName"], one["propertyValue"]) for one in told if "propertyName" in one]
    assert changed == [("name", "Pump"), ("price", "5"), ("price", "6.50")]


def test_an_archived_product_is_read_only_where_it_is_asked_for(api, portal: Portal):
    product = portal.create_record("products", {"name": "Pump"})
    assert api.delete(f"{PRODUCTS}/{product}").status_code == 204
    assert api.get(f"{PRODUCTS}/{product}").status_code == 404
    assert api.get(f"{PRODUCTS}/{product}?archived=true").get_json()["archived"] is True
    portal.restore_record("products", product)
    assert api.get(f"{PRODUCTS}/{product}").get_json()["archived"] is False


OWN, COMMERCE = "crm.objects.products.read", "e-commerce"


@pytest.mark.parametrize(("version", "scopes", "status"), [
    ("/crm/objects/2026-09", [OWN, COMMERCE], 200), ("/crm/objects/2026-09", [OWN], 403),
    ("/crm/objects/2026-09", [COMMERCE], 403), ("/crm/objects/2026-03", [OWN], 200),
    ("/crm/v3/objects", [COMMERCE], 200), ("/crm/v3/objects", ["crm.objects.products.write"], 403),
])  # fmt: skip
def test_the_newest_version_needs_both_scopes(hub: HubSpot, version: str, scopes: list[str], status: int):
    """Older ones need either; the refusal names both (section 1.6)."""
    api = Api(hub, hub.issue_tokens(PORTAL_ID, scopes=["oauth", *scopes])["access_token"])
    answer = api.get(f"{version}/products")
    assert answer.status_code == status
    if status == 403:
        named = answer.get_json()["errors"][0]["context"]["requiredGranularScopes"]
        assert set(named) == {OWN, COMMERCE}


def test_a_further_currency_has_a_price_of_its_own(api, portal: Portal):
    given = {"properties": {"name": "Pump", "hs_price_eur": "4.20"}}
    assert api.post(PRODUCTS, given).status_code == 400
    portal.add_currency("EUR", "1.10")
    made = api.post(PRODUCTS, given)
    assert made.get_json()["properties"]["hs_price_eur"] == "4.20"
    assert api.get("/account-info/2026-09/details").get_json()["additionalCurrencies"] == ["EUR"]
