"""What must be true of contacts and customers at rest. The letters are those of `model`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from chalicelib.jobs import Kind
from chalicelib.remember.decisions import Decisions
from chalicelib.remember.records import Record
from tests.simulation.people import FIELDS
from tests.simulation.watch import contact_values, customer_values, name
from tests.simulation.world import Firm, World


@dataclass(frozen=True)
class Books:
    """A firm as it is when all has come to rest."""

    world: World
    firm: Firm

    @cached_property
    def records(self) -> list[Record]:
        """As the records view shows them."""
        return self.world.records(self.firm, Kind.CUSTOMER)

    @cached_property
    def contacts(self) -> dict[str, dict[str, Any]]:
        """The live ones."""
        return {one["id"]: one["properties"] for one in self.firm.portal.contacts()}

    @cached_property
    def customers(self) -> dict[str, dict[str, Any]]:
        """Active and inactive ones; the merged ones are not there any more."""
        return {one["Id"]: one for one in self.firm.company.all("Customer")}

    @cached_property
    def settings(self) -> dict[str, Any]:
        return dict(self.world.settings[self.firm.id]["contacts"])

    @property
    def beside(self) -> list[Firm]:
        """The other companies on the same portal: what comes in at one of them goes on to the others."""
        return [one for one in self.world.firms if one.portal is self.firm.portal and one is not self.firm]

    def by_people(self, what: str, id: str) -> bool:
        return name(what, self.firm, id) in self.world.watch.by_people

    def wanted_name(self, contact_id: str) -> str:
        """The display name: the primary company's, else first and last name, else the e-mail address."""
        contact, company = self.contacts[contact_id], self.firm.portal.primary_company(contact_id)
        if company and self.settings["display_name"] == "company":
            return self.firm.portal.company(company).get("name", "")
        person = f"{contact.get('firstname', '')} {contact.get('lastname', '')}".strip()
        return person or contact.get("email", "")

    def holders(self, display_name: str, but: str | None) -> list[str]:
        """Whoever has a name: customers, vendors and employees share one space of names."""
        return [
            f"{entity} {one['Id']}"
            for entity in ("Customer", "Vendor", "Employee")
            for one in self.firm.company.all(entity)
            if one["DisplayName"].casefold() == display_name.casefold() and (entity, one["Id"]) != ("Customer", but)
        ]


def complaints(world: World) -> Iterator[str]:
    yield from _overwritten(world)
    for firm in world.firms:
        books = Books(world, firm)
        yield from _duplicates(books)
        yield from _losses(books)
        yield from _put_away(books)
        yield from _began(books)
        for record in books.records:
            yield from _state(books, record)
            if record.linked and record.state == "in_sync":
                yield from _agreement(books, record)
                yield from _display_name(books, record)


def late(world: World) -> Iterator[str]:
    """What does not hold when sweeps have looked, and the daily look at all that is linked has not. It alone finds
    deletions, merges and moved companies whose notices were lost."""
    for firm in world.firms:
        if firm.id in world.watch.cut_off:
            continue
        books = Books(world, firm)
        yield from _losses(books)
        for record in books.records:
            there = record.hubspot_id in books.contacts
            if record.linked and record.state == "in_sync" and there and record.quickbooks_id in books.customers:
                yield from _agreement(books, record)


def _duplicates(books: Books) -> Iterator[str]:
    for word, ids in (
        ("contact", [one.hubspot_id for one in books.records if one.hubspot_id]),
        ("customer", [one.own_customer for one in books.records if one.own_customer]),
    ):
        yield from (f"(d) {word} {id} belongs to {times} records" for id, times in Counter(ids).items() if times > 1)
    known = {one.own_customer for one in books.records}
    for id in books.customers:
        if not books.by_people("Customer", id) and id not in known:
            yield f"(d) customer {id} was made by the sync and belongs to nobody"
    makers = {one.hubspot_id for firm in (books.firm, *books.beside) for one in books.world.records(firm)}
    for id in books.contacts:
        if not books.by_people("contacts", id) and id not in makers:
            yield f"(d) contact {id} was made by the sync and belongs to nobody"


def _losses(books: Books) -> Iterator[str]:
    """Whatever is there has a record, and a record is in sync or says why not."""
    known_there = {one.hubspot_id for one in books.records}
    known_here = {one.quickbooks_id for one in books.records}
    yield from (f"(l) contact {id} is not known" for id in books.contacts if id not in known_there)
    for id, customer in books.customers.items():
        if customer["Active"] and id not in known_here:
            yield f"(l) customer {id} is not known"


