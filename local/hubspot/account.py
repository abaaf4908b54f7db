"""What kind of account a portal is: time zone, currencies, what its admin has set up (reference, section 1.5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from local.hubspot.definitions import option
from local.hubspot.kinds import DEALS, PRODUCTS

if TYPE_CHECKING:
    from local.hubspot.properties import Schema

ACCOUNT_TYPES = ("STANDARD", "DEVELOPER_TEST", "SANDBOX", "APP_DEVELOPER")
# HubSpot's names for these are old links, which not every machine's list of time zones has.
_LINKS = {
    "US/Eastern": "America/New_York",
    "US/Central": "America/Chicago",
    "US/Mountain": "America/Denver",
    "US/Pacific": "America/Los_Angeles",
}


@dataclass
class Account:
    """What an account's admin has set. `rates`: one unit of each further currency in the company's currency."""

    company_currency: str = "USD"
    account_type: str = "STANDARD"
    time_zone: str = "US/Eastern"
    rates: dict[str, Decimal] = field(default_factory=dict)
    payments: bool = False
    delete_unpaid_invoices: bool = False

    @property
    def currencies(self) -> list[str]:
        return [self.company_currency, *self.rates]

    def at_home(self, amount: Decimal, currency: str) -> Decimal:
        """An amount in the company's currency; an unknown one counts as the company's."""
        return amount * self.rates.get(currency, Decimal(1))


def check(account_type: str, time_zone: str) -> None:
    """ValueError for what HubSpot does not have."""
    if account_type not in ACCOUNT_TYPES:
        raise ValueError(f"unknown account type {account_type}; there are {', '.join(ACCOUNT_TYPES)}")
    try:
        _zone(time_zone)
    except KeyError:
        raise ValueError(f"unknown time zone {time_zone}") from None


def offer_currencies(account: Account, schemas: Mapping[str, Schema]) -> None:
    """Let deals choose among the account's currencies, and products have a price in each further one (section 7.1)."""
    chosen = schemas[DEALS.name].properties["deal_currency_code"]
    chosen.options = [option(code, order) for order, code in enumerate(account.currencies)]
    chosen.externalOptions = False
    prices = schemas[PRODUCTS.name]
    plain = prices.properties["price"]
    for code in account.rates:
        prices.define(replace(plain, name=f"hs_price_{code.lower()}", label=f"Unit price ({code})"))


def utc_offset(time_zone: str, at: float) -> tuple[str, int]:
    """How far local time is from UTC at a moment: as `-04:00`, and in milliseconds."""
    there = datetime.fromtimestamp(at, UTC).astimezone(_zone(time_zone))
    text = f"{there:%z}"
    return f"{text[:3]}:{text[3:5]}", (there.utcoffset() or timedelta()) // timedelta(milliseconds=1)


def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(_LINKS.get(name, name))
