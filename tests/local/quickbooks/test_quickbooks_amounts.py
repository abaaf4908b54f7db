"""Awkward invoices, their amounts worked out by hand (reference 7.4, 12)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.quickbooks import Company, QuickBooks
from tests.local.quickbooks.quickbooks_world import VERIFIER_TOKEN, Clock

Object = dict[str, Any]


def nothing(*_: object) -> None:
    """What most cases need besides."""


@dataclass
class Case:
    """`total`, `tax`, `subtotal` and `discount` are the figures of the comment, `balance` is what stays owed."""

    lines: list[Object]
    subtotal: str
    tax: str
    total: str
    discount: str = "0"
    balance: str | None = None
    form: Object = field(default_factory=dict)
    company: Object = field(default_factory=dict)
    rates: dict[str, float] = field(default_factory=dict)  # of the code "C"
    before: Callable[[Company], object] = nothing
    after: Callable[[Company, str, str], object] = nothing


def item(amount: float, code: str | None = None, **detail: Any) -> Object:
    taxed = {"TaxCodeRef": {"value": code}} if code else {}
    return {
        "Amount": amount,
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": {"ItemRef": {"value": "1"}, **taxed, **detail},
    }


def percent_off(percent: float) -> Object:
    detail = {"PercentBased": True, "DiscountPercent": percent}
    return {"DetailType": "DiscountLineDetail", "DiscountLineDetail": detail}


def amount_off(amount: float) -> Object:
    return {"DetailType": "DiscountLineDetail", "Amount": amount, "DiscountLineDetail": {"PercentBased": False}}


def shipping(amount: float, code: str = "NON") -> Object:
    detail = {"ItemRef": {"value": "SHIPPING_ITEM_ID"}, "TaxCodeRef": {"value": code}}
    return {"DetailType": "SalesItemLineDetail", "Amount": amount, "SalesItemLineDetail": detail}


def bundle(company: Company) -> None:
    """Item 2 at 12.345, item 3 is three of item 1 and two of item 2."""
    company.create("Item", {"Name": "Screw", "Type": "Service", "UnitPrice": 12.345})
    parts = [{"ItemRef": {"value": "1"}, "Qty": 3}, {"ItemRef": {"value": "2"}, "Qty": 2}]
    company.create("Item", {"Name": "Kit", "Type": "Group", "ItemGroupDetail": {"ItemGroupLine": parts}})


def credit_of_40(company: Company, customer: str, invoice: str) -> None:
    memo = company.create("CreditMemo", {"CustomerRef": {"value": customer}, "Line": [item(40)]})["Id"]
    linked = [("Invoice", invoice), ("CreditMemo", memo)]
    lines = [{"Amount": 40, "LinkedTxn": [{"TxnId": id, "TxnType": type}]} for type, id in linked]
    company.create("Payment", {"CustomerRef": {"value": customer}, "TotalAmt": 0, "Line": lines})


BRITISH = {"country": "GB", "home_currency": "GBP"}
INCLUSIVE = {"GlobalTaxCalculation": "TaxInclusive"}
EXCLUDED = {"GlobalTaxCalculation": "TaxExcluded"}
TAXED = {"TxnTaxDetail": {"TxnTaxCodeRef": {"value": "C"}}}

CASES = {
    # A captured reply of 2016: 9.00/1.13 = 7.96, 3.00/1.13 = 2.65, net 10.61. 20 % of that is 2.12, of the gross 12.00
    # it is 2.40. The customer pays 9.60, of which 10.61 - 2.12 = 8.49 is net, so tax is 1.11 (13 % of 8.49 is 1.10).
    "tax inclusive, 20 % off": Case(
        [item(7.96, "C", TaxInclusiveAmt=9, Qty=15), item(2.65, "C", TaxInclusiveAmt=3, Qty=24), percent_off(20)],
        *("10.61", "1.11", "9.6", "2.12"),
        form=INCLUSIVE, company={"country": "CA", "home_currency": "CAD"}, rates={"HST": 13},
    ),
    # 100/1.2 = 83.33 net, three times 249.99; gross 300, so tax is 50.01 and not 20 % of 249.99 = 50.00.
    "tax inclusive, a net third three times": Case(
        [item(83.33, "C", TaxInclusiveAmt=100)] * 3, "249.99", "50.01", "300",
        form=INCLUSIVE, company=BRITISH, rates={"VAT": 20},
    ),
    # 335.25 at 8 % = 26.82: Intuit's own invoice 1037.
    "one rate": Case([item(335.25, "TAX")], "335.25", "26.82", "362.07", form=TAXED, rates={"CA": 8}),
    # 10 % of 200 = 20. Tax after the discount: half of it is off the taxable 100, 90 x 7.1 % = 6.39, 90 x 2 % = 1.80.
    "discount before tax, two rates, half taxable": Case(
        [item(100, "TAX"), item(100, "NON"), percent_off(10)], "200", "8.19", "188.19", "20",
        form={**TAXED, "ApplyTaxAfterDiscount": True}, rates={"State": 7.1, "City": 2},
    ),
    # The same with tax of the full 100: 7.10 + 2.00 = 9.10.
    "discount after tax": Case(
        [item(100, "TAX"), item(100, "NON"), percent_off(10)], "200", "9.1", "189.1", "20",
        form={**TAXED, "ApplyTaxAfterDiscount": False}, rates={"State": 7.1, "City": 2},
    ),
    # 3 x 33.33333 = 99.99999, which is 100.00; 8.875 % of it = 8.875, which is 8.88.
    "rounding of a third": Case(
        [item(100, "TAX", Qty=3, UnitPrice=33.33333)], "100", "8.88", "108.88", form=TAXED, rates={"NYC": 8.875},
    ),
    # 0.1 + 0.2 + 0.2 is 0.5, and 0.5 x 5 % = 0.025 is 0.03: nothing of binary fractions, halves go up.
    "tenths": Case(
        [item(0.1, "TAX"), item(0.2, "TAX"), item(0.2, "TAX")], "0.5", "0.03", "0.53", form=TAXED, rates={"R": 5},
    ),
    # 100 % off; the tax that was on 50 is on nothing.
    "zero total": Case(
        [item(50, "TAX"), percent_off(100)], "50", "0", "0", "50",
        form={**TAXED, "ApplyTaxAfterDiscount": True}, rates={"R": 8},
    ),
    # 120.50 owed, 40 of it by a credit memo: 80.50 stay.
    "credit applied": Case([item(120.5)], "120.5", "0", "120.5", balance="80.5", after=credit_of_40),
    # 200 + 8 % = 216, of which 66.60 came in advance: 149.40 stay.
    "deposit": Case(
        [item(200, "TAX")], "200", "16", "216", balance="149.4", form={**TAXED, "Deposit": 66.6}, rates={"R": 8},
    ),
    # Two kits: six at 10.00 = 60.00 and four at 12.345 = 49.38, 109.38 in all, though the kit's own line says 0.
    "bundle": Case(
        [{"DetailType": "GroupLineDetail", "GroupLineDetail": {"GroupItemRef": {"value": "3"}, "Quantity": 2}}],
        "109.38", "0", "109.38", before=bundle,
    ),
    # 80 - 5 = 75 and shipping 9.99, which is taxed and never discounted: (75 + 9.99) x 10 % = 8.499, which is 8.50.
    "fixed discount and taxed shipping": Case(
        [item(80, "TAX"), amount_off(5), shipping(9.99, "TAX")], "80", "8.5", "93.49", "5",
        form={**TAXED, "ApplyTaxAfterDiscount": True}, rates={"R": 10},
    ),
    # Tax that somebody gave holds; over three equal rates it is 3.33, 3.33 and the rest, 3.34.
    "tax given": Case(
        [item(100, "TAX")], "100", "10", "110", form={"TxnTaxDetail": {**TAXED["TxnTaxDetail"], "TotalTax": 10}},
        rates={"State": 1, "County": 1, "City": 1},
    ),
    # 20 % of 10 = 2 and 5 % of 10 = 0.50; 10 % off both: 1.80 + 0.45.
    "tax excluded, two codes, 10 % off": Case(
        [item(10, "2"), item(10, "3"), percent_off(10)], "20", "2.25", "20.25", "2", form=EXCLUDED, company=BRITISH,
    ),
    # The yen has no smaller unit: 333 x 10 % = 33.3, which is 33.
    "no decimals": Case(
        [item(333, "TAX")], "333", "33", "366", form=TAXED, company={"home_currency": "JPY"}, rates={"R": 10},
    ),
    # The dinar has a thousandth: 1.234 x 5 % = 0.0617, which is 0.062.
    "three decimals": Case(
        [item(1.234, "TAX")], "1.234", "0.062", "1.296", form=TAXED, company={"home_currency": "KWD"}, rates={"R": 5},
    ),
}  # fmt: skip


def made(case: Case) -> Object:
    quickbooks = QuickBooks(client_id="i", client_secret="s", verifier_token=VERIFIER_TOKEN, now=Clock())
    company = quickbooks.add_company("1", **case.company)
    company.prefer("AllowShipping", True)
    code = company.add_tax_code("C", case.rates)["Id"] if case.rates else ""
    company.create("Item", {"Name": "Work", "Type": "Service", "UnitPrice": 10})
    case.before(company)
    customer = company.create("Customer", {"DisplayName": "Aster"})["Id"]
    body = replaced({"CustomerRef": {"value": customer}, "Line": case.lines, **case.form}, code)
    invoice = company.create("Invoice", body)["Id"]
    case.after(company, customer, invoice)
    return company.get("Invoice", invoice)


def replaced(value: Any, code: str) -> Any:
    """The code "C" by the id that it got."""
    if isinstance(value, dict):
        return {name: replaced(each, code) for name, each in value.items()}
    if isinstance(value, list):
        return [replaced(each, code) for each in value]
    return code if value == "C" else value


def exact(value: float) -> Decimal:
    """What stands in the JSON, read as a decimal."""
    return Decimal(str(value))


def amount_of(invoice: Object, detail_type: str) -> Decimal:
    return sum((exact(line["Amount"]) for line in invoice["Line"] if line["DetailType"] == detail_type), Decimal(0))


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_the_amounts_are_those_worked_out_by_hand(case: Case) -> None:
    """To the smallest unit, and as numbers in JSON."""
    invoice = made(case)
    found = (
        amount_of(invoice, "SubTotalLineDetail"),
        amount_of(invoice, "DiscountLineDetail"),
        exact(invoice["TxnTaxDetail"]["TotalTax"]),
        exact(invoice["TotalAmt"]),
        exact(invoice["Balance"]),
    )
    wanted = (case.subtotal, case.discount, case.tax, case.total, case.balance or case.total)
    assert found == tuple(map(Decimal, wanted))


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_the_lines_come_to_the_total(case: Case) -> None:
    """Sum of sales lines, less the discount, with tax, is the total; the tax lines are the tax."""
    invoice = made(case)
    inside = [each for line in invoice["Line"] for each in line.get("GroupLineDetail", {}).get("Line", [line])]
    sales = amount_of({"Line": inside}, "SalesItemLineDetail")
    tax = exact(invoice["TxnTaxDetail"]["TotalTax"])
    assert sales - amount_of(invoice, "DiscountLineDetail") + tax == exact(invoice["TotalAmt"])
    lines = invoice["TxnTaxDetail"].get("TaxLine", [])
    assert not lines or sum(exact(line["Amount"]) for line in lines) == tax


CENTS = st.integers(0, 10**7).map(lambda cents: cents / 100)


@given(
    amounts=st.lists(st.tuples(CENTS, st.sampled_from(["2", "3", "4"])), min_size=1, max_size=5),
    percent=st.integers(0, 100),
    inclusive=st.booleans(),
)
def test_any_invoice_adds_up(amounts: list[tuple[float, str]], percent: int, inclusive: bool) -> None:
    """Whatever the amounts, codes and discount; what is sent back unchanged comes to the same."""
    quickbooks = QuickBooks(client_id="i", client_secret="s", verifier_token=VERIFIER_TOKEN, now=Clock())
    company = quickbooks.add_company("1", country="GB", home_currency="GBP")
    company.create("Item", {"Name": "Work", "Type": "Service"})
    customer = company.create("Customer", {"DisplayName": "Aster"})["Id"]
    lines = [item(amount, code, **({"TaxInclusiveAmt": amount} if inclusive else {})) for amount, code in amounts]
    body = {
        "CustomerRef": {"value": customer},
        "Line": [*lines, percent_off(percent)],
        **(INCLUSIVE if inclusive else EXCLUDED),
    }
    invoice = company.create("Invoice", body)
    tax, total = exact(invoice["TxnTaxDetail"]["TotalTax"]), exact(invoice["TotalAmt"])
    net = amount_of(invoice, "SubTotalLineDetail") - amount_of(invoice, "DiscountLineDetail")
    assert net + tax == total >= 0
    if inclusive and not percent:
        assert total == sum(exact(amount) for amount, _ in amounts)
    again = company.update("Invoice", invoice["Id"], {"Line": invoice["Line"]})
    assert [again[name] for name in ("Line", "TotalAmt")] == [invoice[name] for name in ("Line", "TotalAmt")]
