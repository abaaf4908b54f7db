"""Two linked records brought to agreement: the merge, filters on what is linked, and losses (design: D2, Deletes)."""

from __future__ import annotations

import pytest

from chalicelib.failures import Category
from chalicelib.remember.records import State
from chalicelib.resolve.decide import decide
from chalicelib.resolve.plan import (
    ArchiveInHubSpot,
    UpdateInHubSpot,
    UpdateInQuickBooks,
)
from chalicelib.settings import Contacts, FieldRow, Filters
from tests.chalicelib.resolve.people import (
    BASE,
    IN_ULM,
    LEADS,
    SAME,
    H,
    Q,
    agreed,
    contact,
    customer,
    linked,
    pair,
)

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


def test_a_contact_into_which_another_was_merged_is_not_ours_alone_to_put_away():
    there = contact(hs_merged_object_ids="100")
    plan = decide(linked(there, customer(Active=False), settings=Contacts(deletes="archive"), made=H, base=BASE))
    assert (plan.writes, plan.state) == ((), State.EXCLUDED)


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
