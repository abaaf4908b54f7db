"""Invoices and credit memos: lines, numbers, dates, states (reference 7.4, 7.9, 8, 12)."""

from __future__ import annotations

from typing import Any

import pytest

from local.quickbooks import Company, QuickBooks
from tests.local.quickbooks.quickbooks_world import REALM_ID, Api, fault
from tests.local.quickbooks.selling import done, invoice, line, opened, payment, service

Object = dict[str, Any]
TEXT = {"DetailType": "DescriptionOnly", "Description": "As agreed"}


@pytest.fixture
def customer(company: Company) -> str:
    return opened(company)


def ids(form: Object) -> list[str | None]:
    return [each.get("Id") for each in form["Line"]]


def test_the_smallest_invoice_comes_back_complete(api: Api, customer: str) -> None:
    """As the reference shows it: number, dates, subtotal, tax, states."""
    made = done(api, "invoice", {"CustomerRef": {"value": customer}, "Line": [line(100)]})
    assert {name: made[name] for name in made if name not in ("MetaData", "Line")} == {
        **{"domain": "QBO", "sparse": False, "Id": "1", "SyncToken": "0", "DocNumber": "1001"},
        **{"TxnDate": "2026-11-02", "DueDate": "2026-12-02", "LinkedTxn": [], "CustomField": []},
        **{"CustomerRef": {"value": customer, "name": "Aster"}, "TxnTaxDetail": {"TotalTax": 0}},
        "CurrencyRef": {"value": "USD", "name": "United States Dollar"},
        **{"TotalAmt": 100.0, "Balance": 100.0, "Deposit": 0, "ApplyTaxAfterDiscount": False},
        **{"PrintStatus": "NeedToPrint", "EmailStatus": "NotSet", "AllowIPNPayment": False},
        **dict.fromkeys(("AllowOnlinePayment", "AllowOnlineCreditCardPayment", "AllowOnlineACHPayment"), False),
    }
    detail = {"ItemRef": {"value": "1", "name": "Work"}, "TaxCodeRef": {"value": "NON"}}
    assert made["Line"] == [
        {"Id": "1", "LineNum": 1, "Amount": 100.0, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail},
        {"Amount": 100.0, "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}},
    ]
    assert api.get("invoice/1").json()["Invoice"] == made


def discount(**detail: Any) -> Object:
    amount = {"Amount": detail.pop("Amount")} if "Amount" in detail else {}
    return {"DetailType": "DiscountLineDetail", **amount, "DiscountLineDetail": detail}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"Line": [line(1)]}, "2020"),
        ({"CustomerRef": {"value": "1"}}, "2020"),
        (invoice("1", Line=[]), "2020"),
        (invoice("9"), "2500"),
        (invoice("x"), "2030"),
        (invoice("2"), "610"),
        (invoice("1", line(1, "9")), "2500"),
        (invoice("1", line(1, "2")), "610"),
        (invoice("1", line(1, "3")), "6000"),
        (invoice("1", {"Amount": 1}), "2020"),
        (invoice("1", {**line(1), "Amount": None}), "2020"),
        (invoice("1", discount(Amount=1)), "2250"),
        (invoice("1", line(1), discount(PercentBased=True)), "6090"),
        (invoice("1", line(1), discount(PercentBased=True, DiscountPercent=101)), "2150"),
        (invoice("1", line(1), discount(Amount=-1)), "2290"),
        (invoice("1", line(1), discount(Amount=2)), "6000"),
        (invoice("1", line(1), discount(Amount=0.1), discount(Amount=0.1)), "6000"),
        (invoice("1", line(-1)), "6000"),
        (invoice("1", line(10, detail={"Qty": 3, "UnitPrice": 3})), "6070"),
        (invoice("1", line(1, detail={"TaxCodeRef": {"value": "2"}})), "6100"),
        (invoice("1", line(1, detail={"DiscountRate": 1})), "5030"),
        (invoice("1", line(1, detail={"Colour": "red"})), "2010"),
        (invoice("1", line(1, Colour="red")), "2010"),
        (invoice("1", line(1, Description="x" * 4001)), "2050"),
        (invoice("1", line(1, "SHIPPING_ITEM_ID")), "6000"),
        (invoice("1", DocNumber="1" * 22), "2050"),
        (invoice("1", TxnDate="02.11.2026"), "2060"),
        (invoice("1", SalesTermRef={"value": "9"}), "2500"),
        (invoice("1", ClassRef={"value": "1"}), "2500"),
        (invoice("1", EmailStatus="Sent"), "2170"),
        (invoice("1", EmailStatus="NeedToSend"), "6420"),
        (invoice("1", BillEmail={"Address": "nobody"}), "2210"),
        (invoice("1", CustomerMemo={"value": "x" * 1001}), "2050"),
        (invoice("1", CurrencyRef={"value": "EUR"}), "6000"),
        (invoice("1", Deposit=101), "6000"),
        (invoice("1", DepositToAccountRef={"value": "1"}), "6430"),
        (invoice("1", TxnTaxDetail={"TxnTaxCodeRef": {"value": "7"}}), "2500"),
        (invoice("1", LinkedTxn=[{"TxnId": "1", "TxnType": "Estimate"}]), "620"),
    ],
)
def test_what_an_invoice_needs_and_may_not_have(
    api: Api, company: Company, customer: str, body: Object, code: str
) -> None:
    """Customer 2 and item 2 are inactive, item 3 is a category. Nothing is stored, no number used up."""
    company.inactivate("Customer", company.create("Customer", {"DisplayName": "Gone"})["Id"])
    company.inactivate("Item", company.create("Item", service("Gone"))["Id"])
    company.create("Item", {"Name": "Shelf", "Type": "Category"})
    assert fault(api.post("invoice", body))["code"] == code
    assert company.all("Invoice") == []
    assert done(api, "invoice", invoice(customer))["DocNumber"] == "1001"


