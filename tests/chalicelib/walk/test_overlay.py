"""The table that a plan is rehearsed on: it reads the real one, and nothing of what it writes is seen there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.remember.table import Delete, Key, MemoryTable, Put
from chalicelib.walk.overlay import Overlay

FOREVER = 4_000_000_000
A, B, C = Key("p", "a"), Key("p", "b"), Key("p", "c")


def overlay(base: MemoryTable, turn: int = 1) -> Overlay:
    return Overlay(base, "shadow|", turn, FOREVER)


@pytest.fixture
def base() -> MemoryTable:
    table = MemoryTable()
    table.write([Put(A, {"n": 1}, None), Put(B, {"n": 2}, None)])
    return table


def values(table, *keys: Key) -> list:
    found = table.get(keys)
    return [found[key].body["n"] if key in found else None for key in keys]


def test_nothing_of_it_is_seen_in_the_real_table(base):
    one = overlay(base)
    one.write([Put(A, {"n": 10}, 1), Delete(B, 1), Put(C, {"n": 3}, None)])
    assert values(one, A, B, C) == [10, None, 3]
    assert [item.key for item in one.page("p")] == [A, C]
    one.flush()
    assert values(base, A, B, C) == [1, 2, None]
    assert [item.key for item in base.page("p")] == [A, B]


def test_a_slice_sees_the_real_table_as_it_was_when_it_first_looked(base):
    one = overlay(base)
    assert values(one, A) == [1]
    base.write([Put(A, {"n": 5}, 1)])
    one.write([Put(B, {"n": 20}, 1)])
    assert values(one, A, B) == [1, 20]
    assert values(overlay(base, turn=2), A) == [5]


def test_a_later_turn_sees_what_was_flushed_and_only_that(base):
    one = overlay(base)
    one.write([Put(A, {"n": 10}, 1)])
    one.flush()
    lost = overlay(base, turn=2)
    lost.write([Put(A, {"n": 11}, 2)])  # its worker is killed before it flushes
    again = overlay(base, turn=2)
    assert values(again, A) == [10]
    again.write([Put(A, {"n": 12}, 2), Delete(B, 1)])
    again.flush()
    assert values(overlay(base, turn=3), A, B) == [12, None]


def test_a_turn_that_is_done_again_does_not_see_what_it_kept_itself(base):
    """Killed after the flush and before the bookmark moved: the slice finds the world as it was before it."""
    first = overlay(base, turn=1)
    first.write([Put(A, {"n": 10}, 1)])
    first.flush()
    second = overlay(base, turn=2)
    second.write([Put(A, {"n": 20}, 2), Put(C, {"n": 30}, None)])
    second.flush()
    again = overlay(base, turn=2)
    assert values(again, A, C) == [10, None]
    again.write([Put(A, {"n": 20}, 2), Put(C, {"n": 30}, None)])
    again.flush()
    assert values(overlay(base, turn=3), A, C) == [20, 30]
    assert values(overlay(base, turn=2), A, C) == [10, None]


def test_what_no_later_turn_needs_is_not_kept(base):
    one = Overlay(base, "shadow|", 1, FOREVER, lambda key, first, now: first != now and key != C)
    one.write([Put(A, {"n": 10}, 1), Put(B, {"n": 2}, 1), Put(C, {"n": 3}, None)])
    one.flush()
    assert values(overlay(base, turn=2), A, B, C) == [10, 2, None]
    assert len(base.page("shadow|p")) == 1


keys = st.sampled_from("abcdef")


@given(
    real=st.sets(keys),
    flushed=st.dictionaries(keys, st.booleans()),
    fresh=st.dictionaries(keys, st.booleans()),
    after=st.sampled_from(["", *"abcdef"]),
    limit=st.integers(1, 4),
    backwards=st.booleans(),
)
def test_its_pages_are_those_of_a_table_with_all_the_writes(real, flushed, fresh, after, limit, backwards):
    """`True` puts a key, `False` deletes it, in a turn before and in this one; a plain table does the same."""
    base, plain = MemoryTable(), MemoryTable()
    for table in (base, plain):
        for sk in sorted(real):
            table.write([Put(Key("p", sk), {"n": 0}, None)])
    for turn, changes in ((1, flushed), (2, fresh)):
        one = overlay(base, turn)
        for sk, put in sorted(changes.items()):
            for table in (one, plain):
                held = table.get([Key("p", sk)]).get(Key("p", sk))
                if put:
                    table.write([Put(Key("p", sk), {"n": turn}, held.version if held else None)])
                elif held:
                    table.write([Delete(Key("p", sk), held.version)])
        if turn == 1:
            one.flush()
    shown = one.page("p", after, limit, backwards=backwards)
    wanted = plain.page("p", after, limit, backwards=backwards)
    assert [(item.key, item.body) for item in shown] == [(item.key, item.body) for item in wanted]
