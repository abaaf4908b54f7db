"""The settings file: the design's sample is read, and each mistake gives a line."""

from __future__ import annotations

import copy

import pytest
import yaml

from chalicelib.settings import KINDS, Contacts, Settings, SettingsError, read

SAMPLE = """
connection: "48120771:9130350000000000"
contacts:
  enabled: true
  direction: both             # to_quickbooks | to_hubspot | both
  conflict: hubspot           # hubspot | quickbooks | newest | ask
  match: email                # email | none
  display_name: company       # company | person
  on_name_taken: reject       # reject | qualify | share | sub_customer
  deletes: ignore             # ignore | archive
  without_email: exclude      # exclude | include
  shared: false               # true: also records born in another company's books on this portal
  filters:
    to_quickbooks:
      - all:
          - {property: invoice.hs_invoice_status, operator: none_of, values: [draft]}
          - {property: invoice.hs_createdate, operator: after, value: "2026-11-21"}
          - {property: invoice.hs_invoice_source, operator: any_of, values: [hubspot]}
    to_hubspot: []
  fields:                     # on top of the defaults; enabled: false switches a default off
    - {hubspot: jobtitle, quickbooks: Notes, direction: to_quickbooks}
products:
  enabled: true
  direction: to_hubspot
  match: sku                  # sku | name | none
  deletes: ignore
  create:                     # for new QBO items
    type: Service             # Service | NonInventory
    income_account: "Sales of Product Income"
invoices:
  enabled: true
  direction: to_hubspot
  deletes: ignore
  fields:
    - {hubspot: crew_number, quickbooks: "CustomField[Crew #]", direction: to_hubspot}
"""


def sample() -> dict:
    raw = yaml.safe_load(SAMPLE)
    raw["contacts"]["filters"]["to_quickbooks"] = []
    return raw


def lines(raw) -> list[str]:
    with pytest.raises(SettingsError) as wrong:
        read(raw)
    return wrong.value.lines


def test_the_designs_sample_is_read():
    settings = read(sample())
    assert settings.connection == "48120771:9130350000000000"
    assert settings.contacts == Contacts(fields=settings.contacts.fields)  # all the others say the default
    (row,) = settings.contacts.fields
    assert (row.hubspot, row.quickbooks, row.direction, row.enabled) == ("jobtitle", "Notes", "to_quickbooks", True)
    assert settings.products is not None
    assert (settings.products.match, settings.products.create.type) == ("sku", "Service")
    assert settings.invoices is not None
    assert settings.invoices.fields[0].quickbooks == "CustomField[Crew #]"


def test_the_designs_sample_file_is_read_whole():
    """Its filters ask about associated invoices."""
    groups = read(yaml.safe_load(SAMPLE)).contacts.filters.to_quickbooks
    assert [one.property for one in groups[0].all] == [
        "invoice.hs_invoice_status",
        "invoice.hs_createdate",
        "invoice.hs_invoice_source",
    ]


def test_a_condition_on_an_object_that_no_contact_is_associated_with_is_refused():
    """A filter that is silently passed over would let records through."""
    raw = sample()
    condition = {"property": "spaceship.name", "operator": "known"}
    raw["contacts"]["filters"]["to_quickbooks"] = [{"all": [condition]}]
    [told] = lines(raw)
    assert told.startswith("contacts.filters.to_quickbooks: spaceship.name: ")
    assert "company" in told


def test_a_path_in_quickbooks_is_no_associated_record():
    raw = sample()
    condition = {"property": "BillAddr.City", "operator": "equals", "value": "Ulm"}
    raw["contacts"]["filters"]["to_hubspot"] = [{"all": [condition]}]
    assert read(raw).contacts.filters.to_hubspot[0].all[0].property == "BillAddr.City"


@pytest.mark.parametrize("raw", [{}, {"connection": None}, {"contacts": {}}, {"contacts": {"filters": {}}}])
def test_what_is_left_out_has_its_default(raw):
    assert read(raw).contacts == Settings().contacts


def test_products_and_invoices_wait_until_a_file_names_them():
    """A release that learns of them must not begin to sync them by itself."""
    settings = read({})
    assert [settings.enabled(kind) for kind in KINDS] == [True, False, False]
    assert read({"products": {}}).enabled("products")
    assert not read({"products": {"enabled": False}}).enabled("products")


@pytest.mark.parametrize("name", ["products", "invoices"])
def test_what_an_earlier_release_took_of_products_and_invoices_counts_as_left_out(name):
    """It took any content; workers go on."""
    settings = read({**sample(), name: {"anything": "goes", "direction": "up"}})
    assert settings.of(name) is None
    assert settings.contacts.fields


def test_what_is_stored_reads_back_the_same():
    settings = read(sample())
    assert read(settings.model_dump(mode="json")) == settings


def test_a_condition_stored_without_its_type_is_read():
    condition = {"property": "city", "operator": "equals", "value": "Ulm", "values": []}
    raw = {"contacts": {"filters": {"to_quickbooks": [{"all": [condition]}], "to_hubspot": []}}}
    assert read(raw).contacts.filters.to_quickbooks[0].all[0].type is None


@pytest.mark.parametrize("raw", [None, [], "contacts", 7])
def test_a_file_that_is_no_mapping_says_how_to_begin(raw):
    (line,) = lines(raw)
    assert "contacts:" in line


def changed(path, value) -> dict:
    raw = copy.deepcopy(sample())
    place = raw
    *steps, last = path.split(".")
    for step in steps:
        place = place[int(step)] if isinstance(place, list) else place[step]
    place[int(last) if isinstance(place, list) else last] = value
    return raw


