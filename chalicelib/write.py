"""A plan carried out with the vendors' batch endpoints: intents before creates, one outcome for each record."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from chalicelib.batches import Item, Outcomes, call_failed, in_batches, parts, was_sent_before
from chalicelib.case import Case, Group, open_cases
from chalicelib.catalogue import name_taken
from chalicelib.failures import CallFailed, Category, OutOfTime, Trouble, Unknown
from chalicelib.hubspot.models import Record as HubSpotRecord
from chalicelib.jobs import Job, Kind, Side
from chalicelib.linking import is_taken, key_of
from chalicelib.quickbooks.body import nested
from chalicelib.quickbooks.client import BATCH_MAX as QUICKBOOKS_MAX
from chalicelib.quickbooks.faults import NAME_TAKEN, NOT_FOUND, STALE
from chalicelib.quickbooks.models import ItemReply, Row
from chalicelib.remember import records as stored
from chalicelib.remember.records import Held, Intent, Record, State
from chalicelib.remember.table import Write as TableWrite
from chalicelib.resolve.agreement import found_done
from chalicelib.resolve.brakes import LINKED_THAT_MATTER, most_put_away
from chalicelib.resolve.orders import ACTIVE, ARCHIVED
from chalicelib.resolve.pair import KEY_PROPERTY, hubspot_values, quickbooks_values
from chalicelib.resolve.plan import (
    ArchiveInHubSpot,
    CreateInHubSpot,
    CreateInQuickBooks,
    MirrorLines,
    UpdateInHubSpot,
    UpdateInQuickBooks,
    Write,
)
from chalicelib.settled import quickbooks_image, took_hubspot, took_quickbooks
from chalicelib.transport import vendor_down

RESEND_WITHIN_S = 3_600.0  # an unknown create is sent again, as it was, for an hour (design D3)
_UNDER_WAY = "it is being written"  # of a mirror, until all of it has arrived
LINES = "line items"  # among what leaves: which of them arrived is read from HubSpot if we do not see it
FRESH_S = 5.0  # HubSpot has no guard on its updates, so they leave within this time of the read (D5)


def resendable(case: Case, now: float) -> bool:
    """Whether the case has a create under way at QuickBooks that must be sent again just as it was."""
    intent = case.record.intent
    return intent is not None and intent.side is Side.QUICKBOOKS and now - intent.at < RESEND_WITHIN_S


def carry_out(group: Group, cases: Sequence[Case]) -> None:
    """Write what the open cases' plans ask for. QuickBooks first: its replies settle names."""
    note_what_leaves(group, cases)
    todo = [case for case in open_cases(list(cases)) if not case.again]
    _create_in_quickbooks(group, [case for case in todo if _has(case, CreateInQuickBooks)])
    _update_in_quickbooks(group, [case for case in todo if _has(case, UpdateInQuickBooks) and not case.ended])
    still = [case for case in todo if not case.ended and not case.again]
    _create_in_hubspot(group, [case for case in still if _has(case, CreateInHubSpot)])
    _update_in_hubspot(group, [case for case in still if _has(case, UpdateInHubSpot)])
    _archive_in_hubspot(group, [case for case in still if _has(case, ArchiveInHubSpot)])


def resend(group: Group, cases: Sequence[Case]) -> None:
    """Creates whose outcome is unknown, each in its old request: QuickBooks answers a request id once only."""
    by_request: dict[str, list[Case]] = {}
    for case in open_cases(list(cases)):
        if case.record.intent:
            by_request.setdefault(case.record.intent.request_id, []).append(case)
    for request_id, members in by_request.items():
        items = [(case, _create_item(group, case.record.intent)) for case in members if case.record.intent]
        _quickbooks_call(group, items, "create", request_id, _created_in_quickbooks)


def _has(case: Case, kind: type) -> bool:
    return bool(case.plan and any(isinstance(write, kind) for write in case.plan.writes))


# --- what is stored before anything leaves --------------------------------------------------------------------------


