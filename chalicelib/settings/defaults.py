"""The rows that hold without a word in the settings (design: Default mappings), for each kind."""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.resolve.fields import CONTACT_FIELDS, INVOICE_FIELDS, PRODUCT_FIELDS, Field
from chalicelib.settings.model import KindName

DEFAULTS: Mapping[KindName, tuple[Field, ...]] = {
    "contacts": CONTACT_FIELDS, "products": PRODUCT_FIELDS, "invoices": INVOICE_FIELDS,
}  # fmt: skip
