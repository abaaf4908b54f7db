"""One slice of a plan: the worker's own code, over an overlay and with clients that pretend to write."""

from __future__ import annotations

import functools
import hashlib
import itertools
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from chalicelib import remembering, settings, work
from chalicelib.case import Case, Group
from chalicelib.enqueue import MemoryQueue
from chalicelib.failures import TRANSIENT, CallFailed, Category, OutOfTime
from chalicelib.hubspot.client import HubSpot
from chalicelib.jobs import Job, Side
from chalicelib.quickbooks import models as quickbooks_rows
from chalicelib.quickbooks.client import QuickBooks
from chalicelib.remember.connections import Connection
from chalicelib.remember.records import Record, State, from_body
from chalicelib.remember.table import Key
from chalicelib.remember.walks import PRETENDED, Walk, shadow_prefix
from chalicelib.resolve.pair import quickbooks_values
from chalicelib.resolve.plan import (
    ArchiveInHubSpot,
    CreateInHubSpot,
    CreateInQuickBooks,
    MirrorLines,
    UpdateInHubSpot,
    UpdateInQuickBooks,
    Write,
    WriteNotes,
)
from chalicelib.transport import CallLog
from chalicelib.walk.overlay import Overlay
from chalicelib.walk.pretending import Pretence, PretendedHubSpot, PretendedQuickBooks, is_invented
from chalicelib.wiring import Wiring

PASSES_MAX = 1_000  # of those who wait for somebody in the same slice: one for each with the same e-mail address
INVENTED_BY_TURN = 100_000
KEPT_S = 14 * 86_400
ACTIONS = ("create", "update", "link", "unchanged", "excluded", "conflict", "blocked")
Row = dict[str, Any]
Rows = dict[str, Row]
QuickBooksRows = Mapping[str, quickbooks_rows.Row]


@dataclass
class AtHand:
    """What a walk has read of QuickBooks already, so that a group does not read it once more: rows by their id, and all
    items, which twins are looked for among."""

    rows: QuickBooksRows = field(default_factory=dict)
    items: dict[str, quickbooks_rows.Item] | None = None

    def hand_to(self, group: Group, cases: Iterable[Case]) -> None:
        group.items = self.items
        for case in cases:
            row = self.rows.get(case.record.quickbooks_id or "")
            if row is not None and case.in_quickbooks is None:
                case.in_quickbooks, case.wants_quickbooks = row, True

    def take_back(self, group: Group) -> None:
        """Items that a group has read serve the slices after it. What is made meanwhile is linked, and no candidate."""
        self.items = group.items


@dataclass
class _Intended:
    """What was about to leave for a record."""

    writes: tuple[Write, ...] = ()
    changes: list[dict[str, Any]] = field(default_factory=list)
    prints: tuple[str, ...] = ()  # of these writes, and of those that were refused before them


def rehearse(
    wiring: Wiring,
    connection: Connection,
    walk: Walk,
    clients: tuple[HubSpot, QuickBooks],
    calls: CallLog,
    jobs: Sequence[Job],
    at_hand: AtHand,
) -> Rows:
    """Look at the records that the jobs name, as a backfill would, and write nothing; a row for each, by its root.
    Raises what a vendor's failure is: a plan made while a vendor is away would tell untruths."""
    overlay = overlay_of(wiring, walk)
    queue = MemoryQueue()
    own = replace(wiring, given_table=overlay, given_queue=queue)
    numbers = itertools.count(walk.turn * INVENTED_BY_TURN + 1)
    invent = lambda: f"-{next(numbers)}"  # noqa: E731
    pretence = Pretence(overlay, connection.id)
    hubspot = PretendedHubSpot(clients[0], invent, pretence)
    quickbooks = PretendedQuickBooks(clients[1], invent, pretence)
    draft = None if walk.settings is None else settings.read(dict(walk.settings))
    found: Rows = {}
    waiting: Sequence[Job] = jobs
    for _ in range(PASSES_MAX):
        cases = work.load(own, connection, walk.kind, waiting)
        group = work.opened(own, connection, walk.kind, hubspot, quickbooks, calls, draft)
        group.rehearsal = True
        at_hand.hand_to(group, cases)
        at_hand.rows = {}  # a second look must not take what is there for what would be there by then
        intended: dict[str, _Intended] = {}
        group.before_writing = functools.partial(_foresee, group, quickbooks, intended)
        work.settle(group, cases)
        at_hand.take_back(group)
        _raise_if_away(group, [*cases, *group.brought])
        finished = [pair for pair in remembering.remember(group, cases) if not pair[0].deferred]
        for case, record in finished:
            row = _row(case, record, intended.get(case.root, _Intended()))
            found[case.root] = joined(found.get(case.root), row)
            for other in row["stands_for"]:
                found.pop(other, None)
        before, waiting = (
            waiting,
            [one for one in queue.take(len(queue.messages)) if isinstance(one, Job) and one.kind is walk.kind],
        )
        stuck = not finished and {one.record for one in waiting} <= {one.record for one in before}
        if stuck or not waiting:
            break
    for job in waiting:
        if job.record not in found:
            found[job.record] = _in_hand(connection, job)
    overlay.flush()
    return found


