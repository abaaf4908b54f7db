"""Search: late, limited, and particular about case (reference, section 4.6)."""

from __future__ import annotations

from typing import Any

import pytest

from local.hubspot import HubSpot, Portal

SEARCH = "/crm/objects/2026-09/contacts/search"


def names(api, *filters: dict[str, Any], **more: Any) -> list[str]:
    """The first names found by one group of filters, as a set would have them."""
    body = {"filterGroups": [{"filters": list(filters)}] if filters else [], "properties": ["firstname"], **more}
    answer = api.post(SEARCH, body)
    assert answer.status_code == 200, answer.get_json()
    return [one["properties"]["firstname"] for one in answer.get_json()["results"]]


def a_filter(name: str, operator: str, value: str | None = None, **more: Any) -> dict[str, Any]:
    return {"propertyName": name, "operator": operator, **({"value": value} if value is not None else {}), **more}


@pytest.fixture
def people(portal: Portal, clock) -> list[str]:
    """Three contacts that the index knows."""
    ids = []
    for properties in (
        {"firstname": "Ana", "email": "ana@acme.example", "numemployees": "9", "lifecyclestage": "customer"},
        {"firstname": "Berta", "email": "berta@bolt.example", "numemployees": "10"},
        {"firstname": "Zoë", "company": "Café Müller & Söhne"},
    ):
        ids.append(portal.create_contact(properties))
        clock.advance(10)
    return ids


def test_the_index_lags_behind(api, hub: HubSpot, portal: Portal, clock):
    """A new contact, a new value and an archived contact are all seen later."""
    hub.settings.index_lag_s = 5
    contact_id = portal.create_contact({"firstname": "Ana"})
    assert names(api) == []
    clock.advance(5)
    assert names(api) == ["Ana"]
    portal.update_contact(contact_id, {"firstname": "Anna"})
    assert names(api, a_filter("firstname", "EQ", "anna")) == []
    assert names(api) == ["Ana"]
    clock.advance(5)
    assert names(api, a_filter("firstname", "EQ", "anna")) == ["Anna"]
    portal.archive_contact(contact_id)
    assert names(api) == ["Anna"]
    clock.advance(5)
    assert names(api) == []


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(
    ("one", "found"),
    [
        (a_filter("firstname", "EQ", "ANA"), ["Ana"]),
        (a_filter("firstname", "NEQ", "ana"), ["Berta", "Zoë"]),
        (a_filter("numemployees", "GT", "9"), ["Berta"]),
        (a_filter("numemployees", "GTE", "9"), ["Ana", "Berta"]),
        (a_filter("numemployees", "LT", "10"), ["Ana"]),
        (a_filter("numemployees", "BETWEEN", "1", highValue="9"), ["Ana"]),
        (a_filter("firstname", "IN", values=["ana", "berta"]), ["Ana", "Berta"]),
        (a_filter("firstname", "IN", values=["Ana"]), []),
        (a_filter("firstname", "NOT_IN", values=["ana"]), ["Berta", "Zoë"]),
        (a_filter("email", "HAS_PROPERTY"), ["Ana", "Berta"]),
        (a_filter("email", "NOT_HAS_PROPERTY"), ["Zoë"]),
        (a_filter("email", "CONTAINS_TOKEN", "*@acme.example"), ["Ana"]),
        (a_filter("company", "CONTAINS_TOKEN", "müller"), ["Zoë"]),
        (a_filter("company", "NOT_CONTAINS_TOKEN", "müller"), ["Ana", "Berta"]),
        (a_filter("lifecyclestage", "EQ", "customer"), ["Ana"]),
        (a_filter("lifecyclestage", "EQ", "Customer"), []),
        (a_filter("createdate", "GTE", "1795305610000"), ["Berta", "Zoë"]),
        (a_filter("createdate", "LT", "2026-11-22T00:00:10Z"), ["Ana"]),
    ],
)
def test_operators(api, one: dict[str, Any], found: list[str]):
    """Each operator, with the case rules of strings and enumerations."""
    assert names(api, one) == found


@pytest.mark.usefixtures("people")
def test_filters_are_anded_and_groups_are_ored(api):
    """(Ana and customer) or Zoë."""
    groups = [
        {"filters": [a_filter("firstname", "EQ", "ana"), a_filter("lifecyclestage", "EQ", "customer")]},
        {"filters": [a_filter("firstname", "EQ", "zoë")]},
    ]
    answer = api.post(SEARCH, {"filterGroups": groups, "properties": ["firstname"]}).get_json()
    assert answer["total"] == 2


def test_search_by_company(api, portal: Portal, people):
    """The pseudo-property `associations.company`."""
    company_id = portal.create_company({"name": "Acme"})
    portal.associate(people[1], company_id)
    assert names(api, a_filter("associations.company", "EQ", company_id)) == ["Berta"]


@pytest.mark.usefixtures("people")
def test_a_free_query_looks_into_the_usual_properties(api):
    """Names, addresses, phones and company; by the beginnings of words."""
    assert names(api, query="bert") == ["Berta"]
    assert names(api, query="café mül") == ["Zoë"]


@pytest.mark.usefixtures("people")
def test_one_sort_and_pages_by_offset(api):
    """Descending, two at a time."""
    sort = [{"propertyName": "firstname", "direction": "DESCENDING"}]
    first = api.post(SEARCH, {"sorts": sort, "limit": 2, "properties": ["firstname"]}).get_json()
    assert [one["properties"]["firstname"] for one in first["results"]] == ["Zoë", "Berta"]
    assert first["paging"] == {"next": {"after": "2"}}
    last = api.post(SEARCH, {"sorts": sort, "limit": 2, "after": "2"}).get_json()
    assert len(last["results"]) == 1
    assert "paging" not in last


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(
    "body",
    [
        {"filterGroups": [{"filters": []}] * 6},
        {"filterGroups": [{"filters": [a_filter("email", "HAS_PROPERTY")] * 7}]},
        {"filterGroups": [{"filters": [a_filter("email", "HAS_PROPERTY")] * 5}] * 4},
        {"limit": 201},
        {"after": "10000"},
        {"sorts": ["firstname", "lastname"]},
        {"filterGroups": [{"filters": [a_filter("foo", "EQ", "1")]}]},
        {"filterGroups": [{"filters": [a_filter("email", "LIKE", "1")]}]},
        {"filterGroups": [{"filters": [a_filter("email", "IN", "1")]}]},
        {"sorts": ["foo"]},
        {"query": "x" * 3000},
        {"filters": []},
    ],
    ids=str,
)
def test_the_limits_of_a_search(api, body: dict[str, Any]):
    """5 groups, 6 filters each, 18 in all, 200 a page, 10,000 in all, one sort, 3,000 characters."""
    answer = api.post(SEARCH, body)
    assert answer.status_code == 400
    assert answer.get_json()["category"] == "VALIDATION_ERROR"


def test_five_searches_a_second(api, hub: HubSpot, clock):
    """The sixth is refused, without rate headers; a second later it passes."""
    hub.settings.search_limit = 5
    assert [api.post(SEARCH, {}).status_code for _ in range(6)] == [200] * 5 + [429]
    refused = api.post(SEARCH, {})
    assert refused.get_json()["policyName"] == "SECONDLY"
    assert refused.get_json()["message"] == "You have reached your secondly limit."
    assert not [name for name, _ in refused.headers if "ratelimit" in name.lower()]
    clock.advance(1)
    assert api.post(SEARCH, {}).status_code == 200
