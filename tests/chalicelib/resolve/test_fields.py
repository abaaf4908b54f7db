"""How a value crosses: cleaning, lengths, e-mail lists, and when two values are the same."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.jobs import Kind, Side
from chalicelib.resolve.fields import (
    COMPANY_NAME,
    CONTACT_FIELDS,
    HELD_MAX,
    INVOICE,
    INVOICE_FIELDS,
    ITEM,
    LENGTHS,
    NAME_PATHS,
    PRODUCT_FIELDS,
    WANTED_NAME,
    Field,
    field_table,
    first_email,
    for_hubspot,
    for_quickbooks,
    held,
    hubspot_properties,
    same,
    unchanged,
)
from chalicelib.settings import Contacts, FieldRow, Invoices, Products
from chalicelib.settings.transform import Transform

EMAIL = Field("email", "PrimaryEmailAddr.Address")
NAME = Field("firstname", "GivenName")
CITY = Field("city", "BillAddr.City")


@pytest.mark.parametrize(
    ("path", "value", "clean"),
    [
        ("GivenName", "  Jane  ", "Jane"),
        ("DisplayName", "Acme: North", "Acme North"),
        ("DisplayName", "Acme\tNorth\nEast\r", "Acme North East"),
        ("FamilyName", "O'Neil-Müller", "O'Neil-Müller"),
        ("DisplayName", "株式会社", "株式会社"),
        ("CompanyName", "c" * 101, "c" * 100),
        ("DisplayName", "d" * 501, "d" * 500),
        ("PrimaryPhone.FreeFormNumber", "5" * 31, "5" * 30),
        ("BillAddr.City", "a:b", "a:b"),  # only names forbid the colon
        ("Notes", "one\ntwo", "one\ntwo"),
        ("BillAddr.Line1", "1" * 501, "1" * 500),
        ("GivenName", "x" * 99 + " y", "x" * 99),  # no blank is left where it was cut
        ("Unknown.Path", "z" * 9_999, "z" * 9_999),
    ],
)
def test_a_value_is_cleaned_to_what_quickbooks_takes(path, value, clean):
    assert for_quickbooks(path, value)[0] == clean


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("DisplayName", "Acme: North", "forbids"),
        ("GivenName", "g" * 101, "100 characters"),
        ("PrimaryEmailAddr.Address", "e" * 100 + "@x.test", "left out"),
        ("GivenName", "Jane", None),
        ("GivenName", " Jane ", None),
    ],
)
def test_what_was_cleaned_is_said(path, value, words):
    said = for_quickbooks(path, value)[1]
    assert said is None if words is None else path in said and words in said


def test_an_email_is_never_cut():
    """A cut address would be somebody else's."""
    at_most = "e" * 92 + "@xx.test"
    assert len(at_most) == 100
    assert for_quickbooks("PrimaryEmailAddr.Address", at_most) == (at_most, None)
    assert for_quickbooks("PrimaryEmailAddr.Address", "e" + at_most)[0] == ""


@given(st.sampled_from(sorted(LENGTHS)), st.text(max_size=2_100))
def test_cleaning_keeps_to_the_limits_and_changes_nothing_twice(path, value):
    clean, _ = for_quickbooks(path, value)
    assert len(clean) <= LENGTHS[path]
    assert path not in NAME_PATHS["Customer"] or not set(":\t\n\r") & set(clean)
    assert for_quickbooks(path, clean) == (clean, None)


@pytest.mark.parametrize(
    ("value", "first"),
    [
        ("a@x.test", "a@x.test"),
        ("a@x.test, b@x.test", "a@x.test"),
        ("a@x.test;b@x.test", "a@x.test"),
        (" a@x.test ,b@x.test", "a@x.test"),
        ("", ""),
        (", b@x.test", ""),
    ],
)
def test_of_several_addresses_the_first_is_the_main_one(value, first):
    assert first_email(value) == first


