"""What would happen, told before it does; and that it then happens just so."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.jobs import ConnectionId, Kind
from chalicelib.remember.walks import Purpose, Walk, Walks
from chalicelib.walk import steps
from chalicelib.wiring import wiring
from local.hubspot.kinds import CONTACTS
from ops.__main__ import main
from tests.local.quickbooks.selling import line
from tests.stories.world import CONNECTION, World


def by_root(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row["hubspot_id"] or row["quickbooks_id"]: row for row in rows}


def quiet(world: World) -> None:
    """Nobody's edits are told: what follows is the initial sync's own doing."""
    for vendor in (world.hubspot, world.quickbooks):
        vendor.delivery.dials.drop = 100_000


def a_mixed_company(world: World) -> None:
    """Some of everything: to be made on either side, to be linked, excluded, without a name, in conflict."""
    acme, bolt = world.companies("Acme", "Bolt")
    world.contact("Jane", "Roe", "jane@acme.example", acme)  # and the company's name with her
    world.contact("John", "Doe", "john@acme.example", acme)  # the name is Jane's
    world.contact("Bea", "Bolt", "bea@bolt.example", bolt)
    world.contact("No", "Mail")
    world.contact("Eve", "Known", "eve@known.example", phone="1")
    world.contact("Twin", "One", "twin@twins.example")
    world.customer("Eve Known", "eve@known.example", GivenName="Eve", FamilyName="Known", CompanyName="Known Ltd")
    world.customer("Twins A", "twin@twins.example")
    world.customer("Twins B", "twin@twins.example")
    world.customer("Only Here", "only@here.example", GivenName="Only")
    world.customer("Sub", "", Job=True, ParentRef={"value": world.customer("Parent", "p@p.example")["Id"]})
    world.company.create("Vendor", {"DisplayName": "Bolt"})


def test_a_plan_tells_each_record_and_writes_nothing(world: World) -> None:
    quiet(world)
    world.connect()
    a_mixed_company(world)
    contacts, names = list(world.portal.contacts()), world.names()
    planned = world.ops("plan", "customer")
    assert planned["counts"] == {
        "create": 3, "update": 0, "link": 1, "unchanged": 0, "excluded": 2, "conflict": 3, "blocked": 2,
    }  # fmt: skip
    assert (list(world.portal.contacts()), world.names()) == (contacts, names)
    assert world.records() == []
    assert not any("POST" in one and "/batch/create" in one for one in world.said())
    rows = {row["name"]: row for row in planned["records"]}
    assert sorted(row["action"] for row in planned["records"] if row["name"] == "Acme") == ["blocked", "create"]
    rows["Acme"] = next(row for row in planned["records"] if (row["name"], row["action"]) == ("Acme", "create"))
    assert {"field": "quickbooks.DisplayName", "old": None, "new": "Acme"} in rows["Acme"]["changes"]
    assert rows["Eve Known"]["action"] == "link"
    assert {"field": "quickbooks.PrimaryPhone.FreeFormNumber", "old": "", "new": "1"} in rows["Eve Known"]["changes"]
    assert "vendor 'Bolt'" in rows["Bolt"]["message"]
    assert rows["Bolt"]["fix"]


def test_the_initial_sync_does_what_was_planned_record_by_record(world: World) -> None:
    quiet(world)
    world.connect()
    a_mixed_company(world)
    planned = world.ops("plan")
    world.forget_calls()
    world.ops("backfill", "customer", code=1)
    states = {
        "create": "in_sync",
        "link": "in_sync",
        "excluded": "excluded",
        "conflict": "failing",
        "blocked": "failing",
    }
    happened = {one["hubspot_id"] or one["quickbooks_id"]: one for one in world.records()}
    made = {one["name"]: one for one in happened.values()}
    for row in planned["records"]:
        record = happened.get(row["hubspot_id"] or row["quickbooks_id"]) or made[row["name"]]
        assert (record["state"], record["category"]) == (states[row["action"]], row["category"]), row
    assert len(happened) == len(planned["records"])


def test_planned_again_after_the_sync_nothing_is_to_be_done(world: World) -> None:
    quiet(world)
    world.connect()
    for number in range(5):
        world.contact("A", f"B{number}", f"a{number}@b.example")
        world.customer(f"C{number}", f"c{number}@d.example")
    world.ops("backfill", "customer")
    counts = world.ops("plan")["counts"]
    assert {action: n for action, n in counts.items() if n} == {"unchanged": 10}


def test_a_backfill_of_a_plan_holds_back_what_has_changed_since(world: World) -> None:
    quiet(world)
    world.connect()
    same = world.contact("Same", "Still", "same@x.example")
    moved = world.contact("Moved", "On", "moved@x.example")
    plan = world.ops("plan")
    world.portal.update_contact(moved, {"lastname": "Off"})
    late = world.contact("Late", "Comer", "late@x.example")
    ended = world.ops("backfill", "customer", "--plan-id", plan["plan_id"])
    assert ended["changed_since_plan"] == 1
    assert world.record(hubspot_id=same)["state"] == "in_sync"
    assert world.record(hubspot_id=moved)["state"] == "excluded"
    assert "plan" in world.record(hubspot_id=moved)["message"]
    assert world.records(hubspot_id=late) == []
    assert world.names() == ["Same Still"]


def test_a_plan_of_other_settings_is_not_carried_out(world: World) -> None:
    quiet(world)
    world.connect()
    world.contact("A", "B", "a@b.example")
    plan = world.ops("plan")
    world.settings(display_name="person")
    assert "settings" in world.ops("backfill", "customer", "--plan-id", plan["plan_id"], code=2)["error"]
    assert "no plan" in world.ops("backfill", "customer", "--plan-id", "unheard", code=2)["error"]


def test_a_plan_can_fail_a_build(world: World) -> None:
    quiet(world)
    world.connect()
    world.contact("A", "B", "a@b.example")
    world.ops("plan", "--fail-on", "blocked")
    world.company.create("Vendor", {"DisplayName": "A B"})
    assert world.ops("plan", "--fail-on", "blocked", code=2)["counts"]["blocked"] == 1
    assert "there are" in world.ops("plan", "--fail-on", "broken", code=2)["error"]


def test_names_are_given_in_the_order_of_creation(world: World) -> None:
    """Not in the order of the ids: whoever came first has the company's name, in the plan as in the sync."""
    quiet(world)
    world.connect()
    [acme] = world.companies("Acme")
    young = world.contact("Young", "Er", "young@acme.example", acme)
    elder = world.contact("El", "Der", "elder@acme.example", acme)
    world.portal.crm.table(CONTACTS).records[elder].values["createdate"] = "2020-05-02T00:00:00Z"
    actions = {row["hubspot_id"]: row["action"] for row in world.ops("plan")["records"]}
    world.ops("backfill", "customer", code=1)
    states = {one["hubspot_id"]: one["state"] for one in world.records()}
    assert actions == {elder: "create", young: "blocked"}
    assert states == {elder: "in_sync", young: "failing"}


