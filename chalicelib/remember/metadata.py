"""What both systems said about themselves, as it was read last: compressed, in as many items as it takes.

A portal may have a thousand properties on each object, with thousands of choices, and an item ends at 400 KB. The parts
are written first, under a name of their own; then the head, which names them. So a reader sees one reading whole, the
old one or the new.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Sequence

from chalicelib.jobs import ConnectionId
from chalicelib.remember.table import ANY, Delete, Item, Key, Lost, Put, Table, Write
from chalicelib.settings.metadata import Metadata, from_body, to_body

PART_MAX = 300_000  # characters of one item's text
KEPT_S = 400 * 86_400  # also for parts that nobody names, after a crash between two writes
REQUESTS_MAX = 20  # answered requests that the head remembers
TRIES = 50


class MetadataStore:
    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, connection: ConnectionId) -> Metadata | None:
        """The last reading; None where there is none."""
        for _ in range(TRIES):
            head = self._head(connection)
            if head is None:
                return None
            keys = _part_keys(connection, head)
            parts = self._table.get(keys)
            if len(parts) == len(keys):
                return _unpacked([parts[key].body["text"] for key in keys])
            if (now := self._head(connection)) is not None and now.body == head.body:
                return None  # the parts have run out before their head
        raise RuntimeError(f"metadata of {connection} is being changed by too many others")

    def answered(self, connection: ConnectionId, request_id: str) -> bool:
        """Whether a reading that was made for this request is stored."""
        head = self._head(connection)
        return head is not None and request_id in head.body["requests"]

    def keep(self, connection: ConnectionId, metadata: Metadata, request_ids: Sequence[str]) -> None:
        """Store a reading, and say which requests it answers."""
        texts = _packed(metadata)
        name = hashlib.sha256("".join(texts).encode()).hexdigest()[:16]  # two at once never mix their parts
        expires_at = int(metadata.read_at) + KEPT_S
        body = {"name": name, "parts": len(texts), "read_at": metadata.read_at, "requests": list(request_ids)}
        parts: list[list[Write]] = [
            [Put(key, {"text": text}, ANY, expires_at=expires_at)]
            for key, text in zip(_keys(connection, name, len(texts)), texts, strict=True)
        ]
        for lost in self._table.write_each(parts):
            if lost:
                raise lost
        for _ in range(TRIES):
            held = self._head(connection)
            before = held.body["requests"] if held else []
            requests = list(dict.fromkeys([*before, *request_ids]))[-REQUESTS_MAX:]
            head = Put(_head_key(connection), {**body, "requests": requests}, held.version if held else None)
            try:
                self._table.write([head])
            except Lost:
                continue
            if held and held.body["name"] != name:
                old: list[list[Write]] = [[Delete(key, ANY)] for key in _part_keys(connection, held)]
                self._table.write_each(old)
            return
        raise RuntimeError(f"metadata of {connection} is being changed by too many others")

    def _head(self, connection: ConnectionId) -> Item | None:
        key = _head_key(connection)
        return self._table.get([key]).get(key)


def _head_key(connection: ConnectionId) -> Key:
    return Key(f"{connection}|metadata", "head")


def _part_keys(connection: ConnectionId, head: Item) -> list[Key]:
    return _keys(connection, head.body["name"], head.body["parts"])


def _keys(connection: ConnectionId, name: str, count: int) -> list[Key]:
    return [Key(f"{connection}|metadata", f"part|{name}|{number:04d}") for number in range(count)]


def _packed(metadata: Metadata) -> list[str]:
    text = json.dumps(to_body(metadata), separators=(",", ":"))
    packed = base64.b64encode(zlib.compress(text.encode())).decode()
    return [packed[start : start + PART_MAX] for start in range(0, len(packed), PART_MAX)]


def _unpacked(texts: Sequence[str]) -> Metadata:
    return from_body(json.loads(zlib.decompress(base64.b64decode("".join(texts)))))
