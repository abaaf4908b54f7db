"""What a company file holds besides its objects: currencies, CompanyInfo, Preferences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

CURRENCIES = {
    "USD": "United States Dollar",
    "CAD": "Canadian Dollar",
    "GBP": "British Pound Sterling",
    "EUR": "Euro",
    "AUD": "Australian Dollar",
    "INR": "Indian Rupee",
    "CHF": "Swiss Franc",
    "JPY": "Japanese Yen",
    "KWD": "Kuwaiti Dinar",
    "MXN": "Mexican Peso",
    "NZD": "New Zealand Dollar",
}

# Home units for one foreign unit when the home currency is the dollar; others by way of it. Invented.
DOLLARS = {
    **{"USD": "1", "CAD": "0.73", "GBP": "1.27", "EUR": "1.08", "AUD": "0.65", "INR": "0.012", "CHF": "1.13"},
    **{"JPY": "0.0067", "KWD": "3.25", "MXN": "0.055", "NZD": "0.6"},
}

# What a person may switch in the settings of sales, and what a captured reply shows (7.11).
SALES_PREFERENCES = {
    **{"CustomTxnNumbers": False, "AllowDeposit": True, "AllowDiscount": True, "AllowShipping": False},
    "UsingSalesTax": True,
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
    home_currency: str,
    multi_currency: bool,
    names: Mapping[str, str],
    metadata: dict[str, str],
    sync_token: int,
    sales: Mapping[str, bool],
    *,
    automated_tax: bool,
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
            "CustomTxnNumbers": sales["CustomTxnNumbers"],
            "AllowDeposit": sales["AllowDeposit"],
            "AllowDiscount": sales["AllowDiscount"],
            "AllowEstimates": True,
            "AllowServiceDate": False,
            "AllowShipping": sales["AllowShipping"],
            "ETransactionPaymentEnabled": False,
            "UsingPriceLevels": False,
            "DefaultTerms": {"value": "3"},
            "CustomField": custom_fields(names),
        },
        "TaxPrefs": {"UsingSalesTax": sales["UsingSalesTax"], "PartnerTaxEnabled": automated_tax},
        "CurrencyPrefs": {"MultiCurrencyEnabled": multi_currency, "HomeCurrency": {"value": home_currency}},
        "ReportPrefs": {"ReportBasis": "Accrual", "CalcAgingReportFromTxnDate": False},
        "OtherPrefs": {"NameValue": [{"Name": "ProjectsEnabled", "Value": "true"}]},
        "domain": "QBO",
        "sparse": False,
        "Id": "1",
        "SyncToken": str(sync_token),
        "MetaData": metadata,
    }
