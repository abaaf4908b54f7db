"""Filters against what both systems say: names that there are, operators that fit, values of the right type."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from chalicelib.resolve.reading import as_number
from chalicelib.settings.lines import Document, Mistake, Path
from chalicelib.settings.metadata import Metadata
from chalicelib.settings.model import ALONE, LISTING, KindName
from chalicelib.settings.typed import SUBJECTS, Meaning, NotThere, Typed, path_of, property_of
from chalicelib.settings.words import did_you_mean, listed, nearest

SAME, SOME, THERE = ("equals", "not_equals"), LISTING, ALONE
FITTING = {
    "string": (*SAME, *SOME, "contains", "not_contains", *THERE),
    "number": (*SAME, *SOME, "greater_than", "less_than", *THERE),
    "date": (*SAME, *SOME, "before", "after", *THERE),
    "datetime": (*SAME, *SOME, "before", "after", *THERE),
    "bool": (*SAME, *SOME, *THERE),
    "enumeration": (*SAME, *SOME, *THERE),
}
INSTEAD = {  # the operator that was probably meant
    ("number", "before"): "less_than", ("number", "after"): "greater_than",
    ("date", "less_than"): "before", ("date", "greater_than"): "after",
    ("datetime", "less_than"): "before", ("datetime", "greater_than"): "after",
    ("enumeration", "contains"): "any_of", ("enumeration", "not_contains"): "none_of",
}  # fmt: skip
OTHER_DATES = (  # patterns of dates that people write otherwise
    "%d.%m.%Y", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%d %B %Y", "%B %d, %Y", "%d %b %Y", "%b %d, %Y",
)  # fmt: skip


def conditions(document: Document, kind: KindName, raw: dict[str, Any], metadata: Metadata | None) -> Iterator[Mistake]:
    """`raw` is the kind as far as its form is right."""
    filters = raw.get("filters")
    for side, groups in (filters if isinstance(filters, dict) else {}).items():
        for at_group, group in enumerate(groups or ()):
            for at_condition, condition in enumerate((group or {}).get("all") or ()):
                path = (kind, "filters", side, at_group, "all", at_condition)
                if isinstance(condition, dict):
                    yield from _condition(document, path, condition, _meaning(metadata, kind, side, condition))


def meaning_of(metadata: Metadata | None, kind: KindName, side: str, name: str) -> Meaning:
    """What a condition's property stands for: a path in QuickBooks for `to_hubspot`, else a property of the record or
    of one that it is associated with."""
    if side == "to_hubspot":
        return path_of(metadata, kind, name)
    subject, dot, of_subject = name.partition(".")
    if not dot:
        return property_of(metadata, kind, name)
    if subject in SUBJECTS[kind]:
        return property_of(metadata, SUBJECTS[kind][subject], of_subject)
    if not SUBJECTS[kind]:
        return NotThere(f"{name}: a filter of {kind} names properties of the record itself only, without a dot")
    near = nearest(subject, SUBJECTS[kind])
    return NotThere(
        f"{name}: a condition on an associated record names one of: {listed(f'{one}.…' for one in SUBJECTS[kind])}"
        + did_you_mean(f"{near}.{of_subject}" if near else None)
    )


def _meaning(metadata: Metadata | None, kind: KindName, side: str, condition: dict[str, Any]) -> Meaning:
    name = condition.get("property")
    return meaning_of(metadata, kind, side, name) if isinstance(name, str) else None


def _condition(document: Document, path: Path, condition: dict[str, Any], meaning: Meaning) -> Iterator[Mistake]:
    if isinstance(meaning, NotThere):
        yield document.mistake((*path, "property"), meaning.message)
    operator = condition.get("operator")
    if not isinstance(operator, str):
        return
    if extra := _superfluous(operator, condition):
        yield document.mistake((*path, extra[0]), extra[1])
    elif isinstance(meaning, Typed):
        if unfit := _unfit(operator, meaning):
            yield document.mistake((*path, "operator"), unfit)
        else:
            yield from _values(document, path, condition, operator, meaning)


def _superfluous(operator: str, condition: dict[str, Any]) -> tuple[str, str] | None:
    """An operand that the operator does not look at. One that is missing is a mistake of form."""
    value, values = "value" in condition, "values" in condition
    if operator in ALONE and (value or values):
        return ("value" if value else "values"), f"{operator} takes no value: take it out"
    if operator in LISTING and value and values:
        return "value", f"{operator} looks at `values` only: put the value there"
    if operator not in (*LISTING, *ALONE) and value and values:
        return "values", f"{operator} looks at `value` only; for several, say any_of or none_of"
    return None


def _unfit(operator: str, meaning: Typed) -> str:
    fitting = FITTING.get(meaning.type)
    choices_elsewhere = meaning.type == "enumeration" and not meaning.options and operator.endswith("contains")
    if fitting is None or operator in fitting or choices_elsewhere:
        return ""
    instead = did_you_mean(INSTEAD.get((meaning.type, operator)))
    return (
        f"{operator} does not fit {meaning.name}, which is {meaning.is_a}{instead or '; there are: ' + listed(fitting)}"
    )


def _values(
    document: Document, path: Path, condition: dict[str, Any], operator: str, meaning: Typed
) -> Iterator[Mistake]:
    operands: list[tuple[Path, Any]] = []
    if operator in LISTING:
        operands = [((*path, "values", at), one) for at, one in enumerate(condition.get("values") or ())]
    elif operator not in ALONE and "value" in condition:
        operands = [((*path, "value"), condition["value"])]
    for place, value in operands:
        if value is not None and (wrong := _value(value, document.sources.get(place, ""), operator, meaning)):
            yield document.mistake(place, wrong)


def _value(value: Any, source: str, operator: str, meaning: Typed) -> str:
    said = str(value).lower() if isinstance(value, bool) else source or str(value)
    if changed := _changed(value, source, meaning):
        return changed
    match meaning.type:
        case "number":
            return "" if _is_number(value) else f"{said} is no number, and {meaning.name} is one"
        case "bool":
            truth = isinstance(value, bool) or said.casefold() in ("true", "false")
            return "" if truth else f"{said} is neither true nor false, and {meaning.name} is a checkbox"
        case "date" | "datetime":
            return _date(value, said, meaning)
        case "enumeration":
            return "" if operator.endswith("contains") else _choice(value, said, source, meaning)
        case "string" if meaning.options and not operator.endswith("contains"):
            return _choice(value, said, source, meaning)
    return _misread(value, source)


def _changed(value: Any, source: str, meaning: Typed) -> str:
    """A number without quotes is not always what is written: to YAML 0123 is 83, 12:30 is 750 and 1.50 is 1.5."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not source:
        return ""
    same = source == str(value)
    if meaning.type == "number":
        same = as_number(source.replace("_", "")) == as_number(str(value))
    return "" if same else f'YAML reads {source} without quotes as {value}: write "{source}"'


