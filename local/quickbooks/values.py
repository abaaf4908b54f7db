"""Request values, read and checked by the field tables. Whatever the tables do not know is refused with 2010."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, Final

from local.quickbooks import faults
from local.quickbooks.fields import ANSWERED_ONLY, Entity, Field, Kind, Shape

Values = dict[str, Any]


class _Cleared:
    """Stands for a value that the request takes away. An empty string does that; a null counts as left out."""

    def __repr__(self) -> str:
        return "CLEARED"


CLEARED: Final = _Cleared()
_FORBIDDEN = re.compile(r"[:\t\n\r]")
_MOST = Decimal(99_999_999_999)
_ENVELOPE = frozenset({"Id", "SyncToken", "sparse"})


def read(entity: Entity, body: object, *, creating: bool, by_person: bool = False) -> Values:
    """The values that a request sets or clears. Read-only attributes are passed over (reference 2.3).

    A person in the UI has no nulls to send: for them None takes the value away.
    """
    if not isinstance(body, dict):
        raise faults.unsupported_property(entity.name)
    found: Values = {}
    for name, value in body.items():
        field = entity.field(name)
        if name in _ENVELOPE or name in ANSWERED_ONLY:
            continue
        if field is None:
            raise faults.unsupported_property(name)
        if not _may_write(field, creating=creating, by_person=by_person):
            continue
        if value is None:
            if by_person:
                found[name] = CLEARED
            continue
        found[name] = _read(field, value)
    return found


def apply(entity: Entity, values: Values, changes: Values) -> Values:
    """The values with the changes made, without what was cleared; defaults where nothing is left."""
    defaults = {field.name: field.default for field in entity.fields if field.default is not None}
    return defaults | {name: value for name, value in {**values, **changes}.items() if value is not CLEARED}


def is_true(value: object) -> bool:
    """How `sparse` is read: as a boolean, or as its name."""
    return value is True or (isinstance(value, str) and value.lower() == "true")


def _may_write(field: Field, *, creating: bool, by_person: bool) -> bool:
    if by_person:
        return field.writable != "never"
    return field.writable == "always" or (field.writable == "create" and creating)


def _read(field: Field, value: object) -> object:
    """The value as its kind wants it; CLEARED for an empty one."""
    if field.kind in ("complex", "reference"):
        return _complex(field, value) if field.complex else _reference(field.name, value)
    if field.shape:
        return _shapes(field, field.shape, value) if field.kind == "shapes" else _shape(field.name, field.shape, value)
    if isinstance(value, dict | list):
        raise faults.unsupported_property(field.name)
    return CLEARED if value == "" else _READERS[field.kind](field, value)


def _text(name: str, value: object, longest: int) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise faults.unsupported_property(name)
    return _not_longer(name, str(value), longest)


def _name(field: Field, value: object) -> object:
    text = _text(field.name, value, field.longest)
    if _FORBIDDEN.search(text):
        raise faults.invalid_string(field.name)
    return text.strip() or CLEARED


def _not_longer(name: str, text: str, longest: int) -> str:
    if len(text) > longest:
        raise faults.invalid_length(name, longest, len(text))
    return text


def _boolean(field: Field, value: object) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise faults.invalid_boolean(field.name, value)


def _number(field: Field, value: object) -> float | int:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d+)?", value):
        return float(value) if "." in value else int(value)
    raise faults.invalid_number(field.name, value)


def _date(field: Field, value: object) -> str:
    with contextlib.suppress(ValueError):
        if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
            return date.fromisoformat(value).isoformat()
    raise faults.invalid_date(field.name, value)


def _enum(field: Field, value: object) -> str:
    if str(value) not in field.values:
        raise faults.invalid_enumeration(field.name, value)
    return str(value)


def _complex(field: Field, value: object) -> object:
    """The whole nested object: what is sent replaces what is stored, also in a sparse update."""
    name, kind = field.name, field.complex
    if not isinstance(value, dict) or kind is None:
        raise faults.unsupported_property(name)
    members = {member.name: member for member in kind.members}
    for key in value:
        if key not in members and key not in kind.ignored:
            raise faults.unsupported_property(f"{name}.{key}")
    found = {}
    for key, member in members.items():
        if value.get(key) is None or value[key] == "":
            continue
        text = _text(f"{name}.{key}", value[key], member.longest)
        if member.email and not _is_email(text):
            raise faults.invalid_email(f"{name}.{key}")
        found[key] = text
    together = sum(len(text) for key, text in found.items() if key.startswith("Line"))
    if kind.longest_together is not None and together > kind.longest_together:
        raise faults.invalid_length(name, kind.longest_together, together)
    return found or CLEARED


def _shape(name: str, shape: Shape, value: object) -> Values:
    """A nested object as its table wants it; what it leaves out or empties is absent."""
    if not isinstance(value, dict):
        raise faults.unsupported_property(name)
    fields = {field.name: field for field in shape.fields}
    found: Values = {}
    for key, sent in value.items():
        if key in shape.ignored:
            continue
        if key not in fields:
            raise faults.unsupported_property(f"{name}.{key}")
        read = CLEARED if sent is None else _read(replace(fields[key], name=f"{name}.{key}"), sent)
        if read is not CLEARED:
            found[key] = read
    return found


def _shapes(field: Field, shape: Shape, value: object) -> list[Values]:
    if not isinstance(value, list):
        raise faults.unsupported_property(field.name)
    return [_shape(field.name, shape, each) for each in value]


def _amount(field: Field, value: object) -> Decimal:
    """An exact number, of 15 digits at most before and after the point together as QuickBooks keeps them."""
    if isinstance(value, bool) or not re.fullmatch(r"-?\d+(\.\d+)?([eE][-+]?\d+)?", str(value)):
        raise faults.invalid_number(field.name, value)
    amount = Decimal(str(value))
    if abs(amount) > _MOST:
        raise faults.invalid_amount(field.name, value)
    return amount


def _is_email(text: str) -> bool:
    return all("@" in part and "." in part for part in text.split(","))


def _reference(name: str, value: object) -> object:
    """Only `value` counts; `name` is decorative (reference 2.3)."""
    if not isinstance(value, dict):
        raise faults.unsupported_property(name)
    for key in value:
        if key not in ("value", "name", "type"):
            raise faults.unsupported_property(f"{name}.{key}")
    target = value.get("value")
    return {"value": _text(name, target, 50)} if target not in (None, "") else CLEARED


_READERS: dict[Kind, Callable[[Field, object], object]] = {
    "text": lambda field, value: _text(field.name, value, field.longest),
    "masked": lambda field, value: _text(field.name, value, field.longest),
    "name": _name,
    "boolean": _boolean,
    "decimal": _number,
    "integer": _number,
    "amount": _amount,
    "date": _date,
    "enum": _enum,
}
