"""Two versions of the settings beside each other: what differs, and what that will cause, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from pydantic import BaseModel

from chalicelib.jobs import Kind
from chalicelib.resolve.fields import field_table
from chalicelib.resolve.filters import associations
from chalicelib.settings.model import (
    ASSOCIATED,
    KINDS,
    LISTING,
    Condition,
    ConflictRule,
    FieldRow,
    Filters,
    Group,
    KindName,
    Settings,
)
from chalicelib.settings.transform import Transform
from chalicelib.shapes import SHAPES, Section

ARROWS = {"both": "⇔", "to_quickbooks": "⇒", "to_hubspot": "⇐"}
SYNCED: Mapping[KindName, Kind] = {
    "contacts": Kind.CUSTOMER, "products": Kind.PRODUCT, "invoices": Kind.INVOICE,
}  # fmt: skip
WORDS: Mapping[KindName, str] = {"contacts": "record", "products": "product", "invoices": "invoice"}
VENDORS = {"hubspot": "HubSpot", "quickbooks": "QuickBooks", "newest": "the side edited last"}
BATCH, LINKS = 100, 1_000  # records of one read, records of one read of associations


@dataclass(frozen=True)
class Counts:
    """Records of a kind that the sync knows, and how many of them are linked."""

    known: int = 0
    linked: int = 0


def difference(old: Settings, new: Settings) -> list[str]:
    """A line for each key, row and clause that differs. Both as people wrote them, not as resolved."""
    lines = []
    if old.connection != new.connection:
        lines.append(f"connection: {_shown(old.connection)} → {_shown(new.connection)}")
    for kind in KINDS:
        one, two = section(old, kind), section(new, kind)
        lines += _keys(kind, one, two)
        lines += _rows(kind, one.fields, two.fields)
        for side in Filters.model_fields:
            lines += _groups(f"{kind}.filters.{side}", getattr(one.filters, side), getattr(two.filters, side))
    return lines


def section(settings: Settings, kind: KindName) -> Section:
    """What the settings say of a kind; of one that they do not name, that it is off (contacts: the defaults)."""
    return SHAPES[SYNCED[kind]].settings(settings)


def changed(old: Settings, new: Settings) -> list[KindName]:
    """Kinds of which the two say something else, be it only whether they sync."""
    return [kind for kind in KINDS if section(old, kind) != section(new, kind)]


def switched_on(old: Settings, new: Settings) -> list[KindName]:
    """Kinds that did not sync before and do now: they need an initial sync."""
    return [kind for kind in KINDS if new.enabled(kind) and not old.enabled(kind)]


def switched_off(old: Settings, new: Settings) -> list[KindName]:
    return [kind for kind in KINDS if old.enabled(kind) and not new.enabled(kind)]


def consequences(old: Settings, new: Settings, counts: Mapping[KindName, Counts]) -> list[str]:
    """What will happen, a sentence each; nothing where nothing differs. About how many records is estimated from what
    the sync knows; which records, only a plan can say."""
    said = [_started(kind) for kind in switched_on(old, new)]
    said += [_stopped(kind, counts.get(kind, Counts())) for kind in switched_off(old, new)]
    for kind in changed(old, new):
        one, two, count = section(old, kind), section(new, kind), counts.get(kind, Counts())
        if not two.enabled:
            continue
        said += [_about(kind, sentence) for sentence in _changes(kind, one, two)]
        if one.enabled or count.known:
            said.append(_looks(kind, two, count))
    return said


def _about(kind: KindName, sentence: str) -> str:
    """A sentence that names no kind is about contacts."""
    return sentence if kind == "contacts" else f"{kind.capitalize()}: {sentence}"


def _started(kind: KindName) -> str:
    if kind == "invoices":
        return (
            "invoices start: an initial sync mirrors in HubSpot every invoice of QuickBooks that passes the filters, "
            "the past ones too."
        )
    return f"{kind} start: an initial sync looks at all of them on both sides, links what matches, makes the others."


def _stopped(kind: KindName, counts: Counts) -> str:
    return (
        f"{kind} stop at once. {counts.linked} linked pairs stay linked, untouched; switched on again, "
        "they go on with what changed in between."
    )


def _changes(kind: KindName, old: Section, new: Section) -> Iterator[str]:
    if old.direction != new.direction:
        yield from _turned(kind, new.direction)
    before, after = ({row.key: row for row in field_table(one)} for one in (old, new))
    for row in [row for key, row in after.items() if key not in before]:
        newly = f"{row.hubspot} {ARROWS[row.direction]} {row.quickbooks} is newly mapped: "
        if kind == "invoices":
            yield newly + "past invoices that pass the filters are brought up to date as well."
        else:
            rule = _winner(row.conflict or new.conflict)
            yield newly + f"on linked pairs an empty side is filled, and where both hold something else, {rule}."
    for row in [row for key, row in before.items() if key not in after]:
        yield f"{row.hubspot} and {row.quickbooks} are not mapped any more; what is there stays."
    if old.filters != new.filters:
        yield "Records that no longer pass the filters stop syncing, untouched; those that pass now come in."
    if old.conflict != new.conflict:
        yield f"Where both sides edited one field since they last agreed, {_winner(new.conflict)}."
    for key, sentence in (_SWITCHES | _OF_KIND.get(kind, {})).items():
        value = getattr(new, key, None)
        if getattr(old, key, None) != value and value in sentence:
            yield sentence[value]


def _turned(kind: KindName, direction: str) -> Iterator[str]:
    if direction == "both":
        yield "Changes cross both ways from now on; what differs on linked pairs is settled by the conflict rule."
        yield f"What was there before and nobody has looked at yet comes in with: ops backfill {SYNCED[kind]}."
    else:
        target, source = ("QuickBooks", "HubSpot") if direction == "to_quickbooks" else ("HubSpot", "QuickBooks")
        yield f"Changes go to {target} only; what is edited there neither reaches {source} nor is taken back."


def _winner(rule: ConflictRule) -> str:
    return "the record is parked until somebody decides" if rule == "ask" else f"{VENDORS[rule]} wins"


_SWITCHES: dict[str, Mapping[Any, str]] = {  # key -> new value -> what it means
    "deletes": {"archive": "What is deleted on one side is archived on the other, if the sync made it."},
    "without_email": {
        "include": "Records without an e-mail address come in; they cannot be matched, so a person who is in both "
        "systems already is made again.",
        "exclude": "Records without an e-mail address stop syncing and are left as they are.",
    },
    "match": {"none": "New records are not matched any more: what is in both systems already is made again."},
    "display_name": {
        "person": "Linked customers are renamed in QuickBooks after the person, where nobody chose another name.",
        "company": "Linked customers are renamed in QuickBooks after their company, where nobody chose another name.",
    },
    "shared": {True: "Records that were born in another company's books come in as well."},
}
_OF_KIND: Mapping[KindName, dict[str, Mapping[Any, str]]] = {
    "products": {
        "match": {
            "sku": "New records are linked with one of the same SKU, or of the same name where one has no SKU.",
            "name": "New records are linked with one of the same name, whatever their SKU.",
            "none": _SWITCHES["match"]["none"],
        },
    },
    "invoices": {
        "deletes": {"archive": "What is deleted in QuickBooks is archived in HubSpot, instead of shown as deleted."},
        "payments": {
            "note": "Payments appear as a note on the timeline of their deals.",
            "note_and_record": "Payments appear as a note on the timeline of their deals, and as a payment record, "
            "for which HubSpot needs its own or Stripe's payments set up.",
            "none": "Payments are not shown in HubSpot any more; what is there stays. Balances follow them as before.",
        },
    },
}


def _looks(kind: KindName, new: Section, counts: Counts) -> str:
    subjects = [one for one in associations(new.filters.to_quickbooks) if one in ASSOCIATED]
    # Beside each record what belongs to it, the links and the records behind them: of a contact its primary company
    # and what the filters ask about, of an invoice its lines.
    beside = {"contacts": 1 + len(subjects), "products": 0, "invoices": 1}[kind]
    hubspot = ceil(counts.known / BATCH) + beside * (ceil(counts.known / LINKS) + ceil(counts.known / BATCH))
    # An invoice is decided by what QuickBooks says, so it is read; of the others only what is linked.
    quickbooks = ceil((counts.known if kind == "invoices" else counts.linked) / BATCH)
    return (
        f"Every known {WORDS[kind]} ({counts.known}) is looked at again: up to about {hubspot} calls to HubSpot and "
        f"{quickbooks} metered reads of QuickBooks; writes come on top."
    )


def _keys(path: str, old: BaseModel, new: BaseModel) -> Iterator[str]:
    for key in type(new).model_fields:
        one, two = getattr(old, key), getattr(new, key)
        if one == two or key in ("filters", "fields"):
            continue
        if isinstance(one, BaseModel):
            yield from _keys(f"{path}.{key}", one, two)
        else:
            yield f"{path}.{key}: {_shown(one)} → {_shown(two)}"


def _rows(kind: KindName, old: Sequence[FieldRow], new: Sequence[FieldRow]) -> Iterator[str]:
    one, two = ({(row.hubspot, row.quickbooks): row for row in rows} for rows in (old, new))
    for pair, row in one.items():
        if pair not in two:
            yield f"{kind}.fields: removed {_row(row)}"
        elif row != two[pair]:
            yield f"{kind}.fields: changed {_row(row)} → {_row(two[pair])}"
    yield from (f"{kind}.fields: added {_row(row)}" for pair, row in two.items() if pair not in one)


def _row(row: FieldRow) -> str:
    more = [
        "" if row.enabled else "off", "clears" if row.clears else "",
        f"conflict {row.conflict}" if row.conflict else "",
        f"transform {', '.join(map(_step, row.transform))}" if row.transform else "",
    ]  # fmt: skip
    said = ", ".join(filter(None, more))
    return f"{row.hubspot} {ARROWS[row.direction]} {row.quickbooks}" + (f" ({said})" if said else "")


def _step(step: Transform) -> str:
    return "map " + ", ".join(f"{one}={two}" for one, two in step.entries) if step.name == "map" else str(step)


def _groups(path: str, old: Sequence[Group], new: Sequence[Group]) -> Iterator[str]:
    """Groups that have a clause in common are one group that changed."""
    left = [group for group in old if group not in new]
    for group in [one for one in new if one not in old]:
        like = max(left, key=lambda one: len(_common(one, group)), default=None)
        if like is None or not _common(like, group):
            yield f"{path}: added the group [{_group(group)}]"
            continue
        left.remove(like)
        where = f"{path}: in the group with [{_said(_common(like, group)[0])}]"
        yield from (f"{where} removed [{_said(one)}]" for one in like.all if one not in group.all)
        yield from (f"{where} added [{_said(one)}]" for one in group.all if one not in like.all)
    yield from (f"{path}: removed the group [{_group(group)}]" for group in left)


def _common(one: Group, two: Group) -> list[Condition]:
    return [condition for condition in one.all if condition in two.all]


def _group(group: Group) -> str:
    return " and ".join(_said(one) for one in group.all)


def _said(condition: Condition) -> str:
    operand = ", ".join(condition.values) if condition.operator in LISTING else _shown(condition.value)
    alone = condition.value is None and not condition.values
    return f"{condition.property} {condition.operator.replace('_', ' ')}" + ("" if alone else f" {operand}")


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "(none)" if value is None else str(value)