def test_a_sparse_update_leaves_the_rest(api: Api, customer: str) -> None:
    """Lines are the same ones, with the same ids; the due date follows the term."""
    made = done(api, "invoice", invoice(customer, line(10), TEXT, line(20), PrivateNote="a"))
    after = done(
        api,
        "invoice",
        {"Id": "1", "SyncToken": "0", "sparse": True, "SalesTermRef": {"value": "2"}, "TrackingNum": "T"},
    )
    assert after["Line"] == made["Line"]
    assert (after["DueDate"], after["PrivateNote"], after["TrackingNum"]) == ("2026-11-17", "a", "T")
    assert (after["SyncToken"], after["DocNumber"], after["TotalAmt"]) == ("1", "1001", 30)
    assert fault(api.post("invoice", {"Id": "1", "SyncToken": "0", "sparse": True}))["code"] == "5010"


def test_the_list_of_lines_is_replaced_as_a_whole(api: Api, customer: str) -> None:
    """A line with its id stays that line, in any place; one without is new; no id is used twice."""
    made = done(api, "invoice", invoice(customer, line(10, Description="a"), line(20), TEXT))
    assert ids(made) == ["1", "2", "3", None]
    lines = [made["Line"][3], line(5, Id="0"), {**line(11), "Id": "1"}]
    after = done(api, "invoice", {"Id": "1", "SyncToken": "0", "sparse": True, "Line": lines})
    assert ids(after) == ["4", "1", None]
    assert [each.get("LineNum") for each in after["Line"]] == [1, 2, None]
    assert "Description" not in after["Line"][1]  # what a line leaves out is cleared
    assert after["TotalAmt"] == after["Balance"] == after["Line"][2]["Amount"] == 16
    lines = [line(1), line(2, Id="9"), line(3, Id="4"), line(4, Id="4")]
    last = done(api, "invoice", {"Id": "1", "SyncToken": "1", "sparse": True, "Line": lines})
    assert ids(last) == ["5", "6", "4", "7", None]


def test_a_full_update_empties_what_it_leaves_out(api: Api, customer: str) -> None:
    """But for number, date and currency."""
    made = done(api, "invoice", invoice(customer, PrivateNote="a", DocNumber="7", TxnDate="2026-10-01"))
    body = {**invoice(customer, *made["Line"]), "Id": "1", "SyncToken": "0"}
    after = done(api, "invoice", body)
    assert "PrivateNote" not in after
    assert (after["DocNumber"], after["TxnDate"], after["Line"]) == ("7", "2026-10-01", made["Line"])
    assert fault(api.post("invoice", {"Id": "1", "SyncToken": "1"}))["code"] == "2020"


