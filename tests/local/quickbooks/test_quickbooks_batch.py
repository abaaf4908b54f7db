"""Batches (reference 6): independent items, each with its own reply or Fault."""

from __future__ import annotations

from typing import Any

import pytest

from local.quickbooks import Company, QuickBooks
from tests.local.quickbooks.quickbooks_world import Api, fault


def item(
    bid: str, name: str = "", operation: str = "create", entity: str = "Customer", **values: Any
) -> dict[str, Any]:
    return {"bId": bid, "operation": operation, entity: {**({"DisplayName": name} if name else {}), **values}}


def test_every_item_gets_its_own_answer(api: Api, quickbooks: QuickBooks) -> None:
    """Writes, queries and CDC side by side; a fault concerns its own item. Only reads are metered."""
    api.post("customer", {"DisplayName": "Aster", "Notes": "first"})
    quickbooks.dials.forget_calls()
    reply = api.batch(
        item("c1", "Birch"),
        item("u1", operation="update", Id="1", SyncToken="0", sparse=True, Notes="second"),
        item("u2", operation="update", Id="1", SyncToken="0", sparse=True, Notes="third"),
        item("c2", "birch", entity="Vendor"),
        item("d1", operation="delete", Id="1", SyncToken="1"),
        {"bId": "q1", "Query": "select * from Customer where Id = '1'"},
        {"bId": "q2", "Query": "select nonsense"},
        {"bId": "x1", "CDCQuery": {"Entities": "Vendor", "ChangedSince": "2026-11-01T00:00:00Z"}},
    )
    assert reply.status_code == 200
    assert set(reply.json()) == {"BatchItemResponse", "time"}
    answers = {each["bId"]: each for each in reply.json()["BatchItemResponse"]}
    assert answers["c1"]["Customer"]["Id"] == "2"
    assert answers["u1"]["Customer"]["SyncToken"] == "1"
    codes = {bid: answer["Fault"]["Error"][0]["code"] for bid, answer in answers.items() if "Fault" in answer}
    assert codes == {"u2": "5010", "c2": "6240", "d1": "500", "q2": "4000"}
    assert answers["d1"]["Fault"]["Error"][0]["Detail"] == "Operation delete is not supported."
    assert answers["q1"]["QueryResponse"]["Customer"][0]["Notes"] == "second"
    assert answers["x1"]["CDCResponse"] == [{"QueryResponse": [{}]}]
    assert [call.metered for call in quickbooks.dials.calls()] == [2]


@pytest.mark.parametrize(
    ("batch", "code"),
    [
        ({}, "2020"),
        ([], "2020"),
        ({"BatchItemRequest": []}, "2020"),
        ({"BatchItemRequest": [item("1", "A")], "Extra": 1}, "2010"),
        ({"BatchItemRequest": [item(str(n), f"A{n}") for n in range(31)]}, "1040"),
        ({"BatchItemRequest": [item("1", "A"), item("1", "B")]}, "2600"),
        ({"BatchItemRequest": [item("1", "A"), {"operation": "create", "Customer": {}}]}, "2020"),
    ],
)
def test_a_batch_that_is_wrong_as_a_whole_does_nothing(api: Api, company: Company, batch: Any, code: str) -> None:
    """More than 30 items, or a bId missing or used twice."""
    assert fault(api.post("batch", batch))["code"] == code
    assert company.all("Customer") == []


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"bId": "1", "operation": "create", "Estimate": {}}, "2000"),
        ({"bId": "1", "operation": "create"}, "2600"),
        ({"bId": "1", "Customer": {"DisplayName": "A"}}, "2020"),
        ({"bId": "1", "operation": "void", "Customer": {"Id": "1", "SyncToken": "0"}}, "500"),
        ({"bId": "1", "operation": "update", "optionsData": "void", "Customer": {"Id": "1"}}, "500"),
        ({"bId": "1", "operation": "update", "Customer": {"DisplayName": "A"}}, "2020"),
        ({"bId": "1", "operation": "create", "Customer": {"Id": "1", "SyncToken": "0"}}, "2600"),
        ({"bId": "1", "operation": "create", "Customer": "A"}, "2010"),
        ({"bId": "1", "operation": "create", "Customer": {"Colour": "red"}}, "2010"),
        ({"bId": "1", "Query": "select * from Customer", "Customer": {}}, "2600"),
        ({"bId": "1", "CDCQuery": {"Entities": "Customer"}}, "2020"),
        ({"bId": "1", "CDCQuery": {"entities": "Customer"}}, "2010"),
    ],
)
def test_an_item_that_is_wrong_harms_no_other(api: Api, wrong: dict[str, Any], code: str) -> None:
    """Its neighbour is created."""
    first, second = api.batch(wrong, item("2", "Aster")).json()["BatchItemResponse"]
    assert first["Fault"]["Error"][0]["code"] == code
    assert second["Customer"]["DisplayName"] == "Aster"


