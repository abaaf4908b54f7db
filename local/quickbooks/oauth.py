"""Grants, codes and tokens (reference 1). It knows nothing of HTTP."""

from __future__ import annotations

import contextlib
import secrets
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from local.quickbooks import faults
from local.quickbooks.settings import Settings

SCOPE = "com.intuit.quickbooks.accounting"


class Refusal(Exception):  # noqa: N818 - OAuth calls it an error response
    """An OAuth error (reference 1.7)."""

    def __init__(self, error: str, description: str | None = None, status: int = 400) -> None:
        super().__init__(error)
        self.error = error
        self.description = description
        self.status = status

    def body(self) -> dict[str, str]:
        description = {"error_description": self.description} if self.description else {}
        return {"error": self.error, **description}


@dataclass
class Grant:
    """One connection of the app to one company."""

    realm_id: str
    began: float
    refresh_token: str
    value_issued: float
    refreshed: float
    dead: bool = False
    retired: dict[str, float] = field(default_factory=dict)  # earlier values, and when each was replaced
    refreshing: int = 0  # calls that wait for their answer


@dataclass
class _Code:
    realm_id: str
    redirect_uri: str
    expires: float
    grant: Grant | None = None


@dataclass
class Grants:
    """All connections of the app."""

    settings: Settings
    now: Callable[[], float]
    _codes: dict[str, _Code] = field(default_factory=dict)
    _by_realm: dict[str, Grant] = field(default_factory=dict)
    _by_refresh: dict[str, Grant] = field(default_factory=dict)
    _by_access: dict[str, tuple[Grant, float]] = field(default_factory=dict)
    _arrivals: threading.Lock = field(default_factory=threading.Lock)

    def connected(self, realm_id: str) -> bool:
        """Whether the app has a living connection: without one no webhooks are sent (reference 3.1)."""
        grant = self._by_realm.get(realm_id)
        return grant is not None and not self._ended(grant)

    def consent(self, realm_id: str, redirect_uri: str) -> str:
        """The person picked a company: a code that works once."""
        code = "XAB" + secrets.token_urlsafe(36)
        self._codes[code] = _Code(realm_id, redirect_uri, self.now() + self.settings.code_s)
        return code

    def exchange(self, code: str, redirect_uri: str) -> Grant:
        """A new grant for a code. Used twice, the code is invalid, and if strict its grant ends too."""
        known = self._codes.get(code)
        if known and known.grant and self.settings.strict:
            known.grant.dead = True
        if known is None or known.grant or known.expires <= self.now() or known.redirect_uri != redirect_uri:
            raise Refusal("invalid_grant", "Invalid authorization code")
        known.grant = self.connect(known.realm_id)
        return known.grant

    def connect(self, realm_id: str) -> Grant:
        """Connect, replacing the earlier grant: one living connection for each app and company (1.4)."""
        if before := self._by_realm.get(realm_id):
            before.dead = True
        grant = Grant(realm_id, self.now(), _refresh_value(), self.now(), self.now())
        self._by_realm[realm_id] = grant
        self._by_refresh[grant.refresh_token] = grant
        return grant

    def refresh(self, value: str) -> Grant:
        """The grant of a refresh token, its value changed if it is time (1.4). An old value is soon worth nothing."""
        grant = self._by_refresh.get(value)
        if grant is not None and self._outdated(grant, value) and self.settings.strict:
            grant.dead = True
        if grant is None or self._outdated(grant, value) or self._ended(grant):
            raise Refusal("invalid_grant", "Incorrect or invalid refresh token")
        grant.refreshed = self.now()
        if value == grant.refresh_token and self._must_rotate(grant):
            self._rotate(grant)
        return grant

    @contextlib.contextmanager
    def refreshing(self, value: str) -> Iterator[None]:
        """Held while a refresh call waits for its answer. Two at a time for one grant may count as theft (1.4)."""
        grant = self._by_refresh.get(value)
        if grant is None:
            yield
            return
        with self._arrivals:
            if grant.refreshing and self.settings.concurrent_refresh_is_theft:
                grant.dead = True
            grant.refreshing += 1
        try:
            yield
        finally:
            with self._arrivals:
                grant.refreshing -= 1

    def answer(self, grant: Grant, *, hard_expiry: bool = False) -> dict[str, Any]:
        """The token reply of reference 1.3, with a new access token."""
        access_token = "eyJ" + secrets.token_urlsafe(48)
        self._by_access[access_token] = (grant, self.now() + self.settings.access_token_s)
        reply = {
            "token_type": "bearer",
            "access_token": access_token,
            "expires_in": int(self.settings.access_token_s),
            "refresh_token": grant.refresh_token,
            "x_refresh_token_expires_in": int(self.settings.refresh_idle_s),
        }
        if hard_expiry:
            left = grant.began + self.settings.refresh_hard_s - self.now()
            reply["x_refresh_token_hard_expires_in"] = int(left)
        return reply

    def revoke(self, token: str) -> None:
        """End the grant that a token belongs to, whichever of the two it is (1.6)."""
        by_access = self._by_access.get(token)
        grant = by_access[0] if by_access else self._by_refresh.get(token)
        if grant is None:
            raise Refusal("invalid_request", "Token invalid")
        grant.dead = True

    def disconnect(self, realm_id: str) -> None:
        """A person disconnects the app inside QuickBooks; nobody is told (1.6)."""
        if grant := self._by_realm.get(realm_id):
            grant.dead = True

    def realm_of(self, access_token: str | None) -> str:
        """The company that an access token opens, else 3200."""
        if not access_token:
            raise faults.authentication_failed("Malformed bearer token: too short or too long")
        grant, expires = self._by_access.get(access_token, (None, 0.0))
        if grant is None or grant.dead:
            raise faults.authentication_failed("Token revoked or unknown")
        if expires <= self.now():
            raise faults.authentication_failed(f"Token expired: {access_token[:12]}")
        return grant.realm_id

    def account_of(self, *secrets: str) -> str:
        """The company that the first known one of these tokens and codes is for, dead or alive; empty if none is."""
        for secret in secrets:
            by_access = self._by_access.get(secret)
            held = by_access[0] if by_access else self._by_refresh.get(secret) or self._codes.get(secret)
            if held:
                return held.realm_id
        return ""

    def _outdated(self, grant: Grant, value: str) -> bool:
        if value == grant.refresh_token:
            return False
        return self.now() - grant.retired[value] >= self.settings.rotation_grace_s

    def _rotate(self, grant: Grant) -> None:
        grant.retired[grant.refresh_token] = self.now()
        grant.refresh_token = _refresh_value()
        grant.value_issued = self.now()
        self._by_refresh[grant.refresh_token] = grant

    def _ended(self, grant: Grant) -> bool:
        idle = self.now() - grant.refreshed >= self.settings.refresh_idle_s
        return grant.dead or idle or self.now() - grant.began >= self.settings.refresh_hard_s

    def _must_rotate(self, grant: Grant) -> bool:
        match self.settings.rotation:
            case "always":
                return True
            case "never":
                return False
        return self.now() - grant.value_issued >= self.settings.rotation_s


def _refresh_value() -> str:
    return "RT1-" + secrets.token_urlsafe(30)
