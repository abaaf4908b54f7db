"""Tokens: encrypted at rest, refreshed by time, one refresh at a time for each grant (design D7).

A QuickBooks grant belongs to a company, a HubSpot grant to a portal. The new pair is stored before it is used, and
the one before it is kept until then.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

import requests
from requests.auth import HTTPBasicAuth

from chalicelib.failures import Category, ReconnectNeeded, Trouble, Unknown
from chalicelib.hubspot import API_VERSION
from chalicelib.jobs import Side
from chalicelib.remember.table import Item, Key, Lost, Put, Table
from chalicelib.transport import TIMEOUT_S, vendor_down

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient

EARLY_S = {Side.HUBSPOT: 300.0, Side.QUICKBOOKS: 600.0}  # refresh this long before expiry
LEASE_S = 150.0
STORE_TRIES = 5


class GrantState(StrEnum):
    LIVE = "live"
    NEEDS_RECONNECT = "needs_reconnect"


@dataclass(frozen=True)
class Tokens:
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_at: float


@dataclass(frozen=True)
class Grant:
    """A grant as it is stored: only `sealed` holds tokens, and only the key opens it."""

    side: Side
    account: str
    sealed: str
    expires_at: float
    state: GrantState = GrantState.LIVE
    lease_until: float = 0.0


class Sealer(Protocol):
    def seal(self, text: str, context: dict[str, str]) -> str: ...
    def open(self, sealed: str, context: dict[str, str]) -> str: ...


class KmsSealer:
    """KMS with the grant as encryption context: a blob copied to another grant's row does not open there."""

    def __init__(self, client: KMSClient, key_id: str) -> None:
        self._client = client
        self._key_id = key_id

    def seal(self, text: str, context: dict[str, str]) -> str:
        reply = self._client.encrypt(KeyId=self._key_id, Plaintext=text.encode(), EncryptionContext=context)
        return base64.b64encode(reply["CiphertextBlob"]).decode()

    def open(self, sealed: str, context: dict[str, str]) -> str:
        blob = base64.b64decode(sealed)
        return self._client.decrypt(CiphertextBlob=blob, EncryptionContext=context)["Plaintext"].decode()


@dataclass(frozen=True)
class TokenEndpoint:
    """Where and how one vendor gives new tokens; QuickBooks wants Basic, HubSpot the body (references 1.3)."""

    url: str
    client_id: str
    client_secret: str = field(repr=False)
    basic: bool

    def refresh(self, http: requests.Session, refresh_token: str) -> requests.Response:
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        if self.basic:
            auth = HTTPBasicAuth(self.client_id, self.client_secret)
            return http.post(self.url, data=form, auth=auth, timeout=TIMEOUT_S, headers={"Accept": "application/json"})
        form |= {"client_id": self.client_id, "client_secret": self.client_secret}
        return http.post(self.url, data=form, timeout=TIMEOUT_S)


def hubspot_endpoint(api_url: str, secret: dict[str, str]) -> TokenEndpoint:
    url = f"{api_url}/oauth/{API_VERSION}/token"
    return TokenEndpoint(url, secret["hubspot_client_id"], secret["hubspot_client_secret"], basic=False)


def quickbooks_endpoint(token_url: str, secret: dict[str, str]) -> TokenEndpoint:
    return TokenEndpoint(token_url, secret["quickbooks_client_id"], secret["quickbooks_client_secret"], basic=True)


