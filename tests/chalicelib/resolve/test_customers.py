"""Contact ⇄ Customer: what `decide` says, as tables (design: Customers, Deletes, Filters)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.failures import Category
from chalicelib.hubspot import models as hubspot
from chalicelib.jobs import ConnectionId, Kind, Side
from chalicelib.quickbooks import models as quickbooks
from chalicelib.remember.records import Record, State
from chalicelib.resolve.customers import match
from chalicelib.resolve.decide import decide
from chalicelib.resolve.fields import COMPANY_NAME, WANTED_NAME, field_table, held
from chalicelib.resolve.pair import Pair, needs_quickbooks, wanted_name
from chalicelib.resolve.plan import (
    ArchiveInHubSpot,
    CreateInHubSpot,
    CreateInQuickBooks,
    UpdateInHubSpot,
    UpdateInQuickBooks,
)
from chalicelib.settings import Condition, Contacts, FieldRow, Filters, Group

CONNECTION, REALM = ConnectionId("48120771:9130350000000000"), "9130350000000000"
H, Q = Side.HUBSPOT, Side.QUICKBOOKS


def contact(**properties) -> hubspot.Record:
    given = {"email": "jane@acme.test", "firstname": "Jane", "lastname": "Roe", **properties}
    return hubspot.Record(id="101", properties=given)


def customer(email="jane@acme.test", **raw) -> quickbooks.Customer:
    given = {"Id": "58", "SyncToken": "3", "DisplayName": "Acme Ltd", "GivenName": "Jane", "FamilyName": "Roe", **raw}
    if email:
        given["PrimaryEmailAddr"] = {"Address": email}
    return quickbooks.Customer.read(given)


def pair(one=None, two=None, company="", settings=None, **record) -> Pair:
    settings = settings or Contacts()
    ids = {"hubspot_id": "101" if one else None, "quickbooks_id": "58" if two else None}
    held = Record(CONNECTION, Kind.CUSTOMER, "hubspot:101", **{**ids, **record})
    return Pair(held, one, company, two, field_table(settings), settings, REALM)


def linked(one=None, two=None, company="Acme Ltd", settings=None, **record) -> Pair:
    return pair(one, two, company, settings, **{"hubspot_id": "101", "quickbooks_id": "58", **record})


def agreed(values: Pair) -> dict[str, tuple[str, str]]:
    """The base that a first look at two equal sides leaves behind."""
    plan = decide(values)
    assert not plan.writes
    return plan.base


BASE = agreed(linked(contact(company="Acme Ltd"), customer(CompanyName="Acme Ltd")))
SAME = {"one": contact(company="Acme Ltd"), "two": customer(CompanyName="Acme Ltd")}


def only(*conditions: Condition) -> list[Group]:
    return [Group(all=list(conditions))]


LEADS = only(Condition(property="lifecyclestage", operator="equals", value="lead"))
IN_ULM = only(Condition(property="BillAddr.City", operator="equals", value="Ulm"))


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


# --- linked: the three-way merge --------------------------------------------------------------------------------------


def test_two_equal_sides_settle_to_an_empty_plan():
    plan = decide(linked(**SAME, base=BASE))
    assert (plan.writes, plan.state, plan.base) == ((), State.IN_SYNC, BASE)


def test_an_edit_on_each_side_crosses_and_only_what_differs_is_written():
    one = contact(company="Acme Ltd", phone="1")
    two = customer(CompanyName="Acme Ltd", BillAddr={"City": "Ulm"})
    plan = decide(linked(one, two, base=BASE))
    assert set(map(repr, plan.writes)) == {
        repr(UpdateInQuickBooks({"PrimaryPhone.FreeFormNumber": "1"})), repr(UpdateInHubSpot({"city": "Ulm"})),
    }  # fmt: skip
    assert plan.conflicts == ()


def test_a_renamed_company_renames_the_customer():
    one = contact(company="Acme Ltd")
    plan = decide(linked(one, customer(CompanyName="Acme Ltd"), company="Acme Two", base=BASE))
    assert plan.writes == (UpdateInQuickBooks({"CompanyName": "Acme Two", "DisplayName": "Acme Two"}),)
    assert plan.wanted_name == "Acme Two"


def test_a_bookkeepers_rename_stays_whatever_the_company_is_called():
    two = customer(CompanyName="Acme Ltd", DisplayName="ACME (main)")
    one = contact(company="Acme Ltd")
    assert decide(linked(one, two, base=BASE)).writes == ()
    (write,) = decide(linked(one, two, company="Acme Two", base=BASE)).writes
    assert "DisplayName" not in write.values


def test_the_suffix_of_an_inactivated_name_is_no_rename():
    base = agreed(linked(**SAME))
    two = customer(CompanyName="Acme Ltd", DisplayName="Acme Ltd (deleted)", Active=False)
    plan = decide(linked(SAME["one"], two, base=base, put_away=Q))
    assert plan.writes == (UpdateInQuickBooks({}, active=True),)


CITY = "city > BillAddr.City"
ULM = {**BASE, CITY: ("Ulm", "Ulm")}


@pytest.mark.parametrize(
    ("rule", "writes", "winner"),
    [
        ("hubspot", (UpdateInQuickBooks({"BillAddr.City": "Bonn"}),), H),
        ("quickbooks", (UpdateInHubSpot({"city": "Köln"}),), Q),
    ],
)
def test_a_conflict_follows_the_rule_and_is_recorded_with_both_values(rule, writes, winner):
    one = contact(company="Acme Ltd", city="Bonn")
    two = customer(CompanyName="Acme Ltd", BillAddr={"City": "Köln"})
    plan = decide(linked(one, two, settings=Contacts(conflict=rule), base=ULM))
    assert plan.writes == writes
    (conflict,) = plan.conflicts
    assert (conflict.field, conflict.hubspot, conflict.quickbooks, conflict.winner) == ("city", "Bonn", "Köln", winner)


@pytest.mark.parametrize(
    ("hubspot_time", "quickbooks_time", "written"),
    [
        ("2026-11-21T10:00:01Z", "2026-11-21T02:00:00-08:00", UpdateInQuickBooks),
        ("2026-11-21T09:59:59Z", "2026-11-21T02:00:00-08:00", UpdateInHubSpot),
    ],
)
def test_newest_compares_the_vendors_modification_times(hubspot_time, quickbooks_time, written):
    one = contact(company="Acme Ltd", city="Bonn", lastmodifieddate=hubspot_time)
    two = customer(
        CompanyName="Acme Ltd", BillAddr={"City": "Köln"}, MetaData={"LastUpdatedTime": quickbooks_time}
    )  # fmt: skip
    (write,) = decide(linked(one, two, settings=Contacts(conflict="newest"), base=ULM)).writes
    assert isinstance(write, written)


def test_under_ask_the_record_is_parked_and_nothing_is_written():
    one = contact(company="Acme Ltd", city="Bonn", phone="1")
    two = customer(CompanyName="Acme Ltd", BillAddr={"City": "Köln"})
    plan = decide(linked(one, two, settings=Contacts(conflict="ask"), base=ULM))
    assert (plan.writes, plan.state, plan.trouble.category) == ((), State.PARKED, Category.CONFLICT)
    assert "city" in plan.trouble.message
    assert plan.base[CITY] == ("Ulm", "Ulm")
    assert "phone > PrimaryPhone.FreeFormNumber" not in plan.base  # still to be written once a person has decided


def test_at_the_first_link_the_empty_is_filled_and_the_different_follows_the_rule():
    one = contact(city="Bonn", phone="1", company="Acme Ltd")
    two = customer(BillAddr={"City": "Köln", "Country": "DEU"}, CompanyName="Acme Ltd")
    plan = decide(linked(one, two))
    assert set(map(repr, plan.writes)) == {
        repr(UpdateInQuickBooks({"PrimaryPhone.FreeFormNumber": "1", "BillAddr.City": "Bonn"})),
        repr(UpdateInHubSpot({"country": "DEU"})),
    }
    assert [(one.field, one.winner) for one in plan.conflicts] == [("city", H)]


def test_an_email_that_quickbooks_cannot_take_leaves_the_one_there():
    one = contact(company="Acme Ltd", email="j" * 100 + "@acme.test")
    plan = decide(linked(one, customer(CompanyName="Acme Ltd"), base=BASE))
    assert plan.writes == ()
    assert any("left out" in note for note in plan.notes)


def test_a_row_that_is_new_in_the_settings_is_not_judged_before_quickbooks_was_read():
    """What was not read is no empty field that might be filled."""
    settings = Contacts(fields=[FieldRow(hubspot="jobtitle", quickbooks="Notes")])
    one = contact(company="Acme Ltd", jobtitle="Boss")
    unread = decide(linked(one, None, settings=settings, base=BASE))
    assert (unread.writes, "jobtitle > Notes" in unread.base) == ((), False)
    read = decide(linked(one, customer(CompanyName="Acme Ltd", Notes="VIP"), settings=settings, base=BASE))
    assert [conflict.field for conflict in read.conflicts] == ["jobtitle"]


def test_a_customer_that_was_not_read_is_taken_to_hold_what_it_held():
    one = contact(company="Acme Ltd", phone="1")
    assert decide(linked(one, None, base=BASE)).writes == (UpdateInQuickBooks({"PrimaryPhone.FreeFormNumber": "1"}),)


# --- after an update of ours whose end we did not see -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("in_hubspot", "in_quickbooks", "leaving", "writes"),
    [
        # (a write of Bonn to QuickBooks was under way; both had agreed on Ulm)
        ("Bonn", "Bonn", {Q: {"BillAddr.City": "Bonn"}}, ()),
        (
            "Bonn",
            "Ulm",
            {Q: {"BillAddr.City": "Bonn"}},
            (UpdateInQuickBooks({"BillAddr.City": "Bonn"}),),
        ),  # not applied
        (
            "Köln",
            "Bonn",
            {Q: {"BillAddr.City": "Bonn"}},
            (UpdateInQuickBooks({"BillAddr.City": "Köln"}),),
        ),  # edited since
        (
            "Ulm",
            "Bonn",
            {Q: {"BillAddr.City": "Bonn"}},
            (UpdateInQuickBooks({"BillAddr.City": "Ulm"}),),
        ),  # put back since
        ("Bonn", "Bonn", {H: {"city": "Bonn"}}, ()),
        ("Ulm", "Bonn", {H: {"city": "Bonn"}}, (UpdateInHubSpot({"city": "Bonn"}),)),
        ("Bonn", "Köln", {H: {"city": "Bonn"}}, (UpdateInHubSpot({"city": "Köln"}),)),
        ("Bonn", "Ulm", {H: {"city": "Bonn"}}, (UpdateInHubSpot({"city": "Ulm"}),)),
    ],
)
def test_after_a_crash_a_side_that_holds_what_we_were_writing_counts_as_our_own(
    in_hubspot, in_quickbooks, leaving, writes
):
    """Never a conflict with ourselves, and a person's edit since then still crosses."""
    one = contact(company="Acme Ltd", city=in_hubspot)
    two = customer(CompanyName="Acme Ltd", BillAddr={"City": in_quickbooks})
    plan = decide(linked(one, two, settings=Contacts(conflict="ask"), base=ULM, leaving=leaving))
    assert (plan.writes, plan.conflicts) == (writes, ())


