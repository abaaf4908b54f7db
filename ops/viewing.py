"""The records view, and the story of one record."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from chalicelib.jobs import Kind
from chalicelib.remember.connections import Connections
from chalicelib.remember.records import Records, State
from chalicelib.wiring import wiring
from ops import asking, waiting, words
from ops.answers import WrongUse, say, which
from ops.arguments import KINDS, Commands
from ops.tables import table

COLUMNS = ("hubspot_id", "quickbooks_id", "name", "state", "category", "message")
LOOK_S = 90.0


def register(commands: Commands) -> None:
    listed = commands.add("records", records, "the records view")
    listed.add_argument("--status", metavar="S", help="in_sync, pending, excluded, failing or parked")
    listed.add_argument("--kind", default="customer", choices=KINDS)
    listed.add_argument("--columns", metavar="A,B", help="which columns to show")
    commands.about_one("why", why, "the story of one record, from cause to present state")
    commands.about_one("history", history, "every decision about one record")
    tried = commands.add("retry", retry, "look again now")
    tried.add_argument("kind", nargs="?", choices=KINDS, metavar="KIND")
    tried.add_argument("id", nargs="?", metavar="ID")
    tried.add_argument("--all", action="store_true", help="every failing and parked record")


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
        for one in asking.listed(tools, asking.Question(connection, Kind(given.kind), state))
    ]
    views.sort(key=lambda view: (view["connection"], str(view["name"]).casefold(), str(view["hubspot_id"])))
    unknown = [name for name in columns if views and name not in views[0]]
    if unknown:
        raise WrongUse(f"there is no column {', '.join(unknown)}; there are: {', '.join(views[0])}")
    say(given, views, table(views, columns) if views else "no records")
    return 0


def why(given: Namespace) -> int:
    tools = wiring()
    record = asking.find(tools, which(tools, given).id, Kind(given.kind), given.id)
    decisions = asking.decisions(tools, record)
    story = words.story(record, decisions)
    value = {"record": words.shown(record), "story": story, "decisions": [words.decision(one) for one in decisions]}
    say(given, value, "\n".join(story))
    return 0


def history(given: Namespace) -> int:
    tools = wiring()
    record = asking.find(tools, which(tools, given).id, Kind(given.kind), given.id)
    decisions = [words.decision(one) for one in asking.decisions(tools, record)]
    rows = [{**one, "plan": "; ".join(one["plan"])} for one in decisions]
    say(given, decisions, table(rows, ("at", "state", "plan", "reason", "cause")))
    return 0


def retry(given: Namespace) -> int:
    tools = wiring()
    one = which(tools, given)
    if given.all:
        chosen = Records(tools.table).in_states(one.id, (State.FAILING, State.PARKED))
        queued = asking.retry(tools, [held.record for held in chosen])
    elif given.kind and given.id:
        queued = asking.retry(tools, [asking.find(tools, one.id, Kind(given.kind), given.id)])
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

    waiting.until(all_ended, LOOK_S)
    views = [words.shown(ends.get(held.record.root, held.record)) for held in queued]
    say(given, views, table(views, COLUMNS) if views else "nothing to retry")
    return 1 if any(view["state"] in ("failing", "parked") for view in views) else 0
