"""Who owes what (reference 7.4, 7.7, 7.9): which payment is applied to which transaction, and what that leaves open."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from decimal import Decimal

from local.quickbooks.record import Key, Record

ZERO = Decimal(0)


class Ledger:
    """Over the records of one company. Amounts are in the currency of the customer."""

    def __init__(self, records: Mapping[str, dict[str, Record]]) -> None:
        self._records = records
        self._applied: dict[Key, dict[str, Decimal]] = defaultdict(dict)  # by target, then by payment
        self._of_customer: dict[str, set[Key]] = defaultdict(set)

    def note(self, record: Record, customer_before: str | None) -> None:
        """Keep a transaction where its customer is looked for."""
        if customer_before is not None:
            self._of_customer[customer_before].discard(record.key)
        self._of_customer[record.values["CustomerRef"]["value"]].add(record.key)

    def forget(self, record: Record) -> None:
        self._of_customer[record.values["CustomerRef"]["value"]].discard(record.key)

    def hand_over(self, merged: str, survivor: str) -> None:
        """All transactions of one customer become those of another."""
        for entity, id in self._of_customer.pop(merged, set()):
            self._records[entity][id].values["CustomerRef"] = {"value": survivor}
            self._of_customer[survivor].add((entity, id))

    def apply(self, payment_id: str, before: Mapping[Key, Decimal], after: Mapping[Key, Decimal]) -> None:
        """Replace what a payment is applied to."""
        for key in before:
            self._applied[key].pop(payment_id, None)
        for key, amount in after.items():
            self._applied[key][payment_id] = amount

    def applied(self, key: Key, *, but: str | None = None) -> Decimal:
        """How much of a transaction payments settle; those of the payment `but` are left out."""
        return sum((amount for id, amount in self._applied.get(key, {}).items() if id != but), ZERO)

    def payments(self, key: Key) -> list[str]:
        """The ids of the payments applied, oldest first."""
        return sorted(self._applied.get(key, {}), key=int)

    def open(self, record: Record, *, but: str | None = None) -> Decimal:
        """What is left of an invoice, a credit memo or a payment."""
        values = record.values
        if record.entity.name == "Payment":
            settled = sum((amount * sign(key) for key, amount in applied_by(values).items()), ZERO)
            return Decimal(values["TotalAmt"] - settled)
        return Decimal(values["TotalAmt"] - values.get("Deposit", ZERO) - self.applied(record.key, but=but))

    def of_customer(self, id: str) -> Decimal:
        """What a customer owes by transactions: invoices, less credits and money that is not applied."""
        return sum((sign(record.key) * self.open(record) for record in self._transactions(id)), ZERO)

    def _transactions(self, id: str) -> Iterator[Record]:
        for entity, record_id in self._of_customer.get(id, ()):
            yield self._records[entity][record_id]


def sign(key: Key) -> int:
    """Whether a transaction adds to what the customer owes."""
    return 1 if key[0] == "Invoice" else -1


def applied_by(values: Mapping[str, list[dict[str, object]]]) -> dict[Key, Decimal]:
    """What the lines of a payment are applied to."""
    found: dict[Key, Decimal] = {}
    for line in values.get("Line", ()):
        for linked in line["LinkedTxn"]:  # type: ignore[attr-defined]
            key = (linked["TxnType"], linked["TxnId"])
            found[key] = found.get(key, ZERO) + line["Amount"]  # type: ignore[operator]
    return found