def test_a_long_value_of_our_own_counts_as_our_own_too():
    settings = Contacts(conflict="ask", fields=[FieldRow(hubspot="notes", quickbooks="Notes")])
    long, key = "n" * 300, "notes > Notes"
    one = contact(company="Acme Ltd", notes="edited since")
    two = customer(CompanyName="Acme Ltd", Notes=long)
    plan = decide(linked(one, two, settings=settings, base={**BASE, key: ("", "")}, leaving={Q: {"Notes": long}}))
    assert plan.writes == (UpdateInQuickBooks({"Notes": "edited since"}),)


# --- filters on what is linked ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "two"),
    [
        (Contacts(filters=Filters(to_quickbooks=LEADS)), customer(CompanyName="Acme Ltd")),
        (Contacts(direction="to_quickbooks", filters=Filters(to_quickbooks=LEADS)), customer()),
        (Contacts(direction="to_hubspot", filters=Filters(to_hubspot=IN_ULM)), customer()),
    ],
)
def test_a_linked_record_that_stops_matching_is_left_as_it_is(settings, two):
    plan = decide(linked(contact(phone="1", lifecyclestage="other"), two, settings=settings, base=BASE))
    assert (plan.writes, plan.state) == ((), State.EXCLUDED)
    assert "filter:" in plan.reason


