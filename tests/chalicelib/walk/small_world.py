"""A whole sync in one thread: both imitations behind an adapter, a table and a queue in memory, a clock of its own.

What stories do in seconds it does in milliseconds, so that hypothesis can try many worlds. No notices are sent: what
happens is the walk's own doing.
"""

from __future__ import annotations

import datetime
import heapq
import itertools
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import requests
from requests.adapters import BaseAdapter
from werkzeug.test import EnvironBuilder, run_wsgi_app

from chalicelib.access.oauth import Issued, Tokens
from chalicelib.connect.setup import set_up
from chalicelib.enqueue import MemoryQueue
from chalicelib.expand import expand
from chalicelib.jobs import Expand, Job, Kind, Message, Portal, Realm, from_body, to_body
from chalicelib.remember.connections import Connection, Connections
from chalicelib.remember.records import Record, Records
from chalicelib.remember.table import MemoryTable
from chalicelib.remember.walks import Purpose, Walk, Walks
from chalicelib.transport import CallLog
from chalicelib.walk import steps
from chalicelib.wiring import Config, Wiring
from chalicelib.work import LEASE_S, work
from local.hubspot import HubSpot
from local.quickbooks import QuickBooks
from tests.chalicelib.access.granting import SECRET, PlainSealer
from tests.local.quickbooks.selling import invoice, service

PORTAL_ID, REALM_ID = "48120771", "9130350000000000"
CALL_S = 0.05
REST_S = 600.0  # what comes later than this is a retry, and not the walk's own doing


class Killed(BaseException):
    """The end of a worker that nobody asked; nothing of it is caught."""


class WsgiAdapter(BaseAdapter):
    """Answers requests by an application in this process; `heard` is told each before it is answered."""

    def __init__(self, application: Any, heard: Any) -> None:
        super().__init__()
        self._application = application
        self._heard = heard

    def send(self, request: requests.PreparedRequest, **_transport: Any) -> requests.Response:
        self._heard(request)
        body = request.body.encode() if isinstance(request.body, str) else request.body or b""
        builder = EnvironBuilder(
            path=request.url, method=request.method, headers=list(request.headers.items()), data=body
        )
        chunks, status, headers = run_wsgi_app(self._application, builder.get_environ(), buffered=True)
        made = requests.Response()
        made.status_code = int(status.split()[0])
        made.headers.update(dict(headers))
        made._content = b"".join(chunks)
        made.request, made.url = request, request.url
        made.elapsed = datetime.timedelta(seconds=CALL_S)
        return made

    def close(self) -> None: ...


class TimedQueue:
    """A queue on the world's clock."""

    def __init__(self, world: SmallWorld) -> None:
        self._world = world
        self._heap: list[tuple[float, int, Message]] = []
        self._count = itertools.count()

    def send(self, messages: Sequence[Message], delay_s: int = 0) -> None:
        for message in messages:
            one = from_body(to_body(message))
            heapq.heappush(self._heap, (self._world.time + delay_s, next(self._count), one))

    def take(self, until: float) -> list[Message]:
        """What is due first, and all that is due by then; nothing if that is beyond `until`."""
        if not self._heap or self._heap[0][0] > until:
            return []
        self._world.time = max(self._world.time, self._heap[0][0])
        taken: list[Message] = []
        while self._heap and self._heap[0][0] <= self._world.time and len(taken) < 100:
            taken.append(heapq.heappop(self._heap)[2])
        return taken


