"""Dials and control routes: faults on demand, the call list, and everything a test can do over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from local.dials import Dial
from local.quickbooks import Company, QuickBooks
from tests.local.quickbooks.quickbooks_world import Api, Clock, fault


def test_a_status_dial_answers_and_does_nothing(api: Api, quickbooks: QuickBooks, company: Company) -> None:
    """Once, for the call that matches; 429 with the body of a throttle."""
    quickbooks.dials.set(Dial("status", method="POST", path=r"/v3/company/.*/customer", body="Aster", status=429))
    assert api.post("customer", {"DisplayName": "Birch"}).status_code == 200
    assert fault(api.post("customer", {"DisplayName": "Aster"}), 429)["code"] == "3001"
    assert api.post("customer", {"DisplayName": "Aster"}).status_code == 200
    assert len(company.all("Customer")) == 2


def test_a_fault_can_come_in_a_200(api: Api, quickbooks: QuickBooks) -> None:
    """With headers of its own."""
    answer = {"Fault": {"Error": [{"code": "10000"}], "type": "SystemFault"}}
    quickbooks.dials.set(Dial("answer", status=200, json=answer, headers={"x-note": "dialled"}))
    reply = api.get("preferences")
    assert (reply.status_code, reply.json(), reply.headers["x-note"]) == (200, answer, "dialled")
    assert reply.headers["intuit_tid"]


def test_a_gateway_can_answer_with_html(api: Api, quickbooks: QuickBooks) -> None:
    """503 is its default."""
    quickbooks.dials.set(Dial("html", times=2))
    replies = [api.get("preferences") for _ in range(3)]
    assert [reply.status_code for reply in replies] == [503, 503, 200]
    assert replies[0].headers["Content-Type"].startswith("text/html")
    assert replies[0].text.startswith("<html>")


@pytest.mark.parametrize(("do", "created", "status"), [("lose_answer", 1, 200), ("refuse", 0, 0)])
def test_a_connection_can_break_before_or_after_the_work(
    api: Api, quickbooks: QuickBooks, company: Company, *, do: Any, created: int, status: int
) -> None:
    """The caller sees the same; only the company knows."""
    quickbooks.dials.set(Dial(do))
    with pytest.raises(requests.ConnectionError):
        api.post("customer", {"DisplayName": "Aster"})
    assert len(company.all("Customer")) == created
    assert quickbooks.dials.calls()[-1].status == status


def test_a_delay_does_what_was_asked(api: Api, quickbooks: QuickBooks) -> None:
    """Here, of no time at all; other calls are not held up, for the lock is not taken."""
    quickbooks.dials.set(Dial("delay", seconds=0.001))
    assert api.post("customer", {"DisplayName": "Aster"}).status_code == 200


def test_tokens_can_be_dialled_too(api: Api, quickbooks: QuickBooks) -> None:
    """The OAuth endpoints are calls like any other; 401 has the gateway's frame."""
    quickbooks.dials.set(Dial("answer", path="/oauth2/v1/tokens/bearer", status=400, json={"error": "invalid_grant"}))
    quickbooks.dials.set(Dial("status", path="/v3/.*", status=401))
    assert api.http.post(f"{api.url}/oauth2/v1/tokens/bearer", timeout=10).json() == {"error": "invalid_grant"}
    assert api.get("preferences").json()["fault"]["error"][0]["code"] == "3200"


def test_every_call_is_noted(api: Api, quickbooks: QuickBooks, clock: Clock) -> None:
    """With its time, its decoded query, its token and its body."""
    api.get("query", query="select * from Customer where DisplayName = 'A & B'", minorversion="75")
    api.post("customer", {"DisplayName": "Aster"})
    api.get("customer/99")
    first, second, third = quickbooks.dials.calls()
    assert (first.method, first.path) == ("GET", f"/v3/company/{api.realm_id}/query")
    assert first.query == "query=select * from Customer where DisplayName = 'A & B'&minorversion=75"
    assert (first.at, first.token, first.metered, first.status) == (clock.now, api.token, 1, 200)
    assert (second.body, second.metered) == ('{"DisplayName": "Aster"}', 0)
    assert (third.status, third.metered) == (400, 0)


