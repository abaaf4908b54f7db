"""QuickBooks' fields by path: what the sync maps is there, and the table reads as it is written."""

from __future__ import annotations

import pytest

from chalicelib.quickbooks.paths import PATHS, Path
from chalicelib.resolve.fields import CONTACT_FIELDS, LENGTHS
from chalicelib.settings.defaults import DEFAULTS
from chalicelib.settings.typed import ENTITIES


@pytest.mark.parametrize(
    ("entity", "path"),
    [
        ("Customer", Path("BillAddr.City", "text", 255)),
        ("Customer", Path("Balance", "number", read_only=True)),
        ("Customer", Path("PreferredDeliveryMethod", "text", choices=("Print", "Email", "None"))),
        ("Customer", Path("SalesTermRef.value", "text")),
        ("Customer", Path("SalesTermRef.name", "text", read_only=True)),
        ("Customer", Path("CurrencyRef.value", "text", read_only=True)),
        ("Item", Path("UnitPrice", "number")),
        ("Invoice", Path("DueDate", "date")),
        ("Invoice", Path("MetaData.CreateTime", "datetime", read_only=True)),
    ],
)
def test_a_path_has_its_type_and_its_limits(entity, path):
    assert PATHS[entity][path.name] == path


@pytest.mark.parametrize(("path", "length"), LENGTHS.items())
def test_the_lengths_are_those_that_values_are_cut_to(path, length):
    assert PATHS["Customer"][path].length_max == length


@pytest.mark.parametrize("row", CONTACT_FIELDS)
def test_every_default_target_can_be_written(row):
    path = PATHS["Customer"][row.quickbooks]
    assert not (path.read_only and row.direction != "to_hubspot")


@pytest.mark.parametrize(("kind", "rows"), DEFAULTS.items())
def test_every_default_row_names_a_path(kind, rows):
    assert all(row.quickbooks in PATHS[ENTITIES[kind]] for row in rows)
