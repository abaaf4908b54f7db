"""The rules for customers, vendors and employees that look beyond one field (reference 7.2)."""

from __future__ import annotations

from decimal import Decimal

from local.quickbooks import facts, faults
from local.quickbooks.names import built, is_marked, plain
from local.quickbooks.record import Manner, Record
from local.quickbooks.rules import Rules, Values


class NameRules(Rules):
    kept_by_full_update = ("Active", "CurrencyRef", "Balance", "OpenBalanceDate", "IsProject", "Organization")

    def settle(self, record: Record | None, after: Values, found: Values, manner: Manner) -> None:
        if "DisplayName" not in after:  # it cannot be cleared; a full update that leaves it out has it built anew
            after["DisplayName"] = record.name if record and "DisplayName" in found else built(after)
        entity = self.entity
        if entity.needs_one_of and not any(part in after for part in entity.needs_one_of):
            raise faults.no_name()
        self._settle_name(record, after, manner)
        longest = next(field.longest for field in entity.fields if field.name == "PrintOnCheckName")
        after.setdefault("PrintOnCheckName", plain(after["DisplayName"])[:longest].strip())
        self._settle_currency(record, after)
        self.check_lists(after)
        if entity.hierarchical:
            self._settle_family(record, after)

    def index(self, record: Record, before: Values | None) -> None:
        names = self.file.names
        if before is not None:
            names.drop(before["DisplayName"])
        names.put(record.name, record.key)
        if record.entity.hierarchical:
            self.file.families[record.entity.name].place(record.id, record.values.get("ParentRef", {}).get("value"))

    def _settle_name(self, record: Record | None, after: Values, manner: Manner) -> None:
        name, key = after["DisplayName"], record.key if record else None
        names = self.file.names
        was_active = record is None or record.active
        if after.get("Active", True):
            after["DisplayName"] = name if was_active else plain(name)
            names.require_free(after["DisplayName"], key)
            return
        if not was_active and not manner.by_person and not self.file.settings.updates_of_inactive:
            raise faults.object_not_found()
        unpaid = self.file.ledger.of_customer(record.id) if record else Decimal(0)
        if was_active and Decimal(str(after.get("Balance", 0))) + unpaid:
            if not manner.by_person:
                raise faults.has_balance()
            after["Balance"] = float(-unpaid) if unpaid else 0  # the UI writes a credit memo over it
        if not is_marked(name) or names.owner(name) not in (None, key):
            after["DisplayName"] = names.marked(name, key)

    def _settle_currency(self, record: Record | None, after: Values) -> None:
        if self.entity.field("CurrencyRef") is None:
            return
        home = self.file.home_currency
        code = after.get("CurrencyRef", {}).get("value") or home
        before = record.values["CurrencyRef"]["value"] if record else code
        if code not in facts.CURRENCIES:
            raise faults.invalid_reference("Currency", code, "CurrencyRef")
        if code != before:
            raise faults.business_rule("The currency of a name cannot be changed once it is set.")
        if code != home and not self.file.multi_currency:
            raise faults.business_rule("Multi Currency should be enabled to perform this operation.")
        after["CurrencyRef"] = {"value": code, "name": facts.CURRENCIES[code]}

    def _settle_family(self, record: Record | None, after: Values) -> None:
        parent_id = after.get("ParentRef", {}).get("value")
        if after.get("Job") and not parent_id:
            raise faults.parent_required()
        if not parent_id:
            return
        if not after.get("Job"):
            raise faults.conflicting_elements("ParentRef needs Job to be true", "ParentRef")
        self.file.require_place(self.entity, record, after)
