"""Records beside a contact (its companies, deals and invoices) whose change may move it into or out of scope.

The receiver uses this too, so settings are read here as they are stored: as a plain dict, whatever is in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chalicelib.jobs import ConnectionId, Expand, Job, Kind, Notice, Side, fold

if TYPE_CHECKING:
    from chalicelib.hubspot.models import AssociationTo

SOURCE = "associated"  # of an expansion
OBJECTS = frozenset({"company", "deal", "invoice"})
SEEN_KEPT = 20  # stamps of associated records that a contact's record remembers; more of them where they
SEEN_TOGETHER_S, SEEN_MAX = 600.0, 500  # changed together: the overlap of each later sweep shows all of those again
NAME_FOLLOWS = "name"  # a customer's name follows its company's, whatever the filters ask

Asked = Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Told:
    """What is known of one associated record's change: why we look, and its own time (seconds) where it has one."""

    cause: str
    at: float | None = None


def asked_of(settings: Any) -> Asked:
    """The associated objects that the filters towards QuickBooks name, and the properties of each."""
    asked: dict[str, set[str]] = {}
    for name in _properties(_at(settings, "contacts", "filters", "to_quickbooks")):
        subject, dot, of_subject = name.partition(".")
        if dot and subject in OBJECTS:
            asked.setdefault(subject, set()).add(of_subject)
    return {subject: frozenset(names) for subject, names in asked.items()}


def _at(value: Any, *path: str) -> Any:
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _properties(value: Any) -> Iterator[str]:
    """Every property that the conditions in it name, however they are grouped."""
    if isinstance(value, list):
        for one in value:
            yield from _properties(one)
    elif isinstance(value, dict):
        if isinstance(value.get("property"), str):
            yield value["property"]
        for inner in value.values():
            yield from _properties(inner)


def concerns(notice: Notice, asked: Asked) -> bool:
    """Whether a notice of HubSpot's can change what is decided about a contact under these filters."""
    if notice.object == "contact":
        return notice.linked_to in (None, "company") or notice.linked_to in asked
    if notice.linked_to is not None:
        return False  # neither end is a contact
    if notice.object == "company" and notice.property in (None, NAME_FOLLOWS):
        return True
    names = asked.get(notice.object)
    return names is not None and (notice.property is None or notice.property in names)


def expansions(notices: Iterable[tuple[ConnectionId, Notice]]) -> list[Expand]:
    """One for each connection and associated record. Notices fold as jobs do, so that the least droppable counts."""
    about = [
        Job(connection, Kind.CUSTOMER, Side.HUBSPOT, f"{one.object}:{one.id}", one.cause, at=one.at)
        for connection, one in notices
    ]
    return [
        Expand(one.connection, SOURCE, one.id, json.dumps({"at": one.at, "cause": one.cause})) for one in fold(about)
    ]


def told_of(some: Iterable[Expand]) -> dict[str, dict[str, Told]]:
    """What these expansions tell, by object and id. Of two about one record the one without a time is undroppable."""
    told: dict[str, dict[str, Told]] = {}
    for one in some:
        subject, record_id, news = _read(one)
        held = told.setdefault(subject, {}).get(record_id)
        if held is None or (held.at is not None and (news.at is None or news.at > held.at)):
            told[subject][record_id] = news
    return told


def _read(one: Expand) -> tuple[str, str, Told]:
    if one.source == "company":  # of the version before: the page is the time, and only names were told
        cause = "HubSpot company propertyChange name"
        return "company", one.id, Told(cause, float(one.page) if one.page else None)
    subject, _, record_id = one.id.partition(":")
    page = json.loads(one.page)
    return subject, record_id, Told(page["cause"], page["at"])


def seen_key(subject: str, record_id: str) -> str:
    """How a contact's record names an associated one whose stamp it has seen; companies came first, and are plain."""
    return record_id if subject == "company" else f"{subject}:{record_id}"


def is_company(key: str) -> bool:
    return ":" not in key


def without_old(seen: Mapping[str, float]) -> dict[str, float]:
    """The stamps that are worth remembering: the latest, and all that a sweep still shows beside the latest of their
    kind of object, since each kind is swept from its own latest change."""
    kept: dict[str, float] = {}
    latest: dict[str, float] = {}
    for key in sorted(seen, key=lambda key: seen[key], reverse=True)[:SEEN_MAX]:
        together = seen[key] >= latest.setdefault(key.rpartition(":")[0], seen[key]) - SEEN_TOGETHER_S
        if together or len(kept) < SEEN_KEPT:
            kept[key] = seen[key]
    return kept


def contacts_of(
    connection: ConnectionId, subject: str, links: Mapping[str, list[AssociationTo]], told: Mapping[str, Told]
) -> list[Job]:
    """A look at each contact of these associated records, not folded yet. The job's time is the associated record's
    own, and is held against stamps of that record only: no stamp of the contact outdates it."""
    return [
        Job(
            connection, Kind.CUSTOMER, Side.HUBSPOT, to.toObjectId, told[record_id].cause,
            at=told[record_id].at, company=seen_key(subject, record_id),
        )
        for record_id, some in links.items()
        if record_id in told
        for to in some
    ]  # fmt: skip
