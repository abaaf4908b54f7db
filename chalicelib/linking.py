"""Two records found to be one: leases on what they were matched by, and the link that the next commit stores."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace
from typing import Any

from chalicelib import read
from chalicelib.case import Case, Group, open_cases
from chalicelib.failures import CallFailed, OutOfTime
from chalicelib.hubspot.models import Record as HubSpotRecord
from chalicelib.jobs import Side, put_off
from chalicelib.quickbooks.webhook import seconds
from chalicelib.remember.names import folded
from chalicelib.remember.records import Held, State
from chalicelib.resolve.fields import held
from chalicelib.resolve.pair import KEY_PROPERTY, hubspot_values

INDEX_S = 90.0  # after which a search shows what was written; some thirty seconds were seen (HubSpot reference 4.6)
SEARCH_CHARACTERS = 2_500  # of the values in one search, whose body takes 3,000
SEARCH_PAGE, IN_MAX, RESULTS_MAX = 200, 100, 10_000
LISTED_PAGES_MAX = 100  # of a hundred records
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
    """Somebody else has it in hand: come back when they may be done."""
    case.ended = case.deferred = True
    group.queue.send(*put_off(case.jobs))


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
    other = links.get(side_id)
    if other is not None and other.record.root != case.root and other.record.lease_until > group.now():
        defer(group, case)
        return False
    if other is not None and other.record.root != case.root and other.record.intent is not None:
        case.ended = case.deferred = True  # it may be what that record is making; the schedule comes back to it
        return False
    if other is not None and other.record.root != case.root and not steps_aside(group, case, other, side_id):
        defer(group, case)
        return False
    case.in_hubspot = there
    case.read_at = group.now()
    base = _base_of_intent(group, case) if own and case.record.intent else {}
    case.pointers[side_id] = versions.get(side_id)
    case.change(hubspot_id=there.id, made=Side.HUBSPOT if own else None, intent=None, base=base)
    which = "an earlier create has made" if own else "was there already"
    case.wrote.append(f"link with {group.shape.one} {there.id} in HubSpot, which {which}")
    case.plan = None  # to be decided anew, as a linked record
    return True


def steps_aside(group: Group, case: Case, held: Held, survivor: str) -> bool:
    """Whether the record that is known by the survivor's id makes room for this one. Stored under that very id it
    becomes a pointer. Else it is of a third object, merged into the same survivor, and linked with nothing: it is left
    over."""
    if held.record.linked or held.record.lease_until > group.now():
        return False
    if held.record.root == survivor:
        return True
    if held.record.intent is not None:  # a create of its own may have arrived
        return False
    [leased] = group.records.lease([held], group.now() + group.lease_s, group.now())
    if leased is None:
        return False
    side, into = _side_and_id(survivor)
    root_side, own_id = _side_and_id(held.record.root)
    words = {Side.HUBSPOT: group.shape.one, Side.QUICKBOOKS: group.shape.row_word}
    why = f"the {words[side]} was merged into {words[side]} {into}, which is linked with "
    why += f"{words[side.other]} {case.record.id_on(side.other)}"
    ids = {**{one: held.record.id_on(one) for one in Side}, side: None, root_side: own_id}
    left = replace(
        leased.record, hubspot_id=ids[Side.HUBSPOT], quickbooks_id=ids[Side.QUICKBOOKS],
        gone={**held.record.gone, side: why}, lease_until=0.0,
    )  # fmt: skip
    case.aside = Held(left.settled(State.EXCLUDED, why, group.now()), leased.version)
    return True


def _side_and_id(side_id: str) -> tuple[Side, str]:
    side, _, own_id = side_id.partition(":")
    return Side(side), own_id


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
    """What earlier creates of ours have made, by our key: read where the key is unique, else searched for, and what
    is not found listed (design D3)."""
    objects = group.shape.objects
    keys = [key_of(group, case) for case in cases]
    if keys and group.connection.unique_key(objects):
        found = group.hubspot.batch_read(objects, keys, properties, KEY_PROPERTY)
    elif objects in group.connection.plain_keys:
        found = searched(group, {KEY_PROPERTY: keys}, properties)
        sure = {one.text(KEY_PROPERTY) for one in found}
        lost = {key_of(group, case) for case in cases if case.record.intent} - sure
        found += _listed(group, lost, properties) if lost else []
    else:
        found = []
    return {one.text(KEY_PROPERTY): one for one in found}


def link_lost_creates(group: Group, cases: Sequence[Case]) -> None:
    """Creates in HubSpot whose answers were lost, of rows from which nothing is to be made any more: made inactive
    since, or filtered out. What they have made is theirs all the same, and goes their way."""
    lost = [
        case for case in cases
        if case.record.intent and case.record.intent.side is Side.HUBSPOT and not case.record.linked
        and case.plan and not case.plan.writes and not waits_for_the_index(group, case)
    ]  # fmt: skip
    try:
        own = own_creates(group, lost, read.properties(group)) if lost else {}
        side_ids = [f"{Side.HUBSPOT}:{one.id}" for one in own.values()]
        links, versions = group.records.known(group.connection.id, group.kind, side_ids)
        for case in lost:
            there = own.get(key_of(group, case))
            if there is not None and not is_taken(links.get(f"{Side.HUBSPOT}:{there.id}"), case):
                link_hubspot(group, case, there, own=True, links=links, versions=versions)
        read.around(group, [case for case in open_cases(lost) if case.in_hubspot])
    except (CallFailed, OutOfTime) as failed:
        group.failed(open_cases(lost), failed)


def _listed(group: Group, keys: Set[str], properties: Sequence[str]) -> list[HubSpotRecord]:
    """The records with these keys among the first ten thousand there are: a list knows what an index that lags more
    than it ever did does not. Who has more than that relies on the search."""
    found: list[HubSpotRecord] = []
    after: str | None = None
    for _ in range(LISTED_PAGES_MAX):
        page, after = group.hubspot.list_page(group.shape.objects, after, [*properties, KEY_PROPERTY])
        found += [one for one in page if one.text(KEY_PROPERTY) in keys]
        if not after:
            break
    return found


def searched(group: Group, wanted: Mapping[str, Sequence[str]], properties: Sequence[str]) -> list[HubSpotRecord]:
    """The records with one of these values in one of these properties, in as few searches as their caps allow. Then
    they are read: what a search shows of a record is the past, and may be a person's values of before their edit."""
    found = dict.fromkeys(
        own_id for name, values in wanted.items() for part in _parts(values) for own_id in _ids(group, name, part)
    )
    return group.hubspot.batch_read(group.shape.objects, list(found), properties) if found else []


