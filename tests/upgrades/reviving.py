"""A deployment of an earlier version, as it was kept, comes to life under this one: its table, and both vendors."""

from __future__ import annotations

import time
from typing import Any

from chalicelib.remember.table import ANY, Key, Put, Table
from chalicelib.wiring import wiring
from local.hubspot.kinds import COMPANIES, CONTACTS
from local.hubspot.portal import kind_named
from local.hubspot.records import Record as HubSpotRecord
from local.quickbooks.entities import ENTITIES
from local.quickbooks.record import Record as QuickBooksRecord
from tests.stories.world import World
from tests.upgrades import kept
from tests.upgrades.playing import DECIMAL

Object = dict[str, Any]
DEPLOYED_AFTER_S = 7_200.0  # so the vendors have forgotten the requests that were under way, and leases have run out
FRESH = ("sealed", "expires_at")  # of a grant: what was kept of it opens nowhere


def revive(world: World, version: str) -> Object:
    """What was kept of the version, which is now in the table and at the vendors; nothing has looked at it yet."""
    played = kept.load(version, kept.PLAYED)
    world.clock.ahead_s = played["kept_at"] + DEPLOYED_AFTER_S - time.time()
    world.connect()
    if kept.numbered(version) >= (0, 4):
        world.switch_on(products={}, invoices={"payments": "note_and_record"})
    world.come_to_rest()
    for vendor in (world.hubspot, world.quickbooks):  # none of this is news
        vendor.delivery.dials.drop = 10_000
    _portal(world, played["hubspot"])
    _company(world, played["quickbooks"])
    for vendor in (world.hubspot, world.quickbooks):
        vendor.delivery.dials.drop = 0
    table = wiring().table
    for one in played["items"]:
        put = kept.put(one)
        table.write([Put(put.key, _openable(table, put.key, put.body), ANY, put.state, put.expires_at)])
    return played


def _openable(table: Table, key: Key, body: Object) -> Object:
    """A grant with the pair that the imitations know today; anything else as it is."""
    if not key.pk.startswith("grant|"):
        return body
    return {**body, **{name: table.get([key])[key].body[name] for name in FRESH}}


def _portal(world: World, was: Object) -> None:
    crm = world.portal.crm
    for name, rows in was["records"].items():
        kind = kind_named(name)
        table = crm.table(kind)
        for row in rows:
            record = HubSpotRecord(kind, row["id"], row["created_at"], row["updated_at"], dict(row["values"]))
            record.archived_at = row["archived_at"]
            table.add(record)
            if record.archived_at is None:
                table.claim(record, crm.schema(kind).unique)
            record.remember_revision(row["updated_at"])
            table._next_id = max(table._next_id, int(row["id"]) + 1)
    crm.table(CONTACTS).merged_into.update(was["merged_into"])
    for here, id, there, other in was["links"]:
        world.portal.link(here, id, there, other, primary=(here, there) == (CONTACTS.name, COMPANIES.name))
    for name, rows in was["records"].items():  # a link is a change of what it links; here it is not
        for row in rows:
            record = crm.table(kind_named(name)).records[row["id"]]
            record.updated_at, record.values = row["updated_at"], dict(row["values"])


def _company(world: World, was: Object) -> None:
    file = world.company.file
    for name, rows in was.items():
        entity = ENTITIES[name]
        for row in rows:
            values = _decimal(row["values"])
            file._keep(QuickBooksRecord(entity, row["id"], row["token"], row["created"], row["updated"], values), None)
    for space in {ENTITIES[name].space for name in was}:
        ids = [int(row["id"]) for name, rows in was.items() if ENTITIES[name].space == space for row in rows]
        file.start_ids_at(max(ids) + 1, space)


def _decimal(value: Any) -> Any:
    from decimal import Decimal

    if isinstance(value, dict):
        return Decimal(value[DECIMAL]) if value.keys() == {DECIMAL} else {k: _decimal(v) for k, v in value.items()}
    return [_decimal(one) for one in value] if isinstance(value, list) else value
