"""One portal's CRM: records, their links and properties. No HTTP in here (reference, sections 4 and 5)."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from local.hubspot import commerce, filling, money, values
from local.hubspot.account import Account
from local.hubspot.associations import PAIRS, Links, LinkTypes, pair_of
from local.hubspot.changes import Change, LinkChange
from local.hubspot.errors import BadValue, bad_values, contact_exists, invalid
from local.hubspot.filling import FIRST_IDS, Values
from local.hubspot.kinds import COMPANIES, CONTACTS, INVOICES, KINDS, LINE_ITEMS, Kind, Source, iso
from local.hubspot.properties import Schema
from local.hubspot.records import Record, ShelvedLink, Table, Version, emails
from local.hubspot.refusals import check_new, date_warning, moves_forward, taken
from local.hubspot.settings import Settings

Claims = set[tuple[str, str]]  # unique values that earlier inputs of the same batch take


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
        account: Account | None = None,
        settings: Settings | None = None,
    ) -> None:
        self.portal_id = portal_id
        self.account = account or Account()
        self.settings = settings or Settings()
        self.now = now
        self.tell = tell
        steps = random.Random(portal_id)
        self.tables = {kind.name: Table(kind, first_ids[kind.name], steps) for kind in KINDS}
        self.schemas = {kind.name: Schema(kind, self._now, self.settings) for kind in KINDS}
        self.every_link = {frozenset((pair.one.name, pair.two.name)): Links(pair) for pair in PAIRS}
        self.links = self.links_between(CONTACTS, COMPANIES)

    def _now(self) -> float:
        return self.now()  # which filling in a sample turns back for a while

    def table(self, kind: Kind) -> Table:
        return self.tables[kind.name]

    def schema(self, kind: Kind) -> Schema:
        return self.schemas[kind.name]

    def links_between(self, one: Kind, two: Kind) -> Links:
        pair = pair_of(one, two)
        return self.every_link[frozenset((pair.one.name, pair.two.name))]

    def links_of(self, kind: Kind) -> list[Links]:
        """All that a record of this type can be linked by."""
        return [links for names, links in self.every_link.items() if kind.name in names]

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
            if (warning := date_warning(self.schema(kind).properties[name], raw, accepted[name])) is not None:
                warnings.append(warning)
        bad += self._conflicts(kind, accepted, record, claims)
        bad += commerce.refused_values(self, kind, accepted, record, by)
        if bad:
            raise bad_values(self.portal_id, bad)
        if record is None:
            check_new(self.table(kind), accepted)
        commerce.check_state(self, kind, accepted, record, by)
        if by.is_api and record and not moves_forward(record.values.get("lifecyclestage"), accepted):
            del accepted["lifecyclestage"]
        if claims is not None:
            claims.update(self._unique_values(kind, accepted))
        return Draft(accepted, warnings)

    def _accept(self, kind: Kind, name: str, raw: str, record: Record | None, *, lenient_dates: bool) -> str:
        definition = self.schema(kind).find(name)
        if definition is None:
            raise values.Rejected("PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist')
        if self.schema(kind).is_read_only(definition):
            raise values.Rejected("READ_ONLY_VALUE", f'"{name}" is a read only property; its value cannot be set.')
        current = record.values.get(name, "") if record else ""
        return values.accept(definition, raw, current, lenient_dates=lenient_dates)

    def _conflicts(self, kind: Kind, accepted: Values, record: Record | None, claims: Claims | None) -> list[BadValue]:
        """Unique values that another record, or an earlier input of the batch, already has."""
        bad = []
        for name, value in self._unique_values(kind, accepted):
            owner = self.table(kind).owner(name, value)
            is_new_email = name == "email" and record is None  # a 409 of its own
            if owner and owner is not record and not is_new_email:
                wanted_by = record.id if record else "a new record"
                bad.append(taken(self.portal_id, kind, name, value, wanted_by=wanted_by, owner=owner.id))
            elif claims and (name, value) in claims:
                earlier = "An earlier input of the batch"
                bad.append(taken(self.portal_id, kind, name, value, wanted_by="this input", owner=earlier))
        return bad

    def _unique_values(self, kind: Kind, accepted: Values) -> list[tuple[str, str]]:
        own = [(name, accepted[name]) for name in self.schema(kind).unique if accepted.get(name)]
        return own + [("email", address) for address in emails(accepted)]

    # -- writing ------------------------------------------------------------------------------------------------

    def create(self, kind: Kind, draft: Draft, by: Source) -> Record:
        at = self.now()
        record = Record(kind, self.table(kind).new_id(), at, at)
        self.table(kind).add(record)
        record.values |= filling.stamps(record, by, self.schema(kind).properties)
        self.tell(Change("creation", kind, at, by, record.id))
        fresh = filling.filled(kind, draft.values, at, len(self.table(kind).records) - 1)
        if kind is INVOICES and by.is_api:
            fresh["hs_invoice_source"] = self.settings.source_of_apps_invoices
        copied = commerce.copied_from_product(self, draft.values) if kind is LINE_ITEMS else {}
        self.write(record, {**fresh, **copied, **draft.values}, by, always=True)
        return record

    def update(self, record: Record, draft: Draft, by: Source) -> None:
        self.write(record, draft.values, by)

    def write(self, record: Record, changes: Values, by: Source, *, always: bool = False) -> list[str]:
        """Store values, keep what follows from them, and tell of each that changed; return their names."""
        changes = filling.keep_emails_apart(record.values, changes)
        changed = [name for name, value in changes.items() if record.values.get(name, "") != value]
        if not changed and not always:
            return []
        at = self.now()
        self.table(record.kind).disclaim(record)
        for name in changed:
            filling.put(record.values, name, changes[name])
            record.history.setdefault(name, []).insert(0, Version(changes[name], at, by))
        self.table(record.kind).claim(record, self.schema(record.kind).unique)
        self.touch(record, at)
        for name in changed:
            subscribable = not self.schema(record.kind).properties[name].calculated
            change = Change("propertyChange", record.kind, at, by, record.id, name, changes[name], subscribable)
            self.tell(change)
        for near in money.dependents(self, record):
            self.refresh(near, by)
        self._settle(record, by)
        return changed

    def refresh(self, record: Record, by: Source) -> None:
        """Calculate again what follows from a record's neighbours, and let it be seen if it changed."""
        fresh = money.calculated(self, record)
        if all(record.values.get(name, "") == value for name, value in fresh.items()):
            return
        self.touch(record, self.now())
        for near in money.dependents(self, record):
            self.refresh(near, by)
        self._settle(record, by)

    def _settle(self, record: Record, by: Source) -> None:
        """An open invoice that payments have covered is paid (section 7.4)."""
        if record.kind is INVOICES and commerce.is_settled(self, record):
            self.write(record, {"hs_invoice_status": "paid", "hs_payment_date": iso(self.now())}, by)

    def touch(self, record: Record, at: float) -> None:
        """Stamp a change, and let the index see it in time."""
        record.updated_at = at
        record.values |= {"hs_lastmodifieddate": iso(at), record.kind.modified: iso(at)}
        for name, value in {**filling.about_people(record), **money.calculated(self, record)}.items():
            filling.put(record.values, name, value)
        record.remember_revision(at)

    def archive(self, record: Record, by: Source) -> None:
        commerce.check_archive(self, record, by)
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

    def link(self, here: Record, there: Record, by: Source, *, primary: bool = False) -> None:
        links = self.links_between(here.kind, there.kind)
        ids = links.ordered(here.kind, here.id, there.id)
        if links.get(*ids) is None:
            commerce.check_link(self, here.kind, here, there, by)
        self._follow_links((links.make_primary if primary else links.add)(*ids), by)

    def link_as(self, here: Record, there: Record, types: LinkTypes, by: Source) -> None:
        """Link with types. The pair's own labels are replaced by those given (section 5.1)."""
        self.link(here, there, by, primary=types.primary)
        links = self.links_between(here.kind, there.kind)
        link = links.get(*links.ordered(here.kind, here.id, there.id))
        if link and types.labels:
            link.labels = [label.type_ids[links.one.name] for label in types.labels]

    def unlink(self, links: Links, one_id: str, two_id: str, by: Source) -> None:
        ends = self.table(links.one).live(one_id), self.table(links.two).live(two_id)
        commerce.check_unlink(self, *ends, by)
        self._follow_links(links.remove(one_id, two_id), by)

    def unlink_as(self, links: Links, one_id: str, two_id: str, types: LinkTypes, by: Source) -> None:
        """Take types away. Without the unlabelled one, none is left."""
        if types.unlabelled:
            self.unlink(links, one_id, two_id, by)
            return
        if types.primary:
            self._follow_links(links.unmark_primary(one_id, two_id), by)
        if link := links.get(one_id, two_id):
            gone = {label.type_ids[links.one.name] for label in types.labels}
            link.labels = [one for one in link.labels if one not in gone]

    def _follow_links(self, changes: Sequence[LinkChange], by: Source, *, told: bool = True) -> None:
        """Keep what shows links on the records in step, then tell of the changes."""
        for change in changes:
            if (change.one, change.two) == (CONTACTS, COMPANIES):
                self._show_links(change.one_id, change.two_id, by)
            if told:
                self.tell(Change("associationChange", change.one, self.now(), by, link=change))
            for end in (self.table(change.one).live(change.one_id), self.table(change.two).live(change.two_id)):
                if end:
                    self.refresh(end, by)

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
            held, there = links.seen_from(record.kind, record.id), links.across(record.kind)
            record.shelved += [ShelvedLink(there, other_id, link.primary) for other_id, link in held.items()]
            for other_id in held:
                self._follow_links(links.remove(*links.ordered(record.kind, record.id, other_id)), by, told=False)

    def _unshelve_links(self, record: Record, by: Source) -> None:
        shelved, record.shelved = record.shelved, []
        for link in sorted(shelved, key=lambda one: not one.primary):
            links = self.links_between(record.kind, link.there)
            if self.table(link.there).live(link.other_id) is None:
                continue
            one_id, two_id = links.ordered(record.kind, record.id, link.other_id)
            is_free = links.primary_of(one_id) is None
            make = links.make_primary if link.primary and is_free else links.add
            self._follow_links(make(one_id, two_id), by, told=False)
