"""Play crashes: one case again, as a failing one says, or all of them.

python -m tests.simulation.crashes "a new invoice" --kill "before 7" --kill "after 12"
python -m tests.simulation.crashes --all-pairs --flow "a new invoice" --minutes 30
python -m tests.simulation.crashes --all-singles
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterable, Iterator

from chalicelib.telemetry import logger
from tests.simulation.crashes.cases import Case, Fault, all_pairs, run, singles, stage
from tests.simulation.crashes.flows import FLOWS
from tests.simulation.crashes.world import FAULTS

EVERY_S = 10.0


def main() -> int:
    told = _told()
    os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")
    logger().setLevel("CRITICAL")
    if told.all_pairs or told.all_singles:
        return _all(_cases(told), told.minutes)
    if not told.faults:
        for number, effect in enumerate(stage(told.of).right.effects):
            sys.stdout.write(f"{number:4} {effect}\n")
        return 0
    case = Case(told.of, tuple(told.faults))
    wrong = run(case)
    sys.stdout.write(f"{wrong or 'It ends as if nothing had happened.'}\n")
    return 1 if wrong else 0


def _told() -> argparse.Namespace:
    arguments = argparse.ArgumentParser(
        prog="python -m tests.simulation.crashes", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    arguments.add_argument("of", nargs="?", choices=FLOWS, metavar="FLOW", help="without --kill: list its effects")
    arguments.add_argument("--kill", "--fault", dest="faults", action="append", type=Fault.read, metavar="WHAT N",
                           help=f"at the effect N; WHAT is one of: {', '.join(FAULTS)}")  # fmt: skip
    arguments.add_argument("--all-pairs", action="store_true", help="every two crash points")
    arguments.add_argument("--all-singles", action="store_true", help="every fault at every effect")
    arguments.add_argument("--flow", action="append", choices=FLOWS, metavar="FLOW", help="only of this flow")
    arguments.add_argument("--minutes", type=float, default=float("inf"))
    told = arguments.parse_args()
    if not (told.of or told.all_pairs or told.all_singles):
        arguments.error(f"say which flow: {'; '.join(FLOWS)}")
    return told


def _cases(told: argparse.Namespace) -> Iterator[Case]:
    for flow in told.flow or FLOWS:
        yield from all_pairs(flow) if told.all_pairs else singles(flow, FAULTS)


def _all(cases: Iterable[Case], minutes: float) -> int:
    began = shown = time.monotonic()
    played = wrong = 0
    for case in cases:
        found = run(case)
        played += 1
        if found:
            wrong += 1
            sys.stdout.write(f"{found}\n\n")
        now = time.monotonic()
        if now - shown > EVERY_S:
            shown = now
            _say(played, wrong, now - began, case.flow)
        if now - began > minutes * 60:
            break
    _say(played, wrong, time.monotonic() - began, "the end")
    return 1 if wrong else 0


def _say(played: int, wrong: int, seconds: float, where: str) -> None:
    sys.stdout.write(f"{played} cases, {wrong} wrong, {played / max(seconds, 0.001):.0f} a second: {where}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
