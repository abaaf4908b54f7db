"""One cause, many records: a renamed company, a freed name, a sweep, a backfill, a huge webhook body."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

from chalicelib import associated, discover, sweep
from chalicelib.connect.setup import prepare, set_up
from chalicelib.enqueue import DEAL, jobs_on_page
from chalicelib.failures import Awaited, CallFailed, OutOfTime, ReconnectNeeded, Rejected
from chalicelib.hubspot.client import HubSpot
from chalicelib.jobs import NEW_DAY, ConnectionId, Expand, Job, Kind, Side, fold
from chalicelib.metering import meter
from chalicelib.mirror import follow
from chalicelib.remember.connections import Connection, Connections, ConnectionState
from chalicelib.remember.records import Record, Records
from chalicelib.remember.walks import Purpose
from chalicelib.remembering import looks_at, lose_grant
from chalicelib.settings import ASSOCIATED
from chalicelib.switches import is_on, is_prepared, kind_of, only_in_hubspot
from chalicelib.telemetry import log
from chalicelib.transport import CallLog
from chalicelib.waiting import wake, want
from chalicelib.walk import steps
from chalicelib.wiring import Wiring

AGAIN_S = 60  # an expansion whose calls failed comes again after this long
TOKEN_S = 5  # and one that only waits for a token
WAITS = (follow.SOURCE, "associated", "company", DEAL, "sweep", "setup", "properties")  # sources that need a vendor
SOURCES = frozenset({*WAITS, "name_holder", "records", "linked", "overdue", "backfill", "metadata", steps.SOURCE})


def expand(wiring: Wiring, expansions: Sequence[Expand], left_s: Callable[[], float]) -> None:
    """Turn each expansion into record jobs. A vendor that fails delays the expansion; nothing is lost."""
    by_connection: dict[ConnectionId, list[Expand]] = {}
    for one in dict.fromkeys(expansions):
        by_connection.setdefault(one.connection, []).append(one)
    for connection_id, some in by_connection.items():
        connection = Connections(wiring.table).get(connection_id)
        if connection is None:
            continue
        if not connection.living:
            _keep_for_later(wiring, connection, some)
            continue
        _without_vendor(wiring, connection, some)
        calling = [one for one in some if one.source in WAITS]
        if calling:
            _with_vendor(wiring, connection, calling, left_s)
        for one in some:
            if one.source == steps.SOURCE:
                steps.walk_on(wiring, connection, one, left_s)
        asked = [one for one in some if one.source == "metadata"]
        if asked:
            discover.answer(wiring, connection, asked, left_s)


def _keep_for_later(wiring: Wiring, connection: Connection, expansions: Sequence[Expand]) -> None:
    """The connection has ended: what its return does not find by itself is noted. Sweeps and looks are made anew."""
    for one in expansions:
        if one.source == "records":
            jobs = jobs_on_page(one.page)
            for kind in dict.fromkeys(job.kind for job in jobs):
                some = [job for job in jobs if job.kind is kind]
                want(wiring, connection, kind, some, "the connection has ended")
        elif one.source == "backfill":
            _begin_backfill(wiring, connection)


def _without_vendor(wiring: Wiring, connection: Connection, some: Sequence[Expand]) -> None:
    holders = [one.id for one in some if one.source == "name_holder"]
    if holders:
        wake(wiring.table, wiring.queue, connection.id, Kind.CUSTOMER, holders)
    for one in some:
        if one.source == "records":
            wiring.queue.send(jobs_on_page(one.page))
        if one.source == "linked":
            _linked(wiring, connection, one)
        if one.source == "overdue":
            _overdue(wiring, connection, one)
        if one.source == "backfill":
            _begin_backfill(wiring, connection)


def _begin_backfill(wiring: Wiring, connection: Connection) -> None:
    """An initial sync as version 0.2 asked for one, still in the queue at an upgrade: it begins anew, as a walk."""
    steps.begin(wiring, connection, Kind.CUSTOMER, Purpose.BACKFILL)


def _associated(wiring: Wiring, connection: Connection, hubspot: HubSpot, some: Sequence[Expand]) -> None:
    """A look at the contacts of all these associated records, for one call an object. One that was deleted may have
    lost its associations with it: then the daily look finds what followed it."""
    jobs: list[Job] = []
    for subject, told in associated.told_of(some).items():
        kind = ASSOCIATED[subject]
        try:
            links = hubspot.associations(kind, "contacts", list(told))
        except Rejected as refused:  # no right to see them, which waiting does not mend; the contacts' own looks say so
            log("not expanded", connection=connection.id, object=kind, code=refused.trouble.code)
            continue
        jobs += associated.contacts_of(connection.id, subject, links, told)
    wiring.queue.send(fold(jobs))


def _of_deals(wiring: Wiring, connection: Connection, hubspot: HubSpot, some: Sequence[Expand]) -> None:
    """A look at the invoices of all these deals, for one call; a deal that has none may show one that has left it."""
    if not some or not is_on(connection.settings, Kind.INVOICE):
        return
    causes = {one.id: one.page for one in some}
    try:
        links = hubspot.associations("deals", "invoices", list(causes))
    except Rejected as refused:  # as above
        log("not expanded", connection=connection.id, object="deals", code=refused.trouble.code)
        return
    jobs = [
        Job(connection.id, Kind.INVOICE, Side.HUBSPOT, to.toObjectId, causes[deal])
        for deal, invoices in links.items()
        for to in invoices
    ]
    bare = [Expand(connection.id, follow.SOURCE, deal) for deal in causes if not links.get(deal)]
    wiring.queue.send([*fold(jobs), *bare])


def _linked(wiring: Wiring, connection: Connection, one: Expand) -> None:
    """A look at one page of what is linked, and the expansion that brings the next."""
    kind = kind_of(one)
    if not is_on(connection.settings, kind) and kind is not Kind.CUSTOMER:
        return
    known, following = Records(wiring.table).known_page(connection.id, kind, one.page)
    side_ids = [_looked_at(record, one) for record in known if record.linked or record.shares or _is_payment(record)]
    wiring.queue.send(looks_at(connection.id, kind, side_ids, "a look at all that is linked"))
    if following:
        wiring.queue.send([replace(one, page=following)])


def _is_payment(record: Record) -> bool:
    """What HubSpot has of a payment is notes: it is linked to no one record."""
    return record.kind is Kind.PAYMENT and bool(record.quickbooks_id)


def _looked_at(record: Record, one: Expand) -> str:
    """A mirrored invoice on HubSpot's side where that is what may have changed unseen, since QuickBooks' reads are
    metered; anything else as it is known."""
    in_hubspot = record.kind is Kind.INVOICE and only_in_hubspot(one)
    return f"{Side.HUBSPOT}:{record.hubspot_id}" if in_hubspot else record.root


def _overdue(wiring: Wiring, connection: Connection, one: Expand) -> None:
    """A look at each mirrored invoice of one page that has become overdue by the day that the expansion names. On
    HubSpot's side: QuickBooks has nothing new to say, and its reads are metered."""
    from chalicelib.resolve.invoices import overdue_now
    from chalicelib.resolve.stages import Stage

    today = date.fromisoformat(one.id)
    known, following = Records(wiring.table).known_page(connection.id, Kind.INVOICE, one.page)
    shown = [record for record in known if record.linked and record.facts.get("stage") != Stage.OVERDUE]
    late = [f"{Side.HUBSPOT}:{record.hubspot_id}" for record in shown if overdue_now(record.facts, today)]
    wiring.queue.send(looks_at(connection.id, Kind.INVOICE, late, NEW_DAY))
    if following:
        wiring.queue.send([replace(one, page=following)])


