"""A company with a clock that stands still, in process and over HTTP."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from intuitlib.client import AuthClient
from intuitlib.enums import Scopes
from quickbooks import QuickBooks as Client

from local.quickbooks import Company, QuickBooks
from local.serving import Server, Wsgi
from tests.local.quickbooks.quickbooks_world import REALM_ID, VERIFIER_TOKEN, Api, Clock

CALLBACK = "https://app.example/callback"


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


@pytest.fixture
def plain_http() -> Iterator[None]:
    """oauthlib's own switch for talking to a server without TLS."""
    before = os.environ.get("OAUTHLIB_INSECURE_TRANSPORT")
    os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"
    yield
    if before is None:
        del os.environ["OAUTHLIB_INSECURE_TRANSPORT"]
    else:
        os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = before


@pytest.fixture
def auth(url: str, sample: Company, plain_http: None) -> AuthClient:  # noqa: ARG001 - without TLS
    """Connected by the authorization code, with endpoints from the discovery document."""
    discovery = f"{url}/.well-known/openid_sandbox_configuration"
    client = AuthClient("an-id", "a-secret", CALLBACK, discovery)
    page = client.get(client.get_authorization_url([Scopes.ACCOUNTING]), allow_redirects=False)
    back = parse_qs(urlsplit(page.headers["Location"]).query)
    assert back["state"] == [client.state_token]
    client.get_bearer_token(back["code"][0], realm_id=back["realmId"][0])
    assert client.realm_id == sample.realm_id
    return client


@pytest.fixture
def client(auth: AuthClient, url: str) -> Client:
    made = Client(
        auth_client=auth, refresh_token=auth.refresh_token, company_id=REALM_ID, minorversion=75,
        verifier_token=VERIFIER_TOKEN,
    )  # fmt: skip
    made.api_url_v3 = f"{url}/v3"
    return made
