"""Links between two object types: unlabelled, primary, and labels of one's own (reference, section 5). Only companies
can be primary."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from local.hubspot.changes import LinkChange
from local.hubspot.errors import Problem, invalid
from local.hubspot.kinds import (
    COMPANIES,
    CONTACTS,
    DEALS,
    INVOICES,
    LINE_ITEMS,
    NOTES,
    PAYMENTS,
    Kind,
)

Ends = tuple[int, int]


@dataclass(frozen=True)
class Pair:
    """Two object types whose records can be linked. Type ids are those seen from `one`, and from `two` (section 5.2).

    `primary`: a record of `one` has at most one primary link.
    """

    one: Kind
    two: Kind
    unlabelled: Ends
    primary: Ends | None = None


PAIRS = (
    Pair(CONTACTS, COMPANIES, (279, 280), (1, 2)),
    Pair(CONTACTS, DEALS, (4, 3)),
    Pair(CONTACTS, INVOICES, (178, 177)),
    Pair(CONTACTS, PAYMENTS, (388, 387)),
    Pair(CONTACTS, NOTES, (201, 202)),
    Pair(DEALS, COMPANIES, (341, 342), (5, 6)),
    Pair(COMPANIES, INVOICES, (180, 179)),
    Pair(COMPANIES, PAYMENTS, (390, 389)),
    Pair(COMPANIES, NOTES, (189, 190)),
    Pair(DEALS, LINE_ITEMS, (19, 20)),
    Pair(DEALS, INVOICES, (176, 175)),
    Pair(DEALS, PAYMENTS, (392, 391)),
    Pair(DEALS, NOTES, (213, 214)),
    Pair(LINE_ITEMS, INVOICES, (410, 409)),
    Pair(LINE_ITEMS, PAYMENTS, (396, 395)),
    Pair(PAYMENTS, INVOICES, (542, 541)),
)
LABELS_MAX = 10


def pair_of(a: Kind, b: Kind) -> Pair:
    """The pair that two object types make, whichever comes first."""
    for pair in PAIRS:
        if {pair.one, pair.two} == {a, b} and a is not b:
            return pair
    raise invalid(f"Associations from {a.name} to {b.name} do not exist, or are not imitated.")


@dataclass
class Link:
    """A link of two records. `labels` holds the type ids as seen from the pair's first type."""

    primary: bool = False
    labels: list[int] = field(default_factory=list)


@dataclass
class Label:
    """A user-defined label, with a type id for each direction."""

    name: str
    type_ids: dict[str, int]
    labels: dict[str, str]