def _began(books: Books) -> Iterator[str]:
    """What the sync does not make: a customer of one that is excluded, or whose key says another company's books; and
    what a person has put away, again. One that was merged is not: its survivor keeps its link."""
    watch, pairs = books.world.watch, books.world.watch.pairs.values()
    for record in books.records:
        contact = books.contacts.get(str(record.hubspot_id))
        if not record.linked or contact is None:
            continue
        key = str(contact.get("quickbooks_key", "")).partition(":")[0]
        ours = not books.by_people("Customer", str(record.quickbooks_id))
        merged = "hs_merged_object_ids" in contact  # the key may be the other one's
        if ours and key and key != books.firm.company.realm_id and not merged:
            yield f"(t) customer {record.quickbooks_id} is of contact {record.hubspot_id}, which began in other books"
        if ours and not contact.get("email") and books.settings["without_email"] == "exclude" and record.made:
            yield f"(s) contact {record.hubspot_id} has no e-mail address, and the customer {record.quickbooks_id}"
        own = [one for one in pairs if one.firm is books.firm and one.quickbooks_id == record.quickbooks_id]
        here = name("contacts", books.firm, str(record.hubspot_id))
        before = {one.hubspot_id: name("contacts", books.firm, one.hubspot_id) for one in own}
        away = [id for id, one in before.items() if one in watch.away and watch.came_to(one) != here]
        if away and here not in watch.by_people:
            yield f"(p) contact {away[0]} was put away, and is there again as {record.hubspot_id}"


def _put_away(books: Books) -> Iterator[str]:
    """What people made, people put away; a contact also under the id of the one that it was merged into."""
    active = {id for id, customer in books.customers.items() if customer["Active"]}
    firm, watch = books.firm, books.world.watch
    survivors = {watch.came_to(one) for one in watch.by_people if one[0] == "contacts"}
    for what, account, id in (watch.by_people | survivors) - watch.away:
        if (what, account) == ("contacts", str(firm.portal.id)) and id not in books.contacts:
            yield f"(p) contact {id} was archived, and by no person"
        if (what, account) == ("Customer", firm.company.realm_id) and id not in active:
            yield f"(p) customer {id} was inactivated, and by no person"


def _agreement(books: Books, record: Record) -> Iterator[str]:
    """Both sides hold the same, and what a person typed last."""
    firm, watch = books.firm, books.world.watch
    contact = contact_values(firm, str(record.hubspot_id)) or {}
    customer = customer_values(firm, str(record.quickbooks_id)) or {}
    here, there = name("contacts", firm, str(record.hubspot_id)), name("Customer", firm, str(record.quickbooks_id))
    pair = watch.pairs[(firm.id, str(record.hubspot_id))]
    for key in FIELDS:
        if (here, key) in watch.blank or (there, key) in watch.blank:
            continue  # what is cleared on one side is kept on the other
        one, other = contact.get(key, ""), customer.get(key, "")
        about = f"contact {record.hubspot_id}, customer {record.quickbooks_id}, {key}"
        if one != other:
            yield f"(a) {about}: {one} and {other}"
        elif key in pair.agreed and one != pair.agreed[key] and key not in pair.free and not books.beside:
            yield f"(a) {about}: both hold {one}, and it was {pair.agreed[key]}"
        elif one and one not in watch.typed_ever[key]:
            yield f"(a) {about}: nobody typed {one}"


def _display_name(books: Books, record: Record) -> Iterator[str]:
    """A customer that the sync has made is called as its contact wants, unless that name is somebody else's. One that
    was given another name, because its own was taken then, keeps it."""
    customer = books.customers.get(str(record.quickbooks_id))
    if customer is None or record.hubspot_id not in books.contacts:
        return  # its state says so
    if books.by_people("Customer", customer["Id"]) or _was_renamed(books, customer["Id"]):
        return
    wanted, called = books.wanted_name(str(record.hubspot_id)), customer["DisplayName"]
    if books.settings["on_name_taken"] == "sub_customer" or books.firm.id in books.world.watch.ruled:
        return  # called by the person, or as another rule said
    if books.settings["on_name_taken"] == "qualify" and called.startswith(f"{wanted} ("):
        return
    if called != wanted and not books.holders(wanted, but=customer["Id"]):
        yield f"(n) customer {customer['Id']} is called {called!r}, and its contact wants {wanted!r}, which is free"


def _was_renamed(books: Books, customer_id: str) -> bool:
    return name("Customer", books.firm, customer_id) in books.world.watch.renamed


