"""A call as the handlers see it, and how its body and query are read: strictly, so that a slip fails loudly."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from werkzeug.datastructures import MultiDict

from local.hubspot.errors import Problem, bad_json, invalid
from local.hubspot.kinds import Source
from local.hubspot.state import Crm

if TYPE_CHECKING:
    from local.hubspot.hub import HubSpot
    from local.hubspot.portal import Portal

Fields = Mapping[str, type | tuple[type, ...]]
_WORDS = {str: "java.lang.String", list: "java.util.ArrayList", dict: "java.util.LinkedHashMap", bool: "boolean"}


@dataclass(frozen=True)
class Answer:
    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Ask:
    """One authenticated call. `by` is the calling app; `version` is `2026-09`, `2026-03`, `v3` or `v4`."""

    hub: HubSpot
    portal: Portal
    by: Source
    version: str
    url: str
    text: str
    query: MultiDict[str, str]

    @property
    def crm(self) -> Crm:
        return self.portal.crm

    @property
    def lenient_dates(self) -> bool:
        """Version 2026-09 normalises dates that older versions reject (section 2)."""
        return self.version == "2026-09"

    def json(self) -> Any:
        try:
            return json.loads(self.text)
        except ValueError as error:
            raise bad_json(f"No content to map to Object due to end of input ({error})") from None

    def body(self, required: Fields, optional: Fields | None = None) -> dict[str, Any]:
        return take(self.json(), required, optional)

    def known_query(self, *names: str) -> None:
        """Refuse parameters that this endpoint does not have."""
        if unknown := sorted(set(self.query) - set(names)):
            raise invalid(f"Unknown query parameters: {', '.join(unknown)}")

    def names(self, parameter: str) -> list[str]:
        """A list parameter, given with commas or many times."""
        return [name for text in self.query.getlist(parameter) for name in text.split(",") if name]

    def flag(self, parameter: str) -> bool:
        text = self.query.get(parameter, "false").lower()
        if text not in ("true", "false"):
            raise invalid(f"{parameter} must be true or false")
        return text == "true"

    def limit(self, default: int, most: int) -> int:
        text = self.query.get("limit", str(default))
        if not text.isdigit() or not 1 <= int(text) <= most:
            raise invalid(f"limit must be a number from 1 to {most}, but is {text}")
        return int(text)


def take(body: Any, required: Fields, optional: Fields | None = None) -> dict[str, Any]:
    """The fields of a JSON object. Missing, unknown and wrongly typed ones are refused."""
    known = {**required, **(optional or {})}
    if not isinstance(body, dict):
        raise bad_json("Cannot deserialize the value: an Object was expected.")
    if missing := [name for name in required if body.get(name) is None]:
        raise bad_json(f"Some required fields were not set: [{', '.join(missing)}]")
    if unknown := [name for name in body if name not in known]:
        raise bad_json(f'Unrecognized field "{unknown[0]}", known: {sorted(known)}')
    for name, value in body.items():
        if value is not None and not _is(value, known[name]):
            raise bad_json(f'Cannot deserialize value of type `{_word(known[name])}` for field "{name}"')
    return {name: value for name, value in body.items() if value is not None}


def inputs(
    body: dict[str, Any], required: Fields, optional: Fields | None = None, *, most: int
) -> list[dict[str, Any]]:
    """The inputs of a batch, read one by one."""
    given = body["inputs"]
    if len(given) > most:
        raise invalid(
            f"The maximum number of inputs supported in a batch request is {most}, but {len(given)} were sent"
        )
    return [take(one, required, optional) for one in given]


def property_values(given: Mapping[str, Any]) -> dict[str, str]:
    """Property values of a body: text. Numbers and booleans are taken as the text that they look like."""
    read = {}
    for name, value in given.items():
        if isinstance(value, bool):
            read[name] = str(value).lower()
        elif isinstance(value, int | float):
            read[name] = str(value)
        elif isinstance(value, str):
            read[name] = value
        else:
            raise bad_json(f'Cannot deserialize value of type `java.lang.String` for property "{name}"')
    return read


def check_json_type(content_type: str) -> None:
    if not content_type.split(";", maxsplit=1)[0].strip().endswith("json"):
        raise Problem(415, "HTTP 415 Unsupported Media Type")


def _is(value: Any, expected: type | tuple[type, ...]) -> bool:
    if isinstance(value, bool):
        return expected in (bool, object) or (isinstance(expected, tuple) and bool in expected)
    return isinstance(value, expected)


def _word(expected: type | tuple[type, ...]) -> str:
    first = expected[0] if isinstance(expected, tuple) else expected
    return _WORDS.get(first, first.__name__)
