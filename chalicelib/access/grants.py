"""Grants: what a company (QuickBooks) or a portal (HubSpot) has allowed us, as pairs of tokens (design D7).

Workers only use what is there. One function, the keeper, renews: under the grant's lease, alone, with time enough to
wait for the slowest answer. The new pair is stored before anybody uses it, and the one before it is kept until the new
one has worked.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any, Generic, TypeVar

from chalicelib.access.oauth import SLACK_S, Answer, Authority, Declined, Issued, Refused, Tokens, Unanswered
from chalicelib.access.sealing import Sealer
from chalicelib.failures import AWAITED, Awaited, Category, ReconnectNeeded, Trouble
from chalicelib.jobs import Account, Errand, Portal, Realm, Side
from chalicelib.remember import beyond
from chalicelib.remember.table import Item, Key, Lost, Put, Table
from chalicelib.telemetry import count, log, problem

LEASE_S = 150.0  # the longest wait for an answer, and what storing it may take
MARGIN_S = 30.0  # a token is not begun with when its end is nearer than the longest call
TRIES = 8
OVERDUE_S = 600.0  # after its time: two of the schedule's turns
STORE_TRIES = 5
SETTLE_TRIES = 50  # a new pair that is not stored may be lost for ever
PAUSES_S = (10.0, 30.0, 60.0, 120.0, 300.0)  # between asks that were not answered or declined
WARN_DAYS = (30, 7)  # before the day on which no refresh helps any more (reference section 1.5)
DAY_S = 86_400.0


class GrantState(StrEnum):
    LIVE = "live"
    NEEDS_RECONNECT = "needs_reconnect"
    ENDED = "ended"  # by us: the operator disconnected


class Renewal(StrEnum):
    """What came of an attempt to renew."""

    DONE = "done"
    NOT_DUE = "not_due"
    BUSY = "busy"  # somebody else is at it, or there is too little time left to begin
    UNANSWERED = "unanswered"
    DECLINED = "declined"
    LOST = "lost"  # only a person's consent helps


@dataclass(frozen=True)
class Grant:
    """A grant as it is stored. Only `sealed` and `before` hold tokens, and only the key opens them.

    `generation` counts the pairs that there were; whoever has a newer one has the better one. `serves`: the access
    token is still used although the grant is lost. Times are ours, in epoch seconds.
    """

    account: Account
    sealed: str
    expires_at: float
    lasts_s: float
    renew_at: float
    before: str = ""
    generation: int = 1
    state: GrantState = GrantState.LIVE
    why: str = ""
    serves: bool = True
    worked: bool = False
    refreshed: bool = False  # this pair came of a refresh, not of a consent
    lease_until: float = 0.0
    unanswered: int = 0  # asks since the last answer that nobody knows the outcome of
    setbacks: int = 0  # attempts since the last new pair
    idle_until: float | None = None
    ends_at: float | None = None
    scopes: tuple[str, ...] = ()
    consented_at: float = 0.0
    warned_days: int | None = None
    beyond: dict[str, Any] = field(default_factory=dict)  # what a newer version has stored

    @property
    def good_until(self) -> float:
        return self.expires_at - min(MARGIN_S, self.lasts_s / 4)

    def days_left(self, now: float) -> int | None:
        """Whole days until the vendor ends the grant whatever we do; None where it has not told."""
        return None if self.ends_at is None else max(0, int((self.ends_at - now) // DAY_S))


AnAccount = TypeVar("AnAccount", bound=Account)


@dataclass(frozen=True)
class Access(Generic[AnAccount]):
    """An account, and the token that opens it: never one without the other."""

    account: AnAccount
    token: str = field(repr=False)
    generation: int = 0
    worked: bool = False

    def proven(self) -> Access[AnAccount]:
        return replace(self, worked=True)


class Grants:
    def __init__(
        self,
        table: Table,
        sealer: Sealer,
        authority: Callable[[Side], Authority],
        now: Callable[[], float],
        ask_keeper: Callable[[Errand], None],
    ) -> None:
        self._table = table
        self._sealer = sealer
        self._authority = authority
        self._now = now
        self._ask_keeper = ask_keeper
        self._opened: dict[str, Tokens] = {}

    # --- a consent, and what is known ---------------------------------------------------------------------------------

    def store(self, account: Account, issued: Issued, asked_at: float) -> Grant:
        """Keep the pair that a consent (or an operator) has given; it stands above whatever was there, but for the pair
        of a consent that was given later and stored earlier."""
        for last in (*[False] * (TRIES - 1), True):
            item = self._item(account)
            held = _grant(item) if item else None
            if held and held.state is not GrantState.ENDED and held.consented_at > asked_at:
                return held
            grant = replace(self._fresh(account, issued, asked_at, held), consented_at=asked_at)
            try:
                self._table.write([Put(_key(account), _row(grant), item.version if item else None)])
            except Lost:
                if last:
                    raise
                continue
            return grant
        raise AssertionError("not reached")

    def get(self, account: Account) -> Grant | None:
        item = self._item(account)
        return _grant(item) if item else None

    # --- use ----------------------------------------------------------------------------------------------------------

    def access(self, account: AnAccount) -> Access[AnAccount]:
        """A token that is good for the next call. Raises `ReconnectNeeded` where only a consent can help, `Awaited`
        where the keeper has been asked for a new one."""
        return self._access(account, self._read(account)[0])

    def refused(self, access: Access[AnAccount]) -> Access[AnAccount]:
        """The vendor answered 401 to this token: the newer one, if there is one by now. Raises as `access` does."""
        grant, item = self._read(access.account)
        if grant.generation > access.generation:
            return self._access(access.account, grant)
        if grant.state is not GrantState.LIVE:
            self._try_write(item, replace(grant, serves=False))
            raise ReconnectNeeded(_reconnect(grant.account.side))
        if grant.refreshed and not grant.worked:
            raise ReconnectNeeded(
                _reconnect(grant.account.side)
            )  # a new token is refused too: a newer one will not help
        raise self._ask_for_new(grant, refused=True)

    def worked(self, access: Access[Any]) -> None:
        """The vendor took this token, so the pair before it is not needed any more."""
        if access.worked:
            return
        item = self._item(access.account)
        grant = _grant(item) if item else None
        if item and grant and grant.generation == access.generation and not grant.worked:
            self._try_write(item, replace(grant, worked=True, before=""))

    def _access(self, account: AnAccount, grant: Grant) -> Access[AnAccount]:
        usable = self._now() < grant.good_until and grant.sealed
        if grant.state is not GrantState.LIVE and not (usable and grant.serves):
            raise ReconnectNeeded(_reconnect(grant.account.side))
        if not usable:
            raise self._ask_for_new(grant)
        token = self._open(account, grant.sealed).access_token
        return Access(account, token, grant.generation, grant.worked)

    def _ask_for_new(self, grant: Grant, *, refused: bool = False) -> Awaited:
        if grant.lease_until <= self._now():
            self._ask_keeper(Errand("renew", grant.account, grant.generation if refused else 0))
        return Awaited(_awaited(grant.account.side))

    # --- renewal ------------------------------------------------------------------------------------------------------

    def is_overdue(self, grant: Grant) -> bool:
        """Whether renewing has not come off for so long that somebody should look."""
        late = self._now() >= min(grant.renew_at + OVERDUE_S, grant.good_until)
        return grant.state is GrantState.LIVE and late

    def is_due(self, grant: Grant) -> bool:
        return grant.state is GrantState.LIVE and self._now() >= grant.renew_at

    def renew(self, account: Account, left_s: Callable[[], float], refused: int = 0) -> Renewal:
        """Ask for a new pair, alone, and store it. `refused`: the generation that the vendor answered 401 to."""
        item = self._item(account)
        if item is None:
            return Renewal.LOST
        grant = _grant(item)
        if grant.state is not GrantState.LIVE:
            return Renewal.LOST
        if not (self.is_due(grant) or refused == grant.generation):
            return Renewal.NOT_DUE
        authority = self._authority(account.side)
        if grant.lease_until > self._now() or left_s() < authority.wait_s + SLACK_S:
            return Renewal.BUSY
        tokens, before = self._pairs(grant)  # before the lease: opening them may take the key some time
        leased = replace(grant, lease_until=self._now() + LEASE_S, unanswered=grant.unanswered + 1)
        if not self._try_write(item, leased):
            return Renewal.BUSY

        def in_time() -> bool:
            """Whether an answer would come while the lease, and the function, still last; by anybody's clock."""
            waits_s = authority.wait_s + SLACK_S
            return self._now() + waits_s <= leased.lease_until and left_s() >= waits_s

        asked_at = self._now()
        answer = authority.refresh(tokens.refresh_token) if in_time() else Declined("too late to ask")
        if isinstance(answer, Refused) and before and not grant.worked and in_time():
            # The pair that we hold never worked: perhaps the vendor never had it. Nothing is lost by asking once more.
            earlier = authority.refresh(before.refresh_token)
            answer = answer if isinstance(earlier, Refused) else earlier
        return self._kept(leased, answer, asked_at, serves=refused != grant.generation)

    def _pairs(self, grant: Grant) -> tuple[Tokens, Tokens | None]:
        """The present pair, and the one before it where that would be asked with another value."""
        tokens = self._open(grant.account, grant.sealed)
        before = self._open(grant.account, grant.before) if grant.before else None
        return tokens, before if before and before.refresh_token != tokens.refresh_token else None

    def _kept(self, leased: Grant, answer: Answer, asked_at: float, *, serves: bool) -> Renewal:
        """Store what came of it. A new pair may be told only once, so no trouble of the table or the key ends this at
        the first try."""
        for left in reversed(range(STORE_TRIES if isinstance(answer, Issued) else 1)):
            try:
                return self._settle(leased, answer, asked_at, serves=serves)
            except Exception as trouble:
                problem("an answer could not be stored", trouble, account=leased.account.id, tries_left=left)
                if not left:
                    raise
        raise AssertionError("not reached")

    def _settle(self, leased: Grant, answer: Answer, asked_at: float, *, serves: bool) -> Renewal:
        """Store what the answer says, unless another pair has come since. A new pair, and the vendor's verdict, count
        whosever lease it is by now; what says nothing about the grant must not free another's lease."""
        for _ in range(SETTLE_TRIES):
            item = self._item(leased.account)
            held = _grant(item) if item else None
            if item is None or held is None or held.generation != leased.generation:
                return Renewal.DONE
            if held.state is GrantState.ENDED or (held.state is not GrantState.LIVE and not isinstance(answer, Issued)):
                return Renewal.LOST
            if held.lease_until != leased.lease_until and not isinstance(answer, Issued | Refused):
                return Renewal.UNANSWERED
            changed, renewal = self._outcome(held, answer, asked_at, serves=serves)
            if self._try_write(item, changed):
                count("ReconnectNeeded", renewal is Renewal.LOST)
                log("renewal", side=held.account.side, account=held.account.id, outcome=renewal,
                    unanswered=changed.unanswered, why=changed.why)  # fmt: skip
                return renewal
        return Renewal.UNANSWERED  # everybody writes at once; the lease runs out, and the keeper comes again

    def _outcome(self, held: Grant, answer: Answer, asked_at: float, *, serves: bool) -> tuple[Grant, Renewal]:
        pause_s = PAUSES_S[min(held.setbacks, len(PAUSES_S) - 1)]
        match answer:
            case Issued():
                fresh = self._fresh(held.account, answer, asked_at, held, refreshed=True)
                return fresh, Renewal.DONE
            case Refused(error=error):
                why = f"{error} after an answer was lost" if held.unanswered > 1 else error
                lost = replace(held, state=GrantState.NEEDS_RECONNECT, why=why, serves=serves, lease_until=0.0)
                return lost, Renewal.LOST
            case Declined(error=error):
                freed = replace(
                    held, why=error, lease_until=self._now() + pause_s, unanswered=max(0, held.unanswered - 1)
                )
                return replace(freed, setbacks=held.setbacks + 1), Renewal.DECLINED
            case Unanswered(ended=ended):
                until = self._now() + pause_s if ended else held.lease_until
                return replace(held, lease_until=until, setbacks=held.setbacks + 1), Renewal.UNANSWERED

    # --- the end ------------------------------------------------------------------------------------------------------

    def end(self, account: Account, generation: int = 0) -> bool:
        """Have the vendor end the grant, and forget its tokens. False where the vendor could not be asked, and where
        there is another pair by now than that of this `generation`: somebody has connected again."""
        item = self._item(account)
        if item is None or (grant := _grant(item)).state is GrantState.ENDED:
            return True
        if generation not in (0, grant.generation):
            return False
        if grant.lease_until > self._now():
            return False  # a pair is on its way; it would outlive the one that we know
        pairs = [self._open(account, sealed) for sealed in (grant.sealed, grant.before) if sealed]
        values = list(dict.fromkeys(pair.refresh_token for pair in pairs))
        ended = [self._authority(account.side).revoke(value) for value in values]
        if not all(ended):
            return False
        return self._try_write(item, replace(grant, sealed="", before="", state=GrantState.ENDED, serves=False))

    def note_warned(self, grant: Grant, days: int) -> None:
        item = self._item(grant.account)
        if item is not None:
            self._try_write(item, replace(_grant(item), warned_days=days))

    # --- rows ---------------------------------------------------------------------------------------------------------

    def _fresh(
        self,
        account: Account,
        issued: Issued,
        asked_at: float,
        held: Grant | None,
        *,
        refreshed: bool = False,
    ) -> Grant:
        """The row of a new pair. Times count from when it was asked for, so that they never end too late."""
        tokens = issued.tokens
        if not tokens.refresh_token and held and held.sealed:
            tokens = replace(tokens, refresh_token=self._open(account, held.sealed).refresh_token)
        lasts_s = tokens.expires_in
        keeps = held if refreshed else None
        return Grant(
            account=account,
            sealed=self._seal(account, tokens),
            expires_at=asked_at + lasts_s,
            lasts_s=lasts_s,
            renew_at=asked_at + lasts_s - min(self._authority(account.side).early_s, lasts_s / 2),
            before=keeps.sealed if keeps else "",
            generation=held.generation + 1 if held else 1,
            refreshed=refreshed,
            idle_until=asked_at + issued.idle_s if issued.idle_s is not None else None,
            ends_at=asked_at + issued.hard_s if issued.hard_s is not None else keeps.ends_at if keeps else None,
            scopes=issued.scopes or (keeps.scopes if keeps else ()),
            consented_at=keeps.consented_at if keeps else 0.0,
            warned_days=keeps.warned_days if keeps else None,
            beyond=keeps.beyond if keeps else {},
        )

    def _read(self, account: Account) -> tuple[Grant, Item]:
        item = self._item(account)
        if item is None:
            raise ReconnectNeeded(_reconnect(account.side))
        return _grant(item), item

    def _item(self, account: Account) -> Item | None:
        key = _key(account)
        return self._table.get([key]).get(key)

    def _try_write(self, item: Item, grant: Grant) -> bool:
        """Whether nobody wrote in between."""
        try:
            self._table.write([Put(item.key, _row(grant), item.version)])
        except Lost:
            return False
        return True

    def _seal(self, account: Account, tokens: Tokens) -> str:
        return self._sealer.seal(json.dumps(asdict(tokens)), _context(account))

    def _open(self, account: Account, sealed: str) -> Tokens:
        """The pair in a blob; opened once in a process's life, since each opening is a call to the key."""
        tokens = self._opened.get(sealed)
        if tokens is None:
            raw = json.loads(self._sealer.open(sealed, _context(account)))
            tokens = Tokens(raw["access_token"], raw["refresh_token"], float(raw.get("expires_in", 0.0)))
            if len(self._opened) >= _OPENED_MAX:
                self._opened.clear()
            self._opened[sealed] = tokens
        return tokens