def note_what_leaves(group: Group, cases: Sequence[Case]) -> None:
    """Intents of creates, and the values of updates, stored under the lease before the call (design D3)."""
    noted: list[Case] = []
    request_id, number = group.new_id(), 0
    for case in open_cases(list(cases)):
        if case.again or not case.plan or not case.plan.writes:
            continue
        if not _brake_allows(group, case):
            continue
        case.change(base={**case.record.base, **found_done(case.pair(group))})
        for write in case.plan.writes:
            match write:
                case CreateInQuickBooks(values, parent):
                    if number and number % QUICKBOOKS_MAX == 0:
                        request_id = group.new_id()
                    body = _create_body(group, values, parent)
                    ours = hubspot_values(case.pair(group))
                    case.change(
                        intent=Intent(
                            Side.QUICKBOOKS, request_id, str(number % QUICKBOOKS_MAX), body, ours, group.now()
                        )
                    )
                    number += 1
                case CreateInHubSpot(properties):
                    theirs = quickbooks_values(case.pair(group))
                    case.change(intent=Intent(Side.HUBSPOT, group.new_id(), "0", properties, theirs, group.now()))
                case UpdateInQuickBooks(values, active):
                    away = {} if active is None else {ACTIVE: str(active).lower()}
                    _leave(case, Side.QUICKBOOKS, {**values, **away}, quickbooks_image(group, case, write))
                case UpdateInHubSpot(properties):
                    _leave(case, Side.HUBSPOT, {**leaving_to_hubspot(case), **properties}, _hubspot_image(case, write))
                case MirrorLines():
                    _leave(case, Side.HUBSPOT, {**leaving_to_hubspot(case), LINES: ""}, {})
                case ArchiveInHubSpot():
                    _leave(case, Side.HUBSPOT, {**leaving_to_hubspot(case), ARCHIVED: "true"}, {ARCHIVED: "false"})
        noted.append(case)
    store_midway(group, noted)


def _leave(case: Case, side: Side, values: Mapping[str, str], before: Mapping[str, str]) -> None:
    """Note what an update will write on a side, and what it replaces there: dead, we could tell neither."""
    replacing = case.record.replacing | {f"{side}.{name}": value for name, value in before.items()}
    case.change(leaving={**case.record.leaving, side: dict(values)}, replacing=replacing)


def _hubspot_image(case: Case, update: UpdateInHubSpot) -> dict[str, str]:
    return {name: case.in_hubspot.text(name) if case.in_hubspot else "" for name in update.properties}


def leaving_to_hubspot(case: Case) -> dict[str, str]:
    return case.record.leaving.get(Side.HUBSPOT, {})


def store_midway(group: Group, cases: Sequence[Case]) -> None:
    """Store the records as they are by now, under their leases. A link that was found or made on the way is committed
    with both keys here: after this a failure must not lose one."""
    midway = [_midway(group, case) for case in cases]
    puts = [stored.put(case.held, record) for case, record in zip(cases, midway, strict=True)]
    lost = group.table.write_each([[put, *stored_link(case)] for put, case in zip(puts, cases, strict=True)])
    for case, record, failed in zip(cases, midway, lost, strict=True):
        if failed:
            case.lost = True
        else:
            case.held = Held(record, (case.held.version or 0) + 1)
            case.pointers, case.aside = {}, None


def _midway(group: Group, case: Case) -> Record:
    """The record for whoever takes it over if we die now: what it owes to others, and that QuickBooks' news are not
    carried across yet. What is only mirrored is not in sync until all of it has arrived."""
    record = replace(case.record, owed=case.owed, stale=case.record.stale or case.wants_quickbooks)
    if record.kind not in (Kind.INVOICE, Kind.PAYMENT) or record.state is State.FAILING:
        return record
    waiting = replace(record, state=State.PENDING, category=None, message=_UNDER_WAY, fix="")
    return replace(waiting, changed_at=group.now(), next_try_at=group.now() + group.lease_s)


