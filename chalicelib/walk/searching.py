"""Somebody asks about a record that the sync has never heard of: who is it, in the two systems themselves?"""

from __future__ import annotations

from typing import Any

from chalicelib.hubspot.client import HubSpot
from chalicelib.jobs import Job, Kind, Side
from chalicelib.quickbooks.client import QuickBooks, select_where_in
from chalicelib.quickbooks.models import Item, Row
from chalicelib.remember.names import folded
from chalicelib.remember.walks import Walk
from chalicelib.remembering import looks_at
from chalicelib.resolve.pair import KEY_PROPERTY
from chalicelib.shapes import SHAPES, Shape

FOUND_MAX = 10
CAUSE = "a look at what would happen"
ONE_WAY = (Kind.INVOICE, Kind.PAYMENT)  # born in QuickBooks; what HubSpot has of its own is none of the sync's


def search(walk: Walk, hubspot: HubSpot, quickbooks: QuickBooks) -> tuple[list[Job], dict[str, Row]]:
    """Looks at the records that go by the name that was asked: an id, an e-mail address or a name."""
    asked, shape = walk.asked.strip(), SHAPES[walk.kind]
    side, colon, own_id = asked.partition(":")
    if colon and side in list(Side) and not own_id.isdecimal():
        return [], {}
    if colon and side == Side.QUICKBOOKS:
        named: dict[str, Row] = {one.Id: one for one in quickbooks.rows(shape.row, [own_id])}
        return looks_at(walk.connection, walk.kind, [f"{side}:{one}" for one in named], CAUSE), named
    if colon and side == Side.HUBSPOT and shape.kind not in ONE_WAY:
        return looks_at(walk.connection, walk.kind, [f"{side}:{own_id}"], CAUSE), {}
    there: list[str] = []
    if colon and side == Side.HUBSPOT:
        here = _mirrored(own_id, shape, hubspot, quickbooks)
    else:
        there, here = _named(asked, shape, hubspot, quickbooks)
    ids = [f"{Side.HUBSPOT}:{one}" for one in there] + [f"{Side.QUICKBOOKS}:{one.Id}" for one in here]
    return looks_at(walk.connection, walk.kind, ids[:FOUND_MAX], CAUSE), {one.Id: one for one in here}


def _named(asked: str, shape: Shape, hubspot: HubSpot, quickbooks: QuickBooks) -> tuple[list[str], list[Row]]:
    objects, entity = shape.objects, shape.row
    if shape.kind in ONE_WAY:
        here = _rows(quickbooks, entity, entity.NAME_PATH, asked)
        if asked.isdecimal():
            here = [*quickbooks.rows(entity, [asked]), *_mirrored(asked, shape, hubspot, quickbooks), *here]
        return [], here
    if shape.kind is Kind.PRODUCT:
        there, here = _called(hubspot, shape, asked), _items_called(asked, quickbooks)
        if asked.isdecimal():
            there = [*(one.id for one in hubspot.batch_read(objects, [asked], ["hs_object_id"])), *there]
            here = [*quickbooks.rows(entity, [asked]), *here]
        return there, here
    if asked.isdecimal():
        there = [one.id for one in hubspot.batch_read(objects, [asked], ["hs_object_id"])]
        return there, quickbooks.rows(entity, [asked])
    if "@" in asked:
        there = [one.id for one in hubspot.batch_read(objects, [asked], ["email"], "email")]
        return there, _rows(quickbooks, entity, "PrimaryEmailAddr", asked)
    return _called(hubspot, shape, asked), _rows(quickbooks, entity, entity.NAME_PATH, asked)


def _mirrored(own_id: str, shape: Shape, hubspot: HubSpot, quickbooks: QuickBooks) -> list[Row]:
    """The row that HubSpot's invoice of this id was made from, by our key on it. One without it is HubSpot's own."""
    if shape.kind is not Kind.INVOICE:
        return []
    found = hubspot.batch_read(shape.objects, [own_id], [KEY_PROPERTY])
    realm_id = quickbooks.transport.speaker.account.id
    keys = [one.text(KEY_PROPERTY).rpartition(":") for one in found]
    return list(quickbooks.rows(shape.row, [row_id for realm, _, row_id in keys if realm == realm_id]))


def _items_called(asked: str, quickbooks: QuickBooks) -> list[Row]:
    """Items of this name, else of this SKU, which QuickBooks cannot be asked for: then all of them are read."""
    named = _rows(quickbooks, Item, Item.NAME_PATH, asked)
    if named:
        return named
    every = quickbooks.every(Item.ENTITY, "look for items by SKU")
    return [Item.read(row) for row in every if folded(str(row.get("Sku") or "")) == folded(asked)]


def _rows(quickbooks: QuickBooks, entity: type[Row], attribute: str, value: str) -> list[Row]:
    statement = select_where_in(entity.ENTITY, attribute, [value])
    rows = quickbooks.query(statement, entity.ENTITY, f"look for {entity.ENTITY.lower()}s by {attribute}")
    return [entity.read(row) for row in rows]


def _called(hubspot: HubSpot, shape: Shape, name: str) -> list[str]:
    """Contacts with this first, last or full name; products with this name or SKU. The search index may lag; nothing
    is decided by it."""
    first, _, last = name.partition(" ")
    if shape.kind is Kind.PRODUCT:
        groups = [[("name", name)], [("hs_sku", name)]]
    else:
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
