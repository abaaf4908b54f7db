"""How each vendor's authorization server is asked, where consents begin, and how a grant is revoked."""

from __future__ import annotations

import base64
import hashlib
import logging
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from chalicelib.access.oauth import CONNECT_S, Issued
from chalicelib.hubspot.scopes import OPTIONAL, REQUIRED
from tests.chalicelib.access.granting import (
    CLOSED,
    DEAD,
    HUBSPOT_TOKEN,
    TIMED_OUT,
    VENDOR,
    one_by_one,
    pair,
    speaking,
)
from tests.chalicelib.answering import HTML, Answer

BACK = "https://us.test/connect/callback"
VERIFIER = "a-verifier-of-our-own-which-is-long-enough-to-be-one"
BASIC = "Basic " + base64.b64encode(b"q-id:q-secret").decode()
CREDENTIALS = {"client_id": "h-id", "client_secret": "h-secret"}


# --- asking -----------------------------------------------------------------------------------------------------------


def test_quickbooks_wants_basic_and_is_asked_for_the_hard_end():
    _, quickbooks, vendor = speaking(one_by_one(pair(1)))
    quickbooks.refresh("refresh-0")
    quickbooks.exchange("the code", BACK, 20.0)
    refresh, exchange = vendor.asked
    assert refresh.body == {"grant_type": "refresh_token", "refresh_token": "refresh-0"}
    assert exchange.body == {"grant_type": "authorization_code", "code": "the code", "redirect_uri": BACK}
    for asked in (refresh, exchange):
        assert (asked.method, asked.path) == ("POST", "/tokens")
        assert asked.headers["Authorization"] == BASIC
        assert asked.headers["Accept"] == "application/json"
        assert asked.headers["Content-Type"] == "application/x-www-form-urlencoded"
        assert asked.headers["x-include-refresh-token-hard-expires-in"] == "true"


def test_hubspot_wants_all_in_the_form_and_our_verifier():
    hubspot, _, vendor = speaking(one_by_one(pair(1)))
    hubspot.refresh("refresh-0")
    hubspot.exchange("the code", BACK, VERIFIER, 20.0)
    refresh, exchange = vendor.asked
    assert refresh.body == {"grant_type": "refresh_token", "refresh_token": "refresh-0", **CREDENTIALS}
    assert exchange.body == {
        "grant_type": "authorization_code", "code": "the code", "redirect_uri": BACK, "code_verifier": VERIFIER,
        **CREDENTIALS,
    }  # fmt: skip
    for asked in (refresh, exchange):
        assert (asked.method, asked.path) == ("POST", HUBSPOT_TOKEN)
        assert "Authorization" not in asked.headers


def test_odd_values_arrive_as_they_are():
    value = "AB11/+=&% ü'\"~;"
    hubspot, quickbooks, vendor = speaking(one_by_one(pair(1)))
    hubspot.refresh(value)
    quickbooks.refresh(value)
    quickbooks.exchange(value, BACK, 20.0)
    assert [asked.body.get("refresh_token", asked.body.get("code")) for asked in vendor.asked] == [value] * 3


def test_a_refresh_waits_as_long_as_the_vendor_may_work_on_it():
    """Intuit's answer cannot be had again, HubSpot's can; and with nobody to talk to nobody waits."""
    hubspot, quickbooks, vendor = speaking(one_by_one(pair(1)))
    quickbooks.refresh("refresh-0")
    hubspot.refresh("refresh-0")
    assert [asked.timeout for asked in vendor.asked] == [(5.0, 115.0), (5.0, 15.0)]
    assert [sum(asked.timeout) for asked in vendor.asked] == [quickbooks.wait_s, hubspot.wait_s]
    assert vendor.asked[0].timeout[0] == CONNECT_S


def test_an_exchange_waits_as_long_as_it_is_told():
    """A person is waiting for the page."""
    hubspot, quickbooks, vendor = speaking(one_by_one(pair(1)))
    quickbooks.exchange("code", BACK, 12.5)
    hubspot.exchange("code", BACK, VERIFIER, 7.5)
    assert [asked.timeout for asked in vendor.asked] == [12.5, 7.5]


def test_credentials_of_the_machine_are_no_credentials_of_ours(netrc):
    """A netrc entry for the vendor's host would be added, were there none on the request."""
    assert requests.utils.get_netrc_auth(VENDOR) == netrc
    hubspot, quickbooks, vendor = speaking(one_by_one(pair(1)))
    hubspot.refresh("refresh-0")
    hubspot.exchange("code", BACK, VERIFIER, 20.0)
    quickbooks.refresh("refresh-0")
    assert [asked.headers.get("Authorization") for asked in vendor.asked] == [None, None, BASIC]


# --- consents ---------------------------------------------------------------------------------------------------------


def parameters(url: str) -> dict[str, str]:
    assert url.startswith(f"{VENDOR}/authorize?")
    return {name: value for name, (value,) in parse_qs(urlsplit(url).query).items()}


def test_hubspots_consent_asks_for_our_scopes_and_only_the_verifier_can_use_its_code():
    hubspot, _, vendor = speaking(one_by_one(pair(1)))
    digest = hashlib.sha256(VERIFIER.encode()).digest()
    assert parameters(hubspot.consent_url(BACK, "the state", VERIFIER)) == {
        "response_type": "code", "client_id": "h-id", "redirect_uri": BACK, "state": "the state",
        "scope": " ".join(REQUIRED), "optional_scope": " ".join(OPTIONAL),
        "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="), "code_challenge_method": "S256",
    }  # fmt: skip
    assert vendor.asked == []


