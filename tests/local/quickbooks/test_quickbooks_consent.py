"""The consent page: what it checks, whom it asks, and where it sends the browser (reference 1.2)."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from local.quickbooks import QuickBooks
from tests.local.hubspot.browser_form import Page, sent_back
from tests.local.quickbooks.quickbooks_world import REALM_ID

SCOPE = "com.intuit.quickbooks.accounting"
CALLBACK = "https://app.example/callback"
ASKED = {"client_id": "an-id", "response_type": "code", "scope": SCOPE, "redirect_uri": CALLBACK, "state": "s & s"}

pytestmark = pytest.mark.usefixtures("company")


@pytest.fixture(autouse=True)
def other(quickbooks: QuickBooks, company: Any) -> None:  # noqa: ARG001 - it is the second one
    quickbooks.add_company("7", name="Nuts & Bolts", sandbox=True)


def authorize(url: str, **changes: str) -> requests.Response:
    return requests.get(f"{url}/connect/oauth2", params={**ASKED, **changes}, allow_redirects=False, timeout=10)


def settle(url: str, settings: dict[str, Any]) -> None:
    requests.post(f"{url}/_control/settings", json=settings, timeout=10).raise_for_status()


def test_the_page_asks_which_company(url: str) -> None:
    """It names the app and its wish; what is picked on it comes back as realmId, with a code that works."""
    settle(url, {"consent": "ask"})
    reply = authorize(url)
    page = Page(reply)
    assert (page.status, page.select, set(page.buttons)) == (200, "realm_id", {"allow", "cancel"})
    assert (page.items, page.options, page.chosen) == ([SCOPE], [REALM_ID, "7"], REALM_ID)
    assert "an-id" in reply.text
    assert "Nuts &amp; Bolts (sandbox, 7)" in reply.text
    assert reply.headers["intuit_tid"]
    back = sent_back(page.press("allow", pick="7"), CALLBACK)
    assert (back["realmId"], back["state"]) == ("7", "s & s")
    form = {"grant_type": "authorization_code", "code": back["code"], "redirect_uri": CALLBACK}
    tokens = requests.post(f"{url}/oauth2/v1/tokens/bearer", data=form, auth=("an-id", "a-secret"), timeout=10)
    assert tokens.status_code == 200


def test_the_page_can_be_cancelled(url: str) -> None:
    """error=access_denied, and the state."""
    settle(url, {"consent": "ask"})
    assert sent_back(Page(authorize(url)).press("cancel"), CALLBACK) == {"error": "access_denied", "state": "s & s"}


def test_the_page_shows_first_whom_the_person_means(url: str) -> None:
    """`consent_realm`."""
    settle(url, {"consent": "ask", "consent_realm": "7"})
    assert Page(authorize(url)).chosen == "7"


@pytest.mark.parametrize("form", [{}, {"decision": "maybe"}, {"decision": "allow", "realm_id": "8"}])
def test_a_button_that_the_page_does_not_have(url: str, form: dict[str, str]) -> None:
    """An error page."""
    reply = requests.post(f"{url}/connect/oauth2", params=ASKED, data=form, allow_redirects=False, timeout=10)
    assert Page(reply).status == 400


@pytest.mark.parametrize(
    ("settings", "query", "realm_id"),
    [
        ({}, {}, REALM_ID),
        ({"consent_realm": "7"}, {}, "7"),
        ({"consent_realm": "7"}, {"realm_id": REALM_ID}, REALM_ID),
        ({"consent": "ask"}, {"realm_id": "7"}, "7"),
        ({"refuse_consent": True}, {"realm_id": "7"}, None),
        ({"refuse_consent": True, "consent": "ask"}, {}, None),
        ({"redirect_uris": ["https://other.example/", CALLBACK]}, {}, REALM_ID),
    ],
)
def test_who_decides_without_a_page(
    url: str, settings: dict[str, Any], query: dict[str, str], realm_id: str | None
) -> None:
    """The settings answer for the person; a parameter of the address goes before them."""
    settle(url, settings)
    back = sent_back(authorize(url, **query), CALLBACK)
    assert back.get("realmId") == realm_id
    assert back.get("error") == (None if realm_id else "access_denied")


@pytest.mark.parametrize("consent", ["at_once", "ask"])
@pytest.mark.parametrize(
    ("settings", "query", "error"),
    [
        ({}, {"client_id": "x"}, "invalid_client: there is no such app"),
        (
            {"redirect_uris": [f"{CALLBACK}/"]},
            {},
            "invalid_request: the redirect_uri is none of those that the app has registered",
        ),
        (
            {"redirect_uris": []},
            {"scope": "x"},
            "invalid_request: the redirect_uri is none of those that the app has registered",
        ),
        (
            {},
            {"state": ""},
            "invalid_request: redirect_uri without query parameters, and state, are required",
        ),
        ({}, {"realm_id": "8"}, "invalid_request: there is no company 8"),
        ({"consent_realm": "8", "consent": "at_once"}, {}, "invalid_request: there is no company 8"),
    ],
)
def test_what_is_wrong_is_told_to_the_person(
    url: str, consent: str, settings: dict[str, Any], query: dict[str, str], error: str
) -> None:
    """An HTML page with status 400; the browser is not sent anywhere, least of all to an unknown address."""
    settle(url, {"consent": consent, **settings})
    page = Page(authorize(url, **query))
    assert (page.status, page.error) == (400, error)
