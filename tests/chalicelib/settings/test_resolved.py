"""What a file says in people's words is stored as the vendors store it."""

from __future__ import annotations

import pytest

from chalicelib.settings import Settings
from chalicelib.settings.check import settings_of
from chalicelib.settings.lines import parse
from chalicelib.settings.metadata import Metadata
from chalicelib.settings.resolved import resolved
from tests.chalicelib.settings.facts import METADATA
from tests.chalicelib.settings.test_check import filtered, invoice_row, row
from tests.chalicelib.settings.test_model import SAMPLE


def of(text: str, metadata: Metadata | None = METADATA) -> Settings:
    return resolved(settings_of(parse(text)), metadata)


LISTED = "to_quickbooks", "enumeration", None


@pytest.mark.parametrize(
    ("condition", "side", "type", "value", "values"),
    [
        ("property: tier, operator: any_of, values: [GOLD, silver_1]", *LISTED, ["gold_1", "silver_1"]),
        ("property: invoice.hs_invoice_source, operator: any_of, values: [Data Sync]", *LISTED, ["data_sync"]),
        ("property: hubspot_owner_id, operator: any_of, values: [Jane@acme.example]", *LISTED, ["501"]),
        ("property: tier, operator: equals, value: Gold", "to_quickbooks", "enumeration", "gold_1", []),
        ("property: visits, operator: greater_than, value: 5", "to_quickbooks", "number", 5, []),
        ("property: birthday, operator: after, value: 2026-11-21", "to_quickbooks", "date", "2026-11-21", []),
        ("property: vip, operator: equals, value: yes", "to_quickbooks", "bool", "true", []),
        ("property: Balance, operator: greater_than, value: 5", "to_hubspot", "number", 5, []),
        ("property: BillAddr.City, operator: equals, value: Ulm", "to_hubspot", "string", "Ulm", []),
    ],
)
def test_a_condition_is_stored_in_the_vendors_words_with_its_type(condition, side, type, value, values):
    """`value whose label is HubSpot` and an owner's e-mail mean nothing to a worker."""
    [group] = getattr(of(filtered(condition, side)).contacts.filters, side)
    [one] = group.all
    assert (one.type, one.value, one.values) == (type, value, values)


def test_what_new_records_are_given_is_stored_by_id():
    made = of(
        "contacts:\n  create: {lifecycle_stage: Marketing Qualified Lead, owner: jane@acme.example}\n"
        "products:\n  create: {income_account: sales of product income}\n"
    )
    assert made.contacts.create.model_dump() == {"lifecycle_stage": "marketingqualifiedlead", "owner": "501"}
    assert made.products is not None
    assert made.products.create.income_account == "79"


def test_the_labels_of_a_map_are_stored_as_values():
    [one] = of(row("hubspot: tier, quickbooks: Notes, transform: [trim, {map: {Gold: G}}]")).contacts.fields
    assert one.transform[1].entries == (("Gold", "G"),), "the step before it makes the value, not HubSpot"
    [one] = of(row("hubspot: tier, quickbooks: Notes, transform: [{map: {Gold: G}}]")).contacts.fields
    assert one.transform[0].entries == (("gold_1", "G"),)


def test_settings_resolved_without_metadata_stay_as_written():
    text = filtered("property: tier, operator: equals, value: Gold")
    assert of(text, None) == settings_of(parse(text))
    assert of(text).contacts.filters.to_quickbooks != settings_of(parse(text)).contacts.filters.to_quickbooks


def test_what_is_resolved_can_be_stored_and_read():
    made = of(SAMPLE)
    assert Settings.model_validate(made.model_dump(mode="json")) == made


@pytest.mark.parametrize(("property_name", "type"), [("crew_number", "string"), ("crew_size", "number")])
def test_a_row_is_stored_with_the_type_of_its_property(property_name, type):
    """Only so does a worker know that a custom field's text is to be read as a number."""
    text = invoice_row(f'hubspot: {property_name}, quickbooks: "CustomField[Crew #]"')
    made = of(text)
    assert made.invoices is not None
    assert [one.type for one in made.invoices.fields] == [type]
    assert [one.type for one in of(text, None).invoices.fields] == [None]
    assert Settings.model_validate(made.model_dump(mode="json")) == made
