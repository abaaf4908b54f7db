"""A person's word: settle a conflict, take back a decision. It is stored as orders on the record, and the workers obey
them unless somebody has edited since."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from chalicelib import settings
from chalicelib.jobs import Kind, Side
from chalicelib.remember import records as stored
from chalicelib.remember.decisions import Decision, Decisions
from chalicelib.remember.records import Held, Order, Record, Records, State
from chalicelib.remember.table import Lost
from chalicelib.remembering import looks_at
from chalicelib.resolve.fields import Field, field_table, held
from chalicelib.resolve.orders import ACTIVE, ARCHIVED, shown
from chalicelib.shapes import SHAPES
from chalicelib.wiring import Wiring, wiring
from ops import asking, choosing, waiting, words
from ops.answers import Failed, WrongUse, say, which
from ops.arguments import Commands
from ops.fields import field

FREE_S, LOOK_S = 60.0, 90.0
DUE_S = 60.0  # should the job get lost, the schedule comes back to the record
ON_ITS_WAY = "an operator's decision is on its way"
Refusals = list[dict[str, str]]


def register(commands: Commands) -> None:
    settled = commands.about_one("settle", settle, "decide a conflict: say which side's value is right")
    settled.add_argument(
        "--field", action="append", default=[], dest="fields", metavar="F",
        help="HubSpot property or QuickBooks path; may be given several times",
    )  # fmt: skip
    settled.add_argument("--all-fields", action="store_true", help="every field that waits for a decision")
    settled.add_argument("--take", required=True, choices=[str(side) for side in Side], help="the side that is right")
    choosing.example(settled, "settle customer hubspot:101 --field phone --take hubspot")
    undone = commands.about_one("undo", undo, "write back what a decision replaced")
    undone.add_argument(
        "--decision", type=int, metavar="N",
        help="its number in `history`; where left out, the latest that replaced something",
    )  # fmt: skip
    choosing.example(undone, "undo customer hubspot:101 --decision 7")


# --- settle -----------------------------------------------------------------------------------------------------------


def settle(given: Namespace) -> int:
    tools = wiring()
    record = asking.find(tools, which(tools, given).id, Kind(given.kind), given.id)
    decision = _asking(tools, record)
    taken = Side(given.take)
    orders: dict[str, Order] = {}
    names: dict[str, str] = {}
    refused: Refusals = []
    for one in _chosen(decision, given):
        if one["field"] in decision.cut:
            why = "the values are too long to be kept here: make both sides equal by hand"
            refused.append({"field": one["field"], "why": why})
            continue
        key = f"{one['field']} > {one['quickbooks_field']}"
        names[key] = one["field"]
        orders[key] = Order(taken.other, None, {str(side): held(one[side]) for side in Side})
    now, ends = _carried_out(tools, record, orders, "settle: an operator decided") if orders else (record, {})
    settled = [name for key, name in names.items() if not ends[key]]
    refused += [{"field": name, "why": ends[key]} for key, name in names.items() if ends[key]]
    values = {one["field"]: one[taken] for one in decision.asked}
    lines = [f"{field(name)}: {words.whose(taken)} {shown(values[name])} is right." for name in settled]
    return _answer(given, now, "settled", settled, refused, lines)


def _asking(tools: Wiring, record: Record) -> Decision:
    """The decision that asked a person; a record that asks nobody is wrong use."""
    asked = [one for one in asking.decisions(tools, record) if one.asked]
    if record.state is not State.PARKED or not asked:
        raise WrongUse(f"{_name(record)} waits for nobody's decision: it is {record.state}")
    return asked[-1]


def _chosen(decision: Decision, given: Namespace) -> list[dict[str, str]]:
    if given.all_fields == bool(given.fields):
        raise WrongUse(f"say which field, --field F or --all-fields; it waits for: {_asked_fields(decision)}")
    if given.all_fields:
        return decision.asked
    unknown = [
        name for name in given.fields if not any(name in (c["field"], c["quickbooks_field"]) for c in decision.asked)
    ]
    if unknown:
        raise WrongUse(f"{', '.join(unknown)} is not to be decided; it waits for: {_asked_fields(decision)}")
    return [one for one in decision.asked if {one["field"], one["quickbooks_field"]} & set(given.fields)]


def _asked_fields(decision: Decision) -> str:
    return ", ".join(one["field"] for one in decision.asked)


# --- undo -------------------------------------------------------------------------------------------------------------


def undo(given: Namespace) -> int:
    tools = wiring()
    connection = which(tools, given)
    record = asking.find(tools, connection.id, Kind(given.kind), given.id)
    section = SHAPES[record.kind].settings(settings.read(connection.settings or {}))
    decision = _to_undo(asking.decisions(tools, record), given.decision)
    if record.kind in (Kind.INVOICE, Kind.PAYMENT):
        why = f"HubSpot shows the {record.kind} as it is in QuickBooks: change it there, and HubSpot follows"
        return _answer(given, record, "undone", [], [{"field": "", "why": why}], [])
    if not decision.overwrote:
        why = _only_created(decision, section.deletes)
        return _answer(given, record, "undone", [], [{"field": "", "why": why}], [])
    orders, names, refused = _way_back(record, decision, field_table(section))
    now, undone = record, list[str]()
    if not refused:
        now, ends = _carried_out(tools, record, orders, f"undo {decision.n}: an operator asked")
        undone = [name for key, name in names.items() if not ends[key]]
        refused = [{"field": name, "why": ends[key]} for key, name in names.items() if ends[key]]
    lines = [words.back(name, decision) for name in undone]
    return _answer(given, now, "undone", undone, refused, lines)


def _to_undo(every: Sequence[Decision], number: int | None) -> Decision:
    able = [one for one in every if one.overwrote]
    created = [one for one in every if _created(one)]
    if number is None and (able or created):
        return (able or created)[-1]
    found = next((one for one in every if one.n == number), None)
    if found is not None and (found.overwrote or _created(found)):
        return found
    numbers = ", ".join(str(one.n) for one in able) or "none"
    missing = "no decision replaced anything" if number is None else f"decision {number} replaced nothing"
    if number is not None and found is None:
        missing = f"there is no decision {number}"
    raise WrongUse(f"{missing}; decisions that can be taken back: {numbers} (see python -m ops history)")


def _created(decision: Decision) -> bool:
    return any(step.startswith("create ") for step in decision.plan)


def _only_created(decision: Decision, deletes: str) -> str:
    step = next(step for step in decision.plan if step.startswith("create "))
    one = step.split()[1]
    mend = f"make the {one} inactive in QuickBooks" if "QuickBooks" in step else f"delete the {one} in HubSpot"
    follows = (
        "its other side is put away too if the sync made that one"
        if deletes == "archive"
        else "its other side stays as it is"
    )
    return (
        f"decision {decision.n} only did this: {step}. There are no earlier values to write back, and the sync deletes "
        f"nothing by itself. To take it back, {mend} by hand; with `deletes: {deletes}` in the settings {follows}"
    )


def _way_back(
    record: Record, decision: Decision, fields: Sequence[Field]
) -> tuple[dict[str, Order], dict[str, str], Refusals]:
    """The orders that write a decision's before-image back, the fields' names, and what stands against it."""
    orders: dict[str, Order] = {}
    names: dict[str, str] = {}
    refused: Refusals = []
    for name, before in decision.overwrote.items():
        side, of = Side(name.partition(".")[0]), name.partition(".")[2]
        row = _row(fields, side, of)
        if of == ARCHIVED:
            why = "HubSpot's API cannot bring an archived record back: restore it in HubSpot, within 90 days"
        elif name not in decision.after:
            why = "the decision is of an older version, which did not keep what it wrote"
        elif name in decision.cut:
            why = "the value was too long to be kept whole"
        elif of == ACTIVE:
            orders = {ACTIVE: Order(side, before, {side: decision.after[name]}, decision.n)}
            return orders, {ACTIVE: name}, []
        elif row is None:
            why = "the settings do not sync this field any more"
        else:
            names[row.key] = name
            orders[row.key] = _order(record, row, side, before, decision.after[name], decision.n)
            continue
        refused.append({"field": name, "why": why})
    return orders, names, refused


def _row(fields: Sequence[Field], side: Side, of: str) -> Field | None:
    """The row by which a field was written; after a change of direction the one that it still belongs to."""
    rows = [row for row in fields if of == (row.hubspot if side is Side.HUBSPOT else row.quickbooks)]
    return next((row for row in rows if row.writes(side)), rows[0] if rows else None)


def _order(record: Record, row: Field, side: Side, before: str, after: str, number: int) -> Order:
    """Back to `before`, if the field still holds what was written, and the other side has no news that were not
    carried across yet."""
    seen = {str(side): held(after)}
    if row.key in record.base:
        hubspot, quickbooks = record.base[row.key]
        seen[str(side.other)] = hubspot if side.other is Side.HUBSPOT else quickbooks
    return Order(side, before, seen, number)


# --- both -------------------------------------------------------------------------------------------------------------


def _carried_out(
    tools: Wiring, record: Record, orders: Mapping[str, Order], cause: str
) -> tuple[Record, dict[str, str]]:
    """Store the orders, have the record looked at, and wait. The record as it is then, and for each order why it was
    not followed; empty where it was."""
    last = max((one.n for one in Decisions(tools.table).of(record.connection, record.subject, limit=1)), default=0)
    placed = _placed(tools, record, orders)
    side = Side.HUBSPOT if record.hubspot_id else Side.QUICKBOOKS
    tools.queue.send(looks_at(record.connection, record.kind, [f"{side}:{record.id_on(side)}"], cause))
    now = placed

    def looked_at() -> bool:
        nonlocal now
        now = _held(tools, record)
        if now.record.lease_until > tools.now():
            return False
        waits = any(now.record.orders.get(key) == order for key, order in orders.items())
        return not waits or (now.record.state, now.record.message) != (State.PENDING, ON_ITS_WAY)

    waiting.until(looked_at, LOOK_S)
    since = [one for one in Decisions(tools.table).of(record.connection, record.subject) if one.n > last]
    ends = {order["key"]: order["why"] for one in since for order in one.orders}
    return now.record, {key: ends.get(key, _not_yet(now.record, key)) for key in orders}


def _not_yet(record: Record, key: str) -> str:
    if key not in record.orders:  # nobody has judged it, and nobody will
        return f"not done: {record.message.rstrip('.') or 'the record was looked at by somebody else'}"
    return f"not done yet ({record.message.rstrip('.') or 'a worker has it in hand'}); it is tried again by itself"


def _placed(tools: Wiring, record: Record, orders: Mapping[str, Order]) -> Held:
    """The record with the orders on it. Whoever works on it just now is waited for, so that its write is not lost."""
    placed: list[Held] = []

    def stored_now() -> bool:
        held_now = _held(tools, record)
        if held_now.record.lease_until > tools.now():
            return False
        ordered = replace(
            held_now.record, orders={**held_now.record.orders, **orders}, stale=bool(held_now.record.quickbooks_id),
            state=State.PENDING, category=None, message=ON_ITS_WAY, fix="", next_try_at=tools.now() + DUE_S,
        )  # fmt: skip
        try:
            tools.table.write([stored.put(held_now, ordered)])
        except Lost:
            return False
        placed.append(Held(ordered, (held_now.version or 0) + 1))
        return True

    if not waiting.until(stored_now, FREE_S):
        raise Failed(f"{_name(record)} is being worked on; nothing was done. Try again in two minutes")
    return placed[0]


def _held(tools: Wiring, record: Record) -> Held:
    return Records(tools.table).find(record.connection, record.kind, [record.root])[record.root]


def _name(record: Record) -> str:
    return f"{record.name!r} ({record.root})" if record.name else record.root


def _answer(
    given: Namespace, record: Record, verb: str, done: Sequence[str], refused: Refusals, lines: Sequence[str]
) -> int:
    value: dict[str, Any] = {"record": words.shown(record), verb: list(done), "refused": refused}
    said = [*lines]
    for one in refused:
        about = f"{field(one['field'].removeprefix('hubspot.').removeprefix('quickbooks.'))}: " if one["field"] else ""
        said.append(f"{about}not {verb}: {one['why'].rstrip('.')}.")
    say(given, value, "\n".join(said))
    return 1 if refused else 0
