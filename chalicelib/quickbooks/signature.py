"""Proof that a request came from Intuit (reference section 3.4)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping


def is_genuine(headers: Mapping[str, str], body: bytes, verifier_token: str) -> bool:
    """Whether `intuit-signature` is the HMAC of the raw body; a missing header is not, and no token proves nothing."""
    if not verifier_token:
        return False
    given = next((value for name, value in headers.items() if name.lower() == "intuit-signature"), "")
    digest = hmac.new(verifier_token.encode(), body, hashlib.sha256).digest()
    return hmac.compare_digest(given.encode(errors="surrogatepass"), base64.b64encode(digest))
