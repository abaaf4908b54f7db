"""What must be true of products and items when a history has come to rest (letters: see `model`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from chalicelib.jobs import Kind
from chalicelib.remember.records import Record
from tests.simulation.people import PRODUCT_FIELDS
from tests.simulation.watch import Pair, held_by, name
from tests.simulation.world import Firm, World

OPEN = ("failing", "parked")
NEITHER = ("Category", "Group")  # items that are no products


def complaints(world: World) -> Iterator[str]:
    for firm in world.firms:
        if "products" in world.settings[firm.id]:
            yield from _products(world, firm, world.records(firm, Kind.PRODUCT))
        yield from _put_away(world, firm)


def _products(world: World, firm: Firm, records: list[Record]) -> Iterator[str]:
    both = world.settings[firm.id]["products"]["direction"] == "both"
    by_product = Counter(one.hubspot_id for one in records if one.hubspot_id)
    by_item = Counter(one.quickbooks_id for one in records if one.quickbooks_id)
    for what, counted in (("product", by_product), ("item", by_item)):
        yield from (f"(d) {what} {id} belongs to {times} records" for id, times in counted.items() if times > 1)
    for item in firm.company.all("Item"):
        if item["Id"] not in by_item and item["Active"]:
            yield f"(l) item {item['Id']} is not known"
        if item["Id"] not in by_item and name("Item", firm, item["Id"]) not in world.watch.by_people:
            yield f"(d) item {item['Id']} was made by the sync and belongs to nobody"
    everywhere = {
        one.hubspot_id for other in world.firms if other.portal is firm.portal
        for one in world.records(other, Kind.PRODUCT)
    }  # fmt: skip
    for product in firm.portal.records("products"):
        if both and product["id"] not in by_product:
            yield f"(l) product {product['id']} is not known"
        ours = name("products", firm, product["id"]) not in world.watch.by_people
        if ours and product["id"] not in everywhere:
            yield f"(d) product {product['id']} was made by the sync and belongs to nobody"
    yield from states(records, ("conflict", "name_taken"))
    for record in records:
        if record.state == "excluded" and not _may_be_excluded(firm, record, both=both):
            yield f"(s) product {record.root} is excluded ({record.message}), and nothing excludes it"
        if record.linked and record.state == "in_sync":
            yield from _agree(world, firm, record, both=both)
        if record.state in OPEN and record.category == "conflict":
            yield from _conflict(firm, record)


def _may_be_excluded(firm: Firm, record: Record, *, both: bool) -> bool:
    """One side is gone; or it is of a sort that stays out; or it may not go that way; or it is another company's."""
    there: dict[str, Any] = {one["id"]: one["properties"] for one in firm.portal.records("products")}
    here = {one["Id"]: one for one in firm.company.all("Item") if one["Active"]}
    if record.gone or (record.hubspot_id and record.hubspot_id not in there):
        return True
    if record.quickbooks_id:
        return record.quickbooks_id not in here or here[record.quickbooks_id]["Type"] in NEITHER
    key = there[str(record.hubspot_id)].get("quickbooks_key", "").partition(":")[0]
    return not both or key not in ("", firm.company.realm_id)


def _agree(world: World, firm: Firm, record: Record, *, both: bool) -> Iterator[str]:
    """What flows to HubSpot only is not taken back there, until QuickBooks changes it again."""
    watch, pair = world.watch, world.watch.products[(firm.id, str(record.hubspot_id))]
    product, item = held_by(pair)
    if product is None or item is None:
        yield f"(s) {record.root} is in sync, but one side is gone"
        return
    for key in PRODUCT_FIELDS:
        one, other = product[key], item[key]
        about = f"product {record.hubspot_id}, item {record.quickbooks_id}, {key}"
        if one != other and not (not both and _drifted(world, pair, key)):
            yield f"(a) {about}: {one} and {other}"
        # What the other company's people typed comes by the product that both have.
        shared = sum(each.portal is firm.portal for each in world.firms) > 1
        if one == other and key in pair.agreed and one != pair.agreed[key] and key not in pair.free and not shared:
            yield f"(a) {about}: both hold {one}, and it was {pair.agreed[key]}"
        if one and one not in watch.typed_ever[key]:
            yield f"(a) {about}: nobody typed {one}"


def _drifted(world: World, pair: Pair, key: str) -> bool:
    """Whether a person has changed it in HubSpot since both held the same, and nobody in QuickBooks."""
    product, item = (world.watch.open[name(what, pair.firm, id)] for what, id in (
        ("products", pair.hubspot_id), ("Item", pair.quickbooks_id)
    ))  # fmt: skip
    return key in product and key not in item


def _conflict(firm: Firm, record: Record) -> Iterator[str]:
    """Something else must have the same name or SKU."""
    others = [one["properties"] for one in firm.portal.records("products")]
    names = Counter(one["name"] for one in others) + Counter(one["Name"] for one in firm.company.all("Item"))
    skus = Counter(one.get("hs_sku", "") for one in others)
    skus += Counter(one.get("Sku", "") for one in firm.company.all("Item"))
    if max([*names.values(), *(times for sku, times in skus.items() if sku)], default=0) < 2:
        yield f"(s) {record.root}: {record.message}, but nothing is alike"


def states(records: list[Record], able: tuple[str, ...]) -> Iterator[str]:
    """Nothing waits, and nothing fails for a reason that there is not."""
    for record in records:
        if record.state == "pending" or (record.state in OPEN and record.category not in able):
            yield f"(s) {record.kind} {record.root} is {record.state} ({record.category}): {record.message}"


def _put_away(world: World, firm: Firm) -> Iterator[str]:
    live = {name("products", firm, one["id"]) for one in firm.portal.records("products")}
    live |= {name("Item", firm, one["Id"]) for one in firm.company.all("Item") if one["Active"]}
    accounts = {"products": str(firm.portal.id), "Item": firm.company.realm_id}
    for what, account, id in world.watch.by_people - world.watch.away:
        if accounts.get(what) == account and (what, account, id) not in live:
            yield f"(p) {what} {id} was put away, and by no person"
