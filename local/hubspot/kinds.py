"""The object types of which this imitation has records, and who makes a change (reference, sections 3.6 and 4.1)."""

from __future__ import annotations

import time
from dataclasses import dataclass

from local.hubspot.errors import invalid


@dataclass(frozen=True)
class Kind:
    """An object type. `modified` is the property that carries its last change, `defaults` what is read unasked.

    A new record must have one of `required` and each of `needs`. `scope` names the type in scopes (section 1.6).
    """

    name: str
    singular: str
    type_id: str
    modified: str
    defaults: tuple[str, ...]
    required: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    scope: str = ""

    @property
    def legacy(self) -> str:
        return self.singular.upper()

    @property
    def scope_name(self) -> str:
        return self.scope or self.name


CONTACTS = Kind(
    name="contacts",
    singular="contact",
    type_id="0-1",
    modified="lastmodifieddate",
    defaults=("createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname"),
    required=("email", "firstname", "lastname"),
)
COMPANIES = Kind(
    name="companies",
    singular="company",
    type_id="0-2",
    modified="hs_lastmodifieddate",
    defaults=("createdate", "domain", "hs_lastmodifieddate", "hs_object_id", "name"),
    required=("name", "domain"),
)
DEALS = Kind(
    name="deals",
    singular="deal",
    type_id="0-3",
    modified="hs_lastmodifieddate",
    defaults=("amount", "closedate", "createdate", "dealname", "dealstage", "hs_lastmodifieddate", "hs_object_id",
              "pipeline"),
    required=("dealname",),
)  # fmt: skip
INVOICES = Kind(
    name="invoices",
    singular="invoice",
    type_id="0-53",
    modified="hs_lastmodifieddate",
    defaults=("hs_createdate", "hs_lastmodifieddate", "hs_object_id"),
    required=("hs_currency",),
)
PRODUCTS = Kind(
    name="products",
    singular="product",
    type_id="0-7",
    modified="hs_lastmodifieddate",
    defaults=("createdate", "description", "hs_lastmodifieddate", "hs_object_id", "name", "price"),
    required=("name",),
)
LINE_ITEMS = Kind(
    name="line_items",
    singular="line_item",
    type_id="0-8",
    modified="hs_lastmodifieddate",
    defaults=("amount", "createdate", "hs_lastmodifieddate", "hs_object_id", "price", "quantity"),
)
PAYMENTS = Kind(
    name="commerce_payments",
    singular="commerce_payment",
    type_id="0-101",
    modified="hs_lastmodifieddate",
    defaults=("hs_createdate", "hs_lastmodifieddate", "hs_object_id"),
    needs=("hs_initial_amount", "hs_initiated_date"),
    scope="commercepayments",
)
NOTES = Kind(
    name="notes",
    singular="note",
    type_id="0-46",
    modified="hs_lastmodifieddate",
    defaults=("hs_createdate", "hs_lastmodifieddate", "hs_object_id"),
    required=("hs_timestamp",),
    scope="contacts",
)
KINDS = (CONTACTS, COMPANIES, DEALS, INVOICES, PRODUCTS, LINE_ITEMS, PAYMENTS, NOTES)
USER_ID = 61022  # the person who acts in HubSpot's screens
_NAMES = {name.lower(): kind for kind in KINDS for name in (kind.name, kind.singular, kind.type_id)}


def kind_named(name: str) -> Kind:
    """The object type that a path or body names: plural, singular or type id."""
    try:
        return _NAMES[name.lower()]
    except KeyError:
        raise invalid(f"Unable to infer object type from: {name}") from None


@dataclass(frozen=True)
class Source:
    """Who changes something, as webhooks and the property history tell it (section 3.6)."""

    changeSource: str
    sourceId: str
    label: str
    user_id: int | None = None

    @property
    def is_api(self) -> bool:
        return self.changeSource == "INTEGRATION"


def app(app_id: int) -> Source:
    return Source("INTEGRATION", str(app_id), "INTEGRATION")


def person(user_id: int) -> Source:
    return Source("CRM_UI", f"userId:{user_id}", "CRM_UI", user_id)


def iso(at: float) -> str:
    """HubSpot's timestamps: UTC with milliseconds."""
    ms = round(at * 1000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(ms // 1000)) + f".{ms % 1000:03d}Z"
