"""OAuth as both vendors speak it, through requests-oauthlib; what an answer means is judged here, in four words.

A lost answer and a refusal look alike to most libraries, and are worlds apart for a token that changes when it is used:
`Issued` is a new pair, `Refused` the vendor's verdict on the grant, `Declined` says that nothing was done, and
`Unanswered` that nobody knows.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

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
    """No answer that can be trusted. `ended`: the exchange is over for sure; a time-out is not."""

    ended: bool


Answer = Issued | Refused | Declined | Unanswered


class Authority(Protocol):
    """One vendor's authorization server, as the rest of the house needs it."""

    wait_s: float
    early_s: float  # how long before an access token's end a new one is fetched

    def refresh(self, refresh_token: str) -> Answer: ...

    def revoke(self, refresh_token: str) -> bool:
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

        return self._judged(ask)

    def _headers(self) -> dict[str, str]:
        return {
            "Accept": "application/json",
            "Content-Type": "application/x-www-form-urlencoded",
            **self.headers,
        }

    def _auth(self) -> AuthBase | Callable[[Any], Any]:
        return HTTPBasicAuth(self.client_id, self.client_secret) if self.basic else _no_auth

    def _judged(self, ask: Callable[[OAuth2Session], dict[str, Any]], **session: Any) -> Answer:
        from oauthlib.oauth2 import OAuth2Error

        seen: list[requests.Response] = []

        def keep(response: requests.Response) -> requests.Response:
            seen.append(response)
            return response

        oauth = _session(self.client_id, self.token_url, self.http(), **session)
        for kind in ("access_token_response", "refresh_token_response"):
            oauth.register_compliance_hook(kind, keep)
        try:
            reply = ask(oauth)
        except requests.ConnectTimeout:
            return Unanswered(ended=True)
        except requests.Timeout:
            return Unanswered(ended=False)
        except requests.RequestException:
            return Unanswered(ended=True)
        except (OAuth2Error, ValueError, TypeError, AttributeError):  # what the library makes of an answer it dislikes
            return _verdict(seen[-1]) if seen else Unanswered(ended=True)
        return self.read(reply) if seen and seen[-1].status_code == 200 else Unanswered(ended=True)


_DEAD = frozenset({"invalid_grant", "BAD_REFRESH_TOKEN", "BAD_AUTH_CODE"})


def _verdict(response: requests.Response) -> Answer:
    """What an answer without tokens says. Only the vendor's own word ends a grant; texts differ, so `error` decides."""
    body = json_object(response)
    words = [str(body.get(name) or "") for name in ("error", "status")]
    dead = next((word for word in words if word in _DEAD), None)
    if dead and response.status_code < 500:
        return Refused(dead)
    if 400 <= response.status_code < 500:
        return Declined(words[0] or str(response.status_code))
    return Unanswered(ended=response.status_code != 504)


def read_tokens(reply: Mapping[str, Any]) -> Tokens:
    return Tokens(
        str(reply["access_token"]), str(reply.get("refresh_token") or ""), seconds(reply.get("expires_in")) or LIFE_S
    )


def seconds(value: Any) -> float | None:
    """A duration as a vendor writes it: a number, or a text that holds one."""
    try:
        return float(value) if value is not None else None
    except (TypeError, ValueError):
        return None


def json_object(response: requests.Response) -> dict[str, Any]:
    try:
        body = json.loads(response.text)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


LOOPBACK = ("http://127.0.0.1", "http://localhost")


def check_address(url: str) -> None:
    """Codes, secrets and tokens travel over TLS, or not beyond this machine."""
    if not url.startswith(("https://", *LOOPBACK)):
        raise ValueError(f"refusing to send credentials over plain HTTP to {url}")


def _session(client_id: str, url: str, http: requests.Session, **more: Any) -> OAuth2Session:
    """The library's session over our transport. It would write tokens to its log at the level DEBUG."""
    from requests_oauthlib import OAuth2Session

    check_address(url)
    if url.startswith(LOOPBACK):
        os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"  # the library asks for TLS even to this machine
    logging.getLogger("requests_oauthlib").setLevel(logging.INFO)
    logging.getLogger("oauthlib").setLevel(logging.INFO)
    oauth = OAuth2Session(client_id, **more)
    oauth.adapters = http.adapters
    return oauth


def _no_auth(request: Any) -> Any:
    """Keeps requests from adding credentials of its own (netrc)."""
    return request
