"""Merged records: the survivor keeps its link, else takes the other's; what is left over is shown, not touched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chalicelib.case import Case, Group, open_cases
from chalicelib.jobs import Job, Side
from chalicelib.lookup import defer
from chalicelib.remember.records import Held, State
from chalicelib.resolve.pair import KEY_PROPERTY
from chalicelib.resolve.plan import Plan


def settle_merges(group: Group, cases: Sequence[Case]) -> None:
    """Bring cases whose object was merged into another one under the survivor's record."""
    _contacts_merged_away(group, cases)
    _made_by_us(group, cases)
    _survivors_without_a_link(group, cases)
    _customers_merged_away(group, cases)


def _contacts_merged_away(group: Group, cases: Sequence[Case]) -> None:
    """HubSpot answered with another id than asked for: that one has survived."""
    merged = [c for c in open_cases(list(cases)) if c.contact and c.contact.id != c.record.hubspot_id]
    if not merged:
        return
    survivors = [f"{Side.HUBSPOT}:{case.contact.id}" for case in merged if case.contact]
    found = group.records.find(group.connection.id, group.kind, survivors)
    versions = group.records.pointer_versions(group.connection.id, group.kind, survivors)
    taken: dict[str, Held] = {}  # survivor -> the record that has just inherited it
    for case in merged:
        if case.contact is None:
            continue
        survivor = f"{Side.HUBSPOT}:{case.contact.id}"
        other = next((one for one in cases if one is not case and one.root == survivor), None)
        held = taken.get(survivor) or (other.held if other else found.get(survivor))
        if held is not None and held.record.root != case.root and (held.record.linked or not case.record.linked):
            _left_over(case, case.contact.id, held)
            continue
        if held is not None and other is None and held.record.lease_until > group.now():
            _later(group, case)
            continue
        if other is not None:
            other.lost = True  # its record becomes a pointer to this one
            versions[survivor] = other.held.version or 0
        case.pointers[survivor] = versions.get(survivor)
        case.change(hubspot_id=case.contact.id)
        taken[survivor] = Held(case.record, case.held.version)


def _made_by_us(group: Group, cases: Sequence[Case]) -> None:
    """A contact that carries our key was made from a customer: if its create was not confirmed yet, that customer's
    record takes it over. It never becomes a second customer."""
    keyed = {
        f"{Side.QUICKBOOKS}:{own_id}": case
        for case in open_cases(list(cases))
        if case.contact and not case.record.linked
        for realm, _, own_id in [case.contact.text(KEY_PROPERTY).partition(":")]
        if realm == group.connection.realm_id and own_id
    }
    found = group.records.find(group.connection.id, group.kind, keyed)
    for side_id, case in keyed.items():
        held = found.get(side_id)
        if held is not None and (held.record.root == case.root or held.record.linked):
            continue
        own_id = side_id.partition(":")[2]
        case.plan = Plan(state=State.EXCLUDED, reason=f"it was made from customer {own_id}, whose record takes it over")
        case.ended = True
        case.after.append(Job(group.connection.id, group.kind, Side.QUICKBOOKS, own_id, "its contact was found"))


def _left_over(case: Case, survivor: str, held: Held) -> None:
    """The survivor has a link of its own (or there is none to inherit)."""
    whose = f", which is linked with customer {held.record.quickbooks_id}" if held.record.linked else ""
    left = "; its own customer stays in QuickBooks, unlinked" if case.record.linked else ""
    case.contact = None
    case.change(
        hubspot_id=None if case.record.quickbooks_id and not case.record.shares else case.record.hubspot_id,
        quickbooks_id=None if case.record.shares else case.record.quickbooks_id,
        shares=None,
        base={},
        gone={**case.record.gone, Side.HUBSPOT: f"the contact was merged into contact {survivor}{whose}{left}"},
    )


def _survivors_without_a_link(group: Group, cases: Sequence[Case]) -> None:
    """A contact under a new id: the records of those that were merged into it are looked at first, and bring the
    link along."""
    fresh = [c for c in open_cases(list(cases)) if c.contact and not c.record.linked and c.contact.merged_ids]
    for case in fresh:
        merged = case.contact.merged_ids - {case.record.hubspot_id} if case.contact else set()
        ids = [f"{Side.HUBSPOT}:{one}" for one in sorted(merged, key=int)]
        found = group.records.find(group.connection.id, group.kind, ids)
        elders = [side_id for side_id, held in found.items() if held.record.linked and held.record.root != case.root]
        if elders:
            case.ended = case.deferred = True
            case.after += [
                replace(case.jobs[0], side=Side.HUBSPOT, id=side_id.partition(":")[2], at=None, echoes=None)
                for side_id in elders
            ]


def _customers_merged_away(group: Group, cases: Sequence[Case]) -> None:
    """QuickBooks tells the survivor in its notice only."""
    for case in open_cases(list(cases)):
        into = case.record.heard.get("merged_into")
        alive = case.customer is not None and case.customer.Active
        if not into or alive or not case.record.quickbooks_id or into == case.record.quickbooks_id:
            continue
        survivor = f"{Side.QUICKBOOKS}:{into}"
        held = group.records.find(group.connection.id, group.kind, [survivor]).get(survivor)
        if held and held.record.linked and held.record.root != case.root:
            why = f"its customer was merged into customer {into}, which is linked with contact {held.record.hubspot_id}"
            case.change(gone={**case.record.gone, Side.QUICKBOOKS: why})
            continue
        if held and held.record.lease_until > group.now():
            _later(group, case)
            continue
        version = group.records.pointer_versions(group.connection.id, group.kind, [survivor]).get(survivor)
        case.pointers[survivor] = version
        gone = {side: why for side, why in case.record.gone.items() if side != Side.QUICKBOOKS}
        case.change(quickbooks_id=into, gone=gone)
        case.customer = group.quickbooks.customer(into)


def _later(group: Group, case: Case) -> None:
    """The survivor is in somebody else's hands: come back when it is not."""
    case.jobs = [replace(job, at=None, echoes=None) for job in case.jobs]
    defer(group, case)
