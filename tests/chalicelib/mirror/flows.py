"""What bookkeepers and sellers do, each a change of the small world with the notices that the vendors send of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from chalicelib.jobs import Kind, Side
from tests.chalicelib.mirror.breaking import BreakingWorld
from tests.local.quickbooks.selling import line

Ids = dict[str, str]


@dataclass(frozen=True)
class Flow:
    """`before` is done and settled first; `act` is what may be disturbed."""

    before: Callable[[BreakingWorld], Ids]
    act: Callable[[BreakingWorld, Ids], None]


def _customer(world: BreakingWorld) -> str:
    customer = world.customer("Aster", "office@aster.example", GivenName="Ann", FamilyName="Aster")
    world.notice(Kind.CUSTOMER, customer)
    world.run()
    return customer


def three(*amounts: float) -> list[dict[str, Any]]:
    return [line(one, Description=f"part {number}") for number, one in enumerate(amounts or (10, 20.5, 30))]


def known(world: BreakingWorld) -> Ids:
    return {"customer": _customer(world)}


def new(world: BreakingWorld, ids: Ids) -> None:
    world.notice(Kind.INVOICE, world.invoice(ids["customer"], *three(), DocNumber="A-1"))


def unknown_customer(world: BreakingWorld, _: Ids) -> None:
    customer = world.customer("Birch", "office@birch.example", GivenName="Bob", FamilyName="Birch")
    world.notice(Kind.INVOICE, world.invoice(customer, *three(), DocNumber="B-1"))


def mirrored(world: BreakingWorld) -> Ids:
    ids = known(world)
    ids["invoice"] = world.invoice(ids["customer"], *three(), DocNumber="A-1")
    world.notice(Kind.INVOICE, ids["invoice"])
    world.run()
    ids["mirror"] = world.portal.records("invoices")[0]["id"]
    ids["deal"] = world.portal.create_record("deals", {"dealname": "Roof"})
    world.portal.link("invoices", ids["mirror"], "deals", ids["deal"])
    world.notice(Kind.INVOICE, ids["mirror"], "deal association", Side.HUBSPOT)
    world.run()
    world.time += 60
    return ids


def changed(world: BreakingWorld, ids: Ids) -> None:
    """One line is changed, one removed, one added, one left as it was."""
    first, _, third, *_ = world.company.get("Invoice", ids["invoice"])["Line"]
    lines = [{**first, "Amount": 11}, third, line(7, Description="new")]
    world.company.update("Invoice", ids["invoice"], {"Line": lines, "PrivateNote": "x"})
    world.notice(Kind.INVOICE, ids["invoice"])


def reworded(world: BreakingWorld, ids: Ids) -> None:
    """Nothing but the words of one line: no amount differs."""
    first, *others = world.company.get("Invoice", ids["invoice"])["Line"]
    lines = [{**first, "Description": "in other words"}, *others]
    world.company.update("Invoice", ids["invoice"], {"Line": lines})
    world.notice(Kind.INVOICE, ids["invoice"])


def voided(world: BreakingWorld, ids: Ids) -> None:
    world.company.void("Invoice", ids["invoice"])
    world.notice(Kind.INVOICE, ids["invoice"], "voided")


def deleted(world: BreakingWorld, ids: Ids) -> None:
    world.company.delete("Invoice", ids["invoice"])
    world.notice(Kind.INVOICE, ids["invoice"], "delete")


def relinked(world: BreakingWorld, ids: Ids) -> None:
    other = world.portal.create_record("deals", {"dealname": "Wall"})
    world.portal.unlink("invoices", ids["mirror"], "deals", ids["deal"])
    world.portal.link("invoices", ids["mirror"], "deals", other)
    world.notice(Kind.INVOICE, ids["mirror"], "deal association", Side.HUBSPOT)


def paid_before(world: BreakingWorld) -> Ids:
    ids = mirrored(world)
    ids["payment"] = world.company.pay(ids["customer"], 30, {ids["invoice"]: 30})["Id"]
    world.notice(Kind.PAYMENT, ids["payment"])
    world.run()
    world.time += 60
    return ids


def payment_taken_back(act: str) -> Callable[[BreakingWorld, Ids], None]:
    def take_back(world: BreakingWorld, ids: Ids) -> None:
        getattr(world.company, act)("Payment", ids["payment"])
        world.notice(Kind.PAYMENT, ids["payment"], act)

    return take_back


def three_dealt(world: BreakingWorld) -> Ids:
    ids = known(world)
    for number in (1, 2, 3):
        invoice = world.invoice(ids["customer"], *three(100), DocNumber=f"A-{number}")
        world.notice(Kind.INVOICE, invoice)
        world.run()
        [record] = [one for one in world.records(Kind.INVOICE) if one.quickbooks_id == invoice]
        deal = world.portal.create_record("deals", {"dealname": f"Roof {number}"})
        world.portal.link("invoices", str(record.hubspot_id), "deals", deal)
        world.notice(Kind.INVOICE, str(record.hubspot_id), "deal association", Side.HUBSPOT)
        world.run()
        ids |= {f"invoice {number}": invoice, f"deal {number}": deal}
    world.time += 60
    return ids


def paid(world: BreakingWorld, ids: Ids) -> None:
    """Only the payment is told: what it does to its invoices follows from it."""
    parts = {ids[f"invoice {number}"]: part for number, part in ((1, 100.0), (2, 50.0), (3, 25.0))}
    payment = world.company.pay(ids["customer"], 175, parts)
    world.notice(Kind.PAYMENT, payment["Id"])


FLOWS = {
    "a new invoice": Flow(known, new),
    "its customer is unknown": Flow(known, unknown_customer),
    "lines change": Flow(mirrored, changed),
    "words change": Flow(mirrored, reworded),
    "void": Flow(mirrored, voided),
    "deleted": Flow(mirrored, deleted),
    "another deal": Flow(mirrored, relinked),
    "a payment over three": Flow(three_dealt, paid),
    "a payment is void": Flow(paid_before, payment_taken_back("void")),
    "a payment is deleted": Flow(paid_before, payment_taken_back("delete")),
}
