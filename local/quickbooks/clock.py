"""Times as QuickBooks writes and reads them (reference 2.3): with an offset, usually US Pacific."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

PACIFIC = ZoneInfo("America/Los_Angeles")
_WITH_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:?\d{2})?")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def whole_seconds(at: float) -> str:
    """The spelling of MetaData: `2026-11-02T01:15:00-07:00`."""
    return datetime.fromtimestamp(int(at), PACIFIC).isoformat(timespec="seconds")


def milliseconds(at: float) -> str:
    """The spelling of `time` in a reply: `2026-11-02T01:15:00.411-07:00`."""
    return datetime.fromtimestamp(at, PACIFIC).isoformat(timespec="milliseconds")


def nanoseconds(at: float) -> str:
    """The spelling of `time` in a CloudEvent: UTC, nine digits."""
    whole = int(at)
    return f"{datetime.fromtimestamp(whole, UTC):%Y-%m-%dT%H:%M:%S}.{int((at - whole) * 1e9):09d}Z"


def legacy(at: float) -> str:
    """The spelling of `lastUpdated` in a legacy webhook."""
    return f"{datetime.fromtimestamp(int(at), UTC):%Y-%m-%dT%H:%M:%S}.000Z"


def moment(text: str) -> float:
    """Seconds since the epoch for a date or date-time; without an offset it is Pacific. ValueError if it is neither."""
    if _DATE.fullmatch(text):
        day = date.fromisoformat(text)
        return datetime(day.year, day.month, day.day, tzinfo=PACIFIC).timestamp()
    if not _WITH_TIME.fullmatch(text):
        raise ValueError(text)
    at = datetime.fromisoformat(_six_digits(text))
    return (at if at.tzinfo else at.replace(tzinfo=PACIFIC)).timestamp()


def _six_digits(text: str) -> str:
    return re.sub(r"(\.\d{6})\d+", r"\1", text)


def today(at: float) -> str:
    """The date in the company's own zone."""
    return datetime.fromtimestamp(at, PACIFIC).date().isoformat()


def later(day: str, days: int) -> str:
    """The date so many days after another."""
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()
