"""A deployment of an earlier release is upgraded: contacts go on, and what its settings name already can begin."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from chalicelib.jobs import ConnectionId
from chalicelib.remember.connections import PARTITION, Connection, Connections
from chalicelib.remember.table import Key, Put
from chalicelib.wiring import wiring
from tests.stories.world import World

SINCE_0_4 = {"company_time_zone", "keys", "plain_keys", "own_properties", "natives", "prepared", "overdue_day"}
ON: dict[str, Any] = {"contacts": {}, "products": {"enabled": True}, "invoices": {"enabled": True}}


def as_of_0_3(world: World, settings: dict[str, Any]) -> None:
    """Store the connection as version 0.3.0 did: without what it did not know, and with settings that it only kept."""
    table, key = wiring().table, Key(PARTITION, ConnectionId(world.connection))
    held = table.get([key])[key]
    assert {one.name for one in fields(Connection)} >= SINCE_0_4
    body = {name: value for name, value in held.body.items() if name not in SINCE_0_4}
    table.write([Put(key, {**body, "settings": settings}, held.version)])


def stored(world: World) -> Connection:
    found = Connections(wiring().table).get(ConnectionId(world.connection))
    assert found is not None
    return found


def test_contacts_go_on_after_an_upgrade(world: World) -> None:
    """Without a set-up of their own, and nothing else begins."""
    world.connect()
    contact = world.contact("Ines", "Ferreira", "ines@harbor.example")
    world.item()
    world.come_to_rest()
    as_of_0_3(world, {})
    world.portal.update_contact(contact, {"phone": "555-0100"})
    world.contact("Mara", "Lind", "mara@lind.example")
    world.come_to_rest()
    world.stack.run_schedule("sweep")
    world.come_to_rest()
    assert world.names() == ["Ines Ferreira", "Mara Lind"]
    ines = world.company.find("Ines Ferreira")
    assert ines is not None
    assert ines["PrimaryPhone"]["FreeFormNumber"] == "555-0100"
    assert {one["kind"] for one in world.records()} == {"customer"}
    assert world.portal.records("products") == []


def test_kinds_that_older_settings_name_begin_with_one_backfill_each(world: World) -> None:
    """The sweep's schedule makes our properties; what is new comes by itself, what was there is asked for once."""
    world.connect()
    old = str(world.item("Old")["Id"])
    customer = str(world.customer("Aster", "office@aster.example", GivenName="Ann")["Id"])
    invoice = world.invoice(customer)
    world.come_to_rest()
    as_of_0_3(world, ON)
    world.clock.ahead_s += 600
    world.stack.run_schedule("sweep")
    world.come_to_rest()
    assert set(stored(world).prepared) == {"contacts", "products", "invoices"}
    new = str(world.item("New")["Id"])
    world.come_to_rest()
    assert world.record(kind="product", quickbooks_id=new)["state"] == "in_sync"
    for kind in ("product", "invoice"):
        world.ops("backfill", kind)
        world.come_to_rest()
    assert world.record(kind="product", quickbooks_id=old)["state"] == "in_sync"
    assert world.mirrored(invoice)["quickbooks_total"] == "100.00"
    assert len(world.portal.records("products")) == 2
