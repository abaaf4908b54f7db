"""A batch of jobs, start to end: load → read → resolve → write → remember, an outcome for each record.

The jobs of one connection and kind move as a group, so that a hundred records cost as many calls as one (design D4).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from chalicelib import catalogue, linking, lookup, merges, naming, read, remembering, settings, waiting, write
from chalicelib.case import Case, Group, open_cases
from chalicelib.failures import CallFailed, Category, OutOfTime, Trouble, stumbled
from chalicelib.hubspot.client import HubSpot
from chalicelib.jobs import NEW_DAY, ConnectionId, Job, Kind, Side, echo_of, fold, from_body, put_off
from chalicelib.lookup import Holders
from chalicelib.metering import meter
from chalicelib.mirror import invoices, payments
from chalicelib.quickbooks.client import QuickBooks
from chalicelib.quickbooks.faults import NAME_TAKEN
from chalicelib.remember.connections import Connection, Connections, ConnectionState
from chalicelib.remember.names import folded
from chalicelib.remember.records import Held, Record, Records, State, unseen
from chalicelib.resolve.decide import decide
from chalicelib.resolve.loops import held_back
from chalicelib.resolve.pair import needs_quickbooks
from chalicelib.settled import find_put_away
from chalicelib.switches import is_on, waits_for_properties
from chalicelib.telemetry import count, log, problem
from chalicelib.transport import TIMEOUT_S, CallLog
from chalicelib.wiring import Wiring

FUNCTION_S = 120.0
LEASE_S = FUNCTION_S + TIMEOUT_S  # the longest that a worker, and the last call it began, can go on (design D5)
ROUNDS = 4  # one, and what a stale token, a taken name or a parent in the making may each add


def work(wiring: Wiring, jobs: Sequence[Job], left_s: Callable[[], float]) -> None:
    """Look at every record that the jobs name. Whatever a record suffers is remembered with it, and never raised."""
    groups: dict[tuple[ConnectionId, Kind], list[Job]] = {}
    for job in fold(jobs):
        groups.setdefault((job.connection, job.kind), []).append(job)
    for (connection_id, kind), some in groups.items():
        connection = Connections(wiring.table).get(connection_id)
        if connection is None:
            log("jobs of no connection", connection=connection_id, jobs=len(some))
            continue
        if why := waits(connection, wiring.now()):
            waiting.want(wiring, connection, kind, some, why)
            continue
        if not is_on(connection.settings, kind):
            waiting.set_aside(wiring, connection, kind, some)
            continue
        if waits_for_properties(connection, kind):
            waiting.want(wiring, connection, kind, some, "its properties in HubSpot are being made")
            continue
        _group(wiring, connection, kind, some, left_s)


def waits(connection: Connection, now: float) -> str:
    """Why a connection's records wait at present; empty where they need not."""
    if connection.state is not ConnectionState.CONNECTED:
        return _NOT_CONNECTED.get(connection.state, "reconnect needed")
    if connection.braked:
        return f"the brake holds: {connection.braked}"
    return "a vendor asked us to wait" if connection.paused_until() > now else ""


_NOT_CONNECTED = {
    ConnectionState.CONNECTING: "the connection is not ready",
    ConnectionState.DISCONNECTED: "the connection has ended; it goes on when it is made again",
}


def _group(
    wiring: Wiring, connection: Connection, kind: Kind, jobs: Sequence[Job], left_s: Callable[[], float]
) -> None:
    calls = CallLog()
    cases = load(wiring, connection, kind, jobs)
    if not cases:
        return
    try:
        hubspot, quickbooks = wiring.clients(connection, left_s, calls)
    except CallFailed as failed:
        waiting.without_clients(wiring, connection, cases, failed)
        return
    group = opened(wiring, connection, kind, hubspot, quickbooks, calls)
    settle(group, cases)
    close(wiring, group, remembering.remember(group, cases))


