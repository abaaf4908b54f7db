"""What each command does. It reads memory and sends jobs; the vendors are called by the workers alone."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from chalicelib import settings as settings_file
from chalicelib.jobs import ConnectionId, Expand, Kind, Side
from chalicelib.remember.connections import Connections, ConnectionState
from chalicelib.remember.guards import Brake, Meter
from chalicelib.remember.records import Records, State
from chalicelib.wiring import Wiring, wiring
from ops import records as asked
from ops import waiting, words
from ops.answers import Failed, WrongUse, say, which
from ops.connecting import tokens_view
from ops.tables import table

COLUMNS = ("hubspot_id", "quickbooks_id", "name", "state", "category", "message")
METERED_CEILING = 500_000  # reads a month that QuickBooks' free tier includes, for all of the workspace's companies
SETUP_S, WORK_S = 90.0, 600.0


def resume(given: Namespace) -> int:
    tools = wiring()
    given.connection = given.which or given.connection
    one = which(tools, given)
    Brake(tools.table).let_go(one.id, tools.now())
    Connections(tools.table).change(
        one.id, lambda held: replace(held, braked="", hubspot_paused_until=0.0, quickbooks_paused_until=0.0)
    )
    _look_again(tools, one.id, (State.PENDING, State.FAILING), "the connection was resumed")
    say(given, {"connection": one.id, "resumed": True}, f"{one.id} goes on.")
    return 0


# --- settings ---------------------------------------------------------------------------------------------------------


def settings(given: Namespace) -> int:
    tools = wiring()
    if given.action == "show":
        one = which(tools, given)
        text = Connections(tools.table).settings_text(one.id, one.settings_version)
        say(given, {"version": one.settings_version, "settings": one.settings}, text or "# the defaults apply\n")
        return 0
    text, raw = _yaml(Path(given.file))
    try:
        read = settings_file.read(raw)
    except settings_file.SettingsError as wrong:
        if given.json:
            print(json.dumps({"errors": wrong.lines}, indent=2))
        raise Failed("\n".join(f"{given.file}: {line}" for line in wrong.lines)) from None
    if given.action == "check":
        say(given, {"errors": []}, f"{given.file} can be applied.")
        return 0
    given.connection = given.connection or read.connection
    one = which(tools, given)
    if read.connection and read.connection != one.id:
        raise WrongUse(f"{given.file} is for connection {read.connection}, not {one.id}")
    if not given.yes and not _confirmed(f"Apply {given.file} to {one.id}? [y/N] "):
        raise WrongUse("not applied; say --yes where nobody can be asked")
    version = one.settings_version + 1
    connections = Connections(tools.table)
    connections.keep_settings(one.id, version, text)
    connections.change(
        one.id, lambda held: replace(held, settings=read.model_dump(mode="json"), settings_version=version)
    )
    queued = _look_again(tools, one.id, tuple(State), "the settings were changed")
    said = f"Applied as version {version}; {queued} records are looked at again."
    say(given, {"connection": one.id, "version": version, "looked_at": queued}, said)
    return 0


def _yaml(path: Path) -> tuple[str, Any]:
    import yaml

    try:
        text = path.read_text()
        return text, yaml.safe_load(text)
    except OSError as missing:
        raise WrongUse(f"cannot read {path}: {missing.strerror}") from None
    except yaml.YAMLError as wrong:
        raise Failed(f"{path}: this is no YAML: {' '.join(str(wrong).split())}") from None


def _confirmed(question: str) -> bool:
    return sys.stdin.isatty() and input(question).strip().lower() in ("y", "yes")


def _look_again(tools: Wiring, connection: ConnectionId, states: tuple[State, ...], cause: str) -> int:
    """Queue a look at every record in these states."""
    from chalicelib.remembering import looks_at

    roots = [
        f"{Side.HUBSPOT}:{one.hubspot_id}" if one.hubspot_id else one.root
        for one in Records(tools.table).all(connection, Kind.CUSTOMER)
        if one.state in states
    ]
    tools.queue.send(looks_at(connection, Kind.CUSTOMER, roots, cause))
    return len(roots)


# --- work -------------------------------------------------------------------------------------------------------------


def sweep(given: Namespace) -> int:
    tools = wiring()
    one = which(tools, given)
    tools.queue.send([Expand(one.id, "sweep", "an operator asked")])

    def swept() -> bool:
        held = Connections(tools.table).get(one.id)
        return held is not None and held.swept_at > one.swept_at

    if not waiting.until(swept, SETUP_S):
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


# --- records ----------------------------------------------------------------------------------------------------------


def records(given: Namespace) -> int:
    tools = wiring()
    try:
        state = State(given.status) if given.status else None
    except ValueError:
        raise WrongUse(f"there is no state {given.status!r}; there are: {', '.join(State)}") from None
    columns = tuple(given.columns.split(",")) if given.columns else COLUMNS
    wanted = [which(tools, given).id] if given.connection else [one.id for one in Connections(tools.table).all()]
    views = [
        words.shown(one)
        for connection in wanted
        for one in asked.listed(tools, asked.Question(connection, Kind(given.kind), state))
    ]
    views.sort(key=lambda view: (view["connection"], str(view["name"]).casefold(), str(view["hubspot_id"])))
    unknown = [name for name in columns if views and name not in views[0]]
    if unknown:
        raise WrongUse(f"there is no column {', '.join(unknown)}; there are: {', '.join(views[0])}")
    say(given, views, table(views, columns) if views else "no records")
    return 0


def why(given: Namespace) -> int:
    tools = wiring()
    record = asked.find(tools, which(tools, given).id, Kind(given.kind), given.id)
    decisions = asked.decisions(tools, record)
    story = words.story(record, decisions)
    value = {"record": words.shown(record), "story": story, "decisions": [words.decision(one) for one in decisions]}
    say(given, value, "\n".join(story))
    return 0


def history(given: Namespace) -> int:
    tools = wiring()
    record = asked.find(tools, which(tools, given).id, Kind(given.kind), given.id)
    decisions = [words.decision(one) for one in asked.decisions(tools, record)]
    rows = [{**one, "plan": "; ".join(one["plan"])} for one in decisions]
    say(given, decisions, table(rows, ("at", "state", "plan", "reason", "cause")))
    return 0


def retry(given: Namespace) -> int:
    tools = wiring()
    one = which(tools, given)
    if given.all:
        chosen = Records(tools.table).in_states(one.id, (State.FAILING, State.PARKED))
        queued = asked.retry(tools, [held.record for held in chosen])
    elif given.kind and given.id:
        queued = asked.retry(tools, [asked.find(tools, one.id, Kind(given.kind), given.id)])
    else:
        raise WrongUse("say which: python -m ops retry customer ID, or --all")
    keeper = Records(tools.table)
    ends: dict[str, Any] = {}

    def all_ended() -> bool:
        roots = [held.record.root for held in queued if held.record.root not in ends]
        found = keeper.find(one.id, Kind.CUSTOMER, roots)
        for held in queued:
            now = found.get(held.record.root)
            if now and (now.version or 0) > (held.version or 0) and now.record.lease_until <= tools.now():
                ends[held.record.root] = now.record
        return len(ends) == len(queued)

    waiting.until(all_ended, SETUP_S)
    views = [words.shown(ends.get(held.record.root, held.record)) for held in queued]
    say(given, views, table(views, COLUMNS) if views else "nothing to retry")
    return 1 if any(view["state"] in ("failing", "parked") for view in views) else 0


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
