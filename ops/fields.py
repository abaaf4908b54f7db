"""What people call the fields of both systems."""

from __future__ import annotations

FIELD_WORDS = {
    "GivenName": "first name", "firstname": "first name", "FamilyName": "last name", "lastname": "last name",
    "PrimaryEmailAddr.Address": "e-mail", "email": "e-mail", "PrimaryPhone.FreeFormNumber": "phone",
    "Mobile.FreeFormNumber": "mobile phone", "mobilephone": "mobile phone", "Fax.FreeFormNumber": "fax",
    "WebAddr.URI": "website", "BillAddr.Line1": "street address", "address": "street address",
    "BillAddr.City": "city", "BillAddr.CountrySubDivisionCode": "state", "BillAddr.PostalCode": "postal code",
    "zip": "postal code", "BillAddr.Country": "country", "CompanyName": "company name", "company": "company name",
    "DisplayName": "display name", "Active": "active",
    # products and items
    "Name": "name", "Description": "description", "Sku": "SKU", "hs_sku": "SKU", "UnitPrice": "price",
    "PurchaseCost": "cost", "hs_cost_of_goods_sold": "cost", "Type": "type", "hs_product_type": "type",
    # invoices and their lines
    "TxnDate": "invoice date", "hs_invoice_date": "invoice date", "DueDate": "due date", "hs_due_date": "due date",
    "CurrencyRef.value": "currency", "hs_currency": "currency", "hs_line_item_currency_code": "currency",
    "CustomerMemo.value": "memo", "hs_comments": "memo", "hs_invoice_status": "HubSpot status",
    "hs_invoice_billable": "billable", "hs_product_id": "product", "quickbooks_number": "number",
    "quickbooks_stage": "stage", "quickbooks_total": "total", "quickbooks_balance": "balance",
    "quickbooks_url": "link to QuickBooks",
}  # fmt: skip


def field(name: str) -> str:
    """A field's name in words, where it has any; of a line's field, after the line's."""
    line, mark, own = name.rpartition(": ")
    return f"{line}{mark}{FIELD_WORDS.get(own, own)}"