def test_quickbooks_consent_asks_for_accounting_alone():
    _, quickbooks, vendor = speaking(one_by_one(pair(1)))
    assert parameters(quickbooks.consent_url(BACK, "the state")) == {
        "response_type": "code", "client_id": "q-id", "redirect_uri": BACK, "state": "the state",
        "scope": "com.intuit.quickbooks.accounting",
    }  # fmt: skip
    assert vendor.asked == []


def test_a_consent_address_shows_no_secret():
    hubspot, quickbooks, _ = speaking(one_by_one(pair(1)))
    urls = hubspot.consent_url(BACK, "state", VERIFIER) + quickbooks.consent_url(BACK, "state")
    assert not [word for word in ("secret", VERIFIER) if word in urls]


# --- revoking ---------------------------------------------------------------------------------------------------------


def test_each_vendor_revokes_in_its_own_way():
    hubspot, quickbooks, vendor = speaking(one_by_one(Answer(200)))
    assert hubspot.revoke("refresh-0") is True
    assert quickbooks.revoke("refresh-0") is True
    theirs, intuit = vendor.asked
    assert (theirs.method, theirs.path) == ("POST", f"{HUBSPOT_TOKEN}/revoke")
    assert theirs.body == {"token": "refresh-0", "token_type_hint": "refresh_token", **CREDENTIALS}
    assert (intuit.method, intuit.path, intuit.body) == ("POST", "/revoke", {"token": "refresh-0"})
    assert (intuit.headers["Authorization"], intuit.headers["Accept"]) == (BASIC, "application/json")


@pytest.mark.parametrize(
    ("answer", "hubspot_says", "quickbooks_says"),
    [
        (Answer(200), True, True),
        (Answer(204), True, True),
        (DEAD, True, True),  # it knows no such one
        (Answer(400, {"error": "invalid_request"}), True, True),
        (Answer(401, {"error": "invalid_client"}), False, False),
        (Answer(429, {"message": "slow"}), False, False),
        (Answer(500, HTML), False, False),
        (Answer(503), False, False),
        (TIMED_OUT, False, False),
        (CLOSED, False, False),
    ],
)
def test_a_grant_is_ended_where_the_vendor_says_so(answer, hubspot_says, quickbooks_says):
    hubspot, quickbooks, _ = speaking(one_by_one(answer))
    assert (hubspot.revoke("refresh-0"), quickbooks.revoke("refresh-0")) == (hubspot_says, quickbooks_says)


def test_quickbooks_ends_nothing_for_a_stranger():
    _, quickbooks, _ = speaking(one_by_one(Answer(400, {"error": "invalid_client"})))
    assert quickbooks.revoke("refresh-0") is False


# --- secrecy ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("base", ["http://vendor.test", "http://10.0.0.1:8000", "ftp://vendor.test", "vendor.test"])
def test_nothing_leaves_over_plain_http(side, base):
    *both, vendor = speaking(one_by_one(pair(1)), base)
    authority, verifier = both[side], [VERIFIER] if side == 0 else []
    for ask in (
        lambda: authority.refresh("refresh-0"),
        lambda: authority.exchange("code", BACK, *verifier, 20.0),
        lambda: authority.consent_url(BACK, "state", *verifier),
    ):
        with pytest.raises(ValueError, match="plain HTTP") as refused:
            ask()
        assert "refresh-0" not in str(refused.value)
    assert vendor.asked == []


@pytest.mark.parametrize("base", ["http://127.0.0.1:8000", "http://localhost:8000", "https://vendor.test"])
def test_this_machine_may_be_spoken_to_in_the_clear(base):
    """The local stack's imitations have no certificates."""
    hubspot, quickbooks, vendor = speaking(one_by_one(pair(1)), base)
    assert isinstance(hubspot.refresh("refresh-0"), Issued)
    assert isinstance(quickbooks.refresh("refresh-0"), Issued)
    assert all(asked.url.startswith(base) for asked in vendor.asked)


@pytest.mark.parametrize(
    "answer", [pair(1), DEAD, Answer(200, HTML), Answer(401, {"error": "invalid_client"}), TIMED_OUT]
)
def test_no_log_shows_a_token_or_a_secret(caplog, answer):
    """The library writes whole requests and replies to its log at the level DEBUG; an operator may set that level."""
    caplog.set_level(logging.DEBUG)
    for name in ("requests_oauthlib", "oauthlib", "urllib3"):
        caplog.set_level(logging.DEBUG, logger=name)
    hubspot, quickbooks, _ = speaking(one_by_one(answer))
    hubspot.refresh("refresh-0")
    hubspot.exchange("the-code", BACK, VERIFIER, 20.0)
    quickbooks.refresh("refresh-0")
    quickbooks.exchange("the-code", BACK, 20.0)
    hubspot.revoke("refresh-0")
    quickbooks.revoke("refresh-0")
    secrets = ("access-1", "refresh-0", "refresh-1", "the-code", VERIFIER, "h-secret", "q-secret", BASIC)
    assert not [word for word in secrets if word in caplog.text]


def test_no_repr_shows_a_token_or_a_secret():
    hubspot, quickbooks, _ = speaking(one_by_one(pair(1)))
    answers = [hubspot.refresh("refresh-0"), quickbooks.refresh("refresh-0")]
    shown = f"{answers} {[answer.tokens for answer in answers]} {vars(hubspot)} {vars(quickbooks)}"
    assert not [word for word in ("access-1", "refresh-0", "refresh-1", "secret") if word in shown]


def test_an_answer_shows_nothing_of_what_was_asked():
    hubspot, quickbooks, _ = speaking(one_by_one(requests.ConnectionError("POST refresh_token=refresh-0")))
    assert "refresh-0" not in f"{hubspot.refresh('refresh-0')} {quickbooks.refresh('refresh-0')}"
