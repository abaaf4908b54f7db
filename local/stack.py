"""The whole system in one process: embedded AWS, both imitations, the app's routes, and what wakes its handlers.

with Stack() as stack:
    requests.get(stack.app_url + "/health")
    stack.run_schedule("sweep")
    stack.wait_idle(10)
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from http.server import HTTPServer
from types import ModuleType
from typing import Any, Self

from chalice.config import Config
from chalice.local import ChaliceRequestHandler, CustomLocalChalice, LocalChalice, ThreadedHTTPServer

from local import aws, poller
from local.serving import Server
from ops import package

HOST = "127.0.0.1"
PORTAL_ID = "48120771"
REALM_ID = "9130350000000000"
SCHEDULES = ("due", "sweep", "refresh")
NO_PROXY = "127.0.0.1,localhost"


class Stack:
    """The local stack, from `with` to its end. One at a time in a process: the environment is the process's own.

    A `hubspot_url` or `quickbooks_url` replaces that imitation; `now` is the clock of imitations and app;
    `window_s` shortens the template's batch window; a `ministack` that already runs is emptied at the end instead of
    stopped.
    """

    def __init__(
        self,
        hubspot_url: str | None = None,
        quickbooks_url: str | None = None,
        secret: dict[str, str] | None = None,
        port: int = 0,
        *,
        sample: bool = True,
        now: Callable[[], float] | None = None,
        window_s: float | None = None,
        ministack: aws.Ministack | None = None,
    ) -> None:
        self.hubspot: Any = None
        self.quickbooks: Any = None
        self.hubspot_url = (hubspot_url or "").rstrip("/")
        self.quickbooks_url = (quickbooks_url or "").rstrip("/")
        self.secret = secret or random_secret()
        self.env: dict[str, str] = {}
        self.app_url = ""
        self.app: ModuleType
        self.ministack = ministack or aws.Ministack()
        self._owns_ministack = ministack is None
        self._port = port
        self._sample = sample
        self._now = now or time.time
        self._window_s = window_s
        self._pollers: list[poller.Poller] = []
        self._scheduler = poller.Scheduler()
        self._undo = contextlib.ExitStack()

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as undo:
            self._start(undo)
            self._undo = undo.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._undo.close()

    def run_schedule(self, name: str) -> None:
        """Call the handler of this schedule now: due, sweep or refresh."""
        self._scheduler.fire(name)

    def wait_idle(self, timeout_s: float = 30.0) -> None:
        """Wait until no message and no webhook waits or is under way, which one look at each cannot tell."""
        deadline = time.monotonic() + timeout_s
        before: tuple[int, ...] | None = None
        while True:
            activity = self._activity()
            busy = next(self._busy(), None)
            if not busy and activity == before:
                return
            before = None if busy else activity
            if time.monotonic() > deadline:
                left = " and ".join(self._busy()) or busy or "something new"
                raise TimeoutError(f"after {timeout_s:g} s there is still {left}")
            time.sleep(0.02)

    def tokens(self) -> dict[str, Any]:
        """Fresh tokens of our own imitations, as `ops connect --tokens` takes them."""
        made: dict[str, Any] = {}
        if self.hubspot:
            made["hubspot"] = self.hubspot.issue_tokens(int(PORTAL_ID))
        if self.quickbooks:
            made["quickbooks"] = self.quickbooks.issue_tokens(REALM_ID)
        return made

    def _start(self, undo: contextlib.ExitStack) -> None:
        server = _AppServer((HOST, self._port), ChaliceRequestHandler)  # first: a taken port is told at once
        undo.callback(server.server_close)
        self.app_url = f"http://{HOST}:{server.server_port}"
        template = package.template("local")
        resources = self._start_aws(template, undo)
        self._start_hubspot(undo)
        self._start_quickbooks(undo)
        self.env = self._environment(resources)
        undo.enter_context(_environment(self.env))
        undo.callback(_set_clock, time.time)  # undone in reverse: while the environment is still ours
        _set_clock(self._now)
        self.app = importlib.import_module("app")
        undo.enter_context(serving(server, self.app, template))
        self._start_pollers(template, resources, undo)
        for imitation in (self.hubspot, self.quickbooks):
            if imitation:
                imitation.delivery.start()
                undo.callback(imitation.delivery.close)

    def _start_aws(self, template: aws.Template, undo: contextlib.ExitStack) -> aws.Resources:
        if self._owns_ministack:
            undo.callback(self.ministack.stop)
            self.ministack.start()
        else:
            undo.callback(self.ministack.reset)
        return aws.create_resources(self.ministack, template, self.secret)

    def _start_hubspot(self, undo: contextlib.ExitStack) -> None:
        if self.hubspot_url:
            return
        from local.hubspot import HubSpot

        self.hubspot = HubSpot(
            client_id=self.secret["hubspot_client_id"],
            client_secret=self.secret["hubspot_client_secret"],
            app_id=int(self.secret["hubspot_app_id"]),
            webhook_url=self.app_url + "/webhooks/hubspot",
            now=self._now,
        )
        self.hubspot.add_portal(int(PORTAL_ID), sample=self._sample)
        self.hubspot_url = _served(self.hubspot.wsgi, undo)

    def _start_quickbooks(self, undo: contextlib.ExitStack) -> None:
        if self.quickbooks_url:
            return
        from local.quickbooks import QuickBooks

        self.quickbooks = QuickBooks(
            client_id=self.secret["quickbooks_client_id"],
            client_secret=self.secret["quickbooks_client_secret"],
            verifier_token=self.secret["quickbooks_verifier_token"],
            webhook_url=self.app_url + "/webhooks/quickbooks",
            now=self._now,
        )
        self.quickbooks.add_company(REALM_ID, sample=self._sample)
        self.quickbooks_url = _served(self.quickbooks.wsgi, undo)

    def _environment(self, resources: aws.Resources) -> dict[str, str]:
        return {
            **self.ministack.environment(),
            **resources.environment(),
            **vendor_environment(self.hubspot_url, self.quickbooks_url),
            "STAGE": "local",
            "PUBLIC_URL": self.app_url,
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": ",".join(filter(None, [os.environ.get("NO_PROXY"), NO_PROXY])),
            "no_proxy": ",".join(filter(None, [os.environ.get("no_proxy"), NO_PROXY])),
        }

    def _start_pollers(self, template: aws.Template, resources: aws.Resources, undo: contextlib.ExitStack) -> None:
        queues = {"worker": resources.jobs_url, "keeper": resources.grants_url, "dead_letters": resources.dlq_url}
        for name, queue_url in queues.items():
            source = poller.mapping(template, name)
            sqs = self.ministack.client("sqs")
            one = poller.Poller(sqs, queue_url, getattr(self.app, name), source, window_s=self._window_s)
            self._pollers.append(one)
            undo.callback(one.close)
            one.start()
        for name in SCHEDULES:
            self._scheduler.add(name, getattr(self.app, name), poller.schedule(template, name))
        undo.callback(self._scheduler.close)
        self._scheduler.start()

    def _deliveries(self) -> list[Any]:
        return [imitation.delivery for imitation in (self.hubspot, self.quickbooks) if imitation]

    def _activity(self) -> tuple[int, ...]:
        return (*(one.batches for one in self._pollers), *(len(delivery.sent) for delivery in self._deliveries()))

    def _busy(self) -> Iterator[str]:
        """What is not at rest; what costs no call first. Jobs come before dead letters: messages only go that way."""
        if not self._scheduler.idle():
            yield "a schedule that runs"
        if not all(delivery.idle() for delivery in self._deliveries()):
            yield "a webhook to deliver"
        for one in self._pollers:
            if depth := one.depth():
                yield f"{depth} in the queue of {one.source.function.name}"


class _AppServer(ThreadedHTTPServer):
    request_queue_size = 128


class _AppHandler(ChaliceRequestHandler):
    """Chalice's own local handler, without its log, and with each answer in one packet."""

    wbufsize = -1
    disable_nagle_algorithm = True

    def log_message(self, *_: object) -> None:
        """Say nothing: the app has a log of its own."""


