"""The table, the key and the queue, as effects of the scheduler: each use of them is a point where others go on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from chalicelib.jobs import Message, to_body
from chalicelib.remember.table import Item, Key, Lost, MemoryTable, Write
from tests.simulation.baton import NEVER, Baton, Worker
from tests.simulation.tokens.properties import Watch

VISIBLE_AGAIN_S = 1_800.0


class SimTable:
    """A table whose every use is an effect. Rarely a write is told as lost although it was done: boto's own retry of a
    conditional write whose first answer was lost looks like that."""

    def __init__(self, baton: Baton, inner: MemoryTable, watch: Watch) -> None:
        self._baton = baton
        self._inner = inner
        self._watch = watch
        self.doubt = 0.003

    def get(self, keys: Iterable[Key]) -> dict[Key, Item]:
        wanted = list(keys)
        self._baton.step("reads", wanted[0].pk)
        found = self._inner.get(wanted)
        for item in found.values():
            if item.key.sk == "grant":
                self._watch.read(item.body)
        return found

    def write(self, writes: Sequence[Write]) -> None:
        self._baton.step("writes", f"{writes[0].key.pk} over {writes[0].expect}")
        self._inner.write(writes)
        for key, item in self._inner.get(write.key for write in writes if write.key.sk == "grant").items():
            self._baton.note("has written", f"{key.pk} version {item.version} {item.body['state']}")
            self._watch.written(item.body)
        if self._baton.random.random() < self.doubt:
            raise Lost(write.key for write in writes)

    def page(self, pk: str, after: str = "", limit: int = 1000, *, backwards: bool = False) -> list[Item]:
        self._baton.step("lists", pk)
        return self._inner.page(pk, after, limit, backwards=backwards)

    def in_state(self, state_key: str, until: str = "￿", limit: int = 1000) -> list[Key]:
        self._baton.step("looks up", state_key)
        return self._inner.in_state(state_key, until, limit)


class SimSealer:
    """Blobs that can be read here, each another one, bound to their context."""

    def __init__(self, baton: Baton, slow_s: float) -> None:
        self._baton = baton
        self._slow_s = slow_s
        self._made = 0

    def seal(self, text: str, context: dict[str, str]) -> str:
        self._use("seals", context["account"])
        self._made += 1
        return f"{context['vendor']} {context['account']} {self._made}|{text}"

    def open(self, sealed: str, context: dict[str, str]) -> str:
        self._use("opens", sealed.split("|", 1)[0])
        own, text = sealed.split("|", 1)
        if own.split()[:2] != [context["vendor"], context["account"]]:
            self._baton.fail(f"(d) {context['account']} opens a blob of {own}")
        return text

    def _use(self, what: str, about: str) -> None:
        self._baton.step(what, about)
        if self._slow_s and self._baton.random.random() < 0.2:
            self._baton.wait(
                "waited for the key", self._baton.time + self._baton.random.uniform(0, self._slow_s), about
            )


@dataclass(eq=False)
class Sent:
    body: str
    visible_at: float


class SimQueue:
    """A standard queue: at least once, in no order, again after a while where nobody says that it is done."""

    def __init__(self, baton: Baton) -> None:
        self._baton = baton
        self._sent: list[Sent] = []
        self._waiting: list[Worker] = []

    def send(self, messages: Sequence[Message], delay_s: int = 0) -> None:
        bodies = sorted(to_body(message) for message in messages)  # a set's order differs between processes
        self._baton.step("queues", " ".join(bodies))
        random = self._baton.random
        for body in bodies:
            for _ in range(random.choice((1, 1, 1, 2))):
                self._sent.append(Sent(body, self._baton.time + delay_s + random.choice((0.0, random.uniform(0, 2)))))
        for worker in self._waiting:
            self._baton.wake(worker)

    def take(self) -> Sent:
        """The next message, when there is one; it is hidden from others for a while."""
        me = self._baton.current
        while True:
            visible = [one for one in self._sent if one.visible_at <= self._baton.time]
            if visible:
                taken = self._baton.random.choice(visible)
                taken.visible_at = self._baton.time + VISIBLE_AGAIN_S
                return taken
            self._waiting.append(me)
            try:
                self._baton.wait("looks for an errand", min((one.visible_at for one in self._sent), default=NEVER))
            finally:
                self._waiting.remove(me)

    def done(self, message: Sent) -> None:
        self._sent.remove(message)


class Deaf:
    """The queue of record jobs: nobody works on them here."""

    def send(self, messages: Sequence[Message], delay_s: int = 0) -> None: ...
