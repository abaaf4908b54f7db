"""All entities: those that can be written, and those of which only facts are imitated."""

from __future__ import annotations

from local.quickbooks.fields import NAMES, Entity, Field
from local.quickbooks.fields_items import ITEM
from local.quickbooks.fields_sales import CREDIT_MEMO, INVOICE, PAYMENT

SALES_FORMS = (INVOICE, CREDIT_MEMO)
TRANSACTIONS = (INVOICE, PAYMENT, CREDIT_MEMO)
ENTITIES = {entity.name: entity for entity in (*NAMES, ITEM, *TRANSACTIONS)}
BY_PATH = {entity.path: entity for entity in ENTITIES.values()}

COMPANY_INFO = Entity("CompanyInfo", (), frozenset({"Id"}), frozenset({"Id"}))
PREFERENCES = Entity("Preferences", (), frozenset({"Id"}), frozenset({"Id"}))


def _shown(name: str, filters: str, others: str = "", sorts: str | None = None) -> Entity:
    """An entity that is read and queried only. Its objects know their own fields; those here are for queries."""
    filterable, sortable = frozenset(filters.split()), frozenset((filters if sorts is None else sorts).split())
    names = sorted((filterable | sortable | frozenset(others.split())) - {"Id"})
    fields = tuple(Field(each, "boolean" if each == "Active" else "text", writable="by person") for each in names)
    return Entity(name, fields, filterable, sortable)


ACCOUNT = _shown(
    "Account",
    "Id Name FullyQualifiedName AccountType AccountSubType Classification Active",
    "SubAccount CurrentBalance CurrencyRef ParentRef",
)
LISTED = {
    entity.name: entity
    for entity in (
        _shown("Term", "Id Name Active", "Type DueDays"),
        _shown("PaymentMethod", "Id Name Active", "Type"),  # the reference has Name too, the collected facts do not
        _shown("TaxCode", "Id Name Active Description", "Taxable TaxGroup Hidden", "Id Name Description"),
        _shown("TaxRate", "Id Name Active Description AgencyRef", "RateValue SpecialTaxType DisplayType"),
    )
}
QUERYABLE = {
    **ENTITIES, **LISTED, "CompanyInfo": COMPANY_INFO, "Preferences": PREFERENCES, "Account": ACCOUNT,
}  # fmt: skip
