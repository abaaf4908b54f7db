"""What kind of account a portal is, and what time it is there (reference, section 1.5)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

ACCOUNT_TYPES = ("STANDARD", "DEVELOPER_TEST", "SANDBOX", "APP_DEVELOPER")
# HubSpot's names for these are old links, which not every machine's list of time zones has.
_LINKS = {
    "US/Eastern": "America/New_York",
    "US/Central": "America/Chicago",
    "US/Mountain": "America/Denver",
    "US/Pacific": "America/Los_Angeles",
}


def check(account_type: str, time_zone: str) -> None:
    """ValueError for what HubSpot does not have."""
    if account_type not in ACCOUNT_TYPES:
        raise ValueError(f"unknown account type {account_type}; there are {', '.join(ACCOUNT_TYPES)}")
    try:
        _zone(time_zone)
    except KeyError:
        raise ValueError(f"unknown time zone {time_zone}") from None


def utc_offset(time_zone: str, at: float) -> tuple[str, int]:
    """How far local time is from UTC at a moment: as `-04:00`, and in milliseconds."""
    there = datetime.fromtimestamp(at, UTC).astimezone(_zone(time_zone))
    text = f"{there:%z}"
    return f"{text[:3]}:{text[3:5]}", (there.utcoffset() or timedelta()) // timedelta(milliseconds=1)


def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(_LINKS.get(name, name))
