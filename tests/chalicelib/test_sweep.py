"""What a sweep asks for products, invoices and payments, what it finds, and what it leaves to the daily look."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from urllib.parse import unquote_plus

import pytest

from chalicelib.expand import expand
from chalicelib.jobs import Expand, Job, Kind, Message, Side
from chalicelib.remember.connections import Connections
from chalicelib.remember.records import Held, Record, Records
from chalicelib.sweep import OVERLAP_S, sweep
from chalicelib.switches import ALL, DAILY, look_at_all
from chalicelib.transport import CallLog
from tests.chalicelib.walk.small_world import SmallWorld
from tests.local.quickbooks.selling import invoice, opened

DAY_S = 86_400.0
ON = {"products": {}, "invoices": {}}
BOTH_WAYS = {"products": {"direction": "both"}}


def world_with(settings: Any) -> SmallWorld:
    world = SmallWorld()
    Connections(world.table).change(world.id, lambda held: replace(held, settings=settings))
    world.time += 600
    return world


def swept(world: SmallWorld) -> list[Message]:
    world.posted.clear()
    connection = world.connection()
    sweep(world.wiring, connection, *world.wiring.clients(connection, lambda: 120.0, CallLog()))
    return world.queue.take(world.time)


def looks(messages: list[Message]) -> set[tuple[Kind, Side, str]]:
    return {(one.kind, one.side, one.id) for one in messages if isinstance(one, Job)}


def asked(world: SmallWorld, of: str) -> list[str]:
    return [unquote_plus(one) for one in world.posted if of in one]


def hold(world: SmallWorld, kind: Kind, quickbooks_id: str, **more: Any) -> None:
    """The record of a thing that is linked already."""
    fresh = Record(world.id, kind, f"quickbooks:{quickbooks_id}", quickbooks_id=quickbooks_id, **more)
    assert Records(world.table).commit([(Held(fresh, None), fresh, [])]) == [None]


def traded(world: SmallWorld) -> tuple[str, str, str]:
    """An item, an invoice and a payment, by their ids."""
    customer = opened(world.company)
    own_id = str(world.company.create("Invoice", invoice(customer))["Id"])
    paid = world.company.pay(customer, 20, {own_id: 20})
    return "1", own_id, str(paid["Id"])


@pytest.mark.parametrize(
    ("settings", "entities"),
    [
        ({}, "Customer,Vendor,Employee"),
        ({"products": {}}, "Customer,Item,Vendor,Employee"),
        ({"products": {"enabled": False}, "invoices": {}}, "Customer,Invoice,Payment,Vendor,Employee"),
        (ON, "Customer,Item,Invoice,Payment,Vendor,Employee"),
    ],
)
def test_one_call_asks_quickbooks_for_all_that_is_on(settings: Any, entities: str):
    world = world_with(settings)
    swept(world)
    [call] = asked(world, "/cdc?")
    assert f"entities={entities}&" in call


def test_what_is_new_is_looked_at_and_what_is_held_is_not():
    world = world_with(ON)
    item, own_id, payment = traded(world)
    found = looks(swept(world))
    every = {(Kind.PRODUCT, item), (Kind.INVOICE, own_id), (Kind.PAYMENT, payment)}
    assert {(kind, own) for kind, side, own in found if kind is not Kind.CUSTOMER} == every
    for kind, entity, own in ((Kind.PRODUCT, "Item", item), (Kind.INVOICE, "Invoice", own_id),
                              (Kind.PAYMENT, "Payment", payment)):  # fmt: skip
        hold(world, kind, own, sync_token=world.company.get(entity, own)["SyncToken"])
    assert {kind for kind, _, _ in looks(swept(world))} == {Kind.CUSTOMER}
    world.company.update("Invoice", own_id, {"CustomerMemo": {"value": "Thanks"}})
    assert (Kind.INVOICE, Side.QUICKBOOKS, own_id) in looks(swept(world))


@pytest.mark.parametrize(
    ("held", "looked_at"), [(None, False), ({}, True), ({"gone": {str(Side.QUICKBOOKS): "deleted"}}, False)]
)
def test_what_was_deleted_is_looked_at_once_if_it_is_known(held: dict[str, Any] | None, looked_at: bool):
    world = world_with(ON)
    _, _, payment = traded(world)
    token = world.company.get("Payment", payment)["SyncToken"]
    if held is not None:
        hold(world, Kind.PAYMENT, payment, sync_token=token, **held)
    world.company.delete("Payment", payment)
    assert ((Kind.PAYMENT, Side.QUICKBOOKS, payment) in looks(swept(world))) is looked_at


def test_after_a_month_away_queries_find_what_changed_and_all_is_looked_at_for_what_was_deleted():
    """Transactions have no `Active`, and a query does not tell which of them are gone."""
    world = world_with(ON)
    _, own_id, payment = traded(world)
    back = world.time - 40 * DAY_S
    Connections(world.table).change(world.id, lambda held: replace(held, quickbooks_cursor=back))
    messages = swept(world)
    assert {(Kind.INVOICE, Side.QUICKBOOKS, own_id), (Kind.PAYMENT, Side.QUICKBOOKS, payment)} <= looks(messages)
    entities = {re.search(r"from (\w+)", one)[1]: "Active in" in one for one in asked(world, "/query?")}
    assert entities == {
        "Customer": True, "Item": True, "Vendor": True, "Employee": True, "Invoice": False, "Payment": False,
    }  # fmt: skip
    assert {one.id for one in messages if isinstance(one, Expand)} == {
        "deleted, perhaps:invoice", "deleted, perhaps:payment",
    }  # fmt: skip


def test_products_are_searched_in_hubspot_where_they_go_to_quickbooks():
    world = world_with(BOTH_WAYS)
    world.time += 3_600
    own_id = world.portal.create_record("products", {"name": "Hose"})
    world.time += 10
    assert (Kind.PRODUCT, Side.HUBSPOT, own_id) in looks(swept(world))
    cursor = world.connection().hubspot_cursors["products"]
    assert cursor > world.connection().hubspot_cursor
    world.time += 10
    swept(world)
    [search] = asked(world, "/products/search")
    assert f'"value": "{int((cursor - OVERLAP_S) * 1_000)}"' in search, "of its own cursor"
    assert world.connection().hubspot_cursors["products"] == cursor


@pytest.mark.parametrize("settings", [{}, ON, {"products": {"enabled": False, "direction": "both"}}])
def test_where_products_follow_quickbooks_none_is_searched(settings: Any):
    world = world_with(settings)
    swept(world)
    assert asked(world, "/products/search") == []


# --- all that is linked -----------------------------------------------------------------------------------------------


def expanded(world: SmallWorld, one: Expand) -> list[Job]:
    """The jobs that come of it, however many pages it takes."""
    jobs: list[Job] = []
    expand(world.wiring, [one], lambda: 120.0)
    while messages := world.queue.take(world.time):
        jobs += [each for each in messages if isinstance(each, Job)]
        expand(world.wiring, [each for each in messages if isinstance(each, Expand)], lambda: 120.0)
    return jobs


@pytest.mark.parametrize(
    ("kind", "why", "sides"),
    [
        (Kind.PRODUCT, DAILY, {"quickbooks:1", "quickbooks:2"}),
        (Kind.INVOICE, DAILY, {"hubspot:101", "hubspot:102"}),
        (Kind.INVOICE, ALL, {"hubspot:101", "hubspot:102"}),
        (Kind.INVOICE, "properties", {"quickbooks:1", "quickbooks:2"}),
        (Kind.PAYMENT, "deleted, perhaps", {"quickbooks:1", "quickbooks:2", "quickbooks:3"}),
    ],
)
def test_each_kind_is_looked_at_where_it_may_have_changed_unseen(kind: Kind, why: str, sides: set[str]):
    """Invoices daily in HubSpot, since QuickBooks' reads are metered; payments are linked to no one record there."""
    world = world_with(ON)
    for own in ("1", "2"):
        hold(world, kind, own, **({} if kind is Kind.PAYMENT else {"hubspot_id": f"10{own}"}))
    hold(world, kind, "3")
    jobs = expanded(world, look_at_all(world.id, kind, why))
    assert {job.record for job in jobs} == sides
    assert {job.kind for job in jobs} == {kind}


