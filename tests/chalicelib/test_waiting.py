"""What is noted while a connection waits."""

from __future__ import annotations

import pytest

from chalicelib.jobs import Job, Kind, Portal, Realm, Side
from chalicelib.remember.connections import Connections
from chalicelib.remember.records import Held, Record, Records, put
from chalicelib.remember.table import MemoryTable
from chalicelib.waiting import want
from chalicelib.wiring import Config, Wiring


@pytest.mark.parametrize(("kind", "side", "is_known", "rows"), [
    (Kind.INVOICE, Side.HUBSPOT, False, 0), (Kind.INVOICE, Side.HUBSPOT, True, 1),
    (Kind.INVOICE, Side.QUICKBOOKS, False, 1), (Kind.CUSTOMER, Side.HUBSPOT, False, 1),
])  # fmt: skip
def test_an_invoice_of_hubspots_own_is_no_record(kind: Kind, side: Side, is_known: bool, rows: int) -> None:
    table = MemoryTable()
    connection = Connections(table).begin(Portal("1"), Realm("2"))
    if is_known:
        known = Record(connection.id, kind, f"{side}:7", hubspot_id="7")
        table.write([put(Held(known, None), known)])
    tools = Wiring(Config(public_url="https://x"), given_table=table)
    want(tools, connection, kind, [Job(connection.id, kind, side, "7", "notice")], "it waits")
    assert [one.message for one in Records(table).all(connection.id, kind)] == ["it waits"] * rows
