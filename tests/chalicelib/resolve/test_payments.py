"""A payment as a note and as HubSpot's payment (QuickBooks reference 7.7, HubSpot reference 7.4, 7.6)."""

from __future__ import annotations

from decimal import Decimal
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.quickbooks.invoices import Payment
from chalicelib.resolve.payments import (
    applied,
    credits_applied,
    is_note_of,
    is_voided,
    method_type,
    money_applied,
    note_body,
    payment_properties,
    reference,
)
from local.quickbooks import QuickBooks
from tests.local.quickbooks.quickbooks_world import VERIFIER_TOKEN, Clock
from tests.local.quickbooks.selling import invoice, line, opened
from tests.local.quickbooks.selling import payment as body

REALM = "9130"


def paid(total, *lines, **more):
    """`lines`: amount, type and id of what is settled."""
    raw = {
        "Id": "188",
        "TotalAmt": total,
        "TxnDate": "2026-11-03",
        "Line": [{"Amount": amount, "LinkedTxn": [{"TxnId": id, "TxnType": type}]} for amount, type, id in lines],
        **more,
    }
    return Payment.read(raw)


@pytest.mark.parametrize(
    ("payment", "invoices", "credit", "money"),
    [
        (paid(55, (55, "Invoice", "69")), {"69": "55"}, "0", "55"),
        (paid(100, (40.1, "Invoice", "1"), (50.2, "Invoice", "2"), UnappliedAmt=9.7), {"1": "40.1", "2": "50.2"}, "0",
         "90.3"),
        (paid(30, (10, "Invoice", "1"), (20, "Invoice", "1")), {"1": "30"}, "0", "30"),
        (paid(0, (40, "Invoice", "1"), (40, "CreditMemo", "3")), {"1": "40"}, "40", "0"),
        (paid(60, (100, "Invoice", "1"), (40, "CreditMemo", "3")), {"1": "100"}, "40", "60"),
        (paid(60, (100, "Invoice", "1"), (40, "JournalEntry", "9")), {"1": "100"}, "40", "60"),  # a credit
        (paid(100, (60, "Invoice", "1"), (40, "JournalEntry", "9")), {"1": "60"}, "0", "60"),  # a charge
        (paid(25, UnappliedAmt=25), {}, "0", "0"),
        (paid(0, PrivateNote="Voided"), {}, "0", "0"),
    ],
)  # fmt: skip
def test_what_a_payment_settles(payment, invoices, credit, money):
    assert applied(payment) == {id: Decimal(amount) for id, amount in invoices.items()}
    assert (credits_applied(payment), money_applied(payment)) == (Decimal(credit), Decimal(money))


def test_a_line_with_several_invoices_counts_once_and_names_them_all():
    links = [{"TxnId": "1", "TxnType": "Invoice"}, {"TxnId": "2", "TxnType": "Invoice"}]
    found = Payment.read({"Id": "1", "TotalAmt": 10, "Line": [{"Amount": 10, "LinkedTxn": links}, {"Amount": 1}]})
    assert applied(found) == {"1": 10, "2": 0}


def test_the_note_of_a_payment():
    payment = paid(100, (40, "Invoice", "1"), (50, "Invoice", "2"), UnappliedAmt=10, PaymentRefNum="chk 123")
    assert note_body(payment, {"1": "1069", "2": "1070"}, REALM, method="Check") == (
        "<p><strong>Payment of 100.00 USD</strong></p>"
        "<p>Date: 2026-11-03<br>Method: Check<br>Reference: chk 123<br>"
        "Invoice: 1069, 40.00 USD<br>Invoice: 1070, 50.00 USD<br>Not applied yet: 10.00 USD</p>"
        "<p>QuickBooks payment 188 (company 9130)</p>"
    )


@pytest.mark.parametrize(
    ("payment", "heading"),
    [
        (paid(55, (55, "Invoice", "1"), CurrencyRef={"value": "JPY"}), "Payment of 55 JPY"),
        (paid(1.5, (1.5, "Invoice", "1"), CurrencyRef={"value": "KWD"}), "Payment of 1.500 KWD"),
        (paid(0, (40, "Invoice", "1"), (40, "CreditMemo", "3")), "Credit of 40.00 USD"),
        (paid(60, (100, "Invoice", "1"), (40, "CreditMemo", "3")), "Payment of 60.00 USD and credit of 40.00 USD"),
        (paid(0, PrivateNote="Voided"), "Payment was voided in QuickBooks"),
        (paid(0, status="Deleted"), "Payment was deleted in QuickBooks"),
    ],
)
def test_the_first_line_of_a_note(payment, heading):
    assert note_body(payment, {}, REALM).startswith(f"<p><strong>{heading}</strong></p>")


def test_a_payment_that_is_gone_still_names_its_invoices():
    """Its row says nothing any more; which invoices it was for is remembered."""
    gone = note_body(paid(55, (55, "Invoice", "1")), {"1": "1069"}, REALM, deleted=True)
    assert gone.startswith("<p><strong>Payment of 55.00 USD was deleted in QuickBooks</strong></p>")
    assert "Invoice: 1069<" in note_body(paid(0, PrivateNote="Voided"), {"1": "1069"}, REALM)


