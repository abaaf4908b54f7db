"""What memory takes for granted of its table, in this process and in DynamoDB: one contract for both."""

from __future__ import annotations

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from chalicelib.remember.dynamodb import DynamoTable
from chalicelib.remember.table import ANY, Check, Delete, Key, Lost, MemoryTable, Put, Table
from chalicelib.walk.overlay import Overlay
from tests.simulation.edges import SimTable
from tests.simulation.history import drawn
from tests.simulation.world import World

THREADS = 8
BIG = {"values": {f"field {number}": "ä" * 400 for number in range(100)}, "text": "“quoted”\n\\"}


def together(function):
    """Call it from many threads at the same moment."""
    gate = threading.Barrier(THREADS)

    def one(number):
        gate.wait(timeout=10)
        return function(number)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(one, range(THREADS)))


class TableContract:
    @pytest.fixture
    def pk(self) -> str:
        return uuid.uuid4().hex

    @staticmethod
    def body(table: Table, key: Key):
        item = table.get([key]).get(key)
        return item.body if item else None

    @staticmethod
    def version(table: Table, key: Key) -> int | None:
        item = table.get([key]).get(key)
        return item.version if item else None

    # --- one write ----------------------------------------------------------------------------------------------------

    def test_what_was_written_is_read(self, table, pk):
        key = Key(pk, "row")
        assert table.get([key]) == {}
        table.write([Put(key, {"a": 1, "b": [1.5, None, "ü"], "c": {"d": True}}, None)])
        item = table.get([key])[key]
        assert (item.key, item.body) == (key, {"a": 1, "b": [1.5, None, "ü"], "c": {"d": True}})

    def test_each_write_raises_the_version_by_one(self, table, pk):
        """So that whoever has written knows the version to name next, without a read."""
        key = Key(pk, "row")
        table.write([Put(key, {}, None)])
        first = self.version(table, key)
        assert first == 1
        table.write([Put(key, {"n": 2}, first)])
        assert self.version(table, key) == 2
        table.write([Put(key, {"n": 3}, 2)])
        assert (self.version(table, key), self.body(table, key)) == (3, {"n": 3})

    def test_what_must_not_be_there_is_made_once(self, table, pk):
        key = Key(pk, "row")
        table.write([Put(key, {"n": 1}, None)])
        with pytest.raises(Lost) as lost:
            table.write([Put(key, {"n": 2}, None)])
        assert lost.value.keys == (key,)
        assert self.body(table, key) == {"n": 1}

    @pytest.mark.parametrize("expect", [1, 3, 99, 0])
    def test_only_the_version_that_is_there_is_overwritten(self, table, pk, expect):
        key = Key(pk, "row")
        table.write([Put(key, {"n": 1}, None)])
        table.write([Put(key, {"n": 2}, 1)])
        with pytest.raises(Lost) as lost:
            table.write([Put(key, {"n": 9}, expect)])
        assert lost.value.keys == (key,)
        assert (self.version(table, key), self.body(table, key)) == (2, {"n": 2})

    def test_a_version_of_what_is_not_there_is_lost(self, table, pk):
        for write in (Put(Key(pk, "row"), {}, 1), Delete(Key(pk, "row"), 1)):
            with pytest.raises(Lost):
                table.write([write])
        assert table.get([Key(pk, "row")]) == {}

    def test_any_writes_whatever_is_there(self, table, pk):
        key = Key(pk, "row")
        for number in range(3):
            table.write([Put(key, {"n": number}, ANY)])
            assert self.body(table, key) == {"n": number}
        table.write([Delete(key, ANY)])
        table.write([Delete(key, ANY)])
        assert table.get([key]) == {}

    def test_a_delete_names_its_version_too(self, table, pk):
        key = Key(pk, "row")
        table.write([Put(key, {}, None)])
        with pytest.raises(Lost) as lost:
            table.write([Delete(key, 2)])
        assert lost.value.keys == (key,)
        table.write([Delete(key, 1)])
        assert table.get([key]) == {}
        table.write([Put(key, {"n": "again"}, None)])
        assert self.body(table, key) == {"n": "again"}

    def test_nothing_to_write_is_no_mistake(self, table):
        table.write([])
        assert table.write_each([]) == []
        assert table.write_each([[]]) == [None]

    def test_an_item_is_what_it_was_when_it_was_written(self, table, pk):
        """Whoever goes on changing his own body changes nothing that is stored, and the reader's is his own."""
        key, body = Key(pk, "row"), {"list": [1], "pair": (1, 2)}
        table.write([Put(key, body, None)])
        body["list"].append(2)
        table.get([key])[key].body["list"].append(3)
        table.page(pk)[0].body["list"].append(4)
        assert self.body(table, key) == {"list": [1], "pair": [1, 2]}

    @pytest.mark.parametrize("body", [BIG, {}, {"x": "y" * 1_000}, {"x": "y" * 1_024}, {"😀": "😀" * 300}])
    def test_a_body_of_any_size_comes_back_whole(self, table, pk, body):
        key = Key(pk, "row")
        table.write([Put(key, body, None)])
        table.write([Put(key, body, 1), Put(Key(pk, "beside"), body, None)])
        assert table.get([key, Key(pk, "beside")])[Key(pk, "beside")].body == body
        assert [item.body for item in table.page(pk)] == [body, body]

    def test_many_are_read_at_once_and_each_once(self, table, pk):
        keys = [Key(pk, f"{number:03}") for number in range(130)]
        table.write_each([[Put(key, {"n": key.sk}, None)] for key in keys])
        found = table.get(iter([*keys, *keys, Key(pk, "none")]))
        assert {key: item.body["n"] for key, item in found.items()} == {key: key.sk for key in keys}

    # --- transactions -------------------------------------------------------------------------------------------------

    def test_a_transaction_is_all_or_nothing_and_names_what_was_lost(self, table, pk):
        """A link is committed with both of its look-up keys."""
        mine, taken, other = Key(pk, "mine"), Key(pk, "taken"), Key(pk, "other")
        table.write([Put(taken, {"owner": "someone"}, None)])
        writes = [Put(mine, {}, None), Put(taken, {"owner": "me"}, None), Delete(other, 7)]
        with pytest.raises(Lost) as lost:
            table.write(writes)
        assert lost.value.keys == (taken, other)
        assert table.get([mine, other]) == {}
        assert self.body(table, taken) == {"owner": "someone"}
        table.write([Put(mine, {"n": 1}, None), Put(taken, {"owner": "me"}, 1), Delete(other, ANY)])
        assert [self.body(table, key) for key in (mine, taken)] == [{"n": 1}, {"owner": "me"}]

    def test_a_transaction_may_delete_beside_what_it_writes(self, table, pk):
        old, new = Key(pk, "old"), Key(pk, "new")
        table.write([Put(old, {}, None)])
        table.write([Delete(old, 1), Put(new, {}, None)])
        assert set(table.get([old, new])) == {new}

    def test_a_check_holds_a_transaction_to_a_version_and_writes_nothing(self, table, pk):
        """Commits carry the lease's version as condition."""
        lease, link = Key(pk, "lease"), Key(pk, "link")
        table.write([Put(lease, {"owner": "me"}, None)])
        with pytest.raises(Lost) as lost:
            table.write([Put(link, {}, None), Check(lease, 2)])
        assert lost.value.keys == (lease,)
        assert table.get([link]) == {}
        table.write([Put(link, {}, None), Check(lease, 1)])
        assert (self.version(table, link), self.version(table, lease)) == (1, 1)
        with pytest.raises(Lost):
            table.write([Check(Key(pk, "nowhere"), 1)])
        table.write([Check(lease, 1)])

    def test_a_hundred_writes_go_together(self, table, pk):
        table.write([Put(Key(pk, f"{number:03}"), {}, None) for number in range(100)])
        assert len(table.page(pk)) == 100

    def test_of_many_groups_each_has_its_own_outcome_in_order(self, table, pk):
        taken = Key(pk, "taken")
        table.write([Put(taken, {"n": 0}, None)])
        groups = [
            [Put(Key(pk, f"{number:02}"), {}, None), *([Put(taken, {"n": 9}, None)] if number % 3 == 0 else [])]
            for number in range(20)
        ]
        outcomes = table.write_each(groups)
        assert [outcome is not None for outcome in outcomes] == [number % 3 == 0 for number in range(20)]
        assert {outcome.keys for outcome in outcomes if outcome} == {(taken,)}
        made = {item.key.sk for item in table.page(pk)} - {"taken"}
        assert made == {f"{number:02}" for number in range(20) if number % 3}

    def test_a_single_group_has_its_outcome_too(self, table, pk):
        key = Key(pk, "row")
        assert table.write_each([[Put(key, {}, None)]]) == [None]
        (lost,) = table.write_each([[Put(key, {}, None)]])
        assert lost.keys == (key,)

    def test_many_writes_that_nobody_guards_are_all_done(self, table, pk):
        """More than travel in one request, over what is there and beside it."""
        keys = [Key(pk, f"{number:03}") for number in range(60)]
        table.write([Put(keys[3], {"n": -1}, None)])
        assert table.write_each([[Put(key, {"n": int(key.sk), **BIG}, ANY)] for key in keys]) == [None] * 60
        assert [(item.key, item.body["n"]) for item in table.page(pk)] == [(key, int(key.sk)) for key in keys]

    def test_of_two_unguarded_writes_to_one_key_one_stays(self, table, pk):
        key = Key(pk, "row")
        table.write_each([[Put(key, {"n": number}, ANY)] for number in range(2)])
        assert self.body(table, key)["n"] in (0, 1)

    # --- races --------------------------------------------------------------------------------------------------------

    def test_of_many_who_saw_one_version_one_wins(self, table, pk):
        key = Key(pk, "row")
        table.write([Put(key, {"owner": None}, None)])

        def take(number):
            try:
                table.write([Put(key, {"owner": number}, 1)])
            except Lost:
                return False
            return True

        winners = together(take)
        assert winners.count(True) == 1
        assert (self.version(table, key), self.body(table, key)) == (2, {"owner": winners.index(True)})

    def test_of_many_transactions_over_the_same_rows_one_wins_and_no_row_is_mixed(self, table, pk):
        keys = [Key(pk, side) for side in ("hubspot", "quickbooks")]
        for key in keys:
            table.write([Put(key, {"owner": None}, None)])

        def commit(number):
            order = keys if number % 2 else keys[::-1]
            try:
                table.write([Put(key, {"owner": number}, 1) for key in order])
            except Lost:
                return False
            return True

        winners = together(commit)
        # On AWS all may lose to each other's conflicts; nobody may win beside another.
        assert winners.count(True) <= 1
        owners = {self.body(table, key)["owner"] for key in keys}
        assert owners == ({winners.index(True)} if True in winners else {None})

    def test_a_counter_by_compare_and_swap_loses_no_increment(self, table, pk):
        key = Key(pk, "count")
        table.write([Put(key, {"n": 0}, None)])

        def add(_number):
            while True:
                item = table.get([key])[key]
                try:
                    table.write([Put(key, {"n": item.body["n"] + 1}, item.version)])
                except Lost:
                    continue
                return

        together(add)
        assert self.body(table, key) == {"n": THREADS}

    # --- pages --------------------------------------------------------------------------------------------------------

    @pytest.fixture
    def shelf(self, table, pk):
        """Rows 000 … 024, written backwards, beside another partition's."""
        table.write_each([[Put(Key(pk, f"{number:03}"), {"n": number}, None)] for number in reversed(range(25))])
        table.write([Put(Key(pk + "x", "000"), {"n": "another's"}, None)])
        return pk

    @pytest.mark.parametrize(
        ("arguments", "rows"),
        [
            ({}, list(range(25))),
            ({"limit": 10}, list(range(10))),
            ({"limit": 25}, list(range(25))),
            ({"after": "009", "limit": 10}, list(range(10, 20))),
            ({"after": "0095"}, list(range(10, 25))),
            ({"after": "024"}, []),
            ({"backwards": True, "limit": 3}, [24, 23, 22]),
            ({"backwards": True, "after": "010", "limit": 3}, [9, 8, 7]),
            ({"backwards": True, "after": "000"}, []),
        ],
    )
    def test_a_page_is_in_order_from_beyond_where_it_begins(self, table, shelf, arguments, rows):
        assert [item.body["n"] for item in table.page(shelf, **arguments)] == rows

    def test_page_by_page_every_row_comes_once(self, table, shelf):
        rows, after = [], ""
        while page := table.page(shelf, after, limit=7):
            rows += [item.body["n"] for item in page]
            after = page[-1].key.sk
        assert rows == list(range(25))

    def test_a_page_is_whole_beyond_a_megabyte(self, table, pk):
        """DynamoDB ends an answer at 1 MB, whatever the limit."""
        body = {"noise": uuid.uuid4().hex}
        keys = [Key(pk, f"{number:03}") for number in range(12)]
        chunk = "".join(uuid.uuid4().hex for _ in range(8_000))  # 256 KB that deflating makes half of
        table.write_each([[Put(key, {**body, "chunk": chunk}, None)] for key in keys])
        assert [item.key for item in table.page(pk)] == keys

    def test_the_order_is_that_of_the_bytes(self, table, pk):
        names = ["Z", "a", "ä", "é", "z", "~", "00", "0", "😀"]
        table.write_each([[Put(Key(pk, name), {}, None)] for name in names])
        assert [item.key.sk for item in table.page(pk)] == sorted(names, key=str.encode)

    def test_a_row_that_expires_is_there_until_then(self, table, pk):
        key = Key(pk, "decision")
        table.write([Put(key, {"n": 1}, None, expires_at=4_000_000_000)])
        assert self.body(table, key) == {"n": 1}


