"""What both systems say about themselves: asked for by an operator, read by a worker, kept for whoever comes next."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.jobs import Side
from chalicelib.remember.connections import Connections
from chalicelib.remember.guards import Meter
from chalicelib.remember.metadata import MetadataStore
from chalicelib.settings.metadata import CustomField, Metadata, Option, Owner
from chalicelib.wiring import wiring
from local.stack import REALM_ID
from ops import live
from tests.stories.world import CONNECTION, World

LISTINGS = [
    "/crm/properties/2026-09/contacts", "/crm/properties/2026-09/companies", "/crm/properties/2026-09/deals",
    "/crm/properties/2026-09/invoices", "/crm/properties/2026-09/products", "/crm/owners/2026-09",
    f"/v3/company/{REALM_ID}/preferences", f"/v3/company/{REALM_ID}/query",
]  # fmt: skip
TERMS = {
    "name": "terms", "label": "Terms", "type": "enumeration", "fieldType": "checkbox", "groupName": "dealinformation",
    "options": [{"value": "net30", "label": "Net 30"}, {"value": "now", "label": "Due now", "hidden": True}],
}  # fmt: skip


def asked(wait_s: float = 60.0, *, fresh: bool = True) -> Metadata | None:
    tools = wiring()
    one = Connections(tools.table).get(CONNECTION)
    assert one is not None
    return live.metadata(tools, one, wait_s, fresh)


def seen(wait_s: float = 60.0) -> Metadata:
    found = asked(wait_s)
    assert found is not None
    return found


def parts(found: Metadata) -> dict[str, Any]:
    """Each part by its name."""
    rest = {"owners": found.owners, "custom_fields": found.custom_fields, "accounts": found.accounts}
    return {**found.hubspot, **rest}


@pytest.fixture
def connected(world: World) -> World:
    world.connect()
    world.come_to_rest()
    world.forget_calls()
    return world


def test_an_operator_sees_what_both_systems_have(connected: World) -> None:
    """A property, a custom field, an owner and an account that people have just made are there."""
    world = connected
    world.hubspot_api("POST", "/crm/properties/2026-09/deals", TERMS)
    owner = world.portal.add_owner("jenny@portal.example", "Jenny", "Ortiz")
    world.company.name_custom_field("2", "Crew #")
    account = world.company.add_account("Sales of Trees", "Income", "SalesOfProductIncome")
    old = world.company.add_account("Sales of Typewriters", "Income", "SalesOfProductIncome")
    world.company.set_account_active(old["Id"], False)
    found = seen()
    deals, invoices, contacts = (found.hubspot[kind] for kind in ("deals", "invoices", "contacts"))
    assert deals is not None and invoices is not None and contacts is not None  # noqa: PT018
    assert (deals["terms"].label, deals["terms"].type, deals["terms"].multiple) == ("Terms", "enumeration", True)
    assert deals["terms"].options == (Option("net30", "Net 30"), Option("now", "Due now"))
    assert Option("hubspot", "HubSpot") in invoices["hs_invoice_source"].options
    assert invoices["hs_createdate"].type == "datetime"
    read_only = [name for name in ("createdate", "hs_object_id", "email", "lifecyclestage") if contacts[name].read_only]
    assert read_only == ["createdate", "hs_object_id"]
    assert found.custom_fields == (CustomField("2", "Crew #"),)
    assert found.owners is not None
    assert Owner(owner, "jenny@portal.example") in found.owners
    accounts = {one.id: (one.name, one.type, one.active) for one in found.accounts or ()}
    assert accounts["79"] == ("Sales of Product Income", "Income", True)
    assert accounts[account["Id"]] == ("Sales of Trees", "Income", True)
    assert accounts[old["Id"]] == ("Sales of Typewriters (deleted)", "Income", False)


def test_each_part_costs_one_call(connected: World) -> None:
    """Two of them are on QuickBooks' bill, and are counted."""
    month = datetime.fromtimestamp(wiring().now(), UTC).strftime("%Y-%m")
    before = Meter(wiring().table).used(CONNECTION, month)
    assert asked() is not None
    assert Counter(call.path for call in connected.calls()) == Counter(LISTINGS)
    assert sum(call.metered for call in connected.calls()) == 2
    connected.come_to_rest()
    assert Meter(wiring().table).used(CONNECTION, month) == before + 2


def test_a_reading_of_the_last_minute_serves_who_is_content_with_it(connected: World) -> None:
    first = asked(fresh=False)
    assert first is not None
    connected.forget_calls()
    assert asked(fresh=False) == first
    assert connected.calls() == []
    connected.clock.ahead_s += 61
    later = asked(fresh=False)
    assert later is not None
    assert later.read_at > first.read_at + 60


