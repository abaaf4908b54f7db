"""A company file: the objects in it and how they change. It knows nothing of HTTP."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

from local.quickbooks import clock, facts, faults, values, wire
from local.quickbooks.accounts import Accounts
from local.quickbooks.entities import ENTITIES, SALES_FORMS
from local.quickbooks.family import DEEPEST_LEVEL, Family
from local.quickbooks.fields import NAMES, Entity
from local.quickbooks.fields_items import ITEM
from local.quickbooks.fields_sales import PAYMENT
from local.quickbooks.items import ItemRules
from local.quickbooks.ledger import Ledger
from local.quickbooks.lists import Lists
from local.quickbooks.name_rules import NameRules
from local.quickbooks.names import Names
from local.quickbooks.payments import PaymentRules
from local.quickbooks.record import BY_API, BY_PERSON, Change, Key, Manner, Record
from local.quickbooks.rules import Rules
from local.quickbooks.sales import SaleRules
from local.quickbooks.settings import Settings
from local.quickbooks.values import Values

FIRST_NUMBER = 1001  # of sales forms


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
        self.lists = Lists(country, settings, self.opened)
        self.custom_fields: dict[str, str] = {}
        self.sales_preferences = dict(facts.SALES_PREFERENCES)
        self._preferences_changed = [self.opened]
        self.records: dict[str, dict[str, Record]] = defaultdict(dict)
        self.gone: dict[Key, float] = {}
        self.names = Names()
        self.families: dict[str, Family] = defaultdict(Family)
        self.ledger = Ledger(self.records)
        self.items = ItemRules(self, ITEM)
        self.payments = PaymentRules(self, PAYMENT)
        self._rules: dict[str, Rules] = {
            **{entity.name: NameRules(self, entity) for entity in NAMES},
            **{entity.name: SaleRules(self, entity) for entity in SALES_FORMS},
            **{ITEM.name: self.items, PAYMENT.name: self.payments},
        }
        # names share one space of ids, transactions another (reference 11)
        self._next_id = {entity.space: count(1) for entity in ENTITIES.values()}
        self.next_number = FIRST_NUMBER
        self.next_address_id = count(1)

    def start_ids_at(self, first: int, space: str = "names") -> None:
        self._next_id[space] = count(first)  # type: ignore[index]

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

    def create(self, entity: Entity, body: Values, manner: Manner = BY_API, *, id: str | None = None) -> Values:
        found = values.read(entity, body, creating=True, by_person=manner.by_person)
        self._require_subscription()
        after = values.apply(entity, {}, found)
        rules = self._rules[entity.name]
        rules.settle(None, after, found, manner)
        now = self.now()
        record = Record(entity, id or str(next(self._next_id[entity.space])), 0, now, now, after)
        self._keep(record, before=None)
        self._tell(Change(entity.name, record.id, "created"))
        rules.spread(record, None)
        return wire.record(self, record)

    def update(self, entity: Entity, body: Values, manner: Manner = BY_API) -> Values:
        """A full or sparse update through the API (reference 2.7)."""
        found = values.read(entity, body, creating=False)
        record = self._current(entity, body)
        if values.is_true(body.get("sparse")):
            return self._change(record, record.values, found, manner)
        kept = self._rules[entity.name].kept_by_full_update
        base = {name: record.values[name] for name in kept if name in record.values}
        return self._change(record, base, found, manner)

    def change_by_person(self, entity: Entity, id: object, changes: Values) -> Values:
        found = values.read(entity, changes, creating=False, by_person=True)
        record = self.find(entity, id)
        return self._change(record, record.values, found, BY_PERSON)

    def void(self, entity: Entity, body: Values) -> Values:
        return self._void(self._current(entity, body), BY_API)

    def void_by_person(self, entity: Entity, id: object) -> Values:
        return self._void(self.find(entity, id), BY_PERSON)

    def delete(self, entity: Entity, body: Values) -> Values:
        return self._delete(self._current(entity, body), BY_API)

    def delete_by_person(self, entity: Entity, id: object) -> Values:
        return self._delete(self.find(entity, id), BY_PERSON)

    def send(self, entity: Entity, id: object, to: str | None) -> Values:
        """E-mail a sales form (reference 7.4)."""
        record = self.find(entity, id)
        if entity not in SALES_FORMS:
            raise faults.unsupported_operation("send")
        if to:
            record.values["BillEmail"] = {"Address": to}
        if "BillEmail" not in record.values:
            raise faults.email_required()
        at = clock.whole_seconds(self.now())
        record.values |= {"EmailStatus": "EmailSent", "DeliveryInfo": {"DeliveryType": "Email", "DeliveryTime": at}}
        self._moved(record, "emailed")
        return wire.record(self, record)

    def touch(self, record: Record) -> None:
        """Note that another object changed this one (reference 2.7)."""
        self._moved(record, "updated" if self.settings.linked_events else None)

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
        self.ledger.hand_over(merged.id, survivor.id)
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
        return facts.preferences(
            self.home_currency,
            self.multi_currency,
            self.custom_fields,
            at,
            5 + len(changes),
            self.sales_preferences,
            automated_tax=self.lists.automated is not None,
        )

    def name_custom_field(self, id: str, name: str) -> None:
        """A person switches on a custom field of the sales forms, or off: an empty name (reference 7.13)."""
        if id not in facts.CUSTOM_FIELDS:
            raise faults.invalid_id(id)
        self.custom_fields.pop(id, None)
        if name:
            self.custom_fields[id] = name
        self._preferences_changed.append(self.now())

    def prefer(self, name: str, on: bool) -> None:
        """A person switches something of the sales forms on or off."""
        if name not in self.sales_preferences:
            raise faults.unsupported_property(name)
        self.sales_preferences[name] = on
        self._preferences_changed.append(self.now())

    def account(self, id: str) -> Values:
        currency = {"value": self.home_currency, "name": facts.CURRENCIES[self.home_currency]}
        return self.accounts.shown(self.accounts.find(id), currency)

    def require_listed(self, target: str, id: str, element: str) -> None:
        """Refuse a reference to a row that a list does not have."""
        rows = self.accounts.rows if target == "Account" else self.lists.names(target)
        if rows is None:
            return
        if not id.isdigit():
            raise faults.invalid_id(id, f"{element}.value")
        if id not in rows:
            raise faults.invalid_reference(f"{target}s", id, element)

    def require_record(self, entity: Entity, id: str, element: str, *, stays: bool) -> Record:
        """What a reference points to: 2500 if it is not there, 610 if it is inactive and not `stays`."""
        if not id.isdigit():
            raise faults.invalid_id(id, f"{element}.value")
        record = self.records[entity.name].get(id)
        if record is None:
            raise faults.invalid_reference(f"{entity.name}s", id, element)
        if not record.active and not stays:
            raise faults.object_not_found()
        return record

    def require_place(self, entity: Entity, record: Record | None, after: Values) -> None:
        """The parent must be there, active if it is a new one, not below the record itself, and not too deep."""
        parent_id = after["ParentRef"]["value"]
        stays = record is not None and record.values.get("ParentRef") == after["ParentRef"]
        self.require_record(entity, parent_id, "ParentRef", stays=stays)
        family = self.families[entity.name]
        if record and record.id in (parent_id, *family.ancestors(parent_id)):
            raise faults.parent_cannot_be_child()
        if family.level(parent_id) + 1 + (family.height(record.id) if record else 0) > DEEPEST_LEVEL:
            raise faults.too_deep()

    def _opened(self) -> dict[str, str]:
        at = clock.whole_seconds(self.opened)
        return {"CreateTime": at, "LastUpdatedTime": at}

    def _require_subscription(self) -> None:
        if self.settings.subscription_lapsed:
            raise faults.company_lapsed()

    def _current(self, entity: Entity, body: Values) -> Record:
        """The record that a request wants to change, if it has seen its present state (5010)."""
        record = self.find(entity, body.get("Id"))
        if body.get("SyncToken") in (None, ""):
            raise faults.required_missing("SyncToken")
        if str(body["SyncToken"]) != str(record.token):
            raise faults.stale_object()
        self._require_subscription()
        return record

    def _change(self, record: Record, base: Values, found: Values, manner: Manner) -> Values:
        for name, value in list(found.items()):
            if wire.is_mask_of(record, name, value):
                found[name] = record.values[name]
        after = values.apply(record.entity, base, found)
        was_active = record.active
        self._rules[record.entity.name].settle(record, after, found, manner)
        record.voided = False
        before = self._store(record, after)
        gone = was_active and not record.active
        self._tell(Change(record.entity.name, record.id, self.settings.inactivation_event if gone else "updated"))
        self._rules[record.entity.name].spread(record, before)
        return wire.record(self, record)

    def _void(self, record: Record, manner: Manner) -> Values:
        after = self._rules[record.entity.name].voided(record, manner)
        record.voided = True
        before = self._store(record, after)
        self._tell(Change(record.entity.name, record.id, self.settings.void_event))
        self._rules[record.entity.name].spread(record, before)
        return wire.record(self, record)

    def _delete(self, record: Record, manner: Manner) -> Values:
        rules = self._rules[record.entity.name]
        rules.require_removable(record, manner)
        del self.records[record.entity.name][record.id]
        self.gone[record.key] = self.now()
        self._tell(Change(record.entity.name, record.id, "deleted"))
        rules.removed(record)
        return {"status": "Deleted", "domain": "QBO", "Id": record.id}

    def _store(self, record: Record, after: Values) -> Values:
        """Store new values; those before are returned."""
        before, record.values = record.values, after
        record.token += 1
        record.updated = self.now()
        self._keep(record, before)
        return before

    def _moved(self, record: Record, told: str | None) -> None:
        record.token += 1
        record.updated = self.now()
        if told:
            self._tell(Change(record.entity.name, record.id, told))

    def _keep(self, record: Record, before: Values | None) -> None:
        """Store a record that passed all rules, and what is looked up by."""
        for field in record.entity.fields:
            if field.complex and field.complex.numbered and field.name in record.values:
                stored = (before or {}).get(field.name, {})
                id = stored.get("Id") or str(next(self.next_address_id))
                record.values[field.name] = {"Id": id, **record.values[field.name]}
        self._rules[record.entity.name].index(record, before)
        self.records[record.entity.name][record.id] = record


def dump(file: CompanyFile) -> dict[str, Any]:
    """The whole company, for `GET /_control/companies/{realm}/state`."""
    names = {name: [wire.record(file, each) for each in records.values()] for name, records in file.records.items()}
    return {"realm_id": file.realm_id, "CompanyInfo": file.company_info(), **names}
