"""One record on its way through a group: what is held, what was read, what is planned, how it ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from chalicelib.enqueue import Queue
from chalicelib.failures import Busy, CallFailed, OutOfTime, ReconnectNeeded, Trouble
from chalicelib.hubspot import models as hubspot
from chalicelib.hubspot.client import HubSpot
from chalicelib.jobs import Job, Kind, Message, Side, to_body
from chalicelib.quickbooks import models as quickbooks
from chalicelib.quickbooks.client import QuickBooks
from chalicelib.remember.connections import Connection
from chalicelib.remember.guards import Brake, MatchLeases
from chalicelib.remember.names import Names
from chalicelib.remember.records import Held, Record, Records
from chalicelib.remember.table import Check, Table
from chalicelib.resolve.fields import Field, field_table
from chalicelib.resolve.invoices import Mirror
from chalicelib.resolve.orders import ACTIVE, ARCHIVED, Verdict
from chalicelib.resolve.pair import Pair
from chalicelib.resolve.plan import Plan
from chalicelib.settings import Settings
from chalicelib.shapes import SHAPES, Section, Shape
from chalicelib.transport import CallLog

PUTS_AWAY = frozenset({f"{Side.QUICKBOOKS}.{ACTIVE}", f"{Side.HUBSPOT}.{ARCHIVED}"})


@dataclass
class Group:
    """The records of one connection and kind that one worker moves together, and all that it needs for that."""

    connection: Connection
    kind: Kind
    settings: Settings
    hubspot: HubSpot
    quickbooks: QuickBooks
    calls: CallLog
    table: Table
    queue: Queue
    now: Callable[[], float]
    new_id: Callable[[], str]
    lease_s: float
    rehearsal: bool = False  # nothing is told to anybody, and nobody is paused
    before_writing: Callable[[Sequence[Case]], None] | None = None  # sees the plans before they are carried out
    sync_first: Callable[[Kind, Sequence[Job]], None] | None = None  # looks at records that these depend on

    def __post_init__(self) -> None:
        self.records = Records(self.table)
        self.names = Names(self.table)
        self.matches = MatchLeases(self.table)
        self.brake = Brake(self.table)
        self.shape: Shape = SHAPES[self.kind]
        self.section: Section = self.shape.settings(self.settings)
        self.fields: tuple[Field, ...] = field_table(self.section)
        self.items: dict[str, quickbooks.Item] | None = None  # all of them, once they were read
        self.rounds_left = 0
        self.brought: list[Case] = []  # of another kind, looked at on the way because these depend on them
        self.busy: list[Busy] = []
        self.lost_grant = False
        self.refused_natives: set[str] = set()  # HubSpot's own properties of invoices that the portal did not take
        self.out_of_time = False
        self.braked = ""

    def failed(self, cases: Sequence[Case], failed: CallFailed | OutOfTime) -> None:
        """A call did not do what was asked: its records go no further in this run, their neighbours do."""
        for case in cases:
            if isinstance(failed, OutOfTime):
                case.ended = case.deferred = True
                case.after += case.jobs
            else:
                case.fail(failed.trouble)
        if isinstance(failed, Busy):
            self.busy.append(failed)
        if isinstance(failed, OutOfTime):
            self.out_of_time = True
        if isinstance(failed, ReconnectNeeded):
            self.lost_grant = True


@dataclass
class Case:
    """`held` is the record as stored, under our lease; `record` what it becomes."""

    held: Held
    jobs: list[Job]
    record: Record
    before: Record  # as it was when the job came, to tell whether anything changed
    in_hubspot: hubspot.Record | None = None
    company_name: str = ""
    in_quickbooks: quickbooks.Row | None = None
    associated: dict[str, list[hubspot.Record]] = field(default_factory=dict)
    read_at: float = 0.0
    wants_quickbooks: bool = False  # the row must be read, because its side has news or our token is stale
    plan: Plan | None = None
    granted: str | None = None  # the display name that was reserved for the plan
    parent: str | None = None  # customer id, for a sub-customer
    mirror: Mirror | None = None  # of an invoice: what HubSpot should hold of it
    links: list[dict[str, Any]] = field(default_factory=list)  # associations that a new record is made with
    remark: str = ""  # what a reader should know of it, though it is in sync
    trouble: Trouble | None = None  # what was refused last; the record's own trouble only where it `failed`
    failed: bool = False
    ended: bool = False  # nothing more to do in this run but to remember
    again: bool = False  # another round: something was learnt from a refusal
    wrote: list[str] = field(default_factory=list)
    overwritten: dict[str, str] = field(default_factory=dict)  # `<side>.<field>` -> what it held before we wrote,
    written: dict[str, str] = field(default_factory=dict)  # and what it holds since
    obeyed: set[str] = field(default_factory=set)  # keys of the orders that a write of ours has carried out
    verdicts: tuple[Verdict, ...] = ()  # what became of a person's orders
    freed: set[str] = field(default_factory=set)
    checks: list[Check] = field(default_factory=list)
    pointers: dict[str, int | None] = field(default_factory=dict)  # side ids to point at the record, and their versions
    aside: Held | None = None  # another record, as it is to be stored with this one, whose object this one takes over
    after: list[Message] = field(default_factory=list)
    base_taken: bool = False  # a write's reply has settled the base already
    keep_lease: bool = False
    deferred: bool = False  # looked at again later: give the lease back, change nothing
    lost: bool = False  # somebody else took the record over: write nothing of it
    first_call: int = 0

    @property
    def root(self) -> str:
        return self.record.root

    @property
    def cause(self) -> str:
        return ", ".join(dict.fromkeys(job.cause for job in self.jobs))

    def fail(self, trouble: Trouble) -> None:
        """This record goes no further in this run; its neighbours do."""
        self.trouble = trouble
        self.failed = self.ended = True

    def note_write(self, side: Side, before: Mapping[str, str], after: Mapping[str, str]) -> None:
        """Keep what a write replaced and what it left; of two writes to one field, the first's and the last's."""
        self.overwritten = {**{f"{side}.{name}": value for name, value in before.items()}, **self.overwritten}
        now = {f"{side}.{name}": value for name, value in after.items()}
        self.written |= now
        verdicts = self.plan.verdicts if self.plan else ()
        self.obeyed |= {one.key for one in verdicts if one.write is not None and one.field in now}

    def remark_on(self, remark: str) -> None:
        """Say something that a reader should know of it, though it is in sync."""
        if self.plan is not None and not self.plan.trouble:
            said = "; ".join(filter(None, [self.plan.remark, remark]))
            self.plan = replace(self.plan, remark=said)

    @property
    def owed(self) -> tuple[str, ...]:
        """What must be sent once it is remembered, as the record keeps it until it was sent."""
        return tuple(dict.fromkeys(map(to_body, self.after)))

    def forget_values(self) -> None:
        """The person was deleted for privacy: what was written about them is not kept, but that a side was put away."""
        self.overwritten = {name: value for name, value in self.overwritten.items() if name in PUTS_AWAY}
        self.written = {name: value for name, value in self.written.items() if name in PUTS_AWAY}

    def has_job_for(self, side: Side) -> bool:
        return any(job.side is side for job in self.jobs)

    def change(self, **values: object) -> None:
        """Mostly there is nothing to change, and a copy of so many fields is what takes a worker's time."""
        if any(getattr(self.record, name) != value for name, value in values.items()):
            self.record = replace(self.record, **values)  # type: ignore[arg-type]

    def pair(self, group: Group) -> Pair:
        return Pair(
            record=self.record,
            in_hubspot=self.in_hubspot,
            company_name=self.company_name,
            in_quickbooks=self.in_quickbooks,
            associated=self.associated,
            fields=group.fields,
            settings=group.section,
            realm_id=group.connection.realm_id,
            country=group.connection.country,
            time_zone=group.connection.time_zone,
        )


def open_cases(cases: list[Case]) -> list[Case]:
    return [case for case in cases if not case.ended and not case.lost]
