"""Decisions: every outcome that changed something, or failed, kept so that it can be explained (design D10)."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from chalicelib.jobs import ConnectionId
from chalicelib.remember.records import sortable
from chalicelib.remember.table import ANY, Key, Put, Table

KEPT_S = 400 * 86_400
TEXT_MAX = 2_000  # characters of one before-image; keeps an item far below 300 KB


@dataclass(frozen=True)
class Decision:
    """`plan` is what was written, in words; `before` the overwritten values, `<side>.<field>` → value."""

    at: float
    cause: str
    plan: tuple[str, ...]
    reason: str
    calls: tuple[str, ...]
    state: str
    category: str | None = None
    conflicts: tuple[dict[str, str], ...] = ()
    before: dict[str, str] = field(default_factory=dict)
    settings_version: int = 0

    def view(self) -> dict[str, Any]:
        return asdict(self)


def decision_put(connection: ConnectionId, root: str, decision: Decision, unique: str) -> Put:
    """The write that keeps a decision; it goes into the same transaction as the record that it is about."""
    body = asdict(decision)
    body["before"] = {name: value[:TEXT_MAX] for name, value in decision.before.items()}
    key = Key(f"{connection}|decision|{root}", f"{sortable(decision.at)}-{unique}")
    return Put(key, body, ANY, expires_at=int(decision.at) + KEPT_S)


class Decisions:
    def __init__(self, table: Table) -> None:
        self._table = table

    def of(self, connection: ConnectionId, root: str, limit: int = 200) -> list[Decision]:
        """The latest decisions about a record, oldest first."""
        items = self._table.page(f"{connection}|decision|{root}", limit=limit, backwards=True)
        return [_decision(item.body) for item in reversed(items)]


def _decision(body: dict[str, Any]) -> Decision:
    known = Decision.__dataclass_fields__
    raw: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in body.items() if name in known
    }
    return Decision(**raw)
