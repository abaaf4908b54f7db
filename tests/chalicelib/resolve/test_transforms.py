"""Transforms: tables for each, and what holds for every text: they never fail, and there and back is no loop."""

from __future__ import annotations

import datetime
from dataclasses import replace
from decimal import Decimal

import iso3166
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from chalicelib.hubspot import models as hubspot
from chalicelib.jobs import ConnectionId, Kind
from chalicelib.quickbooks import models as quickbooks
from chalicelib.remember.records import Record
from chalicelib.resolve.countries import ALIASES, COMMON, in_form
from chalicelib.resolve.decide import decide
from chalicelib.resolve.fields import WANTED_NAME, Field, field_table, same
from chalicelib.resolve.pair import Pair
from chalicelib.resolve.plan import CreateInHubSpot, CreateInQuickBooks, UpdateInQuickBooks
from chalicelib.resolve.transforms import to_hubspot, to_quickbooks
from chalicelib.settings import Condition, Contacts, FieldRow, Filters, Group
from chalicelib.settings.transform import COUNTRY_FORMS, Transform

PHONE, ALPHA2 = {"phone": "US"}, {"country": "alpha2"}
ALPHA3, COUNTRY = {"country": "alpha3"}, {"country": "name"}
DATE, NUMBER = {"date": "%d/%m/%Y"}, {"number": 2}
MAP = {"map": {"customer": "Kunde", "lead": "Anfrage"}}
LIST = TypeAdapter(list[Transform])


def steps(*given) -> list[Transform]:
    return LIST.validate_python(list(given))


# --- each transform ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("transform", "value", "arrives"),
    [
        ("trim", "  Main  Street\t5 ", "Main Street 5"),
        ("trim", "one\ntwo ", "one\ntwo"),
        ("upper", "straße", "STRASSE"),
        ("lower", "Jane@X.TEST", "jane@x.test"),
        ("title", "NEW YORK", "New York"),
        ("title", "jane o'neil-smith", "Jane O'Neil-Smith"),
        ("title", "JANE'S they’re", "Jane's They’re"),
        (PHONE, "(415) 555-2671", "+14155552671"),
        (PHONE, "1 415 555 2671", "+14155552671"),
        (PHONE, "+49 30 901820", "+4930901820"),
        (PHONE, "1-800-FLOWERS", "+18003569377"),
        ({"phone": "DE"}, "030 901820", "+4930901820"),
        ({"phone": "GB"}, "020 7946 0018", "+442079460018"),
        ({"phone": "IT"}, "06 6988 3145", "+390669883145"),  # Italy keeps its nought
        (ALPHA2, "USA", "US"),
        (ALPHA2, "us", "US"),
        (ALPHA2, "U.S.A.", "US"),
        (ALPHA2, "United States", "US"),
        (ALPHA2, "the united states of america", "US"),
        (ALPHA2, "UK", "GB"),
        (ALPHA2, "Deutschland", "DE"),
        (ALPHA2, "Ivory Coast", "CI"),
        (ALPHA2, "cote d'ivoire", "CI"),
        (ALPHA2, "St. Kitts & Nevis", "KN"),
        (ALPHA2, "ST", "ST"),  # São Tomé's code, not a saint
        (ALPHA2, "Korea, Republic of", "KR"),
        (ALPHA2, "Holland", "NL"),
        (ALPHA3, "Germany", "DEU"),
        (ALPHA3, "GB", "GBR"),
        (COUNTRY, "GBR", "United Kingdom"),
        (COUNTRY, "us", "United States"),
        (COUNTRY, "Türkiye", "Türkiye"),
        (COUNTRY, "Turkey", "Türkiye"),
        (DATE, "2026-11-21", "21/11/2026"),
        (DATE, "2026-11-21T23:30:00.000Z", "21/11/2026"),
        (DATE, "1795219200000", "21/11/2026"),
        (DATE, "-86400000000", "07/04/1967"),
        (DATE, "0", "01/01/1970"),
        (DATE, "21/11/2026", "21/11/2026"),  # in the pattern already
        ({"date": "%Y%m%d"}, "2026-11-21", "20261121"),
        ({"date": "%m.%d.%Y"}, "0987-01-02", "01.02.0987"),
        (NUMBER, "10", "10.00"),
        (NUMBER, "2.345", "2.35"),
        (NUMBER, "-2.345", "-2.35"),
        (NUMBER, "-0.001", "0.00"),
        (NUMBER, "0.1", "0.10"),
        (NUMBER, "1e3", "1000.00"),
        (NUMBER, "12345678901234567890.129", "12345678901234567890.13"),  # no float would keep it
        ({"number": 0}, "2.5", "3"),
        (MAP, "customer", "Kunde"),
        (MAP, " lead ", "Anfrage"),
        (MAP, "", ""),
        (PHONE, "", ""),
        (DATE, "  ", "  "),
    ],
)
def test_a_value_on_its_way_to_quickbooks(transform, value, arrives):
    crossed = to_quickbooks(steps(transform), value)
    assert (crossed.value, crossed.note) == (arrives, None)


