"""What a person does in HubSpot's own screens. Each act publishes the webhooks that HubSpot would send."""

from __future__ import annotations

import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from local.hubspot import account, merging
from local.hubspot.changes import Change
from local.hubspot.filling import FIRST_IDS
from local.hubspot.kinds import (
    COMPANIES,
    CONTACTS,
    DEALS,
    INVOICES,
    KINDS,
    LINE_ITEMS,
    USER_ID,
    Kind,
    kind_named,
    person,
)
from local.hubspot.money import neighbours
from local.hubspot.owners import Owners
from local.hubspot.records import Record
from local.hubspot.settings import Settings
from local.hubspot.state import Crm


class Portal:
    """One HubSpot account. Methods raise KeyError where no live record has the id."""

    def __init__(
        self,
        portal_id: int,
        *,
        now: Callable[[], float],
        publish: Callable[[int, Change], None],
        lock: threading.RLock,
        company_currency: str = "USD",
        account_type: str = "STANDARD",
        time_zone: str = "US/Eastern",
        first_ids: dict[str, int] | None = None,
        settings: Settings | None = None,
    ) -> None:
        account.check(account_type, time_zone)
        self.id = portal_id
        self.account = account.Account(company_currency, account_type, time_zone)
        self.user = person(USER_ID)
        self.crm = Crm(
            portal_id,
            now,
            lambda change: publish(portal_id, change),
            {**FIRST_IDS, **(first_ids or {})},
            self.account,
            settings,
        )
        account.offer_currencies(self.account, self.crm.schemas)
        self._lock = lock
        self.owners = Owners(now)
        self.owners.add("admin@portal.example", "Ada", "Admin", USER_ID)

    # -- the account's settings ---------------------------------------------------------------------------------

    def set_up(self, *, payments: bool | None = None, delete_unpaid_invoices: bool | None = None) -> None:
        """Connect HubSpot payments or Stripe, or not; let open invoices be deleted, or not (sections 6.1 and 7.4)."""
        with self._lock:
            if payments is not None:
                self.account.payments = payments
            if delete_unpaid_invoices is not None:
                self.account.delete_unpaid_invoices = delete_unpaid_invoices

    def add_currency(self, code: str, rate: str = "1") -> None:
        """Use one more currency; `rate` is what one of it is worth in the company's."""
        with self._lock:
            self.account.rates[code] = Decimal(rate)
            account.offer_currencies(self.account, self.crm.schemas)

    # -- users --------------------------------------------------------------------------------------------------

    def add_owner(self, email: str, first_name: str = "", last_name: str = "") -> str:
        """A new user of the account; the owner's id, which is not the user's."""
        with self._lock:
            return self.owners.add(email, first_name, last_name)

    def deactivate_owner(self, id: str) -> None:
        with self._lock:
            self.owners.deactivate(id)

    # -- contacts -----------------------------------------------------------------------------------------------

    def create_contact(self, properties: dict[str, str], company_id: str | None = None, primary: bool = True) -> str:
        """Add a contact; its first company becomes the primary one in any case."""
        with self._lock:
            company = self._live(COMPANIES, company_id) if company_id else None
            contact = self._create(CONTACTS, properties)
            if company:
                self.crm.link(contact, company, self.user, primary=primary)
            return contact.id

    def update_contact(self, id: str, properties: dict[str, str]) -> None:
        with self._lock:
            self._update(CONTACTS, id, properties)

    def archive_contact(self, id: str) -> None:
        with self._lock:
            self.crm.archive(self._live(CONTACTS, id), self.user)

    def restore_contact(self, id: str) -> None:
        with self._lock:
            self.crm.restore(self._archived(CONTACTS, id), self.user)

    def merge_contacts(self, primary_id: str, other_id: str, new_id: bool = False) -> str:
        """Merge the other contact into the first; return the survivor's id, which `new_id` makes a third one."""
        with self._lock:
            primary, gone = self._live(CONTACTS, primary_id), self._live(CONTACTS, other_id)
            return merging.merge(self.crm, primary, gone, self.user, new_id=new_id).id

    def gdpr_delete_contact(self, id: str) -> None:
        with self._lock:
            self.crm.forget(self.crm.table(CONTACTS).records[id], self.user)

    def contact(self, id: str) -> dict[str, str]:
        """A live contact's properties, without the empty ones. Follows no merges."""
        with self._lock:
            return dict(self._live(CONTACTS, id).values)

    def contacts(self) -> list[dict[str, Any]]:
        with self._lock:
            return self._listed(CONTACTS)

    def history(self, contact_id: str, property: str) -> list[dict[str, Any]]:
        """The values that a contact's property has had, newest first."""
        with self._lock:
            versions = self._live(CONTACTS, contact_id).history.get(property, [])
            return [version.json() for version in versions]

    # -- companies and links ------------------------------------------------------------------------------------

    def create_company(self, properties: dict[str, str]) -> str:
        with self._lock:
            return self._create(COMPANIES, properties).id

    def update_company(self, id: str, properties: dict[str, str]) -> None:
        with self._lock:
            self._update(COMPANIES, id, properties)

    def archive_company(self, id: str) -> None:
        with self._lock:
            self.crm.archive(self._live(COMPANIES, id), self.user)

    def company(self, id: str) -> dict[str, str]:
        with self._lock:
            return dict(self._live(COMPANIES, id).values)

    def companies(self) -> list[dict[str, Any]]:
        with self._lock:
            return self._listed(COMPANIES)

    def associate(self, contact_id: str, company_id: str, primary: bool = False) -> None:
        with self._lock:
            contact, company = self._live(CONTACTS, contact_id), self._live(COMPANIES, company_id)
            self.crm.link(contact, company, self.user, primary=primary)

    def dissociate(self, contact_id: str, company_id: str) -> None:
        with self._lock:
            self.crm.unlink(self.crm.links, contact_id, company_id, self.user)

    def primary_company(self, contact_id: str) -> str | None:
        with self._lock:
            return self.crm.links.primary_of(self._live(CONTACTS, contact_id).id)

    # -- records of any type ------------------------------------------------------------------------------------

    def create_record(self, kind: str, properties: dict[str, str], contact_id: str | None = None) -> str:
        """Add a record, and link a contact with it."""
        with self._lock:
            contact = self._live(CONTACTS, contact_id) if contact_id else None
            record = self._create(kind_named(kind), properties)
            if contact:
                self.crm.link(contact, record, self.user)
            return record.id

    def update_record(self, kind: str, id: str, properties: dict[str, str]) -> None:
        with self._lock:
            self._update(kind_named(kind), id, properties)

    def archive_record(self, kind: str, id: str) -> None:
        with self._lock:
            self.crm.archive(self._live(kind_named(kind), id), self.user)

    def restore_record(self, kind: str, id: str) -> None:
        with self._lock:
            self.crm.restore(self._archived(kind_named(kind), id), self.user)

    def record(self, kind: str, id: str) -> dict[str, str]:
        """A live record's properties, without the empty ones."""
        with self._lock:
            return dict(self._live(kind_named(kind), id).values)

    def records(self, kind: str) -> list[dict[str, Any]]:
        with self._lock:
            return self._listed(kind_named(kind))

    def link_record(self, kind: str, id: str, contact_id: str) -> None:
        self.link(kind, id, CONTACTS.name, contact_id)

    def unlink_record(self, kind: str, id: str, contact_id: str) -> None:
        self.unlink(kind, id, CONTACTS.name, contact_id)

    def link(self, kind: str, id: str, to_kind: str, to_id: str, primary: bool = False) -> None:
        """Link two records of any types that can be linked."""
        with self._lock:
            here, there = self._live(kind_named(kind), id), self._live(kind_named(to_kind), to_id)
            self.crm.link(here, there, self.user, primary=primary)

    def unlink(self, kind: str, id: str, to_kind: str, to_id: str) -> None:
        with self._lock:
            here = kind_named(kind)
            links = self.crm.links_between(here, kind_named(to_kind))
            self.crm.unlink(links, *links.ordered(here, id, to_id), self.user)

    def linked(self, kind: str, id: str, to_kind: str) -> list[str]:
        """The ids of the records of another type that a live record is linked with, ascending."""
        with self._lock:
            return [one.id for one in neighbours(self.crm, self._live(kind_named(kind), id), kind_named(to_kind))]

    def merge_deals(self, primary_id: str, other_id: str, new_id: bool = False) -> str:
        """Merge the other deal into the first, as contacts are; return the survivor's id."""
        with self._lock:
            primary, gone = self._live(DEALS, primary_id), self._live(DEALS, other_id)
            return merging.merge(self.crm, primary, gone, self.user, new_id=new_id).id

    # -- invoices and deals with their line items ---------------------------------------------------------------

    def create_invoice(
        self,
        properties: dict[str, str],
        lines: list[dict[str, str]] | None = None,
        contact_id: str | None = None,
        company_id: str | None = None,
        deal_id: str | None = None,
    ) -> str:
        """Add an invoice with its line items and whom and what it is for."""
        with self._lock:
            ends = [
                self._live(kind, id)
                for kind, id in ((CONTACTS, contact_id), (COMPANIES, company_id), (DEALS, deal_id))
                if id
            ]
            invoice = self._create(INVOICES, properties)
            for end in ends:
                self.crm.link(end, invoice, self.user)
            for line in lines or ():
                self.crm.link(self._create(LINE_ITEMS, line), invoice, self.user)
            return invoice.id

    def add_line(self, kind: str, id: str, properties: dict[str, str]) -> str:
        """Add a line item to an invoice or a deal."""
        with self._lock:
            parent = self._live(kind_named(kind), id)
            line = self._create(LINE_ITEMS, properties)
            self.crm.link(line, parent, self.user)
            return line.id

    def lines(self, kind: str, id: str) -> list[dict[str, str]]:
        """The line items of an invoice or a deal, oldest first."""
        with self._lock:
            return [dict(one.values) for one in neighbours(self.crm, self._live(kind_named(kind), id), LINE_ITEMS)]

    # -- for the control routes ---------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        with self._lock:
            return {
                "portalId": self.id,
                **{kind.name: self._listed(kind) for kind in KINDS},
                "archived": {
                    kind.name: [one.id for one in self.crm.table(kind).ascending() if one.archived_at is not None]
                    for kind in KINDS
                },
                "merged": {kind.name: dict(self.crm.table(kind).merged_into) for kind in KINDS},
            }

    def _create(self, kind: Kind, properties: dict[str, str]) -> Record:
        return self.crm.create(kind, self.crm.check(kind, properties, self.user), self.user)

    def _update(self, kind: Kind, id: str, properties: dict[str, str]) -> None:
        record = self._live(kind, id)
        self.crm.update(record, self.crm.check(kind, properties, self.user, record=record), self.user)

    def _live(self, kind: Kind, id: str) -> Record:
        record = self.crm.table(kind).live(id)
        if record is None:
            raise KeyError(f"no live {kind.singular} has id {id}")
        return record

    def _archived(self, kind: Kind, id: str) -> Record:
        record = self.crm.table(kind).records[id]
        if record.archived_at is None:
            raise KeyError(f"{kind.singular} {id} is not archived")
        return record

    def _listed(self, kind: Kind) -> list[dict[str, Any]]:
        return [
            {"id": one.id, "properties": dict(one.values), "associations": self._links_of(one)}
            for one in self.crm.table(kind).ascending()
            if one.archived_at is None
        ]

    def _links_of(self, record: Record) -> list[dict[str, Any]]:
        """Contacts and companies show the links between them, the others those with contacts; products have none."""
        able = self.crm.links_of(record.kind)
        held = able[0].seen_from(record.kind, record.id) if able else {}
        return [{"id": other_id, "primary": link.primary} for other_id, link in held.items()]
