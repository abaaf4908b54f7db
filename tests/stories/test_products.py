"""Items and products agree: found instead of doubled, never merged wrongly, and the reason where they stay apart."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.local.quickbooks.selling import inventory, line
from tests.stories.world import World

ACCOUNT = "Sales of Product Income"  # id 79 of every company
MADE = {"create": {"type": "Service", "income_account": ACCOUNT}}
READS = ("/read", "/search")


def products(world: World) -> list[dict[str, Any]]:
    return [{**one["properties"], "id": one["id"]} for one in world.portal.records("products")]


def begin(world: World, **settings: Any) -> None:
    """Switch products on, long after what is there was made: HubSpot's search knows it by now."""
    world.clock.ahead_s += 60
    world.connect()
    world.configure(products=settings)


def product(world: World, item: str) -> dict[str, str]:
    """The product that the item is linked with."""
    id = world.record(kind="product", quickbooks_id=item)["hubspot_id"]
    assert id, world.record(kind="product", quickbooks_id=item)
    return dict(world.portal.record("products", id))


def written(world: World) -> list[str]:
    """Calls to HubSpot that write products."""
    sent = [call.path for call in world.hubspot.dials.calls() if call.method != "GET"]
    return [path for path in sent if "/products" in path and not path.endswith(READS)]


def stocked(world: World, **more: Any) -> str:
    """An item that is kept in stock."""
    return str(world.company.create("Item", inventory("Pump", InvStartDate=world.day(-30), **more))["Id"])


def test_an_item_arrives_as_a_product(world: World) -> None:
    """Name, SKU, description, price, cost and type, and our key on what we made."""
    world.connect()
    world.configure(products={})
    more = {"Sku": "R-1", "Description": "New roof & gutter", "UnitPrice": 1250.5, "PurchaseCost": 800.25}
    item = world.item("Roof", **more)["Id"]
    world.come_to_rest()
    made = product(world, item)
    assert (made["name"], made["hs_sku"], made["description"]) == ("Roof", "R-1", "New roof & gutter")
    assert Decimal(made["price"]) == Decimal("1250.5")
    assert Decimal(made["hs_cost_of_goods_sold"]) == Decimal("800.25")
    assert made["hs_product_type"] == "service"
    assert made["quickbooks_key"] == f"{world.company.realm_id}:{item}"
    assert world.record(kind="product", quickbooks_id=item)["state"] == "in_sync"


def test_other_types_arrive_as_theirs(world: World) -> None:
    """What is kept in stock, and what is not."""
    world.connect()
    world.configure(products={})
    items = [stocked(world), world.item("Nails", Type="NonInventory")["Id"]]
    world.come_to_rest()
    assert [product(world, item)["hs_product_type"] for item in items] == ["inventory", "non_inventory"]


def test_items_that_were_there_before_come_with_the_initial_sync(world: World) -> None:
    """Switched on, products begin with what the books hold already."""
    items = [world.item(f"Item {number}")["Id"] for number in range(3)]
    begin(world)
    assert {product(world, item)["name"] for item in items} == {"Item 0", "Item 1", "Item 2"}
    assert len(products(world)) == 3


@pytest.mark.parametrize(("theirs", "ours"), [
    ({"name": "Another name", "hs_sku": "R-1"}, {"Sku": "R-1"}),
    ({"name": "Roof"}, {}),
    ({"name": "Roof"}, {"Sku": "R-1"}),
], ids=["by SKU", "by name", "by name, where only one has a SKU"])  # fmt: skip
def test_a_product_that_is_there_is_linked_and_not_doubled(
    world: World, theirs: dict[str, str], ours: dict[str, str]
) -> None:
    """Found by SKU, then by name; QuickBooks' values then stand in it, since products go to HubSpot."""
    there = world.portal.create_record("products", theirs)
    item = world.item("Roof", UnitPrice=5, **ours)["Id"]
    begin(world)
    assert world.record(kind="product", quickbooks_id=item)["hubspot_id"] == there
    [only] = products(world)
    assert (only["name"], Decimal(only["price"])) == ("Roof", 5)


def test_the_sku_decides_before_the_name(world: World) -> None:
    """One product has the item's SKU, another its name: the SKU's is the one."""
    named = world.portal.create_record("products", {"name": "Roof"})
    numbered = world.portal.create_record("products", {"name": "Old roof", "hs_sku": "R-1"})
    item = world.item("Roof", Sku="R-1")["Id"]
    begin(world)
    assert world.record(kind="product", quickbooks_id=item)["hubspot_id"] == numbered
    assert {one["id"] for one in products(world)} == {named, numbered}


