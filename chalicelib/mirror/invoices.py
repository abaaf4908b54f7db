"""Invoices of one group: read from QuickBooks, turned into what HubSpot should hold, written, and remembered.

The order of writing is made so that what is seen is right wherever it breaks off: the invoice first, with its key and
its associations; then its line items; its totals and its stage last (design D3).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from chalicelib import read
from chalicelib.batches import Item, Outcomes, in_batches
from chalicelib.case import Case, Group, open_cases
from chalicelib.failures import CallFailed, Category, OutOfTime, Trouble, stumbled
from chalicelib.hubspot.models import Record as HubSpotRecord
from chalicelib.jobs import Kind, Side
from chalicelib.linking import key_of, own_creates, waits_for_the_index
from chalicelib.mirror import follow, lines, whose
from chalicelib.quickbooks.invoices import Invoice
from chalicelib.remember.records import State
from chalicelib.resolve.invoices import Sold, mirrored
from chalicelib.resolve.mirroring import Account, base_of, differing, facts_after, plan_of, wanted_of
from chalicelib.resolve.pair import KEY_PROPERTY
from chalicelib.resolve.plan import ArchiveInHubSpot, CreateInHubSpot, Plan, UpdateInHubSpot
from chalicelib.resolve.stages import Stage
from chalicelib.settings import Invoices
from chalicelib.telemetry import problem
from chalicelib.write import LINES, carry_out, note_what_leaves, store_midway

ROUNDS = 3  # one, and what a deleted line item or a found mirror may each add
VOIDED = "voided"
ALONE = "alone"  # why it came without contact and company: among an invoice's facts once it has come


def settle(group: Group, cases: list[Case]) -> None:
    """Bring the mirrors up to date. What an invoice suffers is its own trouble, its neighbours go on."""
    for case in cases:
        case.first_call = len(group.calls.made)
    try:
        told = [case for case in cases if case.has_job_for(Side.HUBSPOT)]
        news = [case for case in cases if case.wants_quickbooks and case.record.quickbooks_id]
        read.quickbooks_side(group, news)
        read.hubspot_side(group, [case for case in told if case.record.hubspot_id])
        follow.note_news(cases)
        _whose(group, cases)
        for _ in range(ROUNDS):
            _round(group, cases)
            if not any(case.again for case in open_cases(cases)):
                break
        done = [case for case in cases if case.ended and not (case.lost or case.failed or case.deferred)]
        follow.find_deals(group, done)
        follow.say_why_not(group, done)
    except (CallFailed, OutOfTime) as failed:
        group.failed(open_cases(cases), failed)
    for case in open_cases(cases):
        if case.again:
            case.fail(case.trouble or _KEEPS_CHANGING)
        case.ended = True


def _whose(group: Group, cases: Sequence[Case]) -> None:
    """New invoices are associated, once; a person's later change stays. One that a filter keeps out asks nobody."""
    new = [case for case in open_cases(list(cases)) if _is_new(case)]
    _decide(group, new)
    if group.before_writing:
        group.before_writing(open_cases(new))  # what is held back brings no customer either
    coming = [case for case in open_cases(new) if case.plan and case.plan.writes]
    if coming:
        whose.find(group, coming)
    for case in coming:  # kept from before it leaves: whoever finds it made does not look whose it is again
        heard = {name: value for name, value in case.record.heard.items() if name != ALONE}
        case.change(heard={**heard, ALONE: case.remark} if case.remark else heard)


def _is_new(case: Case) -> bool:
    return not case.record.linked and isinstance(case.in_quickbooks, Invoice) and not case.record.gone


def _round(group: Group, cases: list[Case]) -> None:
    turn = open_cases(cases)
    for case in turn:
        case.again = False
    lines.read_unsure(group, turn)
    _decide(group, turn)
    _cannot_tell(group, [case for case in open_cases(turn) if _has(case, CreateInHubSpot)])
    _find_own(group, [case for case in open_cases(turn) if _has(case, CreateInHubSpot) or _is_lost(case)])
    _decide(group, [case for case in open_cases(turn) if case.plan is None])
    if group.before_writing:
        group.before_writing(open_cases(turn))
    _write(group, open_cases(turn))


def _is_lost(case: Case) -> bool:
    """Whether a create may have arrived of an invoice from which nothing is to be made any more: deleted since, or
    filtered out. What it has made goes its way."""
    return bool(case.record.intent and not case.record.linked and case.plan and not case.plan.writes)


def _has(case: Case, kind: type) -> bool:
    return bool(case.plan and any(isinstance(one, kind) for one in case.plan.writes))


# --- decide -----------------------------------------------------------------------------------------------------------


