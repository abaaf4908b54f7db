"""Codes, tokens and their end (reference, sections 1.2 to 1.5)."""

from __future__ import annotations

import base64
import hashlib
from urllib.parse import parse_qs, urlsplit

import pytest
from werkzeug.test import Client

from local.hubspot import HubSpot, Portal
from local.hubspot.oauth import SCOPES

CALLBACK = "https://sync.example.test/cb"
ME = {"client_id": "client", "client_secret": "secret"}


@pytest.fixture
def browser(hub: HubSpot) -> Client:
    return Client(hub.wsgi)


def authorize(browser: Client, **more: str) -> dict[str, str]:
    asked = {"client_id": "client", "redirect_uri": CALLBACK, "scope": "oauth crm.objects.contacts.read", "state": "s"}
    answer = browser.get("/oauth/authorize", query_string={**asked, **more})
    assert answer.status_code == 302, answer.get_json()
    assert answer.location.startswith(CALLBACK)
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.location).query).items()}


def exchange(browser: Client, code: str, path: str = "/oauth/2026-09/token", **more: str):
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, **ME, **more}
    return browser.post(path, data=form)


def refresh(browser: Client, refresh_token: str, **more: str):
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token, **ME, **more}
    return browser.post("/oauth/2026-09/token", data=form)


def test_a_code_is_exchanged_once(browser: Client):
    """The answer tells the portal and the scopes; the second try is refused."""
    back = authorize(browser)
    assert back["state"] == "s"
    tokens = exchange(browser, back["code"]).get_json()
    assert tokens["hub_id"] == 48120771
    assert tokens["scopes"] == ["oauth", "crm.objects.contacts.read"]
    assert (tokens["expires_in"], tokens["token_type"], tokens["token_use"]) == (1800, "bearer", "access_token")
    again = exchange(browser, back["code"])
    assert again.status_code == 400
    assert again.get_json()["status"] == "BAD_AUTH_CODE"


def test_a_portal_can_be_chosen(browser: Client, hub: HubSpot):
    """With a parameter of ours; without it, the first portal is meant."""
    hub.add_portal(999)
    assert exchange(browser, authorize(browser, portal_id="999")["code"]).get_json()["hub_id"] == 999


def test_a_user_may_decline(browser: Client):
    """The callback gets an error and the state instead of a code."""
    back = authorize(browser, deny="true")
    assert (back["error"], back["state"]) == ("access_denied", "s")
    assert "code" not in back


def test_a_code_is_soon_outdated(browser: Client, clock):
    """A minute is too late."""
    code = authorize(browser)["code"]
    clock.advance(61)
    assert exchange(browser, code).get_json()["status"] == "BAD_AUTH_CODE"


@pytest.mark.parametrize(
    ("wrong", "error", "status"),
    [
        ({"client_id": "x"}, "invalid_client", "BAD_CLIENT_ID"),
        ({"client_secret": "x"}, "invalid_client", "BAD_CLIENT_SECRET"),
        ({"redirect_uri": "https://elsewhere.test"}, "invalid_grant", "BAD_REDIRECT_URI"),
        ({"grant_type": "password"}, "unsupported_grant_type", "BAD_GRANT_TYPE"),
    ],
)
def test_a_wrong_exchange_is_refused_in_both_shapes(browser: Client, wrong: dict, error: str, status: str):
    """RFC 6749's fields and HubSpot's."""
    answer = exchange(browser, authorize(browser)["code"], **wrong)
    body = answer.get_json()
    assert (answer.status_code, body["error"], body["status"]) == (400, error, status)
    assert body["error_description"] == body["message"]


