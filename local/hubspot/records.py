"""Records of one object type: their values, history, and the indexes that keep values unique."""

from __future__ import annotations

import bisect
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from local.hubspot.kinds import Kind, Source, iso
from local.hubspot.values import split

INDEX_MEMORY_S = 600.0  # how far back the search index can be asked to lag


@dataclass(frozen=True)
class Version:
    """One value that a property has had."""

    value: str
    at: float
    by: Source

    def json(self) -> dict[str, Any]:
        body: dict[str, Any] = {
            "value": self.value,
            "timestamp": iso(self.at),
            "sourceType": self.by.changeSource,
            "sourceId": self.by.sourceId,
            "sourceLabel": self.by.label,
        }
        return body | ({"updatedByUserId": self.by.user_id} if self.by.user_id else {})


@dataclass(frozen=True)
class ShelvedLink:
    """A link that an archived record had; restoring brings it back."""

    there: Kind
    other_id: str
    primary: bool


@dataclass
class Record:
    """`values` holds only what is not empty. `revisions` is what the search index could still be showing."""

    kind: Kind
    id: str
    created_at: float
    updated_at: float
    values: dict[str, str] = field(default_factory=dict)
    history: dict[str, list[Version]] = field(default_factory=dict)
    archived_at: float | None = None
    revisions: list[tuple[float, dict[str, str] | None]] = field(default_factory=list)
    shelved: list[ShelvedLink] = field(default_factory=list)

    @property
    def number(self) -> int:
        return int(self.id)

    def remember_revision(self, at: float) -> None:
        """Let the index learn what the record is now: its values, or that it is gone."""
        self.revisions.append((at, dict(self.values) if self.archived_at is None else None))
        while len(self.revisions) > 1 and self.revisions[1][0] < at - INDEX_MEMORY_S:
            del self.revisions[0]

    def indexed_values(self, at: float) -> dict[str, str] | None:
        """What the index knew at a moment, or None where it knew no such record."""
        for since, values in reversed(self.revisions):
            if since <= at:
                return values
        return None


class Table:
    """All records of one object type in one portal, live and archived."""

    def __init__(self, kind: Kind, first_id: int, steps: random.Random) -> None:
        self.kind = kind
        self.records: dict[str, Record] = {}
        self.merged_into: dict[str, str] = {}
        self._order: list[int] = []  # ascending, as ids are given out ascending
        self._owners: dict[tuple[str, str], str] = {}  # (property, unique value) -> record id
        self._next_id = first_id
        self._steps = steps

    def new_id(self) -> str:
        given, self._next_id = self._next_id, self._next_id + self._steps.randint(1, 37)
        return str(given)

    def add(self, record: Record) -> None:
        self.records[record.id] = record
        bisect.insort(self._order, record.number)

    def drop(self, record: Record) -> None:
        """Forget a record for good."""
        del self.records[record.id]
        del self._order[bisect.bisect_left(self._order, record.number)]

    def live(self, record_id: str) -> Record | None:
        record = self.records.get(record_id)
        return record if record and record.archived_at is None else None

    def survivor(self, record_id: str) -> Record | None:
        """The live record that a merged-away id now stands for."""
        while record_id in self.merged_into:
            record_id = self.merged_into[record_id]
        return self.live(record_id)

    def ascending(self, start: int = 0) -> Iterator[Record]:
        """Records from an id on, archived ones too."""
        for number in self._order[bisect.bisect_left(self._order, start) :]:
            yield self.records[str(number)]

    def claim(self, record: Record, unique: list[str]) -> None:
        """Note which unique values a record holds. E-mail addresses, primary or not, are held under `email`."""
        for name in unique:
            if value := record.values.get(name):
                self._owners[name, value] = record.id
        for address in emails(record.values):
            self._owners["email", address] = record.id

    def disclaim(self, record: Record) -> None:
        held = [key for key, owner in self._claims_of(record) if owner == record.id]
        for key in held:
            del self._owners[key]

    def owner(self, name: str, value: str) -> Record | None:
        owner_id = self._owners.get((name, value))
        return self.live(owner_id) if owner_id else None

    def _claims_of(self, record: Record) -> Iterator[tuple[tuple[str, str], str]]:
        keys = {*record.values.items(), *(("email", address) for address in emails(record.values))}
        for key in keys:
            if key in self._owners:
                yield key, self._owners[key]


def emails(values: dict[str, str]) -> list[str]:
    """A contact's addresses, the primary one first."""
    primary = [values["email"]] if values.get("email") else []
    return [*primary, *split(values.get("hs_additional_emails", ""))]
