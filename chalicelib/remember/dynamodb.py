"""The table in DynamoDB. Bodies are JSON text, deflated where that saves room; no boto3 type leaves this file."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from chalicelib.remember.table import ANY, Check, Delete, Item, Key, Lost, Put, Write

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

STATE_INDEX = "states"
GET_MAX = 100  # BatchGetItem
PUT_MAX = 25  # BatchWriteItem
DEFLATE_FROM = 1_024  # bytes of JSON; below it the text stays readable in the console
WRITERS = 8  # conditional writes beside each other: they are single-item, so only latency is shared


class DynamoTable:
    def __init__(self, client: DynamoDBClient, name: str) -> None:
        self._client = client
        self._name = name

    def get(self, keys: Iterable[Key]) -> dict[Key, Item]:
        wanted = [_raw_key(key) for key in dict.fromkeys(keys)]
        found: dict[Key, Item] = {}
        while wanted:
            request: Any = {self._name: {"Keys": wanted[:GET_MAX], "ConsistentRead": True}}
            reply = self._client.batch_get_item(RequestItems=request)
            for raw in reply["Responses"].get(self._name, []):
                item = _item(raw)
                found[item.key] = item
            unprocessed: Any = reply.get("UnprocessedKeys", {})
            wanted = [*unprocessed.get(self._name, {}).get("Keys", []), *wanted[GET_MAX:]]
        return found

    def write(self, writes: Sequence[Write]) -> None:
        if not writes:
            return
        if len(writes) == 1 and not isinstance(writes[0], Check):
            self._write_one(writes[0])
            return
        try:
            self._client.transact_write_items(TransactItems=[self._in_transaction(write) for write in writes])
        except self._client.exceptions.TransactionCanceledException as refused:
            reasons = refused.response.get("CancellationReasons", [])
            lost = [w.key for w, reason in zip(writes, reasons, strict=False) if _is_a_race(reason.get("Code", ""))]
            if not lost:
                raise
            raise Lost(lost) from None

    def write_each(self, groups: Sequence[Sequence[Write]]) -> list[Lost | None]:
        if len(groups) <= 1:
            return [self._try(group) for group in groups]
        if puts := _unconditional(groups):
            self._put_all(puts)
            return [None] * len(groups)
        with ThreadPoolExecutor(WRITERS) as pool:
            return list(pool.map(self._try, groups))

    def _put_all(self, puts: Sequence[Put]) -> None:
        """What nobody races for travels 25 to a request. What the table leaves out then, under load, goes one by one:
        for that boto3 waits and tries again."""
        left: list[Any] = []
        for start in range(0, len(puts), PUT_MAX):
            some: Any = [{"PutRequest": {"Item": _raw(put)}} for put in puts[start : start + PUT_MAX]]
            reply: Any = self._client.batch_write_item(RequestItems={self._name: some})
            left += reply.get("UnprocessedItems", {}).get(self._name, [])
        for item in left:
            self._client.put_item(TableName=self._name, Item=item["PutRequest"]["Item"])

    def page(self, pk: str, after: str = "", limit: int = 1000, *, backwards: bool = False) -> list[Item]:
        values: dict[str, Any] = {":pk": {"S": pk}}
        condition = "pk = :pk"
        if after:
            values[":after"] = {"S": after}
            condition += f" AND sk {'<' if backwards else '>'} :after"
        request: dict[str, Any] = {
            "TableName": self._name,
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": values,
            "ScanIndexForward": not backwards,
            "ConsistentRead": True,
        }
        return [_item(raw) for raw in self._query(request, limit)]

    def in_state(self, state_key: str, until: str = "￿", limit: int = 1000) -> list[Key]:
        request: dict[str, Any] = {
            "TableName": self._name,
            "IndexName": STATE_INDEX,
            "KeyConditionExpression": "state_key = :key AND state_at <= :until",
            "ExpressionAttributeValues": {":key": {"S": state_key}, ":until": {"S": until}},
        }
        return [Key(raw["pk"]["S"], raw["sk"]["S"]) for raw in self._query(request, limit)]

    def _query(self, request: dict[str, Any], limit: int) -> list[dict[str, Any]]:
        """Follow the pages: one answer ends at 1 MB, whatever the limit."""
        found: list[dict[str, Any]] = []
        while len(found) < limit:
            reply: Any = self._client.query(**request, Limit=limit - len(found))
            found += reply["Items"]
            if "LastEvaluatedKey" not in reply:
                break
            request["ExclusiveStartKey"] = reply["LastEvaluatedKey"]
        return found

    def _write_one(self, write: Put | Delete) -> None:
        try:
            if isinstance(write, Put):
                self._client.put_item(TableName=self._name, Item=_raw(write), **_condition(write.expect))
            else:
                self._client.delete_item(TableName=self._name, Key=_raw_key(write.key), **_condition(write.expect))
        except ClientError as refused:
            if not _is_a_race(refused.response["Error"]["Code"]):
                raise
            raise Lost([write.key]) from None

    def _in_transaction(self, write: Write) -> Any:
        target = {"TableName": self._name, **_condition(write.expect)}
        if isinstance(write, Put):
            return {"Put": {**target, "Item": _raw(write)}}
        action = "Delete" if isinstance(write, Delete) else "ConditionCheck"
        return {action: {**target, "Key": _raw_key(write.key)}}

    def _try(self, group: Sequence[Write]) -> Lost | None:
        try:
            self.write(group)
        except Lost as lost:
            return lost
        return None


def _unconditional(groups: Sequence[Sequence[Write]]) -> list[Put]:
    """The writes, where each is a put of its own that no condition guards, to keys that differ, small enough to travel
    together; else nothing."""
    puts = [write for group in groups for write in group if isinstance(write, Put) and write.expect == ANY]
    alone = len(puts) == len(groups) and all(len(group) == 1 for group in groups)
    return puts if alone and len({put.key for put in puts}) == len(puts) else []


def _is_a_race(code: str) -> bool:
    return code in ("ConditionalCheckFailed", "ConditionalCheckFailedException", "TransactionConflict") or (
        code == "TransactionConflictException"
    )


def _condition(expect: int | None) -> dict[str, Any]:
    if expect is None:
        return {"ConditionExpression": "attribute_not_exists(pk)"}
    if expect == ANY:
        return {}
    return {"ConditionExpression": "v = :v", "ExpressionAttributeValues": {":v": {"N": str(expect)}}}


def _raw_key(key: Key) -> dict[str, Any]:
    return {"pk": {"S": key.pk}, "sk": {"S": key.sk}}


def _raw(write: Put) -> dict[str, Any]:
    # An item written with ANY starts a new count; nobody holds a version of such items.
    version = 1 if write.expect in (None, ANY) else (write.expect or 0) + 1
    text = json.dumps(write.body, separators=(",", ":"), ensure_ascii=False)
    raw: dict[str, Any] = {**_raw_key(write.key), "v": {"N": str(version)}}
    if len(text) < DEFLATE_FROM:
        raw["body"] = {"S": text}
    else:
        raw["body"] = {"B": zlib.compress(text.encode())}
    if write.state:
        raw["state_key"], raw["state_at"] = {"S": write.state[0]}, {"S": write.state[1]}
    if write.expires_at:
        raw["expires_at"] = {"N": str(write.expires_at)}
    return raw


def _item(raw: dict[str, Any]) -> Item:
    body = raw["body"]
    text = body["S"] if "S" in body else zlib.decompress(body["B"]).decode()
    return Item(Key(raw["pk"]["S"], raw["sk"]["S"]), int(raw["v"]["N"]), json.loads(text))
