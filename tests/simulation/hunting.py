"""`python -m tests.simulation.hunting NAME` plays the histories in which a mutant can show, and tells of each that is
wrong: a line of JSON. Whoever listens stops it."""

from __future__ import annotations

import json
import sys

from tests.simulation import mutating
from tests.simulation.mutants import MUTANTS


def main() -> None:
    mutant = MUTANTS[sys.argv[1]]
    mutating.become(mutant)
    from tests.simulation.history import drawn
    from tests.simulation.running import outcome

    for played, seed in enumerate(mutant.seeds(), 1):
        found = outcome(drawn(seed))
        if found.letters & mutant.breaks:
            print(json.dumps({"seed": seed, "played": played, "wrong": found.wrong}), flush=True)


if __name__ == "__main__":
    main()
