"""Which kinds are on, by whatever is stored of the settings."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.jobs import Expand, Kind, from_body, to_body
from chalicelib.remember.connections import Connection, connection_id
from chalicelib.settings import Contacts, Invoices, Products, Settings
from chalicelib.switches import (
    ALL,
    DAILY,
    is_on,
    is_prepared,
    kind_of,
    look_at_all,
    looks_at_all,
    only_in_hubspot,
    section,
    sections_on,
    waits_for_properties,
)

ID = connection_id("1", "2")


@pytest.mark.parametrize(
    ("settings", "on"),
    [
        (None, {Kind.CUSTOMER}),
        ({}, {Kind.CUSTOMER}),
        ("odd", {Kind.CUSTOMER}),
        ({"contacts": None, "products": None, "invoices": []}, {Kind.CUSTOMER}),
        ({"contacts": {"enabled": False}}, set()),
        ({"products": {}}, {Kind.CUSTOMER, Kind.PRODUCT}),
        ({"products": {"enabled": False}, "invoices": {"enabled": True}}, {Kind.CUSTOMER, Kind.INVOICE, Kind.PAYMENT}),
        ({"products": {}, "invoices": {}}, set(Kind)),
        (Settings().model_dump(mode="json"), {Kind.CUSTOMER}),
        (Settings(products=Products(), invoices=Invoices()).model_dump(mode="json"), set(Kind)),
        (Settings(contacts=Contacts(enabled=False)).model_dump(mode="json"), set()),
    ],
)
def test_contacts_are_on_until_they_are_switched_off_and_the_others_only_if_named(settings: Any, on: set[Kind]):
    assert {kind for kind in Kind if is_on(settings, kind)} == on
    assert all(is_on(settings, kind) <= (section(settings, kind) is not None) for kind in Kind)


def test_the_sections_that_are_on_are_named_once():
    assert sections_on({"products": {}, "invoices": {}}) == ("contacts", "products", "invoices")
    assert sections_on({"contacts": {"enabled": False}}) == ()


@pytest.mark.parametrize(
    ("settings", "kinds"),
    [
        ({}, [Kind.CUSTOMER]),
        ({"contacts": {"enabled": False}, "products": {"enabled": False}}, [Kind.CUSTOMER]),
        ({"products": {}}, [Kind.CUSTOMER, Kind.PRODUCT]),
        ({"products": {}, "invoices": {}}, [Kind.CUSTOMER, Kind.PRODUCT, Kind.INVOICE]),
    ],
)
def test_all_that_is_linked_is_looked_at_a_kind_each(settings: Any, kinds: list[Kind]):
    """Payments are linked to no one record of HubSpot's, which could change there unseen."""
    looks = looks_at_all(ID, settings, DAILY)
    assert [kind_of(one) for one in looks] == kinds
    assert [from_body(to_body(one)) for one in looks] == looks


@pytest.mark.parametrize("old", ["daily", "all", ""])
def test_a_look_of_the_version_before_is_about_customers(old: str):
    assert kind_of(Expand(ID, "linked", old, "3:hubspot:7")) is Kind.CUSTOMER


@pytest.mark.parametrize(("why", "only"), [(DAILY, True), (ALL, True), ("properties", False)])
def test_the_daily_look_is_for_what_changed_in_hubspot(why: str, only: bool):
    assert only_in_hubspot(look_at_all(ID, Kind.INVOICE, why)) is only


@pytest.mark.parametrize(
    ("settings", "prepared", "expected"),
    [
        ({}, ("contacts",), True),
        ({}, (), False),  # of an older release
        ({"products": {}}, ("contacts",), False),
        ({"products": {"enabled": False}}, ("contacts",), True),
        ({"products": {}}, ("contacts", "products", "invoices"), True),
    ],
)
def test_a_kind_that_was_switched_on_later_is_not_prepared(settings: Any, prepared: tuple[str, ...], expected: bool):
    assert is_prepared(Connection(ID, "1", "2", settings=settings, prepared=prepared)) is expected


@pytest.mark.parametrize(
    ("prepared", "waiting"),
    [
        ((), {Kind.PRODUCT, Kind.INVOICE, Kind.PAYMENT}),
        (("contacts", "products"), {Kind.INVOICE, Kind.PAYMENT}),
        (("contacts", "products", "invoices"), set()),
    ],
)
def test_what_has_no_properties_yet_waits_for_them(prepared: tuple[str, ...], waiting: set[Kind]):
    connection = Connection(ID, "1", "2", prepared=prepared)
    assert {kind for kind in Kind if waits_for_properties(connection, kind)} == waiting
