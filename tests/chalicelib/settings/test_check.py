"""The check of a settings file: each kind of mistake has its line, its words and the nearest right thing."""

from __future__ import annotations

import textwrap
from dataclasses import replace
from datetime import date

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.settings import read
from chalicelib.settings.check import Facts, check, notes, rests_on_metadata, settings_of
from chalicelib.settings.lines import parse
from chalicelib.settings.metadata import Metadata
from chalicelib.settings.recommended import recommended
from chalicelib.settings.resolved import resolved
from tests.chalicelib.settings.facts import METADATA
from tests.chalicelib.settings.test_model import SAMPLE

HERE = "48120771:9130350000000000"
FACTS = Facts(HERE)


def told(text: str, metadata: Metadata | None = METADATA, facts: Facts = FACTS) -> list[tuple[int, str]]:
    return [(one.line, one.message) for one in check(parse(textwrap.dedent(text)), metadata, facts)]


TWENTY = """\
connection: "48120771:1"
contacts:
  direction: both
  conflict: hubspt
  enabled: perhaps
  matches: email
  conflict: newest
  create:
    lifecycle_stage: custommer
  filters:
    to_quickbooks:
      - all:
          - {property: lifecyclestag, operator: known}
          - {property: city, operator: before, value: "2026-11-21"}
          - {property: createdate, operator: after, value: "21.11.2026"}
          - {property: tier, operator: any_of, values: [Golden]}
          - {property: tier, operator: any_of, value: Gold}
      - all: []
  fields:
    - {hubspot: jobtitel, quickbooks: Notes}
    - {hubspot: jobtitle, quickbooks: Notse}
    - {hubspot: visits, quickbooks: ResaleNum}
    - {hubspot: hs_email_domain, quickbooks: AlternatePhone.FreeFormNumber}
    - {hubspot: mobilephone, quickbooks: PrimaryPhone.FreeFormNumber}
    - {quickbooks: Suffix, direction: to_quickbooks}
products:
  direction: both
  create:
    income_account: Sales of Produkt Income
invoices:
  fields:
    - {hubspot: crew_number, quickbooks: "CustomField[Crew]"}
"""
LINES = [1, 4, 5, 6, 7, 9, 13, 14, 15, 16, 17, 18, 20, 21, 22, 23, 24, 25, 29, 32]


def test_twenty_different_mistakes_give_twenty_messages_each_with_its_line():
    """None hides another, and none is told twice."""
    found = told(TWENTY)
    assert [line for line, _ in found] == LINES
    assert len({message for _, message in found}) == len(LINES) == 20


def row(text: str) -> str:
    return f"contacts:\n  fields:\n    - {{{text}}}\n"


def filtered(text: str, side: str = "to_quickbooks") -> str:
    return f"contacts:\n  filters:\n    {side}:\n      - all:\n          - {{{text}}}\n"


