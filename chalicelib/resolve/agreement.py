"""Two linked records brought to agreement, whatever they are: the three-way merge of every row, what a person has
ordered, and what follows when one side is gone."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace

from chalicelib.failures import Trouble
from chalicelib.jobs import Side
from chalicelib.remember.records import Halves, Record, State
from chalicelib.resolve.fields import Field, held, with_other_emails
from chalicelib.resolve.filters import excluding_clause
from chalicelib.resolve.orders import ACTIVE, Verdict, activity, conflicting, judged
from chalicelib.resolve.pair import KEY_PROPERTY, Pair, Values, hubspot_values, judged_by_quickbooks, quickbooks_values
from chalicelib.resolve.plan import (
    ArchiveInHubSpot,
    Conflict,
    Plan,
    UpdateInHubSpot,
    UpdateInQuickBooks,
    Write,
)
from chalicelib.resolve.settle import settle
from chalicelib.shapes import SHAPES, Shape


def with_refused_orders(pair: Pair, plan: Plan) -> Plan:
    """The plan with a verdict on each of a person's orders: what it does not follow is refused for its reason."""
    judged_already = {verdict.key for verdict in plan.verdicts}
    why = plan.trouble.message if plan.trouble else plan.reason
    refused = [
        Verdict(key, order, f"{order.write}.{key}", why)
        for key, order in pair.record.orders.items()
        if key not in judged_already
    ]
    return replace(plan, verdicts=(*plan.verdicts, *refused)) if refused else plan


def linked(pair: Pair) -> Plan:
    """What a linked pair needs."""
    return _ordered_activity(pair) or _after_a_loss(pair) or _agreement(pair)


def excluded(why: str) -> Plan:
    return Plan(state=State.EXCLUDED, reason=why)


def owned_elsewhere(pair: Pair) -> bool:
    """Whether it was born in another company's books, and the settings do not share such records (design D6)."""
    owner = pair.in_hubspot.text(KEY_PROPERTY).partition(":")[0] if pair.in_hubspot else ""
    return bool(owner) and owner != pair.realm_id and not pair.settings.shared


def crossed(pair: Pair, to: Side, but: Collection[str] = ()) -> tuple[Values, tuple[str, ...]]:
    """What a new record on the side `to` gets of the other one, and what was done to the values, in words. `but`:
    HubSpot's names that nothing is written to."""
    values: Values = {}
    notes: list[str] = []
    given = quickbooks_values(pair) if to is Side.HUBSPOT else hubspot_values(pair)
    for row in pair.fields:
        source, target = (row.quickbooks, row.hubspot) if to is Side.HUBSPOT else (row.hubspot, row.quickbooks)
        if not row.writes(to) or row.hubspot in but or not given[source]:
            continue
        value, said = row.to_hubspot(given[source]) if to is Side.HUBSPOT else row.to_quickbooks(given[source])
        notes += [said] if said else []
        if value:
            values[target] = value
    return values, tuple(notes)


def clause_to_quickbooks(pair: Pair) -> str | None:
    if pair.in_hubspot is None:
        return None
    # What we mirrored from QuickBooks is no sign that anything began in HubSpot.
    associated = {
        subject: [one.text for one in records if not one.text(KEY_PROPERTY)]
        for subject, records in pair.associated.items()
    }
    return excluding_clause(pair.settings.filters.to_quickbooks, pair.in_hubspot.text, associated, pair.time_zone)


def _out_of_scope(pair: Pair) -> str | None:
    """The clause that ends the sync of a linked pair. What we made in HubSpot is judged by the filter that let it in,
    all others by the filter to QuickBooks."""
    if judged_by_quickbooks(pair.record, pair.settings):
        if pair.in_quickbooks is None:
            return None
        return excluding_clause(pair.settings.filters.to_hubspot, pair.in_quickbooks.text, time_zone=pair.time_zone)
    return clause_to_quickbooks(pair)


@dataclass
class _Differences:
    to_hubspot: Values = field(default_factory=dict)
    to_quickbooks: Values = field(default_factory=dict)
    base: dict[str, Halves] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def writes(self) -> tuple[Write, ...]:
        writes: list[Write] = []
        if self.to_quickbooks:
            writes.append(UpdateInQuickBooks(self.to_quickbooks))
        if self.to_hubspot:
            writes.append(UpdateInHubSpot(self.to_hubspot))
        return tuple(writes)


