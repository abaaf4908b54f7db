"""What HubSpot's invoice and its deals hold of QuickBooks' invoice."""

from __future__ import annotations

from datetime import date

import pytest

from chalicelib.quickbooks.invoices import Invoice
from chalicelib.resolve.fields import Field
from chalicelib.resolve.invoices import EMPTY_LINE, Sold, deal_properties, overdue_now
from local.quickbooks import QuickBooks
from tests.chalicelib.resolve.sale_forms import FIELDS, TODAY, discount, form, mirror, sale, shipping
from tests.local.quickbooks.quickbooks_world import VERIFIER_TOKEN, Clock
from tests.local.quickbooks.selling import invoice, line, opened, payment


def custom(**values):
    return [
        {"DefinitionId": str(place), "Name": name, "Type": "StringType", **({"StringValue": value} if value else {})}
        for place, (name, value) in enumerate(values.items(), 1)
    ]


def test_all_that_an_invoice_holds():
    raw = form(
        sale(100), total=108.5, tax=8.5, Balance=60, CustomerMemo={"value": "Thank you"}, EmailStatus="EmailSent",
        CurrencyRef={"value": "CAD", "name": "Canadian Dollar"},
        LinkedTxn=[{"TxnId": "71", "TxnType": "Payment"}, {"TxnId": "9", "TxnType": "Estimate"}],
    )  # fmt: skip
    found = mirror(raw)
    assert found.properties == {
        "hs_invoice_date": "2026-11-02T12:00:00.000Z",
        "hs_due_date": "2026-12-02T12:00:00.000Z",
        "hs_currency": "CAD",
        "hs_comments": "Thank you",
        "quickbooks_number": "1069",
        "quickbooks_stage": "partially_paid",
        "quickbooks_total": "108.50",
        "quickbooks_balance": "60.00",
        "quickbooks_url": "https://app.qbo.intuit.com/app/invoice?txnId=238",
    }
    assert found.natives == {
        "hs_number": "1069",
        "hs_amount_billed": "108.50",
        "hs_amount_paid": "48.50",
        "hs_balance_due": "60.00",
        "hs_invoice_status": "open",
    }
    assert found.facts == {
        "number": "1069",
        "total": "108.50",
        "balance": "60.00",
        "due": "2026-12-02",
        "currency": "CAD",
        "stage": "partially_paid",
        "recipient": "Amy's Bird Sanctuary",
        "customer": "1",
        "payments": "71",
    }
    assert found.notes == ()


@pytest.mark.parametrize(
    ("more", "stage", "status"),
    [
        ({"total": 100, "Balance": 0}, "paid", "paid"),
        ({"total": 0, "PrivateNote": "Voided"}, "voided", "voided"),
        ({"total": 100, "DueDate": "2026-11-02"}, "overdue", "open"),
        ({"total": 100, "DeliveryInfo": {"DeliveryTime": "2026-11-02T10:00:00Z"}}, "sent", "open"),
        ({"total": 100}, "waiting_to_be_sent", "open"),
    ],
)  # fmt: skip
def test_hubspots_own_status_follows_the_stage(more, stage, status):
    found = mirror(form(sale(more["total"]), **more))
    assert (found.properties["quickbooks_stage"], found.natives["hs_invoice_status"]) == (stage, status)


def test_a_form_that_an_event_told_to_be_void():
    raw = form(sale(0), total=0, PrivateNote="see 1070")
    assert mirror(raw, voided=True).facts["stage"] == "voided"
    assert mirror(raw).facts["stage"] == "paid"


def test_the_home_currency_is_not_in_the_row():
    """Companies with one currency do not name it, and HubSpot wants one."""
    found = mirror(form(sale(300), total=300), home_currency="JPY")
    assert (found.properties["hs_currency"], found.facts["total"]) == ("JPY", "300")
    assert found.lines[0].properties["hs_line_item_currency_code"] == "JPY"


def test_cents_that_the_currency_should_not_have_are_kept():
    """Whatever ISO says about a currency, the books' amount is the amount."""
    found = mirror(form(sale(100.5), total=100.5, CurrencyRef={"value": "KRW"}))
    assert found.facts["total"] == "100.5"
    assert found.lines[0].properties["price"] == "100.5"


