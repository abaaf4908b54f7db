"""What an app may do to invoices, line items and payments, and what it may not (reference, sections 5.4, 6.1 and 7).

People in HubSpot's screens are believed: of these rules only a line item's single parent binds them too.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from local.hubspot.errors import BadValue, Problem, invalid
from local.hubspot.kinds import DEALS, INVOICES, LINE_ITEMS, PAYMENTS, PRODUCTS, Kind, Source, kind_named
from local.hubspot.money import neighbours, number, written
from local.hubspot.records import Record

if TYPE_CHECKING:
    from local.hubspot.state import Claims, Crm

Values = dict[str, str]
PARENTS = (DEALS, INVOICES)  # of a line item
MOVES = {("draft", "open"), ("open", "voided")}  # of an invoice, as an app may make them; payments make it `paid`
AFTER_DRAFT = {"hs_invoice_status", "hubspot_owner_id"}  # what of HubSpot's own an app may write on a finalised one
COPIED = (  # what a new line item takes over from its product
    "name", "description", "price", "hs_sku", "hs_cost_of_goods_sold", "hs_url", "hs_images", "hs_product_type", "tax",
    "hs_recurring_billing_period", "recurringbillingfrequency",
)  # fmt: skip
NEVER_CLEARED = {
    INVOICES.name: ("hs_currency", "hs_invoice_status"),
    PAYMENTS.name: ("hs_initial_amount", "hs_initiated_date", "hs_latest_status"),
}
_CURRENCY = re.compile(r"[A-Z]{3}")
_HANDLED_BY_A_PROCESSOR = ("hs_payments", "byo_stripe")


# -- values ---------------------------------------------------------------------------------------------------------


def refused_values(crm: Crm, kind: Kind, accepted: Values, record: Record | None, by: Source) -> list[BadValue]:
    """Values that are well formed, and yet cannot be."""
    found = [
        BadValue(name, "MISSING_REQUIRED_PROPERTY", f"{name} cannot be cleared.")
        for name in NEVER_CLEARED.get(kind.name, ())
        if record and accepted.get(name) == ""
    ]
    if kind is LINE_ITEMS:
        found += _of_line(crm, accepted, record)
    if kind is INVOICES and (code := accepted.get("hs_currency")):
        is_known = crm.settings.foreign_currencies or code in crm.account.currencies
        if not _CURRENCY.fullmatch(code) or not is_known:
            found.append(BadValue("hs_currency", "INVALID_OPTION", f"{code} is not a currency of this account."))
    if kind is PAYMENTS and by.is_api:
        found += _of_payment(crm, accepted, record)
    return found


def _of_line(crm: Crm, accepted: Values, record: Record | None) -> list[BadValue]:
    found = []
    if number(accepted, "price") < 0:
        found.append(BadValue("price", "INVALID_PRICE", "price must not be negative."))
    product = accepted.get("hs_product_id")
    if product and record is None and crm.table(PRODUCTS).live(product) is None:
        found.append(BadValue("hs_product_id", "INVALID_PRODUCT", f"No product with ID {product} exists."))
    return found


def _of_payment(crm: Crm, accepted: Values, record: Record | None) -> list[BadValue]:
    found = []
    status, processor = accepted.get("hs_latest_status"), accepted.get("hs_processor_type")
    if record is None and status not in (None, "processing") and not crm.settings.payments_born_succeeded:
        found.append(BadValue("hs_latest_status", "INVALID_OPTION", f"A new payment cannot be {status}."))
    if processor in ("quickbooks", "xero") and not crm.settings.payments_from_quickbooks:
        found.append(BadValue("hs_processor_type", "INVALID_OPTION", f"{processor} cannot be set by an app."))
    return found


def copied_from_product(crm: Crm, draft: Values) -> Values:
    """Later changes of the product do not reach the line item (section 7.2)."""
    product = crm.table(PRODUCTS).live(draft.get("hs_product_id", ""))
    return {name: product.values[name] for name in COPIED if name in product.values} if product else {}


# -- states ---------------------------------------------------------------------------------------------------------


def check_state(crm: Crm, kind: Kind, accepted: Values, record: Record | None, by: Source) -> None:
    """Raise the refusal of a write that the record's state forbids."""
    if not by.is_api:
        return
    if kind is INVOICES:
        _check_invoice(crm, accepted, record)
    elif record and kind is LINE_ITEMS:
        for invoice in _parents(crm, record, INVOICES):
            _refuse_final(crm, invoice, _changed_of_hubspots(crm, record, accepted))
    elif record and kind is PAYMENTS:
        _refuse_processors(record)


def is_bound(crm: Crm, values: Values) -> bool:
    """Whether an invoice follows the rules of finalising."""
    return values.get("hs_invoice_billable") != "false" or not crm.settings.free_non_billable


