"""From dotted paths to nested bodies, without losing what a sparse update replaces."""

from __future__ import annotations

import copy
import json

import pytest

from chalicelib.quickbooks.body import carried, nested

ADDRESS = {"Id": "7", "Line1": "Main St 1", "Line2": "c/o Roe", "City": "Ulm", "Lat": "48.4", "Long": "INVALID"}
PATHS = ["DisplayName", "BillAddr.Line1", "BillAddr.City", "PrimaryPhone.FreeFormNumber"]


@pytest.mark.parametrize(
    ("values", "before", "body"),
    [
        ({}, None, {}),
        ({"DisplayName": "Acme"}, None, {"DisplayName": "Acme"}),
        ({"BillAddr.City": "Bonn"}, None, {"BillAddr": {"City": "Bonn"}}),
        ({"BillAddr.City": "Bonn", "BillAddr.Line1": "x"}, None, {"BillAddr": {"City": "Bonn", "Line1": "x"}}),
        ({"BillAddr.City": "Bonn"}, {"BillAddr": ADDRESS},
         {"BillAddr": {"Id": "7", "Line1": "Main St 1", "Line2": "c/o Roe", "City": "Bonn"}}),
        ({"BillAddr.City": ""}, {"BillAddr": {"Id": "7", "City": "Ulm"}}, {"BillAddr": {"Id": "7", "City": ""}}),
        ({"DisplayName": "Acme"}, {"BillAddr": ADDRESS}, {"DisplayName": "Acme"}),  # untouched: not sent
        ({"A.B.C": "x"}, None, {"A": {"B": {"C": "x"}}}),
    ],
)  # fmt: skip
def test_a_touched_object_is_sent_whole_but_for_what_is_read_only(values, before, body):
    assert nested(values, before) == body


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        ("20", "20"), ("20.00", "20.0"), ("19.999", "19.999"), ("-5", "-5"), ("0", "0"), ("0.1", "0.1"),
        ("99999999999", "99999999999"), ("12345678.1234567", "12345678.1234567"), ("", '""'), ("a lot", '"a lot"'),
    ],
)  # fmt: skip
def test_a_number_is_sent_as_json_knows_numbers(value, sent):
    """And an empty text clears it."""
    body = nested({"UnitPrice": value}, entity="Item")
    assert json.dumps(body) == f'{{"UnitPrice": {sent}}}'


def test_a_number_in_a_text_is_a_text():
    assert nested({"Sku": "100", "Name": "7"}, entity="Item") == {"Sku": "100", "Name": "7"}


def test_what_was_carried_is_not_changed():
    before = {"BillAddr": copy.deepcopy(ADDRESS)}
    nested({"BillAddr.City": "Bonn"}, before)
    assert before == {"BillAddr": ADDRESS}


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ({"BillAddr": ADDRESS, "DisplayName": "Acme", "ShipAddr": ADDRESS}, {"BillAddr": ADDRESS}),
        ({"BillAddr": {"City": "Ulm"}}, {"BillAddr": {"City": "Ulm"}}),  # or writing Line1 would lose the city
        ({"BillAddr": {}}, {}),
        ({"BillAddr": None}, {}),
        ({"PrimaryPhone": {"FreeFormNumber": "1"}}, {}),  # it has nothing to lose
        ({"PrimaryPhone": {"FreeFormNumber": "1", "Default": True}},
         {"PrimaryPhone": {"FreeFormNumber": "1", "Default": True}}),
    ],
)  # fmt: skip
def test_what_the_next_update_must_carry_along(raw, kept):
    assert carried(raw, PATHS) == kept


@pytest.mark.parametrize("raw", [{"BillAddr": ADDRESS}, {"BillAddr": {"City": "Ulm"}}, {"BillAddr": {"Line2": "x"}}])
def test_an_update_of_one_leaf_loses_no_other_leaf(raw):
    body = nested({"BillAddr.Line1": "new"}, carried(raw, PATHS))
    left = {name: value for name, value in raw["BillAddr"].items() if name not in ("Lat", "Long")}
    assert body["BillAddr"] == {**left, "Line1": "new"}
