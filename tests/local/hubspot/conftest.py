"""A HubSpot imitation with its own clock, reached in process (`api`) or by HubSpot's clients (`sdk`, `legacy`)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import hubspot
import hubspot_sdk
import pytest
from werkzeug.test import Client, TestResponse

from local.hubspot import HubSpot, Portal
from local.serving import Server

APP_ID = 31415926
PORTAL_ID = 48120771


class Clock:
    """A time that moves only when a test says so."""

    def __init__(self) -> None:
        self.at = 1_795_305_600.0  # 2026-11-22T00:00:00Z

    def __call__(self) -> float:
        return self.at

    def advance(self, seconds: float) -> None:
        self.at += seconds


class Api:
    """Calls with one portal's token, without a socket."""

    def __init__(self, hub: HubSpot, token: str) -> None:
        self._client = Client(hub.wsgi)
        self.token = token

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        data = None if body is None else json.dumps(body)
        authorization = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        kind = {"Content-Type": "application/json"} if data else {}
        return self._client.open(path, method=method, data=data, headers={**kind, **authorization, **headers})

    def get(self, path: str) -> TestResponse:
        return self("GET", path)

    def post(self, path: str, body: Any) -> TestResponse:
        return self("POST", path, body)

    def patch(self, path: str, body: Any) -> TestResponse:
        return self("PATCH", path, body)

    def put(self, path: str, body: Any = None) -> TestResponse:
        return self("PUT", path, body)

    def delete(self, path: str) -> TestResponse:
        return self("DELETE", path)


class Stage:
    """One server for all tests; each test puts its own imitation on it."""

    def __init__(self) -> None:
        self.hub: HubSpot | None = None
        self.server = Server(self.wsgi)

    def wsgi(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        assert self.hub
        return self.hub.wsgi(environ, start_response)


@pytest.fixture(scope="session")
def stage() -> Iterator[Stage]:
    stage = Stage()
    yield stage
    stage.server.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def hub(clock: Clock) -> HubSpot:
    """No rate limits unless a test sets them, and a webhook address that nobody calls before a tick."""
    hub = HubSpot(
        client_id="client",
        client_secret="secret",
        app_id=APP_ID,
        webhook_url="https://sync.example.test/hook",
        now=clock,
    )
    hub.settings.rate_limit = 0
    hub.settings.search_limit = 0
    hub.add_portal(PORTAL_ID)
    return hub


@pytest.fixture
def portal(hub: HubSpot) -> Portal:
    return hub.portal(PORTAL_ID)


@pytest.fixture
def token(hub: HubSpot) -> str:
    return str(hub.issue_tokens(PORTAL_ID)["access_token"])


@pytest.fixture
def api(hub: HubSpot, token: str) -> Api:
    return Api(hub, token)


@pytest.fixture
def url(stage: Stage, hub: HubSpot) -> str:
    stage.hub = hub
    return stage.server.url


@pytest.fixture
def sdk(url: str, token: str) -> hubspot_sdk.HubSpot:
    """HubSpot's client for the dated versions."""
    return hubspot_sdk.HubSpot(access_token=token, base_url=url, max_retries=0)


@pytest.fixture
def legacy(url: str, token: str) -> hubspot.HubSpot:
    """HubSpot's client for v1, v3 and v4."""
    return hubspot.HubSpot(access_token=token, host=url)


@pytest.fixture
def events(hub: HubSpot, clock: Clock) -> Callable[[], list[dict[str, Any]]]:
    """What would be delivered since the last look, in order."""

    def collect() -> list[dict[str, Any]]:
        delivered: list[dict[str, Any]] = []

        def send(_url: str, body: bytes, _headers: dict[str, str]) -> int:
            delivered.extend(json.loads(body))
            return 200

        clock.advance(1)
        hub.delivery.tick(send)
        return delivered

    return collect
