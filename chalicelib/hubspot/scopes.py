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
    """One scope. `without` is a sentence: what will not work where it was not granted."""

    name: str
    purpose: str
    without: str
    required: bool = True


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
        "crm.objects.deals.read",
        "filter contacts by their deals (`deal.…`)",
        "Filters cannot name properties of deals: contacts that such a filter asks about fail.",
        required=False,
    ),
    Scope(
        "crm.objects.invoices.read",
        "filter contacts by their invoices in HubSpot (`invoice.…`)",
        "Filters cannot name properties of invoices: contacts that such a filter asks about fail.",
        required=False,
    ),
    Scope(
        "crm.schemas.companies.read",
        "check a settings file against the properties of companies",
        "Lines of a settings file that name a property of companies may not be checked.",
        required=False,
    ),
    Scope(
        "crm.schemas.deals.read",
        "check a settings file against the properties of deals",
        "Lines of a settings file that name a property of deals may not be checked.",
        required=False,
    ),
    Scope(
        "crm.schemas.invoices.read",
        "check a settings file against the properties of invoices",
        "Lines of a settings file that name a property of invoices may not be checked.",
        required=False,
    ),
    Scope(
        "crm.objects.products.read",
        "check a settings file against the properties of products, together with `e-commerce`",
        "Lines of a settings file that name a property of products are not checked.",
        required=False,
    ),
    Scope(
        "e-commerce",
        "check a settings file against the properties of products, which have no scope of their own for it",
        "Lines of a settings file that name a property of products are not checked.",
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
