"""Somebody asks about a record that the sync has never heard of: who is it, in the two systems themselves?"""

from __future__ import annotations

from typing import Any

from chalicelib.hubspot.client import HubSpot
from chalicelib.jobs import Job, Side
from chalicelib.quickbooks.client import QuickBooks, select_where_in
from chalicelib.quickbooks.models import Customer
from chalicelib.remember.walks import Walk
from chalicelib.remembering import looks_at
from chalicelib.walk.order import VISITED

FOUND_MAX = 10
CAUSE = "a look at what would happen"


def search(walk: Walk, hubspot: HubSpot, quickbooks: QuickBooks) -> tuple[list[Job], dict[str, Customer]]:
    """Looks at the records that go by the name that was asked: an id, an e-mail address or a name."""
    asked = walk.asked.strip()
    side, colon, own_id = asked.partition(":")
    if colon and side in list(Side) and not own_id.isdecimal():
        return [], {}
    if colon and side == Side.QUICKBOOKS:
        named = {one.Id: one for one in quickbooks.customers([own_id])}
        return looks_at(walk.connection, walk.kind, [f"{side}:{one}" for one in named], CAUSE), named
    if colon and side == Side.HUBSPOT:
        return looks_at(walk.connection, walk.kind, [f"{side}:{own_id}"], CAUSE), {}
    kind, entity = VISITED[walk.kind].hubspot, VISITED[walk.kind].quickbooks
    if asked.isdecimal():
        contacts = [one.id for one in hubspot.batch_read(kind, [asked], ["email"])]
        customers = quickbooks.customers([asked])
    elif "@" in asked:
        contacts = [one.id for one in hubspot.batch_read(kind, [asked], ["email"], "email")]
        customers = _customers(quickbooks, entity, "PrimaryEmailAddr", asked)
    else:
        contacts = _called(hubspot, kind, asked)
        customers = _customers(quickbooks, entity, "DisplayName", asked)
    ids = [f"{Side.HUBSPOT}:{one}" for one in contacts] + [f"{Side.QUICKBOOKS}:{one.Id}" for one in customers]
    jobs = looks_at(walk.connection, walk.kind, ids[:FOUND_MAX], CAUSE)
    return jobs, {one.Id: one for one in customers}


def _customers(quickbooks: QuickBooks, entity: str, attribute: str, value: str) -> list[Customer]:
    statement = select_where_in(entity, attribute, [value])
    rows = quickbooks.query(statement, entity, f"look for {entity.lower()}s by {attribute}")
    return [Customer.read(row) for row in rows]


def _called(hubspot: HubSpot, kind: str, name: str) -> list[str]:
    """Contacts with this first, last or full name. The search index may lag; nothing is decided by it."""
    first, _, last = name.partition(" ")
    groups: list[list[tuple[str, str]]] = [[("lastname", name)], [("firstname", name)]]
    if last:
        groups.append([("firstname", first), ("lastname", last)])
    body: dict[str, Any] = {
        "filterGroups": [
            {"filters": [{"propertyName": one, "operator": "EQ", "value": value} for one, value in group]}
            for group in groups
        ],
        "properties": ["email"],
        "limit": FOUND_MAX,
    }
    return [one.id for one in hubspot.search(kind, body)[1]]
