"""Money: decimals to the smallest unit of a currency, never floats."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

NOUGHT = Decimal(0)
ONE = Decimal(1)
HUNDRED = Decimal(100)
WIDE = Context(prec=80, rounding=ROUND_HALF_UP)  # holds any product of two numbers that QuickBooks takes
FINER = 6  # decimals that a quotient has beyond its currency's and its quantity's

# ISO 4217: currencies whose smallest unit is not a hundredth
WITHOUT_DECIMALS = frozenset({
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF",
    "XPF",
})  # fmt: skip
WITH_THREE_DECIMALS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})


def exact(value: Any) -> Decimal:
    """A number out of JSON as the decimal that its digits say; nothing is nought."""
    return NOUGHT if value is None or value == "" else Decimal(str(value))


def digits_of(currency: str) -> int:
    """Decimals of a currency's smallest unit."""
    if currency in WITHOUT_DECIMALS:
        return 0
    return 3 if currency in WITH_THREE_DECIMALS else 2


def decimals(amount: Decimal) -> int:
    """How many decimals an amount has, without its trailing zeros."""
    exponent = amount.normalize(WIDE).as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def rounded(amount: Decimal, digits: int) -> Decimal:
    """Halves go away from zero."""
    return amount.quantize(ONE.scaleb(-digits), context=WIDE)


def times(price: Decimal, quantity: Decimal) -> Decimal:
    return WIDE.multiply(price, quantity)


def divided(amount: Decimal, quantity: Decimal, digits: int) -> Decimal:
    """What one costs: so fine that the price of all is the amount but for a millionth of the smallest unit."""
    places = digits + max(0, quantity.adjusted() + 1) + FINER
    return WIDE.divide(amount, quantity).quantize(ONE.scaleb(-places), context=WIDE)


def money(amount: Decimal, digits: int) -> str:
    """With all decimals of its currency: `55.00`, `366`, `1.296`."""
    return f"{rounded(amount, digits):f}"


def plain(number: Decimal) -> str:
    """Without exponent and trailing zeros."""
    return f"{number.normalize(WIDE):f}" if number else "0"


def shares(amount: Decimal, weights: Sequence[Decimal], digits: int) -> list[Decimal]:
    """An amount spread in proportion to the weights, exact to the last unit: the largest remainders get one more.

    No share is above its weight as long as the amount is not above their sum. Both are whole units of the currency.
    """
    units = _units(amount, digits)
    parts = [_units(weight, digits) for weight in weights]
    whole = sum(parts)
    if not whole:
        return [NOUGHT for _ in parts]
    found = [units * part // whole for part in parts]
    by_remainder = sorted(range(len(parts)), key=lambda place: (-(units * parts[place] % whole), place))
    for place in by_remainder[: units - sum(found)]:
        found[place] += 1
    return [Decimal(one).scaleb(-digits, WIDE) for one in found]


def _units(amount: Decimal, digits: int) -> int:
    return int(rounded(amount, digits).scaleb(digits, WIDE))
