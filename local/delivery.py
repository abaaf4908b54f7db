"""Webhook delivery as the vendors do it: collected into batches, signed, retried on their ladder, with dials.

The engine is steppable: `tick()` sends what is due and says when to come back, so that a simulation can drive it
with its own clock. `start()` runs the same ticks on a thread.
"""

from __future__ import annotations

import contextlib
import itertools
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import requests

Event = dict[str, Any]
Sign = Callable[[str, bytes, float], dict[str, str]]  # url, body, now -> headers
Encode = Callable[[list[Event], int], bytes]  # events, attempt number from 0 -> body


@dataclass
class DeliveryDials:
    """`hold`: keep everything until released. `drop`: lose the next N events. `copies`: send each batch so often.
    `backwards`: turn the order of events, and of batches, around."""

    hold: bool = False
    drop: int = 0
    copies: int = 1
    backwards: bool = False
    delay_s: float = 0.0


@dataclass
class _Parcel:
    due: float
    order: int
    events: list[Event]
    attempt: int = 0


@dataclass(frozen=True)
class Sent:
    """One delivery that was tried. `status` is 0 where nothing answered."""

    at: float
    events: tuple[Event, ...]
    attempt: int
    status: int


@dataclass
class Delivery:
    """`retry_after_s` is the vendor's ladder of waits; an attempt beyond its end is given up."""

    encode: Encode
    sign: Sign
    now: Callable[[], float]
    retry_after_s: Sequence[float]
    batch_max: int = 100
    timeout_s: float = 5.0
    gather_s: float = 0.05
    url: str | None = None
    dials: DeliveryDials = field(default_factory=DeliveryDials)

    def __post_init__(self) -> None:
        self._lock = threading.Condition()
        self._waiting: list[tuple[float, Event]] = []
        self._parcels: list[_Parcel] = []
        self._order = itertools.count()
        self._thread: threading.Thread | None = None
        self._closing = False
        self._busy = 0
        self._http = requests.Session()
        self.sent: list[Sent] = []
        self.lost: list[Event] = []

    def publish(self, events: Sequence[Event]) -> None:
        """Take events to deliver. Nothing is sent before the next tick."""
        with self._lock:
            for event in events:
                if self.dials.drop > 0:
                    self.dials.drop -= 1
                    self.lost.append(event)
                    continue
                self._waiting.append((self.now() + self.gather_s + self.dials.delay_s, event))
            self._lock.notify_all()

    def release(self) -> None:
        """Let go what was held."""
        with self._lock:
            self.dials.hold = False
            self._lock.notify_all()

    def tick(self, send: Callable[[str, bytes, dict[str, str]], int] | None = None) -> float | None:
        """Send what is due; return the seconds until more is due, or None if nothing waits."""
        for parcel in self._due_parcels():
            self._deliver(parcel, send or self._post)
        return self._next_due_in()

    def idle(self) -> bool:
        """Whether nothing waits and nothing is under way. What is held counts as waiting."""
        with self._lock:
            return not self._waiting and not self._parcels and not self._busy

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="webhook delivery", daemon=True)
        self._thread.start()

    def close(self) -> None:
        with self._lock:
            self._closing = True
            self._lock.notify_all()
        if self._thread:
            self._thread.join(timeout=10)

    def _run(self) -> None:
        while True:
            wait_s = self.tick()
            with self._lock:
                if self._closing:
                    return
                self._lock.wait(timeout=0.05 if wait_s is not None else 0.5)

    def _due_parcels(self) -> list[_Parcel]:
        with self._lock:
            if self.dials.hold or not self.url:
                return []
            now = self.now()
            due = [event for at, event in self._waiting if at <= now]
            self._waiting = [(at, event) for at, event in self._waiting if at > now]
            if self.dials.backwards:
                due.reverse()
            for start in range(0, len(due), self.batch_max):
                for _ in range(self.dials.copies):
                    batch = due[start : start + self.batch_max]
                    self._parcels.append(_Parcel(now, next(self._order), batch))
            ready = sorted((p for p in self._parcels if p.due <= now), key=lambda p: (p.due, p.order))
            self._parcels = [p for p in self._parcels if p.due > now]
            self._busy += len(ready)
            return ready

    def _deliver(self, parcel: _Parcel, send: Callable[[str, bytes, dict[str, str]], int]) -> None:
        body = self.encode(parcel.events, parcel.attempt)
        url = self.url or ""
        status = send(url, body, self.sign(url, body, self.now()))
        with self._lock:
            self._busy -= 1
            self.sent.append(Sent(self.now(), tuple(parcel.events), parcel.attempt, status))
            if 200 <= status < 300:
                return
            if parcel.attempt >= len(self.retry_after_s):
                self.lost.extend(parcel.events)
                return
            parcel.due = self.now() + self.retry_after_s[parcel.attempt]
            parcel.attempt += 1
            self._parcels.append(parcel)

    def _post(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        with contextlib.suppress(requests.RequestException):
            return self._http.post(url, data=body, headers=headers, timeout=self.timeout_s).status_code
        return 0

    def _next_due_in(self) -> float | None:
        with self._lock:
            times = [at for at, _ in self._waiting] + [p.due for p in self._parcels]
            return max(0.0, min(times) - self.now()) if times else None
