"""What a look leaves behind for whoever asks later: its decision, what became of a person's orders, and nothing of a
person who was deleted for privacy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chalicelib.case import PUTS_AWAY, Case, Group
from chalicelib.jobs import Side
from chalicelib.remember.decisions import ASKED, Decision, Decisions
from chalicelib.remember.records import DELETED_FOR_PRIVACY, Record, State
from chalicelib.remember.walks import Walks
from chalicelib.resolve.fields import HASH, held
from chalicelib.resolve.orders import ACTIVE, ARCHIVED, VENDORS, ended
from chalicelib.resolve.pair import hubspot_values, quickbooks_values


def note_found_writes(group: Group, case: Case) -> None:
    """Updates of ours whose answer was lost, and which this look has found done: they replaced something too."""
    before = case.before
    if not before.leaving:
        return
    now = _as_found(group, case)
    replaced = _base_of_older(group, before) | before.replacing
    for side in Side:
        for name, left in before.leaving.get(side, {}).items():
            key, value = f"{side}.{name}", now[side].get(name)
            if key in case.overwritten or key not in replaced or value != left or replaced[key] == held(value):
                continue
            case.note_write(side, {name: replaced[key]}, {name: value})
            what = f"archive the {group.shape.one}" if name == ARCHIVED else f"update {name}"
            case.wrote.append(f"{what} in {VENDORS[side]}, sent earlier and found done")


def _as_found(group: Group, case: Case) -> dict[Side, dict[str, str]]:
    """What both sides hold, and whether they are put away."""
    there, row = case.in_hubspot, case.in_quickbooks
    archived = {ARCHIVED: "true"} if there is None and Side.HUBSPOT in case.record.gone else {}
    return {
        Side.HUBSPOT: dict(hubspot_values(case.pair(group))) if there else archived,
        Side.QUICKBOOKS: {**quickbooks_values(case.pair(group)), ACTIVE: str(row.Active).lower()} if row else {},
    }


def _base_of_older(group: Group, before: Record) -> dict[str, str]:
    """What was replaced as far as the base knows it, for what left before it was noted with it (0.4 and earlier)."""
    return {
        f"{side}.{name}": half
        for row in group.fields
        if row.key in before.base
        for side, name, half in zip(Side, (row.hubspot, row.quickbooks), before.base[row.key], strict=True)
    }


def worth_keeping(case: Case, record: Record) -> bool:
    """Whether a look has something to be explained; those that found nothing new are only counted."""
    before = case.before
    same = (before.state, before.category, before.message) == (record.state, record.category, record.message)
    conflicts = case.plan.conflicts if case.plan else ()
    news = case.wrote or case.verdicts or conflicts
    return bool(news) or record.state in (State.FAILING, State.PARKED) or not same


def decision(group: Group, case: Case, record: Record) -> Decision:
    """What was decided in this look, with the values that it was about."""
    plan = case.plan
    planned = tuple(case.wrote) or (plan.words if plan else ())
    reason = record.message or (plan.reason if plan else "") or "an earlier create was confirmed"
    notes = "; ".join(plan.notes) if plan else ""
    return Decision(
        at=group.now(),
        cause=case.cause,
        plan=planned,
        reason=f"{reason} ({notes})" if notes else reason,
        calls=group.calls.since(case.first_call),
        state=str(record.state),
        category=str(record.category) if record.category else None,
        conflicts=tuple(
            {
                "field": c.field,
                "quickbooks_field": c.quickbooks_field,
                "hubspot": c.hubspot,
                "quickbooks": c.quickbooks,
                "winner": ASKED if c.asked else str(c.winner or ""),
            }
            for c in (plan.conflicts if plan else ())
        ),
        before=dict(case.overwritten),
        after=dict(case.written),
        cut=tuple(name for name, value in case.overwritten.items() if value.startswith(HASH)),
        orders=tuple(
            {
                "key": one.key,
                "field": one.field,
                "undoes": str(one.order.undoes or ""),
                "why": one.why,
            }
            for one in case.verdicts
        ),
        settings_version=group.connection.settings_version,
    )


def with_orders(case: Case, record: Record) -> Record:
    """A person's orders that were followed or refused are done with; the others wait for the next try."""
    if not record.orders or (case.deferred and not case.wrote):
        return record
    plan = case.plan
    trouble = None if case.deferred else case.trouble if case.failed else plan.trouble if plan else None
    settled = case.base_taken or not (case.failed or case.deferred)
    left, case.verdicts = ended(record.orders, plan.verdicts if plan else (), case.obeyed, trouble, settled=settled)
    return replace(record, orders=left)


def deleted_for_privacy(record: Record) -> bool:
    """Whether the contact was deleted so that nothing of the person may be kept."""
    return record.gone.get(Side.HUBSPOT) == DELETED_FOR_PRIVACY


def without_person(record: Record) -> Record:
    """What is kept of somebody deleted for privacy; also that a side is being put away, or nobody would know it was us
    that did."""
    leaving = {
        side: {name: value for name, value in values.items() if f"{side}.{name}" in PUTS_AWAY}
        for side, values in record.leaving.items()
    }
    replacing = {name: value for name, value in record.replacing.items() if name in PUTS_AWAY}
    return replace(
        record.without_person(), leaving={side: some for side, some in leaving.items() if some}, replacing=replacing
    )


def _is_erased(record: Record) -> bool:
    """Whether an earlier look has come to its end with this. One that died has stored the proof, and the person."""
    return deleted_for_privacy(record) and record == without_person(record)


def erase_persons(group: Group, finished: Sequence[tuple[Case, Record]]) -> None:
    """What earlier decisions and recent plans say of a person whose contact was deleted for privacy goes before the
    look is committed: if it breaks off, the next look begins it anew."""
    for case, record in finished:
        if group.rehearsal or not deleted_for_privacy(record) or _is_erased(case.before):
            continue
        sides = {f"{side}:{record.id_on(side)}" for side in Side if record.id_on(side)}
        for root in sorted({record.root, *sides}):  # a merge may have left decisions under another of the pair's ids
            Decisions(group.table).erase_person(record.connection, root)
        known_as = {*case.before.known_as, *record.known_as, *sides, *(side_id.partition(":")[2] for side_id in sides)}
        Walks(group.table).erase_person(record.connection, {record.root, *sides}, known_as)
