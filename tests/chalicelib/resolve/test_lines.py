"""Line items come to QuickBooks' total to the smallest unit, whatever the invoice (reference 7.4, 12)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from threading import RLock
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.hubspot import Portal, Settings
from tests.chalicelib.resolve.sale_forms import (
    billed,
    bundle,
    discount,
    form,
    half_up,
    mirror,
    net,
    sale,
    shipping,
    shown,
    subtotal,
    text,
)
from tests.local.quickbooks.quickbooks_world import Clock
from tests.local.quickbooks.test_quickbooks_amounts import CASES as IN_THE_IMITATION
from tests.local.quickbooks.test_quickbooks_amounts import Case as ImitatedCase
from tests.local.quickbooks.test_quickbooks_amounts import made

Raw = dict[str, Any]
IN_YEN, IN_DINAR = {"CurrencyRef": {"value": "JPY"}}, {"CurrencyRef": {"value": "KWD"}}


@dataclass
class Case:
    """`lines`: key, quantity, price, discount of one, and what the line comes to; all worked out by hand."""

    raw: Raw
    total: str
    lines: list[tuple[str, str, str, str, str]]
    balance: str = ""
    digits: int = 2


CASES = {
    # Two lines of 12.00 and 6.00 with 20 % inside: net 10.00 and 5.00, tax 3.00. The unit price of the first is gross
    # (6.00 × 2 = 12.00 is not its net amount), so its price is 10.00 / 2.
    "tax inclusive": Case(
        form(
            sale(10, "1", Qty=2, UnitPrice=6, TaxInclusiveAmt=12), sale(5, "2", Qty=1, UnitPrice=5, TaxInclusiveAmt=6),
            subtotal(15), total=18, tax=3, GlobalTaxCalculation="TaxInclusive",
        ),
        "18.00", [("1", "2", "5", "0", "10.00"), ("2", "1", "5", "0", "5.00"), ("tax", "1", "3", "0", "3.00")],
    ),
    # 10 % off 200.00 is 20.00, 10.00 on each line; tax on 90.00 at 9.1 % is 8.19.
    "discount before tax": Case(
        form(sale(100, "1"), sale(100, "2"), subtotal(200), discount(20, 10), total=188.19, tax=8.19,
             ApplyTaxAfterDiscount=True),
        "188.19",
        [("1", "1", "100", "10", "90.00"), ("2", "1", "100", "10", "90.00"), ("tax", "1", "8.19", "0", "8.19")],
    ),
    # The same with tax on the full 100.00: 9.10.
    "discount after tax": Case(
        form(sale(100, "1"), sale(100, "2"), subtotal(200), discount(20, 10), total=189.1, tax=9.1),
        "189.10",
        [("1", "1", "100", "10", "90.00"), ("2", "1", "100", "10", "90.00"), ("tax", "1", "9.1", "0", "9.10")],
    ),
    # 1.00 off three lines of 10.00 is 33 and a third of a cent each: one of them, the first, gives 34.
    "a third of a discount": Case(
        form(sale(10, "1"), sale(10, "2"), sale(10, "3"), discount(1), total=29),
        "29.00", [("1", "1", "10", "0.34", "9.66"), ("2", "1", "10", "0.33", "9.67"), ("3", "1", "10", "0.33", "9.67")],
    ),
    # 3 × 33.33333 = 99.99999, which is 100.00.
    "rounding of a third": Case(
        form(sale(100, Qty=3, UnitPrice=33.33333), total=108.88, tax=8.88),
        "108.88", [("1", "3", "33.33333", "0", "100.00"), ("tax", "1", "8.88", "0", "8.88")],
    ),
    # 100.00 / 7 has no end; nine decimals are two of the cent, one of the seven, and six more.
    "no unit price": Case(form(sale(100, Qty=7), total=100), "100.00", [("1", "7", "14.285714286", "0", "100.00")]),
    # Each line is 12.345, which is 12.35. Two make 24.70, but 24.69 where only the sum is rounded.
    "halves of a cent": Case(
        form(sale(12.35, "1", Qty=1, UnitPrice=12.345), sale(12.35, "2", Qty=1, UnitPrice=12.345), total=24.7),
        "24.70", [("1", "1", "12.35", "0", "12.35"), ("2", "1", "12.35", "0", "12.35")],
    ),
    # Everything off: the discount of one is its price.
    "zero total": Case(form(sale(50, Qty=4, UnitPrice=12.5), discount(50, 100), total=0), "0.00",
                       [("1", "4", "12.5", "12.5", "0.00")]),
    # 120.50, of which a credit memo settled 40.00: the lines stay as they are.
    "credit applied": Case(form(sale(120.5), total=120.5, Balance=80.5), "120.50", [("1", "1", "120.5", "0", "120.50")],
                           balance="80.50"),
    # 200.00 + 8 % = 216.00, of which 66.60 came in advance.
    "deposit": Case(form(sale(200), total=216, tax=16, Deposit=66.6, Balance=149.4), "216.00",
                    [("1", "1", "200", "0", "200.00"), ("tax", "1", "16", "0", "16.00")], balance="149.40"),
    # A kit of 60.00 and 49.38, whose own line says their sum a second time.
    "bundle": Case(
        form(bundle(sale(60, "2", Qty=6, UnitPrice=10), sale(49.38, "3", Qty=4, UnitPrice=12.345), amount=109.38),
             subtotal(109.38), total=109.38),
        "109.38", [("2", "6", "10", "0", "60.00"), ("3", "4", "12.345", "0", "49.38")],
    ),
    # 25.00 back, over 60.00 and 40.00: 15.00 off the one, 10.00 off the other, and the line itself costs nothing.
    "negative line": Case(
        form(sale(60, "1", Qty=2, UnitPrice=30), sale(40, "2"), sale(-25, "3", Qty=-1, UnitPrice=25), total=75),
        "75.00", [("1", "2", "30", "7.5", "45.00"), ("2", "1", "40", "10", "30.00"), ("3", "1", "0", "0", "0.00")],
    ),
    # 5.00 back and then 10 % of the 95.00 that are left (9.50): 14.50 off, 8.70 of the 60.00 and 5.80 of the 40.00.
    "negative line and discount": Case(
        form(sale(60, "1"), sale(40, "2"), sale(-5, "3"), discount(9.5, 10), total=85.5),
        "85.50", [("1", "1", "60", "8.7", "51.30"), ("2", "1", "40", "5.8", "34.20"), ("3", "1", "0", "0", "0.00")],
    ),
    # A line of 10.00, shipping of 20.00, 25.00 back: the line gives all it has, shipping the other 15.00.
    "more back than was sold": Case(
        form(sale(10, "1"), sale(-25, "2"), shipping(20), total=5),
        "5.00", [("1", "1", "10", "10", "0.00"), ("2", "1", "0", "0", "0.00"), ("shipping", "1", "20", "15", "5.00")],
    ),
    # 80.00 less 5.00, shipping of 9.99 that is taxed and not discounted: (75.00 + 9.99) × 10 % = 8.499, which is 8.50.
    "shipping with tax": Case(
        form(sale(80), discount(5), shipping(9.99), total=93.49, tax=8.5),
        "93.49",
        [("1", "1", "80", "5", "75.00"), ("shipping", "1", "9.99", "0", "9.99"), ("tax", "1", "8.5", "0", "8.50")],
    ),
    # 333 and 10 % = 33.3, which is 33; 100 off is all of the discount that three units can share: 333 / 3 = 111,
    # 233 / 3 = 77.6666667, so 33.3333333 off each.
    "yen": Case(
        form(sale(333, Qty=3, UnitPrice=111), discount(100), total=256, tax=23, **IN_YEN),
        "256", [("1", "3", "111", "33.3333333", "233"), ("tax", "1", "23", "0", "23")], digits=0,
    ),
    # 1.234 and 5 %: 0.0617, which is 0.062.
    "dinar": Case(form(sale(1.234), total=1.296, tax=0.062, **IN_DINAR), "1.296",
                  [("1", "1", "1.234", "0", "1.234"), ("tax", "1", "0.062", "0", "0.062")], digits=3),
    "description only": Case(form(text("Thank you\nfor your trust"), subtotal(0), total=0), "0.00",
                             [("1", "1", "0", "0", "0.00")]),
    # No quantity, or none worth the name: one at the amount.
    "without quantity": Case(
        form(sale(30, "1", Qty=0, UnitPrice=9), sale(20, "2", UnitPrice=4), total=50),
        "50.00", [("1", "1", "30", "0", "30.00"), ("2", "1", "20", "0", "20.00")],
    ),
    # A line's own discount: 3 × 10.00 less 10 % is the 27.00 that the line says.
    "discount of a line": Case(form(sale(27, Qty=3, UnitPrice=10, DiscountRate=10), total=27), "27.00",
                               [("1", "3", "10", "1", "27.00")]),
    # The tax engine's cent: 10.00 + 0.83 = 10.83, but QuickBooks says 10.84.
    "a cent more": Case(
        form(sale(10), total=10.84, tax=0.83), "10.84",
        [("1", "1", "10", "0", "10.00"), ("tax", "1", "0.83", "0", "0.83"), ("rounding", "1", "0.01", "0", "0.01")],
    ),
    # And one less: off the sale, never a negative price.
    "a cent less": Case(
        form(sale(10, Qty=4, UnitPrice=2.5), total=10.82, tax=0.83), "10.82",
        [("1", "4", "2.5", "0.0025", "9.99"), ("tax", "1", "0.83", "0", "0.83"), ("rounding", "1", "0", "0", "0.00")],
    ),
    # Both negative in the books: two at 5.00.
    "twice negative": Case(form(sale(10, Qty=-2, UnitPrice=-5), total=10), "10.00", [("1", "2", "5", "0", "10.00")]),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_the_lines_are_those_worked_out_by_hand(case: Case) -> None:
    found = mirror(case.raw)
    assert shown(found.lines) == [line[:4] for line in case.lines]
    assert [str(half_up(net(item.properties), case.digits)) for item in found.lines] == [line[4] for line in case.lines]
    assert billed(found.lines, case.digits) == (Decimal(case.total), Decimal(case.total))
    assert (found.facts["total"], found.facts["balance"]) == (case.total, case.balance or case.total)


@pytest.mark.parametrize("line_amounts", ["rounded", "exact"])
@pytest.mark.parametrize("case", IN_THE_IMITATION.values(), ids=IN_THE_IMITATION.keys())
def test_hubspot_bills_what_quickbooks_answers(case: ImitatedCase, line_amounts: Any) -> None:
    """Invoices that the one imitation made and the other adds up, whichever way it rounds."""
    settings = Settings(line_amounts=line_amounts)
    portal = Portal(1, now=Clock(), publish=lambda *_: None, lock=RLock(), settings=settings)
    raw = made(case)
    found = mirror(raw)
    invoice = portal.create_record("invoices", {"hs_currency": found.facts["currency"], "hs_invoice_billable": "false"})
    for item in found.lines:
        portal.add_line("invoices", invoice, item.properties)
    assert Decimal(portal.record("invoices", invoice)["hs_amount_billed"]) == Decimal(str(raw["TotalAmt"]))
    assert Decimal(found.facts["total"]) == Decimal(case.total)
    assert Decimal(found.facts["balance"]) == Decimal(case.balance or case.total)
    assert found.notes == ()


CURRENCIES = st.sampled_from([("USD", 2), ("EUR", 2), ("JPY", 0), ("KRW", 0), ("KWD", 3), ("TND", 3)])


@st.composite
def invoices(draw: st.DrawFn) -> tuple[Raw, int]:
    """Any form that QuickBooks may show: amounts are whole units, and its total is not negative."""
    currency, digits = draw(CURRENCIES)
    units = st.integers(0, 10**9)

    def amount(count: int) -> Decimal:
        return Decimal(count).scaleb(-digits)

    rows: list[Raw] = []
    sold = Decimal(0)
    for number in range(draw(st.integers(0, 6))):
        quantity = draw(st.none() | st.decimals("-100", "10000", places=draw(st.integers(0, 5))))
        if quantity and draw(st.booleans()):
            price = draw(st.decimals("-1", "100000", places=draw(st.integers(0, 7))))
            own = half_up(quantity * price, digits)
            detail = {"Qty": float(quantity), "UnitPrice": float(price)}
        else:
            own = amount(draw(units)) * draw(st.sampled_from([1, 1, 1, -1]))
            detail = {} if quantity is None else {"Qty": float(quantity)}
        sold += own
        rows.append(sale(float(own), str(number), **detail))
    off = amount(draw(units))
    tax, shipped, stray = amount(draw(units)), amount(draw(units)), amount(draw(st.integers(-9, 9)))
    total = sold - off + tax + shipped + stray
    if total < 0:
        tax, total = tax - total, Decimal(0)
    raw = form(
        *rows, text("Note", "n"), subtotal(float(sold)), discount(float(off)), shipping(float(shipped)),
        total=float(total), tax=float(tax), CurrencyRef={"value": currency},
    )  # fmt: skip
    return raw, digits


@given(invoices())
def test_any_invoice_adds_up(given_form: tuple[Raw, int]) -> None:
    """Line by line and all together; no price is negative, no discount above its price; keys are unique."""
    raw, digits = given_form
    found = mirror(raw)
    total = Decimal(str(raw["TotalAmt"]))
    assert billed(found.lines, digits) == (total, total)
    for item in found.lines:
        price, off = Decimal(item.properties["price"]), Decimal(item.properties.get("discount", "0"))
        assert price >= off >= 0
        assert Decimal(item.properties["quantity"]) > 0
    assert len({item.key for item in found.lines}) == len(found.lines)


def test_what_was_taken_off_stays_to_be_read() -> None:
    found = mirror(form(sale(60, "1"), sale(-25, "2", text="Old pump back"), total=35))
    assert found.lines[1].properties["description"] == (
        "Old pump back\n25.00 USD less: taken off the other lines as their discount"
    )


@pytest.mark.parametrize(
    ("raw", "name", "note"),
    [
        (form(sale(10), total=10.05), "Rounding", "the lines come to 10.00, QuickBooks' total is 10.05"),
        (form(sale(10), total=9.95), "Rounding", "the lines come to 10.00, QuickBooks' total is 9.95"),
        (form(sale(10), total=17), "Adjustment", "the lines come to 10.00, QuickBooks' total is 17"),
    ],
)
def test_what_the_lines_lack_is_said(raw: Raw, name: str, note: str) -> None:
    """A tax engine's cents are rounding; more than that is something that the lines do not show."""
    found = mirror(raw)
    assert found.lines[-1].properties["name"] == name
    assert [said.startswith(note) for said in found.notes] == [True]


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (sale(1, item="Garden:Roses:Pruning"), "Pruning"),
        (sale(1, item="", text="Two hours\non site"), "Two hours"),
        (text("Delivered\nby hand"), "Delivered"),
        (sale(1, item=""), "Item"),
        (sale(1, item="x" * 300), "x" * 255),
        (shipping(1), "Shipping"),
    ],
)
def test_the_name_of_a_line(line: Raw, name: str) -> None:
    """The item's without its categories, else the first line of the text."""
    assert mirror(form(line, total=line.get("Amount", 0))).lines[0].properties["name"] == name