def stored_link(case: Case) -> list[TableWrite]:
    """The other side's key, under the lease on what the two were matched by; and whoever held that key before."""
    pointers = [stored.pointer(case.record, one, v) for one, v in case.pointers.items() if one != case.root]
    aside = [stored.put(case.aside, case.aside.record)] if case.aside else []
    return [*pointers, *case.checks, *aside] if case.pointers else []


def _puts_away(write: Write) -> bool:
    """Archives, inactivates or blanks."""
    match write:
        case ArchiveInHubSpot():
            return True
        case UpdateInQuickBooks(values, active):
            return active is False or not all(values.values())
        case UpdateInHubSpot(properties):
            return not all(properties.values())
    return False


def _brake_allows(group: Group, case: Case) -> bool:
    """Putting records away is counted before it is done (design: Deletes)."""
    away = any(_puts_away(write) for write in (case.plan.writes if case.plan else ()))
    if not away:
        return True
    linked = group.records.count_linked(group.connection.id, group.kind, LINKED_THAT_MATTER)
    most, subject = most_put_away(linked), case.record.subject
    if not group.connection.braked and group.brake.reserve(group.connection.id, group.now(), most, subject):
        return True
    group.braked = "more records than usual would be archived or made inactive within an hour"
    case.fail(
        Trouble(
            Category.CONFLICT,
            f"The brake holds: {group.braked}.",
            f"Look at what happened; if it is right, run: python -m ops resume {group.connection.id}",
        )
    )
    return False


# --- QuickBooks -----------------------------------------------------------------------------------------------------


def _create_body(group: Group, values: dict[str, str], parent: str | None) -> dict[str, Any]:
    body = nested(values, entity=group.shape.row.ENTITY)
    if body.get("Type") == "Inventory":  # what QuickBooks asks of one that it is to keep count of (reference 7.3)
        today = group.connection.today(group.now()).isoformat()
        body |= {"TrackQtyOnHand": True, "QtyOnHand": 0, "InvStartDate": today}
    if parent:
        body |= {"Job": True, "ParentRef": {"value": parent}}
    return body


def _create_item(group: Group, intent: Intent) -> dict[str, Any]:
    return {"bId": intent.b_id, "operation": "create", group.shape.row.ENTITY: intent.body}


def _create_in_quickbooks(group: Group, cases: Sequence[Case]) -> None:
    resend(group, cases)


def _update_in_quickbooks(group: Group, cases: Sequence[Case]) -> None:
    items: list[tuple[Case, Item]] = []
    entity = group.shape.row.ENTITY
    for case in cases:
        if case.again or case.lost:
            continue
        update = next(w for w in case.plan.writes if isinstance(w, UpdateInQuickBooks)) if case.plan else None
        if update is None:
            continue
        body: dict[str, Any] = {
            "Id": case.record.quickbooks_id,
            "SyncToken": (case.in_quickbooks.SyncToken if case.in_quickbooks else case.record.sync_token) or "0",
            "sparse": True,
            **nested(
                update.values, case.record.carried if case.in_quickbooks is None else case.in_quickbooks.raw, entity
            ),
        }
        if update.active is not None:
            body["Active"] = update.active
        items.append((case, {"bId": str(len(items) % QUICKBOOKS_MAX), "operation": "update", entity: body}))
    for part in parts(items, QUICKBOOKS_MAX):
        _quickbooks_call(group, part, "update", None, _updated_in_quickbooks)


def _quickbooks_call(
    group: Group,
    items: Sequence[tuple[Case, Item]],
    verb: str,
    request_id: str | None,
    done: Callable[[Group, Case, Row], None],
) -> None:
    """One batch; each item's outcome goes to its own case."""
    row = group.shape.row
    what = f"{verb} {len(items)} {group.shape.row_word}s in one batch"
    try:
        replies = group.quickbooks.batch([item for _, item in items], what, request_id)
    except (CallFailed, OutOfTime) as failed:
        for case, _ in items:
            call_failed(group, case, failed, guarded=request_id is not None)
            if not isinstance(failed, Unknown):
                _forget_leaving(case)  # it was refused, or never sent
        return
    for case, item in items:
        reply = replies.get(item["bId"])
        if reply is None or (reply.fault is None and row.ENTITY not in reply.raw):
            unknown = Unknown(vendor_down("QuickBooks", "left an item of a batch unanswered"), ended=True)
            call_failed(group, case, unknown, guarded=True)
        elif reply.fault:
            _refused_by_quickbooks(group, case, reply)
        else:
            try:
                there = row.read(reply.raw[row.ENTITY], reply.seen, reply.until)
            except Unknown as unreadable:
                call_failed(group, case, unreadable, guarded=True)
            else:
                done(group, case, there)


