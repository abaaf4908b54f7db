"""Filters: groups are OR-ed, the conditions inside a group AND-ed (design: Filters)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from chalicelib.settings import Condition, Group


def excluding_clause(groups: Sequence[Group], value_of: Callable[[str], str]) -> str | None:
    """The clause that keeps a record out, in words; None where the record may pass, or nothing is filtered."""
    clauses: list[str] = []
    for group in groups:
        failed = next((one for one in group.all if not holds(one, value_of(one.property))), None)
        if failed is None:
            return None
        clauses.append(_words(failed))
    return " and ".join(clauses) if clauses else None


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
