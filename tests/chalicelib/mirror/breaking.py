"""A small world in which workers die, answers get lost and requests arrive late, at an effect that the test names.

An effect is a request to a vendor, a write to the table or messages put into the queue. The queue behaves as SQS does:
what a dead worker had in hand is handed out again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import requests

from chalicelib import wiring as wirings
from chalicelib.connect.properties import GROUP, KEYS
from chalicelib.doors import queue_due
from chalicelib.expand import expand
from chalicelib.hubspot import API_VERSION
from chalicelib.jobs import Expand, Job, Kind, Message, Side
from chalicelib.remember.table import Item, Key, Lost, MemoryTable, Write
from chalicelib.transport import CallLog
from chalicelib.work import work
from local.dials import Dial
from local.serving import HangUp
from tests.chalicelib.walk.small_world import Killed, SmallWorld, WsgiAdapter

VISIBILITY_S = 720
TIMEOUT_S, LATE_S = 20.0, 60.0  # when a worker gives a request up, and when it arrives all the same
BUSY_S = 5.0
EFFECTS = ("dies before", "dies after", "a second worker")  # faults of any effect,
CALLS = ("answer lost", "arrives late", "throttled")  # and those of requests alone
STAMPS = ("hs_object_id", "createdate", "hs_createdate", "lastmodifieddate", "hs_lastmodifieddate", "hs_timestamp")


@dataclass
class Fault:
    """What happens at the so many-th effect; of the faults of calls, at the so many-th call."""

    what: str = ""
    at: int = 0


class BreakingWorld(SmallWorld):
    """`portal`: `whole`; `plain` where our key on invoices is not unique; `bare` where nothing of ours can be had."""

    def __init__(self, portal: str = "whole", **sections: Any) -> None:
        super().__init__()
        self.fault = Fault()
        self.effects: list[str] = []
        self.calls: list[str] = []
        self.arriving: list[tuple[float, Callable[[], Any]]] = []
        self.busy_until = 0.0
        self.in_hand: list[Message] = []
        self.meanwhile: tuple[str, Callable[[], Any]] | None = None  # done just before the effect whose name holds this
        self.broken = replace(
            self.wiring, http=self._breaking, given_table=BreakingTable(self, self.table),
            given_queue=BreakingQueue(self),
        )  # fmt: skip
        wirings.use(self.wiring)
        self.work = self.item("Work")
        if portal != "whole":
            self._restrict(portal)
        self.configure(**{"contacts": {}, "products": {}, "invoices": {}, **sections})
        self.notice(Kind.PRODUCT, self.work)
        self.run()

    def _restrict(self, portal: str) -> None:
        hubspot, _ = self.wiring.clients(self.connection(), lambda: 120.0, CallLog())
        if portal == "plain":
            hubspot.ensure_property_group("invoices", GROUP)
            plain = {**KEYS["invoices"], "hasUniqueValue": False, "groupName": GROUP["name"]}
            assert hubspot.ensure_property("invoices", plain)
            return
        theirs = {"name": "quickbooks_line", "label": "Theirs", "type": "number", "fieldType": "number"}
        hubspot.ensure_property_group("line_items", {"name": "theirs", "label": "Theirs"})
        hubspot.ensure_property("line_items", {**theirs, "groupName": "theirs"})
        for objects in ("invoices", "deals"):
            path = f"/crm/properties/{API_VERSION}/{objects}.*"
            said = {"status": "error", "category": "MISSING_SCOPES", "message": "no"}
            self.hubspot.dials.set(Dial("status", path, status=403, json=said, times=0))

    # --- effects ------------------------------------------------------------------------------------------------------

    def arrive(self) -> None:
        due = [one for one in self.arriving if one[0] <= self.time]
        self.arriving = [one for one in self.arriving if one[0] > self.time]
        for _, act in due:
            act()

    def effect(self, what: str, act: Callable[[], Any]) -> Any:
        self.arrive()
        number = len(self.effects)
        self.effects.append(what)
        if self.meanwhile and self.meanwhile[0] in what:
            (_, do), self.meanwhile = self.meanwhile, None
            do()
        if self.fault.what in EFFECTS and number == self.fault.at:
            if self.fault.what == "a second worker":
                self.fault = Fault()
                self._work(self.broken, self.in_hand)
                self._expand(self.broken, self.in_hand)
                return act()
            if self.fault.what == "dies after":
                act()
            raise Killed
        return act()

    def _breaking(self) -> requests.Session:
        made = requests.Session()
        made.trust_env = False
        config = self.wiring.config
        made.mount(config.hubspot_api_url, BreakingAdapter(self, self.hubspot.wsgi))
        made.mount(config.quickbooks_api_url, BreakingAdapter(self, self.quickbooks.wsgi))
        return made

    # --- notices, workers, schedules ----------------------------------------------------------------------------------

    def notice(self, kind: Kind, id: str, cause: str = "update", side: Side = Side.QUICKBOOKS) -> None:
        at = float(int(self.time)) if side is Side.QUICKBOOKS else None
        self.queue.send([Job(self.id, kind, side, id, f"{side} {cause}", at=at)])

    def run(self, for_s: float = VISIBILITY_S + 60) -> None:
        tools = getattr(self, "broken", self.wiring)
        until = self.time + for_s
        while messages := self.queue.take(until):
            self.arrive()
            self.in_hand = [replace(one, at=None) if isinstance(one, Job) else one for one in messages]
            for handle in (self._work, self._expand):
                try:
                    handle(tools, messages)
                except Killed:
                    kind = Job if handle == self._work else Expand
                    self.queue.send([one for one in messages if isinstance(one, kind)], delay_s=VISIBILITY_S)

    def _work(self, tools: Any, messages: Sequence[Message]) -> None:
        ends_at = self.time + 115.0
        work(tools, [one for one in messages if isinstance(one, Job)], lambda: ends_at - self.time)

    def _expand(self, tools: Any, messages: Sequence[Message]) -> None:
        ends_at = self.time + 115.0
        expand(tools, [one for one in messages if isinstance(one, Expand)], lambda: ends_at - self.time)

    def due(self) -> None:
        queue_due(None)
        self.run()

    def rest(self) -> None:
        """Until time has done all that it can."""
        self.run()
        self.done = len(self.effects)  # what comes after is the schedules looking round
        for seconds in (10, 15, 30, 60, 120, 300, 900, 3_600):
            self.time += seconds
            self.arrive()
            self.due()

    # --- how things are -----------------------------------------------------------------------------------------------

    def wrote(self, since: int = 0) -> list[str]:
        """The writes among HubSpot's calls."""
        reads = ("/batch/read", "/search", "archived=")
        calls = [one for one in self.posted[since:] if self.wiring.config.hubspot_api_url in one]
        return [one for one in calls if not one.startswith("GET") and not any(read in one for read in reads)]

    def seen(self) -> dict[str, Any]:
        """All that people and operators see of invoices and payments, without what differs from run to run."""
        portal = self.portal
        invoices = []
        for one in portal.records("invoices"):
            lines = [_plain(line) for line in portal.lines("invoices", one["id"])]
            others = ("contacts", "companies", "deals")
            ends = {kind: len(portal.linked("invoices", one["id"], kind)) for kind in others}
            invoices.append([_plain(one["properties"]), sorted(lines, key=json.dumps), ends])
        deals = [
            [_plain(one["properties"]), sorted(self.notes(one["id"]))]
            for one in sorted(portal.records("deals"), key=lambda one: str(one["properties"].get("dealname")))
        ]
        records = [
            [str(kind), one.quickbooks_id, str(one.state), one.message, bool(one.hubspot_id), sorted(one.lines),
             dict(sorted(one.facts.items())), len(one.deals), len(one.notes), bool(one.intent), one.leaving, one.stale]
            for kind in (Kind.CUSTOMER, Kind.INVOICE, Kind.PAYMENT) for one in self.records(kind)
        ]  # fmt: skip
        payments = [_plain(one["properties"]) for one in portal.records("commerce_payments")]
        return {
            "invoices": sorted(invoices, key=json.dumps), "deals": deals, "payments": payments,
            "stray notes": len(portal.records("notes")), "stray lines": len(portal.records("line_items")),
            "records": sorted(records, key=json.dumps),
        }  # fmt: skip

    def notes(self, deal: str) -> list[str]:
        return [self.portal.record("notes", one)["hs_note_body"] for one in self.portal.linked("deals", deal, "notes")]


