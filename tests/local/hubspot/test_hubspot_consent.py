"""The install page: what it checks, whom it asks, and where it sends the browser (reference, section 1.2)."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from local.hubspot import HubSpot
from local.hubspot.oauth import SCOPES
from tests.local.hubspot.browser_form import Page, sent_back

CALLBACK = "https://sync.example.test/cb"
READ = "crm.objects.contacts.read"
ASKED = {"client_id": "client", "redirect_uri": CALLBACK, "scope": f"oauth {READ}", "state": "s & s"}
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def authorize(url: str, **changes: str) -> requests.Response:
    asked = {name: value for name, value in {**ASKED, **changes}.items() if value}
    return requests.get(f"{url}/oauth/authorize", params=asked, allow_redirects=False, timeout=10)


def installed(url: str, back: dict[str, str]) -> dict[str, Any]:
    form = {"grant_type": "authorization_code", "code": back["code"], "redirect_uri": CALLBACK}
    secret = {"client_id": "client", "client_secret": "secret"}
    reply = requests.post(f"{url}/oauth/2026-09/token", data={**form, **secret}, timeout=10)
    assert reply.status_code == 200, reply.text
    tokens: dict[str, Any] = reply.json()
    return tokens


def test_the_page_asks_which_portal(hub: HubSpot, url: str):
    """It names the app and its wishes; what is picked on it comes back as a code for that portal."""
    hub.settings.consent = "ask"
    hub.add_portal(999, account_type="DEVELOPER_TEST")
    reply = authorize(url, optional_scope="timeline")
    page = Page(reply)
    assert (page.status, page.select, set(page.buttons)) == (200, "portal_id", {"allow", "cancel"})
    assert page.items == ["oauth", READ, "timeline (optional)"]
    assert page.options == ["48120771", "999"]
    assert "31415926" in reply.text
    assert "DEVELOPER_TEST" in reply.text
    back = sent_back(page.press("allow", pick="999"), CALLBACK)
    assert back["state"] == "s & s"
    tokens = installed(url, back)
    assert (tokens["hub_id"], tokens["scopes"]) == (999, ["oauth", READ, "timeline"])


def test_the_page_can_be_cancelled(hub: HubSpot, url: str):
    """The callback gets an error, its description and the state."""
    hub.settings.consent = "ask"
    back = sent_back(Page(authorize(url)).press("cancel"), CALLBACK)
    assert back == {
        "error": "access_denied",
        "error_description": "The user denied access.",
        "state": "s & s",
    }


def test_a_challenge_survives_the_page(hub: HubSpot, url: str):
    """The code that the button makes needs the verifier."""
    hub.settings.consent = "ask"
    page = Page(authorize(url, code_challenge=CHALLENGE, code_challenge_method="S256"))
    code = sent_back(page.press("allow"), CALLBACK)["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
    secret = {"client_id": "client", "client_secret": "secret"}
    reply = requests.post(f"{url}/oauth/2026-09/token", data={**form, **secret}, timeout=10)
    assert reply.json()["status"] == "BAD_CODE_VERIFIER"


@pytest.mark.parametrize("form", [{}, {"decision": "maybe"}, {"decision": "allow", "portal_id": "5"}])
def test_a_button_that_the_page_does_not_have(url: str, form: dict[str, str]):
    """An error page."""
    reply = requests.post(f"{url}/oauth/authorize", params=ASKED, data=form, allow_redirects=False, timeout=10)
    assert reply.status_code == 400


@pytest.mark.parametrize(
    ("settings", "query", "portal_id"),
    [
        ({}, {}, 48120771),
        ({"consent_portal": 999}, {}, 999),
        ({"consent_portal": 999}, {"portal_id": "48120771"}, 48120771),
        ({"consent": "ask"}, {"portal_id": "999"}, 999),
        ({"refuse_consent": True}, {}, None),
        ({"refuse_consent": True, "consent": "ask"}, {"portal_id": "999"}, None),
        ({}, {"deny": "true"}, None),
        ({"consent": "ask"}, {"deny": "true"}, None),
    ],
)
def test_who_decides_without_a_page(hub: HubSpot, url: str, settings: dict, query: dict, portal_id: int | None):
    """The settings answer for the person; a parameter of the address goes before them."""
    hub.add_portal(999)
    requests.post(f"{url}/_control/settings", json=settings, timeout=10).raise_for_status()
    back = sent_back(authorize(url, **query), CALLBACK)
    if portal_id is None:
        assert (back["error"], "code" in back) == ("access_denied", False)
    else:
        assert installed(url, back)["hub_id"] == portal_id


def test_the_page_shows_first_whom_the_person_means(hub: HubSpot, url: str):
    """`consent_portal` again; without it, the first one."""
    hub.settings.consent = "ask"
    hub.add_portal(999)
    assert Page(authorize(url)).chosen == "48120771"
    hub.settings.consent_portal = 999
    assert Page(authorize(url)).chosen == "999"


@pytest.mark.parametrize("consent", ["at_once", "ask"])
@pytest.mark.parametrize(
    ("settings", "query", "error"),
    [
        ({}, {"client_id": "x"}, "BAD_CLIENT_ID: missing or invalid client id"),
        ({}, {"redirect_uri": ""}, "BAD_REDIRECT_URI: missing or unknown redirect URI"),
        ({"redirect_uris": [f"{CALLBACK}/"]}, {}, "BAD_REDIRECT_URI: missing or unknown redirect URI"),
        ({"redirect_uris": []}, {}, "BAD_REDIRECT_URI: missing or unknown redirect URI"),
        ({}, {"scope": "oauth <b>"}, "BAD_SCOPES: missing or unknown scopes: <b>"),
        (
            {"app_scopes": ["oauth", READ, "timeline"]},
            {"optional_scope": "timeline"},
            "BAD_SCOPES: scope mismatch. missing: timeline; not declared by the app: none",
        ),
        (
            {"app_scopes": ["oauth"], "app_optional_scopes": ["timeline"]},
            {},
            f"BAD_SCOPES: scope mismatch. missing: none; not declared by the app: {READ}",
        ),
        (
            {"app_scopes": ["oauth", READ]},
            {"optional_scope": "timeline"},
            "BAD_SCOPES: scope mismatch. missing: none; not declared by the app: timeline",
        ),
        ({}, {"portal_id": "5"}, "BAD_HUB: missing or unknown hub id"),
        ({}, {"code_challenge": CHALLENGE}, "BAD_CODE_CHALLENGE_METHOD: code_challenge_method must be S256"),
        (
            {},
            {"code_challenge": CHALLENGE, "code_challenge_method": "plain"},
            "BAD_CODE_CHALLENGE_METHOD: code_challenge_method must be S256",
        ),
    ],
)
def test_what_is_wrong_is_told_to_the_person(hub: HubSpot, url: str, consent: Any, settings: dict, query: dict, error):
    """An HTML page with status 400; the browser is not sent anywhere, least of all to an unknown address."""
    hub.settings.consent = consent
    requests.post(f"{url}/_control/settings", json=settings, timeout=10).raise_for_status()
    page = Page(authorize(url, **query))
    assert (page.status, page.error) == (400, error)


@pytest.mark.parametrize(
    ("settings", "query"),
    [
        ({"redirect_uris": ["https://other.test/", CALLBACK]}, {}),
        ({"app_scopes": ["oauth", READ]}, {}),
        ({"app_scopes": ["oauth"], "app_optional_scopes": [READ]}, {}),
        ({"app_scopes": ["oauth"], "app_optional_scopes": [READ]}, {"scope": "oauth", "optional_scope": READ}),
        ({"app_optional_scopes": ["timeline"]}, {}),
        ({}, {"scope": " ".join(SCOPES)}),
        ({}, {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}),
    ],
)
def test_what_is_in_order_passes(url: str, settings: dict, query: dict):
    """Registered addresses, declared scopes, every scope of section 1.6."""
    requests.post(f"{url}/_control/settings", json=settings, timeout=10).raise_for_status()
    assert sent_back(authorize(url, **query), CALLBACK)["code"]


def test_a_plan_may_lack_a_scope(hub: HubSpot, url: str):
    """Then the token lacks it too, and the call that needs it is refused."""
    hub.settings.withhold_scopes = ["crm.objects.companies.read"]
    wanted = f"oauth {READ} crm.objects.companies.read"
    tokens = installed(url, sent_back(authorize(url, scope=wanted, optional_scope=READ), CALLBACK))
    assert tokens["scopes"] == ["oauth", READ]
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    paths = (f"{url}/crm/objects/2026-09/{kind}" for kind in ("contacts", "companies"))
    assert [requests.get(path, headers=bearer, timeout=10).status_code for path in paths] == [200, 403]


def test_nobody_to_ask(stage, url: str):
    """Without a portal there is an error page too."""
    stage.hub = HubSpot(client_id="client", client_secret="secret", app_id=1)
    assert Page(authorize(url)).error == "BAD_HUB: missing or unknown hub id"


@pytest.mark.parametrize(
    ("more", "shown"),
    [
        ({}, ("STANDARD", "US/Eastern", "-05:00", -18_000_000)),
        (
            {"account_type": "SANDBOX", "time_zone": "Europe/Berlin"},
            ("SANDBOX", "Europe/Berlin", "+01:00", 3_600_000),
        ),
        (
            {"account_type": "DEVELOPER_TEST", "time_zone": "Asia/Kolkata"},
            ("DEVELOPER_TEST", "Asia/Kolkata", "+05:30", 19_800_000),
        ),
        ({"account_type": "APP_DEVELOPER"}, ("APP_DEVELOPER", "US/Eastern", "-05:00", -18_000_000)),
    ],
)
def test_a_portals_kind_and_time(hub: HubSpot, url: str, more: dict, shown: tuple):
    """Chosen when it is opened, told by account details; in November."""
    requests.post(f"{url}/_control/portals/999", json=more, timeout=10).raise_for_status()
    bearer = {"Authorization": f"Bearer {hub.issue_tokens(999)['access_token']}"}
    told = requests.get(f"{url}/account-info/2026-09/details", headers=bearer, timeout=10).json()
    assert (told["portalId"], told["companyCurrency"]) == (999, "USD")
    assert (told["accountType"], told["timeZone"], told["utcOffset"], told["utcOffsetMilliseconds"]) == shown


@pytest.mark.parametrize("more", [{"account_type": "FREE"}, {"time_zone": "Mars/Olympus"}])
def test_a_portal_of_no_known_kind_is_not_opened(hub: HubSpot, url: str, more: dict[str, str]):
    """400, and no portal."""
    assert requests.post(f"{url}/_control/portals/999", json=more, timeout=10).status_code == 400
    assert hub.portal_ids() == [48120771]


def test_a_slip_in_a_setting_is_told(url: str):
    """A word that is no choice."""
    assert requests.post(f"{url}/_control/settings", json={"consent": "never"}, timeout=10).status_code == 400
