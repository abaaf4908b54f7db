"""The rules for payments (reference 7.7): what they are applied to, and what that leaves open."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from local.quickbooks import faults
from local.quickbooks.ledger import ZERO, applied_by, sign
from local.quickbooks.record import Key, Manner, Record
from local.quickbooks.sale_totals import rounded
from local.quickbooks.trading import TradeRules, with_voided_note
from local.quickbooks.values import Values

UNDEPOSITED = "4"
_LINKABLE = ("Invoice", "CreditMemo")
_OF_DEPOSITS = ("Bank", "Other Current Asset")


class PaymentRules(TradeRules):
    kept_by_full_update = ("CurrencyRef", "ExchangeRate", "TxnDate", "DepositToAccountRef")

    def settle(self, record: Record | None, after: Values, found: Values, manner: Manner) -> None:  # noqa: ARG002 - one form
        if record:
            _require_unlocked(record)
        customer = self.settle_party(record, after, manner)
        if "TotalAmt" not in after:
            raise faults.required_missing("TotalAmt")
        if after["TotalAmt"] < 0:
            raise faults.negative_amount("TotalAmt")
        after["TotalAmt"] = rounded(after["TotalAmt"], after["CurrencyRef"]["value"])
        self.check_lists(after)
        account = after.setdefault("DepositToAccountRef", {"value": UNDEPOSITED})
        if self.file.accounts.rows[account["value"]].type not in _OF_DEPOSITS:
            raise faults.wrong_account("DepositToAccountRef")
        lines = [_line(line, after["CurrencyRef"]["value"]) for line in after.get("Line", ())]
        after["Line"] = [line for line in lines if line["Amount"]]
        self._require_applicable(record, after, customer)

    def index(self, record: Record, before: Values | None) -> None:
        super().index(record, before)
        self.file.ledger.apply(record.id, applied_by(before or {}), applied_by(record.values))

    def spread(self, record: Record, before: Values | None) -> None:
        self._touch_changed(applied_by(before or {}), applied_by(record.values))

    def voided(self, record: Record, manner: Manner) -> Values:
        _require_unlocked(record)
        self.require_open_period(record, manner)
        return {**with_voided_note(record.values), "TotalAmt": ZERO, "Line": []}

    def require_removable(self, record: Record, manner: Manner) -> None:
        _require_unlocked(record)
        self.require_open_period(record, manner)

    def removed(self, record: Record) -> None:
        applied = applied_by(record.values)
        self.file.ledger.apply(record.id, applied, {})
        self.file.ledger.forget(record)
        self._touch_changed(applied, {})

    def fit(self, settled: Record, most: Decimal) -> None:
        """See that no more than `most` is applied to an invoice or credit memo; the rest becomes unapplied again."""
        excess = self.file.ledger.applied(settled.key) - most
        for id in reversed(self.file.ledger.payments(settled.key)):
            if excess <= 0:
                return
            payment = self.file.records["Payment"][id]
            before = applied_by(payment.values)
            cut = min(excess, before[settled.key])
            excess -= cut
            payment.values = {**payment.values, "Line": _without(payment.values["Line"], settled.key, cut)}
            after = applied_by(payment.values)
            self.file.ledger.apply(id, before, after)
            self.file.touch(payment)

    def _touch_changed(self, before: dict[Key, Decimal], after: dict[Key, Decimal]) -> None:
        for key in dict.fromkeys([*before, *after]):
            if before.get(key) != after.get(key):
                self.file.touch(self.file.records[key[0]][key[1]])

    def _require_applicable(self, record: Record | None, after: Values, customer: Record) -> None:
        applied = applied_by(after)
        for key, amount in applied.items():
            settled = self.file.records[key[0]].get(key[1])
            if settled is None:
                raise faults.cannot_be_linked(*key)
            if settled.values["CustomerRef"]["value"] not in self._billed(customer):
                raise faults.business_rule("A payment and what it is applied to must have the same customer.")
            if settled.values["CurrencyRef"] != after["CurrencyRef"]:
                raise faults.business_rule("A payment and what it is applied to must have the same currency.")
            if amount > self.file.ledger.open(settled, but=record.id if record else None):
                raise faults.business_rule("You can't apply more than what is left of a transaction.")
        net = sum((sign(key) * amount for key, amount in applied.items()), ZERO)
        if net < 0:
            raise faults.business_rule("The credits applied are more than the invoices they are applied to.")
        if net > after["TotalAmt"]:
            raise faults.business_rule("The amounts applied are more than the amount received.")

    def _billed(self, customer: Record) -> set[str]:
        """The customer, and the jobs below whose invoices it may pay."""
        return {customer.id, *self.file.families["Customer"].descendants(customer.id)}


def _require_unlocked(payment: Record) -> None:
    if payment.locked:
        raise faults.already_deposited()


def _line(sent: dict[str, Any], currency: str) -> dict[str, Any]:
    """One amount and the one transaction that it is applied to."""
    if "Amount" not in sent:
        raise faults.required_missing("Line.Amount")
    if sent["Amount"] < 0:
        raise faults.negative_amount("Line.Amount")
    linked = sent.get("LinkedTxn", [])
    if len(linked) != 1:
        raise faults.required_missing("Line.LinkedTxn")
    type, id = linked[0].get("TxnType"), linked[0].get("TxnId")
    if type not in _LINKABLE:
        raise faults.cannot_be_linked(type, id)
    return {"Amount": rounded(sent["Amount"], currency), "LinkedTxn": [{"TxnId": id, "TxnType": type}]}


def _without(lines: list[dict[str, Any]], key: Key, cut: Decimal) -> list[dict[str, Any]]:
    """The lines with less applied to one transaction."""
    left = []
    for line in lines:
        linked = line["LinkedTxn"][0]
        off = min(cut, line["Amount"]) if (linked["TxnType"], linked["TxnId"]) == key else ZERO
        cut -= off
        if line["Amount"] > off:
            left.append({**line, "Amount": line["Amount"] - off})
    return left
