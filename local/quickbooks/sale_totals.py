"""What the lines of a sales form come to (reference 7.4, 12): exact arithmetic, no I/O, nothing of a company."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from local.quickbooks.lists import TaxCode, TaxRate

Line = dict[str, Any]
CodeOf = Callable[[Line], TaxCode | None]  # None: the line is not taxed

SHIPPING = "SHIPPING_ITEM_ID"
INCLUSIVE = "TaxInclusive"
_DIGITS = {"JPY": 0, "KWD": 3}
_HUNDRED = Decimal(100)
ZERO = Decimal(0)


@dataclass(frozen=True)
class TaxLine:
    """`taxable`: the net amount that the rate is of."""

    rate: TaxRate
    amount: Decimal
    taxable: Decimal


@dataclass(frozen=True)
class Totals:
    """`subtotal` is net, without discount and shipping; `total` is what the customer owes."""

    subtotal: Decimal
    discount: Decimal
    shipping: Decimal
    tax: Decimal
    tax_lines: tuple[TaxLine, ...]

    @property
    def total(self) -> Decimal:
        return self.subtotal - self.discount + self.shipping + self.tax


def rounded(amount: Decimal, currency: str) -> Decimal:
    """To the smallest unit of the currency, halves away from zero."""
    return amount.quantize(Decimal(1).scaleb(-_DIGITS.get(currency, 2)), ROUND_HALF_UP)


def unit_price(amount: Decimal, quantity: Decimal) -> Decimal:
    """With the seven decimals of captured replies."""
    price = (amount / quantity).quantize(Decimal("0.0000001"), ROUND_HALF_UP)
    return price.normalize() if price else ZERO


def inner(lines: list[Line]) -> Iterator[Line]:
    """The lines that have amounts of their own: those of bundles instead of the bundle's line."""
    for line in lines:
        yield from line["GroupLineDetail"]["Line"] if line["DetailType"] == "GroupLineDetail" else (line,)


def is_shipping(line: Line) -> bool:
    detail = line.get("SalesItemLineDetail", {})
    return bool(detail.get("ItemRef", {}).get("value") == SHIPPING)


def gross(line: Line) -> Decimal:
    amount: Decimal = line["SalesItemLineDetail"].get("TaxInclusiveAmt", line["Amount"])
    return amount


def totals(lines: list[Line], currency: str, *, inclusive: bool, before_discount: bool, code_of: CodeOf) -> Totals:
    """The totals of the lines; the amount of a discount line is set here.

    `before_discount`: tax is of the full amounts (US, ApplyTaxAfterDiscount false). Shipping is never discounted.
    """
    sales = [line for line in inner(lines) if line["DetailType"] == "SalesItemLineDetail"]
    items = [line for line in sales if not is_shipping(line)]
    shipping = [line for line in sales if is_shipping(line)]
    subtotal = sum((line["Amount"] for line in items), ZERO)
    discount = _discount(lines, subtotal, currency)
    share = discount / subtotal if subtotal else ZERO
    taxable: dict[TaxRate, Decimal] = defaultdict(Decimal)
    for line in sales:
        off = ZERO if before_discount or is_shipping(line) else share
        code = code_of(line)
        for rate in code.rates if code else ():
            taxable[rate] += line["Amount"] * (1 - off)
    tax_lines = []
    for rate, exact in taxable.items():
        net = rounded(exact, currency)
        tax_lines.append(TaxLine(rate, rounded(net * rate.percent / _HUNDRED, currency), net))
    shipped = sum((line["Amount"] for line in shipping), ZERO)
    found = Totals(subtotal, discount, shipped, sum((each.amount for each in tax_lines), ZERO), tuple(tax_lines))
    if not inclusive:
        return found
    gross_items = sum(map(gross, items), ZERO)
    owed = gross_items - rounded(gross_items * share, currency) + sum(map(gross, shipping), ZERO)
    return with_tax(found, owed - (subtotal - discount + shipped), currency)


def with_tax(found: Totals, tax: Decimal, currency: str) -> Totals:
    """The same totals with another tax in all, spread over the rates in proportion (reference 12.2)."""
    rest, spread = tax, []
    for position, each in enumerate(found.tax_lines, 1):
        last = position == len(found.tax_lines)
        part = rest if last else rounded(tax * each.amount / found.tax, currency) if found.tax else ZERO
        rest -= part
        spread.append(TaxLine(each.rate, part, each.taxable))
    return Totals(found.subtotal, found.discount, found.shipping, tax, tuple(spread))


def _discount(lines: list[Line], subtotal: Decimal, currency: str) -> Decimal:
    """A percentage is of the subtotal, whatever the tax."""
    for line in lines:
        if line["DetailType"] == "DiscountLineDetail":
            detail = line["DiscountLineDetail"]
            if detail["PercentBased"]:
                line["Amount"] = rounded(subtotal * detail["DiscountPercent"] / _HUNDRED, currency)
            amount: Decimal = line["Amount"]
            return amount
    return ZERO
