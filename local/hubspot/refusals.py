"""Why a write is refused or put right, whatever its object type (reference, sections 2, 4.4, 4.5 and 12)."""

from __future__ import annotations

from typing import Any

from local.hubspot import values
from local.hubspot.definitions import LIFECYCLE_STAGES, Property
from local.hubspot.errors import BadValue, contact_exists, invalid
from local.hubspot.kinds import Kind
from local.hubspot.records import Table, emails

Values = dict[str, str]


def date_warning(definition: Property, raw: str, stored: str) -> dict[str, Any] | None:
    """What version 2026-09 tells of a date that it normalised."""
    if definition.type != "date" or raw == stored or values.is_exact_date(raw):
        return None
    return {
        "category": "PROPERTY_VALUE_NORMALIZED",
        "message": f"The value of {definition.name} was normalized to {stored}.",
        "context": {"propertyName": [definition.name], "rawValue": [raw], "normalizedValue": [stored]},
    }


def check_new(table: Table, accepted: Values) -> None:
    """Raise the refusal of a new record that lacks what it needs, or has another contact's address."""
    kind = table.kind
    missing = [name for name in kind.needs if not accepted.get(name)]
    if kind.required and not any(accepted.get(name) for name in kind.required):
        missing += kind.required
    if missing:
        raise invalid(
            f"Error creating {kind.legacy}. Some required properties were not set.",
            context={"properties": [f"[{', '.join(missing)}]"]},
        )
    for address in emails(accepted):
        if owner := table.owner("email", address):
            raise contact_exists(owner.id)


def moves_forward(current: str | None, accepted: Values) -> bool:
    """Whether a lifecycle stage may be written by API: forward only, unless cleared first (section 4.5)."""
    wanted = accepted.get("lifecyclestage")
    if not current or not wanted:
        return True
    return LIFECYCLE_STAGES.index(wanted) >= LIFECYCLE_STAGES.index(current)


def taken(portal_id: int, kind: Kind, name: str, value: str, *, wanted_by: str, owner: str) -> BadValue:
    coordinates = (
        f"portalId={portal_id}, objectTypeId=ObjectTypeId{{legacyObjectType={kind.legacy}}}, "
        f"propertyName={name}, value={value}"
    )
    message = f"Cannot set PropertyValueCoordinates{{{coordinates}}} on {wanted_by}. {owner} already has that value."
    return BadValue(name, "CONFLICTING_UNIQUE_VALUE", message)
