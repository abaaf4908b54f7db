"""Items and products under bad weather: lost answers, late indexes, equal names and SKUs, lost notices."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
import yaml

from tests.local.quickbooks.selling import line
from tests.stories.test_products import MADE, begin, product, products, stocked, written
from tests.stories.world import World

BOTH: dict[str, Any] = {"direction": "both", **MADE}


def shelf(world: World, category: str, name: str, **more: Any) -> str:
    """An item below a category."""
    above = world.company.create("Item", {"Name": category, "Type": "Category"})["Id"]
    return str(world.item(name, SubItem=True, ParentRef={"value": above}, **more)["Id"])


def items(world: World) -> list[str]:
    return sorted(one["FullyQualifiedName"] for one in world.company.all("Item"))


@pytest.mark.parametrize(("name", "sku"), [("ROOF", ""), ("Other", " r-1 "), ("Roof   tile", "")])
def test_case_and_blanks_make_no_second_product(world: World, name: str, sku: str) -> None:
    """To people they are the same."""
    there = world.portal.create_record("products", {"name": "Roof tile" if " " in name else "Roof", "hs_sku": "R-1"})
    item = world.item(name, **({"Sku": sku} if sku else {}))["Id"]
    begin(world)
    assert world.record(kind="product", quickbooks_id=item)["hubspot_id"] == there
    assert len(products(world)) == 1


def test_what_a_search_shows_of_a_product_is_the_past(world: World) -> None:
    """Found by search, and then read: a person has described it a moment ago, and keeps their words."""
    there = world.portal.create_record("products", {"name": "Roof"})
    world.hubspot.settings.index_lag_s = 60
    world.clock.ahead_s += 120
    world.connect()
    world.configure(products={"conflict": "hubspot"})
    world.portal.update_record("products", there, {"description": "Mine"})
    item = world.item("Roof", Description="From the books")["Id"]
    world.come_to_rest()
    assert product(world, item)["hs_object_id"] == there
    assert product(world, item)["description"] == "Mine"


def test_long_names_and_many_properties_are_searched_for_within_the_caps(world: World) -> None:
    """A search takes 3,000 characters, and an umlaut counts for six."""
    rows = []
    for number in range(16):
        name = f"a_property_of_products_with_a_very_long_name_{number}"
        body = {"name": name, "label": name, "groupName": "productinformation", "type": "string", "fieldType": "text"}
        world.hubspot_api("POST", "/crm/properties/2026-09/products", body)
        rows.append({"hubspot": name, "quickbooks": "PurchaseDesc", "direction": "to_hubspot"})
    names = [f"{number:02}" + "ü" * 98 for number in range(8)]
    there = {name: world.portal.create_record("products", {"name": name}) for name in names}
    made = {name: world.item(name)["Id"] for name in names}
    begin(world, fields=rows)
    linked = {one["quickbooks_id"]: one["hubspot_id"] for one in world.records(kind="product")}
    assert linked == {made[name]: there[name] for name in names}


def test_an_index_later_than_ever_seen_makes_no_second_product(world: World) -> None:
    """No unique key, the answer lost, and search is blind for minutes: what is listed is known all the same."""
    world.hubspot.settings.unique_on_products = False
    world.hubspot.settings.index_lag_s = 500
    world.connect()
    world.configure(products={})
    world.dial("hubspot", path=".*/products/batch/create", method="POST", do="lose_answer")
    item = world.item("Roof")["Id"]
    world.come_to_rest()
    assert world.acted()
    world.recover()
    assert product(world, item)["name"] == "Roof"
    assert len(products(world)) == 1


def test_a_product_that_we_made_never_becomes_an_item_of_its_own(world: World) -> None:
    """Both ways, nothing is matched, and the answer to the create is lost: its own notice comes to it first."""
    world.connect()
    world.configure(products={**BOTH, "match": "none"})
    world.dial("hubspot", path=".*/products/batch/create", method="POST", do="lose_answer")
    item = shelf(world, "Water", "Pump")
    world.come_to_rest()
    assert world.acted()
    world.recover()
    assert items(world) == ["Water", "Water:Pump"]
    assert [one["id"] for one in products(world)] == [product(world, item)["hs_object_id"]]


def test_twins_that_have_found_each_other_are_nobodys_rivals(world: World) -> None:
    """One SKU twice on either side; one pair is linked, and so the other two are each other's."""
    world.connect()
    world.configure(products=BOTH)
    world.item("Pump", Sku="P-1")
    world.come_to_rest()
    world.clock.ahead_s += 60  # the index knows the first pair
    world.quickbooks.delivery.dials.drop = 1_000
    second = world.item("Pump, used", Sku="P-1")["Id"]
    theirs = world.portal.create_record("products", {"name": "Used pump", "hs_sku": "P-1"})
    world.come_to_rest()
    record = world.record(kind="product", hubspot_id=theirs)
    assert (record["state"], record["quickbooks_id"]) == ("in_sync", second), record["message"]
    assert len(products(world)) == len(world.company.all("Item")) == 2


