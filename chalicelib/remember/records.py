"""Records: a pair of linked objects, or one object on its own, with what both sides held when they last agreed.

A record lives under its *root*, the side and id it was first seen with; once linked, the other side's id points to
it. Both keys are written in one transaction (design D3). The record's item is its lease too (D5): whoever works on
it has written `lease_until`, and every commit names the version that the lease got.
"""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, TypeVar

from chalicelib.failures import Category, Trouble
from chalicelib.jobs import ConnectionId, Kind, Side
from chalicelib.remember import beyond
from chalicelib.remember.table import Delete, Item, Key, Lost, Put, Table, Write

SHARDS = 16  # partitions of one connection's records; DynamoDB serves 1,000 writes/s from each
STATE_SHARDS = 4
TOGETHER = 500  # items deleted beside each other
DELETED_FOR_PRIVACY = "the contact was deleted for privacy in HubSpot"  # as proof that it is gone
KINDS = frozenset(Kind)  # others are of a newer version that was rolled back
Word = TypeVar("Word", bound=StrEnum)
Halves = tuple[str, str]  # what HubSpot held, what QuickBooks held


class State(StrEnum):
    IN_SYNC = "in_sync"
    PENDING = "pending"
    EXCLUDED = "excluded"
    FAILING = "failing"
    PARKED = "parked"


@dataclass(frozen=True)
class Intent:
    """A create that may have left: the request it was part of, and all that is needed to send it again (D3).

    `values` are the side's values that the create was made from: they become that side's half of the base.
    """

    side: Side
    request_id: str
    b_id: str
    body: dict[str, Any]
    values: dict[str, str]
    at: float


@dataclass(frozen=True)
class Sent:
    """One value written to one field, by digest: three of them within an hour are a conflict, not a loop (D2)."""

    field: str
    side: Side
    digest: str
    at: float


@dataclass(frozen=True)
class Order:
    """What a person decided about one field: write `value` to the side `write`, if nobody has edited it since.

    `value` None: the other side's present one. `seen`: side → what it held when the person decided, as the base holds
    values. `undoes`: the number of the decision that is taken back, whose orders stand or fall together; None where
    a conflict is settled.
    """

    write: Side
    value: str | None
    seen: dict[str, str]
    undoes: int | None = None


