"""The play's second part: items, invoices and payments. Its check marks, too, come from looking into both systems."""

from __future__ import annotations

import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from local.demo.screen import Screen
from local.demo.world import FILE, World
from local.quickbooks.clock import later, today
from local.stack import REALM_ID

Object = dict[str, Any]

SETTINGS = """contacts:
  on_name_taken: qualify
products:
  enabled: true
invoices:
  enabled: true
"""
BUYER = "Harbor Bread"  # the customer of the first part, under its last name
ITEM, SKU, PRICE = "Sourdough loaf", "BR-07", 7.25
TAXED: Object = {"TaxCodeRef": {"value": "TAX"}}
EIGHT_PERCENT: Object = {"TxnTaxDetail": {"TxnTaxCodeRef": {"value": "2"}}}
HOURS, DELIVERY = "2", "7"  # items of the sample company
HEADS = ("HubSpot line item", "amount", "QuickBooks line")
REFERENCE = "chk 4711 <b>"  # what a bookkeeper may type
COPIES = 3


class Sales:
    def __init__(self, world: World, screen: Screen) -> None:
        self._world = world
        self._screen = screen
        self._item = self._invoice = self._mirror = self._deal = ""

    def scenes(self) -> tuple[Callable[[], None], ...]:
        return (self.products, self.invoice, self.stranger, self.deal, self.payment, self.why)

    def products(self) -> None:
        world, screen = self._world, self._screen
        screen.step("Products and invoices are switched on; an item becomes a product")
        screen.aside(f"{SETTINGS}\n$ python -m ops --local settings apply settings.yaml --yes")
        code, _ = world.ops_with(SETTINGS, "settings", "apply", FILE, "--yes")
        world.rest()
        counts = {kind: len(world.records(kind)) for kind in ("product", "invoice")}
        screen.check(
            code == 0 and all(counts.values()),
            f"what the books held already has come: {counts['product']} items, {counts['invoice']} invoices",
            counts,
        )
        began = time.monotonic()
        body = {"Name": ITEM, "Sku": SKU, "UnitPrice": PRICE, "Type": "Service", "IncomeAccountRef": {"value": "1"}}
        self._item = str(world.company.create("Item", body)["Id"])
        world.until(lambda: self._product() is not None)
        took_s = time.monotonic() - began
        world.rest()
        screen.say(f"In QuickBooks: a new item, {ITEM}, for {PRICE}. In HubSpot {took_s:.1f} s later.")
        held = self._product() or {}
        same = (held.get("name"), held.get("hs_sku"), held.get("price")) == (ITEM, SKU, str(PRICE))
        screen.check(same, f"HubSpot has the product {ITEM!r} with its SKU {SKU} and its price", held)

    def invoice(self) -> None:
        world, screen = self._world, self._screen
        screen.step("An invoice arrives: three lines, a discount, tax, and equal to the cent")
        buyer = world.company.find(BUYER)
        lines = [
            _sold(self._item, 87, Qty=12, UnitPrice=PRICE, **TAXED),
            _sold(HOURS, 100, Qty=3),  # a third of it is no round price
            _sold(DELIVERY, 15.5, Qty=1),
            {"DetailType": "DiscountLineDetail", "DiscountLineDetail": {"PercentBased": True, "DiscountPercent": 10}},
        ]
        began, mark = time.monotonic(), world.mark()
        self._invoice = self._bill_to(buyer, lines, **EIGHT_PERCENT)
        world.until(lambda: "quickbooks_total" in world.mirrored(self._invoice))
        took_s = time.monotonic() - began
        world.rest()
        there = world.company.get("Invoice", self._invoice)
        held = world.mirrored(self._invoice)
        self._mirror = held.get("hs_object_id", "")
        screen.say(f"In QuickBooks: invoice {there['DocNumber']} to {BUYER}. In HubSpot {took_s:.1f} s later.")
        items = world.portal.lines("invoices", self._mirror)
        screen.pairs(HEADS, _side_by_side(items, there))
        screen.say(f"Calls until everything rested: {world.bill(mark)}.")
        total, added = _money(there["TotalAmt"]), sum(_money(one["amount"]) for one in items)
        screen.check(
            added == _money(held["hs_amount_billed"]) == _money(held["quickbooks_total"]) == total,
            f"QuickBooks says {total}; HubSpot's lines come to {added}, and HubSpot itself bills that",
            (total, added, held),
        )
        negative = [one for one in items if min(_money(one.get(name, "0")) for name in ("price", "discount")) < 0]
        screen.check(not negative, "no price in HubSpot is negative: the discount is one", negative)
        linked = [one.get("hs_product_id") for one in items]
        screen.check((self._product() or {}).get("hs_object_id") in linked, f"its first line is the product {ITEM!r}")
        people = world.portal.linked("invoices", self._mirror, "contacts")
        names = [world.portal.contact(one)["firstname"] for one in people]
        firms = world.portal.linked("invoices", self._mirror, "companies")
        names += [world.portal.company(one)["name"] for one in firms]
        screen.check(names == ["Ines", BUYER], f"it belongs to Ines, and to her company {BUYER}", names)

    def stranger(self) -> None:
        world, screen = self._world, self._screen
        screen.step("An invoice comes before its customer is known: the customer comes first")
        world.quickbooks.delivery.dials.drop = 1
        given = {"DisplayName": "Pier Seven Café", "GivenName": "Noor", "FamilyName": "Aziz"}
        customer = world.company.create("Customer", {**given, "PrimaryEmailAddr": {"Address": "noor@pier7.example"}})
        invoice = self._bill_to(customer, [_sold(self._item, 14.5, Qty=2, UnitPrice=PRICE)])
        screen.say("In QuickBooks: Pier Seven Café, a new customer, whose notice is lost, and an invoice to it.")
        world.rest()
        mirror = world.mirrored(invoice).get("hs_object_id", "")
        people = world.portal.linked("invoices", mirror, "contacts") if mirror else []
        mails = [world.portal.contact(one).get("email") for one in people]
        screen.check(mails == ["noor@pier7.example"], "the contact was made, and the invoice belongs to it", mails)
        states = [one["state"] for one in world.records() if one["quickbooks_id"] in (customer["Id"], invoice)]
        screen.check(set(states) == {"in_sync"}, "customer and invoice are in sync", states)

    def deal(self) -> None:
        world, screen = self._world, self._screen
        screen.step("A person links the invoice with a deal, and the deal follows it")
        properties = {"dealname": "Bread for a year", "amount": "5000"}
        self._deal = world.portal.create_record("deals", properties)
        world.portal.link("invoices", self._mirror, "deals", self._deal)
        world.rest()
        held, there = world.portal.record("deals", self._deal), world.company.get("Invoice", self._invoice)
        screen.aside("\n".join(f"{name}: {value}" for name, value in sorted(_ours(held).items())))
        wanted = (str(there["DocNumber"]), BUYER, _money(there["TotalAmt"]), there["DueDate"])
        seen = (
            held.get("quickbooks_invoice_number"), held.get("quickbooks_invoice_recipient"),
            _money(held.get("quickbooks_invoice_amount", "0")), held.get("quickbooks_invoice_due_date", "")[:10],
        )  # fmt: skip
        screen.check(seen == wanted, "number, recipient, amount and due date are the invoice's", seen)
        kept = {name: held.get(name) for name in properties} == properties
        screen.check(kept, "the deal's own name and amount are as the person left them", held)

    def payment(self) -> None:
        world, screen = self._world, self._screen
        screen.step(f"It is paid, and every notice comes {COPIES} times, the last ones first")
        delivery, there = world.quickbooks.delivery, world.company.get("Invoice", self._invoice)
        delivery.dials.copies, delivery.dials.backwards = COPIES, True
        buyer, total = there["CustomerRef"]["value"], float(there["TotalAmt"])
        world.company.pay(buyer, total, {self._invoice: total}, TxnDate=self._day(), PaymentRefNum=REFERENCE)
        world.rest()
        delivery.dials.copies, delivery.dials.backwards = 1, False
        held, deal = world.mirrored(self._invoice), world.portal.record("deals", self._deal)
        notes = world.portal.linked("deals", self._deal, "notes")
        bodies = [world.portal.record("notes", one)["hs_note_body"] for one in notes]
        screen.say("On the deal's timeline:")
        screen.aside("\n".join(bodies))
        paid = held["quickbooks_stage"] == "paid" and not _money(held["quickbooks_balance"])
        screen.check(paid, "the invoice is paid, nothing is due", held)
        screen.check(deal.get("quickbooks_invoice_status") == "paid", "the deal says so too", deal)
        safe = len(bodies) == 1 and "<b>" not in bodies[0] and str(there["DocNumber"]) in bodies[0]
        screen.check(safe, "the deal has one note of it, and what was typed cannot act as HTML", bodies)

    def why(self) -> None:
        world, screen = self._world, self._screen
        screen.step("An invoice can tell its story as well")
        number = str(world.company.get("Invoice", self._invoice)["DocNumber"])
        code, story = world.ops("why", "invoice", number)
        screen.aside(f"$ python -m ops --local why invoice {number}")
        screen.aside("\n".join(story.strip().splitlines()[-2:]))
        screen.check(code == 0 and "both systems agree" in story, "it ends with the present state")
        open_ones = [one for one in world.records() if one["state"] in ("failing", "parked", "pending")]
        screen.check(not open_ones, "and nothing of any kind is failing or waiting", open_ones)

    # --- helpers ------------------------------------------------------------------------------------------------------

    def _product(self) -> Object | None:
        """HubSpot's product with the item's key."""
        key = f"{REALM_ID}:{self._item}"
        rows = [one["properties"] for one in self._world.portal.records("products")]
        return next((one for one in rows if one.get("quickbooks_key") == key), None)

    def _bill_to(self, customer: Object | None, lines: list[Object], **more: Any) -> str:
        reference = {"CustomerRef": {"value": customer["Id"] if customer else ""}}
        dates = {"TxnDate": self._day(), "DueDate": self._day(30)}
        return str(self._world.company.create("Invoice", {**reference, **dates, "Line": lines, **more})["Id"])

    def _day(self, ahead: int = 0) -> str:
        return later(today(self._world.clock()), ahead)