def one_filter(**condition) -> list[dict]:
    return [{"all": [{"property": "city", **condition}]}]


FILTER = "contacts.filters.to_quickbooks"


@pytest.mark.parametrize(
    ("path", "value", "where", "what"),
    [
        ("contcats", {}, "contcats", "no such setting"),
        ("contacts.directoin", "both", "contacts.directoin", "no such setting"),
        ("contacts.direction", "sideways", "contacts.direction", "'to_quickbooks'"),
        ("contacts.conflict", "mine", "contacts.conflict", "'newest'"),
        ("contacts.match", "phone", "contacts.match", "'none'"),
        ("contacts.display_name", "email", "contacts.display_name", "'person'"),
        ("contacts.on_name_taken", "steal", "contacts.on_name_taken", "'sub_customer'"),
        ("contacts.deletes", "delete", "contacts.deletes", "'archive'"),
        ("contacts.without_email", "maybe", "contacts.without_email", "'include'"),
        ("contacts.shared", "perhaps", "contacts.shared", "boolean"),
        ("contacts.enabled", "perhaps", "contacts.enabled", "boolean"),
        ("contacts", None, "contacts", "dictionary"),
        ("contacts.fields.0", {"hubspot": "jobtitle"}, "contacts.fields.0.quickbooks", "required"),
        ("contacts.fields.0.direction", "up", "contacts.fields.0.direction", "'both'"),
        ("contacts.fields.0.clear", True, "contacts.fields.0.clear", "no such setting"),
        (FILTER, [{"all": []}], f"{FILTER}.0.all", "at least 1"),
        (FILTER, [{"any": []}], f"{FILTER}.0.any", "no such setting"),
        (FILTER, one_filter(operator="like", value="x"), f"{FILTER}.0.all.0.operator", "'not_contains'"),
        (FILTER, one_filter(operator="any_of", value="x"), f"{FILTER}.0.all.0", "needs `values"),
        (FILTER, one_filter(operator="none_of", values=[]), f"{FILTER}.0.all.0", "needs `values"),
        (FILTER, one_filter(operator="equals"), f"{FILTER}.0.all.0", "needs `value:"),
        (FILTER, one_filter(operator="after"), f"{FILTER}.0.all.0", "needs `value:"),
        (FILTER, one_filter(operator="equals", values=["x"]), f"{FILTER}.0.all.0", "needs `value: x`"),
        ("contacts.create", {"lifecycle": "lead"}, "contacts.create.lifecycle", "no such setting"),
        ("contacts.fields.0.transform", ["fly"], "contacts.fields.0.transform.0", "no transform 'fly'"),
    ],
)
def test_a_mistake_gives_a_line_that_says_where_and_what(path, value, where, what):
    told = lines(changed(path, value))
    assert any(line.startswith(f"{where}: ") and what in line for line in told)


def test_every_mistake_has_its_own_line():
    raw = changed("contacts.direction", "sideways")
    raw["contacts"]["conflict"] = "mine"
    raw["contracts"] = {}
    with pytest.raises(SettingsError) as wrong:
        read(raw)
    assert len(wrong.value.lines) == 3
    assert str(wrong.value) == "\n".join(wrong.value.lines)


@pytest.mark.parametrize(
    ("value", "operator", "read_as"),
    [
        ("2026-11-21", "after", "2026-11-21"),  # YAML makes a date of it
        ('"2026-11-21"', "after", "2026-11-21"),
        ("2026-11-21T10:00:00", "before", "2026-11-21T10:00:00"),
        ("5", "greater_than", 5),
        ("true", "equals", True),
        ("Ulm", "equals", "Ulm"),
    ],
)
def test_a_value_may_be_written_as_yaml_takes_it(value, operator, read_as):
    raw = changed(FILTER, yaml.safe_load(f"[all: [{{property: createdate, operator: {operator}, value: {value}}}]]"))
    assert read(raw).contacts.filters.to_quickbooks[0].all[0].value == read_as


@pytest.mark.parametrize(("value", "text"), [(5, "5"), (2.5, "2.5"), (True, "true"), ("x", "x")])
def test_values_are_texts(value, text):
    raw = changed(FILTER, one_filter(operator="any_of", values=[value]))
    assert read(raw).contacts.filters.to_quickbooks[0].all[0].values == [text]


@pytest.mark.parametrize("operator", ["known", "unknown"])
def test_some_operators_need_no_operand(operator):
    assert read(changed(FILTER, one_filter(operator=operator))).contacts.filters.to_quickbooks


def test_settings_cannot_be_changed_by_whoever_holds_them():
    settings = read(sample())
    with pytest.raises(ValueError, match="frozen"):
        settings.contacts.direction = "to_hubspot"


@pytest.mark.parametrize(
    ("said", "winner"),
    [
        ({}, "quickbooks"),
        ({"direction": "to_hubspot"}, "quickbooks"),
        ({"direction": "both"}, "hubspot"),
        ({"direction": "to_quickbooks"}, "hubspot"),
        ({"conflict": "ask"}, "ask"),
        ({"direction": "to_hubspot", "conflict": "hubspot"}, "hubspot"),
    ],
)
def test_where_nothing_goes_to_quickbooks_its_products_win(said, winner):
    """Else a product that is linked for the first time would keep another price than the books for good."""
    products = read({"products": said}).products
    assert products is not None
    assert products.conflict == winner
    assert read({"products": products.model_dump(mode="json")}).products == products


def test_invoices_are_led_by_quickbooks_and_their_payments_are_noted():
    invoices = read({"invoices": {}}).invoices
    assert invoices is not None
    assert (invoices.conflict, invoices.payments) == ("quickbooks", "note")