@dataclass(frozen=True)
class Record:
    connection: ConnectionId
    kind: Kind
    root: str
    hubspot_id: str | None = None
    quickbooks_id: str | None = None
    name: str = ""
    known_as: tuple[str, ...] = ()  # names and e-mails, folded, by which a person may ask for it
    state: State = State.PENDING
    category: Category | None = None
    message: str = ""
    fix: str = ""
    changed_at: float = 0.0
    next_try_at: float | None = None
    failing_since: float | None = None
    attempts: int = 0
    lease_until: float = 0.0

    base: dict[str, Halves] = field(default_factory=dict)
    drifted: dict[str, str] = field(default_factory=dict)  # QuickBooks path -> last seen value that is not the base's
    sync_token: str | None = None
    hubspot_modified: float | None = None  # seconds, HubSpot's clock
    echoes: int = 0  # our own writes to QuickBooks whose notices have not come back yet,
    echo_until: float | None = None  # and the latest stamp that such a notice can have, QuickBooks' clock
    company_id: str | None = None  # the primary company that the contact had at the last look
    company_modified: float | None = None  # that company's own stamp
    companies_seen: dict[str, float] = field(default_factory=dict)  # company id -> its stamp, for changes looked at
    quickbooks_modified: float | None = None  # whole seconds, QuickBooks' clock
    quickbooks_seen: float | None = None  # the time of the reply that it was last seen in, QuickBooks' clock
    carried: dict[str, Any] = field(default_factory=dict)  # nested objects whole, since a sparse update replaces them
    made: Side | None = None  # the side that we created; only that one may be archived
    shares: str | None = None  # root of the record whose customer this one only points to
    gone: dict[str, str] = field(default_factory=dict)  # side -> proof that it is gone
    put_away: Side | None = None  # the side that we archived because the other one went
    names: tuple[str, ...] = ()  # reserved display names, folded
    intent: Intent | None = None
    leaving: dict[str, dict[str, str]] = field(default_factory=dict)  # side -> values of an update under way
    replacing: dict[str, str] = field(default_factory=dict)  # and what it replaces, `<side>.<field>` -> value
    once_more: bool = False  # just linked, and not looked at since
    inactive: bool = False  # the customer was inactive when it was last seen
    hubspot_read: float | None = None  # the contact's stamp before our own write: what came in between is a person's
    heard: dict[str, str] = field(
        default_factory=dict
    )  # kept until a look has ended: what only a notice or its beginning tells
    stale: bool = False  # QuickBooks refused our SyncToken: read before the next write
    sent: tuple[Sent, ...] = ()
    orders: dict[str, Order] = field(default_factory=dict)  # field key -> what a person decided and nobody has done yet

    # Of invoices and payments only.
    lines: dict[str, Halves] = field(default_factory=dict)  # line key -> id of its line item, digest of what it holds
    facts: dict[str, str] = field(default_factory=dict)  # what was last mirrored: number, total, balance, stage, …
    deals: tuple[str, ...] = ()  # HubSpot's deals that it belonged to at the last look
    invoices: tuple[str, ...] = ()  # QuickBooks' invoices that a payment was for, since a deleted one cannot be read
    notes: dict[str, dict[str, str]] = field(default_factory=dict)  # deal -> the note there, or the intent to make it
    owed: tuple[str, ...] = ()  # messages that its look has caused and that may not have been sent

    beyond: dict[str, Any] = field(default_factory=dict)  # what a newer version has stored

    @property
    def linked(self) -> bool:
        return bool(self.hubspot_id and self.quickbooks_id and not self.shares)

    @property
    def under_way(self) -> bool:
        """Whether somebody began what nobody has seen the end of: after a death all of it hangs on the next look."""
        return bool(self.owed or self.intent or self.leaving)

    @property
    def own_customer(self) -> str | None:
        """The customer that is this record's; None where it only points to somebody else's."""
        return None if self.shares else self.quickbooks_id

    @property
    def subject(self) -> str:
        """What decisions about it are kept under: ids are unique within a kind only. Customers came first."""
        return self.root if self.kind is Kind.CUSTOMER else f"{self.kind}|{self.root}"

    def id_on(self, side: Side) -> str | None:
        return self.hubspot_id if side is Side.HUBSPOT else self.quickbooks_id

    def troubled(self, trouble: Trouble, now: float, state: State = State.FAILING) -> Record:
        return replace(
            self, state=state, category=trouble.category, message=trouble.message, fix=trouble.fix, changed_at=now
        )

    def without_person(self) -> Record:
        """The record without what it says of the person; the two ids, the tombstone and the state stay, and a create
        that is under way until it is known how it ended."""
        return replace(
            self, name="", known_as=(), base=dict.fromkeys(self.base, ("", "")), drifted={}, carried={}, leaving={},
            replacing={}, orders={}, sent=(), names=self.names if self.intent else (), beyond={},
        )  # fmt: skip

    def settled(self, state: State, message: str, now: float) -> Record:
        """In sync, or excluded with the clause that excluded it: nothing is due any more."""
        return replace(
            self, state=state, category=None, message=message, fix="", changed_at=now,
            next_try_at=None, failing_since=None, attempts=0,
        )  # fmt: skip

    def view(self) -> dict[str, Any]:
        """The record as `ops records` shows it (design section 4)."""
        return {
            "connection": self.connection,
            "kind": str(self.kind),
            "hubspot_id": self.hubspot_id,
            "quickbooks_id": self.quickbooks_id,
            "name": self.name,
            "state": str(self.state),
            "category": str(self.category) if self.category else None,
            "message": self.message,
            "fix": self.fix,
            "changed_at": self.changed_at,
        }


def unseen(connection: ConnectionId, kind: Kind, side: Side, object_id: str) -> Record:
    """The record of an object that nobody has looked at yet."""
    return Record(
        connection,
        kind,
        root=f"{side}:{object_id}",
        hubspot_id=object_id if side is Side.HUBSPOT else None,
        quickbooks_id=object_id if side is Side.QUICKBOOKS else None,
    )


@dataclass(frozen=True)
class Held:
    """A record with the version that the next write of it must name; None where it is not stored yet."""

    record: Record
    version: int | None


def _shard(text: str, shards: int) -> int:
    return zlib.crc32(text.encode()) % shards


def record_key(connection: ConnectionId, kind: Kind, side_id: str) -> Key:
    return Key(f"{connection}|{kind}|{_shard(side_id, SHARDS):02d}", side_id)


