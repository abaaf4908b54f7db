"""A world of grants: two companies, one portal that they share, workers that call, keepers that renew, and people.

The code under test is the real one: `Grants`, `Bearer`, the keeper's `run` and `look_after`, and both vendors' OAuth
speakers over an adapter. Around them the table, the key and the queue are effects of the scheduler.
"""

from __future__ import annotations

import functools
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import requests

from chalicelib.access import keeper
from chalicelib.access.bearer import Bearer
from chalicelib.access.grants import Grants
from chalicelib.access.oauth import Issued, Tokens
from chalicelib.failures import Awaited, ReconnectNeeded
from chalicelib.jobs import Account, Errand, Portal, Realm, Side, from_body
from chalicelib.remember.connections import Connections
from chalicelib.remember.table import Key, MemoryTable
from chalicelib.wiring import Config, Wiring
from tests.simulation.baton import Baton, Broken
from tests.simulation.tokens.network import Faults, Line
from tests.simulation.tokens.parts import Deaf, SimQueue, SimSealer, SimTable
from tests.simulation.tokens.plan import ROUGHER, WEATHERS, Count, Plan
from tests.simulation.tokens.properties import Watch
from tests.simulation.tokens.vendors import DAY_S, HUBSPOT, QUICKBOOKS, TokenEndpoint

PORTAL, REALMS = Portal("portal"), (Realm("realm-1"), Realm("realm-2"))
ACCOUNTS: tuple[Account, ...] = (PORTAL, *REALMS)
SECRET = dict.fromkeys(
    ("hubspot_client_id", "hubspot_client_secret", "quickbooks_client_id", "quickbooks_client_secret"), "secret"
)
CALLERS, KEEPERS = 4, 4  # eight that race; beside them the schedule and a person
BEAT_S = 300.0  # the schedule's
FUNCTION_S = 300.0  # the keeper's time-out
URLS = {Side.HUBSPOT: "https://api.hubapi.com", Side.QUICKBOOKS: "https://quickbooks.api.intuit.com"}


class SimWiring(Wiring):
    """One process's wiring, with the plan's variant of `Grants` and of the authorities."""

    plan: Plan

    @functools.cached_property
    def grants(self) -> Grants:
        return self.plan.grants(
            self.table, self.sealer, lambda side: self.plan.authority(self.authority(side)), self.now,
            lambda errand: self.errands.send([errand]),
        )  # fmt: skip


