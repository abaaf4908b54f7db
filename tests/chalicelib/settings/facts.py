"""What both systems say of themselves in these tests: the imitation's properties, and a few of our own."""

from __future__ import annotations

from chalicelib.settings.metadata import Account, CustomField, Metadata, Option, Owner, Properties, Property
from local.hubspot import definitions
from local.hubspot.kinds import COMPANIES, CONTACTS

KINDS = (CONTACTS, COMPANIES, definitions.DEALS, definitions.INVOICES, definitions.PRODUCTS)
TIER = (Option("gold_1", "Gold"), Option("silver_1", "Silver"))
OWN = {
    "contacts": [
        Property("birthday", "Birthday", "date"),
        Property("visits", "Visits", "number"),
        Property("vip", "VIP", "bool", "booleancheckbox"),
        Property("tier", "Tier", "enumeration", "select", TIER),
        Property("tax_free", "Tax free", "bool", "booleancheckbox"),
        Property("discount_note", "Discount note", "string", "text"),
        Property("quickbooks_key", "QuickBooks key", "string", "text"),
    ],
    "invoices": [
        Property("crew_number", "Crew number", "string", "text"),
        Property("crew_size", "Crew size", "number", "number"),
        Property("balance", "Balance", "number", "number"),
        Property("paid_on", "Paid on", "date", "date"),
        Property("closed", "Closed", "bool", "booleancheckbox"),
    ],
}


def properties(kind: definitions.Kind) -> Properties:
    built_in = [
        Property(
            one.name,
            one.label,
            one.type,
            one.fieldType,
            tuple(Option(option["value"], option["label"]) for option in one.options),
            one.readOnlyValue or one.calculated,
        )
        for one in definitions.built_in(kind.name)
    ]
    return {one.name: one for one in [*built_in, *OWN.get(kind.name, [])]}


METADATA = Metadata(
    hubspot={kind.name: properties(kind) for kind in KINDS},
    custom_fields=(
        CustomField("1", "Crew #", on_all_forms=True, printed=True),
        CustomField("2", "Crew size", "number"),
        CustomField("3", "Sales rep", on_all_forms=False, printed=True),
        CustomField("4", "Batch", on_all_forms=True, printed=False),
        CustomField("5", "Shipped", "date"),
        CustomField("order 1", "Vendor code", on_sales_forms=False),
        CustomField("order 2", "Crew #", on_sales_forms=False),
    ),
    accounts=(
        Account("79", "Sales of Product Income", "Income"),
        Account("80", "Cost of Goods Sold", "Cost of Goods Sold"),
        Account("81", "Inventory Asset", "Other Current Asset"),
        Account("82", "Old Income", "Income", active=False),
    ),
    owners=(Owner("501", "jane@acme.example"), Owner("502", "frank@acme.example")),
)