def state_keys(connection: ConnectionId, state: State) -> list[str]:
    return [f"{connection}|{state}|{shard}" for shard in range(STATE_SHARDS)]


def sortable(at: float) -> str:
    """Seconds as text that sorts like the number."""
    return f"{at:015.3f}"


def put(held: Held, record: Record) -> Put:
    """The write that stores `record` over what is held; what is in sync stays out of the state index."""
    state = None
    if record.state is not State.IN_SYNC:
        index = f"{record.connection}|{record.state}|{_shard(record.root, STATE_SHARDS)}"
        state = (index, sortable(record.next_try_at or record.changed_at))
    return Put(record_key(record.connection, record.kind, record.root), to_body(record), held.version, state)


def pointer(record: Record, side_id: str, expect: int | None) -> Put:
    return Put(record_key(record.connection, record.kind, side_id), {"root": record.root}, expect)


def to_body(record: Record) -> dict[str, Any]:
    """Only what differs from an empty record, so that items stay small and old ones stay readable."""
    body = beyond.body_of(record, _EMPTY)
    return {**body, "connection": record.connection, "kind": str(record.kind), "root": record.root}


_EMPTY = Record(ConnectionId(""), Kind.CUSTOMER, "")


def from_body(body: Mapping[str, Any]) -> Record:
    raw = beyond.read(Record, body)
    raw["connection"], raw["kind"] = ConnectionId(raw["connection"]), Kind(raw["kind"])
    if "state" in raw:
        raw["state"] = _known(State, raw["state"], State.FAILING)
    if raw.get("category"):
        raw["category"] = _known(Category, raw["category"], Category.DEFECT)
    for name in ("made", "put_away"):
        if raw.get(name):
            raw[name] = Side(raw[name])
    raw["base"] = {name: (pair[0], pair[1]) for name, pair in raw.get("base", {}).items()}
    raw["lines"] = {key: (pair[0], pair[1]) for key, pair in raw.get("lines", {}).items()}
    for name in ("names", "deals", "invoices", "owed"):
        raw[name] = tuple(raw.get(name, ()))
    raw["known_as"] = tuple(raw.get("known_as", ()))
    raw["sent"] = tuple(Sent(s["field"], Side(s["side"]), s["digest"], s["at"]) for s in raw.get("sent", ()))
    raw["orders"] = {key: _order(one) for key, one in raw.get("orders", {}).items()}
    if raw.get("intent"):
        raw["intent"] = _intent(raw["intent"])
    return Record(**raw)


def _known(words: type[Word], said: str, otherwise: Word) -> Word:
    """A word of ours; `otherwise` for one of a newer version that was rolled back: so the record is looked at again."""
    return next((word for word in words if word == said), otherwise)


def _order(body: Mapping[str, Any]) -> Order:
    return Order(Side(body["write"]), body["value"], body["seen"], body.get("undoes"))


def _intent(body: Mapping[str, Any]) -> Intent:
    return Intent(Side(body["side"]), body["request_id"], body["b_id"], body["body"], body["values"], body["at"])


