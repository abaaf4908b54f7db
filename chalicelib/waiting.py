"""Records that wait, without a look at either system: for a connection that is away, a token, a kind that is off; and
those who wait for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from chalicelib.case import Case
from chalicelib.enqueue import Queue
from chalicelib.failures import Awaited, CallFailed, Category, ReconnectNeeded, Trouble
from chalicelib.jobs import ABSORBED, ConnectionId, Job, Kind, Side, put_off
from chalicelib.remember import records as stored
from chalicelib.remember.connections import Connection, Connections, ConnectionState
from chalicelib.remember.names import Names
from chalicelib.remember.records import Held, Record, Records, State, unseen
from chalicelib.remember.table import Table, Write
from chalicelib.remembering import WAIT_FOR_CONNECTION_S, WAIT_FOR_TOKEN_S, looks_at, lose_grant
from chalicelib.resolve.pair import shared_with_people
from chalicelib.resolve.retries import failing
from chalicelib.shapes import SHAPES, switched_off
from chalicelib.wiring import Wiring


def want(wiring: Wiring, connection: Connection, kind: Kind, jobs: Sequence[Job], why: str) -> None:
    """While a connection waits, a record is one row that is wanted, not a message that ages (design D4)."""
    now = wiring.now()
    next_try = max(now + 10.0, connection.paused_until())

    def wanted(record: Record, job: Job) -> Record:
        stale = record.stale or job.side is Side.QUICKBOOKS or asks_for_quickbooks(job)
        waiting = replace(record, state=State.PENDING, category=category, message=why, fix=fix)
        return replace(waiting, next_try_at=next_try, changed_at=now, stale=stale)

    category, fix = _way_out(connection)
    _note_each(wiring, connection, kind, jobs, wanted)


def _way_out(connection: Connection) -> tuple[Category | None, str]:
    """What a person can do so that a connection's records need not wait; nothing, where time does it."""
    if connection.state is ConnectionState.NEEDS_RECONNECT:
        return Category.RECONNECT_NEEDED, "Connect again: python -m ops connect. It goes on by itself then."
    if connection.braked:
        return None, f"Look at what happened; if it is right, run: python -m ops resume {connection.id}"
    return None, ""


def set_aside(wiring: Wiring, connection: Connection, kind: Kind, jobs: Sequence[Job]) -> None:
    """The kind is switched off: no call is made, links stay, and what has news is noted for its return. What a person
    ordered is not: when the kind returns, it may be long forgotten."""
    now = wiring.now()
    why_off = switched_off(SHAPES[kind].section)

    def aside(record: Record, job: Job) -> Record:
        if record.category is None and record.state is State.EXCLUDED and record.message == why_off:
            off = record
        else:
            off = record.settled(State.EXCLUDED, why_off, now)
        return replace(off, stale=off.stale or job.side is Side.QUICKBOOKS, orders={})

    _note_each(wiring, connection, kind, jobs, aside)


def _note_each(
    wiring: Wiring, connection: Connection, kind: Kind, jobs: Sequence[Job], noted: Callable[[Record, Job], Record]
) -> None:
    """Store what the jobs tell on their records, without a look at either system."""
    found = Records(wiring.table).find(connection.id, kind, [job.record for job in jobs])
    writes: list[list[Write]] = []
    told = [job for job in jobs if job.record in found or not may_be_hubspots_own(job)]
    for job in told:
        held = found.get(job.record) or Held(unseen(connection.id, kind, job.side, job.id), None)
        writes.append([stored.put(held, noted(heard(held.record, [job]), job))])
    lost = wiring.table.write_each(writes)
    again = [job for job, failed in zip(told, lost, strict=True) if failed]
    if again:
        wiring.queue.send(*put_off(again))


def may_be_hubspots_own(job: Job) -> bool:
    """Whether the job says nothing to us unless its record is known: an invoice that HubSpot tells of is our mirror,
    HubSpot's own or another company's."""
    return job.kind is Kind.INVOICE and job.side is Side.HUBSPOT


def asks_for_quickbooks(job: Job) -> bool:
    """An operator wants the truth; and a row that was off has not been followed meanwhile."""
    return any(cause.startswith(("retry", "the settings", "settle", "undo")) for cause in job.cause.split(", "))


def heard(record: Record, jobs: Iterable[Job]) -> Record:
    """The record with what only these notices tell, so that a look that fails does not lose it."""
    told = dict(record.heard)
    for job in jobs:
        if job.merged_into:
            told["merged_into"] = job.merged_into
        if "privacyDeletion" in job.cause:
            told["privacy"] = "deleted"
        if ABSORBED in job.cause:
            record = replace(record, made=shared_with_people(record.made))
    return replace(record, heard=told)


def without_clients(wiring: Wiring, connection: Connection, cases: Sequence[Case], failed: CallFailed) -> None:
    """No token could be had: give the leases back, and let the records wait."""
    if isinstance(failed, ReconnectNeeded):
        lose_grant(Connections(wiring.table), connection.id)
    wait_s = WAIT_FOR_TOKEN_S if isinstance(failed, Awaited) else WAIT_FOR_CONNECTION_S
    now = wiring.now()
    waiting = [
        [stored.put(case.held, replace(
            case.record.troubled(failed.trouble, now, State.PENDING), lease_until=0.0,
            next_try_at=now + wait_s, stale=case.record.stale or case.wants_quickbooks,
        ))]
        for case in cases
    ]  # fmt: skip
    wiring.table.write_each(waiting)


def wake(table: Table, queue: Queue, connection: ConnectionId, kind: Kind, holders: Iterable[str]) -> None:
    """Look at the records that wait for a name which one of these QuickBooks objects held."""
    names = Names(table)
    held = names.held_by(connection, holders)
    roots = [root for name in held.values() for root in names.waiting(connection, name)]
    if roots:
        queue.send(looks_at(connection, kind, roots, "the holder of the name it waits for has changed"))
    for holder in held:
        names.forget_holder(connection, holder)


def mark_defect(wiring: Wiring, job: Job) -> None:
    """A job that broke the worker again and again: its record says so, and has a next try."""
    records = Records(wiring.table)
    found = records.find(job.connection, job.kind, [job.record])
    held = found.get(job.record) or Held(unseen(job.connection, job.kind, job.side, job.id), None)
    trouble = Trouble(
        Category.DEFECT,
        "The worker failed five times on this record.",
        "Tell the maintainers; the log has the place. The record is tried again by itself.",
    )
    wiring.table.write([stored.put(held, failing(held.record, trouble, wiring.now()))])
