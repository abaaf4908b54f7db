"""A consent on its way: where it is, and what the first leg brought. Kept for minutes, and secrets only sealed."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import Any

from chalicelib.access.sealing import Sealer
from chalicelib.remember.table import Item, Key, Lost, Put, Table

KEPT_S = 3_600.0  # a used ticket must stay known until it has expired; then the row may go


@dataclass(frozen=True)
class Flow:
    """`leg`: whose consent comes next, or `done`. `mark`: of the one answer that is waited for; empty once it came.

    `wanted`: the connection that it is for, if it is for a certain one. `renews`: it began without a ticket, at
    Intuit's reconnect address, and can only renew a company's access.
    """

    id: str
    expires_at: float
    leg: str
    wanted: str = ""
    renews: bool = False
    mark: str = ""
    sealed: str = ""
    portal_id: str = ""
    connection: str = ""
    again: bool = False


@dataclass(frozen=True)
class HeldFlow:
    flow: Flow
    version: int | None


class Flows:
    def __init__(self, table: Table, sealer: Sealer) -> None:
        self._table = table
        self._sealer = sealer

    def load(self, flow_id: str) -> HeldFlow | None:
        key = _key(flow_id)
        item = self._table.get([key]).get(key)
        return HeldFlow(_flow(item), item.version) if item else None

    def store(self, held: HeldFlow, **changes: Any) -> HeldFlow | None:
        """The flow with these changes; None where somebody else changed it in between, or had made it before."""
        flow = replace(held.flow, **changes)
        put = Put(_key(flow.id), asdict(flow), held.version, expires_at=int(flow.expires_at + KEPT_S))
        try:
            self._table.write([put])
        except Lost:
            return None
        return HeldFlow(flow, (held.version or 0) + 1)

    def seal(self, flow_id: str, secrets: dict[str, Any]) -> str:
        return self._sealer.seal(json.dumps(secrets), _context(flow_id))

    def open(self, flow: Flow) -> dict[str, Any]:
        return dict(json.loads(self._sealer.open(flow.sealed, _context(flow.id)))) if flow.sealed else {}


def _key(flow_id: str) -> Key:
    return Key(f"consent|{flow_id}", "flow")


def _context(flow_id: str) -> dict[str, str]:
    return {"consent": flow_id}


def _flow(item: Item) -> Flow:
    return Flow(**{name: value for name, value in item.body.items() if name in Flow.__dataclass_fields__})