def _plain(properties: dict[str, Any]) -> dict[str, Any]:
    ignored = {name for name, value in properties.items() if name in STAMPS or (name, value) == ("discount", "0")}
    return {name: value for name, value in properties.items() if name not in ignored}


class BreakingAdapter(WsgiAdapter):
    def __init__(self, world: BreakingWorld, application: Any) -> None:
        super().__init__(application, world._heard)
        self._world = world

    def send(self, request: requests.PreparedRequest, **transport: Any) -> requests.Response:
        world, fault = self._world, self._world.fault
        number = len(world.calls)
        world.calls.append(f"{request.method} {request.url}")
        act = lambda: super(BreakingAdapter, self).send(request, **transport)  # noqa: E731
        hit = fault.what in CALLS and number == fault.at
        if hit and fault.what == "throttled":
            world.busy_until = world.time + BUSY_S
        if world.time < world.busy_until:
            return _too_many()
        if hit and fault.what == "arrives late":
            world.arriving.append((world.time + LATE_S, act))
            world.time += TIMEOUT_S
            raise requests.ReadTimeout
        try:
            found = world.effect(world.calls[-1], act)
        except HangUp:
            raise requests.ConnectionError from None
        if hit:
            raise requests.ConnectionError
        assert isinstance(found, requests.Response)
        return found


def _too_many() -> requests.Response:
    made = requests.Response()
    made.status_code = 429
    made._content = b'{"status": "error", "policyName": "TEN_SECONDLY_ROLLING", "message": "too many"}'
    return made


class BreakingTable:
    """What is written to the table, group by group."""

    def __init__(self, world: BreakingWorld, inner: MemoryTable) -> None:
        self._world = world
        self._inner = inner

    def write(self, writes: Sequence[Write]) -> None:
        self._world.effect(f"write {[one.key for one in writes]}", lambda: self._inner.write(writes))

    def write_each(self, groups: Sequence[Sequence[Write]]) -> list[Lost | None]:
        found: list[Lost | None] = []
        for group in groups:
            about = f"write {[(one.key.pk.partition('|')[2], one.key.sk) for one in group]}"
            found += self._world.effect(about, lambda group=group: self._inner.write_each([group]))
        return found

    def get(self, keys: Any) -> dict[Key, Item]:
        return self._inner.get(keys)

    def page(self, *given: Any, **more: Any) -> list[Item]:
        return self._inner.page(*given, **more)

    def in_state(self, *given: Any) -> list[Key]:
        return self._inner.in_state(*given)


class BreakingQueue:
    def __init__(self, world: BreakingWorld) -> None:
        self._world = world

    def send(self, messages: Sequence[Message], delay_s: int = 0) -> None:
        if messages:
            about = [
                getattr(one, "kind", getattr(one, "source", "")) + " " + getattr(one, "id", "") for one in messages
            ]
            self._world.effect(f"send {about}", lambda: self._world.queue.send(messages, delay_s))
