"""A company with a clock that stands still, in process and over HTTP."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pytest
import requests

from local.quickbooks import Company, QuickBooks
from local.serving import Server, Wsgi
from tests.local.quickbooks.quickbooks_world import REALM_ID, VERIFIER_TOKEN, Api, Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def quickbooks(clock: Clock) -> QuickBooks:
    made = QuickBooks(client_id="an-id", client_secret="a-secret", verifier_token=VERIFIER_TOKEN, now=clock)
    made.settings.per_second = None  # the clock stands still: every call is in the same second
    return made


@pytest.fixture
def company(quickbooks: QuickBooks) -> Company:
    return quickbooks.add_company(REALM_ID)


@pytest.fixture
def sample(quickbooks: QuickBooks) -> Company:
    return quickbooks.add_company(REALM_ID, sample=True)


class _Switch:
    """One port for all tests; each puts its own imitation behind it."""

    wsgi: Wsgi

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        return self.wsgi(environ, start_response)


@pytest.fixture(scope="session")
def switch() -> Iterator[tuple[_Switch, str]]:
    made = _Switch()
    server = Server(made)
    yield made, server.url
    server.close()


@pytest.fixture
def url(quickbooks: QuickBooks, switch: tuple[_Switch, str]) -> str:
    switch[0].wsgi = quickbooks.wsgi
    return switch[1]


@pytest.fixture
def api(quickbooks: QuickBooks, company: Company, url: str) -> Iterator[Api]:
    with requests.Session() as http:
        yield Api(url, company.realm_id, quickbooks.issue_tokens(company.realm_id)["access_token"], http)