@pytest.mark.parametrize(
    ("settings", "two"),
    [
        (Contacts(direction="to_hubspot", filters=Filters(to_quickbooks=LEADS)), customer(GivenName="Janet")),
        (
            Contacts(direction="to_hubspot", filters=Filters(to_hubspot=IN_ULM)),
            customer(GivenName="Janet", BillAddr={"City": "Ulm"}),
        ),
    ],
)
def test_the_filter_of_a_direction_that_is_not_synced_says_nothing(settings, two):
    base = agreed(linked(contact(), customer(), settings=Contacts(direction="to_hubspot")))
    (write,) = decide(linked(contact(), two, settings=settings, base=base)).writes
    assert write.properties["firstname"] == "Janet"


# --- losses -----------------------------------------------------------------------------------------------------------

GONE_H, GONE_Q = {H: "the contact was archived in HubSpot"}, {Q: "the customer was deleted in QuickBooks"}
INACTIVATE = (UpdateInQuickBooks({}, active=False),)


@pytest.mark.parametrize(
    ("lost", "deletes", "made", "put_away", "writes"),
    [
        # the contact is gone
        (H, "ignore", Q, None, ()),
        (H, "ignore", None, None, ()),
        (H, "archive", Q, None, INACTIVATE),
        (H, "archive", H, None, ()),  # only what we created
        (H, "archive", None, None, ()),
        (H, "archive", Q, Q, ()),  # done already
        # the customer is gone
        (Q, "ignore", H, None, ()),
        (Q, "archive", H, None, (ArchiveInHubSpot(GONE_Q[Q]),)),
        (Q, "archive", Q, None, ()),
        (Q, "archive", None, None, ()),
        (Q, "archive", H, H, ()),
    ],
)
def test_what_follows_a_loss(lost, deletes, made, put_away, writes):
    settings = Contacts(deletes=deletes)
    if lost is H:
        seen = linked(None, customer(), settings=settings, gone=GONE_H, made=made, put_away=put_away, base=BASE)
    else:
        seen = linked(contact(), None, settings=settings, gone=GONE_Q, made=made, put_away=put_away, base=BASE)
    plan = decide(seen)
    assert (plan.writes, plan.state) == (writes, State.EXCLUDED)
    assert "was archived" in plan.reason or "was deleted" in plan.reason


