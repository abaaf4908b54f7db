"""Both sides as they are now, in as few calls as the batch limits allow; and what is gone, with its proof."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.case import Case, Group, open_cases
from chalicelib.failures import CallFailed, Category, OutOfTime, Trouble
from chalicelib.hubspot import models as hubspot
from chalicelib.hubspot.client import primary_company
from chalicelib.jobs import Kind, Side
from chalicelib.remember.records import DELETED_FOR_PRIVACY
from chalicelib.resolve.fields import hubspot_properties
from chalicelib.resolve.filters import associations
from chalicelib.resolve.pair import KEY_PROPERTY
from chalicelib.settings import ASSOCIATED

LOOKS_MAX = 10  # single reads of one group


def both_sides(group: Group, cases: Sequence[Case]) -> None:
    """Read what each open case needs. A call that fails fails the cases that needed it, and no others."""
    hubspot_side(group, [case for case in cases if case.record.hubspot_id])
    quickbooks_side(group, [case for case in cases if case.wants_quickbooks and case.record.quickbooks_id])


def hubspot_side(group: Group, cases: Sequence[Case]) -> None:
    ids = {case.record.hubspot_id or "": case for case in open_cases(list(cases))}
    if not ids:
        return
    try:
        for record in group.hubspot.batch_read(group.shape.objects, list(ids), properties(group)):
            if record.id in ids:
                _take(ids[record.id], record, group)
    except (CallFailed, OutOfTime) as failed:
        group.failed(list(ids.values()), failed)
        return
    missing = {own_id: case for own_id, case in ids.items() if case.in_hubspot is None}
    missing = {own_id: case for own_id, case in missing.items() if Side.HUBSPOT not in case.record.gone}
    try:
        _look_closer(group, missing)
    except (CallFailed, OutOfTime) as failed:
        unknown = [
            case for case in missing.values() if case.in_hubspot is None and Side.HUBSPOT not in case.record.gone
        ]
        group.failed(open_cases(unknown), failed)
    found = [case for case in open_cases(list(ids.values())) if case.in_hubspot]
    try:
        around(group, found)
    except (CallFailed, OutOfTime) as failed:
        group.failed(found, failed)


def properties(group: Group) -> list[str]:
    filters = group.section.filters.to_quickbooks
    used = {condition.property for one in filters for condition in one.all if "." not in condition.property}
    return sorted({*hubspot_properties(group.kind, group.fields), KEY_PROPERTY, *used})


def around(group: Group, cases: Sequence[Case]) -> None:
    """What decides about the contacts, but is not on them."""
    if group.kind is not Kind.CUSTOMER:
        return
    companies(group, cases)
    _associated(group, cases)


def _associated(group: Group, cases: Sequence[Case]) -> None:
    """The associated records that the filters ask about: two calls for each object, and none without such filters."""
    by_contact = _by_contact(cases)
    for subject, names in associations(group.section.filters.to_quickbooks).items():
        if not by_contact:
            return
        kind = ASSOCIATED[subject]
        links = group.hubspot.associations("contacts", kind, list(by_contact))
        ids = [link.toObjectId for some in links.values() for link in some]
        wanted = [*names, KEY_PROPERTY, "hs_lastmodifieddate"]
        found = {one.id: one for one in group.hubspot.batch_read(kind, ids, wanted)} if ids else {}
        for contact_id, some in by_contact.items():
            linked = [found.get(link.toObjectId) for link in links.get(contact_id, [])]
            for case in some:
                case.associated[subject] = [one for one in linked if one is not None]


def _by_contact(cases: Sequence[Case]) -> dict[str, list[Case]]:
    """The cases of each contact that was read: what became of a merged one is shown by the survivor too."""
    found: dict[str, list[Case]] = {}
    for case in cases:
        if case.in_hubspot:
            found.setdefault(case.in_hubspot.id, []).append(case)
    return found


def companies(group: Group, cases: Sequence[Case]) -> None:
    """The name of each contact's primary company."""
    by_contact = _by_contact(cases)
    if not by_contact:
        return
    links = group.hubspot.associations("contacts", "companies", list(by_contact))
    primaries = {contact_id: primary_company(to) for contact_id, to in links.items()}
    wanted = [company for company in primaries.values() if company]
    found = group.hubspot.batch_read("companies", wanted, ["name", "hs_lastmodifieddate"]) if wanted else []
    companies = {one.id: one for one in found}
    for contact_id, some in by_contact.items():
        company = companies.get(primaries.get(contact_id) or "")
        for case in some:
            case.company_name = company.text("name") if company else ""
            case.change(
                company_id=company.id if company else None, company_modified=company.modified if company else None
            )


