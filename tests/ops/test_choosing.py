"""Which records are meant by the options that three commands share."""

from __future__ import annotations

import argparse
import contextlib
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from chalicelib.failures import Category
from chalicelib.jobs import Kind, Side
from chalicelib.remember.records import State
from ops import choosing
from ops.answers import WrongUse
from ops.choosing import Choice, Sort, Window
from tests.ops.conftest import NOW, record

HOUR, DAY = 3_600.0, 86_400.0


def given(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    choosing.add_filters(parser)
    shown = choosing.add_order(parser)
    shown.add_argument("--limit")
    shown.add_argument("--page")
    return parser.parse_args(choosing.joined(arguments))


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        ([], Choice()),
        (["--status", "failing"], Choice(states=frozenset({State.FAILING}))),
        (["--status", "failing,parked"], Choice(states=frozenset({State.FAILING, State.PARKED}))),
        (["--status", "failing", "--status", " parked ,"], Choice(states=frozenset({State.FAILING, State.PARKED}))),
        (["--status", "IN-SYNC"], Choice(states=frozenset({State.IN_SYNC}))),
        (["--category", "name_taken"], Choice(categories=frozenset({Category.NAME_TAKEN}))),
        (["--kind", "customer"], Choice(kinds=frozenset({Kind.CUSTOMER}))),
        (["--side", "quickbooks", "--unlinked"], Choice(side=Side.QUICKBOOKS, unlinked=True)),
        (["--text", "  ACME   Ltd"], Choice(text="acme ltd")),
        (["--changed-since", "2h"], Choice(changed_since=NOW - 2 * HOUR)),
    ],
)
def test_what_the_options_mean(arguments: list[str], meant: Choice) -> None:
    assert choosing.choice(given(*arguments), NOW) == meant
    assert choosing.asked(given(*arguments)) is bool(arguments)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (
            ["--status", "fialing"],
            ["'fialing'", "did you mean failing;", "in_sync, pending, excluded, failing, parked"],
        ),
        (["--status", "failing,sync"], ["'sync'", "in_sync, pending"]),
        (["--status", "zzz"], ["'zzz'; there are: in_sync"]),
        (["--category", "name-take"], ["did you mean name_taken;", "vendor_down"]),
        (["--kind", "custommer"], ["did you mean customer;"]),
        (["--side", "quickbook"], ["did you mean quickbooks;", "hubspot, quickbooks"]),
        (["--changed-since", "yesterday"], ["'yesterday' is no time", "2h", "2026-11-20"]),
        (["--changed-since", ""], ["is no time"]),
    ],
)
def test_a_wrong_value_is_told_with_the_choices_and_the_nearest(arguments: list[str], says: list[str]) -> None:
    with pytest.raises(WrongUse) as wrong:
        choosing.choice(given(*arguments), NOW)
    assert all(part in str(wrong.value) for part in says), str(wrong.value)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("30m", NOW - 1_800),
        ("2h", NOW - 2 * HOUR),
        ("3d", NOW - 3 * DAY),
        ("1W", NOW - 7 * DAY),
        ("2027-01-15", 1_799_971_200.0),
        ("2027-01-15T08:00", 1_800_000_000.0),
        ("2027-01-15T08:00Z", 1_800_000_000.0),
        ("2027-01-15T09:00+01:00", 1_800_000_000.0),
        ("2027-01-15 08:00:00.500", 1_800_000_000.5),
    ],
)
def test_times_are_ago_or_iso_and_utc_where_no_zone_is_said(text: str, at: float) -> None:
    assert choosing.moment(text, NOW) == at


@drawn(st.text(max_size=20))
def test_any_text_is_a_time_or_wrong_use(text: str) -> None:
    with contextlib.suppress(WrongUse):
        assert isinstance(choosing.moment(text, NOW), float)


JANE = record(
    101,
    name="Jane Roe",
    known_as=("jane@roe.example", "jane roe"),
    state=State.FAILING,
    category=Category.NAME_TAKEN,
    message="The display name 'Acme' is taken",
    changed_at=NOW - HOUR,
)
LINKED = replace(JANE, quickbooks_id="58", state=State.IN_SYNC, category=None)


