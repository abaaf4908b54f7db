"""Bytes and headers in, proven notices out. No vendor is called and nothing is stored here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.failures import Refused
from chalicelib.hubspot import signature as hubspot_signature
from chalicelib.hubspot import webhook as hubspot_webhook
from chalicelib.jobs import Notice
from chalicelib.quickbooks import signature as quickbooks_signature
from chalicelib.quickbooks import webhook as quickbooks_webhook

DIGITS_MAX = 40  # more than any id or time has


@dataclass(frozen=True)
class Received:
    """Proven notices; `passed_over` counts events that are none of ours, or that we do not understand."""

    notices: tuple[Notice, ...]
    passed_over: int


@dataclass(frozen=True)
class Post:
    """One request as the vendor sent it. `url` is the public address that it called."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


def from_hubspot(post: Post, client_secret: str, app_id: str, now: float) -> Received:
    """Refuses (401) what HubSpot did not sign; never refuses for content."""
    if not hubspot_signature.is_genuine(post.headers, post.method, post.url, post.body, client_secret, now):
        raise Refused("the HubSpot signature is missing, wrong or older than five minutes")
    notices, passed_over = hubspot_webhook.notices(_json(post.body), app_id)
    return Received(tuple(notices), passed_over)


def from_quickbooks(post: Post, verifier_token: str) -> Received:
    """Refuses (401) what Intuit did not sign; never refuses for content."""
    if not quickbooks_signature.is_genuine(post.headers, post.body, verifier_token):
        raise Refused("intuit-signature is missing or wrong")
    notices, passed_over = quickbooks_webhook.notices(_json(post.body))
    return Received(tuple(notices), passed_over)


def _json(body: bytes) -> Any:
    """The body's value, or None where it is no JSON: the event is counted as passed over, not refused."""
    try:
        return json.loads(body, parse_int=_whole)
    except (ValueError, RecursionError):
        return None


def _whole(digits: str) -> int | None:
    """A whole number; nothing where it is so long that Python refuses to read it, and the rest of the body with it."""
    return int(digits) if len(digits) <= DIGITS_MAX else None
