"""What is to be written for one record: frozen values, made by rules, carried out by `write.py`."""

from __future__ import annotations

from dataclasses import dataclass, field

from chalicelib.failures import Trouble
from chalicelib.jobs import Side
from chalicelib.remember.records import Halves, State
from chalicelib.resolve.orders import Verdict


@dataclass(frozen=True)
class CreateInQuickBooks:
    """`values` by QuickBooks path; `parent` is set for a sub-customer."""

    values: dict[str, str]
    parent: str | None = None


@dataclass(frozen=True)
class UpdateInQuickBooks:
    """Only what differs. `active` is set where the customer is to be inactivated or brought back."""

    values: dict[str, str]
    active: bool | None = None


@dataclass(frozen=True)
class CreateInHubSpot:
    properties: dict[str, str]


@dataclass(frozen=True)
class UpdateInHubSpot:
    properties: dict[str, str]


@dataclass(frozen=True)
class ArchiveInHubSpot:
    reason: str


Write = CreateInQuickBooks | UpdateInQuickBooks | CreateInHubSpot | UpdateInHubSpot | ArchiveInHubSpot


@dataclass(frozen=True)
class Conflict:
    """Both sides edited one field; `winner` is None where each side keeps its own, or a person is `asked`."""

    field: str
    hubspot: str
    quickbooks: str
    winner: Side | None
    quickbooks_field: str = ""
    asked: bool = False


@dataclass(frozen=True)
class Plan:
    """The writes for one record, and what to remember. With no writes, `state` is what the record is now in.

    `base` holds the fields that are settled already; written ones join it with the values of the write's reply.
    `wanted_name`: the display name must be reserved before the writes may go (see `resolve/names.py`).
    `verdicts`: what becomes of a person's orders (see `resolve/orders.py`).
    """

    writes: tuple[Write, ...] = ()
    base: dict[str, Halves] = field(default_factory=dict)
    state: State = State.IN_SYNC
    reason: str = ""
    trouble: Trouble | None = None
    conflicts: tuple[Conflict, ...] = ()
    notes: tuple[str, ...] = ()
    wanted_name: str | None = None
    verdicts: tuple[Verdict, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """The writes in the reader's words, fields named, values not."""
        return tuple(_words(write) for write in self.writes)


def _words(write: Write) -> str:
    match write:
        case CreateInQuickBooks():
            return "create the customer in QuickBooks"
        case UpdateInQuickBooks(values, active):
            turned = {True: "make the customer active", False: "make the customer inactive", None: ""}[active]
            fields = f"update {', '.join(sorted(values))} in QuickBooks" if values else ""
            return "; ".join(part for part in (turned, fields) if part)
        case CreateInHubSpot():
            return "create the contact in HubSpot"
        case UpdateInHubSpot(properties):
            return f"update {', '.join(sorted(properties))} in HubSpot"
        case ArchiveInHubSpot(reason):
            return f"archive the contact in HubSpot ({reason})"