def test_numbers_are_counted_and_sent_ones_do_not_move_the_counter(api: Api, company: Company, customer: str) -> None:
    """A second use is 6140 with the holder's id, unless it is asked for; the counter then runs into the sent one."""
    assert done(api, "invoice", invoice(customer, DocNumber="1002"))["DocNumber"] == "1002"
    assert done(api, "invoice", invoice(customer))["DocNumber"] == "1001"
    refused = fault(api.post("invoice", invoice(customer, DocNumber="1002")))
    assert refused["code"] == "6140"
    assert refused["Detail"].endswith("DocNumber=1002 is assigned to TxnType=Invoice with TxnId=1")
    done(api, "invoice", invoice(customer, DocNumber="1002"), include="allowduplicatedocnum")
    assert done(api, "invoice", invoice(customer))["DocNumber"] == "1002"
    company.prefer("CustomTxnNumbers", True)
    assert api.get("preferences").json()["Preferences"]["SalesFormsPrefs"]["CustomTxnNumbers"] is True
    assert "DocNumber" not in done(api, "invoice", invoice(customer))


def test_a_void_invoice_is_worth_nothing(api: Api, company: Company, customer: str) -> None:
    """Amounts, quantities, tax and links are gone, the note says so; what was paid is unapplied again."""
    lines = [line(100, detail={"Qty": 2, "TaxCodeRef": {"value": "TAX"}}), discount(Amount=10)]
    body = invoice(customer, *lines, PrivateNote="mine", TxnTaxDetail={"TxnTaxCodeRef": {"value": "2"}})
    assert done(api, "invoice", body)["TotalAmt"] == 98
    paid = company.pay(customer, 30, {"1": 30})["Id"]
    token = company.get("Invoice", "1")["SyncToken"]
    void = done(api, "invoice", {"Id": "1", "SyncToken": token}, operation="void")
    assert (void["TotalAmt"], void["Balance"], void["TxnTaxDetail"]["TotalTax"]) == (0, 0, 0)
    assert (void["PrivateNote"], void["LinkedTxn"]) == ("Voided mine", [])
    assert [each["Amount"] for each in void["Line"]] == [0, 0, 0]
    assert void["Line"][0]["SalesItemLineDetail"]["Qty"] == 0
    assert (company.get("Payment", paid)["UnappliedAmt"], company.get("Payment", paid)["Line"]) == (30, [])
    assert company.get("Customer", customer)["Balance"] == -30


def test_a_deleted_invoice_is_gone(api: Api, company: Company, customer: str) -> None:
    """Links go first (800); reads say 610, CDC has a stub, and its number is free."""
    done(api, "invoice", invoice(customer, DocNumber="7"))
    paid = company.pay(customer, 30, {"1": 30})
    assert fault(api.post("invoice", {"Id": "1", "SyncToken": "1"}, operation="delete"))["code"] == "800"
    company.delete("Payment", paid["Id"])
    assert fault(api.post("invoice", {"Id": "1", "SyncToken": "1"}, operation="delete"))["code"] == "5010"
    gone = done(api, "invoice", {"Id": "1", "SyncToken": "2"}, operation="delete")
    assert gone == {"status": "Deleted", "domain": "QBO", "Id": "1"}
    assert fault(api.get("invoice/1"))["code"] == "610"
    assert fault(api.post("invoice", {"Id": "1", "SyncToken": "3", "sparse": True}))["code"] == "610"
    assert api.get("query", query="select * from Invoice where Id = '1'").json()["QueryResponse"] == {}
    told = api.get("cdc", entities="Invoice", changedSince="2026-11-02").json()["CDCResponse"][0]["QueryResponse"]
    assert [(each["Id"], each["status"]) for each in told[0]["Invoice"]] == [("1", "Deleted")]
    assert done(api, "invoice", invoice(customer, DocNumber="7"))["Id"] == "3"


def test_custom_fields_of_the_sales_forms(api: Api, company: Company, customer: str) -> None:
    """Those in use are shown; a value for another is dropped in silence."""
    company.name_custom_field("1", "Crew #")
    company.name_custom_field("2", "PO")
    values = [{"DefinitionId": "2", "StringValue": "P-7"}, {"DefinitionId": "3", "StringValue": "x"}]
    made = done(api, "invoice", invoice(customer, CustomField=values))
    crew = {"DefinitionId": "1", "Name": "Crew #", "Type": "StringType"}
    order = {"DefinitionId": "2", "Name": "PO", "Type": "StringType", "StringValue": "P-7"}
    assert made["CustomField"] == [crew, order]
    change = {"Id": "1", "SyncToken": "0", "sparse": True, "CustomField": [{**crew, "StringValue": "102"}]}
    assert done(api, "invoice", change)["CustomField"] == [{**crew, "StringValue": "102"}, order]


