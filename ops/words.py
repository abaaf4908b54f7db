"""Writes and states in words that a finance person understands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from chalicelib.jobs import Kind, Side
from chalicelib.remember import decisions
from chalicelib.remember.decisions import QUOTED, Decision
from chalicelib.remember.records import Record, State
from chalicelib.resolve.orders import VENDORS
from chalicelib.resolve.orders import shown as shown_value
from chalicelib.shapes import SHAPES
from ops.causes import cause
from ops.fields import FIELD_WORDS, field

_NAMES = "|".join(re.escape(name) for name in sorted(FIELD_WORDS, key=len, reverse=True))
_NAMED = re.compile(rf"(?<![\w.'(])(?:{_NAMES})(?![\w.'])")


def sentence(text: str) -> str:
    """It, with a capital at its beginning; the rest stays as it is."""
    return text[:1].upper() + text[1:]


def plan(text: str) -> str:
    """A planned write, its field names in words; what stands in quotes is a person's own, and stays."""
    parts = re.split(f"({QUOTED.pattern})", text)
    return "".join(part if number % 2 else _NAMED.sub(_in_words, part) for number, part in enumerate(parts))


def _in_words(found: re.Match[str]) -> str:
    return field(found[0])


def when(at: float | None) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC") if at else "never"


def stamp(at: float | None) -> str | None:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds") if at else None


def story(record: Record, every: Sequence[Decision], changes_shown: int = 20) -> list[str]:
    """From the first cause to the present state, a sentence each."""
    sentences = [_who(record)]
    if len(every) > changes_shown:
        sentences.append(f"({len(every) - changes_shown} earlier decisions are in `ops history`.)")
    sentences += [_decided(one, record.kind) for one in every[-changes_shown:]]
    sentences.append(_now(record))
    return sentences


def _who(record: Record) -> str:
    shape = SHAPES[record.kind]
    sides = [
        f"{shape.one} {record.hubspot_id} in HubSpot" if record.hubspot_id else "",
        f"{shape.row_word} {record.quickbooks_id} in QuickBooks" if record.quickbooks_id else "",
    ]
    known = f", known as {record.name!r}" if record.name else ""
    return f"This is {' and '.join(filter(None, sides)) or record.root}{known}."


def _decided(one: Decision, kind: Kind) -> str:
    did = f"the sync did this: {'; '.join(plan(step) for step in one.plan)}" if one.plan else "nothing was written"
    if one.state in (State.FAILING, State.PARKED):
        done = f"{did}, but" if one.after else "the sync"
        did = f"{done} could not finish ({one.category})"
    both = "".join(f" {_conflict(conflict)}" for conflict in one.conflicts)
    lost = "".join(f" {change(name, value, one)}" for name, value in one.before.items() if value)
    ordered = "".join(f" {sentence}" for sentence in dict.fromkeys(_order(order) for order in one.orders))
    calls = f" Calls made: {'; '.join(one.calls)}." if one.calls else ""
    reason = f"Reason: {one.reason.rstrip('.')}."
    return f"{when(one.at)}: because {cause(one.cause, kind)}, {did}. {reason}{both}{ordered}{lost}{calls}"


def _conflict(one: dict[str, str]) -> str:
    if "hubspot" not in one:
        return f"Both sides had edited {field(one['field'])}; the values were erased for privacy."
    said = (
        f"Both sides had edited {field(one['field'])}: HubSpot said {shown_value(one['hubspot'])}, "
        f"QuickBooks {shown_value(one['quickbooks'])}"
    )
    match one["winner"]:
        case "hubspot" | "quickbooks" as winner:
            return f"{said}; the settings let {VENDORS[Side(winner)]} win."
        case decisions.ASKED:
            return f"{said}; a person must decide."
    return f"{said}; each side kept its own, or a person must decide."


def did(one: Decision) -> str:
    """What a decision changed, field by field; else what it wrote."""
    changes = [
        f"{field(name.partition('.')[2])} {shown_value(before)} → {shown_value(one.after[name])}"
        for name, before in one.overwrote.items()
        if name in one.after
    ]
    return "; ".join([*changes, *(step for step in one.plan if not (changes and step.startswith("update ")))])


def change(name: str, before: str, one: Decision) -> str:
    """A value that a write replaced, and by what; older decisions do not know by what."""
    side, _, of = name.partition(".")
    by = f" by {shown_value(one.after[name])}" if name in one.after else ""
    return f"It replaced {field(of)} {shown_value(before)}{by} in {VENDORS[Side(side)]}."


def back(name: str, one: Decision) -> str:
    """A field that holds again what it held before a decision."""
    side, _, of = name.partition(".")
    return (
        f"{field(of)} in {VENDORS[Side(side)]} is {shown_value(one.before[name])} again; "
        f"decision {one.n} had made it {shown_value(one.after[name])}."
    )


def whose(side: Side) -> str:
    return "HubSpot's" if side is Side.HUBSPOT else "QuickBooks'"


def _order(order: dict[str, str]) -> str:
    """What became of something that a person decided."""
    side, _, of = order["field"].partition(".")
    if order["undoes"]:
        number = order["undoes"]
        if order["why"]:
            return f"Decision {number} was not taken back ({field(of)}): {order['why'].rstrip('.')}."
        return f"An operator took back decision {number}."
    if order["why"]:
        return f"What an operator decided about {field(of)} was not done: {order['why'].rstrip('.')}."
    return f"An operator decided that {whose(Side(side).other)} {field(of)} is right."


def _now(record: Record) -> str:
    match record.state:
        case State.IN_SYNC:
            remark = record.message.rstrip(".")
            return f"Now: both systems agree{f' ({remark})' if remark else ''}."
        case State.EXCLUDED:
            return f"Now: it is not synced, because {record.message.rstrip('.')}."
        case State.PENDING:
            fix = f" How to fix it: {record.fix}" if record.fix else ""
            return f"Now: it waits its turn ({record.message.rstrip('.') or 'on its way'}).{fix}"
        case State.FAILING:
            return (
                f"Now: it is failing ({record.category}). {record.message} How to fix it: {record.fix} "
                f"It is tried again at {when(record.next_try_at)}."
            )
        case State.PARKED:
            return f"Now: it is parked ({record.category}). {record.message} How to fix it: {record.fix}"


def shown(record: Record) -> dict[str, Any]:
    return {**record.view(), "changed_at": stamp(record.changed_at)}


def decision(one: Decision) -> dict[str, Any]:
    return {**one.view(), "at": stamp(one.at)}
