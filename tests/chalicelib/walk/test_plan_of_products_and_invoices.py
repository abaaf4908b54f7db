"""What a plan says of products and invoices is what the initial sync then does, record by record."""

from __future__ import annotations

import contextlib
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.jobs import Kind
from chalicelib.remember.walks import Purpose, Stage, Walk
from local.hubspot.errors import Problem
from local.quickbooks.faults import Fault
from tests.chalicelib.walk.small_world import SmallWorld
from tests.local.quickbooks.selling import line

NAMES, SKUS = ("Roof", "roof", "Gutter", "Nail"), ("", "", "R-1", "r-1", "G-2")
MAKES = {"type": "Service", "income_account": "1"}
OBJECTS = {Kind.PRODUCT: "products", Kind.INVOICE: "invoices"}
ROWS = {Kind.PRODUCT: "Item", Kind.INVOICE: "Invoice"}


def both(world: SmallWorld, kind: Kind) -> tuple[dict[str, Any], dict[str, Any]]:
    """What either system holds of a kind, by id."""
    there = {str(one["id"]): dict(one["properties"]) for one in world.portal.records(OBJECTS[kind])}
    return there, {str(one["Id"]): one for one in world.company.all(ROWS[kind])}


def planned(world: SmallWorld, kind: Kind) -> Walk:
    """A plan, which leaves no trace anywhere."""
    before = world.everything(), world.real_items()
    plan = world.walked(Purpose.PLAN, kind)
    assert plan.stage is Stage.DONE, plan.note
    assert (world.everything(), world.real_items()) == before, "a plan writes nothing"
    assert +Counter(plan.counts) == Counter(row["action"] for row in world.rows(plan))
    assert plan.done == plan.total
    return plan


def agree(world: SmallWorld, kind: Kind, *, by_plan: bool) -> dict[str, str]:
    """Plan, sync, and hold the one against the other; what was planned for whom, by the root."""
    then = both(world, kind)
    known = {record.root for record in world.records(kind)}
    plan = planned(world, kind)
    rows = world.rows(plan)
    sync = world.walked(Purpose.BACKFILL, kind, plan=plan.id if by_plan else "")
    assert (sync.stage, sync.changed_since, sync.done) == (Stage.DONE, 0, sync.total), sync.note
    told = {row["hubspot_id"] or f"q{row['quickbooks_id']}": row for row in rows}
    told |= {f"q{row['quickbooks_id']}": row for row in rows if row["quickbooks_id"]}
    for record in world.records(kind):
        row = told.get(record.hubspot_id or "") or told.get(f"q{record.quickbooks_id}")
        assert row is not None or record.root in known, record
        if row is not None:
            assert (row["state"], row["category"]) == (str(record.state), record.category), (row, record)
            made = row["action"] == "create"
            linked = bool(row["hubspot_id"] and row["quickbooks_id"]) or made
            assert linked == record.linked or record.state == "failing", (row, record)
    now = both(world, kind)
    made = sum(len(after.keys() - before.keys()) for before, after in zip(then, now, strict=True))
    assert made == sum(row["action"] == "create" for row in rows)
    for row in rows:
        for side, held, before in zip(("hubspot", "quickbooks"), now, then, strict=True):
            if (own_id := row[f"{side}_id"]) in before:
                _as_told(row, side, held.get(own_id), before[own_id])
    return {row["name"]: row["action"] for row in rows}


def _as_told(row: dict[str, Any], side: str, held: dict[str, Any] | None, before: dict[str, Any]) -> None:
    """What the plan says of a record's plain fields is what they hold, and nothing else has moved."""
    assert held is not None
    news = {
        one["field"].partition(".")[2]: one["new"] for one in row["changes"]
        if one["field"].startswith(f"{side}.") and not one["field"].startswith("hubspot.line ")
    }  # fmt: skip
    stamps = (
        "MetaData", "SyncToken", "hs_lastmodifieddate", "FullyQualifiedName",
        "hs_amount_billed", "hs_amount_paid", "hs_balance_due",  # which HubSpot makes of the lines
    )  # fmt: skip
    names = {name for name in {*held, *before} if name not in stamps and held.get(name) != before.get(name)}
    assert names <= set(news), (names, news)
    assert {name: str(held.get(name, "")) for name in names} == {name: news[name] for name in names}


