"""The request id of a single write (reference 2.5): the stored reply comes back and nothing is done."""

from __future__ import annotations

import pytest
import requests

from local.quickbooks import Company, QuickBooks
from tests.local.quickbooks.quickbooks_world import Api, fault


def test_a_repeated_write_is_answered_and_not_done_again(api: Api, company: Company) -> None:
    """The very same reply, also when the body differs."""
    first = api.post("customer", {"DisplayName": "Aster"}, requestid="r")
    company.update("Customer", "1", {"Notes": "changed meanwhile"})
    again = api.post("customer", {"DisplayName": "Other"}, requestid="r")
    assert again.json()["Customer"] == first.json()["Customer"]
    assert len(company.all("Customer")) == 1


def test_a_repeated_update_does_not_find_its_token_stale(api: Api) -> None:
    """That is what the request id is for."""
    api.post("customer", {"DisplayName": "Aster"})
    update = {"Id": "1", "SyncToken": "0", "sparse": True, "Notes": "x"}
    assert api.post("customer", update, requestid="r").json()["Customer"]["SyncToken"] == "1"
    assert api.post("customer", update, requestid="r").json()["Customer"]["SyncToken"] == "1"
    assert fault(api.post("customer", update))["code"] == "5010"


def test_a_write_that_failed_is_tried_again(api: Api, company: Company) -> None:
    """Only successes are kept."""
    vendor = company.create("Vendor", {"DisplayName": "Aster"})
    assert fault(api.post("customer", {"DisplayName": "Aster"}, requestid="r"))["code"] == "6240"
    company.update("Vendor", vendor["Id"], {"DisplayName": "Supplier"})
    assert api.post("customer", {"DisplayName": "Aster"}, requestid="r").status_code == 200


def test_a_request_id_belongs_to_one_company(api: Api, quickbooks: QuickBooks) -> None:
    """Another company has not heard of it."""
    other = quickbooks.add_company("7")
    token = quickbooks.issue_tokens("7")["access_token"]
    api.post("customer", {"DisplayName": "Aster"}, requestid="r")
    there = Api(api.url, "7", token, requests.Session()).post("customer", {"DisplayName": "Birch"}, requestid="r")
    assert there.json()["Customer"]["DisplayName"] == "Birch"
    assert len(other.all("Customer")) == 1


@pytest.mark.parametrize(("request_id", "status"), [("r" * 50, 200), ("r" * 51, 400), ("", 400)])
def test_a_request_id_has_up_to_50_characters(api: Api, request_id: str, status: int) -> None:
    """Anything else is 2130."""
    reply = api.post("customer", {"DisplayName": "Aster"}, requestid=request_id)
    assert reply.status_code == status
    assert status == 200 or fault(reply)["code"] == "2130"
