"""The properties that every portal has from the start (reference, sections 4.3, 5.3, 7.7 and 8).

A row is `name  label  type fieldType [flags]`, with two spaces or more between the first three. Flags: `ro` the
value cannot be written; `calc` HubSpot calculates it (also read-only, and no webhook is sent for it); `hidden`;
`ext` its options live elsewhere, so any value passes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from local.hubspot.commerce_rows import (
    DEAL_ROWS,
    INVOICE_ROWS,
    LINE_ITEM_ROWS,
    NOTE_ROWS,
    PAYMENT_ROWS,
    PRICE_ROWS,
    PRODUCT_ROWS,
)
from local.hubspot.kinds import COMPANIES, CONTACTS, DEALS, INVOICES, LINE_ITEMS, NOTES, PAYMENTS, PRODUCTS, iso


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


_STAGES_OF_LIFE = (
    "subscriber Subscriber, lead Lead, marketingqualifiedlead Marketing Qualified Lead, "
    "salesqualifiedlead Sales Qualified Lead, opportunity Opportunity, customer Customer, evangelist Evangelist, "
    "other Other"
)
_OPTIONS = {  # property, or object.property -> its choices: the value, then the label that people see
    "lifecyclestage": _STAGES_OF_LIFE,
    "hs_lead_status": "NEW New, OPEN Open, IN_PROGRESS In Progress, OPEN_DEAL Open Deal, UNQUALIFIED Unqualified, "
    "ATTEMPTED_TO_CONTACT Attempted to Contact, CONNECTED Connected, BAD_TIMING Bad Timing",
    "hs_language": "en English, en-gb English - United Kingdom, en-us English - United States, fr French, de German, "
    "es Spanish, it Italian, nl Dutch, pl Polish, pt-br Portuguese - Brazil, ja Japanese",
    "hs_timezone": "us_slash_eastern US/Eastern, us_slash_central US/Central, us_slash_pacific US/Pacific, "
    "europe_slash_london Europe/London, utc UTC",
    "industry": "ACCOUNTING Accounting, BANKING Banking, COMPUTER_SOFTWARE Computer Software, CONSTRUCTION "
    "Construction, CONSUMER_SERVICES Consumer Services, DESIGN Design, FOOD_BEVERAGES Food & Beverages, INSURANCE "
    "Insurance, LEISURE_TRAVEL_TOURISM Leisure & Travel, MANAGEMENT_CONSULTING Management Consulting, PUBLISHING "
    "Publishing, RESTAURANTS Restaurants, RETAIL Retail, TELECOMMUNICATIONS Telecommunications",
    "companies.type": "PROSPECT Prospect, PARTNER Partner, RESELLER Reseller, VENDOR Vendor, OTHER Other",
    "dealstage": "appointmentscheduled Appointment Scheduled, qualifiedtobuy Qualified To Buy, presentationscheduled "
    "Presentation Scheduled, decisionmakerboughtin Decision Maker Bought-In, contractsent Contract Sent, closedwon "
    "Closed Won, closedlost Closed Lost",
    "pipeline": "default Sales Pipeline",
    "dealtype": "newbusiness New Business, existingbusiness Existing Business",
    "hs_invoice_status": "draft Draft, open Open, paid Paid, voided Voided",
    "hs_invoice_source": "hubspot HubSpot, data_sync Data Sync, legacy_quickbooks Legacy QuickBooks",
    "hs_allowed_payment_methods": "credit_or_debit_card Credit or debit card, ach Bank debit (ACH)",
    "hs_invoice_payment_collection_method": "manual Online, none None",
    "hs_collect_address_types": "billing_address Billing address, shipping_address Shipping address",
    "hs_latest_status": "processing Processing, succeeded Succeeded, failed Failed, partially_refunded Partially "
    "refunded, refunded Refunded, processing_refund Processing refund, disputed_won Disputed - won, disputed_lost "
    "Disputed - lost, disputed_action_required Disputed - action required, disputed_awaiting_decision Disputed - "
    "awaiting decision",
    "hs_payment_method_type": "card Card, ach ACH, cash Cash, check Check, wire_transfer Wire transfer, other Other, "
    "sepa SEPA, bacs BACS, pads PADs",
    "hs_processor_type": "hs_payments HubSpot payments, byo_stripe Stripe, none None, quickbooks QuickBooks, xero Xero",
    "hs_product_type": "inventory Inventory, non_inventory Non-Inventory, service Service",
    "hs_pricing_model": "flat Flat fee, volume Volume, graduated Graduated, stairstep Stairstep",
    "recurringbillingfrequency": "weekly Weekly, monthly Monthly, quarterly Quarterly, annually Annually",
}


def _choices(text: str) -> dict[str, str]:
    pairs = (" ".join(one.split()).partition(" ") for one in text.split(", "))
    return {value: label for value, _, label in pairs}


LIFECYCLE_STAGES = tuple(_choices(_STAGES_OF_LIFE))

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
_OF_EACH = """
hs_lastmodifieddate         Last Modified Date       datetime date calc
hs_object_id                Record ID                number number ro
hs_object_source            Record creation source   string text ro
hs_object_source_id         Record source ID         string text ro
hs_object_source_label      Record source            string text ro
hs_merged_object_ids        Merged record IDs        enumeration checkbox calc,ext
hubspot_owner_id            Owner                    enumeration select ext
"""
_ROWS = {
    CONTACTS.name: _STAMPS + _CONTACT_ROWS,
    COMPANIES.name: _STAMPS + _COMPANY_ROWS,
    DEALS.name: _OF_EACH + DEAL_ROWS,
    PRODUCTS.name: _OF_EACH + PRICE_ROWS + PRODUCT_ROWS,
    LINE_ITEMS.name: _OF_EACH + PRICE_ROWS + LINE_ITEM_ROWS,
    INVOICES.name: _OF_EACH + INVOICE_ROWS,
    PAYMENTS.name: _OF_EACH + PAYMENT_ROWS,
    NOTES.name: _OF_EACH + NOTE_ROWS,
}
GROUPS = {
    CONTACTS.name: (("contactinformation", "Contact Information"), ("emailinformation", "Email Information")),
    COMPANIES.name: (("companyinformation", "Company Information"),),
    DEALS.name: (("dealinformation", "Deal Information"),),
    PRODUCTS.name: (("productinformation", "Product Information"),),
    LINE_ITEMS.name: (("line_item_information", "Line Item Information"),),
    INVOICES.name: (("invoiceinformation", "Invoice Information"),),
    PAYMENTS.name: (("commerce_payment_information", "Payment Information"),),
    NOTES.name: (("engagement", "Engagement Information"),),
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
        options=_options(kind_name, name, type_name),
        hidden="hidden" in flags,
        formField=not flags,
        calculated="calc" in flags,
        externalOptions="ext" in flags,
        readOnlyValue=bool(flags & {"ro", "calc"}),
        hubspotDefined=True,
        referencedObjectType={"associatedcompanyid": "COMPANY", "hubspot_owner_id": "OWNER"}.get(name),
    )


def _options(kind_name: str, name: str, type_name: str) -> list[dict[str, Any]]:
    text = "true Yes, false No" if type_name == "bool" else _OPTIONS.get(f"{kind_name}.{name}", _OPTIONS.get(name, ""))
    choices = _choices(text) if text else {}
    return [option(value, order, label) for order, (value, label) in enumerate(choices.items())]
