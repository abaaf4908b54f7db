"""QuickBooks' invoice as HubSpot's: its properties, its line items, and what deals and the daily clock need of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from chalicelib.jobs import Side
from chalicelib.quickbooks.invoices import Invoice
from chalicelib.resolve import lines
from chalicelib.resolve.amounts import decimals, digits_of, exact, money, plain
from chalicelib.resolve.fields import Field
from chalicelib.resolve.stages import SETTLED, Stage, day, is_overdue, stage_of

INVOICE_URL = "https://app.qbo.intuit.com/app/invoice?txnId={id}"
ORDER_NUMBER = "hs_purchase_order_number"
MOMENTS = frozenset({"hs_invoice_date", "hs_due_date"})  # HubSpot holds them as moments, and shows the day in its zone:
NOON = "T12:00:00.000Z"  # which at noon is the right one from Hawaii to New Zealand
OPEN, PAID, VOIDED = "open", "paid", "voided"  # of HubSpot's own status
_STATUSES = {Stage.PAID: PAID, Stage.VOIDED: VOIDED, Stage.DELETED: VOIDED}
_NAMES_ORDER_NUMBER = re.compile(r"(customers?|cust|client|buyers?|your)?(po|purchaseorder)(number|num|nr|no|id|ref)?")
EMPTY_LINE = {  # every property of a line item that we write, as it is where QuickBooks says nothing
    "name": "", "description": "", "quantity": "1", "price": "0", "discount": "0", "hs_sku": "", "hs_product_id": "",
    "hs_line_item_currency_code": "",
}  # fmt: skip


@dataclass(frozen=True)
class Sold:
    """What is known of a QuickBooks item: HubSpot's product, if it is linked, and the SKU."""

    product_id: str = ""
    sku: str = ""


@dataclass(frozen=True)
class LineItem:
    """`key`: QuickBooks' id of the line, or what it is (`shipping`, `tax` …) where QuickBooks gives none."""

    key: str
    properties: dict[str, str]

    @property
    def replacing(self) -> dict[str, str]:
        """The same for a line item that exists: what the line no longer has is emptied, its discount too."""
        return {**EMPTY_LINE, **self.properties}


@dataclass(frozen=True)
class Mirror:
    """`natives`: HubSpot's own properties that an account may refuse. `notes`: what was done to values, in words."""

    properties: dict[str, str]
    natives: dict[str, str]
    lines: tuple[LineItem, ...]
    facts: dict[str, str]
    notes: tuple[str, ...]
    left_out: tuple[str, ...] = ()  # mapped values that HubSpot's property cannot hold, and why


def mirrored(
    invoice: Invoice,
    fields: Sequence[Field],
    sold: Mapping[str, Sold],
    realm_id: str,  # noqa: ARG001 - QuickBooks' pages have no documented address that names the company
    today: date,
    *,
    voided: bool = False,
    home_currency: str = "USD",
) -> Mirror:
    """Say what HubSpot should hold for an invoice.

    `sold`: by QuickBooks' item id. `today`: in the company's time zone. `voided`: an event told that it is.
    `home_currency`: the company's, which rows do not name unless it has several.
    """
    currency = invoice.CurrencyRef.value or home_currency
    digits = max(digits_of(currency), decimals(invoice.TotalAmt), decimals(invoice.Balance))
    facts = _facts(invoice, currency, digits, today, voided=voided)
    parts, notes = lines.priced(invoice, digits, void=facts["stage"] == Stage.VOIDED)
    mapped, said = _mapped(invoice, fields)
    properties = {**_order_number(invoice, fields), **mapped, **_ours(invoice, facts)}
    properties["hs_currency"] = properties.get("hs_currency") or currency
    natives = {name: value for name, value in _natives(facts, digits).items() if name not in properties}
    items = tuple(_line_item(one, sold, currency, digits) for one in parts)
    return Mirror(properties, natives, items, facts, (*said, *notes), tuple(said))


def deal_properties(facts: Mapping[str, str]) -> dict[str, str]:
    """The five properties of a deal that follow its invoice; an empty one clears what another invoice left there."""
    return {
        "quickbooks_invoice_amount": facts.get("total", ""),
        "quickbooks_invoice_recipient": facts.get("recipient", ""),
        "quickbooks_invoice_number": facts.get("number", ""),
        "quickbooks_invoice_status": facts.get("stage", ""),
        "quickbooks_invoice_due_date": facts.get("due", ""),
    }


