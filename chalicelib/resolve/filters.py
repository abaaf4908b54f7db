"""Filters: groups are OR-ed, the conditions inside a group AND-ed (design: Filters).

A condition compares in the type of its property, and days begin in the connection's time zone. Nothing here fails on
any value: what cannot be read as its type is compared as text for equality, and is neither before nor after anything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from chalicelib.resolve.reading import as_date, as_moment, as_number, since_epoch
from chalicelib.settings import Condition, Group
from chalicelib.settings.model import ValueType

ValueOf = Callable[[str], str]
TRUTHS = {"true": True, "yes": True, "false": False, "no": False}


def excluding_clause(
    groups: Sequence[Group],
    value_of: ValueOf,
    associated: Mapping[str, Sequence[ValueOf]] | None = None,
    time_zone: str = "",
) -> str | None:
    """The clause that keeps a record out, in words; None where the record may pass, or nothing is filtered.

    `associated` holds, by object (`company`, `invoice`), the records that this one is associated with; without it a
    dot is part of the name, as in QuickBooks' paths. `time_zone` is a name such as Europe/Berlin; an empty or unknown
    one is UTC.
    """
    clauses: list[str] = []
    for group in groups:
        failed = _failed(group, value_of, associated, time_zone)
        if failed is None:
            return None
        clauses.append(failed)
    return " and ".join(clauses) if clauses else None


def associations(groups: Sequence[Group]) -> dict[str, list[str]]:
    """The associated objects that the conditions name, and the properties they ask of each."""
    wanted: dict[str, list[str]] = {}
    for group in groups:
        for condition in group.all:
            subject, dot, name = condition.property.partition(".")
            if dot and name not in wanted.setdefault(subject, []):
                wanted[subject].append(name)
    return wanted


def _failed(
    group: Group, value_of: ValueOf, associated: Mapping[str, Sequence[ValueOf]] | None, time_zone: str
) -> str | None:
    """The first clause of the group that does not hold. All conditions on one association are about the same record;
    where there is none, none of them holds, negative ones included."""
    by_subject: dict[str, list[Condition]] = {}
    for condition in group.all:
        subject, dot, _ = condition.property.partition(".")
        by_subject.setdefault(subject if dot and associated is not None else "", []).append(condition)
    for condition in by_subject.pop("", []):
        if not holds(condition, value_of(condition.property), time_zone):
            return f"{_clause(condition)} does not hold"
    for subject, conditions in by_subject.items():
        names = [(one, one.property.partition(".")[2]) for one in conditions]
        records = (associated or {}).get(subject, [])
        if not any(all(holds(one, of(name), time_zone) for one, name in names) for of in records):
            return f"{' and '.join(_clause(one) for one in conditions)} {'do' if names[1:] else 'does'} not hold" + (
                f" for one {subject}" if names[1:] else ""
            )
    return None


def holds(condition: Condition, value: str, time_zone: str = "") -> bool:
    """Whether one condition holds for a value.

    `string`, and no type: text without regard to case; two numbers are ordered as numbers.
    `number`: as decimals, so that "10" equals "10.0".
    `bool`: true and yes, false and no.
    `enumeration`: a value may hold several choices, joined by `;`, in any order.
    `date`, `datetime`: a day in the condition is the whole day, a moment is that moment. A value *equals* a day that it
    lies in, is *before* a day that it does not reach, and *after* a day when it lies later than its first moment.
    """
    have, want, kind, zone = value.strip(), _shown(condition.value).strip(), condition.type, _zone(time_zone)
    match condition.operator:
        case "known":
            return bool(have)
        case "unknown":
            return not have
        case "contains":
            return want.casefold() in have.casefold()
        case "not_contains":
            return want.casefold() not in have.casefold()
        case "equals":
            return _equal(kind, have, want, zone)
        case "not_equals":
            return not _equal(kind, have, want, zone)
        case "any_of":
            return _among(condition, have, zone)
        case "none_of":
            return not _among(condition, have, zone)
        case "before" | "less_than":
            return _order(kind, have, want, zone) < 0
        case "after" | "greater_than":
            return _order(kind, have, want, zone) > 0


def _among(condition: Condition, have: str, zone: tzinfo) -> bool:
    parts = have.split(";") if condition.type in (None, "enumeration") else [have]
    return any(_equal(condition.type, part.strip(), one.strip(), zone) for part in parts for one in condition.values)


def _equal(kind: ValueType | None, have: str, want: str, zone: tzinfo) -> bool:
    if kind == "enumeration":
        return _choices(have) == _choices(want)
    one, two = _place(kind, have, zone), _place(kind, want, zone)
    if one is None or two is None:
        return have.casefold() == want.casefold()
    return two.first == one.first if two.end is None else two.first <= one.first < two.end


def _order(kind: ValueType | None, have: str, want: str, zone: tzinfo) -> int:
    """-1 where the value comes before the condition's, 1 where it comes after, 0 where neither is so."""
    if not have or kind == "bool":
        return 0
    if kind in ("number", "date", "datetime"):
        one, two = _place(kind, have, zone), _place(kind, want, zone)
        return 0 if one is None or two is None else _compared(one.first, two.first)
    number, beside = as_number(have), as_number(want)
    if number is not None and beside is not None:
        return _compared(number, beside)
    return _compared(have.casefold(), want.casefold())


def _compared(one: Any, two: Any) -> int:
    return int(one > two) - int(one < two)


@dataclass(frozen=True)
class _Place:
    """Where a value lies on the line of its type: at `first`, or, for a day among moments, from there up to `end`."""

    first: Decimal
    end: Decimal | None = None


def _place(kind: ValueType | None, text: str, zone: tzinfo) -> _Place | None:
    """None where the text is none of the type, and for types that are compared as text."""
    match kind:
        case "number":
            number = as_number(text)
            return None if number is None else _Place(number)
        case "bool":
            truth = TRUTHS.get(text.casefold())
            return None if truth is None else _Place(Decimal(truth))
        case "date":
            day = as_date(text)
            return None if day is None else _Place(Decimal(day.toordinal()))
        case "datetime":
            moment = as_moment(text, zone)
            return None if moment is None else _Place(_microseconds(moment), _end_of_day(text, zone))
    return None


def _end_of_day(text: str, zone: tzinfo) -> Decimal | None:
    """Where the day ends that the text is, None where it is a moment. The day of a change of clocks is not 24 hours."""
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
        return None
    day = date.fromisoformat(text)
    if day == date.max:
        return Decimal("Infinity")
    return _microseconds(since_epoch(datetime.combine(day + timedelta(days=1), time(), zone)))


def _microseconds(moment: timedelta) -> Decimal:
    return Decimal(moment // timedelta(microseconds=1))


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name) if name else UTC
    except (LookupError, ValueError, OSError):  # what zoneinfo says of a name that it does not have, or of no name
        return UTC


def _choices(value: str) -> set[str]:
    return {part.strip().casefold() for part in value.split(";") if part.strip()}


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def _clause(condition: Condition) -> str:
    operand = ", ".join(condition.values) if condition.values else _shown(condition.value)
    return f"{condition.property} {condition.operator.replace('_', ' ')} {operand}".strip()