class IndexedTableContract(TableContract):
    """What the real tables keep beside: who is in which state."""

    def test_only_what_has_a_state_is_in_the_index_and_only_as_long(self, table, pk):
        key, state = Key(pk, "failing"), uuid.uuid4().hex
        table.write([Put(key, {}, None, state=(state, "005"))])
        table.write([Put(Key(pk, "in sync"), {}, None)])
        assert table.in_state(state) == [key]
        table.write([Put(key, {}, 1, state=(state + "x", "005"))])
        assert (table.in_state(state), table.in_state(state + "x")) == ([], [key])
        table.write([Put(key, {}, 2)])
        assert table.in_state(state + "x") == []

    def test_what_is_deleted_leaves_the_index(self, table, pk):
        key, state = Key(pk, "failing"), uuid.uuid4().hex
        table.write([Put(key, {}, None, state=(state, "005"))])
        table.write([Delete(key, 1)])
        assert table.in_state(state) == []

    @pytest.mark.parametrize(
        ("until", "limit", "rows"),
        [
            (None, 1_000, ["c", "a", "b"]),
            ("005", 1_000, ["c", "a"]),  # up to and including
            ("0049", 1_000, ["c"]),
            ("000", 1_000, []),
            (None, 2, ["c", "a"]),
        ],
    )
    def test_the_index_tells_what_is_due_soonest_first(self, table, pk, until, limit, rows):
        state = uuid.uuid4().hex
        for name, at in (("a", "005"), ("b", "007"), ("c", "001")):
            table.write([Put(Key(pk, name), {}, None, state=(state, at))])
        arguments = {"limit": limit} if until is None else {"until": until, "limit": limit}
        assert [key.sk for key in table.in_state(state, **arguments)] == rows


