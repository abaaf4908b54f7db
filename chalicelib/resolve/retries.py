"""When a failing record is looked at again: 10 s to 15 min, then hourly to 24 h, then parked (design: states)."""

from __future__ import annotations

from dataclasses import replace

from chalicelib.failures import Trouble
from chalicelib.jobs import Kind, Side
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
    """Seconds to wait after so many failures before this one: doubled up to a quarter of an hour, then hourly."""
    doubled = FIRST_S * 2.0 ** min(attempts, 20)
    return min(doubled, LONGEST_S) if doubled < 2 * LONGEST_S else HOUR_S


def afresh(record: Record) -> Record:
    """The record as if it had never failed; a side that is gone may be made again, and nothing else brings it back
    (design: Deletes)."""
    fresh = replace(
        record, state=State.PENDING, category=None, message="an operator asked to try again", fix="",
        failing_since=None, attempts=0, next_try_at=None,
    )  # fmt: skip
    if not record.gone or _is_final(record):
        return fresh
    gone = set(record.gone)
    return replace(
        fresh,
        hubspot_id=None if Side.HUBSPOT in gone else record.hubspot_id,
        quickbooks_id=None if Side.QUICKBOOKS in gone else record.quickbooks_id,
        gone={}, base={}, lines={}, facts={}, put_away=None, made=None, names=(), carried={}, sync_token=None,
        leaving={},
    )  # fmt: skip


def _is_final(record: Record) -> bool:
    """Invoices and payments are born in QuickBooks alone: deleted there, none is made again, and its mirror is all that
    remains."""
    return record.kind in (Kind.INVOICE, Kind.PAYMENT) and Side.QUICKBOOKS in record.gone
