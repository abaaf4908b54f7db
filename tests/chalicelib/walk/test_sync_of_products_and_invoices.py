"""Initial syncs of products and invoices: what they cost, what they hold back, and how they go on after a crash."""

from __future__ import annotations

from collections import Counter

import pytest

from chalicelib.jobs import Kind
from chalicelib.remember.walks import Purpose, Stage
from tests.chalicelib.walk.agreeing import Books, agree, planned
from tests.chalicelib.walk.small_world import SmallWorld
from tests.local.quickbooks.selling import line

# --- what is at hand is not read again --------------------------------------------------------------------------------


def calls(world: SmallWorld) -> Counter[str]:
    """Calls since they were last forgotten, by the end of their path."""
    paths = [one.split(" ")[1].partition("?")[0] for one in world.posted]
    return Counter(
        path.rpartition("/2026-09/")[2] if "/2026-09/" in path else path.rpartition("/")[2] for path in paths
    )


def test_a_first_sync_of_invoices_costs_what_batches_allow():
    """300 invoices of three lines, customers and items known: one page of QuickBooks' rows for all of them."""
    world = SmallWorld()
    books = Books(world)
    for number in range(300):
        books.sell("known", [(0, 1 + number % 3), (0, 2), (0, 3)])
    books.begin({"contacts": {}, "invoices": {}})
    world.posted.clear()
    plan = world.walked(Purpose.PLAN, Kind.INVOICE)
    world.posted.clear()
    sync = world.walked(Purpose.BACKFILL, Kind.INVOICE)
    assert (sync.done, sync.counts) == (300, {"in_sync": 300})
    made = calls(world)
    assert made == {
        "invoices/batch/read": 3, "contacts/companies/batch/read": 1, "invoices/batch/create": 3,
        "line_items/batch/create": 9, "invoices/batch/update": 3, "query": 2,  # a count and a page
    }  # fmt: skip
    assert (plan.calls["hubspot"], plan.calls["metered_reads"]) == (sync.calls["hubspot"], 2)
    assert len(world.portal.records("line_items")) == 900


def test_a_thousand_invoices_are_read_once():
    world = SmallWorld()
    books = Books(world)
    for _ in range(1_100):
        books.sell("known", [(0, 1)])
    books.begin({"contacts": {}, "invoices": {}})
    world.walked(Purpose.BACKFILL, Kind.INVOICE)
    world.posted.clear()
    again = world.walked(Purpose.BACKFILL, Kind.INVOICE)
    assert again.done == 1_100
    assert [one.split()[0] for one in world.posted] == ["GET"] * 3, "a count, two pages, and nothing to be written"


@pytest.mark.parametrize("purpose", [Purpose.PLAN, Purpose.BACKFILL])
def test_items_are_read_once_for_a_walk(purpose):
    """Each slice asks whether its items have twins; the page has them all."""
    world = SmallWorld()
    for number in range(650):
        world.item(f"Item {number}", f"S-{number}")
        world.product(f"Item {number}", f"S-{number}")
    world.time += 120
    world.configure(products={})
    world.posted.clear()
    world.call_s = 0.2  # so slow that the walk need not rest, which would end its turn
    walk = world.walked(purpose, Kind.PRODUCT)
    assert walk.stage is Stage.DONE
    assert (walk.counts.get("link"), walk.counts.get("in_sync")) in ((650, None), (None, 650))
    read = [one for one in world.posted if "/query" in one]
    assert len(read) == 2, read


