"""Payments: what they settle, and what that does to invoices and credit memos (reference 7.7)."""

from __future__ import annotations

from typing import Any

import pytest

from local.quickbooks import Company
from tests.local.quickbooks.quickbooks_world import Api, Clock, fault
from tests.local.quickbooks.selling import done, invoice, line, opened, payment

Object = dict[str, Any]


@pytest.fixture
def customer(company: Company) -> str:
    """With invoices 1 and 2 over 100 and 50, and credit memo 3 over 30."""
    customer = opened(company)
    company.create("Invoice", invoice(customer, line(100)))
    company.create("Invoice", invoice(customer, line(50)))
    company.create("CreditMemo", invoice(customer, line(30)))
    return customer


def state(company: Company, *invoices: str) -> list[tuple[float, str]]:
    found = [company.get("Invoice", id) for id in invoices or ("1", "2")]
    return [(each["Balance"], each["SyncToken"]) for each in found]


def test_one_payment_for_several_invoices(api: Api, company: Company, customer: str, clock: Clock) -> None:
    """Partly, fully and with something left; each invoice moves with it and names it."""
    clock.advance(60)
    made = done(api, "payment", payment(customer, 120.5, Invoice_1=40.2499, Invoice_2=50))
    assert (made["UnappliedAmt"], made["DepositToAccountRef"]) == (30.25, {"value": "4"})
    assert made["Line"][0] == {"Amount": 40.25, "LinkedTxn": [{"TxnId": "1", "TxnType": "Invoice"}]}
    assert state(company) == [(59.75, "1"), (0, "1")]
    first = company.get("Invoice", "1")
    assert first["LinkedTxn"] == [{"TxnId": made["Id"], "TxnType": "Payment"}]
    assert first["MetaData"]["LastUpdatedTime"] == made["MetaData"]["CreateTime"]
    changed = api.get("cdc", entities="Invoice", changedSince="2026-11-02T21:01:00Z").json()
    told = changed["CDCResponse"][0]["QueryResponse"][0]["Invoice"]
    assert [each["Id"] for each in told] == ["2", "1"]
    assert company.get("Customer", customer)["Balance"] == 150 - 30 - 120.5


def test_the_list_of_lines_is_replaced(api: Api, company: Company, customer: str) -> None:
    """Only invoices whose part changes move; without lines in a sparse update nothing does."""
    id = done(api, "payment", payment(customer, 100, Invoice_1=40, Invoice_2=50))["Id"]
    current = {"Id": id, "SyncToken": "0", "sparse": True}
    done(api, "payment", {**current, "PaymentRefNum": "7"})
    assert state(company) == [(60, "1"), (0, "1")]
    after = done(api, "payment", {**current, "SyncToken": "1", "Line": payment(customer, 0, Invoice_1=40)["Line"]})
    assert (after["UnappliedAmt"], after["PaymentRefNum"]) == (60, "7")
    assert state(company) == [(60, "1"), (50, "2")]
    full = {**payment(customer, 100), "Id": id, "SyncToken": "2"}
    assert done(api, "payment", full)["UnappliedAmt"] == 100
    assert state(company) == [(100, "2"), (50, "2")]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"TotalAmt": 1}, "2020"),
        ({"CustomerRef": {"value": "1"}}, "2020"),
        (payment("1", -1), "2290"),
        (payment("1", 10, Invoice_9=10), "620"),
        (payment("1", 10, Bill_1=10), "620"),
        (payment("2", 10, Invoice_1=10), "6000"),
        (payment("1", 200, Invoice_1=100.01), "6000"),
        (payment("1", 10, Invoice_1=20), "6000"),
        (payment("1", 10, Invoice_1=20, CreditMemo_3=31), "6000"),
        (payment("1", 10, CreditMemo_3=1), "6000"),
        (payment("1", 10, Invoice_1=-1), "2290"),
        ({**payment("1", 10), "Line": [{"Amount": 1}]}, "2020"),
        ({**payment("1", 10), "PaymentMethodRef": {"value": "9"}}, "2500"),
        ({**payment("1", 10), "DepositToAccountRef": {"value": "1"}}, "6430"),
        ({**payment("1", 10), "PaymentRefNum": "1" * 22}, "2050"),
        ({**payment("1", 10), "CreditCardPayment": {}}, "2010"),
    ],
)
@pytest.mark.usefixtures("customer")
def test_what_a_payment_may_not_do(api: Api, company: Company, body: Object, code: str) -> None:
    """No more than is open, no more than came in, for nobody else."""
    company.create("Customer", {"DisplayName": "Birch"})
    assert fault(api.post("payment", body))["code"] == code
    assert company.all("Payment") == []
    assert state(company) == [(100, "0"), (50, "0")]


def test_a_parent_pays_for_its_jobs(company: Company, customer: str) -> None:
    """Their invoices are its own."""
    job = company.create("Customer", {"DisplayName": "Roof", "Job": True, "ParentRef": {"value": customer}})["Id"]
    owed = company.create("Invoice", invoice(job, line(5)))
    assert owed["CustomerRef"]["name"] == "Aster:Roof"
    company.pay(customer, 5, {owed["Id"]: 5})
    assert company.get("Invoice", owed["Id"])["Balance"] == 0