def _sold(item: str, amount: float, **detail: Any) -> Object:
    said = {"ItemRef": {"value": item}, **detail}
    return {"Amount": amount, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": said}


def _ours(properties: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in properties.items() if name.startswith("quickbooks_invoice_")}


def _money(value: Any) -> Decimal:
    return Decimal(str(value)).quantize(Decimal("0.01"))


def _side_by_side(items: list[dict[str, str]], invoice: Object) -> list[tuple[str, str, str]]:
    """Line items by QuickBooks' lines; the discount has no line in HubSpot, the tax none in QuickBooks."""
    left = {one.get("quickbooks_line", "").rpartition(":")[2]: one for one in items}
    rows: list[tuple[str, str, str]] = []
    for line in invoice["Line"]:
        if line["DetailType"] != "SubTotalLineDetail":
            rows.append((*_left(left.pop(str(line.get("Id")), None)), _right(line)))
    tax = f"tax: {_money(invoice['TxnTaxDetail']['TotalTax'])}"
    rows += [(*_left(one), tax if key == "tax" else "") for key, one in left.items()]
    total = f"total: {_money(invoice['TotalAmt'])}"
    return [*rows, ("total", f"{sum(_money(one['amount']) for one in items):>8}", total)]


def _left(item: dict[str, str] | None) -> tuple[str, str]:
    """Quantity, name and price of all, what is taken off it, and what is left."""
    if item is None:
        return "", ""
    amount = _money(item["amount"])
    before = _money(Decimal(item["quantity"]) * Decimal(item["price"]))
    off = f" − {before - amount}" if before != amount else ""
    return f"{item['quantity']} × {item['name']}: {before}{off}", f"{amount:>8}"


def _right(line: Object) -> str:
    detail = line.get("SalesItemLineDetail") or {}
    name = detail.get("ItemRef", {}).get("name", "discount")
    quantity = f"{detail['Qty']} × " if detail.get("Qty") else ""
    return f"{quantity}{name}: {_money(line['Amount'])}"
