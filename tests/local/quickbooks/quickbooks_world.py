"""A clock that stands still, and the API of one company as a client calls it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import requests

REALM_ID = "9130350000000000"
VERIFIER_TOKEN = "sample-verifier-token"
START = 1_793_653_200.0  # 2026-11-02 13:00 in San Francisco


@dataclass
class Clock:
    now: float = START

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


@dataclass
class Api:
    """The API of one company over HTTP, with a token."""

    url: str
    realm_id: str
    token: str
    http: requests.Session = field(default_factory=requests.Session)

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "application/json", **options.pop("headers", {})}
        url = f"{self.url}/v3/company/{self.realm_id}/{path}"
        return self.http.request(method, url, headers=headers, timeout=10, **options)

    def get(self, path: str, **params: str) -> requests.Response:
        return self.call("GET", path, params=params)

    def post(self, path: str, body: Any, **params: str) -> requests.Response:
        return self.call("POST", path, json=body, params=params)

    def batch(self, *items: dict[str, Any], **params: str) -> requests.Response:
        return self.post("batch", {"BatchItemRequest": list(items)}, **params)

    def control(self, method: str, path: str, body: Any = None) -> requests.Response:
        return self.http.request(method, f"{self.url}/_control/{path}", json=body, timeout=10)


def fault(reply: requests.Response, status: int = 400) -> dict[str, Any]:
    """The first error of a refusal."""
    assert reply.status_code == status, reply.text
    error: dict[str, Any] = reply.json()["Fault"]["Error"][0]
    return error