def _decide(group: Group, cases: Sequence[Case]) -> None:
    """The pure part. A defect in it is that record's trouble alone."""
    sold = _sold(group, [case.in_quickbooks for case in cases if isinstance(case.in_quickbooks, Invoice)])
    today = group.connection.today(group.now())
    settings = group.section if isinstance(group.section, Invoices) else Invoices()
    for case in open_cases(list(cases)):
        invoice = case.in_quickbooks if isinstance(case.in_quickbooks, Invoice) else None
        try:
            if invoice is not None:
                case.mirror = mirrored(
                    invoice, group.fields, sold, group.connection.realm_id, today, voided=_told_void(case),
                    home_currency=group.connection.currency or "USD",
                )  # fmt: skip
            case.plan = plan_of(case.record, invoice, case.mirror, settings, account_of(group), today)
        except Exception as defect:
            problem("a rule broke", defect, connection=group.connection.id, record=case.root)
            case.fail(stumbled(defect))


def account_of(group: Group) -> Account:
    natives = [name for name in group.connection.natives if name not in group.refused_natives]
    return Account(natives, "invoices" in group.connection.own_properties, group.connection.time_zone)


def _told_void(case: Case) -> bool:
    """The note that says so can be edited; what a notice once said is remembered with the stage."""
    told = any(VOIDED in job.cause for job in case.jobs)
    return told or case.record.facts.get("stage") == Stage.VOIDED


def _sold(group: Group, invoices: Iterable[Invoice]) -> Mapping[str, Sold]:
    """What our own records know of the items on these invoices: no call is made for it."""
    ids = {one for invoice in invoices for one in invoice.items}
    found = group.records.find(group.connection.id, Kind.PRODUCT, [f"{Side.QUICKBOOKS}:{one}" for one in sorted(ids)])
    return {
        side_id.partition(":")[2]: Sold(
            held.record.hubspot_id if held.record.linked and held.record.hubspot_id else "",
            held.record.base.get("hs_sku > Sku", ("", ""))[1],
        )
        for side_id, held in found.items()
        if Side.HUBSPOT not in held.record.gone
    }


def _find_own(group: Group, cases: Sequence[Case]) -> None:
    """A mirror that an earlier create has made, though nobody saw the answer: it is linked, and brought up to date."""
    asking = [case for case in open_cases(list(cases)) if not waits_for_the_index(group, case)]
    own = own_creates(group, asking, [KEY_PROPERTY]) if asking else {}
    if not own:
        return
    versions = group.records.pointer_versions(
        group.connection.id, group.kind, [f"{Side.HUBSPOT}:{one.id}" for one in own.values()]
    )
    found: list[Case] = []
    for case in asking:
        there = own.get(key_of(group, case))
        if there is not None:
            side_id = f"{Side.HUBSPOT}:{there.id}"
            case.pointers[side_id] = versions.get(side_id)
            case.change(hubspot_id=there.id, made=Side.HUBSPOT, intent=None, base={}, lines={},
                        leaving={Side.HUBSPOT: {LINES: ""}})  # fmt: skip
            case.wrote.append(f"link with invoice {there.id} in HubSpot, which an earlier create has made")
            case.plan = None
            found.append(case)
    lines.read_unsure(group, found)


def _cannot_tell(group: Group, cases: Sequence[Case]) -> None:
    """A create may have arrived, and the portal has no property to find it by: rather none than two."""
    objects = group.shape.objects
    if group.connection.unique_key(objects) or objects in group.connection.plain_keys:
        return
    for case in cases:
        asked = any(cause.startswith("retry") for cause in case.cause.split(", "))
        if case.before.intent is not None and not asked:
            case.plan = Plan(state=State.PARKED, trouble=_MAYBE_THERE)
            case.ended = True


# --- write ------------------------------------------------------------------------------------------------------------


def _write(group: Group, cases: Sequence[Case]) -> None:
    for case in cases:
        if case.plan is not None and not case.plan.writes:
            case.ended = True
            lines.forget_leaving(case)  # whatever left has arrived, or is not wanted any more
            _remember(case)
    carry_out(group, [case for case in open_cases(list(cases)) if _has(case, ArchiveInHubSpot)])
    for case in cases:
        case.ended = case.ended or _has(case, ArchiveInHubSpot)
    todo = open_cases(list(cases))
    note_what_leaves(group, todo)
    _create(group, [case for case in open_cases(todo) if _has(case, CreateInHubSpot)])
    lines.write(group, todo)
    _update(group, [case for case in open_cases(todo) if not case.again])
    for case in open_cases(todo):
        if not case.again and not case.lost:
            case.ended = True
            lines.forget_leaving(case)
            if not case.wrote:  # line items alone
                case.wrote += case.plan.words if case.plan else ()
            _remember(case)


def _remember(case: Case) -> None:
    if case.before.linked and not case.before.facts:  # whoever made it died before the end
        case.wrote.insert(0, f"link with invoice {case.before.hubspot_id} in HubSpot, which an earlier create has made")
    alone = case.remark or case.record.heard.get(ALONE) or case.record.facts.get(ALONE, "")
    if case.plan is not None and case.record.linked:
        facts = facts_after(case.record, case.plan, case.mirror)
        case.change(facts={**facts, ALONE: alone} if alone else facts)
    for remark in (alone, *(case.mirror.left_out if case.mirror else ())):
        case.remark_on(remark)


