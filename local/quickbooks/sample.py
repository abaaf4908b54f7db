"""The sample company "Craig's Design and Landscaping Services" (reference 11): its ids and names, invented details."""

from __future__ import annotations

from typing import Any, NamedTuple

from local.quickbooks.fields import CUSTOMER, EMPLOYEE, VENDOR, Entity
from local.quickbooks.fields_items import ITEM
from local.quickbooks.fields_sales import INVOICE, PAYMENT
from local.quickbooks.record import BY_PERSON
from local.quickbooks.state import CompanyFile

NAME = "Craig's Design and Landscaping Services"
FIRST_FREE_ID = 58
_DAY_S = 86_400.0
_INACTIVE_ID = "16"


class Person(NamedTuple):
    id: str
    name: str
    given: str
    family: str
    email: str | None
    street: str
    city: str


CUSTOMERS = (
    Person("1", "Amy's Bird Sanctuary", "Amy", "Lauterbach", "birds@intuit.example", "4581 Finch St.", "Bayshore"),
    Person("2", "Bill's Windsurf Shop", "Bill", "Lucchini", "surf@intuit.example", "12 Ocean Dr.", "Half Moon Bay"),
    Person("3", "Cool Cars", "Grace", "Pariente", "cool_cars@intuit.example", "65 Ocean Dr.", "Half Moon Bay"),
    Person("6", "Dylan Sollfrank", "Dylan", "Sollfrank", None, "19 Elm Court", "Middlefield"),
    Person("10", "Geeta Kalapatapu", "Geeta", "Kalapatapu", "geeta@kalapatapu.example", "1987 Main St.", "Middlefield"),
    Person("15", "Pye's Cakes", "Karen", "Pye", "pyescakes@intuit.example", "350 Mountain View Dr.", "South Orange"),
    Person("16", "Old Mill Nursery", "Nora", "Mill", "nora@oldmill.example", "7 Mill Lane", "Middlefield"),
    Person(
        "20",
        "Red Rock Diner",
        "Stephanie",
        "Martini",
        "qbwebsamplecompany@reddiner.example",
        "500 Red Rock Rd.",
        "Bayshore",
    ),
    Person(
        "21",
        "Rondonuwu Fruit and Vegi",
        "Tony",
        "Rondonuwu",
        "tony@rondonuwu.example",
        "847 California Ave.",
        "San Jose",
    ),
    Person(
        "24",
        "Sonnenschein Family Store",
        "Russ",
        "Sonnenschein",
        "familiystore@intuit.example",
        "5647 Cypress Hill Ave.",
        "Middlefield",
    ),
    Person("26", "Travis Waldron", "Travis", "Waldron", "travis@waldron.example", "78 First St.", "Monterey"),
    Person(
        "29", "Weiskopf Consulting", "Nicola", "Weiskopf", "consulting@intuit.example", "45612 Main St.", "Bayshore"
    ),
)
_COMPANIES = frozenset({"1", "2", "3", "15", "16", "20", "21", "24", "29"})

VENDORS = (
    ("30", "Books by Bessie", "Bessie", "Williams"),
    ("31", "Brosnahan Insurance Agency", "Nick", "Brosnahan"),
    ("32", "Cal Telephone", None, None),
    ("40", "Hall Properties", "Melanie", "Hall"),
    ("41", "Hicks Hardware", "Geoff", "Hicks"),
    ("46", "Norton Lumber and Building Materials", "Julie", "Norton"),
    ("56", "Bob's Burger Joint", None, None),
)
EMPLOYEES = (("54", "John", "Johnson"), ("55", "Emily", "Platt"))

ITEMS: tuple[tuple[str, str, str, float, str, bool], ...] = (  # id, name, type, price, income account, taxed
    ("1", "Services", "Service", 0, "1", False),
    ("2", "Hours", "Service", 0, "1", False),
    ("3", "Concrete", "Service", 0, "48", True),
    ("4", "Design", "Service", 75, "82", False),
    ("5", "Rock Fountain", "Inventory", 275, "79", True),
    ("7", "Installation", "Service", 50, "45", False),
    ("8", "Lighting", "Service", 0, "48", True),
    ("10", "Pest Control", "Service", 35, "54", False),
    ("11", "Pump", "Inventory", 15, "79", True),
    ("14", "Sod", "Service", 0, "49", True),
    ("18", "Trimming", "Service", 35, "45", False),
)
_ON_HAND = {"5": 2, "11": 25}
FIRST_FREE_ITEM, FIRST_FREE_TRANSACTION, NEXT_NUMBER = 19, 146, 1038