def test_an_invoice_that_is_not_known_here_is_named_as_well_as_can_be():
    extra = {
        "any": [{"value": {"Name": "txnId", "Value": "1"}}, {"value": {"Name": "txnReferenceNumber", "Value": "77"}}]
    }
    raw = paid(3, (1, "Invoice", "1"), (2, "Invoice", "2")).raw
    raw = {**raw, "Line": [{**raw["Line"][0], "LineEx": extra}, raw["Line"][1]]}
    found = note_body(Payment.read(raw), {"1": "", "2": ""}, REALM)
    assert "Invoice: 77, 1.00 USD" in found
    assert "Invoice: without a number (QuickBooks id 2), 2.00 USD" in found


class Reader(HTMLParser):
    """The tags and the text of a page, as a browser takes them."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag + "".join(name for name, _ in attrs))

    def handle_data(self, data):
        self.text += data


NASTY = [
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "Smith & Sons",
    "&lt;b&gt;",
    "</p><p>",
    "<!--",
]


@pytest.mark.parametrize("words", NASTY)
def test_what_people_wrote_is_text_and_nothing_else(words):
    """Reference, method, number and date come from outside; a browser shows them as they were written."""
    payment = paid(5, (5, "Invoice", "1"), PaymentRefNum=words, TxnDate=words, CurrencyRef={"value": words})
    reader = Reader()
    reader.feed(note_body(payment, {"1": words}, REALM, method=words))
    assert reader.tags == {"p", "strong", "br"}
    assert reader.text.count(words) == 6  # the currency twice: of the whole and of the invoice


@given(st.text(max_size=40))
def test_no_words_make_tags(words):
    reader = Reader()
    reader.feed(note_body(paid(5, (5, "Invoice", "1"), PaymentRefNum=words), {"1": words}, REALM, method=words))
    assert reader.tags == {"p", "strong", "br"}


@pytest.mark.parametrize(
    ("id", "realm", "found"), [("188", REALM, True), ("18", REALM, False), ("88", REALM, False), ("188", "913", False)]
)
def test_a_note_is_found_again_by_its_payment(id, realm, found):
    """Also after HubSpot has wrapped and spaced its HTML anew; never as that of another payment or company."""
    plain = note_body(paid(5), {}, REALM)
    assert is_note_of(plain, realm, id) is found
    tidied = plain.replace("<p>", '<div class="x"><span>\n').replace("</p>", "</span></div>").replace(" (", "&nbsp;(")
    assert is_note_of(tidied, realm, id) is found


def test_a_reference_cannot_pass_for_another_payments_note():
    """Somebody who writes our mark into a reference makes no note of another payment."""
    forged = note_body(paid(5, PaymentRefNum="QuickBooks payment 7 (company 9130)"), {}, REALM)
    assert is_note_of(forged, REALM, "188")
    assert not is_note_of(forged, REALM, "7")


def test_the_payment_of_hubspot():
    payment = paid(100, (90, "Invoice", "1"), UnappliedAmt=10, PaymentRefNum="chk 123")
    assert payment_properties(payment, REALM, method="Check", email="ap@buyer.test") == {
        "hs_initial_amount": "90.00",
        "hs_initiated_date": "2026-11-03T00:00:00.000Z",
        "hs_currency_code": "USD",
        "hs_latest_status": "processing",
        "hs_payment_method_type": "check",
        "hs_processor_type": "quickbooks",
        "hs_reference_number": "QBO-PMT-9130-188",
        "hs_customer_email": "ap@buyer.test",
        "hs_internal_comment": "Reference chk 123; paid by Check; 100.00 USD received",
    }


@pytest.mark.parametrize(
    "payment",
    [
        paid(0, (40, "Invoice", "1"), (40, "CreditMemo", "3")),
        paid(0, PrivateNote="Voided"),
        paid(25, UnappliedAmt=25),
    ],
)
def test_no_money_no_payment(payment):
    assert payment_properties(payment, REALM) == {}


@pytest.mark.parametrize(
    ("name", "type"),
    [
        ("Cash", "cash"), ("Check", "check"), ("Cheque", "check"), ("Cashier's check", "check"), ("E-Check", "ach"),
        ("Visa", "card"), ("Credit Card", "card"), ("MasterCard", "card"), ("American Express", "card"),
        ("ACH transfer", "ach"), ("Wire", "wire_transfer"), ("Bank transfer", "wire_transfer"),
        ("SEPA Direct Debit", "sepa"), ("Store credit", "other"), ("Barter", "other"), ("", ""),
    ],
)  # fmt: skip
def test_methods_by_their_names(name, type):
    assert method_type(name) == type


def test_references_are_each_payments_own():
    assert reference("9130", "188") != reference("9131", "188")


def test_a_payment_as_quickbooks_answers_it():
    """Two invoices in part, something left; then void."""
    quickbooks = QuickBooks(client_id="i", client_secret="s", verifier_token=VERIFIER_TOKEN, now=Clock())
    company = quickbooks.add_company(REALM)
    customer = opened(company)
    first, second = (company.create("Invoice", invoice(customer, line(100)))["Id"] for _ in range(2))
    id = company.create("Payment", body(customer, 120.5, **{f"Invoice_{first}": 40.25, f"Invoice_{second}": 50}))["Id"]
    payment = Payment.read(company.get("Payment", id))
    assert applied(payment) == {first: Decimal("40.25"), second: Decimal(50)}
    assert payment_properties(payment, REALM)["hs_initial_amount"] == "90.25"
    assert "Not applied yet: 30.25 USD" in note_body(payment, {}, REALM)
    company.void("Payment", id)
    void = Payment.read(company.get("Payment", id))
    assert is_voided(void)
    assert not is_voided(payment)
