"""What is made and read once when a connection is made: ours is made, what is others' is left alone."""

from __future__ import annotations

import pytest

from tests.stories.browsing import Browser, said
from tests.stories.world import CONNECTION, World

PROPERTY = "/crm/properties/2026-09/contacts"


def writes(world: World) -> list[str]:
    return [call.path for call in world.hubspot.dials.calls() if "properties" in call.path and call.method != "GET"]


def test_connecting_again_makes_nothing_twice(world: World) -> None:
    Browser().open(world.ops("connect")["url"])
    assert writes(world) == [f"{PROPERTY}/groups", PROPERTY]
    world.forget_calls()
    Browser().open(world.ops("connect")["url"])
    assert writes(world) == []


@pytest.mark.parametrize(("theirs", "ours"), [
    ({"hasUniqueValue": False}, False), ({"hasUniqueValue": True, "type": "number", "fieldType": "number"}, False),
    ({"hasUniqueValue": True, "label": "Renamed by an admin", "groupName": "contactinformation"}, True),
])  # fmt: skip
def test_a_property_of_the_same_name_is_used_only_if_it_is_fit(world: World, theirs: dict, ours: bool) -> None:
    """One that somebody else has made, and that is no unique text, is never touched; the page says what is lost."""
    definition = {
        "name": "quickbooks_key", "label": "Theirs", "type": "string", "fieldType": "text",
        "groupName": "contactinformation", **theirs,
    }  # fmt: skip
    made = world.hubspot_api("POST", PROPERTY, definition)
    world.forget_calls()
    page = Browser().open(world.ops("connect")["url"])
    assert page.status_code == 200
    assert writes(world) == []
    assert ("left alone" in said(page)) is not ours
    [one] = world.ops("connections")
    assert bool(one["warnings"]) is not ours
    held = world.hubspot_api("GET", f"{PROPERTY}/quickbooks_key")
    assert {name: held[name] for name in definition} == {name: made[name] for name in definition}


def test_two_currencies_are_told(world: World) -> None:
    """Deals of the portal and invoices of the company will be in different ones."""
    world.quickbooks.add_company("9130350000000555", name="Rhein GmbH", country="DE", home_currency="EUR")
    world.quickbooks.settings.consent_realm = "9130350000000555"
    page = Browser().open(world.ops("connect")["url"])
    assert "EUR" in said(page)
    [one] = world.ops("connections")
    assert (one["country"], one["currency"]) == ("DE", "EUR")
    assert any("USD" in warning for warning in one["warnings"])


@pytest.mark.parametrize("path", ["/account-info/.*", f"{PROPERTY}.*", "/v3/company/.*/preferences"])
def test_a_set_up_that_is_cut_off_is_finished_later(world: World, path: str) -> None:
    """A vendor fails in the middle: the page says that it is getting ready, and a worker does the rest."""
    vendor = "quickbooks" if path.startswith("/v3") else "hubspot"
    world.dial(vendor, path=path, do="status", status=503)
    page = Browser().open(world.ops("connect")["url"])
    assert page.status_code == 200
    assert "getting ready" in said(page)
    world.come_to_rest()
    assert [one["state"] for one in world.ops("connections")] == ["connected"]
    assert world.ops("connections")[0]["connection"] == CONNECTION


def test_what_is_switched_on_later_gets_its_properties_with_the_next_sweep_at_the_latest(world: World) -> None:
    world.connect()
    world.configure(products={}, invoices={})
    world.stack.run_schedule("sweep")
    world.come_to_rest()
    for kind, names in {
        "products": {"quickbooks_key"}, "line_items": {"quickbooks_line"},
        "invoices": {"quickbooks_key", "quickbooks_stage", "quickbooks_total"}, "deals": {"quickbooks_invoice_amount"},
    }.items():  # fmt: skip
        listed = world.hubspot_api("GET", f"/crm/properties/2026-09/{kind}")["results"]
        assert names <= {one["name"] for one in listed if one["groupName"] == "quickbooks_sync"}
    world.forget_calls()
    world.stack.run_schedule("sweep")
    world.come_to_rest()
    assert not [call for call in world.hubspot.dials.calls() if "properties" in call.path], "once is enough"
