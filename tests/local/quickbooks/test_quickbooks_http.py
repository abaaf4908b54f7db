"""The HTTP surface (reference 2): paths, headers, throttles and metering. What is unknown fails loudly."""

from __future__ import annotations

from typing import Any

import pytest

from local.quickbooks import QuickBooks
from tests.local.quickbooks.quickbooks_world import Api, Clock, fault


@pytest.mark.parametrize(
    ("method", "path", "status", "code", "detail"),
    [
        ("GET", "estimate/1", 400, "500", "Operation estimate/1 is not supported."),
        ("POST", "bill", 400, "500", "Operation bill is not supported."),
        ("GET", "Customer/1", 400, "500", "Operation Customer/1 is not supported."),
        ("POST", "customer?operation=delete", 400, "500", "Operation delete is not supported."),
        ("POST", "customer?operation=void", 400, "500", "Operation void is not supported."),
        ("POST", "customer?include=void", 400, "500", "Operation void is not supported."),
        ("POST", "customer?operation=update", 400, "2020", "Required parameter Id is missing in the request"),
        ("GET", "customer", 405, "500", None),
        ("PUT", "customer", 405, "500", None),
        ("PATCH", "customer", 405, "500", None),
        ("POST", "customer/1", 405, "500", None),
        ("DELETE", "customer/1", 405, "500", None),
        ("GET", "batch", 405, "500", None),
        ("POST", "preferences", 405, "500", None),
        ("POST", "companyinfo", 400, "500", None),
    ],
)
def test_an_unknown_path_or_operation_is_refused(
    api: Api, *, method: str, path: str, status: int, code: str, detail: str | None
) -> None:
    """With the fault of an unsupported operation."""
    refused = fault(api.call(method, path, json={"DisplayName": "Aster"}), status)
    assert refused["code"] == code
    assert detail in (None, refused["Detail"])


def test_a_path_outside_the_api_is_404(api: Api) -> None:
    """Not an HTML page."""
    reply = api.http.get(f"{api.url}/v4/company", timeout=10)
    assert fault(reply, 404)["code"] == "500"
    assert reply.headers["intuit_tid"]


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("application/json", 200),
        ("text/plain, application/json;q=0.9", 200),
        ("*/*", 406),
        ("application/xml", 406),
        (None, 406),
    ],
)
def test_only_json_is_answered(api: Api, accept: str | None, status: int) -> None:
    """Without the header the real one answers XML."""
    reply = api.call("GET", "preferences", headers={"Accept": accept})
    assert reply.status_code == status


@pytest.mark.parametrize(
    ("path", "content_type", "body", "status"),
    [
        ("customer", "application/json", b'{"DisplayName":"A"}', 200),
        ("customer", "application/json;charset=utf-8", b'{"DisplayName":"A"}', 200),
        ("customer", "application/xml", b"<Customer/>", 415),
        ("customer", "application/json", b"{", 400),
        ("batch", "text/plain", b"{}", 415),
        ("query", "application/text", b"select * from Customer", 200),
        ("query", "application/json", b"select * from Customer", 415),
    ],
)
def test_a_body_needs_its_content_type(api: Api, path: str, content_type: str, body: bytes, status: int) -> None:
    """415 with code 1050; a body that is no JSON is 2010."""
    reply = api.call("POST", path, data=body, headers={"Content-Type": content_type})
    assert reply.status_code == status
    if status != 200:
        assert fault(reply, status)["code"] == ("1050" if status == 415 else "2010")


def test_a_query_can_be_asked_by_get_or_post(api: Api) -> None:
    """With the same reply; minorversion is taken and of no consequence."""
    api.post("customer", {"DisplayName": "Aster"}, minorversion="3")
    statement = "select * from Customer where DisplayName = 'Aster'"
    by_get = api.get("query", query=statement, minorversion="75").json()
    options = {"data": statement.encode(), "headers": {"Content-Type": "application/text"}}
    by_post = api.call("POST", "query", **options).json()
    assert by_get == by_post
    assert set(by_get["QueryResponse"]) == {"Customer", "startPosition", "maxResults"}
    assert by_get["QueryResponse"]["Customer"][0]["Id"] == "1"
    assert fault(api.get("query"))["code"] == "4000"


def test_the_company_and_its_preferences_can_be_read(api: Api) -> None:
    """The company under its realm id."""
    info = api.get(f"companyinfo/{api.realm_id}").json()["CompanyInfo"]
    assert (info["CompanyName"], info["Country"], info["DefaultTimeZone"]) == (
        "Imitated Company",
        "US",
        "America/Los_Angeles",
    )
    preferences = api.get("preferences").json()["Preferences"]
    assert preferences["SalesFormsPrefs"]["CustomTxnNumbers"] is False
    assert preferences["CurrencyPrefs"] == {"MultiCurrencyEnabled": False, "HomeCurrency": {"value": "USD"}}