def _comes_by_itself(one: Expand) -> bool:
    """Sent again, the schedule's sweeps would grow more with each of its minutes that a vendor is away."""
    return one.source in ("sweep", "properties") and one.id == "scheduled"


def _was_done(connection: Connection, one: Expand) -> bool:
    """Whether it has been done since this one was asked for: of those that waited out a pause, one is enough."""
    if one.source == "properties":
        return one.id == "scheduled" and is_prepared(connection)
    return bool(one.page) and connection.swept_at >= float(one.page)


def _with_vendor(wiring: Wiring, connection: Connection, some: Sequence[Expand], left_s: Callable[[], float]) -> None:
    calls = CallLog()
    if connection.paused_until() > wiring.now():
        wiring.queue.send(some, delay_s=AGAIN_S)
        return
    try:
        hubspot, quickbooks = wiring.clients(connection, left_s, calls)
        for one in some:
            if one.source == "setup" and connection.state is not ConnectionState.CONNECTED:
                set_up(wiring, connection, hubspot, quickbooks)
        held = Connections(wiring.table).get(connection.id) or connection
        if any(one.source == "properties" and not _was_done(held, one) for one in some):
            prepare(wiring, held, hubspot, quickbooks)
        _associated(wiring, connection, hubspot, [one for one in some if one.source in (associated.SOURCE, "company")])
        _of_deals(wiring, held, hubspot, [one for one in some if one.source == DEAL])
        deals = [one for one in some if one.source == follow.SOURCE]
        if deals:
            follow.follow(wiring, connection, hubspot, deals)
        for one in some:
            if one.source == "sweep" and not _was_done(connection, one):
                sweep.sweep(wiring, connection, hubspot, quickbooks)
    except ReconnectNeeded:
        lose_grant(Connections(wiring.table), connection.id)
    except Awaited:  # the keeper asks for a set-up when it has a token
        again = [one for one in some if one.source != "setup" and not _comes_by_itself(one)]
        wiring.queue.send(again, delay_s=TOKEN_S)
    except (CallFailed, OutOfTime) as failed:
        again = [one for one in some if not _comes_by_itself(one)]
        log("expansion delayed", connection=connection.id, error=type(failed).__name__, again=len(again))
        wiring.queue.send(again, delay_s=AGAIN_S)
    meter(wiring, connection, calls)
    log("expanded", connection=connection.id, sources=[one.source for one in some], calls=[str(c) for c in calls.made])
