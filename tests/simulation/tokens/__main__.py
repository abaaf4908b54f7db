"""See one history again: `python -m tests.simulation.tokens "always theft" 5`, as a broken one says."""

from __future__ import annotations

import argparse
import contextlib
import io
import sys

from chalicelib.telemetry import logger
from tests.simulation.baton import Broken
from tests.simulation.tokens.mutants import MUTANTS
from tests.simulation.tokens.plan import ROUGHER, WEATHERS, Plan
from tests.simulation.tokens.vendors import QUICKBOOKS
from tests.simulation.tokens.world import history


def main() -> None:
    arguments = argparse.ArgumentParser(prog="python -m tests.simulation.tokens")
    arguments.add_argument("rules", choices=QUICKBOOKS)
    arguments.add_argument("seed", type=int)
    arguments.add_argument("--weather", choices=WEATHERS | ROUGHER, default="usual")
    arguments.add_argument("--hours", type=float, default=72.0)
    arguments.add_argument("--mutant", choices=MUTANTS)
    arguments.add_argument("--steps", type=int, default=40, help="how much to show of a history that breaks")
    told = arguments.parse_args()
    logger().setLevel("CRITICAL")
    variant = MUTANTS[told.mutant].variant if told.mutant else {}
    plan = Plan(told.rules, told.seed, told.weather, told.hours, told.mutant or "", told.steps, **variant)
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # metrics
            world = history(plan)
    except Broken as broken:
        sys.exit(str(broken))
    sys.stdout.write(f"{world.count()}\n")


if __name__ == "__main__":
    main()
