"""One record as it is on both sides, and the values that its rows have there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from chalicelib.hubspot import models as hubspot
from chalicelib.jobs import Side
from chalicelib.quickbooks import models as quickbooks
from chalicelib.remember.records import Record, State
from chalicelib.resolve.fields import COMPANY_NAME, HASH, WANTED_NAME, Field, for_quickbooks
from chalicelib.settings import Contacts, Invoices, Products

KEY_PROPERTY = "quickbooks_key"
Values = dict[str, str]


@dataclass(frozen=True)
class Pair:
    """One record as it is now on both sides. `None`: there is none there (or, for the customer of a linked record,
    it was not read: then it is taken to hold what it held, and SyncToken will tell if that is wrong)."""

    record: Record
    in_hubspot: hubspot.Record | None = None
    company_name: str = ""
    in_quickbooks: quickbooks.Row | None = None
    fields: tuple[Field, ...] = ()
    settings: Contacts | Products | Invoices = field(default_factory=Contacts)
    realm_id: str = ""
    country: str = ""  # the company's, since editions differ in what they insist on
    time_zone: str = ""  # the connection's, in which the days of a filter begin
    associated: Mapping[str, Sequence[hubspot.Record]] = field(default_factory=dict)  # for filters that ask for them


def wanted_name(contact: hubspot.Record, company_name: str, settings: Contacts) -> str:
    """What the customer should be called: the primary company, else the person, else the e-mail (design)."""
    company = company_name if settings.display_name == "company" else ""
    choices = (company, person_name(contact), contact.text("email"))
    return next((clean for choice in choices if (clean := for_quickbooks("DisplayName", choice)[0])), "")


def shared_with_people(made: Side | None) -> Side | None:
    """Who may be put away after rows of QuickBooks were merged: one that we made holds what people made, too."""
    return None if made is Side.QUICKBOOKS else made


def person_name(contact: hubspot.Record) -> str:
    return f"{contact.text('firstname')} {contact.text('lastname')}".strip()


def hubspot_values(pair: Pair) -> Values:
    """HubSpot's value for each row of the table."""
    there = pair.in_hubspot
    if there is None:
        return {row.hubspot: "" for row in pair.fields}
    values = {row.hubspot: there.text(row.hubspot) for row in pair.fields}
    if isinstance(pair.settings, Contacts):
        values[COMPANY_NAME] = pair.company_name
        values[WANTED_NAME] = wanted_name(there, pair.company_name, pair.settings)
    return values


def quickbooks_values(pair: Pair) -> Values:
    """QuickBooks' value for each row; what was not read is what was last seen."""
    if pair.in_quickbooks is None:
        seen = {row.quickbooks: pair.record.base.get(row.key, ("", ""))[1] for row in pair.fields}
        return {**seen, **{path: value for path, value in pair.record.drifted.items() if path in seen}}
    values = {row.quickbooks: pair.in_quickbooks.text(row.quickbooks) for row in pair.fields}
    values[pair.in_quickbooks.NAME_PATH] = pair.in_quickbooks.plain_name
    return values


def needs_quickbooks(record: Record, fields: Sequence[Field], settings: Contacts | Products | Invoices) -> bool:
    """Whether a linked record cannot be judged by what was last seen of its customer, so that it must be read: a row is
    new in the settings; of a longer text that is not agreed only a digest is held; or a filter on the customer decides,
    and did not let it pass when it was last judged."""
    if not record.linked:
        return False
    unknown = any(row.key not in record.base for row in fields)
    digests = any(value.startswith(HASH) for value in record.drifted.values())
    kept_out = judged_by_quickbooks(record, settings) and record.state is not State.IN_SYNC
    return unknown or digests or (kept_out and bool(settings.filters.to_hubspot))


def judged_by_quickbooks(record: Record, settings: Contacts | Products | Invoices) -> bool:
    return settings.direction == "to_hubspot" or record.made is Side.HUBSPOT
