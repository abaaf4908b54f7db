"""One history from its beginning to its rest, what is wrong with it then, and the shortest one that is wrong alike."""

from __future__ import annotations

import contextlib
import io
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from chalicelib import telemetry
from chalicelib.jobs import Kind
from tests.simulation import model_people
from tests.simulation.baton import Broken
from tests.simulation.history import WEATHERS, History
from tests.simulation.model import complaints
from tests.simulation.people import perform
from tests.simulation.world import DUE_S, REFRESH_S, SWEEP_S, Firm, World

QUIET_S = 900.0  # longer than a message is hidden, a lease lasts, and a connection pauses
DAY_S = 86_400.0
SOON_S = 90.0  # after which everything has crossed where nothing fails
ROUNDS = 60
TRIES = 120  # of shrinking


@dataclass(frozen=True)
class Outcome:
    """`wrong`: what does not hold, each by a letter (see `model`) and how; `story`: who did what when;
    `fingerprint`: of all its steps."""

    history: History
    wrong: tuple[str, ...]
    story: str
    counted: dict[str, int]
    fingerprint: int

    @property
    def letters(self) -> set[str]:
        return {one[:3] for one in self.wrong}

    def told(self) -> str:
        """What a person reads of a history that is wrong."""
        lines = [f"seed {self.history.seed} ({self.history.weather.name}, {self.history.layout})", *self.wrong]
        return "\n".join([*lines, f"again: {self.history.command}", self.story])


def outcome(history: History) -> Outcome:
    """Play it and judge it."""
    world = World(history)
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # metrics
            _live(world)
            _rest(world)
            wrong = tuple(complaints(world))
    except Broken as broken:
        wrong = (str(broken),)
    except Exception:
        wrong = (f"(!) {traceback.format_exc()}",)
    finally:
        with contextlib.redirect_stdout(io.StringIO()):
            world.baton.close()
            telemetry.flush()
    counted = {**world.counted, "faults": sum(world.met.values()), "deaths": world.baton.killed}
    return Outcome(history, wrong, world.baton.story(), counted, world.baton.fingerprint)


def _live(world: World) -> None:
    """People act while everything runs, and while faults strike."""
    baton = world.baton
    baton.run(200)
    ends = baton.time + sum(one.after_s for one in world.history.acts) + 60
    world.calm = False
    for name, every_s in (("due", DUE_S), ("sweep", SWEEP_S), ("refresh", REFRESH_S)):
        world.beat(name, every_s, ends)
    for act in world.history.acts:
        baton.run(act.after_s)
        if world.history.weather == WEATHERS[0] and act.after_s >= SOON_S:
            world.watch.late += model_people.late(world)
        perform(world, act.what, act.dice)
    baton.run(ends - baton.time)
    world.calm = True


def _rest(world: World) -> None:
    """No more faults, and nobody acts: what waits is done, until schedules and a day's passing change nothing. A day,
    since some things are seen by the daily look alone, and what fails is given up after one. A sweep that finds no
    token leaves its look to the next one: whether anything is late is judged after one that has looked."""
    looked = missed = False
    for _ in range(ROUNDS):
        before, began = _shown(world), world.baton.time
        world.watch.restless.clear()
        cut_off = _cut_off(world)
        for firm in cut_off:
            world.connect(firm)  # somebody has seen the alarm
        for name in ("refresh", "sweep", "due"):
            world.watch.resting = name == "sweep"  # at rest it finds nothing, so nothing is read or written but by it
            world.fire(name)
            world.baton.run(QUIET_S if name != "refresh" else REFRESH_S)
        if cut_off or _cut_off(world) or world.waiting or _shown(world) != before:
            continue
        missed, missed_before = any(world.connection(firm).swept_at < began for firm in world.firms), missed
        if missed and missed_before:
            raise Broken("(q) at rest two sweeps in a row have not looked")
        if missed:
            continue
        if looked and not world.watch.restless:
            return
        if not looked:
            world.watch.late += model_people.late(world)
            world.baton.run(DAY_S)
        looked = True
    raise Broken(f"(r) it never comes to rest: {world.watch.restless[:3]}")


def _cut_off(world: World) -> list[Firm]:
    return [firm for firm in world.firms if world.connection(firm).state != "connected"]


def _shown(world: World) -> object:
    """What must no longer change. When a failing record is tried again next is no matter."""
    return [
        (firm.portal.state(), firm.company.state(),
         [(one.kind, one.root, one.state, one.message, one.hubspot_id, one.quickbooks_id)
          for kind in Kind for one in world.records(firm, kind)])
        for firm in world.firms
    ]  # fmt: skip


# --- the shortest -----------------------------------------------------------------------------------------------------


def shrunk(first: Outcome, say: Callable[[str], None] = lambda _: None) -> Outcome:
    """The shortest history found that breaks one of the same rules: acts and faults are left out, by halves at first,
    one by one at last."""
    best = first
    kept = [list(range(len(first.history.acts))), list(range(len(first.history.faults)))]
    if first.history.kept is not None:
        kept = [list(one) for one in first.history.kept]
    tries = TRIES
    for which in (1, 0, 1):
        size = max(1, len(kept[which]) // 2)
        while size and tries > 0:
            for part in _parts(kept[which], size):
                trial = [list(one) for one in kept]
                trial[which] = [one for one in kept[which] if one not in part]
                tries -= 1
                found = outcome(first.history.only(*trial))
                if found.letters & first.letters:
                    best, kept = found, trial
                    say(f"{len(kept[0])} acts, {len(kept[1])} faults")
                if tries <= 0:
                    break
            size = 0 if size == 1 else size // 2
    return best


def _parts(whole: Sequence[int], size: int) -> Iterator[set[int]]:
    for start in range(0, len(whole), size):
        yield set(whole[start : start + size])