def test_what_was_switched_off_meanwhile_is_not_looked_at():
    world = world_with({"products": {"enabled": False}})
    hold(world, Kind.PRODUCT, "1", hubspot_id="101")
    world.posted.clear()
    assert expanded(world, look_at_all(world.id, Kind.PRODUCT, DAILY)) == []
    assert world.posted == []


@pytest.mark.parametrize(("settings", "found"), [(ON, True), ({"invoices": {"enabled": False}}, False)])
def test_the_invoices_of_deals_are_looked_at_for_one_call(settings: Any, found: bool):
    world = world_with(settings)
    deals = [world.portal.create_record("deals", {"dealname": name}) for name in ("One", "Two", "None")]
    invoices = [world.portal.create_record("invoices", {"hs_currency": "USD"}) for _ in range(3)]
    for own, deal in zip(invoices, (deals[0], deals[0], deals[1]), strict=True):
        world.portal.link("invoices", own, "deals", deal)
    world.posted.clear()
    expand(world.wiring, [Expand(world.id, "deal", deal, "HubSpot deal merge") for deal in deals], lambda: 120.0)
    jobs = [one for one in world.queue.take(world.time) if isinstance(one, Job)]
    expected = [Job(world.id, Kind.INVOICE, Side.HUBSPOT, own, "HubSpot deal merge") for own in invoices]
    assert jobs == (expected if found else [])
    assert len(asked(world, "/associations/")) == found


FACTS = {"balance": "100.00", "due": "2027-01-14", "stage": "sent"}


@pytest.mark.parametrize(
    ("facts", "late"),
    [
        (FACTS, True),
        ({**FACTS, "stage": "partially_paid", "balance": "0.01"}, True),
        ({**FACTS, "due": "2027-01-15"}, False),  # until the end of that day
        ({**FACTS, "due": ""}, False),
        ({**FACTS, "balance": "0.00", "stage": "paid"}, False),
        ({**FACTS, "stage": "overdue"}, False),  # shown already
        ({**FACTS, "stage": "voided"}, False),
        ({**FACTS, "stage": "deleted"}, False),
        ({}, False),
    ],
)
def test_on_a_new_day_those_are_looked_at_that_became_overdue(facts: dict[str, str], late: bool):
    world = world_with(ON)
    hold(world, Kind.INVOICE, "1", hubspot_id="101", facts=facts)
    hold(world, Kind.INVOICE, "2", facts=FACTS)  # not mirrored yet
    world.posted.clear()
    jobs = expanded(world, Expand(world.id, "overdue", "2027-01-15"))
    assert [(job.kind, job.record, job.cause) for job in jobs] == [
        (Kind.INVOICE, "hubspot:101", "a new day: overdue?")
    ] * late  # fmt: skip
    assert world.posted == [], "no vendor is asked"
