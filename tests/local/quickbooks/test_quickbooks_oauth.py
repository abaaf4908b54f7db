"""OAuth (reference 1): codes, tokens, rotation, the limits of their lives."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from local.quickbooks import Company, QuickBooks
from tests.local.quickbooks.quickbooks_world import REALM_ID, Api, Clock

SECRET = "a-secret"
SCOPE = "com.intuit.quickbooks.accounting"
CALLBACK = "https://app.example/callback"
ASKED = {"client_id": "an-id", "response_type": "code", "scope": SCOPE, "redirect_uri": CALLBACK, "state": "s1"}
DAY = 86_400

pytestmark = pytest.mark.usefixtures("company")


def consent(url: str, **changes: str) -> dict[str, str]:
    reply = requests.get(f"{url}/connect/oauth2", params={**ASKED, **changes}, allow_redirects=False, timeout=10)
    assert reply.status_code == 302, reply.text
    assert reply.headers["Location"].startswith(f"{CALLBACK}?")
    return {name: values[0] for name, values in parse_qs(urlsplit(reply.headers["Location"]).query).items()}


def token(url: str, *, secret: str = SECRET, **form: str) -> requests.Response:
    headers = {
        "Accept": "application/json",
        **{k[2:].replace("_", "-"): form.pop(k) for k in list(form) if k[:2] == "h_"},
    }
    return requests.post(
        f"{url}/oauth2/v1/tokens/bearer", data=form, auth=("an-id", secret), headers=headers, timeout=10
    )


def exchange(url: str, code: str, redirect_uri: str = CALLBACK) -> requests.Response:
    return token(url, grant_type="authorization_code", code=code, redirect_uri=redirect_uri)


def refresh(url: str, value: str) -> requests.Response:
    return token(url, grant_type="refresh_token", refresh_token=value)


def connected(url: str) -> dict[str, Any]:
    reply = exchange(url, consent(url)["code"])
    assert reply.status_code == 200, reply.text
    assert reply.headers["intuit_tid"]
    tokens: dict[str, Any] = reply.json()
    return tokens


def reads(url: str, access_token: str, realm_id: str = REALM_ID) -> requests.Response:
    return Api(url, realm_id, access_token).get(f"companyinfo/{realm_id}")


def test_consent_leads_to_tokens_that_open_the_company(company: Company, url: str) -> None:
    """The redirect carries code, state and realmId; the reply has exactly the documented fields."""
    back = consent(url)
    assert (back["state"], back["realmId"]) == ("s1", company.realm_id)
    tokens = exchange(url, back["code"]).json()
    assert set(tokens) == {
        "token_type",
        "access_token",
        "expires_in",
        "refresh_token",
        "x_refresh_token_expires_in",
    }
    assert (tokens["expires_in"], tokens["x_refresh_token_expires_in"]) == (3600, 8_726_400)
    assert reads(url, tokens["access_token"]).status_code == 200


def test_the_person_may_pick_a_company(company: Company, quickbooks: QuickBooks, url: str) -> None:
    """The first one unless the request names another."""
    quickbooks.add_company("7")
    assert consent(url, realm_id="7")["realmId"] == "7"
    assert consent(url)["realmId"] == company.realm_id


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"scope": "openid"}, "invalid_scope"),
        ({"scope": f"{SCOPE} openid"}, "invalid_scope"),
        ({"response_type": "token"}, "unsupported_response_type"),
    ],
)
def test_a_wrong_wish_comes_back_as_an_error(url: str, changes: dict[str, str], error: str) -> None:
    """With the state, and without a code."""
    assert consent(url, **changes) == {"error": error, "state": "s1"}


def test_the_person_may_refuse(quickbooks: QuickBooks, url: str) -> None:
    """error=access_denied."""
    quickbooks.settings.refuse_consent = True
    assert consent(url) == {"error": "access_denied", "state": "s1"}


@pytest.mark.parametrize(
    "changes", [{"client_id": "x"}, {"state": ""}, {"redirect_uri": f"{CALLBACK}?a=1"}, {"realm_id": "unknown"}]
)
def test_a_wrong_request_is_not_sent_back_at_all(url: str, changes: dict[str, str]) -> None:
    """The person sees an error page."""
    reply = requests.get(f"{url}/connect/oauth2", params={**ASKED, **changes}, allow_redirects=False, timeout=10)
    assert reply.status_code == 400


@pytest.mark.parametrize("strict", [False, True])
def test_a_code_works_once(quickbooks: QuickBooks, url: str, strict: bool) -> None:
    """A second exchange fails; if strict it ends the tokens of the first."""
    quickbooks.settings.strict = strict
    code = consent(url)["code"]
    tokens = exchange(url, code).json()
    again = exchange(url, code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert reads(url, tokens["access_token"]).status_code == (401 if strict else 200)


def test_a_code_belongs_to_its_redirect_and_does_not_last(clock: Clock, url: str) -> None:
    """Both are invalid_grant."""
    assert exchange(url, consent(url)["code"], "https://other.example/").json()["error"] == "invalid_grant"
    late = consent(url)["code"]
    clock.advance(300)
    assert exchange(url, late).json()["error"] == "invalid_grant"
    assert exchange(url, "made up").json()["error"] == "invalid_grant"


def test_only_the_app_itself_gets_tokens(url: str) -> None:
    """A wrong secret is invalid_client, an unknown grant type unsupported."""
    wrong = token(url, secret="guess", grant_type="refresh_token", refresh_token="x")
    assert (wrong.status_code, wrong.json()) == (401, {"error": "invalid_client"})
    bare = requests.post(f"{url}/oauth2/v1/tokens/bearer", data={"grant_type": "refresh_token"}, timeout=10)
    assert bare.status_code == 401
    assert token(url, grant_type="password").json() == {"error": "unsupported_grant_type"}


def test_a_refresh_within_the_day_returns_the_same_value(clock: Clock, url: str) -> None:
    """And a new access token; the old one lives on until its hour is over."""
    first = connected(url)
    clock.advance(1800)
    second = refresh(url, first["refresh_token"]).json()
    assert second["refresh_token"] == first["refresh_token"]
    assert second["access_token"] != first["access_token"]
    assert reads(url, first["access_token"]).status_code == 200
    clock.advance(1800)
    assert reads(url, first["access_token"]).status_code == 401
    assert reads(url, second["access_token"]).status_code == 200


@pytest.mark.parametrize("strict", [False, True])
def test_after_a_day_the_value_changes_and_the_old_one_is_dead(
    quickbooks: QuickBooks, clock: Clock, url: str, strict: bool
) -> None:
    """Using the old one is invalid_grant; if strict, it is taken as theft and ends the grant."""
    quickbooks.settings.strict = strict
    first = connected(url)
    clock.advance(DAY)
    second = refresh(url, first["refresh_token"]).json()
    assert second["refresh_token"] != first["refresh_token"]
    old = refresh(url, first["refresh_token"])
    assert (old.status_code, old.json()["error"]) == (400, "invalid_grant")
    assert refresh(url, second["refresh_token"]).status_code == (400 if strict else 200)
    assert reads(url, second["access_token"]).status_code == (401 if strict else 200)


@pytest.mark.parametrize(("rotation", "days", "changes"), [("always", 0, True), ("never", 3, False)])
def test_rotation_can_be_chosen(
    quickbooks: QuickBooks, clock: Clock, url: str, *, rotation: Any, days: int, changes: bool
) -> None:
    """At every refresh, or never."""
    quickbooks.settings.rotation = rotation
    first = connected(url)
    clock.advance(days * DAY)
    assert (refresh(url, first["refresh_token"]).json()["refresh_token"] != first["refresh_token"]) is changes


def test_a_refresh_token_dies_of_idleness_and_of_age(quickbooks: QuickBooks, clock: Clock, url: str) -> None:
    """Each refresh restarts the 101 days; the five years run on."""
    quickbooks.settings.rotation = "never"
    value = connected(url)["refresh_token"]
    for _ in range(18):
        clock.advance(100 * DAY)
        assert refresh(url, value).status_code == 200
    clock.advance(25 * DAY)
    assert refresh(url, value).json()["error"] == "invalid_grant"

    idle = connected(url)["refresh_token"]
    clock.advance(101 * DAY)
    assert refresh(url, idle).json()["error"] == "invalid_grant"


def test_the_hard_limit_is_told_to_whoever_asks(clock: Clock, url: str) -> None:
    """By request header; it counts down."""
    value = connected(url)["refresh_token"]
    clock.advance(100)
    reply = token(
        url, grant_type="refresh_token", refresh_token=value, h_x_include_refresh_token_hard_expires_in="true"
    )
    assert reply.json()["x_refresh_token_hard_expires_in"] == 5 * 365 * DAY - 100


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
def test_revoking_either_token_ends_both(url: str, which: str) -> None:
    """200 and an empty body."""
    tokens = connected(url)
    body = {"token": tokens[which]}
    assert (
        requests.post(f"{url}/v2/oauth2/tokens/revoke", json=body, auth=("an-id", "no"), timeout=10).status_code == 401
    )
    reply = requests.post(f"{url}/v2/oauth2/tokens/revoke", json=body, auth=("an-id", "a-secret"), timeout=10)
    assert (reply.status_code, reply.text) == (200, "")
    assert reads(url, tokens["access_token"]).status_code == 401
    assert refresh(url, tokens["refresh_token"]).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("body", "description"),
    [({"token": "made up"}, "Token invalid"), ({}, "token is missing"), ([], "token is missing")],
)
def test_an_unknown_token_cannot_be_revoked(url: str, body: Any, description: str) -> None:
    """400, and the living connection is not touched."""
    tokens = connected(url)
    reply = requests.post(f"{url}/v2/oauth2/tokens/revoke", json=body, auth=("an-id", "a-secret"), timeout=10)
    assert (reply.status_code, reply.json()) == (
        400,
        {"error": "invalid_request", "error_description": description},
    )
    assert reply.headers["intuit_tid"]
    assert reads(url, tokens["access_token"]).status_code == 200


def test_every_refusal_has_a_tid_of_its_own(url: str) -> None:
    """At the authorize page, the token endpoint and the end of tokens."""
    replies = [
        requests.get(f"{url}/connect/oauth2", params={"client_id": "x"}, timeout=10),
        requests.get(f"{url}/connect/oauth2", params={**ASKED, "scope": "x"}, allow_redirects=False, timeout=10),
        refresh(url, "made up"),
        exchange(url, "made up"),
        token(url, secret="guess", grant_type="refresh_token", refresh_token="x"),
        token(url, grant_type="password"),
    ]
    assert [reply.status_code for reply in replies] == [400, 302, 400, 400, 401, 400]
    assert len({reply.headers["intuit_tid"] for reply in replies}) == 6


def test_connecting_again_replaces_the_earlier_connection(company: Company, quickbooks: QuickBooks, url: str) -> None:
    """One living connection for each app and company, however it was made."""
    first = connected(url)
    second = quickbooks.issue_tokens(company.realm_id)
    assert set(second) == {"realm_id", "access_token", "refresh_token", "expires_in"}
    assert reads(url, first["access_token"]).status_code == 401
    assert reads(url, second["access_token"]).status_code == 200
    assert refresh(url, first["refresh_token"]).status_code == 400


def test_a_person_disconnects_and_nobody_is_told(company: Company, quickbooks: QuickBooks, url: str) -> None:
    """The app notices by 401 and invalid_grant."""
    tokens = connected(url)
    quickbooks.disconnect(company.realm_id)
    assert reads(url, tokens["access_token"]).status_code == 401
    assert refresh(url, tokens["refresh_token"]).json()["error"] == "invalid_grant"


def test_a_bad_token_is_401_in_lower_case(api: Api, clock: Clock) -> None:
    """Missing, made up or expired: the frame of the gateway, code 3200."""
    for bad in ("", "made up"):
        assert Api(api.url, REALM_ID, bad).get("preferences").status_code == 401
    clock.advance(3600)
    reply = api.get("preferences")
    assert reply.status_code == 401
    body = reply.json()
    assert set(body) >= {"warnings", "fault", "batchItemResponse", "time", "cdcresponse"}
    assert isinstance(body["time"], int)
    error = body["fault"]["error"][0]
    assert (error["code"], body["fault"]["type"]) == ("3200", "AUTHENTICATION")
    assert error["message"] == "message=AuthenticationFailed; errorCode=003200; statusCode=401"
    assert error["detail"].startswith("Token expired: ")


@pytest.mark.parametrize(
    ("environment", "sandbox", "status"),
    [("production", False, 200), ("production", True, 403), ("sandbox", False, 403), ("sandbox", True, 200)],
)
def test_keys_open_companies_of_their_own_environment(
    quickbooks: QuickBooks, url: str, *, environment: Any, sandbox: bool, status: int
) -> None:
    """Code 3100 for the others, however the token was come by."""
    made = {"realm_id": "7", "sandbox": sandbox}
    requests.post(f"{url}/_control/companies", json=made, timeout=10).raise_for_status()
    setting = {"environment": environment}
    requests.post(f"{url}/_control/settings", json=setting, timeout=10).raise_for_status()
    consented = reads(url, exchange(url, consent(url, realm_id="7")["code"]).json()["access_token"], "7")
    issued = reads(url, quickbooks.issue_tokens("7")["access_token"], "7")
    for reply in (consented, issued):
        assert reply.status_code == status
        assert status == 200 or reply.json()["fault"]["error"][0]["code"] == "3100"


def test_a_token_of_another_company_is_403(api: Api, quickbooks: QuickBooks) -> None:
    """Code 3100, also for a company that does not exist."""
    quickbooks.add_company("7")
    for realm_id in ("7", "8"):
        reply = Api(api.url, realm_id, api.token).get("preferences")
        assert reply.status_code == 403
        error = reply.json()["fault"]["error"][0]
        assert error["code"] == "3100"
        assert error["message"] == "message=AuthorizationFailed; errorCode=003100; statusCode=403"