def test_an_empty_value_leaves_hubspots_alone_unless_the_row_clears():
    raw = form(sale(1), total=1, DueDate="")
    assert "hs_due_date" not in mirror(raw).properties
    clearing = Field("hs_due_date", "DueDate", "to_hubspot", clears=True)
    assert mirror(raw, fields=[clearing]).properties["hs_due_date"] == ""
    assert mirror(raw, fields=[]).properties["hs_currency"] == "USD"


def test_rows_of_custom_fields_and_of_the_other_direction():
    rows = [
        Field("crew_number", "CustomField[Crew #]", "to_hubspot"),
        Field("rep", "CustomField[Sales [old].Rep]", "to_hubspot"),
        Field("hs_tax_id", "PrivateNote", "to_quickbooks"),
    ]
    raw = form(
        sale(1), total=1, CustomField=custom(**{"Crew #": "102", "Sales [old].Rep": "Jo"}), PrivateNote="for us only"
    )
    found = mirror(raw, fields=rows).properties
    assert (found["crew_number"], found["rep"]) == ("102", "Jo")
    assert "hs_tax_id" not in found


def test_a_row_may_write_what_is_otherwise_ours_to_try():
    """A row for HubSpot's number leaves nothing of it to the properties that an account may refuse."""
    found = mirror(form(sale(1), total=1), fields=[Field("hs_number", "TrackingNum", "to_hubspot")])
    assert found.natives["hs_number"] == "1069"
    tracked = mirror(form(sale(1), total=1, TrackingNum="Z9"), fields=[Field("hs_number", "TrackingNum", "to_hubspot")])
    assert tracked.properties["hs_number"] == "Z9"
    assert "hs_number" not in tracked.natives


@pytest.mark.parametrize(
    ("name", "is_order_number"),
    [
        ("P.O. Number", True), ("PO No", True), ("PONumber", True), ("Purchase Order #", True), ("PO #", True),
        ("Customer PO", True), ("P. O.", True), ("purchase order no.", True), ("PO Box", False), ("Crew #", False),
        ("Sales Rep", False), ("Post Office", False), ("PO date", False),
    ],
)  # fmt: skip
def test_the_purchase_orders_number(name, is_order_number):
    raw = form(sale(1), total=1, CustomField=custom(**{"Empty PO": "", name: " 4711 "}))
    found = mirror(raw).properties
    assert found.get("hs_purchase_order_number") == ("4711" if is_order_number else None)


def test_a_row_decides_over_the_purchase_orders_number():
    row = Field("hs_purchase_order_number", "CustomField[Crew #]", "to_hubspot")
    raw = form(sale(1), total=1, CustomField=custom(**{"PO": "4711", "Crew #": "102"}))
    assert mirror(raw, fields=[*FIELDS, row]).properties["hs_purchase_order_number"] == "102"
    without = form(sale(1), total=1, CustomField=custom(PO="4711"))
    assert "hs_purchase_order_number" not in mirror(without, fields=[*FIELDS, row]).properties


def test_all_that_a_line_item_holds():
    sold = {"pump": Sold(product_id="501", sku="P-1"), "SHIPPING_ITEM_ID": Sold("7", "no")}
    raw = form(sale(50, "4", item="Pump", text="With hose", Qty=2, UnitPrice=25), discount(5), shipping(3), total=48)
    first, ship = mirror(raw, sold=sold).lines
    assert first.key == "4"
    assert first.properties == {
        "name": "Pump",
        "description": "With hose",
        "quantity": "2",
        "price": "25",
        "discount": "2.5",
        "hs_sku": "P-1",
        "hs_product_id": "501",
        "hs_line_item_currency_code": "USD",
    }
    assert ship.properties == {
        "name": "Shipping", "quantity": "1", "price": "3", "hs_line_item_currency_code": "USD",
    }  # fmt: skip


def test_a_line_item_that_exists_is_written_over_whole():
    """A discount, a text, a product that the line has no more must not stay behind."""
    (only,) = mirror(form(sale(50), total=50)).lines
    assert only.replacing == {
        **EMPTY_LINE, "name": "Work", "quantity": "1", "price": "50", "hs_line_item_currency_code": "USD",
    }  # fmt: skip
    assert (only.replacing["discount"], only.replacing["description"], only.replacing["hs_sku"]) == ("0", "", "")


