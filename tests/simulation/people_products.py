"""What sellers and bookkeepers do with products and items. Names and SKUs are of few, so that the same is sometimes on
both sides, or twice on one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tests.local.quickbooks.selling import inventory, service
from tests.simulation.people import PRODUCT_FIELDS, Dice, act, one_of

if TYPE_CHECKING:
    from tests.simulation.world import Firm, World


def _price(world: World, dice: int) -> str:
    """A new one each time: so one can tell who typed it."""
    world.watch.serial += 1
    return f"{world.watch.serial}.{(dice * 7) % 1_000:03d}".rstrip("0").rstrip(".")


def typed_anew(world: World, firm: Firm, dice: Dice) -> dict[str, str]:
    """Of few names and SKUs, so that the same is sometimes on both sides, or twice on one."""
    kinds = dice[1] % 4
    typed = {
        "name": f"{firm.mark} Pump {dice[0] % 4}" if kinds == 1 else world.watch.new_value(firm),
        "description": world.watch.new_value(firm),
        "price": _price(world, dice[2]),
    }
    if kinds:
        typed["hs_sku"] = f"{firm.mark}-{dice[2] % 4}" if kinds == 2 else world.watch.new_value(firm)
    return typed


def products(firm: Firm) -> list[dict[str, Any]]:
    return firm.portal.records("products")


def items(firm: Firm, *, active: bool = True) -> list[dict[str, Any]]:
    return [one for one in firm.company.all("Item") if one["Active"] is active]


@act(6, "products")
def product_is_made(world: World, firm: Firm, dice: Dice) -> str:
    typed = typed_anew(world, firm, dice)
    id = firm.portal.create_record("products", typed)
    world.watch.made("products", firm, id, typed)
    return f"{id} {typed}"


@act(8, "products")
def product_is_edited(world: World, firm: Firm, dice: Dice) -> str | None:
    if not (product := one_of(products(firm), dice[0])):
        return None
    typed = _new(world, firm, dice)
    firm.portal.update_record("products", product["id"], typed)
    world.watch.typed("products", firm, product["id"], typed)
    return f"{product['id']} {typed}"


def _new(world: World, firm: Firm, dice: Dice) -> dict[str, str]:
    name = list(PRODUCT_FIELDS)[dice[1] % len(PRODUCT_FIELDS)]
    return {name: _price(world, dice[2]) if name == "price" else world.watch.new_value(firm)}


@act(2, "products")
def product_is_archived(world: World, firm: Firm, dice: Dice) -> str | None:
    if not (product := one_of(products(firm), dice[0])):
        return None
    firm.portal.archive_record("products", product["id"])
    world.watch.put_away("products", firm, product["id"])
    return str(product["id"])


def _sent(typed: dict[str, str]) -> dict[str, Any]:
    return {PRODUCT_FIELDS[name]: float(value) if name == "price" else value for name, value in typed.items()}


@act(8, "products")
def item_is_made(world: World, firm: Firm, dice: Dice) -> str:
    typed = typed_anew(world, firm, dice)
    more = {"Type": "NonInventory"} if dice[3] % 3 == 1 else {}
    if dice[3] % 3 == 2:  # sales of it change what is on hand, and nothing that is synced
        return make_item(world, firm, inventory, typed)
    return make_item(world, firm, service, typed, **more)


def make_item(world: World, firm: Firm, body: Callable[..., dict[str, Any]], typed: dict[str, str], **more: Any) -> str:
    made = firm.company.create("Item", body(**_sent(typed), **more))
    world.watch.made("Item", firm, made["Id"], typed)
    return f"{made['Id']} {made['Type']} {typed}"


@act(8, "products")
def item_is_edited(world: World, firm: Firm, dice: Dice) -> str | None:
    if not (item := one_of(items(firm), dice[0])):
        return None
    typed = _new(world, firm, dice)
    firm.company.update("Item", item["Id"], _sent(typed))
    world.watch.typed("Item", firm, item["Id"], typed)
    return f"{item['Id']} {typed}"


@act(2, "products")
def item_is_inactivated(world: World, firm: Firm, dice: Dice) -> str | None:
    if not (item := one_of(items(firm), dice[0])):
        return None
    firm.company.inactivate("Item", item["Id"])
    world.watch.put_away("Item", firm, item["Id"])
    return str(item["Id"])


@act(2, "products")
def item_is_reactivated(world: World, firm: Firm, dice: Dice) -> str | None:
    if not (item := one_of(items(firm, active=False), dice[0])):
        return None
    firm.company.reactivate("Item", item["Id"])
    world.watch.brought_back("Item", firm, item["Id"])
    return str(item["Id"])
