"""Search: over an index that lags behind, with the documented limits (reference, section 4.6)."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from local.hubspot.asking import take
from local.hubspot.definitions import Property
from local.hubspot.errors import Problem, invalid
from local.hubspot.kinds import CONTACTS, Kind, kind_named
from local.hubspot.records import Record
from local.hubspot.state import Crm
from local.hubspot.values import Rejected, moment, split

PAGE_MAX = 200
RESULTS_MAX = 10_000
GROUPS_MAX, FILTERS_MAX, FILTERS_IN_ALL_MAX = 5, 6, 18
TEXT_MAX = 3_000
_SEARCHED = {
    CONTACTS.name: ("firstname", "lastname", "email", "phone", "hs_additional_emails", "fax", "mobilephone", "company"),
    "companies": ("website", "phone", "name", "domain"),
    "deals": ("dealname", "description", "dealtype"),
    "products": ("name", "description", "hs_sku"),
    "line_items": ("name", "description", "hs_sku"),
    "invoices": ("hs_number", "hs_title"),
    "notes": ("hs_note_body",),
}
_NEEDS = {
    **dict.fromkeys(("LT", "LTE", "GT", "GTE", "EQ", "NEQ", "CONTAINS_TOKEN", "NOT_CONTAINS_TOKEN"), ("value",)),
    "BETWEEN": ("value", "highValue"),
    "IN": ("values",),
    "NOT_IN": ("values",),
    "HAS_PROPERTY": (),
    "NOT_HAS_PROPERTY": (),
}
_NEGATED = {"NEQ": "EQ", "NOT_IN": "IN", "NOT_CONTAINS_TOKEN": "CONTAINS_TOKEN", "NOT_HAS_PROPERTY": "HAS_PROPERTY"}
Indexed = tuple[Record, dict[str, str]]
Test = Callable[[Indexed], bool]


@dataclass(frozen=True)
class Found:
    """One page. `after` is the next offset, if there is more."""

    total: int
    page: list[Indexed]
    after: int | None


def search(crm: Crm, kind: Kind, body: dict[str, Any], lag_s: float) -> Found:
    """Answer a search as of `lag_s` ago."""
    limit, offset = _limit(body.get("limit", 10)), _offset(body.get("after", "0"))
    matches = _matcher(crm, kind, body)
    at = crm.now() - lag_s
    hits: list[Indexed] = []
    for record in crm.table(kind).ascending():
        values = record.indexed_values(at)
        if values is not None and matches((record, values)):
            hits.append((record, values))
    hits = _sorted(crm, kind, hits, body.get("sorts", []))
    end = offset + limit
    return Found(len(hits), hits[offset:end], end if end < len(hits) else None)


def _limit(limit: Any) -> int:
    if not 1 <= int(limit) <= PAGE_MAX:
        raise invalid(f"The requested limit of {limit} is not allowed. It must be from 1 to {PAGE_MAX}.")
    return int(limit)


def _offset(after: Any) -> int:
    if not str(after).isdigit():
        raise invalid(f"after must be a number, but is {after}")
    if int(after) >= RESULTS_MAX:
        raise invalid(f"A search can page through at most {RESULTS_MAX} results, but after is {after}.")
    return int(after)


def _matcher(crm: Crm, kind: Kind, body: dict[str, Any]) -> Test:
    groups = [take(group, {"filters": list})["filters"] for group in body.get("filterGroups", [])]
    if len(groups) > GROUPS_MAX:
        raise invalid(f"A search may have at most {GROUPS_MAX} filterGroups.")
    if any(len(filters) > FILTERS_MAX for filters in groups) or sum(map(len, groups)) > FILTERS_IN_ALL_MAX:
        raise invalid(f"A filterGroup may have {FILTERS_MAX} filters, and a search {FILTERS_IN_ALL_MAX} in all.")
    compiled = [[_filter(crm, kind, one) for one in filters] for filters in groups]
    words = _words(str(body.get("query", "")))

    def matches(one: Indexed) -> bool:
        in_groups = not compiled or any(all(test(one) for test in tests) for tests in compiled)
        return in_groups and (not words or _has_words(kind, one[1], words))

    return matches


def _has_words(kind: Kind, values: dict[str, str], words: list[str]) -> bool:
    held = [token for name in _SEARCHED.get(kind.name, ()) for token in _words(values.get(name, ""))]
    return all(any(token.startswith(word) for token in held) for word in words)


def _filter(crm: Crm, kind: Kind, given: Any) -> Test:
    fields = take(
        given, {"propertyName": str, "operator": str}, {"value": (str, int), "highValue": (str, int), "values": list}
    )
    name, operator = fields["propertyName"], fields["operator"]
    if operator not in _NEEDS:
        raise bad_request(f"Unknown operator {operator}")
    if missing := [need for need in _NEEDS[operator] if need not in fields]:
        raise bad_request(f"Operator {operator} needs {missing[0]}")
    base = _NEGATED.get(operator, operator)
    if name.startswith("associations."):
        test = _association_test(crm, kind, name, base, fields)
    else:
        test = _property_test(crm, kind, name, base, fields)
    return (lambda one: not test(one)) if operator in _NEGATED else test


def _association_test(crm: Crm, kind: Kind, name: str, operator: str, fields: dict[str, Any]) -> Test:
    there = kind_named(name.removeprefix("associations."))
    links = crm.links_between(kind, there)
    if operator not in ("EQ", "IN", "HAS_PROPERTY"):
        raise bad_request(f"{name} cannot be searched with {operator}")
    wanted = {str(one) for one in fields.get("values", [fields.get("value")])}

    def test(one: Indexed) -> bool:
        linked = links.seen_from(kind, one[0].id).keys()
        return bool(linked) if operator == "HAS_PROPERTY" else bool(wanted & linked)

    return test


def _property_test(crm: Crm, kind: Kind, name: str, operator: str, fields: dict[str, Any]) -> Test:
    definition = crm.schema(kind).find(name)
    if definition is None:
        raise bad_request(f"Property {name} does not exist")
    if operator == "HAS_PROPERTY":
        return lambda one: bool(one[1].get(name))
    if operator == "CONTAINS_TOKEN":
        return _token_test(name, str(fields["value"]))
    if operator in ("EQ", "IN"):
        return _equality_test(definition, [str(v) for v in fields.get("values", [fields.get("value")])], operator)
    key = _key(definition)
    low = key(str(fields["value"]))
    high = key(str(fields["highValue"])) if operator == "BETWEEN" else None
    compare: Callable[[Any], bool] = {
        "LT": lambda value: value < low,
        "LTE": lambda value: value <= low,
        "GT": lambda value: value > low,
        "GTE": lambda value: value >= low,
        "BETWEEN": lambda value: low <= value <= high,
    }[operator]
    return lambda one: bool(one[1].get(name)) and compare(key(one[1][name]))


def _equality_test(definition: Property, wanted: list[str], operator: str) -> Test:
    """EQ ignores case, except for enumerations. IN finds strings only by their lower-case form."""
    name = definition.name
    if definition.type == "enumeration":
        return lambda one: not set(wanted).isdisjoint(split(one[1].get(name, "")))
    key = _key(definition)
    is_text = definition.type == "string"
    keys = set(wanted) if is_text and operator == "IN" else {key(value) for value in wanted}
    return lambda one: bool(one[1].get(name)) and key(one[1][name]) in keys


def _token_test(name: str, wanted: str) -> Test:
    pattern = wanted.lower()
    if "*" in pattern:
        return lambda one: any(
            fnmatch.fnmatchcase(text, pattern) for text in [one[1].get(name, "").lower(), *_words(one[1].get(name, ""))]
        )
    words = _words(pattern)

    def test(one: Indexed) -> bool:
        held = _words(one[1].get(name, ""))
        return any(held[at : at + len(words)] == words for at in range(len(held) - len(words) + 1)) and bool(words)

    return test


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def _key(definition: Property) -> Callable[[str], Any]:
    """How values of a property compare."""
    if definition.type == "number":
        return _number
    if definition.type in ("date", "datetime"):
        return _moment
    return str.lower


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise bad_request(f"{text} was not a valid number") from None


def _moment(text: str) -> float:
    try:
        return moment(text).timestamp()
    except Rejected as rejected:
        raise bad_request(rejected.message) from None


def _sorted(crm: Crm, kind: Kind, hits: list[Indexed], sorts: list[Any]) -> list[Indexed]:
    """Without a sort: oldest first. Records without the value come last either way."""
    if len(sorts) > 1:
        raise bad_request("Only one sort is allowed")
    if not sorts:
        return hits
    name, is_descending = _read_sort(sorts[0])
    definition = crm.schema(kind).find(name)
    if definition is None:
        raise bad_request(f"Property {name} does not exist")
    key = _key(definition)
    valued = [one for one in hits if one[1].get(name)]
    empty = [one for one in hits if not one[1].get(name)]
    return sorted(valued, key=lambda one: key(one[1][name]), reverse=is_descending) + empty


def _read_sort(sort: Any) -> tuple[str, bool]:
    """Either `{"propertyName": …, "direction": …}` or the specification's plain string, `-` for descending."""
    if isinstance(sort, str):
        return sort.removeprefix("-"), sort.startswith("-")
    fields = take(sort, {"propertyName": str}, {"direction": str})
    direction = fields.get("direction", "ASCENDING")
    if direction not in ("ASCENDING", "DESCENDING"):
        raise bad_request(f"Unknown sort direction {direction}")
    return fields["propertyName"], direction == "DESCENDING"


def bad_request(why: str) -> Problem:
    return invalid(f"There was a problem with the request. {why}")