def _check_invoice(crm: Crm, accepted: Values, record: Record | None) -> None:
    held = record.values if record else {}
    after = {**held, **accepted}
    before = held.get("hs_invoice_status", "draft")
    status = after.get("hs_invoice_status", "draft")
    opened = sorted(set(accepted) & set(crm.settings.writable_on_invoices))
    if opened and after.get("hs_invoice_billable") != "false":
        raise invalid(f"{', '.join(opened)} can only be set on invoices that are not billable.")
    if not is_bound(crm, held or after):
        if status != "draft" and is_bound(crm, after):
            raise invalid(f"An invoice that is {status} cannot become billable.")
        return
    if record is None:
        if status != "draft":
            raise invalid(f"A new invoice must be a draft, but hs_invoice_status is {status}.")
        return
    if before != "draft":
        _refuse_final(crm, record, _changed_of_hubspots(crm, record, accepted) - AFTER_DRAFT)
    if status != before:
        _check_move(crm, record, before, status)


def _check_move(crm: Crm, invoice: Record, before: str, status: str) -> None:
    if (before, status) not in MOVES:
        raise invalid(f"An invoice's hs_invoice_status cannot be changed from {before} to {status}.")
    for name in crm.settings.open_needs if status == "open" else ():
        if not crm.links_between(INVOICES, kind_named(name)).seen_from(INVOICES, invoice.id):
            raise invalid(f"An invoice needs at least one of its {name} before it can be open.")


def _changed_of_hubspots(crm: Crm, record: Record, accepted: Values) -> set[str]:
    known = crm.schema(record.kind).properties
    changed = {name for name, value in accepted.items() if record.values.get(name, "") != value}
    return {name for name in changed if known[name].hubspotDefined}


def _refuse_final(crm: Crm, invoice: Record, changed: set[str]) -> None:
    status = invoice.values.get("hs_invoice_status", "draft")
    if changed and status != "draft" and is_bound(crm, invoice.values):
        raise invalid(f"Invoice {invoice.id} is {status}: {', '.join(sorted(changed))} cannot be changed any more.")


def _refuse_processors(payment: Record) -> None:
    is_ours = payment.values.get("hs_object_source") == "INTEGRATION"
    if payment.values.get("hs_processor_type") in _HANDLED_BY_A_PROCESSOR and not is_ours:
        raise invalid(f"Payment {payment.id} was made by a payment processor and cannot be changed or deleted.")


# -- links and deletion ---------------------------------------------------------------------------------------------


def check_link(crm: Crm, kind: Kind, record: Record | None, there: Record, by: Source) -> None:
    """Raise the refusal of a link. `record` is None while it has still to be made."""
    if {kind, there.kind} == {LINE_ITEMS, INVOICES} and by.is_api:
        invoice = there if there.kind is INVOICES else record
        if invoice:
            _refuse_final(crm, invoice, {"line items"})
    line, parent = (there, record) if there.kind is LINE_ITEMS else (record, there)
    if {kind, there.kind} & {LINE_ITEMS} and {kind, there.kind} & set(PARENTS) and line:
        others = [one for one in _parents(crm, line, *PARENTS) if one is not parent]
        if others:
            raise second_parent(f"Line item {line.id}", others[0].kind, others[0].id)


def check_parents(kind: Kind, there: list[Record], claims: Claims | None = None) -> None:
    """Raise the refusal of a new line item with several parents, or of a line item that a batch gives away twice."""
    parents = [one for one in there if one.kind in PARENTS]
    if kind is LINE_ITEMS and len(parents) > 1:
        raise second_parent("A line item", parents[0].kind, parents[0].id)
    if kind not in PARENTS or claims is None:
        return
    for line in (one for one in there if one.kind is LINE_ITEMS):
        if ("parent of", line.id) in claims:
            raise invalid(f"Line item {line.id} belongs to an earlier input of the batch.")
        claims.add(("parent of", line.id))


def second_parent(line: str, kind: Kind, parent_id: str) -> Problem:
    return invalid(f"{line} already belongs to {kind.singular} {parent_id}, and can belong to one record only.")


def check_unlink(crm: Crm, one: Record | None, two: Record | None, by: Source) -> None:
    if one and two and by.is_api and (one.kind, two.kind) == (LINE_ITEMS, INVOICES):
        _refuse_final(crm, two, {"line items"})


def check_archive(crm: Crm, record: Record, by: Source) -> None:
    """Raise the refusal of a deletion (section 6.1)."""
    if not by.is_api:
        return
    if record.kind is PAYMENTS:
        _refuse_processors(record)
    if record.kind is LINE_ITEMS:
        for invoice in _parents(crm, record, INVOICES):
            _refuse_final(crm, invoice, {"line items"})
    if record.kind is INVOICES and is_bound(crm, record.values):
        status = record.values.get("hs_invoice_status", "draft")
        if status != "draft" and not (status == "open" and crm.account.delete_unpaid_invoices):
            raise invalid(f"Invoice {record.id} is {status} and cannot be deleted.")


def is_settled(crm: Crm, invoice: Record) -> bool:
    """Whether payments have made an open invoice `paid`; an app that writes the amounts says so itself."""
    is_open = invoice.values.get("hs_invoice_status") == "open"
    return (
        is_open
        and not written(crm, invoice)
        and number(invoice.values, "hs_amount_paid") > 0 >= number(invoice.values, "hs_balance_due")
    )


def _parents(crm: Crm, line: Record, *kinds: Kind) -> list[Record]:
    return [one for kind in kinds for one in neighbours(crm, line, kind)]
