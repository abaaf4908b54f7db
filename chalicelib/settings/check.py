"""A settings file against everything that can be known about it. Every mistake is told at once, each at its place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from chalicelib.resolve.products import EXPENSE_TOO
from chalicelib.settings.conditions import conditions
from chalicelib.settings.form import form
from chalicelib.settings.lines import Document, Mistake
from chalicelib.settings.metadata import Account, Metadata
from chalicelib.settings.model import KINDS, KindName, Settings
from chalicelib.settings.rows import rows
from chalicelib.settings.typed import Typed, property_of
from chalicelib.settings.words import did_you_mean, listed, nearest

ACCOUNTS = {  # what `create` may name -> types of account that QuickBooks takes for it (reference section 7.3)
    "income_account": ("Income", "Other Income"),
    "expense_account": ("Expense", "Cost of Goods Sold", "Other Expense"),
    "asset_account": ("Other Current Asset",),
}
NEEDED = {  # type of item -> accounts that QuickBooks insists on
    "Service": ("income_account",),
    "NonInventory": ("income_account",),
    "Inventory": ("income_account", "expense_account", "asset_account"),
}


@dataclass(frozen=True)
class Facts:
    """What else a file is judged by. `connection`: the one it is meant for, None where none is known; `country`: that
    of its company in QuickBooks."""

    connection: str | None = None
    country: str = ""


def check(document: Document, metadata: Metadata | None, facts: Facts) -> list[Mistake]:
    """All mistakes, in the order of their lines. What `metadata` does not hold is not judged: see `notes`."""
    of_form, left = form(document)
    found = [*document.mistakes, *of_form, *_connection(document, left, facts)]
    for kind in KINDS:
        raw = left.get(kind)
        if isinstance(raw, dict):
            found += conditions(document, kind, raw, metadata)
            found += rows(document, kind, raw, metadata)
    found += _new_contacts(document, left, metadata)
    found += _new_items(document, left, metadata, facts.country)
    return sorted(set(found))


def notes(document: Document, metadata: Metadata | None) -> list[str]:
    """What could not be judged, in at most one sentence."""
    if metadata is None:
        return ["only the form was checked: what HubSpot and QuickBooks have to say about it is not known"]
    unseen = [f"HubSpot's {name}" for name in _objects(document) if metadata.hubspot.get(name) is None]
    unseen += [
        name for name, part in (
            ("QuickBooks' custom fields", metadata.custom_fields), ("QuickBooks' accounts", metadata.accounts),
            ("HubSpot's owners", metadata.owners),
        ) if part is None
    ]  # fmt: skip
    return [f"not checked, since they could not be read: {', '.join(unseen)}"] if unseen else []


def _objects(document: Document) -> list[str]:
    """The HubSpot objects that the file speaks of."""
    said = document.value if isinstance(document.value, dict) else {}
    names = [kind for kind in KINDS if kind in said]
    text = " ".join(document.sources.values())
    return [*names, *(other for word, other in (("company.", "companies"), ("deal.", "deals")) if word in text)]


def rests_on_metadata(document: Document) -> bool:
    """Whether the file names anything that only the two systems know: filters, rows, accounts, owners, stages."""
    said = document.value if isinstance(document.value, dict) else {}
    kinds = [said[kind] for kind in KINDS if isinstance(said.get(kind), dict)]
    return any(_says_something(one.get(key)) for one in kinds for key in ("filters", "fields", "create"))


def _says_something(value: Any) -> bool:
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return value is not None if inside is None else any(_says_something(one) for one in inside)


def settings_of(document: Document) -> Settings:
    """The settings of a file without mistakes."""
    return Settings.model_validate(document.value)


def _connection(document: Document, left: dict[str, Any], facts: Facts) -> Iterator[Mistake]:
    said = left.get("connection")
    if said and facts.connection and said != facts.connection:
        yield document.mistake(
            ("connection",),
            f"this file is for connection {said}, not for {facts.connection}; correct it or take it out",
        )


def _create(left: dict[str, Any], kind: KindName) -> dict[str, Any]:
    raw = left.get(kind)
    create = raw.get("create") if isinstance(raw, dict) else None
    return create if isinstance(create, dict) else {}


def _new_contacts(document: Document, left: dict[str, Any], metadata: Metadata | None) -> Iterator[Mistake]:
    create = _create(left, "contacts")
    stage, owner = create.get("lifecycle_stage"), create.get("owner")
    known = property_of(metadata, "contacts", "lifecyclestage")
    if stage and isinstance(known, Typed) and known.options and not known.option(stage):
        message = f"{stage} is no lifecycle stage of this portal{known.nearest_option(stage)}"
        yield document.mistake(("contacts", "create", "lifecycle_stage"), message)
    owners = metadata.owners if metadata else None
    if owner and owners is not None and not any(owner.casefold() in (one.id, one.email.casefold()) for one in owners):
        emails = [one.email for one in owners]
        hint = did_you_mean(nearest(owner, emails)) or f"; there are: {listed(emails)}"
        yield document.mistake(("contacts", "create", "owner"), f"HubSpot has no owner {owner}{hint}")


def _new_items(document: Document, left: dict[str, Any], metadata: Metadata | None, country: str) -> Iterator[Mistake]:
    create = _create(left, "products")
    accounts = metadata.accounts if metadata else None
    for key, types in ACCOUNTS.items():
        said = create.get(key)
        if said and accounts is not None and (wrong := _account(said, types, accounts)):
            yield document.mistake(("products", "create", key), wrong)
    raw = left.get("products")
    if not isinstance(raw, dict) or raw.get("direction", "to_hubspot") == "to_hubspot" or raw.get("enabled") is False:
        return
    said_in_file = (document.value["products"].get("create") or {}) if isinstance(document.value, dict) else {}
    kind = create.get("type", "Service")
    edition = ("expense_account",) if country in EXPENSE_TOO else ()
    needed = dict.fromkeys((*NEEDED.get(kind, ()), *edition))
    missing = [key for key in needed if key not in said_in_file]
    if missing:
        whose = f"{kind}, {country}" if edition else kind
        yield document.mistake(
            ("products", "create") if "create" in raw else ("products",),
            f"products made in QuickBooks ({whose}) need {' and '.join(missing)} under create: "
            "the name or id of an account",
        )


def _account(said: str, types: tuple[str, ...], accounts: tuple[Account, ...]) -> str:
    found = account(said, accounts)
    if found is None:
        fitting = [one.name for one in accounts if one.active and one.type in types]
        hint = did_you_mean(nearest(said, fitting) or nearest(said, [one.name for one in accounts]))
        return f"QuickBooks has no account {said}{hint or '; there are: ' + listed(fitting)}"
    if found.type not in types:
        fitting = [one.name for one in accounts if one.active and one.type in types]
        near = nearest(said, fitting)
        hint = did_you_mean(near) if near else f"; there are: {listed(fitting)}" if fitting else ""
        return f"the account {found.name} is of type {found.type}, and {' or '.join(types)} is wanted{hint}"
    return "" if found.active else f"the account {found.name} is inactive in QuickBooks"


def account(said: str, accounts: tuple[Account, ...]) -> Account | None:
    """By id, or by name without regard to case; an active one first."""
    by_id = (one for one in accounts if one.id == said)
    named = [one for one in accounts if one.name.casefold() == said.strip().casefold()]
    return next(by_id, None) or next((one for one in named if one.active), None) or next(iter(named), None)
