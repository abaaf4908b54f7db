"""QuickBooks' invoices and payments as it sent them (reference sections 7.4, 7.7): what we use, and `raw` whole."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from chalicelib.jobs import vendor_id
from chalicelib.quickbooks.models import Row, as_text

_CUSTOM_FIELD = re.compile(r"CustomField\[(?P<name>.+)\]", re.DOTALL)
ITEM_MAX = 500  # characters of an item's id, which may be a word of QuickBooks' own (SHIPPING_ITEM_ID)
AMOUNT_MAX = Decimal(10) ** 15  # more than QuickBooks takes; far less than what decimals of ours can hold
NUMBERS = ("UnitPrice", "Qty", "DiscountPercent", "TaxPercent", "NetAmountTaxable", "TaxInclusiveAmt")  # of a detail
_CUSTOM_VALUES = ("StringValue", "NumberValue", "DateValue", "BooleanValue")


class Reference(BaseModel):
    model_config = ConfigDict(extra="ignore", defer_build=True, coerce_numbers_to_str=True)
    value: str = ""
    name: str = ""


class Transaction(Row):
    """What invoices and payments have in common. Amounts are decimals, exactly as the digits of the reply say."""

    CustomerRef: Reference = Field(default_factory=Reference)
    CurrencyRef: Reference = Field(default_factory=Reference)
    TxnDate: str = ""
    PrivateNote: str = ""
    TotalAmt: Decimal = Decimal(0)
    Line: list[dict[str, Any]] = Field(default_factory=list)

    def text(self, path: str) -> str:
        """The leaf at a dotted path or of `CustomField[Name]`, as text; empty where there is none."""
        custom = _CUSTOM_FIELD.fullmatch(path)
        if custom:
            return self.custom_fields().get(custom["name"], "")
        return super().text(path)

    def custom_fields(self) -> dict[str, str]:
        """Name → value of the form's custom fields; those without a value are left out."""
        found: dict[str, str] = {}
        for entry in self.raw.get("CustomField") or ():
            value = next((as_text(entry[name]) for name in _CUSTOM_VALUES if entry.get(name) is not None), "")
            if value and entry.get("Name"):
                found.setdefault(str(entry["Name"]), value)
        return found

    def judge(self) -> None:
        self.custom_fields()
        _judge_amounts(self.TotalAmt)
        for line in self.Line:
            _judge_line(line)

    @property
    def deleted(self) -> bool:
        return self.status.casefold() == "deleted"


class Invoice(Transaction):
    ENTITY = "Invoice"
    NAME_PATH = "DocNumber"

    DocNumber: str = ""
    DueDate: str = ""
    Balance: Decimal = Decimal(0)
    EmailStatus: str = ""

    def judge(self) -> None:
        super().judge()
        for one in self.payments:
            vendor_id(one)
        if not all(one.isascii() and one.isprintable() and len(one) <= ITEM_MAX for one in self.items):
            raise ValueError("no item")
        _judge_amounts(self.tax, self.Balance)

    @property
    def delivered(self) -> bool:
        """Whether QuickBooks itself has sent the form."""
        return bool(self.text("DeliveryInfo.DeliveryTime"))

    @property
    def items(self) -> set[str]:
        """Ids of the items on its lines, those inside of bundles too."""
        found: set[str] = set()
        todo = list(self.Line)
        while todo:
            line = todo.pop()
            todo += (line.get("GroupLineDetail") or {}).get("Line") or []
            item = ((line.get("SalesItemLineDetail") or {}).get("ItemRef") or {}).get("value")
            found |= {str(item)} if item else set()
        return found

    @property
    def payments(self) -> list[str]:
        """Ids of the payments that QuickBooks has linked with it."""
        links = self.raw.get("LinkedTxn") or []
        return sorted({str(one["TxnId"]) for one in links if one.get("TxnType") == "Payment" and one.get("TxnId")})

    @property
    def tax(self) -> Decimal:
        """All tax on the form, or the sum over its rates where only those are said."""
        detail = self.raw.get("TxnTaxDetail") or {}
        if detail.get("TotalTax") is not None:
            return Decimal(str(detail["TotalTax"]))
        return sum((Decimal(str(line.get("Amount") or 0)) for line in detail.get("TaxLine") or ()), Decimal(0))


class Payment(Transaction):
    ENTITY = "Payment"
    NAME_PATH = "PaymentRefNum"

    PaymentMethodRef: Reference = Field(default_factory=Reference)
    PaymentRefNum: str = ""
    UnappliedAmt: Decimal = Decimal(0)

    def judge(self) -> None:
        super().judge()
        _judge_amounts(self.UnappliedAmt)


def _judge_amounts(*values: Any) -> None:
    for value in values:
        if value is not None and value != "" and not abs(Decimal(str(value))) < AMOUNT_MAX:
            raise ValueError("no amount")


def _judge_line(line: dict[str, Any]) -> None:
    """Raises where a line is not built as lines are (reference section 7.4)."""
    _judge_amounts(line.get("Amount"))
    for one in line.get("LinkedTxn") or ():
        vendor_id(one["TxnId"])
    for name, detail in line.items():
        if name.endswith("Detail") and detail is not None:
            _judge_amounts(*(detail.get(number) for number in NUMBERS))
            for inner in detail.get("Line") or ():
                _judge_line(inner)
