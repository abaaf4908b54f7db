"""What HubSpot itself puts into a record (reference, section 4.3)."""

from __future__ import annotations

from collections.abc import Mapping

from local.hubspot import values
from local.hubspot.kinds import (
    COMPANIES,
    CONTACTS,
    DEALS,
    INVOICES,
    LINE_ITEMS,
    NOTES,
    PAYMENTS,
    PRODUCTS,
    Kind,
    Source,
    iso,
)
from local.hubspot.records import Record

Values = dict[str, str]
FIRST_IDS = {
    CONTACTS.name: 61_200_334_001,
    COMPANIES.name: 7_300_112_001,
    DEALS.name: 33_400_120_001,
    INVOICES.name: 88_120_045_001,
    PRODUCTS.name: 1_480_220_001,
    LINE_ITEMS.name: 21_900_455_001,
    PAYMENTS.name: 402_118_301,
    NOTES.name: 51_760_090_001,
}
FIRST_NUMBER = 1001  # of an account's invoices
PIPELINES = {CONTACTS.name: "contacts-lifecycle-pipeline", COMPANIES.name: "companies-lifecycle-pipeline"}
FILLED: dict[str, Values] = {  # what a new record has where nothing else is said
    CONTACTS.name: {"lifecyclestage": "lead"},
    DEALS.name: {"pipeline": "default", "dealstage": "appointmentscheduled"},
    INVOICES.name: {"hs_invoice_status": "draft", "hs_invoice_source": "hubspot", "hs_invoice_billable": "true"},
    PAYMENTS.name: {"hs_latest_status": "processing"},
}


def stamps(record: Record, by: Source, known: Mapping[str, object]) -> Values:
    """What tells a new record's origin."""
    created = {name: iso(record.created_at) for name in ("createdate", "hs_createdate") if name in known}
    pipeline = {"hs_pipeline": PIPELINES[record.kind.name]} if record.kind.name in PIPELINES else {}
    return {
        "hs_object_id": record.id,
        **created,
        "hs_object_source": by.changeSource,
        "hs_object_source_id": by.sourceId,
        "hs_object_source_label": by.label,
        **pipeline,
    }


def filled(kind: Kind, given: Values, at: float, number: int) -> Values:
    """What a new record of a type has besides what was given. `number` counts the type's records from nought."""
    fresh = dict(FILLED.get(kind.name, {}))
    if kind is COMPANIES and given.get("domain"):
        fresh["website"] = given["domain"]
    if kind is INVOICES:
        fresh |= {"hs_number": f"INV-{FIRST_NUMBER + number}", "hs_invoice_date": iso(at), "hs_due_date": iso(at)}
    return fresh


def about_people(record: Record) -> Values:
    """What follows from names, addresses and telephone numbers."""
    held = record.values
    digits = "".join(one for one in held.get("phone", "") if one.isdigit())
    fresh = {"hs_searchable_calculated_phone_number": digits[-10:]}
    if record.kind is CONTACTS:
        full_name = " ".join(filter(None, (held.get("firstname"), held.get("lastname"))))
        merged = held.get("hs_merged_object_ids", "")
        fresh |= {
            "hs_full_name_or_email": full_name or held.get("email", ""),
            "hs_email_domain": held.get("email", "").rpartition("@")[2],
            "hs_all_contact_vids": ";".join(filter(None, (record.id, merged))),
        }
    return fresh


def keep_emails_apart(held: Values, changes: Values) -> Values:
    """An additional address that becomes the primary one changes places with it."""
    if "email" not in changes and "hs_additional_emails" not in changes:
        return changes
    new_primary = changes.get("email", held.get("email", ""))
    others = values.split(changes.get("hs_additional_emails", held.get("hs_additional_emails", "")))
    if new_primary not in others:
        return changes
    swapped = [held.get("email", "") if one == new_primary else one for one in others]
    return changes | {"hs_additional_emails": ";".join(one for one in swapped if one and one != new_primary)}


def put(held: Values, name: str, value: str) -> None:
    """Store a value; an empty one is none."""
    if value:
        held[name] = value
    else:
        held.pop(name, None)
