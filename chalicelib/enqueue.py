"""Notice to job to message. The seam to the queue, and its second implementation for one process."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from chalicelib import associated
from chalicelib.jobs import ConnectionId, Expand, Job, Kind, Message, Notice, Side, fold, from_body, to_body
from chalicelib.remember.connections import Connection, ConnectionState
from chalicelib.switches import is_on, section

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

SEND_MAX = 10  # messages of one SendMessageBatch
SEND_BYTES_MAX = 240_000  # and their bodies together; SQS takes 1 MiB at most, and took 256 KiB once
EXPAND_FROM = 500  # records of one webhook body; more travel as pages and are spread out by the worker
PAGE_MAX = 200  # records on one page: some 100 KB
KINDS = {  # of the record that a notice asks to look at, by the vendor's word for it
    "contact": Kind.CUSTOMER, "customer": Kind.CUSTOMER, "product": Kind.PRODUCT, "item": Kind.PRODUCT,
    "invoice": Kind.INVOICE, "payment": Kind.PAYMENT,
}  # fmt: skip
NAME_HOLDERS = frozenset({"vendor", "employee"})
DEAL = "deal"  # an expansion's source: the invoices of a deal that may lack what they say


class NotQueued(Exception):  # noqa: N818
    """The queue did not take every message: the caller must say so, or nothing would ever come back to it."""


class Queue(Protocol):
    def send(self, messages: Sequence[Message], delay_s: int = 0) -> None:
        """Put every message into the queue, or raise `NotQueued`."""
        ...


class SqsQueue:
    """A standard queue; the connection is the message group, so that one busy company does not starve the others."""

    def __init__(self, client: SQSClient, url: str) -> None:
        self._client = client
        self._url = url

    def send(self, messages: Sequence[Message], delay_s: int = 0) -> None:
        part: list[Message] = []
        size = 0
        for message in messages:
            own = len(to_body(message).encode())
            if part and (len(part) == SEND_MAX or size + own > SEND_BYTES_MAX):
                self._send_some(part, delay_s)
                part, size = [], 0
            part.append(message)
            size += own
        if part:
            self._send_some(part, delay_s)

    def _send_some(self, messages: Sequence[Message], delay_s: int) -> None:
        left: list[Any] = [
            {
                "Id": str(number),
                "MessageBody": to_body(message),
                "MessageGroupId": message.group.replace(":", "-"),
                "DelaySeconds": delay_s,
            }
            for number, message in enumerate(messages)
        ]
        for _ in range(3):
            failed = {
                one["Id"] for one in self._client.send_message_batch(QueueUrl=self._url, Entries=left).get("Failed", [])
            }
            left = [entry for entry in left if entry["Id"] in failed]
            if not left:
                return
        raise NotQueued(f"{len(left)} of {len(messages)} messages were refused by the queue")


@dataclass
class MemoryQueue:
    """A queue in this process: `take` hands out what was sent, in order."""

    messages: list[tuple[Message, int]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, messages: Sequence[Message], delay_s: int = 0) -> None:
        with self._lock:
            self.messages += [(from_body(to_body(message)), delay_s) for message in messages]

    def take(self, at_most: int = 100) -> list[Message]:
        with self._lock:
            taken, self.messages = self.messages[:at_most], self.messages[at_most:]
        return [message for message, _ in taken]


def messages_for(notices: Iterable[Notice], connections: Iterable[Connection]) -> list[Message]:
    """One message for each record and connection that the notices concern; notices of strangers concern nobody."""
    live = [
        (one, associated.asked_of(one.settings)) for one in connections if one.state is not ConnectionState.DISCONNECTED
    ]
    jobs: list[Job] = []
    beside: list[tuple[ConnectionId, Notice]] = []
    holders: dict[Expand, None] = {}
    deals: dict[Expand, None] = {}
    for notice in notices:
        for connection, asked in live:
            if notice.account != (connection.portal_id if notice.side is Side.HUBSPOT else connection.realm_id):
                continue
            if (kind := _kind(notice, connection, asked)) is not None:
                jobs.append(_job(connection, kind, notice))
            if _changes_hands(notice) and is_on(connection.settings, Kind.INVOICE):
                deals[Expand(connection.id, DEAL, notice.id, notice.cause)] = None
            if notice.side is Side.HUBSPOT and notice.object in associated.OBJECTS:
                if associated.concerns(notice, asked):
                    beside.append((connection.id, notice))
            elif notice.object in NAME_HOLDERS:
                holders[Expand(connection.id, "name_holder", f"{notice.object.capitalize()}:{notice.id}")] = None
    folded = fold(jobs)
    records: list[Message] = [*(_pages(folded) if len(folded) > EXPAND_FROM else folded)]
    return [*records, *associated.expansions(beside), *holders, *deals]


def _kind(notice: Notice, connection: Connection, asked: associated.Asked) -> Kind | None:
    """Of what kind the record is that the notice asks to look at; None where that would change nothing."""
    kind = KINDS.get(notice.object)
    if kind is None or section(connection.settings, kind) is None:
        return None
    if notice.side is Side.HUBSPOT and kind is Kind.CUSTOMER and not associated.concerns(notice, asked):
        return None
    if notice.side is Side.HUBSPOT and kind is Kind.INVOICE and not _touches_mirror(notice):
        return None
    return kind


def _touches_mirror(notice: Notice) -> bool:
    """Whether a notice of HubSpot's invoice is about more than its properties, which follow QuickBooks alone: its
    deletion, its return, its deals. Only such a notice has neither a property nor a time."""
    return notice.property is None and notice.at is None


def _changes_hands(notice: Notice) -> bool:
    """Whether a deal came back, or took over another one's invoices: what it says of them may be of another time."""
    return notice.object == "deal" and notice.cause in ("HubSpot deal merge", "HubSpot deal restore")


def _job(connection: Connection, kind: Kind, notice: Notice) -> Job:
    return Job(
        connection=connection.id,
        kind=kind,
        side=notice.side,
        id=notice.id,
        cause=notice.cause,
        at=notice.at,
        echoes=None if notice.echo is None else (notice.echo,),
        merged_into=notice.merged_into,
    )


def _pages(jobs: Sequence[Job]) -> list[Message]:
    by_connection: dict[str, list[Job]] = {}
    for job in jobs:
        by_connection.setdefault(job.connection, []).append(job)
    return [
        Expand(part[0].connection, "records", f"{len(part)} records", json.dumps([asdict(job) for job in part]))
        for some in by_connection.values()
        for part in (some[start : start + PAGE_MAX] for start in range(0, len(some), PAGE_MAX))
    ]


def jobs_on_page(page: str) -> list[Job]:
    """The jobs that a `records` expansion carries."""
    return [job for raw in json.loads(page) if isinstance(job := from_body(json.dumps(raw)), Job)]
