"""The field table of customers, and how a value crosses from one side to the other (design: Default mappings)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from chalicelib.jobs import Side
from chalicelib.resolve import transforms
from chalicelib.settings import ConflictRule, Contacts, Direction
from chalicelib.settings.transform import Transform

COMPANY_NAME = "company.name"  # the primary company's name, read through the association
WANTED_NAME = "display name"  # what the customer should be called, before anything is qualified
EMAIL_PATH = "PrimaryEmailAddr.Address"
HELD_MAX = 120  # characters; a longer value is held as its digest
HASH = "sha256:"


@dataclass(frozen=True)
class Field:
    """One row. `keeps_drift`: a value that a person changed on the target is theirs, whatever the source does.

    `to_quickbooks` and `to_hubspot` are the only ways by which a value crosses: the row's transforms, then what the
    vendor is known to take. Both give what will be written and, in words, what was done to it or why nothing of it can
    be written. The base never holds such a value: it keeps what each side itself said.
    """

    hubspot: str
    quickbooks: str
    direction: Direction = "both"
    clears: bool = False
    conflict: ConflictRule | None = None
    keeps_drift: bool = False
    transform: tuple[Transform, ...] = ()

    @property
    def key(self) -> str:
        return f"{self.hubspot} > {self.quickbooks}"

    @property
    def is_email(self) -> bool:
        """The row of the addresses: QuickBooks' field takes several, HubSpot's property one. Elsewhere in QuickBooks an
        e-mail is a text like any other, and what stands beside it is no address."""
        return (self.hubspot, self.quickbooks) == ("email", EMAIL_PATH)

    def writes(self, side: Side) -> bool:
        return self.direction in ("both", f"to_{side}")

    def to_quickbooks(self, value: str) -> tuple[str, str | None]:
        """HubSpot's value as QuickBooks gets it; empty where nothing of it crosses."""
        crossed = transforms.to_quickbooks(self.transform, value)
        arrives, said = for_quickbooks(self.quickbooks, crossed.value)
        return arrives, self._note(crossed.note, said)

    def to_hubspot(self, value: str) -> tuple[str, str | None]:
        """QuickBooks' value as HubSpot gets it; empty where nothing of it crosses."""
        crossed = transforms.to_hubspot(self.transform, value)
        return for_hubspot(self.hubspot, crossed.value), self._note(crossed.note, None)

    def _note(self, crossing: str | None, cleaning: str | None) -> str | None:
        notes = [f"{self.hubspot}: {crossing}" if crossing else "", cleaning or ""]
        return "; ".join(filter(None, notes)) or None


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
        row = Field(
            given.hubspot, given.quickbooks, given.direction, given.clears, given.conflict,
            transform=tuple(given.transform),
        )  # fmt: skip
        replaced = rows.pop(row.key, None)
        if given.enabled:
            rows[row.key] = replace(row, keeps_drift=replaced.keeps_drift) if replaced else row
    narrowed = (_narrowed(row, settings.direction) for row in rows.values())
    return tuple(row for row in narrowed if row)


def _narrowed(row: Field, direction: Direction) -> Field | None:
    if direction in ("both", row.direction):
        return row
    if row.direction == "both":
        return replace(row, direction=direction)
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
    """Whether the two sides say the same, but for what a vendor or a transform of the row is known to change.

    With transforms it is enough that one value, brought to the other side, is what that side holds, or that both are
    the same once they are in QuickBooks' form: so what a transform reformats is never written only to be reformatted.
    """
    arrives, _ = field.to_quickbooks(hubspot)
    if hubspot.strip() and not arrives:
        return False  # it cannot cross: that is not the same as an empty field
    if _equal(field, arrives, quickbooks):
        return True
    if not field.transform or not arrives or not quickbooks.strip():
        return False
    returns, _ = field.to_hubspot(quickbooks)
    if not returns:
        return False
    return _collapsed(returns) == _collapsed(hubspot) or _equal(field, arrives, field.to_quickbooks(returns)[0])


def _equal(field: Field, arrives: str, quickbooks: str) -> bool:
    one, two = _collapsed(arrives), _collapsed(quickbooks)
    if field.is_email:
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
