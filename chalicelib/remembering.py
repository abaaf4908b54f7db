"""The end of every look: link, agreed values, state and decision in one transaction; then whoever waits is called."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from chalicelib.associated import is_company, seen_key, without_old
from chalicelib.case import Case, Group
from chalicelib.explained import (
    decision,
    deleted_for_privacy,
    erase_persons,
    note_found_writes,
    with_orders,
    without_person,
    worth_keeping,
)
from chalicelib.failures import AWAITED, Category, Trouble
from chalicelib.jobs import ConnectionId, Job, Kind, Message, Side, put_off
from chalicelib.linking import steps_aside
from chalicelib.quickbooks.models import Customer
from chalicelib.remember import records as stored
from chalicelib.remember.connections import Connection, Connections, ConnectionState
from chalicelib.remember.decisions import decision_puts
from chalicelib.remember.guards import Waiters, waits_for
from chalicelib.remember.names import folded
from chalicelib.remember.records import DELETED_FOR_PRIVACY, Held, Record, State
from chalicelib.remember.table import Lost, Write
from chalicelib.resolve import loops
from chalicelib.resolve.fields import held
from chalicelib.resolve.pair import person_name, quickbooks_values, wanted_name
from chalicelib.resolve.plan import UpdateInHubSpot, UpdateInQuickBooks
from chalicelib.resolve.retries import failing
from chalicelib.settled import remember_quickbooks
from chalicelib.telemetry import count, log
from chalicelib.write import stored_link

WAIT_FOR_CONNECTION_S = 60.0
WAIT_FOR_TOKEN_S = 10.0  # the keeper calls them earlier, if it can
COMMIT_TRIES = 5
ONCE_MORE = "looked at once more after linking"


def remember(group: Group, cases: Sequence[Case]) -> list[tuple[Case, Record]]:
    """Commit every case, wake who waits, and pause what asked for it. Returns each record as it now is."""
    _pauses(group)
    finished = [(case, _final(group, case)) for case in cases if not case.lost]
    erase_persons(group, finished)
    _commit(group, finished)
    # Of a create that may have arrived: until a search would show it, nobody else makes one of the same match key.
    group.matches.drop([check for case, record in finished if not record.intent for check in case.checks])
    freed = {name: case.root for case, _ in finished if not case.lost for name in sorted(case.freed)}
    waiters = [
        root
        for name, owner in freed.items()
        for root in group.names.free(group.connection.id, name, owner)
        if root != owner
    ]
    messages: list[Message] = _freed_looks(group, waiters)
    for case, record in finished:
        messages += [one for one in case.after if one not in messages]
        if not case.lost and _just_linked(case, record):
            messages += looks_at(group.connection.id, group.kind, [f"{Side.HUBSPOT}:{record.hubspot_id}"], ONCE_MORE)
    messages += _called(group, finished)
    lost = [case for case in cases if case.lost]
    group.records.release([case.held for case in lost])
    resent = [job for case in lost for job in case.jobs]
    if messages:
        group.queue.send(messages)
    finished = _paid(group, finished)
    if resent:
        group.queue.send(*put_off(replace(job, at=None, echoes=None) for job in resent))
    return [(case, record) for case, record in finished if not case.lost]


def _paid(group: Group, finished: Sequence[tuple[Case, Record]]) -> list[tuple[Case, Record]]:
    """What the records owed has been sent, so that nobody need send it again."""
    paid = [(case, replace(record, owed=())) for case, record in finished]
    owing = [(case, record) for case, record in finished if record.owed and not case.lost]
    versions = {case.root: (case.held.version or 0) + 1 for case, _ in owing}
    group.table.write_each(
        [[stored.put(Held(record, versions[case.root]), replace(record, owed=()))] for case, record in owing]
    )
    return paid


def _called(group: Group, finished: Sequence[tuple[Case, Record]]) -> list[Job]:
    """Looks at the invoices that wait for one of these customers."""
    if group.kind is not Kind.CUSTOMER or group.rehearsal:
        return []
    settled = (State.IN_SYNC, State.EXCLUDED)
    news = [
        waits_for(record.quickbooks_id) for case, record in finished
        if record.quickbooks_id and not case.lost and record.state in settled
        and (case.before.state not in settled or not case.before.linked)
    ]  # fmt: skip
    roots = Waiters(group.table).called(group.connection.id, news) if news else []
    return looks_at(group.connection.id, Kind.INVOICE, roots, "its customer has changed")


def looks_at(connection: ConnectionId, kind: Kind, side_ids: Iterable[str], cause: str) -> list[Job]:
    """Jobs that look at these records, whatever is held of them."""
    return [
        Job(connection, kind, Side(side_id.partition(":")[0]), side_id.partition(":")[2], cause)
        for side_id in dict.fromkeys(side_ids)
    ]


def _pauses(group: Group) -> None:
    if group.rehearsal:
        return
    connections = Connections(group.table)
    for busy in group.busy:
        side = Side.QUICKBOOKS if busy.vendor == "QuickBooks" else Side.HUBSPOT
        connections.pause(group.connection.id, side, group.now() + busy.wait_s)
    if group.lost_grant:
        lose_grant(connections, group.connection.id)
    if group.refused_natives:
        left = tuple(name for name in group.connection.natives if name not in group.refused_natives)
        connections.change(group.connection.id, lambda held: replace(held, natives=left))
    if group.braked:
        count("BrakeHeld")
        connections.change(group.connection.id, lambda held: replace(held, braked=group.braked))


def lose_grant(connections: Connections, connection: ConnectionId) -> None:
    count("ReconnectNeeded")
    log("grant lost", connection=connection)

    def lost(held: Connection) -> Connection:
        return replace(held, state=ConnectionState.NEEDS_RECONNECT) if held.living else held

    connections.change(connection, lost)


# --- the record as it is now -----------------------------------------------------------------------------------------


def _final(group: Group, case: Case) -> Record:
    now = group.now()
    if case.record.heard.get("privacy") and case.in_hubspot is None and Side.HUBSPOT in case.record.gone:
        case.change(gone={**case.record.gone, Side.HUBSPOT: DELETED_FOR_PRIVACY})
    _label(group, case)
    case.change(sent=_writes_counted(case, now))
    if case.in_hubspot is not None:
        newest = max(filter(None, (case.in_hubspot.modified, case.record.hubspot_modified)), default=None)
        wrote = newest is not None and case.record.hubspot_read is not None and case.base_taken
        case.change(hubspot_modified=newest, hubspot_read=case.record.hubspot_read if wrote else None)
    if case.in_quickbooks is not None and case.record.quickbooks_id == case.in_quickbooks.Id:
        remember_quickbooks(group, case)
    if case.in_quickbooks is not None and case.in_quickbooks.Active and case.in_hubspot is not None:
        case.change(put_away=None)  # whoever brought it back
    if case.deferred:
        # Nothing that was read is held, or the job that was sent on would be outdated by it; what left is.
        kept = case.record if case.wrote or case.pointers else case.held.record
        state = kept.state if kept.state is State.FAILING else State.PENDING
        stale = kept.stale or case.wants_quickbooks
        record = replace(
            kept, state=state, next_try_at=now + WAIT_FOR_CONNECTION_S, stale=stale, intent=case.record.intent
        )  # an intent whose call was never made is none any more
    elif case.failed and case.trouble:
        record = _failed(case.record, case.trouble, group, now)
    else:
        note_found_writes(group, case)
        record = _agreed(group, case, now)
        seen = {Side.HUBSPOT: case.in_hubspot, Side.QUICKBOOKS: case.in_quickbooks}
        # What a write under way may have left there has been judged: it says nothing about later edits.
        leaving = {
            side: values for side, values in record.leaving.items()
            if seen[Side(side)] is None and side not in record.gone
        }  # fmt: skip
        record = replace(record, leaving=leaving, heard={}, companies_seen=_companies_seen(case))
    if not case.deferred:
        record = _with_names(case, record)
    if case.failed and case.wants_quickbooks:
        record = replace(record, stale=True)  # its news were read, but not carried across yet
    record = with_orders(case, replace(record, drifted=_drifted(group, case, record)))
    if deleted_for_privacy(record):
        # Its name is no longer reserved here: whoever wants it asks QuickBooks, which still knows who has it.
        erased = without_person(record)
        case.forget_values()
        case.freed |= set(record.names) - set(erased.names)
        record = erased
    _owe_looks(group, case)
    replacing = {name: was for name, was in record.replacing.items() if name.partition(".")[0] in record.leaving}
    record = replace(record, owed=case.owed, replacing=replacing, once_more=_just_linked(case, record))
    return record if case.keep_lease else replace(record, lease_until=0.0)


def _owe_looks(group: Group, case: Case) -> None:
    """Who waits for the names that this look frees: called when they are free, also if we die in between."""
    if case.freed and not group.rehearsal:
        known = group.names.read(group.connection.id, sorted(case.freed))
        waiters = [root for held, _ in known.values() if held.owner in (case.root, None) for root in held.waiters]
        case.after += _freed_looks(group, [root for root in waiters if root != case.root])


def _freed_looks(group: Group, waiters: Iterable[str]) -> list[Message]:
    return [*looks_at(group.connection.id, group.kind, waiters, "the name it waits for came free")]


def _companies_seen(case: Case) -> dict[str, float]:
    """Which change of which associated record this look has taken in: of what was read its own stamp; of a company
    that is not read, because it is not the contact's primary, what the notice told."""
    seen = dict(case.record.companies_seen)
    read = {seen_key(subject, one.id): one.modified for subject, some in case.associated.items() for one in some}
    seen |= {key: stamp for key, stamp in read.items() if stamp is not None}
    for job in case.jobs:
        if job.company and job.at is not None and is_company(job.company):
            seen[job.company] = max(job.at, seen.get(job.company, 0.0))
    return without_old(seen)


