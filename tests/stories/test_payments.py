"""Money that came in: each invoice that it touches is right, and each deal tells of it once."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from local.stack import REALM_ID
from tests.local.quickbooks.selling import line
from tests.stories.test_invoices import amounts, stage
from tests.stories.world import World

CHECK = {"PaymentMethodRef": {"value": "2"}}


def dealt(world: World, count: int = 1) -> tuple[str, list[str], list[str]]:
    """A customer with invoices over 100, numbered A-1 and so on, and a deal for each."""
    customer = world.trade()
    invoices = [world.invoice(customer, DocNumber=f"A-{number}") for number in range(1, count + 1)]
    world.come_to_rest()
    deals = [world.deal(one) for one in invoices]
    world.come_to_rest()
    world.clock.ahead_s += 2
    return customer, invoices, deals


def calm(world: World) -> bool:
    """Whether nothing fails or waits."""
    return not [one for one in world.records() if one["state"] in ("failing", "parked", "pending")]


def test_a_part_payment_shows_on_invoice_and_deal(world: World) -> None:
    """What is left is due, and the note tells amount, date, method, reference and invoice."""
    customer, [invoice], [deal] = dealt(world)
    world.payment(customer, 30.5, {invoice: 30.5}, PaymentRefNum="chk 123", TxnDate=world.day(-1), **CHECK)
    world.come_to_rest()
    assert (stage(world, invoice), amounts(world, invoice)) == ("partially_paid", (100, Decimal("69.5")))
    [note] = world.notes(deal)
    for word in ("30.50", "Check", "chk 123", "A-1", world.day(-1)[:4]):
        assert word in note
    assert world.portal.record("deals", deal)["quickbooks_invoice_status"] == "partially_paid"
    assert calm(world)


def test_a_full_payment_settles_it(world: World) -> None:
    customer, [invoice], [deal] = dealt(world)
    world.payment(customer, 60, {invoice: 60})
    world.come_to_rest()
    world.clock.ahead_s += 2
    world.payment(customer, 40, {invoice: 40})
    world.come_to_rest()
    assert (stage(world, invoice), amounts(world, invoice)) == ("paid", (100, 0))
    assert len(world.notes(deal)) == 2, "two payments, a note for each"


@pytest.mark.parametrize("linked_events", [True, False], ids=["invoices told too", "only the payment told"])
def test_one_payment_over_three_invoices_thrice_and_backwards(world: World, linked_events: bool) -> None:
    """Three invoices right, and exactly one note on each deal."""
    world.quickbooks.settings.linked_events = linked_events
    customer, invoices, deals = dealt(world, 3)
    dials = world.quickbooks.delivery.dials
    dials.copies, dials.backwards = 3, True
    world.payment(customer, 175, dict(zip(invoices, (100, 50, 25), strict=True)))
    world.come_to_rest()
    world.later(60)
    assert [amounts(world, one)[1] for one in invoices] == [0, 50, 75]
    assert [stage(world, one) for one in invoices] == ["paid", "partially_paid", "partially_paid"]
    assert [len(world.notes(deal)) for deal in deals] == [1, 1, 1]
    assert len(world.portal.records("notes")) == 3


def test_three_invoices_of_one_deal_get_one_note(world: World) -> None:
    """The payment appears once on the deal's timeline, and names all three."""
    customer = world.trade()
    invoices = [world.invoice(customer, DocNumber=f"A-{number}") for number in range(1, 4)]
    world.come_to_rest()
    deal = world.deal(*invoices)
    world.come_to_rest()
    world.clock.ahead_s += 2
    world.payment(customer, 300, dict.fromkeys(invoices, 100))
    world.come_to_rest()
    [note] = world.notes(deal)
    assert all(number in note for number in ("A-1", "A-2", "A-3"))


def test_the_notes_text_is_safe_as_html(world: World) -> None:
    """What the bookkeeper types is shown, and never obeyed."""
    customer, [invoice], [deal] = dealt(world)
    world.payment(customer, 30, {invoice: 30}, PaymentRefNum='<b>7</b> & "x"')
    world.come_to_rest()
    [note] = world.notes(deal)
    assert "<b>7" not in note
    assert "&lt;b&gt;7&lt;/b&gt; &amp; " in note


