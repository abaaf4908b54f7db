"""The lists that references point to and that can only be read: terms, payment methods, tax codes and rates (7.11)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from local.quickbooks import clock, faults
from local.quickbooks.settings import Settings

Shown = dict[str, Any]

TERMS = {  # name, days
    "1": ("Due on receipt", 0),
    "2": ("Net 15", 15),
    "3": ("Net 30", 30),
    "4": ("Net 60", 60),
    "5": ("Net 10", 10),
}
DEFAULT_TERM = "3"
METHODS = {"1": "Cash", "2": "Check"}
AUTOMATED = "9"  # the id of the code and of the rate of automated sales tax


@dataclass(frozen=True)
class TaxRate:
    """`percent`: of the net amount."""

    id: str
    name: str
    percent: Decimal


@dataclass(frozen=True)
class TaxCode:
    id: str
    name: str
    rates: tuple[TaxRate, ...]

    @property
    def percent(self) -> Decimal:
        return sum((rate.percent for rate in self.rates), Decimal(0))


_RATES = {  # reference 11, and one set for every other country
    "US": (TaxRate("1", "AZ State tax", Decimal("7.1")), TaxRate("2", "Tucson City", Decimal(2)),
           TaxRate("3", "California", Decimal(8))),
    "": (TaxRate("1", "Standard", Decimal(20)), TaxRate("2", "Reduced", Decimal(5)), TaxRate("3", "Zero", Decimal(0))),
}  # fmt: skip
_CODES = {
    "US": {"2": ("California", "3"), "3": ("Tucson", "12")},
    "": {"2": ("Standard", "1"), "3": ("Reduced", "2"), "4": ("Zero", "3")},
}
_PSEUDO_CODES = {"TAX": True, "NON": False}  # in the US: whether a line is taxed


class Lists:
    """The lists of one company."""

    def __init__(self, country: str, settings: Settings, opened: float) -> None:
        self._settings = settings
        self._opened = opened
        self.in_us = country == "US"
        edition = "US" if self.in_us else ""
        self._rates = {rate.id: rate for rate in _RATES[edition]}
        self._codes = {
            id: TaxCode(id, name, tuple(self._rates[rate] for rate in rates))
            for id, (name, rates) in _CODES[edition].items()
        }

    @property
    def automated(self) -> TaxCode | None:
        """The code of automated sales tax, where that is switched on (reference 12.2)."""
        percent = self._settings.automated_tax_percent
        if percent is None or not self.in_us:
            return None
        rate = TaxRate(AUTOMATED, "Automated sales tax", Decimal(str(percent)))
        return TaxCode(AUTOMATED, "Automated sales tax", (rate,))

    def tax_code(self, id: str) -> TaxCode | None:
        """A code that stands for rates; None for any other."""
        if self.automated and id == AUTOMATED:
            return self.automated
        return self._codes.get(id)

    def add_tax_code(self, name: str, rates: Mapping[str, float]) -> Shown:
        """A person makes a tax code out of named rates in percent."""
        made = []
        for each, percent in rates.items():
            id = str(max(map(int, [*self._rates, AUTOMATED])) + 1)
            self._rates[id] = TaxRate(id, each, Decimal(str(percent)))
            made.append(self._rates[id])
        id = str(max(map(int, [*self._codes, AUTOMATED])) + 1)
        self._codes[id] = TaxCode(id, name, tuple(made))
        return self._shown_code(self._codes[id])

    def names(self, target: str) -> Mapping[str, str] | None:
        """The ids that a reference may have, with their names; None if there is no list of that kind."""
        match target:
            case "Term":
                return {id: name for id, (name, _) in TERMS.items()}
            case "PaymentMethod":
                return METHODS
            case "TaxCode":
                return {id: code.name for id, code in self._all_codes().items()}
            case "CustomerType" | "Class" | "Department" | "Project":
                return {}
        return None

    def all(self, entity: str) -> list[Shown]:
        """The objects as a reply has them, newest first, pseudo codes last."""
        return self._tables()[entity]()[::-1]

    def read(self, entity: str, id: str) -> Shown:
        found = next((shown for shown in self.all(entity) if shown["Id"] == id), None)
        if found is None:
            raise faults.object_not_found()
        return found

    def _tables(self) -> dict[str, Callable[[], list[Shown]]]:
        return {
            "Term": self._terms,
            "PaymentMethod": self._methods,
            "TaxCode": self._tax_codes,
            "TaxRate": self._tax_rates,
        }

    def _all_codes(self) -> dict[str, TaxCode]:
        automated = {AUTOMATED: self.automated} if self.automated else {}
        return {**self._codes, **automated}

    def _terms(self) -> list[Shown]:
        return [
            self._object(id, {"Name": name, "Active": True, "Type": "STANDARD", "DiscountPercent": 0, "DueDays": days})
            for id, (name, days) in TERMS.items()
        ]

    def _methods(self) -> list[Shown]:
        return [
            self._object(id, {"Name": name, "Active": True, "Type": "NON_CREDIT_CARD"}) for id, name in METHODS.items()
        ]

    def _tax_codes(self) -> list[Shown]:
        at = self._times()
        pseudo: list[Shown] = [
            {"Name": id, "Description": id, "Taxable": taxed, "TaxGroup": False, "Id": id, "MetaData": at}
            for id, taxed in (_PSEUDO_CODES.items() if self.in_us else ())
        ]
        return [*pseudo, *map(self._shown_code, self._all_codes().values())]

    def _shown_code(self, code: TaxCode) -> Shown:
        rates = [
            {"TaxRateRef": {"value": rate.id, "name": rate.name}, "TaxTypeApplicable": "TaxOnAmount", "TaxOrder": 0}
            for rate in code.rates
        ]
        values = {
            **{"Name": code.name, "Description": code.name, "Active": True, "Hidden": False},
            **{"Taxable": True, "TaxGroup": True},
            **{"SalesTaxRateList": {"TaxRateDetail": rates}, "PurchaseTaxRateList": {"TaxRateDetail": []}},
            "TaxCodeConfigType": "SYSTEM_GENERATED" if code.id == AUTOMATED else "USER_DEFINED",
        }
        return self._object(code.id, values)

    def _tax_rates(self) -> list[Shown]:
        rates = [*self._rates.values(), *(self.automated.rates if self.automated else ())]
        return [
            self._object(
                rate.id,
                {
                    **{"Name": rate.name, "Description": rate.name, "Active": True, "RateValue": float(rate.percent)},
                    **{"AgencyRef": {"value": "1"}, "SpecialTaxType": "NONE", "DisplayType": "ReadOnly"},
                },
            )
            for rate in rates
        ]

    def _object(self, id: str, values: Shown) -> Shown:
        return {
            **values,
            **{"domain": "QBO", "sparse": False, "Id": id, "SyncToken": "0", "MetaData": self._times()},
        }

    def _times(self) -> dict[str, str]:
        at = clock.whole_seconds(self._opened)
        return {"CreateTime": at, "LastUpdatedTime": at}
