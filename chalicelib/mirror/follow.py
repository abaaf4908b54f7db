"""Deals follow the invoice of theirs that was updated last in QuickBooks (design: Invoices).

An invoice's look only notes to which deals it belongs, and has these looked at once it is remembered. A deal's look
goes by what all its invoices' records then say, under a lease on the deal: so whichever notice comes last, what is
written is the latest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from chalicelib.case import Case, Group
from chalicelib.failures import Awaited, CallFailed, OutOfTime, ReconnectNeeded, Rejected, Unknown
from chalicelib.hubspot import faults
from chalicelib.hubspot.client import BATCH_MAX, HubSpot
from chalicelib.jobs import ConnectionId, Expand, Job, Kind, Side
from chalicelib.remember.connections import Connection
from chalicelib.remember.guards import MatchLeases
from chalicelib.remember.records import Record, Records
from chalicelib.resolve.invoices import deal_properties
from chalicelib.telemetry import log
from chalicelib.wiring import Wiring

SOURCE = "deals"  # of an expansion; its id is the deal's
OBJECTS = "deals"
LEASE_S = 140.0  # as long as the worker that took it, and its last call, can go on
AGAIN_S, AGAIN_MAX_S = 5, 600
PAID_FOR = "its invoice belongs to a deal"  # a look's cause
ABOUT_DEALS = ("deal", "a look at all", "retry", "restore")  # in causes that make us ask HubSpot for an invoice's deals


def note_news(cases: Iterable[Case]) -> None:
    """Keep on the record that its deals are to be asked for, until they were: a later try would not see the news any
    more. Which invoice a deal follows goes by QuickBooks' version, whatever has changed in it."""
    for case in cases:
        newer = case.in_quickbooks is not None and case.in_quickbooks.SyncToken != case.before.sync_token
        if (newer and case.before.linked) or _told(case):
            case.change(heard={**case.record.heard, OBJECTS: "to be asked for"})


def find_deals(group: Group, cases: Sequence[Case]) -> None:
    """Ask HubSpot to which deals the invoices belong, where they may have changed or have something new to follow. A
    mirror that was made just now belongs to none yet: a person's association comes with a notice of its own. One that
    is gone has left its deals."""
    if group.rehearsal:
        return
    for case in cases:
        if case.record.deals and (Side.HUBSPOT in case.record.gone or case.record.put_away is Side.HUBSPOT):
            _note(group, case, ())
    asked = [
        case for case in cases if case.record.linked and Side.HUBSPOT not in case.record.gone and _may_differ(case)
    ]
    if not asked:
        return
    ids = {case.record.hubspot_id or "": case for case in asked}
    try:
        links = group.hubspot.associations("invoices", OBJECTS, list(ids))
    except Rejected as refused:  # no right to see deals: nothing follows, and `status` says which scope is missing
        log("deals not seen", connection=group.connection.id, code=refused.trouble.code)
        return
    except (CallFailed, OutOfTime) as failed:
        for case in asked:
            case.wants_quickbooks = True
            case.change(facts=case.before.facts, heard={**case.record.heard, OBJECTS: "to be asked for"})
        group.failed(asked, failed)
        return
    for invoice_id, case in ids.items():
        _note(group, case, tuple(sorted({to.toObjectId for to in links.get(invoice_id, [])})))


def say_why_not(group: Group, cases: Sequence[Case]) -> None:
    """What keeps a deal from following its invoice is said on the invoice, at each look."""
    for case in cases:
        if case.record.deals:
            case.remark_on(other_currency(group.connection, case.record))


def _may_differ(case: Case) -> bool:
    return (case.before.linked and _has_news(case)) or _was_found(case)


def _has_news(case: Case) -> bool:
    return OBJECTS in case.record.heard or case.before.facts != case.record.facts


def _told(case: Case) -> bool:
    return any(word in job.cause for job in case.jobs for word in ABOUT_DEALS)


def _was_found(case: Case) -> bool:
    """Whether the mirror was there before, made by a create whose answer was lost: it may have deals by now."""
    return case.before.intent is not None


def _note(group: Group, case: Case, deals: tuple[str, ...]) -> None:
    record = case.record
    touched = {*deals, *record.deals} if _has_news(case) else set(deals) ^ set(record.deals)
    if set(deals) - set(record.deals) or (deals and case.before.facts.get("payments") != record.facts.get("payments")):
        payments = filter(None, record.facts.get("payments", "").split(","))
        case.after += [Job(group.connection.id, Kind.PAYMENT, Side.QUICKBOOKS, one, PAID_FOR) for one in payments]
    case.after += [Expand(group.connection.id, SOURCE, one) for one in sorted(touched)]
    case.change(deals=deals)


def other_currency(connection: Connection, record: Record) -> str:
    """Why a deal does not follow the invoice; empty where it does."""
    own, of_deals = record.facts.get("currency", ""), connection.portal_currency
    if not own or not of_deals or own == of_deals:
        return ""
    return f"its deal is not written: it is in {own}, and HubSpot's company currency is {of_deals}"


