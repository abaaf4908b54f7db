"""Somebody asks about a record that the sync has never heard of: who is it, in the two systems themselves?"""

from __future__ import annotations

from typing import Any

from chalicelib.hubspot.client import HubSpot
from chalicelib.jobs import Job, Kind, Side
from chalicelib.quickbooks.client import QuickBooks, select_where_in
from chalicelib.quickbooks.models import Row
from chalicelib.remember.walks import Walk
from chalicelib.remembering import looks_at
from chalicelib.shapes import SHAPES, Shape

FOUND_MAX = 10
CAUSE = "a look at what would happen"


def search(walk: Walk, hubspot: HubSpot, quickbooks: QuickBooks) -> tuple[list[Job], dict[str, Row]]:
    """Looks at the records that go by the name that was asked: an id, an e-mail address or a name."""
    asked, shape = walk.asked.strip(), SHAPES[walk.kind]
    side, colon, own_id = asked.partition(":")
    if colon and side in list(Side) and not own_id.isdecimal():
        return [], {}
    if colon and side == Side.QUICKBOOKS:
        named: dict[str, Row] = {one.Id: one for one in quickbooks.rows(shape.row, [own_id])}
        return looks_at(walk.connection, walk.kind, [f"{side}:{one}" for one in named], CAUSE), named
    if colon and side == Side.HUBSPOT:
        return looks_at(walk.connection, walk.kind, [f"{side}:{own_id}"], CAUSE), {}
    there, here = _named(asked, shape, hubspot, quickbooks)
    ids = [f"{Side.HUBSPOT}:{one}" for one in there] + [f"{Side.QUICKBOOKS}:{one.Id}" for one in here]
    return looks_at(walk.connection, walk.kind, ids[:FOUND_MAX], CAUSE), {one.Id: one for one in here}


def _named(asked: str, shape: Shape, hubspot: HubSpot, quickbooks: QuickBooks) -> tuple[list[str], list[Row]]:
    objects, entity = shape.objects, shape.row
    by_name = _rows(quickbooks, entity, entity.NAME_PATH, asked) if shape.kind is not Kind.PAYMENT else []
    if asked.isdecimal():
        there = [one.id for one in hubspot.batch_read(objects, [asked], ["hs_object_id"])]
        numbers = by_name if shape.kind is Kind.INVOICE else []
        return there, [*quickbooks.rows(entity, [asked]), *numbers]
    if shape.kind is Kind.CUSTOMER and "@" in asked:
        there = [one.id for one in hubspot.batch_read(objects, [asked], ["email"], "email")]
        return there, _rows(quickbooks, entity, "PrimaryEmailAddr", asked)
    return _called(hubspot, shape, asked), by_name


def _rows(quickbooks: QuickBooks, entity: type[Row], attribute: str, value: str) -> list[Row]:
    statement = select_where_in(entity.ENTITY, attribute, [value])
    rows = quickbooks.query(statement, entity.ENTITY, f"look for {entity.ENTITY.lower()}s by {attribute}")
    return [entity.read(row) for row in rows]


def _called(hubspot: HubSpot, shape: Shape, name: str) -> list[str]:
    """Contacts with this first, last or full name; products with this name or SKU; of invoices ours by their number.
    The search index may lag; nothing is decided by it."""
    first, _, last = name.partition(" ")
    groups: list[list[tuple[str, str]]]
    match shape.kind:
        case Kind.PRODUCT:
            groups = [[("name", name)], [("hs_sku", name)]]
        case Kind.INVOICE | Kind.PAYMENT:
            return []
        case _:
            groups = [[("lastname", name)], [("firstname", name)]]
            if last:
                groups.append([("firstname", first), ("lastname", last)])
    body: dict[str, Any] = {
        "filterGroups": [
            {"filters": [{"propertyName": one, "operator": "EQ", "value": value} for one, value in group]}
            for group in groups
        ],
        "properties": ["hs_object_id"],
        "limit": FOUND_MAX,
    }
    return [one.id for one in hubspot.search(shape.objects, body)[1]]
