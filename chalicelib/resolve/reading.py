"""A text as the number, date or moment that it says, in either vendor's spelling; None where it says none.

Every reader takes any text and raises nothing. HubSpot sends dates as `YYYY-MM-DD` or as milliseconds at midnight UTC,
moments as ISO 8601 or as milliseconds (reference hubspot.md 4.3); QuickBooks `YYYY-MM-DD`, and ISO with an offset.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
ISO_DAY = re.compile(r"(\d{4}-\d\d-\d\d)([T ]\d\d:\d\d.*)?", re.ASCII)
MILLISECONDS = re.compile(r"0|-?[1-9]\d{8,15}", re.ASCII)  # shorter ones would be dates in digits, and lie in 1970
DIGITS_MAX = 40  # before the point; no price, count or id has more
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def as_number(text: str) -> Decimal | None:
    """A plain decimal number. Separators of thousands are not read: they mean different things in different places."""
    text = text.strip()
    if not NUMBER.fullmatch(text):
        return None
    number = Decimal(text)
    return number if number.is_zero() or abs(number.adjusted()) < DIGITS_MAX else None


def as_date(text: str) -> date | None:
    """A calendar day. Of a text with a time it is the day as written, of milliseconds the day in UTC."""
    text = text.strip()
    try:
        if found := ISO_DAY.fullmatch(text):
            return date.fromisoformat(found[1])
        if MILLISECONDS.fullmatch(text):
            return (EPOCH + timedelta(milliseconds=int(text))).date()
    except (ValueError, OverflowError):
        return None
    return None


def as_moment(text: str, zone: tzinfo) -> timedelta | None:
    """A moment, as the time since 1970 in UTC. Where no offset is written, it is a time of the zone; a day alone is
    its first moment there."""
    text = text.strip()
    if MILLISECONDS.fullmatch(text):
        return timedelta(milliseconds=int(text))
    if not ISO_DAY.fullmatch(text):
        return None
    try:
        read = datetime.fromisoformat(text)
        return since_epoch(read if read.tzinfo else read.replace(tzinfo=zone))
    except (ValueError, OverflowError):
        return None


def since_epoch(moment: datetime) -> timedelta:
    """The time since 1970 in UTC. Unlike `astimezone` it does not fail in the first and last years there are."""
    return moment.replace(tzinfo=UTC) - EPOCH - (moment.utcoffset() or timedelta(0))
