"""The app's routes in this process, asked as API Gateway asks them; and what they were given to work with, counted.

No socket and no thread: an example costs a millisecond, so that thousands can be tried.
"""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import app as routes
from chalicelib import wiring
from chalicelib.enqueue import MemoryQueue
from chalicelib.jobs import ConnectionId, Message
from chalicelib.remember.connections import Connection, Connections, ConnectionState, connection_id
from chalicelib.remember.table import Item, Key, MemoryTable, Write
from tests.chalicelib.access.granting import PlainSealer

PORTAL, REALM = "48120771", "9130350000000000"
OTHER_REALM = "9130350000000001"
PUBLIC = "https://sync.example.test"
NOW = 1_795_166_400.0
SECRET = {
    "hubspot_client_id": "canary-hubspot-id",
    "hubspot_client_secret": "canary-hubspot-secret",
    "hubspot_app_id": "31415926",
    "quickbooks_client_id": "canary-quickbooks-id",
    "quickbooks_client_secret": "canary-quickbooks-secret",
    "quickbooks_verifier_token": "canary-verifier-token",
}
EVERYTHING_ON: dict[str, Any] = {
    "contacts": {},
    "products": {"direction": "both"},
    "invoices": {"payments": "note"},
}


class CountingTable(MemoryTable):
    """Counts how often it is asked, by verb."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: Counter[str] = Counter()

    def get(self, keys: Iterable[Key]) -> dict[Key, Item]:
        self.asked["get"] += 1
        return super().get(keys)

    def write(self, writes: Sequence[Write]) -> None:
        self.asked["write"] += 1
        super().write(writes)

    def page(self, pk: str, after: str = "", limit: int = 1000, *, backwards: bool = False) -> list[Item]:
        self.asked["page"] += 1
        return super().page(pk, after, limit, backwards=backwards)

    def in_state(self, state_key: str, until: str = "￿", limit: int = 1000) -> list[Key]:
        self.asked["in_state"] += 1
        return super().in_state(state_key, until, limit)


class CountingQueue(MemoryQueue):
    """Counts how often it is asked, also with nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    def send(self, messages: Sequence[Message], delay_s: int = 0) -> None:
        self.asked += 1
        super().send(messages, delay_s)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: str


@dataclass
class Context:
    """What Lambda hands to a function."""

    def get_remaining_time_in_millis(self) -> int:
        return 29_000


@dataclass
class Gateway:
    """The app over a table and a queue in memory. `time` is its clock; `http` its way to the vendors."""

    http: Callable[[], Any] | None = None
    secret: dict[str, str] = field(default_factory=lambda: dict(SECRET))
    time: float = NOW

    def __post_init__(self) -> None:
        self.table = CountingTable()
        self.queue = CountingQueue()
        self.errands = CountingQueue()
        self.tools = wiring.Wiring(
            wiring.Config(public_url=PUBLIC, secret_id="app"),
            now=lambda: self.time,
            sleep=self._pass_by,
            http=self.http,
            given_table=self.table,
            given_queue=self.queue,
            given_errands=self.errands,
            given_sealer=PlainSealer(),
            given_secret=self.secret,
        )

    def _pass_by(self, seconds: float) -> None:
        self.time += seconds

    def connect(self, portal: str = PORTAL, realm: str = REALM, settings: dict[str, Any] | None = None) -> ConnectionId:
        """A connection whose kinds are all on; neither vendor is asked."""
        one = Connection(
            connection_id(portal, realm),
            portal,
            realm,
            ConnectionState.CONNECTED,
            settings=EVERYTHING_ON if settings is None else settings,
        )
        Connections(self.table).begin(one.portal, one.realm)
        Connections(self.table).change(one.id, lambda _: one)
        self.table.asked.clear()
        return one.id

    @property
    def asked(self) -> int:
        """How often the table or a queue was asked for anything."""
        return self.table.asked.total() + self.queue.asked + self.errands.asked

    def ask(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        query: Sequence[tuple[str, str]] = (),
        as_text: bool = False,
    ) -> Answer:
        """One request. API Gateway hands a body over as text, or in base64 where it is no text."""
        if path not in routes.app.routes:
            return Answer(403, {"content-type": "application/json"}, '{"message":"Missing Authentication Token"}')
        repeated: dict[str, list[str]] = {}
        for name, value in query:
            repeated.setdefault(name, []).append(value)
        event = {
            "resource": path,
            "path": path,
            "httpMethod": method,
            "headers": dict(headers or {}),
            "multiValueHeaders": {name: [value] for name, value in (headers or {}).items()},
            "queryStringParameters": {name: values[-1] for name, values in repeated.items()} or None,
            "multiValueQueryStringParameters": repeated or None,
            "pathParameters": None,
            "stageVariables": None,
            "body": body.decode() if as_text else base64.b64encode(body).decode(),
            "isBase64Encoded": not as_text,
            "requestContext": {"resourcePath": path, "httpMethod": method, "path": f"/api{path}", "stage": "api"},
        }
        wiring.use(self.tools)
        try:
            raw = routes.app(event, Context())
        finally:
            wiring.reset()
        # What says no type is JSON to API Gateway.
        said = {"content-type": "application/json"} | {
            name.lower(): str(value) for name, value in raw["headers"].items()
        }
        return Answer(raw["statusCode"], said, raw["body"])

    def wsgi(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        """The same for what speaks WSGI."""
        headers = {
            name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name.startswith("HTTP_")
        }
        if environ.get("CONTENT_TYPE"):
            headers["content-type"] = environ["CONTENT_TYPE"]
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        query = parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)
        answer = self.ask(environ["REQUEST_METHOD"], environ["PATH_INFO"].removeprefix("/api"), body, headers, query)
        start_response(f"{answer.status} x", list(answer.headers.items()))
        return [answer.body.encode()]


def as_json(value: Any) -> bytes:
    return json.dumps(value).encode()