@pytest.mark.parametrize(
    ("more", "name", "country", "edition", "currency"),
    [
        ({}, "Imitated Company", "US", "QuickBooks Online Plus", "USD"),
        ({"sample": True}, "Craig's Design and Landscaping Services", "US", "QuickBooks Online Plus", "USD"),
        (
            {"name": "Ahorn", "country": "CA", "edition": "QuickBooks Online Advanced", "home_currency": "CAD"},
            *("Ahorn", "CA", "QuickBooks Online Advanced", "CAD"),
        ),
        ({"sample": True, "name": "Craig's Twin"}, "Craig's Twin", "US", "QuickBooks Online Plus", "USD"),
    ],
)
def test_a_company_is_opened_as_one_likes(
    api: Api, quickbooks: QuickBooks, more: dict[str, Any], *, name: str, country: str, edition: str, currency: str
) -> None:
    """Its name, country, edition and home currency."""
    assert api.control("POST", "companies", {"realm_id": "7", **more}).status_code == 200
    other = Api(api.url, "7", quickbooks.issue_tokens("7")["access_token"])
    info = other.get("companyinfo/7").json()["CompanyInfo"]
    assert (info["CompanyName"], info["LegalName"], info["Country"]) == (name, name, country)
    assert {each["Name"]: each["Value"] for each in info["NameValue"]}["OfferingSku"] == edition
    preferences = other.get("preferences").json()["Preferences"]
    assert preferences["CurrencyPrefs"]["HomeCurrency"] == {"value": currency}


def test_every_reply_has_a_tid_of_its_own(api: Api) -> None:
    """Refusals as well."""
    replies = [api.get("preferences"), api.get("customer/9"), Api(api.url, api.realm_id, "x").get("preferences")]
    assert len({reply.headers["intuit_tid"] for reply in replies}) == 3


def statuses(api: Api, count: int, method: str = "GET", path: str = "preferences", body: Any = None) -> list[int]:
    return [api.call(method, path, json=body).status_code for _ in range(count)]


def test_more_than_ten_calls_in_a_second_are_throttled(api: Api, quickbooks: QuickBooks, clock: Clock) -> None:
    """429 with code 3001, until the second is over. A throttled call does not count."""
    quickbooks.settings.per_second = 10
    assert statuses(api, 12) == [200] * 10 + [429] * 2
    error = fault(api.get("preferences"), 429)
    assert error["code"] == "3001"
    assert error["Message"] == "message=ThrottleExceeded; errorCode=003001; statusCode=429"
    clock.advance(1)
    assert statuses(api, 1) == [200]


def test_throttles_of_a_minute_slide(api: Api, quickbooks: QuickBooks, clock: Clock) -> None:
    """All calls of a realm count, batches have a limit of their own besides."""
    quickbooks.settings.per_minute = 5
    quickbooks.settings.batch_per_minute = 2
    empty = {"BatchItemRequest": [{"bId": "1", "Query": "select count(*) from Customer"}]}
    assert statuses(api, 3, "POST", "batch", empty) == [200, 200, 429]
    clock.advance(30)
    assert statuses(api, 4) == [200, 200, 200, 429]
    clock.advance(30)
    assert statuses(api, 3) == [200, 200, 429]


def test_the_defaults_are_those_of_the_documentation() -> None:
    """500 a minute, 10 a second, 40 batches a minute, 30 items."""
    made = QuickBooks(client_id="", client_secret="", verifier_token="").settings
    limits = (made.per_minute, made.per_second, made.batch_per_minute, made.batch_items, made.coreplus_cap)
    assert limits == (500, 10, 40, 30, 500_000)


def test_throttles_are_counted_for_each_company(api: Api, quickbooks: QuickBooks) -> None:
    """One company's burst does not stop another."""
    quickbooks.settings.per_second = 1
    quickbooks.add_company("7")
    other = Api(api.url, "7", quickbooks.issue_tokens("7")["access_token"])
    assert statuses(api, 2) == [200, 429]
    assert statuses(other, 1) == [200]


def test_reads_are_metered_if_they_succeed_and_writes_are_not(api: Api, quickbooks: QuickBooks) -> None:
    """A query counts once, however many rows it returns."""
    for name in ("Aster", "Birch"):
        api.post("customer", {"DisplayName": name})
    assert quickbooks.metered(api.realm_id) == 0
    api.get("customer/1")
    api.get("customer/99")
    api.get("query", query="select * from Customer")
    api.get("query", query="nonsense")
    api.get("cdc", entities="Customer", changedSince="2026-11-01")
    api.get(f"companyinfo/{api.realm_id}")
    assert [call.metered for call in quickbooks.dials.calls()] == [0, 0, 1, 0, 1, 0, 1, 1]
    assert quickbooks.metered(api.realm_id) == 4


def test_above_the_cap_of_the_month_reads_are_refused(api: Api, quickbooks: QuickBooks, clock: Clock) -> None:
    """Writes go on; next month reads do as well."""
    quickbooks.settings.coreplus_cap = 2
    assert statuses(api, 3) == [200, 200, 429]
    assert api.post("customer", {"DisplayName": "Aster"}).status_code == 200
    clock.advance(30 * 86_400)
    api.token = quickbooks.issue_tokens(api.realm_id)["access_token"]
    assert statuses(api, 1) == [200]