def quickbooks_side(group: Group, cases: Sequence[Case]) -> None:
    """The rows whose side has news. Those linked otherwise are not read: SyncToken guards the write (D5)."""
    ids = {case.record.quickbooks_id or "": case for case in open_cases(list(cases))}
    unread = [row_id for row_id, case in ids.items() if case.in_quickbooks is None]
    entity = group.shape.row
    try:
        for row in group.quickbooks.rows(entity, unread):
            ids[row.Id].in_quickbooks = row
        for row_id, case in ids.items():
            if case.in_quickbooks is None:
                case.in_quickbooks = group.quickbooks.row(entity, row_id)
    except (CallFailed, OutOfTime) as failed:
        group.failed(list(ids.values()), failed)
        return
    for case in ids.values():
        gone = {side: why for side, why in case.record.gone.items() if side != Side.QUICKBOOKS}
        if case.in_quickbooks is None or case.in_quickbooks.status == "Deleted":
            case.in_quickbooks = None
            gone[Side.QUICKBOOKS] = f"the {group.shape.row_word} was deleted in QuickBooks"
        case.change(gone=gone, stale=False)


def _look_closer(group: Group, missing: dict[str, Case]) -> None:
    """Absent from the batch: archived, deleted for privacy, merged into another, or a riddle.

    A deletion is confirmed in one batch for all. Survivors of merges are found one by one only, so that a flood of
    unknown ids is spread over time instead of using up the portal's rate limit.
    """
    for case in missing.values():
        if case.record.heard.get("privacy"):
            _gone(case, DELETED_FOR_PRIVACY)
    told = {one: case for one, case in missing.items() if _caused_by(case, "deletion")}
    _confirm_archived(group, told)
    rest = {one: case for one, case in missing.items() if Side.HUBSPOT not in case.record.gone}
    objects, one = group.shape.objects, group.shape.one
    for number, (own_id, case) in enumerate(rest.items()):
        if number >= LOOKS_MAX:
            case.ended = case.deferred = True
            group.queue.send(case.jobs, delay_s=10)
        elif survivor := group.hubspot.read(objects, own_id, properties(group)):
            _take(case, survivor, group)
    unseen = {one: case for one, case in rest.items() if case.in_hubspot is None and not case.ended and one not in told}
    _confirm_archived(group, unseen)
    for own_id, case in rest.items():
        if case.in_hubspot is None and not case.ended and Side.HUBSPOT not in case.record.gone:
            case.fail(
                Trouble(
                    Category.DEFECT,
                    f"HubSpot does not show {one} {own_id}, and not as archived either.",
                    f"Look for the {one} in HubSpot; if it was deleted for good, nothing needs to be done.",
                )
            )


def _confirm_archived(group: Group, cases: dict[str, Case]) -> None:
    if cases:
        for record in group.hubspot.batch_read(group.shape.objects, list(cases), ["hs_object_id"], archived=True):
            if record.id in cases:
                _gone(cases[record.id], f"the {group.shape.one} was archived in HubSpot")


def _caused_by(case: Case, word: str) -> bool:
    return any(word in job.cause for job in case.jobs)


def _gone(case: Case, why: str) -> None:
    case.change(gone={**case.record.gone, Side.HUBSPOT: why})


def _take(case: Case, record: hubspot.Record, group: Group) -> None:
    case.in_hubspot = record
    case.company_name = ""
    case.read_at = group.now()
    case.change(gone={side: why for side, why in case.record.gone.items() if side != Side.HUBSPOT})
