"""QuickBooks' invoices are mirrored in HubSpot: once, whatever fails, with their facts, and through all their life."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.jobs import ConnectionId, Job, Kind, Side
from chalicelib.wiring import wiring
from chalicelib.work import work
from tests.local.quickbooks.selling import line
from tests.stories.edits import PLENTY_S, TOO_LITTLE_S
from tests.stories.world import CONNECTION, World


def amounts(world: World, invoice: str) -> tuple[Decimal, Decimal]:
    """Our total and balance of the mirror."""
    held = world.mirrored(invoice)
    return Decimal(held["quickbooks_total"]), Decimal(held["quickbooks_balance"])


def stage(world: World, invoice: str) -> str:
    return world.mirrored(invoice)["quickbooks_stage"]


def state(world: World, invoice: str) -> str:
    return str(world.record(kind="invoice", quickbooks_id=invoice)["state"])


def test_a_new_invoice_is_mirrored_with_its_facts(world: World) -> None:
    """Number, dates, currency, memo, stage, amounts, a way back, and that HubSpot must not collect it."""
    customer = world.trade()
    memo = "Thank you & see <you>"
    invoice = world.invoice(customer, line(99.95), line(0.1), DocNumber="A-17", CustomerMemo={"value": memo})
    world.come_to_rest()
    held = world.mirrored(invoice)
    assert (held["quickbooks_number"], held["hs_currency"], held["hs_comments"]) == ("A-17", "USD", memo)
    assert (held["hs_invoice_date"][:10], held["hs_due_date"][:10]) == (world.day(), world.day(30))
    assert (held["hs_invoice_billable"], held["quickbooks_stage"]) == ("false", "waiting_to_be_sent")
    assert amounts(world, invoice) == (Decimal("100.05"), Decimal("100.05"))
    assert held["quickbooks_url"].startswith("https://")
    assert invoice in held["quickbooks_url"]
    assert world.mirrored_lines(invoice).keys() == {"1", "2"}, "QuickBooks' own subtotal is no line"
    record = world.record(kind="invoice", quickbooks_id=invoice)
    assert (record["state"], record["hubspot_id"]) == ("in_sync", world.mirror(invoice))
    assert world.ops("why", "invoice", "A-17")["record"]["quickbooks_id"] == invoice


def test_invoices_that_were_there_before_come_with_the_initial_sync(world: World) -> None:
    """Switched on, invoices begin with what the books hold, each in the stage that it has by now."""
    world.item()
    customer = world.customer("Aster", "office@aster.example", GivenName="Ann")["Id"]
    invoices = [world.invoice(customer, line(amount)) for amount in (10, 20, 30)]
    world.payment(customer, 20, {invoices[1]: 20})
    world.connect()
    world.configure(products={}, invoices={})
    assert [stage(world, one) for one in invoices] == ["waiting_to_be_sent", "paid", "waiting_to_be_sent"]
    assert len(world.portal.records("invoices")) == 3


def test_while_invoices_are_off_none_comes(world: World) -> None:
    """A file that does not name them leaves them off."""
    world.connect()
    world.item()
    world.invoice(world.customer("Aster", "office@aster.example", GivenName="Ann")["Id"])
    world.settings(direction="both")
    assert world.portal.records("invoices") == []


def test_a_persons_own_invoice_in_hubspot_stays_there(world: World) -> None:
    """One way only: nothing is made in QuickBooks, and nothing changed in HubSpot."""
    world.trade()
    mine = world.portal.create_invoice({"hs_currency": "USD", "hs_comments": "Mine"}, [{"price": "5", "quantity": "1"}])
    world.come_to_rest()
    assert world.company.all("Invoice") == []
    assert "quickbooks_key" not in world.portal.record("invoices", mine)


def queued(world: World, invoice: str) -> None:
    to = {"BillEmail": {"Address": "a@aster.example"}}
    world.company.update("Invoice", invoice, {"EmailStatus": "NeedToSend", **to})


def sent(world: World, invoice: str) -> None:
    world.company.send("Invoice", invoice, "a@aster.example")


def paid(amount: float) -> Callable[[World, str], None]:
    def pay(world: World, invoice: str) -> None:
        customer = world.company.get("Invoice", invoice)["CustomerRef"]["value"]
        world.payment(customer, amount, {invoice: amount})

    return pay


def late(world: World, invoice: str) -> None:
    world.company.update("Invoice", invoice, {"DueDate": world.day(-1)})


@pytest.mark.parametrize(("act", "after", "balance"), [
    (queued, "waiting_to_be_sent", "100"), (sent, "sent", "100"), (paid(30.5), "partially_paid", "69.5"),
    (paid(100), "paid", "0"), (late, "overdue", "100"),
], ids=["to be sent", "sent", "partly paid", "paid", "late"])  # fmt: skip
def test_the_stage_follows_the_invoices_life(
    world: World, act: Callable[[World, str], None], after: str, balance: str
) -> None:
    customer = world.trade()
    invoice = world.invoice(customer)
    world.come_to_rest()
    assert stage(world, invoice) == "waiting_to_be_sent"
    world.clock.ahead_s += 2
    act(world, invoice)
    world.come_to_rest()
    assert (stage(world, invoice), amounts(world, invoice)) == (after, (100, Decimal(balance)))
    assert state(world, invoice) == "in_sync"


@pytest.mark.parametrize("spelling", ["voided", "void"])
def test_a_void_invoice_is_worth_nothing(world: World, spelling: Any) -> None:
    """By either name of its notice; what was paid on it does not count any more. It stays, and says what it is."""
    world.quickbooks.settings.void_event = spelling
    customer = world.trade()
    invoice = world.invoice(customer, line(100, detail={"Qty": 2, "UnitPrice": 50}))
    world.payment(customer, 40, {invoice: 40})
    world.come_to_rest()
    assert amounts(world, invoice) == (100, 60)
    world.clock.ahead_s += 2
    world.company.void("Invoice", invoice)
    world.come_to_rest()
    assert (stage(world, invoice), amounts(world, invoice)) == ("voided", (0, 0))
    assert Decimal(world.mirrored(invoice)["hs_amount_billed"]) == 0


def test_a_free_invoice_is_not_void(world: World) -> None:
    """A total of nought is no sign of a void by itself."""
    customer = world.trade()
    invoice = world.invoice(customer, line(0), PrivateNote="A gift")
    world.come_to_rest()
    assert amounts(world, invoice) == (0, 0)
    assert stage(world, invoice) != "voided"


def test_a_deleted_invoice_stays_and_says_that_it_is_deleted(world: World) -> None:
    """`deletes: ignore`, the default."""
    customer = world.trade()
    invoice = world.invoice(customer)
    world.come_to_rest()
    mirror = world.mirror(invoice)
    world.clock.ahead_s += 2
    world.company.delete("Invoice", invoice)
    world.come_to_rest()
    assert world.mirror(invoice) == mirror
    assert stage(world, invoice) == "deleted"
    assert Decimal(world.mirrored(invoice)["quickbooks_balance"]) == 0


def test_a_deleted_invoice_goes_where_the_settings_say_so(world: World) -> None:
    """`deletes: archive`: HubSpot's goes to the recycle bin."""
    customer = world.trade(deletes="archive")
    kept, gone = (world.invoice(customer) for _ in range(2))
    world.come_to_rest()
    world.clock.ahead_s += 2
    world.company.delete("Invoice", gone)
    world.come_to_rest()
    assert (len(world.mirrors(kept)), world.mirrors(gone)) == (1, [])


