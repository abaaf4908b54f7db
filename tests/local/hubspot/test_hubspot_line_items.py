"""Line items: net prices, one parent, what they take from products (reference, sections 3.2, 5.2, 5.4 and 7.2)."""

from __future__ import annotations

import pytest

from local.hubspot import HubSpot, Portal

OBJECTS = "/crm/objects/2026-09"
LINKS = "/crm/associations/2026-09"
NEW = {"deals": {"dealname": "Roof"}, "invoices": {"hs_currency": "USD"}}
TO_PARENT = {"deals": 20, "invoices": 410}


def to(id: str, type_id: int) -> dict:
    return {"to": {"id": id}, "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": type_id}]}


@pytest.fixture(params=["deals", "invoices"])
def parent(request, portal: Portal) -> tuple[str, str]:
    return request.param, portal.create_record(request.param, NEW[request.param])


@pytest.mark.parametrize(("values", "amount"), [
    ({"price": "10", "quantity": "3"}, "30"),
    ({"price": "10", "quantity": "3", "discount": "1.50"}, "25.5"),
    ({"price": "10", "quantity": "3", "hs_discount_percentage": "10"}, "27"),
    ({"price": "33.3333333", "quantity": "3"}, "100"),
    ({"price": "0.005", "quantity": "1"}, "0.01"),
    ({"price": "0", "quantity": "7"}, "0"),
    ({"price": "1000000.01", "quantity": "1000"}, "1000000010"),
    ({"price": "10"}, None),
    ({"quantity": "2"}, None),
    ({"price": "10.5", "quantity": "3", "hs_line_item_currency_code": "JPY"}, "32"),
    ({"price": "1.0005", "quantity": "1", "hs_line_item_currency_code": "KWD"}, "1.001"),
])  # fmt: skip
def test_the_net_price_is_calculated(api, values: dict, amount: str | None):
    """Quantity times price less the discounts of each unit, in the digits of the currency."""
    made = api.post(f"{OBJECTS}/line_items", {"properties": values}).get_json()
    read = api.get(f"{OBJECTS}/line_items/{made['id']}").get_json()["properties"]
    assert read["amount"] == amount
    assert set(read) == {"amount", "createdate", "hs_lastmodifieddate", "hs_object_id", "price", "quantity"}


def test_a_net_price_may_keep_all_its_digits(api, hub: HubSpot):
    hub.settings.line_amounts = "exact"
    made = api.post(f"{OBJECTS}/line_items", {"properties": {"price": "33.3333333", "quantity": "3"}}).get_json()
    assert made["properties"]["amount"] == "99.9999999"


@pytest.mark.parametrize(("properties", "code"), [
    ({"amount": "5"}, "READ_ONLY_VALUE"), ({"price": "-5"}, "INVALID_PRICE"), ({"quantity": "many"}, "INVALID_INTEGER"),
    ({"hs_product_id": "999"}, "INVALID_PRODUCT"), ({"discounts": "1"}, "PROPERTY_DOESNT_EXIST"),
])  # fmt: skip
def test_a_line_item_that_cannot_be_is_refused(api, properties: dict, code: str):
    refused = api.post(f"{OBJECTS}/line_items", {"properties": properties})
    assert (refused.status_code, refused.get_json()["errors"][0]["code"]) == (400, code)


def test_a_product_s_values_are_copied_once(api, portal: Portal):
    """What the line says itself wins; what the product becomes later does not reach it."""
    product = portal.create_record("products", {"name": "Pump", "price": "15", "hs_sku": "P-1", "description": "Pumps"})
    given = {"hs_product_id": product, "quantity": "2", "description": "Two pumps"}
    line = api.post(f"{OBJECTS}/line_items", {"properties": given}).get_json()["id"]
    portal.update_record("products", product, {"price": "99", "name": "Big pump"})
    held = portal.record("line_items", line)
    assert (held["name"], held["price"], held["hs_sku"]) == ("Pump", "15", "P-1")
    assert (held["description"], held["amount"], held["hs_product_id"]) == ("Two pumps", "30", product)


