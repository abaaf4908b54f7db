"""Intuit's webhook events, CloudEvents and the old format, as notices (reference sections 3.2, 3.3)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from chalicelib.jobs import Notice, Side, plausible, vendor_id

ENTITIES = frozenset({"customer", "vendor", "employee", "item", "invoice", "payment", "creditmemo"})
_SPELLED = {"void": "voided"}  # by some; and a record of this event is all that tells a void from an edited note
_WORD = re.compile(r"[a-z_]{1,40}")  # a cause is read by people and by us: nothing else gets into it
_NOT_OUTDATED = frozenset({"deleted", "delete", "merged", "merge", "voided"})


def notices(body: Any) -> tuple[list[Notice], int]:
    """What the events say, and how many of them say nothing that the sync reads."""
    legacy = isinstance(body, dict) and "eventNotifications" in body
    events = list(_legacy(body["eventNotifications"])) if legacy else _as_list(body)
    found: list[Notice] = []
    passed_over = 0
    for event in events:
        try:
            some = list(_read(event))
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
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
    operation = _SPELLED.get(operation, operation) if _WORD.fullmatch(operation) else "changed"
    account, entity_id = vendor_id(event["intuitaccountid"]), vendor_id(event["intuitentityid"])
    cause = f"QuickBooks {entity} {operation}"
    at = None if operation in _NOT_OUTDATED else _at(event.get("time"))
    yield Notice(account, Side.QUICKBOOKS, entity, entity_id, cause, at)
    data = event.get("data")
    gone = data.get("deletedid") if isinstance(data, dict) else None
    if gone:
        yield Notice(account, Side.QUICKBOOKS, entity, vendor_id(gone), cause, merged_into=entity_id)


def _at(stamp: Any) -> float | None:
    """The time of a change; it only saves reads, so that an event without a readable one still counts."""
    try:
        return plausible(instant(str(stamp)))
    except (ValueError, OverflowError):
        return None


def _legacy(notifications: Any) -> Iterator[dict[str, Any]]:
    """The old format, told in the new one's words."""
    for notification in _as_list(notifications):
        change = notification.get("dataChangeEvent") if isinstance(notification, dict) else None
        if not isinstance(change, dict):
            yield {}
            continue
        for entity in _as_list(change.get("entities") or [{}]):
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