def test_an_invoice_deleted_before_anybody_looked_is_not_made(world: World) -> None:
    customer = world.trade()
    world.quickbooks.delivery.dials.hold = True
    invoice = world.invoice(customer)
    world.company.delete("Invoice", invoice)
    world.quickbooks.delivery.release()
    world.come_to_rest()
    assert world.portal.records("invoices") == []
    assert not [one for one in world.records(kind="invoice") if one["state"] in ("failing", "parked")]


def test_a_mirror_that_a_person_deleted_is_not_made_again_until_asked(world: World) -> None:
    """It says why; `retry` is the way back."""
    customer = world.trade()
    invoice = world.invoice(customer, DocNumber="A-17")
    world.come_to_rest()
    world.portal.archive_record("invoices", world.mirror(invoice))
    world.come_to_rest()
    world.edit("Invoice", invoice, CustomerMemo={"value": "Once more"})
    assert world.mirrors(invoice) == []
    record = world.record(kind="invoice", quickbooks_id=invoice)
    assert record["state"] == "excluded"
    assert "HubSpot" in record["message"]
    story = " ".join(world.ops("why", "invoice", "A-17")["story"])
    assert record["message"] in story
    world.ops("retry", "invoice", f"quickbooks:{invoice}")
    world.come_to_rest()
    assert world.mirrored(invoice)["hs_comments"] == "Once more"
    assert world.mirrored_lines(invoice).keys() == {"1"}
    assert state(world, invoice) == "in_sync"


