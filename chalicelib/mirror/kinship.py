"""Associations as HubSpot takes them when a record is made (HubSpot reference 5.1, 5.2): direction matters."""

from __future__ import annotations

from typing import Any

INVOICE_TO_CONTACT, INVOICE_TO_COMPANY = 177, 179
LINE_ITEM_TO_INVOICE = 410
NOTE_TO_DEAL = 214
PAYMENT_TO_INVOICE, PAYMENT_TO_DEAL, PAYMENT_TO_CONTACT = 542, 391, 387


def linked_to(record_id: str, type_id: int) -> dict[str, Any]:
    """One entry of a create's `associations`."""
    kind = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": type_id}
    return {"to": {"id": record_id}, "types": [kind]}
