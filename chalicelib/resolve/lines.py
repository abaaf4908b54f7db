"""An invoice's lines as priced parts whose nets come to its total (QuickBooks reference 7.4, HubSpot reference 7.2).

HubSpot bills the sum of its line items and takes no negative price. So tax and shipping are parts of their own, and
what reduces the total (a discount, a negative line) is taken off the prices of the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import IntEnum
from typing import Any

from chalicelib.quickbooks.invoices import Invoice
from chalicelib.resolve.amounts import HUNDRED, NOUGHT, ONE, divided, exact, rounded, shares, times

SHIPPING_ITEM, GRATUITY_ITEM = "SHIPPING_ITEM_ID", "GRATUITY_ITEM_ID"
NAME_MAX = 255
SMALL = 5  # smallest units that a tax engine's rounding may come to (reference 12.2)
_EXTRAS = {SHIPPING_ITEM: ("shipping", "Shipping"), GRATUITY_ITEM: ("gratuity", "Gratuity")}
Raw = Mapping[str, Any]


class Pool(IntEnum):
    """What is taken off comes from the first pool as far as that goes, then from the next."""

    SALES = 0
    EXTRAS = 1
    TAX = 2
    REST = 3


@dataclass(frozen=True)
class Part:
    """One amount of an invoice. A negative one is taken off the others; `shown` says whether it is listed as well.

    `price`: of one, where QuickBooks gives one that fits the amount; it may come to more if `reduced`.
    """

    key: str
    name: str
    amount: Decimal
    quantity: Decimal = ONE
    price: Decimal | None = None
    description: str = ""
    item: str = ""
    pool: Pool = Pool.SALES
    reduced: bool = False
    shown: bool = True


@dataclass(frozen=True)
class Priced:
    """A part as HubSpot bills it: quantity × (price − discount), rounded, is `net`; price ≥ discount ≥ 0.

    `off`: what this part took off the others.
    """

    part: Part
    price: Decimal
    discount: Decimal
    net: Decimal
    off: Decimal = NOUGHT


def priced(invoice: Invoice, digits: int, *, void: bool = False) -> tuple[list[Priced], list[str]]:
    """The invoice's parts with their prices, and what had to be done to the amounts, in words.

    Their nets come to the invoice's total, each rounded to `digits` or all together: HubSpot does not say which.
    `void`: the lines stay, at a price of nothing, whether or not QuickBooks has emptied them itself.
    """
    parts = unique(parts_of(invoice, digits))
    if void:
        parts = [replace(part, amount=NOUGHT) for part in parts if part.shown and part.pool is not Pool.TAX]
    correction, notes = _correction(parts, invoice.TotalAmt, digits)
    nets, lacking = _nets([*parts, *correction], digits)
    if lacking:
        notes.append(f"{lacking} of what is taken off is more than all lines together, and is left out")
    found = [_priced(part, net, digits) for part, net in nets]
    together = sum((times(one.price - one.discount, one.part.quantity) for one in found), NOUGHT)
    if rounded(together, digits) != sum((one.net for one in found), NOUGHT):
        found = [_priced(replace(part, price=None) if _is_coarse(part) else part, net, digits) for part, net in nets]
    return [one for one in found if one.part.shown], notes


def parts_of(invoice: Invoice, digits: int) -> list[Part]:
    """What the invoice's lines, discount and tax say, in its order; subtotals say nothing new."""
    lines = [part for line in _flat(invoice.Line) for part in _of_line(line, digits)]
    subtotal = sum((part.amount for part in lines if part.pool is Pool.SALES), NOUGHT)
    found = [*lines, *_discounts(invoice.Line, subtotal, digits)]
    tax = rounded(invoice.tax, digits)
    return [*found, Part("tax", "Tax", tax, pool=Pool.TAX)] if tax else found


def unique(parts: Sequence[Part]) -> list[Part]:
    """Each with a key of its own, the same at every look as long as the lines keep their order."""
    seen: dict[str, int] = {}
    found = []
    for part in parts:
        count = seen[part.key] = seen.get(part.key, 0) + 1
        found.append(part if count == 1 else replace(part, key=f"{part.key}-{count}"))
    return found


def _flat(lines: Sequence[Raw]) -> Iterator[Raw]:
    """The lines of a bundle instead of the bundle's own, whose amount only repeats theirs."""
    for line in lines:
        inner = (line.get("GroupLineDetail") or {}).get("Line")
        if inner:
            yield from _flat(inner)
        else:
            yield line


