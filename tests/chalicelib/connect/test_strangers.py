"""What a stranger sends costs no table, no key, no queue and no vendor anything."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.connect import consent
from chalicelib.connect.consent import Visit
from chalicelib.connect.pages import Page
from chalicelib.connect.tickets import FlowState, new_browser, new_state, new_ticket
from chalicelib.wiring import Config, Wiring

NOW = 1_795_000_000.0
SECRET = {
    "hubspot_client_id": "h", "hubspot_client_secret": "one", "quickbooks_client_id": "q",
    "quickbooks_client_secret": "two",
}  # fmt: skip
STEPS = [consent.begin, consent.hubspot_answer, consent.quickbooks_answer, consent.again, consent.done]
QUERIES: list[dict[str, str]] = [
    {}, {"ticket": "x"}, {"ticket": "x" * 100_000}, {"state": "x", "code": "y"}, {"error": "access_denied"},
    {"state": "WyJhIl0.x", "code": "y", "realmId": "1"}, {"ticket": new_ticket(SECRET, "f", NOW - 601)},
]  # fmt: skip


class Untouchable:
    """Whoever looks at it has gone too far."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"a stranger's request came as far as {name}")


def stranger() -> Wiring:
    nothing: Any = Untouchable()
    return Wiring(
        Config(public_url="https://sync.example"), now=lambda: NOW, http=nothing, given_table=nothing,
        given_queue=nothing, given_errands=nothing, given_sealer=nothing, given_secret=SECRET,
    )  # fmt: skip


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.__name__)
@pytest.mark.parametrize("query", QUERIES, ids=range(len(QUERIES)))
@pytest.mark.parametrize("cookie", ["", "x", "WyJmIiwxXQ.x"])
def test_what_we_did_not_sign_goes_nowhere(step, query, cookie):
    reply = step(stranger(), Visit(query, cookie))
    assert isinstance(reply, Page)
    assert reply.status in (400, 403, 410)


def test_a_state_without_its_browser_goes_nowhere():
    state = new_state(SECRET, FlowState("mine", "quickbooks", "mark", NOW + 600))
    other = new_browser(SECRET, "theirs", NOW + 600)
    for cookie in ("", other):
        reply = consent.quickbooks_answer(stranger(), Visit({"state": state, "code": "c", "realmId": "1"}, cookie))
        assert isinstance(reply, Page)
        assert reply.status == 403


def test_where_intuit_sends_people_nothing_is_stored_before_they_come_back():
    reply = consent.begin_renewal(
        Wiring(
            Config(public_url="https://sync.example"), now=lambda: NOW, given_table=Untouchable(),
            given_queue=Untouchable(), given_errands=Untouchable(), given_sealer=Untouchable(), given_secret=SECRET,
        ),
        Visit({"realmId": "9"}),
    )  # fmt: skip
    assert isinstance(reply, consent.Redirect)
    assert reply.url.startswith("https://appcenter.intuit.com/connect/oauth2?")
    assert consent.disconnected(stranger(), Visit({})).status == 200


def test_without_its_own_address_nothing_begins():
    wiring = stranger()
    wiring.config = Config()
    reply = consent.begin(wiring, Visit({"ticket": new_ticket(SECRET, "f", NOW)}))
    assert isinstance(reply, Page)
    assert reply.status == 503