def follow(wiring: Wiring, connection: Connection, hubspot: HubSpot, some: Sequence[Expand]) -> None:
    """Write the five properties of each deal, if they differ. A deal that somebody else has in hand comes again, and
    so does one whose calls failed, after ever longer."""
    try:
        _follow(wiring, connection, hubspot, [one.id for one in some])
    except (ReconnectNeeded, Awaited):
        raise
    except (CallFailed, OutOfTime) as failed:
        for tries, deals in _by_tries(some).items():
            again = [Expand(connection.id, SOURCE, one, str(tries + 1)) for one in deals]
            wiring.queue.send(again, delay_s=min(AGAIN_S * 2**tries, AGAIN_MAX_S))
        log("deals delayed", connection=connection.id, deals=len(some), error=type(failed).__name__)


def _by_tries(some: Sequence[Expand]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for one in some:
        found.setdefault(int(one.page or 0), []).append(one.id)
    return found


def _follow(wiring: Wiring, connection: Connection, hubspot: HubSpot, deals: Sequence[str]) -> None:
    leases, until = MatchLeases(wiring.table), wiring.now() + LEASE_S
    wanted = [(f"deal:{one}:{wiring.new_id()}", f"deal:{one}") for one in dict.fromkeys(deals)]
    got = leases.take(connection.id, Kind.INVOICE, wanted, until, wiring.now())
    mine = [root.split(":")[1] for root, _ in wanted if root in got]
    busy = [root.split(":")[1] for root, _ in wanted if root not in got]
    if busy:
        wiring.queue.send([Expand(connection.id, SOURCE, one) for one in busy], delay_s=AGAIN_S)
    try:
        _write(connection, Records(wiring.table), hubspot, mine)
    except Unknown as unknown:
        if not unknown.ended:  # it may still arrive: nobody writes something newer before it
            got = {}
        raise
    finally:
        leases.drop(list(got.values()))


def _write(connection: Connection, records: Records, hubspot: HubSpot, deals: Sequence[str]) -> None:
    if not deals or OBJECTS not in connection.own_properties:
        return
    links = hubspot.associations(OBJECTS, "invoices", deals)
    wanted = _wanted(connection, records, {one: [to.toObjectId for to in links.get(one, [])] for one in deals})
    names = sorted(deal_properties({}))
    there = {one.id: one for one in hubspot.batch_read(OBJECTS, list(wanted), names)}
    inputs = [
        {"id": deal, "properties": changed}
        for deal, properties in wanted.items()
        if deal in there
        and (changed := {name: value for name, value in properties.items() if not _same(there[deal].text(name), value)})
    ]
    for start in range(0, len(inputs), BATCH_MAX):
        _update(connection, hubspot, inputs[start : start + BATCH_MAX])


def _update(connection: Connection, hubspot: HubSpot, inputs: Sequence[dict[str, Any]]) -> None:
    """One batch, split where HubSpot refuses it for one of its deals; that one is left as it is."""
    try:
        reply = hubspot.batch_update(OBJECTS, inputs)
        for error in reply.errors:
            told = faults.record_ids(error) or [one["id"] for one in inputs]
            log("deal refused", connection=connection.id, deal=told, code=faults.trouble(error).code)
    except Rejected as refused:
        if len(inputs) == 1:
            log("deal refused", connection=connection.id, deal=inputs[0]["id"], code=refused.trouble.code)
            return
        _update(connection, hubspot, inputs[: len(inputs) // 2])
        _update(connection, hubspot, inputs[len(inputs) // 2 :])


def _wanted(
    connection: Connection, records: Records, invoices: Mapping[str, Sequence[str]]
) -> dict[str, dict[str, str]]:
    """What each deal should show. One whose invoices are all in another currency is left as it is; one without any of
    ours is cleared of what they left."""
    found = _known(connection.id, records, {one for some in invoices.values() for one in some})
    wanted: dict[str, dict[str, str]] = {}
    for deal, ids in invoices.items():
        ours = [found[one] for one in ids if one in found and found[one].facts]
        fit = [record for record in ours if not other_currency(connection, record)]
        if fit or not ours:
            wanted[deal] = deal_properties(max(fit, key=version).facts if fit else {})
    return wanted


def version(record: Record) -> tuple[float, int, int]:
    """QuickBooks' own order of updates: its stamp, in whole seconds; within one the higher version, then the id."""
    token, own_id = record.sync_token or "0", record.quickbooks_id or "0"
    return (
        record.quickbooks_modified or 0.0, int(token) if token.isdecimal() else 0,
        int(own_id) if own_id.isdecimal() else 0,
    )  # fmt: skip


def _known(connection: ConnectionId, records: Records, hubspot_ids: Iterable[str]) -> dict[str, Record]:
    side_ids = [f"{Side.HUBSPOT}:{one}" for one in sorted(hubspot_ids)]
    found = records.find(connection, Kind.INVOICE, side_ids)
    return {side_id.partition(":")[2]: held.record for side_id, held in found.items()}


def _same(held: str, wanted: str) -> bool:
    """HubSpot gives dates as it likes; a day is a day."""
    return held == wanted or (len(wanted) == len("2026-11-22") and held.startswith(f"{wanted}T"))
