"""Everything with an effect, built once per cold start: clock, ids, table, queue, secrets, tokens, vendor clients.

Tests and the local stack hand in their own with `use(...)`; nothing else in the code reads a clock, an environment
variable or a random number (design D12).
"""

from __future__ import annotations

import functools
import json
import os
import secrets
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import requests

    from chalicelib.access.grants import Grants
    from chalicelib.access.oauth import Authority
    from chalicelib.access.sealing import Sealer
    from chalicelib.enqueue import Queue
    from chalicelib.hubspot.client import HubSpot
    from chalicelib.hubspot.oauth import HubSpotOAuth
    from chalicelib.jobs import Side
    from chalicelib.quickbooks.client import QuickBooks
    from chalicelib.quickbooks.oauth import QuickBooksOAuth
    from chalicelib.remember.connections import Connection
    from chalicelib.remember.table import Table
    from chalicelib.transport import CallLog

SECRET_FOR_S = 300.0  # a rotated secret is taken up within five minutes
NEW_S = 30.0  # and sooner where it decides about a grant


@dataclass(frozen=True)
class Config:
    hubspot_api_url: str = "https://api.hubapi.com"
    hubspot_authorize_url: str = "https://app.hubspot.com/oauth/authorize"
    quickbooks_api_url: str = "https://quickbooks.api.intuit.com"
    quickbooks_authorize_url: str = "https://appcenter.intuit.com/connect/oauth2"
    quickbooks_token_url: str = "https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer"  # noqa: S105 - an address
    quickbooks_revoke_url: str = "https://developer.api.intuit.com/v2/oauth2/tokens/revoke"
    public_url: str = ""
    table: str = ""
    queue_url: str = ""
    grants_queue_url: str = ""
    secret_id: str = ""
    data_key_id: str = ""

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Config:
        return cls(
            hubspot_api_url=environment.get("HUBSPOT_API_URL", cls.hubspot_api_url).rstrip("/"),
            quickbooks_api_url=environment.get("QUICKBOOKS_API_URL", cls.quickbooks_api_url).rstrip("/"),
            hubspot_authorize_url=environment.get("HUBSPOT_AUTHORIZE_URL", cls.hubspot_authorize_url),
            quickbooks_authorize_url=environment.get("QUICKBOOKS_AUTHORIZE_URL", cls.quickbooks_authorize_url),
            quickbooks_token_url=environment.get("QUICKBOOKS_TOKEN_URL", cls.quickbooks_token_url),
            quickbooks_revoke_url=environment.get("QUICKBOOKS_REVOKE_URL", cls.quickbooks_revoke_url),
            public_url=environment.get("PUBLIC_URL", "").rstrip("/"),
            table=environment.get("SYNC_TABLE", ""),
            queue_url=environment.get("JOBS_QUEUE_URL", ""),
            grants_queue_url=environment.get("GRANTS_QUEUE_URL", ""),
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
    new_secret: Callable[[], str] = lambda: secrets.token_urlsafe(32)
    http: Callable[[], requests.Session] | None = None
    given_table: Table | None = None
    given_queue: Queue | None = None
    given_errands: Queue | None = None
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
    def errands(self) -> Queue:
        """What the keeper of the grants is asked to do."""
        if self.given_errands is not None:
            return self.given_errands
        from chalicelib.enqueue import SqsQueue

        return SqsQueue(_client("sqs"), self.config.grants_queue_url)

    @functools.cached_property
    def sealer(self) -> Sealer:
        if self.given_sealer is not None:
            return self.given_sealer
        from chalicelib.access.sealing import KmsSealer

        return KmsSealer(_client("kms"), self.config.data_key_id)

    @functools.cached_property
    def grants(self) -> Grants:
        from chalicelib.access.grants import Grants

        return Grants(self.table, self.sealer, self.authority, self.now, lambda errand: self.errands.send([errand]))

    def authority(self, side: Side) -> Authority:
        from chalicelib.jobs import Side

        return self.hubspot_oauth() if side is Side.HUBSPOT else self.quickbooks_oauth()

    def hubspot_oauth(self) -> HubSpotOAuth:
        from chalicelib.hubspot.oauth import HubSpotOAuth

        return HubSpotOAuth(
            self.config.hubspot_api_url, self.config.hubspot_authorize_url, self.secret(NEW_S), self.session
        )

    def quickbooks_oauth(self) -> QuickBooksOAuth:
        from chalicelib.quickbooks.oauth import QuickBooksOAuth

        urls = (
            self.config.quickbooks_authorize_url,
            self.config.quickbooks_token_url,
            self.config.quickbooks_revoke_url,
        )
        return QuickBooksOAuth(*urls, self.secret(NEW_S), self.session)

    def secret(self, at_most_s: float = SECRET_FOR_S) -> dict[str, str]:
        """The app's credentials, read again every five minutes so that a rotation needs no deployment.

        Whoever finds that they do not fit asks with a smaller `at_most_s`: no older than that.
        """
        if self.given_secret is not None:
            return self.given_secret
        if self._secret is None or self.now() - self._secret[0] > at_most_s:
            reply = _client("secretsmanager").get_secret_value(SecretId=self.config.secret_id)
            values = json.loads(reply["SecretString"])
            self._secret = (self.now(), {name: str(value) for name, value in values.items()})
        return self._secret[1]

    def session(self) -> requests.Session:
        if self.http is not None:
            return self.http()
        import requests

        return requests.Session()

    def clients(
        self, connection: Connection, left_s: Callable[[], float], log: CallLog, timeout_s: float | None = None
    ) -> tuple[HubSpot, QuickBooks]:
        """Both vendors' clients of one connection, each with that connection's own token and address."""
        from chalicelib.access.bearer import Bearer
        from chalicelib.hubspot.client import HubSpot
        from chalicelib.quickbooks.client import QuickBooks
        from chalicelib.transport import TIMEOUT_S, Transport

        hubspot_url, quickbooks_url = self.config.hubspot_api_url, self.config.quickbooks_api_url
        portal = Bearer(self.grants, connection.portal, hubspot_url)
        realm = Bearer(self.grants, connection.realm, quickbooks_url)
        wait_s = timeout_s or TIMEOUT_S
        return (
            HubSpot(Transport("HubSpot", self.session(), hubspot_url, portal, left_s, log, self.sleep, wait_s)),
            QuickBooks(Transport("QuickBooks", self.session(), quickbooks_url, realm, left_s, log, self.sleep, wait_s)),
        )


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
