"""The rows that hold without a word in the settings (design: Default mappings), for each kind."""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.resolve.fields import CONTACT_FIELDS, Field
from chalicelib.settings.model import KindName

PRODUCT_FIELDS = (
    Field("name",                   "Name"),
    Field("description",            "Description"),
    Field("hs_sku",                 "Sku"),
    Field("price",                  "UnitPrice"),
    Field("hs_cost_of_goods_sold",  "PurchaseCost"),
    Field("hs_product_type",        "Type",              "to_hubspot"),
)  # fmt: skip
INVOICE_FIELDS = (
    Field("hs_invoice_date",        "TxnDate",           "to_hubspot"),
    Field("hs_due_date",            "DueDate",           "to_hubspot"),
    Field("hs_currency",            "CurrencyRef.value", "to_hubspot"),
    Field("hs_comments",            "CustomerMemo.value", "to_hubspot"),
)  # fmt: skip
DEFAULTS: Mapping[KindName, tuple[Field, ...]] = {
    "contacts": CONTACT_FIELDS, "products": PRODUCT_FIELDS, "invoices": INVOICE_FIELDS,
}  # fmt: skip
