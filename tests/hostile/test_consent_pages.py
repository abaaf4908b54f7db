"""What a browser is shown after hostile parameters, cookies and vendors' words: text, never a script or a header."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.connect import pages, tickets
from tests.chalicelib.answering import Answer as Told
from tests.chalicelib.answering import Asked, Vendor, session
from tests.hostile.gateway import PORTAL, PUBLIC, SECRET, Answer, Gateway
from tests.hostile.listening import Heard
from tests.hostile.strange import texts
from tests.hostile.tokens import PAIR, SCRIPTS, TOLD
from tests.hostile.trying import tries

STEPS = [
    "/connect",
    "/connect/hubspot/callback",
    "/connect/quickbooks/callback",
    "/connect/again",
    "/connect/done",
    "/connect/quickbooks/reconnect",
    "/connect/quickbooks/disconnected",
]
NAMES = ["ticket", "state", "code", "error", "error_description", "realmId", "x", "__proto__", "ticket[]"]
COOKIES = [
    "",
    "x",
    "hqsync_connect=",
    "hqsync_connect=a.b.c; hqsync_connect=d",
    "a=b; hqsync_connect",
    ";;;=;",
    "hqsync_connect=" + "x" * 10_000,
    'hqsync_connect="<script>"',
    "hqsync_connect=\r\nx",
    "\ud800=\ud800",
]
ALLOWED = {
    "html",
    "head",
    "meta",
    "title",
    "style",
    "body",
    "main",
    "p",
    "h1",
    "h2",
    "ul",
    "li",
    "dl",
    "dt",
    "dd",
    "div",
    "a",
    "code",
}


class Seen(HTMLParser):
    """The tags of a page, and where its links lead."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name in ("href", "src", "action")]


def assert_harmless(answer: Answer) -> None:
    """No tag, attribute, link, header or address that is not of our own making."""
    for name, value in answer.headers.items():
        assert (name + value).isprintable()
    if answer.status == 302:
        assert urlsplit(answer.headers["location"]).netloc in (
            "app.hubspot.com",
            "appcenter.intuit.com",
            urlsplit(PUBLIC).netloc,
        )
        return
    seen = Seen()
    seen.feed(answer.body)
    assert seen.tags <= ALLOWED
    assert not {one for one in seen.attributes if one.startswith("on")}
    assert all(link.startswith(f"{PUBLIC}/connect/") for link in seen.links)
    assert "Traceback" not in answer.body
    assert len(answer.body) < 20_000
    assert {name.lower(): value for name, value in pages.HEADERS.items()}.items() <= answer.headers.items()


@pytest.mark.parametrize("path", STEPS)
@given(
    query=st.lists(st.tuples(st.sampled_from(NAMES), st.one_of(texts, st.sampled_from(SCRIPTS))), max_size=5),
    cookie=st.one_of(texts, st.sampled_from(COOKIES)),
)
@tries(25)
def test_no_stranger_gets_more_than_a_page_of_ours(path: str, query: list[tuple[str, str]], cookie: str) -> None:
    """Parameters may come twice, and be of any length."""
    gateway = Gateway()
    answer = gateway.ask("GET", path, query=query, headers={"cookie": cookie, "accept": "*/*"})
    assert answer.status in (200, 302, 400, 403, 410)
    assert_harmless(answer)
    assert gateway.asked == 0


class Vendors:
    """Both vendors behind one adapter; `code` is what they answer to a code, `info` to all else."""

    def __init__(self, code: Any, info: Any) -> None:
        self.code, self.info = code, info

    def __call__(self, asked: Asked) -> Told:
        said = self.code if "token" in asked.path else self.info
        return said if isinstance(said, Told) else Told(200, said)


def consent(code: Any, info: Any) -> tuple[Gateway, str, str]:
    """A consent that has come as far as HubSpot's page: the gateway, the cookie, the state."""
    gateway = Gateway(http=lambda: session(Vendor(Vendors(code, info))))
    ticket = tickets.new_ticket(SECRET, "flow-1", gateway.time)
    begun = gateway.ask("GET", "/connect", query=[("ticket", ticket)])
    assert begun.status == 302
    cookie = begun.headers["set-cookie"].split(";")[0]
    return gateway, cookie, parse_qs(urlsplit(begun.headers["location"]).query)["state"][0]


@pytest.mark.parametrize("error", SCRIPTS)
def test_a_vendors_error_in_the_address_is_shown_as_plain_words(error: str) -> None:
    gateway, cookie, state = consent(PAIR, {})
    answer = gateway.ask(
        "GET", "/connect/hubspot/callback", query=[("state", state), ("error", error)], headers={"cookie": cookie}
    )
    assert answer.status in (403, 502)
    assert_harmless(answer)


@pytest.mark.parametrize("told", [one for _, one in TOLD], ids=[name for name, _ in TOLD])
def test_whatever_a_vendor_answers_to_a_code_ends_in_a_page(told: Any, heard: Heard) -> None:
    """Its words are escaped, a token is never shown, and no log line holds any of it."""
    gateway, cookie, state = consent(told, Told(200, {"portalId": SCRIPTS[0]}))
    query = [("state", state), ("code", "canary-code")]
    answer = gateway.ask("GET", "/connect/hubspot/callback", query=query, headers={"cookie": cookie})
    assert answer.status in (302, 403, 502), answer.body
    assert_harmless(answer)
    assert "canary-" not in answer.body
    again = gateway.ask("GET", "/connect/hubspot/callback", query=query, headers={"cookie": cookie})
    assert again.status == 409
    assert not any(json.loads(line)["level"] == "ERROR" for line in heard.lines)


@pytest.mark.parametrize(
    "realm", ["", "x", "1" * 40, "-1", "１", SCRIPTS[0], "1\r\nx", "1|2", "../1", " 1", "\ud800"], ids=ascii
)
def test_a_company_is_a_number_or_nothing_is_asked(realm: str) -> None:
    gateway, cookie, state = consent({**PAIR, "hub_id": int(PORTAL)}, {"CompanyInfo": {}})
    there = gateway.ask(
        "GET", "/connect/hubspot/callback", query=[("state", state), ("code", "c")], headers={"cookie": cookie}
    )
    state = parse_qs(urlsplit(there.headers["location"]).query)["state"][0]
    query = [("state", state), ("code", "c"), ("realmId", realm)]
    answer = gateway.ask("GET", "/connect/quickbooks/callback", query=query, headers={"cookie": cookie})
    assert answer.status == 502
    assert "no realmId" in answer.body
    assert_harmless(answer)