_OPENED_MAX = 200


def _row(grant: Grant) -> dict[str, Any]:
    return {**beyond.body_of(grant), "account": grant.account.id, "side": str(grant.account.side)}


def _grant(item: Item) -> Grant:
    """A row of this version or an earlier one (0.1 counted no generations and knew no token's life)."""
    row = item.body
    known = beyond.read(Grant, {name: value for name, value in row.items() if name != "side"})
    account = Portal(row["account"]) if row["side"] == Side.HUBSPOT else Realm(row["account"])
    told = {
        "account": account,
        "state": GrantState(row.get("state", "live")),
        "scopes": tuple(row.get("scopes") or ()),
    }
    return Grant(**{"lasts_s": 1_800.0, "renew_at": float(row["expires_at"]) - 600.0, **known, **told})


def _key(account: Account) -> Key:
    return Key(f"grant|{account.side}|{account.id}", "grant")


def _context(account: Account) -> dict[str, str]:
    return {"vendor": str(account.side), "account": account.id}


_NAMES = {Side.HUBSPOT: "HubSpot", Side.QUICKBOOKS: "QuickBooks"}


def _reconnect(side: Side) -> Trouble:
    return Trouble(
        Category.RECONNECT_NEEDED,
        f"{_NAMES[side]} has ended the connection's access.",
        "Connect again: python -m ops connect. Everything that waits goes on by itself.",
    )


def _awaited(side: Side) -> Trouble:
    return Trouble(
        Category.THROTTLED,
        f"A new access token of {_NAMES[side]} is on its way.",
        "Nothing to do: it goes on by itself.",
        AWAITED,
    )
