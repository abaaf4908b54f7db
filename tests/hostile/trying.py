"""How many examples a property is tried with: few that are always the same, or as many as HOSTILE_EXAMPLES says."""

from __future__ import annotations

import os
from typing import Any

from hypothesis import HealthCheck, settings

GIVEN = int(os.environ.get("HOSTILE_EXAMPLES", "0"))


def tries(usual: int) -> Any:
    """Unasked the examples are the same in every run, so that a red run is the change's own doing."""
    return settings(
        max_examples=GIVEN or usual, derandomize=not GIVEN, database=None, deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
    )  # fmt: skip
