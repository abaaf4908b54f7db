"""What is done once when a connection is made: our properties, the company's facts, the cursors (design D9)."""

from __future__ import annotations

from dataclasses import replace

from chalicelib.failures import Rejected, Unknown
from chalicelib.hubspot.client import HubSpot
from chalicelib.quickbooks.client import QuickBooks
from chalicelib.remember.connections import Connection, Connections, ConnectionState
from chalicelib.resolve.customers import KEY_PROPERTY
from chalicelib.telemetry import log
from chalicelib.wiring import Wiring

GROUP = {"name": "quickbooks_sync", "label": "QuickBooks"}
KEY = {
    "name": KEY_PROPERTY,
    "label": "QuickBooks key",
    "type": "string",
    "fieldType": "text",
    "groupName": GROUP["name"],
    "description": "Which customer in QuickBooks this contact was made from. Set by the sync; do not change.",
    "hasUniqueValue": True,
}

_NOT_THERE = ("404", "405", "501")  # an endpoint that this account does not have, answered by no fault of the vendor's


def set_up(wiring: Wiring, connection: Connection, hubspot: HubSpot, quickbooks: QuickBooks) -> None:
    """Make our property, read the company's facts, set the cursors; only then is the connection visible as such.

    What a plan or a scope does not allow is kept as a warning, with what will not work without it.
    """
    warnings: list[str] = []
    try:
        hubspot.ensure_property_group("contacts", GROUP)
        hubspot.ensure_property("contacts", KEY)
        key_property = True
    except (Rejected, Unknown) as refused:
        if isinstance(refused, Unknown) and refused.trouble.code not in _NOT_THERE:
            raise
        key_property = False
        warnings.append(
            f"HubSpot refused the property {KEY_PROPERTY} ({refused.trouble.code}): customers without an e-mail "
            "cannot be told apart after a lost answer; grant crm.schemas.contacts.write and connect again"
        )
    try:
        info = quickbooks.company_info()
        preferences = quickbooks.preferences()
    except (Rejected, Unknown) as refused:
        if isinstance(refused, Unknown) and refused.trouble.code not in _NOT_THERE:
            raise
        info, preferences = {}, {}
        warnings.append(f"QuickBooks does not tell the company's facts ({refused.trouble.code})")
    currency = ((preferences.get("CurrencyPrefs") or {}).get("HomeCurrency") or {}).get("value", "")
    now = wiring.now()

    def connected(held: Connection) -> Connection:
        return replace(
            held,
            state=ConnectionState.CONNECTED,
            company=str(info.get("CompanyName", "")),
            country=str(info.get("Country", "")),
            currency=str(currency),
            key_property=key_property,
            warnings=tuple(warnings),
            hubspot_cursor=held.hubspot_cursor or now,
            quickbooks_cursor=held.quickbooks_cursor or now,
        )

    Connections(wiring.table).change(connection.id, connected)
    log("connected", connection=connection.id, key_property=key_property, warnings=len(warnings))