def test_queries_find_invoices_by_what_is_filterable(api: Api, company: Company, customer: str) -> None:
    """Exactly, by number, date, customer and what is open."""
    for number, amount in (("A-1", 10.1), ("A-2", 20.2), ("B-1", 30.3)):
        company.create("Invoice", invoice(customer, line(amount), DocNumber=number))
    company.pay(customer, 20.2, {"2": 20.2})

    def found(where: str) -> list[str]:
        reply = api.get("query", query=" ".join(("select * from Invoice where", where, "orderby Balance desc"))).json()
        return [each["DocNumber"] for each in reply["QueryResponse"].get("Invoice", [])]

    assert found("DocNumber like 'A-%'") == ["A-1", "A-2"]
    assert found("Balance > '0'") == ["B-1", "A-1"]
    assert found("TotalAmt = 20.2") == ["A-2"]
    assert found(f"CustomerRef = '{customer}' and DueDate >= '2026-12-02'") == ["B-1", "A-1", "A-2"]
    assert found("TxnDate < '2026-11-02'") == []
    assert fault(api.get("query", query="select * from Invoice where EmailStatus = 'NotSet'"))["code"] == "4001"
    assert fault(api.get("query", query="select * from Invoice where Balance > 'much'"))["code"] == "4001"


def test_an_invoice_is_sent_by_a_person(company: Company, customer: str) -> None:
    """Section 8 tells its state from these."""
    made = company.create("Invoice", invoice(customer, BillEmail={"Address": "a@aster.example"}))
    sent = company.send("Invoice", made["Id"])
    assert (sent["EmailStatus"], sent["DeliveryInfo"]["DeliveryType"], sent["SyncToken"]) == ("EmailSent", "Email", "1")


def test_outside_the_us_every_line_has_a_tax_code(quickbooks: QuickBooks, url: str) -> None:
    """And the form says how prices and tax go together (reference 12.3)."""
    company = quickbooks.add_company(REALM_ID, country="GB", home_currency="GBP")
    api = Api(url, REALM_ID, quickbooks.issue_tokens(REALM_ID)["access_token"])
    opened(company)

    def code(tax_code: str | None, **more: Any) -> str:
        detail = {"TaxCodeRef": {"value": tax_code}} if tax_code else {}
        return str(fault(api.post("invoice", invoice("1", line(10, detail=detail), **more)))["code"])

    excluded = {"GlobalTaxCalculation": "TaxExcluded"}
    assert code("2") == "2020"
    assert code(None, **excluded) == "6000"
    assert code("TAX", **excluded) == "6100"
    assert code("77", **excluded) == "2500"
    assert code("2", GlobalTaxCalculation="NotApplicable", TxnTaxDetail={"TotalTax": 2}) == "6170"
    detail = {"TaxCodeRef": {"value": "2"}}
    made = done(api, "invoice", invoice("1", line(10, detail=detail), **excluded))
    assert (made["TotalAmt"], made["TxnTaxDetail"]["TaxLine"][0]["TaxLineDetail"]["TaxPercent"]) == (12, 20)
    change = {"Id": "1", "SyncToken": "0", "sparse": True, "GlobalTaxCalculation": "NotApplicable"}
    assert done(api, "invoice", change)["TotalAmt"] == 10


