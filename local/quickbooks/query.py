"""Queries answered from a company file (reference 5). What a statement may not ask for is 4001."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from local.quickbooks import clock, faults, wire
from local.quickbooks.entities import ACCOUNT, ENTITIES, LISTED, QUERYABLE
from local.quickbooks.fields import METADATA_PATHS, Entity
from local.quickbooks.grammar import Condition, Constant, Select, parse
from local.quickbooks.record import Record
from local.quickbooks.state import CompanyFile

DEFAULT_RESULTS = 100
MOST_RESULTS = 1000
_NUMBERS = ("amount", "decimal")
_TEXTS = ("text", "name", "enum", "complex")

Comparable = str | int | float | bool | Decimal | None
Row = tuple[Callable[[str], Comparable], Callable[[], dict[str, Any]]]  # the value at a path; the object itself


def answer(file: CompanyFile, statement: str) -> dict[str, Any]:
    """What stands under `QueryResponse`."""
    select = parse(statement)
    entity = QUERYABLE.get(select.entity)
    if entity is None:
        raise faults.query_not_valid(f"Invalid context declaration: {select.entity}")
    _check_columns(entity, select)
    tests = [_test(file, entity, condition) for condition in select.conditions]
    rows = [row for row in _rows(file, entity, select) if all(test(row[0]) for test in tests)]
    start, most = _page(select)
    if select.count:
        return {"totalCount": len(rows)}
    for order in reversed(select.orders):
        path = _path(entity, order.path, entity.sortable)
        rows.sort(key=lambda row: _sort_key(row[0](path)), reverse=order.descending)
    page = [show() for _, show in rows[start - 1 : start - 1 + most]]
    return {select.entity: page, "startPosition": start, "maxResults": len(page)} if page else {}


def _page(select: Select) -> tuple[int, int]:
    start = 1 if select.start is None else select.start
    most = DEFAULT_RESULTS if select.most is None else select.most
    for value in (start, most):
        if value < 1:
            raise faults.query_not_valid(f"value {value} is too small. Min allowed value is 1")
    if most > MOST_RESULTS:
        raise faults.query_not_valid(f"value {most} is too large. Max allowed value is {MOST_RESULTS}")
    return start, most


def _check_columns(entity: Entity, select: Select) -> None:
    """Columns may be named, but whole objects are returned all the same."""
    known = {field.name.lower() for field in entity.fields if field.kind != "complex"}
    known |= {"*", "id", "synctoken", "metadata", *(path.lower() for path in METADATA_PATHS)}
    known |= {name.lower() for name in entity.filterable}
    for column in select.columns:
        if column.lower() not in known:
            raise faults.query_not_valid(f"Property {column} not found for Entity {entity.name}")


def _path(entity: Entity, asked: str, allowed: Iterable[str]) -> str:
    """The exact spelling of a property; 4001 if it cannot be used here."""
    spelled = {name.lower(): name for name in (*allowed, *METADATA_PATHS)}
    if asked.lower() in spelled:
        return spelled[asked.lower()]
    if any(field.name.lower() == asked.partition(".")[0].lower() for field in entity.fields):
        raise faults.query_not_valid(f"property '{asked}' is not queryable")
    raise faults.query_not_valid(f"Property {asked} not found for Entity {entity.name}")


def _rows(file: CompanyFile, entity: Entity, select: Select) -> Iterable[Row]:
    """Newest first. Inactive names are left out unless the statement speaks of Active (reference 5)."""
    speaks_of_active = any(condition.path.lower() == "active" for condition in select.conditions)
    if entity is ACCOUNT:
        return [_row_of(file.account(one.id)) for one in file.accounts.all() if one.active or speaks_of_active]
    if entity.name in LISTED:
        return map(_row_of, file.lists.all(entity.name))
    if entity.name not in ENTITIES:
        singleton = file.company_info() if entity.name == "CompanyInfo" else file.preferences()
        return [(lambda path: _value_of_singleton(singleton, path), lambda: singleton)]
    records = _by_id(file, entity, select)
    if records is None:
        records = file.all(entity)
    return [_row(file, record) for record in records if record.active or speaks_of_active]


def _by_id(file: CompanyFile, entity: Entity, select: Select) -> list[Record] | None:
    """A short cut for `Id = …` and `Id in (…)`: the rows that can match at all."""
    for condition in select.conditions:
        if condition.path.lower() == "id" and condition.operator in ("=", "in"):
            wanted = {value.text for value in condition.values}
            found = (file.records[entity.name].get(id) for id in wanted)
            return sorted((record for record in found if record), key=lambda record: int(record.id), reverse=True)
    return None


def _row_of(shown: dict[str, Any]) -> Row:
    """A row of what can only be read."""

    def value(path: str) -> Comparable:
        found = shown.get(path)
        if path == "Id" or path in METADATA_PATHS:
            return _value_of_singleton(shown, path)
        return found["value"] if isinstance(found, dict) else found

    return value, lambda: shown


def _row(file: CompanyFile, record: Record) -> Row:
    return (lambda path: _value(file, record, path)), (lambda: wire.record(file, record))


def _value(file: CompanyFile, record: Record, path: str) -> Comparable:
    match path:
        case "Id":
            return int(record.id)
        case "MetaData.CreateTime":
            return int(record.created)
        case "MetaData.LastUpdatedTime":
            return int(record.updated)
        case "PrimaryEmailAddr":
            address: Comparable = record.values.get(path, {}).get("Address")
            return address
    value = wire.value(file, record, path)
    if isinstance(value, dict):
        value = value["value"]
    kind = _kind(record.entity, path)
    if value is None:
        return False if kind == "boolean" else None  # what was never switched on is off
    return Decimal(str(value)) if kind in _NUMBERS else value


def _value_of_singleton(singleton: dict[str, Any], path: str) -> Comparable:
    if path == "Id":
        id = singleton["Id"]
        return int(id) if id.isdigit() else id.casefold()
    return int(clock.moment(singleton["MetaData"][path.split(".")[1]]))


def _test(file: CompanyFile, entity: Entity, condition: Condition) -> Callable[[Callable[[str], Comparable]], bool]:
    path = _path(entity, condition.path, entity.filterable)
    operator = condition.operator
    if (path == "Id" or _kind(entity, path) == "boolean") and operator not in ("=", "in"):
        raise faults.query_not_valid(f"operator {operator} is not supported for property '{path}'")
    if operator == "like":
        return _like(entity, path, condition.values[0])
    wanted = [_comparable(file, entity, path, value) for value in condition.values]
    if operator in ("=", "in"):
        return lambda value_at: _folded(value_at(path)) in wanted
    limit = wanted[0]

    def test(value_at: Callable[[str], Comparable]) -> bool:
        value = _folded(value_at(path))
        if value is None or limit is None:
            return False
        match operator:
            case "<":
                return value < limit  # type: ignore[operator]
            case ">":
                return value > limit  # type: ignore[operator]
            case "<=":
                return value <= limit  # type: ignore[operator]
        return value >= limit  # type: ignore[operator]

    return test


def _like(entity: Entity, path: str, literal: Constant) -> Callable[[Callable[[str], Comparable]], bool]:
    if path in METADATA_PATHS or _kind(entity, path) not in _TEXTS or not literal.quoted:
        raise faults.query_not_valid(f"operator LIKE is not supported for property '{path}'")
    pattern = ".*".join(re.escape(part) for part in literal.text.casefold().split("%"))
    matcher = re.compile(pattern, re.DOTALL)

    def test(value_at: Callable[[str], Comparable]) -> bool:
        value = _folded(value_at(path))
        return value is not None and bool(matcher.fullmatch(str(value)))

    return test


def _comparable(file: CompanyFile, entity: Entity, path: str, literal: Constant) -> Comparable:
    """The literal as a value of the property's own type; None for the null test `' '`."""
    text = literal.text
    if path in METADATA_PATHS:
        return _moment(file, literal)
    kind = _kind(entity, path)
    if kind == "boolean":
        if text.lower() not in ("true", "false"):
            raise faults.query_not_valid(f"value {text} is not a boolean")
        return text.lower() == "true"
    if literal.is_null_test:
        return None
    if path == "Id":
        if not text.isdigit() and entity.name != "TaxCode":  # in the US there are TAX and NON
            raise faults.invalid_id(text)
        return int(text) if text.isdigit() else text.casefold()
    if kind in _NUMBERS:
        if not re.fullmatch(r"-?\d+(\.\d+)?", text):
            raise faults.query_not_valid(f"value {text} is not a number")
        return Decimal(text)
    if kind == "date":
        return _day(file, literal)
    return text.casefold()


def _kind(entity: Entity, path: str) -> str:
    field = entity.field(path)
    return field.kind if field else "text"


def _day(file: CompanyFile, literal: Constant) -> str:
    if literal.text == "current_date" and not literal.quoted:
        return clock.today(file.now())
    try:
        return date.fromisoformat(literal.text[:10]).isoformat()
    except ValueError:
        raise faults.query_not_valid(f"value {literal.text} is not a valid date or time") from None


def _moment(file: CompanyFile, literal: Constant) -> float:
    if literal.text == "current_date" and not literal.quoted:
        return clock.moment(datetime.fromtimestamp(file.now(), clock.PACIFIC).date().isoformat())
    try:
        if literal.quoted:
            return clock.moment(literal.text)
    except ValueError:
        pass
    raise faults.query_not_valid(f"value {literal.text} is not a valid date or time")


def _folded(value: Comparable) -> Comparable:
    return value.casefold() if isinstance(value, str) else value


def _sort_key(value: Comparable) -> tuple[int, Comparable]:
    """Rows without a value come first, texts last: the ids of tax codes are of both kinds."""
    return (0, 0) if value is None else (2 if isinstance(value, str) else 1, _folded(value))
