"""The field tables against the collected facts about Intuit's entities, where these are at hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from local.quickbooks.entities import ENTITIES, LISTED
from local.quickbooks.fields import ANSWERED_ONLY, Entity

FACTS = Path(__file__).resolve().parents[4] / "shared" / "specs" / "quickbooks" / "structure"
EXAMPLES = FACTS.parent / "examples"

pytestmark = pytest.mark.skipif(not FACTS.exists(), reason="the collected facts are not on this machine")

# Known to Intuit, left out here: they are refused with 2010.
NOT_IMITATED = {
    "Customer": {"Source"},
    "Vendor": {
        *("Source", "OtherContactInfo", "VendorPaymentBankDetail"),
        *("T4AEligible", "T5018Eligible", "HasTPAR"),
    },
    "Employee": set(),
    "Item": {"Source"},
    "Invoice": set(),
    "Payment": {"CreditCardPayment"},
    "CreditMemo": set(),
}
# Ours and not in the facts: the XSD and captured replies have them.
OURS = {
    *("CompanyName", "Organization", "PrintGroupedItems", "ItemGroupDetail"),
    *("EInvoiceStatus", "ProcessPayment", "SalesTermRef", "BillEmail", "RemainingCredit", "TxnSource"),
}
# Where the reference, section 7.2, is newer than the facts.
NEWER_LENGTHS = {("Customer", "PrimaryTaxIdentifier"), ("Customer", "SecondaryTaxIdentifier")}


def facts(file: str) -> Any:
    return json.loads((FACTS / file).read_text())["entities"]


@pytest.mark.parametrize("entity", ENTITIES.values(), ids=ENTITIES.keys())
def test_the_table_knows_the_fields_that_intuit_knows(entity: Entity) -> None:
    """No more, no less, but for those named here."""
    theirs = {field["name"] for field in facts("entities.json")[entity.name]["fields"]}
    ours = {field.name for field in entity.fields}
    envelope = {"Id", "SyncToken", "sparse"} | ANSWERED_ONLY
    assert theirs - ours - envelope == NOT_IMITATED[entity.name]
    assert ours - theirs <= OURS


@pytest.mark.parametrize("entity", ENTITIES.values(), ids=ENTITIES.keys())
def test_texts_are_as_long_as_intuit_says(entity: Entity) -> None:
    """Plain texts, and phone numbers."""
    for fact in facts("entities.json")[entity.name]["fields"]:
        field = entity.field(fact["name"])
        if field is None or "maxChars" not in fact:
            continue
        if field.complex and field.name.endswith(("Phone", "Mobile", "Fax")):
            assert field.complex.members[0].longest == fact["maxChars"], field.name
        elif field.kind in ("text", "name"):
            assert field.longest == fact["maxChars"], field.name


@pytest.mark.parametrize("name", [*sorted(set(ENTITIES) - {"Vendor"}), "Term", "TaxCode"])
def test_the_filterable_fields_are_intuits(name: str) -> None:
    """For Vendor no list was found."""
    known = facts("filterable-fields.json")[name]
    entity = {**ENTITIES, **LISTED}[name]
    assert entity.filterable == set(known["filterable"])
    assert entity.sortable == set(known["sortable"])