def _created_in_quickbooks(group: Group, case: Case, row: Row) -> None:
    intent = case.record.intent
    side_id = f"{Side.QUICKBOOKS}:{row.Id}"
    found, versions = group.records.known(group.connection.id, group.kind, [side_id])
    if is_taken(found.get(side_id), case):  # its own notice was quicker than this answer to a request sent again
        case.change(intent=None)
        case.fail(_linked_elsewhere(group, row, found[side_id].record))
        return
    case.pointers[side_id] = versions.get(side_id)
    took_quickbooks(group, case, row, made_from=intent.values if intent else None)
    again = was_sent_before(case)  # the answer is the first one then: what people have typed since is not in it
    case.change(quickbooks_id=row.Id, made=Side.QUICKBOOKS, intent=None, shares=None, stale=again)
    case.wrote.append(f"create {group.shape.row_word} {row.plain_name!r} ({row.Id}) in QuickBooks")


def _linked_elsewhere(group: Group, row: Row, other: Record) -> Trouble:
    one, theirs = group.shape.row_word, f"{group.shape.one} {other.hubspot_id}"
    return Trouble(
        Category.CONFLICT,
        f"The {one} that was made for it, {row.plain_name!r} ({row.Id}), is linked with {theirs} by now.",
        f"If {theirs} is the same, archive one of the two in HubSpot; if not, give this one a name of its own.",
    )


def _updated_in_quickbooks(group: Group, case: Case, row: Row) -> None:
    update = (
        next(w for w in case.plan.writes if isinstance(w, UpdateInQuickBooks)) if case.plan else UpdateInQuickBooks({})
    )
    before = quickbooks_image(group, case, update)
    # Back under the name that it had: nothing is agreed by that, the contact may want another one by now.
    took_quickbooks(group, case, row, written=update.values if update.active is None else {})
    case.note_write(Side.QUICKBOOKS, before, quickbooks_image(group, case, update))
    if update.active is not None:
        case.change(put_away=Side.QUICKBOOKS if case.in_hubspot is None else None)
        if update.active and case.in_hubspot is not None:  # what was edited while it was away has not been looked at
            cause = "looked at once more after its return"
            case.after.append(Job(group.connection.id, group.kind, Side.HUBSPOT, case.record.hubspot_id or "", cause))
    if case.plan:
        case.wrote += [word for write, word in zip(case.plan.writes, case.plan.words, strict=True) if write is update]


def _forget_leaving(case: Case) -> None:
    case.change(leaving={side: values for side, values in case.record.leaving.items() if side != Side.QUICKBOOKS})


def _refused_by_quickbooks(group: Group, case: Case, reply: ItemReply) -> None:
    """A definite no: the intent's generation is closed, nothing of it can arrive any more."""
    if reply.fault is None:
        return
    _forget_leaving(case)
    case.change(intent=None)
    if reply.fault.code in (STALE, NOT_FOUND) and case.record.quickbooks_id and not case.again:
        case.again = case.wants_quickbooks = True
        case.change(stale=True)
    elif reply.fault.code == NAME_TAKEN and group.kind is Kind.CUSTOMER:
        case.again = True
    elif reply.fault.code == NAME_TAKEN and group.kind is Kind.PRODUCT:
        case.fail(name_taken(group, case, reply.fault.trouble))
    else:
        case.fail(reply.fault.trouble)
    case.trouble = case.trouble if case.failed else reply.fault.trouble


