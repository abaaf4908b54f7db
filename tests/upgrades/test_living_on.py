"""A deployment of each earlier version goes on under this one: what it linked, began, put off and sent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.remember.connections import Connection, Connections
from chalicelib.remember.walks import Walks
from chalicelib.switches import looks_at_all
from chalicelib.wiring import wiring
from tests.stories.world import World
from tests.upgrades import kept
from tests.upgrades.reviving import revive

pytestmark = pytest.mark.slow
VERSIONS = [version for version in kept.versions() if kept.numbered(version) <= kept.numbered(kept.present())]
WALKS = [version for version in VERSIONS if kept.numbered(version) >= (0, 3)]
MIRRORS = [version for version in VERSIONS if kept.numbered(version) >= (0, 4)]


def recovered(world: World, version: str) -> dict[str, Any]:
    """Two hours later the new version is there, and what was due is tried, and tried again."""
    played = revive(world, version)
    for seconds in (15, 60, 300):
        world.later(seconds)
    return played


def pairs(played: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    for one in played["items"]:
        body = one["body"]
        if "kind" in body and body.get("hubspot_id") and body.get("quickbooks_id") and "root" in body:
            yield body["kind"], body["hubspot_id"], body["quickbooks_id"]


def live(played: dict[str, Any], kind: str) -> list[str]:
    return sorted(one["id"] for one in played["hubspot"]["records"].get(kind, []) if one["archived_at"] is None)


def values(world: World) -> dict[str, Any]:
    """Everything that both vendors hold."""
    ours = {kind: world.portal.records(kind) for kind in ("contacts", "products", "invoices", "line_items", "deals")}
    return {**ours, **{entity: world.company.all(entity) for entity in ("Customer", "Item", "Invoice")}}


@pytest.mark.parametrize("version", VERSIONS)
def test_links_hold_and_half_done_writes_are_finished(world: World, version: str) -> None:
    """Every pair is the same pair; a create whose answer was lost is found, not made again, and an update counts
    as ours."""
    played = recovered(world, version)
    held = {(one["kind"], one["hubspot_id"], one["quickbooks_id"]): one["state"] for one in world.records()}
    assert set(pairs(played)) <= held.keys()
    assert live(played, "contacts") == sorted(one["id"] for one in world.portal.contacts())
    assert [one["Id"] for one in world.company.all("Customer")] == [
        one["id"] for one in sorted(played["quickbooks"]["Customer"], key=lambda one: int(one["id"]))
    ]
    for name in ("Lost Reply", "Lost Answer"):
        [made] = [one for one in world.records() if one["name"] == name]
        assert made["state"] == "in_sync"
        assert made["hubspot_id"]
        assert made["quickbooks_id"]
    for name, phone in (("Blue Door", "777"), ("Mara Lind", "888")):  # updates whose answers were lost
        [record] = [one for one in world.records(name=name) if one["quickbooks_id"]]
        assert record["state"] == "in_sync"
        customer = world.company.get("Customer", record["quickbooks_id"])
        assert (
            world.portal.contact(record["hubspot_id"])["phone"] == phone == customer["PrimaryPhone"]["FreeFormNumber"]
        )


@pytest.mark.parametrize("version", VERSIONS)
def test_the_base_is_respected(world: World, version: str) -> None:
    """A look at everything, and every message that the old version ever sent, change nothing at either vendor."""
    played = recovered(world, version)
    before = values(world)
    [connection] = _connections()
    wiring().queue.send(looks_at_all(connection.id, connection.settings, "an upgrade"))
    world.come_to_rest()
    assert values(world) == before
    sqs, url = world.stack.ministack.client("sqs"), wiring().config.queue_url
    for body in played["messages"]:
        sqs.send_message(QueueUrl=url, MessageBody=json.dumps(body), MessageGroupId="old")
    world.come_to_rest()
    world.later(120)
    assert values(world) == before
    assert [one for one in world.records() if one["category"] == "defect"] == []


@pytest.mark.parametrize("version", VERSIONS)
def test_people_go_on(world: World, version: str) -> None:
    """What happened is still told; edits of what was linked arrive; a name that somebody waited for comes free; a
    conflict can be settled."""
    recovered(world, version)
    [parked] = world.records(state="parked")
    assert parked["category"] == "conflict"
    asked = ("customer", f"hubspot:{parked['hubspot_id']}")
    story = " ".join(world.ops("why", *asked)["story"])
    assert "'555-0111'" in story
    assert "'555-0122'" in story
    assert world.ops("history", *asked)
    blue = world.record(name="Blue Door")
    world.portal.update_contact(blue["hubspot_id"], {"phone": "321"})
    [mara] = world.records(name="Mara Lind", state="in_sync")
    world.company.update("Customer", mara["quickbooks_id"], {"PrimaryPhone": {"FreeFormNumber": "654"}})
    world.company.update("Vendor", "1", {"DisplayName": "Bolt & Sons"})
    world.contact("New", "Comer", "new@comer.example")
    world.come_to_rest()
    assert world.company.get("Customer", blue["quickbooks_id"])["PrimaryPhone"]["FreeFormNumber"] == "321"
    assert world.portal.contact(mara["hubspot_id"])["phone"] == "654", "no conflict: the base tells who has edited"
    assert {"Bolt", "New Comer"} <= set(world.names())
    if kept.numbered(version) < (0, 3):  # as 0.3.0's changelog says
        world.ops("retry", *asked, code=None)
    world.ops("settle", *asked, "--field", "phone", "--take", "quickbooks")
    world.come_to_rest()
    assert world.portal.contact(parked["hubspot_id"])["phone"] == "555-0122"


@pytest.mark.parametrize("version", WALKS)
def test_a_walk_goes_on(world: World, version: str) -> None:
    """An initial sync that stood still when the version was replaced comes to its end, and makes nothing twice."""
    played = recovered(world, version)
    [connection] = _connections()
    for _ in range(4):
        world.later(200)
    assert Walks(wiring().table).under_way(connection.id) == []
    assert _ended(connection.id) == ["done"]
    assert live(played, "contacts") == sorted(one["id"] for one in world.portal.contacts())


def _ended(connection: Any) -> list[str]:
    return [str(one.stage) for one in Walks(wiring().table).latest(connection) if one.purpose == "backfill"]


def _connections() -> list[Connection]:
    return Connections(wiring().table).all()


@pytest.mark.parametrize("version", MIRRORS)
def test_mirrors_are_finished_once(world: World, version: str) -> None:
    """A product, invoices and a line whose creation was not answered: each is there once; so is a payment's note."""
    played = recovered(world, version)
    for kind in ("products", "invoices", "notes"):
        assert live(played, kind) == sorted(str(one["id"]) for one in world.portal.records(kind)), kind
    states = {one["name"]: one["state"] for one in world.records() if one["kind"] != "customer"}
    assert set(states.values()) == {"in_sync"}, states
    for invoice in played["quickbooks"]["Invoice"]:
        assert world.mirrored(invoice["id"])["quickbooks_total"] == "100.00"
        assert len(world.mirrored_lines(invoice["id"])) == 1