def _agreement(pair: Pair) -> Plan:
    """Both are there: the three-way merge of every row, and the writes that it asks for. What a person has ordered is
    done whatever else holds a record back: it is out of scope, or another field waits for a person."""
    verdicts = judged(
        pair.record.orders, pair.fields, hubspot_values(pair), quickbooks_values(pair), lambda *of: _crossing(*of)[0]
    )
    ordered = _ordered(pair, [verdict for verdict in verdicts if not verdict.why])
    if clause := _out_of_scope(pair):
        out = excluded(f"filter: {clause}; it stays linked and is left as it is")
        name = ordered.to_quickbooks.get("DisplayName")
        return replace(
            out,
            writes=ordered.writes,
            base=_untouched(pair, ordered.base, ordered),
            verdicts=verdicts,
            wanted_name=name,
        )
    found = _differences(pair, ordered, {verdict.key for verdict in verdicts if not verdict.why})
    asked = [conflict for conflict in found.conflicts if conflict.asked]
    carried_out = ordered if asked else found
    reason = "fields differ from what was last agreed" if found.writes else "nothing differs"
    return Plan(
        writes=carried_out.writes,
        base=_untouched(pair, found.base, carried_out),
        conflicts=tuple(found.conflicts),
        notes=() if asked else tuple(found.notes),
        wanted_name=carried_out.to_quickbooks.get("DisplayName"),
        state=State.PARKED if asked else State.IN_SYNC,
        trouble=_asking(pair.record, asked) if asked else None,
        reason="" if asked else "an operator decided" if ordered.writes else reason,
        verdicts=verdicts,
    )


def _untouched(pair: Pair, base: Mapping[str, Halves], writes: _Differences) -> dict[str, Halves]:
    """The base of what no write touches: two rows may share a field, and a write's reply settles both."""
    touched = {
        row.key for row in pair.fields if row.hubspot in writes.to_hubspot or row.quickbooks in writes.to_quickbooks
    }
    return {key: halves for key, halves in base.items() if key not in touched}


def _asking(record: Record, conflicts: Sequence[Conflict]) -> Trouble:
    side_id = f"{Side.HUBSPOT}:{record.hubspot_id}"
    return conflicting(record.kind, side_id, [(one.field, one.hubspot, one.quickbooks) for one in conflicts])


def _ordered(pair: Pair, verdicts: Sequence[Verdict]) -> _Differences:
    """What a person's orders write; and the fields that they settle as they are."""
    found = _Differences()
    rows = {row.key: row for row in pair.fields}
    ours, theirs = hubspot_values(pair), quickbooks_values(pair)
    for verdict in verdicts:
        row = rows[verdict.key]
        if verdict.write is None:
            found.base[row.key] = (held(ours[row.hubspot]), held(theirs[row.quickbooks]))
        elif verdict.order.write is Side.QUICKBOOKS:
            found.to_quickbooks[row.quickbooks] = verdict.write
        else:
            found.to_hubspot[row.hubspot] = verdict.write
    return found


def _differences(pair: Pair, ordered: _Differences, done: AbstractSet[str]) -> _Differences:
    """The three-way merge of the rows that are not `done`, under what a person has ordered."""
    found = _Differences(base=dict(ordered.base))
    ours, theirs = hubspot_values(pair), quickbooks_values(pair)
    for row in pair.fields:
        if row.key in done or (pair.in_quickbooks is None and row.key not in pair.record.base):
            continue  # a row that is new in the settings: what QuickBooks holds must be read before it is judged
        hubspot_value, quickbooks_value = ours[row.hubspot], theirs[row.quickbooks]
        base = _own_writes_count(pair.record, row, hubspot_value, quickbooks_value)
        settled = settle(row, base, hubspot_value, quickbooks_value, pair.settings.conflict, _newer(pair))
        if settled.halves is not None:
            found.base[row.key] = settled.halves
        if settled.note:
            found.notes.append(settled.note)
        if settled.conflict:
            winner = settled.write.other if settled.write else None
            found.conflicts.append(
                Conflict(row.hubspot, hubspot_value, quickbooks_value, winner, row.quickbooks, settled.ask)
            )
        if settled.write is Side.QUICKBOOKS:
            value, said = _crossing(row, Side.QUICKBOOKS, settled.value, quickbooks_value)
            found.to_quickbooks[row.quickbooks] = value
            found.notes += [said] if said else []
        elif settled.write is Side.HUBSPOT:
            value, said = _crossing(row, Side.HUBSPOT, settled.value, hubspot_value)
            found.to_hubspot[row.hubspot] = value
            found.notes += [said] if said else []
    found.to_quickbooks |= ordered.to_quickbooks
    found.to_hubspot |= ordered.to_hubspot
    return found


def _crossing(row: Field, to: Side, value: str, present: str) -> tuple[str, str | None]:
    """A row's value as it arrives on the other side, where `present` is held; and what was done to it, in words."""
    if to is Side.HUBSPOT:
        return row.to_hubspot(value)
    arrives, said = row.to_quickbooks(value)
    if row.is_email and arrives:
        arrives = with_other_emails(arrives, present)
    return arrives, said


def _own_writes_count(record: Record, row: Field, hubspot_value: str, quickbooks_value: str) -> Halves | None:
    """The base of a row, after an update of ours whose end we did not see: a side that holds what we were about to
    write holds our own value, not a person's (design D3)."""
    base = record.base.get(row.key)
    if base is None:
        return None
    left_for_hubspot = record.leaving.get(Side.HUBSPOT, {}).get(row.hubspot)
    left_for_quickbooks = record.leaving.get(Side.QUICKBOOKS, {}).get(row.quickbooks)
    arrived_h = left_for_hubspot is not None and left_for_hubspot == hubspot_value
    arrived_q = left_for_quickbooks is not None and left_for_quickbooks == quickbooks_value
    if arrived_h == arrived_q:
        return (held(hubspot_value), held(quickbooks_value)) if arrived_h else base
    # The write was made from what the other side then held: that is what the other side agreed on.
    if arrived_q:
        agreed = base[0] if base[1] == held(quickbooks_value) else held(quickbooks_value)
        return (agreed, held(quickbooks_value))
    agreed = base[1] if base[0] == held(hubspot_value) else held(hubspot_value)
    return (held(hubspot_value), agreed)