def invoice_row(text: str) -> str:
    return f"invoices:\n  fields:\n    - {{{text}}}\n"


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("", 1, "begin with `contacts:`"),
        ("- a\n", 1, "begin with `contacts:`"),
        ("contacts:\n", 1, "it is empty"),
        ("contacts: yes\n", 1, "true stands where keys are wanted: enabled"),
        ("contacts:\n  fields:\n", 2, "it is empty"),
        ("contacts:\n  fields: {hubspot: a}\n", 2, "a list is wanted"),
        ("contacts:\n  directoin: both\n", 2, "did you mean direction?"),
        ("contacts:\n  x: 1\n", 2, "there are: enabled, direction"),
        ("contacts:\n  direction: to_quickboks\n", 2, "did you mean to_quickbooks?"),
        ("contacts:\n  match: 5\n", 2, "there are: email, none"),
        ("contacts:\n  shared: perhaps\n", 2, "neither true nor false"),
        ("contacts:\n  create: {owner: 5}\n", 2, "put 5 in quotes"),
        ("invoices:\n  direction: both\n", 2, "there are: to_hubspot"),
        ("invoices:\n  match: sku\n", 2, "there is no `match` here"),
        ('connection: "1:2"\n', 1, f"not for {HERE}"),
        (
            filtered("property: zip, operator: equals, value: 01234"),
            5,
            'YAML reads 01234 without quotes as 668: write "0',
        ),
        (filtered("property: zip, operator: any_of, values: [12:30]"), 5, 'write "12:30"'),
        (filtered("property: city, operator: equals, value: 1.50"), 5, 'without quotes as 1.5: write "1.50"'),
        (
            filtered("property: visits, operator: equals, value: 010"),
            5,
            'YAML reads 010 without quotes as 8: write "01',
        ),
        (filtered("property: city, operator: befor, value: x"), 5, "did you mean before?"),
        (filtered("property: city, operatr: equals, value: x"), 5, "did you mean operator?"),
        (filtered("operator: known"), 5, "`property` is missing"),
        (filtered("property: city, operator: equals, value: x, type: string"), 5, "there is no `type` here"),
        (filtered("property: city, operator: equals, value: [x]"), 5, "several values go into `values`"),
        (filtered("property: city, operator: equals, values: [Ulm]"), 5, "equals needs `value: Ulm`"),
        (filtered("property: city, operator: any_of, value: Ulm"), 5, "any_of needs `values: [Ulm]`"),
        (filtered("property: city, operator: any_of, values: Ulm"), 5, "a list is wanted, in brackets: [Ulm]"),
        (filtered("property: city, operator: any_of, values: [Ulm], value: Ulm"), 5, "looks at `values` only"),
        (filtered("property: city, operator: equals, values: [Ulm], value: Ulm"), 5, "looks at `value` only"),
        (filtered("property: city, operator: known, value: Ulm"), 5, "known takes no value"),
        (filtered("property: city, operator: unknown, values: [Ulm]"), 5, "unknown takes no value"),
        (filtered("property: citi, operator: known"), 5, "did you mean city?"),
        (filtered("property: Job Titel, operator: known"), 5, "did you mean jobtitle (Job Title)?"),
        (filtered("property: zzz, operator: known"), 5, "no property zzz"),
        (filtered("property: invoice.hs_invoice_stat, operator: known"), 5, "invoices have no property"),
        (filtered("property: deal.dealnam, operator: known"), 5, "did you mean dealname"),
        (filtered("property: company.nam, operator: known"), 5, "did you mean name"),
        (filtered("property: compani.name, operator: known"), 5, "did you mean company.name?"),
        (filtered("property: spaceship.name, operator: known"), 5, "names one of: company.…, deal.…, invoice.…"),
        (filtered("property: BillAddr.Citi, operator: known", "to_hubspot"), 5, "did you mean BillAddr.City?"),
        (filtered("property: BillAddr, operator: known", "to_hubspot"), 5, "name one of BillAddr.Line1"),
        (filtered("property: Balance, operator: after, value: 5", "to_hubspot"), 5, "did you mean greater_than?"),
        (filtered("property: city, operator: before, value: x"), 5, "before does not fit city, which is a text"),
        (filtered("property: tier, operator: greater_than, value: 5"), 5, "which is a list of choices"),
        (filtered("property: tier, operator: contains, value: Gold"), 5, "did you mean any_of?"),
        (filtered("property: createdate, operator: greater_than, value: 5"), 5, "did you mean after?"),
        (filtered("property: visits, operator: contains, value: 5"), 5, "which is a number"),
        (filtered("property: vip, operator: after, value: 5"), 5, "which is a checkbox"),
        (filtered("property: visits, operator: equals, value: many"), 5, "many is no number"),
        (filtered('property: visits, operator: equals, value: "1,000"'), 5, "1,000 is no number"),
        (filtered("property: visits, operator: any_of, values: [1, two]"), 5, "two is no number"),
        (filtered("property: vip, operator: equals, value: maybe"), 5, "maybe is neither true nor false"),
        (filtered("property: birthday, operator: before, value: 2026-1-5"), 5, "did you mean 2026-01-05?"),
        (filtered("property: birthday, operator: before, value: 21.11.2026"), 5, "did you mean 2026-11-21?"),
        (filtered("property: birthday, operator: before, value: 20261121"), 5, "did you mean 2026-11-21?"),
        (filtered("property: birthday, operator: before, value: 2026-02-30"), 5, "there is no day 2026-02-30"),
        (filtered("property: birthday, operator: before, value: soon"), 5, "write year, month and day"),
        (filtered("property: birthday, operator: before, value: 2026-11-21T10:00:00"), 5, "without a time"),
        (filtered('property: createdate, operator: after, value: "2026-11-21T25:00"'), 5, "is no time"),
        (filtered("property: tier, operator: any_of, values: [Golden]"), 5, "did you mean gold_1 (Gold)?"),
        (filtered("property: tier, operator: equals, value: x"), 5, "there are: gold_1 (Gold), silver_1 (Silver)"),
        (filtered("property: hubspot_owner_id, operator: equals, value: jon@acme.example"), 5, "(jane@acme.example)?"),
        (filtered("property: birthday, operator: any_of, values: [2026-01-05, later]"), 5, "later is no date"),
        (filtered("property: tier, operator: any_of, values: [no]"), 5, "YAML reads no without quotes as false"),
        (filtered("property: city, operator: equals, value: no"), 5, 'write "no"'),
        (filtered("property: PreferredDeliveryMethod, operator: equals, value: Mail", "to_hubspot"), 5, "Email?"),
        (row("hubspot: jobtitel, quickbooks: Notes"), 3, "did you mean jobtitle (Job Title)?"),
        (row("hubspot: jobtitle, quickbooks: Noets"), 3, "did you mean Notes?"),
        (row("hubspot: jobtitle, quickbooks: GivenNam"), 3, "did you mean GivenName?"),
        (row("hubspot: jobtitle, quickbooks: FreeFormNumber"), 3, "did you mean PrimaryPhone.FreeFormNumber?"),
        (row("hubspot: jobtitle, quickbooks: ShipAddr"), 3, "name one of ShipAddr.Line1"),
        (row("hubspot: jobtitle, quickbooks: Notes, enabled: maybe"), 3, "neither true nor false"),
        (row("hubspot: fox, quickbooks: Fax.FreeFormNumber, enabled: false"), 3, "did you mean fax"),
        (row('hubspot: jobtitle, quickbooks: "CustomField[Crew #]"'), 3, "custom fields on invoices only"),
        (row("hubspot: jobtitle"), 3, "`quickbooks` is missing"),
        (row("hubspot: visits, quickbooks: Notes"), 3, "say direction: to_quickbooks, or give it transform: [{number:"),
        (row("hubspot: visits, quickbooks: Notes, direction: to_hubspot"), 3, "two types go one way into text only"),
        (row("hubspot: birthday, quickbooks: Notes"), 3, "give it transform: [{date:"),
        (row("hubspot: tier, quickbooks: Notes"), 3, "give it transform: [{map:"),
        (row("hubspot: jobtitle, quickbooks: Taxable, direction: to_quickbooks"), 3, "Taxable is a checkbox"),
        (row("hubspot: visits, quickbooks: Notes, transform: [{phone: US}]"), 3, "say direction: to_quickbooks"),
        (row("hubspot: hs_email_domain, quickbooks: Notes"), 3, "say direction: to_quickbooks"),
        (row("hubspot: hs_email_domain, quickbooks: Notes, direction: to_hubspot"), 3, "cannot be written in HubSpot"),
        (
            row("hubspot: visits, quickbooks: Balance"),
            3,
            "Balance cannot be written in QuickBooks; say direction: to_h",
        ),
        (row("hubspot: createdate, quickbooks: MetaData.CreateTime"), 3, "take the row out"),
        (row("hubspot: quickbooks_key, quickbooks: Notes"), 3, "written by the sync itself only"),
        (row("hubspot: company.name, quickbooks: Notes"), 3, "is the associated company's"),
        (row("hubspot: company.city, quickbooks: Notes"), 3, "only company.name can be mapped"),
        (row("hubspot: jobtitle, quickbooks: Notes, transform: [fly]"), 3, "no transform 'fly'"),
        (
            row("hubspot: visits, quickbooks: Notes, direction: to_quickbooks, transform: [trim, {phone: US}]"),
            3,
            "phone makes nothing of visits, which is a number",
        ),
        (row("hubspot: jobtitle, quickbooks: Taxable, transform: [{number: 2}]"), 3, "Taxable is a checkbox"),
        (row("hubspot: vip, quickbooks: Taxable, transform: [{number: 2}]"), 3, "number makes nothing of vip"),
        (row("hubspot: vip, quickbooks: Taxable, transform: [upper]"), 3, "upper makes nothing of vip"),
        (
            row("hubspot: visits, quickbooks: Balance, direction: to_hubspot, transform: [title]"),
            3,
            "title makes nothing",
        ),
        (row("hubspot: tier, quickbooks: Notes, transform: [{map: {Golden: G, Silver: S}}]"), 3, "mean gold_1 (Gold)?"),
        (row("hubspot: vip, quickbooks: Notes, transform: [{map: {on: G}}]"), 3, "on is neither true nor false"),
        (row("hubspot: tier, quickbooks: Taxable, transform: [{map: {Gold: perhaps}}]"), 3, "perhaps is neither"),
        (
            row("hubspot: company, quickbooks: CompanyName"),
            3,
            "hubspot: company.name, quickbooks: CompanyName, enabled",
        ),
        (
            row("hubspot: jobtitle, quickbooks: GivenName, direction: to_quickbooks"),
            3,
            "written already by the default",
        ),
        (
            row("hubspot: city, quickbooks: ShipAddr.City, direction: to_hubspot"),
            3,
            "city in HubSpot is written already",
        ),
        (row("hubspot: jobtitle, quickbooks: Notes}\n    - {hubspot: message, quickbooks: Notes"), 4, "row in line 3"),
        (row("hubspot: jobtitle, quickbooks: Notes}\n    - {hubspot: jobtitle, quickbooks: Notes"), 4, "in line 3"),
        (
            "contacts:\n  direction: to_hubspot\n" + row("hubspot: jobtitle, quickbooks: Notes, direction: both")[10:],
            4,
            "say direction: to_hubspot",
        ),
        (invoice_row('hubspot: crew_number, quickbooks: "CustomField[Crew]"'), 3, "did you mean CustomField[Crew #]?"),
        (invoice_row('hubspot: crew_number, quickbooks: "CustomField[Zzz]"'), 3, "there are: Crew #"),
        (invoice_row('hubspot: crew_number, quickbooks: "CustomField[Sales rep]"'), 3, "not on all sales forms"),
        (invoice_row('hubspot: crew_number, quickbooks: "CustomField[Batch]"'), 3, "not printed"),
        (invoice_row('hubspot: crew_number, quickbooks: "CustomField[Shipped]"'), 3, "only text and number"),
        (invoice_row('hubspot: paid_on, quickbooks: "CustomField[Crew #]"'), 3, "paid_on is a date"),
        (invoice_row('hubspot: closed, quickbooks: "CustomField[Crew #]"'), 3, "closed is a checkbox"),
        (
            invoice_row('hubspot: crew_number, quickbooks: "CustomField[Crew #]", direction: both'),
            3,
            "invoices go to_hubspot only, so this row cannot go both; say direction: to_hubspot",
        ),
        (
            invoice_row('hubspot: crew_number, quickbooks: "CustomField[Crew #]", direction: to_quickbooks'),
            3,
            "cannot go to_quickbooks",
        ),
        (invoice_row("hubspot: crew_size, quickbooks: DocNumber"), 3, "crew_size is a number"),
        (invoice_row("hubspot: crew_number, quickbooks: DocNumber, type: number"), 3, "there is no `type` here"),
        ("invoices:\n  payments: notes\n", 2, "did you mean note?"),
        ("contacts:\n  payments: note\n", 2, "there is no `payments` here"),
        (invoice_row('hubspot: crew_number, quickbooks: "CustomField[Vendor code]"'), 3, "is one of purchase orders"),
        (invoice_row("hubspot: hs_amount_paid, quickbooks: Balance"), 3, "cannot be written in HubSpot"),
        (invoice_row("hubspot: deal.amount, quickbooks: Balance"), 3, "of associated records"),
        ("contacts:\n  create: {lifecycle_stage: custommer}\n", 2, "did you mean customer?"),
        ("contacts:\n  create: {owner: jon@acme.example}\n", 2, "did you mean jane@acme.example?"),
        ("products:\n  create: {income_account: Sales of Product}\n", 2, "did you mean Sales of Product Income?"),
        ("products:\n  create: {income_account: Inventory Asset}\n", 2, "is of type Other Current Asset"),
        ("products:\n  create: {income_account: Old Income}\n", 2, "is inactive"),
        ("products:\n  create: {type: Servise}\n", 2, "did you mean Service?"),
        ("products:\n  direction: both\n", 1, "need income_account under create"),
        (
            'products:\n  direction: both\n  create: {type: Inventory, income_account: "79"}\n',
            3,
            "need expense_account and asset_account",
        ),
    ],
)
def test_a_mistake_is_told_once_at_its_line(text, line, said):
    [(where, message)] = told(text)
    assert where == line
    assert said in message


