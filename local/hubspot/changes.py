"""What happened in a portal, before it becomes a webhook (reference, section 3.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from local.hubspot.kinds import Kind, Source

What = Literal["creation", "propertyChange", "deletion", "restore", "merge", "associationChange", "privacyDeletion"]


@dataclass(frozen=True)
class LinkChange:
    """Two records of the types `one` and `two` were linked, or are no longer. `primary`: it was about the primary
    link, which only companies have."""

    one: Kind
    two: Kind
    one_id: str
    two_id: str
    removed: bool
    primary: bool


@dataclass(frozen=True)
class MergeChange:
    primary_id: str
    merged_ids: tuple[str, ...]
    survivor_id: str
    properties_moved: int


@dataclass(frozen=True)
class Change:
    what: What
    kind: Kind
    at: float
    by: Source
    id: str = ""
    property_name: str = ""
    property_value: str = ""
    subscribable: bool = True
    link: LinkChange | None = None
    merge: MergeChange | None = None
