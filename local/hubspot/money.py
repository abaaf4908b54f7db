"""What HubSpot calculates in money: net prices, what an invoice bills, what of it is paid (reference, sections 6, 7).

Amounts are Decimal, and stored as plain text without trailing zeros. An empty text is "no value".
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from local.hubspot.account import Account
from local.hubspot.kinds import DEALS, INVOICES, LINE_ITEMS, PAYMENTS, Kind
from local.hubspot.records import Record

if TYPE_CHECKING:
    from local.hubspot.state import Crm

Values = dict[str, str]
NOUGHT = Decimal(0)
HUNDRED = Decimal(100)
WITHOUT_CENTS = frozenset({
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF",
})  # fmt: skip
WITH_MILLS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})
STAGES = {  # how likely a deal in each stage of the default pipeline is to be won (section 7.3)
    "appointmentscheduled": "0.2",
    "qualifiedtobuy": "0.4",
    "presentationscheduled": "0.6",
    "decisionmakerboughtin": "0.8",
    "contractsent": "0.9",
    "closedwon": "1.0",
    "closedlost": "0.0",
}
CLOSED = ("closedwon", "closedlost")


def rounded(amount: Decimal, currency: str) -> Decimal:
    """An amount in the smallest unit that the currency has; halves go away from zero."""
    digits = 0 if currency in WITHOUT_CENTS else 3 if currency in WITH_MILLS else 2
    return amount.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def text(amount: Decimal) -> str:
    return f"{amount.normalize():f}" if amount else "0"


def number(values: Values, name: str) -> Decimal:
    return Decimal(values.get(name) or 0)


def calculated(crm: Crm, record: Record) -> Values:
    """The calculated values of a record, as its other values and its neighbours are now."""
    calculate = _CALCULATIONS.get(record.kind.name)
    return calculate(crm, record) if calculate else {}


def neighbours(crm: Crm, record: Record, kind: Kind) -> list[Record]:
    """The live records of another type that a record is linked with, oldest first."""
    held = crm.links_between(record.kind, kind).seen_from(record.kind, record.id)
    found = (crm.table(kind).live(one) for one in held)
    return [one for one in found if one is not None]


def dependents(crm: Crm, record: Record) -> list[Record]:
    """The records that calculate with this one's values."""
    return [one for kind in _DEPENDENT.get(record.kind.name, ()) for one in neighbours(crm, record, kind)]


def _net_price(crm: Crm, line: Record) -> str:
    """Quantity times price, less what the discounts take off each unit."""
    held = line.values
    if not held.get("price") or not held.get("quantity"):
        return ""
    price = number(held, "price")
    unit = price - number(held, "discount") - price * number(held, "hs_discount_percentage") / HUNDRED
    amount = unit * number(held, "quantity")
    is_exact = crm.settings.line_amounts == "exact"
    return text(amount if is_exact else rounded(amount, _currency_of_line(crm, line)))


def _currency_of_line(crm: Crm, line: Record) -> str:
    if own := line.values.get("hs_line_item_currency_code"):
        return own
    parents = [*neighbours(crm, line, INVOICES), *neighbours(crm, line, DEALS)]
    named = (one.values.get("hs_currency") or one.values.get("deal_currency_code") for one in parents)
    return next(filter(None, named), crm.account.company_currency)


def _of_invoice(crm: Crm, invoice: Record) -> Values:
    currency = invoice.values.get("hs_currency", crm.account.company_currency)
    kept = written(crm, invoice)
    billed = number(invoice.values, "hs_amount_billed") if "hs_amount_billed" in kept else _billed(crm, invoice)
    paid = sum((_share(crm, one, invoice) for one in neighbours(crm, invoice, PAYMENTS)), NOUGHT)
    if "hs_amount_paid" in kept:
        paid = number(invoice.values, "hs_amount_paid")
    billed, paid = rounded(billed, currency), rounded(paid, currency)
    fresh = {"hs_amount_billed": text(billed), "hs_amount_paid": text(paid), "hs_balance_due": text(billed - paid)}
    return {name: value for name, value in fresh.items() if name not in kept}


def written(crm: Crm, invoice: Record) -> set[str]:
    """The properties of HubSpot's own that an app was allowed to write, and wrote, on this invoice."""
    return {name for name in crm.settings.writable_on_invoices if name in invoice.history}


def _billed(crm: Crm, invoice: Record) -> Decimal:
    lines = neighbours(crm, invoice, LINE_ITEMS)
    currency = invoice.values.get("hs_currency", crm.account.company_currency)
    return rounded(sum((number(one.values, "amount") for one in lines), NOUGHT), currency)


def _share(crm: Crm, payment: Record, invoice: Record) -> Decimal:
    """What a payment gives to one of its invoices: all to an only one, else to the oldest first what each bills."""
    if payment.values.get("hs_latest_status") not in ("succeeded", "partially_refunded"):
        return NOUGHT
    left = number(payment.values, "hs_initial_amount") - number(payment.values, "hs_refunds_amount")
    invoices = neighbours(crm, payment, INVOICES)
    if len(invoices) == 1:
        return left
    for one in invoices:
        given = min(left, _billed(crm, one))
        if one is invoice:
            return given
        left -= given
    return NOUGHT


def _of_payment(crm: Crm, payment: Record) -> Values:
    held = payment.values
    net = number(held, "hs_initial_amount") - number(held, "hs_refunds_amount") - number(held, "hs_fees_amount")
    invoices = len(neighbours(crm, payment, INVOICES))
    return {
        "hs_net_amount": text(net),
        "hs_number_of_associated_invoices": str(invoices),
        "hs_has_associated_invoice": str(bool(invoices)).lower(),
    }


def _of_deal(crm: Crm, deal: Record) -> Values:
    held, stage = deal.values, deal.values.get("dealstage", "")
    likely = STAGES.get(stage, "")
    fresh = {
        "hs_num_of_associated_line_items": str(len(neighbours(crm, deal, LINE_ITEMS))),
        "hs_is_closed": str(stage in CLOSED).lower(),
        "hs_is_closed_won": str(stage == "closedwon").lower(),
        "hs_is_closed_lost": str(stage == "closedlost").lower(),
        "hs_deal_stage_probability": likely,
    }
    if not held.get("amount"):
        return {**fresh, "amount_in_home_currency": "", "hs_projected_amount": "", "hs_closed_amount": ""}
    amount = number(held, "amount")
    won = amount if stage == "closedwon" else NOUGHT
    return {
        **fresh,
        "amount_in_home_currency": text(_at_home(crm.account, amount, held)),
        "hs_projected_amount": text(amount * Decimal(likely)) if likely else "",
        "hs_closed_amount": text(won),
    }


def _at_home(account: Account, amount: Decimal, held: Values) -> Decimal:
    return account.at_home(amount, held.get("deal_currency_code", account.company_currency))


_CALCULATIONS: dict[str, Callable[[Crm, Record], Values]] = {
    LINE_ITEMS.name: lambda crm, record: {"amount": _net_price(crm, record)},
    INVOICES.name: _of_invoice,
    DEALS.name: _of_deal,
    PAYMENTS.name: _of_payment,
}
_DEPENDENT = {
    LINE_ITEMS.name: (INVOICES, DEALS),
    PAYMENTS.name: (INVOICES,),
    INVOICES.name: (LINE_ITEMS,),  # which round in its currency
    DEALS.name: (LINE_ITEMS,),
}