def test_line_items_are_made_with_their_parent_in_one_call(api, portal: Portal, parent):
    """And found again from either end."""
    kind, id = parent
    wanted = [to(id, TO_PARENT[kind])]
    inputs = [{"properties": {"price": "5", "quantity": str(n)}, "associations": wanted} for n in (1, 2, 3)]
    made = api.post(f"{OBJECTS}/line_items/batch/create", {"inputs": inputs})
    assert made.status_code == 201
    ids = [one["id"] for one in made.get_json()["results"]]
    page = api.post(f"{LINKS}/{kind}/line_items/batch/read", {"inputs": [{"id": id}]}).get_json()["results"]
    assert [str(one["toObjectId"]) for one in page[0]["to"]] == ids
    assert page[0]["to"][0]["associationTypes"][0]["typeId"] == {"deals": 19, "invoices": 409}[kind]
    shown = api.get(f"{OBJECTS}/{kind}/{id}?associations=line_items").get_json()["associations"]
    singular = kind.removesuffix("s")
    assert shown == {"line items": {"results": [{"id": one, "type": f"{singular}_to_line_item"} for one in ids]}}
    back = api.get(f"{OBJECTS}/line_items/{ids[0]}/associations/{kind}").get_json()["results"]
    assert [one["toObjectId"] for one in back] == [int(id)]
    assert [one["amount"] for one in portal.lines(kind, id)] == ["5", "10", "15"]


def test_a_parent_is_made_with_line_items_that_are_there(api, portal: Portal):
    line = portal.create_record("line_items", {"price": "5", "quantity": "2"})
    made = api.post(f"{OBJECTS}/invoices", {"properties": NEW["invoices"], "associations": [to(line, 409)]})
    assert portal.linked("invoices", made.get_json()["id"], "line_items") == [line]
    assert portal.record("invoices", made.get_json()["id"])["hs_amount_billed"] == "10"


def test_a_line_item_belongs_to_one_parent(api, portal: Portal, parent):
    """However a second one is asked for (section 5.4)."""
    kind, id = parent
    line = portal.add_line(kind, id, {"price": "5", "quantity": "1"})
    others = {one: portal.create_record(one, NEW[one]) for one in NEW}
    for other, other_id in others.items():
        path = f"{OBJECTS}/line_items/{line}/associations"
        spec = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": TO_PARENT[other]}]
        assert api.put(f"{path}/default/{other}/{other_id}").status_code == 400
        assert api.put(f"{path}/{other}/{other_id}", spec).status_code == 400
        pair = {"from": {"id": line}, "to": {"id": other_id}}
        answer = api.post(f"{LINKS}/line_items/{other}/batch/associate/default", {"inputs": [pair]})
        assert (answer.status_code, answer.get_json()["numErrors"]) == (207, 1)
        both = [to(id, TO_PARENT[kind]), to(other_id, TO_PARENT[other])]
        assert api.post(f"{OBJECTS}/line_items", {"properties": {}, "associations": both}).status_code == 400
        inline = {"properties": NEW[other], "associations": [to(line, {"deals": 19, "invoices": 409}[other])]}
        assert api.post(f"{OBJECTS}/{other}", inline).status_code == 400
    assert portal.linked("line_items", line, kind) == [id]
    assert api.put(f"{OBJECTS}/line_items/{line}/associations/default/{kind}/{id}").status_code == 200


def test_a_batch_does_not_give_one_line_item_away_twice(api, portal: Portal):
    line = portal.create_record("line_items", {"price": "5", "quantity": "2"})
    inputs = [
        {"properties": NEW["invoices"], "associations": [to(line, 409)], "objectWriteTraceId": f"t-{number}"}
        for number in range(2)
    ]
    body = api.post(f"{OBJECTS}/invoices/batch/create", {"inputs": inputs}).get_json()
    assert [one["objectWriteTraceId"] for one in body["results"]] == ["t-0"]
    assert body["errors"][0]["context"]["objectWriteTraceId"] == ["t-1"]
    assert len(portal.records("invoices")) == 1


def test_a_line_item_moves_to_another_parent_by_being_unlinked_first(api, portal: Portal):
    deal = portal.create_record("deals", NEW["deals"])
    line = portal.add_line("deals", deal, {"price": "5", "quantity": "1"})
    invoice = portal.create_record("invoices", NEW["invoices"])
    assert portal.record("deals", deal)["hs_num_of_associated_line_items"] == "1"
    assert api.delete(f"{OBJECTS}/line_items/{line}/associations/deals/{deal}").status_code == 204
    assert api.put(f"{OBJECTS}/line_items/{line}/associations/default/invoices/{invoice}").status_code == 200
    assert portal.record("deals", deal)["hs_num_of_associated_line_items"] == "0"


