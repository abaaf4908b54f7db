"""One of each sort that this version stores or sends, with every field filled, written by the real writers.

What fills a field follows from its type, so a new field is in here by itself. Nothing goes by a clock or by chance.
"""

from __future__ import annotations

import base64
import json
import types
import typing
import zlib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any

from chalicelib.access.grants import Grants
from chalicelib.access.oauth import Issued, Tokens
from chalicelib.connect.flows import Flow, Flows, HeldFlow
from chalicelib.jobs import ConnectionId, Errand, Expand, Job, Kind, Portal, Realm, Side, to_body
from chalicelib.remember.beyond import BEYOND
from chalicelib.remember.connections import Connection, Connections, connection_id
from chalicelib.remember.decisions import Decision, decision_puts
from chalicelib.remember.guards import Brake, MatchLeases, Meter, Waiters
from chalicelib.remember.metadata import MetadataStore
from chalicelib.remember.names import Names
from chalicelib.remember.records import Held, Record, Records, pointer
from chalicelib.remember.table import Item, MemoryTable
from chalicelib.remember.walks import Walk, Walks
from chalicelib.settings.metadata import Metadata

PORTAL, REALM = Portal("48120771"), Realm("9130350000000000")
CONNECTION = connection_id(PORTAL.id, REALM.id)
AT = 1_795_000_000.0
DEFLATED = ("deflated", "text")  # where items hold compressed JSON; how it is packed depends on the machine's zlib
SETTINGS = "connection: '48120771:9130350000000000'\ncontacts: {conflict: ask}\n"

Object = dict[str, Any]


class NoSecrecy:
    """Seals nothing: what is kept here is no secret."""

    def seal(self, text: str, context: dict[str, str]) -> str:  # noqa: ARG002 - the seam's shape
        return "(sealed)"

    def open(self, sealed: str, context: dict[str, str]) -> str:  # noqa: ARG002
        return json.dumps({"access_token": "(opened)", "refresh_token": "(opened)"})


def filled(wanted: Any, name: str = "value") -> Any:
    """A value of this type in which nothing is empty; the same one each time."""
    if name == BEYOND:
        return {}  # what is in it, is not of this version
    if hasattr(wanted, "__supertype__"):
        return CONNECTION if wanted is ConnectionId else filled(wanted.__supertype__, name)
    origin, parts = typing.get_origin(wanted), typing.get_args(wanted)
    if origin in (typing.Union, types.UnionType):
        return filled(parts[0], name)
    if origin is tuple:
        return (filled(parts[0], name),) if parts[-1] is Ellipsis else tuple(filled(part, name) for part in parts)
    if origin is list:
        return [filled(parts[0], name)]
    if origin in (dict, Mapping):
        return {filled(parts[0], "key"): filled(parts[1], name)}
    if is_dataclass(wanted):
        hints = typing.get_type_hints(wanted)
        return wanted(**{one.name: filled(hints[one.name], one.name) for one in fields(wanted)})  # type: ignore[operator]
    if isinstance(wanted, type) and issubclass(wanted, Enum):
        return list(wanted)[-1]
    plain = {str: name, float: AT, int: 7, bool: True, Any: {"any": name}, object: name}
    return plain[wanted]


def items() -> list[Object]:
    """Everything that is ever put into the table."""
    table = MemoryTable()
    _connections(table)
    _records(table)
    _guards(table)
    _walks(table)
    MetadataStore(table).keep(CONNECTION, filled(Metadata), ["request"])
    return sorted((_readable(one.item) for one in table._items.values()), key=lambda one: (one["pk"], one["sk"]))


def messages() -> list[Object]:
    """Everything that is ever put into a queue."""
    every = [replace(filled(Job), kind=kind, side=side) for kind in Kind for side in Side]
    every += [filled(Expand), *(replace(filled(Errand), account=account) for account in (PORTAL, REALM))]
    return [json.loads(to_body(message)) for message in every]


def _connections(table: MemoryTable) -> None:
    connections = Connections(table)
    connections.begin(PORTAL, REALM, "company")
    whole = replace(filled(Connection), id=CONNECTION, portal_id=PORTAL.id, realm_id=REALM.id, settings_version=0)
    seen = connections.change(CONNECTION, lambda _: whole)
    connections.apply_settings(seen, SETTINGS, {"contacts": {"conflict": "ask"}}, AT, "by")
    issued = Issued(Tokens("access", "refresh", 3600.0), "account", ("scope",), 100.0, 200.0)
    grants = Grants(table, NoSecrecy(), lambda _: _Early(), lambda: AT, lambda _: None)  # type: ignore[arg-type, return-value]
    for account in (PORTAL, REALM):
        grants.store(account, issued, AT)
    flow = filled(Flow)
    Flows(table, NoSecrecy()).store(HeldFlow(flow, None), sealed="(sealed)")


class _Early:
    early_s = 60.0


def _records(table: MemoryTable) -> None:
    for kind in Kind:
        record = replace(filled(Record), kind=kind, root="hubspot:101")
        told = decision_puts(CONNECTION, record.subject, filled(Decision), "unique")
        Records(table).commit([(Held(record, None), record, [pointer(record, "quickbooks:58", None), *told])])


def _guards(table: MemoryTable) -> None:
    names = Names(table)
    held, version = names.read(CONNECTION, ["harbor ltd"])["harbor ltd"]
    names.reserve(CONNECTION, held, version, "hubspot:101")
    names.wait(CONNECTION, "harbor ltd", "hubspot:102", "Vendor:3")
    MatchLeases(table).take(CONNECTION, Kind.CUSTOMER, [("hubspot:101", "ines@harbor.example")], AT, AT - 1)
    Waiters(table).wait(CONNECTION, "customer 58", "quickbooks:9")
    Meter(table).add(CONNECTION, "2026-11", 3)
    Brake(table).reserve(CONNECTION, AT, 5)


def _walks(table: MemoryTable) -> None:
    walks = Walks(table)
    walk = replace(filled(Walk), id="1795000000-pabcdef")
    walks.begin(walk)
    walks.keep_ids(walk, "contacts", 0, ["101", "102"])
    walks.keep_rows(walk, {"hubspot:101": {"action": "create"}})


# --- as text ----------------------------------------------------------------------------------------------------------


def _readable(item: Item) -> Object:
    return {"pk": item.key.pk, "sk": item.key.sk, "version": item.version, "body": opened(item.body)}


def opened(body: Object) -> Object:
    """An item's body with what is compressed in it as values."""
    packed = next((name for name in DEFLATED if _is_packed(body.get(name))), None)
    if packed is None:
        return body
    return {**body, packed: {"inflated": json.loads(zlib.decompress(base64.b64decode(body[packed])))}}


def _is_packed(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("eJ")  # zlib's first bytes in base64


def packed(body: Object) -> Object:
    """An item's body as it is stored, from what is kept of it."""
    return {
        name: base64.b64encode(zlib.compress(json.dumps(value["inflated"]).encode())).decode()
        if isinstance(value, dict) and value.keys() == {"inflated"}
        else value
        for name, value in body.items()
    }