def test_pkce_is_checked(browser: Client):
    """A code with a challenge needs its verifier, of the length that RFC 7636 wants; one try is all there is."""

    def tried(sent: str, proof: str | None) -> str | None:
        challenge = base64.urlsafe_b64encode(hashlib.sha256(sent.encode()).digest()).rstrip(b"=").decode()
        code = authorize(browser, code_challenge=challenge, code_challenge_method="S256")["code"]
        answer = exchange(browser, code, **({} if proof is None else {"code_verifier": proof}))
        again = exchange(browser, code, code_verifier=sent)
        assert again.get_json()["status"] == "BAD_AUTH_CODE"
        return answer.get_json().get("status")

    verifier = "v" * 43
    assert tried(verifier, verifier) is None
    for wrong in (None, "", "w" * 43):
        assert tried(verifier, wrong) == "BAD_CODE_VERIFIER"
    assert tried("short", "short") == "BAD_CODE_VERIFIER"


def test_refreshing_keeps_the_refresh_token(browser: Client):
    """As HubSpot does; only the access token is new."""
    first = exchange(browser, authorize(browser)["code"]).get_json()
    second = refresh(browser, first["refresh_token"]).get_json()
    assert second["refresh_token"] == first["refresh_token"]
    assert second["access_token"] != first["access_token"]


def test_an_unknown_refresh_token_is_refused(browser: Client):
    """In the reference's words."""
    answer = refresh(browser, "na1-unknown")
    assert answer.status_code == 400
    assert answer.get_json() == {
        "error": "invalid_grant",
        "error_description": "refresh token is invalid, expired or revoked",
        "status": "BAD_REFRESH_TOKEN",
        "message": "refresh token is invalid, expired or revoked",
    }


def test_with_strict_rotation_an_old_token_kills_the_grant(browser: Client, hub: HubSpot):
    """The second use of the first token ends the third one too."""
    hub.settings.rotate_refresh_tokens = True
    first = exchange(browser, authorize(browser)["code"]).get_json()["refresh_token"]
    second = refresh(browser, first).get_json()["refresh_token"]
    assert second != first
    assert refresh(browser, first).get_json()["status"] == "BAD_REFRESH_TOKEN"
    assert refresh(browser, second).get_json()["status"] == "BAD_REFRESH_TOKEN"


def test_tokens_can_be_looked_at(browser: Client, hub: HubSpot):
    """By any of the three field names; a foreign or expired one is only inactive."""
    tokens = hub.issue_tokens(48120771)
    for field in ("token", "access_token"):
        form = {**ME, field: tokens["access_token"]}
        body = browser.post("/oauth/2026-09/token/introspect", data=form).get_json()
        assert (body["active"], body["hub_id"], body["app_id"]) == (True, 48120771, 31415926)
        assert body["signed_access_token"]["hubId"] == 48120771
    form = {**ME, "refresh_token": tokens["refresh_token"]}
    body = browser.post("/oauth/2026-09/token/introspect", data=form).get_json()
    assert body["token_use"] == "refresh_token"
    assert "expires_in" not in body
    unknown = browser.post("/oauth/2026-09/token/introspect", data={**ME, "token": "x"})
    assert unknown.get_json() == {"active": False}


def test_a_revoked_grant_cannot_be_refreshed(browser: Client, hub: HubSpot, api, clock):
    """But the access tokens that were out keep working until they expire."""
    tokens = hub.issue_tokens(48120771)
    browser.post("/oauth/2026-09/token/revoke", data={**ME, "token": tokens["refresh_token"]})
    assert refresh(browser, tokens["refresh_token"]).get_json()["status"] == "BAD_REFRESH_TOKEN"
    api.token = tokens["access_token"]
    assert api.get("/crm/objects/2026-09/contacts").status_code == 200
    clock.advance(1800)
    assert api.get("/crm/objects/2026-09/contacts").get_json()["category"] == "EXPIRED_AUTHENTICATION"


