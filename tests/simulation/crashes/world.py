"""A world in which processes die: the real doors over both imitations, which tell of changes by webhooks of their own.

A *process* is one run of a door, a worker, a keeper, a schedule or an operator's command. An *effect* is a use of an
edge (`edges.py`). Effects are numbered from the moment that a flow begins, and a fault happens at a number. Whatever
a dead process left behind, only what the real surroundings do brings it back: queues hand out again, vendors deliver
again, schedules come again, people say or press it again.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Sequence
from functools import partial
from types import SimpleNamespace
from typing import Any, TypeVar

import requests

from chalicelib import doors
from chalicelib import wiring as wirings
from chalicelib.connect.properties import GROUP, KEYS
from chalicelib.hubspot import API_VERSION
from chalicelib.jobs import ConnectionId, Job, Kind, Side
from chalicelib.remember.connections import connection_id
from chalicelib.remember.records import State
from chalicelib.transport import CallLog
from chalicelib.wiring import Config, Wiring
from local.dials import Dial
from ops.__main__ import _parser
from ops.answers import Failed, WrongUse
from tests.chalicelib.access.granting import SECRET, PlainSealer
from tests.chalicelib.walk.small_world import PORTAL_ID, REALM_ID, Killed, SmallWorld
from tests.simulation.crashes.edges import Edge, EffectSealer, EffectTable, Parcel, Sqs
from tests.simulation.edges import Direct

PUBLIC = "https://sync.example"
TICKS_S = (60, 200, 800, 1_000, 2_000)  # when schedules come by, counted from the flow's begin or from a fault
GO_ON_S = 60.0  # a person sees that something broke off, and tries again
KILLS = ("before", "after")
FAULTS = (*KILLS, "a second worker", "answer lost", "arrives late", "throttled")
CALLS = FAULTS[3:]  # those of requests alone
PARSER = _parser()

Answer = TypeVar("Answer")


class CrashWorld(SmallWorld):
    """`sections`: the settings. `portal`: `whole`; `plain` where our key on invoices is not unique; `bare` where
    nothing of ours can be had. `told`: whether the vendors send webhooks. `schedules`: those that come by beside the
    one of a minute and the keeper's; sweeps would hide that something got lost, so they are only where they belong."""

    def __init__(
        self, portal: str = "whole", *, connected: bool = True, told: bool = True, sweeps: bool = False, **sections: Any
    ) -> None:
        self.faults: dict[int, str] = {}
        self.effects: list[str] = []
        self.whose: list[tuple[int, bool]] = []  # of each effect: in which process, and whether it is a call
        self.processes = 0
        self.deaths = 0
        self.dying = False
        self.broken: list[str] = []  # what a worker gave back since our own code broke
        self.arriving: list[tuple[float, Callable[[], Any]]] = []
        self.busy_until = 0.0
        self.hands: list[tuple[str, Sequence[Parcel], int]] = []  # who works, innermost last, on what, its number
        self.memory: dict[str, Wiring] = {}  # what a function's process keeps from one run to the next
        self.meanwhile: tuple[str, Callable[[], Any]] | None = None  # done just before the effect whose name holds this
        self.fault_in: tuple[str, str] | None = None  # a fault, and of what effect's name some part
        self.ids = 0
        self.ticks: list[float] = []
        self.sweeps = sweeps
        self._connected = connected
        super().__init__()
        self.id = connection_id(PORTAL_ID, REALM_ID)
        if told:
            self.hubspot.delivery.url = f"{PUBLIC}/webhooks/hubspot"
            self.quickbooks.delivery.url = f"{PUBLIC}/webhooks/quickbooks"
        self.queue = Sqs(self, "worker", doors.work, batch=100, visible_again_s=720, function_s=120)  # type: ignore[assignment]
        self.errands = Sqs(self, "keeper", doors.keep, batch=1, visible_again_s=1_800, function_s=300)
        self.wiring = self._tools("people")
        self.work = ""
        if connected and sections:
            self.work = self.item("Work")
            if portal != "whole":
                self._restrict(portal)
            self.configure(**sections)
            self.notice(Kind.PRODUCT, self.work)  # it was made while products were off
            self.run()

    def _connect(self, contacts: dict[str, Any]) -> None:
        if self._connected:
            super()._connect(contacts)

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

    def effect(self, what: str, act: Callable[[], Answer]) -> Answer:
        fault = self.begin_effect(what)
        try:
            return act()
        finally:
            self.end_effect(fault)

    def begin_effect(self, what: str, *, is_call: bool = False) -> str:
        """The fault that happens at this effect; of one that is not survived nothing comes back."""
        if self.dying:
            raise Killed  # a `finally` on the way out has no effects any more
        self._arrive()
        fault = self.faults.pop(len(self.effects), "")
        if self.fault_in and self.fault_in[1] in what:
            (fault, _), self.fault_in = self.fault_in, None
        self.effects.append(what)
        self.whose.append((self.hands[-1][2] if self.hands else 0, is_call))
        if self.meanwhile and self.meanwhile[0] in what:
            (_, do), self.meanwhile = self.meanwhile, None
            do()
        if fault:
            self.ticks = [self.time + tick for tick in TICKS_S]
        if fault == "before":
            self._die()
        if fault == "a second worker":
            self._second_worker()
        return fault

    def end_effect(self, fault: str) -> None:
        if fault == "after":
            self._die()

    def _die(self) -> None:
        self.dying = True
        self.deaths += 1
        raise Killed

    def _second_worker(self) -> None:
        """Whatever the innermost process has of a queue is handed to another one too, which ends before it goes on."""
        function, parcels, _ = self.hands[-1] if self.hands else ("", (), 0)
        if parcels:
            queue = self.queue if function == "worker" else self.errands
            self.process(f"another {function}", lambda: queue.work(parcels))

    def _arrive(self) -> None:
        due = [one for one in self.arriving if one[0] <= self.time]
        self.arriving = [one for one in self.arriving if one[0] > self.time]
        for _, act in due:
            act()

    # --- processes ----------------------------------------------------------------------------------------------------

    def process(self, function: str, act: Callable[[], Answer], parcels: Sequence[Parcel] = ()) -> Answer | None:
        """What the process answers; None where it died, and with it all that only its memory held."""
        self.processes += 1
        self.hands.append((function, parcels, self.processes))
        wirings.use(self._tools(function))
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                return act()
        except Killed:
            self.dying = False
            self.memory.pop(function, None)
            return None
        finally:
            self.hands.pop()
            wirings.use(self._tools(self.hands[-1][0]) if self.hands else self.wiring)

    def _tools(self, function: str) -> Wiring:
        if function not in self.memory:
            self.memory[function] = Wiring(
                Config(public_url=PUBLIC), now=lambda: self.time, sleep=self._sleep, new_id=self._id,
                new_secret=lambda: f"secret-{self._id():0>40}", http=self._session,
                given_table=EffectTable(self, self.table), given_queue=self.queue, given_errands=self.errands,
                given_sealer=EffectSealer(self, PlainSealer()),
                given_secret={**SECRET, "hubspot_app_id": "1", "quickbooks_verifier_token": "v"},
            )  # fmt: skip
        return self.memory[function]

    def _id(self) -> str:
        self.ids += 1
        return f"{self.ids * 0x9E3779B1 % 2**32:08x}{self.ids:024x}"  # its beginning alone tells ids apart too

    def _session(self) -> requests.Session:
        if not hasattr(self, "errands"):
            return super()._session()
        made = Direct()
        made.mount(self.wiring.config.hubspot_api_url, Edge(self, self.hubspot.wsgi))
        made.mount("https://", Edge(self, self.quickbooks.wsgi))
        return made

    def _sleep(self, seconds: float) -> None:
        """While an operator waits, the others work."""
        if self.dying:
            raise Killed
        until = self.time + seconds
        if self.hands and self.hands[-1][0] == "operator":
            self.run(seconds)
        self.time = max(self.time, until)

    # --- what wakes them ----------------------------------------------------------------------------------------------

    def run(self, for_s: float = 60.0) -> None:
        """Everything that is due by then, in its order: requests that are late, webhooks, messages, schedules."""
        until = self.time + for_s
        while (due := self._due()) <= until:
            self.time = max(self.time, due)
            self._arrive()
            for queue in (self.queue, self.errands):
                if queue.due <= self.time:
                    queue.hand_out()
            if self.ticks and self.ticks[0] <= self.time:
                self.ticks.pop(0)
                self._schedules()

    def _due(self) -> float:
        """When something happens next. What the vendors have to tell by now, they tell."""
        waits = [one.delivery.tick(self._deliver) for one in (self.hubspot, self.quickbooks)]
        posts = [self.time + wait for wait in waits if wait is not None]
        late = [at for at, _ in self.arriving]
        return min([*posts, *late, *self.ticks[:1], self.queue.due, self.errands.due], default=float("inf"))

    def _deliver(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        door = doors.hubspot_webhook if url.endswith("hubspot") else doors.quickbooks_webhook
        request = SimpleNamespace(method="POST", query_params=None, headers=_lower(headers), raw_body=body)
        answer = self.process("webhooks", lambda: door(request))  # type: ignore[arg-type]
        return answer.status_code if answer else 502

    def _schedules(self) -> None:
        every: list[Callable[[Any], None]] = [doors.queue_due, doors.refresh_tokens]
        for one in [*every, *([doors.start_sweeps] if self.sweeps else [])]:
            self.process(one.__name__, lambda one=one: one(None))

    def rest(self) -> None:
        """Until time has done all that it can, since the flow began or a fault struck last."""
        self.ticks = self.ticks or [self.time + tick for tick in TICKS_S]
        while self.ticks or self._due() < float("inf"):
            self.run(self.ticks[-1] - self.time if self.ticks else TICKS_S[-1])

    def start(self) -> None:
        """From now on effects count."""
        self.run(600)
        self.effects.clear()
        self.whose.clear()
        self.posted.clear()
        self.ticks = [self.time + tick for tick in TICKS_S]

    # --- people who use it --------------------------------------------------------------------------------------------

    def operator(self, *words: str) -> str:
        """What an operator's command prints. Where it breaks off, it is said again."""
        while True:
            printed = io.StringIO()
            answer = self.process("operator", partial(_command, words, printed))
            if answer is not None:
                return printed.getvalue()
            self.run(GO_ON_S)

    def notice(self, kind: Kind, id: str, cause: str = "update", side: Side = Side.QUICKBOOKS) -> None:
        """A job as a webhook makes it, for worlds in which the vendors do not tell."""
        at = float(int(self.time)) if side is Side.QUICKBOOKS else None
        self.queue.send([Job(ConnectionId(self.id), kind, side, id, f"{side} {cause}", at=at)])

    # --- what was done ------------------------------------------------------------------------------------------------

    def wrote(self, since: int = 0) -> list[str]:
        """The writes among HubSpot's calls."""
        reads = ("/batch/read", "/search", "archived=", "/oauth/")
        calls = [one for one in self.posted[since:] if self.wiring.config.hubspot_api_url in one]
        return [one for one in calls if not one.startswith("GET") and not any(read in one for read in reads)]

    def is_failing(self) -> bool:
        return any(one.state is State.FAILING for kind in Kind for one in self.records(kind))

    def notes(self, deal: str) -> list[str]:
        return [self.portal.record("notes", one)["hs_note_body"] for one in self.portal.linked("deals", deal, "notes")]


def _lower(headers: dict[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _command(words: Sequence[str], printed: io.StringIO) -> int:
    given = SimpleNamespace(connection=None, json=False)
    PARSER.parse_args(["--local", *words], given)  # type: ignore[call-overload]
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        try:
            return int(given.run(given))
        except (Failed, WrongUse) as said:
            printed.write(str(said))
            return 1
