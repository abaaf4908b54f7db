"""Tables fit the screen, whatever is in them."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.jobs import Kind
from ops.choosing import COLUMNS
from ops.tables import MEASURED, lines, table
from ops.viewing import COLUMNS as USUAL
from ops.viewing import usual_columns


def wide(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


ROW = {
    "connection": "48120771:9130350000000000", "kind": "customer", "hubspot_id": "61200334146",
    "quickbooks_id": None, "name": "Amy's Bird Sanctuary", "state": "failing", "category": "missing_customer",
    "message": "The display name 'Amy' is taken " * 5, "fix": "Rename one " * 9,
    "changed_at": "2026-11-22T03:03:32.000+00:00",
}  # fmt: skip


@pytest.mark.parametrize("columns", [USUAL, COLUMNS, ("name",), ("connection", "state", "message")])
@pytest.mark.parametrize("width", [80, 100, 160])
def test_every_line_fits(columns: tuple[str, ...], width: int) -> None:
    shown = table([ROW, {**ROW, "name": "株式会社 東京 商事 有限 責任"}], columns, width).splitlines()
    assert len(shown) == 3
    assert max(wide(line) for line in shown) <= width


def test_names_that_people_copy_stay_whole_where_there_is_room() -> None:
    assert ROW["connection"] in str(table([ROW], ("connection", "state", "message"), 80))


def test_rows_beyond_the_measured_ones_are_cut_to_the_same_widths() -> None:
    every = [*({"name": "short"} for _ in range(MEASURED)), {"name": "much longer than those"}]
    shown = list(lines(every, ("name",), 80))
    assert (len(shown), shown[-1]) == (MEASURED + 2, "much…")


@given(st.lists(st.fixed_dictionaries({"name": st.text(), "message": st.text()}), min_size=1, max_size=5))
def test_what_strangers_wrote_cannot_steer_the_terminal(rows: list[dict[str, str]]) -> None:
    shown = table(rows, ("name", "message"), 80)
    assert all(c == "\n" or c.isprintable() or c in "\u200c\u200d" for c in shown)
    assert len(shown.split("\n")) == len(rows) + 1


@pytest.mark.parametrize(("kinds", "named"), [
    ([], False), ([Kind.INVOICE], False), ([Kind.PRODUCT, Kind.PRODUCT], False), ([Kind.CUSTOMER, Kind.INVOICE], True),
])  # fmt: skip
def test_rows_of_several_kinds_say_of_which(kinds, named):
    """Ids of both kinds look alike."""
    assert usual_columns(kinds) == ((("kind",) if named else ()) + USUAL)
