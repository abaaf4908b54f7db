"""One portal's CRM: records, their links and properties. No HTTP in here (reference, sections 4 and 5)."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from local.hubspot import values
from local.hubspot.associations import Links, LinkTypes
from local.hubspot.changes import Change, LinkChange
from local.hubspot.definitions import DESCRIBED, LIFECYCLE_STAGES
from local.hubspot.errors import BadValue, bad_values, contact_exists, invalid
from local.hubspot.kinds import COMPANIES, CONTACTS, DEALS, INVOICES, KINDS, Kind, Source, iso, not_the_contact
from local.hubspot.properties import Schema
from local.hubspot.records import Record, ShelvedLink, Table, Version, emails

FIRST_IDS = {
    CONTACTS.name: 61_200_334_001,
    COMPANIES.name: 7_300_112_001,
    DEALS.name: 33_400_120_001,
    INVOICES.name: 88_120_045_001,
}
PIPELINES = {CONTACTS.name: "contacts-lifecycle-pipeline", COMPANIES.name: "companies-lifecycle-pipeline"}
FILLED = {  # what a new record has where nothing else is said
    CONTACTS.name: {"lifecyclestage": "lead"},
    DEALS.name: {"pipeline": "default", "dealstage": "appointmentscheduled"},
    INVOICES.name: {"hs_invoice_status": "draft", "hs_invoice_source": "hubspot"},
}
Claims = set[tuple[str, str]]  # unique values that earlier inputs of the same batch take
Values = dict[str, str]


@dataclass(frozen=True)
class Draft:
    """Checked values, ready to be written. `warnings` tells what version 2026-09 normalised (section 2)."""

    values: Values
    warnings: list[dict[str, Any]] = field(default_factory=list)


class Crm:
    """`tell` hears of every change. `lenient_dates` etc. belong to a call and are passed in."""

    def __init__(
        self,
        portal_id: int,
        now: Callable[[], float],
        tell: Callable[[Change], None],
        first_ids: Mapping[str, int] = FIRST_IDS,
    ) -> None:
        self.portal_id = portal_id
        self.now = now
        self.tell = tell
        steps = random.Random(portal_id)
        self.tables = {kind.name: Table(kind, first_ids[kind.name], steps) for kind in KINDS}
        self.schemas = {kind.name: Schema(kind, self._now) for kind in DESCRIBED}
        self.every_link = {kind.name: Links(kind) for kind in KINDS if kind is not CONTACTS}
        self.links = self.every_link[COMPANIES.name]

    def _now(self) -> float:
        return self.now()  # which filling in a sample turns back for a while

    def table(self, kind: Kind) -> Table:
        return self.tables[kind.name]

    def schema(self, kind: Kind) -> Schema:
        return self.schemas[kind.name]

    def links_between(self, one: Kind, two: Kind) -> Links:
        return self.every_link[not_the_contact(one, two).name]

    def links_of(self, kind: Kind) -> list[Links]:
        """All that a record of this type can be linked by."""
        return [links for name, links in self.every_link.items() if kind is CONTACTS or name == kind.name]

    # -- finding ------------------------------------------------------------------------------------------------

    def find(self, kind: Kind, key: str, id_property: str | None = None) -> Record | None:
        """A live record by id (a merged-away id finds the survivor) or by a unique property."""
        if id_property is None:
            return self.table(kind).survivor(key)
        self.check_id_property(kind, id_property, "read")
        return self.table(kind).owner(id_property, key.strip().lower() if id_property == "email" else key)

    def check_id_property(self, kind: Kind, name: str, doing: str) -> None:
        is_email = kind is CONTACTS and name == "email"
        if not is_email and name not in self.schema(kind).unique:
            raise invalid(
                f"Unable to perform {doing} by non-unique {kind.type_id} property {name} in portal ID {self.portal_id}"
            )

    # -- checking -----------------------------------------------------------------------------------------------

    def check(
        self,
        kind: Kind,
        properties: Values,
        by: Source,
        *,
        record: Record | None = None,
        lenient_dates: bool = True,
        claims: Claims | None = None,
    ) -> Draft:
        """Say what would be stored, or raise the refusal. `record` is the one to be updated."""
        accepted: Values = {}
        warnings: list[dict[str, Any]] = []
        bad: list[BadValue] = []
        for name, raw in properties.items():
            try:
                accepted[name] = self._accept(kind, name, raw, record, lenient_dates=lenient_dates)
            except values.Rejected as rejected:
                bad.append(rejected.as_bad_value(name))
                continue
            if (warning := self._date_warning(kind, name, raw, accepted[name])) is not None:
                warnings.append(warning)
        bad += self._conflicts(kind, accepted, record, claims)
        if bad:
            raise bad_values(self.portal_id, bad)
        if record is None:
            self._check_new(kind, accepted)
        if by.is_api and record and not _moves_forward(record.values.get("lifecyclestage"), accepted):
            del accepted["lifecyclestage"]
        if claims is not None:
            claims.update(self._unique_values(kind, accepted))
        return Draft(accepted, warnings)

    def _accept(self, kind: Kind, name: str, raw: str, record: Record | None, *, lenient_dates: bool) -> str:
        definition = self.schema(kind).find(name)
        if definition is None:
            raise values.Rejected("PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist')
        if definition.readOnlyValue:
            raise values.Rejected("READ_ONLY_VALUE", f'"{name}" is a read only property; its value cannot be set.')
        current = record.values.get(name, "") if record else ""
        return values.accept(definition, raw, current, lenient_dates=lenient_dates)

    def _date_warning(self, kind: Kind, name: str, raw: str, stored: str) -> dict[str, Any] | None:
        definition = self.schema(kind).properties[name]
        if definition.type != "date" or raw == stored or values.is_exact_date(raw):
            return None
        return {
            "category": "PROPERTY_VALUE_NORMALIZED",
            "message": f"The value of {name} was normalized to {stored}.",
            "context": {"propertyName": [name], "rawValue": [raw], "normalizedValue": [stored]},
        }

    def _check_new(self, kind: Kind, accepted: Values) -> None:
        if not any(accepted.get(name) for name in kind.required):
            raise invalid(
                f"Error creating {kind.legacy}. Some required properties were not set.",
                context={"properties": [f"[{', '.join(kind.required)}]"]},
            )
        for address in emails(accepted):
            if owner := self.table(kind).owner("email", address):
                raise contact_exists(owner.id)

    def _conflicts(self, kind: Kind, accepted: Values, record: Record | None, claims: Claims | None) -> list[BadValue]:
        """Unique values that another record, or an earlier input of the batch, already has."""
        bad = []
        for name, value in self._unique_values(kind, accepted):
            owner = self.table(kind).owner(name, value)
            is_new_email = name == "email" and record is None  # a 409 of its own
            if owner and owner is not record and not is_new_email:
                wanted_by = record.id if record else "a new record"
                bad.append(_taken(self.portal_id, kind, name, value, wanted_by=wanted_by, owner=owner.id))
            elif claims and (name, value) in claims:
                earlier = "An earlier input of the batch"
                bad.append(_taken(self.portal_id, kind, name, value, wanted_by="this input", owner=earlier))
        return bad

    def _unique_values(self, kind: Kind, accepted: Values) -> list[tuple[str, str]]:
        own = [(name, accepted[name]) for name in self.schema(kind).unique if accepted.get(name)]
        return own + [("email", address) for address in emails(accepted)]

    # -- writing ------------------------------------------------------------------------------------------------

    def create(self, kind: Kind, draft: Draft, by: Source) -> Record:
        at = self.now()
        record = Record(kind, self.table(kind).new_id(), at, at)
        self.table(kind).add(record)
        self._stamp_new(record, by)
        self.tell(Change("creation", kind, at, by, record.id))
        filled = dict(FILLED.get(kind.name, {}))
        if kind is COMPANIES and draft.values.get("domain"):
            filled["website"] = draft.values["domain"]
        self.write(record, {**filled, **draft.values}, by, always=True)
        return record

    def update(self, record: Record, draft: Draft, by: Source) -> None:
        self.write(record, draft.values, by)

    def write(self, record: Record, changes: Values, by: Source, *, always: bool = False) -> list[str]:
        """Store values, keep what follows from them, and tell of each that changed; return their names."""
        changes = _keep_emails_apart(record.values, changes)
        changed = [name for name, value in changes.items() if record.values.get(name, "") != value]
        if not changed and not always:
            return []
        at = self.now()
        self.table(record.kind).disclaim(record)
        for name in changed:
            _set(record.values, name, changes[name])
            record.history.setdefault(name, []).insert(0, Version(changes[name], at, by))
        self.table(record.kind).claim(record, self.schema(record.kind).unique)
        self.touch(record, at)
        for name in changed:
            subscribable = not self.schema(record.kind).properties[name].calculated
            change = Change("propertyChange", record.kind, at, by, record.id, name, changes[name], subscribable)
            self.tell(change)
        return changed

    def touch(self, record: Record, at: float) -> None:
        """Stamp a change, and let the index see it in time."""
        record.updated_at = at
        record.values |= {"hs_lastmodifieddate": iso(at), record.kind.modified: iso(at)}
        self._calculate(record)
        record.remember_revision(at)

    def archive(self, record: Record, by: Source) -> None:
        at = self.now()
        self.table(record.kind).disclaim(record)
        record.archived_at = at
        record.updated_at = at
        record.remember_revision(at)
        self._shelve_links(record, by)
        self.tell(Change("deletion", record.kind, at, by, record.id))

    def restore(self, record: Record, by: Source) -> None:
        """Bring an archived record back, with those of its links whose other end still lives."""
        for name, value in self._unique_values(record.kind, record.values):
            if owner := self.table(record.kind).owner(name, value):
                raise contact_exists(owner.id) if name == "email" else invalid(f"{owner.id} already has that value.")
        at = self.now()
        record.archived_at = None
        self.table(record.kind).claim(record, self.schema(record.kind).unique)
        self.touch(record, at)
        self.tell(Change("restore", record.kind, at, by, record.id))
        self._unshelve_links(record, by)

    def forget(self, record: Record, by: Source) -> None:
        """Delete a contact for privacy's sake: nothing can read it again."""
        at = self.now()
        self.table(record.kind).disclaim(record)
        was_live, record.archived_at = record.archived_at is None, at
        self._shelve_links(record, by)
        self.table(record.kind).drop(record)
        self.tell(Change("privacyDeletion", record.kind, at, by, record.id))
        if was_live:
            self.tell(Change("deletion", record.kind, at, by, record.id))

    # -- linking ------------------------------------------------------------------------------------------------

    def link(self, contact: Record, there: Record, by: Source, *, primary: bool = False) -> None:
        links = self.every_link[there.kind.name]
        make = links.make_primary if primary else links.add
        self._follow_links(make(contact.id, there.id), by)

    def link_as(self, contact: Record, there: Record, types: LinkTypes, by: Source) -> None:
        """Link with types. The pair's own labels are replaced by those given (section 5.1)."""
        self.link(contact, there, by, primary=types.primary)
        link = self.every_link[there.kind.name].get(contact.id, there.id)
        if link and types.labels:
            link.labels = [label.type_ids[CONTACTS.name] for label in types.labels]

    def unlink(self, links: Links, contact_id: str, other_id: str, by: Source) -> None:
        self._follow_links(links.remove(contact_id, other_id), by)

    def unlink_as(self, links: Links, contact_id: str, other_id: str, types: LinkTypes, by: Source) -> None:
        """Take types away. Without the unlabelled one, none is left."""
        if types.unlabelled:
            self.unlink(links, contact_id, other_id, by)
            return
        if types.primary:
            self._follow_links(links.unmark_primary(contact_id, other_id), by)
        if link := links.get(contact_id, other_id):
            gone = {label.type_ids[CONTACTS.name] for label in types.labels}
            link.labels = [one for one in link.labels if one not in gone]

    def _follow_links(self, changes: Sequence[LinkChange], by: Source, *, told: bool = True) -> None:
        """Keep what shows links on the records in step, then tell of the changes."""
        for change in changes:
            if change.there is COMPANIES:
                self._show_links(change.contact_id, change.other_id, by)
            if told:
                self.tell(Change("associationChange", CONTACTS, self.now(), by, link=change))

    def _show_links(self, contact_id: str, company_id: str, by: Source) -> None:
        if contact := self.table(CONTACTS).live(contact_id):
            self.write(contact, {"associatedcompanyid": self.links.primary_of(contact_id) or ""}, by)
        if company := self.table(COMPANIES).live(company_id):
            count = len(self.links.seen_from(COMPANIES, company_id))
            self.write(company, {"num_associated_contacts": str(count)}, by)

    def _shelve_links(self, record: Record, by: Source) -> None:
        """Take an archived record's links away. Nothing is told of it: the deletion says enough."""
        record.shelved = []
        for links in self.links_of(record.kind):
            held = links.seen_from(record.kind, record.id)
            record.shelved += [ShelvedLink(links.there, other_id, link.primary) for other_id, link in held.items()]
            for other_id in held:
                self._follow_links(links.remove(*_pair(record, other_id)), by, told=False)

    def _unshelve_links(self, record: Record, by: Source) -> None:
        shelved, record.shelved = record.shelved, []
        for link in sorted(shelved, key=lambda one: not one.primary):
            links = self.every_link[link.there.name]
            if self.table(links.across(record.kind)).live(link.other_id) is None:
                continue
            contact_id, other_id = _pair(record, link.other_id)
            is_free = links.primary_of(contact_id) is None
            make = links.make_primary if link.primary and is_free else links.add
            self._follow_links(make(contact_id, other_id), by, told=False)

    # -- what HubSpot fills in ----------------------------------------------------------------------------------

    def _stamp_new(self, record: Record, by: Source) -> None:
        record.values |= {
            "hs_object_id": record.id,
            **{name: iso(record.created_at) for name in ("createdate", "hs_createdate") if self._knows(record, name)},
            "hs_object_source": by.changeSource,
            "hs_object_source_id": by.sourceId,
            "hs_object_source_label": by.label,
        }
        if record.kind.name in PIPELINES:
            record.values["hs_pipeline"] = PIPELINES[record.kind.name]

    def _knows(self, record: Record, name: str) -> bool:
        return self.schema(record.kind).find(name) is not None

    def _calculate(self, record: Record) -> None:
        held = record.values
        digits = "".join(one for one in held.get("phone", "") if one.isdigit())
        _set(held, "hs_searchable_calculated_phone_number", digits[-10:])
        if record.kind is CONTACTS:
            full_name = " ".join(filter(None, (held.get("firstname"), held.get("lastname"))))
            _set(held, "hs_full_name_or_email", full_name or held.get("email", ""))
            _set(held, "hs_email_domain", held.get("email", "").rpartition("@")[2])
            merged = held.get("hs_merged_object_ids", "")
            _set(held, "hs_all_contact_vids", ";".join(filter(None, (record.id, merged))))


