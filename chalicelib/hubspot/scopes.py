"""The HubSpot scopes that the app asks for today, and what each is for (reference section 1.6).

A scope is added here when a capability needs it, not before: the consent page shows a person every one of them. The
developer project (`python -m ops.hubspot_app`) and the consent address are both made from this table, since HubSpot
refuses an installation whose address asks for other scopes than the project declares.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Scope:
    """One scope. `without` is a sentence: what will not work where it was not granted. `section`: the one of the
    settings that alone needs it; empty where it is of use to all."""

    name: str
    purpose: str
    without: str
    required: bool = True
    section: str = ""


SCOPES = (
    Scope("oauth", "connect at all, and read the account's id", "Nothing can be connected."),
    Scope(
        "crm.objects.contacts.read",
        "read contacts, search for changed ones, and get their webhooks",
        "No contact can be synced.",
    ),
    Scope(
        "crm.objects.contacts.write",
        "make, change and archive contacts",
        "No customer of QuickBooks becomes a contact, and no change in QuickBooks reaches HubSpot.",
    ),
    Scope(
        "crm.objects.companies.read",
        "read the names of companies, get their webhooks, filter by `company.…`",
        "No customer can be named after its company.",
    ),
    Scope(
        "crm.schemas.contacts.read",
        "read the definition of the property `quickbooks_key`",
        "The sync cannot see whether its key property is there, and works as if it were not.",
        required=False,
    ),
    Scope(
        "crm.schemas.contacts.write",
        "make the property `quickbooks_key` when a connection is set up",
        "The key property cannot be made: customers without an e-mail cannot be told apart after a lost answer.",
        required=False,
    ),
    Scope(
        "crm.objects.products.read",
        "read products, search for changed ones, and get their webhooks",
        "Products cannot be synced, and lines of a settings file that name their properties are not checked.",
        required=False,
        section="products",
    ),
    Scope(
        "crm.objects.products.write",
        "make, change and archive products",
        "No item of QuickBooks becomes a product, and no change in QuickBooks reaches one.",
        required=False,
        section="products",
    ),
    Scope(
        "crm.objects.line_items.read",
        "read the lines of the invoices that show QuickBooks' ones",
        "Invoices of QuickBooks cannot be shown: what lines they have in HubSpot cannot be seen.",
        required=False,
        section="invoices",
    ),
    Scope(
        "crm.objects.line_items.write",
        "make and change the lines of these invoices",
        "Invoices of QuickBooks cannot be shown with their lines.",
        required=False,
        section="invoices",
    ),
    Scope(
        "e-commerce",
        "read and write products and line items, and make the sync's properties on them",
        "Neither products nor invoices can be synced: HubSpot wants it beside the rights to products and line items.",
        required=False,
    ),
    Scope(
        "crm.objects.invoices.read",
        "read invoices, filter contacts by them (`invoice.…`), and get their webhooks",
        "Invoices of QuickBooks cannot be shown, and contacts that a filter asks about their invoices fail.",
        required=False,
    ),
    Scope(
        "crm.objects.invoices.write",
        "make and change the invoices that show QuickBooks' ones",
        "Invoices of QuickBooks cannot be shown.",
        required=False,
        section="invoices",
    ),
    Scope(
        "crm.schemas.invoices.read",
        "read the definitions of invoices' properties",
        "The sync cannot see what properties invoices have; lines of a settings file that name one may not be checked.",
        required=False,
    ),
    Scope(
        "crm.schemas.invoices.write",
        "make the sync's properties on invoices: key, number, stage, total, balance, address",
        "Invoices do not show the number, stage and amounts that they have in QuickBooks.",
        required=False,
        section="invoices",
    ),
    Scope(
        "crm.objects.deals.read",
        "read which deals an invoice belongs to, and filter contacts by their deals (`deal.…`)",
        "Deals do not follow their invoices, and contacts that a filter asks about their deals fail.",
        required=False,
    ),
    Scope(
        "crm.objects.deals.write",
        "write amount, recipient, number, status and due date of their invoice to deals",
        "Deals do not follow their invoices.",
        required=False,
        section="invoices",
    ),
    Scope(
        "crm.schemas.deals.read",
        "read the definitions of deals' properties",
        "The sync cannot see which properties deals have; lines of a settings file that name one may not be checked.",
        required=False,
    ),
    Scope(
        "crm.schemas.deals.write",
        "make the sync's five properties on deals",
        "Deals do not follow their invoices.",
        required=False,
        section="invoices",
    ),
    Scope(
        "crm.objects.commercepayments.read",
        "read the payments that the settings have the sync make in HubSpot",
        "Payments of QuickBooks are shown as notes on deals only.",
        required=False,
        section="invoices",
    ),
    Scope(
        "crm.objects.commercepayments.write",
        "make payments in HubSpot, where the settings ask for them",
        "Payments of QuickBooks are shown as notes on deals only.",
        required=False,
        section="invoices",
    ),
    Scope(
        "crm.schemas.companies.read",
        "check a settings file against the properties of companies",
        "Lines of a settings file that name a property of companies may not be checked.",
        required=False,
    ),
    Scope(
        "crm.objects.owners.read",
        "check that an owner named in the settings file is a user of the account",
        "A settings file can name an owner that does not exist: what is made for them may be refused.",
        required=False,
    ),
)
REQUIRED = tuple(scope.name for scope in SCOPES if scope.required)
OPTIONAL = tuple(scope.name for scope in SCOPES if not scope.required)


def missing(granted: Iterable[str]) -> list[Scope]:
    """The scopes that were not granted, the required ones first."""
    held = set(granted)
    return sorted((scope for scope in SCOPES if scope.name not in held), key=lambda scope: not scope.required)