@pytest.mark.parametrize(
    ("transform", "value", "arrives"),
    [
        ("upper", "abc", "ABC"),
        (PHONE, "415-555-2671", "+14155552671"),
        (ALPHA2, "United States", "US"),
        (DATE, "21/11/2026", "2026-11-21"),
        (DATE, "1/2/2026", "2026-02-01"),  # a person writes no noughts
        (DATE, "2026-11-21", "2026-11-21"),
        ({"date": "%d%m%Y"}, "01022026", "2026-02-01"),
        (NUMBER, "10.00", "10"),
        (NUMBER, "10.50", "10.5"),
        (NUMBER, "1000", "1000"),  # only the noughts behind the point go
        (NUMBER, "2.345", "2.345"),  # nothing is rounded on the way back
        (NUMBER, "-0.00", "0"),
        (MAP, "Kunde", "customer"),
    ],
)
def test_a_value_on_its_way_back(transform, value, arrives):
    crossed = to_hubspot(steps(transform), value)
    assert (crossed.value, crossed.note) == (arrives, None)


@pytest.mark.parametrize("way", [to_quickbooks, to_hubspot])
@pytest.mark.parametrize(
    ("transform", "value", "words"),
    [
        (PHONE, "call me", "cannot be read"),
        (PHONE, "12", "no possible number"),
        (PHONE, "(415) 555-2671 ext. 12", "extension"),
        (ALPHA2, "Atlantis", "no country"),
    ],
)
def test_a_text_that_cannot_be_read_crosses_as_it_is_and_that_is_said(way, transform, value, words):
    crossed = way(steps(transform), value)
    assert crossed.value == value
    assert words in crossed.note


@pytest.mark.parametrize("way", [to_quickbooks, to_hubspot])
@pytest.mark.parametrize(
    ("transform", "value", "words"),
    [
        (DATE, "soon", "cannot be read as a date"),
        (DATE, "31/02/2026", "cannot be read as a date"),
        (DATE, "2026-02-31", "cannot be read as a date"),
        ({"date": "%d%m%Y"}, "122026", "cannot be read as a date"),  # 1/2 or 12/…?
        (NUMBER, "1,234.50", "cannot be read as a number"),
        (NUMBER, "NaN", "cannot be read as a number"),
        (NUMBER, "1e999", "cannot be read as a number"),
        (MAP, "Customer", "no entry in the map"),  # a map is exact
    ],
)
def test_a_value_of_no_use_to_the_other_side_does_not_cross_and_that_is_said(way, transform, value, words):
    crossed = way(steps(transform), value)
    assert crossed.value == ""
    assert words in crossed.note


@pytest.mark.parametrize(
    ("transforms", "value", "arrives"),
    [
        (["trim", "upper"], " a  b ", "A B"),
        ([COUNTRY, "upper"], "de", "GERMANY"),
        (["lower", {"map": {"customer": "Kunde"}}], "Customer", "Kunde"),
        ([NUMBER, {"map": {"1.00": "one"}}], "1", "one"),
        ([{"map": {"a": "x"}}, {"map": {"x": "deep"}}], "a", "deep"),
    ],
)
def test_the_list_is_gone_through_from_left_to_right(transforms, value, arrives):
    assert to_quickbooks(steps(*transforms), value).value == arrives


@pytest.mark.parametrize(
    ("transforms", "value", "arrives"),
    [
        ([{"map": {"a": "x"}}, {"map": {"x": "deep"}}], "deep", "a"),
        ([NUMBER, {"map": {"1.00": "one"}}], "one", "1"),
        (["lower", {"map": {"customer": "Kunde"}}], "Kunde", "customer"),
    ],
)
def test_on_the_way_back_it_is_gone_through_from_right_to_left(transforms, value, arrives):
    assert to_hubspot(steps(*transforms), value).value == arrives


def test_the_steps_after_one_that_lets_nothing_through_say_nothing_more():
    crossed = to_quickbooks(steps(MAP, NUMBER), "partner")
    assert (crossed.value, crossed.note) == ("", "map: the value has no entry in the map and does not cross")


