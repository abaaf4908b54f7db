"""Tokens: refreshed by time, one refresh at a time for each grant, and never shown (design D7)."""

from __future__ import annotations

import base64
import json
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest
import requests

from chalicelib.failures import CallFailed, Category, ReconnectNeeded, Unknown
from chalicelib.grants import EARLY_S, LEASE_S, Grants, Tokens, hubspot_endpoint, quickbooks_endpoint
from chalicelib.jobs import Side
from chalicelib.remember.table import Key, MemoryTable
from tests.chalicelib.answering import HTML, Answer, Asked, Vendor, session

SECRET = {
    "hubspot_client_id": "h-id", "hubspot_client_secret": "h-secret",
    "quickbooks_client_id": "q-id", "quickbooks_client_secret": "q-secret",
}  # fmt: skip
REALM, PORTAL = "9130350000000000", "48120771"
START, LIFE = 1_000_000.0, 3_600.0
DEAD = Answer(400, {"error": "invalid_grant"})
THREADS = 8


class PlainSealer:
    """No secrecy; but what was sealed opens in its own context only, as KMS has it."""

    def seal(self, text: str, context: dict[str, str]) -> str:
        return base64.b64encode(json.dumps([context, text]).encode()).decode()

    def open(self, sealed: str, context: dict[str, str]) -> str:
        own, text = json.loads(base64.b64decode(sealed))
        assert own == context
        return text


@dataclass
class Rotation:
    """A token endpoint that gives each refresh token one use, and calls a second one theft."""

    current: str = "refresh-0"
    given: int = 0
    stolen: bool = False
    lose: int = 0  # so many answers get lost on the way back
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
            body = {"access_token": f"access-{self.given}", "refresh_token": self.current, "expires_in": LIFE}
            self.last = Answer(200, body)
            if self.lose:
                self.lose -= 1
                raise requests.ConnectionError("the answer is lost")
            return self.last


@dataclass
class World:
    answers: object
    now: float = START
    table: MemoryTable = field(default_factory=MemoryTable)

    def __post_init__(self) -> None:
        self.vendor = Vendor(self.answers)
        self.grants = self.another()

    def another(self) -> Grants:
        """Another worker's view of the same grants."""

        def endpoint(side: Side):
            if side is Side.HUBSPOT:
                return hubspot_endpoint("https://vendor.test", SECRET)
            return quickbooks_endpoint("https://vendor.test/tokens", SECRET)

        return Grants(self.table, PlainSealer(), session(self.vendor), endpoint, lambda: self.now)

    def connect(self, side=Side.QUICKBOOKS, account=REALM, number=0) -> World:
        self.grants.store(side, account, Tokens(f"access-{number}", f"refresh-{number}", self.now + LIFE))
        return self

    def token(self, side=Side.QUICKBOOKS, account=REALM) -> str:
        return self.grants.access_token(side, account)


def world(answers=None) -> World:
    return World(answers or Rotation()).connect()


def together(function):
    gate = threading.Barrier(THREADS)

    def one(_number):
        gate.wait(timeout=10)
        try:
            return function()
        except CallFailed as failed:
            return failed

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(one, range(THREADS)))


# --- by time ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("before_expiry_s", "refreshed"), [(LIFE, 0), (601, 0), (600, 1), (1, 1), (0, 1), (-9_999, 1)])
def test_a_token_is_refreshed_when_it_is_nearly_over(before_expiry_s, refreshed):
    some = world()
    some.now = START + LIFE - before_expiry_s
    assert some.token() == f"access-{refreshed}"
    assert some.token() == f"access-{refreshed}"
    assert len(some.vendor.asked) == refreshed


@pytest.mark.parametrize(("side", "account"), [(Side.HUBSPOT, PORTAL), (Side.QUICKBOOKS, REALM)])
def test_the_new_pair_is_what_the_next_refresh_uses(side, account):
    rotation = Rotation()
    some = World(rotation).connect(side, account)
    for number in range(1, 6):
        some.now += LIFE - EARLY_S[side]
        assert some.token(side, account) == f"access-{number}"
    assert rotation.used == [f"refresh-{number}" for number in range(5)]
    assert not rotation.stolen


def test_an_answer_without_a_new_refresh_token_keeps_the_old_one():
    some = world(lambda _asked: Answer(200, {"access_token": "new", "expires_in": None}))
    for _ in range(2):
        some.now += LIFE
        assert some.token() == "new"
    assert [asked.body["refresh_token"] for asked in some.vendor.asked] == ["refresh-0", "refresh-0"]


def test_each_vendor_is_asked_in_its_own_way():
    """QuickBooks wants Basic, HubSpot the secret in the body."""
    some = World(Rotation()).connect()
    some.now += LIFE
    some.token()
    other = World(Rotation()).connect(Side.HUBSPOT, PORTAL)
    other.now += LIFE
    other.token(Side.HUBSPOT, PORTAL)
    (intuit,), (hubspot,) = some.vendor.asked, other.vendor.asked
    assert intuit.headers["Authorization"] == "Basic " + base64.b64encode(b"q-id:q-secret").decode()
    assert intuit.headers["Accept"] == "application/json"
    assert intuit.body == {"grant_type": "refresh_token", "refresh_token": "refresh-0"}
    assert hubspot.path == "/oauth/2026-09/token"
    assert "Authorization" not in hubspot.headers
    assert hubspot.body == {
        "grant_type": "refresh_token", "refresh_token": "refresh-0", "client_id": "h-id", "client_secret": "h-secret",
    }  # fmt: skip


