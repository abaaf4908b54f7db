"""Many histories, spread over all processors; and what was counted of them."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field

from tests.simulation.history import drawn
from tests.simulation.running import outcome, shrunk

# What an event is. Reads of the table are none, though others may go on at each of them, too.
EVENTS = ("acts", "notices", "schedules", "invocations", "calls", "writes", "faults")
PART = 10  # histories handed to a process at once
FULL = 200  # events; a history of fewer proves little, though it is judged as well


@dataclass
class Count:
    """What happened in many histories. `full`: those of so many events that they count."""

    histories: int = 0
    full: int = 0
    counted: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    @property
    def events(self) -> int:
        return sum(self.counted[name] for name in EVENTS)

    def __str__(self) -> str:
        parts = ", ".join(f"{self.counted[name]:,} {name}" for name in EVENTS)
        died = f"{self.counted['deaths']:,} processes died"
        return f"{self.histories:,} histories, {self.events:,} events ({parts}); {died}; {len(self.wrong)} wrong"

    def add(self, other: Count) -> None:
        self.histories += other.histories
        self.full += other.full
        self.counted += other.counted
        self.wrong += other.wrong


def some(seeds: Iterable[int], shrink: bool = True) -> Count:
    """These histories, one after the other. Of one that is wrong the shortest that is wrong alike is told."""
    total = Count()
    for seed in seeds:
        found = outcome(drawn(seed))
        events = sum(found.counted.get(name, 0) for name in EVENTS)
        wrong = [(shrunk(found) if shrink else found).told()] if found.wrong else []
        total.add(Count(1, int(events >= FULL), Counter(found.counted), wrong))
    return total


def many(first: int, last: int | None = None, for_s: float = float("inf"), *, shrink: bool = True) -> Iterator[Count]:
    """Histories of all seeds from the first up to the last one, or until the time is over; counts as they come."""
    began = time.monotonic()
    ends = itertools.count(first, PART) if last is None else range(first, last, PART)
    parts = (range(start, start + PART if last is None else min(start + PART, last)) for start in ends)
    processes = os.cpu_count() or 1
    with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
        first_parts = itertools.islice(parts, 2 * processes)
        running: set[Future[Count]] = {pool.submit(some, part, shrink) for part in first_parts}
        while running:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for one in done:
                yield one.result()
                part = next(parts, None) if time.monotonic() - began < for_s else None
                if part is not None:
                    running.add(pool.submit(some, part, shrink))
