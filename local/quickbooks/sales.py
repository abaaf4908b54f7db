"""The rules for invoices and credit memos (reference 7.4, 7.9, 8, 12)."""

from __future__ import annotations

from copy import deepcopy
from decimal import Decimal
from typing import Any

from local.quickbooks import clock, faults
from local.quickbooks.fields_sales import INVOICE
from local.quickbooks.lists import DEFAULT_TERM, TERMS, TaxCode
from local.quickbooks.record import Manner, Record
from local.quickbooks.sale_lines import Lines, code_of_line, used_items
from local.quickbooks.sale_totals import INCLUSIVE, ZERO, Line, Totals, inner, rounded, totals, with_tax
from local.quickbooks.trading import TradeRules, with_voided_note
from local.quickbooks.values import CLEARED, Values

MADE, SUBTOTAL, OVERRIDE = "#lines made", "#subtotal", "#tax given"  # ours, never shown
_NOT_LINKABLE = ("Estimate", "TimeActivity")
_OF_DEPOSITS = ("Bank", "Other Current Asset")


class SaleRules(TradeRules):
    kept_by_full_update = (
        *("CurrencyRef", "ExchangeRate", "DocNumber", "TxnDate", "DeliveryInfo", "CustomField"),
        MADE,
    )

    def settle(self, record: Record | None, after: Values, found: Values, manner: Manner) -> None:
        customer = self.settle_party(record, after, manner)
        self.check_lists(after)
        self._require_new_number(record, after, manner)
        self._settle_dates(after, found, customer)
        self._settle_custom_fields(record, after, found)
        for linked in _sent(found, "LinkedTxn", []):
            if linked.get("TxnType") in _NOT_LINKABLE:
                raise faults.cannot_be_linked(linked["TxnType"], linked.get("TxnId"))
        after.pop("LinkedTxn", None)
        mode = self._settle_mode(after, manner)
        self._settle_lines(record, after, found, mode, manner)
        self._settle_totals(record, after, found, mode)
        self._settle_email(record, after, customer)
        self._settle_deposit(after)
        self._require_started(after)
        if record and record.values["CustomerRef"] != after["CustomerRef"] and not manner.by_person:
            self._require_unlinked(record, faults.business_rule("A paid form cannot be moved to another customer."))
        if record is None:
            self._count(after)

    def spread(self, record: Record, before: Values | None) -> None:
        self._move_inventory(record, before or {})
        moved = before is not None and before["CustomerRef"] != record.values["CustomerRef"]
        most = ZERO if moved else record.values["TotalAmt"] - record.values.get("Deposit", ZERO)
        self.file.payments.fit(record, most)

    def voided(self, record: Record, manner: Manner) -> Values:
        if record.entity is not INVOICE and not manner.by_person:
            raise faults.unsupported_operation("void")
        self.require_open_period(record, manner)
        after = with_voided_note(deepcopy(record.values))
        for line in [*after["Line"], *inner(after["Line"])]:
            _empty(line)
        if "TxnTaxDetail" in after:
            after["TxnTaxDetail"] = {**after["TxnTaxDetail"], "TotalTax": ZERO, "TaxLine": []}
        return {**after, "TotalAmt": ZERO, SUBTOTAL: ZERO, "Deposit": ZERO}

    def require_removable(self, record: Record, manner: Manner) -> None:
        self.require_open_period(record, manner)
        if not manner.by_person:
            self._require_unlinked(record, faults.has_dependencies())

    def removed(self, record: Record) -> None:
        self.file.payments.fit(record, ZERO)
        self.file.ledger.forget(record)
        self._move_inventory(record, record.values, gone=True)

    def _require_unlinked(self, record: Record, fault: faults.Fault) -> None:
        if self.file.ledger.payments(record.key):
            raise fault

    def _count(self, after: Values) -> None:
        """Number a form that came without, unless the company numbers by hand (7.4). No form that fails is counted."""
        if "DocNumber" not in after and not self.file.sales_preferences["CustomTxnNumbers"]:
            after["DocNumber"] = str(self.file.next_number)
            self.file.next_number += 1

    def _require_new_number(self, record: Record | None, after: Values, manner: Manner) -> None:
        number = after.get("DocNumber")
        if number is None or manner.allow_duplicate or (record and record.values.get("DocNumber") == number):
            return
        for name in ("Invoice", "CreditMemo"):
            for other in self.file.records[name].values():
                if other is not record and other.values.get("DocNumber") == number:
                    raise faults.duplicate_number(number, name, other.id)

    def _settle_dates(self, after: Values, found: Values, customer: Record) -> None:
        if self.entity is not INVOICE:
            return
        if "DueDate" in after and ("SalesTermRef" not in found or "DueDate" in found):
            return
        usual = customer.values.get("SalesTermRef", {"value": DEFAULT_TERM})
        term = (after.get("SalesTermRef") or usual)["value"]
        after["DueDate"] = clock.later(after["TxnDate"], TERMS[term][1])

    def _settle_custom_fields(self, record: Record | None, after: Values, found: Values) -> None:
        """Those sent replace those stored; a DefinitionId that is not in use is dropped in silence (7.13)."""
        held = {each["DefinitionId"]: each for each in (record.values.get("CustomField", []) if record else [])}
        for each in _sent(found, "CustomField", []):
            held[each.get("DefinitionId", "")] = each
        after["CustomField"] = [
            each for id, each in sorted(held.items()) if id in self.file.custom_fields and "StringValue" in each
        ]

    def _settle_mode(self, after: Values, manner: Manner) -> str:
        """How prices and tax go together (12.3). In the US there is one way only."""
        if self.file.lists.in_us:
            after.pop("GlobalTaxCalculation", None)
            return ""
        if manner.by_person:
            after.setdefault("GlobalTaxCalculation", "TaxExcluded")
        if "GlobalTaxCalculation" not in after:
            raise faults.required_missing("GlobalTaxCalculation")
        return str(after["GlobalTaxCalculation"])

    def _settle_lines(self, record: Record | None, after: Values, found: Values, mode: str, manner: Manner) -> None:
        if not after.get("Line"):
            raise faults.required_missing("Line")
        stored = record.values["Line"] if record else []
        if "Line" not in found and record and record.values.get("GlobalTaxCalculation", "") == mode:
            after["Line"] = deepcopy(stored)
            return
        currency = after["CurrencyRef"]["value"]
        lines = Lines(self.file, currency, mode, by_person=manner.by_person, made=after.get(MADE, 0))
        after["Line"] = lines.build(deepcopy(after["Line"]), stored)
        after[MADE] = lines.made

    def _settle_totals(self, record: Record | None, after: Values, found: Values, mode: str) -> None:
        sent = _sent(found, "TxnTaxDetail", {})
        if mode == "NotApplicable" and (sent.get("TotalTax") or "TxnTaxCodeRef" in sent):
            raise faults.wrong_tax_detail()
        currency = after["CurrencyRef"]["value"]
        form_code = self._code_of_form(record, found)
        came_to = totals(
            after["Line"],
            currency,
            inclusive=mode == INCLUSIVE,
            before_discount=mode == "" and not after["ApplyTaxAfterDiscount"],
            code_of=lambda line: code_of_line(self.file, line, form_code),
        )
        given = self._tax_given(record, found, mode)
        if given is not None:
            came_to = with_tax(came_to, rounded(given, currency), currency)
        if came_to.total < 0:
            raise faults.business_rule("The total of a transaction must be zero or more.")
        after[OVERRIDE] = given
        after[SUBTOTAL] = came_to.subtotal
        after["TotalAmt"] = came_to.total
        after["TxnTaxDetail"] = _tax_detail(came_to, form_code)

    def _code_of_form(self, record: Record | None, found: Values) -> TaxCode | None:
        """US: what taxes the lines that say TAX. Automated sales tax replaces what was sent (12.2)."""
        if not self.file.lists.in_us or not self.file.sales_preferences["UsingSalesTax"]:
            return None
        if self.file.lists.automated:
            return self.file.lists.automated
        held = record.values.get("TxnTaxDetail", {}) if record else {}
        id = _sent(found, "TxnTaxDetail", held).get("TxnTaxCodeRef", {}).get("value")
        if not id:
            return None
        self.file.require_listed("TaxCode", id, "TxnTaxDetail.TxnTaxCodeRef")
        return self.file.lists.tax_code(id)

    def _tax_given(self, record: Record | None, found: Values, mode: str) -> Decimal | None:
        """A total of tax that somebody gave. It holds until the lines change without it."""
        if mode == "NotApplicable" or not self.file.sales_preferences["UsingSalesTax"]:
            return None
        if "TxnTaxDetail" in found:
            given: Decimal | None = _sent(found, "TxnTaxDetail", {}).get("TotalTax")
            return given
        unchanged = record is not None and "Line" not in found and record.values.get("GlobalTaxCalculation", "") == mode
        return record.values.get(OVERRIDE) if record and unchanged else None

    def _settle_email(self, record: Record | None, after: Values, customer: Record) -> None:
        if record is None:
            for name in ("BillAddr", "ShipAddr"):
                if name not in after and name in customer.values:
                    after[name] = dict(customer.values[name])
        if after["EmailStatus"] == "NeedToSend" and "BillEmail" not in after:
            raise faults.email_required()

    def _settle_deposit(self, after: Values) -> None:
        if self.entity is not INVOICE:
            return
        deposit = rounded(after.get("Deposit", ZERO), after["CurrencyRef"]["value"])
        after["Deposit"] = deposit
        if deposit and not self.file.sales_preferences["AllowDeposit"]:
            raise faults.business_rule("Deposits are not switched on for the sales forms of this company.")
        if deposit < 0:
            raise faults.negative_amount("Deposit")
        if deposit > after["TotalAmt"]:
            raise faults.business_rule("A deposit cannot be more than the total.")
        account = after.get("DepositToAccountRef")
        if account and self.file.accounts.rows[account["value"]].type not in _OF_DEPOSITS:
            raise faults.wrong_account("DepositToAccountRef")

    def _require_started(self, after: Values) -> None:
        for id in used_items(after["Line"]):
            item = self.file.records["Item"].get(id)  # shipping is none
            if item and item.values.get("InvStartDate", "") > after["TxnDate"]:
                raise faults.before_inventory_starts()

    def _move_inventory(self, record: Record, before: Values, *, gone: bool = False) -> None:
        sold = {} if gone else used_items(record.values["Line"])
        for id, quantity in used_items(before.get("Line", [])).items():
            sold[id] = sold.get(id, ZERO) - quantity
        back = -1 if self.entity is not INVOICE else 1
        self.file.items.sell({id: quantity * back for id, quantity in sold.items()})


def _sent(found: Values, name: str, otherwise: Any) -> Any:
    """What the request has under a name: `otherwise` if nothing, something empty if it empties it."""
    value = found.get(name, otherwise)
    return type(otherwise)() if value is CLEARED else value


def _empty(line: Line) -> None:
    """A line of a void form: no amounts, no quantities, and a discount of nothing."""
    if "Amount" in line:
        line["Amount"] = ZERO
    detail = line.get("SalesItemLineDetail") or line.get("GroupLineDetail") or {}
    for name in ("Qty", "Quantity", "TaxInclusiveAmt"):
        if name in detail:
            detail[name] = ZERO


def _tax_detail(came_to: Totals, code: TaxCode | None) -> Values:
    detail: Values = {"TxnTaxCodeRef": {"value": code.id}} if code else {}
    detail["TotalTax"] = came_to.tax
    lines = [
        {
            "Amount": each.amount,
            "DetailType": "TaxLineDetail",
            "TaxLineDetail": {
                "TaxRateRef": {"value": each.rate.id},
                **{"PercentBased": True, "TaxPercent": each.rate.percent, "NetAmountTaxable": each.taxable},
            },
        }
        for each in came_to.tax_lines
    ]
    return {**detail, "TaxLine": lines} if lines else detail
