"""The simulated world: firms that trade, both vendors, and our own processes between them, in one thread.

What runs is the code that is deployed: the doors of `chalicelib/doors.py`, from the webhook's route to the schedules,
with its clients, rules and memory. Around it are the imitations of both vendors behind a `requests` adapter, a table
and queues in memory, and a clock that only the scheduler moves.
"""

from __future__ import annotations

import copy
import functools
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError
from chalice.app import Request

from chalicelib import doors
from chalicelib import wiring as wirings
from chalicelib.access.oauth import Issued, Tokens
from chalicelib.enqueue import NotQueued, Queue
from chalicelib.jobs import ConnectionId, Expand, Kind, Portal, Realm
from chalicelib.remember.connections import Connection, Connections
from chalicelib.remember.records import Record, Records
from chalicelib.remember.table import MemoryTable, Table
from chalicelib.settings import read
from chalicelib.wiring import Config, Wiring
from local.delivery import Delivery
from local.hubspot import HubSpot
from local.hubspot import Portal as HubSpotPortal
from local.quickbooks import Company, QuickBooks
from tests.chalicelib.access.granting import PlainSealer
from tests.simulation.baton import Baton, Worker
from tests.simulation.edges import Direct, Line, SimSender, SimTable
from tests.simulation.history import SINGLE, TWO_COMPANIES, TWO_TENANTS, History
from tests.simulation.logs import Logs
from tests.simulation.older import Former, OlderQueue, OlderTable, older_worker
from tests.simulation.queueing import SimQueue
from tests.simulation.watch import Watch
from tests.simulation.watch_sales import SalesWatch

SECRET = {
    "hubspot_client_id": "h-id", "hubspot_client_secret": "h-SECRET-1", "hubspot_app_id": "1",
    "quickbooks_client_id": "q-id", "quickbooks_client_secret": "q-SECRET-2", "quickbooks_verifier_token": "v-SECRET-3",
}  # fmt: skip
PUBLIC = "https://sync.example"
WRITABLE = ["hs_number", "hs_amount_billed", "hs_amount_paid", "hs_balance_due"]  # of HubSpot's own, in some portals
STORY = 400  # steps that are told of a broken history, at its end
FORMER = "0.4.0"  # the version that an upgrade comes from
UNTOLD = frozenset({"reads", "lists", "looks up", "is on the way", "is answered"})
PROCESSES = 4  # that are warm; whoever finds none starts cold
FUNCTION_S, KEEPER_S, DOOR_S, VENDOR_WAITS_S = 120.0, 300.0, 30.0, 5.0
SKEW_S = 0.5  # of our own processes' clocks, which a time service keeps
DUE_S, SWEEP_S, REFRESH_S = 240.0, 600.0, 300.0  # the first is a minute in truth: three of four runs are spared
EFFECTS_MAX = 30_000  # five times as many as a history has
FAULTY = (ClientError, NotQueued)  # what the table's and the queue's own faults are


@dataclass(frozen=True)
class Firm:
    """A connection: a portal, a company, and a word that all its people's data holds and no other firm's does."""

    number: int
    portal: HubSpotPortal
    company: Company
    mark: str

    @property
    def id(self) -> ConnectionId:
        return ConnectionId(f"{self.portal.id}:{self.company.realm_id}")


@dataclass(frozen=True)
class Process:
    """A container of Lambda's, with the code that it was started with."""

    tools: Wiring
    is_former: bool


@functools.cache
def former() -> Former:
    return Former.of(FORMER)


