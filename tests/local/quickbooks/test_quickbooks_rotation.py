"""Refresh values that were rotated away, and two refreshes at a time (reference 1.4)."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import requests

from local.dials import Dial
from local.quickbooks import Company, QuickBooks
from local.serving import Server
from tests.local.quickbooks.quickbooks_world import REALM_ID, VERIFIER_TOKEN, Api, Clock

PATH = "/oauth2/v1/tokens/bearer"
SECRET = "a-secret"


def refresh(url: str, value: str, secret: str = SECRET) -> requests.Response:
    form = {"grant_type": "refresh_token", "refresh_token": value}
    return requests.post(url + PATH, data=form, auth=("an-id", secret), timeout=30)


@pytest.mark.parametrize(
    ("strict", "grace_s", "waited_s", "old_works", "new_works"),
    [
        (False, 0.0, 0, False, True),
        (True, 0.0, 0, False, False),
        (False, 60.0, 59, True, True),
        (True, 60.0, 59, True, True),
        (False, 60.0, 60, False, True),
        (True, 60.0, 60, False, False),
    ],
)
def test_how_long_an_old_value_works(
    quickbooks: QuickBooks,
    company: Company,
    clock: Clock,
    url: str,
    *,
    strict: bool,
    grace_s: float,
    waited_s: float,
    old_works: bool,
    new_works: bool,
) -> None:
    """Within the grace it is answered with the current value; after it, if strict, it ends the grant."""
    settings = {"rotation": "always", "strict": strict, "rotation_grace_s": grace_s}
    requests.post(f"{url}/_control/settings", json=settings, timeout=10).raise_for_status()
    old = quickbooks.issue_tokens(company.realm_id)["refresh_token"]
    new = refresh(url, old).json()["refresh_token"]
    assert new != old
    clock.advance(waited_s)
    late = refresh(url, old)
    assert late.status_code == (200 if old_works else 400)
    if old_works:
        assert late.json()["refresh_token"] == new
    assert refresh(url, new).status_code == (200 if new_works else 400)


class Waiting:
    """An imitation whose first refresh is held by a delay dial until the test lets it go."""

    def __init__(self, clock: Clock) -> None:
        self.arrived, self.go_on = threading.Event(), threading.Event()
        self.quickbooks = QuickBooks(
            client_id="an-id", client_secret=SECRET, verifier_token=VERIFIER_TOKEN, now=clock, sleep=self._sleep
        )
        self.quickbooks.add_company(REALM_ID)
        self.quickbooks.add_company("7")
        self.tokens = self.quickbooks.issue_tokens(REALM_ID)
        self.server = Server(self.quickbooks.wsgi)
        self.url = self.server.url
        self.first: list[requests.Response] = []
        self._thread = threading.Thread(target=self._refresh)

    def __enter__(self) -> Waiting:
        self.quickbooks.dials.set(Dial("delay", path=PATH, seconds=3600))
        self._thread.start()
        assert self.arrived.wait(timeout=30)
        return self

    def __exit__(self, *_: object) -> None:
        self.answer()
        self.server.close()

    def answer(self) -> requests.Response:
        """Let the first refresh go, and see what it is told."""
        self.go_on.set()
        self._thread.join(timeout=30)
        return self.first[0]

    def _refresh(self) -> None:
        self.first.append(refresh(self.url, self.tokens["refresh_token"]))

    def _sleep(self, _seconds: float) -> None:
        self.arrived.set()
        assert self.go_on.wait(timeout=30)


@pytest.mark.parametrize(("theft", "status"), [(False, 200), (True, 400)])
def test_a_refresh_while_another_waits(clock: Clock, *, theft: bool, status: int) -> None:
    """Both are answered; or it counts as theft, and neither they nor the access token of before are worth anything."""
    with Waiting(clock) as held:
        held.quickbooks.settings.concurrent_refresh_is_theft = theft
        assert refresh(held.url, held.tokens["refresh_token"]).status_code == status
        assert held.answer().status_code == status
        api = Api(held.url, REALM_ID, held.tokens["access_token"])
        assert api.get("preferences").status_code == (401 if theft else 200)
        assert refresh(held.url, held.tokens["refresh_token"]).status_code == status


def test_what_is_no_second_refresh_of_the_same_grant(clock: Clock) -> None:
    """Calls of the API, another company's refresh, a stranger's, one that a dial turned away: all pass the first."""
    with Waiting(clock) as held:
        held.quickbooks.settings.concurrent_refresh_is_theft = True
        value = held.tokens["refresh_token"]
        assert Api(held.url, REALM_ID, held.tokens["access_token"]).get("preferences").status_code == 200
        assert refresh(held.url, held.quickbooks.issue_tokens("7")["refresh_token"]).status_code == 200
        assert refresh(held.url, value, secret="guess").status_code == 401
        held.quickbooks.dials.set(Dial("status", path=PATH, status=503))
        assert refresh(held.url, value).status_code == 503
        assert held.answer().status_code == 200


def test_one_refresh_after_another_is_no_theft(quickbooks: QuickBooks, company: Company, url: str) -> None:
    """Not even if the first answer was lost: nobody waits any more."""
    quickbooks.settings.concurrent_refresh_is_theft = True
    value = quickbooks.issue_tokens(company.realm_id)["refresh_token"]
    quickbooks.dials.set(Dial("lose_answer", path=PATH))
    with pytest.raises(requests.ConnectionError):
        refresh(url, value)
    replies: list[Any] = [refresh(url, value) for _ in range(2)]
    assert [reply.status_code for reply in replies] == [200, 200]