def overlay_of(wiring: Wiring, walk: Walk) -> Overlay:
    """The table as the plan has left it so far."""
    return Overlay(wiring.table, shadow_prefix(walk), walk.turn, int(walk.started_at) + KEPT_S, _matters_later)


def fingerprint(writes: Iterable[Write]) -> str:
    """Names what would be written, so that a later look can tell whether it still is the same."""
    told = [[type(one).__name__, getattr(one, "values", None) or getattr(one, "properties", None) or {},
             getattr(one, "active", None)] for one in writes]  # fmt: skip
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:24]


def _matters_later(key: Key, first: dict[str, Any] | None, now: dict[str, Any]) -> bool:
    """Names, links and pointers decide about records of later slices; decisions and leases do not."""
    kind_of = key.pk.rpartition("|")[2]
    if kind_of in ("name", "holder") or "|brake" in key.pk or f"|{PRETENDED}|" in key.pk:
        return True
    if "root" not in now:
        return False
    if "kind" not in now:
        return first != now
    record = from_body(now)
    then = from_body(first) if first and "kind" in first else Record(record.connection, record.kind, record.root)
    return _identity(record) != _identity(then)


def _identity(record: Record) -> tuple[Any, ...]:
    linked = (record.hubspot_id, record.quickbooks_id) if record.hubspot_id and record.quickbooks_id else ()
    return (linked, record.shares, record.names, tuple(record.gone), record.put_away)


def _raise_if_away(group: Group, cases: Iterable[Case]) -> None:
    """A vendor that is away, and a function whose time is up, fail the slice, which is then done again."""
    if group.out_of_time:
        raise OutOfTime("the slice is done again")
    for case in cases:
        if case.failed and case.trouble and case.trouble.category in TRANSIENT - {Category.DEFECT}:
            raise CallFailed(case.trouble)


# --- a row of the plan ----------------------------------------------------------------------------------------------


def _foresee(group: Group, quickbooks: PretendedQuickBooks, noted: dict[str, _Intended], cases: Sequence[Case]) -> None:
    _note(group, noted, cases)
    quickbooks.foresee(group.shape.row, [
        (case.record.quickbooks_id or "", write.values.get(group.shape.row.NAME_PATH, ""))
        for case in cases if case.plan and not case.again
        for write in case.plan.writes if isinstance(write, UpdateInQuickBooks)
    ])  # fmt: skip


def _note(group: Group, noted: dict[str, _Intended], cases: Sequence[Case]) -> None:
    for case in cases:
        if case.plan and not case.again:
            writes = case.plan.writes
            refused = noted[case.root].prints if case.root in noted else ()
            own = (fingerprint(writes),) if writes else ()
            changes = [change for write in writes for change in _changes(group, case, write)]
            noted[case.root] = _Intended(writes, changes, (*refused, *own))


def _changes(group: Group, case: Case, write: Write) -> list[dict[str, Any]]:
    """Each field that a write touches: what is there, and what would be."""
    match write:
        case CreateInQuickBooks(values):
            return [_change(f"quickbooks.{path}", None, new) for path, new in values.items()]
        case UpdateInQuickBooks(values, active):
            old = quickbooks_values(case.pair(group))
            turned = (
                [] if active is None else [_change("quickbooks.Active", str(not active).lower(), str(active).lower())]
            )
            return [*turned, *(_change(f"quickbooks.{path}", old.get(path, ""), new) for path, new in values.items())]
        case CreateInHubSpot(properties):
            return [_change(f"hubspot.{name}", None, new) for name, new in properties.items()]
        case UpdateInHubSpot(properties):
            held = case.in_hubspot.properties if case.in_hubspot else {}
            return [_change(f"hubspot.{name}", held.get(name) or "", new) for name, new in properties.items()]
        case MirrorLines() | WriteNotes():
            return [_change(f"hubspot.{name}", "", value) for name, value in write.properties.items()]
        case ArchiveInHubSpot():
            return [_change("hubspot.archived", "false", "true")]


