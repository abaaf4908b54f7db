"""The properties that every portal has from the start (reference, sections 4.3, 5.3, 7.7 and 8).

A row is `name  label  type fieldType [flags]`, with two spaces or more between the first three. Flags: `ro` the
value cannot be written; `calc` HubSpot calculates it (also read-only, and no webhook is sent for it); `hidden`;
`ext` its options live elsewhere, so any value passes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from local.hubspot.kinds import COMPANIES, CONTACTS, iso


@dataclass
class Property:
    """A property's definition, in HubSpot's spelling (section 8)."""

    name: str
    label: str
    type: str
    fieldType: str
    groupName: str
    description: str = ""
    options: list[dict[str, Any]] = field(default_factory=list)
    displayOrder: int = -1
    hasUniqueValue: bool = False
    hidden: bool = False
    formField: bool = False
    calculated: bool = False
    externalOptions: bool = False
    readOnlyValue: bool = False
    hubspotDefined: bool = False
    referencedObjectType: str | None = None
    created_at: float | None = None
    updated_at: float | None = None
    archived_at: float | None = None

    def json(self, user_id: int) -> dict[str, Any]:
        body: dict[str, Any] = {
            "name": self.name,
            "label": self.label,
            "type": self.type,
            "fieldType": self.fieldType,
            "description": self.description,
            "groupName": self.groupName,
            "options": self.options,
            "displayOrder": self.displayOrder,
            "calculated": self.calculated,
            "externalOptions": self.externalOptions,
            "archived": self.archived_at is not None,
            "hasUniqueValue": self.hasUniqueValue,
            "hidden": self.hidden,
            "modificationMetadata": {
                "archivable": not self.hubspotDefined,
                "readOnlyDefinition": self.hubspotDefined,
                "readOnlyValue": self.readOnlyValue,
            },
            "formField": self.formField,
            "dataSensitivity": "non_sensitive",
        }
        if self.hubspotDefined:
            body["hubspotDefined"] = True
        else:
            body |= {"createdUserId": str(user_id), "updatedUserId": str(user_id)}
        if self.referencedObjectType:
            body["referencedObjectType"] = self.referencedObjectType
        for name, at in (
            ("createdAt", self.created_at),
            ("updatedAt", self.updated_at),
            ("archivedAt", self.archived_at),
        ):
            if at is not None:
                body[name] = iso(at)
        return body


LIFECYCLE_STAGES = (
    "subscriber",
    "lead",
    "marketingqualifiedlead",
    "salesqualifiedlead",
    "opportunity",
    "customer",
    "evangelist",
    "other",
)
_OPTIONS: dict[str, tuple[str, ...]] = {
    "lifecyclestage": LIFECYCLE_STAGES,
    "hs_lead_status": (
        "NEW",
        "OPEN",
        "IN_PROGRESS",
        "OPEN_DEAL",
        "UNQUALIFIED",
        "ATTEMPTED_TO_CONTACT",
        "CONNECTED",
        "BAD_TIMING",
    ),
    "hs_language": ("en", "en-gb", "en-us", "fr", "de", "es", "it", "nl", "pl", "pt-br", "ja"),
    "hs_timezone": ("us_slash_eastern", "us_slash_central", "us_slash_pacific", "europe_slash_london", "utc"),
    "industry": (
        "ACCOUNTING",
        "BANKING",
        "COMPUTER_SOFTWARE",
        "CONSTRUCTION",
        "CONSUMER_SERVICES",
        "DESIGN",
        "FOOD_BEVERAGES",
        "INSURANCE",
        "LEISURE_TRAVEL_TOURISM",
        "MANAGEMENT_CONSULTING",
        "PUBLISHING",
        "RESTAURANTS",
        "RETAIL",
        "TELECOMMUNICATIONS",
    ),
    "type": ("PROSPECT", "PARTNER", "RESELLER", "VENDOR", "OTHER"),
}

_STAMPS = """
createdate                  Create Date              datetime date ro
hs_lastmodifieddate         Object Last Modified     datetime date calc
hs_object_id                Record ID                number number ro
hs_object_source            Record creation source   string text ro
hs_object_source_id         Record source ID         string text ro
hs_object_source_label      Record source            string text ro
hs_merged_object_ids        Merged record IDs        enumeration checkbox calc,ext
hs_pipeline                 Pipeline                 enumeration select ext,ro
lifecyclestage              Lifecycle Stage          enumeration radio
hubspot_owner_id            Owner                    enumeration select ext
phone                       Phone Number             string phonenumber
address                     Street Address           string text
city                        City                     string text
state                       State/Region             string text
zip                         Postal Code              string text
country                     Country/Region           string text
website                     Website URL              string text
industry                    Industry                 enumeration select
description                 Description              string textarea
closedate                   Close Date               datetime date
hs_searchable_calculated_phone_number  Searchable phone number  string text calc,hidden
"""
_CONTACT_ROWS = """
email                       Email                    string text
hs_additional_emails        Additional email addresses  enumeration checkbox ext
firstname                   First Name               string text
lastname                    Last Name                string text
salutation                  Salutation               string text
mobilephone                 Mobile Phone Number      string phonenumber
fax                         Fax Number               string text
company                     Company Name             string text
jobtitle                    Job Title                string text
message                     Message                  string textarea
annualrevenue               Annual Revenue           string text
numemployees                Number of Employees      number number
date_of_birth               Date of birth            string text
hs_lead_status              Lead Status              enumeration radio
hs_language                 Preferred language       enumeration select
hs_timezone                 Time Zone                enumeration select
lastmodifieddate            Last Modified Date       datetime date ro
associatedcompanyid         Primary Associated Company ID  number number ro,hidden
hs_all_contact_vids         All vids for a contact   enumeration checkbox calc,ext
hs_calculated_merged_vids   Merged vids with timestamps  enumeration checkbox calc,ext
hs_email_domain             Email Domain             string text calc
hs_full_name_or_email       Full name or email       string text calc
"""
_COMPANY_ROWS = """
name                        Company name             string text
domain                      Company Domain Name      string text
hs_additional_domains       Additional Domains       enumeration checkbox ext
address2                    Street Address 2         string text
annualrevenue               Annual Revenue           number number
numberofemployees           Number of Employees      number number
founded_year                Year Founded             string text
timezone                    Time Zone                string text
type                        Type                     enumeration select
about_us                    About Us                 string textarea
num_associated_contacts     Number of Associated Contacts  number number calc
"""
_ROWS = {CONTACTS.name: _STAMPS + _CONTACT_ROWS, COMPANIES.name: _STAMPS + _COMPANY_ROWS}
GROUPS = {
    CONTACTS.name: (("contactinformation", "Contact Information"), ("emailinformation", "Email Information")),
    COMPANIES.name: (("companyinformation", "Company Information"),),
}


def option(value: str, order: int, label: str | None = None) -> dict[str, Any]:
    return {"label": label or value, "value": value, "displayOrder": order, "hidden": False, "description": ""}


def built_in(kind_name: str) -> list[Property]:
    """Fresh definitions of an object type's own properties."""
    return [_property(kind_name, row) for row in _ROWS[kind_name].splitlines() if row]


def _property(kind_name: str, row: str) -> Property:
    name, label, kind_of_value = re.split(r"\s{2,}", row.strip())
    type_name, field_type, *rest = kind_of_value.split()
    flags = set(rest[0].split(",")) if rest else set()
    return Property(
        name=name,
        label=label,
        type=type_name,
        fieldType=field_type,
        groupName=GROUPS[kind_name][0][0],
        options=[option(value, order) for order, value in enumerate(_OPTIONS.get(name, ()))],
        hidden="hidden" in flags,
        formField=not flags,
        calculated="calc" in flags,
        externalOptions="ext" in flags,
        readOnlyValue=bool(flags & {"ro", "calc"}),
        hubspotDefined=True,
        referencedObjectType="COMPANY" if name == "associatedcompanyid" else None,
    )