def _overwritten(world: World) -> Iterator[str]:
    """An edit that had to give way is kept with the decision."""
    for pair, value in world.watch.overwritten:
        records = [
            one for one in world.records(pair.firm, Kind(pair.kind))
            if pair.hubspot_id == one.hubspot_id or pair.quickbooks_id == one.quickbooks_id
        ]  # fmt: skip
        decisions = [one for record in records for one in Decisions(world.memory).of(pair.firm.id, record.subject)]
        told = any(value in one.before.values() or value in str(one.conflicts) for one in decisions)
        if not told and not world.watch.is_forgotten(pair.firm, pair.hubspot_id):
            yield f"(o) {pair.kind} {pair.hubspot_id}: {value} was overwritten, and no decision tells of it"


# --- what a record says of itself -------------------------------------------------------------------------------------


def _state(books: Books, record: Record) -> Iterator[str]:
    about = f"{record.root} is {record.state} ({record.category or record.message})"
    match record.state:
        case "in_sync":
            if not record.linked and not record.shares:
                yield f"(s) {about}, and has no other side"
            if record.hubspot_id not in books.contacts:
                yield f"(s) {about}, and its contact is gone"
            if not books.customers.get(str(record.quickbooks_id), {}).get("Active"):
                yield f"(s) {about}, and its customer is gone"
        case "excluded":
            if not _may_be_excluded(books, record):
                yield f"(s) {about}, and nothing excludes it"
        case "failing" | "parked":
            if not _may_fail(books, record):
                yield f"(s) {about}, and that is not so: {record.message}"
        case _:
            yield f"(s) {about}, when everything is at rest"


def _may_be_excluded(books: Books, record: Record) -> bool:
    """One side is gone; or there is no e-mail address; or it is another company's."""
    contact = books.contacts.get(str(record.hubspot_id))
    customer = books.customers.get(str(record.quickbooks_id))
    if record.gone or (record.hubspot_id and contact is None):
        return True
    if record.quickbooks_id and (customer is None or not customer["Active"]):
        return True
    if customer and "ParentRef" in customer:
        return True
    email = contact.get("email") if contact else (customer or {}).get("PrimaryEmailAddr")
    if not email and books.settings["without_email"] == "exclude":
        return True
    key = str((contact or {}).get("quickbooks_key", "")).partition(":")[0]
    return bool(key) and key != books.firm.company.realm_id


def _may_fail(books: Books, record: Record) -> bool:
    """Whether it is as the category says. What a vendor refused in passing must have healed."""
    contact = books.contacts.get(str(record.hubspot_id))
    match record.category:
        case "name_taken":
            return contact is not None and _name_is_taken(books, record)
        case "conflict":
            asks = books.settings["conflict"] == "ask" or bool(books.world.watch.ruled)
            return asks or _has_double(books, record) or _still_owes(books, record)
        case "defect":  # of these there is no proof that the contact is gone
            watch, own = books.world.watch, name("contacts", books.firm, str(record.hubspot_id))
            last = watch.came_to(own)  # a privacy deletion whose notice was lost, or merged into one that is archived
            return last in watch.forgotten or (last != own and last in watch.away)
    return False


def _name_is_taken(books: Books, record: Record) -> bool:
    """The one that it wants, or the one that its customer gave up when it was made inactive and needs to come back."""
    customer = books.customers.get(str(record.own_customer), {})
    names = (books.wanted_name(str(record.hubspot_id)), str(customer.get("DisplayName", "")).removesuffix(" (deleted)"))
    return any(books.holders(one, record.own_customer) for one in names if one)


def _still_owes(books: Books, record: Record) -> bool:
    """Whether its contact is gone, and QuickBooks makes no customer inactive that has a balance."""
    customer = books.customers.get(str(record.quickbooks_id), {})
    return record.hubspot_id not in books.contacts and bool(customer.get("Active") and customer.get("Balance"))


def _has_double(books: Books, record: Record) -> bool:
    """Whether another record has one of the same e-mail addresses."""
    own = _emails_of(books.contacts.get(str(record.hubspot_id), {}))
    own |= _emails_in(books.customers.get(str(record.quickbooks_id), {}))
    there = [_emails_of(one) for id, one in books.contacts.items() if id != record.hubspot_id]
    here = [_emails_in(one) for id, one in books.customers.items() if id != record.quickbooks_id]
    return any(own & others for others in [*there, *here])


def _emails_of(contact: dict[str, Any]) -> set[str]:
    """Its own, and those of contacts that were merged into it."""
    return {contact.get("email", ""), *contact.get("hs_additional_emails", "").split(";")} - {""}


def _emails_in(customer: dict[str, Any]) -> set[str]:
    return {(customer.get("PrimaryEmailAddr") or {}).get("Address", "")} - {""}