def test_keys_tell_lines_apart() -> None:
    """QuickBooks' id where there is one; lines without keep their keys as long as they keep their order."""
    raw = form(sale(1, "7"), shipping(1), shipping(2), sale(3, ""), total=8, tax=1)
    assert [item.key for item in mirror(raw).lines] == ["7", "shipping", "shipping-2", "line", "tax"]


@pytest.mark.parametrize("emptied", [True, False])
def test_a_void_invoice_keeps_its_lines_at_no_price(emptied: bool) -> None:
    """Whether QuickBooks has emptied the lines or only the total."""
    amount = 0 if emptied else 50
    raw = form(
        sale(amount, Qty=amount / 50, UnitPrice=50), discount(amount / 10), total=0, tax=amount / 10,
        PrivateNote="Voided",
    )  # fmt: skip
    found = mirror(raw)
    assert shown(found.lines) == [("1", "1", "0", "0")]
    assert (found.facts["stage"], found.notes) == ("voided", ())


def test_void_forms_spell_their_lines_in_another_way() -> None:
    lines = [
        {**sale(0), "DetailType": "SALES_ITEM_LINE_DETAIL"},
        {**subtotal(0), "DetailType": "SUB_TOTAL_LINE_DETAIL"},
    ]
    assert shown(mirror(form(*lines, total=0, PrivateNote="Voided")).lines) == [("1", "1", "0", "0")]


def test_empty_rows_of_a_form_are_no_lines() -> None:
    assert mirror(form(text("  "), sale(5, "2"), total=5)).lines[0].key == "2"