def opened(
    wiring: Wiring,
    connection: Connection,
    kind: Kind,
    hubspot: HubSpot,
    quickbooks: QuickBooks,
    calls: CallLog,
    draft: settings.Settings | None = None,
) -> Group:
    """The group that records of this connection and kind move in, under its settings or a draft of others."""
    group = Group(
        connection=connection, kind=kind, settings=draft or settings.read(connection.settings or {}), hubspot=hubspot,
        quickbooks=quickbooks, calls=calls, table=wiring.table, queue=wiring.queue, now=wiring.now,
        new_id=wiring.new_id, lease_s=LEASE_S,
    )  # fmt: skip

    def sync_first(other: Kind, jobs: Sequence[Job]) -> None:
        cases = load(wiring, connection, other, jobs)
        beside = opened(wiring, connection, other, hubspot, quickbooks, calls, draft)
        beside.rehearsal = group.rehearsal
        settle(beside, cases)
        remembering.remember(beside, cases)
        group.brought += cases
        group.busy += beside.busy
        group.lost_grant, group.braked = group.lost_grant or beside.lost_grant, group.braked or beside.braked
        group.out_of_time = group.out_of_time or beside.out_of_time

    group.sync_first = sync_first
    return group


def close(wiring: Wiring, group: Group, finished: Sequence[tuple[Case, Record]]) -> None:
    """Count and log what a group did."""
    calls = group.calls.made
    count("RecordsChanged", sum(bool(case.wrote) for case, _ in finished))
    count("RecordsFailing", sum(record.state is State.FAILING for _, record in finished))
    count("JobsDone", len(finished))
    count("HubSpotCalls", sum(call.vendor == "HubSpot" for call in calls))
    count("QuickBooksCalls", sum(call.vendor == "QuickBooks" for call in calls))
    meter(wiring, group.connection, group.calls)
    log(
        "group done",
        connection=group.connection.id,
        kind=group.kind,
        records=len(finished),
        calls=[str(c) for c in calls],
    )


# --- load -----------------------------------------------------------------------------------------------------------


def load(wiring: Wiring, connection: Connection, kind: Kind, jobs: Sequence[Job]) -> list[Case]:
    """The records that the jobs name, under our lease; without those that hold what the jobs tell already."""
    records = Records(wiring.table)
    found = records.find(connection.id, kind, [job.record for job in jobs])
    _wake_waiters(wiring, connection, kind, jobs)
    by_root: dict[str, tuple[Held, list[Job]]] = {}
    now = wiring.now()
    dropped = 0
    heard: list[tuple[Held, int]] = []
    for job in jobs:
        if job.record not in found and waiting.may_be_hubspots_own(job):
            continue
        held = found.get(job.record) or Held(unseen(connection.id, kind, job.side, job.id), None)
        unfinished = held.record.under_way  # whoever was at it may have died: the job comes again for that
        outdated = is_outdated(job, held.record) and not (unfinished or held.record.once_more)
        free = held.record.lease_until <= now  # whoever works on it must not find it changed
        own_echo = is_own_echo(job, held.record) and not unfinished
        if free and (own_echo or (outdated and _came_back(job, held.record))):
            heard.append((held, job.events))
        elif outdated:
            dropped += 1
        else:
            by_root.setdefault(held.record.root, (held, []))[1].append(job)
    records.hear([(held, n) for held, n in heard if held.record.root not in by_root])
    wanted = list(by_root.values())
    leased = records.lease([held for held, _ in wanted], now + LEASE_S, now)
    cases: list[Case] = []
    for (held, its_jobs), got in zip(wanted, leased, strict=True):
        if got is None:
            wiring.queue.send(*put_off(its_jobs))
            continue
        case = Case(held=got, jobs=its_jobs, record=waiting.heard(got.record, its_jobs), before=held.record)
        case.after = [from_body(one) for one in got.record.owed]  # whoever caused them may have died before sending
        told = any(job.side is Side.QUICKBOOKS and job.cause != NEW_DAY for job in its_jobs)
        news = told or any(map(waiting.asks_for_quickbooks, its_jobs))
        record = got.record
        case.wants_quickbooks = (
            bool(record.quickbooks_id)
            and not record.shares
            and (news or record.stale or not (record.base or record.facts) or record.sync_token is None)
        ) or bool(record.quickbooks_id and Side.QUICKBOOKS in record.leaving)
        cases.append(case)
    count("JobsOutdated", dropped + len(heard))
    count("LeasesTaken", len(wanted) - len(cases))
    return cases


