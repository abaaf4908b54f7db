"""The table, the queues and the lines to the vendors, as effects: at each of them others may go on, and a fault may
strike. They are the seams of the code under test; what is behind them is kept by the contract tests."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import requests
from botocore.exceptions import ClientError
from requests.adapters import BaseAdapter

from chalicelib.enqueue import NotQueued
from chalicelib.jobs import Message
from chalicelib.remember.table import Item, Key, Lost, MemoryTable, Write
from local.serving import HangUp
from tests.simulation.queueing import SimQueue

if TYPE_CHECKING:
    from tests.simulation.world import World

TIMEOUT_S = 20.0
LATE_S = 60.0  # the longest that a request takes to arrive after everybody has given it up
HTML = b"<html><body><h1>502 Bad Gateway</h1></body></html>"


class SimTable:
    """What a process uses the table by. A throttled call reaches us after boto3's own retries have given up."""

    def __init__(self, world: World, inner: MemoryTable) -> None:
        self._world = world
        self._inner = inner

    def get(self, keys: Iterable[Key]) -> dict[Key, Item]:
        wanted = list(keys)
        if not wanted:
            return {}
        self._reads("reads", min(wanted).sk)  # a set's order differs between processes
        return self._inner.get(wanted)

    def page(self, pk: str, after: str = "", limit: int = 1000, *, backwards: bool = False) -> list[Item]:
        self._reads("lists", pk)
        return self._inner.page(pk, after, limit, backwards=backwards)

    def in_state(self, state_key: str, until: str = "￿", limit: int = 1000) -> list[Key]:
        self._reads("looks up", state_key)
        return self._inner.in_state(state_key, until, limit)

    def write(self, writes: Sequence[Write]) -> None:
        if not writes:
            return
        fault = self._world.effect("writes", f"{writes[0].key.pk} {writes[0].key.sk}", "write")
        if fault == "throttled":
            raise throttled()
        if fault == "somebody was quicker":
            raise Lost([writes[0].key])
        self._inner.write(writes)
        self._world.watch.stored(writes)
        if fault == "throttled after all":
            raise throttled()
        if fault == "refused although done":  # the answer to a first try was lost, and boto3's second met its own write
            raise Lost([write.key for write in writes])

    def write_each(self, groups: Sequence[Sequence[Write]]) -> list[Lost | None]:
        found: list[Lost | None] = []
        for group in groups:
            try:
                self.write(group)
            except Lost as lost:
                found.append(lost)
            else:
                found.append(None)
        return found

    def _reads(self, what: str, about: str) -> None:
        if self._world.effect(what, about, "read") == "throttled":
            raise throttled()


def throttled() -> ClientError:
    said: Any = {"Error": {"Code": "ProvisionedThroughputExceededException", "Message": "too fast"}}
    return ClientError(said, "PutItem")


class SimSender:
    """What a process puts messages into a queue by."""

    def __init__(self, world: World, inner: SimQueue) -> None:
        self._world = world
        self._inner = inner

    def send(self, messages: Sequence[Message], delay_s: int = 0) -> None:
        if not messages:
            return
        about = " ".join(f"{getattr(one, 'kind', type(one).__name__)} {getattr(one, 'id', '')}" for one in messages)
        fault = self._world.effect("queues", about, "send")
        if fault == "refused":
            self._world.unqueued.add(self._world.baton.current)
            raise NotQueued("by a fault")
        self._inner.send(messages, delay_s + (30 if fault == "slow" else 0))
        if fault == "twice":
            self._inner.send(messages, delay_s)
        if fault == "refused after all":
            raise NotQueued("by a fault, although they are in the queue")


class Direct(requests.Session):
    """A session without what the real one merges into every request from cookies, hooks and defaults, none of which we
    have: that is a tenth of a history's time."""

    def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
        request.headers = {**self.headers, **request.headers}
        return request.prepare()

    def merge_environment_settings(self, *_: object) -> dict[str, Any]:
        return {"proxies": {}, "stream": False, "verify": True, "cert": None}


