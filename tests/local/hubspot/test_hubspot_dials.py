"""Faults on demand, rate limits, and the control routes."""

from __future__ import annotations

import json
import threading

import pytest
import requests
from werkzeug.test import Client

from local.dials import Dial
from local.hubspot import HubSpot, Portal
from local.serving import HangUp

CONTACTS = "/crm/objects/2026-09/contacts"


@pytest.fixture
def control(hub: HubSpot) -> Client:
    return Client(hub.wsgi)


def test_a_status_dial_answers_in_hubspots_words_and_does_nothing(api, hub: HubSpot, portal: Portal):
    """Once, and then the call goes through."""
    hub.dials.set(Dial(do="status", method="POST", path=CONTACTS, status=423))
    body = {"properties": {"firstname": "Ana"}}
    refused = api.post(CONTACTS, body)
    assert (refused.status_code, refused.get_json()["status"]) == (423, "error")
    assert portal.contacts() == []
    assert api.post(CONTACTS, body).status_code == 201


def test_a_dial_waits_until_it_has_acted(api, hub: HubSpot):
    """So that a story can tell a fault that nobody met."""
    dial = Dial(do="status", method="GET", path=CONTACTS, times=2, skip=1)
    hub.dials.set(dial)
    for status, still in ((200, [dial]), (503, [dial]), (503, [])):
        assert api.get(CONTACTS).status_code == status
        assert hub.dials.waiting() == still


def test_a_dial_can_carry_a_body_and_headers(api, hub: HubSpot):
    """477 with Retry-After, as while an account moves."""
    hub.dials.set(Dial(do="status", status=477, json={"message": "moving"}, headers={"Retry-After": "3600"}))
    answer = api.get(CONTACTS)
    assert (answer.status_code, answer.get_json(), answer.headers["Retry-After"]) == (
        477,
        {"message": "moving"},
        "3600",
    )


def test_a_gateways_page(api, hub: HubSpot):
    """HTML instead of JSON."""
    hub.dials.set(Dial(do="html", status=502))
    answer = api.get(CONTACTS)
    assert (answer.status_code, answer.mimetype) == (502, "text/html")


def test_a_lost_answer_was_done_all_the_same(url: str, token: str, hub: HubSpot, portal: Portal):
    """The caller sees a closed connection, and the contact exists."""
    hub.dials.set(Dial(do="lose_answer", method="POST"))
    headers = {"Authorization": f"Bearer {token}"}
    with pytest.raises(requests.ConnectionError):
        requests.post(url + CONTACTS, json={"properties": {"firstname": "Ana"}}, headers=headers, timeout=5)
    assert [one["properties"]["firstname"] for one in portal.contacts()] == ["Ana"]


def test_a_refused_connection_does_nothing(api, hub: HubSpot, portal: Portal):
    """The imitation hangs up before it looks."""
    hub.dials.set(Dial(do="refuse"))
    with pytest.raises(HangUp):
        api.post(CONTACTS, {"properties": {"firstname": "Ana"}})
    assert portal.contacts() == []


def test_a_delayed_call_keeps_nobody_waiting():
    """The second call is answered while the first one waits."""
    waiting, go_on = threading.Event(), threading.Event()

    def sleep(seconds: float) -> None:
        assert seconds == 30
        waiting.set()
        go_on.wait(timeout=30)

    hub = HubSpot(client_id="client", client_secret="secret", app_id=1, sleep=sleep)
    browser = Client(hub.wsgi)
    hub.dials.set(Dial(do="delay", path="/slow", seconds=30))
    slow = threading.Thread(target=lambda: browser.get("/slow"))
    slow.start()
    assert waiting.wait(timeout=30)
    Client(hub.wsgi).get("/fast")
    go_on.set()
    slow.join()
    assert [call.path for call in hub.dials.calls()] == ["/fast", "/slow"]


def test_dials_act_on_the_token_endpoint_too(control: Client, hub: HubSpot):
    """Every API call is theirs."""
    hub.dials.set(Dial(do="status", path="/oauth/.*", status=503))
    assert control.post("/oauth/2026-09/token", data={"grant_type": "x"}).status_code == 503


