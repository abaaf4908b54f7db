"""Cases: a flow, and where which faults happen in it. Each ends as if nothing had happened, or says what differs."""

from __future__ import annotations

import difflib
import functools
import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.simulation.crashes.checkpoint import Checkpoint
from tests.simulation.crashes.seeing import seen
from tests.simulation.crashes.world import CALLS, FAULTS, KILLS, TICKS_S, CrashWorld

Ids = dict[str, str]
LINES_MAX = 60


@dataclass(frozen=True)
class Flow:
    """`before` is done and settled first; `act` is what may be disturbed; `after` is done when all has come to rest, to
    see that the system still works. `given` is what the world is built with. `judge` sees each world's end."""

    act: Callable[[CrashWorld, Ids], object]
    before: Callable[[CrashWorld], Ids] = lambda _: {}
    after: Callable[[CrashWorld, Ids], object] | None = None
    given: dict[str, Any] = field(default_factory=dict)
    judge: Callable[[CrashWorld, dict[str, Any]], object] | None = None


@dataclass(frozen=True)
class Fault:
    """`what` happens at the effect number `at`, counted from the flow's begin."""

    what: str
    at: int

    @classmethod
    def read(cls, text: str) -> Fault:
        what, _, at = text.rpartition(" ")
        if what not in FAULTS or not at.isdigit():
            raise ValueError(f"{text!r} is no fault; such as 'before 7', one of: {', '.join(FAULTS)}")
        return cls(what, int(at))

    def __str__(self) -> str:
        return f"{self.what} {self.at}"


@dataclass(frozen=True)
class Case:
    flow: str
    faults: tuple[Fault, ...]

    @property
    def command(self) -> str:
        kills = "".join(f' --kill "{one}"' for one in self.faults)
        return f'python -m tests.simulation.crashes "{self.flow}"{kills}'


@dataclass
class Ended:
    """How a play ended. `whose`: for each effect in which process it was, and whether it was a call."""

    seen: dict[str, Any]
    effects: list[str]
    whose: list[tuple[int, bool]]
    trouble: str = ""


class Stage:
    """One flow's world, built once and put back before each play."""

    def __init__(self, name: str, flow: Flow) -> None:
        self.name, self.flow = name, flow
        self.world = CrashWorld(**flow.given)
        self._ids = flow.before(self.world)
        self.world.start()
        self._checkpoint = Checkpoint(self.world, self._ids)
        self.right = self.play(())
        if self.right.trouble:
            raise AssertionError(f"{name}: undisturbed, {self.right.trouble}")

    def play(self, faults: Sequence[Fault]) -> Ended:
        self._checkpoint.restore()
        world, flow = self.world, self.flow
        world.faults = {one.at: one.what for one in faults}
        flow.act(world, self._ids)
        world.rest()
        effects, whose = list(world.effects), list(world.whose)
        trouble = self._unrest(world)
        if flow.after:
            flow.after(world, self._ids)
            world.rest()
        missed = {one for one in faults if one.at in world.faults}
        if missed:
            trouble = trouble or f"there was no effect for {', '.join(map(str, missed))}"
        found = json.loads(json.dumps(seen(world), sort_keys=True, default=str))
        if flow.judge:
            flow.judge(world, found)
        return Ended(found, effects, whose, trouble or "; ".join(world.broken))

    def _unrest(self, world: CrashWorld) -> str:
        """At rest the schedules come by for nothing: nobody writes, and no metered read is made but for a record that
        fails, which is looked at again by and by."""
        since, calls = len(world.posted), len(world.quickbooks.dials.calls())
        world.sweeps, sweeps = False, world.sweeps
        world.ticks = [world.time + tick for tick in (TICKS_S[:1] if world.is_failing() else TICKS_S)]
        world.rest()
        world.sweeps = sweeps
        news = world.quickbooks.dials.calls()[calls:]
        metered = [] if world.is_failing() else [one for one in news if one.metered]
        of_books = [one for one in news if one.method != "GET" and not one.metered and one.path.startswith("/v3")]
        wrote: list[object] = [*world.wrote(since), *of_books]
        return f"it does not come to rest: {[*wrote, *metered][:3]}" if wrote or metered else ""

    def points(self, whats: Sequence[str] = KILLS, after: Sequence[Fault] = ()) -> Iterator[Fault]:
        """Every place for one more fault: of the undisturbed play, or behind those faults that come first.

        Killed after an effect is killed before the next one, where that is of the same process: it is played once.
        """
        whose = self.play(after).whose if after else self.right.whose
        first = max((one.at for one in after), default=-1) + 1
        for at, (process, is_call) in list(enumerate(whose))[first:]:
            goes_on = at + 1 < len(whose) and whose[at + 1][0] == process
            for what in whats:
                if (is_call or what not in CALLS) and not (goes_on and what == "after"):
                    yield Fault(what, at)

    def differs(self, faults: Sequence[Fault]) -> str | None:
        """What is otherwise than undisturbed; None where nothing is."""
        ended = self.play(faults)
        if ended.trouble:
            return ended.trouble
        return None if ended.seen == self.right.seen else _difference(self.right.seen, ended.seen)


def _difference(right: dict[str, Any], found: dict[str, Any]) -> str:
    texts = [json.dumps(one, indent=1, ensure_ascii=False).splitlines() for one in (right, found)]
    lines = list(difflib.unified_diff(*texts, "undisturbed", "disturbed", lineterm="", n=2))
    return "\n".join(lines[:LINES_MAX])


@functools.cache
def stage(name: str) -> Stage:
    from tests.simulation.crashes.flows import FLOWS

    return Stage(name, FLOWS[name])


def run(case: Case) -> str | None:
    """Play a case: None where it ends as it should, else what to read and the command that shows it again."""
    own = stage(case.flow)
    wrong = own.differs(case.faults)
    if wrong is None:
        return None
    names = [own.right.effects[one.at] if one.at < len(own.right.effects) else "?" for one in case.faults[:1]]
    return f"{case.command}\n  at {'; '.join(names)}\n{wrong}"


def singles(flow: str, whats: Sequence[str] = KILLS) -> Iterator[Case]:
    yield from (Case(flow, (one,)) for one in stage(flow).points(whats))


def all_pairs(flow: str) -> Iterator[Case]:
    """Every two crash points, the second one anywhere in what follows the first."""
    own = stage(flow)
    for first in own.points():
        yield from (Case(flow, (first, second)) for second in own.points(after=[first]))


def pairs(seed: int, flows: Sequence[str] | None = None) -> Iterator[Case]:
    """Pairs without end, in an order of the seed's own."""
    from tests.simulation.crashes.flows import FLOWS

    chooser = random.Random(seed)
    names = list(flows or FLOWS)
    while True:
        name = chooser.choice(names)
        first = chooser.choice(list(stage(name).points()))
        later = list(stage(name).points(after=[first]))
        yield from (Case(name, (first, chooser.choice(later))) for _ in range(min(len(later), 3)))