def test_two_companies_have_grants_of_their_own():
    some = world().connect(account="other", number=7)
    assert (some.token(), some.token(account="other")) == ("access-0", "access-7")


def test_what_was_never_connected_asks_for_a_reconnect():
    with pytest.raises(ReconnectNeeded):
        world().token(account="unknown")


# --- races ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("expired", [False, True])
def test_of_many_workers_one_refreshes_per_expiry(expired):
    """The losers go on with what is there, or wait for the one that asks; none sends a token that was rotated away."""
    rotation = Rotation()
    some = world(rotation)
    for number in range(1, 6):
        some.now += LIFE if expired else LIFE - EARLY_S[Side.QUICKBOOKS]
        outcomes = together(lambda: some.another().access_token(Side.QUICKBOOKS, REALM))
        tokens = {one for one in outcomes if isinstance(one, str)}
        assert rotation.given == number
        assert f"access-{number}" in tokens
        assert tokens <= ({f"access-{number}"} if expired else {f"access-{number - 1}", f"access-{number}"})
        assert all(isinstance(one, str | Unknown) for one in outcomes)
    assert (rotation.together, rotation.stolen) == (1, False)
    assert rotation.used == [f"refresh-{number}" for number in range(5)]


def test_of_many_workers_whose_token_was_refused_one_refreshes():
    """No loser takes the race for a lost grant: that would stop the connection until a person comes."""
    rotation = Rotation()
    some = world(rotation)
    outcomes = together(lambda: some.another().refused(Side.QUICKBOOKS, REALM, "access-0"))
    assert True in outcomes
    assert all(one is True or isinstance(one, Unknown) for one in outcomes)
    assert (rotation.given, rotation.stolen) == (1, False)


def outcome(function):
    try:
        return function()
    except CallFailed as failed:
        return type(failed)


@pytest.mark.parametrize(
    ("left_s", "ask", "expected"),
    [
        (60, lambda grants: grants.access_token(Side.QUICKBOOKS, REALM), "access-0"),
        (0, lambda grants: grants.access_token(Side.QUICKBOOKS, REALM), Unknown),
        (60, lambda grants: grants.refused(Side.QUICKBOOKS, REALM, "access-0"), Unknown),
        (60, lambda grants: grants.refused(Side.QUICKBOOKS, REALM, "older"), True),
    ],
)
def test_while_one_worker_refreshes_another_uses_what_is_there_or_waits(left_s, ask, expected):
    """It never takes the other's refresh for a lost grant: that would stop the connection until a person comes."""
    seen: list[object] = []

    def answers(asked: Asked) -> Answer:
        seen.append(outcome(lambda: ask(some.another())))
        return rotation(asked)

    rotation = Rotation()
    some = World(answers).connect()
    some.now += LIFE - left_s
    assert some.token() == "access-1"
    assert seen == [expected]


@dataclass
class Interrupted(MemoryTable):
    """Somebody else acts between a read and the write that follows it."""

    meanwhile: list = field(default_factory=list)

    def get(self, keys):
        found = super().get(list(keys))
        if self.meanwhile:
            self.meanwhile.pop()()
        return found


@pytest.mark.parametrize(
    "ask",
    [
        lambda grants: grants.access_token(Side.QUICKBOOKS, REALM) == "access-1",
        lambda grants: grants.refused(Side.QUICKBOOKS, REALM, "access-0"),
    ],
)
def test_whoever_loses_the_race_for_the_lease_takes_the_winners_pair(ask):
    rotation = Rotation()
    some = World(rotation, table=Interrupted()).connect()
    some.now += LIFE
    some.table.meanwhile.append(lambda: some.another().access_token(Side.QUICKBOOKS, REALM))
    assert ask(some.grants) is True
    assert (rotation.used, rotation.stolen) == (["refresh-0"], False)


def test_a_consent_stands_above_a_refresh_that_came_in_between():
    some = World(Rotation(), table=Interrupted()).connect()
    some.now += LIFE
    some.table.meanwhile.append(lambda: some.another().access_token(Side.QUICKBOOKS, REALM))
    some.connect(number=50)
    assert some.token() == "access-50"


def test_a_refused_token_that_was_replaced_meanwhile_needs_no_refresh():
    rotation = Rotation()
    some = world(rotation)
    assert some.grants.refused(Side.QUICKBOOKS, REALM, "an older token")
    assert rotation.given == 0


def test_a_consent_given_during_a_refresh_is_the_one_that_counts():
    """A person reconnects while a worker's refresh is on its way."""

    def answers(asked: Asked) -> Answer:
        some.connect(number=50)
        return rotation(asked)

    rotation = Rotation()
    some = World(answers).connect()
    some.now += LIFE
    assert some.token() == "access-50"
    assert some.token() == "access-50"


