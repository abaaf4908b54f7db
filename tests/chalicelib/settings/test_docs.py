"""The page about the settings says what is so: its examples pass, and no key is left out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from chalicelib.quickbooks.paths import PATHS
from chalicelib.resolve.fields import CONTACT_FIELDS, INVOICE_FIELDS, PRODUCT_FIELDS
from chalicelib.settings import KINDS, Condition, Contacts, FieldRow, Invoices, NewContacts, NewItems, Products
from chalicelib.settings.check import Facts, check
from chalicelib.settings.conditions import FITTING
from chalicelib.settings.form import UNSAID
from chalicelib.settings.lines import parse
from chalicelib.settings.transform import EXAMPLES, PLAIN
from tests.chalicelib.settings.facts import METADATA

PAGE = (Path(__file__).parents[3] / "docs" / "settings.md").read_text()
BLOCKS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
DEFAULTS = [
    (f"{kind}.{name}", value)
    for kind, model in (("contacts", Contacts()), ("products", Products()), ("invoices", Invoices()))
    for name, value in model
]
MODELS = (Contacts, Products, Invoices, FieldRow)
KEYS = {name for model in MODELS for name in model.model_fields if name not in UNSAID.get(model, ())}


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


ROWS = [*CONTACT_FIELDS, *PRODUCT_FIELDS, *INVOICE_FIELDS]


@pytest.mark.parametrize("row", [one for one in ROWS if "." not in one.hubspot and " " not in one.hubspot])
def test_each_default_row_is_listed(row):
    most = PATHS[row.entity][row.quickbooks].length_max if row.direction == "both" else None
    arrow = "⇔" if row.direction == "both" else "⇐"
    length = rf" {most:,}\b" if most else r" ?(\||$)"
    pattern = rf"^\| `{row.hubspot}` \| {arrow} \| `{re.escape(row.quickbooks)}` \|{length}"
    assert re.search(pattern, PAGE, re.MULTILINE)


@pytest.mark.parametrize(("key", "default"), [(key, value) for key, value in DEFAULTS if isinstance(value, str)])
def test_each_default_of_a_kind_is_the_one_that_is_told(key, default):
    section, _, name = key.partition(".")
    line, *_ = re.findall(rf"^\| `{name}` \|.*$", PAGE, re.MULTILINE)
    assert line.split("|")[2 + KINDS.index(section)].strip() == f"`{default}`"
