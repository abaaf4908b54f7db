"""The page about the settings says what is so: its examples pass, and no key is left out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from chalicelib.resolve.fields import CONTACT_FIELDS, LENGTHS
from chalicelib.settings import Condition, Contacts, FieldRow, Invoices, NewContacts, NewItems, Products
from chalicelib.settings.check import Facts, check
from chalicelib.settings.conditions import FITTING
from chalicelib.settings.lines import parse
from chalicelib.settings.transform import EXAMPLES, PLAIN
from tests.chalicelib.settings.facts import METADATA

PAGE = (Path(__file__).parents[3] / "docs" / "settings.md").read_text()
BLOCKS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
KEYS = {name for model in (Contacts, Products, Invoices, FieldRow) for name in model.model_fields}


@pytest.mark.parametrize("block", BLOCKS)
def test_each_example_can_be_applied(block):
    assert check(parse(block), METADATA, Facts()) == []


@pytest.mark.parametrize("key", sorted(KEYS))
def test_each_key_is_explained(key):
    assert re.search(rf"^\| `{key}` \|", PAGE, re.MULTILINE)


@pytest.mark.parametrize("model", [NewContacts, NewItems])
def test_each_default_for_new_records_is_explained(model):
    assert all(re.search(rf"\| `\w+\.create\.{name}` \|", PAGE) for name in model.model_fields)


@pytest.mark.parametrize("operator", sorted({one for some in FITTING.values() for one in some}))
def test_each_operator_is_explained(operator):
    assert re.search(rf"^\|.*`{operator}`", PAGE, re.MULTILINE)
    assert Condition(property="x", operator=operator, value=1, values=["1"])


@pytest.mark.parametrize("step", [*PLAIN, *EXAMPLES])
def test_each_transform_is_explained(step):
    assert re.search(rf"^\| .*`{{?{step}[`:]", PAGE, re.MULTILINE)


@pytest.mark.parametrize("row", [one for one in CONTACT_FIELDS if "." not in one.hubspot and " " not in one.hubspot])
def test_each_default_row_is_listed(row):
    length = f"{LENGTHS[row.quickbooks]:,}" if row.direction == "both" else ""
    assert re.search(rf"\| `{row.hubspot}` \| [⇔⇐] \| `{re.escape(row.quickbooks)}` \| {length}", PAGE)
