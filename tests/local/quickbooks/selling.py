"""A company that sells: bodies of items, invoices and payments as a client sends them."""

from __future__ import annotations

from typing import Any

from local.quickbooks import Company
from tests.local.quickbooks.quickbooks_world import Api

Object = dict[str, Any]


def line(amount: float, item: str = "1", **more: Any) -> Object:
    """A sales line; `detail` goes into its detail, anything else beside it."""
    detail = {"ItemRef": {"value": item}, **more.pop("detail", {})}
    return {"Amount": amount, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail, **more}


def invoice(customer: str, *lines: Object, **more: Any) -> Object:
    return {"CustomerRef": {"value": customer}, "Line": list(lines) or [line(100)], **more}


def payment(customer: str, total: float, **applied: float) -> Object:
    """`applied`: what settles which transaction, as `Invoice_1=20`."""
    lines = [
        {"Amount": amount, "LinkedTxn": [{"TxnId": key.split("_")[1], "TxnType": key.split("_")[0]}]}
        for key, amount in applied.items()
    ]
    return {"CustomerRef": {"value": customer}, "TotalAmt": total, "Line": lines}


def service(name: str = "Work", **more: Any) -> Object:
    return {"Name": name, "Type": "Service", "IncomeAccountRef": {"value": "1"}, **more}


def inventory(name: str = "Pump", **more: Any) -> Object:
    accounts = {"IncomeAccountRef": "79", "ExpenseAccountRef": "80", "AssetAccountRef": "81"}
    return {
        **{"Name": name, "Type": "Inventory", "TrackQtyOnHand": True, "QtyOnHand": 10, "InvStartDate": "2026-01-01"},
        **{name: {"value": id} for name, id in accounts.items()},
        **more,
    }


def opened(company: Company) -> str:
    """A company with item 1 and a customer, whose id is returned."""
    company.create("Item", service())
    return str(company.create("Customer", {"DisplayName": "Aster"})["Id"])


def done(api: Api, path: str, body: Object, **params: str) -> Object:
    """The object of a write that has to succeed."""
    reply = api.post(path, body, **params)
    assert reply.status_code == 200, reply.text
    found: Object = next(value for name, value in reply.json().items() if name != "time")
    return found
