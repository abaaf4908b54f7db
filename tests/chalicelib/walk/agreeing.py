"""A plan and the sync after it held against each other; and books with customers and items of every sort."""

from __future__ import annotations

from collections import Counter
from typing import Any

from chalicelib.jobs import Kind
from chalicelib.remember.walks import Purpose, Stage, Walk
from tests.chalicelib.walk.small_world import SmallWorld
from tests.local.quickbooks.selling import line

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
