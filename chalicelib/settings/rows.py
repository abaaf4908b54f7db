"""Rows of the field table against what both systems say: names, directions, types, and targets written twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from chalicelib.resolve.fields import COMPANY_NAME, WANTED_NAME
from chalicelib.settings.defaults import DEFAULTS
from chalicelib.settings.lines import Document, Mistake, Path
from chalicelib.settings.metadata import Metadata
from chalicelib.settings.model import KindName
from chalicelib.settings.transform import EXAMPLES, Transform
from chalicelib.settings.typed import ARTICLES, CUSTOM, Meaning, NotThere, Typed, path_of, property_of

TO_QUICKBOOKS, TO_HUBSPOT = "to_quickbooks", "to_hubspot"
VENDORS = {TO_QUICKBOOKS: "QuickBooks", TO_HUBSPOT: "HubSpot"}
OURS = ("quickbooks_key", "quickbooks_line")  # only the sync itself writes these
DERIVED = (COMPANY_NAME, WANTED_NAME)  # not on the contact itself
BRIDGES = {"date": {"date", "string"}, "number": {"number", "string"}}  # a transform -> the types that it joins
READS = {  # a transform -> types that it can make anything of
    "date": {"date", "datetime", "string"}, "number": {"number", "string"},
    "phone": {"string"}, "country": {"string", "enumeration"},
    "upper": {"string", "enumeration"}, "lower": {"string", "enumeration"}, "title": {"string", "enumeration"},
}  # fmt: skip
WAYS = {"both": (TO_QUICKBOOKS, TO_HUBSPOT), TO_QUICKBOOKS: (TO_QUICKBOOKS,), TO_HUBSPOT: (TO_HUBSPOT,)}


@dataclass(frozen=True)
class Row:
    """A row of the file, as far as its form is right. `direction` is None where none was said."""

    path: Path
    hubspot: str
    quickbooks: str
    direction: str | None
    enabled: bool
    transform: tuple[Transform, ...] | None  # None: one of them is wrong, and nothing follows from the others

    @property
    def pair(self) -> tuple[str, str]:
        return self.hubspot, self.quickbooks


def rows(document: Document, kind: KindName, raw: dict[str, Any], metadata: Metadata | None) -> Iterator[Mistake]:
    """`raw` is the kind as far as its form is right."""
    kind_direction = raw.get("direction") or ("both" if kind == "contacts" else TO_HUBSPOT)
    given = [row for row in _rows(kind, raw) if row is not None]
    first: dict[tuple[str, str], Row] = {}
    sound: list[tuple[Row, tuple[str, ...]]] = []
    for row in given:
        if row.pair in first:
            line = document.places[first[row.pair].path][0]
            yield document.mistake(
                row.path, f"the pair {row.hubspot}, {row.quickbooks} was said already in line {line}"
            )
            continue
        first[row.pair] = row
        wrong = list(_row(kind, row, kind_direction, metadata))
        yield from (document.mistake((*row.path, *place), message) for place, message in wrong)
        if row.enabled and not wrong:
            sound.append((row, _ways(row, kind_direction)))
    yield from _written_twice(document, kind, sound, set(first), kind_direction)


def _rows(kind: KindName, raw: dict[str, Any]) -> Iterator[Row | None]:
    for number, one in enumerate(raw.get("fields") or ()):
        if not isinstance(one, dict):
            yield None
            continue
        hubspot, quickbooks = one.get("hubspot"), one.get("quickbooks")
        yield Row(
            (kind, "fields", number),
            hubspot if isinstance(hubspot, str) else "",
            quickbooks if isinstance(quickbooks, str) else "",
            one.get("direction"),
            one.get("enabled", True) is not False,
            _transforms(one.get("transform") or []),
        )


def _transforms(raw: list[Any]) -> tuple[Transform, ...] | None:
    try:
        return tuple(Transform.model_validate(one) for one in raw)
    except ValidationError:
        return None


def _ways(row: Row, kind_direction: str) -> tuple[str, ...]:
    said = WAYS[row.direction or "both"]
    return tuple(way for way in said if way in WAYS[kind_direction])


def _row(kind: KindName, row: Row, kind_direction: str, metadata: Metadata | None) -> Iterator[tuple[Path, str]]:
    hubspot = _hubspot_meaning(kind, row, metadata)
    quickbooks = path_of(metadata, kind, row.quickbooks) if row.quickbooks else None
    if isinstance(hubspot, NotThere):
        yield ("hubspot",), hubspot.message
    if isinstance(quickbooks, NotThere):
        yield ("quickbooks",), quickbooks.message
    if not row.enabled or isinstance(hubspot, NotThere) or isinstance(quickbooks, NotThere):
        return
    if wrong := _direction(kind, row, kind_direction, hubspot, quickbooks):
        yield (("direction",) if row.direction else ("hubspot",)), wrong
    elif isinstance(hubspot, Typed) and isinstance(quickbooks, Typed) and not _is_default(kind, row):
        wrong = _types(hubspot, quickbooks, row.transform, _ways(row, kind_direction))
        if row.transform is not None and wrong:
            yield ("hubspot",), wrong
            return
    if row.transform:
        yield from _steps(row.transform, hubspot, quickbooks)
        yield from _choices(row.transform, hubspot, quickbooks)


def _hubspot_meaning(kind: KindName, row: Row, metadata: Metadata | None) -> Meaning:
    if kind == "contacts" and row.hubspot in DERIVED:
        return Typed(row.hubspot, "string")
    if "." in row.hubspot:
        where = f"only {COMPANY_NAME} can be mapped" if kind == "contacts" else "map properties of the record itself"
        return NotThere(f"{row.hubspot}: of associated records {where}")
    return property_of(metadata, kind, row.hubspot) if row.hubspot else None


def _is_default(kind: KindName, row: Row) -> bool:
    return any((one.hubspot, one.quickbooks) == row.pair for one in DEFAULTS[kind])


def _direction(kind: KindName, row: Row, kind_direction: str, hubspot: Meaning, quickbooks: Meaning) -> str:
    """Why the row cannot go where it says; empty where it can."""
    if row.direction and row.direction not in (kind_direction, *WAYS[kind_direction]):
        return (
            f"{kind} go {kind_direction} only, so this row cannot go {row.direction}; say direction: {kind_direction}"
        )
    closed = {TO_HUBSPOT: _closed_in_hubspot(row.hubspot, hubspot)}
    if isinstance(quickbooks, Typed) and quickbooks.read_only:
        closed[TO_QUICKBOOKS] = f"{row.quickbooks} cannot be written in QuickBooks"
    why = [closed[way] for way in _ways(row, kind_direction) if closed.get(way)]
    if not why:
        return ""
    left = [way for way in WAYS[kind_direction] if not closed.get(way)]
    return " and ".join(why) + (f"; say direction: {left[0]}" if left else "; take the row out")


def _closed_in_hubspot(name: str, meaning: Meaning) -> str:
    if name == COMPANY_NAME:
        return f"{name} is the associated company's, and is not written"
    if name == WANTED_NAME:
        return f"{name} is put together from other properties, and is not written"
    if name in OURS:
        return f"{name} is written by the sync itself only"
    if isinstance(meaning, Typed) and meaning.read_only:
        return f"{name} cannot be written in HubSpot (calculated, or read-only)"
    return ""


def _types(hubspot: Typed, quickbooks: Typed, transforms: tuple[Transform, ...] | None, ways: tuple[str, ...]) -> str:
    """What does not fit: equal types go both ways, any type goes one way into text (HubSpot's own rule)."""
    names: set[str] = {one.name for one in transforms or ()}
    types = {hubspot.type, quickbooks.type}
    if "map" in names or any(name in names and types <= joined for name, joined in BRIDGES.items()):
        return ""
    if _reads_as_number(hubspot, quickbooks, ways):
        return ""
    unfit = [
        way for way in ways
        if hubspot.type != quickbooks.type and (quickbooks if way == TO_QUICKBOOKS else hubspot).type != "string"
    ]  # fmt: skip
    if not unfit:
        return ""
    into_text = TO_QUICKBOOKS if quickbooks.type == "string" else TO_HUBSPOT if hubspot.type == "string" else None
    ways_out = [f"say direction: {into_text}"] if into_text in ways else []
    ways_out += _bridge(types)
    return (
        f"{hubspot.name} is {hubspot.is_a} and {quickbooks.name} is {quickbooks.is_a}; two types go one way into text "
        "only" + (": " + ", or ".join(ways_out) if ways_out else "")
    )


def _reads_as_number(hubspot: Typed, quickbooks: Typed, ways: tuple[str, ...]) -> bool:
    """QuickBooks keeps the numbers of its custom fields as texts; what is none does not cross, and that is said."""
    custom = CUSTOM.fullmatch(quickbooks.name) is not None
    return custom and {hubspot.type, quickbooks.type} == {"number", "string"} and ways == (TO_HUBSPOT,)


def _bridge(types: set[str]) -> list[str]:
    name = next((one for one, joined in BRIDGES.items() if types <= joined), None)
    if name is None and types & {"enumeration", "bool"}:
        name = "map"
    return [f"give it transform: [{EXAMPLES[name]}]"] if name else []


def _steps(transforms: tuple[Transform, ...], hubspot: Meaning, quickbooks: Meaning) -> Iterator[tuple[Path, str]]:
    """Steps that can never do anything. A map among them makes any type of any other."""
    if any(one.name == "map" for one in transforms):
        return
    for number, one in enumerate(transforms):
        sides = [side for side in (hubspot, quickbooks) if isinstance(side, Typed) and side.type in ARTICLES]
        unread = [side for side in sides if side.type not in READS.get(one.name, {side.type})]
        if unread:
            yield ("transform", number), f"{one.name} makes nothing of {unread[0].name}, which is {unread[0].is_a}"


def _choices(transforms: tuple[Transform, ...], hubspot: Meaning, quickbooks: Meaning) -> Iterator[tuple[Path, str]]:
    """Entries of a map that no choice of their side is. Inside a chain the other steps may make one of it."""
    for number, one in enumerate(transforms):
        if one.name != "map":
            continue
        sides = ((hubspot, number == 0, 0), (quickbooks, number == len(transforms) - 1, 1))
        for side, outermost, half in sides:
            if not (outermost and isinstance(side, Typed)):
                continue
            for entry in one.entries:
                wrong = _no_choice(side, entry[half])
                if wrong:
                    yield ("transform", number, "map", entry[0]), f"map: {wrong}"


def _no_choice(side: Typed, said: str) -> str:
    if side.type == "bool":
        return "" if said.casefold() in ("true", "false") else f"{said} is neither true nor false ({side.name})"
    if not side.options or side.option(said):
        return ""
    return f"{said} is no choice of {side.name}{side.nearest_option(said)}"


def _written_twice(
    document: Document,
    kind: KindName,
    sound: list[tuple[Row, tuple[str, ...]]],
    replaced: set[tuple[str, str]],
    kind_direction: str,
) -> Iterator[Mistake]:
    """A target with two sources would change to and fro. Defaults that the file replaces do not count."""
    writers: dict[tuple[str, str], str] = {}
    for default in DEFAULTS[kind]:
        if (default.hubspot, default.quickbooks) not in replaced:
            off = f"{{hubspot: {default.hubspot}, quickbooks: {default.quickbooks}, enabled: false}}"
            for way in set(WAYS[default.direction]) & set(WAYS[kind_direction]):
                target = default.quickbooks if way == TO_QUICKBOOKS else default.hubspot
                writers[way, target] = f"by the default row; to switch that off, add {off}"
    for row, ways in sound:
        doubled = [
            (way, target)
            for way, target in ((TO_QUICKBOOKS, row.quickbooks), (TO_HUBSPOT, row.hubspot))
            if way in ways and (way, target) in writers
        ]
        if doubled:
            way, target = doubled[0]
            message = f"{target} in {VENDORS[way]} is written already {writers[way, target]}"
            yield document.mistake(row.path, message)
            continue
        line = document.places[row.path][0]
        for way in ways:
            writers[way, row.quickbooks if way == TO_QUICKBOOKS else row.hubspot] = f"by the row in line {line}"
