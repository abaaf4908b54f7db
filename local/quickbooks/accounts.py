"""The chart of accounts of the sample company (reference 7.11, 11).

Accounts can be read, queried and referred to by the API; only a person makes and changes them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from local.quickbooks import clock, faults
from local.quickbooks.names import plain

_CLASSES = {  # AccountType -> Classification
    "Bank": "Asset",
    "Accounts Receivable": "Asset",
    "Other Current Asset": "Asset",
    "Fixed Asset": "Asset",
    "Other Asset": "Asset",
    "Accounts Payable": "Liability",
    "Credit Card": "Liability",
    "Other Current Liability": "Liability",
    "Long Term Liability": "Liability",
    "Equity": "Equity",
    "Income": "Revenue",
    "Other Income": "Revenue",
    "Cost of Goods Sold": "Expense",
    "Expense": "Expense",
    "Other Expense": "Expense",
}
_NAME_MAX = 100
_FORBIDDEN = '":'


@dataclass(frozen=True)
class Account:
    """One row. `subtype` is the detail type, `parent` the id of the account above."""

    id: str
    name: str
    type: str
    subtype: str
    parent: str = ""
    balance: float = 0
    active: bool = True
    token: int = 0
    created: float = 0.0
    updated: float = 0.0


CHART = (
    Account("1", "Services", "Income", "ServiceFeeIncome"),
    Account("4", "Undeposited Funds", "Other Current Asset", "UndepositedFunds", balance=2062.52),
    Account("5", "Other Income", "Other Income", "OtherMiscellaneousIncome"),
    Account("7", "Advertising", "Expense", "AdvertisingPromotional"),
    Account("8", "Bank Charges", "Expense", "BankCharges"),
    Account("17", "Rent or Lease", "Expense", "RentOrLeaseOfBuildings"),
    Account("33", "Accounts Payable (A/P)", "Accounts Payable", "AccountsPayable", balance=-1602.67),
    Account("34", "Opening Balance Equity", "Equity", "OpeningBalanceEquity"),
    Account("35", "Checking", "Bank", "Checking", balance=1201.0),
    Account("36", "Savings", "Bank", "Savings", balance=800.0),
    Account("41", "Mastercard", "Credit Card", "CreditCard", balance=157.72),
    Account("44", "Notes Payable", "Long Term Liability", "OtherLongTermLiabilities", balance=-25000.0),
    Account("45", "Landscaping Services", "Income", "OtherPrimaryIncome"),
    Account("46", "Job Materials", "Income", "SalesOfProductIncome", parent="45"),
    Account("48", "Fountains and Garden Lighting", "Income", "SalesOfProductIncome", parent="46"),
    Account("49", "Plants and Soil", "Income", "SalesOfProductIncome", parent="46"),
    Account("54", "Pest Control Services", "Income", "OtherPrimaryIncome"),
    Account("64", "Decks and Patios", "Expense", "OtherMiscellaneousServiceCost"),
    Account("75", "Automobile", "Expense", "Auto"),
    Account("77", "Telephone", "Expense", "Utilities"),
    Account("79", "Sales of Product Income", "Income", "SalesOfProductIncome"),
    Account("80", "Cost of Goods Sold", "Cost of Goods Sold", "SuppliesMaterialsCogs"),
    Account("81", "Inventory Asset", "Other Current Asset", "Inventory", balance=596.25),
    Account("82", "Design income", "Income", "OtherPrimaryIncome"),
    Account("83", "Discounts given", "Income", "DiscountsRefundsGiven"),
    Account("84", "Accounts Receivable (A/R)", "Accounts Receivable", "AccountsReceivable", balance=5281.52),
    Account("90", "Board of Equalization Payable", "Other Current Liability", "GlobalTaxPayable", balance=-370.94),
)


@dataclass
class Accounts:
    """The chart of one company. Accounts have ids of their own, apart from names."""

    opened: float
    rows: dict[str, Account] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rows = {one.id: replace(one, created=self.opened, updated=self.opened) for one in CHART}

    def find(self, id: str) -> Account:
        if not id.isdigit():
            raise faults.invalid_id(id)
        if id not in self.rows:
            raise faults.object_not_found()
        return self.rows[id]

    def all(self) -> list[Account]:
        """Newest first, inactive ones as well."""
        return sorted(self.rows.values(), key=lambda one: int(one.id), reverse=True)

    def add(self, name: str, type: str, subtype: str, at: float) -> Account:
        """A person makes an account."""
        if type not in _CLASSES:
            raise faults.invalid_enumeration("AccountType", type)
        self._check_name(name)
        id = str(max(int(one) for one in self.rows) + 1)
        self.rows[id] = Account(id, name, type, subtype, created=at, updated=at)
        return self.rows[id]

    def set_active(self, id: str, active: bool, at: float) -> Account:
        """A person makes an account inactive, which marks its name, or active again."""
        held = self.find(id)
        name = plain(held.name) if active else f"{plain(held.name)} (deleted)"
        self.rows[id] = replace(held, name=name, active=active, token=held.token + 1, updated=at)
        return self.rows[id]

    def full_name(self, one: Account) -> str:
        return f"{self.full_name(self.rows[one.parent])}:{one.name}" if one.parent else one.name

    def shown(self, one: Account, currency: dict[str, str]) -> dict[str, Any]:
        """The account as a reply has it."""
        below = [other.balance for other in self.rows.values() if other.parent == one.id]
        return {
            "Name": one.name,
            "SubAccount": bool(one.parent),
            **({"ParentRef": {"value": one.parent}} if one.parent else {}),
            "FullyQualifiedName": self.full_name(one),
            "Active": one.active,
            "Classification": _CLASSES[one.type],
            "AccountType": one.type,
            "AccountSubType": one.subtype,
            "CurrentBalance": one.balance,
            "CurrentBalanceWithSubAccounts": round(one.balance + sum(below), 2),
            "CurrencyRef": currency,
            "domain": "QBO",
            "sparse": False,
            "Id": one.id,
            "SyncToken": str(one.token),
            "MetaData": {
                "CreateTime": clock.whole_seconds(one.created),
                "LastUpdatedTime": clock.whole_seconds(one.updated),
            },
        }

    def _check_name(self, name: str) -> None:
        if not name:
            raise faults.required_missing("Name")
        if len(name) > _NAME_MAX:
            raise faults.invalid_length("Name", _NAME_MAX, len(name))
        if any(character in name for character in _FORBIDDEN):
            raise faults.invalid_string("Name")
        if any(one.name.casefold() == name.casefold() for one in self.rows.values()):
            raise faults.duplicate_name()
