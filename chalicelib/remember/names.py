"""Display names that our own creates and renames have reserved, and who waits for them (design: Customers).

A name's item is never deleted, only freed, so that its version never starts again.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

from chalicelib.jobs import ConnectionId
from chalicelib.remember.table import ANY, Delete, Key, Lost, Put, Table

WAITERS_MAX = 500  # beyond it the retries of the records themselves find the free name
TRIES = 20


def folded(name: str) -> str:
    """The form in which two names are the same to QuickBooks: NFC, case-folded, spaces collapsed."""
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


@dataclass(frozen=True)
class Reservation:
    """`owner` and `waiters` are record roots; `holder` names what holds the name in QuickBooks itself."""

    name: str
    owner: str | None = None
    waiters: tuple[str, ...] = ()
    holder: str | None = None


class Names:
    def __init__(self, table: Table) -> None:
        self._table = table

    def read(self, connection: ConnectionId, names: Iterable[str]) -> dict[str, tuple[Reservation, int | None]]:
        """What is known of each (folded) name, with the version that the next write must name."""
        keys = {_key(connection, name): name for name in names}
        items = self._table.get(keys)
        return {
            name: (_reservation(items[key].body), items[key].version) if key in items else (Reservation(name), None)
            for key, name in keys.items()
        }

    def reserve(self, connection: ConnectionId, held: Reservation, version: int | None, owner: str) -> bool:
        """Make `owner` the owner, if nobody wrote since `held` was read."""
        waiters = tuple(root for root in held.waiters if root != owner)
        taken = replace(held, owner=owner, waiters=waiters, holder=None)
        try:
            self._table.write([Put(_key(connection, held.name), asdict(taken), version)])
        except Lost:
            return False
        return True

    def free(self, connection: ConnectionId, name: str, owner: str) -> tuple[str, ...]:
        """Give up the name if `owner` has it, and return who was waiting for it."""
        for _ in range(TRIES):
            held, version = self.read(connection, [name])[name]
            if held.owner not in (owner, None) or (held.owner is None and not held.waiters):
                return ()
            try:
                self._table.write([Put(_key(connection, name), asdict(Reservation(name)), version)])
            except Lost:
                continue
            return held.waiters
        return ()

    def give_up(self, connection: ConnectionId, name: str, owner: str) -> None:
        """QuickBooks says that somebody else has the name: it is not ours, and not free either."""
        for _ in range(TRIES):
            held, version = self.read(connection, [name])[name]
            if held.owner != owner:
                return
            try:
                self._table.write([Put(_key(connection, name), asdict(replace(held, owner=None)), version)])
            except Lost:
                continue
            return

    def wait(self, connection: ConnectionId, name: str, root: str, holder: str | None) -> None:
        """Have `root` looked at when the name comes free; `holder` is the QuickBooks object that has it, if known."""
        for _ in range(TRIES):
            held, version = self.read(connection, [name])[name]
            if root in held.waiters and held.holder == holder:
                break
            waiters = (*(r for r in held.waiters if r != root), root)[-WAITERS_MAX:]
            try:
                self._table.write(
                    [Put(_key(connection, name), asdict(replace(held, waiters=waiters, holder=holder)), version)]
                )
            except Lost:
                continue
            break
        if holder:
            self._table.write([Put(_holder_key(connection, holder), {"name": name}, ANY)])

    def held_by(self, connection: ConnectionId, holders: Iterable[str]) -> dict[str, str]:
        """The name for which somebody waits behind each of these QuickBooks objects."""
        keys = {_holder_key(connection, holder): holder for holder in holders}
        return {keys[key]: item.body["name"] for key, item in self._table.get(keys).items()}

    def waiting(self, connection: ConnectionId, name: str) -> tuple[str, ...]:
        """Who waits for the name."""
        return self.read(connection, [name])[name][0].waiters

    def forget_holder(self, connection: ConnectionId, holder: str) -> None:
        """The holder has changed and all who waited behind it were called; whoever finds it there waits anew."""
        self._table.write([Delete(_holder_key(connection, holder), ANY)])


def _key(connection: ConnectionId, name: str) -> Key:
    return Key(f"{connection}|name", name)


def _holder_key(connection: ConnectionId, holder: str) -> Key:
    return Key(f"{connection}|holder", holder)


def _reservation(body: dict[str, Any]) -> Reservation:
    return Reservation(body["name"], body.get("owner"), tuple(body.get("waiters", ())), body.get("holder"))
