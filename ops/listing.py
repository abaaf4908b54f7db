"""A list of records in an order, one page of it or all, however many there are.

Small lists have an order of their own: connection, name, id. Large ones come as they are stored, unless they are
sorted; then only keys are held, and the records themselves are fetched a page at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from typing import Any

from chalicelib.jobs import ConnectionId
from chalicelib.remember.names import folded
from chalicelib.remember.records import Record
from chalicelib.wiring import Wiring
from ops.asking import Name, chosen, fetched
from ops.choosing import Choice, Sort, Window
from ops.screen import as_json

SMALL = 1_000
KEY_CHARS = 80  # so much of a value decides its place
Walked = Callable[[int], None]


class Listing:
    """The records meant. Iterating walks them once; `total` is then how many there are on all pages."""

    def __init__(
        self,
        tools: Wiring,
        connections: Iterable[ConnectionId],
        choice: Choice,
        order: Sort | None = None,
        window: Window | None = None,
        walked: Walked = lambda _: None,
    ) -> None:
        """`walked` is told how many records have been looked through, as they are."""
        self._tools = tools
        self._connections = tuple(connections)
        self._choice = choice
        self._order = order
        self._window = window or Window()
        self._walked = walked
        self.total = 0

    def __iter__(self) -> Iterator[Record]:
        records = self._counted(chosen(self._tools, self._connections, self._choice))
        return self._as_stored(records) if self._order is None else self._sorted(records, self._order)

    def _counted(self, records: Iterable[Record]) -> Iterator[Record]:
        self.total = 0
        for record in records:
            self.total += 1
            self._walked(self.total)
            yield record

    def _as_stored(self, records: Iterator[Record]) -> Iterator[Record]:
        head = list(islice(records, SMALL + 1))
        if len(head) <= SMALL:
            head.sort(key=usual)
        yield from (one for place, one in enumerate(chain(head, records)) if self._window.holds(place))

    def _sorted(self, records: Iterable[Record], order: Sort) -> Iterator[Record]:
        keys = sorted(((usual(one), sortable(one, order.column), Name.of(one)) for one in records), key=lambda k: k[0])
        filled = sorted(
            ((value, name) for _, value, name in keys if value is not None),
            key=lambda pair: pair[0],
            reverse=order.descending,
        )
        names = [name for _, name in filled] + [name for _, value, name in keys if value is None]
        page = names[self._window.start : self._window.stop]
        yield from (held.record for held in fetched(self._tools, page, self._choice))


def usual(record: Record) -> tuple[str, str, str]:
    """The place of a record in a list that nobody has sorted."""
    return (record.connection, record.name.casefold()[:KEY_CHARS], record.hubspot_id or record.root)


def sortable(record: Record, column: str) -> tuple[float, str] | None:
    """The place of a record by one column; ids as the numbers that they are. None where there is no value."""
    value: Any = record.view()[column]
    if value is None or value == "":
        return None
    if isinstance(value, float | int):
        return (float(value), "")
    text = str(value)
    return (float(len(text)), text) if column.endswith("_id") else (0.0, folded(text)[:KEY_CHARS])


def json_list(values: Iterable[Any]) -> Iterator[str]:
    """A list in JSON, piece by piece, so that it is never held whole."""
    before = "["
    for value in values:
        text = as_json(value).replace("\n", "\n  ")
        yield f"{before}\n  {text}"
        before = ","
    yield "[]\n" if before == "[" else "\n]\n"