@pytest.mark.parametrize(
    ("meant", "jane", "linked"),
    [
        (Choice(), True, True),
        (Choice(states=frozenset({State.FAILING})), True, False),
        (Choice(categories=frozenset({Category.NAME_TAKEN})), True, False),
        (Choice(categories=frozenset({Category.TAX})), False, False),
        (Choice(side=Side.HUBSPOT), True, True),
        (Choice(side=Side.QUICKBOOKS), False, True),
        (Choice(unlinked=True), True, False),
        (Choice(side=Side.QUICKBOOKS, unlinked=True), False, False),
        (Choice(text="jane@roe"), True, True),
        (Choice(text="quickbooks:58"), False, True),
        (Choice(text="101"), True, True),
        (Choice(text="'acme' is"), True, True),
        (Choice(text="nobody"), False, False),
        (Choice(changed_since=NOW - HOUR), True, True),
        (Choice(changed_since=NOW - HOUR + 1), False, False),
        (Choice(states=frozenset({State.IN_SYNC}), categories=frozenset({Category.NAME_TAKEN})), False, False),
    ],
)
def test_which_records_a_choice_takes(meant: Choice, jane: bool, linked: bool) -> None:
    assert (meant.takes(JANE), meant.takes(LINKED)) == (jane, linked)


@pytest.mark.parametrize(
    ("meant", "states"),
    [
        (Choice(), None),
        (Choice(states=frozenset({State.IN_SYNC, State.FAILING})), None),
        (Choice(states=frozenset({State.PARKED, State.FAILING})), (State.FAILING, State.PARKED)),
        (Choice(categories=frozenset({Category.TAX})), (State.PENDING, State.EXCLUDED, State.FAILING, State.PARKED)),
    ],
)
def test_the_state_index_is_read_where_it_names_every_record_meant(meant: Choice, states: Any) -> None:
    assert meant.index_states == states


@pytest.mark.parametrize(
    ("arguments", "order"),
    [
        ([], None),
        (["--sort", "name"], Sort("name")),
        (["--sort", "-changed_at"], Sort("changed_at", descending=True)),
        (["--sort=-hubspot_id", "--limit", "3"], Sort("hubspot_id", descending=True)),
    ],
)
def test_the_order_asked_for(arguments: list[str], order: Sort | None) -> None:
    assert choosing.sort(given(*arguments)) == order


@pytest.mark.parametrize("arguments", [["--sort", "nmae"], ["--sort", "-nmae"], ["--columns", "state,nmae"]])
def test_a_wrong_column_is_told(arguments: list[str]) -> None:
    with pytest.raises(WrongUse, match="'nmae'; did you mean name; there are: connection, kind"):
        choosing.columns(given(*arguments), ()), choosing.sort(given(*arguments))


def test_columns_come_in_the_order_asked_for_and_once() -> None:
    assert choosing.columns(given("--columns", "state, name,state"), ("fix",)) == ("state", "name")
    assert choosing.columns(given(), ("fix",)) == ("fix",)
    with pytest.raises(WrongUse, match="say which columns"):
        choosing.columns(given("--columns", ","), ("fix",))


@pytest.mark.parametrize(
    ("arguments", "page", "places", "pages"),
    [
        ([], Window(), [0, 1, 2, 3, 4], 1),
        (["--limit", "2"], Window(2, 1), [0, 1], 3),
        (["--limit", "2", "--page", "3"], Window(2, 3), [4], 3),
        (["--limit", "2", "--page", "4"], Window(2, 4), [], 3),
        (["--page", "1"], Window(choosing.PAGE_ROWS, 1), [0, 1, 2, 3, 4], 1),
    ],
)
def test_pages_of_five(arguments: list[str], page: Window, places: list[int], pages: int) -> None:
    assert choosing.window(given(*arguments)) == page
    assert [place for place in range(5) if page.holds(place)] == places == list(range(5))[page.start : page.stop]
    assert page.pages(5) == pages


@pytest.mark.parametrize("arguments", [["--limit", "0"], ["--limit", "many"], ["--page", "-1"], ["--page", "1.5"]])
def test_pages_are_counted_from_one(arguments: list[str]) -> None:
    with pytest.raises(WrongUse, match="takes a number from 1 on"):
        choosing.window(given(*arguments))
