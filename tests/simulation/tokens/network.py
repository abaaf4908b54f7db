"""The way to a vendor and back: a `requests` adapter on which requests and answers get lost, late and garbled.

The vendor works on a request whether or not anybody still waits for it, and never longer than `WORK_S` after it was
sent: that is what the lease of design D7 counts on.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import requests
from requests.adapters import BaseAdapter

from tests.simulation.baton import Baton, Worker
from tests.simulation.tokens.properties import Watch
from tests.simulation.tokens.vendors import Reply, TokenEndpoint

WORK_S = 119.9
HTML = "<html><body>Something went wrong</body></html>"
FATES = (  # what becomes of a request in bad weather
    "request lost", "request refused", "answer lost", "hangs up", "hangs up untouched", "429", "500", "500 after all",
    "html", "html after all", "504", "late", "late", "late",
)  # fmt: skip
UNTOUCHED = ("hangs up untouched", "429", "500", "html")  # the vendor answers, but has not looked at the token
BAD = {
    "429": (429, '{"message": "slow down"}'), "500": (500, ""), "500 after all": (500, '{"error": "server_error"}'),
    "html": (503, HTML), "html after all": (200, HTML), "504": (504, HTML),
}  # fmt: skip


@dataclass(eq=False)
class Exchange:
    """One refresh, from the request to its answer. `receiver` is the worker that got the vendor's word."""

    endpoint: TokenEndpoint
    value: str
    fate: str
    asker: Worker
    reply: Reply | None = None
    receiver: Worker | None = None
    answer: requests.Response | Exception | None = None
    waits: bool = True


class Faults:
    """Bad and good hours, drawn by the seed."""

    def __init__(self, baton: Baton, bad: float) -> None:
        self._baton = baton
        self._bad = bad
        self._until = 0.0
        self._now = 0.0

    def calm(self) -> None:
        self._bad = 0.0
        self._until = 0.0

    def fate(self) -> str:
        random = self._baton.random
        if self._baton.time >= self._until:
            self._until = self._baton.time + random.uniform(600, 7_200)
            self._now = self._bad * random.choice((0.1, 0.5, 1.0, 2.0))
        return random.choice(FATES) if random.random() < self._now else "ok"


class Line(BaseAdapter):
    """`early`: the connection may also break (or a gateway answer 500) while the vendor still works."""

    def __init__(
        self, baton: Baton, endpoints: dict[str, TokenEndpoint], faults: Faults, watch: Watch, *, early: bool = False
    ) -> None:
        super().__init__()
        self._baton = baton
        self._endpoints = endpoints
        self._faults = faults
        self._watch = watch
        self._early = early
        self.refreshes = 0
        self.fates: Counter[str] = Counter()

    def close(self) -> None: ...

    def send(self, request: requests.PreparedRequest, timeout: Any = None, **_transport: Any) -> requests.Response:
        body = request.body.decode() if isinstance(request.body, bytes) else str(request.body)
        endpoint = self._endpoints["quickbooks" if "intuit" in str(request.url) else "hubspot"]
        return self.ask(endpoint, dict(parse_qsl(body))["refresh_token"], sum(timeout), request)

    def ask(self, endpoint: TokenEndpoint, value: str, timeout_s: float, request: Any) -> requests.Response:
        """Send, and wait for what comes."""
        fate = self._faults.fate()
        self.refreshes += 1
        self.fates[fate] += 1
        exchange = Exchange(endpoint, value, fate, self._baton.current)
        self._baton.step("asks to refresh", f"{value} ({fate})")
        sent_at = self._baton.time
        if fate == "request refused":
            raise requests.ConnectTimeout
        if fate != "request lost":
            self._travel(exchange, sent_at)
        try:
            self._baton.wait("waits no longer for", sent_at + timeout_s, value)
        finally:
            exchange.waits = False
        return self._outcome(exchange, request)

    def _outcome(self, exchange: Exchange, request: Any) -> requests.Response:
        if exchange.answer is None:
            raise requests.ReadTimeout
        if isinstance(exchange.answer, Exception):
            raise exchange.answer
        if exchange.reply is not None and exchange.fate in ("ok", "late"):
            exchange.receiver = self._baton.current
        exchange.answer.request, exchange.answer.url = request, request.url
        return exchange.answer

    def _travel(self, exchange: Exchange, sent_at: float) -> None:
        """What happens at the vendor, and when: arrival, judgement, the end of its work, the answer's arrival."""
        random, baton = self._baton.random, self._baton
        arrives = sent_at + random.uniform(0, 1.0)
        slow = exchange.fate in ("late", "answer lost", "hangs up", "504", "500 after all")
        # Near the end of a caller's patience, or anywhere.
        work_s = (
            random.choice((random.uniform(15, 25), 118.0, random.uniform(1, 118))) if slow else random.uniform(0, 2)
        )
        ends = min(arrives + work_s, sent_at + WORK_S)
        judged = random.choice((arrives, ends, random.uniform(arrives, ends)))
        breaks = (
            self._early and exchange.endpoint.name == "quickbooks" and exchange.fate in ("hangs up", "500 after all")
        )
        early = exchange.fate == "504" or breaks
        answered = random.uniform(arrives, ends) if early else ends + random.choice((0.0, random.uniform(0, 3)))
        baton.at(arrives, lambda: self._arrive(exchange))
        if exchange.fate not in UNTOUCHED:
            baton.at(judged, lambda: self._judge(exchange))
        baton.at(ends, lambda: exchange.endpoint.leave(exchange.value))
        if exchange.fate != "answer lost":
            baton.at(answered, lambda: self._answer(exchange))

    def _arrive(self, exchange: Exchange) -> None:
        self._baton.note("receives", exchange.value, who=exchange.endpoint.name)
        if exchange.endpoint.begin(exchange.value):
            self._watch.overlap(exchange.value)

    def _judge(self, exchange: Exchange) -> None:
        endpoint, value, now = exchange.endpoint, exchange.value, self._baton.time
        self._watch.judged(endpoint, value)
        exchange.reply = endpoint.refresh(value, now)
        grant = endpoint.grant_of(value)
        if grant is not None:
            grant.last = exchange
        said = exchange.reply.value or f"invalid_grant: {endpoint.worthless(value, now)}"
        self._baton.note("judges", f"{value} -> {said}", who=endpoint.name)

    def _answer(self, exchange: Exchange) -> None:
        if not exchange.waits or exchange.asker.killed:
            return
        if exchange.fate.startswith("hangs up"):
            exchange.answer = requests.ConnectionError("Remote end closed connection without response")
        elif exchange.fate in BAD:
            exchange.answer = _response(*BAD[exchange.fate])
        elif exchange.reply is not None:
            exchange.answer = _response(exchange.reply.status, json.dumps(exchange.reply.body))
        self._baton.wake(exchange.asker)


def _response(status: int, text: str) -> requests.Response:
    made = requests.Response()
    made.status_code = status
    made._content, made.encoding = text.encode(), "utf-8"
    return made
