"""What operators ask for: the initial sync, a plan, new settings, a retry, the way back. A command that breaks off is
said again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from chalicelib.remember.connections import Connections
from chalicelib.remember.decisions import Decisions
from tests.simulation.crashes.cases import Flow, Ids
from tests.simulation.crashes.flows import customers, invoices
from tests.simulation.crashes.flows.schedules import MANY, lose_notices
from tests.simulation.crashes.world import CrashWorld

TRIES, LATER_S = 5, 300.0
SETTINGS = Path(__file__).parent / "settings.yaml"


def hear_again(world: CrashWorld) -> None:
    for vendor in (world.hubspot, world.quickbooks):
        vendor.delivery.tick(lambda *_: 200)
        vendor.delivery.dials.drop = 0


def never_synced(world: CrashWorld) -> Ids:
    """People on both sides, of whom some are the same, and two of one company."""
    lose_notices(world)
    company = world.portal.create_company({"name": "Aster Ltd"})
    world.contact("Ann", "Aster", "ann@aster.example", company=company)
    world.contact("Bob", "Aster", "bob@aster.example", company=company)
    world.contact("Cid", "Cedar", "cid@cedar.example")
    world.contact("Dan", "Nobody")
    world.customer("Cedar", "cid@cedar.example", GivenName="Cid")
    world.customer("Elm", "eve@elm.example", GivenName="Eve", FamilyName="Elm")
    hear_again(world)
    return {}


def nothing_sold_yet(world: CrashWorld) -> Ids:
    """A linked customer, one whose name is taken, and books with items and invoices that are off."""
    Connections(world.table).change(world.id, lambda held: replace(held, settings={}, settings_version=0))
    ids = customers.linked(world)
    customers.second_at_company(world, ids)
    world.run(60)
    world.item("Work")
    world.item("Pump", "P-1", UnitPrice=12.5)
    world.invoice(ids["customer"], *invoices.three(), DocNumber="A-1")
    world.run(60)
    return ids


def backfill(world: CrashWorld, _: Ids) -> None:
    world.operator("backfill", "customer", "--detach")


def plan(world: CrashWorld, _: Ids) -> None:
    world.operator("plan", "customer")


def apply(world: CrashWorld, _: Ids) -> None:
    """Where no worker answers what both systems have, it is tried again by and by."""
    for _ in range(TRIES):
        said = world.operator("settings", "apply", str(SETTINGS), "--yes").lower()
        if "applied as version 1" in said or "version 1 says the same" in said:
            return
        world.run(LATER_S)
    raise AssertionError(said)


def changed_before(world: CrashWorld) -> Ids:
    ids = customers.linked(world)
    customers.contact_changed(world, ids)
    world.run(60)
    world.time += 60
    [record] = world.records()
    able = [one.n for one in Decisions(world.table).of(world.id, record.subject) if one.overwrote]
    return {**ids, "decision": str(able[-1])}


def undo(world: CrashWorld, ids: Ids) -> None:
    """Of a certain decision: said twice, "the latest" would take back the taking back."""
    world.operator("undo", "customer", f"hubspot:{ids['contact']}", "--decision", ids["decision"])


def freed_unheard(world: CrashWorld) -> Ids:
    """Bob's name has come free, and nobody has told."""
    ids = customers.vendor_waited_for(world)
    world.quickbooks.delivery.dials.drop = MANY
    customers.name_comes_free(world, ids)
    hear_again(world)
    return ids


def retry(world: CrashWorld, _: Ids) -> None:
    world.operator("retry", "--all")


def asked_before(world: CrashWorld) -> Ids:
    ids = customers.linked(world)
    customers.both_changed(world, ids)
    world.run(60)
    return ids


def settle(world: CrashWorld, ids: Ids) -> None:
    world.operator("settle", "customer", f"hubspot:{ids['contact']}", "--all-fields", "--take", "quickbooks")


FLOWS = {
    "the initial sync": Flow(backfill, never_synced),
    "a plan": Flow(plan, never_synced),
    "settings are applied": Flow(apply, nothing_sold_yet),
    "a change is taken back": Flow(undo, changed_before),
    "a retry": Flow(retry, freed_unheard),
    "a conflict is settled": Flow(settle, asked_before, given={"contacts": {"conflict": "ask"}}),
}
