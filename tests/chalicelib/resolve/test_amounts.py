"""Money is decimal, exact to the smallest unit of its currency."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.resolve.amounts import decimals, digits_of, divided, exact, money, plain, rounded, shares, times


@pytest.mark.parametrize(
    ("given", "wanted"),
    [(0.1, "0.1"), (362.07, "362.07"), (99_999_999_999.99, "99999999999.99"), (5, "5"), ("1.50", "1.50"), (None, "0"),
     ("", "0")],
)  # fmt: skip
def test_numbers_of_json_are_read_by_their_digits(given, wanted):
    assert str(exact(given)) == wanted


@pytest.mark.parametrize(
    ("currency", "digits"),
    [("USD", 2), ("EUR", 2), ("HUF", 2), ("JPY", 0), ("KRW", 0), ("VND", 0), ("CLP", 0), ("BHD", 3), ("IQD", 3),
     ("JOD", 3), ("KWD", 3), ("LYD", 3), ("OMR", 3), ("TND", 3), ("", 2)],
)  # fmt: skip
def test_the_digits_of_currencies(currency, digits):
    assert digits_of(currency) == digits


@pytest.mark.parametrize(
    ("amount", "digits", "wanted"),
    [("0.125", 2, "0.13"), ("0.135", 2, "0.14"), ("-0.125", 2, "-0.13"), ("33.5", 0, "34"), ("0.0615", 3, "0.062"),
     ("100", 2, "100.00")],
)  # fmt: skip
def test_halves_go_away_from_zero(amount, digits, wanted):
    assert money(Decimal(amount), digits) == wanted
    assert str(rounded(Decimal(amount), digits)) == wanted


@pytest.mark.parametrize(
    ("number", "wanted"),
    [("0", "0"), ("0.00", "0"), ("10.50", "10.5"), ("1E+3", "1000"), ("1E-7", "0.0000001"), ("-0.10", "-0.1")],
)
def test_numbers_are_written_plainly(number, wanted):
    assert plain(Decimal(number)) == wanted


@pytest.mark.parametrize(("amount", "count"), [("1", 0), ("1.00", 0), ("1.20", 1), ("0.062", 3), ("1E+2", 0), ("0", 0)])
def test_decimals_that_count(amount, count):
    assert decimals(Decimal(amount)) == count


@pytest.mark.parametrize(
    ("amount", "weights", "digits", "wanted"),
    [
        ("1.00", ["10", "10", "10"], 2, ["0.34", "0.33", "0.33"]),
        ("0.02", ["10", "10", "10"], 2, ["0.01", "0.01", "0.00"]),
        ("100", ["1", "2", "3"], 0, ["17", "33", "50"]),  # 16.67, 33.33 and 50: the first has the largest remainder
        ("0.01", ["0.01", "99.99"], 2, ["0.00", "0.01"]),
        ("5.00", ["5.00"], 2, ["5.00"]),
        ("0", ["0", "0"], 2, ["0", "0"]),
        ("0", [], 2, []),
    ],
)
def test_shares_by_the_largest_remainder(amount, weights, digits, wanted):
    assert shares(Decimal(amount), [Decimal(one) for one in weights], digits) == [Decimal(one) for one in wanted]


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=9), st.data(), st.sampled_from([0, 2, 3]))
def test_shares_come_to_the_amount_and_none_is_above_its_weight(units, data, digits):
    weights = [Decimal(one).scaleb(-digits) for one in units]
    amount = Decimal(data.draw(st.integers(0, sum(units)))).scaleb(-digits)
    found = shares(amount, weights, digits)
    assert sum(found) == amount
    assert all(0 <= share <= weight for share, weight in zip(found, weights, strict=True))


@given(
    st.decimals(0, 10**13, places=2),
    st.decimals("0.0000001", 10**9, places=7),
    st.sampled_from([2, 3]),
)
def test_a_unit_price_comes_back_to_its_amount(amount, quantity, digits):
    """Within a millionth of the smallest unit, whatever the quantity."""
    price = divided(amount, quantity, digits)
    assert abs(times(price, quantity) - amount) <= Decimal("0.000001").scaleb(-digits)
