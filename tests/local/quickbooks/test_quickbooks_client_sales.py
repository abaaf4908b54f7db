"""python-quickbooks, over real HTTP, with items, invoices, payments and credit memos."""

from __future__ import annotations

import json
from typing import Any

import pytest
from quickbooks import QuickBooks as Client
from quickbooks.batch import batch_create, batch_delete, batch_update
from quickbooks.cdc import change_data_capture
from quickbooks.exceptions import ObjectNotFoundException, QuickbooksException
from quickbooks.objects import CreditMemo, Invoice, Item, Payment, PaymentMethod, TaxCode, TaxRate, Term
from quickbooks.objects.base import CustomerMemo, EmailAddress, Ref
from quickbooks.objects.detailline import (
    DescriptionOnlyLine,
    DiscountLine,
    DiscountLineDetail,
    SalesItemLine,
    SalesItemLineDetail,
)
from quickbooks.objects.payment import PaymentLine
from quickbooks.objects.tax import TxnTaxDetail

from local.quickbooks import Company

SINCE = "2026-11-02T00:00:00-08:00"


def ref(value: str) -> Ref:
    made = Ref()
    made.value = value
    return made


def sales_line(amount: float, item: str = "1", tax: str = "NON") -> SalesItemLine:
    made = SalesItemLine()
    made.Amount = amount
    made.SalesItemLineDetail = SalesItemLineDetail()
    made.SalesItemLineDetail.ItemRef = ref(item)
    made.SalesItemLineDetail.TaxCodeRef = ref(tax)
    made.SalesItemLineDetail.Qty, made.SalesItemLineDetail.UnitPrice = 1, amount
    return made


def new_invoice(*lines: Any, customer: str = "1") -> Invoice:
    made = Invoice()
    made.CustomerRef = ref(customer)
    made.Line = list(lines)
    return made


def new_payment(total: float, *settled: tuple[Any, float], customer: str = "1") -> Payment:
    made = Payment()
    made.CustomerRef, made.TotalAmt = ref(customer), total
    for transaction, amount in settled:
        line = PaymentLine()
        line.Amount, line.LinkedTxn = amount, [transaction.to_linked_txn()]
        made.Line.append(line)
    return made


def test_an_item_is_created_read_changed_and_listed(client: Client) -> None:
    """With all the empty and zero values that the client sends."""
    item = Item()
    item.Name, item.Type, item.Sku, item.UnitPrice = "Lamp", "NonInventory", "L-1", 19.99
    item.IncomeAccountRef = ref("79")
    item.save(qb=client)
    read = Item.get(item.Id, qb=client)
    assert (read.Id, read.Sku, read.UnitPrice, read.FullyQualifiedName) == ("19", "L-1", 19.99, "Lamp")
    read.Active = False
    assert read.save(qb=client).Name == "Lamp (deleted)"
    everything = Item.all(qb=client)
    assert len(everything) == 11
    assert {each.Name for each in everything if each.Type == "Inventory"} == {"Pump", "Rock Fountain"}
    assert Item.count("Active in (true, false)", qb=client) == 12
    assert Item.filter(Type="Inventory", Name="Pump", qb=client)[0].QtyOnHand == 21


def test_an_invoice_is_created_read_changed_voided_and_deleted(client: Client) -> None:
    """What is read and saved again is the same invoice."""
    text = DescriptionOnlyLine()
    text.Description = "With thanks"
    off = DiscountLine()
    off.Amount, off.DiscountLineDetail = 0, DiscountLineDetail()
    off.DiscountLineDetail.PercentBased, off.DiscountLineDetail.DiscountPercent = True, 10
    invoice = new_invoice(sales_line(100.1, tax="TAX"), text, off)
    invoice.CustomerMemo = CustomerMemo()
    invoice.CustomerMemo.value = "Thank you"
    invoice.BillEmail = EmailAddress()
    invoice.BillEmail.Address = "a@aster.example"
    invoice.save(qb=client)

    read = Invoice.get(invoice.Id, qb=client)
    assert (read.DocNumber, read.TotalAmt, read.Balance, read.CustomerMemo.value) == ("1038", 90.09, 90.09, "Thank you")
    assert [line.DetailType for line in read.Line] == [
        *("SalesItemLineDetail", "DescriptionOnly", "SubTotalLineDetail", "DiscountLineDetail")
    ]
    again = read.save(qb=client)
    assert (again.SyncToken, again.TotalAmt, len(again.Line)) == ("1", 90.09, 4)
    assert [line.Id for line in again.Line] == ["1", "2", None, None]

    again.void(qb=client)
    void = Invoice.get(invoice.Id, qb=client)
    assert (void.TotalAmt, void.Balance, void.PrivateNote) == (0, 0, "Voided")
    void.delete(qb=client)
    with pytest.raises(ObjectNotFoundException):
        Invoice.get(invoice.Id, qb=client)


