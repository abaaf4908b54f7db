"""Requests by the thousand that nobody signed cost no call to any table, queue or secret."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.wiring import NEW_S
from local.serving import Server
from tests.hostile.gateway import NOW, SECRET, Gateway
from tests.hostile.signing import HUBSPOT, JSON, QUICKBOOKS, by_hubspot, by_intuit, good
from tests.hostile.strange import encoded

FLOOD = 1_000
BODY = {path: encoded([good(path)]) for path in (HUBSPOT, QUICKBOOKS)}
HEADERS = {
    "without a signature": JSON,
    "with a wrong v3": {**JSON, "x-hubspot-signature-v3": "x", "x-hubspot-request-timestamp": str(int(NOW * 1_000))},
    "with a wrong v1": {**JSON, "x-hubspot-signature": "x", "x-hubspot-signature-version": "v1"},
    "with a wrong one of Intuit's": {**JSON, "intuit-signature": "x"},
}


@pytest.mark.parametrize("path", [HUBSPOT, QUICKBOOKS])
@pytest.mark.parametrize("headers", HEADERS.values(), ids=HEADERS)
def test_a_flood_of_unsigned_notices_asks_neither_table_nor_queue(path: str, headers: dict[str, str]) -> None:
    gateway = Gateway()
    gateway.connect()
    for number in range(FLOOD):
        gateway.time += 0.01
        assert gateway.ask("POST", path, BODY[path], {**headers, "x-request": str(number)}).status == 401
    assert gateway.asked == 0
    assert gateway.ask("POST", path, BODY[path], signed(path, gateway.time)).status == 200
    assert gateway.asked > 0  # so that the counting counts


def signed(path: str, at: float) -> dict[str, str]:
    return by_hubspot(BODY[path], at) if path == HUBSPOT else by_intuit(BODY[path])


@pytest.mark.parametrize(
    "path", ["/connect", "/connect/hubspot/callback", "/connect/quickbooks/callback", "/connect/again", "/connect/done",
             "/connect/quickbooks/reconnect", "/connect/quickbooks/disconnected", "/health"],
)  # fmt: skip
def test_a_flood_of_strangers_at_the_other_doors_asks_nothing_either(path: str) -> None:
    gateway = Gateway()
    gateway.connect()
    for number in range(FLOOD // 4):
        query = [("ticket", f"t{number}"), ("state", f"s{number}"), ("code", "c"), ("realmId", "1")]
        assert gateway.ask("GET", path, query=query, headers={"cookie": f"hqsync_connect=x{number}"}).status < 500
    assert gateway.asked == 0


class Secrets:
    """Secrets Manager as far as reading goes, over HTTP; counts how often it is read."""

    def __init__(self) -> None:
        self.read = 0

    def wsgi(self, _environ: object, start_response: Any) -> list[bytes]:
        self.read += 1
        start_response("200 OK", [("Content-Type", "application/x-amz-json-1.1")])
        return [json.dumps({"SecretString": json.dumps(SECRET)}).encode()]


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> Iterator[Secrets]:
    one = Secrets()
    server = Server(one.wsgi)
    given = {"AWS_ENDPOINT_URL": server.url, "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x",
             "AWS_DEFAULT_REGION": "us-east-1", "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}  # fmt: skip
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    yield one
    server.close()


@pytest.mark.parametrize("path", [HUBSPOT, QUICKBOOKS])
def test_a_flood_reads_the_secret_no_oftener_than_its_rule_says(path: str, secrets: Secrets) -> None:
    """One that does not fit may be made with a newer secret than ours: it is read again, once in 30 s for all."""
    gateway = Gateway()
    gateway.tools.given_secret = None
    gateway.connect()
    for _ in range(FLOOD // 4):
        gateway.time += 0.4
        assert gateway.ask("POST", path, BODY[path], HEADERS["without a signature"]).status == 401
    assert gateway.asked == 0
    assert 1 < secrets.read <= 2 + (FLOOD // 4) * 0.4 / NEW_S