def test_a_product_with_another_sku_is_another_product(world: World) -> None:
    """The same name does not make them one while their SKUs say that they are two."""
    theirs = world.portal.create_record("products", {"name": "Roof", "hs_sku": "R-2"})
    item = world.item("Roof", Sku="R-1")["Id"]
    begin(world)
    assert world.record(kind="product", quickbooks_id=item)["hubspot_id"] != theirs
    assert world.portal.record("products", theirs)["hs_sku"] == "R-2"


def test_categories_and_bundles_stay_out_and_say_why(world: World) -> None:
    """Neither is a product; both are shown, with the reason."""
    world.connect()
    world.configure(products={})
    shelf = world.company.create("Item", {"Name": "Shelf", "Type": "Category"})["Id"]
    part = world.item("Part")["Id"]
    group = {"ItemGroupLine": [{"ItemRef": {"value": part}, "Qty": 2}]}
    kit = world.company.create("Item", {"Name": "Kit", "Type": "Group", "ItemGroupDetail": group})["Id"]
    world.come_to_rest()
    assert [one["name"] for one in products(world)] == ["Part"]
    for item, word in ((shelf, "category"), (kit, "bundle")):
        record = world.record(kind="product", quickbooks_id=item)
        assert (record["state"], record["hubspot_id"]) == ("excluded", None)
        assert word in record["message"].lower()


def in_two_categories(world: World) -> list[str]:
    """Two items called Pump, of Water and of Fire."""
    items = []
    for name in ("Water", "Fire"):
        category = world.company.create("Item", {"Name": name, "Type": "Category"})["Id"]
        items.append(world.item("Pump", SubItem=True, ParentRef={"value": category})["Id"])
    return items


def test_items_of_one_name_in_two_categories_are_two_products(world: World) -> None:
    world.connect()
    world.configure(products={})
    items = in_two_categories(world)
    world.come_to_rest()
    records = [world.record(kind="product", quickbooks_id=item) for item in items]
    assert [one["state"] for one in records] == ["in_sync", "in_sync"]
    assert len({one["hubspot_id"] for one in records}) == 2
    assert len(products(world)) == 2


def test_items_of_one_name_do_not_share_the_product_of_that_name(world: World) -> None:
    """Which of them it belongs to is not known: at most one takes it, and whoever is not in sync says why."""
    world.portal.create_record("products", {"name": "Pump", "price": "7"})
    in_two_categories(world)
    begin(world)
    records = [one for one in world.records(kind="product") if one["name"].endswith("Pump") and one["quickbooks_id"]]
    assert len(records) == 2
    taken = [one["hubspot_id"] for one in records if one["hubspot_id"]]
    assert len(taken) == len(set(taken))
    assert all(one["message"] for one in records if one["state"] != "in_sync")


def test_two_products_with_the_items_sku_are_a_conflict_that_names_both(world: World) -> None:
    """Neither is linked, none is made, and a person can see which two to look at."""
    twins = [world.portal.create_record("products", {"name": name, "hs_sku": "R-1"}) for name in ("A", "B")]
    item = world.item("Roof", Sku="R-1", UnitPrice=9)["Id"]
    begin(world)
    record = world.record(kind="product", quickbooks_id=item)
    assert (record["state"], record["category"], record["hubspot_id"]) == ("failing", "conflict", None)
    assert all(twin in record["message"] for twin in twins)
    assert [(one["id"], one["name"], one.get("price")) for one in products(world)] == [
        (twins[0], "A", None), (twins[1], "B", None),
    ]  # fmt: skip


def test_two_items_with_one_sku_do_not_share_a_product(world: World) -> None:
    """QuickBooks lets a SKU be used twice: at most one takes the product, and the other says why or has its own."""
    world.portal.create_record("products", {"name": "Pump", "hs_sku": "P-1"})
    items = [world.item(name, Sku="P-1")["Id"] for name in ("Pump", "Pump, used")]
    begin(world)
    records = [world.record(kind="product", quickbooks_id=item) for item in items]
    taken = [one["hubspot_id"] for one in records if one["hubspot_id"]]
    assert len(taken) == len(set(taken))
    assert all(one["message"] for one in records if one["state"] != "in_sync")


