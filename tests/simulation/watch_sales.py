"""What is noted of sales while a history runs: whom each mirror was for when it came, and what people made of that; and
which payment was for which invoices."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from chalicelib.remember.table import Put, Write
from local.quickbooks.faults import Fault

if TYPE_CHECKING:
    from tests.simulation.world import Firm, World

Known = TypeVar("Known")
AGO_S = 100.0  # the oldest that can be what a mirror is made by: what was read, a slow call, and its late arrival


@dataclass
class Mirror:
    """HubSpot's invoice, with the contacts and companies that it is to belong to at present."""

    firm: Firm
    invoice: str
    contacts: set[str]
    companies: set[str]
    alone: bool  # it came without a contact


@dataclass
class Paid:
    """A payment, known in HubSpot by its reference alone."""

    reference: str
    invoices: set[str] = field(default_factory=set)  # that it was ever applied to


class Timeline:
    """Values with the times since when they hold."""

    def __init__(self) -> None:
        self._held: list[tuple[float, Any]] = []

    def note(self, at: float, value: Any) -> None:
        if not self._held or self._held[-1][1] != value:
            self._held.append((at, value))

    def lately(self, now: float) -> Iterator[Any]:
        """What has held at any time of the last while."""
        for place, (_, value) in enumerate(self._held):
            until = self._held[place + 1][0] if place + 1 < len(self._held) else now
            if until >= now - AGO_S:
                yield value


class SalesWatch:
    def __init__(self, world: World) -> None:
        self._world = world
        self.mirrors: dict[tuple[int, str], Mirror] = {}  # portal and id
        self.payments: dict[tuple[str, str], Paid] = {}  # realm and id
        self.billed: dict[tuple[str, str], set[str]] = defaultdict(set)  # realm and invoice -> its customers so far
        self.merges: Counter[tuple[int, str]] = Counter()  # of deals: portal and the survivor's id
        self.wrong: list[str] = []
        self._contacts: dict[tuple[str, str], Timeline] = defaultdict(Timeline)  # connection and customer
        self._companies: dict[tuple[int, str], Timeline] = defaultdict(Timeline)  # portal and contact

    def stored(self, writes: Sequence[Write]) -> None:
        """Which contact is a customer's is known from the link as it is stored; None while it has none."""
        for write in writes:
            if not isinstance(write, Put) or write.body.get("kind") != "customer" or write.body.get("shares"):
                continue
            body = write.body
            if customer := body.get("quickbooks_id"):
                there = body.get("hubspot_id") if "hubspot" not in body.get("gone", {}) else None
                self._contacts[(body["connection"], customer)].note(self._world.baton.time, there)

    def look(self) -> None:
        """Note what has changed, after an act or a write."""
        now = self._world.baton.time
        for firm in self._world.firms:
            if "invoices" not in self._world.settings[firm.id]:
                continue
            for contact in firm.portal.contacts():
                primary = firm.portal.primary_company(contact["id"])
                self._companies[(firm.portal.id, contact["id"])].note(now, primary)
            for invoice in firm.company.all("Invoice"):
                self.billed[(firm.company.realm_id, invoice["Id"])].add(invoice["CustomerRef"]["value"])
            for payment in firm.company.all("Payment"):
                if paid := self.payments.get((firm.company.realm_id, payment["Id"])):
                    paid.invoices |= set(settled(payment))
            for one in firm.portal.records("invoices"):
                self._meet(firm, one["id"], one["properties"].get("quickbooks_key", ""))

    def _meet(self, firm: Firm, id: str, key: str) -> None:
        realm, _, invoice = key.partition(":")
        if (firm.portal.id, id) in self.mirrors or realm != firm.company.realm_id:
            return
        contacts = set(firm.portal.linked("invoices", id, "contacts"))
        companies = set(firm.portal.linked("invoices", id, "companies"))
        self.mirrors[(firm.portal.id, id)] = Mirror(firm, invoice, contacts, companies, alone=not contacts)
        total = firm.portal.record("invoices", id).get("quickbooks_total")
        if float(total or 0) and not firm.portal.linked("invoices", id, "line_items"):
            self.wrong.append(f"(m) invoice {invoice} came as {id} with a total of {total}, and without a line")
        if why := self._misplaced(firm, invoice, contacts, companies):
            self.wrong.append(f"(w) invoice {invoice} came as {id} with {contacts} of {companies}: {why}")

    def _misplaced(self, firm: Firm, invoice: str, contacts: set[str], companies: set[str]) -> str:
        """It is to come with its customer's contact and that one's primary company, or with neither."""
        now = self._world.baton.time
        able = {
            contact for customer in self.billed[(firm.company.realm_id, invoice)]
            for contact in self._contacts[(firm.id, customer)].lately(now)
        }  # fmt: skip
        if not contacts:
            return "" if not companies and (None in able or not able) else f"its customer has contact {able}"
        if len(contacts) > 1 or not contacts <= able:
            return f"its customer has contact {able}"
        [contact] = contacts
        firms = set(self._companies[(firm.portal.id, contact)].lately(now))
        fits = companies <= firms if companies else None in firms
        return "" if fits and len(companies) <= 1 else f"its contact has company {firms}"


def settled(payment: dict[str, Any]) -> list[str]:
    """The invoices that a payment is applied to."""
    links = [linked for line in payment.get("Line", ()) for linked in line.get("LinkedTxn", ())]
    return [one["TxnId"] for one in links if one["TxnType"] == "Invoice"]


def found(firm: Firm, entity: str, id: str) -> dict[str, Any] | None:
    """What QuickBooks holds; None where it holds it no more."""
    try:
        return firm.company.get(entity, id)
    except Fault:
        return None
