"""Records as an operator asks for them: the list, one by any of its names, its story, and another try."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from chalicelib.jobs import ConnectionId, Kind, Side
from chalicelib.remember import records as stored
from chalicelib.remember.decisions import Decision, Decisions
from chalicelib.remember.names import folded
from chalicelib.remember.records import Held, Record, Records, State
from chalicelib.remember.table import Lost
from chalicelib.remembering import looks_at
from chalicelib.resolve.retries import afresh
from chalicelib.wiring import Wiring


class NotFound(Exception):  # noqa: N818
    """No record, or more than one, goes by that name; the text says what to do."""


@dataclass(frozen=True)
class Question:
    connection: ConnectionId
    kind: Kind
    state: State | None = None


def listed(tools: Wiring, question: Question) -> Iterable[Record]:
    """The records in a state, through the state index; all of them otherwise."""
    records = Records(tools.table)
    if question.state not in (None, State.IN_SYNC):
        held = records.in_states(question.connection, [question.state])
        return [one.record for one in held if one.record.kind is question.kind]
    every = records.all(question.connection, question.kind)
    return (one for one in every if question.state is None or one.state is question.state)


def find(tools: Wiring, connection: ConnectionId, kind: Kind, name: str) -> Record:
    """The record that goes by this id (`hubspot:101`, `quickbooks:58`, or bare), e-mail or name."""
    sides = [name] if name.startswith(("hubspot:", "quickbooks:")) else [f"{side}:{name}" for side in Side]
    found = {held.record.root: held.record for held in Records(tools.table).find(connection, kind, sides).values()}
    if not found:
        key = folded(name)
        every = Records(tools.table).all(connection, kind)
        found = {one.root: one for one in every if key in one.known_as or folded(one.name) == key}
    if not found:
        raise NotFound(
            f"no {kind} record goes by {name!r}. If it is new, no notice of it has arrived yet: "
            "try `python -m ops sweep`; else look at its spelling, or ask by id: hubspot:ID or quickbooks:ID"
        )
    if len(found) > 1:
        choices = ", ".join(
            f"hubspot:{one.hubspot_id}" if one.hubspot_id else f"quickbooks:{one.quickbooks_id}"
            for one in found.values()
        )
        raise NotFound(f"{len(found)} records go by {name!r}; ask for one of: {choices}")
    return next(iter(found.values()))


def decisions(tools: Wiring, record: Record) -> list[Decision]:
    return Decisions(tools.table).of(record.connection, record.root)


def retry(tools: Wiring, records: Iterable[Record]) -> list[Held]:
    """Look again now, as if they had never failed. Returns what was queued, with the version to watch."""
    queued: list[Held] = []
    keeper = Records(tools.table)
    for record in records:
        held = keeper.find(record.connection, record.kind, [record.root]).get(record.root)
        if held is None:
            continue
        fresh = afresh(held.record)
        try:
            tools.table.write([stored.put(held, fresh)])
        except Lost:
            continue  # a worker has it in hand at this moment: that is the try
        queued.append(Held(fresh, (held.version or 0) + 1))
        side_id = (
            f"{Side.HUBSPOT}:{fresh.hubspot_id}" if fresh.hubspot_id else f"{Side.QUICKBOOKS}:{fresh.quickbooks_id}"
        )
        tools.queue.send(looks_at(fresh.connection, fresh.kind, [side_id], "retry: an operator asked"))
    return queued


def look_again(tools: Wiring, connection: ConnectionId, states: tuple[State, ...], cause: str) -> int:
    """Queue a look at every record in these states."""
    roots = [
        f"{Side.HUBSPOT}:{one.hubspot_id}" if one.hubspot_id else one.root
        for one in Records(tools.table).all(connection, Kind.CUSTOMER)
        if one.state in states
    ]
    tools.queue.send(looks_at(connection, Kind.CUSTOMER, roots, cause))
    return len(roots)
