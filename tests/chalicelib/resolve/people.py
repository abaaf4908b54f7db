"""Contacts and customers for the tables of rules: one of each, and what they have agreed on."""

from __future__ import annotations

from chalicelib.hubspot import models as hubspot
from chalicelib.jobs import ConnectionId, Kind, Side
from chalicelib.quickbooks import models as quickbooks
from chalicelib.remember.records import Record
from chalicelib.resolve.decide import decide
from chalicelib.resolve.fields import field_table
from chalicelib.resolve.pair import Pair
from chalicelib.settings import Condition, Contacts, Group

CONNECTION, REALM = ConnectionId("48120771:9130350000000000"), "9130350000000000"
H, Q = Side.HUBSPOT, Side.QUICKBOOKS


def contact(**properties) -> hubspot.Record:
    given = {"email": "jane@acme.test", "firstname": "Jane", "lastname": "Roe", **properties}
    return hubspot.Record(id="101", properties=given)


def customer(email="jane@acme.test", **raw) -> quickbooks.Customer:
    given = {"Id": "58", "SyncToken": "3", "DisplayName": "Acme Ltd", "GivenName": "Jane", "FamilyName": "Roe", **raw}
    if email:
        given["PrimaryEmailAddr"] = {"Address": email}
    return quickbooks.Customer.read(given)


def pair(one=None, two=None, company="", settings=None, **record) -> Pair:
    settings = settings or Contacts()
    ids = {"hubspot_id": "101" if one else None, "quickbooks_id": "58" if two else None}
    held = Record(CONNECTION, Kind.CUSTOMER, "hubspot:101", **{**ids, **record})
    return Pair(held, one, company, two, field_table(settings), settings, REALM)


def linked(one=None, two=None, company="Acme Ltd", settings=None, **record) -> Pair:
    return pair(one, two, company, settings, **{"hubspot_id": "101", "quickbooks_id": "58", **record})


def agreed(values: Pair) -> dict[str, tuple[str, str]]:
    """The base that a first look at two equal sides leaves behind."""
    plan = decide(values)
    assert not plan.writes
    return plan.base


BASE = agreed(linked(contact(company="Acme Ltd"), customer(CompanyName="Acme Ltd")))
SAME = {"one": contact(company="Acme Ltd"), "two": customer(CompanyName="Acme Ltd")}


def only(*conditions: Condition) -> list[Group]:
    return [Group(all=list(conditions))]


LEADS = only(Condition(property="lifecyclestage", operator="equals", value="lead"))
IN_ULM = only(Condition(property="BillAddr.City", operator="equals", value="Ulm"))
