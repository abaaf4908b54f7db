"""What is stored of a connection, also by an older release."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.remember.beyond import body_of
from chalicelib.remember.connections import PARTITION, Connection, Connections, connection_id
from chalicelib.remember.table import Key, MemoryTable, Put

ID = connection_id("1", "2")


def read_back(**stored: Any) -> Connection:
    table = MemoryTable()
    table.write([Put(Key(PARTITION, ID), {"id": ID, "portal_id": "1", "realm_id": "2", "state": "connected", **stored},
                     None)])  # fmt: skip
    [found] = Connections(table).all()
    return found


@pytest.mark.parametrize(
    ("stored", "unique"),
    [
        ({}, set()),
        ({"key_property": True}, {"contacts"}),  # before there were other objects
        ({"key_property": False, "keys": ["invoices"], "plain_keys": ["products"]}, {"invoices"}),
        ({"key_property": True, "keys": ["contacts", "products"]}, {"contacts", "products"}),
    ],
)
def test_an_object_has_a_unique_key_if_one_was_made_there(stored: dict[str, Any], unique: set[str]):
    found = read_back(**stored)
    assert {one for one in ("contacts", "products", "invoices", "line_items") if found.unique_key(one)} == unique


def test_a_connection_comes_back_as_it_was_stored():
    one = Connection(
        ID, "1", "2", keys=("contacts", "invoices"), plain_keys=("products",), own_properties=("deals",),
        natives=("hs_number",), prepared=("contacts",), warnings=("a", "b"), company_time_zone="Europe/Berlin",
        overdue_day="2026-11-22",
    )  # fmt: skip
    assert read_back(**body_of(one)) == one


def test_what_a_newer_release_stored_is_kept():
    found = read_back(of_tomorrow=1)
    assert found.realm_id == "2"
    assert body_of(found)["of_tomorrow"] == 1
