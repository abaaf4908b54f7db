"""What all transactions have in common: a customer, a currency, a date (reference 7.4, 7.7, 12.1)."""

from __future__ import annotations

from decimal import Decimal

from local.quickbooks import clock, facts, faults
from local.quickbooks.fields import CUSTOMER
from local.quickbooks.record import Manner, Record
from local.quickbooks.rules import Rules, Values

VOIDED = "Voided"


class TradeRules(Rules):
    def settle_party(self, record: Record | None, after: Values, manner: Manner) -> Record:
        """Check customer, currency and date, fill in what is left out, and return the customer."""
        if "CustomerRef" not in after:
            raise faults.required_missing("CustomerRef")
        stays = record is not None and record.values["CustomerRef"]["value"] == after["CustomerRef"]["value"]
        customer = self.file.require_record(CUSTOMER, after["CustomerRef"]["value"], "CustomerRef", stays=stays)
        self._settle_currency(customer, after)
        after.setdefault("TxnDate", clock.today(self.file.now()))
        for day in {after["TxnDate"], record.values["TxnDate"] if record else after["TxnDate"]}:
            self._require_open_period(day, manner)
        return customer

    def require_open_period(self, record: Record, manner: Manner) -> None:
        self._require_open_period(record.values["TxnDate"], manner)

    def index(self, record: Record, before: Values | None) -> None:
        self.file.ledger.note(record, before["CustomerRef"]["value"] if before else None)

    def _require_open_period(self, day: str, manner: Manner) -> None:
        closed = self.file.settings.books_closed_until
        if closed is not None and day <= closed and not manner.by_person:
            raise faults.period_closed()

    def _settle_currency(self, customer: Record, after: Values) -> None:
        own = customer.values["CurrencyRef"]["value"]
        code = after.get("CurrencyRef", {}).get("value", own)
        if code not in facts.CURRENCIES:
            raise faults.invalid_reference("Currency", code, "CurrencyRef")
        if code != own:
            raise faults.business_rule("The currency of a transaction must be that of its customer.")
        after["CurrencyRef"] = {"value": code, "name": facts.CURRENCIES[code]}
        if not self.file.multi_currency:
            after.pop("ExchangeRate", None)
        elif code == self.file.home_currency:
            after["ExchangeRate"] = Decimal(1)
        elif after.get("ExchangeRate", Decimal(0)) <= 0:
            rate = Decimal(facts.DOLLARS[code]) / Decimal(facts.DOLLARS[self.file.home_currency])
            after["ExchangeRate"] = rate.quantize(Decimal("0.000001")).normalize()


def with_voided_note(values: Values) -> Values:
    """`Voided`, before what the note said (reference 7.4)."""
    note = str(values.get("PrivateNote", ""))
    return {**values, "PrivateNote": note if note.startswith(VOIDED) else f"{VOIDED} {note}".strip()}