@pytest.mark.parametrize(
    ("name", "value", "arrives"),
    [
        ("email", "Jane@X.test, b@x.test", "jane@x.test"),
        ("city", " Ulm ", "Ulm"),
        ("firstname", "Jane", "Jane"),
        ("company", "A:B", "A:B"),
    ],
)
def test_a_value_as_hubspot_takes_it(name, value, arrives):
    assert for_hubspot(name, value) == arrives


@pytest.mark.parametrize(
    ("field", "hubspot", "quickbooks", "equal"),
    [
        (CITY, "Ulm", "Ulm", True),
        (CITY, " Ulm ", "Ulm", True),
        (CITY, "New  York", "New York", True),
        (CITY, "Ulm", "ulm", False),  # a person may correct the case
        (CITY, "Ulm", "", False),
        (CITY, "", "  ", True),
        (EMAIL, "Jane@X.test", "jane@x.test", True),
        (EMAIL, "jane@x.test", "jane@x.test, b@x.test", True),
        (EMAIL, "b@x.test", "jane@x.test, b@x.test", False),
        (NAME, "Ja:ne", "Ja ne", True),
        (NAME, "n" * 120, "n" * 100, True),
        (NAME, "n" * 120, "n" * 99, False),
        (NAME, ":", "", False),  # it cannot cross: that is not what an empty field says
    ],
)
def test_two_values_are_the_same_but_for_what_a_vendor_changes(field, hubspot, quickbooks, equal):
    assert same(field, hubspot, quickbooks) is equal


def changing(*transforms) -> Field:
    return Field("notes", "Notes", transform=tuple(Transform.model_validate(one) for one in transforms))


KINDS = changing({"map": {"customer": "Kunde", "lead": "Anfrage"}})


@pytest.mark.parametrize(
    ("field", "hubspot", "quickbooks", "equal"),
    [
        (changing({"number": 2}), "10", "10.00", True),
        (changing({"number": 2}), "10", "10", True),
        (changing({"number": 2}), "10", "10.01", False),
        (changing({"number": 2}), "10.001", "10.002", True),  # nothing that QuickBooks could show
        (changing(), "10", "10.00", False),  # without {number: …} a text is a text
        (changing({"date": "%d/%m/%Y"}), "2026-11-21", "21/11/2026", True),
        (changing({"date": "%d/%m/%Y"}), "1795219200000", "21/11/2026", True),
        (changing({"date": "%d/%m/%Y"}), "2026-11-21", "22/11/2026", False),
        (changing({"phone": "US"}), "(415) 555-2671", "+1 415-555-2671", True),
        (changing({"phone": "US"}), "(415) 555-2671", "+1 415-555-2672", False),
        (changing({"phone": "US"}), "call me", "call me", True),
        (changing({"country": "alpha2"}), "Germany", "DEU", True),
        (changing({"country": "alpha2"}), "Germany", "Austria", False),
        (changing("upper"), "ulm", "Ulm", True),
        (changing("upper"), "ulm", "Bonn", False),
        (changing("upper"), "ulm", "", False),
        (changing("upper"), "", "", True),
        (changing({"map": {"a": "x"}}, "upper"), "a", "X", True),  # X has no way back, yet it is what a becomes
        (KINDS, "customer", "Kunde", True),
        (KINDS, "customer", "Anfrage", False),
        (KINDS, "partner", "", False),
        (KINDS, "partner", "Lieferant", False),  # that neither can cross does not make them the same
    ],
)
def test_two_values_are_the_same_but_for_what_the_transforms_change(field, hubspot, quickbooks, equal):
    assert same(field, hubspot, quickbooks) is equal


def test_the_transforms_come_before_what_the_vendor_takes():
    row = Field("firstname", "GivenName", transform=(Transform.model_validate("title"),))
    assert row.to_quickbooks(" ja:ne ") == ("Ja Ne", "GivenName: characters that QuickBooks forbids were taken out")
    assert row.to_hubspot(" JANE ") == ("Jane", None)


