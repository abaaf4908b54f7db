"""Everything with an effect, built once per cold start: clock, ids, table, queue, secrets, tokens, vendor clients.

Tests and the local stack hand in their own with `use(...)`; nothing else in the code reads a clock, an environment
variable or a random number (design D12).
"""

from __future__ import annotations

import functools
import json
import os
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import requests

    from chalicelib.enqueue import Queue
    from chalicelib.grants import Grants, Sealer
    from chalicelib.hubspot.client import HubSpot
    from chalicelib.quickbooks.client import QuickBooks
    from chalicelib.remember.connections import Connection
    from chalicelib.remember.table import Table
    from chalicelib.transport import CallLog

SECRET_FOR_S = 300.0  # a rotated secret is taken up within five minutes


@dataclass(frozen=True)
class Config:
    hubspot_api_url: str = "https://api.hubapi.com"
    quickbooks_api_url: str = "https://quickbooks.api.intuit.com"
    quickbooks_token_url: str = "https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer"  # noqa: S105 - an address
    public_url: str = ""
    table: str = ""
    queue_url: str = ""
    secret_id: str = ""
    data_key_id: str = ""

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Config:
        return cls(
            hubspot_api_url=environment.get("HUBSPOT_API_URL", cls.hubspot_api_url).rstrip("/"),
            quickbooks_api_url=environment.get("QUICKBOOKS_API_URL", cls.quickbooks_api_url).rstrip("/"),
            quickbooks_token_url=environment.get("QUICKBOOKS_TOKEN_URL", cls.quickbooks_token_url),
            public_url=environment.get("PUBLIC_URL", "").rstrip("/"),
            table=environment.get("SYNC_TABLE", ""),
            queue_url=environment.get("JOBS_QUEUE_URL", ""),
            secret_id=environment.get("SYNC_SECRET_ID", ""),
            data_key_id=environment.get("DATA_KEY_ID", ""),
        )


@dataclass
class Wiring:
    """What the rooms with effects are handed. Parts are built when first asked for."""

    config: Config
    now: Callable[[], float] = field(default_factory=lambda: _clock)
    sleep: Callable[[float], None] = time.sleep
    new_id: Callable[[], str] = lambda: uuid.uuid4().hex
    http: Callable[[], requests.Session] | None = None
    given_table: Table | None = None
    given_queue: Queue | None = None
    given_sealer: Sealer | None = None
    given_secret: dict[str, str] | None = None
    _secret: tuple[float, dict[str, str]] | None = field(default=None, init=False)

    @functools.cached_property
    def table(self) -> Table:
        if self.given_table is not None:
            return self.given_table
        from chalicelib.remember.dynamodb import DynamoTable

        return DynamoTable(_client("dynamodb"), self.config.table)

    @functools.cached_property
    def queue(self) -> Queue:
        if self.given_queue is not None:
            return self.given_queue
        from chalicelib.enqueue import SqsQueue

        return SqsQueue(_client("sqs"), self.config.queue_url)

    @functools.cached_property
    def grants(self) -> Grants:
        from chalicelib import grants
        from chalicelib.jobs import Side

        sealer = self.given_sealer or grants.KmsSealer(_client("kms"), self.config.data_key_id)

        def endpoint(side: Side) -> grants.TokenEndpoint:
            if side is Side.HUBSPOT:
                return grants.hubspot_endpoint(self.config.hubspot_api_url, self.secret())
            return grants.quickbooks_endpoint(self.config.quickbooks_token_url, self.secret())

        return grants.Grants(self.table, sealer, self.session(), endpoint, self.now)

    def secret(self) -> dict[str, str]:
        """The app's credentials, read again every five minutes so that a rotation needs no deployment."""
        if self.given_secret is not None:
            return self.given_secret
        if self._secret is None or self.now() - self._secret[0] > SECRET_FOR_S:
            reply = _client("secretsmanager").get_secret_value(SecretId=self.config.secret_id)
            values = json.loads(reply["SecretString"])
            self._secret = (self.now(), {name: str(value) for name, value in values.items()})
        return self._secret[1]

    def session(self) -> requests.Session:
        if self.http is not None:
            return self.http()
        import requests

        return requests.Session()

    def clients(self, connection: Connection, left_s: Callable[[], float], log: CallLog) -> tuple[HubSpot, QuickBooks]:
        """Both vendors' clients of one connection, each with that connection's own token and address."""
        from chalicelib.hubspot.client import HubSpot
        from chalicelib.jobs import Side
        from chalicelib.quickbooks.client import QuickBooks
        from chalicelib.transport import Transport

        def transport(side: Side, account: str, vendor: str, url: str) -> Transport:
            session = self.session()
            _authorise(session, self.grants.access_token(side, account), url)

            def reauthorise() -> bool:
                used = session.headers["Authorization"]
                token = str(used).removeprefix("Bearer ")
                if not self.grants.refused(side, account, token):
                    return False
                _authorise(session, self.grants.access_token(side, account), url)
                return True

            return Transport(vendor, session, url, left_s, log, reauthorise, self.sleep)

        return (
            HubSpot(transport(Side.HUBSPOT, connection.portal_id, "HubSpot", self.config.hubspot_api_url)),
            QuickBooks(
                transport(Side.QUICKBOOKS, connection.realm_id, "QuickBooks", self.config.quickbooks_api_url),
                connection.realm_id,
            ),
        )


def _authorise(session: requests.Session, token: str, url: str) -> None:
    """Bearer tokens travel over TLS, or not beyond this machine."""
    if not url.startswith(("https://", "http://127.0.0.1", "http://localhost")):
        raise ValueError(f"refusing to send a token over plain HTTP to {url}")
    session.headers["Authorization"] = f"Bearer {token}"


def _client(service: Any) -> Any:
    import boto3

    return boto3.client(service)


_current: Wiring | None = None
_clock: Callable[[], float] = time.time


def set_clock(now: Callable[[], float] = time.time) -> None:
    """Have all wiring from now on go by this clock: the local stack may be ahead of the wall."""
    global _clock  # noqa: PLW0603
    _clock = now
    reset()


def wiring() -> Wiring:
    """The wiring of this process."""
    global _current  # noqa: PLW0603 - one per cold start is the point
    if _current is None:
        _current = Wiring(Config.of(os.environ))
    return _current


def use(given: Wiring) -> None:
    """Have this process use another wiring: tests, and the local stack."""
    global _current  # noqa: PLW0603
    _current = given


def reset() -> None:
    """Forget the wiring: the next caller builds it from the environment anew."""
    global _current  # noqa: PLW0603
    _current = None
