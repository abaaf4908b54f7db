"""Which fields names have: type, longest value, who may write it (reference 7.1, 7.2). Entities are rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# fmt: off
Kind = Literal[
    "text", "name", "boolean", "decimal", "integer", "date", "enum", "masked", "complex", "reference",
    "amount", "shape", "shapes",
]
# fmt: on


@dataclass(frozen=True)
class Member:
    """A part of a complex value, such as `Line1` of an address."""

    name: str
    longest: int
    email: bool = False


@dataclass(frozen=True)
class Complex:
    """A complex type. `ignored` members may be sent, and are dropped."""

    members: tuple[Member, ...]
    ignored: frozenset[str] = frozenset()
    longest_together: int | None = None
    numbered: bool = False


EMAIL = Complex((Member("Address", 100, email=True),), frozenset({"Id", "Default", "Tag"}))
WEBSITE = Complex((Member("URI", 1000),), frozenset({"Id", "Default", "Tag"}))
ADDRESS = Complex(
    (
        *(Member(f"Line{n}", 500) for n in range(1, 6)),
        Member("City", 255),
        Member("Country", 255),
        Member("CountrySubDivisionCode", 255),
        Member("PostalCode", 30),
    ),
    frozenset({"Id", "Lat", "Long", "Note", "Tag", "CountryCode", "PostalCodeSuffix"}),
    longest_together=2000,
    numbered=True,
)


def telephone(longest: int) -> Complex:
    ignored = {"DeviceType", "CountryCode", "AreaCode", "ExchangeCode", "Extension", "Default", "Tag", "Id"}
    return Complex((Member("FreeFormNumber", longest),), frozenset(ignored))


@dataclass(frozen=True)
class Field:
    """`default`: what an object has that was never given a value. `writable`: by whom, and when.

    An `amount` is exact, a `shape` is a nested object, `shapes` are a list of such.
    """

    name: str
    kind: Kind = "text"
    longest: int = 4000
    default: object = None
    writable: Literal["always", "create", "by person", "never"] = "always"
    complex: Complex | None = None
    values: tuple[str, ...] = ()
    target: str = ""
    shape: Shape | None = None


@dataclass(frozen=True)
class Shape:
    """The members of a nested object. `ignored` ones may be sent, and are dropped; any other is refused."""

    fields: tuple[Field, ...]
    ignored: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Entity:
    """One kind of object. `hierarchical`: one can stand below another. `needs_one_of`: else 6080.

    `space`: the kinds of one space share their ids (reference 11). `named_by`: the field that references show.
    """

    name: str
    fields: tuple[Field, ...]
    filterable: frozenset[str]
    sortable: frozenset[str]
    hierarchical: bool = False
    needs_one_of: tuple[str, ...] = ()
    space: Literal["names", "items", "transactions"] = "names"
    named_by: str = "DisplayName"

    @property
    def path(self) -> str:
        return self.name.lower()

    def field(self, name: str) -> Field | None:
        return next((field for field in self.fields if field.name == name), None)


def complex_field(name: str, kind: Complex) -> Field:
    return Field(name, "complex", complex=kind)


def reference(name: str, target: str) -> Field:
    return Field(name, "reference", target=target)


NAME_PARTS = ("Title", "GivenName", "MiddleName", "FamilyName", "Suffix")
ANSWERED_ONLY = frozenset({"domain", "status", "MetaData", "V4IDPseudonym", "ClientEntityId"})  # ignored when sent
METADATA_PATHS = frozenset({"MetaData.CreateTime", "MetaData.LastUpdatedTime"})

_PERSON = (
    Field("Title", "name", 16),
    Field("GivenName", "name", 100),
    Field("MiddleName", "name", 100),
    Field("FamilyName", "name", 100),
    Field("Suffix", "name", 16),
    Field("DisplayName", "name", 500),
)
_BY_NAME = frozenset({"Id", "DisplayName", "GivenName", "MiddleName", "FamilyName", "PrintOnCheckName"})
_ACTIVE = Field("Active", "boolean", default=True)
_INDIAN_AND_FRENCH = (
    Field("GSTIN", longest=15),
    Field("BusinessNumber", longest=10),
    Field("GSTRegistrationType", longest=15),
)

CUSTOMER = Entity(
    "Customer",
    (
        *_PERSON,
        Field("FullyQualifiedName", writable="never"),
        Field("CompanyName", "name", 100),
        Field("PrintOnCheckName", "name", 110),
        _ACTIVE,
        complex_field("PrimaryEmailAddr", EMAIL),
        complex_field("PrimaryPhone", telephone(30)),
        complex_field("AlternatePhone", telephone(30)),
        complex_field("Mobile", telephone(30)),
        complex_field("Fax", telephone(30)),
        complex_field("WebAddr", WEBSITE),
        complex_field("BillAddr", ADDRESS),
        complex_field("ShipAddr", ADDRESS),
        Field("Notes", longest=2000),
        Field("ResaleNum", longest=16),
        Field("Job", "boolean", default=False),
        reference("ParentRef", "Customer"),
        Field("Level", "integer", writable="never"),
        Field("BillWithParent", "boolean", default=False),
        Field("Taxable", "boolean", default=False),
        Field("TaxExemptionReasonId", "enum", values=tuple(str(n) for n in range(1, 16))),
        reference("DefaultTaxCodeRef", "TaxCode"),
        reference("SalesTermRef", "Term"),
        reference("PaymentMethodRef", "PaymentMethod"),
        reference("CustomerTypeRef", "CustomerType"),
        reference("ARAccountRef", "Account"),
        Field("PreferredDeliveryMethod", "enum", values=("Print", "Email", "None"), default="None"),
        reference("CurrencyRef", "Currency"),
        Field("Balance", "decimal", default=0, writable="create"),
        Field("OpenBalanceDate", "date", writable="create"),
        Field("BalanceWithJobs", "decimal", default=0, writable="never"),
        Field("IsProject", "boolean", default=False, writable="by person"),
        Field("PrimaryTaxIdentifier", "masked", 20),
        Field("SecondaryTaxIdentifier", "masked", 20),
        *_INDIAN_AND_FRENCH,
    ),
    filterable=_BY_NAME | {"Active", "Balance", "CompanyName", "FullyQualifiedName", "PrimaryEmailAddr"},
    sortable=_BY_NAME | {"Active", "Balance", "CompanyName", "FullyQualifiedName"},
    hierarchical=True,
)

VENDOR = Entity(
    "Vendor",
    (
        *_PERSON,
        Field("CompanyName", "name", 100),
        Field("PrintOnCheckName", "name", 100),
        _ACTIVE,
        complex_field("PrimaryEmailAddr", EMAIL),
        complex_field("PrimaryPhone", telephone(30)),
        complex_field("AlternatePhone", telephone(30)),
        complex_field("Mobile", telephone(30)),
        complex_field("Fax", telephone(30)),
        complex_field("WebAddr", WEBSITE),
        complex_field("BillAddr", ADDRESS),
        Field("AcctNum", longest=100),
        Field("Vendor1099", "boolean", default=False),
        Field("TaxIdentifier", "masked", 20),
        Field("TaxReportingBasis", "enum", values=("Cash", "Accrual")),
        reference("TermRef", "Term"),
        reference("APAccountRef", "Account"),
        reference("CurrencyRef", "Currency"),
        Field("Balance", "decimal", default=0, writable="never"),
        Field("BillRate", "decimal"),
        Field("CostRate", "decimal"),
        *_INDIAN_AND_FRENCH,
    ),
    filterable=_BY_NAME | {"Active", "Balance", "CompanyName", "PrimaryEmailAddr", "Suffix"},
    sortable=_BY_NAME | {"Active", "Balance", "CompanyName", "Suffix"},
)

EMPLOYEE = Entity(
    "Employee",
    (
        *_PERSON,
        Field("PrintOnCheckName", "name", 100),
        _ACTIVE,
        complex_field("PrimaryEmailAddr", EMAIL),
        complex_field("PrimaryPhone", telephone(20)),
        complex_field("Mobile", telephone(20)),
        complex_field("PrimaryAddr", ADDRESS),
        Field("EmployeeNumber", longest=100),
        Field("SSN", "masked", 100),
        Field("BillableTime", "boolean", default=False),
        Field("BillRate", "decimal"),
        Field("CostRate", "decimal"),
        Field("BirthDate", "date"),
        Field("HiredDate", "date"),
        Field("ReleasedDate", "date"),
        Field("Gender", "enum", values=("Male", "Female")),
        Field("Organization", "boolean", default=False, writable="never"),
    ),
    filterable=_BY_NAME | {"Active", "Suffix"},
    sortable=_BY_NAME | {"Suffix"},
    needs_one_of=("GivenName", "FamilyName"),
)

NAMES = (CUSTOMER, VENDOR, EMPLOYEE)
