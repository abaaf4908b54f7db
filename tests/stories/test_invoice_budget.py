"""What invoices cost: near the least number of calls that the vendors' batches allow."""

from __future__ import annotations

from decimal import Decimal

from tests.local.quickbooks.selling import line
from tests.stories.world import World

MANY, CUSTOMERS = 100, 10


def busy(world: World) -> tuple[list[str], list[str]]:
    """Ten customers with contacts and companies, and three items, all known on both sides."""
    world.connect()
    items = [str(world.item(f"Item {number}", UnitPrice=10)["Id"]) for number in range(3)]
    bodies = [(f"Customer {number}", f"c{number}@x.example") for number in range(CUSTOMERS)]
    customers = [str(world.customer(name, mail, GivenName="C")["Id"]) for name, mail in bodies]
    world.configure(products={}, invoices={})
    known = world.records(kind="customer")
    for company, record in zip(world.companies(*(name for name, _ in bodies)), known, strict=True):
        world.portal.associate(record["hubspot_id"], company)
    world.come_to_rest()
    return customers, items


def test_a_hundred_new_invoices_cost_ten_calls(unhurried: World) -> None:
    """Of three lines each, told in one webhook: two of the calls metered at most; then not one further call."""
    world = unhurried
    customers, items = busy(world)
    world.forget_calls()
    told = len(world.quickbooks.delivery.sent)
    world.quickbooks.delivery.dials.hold = True
    invoices = [
        world.invoice(customers[n % CUSTOMERS], *(line(n + 0.01, item) for item in items)) for n in range(1, MANY + 1)
    ]
    world.clock.ahead_s += 1  # QuickBooks gathers what happens within a moment: by now it has all
    world.quickbooks.delivery.release()
    world.come_to_rest()
    assert len(world.quickbooks.delivery.sent) - told == 1, "one webhook tells of all"
    calls = world.calls()
    assert len(calls) <= 10, world.said()
    assert sum(call.metered for call in calls) <= 2, world.said()
    assert len(world.portal.records("invoices")) == MANY
    assert len(world.portal.records("line_items")) == 3 * MANY
    for n, invoice in enumerate(invoices, 1):
        held = world.mirrored(invoice)
        assert Decimal(held["quickbooks_total"]) == Decimal(held["hs_amount_billed"]) == 3 * (n + Decimal("0.01"))
    assert {one["state"] for one in world.records(kind="invoice")} <= {"in_sync"}
    world.forget_calls()
    world.later(60)
    assert world.said() == []


def test_a_notice_that_tells_nothing_new_costs_nothing(world: World) -> None:
    """The same webhook once more."""
    customer = world.trade()
    world.invoice(customer)
    world.come_to_rest()
    events = [event for sent in world.quickbooks.delivery.sent for event in sent.events]
    world.forget_calls()
    world.quickbooks.delivery.publish(events)
    world.come_to_rest()
    assert world.said() == []


def test_a_payment_costs_two_metered_reads(world: World) -> None:
    """The payment and, together, its three invoices, each told by a notice of its own."""
    customer = world.trade()
    invoices = [world.invoice(customer) for _ in range(3)]
    world.come_to_rest()
    world.clock.ahead_s += 2
    world.forget_calls()
    world.quickbooks.delivery.dials.hold = True
    world.payment(customer, 300, dict.fromkeys(invoices, 100))
    world.clock.ahead_s += 1  # all four notices are due, and travel together
    world.quickbooks.delivery.release()
    world.come_to_rest()
    assert [world.mirrored(one)["quickbooks_stage"] for one in invoices] == ["paid"] * 3
    assert sum(call.metered for call in world.quickbooks.dials.calls()) <= 3, world.said()


def test_a_sweep_with_nothing_new_looks_at_no_invoice(world: World) -> None:
    customer = world.trade()
    for _ in range(3):
        world.invoice(customer)
    world.come_to_rest()
    world.clock.ahead_s += 60
    world.forget_calls()
    world.ops("sweep")
    world.come_to_rest()
    assert [call.path.rsplit("/", 1)[-1] for call in world.quickbooks.dials.calls()] == ["cdc"]
    assert not [call.path for call in world.hubspot.dials.calls() if not call.path.endswith("/search")]
