"""All known-bad mutants by name: see `mutating` for what they are, and `hunting` for how they are caught."""

from __future__ import annotations

from tests.simulation.mutants_of_rules import RULES
from tests.simulation.mutants_of_sales import SALES
from tests.simulation.mutants_of_workers import WORKERS

MUTANTS = {one.name: one for one in (*WORKERS, *RULES, *SALES)}
