"""What calls cost by the vendors' limits: how long a walk takes at least, and how fast it may go (design D8)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping

from chalicelib.transport import CallMade

LIMITS = {  # calls in a second
    "hubspot": 110 / 10,  # of an app with OAuth in one portal (HubSpot reference section 11)
    "quickbooks": 500 / 60,  # of one company (QuickBooks reference section 10.1)
    "batches": 40 / 60,  # of one app and company (the same)
}
SHARE = 0.8  # of the limits for a walk; the rest is kept for live changes
Bill = Mapping[str, int]


def bill_of(calls: Iterable[CallMade]) -> Counter[str]:
    """How many calls went to whom, how many of them are batches, and the metered reads."""
    bill: Counter[str] = Counter()
    for call in calls:
        bill[call.vendor.lower()] += 1
        bill["batches"] += call.batch
        bill["metered_reads"] += call.metered
    return bill


def seconds_for(bill: Bill, share: float = 1.0) -> float:
    """How long these calls take at least, where a share of the limits is to be had. Both vendors are called beside
    each other at best."""
    return max(bill.get(name, 0) / (limit * share) for name, limit in LIMITS.items())


def owed_s(calls: Iterable[CallMade], took_s: float) -> float:
    """How long a walk must rest after calls that took so long, so that it keeps to its share."""
    return max(0.0, seconds_for(bill_of(call for call in calls if call.real), SHARE) - took_s)


def whole_seconds(bill: Bill) -> int:
    return math.ceil(seconds_for(bill))
