"""Replies kept by `requestid`, so that a repeated write is answered and not done again (reference 2.5)."""

from __future__ import annotations

from typing import Any

from local.quickbooks import faults

LONGEST = 50
LONGEST_WITH_BATCH = 36
LONGEST_BID = 10


class Replays:
    """For one realm. Only successes are kept; a request that failed is executed again."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str | None], dict[str, Any]] = {}

    def get(self, request_id: str | None, bid: str | None = None) -> dict[str, Any] | None:
        return None if request_id is None else self._kept.get((request_id, bid))

    def keep(self, request_id: str | None, reply: dict[str, Any], bid: str | None = None) -> None:
        if request_id is not None and "Fault" not in reply:
            self._kept[request_id, bid] = reply


def checked(request_id: str | None, *, batch: bool = False) -> str | None:
    """The request id if it has a good length, else 2130."""
    longest = LONGEST_WITH_BATCH if batch else LONGEST
    if request_id is not None and not 1 <= len(request_id) <= longest:
        raise faults.invalid_request_id(request_id, longest)
    return request_id