def test_a_void_payment_leaves_the_invoices_open(api: Api, company: Company, customer: str) -> None:
    """By `include=void`; `operation=void` is for invoices."""
    id = done(api, "payment", payment(customer, 60, Invoice_1=60))["Id"]
    body = {"Id": id, "SyncToken": "0", "sparse": True}
    assert fault(api.post("payment", body, operation="void"))["code"] == "500"
    void = done(api, "payment", body, operation="update", include="void")
    assert (void["TotalAmt"], void["UnappliedAmt"], void["Line"], void["PrivateNote"]) == (0, 0, [], "Voided")
    assert state(company, "1") == [(100, "2")]
    assert company.get("Invoice", "1")["LinkedTxn"] == []


def test_a_deleted_payment_leaves_the_invoices_open(api: Api, company: Company, customer: str) -> None:
    """And a stub in CDC."""
    id = done(api, "payment", payment(customer, 150, Invoice_1=100, Invoice_2=50))["Id"]
    assert done(api, "payment", {"Id": id, "SyncToken": "0"}, operation="delete")["status"] == "Deleted"
    assert state(company) == [(100, "2"), (50, "2")]
    told = api.get("cdc", entities="Payment,Invoice", changedSince="2026-11-02").json()
    stubs, invoices = told["CDCResponse"][0]["QueryResponse"]
    assert [each["status"] for each in stubs["Payment"]] == ["Deleted"]
    assert [each["Balance"] for each in invoices["Invoice"]] == [50, 100]


def test_an_invoice_that_shrinks_gives_money_back(api: Api, company: Company, customer: str) -> None:
    """The balance is never negative; the newest payment gives way first."""
    old, new = (company.pay(customer, part, {"1": part})["Id"] for part in (30, 70))
    lines = [line(40, Id="1")]
    token = company.get("Invoice", "1")["SyncToken"]
    after = done(api, "invoice", {"Id": "1", "SyncToken": token, "sparse": True, "Line": lines})
    assert (after["TotalAmt"], after["Balance"]) == (40, 0)
    assert [company.get("Payment", id)["UnappliedAmt"] for id in (old, new)] == [0, 60]
    assert company.get("Payment", new)["SyncToken"] == "1"


def test_a_paid_invoice_stays_with_its_customer(api: Api, company: Company, customer: str) -> None:
    """Through the API; when a person moves it, the payment stays behind, unapplied."""
    company.pay(customer, 100, {"1": 100})
    other = company.create("Customer", {"DisplayName": "Birch"})["Id"]
    move = {"CustomerRef": {"value": other}}
    assert fault(api.post("invoice", {"Id": "1", "SyncToken": "1", "sparse": True, **move}))["code"] == "6000"
    assert company.update("Invoice", "1", move)["Balance"] == 100
    assert [company.get("Customer", id)["Balance"] for id in (customer, other)] == [50 - 30 - 100, 100]


def test_a_banked_payment_is_locked(api: Api, company: Company, customer: str) -> None:
    """6540, until it leaves the deposit."""
    id = company.pay(customer, 10, {})["Id"]
    company.bank_payment(id)
    current = {"Id": id, "SyncToken": "0", "sparse": True}
    assert fault(api.post("payment", {**current, "TotalAmt": 11}))["code"] == "6540"
    assert fault(api.post("payment", current, operation="delete"))["code"] == "6540"
    assert fault(api.post("payment", current, include="void"))["code"] == "6540"
    company.bank_payment(id, banked=False)
    assert done(api, "payment", {**current, "TotalAmt": 11})["TotalAmt"] == 11


def test_a_merged_customer_hands_over_its_invoices(company: Company, customer: str) -> None:
    """They can still be paid."""
    kept = company.create("Customer", {"DisplayName": "Birch"})["Id"]
    assert company.merge_customers(kept, customer)["Balance"] == 120
    assert company.get("Invoice", "1")["CustomerRef"] == {"value": kept, "name": "Birch"}
    company.pay(kept, 100, {"1": 100})
    assert company.get("Customer", kept)["Balance"] == 20


def test_everything_is_done_over_control_routes_as_well(api: Api, company: Company, customer: str) -> None:
    """For stories in another process."""

    def do(**body: Any) -> Any:
        reply = api.control("POST", f"companies/{company.realm_id}/do", body)
        assert reply.status_code == 200, reply.text
        return reply.json()

    paid = do(action="pay", customer_id=customer, amount=10, invoices={"1": 10}, PaymentRefNum="R")
    assert (paid["PaymentRefNum"], state(company, "1")) == ("R", [(90, "1")])
    do(action="void", entity="Payment", id=paid["Id"])
    do(action="delete", entity="Payment", id=paid["Id"])
    do(action="send", entity="Invoice", id="1", to="a@aster.example")
    assert company.get("Invoice", "1")["EmailStatus"] == "EmailSent"
    do(action="prefer", name="AllowShipping", on=True)
    assert do(action="add_tax_code", name="City", rates={"A": 1.5})["Name"] == "City"
