"""Line items are QuickBooks' lines, and money is exact to the cent: each adds up to the same total on both sides."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest

from tests.local.quickbooks.selling import line
from tests.stories.world import World

Object = dict[str, Any]
TAXED: Object = {"TaxCodeRef": {"value": "TAX"}}
CALIFORNIA: Object = {"TxnTaxDetail": {"TxnTaxCodeRef": {"value": "2"}}}  # 8 percent
STANDARD, REDUCED = {"TaxCodeRef": {"value": "2"}}, {"TaxCodeRef": {"value": "3"}}  # 20 and 5 percent, outside the US
INCLUSIVE: Object = {"GlobalTaxCalculation": "TaxInclusive"}
EXCLUDED: Object = {"GlobalTaxCalculation": "TaxExcluded"}
TEXT: Object = {"DetailType": "DescriptionOnly", "Description": "As agreed <on site>"}


def discount(amount: float) -> Object:
    return {"DetailType": "DiscountLineDetail", "Amount": amount, "DiscountLineDetail": {"PercentBased": False}}


def percent_off(percent: float) -> Object:
    detail = {"PercentBased": True, "DiscountPercent": percent}
    return {"DetailType": "DiscountLineDetail", "DiscountLineDetail": detail}


def shipping(amount: float, **detail: Any) -> Object:
    return line(amount, "SHIPPING_ITEM_ID", detail=detail)


def gross(amount: float, code: Object = STANDARD) -> Object:
    """A line whose price includes its tax."""
    detail = {"ItemRef": {"value": "1"}, "TaxInclusiveAmt": amount, **code}
    return {"DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}


@dataclass(frozen=True)
class Awkward:
    """An invoice with its total and tax as reckoned by hand."""

    name: str
    lines: tuple[Object, ...]
    total: str
    tax: str = "0"
    balance: str = ""
    more: Object = field(default_factory=dict)


IN_THE_US = (
    Awkward("a third that has to be rounded", (line(100, detail={"Qty": 3}),), "100"),
    Awkward("a price of thousandths", (line(100, detail={"Qty": 3, "UnitPrice": 33.333}),), "100"),
    Awkward("half hours of odd cents", (line(1.67, detail={"Qty": 2.5, "UnitPrice": 0.667}),), "1.67"),
    # 8 % of 100 - 10 is 7.20
    Awkward("tax after the discount", (line(100, detail=TAXED), discount(10)), "97.20", "7.20",
            more={**CALIFORNIA, "ApplyTaxAfterDiscount": True}),
    # 8 % of 100 is 8
    Awkward("tax before the discount", (line(100, detail=TAXED), discount(10)), "98", "8",
            more={**CALIFORNIA, "ApplyTaxAfterDiscount": False}),
    # a third of 19.99 is 6.6633, of which 6.66 are taken off
    Awkward("a third off", (line(19.99), percent_off(33.3333)), "13.33"),
    # 10 % of 0.33 + 0.33 + 0.33 is 0.099
    Awkward("a tenth off three times a third", (line(0.33), line(0.33), line(0.33), percent_off(10)), "0.89"),
    Awkward("nothing left to pay", (line(50), discount(50)), "0"),
    Awkward("a deposit", (line(100),), "100", balance="79.99", more={"Deposit": 20.01}),
    # 8 % of 20.05 is 1.604
    Awkward("taxed and not taxed", (line(20.05, detail=TAXED), line(10.01)), "31.66", "1.60", more=CALIFORNIA),
    # 8 % of 20 + 12.50 is 2.60
    Awkward("shipping that is taxed", (line(20, detail=TAXED), shipping(12.5, **TAXED)), "35.10", "2.60",
            more=CALIFORNIA),
    Awkward("shipping is never discounted", (line(20), percent_off(50), shipping(12.5)), "22.50"),
    Awkward("a text between", (line(10), TEXT, line(0.01)), "10.01"),
)  # fmt: skip

IN_BRITAIN = (
    # 100 / 1.2 is 83.33, the tax is what is left
    Awkward("a hundred with the tax in it", (gross(100),), "100", "16.67", more=INCLUSIVE),
    # 9.99 / 1.2 is 8.325, half up 8.33; three times
    Awkward("three times 9.99 with the tax in it", (gross(9.99), gross(9.99), gross(9.99)), "29.97", "4.98",
            more=INCLUSIVE),
    # net 83.33 less 8.33, and 100 less 10 are due
    Awkward("a tenth off, with the tax in it", (gross(100), percent_off(10)), "90", "15", more=INCLUSIVE),
    # 20 % of 10.01 is 2.002, 5 % of 0.30 is 0.015
    Awkward("two rates", (line(10.01, detail=STANDARD), line(0.3, detail=REDUCED)), "12.33", "2.02", more=EXCLUDED),
)  # fmt: skip

IN_OTHER_MONEY = (
    # yen have no cents: 333.4 is 333; 20 % of it 66.6
    ("JPY", Awkward("yen", (line(333.4, detail=STANDARD),), "400", "67", more=EXCLUDED)),
    ("JPY", Awkward("three for a thousand yen", (line(1000, detail={"Qty": 3, **STANDARD}),), "1200", "200",
                    more=EXCLUDED)),
    # dinars have thousandths: 10.1255 is 10.126; 20 % of it 2.0252
    ("KWD", Awkward("dinars", (line(10.1255, detail=STANDARD),), "12.151", "2.025", more=EXCLUDED)),
)  # fmt: skip


def sold(world: World, customer: str, one: Awkward) -> str:
    """Made in QuickBooks, where it comes to what was reckoned by hand."""
    invoice = world.invoice(customer, *one.lines, **one.more)
    held = world.company.get("Invoice", invoice)
    assert Decimal(str(held["TotalAmt"])) == Decimal(one.total), one.name
    assert Decimal(str(held["TxnTaxDetail"]["TotalTax"])) == Decimal(one.tax), one.name
    return invoice


def agrees(world: World, invoice: str, one: Awkward) -> None:
    """Our total and balance, and what HubSpot itself makes of the line items."""
    held = world.mirrored(invoice)
    assert Decimal(held["quickbooks_total"]) == Decimal(one.total), one.name
    assert Decimal(held["quickbooks_balance"]) == Decimal(one.balance or one.total), one.name
    assert Decimal(held["hs_amount_billed"]) == Decimal(one.total), one.name
    lines = world.mirrored_lines(invoice).values()
    exact = sum(Decimal(each.get("amount", "0")) for each in lines)
    digits = {"JPY": 0, "KWD": 3}.get(held["hs_currency"], 2)
    assert round(exact, digits) == Decimal(one.total), one.name
    assert all(Decimal(each.get("price", "0")) >= 0 for each in lines), one.name
    assert world.record(kind="invoice", quickbooks_id=invoice)["state"] == "in_sync", one.name


@pytest.mark.parametrize("line_amounts", ["rounded", "exact"])
def test_awkward_invoices_match_to_the_cent(world: World, line_amounts: Any) -> None:
    """Whether HubSpot rounds a line's net price or keeps all of its digits."""
    world.hubspot.settings.line_amounts = line_amounts
    world.company.prefer("AllowShipping", True)
    customer = world.trade()
    invoices = [sold(world, customer, one) for one in IN_THE_US]
    world.come_to_rest()
    for invoice, one in zip(invoices, IN_THE_US, strict=True):
        agrees(world, invoice, one)