def test_calls_are_noted(api, hub: HubSpot):
    """Method, path, query, status, body and token; control calls are not."""
    api.get(f"{CONTACTS}?limit=5")
    api.post(CONTACTS, {"properties": {"foo": "1"}})
    Client(hub.wsgi).get("/_control/calls")
    first, second = hub.dials.calls()
    assert (first.method, first.path, first.query, first.status) == ("GET", CONTACTS, "limit=5", 200)
    assert (second.status, json.loads(second.body), second.token) == (400, {"properties": {"foo": "1"}}, api.token)


def test_a_call_is_noted_with_the_portal_of_its_token(url: str, hub: HubSpot):
    """For the OAuth endpoints, with that of the code or token concerned: also of a dead one, empty for an unknown."""
    hub.add_portal(999)
    me = {"client_id": "client", "client_secret": "secret"}
    code = hub.oauth.new_code(999, ["oauth"], "https://sync.example.test/cb")
    exchange = {"grant_type": "authorization_code", "code": code, "redirect_uri": "https://sync.example.test/cb"}

    def post(what: str, **form: str) -> requests.Response:
        return requests.post(f"{url}/oauth/2026-09/token{what}", data={**me, **form}, timeout=10)

    tokens = post("", **exchange).json()
    post("", **exchange)
    post("", grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    post("/introspect", token=tokens["access_token"])
    post("/revoke", refresh_token=tokens["refresh_token"])
    post("", grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    requests.get(f"{url}/oauth/v1/refresh-tokens/{tokens['refresh_token']}", timeout=10)
    requests.get(url + CONTACTS, headers={"Authorization": f"Bearer {tokens['access_token']}"}, timeout=10)
    assert [call.account for call in hub.dials.calls()] == ["999"] * 8

    hub.dials.forget_calls()
    post("", grant_type="refresh_token", refresh_token="invented")
    requests.get(url + CONTACTS, headers={"Authorization": "Bearer invented"}, timeout=10)
    requests.get(url + CONTACTS, timeout=10)
    assert [call.account for call in hub.dials.calls()] == [""] * 3


def test_a_dialled_call_is_noted_with_its_portal_too(api, hub: HubSpot):
    """Nobody looked at the token."""
    hub.dials.set(Dial(do="status"))
    api.get(CONTACTS)
    assert [call.account for call in hub.dials.calls()] == ["48120771"]


def test_the_app_s_secret_is_not_shown(url: str, hub: HubSpot):
    """A test in Python sees the form as it came; over HTTP the secret is masked, and only that."""
    form = {"client_id": "client", "client_secret": "a/secret&more", "grant_type": "refresh_token"}
    requests.post(f"{url}/oauth/2026-09/token", data=form, timeout=10)
    requests.post(f"{url}/oauth/2026-09/token", json={**form, "client_secret": 'a "secret"'}, timeout=10)
    assert [json.loads(call.body) for call in hub.dials.calls()[1:]] == [{**form, "client_secret": 'a "secret"'}]
    first, second = requests.get(f"{url}/_control/calls", timeout=10).json()
    assert hub.dials.calls()[0].body == first["body"].replace("***", "a%2Fsecret%26more")
    assert first["body"] == "client_id=client&client_secret=***&grant_type=refresh_token"
    assert json.loads(second["body"]) == {**form, "client_secret": "***"}
    assert first["account"] == ""


def test_110_calls_in_ten_seconds(api, hub: HubSpot, clock):
    """Headers count down, the 111th is refused, and the window rolls."""
    hub.settings.rate_limit = 110
    first = api.get(CONTACTS)
    assert first.headers["x-hubspot-ratelimit-max"] == "110"
    assert first.headers["x-hubspot-ratelimit-remaining"] == "109"
    assert first.headers["x-hubspot-ratelimit-interval-milliseconds"] == "10000"
    clock.advance(5)
    assert [api.get(CONTACTS).status_code for _ in range(109)] == [200] * 109
    refused = api.get(CONTACTS)
    body = refused.get_json()
    assert refused.status_code == 429
    assert (body["policyName"], body["errorType"]) == ("TEN_SECONDLY_ROLLING", "RATE_LIMIT")
    assert body["message"] == "You have reached your ten_secondly_rolling limit."
    clock.advance(5)
    assert [api.get(CONTACTS).status_code for _ in range(2)] == [200, 429]


def test_rate_limits_are_each_portals_own(api, hub: HubSpot):
    """A busy portal does not slow another one."""
    hub.settings.rate_limit = 1
    hub.add_portal(999)
    assert [api.get(CONTACTS).status_code for _ in range(2)] == [200, 429]
    api.token = hub.issue_tokens(999)["access_token"]
    assert api.get(CONTACTS).status_code == 200


def test_a_person_acts_over_http(control: Client, portal: Portal):
    """Every act of a portal, by its name and arguments."""
    path = "/_control/portals/48120771/do"
    company_id = control.post(path, json={"action": "create_company", "properties": {"name": "Acme"}}).get_json()
    wanted = {"action": "create_contact", "properties": {"firstname": "Ana"}, "company_id": company_id}
    contact_id = control.post(path, json=wanted).get_json()
    assert portal.primary_company(contact_id) == company_id
    state = control.get("/_control/portals/48120771/state").get_json()
    assert [one["id"] for one in state["contacts"]] == [contact_id]
    assert state["contacts"][0]["associations"] == [{"id": company_id, "primary": True}]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"action": "format_disk"}, 400),
        ({"action": "archive_contact", "id": "999"}, 404),
        ({"action": "archive_contact", "ident": "999"}, 400),
        ({"action": "create_contact", "properties": {"foo": "1"}}, 400),
    ],
)
def test_a_slip_in_a_control_call_is_told(control: Client, body: dict, status: int):
    """Unknown acts, ids, arguments and properties."""
    assert control.post("/_control/portals/48120771/do", json=body).status_code == status


