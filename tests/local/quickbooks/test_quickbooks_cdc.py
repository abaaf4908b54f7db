"""Change data capture (reference 4)."""

from __future__ import annotations

from typing import Any

import pytest

from local.quickbooks import Company, QuickBooks
from tests.local.quickbooks.quickbooks_world import Api, Clock, fault

ALL = "Customer,Vendor,Employee"


def changed(api: Api, since: str, entities: str = ALL) -> list[dict[str, Any]]:
    reply = api.get("cdc", entities=entities, changedSince=since)
    assert reply.status_code == 200, reply.text
    responses: list[dict[str, Any]] = reply.json()["CDCResponse"][0]["QueryResponse"]
    return responses


def test_each_entity_has_its_place_and_is_empty_where_nothing_changed(api: Api, company: Company) -> None:
    """In the order asked for."""
    vendor = company.create("Vendor", {"DisplayName": "Supplier"})
    assert changed(api, "2026-11-02") == [{}, {"Vendor": [vendor], "startPosition": 1, "maxResults": 1}, {}]
    assert changed(api, "2026-11-02", "Vendor, Customer")[0]["Vendor"] == [vendor]


def test_the_second_itself_counts(api: Api, company: Company, clock: Clock) -> None:
    """changedSince is inclusive; what did not change after it is left out."""
    company.create("Customer", {"DisplayName": "Aster"})
    clock.advance(10)
    company.create("Customer", {"DisplayName": "Birch"})
    assert [each["Id"] for each in changed(api, "2026-11-02T13:00:00-08:00")[0]["Customer"]] == ["2", "1"]
    assert [each["Id"] for each in changed(api, "2026-11-02T21:00:01Z")[0]["Customer"]] == ["2"]
    assert [each["Id"] for each in changed(api, "2026-11-02T13:00:10-08:00")[0]["Customer"]] == ["2"]
    assert changed(api, "2026-11-02T13:00:11-08:00")[0] == {}


def test_inactive_ones_are_shown_whole_and_merged_ones_as_a_stub(api: Api, company: Company, clock: Clock) -> None:
    """CDC has no active filter; a stub has no SyncToken."""
    for name in ("Aster", "Birch", "Cedar"):
        company.create("Customer", {"DisplayName": name})
    clock.advance(5)
    company.inactivate("Customer", "2")
    company.merge_customers("1", "3")
    two, one, three = changed(api, "2026-11-02T13:00:05-08:00")[0]["Customer"]
    assert (two["DisplayName"], two["Active"]) == ("Birch (deleted)", False)
    assert one["SyncToken"] == "1"
    at = {"LastUpdatedTime": "2026-11-02T13:00:05-08:00"}
    assert three == {"domain": "QBO", "status": "Deleted", "Id": "3", "MetaData": at}


def test_1000_objects_at_most_over_all_entities(api: Api, company: Company) -> None:
    """What is beyond is cut off without a word."""
    for number in range(995):
        company.create("Customer", {"DisplayName": f"Customer {number}"})
    for number in range(10):
        company.create("Vendor", {"DisplayName": f"Vendor {number}"})
    responses = changed(api, "2026-11-02")
    assert [each.get("maxResults") for each in responses] == [995, 5, None]
    assert len(responses[1]["Vendor"]) == 5


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"changedSince": "2026-11-01"}, "2020"),
        ({"entities": "Customer"}, "2020"),
        ({"entities": "Customer", "changedSince": "yesterday"}, "2060"),
        ({"entities": "Customer", "changedSince": "2026-11-01T00:00:00 00:00"}, "2060"),
        ({"entities": "Customer", "changedSince": "2026-10-03T00:00:00Z"}, "2190"),
        ({"entities": "customer", "changedSince": "2026-11-01"}, "2000"),
        ({"entities": "Customer,Estimate", "changedSince": "2026-11-01"}, "2000"),
    ],
)
def test_a_bad_question_is_400(api: Api, parameters: dict[str, str], code: str) -> None:
    """More than 30 days back, a `+` that was not encoded, an entity that is not imitated."""
    assert fault(api.get("cdc", **parameters))["code"] == code


def test_an_offset_must_be_encoded(api: Api, company: Company, quickbooks: QuickBooks) -> None:
    """The call list shows it as it arrived."""
    company.create("Customer", {"DisplayName": "Aster"})
    assert changed(api, "2026-11-02T21:00:00+00:00")[0]["maxResults"] == 1
    assert quickbooks.dials.calls()[-1].query == f"entities={ALL}&changedSince=2026-11-02T21:00:00+00:00"


def test_thirty_days_are_still_answered(api: Api) -> None:
    """The edge of the window."""
    assert changed(api, "2026-10-03T21:00:00Z") == [{}, {}, {}]
