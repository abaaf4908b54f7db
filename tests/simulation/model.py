"""What must be true when a history has come to rest: the rules of the design, in the fewest words.

Nothing here knows how the sync works. Each rule looks at both vendors' books as they are, at what people did, and at
what the records view shows; it yields what is wrong. Letters name the rules in what a broken history says:

(a) agreement: both sides of a linked pair hold the same, and the value is the last one that a person typed
(d) duplicates: nothing is there twice; what the sync has made belongs to exactly one record
(l) loss: whatever people made and is to be synced is synced, or its record says why not
(b) budgets: at rest nothing is asked for but what has changed
(p) put away: what people made is put away by people only
(t) tenants: nobody's data is at another firm
(s) states: what a record says of itself is true
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

from chalicelib.jobs import Kind
from chalicelib.remember.records import Record
from tests.simulation.people import FIELDS
from tests.simulation.watch import MERGED, contact_values, customer_values, name
from tests.simulation.world import Firm, World


def complaints(world: World) -> Iterator[str]:
    for firm in world.firms:
        records = world.records(firm, Kind.CUSTOMER)
        yield from _duplicates(world, firm, records)
        yield from _losses(world, firm, records)
        yield from _agreement(world, firm, records)
        yield from _put_away(world, firm)
        yield from _states(world, firm, records)
    yield from _tenants(world)
    yield from _said(world)
    yield from (f"(b) at rest there is still {one}" for one in world.watch.restless)


def _duplicates(world: World, firm: Firm, records: list[Record]) -> Iterator[str]:
    for side, ids in (
        ("contact", [one.hubspot_id for one in records if one.hubspot_id]),
        ("customer", [one.own_customer for one in records if one.own_customer]),
    ):
        for id, times in Counter(ids).items():
            if times > 1:
                yield f"(d) {side} {id} belongs to {times} records"
    ours = [one["Id"] for one in firm.company.all("Customer")]
    known = {one.own_customer for one in records}
    for id in ours:
        if name("Customer", firm, id) not in world.watch.by_people and id not in known:
            yield f"(d) customer {id} was made by the sync and belongs to nobody"
    everywhere = {
        one.hubspot_id for other in world.firms if other.portal is firm.portal for one in world.records(other)
    }
    for contact in firm.portal.contacts():
        if name("contacts", firm, contact["id"]) not in world.watch.by_people and contact["id"] not in everywhere:
            yield f"(d) contact {contact['id']} was made by the sync and belongs to nobody"


def _losses(world: World, firm: Firm, records: list[Record]) -> Iterator[str]:
    contacts = {one.hubspot_id for one in records}
    customers = {one.quickbooks_id for one in records}
    for contact in firm.portal.contacts():
        if contact["id"] not in contacts:
            yield f"(l) contact {contact['id']} is not known"
    for customer in firm.company.all("Customer"):
        if customer["Active"] and customer["Id"] not in customers:
            yield f"(l) customer {customer['Id']} is not known"


def _agreement(world: World, firm: Firm, records: list[Record]) -> Iterator[str]:
    watch = world.watch
    for record in records:
        if not record.linked or record.state != "in_sync":
            continue
        contact = contact_values(firm, str(record.hubspot_id))
        customer = customer_values(firm, str(record.quickbooks_id))
        if contact is None or customer is None:
            yield f"(s) {record.root} is in sync, but one side is gone"
            continue
        here, there = name("contacts", firm, str(record.hubspot_id)), name("Customer", firm, str(record.quickbooks_id))
        pair = watch.pairs[(firm.id, str(record.hubspot_id))]
        for key in FIELDS:
            if (here, key) in watch.blank or (there, key) in watch.blank:
                continue
            one, other = contact.get(key, ""), customer.get(key, "")
            about = f"contact {record.hubspot_id}, customer {record.quickbooks_id}, {key}"
            if one != other:
                yield f"(a) {about}: {one} and {other}"
            elif key in pair.agreed and one != pair.agreed[key] and key not in pair.free:
                yield f"(a) {about}: both hold {one}, and it was {pair.agreed[key]}"
            elif one and one not in watch.typed_ever[key]:
                yield f"(a) {about}: nobody typed {one}"


def _put_away(world: World, firm: Firm) -> Iterator[str]:
    live = {name("contacts", firm, one["id"]) for one in firm.portal.contacts()}
    active = {name("Customer", firm, one["Id"]) for one in firm.company.all("Customer") if one["Active"]}
    for what, account, id in world.watch.by_people - world.watch.away:
        if what == "contacts" and account == str(firm.portal.id) and (what, account, id) not in live:
            yield f"(p) contact {id} was archived, and by no person"
        if what == "Customer" and account == firm.company.realm_id and (what, account, id) not in active:
            yield f"(p) customer {id} was inactivated, and by no person"


def _states(world: World, firm: Firm, records: list[Record]) -> Iterator[str]:
    for record in records:
        if record.state == "pending":
            yield f"(s) {record.root} is still pending: {record.message}"
        if record.category == "defect":
            yield f"(s) {record.root}: {record.message}"


def _tenants(world: World) -> Iterator[str]:
    """A firm's mark is in every value that its people typed."""
    for firm in world.firms:
        for other in world.firms:
            if other is firm:
                continue
            if firm.mark in json.dumps(other.company.state(), default=str):
                if firm.portal is not other.portal:
                    yield f"(t) data of {firm.mark} are in the books of {other.mark}"
            if firm.portal is not other.portal and firm.mark in json.dumps(other.portal.state(), default=str):
                yield f"(t) data of {firm.mark} are in the portal of {other.mark}"


def _said(world: World) -> Iterator[str]:
    """No value that a person typed, and no secret, is in a log line; and nothing broke but by a fault."""
    text = world.logs.text.getvalue()
    for firm in world.firms:
        if firm.mark in text:
            yield f"(x) a log line holds personal data: {next(one for one in world.logs.lines() if firm.mark in one)}"
    if "SECRET" in text:
        yield "(x) a log line holds a secret"
    for line in world.logs.lines():
        if '"level":"ERROR"' in line and json.loads(line).get("error") not in ("ClientError", "NotQueued", None):
            yield f"(x) something broke: {line[:300]}"
