"""A vendor that answers in process: an adapter for `requests`, so that the clients are tested over their own seam."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import requests
from requests.adapters import BaseAdapter

from chalicelib.failures import Category, ReconnectNeeded, Trouble
from chalicelib.jobs import Portal
from chalicelib.transport import CallLog, Transport

HTML = "<html><body>503 Service Unavailable</body></html>"


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    params: dict[str, str]
    body: Any
    headers: dict[str, str]
    url: str = ""
    timeout: Any = None  # as the adapter was handed it: seconds, or those to connect and those to read


@dataclass(frozen=True)
class Answer:
    status: int = 200
    body: Any = None  # what is no text is told as JSON
    headers: tuple[tuple[str, str], ...] = ()


Answers = Callable[[Asked], Answer]


class Vendor(BaseAdapter):
    """Keeps what it was asked; `answers` says what to reply, or raises what the network would."""

    def __init__(self, answers: Answers) -> None:
        super().__init__()
        self.answers = answers
        self.asked: list[Asked] = []

    def send(self, request, *, timeout=None, **_transport) -> requests.Response:
        asked = self._asked(request, timeout)
        self.asked.append(asked)
        return response(self.answers(asked), request)

    def close(self) -> None: ...

    @staticmethod
    def _asked(request: requests.PreparedRequest, timeout: Any) -> Asked:
        address = urlsplit(request.url)
        text = request.body.decode() if isinstance(request.body, bytes) else request.body
        kind = request.headers.get("Content-Type", "")
        body = json.loads(text) if text and "json" in kind else dict(parse_qsl(text or ""))
        params = {name: values[0] for name, values in parse_qs(address.query).items()}
        return Asked(request.method, address.path, params, body, dict(request.headers), request.url, timeout)


def response(answer: Answer, request: requests.PreparedRequest | None = None) -> requests.Response:
    made = requests.Response()
    made.status_code = answer.status
    made.headers.update(dict(answer.headers))
    if answer.body is not None:
        text = answer.body if isinstance(answer.body, str) else json.dumps(answer.body)
        made._content = text.encode()
    else:
        made._content = b""
    if request is not None:
        made.request, made.url = request, request.url
    return made


def session(vendor: Vendor) -> requests.Session:
    made = requests.Session()
    made.trust_env = False
    made.mount("https://", vendor)
    made.mount("http://", vendor)
    return made


@dataclass
class Badge:
    """Speaks for one account, with as many tokens as it was given."""

    account: Any
    tokens: list[str] = field(default_factory=lambda: ["token"])
    refusals: int = 0
    proofs: int = 0

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self.tokens[0]}"
        return request

    def refused(self) -> None:
        self.refusals += 1
        if len(self.tokens) == 1:
            raise ReconnectNeeded(Trouble(Category.RECONNECT_NEEDED, "no other token", "connect again"))
        self.tokens = self.tokens[1:]

    def worked(self) -> None:
        self.proofs += 1


def transport(vendor: Vendor, name: str, **more: Any) -> Transport:
    given = {
        "speaker": Badge(Portal("48120771")), "left_s": lambda: 120.0, "log": CallLog(), "sleep": lambda _s: None,
        **more,
    }  # fmt: skip
    return Transport(name, session(vendor), "https://vendor.test", **given)