def test_awkward_invoices_outside_the_us_match_to_the_penny(world: World) -> None:
    """Prices with the tax in them, and two rates at once."""
    world.open_company(country="GB", home_currency="GBP")
    customer = world.trade()
    invoices = [sold(world, customer, one) for one in IN_BRITAIN]
    world.come_to_rest()
    for invoice, one in zip(invoices, IN_BRITAIN, strict=True):
        agrees(world, invoice, one)


def test_currencies_without_cents_or_with_thousandths_match_too(world: World) -> None:
    world.open_company(country="GB", home_currency="GBP", multi_currency=True)
    world.trade()
    customers = {
        code: world.customer(f"Aster {code}", f"{code}@aster.example", GivenName="A", CurrencyRef={"value": code})["Id"]
        for code in ("JPY", "KWD")
    }
    invoices = [sold(world, customers[code], one) for code, one in IN_OTHER_MONEY]
    world.come_to_rest()
    for invoice, (code, one) in zip(invoices, IN_OTHER_MONEY, strict=True):
        agrees(world, invoice, one)
        assert world.mirrored(invoice)["hs_currency"] == code


def test_a_credit_that_was_applied_lowers_the_balance_only(world: World) -> None:
    customer = world.trade()
    one = Awkward("a credit", (line(100.1),), "100.1", balance="60.09")
    invoice = sold(world, customer, one)
    body = {"CustomerRef": {"value": customer}, "Line": [line(40.01)], "TxnDate": world.day()}
    memo = world.company.create("CreditMemo", body)["Id"]
    linked = [("Invoice", invoice), ("CreditMemo", memo)]
    lines = [{"Amount": 40.01, "LinkedTxn": [{"TxnId": id, "TxnType": type}]} for type, id in linked]
    world.come_to_rest()
    world.clock.ahead_s += 2
    world.company.create("Payment", {"CustomerRef": {"value": customer}, "TotalAmt": 0, "Line": lines})
    world.come_to_rest()
    agrees(world, invoice, one)


