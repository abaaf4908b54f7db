"""What differs between two versions, in words, and what that will cause."""

from __future__ import annotations

import pytest
import yaml

from chalicelib.settings import Settings, read
from chalicelib.settings.compare import Counts, changed, consequences, difference, switched_on

PHONE = {"hubspot": "phone", "quickbooks": "PrimaryPhone.FreeFormNumber"}
TITLE = {"hubspot": "jobtitle", "quickbooks": "Notes"}
KNOWN = {"contacts": Counts(known=250, linked=120), "products": Counts(9, 7), "invoices": Counts(known=130, linked=90)}


def of(text: str) -> Settings:
    return read(yaml.safe_load(text) or {})


def with_fields(*rows: dict) -> Settings:
    return read({"contacts": {"fields": list(rows)}})


def filtered(*groups: list[str]) -> Settings:
    made = [{"all": [{"property": name, "operator": "known"} for name in group]} for group in groups]
    return read({"contacts": {"filters": {"to_quickbooks": made}}})


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        (of(""), of("contacts: {enabled: true}"), []),
        (of(""), of("contacts: {conflict: ask}"), ["contacts.conflict: hubspot → ask"]),
        (of('connection: "1:2"'), of(""), ["connection: 1:2 → (none)"]),
        (of(""), of("contacts: {shared: true}"), ["contacts.shared: false → true"]),
        (of(""), of("contacts: {create: {owner: a@b.c}}"), ["contacts.create.owner: (none) → a@b.c"]),
        (of(""), of("products: {}"), ["products.enabled: false → true"]),
        (
            of("products: {}"),
            of("products: {direction: both}"),
            ["products.direction: to_hubspot → both", "products.conflict: quickbooks → hubspot"],
        ),
        (of("invoices: {}"), of("invoices: {payments: none}"), ["invoices.payments: note → none"]),
        (of("products: {match: name}"), of(""), ["products.enabled: true → false", "products.match: name → sku"]),
        (with_fields(), with_fields(TITLE), ["contacts.fields: added jobtitle ⇔ Notes"]),
        (
            with_fields({**TITLE, "direction": "to_quickbooks", "transform": ["trim", {"map": {"a": "b"}}]}),
            with_fields(),
            ["contacts.fields: removed jobtitle ⇒ Notes (transform trim, map a=b)"],
        ),
        (
            with_fields({**TITLE, "direction": "to_hubspot"}),
            with_fields({**TITLE, "enabled": False, "clears": True, "conflict": "ask"}),
            ["contacts.fields: changed jobtitle ⇐ Notes → jobtitle ⇔ Notes (off, clears, conflict ask)"],
        ),
        (filtered(), filtered(["a", "b"]), ["contacts.filters.to_quickbooks: added the group [a known and b known]"]),
        (filtered(["a"], ["b"]), filtered(["b"]), ["contacts.filters.to_quickbooks: removed the group [a known]"]),
        (
            filtered(["a", "b"]),
            filtered(["a", "c"]),
            [
                "contacts.filters.to_quickbooks: in the group with [a known] removed [b known]",
                "contacts.filters.to_quickbooks: in the group with [a known] added [c known]",
            ],
        ),
    ],
)
def test_the_difference_is_told_key_by_key(old, new, lines):
    assert difference(old, new) == lines


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ({"operator": "none_of", "values": ["draft", "paid"]}, "x none of draft, paid"),
        ({"operator": "greater_than", "value": 5}, "x greater than 5"),
        ({"operator": "equals", "value": True}, "x equals true"),
    ],
)
def test_a_clause_is_told_in_words(condition, said):
    new = read({"contacts": {"filters": {"to_hubspot": [{"all": [{"property": "x", **condition}]}]}}})
    assert difference(Settings(), new) == [f"contacts.filters.to_hubspot: added the group [{said}]"]


