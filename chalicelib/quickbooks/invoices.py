"""QuickBooks' invoices and payments as it sent them (reference sections 7.4, 7.7): what we use, and `raw` whole."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from chalicelib.quickbooks.models import Row, as_text

_CUSTOM_FIELD = re.compile(r"CustomField\[(?P<name>.+)\]", re.DOTALL)
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
