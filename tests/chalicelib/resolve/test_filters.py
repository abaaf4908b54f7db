"""The operators as a table; groups are OR-ed, the conditions inside one AND-ed."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.resolve.filters import excluding_clause, holds
from chalicelib.settings import Condition, Group
from chalicelib.settings.model import Operator, ValueType


def condition(operator, operand=None, name="city", kind=None) -> Condition:
    if isinstance(operand, list):
        return Condition(property=name, operator=operator, values=operand, type=kind)
    return Condition(property=name, operator=operator, value=operand, type=kind)


@pytest.mark.parametrize(
    ("operator", "operand", "value", "expected"),
    [
        ("equals", "Ulm", "Ulm", True),
        ("equals", "ulm", " ULM ", True),
        ("equals", "Ulm", "Ulmen", False),
        ("equals", "Ulm", "", False),
        ("equals", 5, "5", True),
        ("equals", True, "true", True),
        ("equals", False, "false", True),
        ("not_equals", "Ulm", "Bonn", True),
        ("not_equals", "Ulm", "ulm", False),
        ("not_equals", "Ulm", "", True),
        ("any_of", ["Ulm", "Bonn"], "bonn", True),
        ("any_of", ["Ulm", "Bonn"], "Köln", False),
        ("any_of", ["b"], "a;b", True),  # a multi-checkbox
        ("any_of", ["a;b"], "c", False),
        ("any_of", ["Ulm"], "", False),
        ("none_of", ["Ulm", "Bonn"], "Köln", True),
        ("none_of", ["Ulm", "Bonn"], "ULM", False),
        ("none_of", ["b"], "a;b", False),
        ("none_of", ["Ulm"], "", True),
        ("contains", "lm", "Ulm", True),
        ("contains", "LM", "Ulm", True),
        ("contains", "x", "Ulm", False),
        ("not_contains", "x", "Ulm", True),
        ("not_contains", "lm", "Ulm", False),
        ("known", None, "Ulm", True),
        ("known", None, "  ", False),
        ("unknown", None, "", True),
        ("unknown", None, "Ulm", False),
        ("before", "2026-11-21", "2026-11-20", True),
        ("before", "2026-11-21", "2026-11-21", False),
        ("before", "2026-11-21", "2026-11-22T00:00:00Z", False),
        ("before", "2026-11-21", "", False),  # what is unknown is neither before nor after
        ("after", "2026-11-21", "2026-11-22", True),
        ("after", "2026-11-21", "2026-11-21", False),
        ("after", "2026-11-21", "2026-11-20T23:59:59.999Z", False),
        ("after", "2026-11-21", "", False),
        ("after", "2026-11-21T10:00:00Z", "2026-11-21T10:00:01Z", True),
        ("greater_than", 9, "10", True),  # as numbers, not as text
        ("greater_than", 9, "9", False),
        ("greater_than", 9, "8.99", False),
        ("greater_than", 9, "", False),
        ("greater_than", -2, "-1", True),
        ("less_than", 10, "9", True),
        ("less_than", 10, "10.0", False),
        ("less_than", 10, "", False),
    ],
)
def test_an_operator_on_a_value_of_no_known_type(operator, operand, value, expected):
    """As settings held it that were stored before conditions had types."""
    assert holds(condition(operator, operand), value) is expected


TYPED = [
    # --- string: as text, but two numbers are ordered as numbers ---
    ("string", "equals", "Ulm", " ULM ", True),
    ("string", "equals", "10", "10.0", False),
    ("string", "not_equals", "Ulm", "", True),
    ("string", "any_of", ["smith; sons"], "Smith; Sons", True),  # a text is not a list of choices
    ("string", "any_of", ["smith"], "Smith; Sons", False),
    ("string", "none_of", ["smith"], "Smith; Sons", True),
    ("string", "contains", "lm", "ULM", True),
    ("string", "not_contains", "lm", "ULM", False),
    ("string", "known", None, "Ulm", True),
    ("string", "unknown", None, " ", True),
    ("string", "before", "m", "Lima", True),
    ("string", "after", "m", "Ulm", True),
    ("string", "greater_than", "9", "10", True),
    ("string", "less_than", "9", "10", False),
    # --- number ---
    ("number", "equals", 10, "10.0", True),
    ("number", "equals", "10", "1e1", True),
    ("number", "equals", "0.1", "0.10000000000000000001", False),  # no float would tell them apart
    ("number", "equals", "10", "", False),
    ("number", "equals", "ten", "TEN", True),  # what is no number is compared as text
    ("number", "equals", "10", "ten", False),
    ("number", "not_equals", "10", "10.00", False),
    ("number", "not_equals", "10", "", True),
    ("number", "any_of", ["1", "10"], "10.0", True),
    ("number", "any_of", ["1", "10"], "2", False),
    ("number", "none_of", ["1", "10"], "10.0", False),
    ("number", "none_of", ["1"], "", True),
    ("number", "contains", "5", "150", True),  # its text
    ("number", "not_contains", "5", "150", False),
    ("number", "known", None, "0", True),
    ("number", "unknown", None, "0", False),
    ("number", "greater_than", 9, "10", True),
    ("number", "greater_than", 9, "9.0", False),
    ("number", "greater_than", -2, "-1", True),
    ("number", "less_than", "10", "9.99", True),
    ("number", "less_than", "10", "", False),
    ("number", "less_than", "10", "few", False),
    ("number", "greater_than", "10", "many", False),
    ("number", "greater_than", "few", "10", False),
    ("number", "greater_than", "10", "NaN", False),
    ("number", "less_than", "10", "NaN", False),
    ("number", "after", 9, "10", True),
    ("number", "before", 9, "8", True),
    # --- bool ---
    ("bool", "equals", True, "true", True),
    ("bool", "equals", True, "Yes", True),
    ("bool", "equals", "no", "false", True),
    ("bool", "equals", False, "", False),  # unknown is not false
    ("bool", "equals", "maybe", "maybe", True),
    ("bool", "not_equals", "yes", "true", False),
    ("bool", "not_equals", "yes", "no", True),
    ("bool", "any_of", ["yes"], "true", True),
    ("bool", "none_of", ["yes"], "true", False),
    ("bool", "contains", "ru", "true", True),
    ("bool", "not_contains", "ru", "true", False),
    ("bool", "known", None, "false", True),
    ("bool", "unknown", None, "", True),
    ("bool", "greater_than", "false", "true", False),  # truths have no order
    ("bool", "less_than", "true", "false", False),
    # --- enumeration ---
    ("enumeration", "equals", "a;b", "b; A", True),
    ("enumeration", "equals", "a", "a;b", False),
    ("enumeration", "not_equals", "a;b", "b;a", False),
    ("enumeration", "not_equals", "a", "", True),
    ("enumeration", "any_of", ["b", "c"], "a;B", True),
    ("enumeration", "any_of", ["c"], "a;b", False),
    ("enumeration", "none_of", ["b"], "a; b", False),
    ("enumeration", "none_of", ["c"], "", True),
    ("enumeration", "contains", "lead", "sales_lead;x", True),
    ("enumeration", "not_contains", "lead", "sales_lead;x", False),
    ("enumeration", "known", None, "a", True),
    ("enumeration", "unknown", None, "a", False),
    ("enumeration", "after", "a", "b", True),
    ("enumeration", "before", "b", "a", True),
    # --- date ---
    ("date", "equals", "2026-11-21", "2026-11-21", True),
    ("date", "equals", "2026-11-21", "1795219200000", True),  # HubSpot's milliseconds at midnight UTC
    ("date", "equals", "2026-11-21", "2026-11-21T00:00:00Z", True),
    ("date", "equals", "2026-11-21", "2026-11-21T22:00:00-08:00", True),  # QuickBooks: the day as written
    ("date", "equals", "2026-11-21", "2026-11-22", False),
    ("date", "not_equals", "2026-11-21", "1795219200000", False),
    ("date", "any_of", ["2026-11-20", "2026-11-21"], "1795219200000", True),
    ("date", "none_of", ["2026-11-20"], "2026-11-21", True),
    ("date", "contains", "2026", "2026-11-21", True),
    ("date", "not_contains", "2026", "2026-11-21", False),
    ("date", "known", None, "2026-11-21", True),
    ("date", "unknown", None, "2026-11-21", False),
    ("date", "before", "2026-11-21", "2026-11-20", True),
    ("date", "before", "2026-11-21", "2026-11-21", False),
    ("date", "before", "2026-11-21", "", False),
    ("date", "before", "2026-11-21", "2026-02-31", False),
    ("date", "after", "2026-11-21", "2026-11-21", False),
    ("date", "after", "2026-11-21", "2026-11-22", True),
    ("date", "after", "2026-11-21", "soon", False),
    ("date", "after", "soon", "2026-11-22", False),
    ("date", "after", "2026-11-21T10:00:00Z", "2026-11-22", True),
    ("date", "less_than", "2026-11-21", "2026-11-20", True),
    ("date", "greater_than", "2026-11-21", "2026-11-22", True),
    # --- datetime, in UTC ---
    ("datetime", "equals", "2026-11-21", "2026-11-21T00:00:00Z", True),
    ("datetime", "equals", "2026-11-21", "2026-11-21T23:59:59.999Z", True),
    ("datetime", "equals", "2026-11-21", "2026-11-22T00:00:00Z", False),
    ("datetime", "equals", "2026-11-21T10:00:00Z", "2026-11-21T11:00:00+01:00", True),
    ("datetime", "equals", "2026-11-21T10:00:00Z", "1795255200000", True),
    ("datetime", "equals", "2026-11-21T10:00:00Z", "2026-11-21T10:00:00.001Z", False),
    ("datetime", "equals", "9999-12-31", "9999-12-31T23:00:00Z", True),
    ("datetime", "not_equals", "2026-11-21", "2026-11-21T12:00:00Z", False),
    ("datetime", "any_of", ["2026-11-20", "2026-11-21"], "2026-11-21T12:00:00Z", True),
    ("datetime", "none_of", ["2026-11-21"], "2026-11-21T12:00:00Z", False),
    ("datetime", "contains", "2026-11", "2026-11-21T12:00:00Z", True),
    ("datetime", "not_contains", "2026-11", "2026-11-21T12:00:00Z", False),
    ("datetime", "known", None, "2026-11-21T12:00:00Z", True),
    ("datetime", "unknown", None, "", True),
    ("datetime", "before", "2026-11-21", "2026-11-20T23:59:59.999Z", True),
    ("datetime", "before", "2026-11-21", "2026-11-21T00:00:00Z", False),
    ("datetime", "after", "2026-11-21", "2026-11-21T00:00:00Z", False),  # its first moment
    ("datetime", "after", "2026-11-21", "2026-11-21T00:00:00.001Z", True),  # a time on the very day counts
    ("datetime", "after", "2026-11-21", "1795219200001", True),
    ("datetime", "after", "2026-11-21", "", False),
    ("datetime", "after", "2026-11-21", "soon", False),
    ("datetime", "before", "2026-11-21", "soon", False),
    ("datetime", "after", "2026-11-21T10:00:00Z", "2026-11-21T10:00:01Z", True),
    ("datetime", "less_than", "2026-11-21", "2026-11-20T12:00:00Z", True),
    ("datetime", "greater_than", "2026-11-21", "2026-11-22T12:00:00Z", True),
]


@pytest.mark.parametrize(("kind", "operator", "operand", "value", "expected"), TYPED)
def test_an_operator_on_a_value_of_a_type(kind, operator, operand, value, expected):
    assert holds(condition(operator, operand, kind=kind), value) is expected


def test_the_table_has_every_operator_for_every_type():
    ordering = {"before", "after", "greater_than", "less_than"}
    for kind in get_args(ValueType):
        tried = {operator for one, operator, *_ in TYPED if one == kind}
        assert set(get_args(Operator)) - ordering <= tried
        assert len(tried & ordering) >= 2


BERLIN, NEW_YORK, AUCKLAND, CAIRO = "Europe/Berlin", "America/New_York", "Pacific/Auckland", "Africa/Cairo"


@pytest.mark.parametrize(
    ("zone", "operator", "operand", "value", "expected"),
    [
        # A day begins where the connection is: UTC+1, UTC-5, UTC+13.
        (BERLIN, "equals", "2026-11-21", "2026-11-20T23:00:00Z", True),
        (BERLIN, "equals", "2026-11-21", "2026-11-20T22:59:59.999Z", False),
        (BERLIN, "equals", "2026-11-21", "2026-11-21T23:00:00Z", False),
        (BERLIN, "before", "2026-11-21", "2026-11-20T22:59:59.999Z", True),
        (BERLIN, "before", "2026-11-21", "2026-11-20T23:00:00Z", False),
        (BERLIN, "after", "2026-11-21", "2026-11-20T23:00:00Z", False),
        (BERLIN, "after", "2026-11-21", "2026-11-20T23:00:00.001Z", True),
        (NEW_YORK, "equals", "2026-11-21", "2026-11-21T04:59:59Z", False),
        (NEW_YORK, "equals", "2026-11-21", "2026-11-22T04:59:59Z", True),
        (NEW_YORK, "after", "2026-11-21", "2026-11-21T04:59:59Z", False),
        (AUCKLAND, "equals", "2026-11-21", "2026-11-20T11:00:00Z", True),
        (AUCKLAND, "before", "2026-11-21", "2026-11-20T11:00:00Z", False),
        # The day of a change of clocks: 23 hours in March, 25 in October, both to the millisecond.
        (BERLIN, "equals", "2026-03-29", "2026-03-28T23:00:00Z", True),
        (BERLIN, "equals", "2026-03-29", "2026-03-29T21:59:59.999Z", True),
        (BERLIN, "equals", "2026-03-29", "2026-03-29T22:00:00Z", False),
        (BERLIN, "equals", "2026-10-25", "2026-10-24T22:00:00Z", True),
        (BERLIN, "equals", "2026-10-25", "2026-10-25T22:59:59.999Z", True),
        (BERLIN, "equals", "2026-10-25", "2026-10-25T23:00:00Z", False),
        # In Cairo the clocks skip the midnight itself: 24 April 2026 begins at 01:00, which is 22:00 UTC.
        (CAIRO, "equals", "2026-04-24", "2026-04-23T21:59:59.999Z", False),
        (CAIRO, "equals", "2026-04-24", "2026-04-23T22:00:00Z", True),
        # A moment without an offset is one of the zone; with an offset the zone plays no part.
        (BERLIN, "after", "2026-11-21T10:00", "2026-11-21T09:00:00Z", False),
        (BERLIN, "after", "2026-11-21T10:00", "2026-11-21T09:00:01Z", True),
        (BERLIN, "equals", "2026-11-21T10:00:00Z", "2026-11-21T10:00:00Z", True),
        (BERLIN, "equals", "2026-11-21", "2026-11-21", True),  # a day in a datetime is its first moment there
        # Names: what is not known is UTC.
        ("US/Eastern", "equals", "2026-11-21", "2026-11-22T04:59:59Z", True),
        ("Mars/Olympus", "equals", "2026-11-21", "2026-11-21T00:00:00Z", True),
        ("", "equals", "2026-11-21", "2026-11-21T23:59:59Z", True),
    ],
)
def test_a_day_is_a_day_of_the_connections_time_zone(zone, operator, operand, value, expected):
    assert holds(condition(operator, operand, kind="datetime"), value, zone) is expected


@pytest.mark.parametrize("zone", [NEW_YORK, AUCKLAND])
def test_a_date_is_the_same_day_everywhere(zone):
    assert holds(condition("equals", "2026-11-21", kind="date"), "1795219200000", zone)
    assert not holds(condition("after", "2026-11-21", kind="date"), "2026-11-21", zone)


def test_the_time_zone_reaches_conditions_on_associated_records():
    group = Group(all=[condition("equals", "2026-11-21", "invoice.hs_createdate", "datetime")])
    invoices = {"invoice": [lambda _: "2026-11-20T23:30:00Z"]}
    assert excluding_clause([group], lambda _: "", invoices, BERLIN) is None
    assert excluding_clause([group], lambda _: "", invoices) == "invoice.hs_createdate equals 2026-11-21 does not hold"


OPERANDS = (
    st.text(max_size=25)
    | st.datetimes().map(lambda one: one.isoformat())
    | st.dates().map(str)
    | st.integers().map(str)
    | st.decimals(allow_nan=True).map(str)
    | st.sampled_from(
        ["0001-01-01", "9999-12-31", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", "2026-11-21T"]
    )
)
ZONES = st.sampled_from(["", BERLIN, NEW_YORK, "Pacific/Kiritimati", "America"]) | st.text(max_size=12)
KINDS = st.sampled_from([None, *get_args(ValueType)])


@given(st.sampled_from(get_args(Operator)), KINDS, OPERANDS, OPERANDS, ZONES)
def test_no_value_makes_a_condition_fail(operator, kind, operand, value, zone):
    given_operand = [operand] if operator in ("any_of", "none_of") else operand
    assert holds(condition(operator, given_operand, kind=kind), value, zone) in (True, False)


@given(KINDS, OPERANDS, OPERANDS, ZONES)
def test_an_operator_and_its_opposite_never_both_hold(kind, operand, value, zone):
    def what(operator, given_operand=operand):
        return holds(condition(operator, given_operand, kind=kind), value, zone)

    assert what("equals") != what("not_equals")
    assert what("any_of", [operand]) != what("none_of", [operand])
    assert what("contains") != what("not_contains")
    assert what("known") != what("unknown")
    assert not (what("before") and what("after"))
    assert not (what("before") and what("equals"))
    assert (what("before"), what("after")) == (what("less_than"), what("greater_than"))


@given(st.datetimes().map(lambda one: one.isoformat() + "Z"), st.dates().map(str), ZONES)
def test_a_moment_is_before_a_day_or_on_it_or_after_it(value, day, zone):
    ways = [holds(condition(one, day, kind="datetime"), value, zone) for one in ("before", "equals", "after")]
    assert any(ways)
    assert not (ways[0] and ways[2])


IN_ULM, IN_BONN = condition("equals", "Ulm"), condition("equals", "Bonn")
LEAD = condition("equals", "lead", "lifecyclestage")


def clause(groups, **record):
    return excluding_clause([Group(all=group) for group in groups], lambda name: record.get(name, ""))


@pytest.mark.parametrize(
    ("groups", "record", "passes"),
    [
        ([], {}, True),
        ([[IN_ULM]], {"city": "Ulm"}, True),
        ([[IN_ULM]], {"city": "Bonn"}, False),
        ([[IN_ULM, LEAD]], {"city": "Ulm", "lifecyclestage": "lead"}, True),
        ([[IN_ULM, LEAD]], {"city": "Ulm"}, False),
        ([[IN_ULM, LEAD]], {"lifecyclestage": "lead"}, False),
        ([[IN_ULM], [IN_BONN]], {"city": "Bonn"}, True),
        ([[IN_ULM], [IN_BONN]], {"city": "Köln"}, False),
        ([[IN_ULM, LEAD], [IN_BONN]], {"city": "Bonn"}, True),
        ([[IN_ULM, LEAD], [IN_BONN, LEAD]], {"city": "Bonn", "lifecyclestage": "customer"}, False),
    ],
)
def test_groups_are_or_ed_and_conditions_and_ed(groups, record, passes):
    assert (clause(groups, **record) is None) is passes


def test_the_excluding_clause_names_what_failed_in_every_group():
    assert clause([[IN_ULM, LEAD], [IN_BONN]], city="Ulm") == (
        "lifecyclestage equals lead does not hold and city equals Bonn does not hold"
    )


@pytest.mark.parametrize(
    ("failed", "words"),
    [
        (condition("greater_than", 0, "employees"), "employees greater than 0 does not hold"),
        (condition("equals", False, "vip"), "vip equals false does not hold"),
        (condition("any_of", ["a", "b"]), "city any of a, b does not hold"),
        (condition("known"), "city known does not hold"),
    ],
)
def test_the_clause_says_its_operand(failed, words):
    assert clause([[failed]], employees="0", vip="true") == words


@pytest.mark.parametrize(
    ("companies", "passes"),
    [
        ([], False),
        ([{"city": "Tucson", "country": "USA"}], True),
        ([{"city": "Tucson", "country": "Mexico"}], False),
        ([{"city": "Ulm", "country": "USA"}, {"city": "Tucson", "country": "Mexico"}], False),
        ([{"city": "Ulm", "country": "USA"}, {"city": "Tucson", "country": ""}], True),
    ],
)
def test_conditions_on_one_association_are_about_the_same_record(companies, passes):
    """Where there is none, no condition on it holds, negative ones included (design: Filters)."""
    group = Group(
        all=[
            Condition(property="company.city", operator="equals", value="Tucson"),
            Condition(property="company.country", operator="not_equals", value="Mexico"),
        ]
    )
    associated = {"company": [lambda name, one=one: one.get(name, "") for one in companies]}
    assert (excluding_clause([group], lambda _: "", associated) is None) is passes


def test_conditions_about_one_associated_record_are_one_clause():
    group = Group(all=[condition("known", name="invoice.a"), condition("equals", "x", name="invoice.b")])
    assert (
        excluding_clause([group], lambda _: "", {})
        == "invoice.a known and invoice.b equals x do not hold for one invoice"
    )