def test_a_product_goes_to_the_item_with_its_sku_whoever_comes_first(world: World) -> None:
    """The other item has but the same name, in another category, and gets a product of its own."""
    there = world.portal.create_record("products", {"name": "Pump", "hs_sku": "P-1"})
    named = shelf(world, "Fire", "Pump")
    world.clock.ahead_s += 60
    world.connect()
    world.quickbooks.delivery.dials.drop = 1_000
    numbered = shelf(world, "Water", "Pump", Sku="P-1")
    world.configure(products={})
    assert world.record(kind="product", quickbooks_id=numbered)["hubspot_id"] == there
    assert world.record(kind="product", quickbooks_id=named)["hubspot_id"] not in (there, None)
    assert len(products(world)) == 2


@pytest.mark.parametrize("unique", [True, False], ids=["unique key", "no unique key"])
def test_what_we_made_is_found_again_when_its_links_were_forgotten(world: World, unique: bool) -> None:
    """The key says whose it is, though the name and the SKU do not any more."""
    world.hubspot.settings.unique_on_products = unique
    world.connect()
    world.configure(products={"direction": "to_hubspot", "conflict": "hubspot"})
    item = world.item("Roof")["Id"]
    world.come_to_rest()
    made = product(world, item)["hs_object_id"]
    world.portal.update_record("products", made, {"name": "The roof"})
    world.configure(products={"enabled": False})
    world.ops("settings", "forget", "product", "--yes")
    world.clock.ahead_s += 60
    world.configure(products={"enabled": True})
    assert product(world, item)["hs_object_id"] == made
    assert len(products(world)) == 1


def test_an_old_lost_create_is_not_found_in_a_category(world: World) -> None:
    """What we make stands in no category: an item of that name in one is somebody else's."""
    world.connect()
    world.configure(products=BOTH)
    world.dial("quickbooks", path=".*/batch", body='"create"', do="refuse", times=0)
    made = world.portal.create_record("products", {"name": "Pump", "hs_sku": "P-1"})
    world.come_to_rest()
    world.quickbooks.delivery.dials.drop = 1_000
    other = shelf(world, "Water", "Pump", Sku="W-9")
    world.quickbooks.dials.clear()
    world.later(3_700)
    world.recover()
    record = world.record(kind="product", hubspot_id=made)
    assert record["quickbooks_id"] != other
    assert world.company.get("Item", other)["Sku"] == "W-9"
    assert items(world) == ["Pump", "Water", "Water:Pump"]


def test_an_old_lost_create_is_found_by_its_name(world: World) -> None:
    """Made, but for over an hour no answer came: the request may not be sent again, and need not."""
    world.connect()
    world.configure(products={**BOTH, "match": "none"})
    world.dial("quickbooks", path=".*/batch", body='"create"', do="lose_answer")
    world.dial("quickbooks", path=".*/batch", body='"create"', do="refuse", times=0)
    world.quickbooks.delivery.dials.drop = 1_000
    made = world.portal.create_record("products", {"name": "Pump", "hs_sku": "P-1"})
    world.come_to_rest()
    world.quickbooks.dials.clear()
    world.later(3_700)
    world.recover()
    assert items(world) == ["Pump"]
    assert world.record(kind="product", hubspot_id=made)["state"] == "in_sync"


@pytest.mark.parametrize("shared", [True, False])
def test_another_companys_product_is_taken_only_where_they_share(world: World, shared: bool) -> None:
    """One portal, two companies, and the same SKU in both books."""
    world.connect()
    world.configure(products={})
    one = world.item("Roof", Sku="R-1")["Id"]
    world.come_to_rest()
    assert product(world, one)["hs_sku"] == "R-1"
    world.clock.ahead_s += 60
    world.open_company()
    world.connect()
    path = world.folder / "second.yaml"
    path.write_text(yaml.safe_dump({"connection": world.connection, "products": {"shared": shared}}))
    world.ops("settings", "apply", str(path), "--yes", "--connection", world.connection)
    two = world.item("Roof", Sku="R-1")["Id"]
    world.come_to_rest()
    records = world.ops("records", "--connection", world.connection)
    assert [one["state"] for one in records if one["quickbooks_id"] == two] == ["in_sync"]
    assert len(products(world)) == (1 if shared else 2)


