"""Proof that a request came from HubSpot (reference section 3.7)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping

MAX_AGE_MS = 300_000
STAMP_DIGITS_MAX = 20  # Python refuses to read a number of thousands of digits
# Only these percent codes are decoded in the URI before hashing, and no others.
_DECODED = {
    "%3A": ":", "%2F": "/", "%3F": "?", "%40": "@", "%21": "!", "%24": "$",
    "%27": "'", "%28": "(", "%29": ")", "%2A": "*", "%2C": ",", "%3B": ";",
}  # fmt: skip


def is_genuine(headers: Mapping[str, str], method: str, uri: str, body: bytes, secret: str, now: float) -> bool:
    """Whether the v3 signature holds and is at most five minutes old; without v3, whether v1 or v2 holds.

    `uri` is the public address that HubSpot called. A request that carries v3 is never judged by a weaker one. What
    is signed with no secret at all proves nothing.
    """
    if not secret:
        return False
    named = {name.lower(): value for name, value in headers.items()}
    if "x-hubspot-signature-v3" in named:
        return _v3(named, method, uri, body, secret, now)
    given = named.get("x-hubspot-signature", "")
    version = named.get("x-hubspot-signature-version", "v1")
    if version == "v1":
        source = secret.encode() + body
    elif version == "v2":
        source = f"{secret}{method}{uri}".encode() + body
    else:
        return False
    return _same(given, hashlib.sha256(source).hexdigest())


def _v3(headers: Mapping[str, str], method: str, uri: str, body: bytes, secret: str, now: float) -> bool:
    stamp = headers.get("x-hubspot-request-timestamp", "")
    if not stamp.isdecimal() or len(stamp) > STAMP_DIGITS_MAX or abs(now * 1_000 - int(stamp)) > MAX_AGE_MS:
        return False
    for code, character in _DECODED.items():
        uri = uri.replace(code, character).replace(code.lower(), character)
    source = f"{method}{uri}".encode() + body + stamp.encode()
    digest = hmac.new(secret.encode(), source, hashlib.sha256).digest()
    return _same(headers["x-hubspot-signature-v3"], base64.b64encode(digest).decode())


def _same(given: str, expected: str) -> bool:
    """Takes as long wherever they differ."""
    return hmac.compare_digest(given.encode(errors="surrogatepass"), expected.encode())
