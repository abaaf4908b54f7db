"""Break the world for as long as one is told: `python -m tests.simulation.soak --minutes 30`.

Histories of seeds that nobody has seen, and pairs of crash points, side by side with each other.
"""

from __future__ import annotations

import argparse
import sys
import time

from tests.simulation.crashes.cases import pairs, run
from tests.simulation.many import Count, many

EVERY_S = 30.0
CRASHES = 0.2  # the share of the time that pairs of crash points take


def main() -> int:
    arguments = argparse.ArgumentParser(prog="python -m tests.simulation.soak", description=__doc__)
    arguments.add_argument("--minutes", type=float, default=30.0)
    arguments.add_argument("--seed", type=int, default=int(time.time()), help="where to begin; said at the start")
    told = arguments.parse_args()
    _say(f"from seed {told.seed}, {told.minutes:g} minutes")
    began = shown = time.monotonic()
    total, crashes = Count(), 0
    seconds = told.minutes * 60

    def progress() -> str:
        took = time.monotonic() - began
        speed = f"{took / 60:5.1f} min: {total.histories / took:.1f} histories a second"
        return f"{speed}; {total}; {crashes} pairs of crash points"

    for part in many(told.seed, for_s=seconds * (1 - CRASHES)):
        total.add(part)
        for one in part.wrong:
            _say(one)
        if time.monotonic() - shown > EVERY_S:
            shown = time.monotonic()
            _say(progress())
    for case in pairs(told.seed):
        if time.monotonic() - began > seconds:
            break
        crashes += 1
        if wrong := run(case):
            total.wrong.append(wrong)
            _say(wrong)
        if time.monotonic() - shown > EVERY_S:
            shown = time.monotonic()
            _say(progress())
    _say(progress())
    return 1 if total.wrong else 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
