"""Invoices and payments as QuickBooks answers them, and HubSpot's arithmetic over line items."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from chalicelib.quickbooks.invoices import Invoice
from chalicelib.resolve.fields import Field
from chalicelib.resolve.invoices import LineItem, Mirror, mirrored

TODAY = date(2026, 11, 3)
FIELDS = (
    Field("hs_invoice_date", "TxnDate", "to_hubspot"),
    Field("hs_due_date", "DueDate", "to_hubspot"),
    Field("hs_currency", "CurrencyRef.value", "to_hubspot"),
    Field("hs_comments", "CustomerMemo.value", "to_hubspot"),
)
Raw = dict[str, Any]


def sale(amount: float, id: str = "1", item: str = "Work", text: str = "", **detail: Any) -> Raw:
    """A line as QuickBooks shows it; `detail`: Qty, UnitPrice …"""
    described = {"Description": text} if text else {}
    shown = {"ItemRef": {"value": item.casefold(), "name": item}, **detail}
    return {
        "Id": id, **described, "Amount": amount, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": shown,
    }  # fmt: skip


def text(words: str, id: str = "1") -> Raw:
    return {"Id": id, "Description": words, "DetailType": "DescriptionOnly", "DescriptionLineDetail": {}}


def shipping(amount: float) -> Raw:
    detail = {"ItemRef": {"value": "SHIPPING_ITEM_ID"}}
    return {"Amount": amount, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}


def discount(amount: float, percent: float | None = None) -> Raw:
    detail: Raw = {"PercentBased": percent is not None}
    detail |= {} if percent is None else {"DiscountPercent": percent}
    return {"Amount": amount, "DetailType": "DiscountLineDetail", "DiscountLineDetail": detail}


def subtotal(amount: float) -> Raw:
    return {"Amount": amount, "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}}


def bundle(*inner: Raw, id: str = "1", amount: float = 0) -> Raw:
    detail = {"GroupItemRef": {"value": "kit", "name": "Kit"}, "Quantity": 2, "Line": list(inner)}
    return {"Id": id, "Amount": amount, "DetailType": "GroupLineDetail", "GroupLineDetail": detail}


def form(*lines: Raw, total: float, tax: float = 0, **more: Any) -> Raw:
    return {
        "Id": "238",
        "SyncToken": "0",
        "DocNumber": "1069",
        "TxnDate": "2026-11-02",
        "DueDate": "2026-12-02",
        "CustomerRef": {"value": "1", "name": "Amy's Bird Sanctuary"},
        "Line": list(lines),
        "TxnTaxDetail": {"TotalTax": tax},
        "TotalAmt": total,
        "Balance": total,
        "EmailStatus": "NotSet",
        **more,
    }


def mirror(raw: Raw, **more: Any) -> Mirror:
    return mirrored(Invoice.read(raw), more.pop("fields", FIELDS), more.pop("sold", {}), "9130", TODAY, **more)


def shown(items: Iterable[LineItem]) -> list[tuple[str, str, str, str]]:
    """Key, quantity, price and discount."""
    given = [(item.key, item.properties) for item in items]
    return [(key, held["quantity"], held["price"], held.get("discount", "0")) for key, held in given]


def half_up(amount: Decimal, digits: int) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def net(properties: Mapping[str, str]) -> Decimal:
    """HubSpot's net price of a line item, before it is rounded."""
    price, off = Decimal(properties["price"]), Decimal(properties.get("discount", "0"))
    return Decimal(properties["quantity"]) * (price - off)


def billed(items: Iterable[LineItem], digits: int) -> tuple[Decimal, Decimal]:
    """What HubSpot bills if it rounds each line, and if it rounds only their sum."""
    nets = [net(item.properties) for item in items]
    return sum((half_up(one, digits) for one in nets), Decimal(0)), half_up(sum(nets, Decimal(0)), digits)
