"""QuickBooks' wire shapes: strict about what we use, tolerant of what we do not (reference section 7)."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from chalicelib.quickbooks.faults import Fault
from chalicelib.quickbooks.webhook import seconds

DELETED_SUFFIX = " (deleted)"


class Stamps(BaseModel):
    model_config = ConfigDict(extra="ignore", defer_build=True)
    CreateTime: str = ""
    LastUpdatedTime: str = ""


class Customer(BaseModel):
    """A customer as QuickBooks sent it: the fields we decide by, and `raw` whole for the mapped ones."""

    model_config = ConfigDict(extra="ignore", defer_build=True, coerce_numbers_to_str=True)

    Id: str
    SyncToken: str = ""
    DisplayName: str = ""
    Active: bool = True
    Job: bool = False
    IsProject: bool = False
    MetaData: Stamps = Field(default_factory=Stamps)
    status: str = ""
    raw: dict[str, Any] = Field(default_factory=dict)
    seen: float | None = None  # QuickBooks' own time of the reply that held it
    until: float | None = None  # the same and the length of the call: the latest stamp of the write's own notice

    @classmethod
    def read(cls, raw: dict[str, Any], seen: float | None = None, until: float | None = None) -> Customer:
        return cls.model_validate({**raw, "raw": raw, "seen": seen, "until": until})

    def text(self, path: str) -> str:
        """The leaf at a dotted path, as text; empty where there is none."""
        value: Any = self.raw
        for step in path.split("."):
            value = value.get(step) if isinstance(value, dict) else None
        if value is None:
            return ""
        return str(value).lower() if isinstance(value, bool) else str(value)

    @property
    def plain_name(self) -> str:
        """The display name without what an inactivation appended."""
        name = self.DisplayName
        return name if self.Active else name.split(DELETED_SUFFIX)[0]

    @property
    def modified(self) -> float | None:
        """Whole seconds of the last change, QuickBooks' clock."""
        return seconds(self.MetaData.LastUpdatedTime) if self.MetaData.LastUpdatedTime else None

    @property
    def emails(self) -> list[str]:
        """QuickBooks takes several addresses in one field; the first is the main one."""
        every = self.text("PrimaryEmailAddr.Address").replace(";", ",").split(",")
        return [one.strip().lower() for one in every if one.strip()]


class ItemReply:
    """One item of a batch: what was stored, or the fault, or neither where the reply left it out."""

    def __init__(
        self,
        b_id: str,
        raw: dict[str, Any],
        fault: Fault | None,
        seen: float | None = None,
        until: float | None = None,
    ) -> None:
        self.b_id = b_id
        self.raw = raw
        self.fault = fault
        self.seen = seen
        self.until = until

    def rows(self, entity: str) -> list[dict[str, Any]]:
        rows = (self.raw.get("QueryResponse") or {}).get(entity) or []
        return list(rows)
