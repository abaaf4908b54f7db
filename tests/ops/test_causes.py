"""Why a record was looked at: a finance person reads no event's name."""

from __future__ import annotations

import pytest

from chalicelib.jobs import NEW_DAY, Kind
from ops.causes import cause
from ops.fields import field


@pytest.mark.parametrize(("kind", "text", "said"), [
    (Kind.CUSTOMER, "HubSpot contact propertyChange zip", "the contact's postal code was changed in HubSpot"),
    (Kind.CUSTOMER, "HubSpot contact creation", "the contact was created in HubSpot"),
    (Kind.CUSTOMER, "HubSpot contact privacyDeletion", "the contact was deleted for privacy in HubSpot"),
    (Kind.CUSTOMER, "HubSpot contact merge", "contacts were merged in HubSpot"),
    (Kind.CUSTOMER, "HubSpot contact associationChange", "the contact's companies were changed in HubSpot"),
    (Kind.CUSTOMER, "HubSpot contact associationChange deal", "the contact's deals were changed in HubSpot"),
    (Kind.CUSTOMER, "HubSpot company propertyChange name", "a company of the contact was renamed in HubSpot"),
    (Kind.CUSTOMER, "HubSpot invoice propertyChange hs_currency",
     "the currency of the contact's invoice was changed in HubSpot"),
    (Kind.CUSTOMER, "HubSpot deal merge", "the contact's deal was merged in HubSpot"),
    (Kind.CUSTOMER, "HubSpot deal change", "the contact's deal was changed in HubSpot"),
    (Kind.CUSTOMER, "QuickBooks customer updated", "the customer was changed in QuickBooks"),
    (Kind.CUSTOMER, "QuickBooks customer delete", "the customer was deleted or made inactive in QuickBooks"),
    (Kind.CUSTOMER, "QuickBooks customer merged", "customers were merged in QuickBooks"),
    (Kind.PRODUCT, "HubSpot product propertyChange hs_sku", "the product's SKU was changed in HubSpot"),
    (Kind.PRODUCT, "QuickBooks item updated", "the item was changed in QuickBooks"),
    (Kind.INVOICE, "QuickBooks invoice created", "the invoice was created in QuickBooks"),
    (Kind.INVOICE, "QuickBooks invoice voided", "the invoice was voided in QuickBooks"),
    (Kind.INVOICE, "QuickBooks invoice deleted", "the invoice was deleted in QuickBooks"),
    (Kind.INVOICE, "QuickBooks invoice emailed", "the invoice was sent in QuickBooks"),
    (Kind.INVOICE, "HubSpot invoice associationChange deal", "the invoice's deals were changed in HubSpot"),
    (Kind.INVOICE, "HubSpot deal restore", "the invoice's deal was restored in HubSpot"),
    (Kind.INVOICE, "HubSpot invoice deletion", "the invoice was deleted in HubSpot"),
    (Kind.INVOICE, NEW_DAY, "a new day began, and with it some invoices are overdue"),
    (Kind.PAYMENT, "QuickBooks payment create", "the payment was created in QuickBooks"),
    (Kind.PAYMENT, "QuickBooks creditmemo updated", "the credit memo was changed in QuickBooks"),
    (Kind.PAYMENT, "undo 7: an operator took it back", "an operator took back decision 7"),
    (Kind.PAYMENT, "", "it was looked at"),
])  # fmt: skip
def test_a_cause_is_told_of_the_record_that_it_is_about(kind: Kind, text: str, said: str) -> None:
    assert cause(text, kind) == said


def test_causes_that_were_folded_together_are_told_once_each() -> None:
    text = "QuickBooks item update, HubSpot product propertyChange price, QuickBooks item updated"
    said = "the item was changed in QuickBooks and the product's price was changed in HubSpot"
    assert cause(text, Kind.PRODUCT) == said


@pytest.mark.parametrize("text", ["HubSpot product surprise", "QuickBooks item surprised", "something else"])
def test_what_has_no_words_is_told_as_it_is(text: str) -> None:
    assert cause(text, Kind.PRODUCT) == text


@pytest.mark.parametrize(("name", "said"), [
    ("UnitPrice", "price"), ("quickbooks_stage", "stage"), ("line 2: hs_product_id", "line 2: product"),
    ("crew_number", "crew_number"), ("CustomField[Crew #]", "CustomField[Crew #]"),
])  # fmt: skip
def test_a_field_goes_by_what_people_call_it(name: str, said: str) -> None:
    assert field(name) == said
