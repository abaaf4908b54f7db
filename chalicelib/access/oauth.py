"""OAuth as both vendors speak it, through requests-oauthlib; what an answer means is judged here, in four words.

A lost answer and a refusal look alike to most libraries, and are worlds apart for a token that changes when it is used:
`Issued` is a new pair, `Refused` the vendor's verdict on the grant, `Declined` says that nothing was done, and
`Unanswered` that nobody knows.
"""

from __future__ import annotations

import json
import logging
import math
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase, HTTPBasicAuth

if TYPE_CHECKING:
    from requests_oauthlib import OAuth2Session

SLACK_S = 10.0  # what must be left of a function's time beyond the call, to store what it brought
CONNECT_S = 5.0  # beyond that there is no one to talk to
LIFE_S = 1_800.0  # an access token's life where the vendor does not tell it


@dataclass(frozen=True)
class Tokens:
    """A pair. `expires_in` and the rest are seconds from when it was asked for."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: float = LIFE_S


@dataclass(frozen=True)
class Issued:
    """A new pair. `idle_s`: the refresh token's life if nobody uses it; `hard_s`: its life at most, however used.

    `account` and `scopes` are told by HubSpot only.
    """

    tokens: Tokens
    account: str = ""
    scopes: tuple[str, ...] = ()
    idle_s: float | None = None
    hard_s: float | None = None


@dataclass(frozen=True)
class Refused:
    """The vendor says that this code or token is worth nothing."""

    error: str


@dataclass(frozen=True)
class Declined:
    """Nothing was done, for a reason that is not the grant's: our credentials, a throttle."""

    error: str


@dataclass(frozen=True)
class Unanswered:
    """No answer that can be trusted. `ended`: nothing was ever sent, so the vendor cannot be at work on it. After a
    time-out, a closed connection or a gateway's error page it still can."""

    ended: bool


Answer = Issued | Refused | Declined | Unanswered


class Authority(Protocol):
    """One vendor's authorization server, as the rest of the house needs it."""

    wait_s: float
    early_s: float  # how long before an access token's end a new one is fetched

    def refresh(self, refresh_token: str) -> Answer: ...

    def revoke(self, refresh_token: str, timeout_s: float | None = None) -> bool:
        """Whether the vendor has ended the grant, or knows no such one."""
        ...


@dataclass(frozen=True)
class Speaker:
    """What the vendors have in common: how requests-oauthlib asks, and what its outcome means."""

    client_id: str
    client_secret: str = field(repr=False)
    token_url: str
    basic: bool  # credentials as HTTP Basic (QuickBooks), or in the form (HubSpot)
    headers: Mapping[str, str]
    read: Callable[[dict[str, Any]], Issued]
    http: Callable[[], requests.Session]
    wait_s: float

    def consent_url(self, authorize_url: str, redirect_uri: str, state: str, scopes: Sequence[str], **more: str) -> str:
        oauth = _session(self.client_id, authorize_url, self.http(), redirect_uri=redirect_uri, scope=list(scopes))
        return str(oauth.authorization_url(authorize_url, state=state, **more)[0])

    def exchange(self, code: str, redirect_uri: str, timeout_s: float, **more: Any) -> Answer:
        def ask(oauth: OAuth2Session) -> dict[str, Any]:
            return dict(
                oauth.fetch_token(
                    self.token_url, code=code, timeout=timeout_s, headers=self._headers(), auth=self._auth(),
                    include_client_id=not self.basic, client_secret=self.client_secret, **more,
                )
            )  # fmt: skip

        return self._judged(ask, redirect_uri=redirect_uri)

    def refresh(self, refresh_token: str) -> Answer:
        own: dict[str, Any] = {} if self.basic else {"client_id": self.client_id, "client_secret": self.client_secret}
        timeout = (CONNECT_S, self.wait_s - CONNECT_S)

        def ask(oauth: OAuth2Session) -> dict[str, Any]:
            return dict(
                oauth.refresh_token(
                    self.token_url, refresh_token=refresh_token, timeout=timeout, headers=self._headers(),
                    auth=self._auth(), **own,
                )
            )  # fmt: skip

        answer = self._judged(ask)
        if isinstance(answer, Issued) and not answer.tokens.refresh_token:
            return replace(answer, tokens=replace(answer.tokens, refresh_token=refresh_token))  # it has not changed
        return answer

    def _headers(self) -> dict[str, str]:
        return {
            "Accept": "application/json",
            "Content-Type": "application/x-www-form-urlencoded",
            **self.headers,
        }

    def _auth(self) -> AuthBase | Callable[[Any], Any]:
        return HTTPBasicAuth(self.client_id, self.client_secret) if self.basic else no_auth

    def _judged(self, ask: Callable[[OAuth2Session], object], **session: Any) -> Answer:
        """Ask, and judge the answer ourselves: what the library makes of an odd one may cost a good pair."""
        from oauthlib.oauth2 import OAuth2Error

        seen: list[requests.Response] = []

        def keep(response: requests.Response) -> requests.Response:
            seen.append(response)
            return response

        oauth = _session(self.client_id, self.token_url, self.http(), **session)
        for kind in ("access_token_response", "refresh_token_response"):
            oauth.register_compliance_hook(kind, keep)
        try:
            ask(oauth)
        except requests.RequestException as broken:
            return Unanswered(ended=_was_never_sent(broken))
        except (OAuth2Error, ValueError, TypeError, AttributeError, ArithmeticError, RecursionError) as odd:
            if not seen:
                raise ValueError(f"the request could not be made ({type(odd).__name__})") from None
        return self._verdict(seen[-1])

    def _verdict(self, response: requests.Response) -> Answer:
        """What an answer says. Only the vendor's own word ends a grant; its texts differ, so `error` decides."""
        body = json_object(response)
        access_token = body.get("access_token")
        if response.status_code == 200 and isinstance(access_token, str) and access_token:
            return self.read(body)
        words = _words(body)
        dead = next((word for word in words if word in _DEAD), None)
        if dead and response.status_code < 500:
            return Refused(dead)
        if 400 <= response.status_code < 500:
            return Declined(words[0] if words else str(response.status_code))
        return Unanswered(ended=False)