class Line(BaseAdapter):
    """The way to one vendor and back."""

    def __init__(self, world: World, vendor: str, application: Any) -> None:
        super().__init__()
        self._world = world
        self._vendor = vendor
        self._application = application
        self._busy_until = 0.0

    def send(self, request: requests.PreparedRequest, **_transport: Any) -> requests.Response:
        world, baton = self._world, self._world.baton
        about = f"{request.method} {unquote(urlsplit(str(request.url)).path)}"
        fault = world.effect(f"asks {self._vendor}", about, self._vendor)
        pauses = {"slow": 12.0, "very slow": 19.0}
        baton.wait("is on the way", baton.time + baton.random.uniform(0.02, 0.2) + pauses.get(fault, 0.0))
        if fault == "429 for long":
            self._busy_until = baton.time + 8.0
        if fault == "429" or baton.time < self._busy_until:
            return self._made(request, 429, self._too_many())
        if fault in ("500", "503"):
            return self._made(request, int(fault), b'{"status": "error", "message": "internal error"}')
        if fault == "html":
            return self._made(request, 502, HTML, "text/html")
        if fault == "200 with a fault":
            return self._made(request, 200, SYSTEM_FAULT)
        if fault == "request refused":
            raise requests.ConnectionError
        if fault == "request lost":
            self._gives_up()
        if fault == "late":
            late_s = baton.random.uniform(TIMEOUT_S, LATE_S)
            baton.at(baton.time + late_s, lambda: self._arrives_late(request, about))
            self._gives_up()
        answer = self._ask(request)
        world.watch.called(self._vendor, request)
        baton.wait("is answered", baton.time + baton.random.uniform(0.02, 0.2))
        if fault == "answer lost":
            self._gives_up()
        if fault == "hangs up":
            raise requests.ConnectionError
        if fault == "500 after all":
            return self._made(request, 500, b"")
        if fault == "html after all":
            return self._made(request, 504, HTML, "text/html")
        return answer

    def close(self) -> None: ...

    def _gives_up(self) -> None:
        baton = self._world.baton
        baton.wait("gives up", baton.time + TIMEOUT_S)
        raise requests.ReadTimeout

    def _arrives_late(self, request: requests.PreparedRequest, about: str) -> None:
        self._world.baton.note("arrives late", about, who=self._vendor)
        self._ask(request)
        self._world.watch.called(self._vendor, request)

    def _too_many(self) -> bytes:
        if self._vendor == "hubspot":
            return b'{"status": "error", "policyName": "TEN_SECONDLY_ROLLING", "message": "too many"}'
        return SYSTEM_FAULT.replace(b"10000", b"3001").replace(b"SystemFault", b"SERVICE")

    def _made(
        self, request: requests.PreparedRequest, status: int, body: bytes, content_type: str = "application/json"
    ) -> requests.Response:
        made = requests.Response()
        made.status_code, made._content = status, body
        made.headers["Content-Type"] = content_type
        made.request, made.url = request, str(request.url)
        return made

    def _ask(self, request: requests.PreparedRequest) -> requests.Response:
        status, headers, body = answered(self._application, request)
        made = self._made(request, status, body)
        made.headers.update(headers)
        return made


SYSTEM_FAULT = (
    b'{"Fault": {"Error": [{"Message": "An application error has occurred", "Detail": "System Failure", "code": '
    b'"10000"}], "type": "SystemFault"}, "time": "2026-11-22T08:00:00.000-08:00"}'
)


def answered(application: Callable[..., Iterable[bytes]], request: requests.PreparedRequest) -> Any:
    """Ask a WSGI application in this process: its status, headers and body."""
    url = urlsplit(str(request.url))
    body = request.body.encode() if isinstance(request.body, str) else bytes(request.body or b"")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method, "SCRIPT_NAME": "", "PATH_INFO": unquote(url.path), "QUERY_STRING": url.query,
        "SERVER_NAME": url.hostname, "SERVER_PORT": str(url.port or 443), "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": url.scheme, "wsgi.input": io.BytesIO(body), "wsgi.errors": io.StringIO(),
        "wsgi.version": (1, 0), "wsgi.multithread": False, "wsgi.multiprocess": False, "wsgi.run_once": False,
        "CONTENT_LENGTH": str(len(body)),
    }  # fmt: skip
    for name, value in request.headers.items():
        text = value.decode() if isinstance(value, bytes) else value
        key = name.upper().replace("-", "_")
        environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = text
    told: list[Any] = []
    try:
        chunks = application(environ, lambda status, headers, _=None: told.extend((status, headers)))
        text = b"".join(chunks)
    except HangUp:
        raise requests.ConnectionError from None
    return int(told[0].split()[0]), dict(told[1]), text