def test_an_invoice_without_a_deal_gets_no_note(world: World) -> None:
    customer = world.trade()
    invoice = world.invoice(customer)
    world.payment(customer, 30, {invoice: 30})
    world.come_to_rest()
    assert amounts(world, invoice) == (100, 70)
    assert world.portal.records("notes") == []
    assert calm(world)


@pytest.mark.parametrize("linked_events", [True, False], ids=["invoices told too", "only the payment told"])
@pytest.mark.parametrize("act", ["void", "delete"])
def test_a_payment_that_is_taken_back_leaves_its_invoices_open(world: World, act: str, linked_events: bool) -> None:
    """A deleted one cannot be read: its invoices are remembered. Its note is not made twice."""
    customer, invoices, deals = dealt(world, 2)
    payment = world.payment(customer, 150, dict(zip(invoices, (100, 50), strict=True)))
    world.come_to_rest()
    assert [stage(world, one) for one in invoices] == ["paid", "partially_paid"]
    world.quickbooks.settings.linked_events = linked_events
    world.clock.ahead_s += 2
    getattr(world.company, act)("Payment", payment)
    world.come_to_rest()
    assert [stage(world, one) for one in invoices] == ["waiting_to_be_sent"] * 2
    assert [amounts(world, one) for one in invoices] == [(100, 100)] * 2
    assert all(len(world.notes(deal)) <= 1 for deal in deals)
    assert calm(world)


def test_a_credit_memo_that_is_applied_lowers_the_balance(world: World) -> None:
    """By a payment of nothing, which is how QuickBooks applies it."""
    customer, [invoice], _ = dealt(world)
    body = {"CustomerRef": {"value": customer}, "Line": [line(40)], "TxnDate": world.day()}
    memo = world.company.create("CreditMemo", body)["Id"]
    linked = [("Invoice", invoice), ("CreditMemo", memo)]
    lines = [{"Amount": 40, "LinkedTxn": [{"TxnId": id, "TxnType": type}]} for type, id in linked]
    world.company.create("Payment", {"CustomerRef": {"value": customer}, "TotalAmt": 0, "Line": lines})
    world.come_to_rest()
    assert (stage(world, invoice), amounts(world, invoice)) == ("partially_paid", (100, 60))
    assert calm(world)


def test_money_that_is_not_applied_waits_quietly_and_counts_once_it_is(world: World) -> None:
    """An unapplied payment belongs to no invoice and no deal; applied later, it does."""
    customer, [invoice], [deal] = dealt(world)
    payment = world.payment(customer, 50, {})
    world.come_to_rest()
    assert amounts(world, invoice) == (100, 100)
    assert world.notes(deal) == []
    assert calm(world)
    applied = {"Amount": 50, "LinkedTxn": [{"TxnId": invoice, "TxnType": "Invoice"}]}
    world.edit("Payment", payment, Line=[applied])
    assert (stage(world, invoice), amounts(world, invoice)) == ("partially_paid", (100, 50))
    assert len(world.notes(deal)) == 1


def test_a_payment_that_moves_to_another_invoice_opens_the_first_again(world: World) -> None:
    """The one that it has left is looked at too, though nothing names it any more."""
    customer, invoices, _ = dealt(world, 2)
    payment = world.payment(customer, 50, {invoices[0]: 50})
    world.come_to_rest()
    world.quickbooks.settings.linked_events = False
    applied = {"Amount": 50, "LinkedTxn": [{"TxnId": invoices[1], "TxnType": "Invoice"}]}
    world.edit("Payment", payment, Line=[applied])
    assert [amounts(world, one)[1] for one in invoices] == [100, 50]


def test_an_edited_payment_is_still_one_note(world: World) -> None:
    customer, [invoice], [deal] = dealt(world)
    payment = world.payment(customer, 50, {invoice: 50})
    world.come_to_rest()
    for number in ("1", "2"):
        world.edit("Payment", payment, PaymentRefNum=number)
    world.ops("retry", "invoice", f"quickbooks:{invoice}")
    world.come_to_rest()
    assert len(world.notes(deal)) == 1


