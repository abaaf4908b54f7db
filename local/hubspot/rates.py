"""Rate limits: 110 calls in ten seconds for each portal and app, and 5 searches a second (reference, section 11)."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable

from local.hubspot.errors import rate_limited
from local.hubspot.settings import Settings

WINDOW_S = 10.0
SEARCH_WINDOW_S = 1.0


class Rates:
    """Counts calls in rolling windows. A refused call does not count."""

    def __init__(self, settings: Settings, now: Callable[[], float]) -> None:
        self._settings = settings
        self._now = now
        self._calls: dict[tuple[int, str], deque[float]] = defaultdict(deque)
        self._searches: dict[int, deque[float]] = defaultdict(deque)

    def count(self, portal_id: int, app_id: str) -> dict[str, str]:
        """Count a call; return its headers, or refuse it."""
        most = self._settings.rate_limit
        if not most:
            return {}
        used = self._within(self._calls[portal_id, app_id], WINDOW_S)
        headers = {
            "x-hubspot-ratelimit-max": str(most),
            "x-hubspot-ratelimit-remaining": str(max(0, most - len(used) - 1)),
            "x-hubspot-ratelimit-interval-milliseconds": str(round(WINDOW_S * 1000)),
            "x-hubspot-ratelimit-secondly": str(most // 10),
            "x-hubspot-ratelimit-secondly-remaining": str(max(0, most // 10 - 1)),
        }
        if len(used) >= most:
            problem = rate_limited("TEN_SECONDLY_ROLLING")
            problem.headers = headers
            raise problem
        used.append(self._now())
        return headers

    def count_search(self, portal_id: int) -> dict[str, str]:
        """Search has a limit of its own, for the whole portal, and no headers."""
        most = self._settings.search_limit
        used = self._within(self._searches[portal_id], SEARCH_WINDOW_S)
        if most and len(used) >= most:
            raise rate_limited("SECONDLY")
        used.append(self._now())
        return {}

    def _within(self, calls: deque[float], window_s: float) -> deque[float]:
        while calls and calls[0] <= self._now() - window_s:
            calls.popleft()
        return calls