class World:
    def __init__(self, history: History) -> None:
        self.history = history
        self.baton = Baton(history.seed, stalls=0.1, kept=STORY, untold=UNTOLD)
        self.counted: Counter[str] = Counter()  # uses of each edge
        self.met: Counter[str] = Counter()  # faults met
        self._faults = {(one.edge, one.at): one.what for one in history.faults}
        self.calm = True
        self.watch = Watch(self)
        self.sales = SalesWatch(self)
        self.logs = Logs()
        self._vendors()
        self.memory = MemoryTable()
        self._queues()
        self.operator = Wiring(
            Config(public_url=PUBLIC), now=lambda: self.baton.time, new_id=self._new_id, new_secret=self._new_id,
            given_table=self.memory, given_queue=self.jobs, given_errands=self.errands, given_sealer=PlainSealer(),
            given_secret=SECRET,
        )  # fmt: skip
        self._free: list[Process] = []
        self._ids = 0
        self._delivering: set[int] = set()
        self.unqueued: set[Worker] = set()  # whose messages a queue did not take
        self._http = Direct()
        for vendor, made, url in (
            ("hubspot", self.hubspot, Config.hubspot_api_url),
            ("quickbooks", self.quickbooks, Config.quickbooks_api_url),
            ("quickbooks", self.quickbooks, "https://oauth.platform.intuit.com"),
        ):  # fmt: skip
            self._http.mount(url, Line(self, vendor, made.wsgi))
        self.firms = self._firms()
        self.settings = {firm.id: copy.deepcopy(history.settings) for firm in self.firms}
        for firm in self.firms:
            self.connect(firm)
            self.apply(firm, self.settings[firm.id])

    # --- what there is ------------------------------------------------------------------------------------------------

    def _vendors(self) -> None:
        dice, skew_s = self.baton.random, self.history.weather.vendor_skew_s
        skews = [dice.uniform(-skew_s, skew_s) for _ in range(2)]
        pass_by: Callable[[float], object] = lambda _: None  # noqa: E731 - no dial is used here
        self.hubspot = HubSpot(
            client_id="h-id", client_secret=SECRET["hubspot_client_secret"], app_id=1, sleep=pass_by,
            webhook_url=f"{PUBLIC}/webhooks/hubspot", now=lambda: self.baton.time + skews[0],
        )  # fmt: skip
        self.quickbooks = QuickBooks(
            client_id="q-id", client_secret=SECRET["quickbooks_client_secret"], sleep=pass_by,
            verifier_token=SECRET["quickbooks_verifier_token"], webhook_url=f"{PUBLIC}/webhooks/quickbooks",
            now=lambda: self.baton.time + skews[1],
        )  # fmt: skip
        self.hubspot.settings.index_lag_s = self.history.weather.index_lag_s
        self.hubspot.settings.merge_makes_new_id = bool(self.history.seed % 2)
        self.hubspot.settings.line_amounts = "exact" if self.history.seed // 2 % 2 else "rounded"
        self.hubspot.settings.unique_on_products = bool(self.history.seed // 4 % 4)
        self.hubspot.settings.writable_on_invoices = WRITABLE if self.history.seed // 16 % 2 else []

    def _queues(self) -> None:
        self.dead = SimQueue(self.baton, "dead letters", batch=10, at_once=1, visibility_s=720)
        self.jobs = SimQueue(self.baton, "worker", batch=100, at_once=5, visibility_s=720, buried=self.dead)
        self.errands = SimQueue(self.baton, "keeper", batch=1, at_once=5, visibility_s=1_800)
        for queue, door, for_s in (
            (self.dead, doors.bury, FUNCTION_S), (self.jobs, doors.work, FUNCTION_S),
            (self.errands, doors.keep, KEEPER_S),
        ):  # fmt: skip
            queue.invoke = functools.partial(self._invoked, door, for_s)
            queue.meanwhile = lambda: self.fault("hand")

    def _firms(self) -> list[Firm]:
        portals, companies = {SINGLE: (1, 1), TWO_COMPANIES: (1, 2), TWO_TENANTS: (2, 2)}[self.history.layout]
        there = [self.hubspot.add_portal(48_120_771 + number) for number in range(portals)]
        books = [self.quickbooks.add_company(str(9_130_350_000_000_000 + number)) for number in range(companies)]
        for one in books:
            one.prefer("AllowShipping", True)
        return [
            Firm(number, there[min(number, portals - 1)], books[number], f"zq{'abc'[number]}")
            for number in range(companies)
        ]

    def connect(self, firm: Firm) -> None:
        """As `ops connect --tokens` does it: both vendors give access, and a worker sets the connection up."""
        tools, realm, portal = self.operator, Realm(firm.company.realm_id), Portal(str(firm.portal.id))
        for account, tokens in (
            (portal, self.hubspot.issue_tokens(firm.portal.id)), (realm, self.quickbooks.issue_tokens(realm.id)),
        ):  # fmt: skip
            pair = Tokens(tokens["access_token"], tokens["refresh_token"], float(tokens["expires_in"]))
            tools.grants.store(account, Issued(pair), tools.now())
        Connections(tools.table).begin(portal, realm)
        tools.queue.send([Expand(firm.id, "setup", "connect")])

    def apply(self, firm: Firm, sections: dict[str, Any]) -> None:
        """Have settings in force, as `ops settings apply` leaves them."""
        said = read({"connection": firm.id, **sections}).model_dump(mode="json")
        connections = Connections(self.memory)
        seen = connections.get(firm.id)
        assert seen is not None
        connections.apply_settings(seen, "", said, self.baton.time)
        self.jobs.send([Expand(firm.id, "properties", "applied")])

    # --- our own processes --------------------------------------------------------------------------------------------

    def _process(self) -> Process:
        """A fresh process: nothing cached, and a clock of its own. During an upgrade half of them are still of the
        version before."""
        dice = self.baton.random
        skew_s, is_former = dice.uniform(-SKEW_S, SKEW_S), self.upgrading and dice.random() < 0.5
        table: Table = SimTable(self, self.memory)
        queue: Queue = SimSender(self, self.jobs)
        if is_former:
            table, queue = OlderTable(table, former()), OlderQueue(queue, former())
        tools = Wiring(
            Config(public_url=PUBLIC), now=lambda: self.baton.time + skew_s, sleep=self._rest, new_id=self._new_id,
            new_secret=self._new_id, http=lambda: self._http, given_table=table, given_queue=queue,
            given_errands=SimSender(self, self.errands), given_sealer=PlainSealer(), given_secret=SECRET,
        )  # fmt: skip
        return Process(tools, is_former)

    @property
    def upgrading(self) -> bool:
        return self.history.weather.versions and not self.calm

    def _rest(self, seconds: float) -> None:
        self.baton.wait("rests", self.baton.time + seconds)

    def _new_id(self) -> str:
        """No two begin alike, as random ones: some names keep no more than the first six digits."""
        self._ids += 1
        return f"{self._ids:06x}{self._ids:026x}"

    def _invoked(self, door: Callable[[Any, Any], Any], for_s: float, event: Any) -> Any:
        """One invocation of a function, in a warm process if one is free. It is killed at its time-out."""
        me = self.baton.current
        me.until = self.baton.time + for_s
        left = SimpleNamespace(get_remaining_time_in_millis=lambda: (me.until - self.baton.time) * 1_000)
        process = self._free.pop() if self._free else self._process()
        while process.is_former and not self.upgrading:
            process = self._free.pop() if self._free else self._process()
        wirings.use(process.tools)  # the door takes it before its first effect
        self.counted["invocations"] += 1
        if process.is_former and door is doors.work:
            answer = older_worker(former(), lambda event: door(event, left))(event)
        else:
            answer = door(event, left)
        if len(self._free) < PROCESSES:
            self._free.append(process)
        return answer

    def effect(self, what: str, about: str, edge: str) -> str:
        """Something is about to happen outside of a process: the fault that it meets."""
        self.counted["effects"] += 1
        if self.counted["effects"] > EFFECTS_MAX:
            self.baton.fail("(r) it goes on and on")
        self.baton.step(what, about)
        if self.fault("process"):
            self.baton.die(about)
        return self.fault(edge)

    def fault(self, edge: str) -> str:
        if self.calm:
            return ""
        at = self.counted[edge]
        self.counted[edge] += 1
        what = self._faults.get((edge, at), "")
        if what:
            self.met[f"{edge}: {what}"] += 1
            self.baton.note("FAULT", f"{edge} {at}: {what}")
        return what

    # --- notices ------------------------------------------------------------------------------------------------------

    def tell(self) -> None:
        """The vendors send what has changed; to be called after every change."""
        for delivery, door in (
            (self.hubspot.delivery, doors.hubspot_webhook), (self.quickbooks.delivery, doors.quickbooks_webhook)
        ):  # fmt: skip
            if not self.history.weather.notices:
                delivery.dials.drop = 1_000_000
            if not delivery.idle() and id(delivery) not in self._delivering:
                self._delivering.add(id(delivery))
                wait_s = self.baton.random.choice((0.1, 0.1, 1.0, 4.0))
                self.baton.at(
                    self.baton.time + wait_s,
                    lambda delivery=delivery, door=door: self.baton.hire(
                        "courier", lambda: self._deliver(delivery, door), mortal=False
                    ),
                )

    def _deliver(self, delivery: Delivery, door: Callable[[Request], Any]) -> None:
        """What is due now, and again when more is due."""
        next_s = delivery.tick(lambda url, body, headers: self._posted(delivery, door, url, body, headers))
        self._delivering.discard(id(delivery))
        if next_s is not None:
            at = self.baton.time + max(next_s, 0.1)
            self._delivering.add(id(delivery))
            self.baton.at(
                at, lambda: self.baton.hire("courier", lambda: self._deliver(delivery, door), mortal=False)
            )  # fmt: skip

    def _posted(
        self, delivery: Delivery, door: Callable[[Request], Any], url: str, body: bytes, headers: dict[str, str]
    ) -> int:
        self.counted["notices"] += 1
        match self.fault("notice"):
            case "lost":
                return 200
            case "refused":
                return 503
            case "twice":
                self._received(door, body, headers)
            case "late" | "very late" as fault:
                late_s = self.baton.random.uniform(1, 60 if fault == "late" else 3_600)
                self.baton.at(self.baton.time + late_s, lambda: self._come_late(delivery, door, url, body))
                return 200
        return self._received(door, body, headers)

    def _come_late(self, delivery: Delivery, door: Callable[[Request], Any], url: str, body: bytes) -> None:
        headers = delivery.sign(url, body, delivery.now())
        self.baton.hire("late courier", lambda: self._received(door, body, headers) and None, mortal=False)

    def _received(self, door: Callable[[Request], Any], body: bytes, headers: dict[str, str]) -> int:
        """The status that the vendor sees: 0 where no answer comes in time."""
        courier, answers = self.baton.current, []
        path = "/webhooks/hubspot" if door is doors.hubspot_webhook else "/webhooks/quickbooks"
        event = {
            "multiValueQueryStringParameters": None, "headers": headers, "pathParameters": {}, "body": body.decode(),
            "isBase64Encoded": False, "stageVariables": None,
            "requestContext": {"resourcePath": path, "httpMethod": "POST", "path": path},
        }  # fmt: skip

        def answer() -> None:
            try:
                answers.append(self._invoked(lambda request, _: door(request), DOOR_S, Request(event)).status_code)
                if answers == [200] and self.baton.current in self.unqueued:
                    self.baton.fail("(l) a notice is acknowledged, and the queue has refused its jobs")
            except FAULTY:
                answers.append(500)  # Chalice's
            finally:
                self.baton.wake(courier)

        self.baton.hire("door", answer, mortal=False)
        self.baton.wait("waits for the door", self.baton.time + VENDOR_WAITS_S)
        return answers[0] if answers else 0

    # --- schedules ----------------------------------------------------------------------------------------------------

    def fire(self, name: str) -> None:
        """Have a schedule's function called now."""
        door = {"due": doors.queue_due, "sweep": doors.start_sweeps, "refresh": doors.refresh_tokens}[name]
        self.counted["schedules"] += 1
        self.baton.hire(name, lambda: self._scheduled(door), mortal=False)

    def _scheduled(self, door: Callable[[Any], Any]) -> None:
        """A schedule's function that fails is called again, as EventBridge does it."""
        for _ in range(3):
            try:
                self._invoked(lambda _, context: door(context), FUNCTION_S, None)
            except FAULTY:
                self.baton.wait("is called again", self.baton.time + 60)
            else:
                return

    def beat(self, name: str, every_s: float, until: float) -> None:
        """Have it called again and again."""
        if self.baton.time < until:
            self.fire(name)
            self.baton.at(self.baton.time + every_s, lambda: self.beat(name, every_s, until))

    # --- how things are -----------------------------------------------------------------------------------------------

    def connection(self, firm: Firm) -> Connection:
        found = Connections(self.memory).get(firm.id)
        assert found is not None
        return found

    def records(self, firm: Firm, kind: Kind = Kind.CUSTOMER) -> list[Record]:
        return list(Records(self.memory).all(firm.id, kind))

    @property
    def waiting(self) -> int:
        return self.jobs.waiting + self.errands.waiting + self.dead.waiting