# --- who goes by a name that nobody has heard -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "asked", "found"),
    [
        (Kind.PRODUCT, "Roof", {"create"}), (Kind.PRODUCT, "r-1", {"create"}), (Kind.PRODUCT, "4711", {"create"}),
        (Kind.PRODUCT, "quickbooks:1", {"create"}), (Kind.PRODUCT, "1", {"create"}), (Kind.PRODUCT, "Nobody", set()),
        (Kind.PRODUCT, "Lamp", {"excluded"}), (Kind.PRODUCT, "L-1", {"excluded"}),
        (Kind.INVOICE, "A-100", {"create"}), (Kind.INVOICE, "quickbooks:1", {"create"}),
        (Kind.INVOICE, "1", {"create"}),
        (Kind.INVOICE, "A-999", set()), (Kind.INVOICE, "hubspot:12", set()),
        (Kind.PAYMENT, "quickbooks:2", {"unchanged"}), (Kind.PAYMENT, "K-7", {"unchanged"}),
        (Kind.PAYMENT, "hubspot:12", set()),
    ],
)  # fmt: skip
def test_whoever_is_asked_for_is_found(kind, asked, found):
    world = SmallWorld()
    world.company.prefer("CustomTxnNumbers", True)
    world.item("Roof", "R-1")
    world.item("Wall", "4711")
    world.product("Lamp", "L-1")
    customer = world.customer("Aster", "a@x.example")
    own_id = world.invoice(customer, DocNumber="A-100")
    world.company.pay(customer, 5, {own_id: 5}, PaymentRefNum="K-7")
    world.time += 120
    world.configure(contacts={}, products={}, invoices={})
    before = world.everything(), world.real_items()
    look = world.walked(Purpose.LOOK, kind, asked=asked)
    assert look.stage is Stage.DONE, look.note
    assert {row["action"] for row in world.rows(look)} == found
    assert (world.everything(), world.real_items()) == before


# --- held back by a plan, and broken off ------------------------------------------------------------------------------


def test_a_sync_by_plan_brings_no_invoice_and_no_customer_that_the_plan_does_not_have():
    world = SmallWorld()
    books = Books(world)
    books.sell("known", [(0, 1)])
    books.begin({"contacts": {}, "invoices": {}})
    plan = planned(world, Kind.INVOICE)
    books.sell("new", [(0, 1)])
    contacts = world.contacts().keys()
    sync = world.walked(Purpose.BACKFILL, Kind.INVOICE, plan=plan.id)
    assert (sync.changed_since, len(world.portal.records("invoices"))) == (1, 1)
    assert world.contacts().keys() == contacts
    late = next(record for record in world.records(Kind.INVOICE) if not record.linked)
    assert (late.state, plan.id in late.message) == ("excluded", True)


def test_what_a_plan_held_back_of_a_mirror_comes_with_the_next_sync():
    world = SmallWorld()
    books = Books(world)
    own_id = books.sell("known", [(0, 1)])
    books.begin({"contacts": {}, "invoices": {}})
    world.walked(Purpose.BACKFILL, Kind.INVOICE)
    plan = planned(world, Kind.INVOICE)
    world.time += 2
    world.company.update("Invoice", own_id, {"Line": [line(77, books.items[0])]})
    sync = world.walked(Purpose.BACKFILL, Kind.INVOICE, plan=plan.id)
    [mirror] = world.portal.records("invoices")
    assert (sync.changed_since, mirror["properties"]["quickbooks_total"]) == (1, "10.00")
    world.walked(Purpose.BACKFILL, Kind.INVOICE)
    [mirror] = world.portal.records("invoices")
    assert mirror["properties"]["quickbooks_total"] == "77.00"
    assert agree(world, Kind.INVOICE, by_plan=True) == {}


@pytest.mark.parametrize("kind", [Kind.PRODUCT, Kind.INVOICE])
@pytest.mark.parametrize("call", range(14))
def test_a_sync_whose_worker_is_killed_goes_on_and_doubles_nothing(kind, call):
    world = SmallWorld()
    books = Books(world)
    for whose in ("known", "new", "no e-mail"):
        books.sell(whose, [(0, 1), (1, 2)])
    books.begin({"contacts": {}, "invoices": {}})
    walk = world.interrupted(world.begin(Purpose.BACKFILL, kind), call)
    assert walk.stage is Stage.DONE
    world.run(7_200)
    if kind is Kind.INVOICE:
        there = [one["properties"] for one in world.portal.records("invoices")]
        assert sorted(one["quickbooks_key"].rpartition(":")[2] for one in there) == ["1", "2", "3"]
        assert len(world.portal.records("line_items")) == 6
        assert {one["quickbooks_total"] for one in there} == {"30.00"}
    assert sorted(one["properties"]["name"] for one in world.portal.records("products")) == (
        ["Known work", "New work"] if kind is Kind.PRODUCT else ["Known work"]
    )
    assert {record.state for record in world.records(kind)} == {"in_sync"}
    assert set(agree(world, kind, by_plan=True).values()) <= {"unchanged"}
