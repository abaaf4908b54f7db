"""A mutant is hunted on its ground: seed after seed until a history is wrong with it, and right without it."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass

from tests.simulation import mutating

HISTORIES = 40  # that a mutant may go through unseen


@dataclass(frozen=True)
class Caught:
    """`letters` of the rules that break with the mutant, and hold without it."""

    seed: int
    letters: set[str]
    wrong: list[str]


def caught(mutant: mutating.Mutant) -> Caught | None:
    """The first history that catches it. It plays in a process of its own; the sync as it is plays in this one."""
    from tests.simulation.history import drawn
    from tests.simulation.running import outcome

    command = [sys.executable, "-m", "tests.simulation.hunting", mutant.name]
    with subprocess.Popen(command, cwd=mutating.ROOT, stdout=subprocess.PIPE, text=True) as hunt:
        assert hunt.stdout is not None
        try:
            for line in hunt.stdout:
                said = json.loads(line)
                right = outcome(drawn(said["seed"], mutant.ground)).letters
                letters = {one[:3] for one in said["wrong"]} - right
                if letters & mutant.breaks:
                    return Caught(said["seed"], letters, said["wrong"])
            assert hunt.wait() == 0, f"{mutant}: the hunt itself broke"
        finally:
            hunt.kill()
    return None


def main() -> None:
    """`python -m tests.simulation.hunting NAME` tells of each history that is wrong, as a line of JSON."""
    from tests.simulation.mutants import MUTANTS

    mutant = MUTANTS[sys.argv[1]]
    mutating.become(mutant)
    from tests.simulation.history import drawn
    from tests.simulation.running import outcome

    for seed in range(HISTORIES):
        found = outcome(drawn(seed, mutant.ground))
        if found.letters & mutant.breaks:
            sys.stdout.write(json.dumps({"seed": seed, "wrong": found.wrong}) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
