"""Batches (reference 6): independent items, each with its own reply or Fault."""

from __future__ import annotations

from typing import Any

from local.quickbooks import faults, operations
from local.quickbooks.entities import ENTITIES
from local.quickbooks.faults import Fault
from local.quickbooks.operations import Reply
from local.quickbooks.query import MOST_RESULTS
from local.quickbooks.replay import LONGEST_BID, Replays
from local.quickbooks.state import CompanyFile

_OPERATIONS = ("create", "update", "delete")

Item = dict[str, Any]


def answer(file: CompanyFile, body: object, request_id: str | None, replays: Replays) -> Reply:
    """What stands under `BatchItemResponse`, and how many items of it are metered."""
    replies, metered, objects = [], 0, 0
    for item in _items(body, request_id, file.settings.batch_items):
        bid = item["bId"]
        reply = replays.get(request_id, bid)
        if reply is None:
            reply, count = _answer_item(file, item, MOST_RESULTS - objects)
            replays.keep(request_id, reply, bid)
            metered += count
        objects += _rows(reply)
        replies.append({"bId": bid, **reply})
    return Reply({"BatchItemResponse": replies}, metered)


def _items(body: object, request_id: str | None, most: int) -> list[Item]:
    items = body.get("BatchItemRequest") if isinstance(body, dict) else None
    if not isinstance(items, list) or not items:
        raise faults.required_missing("BatchItemRequest")
    if isinstance(body, dict) and (unknown := set(body) - {"BatchItemRequest"}):
        raise faults.unsupported_property(min(unknown))
    if len(items) > most:
        raise faults.batch_too_large(most, len(items))
    bids = set()
    for item in items:
        bid = item.get("bId") if isinstance(item, dict) else None
        if not isinstance(bid, str) or not bid:
            raise faults.required_missing("bId")
        if request_id is not None and len(bid) > LONGEST_BID:
            raise faults.invalid_request_id(bid, LONGEST_BID)
        if bid in bids:
            raise faults.conflicting_elements(f"bId {bid} is used twice", "bId")
        bids.add(bid)
    return items


def _answer_item(file: CompanyFile, item: Item, room: int) -> tuple[dict[str, Any], int]:
    try:
        reply = _perform(file, item)
        if _rows(reply.body) > room:
            raise faults.result_too_big()
    except Fault as fault:
        return {"Fault": fault.fault()}, 0
    return reply.body, reply.metered


def _perform(file: CompanyFile, item: Item) -> Reply:
    objects = [key for key in item if key not in ("bId", "operation", "optionsData")]
    if len(objects) != 1:
        raise faults.conflicting_elements("An item holds one object, one Query or one CDCQuery", "BatchItemRequest")
    name = objects[0]
    operation = item.get("operation")
    void = item.get("optionsData") == "void"
    if item.get("optionsData") and not void:
        raise faults.unsupported_operation(str(item["optionsData"]))
    if name == "Query":
        return operations.select(file, str(item["Query"]))
    if name == "CDCQuery":
        return _cdc(file, item["CDCQuery"])
    if name not in ENTITIES:
        raise faults.unsupported_object(name)
    if operation is None:
        raise faults.required_missing("operation")
    if operation not in _OPERATIONS:
        raise faults.unsupported_operation(str(operation))
    return Reply(operations.write(file, ENTITIES[name], item[name], operation, void=void))


def _cdc(file: CompanyFile, asked: object) -> Reply:
    if not isinstance(asked, dict) or set(asked) - {"Entities", "ChangedSince"}:
        raise faults.unsupported_property("CDCQuery")
    return operations.changes(file, asked.get("Entities"), asked.get("ChangedSince"))


def _rows(body: dict[str, Any]) -> int:
    """How many objects a query or CDC item returns (at most 1000 in one batch)."""
    answers = [body["QueryResponse"]] if "QueryResponse" in body else []
    for response in body.get("CDCResponse", []):
        answers += response["QueryResponse"]
    return sum(int(each.get("maxResults", 0)) for each in answers)
