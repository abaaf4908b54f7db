"""Settings as workers need them: what a file says in people's words, turned into what the vendors store.

Done once, when a file is applied, with what both systems say at that moment. What they do not say stays as written.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

from chalicelib.settings.check import ACCOUNTS, account
from chalicelib.settings.conditions import meaning_of
from chalicelib.settings.metadata import Metadata
from chalicelib.settings.model import KINDS, Condition, FieldRow, Filters, Group, KindName, Settings, ValueType
from chalicelib.settings.transform import Transform
from chalicelib.settings.typed import Meaning, NotThere, Typed, path_of, property_of

VALUE_TYPES = frozenset(get_args(ValueType))


def resolved(settings: Settings, metadata: Metadata | None) -> Settings:
    """Conditions with their types; choices by stored value, owners and accounts by id."""
    made: dict[str, Any] = {}
    for kind in KINDS:
        one = settings.of(kind)
        if one is not None:
            changes: dict[str, Any] = {
                "filters": _filters(one.filters, kind, metadata),
                "fields": [_row(row, kind, metadata) for row in one.fields],
            }
            made[kind] = one.model_copy(update=changes)
    contacts = made["contacts"]
    create = {"lifecycle_stage": _stage(contacts.create.lifecycle_stage, metadata)}
    create["owner"] = contacts.create.owner and _owner(contacts.create.owner, metadata)
    made["contacts"] = contacts.model_copy(update={"create": contacts.create.model_copy(update=create)})
    if products := made.get("products"):
        ids = {name: _account(getattr(products.create, name), metadata) for name in ACCOUNTS}
        made["products"] = products.model_copy(update={"create": products.create.model_copy(update=ids)})
    return settings.model_copy(update=made)


def _filters(filters: Filters, kind: KindName, metadata: Metadata | None) -> Filters:
    def of(side: str, groups: list[Group]) -> list[Group]:
        return [Group(all=[_condition(one, kind, side, metadata) for one in group.all]) for group in groups]

    return Filters(
        to_quickbooks=of("to_quickbooks", filters.to_quickbooks), to_hubspot=of("to_hubspot", filters.to_hubspot)
    )


def _condition(condition: Condition, kind: KindName, side: str, metadata: Metadata | None) -> Condition:
    meaning = meaning_of(metadata, kind, side, condition.property)
    if meaning is None or isinstance(meaning, NotThere):
        return condition
    stored = _stored(meaning)
    value = condition.value if condition.value is None else stored(condition.value)
    values = [str(stored(one)) for one in condition.values]
    known = meaning.type if meaning.type in VALUE_TYPES else None
    return condition.model_copy(update={"type": known, "value": value, "values": values})


def _stored(meaning: Typed) -> Callable[[Any], Any]:
    """How the vendor stores what a person says of this property."""

    def stored(said: Any) -> Any:
        text = str(said).lower() if isinstance(said, bool) else str(said)
        if meaning.type == "bool":
            return text.casefold()
        found = meaning.option(text)
        return found.value if found else said

    return stored


def _row(row: FieldRow, kind: KindName, metadata: Metadata | None) -> FieldRow:
    """With the type of its property; the entries of a map by their stored values, where nothing comes between the map
    and its side."""
    hubspot = property_of(metadata, kind, row.hubspot)
    if isinstance(hubspot, Typed) and hubspot.type in VALUE_TYPES:
        row = row.model_copy(update={"type": hubspot.type})
    if not any(one.name == "map" for one in row.transform):
        return row
    quickbooks = path_of(metadata, kind, row.quickbooks)
    last = len(row.transform) - 1
    steps = [
        _mapped(one, hubspot if number == 0 else None, quickbooks if number == last else None)
        for number, one in enumerate(row.transform)
    ]
    return row.model_copy(update={"transform": steps})


def _mapped(step: Transform, hubspot: Meaning, quickbooks: Meaning) -> Transform:
    if step.name != "map":
        return step
    one, two = (_stored(side) if isinstance(side, Typed) else (lambda said: said) for side in (hubspot, quickbooks))
    return step.model_copy(update={"entries": tuple((str(one(a)), str(two(b))) for a, b in step.entries)})


def _owner(said: str, metadata: Metadata | None) -> str:
    owners = (metadata.owners if metadata else None) or ()
    return next((one.id for one in owners if one.email.casefold() == said.strip().casefold()), said)


def _stage(said: str | None, metadata: Metadata | None) -> str | None:
    known = property_of(metadata, "contacts", "lifecyclestage")
    found = known.option(said) if said and isinstance(known, Typed) else None
    return found.value if found else said


def _account(said: str | None, metadata: Metadata | None) -> str | None:
    found = account(said, (metadata.accounts if metadata else None) or ()) if said else None
    return found.id if found else said