_DEAD = frozenset({"invalid_grant", "BAD_REFRESH_TOKEN", "BAD_AUTH_CODE"})
_OURS = frozenset({"invalid_client", "unauthorized_client", "BAD_CLIENT_ID", "BAD_CLIENT_SECRET"})


def _was_never_sent(broken: requests.RequestException) -> bool:
    """Whether no connection came about at all."""
    from urllib3.exceptions import NewConnectionError

    reason = getattr(broken.args[0], "reason", None) if broken.args else None
    return isinstance(broken, requests.ConnectTimeout) or isinstance(reason, NewConnectionError)


def is_ended(response: requests.Response) -> bool:
    """Whether the answer to a revocation says that the grant is no more: it was ended, or there is no such one. A
    quarrel about our own credentials, or a page from something in between, says nothing."""
    if 200 <= response.status_code < 300:
        return True
    words = _words(json_object(response))
    return response.status_code == 400 and bool(words) and not _OURS & set(words)


_WORD = re.compile(r"[A-Za-z0-9_. -]{1,60}")


def _words(body: Mapping[str, Any]) -> list[str]:
    """The vendor's words for what is wrong. They are shown and logged, so that nothing else passes for one."""
    return [word for name in ("error", "status") if isinstance(word := body.get(name), str) and _WORD.fullmatch(word)]


def read_tokens(reply: Mapping[str, Any]) -> Tokens:
    refresh_token = reply.get("refresh_token")
    return Tokens(
        str(reply["access_token"]),
        refresh_token if isinstance(refresh_token, str) else "",
        seconds(reply.get("expires_in")) or LIFE_S,
    )


def seconds(value: Any) -> float | None:
    """A duration as a vendor writes it: a number, or a text that holds one. None where it is no time at all."""
    try:
        told = float(value)
    except (TypeError, ValueError, ArithmeticError):
        return None
    return told if math.isfinite(told) and told >= 0 else None


def json_object(response: requests.Response) -> dict[str, Any]:
    try:
        body = json.loads(response.text)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


LOOPBACK = ("127.0.0.1", "localhost", "::1", "0.0.0.0")  # noqa: S104 - compared, not bound


def check_address(url: str) -> None:
    """Codes, secrets and tokens travel over TLS, or not beyond this machine."""
    if urlsplit(url).scheme != "https" and not _is_here(url):
        raise ValueError(f"refusing to send credentials over plain HTTP to {url}")


def _is_here(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "http" and parts.hostname in LOOPBACK and parts.username is None


def _session(client_id: str, url: str, http: requests.Session, **more: Any) -> OAuth2Session:
    """The library's session over our transport. It would write tokens to its log at the level DEBUG."""
    from requests_oauthlib import OAuth2Session

    check_address(url)
    if _is_here(url):
        os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"  # the library asks for TLS even to this machine
    for name in ("oauthlib", "requests_oauthlib", "requests_oauthlib.oauth2_session"):
        logging.getLogger(name).setLevel(logging.INFO)
    oauth = OAuth2Session(client_id, **more)
    oauth.adapters = http.adapters
    oauth.max_redirects = 0  # whoever sends us elsewhere with a secret in hand is not the vendor
    return oauth


def no_auth(request: Any) -> Any:
    """Keeps requests from adding credentials of its own (netrc)."""
    return request
