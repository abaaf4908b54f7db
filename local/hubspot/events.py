"""Webhooks: what is sent, and how it is signed (reference, sections 3.2 to 3.7)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
import zlib
from typing import Any

from local.delivery import Event
from local.hubspot.associations import Links, pair_of
from local.hubspot.changes import Change, LinkChange
from local.hubspot.kinds import COMPANIES, CONTACTS, INVOICES, NOTES, PAYMENTS, Kind
from local.hubspot.settings import Settings

RETRY_AFTER_S = (60, 180, 600, 1200, 3600, 7200, 10800, 14400, 21600, 25200)  # ten times, within a day
NEVER_SUBSCRIBED = {"hs_lastmodifieddate", "lastmodifieddate", "num_unique_conversion_events"}
ALWAYS_TOLD = {CONTACTS, COMPANIES}
GENERIC_ONLY = {INVOICES, PAYMENTS, NOTES}  # these have no events of the legacy style (section 3.2)
_FLAGS = {"creation": "CREATED", "deletion": "DELETED"}
_DECODED = {
    "%3A": ":",
    "%2F": "/",
    "%3F": "?",
    "%40": "@",
    "%21": "!",
    "%24": "$",
    "%27": "'",
    "%28": "(",
    "%29": ")",
    "%2A": "*",
    "%2C": ",",
    "%3B": ";",
}


class Webhooks:
    """Turns changes into the events of one app's subscriptions."""

    def __init__(self, app_id: int, settings: Settings) -> None:
        self._app_id = app_id
        self._settings = settings
        self._event_ids = itertools.count(2_900_101)

    def events(self, portal_id: int, change: Change) -> list[Event]:
        """What is sent for a change; nothing if nobody subscribed to it."""
        if not self._is_subscribed(change):
            return []
        styles = ("legacy", "generic") if self._settings.payload_style == "both" else (self._settings.payload_style,)
        if change.what == "privacyDeletion":
            styles = ("legacy",)  # there is no generic one
        if not GENERIC_ONLY.isdisjoint(_subjects(change)):
            styles = ("generic",)
        bodies = [body for style in styles for body in _bodies(change, style)]
        return [self._common(portal_id, change, body) | body for body in bodies]

    def _is_subscribed(self, change: Change) -> bool:
        """Of contacts and companies the app is told; of other types once it has subscribed to a property of theirs."""
        if not change.subscribable or change.property_name in NEVER_SUBSCRIBED:
            return False
        subscribed = self._settings.subscribed
        if subscribed == "all":
            return True
        if any(kind.name not in subscribed for kind in _subjects(change) - ALWAYS_TOLD):
            return False
        return change.what != "propertyChange" or change.property_name in subscribed.get(change.kind.name, ())

    def _common(self, portal_id: int, change: Change, body: Event) -> Event:
        subscription = f"{body['subscriptionType']} {body.get('objectTypeId', '')} {change.property_name}"
        return {
            "eventId": next(self._event_ids),
            "subscriptionId": 2_000_000 + zlib.crc32(subscription.encode()) % 1_000_000,
            "portalId": portal_id,
            "appId": self._app_id,
            "occurredAt": round(change.at * 1000),
            "attemptNumber": 0,
            "changeSource": change.by.changeSource,
            "sourceId": change.by.sourceId,
        }


def _subjects(change: Change) -> set[Kind]:
    """The object types that a change is about: of a link both ends."""
    return {change.link.one, change.link.two} if change.link else {change.kind}


def _bodies(change: Change, style: str) -> list[Event]:
    if change.link:
        return [_link_body(change.link, seen_from, style) for seen_from in (change.link.one, change.link.two)]
    body: Event = {"subscriptionType": f"{_prefix(change.kind, style)}.{change.what}"}
    if style == "generic":
        body |= {"objectTypeId": change.kind.type_id, "isSensitive": False}
    if change.merge:
        merge = change.merge
        return [
            body
            | {
                "primaryObjectId": int(merge.primary_id),
                "mergedObjectIds": [int(one) for one in merge.merged_ids],
                "newObjectId": int(merge.survivor_id),
                "numberOfPropertiesMoved": merge.properties_moved,
            }
        ]
    body["objectId"] = int(change.id)
    if change.what == "propertyChange":
        body |= {"propertyName": change.property_name, "propertyValue": change.property_value}
    if change.what in _FLAGS:
        body["changeFlag"] = _FLAGS[change.what]
    return [body]


def _link_body(link: LinkChange, seen_from: Kind, style: str) -> Event:
    links = Links(pair_of(link.one, link.two))
    there = links.across(seen_from)
    from_id, to_id = links.ordered(seen_from, link.one_id, link.two_id)
    body: Event = {
        "subscriptionType": f"{_prefix(seen_from, style)}.associationChange",
        "fromObjectId": int(from_id),
        "toObjectId": int(to_id),
        "associationRemoved": link.removed,
        "isPrimaryAssociation": link.primary,
    }
    if style == "legacy":
        return body | {"associationType": f"{seen_from.legacy}_TO_{there.legacy}"}
    return body | {
        "fromObjectTypeId": seen_from.type_id,
        "toObjectTypeId": there.type_id,
        "associationTypeId": (links.primary if link.primary else links.unlabelled)[seen_from.name],
        "associationCategory": "HUBSPOT_DEFINED",
        "isSensitive": False,
    }


def _prefix(kind: Kind, style: str) -> str:
    return kind.singular if style == "legacy" else "object"


def encode(events: list[Event], attempt: int) -> bytes:
    """The body of one delivery. Every attempt says its number (section 3.3)."""
    numbered: list[dict[str, Any]] = [{**event, "attemptNumber": attempt} for event in events]
    return json.dumps(numbered, separators=(",", ":"), ensure_ascii=False).encode()


def sign_v1(secret: str, body: bytes) -> str:
    return hashlib.sha256(secret.encode() + body).hexdigest()


def sign_v3(secret: str, method: str, uri: str, body: bytes, timestamp_ms: int) -> str:
    signed = method.encode() + decoded(uri).encode() + body + str(timestamp_ms).encode()
    return base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest()).decode()


def decoded(uri: str) -> str:
    """The URI as version 3 hashes it: twelve percent codes, and only these, as their characters."""
    for code, character in _DECODED.items():
        uri = uri.replace(code, character)
    return uri


def signature_headers(secret: str, url: str, body: bytes, now: float) -> dict[str, str]:
    """A webhook carries both the oldest and the newest signature (section 3.7)."""
    timestamp_ms = round(now * 1000)
    return {
        "Content-Type": "application/json",
        "User-Agent": "HubSpot Webhooks",
        "X-HubSpot-Signature": sign_v1(secret, body),
        "X-HubSpot-Signature-Version": "v1",
        "X-HubSpot-Signature-v3": sign_v3(secret, "POST", url, body, timestamp_ms),
        "X-HubSpot-Request-Timestamp": str(timestamp_ms),
    }
