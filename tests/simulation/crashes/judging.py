"""What the tests of this folder share: play many cases, and show those that end otherwise."""

from __future__ import annotations

from collections.abc import Iterable

from tests.simulation.crashes.cases import Case, run

SHOWN = 3


def all_well(cases: Iterable[Case]) -> int:
    """How many cases were played. Fails with the first that end otherwise than undisturbed, each with its command."""
    played, wrong = 0, list[str]()
    for case in cases:
        played += 1
        wrong += filter(None, [run(case)])
        if len(wrong) >= SHOWN:
            break
    assert not wrong, "\n\n".join(wrong)
    return played