@pytest.mark.parametrize(
    "text",
    [
        SAMPLE,
        recommended(date(2026, 11, 22), HERE),
        "contacts: {}\nproducts: {}\ninvoices: {}\n",
        row("hubspot: fax, quickbooks: Fax.FreeFormNumber, enabled: false"),
        row("hubspot: email, quickbooks: PrimaryEmailAddr.Address, enabled: true"),
        row("hubspot: company.name, quickbooks: CompanyName, direction: to_quickbooks"),
        row("hubspot: display name, quickbooks: DisplayName, direction: to_quickbooks"),
        row("hubspot: display name, quickbooks: DisplayName, enabled: false"),
        row("hubspot: visits, quickbooks: Notes, direction: to_quickbooks"),
        row("hubspot: visits, quickbooks: Notes, transform: [{number: 2}]"),
        row('hubspot: birthday, quickbooks: Notes, transform: [{date: "%d.%m.%Y"}]'),
        row("hubspot: tier, quickbooks: Notes, transform: [{map: {Gold: G, silver_1: S}}]"),
        row("hubspot: tier, quickbooks: Notes, transform: [upper, {map: {GOLD_1: G}}]"),
        row("hubspot: vip, quickbooks: Taxable"),
        row("hubspot: tier, quickbooks: Notes, direction: to_quickbooks, transform: [upper]"),
        filtered('property: zip, operator: any_of, values: ["01234", 56789]'),
        filtered("property: visits, operator: greater_than, value: 1_000"),
        filtered("property: visits, operator: equals, value: 1.50"),
        row("hubspot: visits, quickbooks: Balance, direction: to_hubspot"),
        row("hubspot: discount_note, quickbooks: Balance, direction: to_hubspot"),
        row("hubspot: hs_email_domain, quickbooks: Notes, direction: to_quickbooks"),
        "contacts:\n  direction: to_hubspot\n" + row("hubspot: discount_note, quickbooks: Balance")[10:],
        row("hubspot: phone, quickbooks: PrimaryPhone.FreeFormNumber, enabled: false")
        + "    - {hubspot: mobilephone, quickbooks: PrimaryPhone.FreeFormNumber, direction: to_quickbooks}\n",
        invoice_row('hubspot: crew_number, quickbooks: "CustomField[Crew #]", direction: to_hubspot'),
        invoice_row('hubspot: crew_size, quickbooks: "CustomField[Crew size]"'),
        invoice_row('hubspot: crew_size, quickbooks: "CustomField[Crew #]"'),  # QuickBooks' own are texts
        invoice_row('hubspot: crew_number, quickbooks: "CustomField[Crew size]"'),
        "invoices:\n  payments: note_and_record\n",
        invoice_row("hubspot: balance, quickbooks: Balance"),
        invoice_row("hubspot: paid_on, quickbooks: DueDate"),
        filtered("property: tier, operator: any_of, values: [Gold, SILVER_1]"),
        filtered("property: hubspot_owner_id, operator: any_of, values: [jane@acme.example]"),
        filtered("property: visits, operator: greater_than, value: 2.5"),
        filtered("property: vip, operator: equals, value: true"),
        filtered("property: createdate, operator: after, value: 2026-11-21"),
        filtered("property: createdate, operator: after, value: 2026-11-21T10:00:00Z"),
        filtered("property: Taxable, operator: equals, value: no", "to_hubspot"),
        filtered("property: MetaData.CreateTime, operator: after, value: 2026-11-21", "to_hubspot"),
        "contacts:\n  create: {lifecycle_stage: Customer, owner: Jane@acme.example}\n",
        'products:\n  direction: both\n  create: {income_account: "79"}\n',
    ],
)
def test_what_is_right_is_not_complained_of(text):
    assert told(text) == []