def test_a_sales_line_keeps_quantity_price_words_and_product(world: World) -> None:
    customer = world.trade()
    item = world.item("Gutter", Sku="G-1")["Id"]
    detail = {"Qty": 2.5, "UnitPrice": 40.2}
    invoice = world.invoice(customer, line(100.5, item, detail=detail, Description="Copper, <bent>"))
    world.come_to_rest()
    held = world.mirrored_lines(invoice)["1"]
    assert (Decimal(held["quantity"]), Decimal(held["price"])) == (Decimal("2.5"), Decimal("40.2"))
    assert (held["description"], held["hs_sku"]) == ("Copper, <bent>", "G-1")
    assert held["hs_product_id"] == world.record(kind="product", quickbooks_id=item)["hubspot_id"]
    assert held["quickbooks_line"] == f"{world.company.realm_id}:{invoice}:1"
    assert "Gutter" in held["name"]


def test_without_a_product_the_line_comes_all_the_same(world: World) -> None:
    """Products are off: the line has its item's name, and no product."""
    world.connect()
    world.item("Roof")
    customer = world.customer("Aster", "office@aster.example", GivenName="Ann")["Id"]
    world.configure(invoices={})
    invoice = world.invoice(customer, line(100))
    world.come_to_rest()
    [held] = world.mirrored_lines(invoice).values()
    assert ("Roof" in held["name"], held.get("hs_product_id")) == (True, None)


def test_a_text_is_shown_and_counts_for_nothing(world: World) -> None:
    customer = world.trade()
    invoice = world.invoice(customer, line(10), TEXT)
    world.come_to_rest()
    held = world.mirrored_lines(invoice)["2"]
    assert "As agreed <on site>" in (held.get("name"), held.get("description"))
    assert Decimal(held.get("amount") or "0") == 0


@pytest.mark.parametrize("group_line_amount", ["zero", "sum"])
def test_a_bundle_is_flattened_and_its_total_is_right(world: World, group_line_amount: Any) -> None:
    """Whether its own line says the sum or nothing, each part counts once."""
    world.quickbooks.settings.group_line_amount = group_line_amount
    customer = world.trade()
    part = world.item("Part", UnitPrice=4.01)["Id"]
    parts = {"ItemGroupLine": [{"ItemRef": {"value": part}, "Qty": 2}, {"ItemRef": {"value": "1"}}]}
    kit = world.company.create("Item", {"Name": "Kit", "Type": "Group", "ItemGroupDetail": parts})["Id"]
    group = {"DetailType": "GroupLineDetail", "GroupLineDetail": {"GroupItemRef": {"value": kit}, "Quantity": 3}}
    one = Awkward("a bundle", (group, line(5)), "29.06")
    invoice = sold(world, customer, one)
    world.come_to_rest()
    agrees(world, invoice, one)
    part_line = world.company.get("Invoice", invoice)["Line"][0]["GroupLineDetail"]["Line"][0]["Id"]
    held = world.mirrored_lines(invoice)[part_line]
    assert (Decimal(held["quantity"]), Decimal(held["price"])) == (6, Decimal("4.01"))


