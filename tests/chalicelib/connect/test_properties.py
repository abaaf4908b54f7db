"""Our properties in HubSpot: made once, on the objects of the kinds that are on, and as far as HubSpot lets us."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.access.oauth import Issued, Tokens
from chalicelib.connect.properties import KEYS, NATIVES, OUR_PROPERTIES, Made, make_properties
from chalicelib.connect.setup import LOOKS_AFTER_S, prepare
from chalicelib.hubspot.scopes import OPTIONAL, REQUIRED
from chalicelib.jobs import Expand, Kind, Portal
from chalicelib.remember.connections import Connections
from chalicelib.resolve.stages import Stage
from chalicelib.switches import kind_of
from chalicelib.transport import CallLog
from tests.chalicelib.walk.small_world import PORTAL_ID, SmallWorld

ON = {"products": {}, "invoices": {}}


def made(world: SmallWorld, settings: Any = None) -> Made:
    connection = replace(world.connection(), settings=ON if settings is None else settings)
    hubspot, _ = world.wiring.clients(connection, lambda: 120.0, CallLog())
    return make_properties(hubspot, connection)


def properties(world: SmallWorld, kind: str) -> dict[str, Any]:
    connection = world.connection()
    hubspot, _ = world.wiring.clients(connection, lambda: 120.0, CallLog())
    return {one["name"]: one for one in hubspot.properties(kind)}


def posted(world: SmallWorld) -> list[str]:
    """What was sent to HubSpot's properties since the last time."""
    said = [one for one in world.posted if "/crm/properties/" in one]
    world.posted.clear()
    return said


def without(world: SmallWorld, *scopes: str) -> None:
    """From now on the portal's grant lacks these rights."""
    given = [one for one in (*REQUIRED, *OPTIONAL) if one not in scopes]
    tokens = world.hubspot.issue_tokens(int(PORTAL_ID), given)
    pair = Tokens(tokens["access_token"], tokens["refresh_token"], 1e9)
    world.wiring.grants.store(Portal(PORTAL_ID), Issued(pair), world.time)


def test_everything_that_the_design_names_is_made_on_its_object():
    world = SmallWorld()
    told = made(world)
    assert told == Made(
        keys=("contacts", "products", "invoices"), plain_keys=(), own_properties=("invoices", "line_items", "deals"),
        natives=("hs_invoice_status",), prepared=("contacts", "products", "invoices"),
    )  # fmt: skip
    for kind, key in KEYS.items():
        held = properties(world, kind)[key["name"]]
        assert (held["hasUniqueValue"], held["type"], held["groupName"]) == (True, "string", "quickbooks_sync")
    for kind, wanted in OUR_PROPERTIES.items():
        held = properties(world, kind)
        assert {one["name"]: one["type"] for one in wanted} == {
            one["name"]: held[one["name"]]["type"] for one in wanted
        }
        assert {held[one["name"]]["groupName"] for one in wanted} == {"quickbooks_sync"}


@pytest.mark.parametrize(("kind", "name"), [("invoices", "quickbooks_stage"), ("deals", "quickbooks_invoice_status")])
def test_a_stage_is_a_choice_with_readable_labels(kind: str, name: str):
    world = SmallWorld()
    made(world)
    options = {one["value"]: one["label"] for one in properties(world, kind)[name]["options"]}
    assert list(options) == list(Stage)
    assert options["waiting_to_be_sent"] == "Waiting to be sent"


def test_a_second_time_each_object_is_listed_and_nothing_made():
    world = SmallWorld()
    first = made(world)
    posted(world)
    assert made(world) == first
    assert [one.split()[0] for one in posted(world)] == ["GET"] * 5


@pytest.mark.parametrize(
    ("settings", "objects"),
    [({}, {"contacts"}), ({"products": {}}, {"contacts", "products"}),
     ({"products": {"enabled": False}, "invoices": {}}, {"contacts", "invoices", "line_items", "deals"})],
)  # fmt: skip
def test_what_is_off_leaves_no_property_behind(settings: Any, objects: set[str]):
    world = SmallWorld()
    posted(world)
    made(world, settings)
    assert {one.split("2026-09/")[1].split()[0].partition("/")[0] for one in posted(world)} == objects


def test_where_products_have_no_unique_property_theirs_is_an_ordinary_one():
    world = SmallWorld()
    world.hubspot.settings.unique_on_products = False
    first = made(world)
    assert (first.keys, first.plain_keys, first.warnings) == (("contacts", "invoices"), ("products",), ())
    assert made(world) == first
    world.hubspot.settings.unique_on_products = True
    assert made(world) == first, "what was made stays as it is"


@pytest.mark.parametrize(("kind", "definition", "lost"), [
    ("products", {"name": "quickbooks_key", "type": "string", "fieldType": "text"}, "keys"),
    ("invoices", {"name": "quickbooks_key", "type": "number", "fieldType": "number"}, "keys"),
    ("invoices", {"name": "quickbooks_total", "type": "string", "fieldType": "text"}, "own_properties"),
    ("deals", {"name": "quickbooks_invoice_status", "type": "enumeration", "fieldType": "select",
               "options": [{"label": "Paid", "value": "paid"}]}, "own_properties"),
])  # fmt: skip
def test_somebody_elses_property_is_left_alone_and_told(kind: str, definition: dict[str, Any], lost: str):
    world = SmallWorld()
    group = next(iter(properties(world, kind).values()))["groupName"]
    connection = world.connection()
    hubspot, _ = world.wiring.clients(connection, lambda: 120.0, CallLog())
    assert hubspot.ensure_property(kind, {"label": "Theirs", "groupName": group, **definition})
    before = properties(world, kind)[definition["name"]]
    told = made(world)
    assert kind not in getattr(told, lost)
    assert kind not in told.plain_keys
    [warning] = told.warnings
    assert definition["name"] in warning
    assert "left alone" in warning
    assert properties(world, kind)[definition["name"]] == before


