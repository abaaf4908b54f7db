"""What the gateway counts: throttles (reference 10.1) and metered calls (10.2)."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable
from datetime import UTC, datetime

from local.quickbooks import faults
from local.quickbooks.settings import Settings


class Gate:
    """Counts the calls of each realm. A call that is throttled does not count."""

    def __init__(self, settings: Settings, now: Callable[[], float]) -> None:
        self._settings = settings
        self._now = now
        self._calls: dict[tuple[str, str], deque[float]] = defaultdict(deque)
        self._months: Counter[str] = Counter()
        self.metered: Counter[str] = Counter()

    def enter(self, realm_id: str, *, batch: bool, coreplus: bool) -> None:
        """Let a call in, or answer 429."""
        windows = [
            ("minute", 60.0, self._settings.per_minute),
            ("second", 1.0, self._settings.per_second),
            *([("batch", 60.0, self._settings.batch_per_minute)] if batch else []),
        ]
        for name, length_s, most in windows:
            if most is not None and self._recent((realm_id, name), length_s) >= most:
                raise faults.throttled()
        if coreplus and self._settings.coreplus_cap is not None and self._this_month() >= self._settings.coreplus_cap:
            raise faults.throttled()
        for name, _, most in windows:
            if most is not None:
                self._calls[realm_id, name].append(self._now())

    def meter(self, realm_id: str, calls: int) -> None:
        """Count metered calls that succeeded; the cap is one for all companies of the app."""
        self.metered[realm_id] += calls
        self._months[self._month()] += calls

    def _recent(self, key: tuple[str, str], length_s: float) -> int:
        calls = self._calls[key]
        while calls and calls[0] <= self._now() - length_s:
            calls.popleft()
        return len(calls)

    def _this_month(self) -> int:
        return self._months[self._month()]

    def _month(self) -> str:
        return f"{datetime.fromtimestamp(self._now(), UTC):%Y-%m}"
