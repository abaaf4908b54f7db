"""Causes, writes and states in words that a finance person understands."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from chalicelib.remember.decisions import Decision
from chalicelib.remember.records import Record, State
from chalicelib.resolve.fields import CONTACT_FIELDS

FIELD_WORDS = {
    "GivenName": "first name", "firstname": "first name", "FamilyName": "last name", "lastname": "last name",
    "PrimaryEmailAddr.Address": "e-mail", "email": "e-mail", "PrimaryPhone.FreeFormNumber": "phone",
    "Mobile.FreeFormNumber": "mobile phone", "mobilephone": "mobile phone", "Fax.FreeFormNumber": "fax",
    "WebAddr.URI": "website", "BillAddr.Line1": "street address", "address": "street address",
    "BillAddr.City": "city", "BillAddr.CountrySubDivisionCode": "state", "BillAddr.PostalCode": "postal code",
    "zip": "postal code", "BillAddr.Country": "country", "CompanyName": "company name", "company": "company name",
    "DisplayName": "display name",
}  # fmt: skip

_CAUSES: tuple[tuple[str, Callable[[re.Match[str]], str]], ...] = (
    (r"HubSpot contact propertyChange (\S+)", lambda m: f"the contact's {field(m[1])} was changed in HubSpot"),
    (r"HubSpot contact creation", lambda _: "the contact was created in HubSpot"),
    (r"HubSpot contact deletion", lambda _: "the contact was deleted in HubSpot"),
    (r"HubSpot contact privacyDeletion", lambda _: "the contact was deleted for privacy in HubSpot"),
    (r"HubSpot contact restore", lambda _: "the contact was restored in HubSpot"),
    (r"HubSpot contact merge", lambda _: "contacts were merged in HubSpot"),
    (r"HubSpot contact associationChange", lambda _: "the contact's companies were changed in HubSpot"),
    (r"HubSpot company propertyChange name", lambda _: "a company of the contact was renamed in HubSpot"),
    (r"QuickBooks customer (created?)\b", lambda _: "the customer was created in QuickBooks"),
    (r"QuickBooks customer (updated?)\b", lambda _: "the customer was changed in QuickBooks"),
    (r"QuickBooks customer (deleted?)\b", lambda _: "the customer was deleted or made inactive in QuickBooks"),
    (r"QuickBooks customer (merged?)\b", lambda _: "customers were merged in QuickBooks"),
    (r"sweep", lambda _: "a sweep compared both systems"),
    (r"a look at all that is linked", lambda _: "the daily look came to it"),
    (r"the connection goes on", lambda _: "the connection came back"),
    (r"backfill", lambda _: "the initial sync came to it"),
    (r"retry.*", lambda _: "an operator asked to try again"),
)


def field(name: str) -> str:
    return FIELD_WORDS.get(name, name)


def cause(text: str) -> str:
    """`because …`, for each cause that was folded together."""
    return " and ".join(dict.fromkeys(_cause(one) for one in text.split(", ") if one)) or "it was looked at"


def _cause(one: str) -> str:
    for pattern, words in _CAUSES:
        found = re.fullmatch(pattern, one)
        if found:
            return words(found)
    return one


def plan(text: str) -> str:
    """A planned write, its field names in words."""
    for name in sorted({row.quickbooks for row in CONTACT_FIELDS} | {row.hubspot for row in CONTACT_FIELDS}, key=len):
        text = re.sub(rf"(?<![\w.'(]){re.escape(name)}(?![\w.'])", field(name), text)
    return text


def when(at: float | None) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC") if at else "never"


def stamp(at: float | None) -> str | None:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds") if at else None


def story(record: Record, decisions: Sequence[Decision], changes_shown: int = 20) -> list[str]:
    """From the first cause to the present state, a sentence each."""
    sentences = [_who(record)]
    if len(decisions) > changes_shown:
        sentences.append(f"({len(decisions) - changes_shown} earlier decisions are in `ops history`.)")
    sentences += [_decided(one) for one in decisions[-changes_shown:]]
    sentences.append(_now(record))
    return sentences


def _who(record: Record) -> str:
    sides = [
        f"contact {record.hubspot_id} in HubSpot" if record.hubspot_id else "",
        f"customer {record.quickbooks_id} in QuickBooks" if record.quickbooks_id else "",
    ]
    known = f", known as {record.name!r}" if record.name else ""
    return f"This is {' and '.join(filter(None, sides)) or record.root}{known}."


def _decided(one: Decision) -> str:
    did = f"the sync did this: {'; '.join(plan(step) for step in one.plan)}" if one.plan else "nothing was written"
    if one.state in (State.FAILING, State.PARKED):
        did = f"the sync could not finish ({one.category})"
    both = "".join(
        f" Both sides had edited {field(c['field'])}: HubSpot said {c['hubspot']!r}, QuickBooks {c['quickbooks']!r}; "
        + (f"the settings let {'HubSpot' if c['winner'] == 'hubspot' else 'QuickBooks'} win." if c["winner"] else
           "each side kept its own, or a person must decide.")
        for c in one.conflicts
    )  # fmt: skip
    lost = "".join(
        f" It replaced {field(name.partition('.')[2])} {value!r} in "
        f"{'HubSpot' if name.startswith('hubspot') else 'QuickBooks'}."
        for name, value in one.before.items()
        if value
    )
    calls = f" Calls made: {'; '.join(one.calls)}." if one.calls else ""
    return f"{when(one.at)}: because {cause(one.cause)}, {did}. Reason: {one.reason.rstrip('.')}.{both}{lost}{calls}"


def _now(record: Record) -> str:
    match record.state:
        case State.IN_SYNC:
            return f"Now: both systems agree{f' ({record.message})' if record.message else ''}."
        case State.EXCLUDED:
            return f"Now: it is not synced, because {record.message.rstrip('.')}."
        case State.PENDING:
            return f"Now: it waits its turn ({record.message or 'on its way'})."
        case State.FAILING:
            return (
                f"Now: it is failing ({record.category}). {record.message} How to fix it: {record.fix} "
                f"It is tried again at {when(record.next_try_at)}."
            )
        case State.PARKED:
            return f"Now: it is parked ({record.category}). {record.message} How to fix it: {record.fix}"


def shown(record: Record) -> dict[str, Any]:
    return {**record.view(), "changed_at": stamp(record.changed_at)}


def decision(one: Decision) -> dict[str, Any]:
    return {**one.view(), "at": stamp(one.at)}
