"""The settings file: one YAML file for a connection, as the design's contract has it.

This slice acts on `contacts`; `products` and `invoices` are read so that a whole file can be applied, and wait for
their own capability.
"""

from __future__ import annotations

import datetime
from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

Direction = Literal["to_quickbooks", "to_hubspot", "both"]
ConflictRule = Literal["hubspot", "quickbooks", "newest", "ask"]
NameRule = Literal["reject", "qualify", "share", "sub_customer"]
Operator = Literal[
    "equals", "not_equals", "any_of", "none_of", "contains", "not_contains", "known", "unknown",
    "before", "after", "greater_than", "less_than",
]  # fmt: skip


ASSOCIATED = {"company": "companies", "deal": "deals", "invoice": "invoices"}  # in filters -> HubSpot's path name


class SettingsError(ValueError):
    """A settings file that cannot be applied. Each line says where, what and how to put it right."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        super().__init__("\n".join(lines))


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Condition(_Strict):
    property: str
    operator: Operator
    value: str | int | float | bool | datetime.date | None = None  # YAML reads an unquoted date as one
    values: list[str] = Field(default_factory=list)

    @field_validator("value", mode="before")
    @classmethod
    def _dates_are_texts(cls, value: Any) -> Any:
        """YAML makes a date of 2026-11-21 where nobody put it in quotes."""
        return value.isoformat() if isinstance(value, date) else value

    @model_validator(mode="after")
    def _has_what_it_needs(self) -> Condition:
        if self.operator in ("any_of", "none_of"):
            if not self.values:
                raise ValueError(f"{self.operator} needs `values: [...]`")
        elif self.operator not in ("known", "unknown") and self.value is None:
            raise ValueError(f"{self.operator} needs `value: ...`")
        return self


class Group(_Strict):
    all: list[Condition] = Field(min_length=1)


class Filters(_Strict):
    to_quickbooks: list[Group] = Field(default_factory=list)
    to_hubspot: list[Group] = Field(default_factory=list)


class FieldRow(_Strict):
    """A row of the field table: a pair of a HubSpot property and a path in QuickBooks."""

    hubspot: str
    quickbooks: str
    direction: Direction = "both"
    enabled: bool = True
    clears: bool = False
    conflict: ConflictRule | None = None


class Contacts(_Strict):
    enabled: bool = True
    direction: Direction = "both"
    conflict: ConflictRule = "hubspot"
    match: Literal["email", "none"] = "email"
    display_name: Literal["company", "person"] = "company"
    on_name_taken: NameRule = "reject"
    deletes: Literal["ignore", "archive"] = "ignore"
    without_email: Literal["exclude", "include"] = "exclude"
    shared: bool = False
    filters: Filters = Field(default_factory=Filters)
    fields: list[FieldRow] = Field(default_factory=list)


class Settings(_Strict):
    connection: str | None = None
    contacts: Contacts = Field(default_factory=Contacts)
    products: dict[str, Any] | None = None
    invoices: dict[str, Any] | None = None


def read(raw: Any) -> Settings:
    """The settings that a parsed YAML file holds. Raises `SettingsError` with a line for each mistake."""
    if not isinstance(raw, dict):
        raise SettingsError(["the file is empty or no mapping: begin with `contacts:`"])
    try:
        settings = Settings.model_validate(raw)
    except ValidationError as wrong:
        raise SettingsError([_line(error) for error in wrong.errors()]) from None
    unable = [
        f"contacts.filters.to_quickbooks: {name}: a condition on an associated record names one of: "
        + ", ".join(f"{subject}.…" for subject in ASSOCIATED)
        for group in settings.contacts.filters.to_quickbooks
        for name in [condition.property for condition in group.all]
        if "." in name and name.partition(".")[0] not in ASSOCIATED
    ]
    if unable:
        raise SettingsError(unable)
    return settings


def _line(error: Any) -> str:
    where = ".".join(str(step) for step in error["loc"])
    if error["type"] == "extra_forbidden":
        return f"{where}: there is no such setting; see docs/settings.md for the ones there are"
    return f"{where}: {error['msg']}"