class TestMemoryTable(IndexedTableContract):
    @pytest.fixture
    def table(self) -> MemoryTable:
        return MemoryTable()


class TestSimulatedTable(IndexedTableContract):
    """The one that histories are simulated with, in fair weather."""

    @pytest.fixture
    def table(self) -> SimTable:
        return SimTable(World(drawn(0)), MemoryTable())


class TestOverlay(TableContract):
    """The table of a rehearsal, in front of an empty one and of one that has moved on."""

    @pytest.fixture
    def table(self) -> Overlay:
        return Overlay(MemoryTable(), "shadow|", 1, 4_000_000_000)


class TestDynamoTable(IndexedTableContract):
    @pytest.fixture
    def table(self, dynamodb, made) -> DynamoTable:
        return DynamoTable(dynamodb, made.table)

    @pytest.fixture
    def raw(self, dynamodb, made):
        def read(key: Key):
            request = {"TableName": made.table, "Key": {"pk": {"S": key.pk}, "sk": {"S": key.sk}}}
            return dynamodb.get_item(**request, ConsistentRead=True)["Item"]

        return read

    def test_a_small_body_is_readable_in_the_console_and_a_big_one_deflated(self, table, pk, raw):
        table.write([Put(Key(pk, "small"), {"city": "Ulm"}, None)])
        table.write([Put(Key(pk, "big"), BIG, None)])
        assert raw(Key(pk, "small"))["body"] == {"S": '{"city":"Ulm"}'}
        assert len(raw(Key(pk, "big"))["body"]["B"]) < 4_000

    def test_the_time_of_expiry_is_where_the_template_says(self, table, pk, raw):
        table.write([Put(Key(pk, "decision"), {}, None, expires_at=4_000_000_000)])
        assert raw(Key(pk, "decision"))["expires_at"] == {"N": "4000000000"}