class SmallWorld:
    def __init__(self, **contacts: Any) -> None:
        self.time = 1_800_000_000.0
        self.posted: list[str] = []
        self.call_s = CALL_S
        self.breaks_at: int | None = None  # the worker dies at its so many-th call from now
        clock = lambda: self.time  # noqa: E731
        self.hubspot = HubSpot(
            client_id="h-id",
            client_secret="h-secret",
            app_id=1,
            now=clock,
            sleep=self.pass_by,
        )
        self.quickbooks = QuickBooks(
            client_id="q-id",
            client_secret="q-secret",
            verifier_token="v",
            now=clock,
            sleep=self.pass_by,
        )
        self.hubspot.settings.rate_limit = 0
        self.hubspot.settings.access_token_s = 10**9
        limits = self.quickbooks.settings
        limits.access_token_s = 1e9
        limits.per_second = limits.per_minute = limits.batch_per_minute = None
        self.portal = self.hubspot.add_portal(int(PORTAL_ID))
        self.company = self.quickbooks.add_company(REALM_ID)
        self.table = MemoryTable()
        self.queue = TimedQueue(self)
        ids = itertools.count()
        self.wiring = Wiring(
            Config(), now=clock, sleep=self.pass_by, new_id=lambda: f"{next(ids):032x}", http=self._session,
            given_table=self.table, given_queue=self.queue, given_errands=MemoryQueue(), given_sealer=PlainSealer(),
            given_secret=SECRET,
        )  # fmt: skip
        self._connect(contacts)

    def pass_by(self, seconds: float) -> None:
        self.time += seconds

    def _session(self) -> requests.Session:
        made = requests.Session()
        made.trust_env = False
        made.mount(self.wiring.config.hubspot_api_url, WsgiAdapter(self.hubspot.wsgi, self._heard))
        made.mount(self.wiring.config.quickbooks_api_url, WsgiAdapter(self.quickbooks.wsgi, self._heard))
        return made

    def _heard(self, request: requests.PreparedRequest) -> None:
        self.time += self.call_s
        text = request.body.decode() if isinstance(request.body, bytes) else request.body or ""
        self.posted.append(f"{request.method} {request.url} {text}")
        if self.breaks_at is not None:
            self.breaks_at -= 1
            if self.breaks_at < 0:
                self.breaks_at = None
                raise Killed

    def _connect(self, contacts: dict[str, Any]) -> None:
        portal, realm = Portal(PORTAL_ID), Realm(REALM_ID)
        connection = Connections(self.table).begin(portal, realm)
        for account, tokens in (
            (portal, self.hubspot.issue_tokens(int(PORTAL_ID))), (realm, self.quickbooks.issue_tokens(REALM_ID)),
        ):  # fmt: skip
            pair = Tokens(tokens["access_token"], tokens["refresh_token"], 1e9)
            self.wiring.grants.store(account, Issued(pair), self.time)
        hubspot, quickbooks = self.wiring.clients(connection, lambda: 120.0, CallLog())
        self.id = set_up(self.wiring, connection, hubspot, quickbooks).id
        self.settings(**contacts)

    def settings(self, **contacts: Any) -> None:
        self.configure(contacts=contacts)

    def configure(self, **sections: dict[str, Any]) -> None:
        """Apply settings, and have our properties made in HubSpot for what they switch on."""

        def changed(held: Any) -> Any:
            return replace(held, settings=sections, settings_version=held.settings_version + 1)

        Connections(self.table).change(self.id, changed)
        if set(sections) - {"contacts"}:
            self.queue.send([Expand(self.id, "properties", "applied")])
            self.run()

    # --- people -------------------------------------------------------------------------------------------------------

    def contact(self, first: str, last: str, email: str = "", company: str | None = None, **more: str) -> str:
        properties = {"firstname": first, "lastname": last, **more, **({"email": email} if email else {})}
        self.time += 1
        return str(self.portal.create_contact(properties, company_id=company))

    def customer(self, name: str, email: str = "", **more: Any) -> str:
        body = {"DisplayName": name, **more, **({"PrimaryEmailAddr": {"Address": email}} if email else {})}
        self.time += 1
        return str(self.company.create("Customer", body)["Id"])

    # --- what is sold -------------------------------------------------------------------------------------------------

    def product(self, name: str, sku: str = "", **more: str) -> str:
        self.time += 1
        return self.portal.create_record("products", {"name": name, **({"hs_sku": sku} if sku else {}), **more})

    def item(self, name: str, sku: str = "", **more: Any) -> str:
        self.time += 1
        body = service(name, **({"Sku": sku} if sku else {}), **more)
        return str(self.company.create("Item", body)["Id"])

    def invoice(self, customer: str, *lines: dict[str, Any], **more: Any) -> str:
        self.time += 1
        return str(self.company.create("Invoice", invoice(customer, *lines, **more))["Id"])

    # --- the walks ----------------------------------------------------------------------------------------------------

    def begin(self, purpose: Purpose, kind: Kind = Kind.CUSTOMER, **facts: Any) -> Walk:
        self.time += 1
        return steps.begin(self.wiring, self.connection(), kind, purpose, **facts)

    def connection(self) -> Connection:
        found = Connections(self.table).get(self.id)
        assert found is not None
        return found

    def run(self, for_s: float = REST_S) -> None:
        """Hand the workers what is due until nothing is."""
        until = self.time + for_s
        while messages := self.queue.take(until):
            ends_at = self.time + 115.0
            left_s = lambda: ends_at - self.time  # noqa: E731, B023
            work(self.wiring, [one for one in messages if isinstance(one, Job)], left_s)
            expand(self.wiring, [one for one in messages if isinstance(one, Expand)], left_s)

    def walked(self, purpose: Purpose, kind: Kind = Kind.CUSTOMER, **facts: Any) -> Walk:
        """A walk from its beginning to its end."""
        walk = self.begin(purpose, kind, **facts)
        self.run()
        return self.again(walk)

    def interrupted(self, walk: Walk, calls: int) -> Walk:
        """A walk whose worker is killed at a call, and which goes on when its lease has run out."""
        self.breaks_at = calls
        try:
            self.run()
        except Killed:
            self.time += LEASE_S + steps.STALLED_S
            steps.nudge(self.wiring, self.id)
        self.breaks_at = None
        self.run()
        return self.again(walk)

    def again(self, walk: Walk) -> Walk:
        found = Walks(self.table).get(walk.connection, walk.id)
        assert found is not None
        return found

    def rows(self, walk: Walk) -> list[dict[str, Any]]:
        return list(Walks(self.table).rows(walk))

    def records(self, kind: Kind = Kind.CUSTOMER) -> list[Record]:
        return list(Records(self.table).all(self.id, kind))

    # --- how things are -----------------------------------------------------------------------------------------------

    def books(self) -> dict[str, dict[str, Any]]:
        """Customers as they are, without what every write stamps on them."""
        stamps = ("MetaData", "SyncToken")
        return {
            str(one["Id"]): {name: value for name, value in one.items() if name not in stamps}
            for one in self.company.all("Customer")
        }

    def contacts(self) -> dict[str, dict[str, Any]]:
        return {str(one["id"]): one for one in self.portal.contacts()}

    def everything(self) -> str:
        """Both systems whole, to see that nothing at all was written."""
        books = {name: held for name, held in self.company.state().items() if held}
        return json.dumps([self.portal.state(), books], sort_keys=True, default=str)

    def real_items(self) -> str:
        """All that is stored but for walks, leases and meters, to see that a plan leaves no trace."""
        own = [
            (key, stored.body) for key, stored in self.table._items.items()
            if "|walk" not in key.pk and "|metered" not in key.pk and not key.pk.startswith("grant")
        ]  # fmt: skip
        return json.dumps(sorted(own))
