"""A deterministic scheduler: many workers in one thread, of which one runs at a time.

A worker is a greenlet. At each *effect* (a table read, a request sent, an answer awaited) it goes back to the
scheduler, and a seeded chooser says who goes on. Time is virtual and moves only when everybody waits. A worker can be
killed at any effect. One seed is one history: the same seed gives the same steps, in any process.
"""

from __future__ import annotations

import heapq
import random
import zlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from greenlet import getcurrent, greenlet

START = 1_780_000_000.0
SKEW_S = 10.0  # a worker's clock is at most so far from the true one
STALL_S = 1.0  # an effect takes no time mostly, and so long at worst
NEVER = float("inf")


class Killed(BaseException):
    """The process is gone between two effects. Not an `Exception`: no code may catch it and go on."""


class Stopped(BaseException):
    """The history is over; every worker unwinds."""


class Broken(AssertionError):  # noqa: N818 - what is broken is a property
    """A property does not hold: which one, by its letter in brackets, and how."""

    @property
    def letter(self) -> str:
        return str(self)[1]


@dataclass(eq=False)
class Worker:
    name: str
    skew_s: float
    job: Callable[[], None]
    after_death: Callable[[], None] | None = None  # None: it cannot be killed
    ready_at: float = 0.0
    until: float = NEVER  # its time-out: at this time it is killed
    killed: bool = False
    leaving: bool = False
    woken: bool = False
    thread: greenlet | None = None