def test_what_a_transform_says_names_the_property():
    assert KINDS.to_quickbooks("partner") == ("", "notes: map: the value has no entry in the map and does not cross")
    assert KINDS.to_hubspot("Lieferant") == ("", "notes: map: the value has no entry in the map and does not cross")


def test_a_row_of_the_settings_brings_its_transforms_with_it():
    given_row = FieldRow(hubspot="city", quickbooks="BillAddr.City", transform=["upper"])
    (row,) = [r for r in field_table(Contacts(direction="to_hubspot", fields=[given_row])) if r.hubspot == "city"]
    assert row.to_quickbooks("Ulm") == ("ULM", None)
    assert field_table(Contacts())[0].transform == ()


def test_short_values_are_held_whole_and_long_ones_as_digests():
    assert held("x" * HELD_MAX) == "x" * HELD_MAX
    long = held("x" * (HELD_MAX + 1))
    assert "xx" not in long
    assert len(long) <= HELD_MAX
    assert held(long) == long
    assert long != held("x" * (HELD_MAX + 2))


DESIGN = {
    "firstname": "GivenName", "lastname": "FamilyName", "email": "PrimaryEmailAddr.Address",
    "phone": "PrimaryPhone.FreeFormNumber", "mobilephone": "Mobile.FreeFormNumber", "fax": "Fax.FreeFormNumber",
    "website": "WebAddr.URI", "address": "BillAddr.Line1", "city": "BillAddr.City",
    "state": "BillAddr.CountrySubDivisionCode", "zip": "BillAddr.PostalCode", "country": "BillAddr.Country",
}  # fmt: skip


def test_the_defaults_are_those_of_the_design():
    both_ways = {row.hubspot: row.quickbooks for row in CONTACT_FIELDS if row.direction == "both"}
    one_way = {(row.hubspot, row.quickbooks, row.direction) for row in CONTACT_FIELDS if row.direction != "both"}
    assert both_ways == DESIGN
    assert one_way == {
        (COMPANY_NAME, "CompanyName", "to_quickbooks"),
        (WANTED_NAME, "DisplayName", "to_quickbooks"),
        ("company", "CompanyName", "to_hubspot"),
    }


def test_a_row_of_the_settings_replaces_the_default_of_the_same_pair():
    given_row = FieldRow(hubspot="phone", quickbooks="PrimaryPhone.FreeFormNumber", direction="to_hubspot", clears=True)
    table = field_table(Contacts(fields=[given_row]))
    (row,) = [row for row in table if row.hubspot == "phone"]
    assert (row.direction, row.clears) == ("to_hubspot", True)
    assert len(table) == len(CONTACT_FIELDS)


def test_a_row_of_the_settings_may_add_or_switch_off():
    rows = [
        FieldRow(hubspot="jobtitle", quickbooks="Notes", direction="to_quickbooks"),
        FieldRow(hubspot="fax", quickbooks="Fax.FreeFormNumber", enabled=False),
    ]
    names = {row.hubspot for row in field_table(Contacts(fields=rows))}
    assert "jobtitle" in names
    assert "fax" not in names


@pytest.mark.parametrize(
    ("direction", "gone", "side"),
    [("to_quickbooks", "company", Side.QUICKBOOKS), ("to_hubspot", COMPANY_NAME, Side.HUBSPOT)],
)
def test_no_row_is_wider_than_the_settings_direction(direction, gone, side):
    table = field_table(Contacts(direction=direction))
    assert all(row.writes(side) and not row.writes(side.other) for row in table)
    assert gone not in {row.hubspot for row in table}
    assert "email" in {row.hubspot for row in table}


def test_narrowing_loses_nothing_else_of_a_row():
    rows = [FieldRow(hubspot="city", quickbooks="BillAddr.City", clears=True, conflict="ask")]
    (row,) = [r for r in field_table(Contacts(direction="to_hubspot", fields=rows)) if r.hubspot == "city"]
    assert (row.clears, row.conflict) == (True, "ask")


