"""Which text a property accepts, and what is stored for it (reference, sections 4.3, 8 and 12)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from local.hubspot.definitions import Property
from local.hubspot.errors import BadValue
from local.hubspot.kinds import iso

STRING_MAX = 65_536
_ADDRESS = re.compile(r"[^@\s;,<>()\"\[\]\\]+@[^@\s;,<>()\"\[\]\\.]+(\.[^@\s;,<>()\"\[\]\\.]+)+")
_NUMBER = re.compile(r"-?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_DAY_MS = 86_400_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Rejected(Exception):  # noqa: N818 - caught and told as a BadValue
    """A value that the property does not accept."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def as_bad_value(self, name: str) -> BadValue:
        return BadValue(name, self.code, self.message)


def accept(definition: Property, value: str, current: str, *, lenient_dates: bool) -> str:
    """What is stored when `value` is written over `current`. `""` clears.

    `lenient_dates` is what version 2026-09 does: a date that is not a midnight is normalised instead of rejected.
    """
    if value == "":
        return ""
    if (by_name := _BY_NAME.get(definition.name)) is not None:
        return by_name(value, current)
    if definition.type == "enumeration":
        return _enumeration(definition, value, current)
    if definition.type == "date":
        return _date(value, lenient=lenient_dates)
    return _BY_TYPE[definition.type](value)


def email(value: str) -> str:
    address = value.strip().lower()
    if not _ADDRESS.fullmatch(address):
        raise Rejected("INVALID_EMAIL", f"Email address {value} is invalid")
    return address


def split(value: str) -> list[str]:
    """A multi-checkbox value's parts."""
    return [part.strip() for part in value.split(";") if part.strip()]


def _domain(value: str, _current: str) -> str:
    return value.strip().lower()


def _email(value: str, _current: str) -> str:
    return email(value)


def _emails(value: str, current: str) -> str:
    return _several(value, current, email)


def _string(value: str) -> str:
    if len(value) > STRING_MAX:
        raise Rejected("VALUE_TOO_LONG", f"The value exceeds the maximum length of {STRING_MAX} characters.")
    return value


def _bool(value: str) -> str:
    return _option(value.lower(), ("true", "false"))


def _datetime(value: str) -> str:
    return iso(moment(value).timestamp())


def _number(value: str) -> str:
    if not _NUMBER.fullmatch(value.strip()):
        raise Rejected("INVALID_INTEGER", f"{value} was not a valid number.")
    return value.strip()


def moment(value: str) -> datetime:
    """An ISO-8601 text or milliseconds, as a moment."""
    text = value.strip()
    try:
        if re.fullmatch(r"-?\d+", text):
            return _EPOCH + timedelta(milliseconds=int(text))
        parsed = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise Rejected("INVALID_DATE", f"{value} was not a valid long.") from None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def _date(value: str, *, lenient: bool) -> str:
    text = value.strip()
    at = moment(text)
    if lenient and re.fullmatch(r"\d{9,10}", text):
        at = _EPOCH + timedelta(seconds=int(text))  # second precision
    if not lenient and not is_exact_date(text):
        raise Rejected("INVALID_DATE", f"{value} is at {at:%H:%M:%S} UTC, not midnight!")
    return at.astimezone(UTC).strftime("%Y-%m-%d")


def is_exact_date(text: str) -> bool:
    """Whether a text is a day as every version of the API takes it: `YYYY-MM-DD` or a midnight in milliseconds."""
    if re.fullmatch(r"-?\d+", text):
        return int(text) % _DAY_MS == 0
    return re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) is not None


def _enumeration(definition: Property, value: str, current: str) -> str:
    if definition.externalOptions:
        return value
    allowed = tuple(str(option["value"]) for option in definition.options)
    if definition.fieldType != "checkbox":
        return _option(value, allowed)
    return _several(value, current, lambda part: _option(part, allowed))


def _option(value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        options = ", ".join(f'label: "{one}" value: "{one}"' for one in allowed)
        raise Rejected("INVALID_OPTION", f"{value} was not one of the allowed options: [{options}]")
    return value


def _several(value: str, current: str, accept_one: Callable[[str], str]) -> str:
    """Parts joined with `;`. A leading `;` appends to what is there."""
    parts = split(current) if value.startswith(";") else []
    return ";".join(dict.fromkeys([*parts, *(accept_one(part) for part in split(value))]))


_BY_NAME: dict[str, Callable[[str, str], str]] = {
    "email": _email,
    "hs_additional_emails": _emails,
    "domain": _domain,
}
_BY_TYPE: dict[str, Callable[[str], str]] = {
    "string": _string,
    "number": _number,
    "bool": _bool,
    "datetime": _datetime,
}
