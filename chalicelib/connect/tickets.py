"""Tickets and states: short texts that only we can have made (decision 0008).

A ticket opens one consent, for ten minutes. A state travels through a vendor's consent page and comes back; it names
the flow and the leg that it belongs to, and nothing else. Both are signed with a key that whoever may read the app's
credentials has, and nobody else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

TICKET_S = 600.0  # from the ticket to the last callback
SHOWN_S = 3_000.0  # for so long after that the browser may look at what it has connected
LENGTH_MAX = 2_000  # a longer text is no ticket, whatever it says


class BadTicket(Exception):  # noqa: N818 - what the page says
    """`why`: forged or expired."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class Ticket:
    """`flow` names it, and is used up with it. `connection`: the only one that it may connect; empty: any."""

    flow: str
    expires_at: float
    connection: str = ""


@dataclass(frozen=True)
class FlowState:
    """`leg`: whose consent it is for. `mark` is new for each time that a leg is begun."""

    flow: str
    leg: str
    mark: str
    expires_at: float


def new_ticket(secret: Mapping[str, str], flow: str, now: float, connection: str = "") -> str:
    return _signed(secret, "ticket", [flow, round(now + TICKET_S), connection])


def read_ticket(secret: Mapping[str, str], text: str, now: float) -> Ticket:
    flow, expires_at, connection = _opened(secret, "ticket", text, now, 3)
    return Ticket(str(flow), float(expires_at), str(connection))


def new_state(secret: Mapping[str, str], state: FlowState) -> str:
    return _signed(secret, "state", [state.flow, round(state.expires_at), state.leg, state.mark])


def read_state(secret: Mapping[str, str], text: str, now: float) -> FlowState:
    flow, expires_at, leg, mark = _opened(secret, "state", text, now, 4)
    return FlowState(str(flow), str(leg), str(mark), float(expires_at))


def new_browser(secret: Mapping[str, str], flow: str, expires_at: float) -> str:
    """The cookie of the browser in which a flow began."""
    return _signed(secret, "browser", [flow, round(expires_at + SHOWN_S)])


def read_browser(secret: Mapping[str, str], text: str, now: float) -> str:
    """The flow that began in the browser that sends this cookie."""
    return str(_opened(secret, "browser", text, now, 2)[0])


def _signed(secret: Mapping[str, str], purpose: str, values: list[Any]) -> str:
    signed = _serializer(secret, purpose).dumps(values)
    return signed.decode() if isinstance(signed, bytes) else signed


def _opened(secret: Mapping[str, str], purpose: str, text: str, now: float, length: int) -> list[Any]:
    """The values; the second one says until when they hold."""
    from itsdangerous import BadData

    if len(text) > LENGTH_MAX or not text.isascii():
        raise BadTicket("forged")
    try:
        values = _serializer(secret, purpose).loads(text)
    except BadData:
        raise BadTicket("forged") from None
    if not isinstance(values, list) or len(values) != length:
        raise BadTicket("forged")
    if now >= float(values[1]):
        raise BadTicket("expired")
    return values


def _serializer(secret: Mapping[str, str], purpose: str) -> Any:
    """Signs with SHA-256. Each purpose has a key of its own, so that no state passes for a ticket."""
    from itsdangerous import URLSafeSerializer

    key = f"{secret['hubspot_client_secret']}\n{secret['quickbooks_client_secret']}"
    return URLSafeSerializer(
        key, salt=f"hqsync connect {purpose}", signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256}
    )
