"""What invoices cost: a hundred of three lines each, at once and one at a time, and what becomes of them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from bench.counting import COLUMNS, RECORDS, REST_S, Bench, Row, stacked
from local.stack import REALM_ID

CUSTOMERS, ITEMS = 10, 3
ALONE = 20  # how many come one at a time, which is enough to know what each costs
INVOICES = (*COLUMNS, "to_one_by_one")
Object = dict[str, Any]


class Invoices(Bench):
    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.customers: list[str] = []
        self.items: list[str] = []
        self.invoices: list[str] = []

    def open(self) -> None:
        """Customers and items that both sides know, and the contacts' companies."""
        self.connect(products={"enabled": True}, invoices={"enabled": True})
        for number in range(ITEMS):
            body = {"Name": f"Item {number}", "Type": "Service", "IncomeAccountRef": {"value": "1"}, "UnitPrice": 10}
            self.items.append(str(self.company.create("Item", body)["Id"]))
        for number in range(CUSTOMERS):
            email = {"Address": f"c{number}@x.example"}
            body = {"DisplayName": f"Customer {number}", "GivenName": "C", "PrimaryEmailAddr": email}
            self.customers.append(str(self.company.create("Customer", body)["Id"]))
        self.stack.wait_idle(REST_S)
        for number, contact in enumerate(self.portal.contacts()):
            self.portal.associate(contact["id"], self.portal.create_company({"name": f"Company {number}"}))
        self.stack.wait_idle(REST_S)

    def invoice(self, number: int) -> str:
        body = {"CustomerRef": {"value": self.customers[number % CUSTOMERS]}, "Line": self._lines(number + 1)}
        return str(self.company.create("Invoice", body)["Id"])

    def new_invoices(self) -> None:
        self.invoices = [self.invoice(number) for number in range(RECORDS)]

    def one_line_changed(self) -> None:
        for number, one in enumerate(self.invoices):
            first, *others = self.company.get("Invoice", one)["Line"]
            kept = [line for line in others if line["DetailType"] == "SalesItemLineDetail"]
            self.company.update("Invoice", one, {"Line": [{**first, "Amount": number + 2.5}, *kept]})

    def paid(self) -> None:
        for one in self.invoices:
            there = self.company.get("Invoice", one)
            self.company.pay(there["CustomerRef"]["value"], there["TotalAmt"], {one: there["TotalAmt"]})

    def wrong(self) -> list[str]:
        """Invoices of which HubSpot does not bill what QuickBooks does; a cheap sync that is wrong is no result."""
        rows = [one["properties"] for one in self.portal.records("invoices")]
        billed = {one.get("quickbooks_key"): Decimal(one.get("hs_amount_billed") or "0") for one in rows}
        every = {str(one["Id"]): Decimal(str(one["TotalAmt"])) for one in self.company.all("Invoice")}
        return [id for id, total in every.items() if billed.get(f"{REALM_ID}:{id}") != total]

    def _lines(self, number: int) -> list[Object]:
        return [
            {
                "DetailType": "SalesItemLineDetail",
                "Amount": number + 0.01,
                "SalesItemLineDetail": {"ItemRef": {"value": item}},
            }
            for item in self.items
        ]


def run() -> list[Row]:
    """Each row's calls for a record are also told as a part of what a new invoice costs that comes alone."""
    with stacked() as given:
        bench = Invoices(*given)
        bench.open()
        for vendor in (bench.stack.hubspot, bench.stack.quickbooks):
            vendor.dials.forget_calls()
        for number in range(ALONE):
            bench.invoice(number)
            bench.stack.wait_idle(REST_S)
        rows = [bench.since("3-line invoices, one at a time", ALONE)]
        for what, act in (
            ("3-line invoices, all at once", bench.new_invoices),
            ("a line changed", bench.one_line_changed),
            ("paid", bench.paid),
            ("rest", bench.nothing),
        ):
            rows.append(bench.counted(what, act))
            if wrong := bench.wrong():
                raise SystemExit(f"{what}: {len(wrong)} invoices differ")
        alone = Decimal(rows[0]["calls_each"])
        for row in rows:
            row["to_one_by_one"] = f"{Decimal(row['calls_each']) / alone:.3f}"
        return rows
