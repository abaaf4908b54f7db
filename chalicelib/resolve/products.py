"""Product ⇄ Item: what may cross, what a new one is given, and which two are the same (design: Products)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from chalicelib.failures import Category, Trouble
from chalicelib.hubspot import models as hubspot
from chalicelib.jobs import Side
from chalicelib.quickbooks.models import Item
from chalicelib.remember.names import folded
from chalicelib.remember.records import State
from chalicelib.resolve.agreement import clause_to_quickbooks, crossed, excluded, owned_elsewhere
from chalicelib.resolve.filters import excluding_clause
from chalicelib.resolve.pair import Pair
from chalicelib.resolve.plan import CreateInHubSpot, CreateInQuickBooks, Plan
from chalicelib.settings import Products

SYNCED_TYPES = frozenset({"Service", "NonInventory", "Inventory"})
EXPENSE_TOO = frozenset({"CA", "GB"})  # editions whose items need an expense account (QuickBooks reference 12.3)
_LEFT_OUT = {
    "Category": "it is a category, not an item",
    "Group": "it is a bundle; its items are synced, and invoices show them one by one",
}
AnyOne = TypeVar("AnyOne")


def exclusion(pair: Pair) -> str | None:
    """Why an object that is not linked yet stays on its side; None where it may cross."""
    settings = pair.settings
    if pair.in_hubspot is not None:
        if settings.direction == "to_hubspot":
            return "the settings sync products from QuickBooks to HubSpot only"
        if owned_elsewhere(pair):
            return "it belongs to another company"
        clause = clause_to_quickbooks(pair)
        return f"filter: {clause}" if clause else None
    if isinstance(pair.in_quickbooks, Item):
        return _item_exclusion(pair, pair.in_quickbooks)
    return None


def _item_exclusion(pair: Pair, item: Item) -> str | None:
    if item.Type not in SYNCED_TYPES:
        return _LEFT_OUT.get(item.Type, f"items of type {item.Type or 'unknown'} are not synced")
    if not item.Active:
        return "it is inactive in QuickBooks"
    if pair.settings.direction == "to_quickbooks":
        return "the settings sync products from HubSpot to QuickBooks only"
    clause = excluding_clause(pair.settings.filters.to_hubspot, item.text, time_zone=pair.time_zone)
    return f"filter: {clause}" if clause else None


def new_in_hubspot(pair: Pair) -> Plan:
    """A product that has no item yet. What QuickBooks insists on is said before any call is made."""
    if why := exclusion(pair):
        return excluded(why)
    values, notes = crossed(pair, Side.QUICKBOOKS)
    name = values.get("Name")
    trouble = _unmade(pair) or (None if name else _NAMELESS)
    if trouble:
        return Plan(state=State.FAILING, trouble=trouble)
    return Plan((CreateInQuickBooks({**values, **_given(pair)}),), notes=notes, reason="the product has no item yet")


def _given(pair: Pair) -> dict[str, str]:
    """What the settings give a new item: its type, and the accounts that it is booked on."""
    create = pair.settings.create if isinstance(pair.settings, Products) else Products().create
    accounts = {
        "IncomeAccountRef.value": create.income_account,
        "ExpenseAccountRef.value": create.expense_account,
        "AssetAccountRef.value": create.asset_account if create.type == "Inventory" else None,
    }
    return {"Type": create.type, **{path: account for path, account in accounts.items() if account}}


def _unmade(pair: Pair) -> Trouble | None:
    """What the settings must say before an item of this type can be made."""
    given = _given(pair)
    needed = {"IncomeAccountRef.value": "income_account"}
    if given["Type"] == "Inventory":
        needed |= {"ExpenseAccountRef.value": "expense_account", "AssetAccountRef.value": "asset_account"}
    if pair.country in EXPENSE_TOO:
        needed["ExpenseAccountRef.value"] = "expense_account"
    missing = [key for path, key in needed.items() if path not in given]
    if not missing:
        return None
    return Trouble(
        Category.MISSING_FIELD,
        f"A new {given['Type']} item in QuickBooks needs {' and '.join(missing)}, which the settings do not name.",
        f"Name it under products.create in the settings file ({', '.join(f'{key}: ACCOUNT' for key in missing)}) and "
        "apply it.",
    )


_NAMELESS = Trouble(
    Category.MISSING_FIELD,
    "QuickBooks needs a name, and the product has none.",
    "Give the product a name in HubSpot.",
)


def new_in_quickbooks(pair: Pair) -> Plan:
    """An item that has no product yet."""
    if why := exclusion(pair):
        return excluded(why)
    properties, notes = crossed(pair, Side.HUBSPOT)
    if not properties.get("name") and pair.in_quickbooks:
        properties["name"] = pair.in_quickbooks.plain_name
    return Plan((CreateInHubSpot(properties),), notes=notes, reason="the item has no product yet")


# --- which two are the same -------------------------------------------------------------------------------------------


def same_products(item: Item, candidates: Iterable[hubspot.Record], rule: str) -> tuple[list[hubspot.Record], str]:
    """The products that an item may be linked with, by SKU, then by name; and by which of the two they were found.

    A name alone does not make two the same that carry different SKUs.
    """
    every = list(candidates)
    return _same((item.Sku, item.plain_name), [(one.text("hs_sku"), one.text("name"), one) for one in every], rule)


def same_items(product: hubspot.Record, candidates: Iterable[Item], rule: str) -> tuple[list[Item], str]:
    """The items that a product may be linked with; of no bundle, category or inactive item."""
    fit = [one for one in candidates if one.Active and one.Type in SYNCED_TYPES]
    own = (product.text("hs_sku"), product.text("name"))
    return _same(own, [(one.Sku, one.plain_name, one) for one in fit], rule)


def _same(own: tuple[str, str], others: Sequence[tuple[str, str, AnyOne]], rule: str) -> tuple[list[AnyOne], str]:
    sku, name = (folded(part) for part in own)
    if rule == "none":
        return [], ""
    if rule == "sku" and sku:
        by_sku = [one for other_sku, _, one in others if folded(other_sku) == sku]
        if by_sku:
            return by_sku, f"SKU {own[0]}"
    by_name = [
        one for other_sku, other_name, one in others
        if name and folded(other_name) == name and (rule == "name" or not sku or not other_sku.strip())
    ]  # fmt: skip
    return by_name, f"name {own[1]!r}" if by_name else ""