def _of_line(line: Raw, digits: int) -> Iterator[Part]:
    kind = _kind(line)
    if kind in ("subtotallinedetail", "discountlinedetail", "taxlinedetail"):
        return
    text = str(line.get("Description") or "").strip()
    detail = line.get("SalesItemLineDetail") or line.get("GroupLineDetail") or {}
    item = detail.get("ItemRef") or detail.get("GroupItemRef") or {}
    amount = NOUGHT if kind == "descriptiononly" else rounded(exact(line.get("Amount")), digits)
    if not (text or item or amount):
        return  # an empty row of the form
    key, name = _EXTRAS.get(str(item.get("value")), ("line", ""))
    part = Part(
        str(line.get("Id") or key),
        name or _name(str(item.get("name") or ""), text),
        amount,
        description=text,
        item="" if name else str(item.get("value") or ""),
        pool=Pool.EXTRAS if name else Pool.SALES,
    )
    yield _with_quantity(part, detail, digits)


def _kind(line: Raw) -> str:
    """Void forms spell it in another way (reference 7.4)."""
    return str(line.get("DetailType") or "").replace("_", "").casefold()


def _name(item: str, text: str) -> str:
    """An item's name stands behind those of its categories."""
    named = item.rsplit(":", 1)[-1].strip() or text.split("\n", 1)[0].strip()
    return named[:NAME_MAX].rstrip() or "Item"


def _with_quantity(part: Part, detail: Raw, digits: int) -> Part:
    """The quantity and the unit price of the line, as far as they come to its amount."""
    quantity, price = exact(detail.get("Qty")), detail.get("UnitPrice")
    if not quantity or part.amount < 0:
        return part
    part = replace(part, quantity=abs(quantity))
    if price is None:
        return part
    comes_to = rounded(times(exact(price), quantity), digits)
    reduced = bool(exact(detail.get("DiscountAmt")) or exact(detail.get("DiscountRate"))) and comes_to > part.amount
    return replace(part, price=abs(exact(price)), reduced=reduced) if reduced or comes_to == part.amount else part


def _discounts(lines: Sequence[Raw], subtotal: Decimal, digits: int) -> Iterator[Part]:
    """QuickBooks' discount of the whole form: a positive amount that reduces the total."""
    for line in lines:
        if _kind(line) != "discountlinedetail":
            continue
        amount = line.get("Amount")
        if amount is None:
            percent = exact((line.get("DiscountLineDetail") or {}).get("DiscountPercent"))
            amount = times(subtotal, percent) / HUNDRED
        off = abs(rounded(exact(amount), digits))
        if off:
            yield Part("discount", "Discount", -off, shown=False)


def _correction(parts: Sequence[Part], total: Decimal, digits: int) -> tuple[list[Part], list[str]]:
    """What the lines lack to the total that QuickBooks itself says, as a part of its own."""
    lacks = rounded(total, digits) - sum((part.amount for part in parts), NOUGHT)
    if not lacks:
        return [], []
    name = "Rounding" if abs(lacks) <= Decimal(SMALL).scaleb(-digits) else "Adjustment"
    note = f"the lines come to {total - lacks}, QuickBooks' total is {total}: the difference is a line named {name}"
    return [Part(name.casefold(), name, lacks, pool=Pool.REST)], [note]


def _nets(parts: Sequence[Part], digits: int) -> tuple[list[tuple[Part, Decimal]], Decimal]:
    """Each part's amount after the negative ones were taken off the positive ones, and what found no place."""
    nets = [max(part.amount, NOUGHT) for part in parts]
    left = -sum((part.amount for part in parts if part.amount < 0), NOUGHT)
    for pool in Pool:
        members = [place for place, part in enumerate(parts) if part.pool is pool and nets[place] > 0]
        off = min(left, sum((nets[place] for place in members), NOUGHT))
        for place, share in zip(members, shares(off, [nets[place] for place in members], digits), strict=True):
            nets[place] -= share
        left -= off
    return list(zip(parts, nets, strict=True)), left


def _priced(part: Part, net: Decimal, digits: int) -> Priced:
    if part.amount <= 0:
        return Priced(part, NOUGHT, NOUGHT, NOUGHT, off=max(-part.amount, NOUGHT))
    price = divided(part.amount, part.quantity, digits) if part.price is None else part.price
    if rounded(times(price, part.quantity), digits) == net:
        return Priced(part, price, NOUGHT, net)
    each = divided(net, part.quantity, digits)
    return Priced(part, price, price - each, net)


def _is_coarse(part: Part) -> bool:
    """Its unit price comes to its amount only once it is rounded."""
    return part.price is not None and not part.reduced and times(part.price, part.quantity) != part.amount
