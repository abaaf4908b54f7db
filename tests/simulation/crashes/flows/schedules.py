"""What nobody tells: sweeps, the daily look, the minute's schedule, a new day; and webhooks that get through."""

from __future__ import annotations

from dataclasses import replace

from chalicelib.remember.connections import Connections
from chalicelib.sweep import OVERLAP_S
from local.dials import Dial
from tests.simulation.crashes.cases import Flow, Ids
from tests.simulation.crashes.flows import customers, invoices
from tests.simulation.crashes.world import CrashWorld

DAY_S = 86_400.0
UNHEARD_S = 3 * OVERLAP_S  # a sweep that begins at a cursor which moved too early does not see it any more
MANY = 10_000


def lose_notices(world: CrashWorld) -> None:
    """From now on no webhook is sent."""
    for vendor in (world.hubspot, world.quickbooks):
        vendor.delivery.dials.drop = MANY


def changed_unheard(world: CrashWorld, ids: Ids) -> None:
    lose_notices(world)
    customers.contact_changed(world, ids)
    world.customer("Birch", "bob@birch.example", GivenName="Bob", FamilyName="Birch")
    world.contact("Cid", "Cedar", "cid@cedar.example")
    wait(world, UNHEARD_S)


def wait(world: CrashWorld, seconds: float) -> None:
    """The schedules come by only after so long."""
    world.time += seconds
    world.ticks = [tick + seconds for tick in world.ticks]


def sold_unheard(world: CrashWorld, ids: Ids) -> None:
    lose_notices(world)
    invoices.changed(world, ids)
    world.company.pay(ids["customer"], 18, {ids["invoice"]: 18})
    wait(world, UNHEARD_S)


def day_old(world: CrashWorld) -> Ids:
    """Archived while no notice got through, and the day is over."""
    ids = customers.linked(world)
    Connections(world.table).change(world.id, lambda held: replace(held, looked_at=world.time - DAY_S + 30))
    return ids


def archived_unheard(world: CrashWorld, ids: Ids) -> None:
    lose_notices(world)
    customers.contact_archived(world, ids)


def refused_once(world: CrashWorld) -> Ids:
    """A contact that waits for its next try."""
    ids = customers.linked(world)
    world.quickbooks.dials.set(Dial("status", ".*/batch", status=503, times=2))
    customers.contact_changed(world, ids)
    world.run(5)
    return ids


def time_passes(_: CrashWorld, __: Ids) -> None: ...


def owing(world: CrashWorld) -> Ids:
    ids = invoices.known(world)
    for number in (1, 2):
        world.invoice(ids["customer"], *invoices.three(), DocNumber=f"A-{number}", DueDate="2027-01-16")
    world.run(60)
    return ids


def days_pass(world: CrashWorld, _: Ids) -> None:
    wait(world, 3 * DAY_S)


FLOWS = {
    "a sweep finds what no notice told": Flow(changed_unheard, customers.linked, given={"sweeps": True}),
    "a sweep finds what was sold": Flow(sold_unheard, invoices.mirrored, given={"sweeps": True, **invoices.ON}),
    "the daily look": Flow(
        archived_unheard, day_old, given={"sweeps": True, "contacts": {"deletes": "archive"}}
    ),
    "the next try": Flow(time_passes, refused_once),
    "invoices become overdue": Flow(days_pass, owing, given=invoices.ON),
}  # fmt: skip