def test_a_call_is_noted_with_the_company_of_its_token(url: str, company: Company, quickbooks: QuickBooks) -> None:
    """Not of its path; for OAuth with that of the code or token concerned, a dead one too, empty for an unknown."""
    quickbooks.add_company("7")
    code = quickbooks.grants.consent("7", "https://app.example/callback")
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": "https://app.example/callback"}

    def post(path: str, **what: Any) -> requests.Response:
        return requests.post(url + path, auth=("an-id", "a-secret"), timeout=10, **what)

    tokens = post("/oauth2/v1/tokens/bearer", data=form).json()
    stranger = Api(url, company.realm_id, tokens["access_token"])
    assert stranger.get("preferences").status_code == 403
    refresh = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    post("/oauth2/v1/tokens/bearer", data=refresh)
    post("/v2/oauth2/tokens/revoke", json={"token": tokens["access_token"]})
    post("/oauth2/v1/tokens/bearer", data=refresh)
    assert stranger.get("preferences").status_code == 401
    quickbooks.dials.set(Dial("status"))
    stranger.get("preferences")
    assert [call.account for call in quickbooks.dials.calls()] == ["7"] * 7

    quickbooks.dials.forget_calls()
    post("/oauth2/v1/tokens/bearer", data={"grant_type": "refresh_token", "refresh_token": "made up"})
    post("/v2/oauth2/tokens/revoke", json={"token": "made up"})
    Api(url, company.realm_id, "made up").get("preferences")
    assert [call.account for call in quickbooks.dials.calls()] == [""] * 3


def test_the_form_of_an_oauth_call_is_kept_and_its_secret_not_shown(url: str, quickbooks: QuickBooks) -> None:
    """An app that says its secret in the form is refused here; over HTTP the list masks it all the same."""
    form = {"grant_type": "refresh_token", "refresh_token": "r", "client_secret": "a-secret"}
    requests.post(f"{url}/oauth2/v1/tokens/bearer", data=form, timeout=10)
    requests.post(f"{url}/oauth2/v1/tokens/bearer", data=form, auth=("an-id", "a-secret"), timeout=10)
    kept = "grant_type=refresh_token&refresh_token=r&client_secret="
    assert [(call.body, call.status) for call in quickbooks.dials.calls()] == [
        (f"{kept}a-secret", 401),
        (f"{kept}a-secret", 400),
    ]
    told = requests.get(f"{url}/_control/calls", timeout=10)
    assert [call["body"] for call in told.json()] == [f"{kept}***"] * 2
    assert "a-secret" not in told.text


def test_dials_and_calls_over_http(api: Api, quickbooks: QuickBooks) -> None:
    """Control calls are not noted themselves."""
    assert api.control("POST", "dials", {"do": "status", "status": 503, "times": 0}).status_code == 200
    assert [api.get("preferences").status_code for _ in range(2)] == [503, 503]
    api.control("DELETE", "dials")
    assert api.get("preferences").status_code == 200
    noted = api.control("GET", "calls").json()
    assert [call["status"] for call in noted] == [503, 503, 200]
    api.control("DELETE", "calls")
    assert quickbooks.dials.calls() == []


