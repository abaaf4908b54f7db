"""The larger of 5 and a tenth of the linked records within an hour, 200 at most."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.resolve.brakes import LINKED_THAT_MATTER, most_put_away


@pytest.mark.parametrize(
    ("linked", "most"),
    [(0, 5), (1, 5), (49, 5), (50, 5), (59, 5), (60, 6), (1_000, 100), (1_999, 199), (2_000, 200), (50_000, 200)],
)
def test_how_many_may_be_put_away(linked, most):
    assert most_put_away(linked) == most


@given(st.integers(min_value=0, max_value=1_000_000))
def test_no_more_need_be_counted_than_matter(linked):
    assert most_put_away(linked) == most_put_away(min(linked, LINKED_THAT_MATTER))
