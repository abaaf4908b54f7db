"""A person's decision about a field: settle a conflict, or take back what was written. Obeyed, unless somebody has
edited the field since the person looked at it."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from chalicelib.failures import TRANSIENT, Category, Trouble
from chalicelib.jobs import Kind, Side
from chalicelib.remember.records import Order
from chalicelib.resolve.fields import COMPANY_NAME, HASH, WANTED_NAME, Field, held

ACTIVE = "Active"  # the key of an order about the customer as a whole: "true" or "false"
ARCHIVED = "archived"  # a contact that we archived: the API offers no way back
SHOWN_MAX = 80  # characters of a value in a sentence
VENDORS = {Side.HUBSPOT: "HubSpot", Side.QUICKBOOKS: "QuickBooks"}
Crossing = Callable[[Field, Side, str, str], str]


@dataclass(frozen=True)
class Verdict:
    """What becomes of an order: refused, and `why`; or obeyed, by the value to `write` or without a write.

    `field` is what the order is about at its vendor, `<side>.<property or path>`.
    """

    key: str
    order: Order
    field: str
    why: str = ""
    write: str | None = None


def judged(
    orders: Mapping[str, Order],
    fields: Iterable[Field],
    hubspot: Mapping[str, str],
    quickbooks: Mapping[str, str],
    crossing: Crossing,
) -> tuple[Verdict, ...]:
    """A verdict for each order about a field. `crossing` says how a value arrives: (row, to, value, what is there)."""
    rows = {row.key: row for row in fields}
    verdicts = []
    for key, order in orders.items():
        if key == ACTIVE:
            continue
        row = rows.get(key)
        if row is None:
            verdicts.append(Verdict(key, order, f"{order.write}.{key}", "the settings do not sync this field any more"))
            continue
        now = {Side.HUBSPOT: hubspot[row.hubspot], Side.QUICKBOOKS: quickbooks[row.quickbooks]}
        verdicts.append(_verdict(row, order, now, crossing))
    return _together(verdicts)


def activity(order: Order, active: bool) -> Verdict:
    """The verdict on an order to make the customer active or inactive."""
    now, field = str(active).lower(), f"{Side.QUICKBOOKS}.{ACTIVE}"
    done = now == order.value
    if not done and order.seen.get(Side.QUICKBOOKS) != now:
        return Verdict(ACTIVE, order, field, f"the customer was made {'active' if active else 'inactive'} since")
    return Verdict(ACTIVE, order, field, write=None if done else order.value)


def ended(
    orders: Mapping[str, Order],
    verdicts: Iterable[Verdict],
    obeyed: Collection[str],
    trouble: Trouble | None,
    *,
    settled: bool,
) -> tuple[dict[str, Order], tuple[Verdict, ...]]:
    """After the look: the orders that are still to be done, and the verdicts that are final.

    `obeyed` holds the keys of those that were written, in this round or an earlier one of the look; `settled`: the
    plan's base was remembered. What a vendor refused for good is refused; what may work later stays an order.
    """
    left = dict(orders)
    final: list[Verdict] = []
    for verdict in verdicts:
        if verdict.key in obeyed:
            final.append(replace(verdict, why=""))
        elif verdict.why or (verdict.write is None and settled):
            final.append(verdict)
        elif trouble is not None and trouble.category not in TRANSIENT:
            final.append(replace(verdict, why=trouble.message))
        else:
            continue
        left.pop(verdict.key, None)
    return left, tuple(final)


def conflicting(kind: Kind, side_id: str, conflicts: Sequence[tuple[str, str, str]]) -> Trouble:
    """What a record says while it waits for a person: each field (`field`, HubSpot's value, QuickBooks' value), and
    the commands that settle it."""
    values = "; ".join(f"{name}: HubSpot {shown(one)}, QuickBooks {shown(two)}" for name, one, two in conflicts)
    commands = "; ".join(
        f"python -m ops settle {kind} {side_id} --field {shlex.quote(name)} --take hubspot"
        for name in dict.fromkeys(name for name, _, _ in conflicts)
    )
    return Trouble(
        Category.CONFLICT,
        f"Both sides were edited: {values}.",
        f"Decide which value is right, with --take hubspot or --take quickbooks: {commands}. Or make both sides "
        "equal, or change the rule `conflict` in the settings.",
    )


def shown(value: str) -> str:
    """A value as a sentence quotes it."""
    if value.startswith(HASH):
        return "a longer text"
    return repr(value) if len(value) <= SHOWN_MAX else repr(value[: SHOWN_MAX - 1] + "…")


def _verdict(row: Field, order: Order, now: dict[Side, str], crossing: Crossing) -> Verdict:
    target, other = order.write, order.write.other
    name = row.hubspot if target is Side.HUBSPOT else row.quickbooks
    verdict = Verdict(row.key, order, f"{target}.{name}")
    settles = order.value is None
    value = crossing(row, target, now[other], now[target]) if order.value is None else order.value
    done = held(now[target]) == held(value)
    changed = [
        side
        for side in Side
        if side in order.seen and held(now[side]) != order.seen[side] and not (side is target and done)
    ]
    if changed:
        return replace(verdict, why="; ".join(_changed(row, side, order, now) for side in changed))
    if done or (settles and not _writable(row, target)):
        return verdict
    if settles and now[other].strip() and not value:
        return replace(verdict, why=f"{VENDORS[target]} can hold nothing of the value {shown(now[other])}")
    return replace(verdict, write=value)


def _changed(row: Field, side: Side, order: Order, now: Mapping[Side, str]) -> str:
    name = row.hubspot if side is Side.HUBSPOT else row.quickbooks
    return f"{name} in {VENDORS[side]} was edited since: it was {shown(order.seen[side])} and is {shown(now[side])} now"


def _writable(row: Field, side: Side) -> bool:
    return row.writes(side) and not (side is Side.HUBSPOT and row.hubspot in (COMPANY_NAME, WANTED_NAME))


def _together(verdicts: list[Verdict]) -> tuple[Verdict, ...]:
    """A decision is taken back as a whole, or not at all."""
    hindered = {one.order.undoes: one for one in verdicts if one.why and one.order.undoes is not None}
    return tuple(
        replace(one, why=f"decision {one.order.undoes} is taken back as a whole or not at all", write=None)
        if not one.why and one.order.undoes in hindered
        else one
        for one in verdicts
    )
