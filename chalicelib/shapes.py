"""What each kind of record is called: in the settings, in HubSpot's paths, in QuickBooks, and in our sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.jobs import Kind
from chalicelib.quickbooks.invoices import Invoice, Payment
from chalicelib.quickbooks.models import Customer, Item, Row
from chalicelib.settings import Contacts, Invoices, KindName, Products, Settings

Section = Contacts | Products | Invoices


@dataclass(frozen=True)
class Shape:
    """`objects` is HubSpot's plural path name; `one` and `row_word` are how a sentence calls the two sides."""

    kind: Kind
    section: KindName
    objects: str
    one: str
    row: type[Row]
    row_word: str

    def settings(self, settings: Settings) -> Section:
        """The section that rules this kind; one that the file leaves out is off."""
        return settings.of(self.section) or _OFF[self.section]


SHAPES: Mapping[Kind, Shape] = {
    Kind.CUSTOMER: Shape(Kind.CUSTOMER, "contacts", "contacts", "contact", Customer, "customer"),
    Kind.PRODUCT: Shape(Kind.PRODUCT, "products", "products", "product", Item, "item"),
    Kind.INVOICE: Shape(Kind.INVOICE, "invoices", "invoices", "invoice", Invoice, "invoice"),
    Kind.PAYMENT: Shape(Kind.PAYMENT, "invoices", "notes", "note", Payment, "payment"),
}
_OFF: Mapping[KindName, Section] = {
    "contacts": Contacts(), "products": Products(enabled=False), "invoices": Invoices(enabled=False),
}  # fmt: skip


def switched_off(section: KindName) -> str:
    """Why a record of a kind that is off is excluded."""
    return f"{section} are switched off in the settings"