@pytest.mark.parametrize(("withheld", "missing"), [
    (["crm.schemas.deals.read", "crm.objects.deals.read"], {"deals"}),
    (["crm.objects.owners.read"], {"owners"}),
    (["e-commerce", "crm.schemas.invoices.read", "crm.objects.invoices.read"], {"products", "invoices"}),
])  # fmt: skip
def test_what_a_portal_does_not_let_us_see_is_none(world: World, withheld: list[str], missing: set[str]) -> None:
    """And the rest is there."""
    world.hubspot.settings.withhold_scopes = withheld
    world.connect()
    world.come_to_rest()
    found = parts(seen())
    assert {name for name, part in found.items() if part is None} == missing
    assert all(found[name] for name in found.keys() - missing - {"custom_fields"})
    assert [one["state"] for one in world.ops("connections")] == ["connected"]


@pytest.mark.parametrize("gone", [
    {"do": "answer", "status": 404, "json": {"status": "error", "message": "resource not found"}},
    {"do": "html", "status": 404},
])  # fmt: skip
def test_an_object_that_the_account_does_not_have_is_none(connected: World, gone: dict[str, Any]) -> None:
    connected.dial("hubspot", path="/crm/properties/.*/invoices", **gone)
    assert {name for name, part in parts(seen()).items() if part is None} == {"invoices"}


@pytest.mark.parametrize(("vendor", "path", "fault"), [
    ("hubspot", "/crm/properties/.*/deals", {"do": "status", "status": 503}),
    ("hubspot", "/crm/owners/.*", {"do": "status", "status": 429, "times": 2}),
    ("quickbooks", "/v3/company/.*/preferences", {"do": "refuse"}),
    ("quickbooks", "/v3/company/.*/query", {"do": "lose_answer"}),
])  # fmt: skip
def test_a_vendor_that_comes_back_is_asked_again(
    connected: World, vendor: str, path: str, fault: dict[str, Any]
) -> None:
    """The operator waits, and sees all of it."""
    connected.dial(vendor, path=path, **fault)
    found = parts(seen())
    assert [name for name, part in found.items() if part is None] == []


@pytest.mark.parametrize(("vendor", "path", "missing"), [
    ("hubspot", "/crm/.*", {"contacts", "companies", "deals", "invoices", "products", "owners"}),
    ("quickbooks", "/v3/.*", {"custom_fields", "accounts"}),
])  # fmt: skip
def test_a_vendor_that_stays_away_is_left_out(connected: World, vendor: str, path: str, missing: set[str]) -> None:
    """The request is answered with what the other one tells."""
    connected.dial(vendor, path=path, do="status", status=503, times=0)
    assert {name for name, part in parts(seen()).items() if part is None} == missing


def test_a_pause_is_kept(connected: World) -> None:
    """HubSpot has asked for ten minutes' rest: it is not called, and QuickBooks' parts are there."""
    Connections(wiring().table).pause(CONNECTION, Side.HUBSPOT, wiring().now() + 600)
    missing = {name for name, part in parts(seen()).items() if part is None}
    assert missing == {"contacts", "companies", "deals", "invoices", "products", "owners"}
    assert connected.hubspot.dials.calls() == []


def test_access_that_has_run_out_is_renewed_meanwhile(connected: World) -> None:
    connected.clock.ahead_s += 7_200
    assert [name for name, part in parts(seen()).items() if part is None] == []


def test_nobody_waits_for_a_connection_that_is_not_connected(connected: World) -> None:
    """Neither at the start, nor once the grant turns out to be gone."""
    connected.quickbooks.disconnect(REALM_ID)
    assert asked() is None
    assert [one["state"] for one in connected.ops("connections")] == ["needs_reconnect"]
    connected.forget_calls()
    assert asked() is None
    connected.come_to_rest()
    assert connected.calls() == []


def test_without_a_worker_the_operator_gets_nothing(connected: World) -> None:
    """A reading that comes too late for one is there for the next."""
    assert asked(wait_s=0.0) is None
    connected.come_to_rest()
    assert MetadataStore(wiring().table).get(CONNECTION) is not None


@pytest.mark.usefixtures("connected")
def test_two_operators_at_once_are_both_answered() -> None:
    found: list[Metadata | None] = []
    people = [threading.Thread(target=lambda: found.append(asked())) for _ in range(2)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert len([one for one in found if one is not None]) == 2
