"""What is done once when a connection is made, and again when it comes back: our properties, the facts, the cursors."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from chalicelib.connect.properties import OBJECTS, Made, is_about_properties, make_properties
from chalicelib.connect.proving import is_not_there
from chalicelib.connect.resuming import go_on
from chalicelib.failures import Rejected, Unknown
from chalicelib.hubspot import scopes
from chalicelib.hubspot.client import HubSpot
from chalicelib.jobs import Kind
from chalicelib.quickbooks.client import QuickBooks
from chalicelib.remember.connections import Connection, Connections, ConnectionState
from chalicelib.switches import SECTIONS, look_at_all, sections_on
from chalicelib.telemetry import log
from chalicelib.wiring import Wiring

NOT_GIVEN = "HubSpot did not give the right"
LOOKS_AFTER_S = 5  # the one write is done by then


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
    made = make_properties(hubspot, connection)
    warnings += made.warnings
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
            _with(held, made),
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
            company_time_zone=str(info.get("DefaultTimeZone") or held.company_time_zone),
            warnings=tuple(warnings),
            hubspot_cursor=held.hubspot_cursor or now,
            quickbooks_cursor=held.quickbooks_cursor or now,
            resumed_at=now if held.was_connected else 0.0,
            looked_at=0.0 if held.was_connected else now,  # coming back, the look is noted when it was asked for
        )

    changed = Connections(wiring.table).change(connection.id, connected)
    log("connected", connection=connection.id, keys=changed.keys, warnings=len(warnings))
    if connection.was_connected:
        go_on(wiring, changed)
    return changed


def prepare(wiring: Wiring, connection: Connection, hubspot: HubSpot, quickbooks: QuickBooks) -> Connection:
    """What a set-up would do by now that it did not then: the settings have switched a kind on, or a newer release
    needs more. What was synced before our properties were there is looked at again. Raises as `set_up` does."""
    made = make_properties(hubspot, connection)
    missing = _missing_scopes(wiring, connection)
    info: dict[str, Any] = {}
    unknown: list[str] = []
    if not connection.company_time_zone:
        info = _told(quickbooks.company_info, "QuickBooks does not tell the company's facts", unknown)

    def prepared(held: Connection) -> Connection:
        others = [one for one in held.warnings if not one.startswith(NOT_GIVEN) and not is_about_properties(one)]
        warnings = dict.fromkeys([*missing, *others, *made.warnings])
        zone = str(info.get("DefaultTimeZone") or held.company_time_zone)
        return replace(_with(held, made), warnings=tuple(warnings), company_time_zone=zone)

    # Asked for before it is known that they are due, and coming after that: killed in between, nothing would ask again.
    looks = [look_at_all(connection.id, kind, "properties") for kind in _gaining(connection, made)]
    wiring.queue.send(looks, delay_s=LOOKS_AFTER_S)
    changed = Connections(wiring.table).change(connection.id, prepared)
    log("prepared", connection=connection.id, sections=made.prepared, warnings=len(made.warnings) + len(unknown))
    return changed


def _gaining(before: Connection, made: Made) -> list[Kind]:
    """The kinds whose records can show more, or less, than before."""
    had = {*before.keys, *before.plain_keys, *before.own_properties}
    differing = had ^ {*made.keys, *made.plain_keys, *made.own_properties}
    if made.natives != before.natives:
        differing.add("invoices")
    return [kind for kind in (Kind.PRODUCT, Kind.INVOICE) if differing & set(OBJECTS[SECTIONS[kind]])]


def _with(held: Connection, made: Made) -> Connection:
    return replace(
        held, keys=made.keys, plain_keys=made.plain_keys, own_properties=made.own_properties, natives=made.natives,
        prepared=made.prepared, key_property="contacts" in made.keys,
    )  # fmt: skip


def _missing_scopes(wiring: Wiring, connection: Connection) -> list[str]:
    """A warning for each right that the settings need and the portal did not give, where HubSpot said what it gave."""
    grant = wiring.grants.get(connection.portal)
    if grant is None or not grant.scopes:
        return []
    needed = {"", *sections_on(connection.settings)}
    lacking = [one for one in scopes.missing(grant.scopes) if one.section in needed]
    return [f"{NOT_GIVEN} {one.name}. {one.without}" for one in lacking]


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
