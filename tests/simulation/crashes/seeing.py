"""What people and operators see of a world in the end, without what differs from run to run: ids, times, tokens."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from chalicelib.jobs import Kind as RecordKind
from chalicelib.remember.connections import Connection, Connections
from chalicelib.remember.decisions import ERASED, Decisions
from chalicelib.remember.names import Names
from chalicelib.remember.records import Record, Records, State
from chalicelib.remember.walks import Purpose, Walks
from chalicelib.resolve.mirroring import AT_BIRTH
from local.hubspot.kinds import KINDS, Kind

if TYPE_CHECKING:
    from tests.simulation.crashes.world import CrashWorld

STAMPS = {"hs_object_id", "createdate", "hs_createdate", "lastmodifieddate", "hs_lastmodifieddate", "hs_timestamp"}
CALLED = ("email", "name", "dealname", "hs_title", "quickbooks_number")  # the first of these is what a record is called
ENTITIES = ("Customer", "Vendor", "Item", "Invoice", "Payment")
TEXTS = ("reason", "message")
OWN = ("Id", "SyncToken", "MetaData", "time")
Seen = dict[str, Any]


def seen(world: CrashWorld) -> Seen:
    labels = _labels(world)
    return {
        "hubspot": _hubspot(world, labels),
        "quickbooks": {one: _sorted(_row(row, labels) for row in world.company.all(one)) for one in ENTITIES},
        "records": _sorted(_record(world, one, labels) for kind in RecordKind for one in _all(world, kind)),
        "connections": [_connection(one, world.time) for one in Connections(world.table).all()],
        "walks": _sorted(_walks(world, labels)),
        "grants": _grants(world),
        "left to do": world.queue.due < float("inf") or world.errands.due < float("inf"),
    }


def _sorted(some: Iterable[Any]) -> list[Any]:
    return sorted(some, key=lambda one: json.dumps(one, sort_keys=True, default=str))


def _labels(world: CrashWorld) -> dict[str, str]:
    """What each record is called, by its id in HubSpot, or by `<entity> <id>` in QuickBooks."""
    labels: dict[str, str] = {}
    for kind in KINDS:
        for one in world.portal.records(kind.name):
            values = one["properties"]
            labels[one["id"]] = f"{kind.singular} {next((values[name] for name in CALLED if values.get(name)), '')}"
    for entity in ENTITIES:
        for row in world.company.all(entity):
            name = row.get("DisplayName") or row.get("Name") or row.get("DocNumber") or row["Id"]
            labels[f"{entity} {row['Id']}"] = f"{entity} {name}"
    return labels


def _hubspot(world: CrashWorld, labels: dict[str, str]) -> Seen:
    portal = world.portal
    found: Seen = {}
    for kind in KINDS:
        found[kind.name] = _sorted(
            [_plain(one["properties"], labels), _linked(world, kind, one["id"], labels)]
            for one in portal.records(kind.name)
        )
    state = portal.state()
    found["archived"] = {kind: len(ids) for kind, ids in state["archived"].items() if ids}
    return found


def _linked(world: CrashWorld, kind: Kind, id: str, labels: dict[str, str]) -> dict[str, list[str]]:
    """What it is associated with, the primary ones marked."""
    ends = {
        links.across(kind).name: sorted(
            labels.get(one, one) + (" *" if link.primary else "") for one, link in links.seen_from(kind, id).items()
        )
        for links in world.portal.crm.links_of(kind)
    }
    return {name: some for name, some in ends.items() if some}


def _plain(properties: dict[str, str], labels: dict[str, str]) -> dict[str, str]:
    return {
        name: labels.get(value, value)
        for name, value in properties.items()
        if name not in STAMPS and (name, value) != ("discount", "0")
    }


def _row(row: dict[str, Any], labels: dict[str, str]) -> dict[str, Any]:
    """A row of QuickBooks, its references by what they are called."""
    plain = {name: value for name, value in row.items() if name not in OWN}
    for name, value in plain.items():
        if isinstance(value, dict) and "value" in value:
            entity = {"ParentRef": "Customer"}.get(name, name.removesuffix("Ref"))
            plain[name] = labels.get(f"{entity} {value['value']}", value)
    return plain


def _all(world: CrashWorld, kind: RecordKind) -> Iterable[Record]:
    return Records(world.table).all(world.id, kind)


def _record(world: CrashWorld, one: Record, labels: dict[str, str]) -> Seen:
    entity = {"customer": "Customer", "product": "Item", "invoice": "Invoice", "payment": "Payment"}[one.kind]
    names = Names(world.table).read(world.id, one.names)
    return {
        "kind": one.kind,
        "in HubSpot": labels.get(one.hubspot_id or "", "gone" if one.hubspot_id else None),
        "in QuickBooks": labels.get(f"{entity} {one.quickbooks_id}", one.quickbooks_id),
        "name": one.name, "state": one.state, "category": one.category, "message": _without_ids(one.message, labels),
        "base": {
            key: [labels.get(half, half) for half in halves]
            for key, halves in sorted(one.base.items()) if key not in AT_BIRTH
        },
        "made": one.made, "put away": one.put_away, "shares": bool(one.shares), "gone": one.gone,
        "names": sorted(one.names), "reserved": [names[name][0].owner == one.root for name in sorted(one.names)],
        "under way": bool(one.intent or one.leaving or one.owed or one.stale or one.orders),
        "held by somebody": one.lease_until > world.time, "lines": sorted(one.lines), "facts": one.facts,
        "deals": sorted(labels.get(deal, deal) for deal in one.deals), "notes": len(one.notes),
        "told": _told(world, one),
    }  # fmt: skip


def _told(world: CrashWorld, one: Record) -> list[str]:
    """What its decisions say was made and replaced, however many they are."""
    told: set[str] = set()
    for each in Decisions(world.table).of(one.connection, one.subject):
        told |= {f"{name}: {before} → {each.after.get(name)}" for name, before in each.overwrote.items() if before}
        done = each.plan if each.state in (State.IN_SYNC, State.EXCLUDED) else ()  # else it is what was meant
        told |= {_made(step) for step in done if step.startswith("create") or "an earlier create" in step}
    return sorted(told)


def _made(step: str) -> str:
    """That something was made, be it seen at once or found later."""
    return f"made in {'QuickBooks' if 'QuickBooks' in step else 'HubSpot'}" + ("" if ERASED not in step else ", erased")


def _without_ids(text: str, labels: dict[str, str]) -> str:
    return re.sub(r"\d{6,}", lambda found: labels.get(found[0], "…"), text)


def _connection(one: Connection, now: float) -> Seen:
    names = (
        "id",
        "state",
        "company",
        "settings",
        "settings_version",
        "keys",
        "plain_keys",
        "own_properties",
        "prepared",
    )
    more = ("natives", "warnings", "braked", "company_time_zone")
    return {
        **{name: getattr(one, name) for name in (*names, *more)},
        "cursors": one.hubspot_cursor > 0 and one.quickbooks_cursor > 0,
        "paused": one.paused_until() > now,
    }


def _walks(world: CrashWorld, labels: dict[str, str]) -> Iterable[Seen]:
    """What kinds of walks there were, and what plans say. One that is asked for twice comes to the same."""
    found: dict[str, Seen] = {}
    for walk in Walks(world.table).latest(world.id):
        rows = [
            [row["action"], row["name"], row["category"], *(_without_ids(row[one] or "", labels) for one in TEXTS)]
            for row in Walks(world.table).rows(walk)
        ]
        is_plan = walk.purpose is Purpose.PLAN
        one = {"kind": walk.kind, "purpose": walk.purpose, "stage": walk.stage, "rows": _sorted(rows),
               "counts": walk.counts if is_plan else {}, "whole": walk.done == walk.total}  # fmt: skip
        found[json.dumps(one, sort_keys=True)] = one
    return found.values()


def _grants(world: CrashWorld) -> Seen:
    """Whether we hold a pair for each account, and whether it is the one that the vendor knows."""
    found: Seen = {}
    for one in Connections(world.table).all():
        for account in (one.portal, one.realm):
            grant = world.wiring.grants.get(account)
            found[f"{account.side} {account.id}"] = grant and str(grant.state)
    return found
