"""The field tables of customers, products and invoices, and how a value crosses from one side to the other (design:
Default mappings)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from chalicelib.jobs import Kind, Side
from chalicelib.quickbooks.paths import PATHS
from chalicelib.resolve import transforms
from chalicelib.resolve.reading import as_number
from chalicelib.settings import ConflictRule, Contacts, Direction, Invoices, Products
from chalicelib.settings.transform import Transform

COMPANY_NAME = "company.name"  # the primary company's name, read through the association
WANTED_NAME = "display name"  # what the customer should be called, before anything is qualified
EMAIL_PATH = "PrimaryEmailAddr.Address"
CUSTOMER, ITEM, INVOICE = "Customer", "Item", "Invoice"  # QuickBooks' words for what the rows are about
HELD_MAX = 120  # characters; a longer value is held as its digest
HASH = "sha256:"


@dataclass(frozen=True)
class Field:
    """One row. `keeps_drift`: a value that a person changed on the target is theirs, whatever the source does.

    `to_quickbooks` and `to_hubspot` are the only ways by which a value crosses: the row's transforms, then what the
    vendor is known to take. Both give what will be written and, in words, what was done to it or why nothing of it can
    be written. The base never holds such a value: it keeps what each side itself said.

    `entity` says whose path it is: Customer and Item both have a name. `type` is that of the HubSpot property, as far
    as the settings know it; the default rows go by the path.
    """

    hubspot: str
    quickbooks: str
    direction: Direction = "both"
    clears: bool = False
    conflict: ConflictRule | None = None
    keeps_drift: bool = False
    transform: tuple[Transform, ...] = ()
    entity: str = CUSTOMER
    type: str | None = None

    @property
    def key(self) -> str:
        return f"{self.hubspot} > {self.quickbooks}"

    @property
    def is_email(self) -> bool:
        """The row of the addresses: QuickBooks' field takes several, HubSpot's property one. Elsewhere in QuickBooks an
        e-mail is a text like any other, and what stands beside it is no address."""
        return (self.hubspot, self.quickbooks) == ("email", EMAIL_PATH)

    @property
    def is_number(self) -> bool:
        """Whether either side holds a number, so that 20 and 20.00 say the same."""
        return self.type == "number" or _is_number(self.entity, self.quickbooks)

    def writes(self, side: Side) -> bool:
        return self.direction in ("both", f"to_{side}")

    def to_quickbooks(self, value: str) -> tuple[str, str | None]:
        """HubSpot's value as QuickBooks gets it; empty where nothing of it crosses."""
        crossed = transforms.to_quickbooks(self.transform, value)
        arrives, said = for_quickbooks(self.quickbooks, crossed.value, self.entity)
        return arrives, self._note(crossed.note, said)

    def to_hubspot(self, value: str) -> tuple[str, str | None]:
        """QuickBooks' value as HubSpot gets it; empty where nothing of it crosses."""
        crossed = transforms.to_hubspot(self.transform, value)
        if self.type == "number" or (self.is_number and not self.transform):
            plain, said = _number(self.hubspot, crossed.value)
            return plain, self._note(crossed.note, said)
        return for_hubspot(self.hubspot, crossed.value), self._note(crossed.note, None)

    def _note(self, crossing: str | None, cleaning: str | None) -> str | None:
        notes = [f"{self.hubspot}: {crossing}" if crossing else "", cleaning or ""]
        return "; ".join(filter(None, notes)) or None


_TYPES = Transform.model_validate(  # HubSpot's types of products (reference section 7.1) and QuickBooks' of items
    {"map": {"service": "Service", "non_inventory": "NonInventory", "inventory": "Inventory"}}
)
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

PRODUCT_FIELDS = (
    Field("name",                   "Name",              entity=ITEM),
    Field("description",            "Description",       entity=ITEM),
    Field("hs_sku",                 "Sku",               entity=ITEM),
    Field("price",                  "UnitPrice",         entity=ITEM),
    Field("hs_cost_of_goods_sold",  "PurchaseCost",      entity=ITEM),
    Field("hs_product_type",        "Type",              "to_hubspot", entity=ITEM, transform=(_TYPES,)),
)  # fmt: skip
INVOICE_FIELDS = (
    Field("hs_invoice_date",        "TxnDate",           "to_hubspot", entity=INVOICE),
    Field("hs_due_date",            "DueDate",           "to_hubspot", entity=INVOICE),
    Field("hs_currency",            "CurrencyRef.value", "to_hubspot", entity=INVOICE),
    Field("hs_comments",            "CustomerMemo.value", "to_hubspot", entity=INVOICE),
)  # fmt: skip

