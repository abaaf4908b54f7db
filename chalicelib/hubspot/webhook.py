"""HubSpot's webhook events, legacy and generic, as notices (reference sections 3.2, 3.3, 3.6)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from chalicelib.jobs import Notice, Side, echo_of

OBJECTS = {"0-1": "contact", "0-2": "company", "0-3": "deal", "0-7": "product", "0-53": "invoice"}
ENDS = ("contact", "invoice")  # of an association, the first of these is the one whose record is looked at
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
    account = str(int(event["portalId"]))
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
        echo = echo_of(name, str(event.get("propertyValue") or "")) if _is_ours(event, app_id) else None
        object_id = _id(event["objectId"])
        yield Notice(account, Side.HUBSPOT, subject, object_id, f"{cause} {name}", at, echo, property=name)
    elif action == "creation":
        # A creation is outdated by any later look, as a property change is. Our own one brings nothing new.
        echo = "creation" if _is_ours(event, app_id) else None
        yield Notice(account, Side.HUBSPOT, subject, _id(event["objectId"]), cause, at, echo)
    elif action in ("deletion", "restore") or (action == "privacyDeletion" and subject == "contact"):
        yield Notice(account, Side.HUBSPOT, subject, _id(event["objectId"]), cause)
    elif action == "merge":
        named = [event.get("newObjectId"), event.get("primaryObjectId"), *(event.get("mergedObjectIds") or [])]
        for object_id in dict.fromkeys(_id(one) for one in named if one):
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
        yield Notice(account, Side.HUBSPOT, own, _id(event[ends[own]]), cause, linked_to=other)


def _at(stamp: Any) -> float | None:
    """The time of a change in seconds; it only saves reads, so that an event without a readable one still counts."""
    try:
        return float(stamp) / 1_000 if math.isfinite(float(stamp)) else None
    except (TypeError, ValueError, OverflowError):
        return None


def _is_ours(event: dict[str, Any], app_id: str) -> bool:
    return event.get("changeSource") == "INTEGRATION" and bool(app_id) and str(event.get("sourceId")) == app_id


def _id(value: Any) -> str:
    return str(int(value))