@pytest.mark.parametrize(
    ("deletes", "made", "writes"),
    [
        ("ignore", H, ()),
        ("archive", Q, ()),
        ("archive", H, (ArchiveInHubSpot("the customer was made inactive in QuickBooks"),)),
    ],
)
def test_a_customer_made_inactive_counts_as_a_loss(deletes, made, writes):
    plan = decide(linked(contact(), customer(Active=False), settings=Contacts(deletes=deletes), made=made, base=BASE))
    assert (plan.writes, plan.state) == (writes, State.EXCLUDED)


def test_of_two_losses_nothing_follows():
    gone = {**GONE_H, **GONE_Q}
    assert decide(linked(settings=Contacts(deletes="archive"), gone=gone, made=Q)).writes == ()


def test_a_customer_that_is_inactive_already_is_not_made_inactive_again():
    seen = linked(None, customer(Active=False), settings=Contacts(deletes="archive"), gone=GONE_H, made=Q)
    assert decide(seen).writes == ()


@pytest.mark.parametrize("two", [customer(Active=False, DisplayName="Acme Ltd (deleted)"), None])
def test_a_restored_contact_brings_back_the_customer_that_we_put_away(two):
    """Whether it was read or not: we put it away ourselves."""
    plan = decide(linked(contact(), two, settings=Contacts(deletes="archive"), made=Q, put_away=Q, base=BASE))
    assert plan.writes == (UpdateInQuickBooks({}, active=True),)


def test_a_customer_deleted_for_good_is_not_brought_back():
    seen = linked(contact(), None, settings=Contacts(deletes="archive"), made=Q, put_away=Q, gone=GONE_Q)
    assert decide(seen).writes == ()


def test_a_customer_that_is_active_again_is_kept_in_agreement_again():
    one = contact(company="Acme Ltd", phone="1")
    (write,) = decide(linked(one, customer(CompanyName="Acme Ltd"), base=BASE, state=State.EXCLUDED)).writes
    assert write == UpdateInQuickBooks({"PrimaryPhone.FreeFormNumber": "1"})


@pytest.mark.parametrize(("one", "two"), [(contact(), None), (None, customer()), (None, None)])
def test_a_tombstone_makes_nothing_again(one, two):
    """Only a retry does."""
    gone = {Q: "deleted"} if one else {H: "archived"}
    plan = decide(pair(one, two, gone=gone))
    assert (plan.writes, plan.state) == ((), State.EXCLUDED)


def test_a_customer_left_over_by_a_merge_stays_and_is_shown_with_the_reason():
    why = "the contact was merged into contact 102, which is linked with customer 59; its own customer stays"
    plan = decide(pair(None, customer(), gone={H: why}))
    assert (plan.writes, plan.state, plan.reason) == ((), State.EXCLUDED, why)


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
