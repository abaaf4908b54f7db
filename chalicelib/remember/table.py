"""The seam to the table: items with a version, and writes that hold only if nobody wrote in between.

One primitive carries every guarantee that the design asks of memory: leases, intents, links, reservations, cursors
are all items whose version a write must name. `MemoryTable` is the second implementation, for one process; both pass
`tests/contracts/test_table.py`.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

ANY = -1  # as `expect`: write whatever is there now; only for items whose version nobody ever names


class Key(NamedTuple):
    pk: str
    sk: str


@dataclass(frozen=True)
class Item:
    key: Key
    version: int
    body: dict[str, Any]


@dataclass(frozen=True)
class Put:
    """Store `body`. `expect`: the version that must be there, None where nothing may be there, or ANY.

    `state` puts the item into the sparse state index under (state key, sort key). `expires_at` in epoch seconds.
    """

    key: Key
    body: dict[str, Any]
    expect: int | None
    state: tuple[str, str] | None = None
    expires_at: int | None = None


@dataclass(frozen=True)
class Delete:
    key: Key
    expect: int


@dataclass(frozen=True)
class Check:
    """Nothing is written, but the item's version must be this one."""

    key: Key
    expect: int


Write = Put | Delete | Check


class Lost(Exception):  # noqa: N818 - a race that somebody else has won
    """At least one condition did not hold, so nothing of the write was done."""

    def __init__(self, keys: Iterable[Key]) -> None:
        self.keys = tuple(keys)
        super().__init__(", ".join(f"{key.pk} {key.sk}" for key in self.keys))


class Table(Protocol):
    def get(self, keys: Iterable[Key]) -> dict[Key, Item]:
        """The items that exist, read consistently."""
        ...

    def write(self, writes: Sequence[Write]) -> None:
        """All or nothing; at most 100 writes, one for each key. Raises `Lost`."""
        ...

    def write_each(self, groups: Sequence[Sequence[Write]]) -> list[Lost | None]:
        """Each group all or nothing, beside each other; what was lost, in the order given."""
        ...

    def page(self, pk: str, after: str = "", limit: int = 1000, *, backwards: bool = False) -> list[Item]:
        """Items of one partition in the order of sk, from beyond `after`."""
        ...

    def in_state(self, state_key: str, until: str = "￿", limit: int = 1000) -> list[Key]:
        """Keys in the state index up to and including `until`; may lag behind writes."""
        ...


@dataclass(frozen=True)
class _Stored:
    key: Key
    version: int
    body: str

    @property
    def item(self) -> Item:
        return Item(self.key, self.version, json.loads(self.body))


@dataclass
class MemoryTable:
    """A table in this process. Safe to use from many threads."""

    _items: dict[Key, _Stored] = field(default_factory=dict)
    _partitions: dict[str, dict[str, _Stored]] = field(default_factory=dict)
    _in_states: dict[Key, tuple[str, str]] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def get(self, keys: Iterable[Key]) -> dict[Key, Item]:
        with self._lock:
            return {key: self._items[key].item for key in keys if key in self._items}

    def write(self, writes: Sequence[Write]) -> None:
        with self._lock:
            lost = [write.key for write in writes if not self._holds(write)]
            if lost:
                raise Lost(lost)
            for write in writes:
                self._apply(write)

    def write_each(self, groups: Sequence[Sequence[Write]]) -> list[Lost | None]:
        return [self._try(group) for group in groups]

    def page(self, pk: str, after: str = "", limit: int = 1000, *, backwards: bool = False) -> list[Item]:
        with self._lock:
            found = list(self._partitions.get(pk, {}).values())
        if after:
            found = [one for one in found if (one.key.sk < after if backwards else one.key.sk > after)]
        return [one.item for one in sorted(found, key=lambda one: one.key.sk, reverse=backwards)[:limit]]

    def in_state(self, state_key: str, until: str = "￿", limit: int = 1000) -> list[Key]:
        with self._lock:
            found = [
                (sort, key) for key, (state, sort) in self._in_states.items() if state == state_key and sort <= until
            ]
        return [key for _, key in sorted(found)[:limit]]

    def _holds(self, write: Write) -> bool:
        if write.expect == ANY:
            return True
        stored = self._items.get(write.key)
        return (stored.version if stored else None) == write.expect

    def _apply(self, write: Write) -> None:
        if isinstance(write, Delete):
            self._items.pop(write.key, None)
            self._partitions.get(write.key.pk, {}).pop(write.key.sk, None)
            self._in_states.pop(write.key, None)
        elif isinstance(write, Put):
            held = self._items.get(write.key)
            version = (held.version if held else 0) + 1
            body = json.dumps(write.body)  # as text, so that nobody's later changes reach what is stored
            stored = _Stored(write.key, version, body)
            self._items[write.key] = self._partitions.setdefault(write.key.pk, {})[write.key.sk] = stored
            self._in_states.pop(write.key, None)
            if write.state is not None:
                self._in_states[write.key] = write.state

    def _try(self, group: Sequence[Write]) -> Lost | None:
        try:
            self.write(group)
        except Lost as lost:
            return lost
        return None