def test_the_properties_of_a_deal():
    facts = mirror(form(sale(100), total=100)).facts
    assert deal_properties(facts) == {
        "quickbooks_invoice_amount": "100.00",
        "quickbooks_invoice_recipient": "Amy's Bird Sanctuary",
        "quickbooks_invoice_number": "1069",
        "quickbooks_invoice_status": "waiting_to_be_sent",
        "quickbooks_invoice_due_date": "2026-12-02",
    }


def test_an_invoice_without_a_number_leaves_no_other_invoices_number_on_the_deal():
    facts = mirror(form(sale(100), total=100, DocNumber=None)).facts
    assert deal_properties(facts)["quickbooks_invoice_number"] == ""


@pytest.mark.parametrize(
    ("facts", "wanted"),
    [
        ({"balance": "60.00", "due": "2026-11-02", "stage": "sent"}, True),
        ({"balance": "60.00", "due": "2026-11-02", "stage": "overdue"}, True),
        ({"balance": "0.01", "due": "2026-11-02", "stage": "partially_paid"}, True),
        ({"balance": "60.00", "due": "2026-11-03", "stage": "sent"}, False),
        ({"balance": "60.00", "due": "", "stage": "sent"}, False),
        ({"balance": "0.00", "due": "2026-11-02", "stage": "paid"}, False),
        ({"balance": "60.00", "due": "2026-11-02", "stage": "deleted"}, False),
        ({"balance": "60.00", "due": "2026-11-02", "stage": "voided"}, False),
        ({}, False),
    ],
)
def test_overdue_by_what_is_remembered(facts, wanted):
    assert overdue_now(facts, TODAY) is wanted


def test_the_daily_clock_agrees_with_a_fresh_look():
    """What a look today calls overdue is what the clock finds out from yesterday's facts."""
    raw = form(sale(100), total=100, DueDate="2026-11-03")
    facts = mirror(raw).facts
    assert facts["stage"] == "waiting_to_be_sent"
    assert [overdue_now(facts, date(2026, 11, number)) for number in (3, 4)] == [False, True]


def test_a_row_as_quickbooks_answers_it():
    """Read from the imitation: paid in part, sent, then void; fields that are null count as left out."""
    quickbooks = QuickBooks(client_id="i", client_secret="s", verifier_token=VERIFIER_TOKEN, now=Clock())
    company = quickbooks.add_company("9130")
    company.name_custom_field("1", "P.O. Number")
    customer = opened(company)
    ordered = [{"DefinitionId": "1", "StringValue": "77"}]
    body = {**invoice(customer, line(100)), "CustomField": ordered, "BillEmail": {"Address": "a@b.example"}}
    id = company.create("Invoice", body)["Id"]
    assert mirror(company.get("Invoice", id)).properties["hs_purchase_order_number"] == "77"
    company.send("Invoice", id)
    assert mirror(company.get("Invoice", id)).facts["stage"] == "sent"
    company.create("Payment", payment(customer, 40, **{f"Invoice_{id}": 40}))
    part = mirror({**company.get("Invoice", id), "PrivateNote": None})
    assert (part.facts["stage"], part.natives["hs_balance_due"]) == ("partially_paid", "60.00")
    company.void("Invoice", id)
    void = mirror(company.get("Invoice", id))
    assert (void.facts["stage"], void.facts["total"], void.natives["hs_invoice_status"]) == ("voided", "0.00", "voided")


@pytest.mark.parametrize(
    ("detail", "tax"),
    [
        ({"TotalTax": 8.19, "TaxLine": [{"Amount": 1}]}, "8.19"),
        ({"TaxLine": [{"Amount": 6.39}, {"Amount": 1.8}]}, "8.19"),
        ({}, "0"),
        (None, "0"),
    ],
)
def test_the_tax_of_a_form(detail, tax):
    assert str(Invoice.read({"Id": "1", "TxnTaxDetail": detail}).tax) == tax


def test_the_model():
    raw = form(sale(1), total=0.1, MetaData={"LastUpdatedTime": "2026-11-02T10:33:39-08:00"}, CustomerRef={"value": 7})
    row = Invoice.read(raw, seen=5.0, until=6.0)
    assert (str(row.TotalAmt), row.CustomerRef.value, row.SyncToken, row.seen, row.until) == ("0.1", "7", "0", 5.0, 6.0)
    assert row.modified == 1793644419.0
    assert row.text("CustomField[None of these]") == ""
    assert not row.deleted
    assert Invoice.read({"Id": "3", "status": "Deleted"}).deleted
