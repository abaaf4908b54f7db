"""Five properties of a deal follow the invoice that a person linked with it: the one last updated in QuickBooks."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.local.quickbooks.selling import line
from tests.stories.world import World

OURS = "quickbooks_invoice_"
STAMPS = ("hs_lastmodifieddate", "lastmodifieddate")


def billed(world: World, deal: str) -> dict[str, str]:
    """Our five properties, as far as they have values, by what comes after the prefix."""
    held = world.portal.record("deals", deal)
    return {name.removeprefix(OURS): value for name, value in held.items() if name.startswith(OURS)}


def others(world: World, deal: str) -> dict[str, str]:
    held = world.portal.record("deals", deal)
    return {name: value for name, value in held.items() if not name.startswith(OURS) and name not in STAMPS}


def number(world: World, deal: str) -> str | None:
    return billed(world, deal).get("number")


def two(world: World) -> tuple[str, str, str]:
    """A deal with invoices A-1 and A-2."""
    customer = world.trade()
    one = world.invoice(customer, line(10), DocNumber="A-1")
    other = world.invoice(customer, line(20), DocNumber="A-2")
    world.come_to_rest()
    deal = world.deal(one, other)
    world.come_to_rest()
    return deal, one, other


def test_a_linked_deal_shows_the_invoice_and_follows_it(world: World) -> None:
    """Amount billed, recipient, number, status and due date; everything else of the deal stays as it is."""
    customer = world.trade()
    invoice = world.invoice(customer, line(99.95), DocNumber="A-17")
    world.come_to_rest()
    deal = world.deal(amount="5000", dealstage="contractsent", description="Mine")
    before = others(world, deal)
    world.portal.link("invoices", world.mirror(invoice), "deals", deal)
    world.come_to_rest()
    held = billed(world, deal)
    assert held.keys() == {"amount", "recipient", "number", "status", "due_date"}
    assert (Decimal(held["amount"]), held["recipient"], held["number"]) == (Decimal("99.95"), "Aster", "A-17")
    assert (held["status"], held["due_date"][:10]) == ("waiting_to_be_sent", world.day(30))
    assert others(world, deal) == before
    world.edit("Invoice", invoice, Line=[line(120)], DueDate=world.day(45))
    world.payment(customer, 120, {invoice: 120})
    world.come_to_rest()
    held = billed(world, deal)
    assert (Decimal(held["amount"]), held["status"], held["due_date"][:10]) == (120, "paid", world.day(45))
    assert others(world, deal) == before
    world.forget_calls()
    world.come_to_rest()
    assert world.said() == []


def test_an_invoice_that_belongs_to_no_deal_writes_to_none(world: World) -> None:
    """Not even where its contact has deals."""
    customer = world.trade()
    deal = world.deal()
    contact = world.record(kind="customer", quickbooks_id=customer)["hubspot_id"]
    world.portal.link("deals", deal, "contacts", contact)
    world.invoice(customer)
    world.come_to_rest()
    assert billed(world, deal) == {}


def test_of_two_invoices_the_one_last_updated_in_quickbooks_stands(world: World) -> None:
    """Whichever was made or linked first."""
    deal, one, other = two(world)
    world.edit("Invoice", one, PrivateNote="Touched")
    assert number(world, deal) == "A-1"
    world.edit("Invoice", other, PrivateNote="Touched")
    assert number(world, deal) == "A-2"
    assert Decimal(billed(world, deal)["amount"]) == 20


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("copies", [1, 3])
def test_notices_in_any_order_lead_to_the_same_invoice(world: World, backwards: bool, copies: int) -> None:
    """QuickBooks' own version decides, not when we heard of it."""
    deal, one, other = two(world)
    dials = world.quickbooks.delivery.dials
    dials.hold, dials.backwards, dials.copies = True, backwards, copies
    for invoice in (one, other, one):
        world.clock.ahead_s += 2
        world.company.update("Invoice", invoice, {"PrivateNote": f"{invoice} at {world.clock.ahead_s}"})
    world.quickbooks.delivery.release()
    world.come_to_rest()
    assert number(world, deal) == "A-1"


