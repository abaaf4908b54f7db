"""See one history, or many: `python -m tests.simulation 4711`, as a broken one says."""

from __future__ import annotations

import argparse
import sys

from tests.simulation import mutating
from tests.simulation.mutants import MUTANTS


def main() -> int:
    arguments = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    arguments.add_argument("seeds", nargs="+", help="a seed, or several: 4711, 0-99")
    arguments.add_argument("--acts", type=_places, help="only these acts, by their places")
    arguments.add_argument("--faults", type=_places, help="only these faults, by their places")
    arguments.add_argument("--shrink", action="store_true", help="find the shortest history that breaks alike")
    arguments.add_argument("--mutant", choices=MUTANTS, metavar="NAME", help="with a known-bad variant of the sync")
    arguments.add_argument("--ground", choices=MUTANTS, metavar="NAME", help="on a mutant's ground, the sync as it is")
    arguments.add_argument("--story", action="store_true", help="tell the story of one that is well, too")
    told = arguments.parse_args()
    home = told.mutant or told.ground
    ground = MUTANTS[home].ground if home else None
    if told.mutant:
        mutating.become(MUTANTS[told.mutant])
    from tests.simulation.history import drawn  # from here on the sync is imported, as it is or as the mutant
    from tests.simulation.running import outcome, shrunk

    wrong = 0
    for seed in _seeds(told.seeds):
        history = drawn(seed, ground)
        if told.acts is not None or told.faults is not None:
            every = (range(len(history.acts)), range(len(history.faults)))
            given = [whole if one is None else one for one, whole in zip((told.acts, told.faults), every, strict=True)]
            history = history.only(*given)
        found = outcome(history)
        if found.wrong and told.shrink:
            found = shrunk(found, lambda line: sys.stderr.write(f"{line}\n"))
        if found.wrong or told.story:
            sys.stdout.write(f"{found.told()}\n")
        wrong += bool(found.wrong)
    sys.stdout.write(f"{wrong} of {len(_seeds(told.seeds))} histories are wrong\n")
    return 1 if wrong else 0


def _places(text: str) -> list[int]:
    return [] if text == "none" else [int(one) for one in text.split(",")]


def _seeds(told: list[str]) -> list[int]:
    seeds: list[int] = []
    for one in told:
        first, _, last = one.partition("-")
        seeds += range(int(first), int(last or first) + 1)
    return seeds


if __name__ == "__main__":
    sys.exit(main())