def _change(field_name: str, old: str | None, new: str) -> dict[str, Any]:
    return {"field": field_name, "old": old, "new": new}


def _row(case: Case, record: Record, intended: _Intended) -> Row:
    if case.failed and not case.wrote:
        intended = _Intended(prints=intended.prints)
    reason = record.message or (case.plan.reason if case.plan else "")
    notes = "; ".join(case.plan.notes) if case.plan else ""
    conflicts = case.plan.conflicts if case.plan else ()
    return {
        **record.view(),
        "hubspot_id": None if is_invented(record.hubspot_id) else record.hubspot_id,
        "quickbooks_id": None if is_invented(record.quickbooks_id) else record.quickbooks_id,
        "changed_at": None,
        "action": _action(case, record, intended),
        "reason": "; ".join(part for part in (reason, notes) if part),
        "changes": intended.changes,
        "conflicts": [
            {"field": c.field, "hubspot": c.hubspot, "quickbooks": c.quickbooks, "winner": str(c.winner or "")}
            for c in conflicts
        ],
        "overwrites": _overwrites(case, record, intended),
        "prints": list(intended.prints),
        "stands_for": sorted(_sides(record) - {record.root}) if record.linked else [],
        "seen": record.linked and case.in_quickbooks is not None,
    }


def _sides(record: Record) -> set[str]:
    """What the record is called on its sides."""
    return {f"{side}:{record.id_on(side)}" for side in Side if record.id_on(side)}


def _action(case: Case, record: Record, intended: _Intended) -> str:
    before = case.before
    if record.state in (State.FAILING, State.PARKED):
        return "conflict" if record.category is Category.CONFLICT else "blocked"
    if any(isinstance(one, CreateInQuickBooks | CreateInHubSpot) for one in intended.writes):
        return "create"
    if (record.linked and not before.linked) or (record.shares and not before.shares):
        return "link"
    if intended.writes:
        return "update"
    return "excluded" if record.state is State.EXCLUDED else "unchanged"


def _overwrites(case: Case, record: Record, intended: _Intended) -> int:
    """How many values a first link replaces by others."""
    if case.before.linked or not record.linked:
        return 0
    return sum(bool(one["old"]) and one["old"] != one["new"] for one in intended.changes)


def joined(earlier: Row | None, row: Row) -> Row:
    """A record that is looked at twice: what was planned first is not forgotten."""
    if earlier is None:
        return row
    changes = {one["field"]: one for one in earlier["changes"]}
    for one in row["changes"]:
        changes[one["field"]] = {**one, "old": changes.get(one["field"], one)["old"]}
    done = earlier["action"] in ("create", "link", "update")
    stays = done and row["action"] in ("unchanged", "update", "excluded")
    return {
        **row,
        "action": earlier["action"] if stays else row["action"],
        "reason": earlier["reason"] if stays and row["action"] == "unchanged" else row["reason"],
        "changes": list(changes.values()),
        "conflicts": [*earlier["conflicts"], *row["conflicts"]],
        "prints": list(dict.fromkeys([*earlier["prints"], *row["prints"]])),
        "overwrites": max(earlier["overwrites"], row["overwrites"]),
        "stands_for": sorted({*earlier["stands_for"], *row["stands_for"]}),
        "seen": earlier["seen"] or row["seen"],
    }


def _in_hand(connection: Connection, job: Job) -> Row:
    """Somebody works on it at this moment, or it waits for one who does."""
    record = Record(connection.id, job.kind, job.record, message="a worker has it in hand at this moment; plan again")
    ids = {f"{job.side}_id": job.id}
    return {
        **record.view(), **ids, "changed_at": None, "action": "blocked", "reason": record.message, "changes": [],
        "conflicts": [], "overwrites": 0, "prints": [], "stands_for": [],
        "seen": False,
    }  # fmt: skip