def test_an_inactive_item_makes_no_product_and_leaves_its_own_alone(world: World) -> None:
    """`deletes: ignore`: what was there stays, unchanged; ` (deleted)` in the name is no edit."""
    never = world.item("Never")["Id"]
    world.company.inactivate("Item", never)
    roof = world.item("Roof", UnitPrice=5)["Id"]
    begin(world)
    assert [one["name"] for one in products(world)] == ["Roof"]
    world.clock.ahead_s += 2
    world.company.inactivate("Item", roof)
    world.come_to_rest()
    assert [one["name"] for one in products(world)] == ["Roof"]
    record = world.record(kind="product", quickbooks_id=roof)
    assert (record["state"], "inactive" in record["message"]) == ("excluded", True)


def test_an_inactive_items_product_is_archived_where_the_settings_say_so(world: World) -> None:
    """Only the one that we made; the one that a person made stays."""
    theirs = world.portal.create_record("products", {"name": "Theirs"})
    items = [world.item(name)["Id"] for name in ("Theirs", "Ours")]
    begin(world, deletes="archive")
    assert len(products(world)) == 2
    world.clock.ahead_s += 2
    for item in items:
        world.company.inactivate("Item", item)
    world.come_to_rest()
    assert [one["id"] for one in products(world)] == [theirs]


def test_selling_from_stock_writes_nothing(world: World) -> None:
    """A sale touches the item, of which nothing that is mapped has changed."""
    world.connect()
    item = stocked(world, UnitPrice=5)
    customer = world.customer("Aster", "office@aster.example")["Id"]
    world.configure(products={})
    assert product(world, item)["name"] == "Pump"
    token = world.company.get("Item", item)["SyncToken"]
    world.forget_calls()
    world.clock.ahead_s += 2
    world.invoice(customer, line(15, item, detail={"Qty": 3, "UnitPrice": 5}))
    world.come_to_rest()
    assert world.company.get("Item", item)["SyncToken"] != token, "the sale moved it"
    assert written(world) == []


def test_an_edit_in_quickbooks_crosses_and_one_in_hubspot_does_not(world: World) -> None:
    """Products go to HubSpot: there is no other way unless the settings say so."""
    world.connect()
    item = world.item("Roof", UnitPrice=5)["Id"]
    world.configure(products={})
    world.edit("Item", item, UnitPrice=6.5, Description="With gutter")
    made = product(world, item)
    assert (Decimal(made["price"]), made["description"]) == (Decimal("6.5"), "With gutter")
    world.portal.update_record("products", made["hs_object_id"], {"description": "Mine"})
    world.portal.create_record("products", {"name": "Only here"})
    world.come_to_rest()
    assert world.company.get("Item", item)["Description"] == "With gutter"
    assert [one["Name"] for one in world.company.all("Item")] == ["Roof"]


def test_both_ways_an_edit_on_either_side_crosses_and_comes_to_rest(world: World) -> None:
    world.connect()
    item = world.item("Roof", UnitPrice=5)["Id"]
    world.configure(products={"direction": "both", **MADE})
    made = product(world, item)["hs_object_id"]
    world.clock.ahead_s += 2
    world.portal.update_record("products", made, {"price": "7.25", "hs_sku": "R-1"})
    world.come_to_rest()
    held = world.company.get("Item", item)
    assert (Decimal(str(held["UnitPrice"])), held["Sku"]) == (Decimal("7.25"), "R-1")
    assert held["IncomeAccountRef"]["value"] == "1", "the account of an item that is there stays"
    world.edit("Item", item, Description="With gutter", PurchaseCost=3)
    held = world.portal.record("products", made)
    assert (held["description"], Decimal(held["hs_cost_of_goods_sold"])) == ("With gutter", 3)
    world.forget_calls()
    world.come_to_rest()
    assert world.said() == []


def test_a_new_product_becomes_an_item_with_type_and_account(world: World) -> None:
    """As the settings name them."""
    world.connect()
    world.configure(products={"direction": "both", "create": {"type": "NonInventory", "income_account": ACCOUNT}})
    made = world.portal.create_record("products", {"name": "Roof", "price": "12.5", "hs_sku": "R-1"})
    world.come_to_rest()
    [item] = world.company.all("Item")
    assert (item["Name"], item["Type"], item["Sku"]) == ("Roof", "NonInventory", "R-1")
    assert (item["IncomeAccountRef"]["value"], Decimal(str(item["UnitPrice"]))) == ("79", Decimal("12.5"))
    record = world.record(kind="product", hubspot_id=made)
    assert (record["state"], record["quickbooks_id"]) == ("in_sync", item["Id"])
    assert len(products(world)) == 1, "its own notice makes no second product"


