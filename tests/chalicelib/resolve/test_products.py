"""Which product and which item are the same: by SKU, then by name (design: Products)."""

from __future__ import annotations

import pytest

from chalicelib.hubspot.models import Record
from chalicelib.quickbooks.models import Item
from chalicelib.resolve.products import same_items, same_products


def items(*rows: tuple[str, str]) -> list[Item]:
    return [
        Item.read({"Id": str(number), "Name": name, "Sku": sku, "Type": "Service"})
        for number, (name, sku) in enumerate(rows)
    ]


def products(*rows: tuple[str, str]) -> list[Record]:
    return [
        Record(id=str(number), properties={"name": name, "hs_sku": sku or None})
        for number, (name, sku) in enumerate(rows)
    ]


SAME = [
    # rule, one of them as (name, SKU), those on the other side, which of them may be the same, by what
    ("sku", ("Roof", "R-1"), [("Other", "R-1")], "0", "SKU R-1"),
    ("sku", ("Roof", "R-1"), [("Other", " r-1 ")], "0", "SKU R-1"),
    ("sku", ("Roof", "R-1"), [("Roof", ""), ("Other", "R-1")], "1", "SKU R-1"),  # the SKU decides before the name
    ("sku", ("Roof", "R-1"), [("A", "R-1"), ("B", "r-1")], "01", "SKU R-1"),
    ("sku", ("Roof", "R-1"), [("Roof", "R-2")], "", ""),  # two SKUs say that they are two
    ("sku", ("Roof", "R-1"), [("Roof", " "), ("Roof", "R-2")], "0", "name 'Roof'"),
    ("sku", ("Roof", ""), [("Roof", "R-1"), ("Roof", "R-2")], "01", "name 'Roof'"),
    ("sku", ("ROOF  Tile", ""), [("Roof tile", "")], "0", "name 'ROOF  Tile'"),
    ("sku", ("Café", ""), [("Cafe\u0301", "")], "0", "name 'Café'"),
    ("sku", ("", ""), [("", "")], "", ""),  # nothing is no likeness
    ("sku", ("", "R-1"), [("", "")], "", ""),
    ("name", ("Roof", "R-1"), [("Roof", "R-2"), ("Other", "R-1")], "0", "name 'Roof'"),
    ("none", ("Roof", "R-1"), [("Roof", "R-1")], "", ""),
]


@pytest.mark.parametrize(("rule", "own", "others", "same", "by"), SAME)
def test_an_item_and_the_products_that_it_may_be(rule, own, others, same, by):
    [item] = items(own)
    found, told = same_products(item, products(*others), rule)
    assert ("".join(one.id for one in found), told) == (same, by)


@pytest.mark.parametrize(("rule", "own", "others", "same", "by"), SAME)
def test_a_product_and_the_items_that_it_may_be(rule, own, others, same, by):
    [product] = products(own)
    found, told = same_items(product, items(*others), rule)
    assert ("".join(one.Id for one in found), told) == (same, by)


@pytest.mark.parametrize("more", [{"Active": False}, {"Type": "Category"}, {"Type": "Group"}])
def test_no_product_is_an_inactive_item_a_category_or_a_bundle(more):
    row = {"Id": "1", "Name": "Roof", "Sku": "R-1", "Type": "Service", **more}
    assert same_items(products(("Roof", "R-1"))[0], [Item.read(row)], "sku") == ([], "")