def test_tax_by_code_and_the_number_that_is_taken(client: Client) -> None:
    """Intuit's own invoice 1037 over again."""
    invoice = new_invoice(sales_line(335.25, tax="TAX"))
    invoice.TxnTaxDetail = TxnTaxDetail()
    invoice.TxnTaxDetail.TxnTaxCodeRef, invoice.TxnTaxDetail.TotalTax = ref("2"), None
    saved = invoice.save(qb=client)
    assert (saved.TotalAmt, saved.TxnTaxDetail.TaxLine[0].Amount) == (362.07, 26.82)
    other = new_invoice(sales_line(1))
    other.DocNumber = "1037"
    with pytest.raises(QuickbooksException) as taken:
        other.save(qb=client)
    assert taken.value.error_code == 6140
    assert "TxnId=130" in taken.value.detail
    assert other.save(qb=client, params={"include": "allowduplicatedocnum"}).DocNumber == "1037"


def test_payments_and_credits_settle_invoices(client: Client) -> None:
    """One over two invoices, a credit for the rest, and the way back."""
    first, second = (new_invoice(sales_line(amount)).save(qb=client) for amount in (100, 50))
    payment = new_payment(120, (first, 80), (second, 40)).save(qb=client)
    assert payment.UnappliedAmt == 0
    memo = CreditMemo()
    memo.CustomerRef, memo.Line = ref("1"), [sales_line(25)]
    memo = memo.save(qb=client)
    new_payment(0, (first, 20), (memo, 20)).save(qb=client)
    paid = Invoice.get(first.Id, qb=client)
    assert (paid.Balance, [each.TxnType for each in paid.LinkedTxn]) == (0, ["Payment", "Payment"])
    assert CreditMemo.get(memo.Id, qb=client).RemainingCredit == 5
    assert [each.Id for each in Invoice.where("Balance = '10'", qb=client)] == [second.Id]

    payment.void(qb=client)
    assert Payment.get(payment.Id, qb=client).PrivateNote == "Voided"
    assert Invoice.get(first.Id, qb=client).Balance == 80
    last = new_payment(50, (second, 50)).save(qb=client)
    last.delete(qb=client)
    assert Invoice.get(second.Id, qb=client).Balance == 50


def test_batches_and_change_data_capture(client: Client, sample: Company) -> None:
    """Each item for itself; what is deleted comes as a stub."""
    created = batch_create([new_invoice(sales_line(n)) for n in (1, 2)] + [new_invoice()], qb=client)
    assert (len(created.successes), [each.Error[0].code for each in created.faults]) == (2, ["2020"])
    for invoice in created.successes:
        invoice.PrivateNote = "seen"
    updated = batch_update(created.successes, qb=client).successes
    assert [each.SyncToken for each in updated] == ["1", "1"]
    assert len(batch_delete(updated[:1], qb=client).batch_responses) == 1
    changes = change_data_capture([Invoice, Payment, Item], SINCE, qb=client)
    assert [(each.Id, getattr(each, "status", None)) for each in changes.Invoice] == [
        *((updated[1].Id, None), (updated[0].Id, "Deleted"))
    ]
    assert not hasattr(changes, "Payment")
    assert len(sample.all("Invoice")) == 3


def test_a_batch_voids_by_options(client: Client, sample: Company) -> None:
    """Section 6."""
    current = {"Id": "74", "SyncToken": "0", "sparse": True}
    item = {"bId": "v", "operation": "update", "optionsData": "void", "Payment": current}
    [reply] = client.batch_operation(f'{{"BatchItemRequest": [{json.dumps(item)}]}}')["BatchItemResponse"]
    assert reply["Payment"]["TotalAmt"] == 0
    assert sample.get("Invoice", "67")["Balance"] == 105


def test_the_lists_can_be_read(client: Client) -> None:
    """Terms, payment methods, tax codes and rates, as reference 11 has them."""
    days = {each.Id: each.DueDays for each in Term.all(qb=client)}
    assert (days["1"], days["2"], days["3"]) == (0, 15, 30)
    assert PaymentMethod.get("2", qb=client).Name == "Check"
    codes = {each.Id: each for each in TaxCode.all(qb=client)}
    assert set(codes) == {"TAX", "NON", "2", "3"}
    assert [each.TaxRateRef.value for each in codes["3"].SalesTaxRateList.TaxRateDetail] == ["1", "2"]
    assert TaxCode.get("TAX", qb=client).Taxable is True
    assert TaxRate.filter(Name="California", qb=client)[0].RateValue == 8
    assert len(TaxCode.all(order_by="Id", qb=client)) == 4
