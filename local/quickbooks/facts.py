"""What a company file holds besides its names: the lists that references point to, CompanyInfo, Preferences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local.quickbooks.accounts import CHART

CURRENCIES = {
    "USD": "United States Dollar",
    "CAD": "Canadian Dollar",
    "GBP": "British Pound Sterling",
    "EUR": "Euro",
    "AUD": "Australian Dollar",
    "INR": "Indian Rupee",
    "CHF": "Swiss Franc",
    "JPY": "Japanese Yen",
    "MXN": "Mexican Peso",
    "NZD": "New Zealand Dollar",
}

# Lists of reference 11 that names may refer to. Of these only accounts can be read and queried as well.
LISTS: dict[str, dict[str, str]] = {
    "Term": {"1": "Due on receipt", "2": "Net 15", "3": "Net 30", "4": "Net 60", "5": "Net 10"},
    "PaymentMethod": {"1": "Cash", "2": "Check"},
    "TaxCode": {"2": "California", "3": "Tucson"},
    "Account": {account.id: account.name for account in CHART},
    "CustomerType": {},
}


def company_info(name: str, country: str, edition: str, metadata: dict[str, str]) -> dict[str, Any]:
    """CompanyInfo of reference 7 and of captured replies. Addresses give the country as ISO-3 since 2025-08 (7.1)."""
    address = {
        "Id": "1",
        "Line1": "123 Sierra Way",
        "City": "San Pablo",
        "Country": {"US": "USA", "CA": "CAN", "GB": "GBR", "AU": "AUS"}.get(country, country),
        "CountrySubDivisionCode": "CA",
        "PostalCode": "87999",
    }
    return {
        "CompanyName": name,
        "LegalName": name,
        "CompanyAddr": address,
        "CustomerCommunicationAddr": address,
        "LegalAddr": address,
        "CustomerCommunicationEmailAddr": {"Address": "office@company.example"},
        "PrimaryPhone": {"FreeFormNumber": "+15550100"},
        "CompanyStartDate": metadata["CreateTime"][:10],
        "FiscalYearStartMonth": "January",
        "Country": country,
        "Email": {"Address": "office@company.example"},
        "WebAddr": {"URI": "https://company.example"},
        "SupportedLanguages": "en",
        "DefaultTimeZone": "America/Los_Angeles",
        "NameValue": [
            {"Name": "NeoEnabled", "Value": "true"},
            {"Name": "SubscriptionStatus", "Value": "PAID"},
            {"Name": "OfferingSku", "Value": edition},
            {"Name": "PayrollFeature", "Value": "false"},
        ],
        "domain": "QBO",
        "sparse": False,
        "Id": "1",
        "SyncToken": "4",
        "MetaData": metadata,
    }


CUSTOM_FIELDS = ("1", "2", "3")  # what every plan has on sales forms (7.13)


def custom_fields(names: Mapping[str, str]) -> list[dict[str, Any]]:
    """The sales forms' custom fields as Preferences tells them: which are in use, and what those are called (7.13)."""
    used = [
        {
            "Name": f"SalesFormsPrefs.UseSalesCustom{id}",
            "Type": "BooleanType",
            "BooleanValue": id in names,
        }
        for id in CUSTOM_FIELDS
    ]
    named = [
        {"Name": f"SalesFormsPrefs.SalesCustomName{id}", "Type": "StringType", "StringValue": name}
        for id, name in sorted(names.items())
    ]
    return [{"CustomField": group} for group in (used, named) if group]


def preferences(
    home_currency: str, multi_currency: bool, names: Mapping[str, str], metadata: dict[str, str], sync_token: int = 6
) -> dict[str, Any]:
    """The groups of Preferences that a sync may read, with the values of a captured reply. `names`: custom fields."""
    return {
        "AccountingInfoPrefs": {
            "UseAccountNumbers": False,
            "TrackDepartments": False,
            "ClassTrackingPerTxn": False,
            "ClassTrackingPerTxnLine": False,
            "FirstMonthOfFiscalYear": "January",
            "TaxYearMonth": "January",
            "CustomerTerminology": "Customers",
        },
        "ProductAndServicesPrefs": {
            "ForSales": True,
            "ForPurchase": True,
            "QuantityWithPriceAndRate": True,
            "QuantityOnHand": True,
        },
        "SalesFormsPrefs": {
            "CustomTxnNumbers": False,
            "AllowDeposit": True,
            "AllowDiscount": True,
            "AllowEstimates": True,
            "AllowServiceDate": False,
            "AllowShipping": False,
            "ETransactionPaymentEnabled": False,
            "UsingPriceLevels": False,
            "DefaultTerms": {"value": "3"},
            "CustomField": custom_fields(names),
        },
        "TaxPrefs": {"UsingSalesTax": True, "PartnerTaxEnabled": False},
        "CurrencyPrefs": {"MultiCurrencyEnabled": multi_currency, "HomeCurrency": {"value": home_currency}},
        "ReportPrefs": {"ReportBasis": "Accrual", "CalcAgingReportFromTxnDate": False},
        "OtherPrefs": {"NameValue": [{"Name": "ProjectsEnabled", "Value": "true"}]},
        "domain": "QBO",
        "sparse": False,
        "Id": "1",
        "SyncToken": str(sync_token),
        "MetaData": metadata,
    }