class Grants:
    def __init__(
        self,
        table: Table,
        sealer: Sealer,
        http: requests.Session,
        endpoint: Callable[[Side], TokenEndpoint],
        now: Callable[[], float],
    ) -> None:
        self._table = table
        self._sealer = sealer
        self._http = http
        self._endpoint = endpoint
        self._now = now

    def store(self, side: Side, account: str, tokens: Tokens) -> None:
        """Keep a pair that a consent (or the operator) has given; it replaces whatever was there."""
        key = _key(side, account)
        grant = Grant(side, account, self._seal(side, account, tokens), tokens.expires_at)
        for last in (*[False] * (STORE_TRIES - 1), True):
            item = self._table.get([key]).get(key)
            try:
                self._table.write([Put(key, asdict(grant), item.version if item else None)])
            except Lost:  # a refresh came in between; the new consent stands above it
                if last:
                    raise
                continue
            return

    def access_token(self, side: Side, account: str) -> str:
        """A token that is good for the next minutes. Raises `ReconnectNeeded` where only a consent can help."""
        grant, item = self._read(side, account)
        if grant.state is GrantState.NEEDS_RECONNECT:
            raise ReconnectNeeded(_reconnect(side))
        now = self._now()
        if now >= grant.expires_at - EARLY_S[side] and grant.lease_until <= now:
            try:
                grant = self._refresh(grant, item)
            except Unknown:
                if self._now() >= grant.expires_at:
                    raise
                # No answer yet: the token that is there serves to its end, and the next caller asks again.
        if grant.state is GrantState.NEEDS_RECONNECT:
            raise ReconnectNeeded(_reconnect(side))
        if self._now() >= grant.expires_at:
            raise _asked_by_another(side)
        return self._open(grant).access_token

    def refresh_if_close(self, side: Side, account: str) -> None:
        """Refresh ahead of need, so that workers rarely must."""
        self.access_token(side, account)

    def refused(self, side: Side, account: str, access_token: str) -> bool:
        """The vendor answered 401 to this token: whether another can be had (it was refreshed meanwhile, or now)."""
        grant, item = self._read(side, account)
        if grant.state is GrantState.NEEDS_RECONNECT:
            return False
        if self._open(grant).access_token != access_token:
            return True
        if grant.lease_until > self._now():
            raise _asked_by_another(side)
        fresh = self._refresh(grant, item)
        if self._open(fresh).access_token != access_token:
            return True
        if fresh.lease_until > self._now():
            raise _asked_by_another(side)
        return False

    def _refresh(self, grant: Grant, item: Item) -> Grant:
        """Under the grant's lease: ask for a new pair and store it. The losers of the race go on with what is there."""
        key = _key(grant.side, grant.account)
        leased = replace(grant, lease_until=self._now() + LEASE_S)
        try:
            self._table.write([Put(key, asdict(leased), item.version)])
        except Lost:
            return self._read(grant.side, grant.account)[0]
        tokens = self._open(grant)
        answer = self._ask(grant, tokens)
        if answer is None:
            fresh = replace(leased, lease_until=0.0, state=GrantState.NEEDS_RECONNECT)
        else:
            fresh = replace(
                leased,
                sealed=self._seal(grant.side, grant.account, answer),
                expires_at=answer.expires_at,
                lease_until=0.0,
            )
        try:
            self._table.write([Put(key, asdict(fresh), item.version + 1)])
        except Lost:  # a consent came in between: its pair is the one that counts
            return self._read(grant.side, grant.account)[0]
        if answer is None:
            raise ReconnectNeeded(_reconnect(grant.side))
        return fresh

    def _ask(self, grant: Grant, tokens: Tokens) -> Tokens | None:
        """The new pair, or None where the vendor says that the grant is dead. A lost answer is asked for once more."""
        for last in (False, True):
            try:
                response = self._endpoint(grant.side).refresh(self._http, tokens.refresh_token)
                body = _json(response)
            except requests.RequestException:
                body = {}
                if last:
                    break
                continue
            if response.status_code == 200 and body.get("access_token"):
                return Tokens(
                    body["access_token"],
                    body.get("refresh_token") or tokens.refresh_token,
                    self._now() + float(body.get("expires_in") or 1_800),
                )
            if body.get("error") == "invalid_grant" or body.get("status") == "BAD_REFRESH_TOKEN":
                return None
            break
        raise Unknown(vendor_down(grant.side.capitalize(), "did not give a new token"), ended=True)

    def _read(self, side: Side, account: str) -> tuple[Grant, Item]:
        key = _key(side, account)
        item = self._table.get([key]).get(key)
        if item is None:
            raise ReconnectNeeded(_reconnect(side))
        body = {name: value for name, value in item.body.items() if name in Grant.__dataclass_fields__}
        return Grant(**{**body, "side": Side(body["side"]), "state": GrantState(body["state"])}), item

    def _seal(self, side: Side, account: str, tokens: Tokens) -> str:
        return self._sealer.seal(json.dumps(asdict(tokens)), _context(side, account))

    def _open(self, grant: Grant) -> Tokens:
        return Tokens(**json.loads(self._sealer.open(grant.sealed, _context(grant.side, grant.account))))


def _key(side: Side, account: str) -> Key:
    return Key(f"grant|{side}|{account}", "grant")


def _context(side: Side, account: str) -> dict[str, str]:
    return {"vendor": str(side), "account": account}


def _reconnect(side: Side) -> Trouble:
    name = {"hubspot": "HubSpot", "quickbooks": "QuickBooks"}[side]
    return Trouble(
        Category.RECONNECT_NEEDED,
        f"{name} has ended the connection's access.",
        "Connect again: python -m ops connect. Everything that waits goes on by itself.",
    )


def _asked_by_another(side: Side) -> Unknown:
    return Unknown(vendor_down(side.capitalize(), "is being asked for a new token by another worker"), ended=True)


def _json(response: requests.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