@pytest.mark.parametrize("form", COUNTRY_FORMS)
def test_every_country_is_known_by_all_its_names_and_codes(form):
    for one in iso3166.countries:
        names = [one.alpha2, one.alpha3, one.name, one.apolitical_name, *ALIASES.get(one.alpha2, ())]
        assert len({in_form(name, form) for name in names}) == 1
        assert in_form(in_form(one.alpha2, form), "alpha2") == one.alpha2


def test_the_tables_of_names_are_about_countries_there_are():
    assert {*COMMON, *ALIASES} <= set(iso3166.countries_by_alpha2)


# --- for every text ---------------------------------------------------------------------------------------------------

PATTERNS = st.sampled_from(["%d/%m/%Y", "%m/%d/%Y", "%Y-%m-%d", "%Y%m%d", "%d%m%Y", "%d. %m. %Y", "day %d (%m) of %Y"])
NORMALISERS = st.sampled_from(
    ["trim", "upper", "lower", "title", {"phone": "US"}, {"phone": "DE"}, {"phone": "IT"}]
) | (st.sampled_from(COUNTRY_FORMS).map(lambda form: {"country": form}))
SHAPES = st.builds(lambda pattern: {"date": pattern}, PATTERNS) | st.builds(
    lambda decimals: {"number": decimals}, st.integers(0, 10)
)
ANY = NORMALISERS | SHAPES | st.just(MAP)
TEXTS = (
    st.text(max_size=60)
    | st.text("0123456789+-()./ eExX", max_size=30)
    | st.sampled_from(
        ["customer", "Kunde", "lead", "2026-11-21", "21/11/2026", "USA", "Germany", "1.50", "ß", "ŉ", "İ"]
    )
    | st.dates().map(str)
    | st.decimals(allow_nan=True).map(str)
    | st.integers().map(str)
    | st.from_regex(r"\+?[1-9][0-9]{5,13}", fullmatch=True)
)


@given(st.lists(ANY, max_size=5), TEXTS)
def test_no_text_makes_a_transform_fail(transforms, value):
    """And what does not arrive as it was sent is said, or was transformed."""
    for way in (to_quickbooks, to_hubspot):
        crossed = way(steps(*transforms), value)
        assert crossed.value.strip() or crossed.note or not value.strip()


@given(NORMALISERS | SHAPES, TEXTS)
@example({"phone": "DE"}, "000000")
def test_a_transform_changes_nothing_twice(transform, value):
    """A map is not among them: it may lead from a to b and from b to c."""
    for way in (to_quickbooks, to_hubspot):
        once = way(steps(transform), value).value
        assert way(steps(transform), once).value == once


@given(ANY, TEXTS)
def test_there_and_back_and_there_again_is_the_same(transform, value):
    there = to_quickbooks(steps(transform), value).value
    assert to_quickbooks(steps(transform), to_hubspot(steps(transform), there).value).value == there
    if "number" not in transform:  # which rounds: see below
        back = to_hubspot(steps(transform), value).value
        assert to_hubspot(steps(transform), to_quickbooks(steps(transform), back).value).value == back


@given(st.dates(), PATTERNS)
def test_a_date_comes_back_as_it_went(day: datetime.date, pattern):
    there = to_quickbooks(steps({"date": pattern}), day.isoformat()).value
    assert to_hubspot(steps({"date": pattern}), there).value == day.isoformat()


@given(st.decimals(-(10**30), 10**30, places=3), st.integers(0, 10))
def test_a_number_is_off_by_half_its_last_decimal_at_most(number: Decimal, decimals):
    there = to_quickbooks(steps({"number": decimals}), str(number)).value
    assert len(there.partition(".")[2]) == decimals
    assert abs(Decimal(there) - number) <= Decimal(5).scaleb(-decimals - 1)
    assert Decimal(to_hubspot(steps({"number": decimals}), there).value) == Decimal(there)


@given(st.dictionaries(st.text(min_size=1).map(str.strip), st.integers().map(str), min_size=1))
def test_a_map_comes_back_as_it_went(entries):
    assume(all(entries) and len(set(entries.values())) == len(entries))
    for one, two in entries.items():
        assert to_quickbooks(steps({"map": entries}), one).value == two
        assert to_hubspot(steps({"map": entries}), two).value == one


@given(st.lists(ANY, max_size=4), TEXTS)
def test_what_a_row_has_written_is_the_same_as_what_it_was_written_from(transforms, value):
    """So a base that was lost, or never known, makes no second write."""
    row = Field("notes", "Notes", transform=tuple(steps(*transforms)))
    arrives, _ = row.to_quickbooks(value)
    if arrives:
        assert same(row, value, arrives)
    returns, _ = row.to_hubspot(value)
    if returns and row.to_quickbooks(returns)[0]:
        assert same(row, returns, value)


