"""Connections: one HubSpot portal + one QuickBooks company each (design D6), with cursors, pauses and settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any

from chalicelib.jobs import Account, ConnectionId, Portal, Realm, Side
from chalicelib.remember.table import Item, Key, Lost, Put, Table

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
    hubspot_cursor: float = 0.0  # newest modification stamp of a contact that a sweep has seen, HubSpot's clock
    hubspot_cursors: dict[str, float] = field(default_factory=dict)  # the same for what lies beside: companies, …
    quickbooks_cursor: float = 0.0  # the last CDC reply's own time, QuickBooks' clock
    swept_at: float = 0.0
    looked_at: float = 0.0  # when a look at all linked records was asked for
    hubspot_paused_until: float = 0.0
    quickbooks_paused_until: float = 0.0
    resumed_at: float = 0.0  # when it last came back
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

    def hubspot_cursor_of(self, kind: str) -> float:
        """Up to where sweeps have covered an object (`contacts`, `invoices`). Each has a cursor of its own, since a
        stamp of one says nothing about what the search for another has seen; a new one begins at the contacts'."""
        return self.hubspot_cursors.get(kind, self.hubspot_cursor)

    def paused_until(self) -> float:
        return max(self.hubspot_paused_until, self.quickbooks_paused_until)

    @property
    def cursors(self) -> dict[Side, float]:
        return {Side.HUBSPOT: self.hubspot_cursor, Side.QUICKBOOKS: self.quickbooks_cursor}


@dataclass(frozen=True)
class SettingsVersion:
    """A settings file as it was applied. `at` in epoch seconds, `by` whoever applied it; 0 and empty if not known."""

    number: int
    text: str
    at: float = 0.0
    by: str = ""


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

    def apply_settings(
        self, seen: Connection, text: str, settings: dict[str, Any], at: float, by: str = ""
    ) -> Connection:
        """Make these settings those of the connection, under the next version: the file as it was written, comments
        and all, and what workers read, in one transaction. Raises `Lost` where others applied settings since `seen`.
        """
        key, pk = Key(PARTITION, seen.id), f"{seen.id}|settings"
        for _ in range(TRIES):
            item = self._table.get([key])[key]
            held = _connection(item.body)
            if held.settings_version != seen.settings_version:
                raise Lost([key])
            newest = next((int(one.key.sk) for one in self._table.page(pk, limit=1, backwards=True)), 0)
            version = max(held.settings_version, newest) + 1
            # Whoever applies it has all looked at next; if that comes to nothing, the daily look is due at once.
            changed = replace(held, settings=settings, settings_version=version, looked_at=0.0)
            kept = {"text": text, "settings": settings, "at": at, "by": by}
            try:
                self._table.write([
                    Put(Key(pk, f"{version:06d}"), kept, None), Put(key, asdict(changed), item.version)
                ])  # fmt: skip
            except Lost:
                continue
            return changed
        raise RuntimeError(f"connection {seen.id} is being changed by too many others")

    def settings_versions(self, connection: ConnectionId) -> list[SettingsVersion]:
        """All versions that were ever applied, oldest first."""
        versions: list[SettingsVersion] = []
        after = ""
        while page := self._table.page(f"{connection}|settings", after):
            versions += [_version(item) for item in page]
            after = page[-1].key.sk
        return versions

    def settings_version(self, connection: ConnectionId, version: int) -> SettingsVersion | None:
        key = Key(f"{connection}|settings", f"{version:06d}")
        item = self._table.get([key]).get(key)
        return _version(item) if item else None


def _version(item: Item) -> SettingsVersion:
    body = item.body
    return SettingsVersion(int(item.key.sk), body["text"], body.get("at", 0.0), body.get("by", ""))


def _connection(body: dict[str, Any]) -> Connection:
    known = Connection.__dataclass_fields__
    raw = {name: value for name, value in body.items() if name in known}
    raw["id"], raw["state"] = ConnectionId(raw["id"]), ConnectionState(raw["state"])
    raw["warnings"] = tuple(raw.get("warnings", ()))
    return Connection(**raw)