def test_a_taken_name_says_who_has_it_and_heals_when_it_comes_free(world: World) -> None:
    """The SKUs say that they are two, and QuickBooks takes a name once."""
    world.connect()
    world.configure(products=BOTH)
    world.quickbooks.delivery.dials.drop = 1_000
    holder = world.item("Roof", Sku="R-2")["Id"]
    made = world.portal.create_record("products", {"name": "Roof", "hs_sku": "R-1"})
    world.come_to_rest()
    record = world.record(kind="product", hubspot_id=made)
    assert (record["state"], record["category"]) == ("failing", "name_taken")
    assert "Roof" in record["message"]
    assert holder in record["message"]
    assert "on_name_taken" not in record["fix"]
    assert "SKU" in record["fix"]
    world.edit("Item", holder, Name="Old roof")
    world.recover()
    assert world.record(kind="product", hubspot_id=made)["state"] == "in_sync"


def test_our_own_writes_come_back_without_a_call(world: World) -> None:
    """Both ways: a new item and a new product, each made once, and the notices of it cost nothing."""
    world.connect()
    world.configure(products=BOTH)
    world.forget_calls()
    item = world.item("Roof", Sku="R-1", UnitPrice=5)["Id"]
    world.come_to_rest()
    assert product(world, item)["hs_sku"] == "R-1"
    assert sum(call.metered for call in world.calls()) <= 2, world.said()
    world.forget_calls()
    world.come_to_rest()
    world.portal.create_record(
        "products", {"name": "Tile", "hs_sku": "T-1", "price": "3", "hs_cost_of_goods_sold": "1"}
    )
    world.come_to_rest()
    assert items(world) == ["Roof", "Tile"]
    assert sum(call.metered for call in world.calls()) <= 2, world.said()
    assert len(written(world)) == 1, "which tells HubSpot its type"


def test_a_restored_product_is_archived_again_when_its_item_goes_again(world: World) -> None:
    """`deletes: archive`: whoever brought it back ended what we had put away."""
    world.connect()
    world.configure(products={"deletes": "archive"})
    item = world.item("Roof")["Id"]
    world.come_to_rest()
    for _ in range(2):
        made = product(world, item)["hs_object_id"]
        world.edit("Item", item, Active=False)
        assert products(world) == []
        world.portal.restore_record("products", made)
        world.edit("Item", item, Active=True)
        assert world.record(kind="product", quickbooks_id=item)["state"] == "in_sync"


def test_a_sale_costs_one_read(world: World) -> None:
    """Five sales of one item: each touches it, and nothing is written."""
    world.connect()
    item = stocked(world, UnitPrice=5)
    customer = world.customer("Aster", "office@aster.example")["Id"]
    world.configure(products={})
    world.forget_calls()
    for _ in range(5):
        world.clock.ahead_s += 2
        world.invoice(customer, line(5, item, detail={"Qty": 1, "UnitPrice": 5}))
    world.come_to_rest()
    assert written(world) == []
    assert sum(call.metered for call in world.calls()) <= 5, world.said()


def test_a_sweep_finds_items_and_products_whose_notices_were_lost(world: World) -> None:
    """Not one webhook arrives, of either vendor."""
    world.connect()
    world.configure(products=BOTH)
    for vendor in (world.quickbooks, world.hubspot):
        vendor.delivery.dials.drop = 1_000
    item = world.item("Roof")["Id"]
    theirs = world.portal.create_record("products", {"name": "Tile"})
    world.come_to_rest()
    assert items(world) == ["Roof"], "nobody has heard of the product"
    world.clock.ahead_s += 120
    world.ops("sweep")
    world.come_to_rest()
    assert product(world, item)["name"] == "Roof"
    assert world.record(kind="product", hubspot_id=theirs)["state"] == "in_sync"
    assert items(world) == ["Roof", "Tile"]
    world.clock.ahead_s += 120
    world.company.update("Item", item, {"UnitPrice": 9})
    world.clock.ahead_s += 120
    world.ops("sweep")
    world.come_to_rest()
    assert Decimal(product(world, item)["price"]) == 9
