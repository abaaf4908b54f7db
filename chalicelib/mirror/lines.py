"""The line items of mirrored invoices: each carries its own key, so that none is ever made twice (design D3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from chalicelib.batches import Item, Outcomes, in_batches
from chalicelib.case import Case, Group, open_cases
from chalicelib.failures import CallFailed, OutOfTime, Trouble
from chalicelib.hubspot.models import Record as HubSpotRecord
from chalicelib.jobs import Side
from chalicelib.mirror.kinship import LINE_ITEM_TO_INVOICE, linked_to
from chalicelib.resolve.invoices import LineItem
from chalicelib.resolve.mirroring import digest
from chalicelib.resolve.plan import MirrorLines
from chalicelib.write import LINES, leaving_to_hubspot

OBJECTS = "line_items"
LINE_KEY = "quickbooks_line"
MADE_BY, AN_APP = "hs_object_source", "INTEGRATION"
STATUS, NOT_THERE = "hs_invoice_status", "OBJECT_NOT_FOUND"
_FINAL = (
    "HubSpot seems to hold the invoice for final: delete it there, then run: python -m ops retry invoice "
    "quickbooks:{id}. Mirrors made from now on stay drafts in HubSpot's own status, so that they can be changed."
)
UNKNOWN = ""  # the digest of a line item whose content nobody has seen


def read_unsure(group: Group, cases: Sequence[Case]) -> None:
    """After a write of lines whose end nobody saw: which line items are there, by association and their own key."""
    unsure = {case.record.hubspot_id or "": case for case in cases if case.record.hubspot_id and is_unsure(case)}
    if not unsure:
        return
    links = group.hubspot.associations("invoices", OBJECTS, list(unsure))
    ids = [to.toObjectId for some in links.values() for to in some]
    found = {one.id: one for one in group.hubspot.batch_read(OBJECTS, ids, [LINE_KEY, MADE_BY])} if ids else {}
    for invoice_id, case in unsure.items():
        _take_in(group, case, [found[to.toObjectId] for to in links.get(invoice_id, []) if to.toObjectId in found])


def is_unsure(case: Case) -> bool:
    return LINES in leaving_to_hubspot(case)


def _take_in(group: Group, case: Case, there: Sequence[HubSpotRecord]) -> None:
    """What is known by its id, or by its key, is ours; what it holds by now, nobody has seen. Of two with one key the
    second is taken away, and where the portal has not our key property, what an app has made and we do not know; it is
    made anew. The rest are people's."""
    known = {own_id: key for key, (own_id, _) in case.record.lines.items()}
    lines: dict[str, tuple[str, str]] = {}
    surplus: list[str] = []
    prefix = key_prefix(group, case)
    for one in sorted(there, key=lambda one: (one.id not in known, int(one.id))):
        named = one.text(LINE_KEY)
        key = known.get(one.id, named.removeprefix(prefix) if named.startswith(prefix) else "")
        if key and key not in lines:
            lines[key] = (one.id, UNKNOWN)
        elif key or (not _keyed(group) and one.text(MADE_BY) == AN_APP):
            surplus.append(one.id)
    if surplus:
        group.hubspot.batch_archive(OBJECTS, surplus)
        case.wrote.append(f"take away {len(surplus)} surplus line items in HubSpot")
    case.change(lines=lines)


def key_prefix(group: Group, case: Case) -> str:
    return f"{group.connection.realm_id}:{case.record.quickbooks_id}:"


def _keyed(group: Group) -> bool:
    return OBJECTS in group.connection.own_properties


