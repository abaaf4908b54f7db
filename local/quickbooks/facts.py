"""What a company file holds besides its names: the lists that references point to, CompanyInfo, Preferences."""

from __future__ import annotations

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
    "MXN": "Mexican Peso",
    "NZD": "New Zealand Dollar",
}

# Lists of reference 11 that names may refer to. They can be referred to, not read or queried.
LISTS: dict[str, dict[str, str]] = {
    "Term": {"1": "Due on receipt", "2": "Net 15", "3": "Net 30", "4": "Net 60", "5": "Net 10"},
    "PaymentMethod": {"1": "Cash", "2": "Check"},
    "TaxCode": {"2": "California", "3": "Tucson"},
    "Account": {"33": "Accounts Payable (A/P)", "84": "Accounts Receivable (A/R)"},
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


def preferences(home_currency: str, multi_currency: bool, metadata: dict[str, str]) -> dict[str, Any]:
    """The groups of Preferences that a sync may read, with the values of a captured reply."""
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
        },
        "TaxPrefs": {"UsingSalesTax": True, "PartnerTaxEnabled": False},
        "CurrencyPrefs": {"MultiCurrencyEnabled": multi_currency, "HomeCurrency": {"value": home_currency}},
        "ReportPrefs": {"ReportBasis": "Accrual", "CalcAgingReportFromTxnDate": False},
        "OtherPrefs": {"NameValue": [{"Name": "ProjectsEnabled", "Value": "true"}]},
        "domain": "QBO",
        "sparse": False,
        "Id": "1",
        "SyncToken": "6",
        "MetaData": metadata,
    }
