"""A connection comes back: what was asked for meanwhile, what changed meanwhile, and what no notice can have told."""

from __future__ import annotations

from dataclasses import replace

from chalicelib.jobs import ConnectionId, Expand, Job, Side
from chalicelib.remember.connections import Connection, Connections
from chalicelib.remember.records import Records, State
from chalicelib.remembering import looks_at
from chalicelib.switches import ALL, looks_at_all
from chalicelib.telemetry import log
from chalicelib.walk.steps import nudge
from chalicelib.wiring import Wiring

WAITING_MAX = 1_000  # records queued at once; the schedule of one minute queues the others


def go_on(wiring: Wiring, connection: Connection) -> None:
    """Queue what waits, the walks that stand still, a sweep from the old cursors, and a look at every linked record:
    deletions, merges and moved companies of the time in between are not in any sweep."""
    waiting = wake_waiting(wiring, connection.id)
    looks = looks_at_all(connection.id, connection.settings, ALL)
    wiring.queue.send([Expand(connection.id, "sweep", "connected again"), *looks])
    nudge(wiring, connection.id, stalled_s=0.0)
    now = wiring.now()
    Connections(wiring.table).change(connection.id, lambda held: replace(held, looked_at=now, overdue_day=""))
    log("goes on", connection=connection.id, waiting=waiting)


def wake_waiting(wiring: Wiring, connection: ConnectionId) -> int:
    """Queue a look at the records that wait for their connection, without waiting for the next minute."""
    waiting = Records(wiring.table).in_states(connection, (State.PENDING,))[:WAITING_MAX]
    jobs: list[Job] = []
    for held in waiting:
        record = held.record
        root = f"{Side.HUBSPOT}:{record.hubspot_id}" if record.hubspot_id else record.root
        jobs += looks_at(connection, record.kind, [root], "the connection goes on")
    wiring.queue.send(jobs)
    return len(jobs)
