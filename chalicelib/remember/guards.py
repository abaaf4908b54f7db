"""Small guards that several workers share: leases on match keys, and the counter behind the brake."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from chalicelib.jobs import ConnectionId, Kind
from chalicelib.remember.table import Check, Delete, Key, Lost, Put, Table

TRIES = 50
HOUR_S = 3_600
WAITERS_MAX = 1_000


class MatchLeases:
    """A lease on what an unlinked record would be matched by, so that its two sides are never linked twice (D5)."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def take(
        self, connection: ConnectionId, kind: Kind, wanted: Sequence[tuple[str, str]], until: float, now: float
    ) -> dict[str, Check]:
        """Lease the keys of (root, key) pairs in sorted order; the check that a commit must carry, by root.

        A root whose key is held by another one gets none.
        """
        keys = {(root, value): _key(connection, kind, value) for root, value in sorted(wanted, key=lambda w: w[1])}
        items = self._table.get(keys.values())
        got: dict[str, Check] = {}
        attempts: list[tuple[str, Put]] = []
        taken: set[Key] = set()
        for (root, _), key in keys.items():
            item = items.get(key)
            if key in taken or (item and item.body["until"] > now and item.body["owner"] != root):
                continue
            taken.add(key)
            version = item.version if item else None
            body = {"owner": root, "until": until}
            attempts.append((root, Put(key, body, version, expires_at=int(until) + 86_400)))
        lost = self._table.write_each([[put] for _, put in attempts])
        for (root, put), failed in zip(attempts, lost, strict=True):
            if failed is None:
                got[root] = Check(put.key, (put.expect or 0) + 1)
        return got

    def drop(self, checks: Sequence[Check]) -> None:
        """Let go: a lost race here only means that somebody else already has it."""
        self._table.write_each([[Put(c.key, {"owner": "", "until": 0.0}, c.expect)] for c in checks])


def waits_for(customer_id: str) -> str:
    """How a record that waits for a customer of QuickBooks says so."""
    return f"customer {customer_id}"


class Waiters:
    """Records that wait for another one, and are looked at when it has changed."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def wait(self, connection: ConnectionId, what: str, root: str) -> None:
        """Have `root` called when `what` is done. Of too many the latest are kept: the others' own retries find it."""
        key = Key(f"{connection}|waiting", what)
        for _ in range(TRIES):
            item = self._table.get([key]).get(key)
            held = list(item.body["roots"]) if item else []
            if root in held:
                return
            try:
                self._table.write([Put(key, {"roots": [*held, root][-WAITERS_MAX:]}, item.version if item else None)])
            except Lost:
                continue
            return

    def called(self, connection: ConnectionId, whats: Sequence[str]) -> list[str]:
        """Who waits for these; whoever still needs to waits anew."""
        keys = [Key(f"{connection}|waiting", what) for what in whats]
        found = self._table.get(keys)
        self._table.write_each([[Delete(key, item.version)] for key, item in found.items()])
        return [root for item in found.values() for root in item.body["roots"]]


class Meter:
    """How many metered reads a connection has spent in a month (design D8)."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def add(self, connection: ConnectionId, month: str, reads: int) -> None:
        """Count; a race that is lost too often loses a count, never a record."""
        key = Key(f"{connection}|metered", month)
        for _ in range(TRIES):
            item = self._table.get([key]).get(key)
            used = item.body["used"] if item else 0
            try:
                self._table.write([Put(key, {"used": used + reads}, item.version if item else None)])
            except Lost:
                continue
            return

    def used(self, connection: ConnectionId, month: str) -> int:
        key = Key(f"{connection}|metered", month)
        item = self._table.get([key]).get(key)
        return int(item.body["used"]) if item else 0


class Brake:
    """Counts what would be archived or inactivated, by an atomic reserve before the write (design: Deletes)."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def reserve(self, connection: ConnectionId, now: float, most: int, record: str = "") -> bool:
        """Count one more within this hour; False where that would be more than `most`. A `record` counts once, however
        often its write is refused and tried again."""
        key = Key(f"{connection}|brake", str(int(now // HOUR_S)))
        for _ in range(TRIES):
            item = self._table.get([key]).get(key)
            count, counted = (item.body["count"], item.body.get("records", [])) if item else (0, [])
            if record and record in counted:
                return True
            if count >= most:
                return False
            body = {"count": count + 1, **({"records": [*counted, record]} if record else {})}
            write = Put(key, body, item.version if item else None, expires_at=int(now) + 2 * HOUR_S)
            try:
                self._table.write([write])
            except Lost:
                continue
            return True
        return False

    def let_go(self, connection: ConnectionId, now: float) -> None:
        """A person has looked: start counting anew."""
        key = Key(f"{connection}|brake", str(int(now // HOUR_S)))
        item = self._table.get([key]).get(key)
        if item:
            self._table.write([Put(key, {"count": 0}, item.version, expires_at=int(now) + 2 * HOUR_S)])


def _key(connection: ConnectionId, kind: Kind, value: str) -> Key:
    return Key(f"{connection}|match|{kind}", hashlib.sha256(value.encode()).hexdigest()[:32])
