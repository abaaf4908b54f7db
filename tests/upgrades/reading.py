"""How this version reads each sort of item that any version has stored, and what it would write back.

The table's key of a sort is a pattern of its partition; the function is given a table that holds everything of a
version, and one item. It returns what is there after this version has read the item and stored it again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from chalicelib.access.grants import Grants
from chalicelib.connect.flows import Flows
from chalicelib.jobs import ConnectionId, Kind, Portal, Realm, Side
from chalicelib.remember import records
from chalicelib.remember.beyond import body_of
from chalicelib.remember.connections import Connections
from chalicelib.remember.decisions import Decisions
from chalicelib.remember.guards import Brake, Meter, Waiters
from chalicelib.remember.metadata import MetadataStore
from chalicelib.remember.names import Names
from chalicelib.remember.records import sortable
from chalicelib.remember.table import Item, MemoryTable
from chalicelib.remember.walks import Walk, Walks
from chalicelib.settings.metadata import to_body as metadata_body
from tests.upgrades.specimens import NoSecrecy

Object = dict[str, Any]
Reader = Callable[[MemoryTable, Item], Mapping[str, Any]]
HOUR_S = 3_600


def reader_of(item: Item) -> Reader:
    for pattern, reader in READERS.items():
        if re.fullmatch(pattern, item.key.pk):
            return reader
    raise LookupError(f"nobody reads {item.key.pk}: give it a reader")


def _parts(item: Item) -> tuple[ConnectionId, list[str]]:
    connection, *rest = item.key.pk.split("|")
    return ConnectionId(connection), rest


def _record(table: MemoryTable, item: Item) -> Object:
    connection, [kind, _] = _parts(item)
    held = records.Records(table).find(connection, Kind(kind), [item.key.sk])[item.key.sk]
    if "kind" in item.body:
        return records.to_body(held.record)
    return records.pointer(held.record, item.key.sk, None).body


def _decision(table: MemoryTable, item: Item) -> Object:
    """With its values, which since 0.3 lie in an item of their own."""
    connection, (_, *root) = _parts(item)
    [told] = [one for one in Decisions(table).of(connection, "|".join(root)) if one.at == item.body["at"]]
    return {**told.view(), "cut": list(told.cut)}


def _images(table: MemoryTable, item: Item) -> Object:
    connection, (_, *root) = _parts(item)
    told = next(
        one
        for one in Decisions(table).of(connection, "|".join(root))
        if sortable(one.at) == item.key.sk.partition("-")[0]
    )
    conflicts = {
        f"conflict {number}": {side: one[side] for side in Side if side in one}
        for number, one in enumerate(told.conflicts)
    }
    return {"deflated": {"inflated": {"before": told.before, "after": told.after, **conflicts}}}


def _connection(table: MemoryTable, item: Item) -> Object:
    found = Connections(table).get(ConnectionId(item.key.sk))
    assert found is not None
    return body_of(found)


def _claim(table: MemoryTable, item: Item) -> Object:
    """It is only ever written, so that two who connect a company at once collide: its connection must be there."""
    found = Connections(table).get(ConnectionId(item.body["connection"]))
    assert found is not None
    return {"connection": found.id}


def _settings(table: MemoryTable, item: Item) -> Object:
    connection, _ = _parts(item)
    kept = Connections(table).settings_version(connection, int(item.key.sk))
    assert kept is not None
    return {**item.body, "text": kept.text, "at": kept.at, "by": kept.by}


def _grant(table: MemoryTable, item: Item) -> Object:
    _, side, account = item.key.pk.split("|")
    own = Portal(account) if side == Side.HUBSPOT else Realm(account)
    grants = Grants(table, NoSecrecy(), lambda _: None, lambda: 0.0, lambda _: None)  # type: ignore[arg-type, return-value]
    found = grants.get(own)
    assert found is not None
    return {**body_of(found), "account": found.account.id, "side": str(found.account.side)}


def _flow(table: MemoryTable, item: Item) -> Object:
    held = Flows(table, NoSecrecy()).load(item.key.pk.split("|")[1])
    assert held is not None
    return dict(vars(held.flow))


def _name(table: MemoryTable, item: Item) -> Object:
    connection, _ = _parts(item)
    return dict(vars(Names(table).read(connection, [item.key.sk])[item.key.sk][0]))


def _holder(table: MemoryTable, item: Item) -> Object:
    connection, _ = _parts(item)
    return {"name": Names(table).held_by(connection, [item.key.sk])[item.key.sk]}


def _match(_: MemoryTable, item: Item) -> Object:
    """As `MatchLeases.take` reads it. The key that was leased cannot be had back from its digest."""
    return {"owner": str(item.body["owner"]), "until": float(item.body["until"])}


def _waiting(table: MemoryTable, item: Item) -> Object:
    connection, _ = _parts(item)
    return {"roots": Waiters(table).called(connection, [item.key.sk])}


def _metered(table: MemoryTable, item: Item) -> Object:
    connection, _ = _parts(item)
    return {"used": Meter(table).used(connection, item.key.sk)}


def _brake(table: MemoryTable, item: Item) -> Object:
    """The brake holds at this count, and not at one more."""
    connection, _ = _parts(item)
    count, now = int(item.body["count"]), int(item.key.sk) * HOUR_S
    assert not Brake(table).reserve(connection, now, count)
    assert Brake(table).reserve(connection, now, count + 1)
    return {"count": table.get([item.key])[item.key].body["count"] - 1}


def _metadata(table: MemoryTable, item: Item) -> Object:
    connection, _ = _parts(item)
    found = MetadataStore(table).get(connection)
    assert found is not None
    if item.key.sk != "head":
        return {"text": {"inflated": metadata_body(found)}}
    requests = [one for one in item.body["requests"] if MetadataStore(table).answered(connection, one)]
    return {**item.body, "read_at": found.read_at, "requests": requests}


def _walk_of(table: MemoryTable, item: Item) -> Walk:
    connection, rest = _parts(item)
    found = Walks(table).get(connection, rest[1] if len(rest) > 1 else item.key.sk)
    assert found is not None
    return found


def _walk(table: MemoryTable, item: Item) -> Object:
    return body_of(_walk_of(table, item))


def _open_walk(table: MemoryTable, item: Item) -> Object:
    connection, _ = _parts(item)
    walk = _walk_of(table, item)
    assert walk.ended or walk in Walks(table).under_way(connection)
    return {}


def _row(table: MemoryTable, item: Item) -> Object:
    walk = _walk_of(table, item)
    return {**item.body, "row": Walks(table).rows_of(walk, [item.key.sk]).get(item.key.sk)}


def _list(table: MemoryTable, item: Item) -> Object:
    part = item.key.pk.rpartition("|")[2]
    return {"ids": Walks(table).ids_page(_walk_of(table, item), part, int(float(item.key.sk)))}


def _shadow(_: MemoryTable, item: Item) -> Object:
    """What a rehearsal noted for its own next turn; a plan that an older version began is only read."""
    return dict(item.body)


READERS: dict[str, Reader] = {
    r"connections": _connection,
    r"company\|[^|]+": _claim,
    r"grant\|.+": _grant,
    r"consent\|.+": _flow,
    r"[^|]+\|(customer|product|invoice|payment)\|\d\d": _record,
    r"[^|]+\|decision\|.+": _decision,
    r"[^|]+\|images\|.+": _images,
    r"[^|]+\|settings": _settings,
    r"[^|]+\|name": _name,
    r"[^|]+\|holder": _holder,
    r"[^|]+\|match\|.+": _match,
    r"[^|]+\|waiting": _waiting,
    r"[^|]+\|metered": _metered,
    r"[^|]+\|brake": _brake,
    r"[^|]+\|metadata": _metadata,
    r"[^|]+\|walk": _walk,
    r"[^|]+\|walks open": _open_walk,
    r"[^|]+\|walk\|[^|]+\|rows": _row,
    r"[^|]+\|walk\|[^|]+\|(order|found|contacts)": _list,
    r"[^|]+\|walk\|[^|]+\|shadow\|.+": _shadow,
}  # the first pattern that fits


def lost(stored: Any, kept: Any, at: str = "") -> list[str]:
    """What of a stored value is not in the one that this version keeps, as `place: was, is`."""
    if isinstance(stored, dict) and isinstance(kept, dict):
        return [
            one for name, value in stored.items() for one in lost(value, kept.get(name, "(nothing)"), f"{at}.{name}")
        ]
    if isinstance(stored, list) and isinstance(kept, list) and len(stored) == len(kept):
        return [one for was, now in zip(stored, kept, strict=True) for one in lost(was, now, f"{at}[]")]
    return [] if stored == kept else [f"{at}: was {stored!r}, is {kept!r}"]