def is_outdated(job: Job, record: Record) -> bool:
    """Whether what is held is at least as new as what the job tells (design D1); no call is needed to know."""
    if job.company is not None:
        stamps = [record.company_modified if record.company_id == job.company else None]
        stamps.append(record.companies_seen.get(job.company))
        return job.at is not None and any(seen is not None and job.at <= seen for seen in stamps)
    if job.cause == "sweep" and record.hubspot_read is not None and job.side is Side.HUBSPOT:
        return job.at is not None and job.at <= record.hubspot_read  # our write's stamp may hide a person's before it
    if job.at is not None and _is_past(job.at, job.side, record):
        return True
    if job.echoes:
        own = {echo_of(key.partition(" > ")[0], halves[0]) for key, halves in record.base.items()}
        return record.hubspot_modified is not None and set(job.echoes) <= own | {"creation"}
    return False


def _is_past(at: float, side: Side, record: Record) -> bool:
    """HubSpot's events and records have one stamp. QuickBooks' records have whole seconds only, in which a person may
    edit after us; so its events are held against the time of the reply in which we last saw the record."""
    if side is Side.HUBSPOT:
        if record.hubspot_modified is None:
            return False
        if record.hubspot_read is None:
            return at <= record.hubspot_modified
        return at <= record.hubspot_read or at == record.hubspot_modified  # between read and write a person may edit
    if record.quickbooks_modified is None:
        return False
    if record.quickbooks_seen is None or at == int(at):
        return int(at) <= record.quickbooks_modified
    return at <= record.quickbooks_seen


def is_own_echo(job: Job, record: Record) -> bool:
    """Whether these are the notices of our own last writes, which may be stamped until their calls ended. QuickBooks
    does not say whose a change is; a person's edit beside ours makes one notice more than we wait for."""
    if job.side is not Side.QUICKBOOKS or job.at is None or record.echo_until is None:
        return False
    return job.events <= record.echoes and job.at <= record.echo_until


def _came_back(job: Job, record: Record) -> bool:
    """Whether an outdated notice is one that we wait for."""
    stamp = record.quickbooks_modified
    return (
        job.side is Side.QUICKBOOKS
        and record.echoes > 0
        and None not in (job.at, stamp)
        and int(job.at or 0) >= (stamp or 0)
    )


def _wake_waiters(wiring: Wiring, connection: Connection, kind: Kind, jobs: Sequence[Job]) -> None:
    """Customers that held a name for which somebody waits: their change may have set it free."""
    holders = [f"Customer:{job.id}" for job in jobs if job.side is Side.QUICKBOOKS and kind is Kind.CUSTOMER]
    if holders:
        waiting.wake(wiring.table, wiring.queue, connection.id, kind, holders)


# --- read, resolve, write ---------------------------------------------------------------------------------------------


def settle(group: Group, cases: list[Case]) -> None:
    """Bring the cases to agreement."""
    match group.kind:
        case Kind.INVOICE:
            invoices.settle(group, cases)
        case Kind.PAYMENT:
            payments.settle(group, cases)
        case _:
            _settle_pairs(group, cases)