def overdue_now(facts: Mapping[str, str], today: date) -> bool:
    """Whether an invoice is overdue by what was last mirrored of it, whatever stage it was in then."""
    if facts.get("stage") in SETTLED:
        return False
    return is_overdue(exact(facts.get("balance")), day(facts.get("due", "")), today)


def _facts(invoice: Invoice, currency: str, digits: int, today: date, *, voided: bool) -> dict[str, str]:
    due = day(invoice.DueDate)
    stage = stage_of(
        invoice.TotalAmt, invoice.Balance, due, invoice.EmailStatus, invoice.delivered, invoice.PrivateNote, today,
        voided=voided, deleted=invoice.deleted,
    )  # fmt: skip
    return {
        "number": invoice.DocNumber,
        "total": money(invoice.TotalAmt, digits),
        "balance": money(invoice.Balance, digits),
        "due": due.isoformat() if due else "",
        "currency": currency,
        "stage": str(stage),
        "recipient": invoice.CustomerRef.name,
        "customer": invoice.CustomerRef.value,
        "payments": ",".join(invoice.payments),
    }


def _mapped(invoice: Invoice, fields: Sequence[Field]) -> tuple[dict[str, str], list[str]]:
    """An empty value leaves HubSpot's alone, unless the row says that it clears."""
    found: dict[str, str] = {}
    notes = []
    for row in fields:
        if not row.writes(Side.HUBSPOT):
            continue
        value, note = row.to_hubspot(invoice.text(row.quickbooks))
        if note:
            notes.append(note)
        if row.hubspot in MOMENTS and day(value):
            value = f"{value}{NOON}"
        if value or row.clears:
            found[row.hubspot] = value
    return found, notes


def _order_number(invoice: Invoice, fields: Sequence[Field]) -> dict[str, str]:
    """The purchase order's number, where a custom field is plainly that and no row decides it."""
    if any(row.hubspot == ORDER_NUMBER for row in fields):
        return {}
    for name, value in invoice.custom_fields().items():
        if value.strip() and _NAMES_ORDER_NUMBER.fullmatch(re.sub(r"[^a-z]", "", name.casefold())):
            return {ORDER_NUMBER: value.strip()}
    return {}


def _ours(invoice: Invoice, facts: Mapping[str, str]) -> dict[str, str]:
    return {
        **({"quickbooks_number": facts["number"]} if facts["number"] else {}),
        "quickbooks_stage": facts["stage"],
        "quickbooks_total": facts["total"],
        "quickbooks_balance": facts["balance"],
        "quickbooks_url": INVOICE_URL.format(id=invoice.Id),
    }


def _natives(facts: Mapping[str, str], digits: int) -> dict[str, str]:
    paid = exact(facts["total"]) - exact(facts["balance"])
    return {
        **({"hs_number": facts["number"]} if facts["number"] else {}),
        "hs_amount_billed": facts["total"],
        "hs_amount_paid": money(paid, digits),
        "hs_balance_due": facts["balance"],
        "hs_invoice_status": _STATUSES.get(Stage(facts["stage"]), OPEN),
    }


def _line_item(line: lines.Priced, sold: Mapping[str, Sold], currency: str, digits: int) -> LineItem:
    item = sold.get(line.part.item, Sold())
    said = {
        "name": line.part.name,
        "description": _description(line, currency, digits),
        "quantity": plain(line.part.quantity),
        "price": plain(line.price),
        "discount": plain(line.discount) if line.discount else "",
        "hs_sku": item.sku,
        "hs_product_id": item.product_id,
        "hs_line_item_currency_code": currency,
    }
    return LineItem(line.part.key, {name: value for name, value in said.items() if value})


def _description(line: lines.Priced, currency: str, digits: int) -> str:
    """With what the line took off the others, since HubSpot shows no negative price."""
    taken = _taken(line.off, currency, digits) if line.off else ""
    return "\n".join(filter(None, [line.part.description, taken]))


def _taken(off: Decimal, currency: str, digits: int) -> str:
    return f"{money(off, digits)} {currency} less: taken off the other lines as their discount"
