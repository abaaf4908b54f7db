"""Two records found to be one: leases on what they were matched by, and the link that the next commit stores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib.case import Case, Group
from chalicelib.hubspot.models import Record as HubSpotRecord
from chalicelib.jobs import Side
from chalicelib.quickbooks.webhook import seconds
from chalicelib.remember.records import Held

CLOCK_SLACK_S = 300.0  # how far QuickBooks' clock may be behind ours when an old create is looked for


def leased(group: Group, cases: Sequence[Case], match_keys: dict[str, str]) -> list[Case]:
    """The cases whose match key (by root, such as `email:a@b.test`) is ours now; the others come again when it is
    free (design D5). Where there is nothing to be matched by, there is nothing to lease."""
    until = group.now() + group.lease_s
    wanted = [(case.root, match_keys[case.root]) for case in cases if match_keys[case.root]]
    got = group.matches.take(group.connection.id, group.kind, wanted, until, group.now())
    mine: list[Case] = []
    for case in cases:
        if case.root in got:
            case.checks = [got[case.root]]
        if case.root in got or not match_keys[case.root]:
            mine.append(case)
        else:
            defer(group, case)
    return mine


def defer(group: Group, case: Case) -> None:
    """Somebody else has it in hand: come back in five seconds."""
    case.ended = case.deferred = True
    group.queue.send(case.jobs, delay_s=5)


def is_taken(held: Held | None, case: Case) -> bool:
    """Whether a candidate is linked with somebody else."""
    return held is not None and held.record.root != case.root and bool(held.record.linked)


def made_since(row: dict[str, Any], at: float) -> bool:
    """Whether QuickBooks made the row after a moment of ours."""
    stamp = (row.get("MetaData") or {}).get("CreateTime")
    return bool(stamp) and seconds(str(stamp)) >= at - CLOCK_SLACK_S


def link_hubspot(
    group: Group, case: Case, there: HubSpotRecord, *, own: bool, links: Mapping[str, Held], versions: Mapping[str, int]
) -> bool:
    """Make the case one with a record of HubSpot's; `own`: our lost create made it. False where somebody else looks
    at it right now: then the case comes again."""
    side_id = f"{Side.HUBSPOT}:{there.id}"
    held = links.get(side_id)
    if held is not None and held.record.root != case.root and held.record.lease_until > group.now():
        defer(group, case)
        return False
    base = _base_of_intent(group, case) if own and case.record.intent else {}
    case.in_hubspot = there
    case.read_at = group.now()
    case.pointers[side_id] = versions.get(side_id)
    case.change(hubspot_id=there.id, made=Side.HUBSPOT if own else None, intent=None, base=base)
    case.wrote.append(f"link with {group.shape.one} {there.id} in HubSpot, which was there already")
    case.plan = None  # to be decided anew, as a linked record
    return True


def _base_of_intent(group: Group, case: Case) -> dict[str, tuple[str, str]]:
    """What both sides held when our create left: a person's edit since then then counts as one."""
    intent = case.record.intent
    if intent is None:
        return {}
    return {
        row.key: (str(intent.body.get(row.hubspot, "")), intent.values.get(row.quickbooks, ""))
        for row in group.fields
        if row.hubspot in intent.body or intent.values.get(row.quickbooks)
    }


def key_of(group: Group, case: Case) -> str:
    """`quickbooks_key`: the company and the customer that the contact was made from."""
    return f"{group.connection.realm_id}:{case.record.quickbooks_id}"
