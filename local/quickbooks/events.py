"""Webhooks (reference 3): what is told about a change, in either format, and how it is signed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import uuid
from typing import Any

from local.quickbooks import clock
from local.quickbooks.entities import ENTITIES
from local.quickbooks.record import Change
from local.quickbooks.settings import Settings

# After 10, 20, 30 s, 5 and 20 min, 2, 4 and 6 h, then every 6 h for two days (3.5; the end is ours).
RETRY_AFTER_S = (10, 20, 30, 300, 1200, 7200, 14_400, 21_600, *(21_600,) * 8)
TIMEOUT_S = 3.0
LEGACY_OPERATIONS = {
    **{"created": "Create", "updated": "Update", "deleted": "Delete", "merged": "Merge"},
    **{"voided": "Void", "void": "Void", "emailed": "Emailed"},
}
LEGACY_NAMES = {name.lower(): name for name in ENTITIES}

Event = dict[str, Any]


def cloud_event(realm_id: str, change: Change, at: float) -> Event:
    """The CloudEvent of 3.3. `source` is opaque."""
    digest = base64.b64encode(hashlib.sha256(f"imitation {realm_id}".encode()).digest()).decode()
    return {
        "specversion": "1.0",
        "id": str(uuid.uuid4()),
        "source": f"intuit.{digest}",
        "type": f"qbo.{change.entity.lower()}.{change.operation}.v1",
        "datacontenttype": "application/json",
        "time": clock.nanoseconds(at),
        "intuitentityid": change.id,
        "intuitaccountid": realm_id,
        "data": _data(change),
    }


def _data(change: Change) -> Event:
    if change.operation == "merged":
        return {"deletedid": change.deleted_id}
    if (change.entity, change.operation) == ("Employee", "created"):
        id = base64.b64encode(f"v4.1:{change.id}".encode()).decode()
        return {"alternative_ids": [{"id": id, "namespace": "Intuit.sbseg.v4"}]}
    return {}


class Letters:
    """Writes and signs what `local.delivery` sends."""

    def __init__(self, settings: Settings, verifier_token: str) -> None:
        self._settings = settings
        self._verifier_token = verifier_token

    def encode(self, events: list[Event], attempt: int) -> bytes:  # noqa: ARG002 - a retry looks like the first try
        body = legacy_body(events) if self._settings.payload_style == "legacy" else events
        return json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()

    def headers(self, url: str, body: bytes, now: float) -> dict[str, str]:  # noqa: ARG002 - only the body is signed
        return {
            "content-type": "application/json; charset=utf-8",
            "user-agent": "intuit_notification_server/0.1",
            "intuit-signature": signature(self._verifier_token, body),
            "intuit-created-time": clock.milliseconds(now),
            "intuit-t-id": str(uuid.uuid4()),
            "intuit-notification-schema-version": "0.1",
        }


def signature(verifier_token: str, body: bytes) -> str:
    """`intuit-signature` of reference 3.4."""
    return base64.b64encode(hmac.new(verifier_token.encode(), body, hashlib.sha256).digest()).decode()


def legacy_body(events: list[Event]) -> dict[str, Any]:
    """The same events in the format of 3.2: grouped by company, without ids of their own."""
    by_realm: dict[str, list[Event]] = {}
    for event in events:
        _, entity, operation, _ = event["type"].split(".")
        told = {
            "name": LEGACY_NAMES[entity],
            "id": event["intuitentityid"],
            "operation": LEGACY_OPERATIONS[operation],
            "lastUpdated": clock.legacy(clock.moment(event["time"])),
        }
        if operation == "merged":
            told["deletedId"] = event["data"]["deletedid"]
        by_realm.setdefault(event["intuitaccountid"], []).append(told)
    return {
        "eventNotifications": [
            {"realmId": realm_id, "dataChangeEvent": {"entities": entities}} for realm_id, entities in by_realm.items()
        ]
    }
