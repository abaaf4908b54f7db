"""From values by dotted path to QuickBooks' nested bodies (reference section 2.7)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from chalicelib.quickbooks.paths import PATHS

_READ_ONLY_LEAVES = frozenset({"Lat", "Long"})
_DECIMAL = re.compile(r"-?\d+(\.\d+)?", re.ASCII)


def nested(
    values: Mapping[str, str], carried: Mapping[str, Any] | None = None, entity: str = "Customer"
) -> dict[str, Any]:
    """A body that sets each path, in the path's own type. A nested object that is touched is sent whole, with what it
    `carried` before, since a sparse update replaces it."""
    body: dict[str, Any] = {}
    for path, value in values.items():
        *parents, leaf = path.split(".")
        place = body
        for step in parents:
            if step not in place:
                whole = (carried or {}).get(step) if place is body else None
                place[step] = {k: v for k, v in (whole or {}).items() if k not in _READ_ONLY_LEAVES}
            place = place[step]
        place[leaf] = _typed(entity, path, value)
    return body


def _typed(entity: str, path: str, value: str) -> Any:
    """Values travel through the sync as text; QuickBooks takes a switch as true or false only, and numbers as JSON
    knows them (reference section 2.3); an empty text clears a number."""
    known = PATHS[entity].get(path)
    kind = known.type if known is not None else "text"
    if kind == "bool":
        return value.casefold() == "true"
    return _json_number(value) if kind == "number" else value


def _json_number(value: str) -> int | float | str:
    """The number that a plain decimal text says. Its first 15 digits, all that QuickBooks keeps, are exact."""
    return (float(value) if "." in value else int(value)) if _DECIMAL.fullmatch(value) else value


def carried(raw: Mapping[str, Any], paths: Iterable[str]) -> dict[str, Any]:
    """The nested objects that the mapped paths lie in, as the customer has them now."""
    leaves: dict[str, set[str]] = {}
    for path in paths:
        parent, dot, leaf = path.partition(".")
        if dot:
            leaves.setdefault(parent, set()).add(leaf)
    # What holds nothing but the one leaf that is ever written has nothing to lose.
    return {
        name: raw[name]
        for name, mapped in sorted(leaves.items())
        if isinstance(raw.get(name), dict) and raw[name] and (len(mapped) > 1 or raw[name].keys() - mapped)
    }
