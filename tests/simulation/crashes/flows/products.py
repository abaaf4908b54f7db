"""Products and items."""

from __future__ import annotations

from tests.simulation.crashes.cases import Flow, Ids
from tests.simulation.crashes.world import CrashWorld

BOTH = {"contacts": {}, "products": {"direction": "both", "create": {"income_account": "1"}}}
PUT_AWAY = {"contacts": {}, "products": {**BOTH["products"], "deletes": "archive"}}


def product_made(world: CrashWorld, _: Ids) -> None:
    world.product("Pump", "P-1", price="12.50")


def item_made(world: CrashWorld, _: Ids) -> None:
    world.item("Pump", "P-1", UnitPrice=12.5)


def both_made(world: CrashWorld, _: Ids) -> None:
    product_made(world, {})
    world.item("Pump of steel", "P-1", UnitPrice=13)


def linked(world: CrashWorld) -> Ids:
    item = world.item("Pump", "P-1", UnitPrice=12.5)
    world.run(60)
    [product] = [one for one in world.portal.records("products") if one["properties"]["name"] == "Pump"]
    world.time += 60
    return {"item": item, "product": product["id"]}


def made_here(world: CrashWorld) -> Ids:
    product = world.product("Pump", "P-1", price="12.50")
    world.run(60)
    [item] = [one for one in world.company.all("Item") if one["Name"] == "Pump"]
    world.time += 60
    return {"item": item["Id"], "product": product}


def product_changed(world: CrashWorld, ids: Ids) -> None:
    world.portal.update_record("products", ids["product"], {"price": "14", "description": "of brass"})


def item_changed(world: CrashWorld, ids: Ids) -> None:
    world.company.update("Item", ids["item"], {"UnitPrice": 15, "Description": "of tin"})


def item_inactivated(world: CrashWorld, ids: Ids) -> None:
    world.company.inactivate("Item", ids["item"])


def product_archived(world: CrashWorld, ids: Ids) -> None:
    world.portal.archive_record("products", ids["product"])


FLOWS = {
    "a product is made": Flow(product_made, given=BOTH),
    "an item is made": Flow(item_made, given=BOTH),
    "a product and its item are made": Flow(both_made, given=BOTH),
    "a product changes": Flow(product_changed, linked, given=BOTH),
    "an item changes": Flow(item_changed, linked, given=BOTH),
    "an item is made inactive": Flow(item_inactivated, linked, given=PUT_AWAY),
    "a product is archived": Flow(product_archived, made_here, given=PUT_AWAY),
}
