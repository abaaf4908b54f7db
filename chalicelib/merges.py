"""Merged records: the survivor keeps its link, else takes the other's; what is left over is shown, not touched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chalicelib.case import Case, Group, open_cases
from chalicelib.jobs import ABSORBED, Job, Side
from chalicelib.linking import defer, steps_aside
from chalicelib.remember.records import Held, State
from chalicelib.resolve.pair import KEY_PROPERTY, shared_with_people
from chalicelib.resolve.plan import Plan


def settle_merges(group: Group, cases: Sequence[Case]) -> None:
    """Bring cases whose object was merged into another one under the survivor's record."""
    _merged_in_hubspot(group, cases)
    _made_by_us(group, cases)
    _survivors_without_a_link(group, cases)
    _merged_in_quickbooks(group, cases)


def _merged_in_hubspot(group: Group, cases: Sequence[Case]) -> None:
    """HubSpot answered with another id than asked for: that one has survived."""
    merged = [c for c in open_cases(list(cases)) if c.in_hubspot and c.in_hubspot.id != c.record.hubspot_id]
    if not merged:
        return
    survivors = [f"{Side.HUBSPOT}:{case.in_hubspot.id}" for case in merged if case.in_hubspot]
    found, versions = group.records.known(group.connection.id, group.kind, survivors)
    taken: dict[str, Held] = {}  # survivor -> the record that has just inherited it
    for case in sorted(merged, key=_age):
        if case.in_hubspot is None:
            continue
        survivor = f"{Side.HUBSPOT}:{case.in_hubspot.id}"
        other = next((one for one in cases if one is not case and one.root == survivor), None)
        held = taken.get(survivor) or (other.held if other else found.get(survivor))
        if held is not None and held.record.root != case.root and (held.record.linked or not case.record.linked):
            _left_over(group, case, case.in_hubspot.id, held)
            continue
        elder = _elder(group, case)
        if elder is not None:
            case.after.append(replace(case.jobs[0], side=Side.HUBSPOT, id=elder, at=None, echoes=None))
            _later(group, case)
            continue
        if held is not None and other is None and not steps_aside(group, case, held, survivor):
            _later(group, case)
            continue
        if other is not None:
            other.lost = True  # its record becomes a pointer to this one
            versions[survivor] = other.held.version or 0
        case.pointers[survivor] = versions.get(survivor)
        case.change(hubspot_id=case.in_hubspot.id)
        taken[survivor] = Held(case.record, case.held.version)


def _age(case: Case) -> int:
    return int(case.record.hubspot_id or 0)


def _elder(group: Group, case: Case) -> str | None:
    """Of several linked ones that were merged into a new one, the oldest hands its link on, whoever is looked at first:
    its id, where it has not yet."""
    merged = case.in_hubspot.merged_ids if case.in_hubspot and case.record.linked else set()
    older = [one for one in sorted(merged, key=int) if int(one) < _age(case)]
    found = group.records.find(group.connection.id, group.kind, [f"{Side.HUBSPOT}:{one}" for one in older])
    for one in older:
        held = found.get(f"{Side.HUBSPOT}:{one}")
        if held is not None and held.record.linked and held.record.hubspot_id == one and not held.record.gone:
            return one
    return None


def _made_by_us(group: Group, cases: Sequence[Case]) -> None:
    """A contact that carries our key was made from a customer: if its create was not confirmed yet, that customer's
    record takes it over. It never becomes a second customer."""
    keyed = {
        f"{Side.QUICKBOOKS}:{own_id}": case
        for case in open_cases(list(cases))
        if case.in_hubspot and not case.record.linked
        for realm, _, own_id in [case.in_hubspot.text(KEY_PROPERTY).partition(":")]
        if realm == group.connection.realm_id and own_id
    }
    found = group.records.find(group.connection.id, group.kind, keyed)
    for side_id, case in keyed.items():
        held = found.get(side_id)
        if held is not None and (held.record.root == case.root or held.record.linked):
            continue
        own_id, word = side_id.partition(":")[2], group.shape.row_word
        why = f"it was made from {word} {own_id}, whose record takes it over"
        case.plan = Plan(state=State.EXCLUDED, reason=why)
        case.ended = True
        case.after.append(
            Job(group.connection.id, group.kind, Side.QUICKBOOKS, own_id, f"its {group.shape.one} was found")
        )