class Links:
    """Every link of one portal between two object types."""

    def __init__(self, pair: Pair) -> None:
        self.one, self.two = pair.one, pair.two
        names = (pair.one.name, pair.two.name)
        self.unlabelled = dict(zip(names, pair.unlabelled, strict=True))
        self.primary = dict(zip(names, pair.primary, strict=True)) if pair.primary else {}
        self._by_one: dict[str, dict[str, Link]] = {}
        self._by_two: dict[str, dict[str, Link]] = {}
        self.labels: list[Label] = []
        self._next_type_id = 21

    def seen_from(self, kind: Kind, record_id: str) -> dict[str, Link]:
        """The links of one record, by the other side's id, ascending."""
        held = (self._by_one if kind is self.one else self._by_two).get(record_id, {})
        return dict(sorted(held.items(), key=lambda item: int(item[0])))

    def across(self, seen_from: Kind) -> Kind:
        """The object type at the other end."""
        return self.two if seen_from is self.one else self.one

    def ordered(self, here: Kind, here_id: str, there_id: str) -> tuple[str, str]:
        """Two ids, the one of the pair's first type first."""
        return (here_id, there_id) if here is self.one else (there_id, here_id)

    def get(self, one_id: str, two_id: str) -> Link | None:
        return self._by_one.get(one_id, {}).get(two_id)

    def primary_of(self, one_id: str) -> str | None:
        held = self._by_one.get(one_id, {})
        return next((two_id for two_id, link in held.items() if link.primary), None)

    def add(self, one_id: str, two_id: str) -> list[LinkChange]:
        """Make an unlabelled link. The first company of a contact or deal becomes its primary one (section 5.3)."""
        if self.get(one_id, two_id):
            return []
        is_first = bool(self.primary) and not self._by_one.get(one_id)
        link = Link()
        self._by_one.setdefault(one_id, {})[two_id] = link
        self._by_two.setdefault(two_id, {})[one_id] = link
        made = [self._change(one_id, two_id, removed=False, primary=False)]
        return made + (self.make_primary(one_id, two_id) if is_first else [])

    def make_primary(self, one_id: str, two_id: str) -> list[LinkChange]:
        """Move the primary mark here, linking first if need be."""
        made = self.add(one_id, two_id)
        link = self._by_one[one_id][two_id]
        if link.primary:
            return made
        before = self.primary_of(one_id)
        moved = self.unmark_primary(one_id, before) if before else []
        link.primary = True
        return [*made, *moved, self._change(one_id, two_id, removed=False, primary=True)]

    def unmark_primary(self, one_id: str, two_id: str) -> list[LinkChange]:
        link = self.get(one_id, two_id)
        if link is None or not link.primary:
            return []
        link.primary = False
        return [self._change(one_id, two_id, removed=True, primary=True)]

    def remove(self, one_id: str, two_id: str) -> list[LinkChange]:
        """Remove every type of link between the two."""
        if self.get(one_id, two_id) is None:
            return []
        gone = self.unmark_primary(one_id, two_id)
        for held, mine, others in (
            (self._by_one, one_id, two_id),
            (self._by_two, two_id, one_id),
        ):
            del held[mine][others]
            if not held[mine]:
                del held[mine]
        return [*gone, self._change(one_id, two_id, removed=True, primary=False)]

    def _change(self, one_id: str, two_id: str, *, removed: bool, primary: bool) -> LinkChange:
        return LinkChange(self.one, self.two, one_id, two_id, removed, primary)

    def define_label(self, seen_from: Kind, name: str, label: str, inverse: str) -> Label:
        if len(self.labels) >= LABELS_MAX:
            raise invalid(f"Only {LABELS_MAX} association labels are allowed between two object types.")
        if any(existing.name == name for existing in self.labels):
            raise Problem(409, f"An association label named '{name}' already exists.", "OBJECT_ALREADY_EXISTS")
        there = self.across(seen_from)
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
            f"Association type {type_id} does not exist from {seen_from.type_id} to {self.across(seen_from).type_id}."
        )

    def forget_label(self, label: Label) -> None:
        self.labels.remove(label)
        for held in self._by_one.values():
            for link in held.values():
                link.labels = [one for one in link.labels if one != label.type_ids[self.one.name]]

    def types_shown(self, link: Link, seen_from: Kind) -> list[dict[str, Any]]:
        """How a link is listed: a primary one as two entries on the same record (section 5.3)."""
        mine = seen_from.name
        primary = [_hubspot_type(self.primary[mine], "Primary")] if link.primary else []
        own = [
            {"category": "USER_DEFINED", "typeId": label.type_ids[mine], "label": label.labels[mine]}
            for label in self.labels
            if label.type_ids[self.one.name] in link.labels
        ]
        return [*primary, _hubspot_type(self.unlabelled[mine], None), *own]

    def own_types(self, seen_from: Kind) -> set[int]:
        """HubSpot's own type ids in one direction."""
        return {types[seen_from.name] for types in (self.unlabelled, self.primary) if seen_from.name in types}

    def types_defined(self, seen_from: Kind) -> list[dict[str, Any]]:
        """Every type that exists in one direction."""
        mine = seen_from.name
        own = [
            {"category": "USER_DEFINED", "typeId": label.type_ids[mine], "label": label.labels[mine]}
            for label in self.labels
        ]
        primary = [_hubspot_type(self.primary[mine], "Primary")] if self.primary else []
        return [*primary, _hubspot_type(self.unlabelled[mine], None), *own]


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
        elif category != "HUBSPOT_DEFINED" or type_id not in links.own_types(seen_from):
            raise invalid(
                f"Association type {type_id} in category {category} does not exist "
                f"from {seen_from.type_id} to {links.across(seen_from).type_id}."
            )
    asked = {type_id for category, type_id in types if category == "HUBSPOT_DEFINED"}
    return LinkTypes(links.primary.get(seen_from.name) in asked, links.unlabelled[seen_from.name] in asked, labels)