@pytest.mark.parametrize(
    ("country", "create", "missing"),
    [
        ("US", 'income_account: "79"', None),
        ("", 'income_account: "79"', None),
        ("CA", 'income_account: "79"', "(Service, CA) need expense_account under create"),
        ("GB", "type: NonInventory", "(NonInventory, GB) need income_account and expense_account under create"),
        ("GB", 'income_account: "79", expense_account: "80"', None),
        ("US", 'type: Inventory, income_account: "79", expense_account: "80", asset_account: "81"', None),
    ],
)
def test_the_edition_decides_which_accounts_a_new_item_needs(country, create, missing):
    """Canada's and Britain's want an expense account, too (reference section 12.3)."""
    found = told(f"products:\n  direction: both\n  create: {{{create}}}\n", facts=Facts(HERE, country))
    assert [line for line, _ in found] == ([3] if missing else [])
    assert all(missing in message for _, message in found)


def test_what_is_right_is_read_as_settings():
    made = settings_of(parse(recommended(date(2026, 11, 22))))
    assert made.products is not None
    assert made.products.direction == "to_hubspot"
    assert made.contacts.filters.to_quickbooks[0].all[1].value == "2026-11-22"


@pytest.mark.parametrize("connection", [None, HERE])
def test_the_recommended_file_fits_the_screen(connection):
    assert max(len(line) for line in recommended(date(2026, 11, 22), connection).splitlines()) <= 80


