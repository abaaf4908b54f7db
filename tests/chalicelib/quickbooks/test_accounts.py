"""QuickBooks' client, reading the chart of accounts a page at a time."""

from __future__ import annotations

import re

import pytest

from chalicelib.jobs import Realm
from chalicelib.quickbooks.client import QuickBooks
from tests.chalicelib.answering import Answer, Badge, Vendor, transport


def chart(count: int):
    def answers(asked) -> Answer:
        start, most = map(int, re.search(r"startposition (\d+) maxresults (\d+)$", asked.params["query"]).groups())
        rows = [{"Id": str(number)} for number in range(start, min(start + most, count + 1))]
        return Answer(200, {"QueryResponse": {"Account": rows} if rows else {}, "time": "2026-11-02T13:00:01-08:00"})

    return answers


@pytest.mark.parametrize(("count", "calls"), [(0, 1), (27, 1), (999, 1), (1_000, 2), (1_001, 2), (2_500, 3)])
def test_every_account_is_read_once(count, calls):
    """Inactive ones too, in a stable order; a full page may be followed by another."""
    vendor = Vendor(chart(count))
    quickbooks = QuickBooks(transport(vendor, "QuickBooks", speaker=Badge(Realm("9130350000000000"))))
    assert [row["Id"] for row in quickbooks.accounts()] == [str(number) for number in range(1, count + 1)]
    assert len(vendor.asked) == calls
    for asked in vendor.asked:
        assert " from Account where Active in (true, false) orderby Id " in asked.params["query"]
