"""Payments of one group: what they were for is looked at anew, and each deal concerned gets one note of each.

A payment has a record of its own, which remembers its invoices (a deleted payment cannot be read) and its note on each
deal. Notes carry the payment's id in their text, by which one whose making nobody saw is found again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import partial

from chalicelib import read
from chalicelib.batches import Item, Outcomes, in_batches
from chalicelib.case import Case, Group, open_cases
from chalicelib.failures import CallFailed, OutOfTime, Rejected, Trouble
from chalicelib.hubspot.models import Record as HubSpotRecord
from chalicelib.jobs import Job, Kind, Side
from chalicelib.mirror import money
from chalicelib.mirror.kinship import NOTE_TO_DEAL, linked_to
from chalicelib.quickbooks.invoices import Payment
from chalicelib.remember.records import Record, State
from chalicelib.resolve.payments import applied, is_note_of, note_body
from chalicelib.resolve.plan import Plan, WriteNotes
from chalicelib.resolve.stages import day
from chalicelib.settings import Invoices
from chalicelib.write import note_what_leaves

NOTES, DEALS = "notes", "deals"
CAUSE = "a payment for it has changed"  # of a look at an invoice


def settle(group: Group, cases: list[Case]) -> None:
    """Bring invoices and notes up to date with these payments."""
    for case in cases:
        case.first_call = len(group.calls.made)
    try:
        read.quickbooks_side(group, [case for case in cases if case.wants_quickbooks and case.record.quickbooks_id])
        turn = open_cases(cases)
        for case in turn:
            _look_at_invoices(group, case)
        if _shown(group) == "none":
            for case in turn:
                case.plan = Plan(state=State.EXCLUDED, reason="the settings show no payments (invoices.payments)")
        else:
            _notes(group, turn)
            money.mirror(group, open_cases(turn))
    except (CallFailed, OutOfTime) as failed:
        group.failed(open_cases(cases), failed)
    for case in open_cases(cases):
        case.ended = True


def _shown(group: Group) -> str:
    return group.section.payments if isinstance(group.section, Invoices) else "none"


def _look_at_invoices(group: Group, case: Case) -> None:
    """Whatever happened to a payment, the balance of what it is or was for may have changed."""
    payment = case.in_quickbooks if isinstance(case.in_quickbooks, Payment) else None
    now = set(applied(payment)) if payment else set()
    before = set(case.record.invoices)
    gone = Side.QUICKBOOKS in case.record.gone
    moved = payment is not None and payment.SyncToken != case.before.sync_token
    if moved or (gone and Side.QUICKBOOKS not in case.before.gone):
        ids = sorted(now | before, key=int)
        case.after += [Job(group.connection.id, Kind.INVOICE, Side.QUICKBOOKS, one, CAUSE) for one in ids]
    case.change(invoices=tuple(sorted(now | before, key=int)))
    if payment is not None:
        case.change(facts={**case.record.facts, **_facts(payment)})


# --- notes ------------------------------------------------------------------------------------------------------------


def _notes(group: Group, cases: Sequence[Case]) -> None:
    deals = _deals(group, cases)
    _find_there(group, cases, deals)
    methods = _methods(group, [case for case in cases if deals.get(case.root) or case.record.notes])
    for case in open_cases(list(cases)):
        bodies = _bodies(group, case, deals.get(case.root, {}), methods)
        new = {deal: body for deal, body in bodies.items() if deal not in case.record.notes}
        changed = {
            deal: body for deal, body in bodies.items()
            if deal in case.record.notes and case.record.notes[deal].get("digest") != _digest(body)
        }  # fmt: skip
        writes = (WriteNotes(new, changed),) if new or changed else ()
        remark = "" if bodies else "none of its invoices belongs to a deal, so that it appears on no timeline"
        reason = "its deals do not show it yet" if new else "it has changed" if changed else "nothing differs"
        case.plan = Plan(writes, reason=reason, remark=remark)
    if group.before_writing:
        group.before_writing(open_cases(list(cases)))
    _write(group, [case for case in open_cases(list(cases)) if case.plan and case.plan.writes])


def _deals(group: Group, cases: Sequence[Case]) -> dict[str, dict[str, list[str]]]:
    """Of each payment, by root: its deals, and for each the QuickBooks ids of its invoices there."""
    ids = {f"{Side.QUICKBOOKS}:{one}" for case in cases for one in case.record.invoices}
    held = group.records.find(group.connection.id, Kind.INVOICE, sorted(ids))
    mirrors: dict[str, Record] = {
        side_id.partition(":")[2]: one.record for side_id, one in held.items() if one.record.linked
    }
    in_hubspot = sorted({one.hubspot_id for one in mirrors.values() if one.hubspot_id})
    links = group.hubspot.associations("invoices", DEALS, in_hubspot) if in_hubspot else {}
    found: dict[str, dict[str, list[str]]] = {}
    for case in cases:
        for invoice in case.record.invoices:
            mirror = mirrors.get(invoice)
            for to in links.get(mirror.hubspot_id or "", []) if mirror else []:
                found.setdefault(case.root, {}).setdefault(to.toObjectId, []).append(invoice)
    return found


def _bodies(group: Group, case: Case, deals: Mapping[str, Sequence[str]], methods: Mapping[str, str]) -> dict[str, str]:
    """The text of the payment's note on each deal: those of its invoices, and those that have one."""
    payment = case.in_quickbooks if isinstance(case.in_quickbooks, Payment) else None
    gone = Side.QUICKBOOKS in case.record.gone
    if payment is None and not gone:
        return {}
    known = payment or _as_remembered(case.record)
    held = group.records.find(
        group.connection.id, Kind.INVOICE, [f"{Side.QUICKBOOKS}:{one}" for one in case.record.invoices]
    )
    numbers = {side_id.partition(":")[2]: one.record.facts.get("number", "") for side_id, one in held.items()}
    # What it is for by now decides where a note is made; those that were made tell on, wherever they are.
    now = set(applied(payment)) if payment and not gone else set()
    told = [*(deal for deal, invoices in deals.items() if now & set(invoices)), *case.record.notes]
    method = methods.get(known.PaymentMethodRef.value, "")
    body = note_body(
        known, {one: numbers.get(one, "") for one in case.record.invoices}, group.connection.realm_id,
        home_currency=group.connection.currency or "USD", method=method, deleted=gone,
    )  # fmt: skip
    return dict.fromkeys(told, body)


