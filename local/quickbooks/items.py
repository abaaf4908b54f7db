"""The rules for products and services (reference 7.3)."""

from __future__ import annotations

from decimal import Decimal

from local.quickbooks import clock, faults
from local.quickbooks.fields import VENDOR
from local.quickbooks.names import is_marked, plain
from local.quickbooks.record import Manner, Record
from local.quickbooks.rules import Rules, Values

INVENTORY, CATEGORY, GROUP = "Inventory", "Category", "Group"
_ACCOUNTS: dict[str, tuple[str, ...]] = {  # which types of account a reference may point to
    "IncomeAccountRef": ("Income", "Other Income"),
    "ExpenseAccountRef": ("Expense", "Other Expense", "Cost of Goods Sold"),
    "AssetAccountRef": ("Other Current Asset",),
}
_OF_INVENTORY = {  # the detail types that inventory wants
    "IncomeAccountRef": "SalesOfProductIncome",
    "ExpenseAccountRef": "SuppliesMaterialsCogs",
    "AssetAccountRef": "Inventory",
}
_FILLED_IN = {"IncomeAccountRef": "1", "ExpenseAccountRef": "80", "AssetAccountRef": "81"}  # by the form a person uses
_FILLED_IN_FOR_INVENTORY = {**_FILLED_IN, "IncomeAccountRef": "79"}
_NEEDS_BOTH = ("CA", "GB")  # editions whose items need an income and an expense account (12.3)


class ItemRules(Rules):
    kept_by_full_update = (
        *("Active", "Type", "TrackQtyOnHand", "QtyOnHand", "InvStartDate"),
        *("ItemGroupDetail", "PrintGroupedItems"),
    )

    def require(self, id: str, element: str, stays: bool) -> Record:
        """The item that a line refers to."""
        return self.file.require_record(self.entity, id, element, stays=stays)

    def settle(self, record: Record | None, after: Values, found: Values, manner: Manner) -> None:  # noqa: ARG002 - one form
        if "Name" not in after:
            raise faults.required_missing("Name")
        kind = after.get("Type")
        if kind is None:
            raise faults.required_missing("Type")
        if kind == GROUP and record is None and not manner.by_person:
            raise faults.feature_not_supported("Type")
        if record and kind != record.values["Type"] and {kind, record.values["Type"]} & {INVENTORY, CATEGORY, GROUP}:
            raise faults.business_rule("The type of this item cannot be changed.")
        for name in ("UnitPrice", "PurchaseCost"):
            if after.get(name, 0) < 0:
                raise faults.negative_amount(name)
        self.check_lists(after)
        if "PrefVendorRef" in after:
            self.file.require_record(VENDOR, after["PrefVendorRef"]["value"], "PrefVendorRef", stays=record is not None)
        self._settle_place(record, after)
        self._settle_name(record, after)
        self._settle_accounts(record, after, manner)
        self._settle_quantity(after, manner)
        for part in after.get("ItemGroupDetail", {}).get("ItemGroupLine", ()):
            self.require(part.get("ItemRef", {}).get("value", ""), "ItemGroupDetail.ItemRef", stays=record is not None)
        if kind not in (CATEGORY, GROUP):
            after.setdefault("UnitPrice", Decimal(0))
            after.setdefault("PurchaseCost", Decimal(0))
            after.setdefault("TrackQtyOnHand", False)

    def index(self, record: Record, before: Values | None) -> None:  # noqa: ARG002 - one form for all kinds
        self.file.families["Item"].place(record.id, record.values.get("ParentRef", {}).get("value"))

    def sell(self, sold: dict[str, Decimal]) -> None:
        """Take inventory off the shelf, or put it back. The items move with it (reference 2.7)."""
        for id, quantity in sold.items():
            record = self.file.records["Item"].get(id)
            if record and record.values["Type"] == INVENTORY and quantity:
                record.values["QtyOnHand"] -= quantity
                self.file.touch(record)

    def _settle_place(self, record: Record | None, after: Values) -> None:
        if "ParentRef" not in after:
            if after.get("SubItem"):
                raise faults.parent_required()
            after.pop("SubItem", None)
            return
        if not after.get("SubItem"):
            raise faults.conflicting_elements("ParentRef needs SubItem to be true", "ParentRef")
        self.file.require_place(self.entity, record, after)
        if self.file.records["Item"][after["ParentRef"]["value"]].values["Type"] == GROUP:
            raise faults.business_rule("Nothing can stand below a bundle.")

    def _settle_name(self, record: Record | None, after: Values) -> None:
        """Unique among the items of one category. An inactive one is marked, as a name is."""
        name = after["Name"]
        parent = after.get("ParentRef", {}).get("value")
        if after.get("Active", True):
            after["Name"] = name if record is None or record.active else plain(name)
            if self._taken(after["Name"], parent, record):
                raise faults.duplicate_item()
            return
        if not is_marked(name) or self._taken(name, parent, record):
            number, marked = 0, f"{plain(name)} (deleted)"
            while self._taken(marked, parent, record):
                number += 1
                marked = f"{plain(name)} (deleted)({number})"
            after["Name"] = marked

    def _taken(self, name: str, parent: str | None, record: Record | None) -> bool:
        family = self.file.families["Item"]
        items = self.file.records["Item"]
        beside = family.children(parent) if parent else [id for id in items if not family.level(id)]
        return any(items[id].name.casefold() == name.casefold() for id in beside if items[id] is not record)

    def _settle_accounts(self, record: Record | None, after: Values, manner: Manner) -> None:
        kind = after["Type"]
        if kind in (CATEGORY, GROUP):
            for name in _ACCOUNTS:
                after.pop(name, None)
            return
        needed = ["IncomeAccountRef"]
        if kind == INVENTORY:
            needed = list(_ACCOUNTS)
        elif self.file.country in _NEEDS_BOTH:
            needed.append("ExpenseAccountRef")
        for name in needed:
            if name not in after and manner.by_person:
                usual = _FILLED_IN_FOR_INVENTORY if kind == INVENTORY else _FILLED_IN
                after[name] = {"value": usual[name]}
            if name not in after:
                raise faults.required_missing(name)
        if kind != INVENTORY:
            after.pop("AssetAccountRef", None)
        for name, types in _ACCOUNTS.items():
            if name not in after:
                continue
            account = self.file.accounts.rows[after[name]["value"]]
            if not account.active and not (record and record.values.get(name) == after[name]):
                raise faults.object_not_found()
            if account.type not in types or (kind == INVENTORY and account.subtype != _OF_INVENTORY[name]):
                raise faults.wrong_account(name)

    def _settle_quantity(self, after: Values, manner: Manner) -> None:
        if after["Type"] != INVENTORY:
            for name in ("QtyOnHand", "InvStartDate", "ReorderPoint"):
                after.pop(name, None)
            after.pop("TrackQtyOnHand", None)
            return
        if manner.by_person:
            after.setdefault("TrackQtyOnHand", True)
            after.setdefault("QtyOnHand", Decimal(0))
            after.setdefault("InvStartDate", clock.today(self.file.now()))
        for name in ("TrackQtyOnHand", "QtyOnHand", "InvStartDate"):
            if name not in after:
                raise faults.required_missing(name)
        if after["TrackQtyOnHand"] is not True:
            raise faults.business_rule("The quantity of an inventory item is always tracked.")
