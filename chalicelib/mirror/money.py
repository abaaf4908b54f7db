"""HubSpot's own payment records, by setting, for accounts that have HubSpot or Stripe payments (reference 7.4)."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.batches import Item, Outcomes, in_batches
from chalicelib.case import Case, Group, open_cases
from chalicelib.failures import Category, Rejected, Trouble
from chalicelib.hubspot.models import Record as HubSpotRecord
from chalicelib.jobs import Kind, Side
from chalicelib.mirror.kinship import PAYMENT_TO_CONTACT, PAYMENT_TO_DEAL, PAYMENT_TO_INVOICE, linked_to
from chalicelib.quickbooks.invoices import Payment
from chalicelib.remember.records import Record
from chalicelib.resolve.payments import NO_PROCESSOR, SUCCEEDED, payment_properties, reference
from chalicelib.settings import Invoices
from chalicelib.write import store_midway

OBJECTS = "commerce_payments"
REFERENCE, PROCESSOR, STATUS = "hs_reference_number", "hs_processor_type", "hs_latest_status"
NOT_SET_UP = "HubSpot has no payments set up, so that there is no payment record of it"


def mirror(group: Group, cases: Sequence[Case]) -> None:
    """One payment record for each payment of money, whatever is repeated: it is looked for on the payment's invoices
    before it is made. An account without payments says so once for each, and notes are all that it shows."""
    asked = isinstance(group.section, Invoices) and group.section.payments == "note_and_record" and not group.rehearsal
    new = [case for case in cases if asked and not case.record.facts.get("payment") and _properties(group, case)]
    if not new:
        return
    mirrors = _mirrors(group, new)
    new = [case for case in new if mirrors.get(case.root)]
    try:
        _find(group, new, mirrors)
        _make(group, [case for case in new if not case.record.facts.get("payment")], mirrors)
    except Rejected as refused:
        if refused.status != 403 and refused.trouble.category is not Category.PERMISSION:
            raise
        for case in new:
            case.remark_on(NOT_SET_UP)


def _properties(group: Group, case: Case) -> dict[str, str]:
    payment = case.in_quickbooks
    if not isinstance(payment, Payment):
        return {}
    return payment_properties(payment, group.connection.realm_id, home_currency=group.connection.currency or "USD")


def _mirrors(group: Group, cases: Sequence[Case]) -> dict[str, list[Record]]:
    ids = {f"{Side.QUICKBOOKS}:{one}" for case in cases for one in case.record.invoices}
    held = group.records.find(group.connection.id, Kind.INVOICE, sorted(ids))
    return {
        case.root: [
            held[side_id].record for one in case.record.invoices
            if (side_id := f"{Side.QUICKBOOKS}:{one}") in held and held[side_id].record.linked
        ]
        for case in cases
    }  # fmt: skip


def _find(group: Group, cases: Sequence[Case], mirrors: dict[str, list[Record]]) -> None:
    """What an earlier create of ours has made, though nobody saw the answer."""
    ids = sorted({one.hubspot_id for case in cases for one in mirrors[case.root] if one.hubspot_id})
    links = group.hubspot.associations("invoices", OBJECTS, ids) if ids else {}
    found = sorted({to.toObjectId for some in links.values() for to in some})
    there = group.hubspot.batch_read(OBJECTS, found, [REFERENCE]) if found else []
    by_reference = {one.text(REFERENCE): one.id for one in there}
    for case in cases:
        own = by_reference.get(reference(group.connection.realm_id, case.record.quickbooks_id or ""))
        if own:
            case.change(facts={**case.record.facts, "payment": own})


def _make(group: Group, cases: Sequence[Case], mirrors: dict[str, list[Record]]) -> None:
    if not cases:
        return
    contacts = _contacts(group, [one for case in cases for one in mirrors[case.root]])
    items = [(case, _item(group, case, mirrors[case.root], contacts)) for case in cases]
    again: list[tuple[Case, Item]] = []

    def refused(_group: Group, case: Case, item: Item, trouble: Trouble) -> None:
        if item["properties"].get(PROCESSOR) not in (None, NO_PROCESSOR):
            again.append((case, {**item, "properties": {**item["properties"], PROCESSOR: NO_PROCESSOR}}))
        elif trouble.category is Category.PERMISSION:
            case.remark_on(NOT_SET_UP)
        else:
            case.fail(trouble)

    in_batches(group, OBJECTS, items, group.hubspot.batch_create, Outcomes(_made, refused, guarded=False))
    if again:
        in_batches(group, OBJECTS, again, group.hubspot.batch_create, Outcomes(_made, refused, guarded=False))
    made = [case for case in open_cases(list(cases)) if case.record.facts.get("payment")]
    store_midway(group, made)
    done = [
        (case, {"id": case.record.facts["payment"], "properties": {STATUS: SUCCEEDED},
                "objectWriteTraceId": group.new_id()})
        for case in made
    ]  # fmt: skip
    in_batches(group, OBJECTS, done, group.hubspot.batch_update, Outcomes(_settled, _failed, guarded=False))


def _item(group: Group, case: Case, mirrors: Sequence[Record], contacts: dict[str, str]) -> Item:
    links = [linked_to(one.hubspot_id, PAYMENT_TO_INVOICE) for one in mirrors if one.hubspot_id]
    links += [linked_to(one, PAYMENT_TO_DEAL) for one in sorted(case.record.notes)]
    people = sorted({contacts[one.facts["customer"]] for one in mirrors if one.facts.get("customer") in contacts})
    links += [linked_to(one, PAYMENT_TO_CONTACT) for one in people]
    return {"properties": _properties(group, case), "associations": links, "objectWriteTraceId": group.new_id()}


def _contacts(group: Group, mirrors: Sequence[Record]) -> dict[str, str]:
    """QuickBooks' customer → its contact, by what our own records say."""
    ids = sorted({f"{Side.QUICKBOOKS}:{one.facts['customer']}" for one in mirrors if one.facts.get("customer")})
    held = group.records.find(group.connection.id, Kind.CUSTOMER, ids)
    return {
        side_id.partition(":")[2]: one.record.hubspot_id
        for side_id, one in held.items() if one.record.linked and one.record.hubspot_id
    }  # fmt: skip


def _made(_group: Group, case: Case, _: Item, there: HubSpotRecord) -> None:
    case.change(facts={**case.record.facts, "payment": there.id})
    case.wrote.append(f"create payment {there.id} in HubSpot")


def _settled(_group: Group, _case: Case, _: Item, _there: HubSpotRecord) -> None:
    """HubSpot counts it from now on."""


def _failed(_group: Group, case: Case, _: Item, trouble: Trouble) -> None:
    case.fail(trouble)