def test_lines_that_change_come_and_go_leave_the_others_as_they_are(world: World) -> None:
    """One changed, one removed, one added: the others are the same line items, and were not even written."""
    customer = world.trade()
    invoice = world.invoice(customer, line(1), line(2), line(3), line(4))
    world.come_to_rest()
    before = world.mirrored_lines(invoice)
    world.clock.ahead_s += 2
    world.edit("Invoice", invoice, Line=[line(1, Id="1"), line(20, Id="2"), line(4, Id="4"), line(5)])
    after = world.mirrored_lines(invoice)
    assert after.keys() == {"1", "2", "4", "5"}
    assert [after[id]["hs_object_id"] for id in ("1", "2", "4")] == [
        before[id]["hs_object_id"] for id in ("1", "2", "4")
    ]
    assert [after[id] for id in ("1", "4")] == [before[id] for id in ("1", "4")]
    assert [Decimal(after[id]["amount"]) for id in ("2", "5")] == [20, 5]
    assert Decimal(world.mirrored(invoice)["quickbooks_total"]) == 30
    assert len(world.portal.records("line_items")) == 4


def test_a_discount_that_comes_and_goes_reaches_the_lines(world: World) -> None:
    """Without being made again they come to the new total."""
    customer = world.trade()
    invoice = world.invoice(customer, line(10), line(20))
    world.come_to_rest()
    ids = {id: held["hs_object_id"] for id, held in world.mirrored_lines(invoice).items()}
    lines = [line(10, Id="1"), line(20, Id="2")]
    for more, total in (([percent_off(33)], "20.1"), ([discount(0.01)], "29.99"), ([], "30")):
        world.edit("Invoice", invoice, Line=[*lines, *more])
        agrees(world, invoice, Awkward("a discount", (), total))
        assert ids.items() <= {id: held["hs_object_id"] for id, held in world.mirrored_lines(invoice).items()}.items()


@pytest.mark.parametrize("fault", ["lose_answer", "refuse", "status"])
@pytest.mark.parametrize("path", ["create", "update", "archive"])
def test_a_change_without_an_answer_leaves_no_line_twice_and_none_behind(world: World, path: str, fault: str) -> None:
    """A line changes, one goes, one comes, and each of these calls fails once."""
    customer = world.trade()
    invoice = world.invoice(customer, line(1), line(2), line(3))
    world.come_to_rest()
    before = world.mirrored_lines(invoice)
    world.dial("hubspot", path=rf".*/line_items/batch/{path}", do=fault)
    world.edit("Invoice", invoice, Line=[line(1, Id="1"), line(20, Id="2"), line(5)])
    assert world.acted()
    world.recover()
    after = world.mirrored_lines(invoice)
    assert {id: Decimal(held["amount"]) for id, held in after.items()} == {"1": 1, "2": 20, "4": 5}
    assert after["1"]["hs_object_id"] == before["1"]["hs_object_id"]
    assert len(world.portal.records("line_items")) == 3
    agrees(world, invoice, Awkward("three lines", (), "26"))


def test_a_hundred_and_fifty_lines_come_whole(world: World) -> None:
    """More than one batch of HubSpot takes."""
    customer = world.trade()
    invoice = world.invoice(customer, *(line(0.01 * number) for number in range(1, 151)))
    world.come_to_rest()
    assert len(world.mirrored_lines(invoice)) == 150
    assert Decimal(world.mirrored(invoice)["quickbooks_total"]) == Decimal("113.25")
    assert Decimal(world.mirrored(invoice)["hs_amount_billed"]) == Decimal("113.25")
