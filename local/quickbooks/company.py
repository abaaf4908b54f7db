"""What a person does in the UI of QuickBooks. Everything is told by webhook, as Intuit would."""

from __future__ import annotations

from threading import RLock
from typing import Any

from local.quickbooks import faults
from local.quickbooks.entities import ENTITIES
from local.quickbooks.fields import Entity
from local.quickbooks.fields_sales import PAYMENT
from local.quickbooks.record import BY_PERSON
from local.quickbooks.state import CompanyFile, dump

Object = dict[str, Any]


class Company:
    """One company, seen by someone who works in it. Refusals are raised as Fault."""

    def __init__(self, file: CompanyFile, lock: RLock, *, sandbox: bool = False) -> None:
        self.file = file
        self.sandbox = sandbox
        self._lock = lock

    @property
    def realm_id(self) -> str:
        return self.file.realm_id

    @property
    def environment(self) -> str:
        """Whose keys open this company (reference 11)."""
        return "sandbox" if self.sandbox else "production"

    def create(self, entity: str, body: Object) -> Object:
        with self._lock:
            return self.file.create(_entity(entity), body, BY_PERSON)

    def update(self, entity: str, id: str, changes: Object) -> Object:
        """Change some fields. None takes a value away; a nested object replaces the stored one."""
        with self._lock:
            return self.file.change_by_person(_entity(entity), id, changes)

    def inactivate(self, entity: str, id: str) -> Object:
        return self.update(entity, id, {"Active": False})

    def reactivate(self, entity: str, id: str) -> Object:
        return self.update(entity, id, {"Active": True})

    def void(self, entity: str, id: str) -> Object:
        """Void an invoice, a credit memo or a payment. What was applied becomes unapplied again."""
        with self._lock:
            return self.file.void_by_person(_entity(entity), id)

    def delete(self, entity: str, id: str) -> Object:
        """Delete a transaction, with whatever links it has."""
        with self._lock:
            return self.file.delete_by_person(_entity(entity), id)

    def pay(self, customer_id: str, amount: float, invoices: dict[str, float], **fields: Any) -> Object:
        """Receive a payment: `invoices` are ids, and how much of it settles each."""
        lines = [{"Amount": part, "LinkedTxn": [{"TxnId": id, "TxnType": "Invoice"}]} for id, part in invoices.items()]
        body = {"CustomerRef": {"value": customer_id}, "TotalAmt": amount, "Line": lines, **fields}
        return self.create("Payment", body)

    def send(self, entity: str, id: str, to: str | None = None) -> Object:
        """E-mail an invoice or a credit memo."""
        with self._lock:
            return self.file.send(_entity(entity), id, to)

    def bank_payment(self, id: str, banked: bool = True) -> None:
        """Put a payment into a bank deposit, which locks it (6540), or take it out."""
        with self._lock:
            self.file.find(PAYMENT, id).locked = banked

    def merge_customers(self, survivor_id: str, merged_id: str) -> Object:
        """Merge one customer into another. The merged one can no longer be read (610)."""
        with self._lock:
            return self.file.merge(ENTITIES["Customer"], survivor_id, merged_id)

    def get(self, entity: str, id: str) -> Object:
        with self._lock:
            return self.file.read(_entity(entity), id)

    def customers(self) -> list[Object]:
        """The active customers, oldest first."""
        return [customer for customer in self.all("Customer") if customer["Active"]]

    def all(self, entity: str) -> list[Object]:
        """Everyone of one kind, inactive ones as well, oldest first."""
        with self._lock:
            kind = _entity(entity)
            return [self.file.read(kind, record.id) for record in reversed(self.file.all(kind))]

    def find(self, DisplayName: str) -> Object | None:
        """The customer of that name, upper and lower case being the same."""
        with self._lock:
            owner = self.file.names.owner(DisplayName)
            return self.file.read(ENTITIES["Customer"], owner[1]) if owner and owner[0] == "Customer" else None

    def name_custom_field(self, id: str, name: str) -> None:
        """Switch on a custom field (1 to 3) of the sales forms under a name; an empty one switches it off."""
        with self._lock:
            self.file.name_custom_field(id, name)

    def prefer(self, name: str, on: bool) -> None:
        """Switch one of `facts.SALES_PREFERENCES` on or off, such as CustomTxnNumbers or AllowShipping."""
        with self._lock:
            self.file.prefer(name, on)

    def add_tax_code(self, name: str, rates: dict[str, float]) -> Object:
        """Make a tax code out of named rates in percent."""
        with self._lock:
            return self.file.lists.add_tax_code(name, rates)

    def add_account(self, name: str, type: str, subtype: str = "") -> Object:
        with self._lock:
            return self.file.account(self.file.accounts.add(name, type, subtype, self.file.now()).id)

    def set_account_active(self, id: str, active: bool) -> Object:
        with self._lock:
            return self.file.account(self.file.accounts.set_active(id, active, self.file.now()).id)

    def state(self) -> Object:
        with self._lock:
            return dump(self.file)


def _entity(name: str) -> Entity:
    if name not in ENTITIES:
        raise faults.unsupported_object(name)
    return ENTITIES[name]