def test_an_edit_crosses_and_then_everything_rests(world: World) -> None:
    """Our own writes make no work, and what did not change is not written."""
    customer = world.trade()
    invoice = world.invoice(customer)
    world.come_to_rest()
    world.edit("Invoice", invoice, CustomerMemo={"value": "New"}, DueDate=world.day(60))
    held = world.mirrored(invoice)
    assert (held["hs_comments"], held["hs_due_date"][:10]) == ("New", world.day(60))
    world.forget_calls()
    world.come_to_rest()
    assert world.said() == []
    world.edit("Invoice", invoice, PrivateNote="Nobody maps this")
    assert world.mirrored(invoice)["hs_lastmodifieddate"] == held["hs_lastmodifieddate"]


def test_a_memo_that_was_cleared_is_no_reason_to_fail(world: World) -> None:
    customer = world.trade()
    invoice = world.invoice(customer, CustomerMemo={"value": "Old"})
    world.come_to_rest()
    world.edit("Invoice", invoice, CustomerMemo=None)
    assert state(world, invoice) == "in_sync"


CREATES = (r".*/invoices(/batch/create)?", r".*/line_items(/batch/create)?")
UPDATES = r".*/invoices(/batch/update|/\d+)"


@pytest.mark.parametrize("fault", ["lose_answer", "refuse", "html", "status"])
@pytest.mark.parametrize("path", [*CREATES, UPDATES], ids=["invoice", "lines", "totals"])
def test_a_call_without_an_answer_makes_no_second_invoice_or_line(world: World, path: str, fault: str) -> None:
    """At each step of a new mirror: three invoices, two lines each, right in the end."""
    customer = world.trade()
    world.dial("hubspot", path=path, method="POST|PATCH", do=fault)
    invoices = [world.invoice(customer, line(10), line(20.5)) for _ in range(3)]
    world.come_to_rest()
    assert world.acted()
    world.recover()
    for one in invoices:
        assert world.mirrored_lines(one).keys() == {"1", "2"}
        assert amounts(world, one) == (Decimal("30.5"), Decimal("30.5"))
        assert state(world, one) == "in_sync"
    assert len(world.portal.records("line_items")) == 6


@pytest.mark.parametrize("path", [*CREATES, UPDATES], ids=["invoice", "lines", "totals"])
def test_a_hubspot_that_is_away_for_a_while_makes_no_second_one(world: World, path: str) -> None:
    """Six answers are lost in a row, each after the work was done."""
    customer = world.trade()
    world.dial("hubspot", path=path, method="POST|PATCH", do="lose_answer", times=6)
    invoice = world.invoice(customer, line(10), line(20.5))
    world.come_to_rest()
    for _ in range(3):
        world.recover()
    world.hubspot.dials.clear()
    world.later(3_600)
    assert world.mirrored_lines(invoice).keys() == {"1", "2"}
    assert len(world.portal.records("line_items")) == 2
    assert state(world, invoice) == "in_sync"


def test_until_its_lines_add_up_an_invoice_is_not_said_to_be_in_sync(world: World) -> None:
    """And its totals are not shown yet: they come last."""
    customer = world.trade()
    world.dial("hubspot", path=CREATES[1], method="POST", do="status", status=503, times=0)
    invoice = world.invoice(customer)
    world.come_to_rest()
    assert state(world, invoice) in ("pending", "failing")
    assert all("quickbooks_total" not in world.portal.record("invoices", one) for one in world.mirrors(invoice))
    world.hubspot.dials.clear()
    world.recover()
    assert (state(world, invoice), amounts(world, invoice)) == ("in_sync", (100, 100))


