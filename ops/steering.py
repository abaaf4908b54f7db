"""Steer the work: sweep now, sync all, let go a brake; and how it stands."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from chalicelib.jobs import ConnectionId, Expand, Kind
from chalicelib.remember.connections import Connections, ConnectionState
from chalicelib.remember.guards import Brake, Meter
from chalicelib.remember.records import Records, State
from chalicelib.wiring import Wiring, wiring
from ops import waiting, words
from ops.answers import Failed, say, which
from ops.arguments import KINDS, Commands
from ops.asking import look_again
from ops.connecting import tokens_view
from ops.tables import table

METERED_CEILING = 500_000  # reads a month that QuickBooks' free tier includes, for all of the workspace's companies
SWEPT_S, WORK_S = 90.0, 600.0


def register(commands: Commands) -> None:
    backfilled = commands.add("backfill", backfill, "the initial sync of all records")
    backfilled.add_argument("kind", choices=KINDS, metavar="KIND", help="customer")
    backfilled.add_argument("--detach", action="store_true", help="return at once")
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


def backfill(given: Namespace) -> int:
    tools = wiring()
    one = which(tools, given)
    if one.state is not ConnectionState.CONNECTED:
        raise Failed(f"{one.id} is {one.state}: connect it first, with python -m ops --connection {one.id} connect")
    tools.queue.send([Expand(one.id, "backfill", tools.new_id())])
    if not given.detach and not waiting.until(lambda: _is_quiet(tools), WORK_S):
        raise Failed("the initial sync has not ended yet; it goes on by itself: see python -m ops status")
    counts = _counts(tools, one.id)
    say(given, {"connection": one.id, "records": counts}, ", ".join(f"{n} {state}" for state, n in counts.items()))
    return 1 if (counts.get("failing") or counts.get("parked")) and not given.detach else 0


def _is_quiet(tools: Wiring) -> bool:
    """The queue is empty, seen and in hand."""
    return _queue_depth(tools) == 0


def _queue_depth(tools: Wiring) -> int:
    import boto3

    client = boto3.client("sqs")
    names: Any = [f"ApproximateNumberOfMessages{suffix}" for suffix in ("", "NotVisible", "Delayed")]
    reply = client.get_queue_attributes(QueueUrl=tools.config.queue_url, AttributeNames=names)
    return sum(int(value) for value in reply["Attributes"].values())


def _counts(tools: Wiring, connection: ConnectionId) -> dict[str, int]:
    counts: dict[str, int] = {}
    for one in Records(tools.table).all(connection, Kind.CUSTOMER):
        counts[str(one.state)] = counts.get(str(one.state), 0) + 1
    return counts


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
        counts = _counts(tools, one.id)
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
                "backfills": [],
                "swept_at": words.stamp(one.swept_at or None),
                "not_seen_by_sweep": [
                    "deletions, merges and moved companies in HubSpot: notices tell, and the daily look finds them"
                ],
            }
        )
    say(given, views, table(views, ("connection", "state", "lag_s", "queued", "in_sync", "failing", "parked")))
    return 0