def _drifted(group: Group, case: Case, record: Record) -> dict[str, str]:
    """What the customer holds that is not agreed, so that a later look need not read it to respect it."""
    if case.in_quickbooks is None or not record.linked:
        return record.drifted
    theirs = quickbooks_values(case.pair(group))
    return {
        row.quickbooks: held(theirs[row.quickbooks])
        for row in group.fields
        if row.key in record.base and record.base[row.key][1] != held(theirs[row.quickbooks])
    }


def _failed(record: Record, trouble: Trouble, group: Group, now: float) -> Record:
    """A vendor that asks us to wait, a token that is on its way, or a lost grant, burns no retries."""
    if trouble.code == AWAITED:
        return replace(record.troubled(trouble, now, State.PENDING), next_try_at=now + WAIT_FOR_TOKEN_S)
    if trouble.category is Category.THROTTLED:
        wait_s = max((busy.wait_s for busy in group.busy), default=WAIT_FOR_CONNECTION_S)
        return replace(record.troubled(trouble, now), next_try_at=now + wait_s)
    if trouble.category is Category.RECONNECT_NEEDED:
        return replace(record.troubled(trouble, now, State.PENDING), next_try_at=now + WAIT_FOR_CONNECTION_S)
    return failing(_since_return(group, record), trouble, now)