@pytest.mark.parametrize("looks", range(1, 9))
def test_a_worker_whose_time_runs_out_anywhere_leaves_nothing_twice(world: World, looks: int) -> None:
    """It stops after so many looks at its watch; whoever comes next finishes the work."""
    customer = world.trade()
    world.quickbooks.delivery.dials.drop = 100
    invoice = world.invoice(customer, line(10), line(20.5))
    watch = iter([PLENTY_S] * looks)
    job = Job(ConnectionId(CONNECTION), Kind.INVOICE, Side.QUICKBOOKS, invoice, "a story")
    work(wiring(), [job], lambda: next(watch, TOO_LITTLE_S))
    world.come_to_rest()
    world.recover()
    world.ops("retry", "invoice", f"quickbooks:{invoice}")
    world.come_to_rest()
    assert world.mirrored_lines(invoice).keys() == {"1", "2"}
    assert len(world.portal.records("line_items")) == 2
    assert state(world, invoice) == "in_sync"


def test_notices_thrice_and_backwards_make_one_invoice_each(world: World) -> None:
    """Each created, changed twice and paid before anybody looks; the newest state stands."""
    customer = world.trade()
    dials = world.quickbooks.delivery.dials
    dials.copies, dials.backwards, dials.hold = 3, True, True
    invoices = [world.invoice(customer, line(10)) for _ in range(5)]
    for memo in ("first", "last"):
        world.clock.ahead_s += 2
        for one in invoices:
            world.company.update("Invoice", one, {"CustomerMemo": {"value": memo}})
    world.payment(customer, 50, dict.fromkeys(invoices, 10))
    world.quickbooks.delivery.release()
    world.come_to_rest()
    assert len(world.portal.records("invoices")) == 5
    assert {world.mirrored(one)["hs_comments"] for one in invoices} == {"last"}
    assert {stage(world, one) for one in invoices} == {"paid"}
    assert len(world.portal.records("line_items")) == 5


def test_what_no_notice_told_a_sweep_finds(world: World) -> None:
    """A new invoice, a changed one, a void one and a deleted one."""
    customer = world.trade()
    changed, void, gone = (world.invoice(customer) for _ in range(3))
    world.come_to_rest()
    world.clock.ahead_s += 60
    world.quickbooks.delivery.dials.drop = 1_000
    fresh = world.invoice(customer, line(7))
    world.company.update("Invoice", changed, {"CustomerMemo": {"value": "New"}})
    world.company.void("Invoice", void)
    world.company.delete("Invoice", gone)
    world.clock.ahead_s += 60
    world.ops("sweep")
    world.come_to_rest()
    assert amounts(world, fresh) == (7, 7)
    assert world.mirrored(changed)["hs_comments"] == "New"
    assert [stage(world, one) for one in (void, gone)] == ["voided", "deleted"]


def test_hubspots_own_number_is_written_where_the_portal_lets_us(world: World) -> None:
    """Discovered from the portal's own definitions; ours is there in either case."""
    world.hubspot.settings.writable_on_invoices = ["hs_number", "hs_amount_billed", "hs_amount_paid", "hs_balance_due"]
    customer = world.trade()
    invoice = world.invoice(customer, DocNumber="A-17")
    world.payment(customer, 30, {invoice: 30})
    world.come_to_rest()
    held = world.mirrored(invoice)
    assert (held["hs_number"], held["quickbooks_number"]) == ("A-17", "A-17")
    native = [Decimal(held[name]) for name in ("hs_amount_billed", "hs_amount_paid", "hs_balance_due")]
    assert native == [100, 30, 70]


def test_a_portal_that_binds_non_billable_invoices_too_says_so_and_is_learnt(world: World) -> None:
    """Where HubSpot's rules of finalising hold for them as well, a change is refused with the way out; from then on
    mirrors stay drafts, which can be changed."""
    world.hubspot.settings.free_non_billable = False
    customer = world.trade()
    first = world.invoice(customer, line(10))
    world.come_to_rest()
    world.edit("Invoice", first, Line=[line(10, Id="1"), line(5)])
    record = world.record(kind="invoice", quickbooks_id=first)
    assert record["state"] == "failing"
    assert f"retry invoice quickbooks:{first}" in record["fix"]
    second = world.invoice(customer, line(10))
    world.come_to_rest()
    world.edit("Invoice", second, Line=[line(10, Id="1"), line(5)])
    assert amounts(world, second) == (15, 15)
    assert world.mirrored_lines(second).keys() == {"1", "2"}
    assert state(world, second) == "in_sync"