def _misread(value: Any, source: str) -> str:
    if isinstance(value, bool) and source.casefold() not in ("true", "false"):
        return f'YAML reads {source} without quotes as {str(value).lower()}: write "{source}"'
    return ""


def _choice(value: Any, said: str, source: str, meaning: Typed) -> str:
    if misread := _misread(value, source):
        return misread
    if not meaning.options or meaning.option(said):
        return ""
    return f"{said} is no choice of {meaning.name}{meaning.nearest_option(said)}"


def _is_number(value: Any) -> bool:
    return not isinstance(value, bool) and as_number(str(value)) is not None


def _date(value: Any, said: str, meaning: Typed) -> str:
    if isinstance(value, datetime) and meaning.type == "date":
        return f"{meaning.name} is a date without a time: write {value.date().isoformat()}"
    if isinstance(value, date):
        return ""
    text = str(value).strip()
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return "" if _parsed(text, "%Y-%m-%d") else f"there is no day {text} in the calendar"
    if re.match(r"\d{4}-\d\d-\d\d[T ]\d\d", text):
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return f"{said} is no time: write it as 2026-11-21T09:30:00"
        return f"{meaning.name} is a date without a time: write {moment.date()}" if meaning.type == "date" else ""
    meant = next((found for pattern in OTHER_DATES if (found := _parsed(text, pattern))), None) or _short(text)
    return f"{said} is no date as it is written here; " + (
        f"did you mean {meant}?" if meant else "write year, month and day: 2026-11-21"
    )


def _parsed(text: str, pattern: str) -> date | None:
    try:
        return datetime.strptime(text, pattern).date()  # noqa: DTZ007 - a day of the calendar, in no time zone
    except ValueError:
        return None


def _short(text: str) -> date | None:
    """2026-1-5 and the like."""
    return _parsed(text, "%Y-%m-%d")
