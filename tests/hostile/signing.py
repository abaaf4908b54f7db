"""Notices as both vendors sign them; written from their pages, and not with the code that proves them."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any

from tests.hostile.gateway import PUBLIC, SECRET, Answer, Gateway

HUBSPOT, QUICKBOOKS = "/webhooks/hubspot", "/webhooks/quickbooks"
JSON = {"content-type": "application/json"}


def mac(key: str, text: bytes) -> str:
    return base64.b64encode(hmac.new(key.encode(), text, hashlib.sha256).digest()).decode()


def by_hubspot(
    body: bytes, at: float, secret: str = SECRET["hubspot_client_secret"], method: str = "POST", url: str = ""
) -> dict[str, str]:
    """Headers of version 3."""
    stamp = str(int(at * 1_000))
    signed = f"{method}{url or PUBLIC + HUBSPOT}".encode() + body + stamp.encode()
    return {**JSON, "x-hubspot-signature-v3": mac(secret, signed), "x-hubspot-request-timestamp": stamp}


def by_hubspot_once(body: bytes, secret: str = SECRET["hubspot_client_secret"]) -> dict[str, str]:
    """Headers of version 1."""
    digest = hashlib.sha256(secret.encode() + body).hexdigest()
    return {**JSON, "x-hubspot-signature": digest, "x-hubspot-signature-version": "v1"}


def by_intuit(body: bytes, token: str = SECRET["quickbooks_verifier_token"]) -> dict[str, str]:
    return {**JSON, "intuit-signature": mac(token, body)}


def tell(gateway: Gateway, path: str, body: bytes) -> Answer:
    """A notice whose signature holds."""
    headers = by_hubspot(body, gateway.time) if path == HUBSPOT else by_intuit(body)
    return gateway.ask("POST", path, body, headers)


def contact(number: Any = 101, portal: Any = 48_120_771, **more: Any) -> dict[str, Any]:
    return {
        "eventId": 1, "subscriptionId": 2, "portalId": portal, "appId": 31_415_926,
        "occurredAt": 1_795_166_400_000, "subscriptionType": "contact.creation", "objectId": number, **more,
    }  # fmt: skip


def customer(number: Any = "58", realm: Any = "9130350000000000", **more: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0", "id": "e-1", "type": "qbo.customer.created.v1", "intuitaccountid": realm,
        "intuitentityid": number, "time": "2026-11-20T10:00:00Z", **more,
    }  # fmt: skip


def good(path: str) -> dict[str, Any]:
    return contact() if path == HUBSPOT else customer()
