"""HubSpot's client, listing what there is: properties in one call, owners a page at a time."""

from __future__ import annotations

import pytest

from chalicelib.failures import Busy, Rejected, Unknown
from chalicelib.hubspot.client import HubSpot
from tests.chalicelib.answering import Answer, Vendor, transport


def client(answers) -> tuple[HubSpot, Vendor]:
    vendor = Vendor(answers if callable(answers) else lambda _asked: answers)
    return HubSpot(transport(vendor, "HubSpot")), vendor


def pages_of(owners: list[dict], size: int):
    def answers(asked) -> Answer:
        start = int(asked.params.get("after", "0"))
        following = {"paging": {"next": {"after": str(start + size)}}} if start + size < len(owners) else {}
        return Answer(200, {"results": owners[start : start + size], **following})

    return answers


def test_the_properties_of_an_object_are_one_call():
    rows = [{"name": "email"}, {"name": "phone"}]
    hubspot, vendor = client(Answer(200, {"results": rows}))
    assert hubspot.properties("invoices") == rows
    (asked,) = vendor.asked
    assert (asked.method, asked.path, asked.params) == ("GET", "/crm/properties/2026-09/invoices", {})


@pytest.mark.parametrize(("count", "calls"), [(0, 1), (1, 1), (100, 1), (101, 2), (250, 3)])
def test_owners_are_read_to_the_last_page(count, calls):
    owners = [{"id": str(number)} for number in range(count)]
    hubspot, vendor = client(pages_of(owners, 100))
    assert hubspot.owners() == owners
    assert [asked.path for asked in vendor.asked] == ["/crm/owners/2026-09"] * calls
    assert {asked.params["limit"] for asked in vendor.asked} == {"100"}


def test_an_empty_page_that_names_a_next_one_is_the_last():
    """Else a slip of the vendor would have us ask for ever."""
    hubspot, vendor = client(Answer(200, {"results": [], "paging": {"next": {"after": "7"}}}))
    assert hubspot.owners() == []
    assert len(vendor.asked) == 1


@pytest.mark.parametrize("body", [{}, {"results": None}, {"results": {"name": "email"}}])
@pytest.mark.parametrize("ask", [lambda hubspot: hubspot.properties("deals"), lambda hubspot: hubspot.owners()])
def test_an_answer_without_rows_does_not_say_that_there_are_none(body, ask):
    hubspot, _ = client(Answer(200, body))
    with pytest.raises(Unknown):
        ask(hubspot)


@pytest.mark.parametrize(("status", "raised"), [(403, Rejected), (404, Rejected), (429, Busy)])
def test_a_refusal_is_raised(status, raised):
    hubspot, _ = client(Answer(status, {"status": "error", "category": "MISSING_SCOPES", "message": "no"}))
    with pytest.raises(raised):
        hubspot.properties("products")
    with pytest.raises(raised):
        hubspot.owners()