def test_hubspot_is_asked_for_what_identity_and_merging_rest_on():
    asked = hubspot_properties(Kind.CUSTOMER, (Field("jobtitle", "Notes"), Field(COMPANY_NAME, "CompanyName")))
    assert {"jobtitle", "email", "hs_additional_emails", "hs_merged_object_ids", "lastmodifieddate"} <= set(asked)
    assert COMPANY_NAME not in asked


@pytest.mark.parametrize(
    ("field", "there", "is_same"),
    [
        (EMAIL, "jane@x.example, jim@x.example", True),
        (Field("email", "Notes"), "jane@x.example, call before noon", False),
        (Field("email", "Notes"), "jane@x.example", True),
        (Field("billing_email", "PrimaryEmailAddr.Address"), "jane@x.example, jim@x.example", False),
    ],
)
def test_only_the_row_of_the_addresses_reads_a_list_of_them(field, there, is_same):
    """Elsewhere in QuickBooks an e-mail is a text, and what follows its comma is no address."""
    assert same(field, "jane@x.example", there) is is_same


# --- products and invoices --------------------------------------------------------------------------------------------

PRICE, KIND_OF_ITEM = (row for row in PRODUCT_FIELDS if row.hubspot in ("price", "hs_product_type"))
CREW_SIZE = Field("crew_size", "CustomField[Crew size]", "to_hubspot", entity=INVOICE, type="number")


@pytest.mark.parametrize(
    ("path", "value", "clean"),
    [
        ("Name", "Chair: red\t1\n", "Chair red 1"),
        ("Name", "n" * 101, "n" * 100),
        ("Description", "one:\ntwo", "one:\ntwo"),
        ("Description", "d" * 4_001, "d" * 4_000),
        ("Sku", "S-1:2", "S-1:2"),
        ("Sku", "s" * 100, "s" * 100),
        ("Sku", "s" * 101, ""),  # what is left of it could be another product's
        ("UnitPrice", " 20.00 ", "20"),
        ("UnitPrice", "19.990", "19.99"),
        ("UnitPrice", "1E-7", "0.0000001"),
        ("UnitPrice", "1e+3", "1000"),
        ("UnitPrice", "-0.00", "0"),
        ("UnitPrice", "", ""),
        ("UnitPrice", "on request", ""),
        ("UnitPrice", "1,000", ""),
    ],
)
def test_a_value_is_cleaned_to_what_an_item_takes(path, value, clean):
    arrives, said = for_quickbooks(path, value, ITEM)
    assert arrives == clean
    assert said is None or path in said
    assert said or clean or not value, "what does not cross is said"


@pytest.mark.parametrize(
    ("field", "hubspot", "quickbooks", "equal"),
    [
        (PRICE, "20", "20.00", True),
        (PRICE, "20.0", "2E+1", True),
        (PRICE, "0.1", "0.10000", True),
        (PRICE, "20", "20.01", False),
        (PRICE, "", "", True),
        (PRICE, "", "0", False),  # no price is not a price of nothing
        (PRICE, "20", "", False),
        (PRICE, "on request", "", False),
        (Field("name", "Name", entity=ITEM), "20", "20.00", False),  # a name is no number, even if it looks like one
        (CREW_SIZE, "4", "4.0", True),
        (CREW_SIZE, "4", "four", False),
        (KIND_OF_ITEM, "service", "Service", True),
        (KIND_OF_ITEM, "non_inventory", "NonInventory", True),
        (KIND_OF_ITEM, "service", "Inventory", False),
    ],
)
def test_numbers_are_the_same_however_they_are_written(field, hubspot, quickbooks, equal):
    assert same(field, hubspot, quickbooks) is equal


