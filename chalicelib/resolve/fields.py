"""The field table of customers, and how a value crosses from one side to the other (design: Default mappings)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from chalicelib.jobs import Side
from chalicelib.settings import ConflictRule, Contacts, Direction

COMPANY_NAME = "company.name"  # the primary company's name, read through the association
WANTED_NAME = "display name"  # what the customer should be called, before anything is qualified
HELD_MAX = 120  # characters; a longer value is held as its digest
HASH = "sha256:"


@dataclass(frozen=True)
class Field:
    """One row. `keeps_drift`: a value that a person changed on the target is theirs, whatever the source does."""

    hubspot: str
    quickbooks: str
    direction: Direction = "both"
    clears: bool = False
    conflict: ConflictRule | None = None
    keeps_drift: bool = False

    @property
    def key(self) -> str:
        return f"{self.hubspot} > {self.quickbooks}"

    def writes(self, side: Side) -> bool:
        return self.direction in ("both", f"to_{side}")


CONTACT_FIELDS = (
    #     HubSpot property   QuickBooks path
    Field("firstname",       "GivenName"),
    Field("lastname",        "FamilyName"),
    Field("email",           "PrimaryEmailAddr.Address"),
    Field("phone",           "PrimaryPhone.FreeFormNumber"),
    Field("mobilephone",     "Mobile.FreeFormNumber"),
    Field("fax",             "Fax.FreeFormNumber"),
    Field("website",         "WebAddr.URI"),
    Field("address",         "BillAddr.Line1"),
    Field("city",            "BillAddr.City"),
    Field("state",           "BillAddr.CountrySubDivisionCode"),
    Field("zip",             "BillAddr.PostalCode"),
    Field("country",         "BillAddr.Country"),
    Field(COMPANY_NAME,      "CompanyName",                   "to_quickbooks"),
    Field(WANTED_NAME,       "DisplayName",                   "to_quickbooks", keeps_drift=True),
    Field("company",         "CompanyName",                   "to_hubspot"),
)  # fmt: skip

LENGTHS = {  # QuickBooks path -> characters at most (reference section 7.1, 7.2)
    "DisplayName": 500, "GivenName": 100, "FamilyName": 100, "MiddleName": 100, "CompanyName": 100,
    "PrimaryEmailAddr.Address": 100, "PrimaryPhone.FreeFormNumber": 30, "AlternatePhone.FreeFormNumber": 30,
    "Mobile.FreeFormNumber": 30, "Fax.FreeFormNumber": 30, "WebAddr.URI": 1_000, "Notes": 2_000,
    "BillAddr.Line1": 500, "BillAddr.City": 255, "BillAddr.Country": 255, "BillAddr.CountrySubDivisionCode": 255,
    "BillAddr.PostalCode": 30, "Title": 16, "Suffix": 16, "PrintOnCheckName": 110, "ResaleNum": 16,
}  # fmt: skip
NAME_PATHS = frozenset({"DisplayName", "GivenName", "FamilyName", "MiddleName", "CompanyName", "PrintOnCheckName"})


def field_table(settings: Contacts) -> tuple[Field, ...]:
    """The defaults with the settings' rows on top, none wider than the settings' direction."""
    rows = {row.key: row for row in CONTACT_FIELDS}
    for given in settings.fields:
        row = Field(given.hubspot, given.quickbooks, given.direction, given.clears, given.conflict)
        rows.pop(row.key, None)
        if given.enabled:
            rows[row.key] = row
    narrowed = (_narrowed(row, settings.direction) for row in rows.values())
    return tuple(row for row in narrowed if row)


def _narrowed(row: Field, direction: Direction) -> Field | None:
    if direction in ("both", row.direction):
        return row
    if row.direction == "both":
        return Field(row.hubspot, row.quickbooks, direction, row.clears, row.conflict, row.keeps_drift)
    return None


def contact_properties(fields: Iterable[Field]) -> list[str]:
    """The properties to ask HubSpot for: the table's, and what identity and merging rest on."""
    own = {row.hubspot for row in fields} - {COMPANY_NAME, WANTED_NAME}
    needed = {"email", "firstname", "lastname", "hs_additional_emails", "hs_merged_object_ids", "lastmodifieddate"}
    return sorted(own | needed | {"createdate"})


def held(value: str) -> str:
    """A value as the base keeps it."""
    if len(value) <= HELD_MAX:
        return value
    return HASH + hashlib.sha256(value.encode()).hexdigest()


def same(field: Field, hubspot: str, quickbooks: str) -> bool:
    """Whether the two sides say the same, but for what a vendor is known to change."""
    cleaned, _ = for_quickbooks(field.quickbooks, hubspot)
    one, two = (_collapsed(cleaned), _collapsed(quickbooks))
    if field.hubspot == "email":
        return one.casefold() == first_email(two).casefold()
    return one == two


def first_email(value: str) -> str:
    """QuickBooks takes several addresses in its field; HubSpot takes one."""
    return re.split(r"[,;]", value)[0].strip()


def with_other_emails(value: str, present: str) -> str:
    """The new main address, with the further ones that QuickBooks holds beside it, as far as its field has room."""
    others = [one.strip() for one in re.split(r"[,;]", present)[1:] if one.strip()]
    for count in range(len(others), 0, -1):
        joined = ", ".join([value, *(one for one in others[:count] if one.casefold() != value.casefold())])
        if len(joined) <= LENGTHS["PrimaryEmailAddr.Address"]:
            return joined
    return value


def for_quickbooks(path: str, value: str) -> tuple[str, str | None]:
    """A value as QuickBooks will take it, and what was done to it, in words, if anything was."""
    clean, said = value.strip(), None
    if path in NAME_PATHS:
        without = _collapsed(re.sub(r"[:\t\r\n]", " ", clean))
        if without != clean:
            clean, said = without, f"{path}: characters that QuickBooks forbids were taken out"
    most = LENGTHS.get(path)
    if most and len(clean) > most:
        if path == "PrimaryEmailAddr.Address":
            return "", f"{path}: left out, QuickBooks takes {most} characters at most"
        clean, said = clean[:most].rstrip(), f"{path}: cut to QuickBooks' {most} characters"
    return clean, said


def for_hubspot(property_name: str, value: str) -> str:
    """A value as HubSpot will take it."""
    return first_email(value).lower() if property_name == "email" else value.strip()


def _collapsed(value: str) -> str:
    return " ".join(value.split())
