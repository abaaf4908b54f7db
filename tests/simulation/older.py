"""A process of a former version, beside one of the present, as far as formats go: for histories of an upgrade.

    former = Former.of("0.4.0")
    tools = Wiring(config, given_table=OlderTable(table, former), given_queue=OlderQueue(queue, former))
    queue.invoke = older_worker(former, doors_of(tools))  # in front of the door that takes its messages

It runs the present code. But a field that the former version did not have is not there when it reads an item, and
missing when it writes one; what it could not send is not sent; and what it did not know of messages it treats as that
version did. Fields and kinds are those of `tests/upgrades/formats`; what is not kept there is in the tables below.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from chalicelib.enqueue import Queue
from chalicelib.jobs import Expand, Job, Message
from chalicelib.remember.table import Item, Key, Lost, Put, Table, Write
from tests.upgrades import kept

Event = dict[str, Any]
Door = Callable[[Event], Event | None]
Sorts = dict[str, frozenset[str]]

# The sources of expansions, by the version that brought them.
SOURCES: dict[str, tuple[str, ...]] = {
    "0.1.0": ("company", "sweep", "backfill", "setup", "name_holder", "records"),
    "0.2.0": ("linked",),
    "0.3.0": ("associated", "walk", "metadata"),
    "0.4.0": ("deals", "deal", "properties", "overdue"),
}
KEEPS_BEYOND = (0, 5)  # from here on a version writes back what it does not know
LEAVES_UNKNOWN = (0, 5)  # and leaves an expansion that it does not know to others; before, it was taken as done


@dataclass(frozen=True)
class Former:
    """`fields`: of each sort of item whose fields the version passed over and dropped, those that it had."""

    version: tuple[int, ...]
    fields: Sorts
    kinds: frozenset[str]
    sources: frozenset[str]

    @classmethod
    def of(cls, version: str) -> Former:
        own = kept.numbered(version)
        loaded = [kept.load(version, name) for name in (kept.SPECIMENS, kept.PLAYED)]
        items = [one for file in loaded for one in file["items"]]
        sorts = {sort for one in items if (sort := _sort(one["pk"], one["body"]))}
        return cls(
            own,
            {sort: frozenset(name for one in items if _sort(one["pk"], one["body"]) == sort for name in one["body"])
             for sort in sorts},
            frozenset(one["kind"] for file in loaded for one in file["messages"] if "kind" in one),
            frozenset(source for since, some in SOURCES.items() if kept.numbered(since) <= own for source in some),
        )  # fmt: skip

    def without(self, key: Key, body: dict[str, Any]) -> dict[str, Any]:
        """The body with what the version knew of it; whole where the version kept the rest, or had no such items."""
        had = self.fields.get(_sort(key.pk, body))
        if had is None or self.version >= KEEPS_BEYOND:
            return body
        return {name: value for name, value in body.items() if name in had}

    def knows(self, message: Message) -> bool:
        if isinstance(message, Expand):
            return message.source in self.sources
        return message.kind in self.kinds if isinstance(message, Job) else True


def _sort(pk: str, body: dict[str, Any]) -> str:
    """Of an item that versions have given new fields; empty for all others, whose fields never changed."""
    if pk == "connections" or pk.startswith("grant|"):
        return pk.partition("|")[0]
    if pk.endswith("|walk"):
        return "walk"
    return "record" if "kind" in body and "root" in body else ""


@dataclass
class OlderTable:
    """`inner`, as the former version reads and writes it."""

    inner: Table
    former: Former

    def get(self, keys: Iterable[Key]) -> dict[Key, Item]:
        return {key: self._read(item) for key, item in self.inner.get(keys).items()}

    def page(self, pk: str, after: str = "", limit: int = 1000, *, backwards: bool = False) -> list[Item]:
        return [self._read(item) for item in self.inner.page(pk, after, limit, backwards=backwards)]

    def in_state(self, state_key: str, until: str = "￿", limit: int = 1000) -> list[Key]:
        return self.inner.in_state(state_key, until, limit)

    def write(self, writes: Sequence[Write]) -> None:
        self.inner.write([self._written(write) for write in writes])

    def write_each(self, groups: Sequence[Sequence[Write]]) -> list[Lost | None]:
        return self.inner.write_each([[self._written(write) for write in group] for group in groups])

    def _read(self, item: Item) -> Item:
        return replace(item, body=self.former.without(item.key, item.body))

    def _written(self, write: Write) -> Write:
        return replace(write, body=self.former.without(write.key, write.body)) if isinstance(write, Put) else write


@dataclass
class OlderQueue:
    """`inner`, without what the former version could not say."""

    inner: Queue
    former: Former

    def send(self, messages: Sequence[Message], delay_s: int = 0) -> None:
        self.inner.send([one for one in messages if self.former.knows(one)], delay_s)


def older_worker(former: Former, door: Door) -> Door:
    """`door`, as the former version stood behind it: a job of a kind that it cannot read comes again, until a newer
    worker takes it; an expansion from a source that it does not know is, before 0.5, taken as done."""

    def take(event: Event) -> Event | None:
        known: list[Any] = []
        again: list[Any] = []
        for record in event.get("Records", []):
            raw = json.loads(record["body"])
            if "kind" in raw and raw["kind"] not in former.kinds:
                again.append(record)
            elif "source" not in raw or raw["source"] in former.sources:
                known.append(record)
            elif former.version >= LEAVES_UNKNOWN:
                again.append(record)
        answer = door({**event, "Records": known}) if known else {"batchItemFailures": []}
        if answer is None:  # it was killed: nothing is known to be done
            return None
        failed = [*answer.get("batchItemFailures", []), *({"itemIdentifier": one["messageId"]} for one in again)]
        return {**answer, "batchItemFailures": failed}

    return take
