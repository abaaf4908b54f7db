"""The settings of a connection: one YAML file, as the design's contract has it.

Workers read by this what is stored (`read`); what a person may write is judged more strictly, with the place of each
mistake, in `check`. This file is on every start's way: no YAML here.
"""

from __future__ import annotations

import datetime
from datetime import date
from typing import Any, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from chalicelib.settings.transform import Transform

Direction = Literal["to_quickbooks", "to_hubspot", "both"]
ConflictRule = Literal["hubspot", "quickbooks", "newest", "ask"]
NameRule = Literal["reject", "qualify", "share", "sub_customer"]
KindName = Literal["contacts", "products", "invoices"]
ItemType = Literal["Service", "NonInventory", "Inventory"]
PaymentRule = Literal["note", "note_and_record", "none"]
ValueType = Literal["string", "number", "date", "datetime", "bool", "enumeration"]
Operator = Literal[
    "equals", "not_equals", "any_of", "none_of", "contains", "not_contains", "known", "unknown",
    "before", "after", "greater_than", "less_than",
]  # fmt: skip

KINDS: tuple[KindName, ...] = ("contacts", "products", "invoices")
ASSOCIATED = {"company": "companies", "deal": "deals", "invoice": "invoices"}  # in filters -> HubSpot's path name
LISTING = ("any_of", "none_of")  # operators that take `values`
ALONE = ("known", "unknown")  # operators that take nothing


class SettingsError(ValueError):
    """Settings that cannot be read. Each line says where, what and how to put it right."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        super().__init__("\n".join(lines))


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Condition(_Strict):
    """`type` is that of the property. No file says it: `resolved` fills it in when the file is applied, so that a
    worker compares numbers as numbers without asking either vendor."""

    property: str
    operator: Operator
    value: str | int | float | bool | datetime.date | None = None  # YAML reads an unquoted date as one
    values: list[str] = Field(default_factory=list)
    type: ValueType | None = None

    @field_validator("value", mode="before")
    @classmethod
    def _dates_are_texts(cls, value: Any) -> Any:
        """YAML makes a date of 2026-11-21 where nobody put it in quotes."""
        return value.isoformat() if isinstance(value, date) else value

    @field_validator("values", mode="before")
    @classmethod
    def _values_are_texts(cls, values: Any) -> Any:
        return [_as_text(one) for one in values] if isinstance(values, list) else values

    @model_validator(mode="after")
    def _has_what_it_needs(self) -> Condition:
        if self.operator in LISTING:
            if not self.values:
                raise ValueError(f"{self.operator} needs `values: [{'...' if self.value is None else self.value}]`")
        elif self.operator not in ALONE and self.value is None:
            raise ValueError(f"{self.operator} needs `value: {self.values[0] if self.values else '...'}`")
        return self


def _as_text(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, int | float) else value


class Group(_Strict):
    all: list[Condition] = Field(min_length=1)


class Filters(_Strict):
    to_quickbooks: list[Group] = Field(default_factory=list)
    to_hubspot: list[Group] = Field(default_factory=list)


class FieldRow(_Strict):
    """A row of the field table: a pair of a HubSpot property and a path in QuickBooks.

    `type` is that of the property. As with conditions, no file says it, and `resolved` fills it in.
    """

    hubspot: str
    quickbooks: str
    direction: Direction = "both"
    enabled: bool = True
    clears: bool = False
    conflict: ConflictRule | None = None
    transform: list[Transform] = Field(default_factory=list)
    type: ValueType | None = None


class _Kind(_Strict):
    """What every kind of record may say."""

    enabled: bool = True
    direction: Direction = "both"
    conflict: ConflictRule = "hubspot"
    deletes: Literal["ignore", "archive"] = "ignore"
    shared: bool = False
    filters: Filters = Field(default_factory=Filters)
    fields: list[FieldRow] = Field(default_factory=list)


class NewContacts(_Strict):
    """What a contact that we make is given; `owner` by e-mail or id."""

    lifecycle_stage: str | None = None
    owner: str | None = None


class NewItems(_Strict):
    """What a QuickBooks item that we make is given; accounts by name or id."""

    type: ItemType = "Service"
    income_account: str | None = None
    expense_account: str | None = None
    asset_account: str | None = None


class Contacts(_Kind):
    match: Literal["email", "none"] = "email"
    display_name: Literal["company", "person"] = "company"
    on_name_taken: NameRule = "reject"
    without_email: Literal["exclude", "include"] = "exclude"
    create: NewContacts = Field(default_factory=NewContacts)


class _Led(_Kind):
    """A kind in which QuickBooks leads unless the file says otherwise: where nothing goes there, its values win."""

    @model_validator(mode="before")
    @classmethod
    def _quickbooks_wins_where_it_leads(cls, raw: Any) -> Any:
        if isinstance(raw, dict) and "conflict" not in raw and raw.get("direction", "to_hubspot") == "to_hubspot":
            return {**raw, "conflict": "quickbooks"}
        return raw


class Products(_Led):
    direction: Direction = "to_hubspot"
    match: Literal["sku", "name", "none"] = "sku"
    create: NewItems = Field(default_factory=NewItems)


class Invoices(_Led):
    """QuickBooks' invoices are mirrored in HubSpot; the other way there is none. `payments`: how one is shown there, as
    a note on the timeline of its deals, also as a payment record, or not at all."""

    direction: Literal["to_hubspot"] = "to_hubspot"
    payments: PaymentRule = "note"


class Settings(_Strict):
    """`products` and `invoices` that a file leaves out are not synced; contacts are."""

    connection: str | None = None
    contacts: Contacts = Field(default_factory=Contacts)
    products: Products | None = None
    invoices: Invoices | None = None

    def of(self, kind: KindName) -> Contacts | Products | Invoices | None:
        return cast("Contacts | Products | Invoices | None", getattr(self, kind))

    def enabled(self, kind: KindName) -> bool:
        one = self.of(kind)
        return one is not None and one.enabled


def read(raw: Any) -> Settings:
    """The settings that are stored, or that a parsed YAML file holds. Raises `SettingsError` with a line for each
    mistake.

    What an earlier release stored of products and invoices, where it took any content, counts as left out if it makes
    no sense now.
    """
    if not isinstance(raw, dict):
        raise SettingsError(["the file is empty or no mapping: begin with `contacts:`"])
    try:
        settings = Settings.model_validate(raw)
    except ValidationError as wrong:
        untrusted = {error["loc"][0] for error in wrong.errors()}
        if untrusted <= {"products", "invoices"}:
            return read({name: value for name, value in raw.items() if name not in untrusted})
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