@pytest.mark.parametrize("fault", ["lose_answer", "refuse", "html", "status"])
def test_a_note_whose_creation_got_no_answer_is_made_once(world: World, fault: str) -> None:
    customer, invoices, deals = dealt(world, 2)
    world.dial("hubspot", path=r".*/notes(/batch/create)?", method="POST", do=fault)
    world.payment(customer, 200, dict.fromkeys(invoices, 100))
    world.come_to_rest()
    assert world.acted()
    world.recover()
    assert [len(world.notes(deal)) for deal in deals] == [1, 1]
    assert len(world.portal.records("notes")) == 2
    assert calm(world)


def paying(world: World) -> tuple[str, str, str]:
    """Invoices of a portal that takes payments, where payments are shown by record too."""
    world.portal.set_up(payments=True)
    customer = world.trade(payments="note_and_record")
    invoice = world.invoice(customer, DocNumber="A-1")
    world.come_to_rest()
    deal = world.deal(invoice)
    world.come_to_rest()
    world.clock.ahead_s += 2
    return customer, invoice, deal


def records(world: World) -> list[dict[str, Any]]:
    return [{**one["properties"], "id": one["id"]} for one in world.portal.records("commerce_payments")]


def test_where_payments_are_set_up_a_payment_has_a_record_too(world: World) -> None:
    """By setting; once, whatever is repeated."""
    customer, invoice, deal = paying(world)
    dials = world.quickbooks.delivery.dials
    dials.copies, dials.backwards = 3, True
    paid = world.payment(customer, 30.5, {invoice: 30.5}, PaymentRefNum="chk 123", **CHECK)
    world.come_to_rest()
    [made] = records(world)
    assert (Decimal(made["hs_initial_amount"]), made["hs_initiated_date"][:10]) == (Decimal("30.5"), world.day())
    assert (made["hs_latest_status"], made["hs_reference_number"]) == ("succeeded", f"QBO-PMT-{REALM_ID}-{paid}")
    assert world.portal.linked("commerce_payments", made["id"], "invoices") == [world.mirror(invoice)]
    assert len(world.notes(deal)) == 1
    assert amounts(world, invoice) == (100, Decimal("69.5"))


@pytest.mark.parametrize("fault", ["lose_answer", "refuse", "status"])
def test_a_payments_record_whose_creation_got_no_answer_is_made_once(world: World, fault: str) -> None:
    customer, invoice, deal = paying(world)
    world.dial("hubspot", path=r".*/commerce_payments(/batch/create)?", method="POST", do=fault)
    world.payment(customer, 30, {invoice: 30})
    world.come_to_rest()
    assert world.acted()
    world.recover()
    assert (len(records(world)), len(world.notes(deal))) == (1, 1)


def test_by_default_a_payment_is_only_a_note(world: World) -> None:
    """Also where the portal could have records."""
    world.portal.set_up(payments=True)
    customer, [invoice], [deal] = dealt(world)
    world.payment(customer, 30, {invoice: 30})
    world.come_to_rest()
    assert (records(world), len(world.notes(deal))) == ([], 1)


def test_where_payments_are_not_set_up_the_note_comes_all_the_same(world: World) -> None:
    """The setting asks for what the portal does not have: nothing else is held up by it."""
    customer = world.trade(payments="note_and_record")
    invoice = world.invoice(customer)
    world.come_to_rest()
    deal = world.deal(invoice)
    world.come_to_rest()
    world.payment(customer, 30, {invoice: 30})
    world.come_to_rest()
    assert amounts(world, invoice) == (100, 70)
    assert len(world.notes(deal)) == 1


def test_what_no_notice_told_a_sweep_finds(world: World) -> None:
    """A payment whose notices, and whose invoices' notices, are all lost."""
    customer, [invoice], [deal] = dealt(world)
    world.clock.ahead_s += 60
    world.quickbooks.delivery.dials.drop = 1_000
    world.payment(customer, 30, {invoice: 30})
    world.clock.ahead_s += 60
    world.ops("sweep")
    world.come_to_rest()
    assert amounts(world, invoice) == (100, 70)
    assert len(world.notes(deal)) == 1
