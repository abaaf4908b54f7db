"""Records as an operator asks for them: many by a choice, one by any of its names, its story."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from chalicelib.jobs import ConnectionId, Kind, Side
from chalicelib.remember.decisions import Decision, Decisions
from chalicelib.remember.names import folded
from chalicelib.remember.records import Held, Record, Records, State, from_body, state_keys
from chalicelib.remember.table import Key
from chalicelib.remembering import looks_at
from chalicelib.wiring import Wiring
from ops.answers import WrongUse
from ops.choosing import Choice

PAGE = 200  # records that are fetched at once by their keys
LOOKS = 500  # jobs that are sent at once
NAME_MAX = 500  # characters: of a display name, the longest that a record is known by
ID_MAX = 64  # characters: more than any id of either side has; a key of the table takes no longer text
INDEX_MAX = 1_000_000  # keys of one shard of one state; they are small

Some = TypeVar("Some")


class NotFound(Exception):  # noqa: N818
    """No record, or more than one, goes by that name; the text says what to do."""


class Unheard(NotFound):
    """No record goes by that name."""


@dataclass(frozen=True)
class Name:
    """All that is needed to fetch a record again."""

    connection: ConnectionId
    kind: Kind
    root: str

    @classmethod
    def of(cls, record: Record) -> Name:
        return cls(record.connection, record.kind, record.root)


def chosen(tools: Wiring, connections: Iterable[ConnectionId], choice: Choice) -> Iterator[Record]:
    """The records meant, a page at a time and in no order that means anything.

    Through the state index where that names them all: it is sparse, and spares reading what is in sync.
    """
    states = choice.index_states
    for connection in connections:
        every = _all(tools, connection, choice) if states is None else _indexed(tools, connection, states)
        yield from (one for one in every if choice.takes(one))


def _all(tools: Wiring, connection: ConnectionId, choice: Choice) -> Iterator[Record]:
    for kind in Kind:
        if not choice.kinds or kind in choice.kinds:
            yield from Records(tools.table).all(connection, kind)


def _indexed(tools: Wiring, connection: ConnectionId, states: Iterable[State]) -> Iterator[Record]:
    """A record that changes its state meanwhile may be found under both; it is shown once."""
    seen: set[Key] = set()
    for state in states:
        for state_key in state_keys(connection, state):
            for keys in batches(tools.table.in_state(state_key, limit=INDEX_MAX), PAGE):
                new = [key for key in keys if key not in seen]
                seen.update(new)
                items = tools.table.get(new)
                yield from (from_body(items[key].body) for key in new if key in items and "kind" in items[key].body)


def fetched(tools: Wiring, names: Iterable[Name], choice: Choice) -> Iterator[Held]:
    """These records as they are now, in this order; one that is no longer meant is left out."""
    keeper = Records(tools.table)
    for some in batches(names, PAGE):
        groups: dict[tuple[ConnectionId, Kind], list[str]] = {}
        for name in some:
            groups.setdefault((name.connection, name.kind), []).append(name.root)
        found = {group: keeper.find(*group, roots) for group, roots in groups.items()}
        for name in some:
            held = found[name.connection, name.kind].get(name.root)
            if held and choice.takes(held.record):
                yield held


def batches(every: Iterable[Some], size: int) -> Iterator[Sequence[Some]]:
    rest = iter(every)
    while some := list(islice(rest, size)):
        yield some


def find(tools: Wiring, connection: ConnectionId, kind: Kind, name: str) -> Record:
    """The record that goes by this id (`hubspot:101`, `quickbooks:58`, or bare), e-mail or name.

    Raises `WrongUse` for what can be none of them.
    """
    # Of two dashes alone argparse makes an empty list.
    if not isinstance(name, str) or not name.strip() or name.strip() in (f"{side}:" for side in Side):
        raise WrongUse(f"{name!r} names no record: say hubspot:ID, quickbooks:ID, an id, an e-mail or a name")
    if len(name) > NAME_MAX:
        raise WrongUse(f"no id, e-mail or name is longer than {NAME_MAX} characters; this one has {len(name)}")
    sides = [name] if name.startswith(("hubspot:", "quickbooks:")) else [f"{side}:{name}" for side in Side]
    ids = [one for one in sides if len(one.partition(":")[2]) <= ID_MAX]
    found = {held.record.root: held.record for held in Records(tools.table).find(connection, kind, ids).values()}
    if not found:
        key = folded(name)
        every = Records(tools.table).all(connection, kind)
        found = {one.root: one for one in every if key in one.known_as or folded(one.name) == key}
    if not found:
        raise Unheard(
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
    return Decisions(tools.table).of(record.connection, record.subject)


def look_again(tools: Wiring, connection: ConnectionId, states: tuple[State, ...], cause: str) -> int:
    """Queue a look at every record in these states, a page at a time; how many there are."""
    count = 0
    for kind in Kind:
        wanted = (one for one in Records(tools.table).all(connection, kind) if one.state in states)
        for page in batches(wanted, LOOKS):
            tools.queue.send(looks_at(connection, kind, [side_id(one) for one in page], cause))
            count += len(page)
    return count


def side_id(record: Record) -> str:
    """The side and id to look at it by: HubSpot's where it has one, since QuickBooks' reads are metered."""
    if record.hubspot_id:
        return f"{Side.HUBSPOT}:{record.hubspot_id}"
    return f"{Side.QUICKBOOKS}:{record.quickbooks_id}" if record.quickbooks_id else record.root