@pytest.mark.parametrize(
    ("field", "value", "arrives", "said"),
    [
        (PRICE, "19.99", "19.99", None),
        (PRICE, "1E+2", "100", None),
        (PRICE, "20.00", "20", None),
        (CREW_SIZE, "04", "4", None),
        (CREW_SIZE, "", "", None),
        (CREW_SIZE, "four", "", "crew_size: it cannot be read as a number and does not cross"),
        (Field("crew_number", "CustomField[Crew #]", "to_hubspot", entity=INVOICE, type="string"), "04", "04", None),
        (Field("tax_note", "UnitPrice", "to_hubspot", entity=ITEM, type="string"), "2E+1", "20", None),
        (KIND_OF_ITEM, "NonInventory", "non_inventory", None),
        (KIND_OF_ITEM, "Bundle", "", "hs_product_type: map: the value has no entry in the map and does not cross"),
    ],
)
def test_a_number_reaches_hubspot_as_a_plain_decimal(field, value, arrives, said):
    assert field.to_hubspot(value) == (arrives, said)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**11), max_value=10**11))
def test_a_price_is_the_same_after_it_crossed_both_ways(amount):
    there, _ = PRICE.to_quickbooks(f"{amount:E}")
    back, _ = PRICE.to_hubspot(there)
    assert Decimal(back) == amount
    assert "E" not in back
    assert same(PRICE, str(amount), there)


@pytest.mark.parametrize(
    ("field", "before", "now", "still"),
    [
        (PRICE, "20", "20.0", True),
        (PRICE, "20", "20.5", False),
        (PRICE, "20", "", False),
        (PRICE, "", "", True),
        (CITY, "20", "20.0", False),
        (CITY, held("x" * 200), "x" * 200, True),
        (CITY, held("x" * 200), "x" * 201, False),
    ],
)
def test_a_side_that_writes_a_number_otherwise_has_not_changed_it(field, before, now, still):
    assert unchanged(field, before, now) is still


@pytest.mark.parametrize(
    ("section", "rows", "entity"),
    [(Contacts(), CONTACT_FIELDS, "Customer"), (Invoices(), INVOICE_FIELDS, "Invoice")],
)
def test_each_section_has_its_own_rows(section, rows, entity):
    assert field_table(section) == rows
    assert {row.entity for row in rows} == {entity}


def test_products_go_to_hubspot_only_unless_their_settings_say_otherwise():
    assert {row.direction for row in field_table(Products())} == {"to_hubspot"}
    assert field_table(Products(direction="both")) == PRODUCT_FIELDS
    assert {(row.hubspot, row.quickbooks, row.direction) for row in PRODUCT_FIELDS} == {
        ("name", "Name", "both"), ("description", "Description", "both"), ("hs_sku", "Sku", "both"),
        ("price", "UnitPrice", "both"), ("hs_cost_of_goods_sold", "PurchaseCost", "both"),
        ("hs_product_type", "Type", "to_hubspot"),
    }  # fmt: skip


def test_a_row_of_the_settings_knows_its_entity_and_type_and_keeps_the_map_of_the_default():
    rows = [
        FieldRow(hubspot="crew_size", quickbooks="CustomField[Crew size]", type="number"),
        FieldRow(hubspot="hs_due_date", quickbooks="DueDate", enabled=False),
    ]
    table = {row.hubspot: row for row in field_table(Invoices(fields=rows))}
    assert table["crew_size"] == CREW_SIZE
    assert "hs_due_date" not in table
    again = FieldRow(hubspot="hs_product_type", quickbooks="Type", direction="to_hubspot", conflict="ask")
    (row,) = [one for one in field_table(Products(fields=[again])) if one.hubspot == "hs_product_type"]
    assert (row.conflict, row.to_hubspot("Service")) == ("ask", ("service", None))


@pytest.mark.parametrize(
    ("kind", "fields", "asked"),
    [
        (Kind.PRODUCT, (Field("tax", "Taxable", entity=ITEM),), {"tax", "name", "hs_sku", "hs_lastmodifieddate"}),
        (Kind.INVOICE, (CREW_SIZE,), {"crew_size", "hs_currency", "hs_invoice_status", "hs_lastmodifieddate"}),
    ],
)
def test_each_kind_is_asked_for_what_its_identity_rests_on(kind, fields, asked):
    properties = set(hubspot_properties(kind, fields))
    assert asked <= properties
    assert "email" not in properties
