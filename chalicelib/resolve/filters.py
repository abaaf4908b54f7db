"""Filters: groups are OR-ed, the conditions inside a group AND-ed (design: Filters)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from chalicelib.settings import Condition, Group

ValueOf = Callable[[str], str]


def excluding_clause(
    groups: Sequence[Group], value_of: ValueOf, associated: Mapping[str, Sequence[ValueOf]] | None = None
) -> str | None:
    """The clause that keeps a record out, in words; None where the record may pass, or nothing is filtered.

    `associated` holds, by object (`company`, `invoice`), the records that this one is associated with; without it a
    dot is part of the name, as in QuickBooks' paths.
    """
    clauses: list[str] = []
    for group in groups:
        failed = _failed(group, value_of, associated)
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


def _failed(group: Group, value_of: ValueOf, associated: Mapping[str, Sequence[ValueOf]] | None) -> str | None:
    """The first clause of the group that does not hold. All conditions on one association are about the same record;
    where there is none, none of them holds, negative ones included."""
    by_subject: dict[str, list[Condition]] = {}
    for condition in group.all:
        subject, dot, _ = condition.property.partition(".")
        by_subject.setdefault(subject if dot and associated is not None else "", []).append(condition)
    for condition in by_subject.pop("", []):
        if not holds(condition, value_of(condition.property)):
            return _words(condition)
    for subject, conditions in by_subject.items():
        names = [(one, one.property.partition(".")[2]) for one in conditions]
        if not any(all(holds(one, of(name)) for one, name in names) for of in (associated or {}).get(subject, [])):
            return " together with ".join(_words(one) for one in conditions)
    return None


def holds(condition: Condition, value: str) -> bool:
    """Whether one condition holds for a value; text is compared without regard to case."""
    have, want = value.strip().casefold(), _text(condition.value)
    listed = {one.casefold() for one in condition.values}
    match condition.operator:
        case "known":
            return bool(have)
        case "unknown":
            return not have
        case "equals":
            return have == want
        case "not_equals":
            return have != want
        case "any_of":
            return any(part in listed for part in have.split(";"))
        case "none_of":
            return not any(part in listed for part in have.split(";"))
        case "contains":
            return want in have
        case "not_contains":
            return want not in have
        case "before" | "less_than":
            return bool(have) and _ordered(have, want) < _ordered(want, have)
        case "after" | "greater_than":
            return bool(have) and _ordered(have, want) > _ordered(want, have)


def _ordered(value: str, beside: str) -> tuple[float, str]:
    """Numbers compare as numbers where both are; all else, ISO dates among it, as text."""
    try:
        number = float(value)
        float(beside)
    except ValueError:
        return (0.0, value)
    return (number, "")


def _text(value: object) -> str:
    if value is None:
        return ""
    return str(value).strip().casefold()


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def _words(condition: Condition) -> str:
    operand = ", ".join(condition.values) if condition.values else _shown(condition.value)
    return f"{condition.property} {condition.operator.replace('_', ' ')} {operand}".strip() + " does not hold"
