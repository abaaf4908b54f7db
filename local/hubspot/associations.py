"""Links between contacts and companies: unlabelled, primary, and labels of one's own (reference, section 5)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from local.hubspot.changes import LinkChange
from local.hubspot.errors import Problem, invalid
from local.hubspot.kinds import COMPANIES, CONTACTS, Kind, other

UNLABELLED = {CONTACTS.name: 279, COMPANIES.name: 280}  # by the object type that the link is seen from
PRIMARY = {CONTACTS.name: 1, COMPANIES.name: 2}
LABELS_MAX = 10


@dataclass
class Link:
    """One contact's link to one company. `labels` holds the type ids as seen from the contact."""

    primary: bool = False
    labels: list[int] = field(default_factory=list)


@dataclass
class Label:
    """A user-defined label, with a type id for each direction."""

    name: str
    type_ids: dict[str, int]
    labels: dict[str, str]


class Links:
    """Every link of one portal."""

    def __init__(self) -> None:
        self._by_contact: dict[str, dict[str, Link]] = {}
        self._by_company: dict[str, dict[str, Link]] = {}
        self.labels: list[Label] = []
        self._next_type_id = 21

    def seen_from(self, kind: Kind, record_id: str) -> dict[str, Link]:
        """The links of one record, by the other side's id, ascending."""
        held = (self._by_contact if kind is CONTACTS else self._by_company).get(record_id, {})
        return dict(sorted(held.items(), key=lambda item: int(item[0])))

    def get(self, contact_id: str, company_id: str) -> Link | None:
        return self._by_contact.get(contact_id, {}).get(company_id)

    def primary_of(self, contact_id: str) -> str | None:
        held = self._by_contact.get(contact_id, {})
        return next((company_id for company_id, link in held.items() if link.primary), None)

    def add(self, contact_id: str, company_id: str) -> list[LinkChange]:
        """Make an unlabelled link. The first company of a contact becomes its primary one (section 5.3)."""
        if self.get(contact_id, company_id):
            return []
        is_first = not self._by_contact.get(contact_id)
        link = Link()
        self._by_contact.setdefault(contact_id, {})[company_id] = link
        self._by_company.setdefault(company_id, {})[contact_id] = link
        made = [LinkChange(contact_id, company_id, removed=False, primary=False)]
        return made + (self.make_primary(contact_id, company_id) if is_first else [])

    def make_primary(self, contact_id: str, company_id: str) -> list[LinkChange]:
        """Move the primary mark here, linking first if need be."""
        made = self.add(contact_id, company_id)
        link = self._by_contact[contact_id][company_id]
        if link.primary:
            return made
        before = self.primary_of(contact_id)
        moved = self.unmark_primary(contact_id, before) if before else []
        link.primary = True
        return [*made, *moved, LinkChange(contact_id, company_id, removed=False, primary=True)]

    def unmark_primary(self, contact_id: str, company_id: str) -> list[LinkChange]:
        link = self.get(contact_id, company_id)
        if link is None or not link.primary:
            return []
        link.primary = False
        return [LinkChange(contact_id, company_id, removed=True, primary=True)]

    def remove(self, contact_id: str, company_id: str) -> list[LinkChange]:
        """Remove every type of link between the two."""
        if self.get(contact_id, company_id) is None:
            return []
        gone = self.unmark_primary(contact_id, company_id)
        for held, mine, others in (
            (self._by_contact, contact_id, company_id),
            (self._by_company, company_id, contact_id),
        ):
            del held[mine][others]
            if not held[mine]:
                del held[mine]
        return [*gone, LinkChange(contact_id, company_id, removed=True, primary=False)]

    def define_label(self, seen_from: Kind, name: str, label: str, inverse: str) -> Label:
        if len(self.labels) >= LABELS_MAX:
            raise invalid(f"Only {LABELS_MAX} association labels are allowed between two object types.")
        if any(existing.name == name for existing in self.labels):
            raise Problem(409, f"An association label named '{name}' already exists.", "OBJECT_ALREADY_EXISTS")
        there = other(seen_from)
        type_ids = {seen_from.name: self._next_type_id, there.name: self._next_type_id + 1}
        self._next_type_id += 2
        made = Label(name, type_ids, {seen_from.name: label, there.name: inverse})
        self.labels.append(made)
        return made

    def label_of(self, type_id: int, seen_from: Kind) -> Label:
        for label in self.labels:
            if label.type_ids[seen_from.name] == type_id:
                return label
        raise invalid(
            f"Association type {type_id} does not exist from {seen_from.type_id} to {other(seen_from).type_id}."
        )

    def forget_label(self, label: Label) -> None:
        self.labels.remove(label)
        for held in self._by_contact.values():
            for link in held.values():
                link.labels = [one for one in link.labels if one != label.type_ids[CONTACTS.name]]

    def types_shown(self, link: Link, seen_from: Kind) -> list[dict[str, Any]]:
        """How a link is listed: a primary one as two entries on the same record (section 5.3)."""
        mine = seen_from.name
        primary = [_hubspot_type(PRIMARY[mine], "Primary")] if link.primary else []
        own = [
            {"category": "USER_DEFINED", "typeId": label.type_ids[mine], "label": label.labels[mine]}
            for label in self.labels
            if label.type_ids[CONTACTS.name] in link.labels
        ]
        return [*primary, _hubspot_type(UNLABELLED[mine], None), *own]

    def types_defined(self, seen_from: Kind) -> list[dict[str, Any]]:
        """Every type that exists in one direction."""
        mine = seen_from.name
        own = [
            {"category": "USER_DEFINED", "typeId": label.type_ids[mine], "label": label.labels[mine]}
            for label in self.labels
        ]
        return [_hubspot_type(PRIMARY[mine], "Primary"), _hubspot_type(UNLABELLED[mine], None), *own]


def _hubspot_type(type_id: int, label: str | None) -> dict[str, Any]:
    return {"category": "HUBSPOT_DEFINED", "typeId": type_id, "label": label}


@dataclass(frozen=True)
class LinkTypes:
    """What a list of association types asks for."""

    primary: bool
    unlabelled: bool
    labels: list[Label]


def read_types(links: Links, seen_from: Kind, types: list[tuple[str, int]]) -> LinkTypes:
    """Understand `(associationCategory, associationTypeId)` pairs as seen from one side."""
    labels = []
    for category, type_id in types:
        if category == "USER_DEFINED":
            labels.append(links.label_of(type_id, seen_from))
        elif category != "HUBSPOT_DEFINED" or type_id not in (UNLABELLED[seen_from.name], PRIMARY[seen_from.name]):
            raise invalid(
                f"Association type {type_id} in category {category} does not exist "
                f"from {seen_from.type_id} to {other(seen_from).type_id}."
            )
    asked = {type_id for category, type_id in types if category == "HUBSPOT_DEFINED"}
    return LinkTypes(PRIMARY[seen_from.name] in asked, UNLABELLED[seen_from.name] in asked, labels)