@pytest.mark.parametrize("writable", [[], ["hs_amount_billed", "hs_balance_due"], ["hs_amount_paid"]])
def test_of_hubspots_own_amounts_those_count_that_the_portal_lets_us_write(writable: list[str]):
    world = SmallWorld()
    world.hubspot.settings.writable_on_invoices = writable
    found = made(world).natives
    assert set(found) & {"hs_amount_billed", "hs_amount_paid", "hs_balance_due"} == set(writable)
    assert set(found) <= set(NATIVES)


@pytest.mark.parametrize(("scope", "keys", "own"), [
    ("crm.schemas.invoices.write", ("contacts", "products"), ("line_items", "deals")),
    ("crm.schemas.deals.write", ("contacts", "products", "invoices"), ("invoices", "line_items")),
    ("e-commerce", ("contacts", "invoices"), ("invoices", "deals")),
])  # fmt: skip
def test_a_right_that_is_missing_costs_its_own_objects_and_is_told(scope: str, keys: tuple, own: tuple):
    world = SmallWorld()
    without(world, scope)
    told = made(world)
    assert (told.keys, told.own_properties) == (keys, own)
    assert told.plain_keys == ()
    assert told.warnings
    assert all(scope.rpartition(".")[0] in one for one in told.warnings)


def prepared(world: SmallWorld, settings: Any) -> list[Expand]:
    """Have the connection prepared for these settings; the looks that it asks for."""
    Connections(world.table).change(world.id, lambda held: replace(held, settings=settings))
    connection = world.connection()
    hubspot, quickbooks = world.wiring.clients(connection, lambda: 120.0, CallLog())
    prepare(world.wiring, connection, hubspot, quickbooks)
    return [one for one in world.queue.take(world.time + LOOKS_AFTER_S) if isinstance(one, Expand)]


class Overtaken:
    """A client between whose look and whose first call another set-up makes everything."""

    def __init__(self, client: Any, other: Any) -> None:
        self._client = client
        self._other = other

    def __getattr__(self, name: str) -> Any:
        if name != "properties" and self._other is not None:
            other, self._other = self._other, None
            other()
        return getattr(self._client, name)


@pytest.mark.parametrize("unique", [True, False])
def test_two_set_ups_side_by_side_say_the_same_of_a_key(unique: bool):
    world = SmallWorld()
    world.hubspot.settings.unique_on_products = unique
    connection = replace(world.connection(), settings=ON)
    hubspot, _ = world.wiring.clients(connection, lambda: 120.0, CallLog())
    others: list[Made] = []
    told = make_properties(Overtaken(hubspot, lambda: others.append(make_properties(hubspot, connection))), connection)
    assert [told] == others
    assert ("products" in told.keys, "products" in told.plain_keys) == (unique, not unique)
    assert told.warnings == ()


def test_a_kind_that_is_switched_on_later_gets_its_properties_then():
    world = SmallWorld()
    assert world.connection().prepared == ("contacts",)
    assert [kind_of(one) for one in prepared(world, {"products": {}})] == [Kind.PRODUCT]
    assert world.connection().unique_key("products")
    assert [kind_of(one) for one in prepared(world, ON)] == [Kind.INVOICE]
    connection = world.connection()
    assert (connection.own_properties, connection.prepared) == (
        ("invoices", "line_items", "deals"), ("contacts", "products", "invoices"),
    )  # fmt: skip
    assert connection.unique_key("contacts")
    assert prepared(world, ON) == [], "nothing new: nobody is looked at again"


def test_what_a_later_preparation_finds_takes_the_place_of_what_an_earlier_one_said():
    """Other warnings stay."""
    world = SmallWorld()
    Connections(world.table).change(world.id, lambda held: replace(held, warnings=("Two currencies.",)))
    connection = world.connection()
    hubspot, _ = world.wiring.clients(connection, lambda: 120.0, CallLog())
    theirs = {"name": "quickbooks_key", "label": "Theirs", "type": "number", "fieldType": "number"}
    hubspot.ensure_property("products", {**theirs, "groupName": "productinformation"})
    for _ in range(2):
        prepared(world, {"products": {}})
        one, two = world.connection().warnings
        assert (one, "left alone" in two) == ("Two currencies.", True)
    prepared(world, {})
    assert world.connection().warnings == ("Two currencies.",)


def test_of_a_connection_of_an_older_release_the_companys_zone_is_read_once():
    world = SmallWorld()
    Connections(world.table).change(world.id, lambda held: replace(held, company_time_zone="", prepared=()))
    prepared(world, {})
    assert world.connection().company_time_zone == "America/Los_Angeles"
    world.posted.clear()
    prepared(world, {})
    assert not [one for one in world.posted if "companyinfo" in one]