def test_a_batch_of_updates_and_of_deletions(api, portal: Portal):
    """The invoice follows, in its amounts and its stamp, each time."""
    lines = [{"price": "5", "quantity": "1"}, {"price": "7", "quantity": "1"}]
    invoice = portal.create_invoice(NEW["invoices"], lines)
    first, second = portal.linked("invoices", invoice, "line_items")
    inputs = [{"id": first, "properties": {"quantity": "4"}}, {"id": second, "properties": {"discount": "2"}}]
    assert api.post(f"{OBJECTS}/line_items/batch/update", {"inputs": inputs}).status_code == 200
    assert portal.record("invoices", invoice)["hs_amount_billed"] == "25"
    assert api.post(f"{OBJECTS}/line_items/batch/archive", {"inputs": [{"id": first}]}).status_code == 204
    assert portal.record("invoices", invoice)["hs_amount_billed"] == "5"
    assert portal.linked("invoices", invoice, "line_items") == [second]
    portal.restore_record("line_items", first)
    assert portal.record("invoices", invoice)["hs_amount_billed"] == "25"


def test_a_change_of_a_line_item_is_found_by_its_invoice_s_stamp(portal: Portal, clock):
    invoice = portal.create_invoice(NEW["invoices"], [{"price": "5", "quantity": "1"}])
    before = portal.record("invoices", invoice)["hs_lastmodifieddate"]
    (line,) = portal.linked("invoices", invoice, "line_items")
    clock.advance(60)
    portal.update_record("line_items", line, {"name": "Pump"})
    assert portal.record("invoices", invoice)["hs_lastmodifieddate"] == before
    portal.update_record("line_items", line, {"quantity": "2"})
    assert portal.record("invoices", invoice)["hs_lastmodifieddate"] > before


def test_merged_deals_have_the_line_items_of_both(api, portal: Portal):
    """Invoices and line items themselves cannot be merged."""
    deals = [portal.create_record("deals", NEW["deals"]) for _ in range(2)]
    lines = [portal.add_line("deals", deal, {"price": "5", "quantity": "1"}) for deal in deals]
    given = {"primaryObjectId": deals[0], "objectIdToMerge": deals[1]}
    assert api.post(f"{OBJECTS}/deals/merge", given).status_code == 200
    assert portal.linked("deals", deals[0], "line_items") == lines
    given = {"primaryObjectId": lines[0], "objectIdToMerge": lines[1]}
    assert api.post(f"{OBJECTS}/line_items/merge", given).status_code == 400


def test_a_unique_property_identifies_a_line_item(api, portal: Portal):
    definition = {
        "name": "quickbooks_line", "label": "Line", "type": "string", "fieldType": "text",
        "groupName": "line_item_information", "hasUniqueValue": True,
    }  # fmt: skip
    assert api.post("/crm/properties/2026-09/line_items", definition).status_code == 201
    inputs = [{"id": "1:5:1", "idProperty": "quickbooks_line", "properties": {"price": "5", "quantity": "1"}}]
    made = api.post(f"{OBJECTS}/line_items/batch/upsert", {"inputs": inputs}).get_json()["results"][0]
    assert made["new"]
    inputs[0]["properties"] = {"quantity": "3"}
    again = api.post(f"{OBJECTS}/line_items/batch/upsert", {"inputs": inputs}).get_json()["results"][0]
    assert (again["id"], again["new"], portal.record("line_items", made["id"])["amount"]) == (made["id"], False, "15")


def test_links_of_line_items_are_told(hub: HubSpot, portal: Portal, events):
    """With a deal in both styles, with an invoice generically; calculated values never."""
    hub.settings.subscribed = "all"
    deal, invoice = (portal.create_record(one, NEW[one]) for one in NEW)
    events()
    for kind, id in (("deals", deal), ("invoices", invoice)):
        portal.add_line(kind, id, {"price": "5", "quantity": "1"})
    told = events()
    links = [one for one in told if one["subscriptionType"].endswith("associationChange")]
    assert [(one["subscriptionType"], one.get("associationType"), one.get("associationTypeId")) for one in links] == [
        ("deal.associationChange", "DEAL_TO_LINE_ITEM", None),
        ("line_item.associationChange", "LINE_ITEM_TO_DEAL", None),
        ("object.associationChange", None, 410),
        ("object.associationChange", None, 409),
    ]
    changed = {one["propertyName"] for one in told if "propertyName" in one}
    assert {"price", "quantity"} <= changed
    assert not changed & {"amount", "hs_amount_billed", "hs_balance_due", "hs_num_of_associated_line_items"}
