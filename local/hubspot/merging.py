"""Two records become one (reference, sections 3.3 and 4.5)."""

from __future__ import annotations

from local.hubspot.changes import Change, MergeChange
from local.hubspot.errors import invalid
from local.hubspot.kinds import COMPANIES, CONTACTS, DEALS, Source
from local.hubspot.records import Record, ShelvedLink, emails
from local.hubspot.state import Crm
from local.hubspot.values import split

MERGEABLE = (CONTACTS, COMPANIES, DEALS)
_SURVIVORS_OWN = {
    "createdate",
    "lastmodifieddate",
    "hs_lastmodifieddate",
    "hs_object_id",
    "email",
    "hs_additional_emails",
    "hs_merged_object_ids",
    "hs_calculated_merged_vids",
    "hs_all_contact_vids",
    "hs_full_name_or_email",
    "hs_email_domain",
    "associatedcompanyid",
    "num_associated_contacts",
    "hs_searchable_calculated_phone_number",
}


def merge(crm: Crm, primary: Record, gone: Record, by: Source, *, new_id: bool = False) -> Record:
    """Merge `gone` into `primary`; return the survivor. `new_id`: the survivor is a third record."""
    if primary.kind not in MERGEABLE:
        raise invalid(f"Merging is not supported for objects of type {primary.kind.type_id}.")
    if primary is gone:
        raise invalid("Cannot merge a record with itself.")
    table = crm.table(primary.kind)
    survivor = _third_record(crm, primary) if new_id else primary
    gathered = _gathered(primary, gone, survivor, crm.now())
    moved = sum(1 for name in gathered if name not in _SURVIVORS_OWN)
    merged = [primary, gone] if new_id else [gone]
    links = [link for record in merged for link in _links_of(crm, record)]
    for record in merged:
        _take_away(crm, record, by)
        table.merged_into[record.id] = survivor.id
    crm.write(survivor, gathered, by, always=True)
    for link in sorted(links, key=lambda one: not one.primary):
        _move_link(crm, survivor, link, by)
    change = MergeChange(primary.id, (gone.id,), survivor.id, moved)
    crm.tell(Change("merge", primary.kind, crm.now(), by, merge=change))
    return survivor


def _third_record(crm: Crm, primary: Record) -> Record:
    record = Record(primary.kind, crm.table(primary.kind).new_id(), primary.created_at, crm.now())
    record.values = {**primary.values, "hs_object_id": record.id}
    record.history = {name: list(versions) for name, versions in primary.history.items()}
    crm.table(primary.kind).add(record)
    return record


def _gathered(primary: Record, gone: Record, survivor: Record, at: float) -> dict[str, str]:
    """What the survivor takes over: whatever the primary record lacks, and every e-mail address."""
    taken = {n: v for n, v in gone.values.items() if n not in _SURVIVORS_OWN and not primary.values.get(n)}
    ids = [*split(primary.values.get("hs_merged_object_ids", "")), *split(gone.values.get("hs_merged_object_ids", ""))]
    ids += [gone.id] if survivor is primary else [primary.id, gone.id]
    taken["hs_merged_object_ids"] = ";".join(dict.fromkeys(ids))
    if primary.kind is CONTACTS:
        taken["hs_calculated_merged_vids"] = ";".join(f"{one}:{round(at * 1000)}" for one in dict.fromkeys(ids))
        addresses = list(dict.fromkeys([*emails(primary.values), *emails(gone.values)]))
        if addresses:
            taken["email"] = addresses[0]
            taken["hs_additional_emails"] = ";".join(addresses[1:])
    return taken


def _links_of(crm: Crm, record: Record) -> list[ShelvedLink]:
    return [
        ShelvedLink(links.across(record.kind), other_id, link.primary)
        for links in crm.links_of(record.kind)
        for other_id, link in links.seen_from(record.kind, record.id).items()
    ]


def _take_away(crm: Crm, record: Record, by: Source) -> None:
    """Remove a merged-away record, silently: the merge says enough."""
    tell, crm.tell = crm.tell, lambda _: None
    try:
        crm.archive(record, by)
    finally:
        crm.tell = tell
    crm.table(record.kind).drop(record)


def _move_link(crm: Crm, survivor: Record, link: ShelvedLink, by: Source) -> None:
    other = crm.table(link.there).live(link.other_id)
    if other is None:
        return
    links = crm.links_between(survivor.kind, link.there)
    one_id, _ = links.ordered(survivor.kind, survivor.id, other.id)
    crm.link(survivor, other, by, primary=link.primary and links.primary_of(one_id) is None)
