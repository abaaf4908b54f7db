"""A walk's turns: a worker takes the bookmark, does slice after slice while its time lasts, and passes it on.

Slices follow each other and never run beside each other, so that names are given in the order of the visit, in a plan
as in the initial sync that follows it (design D11). The bookmark moves by conditional write: a turn that comes twice
finds that it has moved, and does nothing; one whose worker was killed is called again by the schedule of one minute.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from chalicelib import remembering, work
from chalicelib.failures import Awaited, CallFailed, OutOfTime, ReconnectNeeded, Rejected
from chalicelib.hubspot.client import HubSpot
from chalicelib.jobs import ConnectionId, Expand, Job, Kind, Side
from chalicelib.metering import meter
from chalicelib.quickbooks.client import ROWS_MAX, QuickBooks
from chalicelib.quickbooks.models import Item, Row
from chalicelib.remember.connections import Connection, Connections
from chalicelib.remember.records import Records, State
from chalicelib.remember.walks import Purpose, Stage, Walk, Walks, walk_id
from chalicelib.remembering import looks_at, lose_grant
from chalicelib.shapes import SHAPES, switched_off
from chalicelib.switches import is_on, waits_for_properties
from chalicelib.telemetry import log
from chalicelib.transport import CallLog, CallMade
from chalicelib.walk import order, rehearsing, searching
from chalicelib.walk.bill import bill_of, owed_s
from chalicelib.walk.keeping import keep_to_plan
from chalicelib.walk.order import Place
from chalicelib.walk.rehearsing import AtHand
from chalicelib.wiring import Wiring

SOURCE = "walk"  # of the expansions that carry a turn
SLICE = 300  # records: three batch reads at HubSpot, one batch of look-ups and ten of creates at QuickBooks
WAIT_MAX_S = 2.0  # a worker waits no longer (design D4); the queue does
RESERVE_S = 75.0  # what a slice may need, and the last call in it
AGAIN_S, TOKEN_S = 10, 5
DELAY_MAX_S = 900  # that SQS takes
STALLED_S = 90.0  # longer than any delay with which a turn is sent again


def begin(wiring: Wiring, connection: Connection, kind: Kind, purpose: Purpose, **facts: Any) -> Walk:
    """Store a walk and queue its first turn."""
    now = wiring.now()
    walk = Walk(
        connection.id, kind, walk_id(purpose, now, wiring.new_id()), purpose,
        settings_version=connection.settings_version, started_at=now, touched_at=now, **facts,
    )  # fmt: skip
    Walks(wiring.table).begin(walk)
    wiring.queue.send([turn_of(walk)])
    return walk


def turn_of(walk: Walk) -> Expand:
    return Expand(walk.connection, SOURCE, walk.id, str(walk.turn))


def nudge(wiring: Wiring, connection: ConnectionId, stalled_s: float = STALLED_S) -> None:
    """Call the walks whose turn got lost: their worker was killed, or their connection was away."""
    now = wiring.now()
    walks = Walks(wiring.table)
    for walk in walks.under_way(connection):
        stalled = walk.lease_until <= now and now - walk.touched_at > stalled_s
        if stalled and walks.move(walk, replace(walk, touched_at=now)):
            wiring.queue.send([turn_of(walk)])
            log("walk called again", connection=connection, walk=walk.id)


def walk_on(wiring: Wiring, connection: Connection, one: Expand, left_s: Callable[[], float]) -> None:
    """One turn of the walk that the message names."""
    walks = Walks(wiring.table)
    walk = walks.get(connection.id, one.id)
    now = wiring.now()
    if walk is None or walk.ended or str(walk.turn) != one.page or walk.lease_until > now:
        return
    if why := work.waits(connection, now):
        if walks.move(walk, replace(walk, note=why, touched_at=now)) and connection.paused_until() > now:
            wiring.queue.send([one], delay_s=min(int(connection.paused_until() - now) + 1, DELAY_MAX_S))
        return  # the schedule calls it when the connection is back
    if walk.purpose is Purpose.BACKFILL and waits_for_properties(connection, walk.kind):
        _wait(wiring, walks, connection, one.id, "its properties in HubSpot are being made", AGAIN_S)
        return
    if walk.purpose is Purpose.BACKFILL and walk.kind is Kind.INVOICE and _products_come(walks, connection):
        _wait(wiring, walks, connection, one.id, "the products come first, since lines name them", AGAIN_S)
        return
    if why := _ends(walk, connection):
        walks.stop(walk, now, why)
        return
    held = replace(walk, lease_until=now + work.LEASE_S, touched_at=now, note="")
    if not walks.move(walk, held):
        return
    calls = CallLog()
    try:
        turn = _Turn(wiring, connection, walks, wiring.clients(connection, left_s, calls), calls, left_s)
        turn.go_on(held)
    except ReconnectNeeded:
        lose_grant(Connections(wiring.table), connection.id)
        _wait(wiring, walks, connection, one.id, "reconnect needed", AGAIN_S)
    except Awaited:
        _wait(wiring, walks, connection, one.id, "a token is on its way", TOKEN_S)
    except Rejected as refused:  # a definite no, that asking again does not turn
        walks.stop(held, wiring.now(), f"{refused.trouble.message} {refused.trouble.fix}")
    except (CallFailed, OutOfTime) as failed:
        _wait(wiring, walks, connection, one.id, str(failed), AGAIN_S)
    meter(wiring, connection, calls)
    log("walked", connection=connection.id, walk=one.id, calls=[str(call) for call in calls.made])


def _products_come(walks: Walks, connection: Connection) -> bool:
    """Whether an initial sync of products is under way: a line knows its product only once that is linked."""
    every = walks.under_way(connection.id)
    return any(one.purpose is Purpose.BACKFILL and one.kind is Kind.PRODUCT for one in every)


def _ends(walk: Walk, connection: Connection) -> str:
    """Why a walk must not go on; empty where it may."""
    if walk.purpose is Purpose.BACKFILL and not is_on(connection.settings, walk.kind):
        return switched_off(SHAPES[walk.kind].section)
    if walk.purpose is Purpose.PLAN and walk.settings is None and walk.settings_version != connection.settings_version:
        return "the settings were changed while the plan was made; plan again"
    return ""


def _wait(wiring: Wiring, walks: Walks, connection: Connection, own_id: str, why: str, delay_s: int) -> None:
    """Give the bookmark back, and come again to the same slice."""
    held = walks.get(connection.id, own_id)
    if held is None or held.ended:
        return
    again = replace(held, lease_until=0.0, touched_at=wiring.now(), note=why)
    if walks.move(held, again):
        wiring.queue.send([turn_of(again)], delay_s=delay_s)


class _Turn:
    """One worker's run of slices."""

    def __init__(
        self,
        wiring: Wiring,
        connection: Connection,
        walks: Walks,
        clients: tuple[HubSpot, QuickBooks],
        calls: CallLog,
        left_s: Callable[[], float],
    ) -> None:
        self.wiring, self.connection, self.walks = wiring, connection, walks
        self.hubspot, self.quickbooks = clients
        self.calls, self.left_s = calls, left_s
        self._synced: list[CallMade] = []  # the calls of the slice that are metered already
        self._must_wait = False
        self._page: tuple[int, list[dict[str, Any]]] = (0, [])  # the page of QuickBooks' rows that is being walked
        self._items: dict[str, Item] | None = None  # all of them, once they were read in this turn

    def go_on(self, held: Walk) -> None:
        rest_s = 0.0
        while not held.ended:
            began, before, self._synced = self.wiring.now(), len(self.calls.made), []
            moved = self._slice(held)
            now = self.wiring.now()
            made = [*self.calls.made[before:], *self._synced]
            rest_s = owed_s(made, now - began)
            last = moved.ended or self._must_wait or rest_s > WAIT_MAX_S or self.left_s() - rest_s < RESERVE_S
            moved = replace(
                moved, turn=held.turn + 1, touched_at=now,
                calls=dict(Counter(held.calls) + bill_of(call for call in made if not call.beside)),
                lease_until=0.0 if last else now + work.LEASE_S, ended_at=now if moved.ended else 0.0,
            )  # fmt: skip
            if not self.walks.move(held, moved):
                return  # stopped, or somebody else has it
            held = moved
            if last:
                break
            self.wiring.sleep(rest_s)
        if not held.ended:
            self.wiring.queue.send([turn_of(held)], delay_s=math.ceil(rest_s))

    def _slice(self, walk: Walk) -> Walk:
        if walk.purpose is Purpose.LOOK:
            return self._look(walk)
        if walk.stage is Stage.COUNTING:
            return order.count_on(walk, self.walks, self.hubspot, self.quickbooks)
        place = Place.read(walk.place)
        if place.side is Side.HUBSPOT:
            return self._hubspot(walk, place)
        return self._quickbooks(walk, place)

    # --- whom a slice visits ------------------------------------------------------------------------------------------

    def _hubspot(self, walk: Walk, place: Place) -> Walk:
        if place.start >= walk.listed:
            return replace(walk, place=str(Place(Side.QUICKBOOKS, 1)))
        ids = order.ids_at(walk, self.walks, place.start, min(SLICE, walk.listed - place.start))
        if not ids:  # it has outlasted what is kept of its order
            return replace(walk, stage=Stage.COUNTING, place="", done=0, total=0)
        jobs = looks_at(walk.connection, walk.kind, [f"{Side.HUBSPOT}:{one}" for one in ids], "backfill")
        walked = self._visit(walk, jobs)
        return replace(walked, place=str(replace(place, start=place.start + len(ids))), done=walk.done + len(ids))

    def _quickbooks(self, walk: Walk, place: Place) -> Walk:
        if self._page[0] != place.start:
            self._page = (place.start, order.rows_from(self.quickbooks, walk.kind, place.start))
            if walk.kind is Kind.PRODUCT and place.start == 1 and len(self._page[1]) < ROWS_MAX:
                self._items = {str(row["Id"]): Item.read(row) for row in self._page[1]}
        rows = self._page[1][place.offset : place.offset + SLICE]
        jobs, there = self._news(walk, rows)
        walked = self._visit(walk, jobs, there) if jobs else walk
        seen = place.offset + len(rows)
        if seen < len(self._page[1]):
            following = replace(place, offset=seen)
        elif len(self._page[1]) == ROWS_MAX:
            following = Place(Side.QUICKBOOKS, place.start + ROWS_MAX)
        else:
            return replace(walked, stage=Stage.DONE, place="", done=walk.total, total=walk.total)
        active = sum(row.get("Active") is not False for row in rows)
        return replace(walked, place=str(following), done=min(walk.done + active, walk.total))

    def _news(self, walk: Walk, rows: Sequence[dict[str, Any]]) -> tuple[list[Job], dict[str, Row]]:
        """The rows that HubSpot's side of the walk has not brought up to date already, and no inactive strangers."""
        of = {f"{Side.QUICKBOOKS}:{row['Id']}": row for row in rows}
        found = Records(self.wiring.table).find(walk.connection, walk.kind, of)
        told = self._told_already(walk, list(of))
        news: list[str] = []
        for side_id, row in of.items():
            record = found[side_id].record if side_id in found else None
            if side_id in told or (record is None and row.get("Active") is False):
                continue
            agreed = record is not None and record.linked and record.state is State.IN_SYNC and not record.stale
            if not (agreed and record is not None and record.sync_token == str(row.get("SyncToken"))):
                news.append(side_id)
        there = {str(of[side_id]["Id"]): SHAPES[walk.kind].row.read(of[side_id]) for side_id in news}
        return looks_at(walk.connection, walk.kind, news, "backfill"), there

    def _told_already(self, walk: Walk, side_ids: Collection[str]) -> set[str]:
        """Rows that a plan has taken in on HubSpot's side of the walk: what it says of them is said."""
        if walk.purpose is not Purpose.PLAN:
            return set()
        found = Records(rehearsing.overlay_of(self.wiring, walk)).find(walk.connection, walk.kind, side_ids)
        rows = self.walks.rows_before(walk, [held.record.root for held in found.values()])
        return {side_id for side_id, held in found.items() if rows.get(held.record.root, {}).get("seen")}

    # --- what is done with them ---------------------------------------------------------------------------------------

    def _visit(self, walk: Walk, jobs: Sequence[Job], rows: Mapping[str, Row] | None = None) -> Walk:
        at_hand = AtHand(rows or {}, self._items)
        visited = self._sync if walk.purpose is Purpose.BACKFILL else self._rehearse
        walked = visited(walk, jobs, at_hand)
        self._items = at_hand.items
        return walked

    def _rehearse(self, walk: Walk, jobs: Sequence[Job], at_hand: AtHand) -> Walk:
        clients = self.hubspot, self.quickbooks
        found = rehearsing.rehearse(self.wiring, self.connection, walk, clients, self.calls, jobs, at_hand)
        absorbed = {one for row in found.values() for one in row["stands_for"]} - found.keys()
        earlier = self.walks.rows_before(walk, [*found, *absorbed])
        rows = {root: rehearsing.joined(earlier.get(root), row) for root, row in found.items()}
        self.walks.keep_rows(walk, {**rows, **{root: None for root in absorbed if root in earlier}})
        counts = Counter(walk.counts)
        counts.update(row["action"] for row in rows.values())
        counts.subtract(row["action"] for row in earlier.values())
        overwrites = sum(row["overwrites"] for row in rows.values()) - sum(r["overwrites"] for r in earlier.values())
        return replace(walk, counts=dict(counts), overwrites=walk.overwrites + overwrites)

    def _sync(self, walk: Walk, jobs: Sequence[Job], at_hand: AtHand) -> Walk:
        own = CallLog()
        clients = self.wiring.clients(self.connection, self.left_s, own)  # before any lease: it may find no token
        cases = work.load(self.wiring, self.connection, walk.kind, jobs)
        group = work.opened(self.wiring, self.connection, walk.kind, *clients, own)
        at_hand.hand_to(group, cases)
        held_back: set[str] = set()
        if walk.plan:
            group.before_writing = lambda some: held_back.update(keep_to_plan(some, self.walks, walk))
        work.settle(group, cases)
        at_hand.take_back(group)
        finished = remembering.remember(group, cases)
        work.close(self.wiring, group, finished)
        self._synced += own.made
        self._must_wait = bool(group.busy or group.lost_grant or group.braked)
        states = Counter(str(record.state) for _, record in finished)
        counts = Counter(walk.counts) + states
        failed = walk.failed + states[State.FAILING] + states[State.PARKED]
        return replace(walk, counts=dict(counts), failed=failed, changed_since=walk.changed_since + len(held_back))

    def _look(self, walk: Walk) -> Walk:
        jobs, there = searching.search(walk, self.hubspot, self.quickbooks)
        walked = self._visit(walk, jobs, there) if jobs else walk
        return replace(walked, stage=Stage.DONE, done=len(jobs), total=len(jobs))