WORDS = st.sampled_from(
    ["contacts", "products", "invoices", "filters", "to_quickbooks", "all", "fields", "create", "type", "hubspot",
     "quickbooks", "direction", "enabled", "transform", "map", "property", "operator", "value", "values", "equals",
     "any_of", "city", "tier", "invoice.hs_number", "Notes", "BillAddr", "CustomField[Crew #]", "both", "2026-11-21"]
)  # fmt: skip
ANYTHING = st.recursive(
    WORDS | st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.dates() | st.datetimes(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=25,
)
NEARLY = st.fixed_dictionaries(
    {},
    optional={
        kind: st.fixed_dictionaries(
            {},
            optional={
                "filters": st.fixed_dictionaries(
                    {},
                    optional={
                        side: st.lists(st.fixed_dictionaries({"all": st.lists(ANYTHING, max_size=2)}), max_size=2)
                        for side in ("to_quickbooks", "to_hubspot")
                    },
                ),
                "fields": st.lists(ANYTHING, max_size=3),
                "create": ANYTHING,
                "direction": ANYTHING,
            },
        )
        for kind in ("contacts", "products", "invoices")
    },
)


@settings(max_examples=300, deadline=None)
@given(ANYTHING | NEARLY, st.sampled_from([METADATA, Metadata(), None]))
def test_no_file_makes_the_check_fail_and_what_passes_can_be_stored(value, metadata):
    document = parse(yaml.safe_dump(value))
    mistakes = check(document, metadata, FACTS)
    notes(document, metadata)
    rests_on_metadata(document)
    if not mistakes:
        stored = resolved(settings_of(document), metadata)
        assert read(stored.model_dump(mode="json")) == stored


@pytest.mark.parametrize(
    ("text", "rests"),
    [
        ("", False),
        ("contacts: {conflict: ask}\n", False),
        ("contacts: {fields: [], filters: {to_quickbooks: []}, create: {}}\n", False),
        (filtered("property: city, operator: known"), True),
        (row("hubspot: jobtitle, quickbooks: Notes"), True),
        ("products: {create: {income_account: x}}\n", True),
    ],
)
def test_only_a_file_that_names_something_of_theirs_needs_both_systems(text, rests):
    """Asking them costs metered reads."""
    assert rests_on_metadata(parse(text)) is rests


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (filtered("property: citi, operator: known"), {"hubspot": {}}),
        (filtered("property: deal.nothing, operator: known"), {"hubspot": {**METADATA.hubspot, "deals": None}}),
        (row("hubspot: jobtitel, quickbooks: Notes"), {"hubspot": {}}),
        (invoice_row('hubspot: crew_number, quickbooks: "CustomField[Zzz]"'), {"custom_fields": None}),
        ("contacts:\n  create: {owner: nobody}\n", {"owners": None}),
        ("products:\n  create: {income_account: Zzz}\n", {"accounts": None}),
    ],
)
def test_what_a_vendor_does_not_tell_is_not_judged_and_one_note_says_so(text, left):
    assert told(text)
    metadata = replace(METADATA, **left)
    assert told(text, metadata) == []
    [note] = notes(parse(text), metadata)
    assert note.startswith("not checked, since they could not be read: ")


def test_without_any_metadata_the_form_is_judged_alone():
    found = told(TWENTY, None)
    assert {line for line, _ in found} < set(LINES)
    assert {1, 4, 5, 6, 7, 17, 18, 21, 25} <= {line for line, _ in found}
    [note] = notes(parse(TWENTY), None)
    assert "only the form" in note
    assert notes(parse(TWENTY), METADATA) == []
