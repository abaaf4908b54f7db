"""What is to be written for one record: frozen values, made by rules, carried out by `write.py`."""

from __future__ import annotations

from dataclasses import dataclass, field

from chalicelib.failures import Trouble
from chalicelib.jobs import Side
from chalicelib.remember.records import Halves, State
from chalicelib.resolve.invoices import LineItem
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


@dataclass(frozen=True)
class MirrorLines:
    """Line items of an invoice to be made, changed or taken away (`gone`: their keys)."""

    new: tuple[LineItem, ...] = ()
    changed: tuple[LineItem, ...] = ()
    gone: tuple[str, ...] = ()

    @property
    def properties(self) -> dict[str, str]:
        """As a plan shows and compares it: each line's properties under its key."""
        lines = (*self.new, *self.changed)
        said = {f"line {one.key}: {name}": value for one in lines for name, value in one.properties.items()}
        return {**said, **{f"line {key}": "" for key in self.gone}}


@dataclass(frozen=True)
class WriteNotes:
    """A payment's notes, by deal: those to be made, and those whose text is to change."""

    new: dict[str, str] = field(default_factory=dict)
    changed: dict[str, str] = field(default_factory=dict)

    @property
    def properties(self) -> dict[str, str]:
        return {f"note on deal {deal}": body for deal, body in {**self.new, **self.changed}.items()}


Write = (
    CreateInQuickBooks | UpdateInQuickBooks | CreateInHubSpot | UpdateInHubSpot | ArchiveInHubSpot
    | MirrorLines | WriteNotes
)  # fmt: skip


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
    remark: str = ""  # what a reader should know of a record that is in sync

    @property
    def words(self) -> tuple[str, ...]:
        """The writes in the reader's words, fields named, values not."""
        return tuple(_words(write) for write in self.writes)


def _words(write: Write) -> str:
    match write:
        case CreateInQuickBooks():
            return "create it in QuickBooks"
        case UpdateInQuickBooks(values, active):
            turned = {True: "make it active", False: "make it inactive", None: ""}[active]
            fields = f"update {', '.join(sorted(values))} in QuickBooks" if values else ""
            return "; ".join(part for part in (turned, fields) if part)
        case CreateInHubSpot():
            return "create it in HubSpot"
        case UpdateInHubSpot(properties):
            return f"update {', '.join(sorted(properties))} in HubSpot"
        case MirrorLines(new, changed, gone):
            counts = {"add": new, "change": changed, "take away": gone}
            said = [f"{verb} {len(some)} line item{'s' * (len(some) > 1)}" for verb, some in counts.items() if some]
            return f"{', '.join(said)} in HubSpot"
        case WriteNotes(new, changed):
            verbs = {"add a": new, "change the": changed}
            return ", ".join(f"{verb} note on deal {deal}" for verb, some in verbs.items() for deal in some)
        case ArchiveInHubSpot(reason):
            return f"archive it in HubSpot ({reason})"