def _facts(payment: Payment) -> dict[str, str]:
    """What a note says of a payment after it was deleted."""
    return {
        "total": str(payment.TotalAmt), "date": payment.TxnDate, "reference": payment.PaymentRefNum,
        "currency": payment.CurrencyRef.value,
    }  # fmt: skip


def _as_remembered(record: Record) -> Payment:
    facts = record.facts
    row = {
        "Id": record.quickbooks_id, "TotalAmt": facts.get("total", "0"), "TxnDate": facts.get("date", ""),
        "PaymentRefNum": facts.get("reference", ""), "CurrencyRef": {"value": facts.get("currency", "")},
    }  # fmt: skip
    return Payment.read(row)


def _methods(group: Group, cases: Sequence[Case]) -> dict[str, str]:
    """Names of the payment methods, which payments carry by id: one metered read where any has one."""
    payments = [case.in_quickbooks for case in cases if isinstance(case.in_quickbooks, Payment)]
    if not any(one.PaymentMethodRef.value and not one.PaymentMethodRef.name for one in payments):
        return {}
    try:
        rows = group.quickbooks.every("PaymentMethod", "read payment methods")
    except Rejected:  # a note without the method's name is better than none
        return {}
    return {str(row.get("Id")): str(row.get("Name") or "") for row in rows}


def _find_there(group: Group, cases: Sequence[Case], deals: Mapping[str, Mapping[str, Sequence[str]]]) -> None:
    """Notes that may be there although we do not know them: those whose making nobody saw the end of, and those that
    came to another deal with a merge. They are looked for among the deals' notes, by the payment's id in them."""
    unsure = {
        case.root: [
            *(deal for deal, note in case.record.notes.items() if "id" not in note),
            *(deal for deal in deals.get(case.root, {}) if case.record.notes and deal not in case.record.notes),
        ]
        for case in cases
    }  # fmt: skip
    asked = {deal for some in unsure.values() for deal in some}
    if not asked:
        return
    links = group.hubspot.associations(DEALS, NOTES, sorted(asked))
    ids = sorted({to.toObjectId for some in links.values() for to in some})
    texts = {one.id: one.text("hs_note_body") for one in group.hubspot.batch_read(NOTES, ids, ["hs_note_body"])}
    for case in cases:
        notes = dict(case.record.notes)
        for deal in unsure[case.root]:
            own = [
                to.toObjectId for to in links.get(deal, [])
                if is_note_of(texts.get(to.toObjectId, ""), group.connection.realm_id, case.record.quickbooks_id or "")
            ]  # fmt: skip
            notes.pop(deal, None)
            if own:
                there = min(own, key=int)
                notes = {of: note for of, note in notes.items() if note.get("id") != there}  # each is told once
                notes[deal] = {"id": there}
        case.change(notes=notes)


