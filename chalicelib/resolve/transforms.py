"""What a row's transforms make of a value on its way (settings: `transform`).

The list is gone through from left to right when a value crosses to QuickBooks, and from right to left when it crosses
to HubSpot. `date`, `number` and `map` are inverted on the way back; `trim`, the cases, `phone` and `country` have no
inverse and do the same both ways.

Every step is a pure function of any text, and raises nothing. A value that a step cannot read either crosses as it is
(`phone`, `country`: a text is a text) or not at all (`date`, `number`, `map`: the other side is made for one shape
only); either way that is said. What does not cross blanks nothing. An empty value stays empty.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal

from chalicelib.resolve import countries
from chalicelib.resolve.reading import DIGITS_MAX, as_date, as_number
from chalicelib.settings.transform import DECIMALS_MAX, Transform

APOSTROPHES = re.compile(r"(?<=['’])(?:S|T|D|M|Ll|Re|Ve)\b")
EXACT = Context(prec=2 * DIGITS_MAX + DECIMALS_MAX)


@dataclass(frozen=True)
class Crossed:
    """What arrives, and what was done or could not be done, in words. `value` is empty where nothing crosses."""

    value: str
    note: str | None = None


Step = Callable[[Transform, str], "Crossed"]


def to_quickbooks(steps: Sequence[Transform], value: str) -> Crossed:
    """The value as QuickBooks is to hold it."""
    return _through(steps, _TO_QUICKBOOKS, value)


def to_hubspot(steps: Sequence[Transform], value: str) -> Crossed:
    """The value as HubSpot is to hold it."""
    return _through(reversed(steps), _TO_HUBSPOT, value)


def _through(steps: Iterable[Transform], how: dict[str, Step], value: str) -> Crossed:
    notes: list[str] = []
    for step in steps:
        if not value.strip():
            break
        crossed = how[step.name](step, value)
        value = crossed.value
        notes += [crossed.note] if crossed.note else []
    return Crossed(value, "; ".join(notes) or None)


def _trim(_: Transform, value: str) -> Crossed:
    """No blanks at the ends, and single ones inside; lines stay lines."""
    return Crossed(re.sub(r"[ \t\xa0]+", " ", value).strip())


def _upper(_: Transform, value: str) -> Crossed:
    return Crossed(value.upper())


def _lower(_: Transform, value: str) -> Crossed:
    return Crossed(value.lower())


def _title(_: Transform, value: str) -> Crossed:
    """Each word with a capital: O'Neil, but Jane's."""
    return Crossed(APOSTROPHES.sub(lambda found: found[0].lower(), value.title()))


def _phone(step: Transform, value: str) -> Crossed:
    found, why = _e164(value, step.detail)
    if found is None:
        return Crossed(value, f"phone: it {why} and crosses as it is")
    if _e164(found, step.detail)[0] != found:  # such as 000000 in Germany, which would lose a nought each time
        return Crossed(value, "phone: it would not be read as the same number again and crosses as it is")
    return Crossed(found)


def _e164(value: str, region: str) -> tuple[str | None, str]:
    """The number in E.164, or why not. One with an extension stays, since E.164 has no place for it."""
    import phonenumbers  # only rows with a phone transform need it

    try:
        number = phonenumbers.parse(value, region)
    except phonenumbers.NumberParseException:
        return None, "cannot be read as a number"
    if number.extension:
        return None, "has an extension, for which E.164 has no place,"
    if not phonenumbers.is_possible_number(number):
        return None, f"is no possible number (region {region})"
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), ""


def _country(step: Transform, value: str) -> Crossed:
    found = countries.in_form(value, step.detail)
    if found is None:
        return Crossed(value, "country: no country of this name or code is known, and it crosses as it is")
    return Crossed(found)


def _date_to_quickbooks(step: Transform, value: str) -> Crossed:
    day = as_date(value) or _by_pattern(step.detail, value)
    return _day_crossed(day, _written(step.detail, day) if day else "")


def _date_to_hubspot(step: Transform, value: str) -> Crossed:
    day = _by_pattern(step.detail, value) or as_date(value)
    return _day_crossed(day, day.isoformat() if day else "")


def _day_crossed(day: date | None, text: str) -> Crossed:
    return Crossed(text, None if day else "date: it cannot be read as a date and does not cross")


def _written(pattern: str, day: date) -> str:
    """The day in the pattern. `strftime` would leave out the leading noughts of early years on some systems."""
    return pattern.replace("%d", f"{day.day:02}").replace("%m", f"{day.month:02}").replace("%Y", f"{day.year:04}")


def _by_pattern(pattern: str, text: str) -> date | None:
    """The day that a text in the pattern means; 1/2/2026 is read like 01/02/2026, but not where parts touch."""
    few = r"\d\d" if re.search("%.%", pattern) else r"\d\d?"
    shape = re.escape(pattern).replace("%d", f"(?P<d>{few})").replace("%m", f"(?P<m>{few})")
    found = re.fullmatch(shape.replace("%Y", r"(?P<y>\d{4})"), text.strip(), re.ASCII)
    if found is None:
        return None
    try:
        return date(int(found["y"]), int(found["m"]), int(found["d"]))
    except ValueError:
        return None


def _number_to_quickbooks(step: Transform, value: str) -> Crossed:
    number = as_number(value)
    if number is None:
        return _NO_NUMBER
    rounded = number.quantize(Decimal(1).scaleb(-step.decimals), ROUND_HALF_UP, EXACT)
    return Crossed(format(abs(rounded) if rounded.is_zero() else rounded, "f"))


def _number_to_hubspot(_: Transform, value: str) -> Crossed:
    number = as_number(value)
    if number is None:
        return _NO_NUMBER
    return Crossed(plain(number))


def plain(number: Decimal) -> str:
    """A number as text without an exponent and without noughts at its end; all its decimals are kept."""
    text = format(abs(number) if number.is_zero() else number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


_NO_NUMBER = Crossed("", "number: it cannot be read as a number and does not cross")


def _map_to_quickbooks(step: Transform, value: str) -> Crossed:
    return _looked_up(dict(step.entries), value)


def _map_to_hubspot(step: Transform, value: str) -> Crossed:
    return _looked_up({two: one for one, two in step.entries}, value)


def _looked_up(entries: dict[str, str], value: str) -> Crossed:
    found = entries.get(value.strip())
    return Crossed("", "map: the value has no entry in the map and does not cross") if found is None else Crossed(found)


_SAME_BOTH_WAYS: dict[str, Step] = {
    "trim": _trim, "upper": _upper, "lower": _lower, "title": _title, "phone": _phone, "country": _country,
}  # fmt: skip
_TO_QUICKBOOKS: dict[str, Step] = {
    **_SAME_BOTH_WAYS, "date": _date_to_quickbooks, "number": _number_to_quickbooks, "map": _map_to_quickbooks,
}  # fmt: skip
_TO_HUBSPOT: dict[str, Step] = {
    **_SAME_BOTH_WAYS, "date": _date_to_hubspot, "number": _number_to_hubspot, "map": _map_to_hubspot,
}  # fmt: skip
