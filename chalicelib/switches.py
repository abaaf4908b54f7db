"""Which kinds of record a connection syncs. The receiver asks too, so settings are read here as they are stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.jobs import ConnectionId, Expand, Kind
from chalicelib.remember.connections import Connection

SECTIONS: Mapping[Kind, str] = {  # of the settings file; payments follow their invoices
    Kind.CUSTOMER: "contacts", Kind.PRODUCT: "products", Kind.INVOICE: "invoices", Kind.PAYMENT: "invoices",
}  # fmt: skip

DAILY, ALL = "daily", "all"  # why all that is linked is looked at: for what no sweep sees in HubSpot


def section(settings: Any, kind: Kind) -> Mapping[str, Any] | None:
    """What the settings say of a kind; None where they are silent. Of contacts they need say nothing."""
    said = settings.get(SECTIONS[kind]) if isinstance(settings, dict) else None
    if isinstance(said, dict):
        return said
    return {} if kind is Kind.CUSTOMER else None


def is_on(settings: Any, kind: Kind) -> bool:
    said = section(settings, kind)
    return said is not None and said.get("enabled") is not False


def sections_on(settings: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for kind, name in SECTIONS.items() if is_on(settings, kind)))


def looks_at_all(connection: ConnectionId, settings: Any, why: str) -> list[Expand]:
    """A look at all that is linked, a kind each. Of contacts also while they are off: it notes that they are."""
    others = [kind for kind in (Kind.PRODUCT, Kind.INVOICE) if is_on(settings, kind)]
    return [Expand(connection, "linked", why), *(look_at_all(connection, kind, why) for kind in others)]


def look_at_all(connection: ConnectionId, kind: Kind, why: str) -> Expand:
    return Expand(connection, "linked", f"{why}:{kind}")


def kind_of(look: Expand) -> Kind:
    """Of what kind a look at all that is linked is; older ones are silent, and about customers."""
    return Kind(look.id.partition(":")[2] or Kind.CUSTOMER)


def only_in_hubspot(look: Expand) -> bool:
    """Whether a look at all that is linked is for what may have changed in HubSpot; sweeps tell of QuickBooks."""
    return look.id.partition(":")[0] in (DAILY, ALL)


def is_prepared(connection: Connection) -> bool:
    """Whether our properties have been made for every kind that is on."""
    return set(sections_on(connection.settings)) <= set(connection.prepared)


def waits_for_properties(connection: Connection, kind: Kind) -> bool:
    """Whether records of a kind cannot be written yet, because what they are to hold has not been made in HubSpot.
    Contacts never wait: connections of an older release have theirs."""
    return kind is not Kind.CUSTOMER and SECTIONS[kind] not in connection.prepared
