"""QuickBooks' fields by dotted path, down to the leaf (reference sections 7.1 to 7.4).

A row is `path  type [flags]`. Types: text, number, date, datetime, bool. Flags: a number, the characters at most;
`ro`: the vendor sets it, or the sync does for reasons of its own, so that no mapping may write it; words joined by
`|`: the only values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Path:
    name: str
    type: str
    length_max: int | None = None
    read_only: bool = False
    choices: tuple[str, ...] = ()


_COMMON = """
Id                              text ro
SyncToken                       text ro
MetaData.CreateTime             datetime ro
MetaData.LastUpdatedTime        datetime ro
"""
_ADDRESS = """
Line1                           text 500
Line2                           text 500
Line3                           text 500
Line4                           text 500
Line5                           text 500
City                            text 255
Country                         text 255
CountrySubDivisionCode          text 255
PostalCode                      text 30
Lat                             text ro
Long                            text ro
"""
# A reference holds an id, which may be written, and a name, which QuickBooks adds.
_REFERENCES = {
    "Customer": "SalesTermRef PaymentMethodRef CustomerTypeRef DefaultTaxCodeRef",
    "Item": "SalesTaxCodeRef PurchaseTaxCodeRef PrefVendorRef ClassRef TaxClassificationRef",
    "Invoice": "SalesTermRef ClassRef DepartmentRef ProjectRef ShipMethodRef DepositToAccountRef",
}
_FIXED_REFERENCES = {  # set once, or by the sync itself
    "Customer": "ParentRef CurrencyRef",
    "Item": "ParentRef IncomeAccountRef ExpenseAccountRef AssetAccountRef",
    "Invoice": "CustomerRef CurrencyRef TaxExemptionRef RecurDataRef",
}
_ADDRESSES = {"Customer": "BillAddr ShipAddr", "Item": "", "Invoice": "BillAddr ShipAddr ShipFromAddr"}
_ROWS = {
    "Customer": """
DisplayName                     text 500
Title                           text 16
GivenName                       text 100
MiddleName                      text 100
FamilyName                      text 100
Suffix                          text 16
CompanyName                     text 100
PrintOnCheckName                text 110
FullyQualifiedName              text ro
PrimaryEmailAddr.Address        text 100
PrimaryPhone.FreeFormNumber     text 30
AlternatePhone.FreeFormNumber   text 30
Mobile.FreeFormNumber           text 30
Fax.FreeFormNumber              text 30
WebAddr.URI                     text 1000
Notes                           text 2000
ResaleNum                       text 16
PreferredDeliveryMethod         text Print|Email|None
TaxExemptionReasonId            text
Taxable                         bool
Active                          bool ro
Job                             bool ro
BillWithParent                  bool ro
IsProject                       bool ro
Level                           number ro
Balance                         number ro
BalanceWithJobs                 number ro
OpenBalanceDate                 date ro
PrimaryTaxIdentifier            text ro
SecondaryTaxIdentifier          text ro
""",
    "Item": """
Name                            text 100
Type                            text ro Inventory|Service|NonInventory|Category|Group
Description                     text 4000
PurchaseDesc                    text 1000
Sku                             text 100
UnitPrice                       number
PurchaseCost                    number
ReorderPoint                    number
QtyOnHand                       number ro
InvStartDate                    date ro
TrackQtyOnHand                  bool ro
Taxable                         bool
SalesTaxIncluded                bool
PurchaseTaxIncluded             bool
Active                          bool ro
SubItem                         bool ro
FullyQualifiedName              text ro
Level                           number ro
""",
    "Invoice": """
DocNumber                       text 21
TxnDate                         date
DueDate                         date
ShipDate                        date
TrackingNum                     text
BillEmail.Address               text 100
BillEmailCc.Address             text
BillEmailBcc.Address            text
EmailStatus                     text NotSet|NeedToSend|EmailSent
PrintStatus                     text NotSet|NeedToPrint|PrintComplete
DeliveryInfo.DeliveryType       text ro
DeliveryInfo.DeliveryTime       datetime ro
CustomerMemo.value              text 1000
PrivateNote                     text 4000
ExchangeRate                    number
GlobalTaxCalculation            text TaxExcluded|TaxInclusive|NotApplicable
ApplyTaxAfterDiscount           bool
TxnTaxDetail.TotalTax           number ro
AllowOnlineCreditCardPayment    bool
AllowOnlineACHPayment           bool
AllowOnlinePayPalPayment        bool
AllowOnlineAffirmPayment        bool
Deposit                         number
TotalAmt                        number ro
Balance                         number ro
HomeTotalAmt                    number ro
HomeBalance                     number ro
InvoiceLink                     text ro
EInvoiceStatus                  text ro
""",
}


def _path(row: str, under: str = "") -> Path:
    name, kind, *flags = row.split()
    lengths = [int(flag) for flag in flags if flag.isdigit()]
    choices = [flag for flag in flags if "|" in flag]
    return Path(
        f"{under}.{name}" if under else name,
        kind,
        lengths[0] if lengths else None,
        "ro" in flags,
        tuple(choices[0].split("|")) if choices else (),
    )


def _paths(entity: str) -> dict[str, Path]:
    every = [_path(row) for row in (_ROWS[entity] + _COMMON).splitlines() if row]
    every += [_path(row, under) for under in _ADDRESSES[entity].split() for row in _ADDRESS.splitlines() if row]
    for names, flag in ((_REFERENCES[entity], ""), (_FIXED_REFERENCES[entity], "ro")):
        for name in names.split():
            every += [_path(f"{name}.value text {flag}"), _path(f"{name}.name text ro")]
    return {one.name: one for one in every}


PATHS: Mapping[str, Mapping[str, Path]] = {entity: _paths(entity) for entity in _ROWS}
