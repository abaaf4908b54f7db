"""The edges of the system, each use of which is an effect: requests, writes of the table, messages sent, the key.

Between two effects a process changes nothing that outlives it, so a process can be killed at no other place that
matters. The queues behave as SQS does with a Lambda function behind it.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import requests

from chalicelib.access.sealing import Sealer
from chalicelib.enqueue import SEND_MAX
from chalicelib.jobs import Message, to_body
from chalicelib.remember.table import Delete, Item, Key, Lost, MemoryTable, Put, Write
from local.serving import HangUp
from tests.chalicelib.walk.small_world import WsgiAdapter

if TYPE_CHECKING:
    from tests.simulation.crashes.world import CrashWorld

TIMEOUT_S, LATE_S = 20.0, 60.0  # when a worker gives a request up, and when it arrives all the same
BUSY_S = 5.0


class Edge(WsgiAdapter):
    """A vendor's HTTP. Its faults: `answer lost`, `arrives late`, `throttled`."""

    def __init__(self, world: CrashWorld, application: Any) -> None:
        super().__init__(application, world._heard)
        self._world = world

    def send(self, request: requests.PreparedRequest, **transport: Any) -> requests.Response:
        world = self._world
        answer = lambda: super(Edge, self).send(request, **transport)  # noqa: E731
        fault = world.begin_effect(f"{request.method} {_short(str(request.url))}", is_call=True)
        if fault == "throttled":
            world.busy_until = world.time + BUSY_S
        if world.time < world.busy_until:
            return _too_many()
        if fault == "arrives late":
            world.arriving.append((world.time + LATE_S, answer))
            world.time += TIMEOUT_S
            raise requests.ReadTimeout
        try:
            found = answer()
        except HangUp:
            raise requests.ConnectionError from None
        finally:
            world.end_effect(fault)
        if fault == "answer lost":
            raise requests.ConnectionError
        return found


def _short(url: str) -> str:
    return url.split("://", 1)[1][:110]


def _too_many() -> requests.Response:
    made = requests.Response()
    made.status_code = 429
    made._content = b'{"status": "error", "policyName": "TEN_SECONDLY_ROLLING", "message": "too many"}'
    return made


class EffectTable:
    """What is written, each transaction apart. Reads are no effects."""

    def __init__(self, world: CrashWorld, inner: MemoryTable) -> None:
        self._world = world
        self._inner = inner

    def write(self, writes: Sequence[Write]) -> None:
        self._world.effect(f"write {_named(writes)}", lambda: self._inner.write(writes))

    def write_each(self, groups: Sequence[Sequence[Write]]) -> list[Lost | None]:
        found: list[Lost | None] = []
        for group in groups:
            found += self._world.effect(f"write {_named(group)}", lambda group=group: self._inner.write_each([group]))
        return found

    def get(self, keys: Iterable[Key]) -> dict[Key, Item]:
        return self._inner.get(keys)

    def page(self, *given: Any, **more: Any) -> list[Item]:
        return self._inner.page(*given, **more)

    def in_state(self, *given: Any, **more: Any) -> list[Key]:
        return self._inner.in_state(*given, **more)


def _named(writes: Sequence[Write]) -> str:
    words = {Put: "", Delete: "delete "}
    return ", ".join(f"{words.get(type(one), 'check ')}{one.key.pk.rpartition('|')[2]} {one.key.sk}" for one in writes)


class EffectSealer:
    """The key: what is sealed is stored by a write of its own, but whoever seals or opens can die of it too."""

    def __init__(self, world: CrashWorld, inner: Sealer) -> None:
        self._world = world
        self._inner = inner

    def seal(self, text: str, context: dict[str, str]) -> str:
        return str(self._world.effect("seal", lambda: self._inner.seal(text, context)))

    def open(self, sealed: str, context: dict[str, str]) -> str:
        return str(self._world.effect("open", lambda: self._inner.open(sealed, context)))


@dataclass(order=True)
class Parcel:
    """A message in a queue. `received`: how often it was handed out."""

    visible_at: float
    order: int
    body: str = field(compare=False)
    received: int = field(default=0, compare=False)

    def record(self) -> dict[str, Any]:
        attributes = {"ApproximateReceiveCount": str(self.received)}
        return {"messageId": str(self.order), "body": self.body, "attributes": attributes}


class Sqs:
    """A standard queue and the function behind it: what a process did not finish is handed out again."""

    def __init__(self, world: CrashWorld, function: str, door: Callable[..., Any], **limits: float) -> None:
        self._world = world
        self._function, self._door = function, door
        self._batch, self._visible_again_s = int(limits["batch"]), limits["visible_again_s"]
        self._function_s = limits["function_s"]
        self._parcels: list[Parcel] = []
        self._count = 0

    def send(self, messages: Sequence[Message], delay_s: int = 0) -> None:
        """Ten at a time, as SQS takes them: whoever dies in between has sent some of them."""
        for start in range(0, len(messages), SEND_MAX):
            some = list(itertools.islice(messages, start, start + SEND_MAX))
            self._world.effect(f"send {[_told(one) for one in some]}", lambda some=some: self._put(some, delay_s))

    def _put(self, messages: Sequence[Message], delay_s: float) -> None:
        for one in messages:
            self._count += 1
            heapq.heappush(self._parcels, Parcel(self._world.time + delay_s, self._count, to_body(one)))

    @property
    def due(self) -> float:
        return self._parcels[0].visible_at if self._parcels else float("inf")

    def hand_out(self) -> None:
        """One batch to one process."""
        world, began = self._world, self._world.time
        taken: list[Parcel] = []
        while self._parcels and self.due <= world.time and len(taken) < self._batch:
            taken.append(heapq.heappop(self._parcels))
        for one in taken:
            one.received += 1
        answer = world.process(self._function, lambda: self.work(taken), taken)
        failed = {one["itemIdentifier"] for one in answer["batchItemFailures"]} if answer else None
        again = taken if failed is None else [one for one in taken if str(one.order) in failed]
        world.broken += [f"{self._function} could not finish {one.body}" for one in again if failed]
        for one in again:
            one.visible_at = max(world.time, began + self._visible_again_s)
            heapq.heappush(self._parcels, one)

    def work(self, parcels: Sequence[Parcel]) -> dict[str, Any]:
        event = {"Records": [one.record() for one in parcels]}
        return dict(self._door(event, Context(self._world, self._function_s)))


def _told(message: Message) -> str:
    words = (getattr(message, name, "") for name in ("kind", "source", "what", "side", "id"))
    return " ".join(str(one) for one in words if one)


class Context:
    """What Lambda tells a process of its time."""

    def __init__(self, world: CrashWorld, function_s: float) -> None:
        self._world, self._ends_at = world, world.time + function_s

    def get_remaining_time_in_millis(self) -> int:
        return round((self._ends_at - self._world.time) * 1_000)
