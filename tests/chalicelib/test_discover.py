"""What is made of the vendors' answers about themselves, as tables; and of answers that make no sense."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.discover import accounts_in, custom_fields_in, owners_in, properties_in
from chalicelib.settings.metadata import Account, CustomField, Metadata, Option, Owner, Property, from_body, to_body

PLAIN = {"name": "city", "label": "City", "type": "string", "fieldType": "text"}


def prop(**more: Any) -> Property:
    [one] = properties_in([{**PLAIN, **more}]).values()
    return one


@pytest.mark.parametrize(("more", "read_only"), [
    ({}, False),
    ({"calculated": True}, True),
    ({"calculated": False, "modificationMetadata": {"readOnlyValue": False, "readOnlyDefinition": True}}, False),
    ({"modificationMetadata": {"readOnlyValue": True}}, True),
    ({"modificationMetadata": None}, False), ({"modificationMetadata": [True]}, False), ({"calculated": "no"}, False),
])  # fmt: skip
def test_a_property_is_read_only_if_its_value_is(more, read_only):
    """A read-only definition, as all of HubSpot's own have, says nothing about the value."""
    assert prop(**more).read_only is read_only


@pytest.mark.parametrize(("row", "kept"), [
    (PLAIN, [Property("city", "City", "string", "text")]),
    ({**PLAIN, "hidden": True}, [Property("city", "City", "string", "text")]),
    ({**PLAIN, "archived": True}, []),
    ({**PLAIN, "label": None}, [Property("city", "city", "string", "text")]),
    ({"name": "city"}, [Property("city", "city", "")]),
    ({**PLAIN, "type": "object_coordinates"}, [Property("city", "City", "object_coordinates", "text")]),
    ({"label": "City"}, []), ({"name": {}}, []), ("city", []), (None, []),
])  # fmt: skip
def test_each_live_property_is_kept(row, kept):
    assert list(properties_in([row]).values()) == kept


@pytest.mark.parametrize(("options", "kept"), [
    ([{"value": "data_sync", "label": "Data Sync"}], (Option("data_sync", "Data Sync"),)),
    ([{"value": "a", "label": "A", "hidden": True}], (Option("a", "A"),)),
    ([{"value": 1, "label": 1.5}], (Option("1", "1.5"),)),
    ([{"value": "a"}], (Option("a", "a"),)),
    ([{"label": "A"}, "a", None, {"value": True}], ()),
    (None, ()), ({}, ()), ("draft", ()),
])  # fmt: skip
def test_choices_keep_value_and_label(options, kept):
    assert prop(type="enumeration", options=options).options == kept


@pytest.mark.parametrize(("rows", "kept"), [
    ([{"id": "1", "email": "a@b.example", "archived": False}], (Owner("1", "a@b.example"),)),
    ([{"id": 1, "email": None}], (Owner("1", ""),)),
    ([{"id": "1", "archived": True}, {"email": "a@b.example"}, 7], ()),
    (None, ()),
])  # fmt: skip
def test_owners_that_can_be_given_records(rows, kept):
    assert owners_in(rows) == kept


@pytest.mark.parametrize(("rows", "kept"), [
    ([{"Id": "79", "Name": "Sales", "AccountType": "Income", "Active": True}], (Account("79", "Sales", "Income"),)),
    ([{"Id": "79", "Name": "Sales"}], (Account("79", "Sales", ""),)),
    ([{"Id": 79, "Name": "Sales", "Active": False}], (Account("79", "Sales", "", active=False),)),
    ([{"Id": "79", "Name": "Sales", "Active": "false"}], (Account("79", "Sales", "", active=False),)),
    ([{"Id": "79"}, {"Name": "Sales"}, "Sales"], ()),
    ({}, ()),
])  # fmt: skip
def test_accounts(rows, kept):
    assert accounts_in(rows) == kept


def used(number: int, value: Any = True) -> dict[str, Any]:
    return {"Name": f"SalesFormsPrefs.UseSalesCustom{number}", "Type": "BooleanType", "BooleanValue": value}


