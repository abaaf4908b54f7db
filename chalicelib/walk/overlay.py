"""A table that reads the real one and keeps its own writes beside it, so that a rehearsal changes nothing.

Writes live in memory for one slice of a walk; `flush` keeps, under a prefix of the walk's own, those that later slices
need. They carry the slice's turn: a slice that is done again after a crash does not see what it kept itself.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.remember.table import ANY, Check, Delete, Item, Key, Lost, Put, Table, Write


@dataclass(frozen=True)
class _Own:
    """What this table holds of its own at a key; `body` is None where it was deleted."""

    version: int
    body: str | None


class Overlay:
    """`keeps` says which items, by key, what was there at first and what is there now, later slices need."""

    def __init__(
        self,
        base: Table,
        prefix: str,
        turn: int,
        expires_at: int,
        keeps: Callable[[Key, dict[str, Any] | None, dict[str, Any]], bool] = lambda _key, _first, _now: True,
    ) -> None:
        self._base = base
        self._prefix = prefix
        self._turn = turn
        self._expires_at = expires_at
        self._keeps = keeps
        self._own: dict[Key, _Own] = {}
        self._seen: dict[Key, Item | None] = {}
        self._lock = threading.RLock()

    def get(self, keys: Iterable[Key]) -> dict[Key, Item]:
        with self._lock:
            wanted = list(dict.fromkeys(keys))
            self._read([key for key in wanted if key not in self._own and key not in self._seen])
            found: dict[Key, Item] = {}
            for key in wanted:
                own = self._own.get(key)
                item = _item(key, own) if own else self._seen[key]
                if item:
                    found[key] = item
            return found

    def _read(self, keys: Sequence[Key]) -> None:
        """Read once what is read more than once: of a slice, many writes follow few reads."""
        if keys:
            shadows = self._shadows(keys)
            real = self._base.get(key for key in keys if key not in shadows)
            for key in keys:
                self._seen[key] = _item(key, shadows[key]) if key in shadows else real.get(key)

    def write(self, writes: Sequence[Write]) -> None:
        with self._lock:
            there = self.get([write.key for write in writes if write.expect != ANY])
            lost = [write.key for write in writes if not _holds(write, there.get(write.key))]
            if lost:
                raise Lost(lost)
            for write in writes:
                held = there.get(write.key)
                if isinstance(write, Put):
                    self._own[write.key] = _Own((held.version if held else 0) + 1, json.dumps(write.body))
                elif isinstance(write, Delete):
                    self._own[write.key] = _Own(0, None)

    def write_each(self, groups: Sequence[Sequence[Write]]) -> list[Lost | None]:
        with self._lock:
            self.get(write.key for group in groups for write in group if write.expect != ANY)
            return [self._try(group) for group in groups]

    def _try(self, group: Sequence[Write]) -> Lost | None:
        try:
            self.write(group)
        except Lost as lost:
            return lost
        return None

    def page(self, pk: str, after: str = "", limit: int = 1000, *, backwards: bool = False) -> list[Item]:
        with self._lock:
            found: dict[str, Item] = {}
            last = after
            while len(found) < limit:
                real = self._base.page(pk, last, limit, backwards=backwards)
                there = self.get(item.key for item in real)
                found |= {key.sk: item for key, item in there.items()}
                if len(real) < limit:
                    last = ""
                    break
                last = real[-1].key.sk
            beyond = [sk for sk in self._own_places(pk) if _within(sk, after, last, backwards=backwards)]
            found |= {key.sk: item for key, item in self.get(Key(pk, sk) for sk in beyond).items()}
        return [found[sk] for sk in sorted(found, reverse=backwards)[:limit]]

    def in_state(self, state_key: str, until: str = "￿", limit: int = 1000) -> list[Key]:
        raise NotImplementedError("a rehearsal looks at records that it is given; it does not ask who is due")

    def flush(self) -> None:
        """Keep what later slices need."""
        kept = [
            (key, own)
            for key, own in self._own.items()
            if own.body is None or self._keeps(key, self._was(key), json.loads(own.body))
        ]
        before = self._raw_shadows(key for key, _ in kept)
        writes: list[list[Write]] = []
        for key, own in kept:
            was = before.get(key)
            if was is not None and was["turn"] >= self._turn:
                was = was["was"]
            body = {"turn": self._turn, "version": own.version, "body": own.body, "was": was and {**was, "was": None}}
            writes.append([Put(self._shadow_key(key), body, ANY, expires_at=self._expires_at)])
        self._base.write_each(writes)

    def _was(self, key: Key) -> dict[str, Any] | None:
        """What was there before this slice wrote, as far as it has looked."""
        seen = self._seen.get(key)
        return seen.body if seen else None

    def _shadows(self, keys: Iterable[Key]) -> dict[Key, _Own]:
        valid: dict[Key, _Own] = {}
        for key, raw in self._raw_shadows(keys).items():
            seen = raw if raw["turn"] < self._turn else raw["was"]
            if seen is not None:
                valid[key] = _Own(seen["version"], seen["body"])
        return valid

    def _raw_shadows(self, keys: Iterable[Key]) -> dict[Key, dict[str, Any]]:
        of = {self._shadow_key(key): key for key in keys}
        return {of[shadow]: item.body for shadow, item in self._base.get(of).items()}

    def _own_places(self, pk: str) -> set[str]:
        """Sort keys at which this table, in this slice or before, has written in a partition."""
        places = {key.sk for key in self._own if key.pk == pk}
        after = ""
        while items := self._base.page(self._prefix + pk, after):
            places |= {item.key.sk for item in items}
            after = items[-1].key.sk
        return places

    def _shadow_key(self, key: Key) -> Key:
        return Key(self._prefix + key.pk, key.sk)


def _item(key: Key, own: _Own) -> Item | None:
    return None if own.body is None else Item(key, own.version, json.loads(own.body))


def _holds(write: Put | Delete | Check, there: Item | None) -> bool:
    return write.expect in (ANY, there.version if there else None)


def _within(sk: str, after: str, last: str, *, backwards: bool) -> bool:
    """Whether a sort key lies in the stretch that was read: beyond `after`, up to `last` where that is given."""
    if backwards:
        return (not after or sk < after) and (not last or sk >= last)
    return sk > after and (not last or sk <= last)
