"""The one function that decides what becomes of a pair; which rules it follows is a matter of the pair's kind."""

from __future__ import annotations

from chalicelib.jobs import Kind
from chalicelib.resolve import customers, products
from chalicelib.resolve.agreement import excluded, linked, with_refused_orders
from chalicelib.resolve.pair import Pair
from chalicelib.resolve.plan import Plan
from chalicelib.shapes import SHAPES, switched_off

_OF_CUSTOMERS = (customers.new_in_hubspot, customers.new_in_quickbooks)
_OF_PRODUCTS = (products.new_in_hubspot, products.new_in_quickbooks)


def decide(pair: Pair) -> Plan:
    """Say which writes bring this pair to agreement, or why nothing is written. Make none of them."""
    return with_refused_orders(pair, _decided(pair))


def _decided(pair: Pair) -> Plan:
    record = pair.record
    new_in_hubspot, new_in_quickbooks = _OF_PRODUCTS if record.kind is Kind.PRODUCT else _OF_CUSTOMERS
    if not pair.settings.enabled:
        return excluded(switched_off(SHAPES[record.kind].section))
    if record.linked:
        return linked(pair)
    if record.gone:
        return excluded("; ".join(record.gone.values()))  # a tombstone: only a retry makes anything again
    if pair.in_hubspot is not None:
        return new_in_hubspot(pair)
    if pair.in_quickbooks is not None:
        return new_in_quickbooks(pair)
    return excluded("it is in neither system any more")
