"""A company file: the names in it and the rules by which they change. It knows nothing of HTTP."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

from local.quickbooks import clock, facts, faults, values, wire
from local.quickbooks.accounts import Accounts
from local.quickbooks.family import DEEPEST_LEVEL, Family
from local.quickbooks.fields import Entity
from local.quickbooks.names import Key, Names, built, is_marked, plain
from local.quickbooks.settings import Settings
from local.quickbooks.values import Values

# A full update empties what it leaves out (reference 2.7), but for these.
KEPT_BY_FULL_UPDATE = ("Active", "CurrencyRef", "Balance", "OpenBalanceDate", "IsProject", "Organization")


@dataclass
class Record:
    entity: Entity
    id: str
    token: int
    created: float
    updated: float
    values: Values

    @property
    def key(self) -> Key:
        return self.entity.name, self.id

    @property
    def active(self) -> bool:
        return self.values.get("Active", True) is not False

    @property
    def name(self) -> str:
        return str(self.values["DisplayName"])


@dataclass(frozen=True)
class Change:
    """Something that a webhook tells."""

    entity: str
    id: str
    operation: str
    deleted_id: str | None = None


class CompanyFile:
    """One company. Its methods take and return objects as they are on the wire, and raise Fault."""

    def __init__(
        self,
        realm_id: str,
        *,
        name: str,
        country: str,
        edition: str,
        home_currency: str,
        multi_currency: bool,
        settings: Settings,
        now: Callable[[], float],
        tell: Callable[[Change], None],
    ) -> None:
        self.realm_id = realm_id
        self.name = name
        self.country = country
        self.edition = edition
        self.home_currency = home_currency
        self.multi_currency = multi_currency
        self.settings = settings
        self.now = now
        self._tell = tell
        self.opened = now()
        self.accounts = Accounts(self.opened)
        self.custom_fields: dict[str, str] = {}
        self._preferences_changed = [self.opened]
        self.records: dict[str, dict[str, Record]] = defaultdict(dict)
        self.gone: dict[Key, float] = {}
        self.names = Names()
        self.families: dict[str, Family] = defaultdict(Family)
        self._next_id = count(1)  # names share one space of ids (reference 11)
        self.next_address_id = count(1)

    def start_ids_at(self, first: int) -> None:
        self._next_id = count(first)

    def find(self, entity: Entity, id: object) -> Record:
        """The record, or 2030 for what is no id, or 610 for what is not there (any more)."""
        if not str(id).isdigit():
            raise faults.invalid_id(id)
        record = self.records[entity.name].get(str(id))
        if record is None:
            raise faults.object_not_found()
        return record

    def read(self, entity: Entity, id: object) -> Values:
        return wire.record(self, self.find(entity, id))

    def all(self, entity: Entity) -> list[Record]:
        """Newest first, inactive ones as well."""
        return sorted(self.records[entity.name].values(), key=lambda record: int(record.id), reverse=True)

    def create(self, entity: Entity, body: Values, *, by_person: bool = False, id: str | None = None) -> Values:
        found = values.read(entity, body, creating=True, by_person=by_person)
        self._require_subscription()
        after = values.apply(entity, {}, found)
        if "DisplayName" not in after:
            after["DisplayName"] = built(after)
        self._settle(entity, None, after, by_person=by_person)
        now = self.now()
        record = Record(entity, id or str(next(self._next_id)), 0, now, now, after)
        self._keep(record, before=None)
        self._tell(Change(entity.name, record.id, "created"))
        return wire.record(self, record)

    def update(self, entity: Entity, body: Values) -> Values:
        """A full or sparse update through the API (reference 2.7)."""
        found = values.read(entity, body, creating=False)
        record = self.find(entity, body["Id"])
        if body.get("SyncToken") in (None, ""):
            raise faults.required_missing("SyncToken")
        if str(body["SyncToken"]) != str(record.token):
            raise faults.stale_object()
        self._require_subscription()
        if values.is_true(body.get("sparse")):
            return self._change(record, record.values, found)
        kept = {name: record.values[name] for name in KEPT_BY_FULL_UPDATE if name in record.values}
        return self._change(record, kept, found)

    def change_by_person(self, entity: Entity, id: object, changes: Values) -> Values:
        found = values.read(entity, changes, creating=False, by_person=True)
        record = self.find(entity, id)
        return self._change(record, record.values, found, by_person=True)

    def merge(self, entity: Entity, survivor_id: object, merged_id: object) -> Values:
        """Merge one name into another, which only a person can do: the other is gone, for reads too."""
        survivor, merged = self.find(entity, survivor_id), self.find(entity, merged_id)
        family = self.families[entity.name]
        if survivor is merged or merged.id in family.ancestors(survivor.id):
            raise faults.parent_cannot_be_child()
        if family.level(survivor.id) + family.height(merged.id) > DEEPEST_LEVEL:
            raise faults.too_deep()
        for child_id in family.children(merged.id):
            self.change_by_person(entity, child_id, {"ParentRef": {"value": survivor.id}})
        if "Balance" in survivor.values:
            survivor.values["Balance"] += merged.values.get("Balance", 0)
        family.remove(merged.id)
        self.names.drop(merged.name)
        del self.records[entity.name][merged.id]
        self.gone[merged.key] = self.now()
        survivor.token += 1
        survivor.updated = self.now()
        self._tell(Change(entity.name, survivor.id, "merged", merged.id))
        return wire.record(self, survivor)

    def changed_since(self, entity: Entity, since: float) -> Iterator[Values]:
        """What CDC tells: whole objects, inactive ones too; of what is gone, a stub. Newest first."""
        for record in self.all(entity):
            if int(record.updated) >= since:
                yield wire.record(self, record)
        for (name, id), at in self.gone.items():
            if name == entity.name and int(at) >= since:
                yield wire.stub(id, at)

    def company_info(self) -> Values:
        return facts.company_info(self.name, self.country, self.edition, self._opened())

    def preferences(self) -> Values:
        changes = self._preferences_changed
        at = {**self._opened(), "LastUpdatedTime": clock.whole_seconds(changes[-1])}
        return facts.preferences(self.home_currency, self.multi_currency, self.custom_fields, at, 5 + len(changes))

    def name_custom_field(self, id: str, name: str) -> None:
        """A person switches on a custom field of the sales forms, or off: an empty name (reference 7.13)."""
        if id not in facts.CUSTOM_FIELDS:
            raise faults.invalid_id(id)
        self.custom_fields.pop(id, None)
        if name:
            self.custom_fields[id] = name
        self._preferences_changed.append(self.now())

    def account(self, id: str) -> Values:
        currency = {"value": self.home_currency, "name": facts.CURRENCIES[self.home_currency]}
        return self.accounts.shown(self.accounts.find(id), currency)

    def _opened(self) -> dict[str, str]:
        at = clock.whole_seconds(self.opened)
        return {"CreateTime": at, "LastUpdatedTime": at}

    def _require_subscription(self) -> None:
        if self.settings.subscription_lapsed:
            raise faults.company_lapsed()

    def _change(self, record: Record, base: Values, found: Values, *, by_person: bool = False) -> Values:
        for name, value in list(found.items()):
            if wire.is_mask_of(record, name, value):
                found[name] = record.values[name]
        after = values.apply(record.entity, base, found)
        if "DisplayName" not in after:  # it cannot be cleared; a full update that leaves it out has it built anew
            after["DisplayName"] = record.name if "DisplayName" in found else built(after)
        was_active = record.active
        self._settle(record.entity, record, after, by_person=by_person)
        before, record.values = record.values, after
        record.token += 1
        record.updated = self.now()
        self._keep(record, before)
        gone = was_active and not record.active
        self._tell(Change(record.entity.name, record.id, self.settings.inactivation_event if gone else "updated"))
        return wire.record(self, record)

    def _settle(self, entity: Entity, record: Record | None, after: Values, *, by_person: bool) -> None:
        """Apply the rules that look beyond one field."""
        if entity.needs_one_of and not any(part in after for part in entity.needs_one_of):
            raise faults.no_name()
        self._settle_name(record, after, by_person=by_person)
        longest = next(field.longest for field in entity.fields if field.name == "PrintOnCheckName")
        after.setdefault("PrintOnCheckName", plain(after["DisplayName"])[:longest].strip())
        self._settle_currency(entity, record, after)
        for field in entity.fields:
            if field.kind == "reference" and field.name in after and field.target in facts.LISTS:
                self._require_listed(field.target, after[field.name]["value"], field.name)
        if entity.hierarchical:
            self._settle_family(entity, record, after)

    def _settle_name(self, record: Record | None, after: Values, *, by_person: bool) -> None:
        name, key = after["DisplayName"], record.key if record else None
        was_active = record is None or record.active
        if after.get("Active", True):
            after["DisplayName"] = name if was_active else plain(name)
            self.names.require_free(after["DisplayName"], key)
            return
        if not was_active and not by_person and not self.settings.updates_of_inactive:
            raise faults.object_not_found()
        if was_active and after.get("Balance"):
            if not by_person:
                raise faults.has_balance()
            after["Balance"] = 0  # the UI writes a credit memo over it
        if not is_marked(name) or self.names.owner(name) not in (None, key):
            after["DisplayName"] = self.names.marked(name, key)

    def _settle_currency(self, entity: Entity, record: Record | None, after: Values) -> None:
        if entity.field("CurrencyRef") is None:
            return
        code = after.get("CurrencyRef", {}).get("value") or self.home_currency
        before = record.values["CurrencyRef"]["value"] if record else code
        if code not in facts.CURRENCIES:
            raise faults.invalid_reference("Currency", code, "CurrencyRef")
        if code != before:
            raise faults.business_rule("The currency of a name cannot be changed once it is set.")
        if code != self.home_currency and not self.multi_currency:
            raise faults.business_rule("Multi Currency should be enabled to perform this operation.")
        after["CurrencyRef"] = {"value": code, "name": facts.CURRENCIES[code]}

    def _require_listed(self, target: str, id: str, element: str) -> None:
        if not id.isdigit():
            raise faults.invalid_id(id, f"{element}.value")
        if id not in (self.accounts.rows if target == "Account" else facts.LISTS[target]):
            raise faults.invalid_reference(f"{target}s", id, element)

    def _settle_family(self, entity: Entity, record: Record | None, after: Values) -> None:
        parent_id = after.get("ParentRef", {}).get("value")
        if after.get("Job") and not parent_id:
            raise faults.parent_required()
        if not parent_id:
            return
        if not after.get("Job"):
            raise faults.conflicting_elements("ParentRef needs Job to be true", "ParentRef")
        if not parent_id.isdigit():
            raise faults.invalid_id(parent_id, "ParentRef.value")
        parent = self.records[entity.name].get(parent_id)
        if parent is None:
            raise faults.invalid_reference(f"{entity.name}s", parent_id, "ParentRef")
        stays = record is not None and record.values.get("ParentRef") == after["ParentRef"]
        if not parent.active and not stays:
            raise faults.object_not_found()
        family = self.families[entity.name]
        if record and record.id in (parent_id, *family.ancestors(parent_id)):
            raise faults.parent_cannot_be_child()
        if family.level(parent_id) + 1 + (family.height(record.id) if record else 0) > DEEPEST_LEVEL:
            raise faults.too_deep()

    def _keep(self, record: Record, before: Values | None) -> None:
        """Store a record that passed all rules, and what is looked up by."""
        for field in record.entity.fields:
            if field.complex and field.complex.numbered and field.name in record.values:
                stored = (before or {}).get(field.name, {})
                id = stored.get("Id") or str(next(self.next_address_id))
                record.values[field.name] = {"Id": id, **record.values[field.name]}
        if before is not None:
            self.names.drop(before["DisplayName"])
        self.names.put(record.name, record.key)
        if record.entity.hierarchical:
            self.families[record.entity.name].place(record.id, record.values.get("ParentRef", {}).get("value"))
        self.records[record.entity.name][record.id] = record


def dump(file: CompanyFile) -> dict[str, Any]:
    """The whole company, for `GET /_control/companies/{realm}/state`."""
    names = {name: [wire.record(file, each) for each in records.values()] for name, records in file.records.items()}
    return {"realm_id": file.realm_id, "CompanyInfo": file.company_info(), **names}