class Baton:
    def __init__(
        self,
        seed: int,
        *,
        kills: float = 0.0,
        stalls: float = 0.2,
        kept: int = 40,
        untold: frozenset[str] = frozenset(),
    ) -> None:
        """`kept`: so many of the last steps make the story, without the `untold`."""
        self.random = random.Random(seed)
        self.time = START
        self.kills = kills  # how likely it is, at each step, that somebody dies
        self.stalls = stalls  # how likely an effect takes time
        self.effects = 0
        self.killed = 0
        self.fingerprint = 0
        self.failure = ""
        self.over = False
        self._untold = untold
        self._steps: deque[tuple[float, str, str, str]] = deque(maxlen=kept)
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = 0
        self._hub = getcurrent()
        self._main = Worker("the test", 0.0, lambda: None)
        self._workers: list[Worker] = []
        self.current = self._main

    # --- what the test does -------------------------------------------------------------------------------------------

    def hire(
        self, name: str, job: Callable[[], None], *, mortal: bool = True, skew_s: float | None = None,
        after_death: Callable[[], None] | None = None,
    ) -> Worker:  # fmt: skip
        """Another worker, with a clock of its own. In a killed one's place comes one with the next number, if nothing
        else is to be done `after_death`."""
        self._numbers += 1
        again = after_death or (lambda: self.hire(name, job) and None)
        worker = Worker(
            name=f"{name}#{self._numbers}", skew_s=self.random.uniform(-SKEW_S, SKEW_S) if skew_s is None else skew_s,
            job=job, after_death=again if mortal else None, ready_at=self.time,
        )  # fmt: skip
        worker.thread = greenlet(lambda: self._live(worker), parent=self._hub)
        self._workers.append(worker)
        return worker

    def run(self, for_s: float = NEVER) -> None:
        """Let everybody work for so long a virtual time, or until nobody has anything to do. Raises `Broken` as soon as
        a property does not hold."""
        until = self.time + for_s
        while not self.failure and (chosen := self._choose(until)):
            self.current = chosen
            assert chosen.thread is not None
            chosen.thread.switch()
            self.current = self._main
        if self.failure:
            raise Broken(self.failure)
        if until != NEVER:
            self.time = max(self.time, until)

    def close(self) -> None:
        """Unwind all workers."""
        self.over = True
        for one in list(self._workers):
            self.current = one
            if one.thread is not None and one.thread:  # begun, and not at its end
                one.thread.switch()
        self._workers.clear()
        self.current = self._main

    def story(self) -> str:
        lines = [f"{at - START:12.3f}  {who:<14} {what} {about}" for at, who, what, about in self._steps]
        return "\n".join(lines)

    # --- what effects do ----------------------------------------------------------------------------------------------

    def now(self, worker: Worker | None = None) -> float:
        """What a worker's own clock shows."""
        return self.time + (worker or self.current).skew_s

    def step(self, what: str, about: str = "") -> None:
        """An effect is about to happen: give the baton back, and go on when chosen again."""
        slow = self.random.random() < self.stalls
        self.wait(what, self.time + (self.random.uniform(0, STALL_S) if slow else 0.0), about)

    def wait(self, what: str, until: float, about: str = "") -> bool:
        """Rest until that (true) time. Whether somebody called `wake` before."""
        me = self.current
        if me is self._main:
            return False
        if me.leaving:
            raise Stopped  # a `finally` on the way out has no effects any more
        me.ready_at, me.woken = min(until, me.until), False
        self._hub.switch()
        if self.over or me.killed or self.time >= me.until:
            me.leaving = True
            raise Stopped if self.over else Killed
        self.note(what, about)
        return me.woken

    def wake(self, worker: Worker) -> None:
        worker.ready_at, worker.woken = min(worker.ready_at, self.time), True

    def die(self, about: str = "") -> None:
        """The end of the present worker."""
        self.killed += 1
        self.note("dies", about)
        self.current.leaving = True
        raise Killed

    def kill(self, worker: Worker) -> None:
        """The end of a worker, at the effect that it is about to begin."""
        worker.killed, worker.ready_at = True, self.time
        self.killed += 1
        self.note("dies", who=worker.name)

    def at(self, time: float, action: Callable[[], None]) -> None:
        """Something that happens by itself at that time, whoever has died meanwhile."""
        self._numbers += 1
        heapq.heappush(self._events, (time, self._numbers, action))

    def note(self, what: str, about: str = "", who: str = "") -> None:
        """A line of the history."""
        who = who or self.current.name
        self.effects += 1
        if what not in self._untold:
            self._steps.append((self.time, who, what, about))
        self.fingerprint = zlib.crc32(f"{self.time} {who} {what} {about}".encode(), self.fingerprint)

    def fail(self, why: str) -> None:
        """A property does not hold: the history ends before anybody's next effect."""
        self.failure = self.failure or why

    # --- who goes on --------------------------------------------------------------------------------------------------

    def _choose(self, until: float) -> Worker | None:
        """Who is next; None when nobody has anything to do by then."""
        while not self.failure:
            soonest = min([one.ready_at for one in self._workers], default=NEVER)
            due = self._events[0][0] if self._events else NEVER
            if min(soonest, due) > until or min(soonest, due) == NEVER:
                return None
            if due <= max(soonest, self.time):
                at, _, action = heapq.heappop(self._events)
                self.time = max(self.time, at)
                action()
                continue
            self.time = max(self.time, soonest)
            if self.kills and self.random.random() < self.kills and (victim := self._victim()):
                self.kill(victim)
                return victim
            ready = [one for one in self._workers if one.ready_at <= self.time]
            return ready[0] if len(ready) == 1 else self.random.choice(ready)
        return None

    def _victim(self) -> Worker | None:
        mortal = [one for one in self._workers if one.after_death and not one.killed]
        return self.random.choice(mortal) if mortal else None

    def _live(self, me: Worker) -> None:
        """A worker's whole life."""
        try:
            if not self.over and not me.killed:
                me.job()
        except (Killed, Stopped):
            pass
        except Exception as escaped:
            self.fail(f"(g) {type(escaped).__name__} escaped {me.name}: {escaped}")
        if self.over:
            return
        self._workers.remove(me)
        if me.killed and me.after_death is not None:
            me.after_death()
