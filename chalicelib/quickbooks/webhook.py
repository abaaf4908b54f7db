"""Intuit's webhook events, CloudEvents and the old format, as notices (reference sections 3.2, 3.3)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from chalicelib.jobs import Notice, Side

ENTITIES = frozenset({"customer", "vendor", "employee"})
_NOT_OUTDATED = frozenset({"deleted", "delete", "merged", "merge"})


def notices(body: Any) -> tuple[list[Notice], int]:
    """What the events say, and how many of them say nothing that the sync reads."""
    events = list(_legacy(body)) if isinstance(body, dict) and "eventNotifications" in body else _as_list(body)
    found: list[Notice] = []
    passed_over = 0
    for event in events:
        try:
            some = list(_read(event))
        except (KeyError, TypeError, ValueError, AttributeError):
            some = []
        found += some
        passed_over += not some
    return found, passed_over


def instant(stamp: str) -> float:
    """A QuickBooks time as seconds since 1970: both formats of offset, nanoseconds cut to microseconds."""
    text = re.sub(r"\.(\d{1,6})\d*", lambda found: "." + found[1].ljust(6, "0"), stamp.strip())
    text = re.sub(r"([+-]\d\d)(\d\d)$", r"\1:\2", text.replace("Z", "+00:00"))
    return datetime.fromisoformat(text).timestamp()


def seconds(stamp: str) -> float:
    """The same, in whole seconds, as a record's own stamps are."""
    return float(int(instant(stamp)))


def _as_list(body: Any) -> list[Any]:
    return body if isinstance(body, list) else [body]


def _read(event: dict[str, Any]) -> Iterator[Notice]:
    _, entity, operation, *_ = str(event["type"]).lower().split(".")
    if entity not in ENTITIES:
        return
    account, entity_id = str(event["intuitaccountid"]), str(event["intuitentityid"])
    cause = f"QuickBooks {entity} {operation}"
    at = None if operation in _NOT_OUTDATED else instant(str(event["time"]))
    yield Notice(account, Side.QUICKBOOKS, entity, entity_id, cause, at)
    gone = (event.get("data") or {}).get("deletedid")
    if gone:
        yield Notice(account, Side.QUICKBOOKS, entity, str(gone), cause, merged_into=entity_id)


def _legacy(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The old format, told in the new one's words."""
    for notification in _as_list(body["eventNotifications"]):
        if not isinstance(notification, dict):
            yield {}
            continue
        change = notification.get("dataChangeEvent") or {}
        for entity in change.get("entities") or [{}]:
            yield (
                {
                    "type": f"qbo.{entity.get('name', '')}.{entity.get('operation', '')}.v1",
                    "intuitaccountid": notification.get("realmId"),
                    "intuitentityid": entity.get("id"),
                    "time": entity.get("lastUpdated", ""),
                    "data": {"deletedid": entity.get("deletedId")},
                }
                if isinstance(entity, dict)
                else {}
            )
