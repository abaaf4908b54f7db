"""What a write's reply leaves behind on the record: the new halves of the base, tokens and stamps (design D2)."""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.case import Case, Group
from chalicelib.hubspot.models import Record as Contact
from chalicelib.jobs import Side
from chalicelib.quickbooks.body import carried
from chalicelib.quickbooks.models import Customer
from chalicelib.resolve.fields import held
from chalicelib.resolve.orders import ACTIVE
from chalicelib.resolve.pair import contact_values, customer_values
from chalicelib.resolve.plan import UpdateCustomer

ECHO_SLACK_S = 0.03  # between the end of a call and the stamp of its notice
ECHOES_MAX = 3


def took_customer(
    group: Group,
    case: Case,
    customer: Customer,
    written: Mapping[str, str] | None = None,
    hubspot_values: Mapping[str, str] | None = None,
) -> None:
    """QuickBooks' reply holds what it stored. `written` limits the new halves to what an update wrote; after a
    create all rows are new, and `hubspot_values` are those it was made from."""
    ours = hubspot_values or contact_values(case.pair(group))
    base = {**case.record.base, **(case.plan.base if case.plan else {})}
    case.customer = customer
    theirs = customer_values(case.pair(group))
    sent = {row.quickbooks for row in group.fields if row.writes(Side.QUICKBOOKS) and ours.get(row.hubspot)}
    for row in group.fields:
        if written is None and row.writes(Side.HUBSPOT) and row.quickbooks not in sent and not ours.get(row.hubspot):
            base[row.key] = ("", "")  # what QuickBooks gave it by itself, such as its id, has not crossed yet
        elif written is None or row.quickbooks in written:
            base[row.key] = (held(ours.get(row.hubspot, "")), held(theirs[row.quickbooks]))
    case.change(base=base, leaving={k: v for k, v in case.record.leaving.items() if k != Side.QUICKBOOKS}, stale=False)
    case.base_taken = True
    until = None if customer.until is None else customer.until + ECHO_SLACK_S
    case.change(echoes=min(case.record.echoes + 1, ECHOES_MAX), echo_until=until)
    remember_customer(group, case)


def took_contact(
    group: Group, case: Case, contact: Contact, written: Mapping[str, str], *, created: bool = False
) -> None:
    """HubSpot's reply holds the written properties; what it leaves out is taken as it was sent."""
    properties: dict[str, str | None] = {**written, **{k: v for k, v in contact.properties.items() if v is not None}}
    if not created and case.contact is not None:
        properties = {**case.contact.properties, **properties}
    theirs = customer_values(case.pair(group))
    before = case.contact.modified if case.contact else None
    case.contact = contact.model_copy(update={"properties": properties})
    ours = contact_values(case.pair(group))
    base = {**case.record.base, **(case.plan.base if case.plan else {})}
    for row in group.fields:
        if row.writes(Side.QUICKBOOKS) and created and row.hubspot not in written and not theirs[row.quickbooks]:
            base[row.key] = ("", "")  # what HubSpot gave it by itself, such as its id, has not crossed yet
        elif created or row.hubspot in written:
            base[row.key] = (held(ours[row.hubspot]), held(theirs[row.quickbooks]))
    case.change(base=base, leaving={k: v for k, v in case.record.leaving.items() if k != Side.HUBSPOT})
    case.base_taken = True
    case.change(
        hubspot_modified=contact.modified or case.record.hubspot_modified,
        hubspot_read=None if created else before,
    )


def remember_customer(group: Group, case: Case) -> None:
    """What the next look needs of the customer: its token, its stamp, and its nested objects whole."""
    customer = case.customer
    if customer is None:
        return
    case.change(
        sync_token=customer.SyncToken or case.record.sync_token,
        quickbooks_modified=customer.modified or case.record.quickbooks_modified,
        quickbooks_seen=customer.seen or case.record.quickbooks_seen,
        carried=carried(customer.raw, (row.quickbooks for row in group.fields)),
        name=customer.plain_name or case.record.name,
        inactive=not customer.Active,
    )


def customer_image(group: Group, case: Case, update: UpdateCustomer) -> dict[str, str]:
    """What the customer holds of the fields that an update writes, as far as it is known."""
    known = customer_values(case.pair(group))
    seen = case.customer.text if case.customer else lambda path: case.record.name if path == "DisplayName" else ""
    image = {path: known[path] if path in known else seen(path) for path in update.values}
    if update.active is not None:
        image[ACTIVE] = str(case.customer.Active if case.customer else not case.record.inactive).lower()
    return image
