"""A queue as SQS has it, and what hands its messages to a function, as Lambda does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.jobs import Message, to_body
from tests.simulation.baton import Baton

Event = dict[str, Any]
WINDOW_S = 1.0
BURIED_AFTER = 5


@dataclass(eq=False)
class Sent:
    id: str
    body: str
    visible_at: float
    received: int = 0


class SimQueue:
    """At least once, in no order, again after a while where nobody says that it is done. `invoke` is handed a batch of
    Lambda's records and says which of them are to come again; None when it died."""

    def __init__(
        self, baton: Baton, name: str, *, batch: int, at_once: int, visibility_s: float, buried: SimQueue | None = None
    ) -> None:
        self.name = name
        self.baton = baton
        self.invoke: Callable[[Event], Event | None] = lambda _: None
        self.meanwhile: Callable[[], str] = lambda: ""
        self.handed = 0
        self._batch, self._at_once, self._visibility_s = batch, at_once, visibility_s
        self._buried = buried
        self._sent: list[Sent] = []
        self._numbers = 0
        self._running = 0
        self._asked_at = float("inf")

    # --- what senders do ----------------------------------------------------------------------------------------------

    def send(self, messages: Sequence[Message], delay_s: float = 0) -> None:
        for message in messages:
            self.put(to_body(message), delay_s)

    def put(self, body: str, delay_s: float = 0) -> None:
        self._numbers += 1
        at = self.baton.time + delay_s + self.baton.random.choice((0.0, self.baton.random.uniform(0, 1)))
        self._sent.append(Sent(f"{self.name} {self._numbers}", body, at))
        self._ask(at)

    @property
    def waiting(self) -> int:
        return len(self._sent)

    # --- what Lambda does ---------------------------------------------------------------------------------------------

    def _ask(self, at: float) -> None:
        """Have the queue looked into at that time."""
        if at < self._asked_at:
            self._asked_at = at
            self.baton.at(at, self._look)

    def _look(self) -> None:
        """Hand out what is visible, as many batches at once as are allowed."""
        self._asked_at = float("inf")
        now = self.baton.time
        while self._running < self._at_once and (visible := [one for one in self._sent if one.visible_at <= now]):
            taken = self._some(visible)
            for one in taken:
                one.visible_at = now + self._visibility_s
                one.received += 1
            if batch := [one for one in taken if not self._is_buried(one)]:
                self._hand(batch)
        if self._sent and self._running < self._at_once:
            self._ask(min(one.visible_at for one in self._sent))

    def _some(self, visible: list[Sent]) -> list[Sent]:
        """In no order; a few at a time, or all that fit."""
        random = self.baton.random
        most = random.choice((1, 3, self._batch, self._batch))
        return random.sample(visible, min(most, self._batch, len(visible)))

    def _is_buried(self, one: Sent) -> bool:
        if self._buried is None or one.received <= BURIED_AFTER:
            return False
        self._sent.remove(one)
        self._buried.put(one.body)
        return True

    def _hand(self, batch: list[Sent]) -> None:
        self._running += 1
        self.handed += len(batch)
        event = {"Records": [_record(one) for one in batch]}
        fault = self.meanwhile()
        if fault == "again meanwhile":  # somebody else is handed the same while the first still works
            self._again(batch, self.baton.time + self.baton.random.uniform(0, 3))
        elif fault == "again afterwards":
            self._again(batch, self.baton.time + self.baton.random.uniform(5, 200))
        self.baton.hire(self.name, lambda: self._invoke(batch, event), mortal=False)

    def _again(self, batch: list[Sent], at: float) -> None:
        for one in batch:
            one.visible_at = min(one.visible_at, at)
        self._ask(at)

    def _invoke(self, batch: list[Sent], event: Event) -> None:
        try:
            answer = self.invoke(event)
        finally:
            self._free()
        if answer is None:
            return
        failed = {one["itemIdentifier"] for one in answer["batchItemFailures"]}
        for one in batch:
            if one.id not in failed and one in self._sent:
                self._sent.remove(one)

    def _free(self) -> None:
        self._running -= 1
        if self._sent:
            self._ask(max(self.baton.time, min(one.visible_at for one in self._sent)))


def _record(one: Sent) -> Event:
    return {"messageId": one.id, "body": one.body, "attributes": {"ApproximateReceiveCount": str(one.received)}}