def _left_over(group: Group, case: Case, survivor: str, held: Held) -> None:
    """The survivor has a link of its own (or there is none to inherit)."""
    one, word = group.shape.one, group.shape.row_word
    whose = f", which is linked with {word} {held.record.quickbooks_id}" if held.record.linked else ""
    left = f"; its own {word} stays in QuickBooks, unlinked" if case.record.linked else ""
    case.in_hubspot = None
    case.change(
        hubspot_id=None if case.record.quickbooks_id and not case.record.shares else case.record.hubspot_id,
        quickbooks_id=None if case.record.shares else case.record.quickbooks_id,
        shares=None,
        base={},
        gone={**case.record.gone, Side.HUBSPOT: f"the {one} was merged into {one} {survivor}{whose}{left}"},
    )


def _survivors_without_a_link(group: Group, cases: Sequence[Case]) -> None:
    """A contact under a new id: the records of those that were merged into it are looked at first, and bring the
    link along."""
    fresh = [c for c in open_cases(list(cases)) if c.in_hubspot and not c.record.linked and c.in_hubspot.merged_ids]
    for case in fresh:
        if case.record.intent:  # what it was making may have arrived, and the elders wait until that is known
            continue
        merged = case.in_hubspot.merged_ids - {case.record.hubspot_id} if case.in_hubspot else set()
        ids = [f"{Side.HUBSPOT}:{one}" for one in sorted(merged, key=int)]
        found = group.records.find(group.connection.id, group.kind, ids)
        # One that was left over brings nothing: its customer was made after the merge, and has gone its own way.
        elders = [
            side_id for side_id, held in found.items()
            if held.record.linked and held.record.root != case.root and Side.HUBSPOT not in held.record.gone
        ]  # fmt: skip
        if elders:
            case.ended = case.deferred = True
            case.after += [
                replace(case.jobs[0], side=Side.HUBSPOT, id=side_id.partition(":")[2], at=None, echoes=None)
                for side_id in elders
            ]


def _merged_in_quickbooks(group: Group, cases: Sequence[Case]) -> None:
    """QuickBooks tells the survivor in its notice only."""
    for case in open_cases(list(cases)):
        into = case.record.heard.get("merged_into")
        alive = case.in_quickbooks is not None and case.in_quickbooks.Active
        if not into or alive or not case.record.quickbooks_id or into == case.record.quickbooks_id:
            continue
        survivor = f"{Side.QUICKBOOKS}:{into}"
        found, versions = group.records.known(group.connection.id, group.kind, [survivor])
        held = found.get(survivor)
        if held and held.record.linked and held.record.root != case.root:
            one, word = group.shape.one, group.shape.row_word
            why = f"its {word} was merged into {word} {into}, which is linked with {one} {held.record.hubspot_id}"
            case.change(gone={**case.record.gone, Side.QUICKBOOKS: why})
            case.after.append(Job(group.connection.id, group.kind, Side.QUICKBOOKS, into, ABSORBED))
            continue
        if held and held.record.root != case.root and not steps_aside(group, case, held, survivor):
            _later(group, case)
            continue
        case.pointers[survivor] = versions.get(survivor)
        gone = {side: why for side, why in case.record.gone.items() if side != Side.QUICKBOOKS}
        # What was agreed with the one that is gone says nothing of the survivor: what it lacks is filled, as at a link.
        case.change(quickbooks_id=into, gone=gone, base={}, made=shared_with_people(case.record.made))
        case.in_quickbooks = group.quickbooks.row(group.shape.row, into)


def _later(group: Group, case: Case) -> None:
    """The survivor is in somebody else's hands: come back when it is not."""
    case.jobs = [replace(job, at=None, echoes=None) for job in case.jobs]
    defer(group, case)