def test_a_late_notice_of_the_older_one_changes_nothing(world: World) -> None:
    """It is looked at long after the newer one was."""
    deal, one, other = two(world)
    delivery = world.quickbooks.delivery
    delivery.dials.drop = 1
    world.edit("Invoice", other, PrivateNote="older")
    world.edit("Invoice", one, PrivateNote="newer")
    assert number(world, deal) == "A-1"
    delivery.publish(list(delivery.lost))
    world.come_to_rest()
    assert number(world, deal) == "A-1"
    world.ops("retry", "invoice", f"quickbooks:{other}")
    world.come_to_rest()
    assert number(world, deal) == "A-1"


def test_an_unlinked_invoice_leaves_the_deal_to_the_other_one_and_then_blank(world: World) -> None:
    deal, one, other = two(world)
    world.edit("Invoice", one, PrivateNote="Touched")
    assert number(world, deal) == "A-1"
    world.portal.unlink("invoices", world.mirror(one), "deals", deal)
    world.come_to_rest()
    assert (number(world, deal), Decimal(billed(world, deal)["amount"])) == ("A-2", 20)
    world.portal.unlink("invoices", world.mirror(other), "deals", deal)
    world.come_to_rest()
    assert billed(world, deal) == {}


def test_an_invoice_on_two_deals_shows_on_both(world: World) -> None:
    customer = world.trade()
    invoice = world.invoice(customer, DocNumber="A-17")
    world.come_to_rest()
    deals = [world.deal(invoice) for _ in range(2)]
    world.come_to_rest()
    assert [number(world, deal) for deal in deals] == ["A-17", "A-17"]


def test_another_currency_than_the_portals_is_not_written_and_that_is_said(world: World) -> None:
    """The invoice itself is mirrored in its own currency."""
    world.open_company(multi_currency=True)
    world.trade()
    euro = {"CurrencyRef": {"value": "EUR"}}
    customer = world.customer("Aster EU", "eu@aster.example", GivenName="A", **euro)["Id"]
    invoice = world.invoice(customer, DocNumber="E-1")
    world.come_to_rest()
    deal = world.deal(invoice)
    world.come_to_rest()
    assert world.mirrored(invoice)["hs_currency"] == "EUR"
    assert billed(world, deal) == {}
    story = " ".join(world.ops("why", "invoice", "E-1")["story"])
    assert "EUR" in story
    assert "USD" in story
    assert world.record(kind="invoice", quickbooks_id=invoice)["state"] == "in_sync"


def test_a_link_that_nobody_told_of_is_found_with_the_next_update(world: World) -> None:
    """HubSpot's notice was lost."""
    customer = world.trade()
    invoice = world.invoice(customer, DocNumber="A-17")
    world.come_to_rest()
    world.hubspot.delivery.dials.drop = 1_000
    deal = world.deal(invoice)
    world.come_to_rest()
    assert billed(world, deal) == {}
    world.hubspot.delivery.dials.drop = 0
    world.edit("Invoice", invoice, Line=[line(120)])
    assert Decimal(billed(world, deal)["amount"]) == 120


def test_a_void_or_deleted_invoice_says_so_on_its_deal(world: World) -> None:
    customer = world.trade()
    invoices = [world.invoice(customer) for _ in range(2)]
    world.come_to_rest()
    deals = [world.deal(one) for one in invoices]
    world.come_to_rest()
    world.clock.ahead_s += 2
    world.company.void("Invoice", invoices[0])
    world.company.delete("Invoice", invoices[1])
    world.come_to_rest()
    assert [billed(world, deal)["status"] for deal in deals] == ["voided", "deleted"]


def test_a_write_to_a_deal_without_an_answer_is_done_again(world: World) -> None:
    customer = world.trade()
    invoice = world.invoice(customer, DocNumber="A-17")
    world.come_to_rest()
    world.dial("hubspot", path=r".*/deals(/batch/update|/\d+)", method="POST|PATCH", do="status", status=503)
    deal = world.deal(invoice)
    world.come_to_rest()
    assert world.acted()
    world.recover()
    assert number(world, deal) == "A-17"