def test_a_walk_whose_worker_was_killed_goes_on(world: World) -> None:
    """Its turn is lost with the worker; the schedule of one minute calls it again where it stood."""
    quiet(world)
    world.connect()
    world.contact("A", "B", "a@b.example")
    tools = wiring()
    walks = Walks(tools.table)
    now = tools.now()
    walk = Walk(ConnectionId(CONNECTION), Kind.CUSTOMER, "1", Purpose.BACKFILL, started_at=now, touched_at=now)
    walks.begin(walk)  # and its first message is lost
    world.later(1)
    assert world.names() == []
    world.later(steps.STALLED_S + 1)
    assert world.names() == ["A B"]
    assert walks.get(walk.connection, walk.id).ended


def test_status_tells_how_far_the_initial_sync_is(world: World) -> None:
    quiet(world)
    world.connect()
    world.contact("A", "B", "a@b.example")
    world.ops("backfill", "customer")
    [status] = world.ops("status")
    [one] = status["backfills"]
    assert {name: one[name] for name in ("kind", "state", "done", "failed", "total")} == {
        "kind": "customer", "state": "done", "done": 1, "failed": 0, "total": 1,
    }  # fmt: skip


@pytest.mark.parametrize("words", [["plan"], ["backfill", "customer"]])
def test_a_walk_that_is_refused_for_good_ends_and_says_why(world: World, words: list[str]) -> None:
    """No right to list contacts: asking again would not turn it, and nobody must wait for ever."""
    world.connect()
    no = {"status": "error", "message": "requires crm.objects.contacts.read", "category": "MISSING_SCOPES"}
    world.dial("hubspot", path="/crm/objects/2026-09/contacts", do="status", status=403, json=no, times=0)
    error = world.ops(*words, code=1)["error"]
    assert "scope" in error or "right" in error, error


