"""Steer the work: sweep now, sync all, let go a brake; and how it stands."""

from __future__ import annotations

from argparse import Namespace
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from chalicelib.jobs import ConnectionId, Expand, Kind
from chalicelib.remember.connections import Connections
from chalicelib.remember.guards import Brake, Meter
from chalicelib.remember.records import Records, State
from chalicelib.remember.walks import Purpose, Walk, Walks
from chalicelib.wiring import Wiring, wiring
from ops import waiting, words
from ops.answers import Failed, say, which
from ops.arguments import WALKED, Commands
from ops.asking import look_again
from ops.connecting import tokens_view
from ops.tables import table

METERED_CEILING = 500_000  # reads a month that QuickBooks' free tier includes, for all of the workspace's companies
SWEPT_S = 90.0


def register(commands: Commands) -> None:
    commands.add("sweep", sweep, "read both sides' changes since the cursors now")
    resumed = commands.add("resume", resume, "let go a brake or a pause")
    resumed.add_argument("which", nargs="?", metavar="C", help="the connection")
    commands.add("status", status, "lag, queue, budgets, progress")


def resume(given: Namespace) -> int:
    tools = wiring()
    given.connection = given.which or given.connection
    one = which(tools, given)
    Brake(tools.table).let_go(one.id, tools.now())
    Connections(tools.table).change(
        one.id, lambda held: replace(held, braked="", hubspot_paused_until=0.0, quickbooks_paused_until=0.0)
    )
    look_again(tools, one.id, (State.PENDING, State.FAILING), "the connection was resumed")
    say(given, {"connection": one.id, "resumed": True}, f"{one.id} goes on.")
    return 0


def sweep(given: Namespace) -> int:
    tools = wiring()
    one = which(tools, given)
    tools.queue.send([Expand(one.id, "sweep", "an operator asked")])

    def swept() -> bool:
        held = Connections(tools.table).get(one.id)
        return held is not None and held.swept_at > one.swept_at

    if not waiting.until(swept, SWEPT_S):
        raise Failed("the sweep has not ended yet: a vendor is slow or throttles; it goes on by itself")
    say(given, {"connection": one.id, "swept": True}, f"Swept {one.id}; what was found is on its way.")
    return 0


def is_quiet(tools: Wiring) -> bool:
    """The queue is empty, seen and in hand."""
    return _queue_depth(tools) == 0


def _queue_depth(tools: Wiring) -> int:
    import boto3

    client = boto3.client("sqs")
    names: Any = [f"ApproximateNumberOfMessages{suffix}" for suffix in ("", "NotVisible", "Delayed")]
    reply = client.get_queue_attributes(QueueUrl=tools.config.queue_url, AttributeNames=names)
    return sum(int(value) for value in reply["Attributes"].values())


def states(tools: Wiring, connection: ConnectionId, *kinds: Kind) -> dict[str, int]:
    """How many records of these kinds are in which state."""
    every = (record for kind in kinds for record in Records(tools.table).all(connection, kind))
    return dict(Counter(str(record.state) for record in every))


def _backfills(tools: Wiring, connection: ConnectionId) -> list[dict[str, Any]]:
    """The last initial sync of each kind."""
    last: dict[Kind, Walk] = {}
    for walk in Walks(tools.table).latest(connection):
        if walk.purpose is Purpose.BACKFILL:
            last.setdefault(walk.kind, walk)
        if last.keys() >= set(WALKED):
            break
    return [
        {"kind": str(walk.kind), "state": str(walk.stage), "done": walk.done, "failed": walk.failed,
         "total": walk.total, "waits": walk.note or None}
        for walk in last.values()
    ]  # fmt: skip


def status(given: Namespace) -> int:
    tools = wiring()
    now = tools.now()
    month = datetime.fromtimestamp(now, UTC).strftime("%Y-%m")
    wanted = [which(tools, given)] if given.connection else Connections(tools.table).all()
    queued = _queue_depth(tools)
    views = []
    for one in wanted:
        due = Records(tools.table).in_states(one.id, (State.PENDING, State.FAILING), until=now)
        oldest = min((held.record.next_try_at or held.record.changed_at for held in due), default=now)
        counts = states(tools, one.id, *Kind)
        views.append(
            {
                "connection": one.id,
                "state": str(one.state),
                "waits": one.braked or None,
                "lag_s": round(max(0.0, now - oldest), 1),
                "queued": queued,
                "failing": counts.get("failing", 0),
                "parked": counts.get("parked", 0),
                "in_sync": counts.get("in_sync", 0),
                "excluded": counts.get("excluded", 0),
                "tokens": tokens_view(tools, one),
                "metered_reads": {"used": Meter(tools.table).used(one.id, month), "ceiling": METERED_CEILING},
                "backfills": _backfills(tools, one.id),
                "swept_at": words.stamp(one.swept_at or None),
                "not_seen_by_sweep": [
                    "deletions, merges, moved companies and deals of invoices in HubSpot: notices tell, and the daily "
                    "look finds them"
                ],
            }
        )
    say(given, views, table(views, ("connection", "state", "lag_s", "queued", "in_sync", "failing", "parked")))
    return 0
