"""One stored object, and what is told about a change of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from local.quickbooks.fields import Entity

Values = dict[str, Any]
Key = tuple[str, str]  # entity, id


@dataclass
class Record:
    """`locked`: part of a bank deposit. Names in `values` that start with # are ours and never shown."""

    entity: Entity
    id: str
    token: int
    created: float
    updated: float
    values: Values
    voided: bool = False
    locked: bool = False

    @property
    def key(self) -> Key:
        return self.entity.name, self.id

    @property
    def active(self) -> bool:
        return self.values.get("Active", True) is not False

    @property
    def name(self) -> str:
        return str(self.values[self.entity.named_by])


@dataclass(frozen=True)
class Change:
    """Something that a webhook tells."""

    entity: str
    id: str
    operation: str
    deleted_id: str | None = None


@dataclass(frozen=True)
class Manner:
    """Who asks for a change, and whether a document number may be used twice (`include=allowduplicatedocnum`)."""

    by_person: bool = False
    allow_duplicate: bool = False


BY_API = Manner()
BY_PERSON = Manner(by_person=True)