def test_the_number_of_items_can_be_lowered(api: Api, quickbooks: QuickBooks) -> None:
    """Some sources speak of 10 or 25."""
    quickbooks.settings.batch_items = 2
    assert fault(api.batch(*[item(str(n), f"A{n}") for n in range(3)]))["code"] == "1040"
    assert api.batch(*[item(str(n), f"A{n}") for n in range(2)]).status_code == 200


def test_the_queries_of_one_batch_return_1000_objects_at_most(api: Api, company: Company) -> None:
    """The query that goes beyond is refused, a later and smaller one is not."""
    for number in range(600):
        company.create("Customer", {"DisplayName": f"Customer {number}"})
    queries = [
        {"bId": "1", "Query": "select * from Customer maxresults 1000"},
        {"bId": "2", "Query": "select * from Customer maxresults 1000"},
        {"bId": "3", "Query": "select * from Customer maxresults 10"},
    ]
    first, second, third = api.batch(*queries).json()["BatchItemResponse"]
    assert first["QueryResponse"]["maxResults"] == 600
    assert second["Fault"]["Error"][0]["code"] == "10100"
    assert third["QueryResponse"]["maxResults"] == 10


def test_a_repeated_batch_does_only_what_had_failed_or_was_not_there(api: Api, company: Company) -> None:
    """With a requestid, request id and bId together are the key: fewer or more members are no matter."""
    taken = company.create("Vendor", {"DisplayName": "Birch"})
    first = api.batch(item("1", "Aster"), item("2", "Birch"), item("3", "Cedar"), requestid="r").json()
    assert ["Fault" in each for each in first["BatchItemResponse"]] == [False, True, False]
    company.update("Vendor", taken["Id"], {"DisplayName": "Supplier"})

    again = api.batch(item("1", "Aster"), item("2", "Birch"), requestid="r").json()["BatchItemResponse"]
    assert again[0] == first["BatchItemResponse"][0]
    assert again[1]["Customer"]["DisplayName"] == "Birch"
    assert [each["DisplayName"] for each in company.all("Customer")] == ["Aster", "Cedar", "Birch"]

    other = api.batch(item("4", "Aster"), requestid="r").json()["BatchItemResponse"]
    assert other[0]["Fault"]["Error"][0]["code"] == "6240"


@pytest.mark.parametrize(
    ("request_id", "bid", "code"),
    [("r" * 36, "b" * 10, None), ("r" * 37, "b", "2130"), ("r", "b" * 11, "2130"), ("", "b", "2130")],
)
def test_the_ids_of_a_batch_have_their_lengths(api: Api, request_id: str, bid: str, code: str | None) -> None:
    """36 characters for the request and 10 for each item."""
    reply = api.batch(item(bid, "Aster"), requestid=request_id)
    assert (None if reply.status_code == 200 else fault(reply)["code"]) == code


def test_without_a_request_id_a_bid_may_be_longer(api: Api) -> None:
    """python-quickbooks sends a UUID."""
    assert api.batch(item("b" * 36, "Aster")).status_code == 200
