"""Connections: one HubSpot portal + one QuickBooks company each (design D6), with cursors, pauses and settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from chalicelib.jobs import Account, ConnectionId, Portal, Realm, Side
from chalicelib.remember import beyond
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
    company_time_zone: str = ""
    key_property: bool = False  # whether contacts have our unique property `quickbooks_key`; see `unique_key`
    keys: tuple[str, ...] = ()  # HubSpot's objects on which `quickbooks_key` is a unique property,
    plain_keys: tuple[str, ...] = ()  # and those on which it is an ordinary one, that search alone finds
    own_properties: tuple[str, ...] = ()  # HubSpot's objects whose other properties of ours are all there
    natives: tuple[str, ...] = ()  # HubSpot's own amounts, number and status of invoices that the portal lets us write
    prepared: tuple[str, ...] = ()  # sections of the settings for which all of this was made, or refused
    warnings: tuple[str, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    settings_version: int = 0
    applying: dict[str, list[str]] = field(default_factory=dict)  # what follows from them and is not asked for yet
    hubspot_cursor: float = 0.0  # newest modification stamp of a contact that a sweep has seen, HubSpot's clock
    hubspot_cursors: dict[str, float] = field(default_factory=dict)  # the same for what lies beside: companies, …
    beside_swept: dict[str, float] = field(default_factory=dict)  # their stamps that the next sweep shows once more
    quickbooks_cursor: float = 0.0  # the last CDC reply's own time, QuickBooks' clock
    swept_at: float = 0.0
    looked_at: float = 0.0  # when a look at all linked records was asked for
    overdue_day: str = ""  # the company's own day, as 2026-11-22, for which overdue invoices were last looked for
    hubspot_paused_until: float = 0.0
    quickbooks_paused_until: float = 0.0
    resumed_at: float = 0.0  # when it last came back
    braked: str = ""  # why the brake holds; empty where it does not
    beyond: dict[str, Any] = field(default_factory=dict)  # what a newer version has stored

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

    def unique_key(self, object_name: str) -> bool:
        """Whether records of an object (`contacts`, `products`, …) can be read by `quickbooks_key`."""
        return object_name in self.keys or (object_name == "contacts" and self.key_property)

    def today(self, now: float) -> date:
        """The day in the company's own time zone, else in the portal's, else in UTC; `now` in epoch seconds."""
        from zoneinfo import ZoneInfo

        for name in filter(None, (self.company_time_zone, self.time_zone)):
            try:
                return datetime.fromtimestamp(now, ZoneInfo(name)).date()
            except (LookupError, ValueError, OSError):  # what zoneinfo says of a name that it does not have
                continue
        return datetime.fromtimestamp(now, UTC).date()

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
                Put(key, beyond.body_of(begun), held.version if held else None),
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
                self._table.write([Put(key, beyond.body_of(changed), item.version)])
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
        self,
        seen: Connection,
        text: str,
        settings: dict[str, Any],
        at: float,
        by: str = "",
        follows: dict[str, list[str]] | None = None,
    ) -> Connection:
        """Make these settings those of the connection, under the next version: the file as it was written, comments
        and all, what workers read, and what follows from it, in one transaction. Raises `Lost` where others applied
        settings since `seen`."""
        key, pk = Key(PARTITION, seen.id), f"{seen.id}|settings"
        for _ in range(TRIES):
            item = self._table.get([key])[key]
            held = _connection(item.body)
            if held.settings_version != seen.settings_version:
                raise Lost([key])
            newest = next((int(one.key.sk) for one in self._table.page(pk, limit=1, backwards=True)), 0)
            version = max(held.settings_version, newest) + 1
            # Whoever applies it has all looked at next; if that comes to nothing, the daily look is due at once.
            changed = replace(held, settings=settings, settings_version=version, looked_at=0.0, applying=follows or {})
            kept = {"text": text, "settings": settings, "at": at, "by": by}
            try:
                self._table.write([
                    Put(Key(pk, f"{version:06d}"), kept, None), Put(key, beyond.body_of(changed), item.version)
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
    raw = beyond.read(Connection, body)
    raw["id"], raw["state"] = ConnectionId(raw["id"]), ConnectionState(raw["state"])
    for name in ("warnings", "keys", "plain_keys", "own_properties", "natives", "prepared"):
        raw[name] = tuple(raw.get(name, ()))
    return Connection(**raw)