def fill(file: CompanyFile) -> None:
    """Put the sample names into an empty file, a year old. Nothing is told by webhook: nobody is connected yet."""
    for person in CUSTOMERS:
        _add(file, CUSTOMER, person.id, _customer(person))
    job = {"DisplayName": "0969 Ocean View Road", "Job": True, "ParentRef": {"value": "6"}}
    _add(file, CUSTOMER, "8", job)
    project = {"DisplayName": "Greenhouse 2026", "Job": True, "ParentRef": {"value": "24"}, "IsProject": True}
    _add(file, CUSTOMER, "25", project)
    for id, name, given, family in VENDORS:
        _add(file, VENDOR, id, {"DisplayName": name, "GivenName": given, "FamilyName": family})
    for id, given, family in EMPLOYEES:
        _add(file, EMPLOYEE, id, {"GivenName": given, "FamilyName": family})
    file.custom_fields["1"] = "Crew #"
    _sell(file)
    file.change_by_person(CUSTOMER, _INACTIVE_ID, {"Active": False})
    _make_old(file)
    file.start_ids_at(FIRST_FREE_ID)
    file.start_ids_at(FIRST_FREE_ITEM, "items")
    file.start_ids_at(FIRST_FREE_TRANSACTION, "transactions")
    file.next_number = NEXT_NUMBER


def _sell(file: CompanyFile) -> None:
    """Items, Intuit's invoice 1037 that is open, and one that is paid."""
    for id, name, kind, price, account, taxed in ITEMS:
        body: dict[str, Any] = {"Name": name, "Type": kind, "UnitPrice": price, "Taxable": taxed}
        body["IncomeAccountRef"] = {"value": account}
        if kind == "Inventory":
            body |= {"QtyOnHand": _ON_HAND[id], "InvStartDate": "2014-09-01"}
        _add(file, ITEM, id, body)
    fountain = {"ItemRef": {"value": "5"}, "Qty": 1, "UnitPrice": 275, "TaxCodeRef": {"value": "TAX"}}
    pumps = {"ItemRef": {"value": "11"}, "Qty": 4, "UnitPrice": 15.0625, "TaxCodeRef": {"value": "TAX"}}
    lines = [
        {"DetailType": "SalesItemLineDetail", "Amount": amount, "SalesItemLineDetail": detail}
        for amount, detail in ((275, fountain), (60.25, pumps))
    ]
    open_one = {"CustomerRef": {"value": "24"}, "Line": lines, "TxnTaxDetail": {"TxnTaxCodeRef": {"value": "2"}}}
    dated = {"TxnDate": "2014-09-19", "DueDate": "2014-10-19", "DocNumber": "1037"}
    _add(file, INVOICE, "130", {**open_one, **dated})
    hours = {"ItemRef": {"value": "18"}, "Qty": 3, "UnitPrice": 35}
    line = {"DetailType": "SalesItemLineDetail", "Amount": 105, "SalesItemLineDetail": hours}
    paid = {"CustomerRef": {"value": "1"}, "Line": [line], "TxnDate": "2014-08-30", "DocNumber": "1021"}
    _add(file, INVOICE, "67", paid)
    settled = [{"Amount": 105, "LinkedTxn": [{"TxnId": "67", "TxnType": "Invoice"}]}]
    payment = {"CustomerRef": {"value": "1"}, "TotalAmt": 105, "TxnDate": "2014-09-12", "Line": settled}
    _add(file, PAYMENT, "74", {**payment, "PaymentMethodRef": {"value": "2"}})


def _customer(person: Person) -> dict[str, Any]:
    return {
        "DisplayName": person.name,
        "GivenName": person.given,
        "FamilyName": person.family,
        "CompanyName": person.name if person.id in _COMPANIES else None,
        "PrimaryEmailAddr": {"Address": person.email} if person.email else None,
        "PrimaryPhone": {"FreeFormNumber": f"(650) 555-01{int(person.id):02d}"},
        "BillAddr": {
            "Line1": person.street,
            "City": person.city,
            "CountrySubDivisionCode": "CA",
            "PostalCode": f"94{int(person.id):03d}",
        },
    }


def _add(file: CompanyFile, entity: Entity, id: str, body: dict[str, Any]) -> None:
    present = {name: value for name, value in body.items() if value is not None}
    file.create(entity, present, BY_PERSON, id=id)


def _make_old(file: CompanyFile) -> None:
    """Spread the times over the past, so that nothing counts as a change of today."""
    for records in file.records.values():
        for record in records.values():
            record.created = file.now() - 365 * _DAY_S + int(record.id) * 3600
            record.updated = file.now() - 60 * _DAY_S + int(record.id) * 3600