def test_a_new_product_finds_its_item_by_sku(world: World) -> None:
    world.connect()
    item = world.item("Roof", Sku="R-1")["Id"]
    world.configure(products={"direction": "to_quickbooks", **MADE})
    made = world.portal.create_record("products", {"name": "The roof", "hs_sku": "R-1"})
    world.come_to_rest()
    assert world.record(kind="product", hubspot_id=made)["quickbooks_id"] == item
    assert len(world.company.all("Item")) == 1


def test_without_an_income_account_a_new_product_fails_before_any_call_to_quickbooks(world: World) -> None:
    """Clear words instead of QuickBooks' 2020, and not one call that cannot succeed."""
    world.connect()
    world.configure(products={"direction": "both", **MADE})
    world.switch_on(products={"direction": "both"})
    world.forget_calls()
    made = world.portal.create_record("products", {"name": "Roof"})
    world.come_to_rest()
    record = world.record(kind="product", hubspot_id=made)
    assert (record["state"], record["category"]) == ("failing", "missing_field")
    assert "income" in record["message"]
    assert "income_account" in record["fix"]
    assert world.quickbooks.dials.calls() == []
    world.configure(products={"direction": "both", **MADE})
    world.recover()
    assert world.record(kind="product", hubspot_id=made)["state"] == "in_sync", "named at last, it heals"


def test_a_canadian_company_wants_an_expense_account_too(world: World) -> None:
    """Known from the company's country, before any call."""
    world.open_company(country="CA", home_currency="CAD")
    world.connect()
    world.switch_on(products={"direction": "both", **MADE})
    world.forget_calls()
    made = world.portal.create_record("products", {"name": "Roof"})
    world.come_to_rest()
    record = world.record(kind="product", hubspot_id=made)
    assert (record["state"], record["category"]) == ("failing", "missing_field")
    assert "expense" in record["message"]
    assert world.company.all("Item") == []
    assert not [call for call in world.quickbooks.dials.calls() if call.method == "POST"]


@pytest.mark.parametrize("unique", [True, False], ids=["unique key", "no unique key"])
@pytest.mark.parametrize("fault", ["lose_answer", "refuse", "html", "status"])
def test_a_product_whose_creation_got_no_answer_is_made_once(world: World, unique: bool, fault: str) -> None:
    """Also where HubSpot lets no property of products be unique, and search shows the new one a moment late."""
    world.hubspot.settings.unique_on_products = unique
    world.connect()
    world.configure(products={})
    world.dial("hubspot", path=".*/products(/batch/create)?", method="POST", do=fault)
    items = [world.item(f"Item {number}")["Id"] for number in range(3)]
    world.come_to_rest()
    assert world.acted()
    world.recover()
    assert sorted(one["name"] for one in products(world)) == ["Item 0", "Item 1", "Item 2"]
    assert {world.record(kind="product", quickbooks_id=item)["state"] for item in items} == {"in_sync"}


@pytest.mark.parametrize("fault", ["lose_answer", "refuse"])
def test_an_item_whose_creation_got_no_answer_is_made_once(world: World, fault: str) -> None:
    world.connect()
    world.configure(products={"direction": "both", **MADE})
    world.dial("quickbooks", path=".*/batch", body='"create"', do=fault)
    world.quickbooks.delivery.dials.drop = 1  # the item's own notice would come again until the SKU's lease has run out
    made = world.portal.create_record("products", {"name": "Roof", "hs_sku": "R-1"})
    world.come_to_rest()
    assert world.acted()
    world.recover()
    assert [one["Name"] for one in world.company.all("Item")] == ["Roof"]
    assert world.record(kind="product", hubspot_id=made)["state"] == "in_sync"


def test_notices_thrice_and_backwards_make_one_product_each(world: World) -> None:
    world.quickbooks.delivery.dials.copies = 3
    world.quickbooks.delivery.dials.backwards = True
    world.connect()
    world.configure(products={})
    world.quickbooks.delivery.dials.hold = True
    items = [world.item(f"Item {number}")["Id"] for number in range(10)]
    world.clock.ahead_s += 2
    for number, item in enumerate(items):
        world.company.update("Item", item, {"UnitPrice": number + 1})
    world.quickbooks.delivery.release()
    world.come_to_rest()
    assert [Decimal(product(world, item)["price"]) for item in items] == [number + 1 for number in range(10)]
    assert len(products(world)) == 10