def found_done(pair: Pair) -> dict[str, Halves]:
    """The base of each row in which an update of ours, whose end we did not see, is found done. It holds whatever
    becomes of the next update."""
    if not pair.record.leaving:
        return {}
    ours, theirs = hubspot_values(pair), quickbooks_values(pair)
    judged = {
        row.key: _own_writes_count(pair.record, row, ours[row.hubspot], theirs[row.quickbooks]) for row in pair.fields
    }
    return {key: halves for key, halves in judged.items() if halves is not None and halves != pair.record.base.get(key)}


def _newer(pair: Pair) -> Side | None:
    """Which side was modified last at its vendor; None where that is not known."""
    one = pair.in_hubspot.modified if pair.in_hubspot else None
    two = pair.in_quickbooks.modified if pair.in_quickbooks else pair.record.quickbooks_modified
    if one is None or two is None:
        return None
    return Side.HUBSPOT if one >= two else Side.QUICKBOOKS


def _ordered_activity(pair: Pair) -> Plan | None:
    """A person takes back that we made the row inactive, or active again."""
    order = pair.record.orders.get(ACTIVE)
    if order is None or pair.in_quickbooks is None:
        return None
    verdict = activity(order, pair.in_quickbooks.Active)
    rest = _after_a_loss(pair) or _agreement(pair)
    if verdict.write is None:
        return replace(rest, verdicts=(*rest.verdicts, verdict))
    active = verdict.write == "true"
    shape = SHAPES[pair.record.kind]
    stays = f"the {shape.one} in HubSpot stays as it is"
    if pair.in_hubspot is None:
        why = pair.record.gone.get(Side.HUBSPOT, f"the {shape.one} is gone")
        state, reason = State.EXCLUDED, f"{why}; the {shape.row_word} in QuickBooks stays as it is"
    elif active:
        state, reason = State.IN_SYNC, "an operator decided"
    else:
        state, reason = State.EXCLUDED, f"an operator made the {shape.row_word} inactive; {stays}"
    write = _brought_back(pair.record) if active else UpdateInQuickBooks({}, active=False)
    return Plan((write,), base=dict(pair.record.base), state=state, reason=reason, verdicts=(verdict,))


def _brought_back(record: Record) -> UpdateInQuickBooks:
    """Active again, without what the inactivation appended to the name."""
    return UpdateInQuickBooks({SHAPES[record.kind].row.NAME_PATH: record.name} if record.name else {}, active=True)


def _why_away(record: Record, shape: Shape) -> str:
    return record.gone.get(Side.QUICKBOOKS, f"the {shape.row_word} was made inactive in QuickBooks")


def _after_a_loss(pair: Pair) -> Plan | None:
    """What follows when one side of a linked record is archived, deleted, inactive, or back again."""
    record, deletes, shape = pair.record, pair.settings.deletes, SHAPES[pair.record.kind]
    inactive = record.inactive if pair.in_quickbooks is None else not pair.in_quickbooks.Active
    if pair.in_hubspot is None:
        why = record.gone.get(Side.HUBSPOT, f"the {shape.one} is gone")
        may = deletes == "archive" and record.made is Side.QUICKBOOKS and record.put_away is None
        if may and Side.QUICKBOOKS not in record.gone and not inactive:
            return Plan(
                (UpdateInQuickBooks({}, active=False),), state=State.EXCLUDED, reason=why, base=dict(record.base)
            )
        if record.put_away is Side.QUICKBOOKS and inactive:
            return excluded(why)
        if record.put_away is Side.HUBSPOT and (inactive or Side.QUICKBOOKS in record.gone):
            return excluded(_why_away(record, shape))
        return excluded(f"{why}; the {shape.row_word} in QuickBooks stays as it is")
    unread_or_inactive = inactive or pair.in_quickbooks is None  # what we put away ourselves is away until it is read
    if unread_or_inactive and record.put_away is Side.QUICKBOOKS and Side.QUICKBOOKS not in record.gone:
        return Plan((_brought_back(record),), base=dict(record.base), reason=f"the {shape.one} is back")
    if Side.QUICKBOOKS in record.gone or inactive:
        why = _why_away(record, shape)
        ours = record.made is Side.HUBSPOT and not pair.in_hubspot.merged_ids  # else it holds what people made, too
        if deletes == "archive" and ours and record.put_away is None:
            return Plan((ArchiveInHubSpot(why),), state=State.EXCLUDED, reason=why, base=dict(record.base))
        return excluded(f"{why}; the {shape.one} in HubSpot stays as it is")
    return None
