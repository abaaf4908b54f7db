"""Custom fields of the sales forms arrive as properties of HubSpot's invoices, also of those from before."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import yaml

from tests.stories.world import World

CREW = {"hubspot": "crew_number", "quickbooks": "CustomField[Crew #]", "direction": "to_hubspot"}


def crew(value: str, id: str = "1") -> dict[str, Any]:
    return {"CustomField": [{"DefinitionId": id, "StringValue": value}]}


def crewed(world: World, type: str = "string") -> str:
    """A world whose books call their first field Crew #, and whose invoices in HubSpot have a place for it."""
    field_type = {"string": "text", "number": "number"}[type]
    body = {"name": "crew_number", "label": "Crew", "type": type, "fieldType": field_type}
    world.hubspot_api("POST", "/crm/properties/2026-09/invoices", {**body, "groupName": "invoiceinformation"})
    world.company.name_custom_field("1", "Crew #")
    return world.trade()


def test_a_mapped_field_arrives_on_new_and_on_past_invoices(world: World) -> None:
    """The past ones as soon as the mapping is applied."""
    customer = crewed(world)
    past = world.invoice(customer, **crew("102"))
    world.come_to_rest()
    assert "crew_number" not in world.mirrored(past)
    world.clock.ahead_s += 2
    world.configure(products={}, invoices={"fields": [CREW]})
    assert world.mirrored(past)["crew_number"] == "102"
    fresh = world.invoice(customer, **crew("7 north"))
    world.come_to_rest()
    assert world.mirrored(fresh)["crew_number"] == "7 north"
    world.edit("Invoice", fresh, **crew("8"))
    assert world.mirrored(fresh)["crew_number"] == "8"


def test_an_invoice_without_a_value_is_no_trouble(world: World) -> None:
    customer = crewed(world)
    world.configure(products={}, invoices={"fields": [CREW]})
    invoice = world.invoice(customer)
    world.come_to_rest()
    assert "crew_number" not in world.mirrored(invoice)
    assert world.record(kind="invoice", quickbooks_id=invoice)["state"] == "in_sync"


def test_a_field_of_numbers_takes_numbers_and_names_what_is_none(world: World) -> None:
    """QuickBooks' field is text: what is no number is said, and no other invoice is held up by it."""
    customer = crewed(world, "number")
    world.configure(products={}, invoices={"fields": [CREW]})
    good, bad = world.invoice(customer, **crew("102")), world.invoice(customer, **crew("north"))
    world.come_to_rest()
    assert Decimal(world.mirrored(good)["crew_number"]) == 102
    record = world.record(kind="invoice", quickbooks_id=bad)
    assert record["state"] == "in_sync", "one wrong word does not hold up an invoice"
    assert "crew_number" in record["message"]
    assert not world.mirrored(bad).get("crew_number")


def test_a_renamed_field_keeps_its_place_by_name(world: World) -> None:
    """The second field is called Crew # now: the mapping means the name, not the place."""
    customer = crewed(world)
    world.company.name_custom_field("1", "PO")
    world.company.name_custom_field("2", "Crew #")
    world.configure(products={}, invoices={"fields": [CREW]})
    invoice = world.invoice(customer, **crew("102", "2"))
    world.come_to_rest()
    assert world.mirrored(invoice)["crew_number"] == "102"


def test_the_purchase_order_number_is_mapped_like_any_other(world: World) -> None:
    customer = crewed(world)
    world.company.name_custom_field("3", "PO Number")
    row = {"hubspot": "hs_purchase_order_number", "quickbooks": "CustomField[PO Number]", "direction": "to_hubspot"}
    world.configure(products={}, invoices={"fields": [row]})
    invoice = world.invoice(customer, **crew("P-7", "3"))
    world.come_to_rest()
    assert world.mirrored(invoice)["hs_purchase_order_number"] == "P-7"


def test_a_field_that_the_sales_forms_do_not_have_is_refused_with_the_reason(world: World) -> None:
    """Before anything is applied."""
    crewed(world)
    row = {**CREW, "quickbooks": "CustomField[Crew]"}
    path = world.folder / "wrong.yaml"
    path.write_text(yaml.safe_dump({"invoices": {"fields": [row]}}))
    [error] = world.ops("settings", "check", str(path), code=1)["errors"]
    assert "Crew #" in str(error), "the one that there is comes with the refusal"
