"""Connections: one HubSpot portal + one QuickBooks company each (design D6), with cursors, pauses and settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any

from chalicelib.jobs import ConnectionId, Side
from chalicelib.remember.table import ANY, Key, Lost, Put, Table

PARTITION = "connections"
TRIES = 50


class ConnectionState(StrEnum):
    CONNECTING = "connecting"
    CONNECTED = "connected"
    NEEDS_RECONNECT = "needs_reconnect"
    DISCONNECTED = "disconnected"


@dataclass(frozen=True)
class Connection:
    id: ConnectionId
    portal_id: str
    realm_id: str
    state: ConnectionState = ConnectionState.CONNECTING
    company: str = ""
    country: str = ""
    currency: str = ""
    key_property: bool = False  # whether the portal has our unique property `quickbooks_key`
    warnings: tuple[str, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    settings_version: int = 0
    hubspot_cursor: float = 0.0  # newest modification stamp that a sweep has seen, HubSpot's clock
    quickbooks_cursor: float = 0.0  # the last CDC reply's own time, QuickBooks' clock
    swept_at: float = 0.0
    hubspot_paused_until: float = 0.0
    quickbooks_paused_until: float = 0.0
    braked: str = ""  # why the brake holds; empty where it does not

    def paused_until(self) -> float:
        return max(self.hubspot_paused_until, self.quickbooks_paused_until)

    @property
    def cursors(self) -> dict[Side, float]:
        return {Side.HUBSPOT: self.hubspot_cursor, Side.QUICKBOOKS: self.quickbooks_cursor}


def connection_id(portal_id: str, realm_id: str) -> ConnectionId:
    return ConnectionId(f"{portal_id}:{realm_id}")


class Connections:
    def __init__(self, table: Table) -> None:
        self._table = table

    def all(self) -> list[Connection]:
        return [_connection(item.body) for item in self._table.page(PARTITION)]

    def get(self, connection: ConnectionId) -> Connection | None:
        item = self._table.get([Key(PARTITION, connection)]).get(Key(PARTITION, connection))
        return _connection(item.body) if item else None

    def add(self, connection: Connection) -> bool:
        """Store a new connection; False where it is there already."""
        try:
            self._table.write([Put(Key(PARTITION, connection.id), asdict(connection), None)])
        except Lost:
            return False
        return True

    def change(self, connection: ConnectionId, how: Callable[[Connection], Connection]) -> Connection:
        """Apply `how` to what is stored now, however many others do the same."""
        key = Key(PARTITION, connection)
        for _ in range(TRIES):
            item = self._table.get([key])[key]
            changed = how(_connection(item.body))
            try:
                self._table.write([Put(key, asdict(changed), item.version)])
            except Lost:
                continue
            return changed
        raise RuntimeError(f"connection {connection} is being changed by too many others")

    def pause(self, connection: ConnectionId, side: Side, until: float) -> None:
        def later(held: Connection) -> Connection:
            if side is Side.HUBSPOT:
                return replace(held, hubspot_paused_until=max(held.hubspot_paused_until, until))
            return replace(held, quickbooks_paused_until=max(held.quickbooks_paused_until, until))

        self.change(connection, later)

    def keep_settings(self, connection: ConnectionId, version: int, text: str) -> None:
        """Keep the settings file as it was applied, comments and all."""
        self._table.write([Put(Key(f"{connection}|settings", f"{version:06d}"), {"text": text}, ANY)])

    def settings_text(self, connection: ConnectionId, version: int) -> str | None:
        key = Key(f"{connection}|settings", f"{version:06d}")
        item = self._table.get([key]).get(key)
        return item.body["text"] if item else None


def _connection(body: dict[str, Any]) -> Connection:
    known = Connection.__dataclass_fields__
    raw = {name: value for name, value in body.items() if name in known}
    raw["id"], raw["state"] = ConnectionId(raw["id"]), ConnectionState(raw["state"])
    raw["warnings"] = tuple(raw.get("warnings", ()))
    return Connection(**raw)
