"""Connections: one HubSpot portal + one QuickBooks company each (design D6), with cursors, pauses and settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any

from chalicelib.jobs import Account, ConnectionId, Portal, Realm, Side
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
    currency: str = ""  # the company's home currency
    edition: str = ""
    multi_currency: bool = False
    portal_currency: str = ""
    time_zone: str = ""  # the portal's
    account_type: str = ""  # the portal's: STANDARD, SANDBOX, DEVELOPER_TEST, …
    ui_domain: str = ""
    key_property: bool = False  # whether the portal has our unique property `quickbooks_key`
    warnings: tuple[str, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    settings_version: int = 0
    hubspot_cursor: float = 0.0  # newest modification stamp that a sweep has seen, HubSpot's clock
    quickbooks_cursor: float = 0.0  # the last CDC reply's own time, QuickBooks' clock
    swept_at: float = 0.0
    looked_at: float = 0.0  # when a look at all linked records was asked for
    hubspot_paused_until: float = 0.0
    quickbooks_paused_until: float = 0.0
    resumed_at: float = 0.0  # when it last came back
    backfill_page: str = ""  # where an initial sync stood when the connection was ended
    braked: str = ""  # why the brake holds; empty where it does not

    @property
    def portal(self) -> Portal:
        return Portal(self.portal_id)

    @property
    def realm(self) -> Realm:
        return Realm(self.realm_id)

    @property
    def was_connected(self) -> bool:
        """Whether it has been set up before."""
        return self.hubspot_cursor > 0

    @property
    def living(self) -> bool:
        """Whether it is meant to work, even if it cannot just now."""
        return self.state is not ConnectionState.DISCONNECTED

    def paused_until(self) -> float:
        return max(self.hubspot_paused_until, self.quickbooks_paused_until)

    @property
    def cursors(self) -> dict[Side, float]:
        return {Side.HUBSPOT: self.hubspot_cursor, Side.QUICKBOOKS: self.quickbooks_cursor}


def connection_id(portal_id: str, realm_id: str) -> ConnectionId:
    return ConnectionId(f"{portal_id}:{realm_id}")


class Taken(Exception):  # noqa: N818 - the outcome of a race, or of a rule
    """The company is connected to another portal (design D6)."""

    def __init__(self, other: Connection) -> None:
        self.other = other
        super().__init__(other.id)


class Connections:
    def __init__(self, table: Table) -> None:
        self._table = table

    def of(self, account: Account) -> list[Connection]:
        """The living connections that rest on this account's grant."""
        return [one for one in self.all() if one.living and account in (one.portal, one.realm)]

    def begin(self, portal: Portal, realm: Realm, company: str = "") -> Connection:
        """The connection of these two, about to be set up, as it was before or new. Raises `Taken`.

        A company has one claim, written together with the connection: of two that connect it at the same time to two
        portals, one wins.
        """
        own_id = connection_id(portal.id, realm.id)
        key, claim_key = Key(PARTITION, own_id), Key(f"company|{realm.id}", "claim")
        for _ in range(TRIES):
            other = next((one for one in self.of(realm) if one.id != own_id), None)
            if other is not None:
                raise Taken(other)
            items = self._table.get([key, claim_key])
            held, claim = items.get(key), items.get(claim_key)
            connection = _connection(held.body) if held else Connection(own_id, portal.id, realm.id)
            begun = replace(connection, state=ConnectionState.CONNECTING, company=connection.company or company)
            writes = [
                Put(key, asdict(begun), held.version if held else None),
                Put(claim_key, {"connection": own_id}, claim.version if claim else None),
            ]
            try:
                self._table.write(writes)
            except Lost:
                continue
            return begun
        raise RuntimeError(f"connection {own_id} is being changed by too many others")

    def all(self) -> list[Connection]:
        return [_connection(item.body) for item in self._table.page(PARTITION)]

    def get(self, connection: ConnectionId) -> Connection | None:
        item = self._table.get([Key(PARTITION, connection)]).get(Key(PARTITION, connection))
        return _connection(item.body) if item else None

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
