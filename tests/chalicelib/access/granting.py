"""A world for grants: memory parts, two authorization servers behind one adapter, and a clock that a test moves."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import requests

from chalicelib.access.grants import Access, Grant, Grants, Renewal
from chalicelib.access.oauth import Issued, Tokens
from chalicelib.access.sealing import Sealer
from chalicelib.enqueue import MemoryQueue
from chalicelib.failures import CallFailed
from chalicelib.hubspot.oauth import HubSpotOAuth
from chalicelib.jobs import Account, Errand, Portal, Realm
from chalicelib.quickbooks.oauth import QuickBooksOAuth
from chalicelib.remember.table import MemoryTable
from chalicelib.wiring import Config, Wiring
from tests.chalicelib.answering import Answer, Asked, Vendor, session

SECRET = {
    "hubspot_client_id": "h-id", "hubspot_client_secret": "h-secret",
    "quickbooks_client_id": "q-id", "quickbooks_client_secret": "q-secret",
}  # fmt: skip
REALM, PORTAL = Realm("9130350000000000"), Portal("48120771")
START, LIFE = 1_000_000.0, 3_600.0
DAY = 86_400.0
DEAD = Answer(400, {"error": "invalid_grant"})
THREADS = 8
VENDOR = "https://vendor.test"
HUBSPOT_TOKEN = "/oauth/2026-09/token"
TOKENS = ("/tokens", HUBSPOT_TOKEN)
Answers = Callable[[Asked], Answer]


class PlainSealer:
    """No secrecy; but what was sealed opens in its own context only, as KMS has it."""

    def seal(self, text: str, context: dict[str, str]) -> str:
        return base64.b64encode(json.dumps([context, text]).encode()).decode()

    def open(self, sealed: str, context: dict[str, str]) -> str:
        own, text = json.loads(base64.b64decode(sealed))
        assert own == context
        return text


def speaking(answers: Answers, base: str = VENDOR) -> tuple[HubSpotOAuth, QuickBooksOAuth, Vendor]:
    """Both authorization servers, behind one adapter."""
    vendor = Vendor(answers)
    hubspot = HubSpotOAuth(base, f"{base}/authorize", SECRET, lambda: session(vendor))
    urls = (f"{base}/authorize", f"{base}/tokens", f"{base}/revoke")
    return hubspot, QuickBooksOAuth(*urls, SECRET, lambda: session(vendor)), vendor


def pair(number: int, **more: Any) -> Answer:
    body = {"access_token": f"access-{number}", "refresh_token": f"refresh-{number}", "expires_in": LIFE, **more}
    return Answer(200, body)


@dataclass
class Rotation:
    """A token endpoint that gives each refresh token one use, and calls a second one theft."""

    current: str = "refresh-0"
    given: int = 0
    stolen: bool = False
    lose: list[Exception] = field(default_factory=list)  # how the next answers get lost on their way back
    remembers: bool = False  # the same request again gets the same answer
    used: list[str] = field(default_factory=list)
    last: Answer | None = None
    inside: int = 0
    together: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, asked: Asked) -> Answer:
        with self.lock:
            self.inside += 1
            self.together = max(self.together, self.inside)
        try:
            return self._answer(asked.body["refresh_token"])
        finally:
            with self.lock:
                self.inside -= 1

    def _answer(self, token: str) -> Answer:
        with self.lock:
            self.used.append(token)
            if token != self.current:
                if self.remembers and self.last and token == f"refresh-{self.given - 1}":
                    return self.last
                self.stolen = True
                return DEAD
            self.given += 1
            self.current = f"refresh-{self.given}"
            self.last = pair(self.given)
            if self.lose:
                raise self.lose.pop(0)
            return self.last


def one_by_one(*answers: Answer | Exception) -> Answers:
    """These answers in turn, then the last one for ever."""
    left = list(answers)

    def answer(_asked: Asked) -> Answer:
        given = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(given, Exception):
            raise given
        return given

    return answer


TIMED_OUT = requests.ReadTimeout("slow")
CLOSED = requests.ConnectionError("closed")


@dataclass
class Interrupted(MemoryTable):
    """Somebody else acts just before a write: the actions in turn, None where nobody does."""

    before_writes: list[Callable[[], object] | None] = field(default_factory=list)
    written: int = 0
    reads: int = 0

    def get(self, keys):
        self.reads += 1
        return super().get(keys)

    def write(self, writes) -> None:
        if self.before_writes and (act := self.before_writes.pop(0)):
            act()
        super().write(writes)
        self.written += 1


@dataclass
class World:
    """One account's grant, or many; each `another()` is another process."""

    answers: Answers
    account: Account = REALM
    now: float = START
    table: Interrupted = field(default_factory=Interrupted)
    sealer: Sealer = field(default_factory=PlainSealer)

    def __post_init__(self) -> None:
        self.vendor = Vendor(self.answers)
        self.errands, self.queue = MemoryQueue(), MemoryQueue()
        self.wiring = self.process()

    @property
    def grants(self) -> Grants:
        return self.wiring.grants

    def process(self) -> Wiring:
        config = Config(
            hubspot_api_url=VENDOR, hubspot_authorize_url=f"{VENDOR}/authorize", quickbooks_api_url=VENDOR,
            quickbooks_authorize_url=f"{VENDOR}/authorize", quickbooks_token_url=f"{VENDOR}/tokens",
            quickbooks_revoke_url=f"{VENDOR}/revoke",
        )  # fmt: skip
        return Wiring(
            config, now=lambda: self.now, http=lambda: session(self.vendor), given_table=self.table,
            given_queue=self.queue, given_errands=self.errands, given_sealer=self.sealer, given_secret=SECRET,
        )  # fmt: skip

    def another(self) -> Grants:
        return self.process().grants

    def connect(self, number: int = 0, life: float = LIFE, account: Account | None = None, **more: Any) -> World:
        tokens = Tokens(f"access-{number}", f"refresh-{number}", life)
        self.another().store(account or self.account, Issued(tokens, **more), self.now)
        return self

    def due(self) -> World:
        """Go to where the grant may be renewed."""
        self.now = max(self.now, self.grant.renew_at, self.grant.lease_until)
        return self

    @property
    def grant(self) -> Grant:
        grant = self.another().get(self.account)
        assert grant is not None
        return grant

    def access(self) -> Access:
        return self.another().access(self.account)

    def token(self) -> str:
        return self.access().token

    def renew(self, left_s: float = 300.0, refused: int = 0) -> Renewal:
        return self.another().renew(self.account, lambda: left_s, refused)

    @property
    def used(self) -> list[str]:
        """The refresh tokens that were asked with, in order."""
        return [asked.body["refresh_token"] for asked in self.vendor.asked if asked.path in TOKENS]

    @property
    def asked_keeper(self) -> list[Errand]:
        return [one for one in self.errands.take() if isinstance(one, Errand)]


def connected(answers: Answers | None = None, account: Account = REALM) -> World:
    return World(answers or Rotation(), account).connect()


def together(function: Callable[[], Any]) -> list[Any]:
    """What comes of it when many do it at the same moment."""
    gate = threading.Barrier(THREADS)

    def one(_number: int) -> Any:
        gate.wait(timeout=10)
        try:
            return function()
        except CallFailed as failed:
            return failed

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(one, range(THREADS)))
