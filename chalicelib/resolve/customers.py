"""Contact ⇄ Customer: what may cross, what a new one is given, and which two are the same."""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.failures import Category, Trouble
from chalicelib.jobs import Side
from chalicelib.quickbooks import models as quickbooks
from chalicelib.remember.records import State
from chalicelib.resolve.agreement import clause_to_quickbooks, crossed, excluded, owned_elsewhere
from chalicelib.resolve.fields import COMPANY_NAME, WANTED_NAME
from chalicelib.resolve.filters import excluding_clause
from chalicelib.resolve.pair import Pair, quickbooks_values, wanted_name
from chalicelib.resolve.plan import CreateInHubSpot, CreateInQuickBooks, Plan
from chalicelib.settings import Contacts


def exclusion(pair: Pair) -> str | None:
    """Why an object that is not linked yet stays on its side; None where it may cross."""
    settings = _settings(pair)
    if pair.in_hubspot is not None:
        if settings.direction == "to_hubspot":
            return "the settings sync contacts from QuickBooks to HubSpot only"
        if not pair.in_hubspot.emails and settings.without_email == "exclude":
            return "it has no e-mail address (setting without_email)"
        if owned_elsewhere(pair):
            return "it belongs to another company"
        clause = clause_to_quickbooks(pair)
        return f"filter: {clause}" if clause else None
    if isinstance(pair.in_quickbooks, quickbooks.Customer):
        return _customer_exclusion(pair.in_quickbooks, settings, pair.time_zone)
    return None


def _customer_exclusion(customer: quickbooks.Customer, settings: Contacts, time_zone: str) -> str | None:
    if customer.IsProject:
        return "it is a project, not a customer"
    if customer.Job:
        return "it is a sub-customer (job); only top-level customers become contacts"
    if not customer.Active:
        return "it is inactive in QuickBooks"
    if settings.direction == "to_quickbooks":
        return "the settings sync contacts from HubSpot to QuickBooks only"
    if not customer.emails and settings.without_email == "exclude":
        return "it has no e-mail address (setting without_email)"
    clause = excluding_clause(settings.filters.to_hubspot, customer.text, time_zone=time_zone)
    return f"filter: {clause}" if clause else None


def _settings(pair: Pair) -> Contacts:
    return pair.settings if isinstance(pair.settings, Contacts) else Contacts()


def new_in_hubspot(pair: Pair) -> Plan:
    """A contact that has no customer yet."""
    if why := exclusion(pair):
        return excluded(why)
    values, notes = crossed(pair, Side.QUICKBOOKS)
    called = wanted_name(pair.in_hubspot, "", _settings(pair)) if pair.in_hubspot else ""
    name = values.get("DisplayName") or called
    if not name:
        return Plan(
            state=State.FAILING,
            trouble=Trouble(
                Category.MISSING_FIELD,
                "QuickBooks needs a name, and the contact has no company, no first or last name and no e-mail.",
                "Give the contact a name in HubSpot.",
            ),
        )
    values["DisplayName"] = name
    return Plan((CreateInQuickBooks(values),), notes=notes, wanted_name=name, reason="the contact has no customer yet")


def new_in_quickbooks(pair: Pair) -> Plan:
    """A customer that has no contact yet."""
    if why := exclusion(pair):
        return excluded(why)
    theirs, create = quickbooks_values(pair), _settings(pair).create
    properties, notes = crossed(pair, Side.HUBSPOT, but=(COMPANY_NAME, WANTED_NAME))
    given = {"lifecyclestage": create.lifecycle_stage, "hubspot_owner_id": create.owner}
    properties = {**{name: value for name, value in given.items() if value}, **properties}
    if not {"email", "firstname", "lastname"} & properties.keys():
        called = pair.in_quickbooks.plain_name if pair.in_quickbooks else ""
        properties["lastname"] = theirs.get("DisplayName", "") or called
    return Plan((CreateInHubSpot(properties),), notes=notes, reason="the customer has no contact yet")


def match(emails: list[str], candidates: Mapping[str, quickbooks.Customer]) -> tuple[list[str], str]:
    """The customers that an unlinked contact may be linked with: active, top-level, no projects; the first e-mail
    that finds any decides. Also the name of what was found, for the reader."""
    fit = [c for c in candidates.values() if c.Active and not c.Job and not c.IsProject]
    for email in emails:
        found = [c for c in fit if email in c.emails]
        if found:
            return [c.Id for c in found], ", ".join(f"{c.DisplayName} ({c.Id})" for c in found)
    return [], ""