def named(number: int, name: str) -> dict[str, Any]:
    return {"Name": f"SalesFormsPrefs.SalesCustomName{number}", "Type": "StringType", "StringValue": name}


CREW = CustomField("1", "Crew #")


@pytest.mark.parametrize(("groups", "kept"), [
    ([{"CustomField": [used(1)]}, {"CustomField": [named(1, "Crew #")]}], (CREW,)),
    ([{"CustomField": [used(3, False), used(1)]}, {"CustomField": [named(3, "Old"), named(1, "Crew #")]}], (CREW,)),
    ([{"CustomField": [used(2), used(1)]}, {"CustomField": [named(2, "Van"), named(1, " Crew # ")]}],
     (CREW, CustomField("2", "Van"))),
    ([{"CustomField": [named(1, "Crew #")]}], (CREW,)),
    ([{"CustomField": [used(1, "true")]}, {"CustomField": [named(1, "Crew #")]}], (CREW,)),
    ([{"CustomField": [used(1, "false")]}, {"CustomField": [named(1, "Crew #")]}], ()),
    ([{"CustomField": used(1)}, {"CustomField": named(1, "Crew #")}], (CREW,)),
    ([used(1), named(1, "Crew #")], (CREW,)),
    ([{"CustomField": [used(1)]}], ()),
    ([{"CustomField": [{"Name": "SalesFormsPrefs.SalesCustomNameX", "StringValue": "Crew #"}]}], ()),
    (None, ()), ({}, ()), ("Crew #", ()), ([None, 1, []], ()),
])  # fmt: skip
def test_custom_fields_that_are_switched_on(groups, kept):
    """Their definition ids are the numbers in the preferences' names; what QuickBooks does not tell stays open."""
    assert custom_fields_in({"SalesFormsPrefs": {"CustomField": groups}}) == kept


def test_a_custom_field_of_purchase_orders_is_known_as_such():
    """So that a mapping of it is refused with the reason, instead of as unknown."""
    named = {"Name": "PurchasePrefs.PurchaseCustomName2", "Type": "StringType", "StringValue": "Vendor code"}
    used = {"Name": "PurchasePrefs.UsePurchaseNameCustom2", "Type": "BooleanType", "BooleanValue": True}
    preferences = {"VendorAndPurchasesPrefs": {"POCustomField": [{"CustomField": [used]}, {"CustomField": [named]}]}}
    assert custom_fields_in(preferences) == (CustomField("order 2", "Vendor code", on_sales_forms=False),)


@pytest.mark.parametrize("preferences", [{}, None, [], {"SalesFormsPrefs": None}, {"SalesFormsPrefs": []}])
def test_a_company_without_custom_fields_has_none(preferences):
    assert custom_fields_in(preferences) == ()


NAMES = st.sampled_from([
    "name", "label", "type", "fieldType", "options", "value", "archived", "calculated", "modificationMetadata",
    "readOnlyValue", "id", "email", "Id", "Name", "AccountType", "Active", "SalesFormsPrefs", "CustomField",
    "BooleanValue", "StringValue",
])  # fmt: skip
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(),
    st.sampled_from(["SalesFormsPrefs.UseSalesCustom1", "SalesFormsPrefs.SalesCustomName1", "true", "\ud800"]),
)  # fmt: skip
ANYTHING = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=5), max_leaves=30
)


@given(ANYTHING)
def test_whatever_a_vendor_answers_is_read_and_can_be_kept(answer):
    """Nothing that JSON can say breaks it, and it survives the table."""
    found = Metadata(
        hubspot={"contacts": properties_in(answer)},
        custom_fields=custom_fields_in(answer),
        accounts=accounts_in(answer),
        owners=owners_in(answer),
    )
    assert from_body(to_body(found)) == found


@given(st.lists(st.fixed_dictionaries({"name": st.text(min_size=1)}, optional={"options": ANYTHING, "type": LEAVES})))
def test_each_property_that_has_a_name_is_there(rows):
    assert properties_in(rows).keys() == {row["name"] for row in rows}
