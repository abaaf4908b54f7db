"""Whose invoice it is: its customer's contact and that contact's primary company, found once (design: Invoices)."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.case import Case, Group
from chalicelib.failures import Category, Trouble
from chalicelib.hubspot.client import primary_company
from chalicelib.jobs import Job, Kind, Side
from chalicelib.linking import defer
from chalicelib.mirror.kinship import INVOICE_TO_COMPANY, INVOICE_TO_CONTACT, linked_to
from chalicelib.quickbooks.invoices import Invoice
from chalicelib.remember.guards import Waiters, waits_for
from chalicelib.remember.records import Record, State
from chalicelib.shapes import switched_off

NEEDED = "an invoice needs it"  # a look's cause
FAILED = (State.FAILING, State.PARKED)


def find(group: Group, cases: Sequence[Case]) -> None:
    """Note on each new invoice what it is to be associated with. A customer that nobody has looked at yet is brought
    into sync first; where that fails the invoice waits, where the customer is left out the invoice comes alone."""
    of = {case.root: customer_of(case) for case in cases}
    if not group.settings.enabled("contacts"):
        for case in cases:
            case.remark = f"It has no contact and no company in HubSpot: {switched_off('contacts')}."
        return
    wanted = sorted({one for one in of.values() if one})
    known = _known(group, wanted)
    missing = [one for one in wanted if one not in known or known[one].state is State.PENDING]
    if missing and group.sync_first:
        jobs = [Job(group.connection.id, Kind.CUSTOMER, Side.QUICKBOOKS, one, NEEDED) for one in missing]
        group.sync_first(Kind.CUSTOMER, jobs)
        known |= _known(group, missing)
    contacts: dict[str, list[Case]] = {}
    for case in cases:
        customer = known.get(of[case.root])
        if customer is not None and customer.linked and customer.hubspot_id and Side.HUBSPOT not in customer.gone:
            contacts.setdefault(customer.hubspot_id, []).append(case)
        elif not of[case.root]:
            case.remark = "It has no contact and no company in HubSpot: QuickBooks names no customer on it."
        elif customer is not None and (customer.state is State.EXCLUDED or customer.gone):
            why = customer.message or "it is in one of the two systems only"
            case.remark = f"It has no contact and no company in HubSpot: its customer is excluded, {why}."
        else:
            _wait(group, case, of[case.root], customer)
    _associate(group, contacts)


def customer_of(case: Case) -> str:
    return case.in_quickbooks.CustomerRef.value if isinstance(case.in_quickbooks, Invoice) else ""


def _known(group: Group, ids: Sequence[str]) -> dict[str, Record]:
    found = group.records.find(group.connection.id, Kind.CUSTOMER, [f"{Side.QUICKBOOKS}:{one}" for one in ids])
    return {side_id.partition(":")[2]: held.record for side_id, held in found.items()}


def blamed(group: Group, case: Case) -> bool:
    """Whether a new invoice that HubSpot refuses waits for its customer instead: the contact of one that fails may be
    gone, without a proof."""
    customer = _known(group, [customer_of(case)]).get(customer_of(case)) if case.links else None
    if customer is None or customer.state not in FAILED:
        return False
    _wait(group, case, customer_of(case), customer)
    return True


def _wait(group: Group, case: Case, customer_id: str, customer: Record | None) -> None:
    """It heals by itself: the customer's next look calls whoever waits, and retries come beside it."""
    if not group.rehearsal:
        Waiters(group.table).wait(group.connection.id, waits_for(customer_id), case.root)
    if customer is None or customer.state not in FAILED:
        defer(group, case)  # somebody has the customer in hand at this moment
        return
    name = case.mirror.facts["recipient"] if case.mirror else ""
    case.fail(
        Trouble(
            Category.MISSING_CUSTOMER,
            f"Its customer {name} ({customer_id}) is not in sync yet: {customer.message}",
            f"Mend the customer (python -m ops why customer quickbooks:{customer_id}); the invoice follows by itself. "
            f"{customer.fix}".strip(),
        )
    )


def _associate(group: Group, contacts: dict[str, list[Case]]) -> None:
    """One call for the primary companies of all these contacts."""
    if not contacts:
        return
    links = group.hubspot.associations("contacts", "companies", list(contacts))
    for contact_id, cases in contacts.items():
        company = primary_company(links.get(contact_id, []))
        for case in cases:
            case.links = [linked_to(contact_id, INVOICE_TO_CONTACT)]
            case.links += [linked_to(company, INVOICE_TO_COMPANY)] if company else []