class Records:
    """Verbs over the table for one connection's records."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def find(self, connection: ConnectionId, kind: Kind, side_ids: Iterable[str]) -> dict[str, Held]:
        """The record that each side id belongs to; ids that are not known yet are left out."""
        return self.known(connection, kind, side_ids)[0]

    def known(
        self, connection: ConnectionId, kind: Kind, side_ids: Iterable[str]
    ) -> tuple[dict[str, Held], dict[str, int]]:
        """The same, and the version of what was stored under each id when it was looked up. Whoever points an id at his
        own record names that version: one that was read later could be of somebody who took the id meanwhile."""
        keys = {side_id: record_key(connection, kind, side_id) for side_id in dict.fromkeys(side_ids)}
        items = self._table.get(keys.values())
        versions = {side_id: items[key].version for side_id, key in keys.items() if key in items}
        roots = {key: record_key(connection, kind, item.body["root"]) for key, item in items.items()}
        items |= self._table.get(root for root in roots.values() if root not in items)
        found = {
            side_id: _held(items[roots[key]]) for side_id, key in keys.items() if key in items and roots[key] in items
        }
        return found, versions

    def pointer_versions(self, connection: ConnectionId, kind: Kind, side_ids: Iterable[str]) -> dict[str, int]:
        keys = {record_key(connection, kind, side_id): side_id for side_id in side_ids}
        return {keys[key]: item.version for key, item in self._table.get(keys).items()}

    def lease(self, helds: Sequence[Held], until: float, now: float) -> list[Held | None]:
        """Take the lease of each record; None where somebody else holds it or was quicker."""
        free = [held for held in helds if held.record.lease_until <= now]
        wanted = [replace(held.record, lease_until=until) for held in free]
        lost = self._table.write_each([[put(held, record)] for held, record in zip(free, wanted, strict=True)])
        got = {
            record.root: Held(record, (held.version or 0) + 1)
            for held, record, failed in zip(free, wanted, lost, strict=True)
            if failed is None
        }
        return [got.get(held.record.root) for held in helds]

    def hear(self, heard: Sequence[tuple[Held, int]]) -> None:
        """Count off echoes that came back. A race that is lost leaves one too many to wait for, which a sweep mends."""
        self._table.write_each(
            [[put(held, replace(held.record, echoes=max(0, held.record.echoes - n)))] for held, n in heard]
        )

    def release(self, helds: Sequence[Held]) -> None:
        """Give leases back and change nothing else; one that is no longer ours is left to whoever has it."""
        self._table.write_each([[put(held, replace(held.record, lease_until=0.0))] for held in helds])

    def commit(self, changes: Sequence[tuple[Held, Record, Sequence[Write]]]) -> list[Lost | None]:
        """Store each record, with what belongs to it, under the lease that `held` stands for."""
        return self._table.write_each([[put(held, record), *others] for held, record, others in changes])

    def all(self, connection: ConnectionId, kind: Kind) -> Iterable[Record]:
        """Every record of a connection, a page at a time."""
        return (from_body(item.body) for item in self._items(connection, kind) if "kind" in item.body)

    def _items(self, connection: ConnectionId, kind: Kind) -> Iterator[Item]:
        """Records and look-up keys, a page at a time."""
        for shard in range(SHARDS):
            after = ""
            while items := self._table.page(f"{connection}|{kind}|{shard:02d}", after):
                yield from items
                after = items[-1].key.sk

    def known_page(self, connection: ConnectionId, kind: Kind, place: str) -> tuple[list[Record], str]:
        """A page of records, linked or not, and the place where the next one begins; empty after the last. A shard that
        has little brings the next one along."""
        shard, _, after = (place or "0:").partition(":")
        number, known, seen = int(shard), list[Record](), 0
        while number < SHARDS:
            items = self._table.page(f"{connection}|{kind}|{number:02d}", after)
            known += [from_body(item.body) for item in items if "kind" in item.body]
            seen += len(items)
            if items and seen >= TOGETHER:
                return known, f"{number}:{items[-1].key.sk}"
            number, after = (number, items[-1].key.sk) if items else (number + 1, "")
        return known, ""

    def forget(self, connection: ConnectionId, kind: Kind, now: float) -> tuple[int, int]:
        """Delete the records of a kind, their look-up keys and what names they hold. Returns how many are gone, and how
        many were kept: those that somebody works on, or whose create may still arrive."""
        busy = {record.root for record in self.all(connection, kind) if _is_busy(record, now)}
        gone, kept = 0, len(busy)
        free = (item for item in self._items(connection, kind) if item.body.get("root") not in busy)
        while some := list(itertools.islice(free, TOGETHER)):
            lost = self._table.write_each([[Delete(item.key, item.version)] for item in some])
            told = [failed is None for item, failed in zip(some, lost, strict=True) if "kind" in item.body]
            gone, kept = gone + told.count(True), kept + told.count(False)
        return gone, kept

    def in_states(self, connection: ConnectionId, states: Iterable[State], until: float | None = None) -> list[Held]:
        """Records in these states, due by `until` where given."""
        limit = sortable(until) if until is not None else "￿"
        keys = [
            key
            for state in states
            for state_key in state_keys(connection, state)
            for key in self._table.in_state(state_key, limit)
        ]
        return [_held(item) for item in self._table.get(keys).values() if item.body.get("kind") in KINDS]

    def count_linked(self, connection: ConnectionId, kind: Kind, at_most: int) -> int:
        """How many records are linked, counted no further than `at_most`."""
        count = 0
        for record in self.all(connection, kind):
            count += record.linked
            if count >= at_most:
                break
        return count


def _is_busy(record: Record, now: float) -> bool:
    return record.lease_until > now or record.intent is not None


def _held(item: Item) -> Held:
    return Held(from_body(item.body), item.version)
