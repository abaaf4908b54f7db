"""Contact ⇄ Customer: who may cross, what a new one is given, which two are the same (design: Customers, Filters)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.failures import Category
from chalicelib.hubspot import models as hubspot
from chalicelib.jobs import Kind
from chalicelib.quickbooks import models as quickbooks
from chalicelib.remember.records import Record, State
from chalicelib.resolve.customers import match
from chalicelib.resolve.decide import decide
from chalicelib.resolve.fields import COMPANY_NAME, WANTED_NAME, field_table, held
from chalicelib.resolve.pair import needs_quickbooks, wanted_name
from chalicelib.resolve.plan import (
    CreateInHubSpot,
    CreateInQuickBooks,
    UpdateInQuickBooks,
)
from chalicelib.settings import Condition, Contacts, FieldRow, Filters
from tests.chalicelib.resolve.people import (
    BASE,
    CONNECTION,
    IN_ULM,
    LEADS,
    REALM,
    SAME,
    H,
    Q,
    contact,
    customer,
    linked,
    only,
    pair,
)

# --- not linked yet: who may cross ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "settings", "words"),
    [
        (contact(), Contacts(enabled=False), "switched off"),
        (contact(), Contacts(direction="to_hubspot"), "from QuickBooks to HubSpot only"),
        (contact(email=""), Contacts(), "no e-mail"),
        (contact(quickbooks_key="111:9"), Contacts(), "belongs to another company"),
        (contact(), Contacts(filters=Filters(to_quickbooks=LEADS)), "filter: lifecyclestage equals lead"),
    ],
)
def test_a_contact_that_may_not_cross_is_excluded_with_the_clause(one, settings, words):
    plan = decide(pair(one, settings=settings))
    assert (plan.writes, plan.state) == ((), State.EXCLUDED)
    assert words in plan.reason


@pytest.mark.parametrize(
    ("one", "settings"),
    [
        (contact(), Contacts()),
        (contact(), Contacts(direction="to_quickbooks")),
        (contact(email=""), Contacts(without_email="include")),
        (contact(email="", hs_additional_emails="two@acme.test"), Contacts()),
        (contact(quickbooks_key="111:9"), Contacts(shared=True)),
        (contact(quickbooks_key=f"{REALM}:9"), Contacts()),
        (contact(lifecyclestage="lead"), Contacts(filters=Filters(to_quickbooks=LEADS))),
        (contact(), Contacts(filters=Filters(to_hubspot=IN_ULM))),  # the other way's filter
    ],
)
def test_a_contact_that_may_cross_becomes_a_customer(one, settings):
    (write,) = decide(pair(one, settings=settings)).writes
    assert isinstance(write, CreateInQuickBooks)


@pytest.mark.parametrize(
    ("two", "settings", "words"),
    [
        (customer(), Contacts(enabled=False), "switched off"),
        (customer(IsProject=True, Job=True), Contacts(), "project"),
        (customer(IsProject=True), Contacts(), "project"),
        (customer(Job=True), Contacts(), "sub-customer"),
        (customer(Active=False), Contacts(), "inactive"),
        (customer(), Contacts(direction="to_quickbooks"), "from HubSpot to QuickBooks only"),
        (customer(email=""), Contacts(), "no e-mail"),
        (customer(), Contacts(filters=Filters(to_hubspot=IN_ULM)), "filter: BillAddr.City equals Ulm"),
    ],
)
def test_a_customer_that_may_not_cross_is_excluded_with_the_clause(two, settings, words):
    plan = decide(pair(two=two, settings=settings))
    assert (plan.writes, plan.state) == ((), State.EXCLUDED)
    assert words in plan.reason


@pytest.mark.parametrize(
    ("two", "settings"),
    [
        (customer(), Contacts()),
        (customer(), Contacts(direction="to_hubspot")),
        (customer(email=""), Contacts(without_email="include")),
        (customer(BillAddr={"City": "Ulm"}), Contacts(filters=Filters(to_hubspot=IN_ULM))),
        (customer(), Contacts(filters=Filters(to_quickbooks=LEADS))),
    ],
)
def test_a_customer_that_may_cross_becomes_a_contact(two, settings):
    (write,) = decide(pair(two=two, settings=settings)).writes
    assert isinstance(write, CreateInHubSpot)


BILLED = only(
    Condition(property="invoice.hs_invoice_status", operator="none_of", values=["draft"]),
    Condition(property="invoice.hs_createdate", operator="after", value="2026-11-21"),
)


@pytest.mark.parametrize(
    ("invoices", "crosses"),
    [
        ([], False),  # negative conditions included
        ([{"hs_invoice_status": "open", "hs_createdate": "2026-11-22T08:00:00Z"}], True),
        ([{"hs_invoice_status": "draft", "hs_createdate": "2026-11-22T08:00:00Z"}], False),
        (
            [
                {"hs_invoice_status": "draft", "hs_createdate": "2026-11-22T08:00:00Z"},
                {"hs_invoice_status": "open", "hs_createdate": "2026-11-20T08:00:00Z"},
            ],
            False,  # not the same invoice
        ),
    ],
)
def test_a_filter_may_ask_for_an_associated_invoice(invoices, crosses):
    settings = Contacts(filters=Filters(to_quickbooks=BILLED))
    associated = {"invoice": [hubspot.Record(id="1", properties=one) for one in invoices]}
    plan = decide(replace(pair(contact(), settings=settings), associated=associated))
    assert bool(plan.writes) is crosses
    assert crosses or "invoice.hs_invoice_status" in plan.reason


def test_a_new_customer_has_the_contacts_values_cleaned_and_that_is_said():
    one = contact(firstname="Ja:ne", phone="5" * 40, city="Ulm", fax="")
    plan = decide(pair(one, company="Acme Ltd"))
    assert plan.writes == (
        CreateInQuickBooks({
            "GivenName": "Ja ne", "FamilyName": "Roe", "PrimaryEmailAddr.Address": "jane@acme.test",
            "PrimaryPhone.FreeFormNumber": "5" * 30, "BillAddr.City": "Ulm", "CompanyName": "Acme Ltd",
            "DisplayName": "Acme Ltd",
        }),
    )  # fmt: skip
    assert plan.wanted_name == "Acme Ltd"
    assert len(plan.notes) == 2


def test_a_new_contact_has_the_customers_values_and_its_first_email():
    two = customer("Jane@Acme.test, b@acme.test", CompanyName="Acme Ltd", BillAddr={"City": "Ulm"})
    assert decide(pair(two=two)).writes == (
        CreateInHubSpot({
            "firstname": "Jane", "lastname": "Roe", "email": "jane@acme.test", "city": "Ulm", "company": "Acme Ltd",
        }),
    )  # fmt: skip


def test_a_customer_without_person_and_email_gives_its_display_name_as_last_name():
    """HubSpot wants one of the three."""
    two = customer("", GivenName="", FamilyName="")
    (write,) = decide(pair(two=two, settings=Contacts(without_email="include"))).writes
    assert write.properties["lastname"] == "Acme Ltd"


def test_one_way_rows_do_not_travel_the_other_way_at_a_create():
    rows = [FieldRow(hubspot="jobtitle", quickbooks="Notes", direction="to_hubspot")]
    (write,) = decide(pair(contact(jobtitle="Boss"), settings=Contacts(fields=rows))).writes
    assert "Notes" not in write.values


def test_a_contact_that_has_no_name_of_any_kind_fails_and_says_what_to_do():
    nameless = contact(email="", firstname=" ", lastname=":")
    plan = decide(pair(nameless, settings=Contacts(without_email="include")))
    assert (plan.state, plan.trouble.category) == (State.FAILING, Category.MISSING_FIELD)


def test_what_is_in_neither_system_is_excluded():
    assert decide(pair(hubspot_id="101")).state is State.EXCLUDED


# --- the name that is wanted ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "company", "display_name", "name"),
    [
        (contact(), "Acme Ltd", "company", "Acme Ltd"),
        (contact(), "Acme Ltd", "person", "Jane Roe"),
        (contact(), "", "company", "Jane Roe"),
        (contact(lastname=""), "", "company", "Jane"),
        (contact(firstname=""), "", "company", "Roe"),
        (contact(firstname="", lastname=""), "", "company", "jane@acme.test"),
        (contact(firstname="", lastname=""), "Acme Ltd", "person", "jane@acme.test"),
        (contact(), " : ", "company", "Jane Roe"),  # nothing is left of that company's name
        (contact(), "Acme: North", "company", "Acme North"),
        (contact(), "A" * 501, "company", "A" * 500),
        (contact(email="", firstname="", lastname=""), "", "company", ""),
    ],
)
def test_a_customer_is_called_by_company_else_person_else_email(one, company, display_name, name):
    assert wanted_name(one, company, Contacts(display_name=display_name)) == name


def test_the_free_text_company_of_a_contact_is_not_its_primary_company():
    assert wanted_name(contact(company="Typed In"), "", Contacts()) == "Jane Roe"


# --- matching ---------------------------------------------------------------------------------------------------------


def candidates(*customers: quickbooks.Customer) -> dict[str, quickbooks.Customer]:
    return {one.Id: one for one in customers}


A = customer("jane@acme.test", Id="1")
B = customer("other@acme.test; Jane@acme.test", Id="2")
C = customer("two@acme.test", Id="3")
OUT = [
    customer(Id="4", Active=False), customer(Id="5", Job=True), customer(Id="6", IsProject=True),
]  # fmt: skip


@pytest.mark.parametrize(
    ("emails", "found", "ids"),
    [
        (["jane@acme.test"], (A,), ["1"]),
        (["jane@acme.test"], (B,), ["2"]),
        (["jane@acme.test"], (A, B), ["1", "2"]),  # a conflict that names all
        (["jane@acme.test"], (A, *OUT), ["1"]),  # the only active, top-level one that is no project
        (["jane@acme.test"], tuple(OUT), []),
        (["two@acme.test", "jane@acme.test"], (A, C), ["3"]),  # the main e-mail decides
        (["none@acme.test", "jane@acme.test"], (A, C), ["1"]),
        ([], (A,), []),
    ],
)
def test_which_customers_a_contact_may_be_linked_with(emails, found, ids):
    matched, words = match(emails, candidates(*found))
    assert matched == ids
    assert all(f"({one})" in words for one in ids)


def test_the_company_and_the_wanted_name_are_rows_of_the_same_table():
    """`hubspot_values` must answer for every row of the default table."""
    rows = {row.hubspot for row in field_table(Contacts())}
    assert {COMPANY_NAME, WANTED_NAME} <= rows
    plan = decide(replace(linked(**SAME, base=BASE), company_name="Acme Ltd"))
    assert f"{WANTED_NAME} > DisplayName" in plan.base


# --- whether the customer must be read --------------------------------------------------------------------------------

TO_HUBSPOT = Contacts(filters=Filters(to_hubspot=IN_ULM))
HELD = {row.key: ("", "") for row in field_table(Contacts())}


@pytest.mark.parametrize(
    ("settings", "record", "needs"),
    [
        (Contacts(), {}, False),
        (Contacts(), {"state": State.EXCLUDED}, False),
        (Contacts(), {"base": {}}, True),  # rows that are new in the settings
        (Contacts(), {"drifted": {"Notes": "short"}}, False),
        (Contacts(), {"drifted": {"Notes": held("long " * 60)}}, True),  # a digest is no value that could cross
        (Contacts(), {"drifted": {"Notes": held("long " * 60)}, "quickbooks_id": None}, False),
        (TO_HUBSPOT, {"made": H}, False),  # it passed, and nobody told of a change
        (TO_HUBSPOT, {"made": H, "state": State.EXCLUDED}, True),
        (TO_HUBSPOT, {"made": H, "state": State.PENDING}, True),
        (TO_HUBSPOT, {"made": Q, "state": State.EXCLUDED}, False),  # judged by the contact
    ],
)
def test_the_customer_is_read_where_what_was_last_seen_of_it_is_not_enough(settings, record, needs):
    given = {"hubspot_id": "101", "quickbooks_id": "58", "base": HELD, "state": State.IN_SYNC, **record}
    found = Record(CONNECTION, Kind.CUSTOMER, "hubspot:101", **given)
    assert needs_quickbooks(found, field_table(settings), settings) is needs


def test_an_email_in_another_field_takes_the_place_of_what_stands_there():
    """A list of addresses is kept in QuickBooks' own field for them only."""
    row = FieldRow(hubspot="email", quickbooks="Notes", direction="to_quickbooks")
    both = linked(
        contact(), customer(Notes="old, call before noon"), settings=Contacts(fields=[row]),
        base={**BASE, "email > Notes": ("old", "old, call before noon")},
    )  # fmt: skip
    [update] = [one for one in decide(both).writes if isinstance(one, UpdateInQuickBooks)]
    assert update.values["Notes"] == "jane@acme.test"