def test_a_revoked_access_token_is_dead_alone(browser: Client, hub: HubSpot, api):
    """Its grant can still be refreshed."""
    tokens = hub.issue_tokens(48120771)
    browser.post("/oauth/2026-09/token/revoke", data={**ME, "token": tokens["access_token"]})
    api.token = tokens["access_token"]
    assert api.get("/crm/objects/2026-09/contacts").get_json()["category"] == "INVALID_AUTHENTICATION"
    assert refresh(browser, tokens["refresh_token"]).status_code == 200


@pytest.mark.parametrize(("kills", "status"), [(False, 200), (True, 401)])
def test_what_an_uninstalled_apps_tokens_are_worth(hub: HubSpot, api, browser: Client, *, kills: bool, status: int):
    """They go on until they expire, or end at once; the neighbour's do not care."""
    theirs = hub.issue_tokens(48120771, app_id=777)
    hub.settings.uninstall_kills_access = kills
    hub.uninstall(48120771)
    assert api.get("/crm/objects/2026-09/contacts").status_code == status
    seen = browser.post("/oauth/2026-09/token/introspect", data={**ME, "token": api.token}).get_json()
    assert seen["active"] is (not kills)
    api.token = theirs["access_token"]
    assert api.get("/crm/objects/2026-09/contacts").status_code == 200


@pytest.mark.parametrize("kills", [False, True])
def test_an_app_can_be_installed_again(hub: HubSpot, api, browser: Client, *, kills: bool):
    """With new tokens; those of before stay dead."""
    hub.settings.uninstall_kills_access = kills
    before = exchange(browser, authorize(browser)["code"]).get_json()
    hub.uninstall(48120771)
    after = exchange(browser, authorize(browser)["code"]).get_json()
    assert refresh(browser, before["refresh_token"]).get_json()["status"] == "BAD_REFRESH_TOKEN"
    api.token = refresh(browser, after["refresh_token"]).get_json()["access_token"]
    assert api.get("/crm/objects/2026-09/contacts").status_code == 200


def test_without_words_an_app_gets_every_scope(browser: Client, hub: HubSpot):
    """All that section 1.6 names."""
    token = hub.issue_tokens(48120771)["access_token"]
    seen = browser.post("/oauth/2026-09/token/introspect", data={**ME, "token": token}).get_json()
    assert seen["scopes"] == list(SCOPES)
    assert len(set(SCOPES)) == len(SCOPES) == 1 + 16 + 12 + 1 + 5
    assert {"crm.objects.commercepayments.write", "crm.schemas.invoices.read", "e-commerce"} < set(SCOPES)


def test_an_uninstalled_app_cannot_refresh(browser: Client, hub: HubSpot, api):
    """By the app itself, or by the portal's people."""
    ours, theirs = hub.issue_tokens(48120771), hub.issue_tokens(48120771, app_id=777)
    api.token = ours["access_token"]
    assert api.delete("/appinstalls/2026-09/external-install").status_code == 204
    assert refresh(browser, ours["refresh_token"]).status_code == 400
    assert refresh(browser, theirs["refresh_token"]).status_code == 200


def test_an_uninstalled_app_hears_nothing(hub: HubSpot, portal: Portal, events):
    """Until it is installed again."""
    hub.issue_tokens(48120771)
    hub.uninstall(48120771)
    contact_id = portal.create_contact({"firstname": "Ana"})
    assert events() == []
    hub.issue_tokens(48120771)
    portal.update_contact(contact_id, {"firstname": "Anna"})
    assert [one["propertyValue"] for one in events()] == ["Anna"]


def test_tokens_are_asked_for_with_a_form(browser: Client):
    """JSON is the wrong content type here."""
    assert browser.post("/oauth/2026-09/token", json={"grant_type": "refresh_token"}).status_code == 415


def test_version_1_tells_less(browser: Client):
    """No portal and no scopes, which is why it needed introspection."""
    tokens = exchange(browser, authorize(browser)["code"], path="/oauth/v1/token").get_json()
    assert set(tokens) == {"token_type", "access_token", "refresh_token", "expires_in"}