def _create(group: Group, cases: Sequence[Case]) -> None:
    items: list[tuple[Case, Item]] = []
    objects = group.shape.objects
    for case in cases:
        if case.lost or not case.record.intent:
            continue
        properties = dict(case.record.intent.body)
        if group.connection.unique_key(objects) or objects in group.connection.plain_keys:
            properties[KEY_PROPERTY] = key_of(group, case)
        trace = case.record.intent.request_id
        items.append((case, {"properties": properties, "associations": case.links, "objectWriteTraceId": trace}))
    outcomes = Outcomes(_made, _refused, guarded=group.connection.unique_key(objects))
    in_batches(group, objects, items, group.hubspot.batch_create, outcomes)
    # From here on its lines may be under way: both ids are stored before the first of them leaves.
    store_midway(group, [case for case, _ in items if case.record.linked and not case.lost])


def _made(group: Group, case: Case, item: Item, there: HubSpotRecord) -> None:
    side_id = f"{Side.HUBSPOT}:{there.id}"
    case.pointers[side_id] = group.records.pointer_versions(group.connection.id, group.kind, [side_id]).get(side_id)
    written = {name: value for name, value in item["properties"].items() if name != KEY_PROPERTY}
    case.change(hubspot_id=there.id, made=Side.HUBSPOT, intent=None, base={**case.record.base, **base_of(written)})
    case.wrote.append(f"create invoice {there.id} in HubSpot")


def _refused(group: Group, case: Case, _: Item, trouble: Trouble) -> None:
    """A refused key means that the mirror is there after all: it is looked up once more, then given up."""
    if trouble.category is Category.CONFLICT and case.trouble is None:
        case.again, case.trouble = True, trouble
        return
    case.change(intent=None)
    if not whose.blamed(group, case):
        case.fail(trouble)


def _update(group: Group, cases: Sequence[Case]) -> None:
    """Totals and stage, and whatever else differs, when the lines add up. What the portal does not take of its own
    properties is left out from then on."""
    items = [(case, one) for case in cases if (one := _update_of(group, case)) is not None]
    again: list[tuple[Case, Item]] = []
    first = Outcomes(_updated, partial(_without_natives, again), guarded=False)
    in_batches(group, group.shape.objects, items, group.hubspot.batch_update, first)
    if again:
        last = Outcomes(_updated, _gone_or_refused, guarded=False)
        in_batches(group, group.shape.objects, again, group.hubspot.batch_update, last)


def _update_of(group: Group, case: Case) -> Item | None:
    if case.lost or case.plan is None or not case.record.hubspot_id:
        return None
    update = next((one for one in case.plan.writes if isinstance(one, UpdateInHubSpot)), None)
    if case.mirror is not None and update is not None:
        properties = differing(case.record, wanted_of(case.mirror, account_of(group)))
    else:
        properties = dict(update.properties) if update else {}
    if not properties:
        return None
    return {"id": case.record.hubspot_id, "properties": properties, "objectWriteTraceId": group.new_id()}


def _updated(_group: Group, case: Case, item: Item, _there: HubSpotRecord) -> None:
    before = {name: case.record.base.get(name, ("", ""))[1] for name in item["properties"]}
    case.change(base={**case.record.base, **base_of(item["properties"])})
    if case.before.linked:
        case.note_write(Side.HUBSPOT, before, item["properties"])
        told = case.plan.words if case.plan else ()
        case.wrote += [word for word in told if word not in case.wrote]


def _without_natives(again: list[tuple[Case, Item]], group: Group, case: Case, item: Item, trouble: Trouble) -> None:
    natives = case.mirror.natives if case.mirror else group.connection.natives
    refused = [name for name in item["properties"] if name in natives]
    named = [name for name in refused if name in trouble.message]
    if not refused or _is_gone(trouble):
        _gone_or_refused(group, case, item, trouble)
        return
    group.refused_natives |= set(named or refused)
    kept = {name: value for name, value in item["properties"].items() if name not in (named or refused)}
    if kept:
        again.append((case, {**item, "properties": kept}))


def _is_gone(trouble: Trouble) -> bool:
    return trouble.code == lines.NOT_THERE


def _gone_or_refused(group: Group, case: Case, _: Item, trouble: Trouble) -> None:
    """HubSpot's invoice may have been deleted by a person: that is looked at before anything is concluded."""
    if not _is_gone(trouble):
        lines.refuse(group, case, trouble)
        return
    case.in_hubspot = None
    read.hubspot_side(group, [case])
    if Side.HUBSPOT in case.record.gone:
        case.again, case.trouble = True, trouble
    elif not case.failed:
        case.fail(trouble)


_MAYBE_THERE = Trouble(
    Category.CONFLICT,
    "HubSpot did not tell whether it has made the invoice; without the property quickbooks_key it cannot be found.",
    "Look for it in HubSpot's invoices and delete it if it is there; then run: python -m ops retry invoice ID. Give "
    "the scopes crm.schemas.invoices.read and .write and connect again, so that such invoices are found by themselves.",
)
_KEEPS_CHANGING = Trouble(
    Category.CONFLICT,
    "The invoice kept changing in HubSpot while it was being written.",
    "Nothing to do: it is tried again by itself.",
)
