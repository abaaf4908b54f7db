"""Fields of an item that this version does not know: a newer one has stored them, and they are kept.

While a deployment is under way two versions work on the same items, and after a roll-back the older one does so alone.
What it writes back must not lack what only the newer one reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import is_dataclass
from typing import Any

BEYOND = "beyond"  # the field of a dataclass that holds them


def read(of: Any, body: Mapping[str, Any]) -> dict[str, Any]:
    """The body's values by the fields of the dataclass `of`; those that it has no field for, under `beyond`."""
    known = of.__dataclass_fields__
    values: dict[str, Any] = {BEYOND: {}}
    for name, value in body.items():
        if name in known and name != BEYOND:
            values[name] = value
        else:
            values[BEYOND][name] = value
    return values


def body_of(value: Any, empty: Any = None) -> dict[str, Any]:
    """What is stored of a dataclass: its own fields, and beside them what a newer version has. With `empty`, another of
    the same kind: only the fields that differ from its own."""
    names = [name for name in value.__dataclass_fields__ if name != BEYOND]
    differing = [name for name in names if empty is None or getattr(value, name) != getattr(empty, name)]
    return {**getattr(value, BEYOND), **{name: _plain(getattr(value, name)) for name in differing}}


def _plain(value: Any) -> Any:
    """A field's value as JSON has it. This is the hottest path of a worker, on which `asdict` copies every leaf."""
    if value is None or isinstance(value, (str, int, float)):
        return value
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, (tuple, list)):
        return [_plain(one) for one in value]
    return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__} if is_dataclass(value) else value
