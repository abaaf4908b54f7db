"""What is done once when a connection is made, and again when it comes back: our properties, the facts, the cursors."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from chalicelib.connect.proving import is_not_there
from chalicelib.connect.resuming import go_on
from chalicelib.failures import Rejected, Unknown
from chalicelib.hubspot import scopes
from chalicelib.hubspot.client import HubSpot
from chalicelib.quickbooks.client import QuickBooks
from chalicelib.remember.connections import Connection, Connections, ConnectionState
from chalicelib.resolve.pair import KEY_PROPERTY
from chalicelib.telemetry import log
from chalicelib.wiring import Wiring

GROUP = {"name": "quickbooks_sync", "label": "QuickBooks"}
OUR_PROPERTIES: dict[str, tuple[dict[str, Any], ...]] = {  # HubSpot object -> what we make on it
    "contacts": (
        {
            "name": KEY_PROPERTY,
            "label": "QuickBooks key",
            "type": "string",
            "fieldType": "text",
            "description": "Which customer in QuickBooks this contact was made from. Set by the sync; do not change.",
            "hasUniqueValue": True,
        },
    ),
}
_WITHOUT_KEY = "a customer without an e-mail cannot be told apart after a lost answer"


def set_up(
    wiring: Wiring,
    connection: Connection,
    hubspot: HubSpot,
    quickbooks: QuickBooks,
    info: dict[str, Any] | None = None,
) -> Connection:
    """Make what is ours, read the facts, set the cursors; only then is the connection visible as connected.

    What a plan or a scope does not allow is kept as a warning, with what will not work without it. Raises where a
    vendor cannot be reached: then it is done again later, as often as it takes. `info`: CompanyInfo, if just read.
    """
    warnings = _missing_scopes(wiring, connection)
    details = _told(hubspot.account_details, "HubSpot does not tell the account's facts", warnings)
    made = {
        (kind, str(wanted["name"])): _own(hubspot, kind, wanted, warnings)
        for kind, properties in OUR_PROPERTIES.items()
        for wanted in properties
    }
    info = info or _told(quickbooks.company_info, "QuickBooks does not tell the company's facts", warnings)
    preferences = _told(quickbooks.preferences, "QuickBooks does not tell the company's preferences", warnings)
    currencies = preferences.get("CurrencyPrefs") or {}
    portal_currency = str(details.get("companyCurrency") or "")
    home = str((currencies.get("HomeCurrency") or {}).get("value") or "")
    if portal_currency and home and portal_currency != home:
        warnings.append(f"HubSpot's company currency is {portal_currency}, QuickBooks' home currency is {home}")
    now = wiring.now()

    def connected(held: Connection) -> Connection:
        return replace(
            held,
            state=ConnectionState.CONNECTED if held.living else held.state,  # somebody may end it meanwhile
            company=str(info.get("CompanyName") or held.company),
            country=str(info.get("Country") or held.country),
            currency=home or held.currency,
            edition=_named(info, "OfferingSku") or held.edition,
            multi_currency=bool(currencies.get("MultiCurrencyEnabled")),
            portal_currency=portal_currency or held.portal_currency,
            time_zone=str(details.get("timeZone") or held.time_zone),
            account_type=str(details.get("accountType") or held.account_type),
            ui_domain=str(details.get("uiDomain") or held.ui_domain),
            key_property=made["contacts", KEY_PROPERTY],
            warnings=tuple(warnings),
            hubspot_cursor=held.hubspot_cursor or now,
            quickbooks_cursor=held.quickbooks_cursor or now,
            resumed_at=now if held.was_connected else 0.0,
            looked_at=0.0 if held.was_connected else now,  # coming back, the look is noted when it was asked for
        )

    changed = Connections(wiring.table).change(connection.id, connected)
    log("connected", connection=connection.id, key_property=changed.key_property, warnings=len(warnings))
    if connection.was_connected:
        go_on(wiring, changed)
    return changed


def _missing_scopes(wiring: Wiring, connection: Connection) -> list[str]:
    """A warning for each right that the portal did not give, where HubSpot said which it gave."""
    grant = wiring.grants.get(connection.portal)
    if grant is None or not grant.scopes:
        return []
    return [f"HubSpot did not give the right {one.name}. {one.without}" for one in scopes.missing(grant.scopes)]


def _own(hubspot: HubSpot, kind: str, wanted: dict[str, Any], warnings: list[str]) -> bool:
    """Whether our property is there as we need it. One of the same name that is somebody else's is left alone."""
    try:
        held = hubspot.property(kind, wanted["name"])
        if held is None:
            hubspot.ensure_property_group(kind, GROUP)
            if hubspot.ensure_property(kind, {**wanted, "groupName": GROUP["name"]}):
                return True
            held = hubspot.property(kind, wanted["name"])  # somebody was quicker
    except (Rejected, Unknown) as refused:
        if isinstance(refused, Unknown) and not is_not_there(refused):
            raise
        warnings.append(
            f"HubSpot did not let the sync make its property {wanted['name']} on {kind} ({refused.trouble.code}): "
            f"{_WITHOUT_KEY}; give the scopes crm.schemas.{kind}.read and .write, and connect again"
        )
        return False
    needed = ("type", "hasUniqueValue")
    if held is None or any(held.get(name) != wanted.get(name, False) for name in needed):
        warnings.append(
            f"the portal has a property {wanted['name']} on {kind} that is not the sync's own (it is not a unique "
            f"text); it is left alone, so {_WITHOUT_KEY}; rename or delete it in HubSpot, and connect again"
        )
        return False
    return True


def _told(ask: Any, warning: str, warnings: list[str]) -> dict[str, Any]:
    try:
        return dict(ask())
    except (Rejected, Unknown) as refused:
        if isinstance(refused, Unknown) and not is_not_there(refused):
            raise
        warnings.append(f"{warning} ({refused.trouble.code})")
        return {}


def _named(info: dict[str, Any], name: str) -> str:
    """A value of CompanyInfo's name-value list."""
    pairs = info.get("NameValue")
    found = [one.get("Value") for one in pairs if one.get("Name") == name] if isinstance(pairs, list) else []
    return str(found[0]) if found else ""
