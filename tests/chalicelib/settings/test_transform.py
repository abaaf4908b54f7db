"""The words for transforms: what may be said, what is refused and how, and that reading them stays cheap."""

from __future__ import annotations

import subprocess
import sys

import phonenumbers
import pytest
from pydantic import TypeAdapter, ValidationError

from chalicelib.settings.transform import REGIONS, Transform

LIST = TypeAdapter(list[Transform])


def steps(*given) -> list[Transform]:
    return LIST.validate_python(list(given))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("uper", "no transform 'uper'"),
        ({"phone": "UK"}, "'UK' is no region"),
        ({"phone": "us"}, "'us' is no region"),
        ({"phone": ["US"]}, "is no region"),
        ({"phone": False}, '{phone: "NO"}'),  # what YAML makes of NO
        ("phone", "{phone: US}"),
        ({"trim": 1}, "stands alone"),
        ({"country": "alpha4"}, "alpha2, alpha3, name"),
        ({"country": {}}, "no form of a country"),
        ({"date": 5}, "must be a text"),
        ({"date": "%d/%m"}, "lacks %Y (the year)"),
        ({"date": "%d/%m/%y"}, "century"),
        ({"date": "%d/%m/%Y %H"}, "%H is not known"),
        ({"date": "%d/%m/%Y%"}, "% is not known"),
        ({"date": "%d/%d/%m/%Y"}, "%d twice"),
        ({"date": "%Y-%d-%m"}, "exchanged"),
        ({"date": "1%d%m%Y"}, "digits of its own"),
        ({"date": " %d/%m/%Y"}, "blank"),
        ({"number": "2"}, "no number of decimals"),
        ({"number": -1}, "no number of decimals"),
        ({"number": 11}, "no number of decimals"),
        ({"number": True}, "no number of decimals"),
        ({"map": {}}, "at least one pair"),
        ({"map": ["a"]}, "at least one pair"),
        ({"map": {"a": "x", "b": "x"}}, "QuickBooks value 'x' stands there twice"),
        ({"map": {"a": "x", "a ": "y"}}, "HubSpot value 'a' stands there twice"),
        ({"map": {"": "x"}}, "empty side"),
        ({"map": {"a": None}}, "empty side"),
        ({"map": {"a": ["x"]}}, "is no text"),
        ({"trim": None, "upper": None}, "one word or one pair"),
        (5, "one word or one pair"),
        (None, "one word or one pair"),
    ],
)
def test_a_wrong_transform_is_refused_in_words(wrong, words):
    with pytest.raises(ValidationError) as refused:
        steps("trim", wrong)
    (error,) = refused.value.errors()
    assert words in error["msg"]
    assert error["loc"] == (1,)


def test_what_is_stored_is_what_was_written():
    """So that `settings show` prints the file's own words, and stored settings can be read again."""
    written = [
        "trim", "upper", {"phone": "US"}, {"country": "alpha2"}, {"date": "%d/%m/%Y"}, {"number": 2},
        {"map": {"customer": "Kunde", "lead": "Anfrage"}},
    ]  # fmt: skip
    stored = LIST.dump_python(steps(*written), mode="json")
    assert stored == written
    assert LIST.validate_python(stored) == steps(*written)


def test_the_values_of_a_map_are_texts_whatever_yaml_made_of_them():
    (one,) = steps({"map": {1: True, " a ": 2.5}})
    assert one.entries == (("1", "true"), ("a", "2.5"))


def test_the_regions_are_those_of_the_library():
    assert set(phonenumbers.SUPPORTED_REGIONS) == REGIONS


def test_no_library_is_loaded_before_a_transform_needs_it():
    """Each takes its share of Lambda's cold start."""
    asked = "import sys, chalicelib.case; print({'phonenumbers', 'iso3166', 'tzdata'} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "set()"
