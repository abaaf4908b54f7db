"""The records view, and the story of one record."""

from __future__ import annotations

import itertools
from argparse import Namespace
from collections.abc import Iterable

from chalicelib import settings
from chalicelib.jobs import ConnectionId, Kind
from chalicelib.remember.connections import Connection, Connections
from chalicelib.remember.decisions import Decisions
from chalicelib.shapes import SHAPES
from chalicelib.wiring import Wiring, wiring
from ops import asking, choosing, words
from ops.answers import say, which
from ops.arguments import Commands
from ops.choosing import Window
from ops.listing import Listing, json_list
from ops.tables import lines, table
from ops.unheard import unheard

COLUMNS = ("hubspot_id", "quickbooks_id", "name", "state", "category", "message")


def register(commands: Commands) -> None:
    listed = commands.add("records", records, "the records view")
    choosing.add_filters(listed)
    shown = choosing.add_order(listed)
    shown.add_argument("--limit", metavar="N", help="so many on a page; all where it is left out")
    shown.add_argument("--page", metavar="N", help=f"which page, from 1; without --limit pages of {choosing.PAGE_ROWS}")
    choosing.example(listed, "records --status failing,parked --sort -changed_at --limit 20")
    commands.about_one("why", why, "the story of one record, from cause to present state")
    told = commands.about_one("history", history, "every decision about one record, with before and after")
    told.add_argument("--limit", metavar="N", help="so many on a page, the latest first of the pages; else all")
    told.add_argument("--page", metavar="N", help="which page, from 1, the latest decisions; 2 are those before them")


def records(given: Namespace) -> int:
    tools = wiring()
    choice, order, page = choosing.choice(given, tools.now()), choosing.sort(given), choosing.window(given)
    meant = _connections(tools, given)
    columns = choosing.columns(given, usual_columns(choice.kinds or _kinds_on(meant)))
    found = Listing(tools, [one.id for one in meant], choice, order, page)
    views = (words.shown(one) for one in found)
    if given.json:
        for piece in json_list(views):
            print(piece, end="")
        return 0
    first = next(views, None)
    if first is not None:
        for line in lines(itertools.chain([first], views), columns):
            print(line)
    print(closing(found.total, page, shown=first is not None))
    return 0


def connections(tools: Wiring, given: Namespace) -> list[ConnectionId]:
    """The connection that is named, else all."""
    return [one.id for one in _connections(tools, given)]


def usual_columns(kinds: Iterable[Kind]) -> tuple[str, ...]:
    """What a table shows unasked. An id alone does not say of which kind it is, where there are several."""
    return ("kind", *COLUMNS) if len(set(kinds)) > 1 else COLUMNS


def _connections(tools: Wiring, given: Namespace) -> list[Connection]:
    return [which(tools, given)] if given.connection else Connections(tools.table).all()


def _kinds_on(some: Iterable[Connection]) -> set[Kind]:
    stored = [settings.read(one.settings or {}) for one in some]
    return {kind for kind, shape in SHAPES.items() if any(shape.settings(one).enabled for one in stored)}


def closing(total: int, page: Window, *, shown: bool) -> str:
    """How many there are, and how to see the rest."""
    if not total:
        return "no records"
    number = "1 record" if total == 1 else f"{total} records"
    pages = page.pages(total)
    if not shown:
        return f"{number}, and nothing on page {page.page}: there {'is 1 page' if pages == 1 else f'are {pages} pages'}"
    if pages == 1:
        return number
    following = f"; --page {page.page + 1} for the next" if page.page < pages else ""
    return f"{number} (page {page.page} of {pages}{following})"


def why(given: Namespace) -> int:
    tools = wiring()
    one = which(tools, given)
    try:
        record = asking.find(tools, one.id, Kind(given.kind), given.id)
    except asking.Unheard:
        told = unheard(tools, one, Kind(given.kind), given.id, hidden=given.json)
        say(given, told, "\n".join(told["story"]))
        return 0
    decisions = asking.decisions(tools, record)
    story = words.story(record, decisions)
    value = {"record": words.shown(record), "story": story, "decisions": [words.decision(one) for one in decisions]}
    say(given, value, "\n".join(story))
    return 0


def history(given: Namespace) -> int:
    tools = wiring()
    page = choosing.window(given)
    record = asking.find(tools, which(tools, given).id, Kind(given.kind), given.id)
    latest = Decisions(tools.table).of(record.connection, record.subject, limit=page.stop)
    decisions = latest[: len(latest) - page.start]
    views = [words.decision(one) for one in decisions]
    rows = [{**one.view(), "at (UTC)": words.when(one.at)[:19], "what": words.did(one)} for one in decisions]
    shown = table(rows, ("n", "at (UTC)", "state", "what", "reason")) if rows else "no decisions"
    total = latest[-1].n if latest else 0
    more = (
        "" if page.stop is None or page.stop >= total else f"\n{total} decisions; --page {page.page + 1} for older ones"
    )
    say(given, views, shown + more)
    return 0