class World:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.weather = (WEATHERS | ROUGHER)[plan.weather]
        self.baton = Baton(plan.seed, kills=self.weather.kills, kept=plan.steps)
        self.endpoints = {
            "hubspot": TokenEndpoint("hubspot", HUBSPOT),
            "quickbooks": TokenEndpoint("quickbooks", QUICKBOOKS[plan.rules]),
        }
        self.watch = Watch(self.baton, self.endpoints)
        self.faults = Faults(self.baton, self.weather.bad)
        self.line = Line(self.baton, self.endpoints, self.faults, self.watch, early=self.weather.breaks_early)
        self.memory = MemoryTable()
        self.table = SimTable(self.baton, self.memory, self.watch)
        self.sealer = SimSealer(self.baton, self.weather.slow_key_s)
        self.errands = SimQueue(self.baton)
        self.calm = False
        self._begin()

    def _begin(self) -> None:
        wiring = self.wiring()
        for realm in REALMS:
            Connections(wiring.table).begin(PORTAL, realm)
        for account in ACCOUNTS:
            self.reconnect(wiring, account)
        for number in range(CALLERS):
            self.baton.hire(f"caller {number}", self.call_on)
        for number in range(KEEPERS):
            self.baton.hire(f"keeper {number}", self.keep)
        if self.weather.beats:
            self.baton.hire("schedule", self.beat)
        for number in range(self.weather.people):
            self.baton.hire(f"person {number}", self.live)

    def wiring(self) -> SimWiring:
        """A fresh process: nothing cached, and the clock of the worker that it runs in."""
        me = self.baton.current
        made = SimWiring(
            Config(), now=lambda: self.baton.now(me), http=self._session, given_table=self.plan.table(self.table),
            given_queue=Deaf(), given_errands=self.errands, given_sealer=self.sealer, given_secret=SECRET,
        )  # fmt: skip
        made.plan = self.plan
        return made

    def _session(self) -> requests.Session:
        session = requests.Session()
        session.trust_env = False
        session.mount("https://", self.line)
        return session

    # --- what workers do ----------------------------------------------------------------------------------------------

    def call_on(self) -> None:
        """Call now and then: often all at the same moment, as after a storm of webhooks."""
        wiring, random = self.wiring(), self.baton.random
        while True:
            rest_s = random.uniform(0, 1_800) if random.random() < 0.3 else 900 - self.baton.time % 900
            self.baton.wait("rests", self.baton.time + rest_s)
            account = ACCOUNTS[int(self.baton.time // 900) % len(ACCOUNTS)]
            for _ in range(random.choice((3, 60))):  # impatient or not: some come until the longest lease is over
                if self.call(wiring.grants, account):
                    break
                self.baton.wait("comes again", self.baton.time + 5)

    def call(self, grants: Grants, account: Account) -> bool:
        """One call as the clients make it (`Transport.send`). Whether there is no use in coming again soon."""
        try:
            speaker = Bearer(grants, account, URLS[account.side])
            if self._ask(speaker) == 401:
                speaker.refused()
                if self._ask(speaker) == 401:
                    return True
            if self.baton.random.random() > 0.1:  # else there was no answer
                speaker.worked()
        except Awaited:
            return False
        except ReconnectNeeded:
            self.watch.told_to_reconnect(account.id)
        return True

    def _ask(self, speaker: Bearer[Any]) -> int:
        request: Any = SimpleNamespace(headers={})
        token = speaker(request).headers["Authorization"].removeprefix("Bearer ")
        self.baton.step("calls with", token)
        return self.watch.called(speaker.account.id, str(speaker.account.side), token)

    def keep(self) -> None:
        """The keeper's function, one errand after another."""
        wiring = self.wiring()
        while True:
            message = self.errands.take()
            errand = from_body(message.body)
            assert isinstance(errand, Errand)
            ends_at = wiring.now() + (100.0 if self.baton.random.random() < 0.05 else FUNCTION_S)
            keeper.run(wiring, errand, lambda ends_at=ends_at: ends_at - wiring.now())
            self.errands.done(message)

    def beat(self) -> None:
        """The schedule; some beats are missed."""
        wiring = self.wiring()
        while True:
            self.baton.wait("beats", self.baton.time + BEAT_S - self.baton.time % BEAT_S)
            if self.calm or self.baton.random.random() < 0.7:
                keeper.look_after(wiring)

    # --- what people do -----------------------------------------------------------------------------------------------

    def live(self) -> None:
        """Disconnect now and then, connect again what is lost, and sometimes what is not."""
        wiring, random = self.wiring(), self.baton.random
        while True:
            self.baton.wait("lives", self.baton.time + random.uniform(0, 2_400))
            account = random.choice(ACCOUNTS)
            if self.calm:
                continue
            endpoint, dice = self.endpoints[account.side], random.random()
            if endpoint.ended(account.id) or self.row(account)["state"] != "live":
                if dice < 0.6:
                    self.reconnect(wiring, account)
            elif dice < self.weather.leaves:
                self.baton.step("disconnects", account.id)
                endpoint.disconnect(account.id)
            elif dice < 1.5 * self.weather.leaves:
                self.reconnect(wiring, account)

    def reconnect(self, wiring: SimWiring, account: Account) -> None:
        """A consent: the code is exchanged, then the pair is stored. The person may close the page in between."""
        asked_at = wiring.now()
        self.baton.step("consents for", account.id)
        lasts_s = self.baton.random.choice((DAY_S / 2, 40 * DAY_S)) if account is REALMS[0] else None
        body: Any = self.endpoints[account.side].consent(account.id, self.baton.time, lasts_s).body
        self.baton.step("has consented for", account.id)
        tokens = Tokens(body["access_token"], body["refresh_token"], float(body["expires_in"]))
        hard_s = body.get("x_refresh_token_hard_expires_in")
        wiring.grants.store(account, replace(Issued(tokens), hard_s=hard_s), asked_at)

    def row(self, account: Account) -> dict[str, Any]:
        key = Key(f"grant|{account.side}|{account.id}", "grant")
        return self.memory.get([key])[key].body

    # --- the end ------------------------------------------------------------------------------------------------------

    def drain(self, for_s: float) -> None:
        """No more faults: whatever the vendor would still renew gives a good token, the rest is known to be lost."""
        self.calm, self.baton.kills, self.table.doubt = True, 0.0, 0.0
        self.faults.calm()
        self.baton.run(for_s)
        wiring = self.wiring()
        for account in ACCOUNTS:
            why = self.watch.reason(self.row(account))
            lately = why == "its years are over"  # perhaps a minute ago, and the access token still serves
            if why and not lately and self.row(account)["state"] != "needs_reconnect":
                raise Broken(f"(a) {account.id}: {why}, and nobody has noticed")
            if not why:
                self._has_good_token(wiring.grants, account)

    def _has_good_token(self, grants: Grants, account: Account) -> None:
        """At once, or when the keeper has done what it is asked for."""
        for _ in range(3):
            try:
                token = grants.access(account).token
            except Awaited:
                self.baton.run(200)
                continue
            except ReconnectNeeded as lost:
                raise Broken(f"(a) {account.id}: {lost} But the vendor would renew it") from lost
            if not self.endpoints[account.side].honours(token, self.baton.time):
                raise Broken(f"(a) {account.id} has no good token, but the vendor would renew it")
            return
        raise Broken(f"(a) {account.id} waits and waits, but the vendor would renew it")

    def count(self) -> Count:
        baton, watch = self.baton, self.watch
        return Count(
            1, self.line.refreshes, baton.effects, baton.killed, watch.lost, watch.again, watch.served, watch.spared,
            self.line.fates,
        )  # fmt: skip


DRAIN_S = 4 * 3_600.0


def history(plan: Plan) -> World:
    """One whole history. Whatever breaks in it says how to see it again, and shows the last steps."""
    world = World(plan)
    try:
        world.baton.run(plan.hours * 3_600)
        world.drain(DRAIN_S)
    except Broken as broken:
        raise Broken(f"{broken}\nagain: {plan.command}\n{world.baton.story()}") from broken
    finally:
        world.baton.close()
    return world