def _since_return(group: Group, record: Record) -> Record:
    """Time without access is no time of failing: the day after which a record is parked begins anew after it."""
    if record.failing_since is None or record.failing_since >= group.connection.resumed_at:
        return record
    return replace(record, failing_since=None, attempts=0)


def _agreed(group: Group, case: Case, now: float) -> Record:
    plan = case.plan
    record = case.record
    if plan is not None and not case.base_taken:
        record = replace(record, base={**record.base, **plan.base})
    if plan is not None and plan.trouble is not None:
        if plan.state is State.PARKED:
            return replace(record.troubled(plan.trouble, now, State.PARKED), next_try_at=None)
        return failing(_since_return(group, record), plan.trouble, now)
    state = plan.state if plan else State.IN_SYNC
    said = plan.remark or (plan.reason if state is State.EXCLUDED or record.shares else "") if plan else ""
    if (record.state, record.message) == (state, said):
        return replace(record, category=None, fix="", next_try_at=None, failing_since=None, attempts=0)
    return record.settled(state, said, now)


def _label(group: Group, case: Case) -> None:
    """What a person knows the record by, and may ask for it by."""
    there, row = case.in_hubspot, case.in_quickbooks
    called = {folded(name) for name in case.record.known_as}
    if there is not None and group.kind is Kind.CUSTOMER:
        called |= {folded(one) for one in (*there.emails, person_name(there), case.company_name)}
    elif there is not None:
        called |= {folded(there.text(name)) for name in ("name", "hs_sku")}
    if row is not None:
        emails = row.emails if isinstance(row, Customer) else [row.text("Sku")]
        called |= {folded(one) for one in (*emails, row.plain_name)}
    case.change(known_as=tuple(sorted(called - {""})))
    if case.record.linked and case.record.name:
        return
    if row is not None and row.plain_name:
        case.change(name=row.plain_name)
    elif there is not None and group.kind is Kind.CUSTOMER:
        case.change(name=wanted_name(there, case.company_name, group.settings.contacts) or case.record.name)
    elif there is not None:
        case.change(name=there.text("name") or case.record.name)


