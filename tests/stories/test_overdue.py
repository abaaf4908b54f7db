"""Overdue comes with the clock alone: no event tells it, and no read of QuickBooks is needed for it."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tests.stories.test_deals import billed
from tests.stories.test_invoices import stage
from tests.stories.world import World

DAY_S = 86_400.0
ZONE = ZoneInfo("America/Los_Angeles")  # of the imitation's company


def wait_until(world: World, hour: int) -> None:
    """The next time that the company's clock says this hour."""
    here = datetime.fromtimestamp(world.clock(), ZONE)
    then = here.replace(hour=hour, minute=0, second=0, microsecond=0)
    if then <= here:
        then = (here + timedelta(days=1)).replace(hour=hour, minute=0, second=0, microsecond=0)
    world.clock.ahead_s += then.timestamp() - world.clock()


def metered(world: World) -> int:
    return sum(call.metered for call in world.quickbooks.dials.calls())


def test_an_invoice_becomes_overdue_by_the_clock_alone(world: World) -> None:
    """On its due date it is not late yet; the day after it is, on its deal too, for no read of QuickBooks."""
    wait_until(world, 12)
    customer = world.trade()
    late = world.invoice(customer, DueDate=world.day(1))
    other = world.invoice(customer, DueDate=world.day(10))
    world.come_to_rest()
    deal = world.deal(late)
    world.come_to_rest()
    world.forget_calls()
    world.clock.ahead_s += DAY_S
    world.daily()
    assert [stage(world, one) for one in (late, other)] == ["waiting_to_be_sent"] * 2
    world.clock.ahead_s += DAY_S
    world.daily()
    assert [stage(world, one) for one in (late, other)] == ["overdue", "waiting_to_be_sent"]
    assert billed(world, deal)["status"] == "overdue"
    assert metered(world) == 0
    assert world.record(kind="invoice", quickbooks_id=late)["state"] == "in_sync"
    world.forget_calls()
    world.clock.ahead_s += DAY_S
    world.daily()
    assert not [call for call in world.hubspot.dials.calls() if "/invoices/" in call.path], "it is overdue already"


def test_the_day_ends_in_the_companys_own_zone(world: World) -> None:
    """At ten in the evening it is tomorrow in Greenwich, and still the due date in Los Angeles."""
    wait_until(world, 22)
    customer = world.trade()
    invoice = world.invoice(customer, DueDate=world.day())
    world.come_to_rest()
    world.daily()
    assert stage(world, invoice) == "waiting_to_be_sent"
    world.clock.ahead_s += 4 * 3_600
    world.daily()
    assert stage(world, invoice) == "overdue"


def test_what_is_paid_void_or_put_off_is_not_overdue(world: World) -> None:
    wait_until(world, 12)
    customer = world.trade()
    paid, void, put_off = (world.invoice(customer, DueDate=world.day(1)) for _ in range(3))
    world.come_to_rest()
    world.clock.ahead_s += 2
    world.payment(customer, 100, {paid: 100})
    world.company.void("Invoice", void)
    world.company.update("Invoice", put_off, {"DueDate": world.day(5)})
    world.come_to_rest()
    world.clock.ahead_s += 2 * DAY_S
    world.daily()
    assert [stage(world, one) for one in (paid, void, put_off)] == ["paid", "voided", "waiting_to_be_sent"]


def test_an_overdue_invoice_that_is_put_off_is_not_overdue_any_more(world: World) -> None:
    customer = world.trade()
    invoice = world.invoice(customer, DueDate=world.day(-3), TxnDate=world.day(-10))
    world.come_to_rest()
    assert stage(world, invoice) == "overdue"
    world.edit("Invoice", invoice, DueDate=world.day(3))
    assert stage(world, invoice) == "waiting_to_be_sent"
    world.payment(customer, 100, {invoice: 100})
    world.come_to_rest()
    assert stage(world, invoice) == "paid"
