"""What both systems said about themselves, kept whole however large it is: in this process and in DynamoDB."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from chalicelib.jobs import ConnectionId
from chalicelib.remember.dynamodb import DynamoTable
from chalicelib.remember.metadata import PART_MAX, REQUESTS_MAX, MetadataStore
from chalicelib.remember.table import ANY, Delete, Item, Key, Lost, MemoryTable, Table, Write
from chalicelib.settings.metadata import Account, CustomField, Metadata, Option, Property

AT = 1_795_305_600.0
ITEM_MAX = 350_000
SMALL = Metadata(
    hubspot={
        "contacts": {"email": Property("email", "E-mail", "string", "text"), "terms": Property(
            "terms", "Bedingungen “ß” 日本", "enumeration", "checkbox", (Option("net30", "Net 30"),), read_only=True)},
        "deals": None,
        "products": {},
    },
    custom_fields=(CustomField("1", "Crew #", "text", None, False),),
    accounts=(Account("79", "Sales", "Income"), Account("80", "Old", "Expense", active=False)),
    owners=None,
    read_at=AT,
)  # fmt: skip


def large(properties: int = 1_500, options: int = 60) -> Metadata:
    """Many properties with choices that do not compress well, as real labels do not."""
    words = random.Random(7)

    def text() -> str:
        return f"{words.getrandbits(160):x}"

    def one(number: int) -> Property:
        choices = tuple(Option(text(), text()) for _ in range(options if number % 3 == 0 else 0))
        return Property(f"p{number}_{text()}", text(), "enumeration", "select", choices)

    named = {one.name: one for one in map(one, range(properties))}
    return Metadata(hubspot={"contacts": named}, read_at=AT)


class Between:
    """A table that lets somebody else act before each read of many items, as another process may."""

    def __init__(self, table: Table, act: Callable[[], None]) -> None:
        self._table = table
        self._act = act

    def get(self, keys: Iterable[Key]) -> dict[Key, Item]:
        wanted = list(keys)
        if any(key.sk != "head" for key in wanted):
            self._act()
        return self._table.get(wanted)

    def write(self, writes: Sequence[Write]) -> None:
        self._table.write(writes)

    def write_each(self, groups: Sequence[Sequence[Write]]) -> list[Lost | None]:
        return self._table.write_each(groups)

    def page(self, pk: str, after: str = "", limit: int = 1000, *, backwards: bool = False) -> list[Item]:
        return self._table.page(pk, after, limit, backwards=backwards)

    def in_state(self, state_key: str, until: str = "￿", limit: int = 1000) -> list[Key]:
        return self._table.in_state(state_key, until, limit)


class MetadataContract:
    @pytest.fixture
    def connection(self) -> ConnectionId:
        return ConnectionId(f"48120771:{uuid.uuid4().hex}")

    @staticmethod
    def items(table: Table, connection: ConnectionId) -> list[Item]:
        return table.page(f"{connection}|metadata")

    def test_nothing_is_there_before_the_first_reading(self, table, connection):
        store = MetadataStore(table)
        assert store.get(connection) is None
        assert not store.answered(connection, "a")

    @pytest.mark.parametrize("metadata", [SMALL, Metadata(), Metadata(hubspot={"contacts": {}}, read_at=AT)])
    def test_what_was_read_comes_back_as_it_was(self, table, connection, metadata):
        MetadataStore(table).keep(connection, metadata, ["a"])
        assert MetadataStore(table).get(connection) == metadata

    def test_a_request_is_answered_by_its_own_reading(self, table, connection):
        """Also when another reading has come meanwhile."""
        store = MetadataStore(table)
        store.keep(connection, SMALL, ["a", "b"])
        store.keep(connection, replace(SMALL, read_at=AT + 1), ["c"])
        assert [store.answered(connection, one) for one in "abcd"] == [True, True, True, False]
        assert not store.answered(ConnectionId(f"{connection}0"), "a")

    def test_the_head_does_not_grow_for_ever(self, table, connection):
        store = MetadataStore(table)
        for number in range(REQUESTS_MAX + 5):
            store.keep(connection, SMALL, [f"r{number}"])
        assert not store.answered(connection, "r4")
        assert store.answered(connection, "r5")

    def test_a_large_portal_is_split(self, table, connection):
        """1,500 properties, 30,000 choices: every item stays small enough."""
        store, metadata = MetadataStore(table), large()
        store.keep(connection, metadata, ["a"])
        texts = [len(item.body.get("text", "")) for item in self.items(table, connection)]
        assert len(texts) > 3
        assert max(texts) <= PART_MAX < ITEM_MAX
        assert store.get(connection) == metadata

    def test_parts_that_nobody_names_are_taken_away(self, table, connection):
        store = MetadataStore(table)
        store.keep(connection, large(), ["a"])
        store.keep(connection, SMALL, ["b"])
        assert len(self.items(table, connection)) == 2
        assert store.get(connection) == SMALL

    def test_the_same_request_may_be_answered_twice(self, table, connection):
        """A queue may deliver twice; the later reading counts."""
        store = MetadataStore(table)
        store.keep(connection, SMALL, ["a"])
        store.keep(connection, replace(SMALL, read_at=AT + 9), ["a"])
        assert store.get(connection) == replace(SMALL, read_at=AT + 9)

    def test_a_reader_sees_the_new_one_when_the_old_one_goes_under_its_eyes(self, table, connection):
        store = MetadataStore(table)
        store.keep(connection, SMALL, ["a"])
        new, coming = large(200), iter(["b"])

        def act() -> None:
            for request in coming:
                store.keep(connection, new, [request])

        assert MetadataStore(Between(table, act)).get(connection) == new

    def test_parts_that_have_run_out_are_no_reading(self, table, connection):
        """The table may drop them in any order, when their time has come."""
        store = MetadataStore(table)
        store.keep(connection, SMALL, ["a"])
        [part] = [item.key for item in self.items(table, connection) if item.key.sk != "head"]
        table.write([Delete(part, ANY)])
        assert store.get(connection) is None
        store.keep(connection, SMALL, ["b"])
        assert store.get(connection) == SMALL

    @pytest.mark.parametrize("requests", [["a", "b", "c", "d", "e", "f"], ["a"] * 6])
    def test_many_at_once_leave_one_whole_reading_and_answer_all(self, table, connection, requests):
        """Also two deliveries of one request."""
        store = MetadataStore(table)
        readings = [large(700 + number) for number in range(6)]
        with ThreadPoolExecutor(6) as pool:
            list(pool.map(lambda n: store.keep(connection, readings[n], [requests[n]]), range(6)))
        assert store.get(connection) in readings
        assert all(store.answered(connection, one) for one in requests)


class TestMemoryTable(MetadataContract):
    @pytest.fixture
    def table(self) -> Table:
        return MemoryTable()


class TestDynamoTable(MetadataContract):
    @pytest.fixture
    def table(self, made, dynamodb) -> Table:
        return DynamoTable(dynamodb, made.table)
