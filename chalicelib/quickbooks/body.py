"""From values by dotted path to QuickBooks' nested bodies (reference section 2.7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from chalicelib.quickbooks.paths import PATHS

_READ_ONLY_LEAVES = frozenset({"Lat", "Long"})


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
    """Values travel through the sync as text; QuickBooks takes a switch as true or false only."""
    known = PATHS[entity].get(path)
    return value.casefold() == "true" if known is not None and known.type == "bool" else value


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