def _digest(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()[:16]


def _write(group: Group, cases: Sequence[Case]) -> None:
    """An intent on the record first, then the notes: new ones with their deal, changed ones by id."""
    planned = {case.root: one for case in cases for one in (case.plan.writes if case.plan else ())
               if isinstance(one, WriteNotes)}  # fmt: skip
    for case in cases:
        begun = {deal: {"at": str(group.now())} for deal in planned[case.root].new}
        unsure = {deal: {"id": case.record.notes[deal]["id"]} for deal in planned[case.root].changed}
        case.change(notes={**begun, **case.record.notes, **unsure})
    note_what_leaves(group, cases)
    todo = [case for case in cases if not case.lost]
    of_trace: dict[str, str] = {}
    new = [(case, _new(group, case, deal, body, of_trace)) for case in todo
           for deal, body in planned[case.root].new.items()]  # fmt: skip
    done = partial(_made, of_trace)
    in_batches(
        group, NOTES, new, group.hubspot.batch_create, Outcomes(done, partial(_refused, of_trace), guarded=False)
    )
    changed = [(case, _changed(group, case, deal, body, of_trace)) for case in open_cases(todo)
               for deal, body in planned[case.root].changed.items()]  # fmt: skip
    in_batches(
        group, NOTES, changed, group.hubspot.batch_update,
        Outcomes(done, partial(_lost_note, of_trace), guarded=False),
    )  # fmt: skip
    for case in open_cases(todo):
        case.wrote += list(case.plan.words) if case.plan else []


def _new(group: Group, case: Case, deal: str, body: str, of_trace: dict[str, str]) -> Item:
    trace = group.new_id()
    of_trace[trace] = deal
    properties = {"hs_note_body": body, "hs_timestamp": _moment(case)}
    return {"properties": properties, "associations": [linked_to(deal, NOTE_TO_DEAL)], "objectWriteTraceId": trace}


def _changed(group: Group, case: Case, deal: str, body: str, of_trace: dict[str, str]) -> Item:
    trace = group.new_id()
    of_trace[trace] = deal
    return {"id": case.record.notes[deal]["id"], "properties": {"hs_note_body": body}, "objectWriteTraceId": trace}


def _moment(case: Case) -> str:
    """Noon of the payment's day, which is the same day in most of the world; where it has none, when it was made."""
    payment = case.in_quickbooks
    given = day(payment.text("TxnDate")) if payment else None
    created = payment.text("MetaData.CreateTime") if payment else ""
    return f"{given.isoformat()}T12:00:00.000Z" if given else created


def _made(of_trace: Mapping[str, str], _group: Group, case: Case, item: Item, there: HubSpotRecord) -> None:
    note = {"id": there.id, "digest": _digest(item["properties"]["hs_note_body"])}
    case.change(notes={**case.record.notes, of_trace[item["objectWriteTraceId"]]: note})


def _lost_note(of_trace: Mapping[str, str], _group: Group, case: Case, item: Item, trouble: Trouble) -> None:
    """A person has taken the note away: it stays away."""
    if trouble.code != "OBJECT_NOT_FOUND":
        case.fail(trouble)
        return
    note = {"id": str(item["id"]), "digest": _digest(item["properties"]["hs_note_body"])}
    case.change(notes={**case.record.notes, of_trace[item["objectWriteTraceId"]]: note})


def _refused(of_trace: Mapping[str, str], _group: Group, case: Case, item: Item, trouble: Trouble) -> None:
    """There is none on this deal for sure; what became of its other notes may be unknown."""
    refused = of_trace[item["objectWriteTraceId"]]
    case.change(notes={deal: note for deal, note in case.record.notes.items() if deal != refused})
    case.fail(trouble)