def test_a_worker_that_died_while_refreshing_blocks_nobody_for_longer_than_its_lease():
    class Died(BaseException):
        pass

    rotation = Rotation()
    deaths = [True]

    def answers(asked: Asked) -> Answer:
        if deaths:
            deaths.pop()
            raise Died
        return rotation(asked)

    some = World(answers).connect()
    some.now += LIFE
    with pytest.raises(Died):
        some.token()
    with pytest.raises(Unknown):
        some.token()
    some.now += LEASE_S
    assert some.token() == "access-1"


# --- lost and bad answers ---------------------------------------------------------------------------------------------


def test_a_lost_answer_is_asked_for_once_more_with_the_same_value():
    rotation = Rotation(lose=1, remembers=True)
    some = world(rotation)
    some.now += LIFE
    assert some.token() == "access-1"
    assert rotation.used == ["refresh-0", "refresh-0"]


def test_after_two_lost_answers_the_token_serves_to_its_end_and_nobody_asks_within_the_lease():
    def answers(_asked: Asked) -> Answer:
        raise requests.ConnectionError("lost")

    some = world(answers)
    some.now = START + LIFE - EARLY_S[Side.QUICKBOOKS]
    assert [some.token() for _ in range(3)] == ["access-0"] * 3
    assert len(some.vendor.asked) == 2
    some.now += LEASE_S
    some.token()
    assert len(some.vendor.asked) == 4
    some.now = START + LIFE
    with pytest.raises(Unknown):
        some.token()


@pytest.mark.parametrize(
    "answer",
    [
        Answer(500, HTML),
        Answer(503, None),
        Answer(200, HTML),
        Answer(200, {}),
        Answer(401, {"error": "invalid_client"}),
        Answer(429, {"message": "slow"}),
        Answer(400, "[]"),
    ],
)
def test_an_answer_that_is_no_verdict_ends_no_grant(answer):
    some = world(lambda _asked: answer)
    some.now = START + LIFE - 60
    assert some.token() == "access-0"
    some.now = START + LIFE + LEASE_S
    with pytest.raises(Unknown) as failed:
        some.token()
    assert failed.value.trouble.category is Category.VENDOR_DOWN


@pytest.mark.parametrize(
    "answer",
    [
        DEAD,
        Answer(401, {"error": "invalid_grant", "error_description": "Token invalid"}),
        Answer(400, {"status": "BAD_REFRESH_TOKEN", "message": "…"}),
    ],
)
def test_a_dead_grant_asks_for_a_reconnect_and_is_not_asked_again(answer):
    some = world(lambda _asked: answer)
    some.now += LIFE
    for _ in range(3):
        with pytest.raises(ReconnectNeeded) as failed:
            some.token()
        assert failed.value.trouble.category is Category.RECONNECT_NEEDED
    assert len(some.vendor.asked) == 1
    assert some.grants.refused(Side.QUICKBOOKS, REALM, "access-0") is False


def test_after_a_reconnect_all_goes_on_by_itself():
    some = world(lambda _asked: DEAD)
    some.now += LIFE
    with pytest.raises(ReconnectNeeded):
        some.token()
    some.connect(number=9)
    assert some.token() == "access-9"


# --- secrecy ----------------------------------------------------------------------------------------------------------

PAIR = Tokens("access-secret", "refresh-secret", START)


@dataclass
class Spoken:
    """All that an exception, and those behind it, say."""

    failed: BaseException

    def __str__(self) -> str:
        chain, one = [], self.failed
        while one is not None:
            chain += [repr(one), str(one), repr(vars(one))]
            one = one.__cause__ or one.__context__
        return " ".join([*chain, *traceback.format_exception(self.failed)])


def lost(_asked: Asked) -> Answer:
    raise requests.ConnectionError("lost")


@pytest.mark.parametrize(
    "answers", [lost, lambda _a: DEAD, lambda _a: Answer(500, HTML), lambda _a: Answer(200, '{"access_token": "acc')]
)
def test_no_exception_shows_a_token(answers):
    some = World(answers)
    some.grants.store(Side.QUICKBOOKS, REALM, PAIR)
    with pytest.raises(CallFailed) as failed:
        some.token()
    said = str(Spoken(failed.value))
    assert "access-secret" not in said
    assert "refresh-secret" not in said
    assert "q-secret" not in said


def test_no_repr_shows_a_token_or_a_secret():
    endpoint = quickbooks_endpoint("https://vendor.test/tokens", SECRET)
    assert "secret" not in repr(PAIR) + repr(endpoint)


def test_only_the_sealed_pair_is_stored_and_it_opens_for_its_own_grant_alone():
    some = world()
    item = next(iter(some.table.get([Key(f"grant|quickbooks|{REALM}", "grant")]).values()))
    assert "access-0" not in json.dumps(item.body)
    assert "refresh-0" not in json.dumps(item.body)
    with pytest.raises(AssertionError):
        PlainSealer().open(item.body["sealed"], {"vendor": "quickbooks", "account": "other"})
