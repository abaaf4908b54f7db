"""When a failing record is looked at again: 10 s to 15 min, then hourly to 24 h, then parked (design: states)."""

from __future__ import annotations

from dataclasses import replace

from chalicelib.failures import Trouble
from chalicelib.remember.records import Record, State

FIRST_S, LONGEST_S, HOUR_S, DAY_S = 10.0, 900.0, 3_600.0, 86_400.0


def failing(record: Record, trouble: Trouble, now: float) -> Record:
    """The record after one more failure."""
    since = record.failing_since if record.failing_since is not None else now
    again = replace(record.troubled(trouble, now), failing_since=since, attempts=record.attempts + 1)
    if now - since >= DAY_S:
        return replace(again, state=State.PARKED, next_try_at=None)
    return replace(again, next_try_at=now + wait_s(record.attempts))


def wait_s(attempts: int) -> float:
    """Seconds to wait after so many failures before this one."""
    doubled = FIRST_S * 2.0 ** min(attempts, 20)
    return doubled if doubled <= LONGEST_S else HOUR_S