def _set(held: Values, name: str, value: str) -> None:
    if value:
        held[name] = value
    else:
        held.pop(name, None)


def _pair(record: Record, other_id: str) -> tuple[str, str]:
    return (record.id, other_id) if record.kind is CONTACTS else (other_id, record.id)


def _keep_emails_apart(held: Values, changes: Values) -> Values:
    """An additional address that becomes the primary one changes places with it."""
    if "email" not in changes and "hs_additional_emails" not in changes:
        return changes
    new_primary = changes.get("email", held.get("email", ""))
    others = values.split(changes.get("hs_additional_emails", held.get("hs_additional_emails", "")))
    if new_primary not in others:
        return changes
    swapped = [held.get("email", "") if one == new_primary else one for one in others]
    return changes | {"hs_additional_emails": ";".join(one for one in swapped if one and one != new_primary)}


def _moves_forward(current: str | None, accepted: Values) -> bool:
    """Whether a lifecycle stage may be written by API: forward only, unless cleared first (section 4.5)."""
    wanted = accepted.get("lifecyclestage")
    if not current or not wanted:
        return True
    return LIFECYCLE_STAGES.index(wanted) >= LIFECYCLE_STAGES.index(current)


def _taken(portal_id: int, kind: Kind, name: str, value: str, *, wanted_by: str, owner: str) -> BadValue:
    coordinates = (
        f"portalId={portal_id}, objectTypeId=ObjectTypeId{{legacyObjectType={kind.legacy}}}, "
        f"propertyName={name}, value={value}"
    )
    message = f"Cannot set PropertyValueCoordinates{{{coordinates}}} on {wanted_by}. {owner} already has that value."
    return BadValue(name, "CONFLICTING_UNIQUE_VALUE", message)