def test_dials_deliveries_and_settings_over_http(control: Client, hub: HubSpot, portal: Portal, api, clock):
    """What a reader of the documentation tries with curl."""
    control.post("/_control/dials", json={"do": "status", "status": 500, "times": 0})
    assert api.get(CONTACTS).status_code == 500
    control.delete("/_control/dials")
    assert api.get(CONTACTS).status_code == 200
    assert len(control.get("/_control/calls").get_json()) == 2
    control.delete("/_control/calls")
    assert control.get("/_control/calls").get_json() == []

    control.post("/_control/delivery", json={"hold": True, "url": "https://other.test/hook"})
    portal.create_contact({"firstname": "Ana"})
    clock.advance(1)
    sent: list[str] = []
    hub.delivery.tick(lambda url, _body, _headers: sent.append(url) or 200)
    assert control.get("/_control/delivery").get_json()["idle"] is False
    control.post("/_control/delivery/release")
    hub.delivery.tick(lambda url, _body, _headers: sent.append(url) or 200)
    shown = control.get("/_control/delivery").get_json()
    assert (shown["idle"], sent) == (True, ["https://other.test/hook"])
    assert [one["status"] for one in shown["sent"]] == [200]

    assert control.post("/_control/settings", json={"index_lag_s": 9}).get_json()["index_lag_s"] == 9
    assert hub.settings.index_lag_s == 9
    assert control.post("/_control/settings", json={"index_lag": 9}).status_code == 400
    assert control.post("/_control/settings", json={"payload_style": "loud"}).status_code == 400
    assert control.post("/_control/dials", json={"do": "explode"}).status_code == 400
    assert control.get("/_control/nothing").status_code == 404


def test_deliveries_really_arrive(hub: HubSpot, portal: Portal, url: str):
    """Over HTTP, to whatever listens; here, to the imitation itself, which does not know the path."""
    hub.delivery.url = f"{url}/hook"
    hub.delivery.gather_s = 0
    portal.create_contact({"firstname": "Ana"})
    hub.delivery.tick()
    (call,) = hub.dials.calls()
    assert (call.method, call.path, call.status) == ("POST", "/hook", 404)
    assert json.loads(call.body)[0]["subscriptionType"] == "contact.creation"
    assert [one.status for one in hub.delivery.sent] == [404]