# --- products ---------------------------------------------------------------------------------------------------------

a_sku = st.sampled_from(SKUS)
products = st.lists(st.tuples(st.sampled_from(NAMES), a_sku, st.sampled_from(["", "5"])), max_size=4)
items = st.lists(
    st.tuples(st.sampled_from(NAMES), a_sku, st.sampled_from(["", "", "inactive", "Category", "NonInventory", "Group"])),
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


@settings(derandomize=True, max_examples=120, deadline=None)
@given(settings=rules, theirs=products, ours=items, by_plan=st.booleans())
def test_a_first_sync_of_products_is_as_it_was_planned(settings, theirs, ours, by_plan):
    world = SmallWorld()
    stock(world, theirs, ours)
    world.configure(contacts={}, products=settings)
    agree(world, Kind.PRODUCT, by_plan=by_plan)


@settings(derandomize=True, max_examples=80, deadline=None)
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
            {"filters": st.fixed_dictionaries({"to_hubspot": filters}), "deletes": st.sampled_from(["ignore", "archive"])}
        ),
    }
)


class Books:
    """Customers of each sort, and two items of which the sync knows the first."""

    def __init__(self, world: SmallWorld) -> None:
        self.world = world
        self.items = [world.item("Known work")]
        self.of = {"known": world.customer("Known", "known@x.example", GivenName="K")}
        world.configure(contacts={}, products={})
        for kind in (Kind.CUSTOMER, Kind.PRODUCT):
            world.walked(Purpose.BACKFILL, kind)
        self.items.append(world.item("New work"))
        self.of["new"] = world.customer("New", "new@x.example")
        self.of["no e-mail"] = world.customer("Mailless", "")
        self.of["inactive"] = world.customer("Gone", "gone@x.example")
        self.of["twin"] = world.customer("Twin A", "twin@x.example")
        world.customer("Twin B", "twin@x.example")
        world.contact("Twin", "C", "twin@x.example")
        self.of["lost name"] = world.customer("Nameless", "known@x.example")

    def sell(self, whose: str, lines: list[tuple[int, int]]) -> str:
        return self.world.invoice(self.of[whose], *(line(10 * price, self.items[item]) for item, price in lines))

    def begin(self, settings: dict[str, Any]) -> None:
        self.world.company.inactivate("Customer", self.of["inactive"])
        self.world.configure(**{"products": {}, **settings})
        self.world.time += 120


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


@settings(derandomize=True, max_examples=120, deadline=None)
@given(settings=trades, sold=invoices, by_plan=st.booleans())
def test_a_first_sync_of_invoices_is_as_it_was_planned(settings, sold, by_plan):
    world = SmallWorld()
    books = Books(world)
    for one in sold:
        books.sell(*one)
    books.begin(settings)
    agree(world, Kind.INVOICE, by_plan=by_plan)


@settings(derandomize=True, max_examples=80, deadline=None)
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


# --- what is at hand is not read again --------------------------------------------------------------------------------


def calls(world: SmallWorld) -> Counter[str]:
    """Calls since they were last forgotten, by the end of their path."""
    paths = [one.split(" ")[1].partition("?")[0] for one in world.posted]
    return Counter(path.rpartition("/2026-09/")[2] if "/2026-09/" in path else path.rpartition("/")[2] for path in paths)


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


# --- who goes by a name that the sync has never heard ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "asked", "found"),
    [
        (Kind.PRODUCT, "Roof", {"create"}), (Kind.PRODUCT, "r-1", {"create"}), (Kind.PRODUCT, "4711", {"create"}),
        (Kind.PRODUCT, "quickbooks:1", {"create"}), (Kind.PRODUCT, "1", {"create"}), (Kind.PRODUCT, "Nobody", set()),
        (Kind.PRODUCT, "Lamp", {"excluded"}), (Kind.PRODUCT, "L-1", {"excluded"}),
        (Kind.INVOICE, "A-100", {"create"}), (Kind.INVOICE, "quickbooks:1", {"create"}), (Kind.INVOICE, "1", {"create"}),
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
