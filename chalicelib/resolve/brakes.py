"""When a plan would put away alarmingly much (design: Deletes)."""

from __future__ import annotations

FEW, MOST, SHARE = 5, 200, 10
LINKED_THAT_MATTER = MOST * SHARE  # beyond this many linked records the limit grows no more


def most_put_away(linked: int) -> int:
    """How many records a connection may archive or inactivate within an hour: the larger of 5 and a tenth of its
    linked records, 200 at most."""
    return min(MOST, max(FEW, linked // SHARE))
