"""What one history is made of: the vendors' rules, a seed, the weather; and what is counted of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any

from chalicelib.access.grants import Grants


@dataclass(frozen=True)
class Weather:
    """How rough a history is: what goes wrong of a step, of a request, of what a person does.

    `beats`: whether the schedule runs; else only workers ask the keeper. `breaks_early`: see `network.Line`.
    `slow_key_s`: how long one use of the key in five takes at worst.
    """

    kills: float = 0.004
    bad: float = 0.3
    leaves: float = 0.03
    beats: bool = True
    people: int = 1
    breaks_early: bool = False
    slow_key_s: float = 0.0


WEATHERS = {
    "usual": Weather(),
    "storm": Weather(bad=0.8),
    "mortal": Weather(kills=0.02),
    "no schedule": Weather(beats=False),
    "restless": Weather(leaves=0.2, bad=0.1),
    "early": Weather(bad=0.8, breaks_early=True),
    "slow key": Weather(bad=0.8, slow_key_s=40.0),
}
ROUGHER = {  # beyond what the code stands: two consents of one account, nearer to each other than our clocks agree
    "crowd": Weather(people=6, leaves=0.4),
}


@dataclass(frozen=True)
class Plan:
    """One history: the vendors' rules, the seed, the weather; and what a mutant does otherwise."""

    rules: str
    seed: int
    weather: str = "usual"
    hours: float = 72.0
    mutant: str = ""
    steps: int = 40  # shown of a history that breaks
    grants: type[Grants] = Grants
    authority: Callable[[Any], Any] = lambda authority: authority
    table: Callable[[Any], Any] = lambda table: table

    def __str__(self) -> str:
        return f"{self.rules}, {self.weather}, seed {self.seed}"

    @property
    def command(self) -> str:
        """What shows this history again."""
        of = f"'{self.rules}' {self.seed} --weather '{self.weather}' --hours {self.hours:g}"
        told = f"python -m tests.simulation.tokens {of}"
        return f"{told} --mutant '{self.mutant}'" if self.mutant else told


@dataclass(frozen=True)
class Count:
    """What happened in one history, or in many.

    `lost`: grants given up, rightly. `again`: values that were rotated away and asked for once more. `served`: calls
    that the vendor took; `spared`: those of them that were made by a grant that was lost already.
    """

    histories: int = 0
    refreshes: int = 0
    effects: int = 0
    kills: int = 0
    lost: int = 0
    again: int = 0
    served: int = 0
    spared: int = 0
    fates: Counter[str] = field(default_factory=Counter)

    def __add__(self, other: Count) -> Count:
        return Count(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(Count)))