@pytest.mark.parametrize(
    ("vendor", "path", "status"),
    [("hubspot", "/crm/objects/2026-09/contacts/batch/read", 500), ("quickbooks", "/v3/company/.*/batch", 429)],
)
def test_a_walk_waits_out_a_vendor_that_is_away(world: World, vendor: str, path: str, status: int) -> None:
    quiet(world)
    world.connect()
    world.contact("A", "B", "a@b.example")
    world.dial(vendor, path=path, do="status", status=status, times=2)  # a call, and the breath after it
    assert world.ops("plan")["counts"]["create"] == 1


def test_a_plan_shows_as_many_records_as_are_asked_for(world: World) -> None:
    quiet(world)
    world.connect()
    for letter in "abc":
        world.contact(letter.upper(), "Z", f"{letter}@z.example")
    plan = world.ops("plan")
    for limit, shown in (("1", 1), ("2", 2), ("0", 3)):
        again = world.ops("plan", "--id", plan["plan_id"], "--limit", limit)
        assert again == {**plan, "records": plan["records"][:shown]}


def test_what_stays_as_it_is_is_shown_to_whoever_asks_for_it(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    quiet(world)
    world.connect()
    world.contact("A", "B", "a@b.example")
    world.ops("backfill", "customer")
    plan = world.ops("plan")
    for words, shown in ((["--action", "unchanged"], True), ([], False)):
        assert main(["--local", "plan", "--id", plan["plan_id"], *words]) == 0
        assert ("unchanged hubspot:" in capsys.readouterr().out) is shown


def sold(world: World) -> str:
    """A company that trades, whose initial syncs are done; then, unheard, a new item and a new invoice. Its id."""
    customer = world.trade()
    world.come_to_rest()
    quiet(world)
    item = world.item("Roof", Sku="R-1")
    world.company.create("Item", {"Name": "Shelf", "Type": "Category"})
    return world.invoice(customer, line(100), line(20, item["Id"]), DocNumber="A-7")


def test_a_plan_without_a_kind_is_about_all_that_are_switched_on(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    sold(world)
    plan = world.ops("plan")
    assert [one["kind"] for one in plan["plans"]] == ["customer", "product", "invoice"]
    assert [one["counts"]["create"] for one in plan["plans"]] == [0, 1, 1]
    assert (plan["counts"]["create"], plan["counts"]["excluded"]) == (2, 1)
    for name in ("hubspot", "quickbooks", "metered_reads"):
        assert plan["calls"][name] == sum(one["calls"][name] for one in plan["plans"])
    assert sorted(row["kind"] for row in plan["records"] if row["action"] == "create") == ["invoice", "product"]
    world.ops("plan", "--fail-on", "create", code=2)
    assert main(["--local", "plan"]) == 0
    told = capsys.readouterr().out
    assert all(word in told for word in ("Customers\n", "Products\n", "Invoices\n", "it is a category"))


def test_products_and_invoices_arrive_by_their_plans(world: World) -> None:
    invoice = sold(world)
    for kind in ("product", "invoice"):
        plan = world.ops("plan", kind)
        assert (plan["kind"], plan["counts"]["create"]) == (kind, 1)
        ended = world.ops("backfill", kind, "--plan-id", plan["plan_id"])
        assert (ended["state"], ended["changed_since_plan"]) == ("done", 0)
        assert ended["done"] == ended["total"]
    assert {one["hs_sku"] for one in world.mirrored_lines(invoice).values() if "hs_sku" in one} >= {"R-1"}
    assert world.mirrored(invoice)["quickbooks_total"] == "120.00"
    last = {one["kind"]: one for one in world.ops("status")[0]["backfills"]}
    assert {kind: one["state"] for kind, one in last.items()} == {"product": "done", "invoice": "done"}
    assert all(one["done"] == one["total"] > 0 for one in last.values())
    product = world.ops("plan", "product")
    assert "about product" in world.ops("backfill", "invoice", "--plan-id", product["plan_id"], code=2)["error"]


@pytest.mark.parametrize("name", ["A-7", "quickbooks:1", "1"])
def test_an_invoice_that_nobody_has_heard_of_is_found(world: World, name: str) -> None:
    sold(world)
    told = world.ops("why", "invoice", name)
    assert any("would create it in HubSpot" in sentence for sentence in told["story"]), told["story"]


@pytest.mark.parametrize("name", ["Roof", "r-1", "quickbooks:2"])
def test_an_item_that_nobody_has_heard_of_is_found(world: World, name: str) -> None:
    sold(world)
    told = world.ops("why", "product", name)
    assert any("would create it in HubSpot" in sentence for sentence in told["story"]), told["story"]