def test_delivery_over_http(api: Api, quickbooks: QuickBooks, company: Company, clock: Clock) -> None:
    """Address, dials, release, and what was sent or lost."""
    set_to = api.control("POST", "delivery", {"url": "https://a.example/hook", "hold": True, "copies": 2}).json()
    assert (set_to["url"], set_to["hold"], set_to["copies"]) == ("https://a.example/hook", True, 2)
    company.create("Customer", {"DisplayName": "Aster"})
    clock.advance(1)
    quickbooks.delivery.tick(lambda *_: 200)
    assert api.control("GET", "delivery").json() == {"idle": False, "sent": [], "lost": []}
    api.control("POST", "delivery/release")
    quickbooks.delivery.tick(lambda *_: 200)
    told = api.control("GET", "delivery").json()
    assert told["idle"] is True
    assert [each["status"] for each in told["sent"]] == [200, 200]
    assert told["sent"][0]["events"][0]["type"] == "qbo.customer.created.v1"


def test_a_person_at_the_other_end_of_http(api: Api) -> None:
    """Everything that Company can do, and the state of the company."""

    def do(action: str, **arguments: Any) -> Any:
        return api.control("POST", f"companies/{api.realm_id}/do", {"action": action, **arguments}).json()

    id = do("create", entity="Customer", body={"DisplayName": "Aster"})["Id"]
    assert do("update", entity="Customer", id=id, changes={"Notes": "x"})["SyncToken"] == "1"
    assert do("inactivate", entity="Customer", id=id)["Active"] is False
    assert do("reactivate", entity="Customer", id=id)["Active"] is True
    other = do("create", entity="Customer", body={"DisplayName": "Birch"})["Id"]
    assert do("merge_customers", survivor_id=id, merged_id=other)["Id"] == id
    assert do("get", entity="Customer", id=id)["Notes"] == "x"
    assert [each["Id"] for each in do("customers")] == [each["Id"] for each in do("all", entity="Customer")] == [id]
    assert do("find", DisplayName="aster")["Id"] == id
    assert do("find", DisplayName="Birch") is None
    state = api.control("GET", f"companies/{api.realm_id}/state").json()
    assert [each["Id"] for each in state["Customer"]] == [id]
    assert (state["realm_id"], state["metered"]) == (api.realm_id, 0)


def test_companies_tokens_and_settings_over_http(api: Api, quickbooks: QuickBooks) -> None:
    """So that another process can set up what it needs."""
    assert api.control("POST", "companies", {"realm_id": "7", "sample": True}).json() == {"realm_id": "7"}
    tokens = api.control("POST", "companies/7/tokens").json()
    other = Api(api.url, "7", tokens["access_token"])
    assert other.get("customer/3").json()["Customer"]["DisplayName"] == "Cool Cars"
    api.control("POST", "companies/7/disconnect")
    assert other.get("customer/3").status_code == 401
    assert api.control("POST", "settings", {"payload_style": "legacy"}).json()["payload_style"] == "legacy"
    assert quickbooks.settings.payload_style == "legacy"
    assert api.control("GET", "settings").json()["per_minute"] == 500


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "dials", {"do": "explode"}, 400),
        ("POST", "dials", {"do": "status", "colour": "red"}, 400),
        ("POST", "dials", [], 400),
        ("POST", "settings", {"colour": "red"}, 400),
        ("POST", "settings", {"rotation": "weekly"}, 400),
        ("POST", "settings", {"consent": "never"}, 400),
        ("POST", "settings", {"environment": "test"}, 400),
        ("POST", "delivery", {"colour": "red"}, 400),
        ("POST", "companies", {"realm_id": "9130350000000000"}, 400),
        ("POST", "companies/8/tokens", None, 400),
        ("POST", "companies/9130350000000000/do", {"action": "dance"}, 400),
        ("POST", "companies/9130350000000000/do", {"action": "get", "entity": "Customer"}, 400),
        ("POST", "companies/9130350000000000/do", {"action": "get", "entity": "Customer", "id": "9"}, 400),
        ("GET", "companies/8/state", None, 400),
        ("GET", "nonsense", None, 404),
        ("PUT", "dials", {"do": "status"}, 404),
    ],
)
def test_a_wrong_control_call_says_so(api: Api, method: str, path: str, body: Any, status: int) -> None:
    """It is never passed over."""
    assert api.control(method, path, body).status_code == status
