"""Walks: one pass over all records of a kind, as an initial sync or as the plan that rehearses it.

A walk's row is its bookmark. Each turn of a worker moves it on by conditional write, so that a turn that comes twice
is done once, and a walk whose worker was killed goes on from where it stood.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from chalicelib.jobs import ConnectionId, Kind
from chalicelib.remember import beyond
from chalicelib.remember.names import folded
from chalicelib.remember.records import KINDS, record_key, sortable
from chalicelib.remember.table import ANY, Delete, Key, Lost, Put, Table

KEPT_S = 14 * 86_400  # plans hold values; they are for a decision soon, not for the archive
ORDER_KEPT_S = 400 * 86_400  # ids alone; an initial sync may wait long for its connection
IDS_ON_PAGE = 2_100  # a whole number of slices
TRIES = 50
PRETENDED = "pretended"


class Purpose(StrEnum):
    PLAN = "plan"
    BACKFILL = "backfill"
    LOOK = "look"  # a plan for one record, by whatever name a person asked


class Stage(StrEnum):
    COUNTING = "counting"
    WORKING = "working"
    DONE = "done"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Walk:
    """`place` says where the next turn begins, `turn` counts the turns' slices. `plan` is the plan that a backfill
    keeps to; `settings` are those of a draft, where a plan is made before they are applied."""

    connection: ConnectionId
    kind: Kind
    id: str
    purpose: Purpose
    stage: Stage = Stage.COUNTING
    place: str = ""
    turn: int = 0
    done: int = 0
    total: int = 0
    listed: int = 0  # records on HubSpot's side
    failed: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    overwrites: int = 0  # values that a first link would replace
    changed_since: int = 0  # records that no longer are as the plan saw them
    calls: Mapping[str, int] = field(default_factory=dict)
    plan: str = ""
    settings: Mapping[str, Any] | None = None
    settings_version: int = 0
    asked: str = ""  # for a look: the name that a person gave
    note: str = ""  # why it waits or has stopped
    started_at: float = 0.0
    touched_at: float = 0.0
    ended_at: float = 0.0
    lease_until: float = 0.0
    beyond: dict[str, Any] = field(default_factory=dict)  # what a newer version has stored

    @property
    def ended(self) -> bool:
        return self.stage in (Stage.DONE, Stage.STOPPED)


class Walks:
    def __init__(self, table: Table) -> None:
        self._table = table

    def begin(self, walk: Walk) -> None:
        key = _key(walk.connection, walk.id)
        self._table.write(
            [Put(key, beyond.body_of(walk), None, expires_at=_row_expiry(walk)), Put(_open_key(walk), {}, ANY)]
        )

    def get(self, connection: ConnectionId, walk_id: str) -> Walk | None:
        key = _key(connection, walk_id)
        item = self._table.get([key]).get(key)
        return _walk(item.body) if item and item.body["kind"] in KINDS else None

    def move(self, seen: Walk, moved: Walk) -> bool:
        """Store `moved`, unless somebody else has moved it since `seen`: its place, turn and lease must be as seen."""
        key = _key(seen.connection, seen.id)
        item = self._table.get([key]).get(key)
        if item is None or _where(_walk(item.body)) != _where(seen):
            return False
        try:
            put = Put(key, beyond.body_of(moved), item.version, expires_at=_row_expiry(moved))
            self._table.write([put, *([Delete(_open_key(moved), ANY)] if moved.ended else [])])
        except Lost:
            return False
        return True

    def stop(self, walk: Walk, now: float, why: str = "an operator ended it") -> Walk:
        """End a walk where it stands, whoever has its turn."""
        for _ in range(TRIES):
            seen = self.get(walk.connection, walk.id) or walk
            stopped = replace(seen, stage=Stage.STOPPED, ended_at=now, lease_until=0.0, note=why)
            if seen.ended:
                return seen
            if self.move(seen, stopped):
                return stopped
        raise RuntimeError(f"walk {walk.id} is being moved by too many others")

    def latest(self, connection: ConnectionId) -> Iterator[Walk]:
        """The newest walks first, a page at a time."""
        after = ""
        while items := self._table.page(_partition(connection), after, limit=50, backwards=True):
            yield from (_walk(one.body) for one in items if one.body["kind"] in KINDS)
            after = items[-1].key.sk

    def under_way(self, connection: ConnectionId) -> list[Walk]:
        """The walks that have not ended, the oldest first."""
        found = [self.get(connection, item.key.sk) for item in self._table.page(f"{_partition(connection)}s open")]
        return [walk for walk in found if walk is not None and not walk.ended]

    def erase_person(self, connection: ConnectionId, roots: Iterable[str], known_as: Iterable[str]) -> None:
        """Take a person out of the plans that are kept: the rows of these roots, what a rehearsal has noted of them,
        and what was asked by one of these names. May be called again after it broke off."""
        wanted, names = set(roots), set(known_as)
        for walk in self.latest(connection):
            if walk.purpose is Purpose.BACKFILL or walk.kind is Kind.PRODUCT:
                continue
            shadows = {one: Key(shadow_prefix(walk) + key.pk, key.sk) for one in wanted
                       for key in [record_key(connection, Kind.CUSTOMER, one)]}  # fmt: skip
            held = self._table.get(shadows.values())
            reserved = names | {name for item in held.values() for name in _names(item.body)}
            shadow = [Key(f"{connection}|name", name) for name in reserved]
            shadow += [pretended_key(connection, "customers", one.partition(":")[2]) for one in wanted]
            rows = wanted if walk.kind is Kind.CUSTOMER else set()  # ids are unique within a kind only
            keys = [*(_row_key(walk, one) for one in rows), *held]
            keys += [Key(shadow_prefix(walk) + key.pk, key.sk) for key in shadow]
            self._table.write_each([[Delete(key, ANY)] for key in keys])
            if folded(walk.asked) in names:
                self._forget_question(walk)

    def _forget_question(self, walk: Walk) -> None:
        key = _key(walk.connection, walk.id)
        item = self._table.get([key]).get(key)
        if item is not None:
            self._table.write([Put(key, {**item.body, "asked": ""}, item.version, expires_at=_row_expiry(walk))])

    # --- the order in which HubSpot's records are visited -------------------------------------------------------------

    def keep_ids(self, walk: Walk, part: str, start: int, ids: Sequence[Any]) -> None:
        """Keep a list in pages, from index `start` of its kind `part`."""
        writes = [
            [Put(_list_key(walk, part, start + number), {"ids": list(ids[first : first + IDS_ON_PAGE])}, ANY,
                 expires_at=int(walk.started_at) + ORDER_KEPT_S)]
            for number, first in enumerate(range(0, len(ids), IDS_ON_PAGE))
        ]  # fmt: skip
        self._table.write_each(writes)

    def ids(self, walk: Walk, part: str) -> Iterator[list[Any]]:
        """The pages of a list, in order."""
        after = ""
        while items := self._table.page(f"{_own(walk)}|{part}", after, limit=20):
            for item in items:
                yield item.body["ids"]
            after = items[-1].key.sk

    def ids_page(self, walk: Walk, part: str, number: int) -> list[Any]:
        key = _list_key(walk, part, number)
        item = self._table.get([key]).get(key)
        return list(item.body["ids"]) if item else []

    # --- what a plan found --------------------------------------------------------------------------------------------

    def rows_before(self, walk: Walk, roots: Iterable[str]) -> dict[str, dict[str, Any]]:
        """The rows that earlier turns have kept for these records. A turn that is done again does not see its own."""
        keys = {_row_key(walk, root): root for root in roots}
        found: dict[str, dict[str, Any]] = {}
        for key, item in self._table.get(keys).items():
            seen = item.body if item.body["turn"] < walk.turn else item.body["was"]
            if seen is not None and seen["row"] is not None:
                found[keys[key]] = seen["row"]
        return found

    def keep_rows(self, walk: Walk, rows: Mapping[str, Mapping[str, Any] | None]) -> None:
        """Keep one row for each record, by its root; what an earlier turn has kept is replaced. None takes it away."""
        before = self.rows_before(walk, rows)
        self._table.write_each(
            [[Put(_row_key(walk, root), {
                "turn": walk.turn, "row": dict(row) if row is not None else None,
                "was": {"turn": walk.turn - 1, "row": before[root]} if root in before else None,
            }, ANY, expires_at=_expiry(walk))] for root, row in rows.items()]
        )  # fmt: skip

    def rows_of(self, walk: Walk, roots: Iterable[str]) -> dict[str, dict[str, Any]]:
        keys = {_row_key(walk, root): root for root in roots}
        return {keys[key]: row for key, item in self._table.get(keys).items() if (row := item.body["row"]) is not None}

    def rows(self, walk: Walk) -> Iterator[dict[str, Any]]:
        """Every planned record once, a page at a time."""
        after = ""
        while items := self._table.page(f"{_own(walk)}|rows", after):
            yield from (row for item in items if (row := item.body["row"]) is not None)
            after = items[-1].key.sk


def _names(shadow: Mapping[str, Any]) -> set[str]:
    """The names that a record had reserved, in a rehearsal's copies of it."""
    bodies = [json.loads(one["body"]) for one in (shadow, shadow.get("was")) if one and one["body"]]
    return {name for body in bodies for name in body.get("names", ())}