@pytest.mark.parametrize(
    ("old", "new", "kinds"),
    [
        ("", "", []),
        ("contacts: {enabled: false}", "", ["contacts"]),
        ("", "products: {}\ninvoices: {}", ["products", "invoices"]),
        ("", "products: {enabled: false}", []),
        ("products: {}", "products: {match: name}", []),
    ],
)
def test_what_was_switched_on_is_known(old, new, kinds):
    assert switched_on(of(old), of(new)) == kinds


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("", "contacts: {enabled: false}", "contacts stop at once. 120 linked pairs stay linked"),
        ("contacts: {enabled: false}", "", "contacts start: an initial sync"),
        ("", "products: {}", "products start: an initial sync looks at all of them on both sides"),
        ("", "invoices: {}", "invoices start: an initial sync mirrors in HubSpot every invoice"),
        ("products: {}", "", "products stop at once. 7 linked pairs stay linked"),
        ("products: {}", "products: {direction: both}", "Changes cross both ways"),
        ("products: {}", "products: {match: name}", "of the same name, whatever their SKU."),
        ("products: {}", "products: {match: none}", "not matched any more"),
        ("products: {match: none}", "products: {}", "one of the same SKU, or of the same name where one has no SKU."),
        ("products: {}", "products: {deletes: archive}", "is archived on the other"),
        (
            "products: {}",
            "products: {fields: [{hubspot: tax, quickbooks: Taxable, direction: to_hubspot}]}",
            "tax ⇐ Taxable is newly mapped: on linked pairs an empty side is filled, and where both hold something "
            "else, QuickBooks wins.",
        ),
        (
            "invoices: {}",
            'invoices: {fields: [{hubspot: crew_number, quickbooks: "CustomField[Crew #]"}]}',
            "crew_number ⇐ CustomField[Crew #] is newly mapped: past invoices that pass the filters are brought up",
        ),
        ("invoices: {}", "invoices: {deletes: archive}", "archived in HubSpot, instead of shown as deleted."),
        ("invoices: {}", "invoices: {payments: note_and_record}", "and as a payment record"),
        ("invoices: {payments: none}", "invoices: {}", "Payments appear as a note on the timeline of their deals."),
        ("invoices: {}", "invoices: {payments: none}", "not shown in HubSpot any more"),
        (
            "invoices: {}",
            "invoices: {filters: {to_hubspot: [all: [{property: Balance, operator: known}]]}}",
            "those that pass now come in",
        ),
        ("", "contacts: {direction: to_hubspot}", "Changes go to HubSpot only; what is edited there neither"),
        ("contacts: {direction: to_hubspot}", "", "Changes cross both ways"),
        ("", "contacts: {conflict: quickbooks}", "QuickBooks wins."),
        ("", "contacts: {conflict: newest}", "the side edited last wins."),
        ("", "contacts: {conflict: ask}", "parked until somebody decides."),
        ("", "contacts: {deletes: archive}", "is archived on the other"),
        ("", "contacts: {without_email: include}", "is made again"),
        ("contacts: {without_email: include}", "", "stop syncing"),
        ("", "contacts: {match: none}", "not matched any more"),
        ("", "contacts: {display_name: person}", "renamed in QuickBooks after the person"),
        ("", "contacts: {shared: true}", "another company's books"),
        ("", "contacts: {filters: {to_hubspot: [all: [{property: Notes, operator: known}]]}}", "that pass now come in"),
        (
            "",
            "contacts: {fields: [{hubspot: jobtitle, quickbooks: Notes}]}",
            "where both hold something else, HubSpot wins.",
        ),
        (
            "",
            "contacts: {conflict: ask, fields: [{hubspot: jobtitle, quickbooks: Notes}]}",
            "else, the record is parked",
        ),
        (
            "",
            "contacts: {fields: [{hubspot: phone, quickbooks: PrimaryPhone.FreeFormNumber, enabled: false}]}",
            "phone and PrimaryPhone.FreeFormNumber are not mapped any more",
        ),
    ],
)
def test_what_will_happen_is_said(old, new, said):
    assert any(said in sentence for sentence in consequences(of(old), of(new), KNOWN))


def test_nothing_happens_where_nothing_differs():
    assert consequences(of(""), of("contacts: {enabled: true}"), KNOWN) == []


def test_what_is_off_is_not_looked_at():
    before, after = of("contacts: {enabled: false}"), of("contacts: {enabled: false, conflict: ask}")
    assert consequences(before, after, KNOWN) == []


def test_the_calls_are_estimated_from_what_is_known():
    """250 contacts in 3 reads; their companies, links and names, in 1 + 3; 120 customers in 2."""
    [*_, looks] = consequences(of(""), of("contacts: {conflict: ask}"), KNOWN)
    assert looks.startswith("Every known record (250) is looked at again: up to about 7 calls to HubSpot and 2 metered")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("products: {}", "products: {match: name}", "Every known product (9) is looked at again: up to about 1 calls"),
        (
            "invoices: {}",
            "invoices: {payments: none}",
            "Every known invoice (130) is looked at again: up to about 5 calls to HubSpot and 2 metered reads",
        ),
    ],
)
def test_each_kind_has_its_own_calls(old, new, said):
    """130 invoices in 2 reads on each side; their lines in 1 + 2."""
    [*_, looks] = consequences(of(old), of(new), KNOWN)
    assert looks.startswith(said)


def test_a_kind_that_starts_with_nothing_known_has_nothing_to_look_at():
    assert len(consequences(of(""), of("products: {}"), {})) == 1


@pytest.mark.parametrize(
    ("old", "new", "kinds"),
    [
        ("", "", []),
        ("", 'connection: "1:2"', []),
        ("", "contacts: {conflict: ask}", ["contacts"]),
        ("", "products: {}\ninvoices: {enabled: false}", ["products"]),
        ("products: {match: name}\ninvoices: {}", "invoices: {deletes: archive}", ["products", "invoices"]),
    ],
)
def test_which_kinds_changed_is_known(old, new, kinds):
    assert changed(of(old), of(new)) == kinds


def test_a_filter_on_associated_records_costs_more_calls():
    condition = "{property: invoice.hs_number, operator: known}"
    text = f"contacts: {{filters: {{to_quickbooks: [all: [{condition}]]}}}}"
    [*_, looks] = consequences(of(""), of(text), KNOWN)
    assert "up to about 11 calls to HubSpot" in looks


def test_what_two_kinds_cause_alike_is_told_of_each_by_its_name():
    """A sentence that two sections share would else be read twice, and of neither."""
    old = "products: {}\ninvoices: {}"
    new = """
products: {filters: {to_hubspot: [{all: [{property: Name, operator: known}]}]}, direction: both}
invoices: {filters: {to_hubspot: [{all: [{property: DocNumber, operator: known}]}]}}
"""
    said = consequences(of(old), of(new), {})
    assert len(set(said)) == len(said)
    assert any(one.startswith("Products: Changes cross both ways") for one in said)
    assert [one.partition(":")[0] for one in said if "stop syncing" in one] == ["Products", "Invoices"]
