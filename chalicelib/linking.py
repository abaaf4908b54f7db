"""Two records found to be one: leases on what they were matched by, and the link that the next commit stores."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from chalicelib.case import Case, Group
from chalicelib.failures import CallFailed, Category, Trouble
from chalicelib.hubspot.models import Record as HubSpotRecord
from chalicelib.jobs import Side
from chalicelib.quickbooks.webhook import seconds
from chalicelib.remember.records import Held
from chalicelib.resolve.pair import KEY_PROPERTY

INDEX_S = 90.0  # after which a search shows what was written; some thirty seconds were seen (HubSpot reference 4.6)
SEARCH_BYTES = 2_500  # of the values in one search, whose body takes 3,000 characters
SEARCH_PAGE, IN_MAX, RESULTS_MAX = 200, 100, 10_000
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


def waits_for_the_index(group: Group, case: Case) -> bool:
    """A create of ours whose answer was lost, on a portal that takes no unique key on such objects: it can only be
    searched for, and not yet. The schedule comes back to it."""
    intent = case.record.intent
    if intent is None or intent.side is not Side.HUBSPOT or group.connection.unique_key(group.shape.objects):
        return False
    if group.now() - intent.at >= INDEX_S:
        return False
    case.ended = case.deferred = True
    return True


def own_creates(group: Group, cases: Sequence[Case], properties: Sequence[str]) -> dict[str, HubSpotRecord]:
    """What earlier creates of ours have made, by our key: read where the key is unique, else searched for."""
    objects = group.shape.objects
    keys = [key_of(group, case) for case in cases]
    if keys and group.connection.unique_key(objects):
        found = group.hubspot.batch_read(objects, keys, properties, KEY_PROPERTY)
    elif objects in group.connection.plain_keys and any(case.record.intent for case in cases):
        found = searched(group, {KEY_PROPERTY: keys}, properties)
    else:
        found = []
    return {one.text(KEY_PROPERTY): one for one in found}


def searched(group: Group, wanted: Mapping[str, Sequence[str]], properties: Sequence[str]) -> list[HubSpotRecord]:
    """The records with one of these values in one of these properties, in as few searches as their caps allow."""
    found: dict[str, HubSpotRecord] = {}
    for name, values in wanted.items():
        for part in _parts(values):
            after: str | None = None
            while True:
                body: dict[str, Any] = {
                    "filterGroups": [{"filters": [{"propertyName": name, "operator": "IN", "values": part}]}],
                    "properties": list(properties),
                    "limit": SEARCH_PAGE,
                    **({"after": after} if after else {}),
                }
                total, page, after = group.hubspot.search(group.shape.objects, body)
                found |= {one.id: one for one in page}
                if total > RESULTS_MAX:
                    raise CallFailed(_too_many(group.shape.objects, name, total))
                if not after:
                    break
    return list(found.values())


def _parts(values: Sequence[str]) -> Iterator[list[str]]:
    """IN finds texts by their lower-case form only, and a search takes a short body (reference section 4.6)."""
    part: list[str] = []
    size = 0
    for value in dict.fromkeys(value.lower() for value in values):
        own = len(json.dumps(value)) + 1
        if part and (size + own > SEARCH_BYTES or len(part) == IN_MAX):
            yield part
            part, size = [], 0
        part.append(value)
        size += own
    if part:
        yield part


def _too_many(objects: str, name: str, total: int) -> Trouble:
    return Trouble(
        Category.CONFLICT,
        f"HubSpot has {total} {objects} with one of these values of {name}; a search shows {RESULTS_MAX} at most.",
        f"Give them different values of {name}.",
    )


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
