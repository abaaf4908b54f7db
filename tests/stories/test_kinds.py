"""A kind is switched off, on again, or forgotten; and what new records are given."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from tests.stories.test_plan import quiet
from tests.stories.world import CONNECTION, World


def applied(world: World, *more: str, code: int = 0, **contacts: Any) -> Any:
    path = Path(world.folder) / "settings.yaml"
    path.write_text(yaml.safe_dump({"connection": CONNECTION, "contacts": contacts}))
    told = world.ops("settings", "apply", str(path), "--yes", *more, code=code)
    world.come_to_rest()
    return told


def test_what_is_off_costs_no_call_and_keeps_its_links(world: World) -> None:
    world.connect()
    contact = world.contact("Jane", "Roe", "jane@roe.example")
    world.come_to_rest()
    customer = world.record(hubspot_id=contact)["quickbooks_id"]
    applied(world, enabled=False)
    world.forget_calls()
    world.portal.update_contact(contact, {"phone": "12"})
    world.company.update("Customer", customer, {"GivenName": "Janet"})
    world.contact("New", "Comer", "new@comer.example")
    world.come_to_rest()
    assert world.said() == []
    off = world.record(hubspot_id=contact)
    assert (off["state"], off["quickbooks_id"]) == ("excluded", customer)
    assert "switched off" in off["message"]


def test_on_again_it_goes_on_with_what_changed_in_between(world: World) -> None:
    world.connect()
    contact = world.contact("Jane", "Roe", "jane@roe.example")
    world.come_to_rest()
    customer = world.record(hubspot_id=contact)["quickbooks_id"]
    applied(world, enabled=False)
    world.portal.update_contact(contact, {"phone": "12"})
    world.company.update("Customer", customer, {"GivenName": "Janet"})
    quiet(world)  # of this one no notice arrives
    late = world.contact("New", "Comer", "new@comer.example")
    told = applied(world, enabled=True)
    assert any("initial sync" in one for one in told["consequences"])
    assert world.record(hubspot_id=contact)["state"] == "in_sync"
    assert world.company.get("Customer", customer)["PrimaryPhone"] == {"FreeFormNumber": "12"}
    assert world.portal.contact(contact)["firstname"] == "Janet"
    assert world.record(hubspot_id=late)["state"] == "in_sync"
    assert world.names() == ["Janet Roe", "New Comer"]


def test_forgotten_links_touch_no_record_and_are_found_again(world: World) -> None:
    world.connect()
    contact = world.contact("Jane", "Roe", "jane@roe.example")
    only = world.customer("Only Here", "only@here.example")
    world.come_to_rest()
    customer = world.record(hubspot_id=contact)["quickbooks_id"]
    made = world.record(quickbooks_id=only["Id"])["hubspot_id"]
    assert "switch" in world.ops("settings", "forget", "contacts", "--yes", code=2)["error"]
    applied(world, enabled=False)
    world.forget_calls()
    told = world.ops("settings", "forget", "contacts", "--yes")
    assert (told["forgotten"], told["kept"]) == (2, 0)
    assert world.records() == []
    assert world.said() == []
    applied(world, enabled=True)
    assert world.record(hubspot_id=contact)["quickbooks_id"] == customer
    assert world.record(hubspot_id=made)["quickbooks_id"] == only["Id"]
    assert len(world.names()) == len(world.portal.contacts()) == 2


def test_a_forecast_tells_who_comes_and_who_goes_before_it_is_applied(world: World) -> None:
    world.connect()
    world.contact("Jane", "Roe", "jane@roe.example", lifecyclestage="customer")
    leaves = world.contact("John", "Doe", "john@doe.example", lifecyclestage="lead")
    world.come_to_rest()
    filters = {"to_quickbooks": [{"all": [{"property": "lifecyclestage", "operator": "equals", "value": "customer"}]}]}
    told = applied(world, "--forecast", filters=filters)
    [plan] = [one for one in told["consequences"] if one.startswith("By plan")]
    assert "1 stay out, 1 of them linked ones that stop syncing" in plan
    assert world.record(hubspot_id=leaves)["state"] == "excluded"


def test_a_plan_under_a_file_that_is_not_applied(world: World) -> None:
    quiet(world)
    world.connect()
    world.contact("Jane", "Roe", "jane@roe.example")
    path = world.folder / "draft.yaml"
    path.write_text("contacts:\n  direction: to_hubspot\n")
    assert world.ops("plan", "--settings", str(path))["counts"]["excluded"] == 1
    assert world.ops("plan")["counts"]["create"] == 1
    path.write_text("contacts:\n  directoin: to_hubspot\n")
    assert "direction" in str(world.ops("plan", "--settings", str(path), code=1))


def test_new_contacts_are_given_what_the_settings_say(world: World) -> None:
    world.connect()
    owner = world.portal.add_owner("rep@acme.example")
    applied(world, create={"lifecycle_stage": "customer", "owner": "rep@acme.example"})
    only = world.customer("Only Here", "only@here.example")
    world.come_to_rest()
    made = world.portal.contact(world.record(quickbooks_id=only["Id"])["hubspot_id"])
    assert (made["lifecyclestage"], made["hubspot_owner_id"]) == ("customer", str(owner))


# --- products ---------------------------------------------------------------------------------------------------------

DEAR = [{"all": [{"property": "UnitPrice", "operator": "greater_than", "value": 100}]}]


def products(world: World) -> list[str]:
    return sorted(one["properties"]["name"] for one in world.portal.records("products"))


def told(world: World, *more: str, code: int = 0, **sections: Any) -> Any:
    path = Path(world.folder) / "settings.yaml"
    path.write_text(yaml.safe_dump({"connection": CONNECTION, **sections}))
    answer = world.ops("settings", "apply", str(path), "--yes", *more, code=code)
    world.come_to_rest()
    return answer


def test_products_switched_on_bring_those_that_are_there_already(world: World) -> None:
    quiet(world)  # no notice tells of what was there before
    world.connect()
    world.contact("Jane", "Roe", "jane@roe.example")
    world.item("Roof", UnitPrice=120)
    world.come_to_rest()
    assert products(world) == []
    said = told(world, products={})
    assert any(one.startswith("products start: an initial sync") for one in said["consequences"])
    assert said["looked_at"] == 0, "contacts say the same, and are left alone"
    assert products(world) == ["Roof"]


def test_what_a_filter_kept_out_comes_in_when_it_lets_it(world: World) -> None:
    world.connect()
    told(world, products={"filters": {"to_hubspot": DEAR}})
    world.item("Nail", UnitPrice=1)
    world.item("Roof", UnitPrice=120)
    world.come_to_rest()
    assert products(world) == ["Roof"]
    said = told(world, products={})
    assert said["looked_at"] == 2
    assert products(world) == ["Nail", "Roof"]


def test_products_are_switched_off_and_forgotten_by_either_name(world: World) -> None:
    world.connect()
    told(world, products={})
    item = world.item("Roof", UnitPrice=120)["Id"]
    world.come_to_rest()
    product = world.record(kind="product", quickbooks_id=item)["hubspot_id"]
    assert "products sync at present" in world.ops("settings", "forget", "product", "--yes", code=2)["error"]
    off = told(world)
    assert "products stop at once. 1 linked pairs stay linked" in off["consequences"][0]
    world.forget_calls()
    world.edit("Item", item, UnitPrice=130)
    assert world.said() == []
    assert world.ops("settings", "forget", "product", "--yes")["forgotten"] == 1
    told(world, products={})
    assert world.record(kind="product", quickbooks_id=item)["hubspot_id"] == product
    assert world.portal.record("products", product)["price"] == "130"


def test_a_forecast_names_the_kind(world: World) -> None:
    quiet(world)
    world.connect()
    world.item("Roof", UnitPrice=120)
    said = told(world, "--forecast", products={})
    assert any(one.startswith("Products: By plan") and "1 records would be made" in one for one in said["consequences"])


# --- invoices ---------------------------------------------------------------------------------------------------------


def test_all_kinds_switched_on_at_once_bring_the_past_invoices_with_their_contacts(world: World) -> None:
    quiet(world)
    world.connect()
    customer = world.customer("Aster", "office@aster.example")["Id"]
    world.item()
    invoice = world.invoice(customer)
    world.come_to_rest()
    said = told(world, products={}, invoices={})
    assert any("the past ones too" in one for one in said["consequences"])
    assert world.record(kind="invoice", quickbooks_id=invoice)["state"] == "in_sync"
    assert world.mirror(invoice)


def test_past_invoices_come_in_when_the_filter_lets_them(world: World) -> None:
    small = [{"all": [{"property": "TotalAmt", "operator": "less_than", "value": 50}]}]
    customer = world.trade(filters={"to_hubspot": small})
    invoice = world.invoice(customer)
    world.come_to_rest()
    assert world.mirrors(invoice) == []
    assert "TotalAmt" in world.record(kind="invoice", quickbooks_id=invoice)["message"]
    said = told(world, products={}, invoices={})
    assert said["difference"] == ["invoices.filters.to_hubspot: removed the group [TotalAmt less than 50]"]
    assert len(world.mirrors(invoice)) == 1
