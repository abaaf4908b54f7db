"""HubSpot's wire shapes: strict about what we use, tolerant of what we do not (reference sections 4.3, 4.7, 5.1)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from chalicelib.jobs import plausible


class Wire(BaseModel):
    model_config = ConfigDict(extra="ignore", defer_build=True, coerce_numbers_to_str=True)


class Record(Wire):
    """One CRM record. Every property is text or absent, however it was typed."""

    id: str
    properties: dict[str, str | None] = Field(default_factory=dict)
    createdAt: datetime | None = None
    updatedAt: datetime | None = None
    archived: bool = False
    objectWriteTraceId: str | None = None

    @field_validator("properties", mode="before")
    @classmethod
    def _texts(cls, value: Any) -> Any:
        return {k: _text(v) for k, v in value.items()} if isinstance(value, dict) else value

    def text(self, name: str) -> str:
        return self.properties.get(name) or ""

    @property
    def modified(self) -> float | None:
        """Seconds since 1970 of the last change, HubSpot's clock."""
        stamp = self.properties.get("lastmodifieddate") or self.properties.get("hs_lastmodifieddate")
        return _moment(stamp) if stamp else _moment(self.updatedAt)

    @property
    def created(self) -> float:
        stamp = self.properties.get("createdate")
        return (_moment(stamp) if stamp else _moment(self.createdAt)) or 0.0

    @property
    def merged_ids(self) -> set[str]:
        return {one.strip() for one in self.text("hs_merged_object_ids").split(";") if one.strip()}

    @property
    def emails(self) -> list[str]:
        """The primary e-mail first, then the additional ones."""
        every = [self.text("email"), *self.text("hs_additional_emails").split(";")]
        return list(dict.fromkeys(one.strip().lower() for one in every if one.strip()))


class BatchReply(Wire):
    """The answer of a batch call, whole or in part (200, 201, 207)."""

    results: list[Record] = Field(default_factory=list)
    errors: list[dict[str, Any]] = Field(default_factory=list)


class AssociationType(Wire):
    typeId: int
    label: str | None = None


class AssociationTo(Wire):
    toObjectId: str
    associationTypes: list[AssociationType] = Field(default_factory=list)


class Associations(Wire):
    """What one record is associated with; `after` is set where more is to be read."""

    from_id: str
    to: list[AssociationTo] = Field(default_factory=list)
    after: str | None = None


def instant(stamp: str) -> float:
    """A HubSpot time as seconds: ISO 8601, or milliseconds as text."""
    if stamp.lstrip("-").isdecimal():
        return int(stamp) / 1_000
    return datetime.fromisoformat(stamp.replace("Z", "+00:00")).timestamp()


def _moment(stamp: str | datetime | None) -> float | None:
    """A time that a record can have, or none: it only saves reads and orders names."""
    if stamp is None:
        return None
    try:
        return plausible(stamp.timestamp() if isinstance(stamp, datetime) else instant(stamp))
    except (ValueError, OverflowError):
        return None


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return str(value).lower() if isinstance(value, bool) else str(value)
