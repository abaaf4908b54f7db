"""QuickBooks' wire shapes: strict about what we use, tolerant of what we do not (reference section 7)."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, ClassVar, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from chalicelib.jobs import plausible, vendor_id
from chalicelib.quickbooks.faults import Fault
from chalicelib.quickbooks.webhook import seconds
from chalicelib.telemetry import problem
from chalicelib.transport import ODD, nonsense

DELETED_SUFFIX = " (deleted)"


_WORD = re.compile(r"[A-Za-z ]{0,40}")


class Stamps(BaseModel):
    model_config = ConfigDict(extra="ignore", defer_build=True)
    CreateTime: str = ""
    LastUpdatedTime: str = ""


class Row(BaseModel):
    """A row as QuickBooks sent it: the fields that we decide by, and `raw` whole for the mapped ones."""

    model_config = ConfigDict(extra="ignore", defer_build=True, coerce_numbers_to_str=True)
    ENTITY: ClassVar[str]  # QuickBooks' own word
    NAME_PATH: ClassVar[str] = ""  # what people know it by

    Id: str
    SyncToken: str = ""
    Active: bool = True
    MetaData: Stamps = Field(default_factory=Stamps)
    status: str = ""
    raw: dict[str, Any] = Field(default_factory=dict)
    seen: float | None = None  # QuickBooks' own time of the reply that held it
    until: float | None = None  # the same and the length of the call: the latest stamp of the write's own notice

    @classmethod
    def read(cls, raw: dict[str, Any], seen: float | None = None, until: float | None = None) -> Self:
        """Raises `Unknown` where it is no row that QuickBooks could have."""
        try:
            given = {name: value for name, value in raw.items() if value is not None}
            row = cls.model_validate({**given, "raw": raw, "seen": seen, "until": until})
            row.judge()
        except ODD as odd:
            problem("a row makes no sense", odd, entity=cls.ENTITY)
            raise nonsense("QuickBooks") from None
        return row

    def judge(self) -> None:
        """Raise where something in it, that is read only when it is needed, could not be read."""

    def text(self, path: str) -> str:
        """The leaf at a dotted path, as text; empty where there is none."""
        value: Any = self.raw
        for step in path.split("."):
            value = value.get(step) if isinstance(value, dict) else None
        return as_text(value)

    @property
    def plain_name(self) -> str:
        """The name without what an inactivation appended."""
        name = self.text(self.NAME_PATH)
        return name if self.Active else name.split(DELETED_SUFFIX)[0]

    @property
    def modified(self) -> float | None:
        """Whole seconds of the last change, QuickBooks' clock."""
        try:
            return plausible(seconds(self.MetaData.LastUpdatedTime)) if self.MetaData.LastUpdatedTime else None
        except (ValueError, OverflowError):
            return None


def as_text(value: Any) -> str:
    """A value of JSON as text; a number in plain decimal notation, whole where it is whole."""
    if value is None or isinstance(value, dict | list):
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return format(Decimal(str(value)).normalize(), "f") if isinstance(value, float) else str(value)


class Customer(Row):
    ENTITY = "Customer"
    NAME_PATH = "DisplayName"

    DisplayName: str = ""
    Job: bool = False
    IsProject: bool = False

    @property
    def emails(self) -> list[str]:
        """QuickBooks takes several addresses in one field; the first is the main one."""
        every = self.text("PrimaryEmailAddr.Address").replace(";", ",").split(",")
        return [one.strip().lower() for one in every if one.strip()]


class Item(Row):
    """A product or service (reference section 7.3)."""

    ENTITY = "Item"
    NAME_PATH = "Name"

    Name: str = ""
    Type: str = ""
    Sku: str = ""
    FullyQualifiedName: str = ""

    def judge(self) -> None:
        """What kind of item it is decides whether it is synced: a word that is none must not keep it out."""
        if not _WORD.fullmatch(self.Type):
            raise ValueError("no type")


AnyRow = TypeVar("AnyRow", bound=Row)


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
        """What a query found; raises `Unknown` where the reply does not say it."""
        try:
            return rows_in(self.raw["QueryResponse"], entity)
        except ODD as odd:
            problem("an item of a batch makes no sense", odd, entity=entity)
            raise nonsense("QuickBooks") from None


def rows_in(response: dict[str, Any], entity: str) -> list[dict[str, Any]]:
    """The rows of a query's response, which leaves the entity out where there are none. Each has an id."""
    rows = response.get(entity)
    found = [] if rows is None else rows
    for row in found:
        vendor_id(row["Id"])
    return list(found)
