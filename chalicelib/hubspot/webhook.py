"""HubSpot's webhook events, legacy and generic, as notices (reference sections 3.2, 3.3, 3.6)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from chalicelib.jobs import Notice, Side, echo_of, plausible, vendor_id

OBJECTS = {"0-1": "contact", "0-2": "company", "0-3": "deal", "0-7": "product", "0-53": "invoice"}
ENDS = ("contact", "invoice")  # of an association, the first of these is the one whose record is looked at
NAME = re.compile(r"[a-z0-9_]{1,100}")  # of a property
HEARD_WITH = {"contact": {"company", "deal", "invoice"}, "invoice": {"deal"}}  # and what may be at its other end


def notices(events: Any, app_id: str) -> tuple[list[Notice], int]:
    """What the events say, and how many of them say nothing that the sync reads."""
    found: list[Notice] = []
    passed_over = 0
    for event in events if isinstance(events, list) else [events]:
        try:
            some = list(_read(event, app_id))
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
            some = []
        found += some
        passed_over += not some
    return found, passed_over


def _read(event: dict[str, Any], app_id: str) -> Iterator[Notice]:
    account = vendor_id(event["portalId"])
    subject, _, action = str(event["subscriptionType"]).partition(".")
    if subject == "object":
        subject = OBJECTS.get(str(event.get("objectTypeId") or event.get("fromObjectTypeId")), "")
    if action == "associationChange":
        # Our own app links mirrors of invoices, notes and payments only, about which no filter and no deal asks.
        if not _is_ours(event, app_id):
            yield from _association(account, event, subject)
    elif subject in OBJECTS.values():
        yield from _change(account, subject, action, event, app_id)


def _change(account: str, subject: str, action: str, event: dict[str, Any], app_id: str) -> Iterator[Notice]:
    cause = f"HubSpot {subject} {action}"
    at = _at(event.get("occurredAt"))
    if action == "propertyChange":
        name = str(event["propertyName"])
        plain = NAME.fullmatch(name) is not None  # a cause is read by people and by us: nothing else gets into it
        ours = plain and _is_ours(event, app_id)
        echo = echo_of(name, str(event.get("propertyValue") or "")) if ours else None
        object_id = vendor_id(event["objectId"])
        yield Notice(
            account, Side.HUBSPOT, subject, object_id, f"{cause} {name if plain else '?'}", at, echo, property=name
        )
    elif action == "creation":
        # A creation is outdated by any later look, as a property change is. Our own one brings nothing new.
        echo = "creation" if _is_ours(event, app_id) else None
        yield Notice(account, Side.HUBSPOT, subject, vendor_id(event["objectId"]), cause, at, echo)
    elif action in ("deletion", "restore") or (action == "privacyDeletion" and subject == "contact"):
        yield Notice(account, Side.HUBSPOT, subject, vendor_id(event["objectId"]), cause)
    elif action == "merge":
        merged = event.get("mergedObjectIds")
        named = [event.get("newObjectId"), event.get("primaryObjectId"), *(merged if isinstance(merged, list) else [])]
        for object_id in dict.fromkeys(vendor_id(one) for one in named if one):
            yield Notice(account, Side.HUBSPOT, subject, object_id, cause)


def _association(account: str, event: dict[str, Any], subject: str) -> Iterator[Notice]:
    """One end of a link: the contact's, or that of an invoice with a deal; each change is told for both directions."""
    if "associationType" in event:
        start, _, end = str(event["associationType"]).lower().partition("_to_")
    else:
        start = OBJECTS.get(str(event.get("fromObjectTypeId")), subject)
        end = OBJECTS.get(str(event.get("toObjectTypeId")), "")
    ends = {start: "fromObjectId", end: "toObjectId"}
    own = next((one for one in ENDS if one in ends), "")
    other = next((one for one in ends if one != own), "")
    if other in HEARD_WITH.get(own, ()):
        about = "" if other == "company" else f" {other}"
        cause = f"HubSpot {own} associationChange{about}"
        yield Notice(account, Side.HUBSPOT, own, vendor_id(event[ends[own]]), cause, linked_to=other)


def _at(stamp: Any) -> float | None:
    """The time of a change in seconds; it only saves reads, so that an event without a readable one still counts."""
    try:
        return plausible(float(stamp) / 1_000)
    except (TypeError, ValueError, OverflowError):
        return None


def _is_ours(event: dict[str, Any], app_id: str) -> bool:
    return event.get("changeSource") == "INTEGRATION" and bool(app_id) and str(event.get("sourceId")) == app_id
