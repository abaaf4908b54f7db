"""What a plan says of products and invoices is what the initial sync then does, record by record."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.jobs import Kind
from chalicelib.remember.walks import Purpose
from local.hubspot.errors import Problem
from local.quickbooks.faults import Fault
from tests.chalicelib.walk.agreeing import Books, agree, both, planned
from tests.chalicelib.walk.small_world import SmallWorld
from tests.local.quickbooks.selling import line

NAMES, SKUS = ("Roof", "roof", "Gutter", "Nail"), ("", "", "R-1", "r-1", "G-2")
MAKES = {"type": "Service", "income_account": "1"}

# --- products ---------------------------------------------------------------------------------------------------------

a_sku = st.sampled_from(SKUS)
products = st.lists(st.tuples(st.sampled_from(NAMES), a_sku, st.sampled_from(["", "5"])), max_size=4)
items = st.lists(
    st.tuples(
        st.sampled_from(NAMES), a_sku, st.sampled_from(["", "", "inactive", "Category", "NonInventory", "Group"])
    ),
    max_size=4,
)  # fmt: skip
rules = st.fixed_dictionaries(
    {
        "direction": st.sampled_from(["both", "both", "to_hubspot", "to_quickbooks"]),
        "match": st.sampled_from(["sku", "sku", "name", "none"]),
        "conflict": st.sampled_from(["hubspot", "quickbooks", "newest", "ask"]),
        "create": st.sampled_from([MAKES, MAKES, {"type": "Service"}, {"type": "Inventory", "income_account": "79"}]),
    }
)
edits = st.lists(
    st.tuples(st.sampled_from(["name", "price", "item name", "item price", "inactive", "archived"]),
              st.integers(0, 3), st.sampled_from(NAMES)), max_size=4,
)  # fmt: skip


def stock(world: SmallWorld, theirs: Any, ours: Any) -> None:
    for name, sku, price in theirs:
        with contextlib.suppress(Problem):
            world.product(name, sku, **({"price": price} if price else {}))
    for name, sku, sort in ours:
        more: dict[str, Any] = {"Type": sort} if sort in ("Category", "NonInventory", "Group") else {}
        if sort == "Category":
            more["IncomeAccountRef"] = None
        with contextlib.suppress(Fault):
            own_id = world.item(name, sku, **more)
            if sort == "inactive":
                world.company.inactivate("Item", own_id)
    world.time += 120  # HubSpot's search knows them by now


def edit(world: SmallWorld, what: str, number: int, name: str) -> None:
    there, here = both(world, Kind.PRODUCT)
    product, item = dict(enumerate(there)).get(number), dict(enumerate(here)).get(number)
    world.time += 1
    with contextlib.suppress(Problem, Fault):
        match what:
            case "name" if product:
                world.portal.update_record("products", product, {"name": name})
            case "price" if product:
                world.portal.update_record("products", product, {"price": f"7{number}"})
            case "archived" if product:
                world.portal.archive_record("products", product)
            case "item name" if item:
                world.company.update("Item", item, {"Name": name})
            case "item price" if item:
                world.company.update("Item", item, {"UnitPrice": 80 + number})
            case "inactive" if item:
                world.company.inactivate("Item", item)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(settings=rules, theirs=products, ours=items, by_plan=st.booleans())
def test_a_first_sync_of_products_is_as_it_was_planned(settings, theirs, ours, by_plan):
    world = SmallWorld()
    stock(world, theirs, ours)
    world.configure(contacts={}, products=settings)
    agree(world, Kind.PRODUCT, by_plan=by_plan)


@settings(derandomize=True, max_examples=40, deadline=None)
@given(settings=rules, theirs=products, ours=items, later=edits, by_plan=st.booleans())
def test_a_later_sync_of_products_is_as_it_was_planned(settings, theirs, ours, later, by_plan):
    world = SmallWorld()
    stock(world, theirs, ours)
    world.configure(contacts={}, products=settings)
    world.walked(Purpose.BACKFILL, Kind.PRODUCT)
    for one in later:
        edit(world, *one)
    world.time += 120
    agree(world, Kind.PRODUCT, by_plan=by_plan)


def test_twins_by_name_are_refused_in_the_plan_too():
    """QuickBooks takes a name once: of two products with one name the second cannot become an item."""
    world = SmallWorld()
    stock(world, [("Roof", "R-1", ""), ("Roof", "R-2", "")], [])
    world.configure(products={"direction": "both", "create": MAKES})
    plan = planned(world, Kind.PRODUCT)
    assert (plan.counts["create"], plan.counts["blocked"]) == (1, 1)
    assert {row["category"] for row in world.rows(plan)} == {None, "name_taken"}


@pytest.mark.parametrize("create", [{"type": "Service"}, {"type": "Inventory", "income_account": "79"}])
def test_a_missing_account_is_told_before_any_call(create):
    world = SmallWorld()
    world.product("Roof")
    world.configure(products={"direction": "both", "create": create})
    [row] = world.rows(planned(world, Kind.PRODUCT))
    assert (row["action"], row["category"]) == ("blocked", "missing_field")
    assert "account" in row["fix"]


def test_categories_and_bundles_are_in_the_plan_with_the_reason():
    world = SmallWorld()
    world.company.create("Item", {"Name": "Shelf", "Type": "Category"})
    part = world.item("Part")
    group = {"ItemGroupLine": [{"ItemRef": {"value": part}, "Qty": 2}]}
    world.company.create("Item", {"Name": "Kit", "Type": "Group", "ItemGroupDetail": group})
    world.configure(products={})
    rows = {row["name"]: row for row in world.rows(planned(world, Kind.PRODUCT))}
    assert {name: row["action"] for name, row in rows.items()} == {
        "Shelf": "excluded", "Kit": "excluded", "Part": "create",
    }  # fmt: skip
    assert "category" in rows["Shelf"]["reason"]
    assert "bundle" in rows["Kit"]["reason"]


# --- invoices ---------------------------------------------------------------------------------------------------------

customers = st.sampled_from(["known", "new", "no e-mail", "inactive", "twin", "lost name"])
invoices = st.lists(
    st.tuples(customers, st.lists(st.tuples(st.integers(0, 1), st.integers(1, 3)), min_size=1, max_size=3)), max_size=4,
)  # fmt: skip
later_on = st.lists(
    st.tuples(st.sampled_from(["lines", "memo", "void", "delete", "pay", "archived"]), st.integers(0, 3)), max_size=3
)
filters = st.sampled_from([
    [], [{"all": [{"property": "MetaData.CreateTime", "operator": "after", "value": "2027-01-14"}]}],
    [{"all": [{"property": "MetaData.CreateTime", "operator": "after", "value": "2027-02-14"}]}],
])  # fmt: skip
trades = st.fixed_dictionaries(
    {
        "contacts": st.sampled_from([{}, {}, {"enabled": False}, {"direction": "to_quickbooks"}]),
        "invoices": st.fixed_dictionaries(
            {
                "filters": st.fixed_dictionaries({"to_hubspot": filters}),
                "deletes": st.sampled_from(["ignore", "archive"]),
            }
        ),
    }
)


def change(world: SmallWorld, what: str, number: int) -> None:
    there, here = both(world, Kind.INVOICE)
    mirror, own_id = dict(enumerate(there)).get(number), dict(enumerate(here)).get(number)
    world.time += 2
    with contextlib.suppress(Problem, Fault):
        match what:
            case "lines" if own_id:
                world.company.update("Invoice", own_id, {"Line": [line(33, "1")]})
            case "memo" if own_id:
                world.company.update("Invoice", own_id, {"CustomerMemo": {"value": "Thanks"}})
            case "void" if own_id:
                world.company.void("Invoice", own_id)
            case "delete" if own_id:
                world.company.delete("Invoice", own_id)
            case "pay" if own_id:
                world.company.pay(here[own_id]["CustomerRef"]["value"], 5, {own_id: 5})
            case "archived" if mirror:
                world.portal.archive_record("invoices", mirror)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(settings=trades, sold=invoices, by_plan=st.booleans())
def test_a_first_sync_of_invoices_is_as_it_was_planned(settings, sold, by_plan):
    world = SmallWorld()
    books = Books(world)
    for one in sold:
        books.sell(*one)
    books.begin(settings)
    agree(world, Kind.INVOICE, by_plan=by_plan)


@settings(derandomize=True, max_examples=40, deadline=None)
@given(settings=trades, sold=invoices, later=later_on, by_plan=st.booleans())
def test_a_later_sync_of_invoices_is_as_it_was_planned(settings, sold, later, by_plan):
    world = SmallWorld()
    books = Books(world)
    for one in sold:
        books.sell(*one)
    books.begin(settings)
    world.walked(Purpose.BACKFILL, Kind.INVOICE)
    for one in later:
        change(world, *one)
    agree(world, Kind.INVOICE, by_plan=by_plan)