def write(group: Group, cases: Sequence[Case]) -> None:
    """Make, change and take away line items as the cases' plans say: new ones first, so that a reader never sees an
    invoice without what it had."""
    planned = {case.root: one for case in cases if (one := _planned(case)) is not None}
    todo = [case for case in open_cases(list(cases)) if case.root in planned and not case.lost]
    by_trace: dict[str, LineItem] = {}
    made = [(case, _new(group, case, line, by_trace)) for case in todo for line in planned[case.root].new]
    again: list[tuple[Case, Item]] = []
    outcomes = Outcomes(partial(_made, by_trace), partial(_refused, again), guarded=False)
    in_batches(group, OBJECTS, made, group.hubspot.batch_create, outcomes)
    if again:  # the product that a line names is gone: the line comes without it
        last = Outcomes(partial(_made, by_trace), partial(_refused, None), guarded=False)
        in_batches(group, OBJECTS, again, group.hubspot.batch_create, last)
    changed = [
        (case, _changed(group, case, line, by_trace))
        for case in open_cases(todo)
        for line in planned[case.root].changed
    ]
    in_batches(
        group,
        OBJECTS,
        changed,
        group.hubspot.batch_update,
        Outcomes(partial(_made, by_trace), _lost_line, guarded=False),
    )
    _take_away(group, [(case, planned[case.root]) for case in open_cases(todo) if not case.again])


def _planned(case: Case) -> MirrorLines | None:
    return next((one for one in (case.plan.writes if case.plan else ()) if isinstance(one, MirrorLines)), None)


def _new(group: Group, case: Case, line: LineItem, by_trace: dict[str, LineItem]) -> Item:
    trace = group.new_id()
    by_trace[trace] = line
    own = {LINE_KEY: f"{key_prefix(group, case)}{line.key}"} if _keyed(group) else {}
    link = linked_to(case.record.hubspot_id or "", LINE_ITEM_TO_INVOICE)
    return {"properties": {**line.properties, **own}, "associations": [link], "objectWriteTraceId": trace}


def _changed(group: Group, case: Case, line: LineItem, by_trace: dict[str, LineItem]) -> Item:
    trace = group.new_id()
    by_trace[trace] = line
    own_id = case.record.lines[line.key][0]
    # A line item keeps the product it was made from: only what is said of it is written anew.
    properties = {name: value for name, value in line.replacing.items() if name != "hs_product_id"}
    return {"id": own_id, "properties": properties, "objectWriteTraceId": trace}


def _made(by_trace: dict[str, LineItem], _group: Group, case: Case, item: Item, there: HubSpotRecord) -> None:
    line = by_trace[item["objectWriteTraceId"]]
    case.change(lines={**case.record.lines, line.key: (there.id, digest(line))})


def _refused(again: list[tuple[Case, Item]] | None, group: Group, case: Case, item: Item, trouble: Trouble) -> None:
    properties = item["properties"]
    if again is not None and "hs_product_id" in properties:
        without = {name: value for name, value in properties.items() if name != "hs_product_id"}
        again.append((case, {**item, "properties": without}))
    else:
        refuse(group, case, trouble)


def refuse(group: Group, case: Case, trouble: Trouble) -> None:
    """A definite no. A portal may hold what is finalised for unchangeable, though it is not billable (that is unproven,
    reference 6.1): then mirrors stay drafts from now on."""
    if STATUS in case.before.base and STATUS in group.connection.natives:
        group.refused_natives.add(STATUS)
        trouble = replace(trouble, fix=_FINAL.format(id=case.record.quickbooks_id))
    case.fail(trouble)


def _lost_line(group: Group, case: Case, _: Item, trouble: Trouble) -> None:
    """A person has deleted the line item: which are there is read, and what is missing made, in the next round."""
    if trouble.code != NOT_THERE:
        refuse(group, case, trouble)
        return
    case.again = True
    case.trouble = trouble


def _take_away(group: Group, planned: Sequence[tuple[Case, MirrorLines]]) -> None:
    gone = {case.record.lines[key][0]: case for case, one in planned for key in one.gone if key in case.record.lines}
    if not gone:
        return
    try:
        group.hubspot.batch_archive(OBJECTS, list(gone))
    except (CallFailed, OutOfTime) as failed:
        group.failed(list({case.root: case for case in gone.values()}.values()), failed)
        return
    for case, one in planned:
        case.change(lines={key: held for key, held in case.record.lines.items() if key not in one.gone})


def forget_leaving(case: Case) -> None:
    """All that left has arrived."""
    case.change(leaving={side: values for side, values in case.record.leaving.items() if side != Side.HUBSPOT})
