"""What bookkeepers and sellers do with invoices and payments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chalicelib.jobs import Kind
from tests.local.quickbooks.selling import line
from tests.simulation.crashes.cases import Flow, Ids
from tests.simulation.crashes.world import CrashWorld

ON: dict[str, Any] = {"contacts": {}, "products": {}, "invoices": {}}
MONEY: dict[str, Any] = {**ON, "invoices": {"payments": "both"}}


def three(*amounts: float) -> list[dict[str, Any]]:
    return [line(one, Description=f"part {number}") for number, one in enumerate(amounts or (10, 20.5, 30))]


def known(world: CrashWorld) -> Ids:
    customer = world.customer("Aster", "office@aster.example", GivenName="Ann", FamilyName="Aster")
    world.run(60)
    return {"customer": customer}


def new(world: CrashWorld, ids: Ids) -> None:
    ids["invoice"] = world.invoice(ids["customer"], *three(), DocNumber="A-1")


def unknown_customer(world: CrashWorld, _: Ids) -> None:
    customer = world.customer("Birch", "office@birch.example", GivenName="Bob", FamilyName="Birch")
    world.invoice(customer, *three(), DocNumber="B-1")


def mirrored(world: CrashWorld) -> Ids:
    """An invoice that a person has put to a deal."""
    ids = known(world)
    new(world, ids)
    world.run(60)
    ids["mirror"] = world.portal.records("invoices")[0]["id"]
    ids["deal"] = world.portal.create_record("deals", {"dealname": "Roof"})
    world.portal.link("invoices", ids["mirror"], "deals", ids["deal"])
    world.run(60)
    world.time += 60
    return ids


def changed(world: CrashWorld, ids: Ids) -> None:
    """One line is changed, one removed, one added, one left as it was."""
    first, _, third, *_ = world.company.get("Invoice", ids["invoice"])["Line"]
    lines = [{**first, "Amount": 11}, third, line(7, Description="new")]
    world.company.update("Invoice", ids["invoice"], {"Line": lines, "PrivateNote": "x"})


def reworded(world: CrashWorld, ids: Ids) -> None:
    """Nothing but the words of one line: no amount differs."""
    first, *others = world.company.get("Invoice", ids["invoice"])["Line"]
    lines = [{**first, "Description": "in other words"}, *others]
    world.company.update("Invoice", ids["invoice"], {"Line": lines})


def voided(world: CrashWorld, ids: Ids) -> None:
    world.company.void("Invoice", ids["invoice"])


def deleted(world: CrashWorld, ids: Ids) -> None:
    world.company.delete("Invoice", ids["invoice"])


def relinked(world: CrashWorld, ids: Ids) -> None:
    other = world.portal.create_record("deals", {"dealname": "Wall"})
    world.portal.unlink("invoices", ids["mirror"], "deals", ids["deal"])
    world.portal.link("invoices", ids["mirror"], "deals", other)


def paid_before(world: CrashWorld) -> Ids:
    ids = mirrored(world)
    ids["payment"] = world.company.pay(ids["customer"], 30, {ids["invoice"]: 30})["Id"]
    world.run(60)
    world.time += 60
    return ids


def payment_taken_back(act: str) -> Callable[[CrashWorld, Ids], None]:
    return lambda world, ids: getattr(world.company, act)("Payment", ids["payment"])


def three_dealt(world: CrashWorld) -> Ids:
    """Three invoices, each with a deal of its own."""
    ids = known(world)
    for number in (1, 2, 3):
        invoice = world.invoice(ids["customer"], *three(100), DocNumber=f"A-{number}")
        world.run(60)
        [record] = [one for one in world.records(Kind.INVOICE) if one.quickbooks_id == invoice]
        deal = world.portal.create_record("deals", {"dealname": f"Roof {number}"})
        world.portal.link("invoices", str(record.hubspot_id), "deals", deal)
        world.run(60)
        ids |= {f"invoice {number}": invoice, f"deal {number}": deal}
    world.time += 60
    return ids


def paid(world: CrashWorld, ids: Ids) -> None:
    parts = {ids[f"invoice {number}"]: part for number, part in ((1, 100.0), (2, 50.0), (3, 25.0))}
    world.company.pay(ids["customer"], 175, parts)


FLOWS = {
    "a new invoice": Flow(new, known, given=ON),
    "its customer is unknown": Flow(unknown_customer, known, given=ON),
    "lines change": Flow(changed, mirrored, given=ON),
    "words change": Flow(reworded, mirrored, given=ON),
    "void": Flow(voided, mirrored, given=ON),
    "deleted": Flow(deleted, mirrored, given=ON),
    "another deal": Flow(relinked, mirrored, given=ON),
    "a payment over three": Flow(paid, three_dealt, given=ON),
    "a payment is void": Flow(payment_taken_back("void"), paid_before, given=ON),
    "a payment is deleted": Flow(payment_taken_back("delete"), paid_before, given=ON),
}
