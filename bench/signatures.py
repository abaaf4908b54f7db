"""Does the time to refuse a signature tell where it differs? Both are measured in turns, in one run, and put beside
each other: a ratio of one says no, whatever machine it is."""

from __future__ import annotations

import base64
import hashlib
import hmac
import statistics
import time
from collections.abc import Callable
from typing import Any

from chalicelib.hubspot import signature as of_hubspot
from chalicelib.quickbooks import signature as of_quickbooks

COLUMNS = ("signature", "first letter, µs", "last letter, µs", "ratio")
ROUNDS, TIMES = 60, 200
URL, BODY, SECRET, NOW = "https://sync.example.test/webhooks/hubspot", b'[{"portalId": 1}]' * 50, "a secret", 1.8e9


def run() -> list[dict[str, Any]]:
    stamp = str(int(NOW * 1_000))
    v3 = _mac(f"POST{URL}".encode() + BODY + stamp.encode())
    v1 = hashlib.sha256(SECRET.encode() + BODY).hexdigest()

    def hubspot(name: str, more: dict[str, str]) -> Callable[[str], bool]:
        return lambda text: of_hubspot.is_genuine({name: text, **more}, "POST", URL, BODY, SECRET, NOW)

    def intuit(text: str) -> bool:
        return of_quickbooks.is_genuine({"intuit-signature": text}, BODY, SECRET)

    return [
        _row("HubSpot v3", v3, hubspot("x-hubspot-signature-v3", {"x-hubspot-request-timestamp": stamp})),
        _row("HubSpot v1", v1, hubspot("x-hubspot-signature", {})),
        _row("Intuit", _mac(BODY), intuit),
    ]


def _mac(text: bytes) -> str:
    return base64.b64encode(hmac.new(SECRET.encode(), text, hashlib.sha256).digest()).decode()


def _row(name: str, right: str, judge: Callable[[str], bool]) -> dict[str, Any]:
    """The medians of many short turns, so that what else the machine does falls on both alike."""
    last = len(right.rstrip("=")) - 1
    wrong = [_changed(right, 0), _changed(right, last)]
    taken: list[list[float]] = [[], []]
    for turn in range(2 * ROUNDS):
        begun = time.perf_counter()
        for _ in range(TIMES):
            if judge(wrong[turn % 2]):
                raise AssertionError("a wrong signature was taken")
        taken[turn % 2].append((time.perf_counter() - begun) / TIMES * 1e6)
    first, end = map(statistics.median, taken)
    shown = (name, f"{first:.2f}", f"{end:.2f}", f"{end / first:.2f}")
    return dict(zip(COLUMNS, shown, strict=True))


def _changed(text: str, place: int) -> str:
    return text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]
