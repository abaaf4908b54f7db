"""Known-bad ways to keep tokens: each breaks one rule of design D7, and the simulation must see it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from chalicelib.access.grants import Grant, Grants, GrantState, Renewal
from chalicelib.access.oauth import Answer, Issued, Refused, Tokens, Unanswered
from chalicelib.jobs import Account
from chalicelib.quickbooks.oauth import QuickBooksOAuth
from chalicelib.remember.table import ANY, Item, Key, Put, Write
from tests.simulation.tokens.parts import SimTable

# --- variants of Grants -----------------------------------------------------------------------------------------------


class SkipsTheLease(Grants):
    """Whoever is asked to renew does so, whoever else is at it."""

    def _item(self, account: Account) -> Item | None:
        item = super()._item(account)
        return item and replace(item, body={**item.body, "lease_until": 0.0})


class UsesBeforeStoring(Grants):
    """A new access token is shared with the workers as soon as it is there; the table comes after."""

    early: dict[int, dict[Account, Tokens]] = {}  # noqa: RUF012 - by world

    def _settle(self, leased: Grant, answer: Answer, asked_at: float, *, serves: bool) -> Renewal:
        if isinstance(answer, Issued):
            self._shared()[leased.account] = answer.tokens
        return super()._settle(leased, answer, asked_at, serves=serves)

    def _access(self, account: Any, grant: Grant) -> Any:
        access = super()._access(account, grant)
        early = self._shared().get(account)
        return replace(access, token=early.access_token) if early else access

    def _shared(self) -> dict[Account, Tokens]:
        return self.early.setdefault(id(self._table), {})


class KeepsTheOldValue(Grants):
    """The access token is taken from a refresh's answer, the refresh token is not."""

    def _fresh(self, account: Account, issued: Issued, asked_at: float, held: Any, *, refreshed: bool = False) -> Grant:
        tokens = replace(issued.tokens, refresh_token="") if refreshed else issued.tokens
        return super()._fresh(account, replace(issued, tokens=tokens), asked_at, held, refreshed=refreshed)


class ForgetsFirst(Grants):
    """The old pair is taken out of the table while a new one is fetched."""

    def _try_write(self, item: Item, grant: Grant) -> bool:
        asks = grant.lease_until > self._now() + 100 and grant.unanswered > item.body["unanswered"]
        forgotten = self._seal(grant.account, Tokens("forgotten", "forgotten"))
        return super()._try_write(item, replace(grant, sealed=forgotten) if asks else grant)


class LeasesBriefly(Grants):
    """A lease of 15 s."""

    def _try_write(self, item: Item, grant: Grant) -> bool:
        return super()._try_write(item, replace(grant, lease_until=min(grant.lease_until, self._now() + 15.0)))


class StopsAtOnce(Grants):
    """A grant that is lost takes its access token with it, although that still serves."""

    def _try_write(self, item: Item, grant: Grant) -> bool:
        lost = grant.state is GrantState.NEEDS_RECONNECT
        return super()._try_write(item, replace(grant, serves=False) if lost else grant)


class MixesAccounts(Grants):
    """Opened pairs are remembered by vendor and generation."""

    def _open(self, account: Account, sealed: str) -> Tokens:
        name = f"{account.side}"
        if name not in self._opened:
            self._opened[name] = super()._open(account, sealed)
        return self._opened[name]


# --- variants of what Grants stands on --------------------------------------------------------------------------------


@dataclass
class WritesOver:
    """A table that writes whatever is there now."""

    inner: SimTable

    def write(self, writes: Sequence[Write]) -> None:
        self.inner.write([replace(one, expect=ANY) if _is_grant(one) else one for one in writes])

    def get(self, keys: Iterable[Key]) -> dict[Key, Item]:
        return self.inner.get(keys)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


def _is_grant(write: Write) -> bool:
    return isinstance(write, Put) and write.key.sk == "grant" and write.expect is not None


@dataclass
class AsksAgainAtOnce:
    """An authority that repeats what was not answered, without waiting for the lease."""

    inner: Any

    def refresh(self, value: str) -> Answer:
        answer = self.inner.refresh(value)
        return self.inner.refresh(value) if isinstance(answer, Unanswered) and not answer.ended else answer

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


@dataclass
class TakesSilenceForNo(AsksAgainAtOnce):
    """An authority that takes a time-out for a refusal."""

    def refresh(self, value: str) -> Answer:
        answer = self.inner.refresh(value)
        return Refused("time-out") if isinstance(answer, Unanswered) else answer


def impatient(authority: Any) -> Any:
    """QuickBooks is waited for as briefly as HubSpot."""
    if not isinstance(authority, QuickBooksOAuth):
        return authority
    hasty = type("Hasty", (QuickBooksOAuth,), {"wait_s": 20.0})
    return hasty(authority._authorize_url, "https://intuit.test", authority._revoke_url, _SECRET, authority._http)


_SECRET = {"quickbooks_client_id": "id", "quickbooks_client_secret": "secret"}


@dataclass(frozen=True)
class Mutant:
    """What differs in its plan, and the letters of the properties that may break by it."""

    variant: dict[str, Any]
    breaks: str


MUTANTS = {
    "skips the lease": Mutant({"grants": SkipsTheLease}, "b"),
    "uses before storing": Mutant({"grants": UsesBeforeStoring}, "cd"),
    "keeps the old value": Mutant({"grants": KeepsTheOldValue}, "e"),
    "forgets first": Mutant({"grants": ForgetsFirst}, "acdeg"),
    "leases briefly": Mutant({"grants": LeasesBriefly}, "b"),
    "leases briefly and is impatient": Mutant({"grants": LeasesBriefly, "authority": impatient}, "b"),
    "stops at once": Mutant({"grants": StopsAtOnce}, "f"),
    "mixes accounts": Mutant({"grants": MixesAccounts}, "d"),
    "writes over": Mutant({"table": WritesOver}, "abef"),
    "asks again at once": Mutant({"authority": AsksAgainAtOnce}, "b"),
    "takes silence for no": Mutant({"authority": TakesSilenceForNo}, "a"),
}
