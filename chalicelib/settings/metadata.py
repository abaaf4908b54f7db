"""What both systems say about themselves: properties with their types and choices, custom fields, accounts, owners.

Workers read it (`discover`), the table keeps it, and `ops` checks a settings file against it. A part that a vendor did
not let us see is None: nothing can be said against a line that rests on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Option:
    """One choice of an enumeration: the stored value, and the label that people see."""

    value: str
    label: str


@dataclass(frozen=True)
class Property:
    """A HubSpot property (reference section 8). `type`: string, number, date, datetime, bool, enumeration, or one that
    HubSpot adds later. `read_only`: calculated, or its value cannot be written by the API."""

    name: str
    label: str
    type: str
    field_type: str = ""
    options: tuple[Option, ...] = ()
    read_only: bool = False

    @property
    def multiple(self) -> bool:
        """Whether one value holds several choices, joined by semicolons."""
        return self.field_type == "checkbox"


@dataclass(frozen=True)
class CustomField:
    """A custom field on QuickBooks' sales forms, or on its purchase orders (reference section 7.13). `type` is `text`,
    `number` or the vendor's own word for another; the two flags are None where QuickBooks does not tell."""

    id: str
    name: str
    type: str = "text"
    on_all_forms: bool | None = None
    printed: bool | None = None
    on_sales_forms: bool = True


@dataclass(frozen=True)
class Account:
    """An account of QuickBooks' chart of accounts; `type` in QuickBooks' words (Income, Cost of Goods Sold, …)."""

    id: str
    name: str
    type: str
    active: bool = True


@dataclass(frozen=True)
class Owner:
    """A HubSpot user who can own records."""

    id: str
    email: str


Properties = Mapping[str, Property]


@dataclass(frozen=True)
class Metadata:
    """`hubspot` holds, by HubSpot's plural path name (`contacts`, `companies`, `deals`, `invoices`, `products`), the
    object's properties by name. `read_at` in epoch seconds."""

    hubspot: Mapping[str, Properties | None] = field(default_factory=dict)
    custom_fields: tuple[CustomField, ...] | None = None
    accounts: tuple[Account, ...] | None = None
    owners: tuple[Owner, ...] | None = None
    read_at: float = 0.0


def to_body(metadata: Metadata) -> dict[str, Any]:
    """Plain values, for the table."""
    return asdict(metadata)


def from_body(body: Mapping[str, Any]) -> Metadata:
    hubspot = body.get("hubspot") or {}
    return Metadata(
        hubspot={name: None if some is None else _properties(some) for name, some in hubspot.items()},
        custom_fields=_each(CustomField, body.get("custom_fields")),
        accounts=_each(Account, body.get("accounts")),
        owners=_each(Owner, body.get("owners")),
        read_at=float(body.get("read_at", 0.0)),
    )


def _properties(some: Mapping[str, Any]) -> dict[str, Property]:
    return {
        name: _one(Property, {**raw, "options": tuple(_one(Option, one) for one in raw.get("options", ()))})
        for name, raw in some.items()
    }


def _each(kind: Any, rows: Any) -> Any:
    return None if rows is None else tuple(_one(kind, row) for row in rows)


def _one(kind: Any, row: Mapping[str, Any]) -> Any:
    """A row as it was read by this version, or by a newer one that asks for more."""
    return kind(**{name: value for name, value in row.items() if name in kind.__dataclass_fields__})