# --- HubSpot --------------------------------------------------------------------------------------------------------


def _keyed(group: Group) -> bool:
    """Whether the portal has our key on these objects, unique or not."""
    objects = group.shape.objects
    return group.connection.unique_key(objects) or objects in group.connection.plain_keys


def _create_in_hubspot(group: Group, cases: Sequence[Case]) -> None:
    items: list[tuple[Case, Item]] = []
    for case in cases:
        if case.lost or not case.record.intent:
            continue
        properties = dict(case.record.intent.body)
        if _keyed(group):
            properties[KEY_PROPERTY] = key_of(group, case)
        items.append((case, {"properties": properties, "objectWriteTraceId": case.record.intent.request_id}))
    made = Outcomes(_created_in_hubspot, _refused_by_hubspot, guarded=True)
    in_batches(group, group.shape.objects, items, group.hubspot.batch_create, made)


def _update_in_hubspot(group: Group, cases: Sequence[Case]) -> None:
    items: list[tuple[Case, Item]] = []
    for case in cases:
        if case.lost or not case.plan:
            continue
        if group.now() - case.read_at > FRESH_S:
            case.again = True  # too long since the read: a person may have edited in between
            continue
        properties = next(w for w in case.plan.writes if isinstance(w, UpdateInHubSpot)).properties
        items.append(
            (case, {"id": case.record.hubspot_id, "properties": properties, "objectWriteTraceId": group.new_id()})
        )
    done = Outcomes(_updated_in_hubspot, _refused_by_hubspot, guarded=False)
    in_batches(group, group.shape.objects, items, group.hubspot.batch_update, done)


def _created_in_hubspot(group: Group, case: Case, _: Item, there: HubSpotRecord) -> None:
    intent = case.record.intent
    side_id = f"{Side.HUBSPOT}:{there.id}"
    case.pointers[side_id] = group.records.pointer_versions(group.connection.id, group.kind, [side_id]).get(side_id)
    took_hubspot(group, case, there, written=dict(intent.body) if intent else {}, created=True)
    case.change(hubspot_id=there.id, made=Side.HUBSPOT, intent=None)
    case.wrote.append(f"create {group.shape.one} {there.id} in HubSpot")


def _updated_in_hubspot(group: Group, case: Case, _: Item, there: HubSpotRecord) -> None:
    update = next(w for w in case.plan.writes if isinstance(w, UpdateInHubSpot)) if case.plan else UpdateInHubSpot({})
    before = _hubspot_image(case, update)
    took_hubspot(group, case, there, written=update.properties)
    case.note_write(
        Side.HUBSPOT, before, {name: case.in_hubspot.text(name) for name in before} if case.in_hubspot else {}
    )
    if case.plan:
        case.wrote += [word for write, word in zip(case.plan.writes, case.plan.words, strict=True) if write is update]


def _refused_by_hubspot(_group: Group, case: Case, _: Item, trouble: Trouble) -> None:
    """A refused key or e-mail means that the record is there after all: look it up once more, then give up."""
    leaving = {k: v for k, v in case.record.leaving.items() if k != Side.HUBSPOT}
    may_exist = trouble.category is Category.CONFLICT and case.record.intent is not None
    case.change(leaving=leaving)
    if may_exist and case.trouble is None:
        case.again = True
        case.trouble = trouble
        return
    case.change(intent=None)
    case.fail(trouble)


def _archive_in_hubspot(group: Group, cases: Sequence[Case]) -> None:
    for case in cases:
        if case.lost or case.ended or not case.record.hubspot_id:
            continue
        try:
            group.hubspot.archive(group.shape.objects, case.record.hubspot_id)
        except (CallFailed, OutOfTime) as failed:
            call_failed(group, case, failed, guarded=True)
            continue
        case.change(put_away=Side.HUBSPOT)
        case.note_write(Side.HUBSPOT, {ARCHIVED: "false"}, {ARCHIVED: "true"})
        case.wrote.append(f"archive the {group.shape.one} in HubSpot")
