"""One value written to one field three times within an hour is a conflict, not a loop (design D2)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace

from chalicelib.failures import Category, Trouble
from chalicelib.jobs import Side
from chalicelib.remember.records import Record, Sent, State
from chalicelib.resolve.plan import Plan, UpdateInHubSpot, UpdateInQuickBooks, Write

WITHIN_S = 3_600.0
TIMES = 3


def held_back(plan: Plan, record: Record, now: float) -> Plan:
    """The plan without the values that keep being changed back, and with the conflict that this is."""
    kept: list[Write] = []
    stubborn: list[str] = []
    for write in plan.writes:
        match write:
            case UpdateInQuickBooks(values, active):
                few = {k: v for k, v in values.items() if not _too_often(record, Side.QUICKBOOKS, k, v, now)}
                stubborn += values.keys() - few.keys()
                kept += [UpdateInQuickBooks(few, active)] if few or active is not None else []
            case UpdateInHubSpot(properties):
                few = {k: v for k, v in properties.items() if not _too_often(record, Side.HUBSPOT, k, v, now)}
                stubborn += properties.keys() - few.keys()
                kept += [UpdateInHubSpot(few)] if few else []
            case _:
                kept.append(write)
    if not stubborn:
        return plan
    trouble = Trouble(
        Category.CONFLICT,
        f"{', '.join(sorted(stubborn))}: written three times within an hour, and each time changed back.",
        "Another integration or workflow writes the same field: switch one of the two off for it.",
    )
    wanted = None if "DisplayName" in stubborn else plan.wanted_name
    return replace(plan, writes=tuple(kept), state=State.FAILING, trouble=trouble, wanted_name=wanted)


def after(record: Record, side: Side, values: Mapping[str, str], now: float) -> tuple[Sent, ...]:
    """What the record remembers of its writes, with these added and old ones dropped."""
    recent = [one for one in record.sent if now - one.at < WITHIN_S]
    return (*recent, *(Sent(name, side, _digest(value), now) for name, value in values.items()))


def _too_often(record: Record, side: Side, name: str, value: str, now: float) -> bool:
    same = [
        one
        for one in record.sent
        if (one.side, one.field, one.digest) == (side, name, _digest(value)) and now - one.at < WITHIN_S
    ]
    return len(same) >= TIMES


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()[:12]
