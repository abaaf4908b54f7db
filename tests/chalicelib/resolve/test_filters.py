"""The operators as a table; groups are OR-ed, the conditions inside one AND-ed."""

from __future__ import annotations

import pytest

from chalicelib.resolve.filters import excluding_clause, holds
from chalicelib.settings import Condition, Group


def condition(operator, operand=None, name="city") -> Condition:
    if isinstance(operand, list):
        return Condition(property=name, operator=operator, values=operand)
    return Condition(property=name, operator=operator, value=operand)


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
def test_an_operator(operator, operand, value, expected):
    assert holds(condition(operator, operand), value) is expected


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
