"""The properties that every portal has from the start (reference, sections 4.3, 5.3, 7.7 and 8).

A row is `name  label  type fieldType [flags]`, with two spaces or more between the first three. Flags: `ro` the
value cannot be written; `calc` HubSpot calculates it (also read-only, and no webhook is sent for it); `hidden`;
`ext` its options live elsewhere, so any value passes. Of products and line items only the definitions
are imitated, not the records.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from local.hubspot.kinds import COMPANIES, CONTACTS, DEALS, INVOICES, KINDS, Kind, iso, kind_named


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
    "deal_currency_code": "USD US Dollar, EUR Euro, GBP British Pound",
    "hs_invoice_status": "draft Draft, open Open, paid Paid, voided Voided",
    "hs_invoice_source": "hubspot HubSpot, data_sync Data Sync, legacy_quickbooks Legacy QuickBooks",
    "hs_allowed_payment_methods": "credit_or_debit_card Credit or debit card, ach Bank debit (ACH)",
    "hs_invoice_payment_collection_method": "manual Online, none None",
    "hs_collect_address_types": "billing_address Billing address, shipping_address Shipping address",
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
_DEAL_ROWS = """
createdate                  Create Date              datetime date
dealname                    Deal Name                string text
amount                      Amount                   number number
deal_currency_code          Currency                 enumeration select
closedate                   Close Date               datetime date
pipeline                    Pipeline                 enumeration select
dealstage                   Deal Stage               enumeration radio
dealtype                    Deal Type                enumeration radio
description                 Deal Description         string textarea
hs_createdate               Object create date/time  datetime date ro
hs_all_collaborator_owner_ids  Deal Collaborator     enumeration checkbox ext
amount_in_home_currency     Amount in company currency  number number calc
hs_closed_amount            Closed Deal Amount       number number calc
hs_forecast_amount          Forecast amount          number number
hs_projected_amount         Weighted amount          number calculation_equation calc
hs_deal_stage_probability   Deal probability         number number calc
hs_is_closed                Is Deal Closed?          bool booleancheckbox calc
hs_is_closed_won            Is Closed Won            bool booleancheckbox calc
hs_is_closed_lost           Is closed lost           bool booleancheckbox calc,hidden
hs_num_of_associated_line_items  Number of line items  number number calc
days_to_close               Days to close            number number calc
"""
_INVOICE_ROWS = """
hs_createdate               Create date              datetime date ro
hs_title                    Title                    string text
hs_number                   Number                   string text ro
hs_currency                 Currency                 string text
hs_invoice_date             Invoice date             datetime date
hs_due_date                 Due date                 datetime date
hs_invoice_status           Invoice status           enumeration select
hs_invoice_source           Invoice source           enumeration select ro
hs_invoice_billable         Billable                 bool booleancheckbox
hs_purchase_order_number    Purchase order number    string text
hs_comments                 Comments                 string textarea
hs_tax_id                   Tax ID                   string text
hs_allowed_payment_methods  Allowed payment methods  enumeration checkbox
hs_invoice_payment_collection_method  Payment collection  enumeration select
hs_allow_partial_payments   Allow partial payments   bool booleancheckbox
hs_collect_address_types    Collected addresses      enumeration checkbox
hs_recipient_shipping_address  Recipient address     string text
hs_recipient_shipping_city  Recipient city           string text
hs_recipient_shipping_country  Recipient country     string text
hs_recipient_company_address  Recipient company address  string text
hs_invoice_link             Invoice link             string text ro
hs_pdf_download_link        PDF download link        string text ro
hs_language                 Language                 enumeration select
hs_amount_billed            Amount billed            number number ro
hs_amount_paid              Amount paid              number number calc
hs_balance_due              Balance due              number number calc
hs_payment_date             Payment date             datetime date ro
hs_days_overdue             Days overdue             number calculation_equation calc
hs_last_sent_date           Last sent date           datetime date ro
hs_external_invoice_id      External invoice ID      string text
hs_external_recipient       External recipient       string text
hs_invoice_latest_contact_email  Latest contact email  string text calc
hs_invoice_latest_company_name  Latest company name  string text calc
"""
_PRICE_ROWS = """
createdate                  Create Date              datetime date ro
name                        Name                     string text
description                 Description              string textarea
hs_sku                      SKU                      string text
price                       Unit price               number number
hs_cost_of_goods_sold       Unit cost                number number
tax                         Tax                      number number
hs_url                      URL                      string text
hs_images                   Image URL                string text
hs_product_type             Product type             enumeration select
hs_pricing_model            Pricing model            enumeration select
hs_tier_ranges              Tier ranges              string text
hs_tier_prices              Tier prices              string text
hs_recurring_billing_period  Term                    string text
recurringbillingfrequency   Billing frequency        enumeration select
"""
_PRODUCT_ROWS = """
hs_folder                   Folder                   enumeration select ext
hs_avatar_filemanager_key   Avatar file key          string text calc,hidden
"""
_LINE_ITEM_ROWS = """
hs_product_id               Product ID               number number
quantity                    Quantity                 number number
discount                    Unit discount            number number
hs_discount_percentage      Discount percentage      number number
amount                      Net price                number number calc
hs_line_item_currency_code  Currency                 string text
hs_tax_rate_group_id        Tax rate                 enumeration select ext
hs_recurring_billing_start_date  Billing start date  date date
hs_recurring_billing_end_date  Billing end date      date date calc
hs_term_in_months           Term in months           number number calc
hs_position_on_quote        Position on quote        number number
hs_acv                      Annual contract value    number calculation_equation calc
hs_mrr                      Monthly recurring revenue  number calculation_equation calc
"""
PRODUCTS = Kind("products", "product", "0-7", "hs_lastmodifieddate", (), ())
LINE_ITEMS = Kind("line_items", "line_item", "0-8", "hs_lastmodifieddate", (), ())
DESCRIBED = (*KINDS, PRODUCTS, LINE_ITEMS)  # whose definitions are imitated
_ROWS = {
    CONTACTS.name: _STAMPS + _CONTACT_ROWS,
    COMPANIES.name: _STAMPS + _COMPANY_ROWS,
    DEALS.name: _OF_EACH + _DEAL_ROWS,
    PRODUCTS.name: _OF_EACH + _PRICE_ROWS + _PRODUCT_ROWS,
    LINE_ITEMS.name: _OF_EACH + _PRICE_ROWS + _LINE_ITEM_ROWS,
    INVOICES.name: _OF_EACH + _INVOICE_ROWS,
}
GROUPS = {
    CONTACTS.name: (("contactinformation", "Contact Information"), ("emailinformation", "Email Information")),
    COMPANIES.name: (("companyinformation", "Company Information"),),
    DEALS.name: (("dealinformation", "Deal Information"),),
    PRODUCTS.name: (("productinformation", "Product Information"),),
    LINE_ITEMS.name: (("line_item_information", "Line Item Information"),),
    INVOICES.name: (("invoiceinformation", "Invoice Information"),),
}
_DESCRIBED = {name.lower(): kind for kind in DESCRIBED for name in (kind.name, kind.singular, kind.type_id)}


def described(name: str) -> Kind:
    """The object type that a path of the properties API names: plural, singular or type id."""
    return _DESCRIBED.get(name.lower()) or kind_named(name)


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