# --- in what is decided -----------------------------------------------------------------------------------------------

RECORD = Record(ConnectionId("48120771:9130350000000000"), Kind.CUSTOMER, "hubspot:101", hubspot_id="101")
SETTINGS = Contacts(
    fields=[
        FieldRow(hubspot="phone", quickbooks="PrimaryPhone.FreeFormNumber", transform=[PHONE]),
        FieldRow(hubspot="country", quickbooks="BillAddr.Country", transform=[{"country": "name"}]),
        FieldRow(hubspot="persona", quickbooks="Notes", transform=[{"map": {"persona_1": "Wholesale"}}]),
        FieldRow(hubspot=WANTED_NAME, quickbooks="DisplayName", direction="to_quickbooks", transform=["upper"]),
    ]
)


def pair(contact=None, customer=None, **record) -> Pair:
    one = hubspot.Record(id="101", properties={"email": "jane@acme.test", **contact}) if contact is not None else None
    two = quickbooks.Customer.read({"Id": "58", "SyncToken": "3", **customer}) if customer is not None else None
    return Pair(replace(RECORD, **record), one, "Acme Ltd", two, field_table(SETTINGS), SETTINGS, "9130350000000000")


def test_a_new_customer_is_made_of_transformed_values():
    plan = decide(pair({"phone": "(415) 555-2671", "country": "us", "persona": "persona_9"}))
    (create,) = plan.writes
    assert isinstance(create, CreateInQuickBooks)
    assert create.values["PrimaryPhone.FreeFormNumber"] == "+14155552671"
    assert create.values["BillAddr.Country"] == "United States"
    assert "Notes" not in create.values
    assert create.values["DisplayName"] == plan.wanted_name == "ACME LTD"
    assert plan.notes == ("persona: map: the value has no entry in the map and does not cross",)


def test_a_new_contact_is_made_of_values_transformed_back():
    raw = {"DisplayName": "Acme", "PrimaryEmailAddr": {"Address": "jane@acme.test"}, "Notes": "Wholesale"}
    plan = decide(pair(None, {**raw, "BillAddr": {"Country": "Atlantis"}}, hubspot_id=None, quickbooks_id="58"))
    (create,) = plan.writes
    assert isinstance(create, CreateInHubSpot)
    assert (create.properties["persona"], create.properties["country"]) == ("persona_1", "Atlantis")
    assert len(plan.notes) == 1


def test_a_link_of_records_that_differ_in_form_only_writes_nothing_of_it():
    contact = {"phone": "415.555.2671", "country": "USA", "persona": "persona_1"}
    raw = {"DisplayName": "Acme ltd", "CompanyName": "Acme Ltd", "PrimaryEmailAddr": {"Address": "jane@acme.test"}}
    raw |= {"Notes": "Wholesale", "PrimaryPhone": {"FreeFormNumber": "+1 415 555 2671"}, "BillAddr": {"Country": "US"}}
    plan = decide(pair({**contact, "company": "Acme Ltd"}, raw, quickbooks_id="58"))
    assert plan.writes == ()
    assert plan.base["country > BillAddr.Country"] == ("USA", "US")


def test_an_update_carries_the_transformed_value_and_says_what_could_not_be_read():
    raw = {"DisplayName": "ACME LTD", "CompanyName": "Acme Ltd", "PrimaryEmailAddr": {"Address": "jane@acme.test"}}
    before = decide(pair({"company": "Acme Ltd"}, raw, quickbooks_id="58"))
    contact = {"company": "Acme Ltd", "phone": "(415) 555-2671", "country": "Atlantis"}
    plan = decide(pair(contact, raw, quickbooks_id="58", base=before.base))
    (update,) = plan.writes
    assert isinstance(update, UpdateInQuickBooks)
    assert update.values == {"PrimaryPhone.FreeFormNumber": "+14155552671", "BillAddr.Country": "Atlantis"}
    assert plan.notes == ("country: country: no country of this name or code is known, and it crosses as it is",)


@pytest.mark.parametrize(("zone", "writes"), [("Europe/Berlin", 0), ("", 1)])
def test_the_days_of_a_filter_begin_in_the_connections_time_zone(zone, writes):
    condition = Condition(property="createdate", operator="before", value="2026-11-21", type="datetime")
    settings = Contacts(filters=Filters(to_quickbooks=[Group(all=[condition])]))
    given_pair = pair({"createdate": "2026-11-20T23:30:00Z"})
    plan = decide(replace(given_pair, settings=settings, fields=field_table(settings), time_zone=zone))
    assert len(plan.writes) == writes
