"""What an authorization server never says, in place of a pair of tokens; and words that a page must not run."""

from __future__ import annotations

from typing import Any

from tests.chalicelib.answering import Answer as Told
from tests.hostile.gateway import PORTAL
from tests.hostile.strange import ESCAPES, deep

SCRIPTS = [
    "<script>canaryScript()</script>",
    '"><img src=x onerror=canaryScript()>',
    "'-canaryScript()-'",
    "`<b>`",
    "</code><b>",
    "javascript:canaryScript()",
    "&lt;script&gt;",
    "{{7*7}}",
    "\r\nSet-Cookie: a=b",
    "%0d%0aLocation: x",
    ESCAPES,
    "\u2028",
    "<svg/onload=1>",
    "-->",
    "]]>",
    "+ADw-script+AD4-",
    "x" * 100_000,
    "\x00",
    "access_denied",
]
PAIR = {"access_token": "canary-access", "refresh_token": "canary-refresh", "expires_in": 1800}
WORDS: list[Any] = [
    *SCRIPTS[:12],
    "",
    None,
    1,
    True,
    float("nan"),
    [],
    {},
    [ESCAPES],
    {"a": ESCAPES},
    "9" * 400,
    "x" * 100_000,
]
TOLD: list[tuple[str, Any]] = [
    *((f"hub_id {ascii(word)[:20]}", {**PAIR, "hub_id": word}) for word in WORDS),
    *((f"scopes {ascii(word)[:20]}", {**PAIR, "hub_id": int(PORTAL), "scopes": word}) for word in WORDS),
    *((f"access_token {ascii(word)[:20]}", {**PAIR, "hub_id": 7, "access_token": word}) for word in WORDS),
    *((f"expires_in {ascii(word)[:20]}", {**PAIR, "hub_id": 7, "expires_in": word}) for word in WORDS),
    *((f"error {ascii(word)[:20]}", Told(400, {"error": word, "status": word})) for word in WORDS),
    *((f"text {text[:20]!r}", Told(200, text)) for text in ("", "null", "[]", "<html>", deep(), "9" * 5_000, '{"a":')),
    *((f"status {status}", Told(status, "canary")) for status in (204, 301, 404, 418, 429, 500, 503)),
]
