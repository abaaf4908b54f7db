"""Vendor clients that read, and pretend to write: what a rehearsal is played with.

A pretended write is put on the list of calls, since a plan tells what the real ones would cost, and is answered as the
vendor answers a success. What it would make gets an invented id, a negative number, that no vendor gives.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from chalicelib.hubspot.client import HubSpot
from chalicelib.hubspot.models import BatchReply, Record
from chalicelib.quickbooks.client import QuickBooks
from chalicelib.quickbooks.models import ItemReply
from chalicelib.transport import CallMade

Invent = Callable[[], str]


def is_invented(object_id: str | None) -> bool:
    return bool(object_id) and str(object_id).startswith("-")


class PretendedHubSpot(HubSpot):
    def __init__(self, real: HubSpot, invent: Invent) -> None:
        super().__init__(real.transport)
        self._invent = invent

    def batch_create(self, kind: str, inputs: Sequence[dict[str, Any]]) -> BatchReply:
        return self._accepted(f"create {len(inputs)} {kind}", inputs)

    def batch_update(self, kind: str, inputs: Sequence[dict[str, Any]]) -> BatchReply:
        return self._accepted(f"update {len(inputs)} {kind}", inputs)

    def archive(self, kind: str, record_id: str) -> None:  # noqa: ARG002 - the real one's shape
        self._note(f"archive 1 {kind}")

    def _accepted(self, what: str, inputs: Sequence[dict[str, Any]]) -> BatchReply:
        self._note(what)
        return BatchReply(
            results=[
                Record(
                    id=str(one.get("id") or self._invent()),
                    properties=dict(one["properties"]),
                    objectWriteTraceId=one.get("objectWriteTraceId"),
                )
                for one in inputs
            ]
        )

    def _note(self, what: str) -> None:
        self.transport.log.add(CallMade("HubSpot", what, real=False))


class PretendedQuickBooks(QuickBooks):
    def __init__(self, real: QuickBooks, invent: Invent) -> None:
        super().__init__(real.transport)
        self._invent = invent

    def batch(self, items: Sequence[dict[str, Any]], what: str, request_id: str | None = None) -> dict[str, ItemReply]:
        if any("Query" in item for item in items):
            return super().batch(items, what, request_id)
        self.transport.log.add(CallMade("QuickBooks", what, batch=True, real=False))
        return {str(item["bId"]): self._accepted(item) for item in items}

    def _accepted(self, item: dict[str, Any]) -> ItemReply:
        b_id = str(item["bId"])
        stored: dict[str, Any] = {}
        for entity, body in item.items():
            if isinstance(body, dict):
                token = str(int(body.get("SyncToken") or "-1") + 1)
                stored[entity] = {**body, "Id": body.get("Id") or self._invent(), "SyncToken": token}
        return ItemReply(b_id, {"bId": b_id, **stored}, None)