def _writes_counted(case: Case, now: float) -> tuple[stored.Sent, ...]:
    sent = case.record.sent
    if case.failed or case.plan is None or not case.base_taken:
        return sent
    for write in case.plan.writes:
        if isinstance(write, UpdateInQuickBooks):
            sent = loops.after(replace(case.record, sent=sent), Side.QUICKBOOKS, write.values, now)
        elif isinstance(write, UpdateInHubSpot):
            sent = loops.after(replace(case.record, sent=sent), Side.HUBSPOT, write.properties, now)
    return sent


def _with_names(case: Case, record: Record) -> Record:
    """Keep the name that the customer has, and any that a write under way may still give it; free the others."""
    under_way = record.intent is not None or "DisplayName" in record.leaving.get(Side.QUICKBOOKS, {})
    has_customer = record.linked and Side.QUICKBOOKS not in record.gone and record.put_away is not Side.QUICKBOOKS
    inactive = case.in_quickbooks is not None and not case.in_quickbooks.Active
    keep = set(record.names) if under_way else {folded(record.name)} if has_customer and not inactive else set()
    case.freed |= set(record.names) - keep
    return replace(record, names=tuple(name for name in record.names if name in keep and name not in case.freed))


def _just_linked(case: Case, record: Record) -> bool:
    two_way = record.kind in (Kind.CUSTOMER, Kind.PRODUCT)
    return two_way and record.linked and not case.before.linked and not case.failed


# --- commit ----------------------------------------------------------------------------------------------------------


def _commit(group: Group, finished: Sequence[tuple[Case, Record]]) -> None:
    """One transaction for each record. A look-up key that somebody touched meanwhile is read again: whoever looked
    at the other side on its own has not linked it, since we hold the match key."""
    todo = list(finished)
    for _ in range(COMMIT_TRIES):
        lost = group.records.commit([(case.held, record, _beside(group, case, record)) for case, record in todo])
        todo = [pair for pair, failed in zip(todo, lost, strict=True) if failed and _try_again(group, pair[0], failed)]
        if not todo:
            return
    for case, _ in todo:
        case.lost = True


def _try_again(group: Group, case: Case, failed: Lost) -> bool:
    own = stored.record_key(case.record.connection, case.record.kind, case.root)
    if own in failed.keys or any(check.key in failed.keys for check in case.checks):
        case.lost = True
        log("lease lost", connection=group.connection.id, record=case.root)
        return False
    found, fresh = group.records.known(group.connection.id, group.kind, case.pointers)
    for side_id, other in found.items():
        if other.record.root == case.root:
            continue
        becomes_pointer = other.record.root == side_id and not other.record.linked
        if not (becomes_pointer or steps_aside(group, case, other, side_id)):
            case.lost = True
            return False
    case.pointers = {side_id: fresh.get(side_id) for side_id in case.pointers}
    return True


def _beside(group: Group, case: Case, record: Record) -> list[Write]:
    """What belongs into the record's transaction: the other side's key, the match lease, the decision."""
    # A link found on the way stays one, whatever came after it: it is never stored with one of its keys only.
    writes: list[Write] = stored_link(case)
    if (case.wrote or not case.deferred) and worth_keeping(case, record):
        writes += decision_puts(record.connection, record.subject, decision(group, case, record), group.new_id()[:8])
    return writes
