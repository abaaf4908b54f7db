"""Ask both vendors what there is: HubSpot's properties and owners, QuickBooks' custom fields and accounts.

The parsing functions take whatever a vendor sent: of a row that makes no sense what makes sense is kept, or nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

from chalicelib.connect.proving import is_not_there
from chalicelib.failures import Awaited, Busy, CallFailed, OutOfTime, ReconnectNeeded, Rejected, Unknown
from chalicelib.hubspot.client import HubSpot
from chalicelib.jobs import Expand
from chalicelib.metering import meter
from chalicelib.quickbooks.client import QuickBooks
from chalicelib.remember.connections import Connection, Connections
from chalicelib.remember.metadata import MetadataStore
from chalicelib.remembering import lose_grant
from chalicelib.settings.metadata import Account, CustomField, Metadata, Option, Owner, Property
from chalicelib.telemetry import log
from chalicelib.transport import CallLog
from chalicelib.wiring import Wiring

OBJECTS = ("contacts", "companies", "deals", "invoices", "products")
TRIES = 3  # an operator waits: a vendor that is still away at the last one is left out of the answer
AGAIN_S = 5
TOKEN_S = 3
Part = TypeVar("Part")


def answer(wiring: Wiring, connection: Connection, asked: Sequence[Expand], left_s: Callable[[], float]) -> None:
    """Read both systems once for all these requests, and store it. `page` counts the tries of a request."""
    store = MetadataStore(wiring.table)
    waiting = [one for one in asked if not store.answered(connection.id, one.id)]  # a queue may deliver twice
    if not waiting:
        return
    tries = 1 + max(int(one.page or 0) for one in waiting)
    again = [replace(one, page=str(tries)) for one in waiting]
    last = tries >= TRIES
    if connection.paused_until() > wiring.now() and not last:
        wiring.queue.send(again, delay_s=AGAIN_S)
        return
    calls = CallLog()
    try:
        hubspot, quickbooks = wiring.clients(connection, left_s, calls)
        found = discover(
            hubspot,
            quickbooks,
            wiring.now(),
            asking_hubspot=_Asking(last, connection.hubspot_paused_until > wiring.now()),
            asking_quickbooks=_Asking(last, connection.quickbooks_paused_until > wiring.now()),
        )
        store.keep(connection.id, found, [one.id for one in waiting])
        log("metadata read", connection=connection.id, tries=tries, calls=len(calls.made), without=_without(found))
    except ReconnectNeeded:  # whoever asked sees that the connection is no longer connected
        lose_grant(Connections(wiring.table), connection.id)
    except Awaited:
        wiring.queue.send(waiting, delay_s=TOKEN_S)
    except (CallFailed, OutOfTime) as failed:
        wiring.queue.send(again, delay_s=AGAIN_S)
        log("metadata delayed", connection=connection.id, error=type(failed).__name__, tries=tries)
    meter(wiring, connection, calls)


@dataclass
class _Asking:
    """One vendor being asked. `last`: it will not be asked again, so that its failing costs only its own parts."""

    last: bool = False
    away: bool = False

    def part(self, ask: Callable[[], Part]) -> Part | None:
        """What it tells; None where it does not let us see it, or is away."""
        if self.away:
            return None
        try:
            return ask()
        except Rejected as refused:
            log("metadata refused", code=refused.trouble.code, status=refused.status)
            return None
        except (Busy, Unknown, OutOfTime) as failed:
            if isinstance(failed, Unknown) and is_not_there(failed):
                return None
            if not self.last:
                raise
            self.away = True
            return None


def discover(
    hubspot: HubSpot,
    quickbooks: QuickBooks,
    now: float,
    objects: Sequence[str] = OBJECTS,
    asking_hubspot: _Asking | None = None,
    asking_quickbooks: _Asking | None = None,
) -> Metadata:
    """Read everything once: a call for each object, the owners' pages, preferences, the accounts' pages.

    Raises what a call raises, but for a refusal (403, 404, …): that part is None.
    """
    there, here = asking_hubspot or _Asking(), asking_quickbooks or _Asking()
    return Metadata(
        hubspot={kind: there.part(partial(_properties, hubspot, kind)) for kind in objects},
        owners=there.part(lambda: owners_in(hubspot.owners())),
        custom_fields=here.part(lambda: custom_fields_in(quickbooks.preferences())),
        accounts=here.part(lambda: accounts_in(quickbooks.accounts())),
        read_at=now,
    )


def _properties(hubspot: HubSpot, kind: str) -> dict[str, Property]:
    return properties_in(hubspot.properties(kind))


def _without(found: Metadata) -> list[str]:
    parts: dict[str, Any] = {**found.hubspot, "owners": found.owners, "custom_fields": found.custom_fields}
    return [name for name, part in {**parts, "accounts": found.accounts}.items() if part is None]


# --- HubSpot ----------------------------------------------------------------------------------------------------------


def properties_in(rows: Any) -> dict[str, Property]:
    """The live properties of one object, hidden ones too (reference section 8)."""
    found = {}
    for row in _dicts(rows):
        name = _text(row.get("name"))
        if name and row.get("archived") is not True:
            found[name] = Property(
                name=name,
                label=_text(row.get("label")) or name,
                type=_text(row.get("type")),
                field_type=_text(row.get("fieldType")),
                options=_options(row.get("options")),
                read_only=_is_read_only(row),
            )
    return found


def _options(rows: Any) -> tuple[Option, ...]:
    pairs = ((_text(row.get("value")), _text(row.get("label"))) for row in _dicts(rows))
    return tuple(Option(value, label or value) for value, label in pairs if value)


def _is_read_only(row: dict[str, Any]) -> bool:
    rights = row.get("modificationMetadata")
    forbidden = isinstance(rights, dict) and rights.get("readOnlyValue") is True
    return forbidden or row.get("calculated") is True


def owners_in(rows: Any) -> tuple[Owner, ...]:
    """The users who can be given records; a deactivated one cannot."""
    live = (row for row in _dicts(rows) if row.get("archived") is not True)
    return tuple(Owner(_text(row.get("id")), _text(row.get("email"))) for row in live if _text(row.get("id")))


# --- QuickBooks -------------------------------------------------------------------------------------------------------

_USED = re.compile(r"SalesFormsPrefs\.UseSalesCustom([0-9]{1,3})")
_NAMED = re.compile(r"SalesFormsPrefs\.SalesCustomName([0-9]{1,3})")
_ON_ORDERS = re.compile(r"PurchasePrefs\.PurchaseCustomName([0-9]{1,3})")


def custom_fields_in(preferences: Any) -> tuple[CustomField, ...]:
    """The sales forms' custom fields that are switched on (reference section 7.13). The number in a preference's name
    is the field's `DefinitionId`; whether it is printed, and on which forms it is, is not told. Those of purchase
    orders are kept too, so that it can be said why they do not fit."""
    switched_on: dict[str, bool] = {}
    names: dict[str, str] = {}
    for row in _leaves(_of(_of(preferences, "SalesFormsPrefs"), "CustomField")):
        told = _text(row.get("Name"))
        if used := _USED.fullmatch(told):
            switched_on[used[1]] = row.get("BooleanValue") is True or _text(row.get("BooleanValue")) == "true"
        elif named := _NAMED.fullmatch(told):
            names[named[1]] = _text(row.get("StringValue")).strip()
    kept = {id: name for id, name in names.items() if name and switched_on.get(id, True)}
    on_orders = [
        CustomField(f"order {found[1]}", _text(row.get("StringValue")).strip(), on_sales_forms=False)
        for row in _leaves(_of(_of(preferences, "VendorAndPurchasesPrefs"), "POCustomField"))
        if (found := _ON_ORDERS.fullmatch(_text(row.get("Name")))) and _text(row.get("StringValue")).strip()
    ]
    return (*(CustomField(id, kept[id]) for id in sorted(kept, key=int)), *on_orders)


def accounts_in(rows: Any) -> tuple[Account, ...]:
    """The chart of accounts, inactive ones too."""
    return tuple(
        Account(_text(row.get("Id")), _text(row.get("Name")), _text(row.get("AccountType")), _is_active(row))
        for row in _dicts(rows)
        if _text(row.get("Id")) and _text(row.get("Name"))
    )


def _is_active(row: dict[str, Any]) -> bool:
    return row.get("Active") is not False and _text(row.get("Active")) != "false"


def _leaves(value: Any) -> Iterator[dict[str, Any]]:
    """The entries of a list of entries, which hold lists of entries in turn."""
    rows = [value] if isinstance(value, dict) else _dicts(value)
    while rows:
        row = rows.pop(0)
        inner = row.get("CustomField")
        rows += [inner] if isinstance(inner, dict) else _dicts(inner)
        yield row


# --- whatever was sent ------------------------------------------------------------------------------------------------


def _of(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _text(value: Any) -> str:
    """A text, or a number as text; anything else says nothing."""
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