def _settle_pairs(group: Group, cases: list[Case]) -> None:
    """In rounds: a refusal may teach what the next decision needs."""
    holders = Holders()
    for case in cases:
        case.first_call = len(group.calls.made)
        if needs_quickbooks(case.record, group.fields, group.section):
            case.wants_quickbooks = True
    try:
        read.both_sides(group, cases)
        find_put_away(open_cases(cases))
        merges.settle_merges(group, cases)
        _resend_lost_creates(group, cases)
        if group.kind is Kind.PRODUCT:
            catalogue.settle_old_creates(group, open_cases(cases))
        else:
            lookup.settle_old_creates(group, [*open_cases(cases), *_out_of_sight(group, cases)], holders)
        for left in reversed(range(ROUNDS)):
            group.rounds_left = left
            _round(group, cases, holders)
            again = [case for case in open_cases(cases) if case.again]
            if not again:
                break
            _prepare_again(group, again, holders)
    except (CallFailed, OutOfTime) as failed:
        group.failed(open_cases(cases), failed)
    for case in open_cases(cases):
        case.fail(case.trouble or _TOO_MANY_ROUNDS)


def _resend_lost_creates(group: Group, cases: Sequence[Case]) -> None:
    lost = [case for case in open_cases(list(cases)) if write.resendable(case, group.now())]
    write.resend(group, lost)
    for case in lost:
        case.ended = case.ended or not case.again


def _out_of_sight(group: Group, cases: Sequence[Case]) -> list[Case]:
    """Of those whose contact cannot be found, the ones with an old create: the customer that it made is theirs, and
    would else wait for them for good."""
    unseen = [case for case in cases if case.failed and case.in_hubspot is None]
    return [case for case in unseen if case.record.intent and not write.resendable(case, group.now())]


def _round(group: Group, cases: list[Case], holders: Holders) -> None:
    turn = open_cases(cases)
    for case in turn:
        case.again, case.granted = False, None
    _decide(group, turn)
    _match(group, turn, holders)
    _decide(group, [case for case in turn if case.plan is None])
    naming.give_names(group, turn, holders)
    if group.before_writing:
        group.before_writing(open_cases(turn))
    write.carry_out(group, turn)
    for case in turn:
        case.ended = case.ended or not case.again


def _match(group: Group, cases: Sequence[Case], holders: Holders) -> None:
    """For what is about to be made, or may have been made already: is it there?"""
    linking.link_lost_creates(group, open_cases(list(cases)))
    if group.kind is Kind.PRODUCT:
        catalogue.match_items(group, cases)
        catalogue.match_products(group, cases)
        return
    lookup.match_customers(group, cases, holders)
    lookup.match_contacts(group, cases)


def _decide(group: Group, cases: Sequence[Case]) -> None:
    """The pure part. A defect in it is that record's trouble alone."""
    for case in open_cases(list(cases)):
        try:
            case.plan = held_back(decide(case.pair(group)), case.record, group.now())
        except Exception as defect:
            problem("a rule broke", defect, connection=group.connection.id, record=case.root)
            case.fail(stumbled(defect))


def _prepare_again(group: Group, again: Sequence[Case], holders: Holders) -> None:
    """Learn what the refusals were about: who holds a name, or what the customer is like now."""
    taken = [case for case in again if case.trouble and case.trouble.code == NAME_TAKEN]
    names = {case.granted: case for case in taken if case.granted}
    if names:
        lookup.ask(group, holders, [], sorted(names))
        for name, case in names.items():
            if holders.holder(name, but=case.record.own_customer) is None:
                holders.note("another customer, vendor or employee", {"DisplayName": name, "Id": "unknown"})
            group.names.give_up(group.connection.id, folded(name), case.root)
            case.change(names=tuple(one for one in case.record.names if one != folded(name)))
    stale = [case for case in again if case.record.stale]
    for case in stale:
        case.in_quickbooks = None
    read.quickbooks_side(group, stale)
    old = [case for case in again if case.in_hubspot and group.now() - case.read_at > write.FRESH_S]
    for case in old:
        case.in_hubspot = None
    read.hubspot_side(group, old)


_TOO_MANY_ROUNDS = Trouble(
    Category.CONFLICT,
    "The record kept changing while it was being written.",
    "Nothing to do: it is tried again by itself.",
)
