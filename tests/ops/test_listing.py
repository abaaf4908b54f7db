"""Lists of records: their order, their pages, and how much of them is in memory at once."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib.failures import Category
from chalicelib.jobs import Kind
from chalicelib.remember.records import SHARDS, Record, Records, State, put, to_body
from chalicelib.remember.table import Item, Key, MemoryTable
from chalicelib.wiring import Config, Wiring
from ops import asking, listing
from ops.choosing import COLUMNS, Choice, Sort, Window
from ops.listing import SMALL, Listing, json_list
from ops.screen import as_json
from ops.viewing import closing
from tests.ops.conftest import CONNECTION, NOW, record

Made = Callable[[Iterable[Record]], Wiring]

FAILING = Choice(states=frozenset({State.FAILING}))


def mixed(count: int) -> Iterator[Record]:
    """Every third is failing; names go against the numbers."""
    for number in range(1, count + 1):
        one = record(number, name=f"Customer {count - number:06d}", state=State.IN_SYNC)
        yield one if number % 3 else replace(one, state=State.FAILING, category=Category.TAX)


def ids(found: Iterable[Record]) -> list[int]:
    return [int(one.hubspot_id or 0) for one in found]


def test_a_small_list_is_ordered_by_name(tools_with: Made) -> None:
    assert ids(Listing(tools_with(mixed(30)), [CONNECTION], Choice())) == list(range(30, 0, -1))


@pytest.mark.parametrize("choice", [Choice(), FAILING], ids=["all are read", "through the state index"])
@pytest.mark.parametrize("count", [30, 3 * SMALL + 9], ids=["small", "large"])
@pytest.mark.parametrize("order", [None, Sort("name"), Sort("changed_at", descending=True)], ids=str)
def test_pages_put_together_are_the_whole_list(
    tools_with: Made, choice: Choice, count: int, order: Sort | None
) -> None:
    """No record is missing from the pages, none is on two, and each page knows how many there are."""
    tools = tools_with(mixed(count))
    whole = ids(Listing(tools, [CONNECTION], choice, order))
    meant = [number for number in range(1, count + 1) if choice is not FAILING or number % 3 == 0]
    assert sorted(whole) == meant
    size = -(-len(meant) // 3)
    pages = [Listing(tools, [CONNECTION], choice, order, Window(size, number)) for number in (1, 2, 3, 4)]
    assert [number for page in pages for number in ids(page)] == whole
    assert {page.total for page in pages} == {len(meant)}


@pytest.mark.parametrize(
    ("order", "numbers"),
    [
        (Sort("hubspot_id"), [9, 10, 101, 100]),
        (Sort("hubspot_id", descending=True), [101, 10, 9, 100]),
        (Sort("name"), [101, 10, 9, 100]),
        (Sort("name", descending=True), [9, 10, 101, 100]),
        (Sort("changed_at"), [101, 100, 10, 9]),
        (Sort("category"), [9, 100, 101, 10]),
        (Sort("quickbooks_id"), [100, 101, 10, 9]),
    ],
    ids=str,
)
def test_sorted_by_any_column_with_empty_values_last(tools_with: Made, order: Sort, numbers: list[int]) -> None:
    nameless = replace(record(100, name=""), hubspot_id=None, quickbooks_id="7", root="quickbooks:7")
    records = [
        record(9, name="Émile", category=Category.DEFECT),
        record(10, name="bob"),
        record(101, name="Anna"),
        replace(nameless, changed_at=NOW - 100),
    ]
    found = Listing(tools_with(records), [CONNECTION], Choice(), order)
    assert [int(one.hubspot_id or 100) for one in found] == numbers


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("descending", [False, True])
def test_every_column_can_be_sorted_by(tools_with: Made, column: str, descending: bool) -> None:
    found = Listing(tools_with(mixed(9)), [CONNECTION], Choice(), Sort(column, descending))
    assert sorted(ids(found)) == list(range(1, 10))


def test_a_record_that_changes_between_sorting_and_fetching_is_shown_as_it_is_or_not_at_all(tools_with: Made) -> None:
    tools = tools_with(mixed(9))
    walked = iter(Listing(tools, [CONNECTION], FAILING, Sort("name")))
    assert next(walked).hubspot_id == "9"
    names = [asking.Name.of(one) for one in asking.chosen(tools, [CONNECTION], FAILING)]
    held = Records(tools.table).find(CONNECTION, names[0].kind, ["hubspot:3"])["hubspot:3"]
    tools.table.write([put(held, replace(held.record, state=State.IN_SYNC))])
    assert sorted(ids(one.record for one in asking.fetched(tools, names, FAILING))) == [6, 9]


class Endless(MemoryTable):
    """A table of as many customers as one likes, made as they are read, so that only the reader's memory counts. Its
    pages are small, so that a few thousand records are many pages.
    """

    def __init__(self, count: int) -> None:
        super().__init__()
        self.count = count
        self._body = to_body(record(0, state=State.IN_SYNC))

    def page(self, pk: str, after: str = "", limit: int = 1000, *, backwards: bool = False) -> list[Item]:
        assert not backwards
        if f"|{Kind.CUSTOMER}|" not in pk:
            return []
        first = int(after.partition(":")[2]) + SHARDS if after else int(pk.rpartition("|")[2])
        return [self._item(pk, n) for n in range(first, self.count, SHARDS)[: min(limit, 100)]]

    def get(self, keys: Iterable[Key]) -> dict[Key, Item]:
        return {key: self._item(key.pk, int(key.sk.partition(":")[2])) for key in keys}

    def _item(self, pk: str, number: int) -> Item:
        own = {"root": f"hubspot:{number:06d}", "hubspot_id": f"{number:06d}", "name": f"Customer {number % 977:06d}"}
        return Item(Key(pk, own["root"]), 1, {**self._body, **own, "message": f"a message of its own {number} " * 20})


@pytest.mark.slow
@pytest.mark.parametrize(("order", "kept"), [(None, 10), (Sort("name"), 1_200)], ids=["as stored", "sorted"])
def test_beyond_some_pages_a_list_takes_no_more_memory(order: Sort | None, kept: int) -> None:
    """Of a record nothing is kept; of one that is sorted a key, a fraction of the kilobytes that it has itself."""
    few, many = (_peak(count, order) for count in (4_000, 20_000))
    assert (many - few) / 16_000 < kept, (few, many)


def _peak(count: int, order: Sort | None) -> int:
    """Bytes that walking the whole list takes at most."""
    tools = Wiring(Config(), now=lambda: NOW, given_table=Endless(count))
    tracemalloc.start()
    try:
        assert sum(1 for _ in Listing(tools, [CONNECTION], Choice(), order)) == count
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@example([{"\U0002ebe1": None}])  # beyond 16 bits, and nothing that a terminal shows
@given(st.lists(st.dictionaries(st.text(max_size=3), st.text(max_size=9) | st.none() | st.integers(), max_size=3)))
def test_a_list_in_pieces_is_the_json_of_the_list(values: list[dict[str, object]]) -> None:
    assert json.loads("".join(json_list(values))) == values
    assert "".join(json_list(iter(values))) == as_json(values) + "\n"


@pytest.mark.parametrize(
    ("total", "page", "shown", "line"),
    [
        (0, Window(), False, "no records"),
        (1, Window(), True, "1 record"),
        (5, Window(), True, "5 records"),
        (5, Window(5), True, "5 records"),
        (5, Window(1, 2), True, "5 records (page 2 of 5; --page 3 for the next)"),
        (5, Window(2, 3), True, "5 records (page 3 of 3)"),
        (5, Window(2, 4), False, "5 records, and nothing on page 4: there are 3 pages"),
        (5, Window(9, 4), False, "5 records, and nothing on page 4: there is 1 page"),
    ],
)
def test_the_closing_line(total: int, page: Window, shown: bool, line: str) -> None:
    assert closing(total, page, shown=shown) == line


def test_a_value_has_a_place_whatever_it_is() -> None:
    assert listing.sortable(record(1, name=""), "name") is None
    assert listing.sortable(record(1), "quickbooks_id") is None
    assert listing.sortable(record(12), "hubspot_id") == (2.0, "12")