@contextlib.contextmanager
def serving(server: HTTPServer, module: ModuleType, template: aws.Template) -> Iterator[None]:
    """Answer the app's routes. The app keeps its current request in an attribute, so it becomes thread-local first."""
    app = module.app
    plain = app.__class__
    CustomLocalChalice.__bases__ = (LocalChalice, plain)
    app.__class__ = CustomLocalChalice
    api = template["Resources"]["APIHandler"]["Properties"]
    config = Config.create(chalice_stage="local", lambda_timeout=api["Timeout"], lambda_memory_size=api["MemorySize"])
    server.RequestHandlerClass = functools.partial(_AppHandler, app_object=app, config=config)
    thread = threading.Thread(target=server.serve_forever, args=[0.05], name="the app's routes", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join(timeout=10)
        app.__class__ = plain


def _served(wsgi: Any, undo: contextlib.ExitStack) -> str:
    server = Server(wsgi)
    undo.callback(server.close)
    return server.url


@contextlib.contextmanager
def _environment(env: dict[str, str]) -> Iterator[None]:
    """These variables for as long as it lasts, and no other AWS_ variable: a profile must not lead elsewhere."""
    before = dict(os.environ)
    for name in list(os.environ):
        if name.startswith("AWS_"):
            del os.environ[name]
    os.environ.update(env)
    try:
        yield
    finally:
        for name in [name for name in os.environ if name.startswith("AWS_") or name in env]:
            del os.environ[name]
        os.environ.update({name: value for name, value in before.items() if name.startswith("AWS_") or name in env})


def _set_clock(now: Callable[[], float]) -> None:
    """The app's clock; its clients are forgotten, so that they are made in this environment."""
    from chalicelib import wiring

    wiring.set_clock(now)


def vendor_environment(hubspot_url: str, quickbooks_url: str) -> dict[str, str]:
    """Where the vendors are, if all of a vendor's services are at one address."""
    return {
        "HUBSPOT_API_URL": hubspot_url,
        "HUBSPOT_AUTHORIZE_URL": hubspot_url + "/oauth/authorize",
        "QUICKBOOKS_API_URL": quickbooks_url,
        "QUICKBOOKS_AUTHORIZE_URL": quickbooks_url + "/connect/oauth2",
        "QUICKBOOKS_TOKEN_URL": quickbooks_url + "/oauth2/v1/tokens/bearer",
        "QUICKBOOKS_REVOKE_URL": quickbooks_url + "/v2/oauth2/tokens/revoke",
    }


def random_secret() -> dict[str, str]:
    """Credentials of an app that exists nowhere else."""
    return {
        "hubspot_client_id": secrets.token_hex(16),
        "hubspot_client_secret": secrets.token_hex(16),
        "hubspot_app_id": str(secrets.randbelow(9_000_000) + 1_000_000),
        "quickbooks_client_id": secrets.token_hex(20),
        "quickbooks_client_secret": secrets.token_hex(20),
        "quickbooks_verifier_token": secrets.token_hex(18),
    }