def test_automated_sales_tax_takes_over(api: Api, quickbooks: QuickBooks, customer: str) -> None:
    """A code that was sent is replaced, a total that was sent is not (reference 12.2)."""
    quickbooks.settings.automated_tax_percent = 7.25
    taxed = line(100, detail={"TaxCodeRef": {"value": "TAX"}})
    made = done(api, "invoice", invoice(customer, taxed, TxnTaxDetail={"TxnTaxCodeRef": {"value": "2"}}))
    assert (made["TotalAmt"], made["TxnTaxDetail"]["TxnTaxCodeRef"]) == (107.25, {"value": "9"})
    assert api.get("preferences").json()["Preferences"]["TaxPrefs"]["PartnerTaxEnabled"] is True
    given = done(api, "invoice", invoice(customer, taxed, TxnTaxDetail={"TotalTax": 5}))
    assert given["TotalAmt"] == 105
    kept = done(api, "invoice", {"Id": given["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "x"})
    assert kept["TotalAmt"] == 105
    anew = done(api, "invoice", {"Id": given["Id"], "SyncToken": "1", "sparse": True, "Line": [taxed]})
    assert anew["TotalAmt"] == 107.25


def test_a_foreign_customer_is_billed_in_its_currency(quickbooks: QuickBooks) -> None:
    """The home amounts follow the rate (reference 12.1)."""
    company = quickbooks.add_company("2", multi_currency=True)
    company.create("Item", service())
    customer = company.create("Customer", {"DisplayName": "Aster", "CurrencyRef": {"value": "EUR"}})["Id"]
    made = company.create("Invoice", invoice(customer, line(99.99), ExchangeRate=1.085))
    assert (made["CurrencyRef"]["value"], made["TotalAmt"], made["HomeTotalAmt"]) == ("EUR", 99.99, 108.49)
    paid = company.pay(customer, 50, {made["Id"]: 50})
    assert paid["CurrencyRef"]["value"] == "EUR"
    assert company.get("Invoice", made["Id"])["HomeBalance"] == 54.24


def test_closed_books_refuse_writes(api: Api, quickbooks: QuickBooks, customer: str) -> None:
    """6210 for new ones, changes, voids and deletes."""
    made = done(api, "invoice", invoice(customer, TxnDate="2026-06-30"))
    quickbooks.settings.books_closed_until = "2026-06-30"
    assert fault(api.post("invoice", invoice(customer, TxnDate="2026-06-30")))["code"] == "6210"
    current = {"Id": made["Id"], "SyncToken": "0"}
    assert fault(api.post("invoice", {**current, "sparse": True, "TxnDate": "2026-07-01"}))["code"] == "6210"
    for operation in ("void", "delete"):
        assert fault(api.post("invoice", current, operation=operation))["code"] == "6210"


def test_bundles_keep_the_ids_of_their_lines(api: Api, company: Company, customer: str) -> None:
    """They are numbered together with the other lines; sent back unchanged they stay."""
    parts = {"ItemGroupLine": [{"ItemRef": {"value": "1"}, "Qty": 2}]}
    company.update("Item", "1", {"UnitPrice": 4, "Description": "Work done"})
    kit = company.create("Item", {"Name": "Kit", "Type": "Group", "ItemGroupDetail": parts})["Id"]
    group = {"DetailType": "GroupLineDetail", "GroupLineDetail": {"GroupItemRef": {"value": kit}, "Quantity": 3}}
    made = done(api, "invoice", invoice(customer, group, line(5)))
    inner = made["Line"][0]["GroupLineDetail"]["Line"][0]
    assert (inner["Id"], inner["LineNum"], inner["Amount"], inner["Description"]) == ("2", 2, 24, "Work done")
    assert (ids(made), made["TotalAmt"]) == (["1", "3", None], 29)
    again = done(api, "invoice", {"Id": "1", "SyncToken": "0", "sparse": True, "Line": made["Line"]})
    assert again["Line"] == made["Line"]
    inner["Amount"], inner["SalesItemLineDetail"]["UnitPrice"] = 30, 5
    after = done(api, "invoice", {"Id": "1", "SyncToken": "1", "sparse": True, "Line": made["Line"]})
    assert (after["TotalAmt"], after["Line"][0]["GroupLineDetail"]["Line"][0]["Id"]) == (35, "2")


def test_a_credit_memo_is_a_form_of_its_own(api: Api, customer: str) -> None:
    """Numbered with the invoices; it lowers what the customer owes; the API cannot void it."""
    done(api, "invoice", invoice(customer, line(100)))
    memo = done(api, "creditmemo", invoice(customer, line(40)))
    assert (memo["DocNumber"], memo["Balance"], memo["RemainingCredit"]) == ("1002", 40, 40)
    assert "DueDate" not in memo
    assert api.get(f"customer/{customer}").json()["Customer"]["Balance"] == 60
    done(api, "payment", payment(customer, 0, Invoice_1=25, CreditMemo_2=25))
    assert api.get("creditmemo/2").json()["CreditMemo"]["RemainingCredit"] == 15
    assert api.get("invoice/1").json()["Invoice"]["Balance"] == 75
    assert fault(api.post("creditmemo", {"Id": "2", "SyncToken": "1"}, operation="void"))["code"] == "500"
    assert fault(api.post("creditmemo", {"Id": "2", "SyncToken": "1"}, operation="delete"))["code"] == "800"
