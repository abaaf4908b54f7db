"""Records as they lie in a table, without a stack around them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from chalicelib.jobs import ConnectionId, Kind
from chalicelib.remember.records import Held, Record, put
from chalicelib.remember.table import MemoryTable
from chalicelib.wiring import Config, Wiring

CONNECTION = ConnectionId("1:2")
NOW = 1_800_000_000.0


def record(number: int, **more: Any) -> Record:
    values = {"hubspot_id": str(number), "name": f"Customer {number:06d}", "changed_at": NOW - number, **more}
    return Record(CONNECTION, Kind.CUSTOMER, f"hubspot:{number}", **values)


@pytest.fixture
def tools_with() -> Callable[[Iterable[Record]], Wiring]:
    """Tools over a table that holds these records."""

    def made(records: Iterable[Record]) -> Wiring:
        table = MemoryTable()
        for one in records:
            table.write([put(Held(one, None), one)])
        return Wiring(Config(), now=lambda: NOW, given_table=table)

    return made