def _ids(group: Group, name: str, values: Sequence[str]) -> list[str]:
    """Of more than a search shows, the halves are searched for; of one value, what it shows is plenty."""
    found: list[str] = []
    after: str | None = None
    while True:
        body: dict[str, Any] = {
            "filterGroups": [{"filters": [{"propertyName": name, "operator": "IN", "values": values}]}],
            "properties": [name],
            "limit": SEARCH_PAGE,
            **({"after": after} if after else {}),
        }
        total, page, after = group.hubspot.search(group.shape.objects, body)
        if total > RESULTS_MAX and len(values) > 1:
            half = len(values) // 2
            return [*_ids(group, name, values[:half]), *_ids(group, name, values[half:])]
        found += [one.id for one in page]
        if not after or len(found) >= RESULTS_MAX:
            return found


def _parts(values: Sequence[str]) -> Iterator[list[str]]:
    """IN finds texts by their lower-case form only, and a search takes a short body (reference section 4.6). What is
    the same to us but for its blanks is searched for in both forms."""
    part: list[str] = []
    size = 0
    for value in dict.fromkeys(form for text in values for form in (text.lower(), folded(text))):
        own = len(json.dumps(value)) + len(", ")
        if part and (size + own > SEARCH_CHARACTERS or len(part) == IN_MAX):
            yield part
            part, size = [], 0
        part.append(value)
        size += own
    if part:
        yield part


def _base_of_intent(group: Group, case: Case) -> dict[str, tuple[str, str]]:
    """What both sides held when our create left: a person's edit since then then counts as one. What is not written
    to HubSpot but follows from what is, such as the name that the customer should have, held what it does now."""
    intent = case.record.intent
    if intent is None:
        return {}
    follows = hubspot_values(case.pair(group))
    return {
        row.key: (
            str(intent.body.get(row.hubspot, "")) if row.writes(Side.HUBSPOT) else held(follows[row.hubspot]),
            intent.values.get(row.quickbooks, ""),
        )
        for row in group.fields
        if row.hubspot in intent.body or intent.values.get(row.quickbooks)
    }


def key_of(group: Group, case: Case) -> str:
    """`quickbooks_key`: the company, and the row in its books that the record was made from."""
    return f"{group.connection.realm_id}:{case.record.quickbooks_id}"