def _row_key(walk: Walk, root: str) -> Key:
    return Key(f"{_own(walk)}|rows", root)


def walk_id(purpose: Purpose, now: float, unique: str) -> str:
    """An id that sorts by time and can be typed."""
    return f"{int(now)}-{purpose[0]}{unique[:6]}"


def _partition(connection: ConnectionId) -> str:
    return f"{connection}|walk"


def _own(walk: Walk) -> str:
    return f"{walk.connection}|walk|{walk.id}"


def shadow_prefix(walk: Walk) -> str:
    """Before the partitions that a rehearsal writes instead of the real ones."""
    return f"{_own(walk)}|shadow|"


def pretended_key(connection: ConnectionId, what: str, name: str) -> Key:
    """Where a rehearsal notes what it has pretended of a vendor's record; by digest: addresses are not kept."""
    return Key(f"{connection}|{PRETENDED}|{what}", hashlib.sha256(name.encode()).hexdigest()[:32])


def _key(connection: ConnectionId, own_id: str) -> Key:
    return Key(_partition(connection), own_id)


def _open_key(walk: Walk) -> Key:
    return Key(f"{_partition(walk.connection)}s open", walk.id)


def _list_key(walk: Walk, part: str, number: int) -> Key:
    return Key(f"{_own(walk)}|{part}", sortable(number))


def _where(walk: Walk) -> tuple[str, int, float, Stage]:
    return (walk.place, walk.turn, walk.lease_until, walk.stage)


def _expiry(walk: Walk) -> int:
    return int(walk.started_at) + KEPT_S


def _row_expiry(walk: Walk) -> int | None:
    """An initial sync is kept until it has ended, however long its connection is away."""
    return _expiry(walk) if walk.ended or walk.purpose is not Purpose.BACKFILL else None


def _walk(body: Mapping[str, Any]) -> Walk:
    raw = beyond.read(Walk, body)
    return replace(
        Walk(ConnectionId(raw["connection"]), Kind(raw["kind"]), raw["id"], Purpose(raw["purpose"])),
        **{name: value for name, value in raw.items() if name not in ("connection", "kind", "id", "purpose", "stage")},
        stage=Stage(raw.get("stage", Stage.COUNTING)),
    )
