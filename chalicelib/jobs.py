"""The words that travel: notices (what a webhook claims), jobs (a record to look at), expansions (many of them) and
errands (about a grant).

Jobs are level-triggered (design D1): they name a record, never a change. What else they carry only helps to see,
without a call, that there is nothing new to read.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any, NewType

NEW_DAY = "a new day: overdue?"  # the cause of a look that needs no more than the calendar
ABSORBED = "another one was merged into it"  # the cause of a look at a row of QuickBooks, which itself does not tell
ID_DIGITS_MAX = 20  # of 64 bits
YEAR_2000, YEAR_2100 = 946_684_800.0, 4_102_444_800.0  # in seconds since 1970
ECHOES_MAX = 200  # of one job; a message of the queue holds many times as much
PUT_OFF_S, PUT_OFF_MAX_S = 5, 80
CAUSES_MAX = 4  # property changes named in a folded job

ConnectionId = NewType("ConnectionId", str)  # "<portal id>:<realm id>"


class Side(StrEnum):
    HUBSPOT = "hubspot"
    QUICKBOOKS = "quickbooks"

    @property
    def other(self) -> Side:
        return Side.QUICKBOOKS if self is Side.HUBSPOT else Side.HUBSPOT


@dataclass(frozen=True)
class Portal:
    """A HubSpot account, by its portal id."""

    id: str

    @property
    def side(self) -> Side:
        return Side.HUBSPOT


@dataclass(frozen=True)
class Realm:
    """A QuickBooks company, by its realm id."""

    id: str

    @property
    def side(self) -> Side:
        return Side.QUICKBOOKS


Account = Portal | Realm  # whoever can give us a grant; which of the two it is, is a matter of type


class Kind(StrEnum):
    CUSTOMER = "customer"
    PRODUCT = "product"
    INVOICE = "invoice"
    PAYMENT = "payment"  # money that came in for invoices; in HubSpot it is a note on their deals


@dataclass(frozen=True)
class Notice:
    """What one webhook event claims. `at` is the vendor's time of the change in seconds, or None where the event
    says nothing about the record's own properties (a merge, an association), so that no held date can outdate it.
    `echo` is set only for a change that our own app made: the property and a digest of the value it then had.
    `property` is the one that changed, where the event is about one; `linked_to` the object at the other end of an
    association that came or went.
    """

    account: str  # portal id or realm id
    side: Side
    object: str  # the vendor's own word: contact, company, deal, invoice, customer, vendor, employee
    id: str
    cause: str
    at: float | None = None
    echo: str | None = None
    merged_into: str | None = None
    property: str | None = None
    linked_to: str | None = None


@dataclass(frozen=True)
class Job:
    """Look at this record. `echoes` lists our own app's events folded into it, or is None if anything else is.
    Where a change of an associated record is the cause, `company` names it (a company's id, `invoice:` and an
    invoice's) and `at` is that record's time."""

    connection: ConnectionId
    kind: Kind
    side: Side
    id: str
    cause: str
    at: float | None = None
    echoes: tuple[str, ...] | None = None
    merged_into: str | None = None
    company: str | None = None
    events: int = 1  # how many notices were folded into it
    waited: int = 0  # how often somebody else was at work on its record

    @property
    def key(self) -> tuple[str, str, str, str]:
        return (self.connection, self.kind, self.side, self.id)

    @property
    def record(self) -> str:
        """The record's name on its side, as records are keyed in memory."""
        return f"{self.side}:{self.id}"

    @property
    def group(self) -> str:
        """Whose messages these are: one busy group does not starve the others."""
        return self.connection


@dataclass(frozen=True)
class Expand:
    """Turn one cause into record jobs, a page at a time: `associated`, `company` (of an older version),
    `name_holder`, `records`, `sweep`, `backfill`, `setup`, `linked`. `page` is whatever the next page needs."""

    connection: ConnectionId
    source: str
    id: str
    page: str = ""

    @property
    def group(self) -> str:
        return self.connection


@dataclass(frozen=True)
class Errand:
    """Something to do about a grant: `renew` it (because the pair of this `generation` was refused, or 0: because its
    time has come), or `end` it."""

    what: str
    account: Account
    generation: int = 0

    @property
    def group(self) -> str:
        return f"{self.account.side}:{self.account.id}"


Message = Job | Expand | Errand


def vendor_id(value: object) -> str:
    """An id as both vendors have them: a whole number, sent as one or as text; `0058` is 58. It becomes part of keys,
    addresses and log lines. Raises ValueError for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError("no id")
    text = str(value) if isinstance(value, str) or 0 <= value < 10**ID_DIGITS_MAX else ""
    if not (text.isascii() and text.isdigit() and len(text) <= ID_DIGITS_MAX):
        raise ValueError("no id")
    return str(int(text))


def plausible(at: float) -> float | None:
    """A vendor's time in seconds; None where it is none that a record can have. One from the year 9999 would make all
    that happens until then look outdated."""
    return at if YEAR_2000 < at < YEAR_2100 else None


def echo_of(property_name: str, value: str) -> str:
    """Name a property and a value without showing the value."""
    return f"{property_name}={hashlib.sha256(value.encode(errors='surrogatepass')).hexdigest()[:16]}"


def fold(jobs: Iterable[Job]) -> list[Job]:
    """One job for each record, in the order of first mention, as undroppable as its least droppable part."""
    folded: dict[tuple[str, str, str, str], Job] = {}
    for job in jobs:
        held = folded.get(job.key)
        folded[job.key] = job if held is None else _joined(held, job)
    return list(folded.values())


def _joined(one: Job, two: Job) -> Job:
    causes = list(dict.fromkeys([*one.cause.split(", "), *two.cause.split(", ")]))
    edits = [cause for cause in causes if "propertyChange" in cause]
    told = set(edits[:CAUSES_MAX])  # of fifty edited properties some will do; a privacy deletion must not be lost
    return replace(
        one,
        cause=", ".join(cause for cause in causes if cause in told or cause not in edits),
        at=_latest(one, two),
        echoes=_both(one.echoes, two.echoes),
        merged_into=two.merged_into or one.merged_into,
        events=one.events + two.events,
        waited=min(one.waited, two.waited),
    )


def put_off(jobs: Iterable[Job]) -> tuple[list[Job], int]:
    """The jobs as they come again while somebody else has their record in hand, and after how many seconds. A worker is
    done in five, mostly; one that has died holds its lease for minutes, in which each look may cost calls."""
    later = [replace(job, waited=job.waited + 1) for job in jobs]
    times = min((job.waited for job in later), default=1)
    return later, min(PUT_OFF_S * 2 ** (times - 1), PUT_OFF_MAX_S)


def _both(one: tuple[str, ...] | None, two: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """So many echoes that no message would hold them make the job one to look at, as anything else would."""
    every = None if one is None or two is None else tuple(dict.fromkeys(one + two))
    return every if every is None or len(every) <= ECHOES_MAX else None


def _latest(one: Job, two: Job) -> float | None:
    """The later time of the two; none where one has none, or they are by two clocks. Beside a person's change our own
    app's says nothing: hers may have come just before ours, unseen by it."""
    if one.company != two.company or one.at is None or two.at is None:
        return None
    if (one.echoes is None) != (two.echoes is None):
        return one.at if one.echoes is None else two.at
    return max(one.at, two.at)


def to_body(message: Message) -> str:
    """A message's text in the queue; what is None is left out."""
    if isinstance(message, Errand):
        side, account = str(message.account.side), message.account.id
        return json.dumps({"errand": message.what, "side": side, "account": account, "generation": message.generation})
    fields = {name: value for name, value in asdict(message).items() if value is not None}
    return json.dumps(fields, separators=(",", ":"))


def from_body(body: str) -> Message:
    """Read a message back; a field of a newer version is passed over, a missing one is a ValueError."""
    try:
        raw: dict[str, Any] = json.loads(body)
        if "errand" in raw:
            own = Portal if raw["side"] == Side.HUBSPOT else Realm
            return Errand(raw["errand"], own(str(raw["account"])), int(raw.get("generation", 0)))
        if "source" in raw:
            return Expand(ConnectionId(raw["connection"]), raw["source"], str(raw["id"]), raw.get("page", ""))
        echoes = raw.get("echoes")
        return Job(
            connection=ConnectionId(raw["connection"]),
            kind=Kind(raw["kind"]),
            side=Side(raw["side"]),
            id=str(raw["id"]),
            cause=raw.get("cause", ""),
            at=raw.get("at"),
            echoes=None if echoes is None else tuple(echoes),
            merged_into=raw.get("merged_into"),
            company=raw.get("company"),
            events=int(raw.get("events", 1)),
            waited=int(raw.get("waited", 0)),
        )
    except (KeyError, TypeError, AttributeError, json.JSONDecodeError) as wrong:
        raise ValueError(f"not a job: {type(wrong).__name__} {wrong}") from wrong