LENGTHS = {name: path.length_max for name, path in PATHS[CUSTOMER].items() if path.length_max}  # of customers
NAME_PATHS = {  # names, in which QuickBooks forbids colons, tabs and line breaks (reference section 7.2, 7.3)
    CUSTOMER: {"DisplayName", "GivenName", "FamilyName", "MiddleName", "CompanyName", "PrintOnCheckName"},
    ITEM: {"Name"},
}
NEVER_CUT = {EMAIL_PATH, "Sku"}  # a part of it would be another person's, or another product's

_TABLES: Mapping[type[Contacts | Products | Invoices], tuple[str, tuple[Field, ...]]] = {
    Contacts: (CUSTOMER, CONTACT_FIELDS), Products: (ITEM, PRODUCT_FIELDS), Invoices: (INVOICE, INVOICE_FIELDS),
}  # fmt: skip
_ALWAYS_READ: Mapping[Kind, set[str]] = {  # what identity, matching and merging rest on
    Kind.CUSTOMER: {
        "email", "firstname", "lastname", "hs_additional_emails", "hs_merged_object_ids", "lastmodifieddate",
        "createdate",
    },
    Kind.PRODUCT: {"name", "hs_sku", "hs_merged_object_ids", "hs_lastmodifieddate", "createdate"},
    Kind.INVOICE: {"hs_currency", "hs_invoice_status", "hs_merged_object_ids", "hs_lastmodifieddate", "hs_createdate"},
}  # fmt: skip


def field_table(section: Contacts | Products | Invoices) -> tuple[Field, ...]:
    """The defaults of the section with its own rows on top, none wider than its direction."""
    entity, defaults = _TABLES[type(section)]
    rows = {row.key: row for row in defaults}
    for given in section.fields:
        row = Field(
            given.hubspot, given.quickbooks, given.direction, given.clears, given.conflict,
            transform=tuple(given.transform), entity=entity, type=given.type,
        )  # fmt: skip
        replaced = rows.pop(row.key, None)
        if given.enabled:
            rows[row.key] = _in_place_of(replaced, row) if replaced else row
    narrowed = (_narrowed(row, section.direction) for row in rows.values())
    return tuple(row for row in narrowed if row)


def _in_place_of(replaced: Field, row: Field) -> Field:
    """What only the default knows stays: without its map, the type of an item would mean nothing to HubSpot."""
    return replace(row, keeps_drift=replaced.keeps_drift, transform=row.transform or replaced.transform)


def _narrowed(row: Field, direction: Direction) -> Field | None:
    if direction in ("both", row.direction):
        return row
    if row.direction == "both":
        return replace(row, direction=direction)
    return None


def hubspot_properties(kind: Kind, fields: Iterable[Field]) -> list[str]:
    """The properties to ask HubSpot for: the table's, and what identity, matching and merging rest on."""
    own = {row.hubspot for row in fields} - {COMPANY_NAME, WANTED_NAME}
    return sorted(own | _ALWAYS_READ[kind])


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


def unchanged(field: Field, before: str, value: str) -> bool:
    """Whether a side still holds what it held, as the base keeps it: QuickBooks says 20 here and 20.0 there."""
    return before == held(value) or (field.is_number and _same_number(before, value))


def _equal(field: Field, arrives: str, quickbooks: str) -> bool:
    one, two = _collapsed(arrives), _collapsed(quickbooks)
    if field.is_email:
        return one.casefold() == first_email(two).casefold()
    return one == two or (field.is_number and _same_number(one, two))


def _same_number(one: str, two: str) -> bool:
    number = as_number(one)
    return number is not None and number == as_number(two)


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


def for_quickbooks(path: str, value: str, entity: str = CUSTOMER) -> tuple[str, str | None]:
    """A value as QuickBooks will take it, and what was done to it, in words, if anything was."""
    if _is_number(entity, path):
        return _number(path, value)
    clean, said = value.strip(), None
    if path in NAME_PATHS.get(entity, ()):
        without = _collapsed(re.sub(r"[:\t\r\n]", " ", clean))
        if without != clean:
            clean, said = without, f"{path}: characters that QuickBooks forbids were taken out"
    known = PATHS[entity].get(path)
    most = known.length_max if known else None
    if most and len(clean) > most:
        if path in NEVER_CUT:
            return "", f"{path}: left out, QuickBooks takes {most} characters at most"
        clean, said = clean[:most].rstrip(), f"{path}: cut to QuickBooks' {most} characters"
    return clean, said


def _is_number(entity: str, path: str) -> bool:
    known = PATHS[entity].get(path)
    return known is not None and known.type == "number"


def _number(name: str, value: str) -> tuple[str, str | None]:
    """A plain decimal number; empty, and said, where the value is none."""
    if not value.strip():
        return "", None
    number = as_number(value)
    if number is None:
        return "", f"{name}: it cannot be read as a number and does not cross"
    return transforms.plain(number), None


def for_hubspot(property_name: str, value: str) -> str:
    """A value as HubSpot will take it."""
    return first_email(value).lower() if property_name == "email" else value.strip()


def _collapsed(value: str) -> str:
    return " ".join(value.split())
